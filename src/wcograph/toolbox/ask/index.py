"""The index of questions in plain words: what stored queries say about themselves, and the names of the graph.

It is one JSON value, so that it can be kept beside the store: reading it takes milliseconds, making it a second.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from math import log

import pyoxigraph as ox

from wcograph.toolbox.ask.words import is_function_word, stem
from wcograph.toolbox.sparql.asking import ask
from wcograph.toolbox.sparql.header import SLOT
from wcograph.toolbox.sparql.naming import compact, label
from wcograph.toolbox.sparql.parameters import Entities, fold

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, TypeAlias

    from wcograph.toolbox.rdf.profile import Profile
    from wcograph.toolbox.sparql.stored import StoredQuery

    Index: TypeAlias = dict[str, Any]

RESOURCE, PROPERTY = "rdfs:Resource", "rdf:Property"
_MOST_WORDS = 9  # of a name that people type
_FUNCTION = 0.3  # how much a function word tells, as a part of what another word would


def build(
    store: ox.Store, queries: Sequence[StoredQuery], profile: Profile, named_by: str, about: str
) -> Index:
    """Return the index for ``queries``.

    ``named_by`` is the property with the folded names of the things in the store. ``about`` is the thing that the whole
    graph is about, whose name says little in a question.

    Its keys: ``about`` (its number), ``questions`` (name, title, parameters, phrases and other words of each),
    ``weights`` (how much a stem tells), ``kinds`` (what parameters can mean; the ``broad`` ones mean nearly anything),
    ``entities`` (CURIE, label and kinds), ``names`` (folded name → entities), ``stems`` (stem → the names that have it),
    ``told`` (how much it tells of them), ``parts`` (the stems of each name), ``words`` (all words, to correct others
    by) and ``spoken`` (the stems of those with which questions are asked).
    """
    kinds: dict[tuple[str, str], int] = {}
    entities: dict[str, tuple[str, str, list[int]]] = {}
    names: dict[str, dict[str, None]] = defaultdict(dict)

    def add(iri: str, name: str, kind: int) -> None:
        entities.setdefault(
            iri, (compact(iri, profile.prefixes), label(store, ox.NamedNode(iri)) or name, [])
        )
        if kind not in entities[iri][2]:
            entities[iri][2].append(kind)
        folded = fold(name)
        if 0 < len(folded.split()) <= _MOST_WORDS:
            names[folded][iri] = None

    # things with names, and of these what means nearly anything last
    typed = [p for q in queries for p in q.parameters if ":" in p.type and not p.type.startswith("xsd:")]
    typed.sort(key=lambda p: (p.type in (RESOURCE, PROPERTY), p.type == RESOURCE, p.type, p.scheme))
    for parameter in typed:
        key = (parameter.type, parameter.scheme)
        if key in kinds:
            continue
        kind = kinds[key] = len(kinds)
        if parameter.type == RESOURCE:
            query = f"SELECT ?thing ?name {{ ?thing <{named_by}> ?name }}"
            for thing, name in ask(store, query, use_default_graph_as_union=True):  # type: ignore[union-attr]
                iri = thing.value if isinstance(thing, ox.NamedNode) else ""
                if iri.startswith(profile.individuals) and not name.value.replace(" ", "").isdigit():
                    add(iri, name.value, kind)
            continue
        for iri, every in Entities.of(store, parameter, profile).names.items():
            if not profile.sources or not iri.startswith(profile.sources):
                # The last name but one is the IRI's, with a prefix that people do not type.
                for name in (*every[:-2], every[-1]):
                    if iri != about and (parameter.type != PROPERTY or " " in name):
                        add(iri, name, kind)
    members = {kind: {iri for iri, (_, _, of) in entities.items() if kind in of} for kind in kinds.values()}
    broad = [
        kind
        for (type, _), kind in kinds.items()
        if type == PROPERTY or any(members[kind] > other for other in members.values() if len(other) > 1)
    ]
    questions = [_question(query, kinds) for query in queries]
    numbers = {iri: number for number, iri in enumerate(entities)}
    stems: dict[str, list[int]] = defaultdict(list)
    parts = []
    properties = kinds.get((PROPERTY, ""))
    for number, (name, iris) in enumerate(names.items()):
        # A short code and a property are meant only if they are written in full.
        whole = len(name) <= 3 or all(entities[iri][2] == [properties] for iri in iris)
        parts.append([] if whole else sorted(_stems(name)))
        for one in parts[-1]:
            stems[one].append(number)
    spoken = {word for question in questions for word in question.pop("spoken")}
    return {
        "questions": questions,
        "weights": _weights(questions),
        "kinds": [list(kind) for kind in kinds],
        "broad": broad,
        "about": numbers.get(about, -1),
        "entities": list(entities.values()),
        "names": {name: [numbers[iri] for iri in iris] for name, iris in names.items()},
        "stems": stems,
        "told": {word: round(1 / (1 + len(every) / 20), 3) for word, every in stems.items()},
        "parts": parts,
        "words": sorted({*spoken, *(word for name in names for word in name.split())}),
        "spoken": sorted({stem(word) for word in spoken}),
    }


def _stems(folded: str) -> set[str]:
    return {stem(word) for word in folded.split() if not is_function_word(word)}


def _question(query: StoredQuery, kinds: Mapping[tuple[str, str], int]) -> dict[str, Any]:
    """Return what is known of a question: its phrases as stems and slots, its other words, and its parameters."""
    # what stands for a value in a phrase: its kind, or else its datatype or type
    slots = {p.option: f"{{{kinds.get((p.type, p.scheme), p.type)}}}" for p in query.parameters}
    spoken: set[str] = set()

    def items(phrase: str) -> list[str]:
        found = []
        for at, part in enumerate(SLOT.split(phrase)):
            if at % 2:
                found.append(slots[part])
            else:
                words = fold(part).split()
                spoken.update(word for word in words if not is_function_word(word))
                found += [stem(word) for word in words]
        return found

    phrases = [["", items(query.title)]]
    phrases += [[language, items(phrase)] for language, every in query.asks.items() for phrase in every]
    about = [query.name, query.subject, *query.tags, query.description]
    about += [text for column in query.columns.values() for text in column.values() if isinstance(text, str)]
    about += [f"{p.description} {' '.join(p.values)}" for p in query.parameters if p.type != "word"]
    others = {one for text in about for one in _stems(fold(text))} - {"not"}
    return {
        "name": query.name,
        "title": query.title,
        "needs": query.needs,
        "phrases": phrases,
        "others": sorted(others),
        "parameters": [
            [p.option, slots[p.option], p.optional, p.repeat, p.default, sorted(p.values)]
            for p in query.parameters
        ],
        "spoken": sorted(spoken),
    }


def _weights(questions: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Return how much each stem tells: the fewer questions are asked with it, the more."""
    said = [{item for _, items in question["phrases"] for item in items} for question in questions]
    count, number = Counter(item for items in said for item in items), len(questions) + 1
    part = {item: _FUNCTION if is_function_word(item) else 1 for item in count}
    return {item: round(log(number / (count[item] + 0.2)) / log(number) * part[item], 3) for item in count}
