"""Parties with their days: announcements, withdrawals, territories and former states, and the numbers that sources count."""

from __future__ import annotations

from collections import Counter

import pytest

import wcograph


def parties(kg: wcograph.KnowledgeGraph, convention: str, day: str) -> dict[str, str]:
    """Return the standing of each party on a day, by code."""
    answer = kg.query("contracting-parties", convention=convention, asOf=day)
    return {row["code"]: row["standing"] for row in answer.to_dicts()}


def act(kg: wcograph.KnowledgeGraph, convention: str, code: str, kind: str) -> dict[str, set[str]]:
    """Return the values of a treaty action, by the name of the property."""
    answer = kg.sparql(
        f"SELECT ?p ?o {{ <https://w3id.org/wcograph/id/action-{convention}-{code}-{kind}> ?p ?o }}"
    )
    found: dict[str, set[str]] = {}
    for row in answer.to_dicts():
        found.setdefault(str(row["p"]).rpartition("#")[2].rpartition("/")[2], set()).add(
            str(row["o"]).rpartition("/")[2]
        )
    return found


@pytest.mark.parametrize(
    ("convention", "code", "kind", "deposited", "in_force", "source"),
    [
        ("ata-1961", "AUT", "ratification", "1963-05-20", "1963-08-21", "austria-ris-ata-parties"),
        ("ccc-1950", "AFG", "accession", "2004-08-10", "2004-08-10", "swiss-fedlex-1953-42"),
        ("ccc-1950", "DNK", "ratification", "1951-10-19", "1952-11-04", "swiss-fedlex-1953-42"),
        ("ccc-1950", "NPL", "accession", "1985-07-22", "1985-07-22", "swiss-fedlex-1953-42"),
        ("ccc-1950", "TUR", "accession", "1951-06-06", "1952-11-04", "austria-ris-ccc-parties"),
        (
            "containers-1972",
            "AUT",
            "ratification",
            "1977-06-17",
            "1977-12-17",
            "austria-ris-containers-parties",
        ),
        ("hs-1983", "AUT", "ratification", "1987-09-22", "1988-01-01", "austria-ris-hs-parties-1995"),
        ("istanbul-1990", "NGA", "party-unspecified", "1993-06-10", None, "austria-bgbl-1997-iii-37"),
        ("istanbul-1990", "RUS", "accession", "1996-04-18", None, "austria-bgbl-1997-iii-37"),
        ("nomenclature-1950", "FRA", "ratification", "1954-06-21", "1959-09-11", "fcdo-treaty-2133-actions"),
        (
            "pedagogic-material-1970",
            "BRB",
            "accession",
            "1975-03-07",
            None,
            "austria-ris-pedagogic-material-parties",
        ),
        (
            "professional-equipment-1961",
            "ZWE",
            "party-unspecified",
            "1987-02-18",
            None,
            "austria-bgbl-331-1987",
        ),
        ("scientific-equipment-1968", "KEN", "party-unspecified", "1983-08-31", None, "austria-bgbl-59-1987"),
    ],
)
def test_a_party_has_its_days(
    kg: wcograph.KnowledgeGraph,
    convention: str,
    code: str,
    kind: str,
    deposited: str,
    in_force: str | None,
    source: str,
) -> None:
    found = act(kg, convention, code, kind)
    assert found["depositedOn"] == {deposited}
    assert found.get("inForceForPartySince") == (in_force and {in_force})
    assert source in found["source"]


@pytest.mark.parametrize(
    ("convention", "code", "shown"),
    [
        ("ata-1961", "CSHH", {"1963-08"}),
        ("ccc-1950", "PLW", {"2025"}),
        ("exhibitions-1961", "CUB", {"1962-12"}),
        ("hs-1983", "CYP", {"1995", "2009-09-01"}),
        ("packings-1960", "KEN", {"1987"}),
        ("professional-equipment-1961", "FRA", {"1963-01", "1967-06-01"}),
        ("scientific-equipment-1968", "TWN", {"1972-03-29"}),
    ],
)
def test_an_undated_party_has_the_date_of_its_announcement(
    kg: wcograph.KnowledgeGraph, convention: str, code: str, shown: set[str]
) -> None:
    found = act(kg, convention, code, "party-unspecified")
    assert found["shownOn"] == shown
    assert found["unknownReason"]
    assert "depositedOn" not in found


# Number, and how many of it the source counts that are not parties in the graph, or conversely.
COUNTS = [
    ("ata-1961", "1963-08-31", 6, 0),
    ("ccc-1950", "1958-11-30", 22, 0),
    ("ccc-1950", "1999-02-28", 150, 3),  # Hong Kong, Macao and Bermuda are Members but not parties
    ("ccc-1950", "2003-06-30", 161, 4),  # and Curaçao
    ("ccc-1950", "2015-06-01", 176, 0),
    ("exhibitions-1961", "1962-12-31", 8, 0),
    ("hs-1983", "1988-01-01", 27, -1),  # the Austrian list does not name all who had deposited by then
    ("istanbul-1990", "1996-04-18", 12, 1),  # Hong Kong has an entry of its own
    ("kyoto-revised-1999", "2006-02-28", 44, 0),
    ("packings-1960", "1962-06-30", 7, 0),
    (
        "pedagogic-material-1970",
        "1973-01-31",
        17,
        -1,
    ),  # Argentina deposited in January 1973, announced in 1986
    ("professional-equipment-1961", "1963-01-31", 9, 0),
    ("professional-equipment-1961", "1967-06-01", 29, 1),  # Türkiye, of which sources disagree
    ("scientific-equipment-1968", "1972-03-29", 36, 0),
]


@pytest.mark.parametrize(("convention", "day", "stated", "excused"), COUNTS)
def test_the_numbers_that_sources_count_come_out_of_the_data(
    kg: wcograph.KnowledgeGraph, convention: str, day: str, stated: int, excused: int
) -> None:
    assert Counter(parties(kg, convention, day).values())["certainly"] == stated - excused


@pytest.mark.quick
def test_who_withdrew_is_a_former_party(kg: wcograph.KnowledgeGraph) -> None:
    assert act(kg, "nomenclature-1950", "FRA", "ratification")["endDate"] == {"1989-01-22"}
    assert parties(kg, "nomenclature-1950", "1985-01-01")["FRA"] == "certainly"
    assert "FRA" not in parties(kg, "nomenclature-1950", "1990-01-01")
    left = {row["code"] for row in kg.query("contracting-parties", convention="nomenclature-1950").to_dicts()}
    assert left == {"BGD", "HTI", "KOR"}


def test_a_state_that_has_ended_is_a_former_party(kg: wcograph.KnowledgeGraph) -> None:
    for code in ("CSHH", "DDDE"):
        assert parties(kg, "containers-1972", "1990-10-01")[code] == "certainly"
        assert code not in parties(kg, "containers-1972", "1993-01-01")
    assert parties(kg, "hs-1983", "1988-01-01").keys() >= {"CSHH", "YUCS"}
    assert not parties(kg, "hs-1983", "2001-03-27").keys() & {"CSHH", "YUCS"}


@pytest.mark.parametrize(
    ("convention", "code", "kind"),
    [
        ("ccc-1950", "BMU", "territorial-entry"),
        ("ccc-1950", "CUW", "territorial-extension"),
        ("ccc-1950", "HKG", "territorial-entry"),
        ("ccc-1950", "MAC", "territorial-entry"),
        ("exhibitions-1961", "LIE", "territorial-extension"),
        ("exhibitions-1961", "SUR", "territorial-extension"),
        ("professional-equipment-1961", "HKG", "territorial-extension"),
        ("scientific-equipment-1968", "BLZ", "territorial-extension"),
        ("scientific-equipment-1968", "PNG", "territorial-extension"),
        ("scientific-equipment-1968", "SYC", "territorial-extension"),
    ],
)
def test_a_territory_is_not_a_party(
    kg: wcograph.KnowledgeGraph, convention: str, code: str, kind: str
) -> None:
    assert act(kg, convention, code, kind)["note"]
    answer = kg.query("contracting-parties", convention=convention)
    assert code not in {row["code"] for row in answer.to_dicts()}


def test_members_that_are_not_parties_and_parties_that_are_not_members(
    kg: wcograph.KnowledgeGraph,
) -> None:
    others = {row["code"] for row in kg.query("non-parties", convention="ccc-1950").to_dicts()}
    assert others == {"BMU", "CUW", "HKG", "MAC"}
    kyoto = kg.query("contracting-parties", convention="kyoto-revised-1999").to_dicts()
    assert {row["code"] for row in kyoto if not row["isMember"]} >= {"COK", "KIR", "TUV"}


def test_where_sources_disagree_the_other_day_is_a_claim(kg: wcograph.KnowledgeGraph) -> None:
    assert act(kg, "professional-equipment-1961", "TUR", "party-unspecified")["depositedOn"] == {"1974-08-23"}
    answer = kg.sparql(
        """SELECT ?day ?why {
            ?claim wco:aboutSubject wcoid:action-professional-equipment-1961-TUR-party-unspecified ;
              wco:aboutProperty wco:shownOn ; wco:literalValue ?day ; wco:rankReason ?why
        }"""
    )
    (row,) = answer.to_dicts()
    assert str(row["day"]) == "1967-06-01"
    assert "1974" in row["why"]


def test_a_row_of_low_confidence_stays_a_participant(kg: wcograph.KnowledgeGraph) -> None:
    assert act(kg, "nomenclature-1950", "ISL", "participation-unspecified")
    assert not parties(kg, "nomenclature-1950", "1975-01-01").keys() & {"ISL"}
