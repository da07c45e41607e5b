"""Find questions that match words, and things whose name has them.

examples:
  wcograph search laboratory
  wcograph search "Côte d'Ivoire" -f csv    the things alone, as CSV
"""

from __future__ import annotations

import argparse

from wcograph.cli._answering import answer, answer_options, data_options, load_graph
from wcograph.cli._deadline import Deadline
from wcograph.toolbox.output import open_output


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("words", nargs="+", metavar="WORD", help="a word, or a part of a name")
    answer_options(parser)
    data_options(parser)


def run(args: argparse.Namespace) -> int:
    """List the questions and the things."""
    deadline = Deadline(args.timeout)
    kg = load_graph(args, deadline)
    text = " ".join(args.words)
    queries = kg.matching(text) if args.format is None and args.output is None else []
    if queries:
        from wcograph.cli.query import listed

        with open_output(None) as stream:
            stream.write(b"questions\n" + listed(queries) + b"\nthings\n")
    args.exit_status = True  # of a search that finds nothing
    status, _ = answer(
        args,
        deadline,
        lambda: kg.query("search", text=text, sources=args.sources, labels=args.labels, limit=args.limit),
        lambda: [f"no name contains {text!r}"],
    )
    return 0 if queries and status == 1 else status
