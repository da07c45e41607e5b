"""RDF files as written: their triples with unchanged literals, and their prefixes.

Relative IRIs resolve against the file's own URI. Nothing is fetched: not ``owl:imports``, not a JSON-LD
context. Blank nodes get unique names, so ``_:a`` in two files is two nodes.
"""

from __future__ import annotations

import gc
import os
from codecs import BOM_UTF8
from contextlib import contextmanager
from io import BufferedReader, BytesIO

from pyoxigraph import DefaultGraph, Quad, RdfFormat, parse

from wcograph.toolbox.errors import InputError, UsageError
from wcograph.toolbox.output import MOST_BYTES, read_standard_input
from wcograph.toolbox.rdf.files import (
    DEEPEST,
    PACKED,
    SYNTAXES,
    Named,
    check_file,
    file_iri,
    is_packed,
    raw,
    safe,
    syntax_of,
    unreadable,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pyoxigraph import QuadParser

_DEFAULT = DefaultGraph()


class Source:
    """An RDF file: ``name`` as the user gave it, ``path``, ``format``, ``quads`` in order, ``prefixes``."""

    __slots__ = ("format", "name", "path", "prefixes", "quads")

    def __init__(
        self,
        name: str,
        path: str,
        format: RdfFormat,
        quads: list[Quad],
        prefixes: dict[str, str],
    ) -> None:
        """Keep what was read."""
        self.name, self.path, self.format, self.quads, self.prefixes = name, path, format, quads, prefixes

    @property
    def base(self) -> str | None:
        """The URI of the file, against which relative IRIs resolve."""
        return base_of(self.name)


_OPEN = ("/dev/fd/", "/proc/self/fd/", "/dev/stdin")  # what the caller has opened, as <(...) does


def find_files(names: Sequence[str], format: str | None = None) -> list[str]:
    """Return the RDF files that are named, each once: files, directories of them, globs, and ``-`` (standard input).

    ``format`` is the syntax of them all; by default the file extension gives it, before ``.gz``. In a directory, files
    whose name begins with a dot and files that are not RDF are skipped. Raises InputError for a name that is not a
    file, a file type that is not RDF, and a directory or a glob without RDF, UsageError for an unknown format.
    """
    syntax = None
    if format is not None:
        from wcograph.toolbox.rdf.syntaxes import named

        syntax = named(format).rdf_format
    found: dict[str, str] = {}
    for name in expanded(names):
        for path in _files_in(name) if name != "-" and os.path.isdir(name) else [name]:
            key = path if path == "-" else os.path.realpath(path)
            if key not in found:
                found[key] = path if isinstance(path, Named) else _named(path, syntax)
    return list(found.values())


def expanded(names: Sequence[str]) -> Iterator[str]:
    """Yield the names, and in the place of a glob (``*``, ``?``, ``[...]``, ``**``) the names that match it."""
    for name in names:
        if os.path.lexists(name) or not any(character in name for character in "*?["):
            yield name
            continue
        from glob import glob

        matches = sorted(glob(name, recursive=True))
        if not matches:
            raise InputError("no file matches", file=name)
        yield from matches


def _files_in(directory: str) -> list[str]:
    inside = [
        os.path.join(folder, file)
        for folder, folders, files in os.walk(directory)
        if not folders.sort()  # in place: os.walk follows this order
        for file in sorted(files)
        if os.path.splitext(file.lower().removesuffix(PACKED))[1] in SYNTAXES and not file.startswith(".")
    ]
    if not inside:
        raise InputError(f"no RDF file in this directory ({', '.join(SYNTAXES)})", file=directory)
    return inside


def _named(name: str, syntax: RdfFormat | None) -> str:
    """Return a name that `parsing` takes; read what can be read only once."""
    data = None
    if name == "-":
        if syntax is None:
            raise UsageError("name the syntax of standard input, such as --from turtle")
        data = read_standard_input()
    elif name.startswith(_OPEN):
        try:
            with open(name, "rb") as stream:
                data = stream.read(MOST_BYTES + 1)
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror}", file=name) from error
        if len(data) > MOST_BYTES:
            raise InputError(f"is longer than {MOST_BYTES:,} bytes", file=name)
    else:
        check_file(name)
    if syntax is None:
        syntax_of(name)
    return name if syntax is None and data is None else Named(name, syntax, data)


def read(name: str) -> Source:
    """Read an RDF file; raise InputError, with line and column, where it cannot be read."""
    with without_collection(), parsing(name) as (reader, _):
        quads = list(reader)
    return Source(name, os.path.realpath(name), syntax_of(name), quads, dict(reader.prefixes))


@contextmanager
def parsing(name: str, *, rename_blank_nodes: bool = True) -> Iterator[tuple[QuadParser, BufferedReader]]:
    """Open an RDF file; return an iterator over its quads, and the stream that they are read from.

    Raises InputError, with line and column, if it cannot be read.
    """
    packed, format = is_packed(name), syntax_of(name)
    try:
        with _opened(name, format, packed) as stream:
            if stream.peek(3)[:3] == BOM_UTF8:  # which some editors write, and pyoxigraph refuses
                stream.read(3)
            yield (
                parse(stream, format=format, base_iri=base_of(name), rename_blank_nodes=rename_blank_nodes),
                stream,
            )
    except (SyntaxError, OSError, ValueError, LookupError) as error:
        raise unreadable(name, error) from error
    if format == RdfFormat.RDF_XML and not raw(name).strip():
        raise InputError("is empty, and so not XML", file=name)


def base_of(name: str) -> str | None:
    """Return the IRI that relative IRIs in a file resolve against: the file's own, None for standard input."""
    return None if name == "-" else file_iri(os.path.realpath(name))


def _opened(name: str, format: RdfFormat, packed: bool) -> BufferedReader:
    path = os.path.realpath(name)
    if packed:
        return BufferedReader(BytesIO(safe(raw(name), format, name)))
    with open(path, "rb") as stream:
        whole = format in (RdfFormat.JSON_LD, RdfFormat.RDF_XML)
        nested = 0
        while not whole and nested <= DEEPEST and (part := stream.read(1 << 20)):
            nested += part.count(b"<<")
        if not whole and nested <= DEEPEST:
            return open(path, "rb")
        stream.seek(0)
        content = safe(stream.read(), format, name)
    return BufferedReader(BytesIO(content))


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
    """Pause the garbage collector, which would visit all triples again and again while they are read."""
    active = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if active:
            gc.enable()
