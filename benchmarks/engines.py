"""Ask every stored query of SPARQL endpoints that have the graph, and compare the rows with those of the built-in engine.

    python benchmarks/engines.py oxigraph=http://127.0.0.1:7878/query virtuoso=http://127.0.0.1:8890/sparql

Each query has two sets of parameters: those that it needs, and all, with the examples of its header; a query
for which these are the same gets another value. What `wcograph doctor` predicts stands beside the result. A query that it
says must not be sent is not sent, unless --all. README.md has the table.
"""

from __future__ import annotations

import argparse
import sys
import time

import wcograph
from wcograph import layout
from wcograph.toolbox.errors import WcographError
from wcograph.toolbox.sparql.parameters import codes


def sets(kg: wcograph.KnowledgeGraph, query) -> list[dict[str, str]]:
    """Return two sets of parameters for a query; one if it has no parameters."""
    few = {p.name: p.example for p in query.parameters if not p.optional}
    every = {p.name: p.example for p in query.parameters if p.example}
    found = [few] if every == few else [few, every]
    if len(found) == 1 and query.parameters:
        other = dict(few)
        for parameter in query.parameters:
            if ":" in parameter.type and not parameter.type.startswith("xsd:") and parameter.name in few:
                named = set(codes(kg.store, parameter, layout.PROFILE))
                for code in sorted(named, reverse=True):
                    if kg.query(query.name, **{**few, parameter.name: code}, limit=1):
                        other[parameter.name] = code
                        break
                break
        found += [other] if other != few else []
    return found


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("endpoint", nargs="+", metavar="NAME=URL")
    parser.add_argument("--only", action="append", help="only this query")
    parser.add_argument("--all", action="store_true", help="send also what doctor says must not be sent")
    parser.add_argument("--timeout", type=float, default=60)
    args = parser.parse_args()
    kg = wcograph.load()
    queries = [query for query in kg.queries if not args.only or query.name in args.only]
    names, urls = zip(*(one.split("=", 1) for one in args.endpoint), strict=True)
    remotes = [wcograph.connect(url, timeout=args.timeout) for url in urls]
    print(f"| query | rows | {' | '.join(names)} |\n| --- | --: |{' --- |' * len(names)}")
    counts = [0] * len(names)
    total = 0
    for query in queries:
        for given in sets(kg, query):
            local = kg.query(query.name, **given).rows()
            results = []
            for at, remote in enumerate(remotes):
                began = time.perf_counter()
                try:
                    rows = remote.query(query.name, **given).rows()
                    same = rows == local
                    result = (
                        "same"
                        if same
                        else f"different ({len(rows)} rows)"
                        if sorted(map(str, rows)) != sorted(map(str, local))
                        else "order"
                    )
                except WcographError as error:
                    result = "error"
                    print(query.name, given, names[at], error, file=sys.stderr)
                    same = False
                counts[at] += same
                results.append(f"{result} {time.perf_counter() - began:.1f} s")
            total += 1
            shown = " ".join(f"{key}={value}" for key, value in given.items())
            print(f"| {query.name} {shown} | {len(local)} | {' | '.join(results)} |", flush=True)
    print(f"| same of {total} | | {' | '.join(map(str, counts))} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
