"""The forward engine: apply the rules to new facts until nothing is new.

Most rules are the joins that ``_joins`` makes from the table. This module has those with their own
algorithms: transitivity (one edge at a time), equal values of functional properties and keys, and whole lists.
"""

from __future__ import annotations

from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING

from pyoxigraph import Literal

from wcograph.toolbox.errors import LimitError
from wcograph.toolbox.rules import _literals
from wcograph.toolbox.rules import _vocabulary as v
from wcograph.toolbox.rules._equality import EqualFacts
from wcograph.toolbox.rules._joins import EMPTY, LOW, Joins
from wcograph.toolbox.rules.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from pyoxigraph import Quad, Triple

_LISTS = (v.CHAIN, v.HAS_KEY, v.INTERSECTION, v.UNION, v.ONE_OF, v.MEMBERS, v.DISTINCT_MEMBERS)
_REFLEXIVE = (v.SAME, v.SUBCLASS, v.EQUIVALENT_CLASS, v.SUBPROPERTY, v.EQUIVALENT_PROPERTY)
REFLEXIVE = frozenset(v.VOCABULARY[p] for p in _REFLEXIVE)
"""The properties of which every term has itself as a value, or every class, or every property."""

_MOST_EQUIVALENCES = 250_000  # beside those of each term with itself

Sequence = tuple[int, ...]


class Engine(EqualFacts):
    """A graph and its closure under some rules.

    ``trivial`` includes trivial entailments; ``known`` has literals that will be asked for later.
    """

    def __init__(
        self,
        triples: Iterable[Triple | Quad],
        rules: Collection[str] = RULES,
        *,
        trivial: bool = False,
        known: Iterable[Literal] = (),
    ) -> None:
        """Close the graph. Raises LimitError if an RDF list has too many readings."""
        super().__init__(frozenset(rules))
        self.joins = Joins(self)
        self.chains: dict[int, set[tuple[int, Sequence]]] = {}
        self.intersections: dict[int, set[tuple[int, Sequence]]] = {}
        self.keys: dict[int, set[Sequence]] = {}
        for literal in known:
            self.encode(literal)
        mentioned = self.take_in(triples, trivial=trivial)
        self.axioms = _literals.axioms(self)
        for s, c in self.axioms:
            self.emit_members(c, {s})
        self.ill_typed = _literals.read_literals(self, mentioned)
        self.run()

    def run(self) -> None:
        """Apply the rules until nothing is new."""
        while True:
            if self.pending:
                p = next((p for p in self.pending if p < self.builtins), None)
                if p is None:
                    p = next(iter(self.pending))
                self.meet_pairs(p, self.pending.pop(p), base=True)
            elif self.steps:
                p, codes = self.steps.popitem()
                self.meet_pairs(p, codes, base=False)
            elif self.pending_members:
                c = next((c for c in self.pending_members if c < self.builtins), None)
                if c is None:
                    c = next(iter(self.pending_members))
                self.meet_members(c, self.pending_members.pop(c))
            elif self.lists_changed:
                self.lists_changed = False
                for p in _LISTS:
                    self.read_lists(p, self.pairs.get(p, ()))
            elif self.equal:
                self.replace()
                if self.lists_changed:  # what is remembered of lists has terms that are replaced now
                    self.chains, self.intersections, self.keys = {}, {}, {}
            elif self.merged:
                if "dt-type2" in self.rules:
                    _literals.type_named_literals(self, self.merged)
                self.merged = set()
            elif self.changed:
                self.changed = False
                self.compare()
                self.copy_twins()
                if self.about_vocabulary and "eq-ref" in self.rules:
                    self.emit(v.SAME, self.reflexive())
            else:
                break

    def meet_pairs(self, p: int, codes: set[int], *, base: bool) -> None:
        """Apply every rule that has a premise with property p to new pairs of p."""
        for rule in self.joins.of(False, p):
            rule(codes)
        for rule in self.joins.of(False, None):
            rule(p, codes)
        if p in (v.EQUIVALENT_CLASS, v.EQUIVALENT_PROPERTY):
            if len(self.pairs[p]) > _MOST_EQUIVALENCES + len(self.terms):
                kind = "classes" if p == v.EQUIVALENT_CLASS else "properties"
                raise LimitError(f"the graph has more than {_MOST_EQUIVALENCES:,} pairs of equivalent {kind}")
        elif p in _LISTS:
            self.read_lists(p, tuple(codes))
        if "prp-fp" in self.rules and p in self.members.get(v.FUNCTIONAL, EMPTY):
            self.functional(self.objects_of(p), {code >> 32 for code in codes})
        if "prp-ifp" in self.rules and p in self.members.get(v.INVERSE_FUNCTIONAL, EMPTY):
            self.functional(self.subjects_of(p), {code & LOW for code in codes})
        if self.is_transitive(p):
            self.go_on(p, codes, base=base)
        for head, links in tuple(self.chains.get(p, ())):
            for position, link in enumerate(links):
                if link == p:
                    self.follow(head, links, position, codes)

    def meet_members(self, c: int, found: set[int]) -> None:
        """Apply every rule that has a premise ?x rdf:type c to new members of c."""
        for rule in self.joins.of(True, c):
            rule(found)
        for rule in self.joins.of(True, None):
            rule(c, found)
        for d, operands in tuple(self.intersections.get(c, ())):
            self.intersect(d, operands, found)
        if c == v.TRANSITIVE and "prp-trp" in self.rules:
            for p in found:
                if p not in self.edges:
                    self.go_on(p, set(self.pairs.get(p, ())), base=True)
        elif c == v.FUNCTIONAL and "prp-fp" in self.rules:
            for p in found:
                self.functional(index := self.objects_of(p), index)
        elif c == v.INVERSE_FUNCTIONAL and "prp-ifp" in self.rules:
            for p in found:
                self.functional(index := self.subjects_of(p), index)
        elif c in v.DATATYPE_NUMBERS and "dt-sub" in self.rules:
            for above in _literals.supertypes(self, c):
                self.emit_members(above, found)

    # -------------------------------------------------------------------------------------------- transitivity

    def is_transitive(self, p: int) -> bool:
        """Return whether prp-trp, scm-sco or scm-spo applies to a property."""
        if {v.SUBCLASS: "scm-sco", v.SUBPROPERTY: "scm-spo"}.get(p) in self.rules:
            return True
        return "prp-trp" in self.rules and p in self.members.get(v.TRANSITIVE, EMPTY)

    def go_on(self, p: int, codes: set[int], *, base: bool) -> None:
        """Extend new pairs of a transitive property by one edge.

        An edge is a pair that does not come from transitivity. Every pair of the closure is a path of edges, so it
        is enough to extend each pair by each edge that begins at its end, and to put before each new edge each pair
        that ends at its beginning.
        """
        edges = self.edges.get(p)
        before = self.subjects_of(p)
        if edges is None:
            # All that is known when the property becomes transitive counts as an edge.
            edges = self.edges[p] = {}
            codes, base = self.pairs.get(p, set()), True
        if base:
            for code in codes:
                s, o = code >> 32, code & LOW
                if s != o:
                    edges.setdefault(s, set()).add(o)
        new: set[int] = set()
        for code in codes:
            following = edges.get(code & LOW)
            if following:
                high = code & ~LOW
                new.update([high | o for o in following])
        if base:
            for code in codes:
                preceding = before.get(code >> 32)
                if preceding:
                    o = code & LOW
                    new.update([s << 32 | o for s in preceding])
        self.emit(p, new, step=True)

    # ----------------------------------------------------------------------------------------- what is the same

    def functional(self, index: dict[int, set[int]], found: Iterable[int]) -> None:
        """Rules prp-fp and prp-ifp: all values of one subject (or subjects of one value) are the same."""
        for place in found:
            self.all_equal(index.get(place, ()))

    def all_equal(self, values: Collection[int]) -> None:
        """Make some values equal."""
        if len(values) > 1:
            one, *others = values
            self.emit(v.SAME, {one << 32 | other for other in others})

    def compare(self) -> None:
        """Rules prp-key, cls-maxc2, cls-maxqc3 and cls-maxqc4, over the graph as it is."""
        members = self.members
        for c, lists in self.keys.items():
            for properties in lists:
                self.same_keys(c, properties)
        for r, p in self.limited(v.MAX) if "cls-maxc2" in self.rules else ():
            self.functional(self.objects_of(p), members.get(r, EMPTY))
        for r, p in self.limited(v.MAX_QUALIFIED):
            index = self.objects_of(p)
            for c in self.objects_of(v.ON_CLASS).get(r, ()):
                if c == v.THING and "cls-maxqc4" in self.rules:
                    self.functional(index, members.get(r, EMPTY))
                elif "cls-maxqc3" in self.rules:
                    for u in members.get(r, ()):
                        self.all_equal(members.get(c, EMPTY) & index.get(u, EMPTY))

    def limited(self, kind: int) -> list[tuple[int, int]]:
        """Return the restriction and property of each cardinality restriction to one value."""
        return [
            (code >> 32, p)
            for code in self.pairs.get(kind, ())
            if self.is_number(code & LOW, 1)
            for p in self.objects_of(v.ON_PROPERTY).get(code >> 32, ())
        ]

    def is_number(self, number: int, wanted: int) -> bool:
        """Return whether a term is a literal with a given value, or equal to one."""
        return any(
            isinstance(self.terms[n], Literal) and self.data_value(n) == ("decimal", wanted)
            for n in self.groups.get(number, (number,))
        )

    def same_keys(self, c: int, properties: Sequence) -> None:
        """Rule prp-key: members of a class that share a value of each property are the same."""
        indexes = [self.objects_of(p) for p in properties]
        holders: dict[Sequence, int] = {}
        for x in self.members.get(c, ()):
            values = [index.get(x, EMPTY) for index in indexes]
            for key in product(*values):
                self.all_equal({holders.setdefault(key, x), x})

    # --------------------------------------------------------------------------------------------- whole lists

    def read_lists(self, p: int, codes: Iterable[int]) -> None:
        """Read the lists that are values of a property."""
        for code in codes:
            owner, head = code >> 32, code & LOW
            for items in self.lists(head):
                if items:
                    self.emit(v.ITEM, {head << 32 | item for item in items})
                    self.apply_list(p, owner, items)

    def apply_list(self, p: int, owner: int, items: Sequence) -> None:
        """Keep a list whose items count together, and apply it to the existing facts."""
        if p == v.CHAIN and "prp-spo2" in self.rules:
            for link in items:
                self.chains.setdefault(link, set()).add((owner, items))
            self.follow(owner, items, 0, self.pairs.get(items[0], ()))
        elif p == v.INTERSECTION and "cls-int1" in self.rules:
            for d in items:
                self.intersections.setdefault(d, set()).add((owner, items))
            self.intersect(owner, items, self.members.get(items[0], EMPTY))
        elif p == v.HAS_KEY and "prp-key" in self.rules:
            self.keys.setdefault(owner, set()).add(items)
            self.changed = True

    def follow(self, head: int, links: Sequence, position: int, codes: Iterable[int]) -> None:
        """Rule prp-spo2: extend new pairs of one link to whole chains."""
        found = set(codes)
        for p in links[position + 1 :]:
            index = self.objects_of(p)
            found = {code & ~LOW | o for code in found for o in index.get(code & LOW, ())}
        for p in reversed(links[:position]):
            index = self.subjects_of(p)
            found = {s << 32 | code & LOW for code in found for s in index.get(code >> 32, ())}
        self.emit(head, found)

    def intersect(self, c: int, operands: Sequence, found: Collection[int]) -> None:
        """Rule cls-int1: a member of all classes is a member of their intersection."""
        common = set(found)
        for d in operands:
            if not common:
                return
            common &= self.members.get(d, EMPTY)
        self.emit_members(c, common)

    # ------------------------------------------------------------------------------------------------- trivia

    def is_trivial(self, s: int, p: int, o: int) -> bool:
        """Return whether a fact is one of the trivial entailments, which ``docs/reasoning.md`` lists."""
        if p == v.TYPE:
            return o == v.THING or (s, o) in self.axioms
        if p in _REFLEXIVE and s == o:
            return True
        if p == v.SUBCLASS:
            return o == v.THING or s == v.NOTHING
        return p in (v.DOMAIN, v.RANGE) and o == v.THING

    @cached_property
    def codes(self) -> tuple[dict[int, set[int]], dict[int, set[int]]]:
        """The asserted and the inferred facts: the codes of each property."""
        return self.asserted(), self.inferred()
