"""The cache: the dataset as a read-only Oxigraph store on disk, built once for each state of the files.

Each build has its own directory. A pointer file, named after the key of the inputs, names their build
and the size and CRC-32 of each of its files. It is put in place atomically when the build is
complete, and verified before the store is opened, because RocksDB opens a damaged store as if it were empty.
If anything is wrong with the cache, the store is built in memory, with a warning, so the answer is right.

Builds are in a directory ``wcograph-builds``, marked with a tag. It is used only if it belongs to the user and
nobody else may write to it, because a planted store would give false answers. Nothing outside it is ever
removed, and inside it only builds; links are not followed, and pipes are not opened.
"""

from __future__ import annotations

import json
import os
import re
import stat
import sys
import time
import zlib
from contextlib import suppress
from itertools import chain

import pyoxigraph as ox

from wcograph.layout import PREFIXES, PROFILE, query_files, rdf_files
from wcograph.toolbox.errors import WcographWarning
from wcograph.toolbox.output import unfinished
from wcograph.toolbox.sparql.stored import StoredQuery

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from wcograph.toolbox.ask.index import Index
    from wcograph.toolbox.rdf.content import Content

_FORMAT = 4
_BUILDS_KEPT = 2
_CATALOGUE = (
    "catalogue.txt"  # in a build: on each line the name of a stored query, a tab, and the query in JSON
)
_DERIVED = "derived.nt.zlib"  # in a build: what is derived, in the form in which it is read fastest
_INDEX = "index.json"  # in a build once it is asked for: what questions in plain words are understood by
_IN_USE = "in-use"  # in each build, locked by those who read it
_FOLDER = "wcograph-builds"
# The tag of the Cache Directory Tagging Specification, which keeps backups from copying it, and ours.
_TAG = b"""Signature: 8a477f597d28d172789f06886806bc55
# Builds of wcograph, which removes old ones. The whole directory may be removed at any time.
"""
_NAMES = re.compile(r"build-\d+-[0-9a-f]+|[0-9a-f]{8}\.json|lock|CACHEDIR\.TAG|tag-\d+-[0-9a-f]+")
_FLAGS = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_LONGEST_WAIT = 60  # seconds for which a process waits for another's build before it builds in memory
_APART = (
    "cli",
    "graph",
    "exports",
    "reference",
    "shacl",
    "diff",
)  # folders of the package with no code that a build runs


class Built:
    """A store that answers queries, and the catalogue of the stored queries.

    ``place`` is the directory of the store, None for a store in memory; ``added`` is the content of the
    user's ``files``, as written, and ``base`` the IRI that relative IRIs in a query resolve against if the store has
    nothing else. ``held`` keeps the directory from being removed while this process uses it.
    """

    __slots__ = ("_catalogue", "_held", "_index", "_kept", "added", "base", "files", "place", "store")

    def __init__(
        self,
        store: ox.Store,
        catalogue: dict[str, str],
        place: str | None = None,
        added: Content | None = None,
        held: _Use | None = None,
        files: Sequence[str] = (),
        base: str | None = None,
    ) -> None:
        """Keep the catalogue, the JSON text of each query by its name."""
        self.files, self.base = files, base
        self._index: bytes | None = None
        self._kept = os.path.join(os.path.dirname(place), _INDEX) if place else None
        self.store, self.place, self.added, self._held = store, place, added, held
        self._catalogue = catalogue

    def names(self) -> list[str]:
        """Return the names of the stored queries, in the order of their files."""
        return list(self._catalogue)

    def add(self, query: StoredQuery) -> None:
        """Add a stored query to the catalogue; it replaces one of the same name."""
        self._catalogue[query.name] = json.dumps(query.to_json())
        self._index = self._kept = None

    def index(self) -> Index:
        """Return the index of questions in plain words. The first call puts it beside the store."""
        if self._index is None and self._kept:
            self._index = _intact(self._kept)
        if self._index is None:
            self._index = _index(self.store, self._catalogue)
            if self._kept:
                with suppress(OSError):
                    _put(os.path.dirname(os.path.dirname(self._kept)), self._kept, _checked(self._index))
        found: Index = json.loads(self._index)
        return found

    def query(self, name: str) -> StoredQuery | None:
        """Return a stored query by its name."""
        text = self._catalogue.get(name)
        return StoredQuery.from_json(json.loads(text)) if text else None


def open_with(folder: str, paths: Sequence[str], *, only: bool = False, base: str | None = None) -> Built:
    """Build the graph at ``folder`` and the user's RDF files (and directories of them) into a store in memory.

    Triples are derived and inferred from both. With ``only``, the store has only the graphs of the files. Relative
    IRIs in them resolve against ``base`` instead of the IRI of the file, if it is given.
    Raises InputError if a file or a query cannot be read or is ill-formed.
    """
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
    inferred = graphs.pop("inferred")
    seen = {quad.triple for quads in graphs.values() for quad in quads}
    others: list[ox.Quad] = []
    values: list[ox.Quad] = []
    for quad in (*added, *inferred):
        if quad.triple not in seen:
            seen.add(quad.triple)
            (values if _is_value(quad.object) else others).append(quad)
    store = ox.Store()
    store.bulk_extend(chain(*graphs.values()))
    store.bulk_extend(others)
    for quad in values:
        if next(store.quads_for_pattern(quad.subject, quad.predicate, quad.object, None), None) is None:
            store.add(quad)
    return Built(store, _catalogue(folder), added=content, files=files)


def _is_value(term: object) -> bool:
    """Return whether a term is a literal other than a string, whose spelling the store may change."""
    return (
        isinstance(term, ox.Literal) and term.language is None and not term.datatype.value.endswith("#string")
    )


def directory() -> str | None:
    """Return the directory of the cache: ``WCOGRAPH_CACHE_DIR``, or the platform's directory for caches.

    None if that is in the home directory and there is none. A relative ``XDG_CACHE_HOME`` is ignored, as the
    XDG Base Directory Specification asks.
    """
    if own := os.environ.get("WCOGRAPH_CACHE_DIR"):
        return own
    home = os.path.expanduser("~")
    if sys.platform == "darwin":
        base = os.path.join(home, "Library", "Caches")
    elif sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or os.path.join(home, "AppData", "Local")
    else:
        base = os.environ.get("XDG_CACHE_HOME", "")
        if not os.path.isabs(base):
            base = os.path.join(home, ".cache")
    return os.path.join(base, "wcograph") if os.path.isabs(base) else None


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
    built = _open(own, _key(folder)) if _is_ours(own) else None
    if built:
        return built
    trouble = "cannot be used (the files of the graph keep changing)"
    try:
        _make(own)
        with _Lock(own) as alone:
            for _ in range(3 if alone else 0):
                key = _key(folder)
                built = _open(own, key)  # another process may have built it meanwhile
                if built:
                    return built
                if _build(folder, own, key):
                    built = _open(own, key)
                    trouble = "does not keep what is written to it"
                    break
            if not alone:
                trouble = f"has been locked by another process for {_LONGEST_WAIT} s"
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
    content = _read(own, _key(folder), _DERIVED) if own and _is_ours(own) else None
    if content is None:
        from wcograph.derive import with_derived

        return with_derived(folder)["derived"]
    return [quad.triple for quad in ox.parse(zlib.decompress(content), ox.RdfFormat.N_TRIPLES)]


def _read(place: str, key: str, wanted: str) -> bytes | None:
    """Read one file of the build of this key, if it is there and intact."""
    told = _told(_pointer(place, key))
    if told is None or told.get("key") != key:
        return None
    with suppress(ValueError, TypeError, KeyError):
        size, crc = {name: (size, crc) for name, size, crc in told["files"]}[wanted]
        kept: list[bytes] = []
        if _is_intact(os.path.join(place, told["build"], wanted), size, crc, kept):
            return b"".join(kept)
    return None


def _make(own: str) -> None:
    """Make the directory of builds if it is missing; raise OSError if it cannot be trusted."""
    os.makedirs(os.path.dirname(own), mode=0o700, exist_ok=True)
    with suppress(FileExistsError):
        os.mkdir(own, mode=0o700)
    if fault := _fault(own):
        raise OSError(f"{own} {fault}")
    tag = os.path.join(own, "CACHEDIR.TAG")
    if _content(tag) == _TAG:
        return
    if not all(_NAMES.fullmatch(name) for name in os.listdir(own)):
        raise OSError(f"{own} contains files that wcograph has not put there")
    _put(own, tag, _TAG)


def _put(own: str, path: str, content: bytes) -> None:
    """Write a file below the directory of builds atomically."""
    temporary = os.path.join(own, f"tag-{os.getpid()}-{time.time_ns():x}")
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    os.replace(temporary, path)


def _is_ours(own: str) -> bool:
    """Return whether the directory of builds exists and can be trusted."""
    return not _fault(own) and _content(os.path.join(own, "CACHEDIR.TAG")) == _TAG


def _fault(own: str) -> str:
    """Return why a directory cannot be trusted; an empty string if it can."""
    try:
        status = os.lstat(own)
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    if not stat.S_ISDIR(status.st_mode):
        return "is not a directory"
    if hasattr(os, "geteuid"):
        if status.st_uid != os.geteuid():
            return "belongs to another user"
        if status.st_mode & 0o022:
            return "is writable by other users"
    return ""


def _pieces(path: str, flags: int = 0) -> Iterator[bytes]:
    """Yield a file in pieces so small that their memory is used again, which halves the time of reading it.

    Raises OSError if it cannot be read or is not a regular file, ValueError if it has no possible name.
    """
    descriptor = os.open(path, os.O_RDONLY | _FLAGS | flags)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError("is not a regular file")
        while piece := os.read(descriptor, 2**16):
            yield piece
    finally:
        os.close(descriptor)


def _content(path: str) -> bytes | None:
    """Return the content of a file of ours; None if it cannot be read, is a link, or is not a regular file."""
    with suppress(OSError, ValueError):
        return b"".join(_pieces(path, _NO_LINK))
    return None


def _is_intact(path: str, size: int, crc: int, kept: list[bytes] | None = None) -> bool:
    """Return whether a file of ours has this size and CRC-32; put its content into ``kept``, piece by piece."""
    found = 0
    with suppress(OSError, ValueError):
        for piece in _pieces(path, _NO_LINK):
            size -= len(piece)
            found = zlib.crc32(piece, found)
            if size < 0:
                return False
            if kept is not None:
                kept.append(piece)
        return size == 0 and found == crc
    return False


def _checked(content: bytes) -> bytes:
    """Put the CRC-32 of a content on a line before it."""
    return b"%08x\n" % zlib.crc32(content) + content


def _intact(path: str) -> bytes | None:
    """Return the content that ``_checked`` wrote to a file; None if it is damaged."""
    written = _content(path) or b""
    content = written[9:]
    return content if written == _checked(content) else None


def _pointer(place: str, key: str) -> str:
    return os.path.join(place, f"{zlib.crc32(key.encode()):08x}.json")


def _key(folder: str) -> str:
    """Name the state of everything that a build is made from."""
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
            for piece in _pieces(path):
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
    """Yield the Python files of the package, in the order of their names: any of them may have a part in a build."""
    for entry in sorted(os.scandir(os.path.join(package, below)), key=lambda entry: entry.name):
        if entry.name.endswith(".py"):
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


def _told(pointer: str) -> dict[str, Any] | None:
    """Return the content of a pointer file; None if it is damaged or not one of ours."""
    try:
        told = json.loads(_intact(pointer) or b"")
        build = told["build"]
        return told if build.startswith("build-") and _NAMES.fullmatch(build) else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _open(place: str, key: str) -> Built | None:
    """Open the build of this key, if it is there and undamaged."""
    told = _told(_pointer(place, key))
    if told is None:
        return None
    try:
        if told["key"] != key:
            return None
        build = os.path.join(place, told["build"])
        held = _Use(build)
        if {name for name, _, _ in told["files"]} != set(_files_below(build)):
            return None
        catalogue: list[bytes] = []
        for name, size, crc in told["files"]:
            kept = catalogue if name == _CATALOGUE else None
            if not _is_intact(os.path.join(build, name), size, crc, kept):
                return None
        store = os.path.join(build, "store")
        lines = b"".join(catalogue).decode().split("\n")
        texts = {name: text for name, _, text in (line.partition("\t") for line in lines) if name}
        return Built(ox.Store.read_only(store), texts, store, held=held)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _build(folder: str, place: str, key: str) -> bool:
    """Build the store in a directory of its own, then put the pointer in place. The caller has the lock.

    Returns False, and leaves nothing, if a file of the graph has changed in the meantime: what was read may be
    neither its old nor its new state.
    """
    pointer = _pointer(place, key)
    _sweep(place, pointer)
    before = _touched(folder)
    name = f"build-{os.getpid()}-{time.time_ns():x}"
    build = os.path.join(place, name)
    os.mkdir(build, mode=0o700)
    with unfinished(build):
        _, catalogue, derived = _load(folder, lambda: ox.Store(os.path.join(build, "store")))
        with open(os.path.join(build, _CATALOGUE), "w", encoding="utf-8") as file:
            file.write("\n".join(map("\t".join, catalogue.items())))
        with open(os.path.join(build, _DERIVED), "wb") as stream:
            lines = ox.serialize((quad.triple for quad in derived), format=ox.RdfFormat.N_TRIPLES)
            stream.write(zlib.compress(lines or b"", 1))
        with open(os.path.join(build, _IN_USE), "wb"):
            pass
        files = []
        for path in _files_below(build):
            with open(os.path.join(build, path), "rb") as stream:
                content = stream.read()
                os.fsync(stream.fileno())
            files.append((path, len(content), zlib.crc32(content)))
        told = json.dumps({"key": key, "build": name, "files": files}).encode()
        temporary = os.path.join(build, "pointer")
        with open(temporary, "wb") as stream:
            stream.write(_checked(told))
            stream.flush()
            os.fsync(stream.fileno())
        if _touched(folder) != before or _key(folder) != key:
            _remove(build)
            return False
        os.replace(temporary, pointer)
        return True


def _in_memory(folder: str) -> Built:
    return Built(*_load(folder, ox.Store)[:2])


def _load(folder: str, new_store: Any) -> tuple[ox.Store, dict[str, str], list[ox.Quad]]:
    """Read all files, derive, close and load the graph into a new store; read the stored queries.

    Returns the store, the catalogue and what is derived.
    """
    from wcograph.derive import complete

    if sys.stderr.isatty():
        print("wcograph: building the graph (once for each state of its files) ...", file=sys.stderr)
    graphs = complete(folder)
    catalogue = _catalogue(folder)
    store: ox.Store = new_store()
    store.bulk_extend(chain(*graphs.values()))
    store.optimize()
    store.flush()
    return store, catalogue, graphs["derived"]


def _index(store: ox.Store, catalogue: Mapping[str, str]) -> bytes:
    from wcograph.toolbox.ask.index import build

    queries = [StoredQuery.from_json(json.loads(text)) for text in catalogue.values()]
    index = build(store, queries, PROFILE, f"{PREFIXES['wcob']}foldedLabel", f"{PREFIXES['wcoid']}wco")
    return json.dumps(index, ensure_ascii=False, separators=(",", ":")).encode()


def _catalogue(folder: str) -> dict[str, str]:
    from wcograph.toolbox.sparql import stored

    queries = [
        stored.read(os.path.join(folder, path), PREFIXES, subject=path.split("/")[1])
        for path in query_files(folder)
    ]
    return {query.name: json.dumps(query.to_json()) for query in queries}


def _files_below(folder: str) -> Iterator[str]:
    """Return the files of a build that must be complete; RocksDB's own log and the index are not among them."""
    for parent, _, names in os.walk(folder):
        for name in sorted(names):
            if name not in ("LOG", "LOCK", "pointer", _IN_USE, _INDEX):
                yield os.path.relpath(os.path.join(parent, name), folder)


class _Use:
    """A lock that keeps a build from being removed. Raises OSError if the build is being removed."""

    __slots__ = ("_descriptor",)

    def __init__(self, build: str) -> None:
        self._descriptor = -1
        try:
            import fcntl
        except ImportError:  # the system itself keeps what is open
            return
        self._descriptor = os.open(os.path.join(build, _IN_USE), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        fcntl.flock(self._descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)

    def __del__(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)


def _sweep(place: str, pointer: str) -> None:
    """Remove all builds but the newest and those in use, what killed processes left, and the build of ``pointer``.

    The caller has the lock and is about to replace ``pointer``. Only files and directories with the name of a build
    or of a pointer are removed.
    """
    whole = []
    names = [name for name in os.listdir(place) if _NAMES.fullmatch(name)]
    for name in names:
        path = os.path.join(place, name)
        if not name.endswith(".json"):
            continue
        told = _told(path) if path != pointer else None
        if told:
            whole.append((os.lstat(path).st_mtime_ns, path, told["build"]))
        else:
            _remove(path)
    whole.sort(reverse=True)
    for _, path, _ in whole[_BUILDS_KEPT - 1 :]:
        os.remove(path)
    kept = {build for _, _, build in whole[: _BUILDS_KEPT - 1]}
    for name in names:
        path = os.path.join(place, name)
        if (name.startswith("build-") and name not in kept and not _is_read(path)) or name.startswith("tag-"):
            _remove(path)


def _is_read(build: str) -> bool:
    """Return whether a process is using a build."""
    try:
        import fcntl

        with open(os.open(os.path.join(build, _IN_USE), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)) as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except (ImportError, OSError):
        pass
    return False


def _remove(path: str) -> None:
    """Remove a file, a link, or a directory with its content, as far as permissions allow."""
    import shutil

    with suppress(OSError):
        if stat.S_ISDIR(os.lstat(path).st_mode):
            shutil.rmtree(path, ignore_errors=True)
        else:
            os.remove(path)


class _Lock:
    """The lock of the cache for a ``with`` block; False if others keep it too long.

    The system takes the lock from a process that ends, however it ends.
    """

    def __init__(self, place: str) -> None:
        self._path = os.path.join(place, "lock")

    def __enter__(self) -> bool:
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        self._file = open(os.open(self._path, flags, 0o600), "rb")
        try:
            import fcntl
        except ImportError:  # no such locks on this platform: several may build, the last one's pointer stays
            return True
        until = time.monotonic() + _LONGEST_WAIT
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            except BlockingIOError:
                if time.monotonic() > until:
                    return False
                time.sleep(0.02)

    def __exit__(self, *_: object) -> None:
        self._file.close()


def _warn(message: str) -> None:
    import warnings

    warnings.warn(message, WcographWarning, stacklevel=4)
