"""The store as a read-only rdflib Dataset, for programs that speak rdflib."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import rdflib
from oxrdflib import OxigraphStore

from wcograph.errors import UsageError
from wcograph.layout import PREFIXES

if TYPE_CHECKING:
    import pyoxigraph as ox


class ReadOnlyStore(OxigraphStore):
    """An Oxigraph store that refuses, before anything is tried, what would change it."""

    def add(self, *_: Any, **__: Any) -> NoReturn:
        """Raise UsageError."""
        _refuse()

    addN = remove = update = add  # noqa: N815 (rdflib's names)

    def add_graph(self, graph: rdflib.Graph) -> None:
        """Do nothing: rdflib names a graph so before it reads it, and one without triples is none."""

    def query(self, query: Any, *arguments: Any, **options: Any) -> Any:
        """Ask the engine what `wcograph.querying.sparql.check` allows; a prepared query is left to rdflib."""
        from wcograph.querying.sparql import check

        if isinstance(query, str):
            check(query)
        return super().query(query, *arguments, **options)

    def remove_graph(self, graph: rdflib.Graph) -> NoReturn:
        """Raise UsageError."""
        _refuse()


def _refuse() -> NoReturn:
    raise UsageError(
        "this graph is read-only; copy it into memory with to_rdflib(), or add files with wcograph.load(data=...)"
    )


def view(store: ox.Store) -> rdflib.Dataset:
    """Give ``store`` as a read-only Dataset whose default graph is the union of its graphs.

    >>> import pyoxigraph
    >>> view(pyoxigraph.Store()).namespace_manager.curie("https://w3id.org/wcograph/ns#Region")
    'wco:Region'
    """
    dataset = rdflib.Dataset(store=ReadOnlyStore(store=store), default_union=True)
    for prefix, namespace in PREFIXES.items():
        dataset.bind(prefix, namespace)
    return dataset
