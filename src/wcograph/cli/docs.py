"""Write the pages that are made from the graph, or check that they are up to date.

docs/queries.md has the stored queries, docs/ontology.md and docs/ontology.html the terms of the ontology.

examples:
  wcograph docs                          all pages, in docs/
  wcograph docs --check                  status 1 where one is out of date
  wcograph docs ontology.html -o a.html  one page, elsewhere
"""

from __future__ import annotations

import argparse
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

PAGES = ("queries.md", "ontology.md", "ontology.html")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.usage = "wcograph docs [PAGE ...] [-o FILE] [--check]"
    parser.add_argument("pages", nargs="*", metavar="PAGE", help=f"of {', '.join(PAGES)} (default: all)")
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="write one page to FILE (- for standard output); default: docs/PAGE",
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing; status 1 where one is out of date"
    )


def run(args: argparse.Namespace) -> int:
    """Write or check the pages."""
    from wcograph import layout
    from wcograph.output import open_output

    pages = _pages(args)
    status = 0
    for page, text in _written(pages).items():
        target = args.output or os.path.join(layout.root(), "docs", page)
        if args.check:
            if not _holds(target, text):
                print(f"wcograph: {target} is out of date; run 'wcograph docs'", file=sys.stderr)
                status = 1
            continue
        if not args.output:
            os.makedirs(os.path.dirname(target), exist_ok=True)
        with open_output(target) as stream:
            stream.write(text)
    return status


def _pages(args: argparse.Namespace) -> Sequence[str]:
    from wcograph.errors import UsageError

    for page in args.pages:
        if page not in PAGES:
            raise UsageError(f"there is no page {page!r} (pages: {', '.join(PAGES)})")
    if args.output and not args.pages:
        # The name of the file says which page it is.
        named = os.path.basename(args.output)
        if named not in PAGES:
            raise UsageError(f"say which page goes to {args.output}: {', '.join(PAGES)}")
        return (named,)
    if args.output and len(args.pages) > 1:
        raise UsageError("-o is for one page")
    return args.pages or PAGES


def _written(pages: Sequence[str]) -> dict[str, bytes]:
    """Give the text of each page."""
    from wcograph import layout
    from wcograph.graph import load
    from wcograph.publishing import referencepage
    from wcograph.publishing.querydocs import page as queries
    from wcograph.publishing.reference import reference

    texts = {}
    if "queries.md" in pages:
        texts["queries.md"] = queries(load()).encode()
    writers = {"ontology.md": referencepage.markdown, "ontology.html": referencepage.html}
    if any(page in writers for page in pages):
        found = reference(layout.root())
        texts |= {page: write(found).encode() for page, write in writers.items() if page in pages}
    return texts


def _holds(path: str, text: bytes) -> bool:
    try:
        with open(path, "rb") as file:
            return file.read() == text
    except OSError:
        return False
