"""The line and column of a statement in its file, looked up only when needed."""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice

from pyoxigraph import BlankNode, RdfFormat

from wcograph.toolbox.errors import WcographError
from wcograph.toolbox.rdf.files import is_packed, raw
from wcograph.toolbox.rdf.reading import STEP

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from pyoxigraph import Quad

    from wcograph.toolbox.rdf.placed import PlacedQuad
    from wcograph.toolbox.rdf.reading import Source
    from wcograph.toolbox.rdf.turtle import Document

    _Name = tuple[int, int]
    _Statement = tuple[int, str]
    _Places = dict[_Statement, tuple[int, int]]

WITH_LINES = (RdfFormat.TURTLE, RdfFormat.TRIG, RdfFormat.N_TRIPLES, RdfFormat.N_QUADS)
"""The formats in which a statement has a line of its own; in others a finding names the file."""

_AHEAD = 4096  # bytes that pyoxigraph reads at most before it gives what they say
_BACK = 1 << 16  # bytes in which a statement must end before the part of a file that is read again
_TRIED = 3  # statement ends, of which some are in strings
_END = re.compile(rb"\.[ \t]*(?:\r?\n)++(?=[^\s#])")  # of a statement, as people and programs write it
_LINE_END = re.compile(rb"\r\n|\n|\r")


def places_of(wanted: Iterable[tuple[Source, int, str]]) -> dict[tuple[str, int, str], tuple[int, int]]:
    """Return line and column, both from 1 and in characters, of statements in their files.

    A statement is its source, its number among the source's quads, and the ``"subject"``, ``"predicate"`` or
    ``"object"`` of it that is meant. The keys of the result have the source's name instead of the source; statements
    without a line, or not found, are left out.
    """
    by_source: dict[str, tuple[Source, list[_Statement]]] = {}
    for source, number, role in wanted:
        if source.format in WITH_LINES and source.marks:
            by_source.setdefault(source.name, (source, []))[1].append((number, role))
    found = {}
    for name, (source, statements) in by_source.items():
        for (number, role), place in _lines(source, statements).items():
            found[name, number, role] = place
    return found


def _lines(source: Source, statements: list[_Statement]) -> _Places:
    """Search the parts of the file where the statements should be, and the whole file for the rest."""
    from wcograph.toolbox.rdf.turtle import decode_document

    try:
        data = raw(source.name if is_packed(source.name) else source.path)
        found: _Places = {}
        steps = sorted({number // STEP for number, _ in statements})
        if source.format != RdfFormat.TRIG and 4 * len(steps) < len(source.marks):
            for step in steps:
                here = [(number, role) for number, role in statements if number // STEP == step]
                found |= _lines_in_part(source, here, step, data)
        rest = [statement for statement in statements if statement not in found]
        if rest:
            document = decode_document(data, file=source.path, syntax=source.format, base=source.base)
            found |= _matches(document, source.quads, rest)
    except (WcographError, OSError):  # the file has changed since it was read
        return {}
    return found


def _lines_in_part(source: Source, statements: list[_Statement], step: int, data: bytes) -> _Places:
    """Read a part of a file on its own; return nothing unless it has exactly the triples expected there."""
    starts, head = [0], b""
    if step > 1:
        before = max(source.marks[step - 1] - _AHEAD, 0)
        found = [match.end() for match in _END.finditer(data, max(before - _BACK, 0), before)]
        starts = found[: -_TRIED - 1 : -1]
        if source.format == RdfFormat.TURTLE:
            head = "".join(f"@prefix {p}: <{name}> . " for p, name in source.prefixes.items()).encode()
        head += b"\n"
    ends = [match.end() for match in islice(_END.finditer(data, source.marks[step]), _TRIED)]
    for start in starts:
        for end in ends or [len(data)]:
            places = _lines_between(source, statements, head, data, start, end)
            if places is not None:
                return places
    return {}


def _lines_between(
    source: Source, statements: list[_Statement], head: bytes, data: bytes, start: int, end: int
) -> _Places | None:
    from wcograph.toolbox.rdf.turtle import decode_document

    try:
        document = decode_document(
            head + data[start:end], file=source.path, syntax=source.format, base=source.base
        )
        quads = document.quads
    except WcographError:  # it begins or ends within something
        return None
    number = statements[0][0]
    numbers = range(max(number - len(quads), 0), min(number + 1, len(source.quads)))
    found = [first for first in numbers if quads and _same(source.quads, first, quads)]
    if len(found) != 1:
        return None
    first = found[0]
    shift = len(_LINE_END.findall(data, 0, start)) - bool(head)
    inside = [(number - first, role) for number, role in statements if number - first < len(quads)]
    places = _matches(document, source.quads[first : first + len(quads)], inside, sure=True)
    return {
        (number + first, role): (line + shift, column) for (number, role), (line, column) in places.items()
    }


def _same(all_quads: Sequence[Quad], first: int, quads: Sequence[Quad]) -> bool:
    """Return whether ``quads`` are in ``all_quads`` from ``first`` on, ignoring the names of blank nodes."""
    if first + len(quads) > len(all_quads):
        return False
    for number, quad in enumerate(quads, first):
        other = all_quads[number]
        if quad != other and not (
            quad.predicate == other.predicate
            and quad.graph_name == other.graph_name
            and all(
                one == two or (type(one) is BlankNode and type(two) is BlankNode)
                for one, two in ((quad.subject, other.subject), (quad.object, other.object))
            )
        ):
            return False
    return True


def _matches(
    document: Document, quads: Sequence[Quad], statements: list[_Statement], *, sure: bool = False
) -> _Places:
    """Find statements, by their numbers among ``quads``, in the document that contains these.

    With ``sure``, statements about a blank node that looks like another one are left out.
    """
    from wcograph.toolbox.rdf.placed import placed_quads

    placed = placed_quads(document)
    read, written = _names(quads), _names(placed)
    alike = Counter(colour for colour, _ in read.values())

    def key(quad: Quad | PlacedQuad, names: dict[Any, _Name]) -> tuple[Any, ...]:
        subject, value = quad.subject, quad.object
        return names.get(subject, subject), quad.predicate, names.get(value, value), quad.graph_name

    def is_sure(number: int) -> bool:
        terms: tuple[Any, ...] = (quads[number].subject, quads[number].object)
        return all(term not in read or alike[read[term][0]] == 1 for term in terms)

    statements = [statement for statement in statements if not sure or is_sure(statement[0])]
    wanted = {key(quads[number], read): number for number, _ in statements}
    at: dict[int, PlacedQuad] = {}
    for quad in placed:
        number = wanted.get(key(quad, written))
        if number is not None:
            at.setdefault(number, quad)
    found = {}
    for number, role in statements:
        same = wanted[key(quads[number], read)]
        if same in at:
            place = document.place(getattr(at[same], f"{role}_at"))
            found[number, role] = (place.line, place.column)
    return found


def _names(quads: Iterable[Quad | PlacedQuad]) -> dict[BlankNode, _Name]:
    """Name the blank nodes of a file by the triples about them, the same in two readings of it.

    Two readers use different labels and orders of triples. So each blank node gets a
    colour, refined by those of its neighbours until no more of them differ; nodes that still look the same
    are distinguished by their order.
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
