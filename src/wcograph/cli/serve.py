"""Serve the graph on the web: pages for people, SPARQL and REST for programs.

It answers on this machine alone unless --host says otherwise, and changes
nothing. Ctrl-C stops it. Each limit is also an environment variable: --max-rows
is WCOGRAPH_MAX_ROWS.

examples:
  wcograph serve
  wcograph serve --data mine.ttl --only-data --port 8080
  wcograph serve --host 0.0.0.0 --allowed-hosts graph.example.org
"""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import suppress
from dataclasses import fields
from importlib import import_module

from wcograph.cli._answering import loaded
from wcograph.cli._options import READING, add, check_reading
from wcograph.toolbox.arguments import extra
from wcograph.toolbox.errors import log_line
from wcograph.web.settings import Settings, option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from wcograph.graph import KnowledgeGraph


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.usage = "wcograph serve [--data FILE ...] [--port N] [OPTION ...]"
    add(parser, "--data", *READING, "--only-data", "--queries", "--host", "--port", "--no-open", "--mcp")
    add(parser, "--no-cache", "--no-inferred")
    limits = parser.add_argument_group("limits")
    for one in fields(Settings):
        help = one.metadata["help"]
        if "least" in one.metadata:
            limits.add_argument(option(one.name), metavar="N", help=f"{help} (default: {one.default:,})")
        elif one.name == "allowed_hosts":
            limits.add_argument(option(one.name), metavar="NAME", action="append", help=help)
        else:
            limits.add_argument(option(one.name), metavar="URL", help=help)


def run(args: argparse.Namespace) -> int:
    """Serve until Ctrl-C or SIGTERM."""
    check_reading(args, args.data)
    settings = Settings.read(vars(args), os.environ)
    with extra("serve", "'wcograph serve'"):
        from wcograph.web.server import bound, run, url_of
    listener = bound(args.host, args.port)
    kg = loaded(args, args.queries, use_cache=not args.no_cache)

    def ready() -> None:
        url = url_of(listener, args.host)
        print(f"wcograph: serving at {log_line(url)} (Ctrl-C stops)", file=sys.stderr, flush=True)
        if not args.no_open and sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty():
            import webbrowser

            with suppress(webbrowser.Error):
                webbrowser.open(url)

    mcp = _for_assistants(kg) if args.mcp else None
    return run(kg, settings, listener, host=args.host, mcp=mcp, ready=ready)


def _for_assistants(kg: KnowledgeGraph) -> Any:
    """Return the application that answers assistants; the server checks the host of what reaches it."""
    with extra("mcp", "--mcp"):
        server = import_module("wcograph.agents.server").server
    return server(kg).streamable_http_app(streamable_http_path="/mcp", host="")
