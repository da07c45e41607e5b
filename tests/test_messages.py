"""What people are told: one line that names the place, the mistake, and what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

import wcograph
from wcograph import layout
from wcograph.cli import COMMANDS, main
from wcograph.toolbox.errors import InputError, UsageError, WcographWarning
from wcograph.toolbox.sparql.mistakes import _mistake
from wcograph.toolbox.sparql.parameters import _kind, unknown_terms
from wcograph.toolbox.sparql.stored import Parameter
from wcograph.toolbox.sparql.tokens import tokens


def _said(capfd: pytest.CaptureFixture[str], status: int, *words: str) -> str:
    assert main(words) == status
    told = capfd.readouterr().err
    assert told.count("\n") == 1
    return told


@pytest.mark.quick(4)
@pytest.mark.parametrize(
    ("query", "place", "message"),
    [
        ("SELECT ?s {\n ?s a foo:Bar }", "2:7", "prefix foo: is not declared (known: dcterms, eli"),
        ("ASK { ?s a wc:Bar }", "1:12", "prefix wc: is not declared; did you mean wco:?"),
        (
            "PREFIX e: <x:y>\nASK {\n ?s a e:R\n  skos:prefLabel ?n }",
            "4:3",
            "is a '.', ';' or ',' missing before it?",
        ),
        ("SELECT ?s { ?s a wco:Region ?x }", "1:29", "'?x' is not expected here"),
        ("ASK { ?é a 'é' 'é' }", "1:16", "is not expected here"),
        ("ASK { ?s ?p ?o . ?s }", "1:21", "the triple before it is incomplete"),
        ("ASK { ?s ?p [ ?q ?r ], 1 ; ?p . }", "1:31", "the triple before it is incomplete"),
        ("ASK { ?s ?p ?o FILTER ?o > 1 }", "1:23", "in brackets: FILTER(...)"),
        ("SELECT ?a, ?b { ?a ?p ?b }", "1:10", "by spaces, not by commas"),
        ("SELECT COUNT(?a) { ?a ?p ?b }", "1:8", "write (COUNT(...) AS ?name)"),
        ("ASK { ?s ?p ?o }}", "1:17", "one } too many"),
        ("ASK {\n { ?s ?p ?o }", "2:14", "the { of line 1 is not closed"),
        ("SELECT ?x { ?s ?p ?o } GROUP BY ?s", "1:8", "?x is selected next to an aggregate or a group"),
        ("SELECT ?s (SUM(?o) + ?p AS ?n) {\n?s ?p ?o } GROUP BY ?s", "1:22", "?p is selected next to"),
        ("SELECT ?s { { SELECT ?s ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?s } }", "1:25", "add it there"),
        ("SELECT * { ?s ?p ?o } GROUP BY ?s", "1:8", "SELECT * cannot be grouped"),
        ("SELECT ?s (STR(?o) AS ?s) { ?s ?p ?o }", "1:23", "?s has a value already"),
        ("SELECT * {\n <a> ?p ?o }", "2:2", "<a> is a relative IRI, and the query has no base"),
        ("SELECT name FROM members WHERE x = 1", "1:13", "FROM 'members' is SQL"),
        ("ASK { ?s ?p ?o } LIMIT", "1:23", "incomplete"),
        (f"ASK {{ ?s ?p '{'a' * 200}' '{'b' * 200}' }}", "1:216", f"{'b' * 58}…"),
    ],
)
def test_a_mistake_in_a_query_is_told_where_it_is(
    kg: wcograph.KnowledgeGraph, query: str, place: str, message: str
) -> None:
    with pytest.raises(InputError) as caught:
        kg.sparql(query)
    told = str(caught.value)
    assert told.startswith(f"query:{place}: ")
    assert message in told
    assert len(told) < 330


@pytest.mark.parametrize(
    "path",
    [
        path
        for kind in ("questions", "checks", "derive", "tables")
        for path in layout.query_files(layout.root(), kind)
    ],
)
def test_no_mistake_is_seen_in_a_query_that_is_right(path: str) -> None:
    assert _mistake(tokens(Path(layout.root(), path).read_text(encoding="utf-8"))) is None


def test_a_function_that_the_engine_has_not_is_an_error_of_the_query(kg: wcograph.KnowledgeGraph) -> None:
    for timeout in (None, 60):
        with pytest.raises(InputError, match="<http://e/f> is not supported"):
            kg.sparql("SELECT (<http://e/f>(1) AS ?n) {}", timeout=timeout)


@pytest.mark.quick(4)
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (("sparql", "mine.rq"), "mine.rq is a file, not a query; write -q mine.rq"),
        (("query", "tests/"), "tests/ is a directory; 'wcograph query --queries tests/' lists its queries"),
        (("query", "conventions-of-member", "--member", "@"), "name a file of values after the @"),
        (
            ("sparql", "ASK {}", "-o", "x.ttl"),
            "the answer to an ASK query is not written as turtle unless -f names a format",
        ),
        (
            ("sparql", "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }", "-o", "x.csv"),
            "is not written as csv unless -f names a format",
        ),
        (("query", "-"), "'wcograph sparql -' reads SPARQL from standard input"),
        (("query", "describe", "Palau"), "'Palau' has no parameter before it; write --entity Palau "),
        (("query", "convention-names", "Palau"), "convention-names takes no parameters; leave 'Palau' out"),
        (("query", "members", "--regoin", "europe"), "no option --regoin; did you mean --region? (parameters: --region, "),
        (("query", "members", "--as-of", "1960"), "write 1960-01-01 for its first day"),
        (("query", "members", "--as-of", "1960-05"), "write 1960-05-01 for its first day"),
        (("query", "themes", "--year", "2023-01-26"), "is not a year as YYYY; write 2023"),
        (("query", "conventions", "--status", "x"), "there is no convention status 'x'; possible values: "),
        (("query", "members", "--region", "africa"), "--region: 'africa' is an area: --area africa"),
        (
            ("query", "members", "--region", "nowhere-at-all"),
            "possible values: ",
        ),
        (("query", "describe", "--entity", "Europe"), "; choose one, for example --entity wcoid:area-150"),
        (("query", "contracting-parties", "--convention", "temporary"), "did you mean Istanbul Convention (istanbul-1990)"),
        (("query", "members", "--timeout", "1_0"), "'1_0' is not a number of seconds above 0"),
        (("query", "members", "--timeout", "nan"), "'nan' is not a number of seconds above 0"),
        (("query", "members", "--limit", "-1"), "'-1' is not a number of rows"),
    ],
)  # fmt: skip
def test_a_wrong_call_is_told_what_to_write(
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    call: tuple[str, ...],
    message: str,
) -> None:
    (tmp_path / "tests").mkdir()
    monkeypatch.chdir(tmp_path)
    assert message in _said(capfd, 2, *call)
    assert [path.name for path in tmp_path.iterdir()] == ["tests"]


def test_a_sign_that_a_number_has_not_is_not_overlooked(capfd: pytest.CaptureFixture[str]) -> None:
    assert (
        _said(capfd, 2, "query", "describe", "--entity=-1")
        == "wcograph: --entity: there is no resource '-1'\n"
    )


def test_a_parameter_that_is_true_or_false_may_stand_alone(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    query = tmp_path / "mine.rq"
    query.write_text(
        "#+ parameters:\n#+   wanted: {type: boolean, description: Whether}\n"
        "SELECT ?said { VALUES ?wanted { false } BIND(?wanted AS ?said) }"
    )
    for given, said in (
        (["--wanted"], "true"),
        (["--wanted", "true"], "true"),
        (["--wanted", "false"], "false"),
    ):
        assert main(["query", str(query), *given, "-f", "csv"]) == 0
        assert capfd.readouterr().out.split() == ["said", said]


@pytest.mark.quick
def test_a_misspelt_term_is_noted_where_there_are_no_rows(capfd: pytest.CaptureFixture[str]) -> None:
    told = _said(capfd, 0, "sparql", "SELECT ?s { ?s a wco:region }")
    assert told.startswith("wcograph: note: wco:region is not in the graph; near: wco:Region")
    assert main(["sparql", "SELECT ?s { ?s a ?x OPTIONAL { ?s wco:nothing ?y } } LIMIT 1"]) == 0
    assert capfd.readouterr().err == ""


def test_terms_that_are_there_are_not_noted(kg: wcograph.KnowledgeGraph) -> None:
    known = "ASK { GRAPH wcog:data { ?s a wco:Region, <https://w3id.org/wcograph/ns#Region> } BIND(xsd:date('x') AS ?y) }"
    assert unknown_terms(kg.store, known, layout.PREFIXES) == []
    assert unknown_terms(kg.store, "ASK { wcoid:polity-TRU skos:prefLabell ?x }", layout.PREFIXES) == [
        "wcoid:polity-TRU is not in the graph; near: wcoid:polity-TUV, wcoid:polity-TUR, wcoid:polity-TUN",
        "skos:prefLabell is not in the graph; near: skos:prefLabel",
    ]
    assert unknown_terms(kg.store, "ASK { ?x rdfs:label ?l ; <http://e/...> 1 }", layout.PREFIXES) == [
        "rdfs:label is not in the graph; near: skos:altLabel, skos:hiddenLabel, skos:prefLabel",
        "<http://e/...> is not in the graph",
    ]


@pytest.mark.parametrize(
    ("scheme", "words"),
    [
        ("wcov:convention-statuses", "convention status"),
        ("wcov:action-kinds", "action kind"),
        ("wcov:body-frequencies", "body frequency"),
        ("wcov:classes", "class"),
        ("wcoid:instrument-hs-2022", "concept of wcoid:instrument-hs-2022"),
    ],
)
def test_kinds_are_named_in_the_singular(scheme: str, words: str) -> None:
    assert _kind(Parameter("x", "skos:Concept", "", scheme=scheme), layout.PROFILE) == words


def test_an_unknown_parameter_is_answered_with_the_near_one(kg: wcograph.KnowledgeGraph) -> None:
    with pytest.raises(UsageError, match="no parameter 'regoin'; did you mean 'region'"):
        kg.query("members", regoin="europe")


@pytest.fixture
def some_broken(tmp_path: Path) -> Path:
    files = {
        "key": "#+ title: A\n#+ colour: red\nASK {}",
        "yaml": "# first\n\n#+ title: A\n#+ tags: [x\nASK {}",
        "query": "#+ title: A\n\nASK {\n ?s a wc:Region }",
        "update": "#+ title: A\nCLEAR ALL",
        "good": "#+ title: Good\nSELECT ?s { ?s a wco:Region }",
    }
    for name, text in files.items():
        (tmp_path / f"{name}.rq").write_text(text)
    return tmp_path


def test_a_broken_query_does_not_keep_the_others_from_being_listed_and_run(
    capfd: pytest.CaptureFixture[str], some_broken: Path
) -> None:
    assert main(["query", "--queries", str(some_broken)]) == 3
    listed = capfd.readouterr()
    assert "  good  " in listed.out
    assert [line.split(": ", 3)[2].removeprefix(f"{some_broken}/") for line in listed.err.splitlines()] == [
        "key.rq:2",
        "query.rq:4:7",
        "update.rq is an update (CLEAR); the graph is read-only, ask with SELECT",
        "yaml.rq:4",
    ]
    assert main(["query", "good", "--queries", str(some_broken)]) == 0
    assert capfd.readouterr().err == ""
    assert "key.rq:2: header has an unknown key 'colour'" in _said(
        capfd, 3, "query", "key", "--queries", str(some_broken)
    )


def test_a_broken_file_never_leaves_its_name_to_another_query(some_broken: Path) -> None:
    (some_broken / "members.rq").write_text("SELECT")
    kg = wcograph.load(queries=str(some_broken))
    with pytest.raises(InputError, match=r"members\.rq"):
        kg.query("members")


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_every_command_ends_with_the_exit_statuses(
    capfd: pytest.CaptureFixture[str], command: str
) -> None:
    assert main([command, "--help"]) == 0
    assert "\nexit status:\n  0 " in capfd.readouterr().out


def test_a_source_that_no_row_has_is_told(kg: wcograph.KnowledgeGraph) -> None:
    with pytest.warns(WcographWarning, match="no row of conventions-in-force-count has a source"):
        kg.query("conventions-in-force-count", source="customs-comoros", sources=True).rows()
