"""Triples with their locations: the file, and on request the line and column."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cached_property
from itertools import chain
from threading import Lock
from typing import TYPE_CHECKING

from pyoxigraph import BlankNode, Quad

from wcograph.layout import rdf_files
from wcograph.store import derived
from wcograph.toolbox.errors import WcographError
from wcograph.toolbox.rdf.positions import WITH_LINES, Place, Text
from wcograph.toolbox.rdf.reading import parsing, read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pyoxigraph import Triple

    from wcograph.toolbox.rdf.reading import Source
    from wcograph.toolbox.rules.proof import Prover, Statement, Term


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
        self._folder = folder
        # Without a folder, the name itself: it may say how the file is read.
        self._sources = [
            read(os.path.join(folder, path) if folder else path)._replace(name=path) for path in paths
        ]

    @property
    def files(self) -> list[str]:
        """The names of the files."""
        return [source.name for source in self._sources]

    def quads(self) -> Iterator[Quad]:
        """Yield the quads of the files as written; a quad that is written twice is yielded twice."""
        yield from chain(*(source.quads for source in self._sources), *self._derived.values())

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
        in_source: dict[str, list[Statement]] = {}
        for statement in statements:
            for source, number in self._by_subject.get(statement[0], ()):
                quad = source.quads[number]
                if (quad.predicate, quad.object) == statement[1:]:
                    in_source.setdefault(source.name, []).append(statement)
                    break
        found: dict[Statement, Place] = {}
        for source in self._sources:
            here = in_source.get(source.name, [])
            found |= dict.fromkeys(here, Place(source.name))
            if here and source.format in WITH_LINES:
                found |= self._text(source, here).find(here)[0]
        return found

    def _text(self, source: Source, statements: list[Statement]) -> Text:
        """Return the text of a source; the names of its blank nodes are read again if a statement is about one."""
        name = os.path.join(self._folder, source.name) if self._folder else source.name
        labels: dict[BlankNode, BlankNode] = {}
        if any(isinstance(term, BlankNode) for s, _, o in statements for term in (s, o)):
            with suppress(WcographError), parsing(name, rename_blank_nodes=False) as reader:
                for quad, written in zip(source.quads, reader, strict=False):
                    for term, label in ((quad.subject, written.subject), (quad.object, written.object)):
                        if isinstance(term, BlankNode):
                            labels[term] = label
        return Text(name, source.prefixes, labels, lambda: map(_statement, source.quads), source.name)


def _statement(quad: Quad) -> Statement:
    return quad.subject, quad.predicate, quad.object


def built_in(folder: str, files: Iterable[str] = ()) -> PlacedGraph:
    """Read the asserted and derived triples of the graph at ``folder`` (the built-in one is at ``layout.root()``).

    The triples of the user's ``files`` are in it, too.
    """
    paths = [path for role, names in rdf_files(folder).items() if role != "shapes" for path in names]
    return PlacedGraph([*paths, *map(os.path.abspath, files)], folder=folder, derived=derived(folder))
