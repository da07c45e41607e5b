"""The tables of facts, row by row: what the graph has of them, and what it must not have.

Every row of each table is found in the graph with its value, the precision of its date, and one of its sources. The
known problems of the tables are tested one by one, from the graph alone.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

from conftest import TABLES, needs_tables
from wcograph import layout
from wcograph.toolbox.sparql.parameters import fold

ROOT = Path(__file__).parent.parent
KINDS_OF_TABLES = (
    "bodies",
    "partners",
    "instruments",
    "hs_editions",
    "topics",
    "people",
    "themes",
    "offices",
    "regions",
)
Row = dict[str, str]


def rows(table: str) -> list[Row]:
    with (TABLES / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def facts() -> list[tuple[str, Row]]:
    """The rows to look for: those of high or medium confidence."""
    if not TABLES.is_dir():
        return []
    return [
        (table, row) for table in KINDS_OF_TABLES for row in rows(table) if row.get("confidence") != "low"
    ]


def low() -> list[tuple[str, Row]]:
    if not TABLES.is_dir():
        return []
    return [
        (table, row) for table in KINDS_OF_TABLES for row in rows(table) if row.get("confidence") == "low"
    ]


def name_of(case: tuple[str, Row]) -> str:
    table, row = case
    return f"{table}-{row.get('slug') or row.get('edition') or row.get('year') or row.get('name')}"


@pytest.fixture(scope="module")
def store() -> ox.Store:
    """What is asserted, with nothing derived, so that a claim is no fact."""
    store = ox.Store()
    for path in sorted([*(ROOT / "ontology").glob("*.ttl"), *(ROOT / "ontology/vocabularies").glob("*.ttl")]):
        store.load(path=str(path), format=ox.RdfFormat.TURTLE)
    for path in sorted((ROOT / "data").glob("*.ttl")):
        store.load(path=str(path), format=ox.RdfFormat.TURTLE)
    return store


def values(store: ox.Store, pattern: str) -> list[str]:
    """The values of ?value in a pattern, dates with their datatype's name (``2005-06 gYearMonth``)."""
    solutions = store.query(f"SELECT DISTINCT ?value WHERE {{ {pattern} }}", prefixes=layout.PREFIXES)
    assert isinstance(solutions, ox.QuerySolutions)
    return sorted(written(solution["value"]) for solution in solutions)


def written(term: object) -> str:
    if isinstance(term, ox.Literal) and term.datatype.value.rpartition("#")[2] in (
        "date",
        "gYear",
        "gYearMonth",
    ):
        return f"{term.value} {term.datatype.value.rpartition('#')[2]}"
    if isinstance(term, ox.NamedNode):
        return term.value.rpartition("/")[2].rpartition("#")[2]
    return str(getattr(term, "value", term))


def date(text: str) -> str:
    return f"{text} {({4: 'gYear', 7: 'gYearMonth', 10: 'date'})[len(text)]}"


def stated(store: ox.Store, subject: str, property_: str) -> list[str]:
    """What a claim of any rank but deprecated, or a plain triple, says of a property of a subject."""
    claimed = f"""?c wco:aboutSubject {subject} ; wco:aboutProperty {property_} ;
        wco:literalValue|wco:resourceValue ?value . FILTER NOT EXISTS {{ ?c wco:hasRank wcov:deprecated-rank }}"""
    return sorted({*values(store, f"{subject} {property_} ?value"), *values(store, claimed)})


def sources_of(store: ox.Store, subject: str) -> set[str]:
    """The addresses of the sources of a thing and of the claims about it, without what differs by language."""
    found = values(
        store,
        f"""{{ {subject} dcterms:source ?s }} UNION {{ ?c wco:aboutSubject {subject} ; prov:wasQuotedFrom ?s }}
        OPTIONAL {{ ?s schema:url ?url }} VALUES ?own {{ true false }}
        BIND(STR(IF(?own, ?s, ?url)) AS ?value) FILTER(BOUND(?value))""",
    )
    return {address(url) for url in found}


def address(url: str) -> str:
    url = re.sub(r"^https?://(www\.)?", "", url).rstrip("/").lower()
    url = re.sub(r"\?p(age)?=[01]$", "", url)
    return re.sub(r"^wcoomd\.org/(en|es-es|ru-ru|zh-cn)/", "wcoomd.org/*/", url)


DOCUMENTS = {
    "D1": "w3id.org/wcograph/source/trade-ministry-turkiye",
    "D2": "w3id.org/wcograph/source/customs-comoros",
}


def has_a_source(store: ox.Store, subject: str, cell: str) -> None:
    """One at least of the sources that a row names stands at the thing, or at a claim about it."""
    named = {DOCUMENTS.get(part.strip(), address(part.strip())) for part in cell.split(" ; ")}
    real = {one for one in named if "/" in one and not one.endswith("...") and " " not in one}
    if real:
        assert sources_of(store, subject) & real, f"{subject}: none of {real}"


def names(store: ox.Store, subject: str) -> set[str]:
    known = "skos:prefLabel|skos:altLabel|wco:abbreviation|wco:formerAbbreviation|wco:formerName|wco:slogan"
    return {fold(value) for value in values(store, f"{subject} {known} ?value")}


# What a row of each table must be in the graph


def body(store: ox.Store, row: Row) -> None:
    subject = f"wcoid:body-{row['slug']}"
    assert {fold(row["name_en"]), fold(row["name_en"].split(" (")[0])} & names(store, subject)
    assert values(store, f"{subject} wco:bodyKind ?value") == [row["kind"]]
    assumed = "Parent body assumed" in row["description_own_words"]
    parent = values(store, f"{subject} org:subOrganizationOf ?value . ?value a wco:Body")
    assert parent == ([f"body-{row['parent_slug']}"] if row["parent_slug"] and not assumed else [])
    year = re.match(r"\d{4}(-\d\d)?", row["established"])
    if year and " or " not in row["established"]:
        assert date(year[0]) in stated(store, subject, "wco:foundingDate")
    size = re.match(r"\d+", row["members_count"])
    if size and row["kind"] != "secretariat" and "RILO" not in row["members_count"]:
        assert size[0] in stated(store, subject, "wco:bodyMemberCount")
    if row["name_fr_basis"] == "general knowledge" and row["name_fr"]:
        sourced = values(
            store, f"{subject} dcterms:source ?s . ?s dcterms:title ?value . FILTER(LANG(?value) = 'fr')"
        )
        assert sourced or not values(store, f"{subject} skos:prefLabel ?value . FILTER(LANG(?value) = 'fr')")
    has_a_source(store, subject, row["sources"])


def partner(store: ox.Store, row: Row) -> None:
    subject = "wcoid:polity-EU" if row["slug"] == "eu" else f"wcoid:organization-{row['slug']}"
    assert values(store, f"{subject} wco:cooperatesWith ?value") == ["wco"]
    if row["abbrev"]:
        assert fold(row["abbrev"]) in names(store, subject) or row["slug"] == "eu"
    assert values(store, f"{subject} schema:sameAs ?value") == ([row["qid"]] if row["qid"] else [])
    if row["agreement_date"]:
        agreed = values(store, f"?a wco:concludedWith {subject} ; eli:date_document ?value")
        assert date(row["agreement_date"]) in agreed
        agreement = values(store, f"?value wco:concludedWith {subject} ; eli:date_document ?d")[0]
        has_a_source(store, f"wcoid:{agreement}", row["sources"])
    has_a_source(store, subject, row["sources"])


def instrument(store: ox.Store, row: Row) -> None:
    slug = {"wto-tfa": "wto-trade-facilitation"}.get(row["slug"], row["slug"])
    subject = f"wcoid:{'agreement' if row['kind'] == 'agreement' else 'instrument'}-{slug}"
    said = names(store, subject)
    assert any(name in fold(row["name"]) or fold(row["name"]) in name for name in said)
    if row["kind"] != "agreement":
        kind = "nomenclature" if row["slug"].startswith(("hs-", "harmonized")) else row["kind"]
        assert values(store, f"{subject} wco:instrumentKind ?value") == [kind]
    assert values(store, f"{subject} dcterms:issued|eli:date_document ?value") == (
        [date(row["adopted_date"])] if row["adopted_date"] else []
    )
    if re.search(r"-\d[\d-]*$", slug) and slug.startswith(("safe-framework", "hs-", "wco-data-model")):
        base = values(store, f"{subject} dcterms:isVersionOf ?value")
        assert len(base) == 1
    has_a_source(store, subject, row["source_a"])


def edition(store: ox.Store, row: Row) -> None:
    subject = f"wcoid:instrument-hs-{row['edition']}"
    assert values(store, f"{subject} eli:first_date_entry_in_force ?value") == [date(row["entry_into_force"])]
    properties = {
        "sections": "sectionCount",
        "chapters": "chapterCount",
        "headings": "headingCount",
        "subheadings": "subheadingCount",
        "amendment_sets": "amendmentSetCount",
    }
    for column, property_ in properties.items():
        if row[column]:
            assert row[column] in stated(store, subject, f"wco:{property_}")
    has_a_source(store, subject, row["source"])


def topic(store: ox.Store, row: Row) -> None:
    subject = f"wcoid:{'topic-' if row['kind'] == 'topic' else ''}{row['slug']}"
    if row["kind"] == "topic":
        assert fold(row["label_en"]) in names(store, subject)
        leads = values(store, f"?value wco:worksInField {subject}")
        assert not row["wco_lead_body_slug"] or f"body-{row['wco_lead_body_slug']}" in leads
        has_a_source(store, subject, row["sources"])
    elif row["kind"] != "function":
        assert names(store, subject)


def person(store: ox.Store, row: Row) -> None:
    named = f"?p a foaf:Person ; skos:prefLabel|skos:altLabel ?n . FILTER(STR(?n) = '{row['name'].split(' (')[0]}')"
    start = values(store, f"{named} ?t org:member ?p ; schema:startDate ?value")
    doubtful = {"Ana Hinojosa"}
    if row["from"] and row["name"] not in doubtful:
        assert date(row["from"]) in start
    claimed = "?c wco:aboutSubject ?t ; wco:aboutProperty schema:endDate ; wco:literalValue ?value"
    end = values(store, f"{named} ?t org:member ?p . {{ ?t schema:endDate ?value }} UNION {{ {claimed} }}")
    if row["to"] and row["name"] not in {"Thomas Plunkett Hayes (T. P. Hayes)", "Sergio Mujica"}:
        assert date(row["to"]) in end
    assert values(store, f"{named} ?t org:member ?p ; wco:isTenureOf ?value")


def theme(store: ox.Store, row: Row) -> None:
    subject = f"wcoid:theme-{row['year']}"
    assert values(store, f"{subject} wco:themeYear ?value") == [f"{row['year']} gYear"]
    if row["confidence"] == "high":
        assert any(name.startswith(fold(row["theme_title"])[:25]) for name in names(store, subject))
    has_a_source(store, subject, row["sources"])


def office(store: ox.Store, row: Row) -> None:
    subject = f"wcoid:{row['slug']}"
    assert values(store, f"{subject} wco:officeKind ?value") == [row["kind"]]
    assert values(store, f"{subject} wco:servesRegion ?value") == [f"region-{row['wco_region']}"]
    day = re.fullmatch(r"\d{4}(-\d\d){0,2}", row["established"])
    if day:
        assert date(day[0]) in stated(store, subject, "wco:foundingDate")
    city = values(store, f"{subject} wco:city ?value")
    assert city in ([], [row["city"]])
    host = values(store, f"{subject} wco:hostedBy ?h . ?h wco:iso3166Alpha2 ?value")
    assert host in ([], [row["iso2"]])
    has_a_source(store, subject, row["sources"])


def region(store: ox.Store, row: Row) -> None:
    subject = f"wcoid:region-{row['slug']}"
    assert {fold(row["name_official"]), fold(row["label_fr"])} <= names(store, subject)
    count = re.match(r"\d+", row["members_count"])
    assert count and count[0] in stated(store, subject, "wco:memberCount")
    post = f"wcoid:post-vice-chair-{row['slug']}"
    holders = {
        fold(name) for name in values(store, f"?t wco:isTenureOf {post} ; org:member/skos:prefLabel ?value")
    }
    told = re.findall(r"[A-ZÅØ][\w.'’-]+(?: [A-Z][\w'’-]+)+", row["vice_chair_history"])
    people = {fold(name) for name in told} & holders
    assert people and len(holders) >= 1
    has_a_source(store, subject, row["sources"])


LOOK: dict[str, Callable[[ox.Store, Row], None]] = {
    "bodies": body,
    "partners": partner,
    "instruments": instrument,
    "hs_editions": edition,
    "topics": topic,
    "people": person,
    "themes": theme,
    "offices": office,
    "regions": region,
}


@needs_tables
@pytest.mark.parametrize("case", facts(), ids=name_of)
def test_a_row_is_in_the_graph_with_its_value_precision_and_source(
    store: ox.Store, case: tuple[str, Row]
) -> None:
    LOOK[case[0]](store, case[1])


# What of a row of low confidence is no plain fact


@needs_tables
@pytest.mark.parametrize("case", low(), ids=name_of)
def test_nothing_doubtful_of_a_low_row_is_a_plain_fact(store: ox.Store, case: tuple[str, Row]) -> None:
    table, row = case
    if table == "people":
        tenures = (
            f"?p skos:prefLabel ?n . FILTER(STR(?n) = '{row['name'].split(' (')[0]}') ?value org:member ?p"
        )
        assert values(store, tenures) == []
    elif table == "offices":
        subject = f"wcoid:{row['slug']}"
        later = [one["city"] for one in rows("additions/offices") if one["slug"] == row["slug"]]
        assert values(store, f"{subject} a wco:RegionalOffice ; wco:city ?value") == later
        if "general knowledge" in row["note"] and row["slug"] == "rilo-western-europe":
            assert values(store, f"{subject} wco:hostedBy ?value") == []
    elif table == "bodies":
        subject = f"wcoid:body-{row['slug']}"
        assert values(store, f"{subject} org:subOrganizationOf ?value") == []
    else:
        assert table == "instruments"
        assert values(store, f"wcoid:instrument-{row['slug']} ?p ?value") == []


# The known problems of the tables, from the graph alone

CASES: dict[str, tuple[str, list[str]]] = {
    "9: a candidate is no office": ("wcoid:rtc-turkmenistan a ?value", ["Organization"]),
    "9: an office in preparation is no office": ("wcoid:rdtc-saudi-arabia a ?value", ["Organization"]),
    "9: the twelfth office has its source": (
        "wcoid:rilo-north-africa dcterms:source ?source BIND(true AS ?value)",
        ["true"],
    ),
    "9: the twelve offices are named": (
        "{ SELECT (COUNT(*) AS ?value) { ?o a wco:RegionalOffice ; wco:officeKind wcov:rilo } }",
        ["12"],
    ),
    "9: and twelve are claimed": (
        "?c wco:aboutSubject wcoid:network-rilo ; wco:aboutProperty wco:officeCount ; wco:literalValue ?value",
        ["11", "12"],
    ),
    "10: both numbers of subheadings of 1996 are claims": (
        "?c wco:aboutSubject wcoid:instrument-hs-1996 ; wco:aboutProperty wco:subheadingCount ;"
        " wco:literalValue ?value",
        ["5113", "5132"],
    ),
    "10: and of 2022": (
        "?c wco:aboutSubject wcoid:instrument-hs-2022 ; wco:aboutProperty wco:subheadingCount ;"
        " wco:literalValue ?value",
        ["5596", "5612"],
    ),
    "10: no count is a plain fact": ("?e wco:subheadingCount|wco:headingCount|wco:chapterCount ?value", []),
    "13: the committee of 1950 and of 1953": (
        "?c wco:aboutSubject wcoid:body-permanent-technical-committee ; wco:aboutProperty wco:foundingDate ;"
        " wco:literalValue ?value",
        ["1950 gYear", "1953 gYear"],
    ),
    "13: neither of which is preferred": (
        "?value wco:aboutSubject wcoid:body-permanent-technical-committee ; wco:aboutProperty wco:foundingDate ;"
        " wco:hasRank wcov:preferred-rank",
        [],
    ),
    "16: cities from general knowledge": (
        "VALUES ?o { wcoid:rilo-eastern-and-southern-africa wcoid:rtc-malaysia wcoid:rtc-north-macedonia"
        " wcoid:rcl-russian-federation wcoid:rcl-korea } ?o wco:city ?value",
        [],
    ),
    "16: a country from general knowledge": ("wcoid:rilo-western-europe wco:hostedBy ?value", []),
    "17: the end of Hayes' term": (
        "wcoid:tenure-thomas-plunkett-hayes-secretary-general schema:endDate ?value",
        [],
    ),
    "17: Mujica's end": ("wcoid:tenure-sergio-mujica-deputy-secretary-general schema:endDate ?value", []),
    "17: Mujica's nationality": ("wcoid:person-sergio-mujica schema:nationality ?value", []),
    "17: Hinojosa's starting month": (
        "wcoid:tenure-ana-hinojosa-director-of-compliance-and-facilitation schema:startDate ?value",
        [],
    ),
    "17: Kang's nationality": ("wcoid:person-taeil-kang schema:nationality ?value", []),
    "18: parents that are assumed": (
        "VALUES ?b { wcoid:body-air-cargo-security-technical-experts-group wcoid:body-working-group-on-rkc-review"
        " wcoid:body-passenger-facilitation-and-control-working-group"
        " wcoid:body-working-group-on-performance-measurement } ?b org:subOrganizationOf ?value",
        [],
    ),
    "19: the month of the working name": (
        "wcoid:event-working-name-1994 schema:startDate ?value",
        ["1994 gYear"],
    ),
    "19: the month of the framework": ("wcoid:event-safe-framework schema:startDate ?value", ["2005 gYear"]),
    "19: the long wording of a theme": (
        "VALUES ?t { wcoid:theme-2010 wcoid:theme-2011 } ?t skos:prefLabel|skos:altLabel ?value ."
        " FILTER(REGEX(STR(?value), 'improving performance|catalyst', 'i'))",
        [],
    ),
    "20: an address that is cut short": (
        "?s schema:url ?url . FILTER(CONTAINS(STR(?url), '...') && STRENDS(STR(?url), '...')) BIND(STR(?s) AS ?value)",
        [],
    ),
    "21: words are no date": (
        "?c wco:aboutProperty wco:foundingDate ; wco:literalValue ?value . FILTER(DATATYPE(?value) = xsd:string)",
        [],
    ),
    "a chapter is reserved": ("?c wco:reserved true ; skos:notation ?value", ["77"]),
    "ninety-seven chapters and twenty-one sections": (
        "?l a xkos:ClassificationLevel . { SELECT ?l (COUNT(*) AS ?value) { ?l skos:member ?m } GROUP BY ?l }",
        ["21", "97"],
    ),
}


@pytest.mark.quick(10)
@pytest.mark.parametrize(("pattern", "expected"), CASES.values(), ids=CASES)
def test_no_known_problem_of_the_tables_became_a_wrong_fact(
    store: ox.Store, pattern: str, expected: list[str]
) -> None:
    assert values(store, pattern) == expected


@needs_tables
def test_no_title_of_the_harmonized_system_is_the_official_one(store: ox.Store) -> None:
    """The texts carry rights of others: what is here is our own, and read against the official tables where present."""
    with (TABLES.parent / "hs" / "hs2022.csv").open(encoding="utf-8", newline="") as file:
        official = {fold(row["description"]) for row in csv.DictReader(file)}
    own = values(store, "?c skos:inScheme wcoid:instrument-hs-2022 ; skos:prefLabel ?value")
    assert len(own) == 118
    assert [title for title in own if fold(title) in official] == []
