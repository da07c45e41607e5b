"""Explain why a triple is in the graph: its location, or its proof.

examples:
  wcograph why TUR "is a" Polity                the proof, with files and lines
  wcograph why wcoid:wco wco:foundingDate 1952  the query that derives it
  wcograph why ex:a ex:p ex:b --data my.ttl     ask your own file
"""

from __future__ import annotations

import argparse
import gc
import sys

from pyoxigraph import Store

from wcograph.cli._options import READING, add, add_format, check_reading, reading, reports, swallowed
from wcograph.graph import load
from wcograph.toolbox.arguments import format_of_file
from wcograph.toolbox.errors import UsageError, log_text, one_line
from wcograph.toolbox.output import open_output
from wcograph.why import explain

FORMATS = ("text", "json", "turtle")
_WORDS = ("SUBJECT", "PREDICATE", "OBJECT")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.usage = (
        "wcograph why SUBJECT PREDICATE OBJECT [--data FILE ...] [-f FORMAT]\n                    [-o FILE]"
    )
    terms = "each a CURIE, an IRI, a code or a label; the predicate may be a (rdf:type), the object a literal"
    parser.add_argument(
        "triple", nargs="*", metavar=" ".join(_WORDS), help=f"{terms}, quoted as in Turtle or not"
    )
    add(parser, "--data", *READING)
    add_format(parser, FORMATS, "text")
    add(parser, "--output")


def run(args: argparse.Namespace) -> int:
    """Explain the triple; return 1 if it is not in the graph."""
    asked = swallowed(args.triple, args.data, len(_WORDS))
    if len(asked) != len(_WORDS):
        raise UsageError(f"name one triple: {' '.join(_WORDS)} (see 'wcograph why --help')")
    check_reading(args, args.data)
    format = args.format or format_of_file(args.output, reports(FORMATS), "text")
    gc.disable()  # the process ends soon, and the collector would walk the graph again and again
    if args.data:
        from wcograph.locations import PlacedGraph
        from wcograph.toolbox.rdf.reading import find_files

        graph = PlacedGraph(find_files(args.data, **reading(args)))
        store = Store()
        store.bulk_extend(graph.quads())
        found = explain(graph, store, *asked)
    else:
        found = load().why(*asked)
    if not found:
        print(f"wcograph: {one_line(str(found))}", file=sys.stderr)
        if format != "json":
            return 1
    writers = {"text": lambda: log_text(found.to_text()), "json": found.to_json, "turtle": found.to_turtle}
    text = writers[format]()
    with open_output(args.output) as stream:
        text += "" if text.endswith("\n") else "\n"
        stream.write(text.encode("utf-8", "backslashreplace"))
    return 0 if found else 1
