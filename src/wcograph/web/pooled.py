"""The graph as the pages see it: SPARQL of a visitor is answered in the pool, everything else as always."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from wcograph.graph import KnowledgeGraph
from wcograph.toolbox.errors import InputError, LimitError, UsageError, WcographError
from wcograph.toolbox.sparql.results import Answer
from wcograph.web.problems import Problem

if TYPE_CHECKING:
    from wcograph.web.pool import Pool


class PooledGraph(KnowledgeGraph):
    """A graph whose ``sparql`` runs in the pool. Ask it in a thread other than that of the event loop."""

    def __init__(self, kg: KnowledgeGraph, pool: Pool) -> None:
        """Share everything with ``kg``."""
        self.__dict__.update(kg.__dict__)
        self._pool = pool

    def sparql(self, query: str, *, limit: int | None = None, **_: Any) -> Answer:
        """Answer a query within the limits of the server, all other options as it has them.

        Raises InputError, UsageError and LimitError as the graph itself does.
        """
        assert self._pool.loop is not None
        try:
            found = asyncio.run_coroutine_threadsafe(
                self._pool.ask(query, "json", "nt"), self._pool.loop
            ).result()
        except Problem as problem:
            raise _error_of(problem) from problem
        if found.kind == "G":
            parsed = ox.parse(found.content, format=ox.RdfFormat.N_TRIPLES)
            rows: list[Any] = [(one.subject, one.predicate, one.object) for one in parsed]
            form, names = "CONSTRUCT", ["subject", "predicate", "object"]
        else:
            results = ox.parse_query_results(found.content, format=ox.QueryResultsFormat.JSON)
            if isinstance(results, ox.QueryBoolean):
                form, names, rows = "ASK", ["answer"], [(ox.Literal(bool(results)),)]
            else:
                form, names = "SELECT", [variable.value for variable in results.variables]
                rows = [tuple(row) for row in results]
        return Answer(form, names, rows, limit=limit, prefixes=self.prefixes)


def _error_of(problem: Problem) -> WcographError:
    if problem.status >= 422:
        error = LimitError(problem.detail)
        error.problem = problem  # type: ignore[attr-defined]
        return error
    if problem.line is not None:
        detail = re.sub(r"^query:\d+:\d+: ", "", problem.detail)
        return InputError(detail, file="query", line=problem.line, column=problem.column)
    return UsageError(problem.detail)
