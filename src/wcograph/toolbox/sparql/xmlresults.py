"""SPARQL results in XML (https://www.w3.org/TR/rdf-sparql-XMLres/)."""

from __future__ import annotations

import pyoxigraph as ox

from wcograph.toolbox.errors import InputError
from wcograph.toolbox.sparql.values import STRING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import BinaryIO

    from wcograph.toolbox.sparql.values import Languages, Solution, Term


def write(variables: Sequence[str], rows: Iterable[Solution], stream: BinaryIO, languages: Languages) -> None:
    """Write the rows of a SELECT query, with the spelled ``languages``."""
    stream.write(
        b'<?xml version="1.0"?>\n<sparql xmlns="http://www.w3.org/2005/sparql-results#">\n<head>'
        + "".join(f"<variable name={attribute(variable)}/>" for variable in variables).encode()
        + b"</head>\n<results>\n"
    )
    for solution in rows:
        bindings = "".join(
            f"<binding name={attribute(variable)}>{_xml_term(term, languages)}</binding>"
            for variable, term in zip(variables, solution, strict=True)
            if term is not None
        )
        stream.write(f"<result>{bindings}</result>\n".encode())
    stream.write(b"</results>\n</sparql>\n")


def _xml_term(term: Term, languages: Languages) -> str:
    if isinstance(term, ox.NamedNode):
        return f"<uri>{text(term.value)}</uri>"
    if isinstance(term, ox.BlankNode):
        return f"<bnode>{text(term.value)}</bnode>"
    if isinstance(term, ox.Triple):
        parts = (("subject", term.subject), ("predicate", term.predicate), ("object", term.object))
        inside = "".join(f"<{name}>{_xml_term(part, languages)}</{name}>" for name, part in parts)
        return f"<triple>{inside}</triple>"
    if term.language:
        return (
            f"<literal xml:lang={attribute(languages.get(term, term.language))}>{text(term.value)}</literal>"
        )
    if term.datatype.value == STRING:
        return f"<literal>{text(term.value)}</literal>"
    return f"<literal datatype={attribute(term.datatype.value)}>{text(term.value)}</literal>"


def text(value: str) -> str:
    """Escape what XML and HTML would read as markup. Raises InputError for characters that they cannot contain."""
    if _not_xml(value):
        raise InputError(
            f"XML and HTML cannot contain the control characters of {value[:40]!r}; use json or csv"
        )
    # A bare CR would be read back as LF (XML 1.0, section 2.11).
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")


def _not_xml(value: str) -> bool:
    """Return whether a text has characters that XML 1.0, section 2.2, excludes."""
    if value.isprintable():
        return False
    return any(
        (character < " " and character not in "\t\n\r") or character in "\ufffe\uffff" for character in value
    )


def attribute(value: str) -> str:
    """Return a value as an XML attribute, in quotation marks."""
    return '"' + text(value).replace('"', "&quot;") + '"'
