"""Derived data: what CONSTRUCT queries make of the asserted graph, kept in files that anyone can read.

Each ``queries/derive/NAME.rq`` writes ``data/derived/NAME.ttl``. A query sees what is asserted and not what
others derive, so that their order does not count. Beside standard SPARQL 1.1 a query may call the function
``FOLD``, which SPARQL cannot express: it folds case, accents and punctuation as ``wcograph.querying.parameters.fold``
does for what a person types.
"""

from __future__ import annotations

import os

import pyoxigraph as ox

from wcograph import dataset, layout
from wcograph.errors import InputError
from wcograph.querying import stored
from wcograph.querying.parameters import fold
from wcograph.querying.sparql import ill_formed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

FOLD = f"{layout.NAMESPACE}function/fold"
"""The IRI of the extension function (SPARQL 1.1, section 17.6) that folds a string."""


def derive(folder: str) -> dict[str, str]:
    """Give the derived files of the graph at ``folder``, each path (below ``folder``) with its Turtle text.

    Raises InputError where a file or a query is ill-formed, or where a query makes blank nodes, which would
    not come out the same twice.
    """
    found = constructed(folder, dataset.quads(dataset.asserted(folder, derived=False)))
    for path, (_, triples) in found.items():
        if any(
            isinstance(term, ox.BlankNode) for triple in triples for term in (triple.subject, triple.object)
        ):
            raise InputError("makes blank nodes", file=os.path.join(folder, path))
    return {
        f"data/derived/{query.name}.ttl": _text(path, query, triples)
        for path, (query, triples) in found.items()
    }


def constructed(
    folder: str, quads: Iterable[ox.Quad]
) -> dict[str, tuple[stored.StoredQuery, set[ox.Triple]]]:
    """Give what each derive query of the graph at ``folder``, by its path, makes of ``quads``.

    Raises InputError where a query is ill-formed.
    """
    store = ox.Store()
    store.bulk_extend(quads)
    found = {}
    for path in layout.query_files(folder, "derive"):
        place = os.path.join(folder, path)
        query = stored.read(place)
        try:
            triples = store.query(query.text, use_default_graph_as_union=True, custom_functions=FUNCTIONS)
            if not isinstance(triples, ox.QueryTriples):
                raise InputError("is no CONSTRUCT query", file=place)
            found[path] = (query, set(triples))
        except SyntaxError as error:
            raise ill_formed(error, query.text, place) from error
        except RuntimeError as error:  # a function that the engine does not know
            raise InputError(str(error), file=place) from error
    return found


def _fold(*arguments: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> ox.Literal | None:
    text = arguments[0] if len(arguments) == 1 else None
    return ox.Literal(fold(text.value)) if isinstance(text, ox.Literal) else None


FUNCTIONS: dict[ox.NamedNode, Callable[..., ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple | None]] = {
    ox.NamedNode(FOLD): _fold
}
"""The extension functions of derive queries, as pyoxigraph takes them."""


def outdated(folder: str) -> list[str]:
    """Give the derived files that do not hold what ``derive`` gives, those that should not be there included."""
    wanted = derive(folder)
    there = set(layout.rdf_files(folder)["accepted"])
    return sorted(
        {path for path, text in wanted.items() if _content(folder, path) != text} | (there - set(wanted))
    )


def _content(folder: str, path: str) -> str | None:
    try:
        with open(os.path.join(folder, path), encoding="utf-8", newline="") as file:
            return file.read()
    except OSError:
        return None


def _text(path: str, query: stored.StoredQuery, triples: set[ox.Triple]) -> str:
    from wcograph.rdf.fmt import format_document
    from wcograph.rdf.turtle import Document

    body = ox.serialize(sorted(triples, key=str), None, ox.RdfFormat.TURTLE, prefixes=_prefixes(triples))
    assert body is not None
    head = (
        f"# {query.title}. Written by 'wcograph derive' from {path}: edit what it reads, not this file.\n\n"
    )
    return format_document(Document(head + body.decode(), path))


def _prefixes(triples: set[ox.Triple]) -> dict[str, str]:
    iris = set()
    for triple in triples:
        for term in (triple.subject, triple.predicate, triple.object):
            if isinstance(term, ox.Literal):
                term = term.datatype
            if isinstance(term, ox.NamedNode):
                iris.add(term.value)
    return {
        prefix: namespace
        for prefix, namespace in layout.PREFIXES.items()
        if any(iri.startswith(namespace) for iri in iris)
    }
