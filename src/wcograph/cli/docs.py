"""Write the reference pages from the graph, or check that they are up to date.

docs/queries.md lists the stored queries, docs/ontology.md and
docs/ontology.html the terms of the ontology, docs/commands.md the commands,
docs/rest.md the calls of 'wcograph serve', docs/mcp.md the tools of
'wcograph mcp'. A page whose extra is not installed is left out.

examples:
  wcograph docs                          write all pages, in docs/
  wcograph docs --check                  exit status 1 if a page is out of date
  wcograph docs ontology.html -o a.html  write one page elsewhere
"""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import suppress
from functools import cache
from importlib import import_module

from wcograph.cli._options import add

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from wcograph.graph import KnowledgeGraph

PAGES = ("commands.md", "queries.md", "ontology.md", "ontology.html", "rest.md", "mcp.md")
_EXTRAS = {"rest.md": "serve", "mcp.md": "mcp"}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.usage = "wcograph docs [PAGE ...] [-o FILE] [--check]"
    parser.add_argument("pages", nargs="*", metavar="PAGE", help=f"{', '.join(PAGES)} (default: all)")
    add(parser, "--output", "--check")


def run(args: argparse.Namespace) -> int:
    """Write or check the pages."""
    from wcograph import layout
    from wcograph.toolbox.output import open_output

    status = 0
    for page, text in _written(_pages(args), args.pages or args.output).items():
        target = args.output or os.path.join(layout.root(), "docs", page)
        if not args.check:
            if not args.output:
                os.makedirs(os.path.dirname(target), exist_ok=True)
            with open_output(target) as stream:
                stream.write(text)
        elif not _holds(target, text):
            print(f"wcograph: {target} is out of date; run 'wcograph docs'", file=sys.stderr)
            status = 1
    return status


def _pages(args: argparse.Namespace) -> Sequence[str]:
    from wcograph.toolbox.arguments import unknown
    from wcograph.toolbox.errors import UsageError

    for page in args.pages:
        if page not in PAGES:
            raise unknown("page", page, PAGES)
    if not args.output:
        return args.pages or PAGES
    if len(args.pages) > 1:
        raise UsageError("-o takes one page; name only one")
    named = args.pages or [os.path.basename(args.output)]  # the name of the file is the name of the page
    if named[0] not in PAGES:
        raise UsageError(f"name the page that goes to {args.output}: {', '.join(PAGES)}")
    return named


def _written(pages: Sequence[str], named: object) -> dict[str, bytes]:
    """Return the text of each page; one whose extra is missing is left out unless it is ``named``."""
    from wcograph import layout
    from wcograph.cli import COMMANDS, EXIT_STATUS, parser_of
    from wcograph.graph import load
    from wcograph.reference import commandpage, ontologypage, querypage
    from wcograph.reference.terms import reference
    from wcograph.toolbox.arguments import extra

    kg, terms = cache(load), cache(reference)
    writers = {
        "commands.md": lambda: commandpage.page({name: parser_of(name) for name in COMMANDS}, EXIT_STATUS),
        "queries.md": lambda: querypage.page(kg().queries, kg().query),
        "ontology.md": lambda: ontologypage.markdown(terms(layout.root())),
        "ontology.html": lambda: ontologypage.html(terms(layout.root())),
        "rest.md": lambda: _rest(kg()),
        "mcp.md": lambda: _tools(kg()),
    }
    texts = {}
    for page in pages:
        optional = page in _EXTRAS and not named
        with suppress(ModuleNotFoundError) if optional else extra(_EXTRAS.get(page, "dev"), page):
            texts[page] = writers[page]().encode()
    return texts


def _rest(kg: KnowledgeGraph) -> str:
    from wcograph.reference.restpage import page

    return page(import_module("wcograph.web.openapi").document(kg, "http://localhost:8000"))


def _tools(kg: KnowledgeGraph) -> str:
    """Return the page of the tools; the server's package, which is slow to import, is an extra."""
    from asyncio import run

    from wcograph.reference.toolspage import page

    server = import_module("wcograph.agents.server").server(kg)
    tools = [
        one.model_dump(mode="json", by_alias=True, exclude_none=True) for one in run(server.list_tools())
    ]
    listed = run(server.list_resources())
    resources = {str(one.uri): one.title for one in listed if "/query/" not in str(one.uri)}
    resources |= {one.uri_template: one.title for one in run(server.list_resource_templates())}
    return page(server.instructions, tools, resources)


def _holds(path: str, text: bytes) -> bool:
    try:
        with open(path, "rb") as file:
            return file.read() == text
    except OSError:
        return False
