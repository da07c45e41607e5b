"""Quality checks: stored queries that give a row for each oddity, and findings made of these rows.

A check is ``queries/checks/NAME.rq``: a SELECT of ``?entity ?property ?value ?message``, the last two of them
what is wrong and, in the words of the data, what to do; ``?property`` and ``?value`` may be unbound. Its header
has a title, a description and a solution. How severe its findings are stands in one place, the profile
(``queries/checks/profile.toml``). Checks see what is asserted and derived, as shapes do, and not what is
inferred.

A real oddity of a source is answered by a ``wco:DocumentedException`` with that source, never by a looser
check; an exception that excuses nothing is a finding itself.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from pyoxigraph import BlankNode, Literal, NamedNode, QuerySolutions, Store, Triple

from wcograph import layout
from wcograph.errors import InputError
from wcograph.querying import stored
from wcograph.shacl.findings import SEVERITIES, Finding, places_in
from wcograph.shacl.shapes import RDF_TYPE, SH_NAMESPACE, sh

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from wcograph.rdf.reading import Source
    from wcograph.shacl.shapes import Term

COLUMNS = ("entity", "property", "value", "message")
"""The variables of every check, in their order."""

PROFILE = "queries/checks/profile.toml"

UNUSED = "exception-unused"
"""The check without a query: of exceptions that excuse nothing."""

_EXCEPTIONS = """
SELECT ?exception ?check ?entity WHERE {
  ?exception a <https://w3id.org/wcograph/ns#DocumentedException> ;
    <https://w3id.org/wcograph/ns#exceptionTo> ?check ;
    <https://w3id.org/wcograph/ns#exceptionFor> ?entity .
}
"""


@dataclass(frozen=True)
class Check:
    """A quality check: its name, what stands in its header, the severity of its findings, and its SPARQL."""

    name: str
    title: str
    description: str
    solution: str
    severity: str
    query: str = field(default="", repr=False)

    @property
    def iri(self) -> NamedNode:
        """The IRI of the check.

        >>> Check("theme-year-twice", "", "", "", "violation").iri.value
        'https://w3id.org/wcograph/query/theme-year-twice'
        """
        return NamedNode(f"{layout.PREFIXES['wcoq']}{self.name}")


@dataclass(frozen=True)
class Row:
    """One oddity that a check has found; ``node`` is the result that it is in a validation report."""

    check: Check
    entity: Term
    property: Term | None
    value: Term | None
    message: str
    node: BlankNode = field(default_factory=BlankNode, compare=False, repr=False)


def read_checks(folder: str) -> list[Check]:
    """Read the checks of the graph at ``folder``, in the order of their names.

    Raises InputError where the profile and the files do not name the same checks, where a severity is none,
    where a header lacks its title, description or solution, and where a query has other columns.
    """
    severities = _profile(folder)
    checks = []
    for path in layout.query_files(folder, "checks"):
        query = stored.read(os.path.join(folder, path))
        if query.name not in severities:
            raise InputError(f"the check {query.name} has no severity; add it to {PROFILE}", file=path)
        missing = [name for name in ("title", "description", "solution") if not getattr(query, name)]
        if missing or query.title == query.name:
            raise InputError(f"the header needs {' and '.join(missing or ['a title'])}", file=path)
        checks.append(
            Check(
                query.name,
                query.title,
                query.description,
                query.solution,
                severities.pop(query.name),
                query.text,
            )
        )
    unused = severities.pop(UNUSED, "warning")
    if severities:
        raise InputError(f"names checks that are not there: {', '.join(sorted(severities))}", file=PROFILE)
    exceptions = "Exceptions that excuse nothing"
    said = "A documented exception names a check that finds nothing of the kind in its entity."
    return [*checks, Check(UNUSED, exceptions, said, "Remove the exception, or correct its check.", unused)]


def _profile(folder: str) -> dict[str, str]:
    import tomllib

    try:
        with open(os.path.join(folder, PROFILE), "rb") as file:
            profile = tomllib.load(file)
    except FileNotFoundError:
        return {}
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"is not TOML: {error}", file=PROFILE) from error
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=PROFILE) from error
    severities = profile.get("severities")
    if not isinstance(severities, dict) or set(profile) != {"severities"}:
        raise InputError("needs one table, [severities]", file=PROFILE)
    for name, severity in severities.items():
        if severity not in SEVERITIES:
            raise InputError(
                f"{name}: {severity!r} is no severity (severities: {', '.join(SEVERITIES)})", file=PROFILE
            )
    return severities


def rows_of(check: Check, store: Store) -> list[Row]:
    """Ask one check of a store, and sort the rows; exceptions do not count yet.

    Raises InputError where the query is ill-formed, has other columns than ``COLUMNS``, or gives a row without
    an entity or a message.
    """
    path = f"queries/checks/{check.name}.rq"
    try:
        solutions = store.query(check.query, prefixes=layout.PREFIXES)
    except SyntaxError as error:
        raise InputError(str(error), file=path) from error
    columns = tuple(v.value for v in solutions.variables) if isinstance(solutions, QuerySolutions) else ()
    if columns != COLUMNS or not isinstance(solutions, QuerySolutions):
        raise InputError(f"is no SELECT of {' '.join('?' + name for name in COLUMNS)}", file=path)
    rows = {}
    for entity, property_, value, message in solutions:
        if entity is None or not isinstance(message, Literal):
            raise InputError("gives a row without an entity or a message", file=path)
        rows[entity, property_, value, message.value] = Row(
            check,
            entity,
            property_,
            value,
            message.value,
        )
    return [rows[key] for key in sorted(rows, key=lambda key: [str(part or "") for part in key])]


def run(checks: Sequence[Check], store: Store) -> list[Row]:
    """Ask all checks of a store; leave out what is excused, and add the exceptions that excuse nothing."""
    solutions = store.query(_EXCEPTIONS)
    assert isinstance(solutions, QuerySolutions)
    exceptions = {(check, entity): exception for exception, check, entity in solutions}
    used = set()
    rows = []
    for check in checks:
        for row in rows_of(check, store) if check.query else []:
            if (check.iri, row.entity) in exceptions:
                used.add((check.iri, row.entity))
            else:
                rows.append(row)
    unused = next((check for check in checks if check.name == UNUSED), None)
    if unused is not None:
        about = NamedNode(f"{layout.PREFIXES['wco']}exceptionFor")
        for check_iri, entity in sorted(exceptions.keys() - used, key=str):
            exception = exceptions[check_iri, entity]
            name = str(check_iri.value).removeprefix(layout.PREFIXES["wcoq"])
            message = f"The exception excuses nothing: the check {name} does not find {_name(entity)}. {unused.solution}"
            rows.append(Row(unused, exception, about, entity, message))
    return rows


def _name(term: Term) -> str:
    from wcograph.querying.naming import compact

    return compact(term.value) if isinstance(term, NamedNode) else str(term)


def ask(folder: str, store: Store) -> tuple[list[Check], list[Row]]:
    """Ask the checks of the graph at ``folder`` of a store; give the checks and their rows."""
    checks = read_checks(folder)
    return checks, run(checks, store)


def findings(rows: Sequence[Row], data: Sequence[Source]) -> list[Finding]:
    """Make findings of rows, each with the place of its triple in ``data``, or else of its entity."""
    candidates: dict[Term, tuple[list[tuple[Term, Term, Term]], int]] = {}
    for row in rows:
        triple = (row.entity, row.property, row.value)
        candidates[row.node] = ([] if None in triple else [triple], 0)  # type: ignore[list-item]
    places = places_in(candidates, {row.node: row.entity for row in rows}, data)
    found = []
    for row in rows:
        file, line, column = places.get(row.node, (None, None, None))
        found.append(
            Finding(
                focus=str(row.entity),
                path=None if row.property is None else str(row.property),
                value=None if row.value is None else str(row.value),
                component=f"{SH_NAMESPACE}SPARQLConstraintComponent",
                shape=str(row.check.iri),
                severity=row.check.severity,
                message=row.message,
                hint=row.check.solution,
                file=file,
                line=line,
                column=column,
                key="\0".join(
                    [
                        str(row.entity),
                        str(row.property or ""),
                        str(row.value or ""),
                    ]
                ),
            )
        )
    return found


def results(rows: Sequence[Row], report: Sequence[Triple]) -> list[Triple]:
    """Add rows to a W3C report (SHACL section 3.6) as results; an empty ``report`` becomes one."""
    if not rows:
        return list(report)
    kind = sh("ValidationReport")
    top = next((t.subject for t in report if t.predicate == RDF_TYPE and t.object == kind), BlankNode())
    triples = [triple for triple in report if triple.predicate != sh("conforms")]
    no = Literal("false", datatype=NamedNode(layout.PREFIXES["xsd"] + "boolean"))
    triples += [Triple(top, RDF_TYPE, kind), Triple(top, sh("conforms"), no)]
    for row in rows:
        said = {
            RDF_TYPE: sh("ValidationResult"),
            sh("focusNode"): row.entity,
            sh("resultPath"): row.property,
            sh("value"): row.value,
            sh("resultSeverity"): sh(row.check.severity.capitalize()),
            sh("sourceConstraintComponent"): sh("SPARQLConstraintComponent"),
            sh("sourceShape"): row.check.iri,
            sh("resultMessage"): Literal(row.message, language="en"),
        }
        triples.append(Triple(top, sh("result"), row.node))
        triples += [Triple(row.node, predicate, term) for predicate, term in said.items() if term is not None]
    return list(dict.fromkeys(triples))
