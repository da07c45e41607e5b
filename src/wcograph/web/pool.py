"""Child processes that answer SPARQL, seen from the server: who works, who waits, and who is ended.

A query runs in one of four children at first. After a moment it counts as long: it keeps its child, as one of at most
``children``, with less of the processor, and a new child takes the place of the first. If there are as many long ones and
others wait, it is ended with 503. A query that looks like one that was long before begins as a long one, so a crowd of long
queries does not delay short ones. One that looks like a short one has a place of its own beside them.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import OrderedDict
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

import pyoxigraph

from wcograph.web.children import ADDED, LENGTH
from wcograph.web.problems import Gone, Problem, limit

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from wcograph.graph import KnowledgeGraph
    from wcograph.toolbox.rdf.content import Content
    from wcograph.web.settings import Settings

_SHORT_LANES = 4  # children for queries that have just begun
_SHORT = 0.25  # seconds until a query is long
_CROWDED = 0.05  # the same, if others wait and there are as many long ones as may be
_STARTING = 30  # seconds for a child to start
_NICE = 5  # for long ones
_SPARE = 2  # children that wait for work
_LARGE = 2**22  # bytes of an answer after which a child may have much memory that it no longer needs
_REMEMBERED = 1000  # queries known to be long, and as many known to be short
_START = (
    "import sys; sys.path += sys.argv[3:]; from wcograph.web.children import main; "
    "main(int(sys.argv[1]), sys.argv[2])"
)


def _keep(added: Content, place: str) -> None:
    """Write the user's quads as they are in the files, for the children (`wcograph.web.children.kept`)."""
    spelled = [(literal.value, literal.language, tag) for literal, tag in added.languages.items()]
    with open(os.path.join(place, ADDED), "wb") as stream:
        stream.write(json.dumps([dict(added.prefixes), spelled]).encode() + b"\n")
        pyoxigraph.serialize(added.quads, stream, format=pyoxigraph.RdfFormat.N_QUADS)


class Found(NamedTuple):
    """An answer: its kind (``R`` for rows, ``G`` for a graph), and its bytes."""

    kind: str
    content: bytes


class Pool:
    """The children of one server. Make it, ``start`` it in an event loop, and ``close`` it."""

    def __init__(self, kg: KnowledgeGraph, settings: Settings) -> None:
        """Keep a copy of a store in memory, or of one that others may remove, in a directory of its own."""
        self._settings = settings
        self._copy: tempfile.TemporaryDirectory[str] | None = None
        place = kg._built.place
        if place is None:
            self._copy = tempfile.TemporaryDirectory(prefix=f"wcograph-{os.getpid()}-")
            place = os.path.join(self._copy.name, "store")
            store = pyoxigraph.Store(place)
            store.bulk_extend(kg.store)
            store.flush()
            del store
            if kg.added is not None:
                _keep(kg.added, self._copy.name)
        start = {
            "place": place,
            "folder": kg.folder,
            "files": list(kg._built.files),
            "added": self._copy.name if self._copy is not None and kg.added is not None else None,
            "base": kg._built.base,
            "options": {"only_data": kg.only_data, "inferred": kg.inferred, "engine": kg.engine},
            "memory": settings.memory,
        }
        self._start = json.dumps(start)
        self._nursery: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._idle: list[_Child] = []
        self._all: set[_Child] = set()
        self._short = Turns(_SHORT_LANES, "children", settings)
        self._long = Turns(settings.children, "children", settings)
        self._express = Turns(1, "children", settings)
        self._known: OrderedDict[str, None] = OrderedDict()  # what was long
        self._quick: OrderedDict[str, None] = OrderedDict()  # what was not
        self._closed = False

    async def start(self) -> None:
        """Start a child, so that the first query does not wait for it."""
        self._idle.append(await self._new())

    async def close(self) -> None:
        """End the children and remove the copy of the store."""
        self._closed = True
        for child in list(self._all):
            child.end()
        if self._control is not None:
            self._control.close()  # the nursery ends
        if self._nursery is not None:
            with suppress(subprocess.TimeoutExpired):
                self._nursery.wait(2)
        if self._copy is not None:
            with suppress(OSError):
                self._copy.cleanup()

    async def ask(
        self,
        query: str,
        rows_as: str,
        graph_as: str,
        graphs: tuple[Sequence[str], Sequence[str]] | None = None,
        *,
        whole: bool = False,
        gone: Callable[[], Awaitable[None]] | None = None,
    ) -> Found:
        """Answer a query in a child: rows in the format ``rows_as``, a graph in ``graph_as``.

        An empty name is a format that the client does not accept. ``graphs`` are the default and the named graphs that
        the request names. With ``whole``, the query is one of ours for a graph of any size. ``gone`` waits until nobody
        waits for the answer any more. Raises Problem for what the client or the query did wrong, and for every limit.
        """
        settings = self._settings
        order = {"query": query, "rows_as": rows_as, "graph_as": graph_as, "graphs": graphs, "whole": whole,
                 "max_rows": settings.max_rows, "max_bytes": settings.max_bytes}  # fmt: skip
        content = json.dumps(order).encode()
        answer = await self._answer(query, LENGTH.pack(len(content)) + content, gone)
        kind, found = answer[:1], answer[1:]
        if kind == b"E":
            fault = json.loads(found)
            if fault["setting"]:
                raise limit(fault["setting"], settings)
            raise Problem(fault["status"], fault["kind"], fault["detail"], text=query)
        return Found(kind.decode(), found)

    async def _answer(self, query: str, order: bytes, gone: Callable[[], Awaitable[None]] | None) -> bytes:
        looks = _fingerprint(query)
        began_long = looks in self._known
        quick = self._short.full() and looks in self._quick
        lane = self._long if began_long else self._express if quick else self._short
        seconds = self._settings.timeout
        await lane.take(seconds if began_long else None)
        if looks in self._known and not began_long:  # which another one like it has shown meanwhile
            lane.give()
            began_long, lane = True, self._long
            await lane.take(seconds)
        child: _Child | None = None
        try:
            reused = bool(self._idle) and not began_long
            child = self._idle.pop() if reused else await self._new()
            answer = child.send(order)
            until = answer.get_loop().time() + seconds
            if not began_long and await self._is_long(child, answer, lane, looks, until):
                lane.give()
                lane = self._long
                await lane.take()
            elif reused and isinstance(answer.exception(), ConnectionError):  # it had ended before, unnoticed
                child = await self._new()
                answer = child.send(order)
                await self._wait(answer, until, gone)
            if lane is self._long:
                with suppress(OSError):
                    os.setpriority(os.PRIO_PROCESS, child.pid, _NICE)
                await self._wait(answer, until, gone)
                if began_long and child.worked() < _SHORT / 2:  # another one like it was long
                    self._known.pop(looks, None)
                return self._content(answer)
            content = self._content(answer)
            _note(self._quick, looks)
            if len(content) < _LARGE and len(self._idle) < _SPARE:
                self._idle.append(child)
                child = None
            return content
        finally:
            if child is not None:
                child.end()
            lane.give()

    async def _is_long(
        self, child: _Child, answer: asyncio.Future[bytes], lane: Turns, looks: str, until: float
    ) -> bool:
        """Wait for an answer, or return that the query is long and has a place as such. Raises Problem if there is none."""
        while not (await asyncio.wait((answer,), timeout=min(_CROWDED, self._settings.timeout)))[0]:
            moment = _CROWDED if lane.waiting and self._long.full() else _SHORT
            late = answer.get_loop().time() > until
            if child.worked() < moment / 2 and not late:
                continue
            _note(self._known, looks)
            if not self._long.full():
                return True
            if lane.waiting or late:
                raise limit("children" if lane.waiting else "timeout", self._settings)
        return False

    async def _wait(
        self, answer: asyncio.Future[bytes], until: float, gone: Callable[[], Awaitable[None]] | None
    ) -> None:
        """Wait for an answer until its time is over, or nobody waits for it any more."""
        watched: list[asyncio.Future[Any]] = [answer, *([asyncio.ensure_future(gone())] if gone else ())]
        try:
            seconds = max(until - answer.get_loop().time(), 0)
            await asyncio.wait(watched, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if not answer.done():
                raise Gone if watched[-1].done() else limit("timeout", self._settings)
        finally:
            for one in watched[1:]:
                one.cancel()

    def _content(self, answer: asyncio.Future[bytes]) -> bytes:
        """Return the answer; a child that has ended instead has used up its memory, or somebody has ended it."""
        if isinstance(answer.exception(), ConnectionError):
            if self._closed:
                raise Problem(503, "limit", "the server is stopping", retry=5)
            raise limit("memory", self._settings)
        return answer.result()

    async def _new(self) -> _Child:
        for _ in range(2):
            ours, theirs = socket.socketpair()
            ours.setblocking(False)
            _, child = await asyncio.get_running_loop().create_connection(lambda: _Child(self), sock=ours)
            self._all.add(child)
            try:
                with theirs:
                    self._send(theirs)
                async with asyncio.timeout(_STARTING):
                    await child.ready
                return child
            except OSError:  # somebody has ended the nursery
                child.end()
                self._control = None
        raise Problem(503, "limit", "a child process could not be started", retry=5)

    def _send(self, end: socket.socket) -> None:
        if self._control is None:
            self._control, theirs = socket.socketpair()
            own = [os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))),
                   os.path.dirname(os.path.dirname(os.path.abspath(pyoxigraph.__file__)))]  # fmt: skip
            with theirs:
                self._nursery = subprocess.Popen(
                    [sys.executable, "-I", "-c", _START, str(theirs.fileno()), self._start, *own],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    pass_fds=[theirs.fileno()],
                    env={**os.environ, "RUST_BACKTRACE": "0"},  # one takes longer than some queries
                )
        socket.send_fds(self._control, [b"\0"], [end.fileno()])


class _Child(asyncio.Protocol):
    """One child: it answers one order at a time."""

    def __init__(self, pool: Pool) -> None:
        self._pool, self.pid, self._began = pool, 0, 0.0
        self._received = bytearray()
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._answer: asyncio.Future[bytes] | None = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def worked(self) -> float:
        """Return the seconds of a processor that the child has spent on the order (without Linux: since it was sent)."""
        return self._clock() - self._began

    def _clock(self) -> float:
        if sys.platform == "linux" and self.pid:
            with suppress(OSError):
                return time.clock_gettime((~self.pid << 3) | 2)  # clock_getcpuclockid(3)
        return time.monotonic()

    def send(self, order: bytes) -> asyncio.Future[bytes]:
        """Send an order and return its answer to come."""
        self._began = self._clock()
        self._answer = asyncio.get_running_loop().create_future()
        self._received.clear()
        self._transport.write(order)
        return self._answer

    def data_received(self, data: bytes) -> None:
        self._received += data
        if len(self._received) < LENGTH.size:
            return
        (number,) = LENGTH.unpack_from(self._received)
        if not self.ready.done():
            self.pid = number
            self.ready.set_result(None)
        elif len(self._received) >= number + LENGTH.size and self._answer and not self._answer.done():
            self._answer.set_result(bytes(memoryview(self._received)[LENGTH.size :]))

    def connection_lost(self, exc: Exception | None) -> None:
        self._pool._all.discard(self)
        with suppress(ValueError):
            self._pool._idle.remove(self)
        for one in (self.ready, self._answer):
            if one is not None and not one.done():
                one.set_exception(ConnectionResetError("the child has ended"))
                one.exception()  # nobody may be waiting
        self.pid = 0

    def end(self) -> None:
        """End the child, whatever it does."""
        if self.pid:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        self._transport.close()


def _note(known: OrderedDict[str, None], print_of: str) -> None:
    known[print_of] = None
    known.move_to_end(print_of)
    if len(known) > _REMEMBERED:
        known.popitem(last=False)


def _fingerprint(query: str) -> str:
    """Return what queries have in common that differ in numbers, strings, comments and spaces."""
    return re.sub(r"\d+|\"[^\"]*\"|'[^']*'|\s+|#[^\n<>]*(?:\n|$)", " ", query[:10_000])


class Turns:
    """So many at a time, and so many that wait for their turn, in the order in which they came."""

    def __init__(self, places: int, setting: str, settings: Settings) -> None:
        """Allow ``places`` at a time, which ``setting`` says, and ``settings.queue`` that wait."""
        self._places, self._setting, self._settings = asyncio.Semaphore(places), setting, settings
        self.full = self._places.locked
        self.give = self._places.release
        self.waiting = 0

    async def take(self, seconds: float | None = None) -> None:
        """Wait for a place. Raises Problem (503) if too many wait already, or after ``seconds``."""
        if not self.full():
            await self._places.acquire()
            return
        if self.waiting >= self._settings.queue:
            raise limit("queue", self._settings)
        self.waiting += 1
        try:
            async with asyncio.timeout(seconds):
                await self._places.acquire()
        except TimeoutError:
            raise limit(self._setting, self._settings) from None
        finally:
            self.waiting -= 1
