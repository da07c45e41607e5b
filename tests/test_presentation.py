"""Answers for people: tables that fit the terminal, headings, notes below, and what the last lines say."""

from __future__ import annotations

import io
import re

import pyoxigraph as ox
import pytest

import wcograph
from test_queries import _calls
from wcograph.toolbox.errors import UsageError
from wcograph.toolbox.sparql.presentation import Presentation
from wcograph.toolbox.sparql.resultformats import write
from wcograph.toolbox.sparql.results import Answer
from wcograph.toolbox.sparql.tables import _width, terminal

LONGEST_WORD = 28  # a word that is longer is cut where its column is narrower


@pytest.fixture(scope="module")
def kg(kg_with_hs: wcograph.KnowledgeGraph) -> wcograph.KnowledgeGraph:
    """The graph with an import of small tables, which the questions about the Harmonized System need."""
    return kg_with_hs


def shown(answer: Answer, room: int, **options: bool) -> list[str]:
    return "".join(terminal(answer.table(**options), room)).splitlines()


def text(answer: Answer, room: int = 0) -> str:
    return "\n".join(shown(answer, room))


def answer_of(
    rows: list[tuple[object, ...]], columns: dict[str, dict[str, object]], language: str = "en"
) -> Answer:
    terms = [
        tuple(one if one is None or isinstance(one, ox.NamedNode) else ox.Literal(one) for one in row)  # type: ignore[call-overload]
        for row in rows
    ]
    show = Presentation("Title", columns, language)
    return Answer("SELECT", list(columns), terms, presentation=show, prefixes={"e": "http://e/"})


@pytest.mark.quick(6)
@pytest.mark.parametrize(("name", "parameters"), _calls(), ids=lambda part: str(part))
def test_every_answer_fits_the_terminal_and_no_word_is_cut(
    kg: wcograph.KnowledgeGraph, name: str, parameters: dict[str, str]
) -> None:
    answer = kg.query(name, limit=100, **parameters)
    for room in (80, 120):
        lines = shown(answer, room)
        assert max(map(_width, lines)) <= room
        again = answer.table()
        cells = [cell.lstrip("\N{NO-BREAK SPACE}") for column in again.columns for cell in column.cells]
        words = {w for cell in [*cells, *again.notes] for w in cell.split(" ")}
        words = {word for word in words if _width(word) <= LONGEST_WORD and "://" not in word}
        hidden = re.search(r"for lack of room|faute de place", "\n".join(lines))
        there = {word.lstrip("\N{NO-BREAK SPACE}") for line in lines for word in re.split(r" +", line)}
        assert hidden or not words - there - {""}


def test_sources_and_labels_fit_too(kg: wcograph.KnowledgeGraph) -> None:
    for options in ({"sources": True}, {"sources": "each"}, {"labels": True}):
        for room in (20, 80):
            answer = kg.query("who-joined", since="2018-01-01", **options)  # type: ignore[arg-type]
            assert max(map(_width, shown(answer, room))) <= room


def test_a_width_is_taken_from_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = answer_of([("one two three four five six", 1), ("b", 2)], {"a": {}, "n": {}})
    for columns, widest in (("24", 24), ("200", 30), ("wide", 30)):
        monkeypatch.setenv("COLUMNS", columns)
        stream = io.BytesIO()
        write(answer, "table", stream)
        assert max(map(len, stream.getvalue().decode().splitlines())) == widest


@pytest.mark.quick
def test_what_all_rows_share_is_above_and_what_none_has_below() -> None:
    columns = {"conventionName": {}, "name": {"en": "Party"}, "left": {"en": "Left"}, "day": {"quiet": True}}
    lines = shown(answer_of([("ATA", "Palau", None, None), ("ATA", "Fiji", None, None)], columns), 80)
    assert lines == [
        "Convention  ATA",
        "",
        "Party",
        "─────",
        "Palau",
        "Fiji",
        "",
        "Empty in every row: Left.",
        "2 rows",
    ]


def test_one_row_is_a_list_of_facts() -> None:
    assert shown(answer_of([(17, "x")], {"n": {"en": "In force"}, "t": {}}), 80)[:2] == [
        "In force  17",
        "T         x",
    ]


def test_a_long_remark_is_a_note_and_a_repeated_one_is_there_once() -> None:
    long = "a remark that is longer than a column should be"
    rows = [("Palau", long), ("Fiji", None), ("Samoa", long)]
    lines = shown(answer_of(rows, {"name": {}, "remark": {"note": "true"}}), 80)
    assert lines[2:] == ["Palau  1", "Fiji", "Samoa  1", "", f"1  {long}", "", "3 rows"]
    short = shown(
        answer_of([("Palau", "brief"), ("Fiji", None)], {"name": {}, "remark": {"note": "true"}}), 80
    )
    assert short[2] == "Palau  brief"


def test_iris_are_hidden_unless_asked_for() -> None:
    answer = answer_of(
        [(ox.NamedNode("http://e/a"), "A"), (ox.NamedNode("http://e/b"), "B")], {"x": {}, "name": {}}
    )
    assert shown(answer, 80)[0] == "Name"
    assert shown(answer, 80, iris=True)[2] == "http://e/a  A"
    only = Answer("SELECT", ["x"], [(ox.NamedNode("http://e/a"),)] * 2, prefixes={"e": "http://e/"})
    assert shown(only, 80) == ["x", "───", "e:a", "e:a", "", "2 rows"]


def test_trees_are_indented_shares_are_percentages_and_words_are_translated() -> None:
    columns: dict[str, dict[str, object]] = {
        "name": {"indent": "level"}, "level": {}, "share": {"unit": "unit", "qualifier": "q"}, "unit": {},
        "q": {"words": {"approximately": {"en": "about", "fr": "environ"}}}, "yes": {"fr": "Oui ?"},
    }  # fmt: skip
    rows = [("Council", 1, 0.75, "share", "approximately", True), ("Committee", 2, 98, "%", None, False)]
    found = text(answer_of(rows, columns, "fr")).replace("\N{NO-BREAK SPACE}", " ").splitlines()
    assert found[0].split("  ")[-1].strip() == "Oui ?"
    assert [line.rstrip() for line in found[2:4]] == [
        "Council      environ 75 %  oui",
        "  Committee          98 %  non",
    ]


def test_columns_that_may_be_left_out_are_named() -> None:
    columns = {"a": {}, "b": {"en": "Bee", "spare": "true"}}
    lines = shown(answer_of([("x" * 28, "y" * 25), ("z", "w")], columns), 45)
    assert lines[0] == "A" and "Not shown, for lack of room: Bee (-f csv)." in lines


def test_an_answer_says_how_many_rows_which_day_and_how_complete(kg: wcograph.KnowledgeGraph) -> None:
    last = shown(kg.query("contracting-parties", convention="ATA", as_of="2000-12-31"), 0)[-1]
    assert re.fullmatch(
        r"64 rows \(as of 2000-12-31\): \d+ certainly, \d+ possibly · Parties of the ATA Convention: partial list "
        r"\(others may belong to it\), as of 2006-07", last
    )  # fmt: skip
    french = shown(kg.query("contracting-parties", convention="ATA", lang="fr"), 0)[-1]
    assert french.endswith("(d’autres peuvent en être), au 2006-07") and "lignes" in french
    cut = shown(kg.query("members", limit=3), 0)[-1]
    assert cut.startswith("the first 3 rows · Members of the WCO: full list")


@pytest.mark.quick
def test_a_party_list_says_who_is_in_another_list(kg: wcograph.KnowledgeGraph) -> None:
    found = text(kg.query("contracting-parties", convention="istanbul-1990"))
    assert "2 national approval: North Macedonia, Uzbekistan" in found
    assert "(wcograph query treaty-actions --convention istanbul-1990 --binds false)" in found
    listed = {row["name"] for row in kg.query("contracting-parties", convention="istanbul-1990").to_dicts()}
    left_out = kg.query("treaty-actions", convention="istanbul-1990", binds=False).to_dicts()
    assert {row["name"] for row in left_out} - listed >= {"North Macedonia", "Uzbekistan", "Morocco"}


def test_every_column_of_every_question_has_a_heading_in_both_languages(kg: wcograph.KnowledgeGraph) -> None:
    missing = [
        f"{query.name} {variable}"
        for query in kg.queries
        for variable, column in query.columns.items()
        if not column.get("en")
    ]
    assert not missing


def test_everything_that_an_answer_prints_can_be_described(kg: wcograph.KnowledgeGraph) -> None:
    nodes = {
        term
        for name, parameters in _calls()
        if "lang" not in parameters
        for row in kg.query(name, limit=40, **parameters).rows()
        for term in row
        if isinstance(term, ox.NamedNode)
    }
    assert len(nodes) > 300 and ox.NamedNode("http://www.wikidata.org/entity/Q7159") in nodes
    for node in nodes:
        kg.bound("describe", entity=node)
    for iri in (
        "http://www.wikidata.org/entity/Q7159",
        "wco:Member",
        "wcoid:membership-PLW-1",
        "wcov:accession",
    ):
        assert kg.query("describe", entity=iri)
    with pytest.raises(UsageError, match="there is no resource"):
        kg.bound("describe", entity="http://www.wikidata.org/entity/Q0")


def test_a_description_reads_like_a_page(kg: wcograph.KnowledgeGraph) -> None:
    lines = shown(kg.query("describe", entity="wcoid:membership-PLW-1"), 100)
    assert lines[2] == "What it is"
    assert not any(re.match(r"(earliest|latest) ", line) for line in lines)
    assert any(re.match(r"known to last until +2025-09-17", line) for line in lines)
    starts = [line.split("  ")[0] for line in lines if line and not line.startswith(" ")]
    assert starts.index("start date") < starts.index("member") < starts.index("source")
    palau = shown(kg.query("describe", entity="Palau"), 100)
    assert any(re.search(r"Palau - World Customs Organization +2024-02-02", line) for line in palau)
    undated = text(kg.query("describe", entity="wcoid:action-ccc-1950-PLW-party-unspecified"), 100)
    assert re.search(r"began on or after +2015-06-02", undated)


def test_why_follows_a_membership(kg: wcograph.KnowledgeGraph) -> None:
    found = kg.why("Palau", "start date", "2024-02-02")
    assert found and str(found.statement[0]) == "<https://w3id.org/wcograph/id/membership-PLW-1>"
    assert found.to_text().startswith(
        "not of wcoid:polity-PLW itself, but of a node with org:member wcoid:polity-PLW:\n"
    )
    assert "data/memberships.ttl" in found.to_text() and found.to_dict()["note"]
    assert not kg.why("Palau", "start date", "2017-01-25")
    assert "note" not in kg.why("wcoid:membership-PLW-1", "start date", "2024-02-02").to_dict()


def test_a_blank_has_its_reason(kg: wcograph.KnowledgeGraph) -> None:
    for name, blank, parameters in (
        ("contracting-parties", "latestStart", {"convention": "istanbul-1990"}),
        ("office-holders", "from", {}),
        ("members", "since", {"as_of": "1991-12-31"}),
        ("regional-offices", "hostName", {"kind": "rilo"}),
    ):
        rows = kg.query(name, **parameters).to_dicts()
        assert any(row[blank] is None for row in rows)
        assert all(row["whyUnknown"] for row in rows if row[blank] is None)


def test_each_figure_cites_its_own_source(kg: wcograph.KnowledgeGraph) -> None:
    rows = kg.query("harmonized-system-editions", sources="each").to_dicts()
    cited = {
        column: {source for row in rows for source in row[column]}
        for column in rows[0]
        if column.endswith("Sources")
    }
    assert cited["headingsSources"] and cited["headingsSources"] != cited["subheadingsSources"]


def test_a_total_is_that_of_the_day_asked_for(kg: wcograph.KnowledgeGraph) -> None:
    assert {
        row["parties"]
        for row in kg.query("party-counts", convention="hs-1983", as_of="2000-12-31").to_dicts()
    } == {27}
    year = kg.query("membership-growth", year=1991).to_dicts()[0]
    last = shown(kg.query("members", as_of="1991-12-31"), 0)[-1]
    assert f"{year['total']} certainly, {year['undecided']} possibly" in last


def test_a_value_that_repeats_is_in_each_block(kg: wcograph.KnowledgeGraph) -> None:
    rows = [("Chairperson", "x" * 30), ("Chairperson", "y" * 30), ("Head", "z" * 30)]
    lines = shown(answer_of(rows, {"post": {"once": "true"}, "name": {}}), 30)
    assert sum("Chairperson" in line for line in lines) == 2
    wide = shown(answer_of(rows, {"post": {"once": "true"}, "name": {}}), 80)
    assert sum("Chairperson" in line for line in wide) == 1


def test_a_count_of_one_list_names_its_source_and_what_it_leaves_out(kg: wcograph.KnowledgeGraph) -> None:
    found = text(kg.query("conventions-in-force-count"))
    assert "according to one source, The World Customs Organization (WCO) (Turkish ministry" in found
    assert "2 not in force: ITI Convention, Johannesburg Convention" in found
    assert "(wcograph query conventions --status not-in-force)" in found
    left_out = text(kg.query("contracting-parties", convention="ATA", as_of="2000-12-31"))
    assert "--as-of is not asked for" in left_out


def test_rows_that_are_cut_do_not_make_others_seem_left_out(kg: wcograph.KnowledgeGraph) -> None:
    assert "Not in this list" not in text(
        kg.query("contracting-parties", convention="istanbul-1990", limit=3)
    )
    page = kg.query("contracting-parties", convention="hs-1983")._repr_html_()
    assert "the first 100 rows" in page and "Not in this list" not in page


def test_csv_does_not_pay_for_what_tables_need(kg: wcograph.KnowledgeGraph) -> None:
    answer = kg.query("members")
    stream = io.BytesIO()
    write(answer, "csv", stream)
    assert stream.getvalue().startswith(b"code,name,kindName,regionName,since")
    assert callable(answer._origin._presented)  # type: ignore[union-attr]
