"""A query answered by a SPARQL endpoint: sent as the query says, read with care, in the query's own order.

``client`` sends, ``received`` reads, ``ordering`` arranges the rows. A server may return fewer rows than there are without
saying so. A suspicious number of rows is checked with a second query.
"""

from __future__ import annotations

import pyoxigraph as ox

from wcograph.toolbox.errors import InputError, LimitError
from wcograph.toolbox.sparql import client
from wcograph.toolbox.sparql.client import Endpoint
from wcograph.toolbox.sparql.columns import booleans, variables
from wcograph.toolbox.sparql.ordering import Plan, plan
from wcograph.toolbox.sparql.received import read_boolean, read_rows
from wcograph.toolbox.sparql.refusals import check
from wcograph.toolbox.sparql.results import Answer
from wcograph.toolbox.sparql.tokens import prefixes as declared
from wcograph.toolbox.sparql.tokens import tokens

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from wcograph.toolbox.sparql.values import Solution


def evaluate(
    endpoint: Endpoint,
    query: str,
    *,
    name: str = "query",
    prefixes: Mapping[str, str] | None = None,
    limit: int | None = None,
    until: float | None = None,
    allow_service: bool = False,
) -> Answer:
    """Answer ``query`` at ``endpoint``, by the time ``until`` (``time.monotonic``) at the latest.

    ``prefixes`` need no declaration. Raises InputError for an ill-formed query, before anything is sent, and for a
    response that is not a complete answer to it; LimitError if time, size or rows exceed a limit.
    """
    known = dict(prefixes or {})
    form = check(query, name, allow_service=allow_service)
    variables(query, name, known)  # is it well-formed?
    query = with_prefixes(query, known)
    if form == "SELECT":
        planned = plan(query, name, known)
        rows = _rows(endpoint, planned, limit, until)
        return Answer(form, planned.variables, rows, limit=limit, prefixes=known)
    if form == "ASK":
        response = client.send(endpoint, query, client.ROWS, until)
        truth = ox.Literal(read_boolean(response.body, endpoint.name))
        return Answer(form, ("answer",), [(truth,)], prefixes=known)
    response = client.send(endpoint, query, client.TRIPLES, until)
    syntax = ox.RdfFormat.from_media_type(response.type) or ox.RdfFormat.N_TRIPLES
    try:
        triples = dict.fromkeys(one.triple for one in ox.parse(response.body, syntax, base_iri=endpoint.url))
    except (SyntaxError, ValueError) as error:
        what = f"cut the answer off, or it is not {response.type} ({error})"
        raise InputError(what, file=endpoint.name) from error
    most = _most_rows(response)
    if most and len(triples) >= most:
        raise _cut(endpoint, most)
    terms = [(triple.subject, triple.predicate, triple.object) for triple in triples]
    return Answer(form, ("subject", "predicate", "object"), terms, limit=limit, prefixes=known)


def with_prefixes(query: str, known: Mapping[str, str]) -> str:
    """Declare the prefixes in ``known`` that ``query`` uses and does not declare, in its first line.

    >>> with_prefixes("ASK { ?s a e:C }", {"e": "http://e/", "f": "http://f/"})
    'PREFIX e: <http://e/> ASK { ?s a e:C }'
    """
    missing = {token.text.partition(":")[0] for token in tokens(query) if token.kind == "name"}
    missing -= declared(query).keys()
    used = [f"PREFIX {prefix}: <{known[prefix]}> " for prefix in sorted(missing) if prefix in known]
    return "".join(used) + query


def _rows(endpoint: Endpoint, planned: Plan, limit: int | None, until: float | None) -> list[Solution]:
    wanted = None if limit is None else limit + 1
    most = planned.limit
    if wanted is not None and not planned.order:
        most = wanted if most is None else min(most, wanted)
    rows = _fetched(endpoint, planned, planned.text(most=wanted), most, until)
    settled = planned.settled(rows)
    if not settled:
        rows = _fetched(endpoint, planned, planned.whole(), None, until)
    return planned.arranged(rows, cut=not settled)


def _fetched(
    endpoint: Endpoint, planned: Plan, text: str, most: int | None, until: float | None
) -> list[Solution]:
    """Fetch rows, and make sure that they are all: a server that has a maximum may say so, or stop at a round number."""
    columns = (*planned.variables, *planned.hidden)
    any_of, truths = "*" in planned.body.partition("{")[0], booleans(planned.body)
    response = client.send(endpoint, text, client.ROWS, until)
    rows = read_rows(response.body, columns, endpoint.name, any_of=any_of, booleans=truths)
    maximum = _most_rows(response)
    if most is not None and len(rows) >= most:
        return rows[:most]
    if rows and (len(rows) % 10 == 0 or (maximum and len(rows) >= maximum)):
        more = client.send(endpoint, planned.beyond(len(rows)), client.ROWS, until)
        if read_rows(more.body, columns, endpoint.name, any_of=any_of):
            raise _cut(endpoint, len(rows))
    return rows


def _most_rows(response: client.Response) -> int:
    most = response.headers.get("x-sparql-maxrows", "")
    return int(most) if most.isascii() and most.isdigit() and len(most) < 18 else 0


def _cut(endpoint: Endpoint, rows: int) -> LimitError:
    return LimitError(
        f"{endpoint.name}: the server left rows out after {rows:,}; ask for less (LIMIT), or raise its maximum"
    )
