"""RDF about one thing, about the data, and about the service that answers.

- `SPARQL 1.1 Service Description <https://www.w3.org/TR/sparql11-service-description/>`_: what the endpoint does.
- `VoID <https://www.w3.org/TR/void/>`_: the graphs, the classes and the properties, each with a count.
- `SHACL <https://www.w3.org/TR/shacl/>`_ (``sh:SPARQLExecutable``): the stored queries as examples.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from wcograph.toolbox.sparql.asking import ask
from wcograph.toolbox.sparql.results import Answer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wcograph.graph import KnowledgeGraph

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_TYPE = ox.NamedNode(_RDF + "type")
_SD = "http://www.w3.org/ns/sparql-service-description#"
_VOID = "http://rdfs.org/ns/void#"
_SH = "http://www.w3.org/ns/shacl#"
_RDFS = "http://www.w3.org/2000/01/rdf-schema#"
_FORMATS = ("SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV", "SPARQL_Results_TSV", "Turtle", "N-Triples",
            "N-Quads", "TriG", "RDF_XML", "JSON-LD")  # fmt: skip
_BELOW = "SELECT DISTINCT ?s { ?s ?p ?o FILTER(isIRI(?s) && STRSTARTS(STR(?s), %s)) }"
_GRAPHS = "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"
_PROPERTIES = "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p"
_CLASSES = "SELECT ?c (COUNT(DISTINCT ?s) AS ?n) { ?s a ?c FILTER(isIRI(?c)) } GROUP BY ?c"
_counts: weakref.WeakKeyDictionary[KnowledgeGraph, list[Any]] = weakref.WeakKeyDictionary()


def is_known(kg: KnowledgeGraph, iri: str) -> bool:
    """Return whether the graph has an IRI as a subject, an object or a graph, or names that begin with it and ``#``."""
    try:
        node = ox.NamedNode(iri)
    except ValueError:
        return False
    if iri + "#" in kg.prefixes.values():
        return True
    store = kg.store
    patterns = ((node, None), (None, node))
    return store.contains_named_graph(node) or any(
        next(store.quads_for_pattern(subject, None, object, None), None) for subject, object in patterns
    )


def of(kg: KnowledgeGraph, iri: str) -> Answer:
    """Return the triples about an IRI, with those about the blank nodes in them.

    If names begin with the IRI and ``#``, as those of an ontology do, what is said of all of them is returned.
    """
    subjects: list[Any] = [ox.NamedNode(iri)]
    if iri + "#" in kg.prefixes.values():
        subjects += [row[0] for row in _asked(kg, _BELOW % ox.Literal(iri + "#"))]
    triples = list(_about(kg.store, list(subjects)))
    if kg.added is None:
        return _graph(kg, triples)
    written, wanted = kg.written(), {one.subject for one in triples}  # literals as they are in the files
    kept = [one for one in triples if written is None or not written.has(ox.Quad(*_parts(one)))]
    answer = _graph(
        kg, dict.fromkeys([*kept, *(quad.triple for quad in kg.added.quads if quad.subject in wanted)])
    )
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


def _parts(triple: ox.Triple) -> tuple[Any, Any, Any]:
    return triple.subject, triple.predicate, triple.object


def _graph(kg: KnowledgeGraph, triples: Iterable[ox.Triple]) -> Answer:
    prefixes = {**kg.prefixes, "sd": _SD, "void": _VOID}
    rows = [_parts(one) for one in triples]
    return Answer("CONSTRUCT", ("subject", "predicate", "object"), rows, prefixes=prefixes)


def dataset(kg: KnowledgeGraph, base: str) -> Answer:
    """Describe the service at ``base`` and what it serves."""
    triples: list[ox.Triple] = []

    def add(subject: str, predicate: str, *values: str | int | ox.Literal) -> None:
        for value in values:
            term = (
                value
                if isinstance(value, ox.Literal)
                else ox.Literal(value)
                if isinstance(value, int)
                else ox.NamedNode(value)
            )
            triples.append(ox.Triple(ox.NamedNode(subject), ox.NamedNode(predicate), term))

    service, data = f"{base}/sparql", f"{base}/.well-known/void#dataset"
    default = f"{data}-union"
    add(service, _TYPE.value, f"{_SD}Service")
    add(service, f"{_SD}endpoint", service)
    add(service, f"{_SD}supportedLanguage", f"{_SD}SPARQL10Query", f"{_SD}SPARQL11Query")
    add(service, f"{_SD}feature", *([] if kg.only_data else [f"{_SD}UnionDefaultGraph"]))
    add(service, f"{_SD}resultFormat", *(f"http://www.w3.org/ns/formats/{name}" for name in _FORMATS))
    add(service, f"{_SD}defaultDataset", data)
    add(data, _TYPE.value, f"{_SD}Dataset", f"{_VOID}Dataset")
    add(data, f"{_SD}defaultGraph", default)
    add(data, f"{_VOID}sparqlEndpoint", service)
    add(data, f"{_VOID}dataDump", f"{base}/store?default")
    add(default, _TYPE.value, f"{_SD}Graph", f"{_VOID}Dataset")
    total, seen, graphs, classes, properties = _counted(kg)
    add(data, f"{_VOID}triples", total)
    add(default, f"{_VOID}triples", seen)
    for graph, count in sorted(graphs.items()):
        node = f"{data}-graph-{_local(kg, graph)}"
        add(data, f"{_SD}namedGraph", node)
        add(node, _TYPE.value, f"{_SD}NamedGraph")
        add(node, f"{_SD}name", graph)
        add(node, f"{_SD}graph", f"{node}-content")
        add(f"{node}-content", _TYPE.value, f"{_SD}Graph", f"{_VOID}Dataset")
        add(f"{node}-content", f"{_VOID}triples", count)
    for kind, what, counted, number in (
        ("class", classes, "class", "entities"),
        ("property", properties, "property", "triples"),
    ):
        for iri, count in sorted(what.items()):
            node = f"{data}-{kind}-{_local(kg, iri)}"
            add(data, f"{_VOID}{kind}Partition", node)
            add(node, f"{_VOID}{counted}", iri)
            add(node, f"{_VOID}{number}", count)
    used = [*classes, *properties]
    add(
        data,
        f"{_VOID}vocabulary",
        *sorted(v for v in set(kg.prefixes.values()) if any(i.startswith(v) for i in used)),
    )
    for query in kg.queries:
        node = f"{base}/query/{query.name}"
        add(node, _TYPE.value, f"{_SH}SPARQLExecutable")
        add(node, f"{_RDFS}comment", ox.Literal(query.title, language="en"))
        add(node, f"{_SH}{'ask' if query.form == 'ASK' else 'select' if query.form == 'SELECT' else 'construct'}",
            ox.Literal(query.text))  # fmt: skip
    return _graph(kg, triples)


def _counted(kg: KnowledgeGraph) -> list[Any]:
    """Return the numbers of triples: of all, of those that queries see, of each graph, and of each property.

    The numbers of things in each class are before the last.
    """
    if kg not in _counts:
        graphs, properties, classes = (
            {row[0].value: int(row[1].value) for row in _asked(kg, query)}
            for query in (_GRAPHS, _PROPERTIES, _CLASSES)
        )
        total = sum(properties.values())
        seen = (
            sum(1 for _ in kg.store.quads_for_pattern(None, None, None, ox.DefaultGraph()))
            if kg.only_data
            else total
        )
        _counts[kg] = [total, seen, graphs, classes, properties]
    return _counts[kg]


def _asked(kg: KnowledgeGraph, query: str) -> Any:
    return ask(kg.store, query, use_default_graph_as_union=True)


def _local(kg: KnowledgeGraph, iri: str) -> str:
    """Return a name for an IRI that another IRI can contain."""
    from hashlib import sha256

    from wcograph.toolbox.sparql.naming import compact

    short = compact(iri, kg.prefixes)
    return short.replace(":", "-") if short != iri else sha256(iri.encode()).hexdigest()[:16]
