"""RDF terms as Python values, as text without a type, and as Turtle; text in XML and HTML."""

from __future__ import annotations

import pyoxigraph as ox

from wcograph.toolbox.errors import InputError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, TypeAlias

    Languages: TypeAlias = Mapping[ox.Literal, str]
    Term: TypeAlias = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
    Solution: TypeAlias = tuple[Term | None, ...]

XSD = "http://www.w3.org/2001/XMLSchema#"
STRING = XSD + "string"
# The bounds of the datatypes derived from integer (XML Schema 1.1 part 2, section 3.4).
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
    **dict.fromkeys(("double", "float"), rf"{_DECIMAL}([eE][+-]?\d+)?|[+-]?INF|NaN"),
    "date": r"\d{4}-\d\d-\d\d",
    "dateTime": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6}0*)?(Z|[+-](0\d|1[0-3]):[0-5]\d|[+-]14:00)?",
}
INTEGERS = {XSD + "integer", *_BOUNDS}
NUMBERS = INTEGERS | {XSD + name for name in ("decimal", "double", "float")}


def python_value(term: Term | None) -> Any:
    """Return the Python value of an RDF term (see ``wcograph.toolbox.sparql.results.Answer.to_dicts``).

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
    kind = "integer" if datatype in INTEGERS else datatype.removeprefix(XSD)
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
        if kind in ("date", "dateTime"):
            import datetime

            return getattr(datetime, kind.lower()).fromisoformat(term.value)
        return float(term.value)
    except ValueError:  # no such day, or more digits than Python reads
        return term.value


def node(iri: str) -> ox.NamedNode | None:
    """Return an IRI as a term; None if it is ill-formed or relative.

    >>> node("http://e/a"), node("a b")
    (<NamedNode value=http://e/a>, None)
    """
    try:
        return ox.NamedNode(iri)
    except ValueError:
        return None


def plain(term: Term | None) -> str:
    """Return the value of a term without its type: what CSV holds."""
    if term is None:
        return ""
    return term.value if isinstance(term, ox.NamedNode | ox.Literal) else turtle(term)


def turtle(term: Term, languages: Languages | None = None) -> str:
    """Return a term as Turtle writes it; a triple as a triple term (SPARQL 1.2 Query Results CSV and TSV, section 4.2).

    ``languages`` has the spellings of language tags that are not in lower case.

    >>> turtle(ox.Triple(ox.NamedNode("http://e/a"), ox.NamedNode("http://e/p"), ox.Literal("x")))
    '<<( <http://e/a> <http://e/p> "x" )>>'
    """
    if isinstance(term, ox.Triple):
        return f"<<( {' '.join(turtle(part, languages) for part in (term.subject, term.predicate, term.object))} )>>"
    if languages and isinstance(term, ox.Literal) and term in languages:
        return f"{ox.Literal(term.value)}@{languages[term]}"
    return str(term)


def xml_text(value: str) -> str:
    """Escape what XML and HTML would read as markup. Raises InputError for characters that they cannot contain."""
    # Those that XML 1.0, section 2.2, excludes.
    if not value.isprintable() and any((c < " " and c not in "\t\n\r") or c in "\ufffe\uffff" for c in value):
        raise InputError(
            f"XML and HTML cannot contain the control characters of {value[:40]!r}; use json or csv"
        )
    # A bare CR would be read back as LF (XML 1.0, section 2.11).
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")


def xml_attribute(value: str) -> str:
    """Return a value as an XML attribute, in quotation marks."""
    return '"' + xml_text(value).replace('"', "&quot;") + '"'
