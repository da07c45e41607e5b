"""Who was certainly, possibly or not a Member, party, holder or host on a day: the graph against a reading of its own.

The reading here takes the dates from the Turtle files and follows "Dates" in docs/design.md; it knows no derived bound.
"""

from __future__ import annotations

import calendar
import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import pyoxigraph as ox
import pytest

import wcograph
from wcograph.layout import PREFIXES

ROOT = Path(__file__).parent.parent
FIRST, LAST = date(1945, 1, 1), date(2030, 12, 31)
WCO = PREFIXES["wcoid"] + "wco"


def first(text: str) -> date:
    """Return the first day of a date that may be a year or a month."""
    year, month, day = (*map(int, text.split("-")), 1, 1)[:3]
    return date(year, month, day)


def last(text: str) -> date:
    """Return the last day of a date that may be a year or a month."""
    parts = [*map(int, text.split("-"))]
    year, month = parts[0], parts[1] if len(parts) > 1 else 12
    return date(year, month, parts[2] if len(parts) > 2 else calendar.monthrange(year, month)[1])


@dataclass
class Period:
    """What bounds a period: the days that each bound cannot be before, or after."""

    earliest_start: list[date] = field(default_factory=list)
    latest_start: list[date] = field(default_factory=list)
    earliest_end: list[date] = field(default_factory=list)
    latest_end: list[date] = field(default_factory=list)

    def standing(self, day: date) -> str:
        if self.earliest_start and day < max(self.earliest_start):
            return "not"
        if self.latest_end and day > min(self.latest_end):
            return "not"
        begun = self.latest_start and min(self.latest_start) <= day
        lasting = self.earliest_end and day <= max(self.earliest_end)
        return "certainly" if begun and lasting else "possibly"


Facts = dict[str, dict[str, list[str]]]


@pytest.fixture(scope="module")
def facts() -> Facts:
    """What the files assert: subject → CURIE of a property → values."""
    found: Facts = defaultdict(lambda: defaultdict(list))
    for path in sorted([*(ROOT / "data").rglob("*.ttl"), *(ROOT / "ontology").rglob("*.ttl")]):
        for quad in ox.parse(path=str(path), format=ox.RdfFormat.TURTLE):
            curie = next(
                (
                    f"{p}:{quad.predicate.value[len(i) :]}"
                    for p, i in PREFIXES.items()
                    if quad.predicate.value.startswith(i)
                ),
                quad.predicate.value,
            )
            found[str(getattr(quad.subject, "value", quad.subject))][curie].append(
                str(getattr(quad.object, "value", quad.object))
            )
    return found


def read(facts: Facts, subject: str) -> Period:
    """Read the bounds of a period from the dates that are asserted."""
    said, period = facts[subject], Period()
    begins = said["schema:startDate"] + (said["wco:depositedOn"] or said["wco:inForceForPartySince"])
    shown = said["wco:shownOn"] + said["wco:inForceForPartySince"]
    ends = said["schema:endDate"]
    convention = said["wco:actionOn"]
    for about in [] if ends or said["wco:latestEnd"] else said["org:organization"] + convention:
        for the_list in facts.values():
            if about in the_list["schema:about"] and the_list["wco:asOf"]:
                if not convention and PREFIXES["org"] + "Membership" in said["rdf:type"]:
                    shown += the_list["wco:asOf"]
                elif convention and (begins or shown):
                    period.earliest_end.append(first(the_list["wco:asOf"][0]))
    period.earliest_start += [*map(first, begins)]
    period.earliest_start += [first(done) for on in convention for done in facts[on]["wco:doneOn"]]
    period.latest_start += [*map(last, begins + shown + ends)]
    period.earliest_end += [*map(first, begins + shown + ends)]
    period.latest_end += [*map(last, ends)]
    for name in ("earliest_start", "latest_start", "earliest_end", "latest_end"):
        head, tail = name.split("_")
        if stated := said[f"wco:{head}{tail.title()}"]:
            setattr(period, name, [date.fromisoformat(day) for day in stated])
    return period


def tenures(facts: Facts) -> dict[str, Period]:
    """Read the tenures; in a post of one holder at a time, a successor bounds the end of a predecessor and reversely."""
    posts = {name: said["wco:isTenureOf"][0] for name, said in facts.items() if said["wco:isTenureOf"]}
    own = {name: read(facts, name) for name in posts}
    found = {name: read(facts, name) for name in posts}
    for earlier, one in own.items():
        for later, two in own.items():
            same = posts[earlier] == posts[later] and earlier != later
            if not same or "true" in facts[posts[earlier]]["wco:severalHolders"]:
                continue
            if not (one.latest_start and two.latest_start and one.earliest_end and two.earliest_end):
                continue
            if max(two.earliest_end) > min(one.latest_start):  # it lasted after the other had begun
                if not one.latest_end:
                    found[earlier].latest_end.append(min(two.latest_start))
                if not two.earliest_start:
                    found[later].earliest_start.append(max(one.earliest_end))
    return found


def days(kg: wcograph.KnowledgeGraph, periods: dict[str, Period]) -> list[date]:
    """Draw 200 days at random, and 40 on which a bound falls; compare the derived bounds on them, the same in each run.

    Returns every fourth of them, for which the question itself is asked.
    """
    draw = random.Random(1952)
    edges = {
        day
        for one in periods.values()
        for bound in (one.earliest_start, one.latest_start, one.earliest_end, one.latest_end)
        for day in bound
    }
    found = [FIRST + timedelta(draw.randrange((LAST - FIRST).days)) for _ in range(200)]
    found += draw.sample(sorted(edges), min(40, len(edges)))
    derived = {name: Period() for name in periods}
    for row in kg.sparql(BOUNDS).to_dicts():
        if row["period"] in derived:
            getattr(derived[row["period"]], row["name"]).append(row["day"])
    for day in found:
        assert standings(derived, day) == standings(periods, day), day
    return found[::4]


BOUNDS = """
SELECT ?period ?name ?day WHERE {
  VALUES (?bound ?name) {
    (wco:earliestStart "earliest_start") (wco:latestStart "latest_start")
    (wco:earliestEnd "earliest_end") (wco:latestEnd "latest_end")
  }
  ?period ?bound ?day .
}"""


def standings(periods: dict[str, Period], day: date) -> dict[str, str]:
    found = {name: period.standing(day) for name, period in periods.items()}
    return {name: standing for name, standing in found.items() if standing != "not"}


def answered(kg: wcograph.KnowledgeGraph, query: str, node: str, **parameters: str) -> dict[str, str]:
    """Return the standing that a stored query gives to each node of its rows."""
    answer = kg.sparql(kg.bound(query, **parameters))
    at, standing = answer.variables.index(node), answer.variables.index("standing")
    return {row[at].value: row[standing].value for row in answer.rows()}  # type: ignore[union-attr]


def of_role(facts: Facts, role: str) -> dict[str, Period]:
    wanted = PREFIXES["wcov"] + role
    return {name: read(facts, name) for name in list(facts) if wanted in facts[name]["org:role"]}


def test_memberships(kg: wcograph.KnowledgeGraph, facts: Facts) -> None:
    periods = of_role(facts, "member-role")
    assert len(periods) == 191
    for day in days(kg, periods):
        assert answered(kg, "members", "membership", asOf=f"{day}") == standings(periods, day), day


def test_treaty_actions(kg: wcograph.KnowledgeGraph, facts: Facts) -> None:
    binding = {
        name for name in list(facts) if PREFIXES["wcov"] + "binding-act" in facts[name]["skos:broader"]
    }
    periods = {name: read(facts, name) for name in list(facts) if binding & {*facts[name]["wco:actionKind"]}}
    assert len(periods) > 500
    conventions = sorted({facts[name]["wco:actionOn"][0] for name in periods})
    text = kg.bound("contracting-parties", convention=conventions, asOf="2000-01-01")
    for day in days(kg, periods):
        answer = kg.sparql(text.replace('"2000-01-01"', f'"{day}"'))
        at, standing = answer.variables.index("action"), answer.variables.index("standing")
        found = {row[at].value: row[standing].value for row in answer.rows()}  # type: ignore[union-attr]
        assert found == standings(periods, day), day


def test_tenures(kg: wcograph.KnowledgeGraph, facts: Facts) -> None:
    periods = tenures(facts)
    assert len(periods) > 50
    for day in days(kg, periods):
        assert answered(kg, "office-holders", "tenure", on=f"{day}") == standings(periods, day), day


@pytest.mark.quick
def test_hostings(kg: wcograph.KnowledgeGraph, facts: Facts) -> None:
    periods = of_role(facts, "host-role")
    assert periods
    days(kg, periods)
