"""The knowledge graph as Python sees it: load it once, then query, validate and export it."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import suppress

import pyoxigraph as ox

from wcograph import layout
from wcograph.store import Built, derived, open_built, open_with
from wcograph.toolbox.arguments import (
    count_of,
    path_of,
    paths_of,
    seconds_of,
    text_of,
    unknown,
    values_of,
    wrong_type,
)
from wcograph.toolbox.errors import InputError, UsageError, WcographWarning
from wcograph.toolbox.sparql.asking import ask
from wcograph.toolbox.sparql.results import Answer, answered

ENGINES = ("oxigraph", "rdflib")
# What is read before it is asked: `SELECT *`, FROM, and what `amending` amends.
_READ_FIRST = re.compile(r"\*|\+|\bfrom|group_concat", re.IGNORECASE)
_SORTED = re.compile(r"\border\s", re.IGNORECASE)  # stored queries sort values of one kind
_UNCLEAR = "it is not clear which question is meant"
_INFERRED = ox.NamedNode(f"{layout.NAMESPACE}graph/inferred")
_SERVICE_SECONDS = 20.0  # for a query that asks a remote service, which may never answer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date
    from decimal import Decimal
    from typing import Any, Literal, TypeAlias

    from rdflib import Dataset

    from wcograph.locations import PlacedGraph
    from wcograph.toolbox.ask.index import Index
    from wcograph.toolbox.ask.understand import Understanding
    from wcograph.toolbox.sparql.parameters import Entities
    from wcograph.toolbox.sparql.presentation import Presentation
    from wcograph.toolbox.sparql.questions import Questions
    from wcograph.toolbox.sparql.stored import Parameter, StoredQuery
    from wcograph.toolbox.sparql.values import Solution, Term
    from wcograph.toolbox.sparql.written import Written
    from wcograph.validation import Result
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
    hs: bool = False,
    engine: str = "oxigraph",
    base: str | None = None,
) -> KnowledgeGraph:
    """Load the knowledge graph: wcograph's own, or the one at ``folder`` (laid out the same way).

    ``data`` names RDF files, or directories of them, to add to the graph; triples are derived and inferred from both.
    With ``only_data``, only these files are loaded, as they are, with their graphs and prefixes; relative IRIs in a
    query resolve against the file. ``base`` is what those in ``data`` resolve against instead of the file's own IRI.
    ``queries`` names your own stored queries (``.rq``), or directories of them; each replaces another one of its name. An
    ill-formed query in a directory is an error only when you ask it (``broken_queries`` lists them).
    With ``inferred=False``, queries do not see triples that are only in the OWL 2 RL closure. With ``hs``, they see the
    Harmonized System that ``wcograph import hs`` keeps; stored queries that need it do so anyway. ``engine="rdflib"``
    answers with rdflib: slowly, but with every literal as written, and numbers of any length.

    The first call for each state of the graph's files builds a store in the user's cache; later calls open it in
    milliseconds. With ``data``, the store is built in memory. Raises InputError if a file is missing or ill-formed.

    >>> kg = load()
    >>> kg.query("conventions-in-force-count").to_dicts()
    [{'conventions': 17}]
    """
    folder = layout.root() if folder is None else path_of(folder, "folder")
    data, queries = paths_of(data, "data"), paths_of(queries, "queries")
    if only_data and not data:
        raise UsageError("only_data needs files: name them with data (--data FILE)")
    if engine not in ENGINES:
        raise unknown("engine", text_of(engine, "engine"), ENGINES)
    built = open_with(folder, data, only=only_data, base=base) if data else None
    built = built or open_built(folder, use_cache=use_cache)
    kg = KnowledgeGraph(folder, built, only_data=only_data, inferred=inferred, engine=engine)
    for place in queries:
        from wcograph.toolbox.sparql.stored import read_all

        found, wrong = read_all(place, layout.PREFIXES, kg.prefixes)
        for query in found:
            built.add(query)
        kg.broken_queries.update(wrong)
    return kg.with_imported("hs") if hs else kg


class KnowledgeGraph:
    """The graph: a read-only store that answers queries, and the files that it was built from.

    Make it with ``load``. ``folder`` has the files. ``store`` is the Oxigraph store, whose named graphs
    are the roles (``https://w3id.org/wcograph/graph/data`` ...); queries see the union of these graphs.
    """

    def __init__(
        self,
        folder: str,
        built: Built,
        *,
        only_data: bool = False,
        inferred: bool = True,
        engine: str = "oxigraph",
    ) -> None:
        """Keep the folder, what was built from it, and whether queries see inferred triples.

        ``broken_queries`` has the errors of ill-formed files of stored queries, by the name that each query would have.
        ``files`` are the added files (``data`` of ``load``), ``added`` is their content as written, or None, and
        ``profile`` what the toolbox needs to know of the graph: its prefixes and namespaces.
        """
        self.broken_queries: dict[str, InputError] = {}
        self.folder, self.store, self.files, self.added = folder, built.store, built.files, built.added
        self.only_data, self.inferred, self.engine = only_data, inferred, engine
        self.prefixes: Mapping[str, str] = layout.PREFIXES
        self.profile = layout.PROFILE
        if self.added is not None:
            from copy import copy

            from wcograph.toolbox.sparql.asked import usable

            self.prefixes = {**usable(self.added.prefixes), **({} if only_data else layout.PREFIXES)}
            self.profile = copy(layout.PROFILE)
            self.profile.prefixes = self.prefixes
        self._built = built
        self._known: dict[object, Entities] = {}  # what parameters can mean, as it is asked for
        self._cited: dict[Term, str] = {}  # the citation of each source, as it is asked for
        self._placed: PlacedGraph | None = None  # for `why`, read when it is first asked
        self._left: dict[int, list[object]] = {}
        self._holds = ""  # what was imported and is in the store, too
        self._imported: dict[str, KnowledgeGraph] = {}  # the graph with what a query needs, by its name
        self._written: Written | None = None  # how the added files write literals
        self._streams = False  # whether another than the main thread, too, reads rows as they come

    @property
    def queries(self) -> list[StoredQuery]:
        """The stored queries, by subject and name."""
        return [query for name in self._built.names() if (query := self._built.query(name))]

    def stored_query(self, name: str) -> StoredQuery:
        """Return the stored query of a name. Raises UsageError, with similar names, if there is none."""
        if not isinstance(name, str):
            raise wrong_type(name, "name", "a text")
        if name in self.broken_queries:
            raise self.broken_queries[name]
        query = self._built.query(name)
        if query is None:
            text_of(name, "name")
            from difflib import get_close_matches

            near = get_close_matches(name[:100], self._built.names(), 3, 0.5)
            meant = f"; did you mean {' or '.join(near)}?" if near else ""
            raise UsageError(f"there is no stored query {name[:100]!r}{meant} ('wcograph query' lists them)")
        return query

    def with_imported(self, needs: str) -> KnowledgeGraph:
        """Return the graph together with what the user has imported: ``hs``, the Harmonized System.

        It is the graph itself if ``needs`` is empty. Raises UsageError for anything else and for a graph with added
        files, InputError if nothing has been imported.
        """
        if needs in ("", self._holds):
            return self
        if needs in self._imported:
            return self._imported[needs]
        if needs != "hs":
            raise UsageError(f"there is no import {needs[:100]!r} (imports: hs)")
        if self.added:
            raise UsageError("the imported Harmonized System cannot be asked together with --data")
        from wcograph.hs.imported import open_imported

        built = open_imported(self.folder, self._built)
        kg = KnowledgeGraph(self.folder, built, inferred=self.inferred, engine=self.engine)
        kg.broken_queries, kg._streams = self.broken_queries, self._streams
        kg._holds, self._imported[needs] = needs, kg
        return kg

    def bound(self, name: str, /, **parameters: Value | Iterable[Value]) -> str:
        """Return the SPARQL of a stored query with values for its parameters.

        A value is written as a person would write it: a code, a label, a CURIE or an IRI if the type of the parameter is
        a class, otherwise a number, a date or text, as a string or as the Python type. A list is for a parameter that may
        be repeated; None means no value. Raises UsageError for an unknown parameter and a value that does not fit.
        """
        query = self.stored_query(name)
        return query.bound(self.terms(query, **parameters))

    def terms(
        self, query: StoredQuery, /, **parameters: Value | Iterable[Value]
    ) -> dict[str, list[ox.NamedNode | ox.Literal]]:
        """Return the RDF terms for the parameter values of ``query``; see ``bound``."""
        if not hasattr(query, "parameters"):
            raise wrong_type(query, "query", "a stored query")
        kg = self.with_imported(query.needs)
        if kg is not self:
            return kg.terms(query, **parameters)
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
            if parameter.variable in terms:
                raise UsageError(f"{query.name}: --{parameter.option} is given under two names")
            several = isinstance(given, list | tuple | set | frozenset | Iterator)
            values: list[object] = list(given) if several else [given]  # type: ignore[arg-type]
            if len(values) != 1 and not parameter.repeat:
                raise UsageError(f"--{parameter.option} takes one value, {len(values)} were given")
            terms[parameter.variable] = list(
                dict.fromkeys(self.term_of(parameter, value, query.parameters) for value in values)
            )
        for parameter in query.parameters:
            if not parameter.optional and parameter.variable not in terms:
                raise UsageError(f"{query.name} needs --{parameter.option}: {parameter.description}")
        if query.needs:
            from wcograph.hs.codes import completed

            return completed(self.store, query, terms)
        return terms

    def term_of(
        self, parameter: Parameter, value: object, others: Sequence[Parameter] = ()
    ) -> ox.NamedNode | ox.Literal:
        """Return the RDF term for one value of a parameter; raise UsageError if it does not fit its type.

        The message names the one of the ``others`` that the value fits.
        """
        from wcograph.toolbox.sparql.parameters import term

        return term(self.store, parameter, value, self.profile, self._known, others)

    def query(
        self,
        name: str,
        /,
        *,
        sources: bool | Literal["each"] = False,
        labels: bool = False,
        limit: int | None = None,
        timeout: float | None = None,
        **parameters: Value | Iterable[Value],
    ) -> Answer:
        """Answer a stored query; its ``parameters`` are as in ``bound``.

        ``sources`` adds a column with the citations of the sources that each row rests on; with ``"each"``, it is one
        behind each column whose sources the header of the query names, if it does. ``labels`` adds a column of labels
        behind each column of IRIs. ``limit`` is the maximum number of rows. ``timeout`` is the maximum time in seconds:
        the query then runs in its own process, and LimitError is raised if its rows are not complete in time.

        >>> answer = load().query("themes", year=2016, limit=1)
        >>> [row["title"] for row in answer.to_dicts()]
        ['Digital Customs: Progressive Engagement']
        """
        if sources not in (True, False, "each"):
            raise UsageError(f"sources is True, False or 'each', not {sources!r}")
        query = self.stored_query(name)
        kg = self.with_imported(query.needs)
        if kg is not self:
            return kg.query(name, sources=sources, labels=labels, limit=limit, timeout=timeout, **parameters)
        answer = self.asked(query, parameters, limit, timeout)
        if sources and not query.sources:
            import warnings

            why = query.unsourced or "its header names no fact or claim nodes (sources)"
            warnings.warn(f"{name} has no sources for its rows: {why}", WcographWarning, stacklevel=2)
        elif sources:
            from functools import partial

            from wcograph.annotate import citations, with_sources, with_sources_each

            facts = self._facts(answer, False, timeout)
            cite = partial(citations, known=self._cited if facts is self.store else {})
            if sources == "each" and query.sources_each:
                answer = with_sources_each(answer, facts, query.sources_each, name)
            else:
                answer = with_sources(answer, facts, query.sources, name, cite)
        if query.sources and answer.form == "SELECT":
            answer = _without(answer, query.sources)
        return self._labelled(answer, timeout) if labels else answer

    def asked(
        self,
        query: StoredQuery,
        parameters: Mapping[str, Any],
        limit: int | None = None,
        timeout: float | None = None,
    ) -> Answer:
        """Answer a stored query as ``query`` does, with a column for each variable of ``query.sources``.

        The graph has what the query needs (``with_imported``).
        """
        text = query.bound(self.terms(query, **parameters))
        answer = self._evaluate(text, query.name, limit, timeout, base=query.base)
        return self._shown(answer, query, parameters) if answer.form == "SELECT" else answer

    def understand(self, words: str) -> Understanding:
        """Return the stored questions that ``words``, in English or French, may ask, with values for their parameters.

        >>> load().understand("which Members joined in the 1990s?").candidates[0].query
        'who-joined'
        """
        from wcograph.toolbox.ask.understand import understand

        return understand(self._index(), text_of(words, "words"))

    def _index(self) -> Index:
        """Return the index without the questions about what has not been imported."""
        from wcograph.hs.imported import is_imported

        index = self._built.index()
        if not (self._holds or is_imported()):
            index["questions"] = [question for question in index["questions"] if not question["needs"]]
        return index

    def ask(self, words: str, *, sources: bool | Literal["each"] = False, limit: int | None = None) -> Answer:
        """Answer a question in plain words, English or French, with the stored question that fits clearly.

        ``understood`` of the answer names that question and the command that asks it again. ``sources`` and ``limit``
        are as in ``query``. Raises UsageError, with the nearest questions, if none fits clearly.

        >>> load().ask("quelle était la devise de 2016 ?").understood
        'Yearly themes of Customs Day: wcograph query themes --year 2016 --lang fr'
        """
        understood = self.understand(words)
        if not understood.clear:
            near = "; ".join(candidate.command() for candidate in understood.candidates)
            unknown = f" ({', '.join(understood.unknown)})" if understood.unknown else ""
            why = f"the graph has no answer to this{unknown}" if understood.outside else _UNCLEAR
            near = f"the nearest questions: {near}" if near else "'wcograph query' lists the questions"
            raise UsageError(f"{why}; {near}")
        best = understood.candidates[0]
        parameters: Mapping[str, Any] = best.parameters
        answer = self.query(best.query, sources=sources, limit=limit, **parameters)
        unused = f" (not understood: {', '.join(best.unused)})" if best.unused else ""
        answer.understood = f"{best.title}: wcograph query {best.command()}{unused}"
        return answer

    @property
    def questions(self) -> Questions:
        """The stored questions as functions, whose names and parameters notebooks complete.

        >>> len(load().questions.themes(year=2016))
        1
        """
        from wcograph.toolbox.sparql.questions import Questions

        return Questions(self._built.names(), self.stored_query, self.query)

    def matching(self, words: str) -> list[StoredQuery]:
        """Return the stored questions that match ``words``, in any of their forms.

        >>> [query.name for query in load().matching("laboratory")]
        ['regional-offices']
        """
        from wcograph.toolbox.ask.understand import matching

        return [self.stored_query(name) for name in matching(self._index(), text_of(words, "words"))]

    def _shown(self, answer: Answer, query: StoredQuery, given: Mapping[str, Any]) -> Answer:
        """Return the answer with what formats for people show besides its rows: it is made when one is written."""
        seen: dict[str, dict[Term, None]] = {variable: {} for variable in query.watched}
        places = [(answer.variables.index(variable), found) for variable, found in seen.items()]

        def rows() -> Iterator[Solution]:
            for row in answer:
                for place, found in places:
                    if (term := row[place]) is not None:
                        found[term] = None
                yield row

        def show() -> Presentation:
            from wcograph.remarks import presentation

            return presentation(self.store, query, given, seen, self.stored_query, self.query)

        return Answer(answer.form, answer.variables, rows(), origin=answer, presentation=show)

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
        base: str | None = None,
    ) -> Answer:
        """Answer a SPARQL 1.1 query; ``name`` is its name in error messages; all else is as in ``query``.

        Relative IRIs resolve against ``base``, the query's own IRI, or against the file of ``data``, if only that was
        loaded and is in the same directory. FROM and FROM NAMED take graphs that are loaded, and files of ``data``, by
        their IRI; nothing is fetched. ``sources`` looks at the columns whose values have a source. With
        ``allow_service`` the time is bounded to 20 seconds unless ``timeout`` says otherwise. Raises UsageError for an
        update and for what would use the network, InputError (with line and column) for an ill-formed query and for a
        remote service that fails.

        >>> bool(load().sparql("ASK { <https://w3id.org/wcograph/id/wco> ?p ?o }"))
        True
        """
        query, name = text_of(query, "query"), text_of(name, "name")
        answer = self._evaluate(query, name, limit, timeout, allow_service, base)
        if sources:
            from wcograph.annotate import with_sources

            answer = with_sources(answer, self._facts(answer, False, timeout), None, name)
        return self._labelled(answer, timeout) if labels else answer

    def _labelled(self, answer: Answer, timeout: float | None) -> Answer:
        from wcograph.annotate import with_labels

        return with_labels(answer, self._facts(answer, True, timeout))

    def _facts(self, answer: Answer, labels: bool, timeout: float | None) -> ox.Store:
        """Return a store with the facts that the labels, or the sources, of an answer are made from."""
        return self.store

    def _evaluate(
        self,
        text: str,
        name: str,
        limit: int | None,
        timeout: float | None,
        allow_service: bool = False,
        base: str | None = None,
    ) -> Answer:
        limit, timeout = count_of(limit, "limit"), seconds_of(timeout, "timeout")
        if allow_service and timeout is None:
            timeout = _SERVICE_SECONDS
        asked: Asked | None = None
        base, store = self._base(base), self.store
        read_first = _READ_FIRST.search(text) or (_SORTED.search(text) and name not in self._built.names())
        if read_first or self.engine == "rdflib" or self.added is not None:
            from wcograph.toolbox.sparql.asked import Asked

            written, files = self.written(), self.files
            asked = Asked(text, name, self.store, self.prefixes, base=base, written=written, files=files)
            store = asked.store
            if self.engine == "rdflib":
                from wcograph.rdflib_view import evaluated

                union = not self.only_data
                found = evaluated(self._exact(store), asked, name, self.prefixes, base, union=union)
                about: dict[str, Any] = {"limit": limit, "prefixes": self.prefixes, "origin": found}
                return asked.finished(Answer(found.form, found.variables, found, **about), exact=True)
        names = [] if self.inferred else [graph for graph in self.store.named_graphs() if graph != _INFERRED]
        if timeout is not None:
            from wcograph.toolbox.sparql.isolated import evaluate
            from wcograph.toolbox.sparql.refusals import check

            check(text, name, allow_service=allow_service)
            graphs = [] if self.inferred else ["", *(graph.value for graph in names)]
            place = self._built.place if store is self.store else None
            union = not self.only_data and not (asked and asked.has_dataset)
            how: dict[str, Any] = {"prefixes": self.prefixes, "limit": limit, "base": base, "union": union}
            answer = evaluate(store, place, text, timeout, graphs, name=name, **how)
            return asked.finished(answer) if asked else answer
        seen: dict[str, Any] = {"prefixes": self.prefixes, "base_iri": base}
        if asked and asked.has_dataset:
            pass
        elif self.inferred or self.only_data:
            seen["use_default_graph_as_union"] = not self.only_data
        else:  # added files are in the default graph, or in graphs of their own
            seen |= {"default_graph": [ox.DefaultGraph(), *names], "named_graphs": names}

        def find() -> Any:
            if asked and asked.amended.text != text:
                from wcograph.toolbox.sparql.columns import variables

                # Whatever is wrong is said of the query as written.
                variables(text, name, self.prefixes, base)
                amended = asked.amended
                with suppress(InputError):
                    return ask(store, amended.text, name, custom_functions=amended.functions, **seen)
            return ask(store, text, name, **seen)

        at_once = not (self._streams or _in_main_thread())
        answer = answered(find, name, limit, prefixes=self.prefixes, left=self._left, at_once=at_once)
        return asked.finished(answer) if asked else answer

    def _base(self, base: str | None) -> str | None:
        """Return the IRI that relative IRIs in a query resolve against, whose own file has the IRI ``base``."""
        own = self._built.base
        near = own and (base is None or base.rpartition("/")[0] == own.rpartition("/")[0])
        return own if near else base

    def _exact(self, store: ox.Store) -> Iterator[ox.Quad]:
        """Yield the quads that queries see, with literals as written."""
        written = self.written()
        for quad in store:
            if (self.inferred or quad.graph_name != _INFERRED) and not (written and written.has(quad)):
                yield quad
        yield from self.added.quads if self.added is not None else ()

    def written(self) -> Written | None:
        """Return how the added files write the literals that the store rewrites; None if there are no such files."""
        if self.added is not None and self._written is None:
            from wcograph.toolbox.sparql.written import Written

            others = None if self.only_data else self.store
            self._written = Written(self.added.quads, self.added.languages, others)
        return self._written

    def why(self, subject: str | Term, predicate: str | Term, object: str | Term) -> Explanation:
        """Explain why a triple is in the graph: its location, the query that derived it, or the proof that it follows.

        A term is an RDF term of pyoxigraph, or a CURIE, an IRI, a code or a label in any language; the object
        may also be a literal (see ``wcograph.why.explain``). The answer is false if the triple is neither
        in the graph nor follows from it. Raises UsageError, with similar names, for a name that nothing has.

        >>> print(load().why("Türkiye", "is a", "Organization").to_text().splitlines()[0])
        wcoid:polity-TUR a org:Organization  [cax-sco]
        """
        from wcograph.locations import PlacedGraph, built_in
        from wcograph.why import explain

        for term, argument in ((subject, "subject"), (predicate, "predicate"), (object, "object")):
            if not isinstance(term, str | ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple):
                raise wrong_type(term, argument, "a text or an RDF term of pyoxigraph")
        if self._placed is None:
            graph = PlacedGraph(self.files) if self.only_data else built_in(self.folder, self.files)
            self._placed = graph
        folder = None if self.only_data else self.folder
        return explain(self._placed, self.store, subject, predicate, object, folder=folder)

    def validate(
        self,
        files: Sequence[str] = (),
        shapes: Sequence[str] = (),
        *,
        engine: str = "native",
        timeout: float | None = None,
    ) -> Result:
        """Validate the graph with all its shapes and checks, or RDF files of your own.

        Files are checked against the graph's shapes, together with the graph; with ``shapes`` (files, too), against
        these alone. The result has ``conforms``, ``findings`` (each with its file, line and column) and ``report``, the
        W3C report in rdflib; ``result.validation.problems`` lists the ill-formed shapes, which are not evaluated.
        ``engine="pyshacl"`` runs the reference implementation. Raises InputError if a file cannot be read or no shape has
        a target, LimitError after ``timeout`` seconds.

        >>> load().validate().conforms
        True
        """
        from wcograph.validation import check_files

        files, shapes = paths_of(files, "files"), paths_of(shapes, "shapes")
        return check_files(self.folder, files, shapes, engine=engine, timeout=timeout)

    def quads(self, roles: Iterable[str] | None = None) -> Iterator[ox.Quad]:
        """Yield the quads of the graph with literals as written, by role (all but ``inferred``).

        The quads of added files (``data`` of ``load``) come last if no roles are named. Raises UsageError
        for an unknown role.
        """
        from itertools import chain

        from wcograph.derive import of_roles

        if roles is not None:
            roles = [text_of(role, "roles") for role in values_of(roles, "roles")]
        added = self.added.quads if self.added and roles is None else ()
        if roles is None and self.only_data:
            return iter(added)
        return chain(of_roles(self.folder, roles, self._derived), added)

    def _derived(self) -> list[ox.Triple]:
        """Return the derived triples, including those from added files."""
        if not self.added:
            return derived(self.folder)
        graph = ox.NamedNode(f"{layout.NAMESPACE}graph/derived")
        return [quad.triple for quad in self.store.quads_for_pattern(None, None, None, graph)]

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
        """Write the graph as RDF to ``path`` (None: standard output), in a syntax of ``wcograph.toolbox.rdf.syntaxes``.

        ``format`` is a name, a media type or a file extension; the default is the file extension of ``path``, or else
        TriG. What is written: the graphs of ``roles`` (all but ``inferred`` by default), or the result of a stored CONSTRUCT
        ``query`` with its ``parameters``. ``frame`` is a JSON-LD frame. The same graph gives the same bytes; the file is
        replaced atomically. Raises UsageError for an unknown name and for what the syntax cannot express, InputError if
        the file cannot be written.
        """
        from wcograph.exports.export import of_answer, of_quads, save, texts

        path = None if path is None else path_of(path, "path")
        format = None if format is None else text_of(format, "format")
        query = None if query is None else text_of(query, "query")
        if query is None:
            content = of_quads(self.quads(roles), format, path, self.added)
        elif roles is not None:
            raise UsageError("export either graphs or the result of a query, not both")
        else:
            content = of_answer(self.made(query, **parameters), query, format, path, self.added)
        save(texts(content, format, path, frame=frame), path)

    def made(self, query: str, /, **parameters: Value | Iterable[Value]) -> Answer:
        """Answer a stored query, a derive query or a query file (``.rq``), given by its name.

        Parameters are for stored queries only; they are as in ``bound``.

        >>> load().made("accepted").form
        'CONSTRUCT'
        """
        path = os.path.join(self.folder, "queries", "derive", f"{query}.rq")
        is_file = os.path.sep in query or query.endswith(".rq") or os.path.isfile(query)
        if not (is_file or os.path.isfile(path)):
            self.terms(self.stored_query(query), **parameters)  # before `query` takes one as its argument
            return self.query(query, **parameters)  # type: ignore[arg-type]
        path = query if is_file else path
        if parameters:
            no = "parameters are for stored queries, not for a query file"
            raise UsageError(no if is_file else f"{query} derives data and takes no parameters")
        from wcograph.toolbox.rdf.files import file_iri
        from wcograph.toolbox.sparql.stored import read

        found = read(path, layout.PREFIXES, base=file_iri(path), own=self.prefixes)
        return self.sparql(found.text, name=query, base=found.base)

    @property
    def rdflib(self) -> Dataset:
        """A read-only rdflib Dataset over the store: its default graph is the union of the roles.

        Literals are as Oxigraph keeps them (``to_rdflib`` copies them as written), and the prefixes of the
        graph are bound. Writing to it raises UsageError.
        """
        from wcograph.rdflib_view import view

        return view(self.store, self.prefixes, union=not self.only_data)

    def to_rdflib(self, roles: Iterable[str] | None = None) -> Dataset:
        """Copy the graph into an rdflib Dataset in memory, literals as written, its prefixes bound."""
        from wcograph.rdflib_view import copied

        languages = self.added.languages if self.added is not None else {}
        return copied(self.quads(roles), self.prefixes, languages, union=not self.only_data)


def _in_main_thread() -> bool:
    threading = sys.modules.get("threading")  # where nobody has imported it, there is one thread
    return threading is None or threading.get_ident() == threading.main_thread().ident


def _without(answer: Answer, hidden: Sequence[str]) -> Answer:
    """Leave columns out."""
    shown = [at for at, variable in enumerate(answer.variables) if variable not in hidden]
    if len(shown) == len(answer.variables):
        return answer
    rows = (tuple([row[at] for at in shown]) for row in answer)
    variables = [answer.variables[at] for at in shown]
    return Answer(answer.form, variables, rows, cited=answer.cited, origin=answer)
