"""The server on its port: uvicorn, with limits for requests that are slow, long or ill-formed, and a clean end."""

from __future__ import annotations

import asyncio
import errno
import logging
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import uvicorn

from wcograph.toolbox.errors import InputError, one_line
from wcograph.web.app import App, Log
from wcograph.web.problems import limit

if TYPE_CHECKING:
    from wcograph.graph import KnowledgeGraph
    from wcograph.web.settings import Settings

try:
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol as _Protocol
except ImportError:  # httptools is faster, and not needed
    from uvicorn.protocols.http.h11_impl import H11Protocol as _Protocol  # type: ignore[assignment]

_KEEP_ALIVE = 15  # seconds
_STOPPING = 3  # seconds for what is being answered when the server ends


def bound(host: str, port: int) -> socket.socket:
    """Return a socket that listens on a port (0: any free one). Raises InputError if that is not possible."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.create_server((host, port), family=family, backlog=512)
        # Its connections inherit this: headers and body are two writes, and the second must not wait for an acknowledgement.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listener
    except (OSError, UnicodeError, OverflowError) as error:
        in_use = getattr(error, "errno", 0) == errno.EADDRINUSE
        reason = "the port is in use; --port names another" if in_use else str(error)
        raise InputError(f"cannot listen there: {reason}", file=f"{host}:{port}") from error


def run(
    kg: KnowledgeGraph,
    settings: Settings,
    listener: socket.socket,
    *,
    host: str,
    mcp: Any = None,
    ready: Callable[[], object] = bool,
) -> int:
    """Serve until Ctrl-C or SIGTERM, and return the exit status: 130 after Ctrl-C, else 0.

    ``mcp`` is the application at ``/mcp``. ``ready`` is called when the server answers.
    """
    log = Log()
    hosts = (host,) if host not in ("", "0.0.0.0", "::") else _own_names()
    app = App(kg, settings, origin=url_of(listener, host).rstrip("/"), hosts=hosts, log=log, mcp=mcp)
    for name in ("uvicorn.error", "asyncio"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [_OneLine(log)], False
        logger.setLevel(logging.WARNING)

    class Protocol(_Bounded, _Protocol):
        limits = settings

    config = uvicorn.Config(
        app,
        http=Protocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.base_url),
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_graceful_shutdown=_STOPPING,
    )
    server = _Server(config, app, ready)
    with suppress(KeyboardInterrupt):
        server.run(sockets=[listener])
    log.flush()
    return 130 if server.interrupted else 0 if server.started else InputError.exit_status


def _own_names() -> Sequence[str]:
    """Return the names and addresses of this machine, for a server that listens on all of them."""
    names = [socket.gethostname(), socket.getfqdn()]
    with suppress(OSError):
        names += [str(one[4][0]) for one in socket.getaddrinfo(socket.gethostname(), None)]
    return names


class _Server(uvicorn.Server):
    interrupted = False

    def __init__(self, config: uvicorn.Config, app: App, ready: Callable[[], object]) -> None:
        super().__init__(config)
        self.app, self.ready = app, ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        asyncio.get_running_loop().set_exception_handler(self._broken)
        await super().startup(sockets)
        if self.started:
            self.ready()

    def _broken(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if not isinstance(error, ConnectionError | asyncio.CancelledError):
            self.app.log.add(f"error: {one_line(str(error or context.get('message')))}")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self.app.handlers.close()  # what is being asked ends now
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop at a signal; unlike the original, do not send it to this process again afterwards."""
        before = {one: signal.signal(one, self.handle_exit) for one in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)

    def handle_exit(self, sig: int, frame: Any) -> None:
        self.interrupted = sig == signal.SIGINT
        super().handle_exit(sig, frame)


class _Bounded:
    """What the protocol of uvicorn lacks: bounds for the time and the size of the head of a request."""

    limits: Settings
    transport: Any
    cycle: Any
    loop: Any
    connections: Any
    _arriving = 0  # bytes of the head that is arriving
    _last = b""  # the last three of them
    _clock: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)  # type: ignore[misc]
        if len(self.connections) > self.limits.connections:
            self._refuse("connections")
        else:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._arrived()
        super().connection_lost(exc)  # type: ignore[misc]

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        before = self.cycle
        if before is None or before.response_complete:  # a head arrives, and no body
            if self._clock is None:
                self._wait()
            end = (self._last + data).find(b"\r\n\r\n")
            if self._arriving + (len(data) if end < 0 else end) > self.limits.max_header:
                self._refuse("max_header")
                return
            self._arriving += len(data)
            self._last = data[-3:]
        super().data_received(data)  # type: ignore[misc]
        if self.cycle is not before:
            self._arrived()

    def _wait(self) -> None:
        self._clock = self.loop.call_later(self.limits.patience, self._late)

    def _arrived(self) -> None:
        self._arriving, self._last = 0, b""
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _late(self) -> None:
        self._clock = None
        if self._arriving:
            self._refuse("patience")
        elif self.cycle is None:
            self.transport.close()

    def _refuse(self, setting: str) -> None:
        if self.transport.is_closing():
            return
        problem = limit(setting, self.limits)
        body, said = problem.json(), f"{problem.status} {problem.title}"
        head = (
            f"HTTP/1.1 {said}\r\ncontent-type: application/problem+json\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()
        client = (self.transport.get_extra_info("peername") or "-")[0]
        logging.getLogger("uvicorn.error").warning("%s - - %s", client, said)

    def _unsupported_upgrade_warning(self) -> None:
        """Answer as if no upgrade had been asked for, which is what a server may do (RFC 9110, section 7.8)."""


class _OneLine(logging.Handler):
    """What uvicorn reports, as one line of the log, without a traceback."""

    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Write the message and the error."""
        error = record.exc_info[1] if record.exc_info else None
        if not isinstance(error, asyncio.CancelledError):
            told = f"({type(error).__name__}: {error})" if error else ""
            self._log.add(one_line(f"{record.getMessage()} {told}"))


def url_of(listener: socket.socket, host: str) -> str:
    """Return the address to open."""
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://{f'[{name}]' if ':' in name else name}:{listener.getsockname()[1]}/"
