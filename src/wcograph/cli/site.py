"""Write the graph as a web site of files, with all RDF beside the pages.

The pages are those of 'wcograph serve'; what needs a server is left out. Open
DIR/index.html, or copy DIR to any web space. A site that is in DIR is replaced
when the new one is complete.

examples:
  wcograph site -o site
  wcograph site -o mine --data mine.ttl --only-data
"""

from __future__ import annotations

import argparse
import sys

from wcograph.cli._answering import loaded
from wcograph.cli._options import READING, add, check_reading
from wcograph.toolbox.errors import log_line


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.usage = "wcograph site -o DIR [--data FILE ...] [--only-data] [--queries DIR]"
    add(parser, "--output", metavar="DIR", required=True, help="write to DIR, atomically")
    add(parser, "--data", *READING, "--only-data", "--queries", "--no-cache", "--no-inferred", "--timeout")


def run(args: argparse.Namespace) -> int:
    """Write the site."""
    from wcograph.web.site import save

    check_reading(args, args.data)
    kg = loaded(args, args.queries, use_cache=not args.no_cache)
    try:
        number = save(kg, args.output, _progress)
    finally:
        _progress(0, 0)
    print(f"wcograph: {number:,} pages in {log_line(args.output)}", file=sys.stderr)
    return 0


def _progress(done: int, of: int) -> None:
    """Show a bar on a terminal; erase it if there is nothing to do."""
    if sys.stderr.isatty() and done % 20 == 0:
        full = 30 * done // max(of, 1)
        bar = f"writing [{'#' * full}{' ' * (30 - full)}] {done:,} of {of:,} pages" if of else ""
        print(f"\r\033[K{bar}", end="", file=sys.stderr, flush=True)
