"""A stored query from the shell, cache built, against a three-line script on the same store and against rdflib.

python benchmarks/query.py [RUNS]
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

import timing

from wcograph import layout

NAME = "bodies"

SHORT_SCRIPT = """\
import pyoxigraph, sys
store = pyoxigraph.Store.read_only(sys.argv[1])
answer = store.query(open(sys.argv[2]).read(), use_default_graph_as_union=True)
print(answer.serialize(format=pyoxigraph.QueryResultsFormat.CSV).decode())
"""

PLAIN_RDFLIB = """\
import glob, rdflib, sys
graph = rdflib.Graph()
for path in sys.argv[2:]:
    graph.parse(path)
print(graph.query(open(sys.argv[1]).read()).serialize(format="csv").decode())
"""


def main() -> None:
    """Build the cache, time the three in turn, and print the table."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    work = Path(tempfile.mkdtemp())
    try:
        os.environ["WCOGRAPH_CACHE_DIR"] = str(work / "cache")
        timing.run([sys.executable, "-m", "wcograph", "info"])
        (store,) = (work / "cache").glob("build-*/store")
        root = layout.root()
        (query,) = [Path(root, path) for path in layout.query_files(root) if path.endswith(f"/{NAME}.rq")]
        files = [str(Path(root, path)) for paths in layout.rdf_files(root).values() for path in paths]
        (work / "three.py").write_text(SHORT_SCRIPT)
        (work / "plain.py").write_text(PLAIN_RDFLIB)
        command = shutil.which("wcograph", path=os.path.dirname(sys.executable)) or "wcograph"
        commands = {
            "a script of pyoxigraph on the same store": [
                sys.executable,
                str(work / "three.py"),
                str(store),
                str(query),
            ],
            f"wcograph query {NAME} -f csv": [command, "query", NAME, "-f", "csv"],
        }
        results = timing.in_turn({name: lambda c=c: timing.run(c) for name, c in commands.items()}, runs)
        plain = [sys.executable, str(work / "plain.py"), str(query), *files]
        results["rdflib parsing the Turtle files"] = [timing.run(plain)] * runs
        print(timing.machine(), f"{runs} runs in turn (rdflib: one)", "", sep="\n")
        print(timing.table(results, next(iter(commands))))
    finally:
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
