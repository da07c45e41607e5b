"""Results are read back by the readers that people have, term for term and value for value, whatever they hold."""

from __future__ import annotations

import csv
import datetime
import io
from decimal import Decimal

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib.query import Result

from wcograph.toolbox.sparql.resultformats import write
from wcograph.toolbox.sparql.results import Answer
from wcograph.toolbox.sparql.values import XSD

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple

TEXTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12
) | st.sampled_from(
    ["", " ", "a\tb", 'say "x"', "two\nlines", "back\\slash\\n", "'", ",", "é", "\u2028", "=1+1", "<&>"]
)
# What XML 1.0 can hold (section 2.2), and no line end that it would change (section 2.11).
PLAIN = TEXTS.filter(lambda text: all(c >= " " and c not in "\ufffe\uffff\x7f" for c in text))


def _typed(name: str, forms: st.SearchStrategy[str]) -> st.SearchStrategy[Term]:
    return forms.map(lambda text: ox.Literal(text, datatype=ox.NamedNode(XSD + name)))


INTEGERS = st.integers(-(2**63), 2**63 - 1)
DECIMALS = st.decimals(-(10**15), 10**15, places=6, allow_nan=False)
DATES = st.dates()
TIMES = st.datetimes()
YEARS = st.integers(0, 9999).map("{:04}".format)
VALUES: dict[str, st.SearchStrategy[Term]] = {
    "integer": _typed("integer", INTEGERS.map(str)),
    "decimal": _typed("decimal", DECIMALS.map(lambda value: f"{value:f}")),
    "double": _typed("double", st.floats(allow_nan=False, allow_infinity=False).map(repr)),
    "boolean": _typed("boolean", st.sampled_from(["true", "false", "0", "1"])),
    "date": _typed("date", DATES.map(str)),
    "dateTime": _typed("dateTime", TIMES.map(datetime.datetime.isoformat)),
    "gYear": _typed("gYear", YEARS),
    "gYearMonth": _typed("gYearMonth", YEARS.map(lambda year: f"{year}-07")),
    "duration": _typed("duration", st.sampled_from(["P1Y", "PT1H30M", "-P3D", "P1Y2M"])),
    "string": PLAIN.map(ox.Literal),
    "tagged": st.builds(lambda text, tag: ox.Literal(text, language=tag), PLAIN, st.sampled_from(["en", "fr-ca", "ar"])),
    "iri": st.sampled_from(["http://e/a", "urn:x:y", "http://e/é?x=1&y=2#z", "http://e/a,b'c"]).map(ox.NamedNode),
}  # fmt: skip
ANY = st.none() | st.one_of(*VALUES.values())


def _answer(rows: list[list[Term | None]]) -> Answer:
    return Answer("SELECT", [f"v{at}" for at in range(len(rows[0]))], [tuple(row) for row in rows])


def _bytes(rows: list[list[Term | None]], format: str) -> bytes:
    stream = io.BytesIO()
    write(_answer(rows), format, stream)
    return stream.getvalue()


def _like_rdflib(term: Term | None) -> object:
    if term is None:
        return None
    if isinstance(term, ox.NamedNode):
        return ("iri", term.value)
    assert isinstance(term, ox.Literal)
    return ("literal", term.value, term.language, None if term.language else term.datatype.value)


def _of_rdflib(term: object) -> object:
    if term is None:
        return None
    if isinstance(term, rdflib.Literal):
        string = None if term.language else XSD + "string"
        return ("literal", str(term), term.language, str(term.datatype) if term.datatype else string)
    return ("iri", str(term))


@pytest.mark.parametrize("format", ["json", "xml"])
@settings(max_examples=60)
@given(rows=st.lists(st.lists(ANY, min_size=2, max_size=2), min_size=1, max_size=4))
def test_rdflib_reads_json_and_xml_back_term_for_term(format: str, rows: list[list[Term | None]]) -> None:
    normalize, rdflib.NORMALIZE_LITERALS = rdflib.NORMALIZE_LITERALS, False
    try:
        read = Result.parse(io.BytesIO(_bytes(rows, format)), format=format)
        assert [str(variable) for variable in read.vars or ()] == ["v0", "v1"]
        found = [[_of_rdflib(row.get(variable)) for variable in read.vars or ()] for row in read.bindings]
    finally:
        rdflib.NORMALIZE_LITERALS = normalize
    assert found == [[_like_rdflib(term) for term in row] for row in rows]


@pytest.mark.quick
@settings(max_examples=60)
@given(rows=st.lists(st.lists(ANY, min_size=2, max_size=2), min_size=1, max_size=4))
def test_pyoxigraph_reads_tsv_back_term_for_term(rows: list[list[Term | None]]) -> None:
    read = ox.parse_query_results(_bytes(rows, "tsv"), format=ox.QueryResultsFormat.TSV)
    assert isinstance(read, ox.QuerySolutions)
    assert [list(solution) for solution in read] == rows


@settings(max_examples=60)
@given(
    rows=st.lists(st.lists(st.none() | TEXTS.map(ox.Literal), min_size=2, max_size=2), min_size=1, max_size=4)
)
def test_csv_and_pandas_read_csv_back_value_for_value(rows: list[list[Term | None]]) -> None:
    pandas = pytest.importorskip("pandas")
    written = _bytes(rows, "csv").decode()
    wanted = [["" if term is None else term.value for term in row] for row in rows]  # type: ignore[union-attr]
    assert list(csv.reader(io.StringIO(written, newline=""), strict=True)) == [["v0", "v1"], *wanted]
    frame = pandas.read_csv(
        io.StringIO(written, newline=""), keep_default_na=False, dtype=str, lineterminator=None,
        skip_blank_lines=False,
    )  # fmt: skip
    if not any("\r" in value for row in wanted for value in row):  # pandas reads a bare CR as a line end
        assert frame.to_numpy().tolist() == wanted


def _column(kind: str) -> st.SearchStrategy[list[Term | None]]:
    return st.lists(st.none() | VALUES[kind], min_size=1, max_size=6)


def _python(term: Term | None) -> object:
    if term is None:
        return None
    assert isinstance(term, ox.Literal)
    readers = {
        "integer": int,
        "decimal": Decimal,
        "double": float,
        "date": datetime.date.fromisoformat,
        "dateTime": datetime.datetime.fromisoformat,
        "boolean": lambda text: text in ("true", "1"),
    }
    return readers.get(term.datatype.value.removeprefix(XSD), str)(term.value)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("kind", "arrow", "polars_type"),
    [
        ("integer", "int64", "Int64"),
        ("decimal", "decimal128", "Decimal"),
        ("double", "double", "Float64"),
        ("boolean", "bool", "Boolean"),
        ("date", "date32[day]", "Date"),
        ("dateTime", "timestamp[us]", "Datetime"),
        *((kind, "string", "String") for kind in ("gYear", "gYearMonth", "duration", "string", "tagged")),
    ],
)
def test_columns_are_typed_in_arrow_polars_and_pandas_and_keep_every_value(
    kind: str, arrow: str, polars_type: str
) -> None:
    pytest.importorskip("pyarrow")
    pytest.importorskip("polars")
    pandas = pytest.importorskip("pandas")

    @settings(max_examples=25)
    @given(column=_column(kind).filter(lambda column: any(term is not None for term in column)))
    def holds(column: list[Term | None]) -> None:
        wanted = [_python(term) for term in column]
        answer = _answer([[term] for term in column])
        table, frame, data = answer.to_arrow(), answer.to_polars(), answer.to_pandas()
        assert str(table.schema.field(0).type).startswith(arrow)
        assert str(frame.dtypes[0]).startswith(polars_type)
        assert table.column(0).to_pylist() == wanted
        assert frame["v0"].to_list() == wanted
        missing = list(data["v0"].isna())
        assert missing == [value is None for value in wanted]
        for value, found in zip(wanted, data["v0"], strict=True):
            if value is not None:
                same = float(value) if kind == "decimal" else value  # type: ignore[arg-type]
                assert found == (pandas.Timestamp(value) if kind in ("date", "dateTime") else same)

    holds()


@settings(max_examples=40)
@given(column=st.lists(ANY, min_size=1, max_size=6))
def test_a_mixed_column_loses_no_row_and_no_value(column: list[Term | None]) -> None:
    pytest.importorskip("pyarrow")
    answer = _answer([[term] for term in column])
    table = answer.to_arrow()
    assert table.num_rows == len(column) == len(answer.to_polars()) == len(answer.to_pandas())
    if str(table.schema.field(0).type) == "string":
        written = [None if term is None else term.value for term in column]  # type: ignore[union-attr]
        assert table.column(0).to_pylist() == written
