"""Child processes that answer SPARQL, seen from within: a nursery that forks them, and the work of each.

The nursery (`main`) has everything imported and opens no store: the engine's threads would not survive a fork. It forks
a child for each socket that it is sent. When the server ends, however it does, the nursery's own socket is closed; then it
ends all children. A child opens the store, reads orders from its socket and writes answers to it, until it is ended.

An order and an answer are 4 bytes with their length, and that many bytes: an order is JSON, an answer begins with the letter
of its kind (see `wcograph.web.pool`).
"""

from __future__ import annotations

import csv
import ctypes
import io
import json
import os
import resource
import signal
import socket
import struct
import sys
from contextlib import suppress
from typing import Any

import pyoxigraph as ox

from wcograph.graph import _READ_FIRST, KnowledgeGraph
from wcograph.layout import NAMESPACE
from wcograph.store import Built
from wcograph.toolbox.errors import InputError, LimitError, UsageError
from wcograph.toolbox.rdf.content import Content
from wcograph.toolbox.rdf.syntaxes import named
from wcograph.toolbox.sparql import asked, refusals, resultformats
from wcograph.toolbox.sparql.asking import ask
from wcograph.toolbox.sparql.results import Answer, answered

ADDED = "added"  # the name of the file
LENGTH = struct.Struct(">I")
_ENGINE = {
    "json": ox.QueryResultsFormat.JSON,
    "xml": ox.QueryResultsFormat.XML,
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
}
_SHORTEST_ROW = 2  # bytes
_ = asked, refusals  # imported before the fork, for what is asked after it


def main(descriptor: int, start: str) -> None:
    """Fork a child for each socket that arrives on the socket ``descriptor``; ``start`` is JSON, as `_open` takes it."""
    os.setpgid(0, 0)  # Ctrl-C is for the server
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    given = json.loads(start)
    if given["added"]:
        given["added"] = kept(given["added"])
    library = ctypes.CDLL(None)
    control = socket.socket(fileno=descriptor)
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 1, 1)
        if not message:
            os.killpg(0, signal.SIGKILL)
        if os.fork() == 0:
            try:
                control.close()
                if sys.platform == "linux":
                    library.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: it ends when the nursery ends
                _work(socket.socket(fileno=descriptors[0]), given)
            finally:
                os._exit(0)
        os.close(descriptors[0])


def kept(place: str) -> Content:
    """Return the user's quads, with literals as in the files, that the server has written to ``place``."""
    with open(os.path.join(place, ADDED), "rb") as stream:
        prefixes, spelled = json.loads(stream.readline())
        quads = list(ox.parse(stream, format=ox.RdfFormat.N_QUADS))
    return Content(
        quads, prefixes, {ox.Literal(value, language=tag): written for value, tag, written in spelled}
    )


def _work(server: socket.socket, given: dict[str, Any]) -> None:
    limit = given["memory"] * 2**20
    with suppress(ValueError, OSError):  # macOS has no such limit
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    kg = _open(given)
    server.sendall(LENGTH.pack(os.getpid()))
    stream = server.makefile("rb", buffering=2**16)
    while len(head := stream.read(4)) == 4:
        order = json.loads(stream.read(LENGTH.unpack(head)[0]))
        answer = _answer(kg, order)
        server.sendall(LENGTH.pack(len(answer)) + answer)


def _open(given: dict[str, Any]) -> KnowledgeGraph:
    store = ox.Store.read_only(given["place"])
    base = given["base"] if given["options"]["only_data"] else None
    built = Built(store, {}, given["place"], added=given["added"], files=given["files"], base=base)
    kg = KnowledgeGraph(given["folder"], built, **given["options"])
    kg._streams = True
    return kg


def _answer(kg: KnowledgeGraph, order: dict[str, Any]) -> bytes:
    """Return the kind of the answer (R for rows, G for a graph, E for an error), and its content."""
    try:
        output = Capped(order["max_bytes"])
        kind = _evaluated(kg, order, output)
        return kind + output.getvalue()
    except _NotAcceptable as error:
        return _fault(406, "not-acceptable", str(error))
    except InputError as error:
        return _fault(400, "ill-formed-query", str(error))
    except UsageError as error:
        return _fault(400, "refused", str(error))
    except LimitError as error:
        return _fault(400, "limit", str(error), getattr(error, "setting", ""))
    except MemoryError:
        return _fault(503, "limit", "", "memory")
    except RecursionError:
        return _fault(400, "ill-formed-query", "query: is nested too deeply")
    except Exception as error:
        return _fault(500, "internal", f"{type(error).__name__}: {error}")


def _fault(status: int, kind: str, detail: str, setting: str = "") -> bytes:
    fault = {"status": status, "kind": kind, "detail": detail, "setting": setting}
    return b"E" + json.dumps(fault).encode("utf-8", "backslashreplace")


class _NotAcceptable(Exception):  # noqa: N818
    """The client accepts no format of the answer to such a query."""


def _evaluated(kg: KnowledgeGraph, order: dict[str, Any], output: Capped) -> bytes:
    text, rows_as, graph_as = order["query"], order["rows_as"], order["graph_as"]
    base = kg._built.base or NAMESPACE  # RFC 3986, section 5.1.4: that of the service
    if order["whole"] and kg.added is None:
        triples: Any = ask(kg.store, text, use_default_graph_as_union=True)
        ox.serialize(triples, output, named(graph_as).rdf_format, prefixes=dict(kg.prefixes))
        return b"G"
    seen: dict[str, Any] = {"use_default_graph_as_union": True}
    if order["graphs"] is not None:
        default, others = ([ox.NamedNode(iri) for iri in part] for part in order["graphs"])
        seen = {"default_graph": default, "named_graphs": others}
    elif kg.added is not None or not kg.inferred or kg.engine != "oxigraph" or _READ_FIRST.search(text):
        return _written(kg.sparql(text, base=base), order, output)
    found = ask(kg.store, text, prefixes=kg.prefixes, base_iri=base, **seen)
    if rows_as in _ENGINE and not isinstance(found, ox.QueryTriples):
        found.serialize(output, format=_ENGINE[rows_as])
        _check_rows(output.getvalue(), rows_as, order["max_rows"])
        return b"R"
    return _written(answered(lambda: found, prefixes=kg.prefixes, at_once=False), order, output)


def _written(answer: Answer, order: dict[str, Any], output: Capped) -> bytes:
    is_graph = answer.form in ("CONSTRUCT", "DESCRIBE")
    format = order["graph_as" if is_graph else "rows_as"]
    if not format:
        what = f"the answer to a {answer.form} query is not available in the types that Accept names"
        raise _NotAcceptable(what)
    most = None if order["whole"] else order["max_rows"]
    limited = Answer(answer.form, answer.variables, answer, limit=most, origin=answer)
    limited.rows()
    if limited.cut:
        raise exceeded("max_rows")
    resultformats.write(limited, format, output)
    return b"G" if is_graph else b"R"


def _check_rows(content: bytes, format: str, most: int) -> None:
    """Raise LimitError if there are more than ``most`` rows; they are counted only if there may be so many."""
    if len(content) <= most * _SHORTEST_ROW:
        return
    if format == "csv":
        rows = sum(1 for _ in csv.reader(io.StringIO(content.decode(), newline=""))) - 1
    else:
        found = ox.parse_query_results(content, format=_ENGINE[format])
        rows = 1 if isinstance(found, ox.QueryBoolean) else sum(1 for _ in found)
    if rows > most:
        raise exceeded("max_rows")


class Capped(io.BytesIO):
    """Bytes in memory, at most so many."""

    def __init__(self, most: int) -> None:
        """Take ``most`` bytes."""
        super().__init__()
        self.most = most

    def write(self, data: Any) -> int:
        """Add bytes. Raises LimitError if there are too many."""
        if self.tell() + len(data) > self.most:
            raise exceeded("max_bytes")
        return super().write(data)


def exceeded(setting: str) -> LimitError:
    """Return the error that a limit has been reached, which the settings have under this name."""
    error = LimitError("")
    error.setting = setting  # type: ignore[attr-defined]
    return error
