"""SELECT results as an Excel workbook (Office Open XML, ISO/IEC 29500).

A cell is a number, a truth value or a date if a spreadsheet keeps it exactly, otherwise text as the data write it: an
integer of 16 digits, a time with an offset, a date before March 1900. Text is never a formula or a link. The same rows
give the same bytes.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from typing import TYPE_CHECKING

from wcograph.toolbox.arguments import extra
from wcograph.toolbox.errors import UsageError
from wcograph.toolbox.sparql.values import plain, python_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any, BinaryIO

    from wcograph.toolbox.sparql.values import Solution

_MOST_ROWS, _LONGEST = 2**20, 32_767  # of a sheet with its header; characters of a cell
_DAY_ONE = date(1900, 3, 1)  # before it, Excel counts a day too many


def write(variables: Sequence[str], rows: Iterable[Solution], stream: BinaryIO) -> None:
    """Write rows below a header. Raises UsageError if xlsxwriter is missing, and for more than a sheet can hold."""
    with extra("xlsx", "xlsx"):
        from xlsxwriter import Workbook
    content = BytesIO()
    book = Workbook(content, {"in_memory": True})
    book.set_properties({"created": datetime(2000, 1, 1)})
    sheet = book.add_worksheet("answer")
    bold = book.add_format({"bold": True})
    formats = {
        date: book.add_format({"num_format": "yyyy-mm-dd"}),
        datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
    }
    for at, variable in enumerate(variables):
        sheet.write_string(0, at, variable, bold)
    for number, row in enumerate(rows, 1):
        if number == _MOST_ROWS:
            raise UsageError(f"a sheet holds at most {_MOST_ROWS - 1:,} rows; choose csv or parquet")
        for at, term in enumerate(row):
            if term is None:
                continue
            value, text = python_value(term), plain(term)
            if len(text) > _LONGEST:
                raise UsageError(
                    f"a cell of xlsx holds at most {_LONGEST:,} characters; choose csv or parquet"
                )
            if isinstance(value, bool):
                sheet.write_boolean(number, at, value)
            elif _is_kept(value):
                sheet.write_number(number, at, value)
            elif type(value) in formats and _is_day(value):
                sheet.write_datetime(number, at, value, formats[type(value)])
            else:
                sheet.write_string(number, at, text)
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, max(len(variables) - 1, 0), 24)
    book.close()
    stream.write(content.getvalue())


def _is_kept(value: Any) -> bool:
    """Return whether a number has no more than the 15 digits that a spreadsheet keeps."""
    if isinstance(value, float):
        return value - value == 0 and float(f"{value:.15g}") == value
    if isinstance(value, int):
        return abs(value) < 10**15
    return isinstance(value, Decimal) and len(value.as_tuple().digits) <= 15 and abs(value.adjusted()) < 300


def _is_day(value: date) -> bool:
    """Return whether a spreadsheet has this date, to the millisecond."""
    if isinstance(value, datetime):
        return value.tzinfo is None and value.microsecond % 1000 == 0 and value.date() >= _DAY_ONE
    return value >= _DAY_ONE
