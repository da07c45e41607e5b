"""The knowledge graph as Python sees it: load it once, then query, validate and export it."""

from __future__ import annotations

from wcograph import cache, layout
from wcograph.errors import InputError, UsageError
from wcograph.results import Solutions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any

    import pyoxigraph as ox
    from rdflib import Dataset

    from wcograph.places import PlacedGraph
    from wcograph.reasoning.proof import Term
    from wcograph.stored import StoredQuery
    from wcograph.why import Explanation


def load(folder: str | None = None, *, use_cache: bool = True, inferred: bool = True) -> KnowledgeGraph:
    """Load the knowledge graph: wcograph's own, or the one at ``folder`` (laid out the same way).

    The first call for a state of the files builds a store in the user's cache; later ones open it in
    milliseconds. Without ``inferred``, queries do not see what only the OWL 2 RL closure gives. Raises
    InputError where a file is missing or ill-formed.

    >>> kg = load()
    >>> kg.query("conventions-in-force-count").to_dicts()
    [{'conventions': 17}]
    """
    folder = folder or layout.root()
    return KnowledgeGraph(folder, cache.open_built(folder, use_cache=use_cache), inferred=inferred)


class KnowledgeGraph:
    """The graph: a read-only store that answers queries, and the files that it was built from.

    Make it with ``load``. ``folder`` is where the files are, ``store`` the Oxigraph store, whose named graphs
    are the roles (``https://w3id.org/wcograph/graph/data`` ...); queries see their union.
    """

    def __init__(self, folder: str, built: cache.Built, *, inferred: bool = True) -> None:
        """Hold the folder, what was built from it, and whether queries see what is inferred."""
        self.folder = folder
        self.inferred = inferred
        self.store = built.store
        self._built = built
        self._placed: PlacedGraph | None = None  # for `why`, read when it is first asked

    @property
    def queries(self) -> list[StoredQuery]:
        """The stored queries, by subject and name."""
        return [query for name in self._built.names() if (query := self._built.query(name))]

    def stored_query(self, name: str) -> StoredQuery:
        """Give a stored query by its name. Raises UsageError, with the near misses, where there is none."""
        query = self._built.query(name)
        if query is None:
            from difflib import get_close_matches

            near = get_close_matches(name, self._built.names(), 3, 0.5)
            meant = f"; did you mean {' or '.join(near)}?" if near else ""
            raise UsageError(f"there is no stored query {name!r}{meant} ('wcograph query' lists them)")
        return query

    def bound(self, name: str, /, **parameters: str | Sequence[str]) -> str:
        """Give the SPARQL of a stored query with values in the place of its parameters.

        A value is what a person would write: a code, a label, a CURIE or an IRI for a parameter of a class
        type, a number or a date for the others; several values where the parameter may be repeated. Raises
        UsageError for an unknown parameter and for a value that does not fit its type.
        """
        query = self.stored_query(name)
        terms: dict[str, list[object]] = {}
        for option, given in parameters.items():
            parameter = query.parameter(option)
            if parameter is None:
                known = ", ".join(f"--{p.option}" for p in query.parameters) or "none"
                raise UsageError(f"{name} has no parameter {option!r} (parameters: {known})")
            values = [given] if isinstance(given, str | int | float) else list(given)
            if len(values) != 1 and not parameter.repeat:
                raise UsageError(f"--{parameter.option} takes one value, {len(values)} were given")
            from wcograph.parameters import term

            terms[parameter.name] = list(
                dict.fromkeys(term(self.store, parameter, str(value)) for value in values)
            )
        for parameter in query.parameters:
            if not parameter.optional and parameter.name not in terms:
                raise UsageError(f"{name} needs --{parameter.option}: {parameter.description}")
        if not terms:
            return query.text
        from wcograph.sparql import bind

        return bind(query.text, terms, name)

    def query(
        self, name: str, /, *, sources: bool = False, **parameters: str | Sequence[str]
    ) -> Solutions | bool | Iterator[ox.Triple]:
        """Answer a stored query.

        ``parameters`` are as in ``bound``. A SELECT query gives Solutions, without the columns that hold fact
        and claim nodes unless ``sources``; an ASK query a bool; a CONSTRUCT or DESCRIBE query triples.
        """
        query = self.stored_query(name)
        answer = self._evaluate(self.bound(name, **parameters), name)
        hidden = () if sources else query.sources
        if not isinstance(answer, Solutions) or not hidden:
            return answer
        shown = [at for at, variable in enumerate(answer.variables) if variable not in hidden]
        return Solutions(
            [answer.variables[at] for at in shown],
            (tuple(solution[at] for at in shown) for solution in answer),
        )

    def sparql(
        self, query: str, *, name: str = "query", allow_service: bool = False
    ) -> Solutions | bool | Iterator[ox.Triple]:
        """Answer a SPARQL 1.1 query; ``name`` stands for it in error messages.

        Raises UsageError for an update and for what would reach over the network, InputError (with line and
        column) for an ill-formed query.

        >>> load().sparql("ASK { <https://w3id.org/wcograph/id/wco> ?p ?o }")
        True
        """
        from wcograph.sparql import check

        check(query, name, allow_service=allow_service)
        return self._evaluate(query, name)

    def _evaluate(self, text: str, name: str) -> Solutions | bool | Iterator[ox.Triple]:
        import pyoxigraph as ox

        seen: Any = {"use_default_graph_as_union": True}
        if not self.inferred:
            graphs = [ox.NamedNode(f"{layout.NAMESPACE}graph/{r}") for r in layout.ROLES if r != "inferred"]
            seen = {"default_graph": graphs, "named_graphs": graphs}
        try:
            answer = self.store.query(text, prefixes=layout.PREFIXES, **seen)
        except SyntaxError as error:
            raise _ill_formed(error, text, name) from error
        if isinstance(answer, ox.QuerySolutions):
            return Solutions([variable.value for variable in answer.variables], map(tuple, answer))
        if isinstance(answer, ox.QueryBoolean):
            return bool(answer)
        return answer

    def why(self, subject: str | Term, predicate: str | Term, object: str | Term) -> Explanation:
        """Say why a triple is in the graph: where it stands, what made it, or the proof that it follows.

        A term is an RDF term of pyoxigraph, or a CURIE, an IRI, a code or a label in any language; the object
        may also be a literal (see ``wcograph.why.explain``). The answer is false where the triple is neither
        in the graph nor follows from it. Raises UsageError for what nothing is called, with the near misses.

        >>> print(load().why("Türkiye", "is a", "Polity").to_text().splitlines()[0])
        wcoid:member-TUR a wco:Polity  [cax-sco]
        """
        from wcograph.places import built_in
        from wcograph.why import explain

        if self._placed is None:
            self._placed = built_in(self.folder)
        return explain(self._placed, self.store, subject, predicate, object, folder=self.folder)

    def quads(self, roles: Iterable[str] | None = None) -> Iterator[ox.Quad]:
        """Yield the quads of the graph with literals as they were written, by role (all but ``inferred``).

        Raises UsageError for an unknown role.
        """
        from wcograph import dataset

        wanted = tuple(roles) if roles is not None else tuple(r for r in layout.ROLES if r != "inferred")
        for role in wanted:
            if role not in layout.ROLES:
                raise UsageError(f"there is no graph {role!r} (graphs: {', '.join(layout.ROLES)})")
        read: Callable[[str], dict[str, list[ox.Triple]]] = (
            dataset.complete if "inferred" in wanted else dataset.asserted
        )
        return dataset.quads(read(self.folder), [role for role in layout.ROLES if role in wanted])

    def export(
        self, path: str | None = None, format: str | None = None, roles: Iterable[str] | None = None
    ) -> None:
        """Write the graph as RDF to ``path`` (None: standard output); see ``wcograph.export.write``."""
        from wcograph.export import write
        from wcograph.output import open_output

        with open_output(path) as stream:
            write(self.quads(roles), stream, format, path)

    @property
    def rdflib(self) -> Dataset:
        """A read-only rdflib Dataset over the store: its default graph is the union of the roles.

        Literals are as Oxigraph keeps them; ``to_rdflib`` copies them as they were written.
        """
        import rdflib
        from oxrdflib import OxigraphStore

        return rdflib.Dataset(store=OxigraphStore(store=self.store), default_union=True)

    def to_rdflib(self, roles: Iterable[str] | None = None) -> Dataset:
        """Copy the graph into an rdflib Dataset in memory, literals as they were written."""
        import io

        import pyoxigraph as ox
        import rdflib

        text = io.BytesIO()
        ox.serialize(self.quads(roles), text, ox.RdfFormat.N_QUADS)
        normalize = rdflib.NORMALIZE_LITERALS
        rdflib.NORMALIZE_LITERALS = False
        try:
            return rdflib.Dataset(default_union=True).parse(data=text.getvalue(), format="nquads")
        finally:
            rdflib.NORMALIZE_LITERALS = normalize


def _ill_formed(error: SyntaxError, text: str, name: str) -> InputError:
    """Say where a query is wrong; the engine's list of all that it expected there helps nobody."""
    import re

    match = re.match(r"error at (\d+):(\d+): (.*)", str(error), re.DOTALL)
    if not match:
        return InputError(str(error), file=name)
    line, column, message = int(match[1]), int(match[2]), match[3]
    if message.startswith("expected"):
        lines = text.split("\n")
        rest = lines[line - 1][column - 1 :].split() if line <= len(lines) else []
        if rest:
            hint = f" ({message})" if "]" not in message and len(message) < 60 else ""
            message = f"{rest[0]!r} is not expected here{hint}"
        else:
            message = "the query is incomplete: a term or a bracket is missing up to here"
    return InputError(message, file=name, line=line, column=column)
