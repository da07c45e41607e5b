"""Inconsistencies: the rules of OWL 2 RL whose conclusion is *false*, applied to a graph that is closed.

Each clash comes with the premises of its rule. Where terms are equal, a premise may be one that replacement
gives (``wcograph.reasoning.proof`` proves it); an asserted one is taken where the rule allows it.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from pyoxigraph import Literal, NamedNode

from wcograph.reasoning import _engine as engine
from wcograph.reasoning.datatypes import contains

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wcograph.reasoning._engine import Engine, Statement

    Code = tuple[int, int, int]
    Found = tuple[str, tuple[Code, ...]]

_NOBODY: frozenset[int] = frozenset()


class Inconsistency(NamedTuple):
    """A clash: the rule that concludes *false*, and its premises, in the order of ``wcograph.reasoning.rules``.

    A premise is three terms, since it may be a triple that RDF has no form for (a literal with a type). It
    may be asserted or inferred: ``wcograph.reasoning.proof`` says which, and from what. For a literal whose form
    does not fit its datatype, the premise is a triple that it stands in.
    """

    rule: str
    premises: tuple[Statement, ...]


def inconsistencies(state: Engine) -> Iterator[Inconsistency]:
    """Find the clashes in a closed graph, each once."""
    seen: set[tuple[str, frozenset[Code]]] = set()
    for rule, premises in _all(state):
        if rule not in state.rules or (rule, frozenset(premises)) in seen:
            continue
        seen.add((rule, frozenset(premises)))
        terms = state.terms
        yield Inconsistency(rule, tuple((terms[s], terms[p], terms[o]) for s, p, o in premises))


def _all(state: Engine) -> Iterator[Found]:
    yield from _differences(state)
    yield from _all_different(state)
    yield from _property_axioms(state)
    yield from _disjoint_properties(state)
    yield from _negative_assertions(state)
    yield from _class_axioms(state)
    yield from _cardinalities(state)
    yield from _literals(state)


def _in_order(numbers: Iterable[int]) -> list[int]:
    return sorted(numbers)


def _members(state: Engine, c: int) -> set[int] | frozenset[int]:
    return state.members.get(c, _NOBODY)


def _pairs(state: Engine, p: int) -> list[tuple[int, int]]:
    return [(code >> 32, code & 0xFFFFFFFF) for code in sorted(state.pairs.get(p, ()))]


def _differences(state: Engine) -> Iterator[Found]:
    """Rule eq-diff1, and dt-diff for literals."""
    same, different = engine.SAME, engine.DIFFERENT
    written = [(code >> 32, code & 0xFFFFFFFF) for code in sorted(state.rewritten.get(different, ()))]
    told = set()
    for x, y in written:
        if state.find(x) == state.find(y):
            told.add(state.find(x))
            yield "eq-diff1", ((x, same, y), (x, different, y))
    for x, y in _pairs(state, different):
        if x == y and (x not in told or _is_asserted(state, x, different, y)):
            yield "eq-diff1", ((x, same, y), (x, different, y))
    if "dt-diff" in state.rules:
        for x, y in state.clashes:
            yield "eq-diff1", ((x, same, y), (x, different, y))


def _is_asserted(state: Engine, s: int, p: int, o: int) -> bool:
    code = s << 32 | o
    return code in state.rewritten.get(p, ()) or (
        code in state.pairs.get(p, ()) and code not in state.new_pairs.get(p, ())
    )


def _lists(state: Engine, head: int) -> Iterator[tuple[list[int], tuple[Code, ...]]]:
    """Give what a list holds, with the terms as they are written in it, and the triples that say so."""
    first, rest = state.forward[engine.FIRST], state.forward[engine.REST]
    written: dict[int, list[int]] = {}
    for code in state.rewritten.get(engine.FIRST, ()):
        written.setdefault(code >> 32, []).append(code & 0xFFFFFFFF)
    for items in state.lists(head):
        node, spelled = head, []
        spine: list[Code] = []
        for item in items:
            following = min(rest.get(node, {engine.NIL}))
            here = [x for x in written.get(node, ()) if state.find(x) == item]
            spelled.append(min(here) if here else item)
            if item not in first.get(node, ()):
                break  # an ill-formed list with several readings: its triples are not told apart
            spine += [(node, engine.FIRST, spelled[-1]), (node, engine.REST, following)]
            node = following
        else:
            yield spelled, tuple(spine)


def _all_different(state: Engine) -> Iterator[Found]:
    """Rules eq-diff2 and eq-diff3."""
    for axiom in _in_order(_members(state, engine.ALL_DIFFERENT)):
        for p, rule in ((engine.MEMBERS, "eq-diff2"), (engine.DISTINCT_MEMBERS, "eq-diff3")):
            for head in _in_order(state.forward[p].get(axiom, ())):
                for items, spine in _lists(state, head):
                    for x, y in combinations(items, 2):
                        if state.find(x) == state.find(y):
                            declared = (axiom, engine.TYPE, engine.ALL_DIFFERENT)
                            yield rule, (declared, (axiom, p, head), *spine, (x, engine.SAME, y))


def _property_axioms(state: Engine) -> Iterator[Found]:
    """Rules prp-irp and prp-asyp."""
    for p in _in_order(_members(state, engine.IRREFLEXIVE)):
        for x, y in _pairs(state, p):
            if x == y:
                yield "prp-irp", ((p, engine.TYPE, engine.IRREFLEXIVE), (x, p, x))
    for p in _in_order(_members(state, engine.ASYMMETRIC)):
        codes = state.pairs.get(p, set())
        for x, y in _pairs(state, p):
            if y << 32 | x in codes:
                yield "prp-asyp", ((p, engine.TYPE, engine.ASYMMETRIC), (x, p, y), (y, p, x))


def _disjoint_properties(state: Engine) -> Iterator[Found]:
    """Rules prp-pdw and prp-adp."""
    for p, q in _pairs(state, engine.PROPERTY_DISJOINT):
        for code in sorted(_extent(state, p) & _extent(state, q)):
            x, y = code >> 32, code & 0xFFFFFFFF
            yield "prp-pdw", ((p, engine.PROPERTY_DISJOINT, q), (x, p, y), (x, q, y))
    for axiom in _in_order(_members(state, engine.ALL_DISJOINT_PROPERTIES)):
        for head in _in_order(state.forward[engine.MEMBERS].get(axiom, ())):
            for items, spine in _lists(state, head):
                for p, q in combinations(items, 2):
                    for code in sorted(_extent(state, p) & _extent(state, q)):
                        x, y = code >> 32, code & 0xFFFFFFFF
                        declared = (axiom, engine.TYPE, engine.ALL_DISJOINT_PROPERTIES)
                        told = (axiom, engine.MEMBERS, head)
                        yield "prp-adp", (declared, told, *spine, (x, p, y), (x, q, y))


def _extent(state: Engine, p: int) -> set[int]:
    return state.extent(state.find(p))


def _negative_assertions(state: Engine) -> Iterator[Found]:
    """Rules prp-npa1 and prp-npa2."""
    forward = state.forward
    for axiom, s in _pairs(state, engine.SOURCE):
        for p in _in_order(forward[engine.ASSERTION_PROPERTY].get(axiom, ())):
            for target, rule in ((engine.TARGET_INDIVIDUAL, "prp-npa1"), (engine.TARGET_VALUE, "prp-npa2")):
                for o in _in_order(forward[target].get(axiom, ())):
                    if s << 32 | o in _extent(state, p):
                        source, about = (axiom, engine.SOURCE, s), (axiom, engine.ASSERTION_PROPERTY, p)
                        yield rule, (source, about, (axiom, target, o), (s, p, o))


def _class_axioms(state: Engine) -> Iterator[Found]:
    """Rules cls-nothing2, cls-com, cax-dw and cax-adc."""
    for x in _in_order(_members(state, engine.NOTHING)):
        yield "cls-nothing2", ((x, engine.TYPE, engine.NOTHING),)
    for p, rule in ((engine.COMPLEMENT, "cls-com"), (engine.DISJOINT, "cax-dw")):
        for c, d in _pairs(state, p):
            for x in _in_order(_members(state, c) & _members(state, d)):
                yield rule, ((c, p, d), (x, engine.TYPE, c), (x, engine.TYPE, d))
    for axiom in _in_order(_members(state, engine.ALL_DISJOINT_CLASSES)):
        for head in _in_order(state.forward[engine.MEMBERS].get(axiom, ())):
            for items, spine in _lists(state, head):
                for c, d in combinations(items, 2):
                    common = _members(state, state.find(c)) & _members(state, state.find(d))
                    for x in _in_order(common):
                        declared = (axiom, engine.TYPE, engine.ALL_DISJOINT_CLASSES)
                        told = (axiom, engine.MEMBERS, head)
                        members = (x, engine.TYPE, c), (x, engine.TYPE, d)
                        yield "cax-adc", (declared, told, *spine, *members)


def _cardinalities(state: Engine) -> Iterator[Found]:
    """Rules cls-maxc1, cls-maxqc1 and cls-maxqc2."""
    for r, limit, p in _limits(state, engine.MAX):
        axiom = ((r, engine.MAX, limit), (r, engine.ON_PROPERTY, p))
        index = state.objects_of(p)
        for u in _in_order(_members(state, r)):
            for y in _in_order(index.get(u, ())):
                yield "cls-maxc1", (*axiom, (u, engine.TYPE, r), (u, p, y))
    for r, limit, p in _limits(state, engine.MAX_QUALIFIED):
        index = state.objects_of(p)
        for c in _in_order(state.forward[engine.ON_CLASS].get(r, ())):
            axiom3 = ((r, engine.MAX_QUALIFIED, limit), (r, engine.ON_PROPERTY, p), (r, engine.ON_CLASS, c))
            for u in _in_order(_members(state, r)):
                for y in _in_order(index.get(u, ())):
                    premises = (*axiom3, (u, engine.TYPE, r), (u, p, y))
                    if c == engine.THING and "cls-maxqc2" in state.rules:
                        yield "cls-maxqc2", premises
                    elif y in _members(state, c):
                        yield "cls-maxqc1", (*premises, (y, engine.TYPE, c))


def _limits(state: Engine, kind: int) -> Iterator[tuple[int, int, int]]:
    """Give restriction, limit (a literal) and property of the restrictions to no value at all."""
    for r, limit in _pairs(state, kind):
        if state.is_number(limit, 0):
            spelled = [x for x in state.groups.get(limit, [limit]) if isinstance(state.terms[x], Literal)]
            for p in _in_order(state.forward[engine.ON_PROPERTY].get(r, ())):
                yield r, min(spelled), p


def _literals(state: Engine) -> Iterator[Found]:
    """Rule dt-not-type: a literal that has a type in which its value does not lie, or no value at all."""
    ill_typed = set(state.ill_typed)
    if ill_typed and "dt-type2" in state.rules:
        for p in [*state.pairs, engine.TYPE]:
            for code in sorted(state.extent(p) | state.rewritten.get(p, set())):
                if code & 0xFFFFFFFF in ill_typed:
                    yield "dt-not-type", ((code >> 32, p, code & 0xFFFFFFFF),)
    for c in state.datatypes:
        iri = state.terms[c]
        assert isinstance(iri, NamedNode)
        for x in _in_order(_members(state, state.find(c))):
            for y in state.groups.get(x, [x]):
                if y in ill_typed or not isinstance(state.terms[y], Literal):
                    continue
                if contains(iri.value, state.data_value(y)) is False:
                    yield "dt-not-type", ((y, engine.TYPE, c),)
