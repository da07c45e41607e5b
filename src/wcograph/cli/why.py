"""Say why a triple is in the graph: where it stands, or the proof of it, down to what is asserted."""

from __future__ import annotations

import argparse
import gc
import sys

from pyoxigraph import Store

from wcograph.graph import load
from wcograph.output import open_output
from wcograph.why import explain

FORMATS = ("text", "json", "turtle")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.usage = "wcograph why SUBJECT PREDICATE OBJECT [--data FILE ...] [-f FORMAT] [-o FILE]"
    for name, more in (
        ("subject", ""),
        ("predicate", "; a is rdf:type"),
        ("object", "; or a literal, quoted as in Turtle or bare"),
    ):
        parser.add_argument(
            name, metavar=name.upper(), help=f"a CURIE, an IRI, a code or a label in any language{more}"
        )
    parser.add_argument(
        "--data", action="append", metavar="FILE", help="ask about this file instead (may be repeated)"
    )
    parser.add_argument(
        "-f",
        "--format",
        choices=FORMATS,
        default="text",
        metavar="FORMAT",
        help=f"one of {', '.join(FORMATS)}",
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="write to FILE, replaced when all is written")


def run(args: argparse.Namespace) -> int:
    """Explain the triple; status 1 where it is not in the graph."""
    gc.disable()  # one answer and out: the collector would only walk the graph again and again
    asked = (args.subject, args.predicate, args.object)
    if args.data:
        from wcograph.places import PlacedGraph

        graph = PlacedGraph(args.data)
        store = Store()
        store.bulk_extend(graph.quads())
        found = explain(graph, store, *asked)
    else:
        found = load().why(*asked)
    if not found:
        print(f"wcograph: {found}", file=sys.stderr)
        if args.format != "json":
            return 1
    text = {"text": found.to_text, "json": found.to_json, "turtle": found.to_turtle}[args.format]()
    with open_output(args.output) as stream:
        text += "" if text.endswith("\n") else "\n"
        stream.write(text.encode("utf-8", "backslashreplace"))
    return 0 if found else 1
