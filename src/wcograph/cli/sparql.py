"""Run your own SPARQL query on the whole graph except its shapes.

The prefixes of the graph are declared; with --only-data, those of the files.

examples:
  wcograph sparql 'SELECT ?name { ?r a wco:Region ; skos:prefLabel ?name }'
  wcograph sparql -q mine.rq --data mine.ttl -o answer.csv
  wcograph sparql 'ASK { ?x a wco:Region }' --exit-status
  wcograph sparql 'SELECT * { ?s ?p ?o }' --data mine.ttl --only-data
"""

from __future__ import annotations

import argparse
import os
import time

from wcograph.cli._answering import answer, answer_options, data_options, explain, load_graph
from wcograph.cli._deadline import Deadline
from wcograph.cli._options import add, swallowed
from wcograph.toolbox.errors import InputError, UsageError
from wcograph.toolbox.output import read_standard_input, read_text
from wcograph.toolbox.rdf.files import file_iri
from wcograph.toolbox.sparql.parameters import unknown_terms
from wcograph.toolbox.sparql.stored import LONGEST


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.usage = "wcograph sparql [QUERY | -q FILE | -] [--data FILE ...] [-f FORMAT]\n                       [-o FILE]"
    parser.add_argument("query", nargs="?", metavar="QUERY", help="the query; - is standard input")
    add(parser, "--query-file")
    answer_options(parser)
    data_options(parser)
    add(parser, "--allow-service")


def run(args: argparse.Namespace) -> int:
    """Answer the query."""
    deadline = Deadline(args.timeout)
    if args.query_file is None:
        args.query = next(iter(swallowed([args.query] if args.query else [], args.data, 1)), None)
    text, name = _query(args)
    base = file_iri(name) if args.query_file not in (None, "-") else None
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
            base=base,
        ),
        lambda: () if args.endpoint else unknown_terms(kg.store, text, kg.prefixes),
    )
    if args.explain:
        explain(text, {}, [("load", loaded, ""), *stages])
    return status


def _query(args: argparse.Namespace) -> tuple[str, str]:
    """Return the text of the query, and its name for messages."""
    if (args.query is None) == (args.query_file is None):
        raise UsageError("write one query: as an argument, in a file (-q FILE), or - for standard input")
    if args.query_file not in (None, "-"):
        return read_text(args.query_file, most=LONGEST), args.query_file
    try:
        if args.query == "-" or args.query_file == "-":
            if "-" in (args.data or ()):
                raise UsageError("standard input is the query or the data, not both")
            return read_standard_input(most=LONGEST).decode("utf-8-sig"), "standard input"
        args.query.encode()
        if "{" not in args.query and (args.query.endswith((".rq", ".sparql")) or os.path.isfile(args.query)):
            raise UsageError(f"{args.query} is a file, not a query; write -q {args.query}")
    except UnicodeDecodeError as error:
        raise InputError(f"is not UTF-8 (byte {error.start})", file="standard input") from error
    except UnicodeEncodeError as error:
        raise UsageError(f"the query is not UTF-8 (character {error.start + 1})") from error
    return args.query, "query"
