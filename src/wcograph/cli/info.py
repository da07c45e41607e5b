"""Show what the graph has, how fresh it is, and where its files and the cache are.

examples:
  wcograph info
"""

from __future__ import annotations

import argparse

from wcograph import layout
from wcograph.builds import directory
from wcograph.cli._options import add
from wcograph.graph import load
from wcograph.remarks import known_up_to
from wcograph.toolbox.errors import visible
from wcograph.version import __version__

_COUNT = "SELECT (COUNT(*) AS ?n) { GRAPH <%sgraph/%s> { ?s ?p ?o } }"

# A date of lower precision sorts before the days in it.
_MEMBERS = """
PREFIX schema: <https://schema.org/>
PREFIX wco: <https://w3id.org/wcograph/ns#>
PREFIX wcoid: <https://w3id.org/wcograph/id/>
SELECT (MAX(STR(?day)) AS ?latest) { ?list schema:about wcoid:wco ; wco:asOf ?day }
"""
_SOURCES = """
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX prov: <http://www.w3.org/ns/prov#>
SELECT (STR(?issued) AS ?date) (STR(?name) AS ?title) {
  ?source a prov:Entity ; dcterms:title ?name .
  OPTIONAL { ?source dcterms:issued ?issued }
}
ORDER BY ?date ?title
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.usage = "wcograph info"
    add(parser, "--no-cache")


def run(args: argparse.Namespace) -> int:
    """Print versions, places and counts."""
    import pyoxigraph

    kg = load(use_cache=not args.no_cache)
    print(f"wcograph {__version__}, pyoxigraph {pyoxigraph.__version__}")
    print("code: MIT; ontology and data: CC BY 4.0")
    print(f"graph: {visible(kg.folder)}")
    print(f"cache: {'not used' if args.no_cache else directory() or 'none: there is no home directory'}")
    print("triples:")
    for role in layout.ROLES:
        answer = kg.sparql(_COUNT % (layout.NAMESPACE, role))
        print(f"  {role:12}{answer.to_dicts()[0]['n']:7}")
    print(f"stored queries: {len(kg.queries)}")
    members = kg.sparql(_MEMBERS).to_dicts()[0]["latest"]
    print(f"known up to: {known_up_to(kg.store) or 'no day'} (the list of Members: {members or 'no day'})")
    sources = kg.sparql(_SOURCES).to_dicts()
    dated = [source for source in sources if source["date"]]
    print(f"sources: {len(sources)}, of which {len(dated)} have a date")
    for which, source in zip(("oldest", "newest"), (dated[0], dated[-1]) if dated else (), strict=False):
        print(f"  {which}: {source['date']}, {visible(source['title'])}")
    return 0
