"""Write the graph as RDF: what is asserted and derived; --graph inferred gives the OWL 2 RL closure."""

from __future__ import annotations

import argparse

from wcograph.errors import UsageError
from wcograph.export import FORMATS
from wcograph.graph import load
from wcograph.layout import ROLES


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.usage = "wcograph export [-f FORMAT] [-o FILE] [--graph ROLE ...]"
    names = ", ".join(FORMATS)
    parser.add_argument(
        "-f", "--format", metavar="FORMAT", help=f"one of {names}; default: by the ending of FILE, else trig"
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="write to FILE, replaced when all is written")
    parser.add_argument(
        "--graph",
        action="append",
        metavar="ROLE",
        help=f"only this graph (may be repeated): {', '.join(ROLES)}",
    )
    parser.add_argument(
        "--no-inferred",
        action="store_true",
        help="leave out what is inferred, as is done unless --graph asks",
    )


def run(args: argparse.Namespace) -> int:
    """Write the graph."""
    if args.no_inferred and "inferred" in (args.graph or ()):
        raise UsageError("--no-inferred and --graph inferred do not go together")
    load().export(args.output, args.format, args.graph)
    return 0
