"""XSD 1.1 datatypes: their lexical forms, and the order of their values."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

from pyoxigraph import Literal

from wcograph.toolbox.shacl.graph import XSD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from wcograph.toolbox.shacl.graph import Term

    Key = tuple[str, object]
    """A kind of value, and what values of that kind compare by."""

_RANGES: dict[str, tuple[int | None, int | None]] = {
    **{"integer": (None, None), "long": (-(2**63), 2**63 - 1), "int": (-(2**31), 2**31 - 1)},
    **{"short": (-(2**15), 2**15 - 1), "byte": (-128, 127), "unsignedLong": (0, 2**64 - 1)},
    **{"unsignedInt": (0, 2**32 - 1), "unsignedShort": (0, 2**16 - 1), "unsignedByte": (0, 255)},
    **{"nonNegativeInteger": (0, None), "positiveInteger": (1, None)},
    **{"nonPositiveInteger": (None, 0), "negativeInteger": (None, -1)},
}
_TZ = r"(?P<tz>Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
_Y, _MO, _D = (
    r"(?P<y>-?(?:[1-9][0-9]{3,}|0[0-9]{3}))",
    r"(?P<m>0[1-9]|1[0-2])",
    r"(?P<d>0[1-9]|[12][0-9]|3[01])",
)
_TIME = (
    r"(?:(?P<H>[01][0-9]|2[0-3]):(?P<M>[0-5][0-9]):(?P<S>[0-5][0-9](?:\.[0-9]+)?)|(?P<end>24:00:00(?:\.0+)?))"
)
_DAYS = r"(?:(?P<D>[0-9]+)D)?(?:T(?=[0-9])(?:(?P<h>[0-9]+)H)?(?:(?P<min>[0-9]+)M)?(?:(?P<s>[0-9]+(?:\.[0-9]+)?)S)?)?"
_MONTHS = r"(?:(?P<Y>[0-9]+)Y)?(?:(?P<mo>[0-9]+)M)?"
_NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
_START = (
    "A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_MORE = f"{_START}\\-.0-9\u00b7\u0300-\u036f\u203f\u2040"
_NCNAME, _NMTOKEN = f"[{_START}][{_MORE}]*", f"[:{_MORE}]+"
_B = "[A-Za-z0-9+/] ?"
_FORMS = {
    **dict.fromkeys(_RANGES, "[+-]?[0-9]+"),
    "decimal": _NUMBER,
    **dict.fromkeys(("double", "float"), rf"{_NUMBER}(?:[eE][+-]?[0-9]+)?|[+-]?INF|NaN"),
    "boolean": "true|false|0|1",
    "dateTime": f"{_Y}-{_MO}-{_D}T{_TIME}{_TZ}?",
    "dateTimeStamp": f"{_Y}-{_MO}-{_D}T{_TIME}{_TZ}",
    "date": f"{_Y}-{_MO}-{_D}{_TZ}?",
    "time": f"{_TIME}{_TZ}?",
    "gYear": f"{_Y}{_TZ}?",
    "gYearMonth": f"{_Y}-{_MO}{_TZ}?",
    "gMonth": f"--{_MO}{_TZ}?",
    "gDay": f"---{_D}{_TZ}?",
    "gMonthDay": f"--{_MO}-{_D}{_TZ}?",
    "duration": f"-?P(?=[0-9T]){_MONTHS}{_DAYS}",
    "yearMonthDuration": f"-?P(?=[0-9]){_MONTHS}",
    "dayTimeDuration": f"-?P(?=[0-9T]){_DAYS}",
    "hexBinary": "(?:[0-9a-fA-F]{2})*",
    "base64Binary": f"(?:(?:{_B}){{4}})*(?:(?:{_B}){{3}}[A-Za-z0-9+/]|(?:{_B}){{2}}[AEIMQUYcgkosw048] ?=|{_B}[AQgw] ?= ?=)?",
    "normalizedString": r"[^\t\n\r]*",
    "token": r"(?:[^\t\n\r ]+(?: [^\t\n\r ]+)*)?",
    "language": "[a-zA-Z]{1,8}(?:-[a-zA-Z0-9]{1,8})*",
    "Name": f"[:{_START}][:{_MORE}]*",
    **dict.fromkeys(("NCName", "ID", "IDREF", "ENTITY"), _NCNAME),
    **dict.fromkeys(("IDREFS", "ENTITIES"), f"{_NCNAME}(?: {_NCNAME})*"),
    **{"NMTOKEN": _NMTOKEN, "NMTOKENS": f"{_NMTOKEN}(?: {_NMTOKEN})*"},
    **dict.fromkeys(("QName", "NOTATION"), f"(?:{_NCNAME}:)?{_NCNAME}"),
}
_INSTANTS = (
    "dateTime",
    "dateTimeStamp",
    "date",
    "time",
    "gYear",
    "gYearMonth",
    "gMonth",
    "gDay",
    "gMonthDay",
)
_DURATIONS = ("duration", "yearMonthDuration", "dayTimeDuration")
_LONGEST = 1_000  # characters of a date; a longer one is not compared
_EPOCHS = ((1696, 9), (1697, 2), (1903, 3), (1903, 7))  # XML Schema 1.1, part 2, section 3.3.6.1


@lru_cache(maxsize=64)
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(_FORMS[name])


@lru_cache(maxsize=64)
def lexical_space(datatype: str) -> Callable[[str], bool] | None:
    """Return a function that tests lexical forms of a datatype; None for an unknown datatype.

    >>> [lexical_space(XSD + "byte")(form) for form in ("127", "128", "1e1")]
    [True, False, False]
    """
    name = datatype[len(XSD) :]
    if not datatype.startswith(XSD) or name not in _FORMS:
        return None
    fits = _pattern(name).fullmatch
    if name in _RANGES and name != "integer":
        low, high = _RANGES[name]

        def is_in_range(text: str) -> bool:
            value = Decimal(text) if fits(text) else None
            return value is not None and (low is None or value >= low) and (high is None or value <= high)

        return is_in_range
    if name in ("dateTime", "dateTimeStamp", "date", "gMonthDay"):

        def is_day(text: str) -> bool:
            match = fits(text)
            if match is None:
                return False
            year = "4" if name == "gMonthDay" else match["y"].lstrip("-")[-4:]  # leap years repeat
            return int(match["d"]) <= _days_in(int(year), int(match["m"]))

        return is_day
    return lambda text: fits(text) is not None


def _days_in(year: int, month: int) -> int:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


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
    if kinds <= {"decimal", "float", "double"}:
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
    import struct

    try:
        return float(struct.unpack("f", struct.pack("f", number))[0])
    except OverflowError:
        return float("inf") if number > 0 else float("-inf")


def key(literal: Term | None) -> Key | None:
    """Return the key by which a literal is compared; None if it is ill-typed or has no order."""
    if not isinstance(literal, Literal) or literal.language is not None:
        return None
    text, datatype = literal.value, literal.datatype.value
    name = datatype[len(XSD) :]
    if datatype == XSD + "string":
        return "string", text
    fits = lexical_space(datatype)
    if fits is None or not fits(text):
        return None
    if name in _RANGES or name == "decimal":
        return "decimal", Decimal(text)
    if name in ("double", "float"):
        return name, _as_float(text, name == "double")
    if name == "boolean":
        return "boolean", text in ("true", "1")
    match = _pattern(name).fullmatch(text) if len(text) < _LONGEST else None
    if match is not None and name in _INSTANTS:
        return name.removesuffix("Stamp"), _instant(match.groupdict())
    if match is not None and name in _DURATIONS:
        return "duration", _duration(match.groupdict(), text.startswith("-"))
    return None


def _instant(parts: dict[str, str | None]) -> tuple[Decimal, ...]:
    """Return a moment in seconds; without a time zone, the earliest and the latest that it can be."""
    year, month = int(parts.get("y") or 1972), int(parts.get("m") or 12)
    day = int(parts.get("d") or 1)
    seconds = Decimal(_days_before(year, month) + day - 1) * 86400
    if parts.get("end"):
        seconds += 86400 if parts.get("y") else 0  # 24:00 is the next day, but as a time it is 00:00
    elif parts.get("H"):
        seconds += int(parts["H"] or 0) * 3600 + int(parts["M"] or 0) * 60 + Decimal(parts["S"] or 0)
    zone = parts.get("tz")
    if zone is None:
        return seconds - 14 * 3600, seconds + 14 * 3600
    if zone != "Z":
        offset = int(zone[1:3]) * 3600 + int(zone[4:6]) * 60
        seconds -= offset if zone[0] == "+" else -offset
    return (seconds,)


def _days_before(year: int, month: int) -> int:
    past = year - 1
    days = past * 365 + past // 4 - past // 100 + past // 400
    return days + sum(_days_in(year, one) for one in range(1, month))


def _duration(parts: dict[str, str | None], negative: bool) -> tuple[Decimal, ...]:
    """Return the seconds of a duration from each of four moments, which give the order of durations."""

    def number(name: str) -> Decimal:
        return Decimal(parts.get(name) or 0)

    sign = -1 if negative else 1
    months = int(sign * (number("Y") * 12 + number("mo")))
    seconds = sign * (number("D") * 86400 + number("h") * 3600 + number("min") * 60 + number("s"))
    moments = []
    for year, month in _EPOCHS:
        whole = year * 12 + month - 1 + months
        days = _days_before(whole // 12, whole % 12 + 1) - _days_before(year, month)
        moments.append(days * 86400 + seconds)
    return tuple(moments)
