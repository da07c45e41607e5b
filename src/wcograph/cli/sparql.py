"""Run your own SPARQL query. It sees the whole graph but the shapes; the prefixes of the graph are known."""

from __future__ import annotations

import argparse
import sys

from wcograph.errors import InputError, UsageError
from wcograph.graph import load
from wcograph.output import open_output
from wcograph.results import FORMATS, write


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.usage = "wcograph sparql [QUERY | -q FILE | -] [-f FORMAT] [-o FILE]"
    parser.add_argument("query", nargs="?", metavar="QUERY", help="the query; - reads it from standard input")
    parser.add_argument("-q", "--query-file", metavar="FILE", help="read the query from FILE")
    parser.add_argument(
        "-f", "--format", choices=FORMATS, metavar="FORMAT", help=f"one of {', '.join(FORMATS)}"
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="write to FILE, replaced when all is written")
    parser.add_argument("--allow-service", action="store_true", help="let SERVICE reach over the network")
    parser.add_argument("--no-cache", action="store_true", help="build the graph in memory")
    parser.add_argument("--no-inferred", action="store_true", help="ask what is asserted and derived only")


def run(args: argparse.Namespace) -> int:
    """Answer the query."""
    text, name = _query(args)
    kg = load(use_cache=not args.no_cache, inferred=not args.no_inferred)
    answer = kg.sparql(text, name=name, allow_service=args.allow_service)
    with open_output(args.output) as stream:
        write(answer, args.format, stream)
    return 0


def _query(args: argparse.Namespace) -> tuple[str, str]:
    """Give the text of the query and the name under which errors speak of it."""
    if (args.query is None) == (args.query_file is None):
        raise UsageError("give one query: as an argument, as -q FILE, or - for standard input")
    try:
        if args.query == "-" or args.query_file == "-":
            return sys.stdin.buffer.read().decode("utf-8"), "standard input"
        if args.query_file is not None:
            with open(args.query_file, encoding="utf-8") as file:
                return file.read(), args.query_file
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=args.query_file) from error
    except UnicodeDecodeError as error:
        raise InputError(
            f"is not UTF-8 (byte {error.start})", file=args.query_file or "standard input"
        ) from error
    return args.query, "query"
