"""Answers that fit: as many rows as a number of tokens allows, each source once, long texts cut."""

from __future__ import annotations

import json
import re

from wcograph.toolbox.errors import UsageError, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from wcograph.toolbox.sparql.tables import Column, Table

BUDGET = 1_500
"""The tokens of an answer for which nobody has asked for more."""

MOST_ROWS = 500
_MOST_BYTES = 200_000
_AT_ONCE = 40  # rows of a page, if they are short
_LONGEST_CELL, _LONGEST_NOTE, _LONGEST = 300, 220, 10_000  # characters
_LEAST_TITLE = 70  # characters of the title of a source
_CITED = 2  # as many sources of a row as help to check it
_BYTES_PER_TOKEN = 3.3


def tokens(value: object) -> int:
    """Return about how many tokens a value has as compact JSON: one for 3.3 bytes of UTF-8.

    That is the mean of the answers of these tools in two common vocabularies of tokens (o200k and cl100k); they have one for
    2.8 bytes of short dates and codes, and one for 4.3 of sentences.

    >>> tokens({"status": "answered"})
    6
    """
    return round(len(compact(value).encode()) / _BYTES_PER_TOKEN)


def compact(value: object) -> str:
    """Return a value as compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def cut(text: str, most: int) -> str:
    """Return a text, or its beginning with an ellipsis if it is longer than ``most``.

    >>> cut("abcdef", 4)
    'abc…'
    """
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def cut_source(text: str, most: int) -> str:
    """Return a citation, or one whose title is cut if it is longer than ``most``: its address stays whole.

    >>> cut_source("A long title of a page that goes on and on and on and on and on and on and on, 2020, https://e.org", 90)
    'A long title of a page that goes on and on and on and on and on and o…, 2020, https://e.org'
    """
    head, comma, address = text.rpartition(", http")
    if len(text) <= most or not comma or len(address) > most:
        return cut(text, most)
    title, dated, date = head.rpartition(", ")
    kept = f"{dated}{date}{comma}{address}"
    return f"{cut(title, max(most - len(kept), _LEAST_TITLE))}{kept}"


def page(start: str | None, limit: int | None) -> tuple[int, int]:
    """Return the first row of a page and the greatest number of its rows; raise UsageError for an ill-formed one."""
    text = start or "0"
    if not (text.isascii() and text.isdigit() and len(text) < 8):
        raise UsageError(f"{text[:40]!r} is not a cursor; take it from 'next' of the answer before")
    return int(text), limit or _AT_ONCE


def rows(reply: dict[str, Any], table: Table, start: str | None, limit: int | None, what: str) -> None:
    """Put a page of a table into a reply: its columns, rows and notes, and where the next page begins.

    Without a ``limit``, the reply keeps to about 1,500 tokens. ``what`` says how to get a text that is cut.
    """
    first, most = page(start, limit)
    if first and first >= table.length:
        raise UsageError(f"there is no row {first:,}: the answer has {table.length:,}")
    reply["total"] = table.length
    if not table.length:
        return
    shown = _Page(table, limit)
    if table.facts:
        reply["shared"] = {column.heading: shown.cell(column, 0) for column in table.facts}
    if not table.columns:
        reply["notes"] = shown.notes()
        return
    reply["columns"] = [column.heading for column in table.columns]
    found: list[list[str]] = []
    reply["rows"] = found
    room = (BUDGET * _BYTES_PER_TOKEN if limit is None else _MOST_BYTES) - len(compact(reply).encode()) - 200
    room -= sum(map(shown.size, shown.used))
    for at in range(first, min(first + most, table.length)):
        before = len(shown.used)
        cells = [shown.cell(column, at) for column in table.columns]
        added = list(shown.used)[before:]
        room -= len(compact(cells).encode()) + 1 + sum(map(shown.size, added))
        if room < 0 and found:
            for note in added:
                del shown.used[note]
            break
        found.append(cells)
    reply["notes"] = shown.notes()
    if first + len(found) < table.length:
        reply["next"] = str(first + len(found))
    if shown.has_cut:
        reply.setdefault("remarks", []).append(f"texts that end in … are cut; {what}")


class _Page:
    """A page of a table: cuts texts, and numbers the notes that its cells need."""

    def __init__(self, table: Table, limit: int | None) -> None:
        self.table, self.all = table, limit is not None
        self.used: dict[str, str] = {}
        self.has_cut = False

    def cell(self, column: Column, at: int) -> str:
        """Return a cell; that of a cited column has the numbers of its notes.

        Of many sources, a cell has those that others have, too.
        """
        text = column.cells[at]
        if not (column.cited and text):
            text = visible(text.replace("\N{NO-BREAK SPACE}", " "))
            most = _LONGEST if self.all else _LONGEST_CELL
            self.has_cut |= len(text) > most
            return cut(text, most)
        notes = [self.table.notes[int(number) - 1] for number in text.split(", ")]
        shown = notes if self.all else sorted(notes, key=lambda note: note not in self.used)[:_CITED]
        numbers = [self.used.setdefault(note, str(len(self.used) + 1)) for note in shown]
        return ",".join(numbers) + (f" +{len(notes) - len(shown)}" if len(notes) > len(shown) else "")

    def notes(self) -> dict[str, str]:
        """Return the notes by their numbers."""
        return {number: self._note(note) for note, number in self.used.items()}

    def size(self, note: str) -> int:
        """Return how many bytes a note takes."""
        return len(self._note(note).encode()) + 8

    def _note(self, note: str) -> str:
        return note if self.all else cut_source(note, _LONGEST_NOTE)


def line(message: str) -> str:
    """Return an error of the toolbox as one line for a model: what it says of the command line, of the tools.

    >>> line("--region: there is no Region 'x' ('wcograph query' lists them)")
    "region: there is no Region 'x' (find without text lists them)"
    """
    for command, tool in _COMMANDS.items():
        message = message.replace(command, tool)
    message = re.sub(r"(?<![\w-])--([a-z][a-z-]+)", r"\1", message)
    text = visible(" ".join(message.split()))
    return text if len(text) <= _LONGEST_LINE else f"{text[: _LONGEST_LINE - 120]} ... {text[-110:]}"


_COMMANDS = {
    "'wcograph query' lists them": "find without text lists them",
    " (--data adds a file's triples)": "",
    "; leave it out (--data adds a file's triples)": "; leave it out",
    "(wcograph query completeness)": "(ask completeness)",
}
_LONGEST_LINE = 900


def values(given: Mapping[str, Any]) -> dict[str, str | int | float | bool | list[Any]]:
    """Return parameters as a tool gives them, checked: texts, numbers, truths, and lists of them.

    >>> values({"region": ["europe", "mena"], "as-of": "2020-01-01"})
    {'region': ['europe', 'mena'], 'as-of': '2020-01-01'}
    """
    found: dict[str, Any] = {}
    for name, value in given.items():
        several = value if isinstance(value, list) else [value]
        if len(several) > 200 or not all(isinstance(one, str | int | float | bool) for one in several):
            said = "a value is a text, a number, true or false, or a list of at most 200 of them"
            raise UsageError(f"{line(name)[:40]}: {said}")
        checked = [plain(one, name) if isinstance(one, str) else one for one in several]
        found[name] = checked if isinstance(value, list) else checked[0]
    return found


def plain(text: str, name: str, most: int = 500) -> str:
    """Return a text without what no name or question has; raise UsageError for control characters and for too long a text.

    >>> plain(" Fiji ", "entity")
    'Fiji'
    """
    if len(text) > most:
        raise UsageError(f"{line(name)[:40]} is longer than {most:,} characters; write less")
    if re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]", text):
        raise UsageError(f"{line(name)[:40]} has control characters or surrogates; leave them out")
    return text.strip()
