"""Ask every stored query of SPARQL endpoints that have the graph, and compare the rows with those of the built-in engine.

    python benchmarks/engines.py oxigraph=http://127.0.0.1:7878/query virtuoso=http://127.0.0.1:8890/sparql

Each query has two sets of parameters: those that it needs, and all, with the examples of its header; a query
for which these are the same gets another value. What `wcograph doctor` predicts is beside the result. A query that it
says must not be sent is not sent, unless --all. Exit status 1 if a result is not the same and doctor has not named the
query. docs/endpoints.md has the table, and how to start the engines.
"""

from __future__ import annotations

import argparse
import sys

import wcograph
from wcograph import layout
from wcograph.canaries import NEVER, SAFE, examine, verdicts
from wcograph.remote import RemoteGraph
from wcograph.toolbox.errors import WcographError
from wcograph.toolbox.sparql.parameters import codes
from wcograph.toolbox.sparql.stored import StoredQuery


def sets(kg: wcograph.KnowledgeGraph, query: StoredQuery) -> list[dict[str, str]]:
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


def compared(kg: wcograph.KnowledgeGraph, remote: RemoteGraph, query: StoredQuery) -> str:
    """Ask a query with its sets of parameters, and return how many answers are the same as here."""
    every = sets(kg, query)
    same = 0
    for given in every:
        try:
            same += remote.query(query.name, **given).rows() == kg.query(query.name, **given).rows()
        except WcographError as error:
            print(query.name, given, error, file=sys.stderr, flush=True)
    return "same" if same == len(every) else f"{same} of {len(every)} same"


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
    judged = []
    for remote in remotes:
        findings = examine(remote, lambda name, found: None)
        judged.append({query.name: verdict for query, verdict, _ in verdicts(queries, findings)})
    print(f"| question | {' | '.join(names)} |\n| --- |{' --- |' * len(names)}")
    unnamed = 0
    for query in queries:
        cells = []
        for remote, verdict in zip(remotes, judged, strict=True):
            foretold = verdict[query.name]
            result = "not sent" if foretold == NEVER and not args.all else compared(kg, remote, query)
            unnamed += result != "same" and foretold == SAFE
            cells.append(result if foretold == SAFE else f"{result} ({foretold})")
        print(f"| {query.name} | {' | '.join(cells)} |", flush=True)
    print(f"\nNot the same and not named by doctor: {unnamed}.")
    return int(unnamed > 0)


if __name__ == "__main__":
    sys.exit(main())
