"""The quality checks: each finds what its fixture has, nothing in the graph, and says where.

``tests/checks/NAME.ttl`` has the oddity that ``queries/checks/NAME.rq`` looks for, beside what is right, and
``NAME.tsv`` the rows that it must give. ``pytest tests/test_checks.py --write-expected`` writes the rows anew;
read the difference!
"""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

from wcograph import checks, layout
from wcograph.cli import main
from wcograph.errors import InputError
from wcograph.rdf.reading import Source, read, union
from wcograph.shacl.result import built_in_files
from wcograph.shacl.validate import Validation, load_store

ROOT = Path(__file__).parent.parent
FIXTURES = Path(__file__).parent / "checks"
NODE = ox.NamedNode("https://w3id.org/wcograph/id/wco")
CHECKS = {check.name: check for check in checks.read_checks(str(ROOT)) if check.query}


@pytest.fixture(scope="module")
def data() -> list[Source]:
    """The files of the graph itself."""
    return built_in_files(layout.root())[0]


@pytest.fixture(scope="module")
def store(data: list[Source]) -> ox.Store:
    """The graph as the checks see it."""
    return load_store(union(data))


def tsv(rows: list[checks.Row]) -> str:
    lines = ["\t".join(checks.COLUMNS)]
    for row in rows:
        lines.append("\t".join([str(row.entity), str(row.property or ""), str(row.value or ""), row.message]))
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_gives_exactly_the_rows_of_its_fixture(name: str, request: pytest.FixtureRequest) -> None:
    store = load_store(read(str(FIXTURES / f"{name}.ttl")).quads)
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
    wcoid:exception-a a wco:DocumentedException ; wco:exceptionTo wcoq:theme-year-twice ; wco:exceptionFor %s .
"""


def themes_with(exception: str) -> list[checks.Row]:
    store = load_store(read(str(FIXTURES / "theme-year-twice.ttl")).quads)
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
            ?exception a wco:DocumentedException ; wco:exceptionTo ?check ; dcterms:source ?source .
            OPTIONAL { ?exception skos:note ?note }
        }""",
        prefixes=layout.PREFIXES,
    )
    rows = list(solutions)  # type: ignore[arg-type]
    assert rows
    for row in rows:
        assert row["note"] is not None, row["exception"]  # type: ignore[index]
        assert row["check"].value.removeprefix(layout.PREFIXES["wcoq"]) in CHECKS  # type: ignore[index]


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
    every = [read(str(file)) for file in sorted((tmp_path / "data").rglob("*.ttl"))]
    asked, rows = checks.ask(str(tmp_path), load_store(union(every)))
    found = [one for one in checks.findings(rows, every) if one.shape.endswith("/theme-year-twice>")]
    assert [one.file for one in found] == [str(path)]
    assert found[0].severity == "violation"
    assert found[0].line is not None and found[0].hint == CHECKS["theme-year-twice"].solution
    line = path.read_text(encoding="utf-8").splitlines()[found[0].line - 1]
    assert line.strip().startswith('wco:themeYear "2012"')
    assert {check.name for check in asked} == {*CHECKS, checks.UNUSED}


def test_a_report_gets_the_rows_as_results() -> None:
    rows = checks.rows_of(
        CHECKS["theme-year-twice"], load_store(read(str(FIXTURES / "theme-year-twice.ttl")).quads)
    )
    sh = layout.PREFIXES["sh"]
    report = checks.results(rows, [])
    said = [(t.predicate.value.removeprefix(sh), str(t.object)) for t in report]
    assert ("conforms", '"false"^^<http://www.w3.org/2001/XMLSchema#boolean>') in said
    assert ("sourceShape", str(CHECKS["theme-year-twice"].iri)) in said
    assert checks.results([], []) == []


def test_validate_runs_the_checks_when_it_judges_the_graph_itself(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The shapes are left out here: they take long, and have tests of their own."""
    monkeypatch.setattr("wcograph.shacl.validate.validate", lambda *_, **__: Validation(None, None, []))
    assert main(["validate", "-f", "junit"]) == 0
    assert "query/theme-year-twice" in capfd.readouterr().out
    monkeypatch.setattr(checks, "run", lambda asked, _: [checks.Row(asked[0], NODE, None, None, "Odd.")])
    assert main(["validate"]) == 1
    assert "Odd." in capfd.readouterr().out


# Ill-formed checks


@pytest.mark.parametrize(
    ("profile", "query", "message"),
    [
        ('[severities]\na = "violation"', None, "names checks that are not there: a"),
        ('[severities]\na = "bad"', "", "'bad' is no severity"),
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
        ("ASK {}", "is no SELECT of"),
        ("SELECT ?entity {}", "is no SELECT of"),
        ("SELECT ?entity ?property ?value ?message {}", "without an entity or a message"),
        ("SELECT ?entity", "error at"),
    ],
)
def test_a_query_that_is_no_check_is_refused(query: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        checks.rows_of(checks.Check("a", "A", "B", "C", "info", query), ox.Store())
