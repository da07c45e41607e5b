"""Literals and datatypes in a graph (table 8), and the axioms that hold in every graph (prp-ap, cls-thing, ...)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyoxigraph import Literal

from wcograph.toolbox.rdf.xsd import XSD
from wcograph.toolbox.rules import _vocabulary as v
from wcograph.toolbox.rules.datatypes import ILL_TYPED, LANG_STRING, RDF, RDFS, STRING, SUPERTYPES, contains

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wcograph.toolbox.rules._equality import EqualFacts
    from wcograph.toolbox.rules.datatypes import Value

_XSD_G = XSD + "g"  # gYear and its like are not datatypes of OWL 2 RL


def axioms(graph: EqualFacts) -> dict[tuple[int, int], str]:
    """Return the types of vocabulary terms that hold in every graph, each with its rule."""
    annotations = range(v.DATATYPE_NUMBERS.stop, v.DATATYPE_NUMBERS.stop + len(v.ANNOTATION_PROPERTIES))
    datatypes = [number for number in v.DATATYPE_NUMBERS if not graph.iri(number).startswith(_XSD_G)]
    found = {
        (v.THING, v.CLASS): "cls-thing",
        (v.NOTHING, v.CLASS): "cls-nothing1",
        **{(number, v.ANNOTATION_PROPERTY): "prp-ap" for number in annotations},
        **{(number, v.DATATYPE): "dt-type1" for number in datatypes},
    }
    return {fact: rule for fact, rule in found.items() if rule in graph.rules}


def read_literals(graph: EqualFacts, mentioned: set[int]) -> list[int]:
    """Apply dt-eq, and dt-type2 for the datatypes that the graph mentions; return the ill-typed literals."""
    rules = graph.rules
    ill_typed = []
    spaces = {number: graph.iri(number) for number in v.DATATYPE_NUMBERS if number in mentioned}
    if "dt-type2" not in rules:
        spaces = {}
    holders: dict[Value, int] = {}
    typed: dict[int, set[int]] = {number: set() for number in spaces}
    # Of a string, or a text in a language, it is known in which datatypes it lies: only those of strings of some form
    # look at it. Two of them are equal when they are the same. So most are not looked at.
    kinds = {
        datatype: [typed[space] for space, iri in spaces.items() if iri in around]
        for datatype, around in (
            (STRING, {STRING, RDF + "PlainLiteral", RDFS + "Literal"}),
            (LANG_STRING, {LANG_STRING, RDF + "PlainLiteral", RDFS + "Literal"}),
        )
    }
    forms = any(STRING in SUPERTYPES.get(iri, ()) for iri in spaces.values())
    for number in graph.literals:
        literal = graph.terms[number]
        assert isinstance(literal, Literal)
        datatype = literal.datatype.value
        if datatype in kinds and not (forms and datatype == STRING):
            for found in kinds[datatype]:
                found.add(number)
            continue
        data_value = graph.data_value(number)
        if data_value is ILL_TYPED:
            ill_typed.append(number)
            continue
        if data_value is not None and "dt-eq" in rules:
            graph.make_equal(holders.setdefault(data_value, number), number)
            if data_value[0] in ("string", "lang"):  # what has a shorter form too
                _, text, *tag = map(str, data_value)
                plain = graph.ids.get(Literal(text, language=tag[0] if tag else None))
                if plain is not None:
                    graph.make_equal(plain, number)
        for space, iri in spaces.items():
            if contains(iri, data_value) or iri == datatype:
                typed[space].add(number)
    for space, found in typed.items():
        graph.emit_members(space, found)
    return ill_typed


def type_named_literals(graph: EqualFacts, numbers: Iterable[int]) -> None:
    """Apply dt-type2 to literals that are asserted to be the same as a named thing."""
    for number in numbers:
        group = graph.groups.get(number, [])
        values = different_values(graph, group)
        if values and any(not isinstance(graph.terms[x], Literal) for x in group):
            for space in v.DATATYPE_NUMBERS:
                if contains(graph.iri(space), next(iter(values))):
                    graph.emit_members(space, {number})


def different_values(graph: EqualFacts, group: Iterable[int]) -> dict[Value, int]:
    """Return the values of the literals among some terms, each with the first literal that has it."""
    found: dict[Value, int] = {}
    for number in group:
        if isinstance(graph.terms[number], Literal):
            data_value = graph.data_value(number)
            if data_value is not None and data_value is not ILL_TYPED:
                found.setdefault(data_value, number)
    return found


def supertypes(graph: EqualFacts, datatype: int) -> list[int]:
    """Return the datatypes from which a datatype is derived (rule dt-sub)."""
    above = SUPERTYPES.get(graph.iri(datatype), ())
    return [number for number in v.DATATYPE_NUMBERS if graph.iri(number) in above]
