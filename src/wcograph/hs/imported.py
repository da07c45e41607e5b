"""The store of what the user has imported: the classes and pairs of the tables, and the graph.

It is a directory of builds (``wcograph.builds``) in the user's data directory. A build has the store and the tables
that it was made from, so that it can be made again when the graph has changed. An import replaces the build when it is
complete. The files of a store are checked by size and time when it is opened, and by their number of triples when they
have been written.
"""

from __future__ import annotations

import os
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
    from typing import Any, BinaryIO

    from wcograph.hs.tables import Tables

    Progress = Callable[[int, int], None]

_FORMAT = 2  # of the statements: a store of another format is made again
_TABLES = "tables.json.zlib"
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

    It is made again if the graph has changed since. Raises InputError if nothing has been imported, or if the store
    cannot be made.
    """
    own = _place()
    key = _key(folder, built)
    opened = _open(own, key)
    if opened is None:
        with _alone(own):
            opened = _open(own, key)
            if opened is None:
                _write(own, _tables(own), built, key)
                opened = _open(own, key)
    if opened is None:
        raise InputError("does not keep what is written to it", file=own)
    return built.inside(*opened)


def import_tables(
    folder: str, built: Built, tables: Tables, progress: Progress = lambda done, of: None
) -> Tables:
    """Add tables to what has been imported, and return all of it; the same edition or pair of editions is replaced.

    What was there stays in place until all is written. Raises InputError if the store cannot be written.
    """
    own = _place()
    with _alone(own):
        tables = _tables(own).updated(tables) if _current(own) else tables
        _write(own, tables, built, _key(folder, built), progress)
    return tables


def write_turtle(built: Built, stream: BinaryIO) -> None:
    """Write what has been imported as Turtle; ``built`` has the graph. Raises InputError if nothing has been."""
    from wcograph.hs.model import HEAD, statements

    tables = _tables(_place())
    stream.write(HEAD.encode())
    stream.writelines(text.encode() for text, _ in statements(tables, *_of_the_graph(built.store)))


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
    return f"import {_FORMAT}\n{built.key or key_of(folder)}"


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
        content = content_of(os.path.join(own, told["build"], _TABLES))
        if content is None or zlib.crc32(content) != told["tables"]:
            raise ValueError
        return Tables.from_json(zlib.decompress(content))
    except (ValueError, KeyError, TypeError, zlib.error):
        raise InputError("is damaged; import the tables again, or remove it ('wcograph import hs --remove')",
                         file=own) from None  # fmt: skip


def _open(own: str, key: str) -> tuple[ox.Store, str, Use] | None:
    """Open the current build if it is of this key and has the files that were written."""
    told = _current(own)
    try:
        if told is None or told["key"] != key:
            return None
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
    found = {}
    for name in files_below(build):
        status = os.lstat(os.path.join(build, name))
        found[name] = [status.st_size, status.st_mtime_ns]
    return found


def _write(
    own: str, tables: Tables, built: Built, key: str, progress: Progress = lambda done, of: None
) -> None:
    """Write a build and make it the current one. The caller has the lock."""
    from wcograph.hs.model import HEAD, statements

    sweep(own, "")
    titles, sections = _of_the_graph(built.store)
    total = sum(2 * len(tables.codes(year)) for year in tables.years) + sum(map(len, tables.pairs.values()))
    build = begin(own)
    with unfinished(build):
        store = ox.Store(os.path.join(build, "store"))
        store.bulk_extend(built.store.quads_for_pattern(None, None, None, None))
        count, done = len(store), 0
        nodes = statements(tables, titles, sections)
        while part := list(islice(nodes, _PART)):
            progress(done, total)
            count += sum(number for _, number in part)
            text = HEAD + "".join([text for text, _ in part])
            store.bulk_load(text.encode(), format=ox.RdfFormat.TURTLE)
            done += len(part)
        store.flush()
        if len(store) != count:
            raise InputError("does not keep what is written to it", file=own)
        del store  # its own threads change its files
        content = zlib.compress(tables.to_json(), 1)
        with open(os.path.join(build, _TABLES), "wb") as stream:
            stream.write(content)
        sealed(build)
        values = {"key": key, "files": _stamps(build), "tables": zlib.crc32(content)}
        publish(build, pointer_of(own, "hs"), values)
    sweep(own, "")


def _of_the_graph(store: ox.Store) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return the title of each section in the graph, and the section of each chapter."""
    found = store.query(_TITLES, use_default_graph_as_union=True)
    assert isinstance(found, ox.QuerySolutions)
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
