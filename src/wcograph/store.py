"""The cache: the dataset as a read-only Oxigraph store on disk, built once for each state of the files.

Each build has its own directory. A pointer file, named after the key of the inputs, names their build
and the size and CRC-32 of each of its files. It is put in place atomically when the build is
complete, and verified before the store is opened, because RocksDB opens a damaged store as if it were empty.
If anything is wrong with the cache, the store is built in memory, with a warning, so the answer is right.

Builds are in a directory ``wcograph-builds``, marked with a tag (see ``wcograph.builds``), because a planted store
would give false answers.
"""

from __future__ import annotations

import json
import os
import sys
import zlib
from contextlib import suppress
from itertools import chain

import pyoxigraph as ox

from wcograph.builds import (
    INDEX,
    LONGEST_WAIT,
    QUESTIONS,
    Lock,
    Use,
    begin,
    checked,
    directory,
    files_below,
    intact,
    is_intact,
    is_ours,
    make,
    pieces,
    pointed,
    pointer_of,
    publish,
    put,
    remove,
    sealed,
    sweep,
    tag,
)
from wcograph.layout import PREFIXES, PROFILE, query_files, rdf_files
from wcograph.toolbox.errors import WcographWarning
from wcograph.toolbox.output import read_text, unfinished
from wcograph.toolbox.sparql.stored import LONGEST, StoredQuery

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from wcograph.toolbox.ask.index import Index
    from wcograph.toolbox.rdf.content import Content

_FORMAT = 5
# In a build: on each line the name of a stored query, a tab, and in JSON its text, subject and file.
_CATALOGUE = "catalogue.txt"
_DERIVED = "derived.nq.zlib"  # in a build: what is derived, in the form in which it is read fastest
_FOLDER = "wcograph-builds"
_APART = (
    "agents",
    "cli",
    "graph",
    "exports",
    "reference",
    "shacl",
    "diff",
    "hs",
    "web",
)  # folders of the package with no code that a build runs


class Built:
    """A store that answers queries, and the catalogue of the stored queries.

    ``place`` is the directory of the store, None for a store in memory; ``added`` is the content of the
    user's ``files``, as written, and ``base`` the IRI that relative IRIs in a query resolve against if the store has
    nothing else. ``held`` keeps the directory from being removed while this process uses it. ``key`` names the state
    of the files of a build (``key_of``).
    """

    __slots__ = (
        "_catalogue",
        "_held",
        "_index",
        "_kept",
        "_read",
        "added",
        "base",
        "files",
        "key",
        "place",
        "store",
    )

    def __init__(
        self,
        store: ox.Store,
        catalogue: dict[str, str],
        place: str | None = None,
        added: Content | None = None,
        held: Use | None = None,
        files: Sequence[str] = (),
        base: str | None = None,
        key: str = "",
    ) -> None:
        """Keep the catalogue: for each stored query the JSON of its text, subject and file."""
        self.files, self.base = files, base
        self._index: bytes | None = None
        self._read: dict[str, str] | None = None  # those that have been read, in JSON
        self._kept = os.path.dirname(place) if place else None
        self.store, self.place, self.added, self._held, self.key = store, place, added, held, key
        self._catalogue = catalogue

    def names(self) -> list[str]:
        """Return the names of the stored queries, in the order of their files."""
        return list(self._catalogue)

    def add(self, query: StoredQuery) -> None:
        """Add a stored query to the catalogue; it replaces one of the same name."""
        self._known()[query.name] = self._catalogue[query.name] = json.dumps(query.to_json())
        self._index = self._kept = None

    def added_queries(self) -> list[str]:
        """Return the JSON of the stored queries that were added."""
        return [text for name, text in self._known().items() if self._catalogue.get(name) == text]

    def _known(self) -> dict[str, str]:
        if self._read is None:
            kept = intact(os.path.join(self._kept, QUESTIONS)) if self._kept else None
            self._read = _texts((kept or b"").decode())
        return self._read

    def _keep(self, name: str, content: bytes) -> None:
        """Put a file beside the store, if it can be written."""
        if self._kept:
            with suppress(OSError):
                put(os.path.dirname(self._kept), os.path.join(self._kept, name), checked(content))

    def index(self) -> Index:
        """Return the index of questions in plain words. The first call puts it beside the store."""
        if self._index is None and self._kept:
            self._index = intact(os.path.join(self._kept, INDEX))
        if self._index is None:
            self._index = _index(self.store, filter(None, map(self.query, self._catalogue)))
            self._keep(INDEX, self._index)
        found: Index = json.loads(self._index)
        return found

    def inside(self, store: ox.Store, place: str, held: Use) -> Built:
        """Return the same catalogue with another store, which has the graph and more."""
        built = Built(store, self._catalogue, place, held=held)
        built._index, built._read, built._kept = self._index, self._read, self._kept
        return built

    def query(self, name: str) -> StoredQuery | None:
        """Return a stored query by its name. The first call reads it and puts the result beside the store.

        Raises InputError if it is ill-formed.
        """
        if name not in self._catalogue:
            return None
        known = self._known()
        if name in known:
            return StoredQuery.from_json(json.loads(known[name]))
        from wcograph.toolbox.sparql.stored import parse

        text, subject, path = json.loads(self._catalogue[name])
        query = parse(text, name, PREFIXES, subject, path)
        known[name] = json.dumps(query.to_json())
        self._keep(QUESTIONS, _lines(known))
        return query


def _texts(lines: str) -> dict[str, str]:
    """Return the text for each name from lines with a name, a tab and a text."""
    return {name: text for name, _, text in (line.partition("\t") for line in lines.split("\n")) if name}


def _lines(texts: Mapping[str, str]) -> bytes:
    return "\n".join(map("\t".join, texts.items())).encode()


def open_with(folder: str, paths: Sequence[str], *, only: bool = False, base: str | None = None) -> Built:
    """Build the graph at ``folder`` and the user's RDF files (and directories of them) into a store in memory.

    Triples are derived and inferred from both. With ``only``, the store has only the graphs of the files. Relative
    IRIs in them resolve against ``base`` instead of the IRI of the file, if it is given.
    Raises InputError if a file or a query cannot be read or is ill-formed.
    """
    from wcograph.dataset import named
    from wcograph.derive import complete
    from wcograph.toolbox.rdf.content import read
    from wcograph.toolbox.rdf.files import base_of
    from wcograph.toolbox.rdf.reading import find_files

    files = find_files(paths)
    content = read(files, base=base)
    added = content.quads
    if only:
        bases = {base or base_of(name) for name in files}
        if len(bases) > 1:  # files of one directory agree on what <a> is
            bases = {one and one.rpartition("/")[0] + "/" for one in bases}
        store = ox.Store()
        store.bulk_extend(added)
        common = bases.pop() if len(bases) == 1 else None
        return Built(store, _catalogue(folder), added=content, files=files, base=common)
    graphs = complete(folder, added)
    # Each triple once, so that the union of the graphs counts it once. Of a value the store says what is the same to
    # it: it keeps 98.0 as 98, and what is inferred may have the one where the file has the other.
    inferred = named(graphs.pop("inferred"), "inferred")
    known = list(chain(*(named(found, role) for role, found in graphs.items())))
    seen = {quad.triple for quad in known}
    others: list[ox.Quad] = []
    values: list[ox.Quad] = []
    for quad in (*added, *inferred):
        if quad.triple not in seen:
            seen.add(quad.triple)
            (values if _is_value(quad.object) else others).append(quad)
    store = ox.Store()
    store.bulk_extend(chain(known, others))
    for quad in values:
        if next(store.quads_for_pattern(quad.subject, quad.predicate, quad.object, None), None) is None:
            store.add(quad)
    return Built(store, _catalogue(folder), added=content, files=files)


def _is_value(term: object) -> bool:
    """Return whether a term is a literal other than a string, whose spelling the store may change."""
    return (
        isinstance(term, ox.Literal) and term.language is None and not term.datatype.value.endswith("#string")
    )


def open_built(folder: str, *, use_cache: bool = True) -> Built:
    """Return the store and the catalogue of the graph at ``folder``, from the cache if it has them.

    Raises InputError if a file of the graph cannot be read or is ill-formed; a cache that is damaged,
    full or unwritable is a WcographWarning.
    """
    if not use_cache:
        return _in_memory(folder)
    place = directory()
    if place is None:
        _warn("there is no home directory to keep the graph in (set WCOGRAPH_CACHE_DIR to a directory); "
              "building in memory")  # fmt: skip
        return _in_memory(folder)
    own = os.path.join(place, _FOLDER)
    built = _open(own, key_of(folder)) if is_ours(own) else None
    if built:
        return built
    trouble = "cannot be used (the files of the graph keep changing)"
    try:
        make(own)
        tag(own)
        with Lock(own) as alone:
            for _ in range(3 if alone else 0):
                key = key_of(folder)
                built = _open(own, key)  # another process may have built it meanwhile
                if built:
                    return built
                if _build(folder, own, key):
                    built = _open(own, key)
                    trouble = "does not keep what is written to it"
                    break
            if not alone:
                trouble = f"has been locked by another process for {LONGEST_WAIT} s"
    except OSError as error:
        trouble = f"cannot be used ({error.strerror or error})"
    if built is None:
        _warn(f"the cache in {place} {trouble}; building in memory")
        return _in_memory(folder)
    return built


def derived(folder: str) -> list[ox.Triple]:
    """Return the derived triples of the graph at ``folder``, from the cache if they are there.

    Raises InputError if a file or a query of the graph cannot be read or is ill-formed.
    """
    place = directory()
    own = os.path.join(place, _FOLDER) if place else ""
    content = _read(own, key_of(folder), _DERIVED) if own and is_ours(own) else None
    if content is None:
        from wcograph.derive import with_derived

        return with_derived(folder)["derived"]
    return [quad.triple for quad in ox.parse(zlib.decompress(content), ox.RdfFormat.N_QUADS)]


def _read(place: str, key: str, wanted: str) -> bytes | None:
    """Read one file of the build of this key, if it is there and intact."""
    told = pointed(pointer_of(place, key))
    if told is None or told.get("key") != key:
        return None
    with suppress(ValueError, TypeError, KeyError):
        size, crc = {name: (size, crc) for name, size, crc in told["files"]}[wanted]
        kept: list[bytes] = []
        if is_intact(os.path.join(place, told["build"], wanted), size, crc, kept):
            return b"".join(kept)
    return None


def key_of(folder: str) -> str:
    """Name the state of everything that a build of the graph at ``folder`` is made from."""
    from wcograph.version import __version__

    lines = [f"format {_FORMAT}", f"wcograph {__version__}", f"pyoxigraph {ox.__version__}"]
    for name, path in _inputs(folder):
        if name.startswith("code/"):  # so many files take longer to read than most questions to answer
            with suppress(OSError):
                status = os.stat(path)
                lines.append(f"{name} {status.st_size} {status.st_mtime_ns}")
            continue
        size = crc = 0
        with suppress(OSError):  # reading it as a part of the graph says what is wrong
            for piece in pieces(path):
                size += len(piece)
                crc = zlib.crc32(piece, crc)
        lines.append(f"{name} {size} {crc:08x}")
    return "\n".join(lines)


def _inputs(folder: str) -> list[tuple[str, str]]:
    """List the files that a build is made from: a name that does not depend on where they are, and the path."""
    package = os.path.dirname(os.path.abspath(__file__))
    files = rdf_files(folder)
    paths = [path for role in files for path in files[role]] + query_files(folder, "questions", "derive")
    return [
        *((f"code/{name}", os.path.join(package, name)) for name in _code(package)),
        *((path, os.path.join(folder, path)) for path in paths),
    ]


def _code(package: str, below: str = "") -> Iterator[str]:
    """Yield the Python files of the package, and their tables of words: any of them may have a part in a build."""
    for entry in sorted(os.scandir(os.path.join(package, below)), key=lambda entry: entry.name):
        if entry.name.endswith((".py", ".txt")):
            yield below + entry.name
        elif entry.is_dir() and entry.name not in _APART and entry.name != "__pycache__":
            yield from _code(package, f"{below}{entry.name}/")


def _touched(folder: str) -> list[tuple[str, int, int]]:
    """Return the time when each input was last changed, which differs even if a change was undone."""
    found = []
    for _, path in _inputs(folder):
        with suppress(OSError):
            status = os.stat(path)
            found.append((path, status.st_ino, status.st_ctime_ns))
    return found


def _open(place: str, key: str) -> Built | None:
    """Open the build of this key, if it is there and undamaged."""
    told = pointed(pointer_of(place, key))
    if told is None:
        return None
    try:
        if told["key"] != key:
            return None
        build = os.path.join(place, told["build"])
        held = Use(build)
        if {name for name, _, _ in told["files"]} != set(files_below(build)):
            return None
        catalogue: list[bytes] = []
        for name, size, crc in told["files"]:
            kept = catalogue if name == _CATALOGUE else None
            if not is_intact(os.path.join(build, name), size, crc, kept):
                return None
        store = os.path.join(build, "store")
        texts = _texts(b"".join(catalogue).decode())
        return Built(ox.Store.read_only(store), texts, store, held=held, key=key)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _build(folder: str, place: str, key: str) -> bool:
    """Build the store in a directory of its own, then put the pointer in place. The caller has the lock.

    Returns False, and leaves nothing, if a file of the graph has changed in the meantime: what was read may be
    neither its old nor its new state.
    """
    pointer = pointer_of(place, key)
    sweep(place, pointer)
    before = _touched(folder)
    build = begin(place)
    with unfinished(build):
        _, catalogue, derived = _load(folder, lambda: ox.Store(os.path.join(build, "store")))
        with open(os.path.join(build, _CATALOGUE), "wb") as stream:
            stream.write(_lines(catalogue))
        with open(os.path.join(build, _DERIVED), "wb") as stream:
            stream.write(zlib.compress(derived, 1))
        files = sealed(build)
        if _touched(folder) != before or key_of(folder) != key:
            remove(build)
            return False
        publish(build, pointer, {"key": key, "files": files})
        return True


def _in_memory(folder: str) -> Built:
    return Built(*_load(folder, ox.Store)[:2])


def _load(folder: str, new_store: Any) -> tuple[ox.Store, dict[str, str], bytes]:
    """Read all files, derive, close and load the graph into a new store.

    Returns the store, the catalogue and what is derived, as N-Quads.
    """
    from wcograph.dataset import lines
    from wcograph.derive import complete
    from wcograph.toolbox.rdf.reading import without_collection

    if sys.stderr.isatty():
        print("wcograph: building the graph (once for each state of its files) ...", file=sys.stderr)
    with without_collection():
        texts = {role: lines(found, role) for role, found in complete(folder).items()}
    catalogue = _catalogue(folder)
    store: ox.Store = new_store()
    store.bulk_load(b"".join(texts.values()), format=ox.RdfFormat.N_QUADS, lenient=True)  # checked already
    store.optimize()
    store.flush()
    return store, catalogue, texts["derived"]


def _index(store: ox.Store, queries: Iterable[StoredQuery]) -> bytes:
    from wcograph.toolbox.ask.index import build

    index = build(store, list(queries), PROFILE, f"{PREFIXES['wcob']}foldedLabel", f"{PREFIXES['wcoid']}wco")
    return json.dumps(index, ensure_ascii=False, separators=(",", ":")).encode()


def _catalogue(folder: str) -> dict[str, str]:
    found = {}
    for path in query_files(folder):
        file = os.path.join(folder, path)
        name = os.path.basename(path).removesuffix(".rq")
        found[name] = json.dumps([read_text(file, most=LONGEST), path.split("/")[1], file])
    return found


def _warn(message: str) -> None:
    import warnings

    warnings.warn(message, WcographWarning, stacklevel=4)
