"""What comes in and what goes out: a request with everything decoded and checked, and a reply."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote_to_bytes

from wcograph.web import negotiation
from wcograph.web.problems import Gone, Problem, limit

if TYPE_CHECKING:
    from wcograph.web.settings import Settings

    Receive = Callable[[], Awaitable[dict[str, Any]]]

_MOST_PARAMETERS = 1000


class Request:
    """A request: its method, path, parameters and headers, with all text decoded and checked."""

    def __init__(self, scope: dict[str, Any], headers: dict[bytes, bytes], receive: Receive) -> None:
        """Decode. Raises Problem for what is not UTF-8, and for a control character."""
        self._receive, self.headers, self.method = receive, headers, scope["method"]
        try:
            self.path = unquote_to_bytes(scope["raw_path"].partition(b"?")[0]).decode()
        except UnicodeDecodeError:
            raise Problem(400, "wrong-request", "the path is not UTF-8") from None
        if any(character < " " for character in self.path):
            raise Problem(400, "wrong-request", "the path has a control character")
        self.query: bytes = scope["query_string"]
        self.params = parameters(self.query)
        self.accept = headers.get(b"accept", b"").decode("latin-1")
        self.language = negotiation.language(headers.get(b"accept-language", b"").decode("latin-1"))
        self.host, self.scheme = headers.get(b"host", b"").decode("latin-1"), scope.get("scheme", "http")

    def one(self, name: str) -> str | None:
        """Return the value of a parameter. Raises Problem if it is given twice."""
        values = self.params.get(name, ())
        if len(values) > 1:
            raise Problem(400, "wrong-request", f"the parameter {name} is given {len(values)} times")
        return values[0] if values else None

    async def read(self, settings: Settings) -> bytes:
        """Read the body. Raises Problem if it is too long or too slow, or compressed."""
        if self.headers.get(b"content-encoding", b"identity").lower() not in (b"identity", b""):
            raise Problem(415, "wrong-request", "send the body without Content-Encoding")
        body, more = bytearray(), True
        try:
            async with asyncio.timeout(settings.patience):
                while more:
                    message = await self._receive()
                    if message["type"] == "http.disconnect":
                        raise Gone
                    body += message.get("body", b"")
                    more = message.get("more_body", False)
                    if len(body) > settings.max_body:
                        raise limit("max_body", settings)
        except TimeoutError:
            raise limit("patience", settings) from None
        return bytes(body)

    async def gone(self) -> None:
        """Wait until the client has closed the connection."""
        while (await self._receive())["type"] != "http.disconnect":
            pass


@dataclass(slots=True)
class Reply:
    """What is sent: bytes, media type, status and further headers.

    ``tag`` is the strong ETag without its quotes; it is empty if the same request may get another answer.
    """

    body: bytes
    media: str
    tag: str = ""
    status: int = 200
    headers: Sequence[tuple[str, str]] = ()


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
        found = parse_qs(query.decode(), True, errors="strict", max_num_fields=_MOST_PARAMETERS)
    except UnicodeDecodeError:
        raise Problem(400, "wrong-request", "a parameter is not UTF-8") from None
    except ValueError:
        raise Problem(400, "wrong-request", f"there are more than {_MOST_PARAMETERS} parameters") from None
    for name, values in found.items():
        if "\0" in name or any("\0" in value for value in values):
            raise Problem(400, "wrong-request", f"the parameter {name[:100]!r} has a NUL character")
    return found
