"""What the server is allowed to use: each limit is an option of ``wcograph serve`` and an environment variable."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from wcograph.toolbox.errors import UsageError


def _limit(default: Any, what: str, least: float = 1) -> Any:
    return field(default=default, metadata={"help": what, "least": least})


@dataclass(frozen=True)
class Settings:
    """The limits and the address of the server. The help of each field is its meaning.

    A field ``max_rows`` is the option ``--max-rows`` and the environment variable ``WCOGRAPH_MAX_ROWS``.

    >>> Settings().max_rows, Settings.read({"max_rows": 5}, {"WCOGRAPH_TIMEOUT": "2"}).timeout
    (100000, 2.0)
    """

    timeout: float = _limit(10.0, "seconds for an answer", 0.001)
    max_rows: int = _limit(100_000, "rows, or triples, of an answer")
    max_bytes: int = _limit(2**25, "bytes of an answer")
    max_query: int = _limit(2**16, "characters of a query")
    max_body: int = _limit(2**20, "bytes of the body of a request")
    max_header: int = _limit(2**16, "bytes of the URL and headers of a request", 1024)
    patience: float = _limit(10.0, "seconds for a request to arrive", 0.1)
    memory: int = _limit(2048, "MiB of memory for each query, at least 1,024", 1024)
    children: int = _limit(max(2, os.cpu_count() or 2), "long queries at a time")
    threads: int = _limit(4, "questions and pages at a time")
    queue: int = _limit(256, "requests that wait for their turn", 0)
    connections: int = _limit(1000, "connections at a time")
    cache: int = _limit(16, "MiB of answers that are kept", 0)
    base_url: str = field(default="", metadata={"help": "the public URL, if behind a proxy"})
    allowed_hosts: tuple[str, ...] = field(
        default=(), metadata={"help": "another name of this host; may be repeated, * is any"}
    )

    @classmethod
    def read(cls, given: Mapping[str, Any], environment: Mapping[str, str]) -> Settings:
        """Return the settings as ``given``, else as in the ``environment``, else the defaults.

        Raises UsageError for a value that is not a number of the right size.
        """
        values: dict[str, Any] = {}
        for one in fields(cls):
            value = given.get(one.name)
            name = variable(one.name)
            if value is None and environment.get(name):
                value = environment[name].split(",") if one.name == "allowed_hosts" else environment[name]
            if value is not None:
                values[one.name] = _read(option(one.name), one.default, value, one.metadata.get("least"))
        return cls(**values)


def option(name: str) -> str:
    """Return the option that sets a field.

    >>> option("max_rows"), variable("max_rows")
    ('--max-rows', 'WCOGRAPH_MAX_ROWS')
    """
    return "--" + name.replace("_", "-")


def variable(name: str) -> str:
    """Return the environment variable that sets a field."""
    return "WCOGRAPH_" + name.upper()


def _read(name: str, default: Any, value: Any, least: float | None) -> Any:
    if least is None:
        return tuple(value) if isinstance(default, tuple) else str(value).rstrip("/")
    try:
        number = type(default)(value)
    except ValueError:
        number = None
    if number is None or not least <= number < 2**40:
        raise UsageError(f"{name}: {value!r} is not a number of at least {least:g}")
    return number
