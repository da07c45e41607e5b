"""The data values of literals: which literals have the same value, and which datatypes include a value.

The datatypes are those of the OWL 2 RL profile (https://www.w3.org/TR/owl2-profiles/#Entities_3), and
``xsd:date``, ``xsd:time`` and the ``xsd:g...`` family. Two values are the same if they are
*identical* (OWL 2 Structural Specification, section 4): ``+0`` and ``-0`` of ``xsd:double`` are two values,
and so are two times of day that differ in their time zone only.
"""

from __future__ import annotations

import re
import struct
from binascii import a2b_base64
from functools import lru_cache

from wcograph.toolbox.rdf.xsd import INTEGERS, XSD, days_in, form, lexical_space

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    Value = tuple[Hashable, ...]

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
LANG_STRING = RDF + "langString"
STRING = XSD + "string"

ILL_TYPED: Value = ("ill-typed",)
"""The value of a literal whose lexical form is not in the lexical space of its datatype."""

_STRINGS = ("string", "normalizedString", "token", "language", "NMTOKEN", "Name", "NCName")
_DATES = ("dateTime", "dateTimeStamp", "date", "time", "gYearMonth", "gYear", "gMonthDay", "gMonth", "gDay")

SUPERTYPES: dict[str, tuple[str, ...]] = {
    XSD + name: tuple(XSD + above for above in supertypes.split())
    for name, supertypes in {
        "dateTimeStamp": "dateTime",
        "integer": "decimal",
        "long": "integer decimal",
        "int": "long integer decimal",
        "short": "int long integer decimal",
        "byte": "short int long integer decimal",
        "nonNegativeInteger": "integer decimal",
        "positiveInteger": "nonNegativeInteger integer decimal",
        "unsignedLong": "nonNegativeInteger integer decimal",
        "unsignedInt": "unsignedLong nonNegativeInteger integer decimal",
        "unsignedShort": "unsignedInt unsignedLong nonNegativeInteger integer decimal",
        "unsignedByte": "unsignedShort unsignedInt unsignedLong nonNegativeInteger integer decimal",
        "nonPositiveInteger": "integer decimal",
        "negativeInteger": "nonPositiveInteger integer decimal",
        "normalizedString": "string",
        "token": "normalizedString string",
        "language": "token normalizedString string",
        "NMTOKEN": "token normalizedString string",
        "Name": "token normalizedString string",
        "NCName": "Name token normalizedString string",
    }.items()
}
"""The datatypes from which a datatype is derived (XML Schema 1.1 Part 2, section 3)."""

INTEGER_BOUNDS = {XSD + name: bounds for name, bounds in INTEGERS.items()}
"""The integer datatypes, each with its lowest and highest value (None: no limit)."""

_OTHERS = ("decimal", "float", "double", "boolean", "hexBinary", "base64Binary", "anyURI")
DATATYPES: frozenset[str] = frozenset(
    [XSD + name for name in (*INTEGERS, *_STRINGS, *_DATES, *_OTHERS)]
    + [RDF + "PlainLiteral", RDF + "XMLLiteral", RDF + "HTML", LANG_STRING, RDFS + "Literal"]
)
"""The IRIs of the datatypes whose value spaces are known here."""


@lru_cache(maxsize=65536)
def value(lexical: str, datatype: str, language: str | None = None) -> Value | None:
    """Return the data value of a literal as a hashable key: keys are equal if and only if values are the same.

    ILL_TYPED for a lexical form outside the lexical space of the datatype; None for a datatype that is not in
    DATATYPES, whose values are unknown.

    >>> XSD_INT, XSD_DECIMAL = XSD + "int", XSD + "decimal"
    >>> value("01", XSD_INT) == value("1.0", XSD_DECIMAL)
    True
    >>> value("1", XSD + "double") == value("1", XSD_INT)  # disjoint value spaces
    False
    >>> value("300", XSD + "byte") is ILL_TYPED
    True
    >>> value("x", "https://example.org/datatype") is None
    True
    """
    if language is not None:
        return ("lang", lexical, language.lower())
    if datatype.startswith(XSD):
        name = datatype[len(XSD) :]
        fits = lexical_space(datatype)
        if fits is not None and not fits(lexical):
            return ILL_TYPED
        if name in _STRINGS:
            return ("string", lexical)
        if name in INTEGERS:
            return ("decimal", _whole(lexical))
        if name in _DATES:
            return _date(lexical, name)
        mapping = _MAPPINGS.get(name)
        return mapping(lexical) if mapping else None
    if datatype == RDF + "PlainLiteral":
        text, at, tag = lexical.rpartition("@")
        if not at or (tag and not form("language").fullmatch(tag)):
            return ILL_TYPED
        return ("lang", text, tag.lower()) if tag else ("string", text)
    if datatype == RDF + "XMLLiteral":
        return _xml(lexical)
    return None


def contains(datatype: str, data_value: Value | None) -> bool | None:
    """Return whether a data value (of :func:`value`) is in the value space of a datatype; None if unknown.

    >>> contains(XSD + "byte", value("7", XSD + "integer"))
    True
    >>> contains(XSD + "string", value("7", XSD + "integer"))
    False
    """
    if data_value is ILL_TYPED:
        return False
    if datatype == RDFS + "Literal":
        return True
    if datatype not in DATATYPES or data_value is None or datatype == RDF + "HTML":
        return None
    space = data_value[0]
    if datatype == LANG_STRING:
        return space == "lang"
    if datatype == RDF + "PlainLiteral":
        return space in ("string", "lang")
    if datatype == RDF + "XMLLiteral":
        return space == "XMLLiteral"
    name = datatype[len(XSD) :]
    if name in INTEGERS:
        low, high = INTEGERS[name]
        if space != "decimal" or len(data_value) != 2:  # a decimal with a fraction has more parts
            return False
        number = data_value[1]
        return isinstance(number, int) and (low is None or low <= number) and (high is None or number <= high)
    if name in _STRINGS:
        lexical = str(data_value[1])
        return space == "string" and (name == "string" or form(name).fullmatch(lexical) is not None)
    if name == "dateTimeStamp":
        return space == "dateTime" and data_value[-1] is not None
    return space == name


def _whole(lexical: str) -> int:
    if len(lexical) < 4000:
        return int(lexical)
    from decimal import Decimal  # takes more than 4300 digits, which int() refuses

    return int(Decimal(lexical))


def _decimal(lexical: str) -> Value:
    whole, _, fraction = lexical.partition(".")
    fraction = fraction.rstrip("0")
    if not fraction:
        return ("decimal", _whole(whole if whole not in ("", "+", "-") else "0"))
    # Exact, however many digits: the sign, the digits without leading zeros, and the scale.
    return ("decimal", whole.startswith("-"), (whole.lstrip("+-") + fraction).lstrip("0"), len(fraction))


def _float(lexical: str, packed: str, space: str) -> Value:
    if lexical == "NaN":
        return (space, "NaN")
    number = float(lexical)
    try:
        return (space, struct.pack(packed, number))
    except OverflowError:
        return (space, struct.pack(packed, float("-inf" if number < 0 else "inf")))


def _date(lexical: str, name: str) -> Value:
    parts = form(name).fullmatch(lexical).groupdict()  # type: ignore[union-attr]
    numbers = [int(parts[part]) if parts.get(part) else None for part in ("year", "month", "day")]
    year, month, day = numbers
    clock: tuple[Hashable, ...] = ()
    if "end" in parts:
        if parts["end"]:
            clock = (0, 0, "00")
            if year is not None and month is not None and day is not None:
                year, month, day = _next_day(year, month, day)
        else:
            second = parts["second"]
            if "." in second:
                second = second.rstrip("0").rstrip(".")
            clock = (int(parts["hour"]), int(parts["minute"]), second)
    zone = parts["zone"]
    offset = None
    if zone == "Z":
        offset = 0
    elif zone:
        offset = (-1 if zone[0] == "-" else 1) * (int(zone[1:3]) * 60 + int(zone[4:6]))
    return ("dateTime" if name == "dateTimeStamp" else name, year, month, day, *clock, offset)


def _next_day(year: int, month: int, day: int) -> tuple[int, int, int]:
    if day < days_in(year, month):
        return year, month, day + 1
    return (year, month + 1, 1) if month < 12 else (year + 1, 1, 1)


def _uri(lexical: str) -> Value:
    # XML Schema 1.1 takes every string; the space and the delimiters that no IRI can hold are refused.
    return ILL_TYPED if re.search(r'[\x00-\x20<>"{}|\\^`]', lexical) else ("anyURI", lexical)


def _xml(lexical: str) -> Value:
    from xml.etree.ElementTree import ParseError, canonicalize

    try:
        return ("XMLLiteral", canonicalize(f"<literal>{lexical}</literal>"))
    except ParseError:
        return ILL_TYPED


_MAPPINGS: dict[str, Callable[[str], Value]] = {
    "decimal": _decimal,
    "float": lambda lexical: _float(lexical, "<f", "float"),
    "double": lambda lexical: _float(lexical, "<d", "double"),
    "boolean": lambda lexical: ("boolean", lexical in ("true", "1")),
    "hexBinary": lambda lexical: ("hexBinary", bytes.fromhex(lexical)),
    "base64Binary": lambda lexical: ("base64Binary", a2b_base64(lexical)),
    "anyURI": _uri,
}
