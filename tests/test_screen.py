"""Screening and then reporting gives the report that pySHACL gives by itself."""

from __future__ import annotations

import os

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings

from shacl_cases import PREFIXES, data_graphs, shapes_graphs, sparql_shapes_graphs
from wcograph.errors import InputError
from wcograph.shacl.files import Source
from wcograph.shacl.validate import validate

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
    "a list too long to be spelled out in a query": (
        "ex:a ex:p 7, 8, 099, 'x'@en, ex:a, 1.0 . ex:b ex:p 5000, '7' .",
        f"ex:S sh:targetSubjectsOf ex:p ; sh:path ex:p ; sh:in ( {' '.join(map(str, range(200)))} 1.0 'x'@en ex:a ) .",
    ),
    "a literal among the targets of a shape without a name": (
        "ex:a ex:p ex:a .",
        '_:s sh:targetNode "1"^^xsd:double ; sh:class ex:A .',
    ),
}


@pytest.mark.parametrize("case", REGRESSIONS)
def test_known_cases_give_the_same_report(case: str) -> None:
    data, shapes = REGRESSIONS[case]
    same_report(PREFIXES + data, PREFIXES + shapes)


@given(data_graphs(), shapes_graphs())
@settings(max_examples=CASES, deadline=None, suppress_health_check=list(HealthCheck))
def test_random_shapes_and_data_give_the_same_report(data: str, shapes: str) -> None:
    same_report(data, shapes)


@given(data_graphs(), sparql_shapes_graphs())
@settings(max_examples=CASES, deadline=None, suppress_health_check=list(HealthCheck))
def test_random_sparql_constraints_give_the_same_report(data: str, shapes: str) -> None:
    same_report(data, shapes)
