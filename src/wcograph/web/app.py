"""The application: a request comes in, a reply goes out (ASGI 3).

What was answered before is sent again at once, or not at all if the client has it (304). Everything else passes the same
checks in the same order: host, parameters, method, type; then a handler answers. What goes wrong is a problem (RFC 9457). A
request has one line in the log.
"""

from __future__ import annotations

import asyncio
import gzip
import os
import re
import sys
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING, Any

from wcograph.toolbox.errors import WcographError, log_line
from wcograph.web import negotiation
from wcograph.web.handlers import Handlers
from wcograph.web.messages import Reply, Request, matches
from wcograph.web.problems import Gone, Problem, problem_of

if TYPE_CHECKING:
    from wcograph.graph import KnowledgeGraph
    from wcograph.web.settings import Settings

    Receive = Callable[[], Awaitable[dict[str, Any]]]
    Send = Callable[[dict[str, Any]], Awaitable[None]]

_WORTH_COMPRESSING = 500  # bytes
_COMPRESSED_ASIDE = 2**18  # bytes from which it would delay others
_COMPRESSED = ("image/png", negotiation.media_type("xlsx", graph=False))
_LARGEST_KEPT = 4  # parts of the cache that one answer may take at most: a fourth
_BESIDE = 2_000  # bytes that an answer takes in the cache besides its body
_LOCAL = ("localhost", "127.0.0.1", "::1")
_POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
_ALWAYS = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"ETag, Link, Content-Location, Retry-After, Accept-Query"),
    (b"content-security-policy", _POLICY.encode()),
    (b"vary", b"Accept, Accept-Encoding, Accept-Language"),
    (b"x-content-type-options", b"nosniff"),
)
_NO_BODY = {"type": "http.response.body", "body": b""}


class _Ready:
    """A reply as the messages that are sent, and as those of a 304."""

    __slots__ = ("head", "message", "size", "status", "tag", "unchanged")

    def __init__(self, reply: Reply, *, gzipped: bool) -> None:
        self.status, self.size = reply.status, len(reply.body)
        self.tag = f'"{reply.tag}{"-gzip" if gzipped else ""}"' if reply.tag else ""
        headers = [(k.lower().encode("latin-1"), v.encode("latin-1", "replace")) for k, v in reply.headers]
        if b"cache-control" not in dict(headers):
            headers.append((b"cache-control", b"no-cache" if self.tag else b"no-store"))
        if self.tag:
            headers.append((b"etag", self.tag.encode()))
        headers += _ALWAYS
        self.unchanged = {"type": "http.response.start", "status": 304, "headers": headers}
        entity = []
        if reply.status not in (204, 304):
            entity.append((b"content-length", str(self.size).encode()))
        if reply.media:
            more = "; charset=utf-8" if reply.media.startswith("text/") else ""
            entity.append((b"content-type", f"{reply.media}{more}".encode()))
        if gzipped:
            entity.append((b"content-encoding", b"gzip"))
        self.head = {"type": "http.response.start", "status": reply.status, "headers": [*headers, *entity]}
        self.message = {"type": "http.response.body", "body": reply.body}


class Log:
    """One line for each request on standard error, written together a few times in a second."""

    def __init__(self) -> None:
        """Begin with no line."""
        self._lines: list[str] = []

    def add(self, line: str) -> None:
        """Add a line."""
        self._lines.append(line)
        if len(self._lines) == 1:
            try:
                asyncio.get_running_loop().call_later(0.05, self.flush)
            except RuntimeError:
                self.flush()

    def flush(self) -> None:
        """Write the lines."""
        data = "".join(f"{log_line(line)}\n" for line in self._lines).encode("utf-8", "backslashreplace")
        self._lines.clear()
        with suppress(OSError, ValueError):
            os.write(sys.stderr.fileno() if sys.stderr else 2, data)


class App:
    """The ASGI application of one graph."""

    def __init__(
        self, kg: KnowledgeGraph, settings: Settings, *, hosts: Sequence[str], log: Log, origin: str, mcp: Any
    ) -> None:
        """Serve ``kg`` at ``origin``, under the names ``hosts`` besides those of this machine and those in the settings.

        ``mcp`` is the Starlette application that answers at ``/mcp``, if one does.
        """
        self.settings, self.log = settings, log
        self.handlers = Handlers(kg, settings, settings.base_url or origin)
        self._hosts = {*_LOCAL, *(host.lower() for host in (*hosts, *settings.allowed_hosts))}
        self._good_hosts: set[bytes | None] = set()
        self._cache: OrderedDict[tuple[object, ...], _Ready] = OrderedDict()
        self._cached = 0  # bytes
        self._mcp = mcp
        self._stack = AsyncExitStack()

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request, or follow the life of the server."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        if scope["type"] != "http":
            return
        began = time.perf_counter()
        given = scope["headers"]
        headers: dict[bytes, bytes] = dict(given)
        method, host = scope["method"], headers.get(b"host")
        key, ready = None, None
        if len(headers) == len(given) and host in self._good_hosts and method in ("GET", "HEAD"):
            key = (scope["raw_path"], scope["query_string"], headers.get(b"accept"), headers.get(b"accept-encoding"),
                   headers.get(b"accept-language"), host)  # fmt: skip
            ready = self._cache.get(key)
        if key is not None and ready is not None:
            self._cache.move_to_end(key)
        else:
            try:
                ready = await self._fresh(scope, headers, receive, send)
            except Gone:
                self._log(scope, 499, 0, began)
                return
            if ready is None:  # another application has sent it
                return
            if key is not None and ready.tag and ready.status == 200:
                self._keep(key, ready)
        condition = headers.get(b"if-none-match")
        if (
            condition is not None
            and ready.status == 200
            and method in ("GET", "HEAD")
            and matches(condition, ready.tag)
        ):
            self._log(scope, 304, 0, began)
            await send(ready.unchanged)
            await send(_NO_BODY)
        else:
            self._log(scope, ready.status, ready.size, began)
            await send(ready.head)
            await send(ready.message)

    async def _fresh(
        self, scope: dict[str, Any], headers: dict[bytes, bytes], receive: Receive, send: Send
    ) -> _Ready | None:
        request = None
        try:
            self._check_headers(scope["headers"], headers)
            if self._mcp is not None and scope["raw_path"].startswith(b"/mcp"):
                await self._mcp(scope, receive, self._logged(send, scope))
                return None
            request = Request(scope, headers, receive)
            reply = await self.handlers.reply(request)
        except Gone:
            raise
        except (Problem, WcographError) as error:
            reply = self.handlers.told(problem_of(error), request)
        except Exception as error:
            self.log.add(f"error: {scope['method']} {scope['raw_path']!r}: {type(error).__name__}: {error}")
            problem = Problem(500, "internal", "an internal error; please report it")
            reply = self.handlers.told(problem, request)
        gzipped = (
            len(reply.body) >= _WORTH_COMPRESSING
            and negotiation.gzipped(headers.get(b"accept-encoding", b"").decode("latin-1"))
            and reply.media not in _COMPRESSED
        )
        if gzipped and len(reply.body) < _COMPRESSED_ASIDE:
            reply.body = gzip.compress(reply.body, 1, mtime=0)
        elif gzipped:
            reply.body = await asyncio.to_thread(gzip.compress, reply.body, 1, mtime=0)
        return _Ready(reply, gzipped=gzipped)

    def _keep(self, key: tuple[object, ...], ready: _Ready) -> None:
        most = self.settings.cache * 2**20
        if ready.size > most // _LARGEST_KEPT or key in self._cache:
            return
        self._cache[key] = ready
        self._cached += ready.size + _BESIDE
        while self._cached > most:
            _, old = self._cache.popitem(last=False)
            self._cached -= old.size + _BESIDE

    def _logged(self, send: Send, scope: dict[str, Any]) -> Send:
        """Return ``send`` with a line in the log when a reply begins."""
        began = time.perf_counter()

        async def sending(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                self._log(scope, message["status"], 0, began)
            await send(message)

        return sending

    def _log(self, scope: dict[str, Any], status: int, size: int, began: float) -> None:
        target = scope["raw_path"][:500].decode("latin-1")
        if scope["query_string"]:
            target += f"?{scope['query_string'][:500].decode('latin-1')}"
        client = scope["client"][0] if scope.get("client") else "-"
        taken = (time.perf_counter() - began) * 1000
        self.log.add(f"{client} {scope['method']} {target} {status} {size} B {taken:.1f} ms")

    def _check_headers(self, given: Sequence[tuple[bytes, bytes]], headers: dict[bytes, bytes]) -> None:
        """Join headers that are given several times; refuse a host that this server is not."""
        if len(headers) != len(given):
            headers.clear()
            for name, value in given:
                if name == b"host" and name in headers:
                    raise Problem(400, "wrong-request", "there are two Host headers")
                headers[name] = headers[name] + b", " + value if name in headers else value
        host = headers.get(b"host", b"")
        if host in self._good_hosts:
            return
        called = host.decode("latin-1").lower()
        written = re.fullmatch(r"(?:\[([0-9a-f:.]+)\]|([\w.-]+))(?::\d*)?", called, re.ASCII)
        if not written or not {written[1] or written[2], "*"} & self._hosts:
            shown = f"{called[:100]!r} is not a name of this server" if called else "there is no Host header"
            raise Problem(421, "wrong-request", f"{shown}; --allowed-hosts adds one", setting="allowed_hosts")
        if len(self._good_hosts) < 1000:
            self._good_hosts.add(host)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            await self.handlers.pool.start()
            if self._mcp is not None:
                await self._stack.enter_async_context(self._mcp.router.lifespan_context(self._mcp))
        except Exception as error:
            await send({"type": "lifespan.startup.failed", "message": f"{type(error).__name__}: {error}"})
            return
        warm = asyncio.ensure_future(self.handlers.in_thread(self.handlers.warm))
        warm.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.handlers.close()
        self.log.flush()
        await self._stack.aclose()
        await send({"type": "lifespan.shutdown.complete"})
