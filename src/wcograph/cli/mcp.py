"""Serve the graph as tools for assistants, by the Model Context Protocol.

It speaks on standard input and output, writes nothing else, and uses no
network. An assistant starts it; docs/agents.md says how to tell it to.

examples:
  wcograph mcp                      what an assistant runs
  wcograph mcp --data mine.ttl      with your own data
"""

from __future__ import annotations

import argparse
import sys

from wcograph.cli._answering import loaded
from wcograph.cli._options import READING, add, check_reading
from wcograph.toolbox.arguments import extra
from wcograph.toolbox.errors import UsageError


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add(parser, "--data", *READING, "--only-data", "--queries", "--hs", "--no-inferred")


def run(args: argparse.Namespace) -> int:
    """Serve until standard input ends."""
    check_reading(args, args.data)
    if "-" in (args.data or ()):
        raise UsageError("standard input is the assistant's; name a file")
    with extra("mcp", "'wcograph mcp'"):
        from wcograph.agents.server import server
    made = server(loaded(args, args.queries, hs=args.hs))
    if sys.stdin.isatty():
        print("wcograph: waiting for an assistant on standard input; Ctrl-C ends", file=sys.stderr)
    made.run("stdio")
    return 0
