"""Suggestions while somebody types: values of a parameter, and terms for a query."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

from wcograph.toolbox.errors import UsageError
from wcograph.toolbox.sparql import parameters
from wcograph.toolbox.sparql.naming import compact, label

if TYPE_CHECKING:
    from wcograph.graph import KnowledgeGraph

    Suggestions = list[dict[str, str]]

MOST = 20
_TERMS = """
SELECT DISTINCT ?term {
  { ?term a ?kind VALUES ?kind { rdfs:Class owl:Class rdf:Property owl:ObjectProperty owl:DatatypeProperty } }
  UNION { ?x a ?term } UNION { SELECT DISTINCT ?term { ?x ?term ?y } }
}"""
_MOST_THINGS = 20_000
_THINGS = f"SELECT DISTINCT ?term {{ ?term a ?class FILTER(ISIRI(?term)) }} LIMIT {_MOST_THINGS}"
_known: weakref.WeakKeyDictionary[KnowledgeGraph, dict[object, list[tuple[str, str, str]]]] = (
    weakref.WeakKeyDictionary()
)


def values(kg: KnowledgeGraph, name: str, option: str, begun: str) -> Suggestions:
    """Return at most 20 values of a parameter of a stored query whose name or code has what has been typed.

    Those that begin with it come first. Raises UsageError if there is no such query or parameter.
    """
    query = kg.stored_query(name)
    parameter = query.parameter(option)
    if parameter is None:
        known = ", ".join(one.option for one in query.parameters) or "none"
        raise UsageError(f"{name} has no parameter {option[:100]!r} (parameters: {known})")
    if parameter.values:
        return _matching([(one, one, parameters.fold(one)) for one in parameter.values], begun)
    if parameter.type == "xsd:boolean":
        return _matching([(one, one, one) for one in ("true", "false")], begun)
    if ":" not in parameter.type or parameter.type.startswith("xsd:"):
        return []
    kg = kg.with_imported(query.needs)
    kept = _known.setdefault(kg, {})
    key = (parameter.type, parameter.scheme)
    if key not in kept:
        kept[key] = [
            (code, said, parameters.fold(f"{said} {code}"))
            for code, said in parameters.codes(kg.store, parameter, kg.profile).items()
        ]
        others = parameters.named(kg.store, parameter, kg.profile)
        by_label: dict[str, str] = {}
        for iri, names in others.items():
            code = names[-1]
            by_label[code] = parameters.fold(" ".join(names))
            by_label[compact(iri, kg.prefixes)] = by_label[code]
        kept[key] = [(code, said, f"{text} {by_label.get(code, '')}") for code, said, text in kept[key]]
    return _matching(kept[key], begun)


def terms(kg: KnowledgeGraph, begun: str) -> Suggestions:
    """Return at most 20 terms, as a CURIE with a label, whose name has what has been typed.

    Classes and properties come first, then the things that have a label.
    """
    kept = _known.setdefault(kg, {})
    if "terms" not in kept:
        listed: dict[str, str] = {}
        for query in (_TERMS, _THINGS):
            found: list[Any] = [row[0] for row in kg.sparql(_declared() + query).rows()]
            named = [
                (compact(one.value, kg.prefixes), label(kg.store, one))
                for one in found
                if hasattr(one, "value")
            ]
            listed |= sorted(
                (one for one in named if one[1] or query == _TERMS), key=lambda one: (len(one[1]), one)
            )
        kept["terms"] = [(name, said, parameters.fold(f"{name} {said}")) for name, said in listed.items()]
    return _matching(kept["terms"], begun)


def _declared() -> str:
    return "".join(
        f"PREFIX {prefix}: <http://www.w3.org/{path}#>\n"
        for prefix, path in (
            ("rdf", "1999/02/22-rdf-syntax-ns"),
            ("rdfs", "2000/01/rdf-schema"),
            ("owl", "2002/07/owl"),
        )
    )


def _matching(known: list[tuple[str, str, str]], begun: str) -> Suggestions:
    wanted = parameters.fold(begun)
    found = [one for one in known if wanted in one[2] or begun.lower() in one[0].lower()]
    found.sort(
        key=lambda one: (
            not (
                one[2].startswith(wanted)
                or one[0].lower().startswith(begun.lower())
                or parameters.fold(one[1]).startswith(wanted)
            )
        )
    )
    return [{"value": value, "label": said} for value, said, _ in found[:MOST]]
