"""Columns added to an answer: the labels of its IRIs, and the sources of each row or value."""

from __future__ import annotations

import warnings
from functools import cache, partial

import pyoxigraph as ox

from wcograph.layout import PREFIXES
from wcograph.toolbox.errors import UsageError, WcographWarning
from wcograph.toolbox.sparql.naming import label
from wcograph.toolbox.sparql.results import SOURCES, Answer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from wcograph.toolbox.sparql.values import Solution, Term

    Cite = Callable[[ox.Store, ox.NamedNode], list[str]]

_EACH = "Sources"
_QUOTED = ox.NamedNode(PREFIXES["prov"] + "wasQuotedFrom")
_SOURCE, _PUBLISHER, _ISSUED = (
    ox.NamedNode(PREFIXES["dcterms"] + name) for name in ("source", "publisher", "issued")
)
_RETRIEVED = ox.NamedNode(PREFIXES["pav"] + "retrievedOn")
_URL = ox.NamedNode(PREFIXES["schema"] + "url")
_LOCATOR = ox.NamedNode(PREFIXES["wco"] + "locator")
FOLLOWED = (_QUOTED, _SOURCE, _PUBLISHER)
CITED = (*FOLLOWED, _ISSUED, _RETRIEVED, _URL, _LOCATOR)
"""The properties that a citation is made from; the values of those in ``FOLLOWED`` have properties of their own."""


def with_sources(
    answer: Answer,
    store: ox.Store,
    resting_on: Sequence[str] | None,
    name: str,
    cite: Cite | None = None,
) -> Answer:
    """Add the column ``sources``: the citations of the sources of each row, one per line, made by ``cite``.

    ``resting_on`` names the variables with the fact and claim nodes of a row. None means every variable whose
    values have a source; if no value has one, a WcographWarning says so after the rows have been read.
    """
    if answer.form != "SELECT":
        raise UsageError(f"sources are given for the rows of SELECT queries; {name} is a {answer.form} query")
    if SOURCES in answer.variables:
        raise UsageError(f"{name} already has a column {SOURCES!r}")
    wanted = answer.variables if resting_on is None else tuple(resting_on)
    at = [place for place, variable in enumerate(answer.variables) if variable in wanted]

    def rows() -> Iterator[Solution]:
        cell = _cells(store, cite)
        had: set[bool] = set()
        for row in answer:
            found = cell(row, at)
            had.add(found is not None)
            yield (*row, found)
        if had == {False}:
            message = (
                f"no column of {name} has a source; select the facts and claims too (--sources)"
                if resting_on is None
                else f"no row of {name} has a source in the graph (--sources)"
            )
            warnings.warn(message, WcographWarning, stacklevel=2)

    return Answer(answer.form, (*answer.variables, SOURCES), rows(), cited=(SOURCES,), origin=answer)


def with_sources_each(
    answer: Answer, store: ox.Store, resting_on: Mapping[str, Sequence[str]], name: str
) -> Answer:
    """Add a column ``<column>Sources`` behind each column of ``resting_on``: the citations of its values.

    ``resting_on`` names, for each column, the variables with the fact and claim nodes behind its value.
    A cell without a value has no citations.
    """
    nodes = [[answer.variables.index(n) for n in resting_on.get(name, ())] for name in answer.variables]
    columns = list(zip(answer.variables, nodes, strict=True))
    cited = [f"{variable}{_EACH}" for variable, behind in columns if behind]
    if taken := set(cited) & set(answer.variables):
        raise UsageError(f"{name} already has a column {min(taken)!r}")
    variables = [one for v, behind in columns for one in ([v, f"{v}{_EACH}"] if behind else [v])]

    def rows() -> Iterator[Solution]:
        cell = _cells(store)
        for row in answer:
            cells: list[Term | None] = []
            for value, behind in zip(row, nodes, strict=True):
                cells.append(value)
                if behind:
                    cells.append(None if value is None else cell(row, behind))
            yield tuple(cells)

    return Answer(answer.form, variables, rows(), cited=cited, origin=answer)


def _cells(
    store: ox.Store, cite: Cite | None = None
) -> Callable[[Solution, Sequence[int]], ox.Literal | None]:
    """Return a function that makes the cell with the citations of the nodes at some places of a row."""
    cited = cache(partial(cite or partial(citations, known={}), store))

    def cell(row: Solution, places: Sequence[int]) -> ox.Literal | None:
        nodes = [node for node in (row[place] for place in places) if isinstance(node, ox.NamedNode)]
        found = dict.fromkeys(one for node in nodes for one in cited(node))
        return ox.Literal("\n".join(found)) if found else None

    return cell


def citations(store: ox.Store, node: ox.NamedNode, known: dict[Term, str] | None = None) -> list[str]:
    """Return the sorted citations of the sources of a fact or claim node; for a source, its own citation.

    ``known`` keeps the citation of each source for later calls.
    """
    known = {} if known is None else known
    locators = _values(store, node, _LOCATOR)
    sources = sources_of(store, node)
    for source in sources:
        if source not in known:
            known[source] = _citation(store, source) if isinstance(source, ox.NamedNode) else _lexical(source)
    return sorted({"; ".join([known[source], *locators]) for source in sources})


def sources_of(store: ox.Store, node: ox.NamedNode) -> list[Term]:
    """Return the sources of a fact or claim node; for a source, the source itself."""
    sources = [*_objects(store, node, _QUOTED), *_objects(store, node, _SOURCE)]
    return sources or ([node] if _objects(store, node, _RETRIEVED) else [])


def briefs(store: ox.Store, node: ox.NamedNode) -> list[str]:
    """Return the sorted short citations of the sources of a fact or claim node; see ``brief``."""
    return sorted({brief(store, source) for source in sources_of(store, node)})


def brief(store: ox.Store, source: Term) -> str:
    """Return the title, the date of issue (or of retrieval) and the address of a source."""
    if not isinstance(source, ox.NamedNode):
        return _lexical(source)
    dates = _values(store, source, _ISSUED) or [
        f"retrieved {day}" for day in _values(store, source, _RETRIEVED)
    ]
    return ", ".join([label(store, source) or source.value, *dates[:1], *_values(store, source, _URL)[:1]])


def _citation(store: ox.Store, source: ox.NamedNode) -> str:
    """Return the title, publisher, date of issue and address of a source."""
    publishers = [
        label(store, term) if isinstance(term, ox.NamedNode) else _lexical(term)
        for term in _objects(store, source, _PUBLISHER)
    ]
    issued = " and ".join(_values(store, source, _ISSUED)) or "undated"
    title = label(store, source) or source.value
    about = ", ".join([*sorted(filter(None, publishers)), issued])
    address = "".join(f" <{url}>" for url in _values(store, source, _URL))
    retrieved = "".join(f", retrieved {day}" for day in _values(store, source, _RETRIEVED))
    return f"{title} ({about}){address}{retrieved}"


def with_labels(answer: Answer, store: ox.Store) -> Answer:
    """Add a column ``<variable>Label`` behind each column that holds IRIs with labels. Reads all rows."""
    if answer.form != "SELECT":
        return answer
    rows = answer.rows()
    nodes = {term for row in rows for term in row if isinstance(term, ox.NamedNode)}
    called: dict[Term | None, str] = {node: label(store, node) for node in nodes}
    columns = zip(*rows, strict=True) if rows else ((),) * len(answer.variables)
    labelled = [
        f"{variable}Label" not in answer.variables and any(called.get(term) for term in column)
        for variable, column in zip(answer.variables, columns, strict=True)
    ]
    pairs = list(zip(answer.variables, labelled, strict=True))
    variables = [one for name, wanted in pairs for one in ([name, f"{name}Label"] if wanted else [name])]

    def extended(row: Solution) -> Iterator[Term | None]:
        for term, wanted in zip(row, labelled, strict=True):
            yield term
            if wanted:
                text = called.get(term)
                yield ox.Literal(text) if text else None

    rows = [tuple(extended(row)) for row in rows]
    return Answer(answer.form, variables, rows, cited=answer.cited, origin=answer)


def _objects(store: ox.Store, node: ox.NamedNode, predicate: ox.NamedNode) -> list[Term]:
    return [quad.object for quad in store.quads_for_pattern(node, predicate, None, None)]


def _values(store: ox.Store, node: ox.NamedNode, predicate: ox.NamedNode) -> list[str]:
    return sorted({_lexical(term) for term in _objects(store, node, predicate)})


def _lexical(term: Term) -> str:
    return term.value if isinstance(term, ox.NamedNode | ox.Literal) else str(term)
