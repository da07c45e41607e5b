"""What it means that the graph does not say something: no, not known, or that its list is incomplete."""

from __future__ import annotations

from dataclasses import dataclass

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
_MEMBER, _MEMBERS = ox.NamedNode(_WCO + "Member"), ox.NamedNode(PREFIXES["wcoid"] + "list-members")
_TYPE, _MEMBER_OF = ox.NamedNode(PREFIXES["rdf"] + "type"), ox.NamedNode(PREFIXES["org"] + "memberOf")
IS_PARTY_TO = ox.NamedNode(_WCO + "isPartyTo")
POLITY = ox.NamedNode(_WCO + "Polity")
_COMPLETENESS, _AS_OF = ox.NamedNode(_WCO + "hasCompleteness"), ox.NamedNode(_WCO + "asOf")
_PARTY_LISTS = "SELECT ?list { ?list a wco:PartyList ; schema:about ?about } ORDER BY ?list"
_OPEN = "SELECT DISTINCT ?of ?topic ?why { ?of wco:hasOpenQuestion ?topic . ?topic wco:unknownReason ?why } ORDER BY ?topic"


@dataclass
class Standing:
    """What follows from silence: ``status``, one sentence that says ``why``, the ``lists`` behind it and their ``day``."""

    status: str
    why: str
    lists: str = ""
    day: str = ""


def of_lists(store: ox.Store, lists: Iterable[Any], day: str = "") -> Standing:
    """Return what it means that nothing is in these lists: no, if all of them are full.

    A full list says nothing about a ``day`` after its own.
    """
    known = [
        (node, how) for node in lists if isinstance(how := _value(store, node, _COMPLETENESS), ox.NamedNode)
    ]
    if not known:
        return Standing(UNKNOWN, "the graph does not say, and has no list that would")
    if len(known) > 1:
        full = sum(how == _FULL for _, how in known)
        said = f"{len(known)} lists, {full} of them full (ask completeness)"
        status = NO if full == len(known) else INCOMPLETE
        return Standing(status, f"{said}; nothing in them is as asked", said)
    node, how = known[0]
    on = getattr(_value(store, node, _AS_OF), "value", "")
    said = f"{label(store, node)}: {label(store, how)}{f' as of {on}' if on else ''}"
    if how != _FULL:
        return Standing(INCOMPLETE, f"{said}, so what is not in it may belong to it", said, on)
    if day and on and day[: len(on)] > on:
        return Standing(INCOMPLETE, f"{said}, which says nothing about {day}", said, on)
    return Standing(NO, f"{said}, and nothing in it is as asked", said, on)


def of_statement(store: ox.Store, subject: Any, predicate: Any, object: Any) -> Standing:
    """Return what it means that a statement is not in the graph."""
    if predicate == _MEMBER_OF or (predicate == _TYPE and object == _MEMBER):
        return of_lists(store, [_MEMBERS])
    if predicate == IS_PARTY_TO and (found := is_party(store, subject, object)) and found.status != YES:
        return found
    topics = [row for row in open_questions(store) if row["of"] == subject and row["topic"] == object]
    if topics:
        return Standing(UNKNOWN, topics[0]["why"].value)
    return Standing(UNKNOWN, "the graph does not say so; that does not make it false")


def party_lists(store: ox.Store, convention: Any = None) -> list[Any]:
    """Return the lists of the parties of a convention, or of all; none for anything else."""
    if convention is not None and not isinstance(convention, ox.NamedNode):
        return []
    query = _PARTY_LISTS.replace("?about", str(convention)) if convention else _PARTY_LISTS
    return [row["list"] for row in _rows(store, query)]


def is_party(store: ox.Store, who: Any, what: Any, day: str = "") -> Standing | None:
    """Return whether a country is party to a convention; None if they are not a country and a convention.

    ``day`` is the one that is asked about, if any.
    """
    lists = party_lists(store, what)
    if not (lists and isinstance(who, ox.NamedNode)):
        return None
    if not any(store.quads_for_pattern(who, _TYPE, POLITY, None)):
        return None
    names = f"{label(store, who)} is party to the {label(store, what)}"
    if any(store.quads_for_pattern(who, IS_PARTY_TO, what, None)):
        return Standing(YES, names)
    found = of_lists(store, lists, day)
    if found.status == NO:
        found.why = f"{names.replace(' is party', ' is not party', 1)}: {found.why}"
    else:
        found.why = f"it is not known whether {names}: {found.why}"
    return found


def open_questions(store: ox.Store) -> list[Any]:
    """Return what people ask and no source answers: the thing (``of``), the topic, and the reason (``why``)."""
    return _rows(store, _OPEN)


def _rows(store: ox.Store, query: str) -> list[Any]:
    return list(ask(store, query, "standing", prefixes=PREFIXES, use_default_graph_as_union=True))  # type: ignore[arg-type]


def _value(store: ox.Store, node: Any, predicate: ox.NamedNode) -> Any:
    return next((quad.object for quad in store.quads_for_pattern(node, predicate, None, None)), None)
