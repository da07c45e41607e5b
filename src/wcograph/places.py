"""Triples that know where they stand: their file, and the line and column when they are asked for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from pyoxigraph import BlankNode, Literal, Quad, Triple

from wcograph.dataset import parse_file
from wcograph.layout import rdf_files
from wcograph.turtle import SYNTAXES, PlacedQuad, placed_quads, read_document

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wcograph.reasoning.proof import Statement


class Place(NamedTuple):
    """Where a triple stands: the file, and the line and column of its object (from 1), if they are known.

    >>> str(Place("data/bodies.ttl", 12, 5)), str(Place("data.rdf"))
    ('data/bodies.ttl:12:5', 'data.rdf')
    """

    file: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        """Write it as editors and compilers do: file:line:column."""
        return ":".join(str(part) for part in self if part is not None)


class PlacedGraph:
    """The triples of some files, in their order, each once; of a triple in two files, the first place counts.

    Blank nodes of different files are different nodes. A file is read for places only when one is asked for,
    unless it holds blank nodes, whose labels are then those of that reading.
    """

    def __init__(self, paths: Iterable[str], *, folder: str = "") -> None:
        """Read the files; paths that are relative to ``folder`` are so in the places too.

        Raises InputError, with the place, for a file that cannot be read or is ill-formed.
        """
        self._paths = list(paths)
        self._folder = folder
        self._file: dict[Triple, int] = {}
        self._places: dict[int, dict[Triple, Place]] = {}
        for number, path in enumerate(self._paths):
            triples: Iterable[Triple] = [quad.triple for quad in parse_file(os.path.join(folder, path))]
            if any(_has_blank_node(triple) for triple in triples):
                if _has_places(path):
                    self._places[number] = self._read_places(number)
                    triples = self._places[number]
                elif len(self._paths) > 1:
                    triples = [_renamed(triple, number) for triple in triples]
            for triple in triples:
                self._file.setdefault(triple, number)
        self.triples: list[Triple] = list(self._file)

    def place(self, statement: Statement) -> Place | None:
        """Say where a statement stands; None for one that is in none of the files."""
        s, p, o = statement
        if isinstance(s, Literal | Triple) or isinstance(p, BlankNode | Literal | Triple):
            return None
        triple = Triple(s, p, o)
        number = self._file.get(triple)
        if number is None:
            return None
        if not _has_places(self._paths[number]):
            return Place(self._paths[number])
        if number not in self._places:
            self._places[number] = self._read_places(number)
        return self._places[number].get(triple, Place(self._paths[number]))

    def _read_places(self, number: int) -> dict[Triple, Place]:
        document = read_document(os.path.join(self._folder, self._paths[number]))
        places: dict[Triple, Place] = {}
        for quad in placed_quads(document, rename_blank_nodes=len(self._paths) > 1):
            triple = _triple(quad)
            if triple not in places:
                places[triple] = Place(self._paths[number], *document.place(quad.object_at))
        return places


def built_in(folder: str) -> PlacedGraph:
    """Read the graph at ``folder`` (the built-in one is at ``layout.root()``): what is asserted and derived."""
    paths = [path for role, names in rdf_files(folder).items() if role != "shapes" for path in names]
    return PlacedGraph(paths, folder=folder)


def _triple(quad: PlacedQuad) -> Triple:
    return Triple(quad.subject, quad.predicate, quad.object)


def _has_places(path: str) -> bool:
    return path.lower().endswith(tuple(SYNTAXES))


def _has_blank_node(triple: Triple | Quad) -> bool:
    return any(
        isinstance(term, BlankNode) or (isinstance(term, Triple) and _has_blank_node(term))
        for term in (triple.subject, triple.object)
    )


def _renamed(triple: Triple, number: int) -> Triple:
    s, o = (
        BlankNode(f"f{number}{term.value}")
        if isinstance(term, BlankNode)
        else _renamed(term, number)
        if isinstance(term, Triple)
        else term
        for term in (triple.subject, triple.object)
    )
    return Triple(s, triple.predicate, o)  # type: ignore[arg-type]  # the subject stays a subject
