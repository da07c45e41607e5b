"""pySHACL, the reference implementation, as a second engine: the same results from other code.

Only this module imports rdflib and pySHACL.
"""

from __future__ import annotations

import pyoxigraph as ox
import rdflib
from rdflib.term import BNode, Literal, URIRef

from wcograph.toolbox.errors import InputError
from wcograph.toolbox.shacl.evaluate import Result
from wcograph.toolbox.shacl.graph import Graph, sh
from wcograph.toolbox.shacl.paths import PathError, read_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

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
    for triple in report:
        subject, predicate, value = map(_from_rdflib, triple)
        column = read.columns.setdefault(predicate, {})  # type: ignore[arg-type]
        column[subject] = (*column.get(subject, ()), value)
    tops = [node for head in read.column(sh("conforms")) for node in read.objects(head, sh("result"))]
    results = [_result(read, node) for node in tops]
    return [one for one in results if keep is None or one.focus in keep]


def _result(report: Graph, node: Term) -> Result:
    def one(name: str) -> Term | None:
        return report.one(node, sh(name))

    path = one("resultPath")
    try:
        read = None if path is None else read_path(report, path)
    except PathError:
        read = None
    details = [_result(report, detail) for detail in report.objects(node, sh("detail"))]
    messages = [m for m in report.objects(node, sh("resultMessage")) if isinstance(m, ox.Literal)]
    return Result(
        focus=one("focusNode") or node,
        path=read,
        value=one("value"),
        component=one("sourceConstraintComponent"),  # type: ignore[arg-type]
        shape=one("sourceShape") or node,
        severity=one("resultSeverity") or sh("Violation"),
        messages=messages,
        details=details,
        source=one("sourceConstraint"),
    )


def to_rdflib(triples: Iterable[tuple[Term, Term, Term]]) -> rdflib.Graph:
    """Copy triples into an rdflib graph, literals as written."""
    import logging

    logger = logging.getLogger("rdflib.term")  # warns of each literal that is ill-typed
    level = logger.level
    logger.setLevel(logging.ERROR)
    graph = rdflib.Graph(bind_namespaces="core")
    try:
        for triple in triples:
            graph.add(tuple(map(_to_rdflib, triple)))  # type: ignore[arg-type]
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
    if term.language is not None:
        return Literal(term.value, lang=term.language)
    if term.datatype == ox.Literal("").datatype:
        return Literal(term.value)
    return Literal(term.value, datatype=URIRef(term.datatype.value), normalize=False)


def _from_rdflib(term: rdflib.term.Node) -> Term:
    if isinstance(term, URIRef):
        return ox.NamedNode(str(term))
    if isinstance(term, Literal):
        if term.language:
            return ox.Literal(str(term), language=term.language)
        return ox.Literal(str(term), datatype=ox.NamedNode(str(term.datatype)) if term.datatype else None)
    return ox.BlankNode(str(term))
