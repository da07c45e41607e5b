"""The OWL 2 RL closure of Harmonized System graphs: wcograph, owlrl, reasonable, and rules as SPARQL updates.

python benchmarks/closure.py [--owlrl] [--large]
python benchmarks/closure.py --built-in

The graphs are made from the tables in ``../shared/hs`` (``WCOGRAPH_HS`` names another folder). The small one
is the 2022 edition (37 thousand triples), the large one all editions with the correlations between them
(1 million). The schema is that of SKOS: transitive broader chains, inverses, matches, typed concepts. owlrl
takes minutes for the small graph and runs with ``--owlrl`` only; ``reasonable`` runs where it is installed.

``--built-in`` compares the closure of the graph that wcograph carries, its triples made, with the time that rdflib
takes to parse the graph's files; the goal is under 1.5 times. It also times ``wcograph why``; the goal is 1 second.
"""

from __future__ import annotations

import csv
import os
import sys
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import timing

HERE = Path(__file__).resolve().parent
TABLES = Path(os.environ.get("WCOGRAPH_HS", HERE.parent.parent / "shared" / "hs"))
HS = "https://example.org/hs/"
SCHEMA = """\
@prefix : <https://example.org/hs/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
skos:Concept a owl:Class .
:Code a owl:Class ; rdfs:subClassOf skos:Concept .
:Chapter a owl:Class ; rdfs:subClassOf :Code .
:Heading a owl:Class ; rdfs:subClassOf :Code .
:Subheading a owl:Class ; rdfs:subClassOf :Code .
skos:semanticRelation a owl:ObjectProperty ; rdfs:domain skos:Concept ; rdfs:range skos:Concept .
skos:broaderTransitive a owl:ObjectProperty , owl:TransitiveProperty ; rdfs:subPropertyOf skos:semanticRelation .
skos:narrowerTransitive a owl:ObjectProperty , owl:TransitiveProperty ;
    rdfs:subPropertyOf skos:semanticRelation ; owl:inverseOf skos:broaderTransitive .
skos:broader a owl:ObjectProperty ; rdfs:subPropertyOf skos:broaderTransitive ; owl:inverseOf skos:narrower .
skos:narrower a owl:ObjectProperty ; rdfs:subPropertyOf skos:narrowerTransitive .
skos:mappingRelation a owl:ObjectProperty ; rdfs:subPropertyOf skos:semanticRelation .
skos:closeMatch a owl:ObjectProperty ; rdfs:subPropertyOf skos:mappingRelation .
skos:exactMatch a owl:ObjectProperty ; rdfs:subPropertyOf skos:closeMatch .
skos:relatedMatch a owl:ObjectProperty ; rdfs:subPropertyOf skos:mappingRelation .
"""
KINDS = {"2": "Chapter", "4": "Heading", "6": "Subheading"}

# The rules that this graph needs, as updates; an engine of this kind would write them for each axiom.
UPDATES = (
    "INSERT { ?a rdfs:subClassOf ?c } WHERE { ?a rdfs:subClassOf ?b . ?b rdfs:subClassOf ?c }",
    "INSERT { ?a rdfs:subPropertyOf ?c } WHERE { ?a rdfs:subPropertyOf ?b . ?b rdfs:subPropertyOf ?c }",
    "INSERT { ?x ?q ?y } WHERE { ?p rdfs:subPropertyOf ?q . ?x ?p ?y }",
    "INSERT { ?y ?q ?x } WHERE { ?p owl:inverseOf ?q . ?x ?p ?y }",
    "INSERT { ?y ?p ?x } WHERE { ?p owl:inverseOf ?q . ?x ?q ?y }",
    "INSERT { ?x ?p ?z } WHERE { ?p a owl:TransitiveProperty . ?x ?p ?y . ?y ?p ?z }",
    "INSERT { ?x a ?c } WHERE { ?p rdfs:domain ?c . ?x ?p ?y }",
    "INSERT { ?y a ?c } WHERE { ?p rdfs:range ?c . ?x ?p ?y }",
    "INSERT { ?x a ?d } WHERE { ?c rdfs:subClassOf ?d . ?x a ?c }",
)


def make(path: Path, *, large: bool) -> None:
    """Write a graph as Turtle."""
    lines: list[str] = []
    skos = "http://www.w3.org/2004/02/skos/core#"
    with open(TABLES / "hs_all_editions.csv", newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if not large and row["edition"] != "HS2022":
                continue
            code = f"<{HS}{row['edition']}/{row['code']}>"
            text = row["description"].replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
            lines += [
                f"{code} a <{HS}{KINDS.get(row['level'], 'Code')}> .",
                f'{code} <{skos}notation> "{row["code"]}" .',
                f'{code} <{skos}prefLabel> "{text}"@en .',
                f"{code} <{skos}inScheme> <{HS}{row['edition']}> .",
            ]
            if row["parent"] not in ("", "TOTAL"):
                lines.append(f"{code} <{skos}broader> <{HS}{row['edition']}/{row['parent']}> .")
            if not large:
                lines.append(f'{code} <{HS}level> "{row["level"]}" .')
    if large:
        with open(TABLES / "hs_correlation_unsd.csv", newline="", encoding="utf-8") as file:
            for number, row in enumerate(csv.DictReader(file)):
                one = f"<{HS}{row['from_edition']}/{row['from_code']}>"
                other = f"<{HS}{row['to_edition']}/{row['to_code']}>"
                match = "exactMatch" if row["relationship"] == "1:1" else "relatedMatch"
                lines += [
                    f"{one} <{skos}{match}> {other} .",
                    f"<{HS}correlation/{number}> a <{HS}Correlation> .",
                    f"<{HS}correlation/{number}> <{HS}source> {one} .",
                    f"<{HS}correlation/{number}> <{HS}target> {other} .",
                ]
    path.write_text(SCHEMA + "\n".join(lines) + "\n", encoding="utf-8")


def only_parse(path: str) -> int:
    import pyoxigraph

    return sum(1 for _ in pyoxigraph.parse(path=path))


def wcograph(path: str) -> int:
    import pyoxigraph

    from wcograph.toolbox.rules.closure import closure

    return sum(1 for _ in closure(pyoxigraph.parse(path=path)))


def owlrl(path: str) -> int:
    import owlrl
    import rdflib

    graph = rdflib.Graph().parse(path)
    before = len(graph)
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(graph)
    return len(graph) - before


def reasonable(path: str) -> int:
    import reasonable

    reasoner = reasonable.PyReasoner()
    reasoner.load_file(path)
    return len(reasoner.reason())


def sparql(path: str) -> int:
    import pyoxigraph

    store = pyoxigraph.Store()
    store.bulk_load(path=path)
    before, size = len(store), -1
    prologue = (
        "PREFIX owl: <http://www.w3.org/2002/07/owl#> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "
    )
    while len(store) != size:
        size = len(store)
        for update in UPDATES:
            store.update(prologue + update)
    return len(store) - before


ENGINES: dict[str, Callable[[str], int]] = {
    "parse only (pyoxigraph)": only_parse,
    "wcograph": wcograph,
    "reasonable": reasonable,
    "SPARQL updates (Oxigraph)": sparql,
    "owlrl": owlrl,
}


def built_in(runs: int = 7) -> None:
    """Time, in turn and by processor time, rdflib on the graph's files and the closure of their triples."""
    import statistics
    import time

    import rdflib

    from wcograph.layout import root
    from wcograph.locations import built_in
    from wcograph.toolbox.rules.closure import closure

    graph = built_in(root())
    paths = [Path(root()) / source for source in graph.files]
    triples = graph.triples
    parsing, closing = [], []
    for number in range(runs + 1):
        start = time.process_time()
        for path in paths:
            rdflib.Graph().parse(path)
        between = time.process_time()
        inferred = sum(1 for _ in closure(triples))
        end = time.process_time()
        if number:  # the first warms up
            parsing.append(between - start)
            closing.append(end - between)
    ratio = statistics.median(one / other for one, other in zip(closing, parsing, strict=True))
    print(
        f"{len(triples):,} triples, {inferred:,} inferred: rdflib parses the files in "
        f"{statistics.median(parsing):.3f} s, their closure takes {statistics.median(closing):.3f} s "
        f"({ratio:.2f} times)"
    )
    why = [sys.executable, "-m", "wcograph", "why"]
    commands = {
        "why, asserted": lambda: timing.run([*why, "TUR", "a", "wco:Member"]),
        "why, accepted": lambda: timing.run([*why, "wcoid:wco", "wco:foundingDate", "1952"]),
        "why, inferred": lambda: timing.run([*why, "TUR", "a", "org:Organization"]),
        "why, not so": lambda: timing.run([*why, "TUR", "a", "org:Post"], statuses=(1,)),
    }
    print(timing.table(timing.in_turn(commands, runs), "why, asserted"))


def main() -> None:
    if "--built-in" in sys.argv:
        built_in()
        return
    if len(sys.argv) == 4 and sys.argv[1] == "make":
        make(Path(sys.argv[2]), large=sys.argv[3] == "large")
        return
    if len(sys.argv) == 3 and sys.argv[1] in ENGINES:
        print(ENGINES[sys.argv[1]](sys.argv[2]))
        return
    names = [
        name
        for name in ENGINES
        if (name != "owlrl" or "--owlrl" in sys.argv) and (name != "reasonable" or find_spec("reasonable"))
    ]
    with tempfile.TemporaryDirectory() as folder:
        for large in (False, True) if "--large" in sys.argv else (False,):
            path = Path(folder) / "hs.ttl"
            # In a process of its own: Linux counts the memory of the parent at the fork for a child too.
            size = "large" if large else "small"
            timing.run([sys.executable, str(HERE / "closure.py"), "make", str(path), size])
            print(f"\n{size} graph\n")
            print("| engine | wall s | cpu s | peak MiB |\n| --- | --: | --: | --: |", flush=True)
            for name in names:
                if large and name == "owlrl":
                    continue
                runs = [
                    timing.run([sys.executable, str(HERE / "closure.py"), name, str(path)])
                    for _ in range(1 if large or name in ("owlrl", "SPARQL updates (Oxigraph)") else 5)
                ]
                best = sorted(runs, key=lambda run: run.wall)[len(runs) // 2]
                print(f"| {name} | {best.wall:.2f} | {best.cpu:.2f} | {best.memory:.0f} |", flush=True)


if __name__ == "__main__":
    main()
