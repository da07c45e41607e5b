"""Answers that fit: as many rows as a number of tokens allows, each source once, long texts cut."""

from __future__ import annotations

import json

from wcograph.toolbox.errors import UsageError, one_line, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from wcograph.toolbox.sparql.tables import Table

BUDGET = 1_500
"""The tokens of an answer for which nobody has asked for more."""

MOST_ROWS = 500
_MOST_BYTES = 200_000
_AT_ONCE = 40  # rows of a page, if they are short
_LONGEST_CELL, _LONGEST_NOTE = 300, 220  # characters
_CITED = 3  # as many sources of a row as help to check it
_BYTES_PER_TOKEN = 3.5


def tokens(value: object) -> int:
    """Return about how many tokens a value has as compact JSON: one for 3.5 bytes of UTF-8.

    Tokenizers need one for 3.3 to 4 bytes of such answers, in English and French.

    >>> tokens({"status": "answered"})
    7
    """
    return -(-len(compact(value).encode()) * 10 // int(_BYTES_PER_TOKEN * 10))


def compact(value: object) -> str:
    """Return a value as compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def cut(text: str, most: int) -> str:
    """Return a text, or its beginning with an ellipsis if it is longer than ``most``.

    >>> cut("abcdef", 4)
    'abc…'
    """
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def page(start: str | None, limit: int | None) -> tuple[int, int]:
    """Return the first row of a page and the greatest number of its rows; raise UsageError for an ill-formed one."""
    if limit is not None and not 1 <= limit <= MOST_ROWS:
        raise UsageError(f"limit is a number of rows from 1 to {MOST_ROWS}, not {limit}")
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
    longest = _LONGEST_CELL if limit is None else 10_000
    shorten = _Shorten(longest)
    means = [shorten(column.heading) for column in table.columns]
    sections = _sections(table)
    if len(set(sections)) > 1:
        means.insert(0, "Part")
    reply["columns"] = means
    shared = {column.heading: column for column in table.facts}
    used: dict[str, str] = {}
    if shared:
        reply["shared"] = {
            heading: _cell(column, 0, table, used, shorten, limit) for heading, column in shared.items()
        }
    reply["rows"] = found = []
    reply["total"] = table.length
    room = (BUDGET * _BYTES_PER_TOKEN if limit is None else _MOST_BYTES) - len(compact(reply).encode()) - 150
    room -= sum(_size(note) for note in used)
    for at in range(first, min(first + most, table.length)):
        before = len(used)
        cells = [_cell(column, at, table, used, shorten, limit) for column in table.columns]
        if len(set(sections)) > 1:
            cells.insert(0, sections[at])
        added = list(used)[before:]
        room -= len(compact(cells).encode()) + 1 + sum(map(_size, added))
        if room < 0 and found:
            for note in added:
                del used[note]
            break
        found.append(cells)
    if used:
        reply["notes"] = {number: cut(note, _LONGEST_NOTE if limit is None else 10_000) for note, number in used.items()}
    if first + len(found) < table.length:
        reply["next"] = str(first + len(found))
    if shorten.some:
        reply.setdefault("remarks", []).append(f"texts that end in … are cut; {what}")


def _size(note: str) -> int:
    return len(cut(note, _LONGEST_NOTE).encode()) + 8


class _Shorten:
    """Cuts texts, and knows whether it has cut one."""

    def __init__(self, most: int) -> None:
        self.most, self.some = most, False

    def __call__(self, text: str) -> str:
        self.some |= len(text) > self.most
        return cut(visible(text.replace("\N{NO-BREAK SPACE}", " ")), self.most)


def _cell(
    column: Any, at: int, table: Table, used: dict[str, str], shorten: _Shorten, limit: int | None
) -> str:
    """Return a cell; that of a cited column has the numbers of its notes in this page."""
    text = column.cells[at]
    if not (column.cited and text):
        return shorten(text)
    notes = [table.notes[int(number) - 1] for number in text.split(", ")]
    shown = notes if limit is not None else notes[:_CITED]
    numbers = [used.setdefault(note, str(len(used) + 1)) for note in shown]
    more = f" +{len(notes) - len(shown)}" if len(notes) > len(shown) else ""
    return ",".join(numbers) + more


def _sections(table: Table) -> Sequence[str]:
    """Return the section of each row."""
    found: list[str] = []
    for at in range(table.length):
        found.append(table.sections.get(at, found[-1] if found else ""))
    return found


def values(given: Mapping[str, Any]) -> dict[str, str | int | float | bool | list[Any]]:
    """Return parameters as a tool gives them, checked: texts, numbers, truths, and lists of them.

    >>> values({"region": ["europe", "mena"], "as-of": "2020-01-01"})
    {'region': ['europe', 'mena'], 'as-of': '2020-01-01'}
    """
    found = {}
    for name, value in given.items():
        several = value if isinstance(value, list) else [value]
        if len(several) > 200 or not all(isinstance(one, str | int | float | bool) for one in several):
            raise UsageError(
                f"{one_line(name)[:40]}: a value is a text, a number, true or false, or a list of at most 200 of them"
            )
        found[name] = [plain(one, name) if isinstance(one, str) else one for one in several]
    return {name: value if isinstance(given[name], list) else value[0] for name, value in found.items()}


def plain(text: str, name: str, most: int = 500) -> str:
    """Return a text without what no name or question has; raise UsageError for control characters and for too long a text.

    >>> plain(" Fiji ", "entity")
    'Fiji'
    """
    if len(text) > most:
        raise UsageError(f"{one_line(name)[:40]} is longer than {most:,} characters; write less")
    if any(ord(character) < 32 and character not in "\t\n\r" or 0xD800 <= ord(character) < 0xE000 for character in text):
        raise UsageError(f"{one_line(name)[:40]} has control characters or surrogates; leave them out")
    return text.strip()
