"""How an answer is written: a table for people, the W3C result formats, Markdown, HTML, NDJSON and RDF.

All but the table, Markdown and HTML write row by row, so that their memory does not grow with the rows.
"""

from __future__ import annotations

import os
import sys

import pyoxigraph as ox

from wcograph.errors import InputError, UsageError
from wcograph.querying.naming import compact
from wcograph.querying.results import NUMBERS, STRING, Answer, python_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any, BinaryIO

    from wcograph.querying.results import Solution, Term

# Each format with the endings of files that mean it.
SELECT_FORMATS = {
    "table": ("txt",),
    "csv": ("csv",),
    "tsv": ("tsv",),
    "json": ("json", "srj"),
    "xml": ("xml", "srx"),
    "ndjson": ("ndjson", "jsonl"),
    "markdown": ("md",),
    "html": ("html", "htm"),
}
GRAPH_FORMATS = {
    "turtle": ("ttl",),
    "trig": ("trig",),
    "ntriples": ("nt",),
    "nquads": ("nq",),
    "rdfxml": ("rdf", "xml"),
    "jsonld": ("jsonld", "json"),
}
FORMATS = (*SELECT_FORMATS, *GRAPH_FORMATS)
_GRAPH_FORMS = ("CONSTRUCT", "DESCRIBE")


def format_of(form: str, format: str | None, path: str | None = None) -> str:
    """Give the format of an answer of ``form``: as asked for, or by the ending of ``path``, or the usual one.

    Raises UsageError where the format, or the ending, does not fit the form.

    >>> format_of("SELECT", None, "a.csv"), format_of("SELECT", None), format_of("CONSTRUCT", None)
    ('csv', 'table', 'turtle')
    """
    known, others = SELECT_FORMATS, GRAPH_FORMATS
    if form in _GRAPH_FORMS:
        known, others = others, known
    what = f"the answer to a{'n' if form == 'ASK' else ''} {form} query"
    if format is None:
        ending = os.path.basename(path or "").rpartition(".")[2].lower()
        for name, endings in known.items():
            if ending in endings:
                return name
        if any(ending in endings for name, endings in others.items() if name != "table"):
            raise UsageError(
                f"{what} is not written to .{ending} unless -f says as what; formats: {', '.join(known)}"
            )
        return next(iter(known))
    if format not in known:
        raise UsageError(f"{what} has no {format}; formats: {', '.join(known)}")
    return format


def write(answer: Answer, format: str | None, stream: BinaryIO, *, iris: bool = False) -> None:
    """Write an answer in ``format``: a table, or Turtle for a graph, where it is None.

    ``iris`` writes IRIs in full where a person reads them (table, Markdown, HTML). Raises UsageError where
    the format does not fit the form of the answer.
    """
    name = format_of(answer.form, format)
    if answer.form in _GRAPH_FORMS:
        _write_graph(answer.triples(), name, stream)
    elif answer.form == "ASK" and name in ("json", "xml"):
        stream.write(_BOOLEANS[name] % (b"true" if answer else b"false"))
    elif answer.form == "ASK" and name != "html":
        stream.write(b"true\n" if answer else b"false\n")
    elif name in _FOR_PEOPLE:
        _FOR_PEOPLE[name](answer, stream, iris)
    else:
        _FOR_PROGRAMS[name](answer.variables, _with_plain_citations(answer), stream)


def _with_plain_citations(answer: Answer) -> Iterable[Solution]:
    if not answer.cited:
        return answer
    return (
        (*row[:-1], ox.Literal(row[-1].value.replace("\n", "; "))) if isinstance(row[-1], ox.Literal) else row
        for row in answer
    )


def _write_graph(graph: Iterable[ox.Triple], format: str, stream: BinaryIO) -> None:
    from wcograph.layout import PREFIXES

    dataset = ox.Dataset(ox.Quad(triple.subject, triple.predicate, triple.object) for triple in graph)
    if any(isinstance(term, ox.BlankNode) for quad in dataset for term in (quad.subject, quad.object)):
        dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)  # the same names in every run
    triples = sorted((quad.triple for quad in dataset), key=str)
    text = "\n".join(map(str, triples))
    used = {prefix: iri for prefix, iri in PREFIXES.items() if f"<{iri}" in text}
    syntax = ox.RdfFormat.from_extension(GRAPH_FORMATS[format][0])
    assert syntax
    ox.serialize(triples, stream, syntax, prefixes=used)


_BOOLEANS = {
    "json": b'{"head":{},"boolean":%s}\n',
    "xml": b'<?xml version="1.0"?>\n<sparql xmlns="http://www.w3.org/2005/sparql-results#"><head></head>'
    b"<boolean>%s</boolean></sparql>\n",
}


def _write_csv(variables: Sequence[str], rows: Iterable[Solution], stream: BinaryIO) -> None:
    # SPARQL 1.1 Query Results CSV: values without their types, lines end with CR LF (RFC 4180).
    stream.write(_csv_line(variables))
    for solution in rows:
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
    return term.value if isinstance(term, ox.NamedNode | ox.Literal) else _turtle(term)


def _turtle(term: Term) -> str:
    """Give a term as Turtle writes it; a triple as a triple term (SPARQL 1.2 Query Results CSV and TSV, section 4.2).

    >>> _turtle(ox.Triple(ox.NamedNode("http://e/a"), ox.NamedNode("http://e/p"), ox.Literal("x")))
    '<<( <http://e/a> <http://e/p> "x" )>>'
    """
    if isinstance(term, ox.Triple):
        return f"<<( {' '.join(map(_turtle, (term.subject, term.predicate, term.object)))} )>>"
    return str(term)


def _write_tsv(variables: Sequence[str], rows: Iterable[Solution], stream: BinaryIO) -> None:
    # SPARQL 1.1 Query Results TSV: terms as in Turtle; str escapes tabs and line ends inside literals.
    stream.write(("\t".join(f"?{variable}" for variable in variables) + "\n").encode())
    for solution in rows:
        fields = ("" if term is None else _turtle(term) for term in solution)
        stream.write(("\t".join(fields) + "\n").encode())


def _write_json(variables: Sequence[str], rows: Iterable[Solution], stream: BinaryIO) -> None:
    import json

    head = json.dumps({"vars": variables}, ensure_ascii=False)
    stream.write(f'{{"head":{head},"results":{{"bindings":['.encode())
    separator = "\n"
    for solution in rows:
        bindings = {
            variable: _json_term(term)
            for variable, term in zip(variables, solution, strict=True)
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
    if term.datatype.value == STRING:
        return {"type": "literal", "value": term.value}
    return {"type": "literal", "value": term.value, "datatype": term.datatype.value}


def _write_xml(variables: Sequence[str], rows: Iterable[Solution], stream: BinaryIO) -> None:
    stream.write(
        b'<?xml version="1.0"?>\n<sparql xmlns="http://www.w3.org/2005/sparql-results#">\n<head>'
        + "".join(f"<variable name={_attribute(variable)}/>" for variable in variables).encode()
        + b"</head>\n<results>\n"
    )
    for solution in rows:
        bindings = "".join(
            f"<binding name={_attribute(variable)}>{_xml_term(term)}</binding>"
            for variable, term in zip(variables, solution, strict=True)
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
    if term.datatype.value == STRING:
        return f"<literal>{_text(term.value)}</literal>"
    return f"<literal datatype={_attribute(term.datatype.value)}>{_text(term.value)}</literal>"


def _text(value: str) -> str:
    if _not_xml(value):
        raise InputError(
            f"XML and HTML cannot hold the control characters of {value[:40]!r}; use json or csv"
        )
    # A bare CR would be read back as LF (XML 1.0, section 2.11).
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")


def _not_xml(value: str) -> bool:
    """Say whether a text holds what XML 1.0, section 2.2, excludes."""
    if value.isprintable():
        return False
    return any(
        (character < " " and character not in "\t\n\r") or character in "\ufffe\uffff" for character in value
    )


def _attribute(value: str) -> str:
    return '"' + _text(value).replace('"', "&quot;") + '"'


def _write_ndjson(variables: Sequence[str], rows: Iterable[Solution], stream: BinaryIO) -> None:
    import json

    for solution in rows:
        values = {
            variable: None if term is None else _json_value(term)
            for variable, term in zip(variables, solution, strict=True)
        }
        stream.write((json.dumps(values, ensure_ascii=False) + "\n").encode())


def _json_value(term: Term) -> Any:
    value = python_value(term)
    finite = isinstance(value, int | bool) or (isinstance(value, float) and value - value == 0)
    return value if finite else _plain(term)  # JSON has no infinity (RFC 8259, section 6)


def shown(term: Term | None, iris: bool = False) -> str:
    """Give a term as a person reads it: IRIs as CURIEs unless ``iris``, literals without their types.

    >>> shown(ox.NamedNode("https://w3id.org/wcograph/id/wco")), shown(ox.Literal("Palaos", language="fr"))
    ('wcoid:wco', 'Palaos')
    """
    return compact(term.value) if isinstance(term, ox.NamedNode) and not iris else _plain(term)


def _tabulated(answer: Answer, iris: bool) -> tuple[list[str], list[list[str]], list[bool], list[str]]:
    """Give the head, the cells as a person reads them, which columns are numbers, and the footnotes.

    Sources become footnotes: a cell holds their numbers, in the order in which they are first named.
    """
    rows = answer.rows()
    numeric = [_is_numeric(column) for column in zip(*rows, strict=True)] or [False] * len(answer.variables)
    cells = [[_one_line(shown(term, iris)) for term in row] for row in rows]
    notes: dict[str, int] = {}
    if answer.cited:
        for row, line in zip(rows, cells, strict=True):
            cited = row[-1].value.split("\n") if isinstance(row[-1], ox.Literal) else []
            line[-1] = ", ".join(str(notes.setdefault(citation, len(notes) + 1)) for citation in cited)
    return list(answer.variables), cells, numeric, [_one_line(note) for note in notes]


def _is_numeric(column: Iterable[Term | None]) -> bool:
    bound = [term for term in column if term is not None]
    return bool(bound) and all(
        isinstance(term, ox.Literal) and term.datatype.value in NUMBERS for term in bound
    )


def _write_markdown(answer: Answer, stream: BinaryIO, iris: bool) -> None:
    def line(fields: Iterable[str]) -> bytes:
        return ("| " + " | ".join(fields) + " |\n").encode()

    head, cells, numeric, notes = _tabulated(answer, iris)
    stream.write(line(head))
    stream.write(line("--:" if number else "---" for number in numeric))
    for row in cells:
        fields = [_markdown(cell) for cell in row]
        if answer.cited:
            fields[-1] = "".join(f"[^{number}]" for number in row[-1].split(", ") if number)
        stream.write(line(fields))
    for number, note in enumerate(notes, 1):
        stream.write((f"{'' if number > 1 else chr(10)}[^{number}]: {_markdown(note)}\n").encode())


def _markdown(text: str) -> str:
    # What Markdown, or HTML in it, would read as more than text.
    escaped = "".join("\\" + character if character in "\\|*`[]<" else character for character in text)
    return " ".join(escaped.split())


def html_table(answer: Answer, *, iris: bool = False) -> str:
    """Give an answer as an HTML table: IRIs link to what they name, sources are footnotes."""
    head, cells, numeric, notes = _tabulated(answer, iris)
    lines = ["<table>", f"<thead><tr>{''.join(f'<th>{_text(name)}</th>' for name in head)}</tr></thead>"]
    lines.append("<tbody>")
    for row, line in zip(answer.rows(), cells, strict=True):
        fields = [
            f'<td style="text-align: right">{_html(term, cell)}</td>'
            if number
            else f"<td>{_html(term, cell)}</td>"
            for term, cell, number in zip(row, line, numeric, strict=True)
        ]
        lines.append(f"<tr>{''.join(fields)}</tr>")
    lines += ["</tbody>", "</table>"]
    if notes:
        lines += ["<ol>", *(f"<li>{_text(note)}</li>" for note in notes), "</ol>"]
    return "\n".join(lines) + "\n"


def _html(term: Term | None, cell: str) -> str:
    if isinstance(term, ox.NamedNode) and term.value.startswith(("https://", "http://")):
        return f"<a href={_attribute(term.value)}>{_text(cell)}</a>"
    return _text(cell)


def _write_html(answer: Answer, stream: BinaryIO, iris: bool) -> None:
    page = (
        '<!DOCTYPE html>\n<html>\n<head>\n<meta charset="utf-8">\n<title>Answer</title>\n</head>\n<body>\n'
        + html_table(answer, iris=iris)
        + "</body>\n</html>\n"
    )
    stream.write(page.encode())


def _write_table(answer: Answer, stream: BinaryIO, iris: bool) -> None:
    head, cells, numeric, notes = _tabulated(answer, iris)
    columns = zip(*cells, strict=True) if cells else [()] * len(head)
    widths = [max(map(_width, (name, *column))) for name, column in zip(head, columns, strict=True)]
    room = 0
    if stream is sys.stdout.buffer and sys.stdout.isatty():
        room = os.get_terminal_size().columns
        widths = _fitted(widths, room)
    for number, row in enumerate([head, *cells]):
        wrapped = [_wrap(cell, width) for cell, width in zip(row, widths, strict=True)]
        for part in range(max(map(len, wrapped), default=1)):
            fields = [
                _pad(cell[part] if part < len(cell) else "", width, right)
                for cell, width, right in zip(wrapped, widths, numeric, strict=True)
            ]
            stream.write(("  ".join(fields).rstrip() + "\n").encode())
        if number == 0:
            stream.write(("  ".join("─" * width for width in widths) + "\n").encode())
    if not cells:
        stream.write(b"(no rows)\n")
    indent = len(str(len(notes))) + 2
    for number, note in enumerate(notes, 1):
        lines = _wrap(note, max(room - indent, 20)) if room else [note]
        lead = "\n" if number == 1 else ""
        stream.write(f"{lead}{number:>{indent - 2}}  {lines[0]}\n".encode())
        for line in lines[1:]:
            stream.write(f"{' ' * indent}{line}\n".encode())


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


_FOR_PEOPLE = {"table": _write_table, "markdown": _write_markdown, "html": _write_html}
_FOR_PROGRAMS = {
    "csv": _write_csv,
    "tsv": _write_tsv,
    "json": _write_json,
    "xml": _write_xml,
    "ndjson": _write_ndjson,
}
