"""The Harmonized System from tables of your own: import, cold questions, a search, validation, a conversion.

python benchmarks/harmonized_system.py FOLDER [ROWS]    (FOLDER: its *.csv are imported; ROWS to convert: 10,000,000)

Each command is a whole process; the least processor time of several runs counts, because other work only adds to it.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import timing

_WCOGRAPH = [sys.executable, "-m", "wcograph"]
_RUNS = {"import": 1, "validate": 2, "question": 15, "convert": 1}


def least(runs: list[timing.Run]) -> timing.Run:
    """Return the least processor time and wall-clock time, and the largest memory."""
    return timing.Run(min(r.wall for r in runs), min(r.cpu for r in runs), max(r.memory for r in runs))


def write_rows(path: Path, count: int) -> None:
    """Write a table of trade with ``count`` rows, whose codes are those of 2012."""
    import wcograph

    asked = (
        "SELECT ?code { ?scheme wco:editionYear '2012'^^xsd:gYear . ?class skos:inScheme ?scheme ; "
        "skos:notation ?code FILTER(STRLEN(?code) = 6) }"
    )
    codes = [str(row["code"]) for row in wcograph.load(hs=True).sparql(asked).to_dicts()]
    with path.open("w") as stream:
        stream.write("id,hs,reporter,value\n")
        stream.writelines(f"{n},{codes[n % len(codes)]},BEL,{n}.50\n" for n in range(count))


def main() -> int:
    """Measure, and print a table."""
    if not sys.argv[1:] or not (tables := sorted(map(str, Path(sys.argv[1]).glob("*.csv")))):
        print("name a folder with the tables (*.csv)", file=sys.stderr)
        return 2
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000_000
    results: dict[str, timing.Run] = {}
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        os.environ.update(WCOGRAPH_CACHE_DIR=str(work / "cache"), WCOGRAPH_DATA_DIR=str(work / "data"))

        def once(*words: str) -> timing.Run:
            return timing.run([*_WCOGRAPH, *words])

        def measured(name: str, kind: str, *words: str) -> None:
            shown(name, least([once(*words) for _ in range(_RUNS[kind])]))

        def shown(name: str, run: timing.Run) -> None:
            results[name] = run
            print(f"| {name} | {run.cpu:.2f} | {run.wall:.2f} | {run.memory:.0f} |", flush=True)

        print("| command | cpu s | wall s | peak MiB |\n| --- | --: | --: | --: |")

        once("info")
        measured("import hs", "import", "import", "hs", *tables, "--edition", "2022")
        size = sum(path.stat().st_size for path in work.glob("data/hs/**/*") if path.is_file())
        questions = {
            "query bodies (the small graph)": ["query", "bodies"],
            "query hs-code": ["query", "hs-code", "--code", "690890"],
            "query hs-search, a rare word": ["query", "hs-search", "--text", "lithium"],
            "query hs-search, two words": ["query", "hs-search", "--text", "electric motors"],
            "query hs-successors": ["query", "hs-successors", "--code", "690890", "--edition", "2012"],
        }
        commands = {
            name: (lambda words=words: once(*words, "-f", "csv")) for name, words in questions.items()
        }
        found = timing.in_turn(commands, _RUNS["question"])
        for name, runs in found.items():
            shown(name, least(runs))
        measured("validate --hs", "validate", "validate", "--hs")
        write_rows(work / "trade.csv", rows)
        measured(
            f"hs-convert, {rows:,} rows", "convert", "hs-convert", str(work / "trade.csv"),
            "--column", "hs", "--from", "2012", "--to", "2017", "-o", str(work / "out.csv"),
        )  # fmt: skip
    base, code = (results[name].cpu for name in list(questions)[:2])
    print(
        f"\nhs-code takes {code / base:.2f} times the small graph's question; the store has {size / 2**20:.0f} MiB"
    )
    print(timing.machine())
    return 0


if __name__ == "__main__":
    sys.exit(main())
