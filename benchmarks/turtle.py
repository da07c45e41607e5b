"""How long it takes to read Turtle into placed triples, and to format it, against rdflib's parser.

    python benchmarks/turtle.py ../shared/hs/hs2022.csv

The text is made of a Harmonized System table (columns hscode, description, parent): a concept scheme of some
7,000 concepts, 41,000 triples, in the house form. Each thing is timed in turn, five rounds; medians.
"""

from __future__ import annotations

import csv
import statistics
import sys
import time
from collections.abc import Callable

import rdflib

from wcograph.toolbox.rdf.fmt import format_document
from wcograph.toolbox.rdf.placed import placed_quads
from wcograph.toolbox.rdf.turtle import Document, parse_document, tokens

ROUNDS = 5
PREFIXES = """\
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix hs: <https://w3id.org/wcograph/vocab/hs-2022-> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix wcosrc: <https://w3id.org/wcograph/source/> .
@prefix wcov: <https://w3id.org/wcograph/vocab/> .
"""


def harmonized_system(path: str) -> str:
    """Write the rows of a table as SKOS."""
    with open(path, encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    paragraphs = [PREFIXES.rstrip("\n")]
    for row in rows:
        code, parent = row["hscode"], row["parent"]
        description = row["description"].replace("\\", "\\\\").replace('"', '\\"')
        top = parent == "TOTAL"
        paragraphs.append(
            f"hs:{code}\n"
            "    a skos:Concept ;\n"
            f'    skos:prefLabel "{description}"@en ;\n'
            f'    skos:notation "{code}" ;\n'
            "    skos:inScheme wcov:hs-2022 ;\n"
            + ("    skos:topConceptOf wcov:hs-2022 ;\n" if top else f"    skos:broader hs:{parent} ;\n")
            + "    dcterms:source wcosrc:un-comtrade-hs2022 ."
        )
    return "\n\n".join(paragraphs) + "\n"


def median_seconds(tasks: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Run all tasks in turn, several times, and give the median of each."""
    times: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(ROUNDS):
        for name, task in tasks.items():
            begun = time.perf_counter()
            task()
            times[name].append(time.perf_counter() - begun)
    return {name: statistics.median(seconds) for name, seconds in times.items()}


def main(path: str) -> None:
    text = format_document(Document(harmonized_system(path)))
    document = Document(text)
    triples = len(placed_quads(document))
    seconds = median_seconds(
        {
            "rdflib.Graph.parse": lambda: rdflib.Graph().parse(data=text, format="turtle"),
            "wcograph.toolbox.rdf.placed.placed_quads": lambda: placed_quads(Document(text)),
            "wcograph.toolbox.rdf.turtle.tokens": lambda: sum(1 for _ in tokens(text)),
            "wcograph.toolbox.rdf.fmt.format_document": lambda: format_document(document),
            "pyoxigraph.parse (no places)": lambda: parse_document(document),
        }
    )
    print(f"{triples:,} triples, {len(text) / 1e6:.1f} million characters\n")
    print("| what | median | of rdflib's time |\n| --- | ---: | ---: |")
    for name, value in seconds.items():
        print(f"| {name} | {value:.2f} s | {value / seconds['rdflib.Graph.parse']:.2f} |")


if __name__ == "__main__":
    main(sys.argv[1])
