"""Rows as tables for people: on the terminal, in Markdown, and in HTML."""

from __future__ import annotations

import pyoxigraph as ox

from wcograph.toolbox.errors import log_line, visible
from wcograph.toolbox.sparql.naming import compact
from wcograph.toolbox.sparql.values import NUMBERS, plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from wcograph.toolbox.sparql.values import Solution, Term


class Table:
    """Rows for a person to read: the names of the columns, cells, which columns are numbers, and footnotes.

    IRIs are shortened with ``prefixes`` if there are some. The columns ``cited`` have citations of sources, which become
    footnotes: a cell has their numbers, in the order in which they first occur.
    """

    __slots__ = ("cells", "cited", "head", "notes", "numeric", "rows")

    def __init__(
        self,
        variables: Sequence[str],
        rows: Sequence[Solution],
        cited: Sequence[str] = (),
        prefixes: Mapping[str, str] | None = None,
    ) -> None:
        """Read all rows."""
        self.head, self.rows = list(variables), rows
        self.cited = [self.head.index(name) for name in cited]
        columns = zip(*rows, strict=True)
        self.numeric = [_is_numeric(column) for column in columns] or [False] * len(self.head)
        self.cells = [[_one_line(shown(term, prefixes)) for term in row] for row in rows]
        notes: dict[str, int] = {}
        for row, line in zip(rows, self.cells, strict=True):
            for place in self.cited:
                term = row[place]
                found = term.value.split("\n") if isinstance(term, ox.Literal) else []
                line[place] = ", ".join(str(notes.setdefault(note, len(notes) + 1)) for note in found)
        self.notes = [_one_line(note) for note in notes]


def shown(term: Term | None, prefixes: Mapping[str, str] | None = None) -> str:
    """Return a term for a person to read: IRIs as CURIEs if there are ``prefixes``, literals without their types.

    >>> shown(ox.NamedNode("http://e/a"), {"e": "http://e/"}), shown(ox.Literal("Palaos", language="fr"))
    ('e:a', 'Palaos')
    """
    return compact(term.value, prefixes) if prefixes and isinstance(term, ox.NamedNode) else plain(term)


def _is_numeric(column: Iterable[Term | None]) -> bool:
    bound = [term for term in column if term is not None]
    return bool(bound) and all(
        isinstance(term, ox.Literal) and term.datatype.value in NUMBERS for term in bound
    )


def markdown(table: Table) -> Iterator[str]:
    """Yield the parts of a table in Markdown, with footnotes."""

    def line(fields: Iterable[str]) -> str:
        return "| " + " | ".join(fields) + " |\n"

    yield line(table.head)
    yield line("--:" if number else "---" for number in table.numeric)
    for row in table.cells:
        fields = [_markdown(cell) for cell in row]
        for at in table.cited:
            fields[at] = "".join(f"[^{number}]" for number in row[at].split(", ") if number)
        yield line(fields)
    for number, note in enumerate(table.notes, 1):
        yield f"{'' if number > 1 else chr(10)}[^{number}]: {_markdown(note)}\n"


def _markdown(text: str) -> str:
    # What Markdown, or HTML in it, would read as more than text.
    escaped = "".join("\\" + character if character in "\\|*`[]<" else character for character in text)
    return " ".join(escaped.split())


def html(table: Table) -> str:
    """Return a table in HTML: IRIs link to what they name, sources are footnotes."""
    from wcograph.toolbox.sparql.xmlresults import attribute, text

    def cell(term: Term | None, written: str) -> str:
        if isinstance(term, ox.NamedNode) and term.value.startswith(("https://", "http://")):
            return f"<a href={attribute(term.value)}>{text(written)}</a>"
        return text(written)

    right = ' style="text-align: right"'
    lines = ["<table>", f"<thead><tr>{''.join(f'<th>{text(name)}</th>' for name in table.head)}</tr></thead>"]
    lines.append("<tbody>")
    for row, line in zip(table.rows, table.cells, strict=True):
        fields = [
            f"<td{right if number else ''}>{cell(term, written)}</td>"
            for term, written, number in zip(row, line, table.numeric, strict=True)
        ]
        lines.append(f"<tr>{''.join(fields)}</tr>")
    lines += ["</tbody>", "</table>"]
    if table.notes:
        lines += ["<ol>", *(f"<li>{text(note)}</li>" for note in table.notes), "</ol>"]
    return "\n".join(lines) + "\n"


def html_page(table: Table) -> Iterator[str]:
    """Yield a page with a table in HTML."""
    yield '<!DOCTYPE html>\n<html>\n<head>\n<meta charset="utf-8">\n<title>Answer</title>\n</head>\n<body>\n'
    yield html(table)
    yield "</body>\n</html>\n"


def terminal(table: Table, room: int = 0) -> Iterator[str]:
    """Yield the lines of a table for a terminal of ``room`` columns; 0 sets no limit."""
    columns = zip(*table.cells, strict=True) if table.cells else [()] * len(table.head)
    widths = [max(map(_width, (name, *column))) for name, column in zip(table.head, columns, strict=True)]
    if room:
        widths = _fitted(widths, room)
    for number, row in enumerate([table.head, *table.cells]):
        wrapped = [_wrap(cell, width) for cell, width in zip(row, widths, strict=True)]
        for part in range(max(map(len, wrapped), default=1)):
            fields = [
                _pad(cell[part] if part < len(cell) else "", width, right)
                for cell, width, right in zip(wrapped, widths, table.numeric, strict=True)
            ]
            yield log_line("  ".join(fields).rstrip(" ")) + "\n"
        if number == 0:
            yield "  ".join("─" * width for width in widths) + "\n"
    if not table.cells:
        yield "(no rows)\n"
    indent = len(str(len(table.notes))) + 2
    for number, note in enumerate(table.notes, 1):
        lines = _wrap(note, max(room - indent, 20)) if room else [note]
        lead = "\n" if number == 1 else ""
        yield f"{lead}{number:>{indent - 2}}  {lines[0]}\n"
        for line in lines[1:]:
            yield f"{' ' * indent}{line}\n"


def _one_line(text: str) -> str:
    return visible(text.translate(_SPACES))


_SPACES = dict.fromkeys(map(ord, "\t\n\r"), " ")


def _width(text: str) -> int:
    """Return the width of a text in terminal columns."""
    if text.isascii():
        return len(text)
    import unicodedata

    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )


def _pad(text: str, width: int, right: bool) -> str:
    space = " " * (width - _width(text))
    return space + text if right else text + space


def _fitted(widths: list[int], room: int) -> list[int]:
    """Narrow the widest columns until a row fits into ``room`` columns of a terminal, none below 12."""
    widths = list(widths)
    spare = room - 2 * (len(widths) - 1)
    while sum(widths) > spare and max(widths) > 12:
        widths[widths.index(max(widths))] -= 1
    return widths


def _wrap(text: str, width: int) -> list[str]:
    if _width(text) <= width:
        return [text]
    lines = [""]
    for word in text.split(" "):
        if lines[-1] and _width(lines[-1]) + 1 + _width(word) <= width:
            lines[-1] += " " + word
            continue
        if lines[-1]:
            lines.append("")
        for character in word:
            if _width(lines[-1]) + _width(character) > width:
                lines.append("")
            lines[-1] += character
    return lines
