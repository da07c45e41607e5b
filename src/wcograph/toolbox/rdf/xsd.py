"""The datatypes of XML Schema 1.1: their lexical forms, and the order of their values."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

from pyoxigraph import Literal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Key = tuple[str, object]  # a kind of value, and what values of that kind compare by

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

NAME_START = (
    "A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
NAME_PART = f"{NAME_START}\\-0-9\u00b7\u0300-\u036f\u203f-\u2040"
"""What a name of XML may begin with and hold, but for colons and dots (XML 1.0, fifth edition, productions 4 and 4a)."""
_NCNAME, _NMTOKEN = f"[{NAME_START}][{NAME_PART}.]*", f"[:{NAME_PART}.]+"

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
    "Name": f"[:{NAME_START}][:{NAME_PART}.]*",
    **dict.fromkeys(("NCName", "ID", "IDREF", "ENTITY"), _NCNAME),
    **dict.fromkeys(("IDREFS", "ENTITIES"), f"{_NCNAME}(?: {_NCNAME})*"),
    **{"NMTOKEN": _NMTOKEN, "NMTOKENS": f"{_NMTOKEN}(?: {_NMTOKEN})*"},
    **dict.fromkeys(("QName", "NOTATION"), f"(?:{_NCNAME}:)?{_NCNAME}"),
}
"""Regular expressions that match the lexical forms of a datatype, by local name; the parts of dates, times and
durations are groups. A day may be one that its month does not have, an integer out of its bounds."""

NUMERIC = {"decimal", "float", "double"}
_INSTANTS = ("dateTime", "date", "time", "gYear", "gYearMonth", "gMonth", "gDay", "gMonthDay")
_DURATIONS = ("duration", "yearMonthDuration", "dayTimeDuration")
_LONGEST = 1_000  # characters of a date; a longer one is not compared
_EPOCHS = ((1696, 9), (1697, 2), (1903, 3), (1903, 7))  # XML Schema 1.1, part 2, section 3.3.6.1


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

        def is_in_range(text: str) -> bool:
            value = Decimal(text) if fits(text) else None  # which reads more than 4,300 digits, unlike int()
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


def compare_keys(one: Key | None, other: Key | None) -> int | None:
    """Compare two literals by their keys: -1, 0 or 1, or None if the two are incomparable.

    >>> from pyoxigraph import NamedNode
    >>> def date(day): return key(Literal(day, datatype=NamedNode(XSD + "date")))
    >>> compare_keys(date("2020-01-02"), date("2020-01-01")), compare_keys(date("2020-01-01"), key(Literal("2020")))
    (1, None)
    """
    if one is None or other is None:
        return None
    kinds = {one[0], other[0]}
    a, b = one[1], other[1]
    if kinds <= NUMERIC:
        if len(kinds) > 1:
            a, b = (_as_float(value, "double" in kinds) for value in (a, b))
        if a != a or b != b:  # NaN
            return None
    elif len(kinds) > 1:
        return None
    elif isinstance(a, tuple) and isinstance(b, tuple):
        # a moment without a time zone has an earliest and a latest; it is before another one if both are
        pairs = zip(a, b, strict=True) if len(a) == len(b) else [(x, y) for x in a for y in b]
        signs = {(x > y) - (x < y) for x, y in pairs}
        return signs.pop() if len(signs) == 1 else None
    return (a > b) - (a < b)  # type: ignore[operator, no-any-return]


def _as_float(value: object, double: bool) -> float:
    number = float(value)  # type: ignore[arg-type]
    if double:
        return number
    from ctypes import c_float

    return c_float(number).value


def key(literal: object) -> Key | None:
    """Return the key by which a literal is compared; None if it is ill-typed or has no order."""
    if not isinstance(literal, Literal) or literal.language is not None:
        return None
    text, datatype = literal.value, literal.datatype.value
    name, fits = datatype[len(XSD) :], lexical_space(datatype)
    if datatype == XSD + "string":
        return "string", text
    if fits is None or not fits(text):
        return None
    if name in INTEGERS or name == "decimal":
        return "decimal", Decimal(text)
    if name in ("double", "float"):
        return name, _as_float(text, name == "double")
    if name == "boolean":
        return "boolean", text in ("true", "1")
    match, name = form(name).fullmatch(text) if len(text) < _LONGEST else None, name.removesuffix("Stamp")
    if match is not None and name in _INSTANTS:
        return name, _instant(match.groupdict())
    if match is not None and name in _DURATIONS:
        return "duration", _duration(match.groupdict(), text.startswith("-"))
    return None


def _instant(parts: dict[str, str | None]) -> tuple[Decimal, ...]:
    """Return a moment in seconds; without a time zone, the earliest and the latest that it can be."""
    year, month = int(parts.get("year") or 1972), int(parts.get("month") or 12)
    day = int(parts.get("day") or 1)
    hour, minute, second = (Decimal(parts.get(name) or 0) for name in ("hour", "minute", "second"))
    hour = Decimal(24) if parts.get("end") and parts.get("year") else hour  # as a time, 24:00 is 00:00
    seconds = (_days_before(year, month) + day - 1) * 86400 + hour * 3600 + minute * 60 + second
    zone = parts.get("zone")
    if zone is None:
        return seconds - 14 * 3600, seconds + 14 * 3600
    if zone != "Z":
        offset = int(zone[1:3]) * 3600 + int(zone[4:6]) * 60
        seconds -= offset if zone[0] == "+" else -offset
    return (seconds,)


def _days_before(year: int, month: int) -> int:
    """Return the days from the first of March of the year 0 to the first day of a month."""
    year, month = (year, month - 3) if month > 2 else (year - 1, month + 9)
    return year * 365 + year // 4 - year // 100 + year // 400 + (month * 153 + 2) // 5


def _duration(parts: dict[str, str | None], negative: bool) -> tuple[Decimal, ...]:
    """Return the seconds of a duration from each of four moments, which give the order of durations."""
    names = ("years", "months", "days", "hours", "minutes", "seconds")
    years, months, days, *clock = (Decimal(parts.get(name) or 0) * (-1 if negative else 1) for name in names)
    seconds = days * 86400 + clock[0] * 3600 + clock[1] * 60 + clock[2]
    moments = []
    for year, month in _EPOCHS:
        whole = int(year * 12 + month - 1 + years * 12 + months)
        past = _days_before(whole // 12, whole % 12 + 1) - _days_before(year, month)
        moments.append(past * 86400 + seconds)
    return tuple(moments)
