"""The standard validation report, written by pySHACL (the reference) for the pairs that the screen selected.

This is the only module of validation that imports rdflib and pySHACL, and it is imported only when there is
something to report (or when the reference is to run alone).
"""

from __future__ import annotations

import logging
import warnings
from contextlib import contextmanager
from functools import cached_property, lru_cache

import pyoxigraph as ox
import pyshacl
import rdflib
from pyshacl.errors import ReportableRuntimeError, ShapeLoadError, ValidationFailure
from pyshacl.helper.sparql_query_helper import SPARQLQueryHelper
from pyshacl.rdfutil.clone import clone_node
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.sparql import Query
from rdflib.plugins.stores.memory import SimpleMemory
from rdflib.term import BNode, IdentifiedNode, Literal, URIRef

from wcograph.errors import InputError
from wcograph.rdf.faithful import stored, written
from wcograph.shacl.shapes import (
    LISTED,
    REFERRING,
    SH_NAMESPACE,
    TARGETS,
    IllFormedError,
    ShapesGraph,
    sh,
    target_classes,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping
    from typing import Any

    from wcograph.shacl.shapes import Term

_SH = rdflib.Namespace(SH_NAMESPACE)


def to_rdflib(term: Term) -> IdentifiedNode | Literal:
    """Give the rdflib term that equals a pyoxigraph term, literals with their lexical form as written."""
    if isinstance(term, ox.NamedNode):
        return URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return BNode(term.value)
    if isinstance(term, ox.Literal):
        if term.language is not None:
            return Literal(term.value, lang=term.language)
        if term.datatype.value == "http://www.w3.org/2001/XMLSchema#string":
            return Literal(term.value)
        return Literal(term.value, datatype=URIRef(term.datatype.value), normalize=False)
    raise InputError(f"the triple term {term} (RDF 1.2) cannot be validated")


def to_pyoxigraph(term: rdflib.term.Node) -> Term:
    """Give the pyoxigraph term that equals an rdflib term."""
    if isinstance(term, URIRef):
        return ox.NamedNode(str(term))
    if isinstance(term, BNode):
        return ox.BlankNode(str(term))
    if not isinstance(term, Literal):
        raise TypeError(f"no RDF term: {term!r}")
    if term.language:
        return ox.Literal(str(term), language=term.language)
    return ox.Literal(str(term), datatype=ox.NamedNode(str(term.datatype)) if term.datatype else None)


def rdflib_graph(triples: Iterable[tuple[Term, Term, Term]], prefixes: Mapping[str, str]) -> rdflib.Graph:
    """Copy triples into an rdflib graph in memory, with the prefixes that its messages are to use."""
    graph = rdflib.Graph(bind_namespaces="core")
    for prefix, namespace in prefixes.items():
        graph.bind(prefix, namespace, override=True, replace=True)
    known: dict[Term, IdentifiedNode | Literal] = {}

    def term_of(term: Term) -> IdentifiedNode | Literal:
        found = known.get(term)
        if found is None:
            found = known[term] = to_rdflib(term)
        return found

    add = graph.store.add
    with _quiet():
        for subject, predicate, value in triples:
            add((term_of(subject), term_of(predicate), term_of(value)), graph)
    return graph


class _View(SimpleMemory):
    """Triples of pyoxigraph seen as an rdflib store, read-only: terms are converted as they are asked for.

    A report on ten nodes of a million looks at some hundred triples; copying all would take most of the time.
    """

    context_aware = graph_aware = True  # pySHACL puts the graph's store into a Dataset, which asks for these

    def __init__(self, triples: Iterable[tuple[Term, Term, Term]]) -> None:
        super().__init__()
        self._by_subject: dict[Term, dict[tuple[Term, Term], None]] = {}
        for subject, predicate, value in triples:
            self._by_subject.setdefault(subject, {})[predicate, value] = None
        self._terms: dict[Term, IdentifiedNode | Literal] = {}
        self._asked: dict[Any, Term] = {}
        self.graphs: list[rdflib.Graph] = []

    @cached_property
    def _by_object(self) -> dict[Term, list[tuple[Term, Term]]]:
        index: dict[Term, list[tuple[Term, Term]]] = {}
        for subject, said in self._by_subject.items():
            for predicate, value in said:
                index.setdefault(value, []).append((subject, predicate))
        return index

    @cached_property
    def _by_predicate(self) -> dict[Term, list[tuple[Term, Term]]]:
        index: dict[Term, list[tuple[Term, Term]]] = {}
        for subject, said in self._by_subject.items():
            for predicate, value in said:
                index.setdefault(predicate, []).append((subject, value))
        return index

    def contexts(self, triple: Any = None) -> Generator[rdflib.Graph, None, None]:
        """Yield the graph that the view is of, in which all of its triples stand."""
        yield from self.graphs

    def add_graph(self, graph: Any) -> None:
        """Take note of no graph."""

    def __len__(self, context: Any = None) -> int:
        return sum(map(len, self._by_subject.values()))

    def triples(self, triple_pattern: Any, context: Any = None) -> Iterator[Any]:
        """Yield the triples that match a pattern, as rdflib's stores do."""
        asked = self._asked
        pattern = []
        for term in triple_pattern:
            found = None if term is None else asked.get(term)
            if found is None and term is not None:
                found = asked[term] = to_pyoxigraph(term)
            pattern.append(found)
        term_of = self._term_of
        for s, p, o in self._matches(*pattern):
            yield (
                (term_of(s), term_of(p), term_of(o)),
                iter(self.graphs),
            )  # a blank node is described by its graph

    def _matches(self, s: Term | None, p: Term | None, o: Term | None) -> list[tuple[Term, Term, Term]]:
        if s is not None:
            said = self._by_subject.get(s, {})
            if p is not None and o is not None:
                return [(s, p, o)] if (p, o) in said else []
            return [(s, q, v) for q, v in said if (p is None or q == p) and (o is None or v == o)]
        if o is not None:
            return [(t, q, o) for t, q in self._by_object.get(o, ()) if p is None or q == p]
        if p is not None:
            return [(t, p, v) for t, v in self._by_predicate.get(p, ())]
        return [(t, q, v) for t, said in self._by_subject.items() for q, v in said]

    def _term_of(self, term: Term) -> IdentifiedNode | Literal:
        found = self._terms.get(term)
        if found is None:
            found = self._terms[term] = _quietly(term) if type(term) is ox.Literal else to_rdflib(term)
        return found


class _StoreView(_View):
    """The same of what a store holds, which needs no index of its own."""

    def __init__(self, store: ox.Store) -> None:
        super().__init__(())
        self._store = store
        self._of_predicate: dict[Term, list[tuple[Term, Term, Term]]] = {}

    def __len__(self, context: Any = None) -> int:
        return self._number  # which rdflib asks again and again, to say whether there are any

    @cached_property
    def _number(self) -> int:
        return sum(1 for _ in self._store.quads_for_pattern(None, None, None, _DEFAULT))

    def _matches(self, s: Term | None, p: Term | None, o: Term | None) -> list[tuple[Term, Term, Term]]:
        if s is None and o is None and p in self._of_predicate:
            return self._of_predicate[p]
        if isinstance(s, ox.Literal) or isinstance(p, ox.BlankNode | ox.Literal):
            return []  # of which the store would say that they cannot stand there
        inside = stored(o) if isinstance(o, ox.Literal) else o
        found: list[tuple[Term, Term, Term]] = []
        for quad in self._store.quads_for_pattern(s, p, inside, _DEFAULT):  # type: ignore[arg-type]
            value = quad.object
            found.append(
                (quad.subject, quad.predicate, written(value) if isinstance(value, ox.Literal) else value)
            )
        if s is None and o is None and p is not None:
            self._of_predicate[p] = found
        return found


_DEFAULT = ox.DefaultGraph()


class _DataGraph(rdflib.Graph):
    """A graph that reads each query once: pySHACL asks a SPARQL constraint anew for every focus node."""

    def query(
        self,
        query_object: Any,
        processor: Any = "sparql",
        result: Any = "sparql",
        initNs: Any = None,  # noqa: N803 (rdflib's names)
        initBindings: Any = None,  # noqa: N803
        use_store_provided: bool = True,
        **options: Any,
    ) -> Any:
        """Answer a query, as rdflib's graphs do."""
        if isinstance(query_object, str) and initNs is None:
            query_object = _prepared(query_object, tuple((p, str(n)) for p, n in self.namespaces()))
        return super().query(
            query_object, processor, result, initNs, initBindings, use_store_provided, **options
        )


@lru_cache(maxsize=256)
def _prepared(query: str, namespaces: tuple[tuple[str, str], ...]) -> Query:
    return prepareQuery(query, initNs=dict(namespaces))


def data_graph(
    triples: Iterable[tuple[Term, Term, Term]] | ox.Store, prefixes: Mapping[str, str]
) -> rdflib.Graph:
    """Give a read-only rdflib graph of triples, which stay where they are.

    Those of a store are in its default graph, with literals as `wcograph.rdf.faithful.stored` gives them.

    >>> one = ox.NamedNode("http://example.org/a")
    >>> graph = data_graph([(one, one, ox.Literal("1"))], {})
    >>> list(graph.objects(to_rdflib(one)))
    [rdflib.term.Literal('1')]
    """
    view = _StoreView(triples) if isinstance(triples, ox.Store) else _View(triples)
    graph = _DataGraph(store=view, bind_namespaces="core")
    view.graphs.append(graph)
    for prefix, namespace in prefixes.items():
        graph.bind(prefix, namespace, override=True, replace=True)
    return graph


def restrict(graph: ShapesGraph, pairs: Mapping[Term, Iterable[Term]]) -> dict[tuple[Term, Term, Term], None]:
    """Copy the triples of a shapes graph with the targets of each shape replaced by its selected nodes."""
    kept: dict[tuple[Term, Term, Term], None] = dict.fromkeys(graph.triples)
    for subject, predicate, value in graph.triples:
        if predicate in TARGETS:
            del kept[subject, predicate, value]
    for node in {subject for subject, _, _ in graph.triples}:
        if node in target_classes(graph, node):  # a class that is a shape targets its own instances
            for kind in graph.objects(node, _TYPE):
                if kind not in _SHAPE_TYPES and target_classes(_only(node, kind, graph), node):
                    kept.pop((node, _TYPE, kind), None)
    for shape, focus_nodes in pairs.items():
        for focus in focus_nodes:
            kept[shape, sh("targetNode"), focus] = None
    return kept


_TYPE = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
_SHAPE_TYPES = (sh("NodeShape"), sh("PropertyShape"))


def _only(node: Term, kind: Term, graph: ShapesGraph) -> ShapesGraph:
    subclass_of = ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#subClassOf")
    metaclass = ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#Class")
    quads = [ox.Quad(subject, subclass_of, metaclass) for subject in graph.subjects(subclass_of, metaclass)]
    return ShapesGraph([*quads, ox.Quad(node, _TYPE, kind)])  # type: ignore[arg-type]


def write_report(
    data: rdflib.Graph,
    graph: ShapesGraph,
    prefixes: Mapping[str, str],
    pairs: Mapping[Term, Iterable[Term]] | None = None,
) -> rdflib.Graph:
    """Have pySHACL validate ``data`` and give the report graph (SHACL section 3.6).

    With ``pairs``, only those shapes and focus nodes; without, all that the shapes target. Raises InputError
    where pySHACL refuses the shapes or cannot judge the data.
    """
    triples = graph.triples if pairs is None else restrict(graph, pairs)
    shapes = rdflib_graph(triples, prefixes)
    with _quiet():
        _forget()
        try:
            _, report, text = pyshacl.validate(
                data, shacl_graph=shapes, inference="none", max_validation_depth=_depth(graph)
            )
        except ShapeLoadError as error:
            raise InputError(f"the shapes are ill-formed: {error.message}") from error
        except ReportableRuntimeError as error:
            raise InputError(f"the data cannot be validated: {error}") from error
        except RecursionError as error:
            raise InputError("the shapes are nested too deeply") from error
        except Exception as error:  # what pySHACL and rdflib raise for an input that they cannot handle
            message = " ".join(f"{type(error).__name__}: {error}".split())
            raise InputError(f"the data cannot be validated ({message})") from error
        if not isinstance(report, rdflib.Graph):
            raise InputError(" ".join(text.split()))
        if pairs is not None:
            _retarget(report, graph, prefixes, pairs)
        return report


def refused(graph: ShapesGraph) -> IllFormedError | None:
    """Find what pySHACL refuses in a shapes graph beyond its syntax rules, to say where it stands."""
    for form in ("select", "ask"):
        for node, text in graph.pairs(sh(form)):
            try:
                object.__new__(SPARQLQueryHelper).check_invalid_sparql(text.value)  # type: ignore
            except ValidationFailure as error:
                return IllFormedError(" ".join(str(error.args[0]).split()), node, sh(form))
    for component in graph.subjects(_TYPE, sh("ConstraintComponent")):
        if not graph.objects(component, sh("parameter")):
            return IllFormedError("a constraint component needs a sh:parameter", component, _TYPE)
        if not any(graph.objects(component, sh(name)) for name in _VALIDATORS):
            return IllFormedError(
                f"a constraint component needs a validator ({', '.join('sh:' + name for name in _VALIDATORS)})",
                component,
                _TYPE,
            )
    return None


_VALIDATORS = ("validator", "nodeValidator", "propertyValidator")


def _retarget(
    report: rdflib.Graph,
    graph: ShapesGraph,
    prefixes: Mapping[str, str],
    pairs: Mapping[Term, Iterable[Term]],
) -> None:
    """Give shapes that are blank nodes, which the report describes in full, their own targets back."""
    kept = restrict(graph, pairs)
    original: rdflib.Graph | None = None
    for node in pairs:
        shape = to_rdflib(node)
        if not isinstance(shape, BNode) or (shape, None, None) not in report:
            continue
        original = original or rdflib_graph(graph.triples, prefixes)
        report.remove((shape, _SH.targetNode, None))
        for predicate in graph.predicates(node):
            for value in graph.objects(node, predicate):
                if (node, predicate, value) not in kept or predicate == sh("targetNode"):
                    # copied as pySHACL copies them, which here brings literals into their canonical form
                    copy = clone_node(original, to_rdflib(value), report, recursion=1)
                    report.add((shape, to_rdflib(predicate), copy))


def _depth(graph: ShapesGraph) -> int:
    """Give a limit of nesting that no shapes graph without recursion reaches."""
    referring = sum(1 for predicate in (*REFERRING, *LISTED) for _ in graph.pairs(predicate))
    return 15 + referring


def _forget() -> None:
    """Empty pySHACL's caches, which know graphs by addresses in memory that may since be another graph's."""
    from pyshacl.constraints.sparql.sparql_based_constraint_components import (
        SPARQLConstraintComponentValidator,
    )
    from pyshacl.rdfutil.stringify import stringify_blank_node

    for holder, name in (
        (SPARQLConstraintComponentValidator, "validator_cache"),
        (stringify_blank_node, "dict_cache"),
    ):
        cache = getattr(holder, name, None)
        if isinstance(cache, dict):
            cache.clear()


def _quietly(literal: ox.Literal) -> IdentifiedNode | Literal:
    """Convert a literal and keep what rdflib has to remark on it off standard error."""
    level = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        return to_rdflib(literal)
    finally:
        logging.disable(level)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep literals as written, and rdflib's and pySHACL's remarks off standard error."""
    normalize, level = rdflib.NORMALIZE_LITERALS, logging.root.manager.disable
    rdflib.NORMALIZE_LITERALS = False
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        rdflib.NORMALIZE_LITERALS = normalize
        logging.disable(level)
