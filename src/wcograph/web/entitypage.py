"""What the page of one thing says: what it is, its dates and relations, what sources claim, and what refers to it."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice

import pyoxigraph as ox

from wcograph.annotate import citations
from wcograph.layout import PREFIXES
from wcograph.toolbox.sparql.naming import LABELS, compact
from wcograph.web.things import WORDS, shortened

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from wcograph.toolbox.sparql.values import Term
    from wcograph.web.links import Links
    from wcograph.web.things import Things, Value

    Found = dict[ox.NamedNode, dict[Term, None]]

SHOWN, PAGE = 25, 100  # values of a relation on the page of a thing, and on a page of its own
_MOST_ROWS = 2_000  # that are sorted by label
_COLUMNS = 4  # of a table of facts
_NEVER = "~"  # sorts after all days


def _node(name: str) -> ox.NamedNode:
    prefix, _, local = name.partition(":")
    return ox.NamedNode(PREFIXES[prefix] + local)


def _nodes(names: str) -> list[ox.NamedNode]:
    return [_node(name) for name in names.split()]


_TYPE, _INVERSE, _PREFERRED = _nodes("rdf:type owl:inverseOf wcov:preferred-rank")
_SUBJECT, _PROPERTY = _nodes("wco:aboutSubject wco:aboutProperty")
_SOURCES = _nodes("dcterms:source prov:wasQuotedFrom")
_ABOUT = _nodes("skos:definition dcterms:description schema:description rdfs:comment skos:scopeNote")
_NOTES = _nodes("skos:note wco:unknownReason wco:rankReason")
_NAMES = _nodes("skos:altLabel wco:abbreviation wco:formerName wco:formerAbbreviation")
_START, _END = _nodes("schema:startDate schema:endDate")
_DAYS = _nodes("schema:startDate wco:depositedOn wco:inForceForPartySince wco:asOf dcterms:issued")
# What the page shows elsewhere, or says in other words.
_HIDDEN = {
    *_nodes("wco:labelEn wco:labelFr wco:abbreviationEn wco:abbreviationFr wcob:foldedLabel"),
    *_nodes("skos:hiddenLabel rdfs:isDefinedBy rdf:type"),
    *(*LABELS, *_SOURCES, *_ABOUT, *_NOTES),
}
_BOUNDS = {_node(name): words for name, words in WORDS["bounds"].items()}
# What stands in a table of facts in other ways, or in every row.
_ASIDE = {*_HIDDEN, *_BOUNDS, *_NAMES, *_nodes("wco:shownOn wco:locator")}


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


class Describer:
    """Describes one thing for a page whose links are ``links``: each property is a part of the page."""

    def __init__(self, things: Things, node: ox.NamedNode, links: Links) -> None:
        """Read what the graph has about the thing."""
        self.things, self.node, self.links, self.iri = things, node, links, node.value
        self.title, self.language = things.label(node, links.language)
        self.stated: Found = defaultdict(dict)
        self.inferred: Found = defaultdict(dict)
        self.referring: Found = defaultdict(dict)
        for quad in things.quads(node):
            found = self.inferred if things.is_inferred(quad) else self.stated
            found[quad.predicate][quad.object] = None
        for quad in things.quads(node, incoming=True):
            if not things.is_inferred(quad):
                self.referring[quad.predicate][quad.subject] = None
        self.kinds = self._values(self.stated.get(_TYPE, ()))
        self.about, self.notes = self._texts(_ABOUT), self._texts(_NOTES)

    def group(self, predicate: ox.NamedNode, number: int, *, incoming: bool) -> Group | None:
        """Return one page of the values of a relation; None if there is no such page."""
        terms = list((self.referring if incoming else self.stated).get(predicate, {}))
        first = (number - 1) * PAGE
        if number < 1 or first >= len(terms):
            return None
        return self._group(predicate, terms, incoming=incoming, first=first, most=PAGE)

    # ------------------------------------------------------------------------------- what it is

    def _values(self, terms: Iterable[Term]) -> list[Value]:
        return sorted((self.things.value(term, self.links) for term in terms), key=lambda value: value.sort)

    def _texts(self, properties: Sequence[ox.NamedNode]) -> list[Value]:
        """Return texts of some properties in the language of the page, or else in another one."""
        found = []
        for one in properties:
            terms = self.stated.get(one, {})
            literals = [term for term in terms if isinstance(term, ox.Literal)]
            wanted = [term for term in literals if term.language == self.links.language] or [
                term for term in literals if term.language in ("en", None)
            ]
            found += self._values(wanted or literals or terms)
        return found

    def why(self, predicate: ox.NamedNode, term: Term, *, incoming: bool = False) -> str:
        """Return the link to the proof of a statement; empty if there is none, as among files."""
        subject, value = (term, self.node) if incoming else (self.node, term)
        if self.links.static or not isinstance(subject, ox.NamedNode):
            return ""
        if isinstance(value, ox.BlankNode | ox.Triple) or len(str(value)) > 1_000:
            return ""
        return self.links.to("/why", {"s": subject.value, "p": predicate.value, "o": str(value)})

    @cached_property
    def names(self) -> list[Group]:
        """Its other names."""
        groups: list[Group] = []
        for label in LABELS:
            other = [
                term
                for term in self.stated.get(label, ())
                if not (isinstance(term, ox.Literal) and shortened(term.value)[0] == self.title)
            ]
            if other and not groups:
                groups.append(self._group(label, other))
        return groups + [self._group(one, list(self.stated[one])) for one in _NAMES if one in self.stated]

    @cached_property
    def statements(self) -> tuple[list[Group], list[Group], list[Group]]:
        """Its dates, the other facts about it, and its relations."""
        dates: list[Group] = []
        facts: list[Group] = []
        relations: list[Group] = []
        days = self.stated.get(_START, {}).keys() | self.stated.get(_END, {}).keys()
        for predicate, terms in self.stated.items():
            if predicate in _HIDDEN or predicate in _NAMES:
                continue
            if predicate in _BOUNDS and terms.keys() <= days:
                continue  # the bounds of a period say nothing more if its day is known
            group = self._group(predicate, list(terms))
            group.heading = _BOUNDS.get(predicate, group.heading)
            if all(value.date for value in group.values):
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
        heading = self._heading(predicate) if incoming else self.things.label(predicate, self.links.language)
        group = Group(*heading, predicate.value, len(terms))
        named = not (incoming and self._are_facts(terms[:SHOWN]))
        if len(terms) <= _MOST_ROWS:
            pairs = [(self._sorting(term, dated=not named), term) for term in terms]
            terms = [term for _, term in sorted(pairs, key=lambda pair: pair[0])]
        shown = terms[first : first + most]
        values = [
            replace(self.things.value(term, self.links), why=self.why(predicate, term, incoming=incoming))
            for term in shown
        ]
        if named:
            group.values = values
        else:
            self._table(group, predicate, shown, values)
        if most == SHOWN and group.total > SHOWN:
            own = {"iri": self.iri} if self.links.path == "/thing" else {}
            which = {"of" if incoming else "has": compact(predicate.value, PREFIXES)}
            group.more = self.links.to(self.links.path, own | which)
        return group

    def _are_facts(self, terms: Sequence[Term]) -> bool:
        """Return whether most of some things are facts: they have a day, or no label that people have given them."""
        nodes = [term for term in terms if isinstance(term, ox.NamedNode)]
        facts = [node for node in nodes if self._day(node) != _NEVER or not self.things.has_label(node)]
        return len(nodes) == len(terms) and 2 * len(facts) > len(nodes)

    def _sorting(self, term: Term, *, dated: bool) -> tuple[object, ...]:
        if not isinstance(term, ox.NamedNode):
            return ("", *self.things.value(term, self.links).sort)
        text = self.things.label(term, self.links.language)[0]
        return (self._day(term) if dated else "", 1, text.casefold(), text + term.value)

    def _day(self, node: ox.NamedNode) -> str:
        found = (term for predicate in _DAYS for term in self.things.objects(node, predicate))
        return next((term.value for term in found if isinstance(term, ox.Literal)), _NEVER)

    def _heading(self, predicate: ox.NamedNode) -> tuple[str, str]:
        if heading := WORDS["headings"].get(compact(predicate.value, PREFIXES)):
            return heading, ""
        for inverse in self.things.objects(predicate, _INVERSE):
            if isinstance(inverse, ox.NamedNode) and self.things.has_label(inverse):
                text, language = self.things.label(inverse, self.links.language)
                return text[:1].upper() + text[1:], language
        text, language = self.things.label(predicate, self.links.language)
        first = text.split(" ")[0]
        is_verb = first.endswith("s") and not first.endswith("ss")
        return (f"What {text} this" if is_verb and language == "en" else f"As “{text}”"), language

    def _table(
        self, group: Group, predicate: ox.NamedNode, nodes: Sequence[Term], names: Sequence[Value]
    ) -> None:
        """Fill a group with a table: for each fact the values of the properties that most of them have."""
        rows: list[Found] = []
        for node in nodes:
            rows.append(defaultdict(dict))
            for quad in self.things.quads(node):
                aside = quad.predicate in _ASIDE or quad.predicate == predicate
                if not (aside or self.things.is_inferred(quad)):
                    rows[-1][quad.predicate][quad.object] = None
        used = Counter(one for row in rows for one in row)
        # Links first, days last.
        days = {day: at for at, day in enumerate(_DAYS, 1)}
        best = sorted(used, key=lambda one: (-used[one], one.value))[:_COLUMNS]
        best.sort(key=lambda one: (days.get(one, 0), -used[one], one.value))
        group.columns = [self.things.value(one, self.links) for one in best]
        group.rows = [
            (name, [self._values(islice(row.get(one, ()), 5)) for one in best])
            for name, row in zip(names, rows, strict=True)
        ]

    @cached_property
    def incoming(self) -> list[Group]:
        """What refers to it."""
        groups = [
            self._group(predicate, list(terms), incoming=True)
            for predicate, terms in self.referring.items()
            if predicate not in (_SUBJECT, _INVERSE)
        ]
        return sorted(groups, key=lambda group: (not group.rows, group.heading.casefold()))

    @cached_property
    def follows(self) -> list[Group]:
        """What is inferred about it, and not stated in other words."""
        stated = {term for terms in self.stated.values() for term in terms}
        found = {
            predicate: [term for term in terms if term not in stated or predicate == _TYPE]
            for predicate, terms in self.inferred.items()
        }
        groups = [self._group(predicate, terms) for predicate, terms in found.items() if terms]
        return sorted(groups, key=lambda group: group.heading.casefold())

    # ------------------------------------------------------------------------------- what sources say

    @cached_property
    def claims(self) -> list[dict[str, Any]]:
        """What sources say about it; of a claim, what they say about the same property of the same subject.

        A claim disagrees if a preferred one for the same date has another value.
        """
        nodes = list(self.referring.get(_SUBJECT, ()))
        if self.iri.startswith(PREFIXES["wcocl"]) and not nodes:
            properties = self.things.objects(self.node, _PROPERTY)
            about = self.things.objects(self.node, _SUBJECT)
            quads = [q for one in about for q in self.things.store.quads_for_pattern(None, _SUBJECT, one)]
            rivals = dict.fromkeys(quad.subject for quad in quads)
            nodes = [one for one in rivals if self.things.objects(one, _PROPERTY) == properties]
        claims = [self._claim(node) for node in nodes if isinstance(node, ox.NamedNode)]
        claims.sort(
            key=lambda one: (one["property"].text.casefold(), [v.date for v in one["as_of"]], not one["accepted"],
                             one["value"].sort, one["link"].link)
        )  # fmt: skip
        preferred = {one["what"]: one["value"].text for one in claims if one["preferred"]}
        for one in claims:
            one["disagrees"] = preferred.get(one["what"], one["value"].text) != one["value"].text
        return claims

    def _claim(self, node: ox.NamedNode) -> dict[str, Any]:
        def values(names: str) -> list[Value]:
            found = (self._values(self.things.objects(node, name)) for name in _nodes(names))
            return [value for some in found for value in some]

        unnamed = [self.things.value(ox.Literal("(no value)"), self.links)]
        as_of, (about, *_) = values("wco:asOf"), values("wco:aboutProperty") or unnamed
        accepted = self.things.objects(node, _node("wco:isAccepted"))
        return {
            "property": about,
            "value": (values("wco:literalValue wco:resourceValue") or unnamed)[0],
            "as_of": as_of,
            "what": (about, tuple(as_of)),
            "rank": next(iter(values("wco:hasRank")), None),
            "reasons": values("wco:rankReason skos:note"),
            "sources": values("prov:wasQuotedFrom"),
            "link": self.things.value(node, self.links),
            "preferred": _PREFERRED in self.things.objects(node, _node("wco:hasRank")),
            "accepted": any(isinstance(term, ox.Literal) and term.value == "true" for term in accepted),
        }

    @cached_property
    def sources(self) -> list[tuple[Value, str]]:
        """Its sources, each with the rest of its citation."""
        found = []
        for term in (term for one in _SOURCES for term in self.stated.get(one, ())):
            value = self.things.value(term, self.links)
            cited = citations(self.things.store, term) if isinstance(term, ox.NamedNode) else []
            rest = cited[0].removeprefix(value.text) if cited and cited[0].startswith(value.text) else ""
            found.append((value, rest.strip()))
        return sorted(found, key=lambda pair: pair[0].sort)
