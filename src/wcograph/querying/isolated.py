"""A query in a process of its own, so that it can be ended: nothing reaches the engine while it evaluates.

The child opens the same store (or reads a copy of one in memory), evaluates, and sends the answer back as
SPARQL results in JSON or as N-Triples. Neither wcograph nor anything of the parent's is loaded in it.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pyoxigraph as ox

from wcograph.errors import LimitError
from wcograph.layout import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_CHILD = """\
import json, signal, sys
line = json.loads(sys.stdin.buffer.readline())
if hasattr(signal, "alarm"):
    signal.alarm(int(line["seconds"]) + 2)  # should the parent be killed
sys.path[:] = line["path"]
import pyoxigraph as ox
if line["store"]:
    store = ox.Store.read_only(line["store"])
else:
    store = ox.Store()
    store.bulk_load(sys.stdin.buffer, ox.RdfFormat.N_QUADS)
try:
    graphs = [ox.NamedNode(graph) if graph else ox.DefaultGraph() for graph in line["graphs"]]
    named = [graph for graph in graphs if isinstance(graph, ox.NamedNode)]
    seen = {"default_graph": graphs, "named_graphs": named} if graphs else {"use_default_graph_as_union": True}
    answer = store.query(line["query"], prefixes=line["prefixes"], **seen)
    graph = isinstance(answer, ox.QueryTriples)
    sys.stdout.buffer.write(b"G" if graph else b"R")
    answer.serialize(sys.stdout.buffer, ox.RdfFormat.N_TRIPLES if graph else ox.QueryResultsFormat.JSON)
except SyntaxError as error:
    sys.stdout.buffer.write(b"E" + str(error).encode())
except RuntimeError as error:
    if "custom function" not in str(error):
        raise
    sys.stdout.buffer.write(b"F" + str(error).encode())
"""

Found = ox.QuerySolutions | ox.QueryBoolean


def evaluate(
    store: ox.Store, place: str | None, query: str, seconds: float, graphs: Sequence[str] = ()
) -> Found | Iterator[ox.Triple]:
    """Evaluate ``query`` in a child process for at most ``seconds``.

    ``place`` is the directory of the store; None where it is in memory. The query sees the union of
    ``graphs`` (an empty name is the default graph), of all where none is named. Raises LimitError when the time
    or the child's memory is over, and SyntaxError and RuntimeError (a function that is not known) as the engine does.
    """
    import json

    order = {"path": sys.path, "store": place, "query": query, "prefixes": PREFIXES, "seconds": seconds}
    order["graphs"] = list(graphs)
    request = json.dumps(order).encode() + b"\n"
    if place is None:
        request += store.dump(format=ox.RdfFormat.N_QUADS) or b""
    try:
        done = subprocess.run(
            [sys.executable, "-c", _CHILD], input=request, capture_output=True, timeout=seconds
        )
    except subprocess.TimeoutExpired:
        raise LimitError(f"stopped after {seconds:g} s (timeout); ask for less, or allow more time") from None
    kind, content = done.stdout[:1], done.stdout[1:]
    if kind == b"E":
        raise SyntaxError(content.decode())
    if kind == b"F":
        raise RuntimeError(content.decode())
    if done.returncode < 0:
        raise LimitError(
            f"the query was ended by signal {-done.returncode}; it may need more memory than there is"
        )
    if done.returncode:
        raise RuntimeError(f"the process of the query failed: {done.stderr.decode(errors='replace')}")
    if kind == b"G":
        return (quad.triple for quad in ox.parse(content, format=ox.RdfFormat.N_TRIPLES))
    return ox.parse_query_results(content, format=ox.QueryResultsFormat.JSON)
