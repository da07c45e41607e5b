"""Answers as data frames: columns of one type each, in pandas, polars or Arrow, whichever is installed.

A column is typed by the datatypes of all its terms, not by the first rows: what is an integer in each
row is an integer column, a date with a year among them makes a column of strings.
"""

from __future__ import annotations

from datetime import UTC
from decimal import Decimal
from importlib import import_module
from typing import TYPE_CHECKING

import pyoxigraph as ox

from wcograph.toolbox.arguments import extra
from wcograph.toolbox.sparql.values import INTEGERS, XSD, python_value

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, BinaryIO

    import pandas
    import polars
    import pyarrow

    from wcograph.toolbox.sparql.values import Solution, Term

_KINDS = dict.fromkeys(INTEGERS, "integer") | {XSD + "float": "double"}
_KINDS |= {XSD + name: name for name in ("decimal", "double", "boolean", "date", "dateTime")}
# The types of pandas for each kind, and those for columns with missing values.
_IN_PANDAS = {
    "integer": ("int64", "Int64"),
    "boolean": ("bool", "boolean"),
    "date": ("datetime64[s]", "datetime64[s]"),
    "dateTime": ("datetime64[us]", "datetime64[us]"),
    "utc": ("datetime64[us, UTC]", "datetime64[us, UTC]"),
    "string": ("string", "string"),
    "list": ("object", "object"),
    **dict.fromkeys(("decimal", "double"), ("float64", "float64")),
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
    convert = _CONVERSIONS.get(kind)
    if convert:
        values = [None if value is None else convert(value) for value in values]
    if kind == "decimal":
        whole = max(value.adjusted() + 1 for value in values if value is not None)
        if max(whole, 0) + _scale(values) > 38:  # the digits of a decimal of 128 bits
            kind = "string"
    if kind == "string":
        return kind, [None if term is None else _lexical(term) for term in terms]
    return kind, values


_CONVERSIONS: dict[str, Callable[[Any], Any]] = {
    "decimal": Decimal,
    "double": float,
    "utc": lambda value: value.astimezone(UTC),
}


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
    library = _imported("pandas", "pandas", "to_pandas")
    series = {
        variable: library.Series(values, dtype=_IN_PANDAS[kind][None in values])
        for variable, (kind, values) in columns(variables, rows, cited).items()
    }
    return library.DataFrame(series, columns=list(variables))  # type: ignore[no-any-return]


def to_polars(variables: Sequence[str], rows: Sequence[Solution], cited: Sequence[str]) -> polars.DataFrame:
    """Return a polars DataFrame; see ``wcograph.toolbox.sparql.results.Answer.to_polars``."""
    library = _imported("polars", "polars", "to_polars")
    types = {"string": library.String, "list": library.List(library.String)}  # polars infers the others
    series = [
        library.Series(
            variable, values, library.Decimal(38, _scale(values)) if kind == "decimal" else types.get(kind)
        )
        for variable, (kind, values) in columns(variables, rows, cited).items()
    ]
    return library.DataFrame(series)  # type: ignore[no-any-return]


def to_arrow(variables: Sequence[str], rows: Sequence[Solution], cited: Sequence[str]) -> pyarrow.Table:
    """Return an Arrow table; see ``wcograph.toolbox.sparql.results.Answer.to_arrow``."""
    library = _imported("pyarrow", "arrow", "to_arrow")
    types = {"string": library.string(), "list": library.list_(library.string())}  # Arrow infers the others
    found = {
        variable: library.array(
            values, type=library.decimal128(38, _scale(values)) if kind == "decimal" else types.get(kind)
        )
        for variable, (kind, values) in columns(variables, rows, cited).items()
    }
    return library.Table.from_arrays(list(found.values()), names=list(found))


def write_parquet(
    variables: Sequence[str], rows: Sequence[Solution], cited: Sequence[str], stream: BinaryIO
) -> None:
    """Write an Apache Parquet file, typed as ``to_arrow`` does. Raises UsageError if pyarrow is missing."""
    parquet = _imported("pyarrow.parquet", "arrow", "parquet")
    parquet.write_table(to_arrow(variables, rows, cited), stream)


def _imported(module: str, of: str, what: str) -> Any:
    with extra(of, what):
        found = import_module(module)
    return found


def _scale(values: Sequence[Any]) -> int:
    """Return the number of digits after the decimal point that the decimals need."""
    return max((max(-value.as_tuple().exponent, 0) for value in values if value is not None), default=0)
