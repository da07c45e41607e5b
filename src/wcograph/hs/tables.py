"""Tables of the Harmonized System that anyone can download, recognized by their columns.

These are the table of codes and the table of sections of datahub.io, a table of the codes of several editions,
a table of the pairs of codes of two editions (UN Statistics Division), and the JSON of UN Comtrade.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
from dataclasses import dataclass, field, fields
from datetime import date

from wcograph.toolbox.errors import InputError
from wcograph.toolbox.output import read_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import TypeAlias

    _Code: TypeAlias = tuple[
        int, str, str, str, str, str, str
    ]  # line, edition, code, level, parent, text, section

YEARS = ("1988", "1992", "1996", "2002", "2007", "2012", "2017", "2022", "2028")
"""The years of the editions."""

SECTIONS = (
    *("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI"),
    *("XII", "XIII", "XIV", "XV", "XVI", "XVII", "XVIII", "XIX", "XX", "XXI"),
)
"""The numerals of the sections, in order."""

_COLUMNS = {
    "editions": ("edition", "code", "level", "parent", "description"),
    "codes": ("section", "hscode", "description", "parent", "level"),
    "pairs": ("from_edition", "to_edition", "from_code", "to_code", "relationship", "ex_partial"),
    "sections": ("section", "name"),
}
_CODE = re.compile(r"(?:[0-9]{2}){1,3}")
# in a text: control characters, surrogates
_UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_BETWEEN = re.compile(r"[\s,]*")  # the items of a JSON array
_NOT_A_CODE = re.compile(r"TOTAL|ALL|AG[0-9]")  # rows of UN Comtrade for totals
_COMTRADE = dict(zip((f"H{n}" for n in range(7)), YEARS[1:8], strict=True))
_KINDS = ("1:1", "1:n", "n:1", "n:n")
_MOST_SHOWN = 10
_MOST_BYTES = 100_000_000  # of a file; the largest of the known tables has 8 million


@dataclass(frozen=True)
class Tables:
    """What the tables of a user say.

    ``editions`` has the text of each code, by year; ``chapters`` the numeral of the section of each chapter, by year;
    ``sections`` the text of each section; ``pairs`` the codes of two editions that cover the same goods, older
    first, each with whether only in part ("ex"), by both years (``2017-2022``). ``origins`` has the names of the
    files that an edition, or the pairs of two, come from, and the day of the import.
    """

    editions: dict[str, dict[str, str]] = field(default_factory=dict)
    chapters: dict[str, dict[str, str]] = field(default_factory=dict)
    sections: dict[str, str] = field(default_factory=dict)
    pairs: dict[str, dict[tuple[str, str], bool]] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)

    @property
    def years(self) -> list[str]:
        """The years of the editions, those of the pairs included."""
        return sorted({*self.editions, *(year for pair in self.pairs for year in pair.split("-"))})

    def codes(self, year: str) -> dict[str, str]:
        """Return the codes of an edition with their texts; those of its pairs, without, if it has no table."""
        if year in self.editions:
            return self.editions[year]
        found = {
            pair[years.split("-").index(year)]
            for years, pairs in self.pairs.items()
            if year in years.split("-")
            for pair in pairs
        }
        return dict.fromkeys(sorted(found), "")

    def updated(self, new: Tables) -> Tables:
        """Return these tables with what is in ``new``, which replaces the same edition or pair of editions."""
        return Tables(*(getattr(self, one.name) | getattr(new, one.name) for one in fields(self)))

    def to_json(self) -> bytes:
        """Return the tables as JSON."""
        pairs = {years: [[*pair, ex] for pair, ex in rows.items()] for years, rows in self.pairs.items()}
        return json.dumps([self.editions, self.chapters, self.sections, pairs, self.origins]).encode()

    @classmethod
    def from_json(cls, text: bytes) -> Tables:
        """Return the tables from the result of ``to_json``."""
        editions, chapters, sections, pairs, origins = json.loads(text)
        rows = {years: {(old, new): ex for old, new, ex in rows} for years, rows in pairs.items()}
        return cls(editions, chapters, sections, rows, origins)


class IllFormedError(InputError):
    """Rows are ill-formed; ``rows`` has a line for each of the first of them."""

    def __init__(self, faults: list[tuple[int, str]], path: str) -> None:
        """Count the rows from the line of each and what is wrong with it."""
        self.rows = [str(InputError(fault, file=path, line=line)) for line, fault in faults[:_MOST_SHOWN]]
        some = "1 row is" if len(faults) == 1 else f"{len(faults):,} rows are"
        super().__init__(f"{some} ill-formed; nothing was imported", file=path)


def read(paths: Iterable[str], edition: str = "", note: Callable[[str], None] = print) -> Tables:
    """Read the tables in files; ``edition`` is the year of those that do not name theirs.

    ``note`` is called with a remark on rows that are left out. Raises InputError for a file that cannot be read or is
    not one of the tables, IllFormedError for one with ill-formed rows.
    """
    found = Tables()
    files: dict[str, list[str]] = {}
    for path in paths:
        for name in _read(found, path, edition, note):
            files.setdefault(name, []).append(os.path.basename(path))
    found.origins.update({name: f"{', '.join(names)} {date.today()}" for name, names in files.items()})
    return found


def _read(found: Tables, path: str, edition: str, note: Callable[[str], None]) -> list[str]:
    """Add the table in a file; return the editions, or pairs of editions, that it is about."""
    text = read_text(path, most=_MOST_BYTES)
    if text.lstrip().startswith(("{", "[")):
        return _read_codes(found, path, *_of_json(text, path), edition, note)
    rows = _rows(text, path)
    _, header = next(rows, (1, []))
    names = [name.lower() for name in header]
    kind = next((kind for kind, wanted in _COLUMNS.items() if set(wanted) <= set(names)), None)
    if kind is None:
        known = "; ".join(", ".join(wanted) for wanted in _COLUMNS.values())
        message = f"is not a known table: it needs the columns {known}; or the JSON of UN Comtrade"
        raise InputError(message, file=path)
    places = [names.index(name) for name in _COLUMNS[kind]]
    cells = ((line, [row[place] for place in places]) for line, row in rows)
    if kind == "pairs":
        return _read_pairs(found, path, cells)
    if kind == "sections":
        return _read_sections(found, path, cells)
    if kind == "editions":
        codes = [(line, r[0], r[1], r[2], r[3], r[4], "") for line, r in cells]
        return _read_codes(found, path, codes, "", "", note)
    codes = [(line, "", r[1], r[4], r[3], r[2], r[0]) for line, r in cells]
    total = next((text for _, _, code, _, _, text, _ in codes if code == "TOTAL"), "")
    return _read_codes(found, path, codes, total, edition, note)


def delimiter(header: str) -> str:
    """Return the character that separates the columns of a CSV file, from its first line.

    >>> delimiter("code;value"), delimiter("code")
    (';', ',')
    """
    return max(",;\t", key=header.count)


def _rows(text: str, path: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the line and the cells of each row of a CSV file, the header first."""
    separator = delimiter(text.partition("\n")[0])
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = width = 0
    try:
        for row in rows:
            width = width if line else len(row)
            if row and len(row) != width:
                raise InputError(f"has {len(row)} columns, not {width}", file=path, line=line + 1)
            if row or not line:
                yield line + 1, [cell.strip() for cell in row]
            line = rows.line_num
    except csv.Error as error:
        raise InputError(f"is not CSV: {error}", file=path, line=line + 1) from error


def _of_json(text: str, path: str) -> tuple[Iterator[_Code], str]:
    """Return the rows of the JSON of UN Comtrade, and the text that may name its edition."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        at = {"line": error.lineno, "column": error.colno} if isinstance(error, json.JSONDecodeError) else {}
        message = f"is not JSON: {getattr(error, 'msg', 'it is nested too deeply')}"
        raise InputError(message, file=path, **at) from error
    results = document.get("results") if isinstance(document, dict) else document
    names = {"id", "text", "parent"}
    if not isinstance(results, list) or not all(isinstance(r, dict) and names <= set(r) for r in results):
        raise InputError("is not the JSON of UN Comtrade (results with id, text and parent)", file=path)
    about = (
        " ".join(value for value in document.values() if isinstance(value, str))
        if document is not results
        else ""
    )
    total = next((str(r["text"]) for r in results if r["id"] == "TOTAL"), "")

    def rows() -> Iterator[_Code]:
        decoder, at, line, counted = json.JSONDecoder(), text.index("[") + 1, 1, 0
        for result in results:
            at = _BETWEEN.match(text, at).end()  # type: ignore[union-attr]
            line, counted = line + text.count("\n", counted, at), at
            code, parent, words = (str(result[name]).strip() for name in ("id", "parent", "text"))
            words = re.sub(rf"^{re.escape(code)}\s*-\s*", "", words)
            yield line, "", code, str(len(code)), "" if parent in ("#", "TOTAL") else parent, words, ""
            at = decoder.raw_decode(text, at)[1]

    return rows(), f"{about} {total}"


def _edition_of(path: str, named: str, given: str) -> str:
    """Return the year of a table that has no column for it: what it says itself, what is given, or the file's name."""
    if len(years := _years_in(named)) == 1:
        (year,) = years
        if given not in ("", year):
            raise InputError(f"is the {year} edition, not that of {given}", file=path)
        return year
    if given:
        return given
    if len(years := _years_in(os.path.basename(path).upper())) == 1:
        return years.pop()
    raise InputError("does not name its edition; add --edition YEAR", file=path)


def _years_in(text: str) -> set[str]:
    """Return the years of the editions that a text names, as ``HS2022`` or, as UN Comtrade does, ``H6``.

    >>> _years_in("HS2022.CSV"), _years_in("H6"), _years_in("CODES")
    ({'2022'}, {'2022'}, set())
    """
    found = re.findall(r"(?<![A-Z])HS?[-_ ]?((?:19|20)[0-9]{2})(?![0-9])", text)
    found += [_COMTRADE[name] for name in re.findall(r"(?<![A-Z])H[0-6](?![0-9])", text)]
    return set(found) & set(YEARS)


def _read_codes(
    found: Tables, path: str, rows: Iterable[_Code], named: str, edition: str, note: Callable[[str], None]
) -> list[str]:
    """Add the codes of ``rows``, and return their years; ``named`` and ``edition`` are as for ``_edition_of``."""
    wrong: list[tuple[int, str]] = []
    mine: dict[str, dict[str, str]] = {}
    year = ""
    parents: list[tuple[int, str, str]] = []
    for line, given, code, level, parent, text, section in rows:
        if given:
            year = given.removeprefix("HS").strip()
        elif not year:
            year = _edition_of(path, named, edition)
        if _NOT_A_CODE.fullmatch(code):
            continue
        fault = ""
        if year not in YEARS:
            fault = f"{given!r} is not an edition (HS1992, for example)"
        elif not _CODE.fullmatch(code):
            fault = f"{code!r} is not a code of 2, 4 or 6 digits"
        elif level != str(len(code)):
            fault = f"the level of {code} is {level!r}, not {len(code)}"
        elif parent not in (code[:-2], "TOTAL") and not (len(code) == 2 and not parent):
            fault = f"the parent of {code} is {parent!r}, not {code[:-2]!r}"
        elif not text:
            fault = f"{code} has no text"
        elif unfit := _UNFIT.search(text):
            fault = f"the text of {code} has the character {unfit[0]!r}"
        elif code in mine.setdefault(year, {}):
            fault = f"{code} is given twice"
        elif section not in ("", "TOTAL", *SECTIONS):
            fault = f"{section!r} is not the numeral of a section"
        if fault:
            wrong.append((line, fault))
            continue
        mine[year][code] = text
        parents.append((line, year, code))
        if len(code) == 2 and section in SECTIONS:
            found.chapters.setdefault(year, {})[code] = section
    wrong += [
        (line, f"{code} has no row for its parent {code[:-2]}")
        for line, year, code in parents
        if len(code) > 2 and code[:-2] not in mine[year]
    ]
    _judge(wrong, mine, path)
    for year, codes in mine.items():
        before = found.editions.setdefault(year, {})
        if differ := sum(before.get(code, text) != text for code, text in codes.items()):
            known = "with another text than in a file before it, which is kept"
            note(f"{path}: codes of {year} {known}: {differ:,}")
        found.editions[year] = {**codes, **before}
    return list(mine)


def _judge(wrong: list[tuple[int, str]], rows: object, path: str) -> None:
    """Raise the error for ill-formed rows, or for a table that has no rows."""
    if wrong:
        raise IllFormedError(wrong, path)
    if not rows:
        raise InputError("has no rows", file=path)


def _read_pairs(found: Tables, path: str, rows: Iterable[tuple[int, list[str]]]) -> list[str]:
    wrong: list[tuple[int, str]] = []
    mine: dict[str, dict[tuple[str, str], bool]] = {}
    for line, (newer, older, new, old, kind, ex) in rows:
        years, pair = (older.removeprefix("HS"), newer.removeprefix("HS")), (old, new)
        if years > years[::-1]:
            years, pair = years[::-1], pair[::-1]
        between = "-".join(years)
        fault = ""
        if years[0] not in YEARS or years[1] not in YEARS or years[0] == years[1]:
            fault = f"{newer!r} and {older!r} are not two editions (HS2022 and HS2017, for example)"
        elif not (_CODE.fullmatch(old) and _CODE.fullmatch(new) and len(old) == len(new) == 6):
            fault = f"{new!r} and {old!r} are not two codes of 6 digits"
        elif kind not in _KINDS:
            fault = f"the relationship is {kind!r}, not one of {', '.join(_KINDS)}"
        elif ex.lower() not in ("true", "false"):
            fault = f"ex_partial is {ex!r}, not True or False"
        elif pair in mine.setdefault(between, {}):
            fault = f"{new} and {old} are given twice"
        if fault:
            wrong.append((line, fault))
        else:
            mine[between][pair] = ex.lower() == "true"
    _judge(wrong, mine, path)
    for between, pairs in mine.items():
        found.pairs.setdefault(between, {}).update(pairs)
    return list(mine)


def _read_sections(found: Tables, path: str, rows: Iterable[tuple[int, list[str]]]) -> list[str]:
    wrong: list[tuple[int, str]] = []
    mine: dict[str, str] = {}
    for line, (numeral, name) in rows:
        if numeral not in SECTIONS or not name or numeral in mine or _UNFIT.search(name):
            said = "is not the numeral of a section, is given twice, or has no proper name"
            wrong.append((line, f"{numeral!r} {said}"))
        else:
            mine[numeral] = name
    _judge(wrong, mine, path)
    found.sections.update(mine)
    return []
