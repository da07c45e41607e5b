"""pySHACL, the reference implementation, as a second engine: the same results from other code.

Only this module imports rdflib and pySHACL.
"""

from __future__ import annotations

import pyoxigraph as ox
import rdflib
from rdflib.term import BNode, Literal, URIRef

from wcograph.toolbox.errors import InputError
from wcograph.toolbox.shacl.graph import Graph, sh
from wcograph.toolbox.shacl.report import read_result

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from wcograph.toolbox.shacl.evaluate import Result
    from wcograph.toolbox.shacl.graph import Term
    from wcograph.toolbox.shacl.shapes import Shapes


def reference(data: Graph, shapes: Shapes, keep: Collection[Term] | None) -> list[Result]:
    """Return the results of pySHACL; only those about focus nodes in ``keep``, if it is given.

    Raises InputError if pySHACL refuses the shapes or the data.
    """
    import pyshacl

    try:
        _, report, text = pyshacl.validate(
            to_rdflib(data.triples()), shacl_graph=to_rdflib(shapes.graph.triples()), inference="none"
        )
    except Exception as error:  # what pySHACL and rdflib raise for an input that they cannot handle
        message = " ".join(f"{type(error).__name__}: {error}".split())
        raise InputError(f"pySHACL cannot validate this ({message[:300]})") from error
    if not isinstance(report, rdflib.Graph):
        raise InputError(f"pySHACL: {' '.join(text.split())}")
    read = Graph()
    for triple in ox.parse(report.serialize(format="nt").encode(), ox.RdfFormat.N_TRIPLES):
        column = read.columns.setdefault(triple.predicate, {})  # not Graph.load, which renames blank nodes
        column[triple.subject] = (*column.get(triple.subject, ()), triple.object)
    tops = [node for head in read.column(sh("conforms")) for node in read.objects(head, sh("result"))]
    results = [read_result(read, node) for node in tops]
    return [one for one in results if keep is None or one.focus in keep]


def to_rdflib(triples: Iterable[tuple[Term, Term, Term]]) -> rdflib.Graph:
    """Copy triples into an rdflib graph, literals as written."""
    import logging

    logger = logging.getLogger("rdflib.term")  # warns of each literal that is ill-typed
    level = logger.level
    logger.setLevel(logging.ERROR)
    graph = rdflib.Graph(bind_namespaces="core")
    try:
        graph.addN((*map(_to_rdflib, triple), graph) for triple in triples)  # type: ignore[misc]
    finally:
        logger.setLevel(level)
    return graph


def _to_rdflib(term: Term) -> rdflib.term.Node:
    if isinstance(term, ox.NamedNode):
        return URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return BNode(term.value)
    if not isinstance(term, ox.Literal):
        raise InputError(f"the triple term {term} (RDF 1.2) is not known to rdflib")
    plain = term.language is not None or term.datatype == ox.Literal("").datatype
    datatype = None if plain else URIRef(term.datatype.value)
    return Literal(term.value, lang=term.language, datatype=datatype, normalize=False)
