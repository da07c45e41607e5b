"""Say what the graph holds, from which files, and where the cache is."""

from __future__ import annotations

import argparse

from wcograph import __version__, cache, layout
from wcograph.graph import load

_COUNT = "SELECT (COUNT(*) AS ?n) { GRAPH <%sgraph/%s> { ?s ?p ?o } }"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.usage = "wcograph info"
    parser.add_argument("--no-cache", action="store_true", help="build the graph in memory")


def run(args: argparse.Namespace) -> int:
    """Print versions, places and counts."""
    import pyoxigraph

    kg = load(use_cache=not args.no_cache)
    print(f"wcograph {__version__}, pyoxigraph {pyoxigraph.__version__}")
    print("code: MIT; ontology and data: CC BY 4.0")
    print(f"graph: {kg.folder}")
    print(f"cache: {'not used' if args.no_cache else cache.directory() or 'no home directory to keep it in'}")
    print("triples:")
    for role in layout.ROLES:
        answer = kg.sparql(_COUNT % (layout.NAMESPACE, role))
        print(f"  {role:12}{answer.to_dicts()[0]['n']:7}")
    print(f"stored queries: {len(kg.queries)}")
    return 0
