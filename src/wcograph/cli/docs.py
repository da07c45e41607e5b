"""Write the page of the stored queries, docs/queries.md, or check that it is up to date."""

from __future__ import annotations

import argparse
import os
import sys


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.usage = "wcograph docs [-o FILE] [--check]"
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="write to FILE (- for standard output); default: docs/queries.md",
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing; status 1 where it is out of date"
    )


def run(args: argparse.Namespace) -> int:
    """Write or check the page."""
    from wcograph.graph import load
    from wcograph.output import open_output
    from wcograph.querydocs import page

    kg = load()
    target = args.output or os.path.join(kg.folder, "docs", "queries.md")
    wanted = page(kg).encode()
    if args.check:
        try:
            with open(target, "rb") as file:
                same = file.read() == wanted
        except OSError:
            same = False
        if not same:
            print(f"wcograph: {target} is out of date; run 'wcograph docs'", file=sys.stderr)
        return 0 if same else 1
    if not args.output:
        os.makedirs(os.path.dirname(target), exist_ok=True)
    with open_output(target) as stream:
        stream.write(wanted)
    return 0
