"""Derived data: what CONSTRUCT queries (``queries/derive/NAME.rq``) make from the asserted triples.

A query sees the asserted triples, and those of the derive queries that its header names (``#+ after: [NAME, ...]``),
so the order of the files does not matter. Besides standard SPARQL 1.1 a query may call the
function ``FOLD``, which SPARQL cannot express: it folds case, accents and punctuation as
``wcograph.toolbox.sparql.parameters.fold`` does for what a person types.
"""

from __future__ import annotations

import os
import re
from functools import partial
from graphlib import CycleError, TopologicalSorter
from itertools import chain

import pyoxigraph as ox

from wcograph import layout
from wcograph.dataset import graph_name, named, read, triples
from wcograph.layout import ROLES
from wcograph.toolbox.arguments import unknown
from wcograph.toolbox.errors import InputError
from wcograph.toolbox.sparql import stored
from wcograph.toolbox.sparql.asking import ask
from wcograph.toolbox.sparql.parameters import fold
from wcograph.toolbox.sparql.tokens import place, tokens

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple

# What a query that creates blank nodes contains; others may, too.
_MAY_CREATE = re.compile(r"\[|_:|BNODE|CONSTRUCT[^}]*[(\"']", re.IGNORECASE)

FOLD = f"{layout.NAMESPACE}function/fold"
"""The IRI of the extension function (SPARQL 1.1, section 17.6) that folds a string."""


def derive(folder: str, asserted: Iterable[ox.Quad]) -> dict[str, set[ox.Triple]]:
    """Return the triples that each derive query of the graph at ``folder`` adds to ``asserted``, by its path.

    Raises InputError, with the file and where possible the line, for a query that is ill-formed, is not a CONSTRUCT
    query, or makes blank nodes, whose names would differ from run to run.
    """
    known = {quad.triple: quad for quad in asserted}  # each triple once, so that it is counted once
    store = ox.Store()
    store.bulk_extend(known.values())
    found: dict[str, set[ox.Triple]] = {}
    shown: dict[frozenset[str], list[ox.NamedNode]] = {frozenset(): []}  # in which graphs what some derive is
    for name, (path, query) in _in_order(folder).items():
        wanted = frozenset(query.after)
        if wanted not in shown:
            there = max((names for names in shown if names < wanted), key=len)
            before, missing = (
                set().union(*map(found.__getitem__, names)) for names in (there, wanted - there)
            )
            store.bulk_extend(named(missing - before, name))
            shown[wanted] = [*shown[there], graph_name(name)]
        found[name] = _constructed(query, store, os.path.join(folder, path), shown[wanted]).difference(known)
    return {path: found[os.path.basename(path)[:-3]] for path in layout.query_files(folder, "derive")}


def with_derived(folder: str) -> dict[str, list[ox.Triple]]:
    """Read the graph at ``folder`` and add what its derive queries make of it, as triples.

    A triple that is asserted already is not derived. Raises InputError if a file or a query is ill-formed.
    """
    graphs = read(folder)
    return {**triples(graphs), "derived": _derived(folder, graphs)}


def complete(folder: str, added: Sequence[ox.Quad] = ()) -> dict[str, list[ox.Triple] | list[ox.Quad]]:
    """Read the graph, derive from it and ``added``, and add the OWL 2 RL closure of all that as ``inferred``."""
    from wcograph.toolbox.rules.closure import closure

    graphs = read(folder)
    derived = _derived(folder, graphs, added)
    inferred = closure(chain(*graphs.values(), derived, added))
    return {**graphs, "derived": derived, "inferred": list(inferred)}


def _derived(
    folder: str, graphs: Mapping[str, list[ox.Quad]], added: Sequence[ox.Quad] = ()
) -> list[ox.Triple]:
    shown = chain(*graphs.values(), (ox.Quad(*quad.triple) for quad in added))
    return list(set().union(*derive(folder, shown).values()))


def of_roles(
    folder: str, roles: Iterable[str] | None = None, derived: Callable[[], list[ox.Triple]] | None = None
) -> Iterator[ox.Quad]:
    """Yield the quads of the graph at ``folder`` with literals as written, by role (all but ``inferred``).

    ``derived`` gives what is derived, where the caller knows it. Raises UsageError for an unknown role.
    """
    wanted = tuple(roles) if roles is not None else tuple(r for r in ROLES if r != "inferred")
    for role in wanted:
        if role not in ROLES:
            raise unknown("graph", role, ROLES)
    if "inferred" in wanted:
        graphs = complete(folder)
    else:
        asserted = read(folder)
        made = (derived or partial(_derived, folder, asserted))() if "derived" in wanted else []
        graphs = {**asserted, "derived": made}
    return chain.from_iterable(named(graphs[role], role) for role in ROLES if role in wanted)


def _in_order(folder: str) -> dict[str, tuple[str, stored.StoredQuery]]:
    """Read the derive queries by name, each after those that it names."""
    queries: dict[str, tuple[str, stored.StoredQuery]] = {}
    for path in layout.query_files(folder, "derive"):
        query = stored.read(os.path.join(folder, path), layout.PREFIXES)
        if query.name in queries:
            raise InputError(f"has the same name as {queries[query.name][0]}; rename it", file=path)
        queries[query.name] = path, query
    for path, query in queries.values():
        for name in query.after:
            if name not in queries:
                raise InputError(f"after: there is no derive query {name!r}", file=os.path.join(folder, path))
    sorter = TopologicalSorter({name: query.after for name, (_, query) in queries.items()})
    try:
        return {name: queries[name] for name in sorter.static_order()}
    except CycleError as error:
        circle = error.args[1]
        raise InputError(
            f"after: the query depends on itself ({' after '.join(reversed(circle))})",
            file=os.path.join(folder, queries[circle[0]][0]),
        ) from error


def _constructed(
    query: stored.StoredQuery, store: ox.Store, file: str, shown: Sequence[ox.NamedNode]
) -> set[ox.Triple]:
    seen = [ox.DefaultGraph(), *shown]
    found = ask(store, query.text, file, default_graph=seen, custom_functions=FUNCTIONS)
    if not isinstance(found, ox.QueryTriples):
        raise InputError("is not a CONSTRUCT query", file=file, line=_line(query.text, query.form))
    triples = set(found)
    body = "".join(line for line in query.text.split("\n") if not line.startswith("#"))
    if not _MAY_CREATE.search(body):
        return triples
    nodes = {term for t in triples for term in (t.subject, t.object) if isinstance(term, ox.BlankNode)}
    for node in nodes:
        if not (_holds(store, node, None) or _holds(store, None, node)):
            line = _line(query.text, "[", "_:", "BNODE") or _line(query.text, "CONSTRUCT")
            raise InputError("creates blank nodes; use IRIs instead", file=file, line=line)
    return triples


def _holds(store: ox.Store, subject: ox.BlankNode | None, object: ox.BlankNode | None) -> bool:
    return any(store.quads_for_pattern(subject, None, object, None))


def _line(text: str, *beginnings: str) -> int | None:
    """Return the line of the first token that begins with one of ``beginnings``."""
    offsets = (token.offset for token in tokens(text) if token.text.upper().startswith(beginnings))
    return next((place(text, offset)[0] for offset in offsets), None)


def _fold(*arguments: Term) -> ox.Literal | None:
    text = arguments[0] if len(arguments) == 1 else None
    return ox.Literal(fold(text.value)) if isinstance(text, ox.Literal) else None


FUNCTIONS: dict[ox.NamedNode, Callable[..., Term | None]] = {ox.NamedNode(FOLD): _fold}
"""The extension functions of derive queries, as pyoxigraph takes them."""
