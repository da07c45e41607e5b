"""Writing an answer: as a table for people (`tables`), in the W3C result formats, NDJSON and RDF.

CSV, TSV, JSON, XML and NDJSON are written row by row, so memory does not grow with the rows.
"""

from __future__ import annotations

import os
from codecs import BOM_UTF8

import pyoxigraph as ox

from wcograph.toolbox.arguments import format_named, format_of_file, unknown
from wcograph.toolbox.errors import UsageError
from wcograph.toolbox.sparql.values import STRING, plain, python_value, turtle

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Any, BinaryIO

    from wcograph.toolbox.sparql.results import Answer
    from wcograph.toolbox.sparql.values import Languages, Solution, Term

# Each format with its other spellings: file extensions and media types.
SELECT_FORMATS = {
    "table": ("txt", "text/plain"),
    "csv": ("text/csv",),
    "tsv": ("text/tab-separated-values",),
    "json": ("srj", "application/sparql-results+json", "application/json"),
    "xml": ("srx", "application/sparql-results+xml", "application/xml"),
    "ndjson": ("jsonl", "application/x-ndjson"),
    "markdown": ("md", "text/markdown"),
    "html": ("htm", "text/html"),
    "svg": ("image/svg+xml",),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",),
    "parquet": ("application/vnd.apache.parquet",),
}
GRAPH_FORMATS = ("turtle", "trig", "nt", "nq", "rdfxml", "jsonld")
FORMATS = (*SELECT_FORMATS, *GRAPH_FORMATS)
_GRAPH_FORMS = ("CONSTRUCT", "DESCRIBE")


def format_of(form: str, format: str | None, path: str | None = None) -> str:
    """Return the format of an answer of ``form``: as asked for, else by the extension of ``path``, else the usual one.

    Raises UsageError if the format, or the file extension, is unknown or does not fit the form.

    >>> format_of("SELECT", None, "a.csv"), format_of("SELECT", None), format_of("CONSTRUCT", None)
    ('csv', 'table', 'turtle')
    """
    is_graph = form in _GRAPH_FORMS
    if format is path is None:
        return "turtle" if is_graph else "table"
    if format is not None and format in (GRAPH_FORMATS if is_graph else SELECT_FORMATS):
        return format
    known, others = spellings(graphs=is_graph), spellings(graphs=not is_graph)
    what = f"the answer to a{'n' if form == 'ASK' else ''} {form} query"
    if format is None:
        other = format_of_file(path, others, "")
        found = format_of_file(path, known, "")
        if not (found or other):
            extension = os.path.splitext(os.path.basename(path or "").lower().removesuffix(".gz"))[1]
            if not extension:
                return next(iter(known))
            raise unknown("format", extension[1:], known)
        if not found:
            raise UsageError(
                f"{what} is not written as {other} unless -f names a format (formats: {', '.join(known)})"
            )
        return found
    try:
        return format_named(format, known)
    except UsageError:
        other = format_named(format, others)  # raises the error if no form has the format
    raise UsageError(f"{what} cannot be written as {other} (formats: {', '.join(known)})")


def spellings(*, graphs: bool) -> dict[str, tuple[str, ...]]:
    """Return the formats of RDF graphs, or those of rows, each with its other spellings."""
    if not graphs:
        return SELECT_FORMATS
    from wcograph.toolbox.rdf.syntaxes import SPELLINGS

    return {name: SPELLINGS[name] for name in GRAPH_FORMATS}


def write(
    answer: Answer, format: str | None, stream: BinaryIO, *, iris: bool = False, bom: bool = False
) -> None:
    """Write an answer in ``format``; None means a table, or Turtle for a graph.

    ``iris`` writes IRIs in full where a person reads them (table, Markdown, HTML); ``bom`` begins CSV and TSV with a
    byte order mark. Raises UsageError if the format does not fit the form of the answer, or is binary and ``stream`` is a
    terminal, or needs a package that is missing.
    """
    name = format_of(answer.form, format)
    if bom and name not in ("csv", "tsv"):
        raise UsageError(f"a byte order mark is for csv and tsv, not for {name}")
    if name in _BINARY and getattr(stream, "is_terminal", False):
        raise UsageError(f"{name} is not for a terminal; name a file with -o")
    if bom:
        stream.write(BOM_UTF8)
    if answer.form in _GRAPH_FORMS:
        _write_graph(answer, name, stream)
    elif answer.form == "ASK" and name in ("json", "xml"):
        stream.write(_BOOLEANS[name] % (b"true" if answer else b"false"))
    elif answer.form == "ASK" and name not in ("html", *_BINARY):
        stream.write(b"true\n" if answer else b"false\n")
    elif name == "parquet":
        from wcograph.toolbox.sparql.dataframes import write_parquet

        write_parquet(answer.variables, answer.rows(), answer.cited, stream)
    elif name in _FOR_PROGRAMS or name in _TAGGED:
        rows = _with_plain_citations(answer)
        if name in _TAGGED:
            _TAGGED[name](answer.variables, rows, stream, answer.languages)
        else:
            _FOR_PROGRAMS[name](answer.variables, rows, stream)
    else:
        for part in _for_people(answer, name, stream, iris):
            stream.write(part.encode())


def _with_plain_citations(answer: Answer) -> Iterable[Solution]:
    if not answer.cited:
        return answer
    at = {answer.variables.index(name) for name in answer.cited}
    return (
        tuple(
            ox.Literal(term.value.replace("\n", "; "))
            if place in at and isinstance(term, ox.Literal)
            else term
            for place, term in enumerate(row)
        )
        for row in answer
    )


def _write_graph(answer: Answer, format: str, stream: BinaryIO) -> None:
    dataset = ox.Dataset(ox.Quad(*_parts(triple)) for triple in answer.triples())
    if any(isinstance(term, ox.BlankNode) for quad in dataset for term in (quad.subject, quad.object)):
        dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)  # the same names in every run
    triples = sorted((quad.triple for quad in dataset), key=str)
    text = "\n".join(map(str, triples))
    used = {prefix: iri for prefix, iri in answer.prefixes.items() if f"<{iri}" in text}
    spelled = {
        triple.object: answer.languages[triple.object]
        for triple in triples
        if triple.object in answer.languages
    }
    if spelled or format == "rdfxml":
        for part in _spelled([ox.Quad(*_parts(triple)) for triple in triples], format, used, spelled):
            stream.write(part.encode())
        return
    from wcograph.toolbox.rdf.syntaxes import named

    ox.serialize(triples, stream, named(format).rdf_format, prefixes=used)


def _parts(triple: ox.Triple) -> tuple[Any, Any, Any]:
    return triple.subject, triple.predicate, triple.object


def _spelled(
    quads: list[ox.Quad], format: str, prefixes: Mapping[str, str], languages: Languages
) -> Iterable[str]:
    """Return a graph with language tags that are not in lower case, as which the engine writes them all."""
    if format == "rdfxml":
        from wcograph.toolbox.rdf.rdfxml import rdf_xml

        return rdf_xml(quads, prefixes, languages)
    if format == "jsonld":
        from wcograph.toolbox.rdf.content import Content
        from wcograph.toolbox.rdf.jsonld import compacted, dumped
        from wcograph.toolbox.rdf.profile import STANDARD

        return dumped(compacted(Content(quads, prefixes, languages), {}, STANDARD))
    if format in ("turtle", "trig"):
        from wcograph.toolbox.rdf.house import turtle as in_house_style

        return in_house_style(quads, prefixes, languages)
    return (f"{quad.subject} {quad.predicate} {turtle(quad.object, languages)} .\n" for quad in quads)


_BOOLEANS = {
    "json": b'{"head":{},"boolean":%s}\n',
    "xml": b'<?xml version="1.0"?>\n<sparql xmlns="http://www.w3.org/2005/sparql-results#"><head></head>'
    b"<boolean>%s</boolean></sparql>\n",
}


def _write_csv(variables: Sequence[str], rows: Iterable[Solution], stream: BinaryIO) -> None:
    # SPARQL 1.1 Query Results CSV: values without their types, lines end with CR LF (RFC 4180).
    stream.write(_csv_line(variables))
    for solution in rows:
        stream.write(_csv_line(map(plain, solution)))


def _csv_line(values: Iterable[str]) -> bytes:
    fields = []
    for value in values:
        if any(character in value for character in '",\r\n'):
            value = '"' + value.replace('"', '""') + '"'
        fields.append(value)
    return (",".join(fields) + "\r\n").encode()


def _write_tsv(
    variables: Sequence[str], rows: Iterable[Solution], stream: BinaryIO, languages: Languages
) -> None:
    # SPARQL 1.1 Query Results TSV: terms as in Turtle; str escapes tabs and line ends inside literals.
    stream.write(("\t".join(f"?{variable}" for variable in variables) + "\n").encode())
    for solution in rows:
        fields = ("" if term is None else turtle(term, languages) for term in solution)
        stream.write(("\t".join(fields) + "\n").encode())


def _write_json(
    variables: Sequence[str], rows: Iterable[Solution], stream: BinaryIO, languages: Languages
) -> None:
    import json

    head = json.dumps({"vars": variables}, ensure_ascii=False)
    stream.write(f'{{"head":{head},"results":{{"bindings":['.encode())
    separator = "\n"
    for solution in rows:
        bindings = {
            variable: _json_term(term, languages)
            for variable, term in zip(variables, solution, strict=True)
            if term is not None
        }
        stream.write((separator + json.dumps(bindings, ensure_ascii=False)).encode())
        separator = ",\n"
    stream.write(b"\n]}}\n")


def _json_term(term: Term, languages: Languages) -> dict[str, Any]:
    if isinstance(term, ox.NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, ox.BlankNode):
        return {"type": "bnode", "value": term.value}
    if isinstance(term, ox.Triple):
        parts = {"subject": term.subject, "predicate": term.predicate, "object": term.object}
        return {
            "type": "triple",
            "value": {name: _json_term(part, languages) for name, part in parts.items()},
        }
    if term.language:
        return {"type": "literal", "value": term.value, "xml:lang": languages.get(term, term.language)}
    if term.datatype.value == STRING:
        return {"type": "literal", "value": term.value}
    return {"type": "literal", "value": term.value, "datatype": term.datatype.value}


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
    return value if finite else plain(term)  # JSON has no infinity (RFC 8259, section 6)


def _write_xlsx(variables: Sequence[str], rows: Iterable[Solution], stream: BinaryIO) -> None:
    from wcograph.toolbox.sparql import spreadsheet

    spreadsheet.write(variables, rows, stream)


def _write_xml(
    variables: Sequence[str], rows: Iterable[Solution], stream: BinaryIO, languages: Languages
) -> None:
    from wcograph.toolbox.sparql import xmlresults

    xmlresults.write(variables, rows, stream, languages)


def _for_people(answer: Answer, format: str, stream: BinaryIO, iris: bool) -> Iterator[str]:
    from wcograph.toolbox.sparql import tables

    if format == "svg":
        return iter([answer.picture()])
    table = answer.table(iris=iris)
    if format == "table":
        return tables.terminal(table, _room(stream))
    if format == "markdown":
        return tables.markdown(table)
    return tables.html_page(table, answer.drawn())


def _room(stream: BinaryIO) -> int:
    """Return the width of the terminal, which COLUMNS overrides; 0 for a pipe or a file without COLUMNS."""
    said = os.environ.get("COLUMNS", "")
    if said.isascii() and said.isdigit() and int(said[:6]):
        return max(int(said[:6]), 20)
    return os.get_terminal_size().columns if getattr(stream, "is_terminal", False) else 0


_FOR_PROGRAMS = {
    "csv": _write_csv,
    "ndjson": _write_ndjson,
    "xlsx": _write_xlsx,
}
_TAGGED = {"tsv": _write_tsv, "json": _write_json, "xml": _write_xml}  # which have language tags
_BINARY = ("xlsx", "parquet")
