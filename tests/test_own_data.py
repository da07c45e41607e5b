"""Querying users' own data: prefixes, graphs, literals as written, and what the engine leaves undone."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

import wcograph
from wcograph.cli import main
from wcograph.toolbox.errors import InputError, UsageError

HEAD = "@prefix ex: <http://example.org/> .\n@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n"
XSD = "http://www.w3.org/2001/XMLSchema#"


def _loaded(
    folder: Path, data: str, *, head: str = HEAD, name: str = "a.ttl", **options: str
) -> wcograph.KnowledgeGraph:
    path = folder / name
    path.write_text(head + data, encoding="utf-8")
    return wcograph.load(data=str(path), only_data=True, **options)  # type: ignore[arg-type]


def _literals(answer: wcograph.Answer) -> list[str]:
    return sorted(
        f"{term.value}^^{term.datatype.value.removeprefix(XSD)}"
        for row in answer
        for term in row
        if isinstance(term, ox.Literal)
    )


@pytest.mark.quick
def test_the_prefixes_are_those_of_the_file_and_no_others(tmp_path: Path) -> None:
    kg = _loaded(tmp_path, "wco:x wco:वि 1 .", head="@prefix wco: <http://mine.example/> .\n")
    assert len(kg.sparql("SELECT ?मान { wco:x wco:वि ?मान }").rows()) == 1
    with pytest.raises(InputError, match="prefix skos: is not declared"):
        kg.sparql("SELECT * { ?s skos:prefLabel ?o }")
    assert kg.rdflib.namespace_manager.curie("http://mine.example/x") == "wco:x"


@pytest.mark.parametrize("engine", ["oxigraph", "rdflib"])
def test_default_and_named_graphs_stay_apart(tmp_path: Path, engine: str) -> None:
    kg = _loaded(
        tmp_path, "ex:d ex:p 1 . ex:g { ex:n ex:p 2 }  ex:h { ex:m ex:p 3 }", name="a.trig", engine=engine
    )
    cases = {
        "SELECT ?o { ?s ?p ?o }": [1],
        "SELECT ?o { GRAPH ?g { ?s ?p ?o } } ORDER BY ?o": [2, 3],
        "SELECT ?o FROM ex:g { ?s ?p ?o }": [2],
        "SELECT ?o FROM ex:g FROM ex:h { ?s ?p ?o } ORDER BY ?o": [2, 3],
        "SELECT ?o FROM NAMED ex:h { GRAPH ?g { ?s ?p ?o } }": [3],
        "SELECT ?o FROM NAMED ex:h { ?s ?p ?o }": [],
        "SELECT ?o FROM <a.trig> { ?s ?p ?o }": [1],
    }
    for text, values in cases.items():
        assert [row["o"] for row in kg.sparql(text).to_dicts()] == values, text


def test_a_graph_that_is_not_loaded_is_named(tmp_path: Path) -> None:
    answer = _loaded(tmp_path, "ex:a ex:p 1 .").sparql("SELECT *\nFROM <b.ttl> { ?s ?p ?o }")
    assert answer.rows() == []
    assert "query:2:6: <b.ttl> is neither a loaded graph nor a loaded file" in answer.notes()[0]


def test_relative_iris_resolve_against_the_file(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    kg = _loaded(tmp_path, "<a> <#p> 1 .")
    assert kg.sparql("ASK { <a> <#p> 1 }")
    query = tmp_path / "mine.rq"
    query.write_text("SELECT ?o { <a> <#p> ?o }")
    for call in (["sparql", "-q", str(query)], ["query", str(query)]):
        assert main([*call, "--data", str(tmp_path / "a.ttl"), "--only-data", "-f", "tsv"]) == 0
        assert capfd.readouterr().out.split() == ["?o", '"1"^^<http://www.w3.org/2001/XMLSchema#integer>']


@pytest.mark.quick
def test_all_columns_come_in_the_order_in_which_the_query_names_them(tmp_path: Path) -> None:
    kg = _loaded(tmp_path, "ex:a ex:p 1 .")
    answer = kg.sparql("SELECT * { ?z ?a ?m BIND(2 AS ?b) { SELECT ?y { VALUES (?x ?y) { (3 4) } } } }")
    assert answer.variables == ("z", "a", "m", "b", "y")
    assert [str(term)[:2] for term in answer.rows()[0]] == ["<h", "<h", '"1', '"2', '"4']


ODD = 'ex:a ex:v 007 , "5"^^xsd:int . ex:b ex:v 5 ; ex:w 1.50 . ex:c ex:w 1.5 .'


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("SELECT ?v { ?x ?p ?v }", ["007^^integer", "1.5^^decimal", "1.50^^decimal", "5^^int", "5^^integer"]),
        ("SELECT DISTINCT ?v { ?x ex:v ?v }", ["007^^integer", "5^^int", "5^^integer"]),
        ("SELECT (?v AS ?w) { ex:a ex:v ?v }", ["007^^integer", "5^^int"]),
        ("SELECT (MAX(?v) AS ?w) { ex:a ex:v ?v }", ["007^^integer"]),
        ("SELECT (?v + 0 AS ?w) { ex:a ex:v ?v FILTER(?v = 7) }", ["7^^integer"]),
        ("SELECT (STR(?v) AS ?w) { ?x ex:w ?v }", ["1.50^^string", "1.5^^string"]),
        ("SELECT ?v { ?x ex:v ?v FILTER(DATATYPE(?v) = xsd:int) }", ["5^^int"]),
        ("SELECT ?v { ?x ex:v ?v VALUES ?w { 7 } FILTER(?v = ?w) }", ["007^^integer"]),
        ("SELECT ?v { VALUES ?v { 7 } }", ["7^^integer"]),
        ("CONSTRUCT { ?x ex:n ?v } { ?x ex:w ?v }", ["1.5^^decimal", "1.50^^decimal"]),
        ("CONSTRUCT { ?x ex:n ?v , 7 ; ex:m ?n } { ?x ex:v ?v BIND(5 AS ?n) FILTER(?v = 5) }",
         ["5^^int", "5^^integer", "5^^integer", "5^^integer", "7^^integer", "7^^integer"]),
        ("CONSTRUCT WHERE { ex:a ?p ?v }", ["007^^integer", "5^^int"]),
        ("DESCRIBE ex:a", ["007^^integer", "5^^int"]),
    ],
)  # fmt: skip
def test_literals_come_out_as_written(tmp_path: Path, text: str, values: list[str]) -> None:
    answer = _loaded(tmp_path, ODD).sparql(text)
    assert _literals(answer) == sorted(values)
    assert not answer.notes()


def test_what_cannot_be_known_as_written_is_one_note(tmp_path: Path) -> None:
    text = "SELECT (SAMPLE(?v) AS ?w) { ?x ex:v ?v FILTER(?v = 5) }"
    answer = _loaded(tmp_path, ODD).sparql(text)
    assert _literals(answer) == ["5^^integer"]
    (note,) = answer.notes()
    assert (
        note.startswith("1 value is written in several ways") and '"5"^^xsd:integer for "5"^^xsd:int' in note
    )
    answer = _loaded(tmp_path, "ex:a ex:v 1 , 01 .").sparql("SELECT (COUNT(*) AS ?n) { ex:a ex:v ?v }")
    answer.rows()
    assert "differ only in how the value is written" in answer.notes()[0]
    exact = _loaded(tmp_path, "ex:a ex:v 1 , 01 .", engine="rdflib")
    assert _literals(exact.sparql("SELECT ?v { ex:a ex:v ?v }")) == ["01^^integer", "1^^integer"]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("?day + ?week", "2025-01-22"),
        ("?month + ?day", "2025-02-15"),
        ("?day + ?week + ?week", "2025-01-29"),
        ("IF(?day + ?week > ?day, ?day + ?month, ?day)", "2025-02-15"),
        ("2 + 3 * 4 - 1", "13"),
        ("?large + 1", "999999999999999999991"),
        ("?large - ?large", "0"),
        ("?large * 2 > ?large", "true"),
        ("9223372036854775807 * 10", "92233720368547758070"),
        ("GROUP_CONCAT(?any; SEPARATOR=' ')", "1 http://example.org/x"),
    ],
)
def test_what_the_engine_does_not_evaluate_is_evaluated(tmp_path: Path, expression: str, value: str) -> None:
    kg = _loaded(
        tmp_path,
        'ex:a ex:day "2025-01-15"^^xsd:date ; ex:week "P7D"^^xsd:dayTimeDuration ; ex:large 999999999999999999990 ; '
        'ex:month "P1M"^^xsd:yearMonthDuration . ex:b ex:any 1 . ex:c ex:any ex:x .',
    )
    where = "ex:a ex:day ?day ; ex:week ?week ; ex:month ?month ; ex:large ?large ."
    where = "{ SELECT ?any { ?x ex:any ?any } ORDER BY STR(?any) }" if "any" in expression else where
    (row,) = kg.sparql(f"SELECT ({expression} AS ?value) {{ {where} }}").rows()
    assert row[0] is not None and row[0].value == value


def test_what_is_not_evaluated_at_all_is_named(tmp_path: Path) -> None:
    answer = _loaded(tmp_path, "ex:a ex:v 99999999999999999999 , 5 .").sparql(
        "SELECT (SUM(?v) AS ?n) { ?x ex:v ?v }"
    )
    assert answer.rows() == [(None,)]
    assert answer.notes()[0].startswith(
        "SUM(?v) (1:9): the engine computes with 64 bits, and 1 of the numbers"
    )


@pytest.mark.parametrize("format", ["tsv", "json", "xml"])
def test_language_tags_keep_their_case(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], format: str
) -> None:
    _loaded(tmp_path, 'ex:a ex:v "x"@EN-gb .')
    call = ["sparql", "--data", str(tmp_path / "a.ttl"), "--only-data"]
    assert main([*call, "SELECT ?v (LANG(?v) AS ?l) { ?s ?p ?v }", "-f", format]) == 0
    assert capfd.readouterr().out.count("EN-gb") == 2


@pytest.mark.parametrize("format", ["turtle", "nt", "rdfxml", "jsonld"])
def test_language_tags_keep_their_case_in_graphs(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], format: str
) -> None:
    _loaded(tmp_path, 'ex:a ex:v "x"@EN-gb , "y"@en-GB , "z"@en .')
    query = tmp_path / "q.rq"
    query.write_text("CONSTRUCT WHERE { ?s ?p ?v }")
    for call in (["sparql", "-q", str(query), "--only-data"], ["export", "--query", str(query)]):
        assert main([*call, "--data", str(tmp_path / "a.ttl"), "-f", format]) == 0
        out = capfd.readouterr().out
        assert [out.count(tag) for tag in ("EN-gb", "en-GB", "en-gb")] == [1, 1, 0]


def test_added_data_keep_their_literals_beside_the_graph(tmp_path: Path) -> None:
    path = tmp_path / "a.ttl"
    path.write_text(HEAD + "ex:a ex:v 007 , 1.50 .")
    kg = wcograph.load(data=str(path))
    assert _literals(kg.sparql("SELECT ?v { ex:a ex:v ?v }")) == ["007^^integer", "1.50^^decimal"]


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(UsageError, match="there is no engine 'rdf'; did you mean rdflib"):
        wcograph.load(engine="rdf")


def test_a_query_of_many_operations_is_asked_as_it_is(tmp_path: Path) -> None:
    kg = _loaded(tmp_path, "ex:a ex:v 1 .")
    for count in (90, 1_500):
        (row,) = kg.sparql(f"SELECT (1{' + 1' * count} AS ?n) {{}}").to_dicts()
        assert row["n"] == count + 1


@pytest.mark.quick
@pytest.mark.parametrize("keys", ["?o", "DESC(?o) ?s", "(?o)"])
def test_numbers_are_sorted_apart_from_literals_of_unknown_datatypes(tmp_path: Path, keys: str) -> None:
    """Sorting them together ends the engine's process, so that another process tries it."""
    import subprocess
    import sys

    mixed = "".join(
        f"ex:s{at} ex:p {at * 7 % 600} . ex:t{at} ex:p '{at * 11 % 600}b'^^ex:x .\n" for at in range(600)
    )
    (tmp_path / "mixed.ttl").write_text(HEAD + mixed, encoding="utf-8")
    query = f"SELECT ?o {{ ?s ?p ?o }} ORDER BY {keys}"
    call = [
        "-m",
        "wcograph",
        "sparql",
        query,
        "--only-data",
        "--data",
        str(tmp_path / "mixed.ttl"),
        "-f",
        "csv",
    ]
    done = subprocess.run([sys.executable, *call], capture_output=True, text=True, check=True)
    rows = done.stdout.split()[1:]
    numbers = [int(row) for row in rows if row.isdigit()]
    assert len(rows) == 1200
    assert numbers == sorted(range(600), reverse="DESC" in keys)
    assert rows[:600] == [str(one) for one in numbers] or rows[600:] == [str(one) for one in numbers]


def test_sort_keys_keep_their_meaning(tmp_path: Path) -> None:
    kg = _loaded(tmp_path, "ex:a ex:p 2 , 10 , 'x' , ex:i . ex:b ex:p 1 .")
    rows = kg.sparql("SELECT ?s ?o { ?s ?p ?o } ORDER BY DESC(?s) isIRI(?o) STR(?o) LIMIT 4").rows()
    assert [row[1].value for row in rows] == ["1", "10", "2", "x"]
    nested = "SELECT ?o { { SELECT ?o { ?s ?p ?o } ORDER BY DESC(?o) LIMIT 2 } } ORDER BY ?o"
    assert [row[0].value for row in kg.sparql(nested).rows()] == ["2", "10"]
    grouped = "SELECT ?s (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?s ORDER BY DESC(COUNT(*)) OFFSET 1"
    assert [row[1].value for row in kg.sparql(grouped).rows()] == ["1"]


SHEET = """ex:a ex:v "=1+1" , "@SUM(1)" , "http://example.org/x" , "0101" , 12 , 1.5 , true , 1234567890123456 ,
    "2020-02-29"^^xsd:date , "1899-12-31"^^xsd:date , "2020-02-29T12:00:00"^^xsd:dateTime ."""


def test_a_spreadsheet_has_numbers_dates_and_text_and_no_formulas(tmp_path: Path) -> None:
    import re
    import zipfile

    _loaded(tmp_path, SHEET)
    call = [
        "sparql",
        "SELECT ?v { ?s ?p ?v } ORDER BY STR(?v)",
        "--only-data",
        "--data",
        str(tmp_path / "a.ttl"),
    ]
    for name in ("one.xlsx", "two.xlsx"):
        assert main([*call, "-o", str(tmp_path / name)]) == 0
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.xlsx") as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        texts = re.findall("<t[^>]*>([^<]*)</t>", book.read("xl/sharedStrings.xml").decode())
    assert "<f>" not in sheet and "hyperlink" not in sheet
    assert sorted(texts) == sorted(
        ["v", "=1+1", "@SUM(1)", "http://example.org/x", "0101", "1234567890123456", "1899-12-31"]
    )
    assert re.findall(r'<c r="A\d+"(?: s="\d")?><v>([^<]*)</v>', sheet) == ["1.5", "12", "43890", "43890.5"]
    assert re.findall(r't="b"><v>(.)</v>', sheet) == ["1"]


def test_parquet_has_typed_columns(tmp_path: Path) -> None:
    import pyarrow.parquet

    _loaded(tmp_path, 'ex:a ex:n 12 ; ex:d "2020-02-29"^^xsd:date .')
    path = str(tmp_path / "a.parquet")
    text = "SELECT ?s ?n ?d { ?s ex:n ?n ; ex:d ?d }"
    assert main(["sparql", text, "--only-data", "--data", str(tmp_path / "a.ttl"), "-o", path]) == 0
    table = pyarrow.parquet.read_table(path)
    assert [str(field.type) for field in table.schema] == ["string", "int64", "date32[day]"]


@pytest.mark.quick
def test_the_extension_names_the_format_and_gz_compresses(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    import gzip

    _loaded(tmp_path, 'ex:a ex:v "=1+1" .')
    call = ["sparql", "SELECT ?v { ?s ?p ?v }", "--only-data", "--data", str(tmp_path / "a.ttl"), "-o"]
    assert main([*call, str(tmp_path / "a.csv.gz"), "--bom"]) == 0
    assert gzip.decompress((tmp_path / "a.csv.gz").read_bytes()) == b"\xef\xbb\xbfv\r\n=1+1\r\n"
    assert main([*call, str(tmp_path / "a.xyz")]) == 2
    assert "there is no format 'xyz'" in capfd.readouterr().err and not (tmp_path / "a.xyz").exists()
    assert main([*call, str(tmp_path / "a.json"), "--bom"]) == 2
    assert "a byte order mark is for csv and tsv" in capfd.readouterr().err
