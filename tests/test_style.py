"""Phrases that must not come back: each has a plainer one (docs/style.md)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

PHRASES = {
    r"(?<![Tt]here )\b(?:is|are|was|were) no (?!longer\b|more\b)\w+": 'say "is not a ..."',
    r"(?<![Tt]here )\b(?:is|are) none\b(?! of)": 'say "is not one"',
    r"\bspeaks? of\b": 'say "mentions", "matches" or "is about"',
    r"\bof which one\b": "say it with a relative clause that has a subject",
    r"\b(?:stands?|stood) (?:in|on|there|where|at|alone|apart)\b": 'say "is in"',
    r"\b(?:one|an?)(?: (?!into\b)\w+)? a line\b|\ba line each\b": 'say "one per line"',
    r"\bline of time\b": 'say "timeline"',
    r"\bin one rename\b": 'say "atomically"',
    r"\bcall is wrong\b|\bwrong call\b": 'say "usage error"',
    r"\b(?:by|say|says) (?:its|the|their) endings?\b|\bfile endings?\b": 'say "file extension"',
    r"\bas (?:it is|they are|it was|they were) written\b": 'say "as written"',
    r"\bfor ever\b": 'say "forever"',
    r"\bat the most\b": 'say "at most"',
    r"\bwhere there (?:is|are) none\b": 'say "if there is none"',
    r"\b(?:Usage|Input|Limit|OS|Key|Value)Error where\b|\bNone where\b": 'say "if"',
    r"\bwhat (?:a|an|the) \w+ (?:makes|gives|tells)\b": 'say "the result of" or "the content of"',
    r"\btold (?:of|apart)\b|\btells? apart\b": 'say "reported" or "distinguished"',
    r"\bso many seconds\b": 'name the value: "after SECONDS"',
    r"\ball that is (?:known|said|left)\b": 'say "everything known", "everything said", "the rest"',
    r"\bshows? how sure\b|\btells how sure\b": 'say "shows whether it is certain"',
    r"\bwithout end\b": 'say "endlessly" or "unbounded"',
}
FIRST_WORDS = {"Give": "Return", "Gives": "Returns", "Tell": "Return whether", "Say": "Return or Explain"}

# Pages written by hand. Those that are made from the graph have its words, which are read where they are written.
PAGES = sorted(
    {*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "action.yml", ROOT / ".pre-commit-hooks.yaml"}
)
MADE = {"CHANGELOG.md", "commands.md", "ontology.md", "queries.md"}
RULES = "style.md"


def offences(text: str) -> list[str]:
    flat = " ".join(text.split())
    return [
        f"{found.group()!r}: {better}"
        for phrase, better in PHRASES.items()
        for found in re.finditer(phrase, flat)
    ]


def comments(path: Path, mark: str) -> str:
    lines = (line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith(mark))
    return "\n".join(line.removeprefix(mark) for line in lines)


def definitions(path: Path) -> str:
    written = path.read_text(encoding="utf-8")
    return "\n".join(
        re.findall(r'(?:definition|comment|description|message|scopeNote) "+(.*?)"+@en', written, re.S)
    )


def words(path: Path) -> Iterator[tuple[int, str, bool]]:
    """Yield the strings of a module, with their lines and whether they are docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value, id(node) in docstrings


@pytest.mark.parametrize(
    "path", [p for p in PAGES if p.name not in {*MADE, RULES}], ids=lambda path: path.name
)
def test_pages_are_in_plain_english(path: Path) -> None:
    assert offences(re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.S)) == []


@pytest.mark.quick
def test_queries_and_data_are_in_plain_english() -> None:
    headers = {path: comments(path, "#+") for path in ROOT.glob("queries/**/*.rq")}
    notes = {
        path: comments(path, "# ")
        for folder in ("data", "ontology")
        for path in ROOT.glob(f"{folder}/**/*.ttl")
    }
    terms = {path: definitions(path) for path in ROOT.glob("ontology/**/*.ttl")}
    assert len(headers) > 40 and len(notes) > 10 and any(terms.values())
    found = {
        str(path.relative_to(ROOT)): offences(text)
        for texts in (headers, notes, terms)
        for path, text in texts.items()
        if offences(text)
    }
    assert found == {}


@pytest.mark.parametrize(
    "folder", sorted({path.parent for path in ROOT.glob("src/wcograph/**/*.py")}), ids=lambda p: p.name
)
def test_docstrings_messages_and_help_are_in_plain_english(folder: Path) -> None:
    found = []
    for path in sorted(folder.glob("*.py")):
        for line, text, is_docstring in words(path):
            where = f"{path.relative_to(ROOT)}:{line}"
            found += [f"{where}: {offence}" for offence in offences(text)]
            first = text.split(maxsplit=1)[0] if is_docstring and text.strip() else ""
            if first in FIRST_WORDS:
                found.append(f"{where}: {first!r}: say {FIRST_WORDS[first]!r}")
    assert found == []


@pytest.mark.parametrize(
    "phrase", ["'x' is no number", "one name a line", "InputError where it is missing", "told of two"]
)
def test_a_phrase_that_must_not_come_back_is_found(phrase: str) -> None:
    assert offences(f"Nothing is wrong here. {phrase}, for example.")
