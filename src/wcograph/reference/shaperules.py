"""What SHACL shapes require, in words: one rule for each shape that has its own constraint or message.

The reference of the ontology shows them with the classes and properties that they are about.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyoxigraph import BlankNode, Literal, NamedNode

from wcograph import layout
from wcograph.dataset import parse_file
from wcograph.layout import PREFIXES
from wcograph.layout import curie as short
from wcograph.toolbox.rdf.turtle import RDF, XSD
from wcograph.toolbox.sparql.tokens import iris

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_SH = PREFIXES["sh"]
_TARGETS = {
    "targetClass": "",
    "targetNode": "",
    "targetSubjectsOf": "whatever has ",
    "targetObjectsOf": "values of ",
}
# what is no constraint (SHACL, sections 2.1 to 2.3, and 5)
_NO_CONSTRAINTS = {*_TARGETS, "path", "name", "description", "order", "group", "severity", "message", "deactivated",
                   "qualifiedValueShapesDisjoint", "flags", "property", "select", "prefixes", "declare"}  # fmt: skip
_PATHS = {"inversePath": "^{}", "zeroOrMorePath": "({})*", "oneOrMorePath": "({})+", "zeroOrOnePath": "({})?"}
_WORDS = {  # what takes one term
    "datatype": "datatype {}",
    "class": "instance of {}",
    "hasValue": "the value {}",
    "lessThan": "less than the value of {}",
    "lessThanOrEquals": "at most the value of {}",
    "equals": "the same as the values of {}",
    "disjoint": "other than the values of {}",
}
_BETWEEN = {"or": " or ", "and": " and ", "xone": " or, but not both, "}
_KINDS = {
    "IRI": "an IRI",
    "Literal": "a literal",
    "BlankNode": "a blank node",
    "BlankNodeOrIRI": "a blank node or an IRI",
    "BlankNodeOrLiteral": "a blank node or a literal",
    "IRIOrLiteral": "an IRI or a literal",
}


@dataclass(frozen=True)
class Rule:
    """One rule of a shape.

    ``name`` is the shape's IRI, ``file`` its file, ``on`` what it applies to, in words, ``targets`` the
    classes, properties and nodes that it targets, ``path`` the path as SPARQL writes it (empty for a rule on the
    node itself), ``asks`` the constraints in words, ``terms`` every IRI that the rule mentions.
    """

    name: str
    file: str
    on: tuple[str, ...]
    targets: frozenset[str]
    path: str
    asks: str
    message: str
    severity: str
    terms: frozenset[str]


def rules(folder: str) -> list[Rule]:
    """Return the rules of all shapes of the graph at ``folder``, by the names of the shapes."""
    shapes = _Shapes()
    for path in layout.rdf_files(folder)["shapes"]:
        for quad in parse_file(os.path.join(folder, path)):
            shapes.add(quad.subject, quad.predicate.value, quad.object, path)
    return [rule for name in sorted(shapes.files) if (rule := shapes.rule(name)) is not None]


class _Shapes:
    """The triples of the shapes graph, by subject, and the file of each named shape."""

    def __init__(self) -> None:
        self.rows: dict[Any, dict[str, list[Any]]] = {}
        self.files: dict[str, str] = {}
        self.used_by: dict[str, set[str]] = {}

    def add(self, subject: Any, predicate: str, value: Any, file: str) -> None:
        self.rows.setdefault(subject, {}).setdefault(predicate, []).append(value)
        if isinstance(subject, NamedNode):
            self.files.setdefault(subject.value, file)
            if predicate == _SH + "property" and isinstance(value, NamedNode):
                self.used_by.setdefault(value.value, set()).add(subject.value)

    def of(self, node: Any, name: str) -> list[Any]:
        """Return the values of one of SHACL's own properties, in a fixed order if they have names."""
        values = self.rows.get(node, {}).get(_SH + name, [])
        return sorted(values, key=lambda v: (1, "") if isinstance(v, BlankNode) else (0, str(v)))

    def rule(self, name: str) -> Rule | None:
        node = NamedNode(name)
        asks = "; ".join(self.constraints(node))
        if not asks:
            return None
        shapes = [NamedNode(shape) for shape in (name, *self.used_by.get(name, ()))]
        targets = {
            (words + short(target.value), target.value)
            for kind, words in _TARGETS.items()
            for shape in shapes
            for target in self.of(shape, kind)
        }
        messages = (one for part in (node, *self.of(node, "sparql")) for one in self.of(part, "message"))
        message = next((one.value for one in messages), "")
        severity = next((one.value.removeprefix(_SH) for one in self.of(node, "severity")), "Violation")
        path = "".join(map(self.path, self.of(node, "path")))
        targeted = frozenset(target for _, target in targets)
        on = tuple(sorted(words for words, _ in targets))
        terms = targeted.union(self._terms(node))
        return Rule(name, self.files[name], on, targeted, path, asks, message, severity, terms)

    def path(self, path: Any) -> str:
        """Write a path as SPARQL does (SHACL, section 2.3.1)."""
        if isinstance(path, NamedNode):
            return short(path.value)
        for name, form in _PATHS.items():
            for inner in self.of(path, name):
                return form.format(self.path(inner))
        for inner in self.of(path, "alternativePath"):
            return f"({'|'.join(map(self.path, self._list(inner)))})"
        return "/".join(map(self.path, self._list(path)))

    def constraints(self, node: Any) -> list[str]:
        """Return what a shape requires of its value nodes, in words."""
        result = self._counts(node, "minCount", "maxCount", "")
        for predicate in sorted(self.rows.get(node, {})):
            name = predicate.removeprefix(_SH)
            if name == predicate or name in _NO_CONSTRAINTS or name.endswith("Count"):
                continue
            result += [self._constraint(name, value, node) for value in self.of(node, name)]
        for part in self.of(node, "property"):
            if isinstance(part, BlankNode):
                result.append(f"{self.path(self.of(part, 'path')[0])}: {'; '.join(self.constraints(part))}")
        return result

    def _counts(self, node: Any, least: str, most: str, what: str) -> list[str]:
        low, high = ([int(value.value) for value in self.of(node, name)] for name in (least, most))
        if low and low == high:
            return [f"exactly {low[0]}{what}"]
        lows = [f"at least {n}{what}" for n in low]
        return lows + [f"at most {n}{what}" if n else f"none{what}" for n in high]

    def _constraint(self, name: str, value: Any, node: Any) -> str:
        if name in _WORDS:
            return _WORDS[name].format(self._term(value))
        if name in _BETWEEN:
            return _BETWEEN[name].join(f"({self._shape(item)})" for item in self._list(value))
        match name:
            case "nodeKind":
                return _KINDS[value.value.removeprefix(_SH)]
            case "in":
                return "one of " + ", ".join(map(self._term, self._list(value)))
            case "languageIn":
                return "language " + " or ".join(item.value for item in self._list(value))
            case "uniqueLang":
                return "one value for each language"
            case "pattern":
                return f"matches {value.value}"
            case "not":
                return f"not: {self._shape(value)}"
            case "node":
                return self._shape(value)
            case "qualifiedValueShape":
                of_which = f" with ({self._shape(value)})"
                return "; ".join(self._counts(node, "qualifiedMinCount", "qualifiedMaxCount", of_which))
            case "sparql":
                return "no row of its SPARQL query"
        return f"{name} {self._term(value)}"

    def _shape(self, shape: Any) -> str:
        if isinstance(shape, NamedNode):
            return f"conforms to {short(shape.value)}"
        return "; ".join(self.constraints(shape))

    def _term(self, term: Any) -> str:
        if isinstance(term, NamedNode):
            return short(term.value)
        if isinstance(term, Literal) and term.datatype.value in (XSD + "integer", XSD + "boolean"):
            return term.value
        return str(term)

    def _list(self, head: Any) -> list[Any]:
        items = []
        while head in self.rows:
            items += self.rows[head].get(RDF + "first", [])
            (head,) = self.rows[head][RDF + "rest"]
        return items

    def _terms(self, node: Any) -> Iterator[str]:
        """Yield the IRIs in the triples of a shape, including those in its SPARQL queries."""
        for predicate, values in self.rows.get(node, {}).items():
            for value in values:
                if isinstance(value, BlankNode):
                    yield from self._terms(value)
                elif isinstance(value, NamedNode):
                    if predicate not in (_SH + "property", _SH + "node", _SH + "severity"):
                        yield value.value
                elif predicate == _SH + "select":
                    yield from iris(value.value, PREFIXES)
