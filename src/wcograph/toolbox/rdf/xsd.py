"""The lexical forms of the datatypes of XML Schema 1.1, for whoever asks which values they stand for."""

from __future__ import annotations

import re
from functools import lru_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

XSD = "http://www.w3.org/2001/XMLSchema#"

INTEGERS: dict[str, tuple[int | None, int | None]] = {
    "integer": (None, None),
    "nonNegativeInteger": (0, None),
    "nonPositiveInteger": (None, 0),
    "positiveInteger": (1, None),
    "negativeInteger": (None, -1),
    "long": (-(2**63), 2**63 - 1),
    "int": (-(2**31), 2**31 - 1),
    "short": (-(2**15), 2**15 - 1),
    "byte": (-(2**7), 2**7 - 1),
    "unsignedLong": (0, 2**64 - 1),
    "unsignedInt": (0, 2**32 - 1),
    "unsignedShort": (0, 2**16 - 1),
    "unsignedByte": (0, 2**8 - 1),
}
"""The integer datatypes, by local name, each with its lowest and highest value (None: no limit)."""

# XML 1.0 (fifth edition), productions 4 and 4a; a Name may hold colons, an NCName none.
_START = (
    "A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_PART = f"{_START}\\-.0-9\u00b7\u0300-\u036f\u203f-\u2040"
NAME_CHARACTERS = {"i": f":{_START}", "c": f":{_PART}"}  # of \i and \c
_NCNAME, _NMTOKEN = f"[{_START}][{_PART}]*", f"[:{_PART}]+"

_ZONE = r"(?P<zone>Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
_YEAR = r"(?P<year>-?(?:[1-9][0-9]{3,}|0[0-9]{3}))"
_MONTH = r"(?P<month>0[1-9]|1[0-2])"
_DAY = r"(?P<day>0[1-9]|[12][0-9]|3[01])"
_CLOCK = r"(?P<hour>[01][0-9]|2[0-3]):(?P<minute>[0-5][0-9]):(?P<second>[0-5][0-9](?:\.[0-9]+)?)"
_TIME = rf"(?:{_CLOCK}|(?P<end>24:00:00(?:\.0+)?))"
_MONTHS = r"(?:(?P<years>[0-9]+)Y)?(?:(?P<months>[0-9]+)M)?"
_DAYS = (
    r"(?:(?P<days>[0-9]+)D)?"
    r"(?:T(?=[0-9])(?:(?P<hours>[0-9]+)H)?(?:(?P<minutes>[0-9]+)M)?(?:(?P<seconds>[0-9]+(?:\.[0-9]+)?)S)?)?"
)
_DECIMAL = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
_B64 = "[A-Za-z0-9+/] ?"

FORMS: dict[str, str] = {
    **dict.fromkeys(INTEGERS, "[+-]?[0-9]+"),
    "decimal": _DECIMAL,
    **dict.fromkeys(("double", "float"), rf"{_DECIMAL}(?:[eE][+-]?[0-9]+)?|[+-]?INF|NaN"),
    "boolean": "true|false|0|1",
    "dateTime": f"{_YEAR}-{_MONTH}-{_DAY}T{_TIME}{_ZONE}?",
    "dateTimeStamp": f"{_YEAR}-{_MONTH}-{_DAY}T{_TIME}{_ZONE}",
    "date": f"{_YEAR}-{_MONTH}-{_DAY}{_ZONE}?",
    "time": f"{_TIME}{_ZONE}?",
    "gYear": f"{_YEAR}{_ZONE}?",
    "gYearMonth": f"{_YEAR}-{_MONTH}{_ZONE}?",
    "gMonth": f"--{_MONTH}{_ZONE}?",
    "gDay": f"---{_DAY}{_ZONE}?",
    "gMonthDay": f"--{_MONTH}-{_DAY}{_ZONE}?",
    "duration": f"-?P(?=[0-9T]){_MONTHS}{_DAYS}",
    "yearMonthDuration": f"-?P(?=[0-9]){_MONTHS}",
    "dayTimeDuration": f"-?P(?=[0-9T]){_DAYS}",
    "hexBinary": "(?:[0-9a-fA-F]{2})*",
    "base64Binary": f"(?:(?:{_B64}){{4}})*(?:(?:{_B64}){{3}}[A-Za-z0-9+/]"
    f"|(?:{_B64}){{2}}[AEIMQUYcgkosw048] ?=|{_B64}[AQgw] ?= ?=)?",
    "normalizedString": r"[^\t\n\r]*",
    "token": r"(?:[^\t\n\r ]+(?: [^\t\n\r ]+)*)?",
    "language": "[a-zA-Z]{1,8}(?:-[a-zA-Z0-9]{1,8})*",
    "Name": f"[:{_START}][:{_PART}]*",
    **dict.fromkeys(("NCName", "ID", "IDREF", "ENTITY"), _NCNAME),
    **dict.fromkeys(("IDREFS", "ENTITIES"), f"{_NCNAME}(?: {_NCNAME})*"),
    **{"NMTOKEN": _NMTOKEN, "NMTOKENS": f"{_NMTOKEN}(?: {_NMTOKEN})*"},
    **dict.fromkeys(("QName", "NOTATION"), f"(?:{_NCNAME}:)?{_NCNAME}"),
}
"""Regular expressions that match the lexical forms of a datatype, by local name; the parts of dates, times and
durations are groups. A day may be one that its month does not have, an integer out of its bounds."""


def days_in(year: int | None, month: int) -> int:
    """Return the days of a month, of any year (None) the most that it can have.

    >>> days_in(1900, 2), days_in(None, 2), days_in(2023, 4)
    (28, 29, 30)
    """
    if month == 2:
        return 29 if year is None or (year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)) else 28
    return 30 if month in (4, 6, 9, 11) else 31


@lru_cache(maxsize=64)
def form(name: str) -> re.Pattern[str]:
    """Return the pattern of `FORMS` for a datatype."""
    return re.compile(FORMS[name])


@lru_cache(maxsize=64)
def lexical_space(datatype: str) -> Callable[[str], object] | None:
    """Return a function that tests lexical forms of a datatype; None for an unknown datatype.

    >>> [bool(lexical_space(XSD + "byte")(form)) for form in ("127", "128", "1e1")]
    [True, False, False]
    """
    name = datatype[len(XSD) :]
    if not datatype.startswith(XSD) or name not in FORMS:
        return None
    fits = form(name).fullmatch
    low, high = INTEGERS.get(name, (None, None))
    if (low, high) != (None, None):
        from decimal import Decimal  # reads more than 4,300 digits, which int() refuses

        def is_in_range(text: str) -> bool:
            value = Decimal(text) if fits(text) else None
            return value is not None and (low is None or value >= low) and (high is None or value <= high)

        return is_in_range
    if name in ("dateTime", "dateTimeStamp", "date", "gMonthDay"):

        def is_day(text: str) -> bool:
            match = fits(text)
            if match is None:
                return False
            year = "4" if name == "gMonthDay" else match["year"].lstrip("-")[-4:]  # leap years repeat
            return int(match["day"]) <= days_in(int(year), int(match["month"]))

        return is_day
    return fits
