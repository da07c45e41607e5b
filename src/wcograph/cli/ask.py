"""Answer a question in plain words, English or French.

It finds the stored question that fits, fills its parameters from the words,
shows the command for it, and answers. If it is not clear which question is
meant, it lists the nearest ones, ready to paste, with exit status 1.

examples:
  wcograph ask which countries joined in the 1990s
  wcograph ask parties to the ATA Convention in Africa -f csv
  wcograph ask "qui est le Secrétaire général ?"
"""

from __future__ import annotations

import argparse
import sys

from wcograph.cli._answering import answer, answer_options, data_options, explain, load_graph
from wcograph.cli._deadline import Deadline
from wcograph.cli._options import add
from wcograph.toolbox.errors import log_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from wcograph.toolbox.ask.understand import Candidate, Understanding


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("words", nargs="+", metavar="WORD", help="the question, in any words")
    answer_options(parser)
    data_options(parser)
    add(parser, "--queries")


def run(args: argparse.Namespace) -> int:
    """Answer, or list the questions that may be meant."""
    deadline = Deadline(args.timeout)
    kg = load_graph(args, deadline, args.queries or ())
    understood = kg.understand(" ".join(args.words))
    if not understood.clear:
        print(_nearest(understood), file=sys.stderr if args.format or args.output else sys.stdout)
        return 1
    best = understood.candidates[0]
    print(f"wcograph: {_shown(best)}", file=sys.stderr)
    if best.unused:
        print(log_line(f"wcograph: not understood: {', '.join(best.unused)}"), file=sys.stderr)
    given: Mapping[str, Any] = best.parameters
    empty = False

    def no_rows() -> tuple[str, ...]:
        nonlocal empty
        empty = True
        return ()

    status, stages = answer(
        args,
        deadline,
        lambda: kg.query(best.query, sources=args.sources, labels=args.labels, limit=args.limit, **given),
        no_rows,
    )
    if args.explain:
        explain(kg.bound(best.query, **given), {}, stages)
    others = understood.candidates[1:]
    if others and empty:
        lines = ["wcograph: no rows; these questions may be meant:", *(f"  {_shown(one)}" for one in others)]
        print("\n".join(lines), file=sys.stderr)
    return status


def _shown(candidate: Candidate) -> str:
    return log_line(f"{candidate.title}: wcograph query {candidate.command()}")


def _nearest(understood: Understanding) -> str:
    """Return lines that say that no question is clearly meant, with those that may be."""
    if understood.outside:
        said = f" ({', '.join(understood.unknown)})" if understood.unknown else ""
        first = f"The graph has no answer to this{said}."
        nearest = (
            " The nearest questions:" if understood.candidates else " 'wcograph query' lists the questions."
        )
    else:
        first, nearest = "It is not clear which question is meant.", " The nearest ones:"
    return "\n".join([log_line(first + nearest), *(f"  {_shown(one)}" for one in understood.candidates)])
