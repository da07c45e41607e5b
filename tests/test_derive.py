"""The derivations: what each makes of an example, and that two engines derive the same from the graph."""

from __future__ import annotations

import shutil
from calendar import monthrange
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from rdflib.plugins.sparql.operators import custom_function

from coverage_rows import NAMESPACES, ROOT, data_files, ontology_files
from wcograph import dataset
from wcograph.derive import FOLD, with_derived
from wcograph.derive import derive as derive_from
from wcograph.toolbox.errors import InputError
from wcograph.toolbox.sparql.parameters import fold
from wcograph.validation import check_files

DERIVE = ROOT / "queries" / "derive"
QUERIES = sorted(DERIVE.glob("*.rq"))
PREFIXES = "".join(f"@prefix {prefix}: <{namespace}> .\n" for prefix, namespace in NAMESPACES.items())

each_query = pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in QUERIES])


def parse(turtle: bytes) -> set[ox.Triple]:
    return {quad.triple for quad in ox.parse(turtle, format=ox.RdfFormat.TURTLE)}


def by_oxigraph(query: str, turtle: list[bytes]) -> set[ox.Triple]:
    store = ox.Store()
    for text in turtle:
        store.load(text, format=ox.RdfFormat.TURTLE)
    return set(
        store.query(query, custom_functions={ox.NamedNode(FOLD): lambda text: ox.Literal(fold(text.value))})
    )


@custom_function(rdflib.URIRef(FOLD), override=True)
def fold_in_rdflib(text: rdflib.Literal) -> rdflib.Literal:
    return rdflib.Literal(fold(str(text)))


def by_rdflib(query: str, turtle: list[bytes]) -> set[ox.Triple]:
    graph = rdflib.Graph()
    for text in turtle:
        graph.parse(data=text, format="turtle")
    derived = graph.query(query).graph
    assert derived is not None
    return parse(derived.serialize(format="nt", encoding="utf-8"))


def derive(name: str, turtle: str) -> set[ox.Triple]:
    """Derive from an example, in both engines, which must agree."""
    query, example = (DERIVE / f"{name}.rq").read_text("utf-8"), [(PREFIXES + turtle).encode()]
    derived = by_oxigraph(query, example)
    assert by_rdflib(query, example) == derived
    return derived


def triples(turtle: str) -> set[ox.Triple]:
    return parse((PREFIXES + turtle).encode())


def preferred(*claims: tuple[str, str], rank: str = "preferred-rank", subject: str = "wco") -> str:
    """Write claims about the number of Members: value and as-of date (as Turtle, empty for none)."""
    return "".join(
        f"wcocl:{subject}-{rank}-{value} a wco:Claim ; wco:hasRank wcov:{rank} ; wco:literalValue {value} ;"
        f" wco:aboutSubject wcoid:{subject} ; wco:aboutProperty wco:memberCount"
        f"{f' ; wco:asOf {as_of}' if as_of else ''} .\n"
        for value, as_of in claims
    )


# accepted


def accepted(*claims: str) -> str:
    return "".join(f" wcocl:{claim} wco:isAccepted true ." for claim in claims)


@pytest.mark.quick
def test_the_latest_preferred_claim_is_accepted() -> None:
    claims = preferred(("184", '"2022-02-25"^^xsd:date'), ("187", '"2025-09-17"^^xsd:date'), ("179", ""))
    assert derive("accepted", claims) == triples(
        "wcoid:wco wco:memberCount 187 ." + accepted("wco-preferred-rank-187")
    )


def test_a_claim_that_is_not_preferred_is_not_accepted_however_late() -> None:
    claims = preferred(("184", '"2022"^^xsd:gYear')) + preferred(
        ("1", '"2026"^^xsd:gYear'), rank="normal-rank"
    )
    assert derive("accepted", claims) == triples(
        "wcoid:wco wco:memberCount 184 ." + accepted("wco-preferred-rank-184")
    )


def test_an_undated_preferred_claim_is_accepted_where_there_is_no_dated_one() -> None:
    claims = preferred(("179", "")) + preferred(("1", '"2026"^^xsd:gYear'), rank="deprecated-rank")
    assert derive("accepted", claims) == triples(
        "wcoid:wco wco:memberCount 179 ." + accepted("wco-preferred-rank-179")
    )


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ('"2022"^^xsd:gYear', '"2022-02"^^xsd:gYearMonth'),
        ('"2022-02"^^xsd:gYearMonth', '"2022-02-02"^^xsd:date'),
        ('"2022"^^xsd:gYear', '"2022-01-02"^^xsd:date'),
        ('"2021-12-31"^^xsd:date', '"2022"^^xsd:gYear'),
        ('"2022-01-31"^^xsd:date', '"2022-02"^^xsd:gYearMonth'),
    ],
)
def test_dates_of_differing_precision_compare_by_their_first_day(earlier: str, later: str) -> None:
    assert derive("accepted", preferred(("1", earlier), ("2", later))) == triples(
        "wcoid:wco wco:memberCount 2 ." + accepted("wco-preferred-rank-2")
    )


def test_two_preferred_claims_of_one_date_both_remain_for_a_shape_to_find() -> None:
    claims = preferred(("1", '"2022-01-01"^^xsd:date'), ("2", '"2022-01-01"^^xsd:date'))
    assert derive("accepted", claims) == triples(
        "wcoid:wco wco:memberCount 1, 2 ." + accepted("wco-preferred-rank-1", "wco-preferred-rank-2")
    )


def test_each_subject_and_property_has_its_own_accepted_value() -> None:
    claims = preferred(("1", '"2022"^^xsd:gYear')) + preferred(("2", ""), subject="region-europe")
    claims += (
        "wcocl:head a wco:Claim ; wco:hasRank wcov:preferred-rank ; wco:aboutSubject wcoid:wco ;"
        " wco:aboutProperty org:heldBy ; wco:resourceValue wcoid:person-a ."
    )
    assert derive("accepted", claims) == triples(
        "wcoid:wco wco:memberCount 1 ; org:heldBy wcoid:person-a . wcoid:region-europe wco:memberCount 2 ."
        + accepted("wco-preferred-rank-1", "region-europe-preferred-rank-2", "head")
    )


# bounds


@pytest.mark.quick
@pytest.mark.parametrize(
    ("start", "first", "last"),
    [
        ('"2011"^^xsd:gYear', "2011-01-01", "2011-12-31"),
        ('"2022-09"^^xsd:gYearMonth', "2022-09-01", "2022-09-30"),
        ('"2022-12"^^xsd:gYearMonth', "2022-12-01", "2022-12-31"),
        ('"2023-02"^^xsd:gYearMonth', "2023-02-01", "2023-02-28"),
        ('"2024-02"^^xsd:gYearMonth', "2024-02-01", "2024-02-29"),
        ('"2000-02"^^xsd:gYearMonth', "2000-02-01", "2000-02-29"),
        ('"1900-02"^^xsd:gYearMonth', "1900-02-01", "1900-02-28"),
    ],
)
def test_a_partial_start_has_its_first_and_last_day_as_bounds(start: str, first: str, last: str) -> None:
    assert derive("bounds", f"wcoid:fact schema:startDate {start} .") == triples(
        f'wcoid:fact wco:earliestStart "{first}"^^xsd:date ; wco:latestStart "{last}"^^xsd:date ;'
        f' wco:earliestEnd "{first}"^^xsd:date .'
    )


def test_every_month_ends_when_the_calendar_says() -> None:
    months = [f"{year:04}-{month:02}" for year in (1900, 1953, 2000, 2023, 2024) for month in range(1, 13)]
    derived = derive(
        "bounds", "".join(f'wcoid:m{m} schema:startDate "{m}"^^xsd:gYearMonth .\n' for m in months)
    )
    ends = {t.object.value for t in derived if t.predicate.value.endswith("latestStart")}
    assert ends == {f"{m}-{monthrange(int(m[:4]), int(m[5:]))[1]}" for m in months}


def test_a_start_and_an_end_give_all_four_bounds() -> None:
    fact = 'wcoid:fact schema:startDate "2011-10-17"^^xsd:date ; schema:endDate "2022"^^xsd:gYear .'
    assert derive("bounds", fact) == triples(
        'wcoid:fact wco:earliestStart "2011-10-17"^^xsd:date ; wco:latestStart "2011-10-17"^^xsd:date ;'
        ' wco:earliestEnd "2022-01-01"^^xsd:date ; wco:latestEnd "2022-12-31"^^xsd:date .'
    )


def test_a_bound_that_a_source_has_narrowed_stands_alone() -> None:
    fact = 'wcoid:fact schema:startDate "2018"^^xsd:gYear ; wco:latestStart "2018-07-16"^^xsd:date .'
    assert derive("bounds", fact) == triples(
        'wcoid:fact wco:earliestStart "2018-01-01"^^xsd:date ; wco:earliestEnd "2018-01-01"^^xsd:date .'
    )


def test_a_wider_bound_that_a_source_states_stands_alone_too() -> None:
    fact = 'wcoid:fact schema:startDate "2018"^^xsd:gYear ; wco:latestStart "2019-06-30"^^xsd:date .'
    assert derive("bounds", fact) == triples(
        'wcoid:fact wco:earliestStart "2018-01-01"^^xsd:date ; wco:earliestEnd "2018-01-01"^^xsd:date .'
    )


# labels, members, parties


def test_each_preferred_label_is_a_label_in_its_language() -> None:
    assert derive("labels", 'wcoid:wco skos:prefLabel "a"@en, "b"@fr ; skos:altLabel "c"@en .') == triples(
        'wcoid:wco wco:labelEn "a"@en ; wco:labelFr "b"@fr .'
    )


def test_a_member_is_a_member_of_the_organization_and_of_its_region() -> None:
    members = (
        "wcoid:person-a a foaf:Person ."
        "wcoid:a a org:Membership ; org:member wcoid:polity-TUR ; org:organization wcoid:wco ;"
        " org:role wcov:member-role ."
        "wcoid:b a org:Membership ; org:member wcoid:polity-TUR ; org:organization wcoid:region-europe ;"
        " org:role wcov:region-member-role ."
        "wcoid:c a org:Membership ; org:member wcoid:polity-EU ; org:organization wcoid:wco ;"
        " org:role wcov:akin-member-role ."
        "wcoid:d a org:Membership ; org:member wcoid:polity-OLD ; org:organization wcoid:wco ;"
        ' org:role wcov:member-role ; schema:endDate "1992"^^xsd:gYear .'
        "wcoid:e a wco:Tenure, org:Membership ; org:member wcoid:person-a ;"
        " org:organization wcoid:body-secretariat ."
    )
    assert derive("members", members) == triples(
        "wcoid:polity-TUR a wco:Member ; org:memberOf wcoid:wco, wcoid:region-europe ."
    )


KINDS = (ROOT / "ontology" / "vocabularies" / "action-kinds.ttl").read_text("utf-8")
BINDING = [
    "acceptance",
    "acceptance-of-annexes",
    "accession",
    "definitive-signature",
    "party-unspecified",
    "ratification",
    "succession",
]
NOT_BINDING = [
    "binding-act",
    "national-approval",
    "participation-unspecified",
    "signature",
    "territorial-entry",
    "territorial-extension",
]


def test_every_kind_of_action_is_known_to_bind_or_not() -> None:
    kinds = {
        triple.subject.value.rpartition("/")[2]
        for triple in ox.parse(KINDS, format=ox.RdfFormat.TURTLE)
        if triple.predicate.value.endswith("#inScheme")
    }
    assert kinds == {*BINDING, *NOT_BINDING}


@pytest.mark.parametrize("kind", [*BINDING, *NOT_BINDING])
def test_an_action_makes_a_party_where_its_kind_binds(kind: str) -> None:
    action = (
        f"wcoid:a a wco:TreatyAction ; wco:actionKind wcov:{kind} ; wco:actionBy wcoid:polity-TUR ;"
        " wco:actionOn wcoid:convention-hs-1983 ."
    )
    party = triples("wcoid:polity-TUR wco:isPartyTo wcoid:convention-hs-1983 .")
    assert derive("parties", KINDS + action) == (party if kind in BINDING else set())


def test_every_name_is_folded_as_a_typed_one_is() -> None:
    names = 'wcoid:a skos:prefLabel "Côte d\'Ivoire"@en, "X"@fr ; skos:altLabel "Ivory  Coast"@en ; '
    names += 'wco:abbreviation "CI"@en .'
    assert derive("folded", names) == triples(
        'wcoid:a wcob:foldedLabel "cote d ivoire", "x", "ivory coast", "ci" .'
    )
    assert fold("CÔTE-D’IVOIRE") == "cote d ivoire"


def test_what_has_no_preferred_label_or_only_punctuation_is_not_folded() -> None:
    assert derive("folded", 'wcoid:a skos:altLabel "b"@en . wcoid:c skos:prefLabel "..."@en .') == set()


def test_a_treaty_action_is_not_folded() -> None:
    assert derive("folded", 'wcoid:a a wco:TreatyAction ; skos:prefLabel "b"@en .') == set()


# the whole graph

SLOW_IN_RDFLIB = ("bounds", "labels", "labels-of-memberships")  # minutes, on the whole graph


@pytest.fixture(scope="module")
def whole() -> list[bytes]:
    return [path.read_bytes() for path in ontology_files() + data_files()]


@each_query
def test_two_engines_derive_the_same_from_the_whole_graph(path: Path, whole: list[bytes]) -> None:
    query = path.read_text("utf-8")
    derived = by_oxigraph(query, whole)
    if path.stem not in SLOW_IN_RDFLIB:
        assert by_rdflib(query, whole) == derived


@pytest.mark.parametrize("name", SLOW_IN_RDFLIB)
def test_two_engines_derive_the_same_from_people_and_their_posts(name: str) -> None:
    files = [(ROOT / f"data/{file}.ttl").read_text("utf-8") for file in ("organization", "posts", "people")]
    blocks = files[-1].split("\n\n")
    tenures = [block for block in blocks if "wco:isTenureOf" in block]
    files[-1] = "\n\n".join(block for block in blocks if block not in tenures[12:])
    part = [text.encode() for text in files]
    labels = by_oxigraph((DERIVE / "labels.rq").read_text("utf-8"), part)
    part.append("".join(f"{triple} .\n" for triple in labels).encode())
    query = (DERIVE / f"{name}.rq").read_text("utf-8")
    derived = by_oxigraph(query, part)
    assert len(derived) >= 24
    assert by_rdflib(query, part) == derived


@each_query
def test_what_is_derived_has_no_blank_nodes(path: Path, whole: list[bytes]) -> None:
    derived = by_oxigraph(path.read_text("utf-8"), whole)
    assert not [term for triple in derived for term in triple if isinstance(term, ox.BlankNode)]


def test_what_is_derived_is_a_graph_apart_from_what_is_asserted() -> None:
    graphs = with_derived(str(ROOT))
    asserted = {triple for role, triples in graphs.items() if role != "derived" for triple in triples}
    assert len(graphs["derived"]) == len(set(graphs["derived"])) > 1000
    assert not asserted & set(graphs["derived"])
    assert dataset.asserted(str(ROOT))["derived"] == []


def test_without_its_claim_a_value_is_not_derived(tmp_path: Path) -> None:
    for folder in ("ontology", "data", "queries"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    before = set(with_derived(str(tmp_path))["derived"])
    claims = tmp_path / "data/claims.ttl"
    rank = "wco:hasRank wcov:preferred-rank"
    head, found, tail = claims.read_text("utf-8").partition(rank)
    claims.write_text(f"{head}wco:hasRank wcov:normal-rank{tail}", "utf-8")
    assert found
    gone = before - set(with_derived(str(tmp_path))["derived"])
    (claimed,) = [
        quad.triple for quad in dataset.parse_file(str(claims)) if quad.object.value.endswith("/normal-rank")
    ][:1]
    about = {quad.object for quad in dataset.parse_file(str(claims)) if quad.subject == claimed.subject}
    (triple,) = (t for t in gone if t.predicate.value.endswith("#memberCount") or t.predicate in about)
    assert set(triple) <= about


CLAIM = (
    "wcocl:mine a wco:Claim ; wco:hasRank wcov:preferred-rank ; wco:aboutSubject wcoid:wco ;"
    ' wco:aboutProperty wco:memberCount ;\n wco:asOf "2099"^^xsd:gYear ; wco:literalValue "many" .'
)


def test_a_claim_of_a_value_out_of_range_is_found_where_it_stands(tmp_path: Path) -> None:
    """Of files of someone's own and of the graph alike."""
    path = tmp_path / "mine.ttl"
    path.write_text(f"{PREFIXES}\n{CLAIM}\n")
    line = path.read_text().splitlines().index(CLAIM.partition("\n")[0]) + 2
    for engine in ("native", "pyshacl"):
        found = check_files(str(ROOT), [str(path)], engine=engine).findings
        (finding,) = (f for f in found if f.value == '"many"')
        assert finding.focus == "<https://w3id.org/wcograph/claim/mine>"
        assert (finding.file, finding.line) == (str(path), line)
    for folder in ("ontology", "data", "queries"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    path.rename(tmp_path / "data/mine.ttl")
    found = check_files(str(tmp_path)).findings
    (finding,) = (f for f in found if f.value == '"many"' and f.focus.endswith("/claim/mine>"))
    assert finding.file
    assert finding.line
    assert '"many"' in Path(finding.file).read_text("utf-8").splitlines()[finding.line - 1]


# graphs of our own


def graph(place: Path, **queries: str) -> str:
    """Write a graph that says <e:a> <e:b> 1, with derive queries by name."""
    texts = {"ontology/o.ttl": "<e:a> <e:b> 1 .", "data/d.ttl": ""}
    for name, text in {
        **texts,
        **{f"queries/derive/{name}.rq": text for name, text in queries.items()},
    }.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text)
    return str(place)


COPY = "CONSTRUCT {{ ?s <e:{}> ?o }} WHERE {{ ?s <e:{}> ?o }}"


def test_a_query_sees_what_others_derive_only_where_it_asks_for_it(tmp_path: Path) -> None:
    place = graph(
        tmp_path,
        a="#+ after: [z]\n" + COPY.format("d", "c"),
        m=COPY.format("e", "c"),
        n=COPY.format("f", "d"),
        o="#+ after: [a]\n" + COPY.format("g", "c"),
        z=COPY.format("c", "b"),
    )
    derived = with_derived(place)["derived"]
    assert set(derived) == parse(b"<e:a> <e:c> 1 ; <e:d> 1 .")


def test_what_is_asserted_stays_where_a_query_sees_it_derived_too(tmp_path: Path) -> None:
    place = graph(
        tmp_path,
        a=COPY.format("b", "b"),
        b="#+ after: [a]\n" + COPY.format("c", "b"),
        c=COPY.format("d", "b"),
    )
    assert set(with_derived(place)["derived"]) == parse(b"<e:a> <e:c> 1 ; <e:d> 1 .")


def test_what_two_queries_derive_is_counted_once_by_a_third(tmp_path: Path) -> None:
    count = "CONSTRUCT {{ <e:a> <e:{}> ?n }} WHERE {{ SELECT (COUNT(*) AS ?n) WHERE {{ ?s <e:c> ?o }} }}"
    place = graph(
        tmp_path,
        a=COPY.format("c", "b"),
        b=COPY.format("c", "b"),
        m="#+ after: [a]\n" + count.format("d"),
        n="#+ after: [a, b]\n" + count.format("e"),
    )
    assert set(with_derived(place)["derived"]) == parse(b"<e:a> <e:c> 1 ; <e:d> 1 ; <e:e> 1 .")


def test_the_store_is_left_as_it_was(tmp_path: Path) -> None:
    place = graph(
        tmp_path,
        a=COPY.format("b", "b"),
        b="#+ after: [a, c]\n" + COPY.format("d", "c"),
        c=COPY.format("c", "b"),
    )
    store = ox.Store()
    store.load(b"<e:a> <e:b> 1 .", ox.RdfFormat.TURTLE)
    before = set(store)
    assert {path: len(triples) for path, triples in derive_from(place, store).items()} == {
        f"queries/derive/{name}.rq": count for name, count in {"a": 0, "b": 1, "c": 1}.items()
    }
    assert set(store) == before


@pytest.mark.quick(2)
@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("CONSTRUCT { ?s ?p ?o }\nWHERE { ?s ?p }", ":2:15: the triple before it is incomplete"),
        ("CONSTRUCT {\n?s ?p [] }\nWHERE { ?s ?p ?o }", ":2: creates blank nodes"),
        ("CONSTRUCT {\n\n?s ?p _:b }\nWHERE { ?s ?p ?o }", ":3: creates blank nodes"),
        ("CONSTRUCT { ?s ?p ?b } WHERE {\n ?s ?p ?o\n BIND(bnode() AS ?b) }", ":3: creates blank nodes"),
        ("\nCONSTRUCT { ?s ?p (1) } WHERE { ?s ?p ?o }", ":2: creates blank nodes"),
        ("\nSELECT * { ?s ?p ?o }", ":2: is not a CONSTRUCT query"),
        ("ASK { ?s ?p ?o }", ":1: is not a CONSTRUCT query"),
        (
            "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o FILTER(<e:f>(?o)) }",
            ": the engine has no such function: The custom function <e:f>",
        ),
        ("#+ after: [y]\n" + COPY.format("c", "b"), ": after: there is no derive query 'y'"),
        ("#+ after: [x]\n" + COPY.format("c", "b"), r": after: the query depends on itself \(x after x\)"),
        ("#+ after: y\n" + COPY.format("c", "b"), ":1: header: after must be a list"),
    ],
)
def test_a_query_that_is_wrong_is_told_with_its_file_and_line(tmp_path: Path, query: str, told: str) -> None:
    place = graph(tmp_path, x=query)
    with pytest.raises(InputError, match=rf"^{tmp_path}/queries/derive/x\.rq{told}"):
        with_derived(place)


def test_a_circle_of_queries_is_told(tmp_path: Path) -> None:
    place = graph(
        tmp_path, x="#+ after: [y]\n" + COPY.format("c", "b"), y="#+ after: [x]\n" + COPY.format("d", "b")
    )
    with pytest.raises(
        InputError, match=r"the query depends on itself \((x after y after x|y after x after y)\)"
    ):
        with_derived(place)


def test_a_blank_node_of_the_data_may_be_in_what_is_derived(tmp_path: Path) -> None:
    place = graph(tmp_path, x=COPY.format("c", "b"))
    (tmp_path / "data/d.ttl").write_text("[] <e:b> 2 .")
    assert len(with_derived(place)["derived"]) == 2
