"""A graph as sets of integers: the pairs of each property, the members of each class, and the new ones among them.

Terms become small integers. The pairs of a property are one set of *codes* (a pair in one integer: subject << 32 |
object), the members of a class another; ``rdf:type`` is not treated as a property unless the graph is about the vocabulary
itself. New facts wait in ``pending`` until the rules have processed them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

from wcograph.toolbox.errors import LimitError
from wcograph.toolbox.rules import _vocabulary as v
from wcograph.toolbox.rules._joins import EMPTY, LOW
from wcograph.toolbox.rules.datatypes import value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wcograph.toolbox.rules.datatypes import Value

Term = NamedNode | BlankNode | Literal | Triple
Statement = tuple[Term, Term, Term]
Code = tuple[int, int, int]

# Where owl:Thing may be the object without a rule that asks who its members are.
_THING_IS_IDLE = frozenset({v.TYPE, v.SUBCLASS, v.DOMAIN, v.RANGE, v.SOME, v.ALL, v.ON_CLASS})
_READINGS = 10_000


class Facts:
    """The asserted and inferred facts of a graph. A *code* is a pair of terms in one integer."""

    def __init__(self) -> None:
        """Begin with the vocabulary only."""
        self.terms: list[Term] = [
            *map(NamedNode, v.VOCABULARY),
            BlankNode(),  # in the place of LIST, which is in no graph
            *map(NamedNode, v.BUILT_IN),
        ]
        self.ids: dict[Term, int] = {term: number for number, term in enumerate(self.terms)}
        self.builtins = len(self.terms)
        self.literals: list[int] = []
        self.triple_terms: list[int] = []
        self.data_values: dict[int, Value | None] = {}
        # What is in the graph; what of it is inferred; what of it has not yet met the rest.
        self.pairs: dict[int, set[int]] = {}
        self.members: dict[int, set[int]] = {}
        self.new_pairs: dict[int, set[int]] = {}
        self.new_members: dict[int, set[int]] = {}
        self.pending: dict[int, set[int]] = {}
        self.pending_members: dict[int, set[int]] = {}
        self.steps: dict[int, set[int]] = {}  # pending, and given by transitivity
        # The values of each subject, and the subjects of each value, of the properties that joins need.
        self.forward: dict[int, dict[int, set[int]]] = {}
        self.backward: dict[int, dict[int, set[int]]] = {}
        self.equal: list[tuple[int, int]] = []
        self.asserted_same: set[int] = set()
        self.lists_changed = False
        self.changed = True
        # A graph about the vocabulary itself (a subproperty of rdf:type, say) has rdf:type and owl:sameAs as
        # ordinary properties too, reflexive pairs and all.
        self.about_vocabulary = False
        self.thing_is_idle = True

    def encode(self, term: Term) -> int:
        """Return the number of a term."""
        number = self.ids.get(term)
        if number is None:
            number = self.ids[term] = len(self.terms)
            self.terms.append(term)
            if isinstance(term, Literal):
                self.literals.append(number)
            elif isinstance(term, Triple):
                self.triple_terms.append(number)
        return number

    def take_in(self, triples: Iterable[Triple | Quad], *, trivial: bool) -> set[int]:
        """Take in the asserted triples; return the built-in terms that they mention, other than as a type."""
        encode, ids, pairs, members = self.encode, self.ids, self.pairs, self.members
        builtins = self.builtins
        mentioned: set[int] = set()
        described: set[int] = set()  # subjects of other properties, such as labels
        thing_is_idle = not trivial
        for triple in triples:
            subject, predicate, target = triple.subject, triple.predicate, triple.object
            s = ids.get(subject)
            if s is None:
                s = encode(subject)
            p = ids.get(predicate)
            if p is None:
                p = encode(predicate)
            o = ids.get(target)
            if o is None:
                o = encode(target)
            if s < builtins:
                (described if s < len(v.VOCABULARY) <= p else mentioned).add(s)
                if s == v.THING:
                    thing_is_idle = False
            if o < builtins and p != v.TYPE:
                mentioned.add(o)
                if o == v.THING and p not in _THING_IS_IDLE:
                    thing_is_idle = False
            if p == v.TYPE:
                known = members.get(o)
                if known is None:
                    members[o] = {s}
                else:
                    known.add(s)
                if o in v.DATATYPE_NUMBERS:
                    mentioned.add(o)
            else:
                known = pairs.get(p)
                if known is None:
                    pairs[p] = {s << 32 | o}
                else:
                    known.add(s << 32 | o)
        if members.get(v.INVERSE_FUNCTIONAL) or pairs.get(v.HAS_KEY):  # which make subjects equal
            mentioned |= described
        self.about_vocabulary = trivial or any(
            number < len(v.VOCABULARY) and number not in (v.NIL, v.THING, v.NOTHING) for number in mentioned
        )
        self.thing_is_idle = thing_is_idle and not self.about_vocabulary
        self.asserted_same = pairs.pop(v.SAME, set())
        # The sets themselves, not copies: what is added to them meanwhile only meets the rules once more.
        self.pending, self.pending_members = dict(pairs), dict(members)
        for code in self.asserted_same:
            self.make_equal(code >> 32, code & LOW)
        if self.about_vocabulary:
            pairs[v.TYPE] = self.extent(v.TYPE)
            self.pending[v.TYPE] = set(pairs[v.TYPE])
            pairs[v.SAME] = set(self.asserted_same)
            self.pending[v.SAME] = set(self.asserted_same)
        return mentioned

    def iri(self, number: int) -> str:
        """Return the IRI of a term, "" if it is not an IRI."""
        term = self.terms[number]
        return term.value if isinstance(term, NamedNode) else ""

    def data_value(self, number: int) -> Value | None:
        """Return the data value of a literal."""
        if number not in self.data_values:
            literal = self.terms[number]
            assert isinstance(literal, Literal)
            self.data_values[number] = value(literal.value, literal.datatype.value, literal.language)
        return self.data_values[number]

    def extent(self, p: int) -> set[int]:
        """Return all pairs of a property, including ``rdf:type``."""
        if p == v.TYPE:
            return {s << 32 | c for c, found in self.members.items() for s in found}
        return self.pairs.get(p, set())

    def objects_of(self, p: int) -> dict[int, set[int]]:
        """Return the values of each subject of a property; the index is made when it is first asked for."""
        index = self.forward.get(p)
        if index is None:
            index = self.forward[p] = {}
            for code in self.pairs.get(p, ()):
                index.setdefault(code >> 32, set()).add(code & LOW)
        return index

    def subjects_of(self, p: int) -> dict[int, set[int]]:
        """Return the subjects of each value of a property."""
        index = self.backward.get(p)
        if index is None:
            index = self.backward[p] = {}
            for code in self.pairs.get(p, ()):
                index.setdefault(code & LOW, set()).add(code >> 32)
        return index

    def make_equal(self, x: int, y: int) -> None:
        """Note that two terms are the same."""
        if x != y:
            self.equal.append((x, y))

    def emit(self, p: int, codes: set[int], *, step: bool = False) -> None:
        """Add pairs to a property; new ones become pending."""
        if p == v.SAME:
            for code in codes:
                self.make_equal(code >> 32, code & LOW)
            if not self.about_vocabulary:
                return
        if p == v.TYPE:
            by_class: dict[int, set[int]] = {}
            for code in codes:
                by_class.setdefault(code & LOW, set()).add(code >> 32)
            for c, found in by_class.items():
                self.emit_members(c, found)
            return
        self.store(p, codes, step=step)

    def store(self, p: int, codes: set[int], *, step: bool = False) -> None:
        """Add pairs to a property, without the meaning of ``rdf:type`` and ``owl:sameAs``."""
        have = self.pairs.get(p)
        new = codes - have if have else codes - EMPTY
        if not new:
            return
        if have is None:
            have = self.pairs[p] = set()
        have |= new
        self.changed = True
        self.new_pairs.setdefault(p, set()).update(new)
        for index, swapped in ((self.forward.get(p), False), (self.backward.get(p), True)):
            if index is not None:
                for code in new:
                    s, o = code >> 32, code & LOW
                    if swapped:
                        s, o = o, s
                    index.setdefault(s, set()).add(o)
        if p in (v.FIRST, v.REST):
            self.lists_changed = True
        queue = self.steps if step else self.pending
        waiting = queue.get(p)
        if waiting is None:
            queue[p] = new
        else:
            waiting |= new

    def emit_members(self, c: int, found: set[int]) -> None:
        """Add members to a class; new ones become pending."""
        if c == v.THING and self.thing_is_idle:
            return
        have = self.members.get(c)
        new = found - have if have else found - EMPTY
        if not new:
            return
        if have is None:
            have = self.members[c] = set()
        have |= new
        self.changed = True
        self.new_members.setdefault(c, set()).update(new)
        waiting = self.pending_members.get(c)
        if waiting is None:
            self.pending_members[c] = new
        else:
            waiting |= new
        if self.about_vocabulary:
            self.store(v.TYPE, {s << 32 | c for s in new})

    def lists(self, head: int) -> list[tuple[int, ...]]:
        """Return the readings of an RDF list as sequences: one, unless the list is ill-formed.

        Raises LimitError if there are too many of them.
        """
        first, rest = self.objects_of(v.FIRST), self.objects_of(v.REST)
        readings: list[tuple[int, ...]] = []
        items: list[int] = []
        node, seen = head, {head}
        while len(first.get(node, ())) == len(rest.get(node, ())) == 1:  # most lists are read in place
            items.extend(first[node])
            (node,) = rest[node]
            if node in seen:
                return []
            seen.add(node)
        stack: list[tuple[int, tuple[int, ...], tuple[int, ...]]] = [(node, (), tuple(items))]
        while stack:
            node, before, read = stack.pop()
            if node == v.NIL:
                readings.append(read)
                if len(readings) > _READINGS:
                    raise LimitError(f"the RDF list {self.terms[head]} has more than 10000 ways")
            elif node not in before:
                for following in rest.get(node, ()):
                    stack.extend((following, (*before, node), (*read, item)) for item in first.get(node, ()))
        return readings
