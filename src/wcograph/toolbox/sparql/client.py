"""The SPARQL Protocol over HTTP: one query, one connection, one deadline.

A connection is not kept: it then belongs to one query, so that the deadline can shut it down while it waits for
headers or for a body that comes byte by byte. Proxies, cookies, compression and redirects to another server are not
supported: each could send a query, or the login, elsewhere.
"""

from __future__ import annotations

import socket
import time
from base64 import b64decode
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event, Thread
from urllib.parse import urlencode, urljoin, urlsplit

from wcograph.toolbox.arguments import extra
from wcograph.toolbox.errors import InputError, LimitError, UsageError, WcographError

with extra("endpoint", "asking an endpoint"):
    import urllib3
    from urllib3.exceptions import HTTPError, NewConnectionError
    from urllib3.exceptions import TimeoutError as Late

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

ROWS = "application/sparql-results+json"  # alone: a server may prefer a JSON of its own to any other it is offered
TRIPLES = "application/n-triples, text/turtle;q=0.9, application/rdf+xml;q=0.8"
SECONDS = 60.0
MOST_BYTES = 2**27
_ALSO = {ROWS: ("application/json",), TRIPLES: ("text/ntriples",)}  # how some servers name these types

_PIECE = 2**16
_MOST_REDIRECTS = 3
_RETRIES = 2
# The server says that it has not begun. After 502, 504 or a lost connection it may have, and the query may be why.
_TRY_AGAIN = (429, 503)
_OVER_LIMIT = (408, 413, 429, 504)
_QUOTED = 160  # characters of an error of the server


@dataclass(frozen=True)
class Endpoint:
    """Where queries go, and within which limits.

    ``graphs`` are the named graphs whose union is the default graph of each query; if there are none, the server
    decides. ``login`` is the value of the header ``Authorization``; it is never part of a message.
    """

    url: str
    graphs: tuple[str, ...] = ()
    seconds: float = SECONDS
    most_bytes: int = MOST_BYTES
    login: str = field(default="", repr=False)
    agent: str = ""

    def __post_init__(self) -> None:
        """Raise UsageError if the URL is not one of HTTP, or has a password."""
        try:
            parts = urlsplit(self.url)
            _ = parts.port
        except ValueError:
            raise UsageError("the URL of the endpoint is ill-formed") from None
        if "@" in parts.netloc:
            login = "must not have a user or password; put them into ~/.netrc"
            raise UsageError(f"the URL of an endpoint {login}")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            begins = "its URL begins with http:// or https://"
            raise UsageError(f"{_shown(self.url)} is not an endpoint: {begins}")
        if parts.fragment or not self.url.isascii() or not self.url.isprintable() or " " in self.url:
            raise UsageError(f"the URL of the endpoint {_shown(self.url)} is ill-formed; percent-encode it")

    @property
    def name(self) -> str:
        """The URL as messages show it: without its query string, which may have a key."""
        return _shown(self.url)


@dataclass(frozen=True)
class Response:
    """A body that arrived as a whole, its media type, and its headers (names in lower case)."""

    body: bytes
    type: str
    headers: Mapping[str, str]


def send(endpoint: Endpoint, query: str, accept: str, until: float | None = None) -> Response:
    """Send ``query`` to ``endpoint`` and return the response if its status is 200 and ``accept`` has its type.

    ``until`` is the time (``time.monotonic``) by which the response must be complete. Raises LimitError if it is not, or
    if it is too long, and InputError if the server cannot be reached, refuses or cuts the response off.
    """
    until = time.monotonic() + endpoint.seconds if until is None else until
    url = endpoint.url
    retries = redirects = 0
    while True:
        status, response = _called(endpoint, url, query, accept, until)
        wait = _wait(response.headers, retries)
        if status in (301, 302, 307, 308) and redirects < _MOST_REDIRECTS:
            url, redirects = _redirected(endpoint, url, response.headers), redirects + 1
        elif status in _TRY_AGAIN and retries < _RETRIES and time.monotonic() + wait < until:
            time.sleep(wait)
            retries += 1
        else:
            break
    if status != 200:
        raise _refused(endpoint, status, response)
    types = [part.partition(";")[0].strip() for part in accept.split(",")]
    if response.type not in [*types, *_ALSO.get(accept, ())]:
        said = f"answered with {response.type or 'no media type'}, not with {types[0]}"
        raise InputError(f"{said}{_excerpt(endpoint, response)}", file=endpoint.name)
    if response.headers.get("content-encoding", "identity") != "identity":
        raise InputError("compressed the answer, which was not asked for", file=endpoint.name)
    if response.headers.get("x-sql-state", "00000") != "00000":
        raise LimitError(f"{endpoint.name}: the server stopped early, the answer is incomplete")
    return response


def _called(endpoint: Endpoint, url: str, query: str, accept: str, until: float) -> tuple[int, Response]:
    """Run a request in a thread of its own, which can be given up at any point: DNS, TLS, headers, body."""
    sockets: list[socket.socket] = []
    outcome: list[tuple[int, Response] | Exception] = []
    done = Event()

    def work() -> None:
        try:
            outcome.append(_requested(endpoint, url, query, accept, until, sockets))
        except (HTTPError, OSError, ValueError) as error:
            late = isinstance(error, Late) and not isinstance(error, NewConnectionError)
            outcome.append(TimeoutError() if late else InputError(_reason(error), file=endpoint.name))
            outcome[0].__cause__ = error  # type: ignore[union-attr]
        except Exception as error:
            outcome.append(error)
        finally:
            done.set()

    Thread(target=work, daemon=True).start()
    try:
        in_time = done.wait(max(until - time.monotonic(), 0))
    finally:  # also on Ctrl-C
        if not done.is_set():
            for one in sockets:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
    if not in_time or isinstance(outcome[0], TimeoutError):
        late = "no complete answer in time (--timeout); ask for less, or allow more time"
        raise LimitError(f"{endpoint.name}: {late}")
    if isinstance(outcome[0], Exception):
        raise outcome[0]
    return outcome[0]


def _requested(
    endpoint: Endpoint, url: str, query: str, accept: str, until: float, sockets: list[socket.socket]
) -> tuple[int, Response]:
    parts = urlsplit(url)
    left = max(until - time.monotonic(), 0.001)
    pool = urllib3.connection_from_url(f"{parts.scheme}://{parts.netloc}", timeout=left, retries=False)

    class Connection(pool.ConnectionCls):  # type: ignore[name-defined,misc]
        def connect(self) -> None:
            super().connect()
            sockets.append(self.sock)

    pool.ConnectionCls = Connection
    graphs = [(f"{kind}-graph-uri", graph) for kind in ("default", "named") for graph in endpoint.graphs]
    headers = {
        "Accept": accept,
        "Accept-Encoding": "identity",
        "Connection": "close",
        "Content-Type": "application/x-www-form-urlencoded",
        "User-Agent": endpoint.agent,
        "Authorization": endpoint.login,
    }
    response = pool.urlopen(
        "POST",
        (parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
        body=urlencode([("query", query), *graphs]),
        headers={name: value for name, value in headers.items() if value},
        redirect=False,
        retries=False,
        preload_content=False,
        decode_content=False,
    )
    try:
        pieces, size, most = [], 0, endpoint.most_bytes
        for piece in response.stream(_PIECE, decode_content=False):
            pieces.append(piece)
            size += len(piece)
            if size > most:
                longer = f"the answer is longer than {most:,} bytes; ask for less"
                raise LimitError(f"{endpoint.name}: {longer}")
    finally:
        response.close()
        pool.close()
    received = {name.lower(): value for name, value in response.headers.items()}
    kind = received.get("content-type", "").partition(";")[0].strip().lower()
    return response.status, Response(b"".join(pieces), kind, received)


def _shown(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"[:200]


def _redirected(endpoint: Endpoint, url: str, headers: Mapping[str, str]) -> str:
    """Return the new URL on the same server; raise InputError if it is on another one, which must not get the login."""
    new = urljoin(url, headers.get("location", ""))
    try:
        before, after = urlsplit(url), urlsplit(new)
        same = (before.scheme, before.netloc.lower()) == (after.scheme, after.netloc.lower())
    except ValueError:
        same = False
    if not same or new == url:
        where = _shown(new) if "://" in new else "nowhere"
        raise InputError(f"redirects to {where}; name that address if you trust it", file=endpoint.name)
    return new


def _wait(headers: Mapping[str, str], retries: int) -> float:
    """Return the seconds to wait before the next try: as the server says, if it names a number."""
    after = headers.get("retry-after", "")
    return float(after) if after.isascii() and after.isdigit() and len(after) < 6 else 0.5 * 2**retries


def _refused(endpoint: Endpoint, status: int, response: Response) -> WcographError:
    said = _excerpt(endpoint, response)
    if status in (401, 403):
        told = "login failed" if endpoint.login else "needs a login: put it into ~/.netrc"
        return InputError(f"{told} (HTTP status {status})", file=endpoint.name)
    if status in _OVER_LIMIT:
        stopped = "a limit of the server stopped the query"
        return LimitError(f"{endpoint.name}: {stopped} (HTTP status {status}){said}")
    what = "refuses the query" if status == 400 else "cannot answer"
    return InputError(f"{what} (HTTP status {status}){said}", file=endpoint.name)


def _excerpt(endpoint: Endpoint, response: Response) -> str:
    """Return what the server says about an error, in short, and without the login if it repeats that."""
    if "html" in response.type:
        return ""
    text = " ".join(response.body[:2000].decode("utf-8", "replace").split())
    kind, _, secret = endpoint.login.partition(" ")
    secrets = [secret]
    if kind == "Basic":
        secrets += b64decode(secret).decode("utf-8", "replace").split(":", 1)[1:]
    for secret in filter(None, secrets):
        text = text.replace(secret, "***")
    return f": {text[:_QUOTED]}" if text else ""


def _reason(error: BaseException) -> str:
    """Return in words why there is no response; the library's own words may repeat the URL."""
    seen: BaseException | None = error
    kinds = []
    while seen is not None:
        kinds.append(type(seen).__name__)
        if isinstance(seen, socket.gaierror) or kinds[-1] == "NameResolutionError":
            return "cannot be reached: there is no server of this name"
        if "SSL" in kinds[-1] or "Certificate" in kinds[-1]:
            return "cannot be reached: its certificate or encryption is not valid"
        if isinstance(seen, ConnectionRefusedError):
            return "cannot be reached: connection refused"
        if "IncompleteRead" in kinds[-1] or "InvalidChunk" in kinds[-1] or "prematurely" in str(seen):
            return "cut the answer off"
        inside = (one for one in seen.args if isinstance(one, Exception))
        seen = seen.__cause__ or seen.__context__ or next(inside, None)
    if {"RemoteDisconnected", "ConnectionResetError", "BrokenPipeError"} & set(kinds):
        return "closed the connection without a complete answer"
    return f"did not answer as HTTP asks ({kinds[0]})"
