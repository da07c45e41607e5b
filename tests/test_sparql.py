"""SPARQL as text: tokens, what is refused before evaluation, and terms in the place of parameters."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wcograph.toolbox.errors import InputError, UsageError
from wcograph.toolbox.sparql.binding import bind, parameter_rows
from wcograph.toolbox.sparql.refusals import check
from wcograph.toolbox.sparql.tokens import tokens


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { ?s ?p 'DROP ALL' } # SERVICE <http://e>",
        'ASK { ?s ?p """a " quote and } FROM""" }',
        "PREFIX e: <http://e/> SELECT * { ?s e:service ?o . ?o e:FROM e:a.SERVICE }",
        "BASE <http://insert/> CONSTRUCT WHERE { <delete> ?p ?o }",
        "DESCRIBE <http://e/\\u0046ROM>",
        "SELECT (COUNT(?insert) AS ?n) { ?insert ?delete ?load }",
        "SELECT * { ?s ?p ?o FILTER(?o<3 && ?o >-1) }",
    ],
)
def test_words_in_strings_names_and_comments_are_no_keywords(text: str) -> None:
    assert check(text) in ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
    ox.Store().query(text)  # the engine agrees that it is a query


@pytest.mark.quick
@pytest.mark.parametrize(
    "text",
    [
        "INSERT DATA { <http://e/a> <http://e/b> 1 }",
        "PREFIX e: <http://e/> DELETE WHERE { ?s ?p ?o }",
        "with <http://e/g> delete { ?s ?p ?o } where { ?s ?p ?o }",
        "DROP ALL",
        "LOAD <http://e/x>",
        "# SELECT\nCLEAR DEFAULT",
    ],
)
def test_an_update_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="update"):
        check(text)


@pytest.mark.quick
@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("SELECT * { SERVICE <http://e/> { ?s ?p ?o } }", "SERVICE"),
        ("SELECT * { service silent ?s { ?s ?p ?o } }", "SERVICE"),
        # the engine needs no space behind a keyword, nor before it
        ("PREFIX : <http://e/> SELECT ?s { SERVICE:a { ?s ?p ?o } }", "SERVICE"),
        ("PREFIX x: <http://e/> SELECT ?s { SERVICEx:a { ?s ?p ?o } }", "SERVICE"),
        ("PREFIX : <http://e/> SELECT ?s { ?s ?p ?o.SERVICE:a { ?s ?p ?o } }", "SERVICE"),
        ("PREFIX : <http://e/> SELECT ?s { ?s ?p true.SERVICE:a { ?s ?p ?o } }", "SERVICE"),
        ("PREFIX : <http://e/> SELECT ?s { ?s ?p 1.SERVICE:a { ?s ?p ?o } }", "SERVICE"),
        ("SELECT ?s { SERVICESILENT<http://e/> { ?s ?p ?o } }", "SERVICE"),
        ("SELECT ?s { ?s ?p trueSERVICE<http://e/> { ?s ?p ?o } }", "SERVICE"),
        ("PREFIX service: <http://e/> SELECT ?s { service:a { ?s ?p ?o } }", "SERVICE"),
        ("PREFIX xService: <http://e/> SELECT ?s { GRAPH ?g {} xService:a { ?s ?p ?o } }", "SERVICE"),
    ],
)
def test_what_reaches_over_the_network_is_refused(text: str, word: str) -> None:
    with pytest.raises(UsageError, match=word):
        check(text)
    assert check(text, allow_service=True) == "SELECT"


@pytest.mark.quick
@pytest.mark.parametrize("bracket", ["{", "(", "[", "<< "])
def test_deep_nesting_is_refused_before_the_engine_sees_it(bracket: str) -> None:
    with pytest.raises(InputError, match="nested"):
        check("SELECT * { " + bracket * 5000)


def test_a_place_that_begins_no_token_is_told_by_line_and_column() -> None:
    with pytest.raises(InputError, match=r"^q:2:9: "):
        check('SELECT *\n{ ?s ?p "open }', "q")


def test_a_text_without_a_form_is_no_query() -> None:
    with pytest.raises(InputError, match="is not a query"):
        check("PREFIX e: <http://e/>")


def test_only_whole_parameter_rows_are_found() -> None:
    text = """
    # VALUES ?a { UNDEF }
    SELECT ("VALUES ?b { UNDEF }" AS ?c) {
      VALUES ?d { UNDEF }
      VALUES (?e ?f) { (1 2) }
      VALUES ?g { <http://e/> "a}" }
    }"""
    assert {name: [row[2] for row in rows] for name, rows in parameter_rows(text).items()} == {
        "d": ["UNDEF"],
        "g": ['<http://e/> "a}"'],
    }


@pytest.mark.quick
def test_binding_needs_exactly_one_row() -> None:
    with pytest.raises(InputError, match="2 rows"):
        bind("SELECT * { VALUES ?x { 1 } { VALUES ?x { 2 } } }", {"x": ["3"]})


@settings(max_examples=300)
@given(st.text())
def test_a_bound_literal_is_only_a_value(value: str) -> None:
    text = bind("SELECT ?x { VALUES ?x { UNDEF } }", {"x": [ox.Literal(value)]})
    solutions = ox.Store().query(text)
    assert isinstance(solutions, ox.QuerySolutions)
    assert [solution["x"] for solution in solutions] == [ox.Literal(value)]
    check(text)


@settings(max_examples=300)
@given(st.text(alphabet="?$abc:<>{}()'\"\\.#@_1 \n"))
def test_tokens_cover_the_text_or_refuse_it(text: str) -> None:
    try:
        found = tokens(text)
    except InputError as error:
        assert error.line is not None
        return
    for token in found:
        assert text[token.offset : token.offset + len(token.text)] == token.text


@pytest.mark.parametrize(
    "less_than", ["1<?x", "?y<a:b", '"s"<1', "?y<urn:b", "true <?x", "EXISTS {} <?x", "'a'^^<a:b> <?x"]
)
def test_a_comparison_that_looks_like_an_iri_hides_nothing(less_than: str) -> None:
    with pytest.raises(InputError, match="comparison"):
        check(
            f"SELECT * {{\n FILTER({less_than}#>'''\n ) SERVICE <http://127.0.0.1:1/> {{?a ?b ?c}} #'''\n}}"
        )
    with pytest.raises(InputError, match="comparison"):  # brackets can be hidden so, too
        check(f"SELECT * {{\n FILTER({less_than}#>'''\n ) {{{{{{?a ?b ?c}}}}}} #'''\n}}")


@pytest.mark.parametrize(
    "text",
    [
        "ASK { FILTER(?o IN (<http://a#b>, <http://c#d>)) }",
        "SELECT * { VALUES (?a ?b) { (<http://a#b> <x>) } }",
    ],
)
def test_iris_in_brackets_are_iris(text: str) -> None:
    assert check(text)


@pytest.mark.parametrize("step", ["||true", "&&true", "+1", " UNION {}"])
def test_more_steps_than_the_engine_bears_are_refused(step: str) -> None:
    start = "ASK { {}" if "UNION" in step else "ASK { FILTER(true"
    with pytest.raises(InputError, match="more than 2,000 operators"):
        check(start + step * 9_000 + "}")


@pytest.mark.parametrize(
    "text", ["ASK { ?s ?p 1%s }", "ASK { ?s ?p (%s) }", "ASK {%s}", "SELECT (1 AS ?y) {} HAVING %s"]
)
@pytest.mark.parametrize("part", [",1", " 1", "{}", "(1) ", " LATERAL {}", "VALUES ?x {1}"])
def test_what_makes_the_engine_go_deeper_is_counted(text: str, part: str) -> None:
    with pytest.raises(InputError, match="more than 2,000 operators"):
        check(text % (part * 9_000))


@pytest.mark.parametrize(
    "rows", ["VALUES ?x {%s}" % ("1 " * 9_000), "VALUES (?x ?y) {%s}" % ("(1 <e:b>) " * 9_000)]
)
def test_long_lists_stand_in_values(rows: str) -> None:
    assert check(f"SELECT * {{ {rows} }}") == "SELECT"
