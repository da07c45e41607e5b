"""The index of questions in plain words: what stored queries say about themselves, and the names of the graph.

It is one JSON value, so that it can be kept beside the store: reading it takes milliseconds, making it a second.
"""

from __future__ import annotations

from math import log

import pyoxigraph as ox

from wcograph.toolbox.ask.words import is_function_word, stem
from wcograph.toolbox.sparql.asking import ask
from wcograph.toolbox.sparql.header import SLOT
from wcograph.toolbox.sparql.naming import compact, label
from wcograph.toolbox.sparql.parameters import Entities, fold

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any, TypeAlias

    from wcograph.toolbox.rdf.profile import Profile
    from wcograph.toolbox.sparql.stored import Parameter, StoredQuery

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
    names: dict[str, list[str]] = {}

    def add(iri: str, name: str, kind: int) -> None:
        entities.setdefault(
            iri, (compact(iri, profile.prefixes), label(store, ox.NamedNode(iri)) or name, [])
        )
        if kind not in entities[iri][2]:
            entities[iri][2].append(kind)
        folded = fold(name)
        if folded and len(folded.split()) <= _MOST_WORDS and iri not in names.setdefault(folded, []):
            names[folded].append(iri)

    typed = [p for query in queries for p in query.parameters if _is_named(p)]
    for parameter in sorted(
        typed, key=lambda p: (p.type in (RESOURCE, PROPERTY), p.type == RESOURCE, p.type, p.scheme)
    ):
        key = (parameter.type, parameter.scheme)
        if key in kinds:
            continue
        kind = kinds[key] = len(kinds)
        if parameter.type == RESOURCE:
            for iri, name in _all(store, named_by):
                if iri.startswith(profile.individuals):
                    add(iri, name, kind)
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
    stems: dict[str, list[int]] = {}
    parts = []
    properties = kinds.get((PROPERTY, ""))
    for number, (name, iris) in enumerate(names.items()):
        # A short code and a property are meant only if they are written in full.
        whole = len(name) <= 3 or all(entities[iri][2] == [properties] for iri in iris)
        parts.append(
            [] if whole else sorted({stem(word) for word in name.split() if not is_function_word(word)})
        )
        for one in parts[-1]:
            stems.setdefault(one, []).append(number)
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


def _is_named(parameter: Parameter) -> bool:
    """Return whether the values of a parameter are things with names."""
    return ":" in parameter.type and not parameter.type.startswith("xsd:")


def _all(store: ox.Store, named_by: str) -> Iterable[tuple[str, str]]:
    found = ask(
        store, f"SELECT ?thing ?name {{ ?thing <{named_by}> ?name }}", use_default_graph_as_union=True
    )
    assert isinstance(found, ox.QuerySolutions)
    for solution in found:
        if (
            isinstance(solution["thing"], ox.NamedNode)
            and not solution["name"].value.replace(" ", "").isdigit()
        ):
            yield solution["thing"].value, solution["name"].value


def _question(query: StoredQuery, kinds: Mapping[tuple[str, str], int]) -> dict[str, Any]:
    """Return what is known of a question: its phrases as stems and slots, its other words, and its parameters."""
    slots = {p.option: _slot(p, kinds) for p in query.parameters}
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
    others = {stem(word) for text in about for word in fold(text).split() if not is_function_word(word)} - {
        "not"
    }
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


def _slot(parameter: Parameter, kinds: Mapping[tuple[str, str], int]) -> str:
    """Return what stands for a value of a parameter in a phrase: its kind, its datatype, or its type."""
    kind = kinds.get((parameter.type, parameter.scheme))
    return "{%s}" % (parameter.type if kind is None else kind)


def _weights(questions: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Return how much each stem tells: the fewer questions are asked with it, the more."""
    of: dict[str, int] = {}
    for question in questions:
        for item in {item for _, items in question["phrases"] for item in items}:
            of[item] = of.get(item, 0) + 1
    most = log(len(questions) + 1)
    return {
        item: round(
            log((len(questions) + 1) / (count + 0.2)) / most * (_FUNCTION if is_function_word(item) else 1), 3
        )
        for item, count in of.items()
    }
