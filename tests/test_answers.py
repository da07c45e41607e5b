"""Answers in Python: one type for every form, typed columns, sources and labels, limits that hold."""

from __future__ import annotations

import datetime
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import pyoxigraph as ox
import pytest
from rdflib.plugins.sparql import prepareQuery

import wcograph
from wcograph.toolbox.errors import InputError, LimitError, UsageError, WcographWarning
from wcograph.toolbox.sparql.results import Answer
from wcograph.toolbox.sparql.values import XSD, python_value

ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


def _typed(value: str, name: str) -> ox.Literal:
    return ox.Literal(value, datatype=ox.NamedNode(XSD + name))


@pytest.fixture
def typed() -> Answer:
    names = ("n", "some", "share", "day", "when", "yes", "mixed", "huge", "year", "iri")
    return Answer(
        "SELECT",
        names,
        [
            (
                *(ox.Literal(5), ox.Literal(1), _typed("0.75", "decimal"), _typed("2024-02-29", "date")),
                *(
                    _typed("2024-02-29T12:00:00Z", "dateTime"),
                    ox.Literal(True),
                    _typed("2024-02", "gYearMonth"),
                ),
                *(_typed(str(2**70), "integer"), _typed("1990", "gYear"), ox.NamedNode("http://e/a")),
            ),
            (
                *(ox.Literal(7), None, ox.Literal(2), _typed("1950-12-15", "date")),
                *(_typed("2024-02-29T12:00:00+02:00", "dateTime"), ox.Literal(False)),
                *(_typed("2024-02-03", "date"), ox.Literal(3), None, ox.BlankNode("b")),
            ),
        ],
    )


@pytest.mark.quick
def test_an_arrow_table_has_a_type_for_each_column(typed: Answer) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    table = typed.to_arrow()
    assert {field.name: str(field.type) for field in table.schema} == {
        "n": "int64",
        "some": "int64",
        "share": "decimal128(38, 2)",
        "day": "date32[day]",
        "when": "timestamp[us, tz=UTC]",
        "yes": "bool",
        "mixed": "string",
        "huge": "string",
        "year": "string",
        "iri": "string",
    }
    assert table.column("day").to_pylist() == [datetime.date(2024, 2, 29), datetime.date(1950, 12, 15)]
    assert table.column("share").to_pylist() == [Decimal("0.75"), Decimal("2.00")]
    assert table.column("mixed").to_pylist() == ["2024-02", "2024-02-03"]
    assert isinstance(table, pyarrow.Table)


def test_a_polars_frame_has_dates_that_are_dates(typed: Answer) -> None:
    polars = pytest.importorskip("polars")
    frame = typed.to_polars()
    assert frame.schema["day"] == polars.Date
    assert frame.schema["n"] == polars.Int64
    assert frame["some"].to_list() == [1, None]
    assert frame["day"].dt.year().to_list() == [2024, 1950]


def test_a_pandas_frame_has_dates_that_are_dates(typed: Answer) -> None:
    pytest.importorskip("pandas")
    frame = typed.to_pandas()
    assert str(frame["day"].dtype) == "datetime64[s]"
    assert frame["day"].dt.year.tolist() == [2024, 1950]
    assert [str(frame[name].dtype) for name in ("n", "some", "share", "yes")] == [
        "int64",
        "Int64",
        "float64",
        "bool",
    ]
    assert frame["huge"].tolist() == [str(2**70), "3"]


@pytest.mark.parametrize(
    ("method", "package"), [("pandas", "pandas"), ("polars", "polars"), ("arrow", "pyarrow")]
)
def test_a_missing_package_is_told_with_the_command_that_installs_it(
    typed: Answer, method: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(UsageError, match=rf"needs {package}; install it with: .*wcograph\[{method}\]"):
        getattr(typed, f"to_{method}")()


@pytest.mark.parametrize("method", ["to_arrow", "to_polars", "to_pandas"])
def test_an_answer_without_rows_is_a_frame_without_rows(method: str) -> None:
    pytest.importorskip({"to_arrow": "pyarrow"}.get(method, method[3:]))
    frame = getattr(Answer("SELECT", ["a", "b"], []), method)()
    assert frame.shape == (0, 2)


def test_rows_that_were_kept_can_be_read_again_and_others_say_that_they_are_gone() -> None:
    answer = Answer("SELECT", ["x"], [(ox.Literal(1),)])
    assert answer.rows() == answer.rows() == list(answer)
    assert answer.to_dicts() == [{"x": 1}]
    streamed = Answer("SELECT", ["x"], [(ox.Literal(1),)])
    assert len(list(streamed)) == 1
    with pytest.raises(UsageError, match="have been read"):
        streamed.to_dicts()


def test_a_notebook_shows_an_answer_and_leaves_its_rows() -> None:
    answer = Answer("SELECT", ["x"], [(ox.Literal(f"<{n}>"),) for n in range(150)])
    html = answer._repr_html_()
    assert html.count("<tr>") == 101
    assert "&lt;99&gt;" in html
    assert "&lt;100&gt;" not in html
    assert len(answer.rows()) == 150


def test_an_answer_is_true_where_it_says_yes_or_has_a_row(kg: wcograph.KnowledgeGraph) -> None:
    assert kg.sparql("ASK { ?x a wco:Region }")
    assert not kg.sparql("ASK { ?x a wco:Nothing }")
    assert kg.query("bodies")
    assert not kg.sparql("SELECT * { ?x a wco:Nothing }")


def test_a_graph_gives_triples_and_a_select_none(kg: wcograph.KnowledgeGraph) -> None:
    answer = kg.sparql("CONSTRUCT WHERE { wcoid:wco a ?class }")
    assert all(isinstance(triple, ox.Triple) for triple in answer.triples())
    with pytest.raises(UsageError, match="no triples"):
        list(kg.query("bodies").triples())


def test_the_api_is_typed_without_casts(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import datetime\nimport wcograph\n"
        "kg = wcograph.load(data=['a.ttl'], queries='q')\n"
        "rows: list[dict[str, object]] = kg.query('members', region='europe', asOf=datetime.date(2022, 1, 1)).to_dicts()\n"
        "yes: bool = bool(kg.sparql('ASK {}', timeout=5))\n"
        "for row in kg.query('claims', limit=5, subject=['a', 'b']):\n    first = row[0]\n"
        "    if first is not None:\n        text: str = str(first)\n"
        "for triple in kg.sparql('DESCRIBE <a:b>').triples():\n    predicate: str = triple.predicate.value\n"
    )
    pytest.importorskip("mypy")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "--config-file", "", str(script)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent.parent / "src",
    )
    errors = [line for line in done.stdout.splitlines() if "script.py" in line]
    assert errors == [], done.stdout + done.stderr


@pytest.mark.quick
def test_sources_are_cited_for_each_row(kg: wcograph.KnowledgeGraph) -> None:
    rows = kg.query("themes", year=2007, sources=True).to_dicts()
    assert [set(row) for row in rows] == [{"year", "title", "slogan", "sources"}]
    assert rows[0]["sources"] == [
        "WCO News 52 (2007-02) <https://vdocuments.net/special-report-customs-media485781c-2012-10-29-23-27"
        "-technical-committee.html>, retrieved 2026-11-21"
    ]


def test_an_ad_hoc_query_cites_the_sources_of_what_it_selects(kg: wcograph.KnowledgeGraph) -> None:
    asked = "SELECT ?theme { ?theme wco:themeYear '2007'^^xsd:gYear }"
    assert "WCO News 52" in kg.sparql(asked, sources=True).to_dicts()[0]["sources"][0]
    with pytest.warns(WcographWarning, match="no column of query has a source"):
        assert kg.sparql("SELECT (1 AS ?n) {}", sources=True).to_dicts() == [{"n": 1, "sources": []}]


@pytest.mark.quick
def test_labels_stand_beside_iris(kg: wcograph.KnowledgeGraph) -> None:
    answer = kg.sparql("SELECT ?r ?n { VALUES (?r ?n) { (wcoid:region-europe 1) } }", labels=True)
    assert answer.variables == ("r", "rLabel", "n")
    assert answer.to_dicts()[0]["rLabel"] == "Europe"


@pytest.mark.quick
def test_a_limit_cuts_and_says_so(kg: wcograph.KnowledgeGraph) -> None:
    cut = kg.query("themes", limit=2, sources=True, labels=True)
    assert len(cut.rows()) == 2
    assert cut.cut
    whole = kg.query("themes", limit=1000)
    whole.rows()
    assert not whole.cut


@pytest.mark.quick
def test_a_timeout_ends_an_endless_query(kg: wcograph.KnowledgeGraph) -> None:
    start = time.monotonic()
    with pytest.raises(LimitError, match="stopped after 1 s"):
        kg.sparql(ENDLESS, timeout=1)
    assert time.monotonic() - start < 5


@pytest.mark.parametrize("cached", [True, False])
def test_a_query_in_time_gives_the_same_rows_as_without_a_limit(
    kg: wcograph.KnowledgeGraph, cached: bool
) -> None:
    graph = kg if cached else wcograph.load(use_cache=False)
    assert graph.query("claims", timeout=60).rows() == kg.query("claims").rows()
    asked = "CONSTRUCT WHERE { ?r a wco:Region }"
    assert set(graph.sparql(asked, timeout=60).triples()) == set(kg.sparql(asked).triples())
    assert bool(graph.sparql("ASK { ?x a wco:Region }", timeout=60)) is True
    with pytest.raises(InputError, match=r"query:1:\d+"):
        graph.sparql("SELECT * { ?s ", timeout=60)


@pytest.mark.quick
def test_python_values_are_taken_as_they_are(kg: wcograph.KnowledgeGraph) -> None:
    def count(**parameters: object) -> int:
        return len(kg.query("members", **parameters).rows())  # type: ignore[arg-type]

    assert count(asOf=datetime.date(2022, 6, 30), region=None) == count(as_of="2022-06-30")
    assert count(role=["member-role", "akin-member-role"]) == count() + 1
    europe = ox.NamedNode("https://w3id.org/wcograph/id/region-europe")
    assert count(region=europe) == count(region="europe") > 0


def test_an_answer_has_a_length_and_says_it_once_it_is_known(kg: wcograph.KnowledgeGraph) -> None:
    answer = kg.sparql("SELECT ?r { ?r a wco:Region }")
    assert repr(answer) == "<Answer SELECT ?r>"
    assert len(answer) == 6 == len(answer.rows()) == len(list(answer))
    assert repr(answer) == "<Answer SELECT ?r, 6 rows>"
    assert len(kg.sparql("ASK { ?r a wco:Region }")) == 1


def test_a_list_of_an_answer_takes_its_rows_as_any_loop_does(kg: wcograph.KnowledgeGraph) -> None:
    answer = kg.sparql("SELECT ?r { ?r a wco:Region }")
    assert len(list(answer)) == 6
    with pytest.raises(TypeError, match="read and not kept"):
        len(answer)


@pytest.mark.parametrize(
    ("datatype", "lexical", "value"),
    [
        *(("integer", text, text) for text in ("1_000", "١٢", " 5", "5 ", "1e5", "5.0", "", "+", "0x1F")),
        *(("integer", text, int(text)) for text in ("+5", "-0", "007", str(10**30))),
        *(("byte", text, value) for text, value in (("127", 127), ("128", "128"), ("-129", "-129"))),
        *(("unsignedByte", text, value) for text, value in (("255", 255), ("256", "256"), ("-1", "-1"))),
        *(("positiveInteger", text, value) for text, value in (("1", 1), ("0", "0"))),
        *(("negativeInteger", text, value) for text, value in (("-1", -1), ("0", "0"))),
        *(("decimal", text, text) for text in ("NaN", "INF", "Infinity", "1e5", "1_0.5", "٣", " 1", ".")),
        *(("decimal", text, Decimal(text)) for text in ("1.50", "1.", ".5", "-0.0", "+3")),
        *(("double", text, text) for text in ("nan", "inf", "infinity", "Infinity", "1_0", "1e", "+ 1")),
        *(("double", text, value) for text, value in (("INF", float("inf")), ("-INF", -float("inf")), ("1E5", 1e5))),
        *(("date", text, text) for text in ("20240229", "2024-W01-1", "2023-02-29", "2024-02-29Z", "02024-02-29")),
        *(("dateTime", text, text) for text in ("2024-02-29", "2024-02-29 12:00:00", "20240229T120000", "2024-02-29T12",
                                               "2024-02-29T12:00:00+15:00", "2024-02-29T12:00:00.1234567")),
        *(("boolean", text, text) for text in ("True", "yes", "01", "")),
        *(("boolean", text, value) for text, value in (("1", True), ("0", False))),
        *(("gYear", text, text) for text in ("1990", "-0044")),
        *(("duration", text, text) for text in ("P1Y", "PT1H")),
    ],
)  # fmt: skip
def test_only_the_lexical_forms_of_xml_schema_become_python_values(
    datatype: str, lexical: str, value: object
) -> None:
    found = python_value(_typed(lexical, datatype))
    assert (type(found), found) == (type(value), value)


@pytest.mark.quick
def test_the_rdflib_view_takes_prepared_queries_and_reaches_nothing(kg: wcograph.KnowledgeGraph) -> None:
    prepared = prepareQuery("SELECT ?s { ?s a <https://w3id.org/wcograph/ns#Region> }")
    assert len(list(kg.rdflib.query(prepared))) == 6
    with pytest.raises(UsageError, match="SERVICE would use the network"):
        kg.rdflib.query("SELECT ?s { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }")


def test_the_rdflib_view_knows_the_prefixes_and_is_not_written_to(kg: wcograph.KnowledgeGraph) -> None:
    import rdflib

    view, triple = kg.rdflib, (rdflib.URIRef("a:a"),) * 3
    graph = rdflib.URIRef("https://w3id.org/wcograph/graph/data")
    for graphs in (view, kg.to_rdflib(["vocabulary"])):
        assert graphs.namespace_manager.curie("https://w3id.org/wcograph/ns#Region") == "wco:Region"
    writing = [
        lambda: view.add(triple),
        lambda: view.addN([(*triple, view.graph(graph))]),
        lambda: view.remove(triple),
        lambda: view.update("INSERT DATA { <a:a> <a:b> 1 }"),
        lambda: view.parse(data="<a:a> <a:b> 1 .", format="turtle"),
        lambda: view.graph(graph).add(triple),
        lambda: view.remove_graph(graph),
    ]
    for write in writing:
        with pytest.raises(UsageError, match=r"read-only; copy it into memory with to_rdflib\(\)"):
            write()
    assert triple not in view
    assert len(view.graph(graph)) == len(list(kg.quads(["data"])))
