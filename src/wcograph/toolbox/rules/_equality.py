"""Equal terms: one represents all the others (rules eq-sym, eq-trans, eq-rep-s, eq-rep-p and eq-rep-o).

The facts contain only representatives. The results of replacement are written out on request: each
fact once for every combination of terms that its representatives represent.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from wcograph.toolbox.errors import LimitError
from wcograph.toolbox.rules import _vocabulary as v
from wcograph.toolbox.rules._facts import Facts
from wcograph.toolbox.rules._joins import EMPTY, LOW

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from wcograph.toolbox.rules._facts import Code

REPLACEMENT: frozenset[str] = frozenset({"eq-sym", "eq-trans", "eq-rep-s", "eq-rep-p", "eq-rep-o"})
"""The rules that are one mechanism here: all of them are in force, or none."""

_MOST_EQUAL = 1_000


class EqualFacts(Facts):
    """Facts in which one term may represent others."""

    def __init__(self, rules: frozenset[str]) -> None:
        """Begin without facts, under some rules."""
        super().__init__()
        self.rules = rules
        self.replacing = rules >= REPLACEMENT
        self.parent: dict[int, int] = {}
        self.groups: dict[int, list[int]] = {}
        self.rewritten: dict[int, set[int]] = {}  # what was asserted in terms that are represented now
        self.edges: dict[int, dict[int, set[int]]] = {}  # of transitive properties, see Engine.go_on
        self.twins: set[tuple[int, int]] = set()  # terms of the vocabulary that are the same
        self.merged: set[int] = set()  # representatives of which more became known

    def find(self, number: int) -> int:
        """Return the representative of a term."""
        parent = self.parent
        while number in parent:
            number = parent[number]
        return number

    def replace(self) -> None:
        """Let one term represent all its equals."""
        moved: set[int] = set()
        queue, self.equal = self.equal, []
        if not self.replacing:
            codes = {x << 32 | y for x, y in queue} - self.asserted_same
            self.new_pairs.setdefault(v.SAME, set()).update(codes)
            return
        for x, y in queue:
            x, y = sorted((self.find(x), self.find(y)))
            if x == y:
                continue
            if y < len(v.VOCABULARY):  # each has a meaning of its own for the rules
                if (x, y) not in self.twins:
                    self.twins.add((x, y))
                    self.changed = True
                continue
            self.parent[y] = x
            moved.add(y)
            self.groups.setdefault(x, [x]).extend(self.groups.pop(y, [y]))
        if moved:
            self.rewrite(moved)
            self.merged.update(self.find(x) for x in moved)

    def copy_twins(self) -> None:
        """Apply replacement, as it is in the tables, to terms of the vocabulary that are the same."""
        for x, y in tuple(self.twins):
            for a, b in ((x, y), (y, x)):
                self.store(v.SAME, {a << 32 | b})
                for p in [*self.pairs, v.TYPE]:
                    codes = self.extent(p)
                    if p == a:
                        self.emit(b, set(codes))
                    self.emit(p, {b << 32 | code & LOW for code in codes if code >> 32 == a})
                    self.emit(p, {code & ~LOW | b for code in codes if code & LOW == a})

    def rewrite(self, moved: set[int]) -> None:
        """Replace terms by their representatives, everywhere in the graph."""
        find = self.find
        self.lists_changed |= any(
            code >> 32 in moved or code & LOW in moved
            for p in (v.CHAIN, v.INTERSECTION, v.HAS_KEY, v.ITEM)
            for code in self.pairs.get(p, ())
        )
        out: list[tuple[int, set[int]]] = []
        for p in list(self.pairs):
            stale = self.taken_out(p, moved)
            if not stale:
                continue
            inferred = self.new_pairs.get(p, set())
            self.rewritten.setdefault(p, set()).update(stale - inferred)
            inferred -= stale
            if p != v.TYPE:  # that follows the members
                out.append((find(p), {find(code >> 32) << 32 | find(code & LOW) for code in stale}))
        members_out: list[tuple[int, set[int]]] = []
        for c in list(self.members):
            known = self.members[c]
            if c in moved:
                gone = self.members.pop(c)
            else:
                gone = known & moved
                if not gone:
                    continue
                known -= gone
            inferred = self.new_members.get(c, set())
            self.rewritten.setdefault(v.TYPE, set()).update(x << 32 | c for x in gone - inferred)
            inferred -= gone
            members_out.append((find(c), {find(x) for x in gone}))
        for p, codes in out:
            if p != v.SAME or self.about_vocabulary:
                self.store(p, codes)
        for c, found in members_out:
            self.emit_members(c, found)
        self.changed = True

    def taken_out(self, p: int, moved: set[int]) -> set[int]:
        """Remove the pairs of a property whose terms got a new representative, and return them."""
        if p in moved:
            for table in (self.forward, self.backward, self.edges):
                table.pop(p, None)
            return self.pairs.pop(p)
        forward, backward = self.forward.get(p), self.backward.get(p)
        if forward is not None and backward is not None:
            stale = {x << 32 | o for x in moved for o in forward.get(x, ())}
            stale |= {s << 32 | x for x in moved for s in backward.get(x, ())}
        else:
            stale = {code for code in self.pairs[p] if code >> 32 in moved or code & LOW in moved}
        self.pairs[p] -= stale
        for code in stale:
            for index, one, other in ((forward, code >> 32, code & LOW), (backward, code & LOW, code >> 32)):
                if index is not None:
                    index[one].discard(other)
        if stale and p in self.edges:
            self.move_edges(p, moved)
        return stale

    def move_edges(self, p: int, moved: set[int]) -> None:
        """Put representatives into the edges of a property; changed edges are joined with all pairs once more.

        A changed edge may be equal to a pair from transitivity, so it is not a new pair.
        """
        find = self.find
        edges: dict[int, set[int]] = {}
        changed = self.pending.setdefault(p, set())
        for s, targets in self.edges[p].items():
            for o in targets:
                x, y = find(s), find(o)
                if x != y:
                    edges.setdefault(x, set()).add(y)
                    if s in moved or o in moved:
                        changed.add(x << 32 | y)
        self.edges[p] = edges

    def reflexive(self) -> set[int]:
        """Rule eq-ref: every term that occurs is the same as itself."""
        used = {v.TYPE, *(c for c, found in self.members.items() if found)}
        for p, codes in self.pairs.items():
            if codes and p != v.ITEM:
                used.add(p)
                used.update(code >> 32 for code in codes)
                used.update(code & LOW for code in codes)
        used.update(*self.members.values())
        return {number << 32 | number for number in used}

    # ------------------------------------------------------------------------------------------- writing out

    def asserted(self) -> dict[int, set[int]]:
        """Return the asserted facts: the codes of each property, with the terms as written."""
        found = {
            p: codes - self.new_pairs.get(p, EMPTY)
            for p, codes in self.pairs.items()
            if p not in (v.TYPE, v.SAME, v.ITEM)
        }
        found[v.TYPE] = {
            s << 32 | c for c, known in self.members.items() for s in known - self.new_members.get(c, EMPTY)
        }
        found[v.SAME] = set(self.asserted_same)
        for p, codes in self.rewritten.items():
            if p not in (v.SAME, v.ITEM):
                found.setdefault(p, set()).update(codes)
        return found

    def inferred(self) -> dict[int, set[int]]:
        """Return the inferred facts, including generalized triples and trivial entailments: the codes of each property."""
        found: dict[int, set[int]] = {}
        for s, p, o in self.expanded():
            found.setdefault(p, set()).add(s << 32 | o)
        return found

    def expanded(self) -> Iterator[Code]:
        """Yield all inferred facts, with every term instead of its representative.

        Raises LimitError if too many terms are equal to write them out.
        """
        for group in self.groups.values():
            if len(group) > _MOST_EQUAL:
                raise LimitError(
                    f"{len(group):,} terms are the same as {self.terms[group[0]]}, and each is the same as each "
                    f"other; at most {_MOST_EQUAL:,} are written out"
                )
        if self.replacing:
            yield from self.equalities()
        if not self.groups:
            for p, codes in self.new_pairs.items():
                if p != v.TYPE and (p != v.SAME or not self.replacing):
                    for code in codes:
                        yield code >> 32, p, code & LOW
            for c, found in self.new_members.items():
                for s in found:
                    yield s, v.TYPE, c
            return
        for p, codes in self.pairs.items():
            if p not in (v.TYPE, v.SAME):
                yield from self.variants(p, codes, self.new_pairs.get(p, EMPTY))
        for c, found in self.members.items():
            inferred = self.new_members.get(c, EMPTY)
            yield from self.variants(v.TYPE, (s << 32 | c for s in found), {s << 32 | c for s in inferred})

    def variants(self, p: int, codes: Iterable[int], inferred: Collection[int]) -> Iterator[Code]:
        """Yield the inferred facts that some pairs represent."""
        groups = self.groups
        properties = groups.get(p, (p,))
        for code in codes:
            s, o = code >> 32, code & LOW
            if len(properties) == 1 and s not in groups and o not in groups:
                if code in inferred:
                    yield s, p, o
                continue
            for q in properties:
                before = self.rewritten.get(q, EMPTY)
                for x, y in product(groups.get(s, (s,)), groups.get(o, (o,))):
                    variant = x << 32 | y
                    if variant not in before and (q != p or variant != code or code in inferred):
                        yield x, q, y

    def equalities(self) -> Iterator[Code]:
        """Yield the inferred pairs of owl:sameAs, and of properties that are equal to owl:sameAs."""
        asserted = self.asserted_same
        same = self.groups.get(v.SAME, [v.SAME])
        pairs = [(x, y) for group in self.groups.values() for x in group for y in group if x != y]
        for one, other in self.twins:
            for a, b in ((one, other), (other, one)):
                pairs += product(self.groups.get(a, [a]), self.groups.get(b, [b]))
        for x, y in pairs:
            yield from ((x, p, y) for p in same if p != v.SAME or x << 32 | y not in asserted)
        if self.about_vocabulary:
            for x in range(len(self.terms)):
                r = self.find(x)
                if r << 32 | r in self.pairs[v.SAME] and x << 32 | x not in asserted:
                    for p in same:
                        yield x, p, x
