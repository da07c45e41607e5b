"""What it means that the graph does not say something: no, not known, or that its list is incomplete."""

from __future__ import annotations

import pyoxigraph as ox

from wcograph.layout import PREFIXES
from wcograph.toolbox.sparql.asking import ask
from wcograph.toolbox.sparql.naming import label

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

YES, NO, UNKNOWN, INCOMPLETE = "yes", "no", "not known", "incomplete"

_WCO = PREFIXES["wco"]
_FULL = ox.NamedNode(PREFIXES["wcov"] + "full-list")
_MEMBER, _ORGANIZATION = ox.NamedNode(_WCO + "Member"), ox.NamedNode(PREFIXES["wcoid"] + "wco")
_TYPE = ox.NamedNode(PREFIXES["rdf"] + "type")
# What a list says of a thing that is not in it: that it has not this relation to what the list is about.
_LISTED = {
    ox.NamedNode(_WCO + "isPartyTo"),
    ox.NamedNode(PREFIXES["org"] + "memberOf"),
    _TYPE,
}
_LISTS = """SELECT DISTINCT ?list ?how (STR(?on) AS ?day) {
  ?list schema:about ?about ; wco:hasCompleteness ?how . OPTIONAL { ?list wco:asOf ?on }
} ORDER BY ?list"""
_OPEN = "SELECT DISTINCT ?of ?topic ?why { ?of wco:hasOpenQuestion ?topic . ?topic wco:unknownReason ?why } ORDER BY ?topic"


class Standing:
    """What follows from silence: ``status``, the day for which it holds, and one sentence that says why."""

    def __init__(self, status: str, day: str, why: str) -> None:
        """Keep the values."""
        self.status, self.day, self.why = status, day, why


def of_lists(store: ox.Store, about: Iterable[Any], day: str = "") -> Standing:
    """Return what it means that nothing about these things is listed: no, if each has a list and all lists are full.

    A full list says nothing about a ``day`` after its own.
    """
    found = [row for node in about if isinstance(node, ox.NamedNode) for row in _rows(store, _LISTS, about=node)]
    if not found:
        return Standing(UNKNOWN, "", "the graph does not say, and has no list that would")
    for row in found:
        on = row["day"].value if row["day"] else ""
        said = f"{label(store, row['list'])}: {label(store, row['how'])}{f' as of {on}' if on else ''}"
        if row["how"] != _FULL:
            return Standing(INCOMPLETE, on, f"{said}, so whoever is not in it may belong to it")
        if day and on and day[: len(on)] > on:
            return Standing(INCOMPLETE, on, f"{said}, which says nothing about {day}")
    return Standing(NO, on, f"{said}, and it is not in it")


def of_statement(store: ox.Store, subject: Any, predicate: Any, object: Any) -> Standing:
    """Return what it means that a statement is not in the graph."""
    if predicate in _LISTED and (predicate != _TYPE or object == _MEMBER):
        found = of_lists(store, [_ORGANIZATION if object == _MEMBER else object])
        if found.status != UNKNOWN:
            return found
    topics = [row for row in open_questions(store) if row["of"] == subject and row["topic"] == object]
    if topics:
        return Standing(UNKNOWN, "", topics[0]["why"].value)
    return Standing(UNKNOWN, "", "the graph does not say so; that does not make it false")


def is_party(store: ox.Store, who: Any, what: Any) -> Standing | None:
    """Return whether a country is party to a convention; None if they are not a country and a convention."""
    kinds = [{quad.object for quad in store.quads_for_pattern(one, _TYPE, None, None)} for one in (who, what)]
    if ox.NamedNode(_WCO + "Polity") not in kinds[0] or ox.NamedNode(_WCO + "Convention") not in kinds[1]:
        return None
    if next(store.quads_for_pattern(who, ox.NamedNode(_WCO + "isPartyTo"), what, None), None):
        return Standing(YES, "", f"{label(store, who)} is party to the {label(store, what)}")
    found = of_lists(store, [what])
    said = {
        NO: f"{label(store, who)} is not party to the {label(store, what)}",
        INCOMPLETE: f"it is not known whether {label(store, who)} is party to the {label(store, what)}",
    }.get(found.status, "it is not known")
    return Standing(found.status, found.day, f"{said}: {found.why}")


def open_questions(store: ox.Store) -> list[Any]:
    """Return what people ask and no source answers: the thing (``of``), the topic, and the reason (``why``)."""
    return _rows(store, _OPEN)


def _rows(store: ox.Store, query: str, **terms: ox.NamedNode) -> list[Any]:
    for name, term in terms.items():
        query = query.replace(f"?{name}", str(term))
    return list(ask(store, query, "standing", prefixes=PREFIXES, use_default_graph_as_union=True))  # type: ignore[arg-type]
