"""A query in its own process, so that it can be ended: the engine cannot be interrupted while it evaluates.

The child opens the same store (or reads a copy of one in memory), evaluates, and sends the answer back as
SPARQL results in JSON or as N-Triples.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pyoxigraph as ox

from wcograph.toolbox import processes
from wcograph.toolbox.sparql.asking import failed
from wcograph.toolbox.sparql.mistakes import ill_formed
from wcograph.toolbox.sparql.results import Answer, answered

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_CHILD = """
import json, sys
import pyoxigraph as ox
line = json.loads(sys.stdin.buffer.readline())
if line["store"]:
    store = ox.Store.read_only(line["store"])
else:
    store = ox.Store()
    store.bulk_load(sys.stdin.buffer, ox.RdfFormat.N_QUADS)
try:
    graphs = [ox.NamedNode(graph) if graph else ox.DefaultGraph() for graph in line["graphs"]]
    named = [graph for graph in graphs if isinstance(graph, ox.NamedNode)]
    seen = {"default_graph": graphs, "named_graphs": named} if graphs else {"use_default_graph_as_union": line["union"]}
    answer = store.query(line["query"], prefixes=line["prefixes"], base_iri=line["base"], **seen)
    graph = isinstance(answer, ox.QueryTriples)
    found = answer.serialize(format=ox.RdfFormat.N_TRIPLES if graph else ox.QueryResultsFormat.JSON)
    sys.stdout.buffer.write((b"G" if graph else b"R") + found)
except SyntaxError as error:
    sys.stdout.buffer.write(b"E" + str(error).encode())
except (RuntimeError, OSError, ValueError) as error:
    sys.stdout.buffer.write(b"F" + str(error).encode())
"""


def evaluate(
    store: ox.Store,
    place: str | None,
    query: str,
    seconds: float,
    graphs: Sequence[str] = (),
    *,
    name: str = "query",
    prefixes: Mapping[str, str] | None = None,
    limit: int | None = None,
    base: str | None = None,
    union: bool = True,
) -> Answer:
    """Evaluate ``query`` in a child process for at most ``seconds``.

    ``place`` is the directory of the store; None if it is in memory. The query sees the union of ``graphs`` (an
    empty name is the default graph); if none is named, that of all or, without ``union``, the default graph.
    ``prefixes`` need no declaration, and relative IRIs resolve against ``base``. Raises LimitError
    if the time or the child's memory runs out, and InputError for an ill-formed query, an unknown function,
    and a remote service that fails.
    """
    if place is not None and not os.path.isdir(place):
        place = None  # removed meanwhile; what this process has open still answers
    order = {"store": place, "query": query, "prefixes": dict(prefixes or {}), "graphs": list(graphs)}
    request = json.dumps({**order, "base": base, "union": union}).encode() + b"\n"
    if place is None:
        request += store.dump(format=ox.RdfFormat.N_QUADS) or b""
    output = processes.run(_CHILD, request, seconds=seconds)
    kind, content = output[:1], output[1:]
    if kind == b"E":
        error = SyntaxError(content.decode())
        raise ill_formed(error, query, name, prefixes, base) from error
    if kind == b"F":
        raise failed(RuntimeError(content.decode()), name)
    if kind == b"G":
        triples = [quad.triple for quad in ox.parse(content, format=ox.RdfFormat.N_TRIPLES)]
        return answered(lambda: triples, name, limit, prefixes=prefixes)
    results = ox.QueryResultsFormat.JSON
    return answered(lambda: ox.parse_query_results(content, format=results), name, limit, prefixes=prefixes)
