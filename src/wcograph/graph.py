"""The knowledge graph as Python sees it: load it once, then query, validate and export it."""

from __future__ import annotations

import pyoxigraph as ox

from wcograph import cache, layout
from wcograph.errors import InputError, UsageError, WcographWarning
from wcograph.querying.results import Answer, answered

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date
    from decimal import Decimal
    from typing import Any, TypeAlias

    from rdflib import Dataset

    from wcograph.places import PlacedGraph
    from wcograph.querying.parameters import Entities
    from wcograph.querying.results import Solution
    from wcograph.querying.stored import StoredQuery
    from wcograph.rdf.content import Content
    from wcograph.reasoning.proof import Term
    from wcograph.shacl.result import Result
    from wcograph.why import Explanation

    Value: TypeAlias = str | int | float | bool | Decimal | date | ox.NamedNode | ox.Literal | None


def load(
    folder: str | None = None,
    *,
    data: str | Sequence[str] = (),
    only_data: bool = False,
    queries: str | Sequence[str] = (),
    inferred: bool = True,
    use_cache: bool = True,
) -> KnowledgeGraph:
    """Load the knowledge graph: wcograph's own, or the one at ``folder`` (laid out the same way).

    ``data`` names RDF files, or directories of them, that are added to the graph, with what is derived and
    inferred from both; with ``only_data`` they stand alone, as they are. ``queries`` names stored queries of
    your own (``.rq``), or directories of them; one that has the name of another takes its place, and an
    ill-formed one in a directory is an error once it is asked (``broken_queries`` names them). Without
    ``inferred``, queries do not see what only the OWL 2 RL closure gives.

    The first call for a state of the graph's files builds a store in the user's cache; later ones open it in
    milliseconds. With ``data`` the store is built in memory. Raises InputError where a file is missing or
    ill-formed.

    >>> kg = load()
    >>> kg.query("conventions-in-force-count").to_dicts()
    [{'conventions': 17}]
    """
    folder = folder or layout.root()
    if only_data and not data:
        raise UsageError("only the data of no file: name files with data (--data FILE)")
    if data:
        built = cache.open_with(folder, [data] if isinstance(data, str) else data, only=only_data)
    else:
        built = cache.open_built(folder, use_cache=use_cache)
    broken: dict[str, InputError] = {}
    for place in [queries] if isinstance(queries, str) else queries:
        from wcograph.querying import stored

        found, wrong = stored.read_all(place)
        for query in found:
            built.add(query)
        broken.update(wrong)
    return KnowledgeGraph(folder, built, only_data=only_data, inferred=inferred, broken=broken)


class KnowledgeGraph:
    """The graph: a read-only store that answers queries, and the files that it was built from.

    Make it with ``load``. ``folder`` is where the files are, ``store`` the Oxigraph store, whose named graphs
    are the roles (``https://w3id.org/wcograph/graph/data`` ...); queries see their union.
    """

    def __init__(
        self,
        folder: str,
        built: cache.Built,
        *,
        only_data: bool = False,
        inferred: bool = True,
        broken: Mapping[str, InputError] | None = None,
    ) -> None:
        """Hold the folder, what was built from it, and whether queries see what is inferred.

        ``broken`` tells of files of stored queries that are wrong, by the name that each would have.
        """
        self.broken_queries = dict(broken or {})
        self.folder = folder
        self.inferred = inferred
        self.store = built.store
        self._built = built
        self._only_data = only_data
        self._known: dict[object, Entities] = {}  # what parameters can mean, as it is asked for
        self._placed: PlacedGraph | None = None  # for `why`, read when it is first asked

    @property
    def queries(self) -> list[StoredQuery]:
        """The stored queries, by subject and name."""
        return [query for name in self._built.names() if (query := self._built.query(name))]

    def stored_query(self, name: str) -> StoredQuery:
        """Give a stored query by its name. Raises UsageError, with the near misses, where there is none."""
        if name in self.broken_queries:
            raise self.broken_queries[name]
        query = self._built.query(name)
        if query is None:
            from difflib import get_close_matches

            near = get_close_matches(name[:100], self._built.names(), 3, 0.5)
            meant = f"; did you mean {' or '.join(near)}?" if near else ""
            raise UsageError(f"there is no stored query {name[:100]!r}{meant} ('wcograph query' lists them)")
        return query

    def bound(self, name: str, /, **parameters: Value | Iterable[Value]) -> str:
        """Give the SPARQL of a stored query with values in the place of its parameters.

        A value is what a person would write: a code, a label, a CURIE or an IRI for a parameter of a class
        type, a number or a date for the others, as text or as the Python type; several values where the
        parameter may be repeated; None where it is not given. Raises UsageError for an unknown parameter and
        for a value that does not fit its type.
        """
        query = self.stored_query(name)
        terms = self.terms(query, **parameters)
        if not terms:
            return query.text
        from wcograph.querying.sparql import bind

        return bind(query.text, terms, name)

    def terms(
        self, query: StoredQuery, /, **parameters: Value | Iterable[Value]
    ) -> dict[str, list[ox.NamedNode | ox.Literal]]:
        """Give the RDF terms that values of the parameters of ``query`` mean; see ``bound``."""
        terms: dict[str, list[ox.NamedNode | ox.Literal]] = {}
        for option, given in parameters.items():
            parameter = query.parameter(option)
            if parameter is None:
                from difflib import get_close_matches

                near = get_close_matches(option.replace("_", "-"), [p.option for p in query.parameters], 1)
                meant = f"; did you mean {near[0]!r}?" if near else ""
                known = ", ".join(f"--{p.option}" for p in query.parameters) or "none"
                raise UsageError(f"{query.name} has no parameter {option!r}{meant} (parameters: {known})")
            if given is None:
                continue
            if parameter.name in terms:
                raise UsageError(f"{query.name}: --{parameter.option} is given under two names")
            several = not isinstance(given, str) and hasattr(given, "__iter__")
            values: list[object] = list(given) if several else [given]  # type: ignore[arg-type]
            if len(values) != 1 and not parameter.repeat:
                raise UsageError(f"--{parameter.option} takes one value, {len(values)} were given")
            from wcograph.querying.parameters import term

            terms[parameter.name] = list(
                dict.fromkeys(term(self.store, parameter, value, self._known) for value in values)
            )
        for parameter in query.parameters:
            if not parameter.optional and parameter.name not in terms:
                raise UsageError(f"{query.name} needs --{parameter.option}: {parameter.description}")
        return terms

    def query(
        self,
        name: str,
        /,
        *,
        sources: bool = False,
        labels: bool = False,
        limit: int | None = None,
        timeout: float | None = None,
        **parameters: Value | Iterable[Value],
    ) -> Answer:
        """Answer a stored query; its ``parameters`` are as in ``bound``.

        ``sources`` adds a column with the citations of the sources that each row rests on, ``labels`` a column
        of labels behind each column of IRIs. ``limit`` bounds the rows. ``timeout`` bounds the time, in
        seconds: the query then runs in a process of its own, its rows are read at once, and LimitError is
        raised where they are not complete in time.

        >>> answer = load().query("themes", year=2016, limit=1)
        >>> [row["title"] for row in answer.to_dicts()]
        ['Digital Customs: Progressive Engagement']
        """
        query = self.stored_query(name)
        text = self.bound(name, **parameters)
        answer = self._evaluate(text, name, limit, timeout)
        if sources and not query.sources:
            import warnings

            why = query.unsourced or "its header names no fact or claim nodes (sources)"
            warnings.warn(f"{name} has no sources for its rows: {why}", WcographWarning, stacklevel=2)
        elif sources:
            from wcograph.querying.annotate import with_sources

            answer = with_sources(answer, self.store, query.sources, name)
        if query.sources and answer.form == "SELECT":
            answer = _without(answer, query.sources)
        return self._labelled(answer) if labels else answer

    def sparql(
        self,
        query: str,
        *,
        name: str = "query",
        sources: bool = False,
        labels: bool = False,
        limit: int | None = None,
        timeout: float | None = None,
        allow_service: bool = False,
    ) -> Answer:
        """Answer a SPARQL 1.1 query; ``name`` stands for it in error messages, the rest is as in ``query``.

        ``sources`` looks at the columns whose values have a source. Raises UsageError for an update and for
        what would reach over the network, InputError (with line and column) for an ill-formed query.

        >>> bool(load().sparql("ASK { <https://w3id.org/wcograph/id/wco> ?p ?o }"))
        True
        """
        from wcograph.querying.sparql import check

        check(query, name, allow_service=allow_service)
        answer = self._evaluate(query, name, limit, timeout)
        if sources:
            from wcograph.querying.annotate import with_sources

            answer = with_sources(answer, self.store, None, name)
        return self._labelled(answer) if labels else answer

    def _labelled(self, answer: Answer) -> Answer:
        from wcograph.querying.annotate import with_labels

        return with_labels(answer, self.store)

    def _evaluate(self, text: str, name: str, limit: int | None, timeout: float | None) -> Answer:
        inferred = ox.NamedNode(f"{layout.NAMESPACE}graph/inferred")
        names = [] if self.inferred else [graph for graph in self.store.named_graphs() if graph != inferred]
        try:
            if timeout is None:
                seen: Any = {"use_default_graph_as_union": True}
                if not self.inferred:  # added files are in the default graph, or in graphs of their own
                    seen = {"default_graph": [ox.DefaultGraph(), *names], "named_graphs": names}
                found: Any = self.store.query(text, prefixes=layout.PREFIXES, **seen)
            else:
                from wcograph.querying.isolated import evaluate

                graphs = [] if self.inferred else ["", *(graph.value for graph in names)]
                found = evaluate(self.store, self._built.place, text, timeout, graphs)
            return answered(found, limit)
        except SyntaxError as error:
            from wcograph.querying.sparql import ill_formed

            raise ill_formed(error, text, name) from error
        except RuntimeError as error:
            if "custom function" not in str(error):
                raise
            raise InputError(f"the engine has no such function: {error}", file=name) from error

    def why(self, subject: str | Term, predicate: str | Term, object: str | Term) -> Explanation:
        """Say why a triple is in the graph: where it stands, what made it, or the proof that it follows.

        A term is an RDF term of pyoxigraph, or a CURIE, an IRI, a code or a label in any language; the object
        may also be a literal (see ``wcograph.why.explain``). The answer is false where the triple is neither
        in the graph nor follows from it. Raises UsageError for what nothing is called, with the near misses.

        >>> print(load().why("Türkiye", "is a", "Polity").to_text().splitlines()[0])
        wcoid:member-TUR a wco:Polity  [prp-dom]
        """
        from wcograph.places import built_in
        from wcograph.why import explain

        if self._placed is None:
            self._placed = built_in(self.folder)
        return explain(self._placed, self.store, subject, predicate, object, folder=self.folder)

    def validate(
        self, files: Sequence[str] = (), shapes: Sequence[str] = (), *, engine: str = "screen"
    ) -> Result:
        """Validate the graph with all its shapes and checks, or RDF files of your own.

        Files are judged by the graph's shapes and read together with the graph, or alone by ``shapes``, files
        too. The result has ``conforms``, ``findings`` (each with its file, line and column) and ``report``, the
        W3C report in rdflib. ``engine="pyshacl"`` runs the reference alone. Raises InputError where a file
        cannot be read or a shape is ill-formed.

        >>> load().validate().conforms
        True
        """
        from wcograph.shacl.result import check_files

        return check_files(self.folder, files, shapes, engine=engine)

    def quads(self, roles: Iterable[str] | None = None) -> Iterator[ox.Quad]:
        """Yield the quads of the graph with literals as they were written, by role (all but ``inferred``).

        The quads of added files (``data`` of ``load``) come last where no roles are named. Raises UsageError
        for an unknown role.
        """
        from itertools import chain

        from wcograph import dataset

        added = self._built.added.quads if self._built.added and roles is None else ()
        if roles is None and self._only_data:
            return iter(added)
        return chain(dataset.of_roles(self.folder, roles), added)

    def export(
        self,
        path: str | None = None,
        format: str | None = None,
        roles: Iterable[str] | None = None,
        *,
        query: str | None = None,
        frame: Mapping[str, object] | None = None,
        **parameters: Value | Iterable[Value],
    ) -> None:
        """Write the graph as RDF to ``path`` (None: standard output), in a syntax of ``wcograph.rdf.syntaxes``.

        ``format`` is a name, a media type or an ending; without it the ending of ``path`` decides, else it is
        TriG. What is written: the graphs of ``roles`` (all but ``inferred`` by default), or what a stored
        CONSTRUCT ``query`` makes with its ``parameters``. ``frame`` gives JSON-LD another shape. The same
        graph gives the same bytes; the file is replaced in one rename.

        Raises UsageError for a wrong name and for what the syntax cannot hold, InputError where the file
        cannot be written.
        """
        from wcograph.publishing.export import of_quads, of_query, save, texts

        if query is None:
            content = of_quads(self.quads(roles), format, path, self.added)
        elif roles is not None:
            raise UsageError("export either graphs or what a query makes of them, not both")
        else:
            content = of_query(self, query, format, path, parameters)
        save(texts(content, format, path, frame=frame), path)

    @property
    def added(self) -> Content | None:
        """What the added files (``data`` of ``load``) hold, as they write it; None where there are none."""
        return self._built.added

    @property
    def rdflib(self) -> Dataset:
        """A read-only rdflib Dataset over the store: its default graph is the union of the roles.

        Literals are as Oxigraph keeps them; ``to_rdflib`` copies them as they were written. The prefixes of the
        graph are bound. Writing to it raises UsageError.
        """
        from wcograph.rdflib_view import view

        return view(self.store)

    def to_rdflib(self, roles: Iterable[str] | None = None) -> Dataset:
        """Copy the graph into an rdflib Dataset in memory, literals as they were written, its prefixes bound."""
        import io

        import rdflib

        text = io.BytesIO()
        ox.serialize(self.quads(roles), text, ox.RdfFormat.N_QUADS)
        normalize = rdflib.NORMALIZE_LITERALS
        rdflib.NORMALIZE_LITERALS = False
        try:
            copy = rdflib.Dataset(default_union=True).parse(data=text.getvalue(), format="nquads")
        finally:
            rdflib.NORMALIZE_LITERALS = normalize
        for prefix, namespace in layout.PREFIXES.items():
            copy.bind(prefix, namespace)
        return copy


def _without(answer: Answer, hidden: Sequence[str]) -> Answer:
    """Leave columns out."""
    shown = [at for at, variable in enumerate(answer.variables) if variable not in hidden]
    if len(shown) == len(answer.variables):
        return answer
    variables = [answer.variables[at] for at in shown]

    def rows() -> Iterator[Solution]:
        for row in answer:
            yield tuple([row[at] for at in shown])

    return Answer(answer.form, variables, rows(), cited=answer.cited, origin=answer)
