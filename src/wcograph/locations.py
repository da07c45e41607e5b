"""Triples that know where they stand: their file, and the line and column when they are asked for."""

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
    """The triples of some files, in their order; of a triple in two files, the first place counts.

    Blank nodes of different files are different nodes. Of a quad, the triple counts. A file is read for
    places only when one of its triples is asked for.
    """

    def __init__(self, paths: Iterable[str], *, folder: str = "", derived: Iterable[Triple] = ()) -> None:
        """Read the files; paths that are relative to ``folder`` are so in the places too.

        What is ``derived`` from them is in the graph, but stands nowhere. Raises InputError, with the place, for
        a file that cannot be read or is ill-formed.
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
        """Yield what the files hold, as it is written there; what is written twice, twice."""
        for source in self._sources:
            yield from source.quads
        for quads in self._derived.values():
            yield from quads

    @cached_property
    def _by_subject(self) -> dict[Term, list[tuple[Source, int]]]:
        """The places in `_sources` of the quads of each subject, in their order."""
        found: dict[Term, list[tuple[Source, int]]] = {}
        for source in self._sources:
            for number, quad in enumerate(source.quads):
                found.setdefault(quad.subject, []).append((source, number))
        return found

    def about(self, subject: Term) -> Iterator[Quad]:
        """Yield the quads of a subject, in their order, and those that are derived."""
        for source, number in self._by_subject.get(subject, ()):
            yield source.quads[number]
        yield from self._derived.get(subject, ())

    @cached_property
    def triples(self) -> list[Triple]:
        """The triples, each once."""
        return list(dict.fromkeys(quad.triple for quad in self.quads()))

    @cached_property
    def prover(self) -> Prover:
        """What proves the statements that follow from the files."""
        from wcograph.toolbox.rules.proof import Prover

        return Prover(self.quads())

    @property
    def prefixes(self) -> dict[str, str]:
        """The prefixes that the files declare; of one that several declare, the first meaning."""
        return {k: v for source in reversed(self._sources) for k, v in source.prefixes.items()}

    def places(self, statements: Iterable[Statement]) -> dict[Statement, Place]:
        """Say where statements stand; one that is in none of the files is left out.

        Each file is read once for all that are asked for together.
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
    """Read the graph at ``folder`` (the built-in one is at ``layout.root()``): what is asserted and derived."""
    paths = [path for role, names in rdf_files(folder).items() if role != "shapes" for path in names]
    return PlacedGraph(paths, folder=folder, derived=derived(folder))
