"""Export: N-Quads of a million triples against pyoxigraph, and canonical Turtle against rdflib's longturtle.

    python benchmarks/export.py TABLES [--runs N]

TABLES is the folder with the Harmonized System tables (see hs_graph.py).
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import timing

HERE = Path(__file__).parent

# As pyoxigraph writes it: unsorted, a triple as often as it stands there, blank nodes as they are called.
STREAM = """\
import sys, pyoxigraph as ox
quads = ox.parse(path=sys.argv[1], format=ox.RdfFormat.TURTLE)
ox.serialize(quads, sys.argv[2], ox.RdfFormat.N_QUADS)
"""
LOAD_AND_DUMP = """\
import sys, pyoxigraph as ox
store = ox.Store()
store.bulk_load(path=sys.argv[1], format=ox.RdfFormat.TURTLE)
store.dump(sys.argv[2], ox.RdfFormat.N_QUADS)
"""
RDFLIB = """\
import sys, rdflib
graph = rdflib.Graph()
graph.parse(sys.argv[1], format="nt11")
graph.serialize(sys.argv[2], format="longturtle", canon=True, encoding="utf-8")
"""


def compare(title: str, commands: Mapping[str, Sequence[str]], base: str, runs: int) -> None:
    """Time the commands in turn and print a table."""
    results = timing.in_turn({name: lambda c=c: timing.run(c) for name, c in commands.items()}, runs)
    print(f"\n{title}\n\n{timing.table(results, base)}")


def main() -> None:
    """Make the files, time, and print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("tables", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    command = shutil.which("wcograph", path=os.path.dirname(sys.executable)) or "wcograph"
    work = Path(tempfile.mkdtemp())
    try:
        scripts = {"stream": STREAM, "load": LOAD_AND_DUMP, "longturtle": RDFLIB}
        for name, text in scripts.items():
            (work / f"{name}.py").write_text(text)

        def script(name: str, *arguments: Path) -> list[str]:
            return [sys.executable, str(work / f"{name}.py"), *map(str, arguments)]

        source, out = work / "large.ttl", work / "out.nq"
        timing.run([sys.executable, str(HERE / "hs_graph.py"), str(args.tables), "large", str(source)])
        print(timing.machine())
        compare(
            "N-Quads of 1,070,630 triples",
            {
                "pyoxigraph: parse and serialize, nothing kept": script("stream", source, out),
                "pyoxigraph: load into a Store, dump": script("load", source, out),
                "wcograph export --data large.ttl -o out.nq": [
                    command, "export", "--data", str(source), "-o", str(out),
                ],
            },
            "pyoxigraph: parse and serialize, nothing kept",
            args.runs,
        )  # fmt: skip
        union = work / "union.nt"
        timing.run([command, "export", "-o", str(union)])
        compare(
            "Canonical Turtle of the built-in graph",
            {
                "wcograph export -f turtle": [command, "export", "-o", str(work / "a.ttl")],
                "wcograph export --data union.nt -f turtle": [
                    command, "export", "--data", str(union), "-o", str(work / "b.ttl"),
                ],
                "rdflib longturtle, canon=True, of union.nt": script("longturtle", union, work / "c.ttl"),
            },
            "rdflib longturtle, canon=True, of union.nt",
            args.runs,
        )  # fmt: skip
    finally:
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
