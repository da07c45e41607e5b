"""The order of the values of XSD 1.1 datatypes."""

from __future__ import annotations

from decimal import Decimal

from pyoxigraph import Literal

from wcograph.toolbox.rdf.xsd import INTEGERS, XSD, form, lexical_space

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wcograph.toolbox.shacl.graph import Term

    Key = tuple[str, object]
    """A kind of value, and what values of that kind compare by."""

NUMERIC = {"decimal", "float", "double"}
_INSTANTS = ("dateTime", "date", "time", "gYear", "gYearMonth", "gMonth", "gDay", "gMonthDay")
_DURATIONS = ("duration", "yearMonthDuration", "dayTimeDuration")
_LONGEST = 1_000  # characters of a date; a longer one is not compared
_EPOCHS = ((1696, 9), (1697, 2), (1903, 3), (1903, 7))  # XML Schema 1.1, part 2, section 3.3.6.1


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


def key(literal: Term | None) -> Key | None:
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
