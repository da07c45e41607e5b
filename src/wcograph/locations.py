"""Triples with their locations: the file, and on request the line and column."""

from __future__ import annotations

import os
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from pyoxigraph import Quad

from wcograph.layout import rdf_files
from wcograph.store import derived
from wcograph.toolbox.rdf.positions import places_of
from wcograph.toolbox.rdf.reading import read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pyoxigraph import Triple

    from wcograph.toolbox.rdf.reading import Source
    from wcograph.toolbox.rules.proof import Prover, Statement, Term


class Place(NamedTuple):
    """The location of a triple: the file, and the line and column of its object (from 1), if known.

    >>> str(Place("data/bodies.ttl", 12, 5)), str(Place("data.rdf"))
    ('data/bodies.ttl:12:5', 'data.rdf')
    """

    file: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        """Return the location as editors and compilers write it: file:line:column."""
        return ":".join(str(part) for part in self if part is not None)


class PlacedGraph:
    """The triples of some files, in order; a triple in two files has the location in the first.

    Blank nodes of different files are different nodes. The graph name of a quad is ignored. A file is searched for
    locations only when one of its triples is asked for.
    """

    def __init__(self, paths: Iterable[str], *, folder: str = "", derived: Iterable[Triple] = ()) -> None:
        """Read the files; paths relative to ``folder`` are relative in locations, too.

        Triples ``derived`` from them are in the graph, but have no location. Raises InputError, with the location,
        for a file that cannot be read or is ill-formed.
        """
        self._derived: dict[Term, list[Quad]] = {}
        for triple in derived:
            self._derived.setdefault(triple.subject, []).append(Quad(*triple))
        self.lock = Lock()  # held by who asks more than once: what is computed on the way is kept
        self._sources = []
        for path in paths:
            source = read(os.path.join(folder, path) if folder else path)
            source.name = path
            self._sources.append(source)

    @property
    def files(self) -> list[str]:
        """The names of the files."""
        return [source.name for source in self._sources]

    def quads(self) -> Iterator[Quad]:
        """Yield the quads of the files as written; a quad that is written twice is yielded twice."""
        for source in self._sources:
            yield from source.quads
        for quads in self._derived.values():
            yield from quads

    @cached_property
    def _by_subject(self) -> dict[Term, list[tuple[Source, int]]]:
        """The positions in `_sources` of the quads of each subject, in order."""
        found: dict[Term, list[tuple[Source, int]]] = {}
        for source in self._sources:
            for number, quad in enumerate(source.quads):
                found.setdefault(quad.subject, []).append((source, number))
        return found

    def about(self, subject: Term) -> Iterator[Quad]:
        """Yield the asserted quads of a subject, in order, then the derived ones."""
        for source, number in self._by_subject.get(subject, ()):
            yield source.quads[number]
        yield from self._derived.get(subject, ())

    @cached_property
    def triples(self) -> list[Triple]:
        """The triples, each once."""
        return list(dict.fromkeys(quad.triple for quad in self.quads()))

    @cached_property
    def prover(self) -> Prover:
        """The prover for statements that follow from the files."""
        from wcograph.toolbox.rules.proof import Prover

        return Prover(self.quads())

    @property
    def prefixes(self) -> dict[str, str]:
        """The prefixes that the files declare; the first declaration of a prefix counts."""
        return {k: v for source in reversed(self._sources) for k, v in source.prefixes.items()}

    def places(self, statements: Iterable[Statement]) -> dict[Statement, Place]:
        """Return the locations of statements; a statement that is in none of the files is left out.

        Each file is read once for all the statements of a call.
        """
        found = {}
        for statement in statements:
            s, p, o = statement
            for source, number in self._by_subject.get(s, ()):
                quad = source.quads[number]
                if quad.predicate == p and quad.object == o:
                    found[statement] = source, number
                    break
        lines = places_of([(source, number, "object") for source, number in found.values()])
        return {
            statement: Place(source.name, *lines.get((source.name, number, "object"), ()))
            for statement, (source, number) in found.items()
        }


def built_in(folder: str) -> PlacedGraph:
    """Read the asserted and derived triples of the graph at ``folder`` (the built-in one is at ``layout.root()``)."""
    paths = [path for role, names in rdf_files(folder).items() if role != "shapes" for path in names]
    return PlacedGraph(paths, folder=folder, derived=derived(folder))
