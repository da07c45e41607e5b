"""Writing an answer: as a table for people (`tables`), in the W3C result formats, NDJSON and RDF.

CSV, TSV, JSON, XML and NDJSON are written row by row, so memory does not grow with the rows.
"""

from __future__ import annotations

import os
from codecs import BOM_UTF8
from itertools import chain

import pyoxigraph as ox

from wcograph.toolbox.arguments import format_named, format_of_file, unknown
from wcograph.toolbox.errors import UsageError
from wcograph.toolbox.sparql.values import STRING, plain, python_value, turtle, xml_attribute, xml_text

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
    formats = f"(formats: {', '.join(known)})"
    if format is None:
        if found := format_of_file(path, known, ""):
            return found
        if other := format_of_file(path, others, ""):
            raise UsageError(f"{what} is not written as {other} unless -f names a format {formats}")
        extension = os.path.splitext(os.path.basename(path or "").lower().removesuffix(".gz"))[1]
        if extension:
            raise unknown("format", extension[1:], known)
        return next(iter(known))
    try:
        return format_named(format, known)
    except UsageError:
        other = format_named(format, others)  # raises the error if no form has the format
    raise UsageError(f"{what} cannot be written as {other} {formats}")


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
    elif name == "parquet":
        from wcograph.toolbox.sparql.dataframes import write_parquet

        write_parquet(answer.variables, answer.rows(), answer.cited, stream)
    elif name == "xlsx":
        from wcograph.toolbox.sparql import spreadsheet

        spreadsheet.write(answer.variables, _with_plain_citations(answer), stream)
    else:
        for part in _parts(answer, name, stream, iris):
            stream.write(part.encode())


def _parts(answer: Answer, format: str, stream: BinaryIO, iris: bool) -> Iterable[str]:
    """Return the text of an answer in parts."""
    if answer.form == "ASK" and format != "html":
        return [_TRUTHS.get(format, "{}\n").format("true" if answer else "false")]
    if format in _WRITERS:
        return _WRITERS[format](answer.variables, _with_plain_citations(answer), answer.languages)
    if format == "svg":
        return [answer.picture()]
    from wcograph.toolbox.sparql import tables

    table = answer.table(iris=iris)
    if format == "table":
        return tables.terminal(table, _room(stream))
    return tables.markdown(table) if format == "markdown" else tables.html_page(table, answer.drawn())


def _with_plain_citations(answer: Answer) -> Iterable[Solution]:
    if not answer.cited:
        return answer
    at = {answer.variables.index(name) for name in answer.cited}
    return (
        tuple(
            ox.Literal(term.value.replace("\n", "; ")) if n in at and isinstance(term, ox.Literal) else term
            for n, term in enumerate(row)
        )
        for row in answer
    )


def _write_graph(answer: Answer, format: str, stream: BinaryIO) -> None:
    dataset = ox.Dataset(_quad(triple) for triple in answer.triples())
    if any(isinstance(term, ox.BlankNode) for quad in dataset for term in (quad.subject, quad.object)):
        dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)  # the same names in every run
    triples = sorted((quad.triple for quad in dataset), key=str)
    text = "\n".join(map(str, triples))
    used = {prefix: iri for prefix, iri in answer.prefixes.items() if f"<{iri}" in text}
    known = answer.languages
    spelled = {triple.object: known[triple.object] for triple in triples if triple.object in known}
    if spelled or format == "rdfxml":
        for part in _spelled([_quad(triple) for triple in triples], format, used, spelled):
            stream.write(part.encode())
        return
    from wcograph.toolbox.rdf.syntaxes import named

    ox.serialize(triples, stream, named(format).rdf_format, prefixes=used)


def _quad(triple: ox.Triple) -> ox.Quad:
    return ox.Quad(triple.subject, triple.predicate, triple.object)


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


_XML = '<?xml version="1.0"?>\n<sparql xmlns="http://www.w3.org/2005/sparql-results#">'
_TRUTHS = {
    "json": '{{"head":{{}},"boolean":{}}}\n',
    "xml": _XML + "<head></head><boolean>{}</boolean></sparql>\n",
}


def _csv(variables: Sequence[str], rows: Iterable[Solution], languages: Languages) -> Iterator[str]:
    # SPARQL 1.1 Query Results CSV: values without their types, lines end with CR LF (RFC 4180).
    for values in chain([variables], (map(plain, row) for row in rows)):
        fields = [
            '"' + value.replace('"', '""') + '"'
            if "," in value or '"' in value or "\n" in value or "\r" in value
            else value
            for value in values
        ]
        yield ",".join(fields) + "\r\n"


def _tsv(variables: Sequence[str], rows: Iterable[Solution], languages: Languages) -> Iterator[str]:
    # SPARQL 1.1 Query Results TSV: terms as in Turtle; str escapes tabs and line ends inside literals.
    yield "\t".join(f"?{variable}" for variable in variables) + "\n"
    for row in rows:
        yield "\t".join("" if term is None else turtle(term, languages) for term in row) + "\n"


def _json(variables: Sequence[str], rows: Iterable[Solution], languages: Languages) -> Iterator[str]:
    import json

    yield f'{{"head":{json.dumps({"vars": variables}, ensure_ascii=False)},"results":{{"bindings":['
    separator = "\n"
    for row in rows:
        yield separator + json.dumps(dict(_bound(variables, row, languages)), ensure_ascii=False)
        separator = ",\n"
    yield "\n]}}\n"


def _xml(variables: Sequence[str], rows: Iterable[Solution], languages: Languages) -> Iterator[str]:
    # SPARQL Query Results XML: its elements have the names that JSON gives to the types of terms.
    names = {variable: xml_attribute(variable) for variable in variables}
    head = "".join(f"<variable name={name}/>" for name in names.values())
    yield f"{_XML}\n<head>{head}</head>\n<results>\n"
    for row in rows:
        bindings = [
            f"<binding name={names[variable]}>{_element(term)}</binding>"
            for variable, term in _bound(variables, row, languages)
        ]
        yield f"<result>{''.join(bindings)}</result>\n"
    yield "</results>\n</sparql>\n"


def _element(term: Mapping[str, Any]) -> str:
    type, value = term["type"], term["value"]
    if type == "triple":
        inside = "".join(f"<{part}>{_element(one)}</{part}>" for part, one in value.items())
        return f"<triple>{inside}</triple>"
    if "xml:lang" in term:
        return f"<literal xml:lang={xml_attribute(term['xml:lang'])}>{xml_text(value)}</literal>"
    if "datatype" in term:
        return f"<literal datatype={xml_attribute(term['datatype'])}>{xml_text(value)}</literal>"
    return f"<{type}>{xml_text(value)}</{type}>"


def _bound(
    variables: Sequence[str], row: Solution, languages: Languages
) -> Iterator[tuple[str, dict[str, Any]]]:
    for variable, term in zip(variables, row, strict=True):
        if term is not None:
            yield variable, _described(term, languages)


def _described(term: Term, languages: Languages) -> dict[str, Any]:
    """Return a term as SPARQL 1.1 Query Results JSON has it."""
    if isinstance(term, ox.Triple):
        parts = {"subject": term.subject, "predicate": term.predicate, "object": term.object}
        return {
            "type": "triple",
            "value": {name: _described(part, languages) for name, part in parts.items()},
        }
    if not isinstance(term, ox.Literal):
        return {"type": "uri" if isinstance(term, ox.NamedNode) else "bnode", "value": term.value}
    described = {"type": "literal", "value": term.value}
    if term.language:
        described["xml:lang"] = languages.get(term, term.language)
    elif term.datatype.value != STRING:
        described["datatype"] = term.datatype.value
    return described


def _ndjson(variables: Sequence[str], rows: Iterable[Solution], languages: Languages) -> Iterator[str]:
    import json

    for row in rows:
        values = {}
        for variable, term in zip(variables, row, strict=True):
            value = python_value(term)
            finite = isinstance(value, int) or (isinstance(value, float) and value - value == 0)
            # JSON has no infinity (RFC 8259, section 6).
            values[variable] = value if term is None or finite else plain(term)
        yield json.dumps(values, ensure_ascii=False) + "\n"


def _room(stream: BinaryIO) -> int:
    """Return the width of the terminal, which COLUMNS overrides; 0 for a pipe or a file without COLUMNS."""
    said = os.environ.get("COLUMNS", "")
    if said.isascii() and said.isdigit() and int(said[:6]):
        return max(int(said[:6]), 20)
    return os.get_terminal_size().columns if getattr(stream, "is_terminal", False) else 0


_WRITERS = {"csv": _csv, "tsv": _tsv, "json": _json, "xml": _xml, "ndjson": _ndjson}
_BINARY = ("xlsx", "parquet")
