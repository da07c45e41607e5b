"""What comes in and what goes out: a request with everything decoded and checked, and a reply."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, unquote_to_bytes

from wcograph.web import negotiation
from wcograph.web.problems import Gone, Problem, limit

if TYPE_CHECKING:
    from wcograph.web.settings import Settings

    Receive = Callable[[], Awaitable[dict[str, Any]]]

_MOST_PARAMETERS = 1000


class Request:
    """A request: its method, path, parameters and headers, with all text decoded and checked."""

    __slots__ = ("_receive", "accept", "body", "headers", "host", "language", "method", "params", "path", "query",
                 "scheme")  # fmt: skip

    def __init__(self, scope: dict[str, Any], headers: dict[bytes, bytes], receive: Receive) -> None:
        """Decode. Raises Problem for what is not UTF-8, and for a control character."""
        self._receive, self.headers, self.method = receive, headers, scope["method"]
        self.path = _decoded(unquote_to_bytes(scope["raw_path"].partition(b"?")[0]), "path")
        self.query: bytes = scope["query_string"]
        self.params = parameters(self.query)
        self.accept = headers.get(b"accept", b"").decode("latin-1")
        self.language = negotiation.language(headers.get(b"accept-language", b"").decode("latin-1"))
        self.host, self.scheme = headers.get(b"host", b"").decode("latin-1"), scope.get("scheme", "http")
        self.body = b""

    def one(self, name: str) -> str | None:
        """Return the value of a parameter. Raises Problem if it is given twice."""
        values = self.params.get(name, ())
        if len(values) > 1:
            raise Problem(400, "wrong-request", f"the parameter {name} is given {len(values)} times")
        return values[0] if values else None

    async def read(self, settings: Settings) -> None:
        """Read the body. Raises Problem if it is too long or too slow, or compressed."""
        if self.headers.get(b"content-encoding", b"identity").lower() not in (b"identity", b""):
            raise Problem(415, "wrong-request", "send the body without Content-Encoding")
        parts, size = [], 0
        try:
            async with asyncio.timeout(settings.patience):
                more = True
                while more:
                    message = await self._receive()
                    if message["type"] == "http.disconnect":
                        raise Gone
                    parts.append(message.get("body", b""))
                    size += len(parts[-1])
                    more = message.get("more_body", False)
                    if size > settings.max_body:
                        raise limit("max_body", settings)
        except TimeoutError:
            raise limit("patience", settings) from None
        self.body = b"".join(parts)

    async def gone(self) -> None:
        """Wait until the client has closed the connection."""
        while (await self._receive())["type"] != "http.disconnect":
            pass


class Reply:
    """What is sent: status, media type and bytes.

    ``tag`` is the strong ETag without its quotes; it is empty if the same request may get another answer. ``headers`` are
    further ones. ``kept`` says whether the reply may be sent again.
    """

    __slots__ = ("body", "headers", "media", "status", "tag")

    def __init__(
        self,
        body: bytes,
        media: str,
        *,
        tag: str = "",
        status: int = 200,
        headers: Sequence[tuple[str, str]] = (),
    ) -> None:
        """Keep the values."""
        self.body, self.media, self.tag, self.status, self.headers = body, media, tag, status, headers


def matches(condition: bytes, tag: str) -> bool:
    """Return whether an If-None-Match header names a tag (RFC 9110, section 13.1.2).

    >>> matches(b'W/"a", "b"', '"a"'), matches(b"*", '"a"'), matches(b'"a"', "")
    (True, True, False)
    """
    wanted = {one.strip().removeprefix(b"W/") for one in condition.split(b",")}
    return bool(tag) and (tag.encode() in wanted or b"*" in wanted)


def parameters(query: bytes) -> dict[str, list[str]]:
    """Return the parameters of a query string, or of a form. Raises Problem for what is not UTF-8 or has a NUL."""
    if not query:
        return {}
    try:
        text = query.decode()
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS)
    except UnicodeDecodeError:
        raise Problem(400, "wrong-request", "a parameter is not UTF-8") from None
    except ValueError:
        raise Problem(400, "wrong-request", f"there are more than {_MOST_PARAMETERS} parameters") from None
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        if "\0" in name or "\0" in value:
            raise Problem(400, "wrong-request", f"the parameter {quote(name)[:100]} has a NUL character")
        found.setdefault(name, []).append(value)
    return found


def _decoded(raw: bytes, what: str) -> str:
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise Problem(400, "wrong-request", f"the {what} is not UTF-8") from None
    if any(character < " " for character in text):
        raise Problem(400, "wrong-request", f"the {what} has a control character")
    return text
