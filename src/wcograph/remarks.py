"""What is said below an answer: how complete it is, on which day, and what it leaves out."""

from __future__ import annotations

import shlex
from collections import Counter

import pyoxigraph as ox

from wcograph.layout import PREFIXES
from wcograph.toolbox.sparql.asking import ask
from wcograph.toolbox.sparql.naming import label
from wcograph.toolbox.sparql.presentation import Presentation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from wcograph.toolbox.sparql.results import Answer
    from wcograph.toolbox.sparql.stored import StoredQuery
    from wcograph.toolbox.sparql.values import Term

    Seen = Mapping[str, Mapping[Term, None]]

_NAMED = 8  # as many names of what an answer leaves out as a person reads
_LISTED = 4  # as many lists as one line says something about
_COMPLETENESS, _AS_OF = (ox.NamedNode(PREFIXES["wco"] + name) for name in ("hasCompleteness", "asOf"))
_FULL = PREFIXES["wcov"] + "full-list"
_KNOWN = "SELECT (MAX(STR(?day)) AS ?latest) { ?thing wco:asOf|wco:shownOn ?day }"
_WORDS = {
    "en": {
        "as of": "as of {}",
        "known": "known up to {}",
        "more": " (others may belong to it)",
        "source": "according to one source, {}",
        "lists": "{} lists, {} of them full (wcograph query completeness)",
        "unstated": "as far as the sources go",
        "imported": "from the tables that you imported (wcograph import --list)",
        "besides": "Not in this list: {} (wcograph query {})",
        "others": "{} others",
        "whatever": "; there, {} is not asked for",
    },
    "fr": {
        "as of": "au {}",
        "as-of": "au",
        "on": "au",
        "since": "depuis le",
        "until": "jusqu’au",
        "known": "connu jusqu’au {}",
        "more": " (d’autres peuvent en être)",
        "source": "selon une source, {}",
        "lists": "{} listes, dont {} complètes (wcograph query completeness)",
        "unstated": "selon les sources connues",
        "imported": "selon les tables que vous avez importées (wcograph import --list)",
        "besides": "Hors de cette liste : {} (wcograph query {})",
        "others": "{} autres",
        "whatever": " ; sans {}",
    },
}


def presentation(
    store: ox.Store,
    query: StoredQuery,
    given: Mapping[str, Any],
    seen: Seen,
    find: Callable[[str], StoredQuery],
    answered: Callable[..., Answer],
) -> Presentation:
    """Return how the answer to a stored query is shown.

    ``given`` are the values of its parameters. ``seen`` has, when all rows have been read, the terms of the variables that
    ``query.watched`` names. ``find`` returns another stored query, and ``answered`` answers it.
    """
    values = {
        parameter.option: list(value) if isinstance(value, list | tuple) else [value]
        for name, value in given.items()
        if value is not None and (parameter := query.parameter(name))
    }
    language = str(values.get("lang", ["en"])[-1])
    own = _WORDS.get(language, {})
    words = own or _WORDS["en"]
    days = [p.option for p in query.parameters if p.type == "xsd:date" and p.option in values]

    def remarks() -> tuple[Sequence[str], Sequence[str]]:
        left_out = _besides(query, values, seen, find, answered, words) if query.besides else ()
        return _completeness(store, query, seen, words), left_out

    def sources() -> Sequence[str]:
        from wcograph.annotate import citations

        nodes = dict.fromkeys(node for name in query.sources for node in seen.get(name, ()))
        known: dict[Term, str] = {}
        iris = (node for node in nodes if isinstance(node, ox.NamedNode))
        found = Counter(one for node in iris for one in citations(store, node, known))
        return [one for one, _ in found.most_common()] or ([query.unsourced] if query.unsourced else [])

    when = " ".join(f"{own.get(day) or day.replace('-', ' ')} {values[day][-1]}" for day in days)
    about = query.title, query.columns, language, when
    return Presentation(*about, remarks, sources, query.picture, _world)


def _world() -> Mapping[str, Any]:
    import json
    import os

    from wcograph.toolbox.output import read_text

    return dict(json.loads(read_text(os.path.join(os.path.dirname(__file__), "world.json"))))


def known_up_to(store: ox.Store) -> str:
    """Return the latest day for which a graph has a fact; an empty text if it has none.

    >>> known_up_to(ox.Store())
    ''
    """
    found = ask(store, _KNOWN, "known", prefixes=PREFIXES, use_default_graph_as_union=True)
    return next((row["latest"].value for row in found if row["latest"]), "")  # type: ignore[union-attr]


def _completeness(store: ox.Store, query: StoredQuery, seen: Seen, words: Mapping[str, str]) -> Sequence[str]:
    text = next((one for one in query.complete if " " in one), "")
    lists: list[Term] = [ox.NamedNode(one) for one in query.complete if one[0] != "?" and " " not in one]
    lists += [term for one in query.complete if one[0] == "?" for term in seen.get(one[1:], ())]
    said = []
    full = 0
    for node in (one for one in lists if isinstance(one, ox.NamedNode)):
        how = _object(store, node, _COMPLETENESS)
        if not isinstance(how, ox.NamedNode):
            from wcograph.annotate import citations

            said += [words["source"].format(one.partition(" <")[0]) for one in citations(store, node)]
            continue
        full += how.value == _FULL
        day = _object(store, node, _AS_OF)
        parts = [label(store, how) + ("" if how.value == _FULL else words["more"])]
        parts += [words["as of"].format(day.value)] if isinstance(day, ox.Literal) else []
        said.append(f"{label(store, node)}: {', '.join(parts)}")
    if len(said) > _LISTED:
        said = [words["lists"].format(len(said), full)]
    if query.needs:
        said = [words["imported"]]
    if not said:
        latest = known_up_to(store)
        said = [words["known"].format(latest) if latest else "", "" if text else words["unstated"]]
    return list(filter(None, [*said, text]))


def _object(store: ox.Store, node: ox.NamedNode, predicate: ox.NamedNode) -> Term | None:
    return next((quad.object for quad in store.quads_for_pattern(node, predicate, None, None)), None)


def _besides(
    query: StoredQuery,
    values: Mapping[str, list[Any]],
    seen: Seen,
    find: Callable[[str], StoredQuery],
    answered: Callable[..., Answer],
    words: Mapping[str, str],
) -> Sequence[str]:
    """Return a line on the rows of another question that this one leaves out, if there are any."""
    what = query.besides
    other = find(what["question"])
    asked = {option: value for option, value in values.items() if other.parameter(option)}
    asked |= what.get("with", {})
    key, group = what.get("key", ""), what.get("group", "")
    shown = {getattr(term, "value", "") for term in seen.get(key, ())}
    groups: dict[str, dict[str, str]] = {}
    for row in answered(other.name, **asked).to_dicts():
        if row.get(key) not in shown:
            name = row[what["name"]]
            groups.setdefault(row.get(group, ""), {})[row.get(key) or name] = name
    if not groups:
        return ()
    said = []
    for name, found in groups.items():
        some = list(found.values())[:_NAMED]
        some += [words["others"].format(len(found) - _NAMED)] if len(found) > _NAMED else []
        said.append((f"{len(found)} {name}: " if name else "") + ", ".join(some))
    given = ((option, value if isinstance(value, list) else [value]) for option, value in asked.items())
    options = [f"--{option} {shlex.quote(str(one))}" for option, some in given for one in some]
    apart = ", ".join(f"--{option}" for option in values if option not in asked)
    command = " ".join([other.name, *options]) + (words["whatever"].format(apart) if apart else "")
    return [words["besides"].format("; ".join(said), command)]
