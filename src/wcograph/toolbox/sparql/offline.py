"""rdflib without the network: while it evaluates a query, SERVICE and FROM are refused if it would fetch something.

rdflib fetches what SERVICE and FROM name, in queries of shapes too, and has no option to turn this off. Its functions
that fetch are replaced once in this process by functions that first ask for permission; outside ``offline`` they work
as before.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import TYPE_CHECKING, Any

from rdflib.plugins.sparql import evaluate
from rdflib.plugins.sparql.sparql import QueryContext

from wcograph.toolbox.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

_offline: ContextVar[bool] = ContextVar("offline", default=False)


class Offline:
    """A mark of rdflib stores: no query over such a store uses the network, whoever evaluates it."""


@contextmanager
def offline() -> Iterator[None]:
    """Refuse with UsageError, while the block runs in this thread, whatever rdflib would fetch for a query.

    >>> import rdflib
    >>> with offline():
    ...     list(rdflib.Graph().query("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }"))
    Traceback (most recent call last):
    ...
    wcograph.toolbox.errors.UsageError: SERVICE would use the network; leave it out
    """
    guard()
    token = _offline.set(True)
    try:
        yield
    finally:
        _offline.reset(token)


@cache
def guard() -> None:
    """Wrap the functions that fetch in a check for permission."""
    service, load, begin = evaluate.evalServiceQuery, QueryContext.load, QueryContext.__init__

    def asked(context: QueryContext, part: Any) -> Any:
        _refuse("SERVICE", context.graph, context._dataset)
        return service(context, part)

    def loaded(self: QueryContext, *arguments: Any, **options: Any) -> None:
        _refuse("FROM")
        load(self, *arguments, **options)

    def begun(self: QueryContext, graph: Any = None, *arguments: Any, **options: Any) -> None:
        if isinstance(getattr(graph, "store", None), Offline):  # in its place FROM puts a graph of its own
            with offline():
                begin(self, graph, *arguments, **options)
        else:
            begin(self, graph, *arguments, **options)

    evaluate.evalServiceQuery = asked  # type: ignore[assignment]
    QueryContext.load = loaded  # type: ignore[method-assign]
    QueryContext.__init__ = begun  # type: ignore[method-assign]


def _refuse(keyword: str, *graphs: Any) -> None:
    if _offline.get() or any(isinstance(getattr(graph, "store", None), Offline) for graph in graphs):
        raise UsageError(f"{keyword} would use the network; leave it out")
