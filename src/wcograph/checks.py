"""Quality checks: stored queries that return a row for each fault, and the findings made from these rows.

A check is ``queries/checks/NAME.rq``: a SELECT of ``?entity ?property ?value ?message``, where the message says what
is wrong, with values from the data; ``?property`` and ``?value`` may be unbound. Its header has a title, a description
and a solution. The severities of all checks are in one file, the profile (``queries/checks/profile.toml``). Checks
see asserted and derived triples, as shapes do, and no inferred ones.

If a source shows that a reported oddity is real, a ``wco:DocumentedException`` with that source excuses it; the
check stays as strict as before. An exception that excuses nothing is a finding itself.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from pyoxigraph import Literal, NamedNode, Quad, QuerySolutions, Store

from wcograph import layout
from wcograph.toolbox.errors import InputError
from wcograph.toolbox.output import read_text
from wcograph.toolbox.shacl.evaluate import SEVERITIES, Result
from wcograph.toolbox.shacl.graph import sh
from wcograph.toolbox.shacl.shapes import Path
from wcograph.toolbox.sparql import asking, stored

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from wcograph.toolbox.shacl.graph import Graph, Term

COLUMNS = ("entity", "property", "value", "message")
"""The variables of every check, in their order."""

PROFILE = "queries/checks/profile.toml"

UNUSED = "exception-unused"
"""The check without a query: of exceptions that excuse nothing."""

_EXCEPTIONS = """
SELECT ?exception ?check ?entity WHERE {
  ?exception a <https://w3id.org/wcograph/ns#DocumentedException> ;
    <https://w3id.org/wcograph/ns#excusesFrom> ?check ;
    <https://w3id.org/wcograph/ns#excuses> ?entity .
}
"""


@dataclass(frozen=True)
class Check:
    """A quality check: its name, the content of its header, the severity of its findings, and its SPARQL."""

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
    """One oddity that a check has found."""

    check: Check
    entity: Term
    property: Term | None
    value: Term | None
    message: str


def read_checks(folder: str) -> list[Check]:
    """Read the checks of the graph at ``folder``, in the order of their names.

    Raises InputError if the profile and the files do not name the same checks, if a severity is unknown,
    if a header lacks its title, description or solution, and if a query has other columns.
    """
    severities = _profile(folder)
    checks = []
    for path in layout.query_files(folder, "checks"):
        query = stored.read(os.path.join(folder, path), layout.PREFIXES)
        if query.name not in severities:
            raise InputError(f"the check {query.name} has no severity; add it to {PROFILE}", file=path)
        missing = [name for name in ("title", "description", "solution") if not getattr(query, name)]
        if missing or query.title == query.name:
            raise InputError(f"the header needs {' and '.join(missing or ['a title'])}", file=path)
        severity = severities.pop(query.name)
        checks.append(Check(query.name, query.title, query.description, query.solution, severity, query.text))
    unused = severities.pop(UNUSED, "warning")
    if severities:
        raise InputError(f"names checks that do not exist: {', '.join(sorted(severities))}", file=PROFILE)
    said = "A documented exception names a check that does not report its entity."
    do = "Remove the exception, or correct its check."
    return [*checks, Check(UNUSED, "Exceptions that excuse nothing", said, do, unused)]


def _profile(folder: str) -> dict[str, str]:
    import tomllib

    path = os.path.join(folder, PROFILE)
    try:
        profile = tomllib.loads(read_text(path)) if os.path.lexists(path) else {"severities": {}}
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"is not TOML: {error}", file=PROFILE) from error
    severities = profile.get("severities")
    if not isinstance(severities, dict) or set(profile) != {"severities"}:
        raise InputError("needs one table, [severities]", file=PROFILE)
    for name, severity in severities.items():
        if severity not in SEVERITIES:
            known = ", ".join(SEVERITIES)
            raise InputError(f"{name}: {severity!r} is not a severity (severities: {known})", file=PROFILE)
    return severities


def rows_of(check: Check, store: Store) -> list[Row]:
    """Run one check on a store and sort the rows; exceptions are not applied yet.

    Raises InputError if the query is ill-formed, has columns other than ``COLUMNS``, or returns a row without
    an entity or a message.
    """
    path = f"queries/checks/{check.name}.rq"
    solutions = asking.ask(store, check.query, path, prefixes=layout.PREFIXES)
    columns = tuple(v.value for v in solutions.variables) if isinstance(solutions, QuerySolutions) else ()
    if columns != COLUMNS or not isinstance(solutions, QuerySolutions):
        raise InputError(f"is not a SELECT of {' '.join('?' + name for name in COLUMNS)}", file=path)
    rows = {}
    for entity, property_, value, message in solutions:
        if entity is None or not isinstance(message, Literal):
            raise InputError("returns a row without an entity or a message", file=path)
        said = message.value
        rows[entity, property_, value, said] = Row(check, entity, property_, value, said)
    return [rows[key] for key in sorted(rows, key=lambda key: [str(part or "") for part in key])]


def run(checks: Sequence[Check], store: Store) -> list[Row]:
    """Run all checks on a store; leave out what is excused, and add the exceptions that excuse nothing."""
    solutions = asking.ask(store, _EXCEPTIONS)
    assert isinstance(solutions, QuerySolutions)
    exceptions = {(check, entity): exception for exception, check, entity in solutions}
    found = [row for check in checks if check.query for row in rows_of(check, store)]
    used = {(row.check.iri, row.entity) for row in found}
    rows = [row for row in found if (row.check.iri, row.entity) not in exceptions]
    unused = next((check for check in checks if check.name == UNUSED), None)
    if unused is not None:
        about = NamedNode(f"{layout.PREFIXES['wco']}excuses")
        for check_iri, entity in sorted(exceptions.keys() - used, key=str):
            exception = exceptions[check_iri, entity]
            name = str(check_iri.value).removeprefix(layout.PREFIXES["wcoq"])
            about_what = layout.curie(entity.value) if isinstance(entity, NamedNode) else entity
            message = f"The exception excuses nothing: the check {name} does not find {about_what}. {unused.solution}"
            rows.append(Row(unused, exception, about, entity, message))
    return rows


def ask(
    folder: str, data: Graph, subjects: Collection[Term] | None = None
) -> tuple[list[Check], list[Result]]:
    """Run the checks of the graph at ``folder`` on data; return the checks, and their rows as validation results.

    With ``subjects``, only the rows about these count.
    """
    checks = read_checks(folder)
    store = Store()
    store.bulk_extend(Quad(s, p, o) for s, p, o in data.triples())  # type: ignore[arg-type]
    rows = run(checks, store)
    return checks, [_result(row) for row in rows if subjects is None or row.entity in subjects]


def _result(row: Row) -> Result:
    path = Path("iri", iri=row.property) if isinstance(row.property, NamedNode) else None
    return Result(
        focus=row.entity,
        path=path,
        value=row.value,
        component=sh("SPARQLConstraintComponent"),
        shape=row.check.iri,
        severity=sh(row.check.severity.capitalize()),
        messages=[Literal(row.message, language="en")],
        hint=row.check.solution,
    )
