"""What the page of one thing says: what it is, its dates and relations, what sources claim, and what refers to it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import islice

import pyoxigraph as ox

from wcograph.annotate import citations
from wcograph.layout import PREFIXES
from wcograph.toolbox.sparql.naming import LABELS, compact
from wcograph.web.things import shortened

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wcograph.toolbox.sparql.values import Term
    from wcograph.web.links import Links
    from wcograph.web.things import Things, Value

    Found = dict[ox.NamedNode, dict[Term, None]]

SHOWN, PAGE = 25, 100  # values of a relation on the page of a thing, and on a page of its own
_MOST_ROWS = 2_000  # that are sorted by label
_COLUMNS = 4  # of a table of facts
_NEVER = "~"  # sorts after all days


def _iri(name: str) -> str:
    prefix, _, local = name.partition(":")
    return PREFIXES[prefix] + local


_TYPE, _INVERSE = _iri("rdf:type"), ox.NamedNode(_iri("owl:inverseOf"))
_SOURCES = [_iri("dcterms:source"), _iri("prov:wasQuotedFrom")]
_ABOUT = [
    _iri(one)
    for one in (
        "skos:definition",
        "dcterms:description",
        "schema:description",
        "rdfs:comment",
        "skos:scopeNote",
    )
]
_NOTES = [_iri(one) for one in ("skos:note", "wco:unknownReason", "wco:rankReason")]
# What the page shows elsewhere, or says in other words.
_HIDDEN = {
    *(_iri(f"wco:{one}") for one in ("labelEn", "labelFr", "abbreviationEn", "abbreviationFr")),
    *(_iri(one) for one in ("wcob:foldedLabel", "rdfs:isDefinedBy", "rdf:type", "skos:hiddenLabel")),
    *(label.value for label in LABELS),
    *_SOURCES,
    *_ABOUT,
    *_NOTES,
}
_NAMES = [
    _iri(one) for one in ("skos:altLabel", "wco:abbreviation", "wco:formerName", "wco:formerAbbreviation")
]
_PREFERRED = ox.NamedNode(_iri("wcov:preferred-rank"))
_START, _END = _iri("schema:startDate"), _iri("schema:endDate")
_BOUNDS = {
    _iri("wco:earliestStart"): "began on or after",
    _iri("wco:latestStart"): "began on or before",
    _iri("wco:earliestEnd"): "known to last until",
    _iri("wco:latestEnd"): "ended on or before",
}
_DAYS = [
    ox.NamedNode(_iri(one))
    for one in (
        "schema:startDate",
        "wco:depositedOn",
        "wco:inForceForPartySince",
        "wco:asOf",
        "dcterms:issued",
    )
]
# What stands in a table of facts in other ways, or in every row.
_ASIDE = {*_HIDDEN, *_BOUNDS, *_NAMES, _iri("wco:shownOn"), _iri("wco:locator")}
# Headings for what refers to a thing, by the property; without one, the property's label is used.
_HEADINGS = {
    "dcterms:publisher": "Published by it",
    "dcterms:source": "What rests on this source",
    "dcterms:subject": "What has this subject",
    "org:memberOf": "Members",
    "org:member": "Memberships",
    "org:organization": "Memberships and representation in it",
    "org:postIn": "Posts",
    "org:role": "Holders of this role",
    "org:subOrganizationOf": "Parts",
    "org:unitOf": "Units",
    "prov:wasQuotedFrom": "Claims quoted from this source",
    "rdf:type": "Things of this kind",
    "rdfs:domain": "Properties of these things",
    "rdfs:range": "Properties with these values",
    "rdfs:subClassOf": "Narrower classes",
    "schema:about": "Lists and documents about it",
    "schema:nationality": "People of this nationality",
    "skos:broader": "Narrower concepts",
    "skos:inScheme": "Concepts",
    "wco:aboutProperty": "Claims of a value",
    "wco:actionBy": "Treaty acts",
    "wco:actionKind": "Acts of this kind",
    "wco:actionOn": "Treaty acts on it",
    "wco:belongsToArea": "In this area",
    "wco:cooperatesWith": "What cooperates with it",
    "wco:hasRank": "Claims of this rank",
    "wco:hasSeatIn": "Organizations that have their seat here",
    "wco:isPartOfBody": "Parts",
    "wco:isPartyTo": "Parties",
    "wco:isTenureOf": "Holders",
    "wco:polityKind": "Polities of this kind",
    "wco:servesRegion": "Offices that serve this region",
}


@dataclass
class Group:
    """The values of one relation: all in ``total``, those shown in ``values`` or ``rows``, and the link to the others.

    ``rows`` are those of a table with ``columns``, for facts that have no name of their own.
    """

    heading: str
    language: str
    predicate: str
    total: int
    values: list[Value] = field(default_factory=list)
    columns: list[Value] = field(default_factory=list)
    rows: list[tuple[Value, list[list[Value]]]] = field(default_factory=list)
    more: str = ""
    incoming: bool = False


@dataclass
class Claim:
    """One thing that a source says, with its rank and the reason for it.

    It ``disagrees`` if a preferred claim for the same date has another value.
    """

    property: Value
    value: Value
    as_of: list[Value]
    rank: Value | None
    reasons: list[Value]
    sources: list[Value]
    link: Value
    preferred: bool
    accepted: bool
    disagrees: bool = False


@dataclass
class Entity:
    """What the page of a thing says."""

    iri: str
    title: str
    language: str
    kinds: list[Value]
    about: list[Value]
    notes: list[Value]
    names: list[Group]
    dates: list[Group]
    facts: list[Group]
    relations: list[Group]
    claims: list[Claim]
    incoming: list[Group]
    follows: list[Group]
    sources: list[tuple[Value, str]]
    graphs: list[str]


class Describer:
    """Describes one thing for a page whose links are ``links``."""

    def __init__(self, things: Things, node: ox.NamedNode, links: Links) -> None:
        """Read what the graph has about the thing."""
        self.things, self.node, self.links = things, node, links
        self.stated: Found = {}
        self.inferred: Found = {}
        self.graphs: dict[str, None] = {}
        for quad in things.quads(node):
            found = self.inferred if things.is_inferred(quad) else self.stated
            found.setdefault(quad.predicate, {})[quad.object] = None
            if isinstance(quad.graph_name, ox.NamedNode):
                self.graphs[quad.graph_name.value] = None
        self.referring: Found = {}
        for quad in things.quads(node, incoming=True):
            if not things.is_inferred(quad):
                self.referring.setdefault(quad.predicate, {})[quad.subject] = None

    def entity(self) -> Entity:
        """Return what the page says."""
        title, language = self.things.label(self.node, self.links.language)
        dates, facts, relations = self._statements()
        return Entity(
            self.node.value,
            title,
            language,
            self._values(self.stated.get(ox.NamedNode(_TYPE), {})),
            self._texts(_ABOUT),
            self._texts(_NOTES),
            self._names(),
            dates,
            facts,
            relations,
            self._claims(),
            self._incoming(),
            self._follows(),
            self._sources(),
            list(self.graphs),
        )

    def group(self, predicate: ox.NamedNode, number: int, *, incoming: bool) -> Group | None:
        """Return one page of the values of a relation; None if there is no such page."""
        terms = list((self.referring if incoming else self.stated).get(predicate, {}))
        first = (number - 1) * PAGE
        if not terms or number < 1 or first >= len(terms):
            return None
        return self._group(predicate, terms, incoming=incoming, first=first, most=PAGE)

    # ------------------------------------------------------------------------------- what it is

    def _values(self, terms: Iterable[Term], predicate: str = "") -> list[Value]:
        values = []
        for term in terms:
            value = self.things.value(term, self.links)
            values.append(replace(value, why=self.why(predicate, term)) if predicate else value)
        return sorted(values, key=lambda value: value.sort)

    def why(self, predicate: str, term: Term, *, incoming: bool = False) -> str:
        """Return the link to the proof of a statement; empty if there is none, as among files."""
        if self.links.static or isinstance(term, ox.BlankNode | ox.Triple):
            return ""
        ends = (term, self.node) if incoming else (self.node, term)
        written = str(ends[1])
        if len(written) > 1_000 or not isinstance(ends[0], ox.NamedNode):
            return ""
        return self.links.to("/why", {"s": ends[0].value, "p": predicate, "o": written})

    def _texts(self, properties: Sequence[str]) -> list[Value]:
        """Return texts of some properties in the language of the page, or else in another one."""
        found = []
        for one in properties:
            terms = self.stated.get(ox.NamedNode(one), {})
            literals = [term for term in terms if isinstance(term, ox.Literal)]
            wanted = [term for term in literals if term.language == self.links.language] or [
                term for term in literals if term.language in ("en", None)
            ]
            found += self._values(wanted or literals or terms)
        return found

    def _names(self) -> list[Group]:
        own = self.things.label(self.node, self.links.language)[0]
        groups: list[Group] = []
        for label in LABELS:
            terms = self.stated.get(label, {})
            other = [
                term
                for term in terms
                if not (isinstance(term, ox.Literal) and shortened(term.value)[0] == own)
            ]
            if other and not groups:
                groups.append(self._group(label, other))
        return groups + [
            self._group(predicate, list(self.stated[predicate]))
            for predicate in map(ox.NamedNode, _NAMES)
            if predicate in self.stated
        ]

    def _statements(self) -> tuple[list[Group], list[Group], list[Group]]:
        dates: list[Group] = []
        facts: list[Group] = []
        relations: list[Group] = []
        start = self.stated.get(ox.NamedNode(_START), {})
        end = self.stated.get(ox.NamedNode(_END), {})
        for predicate, terms in self.stated.items():
            iri = predicate.value
            if iri in _HIDDEN or iri in _NAMES:
                continue
            if iri in _BOUNDS and terms.keys() <= (start.keys() | end.keys()):
                continue  # the bounds of a period say nothing more if its day is known
            group = self._group(predicate, list(terms))
            group.heading = _BOUNDS.get(iri, group.heading)
            shown = group.values
            if shown and all(value.date for value in shown):
                dates.append(group)
            elif any(isinstance(term, ox.Literal) for term in terms):
                facts.append(group)
            else:
                relations.append(group)
        for groups in (facts, relations):
            groups.sort(key=lambda group: (group.heading.casefold(), group.predicate))
        dates.sort(key=lambda group: (group.values[0].date, group.predicate))
        return dates, facts, relations

    # ------------------------------------------------------------------------------- its relations

    def _group(
        self,
        predicate: ox.NamedNode,
        terms: list[Term],
        *,
        incoming: bool = False,
        first: int = 0,
        most: int = SHOWN,
    ) -> Group:
        heading, language = self.things.label(predicate, self.links.language)
        if incoming:
            heading, language = self._heading(predicate)
        group = Group(heading, language, predicate.value, len(terms), incoming=incoming)
        named = not (incoming and self._are_facts(terms[:SHOWN]))
        if len(terms) <= _MOST_ROWS:
            pairs = [(self._sorting(term, dated=not named), term) for term in terms]
            terms = [term for _, term in sorted(pairs, key=lambda pair: pair[0])]
        shown = terms[first : first + most]
        if named:
            group.values = [
                replace(
                    self.things.value(term, self.links),
                    why=self.why(predicate.value, term, incoming=incoming),
                )
                for term in shown
            ]
        else:
            self._table(group, [term for term in shown if isinstance(term, ox.NamedNode)])
        if most == SHOWN and group.total > SHOWN:
            group.more = self.links.to(
                self.links.path,
                {**self._own(), "of" if incoming else "has": compact(predicate.value, PREFIXES)},
            )
        return group

    def _are_facts(self, terms: Sequence[Term]) -> bool:
        """Return whether most of some things are facts: they have a day, or no label that people have given them."""
        nodes = [term for term in terms if isinstance(term, ox.NamedNode)]
        facts = [node for node in nodes if self._day(node) != _NEVER or not self.things.has_label(node)]
        return len(nodes) == len(terms) and 2 * len(facts) > len(nodes)

    def _own(self) -> dict[str, str]:
        return {"iri": self.node.value} if self.links.path == "/thing" else {}

    def _sorting(self, term: Term, *, dated: bool) -> tuple[object, ...]:
        if not isinstance(term, ox.NamedNode):
            return ("", *self.things.value(term, self.links).sort)
        text = self.things.label(term, self.links.language)[0]
        return (self._day(term) if dated else "", 1, text.casefold(), text + term.value)

    def _day(self, node: ox.NamedNode) -> str:
        for predicate in _DAYS:
            for term in self.things.objects(node, predicate.value):
                if isinstance(term, ox.Literal):
                    return term.value
        return _NEVER

    def _heading(self, predicate: ox.NamedNode) -> tuple[str, str]:
        curie = compact(predicate.value, PREFIXES)
        if curie in _HEADINGS:
            return _HEADINGS[curie], ""
        for inverse in (*self.things.objects(predicate, _INVERSE.value),):
            if isinstance(inverse, ox.NamedNode) and self.things.has_label(inverse):
                text, language = self.things.label(inverse, self.links.language)
                return text[:1].upper() + text[1:], language
        text, language = self.things.label(predicate, self.links.language)
        return (f"What {text} this" if self._is_verb(text, language) else f"As “{text}”"), language

    @staticmethod
    def _is_verb(text: str, language: str) -> bool:
        first = text.split(" ")[0]
        return language == "en" and (
            first in ("is", "has") or (first.endswith("s") and not first.endswith("ss"))
        )

    def _table(self, group: Group, nodes: Sequence[ox.NamedNode]) -> None:
        """Fill a group with a table: for each fact the values of the properties that most of them have."""
        rows: list[Found] = []
        used: Counter[ox.NamedNode] = Counter()
        for node in nodes:
            found: Found = {}
            for quad in self.things.quads(node):
                predicate = quad.predicate
                aside = predicate.value in _ASIDE or predicate.value == group.predicate
                if not (aside or self.things.is_inferred(quad)):
                    found.setdefault(predicate, {})[quad.object] = None
            rows.append(found)
            used.update(found.keys())
        # Links first, days last.
        days = {day: at for at, day in enumerate(_DAYS, 1)}
        best = sorted(used, key=lambda one: (-used[one], one.value))[:_COLUMNS]
        best.sort(key=lambda one: (days.get(one, 0), -used[one], one.value))
        group.columns = [self.things.value(predicate, self.links) for predicate in best]
        for node, found in zip(nodes, rows, strict=True):
            cells = [self._values(islice(found.get(predicate, {}), 5)) for predicate in best]
            value = self.things.value(node, self.links)
            why = self.why(group.predicate, node, incoming=True)
            group.rows.append((replace(value, why=why), cells))

    def _incoming(self) -> list[Group]:
        groups = [
            self._group(predicate, list(terms), incoming=True)
            for predicate, terms in self.referring.items()
            if predicate.value != _iri("wco:aboutSubject") and predicate != _INVERSE
        ]
        return sorted(groups, key=lambda group: (not group.rows, group.heading.casefold()))

    def _follows(self) -> list[Group]:
        stated = {term for terms in self.stated.values() for term in terms}
        groups = []
        for predicate, terms in self.inferred.items():
            new = [term for term in terms if term not in stated or predicate.value == _TYPE]
            if new:
                groups.append(self._group(predicate, new))
        return sorted(groups, key=lambda group: group.heading.casefold())

    # ------------------------------------------------------------------------------- what sources say

    def _claims(self) -> list[Claim]:
        about = self.referring.get(ox.NamedNode(_iri("wco:aboutSubject")), {})
        claims = [self._claim(node) for node in about if isinstance(node, ox.NamedNode)]
        if (self.node.value.startswith(PREFIXES["wcocl"])) and not claims:
            claims = [self._claim(other) for other in self._rivals()]
        claims.sort(
            key=lambda one: (one.property.text.casefold(), [v.date for v in one.as_of], not one.accepted,
                             one.value.sort, one.link.link)
        )  # fmt: skip
        preferred = {
            (claim.property, tuple(claim.as_of)): claim.value.text for claim in claims if claim.preferred
        }
        for claim in claims:
            kept = preferred.get((claim.property, tuple(claim.as_of)), claim.value.text)
            claim.disagrees = kept != claim.value.text
        return claims

    def _rivals(self) -> list[ox.NamedNode]:
        """Return the claims about the same property of the same subject as this one, itself among them."""
        things, about = self.things, _iri("wco:aboutSubject")
        properties = things.objects(self.node, _iri("wco:aboutProperty"))
        found = []
        for subject in things.objects(self.node, about):
            for quad in things.store.quads_for_pattern(None, ox.NamedNode(about), subject):
                if things.objects(quad.subject, _iri("wco:aboutProperty")) == properties:
                    found.append(quad.subject)
        return [node for node in dict.fromkeys(found) if isinstance(node, ox.NamedNode)]

    def _claim(self, node: ox.NamedNode) -> Claim:
        def values(name: str) -> list[Value]:
            return self._values(self.things.objects(node, _iri(name)))

        unnamed = self.things.value(ox.Literal("(no value)"), self.links)
        value = next(iter([*values("wco:literalValue"), *values("wco:resourceValue")]), unnamed)
        return Claim(
            next(iter(values("wco:aboutProperty")), unnamed),
            value,
            values("wco:asOf"),
            next(iter(values("wco:hasRank")), None),
            [*values("wco:rankReason"), *values("skos:note")],
            values("prov:wasQuotedFrom"),
            self.things.value(node, self.links),
            _PREFERRED in self.things.objects(node, _iri("wco:hasRank")),
            any(term.value == "true" for term in self.things.objects(node, _iri("wco:isAccepted"))
                if isinstance(term, ox.Literal)),
        )  # fmt: skip

    def _sources(self) -> list[tuple[Value, str]]:
        """Return the sources of the thing, each with the rest of its citation."""
        found = []
        for one in _SOURCES:
            for term in self.stated.get(ox.NamedNode(one), {}):
                value = self.things.value(term, self.links)
                cited = citations(self.things.store, term) if isinstance(term, ox.NamedNode) else []
                rest = (
                    cited[0].removeprefix(value.text).strip()
                    if cited and cited[0].startswith(value.text)
                    else ""
                )
                found.append((value, rest))
        return sorted(found, key=lambda pair: pair[0].sort)
