"""Facts that were wrong, missing or asked for in vain: each is found with its value, precision and source.

The figures of ``docs/data.md`` are compared with what their calls answer, and those of ``triples.tsv`` with the files, so
that no triple is lost unseen; ``--write-expected`` writes them anew.
"""

from __future__ import annotations

import re
import shlex
from collections import Counter
from pathlib import Path

import pytest

import wcograph
from wcograph import dataset, layout
from wcograph.cli import main
from wcograph.quotations import differing
from wcograph.toolbox.errors import InputError, UsageError

ROOT = Path(__file__).parent.parent
PREFIXES = {
    name: f"https://w3id.org/wcograph/{part}"
    for name, part in {"claim": "claim/", "id": "id/", "source": "source/", "vocab": "vocab/"}.items()
}
AUSTRIA = "austria-ris-ccc-parties"
SWITZERLAND = "swiss-fedlex-1953-42"
WIKIPEDIA = "wikipedia-world-customs-organization-2025"


def asked(kg: wcograph.KnowledgeGraph, pattern: str) -> bool:
    """Say whether the graph has the pattern."""
    return bool(kg.sparql(f"SELECT * {{ {pattern} }} LIMIT 1").rows())


@pytest.mark.parametrize(
    ("membership", "start", "source"),
    [
        ("NPL-1", '"1985-07-22"^^xsd:date', SWITZERLAND),
        ("BMU-1", '"1990-07-13"^^xsd:date', AUSTRIA),
        ("CUW-1", '"2001"^^xsd:gYear', AUSTRIA),
        ("SUR-1", '"2018-11-26"^^xsd:date', WIKIPEDIA),
        ("GNQ-1", '"2021-12-22"^^xsd:date', WIKIPEDIA),
        ("JPN-1", '"1964-06-15"^^xsd:date', WIKIPEDIA),
        ("TZA-1", '"1964-11-17"^^xsd:date', SWITZERLAND),
        ("SYR-1", '"1959-11-03"^^xsd:date', SWITZERLAND),
        ("NAM-1", '"1992-06-30"^^xsd:date', SWITZERLAND),
        ("HKG-1", '"1987-07-01"^^xsd:date', AUSTRIA),
        ("MAC-1", '"1993-07-07"^^xsd:date', AUSTRIA),
        ("CAF-1", '"1965-04-08"^^xsd:date', "dutch-treaty-database-ccc-parties"),
        ("CAF-2", '"1986-07-28"^^xsd:date', SWITZERLAND),
        ("DDDE-1", '"1990-03-27"^^xsd:date', "dutch-treaty-database-ccc-parties"),
    ],
)
def test_a_membership_starts_on_the_day_of_the_better_source(
    kg: wcograph.KnowledgeGraph, membership: str, start: str, source: str
) -> None:
    node = f"wcoid:membership-{membership}"
    assert asked(kg, f"{node} schema:startDate {start} ; dcterms:source wcosrc:{source}")


@pytest.mark.parametrize(
    ("membership", "day", "rank"),
    [
        ("NPL-1", "1986-07-22", "deprecated"),
        ("BMU-1", "1990-07-01", "normal"),
        ("CUW-1", "2001-07-01", "normal"),
        ("JPN-1", "1964-01-15", "deprecated"),
        ("TZA-1", "1964-11-07", "normal"),
        ("SYR-1", "1959-11-19", "normal"),
        ("NAM-1", "1992-07-01", "normal"),
    ],
)
def test_what_was_believed_is_a_claim_of_lower_rank_with_a_reason(
    kg: wcograph.KnowledgeGraph, membership: str, day: str, rank: str
) -> None:
    assert asked(
        kg,
        f"""?claim wco:aboutSubject wcoid:membership-{membership} ; wco:aboutProperty schema:startDate ;
            wco:literalValue "{day}"^^xsd:date ; wco:hasRank wcov:{rank}-rank ; wco:rankReason ?reason ;
            prov:wasQuotedFrom ?source .""",
    )


@pytest.mark.quick(3)
@pytest.mark.parametrize(
    ("code", "day", "standing"),
    [
        ("CSHH", "1960-12-31", "not"),
        ("CSHH", "1963-01-01", "possibly"),
        ("CSHH", "1967-12-31", "certainly"),
        ("CSHH", "1992-12-31", "certainly"),
        ("CSHH", "1993-01-01", "not"),
        ("CZE", "1992-12-31", "not"),
        ("CZE", "1993-01-01", "certainly"),
        ("YUCS", "1959-12-31", "not"),
        ("YUCS", "1960-06-01", "possibly"),
        ("YUCS", "1985-06-01", "possibly"),
        ("YUCS", "2001-03-27", "not"),
        ("SRB", "2001-03-26", "not"),
        ("SRB", "2001-03-27", "certainly"),
        ("DDDE", "1990-03-26", "not"),
        ("DDDE", "1990-03-27", "certainly"),
        ("DDDE", "1990-10-02", "certainly"),
        ("DDDE", "1990-10-03", "not"),
        ("CAF", "1965-04-07", "not"),
        ("CAF", "1966-06-01", "certainly"),
        ("CAF", "1969-06-01", "possibly"),
        ("CAF", "1971-01-01", "not"),
        ("CAF", "1986-07-27", "not"),
        ("CAF", "1986-07-28", "certainly"),
        ("NPL", "1985-12-31", "certainly"),
        ("TUR", "1952-11-03", "not"),
        ("TUR", "1952-11-04", "certainly"),
        ("TUR", "2026-11-29", "possibly"),
    ],
)
def test_who_was_a_member_on_a_day(kg: wcograph.KnowledgeGraph, code: str, day: str, standing: str) -> None:
    found = [row["standing"] for row in kg.query("members", asOf=day).to_dicts() if row["code"] == code]
    assert found == ([] if standing == "not" else [standing])


@pytest.mark.parametrize(
    ("day", "certain", "possible"),
    [
        ("1952-11-04", 10, 0),
        ("1958-11-13", 22, 0),
        ("1999-02-12", 150, 1),
        ("2003-06-30", 161, 0),
        ("2007-06-08", 171, 0),
        ("2013-06-29", 179, 0),
        ("2025-09-17", 187, 0),
    ],
)
def test_the_numbers_of_members_that_sources_state_come_out(
    kg: wcograph.KnowledgeGraph, day: str, certain: int, possible: int
) -> None:
    standings = [row["standing"] for row in kg.query("members", asOf=day).to_dicts()]
    assert (standings.count("certainly"), standings.count("possibly")) == (certain, possible)


@pytest.mark.quick(3)
@pytest.mark.parametrize(
    ("said", "code"),
    {
        "Ceylon": "LKA",
        "USSR": "RUS",
        "Soviet Union": "RUS",
        "FYROM": "MKD",
        "Chinese Taipei": "TWN",
        "Korea DPR": "PRK",
        "Congo, Dem. Rep.": "COD",
        "Swaziland": "SWZ",
        "Burma": "MMR",
        "Zaire": "COD",
        "Turkey": "TUR",
        "Cape Verde": "CPV",
        "Czech Republic": "CZE",
        "Macau": "MAC",
        "GDR": "DDDE",
        "East Germany": "DDDE",
        "Tchécoslovaquie": "CSHH",
        "République d'Angola": "AGO",
    }.items(),
)
def test_a_polity_is_found_by_what_people_type(kg: wcograph.KnowledgeGraph, said: str, code: str) -> None:
    assert f"<https://w3id.org/wcograph/id/polity-{code}>" in kg.bound("member-profile", member=said)


@pytest.mark.parametrize(
    ("code", "english", "french"),
    [
        ("TUR", "Türkiye", "Türkiye"),
        ("CPV", "Cabo Verde", "Cabo Verde"),
        ("CZE", "Czechia", "Tchéquie"),
        ("MAC", "Macao", "Macao"),
        ("SWZ", "Eswatini", "Eswatini"),
        ("MKD", "North Macedonia", "Macédoine du Nord"),
    ],
)
def test_the_preferred_label_is_the_official_short_name(
    kg: wcograph.KnowledgeGraph, code: str, english: str, french: str
) -> None:
    assert asked(kg, f'wcoid:polity-{code} skos:prefLabel "{english}"@en , "{french}"@fr')


@pytest.mark.parametrize(
    ("code", "area", "groups"),
    [
        ("AFG", "034", {"LDC", "LLDC"}),
        ("ALB", "039", set()),
        ("BFA", "011", {"LDC", "LLDC"}),
        ("HTI", "029", {"LDC", "SIDS"}),
        ("CUW", "029", {"SIDS"}),
        ("HKG", "030", set()),
        ("SSD", "014", {"LDC", "LLDC"}),
        ("DZA", "015", set()),
        ("PLW", "057", {"SIDS"}),
        ("BOL", "005", {"LLDC"}),
    ],
)
def test_a_polity_belongs_to_its_area_and_groups(
    kg: wcograph.KnowledgeGraph, code: str, area: str, groups: set[str]
) -> None:
    rows = kg.sparql(
        f"SELECT ?area {{ wcoid:polity-{code} wco:belongsToArea/skos:notation ?area }}"
    ).to_dicts()
    assert {row["area"] for row in rows} == {area, *groups}
    assert asked(kg, f"wcoid:polity-{code} dcterms:source wcosrc:country-codes")


def test_each_area_lies_in_a_region_of_m49(kg: wcograph.KnowledgeGraph) -> None:
    rows = kg.sparql(
        """SELECT ?area (GROUP_CONCAT(?code) AS ?regions) {
            ?a skos:inScheme wcov:areas ; skos:notation ?area ; skos:broader* ?region .
            ?region skos:notation ?code . FILTER NOT EXISTS { ?region skos:broader ?wider }
        } GROUP BY ?area"""
    ).to_dicts()
    assert {row["regions"] for row in rows} == {"002", "009", "019", "142", "150", "LDC", "LLDC", "SIDS"}
    assert len(rows) == 5 + 17 + 7 + 3


@pytest.mark.quick(1)
@pytest.mark.parametrize("area", ["Africa", "002", "africa"])
def test_members_of_africa(kg: wcograph.KnowledgeGraph, area: str) -> None:
    codes = {row["code"] for row in kg.query("members", area=area).to_dicts()}
    assert len(codes) == 54
    assert {"DZA", "EGY", "ZAF", "CPV"} <= codes
    assert not codes & {"YEM", "TUR"}


@pytest.mark.parametrize("area", ["least developed", "LDC", "least developed countries"])
def test_members_that_are_least_developed(kg: wcograph.KnowledgeGraph, area: str) -> None:
    codes = {row["code"] for row in kg.query("members", area=area).to_dicts()}
    assert len(codes) == 43  # of 45; Kiribati and Tuvalu are not Members
    assert {"AFG", "HTI", "NPL"} <= codes


def test_two_areas_give_the_union_of_their_answers_and_each_row_once(kg: wcograph.KnowledgeGraph) -> None:
    both = [row["code"] for row in kg.query("members", area=["Africa", "LDC"]).to_dicts()]
    each = [{row["code"] for row in kg.query("members", area=one).to_dicts()} for one in ("Africa", "LDC")]
    assert len(both) == len(set(both))
    assert set(both) == each[0] | each[1]


@pytest.mark.parametrize("name", ["members", "non-parties", "regional-offices"])
def test_an_area_that_is_given_as_a_region_is_named(kg: wcograph.KnowledgeGraph, name: str) -> None:
    with pytest.raises(UsageError, match="'africa' is an area: --area africa"):
        kg.bound(name, region="africa")


def test_each_query_of_polities_with_a_region_has_an_area(kg: wcograph.KnowledgeGraph) -> None:
    of_regions = {"growth-by-region", "regions-compared"}
    of_offices_of_a_region = {"office-holders", "office-hosts", "people"}
    for query in kg.queries:
        options = {parameter.option for parameter in query.parameters}
        if query.name not in of_regions | of_offices_of_a_region:
            assert "region" not in options or "area" in options, query.name


@pytest.mark.quick(3)
@pytest.mark.parametrize(
    "pattern",
    [
        'wcoid:tenure-s-ramesh-vice-chair-asia-pacific wco:shownOn "2018-11-13"^^xsd:date',
        'wcoid:tenure-pranab-kumar-das-vice-chair-asia-pacific wco:shownOn "2019-05-08"^^xsd:date',
        'wcoid:tenure-annez-de-taboada-secretary-general wco:shownOn "1976"^^xsd:gYear',
        'wcoid:tenure-amadou-konate-vice-chair-wca wco:shownOn "2025-11-03"^^xsd:date',
        'wcoid:tenure-samba-thiam-head-rilo-west-africa wco:shownOn "2018-11-07"^^xsd:date',
        "wcoid:person-annez-de-taboada schema:nationality wcoid:polity-BEL",
        'wcoid:rilo-north-africa wco:city "Casablanca" ; wco:hostedBy wcoid:polity-MAR',
        'wcoid:rilo-central-africa wco:foundingDate "1993"^^xsd:gYear',
        'wcoid:wco wco:officialLanguage "English" , "French"',
        'wcoid:wco schema:streetAddress "Rue du Marché 30, B-1210 Brussels"',
        'wcoid:wco schema:telephone "+32 2 209 9441"',
        "wcoid:wco wco:staffCount 125 ; wco:customsStaffCount 800000",
        'wcoid:event-un-observer-1999 schema:startDate "1999-02-12"^^xsd:date',
        'wcoid:event-antilles-extension-2001 schema:startDate "2001-07-01"^^xsd:date',
        """wcoid:convention-istanbul-1990 dcterms:title "Convention relative à l'admission temporaire"@fr""",
        'wcoid:convention-containers-1972 dcterms:title "Convention douanière relative aux conteneurs, 1972"@fr',
        'wcoid:polity-DDDE schema:dissolutionDate "1990-10-03"^^xsd:date',
        "wcoid:polity-SVK dcterms:replaces wcoid:polity-CSHH",
    ],
)
def test_an_added_fact_is_in_the_graph(kg: wcograph.KnowledgeGraph, pattern: str) -> None:
    assert asked(kg, pattern)


def test_the_term_of_a_member_is_not_that_of_a_person(kg: wcograph.KnowledgeGraph) -> None:
    tenure = "wcoid:tenure-pranab-kumar-das-vice-chair-asia-pacific"
    assert not asked(kg, f"{tenure} schema:startDate|schema:endDate ?day")
    assert asked(kg, f"?c wco:aboutSubject {tenure} ; wco:hasRank wcov:deprecated-rank ; wco:rankReason ?why")


def test_a_quotation_is_compared_with_its_document(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "D2-customs-of-comoros.txt"
    quoted = (
        "It enjoys international recognition as a\n global center of customs expertise. "
        "Here you will find its partners and direct access to their website."
    )
    path.write_text(quoted, "utf-8")
    claims = {
        line.partition(":")[2].partition(":")[0].rpartition("/")[2]
        for line in differing(str(ROOT), str(tmp_path))
    }
    names = {
        "wco-characterization-global-center-customs-comoros",
        "list-partners-characterization-direct-access-customs-comoros",
    }
    assert claims and not claims & names
    path.write_text(quoted.replace("recognition", "fame"), "utf-8")
    (said,) = [line for line in differing(str(ROOT), str(tmp_path)) if "global-center" in line]
    assert '"international recognition as a global center of customs expertise" is not in' in said
    assert main(["check", "--documents", str(tmp_path / "nowhere")]) == 3
    assert "nowhere: cannot be read" in capfd.readouterr().err


def test_documents_that_belong_to_no_source_are_refused(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("x", "utf-8")
    with pytest.raises(InputError, match="no document of a source"):
        differing(str(ROOT), str(tmp_path))
    (tmp_path / "customs-comoros.txt").write_bytes(b"\xff")
    with pytest.raises(InputError, match="not UTF-8"):
        differing(str(ROOT), str(tmp_path))


def test_info_says_how_fresh_the_graph_is(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["info"]) == 0
    said = capfd.readouterr().out
    assert re.search(r"known up to: 20\d\d-\d\d-\d\d \(the list of Members: 2025-09-17\)", said)
    assert "  oldest: 1959-07-02, Appendix VI of 2 July 1959" in said
    assert re.search(r"  newest: 20\d\d-\d\d-\d\d, \S", said)


FIGURE = re.compile(r"^( *\| .* \| )(\d+)( \| `wcograph (.*)` \|)$", re.MULTILINE)


def _figure(kg: wcograph.KnowledgeGraph, call: str) -> int:
    command, question, *options = shlex.split(call)
    if command == "sparql":
        (row,) = kg.sparql(question).rows()
        return int(row[0].value)  # type: ignore[union-attr]
    pairs = dict(zip(options[::2], options[1::2], strict=True))
    return len(kg.query(question, **{name.removeprefix("--"): value for name, value in pairs.items()}).rows())


def test_the_figures_of_the_page_on_data_are_what_the_calls_answer(
    kg: wcograph.KnowledgeGraph, request: pytest.FixtureRequest
) -> None:
    path = ROOT / "docs/data.md"
    page = path.read_text("utf-8")
    right = FIGURE.sub(lambda found: f"{found[1]}{_figure(kg, found[4])}{found[3]}", page)
    if request.config.getoption("--write-expected"):
        path.write_text(right, "utf-8")
        page = right
    assert len(FIGURE.findall(page)) == page.count("| `wcograph ") > 0
    assert page == right


@pytest.mark.quick
def test_the_figures_of_each_property_are_those_of_the_files(request: pytest.FixtureRequest) -> None:
    triples = {triple for of_role in dataset.asserted(layout.root()).values() for triple in of_role}
    counts = Counter(triple.predicate.value for triple in triples)
    found = "".join(f"{name}\t{count}\n" for name, count in sorted(counts.items()))
    path = ROOT / "tests/triples.tsv"
    if request.config.getoption("--write-expected"):
        path.write_text(found, "utf-8")
    assert found.splitlines() == path.read_text("utf-8").splitlines()
