"""The store of what the user has imported: the classes and pairs of the tables, and the graph.

It is a directory of builds (``wcograph.builds``) in the user's data directory. A build has the store, the tables that
it was made from, and what they say as Turtle. When the graph has changed, the next build is a copy in which only the
graph is replaced, or, if that cannot be, it is made again from the tables. A build replaces the one before it when it
is complete. The files of a store are checked by size and time when it is opened, and by their number of triples when
they have been written.
"""

from __future__ import annotations

import json
import os
import sys
import zlib
from contextlib import contextmanager
from itertools import islice

import pyoxigraph as ox

from wcograph.builds import (
    LONGEST_WAIT,
    Lock,
    Use,
    begin,
    content_of,
    directory,
    fault_of,
    files_below,
    make,
    pointed,
    pointer_of,
    publish,
    sealed,
    sweep,
)
from wcograph.store import Built, key_of
from wcograph.toolbox.errors import InputError
from wcograph.toolbox.output import unfinished

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from wcograph.hs.tables import Tables

_FORMAT = 4  # of the statements: a store of another format is made again
_TABLES = "tables.json.zlib"
_TURTLE = "statements.ttl.gz"
_PART = 50_000  # nodes that are loaded at once, for little memory

_TITLES = """
SELECT ?numeral ?title (STR(?code) AS ?chapter) {
  ?section <http://www.w3.org/2004/02/skos/core#topConceptOf> <https://w3id.org/wcograph/id/instrument-hs-2022> ;
    <http://www.w3.org/2004/02/skos/core#notation> ?numeral ; <http://www.w3.org/2004/02/skos/core#prefLabel> ?title .
  ?class <http://www.w3.org/2004/02/skos/core#broader> ?section ; <http://www.w3.org/2004/02/skos/core#notation> ?code .
  FILTER(LANG(?title) = "en")
}
"""


def open_imported(folder: str, built: Built) -> Built:
    """Return the store with what has been imported and the graph at ``folder``, which ``built`` has.

    The graph in it is replaced if it has changed since. Raises InputError if nothing has been imported, or if the store
    cannot be made.
    """
    own = _place()
    key = _key(folder, built)
    if (opened := _open(own, key)) is None:
        with _alone(own):
            if _open(own, key) is None and not _renew(own, built, key):
                _write(own, _tables(own), built, key)
            opened = _open(own, key)
    if opened is None:
        raise InputError("does not keep what is written to it", file=own)
    return built.inside(*opened)


def import_tables(folder: str, built: Built, tables: Tables) -> Tables:
    """Add tables to what has been imported, and return all of it; the same edition or pair of editions is replaced.

    What was there stays in place until all is written. Raises InputError if the store cannot be written.
    """
    own = _place()
    with _alone(own):
        tables = _tables(own).updated(tables) if _current(own) else tables
        _write(own, tables, built, _key(folder, built))
    return tables


def turtle_of(built: Built) -> str:
    """Return the path of a Turtle file with what has been imported, which ``built`` holds (``open_imported``)."""
    assert built.place is not None
    return os.path.join(os.path.dirname(built.place), _TURTLE)


def imported() -> Tables:
    """Return the tables that have been imported. Raises InputError if there are none."""
    return _tables(_place())


def is_imported() -> bool:
    """Return whether something has been imported."""
    place = directory(data=True)
    return place is not None and os.path.exists(pointer_of(os.path.join(place, "hs"), "hs"))


def remove() -> bool:
    """Remove what has been imported; return whether there was something."""
    own = _place()
    if _current(own) is None:
        return False
    with _alone(own):
        os.remove(pointer_of(own, "hs"))
        sweep(own, "")
    return True


def _place() -> str:
    place = directory(data=True)
    if place is None:
        raise InputError(
            "there is no home directory to keep imports in; set WCOGRAPH_DATA_DIR to a directory"
        )
    return os.path.join(place, "hs")


def _key(folder: str, built: Built) -> str:
    return f"import {_FORMAT}\n{built.key or key_of(folder)}"  # of the format, too: it is not the graph's


def _current(own: str) -> dict[str, Any] | None:
    """Return what the pointer says; None if nothing has been imported."""
    if not os.path.lexists(own):
        return None
    if fault := fault_of(own):
        raise InputError(fault, file=own)
    return pointed(pointer_of(own, "hs"))


def _tables(own: str) -> Tables:
    from wcograph.hs.tables import Tables

    told = _current(own)
    if told is None:
        raise InputError(
            "the Harmonized System has not been imported; 'wcograph import hs FILE ...' imports tables that anyone "
            "can download ('wcograph import --help' lists them)"
        )
    try:
        content = content_of(os.path.join(own, told["build"], _TABLES)) or b""
        if zlib.crc32(content) != told["tables"]:
            raise ValueError
        return Tables.from_json(zlib.decompress(content))
    except (ValueError, KeyError, TypeError, zlib.error):
        raise InputError("is damaged; import the tables again, or remove it ('wcograph import hs --remove')",
                         file=own) from None  # fmt: skip


def _open(own: str, key: str) -> tuple[ox.Store, str, Use] | None:
    """Open the current build if it is of this key and has the files that were written."""
    told = _current(own)
    return _intact(own, told) if told and told.get("key") == key else None


def _intact(own: str, told: Mapping[str, Any]) -> tuple[ox.Store, str, Use] | None:
    """Open the build that a pointer names if it has the files that were written."""
    try:
        build = os.path.join(own, told["build"])
        held = Use(build)
        if told["files"] != _stamps(build):
            return None
        place = os.path.join(build, "store")
        return ox.Store.read_only(place), place, held
    except (OSError, KeyError, TypeError):
        return None


def _stamps(build: str) -> dict[str, list[int]]:
    """Return the size and the time of each file of a build."""
    found = {name: os.lstat(os.path.join(build, name)) for name in files_below(build)}
    return {name: [status.st_size, status.st_mtime_ns] for name, status in found.items()}


def _renew(own: str, built: Built, key: str) -> bool:
    """Write a build with what the current one has of the tables, and the graph of ``built``. The caller has the lock.

    Return False if there is no such build, or if its statements about the tables would be others today.
    """
    import shutil

    told = _current(own)
    if told is None or told.get("made") != _made(*_of_the_graph(built.store)):
        return False
    if (opened := _intact(own, told)) is None:
        return False
    build = begin(own)
    with unfinished(build), _progress() as show:
        show(0, 3)
        place = os.path.join(build, "store")
        for name in (_TABLES, _TURTLE):
            shutil.copyfile(os.path.join(own, told["build"], name), os.path.join(build, name))
        opened[0].backup(place)  # shares the files, which are never changed
        del opened  # it may be removed
        store = ox.Store(place)
        show(1, 3)
        graphs = {
            quad for name in store.named_graphs() for quad in store.quads_for_pattern(None, None, None, name)
        }
        wanted = set(built.store)
        show(2, 3)
        for quad in graphs - wanted:
            store.remove(quad)
        store.bulk_extend(wanted - graphs)
        _flush(own, store, told["count"] + len(wanted))
        del store  # its own threads change its files
        _finish(own, build, {**told, "key": key})
    return True


def _write(own: str, tables: Tables, built: Built, key: str) -> None:
    """Write a build and make it the current one. The caller has the lock."""
    import gzip

    from wcograph.hs.model import HEAD, statements

    sweep(own, "")
    graph = _of_the_graph(built.store)
    total = sum(2 * len(tables.codes(year)) for year in tables.years) + sum(map(len, tables.pairs.values()))
    build = begin(own)
    with unfinished(build), _progress() as show:
        store = ox.Store(os.path.join(build, "store"))
        store.bulk_extend(built.store.quads_for_pattern(None, None, None, None))
        count = done = 0
        nodes = statements(tables, *graph)
        with gzip.open(os.path.join(build, _TURTLE), "wb", 1) as turtle:
            turtle.write(HEAD.encode())
            while part := list(islice(nodes, _PART)):
                show(done, total)
                count += sum(number for _, number in part)
                text = "".join([text for text, _ in part])
                store.bulk_load((HEAD + text).encode(), format=ox.RdfFormat.TURTLE)
                turtle.write(text.encode())
                done += len(part)
        show(1, 1)
        _flush(own, store, count + len(built.store))
        del store  # its own threads change its files
        content = zlib.compress(tables.to_json(), 1)
        with open(os.path.join(build, _TABLES), "wb") as stream:
            stream.write(content)
        values = {"key": key, "made": _made(*graph), "count": count, "tables": zlib.crc32(content)}
        _finish(own, build, values)


def _flush(own: str, store: ox.Store, count: int) -> None:
    store.flush()
    if len(store) != count:
        raise InputError("does not keep what is written to it", file=own)


def _finish(own: str, build: str, values: Mapping[str, Any]) -> None:
    """Make a build the current one, and remove those before it."""
    sealed(build)
    publish(build, pointer_of(own, "hs"), {**values, "files": _stamps(build)})
    sweep(own, "")


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """Provide a function that shows on a terminal how much is done, on a line that is erased at the end."""

    def show(done: int, of: int) -> None:
        if sys.stderr.isatty():
            full = min(30, 30 * done // of)
            bar = f"importing [{'#' * full}{' ' * (30 - full)}] {min(100, 100 * done // of)} %"
            print(f"\r\033[K{bar}", end="", file=sys.stderr, flush=True)

    try:
        yield show
    finally:
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def _made(titles: Mapping[str, str], sections: Mapping[str, str]) -> str:
    """Name what the statements about the same tables depend on."""
    graph = json.dumps([titles, sections], sort_keys=True)
    return f"import {_FORMAT} pyoxigraph {ox.__version__} graph {zlib.crc32(graph.encode()):08x}"


def _of_the_graph(store: ox.Store) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return the title of each section in the graph, and the section of each chapter."""
    found: Any = store.query(_TITLES, use_default_graph_as_union=True)
    rows = [[str(term.value) for term in row] for row in found]
    return {row[0]: row[1] for row in rows}, {row[2]: row[0] for row in rows}


@contextmanager
def _alone(own: str) -> Iterator[None]:
    """Hold the lock of the imports. Raises InputError if another process keeps it, or something cannot be written."""
    try:
        make(own)
        with Lock(own) as alone:
            if not alone:
                raise InputError(f"has been locked by another process for {LONGEST_WAIT} s", file=own)
            yield
    except OSError as error:
        message = f"cannot be written: {error.strerror or error}; what was imported before is unchanged"
        raise InputError(message, file=own) from error
