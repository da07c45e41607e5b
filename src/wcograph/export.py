"""Write RDF: every syntax, the same bytes for the same graph, literals as they were written."""

from __future__ import annotations

import pyoxigraph as ox

from wcograph.errors import UsageError
from wcograph.layout import PREFIXES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import BinaryIO

# Name and file ending of each syntax.
FORMATS = {
    "turtle": ("ttl", ox.RdfFormat.TURTLE),
    "trig": ("trig", ox.RdfFormat.TRIG),
    "ntriples": ("nt", ox.RdfFormat.N_TRIPLES),
    "nquads": ("nq", ox.RdfFormat.N_QUADS),
    "rdfxml": ("rdf", ox.RdfFormat.RDF_XML),
    "jsonld": ("jsonld", ox.RdfFormat.JSON_LD),
}


def format_of(format: str | None, path: str | None) -> ox.RdfFormat:
    """Give the syntax named by ``format`` (a name or an ending), or by the ending of ``path``; else TriG.

    >>> format_of(None, "graph.nq"), format_of("ttl", None)
    (<RdfFormat N-Quads>, <RdfFormat Turtle>)
    """
    wanted = format or (path or "").rpartition(".")[2].lower()
    for name, (ending, syntax) in FORMATS.items():
        if wanted in (name, ending):
            return syntax
    if format is None and (path is None or "." not in path):
        return ox.RdfFormat.TRIG
    raise UsageError(f"there is no RDF syntax {wanted!r} (syntaxes: {', '.join(FORMATS)})")


def write(
    quads: Iterable[ox.Quad], stream: BinaryIO, format: str | None = None, path: str | None = None
) -> None:
    """Write quads in a syntax (see ``format_of``), sorted, blank nodes named by RDFC-1.0.

    A syntax without named graphs gets the union of the graphs, each triple once.
    """
    syntax = format_of(format, path)
    data = ox.Dataset(quads)
    if not syntax.supports_datasets:
        data = ox.Dataset(ox.Quad(q.subject, q.predicate, q.object) for q in data)
    if any(
        isinstance(term, ox.BlankNode)
        for quad in data
        for term in (quad.subject, quad.object, quad.graph_name)
    ):
        data.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    ordered = sorted(data, key=lambda q: (str(q.graph_name), str(q.subject), str(q.predicate), str(q.object)))
    ox.serialize(ordered, stream, syntax, prefixes=PREFIXES)
