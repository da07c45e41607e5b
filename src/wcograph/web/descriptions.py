"""RDF about one thing, about the data, and about the service that answers.

- `SPARQL 1.1 Service Description <https://www.w3.org/TR/sparql11-service-description/>`_: what the endpoint does.
- `VoID <https://www.w3.org/TR/void/>`_: the graphs, the classes and the properties, each with a count.
- `SHACL <https://www.w3.org/TR/shacl/>`_ (``sh:SPARQLExecutable``): the stored queries as examples.
"""

from __future__ import annotations

import os
import weakref
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from wcograph.toolbox.sparql.asking import ask
from wcograph.toolbox.sparql.naming import compact
from wcograph.toolbox.sparql.results import Answer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jinja2 import Template

    from wcograph.graph import KnowledgeGraph

_BELOW = "SELECT DISTINCT ?s { ?s ?p ?o FILTER(isIRI(?s) && STRSTARTS(STR(?s), %s)) }"
_COUNTED = {
    "graphs": "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g",
    "classes": "SELECT ?c (COUNT(DISTINCT ?s) AS ?n) { ?s a ?c FILTER(isIRI(?c)) } GROUP BY ?c",
    "properties": "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p",
}
_counts: weakref.WeakKeyDictionary[KnowledgeGraph, dict[str, Any]] = weakref.WeakKeyDictionary()


def is_known(kg: KnowledgeGraph, iri: str) -> bool:
    """Return whether the graph has an IRI in a triple or as a graph, or names that begin with it and ``#``."""
    try:
        node = ox.NamedNode(iri)
    except ValueError:
        return False
    patterns: Any = ((node, None, None), (None, None, node), (None, node, None))
    return (
        f"{iri}#" in kg.prefixes.values()
        or kg.store.contains_named_graph(node)
        or any(next(kg.store.quads_for_pattern(*one), None) for one in patterns)
    )


def below(kg: KnowledgeGraph, iri: str) -> list[ox.NamedNode]:
    """Return the names that triples are about and that begin with an IRI and ``#``, if that is a namespace."""
    if f"{iri}#" not in kg.prefixes.values():
        return []
    return sorted((row[0] for row in _asked(kg, _BELOW % ox.Literal(f"{iri}#"))), key=lambda node: node.value)


def of(kg: KnowledgeGraph, iri: str) -> Answer:
    """Return the triples about an IRI, with those about the blank nodes in them.

    If names begin with the IRI and ``#``, as those of an ontology do, what is said of all of them is returned.
    """
    triples = list(_about(kg.store, [ox.NamedNode(iri), *below(kg, iri)]))
    if kg.added is None:
        return _graph(kg, triples)
    written, wanted = kg.written(), {one.subject for one in triples}  # literals as they are in the files
    kept = [one for one in triples if written is None or not written.has(ox.Quad(*one))]
    added = (quad.triple for quad in kg.added.quads if quad.subject in wanted)
    answer = _graph(kg, dict.fromkeys([*kept, *added]))
    answer.languages = kg.added.languages
    return answer


def _about(store: ox.Store, subjects: list[Any]) -> Iterator[ox.Triple]:
    seen = set(subjects)
    while subjects:
        for quad in store.quads_for_pattern(subjects.pop(), None, None, None):
            yield quad.triple
            if isinstance(quad.object, ox.BlankNode) and quad.object not in seen:
                seen.add(quad.object)
                subjects.append(quad.object)


def _graph(kg: KnowledgeGraph, triples: Iterable[ox.Triple]) -> Answer:
    vocabularies = {
        "sd": "http://www.w3.org/ns/sparql-service-description#",
        "void": "http://rdfs.org/ns/void#",
    }
    rows: Any = map(tuple, triples)
    return Answer(
        "CONSTRUCT", ("subject", "predicate", "object"), rows, prefixes={**kg.prefixes, **vocabularies}
    )


def dataset(kg: KnowledgeGraph, base: str) -> Answer:
    """Describe the service at ``base`` and what it serves."""
    if kg not in _counts:
        counts: dict[str, Any] = {
            name: {row[0].value: int(row[1].value) for row in _asked(kg, query)}
            for name, query in _COUNTED.items()
        }
        counts["total"] = counts["seen"] = sum(counts["properties"].values())
        if kg.only_data:  # queries see the default graph
            counts["seen"] = sum(1 for _ in kg.store.quads_for_pattern(None, None, None, ox.DefaultGraph()))
        _counts[kg] = counts
    counts = _counts[kg]
    used = [*counts["classes"], *counts["properties"]]
    turtle = _template().render(
        base=base,
        data=f"{base}/.well-known/void#dataset",
        only_data=kg.only_data,
        vocabularies={v for v in kg.prefixes.values() if any(iri.startswith(v) for iri in used)},
        queries=kg.queries,
        local=lambda iri: _local(kg, iri),
        literal=ox.Literal,
        **counts,
    )
    return _graph(kg, (quad.triple for quad in ox.parse(turtle, format=ox.RdfFormat.TURTLE)))


@cache
def _template() -> Template:
    from jinja2 import Environment

    with open(
        os.path.join(os.path.dirname(__file__), "templates", "void.ttl.jinja"), encoding="utf-8"
    ) as stream:
        return Environment(trim_blocks=True).from_string(stream.read())


def _asked(kg: KnowledgeGraph, query: str) -> Any:
    return ask(kg.store, query, use_default_graph_as_union=True)


def _local(kg: KnowledgeGraph, iri: str) -> str:
    """Return a name for an IRI that another IRI can contain."""
    short = compact(iri, kg.prefixes)
    return short.replace(":", "-") if short != iri else sha256(iri.encode()).hexdigest()[:16]
