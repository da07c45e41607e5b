"""The rules of the table as functions over sets: the facts that new facts imply, and the facts that clash.

For each premise that new facts can match, one function is made (semi-naive evaluation): it joins the new
facts with all facts for the other premises. It loops over axioms (``?p rdfs:domain ?c``); the facts that an axiom is
about are then one set, so a rule with one such premise is a set difference that runs in C. The functions are Python
source, compiled when a fact matches one of their premises for the first time.

The rules in BY_HAND are not made from the table: each has its own algorithm, which is faster than a join.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from wcograph.toolbox.rules._vocabulary import NUMBERS, ON_PROPERTY, TYPE
from wcograph.toolbox.rules.rules import TABLE, Pattern, Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import CodeType
BY_HAND: dict[str, str] = {
    name: module
    for module, names in {
        "_equality": "eq-ref eq-sym eq-trans eq-rep-s eq-rep-p eq-rep-o",  # representatives
        "_literals": "prp-ap dt-type1 dt-type2 dt-eq dt-diff dt-sub",  # values, and what holds in every graph
        # Transitivity by single edges; all the values of a place at once, not pair by pair; whole lists.
        "_engine": "prp-trp scm-sco scm-spo prp-fp prp-ifp cls-maxc2 cls-maxqc3 cls-maxqc4 "
        "prp-key prp-spo2 cls-int1",
        # Terms as they were written before they were replaced, pairs of list items, values.
        "clashes": "eq-diff1 eq-diff2 eq-diff3 prp-adp cax-adc dt-not-type",
    }.items()
    for name in names.split()
}
"""The rules that are not made from the table, and the module that has the algorithm of each."""

EMPTY: frozenset[int] = frozenset()
LOW = 0xFFFFFFFF
_TYPE = next(iri for iri, number in NUMBERS.items() if number == TYPE)

Key = tuple[bool, "int | None"]


class Joins:
    """The functions of the rules in force, for one graph.

    ``of(False, p)`` takes new pairs of property ``p``, ``of(True, c)`` new members of class ``c``; with None, the
    functions take the property or class, too.
    """

    def __init__(self, engine: Any) -> None:
        """Bind the functions to a graph."""
        self._rules = engine.rules
        self._names: dict[str, Any] = {
            **{name: getattr(engine, name) for name in ("pairs", "members", "emit", "emit_members")},
            **{name: getattr(engine, name) for name in ("objects_of", "subjects_of", "is_number")},
            **{"EMPTY": EMPTY, "LOW": LOW, "by_object": by_object},
        }
        self._made: dict[Key, list[Callable[..., None]]] = {}

    def of(self, of_class: bool, number: int | None) -> list[Callable[..., None]]:
        """Return the functions for new facts of a property or a class."""
        found = self._made.get((of_class, number))
        if found is None:
            places = _places().get((of_class, number), ())
            found = [self._function(rule, at) for rule, at in places if rule.name in self._rules]
            self._made[of_class, number] = found
        return found

    def clashes(self, rule: Rule) -> set[tuple[int, ...]]:
        """Return the solutions of the premises of a rule, as the numbers of its variables in their order."""
        found: set[tuple[int, ...]] = set()
        self._names["found"] = found
        self._function(rule, None)()
        return found

    def _function(self, rule: Rule, at: int | None) -> Callable[..., Any]:
        exec(_compiled(rule, at), self._names)
        made: Callable[..., Any] = self._names["rule"]
        return made


def by_object(codes: Iterable[int]) -> dict[int, set[int]]:
    """Sort pairs by their objects."""
    found: dict[int, set[int]] = {}
    for code in codes:
        found.setdefault(code & LOW, set()).add(code >> 32)
    return found


@cache
def _places() -> dict[Key, list[tuple[Rule, int]]]:
    """Return the premises that new facts of a property or class can match, each with its rule."""
    found: dict[Key, list[tuple[Rule, int]]] = {}
    for rule in TABLE:
        if rule.plain and rule.conclusion and rule.name not in BY_HAND:
            for at, (_, p, o) in enumerate(rule.premises):
                of_class = p == _TYPE
                found.setdefault((of_class, NUMBERS.get(o if of_class else p)), []).append((rule, at))
    return found


@cache
def _compiled(rule: Rule, at: int | None) -> CodeType:
    return compile(source(rule, at), f"<{rule.name}>", "exec")


def variables(rule: Rule) -> tuple[str, ...]:
    """Return the variables of a rule's premises in order, including numbers."""
    words = (word for premise in rule.premises for word in premise)
    return tuple(dict.fromkeys(word for word in words if word[0] in "?01"))


def source(rule: Rule, at: int | None = None) -> str:
    """Write the function of a rule that joins new facts of premise ``at`` or, for None, finds all facts that clash.

    >>> domain = next(rule for rule in TABLE if rule.name == "prp-dom")
    >>> print(source(domain, 1))
    def rule(p, codes):
     i1 = objects_of(7)
     for a1 in tuple(i1.get(p, EMPTY)):
      s1 = codes
      if s1:
       emit_members(a1, {c1 >> 32 for c1 in s1})
    """
    return _Writer(rule, at).text()


class _Writer:
    """A writer of one function: loops over axioms as statements, then one comprehension over facts."""

    def __init__(self, rule: Rule, at: int | None) -> None:
        self.rule, self.at = rule, at
        self.left = list(rule.premises)
        self.bound: dict[str, str] = {}
        self.lines: list[str] = []
        self.inside = False  # the comprehension
        self.clauses: list[str] = []
        self.numbers = dict.fromkeys("aci", 0)
        self.indexes: dict[tuple[str, str], str] = {}

    def text(self) -> str:
        new = None if self.at is None else self.left.pop(self.at)
        facts = "codes" if new and new[1] != _TYPE else "found"
        arguments = [facts] if new else []
        if new and _has_open_target(new):
            target = "c" if new[1] == _TYPE else "p"
            self.bound[new[2] if new[1] == _TYPE else new[1]] = target
            arguments.insert(0, target)
        elif new and not self.ready():
            self.meet(new, f"tuple({facts})")
            new = None
        about_facts = new is not None and _has_open_target(new)
        while axioms := [premise for premise in self.left if not _has_open_target(premise)]:
            if self.ready() and not about_facts and all(map(self.unknown, axioms)):
                break
            self.join(axioms)
        self.lines += self.guards()
        self.inside = True
        if new:
            o = self.value(new[2])
            if new[1] != _TYPE and o:
                arguments.append("sorted_by=None")
                self.lines.append("sorted_by = sorted_by or by_object(codes)")
                self.loop(new[0], [f"sorted_by.get({o}, EMPTY)"])
            else:
                self.meet(new, facts)
        while self.left:
            self.join(self.left)
        depth = 1
        text = [f"def rule({', '.join(arguments)}):"]
        for line in [*self.lines, *self.consumed(self.rule.conclusion)]:
            text.append(" " * depth + line)
            depth += line.endswith(":")
        return "\n".join(text)

    def name(self, kind: str) -> str:
        self.numbers[kind] += 1
        return f"{kind}{self.numbers[kind]}"

    def ready(self) -> bool:
        """Return whether every variable property and class is bound, so the rest is one comprehension."""
        patterns = [*self.rule.premises, *filter(None, [self.rule.conclusion])]
        open_words = [pattern[2] if pattern[1] == _TYPE else pattern[1] for pattern in patterns]
        return all(self.value(word) for word in open_words)

    def value(self, word: str) -> str | None:
        """Return the expression of a term, None for a variable that is not bound."""
        return self.bound.get(word) if word[0] in "?01" else str(NUMBERS[word])

    def guards(self) -> Iterator[str]:
        """Write conditions that keep a property or class from being copied into itself."""
        for pattern in self.rule.premises if self.rule.conclusion else ():
            one, other = pattern, self.rule.conclusion
            assert other
            if one[1] == other[1] == _TYPE and one[0] == other[0] and one[2][0] == other[2][0] == "?":
                yield f"if {self.bound[one[2]]} != {self.bound[other[2]]}:"
            elif (one[0], one[2]) == (other[0], other[2]) and one[1][0] == other[1][0] == "?":
                yield f"if {self.bound[one[1]]} != {self.bound[other[1]]}:"

    def join(self, premises: list[Pattern]) -> None:
        """Join the premise with the most bound terms."""
        premise = min(premises, key=self.cost)
        self.left.remove(premise)
        s, p, o = premise
        unknown = self.unknown(premise)
        if not unknown:
            self.test(self.holds(premise))
        elif len(unknown) == 1 and (s != o or p == _TYPE):
            sets = [self.among(premise)]
            for other in [other for other in self.left if self.unknown(other) == unknown]:
                sets.append(self.among(other))
                self.left.remove(other)
            self.loop(unknown[0], sets)
        else:
            sets = [self.extent(p)]
            for other in [other for other in self.left if (other[0], other[2]) == (s, o)]:
                sets.append(self.extent(other[1]))
                self.left.remove(other)
            self.meet(premise, " & ".join(sets))

    def cost(self, premise: Pattern) -> tuple[int, bool, bool]:
        _, p, o = premise
        unknown = self.unknown(premise)
        backward = premise[0] in unknown and self.value(o) is not None
        return len(unknown), backward and NUMBERS.get(p) == ON_PROPERTY, backward and p != _TYPE

    def unknown(self, premise: Pattern) -> list[str]:
        return list(dict.fromkeys(word for word in (premise[0], premise[2]) if not self.value(word)))

    def extent(self, p: str) -> str:
        return f"pairs.get({self.value(p)}, EMPTY)"

    def holds(self, premise: Pattern) -> str:
        s, p, o = (self.value(word) for word in premise)
        if premise[1] == _TYPE:
            return f"{s} in members.get({o}, EMPTY)"
        assert s
        return f"{_high(s)} | {o} in pairs.get({p}, EMPTY)"

    def among(self, premise: Pattern) -> str:
        """Write the set of candidates for the only unbound term of a premise."""
        s, p, o = (self.value(word) for word in premise)
        if premise[1] == _TYPE:
            return f"members.get({o}, EMPTY)"
        assert p
        kind, known = ("objects_of", s) if s else ("subjects_of", o)
        if (kind, p) not in self.indexes:
            self.indexes[kind, p] = self.name("i")
            self.lines.append(f"{self.indexes[kind, p]} = {kind}({p})")
        return f"{self.indexes[kind, p]}.get({known}, EMPTY)"

    def loop(self, word: str, sets: list[str]) -> None:
        """Bind a variable to each element that some sets share."""
        name = self.name("a")
        self.run(name, " & ".join(sets) if len(sets) > 1 or self.inside else f"tuple({sets[0]})")
        self.bind(word, name)

    def meet(self, premise: Pattern, facts: str) -> None:
        """Bind the variables of a premise to each of some facts, pairs or members."""
        s, p, o = premise
        if p == _TYPE:
            name = self.name("a")
            self.run(name, facts)
            self.bind(s, name)
            return
        name = self.name("c")
        self.run(name, facts)
        for word, part in ((s, f"{name} >> 32"), (o, f"{name} & LOW")):
            known = self.value(word)
            if known:
                self.test(f"{known} == {part}")
            elif self.inside:
                self.bind(word, part)
            else:
                variable = self.name("a")
                self.lines.append(f"{variable} = {part}")
                self.bind(word, variable)

    def run(self, name: str, facts: str) -> None:
        if self.inside and not self.clauses:
            self.clauses.append(f"for {name} in s1")
            self.lines += [f"s1 = {facts}", "if s1:"]
        elif self.inside:
            self.clauses.append(f"for {name} in {facts}")
        else:
            self.lines.append(f"for {name} in {facts}:")

    def bind(self, word: str, expression: str) -> None:
        self.bound[word] = expression
        if word in "01":
            self.test(f"is_number({expression}, {word})")

    def test(self, condition: str) -> None:
        if self.inside and self.clauses:
            self.clauses.append(f"if {condition}")
        else:
            self.lines.append(f"if {condition}:")

    def consumed(self, conclusion: Pattern | None) -> Iterator[str]:
        """Write what happens with the solutions."""
        rest = " ".join(self.clauses)
        if conclusion is None:
            row = ", ".join(self.bound[word] for word in variables(self.rule))
            yield f"found.update([({row},) {rest}])" if rest else f"found.add(({row},))"
            return
        s, p, o = (self.value(word) for word in conclusion)
        assert s and p and o
        if conclusion[1] == _TYPE:
            row = s
        elif s.endswith(" >> 32") and o == s.replace(">> 32", "& LOW"):
            row = s.removesuffix(" >> 32")  # the same pair
        else:
            row = f"{_high(s)} | {o}"
        rows = "s1" if rest == f"for {row} in s1" else f"{{{row} {rest}}}"
        yield f"emit_members({o}, {rows})" if conclusion[1] == _TYPE else f"emit({p}, {rows})"


def _high(subject: str) -> str:
    """Write a subject as the high half of a pair."""
    if subject.endswith(" >> 32"):
        return f"{subject.removesuffix(' >> 32')} & ~LOW"
    return f"({subject}) << 32" if " " in subject else f"{subject} << 32"


def _has_open_target(premise: Pattern) -> bool:
    """Return whether the property or class of a premise is a variable, so it matches facts, not axioms."""
    return (premise[2] if premise[1] == _TYPE else premise[1])[0] == "?"
