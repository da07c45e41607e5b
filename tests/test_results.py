"""Result formats: rdflib reads back those of the W3C with the same terms; the others say what they mean."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib.query import Result

from wcograph.layout import PREFIXES
from wcograph.toolbox.errors import UsageError
from wcograph.toolbox.sparql.resultformats import write
from wcograph.toolbox.sparql.results import Answer

XSD = "http://www.w3.org/2001/XMLSchema#"
AWKWARD = [
    ox.NamedNode("http://example.org/a&b<'x'>".replace("<", "%3C").replace(">", "%3E")),
    ox.BlankNode("b1"),
    ox.Literal('quote " comma , line\nend tab\t return\r back\\slash'),
    ox.Literal("<&>]]>"),
    ox.Literal("Türkiye 🌍", language="tr"),
    ox.Literal("01", datatype=ox.NamedNode(XSD + "gMonth")),
    ox.Literal(17),
    ox.Literal(""),
    None,
]


def _written(solutions: Answer, format: str) -> bytes:
    stream = io.BytesIO()
    write(solutions, format, stream)
    return stream.getvalue()


def _one_column(terms: list[ox.Literal]) -> Answer:
    return Answer("SELECT", ["x"], [(term,) for term in terms])


def _yes() -> Answer:
    return Answer("ASK", ["answer"], [(ox.Literal(True),)])


def _n3(term: object) -> str | None:
    if term is None:
        return None
    if isinstance(term, rdflib.BNode):
        return "_:b"
    if isinstance(term, rdflib.Literal):
        suffix = f"@{term.language}" if term.language else f"^^{term.datatype or XSD + 'string'}"
        return repr(str(term)) + suffix
    if isinstance(term, ox.BlankNode):
        return "_:b"
    if isinstance(term, ox.Literal):
        return repr(term.value) + (f"@{term.language}" if term.language else f"^^{term.datatype.value}")
    return term.value if isinstance(term, ox.NamedNode) else str(term)


@pytest.mark.quick
@pytest.mark.parametrize("format", ["json", "xml", "tsv"])
def test_rdflib_reads_back_the_same_terms(format: str) -> None:
    terms = [term for term in AWKWARD if format != "tsv" or term is not None]
    written = _written(Answer("SELECT", ["x", "y"], [(term, ox.Literal("y")) for term in terms]), format)
    result = Result.parse(io.BytesIO(written), format=format)
    assert [_n3(row[0]) for row in result] == [_n3(term) for term in terms]  # type: ignore[index]


@pytest.mark.parametrize("format", ["tsv", "csv", "ndjson"])
def test_a_triple_term_is_spelled_with_its_brackets(format: str) -> None:
    s, p = ox.NamedNode("http://e/s"), ox.NamedNode("http://e/p")
    term = ox.Triple(s, p, ox.Triple(s, p, s))
    text = "<<( <http://e/s> <http://e/p> <<( <http://e/s> <http://e/p> <http://e/s> )>> )>>"
    assert text in _written(Answer("SELECT", ["x"], [(term,)]), format).decode()


@pytest.mark.quick
def test_csv_is_read_back_by_a_csv_reader_with_the_same_values() -> None:
    written = _written(Answer("SELECT", ["x", "y"], [(term, ox.Literal("y")) for term in AWKWARD]), "csv")
    rows = list(csv.reader(io.StringIO(written.decode(), newline="")))
    assert rows[0] == ["x", "y"]
    values = ["" if term is None else term.value for term in AWKWARD]
    values[1] = "_:b1"
    assert [row[0] for row in rows[1:]] == values
    assert written.count(b"\r\n") == len(AWKWARD) + 1


@settings(max_examples=200)
@given(st.lists(st.text(alphabet=st.characters(blacklist_categories=["Cs", "Cc"]))))
def test_any_text_survives_json_and_xml(texts: list[str]) -> None:
    for format in ("json", "xml"):
        written = _written(_one_column([ox.Literal(text) for text in texts]), format)
        result = Result.parse(io.BytesIO(written), format=format)
        assert [str(row[0]) for row in result] == texts  # type: ignore[index]


@pytest.mark.quick
def test_ndjson_has_python_values_a_line_each() -> None:
    written = _written(
        Answer("SELECT", ["n", "t", "u"], [(ox.Literal(5), ox.Literal("a\nb"), None)]), "ndjson"
    )
    assert [json.loads(line) for line in written.splitlines()] == [{"n": 5, "t": "a\nb", "u": None}]


@pytest.mark.quick
def test_markdown_cells_keep_to_their_row() -> None:
    written = _written(
        Answer("SELECT", ["a", "b"], [(ox.Literal("x|y\nz"), ox.Literal(3))]), "markdown"
    ).decode()
    assert written.splitlines() == ["| a | b |", "| --- | --: |", "| x\\|y z | 3 |"]


def test_a_table_aligns_numbers_right_and_shortens_iris(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    rows = [
        (ox.NamedNode("https://w3id.org/wcograph/id/wco"), ox.Literal(7)),
        (ox.Literal("é"), ox.Literal(123)),
    ]
    assert _written(Answer("SELECT", ["x", "n"], rows, prefixes=PREFIXES), "table").decode().splitlines() == [
        "x            n",
        "─────────  ───",
        "wcoid:wco    7",
        "é          123",
    ]


def test_a_table_without_rows_says_so() -> None:
    assert _written(Answer("SELECT", ["x"], []), "table").decode().splitlines()[-1] == "(no rows)"


@pytest.mark.quick
def test_no_control_character_reaches_a_terminal() -> None:
    assert b"\x1b" not in _written(_one_column([ox.Literal("\x1b[31mred")]), "table")


def test_python_values_keep_the_precision_of_dates() -> None:
    def typed(value: str, name: str) -> ox.Literal:
        return ox.Literal(value, datatype=ox.NamedNode(XSD + name))

    row = (
        typed("2024-02-02", "date"),
        typed("2024-02", "gYearMonth"),
        typed("0.75", "decimal"),
        ox.Literal(True),
    )
    (values,) = Answer("SELECT", ["d", "m", "s", "b"], [row]).to_dicts()
    assert str(values["d"]) == "2024-02-02"
    assert values["d"].year == 2024
    assert values["m"] == "2024-02"
    assert values["s"] == Decimal("0.75")
    assert values["b"] is True


@pytest.mark.quick
@pytest.mark.parametrize(
    ("answer", "format"),
    [(_yes(), "turtle"), (Answer("SELECT", ["x"], []), "turtle"), (Answer("CONSTRUCT", ["x"], []), "csv")],
)
def test_a_format_that_does_not_fit_the_answer_is_refused(answer: Answer, format: str) -> None:
    with pytest.raises(UsageError, match="formats"):
        write(answer, format, io.BytesIO())


@pytest.mark.parametrize("format", ["json", "xml"])
def test_a_boolean_is_read_back(format: str) -> None:
    stream = io.BytesIO()
    write(_yes(), format, stream)
    stream.seek(0)
    assert Result.parse(stream, format=format).askAnswer is True


def test_a_triple_is_a_triple_term_in_csv_and_tsv() -> None:
    inner = ox.Triple(ox.NamedNode("http://e/a"), ox.NamedNode("http://e/p"), ox.Literal("x\ty"))
    outer = ox.Triple(ox.BlankNode("b"), ox.NamedNode("http://e/q"), inner)
    answer = Answer("SELECT", ("t",), [(outer,)])
    written = '<<( _:b <http://e/q> <<( <http://e/a> <http://e/p> "x\\ty" )>> )>>'
    assert _written(answer, "tsv").decode() == f"?t\n{written}\n"
    answer = Answer("SELECT", ("t",), [(outer,)])
    assert list(csv.reader(io.StringIO(_written(answer, "csv").decode())))[1] == [written]


@pytest.mark.quick
@pytest.mark.parametrize("format", ["json", "ndjson"])
def test_json_holds_no_number_that_json_has_not(format: str) -> None:
    double = ox.NamedNode("http://www.w3.org/2001/XMLSchema#double")
    terms = [ox.Literal(text, datatype=double) for text in ("INF", "-INF", "NaN", "1e400", "1.5")]
    lines = _written(_one_column(terms), format).decode()

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    for document in lines.splitlines() if format == "ndjson" else [lines]:
        json.loads(document, parse_constant=refuse)
