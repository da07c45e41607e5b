"""Rows as tables for people: on the terminal, in Markdown, and in HTML."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise, zip_longest

import pyoxigraph as ox

from wcograph.toolbox.errors import log_line, visible
from wcograph.toolbox.sparql.naming import compact
from wcograph.toolbox.sparql.presentation import WORDS
from wcograph.toolbox.sparql.values import NUMBERS, plain, xml_attribute, xml_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from wcograph.toolbox.sparql.presentation import Presentation
    from wcograph.toolbox.sparql.values import Solution, Term

_LONGEST_WORD = 28  # a column is not made wider than this so that a word stays whole
_READABLE, _GOOD = 20, 28  # widths from which a text is readable, and reads well
_LONG = 24  # the width of a remark from which it becomes a note
_SIDE = ("indent", "unit", "qualifier", "language")  # columns that are shown with another one


class Column:
    """A column of a table: its variable, heading and cells, and whether it has numbers, may be left out, is cited.

    A ``cited`` column has the numbers of notes.
    """

    def __init__(self, variable: str, heading: str, cells: list[str], terms: Sequence[Term | None]) -> None:
        """Keep the values."""
        self.variable, self.heading, self.cells, self.terms = variable, heading, cells, terms
        self.cited = self.spare = self.once = False
        bound = [term for term in terms if term is not None]
        self.numeric = bool(bound) and all(
            isinstance(term, ox.Literal) and term.datatype.value in NUMBERS for term in bound
        )


class Table:
    """An answer for a person to read.

    ``facts`` are headings with the one value that all rows have, ``columns`` what differs, ``sections`` the headings above
    rows, by row. ``notes`` are footnotes: the citations of sources and long remarks, in the order in which they first
    occur. ``closing`` are the last lines: what no row has, what is left out, the number of rows, how complete they are.
    Without a presentation, all columns are shown, with the names of their variables. ``iris`` shows IRIs, in full.
    """

    def __init__(
        self,
        variables: Sequence[str],
        rows: Sequence[Solution],
        cited: Sequence[str] = (),
        prefixes: Mapping[str, str] | None = None,
        show: Presentation | None = None,
        *,
        cut: bool = False,
    ) -> None:
        """Read all rows.

        The columns ``cited`` have citations of sources. IRIs are shortened with ``prefixes``; without these, they are shown
        in full. ``cut`` says that there are more rows.
        """
        self.title, self.words = (show.title, show.words) if show else ("Answer", WORDS["en"])
        self.length = len(rows)
        self.facts: list[Column] = []
        self.closing: list[str] = []
        self.sections: dict[int, str] = {}
        by_variable = list(zip(*rows, strict=True)) or [()] * len(variables)
        named = [dict(zip(variables, row, strict=True)) if show else {} for row in rows]
        self.columns: list[Column] = []
        for variable, terms in zip(variables, by_variable, strict=True):
            cells = [
                _one_line(shown(term, prefixes) if isinstance(term, ox.NamedNode) or not show else show.cell(variable, row))
                for term, row in zip(terms, named, strict=True)
            ]  # fmt: skip
            self.columns.append(Column(variable, show.heading(variable) if show else variable, cells, terms))
            self.columns[-1].cited = variable in cited
        if show:
            self._arrange(show, prefixes is None)
        notes: dict[str, int] = {}
        for column in (*self.facts, *self.columns):
            if column.cited:
                found = ([] if term is None else plain(term).split("\n") for term in column.terms)
                column.cells = [
                    ", ".join(str(notes.setdefault(_one_line(note), len(notes) + 1)) for note in cell)
                    for cell in found
                ]
        self.notes = list(notes)
        if show:
            complete, left_out = show.remarks()
            count = f"{self.words['first']} {self.count}" if cut else self.count
            count += f" ({show.asked})" if show.asked else ""
            for column in self.columns:
                if show.column(column.variable).get("counted"):
                    tally = Counter(cell for cell in column.cells if cell)
                    count += f": {', '.join(f'{number} {cell}' for cell, number in tally.items())}"
            self.closing += () if cut else left_out  # more rows may have them
            self.closing.append(" · ".join([count, *complete]))

    @property
    def count(self) -> str:
        """The number of rows, in words."""
        return f"{self.length} {self.words['row' if self.length == 1 else 'rows']}"

    def _arrange(self, show: Presentation, iris: bool) -> None:
        beside = {show.column(column.variable).get(side) for column in self.columns for side in _SIDE}
        notes: list[Column] = []
        seen: list[Column] = []
        blank: list[Column] = []
        for column in self.columns:
            what = show.column(column.variable)
            terms = [term for term in column.terms if term is not None]
            if column.variable in beside or what.get("hidden"):
                continue
            if terms and not iris and all(isinstance(term, ox.NamedNode) for term in terms):
                continue
            if what.get("note") and max(map(_width, column.cells), default=0) > _LONG:
                notes.append(column)
            column.spare, column.once = bool(what.get("spare")), bool(what.get("once"))
            if what.get("section"):
                cells = [("", -1), *((cell, at) for at, cell in enumerate(column.cells))]
                self.sections = {at: cell for (before, _), (cell, at) in pairwise(cells) if cell != before}
            elif self.length and not terms:
                blank += [] if what.get("quiet") else [column]
            else:
                seen.append(column)
        if not seen:
            seen = [column for column in self.columns if column not in blank][:1]
        same = [one for one in seen if len(set(one.terms)) == 1 and len(set(one.cells)) == 1]
        self.facts = same if len(same) < len(seen) or self.length == 1 else []
        self.columns = [column for column in seen if column not in self.facts]
        for column in self.columns:
            column.cited |= column in notes
        if blank:
            self.closing.append(f"{self.words['blank']}: {', '.join(column.heading for column in blank)}.")

    def once(self) -> None:
        """Blank the values that repeat those above them."""
        leading = [column for column in self.columns if column.once]
        before: list[str] = []
        for at in range(self.length):
            values = [column.cells[at] for column in leading]
            for place, column in enumerate(leading):
                if at not in self.sections and values[: place + 1] == before[: place + 1]:
                    column.cells[at] = ""
            before = values


def shown(term: Term | None, prefixes: Mapping[str, str] | None = None) -> str:
    """Return a term for a person to read: IRIs as CURIEs if there are ``prefixes``, literals without their types.

    >>> shown(ox.NamedNode("http://e/a"), {"e": "http://e/"}), shown(ox.Literal("Palaos", language="fr"))
    ('e:a', 'Palaos')
    """
    return compact(term.value, prefixes) if prefixes and isinstance(term, ox.NamedNode) else plain(term)


def markdown(table: Table) -> Iterator[str]:
    """Yield the parts of a table in Markdown, with footnotes."""

    def line(fields: Iterable[str]) -> str:
        return "| " + " | ".join(fields) + " |\n"

    for column in table.facts:
        yield f"- **{_markdown(column.heading)}**: {_markdown_cell(column, 0)}\n"
    if table.columns:
        yield ("\n" if table.facts else "") + line(column.heading for column in table.columns)
        yield line("--:" if column.numeric else "---" for column in table.columns)
    for at in range(table.length if table.columns else 0):
        fields = [_markdown_cell(column, at) for column in table.columns]
        if at in table.sections:
            yield line([f"**{_markdown(table.sections[at])}**", *[""] * (len(fields) - 1)])
        yield line(fields)
    for number, note in enumerate(table.notes, 1):
        yield f"{'' if number > 1 else chr(10)}[^{number}]: {_markdown(note)}\n"
    for text in table.closing:
        yield f"\n{_markdown(text)}\n"


def _markdown_cell(column: Column, at: int) -> str:
    if column.cited:
        return "".join(f"[^{number}]" for number in column.cells[at].split(", ") if number)
    return _markdown(column.cells[at])


def _markdown(text: str) -> str:
    # What Markdown, or HTML in it, would read as more than text.
    return "".join("\\" + character if character in "\\|*`[]<" else character for character in text).strip(
        " "
    )


def html(table: Table, picture: str = "") -> str:
    """Return a table in HTML below a picture: IRIs link to what they name, sources are footnotes."""

    def cell(column: Column, at: int) -> str:
        term, written = column.terms[at], xml_text(column.cells[at])
        if isinstance(term, ox.NamedNode) and term.value.startswith(("https://", "http://")):
            return f"<a href={xml_attribute(term.value)}>{written}</a>"
        return written

    right = ' style="text-align: right"'
    lines = [picture] if picture else []
    if table.facts:
        pairs = (f"<dt>{xml_text(one.heading)}</dt><dd>{cell(one, 0)}</dd>" for one in table.facts)
        lines.append(f"<dl>{''.join(pairs)}</dl>")
    if table.columns:
        headings = "".join(f'<th scope="col">{xml_text(one.heading)}</th>' for one in table.columns)
        lines += ["<table>", f"<thead><tr>{headings}</tr></thead>", "<tbody>"]
        for at in range(table.length):
            if at in table.sections:
                heading = (
                    f'<th colspan="{len(table.columns)}" scope="rowgroup">{xml_text(table.sections[at])}</th>'
                )
                lines.append(f"<tr>{heading}</tr>")
            fields = (f"<td{right if one.numeric else ''}>{cell(one, at)}</td>" for one in table.columns)
            lines.append(f"<tr>{''.join(fields)}</tr>")
        lines += ["</tbody>", "</table>"]
    if table.notes:
        lines += ["<ol>", *(f"<li>{xml_text(note)}</li>" for note in table.notes), "</ol>"]
    lines += [f"<p>{xml_text(one)}</p>" for one in table.closing]
    return "\n".join(lines) + "\n"


def html_page(table: Table, picture: str = "") -> Iterator[str]:
    """Yield a page with a table in HTML, below a picture if there is one."""
    title = xml_text(table.title)
    yield f'<!DOCTYPE html>\n<html>\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n</head>\n<body>\n'
    yield html(table, picture)
    yield "</body>\n</html>\n"


def terminal(table: Table, room: int = 0) -> Iterator[str]:
    """Yield the lines of a table for a terminal of ``room`` columns; 0 sets no limit.

    No line is wider, and no word is cut, unless it is longer than its column. If the columns do not fit, those that may be
    are left out; if they still do not fit, each row has a block of its own.
    """
    lead = min(max((_width(column.heading) for column in table.facts), default=0), (room or 120) // 3)
    for column in table.facts:
        yield from _pair(column.heading, column.cells[0], lead, room)
    if table.facts and table.columns:
        yield "\n"
    if table.columns:
        columns, widths = _fitted(table.columns, room)
        if columns and len(columns) < len(table.columns):
            left_out = ", ".join(column.heading for column in table.columns if column not in columns)
            table.closing.insert(0, f"{table.words['narrow']}: {left_out} (-f csv).")
        yield from _grid(table, columns, widths) if columns else _blocks(table, room)
    if not table.length:
        yield "(no rows)\n"
    elif room and not table.closing:
        table.closing.append(table.count)
    indent = len(str(len(table.notes))) + 2
    for number, note in enumerate(table.notes, 1):
        yield "\n" * (number == 1)
        yield from _pair(f"{number:>{indent - 2}}", note, indent - 2, room)
    for number, text in enumerate(table.closing):
        yield "\n" * (number == 0)
        yield from (log_line(line) + "\n" for line in (_wrap(text, room) if room else [text]))


def _grid(table: Table, columns: Sequence[Column], widths: Sequence[int]) -> Iterator[str]:
    def line(cells: Iterable[str]) -> Iterator[str]:
        wrapped = [_wrap(cell, width) for cell, width in zip(cells, widths, strict=True)]
        for parts in zip_longest(*wrapped, fillvalue=""):
            shown = zip(parts, widths, columns, strict=True)
            fields = [_pad(part, width, column.numeric) for part, width, column in shown]
            yield log_line("  ".join(fields).rstrip(" ")) + "\n"

    table.once()
    yield from line(column.heading for column in columns)
    yield "  ".join("─" * width for width in widths) + "\n"
    total = sum(widths) + 2 * (len(widths) - 1)
    for at in range(table.length):
        if at in table.sections:
            yield "\n" * (at > 0)
            yield from (log_line(part) + "\n" for part in _wrap(table.sections[at], total))
        yield from line(column.cells[at] for column in columns)


def _blocks(table: Table, room: int) -> Iterator[str]:
    lead = min(max(_width(column.heading) for column in table.columns), room // 3)
    for at in range(table.length):
        if at in table.sections:
            yield from (log_line(part) + "\n" for part in _wrap(table.sections[at], room))
        yield "\n" * (at > 0)
        for column in table.columns:
            if column.cells[at]:
                yield from _pair(column.heading, column.cells[at].lstrip("\N{NO-BREAK SPACE}"), lead, room)


def _pair(heading: str, text: str, lead: int, room: int) -> Iterator[str]:
    """Yield the lines of a heading with a value beside it."""
    lines = _wrap(text, max(room - lead - 2, 8)) if room else [text]
    for left, right in zip_longest(_wrap(heading, lead), lines, fillvalue=""):
        yield log_line(f"{_pad(left, lead, False)}  {right}".rstrip(" ")) + "\n"


def _fitted(columns: Sequence[Column], room: int) -> tuple[Sequence[Column], list[int]]:
    """Return the columns that fit into ``room`` with their widths; none if they do not fit without cutting words."""
    shown = list(columns)
    texts = {column: (column.heading, *column.cells) for column in shown}
    natural = {column: max(map(_width, texts[column])) for column in shown}
    words = {
        column: max(_width(word[:_LONGEST_WORD]) for cell in texts[column] for word in cell.split(" "))
        for column in shown
    }
    while True:
        spare = room - 2 * (len(shown) - 1)
        widths = [natural[column] for column in shown]
        if not room or sum(widths) <= spare:
            return shown, widths
        optional = [column for column in shown if column.spare]
        wanted = [min(width, _GOOD) if optional else min(width // 4, _READABLE) for width in widths]
        least = [max(words[column], one) for column, one in zip(shown, wanted, strict=True)]
        if sum(least) <= spare:
            break
        if not optional:
            return [], []
        shown.remove(optional[-1])
    while sum(widths) > spare:  # narrow the widest columns, none below its least width
        at = max((at for at in range(len(widths)) if widths[at] > least[at]), key=lambda at: widths[at])
        widths[at] -= 1
    return shown, widths


_SPACES = dict.fromkeys(map(ord, "\t\n\r"), " ")


def _one_line(text: str) -> str:
    return visible(text.translate(_SPACES))


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


def _wrap(text: str, width: int) -> list[str]:
    """Break a text into lines between words; a word that is wider than a line is cut. A hanging indent repeats."""
    if _width(text) <= width:
        return [text]
    indent = text[: len(text) - len(text.lstrip("\N{NO-BREAK SPACE}"))][: width // 2]
    lines = [""]
    for word in text.split(" "):
        if lines[-1].strip() and _width(lines[-1]) + 1 + _width(word) <= width:
            lines[-1] += " " + word
            continue
        if lines[-1].strip():
            lines.append(indent)
        for character in word:
            if _width(lines[-1]) + _width(character) > width:
                lines.append(indent)
            lines[-1] += character
    return lines
