"""The line and column of a statement in its file, looked up only when there is something to say about it."""

from __future__ import annotations

from collections import Counter

from pyoxigraph import BlankNode, RdfFormat

from wcograph.errors import WcographError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from pyoxigraph import Quad

    from wcograph.shacl.files import Source
    from wcograph.turtle import PlacedQuad

    _Name = tuple[int, int]

WITH_LINES = (RdfFormat.TURTLE, RdfFormat.TRIG, RdfFormat.N_TRIPLES, RdfFormat.N_QUADS)
"""The formats in which a statement has a line of its own; in others a finding names the file."""


def places_of(wanted: Iterable[tuple[Source, int, str]]) -> dict[tuple[str, int, str], tuple[int, int]]:
    """Give line and column, both from 1 and in characters, of statements in their files.

    A statement is its source, its number among the source's quads, and the ``"subject"``, ``"predicate"`` or
    ``"object"`` of it that is meant. The result is keyed by the source's name in the source's place; what has
    no line, or cannot be found, is left out.
    """
    by_source: dict[str, tuple[Source, list[tuple[int, str]]]] = {}
    for source, number, role in wanted:
        if source.format in WITH_LINES:
            by_source.setdefault(source.name, (source, []))[1].append((number, role))
    found = {}
    for name, (source, statements) in by_source.items():
        for (number, role), place in _lines(source, statements).items():
            found[name, number, role] = place
    return found


def _lines(source: Source, statements: list[tuple[int, str]]) -> dict[tuple[int, str], tuple[int, int]]:
    from wcograph.turtle import placed_quads, read_document

    try:
        document = read_document(source.path, syntax=source.format, base=source.base)
        placed = placed_quads(document)
    except WcographError:  # the file has changed since it was read
        return {}
    read, written = _names(source.quads), _names(placed)

    def key(quad: Quad | PlacedQuad, names: dict[Any, _Name]) -> tuple[Any, ...]:
        subject, value = quad.subject, quad.object
        return names.get(subject, subject), quad.predicate, names.get(value, value), quad.graph_name

    wanted = {key(source.quads[number], read): number for number, _ in statements}
    at: dict[int, PlacedQuad] = {}
    for quad in placed:
        number = wanted.get(key(quad, written))
        if number is not None:
            at.setdefault(number, quad)
    found = {}
    for number, role in statements:
        same = wanted[key(source.quads[number], read)]
        if same in at:
            place = document.place(getattr(at[same], f"{role}_at"))
            found[number, role] = (place.line, place.column)
    return found


def _names(quads: Iterable[Quad | PlacedQuad]) -> dict[BlankNode, _Name]:
    """Name the blank nodes of a file by what is said of them, the same in two readings of it.

    Two readers give them different labels and the triples in different orders. So each blank node gets a
    colour, refined by those of its neighbours until no more of them differ; nodes of which all is the same
    are told apart by their order.
    """
    arcs = [
        (quad.subject, quad.predicate, quad.object)
        for quad in quads
        if type(quad.subject) is BlankNode or type(quad.object) is BlankNode
    ]
    colours: dict[BlankNode, int] = {}
    for subject, _, value in arcs:
        for term in (subject, value):
            if type(term) is BlankNode:
                colours.setdefault(term, 0)
    kinds = 0
    while kinds < len(set(colours.values())):
        kinds = len(set(colours.values()))
        around: dict[BlankNode, list[int]] = {node: [colour] for node, colour in colours.items()}
        for subject, predicate, value in arcs:
            if type(subject) is BlankNode:
                around[subject].append(hash((predicate, colours.get(value, value))))  # type: ignore[arg-type]
            if type(value) is BlankNode:
                around[value].append(hash((colours.get(subject, subject), predicate)))  # type: ignore[arg-type]
        colours = {node: hash(tuple(sorted(said))) for node, said in around.items()}
    seen: Counter[int] = Counter()
    names = {}
    for node, colour in colours.items():
        names[node] = (colour, seen[colour])
        seen[colour] += 1
    return names
