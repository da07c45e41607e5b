"""Make a Harmonized System graph in Turtle from the public tables, for measuring validators.

    python benchmarks/hs_graph.py TABLES SIZE FILE [--findings N]

TABLES is the folder with hs2022.csv, hs_all_editions.csv and hs_correlation_unsd.csv. SIZE is ``small``
(HS 2022: 37 thousand triples) or ``large`` (all editions and their correlations: 1 million). ``--findings``
breaks that many nodes, each in one way that the shapes in hs_shapes.ttl report once.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

HEAD = """\
@prefix hs: <https://example.org/hs/> .
@prefix hsc: <https://example.org/hs/code/> .
@prefix hsr: <https://example.org/hs/correlation/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

"""
KINDS = {"2": "Chapter", "4": "Heading", "6": "Subheading"}
BREAKS = ("notation", "label", "level", "broader", "missing")


def text(value: str) -> str:
    """Quote a string for Turtle."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    return f'"{escaped}"'


def codes(tables: Path, size: str) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield edition, code, parent, level and description of each code."""
    if size == "small":
        with open(tables / "hs2022.csv", encoding="utf-8-sig", newline="") as stream:
            for row in csv.DictReader(stream):
                yield "HS2022", row["hscode"], row["parent"], row["level"], row["description"]
        return
    with open(tables / "hs_all_editions.csv", encoding="utf-8-sig", newline="") as stream:
        for row in csv.DictReader(stream):
            yield row["edition"], row["code"], row["parent"], row["level"], row["description"]


def code_turtle(
    edition: str, code: str, parent: str, level: str, description: str, broken: str | None
) -> str:
    """Write one code; ``broken`` names the statement that is to be wrong."""
    node = f"hsc:{edition}-{code}"
    lines = [f"a hs:{KINDS[level]}", f"hs:edition hs:{edition}"]
    if broken != "missing":
        lines.append(f"hs:level {'7' if broken == 'level' else level}")
    lines += [
        f"skos:notation {text('X' + code if broken == 'notation' else code)}",
        f"skos:prefLabel {text(description)}" + ("" if broken == "label" else "@en"),
    ]
    if level != "2":
        lines.append(f"skos:broader hsc:{edition}-{code if broken == 'broader' else parent}")
    return f"{node}\n    " + " ;\n    ".join(lines) + " .\n\n"


def correlation_turtle(row: dict[str, str], known: set[tuple[str, str]]) -> str:
    """Write one row of the correlation tables, leaving out ends that no table of codes has."""
    node = f"hsr:{row['from_edition']}-{row['from_code']}-{row['to_edition']}-{row['to_code']}"
    lines = ["a hs:Correlation"]
    for end, edition, code in (
        ("source", row["from_edition"], row["from_code"]),
        ("target", row["to_edition"], row["to_code"]),
    ):
        if (edition, code) in known:
            lines.append(f"hs:{end} hsc:{edition}-{code}")
    lines.append(f"hs:partial {row['ex_partial'].lower()}")
    return f"{node}\n    " + " ;\n    ".join(lines) + " .\n\n"


def turtle(tables: Path, size: str, findings: int) -> Iterator[str]:
    """Yield the graph subject by subject."""
    yield HEAD
    rows = [row for row in codes(tables, size) if row[3] in KINDS and row[1].isdigit()]
    known = {(row[0], row[1]) for row in rows}
    for edition in sorted({row[0] for row in rows}):
        yield f"hs:{edition} a hs:Edition .\n\n"
    wrong = [number for number, row in enumerate(rows) if row[3] == "6"]
    # spread over the file, and never two in a row
    chosen = wrong[len(wrong) // 20 :: max(1, len(wrong) // (findings + 1))] if findings else []
    broken = {number: BREAKS[turn % len(BREAKS)] for turn, number in enumerate(islice(chosen, findings))}
    for number, row in enumerate(rows):
        if (row[0], row[2]) in known or row[3] == "2":
            yield code_turtle(*row, broken.get(number))
    if size == "large":
        with open(tables / "hs_correlation_unsd.csv", encoding="utf-8-sig", newline="") as stream:
            for entry in csv.DictReader(stream):
                yield correlation_turtle(entry, known)


def main() -> None:
    """Write the graph that the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tables", type=Path)
    parser.add_argument("size", choices=("small", "large"))
    parser.add_argument("file", type=Path)
    parser.add_argument("--findings", type=int, default=0)
    options = parser.parse_args()
    with open(options.file, "w", encoding="utf-8", newline="\n") as stream:
        stream.writelines(turtle(options.tables, options.size, options.findings))


if __name__ == "__main__":
    main()
