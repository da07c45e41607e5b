"""Codes and editions that a question is asked with: whether they were imported, and what was meant if not."""

from __future__ import annotations

from collections import defaultdict

import pyoxigraph as ox

from wcograph.layout import PREFIXES
from wcograph.toolbox.errors import UsageError
from wcograph.toolbox.sparql.naming import label

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wcograph.toolbox.sparql.stored import StoredQuery

_NOTATION, _SCHEME = (ox.NamedNode(PREFIXES["skos"] + name) for name in ("notation", "inScheme"))
_YEAR, _COMPARES = ox.NamedNode(PREFIXES["wco"] + "editionYear"), ox.NamedNode(PREFIXES["xkos"] + "compares")
_GYEAR = ox.NamedNode(PREFIXES["xsd"] + "gYear")
_LEVELS = {2: "chapter", 4: "heading", 6: "subheading"}  # by the number of digits
_NEAR = 3  # codes that a message names


def completed(
    store: ox.Store, query: StoredQuery, terms: Mapping[str, list[ox.NamedNode | ox.Literal]]
) -> dict[str, list[ox.NamedNode | ox.Literal]]:
    """Return the terms of a question, with the editions that it means if none is given.

    ``edition`` is the latest one that has the code, ``to`` the next one of which pairs were imported (the previous one
    for ``hs-predecessors``). Raises UsageError if a value is a code or a year of an edition that was not imported, or
    if the years do not fit. The message names the nearest codes or, for a code of other editions, these.
    """
    given = {p.name: terms[p.variable][0].value for p in query.parameters if p.variable in terms}
    years = _years(store)
    for name in ("edition", "to"):
        if name in given and given[name] not in years.values():
            known = ", ".join(sorted(years.values()))
            raise UsageError(f"--{name}: {given[name]} is not the year of an imported edition ({known})")
    filled = {"edition": given.get("edition", "")}
    if query.parameter("to"):  # such a question needs an edition
        filled["to"] = _other_edition(store, query.name, years, filled["edition"], given.get("to", ""))
    for parameter in query.parameters:
        if parameter.type == "hs code" and parameter.name in given:
            code = given[parameter.name]
            wanted = [year for name in parameter.of or ["edition"] if (year := filled[name])]
            year = _edition_of(store, parameter.option, code, wanted, years)
            level = _LEVELS[len(code)] if code.isdigit() else "section"
            if parameter.levels and level not in parameter.levels:
                *first, last = parameter.levels
                known = f"{', '.join(first)} or {last}" if first else last
                raise UsageError(f"--{parameter.option}: {code} is a {level}; name a {known}")
            filled["edition"] = filled["edition"] or year
    filled["edition"] = filled["edition"] or max(years.values())
    found = dict(terms)
    for name, year in filled.items():
        asked = query.parameter(name)
        if asked and asked.type == "xsd:gYear":
            found[asked.variable] = [ox.Literal(year, datatype=_GYEAR)]
    return found


def _years(store: ox.Store) -> dict[str, str]:
    """Return the year of each imported edition, by its IRI."""
    found = store.quads_for_pattern(None, _YEAR, None, None)
    return {quad.subject.value: quad.object.value for quad in found}  # type: ignore[union-attr]


def years_imported(store: ox.Store) -> list[str]:
    """Return the years of the imported editions."""
    return sorted(_years(store).values())


def _other_edition(store: ox.Store, name: str, years: Mapping[str, str], edition: str, to: str) -> str:
    """Return the edition to compare with: ``to``, or the nearest one before or after ``edition``."""
    compared: dict[object, set[str]] = defaultdict(set)
    for quad in store.quads_for_pattern(None, _COMPARES, None, None):
        compared[quad.subject].add(years[quad.object.value])  # type: ignore[union-attr]
    paired = {year for pair in compared.values() if edition in pair for year in pair - {edition}}
    back = name == "hs-predecessors"
    order, other = ("earlier", "hs-successors") if back else ("later", "hs-predecessors")
    if to and (to == edition or (to < edition) != back):
        raise UsageError(
            f"--to: {to} is not {order} than {edition} (--edition); {other} asks in the other direction"
        )
    fitting = sorted(year for year in paired if (year < edition) == back)
    if not fitting or (to and to not in fitting):
        option, year = ("to", to) if to else ("edition", f"{'an' if back else 'a'} {order} edition")
        known = f"; {edition} has pairs with {', '.join(sorted(paired))}" if paired else ""
        raise UsageError(f"--{option}: no pairs of {edition} and {year} were imported{known}")
    return to or (fitting[-1] if back else fitting[0])


def _editions(store: ox.Store, code: str, years: Mapping[str, str]) -> dict[str, str]:
    """Return the text of a code in each edition that has it, by year."""
    return {
        year: label(store, quad.subject)  # type: ignore[arg-type]
        for quad in store.quads_for_pattern(None, _NOTATION, ox.Literal(code), None)
        for scheme in store.quads_for_pattern(quad.subject, _SCHEME, None, None)
        if (year := years.get(scheme.object.value))  # type: ignore[union-attr]
    }


def _edition_of(
    store: ox.Store, option: str, code: str, wanted: Sequence[str], years: Mapping[str, str]
) -> str:
    """Return the latest edition that has the code: one of ``wanted``, or any if that is empty."""
    found = _editions(store, code, years)
    if fitting := found.keys() & (wanted or found):
        return max(fitting)
    if found:
        raise UsageError(
            f"--{option}: {code} is not a code of the {' or the '.join(wanted)} edition; "
            f"it is in those of {', '.join(sorted(found))}"
        )
    hint, meant = "", code
    if code.isdigit() and len(code) > 6:
        hint, meant = "; codes have 2, 4 or 6 digits (those after the sixth are national)", code[:6]
    elif code.isdigit() and len(code) % 2:
        hint, meant = "; codes have 2, 4 or 6 digits, with leading zeros", f"0{code}"
    candidates = [meant] if _editions(store, meant, years) else _near(store, code, wanted, years)
    shown = [f"{one} ({_brief(max(_editions(store, one, years).items())[1])})" for one in candidates]
    near = f"; did you mean {' or '.join(shown)}?" if shown else ""
    raise UsageError(f"--{option}: there is no code {_brief(code)!r}{hint}{near}")


def _near(store: ox.Store, code: str, wanted: Sequence[str], years: Mapping[str, str]) -> list[str]:
    """Return the codes of as many digits in the same chapter: those of the same heading, the nearest numbers first."""
    if not code.isdigit():
        return []
    known: set[str] = {
        notation.object.value  # type: ignore[union-attr]
        for iri, year in years.items()
        if not wanted or year in wanted
        for quad in store.quads_for_pattern(None, _SCHEME, ox.NamedNode(iri), None)
        for notation in store.quads_for_pattern(quad.subject, _NOTATION, None, None)
    }
    alike = [one for one in known if len(one) == len(code) and one.isdigit() and one[:2] == code[:2]]
    return sorted(alike, key=lambda one: (one[:4] != code[:4], abs(int(one) - int(code)), one))[:_NEAR]


def _brief(text: str) -> str:
    return text if len(text) <= 40 else text[:39].rstrip() + "…"
