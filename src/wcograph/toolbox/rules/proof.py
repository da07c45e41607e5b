"""Why a triple is in the closure: a proof of least height, from asserted triples, rule by rule.

The height of an asserted triple is 0, that of an inferred one is 1 more than that of the highest premise of
its lowest derivation. The search goes backward from the triple: is it proved at height 1, at height 2, ...;
it looks only at possible premises that are in the closure.

Steps may be *generalized* triples, such as a literal with a type: OWL 2 RL reasons with them, but RDF cannot
express them, so a statement is a plain tuple of three terms here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from pyoxigraph import Literal

from wcograph.toolbox.errors import LimitError
from wcograph.toolbox.rules import _literals
from wcograph.toolbox.rules import _vocabulary as v
from wcograph.toolbox.rules._engine import Engine
from wcograph.toolbox.rules._facts import Code, Statement, Term
from wcograph.toolbox.rules._joins import LOW, variables
from wcograph.toolbox.rules._search import Search, fill, unify
from wcograph.toolbox.rules.datatypes import ILL_TYPED, contains
from wcograph.toolbox.rules.rules import TABLE, Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pyoxigraph import Quad, Triple

    Instance = tuple[str, tuple[Code, ...]]
    Cells = tuple[tuple[int, int], ...]

__all__ = ["ASSERTED", "Proof", "Prover", "Statement", "Term"]

_MOST_STEPS = 1_000_000  # derivations that are tried for one proof: some seconds
ASSERTED = "asserted"
"""What a triple that is in the graph as it is has for the name of its rule."""


@dataclass(frozen=True)
class Proof:
    """A statement, the rule that gives it (or ``asserted``), and the proofs of the rule's premises.

    The premises are in the order of the rule in ``wcograph.toolbox.rules.rules``; a list is given as its triples.
    Equal premises are one object: a proof is an acyclic graph, and no step is in it twice.
    """

    statement: Statement
    rule: str
    premises: tuple[Proof, ...] = ()

    @cached_property
    def height(self) -> int:
        """How many rules are applied one after another: 0 for an asserted triple."""
        if self.rule == ASSERTED:
            return 0
        return 1 + max((premise.height for premise in self.premises), default=0)

    def steps(self) -> list[Proof]:
        """Return every step once, premises before conclusions."""
        done: dict[int, Proof] = {}
        stack: list[tuple[Proof, bool]] = [(self, False)]
        while stack:
            step, ready = stack.pop()
            if id(step) in done:
                continue
            if ready:
                done[id(step)] = step
            else:
                stack.append((step, True))
                stack.extend((premise, False) for premise in reversed(step.premises))
        return list(done.values())


class Prover:
    """A prover over the closure of one graph.

    >>> from pyoxigraph import NamedNode, Triple
    >>> def node(name): return NamedNode("https://example.org/" + name)
    >>> from wcograph.toolbox.rules.datatypes import RDF, RDFS
    >>> a, kind = NamedNode(RDF + "type"), NamedNode(RDFS + "subClassOf")
    >>> graph = [Triple(node("Lome"), a, node("Office")), Triple(node("Office"), kind, node("Body"))]
    >>> prover = Prover(graph)
    >>> proof = prover.prove((node("Lome"), a, node("Body")))
    >>> proof.rule, [premise.rule for premise in proof.premises]
    ('cax-sco', ['asserted', 'asserted'])
    >>> prover.prove((node("Lome"), a, node("Convention"))) is None
    True
    """

    def __init__(self, triples: Iterable[Triple | Quad], *, trivial: bool = False) -> None:
        """Close the graph; with ``trivial``, include the trivial entailments from the start.

        Raises LimitError as ``wcograph.toolbox.rules.closure`` does, and if too many terms are equal.
        """
        self._triples = triples if isinstance(triples, list) else list(triples)
        self._trivial = trivial
        self._engine = Engine(self._triples, trivial=trivial)
        self._search = Search(*self._engine.codes)
        self._ids, self._terms = self._engine.ids, self._engine.terms
        self._steps = 0
        self._height: dict[Code, int] = {}
        self._failed: dict[Code, int] = {}
        self._instance: dict[Code, Instance] = {}
        self._tried: dict[Code, list[Instance]] = {}
        self._proofs: dict[Code, Proof] = {}
        self._first: dict[int, Code] = {}

    @cached_property
    def _with_trivial(self) -> Prover:
        """The prover of trivial entailments. Other proofs need only those that the engine has anyway."""
        return self if self._trivial else Prover(self._triples, trivial=True)

    def prove(self, statement: Statement) -> Proof | None:
        """Return a proof of least height, or None for what is not in the closure.

        A literal as the subject, or a blank node as the property, is allowed. Raises LimitError for a proof
        that is several hundred steps high, or not found in a million steps.
        """
        s, p, o = (self._ids.get(term) for term in statement)
        if s is None or p is None or o is None:
            return None
        goal = (s, p, o)
        if not self._search.has(*goal) and self._given(goal) is None:
            if not self._trivial and self._engine.is_trivial(*goal):
                return self._with_trivial.prove(statement)
            return None
        try:
            self._steps = limit = 0
            while not self._reach(goal, limit):
                limit += 1
                if limit > len(self._height) + len(self._failed) + 1:
                    raise AssertionError(f"no proof of {statement} was found, though it is in the closure")
            return self._proof(goal)
        except RecursionError as error:
            told = " ".join(str(term) for term in statement)
            raise LimitError(
                f"the proof of {told} is more than several hundred steps high, which is too deep to follow"
            ) from error

    def _proof(self, goal: Code) -> Proof:
        known = self._proofs.get(goal)
        if known is None:
            s, p, o = goal
            statement = (self._terms[s], self._terms[p], self._terms[o])
            if self._height[goal] == 0:
                known = Proof(statement, ASSERTED)
            else:
                rule, premises = self._instance[goal]
                known = Proof(statement, rule, tuple(self._proof(premise) for premise in premises))
            self._proofs[goal] = known
        return known

    def _reach(self, goal: Code, limit: int) -> bool:
        """Return whether the height of a statement is at most ``limit``; if so, its exact height is stored."""
        known = self._height.get(goal)
        if known is not None:
            return known <= limit
        if self._search.is_asserted(*goal):
            self._height[goal] = 0
            return True
        # Deeper and deeper, so that the first derivation that is found is of least height.
        for height in range(self._failed.get(goal, 0) + 1, limit + 1):
            derivations: Iterable[Instance] = self._tried.get(goal, ())
            if height == 1:
                derivations = self._derivations(goal)
            elif not derivations:
                derivations = self._tried[goal] = list(self._derivations(goal))
            for rule, premises in derivations:
                self._count()
                if all(self._reach(premise, height - 1) for premise in premises):
                    self._height[goal] = height
                    self._instance[goal] = (rule, premises)
                    return True
            self._failed[goal] = height
        return False

    def _count(self) -> None:
        self._steps += 1
        if self._steps > _MOST_STEPS:
            raise LimitError(f"a proof of least height was not found in {_MOST_STEPS:,} steps")

    # --------------------------------------------------------------------------- derivations, one step back

    def _derivations(self, goal: Code) -> Iterator[Instance]:
        given = self._given(goal)
        if given:
            yield given, ()
        for rule in _concluding(goal[1] if goal[1] < len(v.NUMBERS) else -1):
            binding = unify(rule.conclusion, goal, (None,) * rule.variables)
            for solution in self._search.solutions(rule.premises, binding) if binding else ():
                if all(self._is_number(solution[at], wanted) for at, wanted in rule.numbers):
                    for instance in self._written(fill(rule.premises, solution)):
                        if goal not in instance:
                            yield rule.name, instance
        yield from self._by_lists(goal)
        s, p, o = goal
        if p == v.SAME and s == o:
            yield from (("eq-ref", (occurrence,)) for occurrence in self._occurrences(s))
        if p == v.TYPE and o in v.DATATYPE_NUMBERS:
            for below in v.DATATYPE_NUMBERS:
                if o in _literals.supertypes(self._engine, below) and self._search.has(s, p, below):
                    yield "dt-sub", ((s, p, below),)

    def _is_number(self, number: int | None, wanted: int) -> bool:
        return (
            number is not None
            and isinstance(self._terms[number], Literal)
            and self._engine.data_value(number) == ("decimal", wanted)
        )

    def _given(self, goal: Code) -> str | None:
        """Return the rule of a statement that needs no premise: an axiom, or a fact about literals."""
        s, p, o = goal
        if p == v.TYPE and (s, o) in self._engine.axioms:
            return self._engine.axioms[s, o]
        one, other = self._terms[s], self._terms[o]
        if not isinstance(one, Literal):
            return None
        data_value = self._engine.data_value(s)
        if p == v.TYPE and o in v.DATATYPE_NUMBERS:
            iri = self._engine.iri(o)
            fits = contains(iri, data_value) or (iri == one.datatype.value and data_value is not ILL_TYPED)
            return "dt-type2" if fits else None
        if p in (v.SAME, v.DIFFERENT) and isinstance(other, Literal):
            values = (data_value, self._engine.data_value(o))
            if None not in values and ILL_TYPED not in values and (values[0] == values[1]) == (p == v.SAME):
                return "dt-eq" if p == v.SAME else "dt-diff"
        return None

    def _occurrences(self, number: int) -> Iterable[Code]:
        """Return statements with a term in them: one asserted statement or, if there is none, all inferred ones."""
        asserted, inferred = self._engine.codes
        if not self._first:
            for code in sorted((c >> 32, p, c & LOW) for p, codes in asserted.items() for c in codes):
                for part in code:
                    self._first.setdefault(part, code)
        if number in self._first:
            return [self._first[number]]
        found = ((c >> 32, p, c & LOW) for p, codes in inferred.items() if p != v.ITEM for c in codes)
        return sorted(code for code in found if number in code and code != (number, v.SAME, number))

    # ----------------------------------------------------------------------------------------------- lists

    def _written(self, premises: tuple[Code, ...]) -> Iterator[tuple[Code, ...]]:
        """Yield a premise about an item of a list as the triples of the list, once for each way to do that."""
        for at, (head, p, item) in enumerate(premises):
            if p == v.ITEM:
                first = self._search.objects[v.FIRST]
                for cells in self._cells(head):
                    for place, (cell, _) in enumerate(cells):
                        if item in first.get(cell, ()):
                            items = [next(iter(first[other])) for other, _ in cells]
                            items[place] = item
                            yield (*premises[:at], *_spine(cells, items), *premises[at + 1 :])
                return
        yield premises

    def _by_lists(self, goal: Code) -> Iterator[Instance]:
        """Rules cls-int1, prp-spo2 and prp-key, which have a whole list among their premises."""
        s, p, o = goal
        search = self._search
        first = search.objects[v.FIRST]
        if p == v.TYPE:
            for head in search.objects[v.INTERSECTION].get(o, ()):
                for cells in self._cells(head):
                    choices = [[c for c in first[cell] if search.has(s, v.TYPE, c)] for cell, _ in cells]
                    for items in product(*choices):
                        members = tuple((s, v.TYPE, c) for c in items)
                        if goal not in members:
                            yield "cls-int1", ((o, v.INTERSECTION, head), *_spine(cells, items), *members)
        for head in search.objects[v.CHAIN].get(p, ()):
            for cells in self._cells(head):
                for path in self._paths(s, o, cells):
                    if goal not in path:
                        spine = _spine(cells, [link for _, link, _ in path])
                        yield "prp-spo2", ((p, v.CHAIN, head), *spine, *path)
        for c, heads in search.objects[v.HAS_KEY].items() if p == v.SAME else ():
            if search.has(s, v.TYPE, c) and search.has(o, v.TYPE, c):
                for head in heads:
                    for cells in self._cells(head):
                        yield from self._keys(s, o, (c, v.HAS_KEY, head), cells)

    def _cells(self, head: int) -> Iterator[Cells]:
        """Yield the paths from the head of a list that is not empty to its end: each cell, and the next."""
        first, rest = self._search.objects[v.FIRST], self._search.objects[v.REST]
        stack: list[tuple[int, Cells]] = [(head, ())]
        while stack:
            self._count()
            node, cells = stack.pop()
            if node == v.NIL and cells:
                yield cells
            elif node in first and all(cell != node for cell, _ in cells):
                stack.extend((following, (*cells, (node, following))) for following in rest.get(node, ()))

    def _paths(self, start: int, end: int, cells: Cells) -> Iterator[tuple[Code, ...]]:
        (cell, _), *others = cells
        for link in self._search.objects[v.FIRST][cell]:
            values = self._search.objects[link].get(start, {})
            if not others and end in values:
                yield ((start, link, end),)
            for middle in values if others else ():
                for rest in self._paths(middle, end, tuple(others)):
                    yield ((start, link, middle), *rest)

    def _keys(self, x: int, y: int, axiom: Code, cells: Cells) -> Iterator[Instance]:
        choices = []
        for cell, _ in cells:
            shared = []
            for p in self._search.objects[v.FIRST][cell]:
                index = self._search.objects[p]
                other = index.get(y, {})
                shared += [(p, z) for z in index.get(x, ()) if z in other]
            choices.append(shared)
        for values in product(*choices):
            spine = _spine(cells, [p for p, _ in values])
            found = [((one, v.TYPE, axiom[0]), *((one, p, z) for p, z in values)) for one in (x, y)]
            yield "prp-key", (axiom, *spine, *found[0], *found[1])


def _spine(cells: Cells, items: Iterable[int]) -> Iterator[Code]:
    """Yield the triples of a list."""
    for (cell, following), item in zip(cells, items, strict=True):
        yield cell, v.FIRST, item
        yield cell, v.REST, following


class _Numbered(NamedTuple):
    """A rule with integers for its terms: a known term is its number, the n-th variable is -n."""

    name: str
    conclusion: Code
    premises: tuple[Code, ...]
    variables: int
    numbers: tuple[tuple[int, int], ...]  # which variables must be literals with which value


def _numbered(rule: Rule) -> _Numbered:
    assert rule.conclusion
    words = dict.fromkeys((*variables(rule), *(word for word in rule.conclusion if word[0] == "?")))
    places = {word: place for place, word in enumerate(words)}

    def code(pattern: tuple[str, str, str]) -> Code:
        s, p, o = (-places[word] - 1 if word in places else v.NUMBERS[word] for word in pattern)
        return s, p, o

    numbers = tuple((place, int(word)) for word, place in places.items() if word in "01")
    return _Numbered(rule.name, code(rule.conclusion), tuple(map(code, rule.premises)), len(places), numbers)


@cache
def _numbered_rules() -> list[_Numbered]:
    return [_numbered(rule) for rule in TABLE if rule.conclusion and rule.plain]


@cache
def _concluding(p: int) -> list[_Numbered]:
    """Return the rules whose conclusion can have a property; -1 means any property outside the vocabulary."""
    return [rule for rule in _numbered_rules() if rule.conclusion[1] < 0 or rule.conclusion[1] == p]
