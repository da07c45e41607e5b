"""Every fact of the two documents is in the graph, and each row that says so can tell when it is not."""

from __future__ import annotations

import random
import re
import zlib

import pyoxigraph as ox
import pytest

from conftest import TABLES, needs_tables
from coverage_rows import (
    FACTS,
    Row,
    RowError,
    answered_queries,
    data_files,
    derived,
    guarded,
    guarded_by_answers,
    implied,
    is_true,
    load,
    matched,
    named_blanks,
    ontology_files,
    parse_rows,
    read_rows,
    template,
    triples,
    without,
)

ROWS = read_rows()

each_row = pytest.mark.parametrize("row", [pytest.param(row, id=row.fact) for row in ROWS])


@pytest.fixture(scope="module")
def graph() -> ox.Store:
    """All that a query sees before inference, in one graph."""
    return load(ontology_files() + data_files(), derived())


@pytest.fixture(scope="module")
def ontology() -> ox.Store:
    """All but what was edited by hand: what is derived must not make a row true by itself either."""
    return load(ontology_files(), derived())


@pytest.fixture(scope="module")
def asserted() -> frozenset[ox.Triple]:
    """The triples edited by hand, less what the ontology says anyway."""
    return triples(load(data_files())) - triples(load(ontology_files()))


@pytest.mark.quick
def test_each_fact_has_exactly_one_row() -> None:
    facts = [row.fact for row in ROWS]
    missing, unknown = sorted(set(FACTS) - set(facts)), sorted(set(facts) - set(FACTS))
    twice = sorted({fact for fact in facts if facts.count(fact) > 1})
    assert (missing, unknown, twice) == ([], [], [])


@pytest.mark.quick(11)
@each_row
def test_a_row_is_false_on_the_ontology_alone(row: Row, ontology: ox.Store) -> None:
    assert not is_true(row, ontology)


@pytest.mark.quick(44)
@each_row
def test_a_row_is_true_on_the_graph(row: Row, graph: ox.Store) -> None:
    assert is_true(row, graph), row.ask


@each_row
def test_a_row_is_false_without_the_data_that_it_is_about(
    row: Row, graph: ox.Store, asserted: frozenset[ox.Triple]
) -> None:
    taken = matched(row, graph) & asserted
    assert taken, "the row matches no triple of data/"
    with without(graph, taken):
        assert not is_true(row, graph)
    assert is_true(row, graph)


@needs_tables
def test_a_row_says_the_figures_of_its_fact() -> None:
    text = (TABLES.parent / "sources" / "facts.md").read_text("utf-8")
    objects = dict(re.findall(r"^\[(D\d-\d{3})\] .* \| (.*?) \| \"", text, re.MULTILINE))
    assert sorted(objects) == sorted(FACTS)
    unsaid = {
        row.fact: figures
        for row in ROWS
        if (
            figures := [
                figure for figure in re.findall(r"\d+", said(objects[row.fact])) if figure not in row.ask
            ]
        )
    }
    assert unsaid == {}


def said(fact_object: str) -> str:
    """Leave out what explains an object in the list of facts: remarks in brackets, "one of the 6 ..."."""
    return re.sub(r"\[.*?\]|\(.*?\)|\bone of the \d+", "", fact_object)


# The loss of one triple


def subjects_of(query: str, store: ox.Store) -> set[ox.NamedNode]:
    return {solution[0] for solution in store.query(query)}


WCO = "PREFIX dcterms: <http://purl.org/dc/terms/> PREFIX wco: <https://w3id.org/wcograph/ns#> "
SKOS = "http://www.w3.org/2004/02/skos/core#"
D1 = "<https://w3id.org/wcograph/source/trade-ministry-turkiye>"
RTC = "<https://w3id.org/wcograph/vocab/rtc>"
PRECIOUS = {
    "training centres": (
        f"{WCO} SELECT ?s {{ ?s a wco:RegionalOffice ; wco:officeKind {RTC} ; dcterms:source {D1} }}"
    ),
    "conventions": f"{WCO} SELECT ?s {{ ?s a wco:Convention ; dcterms:source {D1} }}",
    "hostings of training centres": (
        f"{WCO} SELECT ?s {{ ?s <http://www.w3.org/ns/org#organization> ?o ; dcterms:source {D1} . "
        f"?o wco:officeKind {RTC} }}"
    ),
    "claims": f"{WCO} SELECT ?s {{ ?s a wco:Claim }}",
}
SAMPLE = 400
HIDDEN_WORDS, HIDDEN_DIGEST = 223, "d682af70"  # of the values of skos:hiddenLabel, which no answer shows
COUNTS = {"training centres": 29, "hostings of training centres": 29, "conventions": 19}


@pytest.mark.quick
def test_no_word_to_search_by_is_lost(asserted: frozenset[ox.Triple]) -> None:
    words = sorted(str(triple) for triple in asserted if triple.predicate.value == f"{SKOS}hiddenLabel")
    digest = f"{zlib.crc32(chr(10).join(words).encode()):08x}"
    assert (len(words), digest) == (HIDDEN_WORDS, HIDDEN_DIGEST), "if you wanted this, write it there"


@pytest.mark.quick
@pytest.mark.parametrize("kind", COUNTS)
def test_the_first_document_has_its_number_of(kind: str, graph: ox.Store) -> None:
    assert len(subjects_of(PRECIOUS[kind], graph)) == COUNTS[kind]


@pytest.mark.parametrize("kind", PRECIOUS)
def test_the_loss_of_any_one_triple_makes_a_row_or_an_answer_fail_among_the(
    kind: str, graph: ox.Store, asserted: frozenset[ox.Triple]
) -> None:
    subjects = subjects_of(PRECIOUS[kind], graph)
    assert subjects
    # A further word to search by is not a fact; test_no_word_to_search_by_is_lost has these.
    targets = frozenset(
        triple
        for triple in asserted
        if triple.subject in subjects and triple.predicate != ox.NamedNode(f"{SKOS}hiddenLabel")
    )
    unguarded = targets - guarded(ROWS, graph, targets).keys()
    unguarded -= implied(graph, unguarded)
    if len(unguarded) > SAMPLE:  # each costs a tenth of a second
        unguarded = frozenset(random.Random(kind).sample(sorted(unguarded, key=str), SAMPLE))
    unguarded -= guarded_by_answers(answered_queries(), graph, unguarded).keys()
    assert sorted(map(str, unguarded)) == []


# The harness itself: each thing that it is there to find, found

EXAMPLE = """
# Facts about an example.

# D1-001 The example is large.
ASK { wcoid:example wco:size "large # } FILTER" ; dcterms:source ?source .
      FILTER(?source != <http://example.org/#>) }

# D1-002 Something is
# an example.
ASK { [] a wco:Example }
"""


def small(turtle: str) -> ox.Store:
    store = ox.Store()
    prefixes = (
        "@prefix wco: <https://w3id.org/wcograph/ns#> . @prefix wcoid: <https://w3id.org/wcograph/id/> ."
        "@prefix dcterms: <http://purl.org/dc/terms/> . "
    )
    store.load(prefixes + turtle, format=ox.RdfFormat.TURTLE)
    return store


def test_rows_are_read_with_their_place_and_words() -> None:
    rows = parse_rows(EXAMPLE, "a.rq")
    assert [(row.fact, row.text, row.place) for row in rows] == [
        ("D1-001", "The example is large.", "a.rq:4"),
        ("D1-002", "Something is an example.", "a.rq:8"),
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("# D1-001 A fact.\n\nASK { ?s ?p ?o }", "a.rq:1: D1-001 has no ASK"),
        ("# A fact.\nASK { ?s ?p ?o }", "a.rq:1: a query without a fact's id"),
        ("\n\n# D1-001\nASK { ?s ?p ?o }", "a.rq:3: D1-001 does not say its fact"),
    ],
)
def test_a_malformed_row_is_refused_with_its_place(text: str, problem: str) -> None:
    with pytest.raises(RowError, match=re.escape(problem)):
        parse_rows(text, "a.rq")


def test_the_triples_of_a_row_are_those_that_it_matches() -> None:
    store = small(
        'wcoid:example a wco:Example ; wco:size "large # } FILTER" ; dcterms:source wcoid:s, wcoid:t .'
    )
    large, example = parse_rows(EXAMPLE, "a.rq")
    assert len(matched(large, store)) == 3
    assert len(matched(example, store)) == 1


@pytest.mark.parametrize(
    ("pattern", "without_clauses"),
    [
        ('?s ?p "a" FILTER NOT EXISTS { ?s ?q 1 } ?s ?r 2', '?s ?p "a" . ?s ?r 2'),
        ("VALUES (?s ?o) { (1 2) } ?s ?p ?o FILTER(?o > (1))", "?s ?p ?o ."),
        ("?s ?p ?o . FILTER REGEX(STR(?o), '[)]') . ?o ?p 1", "?s ?p ?o . ?o ?p 1"),
        (
            '?s ?p "FILTER (" ; ?q <http://example.org/FILTER> .',
            '?s ?p "FILTER (" ; ?q <http://example.org/FILTER> .',
        ),
    ],
)
def test_a_filter_and_a_table_of_values_are_no_triples_of_a_row(pattern: str, without_clauses: str) -> None:
    assert template(pattern).split() == without_clauses.split()


def test_a_blank_node_of_a_row_is_read_as_a_variable() -> None:
    assert (
        named_blanks('[] wco:p _:a, "[]" . _:a wco:q 1') == '?blank_1 wco:p ?blank_a, "[]" . ?blank_a wco:q 1'
    )


@pytest.mark.parametrize(
    "pattern",
    ["?s wco:p/wco:q ?o", "?s wco:p ?o OPTIONAL { ?s wco:q ?r }", "{ ?s wco:p ?o } UNION { ?s wco:q ?o }"],
)
def test_a_row_that_is_more_than_a_basic_graph_pattern_is_refused(pattern: str) -> None:
    (row,) = parse_rows(f"# D1-001 A fact.\nASK {{ {pattern} }}", "a.rq")
    with pytest.raises(RowError, match="D1-001 is not a plain basic graph pattern"):
        matched(row, small("wcoid:s wco:p wcoid:o ."))


def test_a_triple_is_guarded_where_no_other_can_stand_in_for_it() -> None:
    store = small("wcoid:example a wco:Example ; wco:size 1, 2 ; wco:colour 3 .")
    rows = parse_rows("# D1-001 It has a size.\nASK { wcoid:example a wco:Example ; wco:size ?any }", "a.rq")
    everything = triples(store)
    assert [triple.predicate.value.rpartition("#")[2] for triple in guarded(rows, store, everything)] == [
        "type"
    ]
    assert triples(store) == everything


def test_a_triple_is_guarded_where_its_loss_changes_an_answer() -> None:
    store = small("wcoid:example wco:size 1 ; wco:colour 2 .")
    queries = {"sizes": f"{WCO} SELECT ?size {{ ?s wco:size ?size }}"}
    guards = guarded_by_answers(queries, store, triples(store))
    assert {triple.object.value: name for triple, name in guards.items()} == {"1": "sizes"}


def test_a_type_is_implied_where_a_property_with_its_domain_is_left() -> None:
    store = small(
        "wco:size <http://www.w3.org/2000/01/rdf-schema#domain> wco:Example ."
        "wcoid:example a wco:Example, wco:Other ; wco:size 1 . wcoid:bare a wco:Example ."
    )
    found = implied(store, triples(store))
    assert [(triple.subject.value[-7:], triple.object.value[-7:]) for triple in found] == [
        ("example", "Example")
    ]


def test_the_figures_of_a_fact_leave_out_remarks() -> None:
    assert said("184 administrations (sic) [counted 3]").split() == ["184", "administrations"]
    assert said("one of the 6 regions").split() == ["regions"]
