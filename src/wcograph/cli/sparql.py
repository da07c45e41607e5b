"""Run your own SPARQL query. It sees the whole graph but the shapes; the prefixes of the graph are known.

examples:
  wcograph sparql 'SELECT ?name { ?r a wco:Region ; skos:prefLabel ?name }'
  wcograph sparql -q mine.rq --data mine.ttl -o answer.csv
  wcograph sparql 'ASK { ?x a wco:Region }' --exit-status
  wcograph sparql 'SELECT * { ?s ?p ?o }' --data mine.ttl --only-data --timeout 10
"""

from __future__ import annotations

import argparse
import os
import time

from wcograph.cli._answering import (
    Deadline,
    answer,
    answer_options,
    data_options,
    explain,
    load_graph,
    swallowed,
)
from wcograph.errors import InputError, UsageError
from wcograph.output import standard_input
from wcograph.querying.parameters import unknown_terms


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.usage = "wcograph sparql [QUERY | -q FILE | -] [--data FILE ...] [-f FORMAT] [-o FILE]"
    parser.add_argument("query", nargs="?", metavar="QUERY", help="the query; - reads it from standard input")
    parser.add_argument("-q", "--query-file", metavar="FILE", help="read the query from FILE")
    answer_options(parser)
    data_options(parser)
    parser.add_argument("--allow-service", action="store_true", help="let SERVICE reach over the network")


def run(args: argparse.Namespace) -> int:
    """Answer the query."""
    deadline = Deadline(args.timeout, args.output)
    if args.query_file is None:
        swallowed(args, "query")
    text, name = _query(args)
    began = time.perf_counter()
    kg = load_graph(args, deadline)
    loaded = time.perf_counter() - began
    status, stages = answer(
        args,
        deadline,
        lambda: kg.sparql(
            text,
            name=name,
            sources=args.sources,
            labels=args.labels,
            limit=args.limit,
            allow_service=args.allow_service,
        ),
        lambda: unknown_terms(kg.store, text),
    )
    if args.explain:
        explain(text, {}, [("load", loaded, ""), *stages])
    return status


def _query(args: argparse.Namespace) -> tuple[str, str]:
    """Give the text of the query and the name under which errors speak of it."""
    if (args.query is None) == (args.query_file is None):
        raise UsageError("give one query: as an argument, as -q FILE, or - for standard input")
    name = "standard input" if args.query_file is None else args.query_file
    try:
        if args.query == "-" or args.query_file == "-":
            return standard_input().read().decode("utf-8-sig"), "standard input"
        if args.query_file is not None:
            with open(args.query_file, encoding="utf-8-sig") as file:
                return file.read(), args.query_file
        args.query.encode()
        if "{" not in args.query and (args.query.endswith((".rq", ".sparql")) or os.path.isfile(args.query)):
            raise UsageError(f"{args.query} names a file, it is no query; ask it with -q {args.query}")
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=name) from error
    except UnicodeDecodeError as error:
        raise InputError(f"is not UTF-8 (byte {error.start})", file=name) from error
    except UnicodeEncodeError as error:
        raise UsageError(f"the query is not UTF-8 (character {error.start + 1})") from error
    return args.query, "query"
