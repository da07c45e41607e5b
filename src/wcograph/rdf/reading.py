"""RDF files as they are written: their triples with literals untouched, their prefixes, and which file is which.

Relative IRIs resolve against the file's own URI. Nothing is fetched: not ``owl:imports``, not a JSON-LD
context. Blank nodes get names of their own, so that ``_:a`` in two files is two nodes.
"""

from __future__ import annotations

import gc
import os
from codecs import BOM_UTF8
from contextlib import contextmanager
from io import BufferedReader, BytesIO
from itertools import islice

from pyoxigraph import DefaultGraph, Quad, RdfFormat, parse

from wcograph.errors import InputError
from wcograph.rdf.files import SYNTAXES, check_file, check_nesting, file_iri, plain_xml, syntax_of, unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_DEFAULT = DefaultGraph()
STEP = 500
_AT_ONCE = 16_000  # triples, which the store takes in while as many are read


class Source:
    """An RDF file: ``name`` as the user gave it, ``path``, ``format``, ``quads`` in their order, ``prefixes``.

    ``marks`` say how many bytes of the file had been read after each ``STEP`` quads.
    """

    __slots__ = ("format", "marks", "name", "path", "prefixes", "quads")

    def __init__(
        self,
        name: str,
        path: str,
        format: RdfFormat,
        quads: list[Quad],
        prefixes: dict[str, str],
        marks: Sequence[int] = (),
    ) -> None:
        """Keep what was read."""
        self.name, self.path, self.format, self.quads, self.prefixes = name, path, format, quads, prefixes
        self.marks = marks

    @property
    def base(self) -> str:
        """The file's own URI, which relative IRIs in it resolve against."""
        return file_iri(self.path)


def find_files(names: Sequence[str]) -> list[str]:
    """List the RDF files that are named, and those in the directories that are named, each once.

    In a directory, files whose name begins with a dot and files that are not RDF are passed over. Raises
    InputError for a name that is no file, a file type that is not RDF, and a directory without RDF.
    """
    found: dict[str, str] = {}
    for name in names:
        if os.path.isdir(name):
            inside = [
                os.path.join(folder, file)
                for folder, folders, files in os.walk(name)
                if not folders.sort()  # in place: os.walk follows this order
                for file in sorted(files)
                if os.path.splitext(file)[1].lower() in SYNTAXES and not file.startswith(".")
            ]
            if not inside:
                raise InputError(f"no RDF file in this directory ({', '.join(SYNTAXES)})", file=name)
            for path in inside:
                found.setdefault(os.path.realpath(path), path)
            continue
        check_file(name)
        syntax_of(name)
        found.setdefault(os.path.realpath(name), name)
    return list(found.values())


def read(name: str, take: Callable[[Sequence[Quad]], None] | None = None) -> Source:
    """Read an RDF file; raise InputError, with line and column, where it cannot be read.

    ``take`` is called with its triples, in one graph, some thousands at a time while the reading goes on.
    """
    check_file(name)
    format = syntax_of(name)
    path = os.path.realpath(name)
    quads: list[Quad] = []
    marks: list[int] = []
    taken = 0
    try:
        with without_collection(), _opened(path, format, name) as stream:
            if stream.peek(3)[:3] == BOM_UTF8:  # which some editors write, and pyoxigraph refuses
                stream.read(3)
            reader = parse(stream, format=format, base_iri=file_iri(path), rename_blank_nodes=True)
            while some := list(islice(reader, STEP)):
                quads += some
                marks.append(stream.tell())
                if take is not None and len(quads) - taken >= _AT_ONCE:
                    take(_triples(format, quads[taken:]))
                    taken = len(quads)
            if take is not None:
                take(_triples(format, quads[taken:]))
    except (SyntaxError, OSError, ValueError, LookupError) as error:
        raise unreadable(name, error) from error
    if format == RdfFormat.RDF_XML and not quads and _is_blank(path):
        raise InputError("is empty, and so no XML", file=name)
    return Source(name, path, format, quads, dict(reader.prefixes), marks)


def _opened(path: str, format: RdfFormat, name: str) -> BufferedReader:
    content = None
    if format == RdfFormat.JSON_LD:
        with open(path, "rb") as stream:
            content = stream.read()
        check_nesting(content, name)
    elif format == RdfFormat.RDF_XML:
        content = plain_xml(path)
    return open(path, "rb") if content is None else BufferedReader(BytesIO(content))


def _is_blank(path: str) -> bool:
    with open(path, "rb") as stream:
        return not stream.read(4096).strip()


def union(sources: Sequence[Source]) -> Iterator[Quad]:
    """Yield the triples of all sources in one graph (SHACL validates a graph, not a dataset)."""
    for source in sources:
        yield from _triples(source.format, source.quads)


def _triples(format: RdfFormat, quads: Sequence[Quad]) -> Sequence[Quad]:
    if format in (RdfFormat.TURTLE, RdfFormat.N_TRIPLES, RdfFormat.RDF_XML):
        return quads
    merged = []
    for quad in quads:
        if quad.graph_name == _DEFAULT:
            merged.append(quad)
        elif format != RdfFormat.N3:  # whose formulas are quoted, not said
            merged.append(Quad(quad.subject, quad.predicate, quad.object))
    return merged


@contextmanager
def without_collection() -> Iterator[None]:
    """Pause the garbage collector, which would walk all the triples again and again while they come in."""
    active = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if active:
            gc.enable()
