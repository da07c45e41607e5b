"""Answers, and how they are written: a table for people, the W3C result formats, Markdown and NDJSON.

A solution is a tuple of RDF terms in the order of the variables, None where a variable is unbound.
"""

from __future__ import annotations

import os
import sys

import pyoxigraph as ox

from wcograph.errors import UsageError
from wcograph.parameters import compact

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any, BinaryIO

    Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
    Solution = tuple[Term | None, ...]

XSD = "http://www.w3.org/2001/XMLSchema#"
_STRING = XSD + "string"

_INTEGERS = {
    XSD + name
    for name in (
        "integer",
        "int",
        "long",
        "short",
        "byte",
        "nonNegativeInteger",
        "positiveInteger",
        "negativeInteger",
        "nonPositiveInteger",
        "unsignedInt",
        "unsignedLong",
        "unsignedShort",
        "unsignedByte",
    )
}
_NUMBERS = _INTEGERS | {XSD + name for name in ("decimal", "double", "float")}


class Solutions:
    """The solutions of a SELECT query: iterate over them once, or read them all with ``rows``.

    ``variables`` are the names of the columns. A solution is a tuple of pyoxigraph terms.
    """

    __slots__ = ("_solutions", "variables")

    def __init__(self, variables: Sequence[str], solutions: Iterable[Solution]) -> None:
        """Hold the variables and the solutions, which are read as they are asked for."""
        self.variables = tuple(variables)
        self._solutions = iter(solutions)

    def __iter__(self) -> Iterator[Solution]:
        """Yield the solutions that have not been read."""
        return self._solutions

    def rows(self) -> list[Solution]:
        """Read all solutions."""
        return list(self)

    def to_dicts(self) -> list[dict[str, Any]]:
        """Read all solutions as dictionaries of Python values; an unbound variable is None.

        IRIs become strings; integers, decimals, doubles, booleans and whole dates become the Python types of
        that name; all other literals are strings (``1990`` of xsd:gYear stays ``"1990"``).
        """
        return [dict(zip(self.variables, map(python_value, solution), strict=True)) for solution in self]

    def to_pandas(self) -> Any:
        """Read all solutions into a pandas DataFrame. Raises UsageError where pandas is not installed."""
        try:
            import pandas
        except ImportError:
            raise UsageError("to_pandas needs pandas: pip install pandas") from None
        return pandas.DataFrame(self.to_dicts(), columns=list(self.variables))


def python_value(term: Term | None) -> Any:
    """Give the Python value of an RDF term (see ``Solutions.to_dicts``).

    >>> python_value(ox.Literal(17)), python_value(ox.Literal("1990", datatype=ox.NamedNode(XSD + "gYear")))
    (17, '1990')
    """
    if term is None:
        return None
    if not isinstance(term, ox.Literal):
        return str(term) if isinstance(term, ox.Triple) else term.value
    datatype = term.datatype.value
    try:
        if datatype in _INTEGERS:
            return int(term.value)
        if datatype == XSD + "decimal":
            from decimal import Decimal

            return Decimal(term.value)
        if datatype in (XSD + "double", XSD + "float"):
            return float(term.value)
        if datatype == XSD + "date":
            from datetime import date

            return date.fromisoformat(term.value)
    except (ValueError, ArithmeticError):
        return term.value
    if datatype == XSD + "boolean":
        return term.value in ("true", "1")
    return term.value


SELECT_FORMATS = ("table", "csv", "tsv", "json", "xml", "ndjson", "markdown")
GRAPH_FORMATS = {
    "turtle": ox.RdfFormat.TURTLE,
    "ntriples": ox.RdfFormat.N_TRIPLES,
    "rdfxml": ox.RdfFormat.RDF_XML,
    "jsonld": ox.RdfFormat.JSON_LD,
}
FORMATS = (*SELECT_FORMATS, *GRAPH_FORMATS)


def write(answer: Solutions | bool | Iterable[ox.Triple], format: str | None, stream: BinaryIO) -> None:
    """Write the answer to a query in ``format``: a table, or Turtle for a graph, where it is None.

    Raises UsageError where the format does not fit the form of the answer.
    """
    if isinstance(answer, Solutions):
        if format in GRAPH_FORMATS:
            raise UsageError(f"a SELECT query has no {format}; formats: {', '.join(SELECT_FORMATS)}")
        _WRITERS[format or "table"](answer, stream)
    elif isinstance(answer, bool):
        if format in (None, "table", "csv", "tsv", "markdown", "ndjson"):
            stream.write(b"true\n" if answer else b"false\n")
        elif format in ("json", "xml"):
            stream.write(_BOOLEANS[format] % (b"true" if answer else b"false"))
        else:
            raise UsageError(f"an ASK query has no {format}; formats: {', '.join(SELECT_FORMATS)}")
    else:
        if format is not None and format not in GRAPH_FORMATS:
            raise UsageError(
                f"the answer is a graph and has no {format}; formats: {', '.join(GRAPH_FORMATS)}"
            )
        from wcograph.layout import PREFIXES

        triples = sorted(answer, key=str)
        ox.serialize(triples, stream, GRAPH_FORMATS[format or "turtle"], prefixes=_used(triples, PREFIXES))


def _used(triples: Iterable[ox.Triple], prefixes: dict[str, str]) -> dict[str, str]:
    text = "\n".join(map(str, triples))
    return {prefix: iri for prefix, iri in prefixes.items() if f"<{iri}" in text}


_BOOLEANS = {
    "json": b'{"head":{},"boolean":%s}\n',
    "xml": b'<?xml version="1.0"?>\n<sparql xmlns="http://www.w3.org/2005/sparql-results#"><head></head>'
    b"<boolean>%s</boolean></sparql>\n",
}


def _write_csv(answer: Solutions, stream: BinaryIO) -> None:
    # SPARQL 1.1 Query Results CSV: values without their types, lines end with CR LF (RFC 4180).
    stream.write(_csv_line(answer.variables))
    for solution in answer:
        stream.write(_csv_line(map(_plain, solution)))


def _csv_line(values: Iterable[str]) -> bytes:
    fields = []
    for value in values:
        if any(character in value for character in '",\r\n'):
            value = '"' + value.replace('"', '""') + '"'
        fields.append(value)
    return (",".join(fields) + "\r\n").encode()


def _plain(term: Term | None) -> str:
    """Give the value of a term without its type: what CSV holds."""
    if term is None:
        return ""
    return term.value if isinstance(term, ox.NamedNode | ox.Literal) else str(term)


def _write_tsv(answer: Solutions, stream: BinaryIO) -> None:
    # SPARQL 1.1 Query Results TSV: terms as in Turtle; tabs and line ends inside literals are escaped by str.
    stream.write(("\t".join(f"?{variable}" for variable in answer.variables) + "\n").encode())
    for solution in answer:
        fields = ("" if term is None else str(term).replace("\t", "\\t") for term in solution)
        stream.write(("\t".join(fields) + "\n").encode())


def _write_json(answer: Solutions, stream: BinaryIO) -> None:
    import json

    head = json.dumps({"vars": answer.variables}, ensure_ascii=False)
    stream.write(f'{{"head":{head},"results":{{"bindings":['.encode())
    separator = "\n"
    for solution in answer:
        bindings = {
            variable: _json_term(term)
            for variable, term in zip(answer.variables, solution, strict=True)
            if term is not None
        }
        stream.write((separator + json.dumps(bindings, ensure_ascii=False)).encode())
        separator = ",\n"
    stream.write(b"\n]}}\n")


def _json_term(term: Term) -> dict[str, Any]:
    if isinstance(term, ox.NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, ox.BlankNode):
        return {"type": "bnode", "value": term.value}
    if isinstance(term, ox.Triple):
        parts = {"subject": term.subject, "predicate": term.predicate, "object": term.object}
        return {"type": "triple", "value": {name: _json_term(part) for name, part in parts.items()}}
    if term.language:
        return {"type": "literal", "value": term.value, "xml:lang": term.language}
    if term.datatype.value == _STRING:
        return {"type": "literal", "value": term.value}
    return {"type": "literal", "value": term.value, "datatype": term.datatype.value}


def _write_xml(answer: Solutions, stream: BinaryIO) -> None:
    stream.write(
        b'<?xml version="1.0"?>\n<sparql xmlns="http://www.w3.org/2005/sparql-results#">\n<head>'
        + "".join(f"<variable name={_attribute(variable)}/>" for variable in answer.variables).encode()
        + b"</head>\n<results>\n"
    )
    for solution in answer:
        bindings = "".join(
            f"<binding name={_attribute(variable)}>{_xml_term(term)}</binding>"
            for variable, term in zip(answer.variables, solution, strict=True)
            if term is not None
        )
        stream.write(f"<result>{bindings}</result>\n".encode())
    stream.write(b"</results>\n</sparql>\n")


def _xml_term(term: Term) -> str:
    if isinstance(term, ox.NamedNode):
        return f"<uri>{_text(term.value)}</uri>"
    if isinstance(term, ox.BlankNode):
        return f"<bnode>{_text(term.value)}</bnode>"
    if isinstance(term, ox.Triple):
        parts = (("subject", term.subject), ("predicate", term.predicate), ("object", term.object))
        inside = "".join(f"<{name}>{_xml_term(part)}</{name}>" for name, part in parts)
        return f"<triple>{inside}</triple>"
    if term.language:
        return f"<literal xml:lang={_attribute(term.language)}>{_text(term.value)}</literal>"
    if term.datatype.value == _STRING:
        return f"<literal>{_text(term.value)}</literal>"
    return f"<literal datatype={_attribute(term.datatype.value)}>{_text(term.value)}</literal>"


def _text(value: str) -> str:
    # A bare CR would be read back as LF (XML 1.0, section 2.11).
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")


def _attribute(value: str) -> str:
    return '"' + _text(value).replace('"', "&quot;") + '"'


def _write_ndjson(answer: Solutions, stream: BinaryIO) -> None:
    import json

    for solution in answer:
        values = {
            variable: None if term is None else _json_value(term)
            for variable, term in zip(answer.variables, solution, strict=True)
        }
        stream.write((json.dumps(values, ensure_ascii=False) + "\n").encode())


def _json_value(term: Term) -> Any:
    value = python_value(term)
    return value if isinstance(value, int | float | bool | str) else str(_plain(term))


def shown(term: Term | None) -> str:
    """Give a term as a person reads it: IRIs as CURIEs, literals without their types.

    >>> shown(ox.NamedNode("https://w3id.org/wcograph/id/wco")), shown(ox.Literal("Palaos", language="fr"))
    ('wcoid:wco', 'Palaos')
    """
    return compact(term.value) if isinstance(term, ox.NamedNode) else _plain(term)


def _write_markdown(answer: Solutions, stream: BinaryIO) -> None:
    def line(fields: Iterable[str]) -> bytes:
        return ("| " + " | ".join(fields) + " |\n").encode()

    rows = answer.rows()
    numeric = [_is_numeric(column) for column in zip(*rows, strict=True)] or [False] * len(answer.variables)
    stream.write(line(answer.variables))
    stream.write(line("--:" if number else "---" for number in numeric))
    for row in rows:
        stream.write(
            line(" ".join(shown(term).replace("\\", "\\\\").replace("|", "\\|").split()) for term in row)
        )


def _is_numeric(column: Iterable[Term | None]) -> bool:
    bound = [term for term in column if term is not None]
    return bool(bound) and all(
        isinstance(term, ox.Literal) and term.datatype.value in _NUMBERS for term in bound
    )


def _write_table(answer: Solutions, stream: BinaryIO) -> None:
    rows = answer.rows()
    numeric = [_is_numeric(column) for column in zip(*rows, strict=True)] or [False] * len(answer.variables)
    cells = [[_one_line(shown(term)) for term in row] for row in rows]
    widths = [
        max(map(_width, (variable, *column)))
        for variable, column in zip(
            answer.variables, zip(*cells, strict=True) if cells else [()] * len(answer.variables), strict=True
        )
    ]
    if stream is sys.stdout.buffer and sys.stdout.isatty():
        widths = _fitted(widths, os.get_terminal_size().columns)
    lines = [list(answer.variables), *cells]
    for number, row in enumerate(lines):
        wrapped = [_wrap(cell, width) for cell, width in zip(row, widths, strict=True)]
        for part in range(max(map(len, wrapped), default=1)):
            fields = [
                _pad(cell[part] if part < len(cell) else "", width, right)
                for cell, width, right in zip(wrapped, widths, numeric, strict=True)
            ]
            stream.write(("  ".join(fields).rstrip() + "\n").encode())
        if number == 0:
            stream.write(("  ".join("─" * width for width in widths) + "\n").encode())
    if not rows:
        stream.write(b"(no rows)\n")


def _one_line(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)


def _width(text: str) -> int:
    """Give the number of terminal columns that a text takes."""
    if text.isascii():
        return len(text)
    import unicodedata

    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )


def _pad(text: str, width: int, right: bool) -> str:
    space = " " * (width - _width(text))
    return space + text if right else text + space


def _fitted(widths: list[int], room: int) -> list[int]:
    """Narrow the widest columns until a row fits into ``room`` columns of a terminal, none below 12."""
    widths = list(widths)
    spare = room - 2 * (len(widths) - 1)
    while sum(widths) > spare and max(widths) > 12:
        widths[widths.index(max(widths))] -= 1
    return widths


def _wrap(text: str, width: int) -> list[str]:
    if _width(text) <= width:
        return [text]
    lines = [""]
    for word in text.split(" "):
        if lines[-1] and _width(lines[-1]) + 1 + _width(word) <= width:
            lines[-1] += " " + word
            continue
        if lines[-1]:
            lines.append("")
        for character in word:
            if _width(lines[-1]) + _width(character) > width:
                lines.append("")
            lines[-1] += character
    return lines


_WRITERS = {
    "table": _write_table,
    "csv": _write_csv,
    "tsv": _write_tsv,
    "json": _write_json,
    "xml": _write_xml,
    "ndjson": _write_ndjson,
    "markdown": _write_markdown,
}
