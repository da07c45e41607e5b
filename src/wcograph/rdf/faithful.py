"""Literals as written, through an Oxigraph store that rewrites them.

The Store keeps a literal of a datatype that it computes with by its value: ``"5"^^xsd:int`` comes back as
``"5"^^xsd:integer``, ``98.0`` as ``98``. What judges literals (SHACL) needs them as written. So a literal
that the Store might rewrite, or of which it is not certain that every tool calls it well-formed, is loaded
under a datatype of our own, which the Store leaves alone; the original datatype is the rest of that IRI.

Two promises hold for every literal, and the tests check both against the Store and against rdflib:

- a literal that `stored` returns unchanged, the Store keeps as it is, and it is well-formed;
- a literal that `stored` puts under ``SURE`` is well-formed, whoever judges it.
"""

from __future__ import annotations

import re
from datetime import date, datetime

from pyoxigraph import Literal, NamedNode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

XSD = "http://www.w3.org/2001/XMLSchema#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
SURE = "urn:x-wcograph:sure:"
UNSURE = "urn:x-wcograph:unsure:"

XSD_STRING = NamedNode(XSD + "string")
_STRINGS = frozenset({XSD + "string", RDF + "langString", RDF + "dirLangString"})
# rdflib and pySHACL take every string as a well-formed literal of these, and the Store keeps them.
_FREE = frozenset(
    XSD + name
    for name in (
        "anyURI",
        "normalizedString",
        "token",
        "language",
        "Name",
        "NCName",
        "NMTOKEN",
        "ID",
        "IDREF",
    )
)
_CHECKED_RDF = frozenset(RDF + name for name in ("HTML", "XMLLiteral", "JSON"))

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,15})?")
_DOUBLE = re.compile(r"[+-]?[0-9]{1,17}(\.[0-9]{1,17})?([eE][+-]?[0-9]{1,2})?")
_CANONICAL_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}")
# with a fraction, so that no decimal equals an integer: kept literals that are equal are the same term
_CANONICAL_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,14})\.[0-9]{0,14}[1-9]")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATETIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]{0,5}[1-9])?Z?")
_ZONED = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})?(?:(?:^|T)(?P<time>[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]{1,6})?)?"
    r"(?:Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9])?"
)
_YEAR = re.compile(r"[0-9]{4}")
_YEAR_MONTH = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])")
_MONTH = re.compile(r"--(?:0[1-9]|1[0-2])")
_DAY = re.compile(r"---(?:0[1-9]|[12][0-9]|3[01])")
_MONTH_DAY = re.compile(
    r"--(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|[12][0-9]))"
)
_YEARS_MONTHS = re.compile(r"-?P(?=[0-9])(?:[0-9]{1,3}Y)?(?:[0-9]{1,3}M)?")
_DAYS_TIME = re.compile(
    r"-?P(?=[0-9T])(?:[0-9]{1,3}D)?(?:T(?=[0-9])(?:[0-9]{1,3}H)?(?:[0-9]{1,3}M)?(?:[0-9]{1,3}(?:\.[0-9]{1,6})?S)?)?"
)

_RANGES = {
    "long": (-(2**63), 2**63 - 1),
    "int": (-(2**31), 2**31 - 1),
    "short": (-(2**15), 2**15 - 1),
    "byte": (-128, 127),
    "unsignedLong": (0, 2**64 - 1),
    "unsignedInt": (0, 2**32 - 1),
    "unsignedShort": (0, 2**16 - 1),
    "unsignedByte": (0, 255),
    "nonNegativeInteger": (0, 10**18),
    "positiveInteger": (1, 10**18),
    "nonPositiveInteger": (-(10**18), 0),
    "negativeInteger": (-(10**18), -1),
}
INTEGERS = ("integer", *_RANGES)


def _is_date(text: str) -> bool:
    if not _DATE.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_datetime(text: str) -> bool:
    match = _DATETIME.fullmatch(text)
    if not match:
        return False
    try:
        datetime.fromisoformat(match[1])
    except ValueError:
        return False
    return True


def _is_zoned(text: str) -> bool:
    """Say whether a date, a time or both are right, with any fraction and time zone."""
    match = _ZONED.fullmatch(text)
    if not match or not (match["date"] or match["time"]):
        return False
    try:
        datetime.fromisoformat(f"{match['date'] or '2000-01-01'}T{match['time'] or '00:00:00'}")
    except ValueError:
        return False
    return True


def _is_year(text: str) -> bool:
    return bool(_YEAR.fullmatch(text)) and text != "0000"


def _is_year_month(text: str) -> bool:
    return bool(_YEAR_MONTH.fullmatch(text)) and not text.startswith("0000")


def _is_duration(text: str) -> bool:
    """Say whether a duration is right that is of years and months or of days and time; both together are rare."""
    return _YEARS_MONTHS.fullmatch(text) is not None or _DAYS_TIME.fullmatch(text) is not None


def _within(low: int, high: int) -> Callable[[str], bool]:
    return lambda text: bool(_INTEGER.fullmatch(text)) and low <= int(text) <= high


def _never(text: str) -> bool:
    return False


def _fully(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda text: pattern.fullmatch(text) is not None


# datatype: (the Store keeps this lexical form, the form is well-formed for certain)
_RULES: dict[str, tuple[Callable[[str], bool], Callable[[str], bool]]] = {
    XSD + "integer": (_fully(_CANONICAL_INTEGER), _fully(_INTEGER)),
    XSD + "decimal": (_fully(_CANONICAL_DECIMAL), _fully(_DECIMAL)),
    XSD + "boolean": (lambda text: text in ("true", "false"), lambda text: text in ("1", "0")),
    XSD + "double": (_never, _fully(_DOUBLE)),
    XSD + "float": (_never, _fully(_DOUBLE)),
    XSD + "date": (_is_date, lambda text: "T" not in text and ":" not in text[:10] and _is_zoned(text)),
    XSD + "dateTime": (_is_datetime, lambda text: text[10:11] == "T" and _is_zoned(text)),
    XSD + "time": (_never, lambda text: text[2:3] == ":" and _is_zoned(text)),
    XSD + "gYear": (_is_year, _never),
    XSD + "gYearMonth": (_is_year_month, _never),
    XSD + "gMonth": (_never, _fully(_MONTH)),
    XSD + "gDay": (_never, _fully(_DAY)),
    XSD + "gMonthDay": (_never, _fully(_MONTH_DAY)),
    XSD + "duration": (_never, _is_duration),
    XSD + "yearMonthDuration": (_never, _fully(_YEARS_MONTHS)),
    XSD + "dayTimeDuration": (_never, _fully(_DAYS_TIME)),
    **{XSD + name: (_never, _within(*limits)) for name, limits in _RANGES.items()},
}


def stored(literal: Literal) -> Literal:
    """Give the form under which the Store keeps ``literal`` apart from every other literal.

    >>> str(stored(Literal("7")))
    '"7"'
    >>> stored(Literal("07", datatype=NamedNode(XSD + "integer"))).datatype.value
    'urn:x-wcograph:sure:http://www.w3.org/2001/XMLSchema#integer'
    >>> stored(Literal("seven", datatype=NamedNode(XSD + "integer"))).datatype.value
    'urn:x-wcograph:unsure:http://www.w3.org/2001/XMLSchema#integer'
    """
    datatype = literal.datatype.value
    if datatype in _STRINGS or datatype in _FREE:
        return literal
    rule = _RULES.get(datatype)
    if rule is None:
        if not datatype.startswith((XSD, SURE, UNSURE)) and datatype not in _CHECKED_RDF:
            return literal
        return Literal(literal.value, datatype=NamedNode(UNSURE + datatype))
    keeps, certain = rule
    if keeps(literal.value):
        return literal
    return Literal(literal.value, datatype=NamedNode((SURE if certain(literal.value) else UNSURE) + datatype))


def written(literal: Literal) -> Literal:
    """Undo `stored`.

    >>> five = Literal("5", datatype=NamedNode(XSD + "int"))
    >>> written(stored(five)) == five
    True
    """
    datatype = literal.datatype.value
    for prefix in (SURE, UNSURE):
        if datatype.startswith(prefix):
            return Literal(literal.value, datatype=NamedNode(datatype[len(prefix) :]))
    return literal
