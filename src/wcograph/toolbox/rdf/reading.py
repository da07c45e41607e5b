"""RDF files as written: their triples with unchanged literals, and their prefixes.

Relative IRIs resolve against the file's own URI. Nothing is fetched: not ``owl:imports``, not a JSON-LD
context. Blank nodes get unique names, so ``_:a`` in two files is two nodes.
"""

from __future__ import annotations

import gc
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Triple, parse

from wcograph.toolbox.errors import InputError, LimitError, UsageError, WcographWarning, visible
from wcograph.toolbox.output import MOST_BYTES, read_standard_input
from wcograph.toolbox.rdf import files
from wcograph.toolbox.rdf.files import SYNTAXES, Named, base_of, known, syntax_of
from wcograph.toolbox.rdf.syntaxes import extension_of, named

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pyoxigraph import QuadParser


class Source(NamedTuple):
    """An RDF file: ``name`` as the user gave it, ``format``, ``quads`` in order, ``prefixes``."""

    name: str
    format: RdfFormat
    quads: list[Quad]
    prefixes: dict[str, str]


_OPEN = ("/dev/fd/", "/proc/self/fd/", "/dev/stdin")  # what the caller has opened, as <(...) does


def find_files(
    names: Sequence[str],
    format: str | None = None,
    *,
    lenient: bool = False,
    contexts: Mapping[str, str] | None = None,
) -> list[str]:
    """Return the RDF files that are named, each once: files, directories of them, globs, and ``-`` (standard input).

    ``format`` is the syntax of them all; by default it is that of the file extension, before ``.gz``, unless a file
    begins as none in that syntax can. In a directory, files whose name begins with a dot and files that are not
    RDF are skipped. The names that are returned carry what the reader must know: see `Named` for ``lenient`` and
    ``contexts``. Raises InputError for a name that is not a file, a file type that is not RDF, and a directory or a
    glob without RDF, UsageError for an unknown format.
    """
    syntax = None if format is None else named(format).rdf_format
    found: dict[str, str] = {}
    for name in expanded(names):
        for path in _files_in(name) if name != "-" and os.path.isdir(name) else [name]:
            key = path if path == "-" else os.path.realpath(path)
            if key not in found:
                found[key] = path if isinstance(path, Named) else _named(path, syntax, lenient, contexts)
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
        if extension_of(file) in SYNTAXES and not file.startswith(".")
    ]
    if not inside:
        raise InputError(f"no RDF file in this directory ({', '.join(SYNTAXES)})", file=directory)
    return inside


def _named(name: str, syntax: RdfFormat | None, lenient: bool, contexts: Mapping[str, str] | None) -> str:
    """Return a name that `parsing` takes; read what can be read only once."""
    data = None
    if name == "-":
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
        files.check_file(name)
    if syntax is None:
        found = files.sniffed(files.head(name, data), name)
        if found is None and name == "-":
            raise UsageError("name the syntax of standard input, such as --from turtle")
        if name == "-" or (found and extension_of(name) not in SYNTAXES):
            syntax = found
        elif files.differs(found, own := syntax_of(name)):
            syntax = found
            _note([f"{visible(name)}: is {found}, not {own}, and is read as that"])
    if syntax is None and data is None and not lenient and not contexts:
        return name
    return Named(name, syntax, data, lenient=lenient, contexts=contexts)


def read(name: str) -> Source:
    """Read an RDF file; raise InputError, with line and column, where it cannot be read."""
    with without_collection(), parsing(name) as reader:
        quads = list(reader)
    return Source(name, syntax_of(name), quads, dict(reader.prefixes))


@contextmanager
def parsing(name: str, *, rename_blank_nodes: bool = True) -> Iterator[QuadParser | _Quads]:
    """Open an RDF file; return an iterator over its quads.

    Raises InputError, with line and column, if it cannot be read.
    """
    with faults_in(name):
        data, format = files.load(name)
        yield parsed(data, format, name, base_of(name), rename_blank_nodes=rename_blank_nodes)


@contextmanager
def faults_in(name: str) -> Iterator[None]:
    """Raise InputError, with the name of the file and the place, for what the parser raises."""
    try:
        yield
    except (SyntaxError, OSError, ValueError, LookupError) as error:
        fault = files.unreadable(name, error)
        if name == "-" and "No scheme found" in str(fault):
            raise InputError(f"{fault}; name the base of relative IRIs with --base") from error
        raise fault from error
    except MemoryError as error:
        if "maximal size" not in str(error):
            raise
        raise LimitError(f"{name}: has a literal longer than 16 MiB, the limit of the parser") from error


def parsed(
    data: bytes, format: RdfFormat, name: str, base: str | None, *, rename_blank_nodes: bool
) -> QuadParser | _Quads:
    """Return an iterator over the quads of a file's content, as `wcograph.toolbox.rdf.files.safe` returns it.

    Raises what pyoxigraph raises, and InputError, with the location, where JSON-LD would drop something ill-formed.
    """
    lenient, plain = known(name).lenient, True
    if format == RdfFormat.JSON_LD:
        from wcograph.toolbox.rdf import jsonldsource

        _note(jsonldsource.dropped(data, name, base, lenient=lenient))
        lenient = False  # of what is ill-formed, JSON-LD says that it is left out
    elif format == RdfFormat.RDF_XML:
        plain = NO_LANGUAGE.encode() not in data
    reader = parse(data, format=format, base_iri=base, rename_blank_nodes=rename_blank_nodes, lenient=lenient)
    return reader if plain and not lenient else _Quads(reader, name, lenient)


NO_LANGUAGE = "x-no-language"
_UNWRITABLE = frozenset(map(chr, range(33))) | frozenset('<>"{}|^`\\')
_SHOWN = 3  # notes of one kind about one file


def _note(lines: Sequence[str]) -> None:
    from warnings import warn

    for line in lines[:_SHOWN]:
        warn(WcographWarning(line), stacklevel=2)
    if len(lines) > _SHOWN:
        warn(WcographWarning(f"... and {len(lines) - _SHOWN} more"), stacklevel=2)


class _Quads:
    """The quads of a parser, with what it cannot read as it should put right."""

    def __init__(self, reader: QuadParser, name: str, lenient: bool) -> None:
        self._reader, self._name, self._lenient = reader, name, lenient
        self._terms: dict[object, Any] = {}
        self._faulty: list[str] = []

    @property
    def prefixes(self) -> dict[str, str]:
        return self._reader.prefixes

    def __iter__(self) -> Iterator[Quad]:
        for quad in self._reader:
            yield Quad(*map(self._term, quad))
        if self._faulty:
            count = len(self._faulty)
            terms = "1 ill-formed IRI is" if count == 1 else f"{count:,} ill-formed IRIs are"
            _note([f"{visible(self._name)}: {terms} read, such as <{self._faulty[0]}>"])

    def _term(self, term: Any) -> Any:
        known = self._terms.get(term)
        if known is not None:
            return known
        if isinstance(term, Triple):
            return Triple(*map(self._term, term))
        if isinstance(term, Literal):
            return self._literal(term)
        if self._lenient and isinstance(term, NamedNode):
            found = self._terms[term] = self._node(term)
            return found
        return term

    def _literal(self, term: Literal) -> Literal:
        tag = term.language
        if tag == NO_LANGUAGE:
            return Literal(term.value)
        if self._lenient and tag is not None:
            return Literal(term.value, language=tag.replace("_", "-"), direction=term.direction)
        if self._lenient and (datatype := self._term(term.datatype)) != term.datatype:
            return Literal(term.value, datatype=datatype)
        return term

    def _node(self, term: NamedNode) -> NamedNode:
        """Return an IRI that each syntax can write: what none can is percent-encoded."""
        try:
            return NamedNode(term.value)
        except ValueError:
            if ":" not in term.value:
                raise
            self._faulty.append(term.value)
        text = "".join(f"%{ord(c):02X}" if c in _UNWRITABLE else c for c in term.value)
        (quad,) = parse(f"<{text}> <x:x> <x:x> .".encode(), RdfFormat.N_TRIPLES, lenient=True)
        return quad.subject  # type: ignore[no-any-return]


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
