"""The store as a read-only rdflib Dataset, for programs that use rdflib."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import pyoxigraph as ox
import rdflib
from oxrdflib import OxigraphStore
from rdflib.graph import DATASET_DEFAULT_GRAPH_ID

from wcograph.layout import PREFIXES
from wcograph.toolbox.errors import UsageError
from wcograph.toolbox.sparql.offline import Offline, guard
from wcograph.toolbox.sparql.refusals import check

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable


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


def view(store: ox.Store) -> rdflib.Dataset:
    """Return ``store`` as a read-only Dataset whose default graph is the union of its graphs.

    >>> import pyoxigraph
    >>> view(pyoxigraph.Store()).namespace_manager.curie("https://w3id.org/wcograph/ns#Region")
    'wco:Region'
    """
    guard()
    dataset = rdflib.Dataset(store=ReadOnlyStore(store=store), default_union=True)
    for prefix, namespace in PREFIXES.items():
        dataset.bind(prefix, namespace)
    return dataset


def copied(quads: Iterable[ox.Quad]) -> rdflib.Dataset:
    """Copy quads into an rdflib Dataset in memory, literals as written.

    Raises UsageError if they contain a triple term, which rdflib does not support.
    """
    dataset = rdflib.Dataset(default_union=True)
    for prefix, namespace in PREFIXES.items():
        dataset.bind(prefix, namespace)
    dataset.addN((*map(_term, quad.triple), dataset.graph(_term(quad.graph_name))) for quad in quads)
    return dataset


def _term(term: Any) -> Any:
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
    return rdflib.Literal(term.value, lang=term.language, datatype=datatype, normalize=False)
