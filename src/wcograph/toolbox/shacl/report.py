"""The W3C validation report (SHACL section 3.6): written as triples, and read from those of pySHACL.

pySHACL, the reference implementation, is a second engine: the same results from other code. rdflib is only imported
for it, and for who asks for an rdflib graph.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, parse

from wcograph.toolbox.errors import InputError
from wcograph.toolbox.shacl.evaluate import Result
from wcograph.toolbox.shacl.graph import TYPE, XSD, Graph, Statement, Term, reached, sh
from wcograph.toolbox.shacl.shapes import Path, PathError, Shapes, read_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    import rdflib

_FIELDS = {  # the properties of a result, and where `Result` has their values
    **{"focusNode": "focus", "resultPath": "path", "value": "value", "resultSeverity": "severity"},
    **{"sourceConstraintComponent": "component", "sourceShape": "shape", "sourceConstraint": "source"},
}


def report_triples(results: Sequence[Result], shapes: Graph) -> list[Triple]:
    """Write results as a report; paths that are blank nodes are copied from the shapes graph."""
    top = BlankNode("report")
    conforms = Literal("false" if results else "true", datatype=NamedNode(XSD + "boolean"))
    said: list[Statement] = [(top, TYPE, sh("ValidationReport")), (top, sh("conforms"), conforms)]
    number = 0
    waiting: list[tuple[BlankNode, str, Result]] = [(top, "result", one) for one in reversed(results)]
    while waiting:
        parent, link, result = waiting.pop()
        node = BlankNode(f"r{number}")
        number += 1
        said += [(parent, sh(link), node), (node, TYPE, sh("ValidationResult"))]
        path = result.path.node or result.path.iri if isinstance(result.path, Path) else result.path
        values = {name: path if of == "path" else getattr(result, of) for name, of in _FIELDS.items()}
        said += [(node, sh(name), value) for name, value in values.items() if value is not None]
        said += [(node, sh("resultMessage"), message) for message in result.messages]
        below = reached([path], lambda one: [value for _, _, value in _about(shapes, one)]) if path else ()
        said += [triple for term in below for triple in _about(shapes, term)]
        waiting += [(node, "detail", detail) for detail in reversed(result.details)]
    return [Triple(*triple) for triple in dict.fromkeys(said)]  # type: ignore[arg-type]


def _about(graph: Graph, node: Term) -> list[Statement]:
    """Return the triples about a blank node."""
    columns = graph.by_subject.get(node, {}) if isinstance(node, BlankNode) else {}
    return [(node, predicate, value) for predicate, values in columns.items() for value in values]


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
    if isinstance(report, str | bytes | Exception):
        raise InputError(f"pySHACL: {' '.join(text.split())}")
    read = Graph()
    for triple in parse(report.serialize(format="nt").encode(), RdfFormat.N_TRIPLES):
        column = read.columns.setdefault(triple.predicate, {})  # not Graph.load, which renames blank nodes
        column[triple.subject] = (*column.get(triple.subject, ()), triple.object)
    tops = [node for head in read.column(sh("conforms")) for node in read.objects(head, sh("result"))]
    results = [_read_result(read, node) for node in tops]
    return [one for one in results if keep is None or one.focus in keep]


def _read_result(report: Graph, node: Term) -> Result:
    found: dict[str, Any] = {field: report.one(node, sh(name)) for name, field in _FIELDS.items()}
    path, found["path"] = found["path"], None
    with suppress(PathError):
        found["path"] = path and read_path(report, path)
    messages = [one for one in report.objects(node, sh("resultMessage")) if isinstance(one, Literal)]
    details = [_read_result(report, detail) for detail in report.objects(node, sh("detail"))]
    return Result(**found, messages=messages, details=details)


def to_rdflib(triples: Iterable[Statement]) -> rdflib.Graph:
    """Copy triples into an rdflib graph, literals as written."""
    import logging

    import rdflib

    def term_of(term: Term) -> rdflib.term.Node:
        if isinstance(term, Literal):
            plain = term.language is not None or term.datatype == Literal("").datatype
            datatype = None if plain else rdflib.URIRef(term.datatype.value)
            return rdflib.Literal(term.value, lang=term.language, datatype=datatype, normalize=False)
        if isinstance(term, Triple):
            raise InputError(f"the triple term {term} (RDF 1.2) is not known to rdflib")
        return (rdflib.BNode if isinstance(term, BlankNode) else rdflib.URIRef)(term.value)

    logger = logging.getLogger("rdflib.term")  # warns of each literal that is ill-typed
    level = logger.level
    logger.setLevel(logging.ERROR)
    graph = rdflib.Graph(bind_namespaces="core")
    try:
        graph.addN((*map(term_of, triple), graph) for triple in triples)  # type: ignore[misc]
    finally:
        logger.setLevel(level)
    return graph
