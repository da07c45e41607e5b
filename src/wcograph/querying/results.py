"""Answers: what a query gives, read row by row or as a whole.

A row is a tuple of RDF terms in the order of the variables, None where a variable is unbound. How an answer
is written is in ``resultformats``; how it becomes a data frame, in ``frames``.
"""

from __future__ import annotations

import pyoxigraph as ox

from wcograph.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any, TypeAlias

    import pandas
    import polars
    import pyarrow

    Term: TypeAlias = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
    Solution: TypeAlias = tuple[Term | None, ...]

XSD = "http://www.w3.org/2001/XMLSchema#"
STRING = XSD + "string"
INTEGERS = {
    XSD + name
    for name in (
        *("integer", "int", "long", "short", "byte", "nonNegativeInteger", "positiveInteger"),
        *("negativeInteger", "nonPositiveInteger"),
        *("unsignedInt", "unsignedLong", "unsignedShort", "unsignedByte"),
    )
}
# The bounds of those that have some (XML Schema 1.1 part 2, section 3.4).
_BOUNDS: dict[str, tuple[int | None, int | None]] = {
    **{XSD + f"{name}": (-(2**bits), 2**bits - 1) for name, bits in
       (("long", 63), ("int", 31), ("short", 15), ("byte", 7))},
    **{XSD + f"unsigned{name}": (0, 2**bits - 1) for name, bits in
       (("Long", 64), ("Int", 32), ("Short", 16), ("Byte", 8))},
    XSD + "nonNegativeInteger": (0, None),
    XSD + "positiveInteger": (1, None),
    XSD + "nonPositiveInteger": (None, 0),
    XSD + "negativeInteger": (None, -1),
}  # fmt: skip
# The lexical forms of XML Schema: Python reads more than these as a number or a date ("1_000", "١٢", "20240229").
_DECIMAL = r"[+-]?(\d+(\.\d*)?|\.\d+)"
_FORMS = {
    "integer": r"[+-]?\d+",
    "decimal": _DECIMAL,
    "double": rf"{_DECIMAL}([eE][+-]?\d+)?|[+-]?INF|NaN",
    "date": r"\d{4}-\d\d-\d\d",
    "dateTime": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6}0*)?(Z|[+-](0\d|1[0-3]):[0-5]\d|[+-]14:00)?",
}
NUMBERS = INTEGERS | {XSD + name for name in ("decimal", "double", "float")}

# The column that ``sources`` adds to an answer; its citations stand one a line in a literal.
SOURCES = "sources"


class Answer:
    """The answer to a query: iterate over its rows once as they come, or read them all with ``rows``.

    ``form`` is that of the query: SELECT, ASK, CONSTRUCT or DESCRIBE. ``variables`` are the names of the
    columns; the answer to an ASK query is one row of the column ``answer``, a graph has the columns
    ``subject``, ``predicate`` and ``object``. ``bool(answer)`` is the answer to an ASK query, and for the
    others whether there is a row.

    >>> answer = Answer("SELECT", ["name"], [(ox.Literal("Palau"),), (ox.Literal("Tuvalu"),)])
    >>> answer.to_dicts()
    [{'name': 'Palau'}, {'name': 'Tuvalu'}]
    """

    __slots__ = ("_cut", "_kept", "_origin", "_rows", "_spent", "cited", "form", "variables")

    def __init__(
        self,
        form: str,
        variables: Sequence[str],
        rows: Iterable[Solution],
        *,
        limit: int | None = None,
        cited: bool = False,
        origin: Answer | None = None,
    ) -> None:
        """Hold the rows, which are read as they are asked for, at most ``limit`` of them.

        ``cited`` tells that the last column holds citations of sources; ``origin`` is the answer that the
        rows are made from.
        """
        self.form, self.variables, self.cited = form, tuple(variables), cited
        self._cut, self._origin = False, origin
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
    def cut(self) -> bool:
        """Whether ``limit`` left rows out, as far as the rows have been read."""
        return self._cut or (self._origin is not None and self._origin.cut)

    def __iter__(self) -> Iterator[Solution]:
        """Yield the rows as the engine finds them, without keeping them: once.

        Raises UsageError where the rows have been iterated over before and were not kept (by ``rows`` or
        one of the ``to_`` methods).
        """
        if self._kept is not None:
            return iter(self._kept)
        if self._spent:
            raise UsageError("the rows of this answer have been read; keep them with rows(), or ask again")
        self._spent = True
        return self._rows

    def __bool__(self) -> bool:
        """Give the answer to an ASK query; of any other, whether it has a row."""
        row = next(iter(self._head(1)), None)
        if self.form == "ASK":
            return row is not None and python_value(row[0]) is True
        return row is not None

    def __len__(self) -> int:
        """Give the number of rows, which are read and kept; 1 for an ASK query."""
        if (
            self._spent and self._kept is None
        ):  # what list(answer) asks too, which takes a TypeError for "unknown"
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
        """Give the first rows without taking them away from who reads the answer afterwards."""
        if self._kept is not None:
            return self._kept[:number]
        from itertools import chain, islice

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
            raise UsageError(f"the answer to a {self.form} query holds no triples")
        for row in self:
            yield ox.Triple(*row)  # type: ignore[arg-type]  # a graph has the terms of triples

    def to_dicts(self) -> list[dict[str, Any]]:
        """Read all rows as dictionaries of Python values; an unbound variable is None.

        IRIs become strings; integers, decimals, doubles, booleans, whole dates and times with a date become
        the Python types of that name; all other literals are strings (``1990`` of xsd:gYear stays
        ``"1990"``). The column ``sources`` holds lists of strings.
        """
        rows: Iterable[Sequence[Any]] = (tuple(map(python_value, row)) for row in self.rows())
        if self.cited:
            rows = ((*row[:-1], row[-1].split("\n") if row[-1] else []) for row in rows)
        return [dict(zip(self.variables, row, strict=True)) for row in rows]

    def to_pandas(self) -> pandas.DataFrame:
        """Read all rows into a pandas DataFrame, each column of one type.

        A column of integers is ``int64`` (``Int64`` where some are missing), of other numbers ``float64``, of
        booleans ``bool`` or ``boolean``, of dates ``datetime64[s]``, of times with a date ``datetime64[us]``;
        all others, and those of mixed types, are strings as the graph writes them. Raises UsageError, with
        the command that installs it, where pandas is missing.
        """
        from wcograph.querying import frames

        return frames.to_pandas(self)

    def to_polars(self) -> polars.DataFrame:
        """Read all rows into a polars DataFrame, typed as ``to_arrow`` does.

        Raises UsageError, with the command that installs it, where polars is missing.
        """
        from wcograph.querying import frames

        return frames.to_polars(self)

    def to_arrow(self) -> pyarrow.Table:
        """Read all rows into an Arrow table, each column of one type.

        Integers are ``int64``, decimals ``decimal128`` with the scale that they need, doubles ``float64``,
        dates ``date32``, times with a date ``timestamp[us]`` (in UTC where they have an offset); all others,
        and those of mixed types, are strings. Raises UsageError, with the command that installs it, where
        pyarrow is missing.
        """
        from wcograph.querying import frames

        return frames.to_arrow(self)

    def _repr_html_(self) -> str:
        """Show the first hundred rows as a table in a notebook; they can still be read."""
        from wcograph.querying.resultformats import html_table

        shown = 100
        head = self._head(shown + 1)
        part = Answer(self.form, self.variables, head[:shown], cited=self.cited)
        more = f"<p>the first {shown} rows</p>" if len(head) > shown else ""
        return html_table(part) + more


def python_value(term: Term | None) -> Any:
    """Give the Python value of an RDF term (see ``Answer.to_dicts``).

    >>> python_value(ox.Literal(17)), python_value(ox.Literal("1990", datatype=ox.NamedNode(XSD + "gYear")))
    (17, '1990')
    """
    if term is None:
        return None
    if not isinstance(term, ox.Literal):
        return term.value if isinstance(term, ox.NamedNode) else str(term)
    datatype = term.datatype.value
    if datatype == STRING:
        return term.value
    if datatype in INTEGERS:
        kind = "integer"
    else:
        kind = datatype.removeprefix(XSD) if datatype.startswith(XSD) else ""
        kind = "double" if kind == "float" else kind
    if kind == "boolean":
        return {"true": True, "1": True, "false": False, "0": False}.get(term.value, term.value)
    import re

    if kind not in _FORMS or not re.fullmatch(_FORMS[kind], term.value, re.ASCII):
        return term.value
    try:
        if kind == "integer":
            least, most = _BOUNDS.get(datatype, (None, None))
            number = int(term.value)
            fits = (least is None or least <= number) and (most is None or number <= most)
            return number if fits else term.value
        if kind == "decimal":
            from decimal import Decimal

            return Decimal(term.value)
        if kind == "double":
            return float(term.value)
        if kind == "date":
            from datetime import date

            return date.fromisoformat(term.value)
        from datetime import datetime

        return datetime.fromisoformat(term.value)
    except ValueError:  # no such day, or more digits than Python reads
        return term.value


def answered(found: Any, limit: int | None = None) -> Answer:
    """Give what pyoxigraph has found as an Answer, read as it is asked for."""
    if isinstance(found, ox.QuerySolutions):
        return Answer(
            "SELECT", [variable.value for variable in found.variables], map(tuple, found), limit=limit
        )
    if isinstance(found, ox.QueryBoolean):
        return Answer("ASK", ("answer",), [(ox.Literal(bool(found)),)])
    return Answer("CONSTRUCT", ("subject", "predicate", "object"), map(tuple, found), limit=limit)
