"""Stored queries of one's own: headers that are checked, values of every type, data beside the graph's."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wcograph
from wcograph import layout
from wcograph.toolbox.errors import InputError, UsageError
from wcograph.toolbox.sparql import header, stored
from wcograph.toolbox.sparql.parameters import codes, term
from wcograph.toolbox.sparql.stored import Parameter

XSD = layout.PREFIXES["xsd"]


@pytest.mark.quick(4)
@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("titel: x", "unknown key 'titel'"),
        ("title: [x]", "title must be a text"),
        ("tags: x", "tags must be a list"),
        ("parameters: [x]", "parameters must be a mapping"),
        ("parameters: {x: {description: no type}}", "needs a type"),
        ("parameters: {x: {type: text, colour: red}}", "unknown key 'colour'"),
        ("parameters: {x: {type: text, optional: maybe}}", "optional must be true or false"),
        ("parameters: {x: {type: 'xsd:token'}}", "no values of type xsd:token"),
        ("parameters: {x: {type: colour}}", "unknown type 'colour'"),
        ("parameters: {y: {type: text}}", "needs one row"),
        ("parameters: {limit: {type: text}}", "needs one row|name of an option"),
        ("sources: [?gone]", r"\?gone, which the query does not select"),
        ("columns: {gone: x}", r"\?gone"),
        ("title: a: b", "is not YAML"),
        ("asks: [x]", "asks must be a mapping of languages to texts"),
        ("asks: {en: {a: b}}", "asks must be a mapping of languages to texts"),
        ("parameters: {x: {values: {a: {b: c}}}}", "values must be a list of words"),
    ],
)
def test_a_wrong_header_is_refused(header: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        stored.parse(f"#+ {header}\nSELECT ?x {{ VALUES ?x {{ UNDEF }} ?x ?p ?o }}", "q", layout.PREFIXES)


def test_a_parameter_may_not_have_the_name_of_an_option() -> None:
    with pytest.raises(InputError, match="the name of an option, --limit"):
        stored.parse(
            "#+ parameters: {limit: {type: integer}}\nSELECT * { VALUES ?limit { UNDEF } }",
            "q",
            layout.PREFIXES,
        )


@pytest.mark.parametrize(
    "path",
    [
        path
        for kind in ("questions", "checks", "derive", "tables")
        for path in layout.query_files(layout.root(), kind)
    ],
)
def test_every_header_of_the_graph_is_right_and_says_what_it_must(path: str) -> None:
    query = stored.read(str(Path(layout.root(), path)), layout.PREFIXES)
    assert query.title != query.name, "has no title"
    assert query.description, "has no description"
    assert all(parameter.description and parameter.example for parameter in query.parameters)


@pytest.mark.quick
@pytest.mark.parametrize(
    ("type", "good", "bad"),
    [
        ("xsd:integer", {"5": "5", "+05": "5", "-0": "0"}, ["5.0", "", "five", "9" * 19, "٣", "1e3"]),
        (
            "xsd:decimal",
            {"1.50": "1.5", ".5": "0.5", "-0.5": "-0.5", "7": "7", "-0.0": "0"},
            ["1e3", "", "NaN", "1,5"],
        ),
        (
            "xsd:date",
            {"2024-02-29": "2024-02-29"},
            ["2023-02-29", "2024-2-9", "0000-01-01", "2024-02-29Z", "today"],
        ),
        ("xsd:gYear", {"1952": "1952"}, ["52", "19522", "1952 ", "MCMLII"]),
        ("xsd:gYearMonth", {"1952-11": "1952-11"}, ["1952-13", "1952"]),
        ("xsd:boolean", {"true": "true"}, ["True", "1", "yes"]),
        ("xsd:string", {"a } b": "a } b", "": ""}, ["\udcff"]),
        ("text", {" Côte  d’Ivoire ": "cote d ivoire"}, ["", "!?", "\udcff", "x }", "--x", '"x"']),
        ("language", {"EN": "en", "fr-CA": "fr-ca"}, ["e", "en_GB", "english language"]),
        (
            "iri",
            {"wco:Region": layout.PREFIXES["wco"] + "Region", "urn:a:b": "urn:a:b"},
            ["a b", "region", "http://e/<>"],
        ),
    ],
)
def test_values_of_each_type(type: str, good: dict[str, str], bad: list[str]) -> None:
    parameter = Parameter("x", type, "")
    for value, lexical in good.items():
        assert term(ox.Store(), parameter, value, layout.PROFILE).value == lexical
    for value in bad:
        with pytest.raises(UsageError, match="--x"):
            term(ox.Store(), parameter, value, layout.PROFILE)


def test_an_enumerated_parameter_takes_its_values_only() -> None:
    parameter = Parameter("x", "xsd:string", "", values=dict.fromkeys(["low", "high"], ""))
    assert term(ox.Store(), parameter, "low", layout.PROFILE).value == "low"
    with pytest.raises(UsageError, match="not one of 'low', 'high'"):
        term(ox.Store(), parameter, "middle", layout.PROFILE)


def test_a_name_may_lack_accents_and_case_but_bears_no_stray_signs(kg: wcograph.KnowledgeGraph) -> None:
    parameter = Parameter("member", "wco:Member", "")
    for value in ("TR", "TUR", "Türkiye", "TURKIYE", "turkey", "wcoid:polity-TUR", " Turkey "):
        assert term(kg.store, parameter, value, layout.PROFILE).value.endswith("polity-TUR"), value
    for value in (
        "Turkey'",
        '"Turkey"',
        "Turkey;",
        "(Turkey)",
        "Turkey\n",
        "Turkey--",
        "{Turkey}",
        "Tur\x00key",
    ):
        with pytest.raises(UsageError):
            term(kg.store, parameter, value, layout.PROFILE)


PIECES = [
    *(
        '"',
        "'",
        "\\",
        "}",
        "{",
        ")",
        ">",
        "<",
        ";",
        ".",
        "#",
        "\n",
        "\r",
        "\t",
        "\x00",
        "\x1b[31m",
        "\u202e",
        "\ufeff",
    ),
    *(
        "UNDEF",
        "?s",
        "$s",
        "_:b",
        "* }",
        "} #",
        "> }",
        '" }',
        "' }",
        '"""',
        "'''",
        "\\u0022",
        "%22",
        "${HOME}",
    ),
    *(
        "} UNION { ?s ?p ?o",
        "} DROP ALL #",
        '") } ; INSERT DATA { <a:a> <a:b> 1 } #',
        "SERVICE <http://127.0.0.1:9/>",
    ),
    *(
        "<http://127.0.0.1:9/> }",
        "> ?x ?y <http://e/a",
        "wcoid:",
        ":",
        "::",
        "<>",
        "<a",
        "a>",
        "wcoid:wco }",
        "<wcoid:wco>",
    ),
    *(
        "../../etc/passwd",
        "/etc/passwd",
        "@/etc/passwd",
        "@-",
        "-",
        "--",
        "--help",
        "-f",
        "file:///etc/passwd",
        "|id",
        "$(id)",
    ),
    *(
        "NaN",
        "INF",
        "1e999",
        "9" * 5000,
        "-" * 300,
        "(" * 6000,
        "[" * 6000,
        "{" * 6000,
        "x" * 100_000,
        "",
        " ",
        "\u200b",
    ),
    *(
        "true false",
        "null",
        "None",
        "1; 2",
        "' OR 1=1 --",
        "%s%n",
        "{0}",
        "\udcff",
        "🜨",
        "Ω≈ç√",
        "\u0000\u0001",
        "a\u0300",
    ),
]
HOSTILE = list(
    dict.fromkeys(
        [*PIECES, *(f"{piece}{more}" for piece in PIECES[:36] for more in ("x", '"@en', "^^<a:b>", " }"))]
    )
)


def test_there_are_enough_hostile_values() -> None:
    assert len(HOSTILE) >= 200


@pytest.mark.quick(4)
@pytest.mark.parametrize(
    ("name", "parameter"),
    [
        (query.name, parameter.name)
        for path in layout.query_files(layout.root())
        if (query := stored.read(str(Path(layout.root(), path)), layout.PREFIXES))
        for parameter in query.parameters
    ],
)
def test_a_hostile_value_is_refused_or_matches_nothing(
    kg_with_hs: wcograph.KnowledgeGraph, name: str, parameter: str
) -> None:
    kg, query = kg_with_hs, kg_with_hs.stored_query(name)
    others = {p.name: p.example for p in query.parameters if not p.optional and p.name != parameter}
    if query.needs:  # the tables that are imported here have other codes
        others.update({name: value for name, value in (("code", "01"), ("chapter", "01")) if name in others})
    for value in HOSTILE:
        try:
            rows = kg.query(name, **{**others, parameter: value}).rows()  # type: ignore[arg-type]
        except UsageError as error:
            assert "\n" not in str(error)
            assert len(str(error)) < 1000
        else:
            spec = query.parameter(parameter)
            words = spec and spec.type == "text" and unicodedata.normalize("NFC", value).isalnum()
            assert rows == [] or words, value


@settings(max_examples=60)
@given(st.text(min_size=1, alphabet=st.characters(blacklist_characters="0123456789")))
def test_any_text_is_refused_or_is_no_more_than_a_value(kg: wcograph.KnowledgeGraph, value: str) -> None:
    for name, parameter in (("regional-offices", "region"), ("themes", "year"), ("claims", "property")):
        try:
            bound = kg.bound(name, **{parameter: value})
        except UsageError:
            continue
        assert bound.count("VALUES") == kg.stored_query(name).text.count("VALUES")


def _gives_the_union(kg: wcograph.KnowledgeGraph, name: str, parameter: Parameter) -> None:
    query = kg.stored_query(name)
    others = {p.name: p.example for p in query.parameters if not p.optional and p.name != parameter.name}

    def rows(values: Sequence[str]) -> list[tuple[object, ...]]:
        return kg.query(name, **{**others, parameter.name: values}).rows()  # type: ignore[arg-type, return-value]

    kind = parameter.type
    candidates = parameter.values or (
        [parameter.example]
        if kind in header.TYPES.values()
        else list(codes(kg.store, parameter, layout.PROFILE))
    )
    answering = [value for value in candidates if rows([value])][:6]
    assert len(answering) > 1, "no two values have rows"
    for one, other in pairwise(answering):
        both = rows([one, other])
        assert len(set(both)) == len(both), f"a row twice for {one} and {other}"
        assert set(both) == set(rows([one])) | set(rows([other]))


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder of a team: a query with a repeated parameter, and data."""
    (tmp_path / "queries" / "ports").mkdir(parents=True)
    (tmp_path / "queries" / "ports" / "berths.rq").write_text(
        "#+ title: Berths of ports\n#+ parameters:\n"
        "#+   port: {type: 'ex:Port', description: The port, optional: true, repeat: true, example: lome}\n"
        "PREFIX ex: <http://example.org/ns#>\n"
        "SELECT ?port ?berths WHERE { VALUES ?port { UNDEF } ?port a ex:Port ; ex:berths ?berths } ORDER BY ?port\n"
    )
    (tmp_path / "ports.ttl").write_text(
        "@prefix ex: <http://example.org/ns#> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"
        "<http://example.org/lome> a ex:Port ; skos:prefLabel 'Lomé' ; ex:berths 6 .\n"
        "<http://example.org/tema> a ex:Port ; skos:prefLabel 'Tema' ; ex:berths 12 .\n"
        "<https://w3id.org/wcograph/id/wco> a <https://w3id.org/wcograph/ns#IntergovernmentalOrganization> .\n"
    )
    return tmp_path


def test_a_folder_of_queries_and_data_is_used_as_the_graphs_own(own: Path) -> None:
    kg = wcograph.load(data=str(own / "ports.ttl"), queries=str(own / "queries"))
    assert kg.stored_query("berths").subject == "ports"
    assert [row["berths"] for row in kg.query("berths").to_dicts()] == [6, 12]
    assert [row["berths"] for row in kg.query("berths", port="lome").to_dicts()] == [6]
    assert len(kg.query("themes").rows()) == len(wcograph.load().query("themes").rows())
    _gives_the_union(kg, "berths", kg.stored_query("berths").parameters[0])


def test_the_test_of_the_union_fails_where_a_row_comes_twice(own: Path) -> None:
    path = own / "queries" / "ports" / "berths.rq"
    path.write_text(
        path.read_text()
        .replace("SELECT ?port ?berths", "SELECT (COUNT(*) AS ?berths)")
        .replace(" ORDER BY ?port", "")
    )
    kg = wcograph.load(data=str(own / "ports.ttl"), queries=str(path))
    with pytest.raises(AssertionError):
        _gives_the_union(kg, "berths", kg.stored_query("berths").parameters[0])


def test_added_data_takes_part_in_what_follows_and_counts_once(own: Path) -> None:
    (own / "more.ttl").write_text(
        "<http://example.org/x> a <https://w3id.org/wcograph/ns#CustomsUnion> ."
        "<https://w3id.org/wcograph/id/region-europe> a <https://w3id.org/wcograph/ns#Region> ."
        "<https://w3id.org/wcograph/ns#CustomsUnion> <http://www.w3.org/2000/01/rdf-schema#subClassOf> "
        "<http://example.org/C> ."
    )
    kg = wcograph.load(data=[str(own / "more.ttl"), str(own / "ports.ttl")])
    assert kg.sparql("ASK { <http://example.org/x> a <http://example.org/C> }")
    twice = kg.sparql("SELECT (COUNT(*) AS ?n) { wcoid:region-europe a wco:Region }").to_dicts()
    assert twice == [{"n": 1}]
    assert {quad.subject.value for quad in kg.quads()} >= {"http://example.org/x", "http://example.org/tema"}


@pytest.mark.quick
def test_only_data_is_the_files_and_nothing_else(own: Path) -> None:
    kg = wcograph.load(data=[str(own / "ports.ttl")], only_data=True)
    assert kg.sparql("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }").to_dicts() == [{"n": 7}]
    assert len(list(kg.quads())) == 7
    with pytest.raises(UsageError, match="only_data needs files"):
        wcograph.load(only_data=True)


def test_a_folder_without_queries_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no stored query"):
        wcograph.load(queries=str(tmp_path))


def test_the_page_of_the_queries_is_what_docs_writes(kg: wcograph.KnowledgeGraph) -> None:
    from wcograph.reference.querypage import page

    path = Path(layout.root(), "docs", "queries.md")
    assert path.read_text(encoding="utf-8") == page(kg.queries, kg.query), "run 'wcograph docs'"


def test_a_page_shows_every_query_and_its_first_rows(kg: wcograph.KnowledgeGraph) -> None:
    from wcograph.reference.querypage import page

    text = page(kg.queries, kg.query)
    for query in kg.queries:
        assert f"\n## {query.name}\n" in text
    assert "| 2007 | Fight against counterfeiting and piracy |" in text
    assert io.StringIO(text).readline() == "# Stored queries\n"


def test_no_parameter_may_have_the_name_of_an_option_of_query() -> None:
    from wcograph.cli import Parser
    from wcograph.cli.query import _options

    parser = Parser(prog="wcograph query")
    _options(parser)
    options = {
        name[2:] for action in parser._actions for name in action.option_strings if name.startswith("--")
    }
    assert "from" in options and options <= stored.RESERVED
