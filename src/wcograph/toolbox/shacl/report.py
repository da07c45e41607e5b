"""The W3C validation report (SHACL section 3.6) as triples."""

from __future__ import annotations

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from wcograph.toolbox.shacl.graph import TYPE, XSD, sh
from wcograph.toolbox.shacl.paths import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wcograph.toolbox.shacl.evaluate import Result
    from wcograph.toolbox.shacl.graph import Graph, Term

_BOOLEAN = NamedNode(XSD + "boolean")


def report_triples(results: Sequence[Result], shapes: Graph) -> list[Triple]:
    """Write results as a report; paths that are blank nodes are copied from the shapes graph."""
    top = BlankNode("report")
    conforms = Literal("false" if results else "true", datatype=_BOOLEAN)
    triples = {Triple(top, TYPE, sh("ValidationReport")): None, Triple(top, sh("conforms"), conforms): None}
    number = 0
    waiting: list[tuple[BlankNode, str, Result]] = [(top, "result", one) for one in reversed(results)]
    while waiting:
        parent, link, result = waiting.pop()
        node = BlankNode(f"r{number}")
        number += 1
        triples[Triple(parent, sh(link), node)] = None
        for predicate, value in _said(result):
            triples[Triple(node, predicate, value)] = None
            if predicate == sh("resultPath"):
                triples |= dict.fromkeys(_description(shapes, value))
        waiting += [(node, "detail", detail) for detail in reversed(result.details)]
    return list(triples)


def _said(result: Result) -> Iterator[tuple[NamedNode, Term]]:
    yield TYPE, sh("ValidationResult")
    yield sh("focusNode"), result.focus
    path = result.path.node if isinstance(result.path, Path) else result.path
    if path is not None:
        yield sh("resultPath"), path
    if result.value is not None:
        yield sh("value"), result.value
    yield sh("resultSeverity"), result.severity
    yield sh("sourceConstraintComponent"), result.component
    yield sh("sourceShape"), result.shape
    if result.source is not None:
        yield sh("sourceConstraint"), result.source
    for message in result.messages:
        yield sh("resultMessage"), message


def _description(graph: Graph, node: Term) -> Iterator[Triple]:
    """Yield the triples about a blank node, and about those that they lead to."""
    seen, waiting = set(), [node]
    while waiting:
        node = waiting.pop()
        if isinstance(node, BlankNode) and node not in seen:
            seen.add(node)
            for predicate, values in graph.by_subject.get(node, {}).items():
                for value in values:
                    yield Triple(node, predicate, value)
                    waiting.append(value)
