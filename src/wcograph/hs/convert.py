"""A table with codes of one edition → the same table with those of another, row by row."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections import Counter, defaultdict
from itertools import chain
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pyoxigraph as ox

from wcograph.hs.codes import years_imported
from wcograph.hs.model import KINDS, kinds
from wcograph.hs.tables import delimiter
from wcograph.layout import PREFIXES
from wcograph.toolbox.arguments import unknown
from wcograph.toolbox.errors import InputError, UsageError
from wcograph.toolbox.output import standard_input
from wcograph.toolbox.sparql.asking import ask

if TYPE_CHECKING:
    from typing import Any, BinaryIO

_PAIRS = """
SELECT ?from ?to (BOUND(?partial) AS ?ex) {
  ?association xkos:%(source)sConcept ?a ; xkos:%(target)sConcept ?b .
  ?a skos:inScheme wcohs:%(start)s ; skos:notation ?from .
  ?b skos:inScheme wcohs:%(end)s ; skos:notation ?to .
  OPTIONAL { ?association wco:partial ?partial }
}
"""
_EXAMPLES, _MOST_UNKNOWN = 3, 1000  # unknown codes that are shown, and counted


class Conversion:
    """What each code of an edition becomes in another, and how: ``targets`` of codes of 6, 4 and 2 digits."""

    def __init__(self, store: ox.Store, start: str, end: str) -> None:
        """Read the pairs of two editions. Raises UsageError if none were imported."""
        self.end = end
        years = years_imported(store)
        for option, year in (("--from", start), ("--to", end)):
            if year not in years:
                raise UsageError(
                    f"{option}: {year} is not the year of an imported edition ({', '.join(years)})"
                )
        forward = start < end
        source, target = ("source", "target") if forward else ("target", "source")
        query = _PAIRS % {"source": source, "target": target, "start": start, "end": end}
        found: Any = ask(store, query, prefixes=PREFIXES, use_default_graph_as_union=True)
        pairs = {(row[0].value, row[1].value): row[2].value == "true" for row in found}
        if not pairs:
            raise UsageError(f"no pairs of {start} and {end} were imported ('wcograph import hs' adds them)")
        self.targets: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
        for length in (6, 4, 2):
            shortened = {(old[:length], new[:length]): ex and length == 6 for (old, new), ex in pairs.items()}
            for (old, new), kind in sorted(kinds(shortened).items()):
                self.targets[old].append((new, kind, "ex" if shortened[old, new] else ""))

    def added(self, written: str) -> list[list[str]]:
        """Return the cells that the rows for a code get: its new code, the kind, ``ex``, and a mark."""
        found = self.targets.get(written) or self.targets.get(_plain(written))
        if found is None:
            return [["", "", "", "unknown"]]
        mark = "ambiguous" if len(found) > 1 else ""
        return [[*cells, mark] for cells in found]


def convert(path: str, output: BinaryIO, column: str, conversion: Conversion) -> list[str]:
    """Write the rows of a CSV file with what their codes become, and return a summary.

    Raises UsageError for an unknown column or one that would be there twice, InputError for a file that cannot be read
    or is ill-formed.
    """
    counted: Counter[str] = Counter()
    strange: Counter[str] = Counter()
    written = 0
    with _opened(path) as stream:
        lines = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
        rows = None
        try:
            first = lines.readline()
            separator = delimiter(first)
            rows = csv.reader(chain([first], lines), delimiter=separator, strict=True)
            encoded = SimpleNamespace(write=lambda text: output.write(text.encode()))
            ending = "\r\n" if first.endswith("\r\n") else "\n"
            writer = csv.writer(encoded, delimiter=separator, lineterminator=ending)
            header = next(rows, [])
            new = [f"hs{conversion.end}{end}" for end in ("", "_kind", "_partial", "_mark")]
            at = _place(header, column, new)
            writer.writerow([*header, *new])
            for row in rows:
                if not row:
                    continue
                if len(row) != len(header):
                    message = f"has {len(row)} columns, not {len(header)}"
                    raise InputError(message, file=path, line=rows.line_num)
                added = conversion.added(row[at])
                for cells in added:
                    writer.writerow(row + cells)
                written += len(added)
                _, kind, _, mark = added[0]
                counted[mark or kind] += 1
                if mark == "unknown" and (row[at] in strange or len(strange) < _MOST_UNKNOWN):
                    strange[row[at]] += 1
        except csv.Error as error:
            raise InputError(f"is not CSV: {error}", file=path, line=rows.line_num if rows else 1) from error
        except UnicodeDecodeError as error:
            raise InputError("is not UTF-8", file=path, line=rows.line_num + 1 if rows else 1) from error
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise InputError(f"cannot be unpacked: {error}", file=path) from error
    parts = [f"{counted[kind]:,} {kind}" for kind in (*KINDS, "ambiguous", "unknown") if counted[kind]]
    said = [f"{counted.total():,} rows read, {written:,} written: {', '.join(parts) or 'none'}"]
    if strange:
        shown = ", ".join(repr(code[:20]) for code, _ in strange.most_common(_EXAMPLES))
        said.append(f"unknown codes: {shown}{' and others' if len(strange) > _EXAMPLES else ''}")
    lengths = {len(code) for code in map(_plain, strange) if code.isdigit()}
    if lengths & {1, 3, 5}:
        said.append("codes of 1, 3 or 5 digits have probably lost a leading zero in a spreadsheet; add it")
    if max(lengths, default=0) > 6:
        said.append("digits after the sixth are national; leave them out to convert the subheading")
    return said


def _plain(code: str) -> str:
    return code.replace(".", "").replace(" ", "")


def _place(header: list[str], column: str, new: list[str]) -> int:
    names = [name.strip() for name in header]
    if column not in names:
        raise unknown("column", column, names)
    if names.count(column) > 1:
        raise UsageError(f"--column: {column!r} names {names.count(column)} columns; rename one")
    if taken := set(names) & set(new):
        raise UsageError(f"the file already has a column {min(taken)!r}; rename it")
    return names.index(column)


def _opened(path: str) -> BinaryIO:
    if path == "-":
        return standard_input()
    try:
        stream = gzip.open(path) if path.lower().endswith(".gz") else open(path, "rb")  # noqa: SIM115
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=path) from error
    return stream  # type: ignore[return-value]
