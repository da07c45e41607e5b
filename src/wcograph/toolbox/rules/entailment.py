"""Does a graph entail another one, under the RDF-Based Semantics of OWL 2, as far as the rules of OWL 2 RL show?

A conclusion is looked up in the closure; its blank nodes match anything (simple entailment). The rules
conclude no differences, no complements and few axioms (OWL 2 Profiles, theorem PR1, promises only facts), so two
more ways are tried: the opposite of a statement, added to the graph, must contradict it (*refutation*); an axiom
must hold for new individuals (*freezing*). Both are sound. The answer "no" means that none of the three succeeds.
"""

from __future__ import annotations

from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from itertools import combinations, count
from typing import TYPE_CHECKING

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from wcograph.toolbox.rules._engine import Engine
from wcograph.toolbox.rules._search import Search
from wcograph.toolbox.rules._vocabulary import COMPLEMENT, RANGE
from wcograph.toolbox.rules.always import always_holds
from wcograph.toolbox.rules.clashes import inconsistencies
from wcograph.toolbox.rules.datatypes import INTEGER_BOUNDS, RDF, RDFS
from wcograph.toolbox.rules.rules import OWL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pyoxigraph import Quad

    from wcograph.toolbox.rules._facts import Term

_TYPE, _FIRST, _REST = NamedNode(RDF + "type"), NamedNode(RDF + "first"), NamedNode(RDF + "rest")
_SAME, _DIFFERENT = NamedNode(OWL + "sameAs"), NamedNode(OWL + "differentFrom")
_PROPERTY = NamedNode(RDF + "Property")
_MEMBERS = (NamedNode(OWL + "members"), NamedNode(OWL + "distinctMembers"))
_IDLE = frozenset({OWL + "Thing", RDFS + "Resource"})  # of which every individual is a member

# An axiom, what is frozen for it, and what must follow (None: a contradiction). S, P and O are the terms of the
# axiom itself, x, y and z new individuals. All of them are equivalences in the RDF-Based Semantics (section 5).
_AXIOMS = {
    OWL + name if name[0] != "r" else RDFS + name[5:]: [
        (_patterns, None if _after == "false" else _after.split())
        for line in lines.split(";")
        for _before, _, _after in [line.strip().partition(" => ")]
        for _patterns in [[part.split() for part in _before.split(",")]]
    ]
    for name, lines in {
        "rdfs:subClassOf": "x a S => x a O",
        "rdfs:subPropertyOf": "x S y => x O y",
        "rdfs:domain": "x S y => x a O",
        "rdfs:range": "x S y => y a O",
        "equivalentClass": "x a S => x a O; x a O => x a S",
        "equivalentProperty": "x S y => x O y; x O y => x S y",
        "inverseOf": "x S y => y O x; x O y => y S x",
        "disjointWith": "x a S, x a O => false",
        "propertyDisjointWith": "x S y, x O y => false",
        "differentFrom": "S same O => false",
        "TransitiveProperty": "x S y, y S z => x S z",
        "SymmetricProperty": "x S y => y S x",
        "AsymmetricProperty": "x S y, y S x => false",
        "IrreflexiveProperty": "x S x => false",
        "FunctionalProperty": "x S y, x S z => y same z",
        "InverseFunctionalProperty": "y S x, z S x => y same z",
    }.items()
}
# What describes one anonymous class, or one cell of a list: each of these alone. It can be taken to exist.
_DESCRIPTIONS = (
    *({OWL + name} for name in ("complementOf", "unionOf", "intersectionOf", "oneOf")),
    *(
        {OWL + "onProperty", *(OWL + name for name in names.split())}
        for names in (
            *("someValuesFrom", "allValuesFrom", "hasValue"),
            *(f"{bound}ardinality" for bound in ("minC", "maxC", "c")),
            *(f"onClass {bound}ualifiedCardinality" for bound in ("minQ", "maxQ", "q")),
        )
    ),
    {RDF + "first", RDF + "rest"},
)
_DESCRIBING = frozenset().union(*_DESCRIPTIONS)
_CLASSES = frozenset({OWL + "Class", OWL + "Restriction", RDFS + "Class", RDF + "List"})
_PAIRWISE = {
    OWL + "AllDifferent": _DIFFERENT,
    OWL + "AllDisjointClasses": NamedNode(OWL + "disjointWith"),
    OWL + "AllDisjointProperties": NamedNode(OWL + "propertyDisjointWith"),
}


def entails(premises: Iterable[Triple | Quad], conclusion: Iterable[Triple | Quad]) -> bool:
    """Return whether a graph entails another one; an inconsistent graph entails everything.

    Literals are compared by their values. The ontology header of the conclusion (the triples of its
    ``owl:Ontology``) is ignored, and anonymous classes that it describes are assumed to exist (OWL 2
    RDF-Based Semantics, section 8). True is certain; False means that the rules do not show it. Each statement
    that is not in the closure needs another closure.

    >>> from pyoxigraph import RdfFormat, parse
    >>> def graph(text): return list(parse("@prefix owl: <" + OWL + "> . " + text, RdfFormat.TURTLE))
    >>> entails(graph("<e:p> a owl:FunctionalProperty . <e:a> <e:p> <e:b>, <e:c> ."), graph("<e:c> owl:sameAs <e:b> ."))
    True
    >>> entails(graph("<e:a> owl:differentFrom <e:b> ."), graph("<e:b> owl:differentFrom <e:a> ."))
    True
    >>> entails(graph("<e:a> <e:p> <e:b> ."), graph("<e:b> <e:p> [] ."))
    False
    """
    return not not_entailed(premises, conclusion)


def not_entailed(premises: Iterable[Triple | Quad], conclusion: Iterable[Triple | Quad]) -> list[Triple]:
    """Return the triples of a conclusion that are not entailed.

    Triples that share blank nodes fail together. Raises LimitError as ``wcograph.toolbox.rules.closure`` does.
    """
    given = list(dict.fromkeys(map(_triple, premises)))
    asked = list(dict.fromkeys(map(_triple, conclusion)))
    headers = {t.subject for t in asked if t.predicate == _TYPE and t.object == NamedNode(OWL + "Ontology")}
    wanted = [triple for triple in asked if triple.subject not in headers and not always_holds(triple)]
    described = _descriptions(wanted)
    named = _named(described)
    graph = _Graph([*given, *(_rename(triple, named) for triple in described)], wanted)
    if graph.contradicts:
        return []
    failed = []
    for group in _groups(wanted):
        if not graph.matches(group) and not graph.holds_as_axiom(group, named):
            failed += group
    return failed


def _triple(triple: Triple | Quad) -> Triple:
    return triple if isinstance(triple, Triple) else triple.triple


def _describes(triple: Triple) -> bool:
    if not isinstance(triple.subject, BlankNode):
        return False
    if triple.predicate == _TYPE:
        return isinstance(triple.object, NamedNode) and triple.object.value in _CLASSES
    return triple.predicate.value in _DESCRIBING


def _descriptions(triples: Iterable[Triple]) -> list[Triple]:
    """Return the triples that describe anonymous classes and lists, none if one of them is not a plain description.

    A class that is described twice, or by itself, means more than that such a class exists.
    """
    found = [triple for triple in triples if _describes(triple)]
    used: dict[Term, list[str]] = {}
    below: dict[Term, set[Term]] = {}
    for triple in found:
        if triple.predicate != _TYPE:
            used.setdefault(triple.subject, []).append(triple.predicate.value)
            below.setdefault(triple.subject, set()).add(triple.object)
    plain = all(len(names) == len(set(names)) and set(names) in _DESCRIPTIONS for names in used.values())
    try:
        TopologicalSorter(below).prepare()
    except CycleError:
        plain = False
    return [triple for triple in found if triple.subject in used] if plain else []


def _groups(triples: Iterable[Triple]) -> list[list[Triple]]:
    """Group triples that share a blank node."""
    groups: list[tuple[set[Term], list[Triple]]] = []
    for triple in triples:
        nodes: set[Term] = {term for term in (triple.subject, triple.object) if isinstance(term, BlankNode)}
        group = [triple]
        others = []
        for known, members in groups:
            if nodes & known:
                nodes |= known
                group = members + group
            else:
                others.append((known, members))
        groups = [*others, (nodes, group)]
    return [group for _, group in groups]


def _named(triples: Iterable[Triple]) -> dict[Term, BlankNode]:
    """Replace the blank nodes of some triples by new names."""
    nodes = [term for triple in triples for term in (triple.subject, triple.object)]
    return {node: BlankNode() for node in nodes if isinstance(node, BlankNode)}


def _rename(triple: Triple, named: Mapping[Term, BlankNode]) -> Triple:
    s, o = triple.subject, triple.object
    return Triple(named.get(s, s), triple.predicate, named.get(o, o))


class _Graph:
    """A graph with its closure."""

    def __init__(self, triples: list[Triple], wanted: Iterable[Triple] = ()) -> None:
        self.triples = triples
        known = (triple.object for triple in wanted if isinstance(triple.object, Literal))
        self.engine = Engine(triples, trivial=True, known=known)  # so that literals are found by their values

    @cached_property
    def contradicts(self) -> bool:
        return next(inconsistencies(self.engine), None) is not None

    @cached_property
    def _search(self) -> Search:
        return Search(*self.engine.codes)

    def matches(self, patterns: list[Triple]) -> bool:
        """Return whether triples are in the closure; their blank nodes match anything."""
        nodes: dict[Term, int] = {}
        codes = []
        for triple in patterns:
            code = [
                nodes.setdefault(term, -len(nodes) - 1)
                if isinstance(term, BlankNode)
                else self.engine.ids.get(term)
                for term in (triple.subject, triple.predicate, triple.object)
            ]
            codes.append(code)
        known = [(s, p, o) for s, p, o in codes if s is not None and p is not None and o is not None]
        return len(known) == len(codes) and any(
            True for _ in self._search.solutions(known, (None,) * len(nodes))
        )

    def _with(self, statements: Iterable[tuple[Term | None, Term | None, Term | None]]) -> _Graph | None:
        """Return the graph with more triples, or None if they are not triples of RDF."""
        added = []
        for s, p, o in statements:
            if not isinstance(s, NamedNode | BlankNode) or not isinstance(p, NamedNode) or o is None:
                return None
            added.append(Triple(s, p, o))
        return _Graph([*self.triples, *added])

    def holds_as_axiom(self, group: list[Triple], named: Mapping[Term, BlankNode]) -> bool:
        """Return whether triples that share blank nodes hold by refutation or freezing.

        The classes that they describe are in the graph, under the given names.
        """
        claims = [
            _rename(triple, named) for triple in group if not (_describes(triple) and triple.subject in named)
        ]
        kinds = {
            triple.object.value
            for triple in claims
            if triple.predicate == _TYPE and isinstance(triple.object, NamedNode)
        }
        if len(kinds & _PAIRWISE.keys()) == 1 and len(claims) == 2:
            (kind,) = kinds
            heads = [triple.object for triple in claims if triple.predicate in _MEMBERS]
            items = _items([_rename(triple, named) for triple in group], heads)
            return len(items) > 1 and all(
                self._holds(s, _PAIRWISE[kind], o) for s, o in combinations(items, 2)
            )
        if OWL + "NegativePropertyAssertion" in kinds and len(claims) == 4:
            parts = {triple.predicate.value.removeprefix(OWL): triple.object for triple in claims}
            target = parts.get("targetIndividual") or parts.get("targetValue")
            return self._contradicts_with(
                (parts.get("sourceIndividual"), parts.get("assertionProperty"), target)
            )
        known = set(named.values())
        terms = {term for triple in claims for term in (triple.subject, triple.object)}
        return all(not isinstance(term, BlankNode) or term in known for term in terms) and all(
            self._holds(triple.subject, triple.predicate, triple.object) for triple in claims
        )

    def _holds(self, s: Term, p: NamedNode, o: Term) -> bool:
        """Return whether a statement without variables holds."""
        if self._has(s, p, o):
            return True
        if p == _TYPE and o == _PROPERTY and self.engine.pairs.get(self.engine.ids.get(s, -1)):
            return True  # what is used as a property is one
        if p == _TYPE and isinstance(o, NamedNode) and o.value in _AXIOMS:
            return o.value.endswith("Property") and self._follows(o.value, s, o)
        if p == _TYPE:
            return any(self._contradicts_with((s, _TYPE, c)) for c in self._complements(o))
        if s == o:
            return p == _SAME or self._has(p, _TYPE, NamedNode(OWL + "ReflexiveProperty"))
        if isinstance(o, NamedNode) and o.value in _IDLE:
            return False
        if p.value == RDFS + "range" and isinstance(o, NamedNode) and self._narrows(s, o):
            return True
        return p.value in _AXIOMS and self._follows(p.value, s, o)

    def _has(self, s: Term, p: Term, o: Term) -> bool:
        ids = self.engine.ids
        x, q, y = ids.get(s), ids.get(p), ids.get(o)
        return x is not None and q is not None and y is not None and self._search.has(x, q, y)

    def _contradicts_with(self, *statements: tuple[Term | None, Term | None, Term | None]) -> bool:
        graph = self._with(statements)
        return graph is not None and graph.contradicts

    def _complements(self, c: Term) -> list[Term]:
        number = self.engine.ids.get(c)
        if number is None:
            return []
        tables = self._search.objects[COMPLEMENT], self._search.subjects[COMPLEMENT]
        return [self.engine.terms[x] for table in tables for x in table.get(number, ())]

    def _follows(self, axiom: str, s: Term, o: Term) -> bool:
        fresh = iter(NamedNode(f"urn:new:{n}") for n in count())
        for before, after in _AXIOMS[axiom]:
            terms: dict[str, Term] = {"S": s, "O": o, "a": _TYPE, "same": _SAME}
            terms |= {name: next(fresh) for name in "xyz"}
            graph = self._with([(terms[a], terms[b], terms[c]) for a, b, c in before])
            if graph is None:
                return False
            if graph.contradicts:
                continue  # there are no such individuals
            if after is None:
                return False
            x, p, y = (terms[word] for word in after)
            if not isinstance(p, NamedNode) or not graph._holds(x, p, y):
                return False
        return True

    def _narrows(self, p: Term, datatype: NamedNode) -> bool:
        """Return whether the ranges of a property leave only values of a datatype of integers."""
        wanted = INTEGER_BOUNDS.get(datatype.value)
        number = self.engine.ids.get(p)
        if wanted is None or number is None:
            return False
        ranges = [self.engine.terms[x] for x in self._search.objects[RANGE].get(number, ())]
        bounds = [
            INTEGER_BOUNDS[r.value] for r in ranges if isinstance(r, NamedNode) and r.value in INTEGER_BOUNDS
        ]
        low = max((low for low, _ in bounds if low is not None), default=None)
        high = min((high for _, high in bounds if high is not None), default=None)
        return bool(bounds) and (
            (low is not None and high is not None and low > high)
            or (
                (wanted[0] is None or (low is not None and low >= wanted[0]))
                and (wanted[1] is None or (high is not None and high <= wanted[1]))
            )
        )


def _items(triples: Iterable[Triple], heads: list[Term]) -> list[Term]:
    """Read a list of a conclusion, if it is one list."""
    if len(heads) != 1:
        return []
    (head,) = heads
    first = {t.subject: t.object for t in triples if t.predicate == _FIRST}
    rest = {t.subject: t.object for t in triples if t.predicate == _REST}
    items: list[Term] = []
    seen = set()
    while head in first and head in rest and head not in seen:
        seen.add(head)
        items.append(first[head])  # type: ignore[index]
        head = rest[head]  # type: ignore[index]
    return items
