"""Score the answers of an assistant: ``python3 tests/evals/score.py answers.jsonl``.

Each line of the file is the answer to one task of ``tasks.yaml``: its ``id``, the ``answer`` as text, and how many ``calls``
it took. The table says which are right, and what the others lack; the exit status is 1 if one is not.
"""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from pathlib import Path
from statistics import median
from typing import Any

import yaml

TASKS: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "tasks.yaml").read_text("utf-8"))

# How people, and the tools, say it. "no" and "yes" count as a word of their own.
SAYS = {
    "not known": (
        "not known",
        "unknown",
        "does not say",
        "do not say",
        "no source",
        "not available",
        "pas connu",
    ),
    "incomplete": (
        "incomplete",
        "not complete",
        "partial",
        "not known",
        "says nothing about",
        "cannot be told",
    ),
    "no": (r"\bno\b", r"\bnot\b", r"\bnon\b"),
    "yes": (r"\byes\b", r"\boui\b"),
}


def folded(text: str) -> str:
    """Return a text without case and accents, its spaces single."""
    plain = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return " ".join(plain.casefold().replace("\N{NO-BREAK SPACE}", " ").split())


def has(answer: str, fact: str) -> bool:
    """Return whether an answer has a fact; a number counts only as a whole, and a short one not as a part of a date."""
    wanted = re.escape(folded(fact))
    if fact[0].isdigit():
        beside = r"\d.-" if len(fact) < 4 else r"\d"
        wanted = rf"(?<![{beside}]){wanted}(?![{beside[:2]}{'-' * (len(fact) < 4)}])"
    return re.search(wanted, folded(answer)) is not None


def missing(task: dict[str, Any], answer: str) -> list[str]:
    """Return what an answer lacks, or should not say."""
    gold = task["gold"]
    found = []
    for fact in gold["facts"]:
        either = fact if isinstance(fact, list) else [fact]
        if not any(has(answer, one) for one in either):
            found.append(" or ".join(either))
    if (says := gold.get("says")) and not any(re.search(one, folded(answer)) for one in SAYS[says]):
        found.append(f"({says})")
    return found + [f"never: {one}" for one in gold.get("never", ()) if has(answer, one)]


def table(answers: dict[str, dict[str, Any]]) -> tuple[str, bool]:
    """Return the table of all tasks, and whether all are right."""
    lines, right, calls = [], 0, []
    for task in TASKS:
        given = answers.get(task["id"], {"answer": "", "calls": 0})
        lacks = missing(task, given["answer"])
        right += not lacks
        calls.append(given["calls"])
        verdict = "wrong: " + "; ".join(lacks) if lacks else "right"
        lines.append(f"{task['id']:24}{task['kind']:12}{given['calls']:3} calls  {verdict}")
    lines.append(f"{right} of {len(TASKS)} right; median {median(calls):g} calls")
    return "\n".join(lines), right == len(TASKS)


def main() -> int:
    """Read the answers and print the table."""
    if len(sys.argv) != 2:
        print("usage: score.py answers.jsonl", file=sys.stderr)
        return 2
    rows = [json.loads(line) for line in Path(sys.argv[1]).read_text("utf-8").splitlines() if line.strip()]
    said, all_right = table({row["id"]: row for row in rows})
    print(said)
    return 0 if all_right else 1


if __name__ == "__main__":
    sys.exit(main())
