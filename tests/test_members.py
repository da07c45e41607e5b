"""The Members: the numbers that come out of the data are the ones that sources state, at every date."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

import wcograph

ROOT = Path(__file__).parent.parent

PREFIXES = """
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX org: <http://www.w3.org/ns/org#>
PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX schema: <https://schema.org/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX wco: <https://w3id.org/wcograph/ns#>
PREFIX wcoid: <https://w3id.org/wcograph/id/>
PREFIX wcov: <https://w3id.org/wcograph/vocab/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""

# Numbers of Members that have been stated, at the last day of the time for which they were.
STATED = {
    "2003-06-30": 161,
    "2010-12-31": 177,
    "2013-12-31": 179,
    "2015-06-30": 180,
    "2017-12-31": 182,
    "2019-06-30": 183,
    "2022-06-30": 184,
    "2023-06-30": 185,
    "2024-06-30": 186,
    "2025-10-31": 187,
}

REGIONS = {"europe": 52, "asia-pacific": 35, "americas": 34, "esa": 24, "wca": 24, "mena": 18}


@pytest.fixture(scope="module")
def store() -> ox.Store:
    """The ontology and the data as they are written, with the Members read from the memberships that have no end."""
    store = ox.Store()
    paths = [*(ROOT / "ontology").rglob("*.ttl"), *(ROOT / "data").glob("*.ttl")]
    for path in sorted(paths):
        store.load(path=str(path), format=ox.RdfFormat.TURTLE)
    store.update(
        PREFIXES
        + """INSERT { ?member a wco:Member } WHERE {
            ?membership org:organization wcoid:wco ; org:role wcov:member-role ; org:member ?member .
            MINUS { ?membership schema:endDate|wco:latestEnd ?end }
        }"""
    )
    return store


def rows(store: ox.Store, query: str) -> Iterator[tuple[str, ...]]:
    """Give the rows of a SELECT query as strings; an empty string where a variable is unbound."""
    solutions = store.query(PREFIXES + query)
    assert isinstance(solutions, ox.QuerySolutions)
    for solution in solutions:
        yield tuple("" if term is None else str(getattr(term, "value", term)) for term in solution)


def members_on(store: ox.Store, day: str, restriction: str = "") -> tuple[set[str], set[str]]:
    """Return those that were certainly Members on a day, and those that may have been."""
    certain, undecided = set(), set()
    for member, since, shown, earliest, latest, end, latest_end in rows(
        store,
        f"""SELECT ?member ?since (MIN(?shownOn) AS ?shown) ?earliest ?latest ?end ?latestEnd WHERE {{
            ?membership org:organization wcoid:wco ; org:role wcov:member-role ; org:member ?member .
            {restriction}
            OPTIONAL {{ ?membership schema:startDate ?since }}
            OPTIONAL {{ ?membership wco:shownOn ?shownOn }}
            OPTIONAL {{ ?membership wco:earliestStart ?earliest }}
            OPTIONAL {{ ?membership wco:latestStart ?latest }}
            OPTIONAL {{ ?membership schema:endDate ?end }}
            OPTIONAL {{ ?membership wco:latestEnd ?latestEnd }}
        }} GROUP BY ?membership ?member ?since ?earliest ?latest ?end ?latestEnd""",
    ):
        if day > (end or latest_end or "9999"):
            continue
        lasts = not latest_end or day <= max(since, shown)
        if (latest or last_day(since or shown)) <= day and lasts:
            certain.add(member)
        elif (earliest or since)[: len(day)] <= day:
            undecided.add(member)
    return certain, undecided


def last_day(date: str) -> str:
    """Give the last day of a year, a month or a day."""
    if len(date) == 4:
        return f"{date}-12-31"
    if len(date) == 7:
        year, month = map(int, date.split("-"))
        return f"{date}-{calendar.monthrange(year, month)[1]}"
    return date


@pytest.mark.quick
@pytest.mark.parametrize(("day", "number"), STATED.items())
def test_the_stated_totals_come_out_of_the_data(store: ox.Store, day: str, number: int) -> None:
    certain, undecided = members_on(store, day)
    assert (len(certain), undecided) == (number, set())


def test_each_claimed_number_of_members_is_the_computed_one_at_its_date(store: ox.Store) -> None:
    claims = list(
        rows(
            store,
            """SELECT ?claim ?value ?asOf WHERE {
                ?claim wco:aboutSubject wcoid:wco ; wco:aboutProperty wco:memberCount ;
                    wco:literalValue ?value ; wco:asOf ?asOf .
            }""",
        )
    )
    assert len(claims) >= 4
    for claim, value, as_of in claims:
        certain, undecided = members_on(store, last_day(as_of))
        assert len(certain) <= int(value) <= len(certain) + len(undecided), claim


@pytest.mark.parametrize(("region", "number"), REGIONS.items())
def test_each_region_has_the_members_that_are_claimed_for_it(
    store: ox.Store, region: str, number: int
) -> None:
    regional = f"?regional org:member ?member ; org:organization wcoid:region-{region} ."
    certain, undecided = members_on(store, "2025-10-31", regional)
    assert (len(certain), undecided) == (number, set())
    claims = list(
        rows(
            store,
            f"""SELECT ?value ?asOf WHERE {{
                ?claim wco:aboutSubject wcoid:region-{region} ; wco:aboutProperty wco:memberCount ;
                    wco:literalValue ?value ; wco:asOf ?asOf ; wco:hasRank wcov:preferred-rank .
            }}""",
        )
    )
    assert claims, "no number is claimed for the region"
    for value, as_of in claims:
        certain, undecided = members_on(store, last_day(as_of), regional)
        assert (len(certain), undecided) == (int(value), set())


def test_the_seventeen_founders_are_those_who_were_members_at_the_first_session(store: ox.Store) -> None:
    founders = {
        row[0]
        for row in rows(
            store,
            """SELECT ?member WHERE {
                ?membership org:organization wcoid:wco ; org:role wcov:founding-member-role ;
                    org:member ?member .
            }""",
        )
    }
    assert founders == members_on(store, "1953-01-26")[0]
    claims = rows(
        store,
        """SELECT ?value WHERE {
            ?claim wco:aboutSubject wcoid:wco ; wco:aboutProperty wco:foundingMemberCount ;
                wco:literalValue ?value .
        }""",
    )
    assert [int(row[0]) for row in claims] == [len(founders)] == [17]


def test_nobody_was_a_member_before_the_convention_was_in_force(store: ox.Store) -> None:
    assert members_on(store, "1952-11-03") == (set(), set())
    assert len(members_on(store, "1952-11-04")[0]) == 10


def test_nine_founders_keep_the_day_on_which_they_deposited_before_that(store: ox.Store) -> None:
    deposits = dict(
        rows(
            store,
            """SELECT ?member ?day WHERE {
                ?membership org:member ?member ; wco:instrumentDepositedOn ?day ;
                    schema:startDate "1952-11-04"^^xsd:date .
            }""",
        )
    )
    found = {member.rpartition("-")[2]: day for member, day in deposits.items()}
    assert found == {
        "TUR": "1951-06-06",
        "NOR": "1951-08-06",
        "DNK": "1951-10-19",
        "GRC": "1951-12-10",
        "ESP": "1952-07-13",
        "GBR": "1952-09-12",
        "IRL": "1952-09-23",
        "FRA": "1952-10-06",
        "SWE": "1952-10-17",
    }


@pytest.mark.parametrize(
    ("code", "start", "claimed"),
    [
        ("JPN", "1964-06-15", {"1964-06-15", "1964", "1964-01-15"}),
        ("MUS", "1973-03", {"1973-03-19", "1973-03-29"}),
        ("GNQ", "2021-12-22", {"2021-12-22"}),
        ("CUW", "2001", {"1988-07-11", "2001-07-01"}),
        ("DNK", "1952-11-04", {"1952-11-04", "1951-10-19"}),
    ],
)
def test_each_day_on_which_sources_differ_is_a_claim(
    store: ox.Store, code: str, start: str, claimed: set[str]
) -> None:
    starts = rows(
        store, f"SELECT ?start WHERE {{ OPTIONAL {{ wcoid:membership-{code}-1 schema:startDate ?start }} }}"
    )
    assert [row[0] for row in starts] == [start]
    claims = rows(
        store,
        f"""SELECT ?value WHERE {{
            ?claim wco:aboutSubject wcoid:membership-{code}-1 ; wco:aboutProperty schema:startDate ;
                wco:literalValue ?value .
        }}""",
    )
    assert {row[0] for row in claims} == claimed


def test_a_preferred_claim_of_a_start_is_the_start_that_is_stated(store: ox.Store) -> None:
    wrong = rows(
        store,
        """SELECT ?claim WHERE {
            ?claim wco:aboutProperty schema:startDate ; wco:aboutSubject ?membership ;
                wco:hasRank wcov:preferred-rank ; wco:literalValue ?value .
            ?membership org:organization wcoid:wco .
            FILTER NOT EXISTS { ?membership schema:startDate ?value }
        }""",
    )
    assert list(wrong) == []


def test_each_member_has_one_membership_and_one_region_and_codes_of_its_own(store: ox.Store) -> None:
    found = list(
        rows(
            store,
            """SELECT ?member (COUNT(DISTINCT ?membership) AS ?a) (COUNT(DISTINCT ?regional) AS ?b) WHERE {
                ?member a wco:Member .
                ?membership org:member ?member ; org:organization wcoid:wco .
                MINUS { ?membership schema:endDate|wco:latestEnd ?end }
                ?regional org:member ?member ; org:organization ?region .
                FILTER(STRSTARTS(STR(?region), CONCAT(STR(wcoid:region), "-")))
            } GROUP BY ?member""",
        )
    )
    assert len(found) == 187
    assert {row[1:] for row in found} == {("1", "1")}
    for code in ("iso3166Alpha2", "iso3166Alpha3", "iso3166Numeric", "unM49"):
        values = [
            row[0] for row in rows(store, f"SELECT ?code WHERE {{ ?m a wco:Member ; wco:{code} ?code }}")
        ]
        assert len(values) == len(set(values)) == 186  # not the European Union, not Kosovo


def test_no_two_members_share_a_name(store: ox.Store) -> None:
    shared = rows(
        store,
        """SELECT ?name WHERE {
            ?a a wco:Member ; skos:prefLabel|skos:altLabel|wco:formerName ?one .
            ?b a wco:Member ; skos:prefLabel|skos:altLabel|wco:formerName ?two .
            FILTER(STR(?a) < STR(?b) && LCASE(STR(?one)) = LCASE(STR(?two)))
            BIND(STR(?one) AS ?name)
        }""",
    )
    assert list(shared) == []


@pytest.mark.quick(4)
@pytest.mark.parametrize(
    ("said", "code"),
    {
        "Swaziland": "SWZ",
        "Turkey": "TUR",
        "Türkiye": "TUR",
        "turkiye": "TUR",
        "Burma": "MMR",
        "Birmanie": "MMR",
        "Macedonia": "MKD",
        "Ivory Coast": "CIV",
        "Côte d'Ivoire": "CIV",
        "Cape Verde": "CPV",
        "Cabo Verde": "CPV",
        "Czechia": "CZE",
        "Czech Republic": "CZE",
        "UK": "GBR",
        "US": "USA",
        "840": "USA",
        "Zaire": "COD",
        "Allemagne": "DEU",
        "Corée du Sud": "KOR",
        "Republic of Korea": "KOR",
        "Hong Kong, China": "HKG",
        "EU": "EU",
        "XK": "XKX",
        "XKX": "XKX",
        "UAE": "ARE",
        "DRC": "COD",
        "Holland": "NLD",
        "Great Britain": "GBR",
        "Netherlands Antilles": "CUW",
    }.items(),
)
def test_a_member_is_found_by_the_names_that_people_say(
    kg: wcograph.KnowledgeGraph, said: str, code: str
) -> None:
    assert f"<https://w3id.org/wcograph/id/polity-{code}>" in kg.bound("member-profile", member=said)


@pytest.mark.parametrize("said", ["North Korea", "DPRK", "Monaco", "Taiwan", "Liechtenstein", "Grenada"])
def test_a_profile_says_of_who_is_no_member_that_it_is_none(kg: wcograph.KnowledgeGraph, said: str) -> None:
    assert {row["isMember"] for row in kg.query("member-profile", member=said).to_dicts()} == {False}


def test_a_profile_says_first_whether_and_since_when(kg: wcograph.KnowledgeGraph) -> None:
    rows = kg.query("member-profile", member="Palau").to_dicts()
    assert {row["isMember"] for row in rows} == {True}
    assert rows[0]["aspect"] == "Member of the WCO"
    said = {row["aspect"]: str(row["value"]) for row in rows}
    assert said["start date"] == "2024-02-02"
    assert "earliest start" not in said, "the bounds of an exact date say nothing more"


def test_a_profile_says_that_a_date_is_not_known_and_why(kg: wcograph.KnowledgeGraph) -> None:
    said = {
        row["aspect"]: row["value"] for row in kg.query("member-profile", member="Czechoslovakia").to_dicts()
    }
    assert said["reason unknown"]


def test_each_convention_has_a_row_for_each_member_even_where_nothing_is_known(
    kg: wcograph.KnowledgeGraph,
) -> None:
    conventions = {row[1].value for row in kg.query("conventions").rows()}  # type: ignore[union-attr]
    for code in ("PLW", "TUR", "NRU", "XKX"):
        acted = {row["conventionName"] for row in kg.query("conventions-of-member", member=code).to_dicts()}
        others = kg.query("conventions-without-act", member=code).to_dicts()
        assert acted | {row["conventionName"] for row in others} == conventions, code
        assert not acted & {row["conventionName"] for row in others}, code
        assert all(row["listNote"] for row in others), code


def test_a_thing_is_meant_before_a_source_of_its_name(kg: wcograph.KnowledgeGraph) -> None:
    query = kg.bound("describe", entity="Harmonized System Committee")
    assert "<https://w3id.org/wcograph/id/body-harmonized-system-committee>" in query


def test_every_member_but_three_has_one_id_of_wikidata(kg: wcograph.KnowledgeGraph) -> None:
    pattern = "?m a wco:Member OPTIONAL { ?m schema:sameAs ?q FILTER(CONTAINS(STR(?q), '/entity/Q')) }"
    rows = kg.sparql(f"SELECT ?m (COUNT(?q) AS ?n) {{ {pattern} }} GROUP BY ?m").rows()
    assert {str(m).rpartition("-")[2].rstrip(">") for m, n in rows if n.value != "1"} == {"DNK", "NLD", "XKX"}  # type: ignore[union-attr]
    shared = kg.sparql(
        "SELECT ?q { ?a a wco:Polity ; schema:sameAs ?q . ?b a wco:Polity ; schema:sameAs ?q FILTER(?a != ?b) }"
    )
    assert len(shared.rows()) == 0


@pytest.mark.quick
def test_each_year_has_its_number_of_members(kg: wcograph.KnowledgeGraph) -> None:
    years = kg.query("membership-growth").to_dicts()
    assert [int(str(row["year"])) for row in years] == list(range(1952, 1952 + len(years)))
    (one,) = kg.query("membership-growth", year=2014).to_dicts()
    assert (one["joined"], one["total"]) == (0, 179)


@pytest.mark.quick
@pytest.mark.parametrize(
    ("parameters", "certain", "possible"),
    [
        ({"asOf": "2022-06-30"}, 184, 0),
        ({"asOf": "2018-12-31"}, 183, 0),
        ({"asOf": "2018-06-30"}, 182, 0),
        ({"asOf": "2018-06-30", "region": "europe"}, 52, 0),
        ({"asOf": "2018-06-30", "kind": "state"}, 176, 0),
        ({"asOf": "1952-11-03"}, 0, 0),
        ({"asOf": "2030-01-01"}, 0, 187),
        ({"kind": "customs-union", "role": "akin-member-role", "asOf": "2020-01-01"}, 1, 0),
    ],
)
def test_members_tells_those_that_were_certainly_from_those_that_were_possibly(
    kg: wcograph.KnowledgeGraph, parameters: dict[str, str], certain: int, possible: int
) -> None:
    standings = [row["standing"] for row in kg.query("members", **parameters).to_dicts()]
    assert (standings.count("certainly"), standings.count("possibly")) == (certain, possible)
    assert len(standings) == certain + possible


@pytest.mark.quick
def test_growth_and_members_give_the_same_totals(kg: wcograph.KnowledgeGraph) -> None:
    growth = kg.query("membership-growth").to_dicts()
    assert sum(row["joined"] for row in growth) == 187 + 4  # four memberships have ended
    for row in [*growth[:-1:9], *(row for row in growth if row["year"] in ("2018", "2021"))]:
        found = kg.query("members", asOf=f"{row['year']}-12-31").to_dicts()
        standings = [one["standing"] for one in found]
        assert (standings.count("certainly"), standings.count("possibly")) == (row["total"], row["undecided"])
