"""The quality checks: each finds what its fixture has, nothing in the graph, and says where.

``tests/checks/NAME.ttl`` has the oddity that ``queries/checks/NAME.rq`` looks for, beside what is right, and
``NAME.tsv`` the rows that it must give. ``pytest tests/test_checks.py --write-expected`` writes the rows anew;
read the difference!
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pyoxigraph as ox
import pytest

from wcograph import checks, layout
from wcograph.cli import main
from wcograph.derive import derive
from wcograph.toolbox.errors import InputError
from wcograph.toolbox.shacl.graph import Graph
from wcograph.validation import built_in_files, check_files

ROOT = Path(__file__).parent.parent
FIXTURES = Path(__file__).parent / "checks"
NODE = ox.NamedNode("https://w3id.org/wcograph/id/wco")
CHECKS = {check.name: check for check in checks.read_checks(str(ROOT)) if check.query}


@pytest.fixture(scope="module")
def store() -> ox.Store:
    """The graph as the checks see it."""
    return load_store(*built_in_files(layout.root())[0])


def load_store(*files: str) -> ox.Store:
    """What the files state, and what follows from it by the graph's own rules."""
    store = ox.Store()
    for file in files:
        store.load(path=file)
    made = {triple for triples in derive(str(ROOT), store).values() for triple in triples}
    store.extend(ox.Quad(*triple) for triple in made)
    return store


def tsv(rows: list[checks.Row]) -> str:
    lines = ["\t".join(checks.COLUMNS)]
    for row in rows:
        lines.append("\t".join([str(row.entity), str(row.property or ""), str(row.value or ""), row.message]))
    return "\n".join(lines) + "\n"


@pytest.mark.quick(4)
@pytest.mark.parametrize("name", CHECKS)
def test_a_check_gives_exactly_the_rows_of_its_fixture(name: str, request: pytest.FixtureRequest) -> None:
    store = load_store(str(FIXTURES / f"{name}.ttl"))
    found = tsv(checks.rows_of(CHECKS[name], store))
    path = FIXTURES / f"{name}.tsv"
    if request.config.getoption("--write-expected"):
        path.write_text(found, encoding="utf-8", newline="")
    assert found.count("\n") > 1, "the fixture does not make the check fail"
    assert found == path.read_text(encoding="utf-8")


def test_each_check_has_a_fixture_and_each_fixture_a_check() -> None:
    assert {path.name for path in FIXTURES.iterdir()} == {
        f"{n}{end}" for n in CHECKS for end in (".ttl", ".tsv")
    }


@pytest.mark.quick
def test_the_checks_find_nothing_in_the_graph(store: ox.Store) -> None:
    rows = checks.run([*CHECKS.values(), *(c for c in checks.read_checks(str(ROOT)) if not c.query)], store)
    assert tsv(rows) == tsv([])


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_speaks_of_the_whole_graph_in_less_than_a_few_seconds(name: str, store: ox.Store) -> None:
    """Every check also gives its rows in the order of entity, property, value and message."""
    rows = checks.rows_of(CHECKS[name], store)
    keys = [[str(part or "") for part in (r.entity, r.property, r.value, r.message)] for r in rows]
    assert keys == sorted(keys)


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_declares_the_prefixes_that_it_uses_and_no_other(name: str) -> None:
    query = CHECKS[name].query
    ox.Store().query(query)
    for line in re.findall(r"(?m)^PREFIX .*\n", query):
        with pytest.raises(SyntaxError):
            ox.Store().query(query.replace(line, ""))


@pytest.mark.parametrize("name", CHECKS)
def test_a_message_says_what_is_wrong_and_the_solution_what_to_do(name: str) -> None:
    rows = (FIXTURES / f"{name}.tsv").read_text(encoding="utf-8").splitlines()[1:]
    assert all(row.rpartition("\t")[2].endswith(".") for row in rows)
    assert CHECKS[name].solution.endswith(".")
    assert not CHECKS[name].title.endswith(".")


# Exceptions


EXCEPTION = """
    @prefix wco: <https://w3id.org/wcograph/ns#> .
    @prefix wcoid: <https://w3id.org/wcograph/id/> .
    @prefix wcoq: <https://w3id.org/wcograph/query/> .
    wcoid:exception-a a wco:DocumentedException ; wco:excusesFrom wcoq:theme-year-twice ; wco:excuses %s .
"""


def themes_with(exception: str) -> list[checks.Row]:
    store = load_store(str(FIXTURES / "theme-year-twice.ttl"))
    store.load(exception.encode(), format=ox.RdfFormat.TURTLE)
    every = checks.read_checks(str(ROOT))
    return checks.run([check for check in every if check.name in ("theme-year-twice", checks.UNUSED)], store)


def test_a_documented_exception_excuses_its_entity_from_its_check() -> None:
    assert themes_with(EXCEPTION % "wcoid:theme-2022") == []


def test_an_exception_that_excuses_nothing_is_found() -> None:
    names = [row.check.name for row in themes_with(EXCEPTION % "wcoid:theme-2023")]
    assert names == ["theme-year-twice", "exception-unused"]


def test_every_exception_of_the_graph_has_a_reason_and_names_a_check(store: ox.Store) -> None:
    solutions = store.query(
        """SELECT ?exception ?check ?note ?source WHERE {
            ?exception a wco:DocumentedException ; wco:excusesFrom ?check ; dcterms:source ?source .
            OPTIONAL { ?exception skos:note ?note }
        }""",
        prefixes=layout.PREFIXES,
    )
    rows = list(solutions)  # type: ignore[arg-type]
    assert rows
    for row in rows:
        assert row["note"] is not None, row["exception"]
        assert row["check"].value.removeprefix(layout.PREFIXES["wcoq"]) in CHECKS


# Findings, and the command line


def broken(tmp_path: Path) -> Path:
    """A copy of the graph in which a theme has the year of another."""
    import shutil

    for folder in ("ontology", "data", "queries"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    path = tmp_path / "data/themes.ttl"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('wco:themeYear "2013"', 'wco:themeYear "2012"'), encoding="utf-8")
    return path


def test_a_finding_has_the_place_of_its_triple_and_the_severity_of_the_profile(tmp_path: Path) -> None:
    path = broken(tmp_path)
    result = check_files(str(tmp_path))
    found = [one for one in result.findings if one.shape.endswith("/theme-year-twice>")]
    assert [os.path.realpath(one.file or "") for one in found] == [str(path)]
    assert found[0].severity == "violation"
    assert found[0].line is not None and found[0].hint == CHECKS["theme-year-twice"].solution
    line = path.read_text(encoding="utf-8").splitlines()[found[0].line - 1]
    assert line.strip().startswith('wco:themeYear "2012"')
    assert {str(check.iri) for check in CHECKS.values()} < set(result.rules)


def test_the_rows_of_a_check_become_results_of_the_report(tmp_path: Path) -> None:
    broken(tmp_path)
    graph = Graph()
    graph.load(load_store(str(FIXTURES / "theme-year-twice.ttl")))
    asked, results = checks.ask(str(tmp_path), graph)
    assert {check.name for check in asked} == {*CHECKS, checks.UNUSED}
    (one,) = {(one.shape, one.severity) for one in results if one.shape == CHECKS["theme-year-twice"].iri}
    assert one[1].value == layout.PREFIXES["sh"] + "Violation"  # type: ignore[union-attr]


def test_validate_runs_the_checks_when_it_judges_the_graph_itself(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["validate", "-f", "junit"]) == 0
    assert "query/theme-year-twice" in capfd.readouterr().out
    monkeypatch.setattr(checks, "run", lambda asked, _: [checks.Row(asked[0], NODE, None, None, "Odd.")])
    assert main(["validate"]) == 1
    assert "Odd." in capfd.readouterr().out


# Files of users


PREFIX = "".join(
    f"@prefix {prefix}: <{layout.PREFIXES[prefix]}> .\n"
    for prefix in ("org", "rdf", "sh", "wco", "wcoid", "wcosrc", "wcov", "skos", "dcterms", "schema", "xsd")
)
JOINED = """
    wcoid:polity-XXA a wco:Polity ; skos:prefLabel "Newland"@en ; wco:polityKind wcov:state ;
        wco:iso3166Alpha2 "XX" ; wco:iso3166Alpha3 "XXA" ; wco:iso3166Numeric "999" ;
        dcterms:source wcosrc:wco-council-2023 .
    wcoid:membership-XXA-1 a org:Membership ; org:member wcoid:polity-XXA ; org:organization wcoid:wco ;
        org:role wcov:member-role ; schema:startDate "2026"^^xsd:gYear ; dcterms:source wcosrc:wco-council-2023 .
    wcoid:membership-XXA-asia-pacific-1 a org:Membership ; org:member wcoid:polity-XXA ;
        org:organization wcoid:region-asia-pacific ; org:role wcov:region-member-role ;
        dcterms:source wcosrc:wco-council-2023 .
"""
MEMBERS_ONLY = """
    <https://example.org/shape> a sh:NodeShape ; sh:targetNode wcoid:polity-%s ; sh:class wco:Member .
"""


def written(path: Path, turtle: str) -> str:
    path.write_text(PREFIX + turtle, encoding="utf-8")
    return str(path)


def test_a_file_is_judged_by_the_checks_as_far_as_they_are_about_its_subjects(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    thing = 'wcoid:x a wco:Bodyy ; wco:cty "a" ; wco:city "b"@en ; wco:memberCount "many" .'
    assert main(["validate", written(tmp_path / "thing.ttl", thing)]) == 1
    out = capfd.readouterr().out
    assert "The ontology does not declare the class wco:Bodyy." in out
    assert "The ontology does not declare the property <https://w3id.org/wcograph/ns#cty>." in out
    assert 'The value of "city", b, is not a well-formed xsd:string.' in out
    assert 'The value of "number of Members", many, is not a well-formed xsd:integer.' in out


def test_a_file_that_adds_a_member_conforms(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", written(tmp_path / "joined.ttl", JOINED)]) == 0, capfd.readouterr().out


def test_a_second_open_membership_in_a_file_is_found(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The other membership is in the graph."""
    again = JOINED.replace("polity-XXA", "polity-PLW").replace("XXA", "PLA")
    again = again[again.index("wcoid:membership") :]
    assert main(["validate", written(tmp_path / "again.ttl", again)]) == 1
    assert (
        "Palau has another membership without an end: World Customs Organization." in capfd.readouterr().out
    )


@pytest.mark.parametrize(("code", "status"), [("TUR", 0), ("EU", 1), ("PRK", 1)])
def test_a_shape_of_users_asks_of_the_graph_who_is_a_member(tmp_path: Path, code: str, status: int) -> None:
    """The European Union has rights akin to membership; North Korea never joined."""
    shapes = written(tmp_path / "shapes.ttl", MEMBERS_ONLY % code)
    assert main(["validate", "--shapes", shapes]) == status


@pytest.mark.parametrize(("ended", "status"), [("", 0), ('schema:endDate "2027"^^xsd:gYear ;', 1)])
def test_a_shape_of_users_asks_of_a_file_who_is_a_member(tmp_path: Path, ended: str, status: int) -> None:
    shapes = written(tmp_path / "shapes.ttl", MEMBERS_ONLY % "XXA")
    data = written(
        tmp_path / "data.ttl",
        JOINED.replace("org:role wcov:member-role ;", f"org:role wcov:member-role ; {ended}"),
    )
    assert main(["validate", data, "--shapes", shapes, "--context", "graph"]) == status


# Ill-formed checks


@pytest.mark.parametrize(
    ("profile", "query", "message"),
    [
        ('[severities]\na = "violation"', None, "names checks that do not exist: a"),
        ('[severities]\na = "bad"', "", "'bad' is not a severity"),
        ("severities = 1", "", "needs one table"),
        ("[", "", "is not TOML"),
        ("[severities]", "#+ title: A\n#+ description: B\n#+ solution: C\nASK {}", "has no severity"),
        ('[severities]\na = "info"', "#+ title: A\n#+ description: B\nASK {}", "needs solution"),
        ('[severities]\na = "info"', "ASK {}", "needs description and solution"),
    ],
)
def test_an_ill_formed_check_or_profile_is_refused(
    tmp_path: Path, profile: str, query: str | None, message: str
) -> None:
    folder = tmp_path / "queries" / "checks"
    folder.mkdir(parents=True)
    (folder / "profile.toml").write_text(profile)
    if query is not None:
        (folder / "a.rq").write_text(query)
    with pytest.raises(InputError, match=message):
        checks.read_checks(str(tmp_path))


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("ASK {}", "is not a SELECT of"),
        ("SELECT ?entity {}", "is not a SELECT of"),
        ("SELECT ?entity ?property ?value ?message {}", "without an entity or a message"),
        ("SELECT ?entity", "the query is incomplete"),
    ],
)
def test_a_query_that_is_no_check_is_refused(query: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        checks.rows_of(checks.Check("a", "A", "B", "C", "info", query), ox.Store())
