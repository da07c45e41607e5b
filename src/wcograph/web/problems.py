"""Problem details for HTTP (RFC 9457): what is wrong, where, and which setting allows more."""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import Any

from wcograph.layout import NAMESPACE
from wcograph.toolbox.errors import InputError, LimitError, UsageError, WcographError, visible
from wcograph.web.settings import Settings, option, variable

DOCS = NAMESPACE + "docs/serve.html#"
_NEAR = 40  # characters of the query around a mistake


class Problem(Exception):  # noqa: N818 (it is the name in RFC 9457)
    """A request that is not answered: the status, the kind of problem, and what a person should know.

    ``kind`` is a heading of the page about the server. ``detail`` begins with the location in the query ``text``, if that is
    known. ``setting`` is the field of the settings whose limit was reached, ``retry`` the seconds after which to try again.

    >>> Problem(400, "ill-formed-query", "query:1:8: } is not expected", text="SELECT }").values()["near"]
    '}'
    """

    def __init__(
        self,
        status: int,
        kind: str,
        detail: str,
        *,
        text: str = "",
        setting: str = "",
        amount: float | None = None,
        retry: int = 0,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        """Keep the values."""
        super().__init__(detail)
        self.status, self.kind, self.detail, self.text = status, kind, detail, text
        self.setting, self.amount = setting, amount
        self.headers = (*headers, ("Retry-After", str(retry))) if retry else headers
        self.title = HTTPStatus(status).phrase
        self.line = self.column = 0  # if they are not known
        if place := re.match(r"[^:]*:(\d+):(\d+): ", detail):
            self.line, self.column = int(place[1]), int(place[2])

    def values(self) -> dict[str, Any]:
        """Return the members of the problem document."""
        found: dict[str, Any] = {"type": DOCS + self.kind, "title": self.title, "status": self.status}
        found["detail"] = self.detail
        if self.line:
            found |= {"line": self.line, "column": self.column}
            lines = self.text.split("\n")
            if self.text and self.line <= len(lines):
                found["near"] = lines[self.line - 1][self.column - 1 :][:_NEAR]
        if self.setting:
            found |= {"setting": option(self.setting), "variable": variable(self.setting)}
            found |= {} if self.amount is None else {"limit": self.amount}
        return found

    def json(self) -> bytes:
        """Return the problem document."""
        return json.dumps(self.values(), ensure_ascii=True).encode() + b"\n"

    def plain(self) -> bytes:
        """Return the problem as a line of text."""
        return (visible(" ".join(self.detail.split())) + "\n").encode("utf-8", "backslashreplace")


class Gone(Exception):  # noqa: N818
    """The client has closed the connection: nobody waits for the answer."""


def limit(setting: str, settings: Settings) -> Problem:
    """Return the problem that a limit has been reached; it names the setting.

    >>> limit("timeout", Settings(timeout=2)).detail
    'stopped after 2 s; ask for less, or allow more with --timeout'
    """
    amount = getattr(settings, setting)
    status, what = {
        "timeout": (503, f"stopped after {amount:g} s"),
        "memory": (503, f"the query needed more than {amount:,} MiB of memory"),
        "children": (503, f"{amount} long queries are running already; ask again later"),
        "threads": (503, f"{amount} questions are being answered already; ask again later"),
        "queue": (503, f"{amount} requests are waiting already; ask again later"),
        "connections": (503, f"{amount} connections are open already; ask again later"),
        "max_rows": (422, f"the answer has more than {amount:,} rows"),
        "max_bytes": (422, f"the answer has more than {amount:,} bytes"),
        "max_query": (413, f"the query has more than {amount:,} characters"),
        "max_body": (413, f"the body of the request has more than {amount:,} bytes"),
        "max_header": (431, f"the URL and the headers have more than {amount:,} bytes"),
        "patience": (408, f"the request did not arrive within {amount:g} s"),
    }[setting]
    more = ", or" if what.endswith("later") else "; ask for less, or"
    retry = max(1, round(min(settings.timeout, 30))) if status == 503 else 0
    detail = f"{what}{more} allow more with {option(setting)}"
    return Problem(status, "limit", detail, setting=setting, amount=amount, retry=retry)


def problem_of(error: WcographError | Problem) -> Problem:
    """Return the problem that an error of the graph means for the client."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, LimitError):
        return Problem(503, "limit", str(error), setting="timeout", retry=5)
    if isinstance(error, InputError):
        kind = "wrong-request" if error.line is None else "ill-formed-query"
        return Problem(400, kind, str(error))
    return Problem(400 if isinstance(error, UsageError) else 500, "wrong-request", str(error))
