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
from collections import OrderedDict, deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any

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


class Found:
    """An answer: its kind (``R`` for rows, ``G`` for a graph), the name of its format, and its bytes."""

    __slots__ = ("content", "format", "kind")

    def __init__(self, kind: str, format: str, content: bytes) -> None:
        """Keep the values."""
        self.kind, self.format, self.content = kind, format, content


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
        self._given = json.dumps(
            {
                "place": place,
                "folder": kg.folder,
                "files": list(kg._built.files),
                "added": self._copy.name if self._copy is not None and kg.added is not None else None,
                "base": kg._built.base,
                "only_data": kg.only_data,
                "inferred": kg.inferred,
                "engine": kg.engine,
                "memory": settings.memory,
            }
        )
        self._nursery: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._idle: list[_Child] = []
        self._all: set[_Child] = set()
        self._short = Turns(_SHORT_LANES, settings.queue, "children", settings)
        self._long = Turns(settings.children, settings.queue, "children", settings)
        self._express = Turns(1, settings.queue, "children", settings)
        self._known: OrderedDict[str, None] = OrderedDict()  # what was long
        self._quick: OrderedDict[str, None] = OrderedDict()  # what was not
        self._closed = False
        self.loop: asyncio.AbstractEventLoop | None = None

    async def start(self) -> None:
        """Start a child, so that the first query does not wait for it."""
        self.loop = asyncio.get_running_loop()
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
        order = {"query": query, "rows_as": rows_as, "graph_as": graph_as,
                 "max_rows": settings.max_rows, "max_bytes": settings.max_bytes}  # fmt: skip
        if graphs is not None:
            order["graphs"] = graphs
        if whole:
            order["whole"] = True
        content = json.dumps(order).encode()
        answer = await self._answer(query, LENGTH.pack(len(content)) + content, gone)
        kind, format, found = answer.split(b"\0", 2)
        if kind == b"E":
            raise self._problem(json.loads(found), query)
        return Found(kind.decode(), format.decode(), found)

    def _problem(self, fault: dict[str, Any], query: str) -> Problem:
        kind, detail = fault["kind"], fault["detail"]
        if kind == "limit" and fault.get("setting"):
            return limit(fault["setting"], self._settings)
        if kind == "not-acceptable":
            return Problem(
                406, kind, f"the answer to a {detail} query is not available in the types that Accept names"
            )
        if kind == "internal":
            return Problem(500, kind, detail)
        return Problem(400, kind, detail, text=query, line=fault.get("line"), column=fault.get("column"))

    async def _answer(self, query: str, order: bytes, gone: Callable[[], Awaitable[None]] | None) -> bytes:
        print_of = _fingerprint(query)
        if print_of in self._known:
            return await self._ask_long(print_of, order, gone)
        lane = self._express if self._short.full and print_of in self._quick else self._short
        await lane.take()
        held, child = True, None
        try:
            if print_of in self._known:  # which another one like it has shown meanwhile
                lane.give()
                held = False
                return await self._ask_long(print_of, order, gone)
            child = self._idle.pop() if self._idle else await self._new()
            answer = child.send(order)
            loop = asyncio.get_running_loop()
            began = loop.time()
            while not await _done(answer, min(_CROWDED, self._settings.timeout)):
                moment = _CROWDED if lane.waiting and self._long.full else _SHORT
                late = loop.time() - began > self._settings.timeout
                if child.worked() < moment / 2 and not late:
                    continue
                _note(self._known, print_of)
                if self._long.try_take():
                    lane.give()
                    held, lasting, child = False, child, None
                    return await self._rest(
                        lasting, answer, self._settings.timeout - (loop.time() - began), gone
                    )
                if lane.waiting:
                    raise limit("children", self._settings)
                if late:
                    raise limit("timeout", self._settings)
            if isinstance(answer.exception(), ConnectionError) and loop.time() - began < _SHORT:
                child = await self._new()  # it had been ended before, unnoticed
                answer = child.send(order)
                await _done(answer, self._settings.timeout)
                if not answer.done():
                    raise limit("timeout", self._settings)
            content = self._content(answer)
            _note(self._quick, print_of)
            if len(content) < _LARGE and len(self._idle) < _SPARE:
                self._idle.append(child)
                child = None
            return content
        finally:
            if child is not None:
                child.end()
            if held:
                lane.give()

    async def _ask_long(
        self, print_of: str, order: bytes, gone: Callable[[], Awaitable[None]] | None
    ) -> bytes:
        await self._long.take(self._settings.timeout)
        try:
            child = await self._new()
            answer = child.send(order)
        except BaseException:
            self._long.give()
            raise
        return await self._rest(child, answer, self._settings.timeout, gone, print_of)

    async def _rest(
        self,
        child: _Child,
        answer: asyncio.Future[bytes],
        seconds: float,
        gone: Callable[[], Awaitable[None]] | None,
        print_of: str = "",
    ) -> bytes:
        """Wait for a long query; its child works for nobody else, because it has less of the processor."""
        leaving = None if gone is None else asyncio.ensure_future(gone())
        try:
            with suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, child.pid, _NICE)
            watched: list[asyncio.Future[Any]] = [answer] if leaving is None else [answer, leaving]
            await asyncio.wait(
                watched,
                timeout=max(seconds, 0),
                return_when=asyncio.FIRST_COMPLETED,
            )
            if answer.done():
                if child.worked() < _SHORT / 2:  # another one like it was long
                    self._known.pop(print_of, None)
                return self._content(answer)
            raise Gone if leaving is not None and leaving.done() else limit("timeout", self._settings)
        finally:
            if leaving is not None:
                leaving.cancel()
            child.end()
            self._long.give()

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
            with theirs:
                try:
                    self._send(theirs)
                except OSError:  # somebody has ended the nursery
                    self._control = None
                    self._send(theirs)
            child = _Child(self)
            await asyncio.get_running_loop().create_connection(lambda child=child: child, sock=ours)  # type: ignore[misc]
            self._all.add(child)
            try:
                async with asyncio.timeout(_STARTING):
                    await child.ready
                return child
            except (ConnectionError, TimeoutError):
                child.end()
                self._control = None  # the nursery may be about to end
        raise Problem(503, "limit", "a child process could not be started", retry=5)

    def _send(self, end: socket.socket) -> None:
        if self._control is None:
            self._control, theirs = socket.socketpair()
            own = [os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))),
                   os.path.dirname(os.path.dirname(os.path.abspath(pyoxigraph.__file__)))]  # fmt: skip
            with theirs:
                self._nursery = subprocess.Popen(
                    [sys.executable, "-I", "-c", _START, str(theirs.fileno()), self._given, *own],
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
        self._pool, self.pid = pool, 0
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._answer: asyncio.Future[bytes] | None = None
        self._parts: list[bytes] = []
        self._size, self._began = 0, 0.0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def worked(self) -> float:
        """Return the seconds of a processor that the child has spent on the order (without Linux: since it was sent)."""
        return self._clock() - self._began

    def _clock(self) -> float:
        if sys.platform != "linux" or not self.pid:
            return time.monotonic()
        with suppress(OSError):
            return time.clock_gettime((~self.pid << 3) | 2)  # clock_getcpuclockid(3)
        return time.monotonic()

    def send(self, order: bytes) -> asyncio.Future[bytes]:
        """Send an order and return its answer to come."""
        self._began = self._clock()
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._parts, self._size = [], 0
        self._transport.write(order)
        return self._answer

    def data_received(self, data: bytes) -> None:
        self._parts.append(data)
        self._size += len(data)
        if self._size < 4:
            return
        if len(self._parts[0]) < 4:
            self._parts = [b"".join(self._parts)]
        wanted = LENGTH.unpack_from(self._parts[0])[0]
        if not self.pid:
            self.pid, self._parts, self._size = wanted, [], 0
            if not self.ready.done():
                self.ready.set_result(None)
        elif self._size >= wanted + 4 and self._answer is not None and not self._answer.done():
            self._answer.set_result(b"".join(self._parts)[4:])

    def connection_lost(self, exc: Exception | None) -> None:
        self._pool._all.discard(self)
        if self in self._pool._idle:
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
        if self._transport is not None:
            self._transport.close()


def _note(known: OrderedDict[str, None], print_of: str) -> None:
    known[print_of] = None
    known.move_to_end(print_of)
    if len(known) > _REMEMBERED:
        known.popitem(last=False)


async def _done(answer: asyncio.Future[bytes], seconds: float) -> bool:
    return bool((await asyncio.wait((answer,), timeout=seconds))[0])


def _fingerprint(query: str) -> str:
    """Return what queries have in common that differ in numbers, strings, comments and spaces."""
    return re.sub(r"\d+|\"[^\"]*\"|'[^']*'|\s+|#[^\n<>]*(?:\n|$)", " ", query[:10_000])


class Turns:
    """So many at a time, and so many that wait for their turn, in the order in which they came."""

    def __init__(self, places: int, queue: int, setting: str, settings: Settings) -> None:
        """Allow ``places`` at a time, as ``setting`` says, and ``queue`` that wait."""
        self._free, self._queue, self._setting, self._settings = places, queue, setting, settings
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def waiting(self) -> int:
        """The number of those that wait."""
        return len(self._waiting)

    @property
    def full(self) -> bool:
        """Whether there is no place."""
        return self._free <= 0

    def try_take(self) -> bool:
        """Take a place if one is free."""
        if self._free <= 0 or self._waiting:
            return False
        self._free -= 1
        return True

    async def take(self, seconds: float | None = None) -> None:
        """Wait for a place. Raises Problem (503) if too many wait already, or after ``seconds``."""
        if self.try_take():
            return
        if len(self._waiting) >= self._queue:
            raise limit("queue", self._settings)
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(seconds):
                await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled():
                self.give()
            else:
                with suppress(ValueError):
                    self._waiting.remove(turn)
            if isinstance(error, TimeoutError):
                raise limit(self._setting, self._settings) from None
            raise

    def give(self) -> None:
        """Make a place free."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
