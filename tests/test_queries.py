"""Stored queries: each has its expected rows, the same in Oxigraph and in rdflib's own memory store.

The rows of a call stand in ``tests/expected/NAME.tsv``, or ``NAME--PARAMETER=VALUE.tsv`` for a call with
parameters (values percent-encoded): an empty file of that name makes a new call. ``pytest tests/test_queries.py
--write-expected`` writes the rows anew; read the difference!
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote, unquote

import pyoxigraph as ox
import pytest
import rdflib

import wcograph
from wcograph import layout
from wcograph.toolbox.errors import UsageError, WcographWarning
from wcograph.toolbox.sparql import stored
from wcograph.toolbox.sparql.binding import bind
from wcograph.toolbox.sparql.parameters import codes
from wcograph.toolbox.sparql.resultformats import write
from wcograph.toolbox.sparql.results import Answer

EXPECTED = Path(__file__).parent / "expected"
ROOT = Path(layout.root())
PATHS = {Path(path).stem: path for path in layout.query_files(layout.root())}
NAMES = sorted(PATHS)


def _calls() -> list[tuple[str, dict[str, str]]]:
    """List the calls: each query without parameters where it needs none, and those that a file of rows names."""
    calls: list[tuple[str, dict[str, str]]] = []
    for name in NAMES:
        query = _query(name)
        if all(parameter.optional for parameter in query.parameters):
            calls.append((name, {}))
    for path in sorted(EXPECTED.glob("*--*.tsv")):
        name, *parameters = path.stem.split("--")
        calls.append(
            (name, {key: unquote(value) for key, _, value in (part.partition("=") for part in parameters)})
        )
    return calls


def _needed(name: str, choose: Callable[..., dict[str, str]] = min) -> dict[str, str | list[str]]:
    """Return values for what a query cannot do without, from its call with the fewest (or, with max, most) rows."""
    needed = {parameter.name for parameter in _query(name).parameters if not parameter.optional}
    calls = [parameters for called, parameters in _calls() if called == name and needed <= set(parameters)]
    given = choose(calls, key=lambda parameters: _file(name, parameters).stat().st_size)
    return {key: value for key, value in given.items() if key in needed}


@cache
def _query(name: str) -> stored.StoredQuery:
    return stored.read(str(ROOT / PATHS[name]), layout.PREFIXES)


def _file(name: str, parameters: dict[str, str]) -> Path:
    suffix = "".join(f"--{key}={quote(value, safe=' ')}" for key, value in sorted(parameters.items()))
    return EXPECTED / f"{name}{suffix}.tsv"


def _tsv(solutions: Answer) -> str:
    stream = io.BytesIO()
    write(solutions, "tsv", stream)
    return stream.getvalue().decode()


@pytest.fixture(scope="module")
def kg(kg_with_hs: wcograph.KnowledgeGraph) -> wcograph.KnowledgeGraph:
    """The graph with an import of small tables, which the questions about the Harmonized System need."""
    return kg_with_hs


@pytest.fixture(scope="module")
def memory(kg: wcograph.KnowledgeGraph) -> rdflib.Graph:
    """The whole graph in rdflib's own memory store."""
    graph = rdflib.Graph()
    imported = kg.store.quads_for_pattern(None, None, None, ox.DefaultGraph())
    for quad in (*kg.quads(layout.ROLES), *imported):
        graph.add(_rdflib_triple(quad.triple))
    return graph


@pytest.fixture(scope="module")
def iris(kg: wcograph.KnowledgeGraph) -> set[str]:
    """The IRIs of the graph."""
    return {
        term.value
        for quad in kg.quads(layout.ROLES)
        for term in quad.triple
        if isinstance(term, ox.NamedNode)
    }


def _rdflib_term(term: object) -> rdflib.term.Node:
    if isinstance(term, ox.NamedNode):
        return rdflib.URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return rdflib.BNode(term.value)
    assert isinstance(term, ox.Literal)
    if term.language:
        return rdflib.Literal(term.value, lang=term.language)
    if term.datatype.value == layout.PREFIXES["xsd"] + "string":
        return rdflib.Literal(term.value)
    return rdflib.Literal(term.value, datatype=rdflib.URIRef(term.datatype.value), normalize=False)


def _rdflib_triple(triple: ox.Triple) -> tuple[rdflib.term.Node, rdflib.term.Node, rdflib.term.Node]:
    return _rdflib_term(triple.subject), _rdflib_term(triple.predicate), _rdflib_term(triple.object)


@pytest.mark.quick(12)
@pytest.mark.parametrize(("name", "parameters"), _calls(), ids=lambda part: str(part))
def test_a_stored_query_gives_its_expected_rows(
    kg: wcograph.KnowledgeGraph, name: str, parameters: dict[str, str], request: pytest.FixtureRequest
) -> None:
    answer = kg.sparql(kg.bound(name, **parameters))
    found = _tsv(answer)
    path = _file(name, parameters)
    if request.config.getoption("--write-expected"):
        EXPECTED.mkdir(exist_ok=True)
        path.write_text(found, encoding="utf-8", newline="")
    assert path.exists(), f"{path.name} is missing: run with --write-expected and read what it wrote"
    assert found == path.read_bytes().decode(), "the rows differ from the expected ones"


@pytest.mark.quick(1)
@pytest.mark.parametrize(("name", "parameters"), _calls(), ids=lambda part: str(part))
def test_a_stored_query_gives_the_same_rows_in_rdflib(
    kg: wcograph.KnowledgeGraph, memory: rdflib.Graph, name: str, parameters: dict[str, str]
) -> None:
    text = kg.bound(name, **parameters)
    answer = kg.sparql(text)
    variables, rows = _in_rdflib(memory, text)
    assert variables == answer.variables
    assert rows == [tuple(map(_written, row)) for row in answer]


def _in_rdflib(memory: rdflib.Graph, text: str) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    result = memory.query(text)
    assert result.vars is not None
    rows = [tuple(_written(_pyoxigraph_term(term)) for term in row) for row in result]  # type: ignore[union-attr]
    return tuple(map(str, result.vars)), rows


REPEATED = [
    (name, parameter.name) for name in NAMES for parameter in _query(name).parameters if parameter.repeat
]


@pytest.mark.parametrize(("name", "repeated"), REPEATED)
def test_two_values_give_the_union_of_their_answers_in_both_engines(
    kg: wcograph.KnowledgeGraph, memory: rdflib.Graph, name: str, repeated: str
) -> None:
    query = kg.stored_query(name)
    parameter = query.parameter(repeated)
    assert parameter
    others = {key: value for key, value in _needed(name, max).items() if key != repeated}
    if parameter.type.startswith("xsd:"):
        values = [row[0].value for row in kg.sparql("SELECT DISTINCT ?y { ?t wco:themeYear ?y }").rows()]  # type: ignore[union-attr]
    else:
        values = list(codes(kg.store, parameter, layout.PROFILE))
    rows: dict[str, set[tuple[str, ...]]] = {}
    for value in values:
        found = {
            tuple(map(_written, row)) for row in kg.sparql(kg.bound(name, **{**others, repeated: value}))
        }
        if found:
            rows[value] = found
        if len(rows) == 12:
            break
    answering = list(rows)
    assert len(answering) > 1, "no two values have rows"
    pairs = list(pairwise(answering))
    for pair in [*pairs, answering]:  # pairs, and all at once
        text = kg.bound(name, **{**others, repeated: list(pair)})
        there = [tuple(map(_written, row)) for row in kg.sparql(text)]
        assert len(set(there)) == len(there), f"a row comes twice for {pair}"
        assert set(there) == set().union(*(rows[value] for value in pair))
        if pair is pairs[0]:
            assert _in_rdflib(memory, text)[1] == there


OPEN = [name for name in NAMES if any(p.optional and not p.default for p in _query(name).parameters)]


@pytest.mark.parametrize("name", OPEN)
def test_a_row_of_undef_and_no_row_give_the_same_rows_in_both_engines(
    kg: wcograph.KnowledgeGraph, memory: rdflib.Graph, name: str
) -> None:
    query = kg.stored_query(name)
    terms = kg.terms(query, **_needed(name))
    without = [p.variable for p in query.parameters if not p.default and p.variable not in terms]
    bare = bind(query.text, terms, without=without)
    rows = [tuple(map(_written, row)) for row in kg.sparql(bare)]
    with_rows = bind(query.text, terms)
    assert (bare != with_rows) == bool(without)
    assert _in_rdflib(memory, bare)[1] == _in_rdflib(memory, with_rows)[1] == rows
    for variable in without:
        with_row = bind(query.text, terms, without=[other for other in without if other != variable])
        assert [tuple(map(_written, row)) for row in kg.sparql(with_row)] == rows, variable


EACH = [name for name in NAMES if _query(name).sources_each]


@pytest.mark.parametrize("name", EACH)
def test_the_sources_of_the_values_are_those_of_the_row(kg: wcograph.KnowledgeGraph, name: str) -> None:
    query = kg.stored_query(name)
    values = _needed(name)
    rows = kg.query(name, sources=True, **values).to_dicts()
    each = kg.query(name, sources="each", **values).to_dicts()
    for row, cells in zip(rows, each, strict=True):
        cited = {source for column in query.sources_each for source in cells.pop(f"{column}Sources")}
        assert cited <= set(row.pop("sources"))
        assert cells == row


@pytest.mark.quick
def test_each_value_cites_its_own_sources(kg: wcograph.KnowledgeGraph) -> None:
    answer = kg.query("members", sources="each", limit=3)
    variables = list(answer.variables)
    assert variables.index("sinceSources") == variables.index("since") + 1
    assert answer.cited == ("regionNameSources", "sinceSources")
    for row in answer.to_dicts():
        assert len(row["sinceSources"]) > len(row["regionNameSources"]) > 0


def test_sources_is_true_false_or_each(kg: wcograph.KnowledgeGraph) -> None:
    with pytest.raises(UsageError, match="'each', not 'all'"):
        kg.query("members", sources="all")  # type: ignore[arg-type]


def _written(term: object) -> str:
    return "" if term is None else str(term)


def _pyoxigraph_term(term: object) -> object:
    if isinstance(term, rdflib.URIRef):
        return ox.NamedNode(str(term))
    if isinstance(term, rdflib.Literal):
        if term.language:
            return ox.Literal(str(term), language=term.language)
        datatype = str(term.datatype or layout.PREFIXES["xsd"] + "string")
        return ox.Literal(str(term), datatype=ox.NamedNode(datatype))
    return None if term is None else ox.BlankNode()


@pytest.mark.parametrize("name", NAMES)
def test_every_row_cites_its_sources_or_the_header_says_why_none_does(
    kg: wcograph.KnowledgeGraph, name: str
) -> None:
    query = kg.stored_query(name)
    values = _needed(name)
    if query.unsourced:
        with pytest.warns(WcographWarning, match=re.escape(query.unsourced)):
            assert "sources" not in kg.query(name, sources=True, **values).variables
    else:
        rows = kg.query(name, sources=True, **values).to_dicts()
        assert [row for row in rows if not row["sources"]] == []


@pytest.mark.quick
def test_no_expected_rows_are_left_over() -> None:
    wanted = {_file(name, parameters).name for name, parameters in _calls() if name in NAMES}
    assert {path.name for path in EXPECTED.iterdir()} == wanted


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_is_exercised(name: str) -> None:
    query = _query(name)
    exercised = {key for called, parameters in _calls() if called == name for key in parameters}
    assert {parameter.name for parameter in query.parameters} == exercised


@pytest.mark.parametrize("name", NAMES)
def test_a_query_answers_with_at_least_one_row(kg: wcograph.KnowledgeGraph, name: str) -> None:
    query = kg.stored_query(name)
    if all(parameter.optional for parameter in query.parameters):
        answer = kg.query(name)
        assert answer.rows()


@pytest.mark.parametrize(
    "path",
    [
        path
        for kind in ("questions", "checks", "derive", "tables")
        for path in layout.query_files(layout.root(), kind)
    ],
)
def test_every_iri_of_a_query_exists_in_the_graph(iris: set[str], path: str) -> None:
    from wcograph.toolbox.sparql.tokens import tokens

    text = (ROOT / path).read_text(encoding="utf-8")
    prefixes = dict(re.findall(r"PREFIX (\w+): <([^>]+)>", text))
    standard = (
        layout.PREFIXES["xsd"],
        layout.PREFIXES["rdf"],
        layout.PREFIXES["rdfs"],
        layout.PREFIXES["owl"],
    )
    used = set()
    for token in tokens(text, path):
        if token.kind != "name":
            continue
        prefix, _, local = token.text.partition(":")
        if local or text[: token.offset].split()[-1].upper() != "PREFIX":
            used.add(prefix)
            iri = prefixes[prefix] + local
            assert not local or iri in iris or iri.startswith(standard), f"{token.text} is not in the graph"
    assert set(prefixes) == used, "a prefix is declared and not used"
