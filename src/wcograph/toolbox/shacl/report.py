"""The W3C validation report (SHACL section 3.6) as triples, and read from them."""

from __future__ import annotations

from contextlib import suppress

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from wcograph.toolbox.shacl.evaluate import Result
from wcograph.toolbox.shacl.graph import TYPE, XSD, reached, sh
from wcograph.toolbox.shacl.paths import Path, PathError, read_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from wcograph.toolbox.shacl.graph import Graph, Term

_FIELDS = {  # the properties of a result, and where `Result` has their values
    **{"focusNode": "focus", "resultPath": "path", "value": "value", "resultSeverity": "severity"},
    **{"sourceConstraintComponent": "component", "sourceShape": "shape", "sourceConstraint": "source"},
}


def report_triples(results: Sequence[Result], shapes: Graph) -> list[Triple]:
    """Write results as a report; paths that are blank nodes are copied from the shapes graph."""
    top = BlankNode("report")
    conforms = Literal("false" if results else "true", datatype=NamedNode(XSD + "boolean"))
    triples = {Triple(top, TYPE, sh("ValidationReport")): None, Triple(top, sh("conforms"), conforms): None}
    number = 0
    waiting: list[tuple[BlankNode, str, Result]] = [(top, "result", one) for one in reversed(results)]
    while waiting:
        parent, link, result = waiting.pop()
        node = BlankNode(f"r{number}")
        number += 1
        path = result.path.node if isinstance(result.path, Path) else result.path
        values = [
            (name, path if name == "resultPath" else getattr(result, of)) for name, of in _FIELDS.items()
        ]
        values += [("resultMessage", message) for message in result.messages]
        said = [
            (node, TYPE, sh("ValidationResult")),
            *((node, sh(name), one) for name, one in values if one is not None),
        ]
        copied = reached([path], lambda one: [value for _, _, value in _about(shapes, one)]) if path else ()
        for triple in [
            (parent, sh(link), node),
            *said,
            *(one for term in copied for one in _about(shapes, term)),
        ]:
            triples[Triple(*triple)] = None
        waiting += [(node, "detail", detail) for detail in reversed(result.details)]
    return list(triples)


def _about(graph: Graph, node: Term) -> Iterable[tuple[Term, NamedNode, Term]]:
    """Return the triples about a blank node."""
    columns = graph.by_subject.get(node, {}) if isinstance(node, BlankNode) else {}
    return [(node, predicate, value) for predicate, values in columns.items() for value in values]


def read_result(report: Graph, node: Term) -> Result:
    """Read the result that a node of a report represents."""
    found: dict[str, Any] = {field: report.one(node, sh(name)) for name, field in _FIELDS.items()}
    path, found["path"] = found["path"], None
    with suppress(PathError):
        found["path"] = path and read_path(report, path)
    messages = [one for one in report.objects(node, sh("resultMessage")) if isinstance(one, Literal)]
    details = [read_result(report, detail) for detail in report.objects(node, sh("detail"))]
    return Result(**found, messages=messages, details=details)
