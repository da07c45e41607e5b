"""The store as a read-only rdflib Dataset, for programs that use rdflib."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, NoReturn

import pyoxigraph as ox
import rdflib
from oxrdflib import OxigraphStore
from oxrdflib._converter import to_ox
from rdflib.graph import DATASET_DEFAULT_GRAPH_ID

from wcograph.layout import PREFIXES
from wcograph.toolbox.errors import InputError, UsageError, WcographError
from wcograph.toolbox.sparql.columns import variables
from wcograph.toolbox.sparql.offline import Offline, guard, offline
from wcograph.toolbox.sparql.refusals import check
from wcograph.toolbox.sparql.results import Answer

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping, Sequence

    from wcograph.toolbox.sparql.asked import Asked


class ReadOnlyStore(OxigraphStore, Offline):
    """An Oxigraph store that refuses, in advance, everything that would change it or use the network.

    Its results have been read from the engine, so any thread may use them.
    """

    def add(self, *_: Any, **__: Any) -> NoReturn:
        """Raise UsageError."""
        _refuse()

    addN = remove = update = add  # noqa: N815 (rdflib's names)

    def add_graph(self, graph: rdflib.Graph) -> None:
        """Do nothing: rdflib calls this before it reads a graph, and a graph without triples does not exist."""

    def query(self, query: Any, initNs: Any, *arguments: Any, **options: Any) -> Any:  # noqa: N803 (rdflib's name)
        """Ask the engine what `wcograph.toolbox.sparql.refusals.check` allows; a prepared query is left to rdflib."""
        if isinstance(query, str):
            check(query, prefixes={str(prefix): str(iri) for prefix, iri in (initNs or {}).items()})
        result = super().query(query, initNs, *arguments, **options)
        if result.type == "SELECT":
            result.bindings = list(result.bindings)
        return result

    def triples(self, *arguments: Any, **options: Any) -> Generator[Any, None, None]:
        """Yield what rdflib asks for."""
        yield from list(super().triples(*arguments, **options))

    def contexts(self, *arguments: Any, **options: Any) -> Generator[Any, None, None]:
        """Yield what rdflib asks for."""
        yield from list(super().contexts(*arguments, **options))

    def remove_graph(self, graph: rdflib.Graph) -> NoReturn:
        """Raise UsageError."""
        _refuse()


def _refuse() -> NoReturn:
    raise UsageError(
        "this graph is read-only; copy it into memory with to_rdflib(), or add files with wcograph.load(data=...)"
    )


def view(store: ox.Store, prefixes: Mapping[str, str] = PREFIXES, *, union: bool = True) -> rdflib.Dataset:
    """Return ``store`` as a read-only Dataset; with ``union``, its default graph is the union of its graphs.

    >>> import pyoxigraph
    >>> view(pyoxigraph.Store()).namespace_manager.curie("https://w3id.org/wcograph/ns#Region")
    'wco:Region'
    """
    guard()
    return _bound(rdflib.Dataset(store=ReadOnlyStore(store=store), default_union=union), prefixes)


def _bound(dataset: rdflib.Dataset, prefixes: Mapping[str, str]) -> rdflib.Dataset:
    for prefix, namespace in prefixes.items():
        dataset.bind(prefix, namespace)
    return dataset


def copied(
    quads: Iterable[ox.Quad],
    prefixes: Mapping[str, str] = PREFIXES,
    languages: Mapping[ox.Literal, str] | None = None,
    *,
    union: bool = True,
) -> rdflib.Dataset:
    """Copy quads into an rdflib Dataset in memory, literals as written, with the spelled ``languages``.

    Raises UsageError if they contain a triple term, which rdflib does not support.
    """
    dataset = _bound(rdflib.Dataset(default_union=union), prefixes)
    spelled = languages or {}
    dataset.addN(
        (*(_term(term, spelled) for term in quad.triple), dataset.graph(_term(quad.graph_name, spelled)))
        for quad in quads
    )
    return dataset


def evaluated(
    quads: Iterable[ox.Quad],
    asked: Asked,
    name: str,
    prefixes: Mapping[str, str],
    base: str | None,
    *,
    union: bool,
) -> Answer:
    """Answer a query with rdflib over a copy of ``quads``, its literals neither normalized there nor in the query.

    With ``union``, the default graph is the union of the graphs, unless the query says FROM. Raises InputError for an
    ill-formed query and for what rdflib cannot evaluate, UsageError for what would use the network.
    """
    text = asked.without_dataset()
    check(text, name)
    variables(text, name, prefixes, base)
    if asked.has_dataset:
        loaded = list(quads)
        quads = [
            ox.Quad(quad.subject, quad.predicate, quad.object, graph if is_named else ox.DefaultGraph())
            for graph, is_named in asked.graphs
            for quad in loaded
            if quad.graph_name == graph
        ]
    normalizes = rdflib.NORMALIZE_LITERALS
    log = logging.getLogger("rdflib.term")  # where it says that a literal is ill-typed, with a traceback
    is_silent, log.disabled = log.disabled, True
    try:
        rdflib.NORMALIZE_LITERALS = False  # the only way to read the literals of a query as written
        dataset = copied(quads, {}, asked.languages, union=union and not asked.has_dataset)
        with offline():
            result = dataset.query(text, initNs=dict(prefixes), base=base)
            if result.type == "ASK":
                return Answer("ASK", ("answer",), [(ox.Literal(bool(result.askAnswer)),)])
            names: Sequence[str] = ("subject", "predicate", "object")
            found: Any = result.graph or ()
            if result.type == "SELECT":
                names = [str(variable) for variable in result.vars or ()]
                found = ([row.get(rdflib.Variable(one)) for one in names] for row in result.bindings)
            rows: Any = [tuple(to_ox(term) for term in row) for row in found]
            answer = Answer(str(result.type), names, rows)
    except WcographError:
        raise
    except Exception as error:  # rdflib raises whatever its functions raise
        raise InputError(f"rdflib cannot evaluate it: {error or type(error).__name__}", file=name) from error
    finally:
        rdflib.NORMALIZE_LITERALS, log.disabled = normalizes, is_silent
    answer.languages = asked.languages
    return answer


def _term(term: Any, languages: Mapping[ox.Literal, str]) -> Any:
    if isinstance(term, ox.NamedNode):
        return rdflib.URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return rdflib.BNode(term.value)
    if isinstance(term, ox.DefaultGraph):
        return DATASET_DEFAULT_GRAPH_ID
    if isinstance(term, ox.Triple) or term.direction is not None:
        raise UsageError(f"rdflib supports RDF 1.1, and {str(term)[:100]} is RDF 1.2; leave it out")
    datatype = None if term.language else rdflib.URIRef(term.datatype.value)
    if datatype == rdflib.XSD.string:
        datatype = None
    language = languages.get(term, term.language)
    return rdflib.Literal(term.value, lang=language, datatype=datatype, normalize=False)
