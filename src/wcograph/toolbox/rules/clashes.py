"""Inconsistencies: the rules of OWL 2 RL whose conclusion is *false*, applied to a graph that is closed.

Each clash has the premises of its rule. If terms are equal, a premise may be the result of replacement
(``wcograph.toolbox.rules.proof`` proves it); an asserted premise is preferred if the rule allows it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pyoxigraph import Literal

from wcograph.toolbox.rules import _vocabulary as v
from wcograph.toolbox.rules._joins import BY_HAND, EMPTY, LOW, variables
from wcograph.toolbox.rules._literals import different_values
from wcograph.toolbox.rules.datatypes import SUPERTYPES, contains
from wcograph.toolbox.rules.rules import TABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wcograph.toolbox.rules._engine import Engine
    from wcograph.toolbox.rules._facts import Code, Statement

    Found = tuple[str, tuple[Code, ...]]

_CLASHES = {rule.name: rule for rule in TABLE if rule.conclusion is None}
_IN_LISTS = (
    ("eq-diff2", v.ALL_DIFFERENT, v.MEMBERS),
    ("eq-diff3", v.ALL_DIFFERENT, v.DISTINCT_MEMBERS),
    ("prp-adp", v.ALL_DISJOINT_PROPERTIES, v.MEMBERS),
    ("cax-adc", v.ALL_DISJOINT_CLASSES, v.MEMBERS),
)


class Inconsistency(NamedTuple):
    """A clash: the rule that concludes *false*, and its premises, in the order of ``wcograph.toolbox.rules.rules``.

    A list is given as its triples. A premise is three terms, because it may be a triple that RDF cannot express (a
    literal with a type). It may be asserted or inferred: ``wcograph.toolbox.rules.proof`` shows which, and why. For
    a literal whose form does not fit its datatype, the premise is a triple with the literal as its object.
    """

    rule: str
    premises: tuple[Statement, ...]


def inconsistencies(state: Engine) -> Iterator[Inconsistency]:
    """Find the clashes in a closed graph, each once."""
    seen: set[tuple[str, frozenset[Code]]] = set()
    terms = state.terms
    statements: dict[Code, Statement] = {}  # each made once: the clashes of a list share its triples
    for rule, premises in _all(state):
        if rule not in state.rules:
            continue
        if len(premises) < 7:  # in another order, the premises of a list are another list
            key = (rule, frozenset(premises))
            if key in seen:
                continue
            seen.add(key)
        for s, p, o in premises:
            if (s, p, o) not in statements:
                statements[s, p, o] = (terms[s], terms[p], terms[o])
        yield Inconsistency(rule, tuple(statements[code] for code in premises))


def _all(state: Engine) -> Iterator[Found]:
    yield from _differences(state)
    for name, kind, p in _IN_LISTS:
        yield from _in_lists(state, name, kind, p)
    for name in _CLASHES:
        if name in state.rules and name not in BY_HAND:
            yield from _joined(state, name)
    yield from _literals(state)


def _joined(state: Engine, name: str) -> Iterator[Found]:
    """Apply a rule as it is in the table."""
    rule = _CLASHES[name]
    words = variables(rule)
    for row in sorted(state.joins.clashes(rule)):
        known = dict(zip(words, row, strict=True))
        for number in known.keys() & {"0", "1"}:  # a term that is the same as the literal is not the literal
            equal = state.groups.get(known[number], [known[number]])
            known[number] = min(x for x in equal if isinstance(state.terms[x], Literal))
        codes = [[known[word] if word in known else v.NUMBERS[word] for word in p] for p in rule.premises]
        yield name, tuple((s, p, o) for s, p, o in codes)


def _differences(state: Engine) -> Iterator[Found]:
    """Rule eq-diff1, with dt-diff for literals; terms that were replaced are reported as written."""
    same, different = v.SAME, v.DIFFERENT
    written = {(code >> 32, code & LOW) for code in state.rewritten.get(different, ())}
    pairs = {(code >> 32, code & LOW) for code in state.pairs.get(different, ())}
    known = {(state.find(x), state.find(y)) for x, y in written}
    for x, y in sorted(written | (pairs - known)):
        if state.find(x) == state.find(y):
            yield "eq-diff1", ((x, same, y), (x, different, y))
    for group in state.groups.values() if "dt-diff" in state.rules else ():
        one, *others = [*different_values(state, sorted(group)).values()] or [0]
        for other in others:
            yield "eq-diff1", ((one, same, other), (one, different, other))


def _in_lists(state: Engine, rule: str, kind: int, p: int) -> Iterator[Found]:
    """Rules eq-diff2, eq-diff3, prp-adp and cax-adc: two items of a list have something in common.

    If more than two items do, the first two are reported.
    """
    for axiom in sorted(state.members.get(kind, ())):
        for head in sorted(state.objects_of(p).get(axiom, ())):
            for items, spine in _written_lists(state, head):
                about = ((axiom, v.TYPE, kind), (axiom, p, head), *spine)
                holders: dict[int, int | None] = {}
                for item in items:
                    r = state.find(item)
                    for x in {
                        v.ALL_DIFFERENT: {r},
                        v.ALL_DISJOINT_PROPERTIES: state.extent(r),
                        v.ALL_DISJOINT_CLASSES: state.members.get(r, EMPTY),
                    }[kind]:
                        other = holders.get(x, item)
                        holders[x] = None if x in holders else item
                        if other is None or holders[x] is not None:
                            continue
                        if kind == v.ALL_DIFFERENT:
                            yield rule, (*about, (other, v.SAME, item))
                        elif kind == v.ALL_DISJOINT_PROPERTIES:
                            s, o = x >> 32, x & LOW
                            yield rule, (*about, (s, other, o), (s, item, o))
                        else:
                            yield rule, (*about, (x, v.TYPE, other), (x, v.TYPE, item))


def _written_lists(state: Engine, head: int) -> Iterator[tuple[list[int], tuple[Code, ...]]]:
    """Yield the items of each list as written, and the triples of the list."""
    first, rest = state.objects_of(v.FIRST), state.objects_of(v.REST)
    written: dict[int, list[int]] = {}
    for code in state.rewritten.get(v.FIRST, ()):
        written.setdefault(code >> 32, []).append(code & LOW)
    for items in state.lists(head):
        node, spelled = head, []
        spine: list[Code] = []
        for item in items:
            here = [x for x in written.get(node, ()) if state.find(x) == item]
            spelled.append(min(here, default=item))
            if item not in first.get(node, ()):
                break  # an ill-formed list with several readings: its triples are not told apart
            following = min(rest.get(node, {v.NIL}))
            spine += [(node, v.FIRST, spelled[-1]), (node, v.REST, following)]
            node = following
        else:
            yield spelled, tuple(spine)


def _literals(state: Engine) -> Iterator[Found]:
    """Rule dt-not-type: a literal has a type that does not include its value, or has no value at all."""
    ill_typed = set(state.ill_typed)
    if ill_typed and "dt-type2" in state.rules:
        for p in [*state.pairs, v.TYPE]:
            for code in sorted(state.extent(p) | state.rewritten.get(p, EMPTY) if p != v.ITEM else ()):
                if code & LOW in ill_typed:
                    yield "dt-not-type", ((code >> 32, p, code & LOW),)
    wrong: dict[int, dict[str, int]] = {}
    for c in v.DATATYPE_NUMBERS:
        for x in sorted(state.members.get(state.find(c), ())):
            for y in state.groups.get(x, [x]):
                if y in ill_typed or not isinstance(state.terms[y], Literal):
                    continue
                if contains(state.iri(c), state.data_value(y)) is False:
                    wrong.setdefault(y, {})[state.iri(c)] = c
    for y, found in wrong.items():  # of an integer that is none, it is clear that it is no decimal
        implied = {above for iri in found for above in SUPERTYPES.get(iri, ())}
        for iri, c in found.items():
            if iri not in implied:
                yield "dt-not-type", ((y, v.TYPE, c),)
