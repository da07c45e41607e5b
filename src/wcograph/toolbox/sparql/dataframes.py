"""Answers as data frames: columns of one type each, in pandas, polars or Arrow, whichever is installed.

A column is typed by the datatypes of all its terms, not by the first rows: what is an integer in each
row is an integer column, a date with a year among them makes a column of strings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from wcograph.toolbox.arguments import extra
from wcograph.toolbox.sparql.values import INTEGERS, XSD, python_value

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, BinaryIO

    import pandas
    import polars
    import pyarrow

    from wcograph.toolbox.sparql.values import Solution, Term

_KINDS = dict.fromkeys(INTEGERS, "integer") | {
    XSD + "decimal": "decimal",
    XSD + "double": "double",
    XSD + "float": "double",
    XSD + "boolean": "boolean",
    XSD + "date": "date",
    XSD + "dateTime": "dateTime",
}
# The Python type that a value of each kind has when its lexical form is a usual one.
_TYPES = {"integer": "int", "decimal": "Decimal", "double": "float", "boolean": "bool", "date": "date"}


def columns(
    variables: Sequence[str], rows: Sequence[Solution], cited: Sequence[str]
) -> dict[str, tuple[str, list[Any]]]:
    """Return rows as columns: for each the kind of its values and the values, None for a missing one.

    Kinds are integer, decimal, double, boolean, date, dateTime, list (of citations) and string. Integers
    with decimals become decimals, both with doubles become doubles. Any other mixture, and integers beyond
    64 bits, become strings as the graph writes them.
    """
    found = {}
    for at, variable in enumerate(variables):
        terms = [row[at] for row in rows]
        if variable in cited:
            found[variable] = ("list", [_lexical(term).split("\n") if term else [] for term in terms])
        else:
            found[variable] = _column(terms)
    return found


def _column(terms: Sequence[Term | None]) -> tuple[str, list[Any]]:
    values = [python_value(term) for term in terms]
    kinds = {_kind(term, value) for term, value in zip(terms, values, strict=True) if term is not None}
    if kinds == {"integer", "decimal"}:
        kinds = {"decimal"}
    elif "double" in kinds and kinds <= {"integer", "decimal", "double"}:
        kinds = {"double"}
    kind = kinds.pop() if len(kinds) == 1 else "string"
    if kind == "string":
        return kind, [None if term is None else _lexical(term) for term in terms]
    if kind == "decimal":
        from decimal import Decimal

        decimals = [None if value is None else Decimal(value) for value in values]
        whole = max(value.adjusted() + 1 for value in decimals if value is not None)
        if max(whole, 0) + _scale(decimals) <= 38:  # the digits of a decimal of 128 bits
            return kind, decimals
        return "string", [None if term is None else _lexical(term) for term in terms]
    if kind == "double":
        return kind, [None if value is None else float(value) for value in values]
    if kind == "utc":
        from datetime import UTC

        return kind, [None if value is None else value.astimezone(UTC) for value in values]
    return kind, values


def _kind(term: Term, value: Any) -> str:
    kind = _KINDS.get(term.datatype.value, "string") if isinstance(term, ox.Literal) else "string"
    if kind == "dateTime" and type(value).__name__ == "datetime":
        return "utc" if value.tzinfo else "dateTime"
    if type(value).__name__ != _TYPES.get(kind):
        return "string"
    if kind == "integer" and not -(2**63) <= value < 2**63:
        return "string"
    if kind == "decimal" and len(value.as_tuple().digits) > 38:
        return "string"
    return kind


def _lexical(term: Term) -> str:
    return term.value if isinstance(term, ox.NamedNode | ox.Literal) else str(term)


def to_pandas(variables: Sequence[str], rows: Sequence[Solution], cited: Sequence[str]) -> pandas.DataFrame:
    """Return a pandas DataFrame; see ``wcograph.toolbox.sparql.results.Answer.to_pandas``."""
    with extra("pandas", "to_pandas"):
        import pandas
    types = {
        "integer": ("int64", "Int64"),
        "decimal": ("float64", "float64"),
        "double": ("float64", "float64"),
        "boolean": ("bool", "boolean"),
        "date": ("datetime64[s]", "datetime64[s]"),
        "dateTime": ("datetime64[us]", "datetime64[us]"),
        "utc": ("datetime64[us, UTC]", "datetime64[us, UTC]"),
        "string": ("string", "string"),
        "list": ("object", "object"),
    }
    series = {
        variable: pandas.Series(values, dtype=types[kind][None in values])
        for variable, (kind, values) in columns(variables, rows, cited).items()
    }
    return pandas.DataFrame(series, columns=list(variables))


def to_polars(variables: Sequence[str], rows: Sequence[Solution], cited: Sequence[str]) -> polars.DataFrame:
    """Return a polars DataFrame; see ``wcograph.toolbox.sparql.results.Answer.to_polars``."""
    with extra("polars", "to_polars"):
        import polars
    typed = columns(variables, rows, cited)
    types: dict[str, Any] = {
        "integer": polars.Int64,
        "double": polars.Float64,
        "boolean": polars.Boolean,
        "date": polars.Date,
        "dateTime": polars.Datetime("us"),
        "utc": polars.Datetime("us", "UTC"),
        "string": polars.String,
        "list": polars.List(polars.String),
    }
    series = [
        polars.Series(
            variable,
            values,
            dtype=polars.Decimal(38, _scale(values)) if kind == "decimal" else types[kind],
        )
        for variable, (kind, values) in typed.items()
    ]
    return polars.DataFrame(series)


def to_arrow(variables: Sequence[str], rows: Sequence[Solution], cited: Sequence[str]) -> pyarrow.Table:
    """Return an Arrow table; see ``wcograph.toolbox.sparql.results.Answer.to_arrow``."""
    with extra("arrow", "to_arrow"):
        import pyarrow
    typed = columns(variables, rows, cited)
    types: dict[str, Any] = {
        "integer": pyarrow.int64(),
        "double": pyarrow.float64(),
        "boolean": pyarrow.bool_(),
        "date": pyarrow.date32(),
        "dateTime": pyarrow.timestamp("us"),
        "utc": pyarrow.timestamp("us", "UTC"),
        "string": pyarrow.string(),
        "list": pyarrow.list_(pyarrow.string()),
    }
    arrays = [
        pyarrow.array(
            values, type=pyarrow.decimal128(38, _scale(values)) if kind == "decimal" else types[kind]
        )
        for kind, values in typed.values()
    ]
    return pyarrow.Table.from_arrays(arrays, names=list(typed))


def write_parquet(
    variables: Sequence[str], rows: Sequence[Solution], cited: Sequence[str], stream: BinaryIO
) -> None:
    """Write an Apache Parquet file, typed as ``to_arrow`` does. Raises UsageError if pyarrow is missing."""
    with extra("arrow", "parquet"):
        from pyarrow import parquet
    parquet.write_table(to_arrow(variables, rows, cited), stream)


def _scale(values: Sequence[Any]) -> int:
    """Return the number of digits after the decimal point that the decimals need."""
    return max((max(-value.as_tuple().exponent, 0) for value in values if value is not None), default=0)
