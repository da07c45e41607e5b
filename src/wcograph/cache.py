"""The cache: the dataset as a read-only Oxigraph store on disk, built once for each state of the files.

A build is a directory of its own. A pointer file, named by the key of the inputs, tells which build is
theirs, with the size and the CRC-32 of each of its files; it is put in place by a rename when the build is
whole, and verified before the store is opened, since RocksDB opens a damaged store as if it were empty.
Whatever is wrong with the cache, the answer is right: then the store is built in memory, with a warning.
"""

from __future__ import annotations

import json
import os
import sys
import time
import zlib
from contextlib import suppress

import pyoxigraph as ox

from wcograph.errors import WcographWarning
from wcograph.layout import ROLES, query_files, rdf_files
from wcograph.querying.stored import StoredQuery

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from wcograph.rdf.content import Content

_FORMAT = 2
_BUILDS_KEPT = 2
_LONGEST_WAIT = 60  # seconds for which a process waits for another's build before it builds in memory
_CODE = (
    *("cache.py", "dataset.py", "layout.py", "sparql.py", "stored.py"),
    *(f"reasoning/{name}.py" for name in ("closure", "_engine", "rules", "datatypes")),
)


class Built:
    """A store that answers queries, and the catalogue of the stored queries.

    ``place`` is the directory of the store, None for one in memory; ``added`` is what users' files in it
    hold, as it is written.
    """

    __slots__ = ("_values", "added", "place", "store")

    def __init__(
        self,
        store: ox.Store,
        catalogue: list[dict[str, Any]],
        place: str | None = None,
        added: Content | None = None,
    ) -> None:
        """Hold the store and the catalogue as JSON values."""
        self.store, self.place, self.added = store, place, added
        self._values = {values["name"]: values for values in catalogue}

    def names(self) -> list[str]:
        """Give the names of the stored queries, in the order of their files."""
        return list(self._values)

    def add(self, query: StoredQuery) -> None:
        """Add a stored query to the catalogue; it takes the place of one of its name."""
        self._values[query.name] = query.to_json()

    def query(self, name: str) -> StoredQuery | None:
        """Give a stored query by its name."""
        values = self._values.get(name)
        return StoredQuery.from_json(values) if values else None


def open_with(folder: str, paths: Sequence[str], *, only: bool = False) -> Built:
    """Build the graph at ``folder`` and users' RDF files (and directories of them) into a store in memory.

    What is derived and what is inferred follows from both. With ``only``, the store holds the files' triples
    and nothing else. Raises InputError where a file cannot be read or is ill-formed.
    """
    from wcograph import dataset
    from wcograph.rdf.content import read
    from wcograph.rdf.reading import find_files

    content = read(find_files(paths))
    added = content.quads
    graphs: dict[str, list[ox.Triple]] = {role: [] for role in ROLES}
    if not only:
        from wcograph.derive import constructed
        from wcograph.reasoning.closure import closure

        graphs = dataset.asserted(folder, derived=False)
        derived = constructed(folder, (*dataset.quads(graphs), *added))
        known = {triple for graph in graphs.values() for triple in graph}
        known.update(quad.triple for quad in added)
        graphs["accepted"] = list({t for _, triples in derived.values() for t in triples} - known)
        graphs["inferred"] = list(closure({*known, *graphs["accepted"]}))
    # Each triple once, so that the union of the graphs counts it once. Of a value the store says what is the same to
    # it: it keeps 98.0 as 98, and what is inferred may have the one where the file has the other.
    asserted = [role for role in ROLES if role != "inferred"]
    seen = {triple for role in asserted for triple in graphs[role]}
    others: list[ox.Quad] = []
    values: list[ox.Quad] = []
    for quad in (*added, *dataset.quads(graphs, ["inferred"])):
        if quad.triple not in seen:
            seen.add(quad.triple)
            (values if _is_value(quad.object) else others).append(quad)
    store = ox.Store()
    store.bulk_extend(dataset.quads(graphs, asserted))
    store.bulk_extend(others)
    for quad in values:
        if next(store.quads_for_pattern(quad.subject, quad.predicate, quad.object, None), None) is None:
            store.add(quad)
    return Built(store, _catalogue(folder), added=content)


def _is_value(term: object) -> bool:
    """Tell whether a term is a literal that is no string, and so one whose spelling the store may change."""
    return (
        isinstance(term, ox.Literal) and term.language is None and not term.datatype.value.endswith("#string")
    )


def directory() -> str | None:
    """Give the directory of the cache: ``WCOGRAPH_CACHE_DIR``, or the platform's place for caches.

    None where that is in a home directory, and there is none. A relative ``XDG_CACHE_HOME`` is ignored, as the
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
    """Give the store and the catalogue of the graph at ``folder``, from the cache where it holds them.

    Raises InputError where a file of the graph cannot be read or is ill-formed; a cache that is damaged,
    full or unwritable is a WcographWarning.
    """
    if not use_cache:
        return _in_memory(folder)
    place = directory()
    if place is None:
        _warn("there is no home directory to keep the graph in (WCOGRAPH_CACHE_DIR names another place); "
              "building in memory")  # fmt: skip
        return _in_memory(folder)
    built = _open(place, _key(folder))
    if built:
        return built
    trouble = "cannot be used (the files of the graph keep changing)"
    try:
        os.makedirs(place, mode=0o700, exist_ok=True)
        with _Lock(place) as alone:
            for _ in range(3 if alone else 0):
                key = _key(folder)
                built = _open(place, key)  # another process may have built it meanwhile
                if built:
                    return built
                if _build(folder, place, key):
                    built = _open(place, key)
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


def _pointer(place: str, key: str) -> str:
    return os.path.join(place, f"{zlib.crc32(key.encode()):08x}.json")


def _key(folder: str) -> str:
    """Name the state of everything that a build is made from."""
    from wcograph import __version__

    lines = [f"format {_FORMAT}", f"wcograph {__version__}", f"pyoxigraph {ox.__version__}"]
    for name, path in _inputs(folder):
        try:
            with open(path, "rb", buffering=0) as file:  # nothing to gain from a buffer, many files to open
                content = file.read()
        except OSError:
            content = b""  # reading it as a part of the graph says what is wrong
        lines.append(f"{name} {len(content)} {zlib.crc32(content):08x}")
    return "\n".join(lines)


def _inputs(folder: str) -> list[tuple[str, str]]:
    """List the files that a build is made from: a name that does not depend on where they are, and the path."""
    package = os.path.dirname(os.path.abspath(__file__))
    files = rdf_files(folder)
    paths = [path for role in files for path in files[role]] + query_files(folder)
    return [
        *((f"code/{name}", os.path.join(package, name)) for name in _CODE),
        *((path, os.path.join(folder, path)) for path in paths),
    ]


def _touched(folder: str) -> list[tuple[str, int, int]]:
    """Give when each input was last changed: a file that was changed and changed back has another time."""
    found = []
    for _, path in _inputs(folder):
        with suppress(OSError):
            status = os.stat(path)
            found.append((path, status.st_ino, status.st_ctime_ns))
    return found


def _told(pointer: str) -> dict[str, Any] | None:
    """Give what a pointer file tells; None where it is damaged or none of ours."""
    try:
        with open(pointer, "rb") as file:
            checksum, _, content = file.read().partition(b"\n")
        if checksum != b"%08x" % zlib.crc32(content):
            return None
        told = json.loads(content)
        build = told["build"]
        return told if build.startswith("build-") and os.path.basename(build) == build else None
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
        catalogue = b""
        for name, size, crc in told["files"]:
            with open(os.path.join(build, name), "rb", buffering=0) as file:
                content = file.read(size + 1) or b""
            if len(content) != size or zlib.crc32(content) != crc:
                return None
            if name == "catalogue.json":
                catalogue = content
        store = os.path.join(build, "store")
        return Built(ox.Store.read_only(store), json.loads(catalogue), store)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _build(folder: str, place: str, key: str) -> bool:
    """Build the store in a directory of its own, then put the pointer in place. The caller has the lock.

    Gives False, and leaves nothing, where a file of the graph changed meanwhile: what was read may be neither
    its old nor its new state.
    """
    import shutil

    pointer = _pointer(place, key)
    _sweep(place, pointer)
    before = _touched(folder)
    name = f"build-{os.getpid()}-{time.time_ns():x}"
    build = os.path.join(place, name)
    os.mkdir(build, mode=0o700)
    try:
        catalogue = _load(folder, lambda: ox.Store(os.path.join(build, "store")))[1]
        with open(os.path.join(build, "catalogue.json"), "w", encoding="utf-8") as file:
            json.dump(catalogue, file, ensure_ascii=False)
        files = []
        for path in _files_below(build):
            with open(os.path.join(build, path), "rb") as stream:
                content = stream.read()
                os.fsync(stream.fileno())
            files.append((path, len(content), zlib.crc32(content)))
        told = json.dumps({"key": key, "build": name, "files": files}).encode()
        temporary = os.path.join(build, "pointer")
        with open(temporary, "wb") as stream:
            stream.write(b"%08x\n" % zlib.crc32(told) + told)
            stream.flush()
            os.fsync(stream.fileno())
        if _touched(folder) != before or _key(folder) != key:
            shutil.rmtree(build, ignore_errors=True)
            return False
        os.replace(temporary, pointer)
        return True
    except BaseException:
        shutil.rmtree(build, ignore_errors=True)
        raise


def _in_memory(folder: str) -> Built:
    return Built(*_load(folder, ox.Store))


def _load(folder: str, new_store: Any) -> tuple[ox.Store, list[dict[str, Any]]]:
    """Read all files, close the graph and load it into a new store; read the stored queries."""
    from wcograph import dataset

    if sys.stderr.isatty():
        print("wcograph: building the graph (once for each state of its files) ...", file=sys.stderr)
    graphs = dataset.complete(folder)
    catalogue = _catalogue(folder)
    store: ox.Store = new_store()
    store.bulk_extend(dataset.quads(graphs))
    store.optimize()
    store.flush()
    return store, catalogue


def _catalogue(folder: str) -> list[dict[str, Any]]:
    from wcograph.querying import stored

    return [
        stored.read(os.path.join(folder, path), subject=path.split("/")[1]).to_json()
        for path in query_files(folder)
    ]


def _files_below(folder: str) -> Iterator[str]:
    """Give the files of a build that must be whole; RocksDB's log of what it did is none of them."""
    for parent, _, names in os.walk(folder):
        for name in sorted(names):
            if name not in ("LOG", "LOCK"):
                yield os.path.relpath(os.path.join(parent, name), folder)


def _sweep(place: str, pointer: str) -> None:
    """Remove all builds but the newest, what killed processes left, and what ``pointer`` told of.

    The caller has the lock, and is about to put ``pointer`` in place anew.
    """
    import shutil

    whole = []
    for name in os.listdir(place):
        path = os.path.join(place, name)
        if not name.endswith(".json"):
            continue
        told = _told(path) if path != pointer else None
        if told:
            whole.append((os.lstat(path).st_mtime_ns, path, told["build"]))
        elif os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path, ignore_errors=True)
        else:
            os.remove(path)
    whole.sort(reverse=True)
    for _, path, _ in whole[_BUILDS_KEPT - 1 :]:
        os.remove(path)
    kept = {build for _, _, build in whole[: _BUILDS_KEPT - 1]}
    for name in os.listdir(place):
        if name.startswith("build-") and name not in kept:
            shutil.rmtree(os.path.join(place, name), ignore_errors=True)


class _Lock:
    """Holds the lock of the cache while a ``with`` block runs, or gives False when others keep it too long.

    The system takes the lock from a process that ends, however it ends.
    """

    def __init__(self, place: str) -> None:
        self._path = os.path.join(place, "lock")

    def __enter__(self) -> bool:
        self._file = open(self._path, "ab")
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
