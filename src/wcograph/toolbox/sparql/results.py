"""Answers: the results of a query, read row by row or as a whole.

A row is a tuple of RDF terms in the order of the variables, None if a variable is unbound. ``resultformats``
writes an answer; ``dataframes`` turns it into a data frame.
"""

from __future__ import annotations

from _thread import get_ident  # threading costs some milliseconds to import
from itertools import chain, islice

import pyoxigraph as ox

from wcograph.toolbox.errors import UsageError
from wcograph.toolbox.sparql.values import python_value, xml_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any

    import pandas
    import polars
    import pyarrow

    from wcograph.toolbox.sparql.pictures import Picture
    from wcograph.toolbox.sparql.presentation import Presentation
    from wcograph.toolbox.sparql.tables import Table
    from wcograph.toolbox.sparql.values import Solution

# The column that ``sources`` adds to an answer; its citations stand one a line in a literal.
SOURCES = "sources"
_SHOWN = 100  # rows in a notebook


class Answer:
    """The answer to a query: iterate over its rows once as they come, or read them all with ``rows``.

    ``form`` is that of the query: SELECT, ASK, CONSTRUCT or DESCRIBE. ``variables`` are the names of the columns; the answer
    to an ASK query is one row of the column ``answer``, a graph has the columns ``subject``, ``predicate`` and ``object``.
    ``bool(answer)`` is the answer to an ASK query; for other queries, it is whether there is a row.

    >>> answer = Answer("SELECT", ["name"], [(ox.Literal("Palau"),), (ox.Literal("Tuvalu"),)])
    >>> answer.to_dicts()
    [{'name': 'Palau'}, {'name': 'Tuvalu'}]
    """

    def __init__(
        self,
        form: str,
        variables: Sequence[str],
        rows: Iterable[Solution],
        *,
        limit: int | None = None,
        cited: Sequence[str] = (),
        origin: Answer | None = None,
        prefixes: Mapping[str, str] | None = None,
        presentation: Presentation | Callable[[], Presentation] | None = None,
    ) -> None:
        """Keep the rows, which are read on demand, at most ``limit`` of them.

        ``cited`` names the columns with citations of sources, one per line; ``origin`` is the answer that the rows are made
        from. ``prefixes`` shorten IRIs in formats for people, ``presentation`` says how these show the columns, or is called
        when they first do (both by default those of ``origin``). ``languages`` has the spellings of language tags that the
        data do not write in lower case, and ``notes()`` returns remarks on the rows that have been read. ``understood`` is
        how the question was understood, if it was asked in plain words.
        """
        self.form, self.variables, self.cited = form, tuple(variables), tuple(cited)
        self.understood = ""
        self.languages: Mapping[ox.Literal, str] = origin.languages if origin is not None else {}
        self.notes: Callable[[], Sequence[str]] = origin.notes if origin is not None else tuple
        self.prefixes: Mapping[str, str] = prefixes or (origin.prefixes if origin is not None else {})
        self._presented, self._origin, self._cut = presentation, origin, False
        self._rows = iter(rows) if limit is None else self._first(iter(rows), limit)
        self._kept: list[Solution] | None = None
        self._spent = False

    def _first(self, rows: Iterator[Solution], limit: int) -> Iterator[Solution]:
        for number, row in enumerate(rows):
            if number == limit:
                self._cut = True
                return
            yield row

    @property
    def presentation(self) -> Presentation | None:
        """How formats for people show the answer; None for a query that is not stored."""
        if self._presented is None:
            return self._origin.presentation if self._origin is not None else None
        if callable(self._presented):
            self._presented = self._presented()
        return self._presented

    @property
    def cut(self) -> bool:
        """Whether ``limit`` left rows out, as far as the rows have been read."""
        return self._cut or (self._origin is not None and self._origin.cut)

    def __iter__(self) -> Iterator[Solution]:
        """Yield the rows as the engine finds them, without keeping them: once.

        Raises UsageError if the rows have been iterated over before and were not kept (by ``rows`` or
        one of the ``to_`` methods).
        """
        if self._kept is not None:
            return iter(self._kept)
        if self._spent:
            raise UsageError("the rows of this answer have been read; keep them with rows(), or ask again")
        self._spent = True
        return self._rows

    def __bool__(self) -> bool:
        """Return the answer to an ASK query; for any other query, whether there is a row."""
        head = self._head(1)
        return bool(head) and (self.form != "ASK" or python_value(head[0][0]) is True)

    def __len__(self) -> int:
        """Return the number of rows, which are read and kept; 1 for an ASK query."""
        # What list(answer) asks too, which takes a TypeError for "unknown".
        if self._spent and self._kept is None:
            raise TypeError("the rows of this answer are read and not kept; ask for rows() first")
        return len(self.rows())

    def __repr__(self) -> str:
        """Show the form, the columns and, once they have been read, the number of rows.

        >>> Answer("SELECT", ["a", "b"], []), Answer("ASK", ["answer"], [(ox.Literal(True),)])
        (<Answer SELECT ?a ?b>, <Answer ASK ?answer>)
        """
        rows = "" if self._kept is None else f", {len(self._kept)} row{'s' * (len(self._kept) != 1)}"
        return f"<Answer {self.form} {' '.join(f'?{variable}' for variable in self.variables)}{rows}>"

    def _head(self, number: int) -> list[Solution]:
        """Return the first rows, which can still be read afterwards."""
        if self._kept is not None:
            return self._kept[:number]
        rows = iter(self)
        head = list(islice(rows, number))
        self._rows, self._spent = chain(head, rows), False
        return head

    def rows(self) -> list[Solution]:
        """Read and keep all rows."""
        if self._kept is None:
            self._kept = list(iter(self))
        return self._kept

    def triples(self) -> Iterator[ox.Triple]:
        """Yield the triples of a graph. Raises UsageError for the answer to a SELECT or ASK query."""
        if self.form not in ("CONSTRUCT", "DESCRIBE"):
            raise UsageError(f"the answer to a {self.form} query has no triples")
        for row in self:
            yield ox.Triple(*row)  # type: ignore[arg-type]  # a graph has the terms of triples

    def to_dicts(self) -> list[dict[str, Any]]:
        """Read all rows as dictionaries of Python values; an unbound variable is None.

        IRIs become strings; integers, decimals, doubles, booleans, whole dates and times with a date become the Python types
        of that name; all other literals are strings (``1990`` of xsd:gYear stays ``"1990"``). A column of sources has
        lists of strings.
        """
        found = [dict(zip(self.variables, map(python_value, row), strict=True)) for row in self.rows()]
        for row in found:
            row.update({name: row[name].split("\n") if row[name] else [] for name in self.cited})
        return found

    def to_pandas(self) -> pandas.DataFrame:
        """Read all rows into a pandas DataFrame, each column of one type.

        Integers are ``int64`` (``Int64`` if some are missing), other numbers ``float64``, booleans ``bool`` or ``boolean``,
        dates ``datetime64[s]``, times with a date ``datetime64[us]``; all others, and those of mixed types, are strings as
        the graph writes them. Raises UsageError, with the command that installs it, if pandas is missing.
        """
        from wcograph.toolbox.sparql.dataframes import to_pandas

        return to_pandas(self.variables, self.rows(), self.cited)

    def to_polars(self) -> polars.DataFrame:
        """Read all rows into a polars DataFrame, typed as ``to_arrow`` does.

        Raises UsageError, with the command that installs it, if polars is missing.
        """
        from wcograph.toolbox.sparql.dataframes import to_polars

        return to_polars(self.variables, self.rows(), self.cited)

    def to_arrow(self) -> pyarrow.Table:
        """Read all rows into an Arrow table, each column of one type.

        Integers are ``int64``, decimals ``decimal128`` with the scale that they need, doubles ``float64``, dates ``date32``,
        times with a date ``timestamp[us]`` (in UTC if they have an offset); all others, and those of mixed types, are
        strings. Raises UsageError, with the command that installs it, if pyarrow is missing.
        """
        from wcograph.toolbox.sparql.dataframes import to_arrow

        return to_arrow(self.variables, self.rows(), self.cited)

    def _repr_html_(self) -> str:
        """Show the picture, if the question has one, and the first hundred rows in a notebook; they can still be read.

        >>> print(Answer("SELECT", ["n"], [(ox.Literal("<b>"),)])._repr_html_().split("<tbody>")[1].split()[0])
        <tr><td>&lt;b&gt;</td></tr>
        """
        from wcograph.toolbox.sparql.tables import html

        drawn = self.drawn()
        head = self._head(_SHOWN + 1)
        table = self.table(head[:_SHOWN], cut=len(head) > _SHOWN)
        more = f"<p>the first {_SHOWN} rows</p>" if len(head) > _SHOWN and not table.closing else ""
        asked = f"<p>{xml_text(self.understood)}</p>\n" if self.understood else ""
        return asked + html(table, drawn) + more

    def picture(self) -> Picture:
        """Draw the rows as the header of the question says, in SVG.

        Raises UsageError if it states no picture, and if the rows cannot be drawn.
        """
        from wcograph.toolbox.sparql.tables import html

        return self._picture(html(self.table()))

    def drawn(self) -> str:
        """Return the picture to put above a table, in SVG; an empty text if there is none."""
        if self.presentation is None or not self.presentation.picture:
            return ""
        try:
            return self._picture()
        except UsageError:
            return ""

    def _picture(self, table: str = "") -> Picture:
        from wcograph.toolbox.sparql.pictures import svg

        return svg(self.variables, self.rows(), self.presentation, cut=self.cut, table=table)

    def table(
        self, rows: Sequence[Solution] | None = None, *, iris: bool = False, cut: bool = False
    ) -> Table:
        """Return the rows (by default all) as a table for people.

        ``iris`` shows IRIs, in full; ``cut`` says that there are more rows.
        """
        from wcograph.toolbox.sparql.tables import Table

        rows = self.rows() if rows is None else rows
        prefixes = None if iris else self.prefixes
        return Table(self.variables, rows, self.cited, prefixes, self.presentation, cut=cut or self.cut)


class _Held:
    """The engine's result: only the thread that asked may use it, or the engine ends the process.

    If another thread is the last to release it, it waits in ``left`` for its own thread.
    """

    def __init__(self, found: Any, left: dict[int, list[object]]) -> None:
        self.found, self.left, self.thread = found, left, get_ident()

    def __del__(self) -> None:
        if get_ident() != self.thread:
            self.left.setdefault(self.thread, []).append(self.found)


def answered(
    find: Callable[[], Any],
    name: str = "query",
    limit: int | None = None,
    *,
    prefixes: Mapping[str, str] | None = None,
    left: dict[int, list[object]] | None = None,
    at_once: bool = True,
) -> Answer:
    """Return the result of ``find`` in the engine as an Answer, with its rows read at once or on demand.

    A thread other than the one that asked may read the rows: then it asks again. ``left`` has results that wait for
    their own thread to be freed. Raises InputError if the engine fails.
    """
    left = {} if left is None else left
    left.pop(get_ident(), None)
    held = _Held(find(), left)
    if isinstance(held.found, ox.QueryBoolean):
        return Answer("ASK", ("answer",), [(ox.Literal(bool(held.found)),)], prefixes=prefixes)
    form: str = "CONSTRUCT"
    variables: tuple[str, ...] = ("subject", "predicate", "object")
    if isinstance(held.found, ox.QuerySolutions):
        form, variables = "SELECT", tuple(variable.value for variable in held.found.variables)
    rows: Iterable[Solution] = _rows(held, find, name)
    if at_once:
        rows = list(islice(rows, None if limit is None else limit + 1))
    return Answer(form, variables, rows, limit=limit, prefixes=prefixes)


def _rows(held: _Held, find: Callable[[], Any], name: str) -> Iterator[Solution]:
    try:
        if get_ident() != held.thread:
            held = _Held(find(), held.left)
        for row in held.found:
            yield tuple(row)
            if get_ident() != held.thread:
                raise UsageError("the rows of this answer are read in two threads; read them all in one")
    except (RuntimeError, OSError, ValueError) as error:
        from wcograph.toolbox.sparql.asking import failed

        raise failed(error, name) from error
