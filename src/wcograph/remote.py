"""The graph at a SPARQL endpoint: the stored questions, asked of an engine that others run.

Names of parameters are looked up in the graph of this package first, labels and sources at the endpoint.
"""

from __future__ import annotations

import time
from dataclasses import replace

import pyoxigraph as ox

from wcograph import annotate, endpoints, layout
from wcograph.graph import KnowledgeGraph, load
from wcograph.toolbox.arguments import count_of, seconds_of, text_of
from wcograph.toolbox.errors import InputError, UsageError
from wcograph.toolbox.sparql import parameters, remote
from wcograph.toolbox.sparql.naming import LABELS
from wcograph.toolbox.sparql.results import Answer
from wcograph.toolbox.sparql.stored import Parameter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any, NoReturn

    from wcograph.toolbox.sparql.parameters import Entities

_WCO = ox.NamedNode(layout.PREFIXES["wcoid"] + "wco")
_ROLES = [f"{layout.NAMESPACE}graph/{role}" for role in layout.ROLES]
_INFERRED = f"{layout.NAMESPACE}graph/inferred"
_AT_ONCE = 200  # nodes whose triples one query asks for


def connect(
    endpoint: str,
    *,
    queries: str | Sequence[str] = (),
    inferred: bool = True,
    timeout: float | None = None,
) -> RemoteGraph:
    """Return the graph at a SPARQL endpoint, given by its URL or by its name in the user's ``endpoints.toml``.

    It has the verbs of ``load`` that ask: ``query``, ``sparql`` and ``export`` with a query. ``timeout`` is the most
    seconds that each of them may take (60, or what the file says). ``queries`` and ``inferred`` are as in ``load``.
    Nothing is sent yet. Raises UsageError for an unknown name or an ill-formed URL.

    >>> connect("http://127.0.0.1:7878/query").bound("conventions-in-force-count").count("SELECT")
    1
    """
    named = endpoints.find(text_of(endpoint, "endpoint"), seconds_of(timeout, "timeout"))
    return RemoteGraph(load(queries=queries), named, inferred=inferred)


class RemoteGraph(KnowledgeGraph):
    """The graph at an endpoint. Make it with ``connect``.

    ``store`` is the graph of this package, in which names are looked up. What works on files (``why``, ``validate``,
    ``quads``, ``rdflib``) raises UsageError.
    """

    def __init__(self, local: KnowledgeGraph, named: endpoints.Named, *, inferred: bool = True) -> None:
        """Keep the endpoint, and the graph of this package with its stored queries."""
        super().__init__(local.folder, local._built, inferred=inferred)
        self.broken_queries = local.broken_queries
        self.endpoint, self._dataset = named.endpoint, named.dataset
        if not inferred:
            self._take([graph for graph in self.endpoint.graphs or _ROLES if graph != _INFERRED])
        self._found = False  # whether the graph is known to be there
        self._theirs: dict[object, Entities] = {}  # at the endpoint, as `_known` here

    def _evaluate(
        self,
        text: str,
        name: str,
        limit: int | None,
        timeout: float | None,
        allow_service: bool = False,
        base: str | None = None,
    ) -> Answer:
        if base:
            text = f"BASE <{base}> {text}"  # in the same line, for the locations of mistakes
        limit, until = count_of(limit, "limit"), self._until(timeout)

        def ask() -> Answer:
            how: dict[str, Any] = {"prefixes": layout.PREFIXES, "allow_service": allow_service}
            return remote.evaluate(self.endpoint, text, name=name, limit=limit, until=until, **how)

        if self._dataset == "union":
            self._take(self._select("SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }", until))
        answer = ask()
        if self._found or not _says_nothing(answer):
            return answer
        # An empty graph gives the answers "none" and 0, which would be wrong: the data may be in named graphs.
        self._found = bool(remote.evaluate(self.endpoint, f"ASK {{ {_WCO} ?p ?o }}", until=until))
        if self._found:
            return answer
        which = f"SELECT DISTINCT ?g {{ GRAPH ?g {{ {_WCO} ?p ?o }} }}"
        if graphs := [] if self._dataset else self._select(which, until):
            self._take(_ROLES if any(graph in _ROLES for graph in graphs) else graphs)
            self._found = True
            return ask()
        if any(path.endswith(f"/{name}.rq") for path in layout.query_files(self.folder, "questions")):
            raise InputError(
                f"does not have the graph of the WCO{f' (dataset = {self._dataset!r})' if self._dataset else ''}; "
                f"load what 'wcograph export -f nq --graph {' '.join(layout.ROLES)}' writes",
                file=self.endpoint.name,
            )
        return answer

    def _until(self, timeout: float | None) -> float:
        return time.monotonic() + (seconds_of(timeout, "timeout") or self.endpoint.seconds)

    def _take(self, graphs: Sequence[str]) -> None:
        self.endpoint, self._dataset = replace(self.endpoint, graphs=tuple(graphs)), "named"

    def _select(self, query: str, until: float) -> list[str]:
        rows = remote.evaluate(self.endpoint, query, until=until).rows()
        return [row[0].value for row in rows if isinstance(row[0], ox.NamedNode)]

    def _facts(self, answer: Answer, labels: bool, timeout: float | None) -> ox.Store:
        """Fetch what labels, or sources, are made from: triples of the nodes in the answer, and of their sources."""
        until = self._until(timeout)
        read = LABELS if labels else (*annotate.CITED, *LABELS)
        followed = () if labels else annotate.FOLLOWED
        store = ox.Store()
        nodes = {term for row in answer.rows() for term in row if isinstance(term, ox.NamedNode)}
        seen: set[ox.NamedNode] = set()
        while nodes:
            seen |= nodes
            found = self._described(sorted(nodes, key=str), read, until)
            store.extend(found)
            objects = {quad.object for quad in found if quad.predicate in followed}
            nodes = {term for term in objects if isinstance(term, ox.NamedNode)} - seen
        return store

    def _described(
        self, nodes: Sequence[ox.NamedNode], predicates: Iterable[ox.NamedNode], until: float
    ) -> list[ox.Quad]:
        wanted = " ".join(map(str, predicates))
        quads = []
        for start in range(0, len(nodes), _AT_ONCE):
            some = " ".join(map(str, nodes[start : start + _AT_ONCE]))
            query = f"SELECT DISTINCT ?s ?p ?o {{ VALUES ?s {{ {some} }} VALUES ?p {{ {wanted} }} ?s ?p ?o }}"
            rows = remote.evaluate(self.endpoint, query, until=until).rows()
            quads += [ox.Quad(*row) for row in rows]  # type: ignore[arg-type]
        return quads

    def term_of(
        self, parameter: Parameter, value: object, others: Sequence[Parameter] = ()
    ) -> ox.NamedNode | ox.Literal:
        """Return the RDF term for one value of a parameter; names are looked up at the endpoint, too."""
        try:
            return super().term_of(parameter, value, others)
        except UsageError as error:
            if ":" not in parameter.type or parameter.type.startswith("xsd:"):
                raise
            if parameter.type in ("rdfs:Resource", "rdf:Property"):  # too many to fetch
                try:
                    return super().term_of(Parameter(parameter.name, "iri", ""), value, ())
                except UsageError:
                    raise error from None
            kind = (parameter.type, parameter.scheme)
            if kind not in self._theirs:
                query = parameters.entity_query(parameter, layout.PROFILE)
                rows = remote.evaluate(self.endpoint, query, until=self._until(None)).rows()
                self._theirs[kind] = parameters.Entities(rows, self.store, layout.PROFILE)
            return parameters.term(self.store, parameter, value, layout.PROFILE, self._theirs)

    def with_imported(self, needs: str) -> KnowledgeGraph:
        """Return the graph; raise UsageError for what was imported, which is not at the endpoint."""
        if needs:
            raise UsageError("what you import is asked on this machine; leave the endpoint out")
        return self

    def _refused(self, *_: object, **__: object) -> NoReturn:
        raise UsageError("this works on the files of the graph, not at an endpoint; use wcograph.load()")

    why = validate = quads = to_rdflib = _refused
    rdflib = property(_refused)


def _says_nothing(answer: Answer) -> bool:
    """Return whether an answer could be that of an empty graph: no rows, or only unbound variables, 0 and false."""
    return all(
        term is None or (isinstance(term, ox.Literal) and term.value in ("", "0", "false"))
        for row in answer.rows()
        for term in row
    )
