"""Suggestions while somebody types: values of a parameter, and terms for a query."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

from pyoxigraph import NamedNode

from wcograph.toolbox.errors import UsageError
from wcograph.toolbox.sparql import parameters
from wcograph.toolbox.sparql.naming import compact, label

if TYPE_CHECKING:
    from wcograph.graph import KnowledgeGraph

    Suggestions = list[dict[str, str]]

MOST = 20
_PREFIXES = """
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
"""
_TERMS = """
SELECT DISTINCT ?term {
  { ?term a ?kind VALUES ?kind { rdfs:Class owl:Class rdf:Property owl:ObjectProperty owl:DatatypeProperty } }
  UNION { ?x a ?term } UNION { SELECT DISTINCT ?term { ?x ?term ?y } }
}"""
_THINGS = "SELECT DISTINCT ?term { ?term a ?class FILTER(ISIRI(?term)) } LIMIT 20000"
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
        found = parameters.Entities.of(kg.store, parameter, kg.profile)
        kept[key] = [
            (code, said, parameters.fold(" ".join((said, code, *names))))
            for iri, names in sorted(found.names.items())
            for code, said in [(found.code(iri), found.label(iri))]
        ]
    return _matching(kept[key], begun)


def terms(kg: KnowledgeGraph, begun: str) -> Suggestions:
    """Return at most 20 terms, as a CURIE with a label, whose name has what has been typed.

    Classes and properties come first, then the things that have a label.
    """
    kept = _known.setdefault(kg, {})
    if "terms" not in kept:
        listed: dict[str, str] = {}
        for query in (_TERMS, _THINGS):
            found: list[Any] = [row[0] for row in kg.sparql(_PREFIXES + query).rows()]
            nodes = [one for one in found if isinstance(one, NamedNode)]
            named = [(compact(one.value, kg.prefixes), label(kg.store, one)) for one in nodes]
            named = [one for one in named if one[1] or query == _TERMS]
            listed |= sorted(named, key=lambda one: (len(one[1]), one))
        kept["terms"] = [(name, said, parameters.fold(f"{name} {said}")) for name, said in listed.items()]
    return _matching(kept["terms"], begun)


def _matching(known: list[tuple[str, str, str]], begun: str) -> Suggestions:
    wanted, lower = parameters.fold(begun), begun.lower()

    def begins(one: tuple[str, str, str]) -> bool:
        value, said, folded = one
        names = folded.startswith(wanted) or parameters.fold(said).startswith(wanted)
        return names or value.lower().startswith(lower)

    found = [one for one in known if wanted in one[2] or lower in one[0].lower()]
    found.sort(key=begins, reverse=True)
    return [{"value": value, "label": said} for value, said, _ in found[:MOST]]
