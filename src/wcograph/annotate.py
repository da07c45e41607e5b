"""Columns added to an answer: the labels of its IRIs, and the sources of each row or value."""

from __future__ import annotations

import warnings
from functools import partial

import pyoxigraph as ox

from wcograph.layout import PREFIXES
from wcograph.toolbox.errors import UsageError, WcographWarning
from wcograph.toolbox.sparql.naming import label
from wcograph.toolbox.sparql.results import SOURCES, Answer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from wcograph.toolbox.sparql.values import Solution, Term

    Cite = Callable[[ox.Store, ox.NamedNode], list[str]]

_QUOTED, _SOURCE = (
    ox.NamedNode(PREFIXES["prov"] + "wasQuotedFrom"),
    ox.NamedNode(PREFIXES["dcterms"] + "source"),
)
_PUBLISHER = ox.NamedNode(PREFIXES["dcterms"] + "publisher")
_ISSUED = ox.NamedNode(PREFIXES["dcterms"] + "issued")
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
    cite = cite or partial(citations, known={})

    def rows() -> Iterator[Solution]:
        known: dict[Term, list[str]] = {}
        some = empty = False
        for row in answer:
            cell = _cell(store, row, at, known, cite)
            some, empty = some or cell is not None, True
            yield (*row, cell)
        if empty and not some:
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
    variables: list[str] = []
    cited: list[str] = []
    places: list[tuple[int, list[int]]] = []  # of a value, and of the nodes that it rests on
    for place, variable in enumerate(answer.variables):
        variables.append(variable)
        nodes = [answer.variables.index(node) for node in resting_on.get(variable, ())]
        places.append((place, nodes))
        if nodes:
            cited.append(f"{variable}Sources")
            variables.append(cited[-1])
    if taken := set(cited) & set(answer.variables):
        raise UsageError(f"{name} already has a column {min(taken)!r}")

    def rows() -> Iterator[Solution]:
        known: dict[Term, list[str]] = {}
        cite = partial(citations, known={})
        for row in answer:
            cells: list[Term | None] = []
            for place, nodes in places:
                cells.append(row[place])
                if nodes:
                    cells.append(None if row[place] is None else _cell(store, row, nodes, known, cite))
            yield tuple(cells)

    return Answer(answer.form, variables, rows(), cited=cited, origin=answer)


def _cell(
    store: ox.Store,
    row: Solution,
    places: Sequence[int],
    known: dict[Term, list[str]],
    cite: Cite,
) -> ox.Literal | None:
    """Return the citations of the nodes at ``places`` of a row, one per line."""
    found: list[str] = []
    for node in (row[place] for place in places):
        if isinstance(node, ox.NamedNode):
            if node not in known:
                known[node] = cite(store, node)
            found += known[node]
    return ox.Literal("\n".join(dict.fromkeys(found))) if found else None


def citations(store: ox.Store, node: ox.NamedNode, known: dict[Term, str] | None = None) -> list[str]:
    """Return the sorted citations of the sources of a fact or claim node; for a source, its own citation.

    ``known`` keeps the citation of each source for later calls.
    """
    known = {} if known is None else known
    locators = _values(store, node, _LOCATOR)
    found = []
    for source in sources_of(store, node):
        if source not in known:
            known[source] = _citation(store, source) if isinstance(source, ox.NamedNode) else _lexical(source)
        parts = [known[source], *locators]
        found.append("; ".join(parts))
    return sorted(set(found))


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
    called: dict[Term, str] = {}
    for row in rows:
        for term in row:
            if isinstance(term, ox.NamedNode) and term not in called:
                called[term] = label(store, term)
    labelled = [
        any(isinstance(term, ox.NamedNode) and called[term] for term in column)
        for column in zip(*rows, strict=True)
    ] or [False] * len(answer.variables)
    variables: list[str] = []
    for variable, wanted in zip(answer.variables, labelled, strict=True):
        new = f"{variable}Label"
        variables += [variable, new] if wanted and new not in answer.variables else [variable]

    def extended(row: Solution) -> Iterable[Term | None]:
        for variable, term, wanted in zip(answer.variables, row, labelled, strict=True):
            yield term
            if wanted and f"{variable}Label" not in answer.variables:
                text = called[term] if isinstance(term, ox.NamedNode) else ""
                yield ox.Literal(text) if text else None

    labelled_rows = [tuple(extended(row)) for row in rows]
    return Answer(answer.form, variables, labelled_rows, cited=answer.cited, origin=answer)


def _objects(store: ox.Store, node: ox.NamedNode, predicate: ox.NamedNode) -> list[Term]:
    return [quad.object for quad in store.quads_for_pattern(node, predicate, None, None)]


def _values(store: ox.Store, node: ox.NamedNode, predicate: ox.NamedNode) -> list[str]:
    return sorted({_lexical(term) for term in _objects(store, node, predicate)})


def _lexical(term: Term) -> str:
    return term.value if isinstance(term, ox.NamedNode | ox.Literal) else str(term)
