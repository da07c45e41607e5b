"""From files to a dataset: graphs by role, each triple in one of them.

Literals stay as written: this is what export, validation and the closure read. (Oxigraph's Store,
which answers queries, rewrites some literals when it loads them.)
"""

from __future__ import annotations

import os
from itertools import islice

import pyoxigraph as ox

from wcograph.layout import NAMESPACE, ROLES, rdf_files
from wcograph.toolbox.output import read_file
from wcograph.toolbox.rdf.files import check_file, file_iri, safe, syntax_of, unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


def parse_file(path: str) -> Iterator[ox.Quad]:
    """Yield the quads of an RDF file, with the syntax of its file extension (``.ttl``, ``.trig``, ``.nt``, ...).

    Relative IRIs resolve against the file's own ``file:`` IRI (RFC 3986, section 5.1.3). Raises InputError,
    with line and column if the syntax is wrong.
    """
    check_file(path)
    syntax = syntax_of(path)
    try:
        data = safe(read_file(path), syntax, path)
        yield from ox.parse(data, format=syntax, base_iri=file_iri(path))
    except (SyntaxError, OSError, ValueError) as error:
        raise unreadable(path, error) from error


def read(folder: str) -> dict[str, list[ox.Quad]]:
    """Read the graph at ``folder``: the triples of each role, in the order of the files.

    They are quads in no named graph, which a store takes in without a copy. The roles ``derived`` and ``inferred``
    stay empty. A triple that has several roles is only in the graph of the first, so the union of the graphs counts
    it once.
    """
    seen: dict[ox.Quad, None] = {}
    graphs: dict[str, list[ox.Quad]] = {role: [] for role in ROLES}
    for role, paths in rdf_files(folder).items():
        if role != "shapes":
            before = len(seen)
            for path in paths:
                seen.update(dict.fromkeys(parse_file(os.path.join(folder, path))))
            graphs[role] = list(islice(seen, before, None))
    return graphs


def asserted(folder: str) -> dict[str, list[ox.Triple]]:
    """Read the graph at ``folder`` as ``read`` does, as triples."""
    return triples(read(folder))


def triples(graphs: Mapping[str, Iterable[ox.Quad]]) -> dict[str, list[ox.Triple]]:
    """Return the triples of each role."""
    return {role: [quad.triple for quad in found] for role, found in graphs.items()}


def graph_name(role: str) -> ox.NamedNode:
    """Return the name of the graph of a role.

    >>> graph_name("derived").value
    'https://w3id.org/wcograph/graph/derived'
    """
    return ox.NamedNode(f"{NAMESPACE}graph/{role}")


def named(statements: Iterable[ox.Triple] | Iterable[ox.Quad], role: str) -> Iterator[ox.Quad]:
    """Yield statements as quads in the named graph of a role."""
    # Reading them from a text takes half the time of making each quad here.
    return ox.parse(lines(statements, role), ox.RdfFormat.N_QUADS, lenient=True)


def lines(statements: Iterable[ox.Triple] | Iterable[ox.Quad], role: str) -> bytes:
    """Return statements as N-Quads in the named graph of a role.

    A store takes in a text faster than quads, but renames blank nodes.
    """
    text = ox.serialize(statements, format=ox.RdfFormat.N_TRIPLES) or b""
    return text.replace(b" .\n", f" {graph_name(role)} .\n".encode())
