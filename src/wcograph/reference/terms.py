"""What is known about each term of the ontology: definition, axioms, use in the data, example, rules, queries.

This module gathers it; `wcograph.reference.ontologypage` writes the page. Counts are those of the graph without inferred
triples, each triple once, as in `wcograph export`.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode, Quad, Triple

from wcograph import layout
from wcograph.derive import with_derived
from wcograph.layout import NAMESPACE, PREFIXES, PROFILE
from wcograph.layout import curie as short
from wcograph.reference.shaperules import rules
from wcograph.toolbox.rdf.house import turtle
from wcograph.toolbox.rdf.turtle import RDF
from wcograph.toolbox.sparql.tokens import iris

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from wcograph.reference.shaperules import Rule

ONTOLOGY = NAMESPACE + "ns"
_OWL, _RDFS, _SKOS = PREFIXES["owl"], PREFIXES["rdfs"], PREFIXES["skos"]
_TYPE = RDF + "type"
KINDS = {
    _OWL + "Class": "class",
    _OWL + "ObjectProperty": "object property",
    _OWL + "DatatypeProperty": "datatype property",
    _OWL + "AnnotationProperty": "annotation property",
}
_CHARACTERISTICS = {
    _OWL + name + "Property": word
    for name, word in {
        "Transitive": "transitive",
        "Symmetric": "symmetric",
        "Asymmetric": "asymmetric",
        "Reflexive": "reflexive",
        "Irreflexive": "irreflexive",
        "Functional": "functional",
        "InverseFunctional": "inverse functional",
    }.items()
}
_SHOWN = (
    _TYPE,
    *(_RDFS + name for name in ("domain", "range", "isDefinedBy", "label")),
    _SKOS + "prefLabel",
    _SKOS + "definition",
    _OWL + "disjointWith",
)
_QUERIES = {"questions": "queries", "derive": "queries that derive data", "checks": "quality checks"}
_LONGEST_EXAMPLE = 12  # lines


@dataclass(frozen=True)
class Term:
    """A class or property, with what the ontology, the data, the shapes and the queries say about it.

    IRIs are those of other terms; ``used`` counts the individuals of a class or the triples of a property,
    ``used_below`` those of its subclasses too. ``beside`` counts the terms used with it: the properties of the
    individuals of a class; the classes of a property's subjects. ``values`` counts the classes and datatypes
    of a property's objects.
    """

    iri: str
    kind: str
    label: str = ""
    definition: str = ""
    parents: tuple[str, ...] = ()
    children: tuple[str, ...] = ()
    domain: tuple[str, ...] = ()
    range: tuple[str, ...] = ()
    domain_of: tuple[str, ...] = ()
    range_of: tuple[str, ...] = ()
    disjoint: tuple[str, ...] = ()
    characteristics: tuple[str, ...] = ()
    other: tuple[tuple[str, str], ...] = ()
    used: int = 0
    used_below: int = 0
    claimed: int = 0
    beside: tuple[tuple[str, int], ...] = ()
    values: tuple[tuple[str, int], ...] = ()
    example: str = ""
    rules: tuple[Rule, ...] = ()
    queries: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Scheme:
    """A SKOS vocabulary: its concepts as IRI, label, definition and the number of triples that name it.

    ``used_by`` are the properties that name one of them.
    """

    iri: str
    label: str
    description: str
    used_by: tuple[str, ...]
    concepts: tuple[tuple[str, str, str, int], ...]


@dataclass(frozen=True)
class Reference:
    """The content of the page: metadata of the ontology, its terms, vocabularies and borrowed terms."""

    ontology: dict[str, str]
    terms: tuple[Term, ...]
    borrowed: tuple[Term, ...]
    schemes: tuple[Scheme, ...]


def reference(folder: str) -> Reference:
    """Gather what is known about each term of the graph at ``folder``."""
    graphs = with_derived(folder)
    facts = _Facts(chain(*graphs.values()), graphs["derived"])
    known = rules(folder)
    queries = _queries(folder)
    own: list[Term] = []
    borrowed: list[Term] = []
    for iri, kind in sorted(
        facts.declared(graphs["ontology"], KINDS), key=lambda pair: _alphabetical(pair[0])
    ):
        (own if iri.startswith(PREFIXES["wco"]) else borrowed).append(_term(iri, kind, facts, known, queries))
    said = {
        triple.predicate.value: triple.object.value for triple in reversed(facts.about[NamedNode(ONTOLOGY)])
    }
    return Reference(said, tuple(own), tuple(borrowed), tuple(_schemes(facts, graphs["vocabulary"])))


class _Facts:
    """The triples by subject, predicate and object, and which of them are derived."""

    def __init__(self, triples: Iterable[Triple], derived: Iterable[Triple]) -> None:
        self.derived = frozenset(derived)
        self.about: dict[Any, list[Any]] = defaultdict(list)
        self.using: dict[str, list[Any]] = defaultdict(list)
        self.naming: dict[Any, list[Any]] = defaultdict(list)
        for triple in triples:
            self.about[triple.subject].append(triple)
            self.using[triple.predicate.value].append(triple)
            self.naming[triple.object].append(triple)

    def declared(self, triples: Iterable[Any], kinds: Mapping[str, str]) -> set[tuple[str, str]]:
        """Return the IRIs that are instances of one of the ``kinds``, each with the word for it."""
        return {
            (t.subject.value, kinds[t.object.value])
            for t in triples
            if t.predicate.value == _TYPE and isinstance(t.subject, NamedNode) and t.object.value in kinds
        }

    def objects(self, subject: Any, predicate: str) -> list[Any]:
        return [triple.object for triple in self.about[subject] if triple.predicate.value == predicate]

    def iris(self, subject: str, predicate: str) -> tuple[str, ...]:
        """Return the IRIs that are the values of a property."""
        values = self.objects(NamedNode(subject), predicate)
        return tuple(sorted({v.value for v in values if isinstance(v, NamedNode)}, key=_alphabetical))

    def subjects(self, predicate: str, value: str) -> tuple[str, ...]:
        """Return the IRIs of the subjects that have a value of a property."""
        triples = (t for t in self.naming[NamedNode(value)] if t.predicate.value == predicate)
        found = {t.subject.value for t in triples if isinstance(t.subject, NamedNode)}
        return tuple(sorted(found, key=_alphabetical))

    def instances(self, kind: str) -> set[Any]:
        return {t.subject for t in self.naming[NamedNode(kind)] if t.predicate.value == _TYPE}

    def text(self, subject: str, *predicates: str) -> str:
        """Return the English text of the first property that has one."""
        values = (value for predicate in predicates for value in self.objects(NamedNode(subject), predicate))
        return next((v.value for v in values if isinstance(v, Literal) and v.language in ("en", None)), "")

    def below(self, iri: str) -> set[str]:
        """Return a class and all its subclasses."""
        found = {iri}
        new = [iri]
        while new:
            children = set(self.subjects(_RDFS + "subClassOf", new.pop())) - found
            found |= children
            new += children
        return found

    def disjoint(self, iri: str) -> tuple[str, ...]:
        """Return the classes that an axiom of the ontology makes disjoint with a class."""
        found = {*self.iris(iri, _OWL + "disjointWith"), *self.subjects(_OWL + "disjointWith", iri)}
        for axiom in self.instances(_OWL + "AllDisjointClasses"):
            members = set(self.items(*self.objects(axiom, _OWL + "members")))
            found |= members - {iri} if iri in members else set()
        return tuple(sorted(found, key=_alphabetical))

    def asserted(self, triples: list[Any]) -> list[Any]:
        """Leave out derived triples, if there are others."""
        return [triple for triple in triples if triple not in self.derived] or triples

    def items(self, head: Any) -> Iterator[str]:
        """Yield the IRIs in a collection."""
        while first := self.objects(head, RDF + "first"):
            yield first[0].value
            (head,) = self.objects(head, RDF + "rest")


def _alphabetical(iri: str) -> tuple[str, str]:
    name = short(iri)
    return name.lower(), name


def _term(
    iri: str, kind: str, facts: _Facts, known: Sequence[Rule], queries: dict[str, list[tuple[str, set[str]]]]
) -> Term:
    is_class = kind == "class"
    above = _RDFS + ("subClassOf" if is_class else "subPropertyOf")
    other = [
        (triple.predicate.value, triple.object)
        for triple in facts.about[NamedNode(iri)]
        if triple.predicate.value not in (*_SHOWN, above) and triple not in facts.derived
    ]
    types = facts.iris(iri, _TYPE)
    naming = {kind: [name for name, iris in named if iri in iris] for kind, named in queries.items()}
    return Term(
        iri,
        kind,
        label=facts.text(iri, _SKOS + "prefLabel", _RDFS + "label"),
        definition=facts.text(iri, _SKOS + "definition"),
        parents=facts.iris(iri, above),
        children=facts.subjects(above, iri),
        domain=facts.iris(iri, _RDFS + "domain"),
        range=facts.iris(iri, _RDFS + "range"),
        domain_of=facts.subjects(_RDFS + "domain", iri),
        range_of=facts.subjects(_RDFS + "range", iri),
        disjoint=facts.disjoint(iri) if is_class else (),
        characteristics=tuple(word for name, word in _CHARACTERISTICS.items() if name in types),
        other=tuple(
            (predicate, short(value.value) if isinstance(value, NamedNode) else value.value)
            for predicate, value in sorted(other, key=lambda o: (PROFILE.order_of_predicate(o[0]), str(o[1])))
        ),
        rules=tuple(rule for rule in known if iri in rule.terms),
        queries={kind: names for kind, names in naming.items() if names},
        **(_of_class(iri, facts) if is_class else _of_property(iri, facts)),
    )


def _of_class(iri: str, facts: _Facts) -> dict[str, Any]:
    members = {member: {t.predicate.value for t in facts.about[member]} for member in facts.instances(iri)}
    beside = Counter(predicate for used in members.values() for predicate in used if predicate != _TYPE)
    common = {predicate for predicate, count in beside.items() if count * 2 >= len(members)}

    def fitness(member: Any) -> tuple[int, int, str]:
        return -len(common & members[member]), len(facts.about[member]), str(member)

    example = ""
    if members:
        best = min(members, key=fitness)
        # A class may be derived, so that nothing asserts it.
        triples = [Triple(best, NamedNode(_TYPE), NamedNode(iri)), *facts.asserted(facts.about[best])]
        example = _snippet(dict.fromkeys(triples))
    return {
        "used": len(members),
        "used_below": len(set().union(*(facts.instances(kind) for kind in facts.below(iri)))),
        "beside": _most(beside),
        "example": example,
    }


def _of_property(iri: str, facts: _Facts) -> dict[str, Any]:
    triples = facts.using[iri]
    about = PREFIXES["wco"] + "aboutProperty"
    claims = facts.subjects(about, iri)
    beside = Counter(kind for s in {t.subject for t in triples} for kind in _classes(s, facts))
    values: Counter[str] = Counter()
    for value in (triple.object for triple in triples):
        if isinstance(value, Literal):
            values["language-tagged text" if value.language else value.datatype.value] += 1
        else:
            values.update(_classes(value, facts) or ["IRI"])
    example = ""
    if triples:
        shown = facts.asserted(triples)
        chosen = min((triple.subject for triple in shown), key=str)
        heading = [  # its class and English label
            t
            for t in facts.about[chosen]
            if t.predicate.value == _TYPE
            or (t.predicate.value == _SKOS + "prefLabel" and t.object.language == "en")
        ]
        example = _snippet([*heading, *(t for t in shown if t.subject == chosen)], iri)
    elif claims:
        example = _snippet(facts.asserted(facts.about[NamedNode(claims[0])]), about)
    return {
        "used": len(triples),
        "claimed": len(claims),
        "beside": _most(beside),
        "values": _most(values),
        "example": example,
    }


def _classes(node: Any, facts: _Facts) -> list[str]:
    return [kind.value for kind in facts.objects(node, _TYPE) if isinstance(kind, NamedNode)]


def _most(counts: Counter[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(counts.items(), key=lambda pair: (-pair[1], _alphabetical(pair[0]))))


def _snippet(triples: Iterable[Triple], about: str = "") -> str:
    """Write triples of one subject in the house form, without prefixes, shortened if there are many.

    The first value of the property ``about`` is always kept.
    """
    quads = [Quad(t.subject, t.predicate, t.object) for t in triples]
    text = "".join(turtle(quads, PREFIXES, profile=PROFILE))
    head, *body = text.rpartition("\n\n")[2].rstrip("\n").split("\n")
    if len(body) <= _LONGEST_EXAMPLE:
        return "\n".join([head, *body])
    first = [line for line in body if about and line.startswith(f"    {short(about)} ")][:_LONGEST_EXAMPLE]
    others = [line for line in body if line not in first][: _LONGEST_EXAMPLE - len(first)]
    kept = [line for line in body if line in first or line in others]
    kept[-1] = kept[-1].removesuffix(" .").removesuffix(" ;") + " ."
    return "\n".join([head, *kept, f"# and {len(body) - len(kept)} more lines"])


def _schemes(facts: _Facts, triples: Iterable[Triple]) -> Iterator[Scheme]:
    wanted = facts.declared(triples, {_SKOS + "ConceptScheme": ""})
    for iri in sorted((iri for iri, _ in wanted), key=_alphabetical):
        members = facts.subjects(_SKOS + "inScheme", iri)
        naming = {
            member: [
                t.predicate.value
                for t in facts.naming[NamedNode(member)]
                if not t.predicate.value.startswith(_SKOS)
            ]
            for member in members
        }
        yield Scheme(
            iri,
            facts.text(iri, _SKOS + "prefLabel"),
            facts.text(iri, PREFIXES["dcterms"] + "description"),
            tuple(sorted(set(chain(*naming.values())), key=_alphabetical)),
            tuple(
                (
                    one,
                    facts.text(one, _SKOS + "prefLabel"),
                    facts.text(one, _SKOS + "definition"),
                    len(naming[one]),
                )
                for one in members
            ),
        )


def _queries(folder: str) -> dict[str, list[tuple[str, set[str]]]]:
    """Return the names of the queries of each kind, each with the IRIs in its text."""
    from wcograph.toolbox.sparql.stored import read

    result: dict[str, list[tuple[str, set[str]]]] = {}
    for kind, words in _QUERIES.items():
        for path in layout.query_files(folder, kind):
            query = read(os.path.join(folder, path), PREFIXES)
            types = " ".join(parameter.type for parameter in query.parameters)
            used = {*iris(query.text, PREFIXES), *iris(types, PREFIXES)}
            result.setdefault(words, []).append((query.name, used))
    return {words: sorted(named, key=lambda pair: pair[0]) for words, named in result.items()}
