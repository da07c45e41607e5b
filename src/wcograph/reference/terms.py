"""What is known about each term of the ontology: definition, axioms, use in the data, example, rules, queries.

This module gathers it; `wcograph.reference.ontologypage` writes the page. Counts are those of the graph without inferred
triples, each triple once, as in `wcograph export`.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode, Quad, Triple

from wcograph import layout
from wcograph.derive import with_derived
from wcograph.layout import NAMESPACE, PREFIXES, PROFILE
from wcograph.reference.shaperules import rules, short
from wcograph.toolbox.rdf.house import turtle
from wcograph.toolbox.rdf.turtle import RDF
from wcograph.toolbox.sparql.tokens import iris

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
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
    facts = _Facts((triple for triples in graphs.values() for triple in triples), graphs["derived"])
    known = rules(folder)
    queries = _queries(folder)
    declared = {
        triple.subject.value: KINDS[triple.object.value]
        for triple in graphs["ontology"]
        if triple.predicate.value == _TYPE
        and isinstance(triple.object, NamedNode)
        and triple.object.value in KINDS
        and isinstance(triple.subject, NamedNode)
    }
    terms = [_term(iri, declared[iri], facts, known, queries) for iri in sorted(declared, key=_alphabetical)]
    return Reference(
        {predicate: values[0].value for predicate, values in facts.of.get(NamedNode(ONTOLOGY), {}).items()},
        tuple(term for term in terms if term.iri.startswith(PREFIXES["wco"])),
        tuple(term for term in terms if not term.iri.startswith(PREFIXES["wco"])),
        tuple(_schemes(facts, graphs["vocabulary"])),
    )


class _Facts:
    """The triples by subject and predicate, and by predicate, and which of them are derived."""

    def __init__(self, triples: Iterable[Triple], derived: Iterable[Triple]) -> None:
        self.derived = frozenset(derived)
        self.of: dict[Any, dict[str, list[Any]]] = {}
        self.by_predicate: dict[str, list[Triple]] = {}
        self.instances: dict[str, set[Any]] = {}
        self.subjects_of: dict[tuple[str, str], list[str]] = {}
        self.named: Counter[str] = Counter()
        self.naming: dict[str, set[str]] = {}
        for triple in triples:
            predicate, value = triple.predicate.value, triple.object
            self.of.setdefault(triple.subject, {}).setdefault(predicate, []).append(value)
            self.by_predicate.setdefault(predicate, []).append(triple)
            if isinstance(value, NamedNode):
                if predicate == _TYPE:
                    self.instances.setdefault(value.value, set()).add(triple.subject)
                if isinstance(triple.subject, NamedNode):
                    self.subjects_of.setdefault((predicate, value.value), []).append(triple.subject.value)
                if not predicate.startswith(_SKOS):
                    self.named[value.value] += 1
                    self.naming.setdefault(value.value, set()).add(predicate)

    def iris(self, subject: str, predicate: str) -> tuple[str, ...]:
        """Return the IRIs that are the values of a property."""
        values = self.of.get(NamedNode(subject), {}).get(predicate, [])
        return tuple(sorted({v.value for v in values if isinstance(v, NamedNode)}, key=_alphabetical))

    def subjects(self, predicate: str, value: str) -> tuple[str, ...]:
        """Return the IRIs of the subjects that have a value of a property."""
        return tuple(sorted(set(self.subjects_of.get((predicate, value), ())), key=_alphabetical))

    def text(self, subject: str, *predicates: str) -> str:
        """Return the English text of the first property that has one."""
        for predicate in predicates:
            for value in self.of.get(NamedNode(subject), {}).get(predicate, []):
                if isinstance(value, Literal) and value.language in ("en", None):
                    return value.value
        return ""

    def below(self, iri: str) -> set[str]:
        """Return a class and all its subclasses."""
        found, new = {iri}, [iri]
        while new:
            for child in self.subjects(_RDFS + "subClassOf", new.pop()):
                if child not in found:
                    found.add(child)
                    new.append(child)
        return found

    def disjoint(self, iri: str) -> tuple[str, ...]:
        """Return the classes that an axiom of the ontology makes disjoint with a class."""
        found = {*self.iris(iri, _OWL + "disjointWith"), *self.subjects(_OWL + "disjointWith", iri)}
        for axiom in self.instances.get(_OWL + "AllDisjointClasses", ()):
            members = [term.value for term in self.items(self.of[axiom][_OWL + "members"][0])]
            if iri in members:
                found |= set(members) - {iri}
        return tuple(sorted(found, key=_alphabetical))

    def asserted_of(self, subject: Any) -> list[Triple]:
        """Return the triples of a subject, without derived ones."""
        found = [
            Triple(subject, NamedNode(p), value) for p, values in self.of[subject].items() for value in values
        ]
        return [triple for triple in found if triple not in self.derived] or found

    def items(self, head: Any) -> list[Any]:
        """Return the items of a collection."""
        items = []
        while head in self.of and RDF + "first" in self.of[head]:
            items += self.of[head][RDF + "first"]
            (head,) = self.of[head][RDF + "rest"]
        return items


def _alphabetical(iri: str) -> tuple[str, str]:
    name = short(iri)
    return name.lower(), name


def _term(
    iri: str, kind: str, facts: _Facts, known: Sequence[Rule], queries: dict[str, list[tuple[str, set[str]]]]
) -> Term:
    is_class = kind == "class"
    above = _RDFS + ("subClassOf" if is_class else "subPropertyOf")
    said = facts.of.get(NamedNode(iri), {})
    shown = {_TYPE, above, *(_RDFS + name for name in ("domain", "range", "isDefinedBy")), _SKOS + "prefLabel",
             _RDFS + "label", _SKOS + "definition", _OWL + "disjointWith"}  # fmt: skip
    use = _of_class(iri, facts) if is_class else _of_property(iri, facts)
    return Term(
        iri,
        kind,
        facts.text(iri, _SKOS + "prefLabel", _RDFS + "label"),
        facts.text(iri, _SKOS + "definition"),
        facts.iris(iri, above),
        facts.subjects(above, iri),
        facts.iris(iri, _RDFS + "domain"),
        facts.iris(iri, _RDFS + "range"),
        facts.subjects(_RDFS + "domain", iri),
        facts.subjects(_RDFS + "range", iri),
        facts.disjoint(iri) if is_class else (),
        tuple(word for name, word in _CHARACTERISTICS.items() if name in facts.iris(iri, _TYPE)),
        tuple(
            (predicate, short(value.value) if isinstance(value, NamedNode) else value.value)
            for predicate in sorted(said, key=PROFILE.order_of_predicate)
            if predicate not in shown
            for value in sorted(said[predicate], key=str)
            if Triple(NamedNode(iri), NamedNode(predicate), value) not in facts.derived
        ),
        rules=tuple(rule for rule in known if iri in rule.terms),
        queries={
            kind: [name for name, iris in named if iri in iris]
            for kind, named in queries.items()
            if any(iri in iris for _, iris in named)
        },
        **use,
    )


def _of_class(iri: str, facts: _Facts) -> dict[str, Any]:
    members = facts.instances.get(iri, set())
    all_members = {member for kind in facts.below(iri) for member in facts.instances.get(kind, ())}
    beside = Counter(p for member in members for p in facts.of[member] if p != _TYPE)
    common = {predicate for predicate, count in beside.items() if count * 2 >= len(members)}

    def fitness(member: Any) -> tuple[int, int, str]:
        size = sum(map(len, facts.of[member].values()))
        return -len(common & set(facts.of[member])), size, str(member)

    example = ""
    if members:
        best = min(members, key=fitness)
        # A class may be derived, so that nothing asserts it.
        triples = [Triple(best, NamedNode(_TYPE), NamedNode(iri)), *facts.asserted_of(best)]
        example = _snippet(dict.fromkeys(triples))
    return {
        "used": len(members),
        "used_below": len(all_members),
        "beside": _most(beside),
        "example": example,
    }


def _of_property(iri: str, facts: _Facts) -> dict[str, Any]:
    triples = facts.by_predicate.get(iri, [])
    about = NAMESPACE + "ns#aboutProperty"
    claims = facts.subjects(about, iri)
    subjects = {triple.subject for triple in triples}
    beside: Counter[str] = Counter(kind for s in subjects for kind in _classes(s, facts))
    values: Counter[str] = Counter()
    for triple in triples:
        value = triple.object
        if isinstance(value, Literal):
            values["language-tagged text" if value.language else value.datatype.value] += 1
        else:
            values.update(_classes(value, facts) or ["IRI"])
    example = ""
    if triples:
        typed = [triple for triple in triples if triple not in facts.derived] or triples
        chosen = min((triple.subject for triple in typed), key=str)
        example = _snippet([*_heading(chosen, facts), *(t for t in typed if t.subject == chosen)], iri)
    elif claims:
        example = _snippet(facts.asserted_of(NamedNode(claims[0])), about)
    return {
        "used": len(triples),
        "claimed": len(claims),
        "beside": _most(beside),
        "values": _most(values),
        "example": example,
    }


def _classes(node: Any, facts: _Facts) -> list[str]:
    return [kind.value for kind in facts.of.get(node, {}).get(_TYPE, []) if isinstance(kind, NamedNode)]


def _most(counts: Counter[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(counts.items(), key=lambda pair: (-pair[1], _alphabetical(pair[0]))))


def _heading(subject: Any, facts: _Facts) -> list[Triple]:
    """Return the class and the English label of a subject, as a heading for a snippet."""
    said = facts.of[subject]
    result = [Triple(subject, NamedNode(_TYPE), kind) for kind in said.get(_TYPE, [])]
    for value in said.get(_SKOS + "prefLabel", []):
        if isinstance(value, Literal) and value.language == "en":
            result.append(Triple(subject, NamedNode(_SKOS + "prefLabel"), value))
    return result


def _snippet(triples: Iterable[Triple], about: str = "") -> str:
    """Write triples of one subject in the house form, without prefixes, shortened if there are many.

    The first value of the property ``about`` is always kept.
    """
    text = "".join(
        turtle([Quad(t.subject, t.predicate, t.object) for t in triples], PREFIXES, profile=PROFILE)
    )
    lines = text.rpartition("\n\n")[2].rstrip("\n").split("\n")
    if len(lines) <= _LONGEST_EXAMPLE + 1:
        return "\n".join(lines)
    head, body = lines[0], lines[1:]
    mark = f"    {short(about)} "
    first = [line for line in body if about and line.startswith(mark)][:_LONGEST_EXAMPLE]
    room = _LONGEST_EXAMPLE - len(first)
    kept: list[str] = []
    for line in body:
        if line in first:
            kept.append(line)
        elif room > 0:
            kept.append(line)
            room -= 1
    kept[-1] = kept[-1].removesuffix(" .").removesuffix(" ;") + " ."
    return "\n".join([head, *kept, f"# and {len(body) - len(kept)} more lines"])


def _schemes(facts: _Facts, triples: Iterable[Triple]) -> Iterable[Scheme]:
    wanted = {
        triple.subject.value
        for triple in triples
        if triple.predicate.value == _TYPE
        and triple.object == NamedNode(_SKOS + "ConceptScheme")
        and isinstance(triple.subject, NamedNode)
    }
    for iri in sorted(wanted, key=_alphabetical):
        members = facts.subjects(_SKOS + "inScheme", iri)
        used_by = {predicate for member in members for predicate in facts.naming.get(member, ())}
        yield Scheme(
            iri,
            facts.text(iri, _SKOS + "prefLabel"),
            facts.text(iri, PREFIXES["dcterms"] + "description"),
            tuple(sorted(used_by, key=_alphabetical)),
            tuple(
                (
                    member,
                    facts.text(member, _SKOS + "prefLabel"),
                    facts.text(member, _SKOS + "definition"),
                    facts.named[member],
                )
                for member in members
            ),
        )


def _queries(folder: str) -> dict[str, list[tuple[str, set[str]]]]:
    """Return the names of the queries of each kind, each with the IRIs in its text."""
    from wcograph.toolbox.sparql.stored import read

    result: dict[str, list[tuple[str, set[str]]]] = {}
    for kind, words in _QUERIES.items():
        for path in layout.query_files(folder, kind):
            query = read(os.path.join(folder, path), PREFIXES)
            name = os.path.basename(path).removesuffix(".rq")
            types = " ".join(parameter.type for parameter in query.parameters)
            result.setdefault(words, []).append((name, {*iris(query.text, PREFIXES), *iris(types, PREFIXES)}))
    return {words: sorted(named, key=lambda pair: pair[0]) for words, named in result.items()}
