"""Screening and then reporting gives the report that pySHACL gives by itself."""

from __future__ import annotations

import os
from time import process_time

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings

from shacl_cases import PREFIXES, data_graphs, shapes_graphs, sparql_shapes_graphs
from shacl_suite_cases import SUITE_CASES
from wcograph.errors import InputError
from wcograph.rdf.reading import Source
from wcograph.shacl.screen import screen
from wcograph.shacl.shapes import ShapesGraph, read_shapes
from wcograph.shacl.validate import load_store, validate

# the long run that found what is in REGRESSIONS: WCOGRAPH_SCREEN_CASES=4000 pytest tests/test_screen.py -k random
CASES = int(os.environ.get("WCOGRAPH_SCREEN_CASES", "60"))


def source(name: str, turtle: str) -> Source:
    reader = ox.parse(turtle, ox.RdfFormat.TURTLE, base_iri="file:///x", rename_blank_nodes=True)
    quads = list(reader)
    return Source(name, name, ox.RdfFormat.TURTLE, quads, dict(reader.prefixes))


def report(data: Source, shapes: Source, engine: str) -> str:
    """The report as canonical N-Triples; "conforms" where there is none; "failure" where it cannot be written."""
    from wcograph.shacl.report import to_pyoxigraph

    try:
        found = validate([data], [shapes], engine=engine)
    except InputError:
        return "failure"
    if found.report is None or len(found.report) == 2:
        return "conforms"
    triples = ox.Dataset(ox.Quad(*map(to_pyoxigraph, triple)) for triple in found.report)
    triples.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return "\n".join(sorted(map(str, triples)))


def same_report(data: str, shapes: str) -> None:
    # read once: pySHACL writes sets into its messages in an order that depends on the labels of blank nodes
    sources = source("data.ttl", data), source("shapes.ttl", shapes)
    expected = report(*sources, "pyshacl")
    assert report(*sources, "screen") == expected


# what random cases found, and what they do not reach: data, shapes
REGRESSIONS = {
    "a decimal that equals an integer is another term": (
        "ex:a ex:p ex:a .",
        'ex:S sh:targetNode "1"^^xsd:decimal ; sh:in ( "1"^^xsd:integer ) .',
    ),
    "a message that describes nested blank nodes": (
        "ex:a a ex:A ; ex:p ex:a .",
        "_:s sh:targetClass ex:A ; sh:class ex:B ; sh:node [ sh:class ex:B ; sh:and ("
        " [ sh:path ( ex:p [ sh:alternativePath ( ex:p ex:p ) ] ) ; sh:class ex:A ; sh:deactivated true ] ) ] .",
    ),
    "a blank node that sh:lessThan meets, which pySHACL refuses, with nothing to compare it to": (
        "_:x a ex:A .",
        "ex:S sh:targetClass ex:A ; sh:path [ sh:zeroOrMorePath ex:p ] ; sh:lessThan ex:p .",
    ),
    "a blank node in the message of a result that does not count": (
        "ex:a a ex:A ; ex:p ex:a, _:x .",
        "ex:S sh:targetClass ex:A ; sh:path ex:p ; sh:qualifiedMinCount 1 ; sh:qualifiedValueShape [ sh:hasValue ex:a ] .",
    ),
    "a value that conforms to a sibling shape too, where siblings are disjoint": (
        "ex:a ex:p ex:x . ex:x a ex:A, ex:B .",
        "ex:S sh:targetNode ex:a ; sh:property"
        " [ sh:path ex:p ; sh:qualifiedValueShape [ sh:class ex:A ] ; sh:qualifiedMinCount 1 ;"
        " sh:qualifiedValueShapesDisjoint true ],"
        " [ sh:path ex:p ; sh:qualifiedValueShape [ sh:class ex:B ] ; sh:qualifiedMinCount 1 ;"
        " sh:qualifiedValueShapesDisjoint true ] .",
    ),
    "two texts in one language": (
        'ex:a ex:p "x"@en, "y"@en, "z"@fr . ex:b ex:p "x"@en, "x"@fr .',
        "ex:S sh:targetSubjectsOf ex:p ; sh:path ex:p ; sh:uniqueLang true .",
    ),
    "two texts in one language, in a shape inside another": (
        'ex:a ex:p "x"@en, "y"@en, "z"@fr . ex:b ex:p "x"@en, "x"@fr .',
        "ex:S sh:targetSubjectsOf ex:p ; sh:or ( [ sh:path ex:p ; sh:uniqueLang true ] ) .",
    ),
    "a list too long to be spelled out in a query": (
        "ex:a ex:p 7, 8, 099, 'x'@en, ex:a, 1.0 . ex:b ex:p 5000, '7' .",
        f"ex:S sh:targetSubjectsOf ex:p ; sh:path ex:p ; sh:in ( {' '.join(map(str, range(200)))} 1.0 'x'@en ex:a ) .",
    ),
    "at least two and at most one, where there is one": (
        "ex:a ex:p 1 .",
        "ex:S sh:targetSubjectsOf ex:p ; sh:path ex:p ; sh:minCount 2 ; sh:maxCount 1 .",
    ),
    "a property of which few nodes have several values": (
        " ".join(f'ex:n{number} ex:p "x"@en ; ex:q "x"@en .' for number in range(200))
        + 'ex:a ex:p "x"@en, "y"@en ; ex:q "x"@en, "y"@en . ex:b ex:p "x"@en, "z"@de ; ex:q "x"@en . ex:c ex:q 1 .',
        "ex:S sh:targetSubjectsOf ex:p, ex:q ; sh:property [ sh:path ex:p ; sh:uniqueLang true ; sh:equals ex:q ],"
        " [ sh:path ex:q ; sh:minCount 1 ; sh:datatype rdf:langString ] .",
    ),
    "the same values by a sequence and by a property": (
        "ex:a ex:p ex:b ; ex:q 1 . ex:b ex:q 1 . ex:c ex:p ex:b ; ex:q 2 . ex:d ex:p ex:e ; ex:q 1 ."
        " ex:f ex:p ex:b . ex:e ex:p ex:x .",
        "ex:S sh:targetSubjectsOf ex:p ; sh:path ( ex:p ex:q ) ; sh:equals ex:q .",
    ),
    "objects of a property that several nodes have": (
        "ex:a ex:p ex:x, ex:y, 1 . ex:b ex:p ex:x, 1 . ex:x ex:q 1 . ex:y ex:q 1, 2 .",
        "ex:S sh:targetObjectsOf ex:p ; sh:property [ sh:path ex:q ; sh:maxCount 1 ; sh:minCount 1 ] .",
    ),
    "a literal among the targets of a shape without a name": (
        "ex:a ex:p ex:a .",
        '_:s sh:targetNode "1"^^xsd:double ; sh:class ex:A .',
    ),
}


@pytest.mark.parametrize("sample", [0, 30])
@pytest.mark.parametrize("case", REGRESSIONS)
def test_known_cases_give_the_same_report(case: str, sample: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wcograph.shacl.screen._SAMPLE", sample)  # 0: it guesses wrong
    data, shapes = REGRESSIONS[case]
    same_report(PREFIXES + data, PREFIXES + shapes)


@pytest.mark.parametrize("case", SUITE_CASES)
def test_cases_like_those_of_other_suites_give_the_same_report(case: str) -> None:
    data, shapes = (PREFIXES + text for text in SUITE_CASES[case])
    same_report(data, shapes)
    assert report(source("data.ttl", data), source("shapes.ttl", shapes), "screen") != "failure"


def test_everything_is_selected_where_the_reference_is_to_judge_everything() -> None:
    data = source("data.ttl", PREFIXES + "ex:a a ex:A ; ex:p 1 . ex:b a ex:A .")
    graph = ShapesGraph(
        source("shapes.ttl", PREFIXES + "ex:S sh:targetClass ex:A ; sh:path ex:p ; sh:minCount 1 .").quads
    )
    found = [
        screen(load_store(data.quads), graph, read_shapes(graph), everything=everything).pairs
        for everything in (True, False)
    ]
    names = [{str(focus) for nodes in pairs.values() for focus in nodes} for pairs in found]
    assert names == [{"<http://example.org/a>", "<http://example.org/b>"}, {"<http://example.org/b>"}]


def test_many_values_of_many_properties_take_no_longer_than_they_must(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A glance at three properties of one node, with a thousand values each, would give a billion rows."""
    values = ", ".join(map(str, range(1000)))
    data = source("data.ttl", f"{PREFIXES}ex:a a ex:A ; ex:p {values} ; ex:q {values} ; ex:r {values} .")
    one = "[ sh:path ex:{} ; sh:maxCount 1 ]"
    properties = ", ".join(one.format(name) for name in "pqr")
    graph = ShapesGraph(
        source("shapes.ttl", f"{PREFIXES}ex:S sh:targetClass ex:A ; sh:property {properties} .").quads
    )
    monkeypatch.setattr("wcograph.shacl.screen._SAMPLE", 0)
    start = process_time()
    found = screen(load_store(data.quads), graph, read_shapes(graph))
    assert [len(nodes) for nodes in found.pairs.values()] == [1]
    assert process_time() - start < 10


@given(data_graphs(), shapes_graphs())
@settings(max_examples=CASES, suppress_health_check=list(HealthCheck))
def test_random_shapes_and_data_give_the_same_report(data: str, shapes: str) -> None:
    same_report(data, shapes)


def constrained(select: str, target: str = "sh:targetClass ex:A", more: str = "", about: str = "") -> str:
    """A shape with one SPARQL constraint."""
    return (
        f"{PREFIXES}ex: sh:declare [ sh:prefix 'ex' ; sh:namespace 'http://example.org/'^^xsd:anyURI ],"
        " [ sh:prefix 'xsd' ; sh:namespace 'http://www.w3.org/2001/XMLSchema#'^^xsd:anyURI ] .\n"
        f'ex:S {target} ; {more} sh:sparql [ sh:prefixes ex: ; {about} sh:select """{select}""" ] .'
    )


SPARQL_DATA = """
ex:a a ex:A ; ex:p "x", 1, 01, "x"@en, _:b, ex:b ; ex:q "2000-01-01"^^xsd:date ; ex:r ex:a .
ex:b a ex:A ; ex:p "1"^^xsd:int, "1"^^xsd:integer ; rdfs:label "K"@en-GB, "\u212a" ; ex:r _:b .
_:b a ex:A ; ex:p ex:b .
ex:b ex:word "\u212a" ; ex:nan "NaN"^^xsd:double ; ex:new "\u1c89" .
"""
# each selects nothing, something or everything by what one of the two engines could read differently
SPARQL_REGRESSIONS = {
    "a blank node has a name": "SELECT $this WHERE { $this ex:p ?value FILTER(STRLEN(STR(?value)) > 10) }",
    "a blank node has a name, and no other": "SELECT $this WHERE { $this ex:p ?v "
    "FILTER(isBLANK(?v)) FILTER(COALESCE(STR(?v), '') != '') }",
    "nothing has this name": "SELECT $this WHERE { $this ex:p ?v FILTER NOT EXISTS { ?v ex:p ?w FILTER(STR(?v) != '') } }",
    "equal integers": "SELECT $this WHERE { $this ex:p ?one, ?two FILTER(?one = ?two && !sameTerm(?one, ?two)) }",
    "another lexical form": "SELECT $this WHERE { $this ex:p ?value FILTER(STR(?value) = '01') }",
    "a datatype as written": "SELECT $this WHERE { $this ex:p ?value FILTER(DATATYPE(?value) = xsd:int) }",
    "a language in any case": "SELECT $this WHERE { $this rdfs:label ?l FILTER(LANG(?l) = 'en-GB') }",
    "letters without case": "SELECT $this WHERE { $this rdfs:label ?l FILTER(LCASE(STR(?l)) = 'k') }",
    "an error beside a false": "SELECT $this WHERE { $this ex:p ?v FILTER(!(LANG(?v) = 'en' && ?v = ex:z)) }",
    "an error within what must not exist": "SELECT $this WHERE { $this a ex:A "
    "FILTER NOT EXISTS { $this ex:p ?v FILTER(!(LANG(?v) = 'en' && ?v = ex:z)) } }",
    "a count that is always there": "SELECT $this (COUNT(?x) AS ?value) WHERE { $this ex:none ?x }",
    "a path from itself to itself": "SELECT $this WHERE { $this ex:r* $this }",
    "a name that two groups use": "SELECT $this WHERE { $this ex:p ?x { SELECT $this WHERE { $this ex:q ?x } } }",
    "a name that a condition in a nested SELECT uses": "SELECT $this WHERE { $this ex:p ?x "
    "{ SELECT $this WHERE { $this a ex:A FILTER NOT EXISTS { $this ex:q ?x } } } }",
    "what a group does not see": "SELECT $this WHERE { $this ex:r ?x { $this a ex:A FILTER(BOUND(?x)) } }",
    "what a group does see": "SELECT $this WHERE { { $this ex:r ?x } { $this a ex:A FILTER(!BOUND(?x)) } }",
    "a number that is not itself": "SELECT $this WHERE { $this ex:nan ?v "
    "FILTER NOT EXISTS { $this ex:nan ?w FILTER(?v = ?w) } }",
    "a letter that is new": "SELECT $this WHERE { $this ex:new ?l FILTER(LCASE(STR(?l)) = STR(?l)) }",
    "a letter that is new, and no other": "SELECT $this WHERE { $this ex:new ?l FILTER(LCASE(STR(?l)) != STR(?l)) }",
    "what follows the end": "SELECT $this WHERE { $this ex:none ?v } }",
    "an empty path of a term that the data does not have": "SELECT $this WHERE { ex:absent ex:p* ?value }",
    "an empty path to a term that the data does not have": "SELECT $this WHERE { ?value ex:p? ex:absent }",
    "a focus node that a nested SELECT does not pass on": "SELECT $this WHERE { $this a ex:A "
    "{ SELECT DISTINCT ?v WHERE { ?v a ex:A FILTER NOT EXISTS { ?v ex:r $this } } } }",
    "a focus node that a nested SELECT does not bind": "SELECT $this WHERE { $this a ex:A "
    "{ SELECT $this ?v WHERE { ?v a ex:A FILTER NOT EXISTS { ?v ex:r $this } } } }",
    "a focus node that a group does not bind": "SELECT $this WHERE { { ?v a ex:A FILTER NOT EXISTS { ?v ex:r $this } } }",
    "a focus node in an option only": "SELECT $this WHERE { { ?v a ex:A OPTIONAL { ?v ex:r $this . ?v ex:r ?w } "
    "FILTER(!BOUND(?w)) } }",
    "a value that an inner option gets from outside": "SELECT $this WHERE { $this ex:r ?x "
    "{ ?v a ex:A OPTIONAL { ?v ex:r ?x . ?v ex:p ?w } FILTER(!BOUND(?w)) } }",
    "what pySHACL takes for a nested SELECT": "SELECT $this WHERE { $this ex:none 'SELECT ?x ' }",
    "what pySHACL reads of a nested SELECT": "SELECT $this WHERE { { SELECT ?v $this{ $this ex:none ?v } } }",
    "a letter for Python only": "SELECT $this WHERE { $this ex:word ?l FILTER(REGEX(STR(?l), '^\\\\\\\\w$')) }",
    "a condition of an option within EXISTS": "SELECT $this WHERE { $this ex:r ?x "
    "FILTER EXISTS { $this ex:r ?v OPTIONAL { ?v ex:p ?w FILTER(?x = ?v) } FILTER(!BOUND(?w)) } }",
    "a name given outside EXISTS": "SELECT $this WHERE { $this ex:r ?x BIND(STR(?x) AS ?s) "
    "FILTER EXISTS { $this ex:p ?v BIND(CONCAT(?s, '') AS ?t) FILTER(COALESCE(?t, 'none') = 'none') } }",
    "a variable from outside a group": "SELECT $this WHERE { $this ex:r ?x { ?y ex:p ?z FILTER(?z = ?x) } }",
    "a choice by an option": "SELECT $this WHERE { $this ex:p ?v "
    "OPTIONAL { $this ex:r ?w FILTER(?v != ?w) } FILTER(!BOUND(?w)) }",
    "what pySHACL refuses": "SELECT $this WHERE { $this ex:p ?v MINUS { $this ex:p ?v } }",
    "what pySHACL takes for MINUS": "SELECT $this WHERE { $this ex:linus ?v }",
    "a nested SELECT that drops $this": "SELECT $this WHERE { $this ex:p ?v { SELECT ?v WHERE { ?v ex:none ?w } } }",
    "a prefix that is not declared": "SELECT $this WHERE { $this foo:p ?v }",
    "no SPARQL": "SELECT $this WHERE { $this ex:p }",
    "not this": "SELECT ?value WHERE { ?value ex:none ex:none }",
    "a SELECT without limits": "SELECT $this WHERE { $this ex:p ?v } LIMIT 0",
    "a function of someone's own": "SELECT $this WHERE { $this ex:p ?v FILTER(ex:f(?v)) }",
    "a date": "SELECT $this WHERE { $this ex:q ?v FILTER(?v < '2000-01-02'^^xsd:date) }",
    "an expression in the SELECT": "SELECT $this (STR(?v) AS ?value) WHERE { $this ex:p ?v }",
    "a part of a text": "SELECT $this WHERE { $this ex:p ?v FILTER(SUBSTR(STR(?v), 1, 1) = 'x') }",
    "a text without language beside one with": "SELECT $this WHERE { $this ex:p ?v FILTER(STRSTARTS(?v, 'x')) }",
}


@pytest.mark.parametrize("case", SPARQL_REGRESSIONS)
def test_sparql_constraints_give_the_same_report(case: str) -> None:
    same_report(PREFIXES + SPARQL_DATA, constrained(SPARQL_REGRESSIONS[case]))
    inner = constrained(SPARQL_REGRESSIONS[case]).replace("ex:S sh:targetClass ex:A", "ex:T a sh:NodeShape")
    same_report(PREFIXES + SPARQL_DATA, inner + "\nex:S sh:targetClass ex:A ; sh:not ex:T .")


@pytest.mark.parametrize(
    ("about", "more"),
    [
        ("sh:deactivated true ;", ""),
        ("sh:deactivated 'true' ;", ""),
        ("sh:message 7 ;", ""),
        ("sh:message 'no'@en ;", ""),
        ("", "sh:path ex:r ;"),
        ("", "sh:path ( ex:r ex:p ) ;"),
        ("sh:prefixes ex:other ;", ""),
    ],
)
def test_what_surrounds_a_sparql_constraint_gives_the_same_report(about: str, more: str) -> None:
    verb = "$PATH" if more else "ex:p"
    for object_ in ("?value", "ex:none"):
        shapes = constrained(
            f"SELECT $this ?value WHERE {{ $this {verb} {object_} }}", more=more, about=about
        )
        shapes += "\nex:other sh:declare [ sh:prefix 'ex' ; sh:namespace 'http://example.org/z#' ] ."
        same_report(PREFIXES + SPARQL_DATA, shapes)


def test_a_node_that_the_data_does_not_have_is_the_end_of_its_empty_path() -> None:
    select = "SELECT $this WHERE { $this ex:r* ?end FILTER NOT EXISTS { ?end a ?class } }"
    same_report(PREFIXES + SPARQL_DATA, constrained(select, "sh:targetNode ex:absent"))


@pytest.mark.parametrize(
    "select",
    [
        "SELECT $this WHERE { $this ex:p ?v FILTER(STRSTARTS(STR(?v), 'http://other')) FILTER(isIRI(?v)) }",
        "SELECT $this ?value WHERE { $this ex:r ?value . ?value (ex:q|ex:none)* $this . FILTER(?value != $this) }",
        "SELECT $this WHERE { $this rdfs:label ?l FILTER(LANGMATCHES(LANG(?l), 'fr') || REGEX(STR(?l), '[0-9]')) }",
        "SELECT $this WHERE { $this a ex:A FILTER NOT EXISTS { $this ex:p ?v } }",
        "SELECT $this WHERE { { $this ex:none ?v } UNION { ?v ex:none $this } }",
        "SELECT $this WHERE { $this ex:q ?d BIND(SUBSTR(STR(?d), 1, 4) AS ?y) FILTER(?y < '1900') }",
        "SELECT $this WHERE { { SELECT DISTINCT $this ?v WHERE { ?s ex:none ?v } } ?x ex:p ?v }",
    ],
)
def test_a_common_constraint_that_holds_selects_nothing(select: str) -> None:
    sources = source("data.ttl", PREFIXES + SPARQL_DATA), source("shapes.ttl", constrained(select))
    assert validate([sources[0]], [sources[1]]).report is None


@given(data_graphs(), sparql_shapes_graphs())
@settings(max_examples=CASES, suppress_health_check=list(HealthCheck))
def test_random_sparql_constraints_give_the_same_report(data: str, shapes: str) -> None:
    same_report(data, shapes)
