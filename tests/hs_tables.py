"""Small tables of a nomenclature with wording of our own, in the forms in which people have the real ones."""

from __future__ import annotations

import json
from pathlib import Path

TEXTS = {
    "2012": {
        "01": "Wheels",
        "0101": "Wheels of wood",
        "010110": "Wheels of oak; glazed",
        "010190": "Wheels of other wood",
        "02": "Batteries",
        "0201": "Lithium batteries",
        "020100": "Lithium batteries, round",
        "99": "Not specified",
        "9999": "Not specified",
        "999999": "Not specified",
    },
    "2017": {
        "01": "Wheels",
        "0101": "Wheels of wood",
        "010120": "Small wheels",
        "010130": "Large wheels",
        "02": "Batteries",
        "0202": "Lithium batteries",
        "020200": "Lithium batteries, round",
    },
    "2022": {
        "01": "Wheels",
        "0101": "Wheels of wood",
        "010100": "Wheels of wood",
        "02": "Batteries",
        "0202": "Lithium batteries",
        "020200": "Lithium batteries, round",
        "16": "Motors",
    },
}
# newer, older, its code in both, ex
PAIRS = [
    ("2017", "2012", "010120", "010110", "True"),
    ("2017", "2012", "010130", "010110", "True"),
    ("2017", "2012", "010130", "010190", "False"),
    ("2017", "2012", "020200", "020100", "False"),
    ("2022", "2017", "010100", "010120", "False"),
    ("2022", "2017", "010100", "010130", "False"),
    ("2022", "2017", "020200", "020200", "False"),
    ("2022", "2012", "010100", "010110", "False"),
    ("2022", "2012", "010100", "010190", "False"),
    ("2022", "2012", "020200", "020100", "False"),
]


def editions() -> str:
    lines = ["edition,code,level,parent,description"]
    lines += [
        f'HS{year},{code},{len(code)},{code[:-2]},"{text}"'
        for year, texts in TEXTS.items()
        for code, text in texts.items()
    ]
    return "\n".join(lines) + "\n"


def pairs() -> str:
    lines = ["from_edition,to_edition,from_code,to_code,relationship,ex_partial"]
    lines += [f"HS{new},HS{old},{to},{from_},n:n,{ex}" for new, old, to, from_, ex in PAIRS]
    return "\n".join(lines) + "\n"


def codes() -> str:
    lines = ["section,hscode,description,parent,level"]
    section = {"01": "I", "02": "I", "16": "IV"}
    lines += [
        f'{section[code[:2]]},{code},"{text}",{code[:-2] or "TOTAL"},{len(code)}'
        for code, text in TEXTS["2022"].items()
    ]
    return "\n".join([*lines, "TOTAL,TOTAL,Total of all HS2022 goods,TOTAL,5"]) + "\n"


SECTIONS = "\ufeffsection,name\nI,Things that turn\nIV,Things that move\n"


def comtrade() -> str:
    results = [{"id": "TOTAL", "text": "Total of all goods", "parent": "#"}]
    results += [
        {"id": code, "text": f"{code} - {text}", "parent": code[:-2] or "TOTAL"}
        for code, text in TEXTS["2022"].items()
    ]
    return json.dumps({"more": False, "classCode": "H6", "results": results}, indent=1)


def write(folder: Path) -> list[str]:
    """Write the four tables to a folder, and return their paths."""
    tables = {
        "codes.csv": codes(),
        "sections.csv": SECTIONS,
        "editions.csv": editions(),
        "pairs.csv": pairs(),
    }
    for name, text in tables.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [str(folder / name) for name in tables]
