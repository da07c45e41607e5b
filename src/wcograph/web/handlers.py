"""What answers each path: questions, pages, SPARQL, graphs, things and descriptions."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import hashlib
import json
import mimetypes
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import pyoxigraph as ox

from wcograph import layout
from wcograph.store import key_of
from wcograph.toolbox.arguments import format_named
from wcograph.toolbox.errors import LimitError, UsageError
from wcograph.toolbox.sparql import resultformats
from wcograph.toolbox.sparql.results import Answer, answered
from wcograph.version import __version__
from wcograph.web import descriptions, negotiation, openapi, suggestions
from wcograph.web.children import Capped
from wcograph.web.messages import Reply, Request, matches, parameters
from wcograph.web.negotiation import GRAPHS, HTML, PLAIN_RESULTS, RESULTS
from wcograph.web.pages import STATIC, Page, Pages
from wcograph.web.pool import Found, Pool, Turns
from wcograph.web.problems import Problem, limit

if TYPE_CHECKING:
    from wcograph.graph import KnowledgeGraph
    from wcograph.web.settings import Settings

_READ = ("GET", "HEAD", "OPTIONS")
_ASK = ("GET", "HEAD", "POST", "QUERY", "OPTIONS")
_FORM, _QUERY = "application/x-www-form-urlencoded", "application/sparql-query"
_UPDATE = "application/sparql-update"
_MOST_GRAPHS = 100
_JSON = "application/json"
# Functions whose value differs each time.
_VOLATILE = re.compile(r"\b(?:rand|now|uuid|struuid|bnode)\s*\(", re.IGNORECASE)
_RESERVED = ("format", "limit", "sources", "labels", "iris", "bom")
_VERSIONS = ("", "1.0", "1.1", "1.2", "1.2-basic")
_TRUE = ("1", "true", "yes", "on")
_READ_ONLY = "the graph is read-only: an update is not allowed"
_IMMUTABLE = "public, max-age=31536000, immutable"


class _Unchanged(Exception):  # noqa: N818
    """The client has the answer with this tag, which shows before it is made."""


class Handlers:
    """The handlers of one application."""

    def __init__(self, kg: KnowledgeGraph, settings: Settings, origin: str) -> None:
        """Keep the graph, and make its pages, which show calls of the server at ``origin``."""
        self.kg, self.settings, self.pool = kg, settings, Pool(kg, settings)
        self.pages = Pages(kg, origin=origin)
        self._threads = ThreadPoolExecutor(settings.threads, "answer")
        self._turns = Turns(settings.threads, "threads", settings)
        self._digest = _digest_of(kg)
        self._at = {
            "/": self._front,
            "/ask": self._ask,
            "/why": self._why,
            "/sparql": self._sparql,
            "/sparql/": self._sparql,
            "/store": self._store,
            "/store/": self._store,
            "/suggest": self._suggest,
            "/suggest/terms": self._suggest_terms,
            "/openapi.json": self._openapi,
            "/.well-known/void": self._void,
            "/thing": self._thing,
        }
        self._below = {"query": self._question, "static": self._static}

    def warm(self) -> None:
        """Do once, in a thread, what would make the first requests slow."""
        self.kg.understand("Members")
        suggestions.terms(self.kg, "")
        descriptions.dataset(self.kg, "http://localhost")
        for path in ("/", "/query/", "/id/wco", "/sparql", "/ns"):
            self.pages.page(path, {}, "en")
        gc.collect()
        with suppress(OSError, AttributeError):  # what glibc keeps for later is a third of the memory
            ctypes.CDLL(None).malloc_trim(0)

    async def close(self) -> None:
        """End the children, and start no more work."""
        await self.pool.close()
        self._threads.shutdown(wait=False, cancel_futures=True)

    # What all handlers share

    async def in_thread(self, work: Callable[[], Any]) -> Any:
        """Do ``work`` in a thread, within the time for an answer. Raises Problem if the time is over.

        The thread goes on then, and takes the place of another until it ends.
        """
        await self._turns.take(self.settings.timeout)
        future = asyncio.get_running_loop().run_in_executor(self._threads, work)
        future.add_done_callback(lambda _: self._turns.give())
        done, _ = await asyncio.wait((future,), timeout=self.settings.timeout)
        if not done:
            future.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
            raise limit("timeout", self.settings)
        return future.result()

    async def reply(self, r: Request) -> Reply:
        """Answer a request. Raises Problem, or an error of the graph."""
        first = r.path.split("/")[1] if r.path.startswith("/") else ""
        methods = _ASK if first == "sparql" else _READ
        if r.method == "OPTIONS" or r.method not in methods:
            return self._other_method(r, methods)
        try:
            return await (self._at.get(r.path) or self._below.get(first) or self._own_thing)(r)
        except _Unchanged as unchanged:
            return Reply(b"", "", tag=str(unchanged), status=304)

    @staticmethod
    def _other_method(r: Request, methods: Sequence[str]) -> Reply:
        allow = [("Allow", ", ".join(methods))]
        if methods == _ASK:
            allow.append(("Accept-Query", f'"{_QUERY}", "{_FORM}"'))
        if r.method != "OPTIONS":
            what = f"{r.method[:20]} is not for this address; the graph is read-only"
            raise Problem(405, "wrong-request", what, headers=tuple(allow))
        cors = [
            ("Access-Control-Allow-Methods", ", ".join(methods)),
            ("Access-Control-Allow-Headers", "Accept, Accept-Language, Content-Type, If-None-Match"),
            ("Access-Control-Max-Age", "86400"),
        ]
        return Reply(b"", "", status=204, headers=[*allow, *cors])

    def told(self, problem: Problem, r: Request | None) -> Reply:
        """Return a problem in the form that the client asks for: JSON, text, or a page."""
        offers = ("application/problem+json", _JSON, "text/plain", HTML)
        media = negotiation.choose(r.accept if r is not None else "", offers) or offers[0]
        headers = list(problem.headers)
        if r is None or r.method not in ("GET", "HEAD") or problem.status in (408, 431):
            headers.append(("Connection", "close"))  # there may be a body that nobody reads
        if media == HTML:
            body = _html(self.pages.error(problem.status, problem.title, problem.detail))
        else:
            body = problem.plain() if media == "text/plain" else problem.json()
        return Reply(body, media, status=problem.status, headers=headers)

    def _tag(self, r: Request, *parts: object) -> str:
        """Return the ETag of what the data and ``parts`` determine. Raises _Unchanged if the client has that."""
        tag = hashlib.sha256(repr((self._digest, parts)).encode("utf-8", "backslashreplace")).hexdigest()[:24]
        condition = r.headers.get(b"if-none-match", b"*")
        if condition.strip() != b"*" and r.method in ("GET", "HEAD"):
            for own in (tag, f"{tag}-gzip"):
                if matches(condition, f'"{own}"'):
                    raise _Unchanged(own)
        return tag

    def _media(
        self,
        r: Request,
        offers: Mapping[str, str],
        extension: str = "",
        *,
        graph: bool = False,
        html: bool = True,
    ) -> str:
        """Return the media type of an answer: by file extension, by ``format=``, or by the Accept header."""
        wanted = extension or r.one("format")
        if not wanted:
            return _best(r.accept, (*offers, HTML) if html else tuple(offers))
        if wanted.lower() in ("html", HTML) and html:
            return HTML
        return negotiation.media_type(format_named(wanted, _spellings(offers, graph)), graph=graph)

    async def _page(self, r: Request, path: str, params: Mapping[str, list[str]] | None = None) -> Reply:
        params = r.params if params is None else params
        tag = self._tag(r, "page", path, sorted(params.items()), r.language)
        page = await self.in_thread(lambda: self.pages.page(path, params, r.language))
        if page is None:
            raise _nothing(r)
        return _shown(page, tag)

    def _base(self, r: Request) -> str:
        return self.settings.base_url or f"{r.scheme}://{r.host}"

    # Pages and questions

    async def _front(self, r: Request) -> Reply:
        if negotiation.choose(r.accept, (HTML, *GRAPHS)) in (HTML, None) and not r.one("format"):
            return await self._page(r, "/")
        return await self._description(r, self._media(r, GRAPHS, graph=True))

    async def _ask(self, r: Request) -> Reply:
        words = r.one("q") or ""
        if self._media(r, {_JSON: "json"}) == HTML:
            return await self._page(r, "/ask")
        if not words:
            raise Problem(400, "wrong-request", "ask with ?q=WORDS")
        tag = self._tag(r, "ask", words)
        understood = await self.in_thread(lambda: self.kg.understand(words))
        candidates = []
        for one in understood.candidates:
            asked = urlencode(one.parameters, doseq=True, quote_via=quote)
            url = f"{self._base(r)}/query/{one.query}{asked and f'?{asked}'}"
            candidates.append({"query": one.query, "parameters": dict(one.parameters), "url": url})
        return _json({"clear": understood.clear, "candidates": candidates}, tag)

    async def _why(self, r: Request) -> Reply:
        self._media(r, {})
        return await self._page(r, "/why")

    async def _question(self, r: Request) -> Reply:
        name = r.path.removeprefix("/query").removeprefix("/")
        if not name:
            return await self._questions(r)
        known = {*self.kg._built.names(), *self.kg.broken_queries}
        extension = ""
        if name not in known and "." in name:
            name, _, extension = name.rpartition(".")
        try:
            query = self.kg.stored_query(name)
        except UsageError as error:
            raise Problem(404, "not-found", str(error) if "/" not in name else "no such question") from None
        graph = query.form in ("CONSTRUCT", "DESCRIBE")
        offers = GRAPHS if graph else RESULTS
        media = self._media(r, offers, extension, graph=graph)
        if media == HTML:
            return await self._page(r, f"/query/{name}")
        params = {key: [value for value in values if value] for key, values in r.params.items()}
        params = {key: values for key, values in params.items() if values and key != "format"}
        volatile = _VOLATILE.search(query.text)
        tag = "" if volatile else self._tag(r, "query", name, sorted(params.items()), media)
        content = await self.in_thread(lambda: self._answered(name, params, offers[media]))
        ending = extension if extension.isalnum() else offers[media]
        return Reply(content, media, tag=tag, headers=[
            ("Content-Disposition", f'inline; filename="{name}.{ending}"'),
            ("Link", f'<{self._base(r)}/query/{name}>; rel="describedby"'),
        ])  # fmt: skip

    async def _questions(self, r: Request) -> Reply:
        if self._media(r, {_JSON: "json"}) == HTML:
            return await self._page(r, "/query/")
        base = self._base(r)
        listed = [
            {"name": q.name, "subject": q.subject, "title": q.title, "url": f"{base}/query/{q.name}"}
            for q in self.kg.queries
        ]
        return _json(listed, self._tag(r, "queries", base))

    def _answered(self, name: str, params: Mapping[str, list[str]], format: str) -> bytes:
        given: dict[str, Any] = {key: values for key, values in params.items() if key not in _RESERVED}
        said = {key: values[-1].lower() for key, values in params.items() if key in _RESERVED}
        iris, bom, labels, sources = (said.get(one) in _TRUE for one in ("iris", "bom", "labels", "sources"))
        wanted, most = said.get("limit"), self.settings.max_rows
        if wanted is not None and not (wanted.isascii() and wanted.isdigit() and len(wanted) < 16):
            raise UsageError(f"limit: {wanted[:50]!r} is not a number of rows")
        answer = self.kg.query(
            name,
            sources="each" if said.get("sources") == "each" else sources,
            labels=labels,
            limit=most if wanted is None else min(int(wanted), most),
            **given,
        )
        answer.rows()
        if answer.cut and (wanted is None or int(wanted) > most):
            raise limit("max_rows", self.settings)
        return self._written(answer, format, iris=iris, bom=bom)

    def _written(self, answer: Answer, format: str, **options: bool) -> bytes:
        output = Capped(self.settings.max_bytes)
        try:
            resultformats.write(answer, format, output, **options)
        except LimitError as error:
            raise limit(getattr(error, "setting", "max_bytes"), self.settings) from error
        return output.getvalue()

    # SPARQL 1.1 Protocol

    async def _sparql(self, r: Request) -> Reply:
        params = r.params if r.method in ("GET", "HEAD") else await self._posted(r)
        if "update" in params or "using-graph-uri" in params or "using-named-graph-uri" in params:
            raise Problem(403, "refused", _READ_ONLY)
        queries = params.get("query", ())
        if len(queries) > 1:
            raise Problem(400, "wrong-request", f"there are {len(queries)} queries; send one")
        if (params.get("version") or [""])[0] not in _VERSIONS:
            raise Problem(400, "wrong-request", f"the version of SPARQL is one of {', '.join(_VERSIONS[1:])}")
        if not queries or not queries[0].strip():
            return await self._without_query(r)
        query = queries[0]
        if len(query) > self.settings.max_query:
            raise limit("max_query", self.settings)
        tagged = r.method != "POST" and not _VOLATILE.search(query)
        rows_as, graph_as = _two_formats(r, params)
        if rows_as == HTML:
            tag = self._tag(r, "page", sorted(params.items()), r.language) if tagged else ""
            return await self._sparql_page(r, query, (params.get("lang") or [r.language])[0], tag)
        graphs = _graphs(params)
        tags = ("", "")
        if tagged:
            tags = (
                self._tag(r, "rows", query, graphs, rows_as),
                self._tag(r, "graph", query, graphs, graph_as),
            )
        found = await self.pool.ask(
            query, RESULTS.get(rows_as, ""), GRAPHS.get(graph_as, ""), graphs, gone=r.gone
        )
        media, tag = (graph_as, tags[1]) if found.kind == "G" else (rows_as, tags[0])
        return Reply(found.content, media, tag=tag)

    async def _sparql_page(self, r: Request, query: str, language: str, tag: str) -> Reply:
        found: Found | None = None
        problem = None
        try:
            found = await self.pool.ask(query, "json", "nt", gone=r.gone)
        except Problem as error:
            problem = error

        def made() -> Page:
            answer = found and answered(lambda: _parsed(found), prefixes=self.kg.prefixes)
            return self.pages.sparql(query, answer, problem, language)

        return _shown(await self.in_thread(made), tag, problem.headers if problem is not None else ())

    async def _posted(self, r: Request) -> dict[str, list[str]]:
        kind, _, rest = r.headers.get(b"content-type", b"").decode("latin-1").lower().partition(";")
        kind = kind.strip()
        if kind == _UPDATE:
            raise Problem(403, "refused", _READ_ONLY)
        if kind not in (_FORM, _QUERY):
            accepted = (("Accept-Query", f'"{_QUERY}", "{_FORM}"'), ("Accept-Post", f"{_QUERY}, {_FORM}"))
            raise Problem(415, "wrong-request", f"Content-Type is {_QUERY} or {_FORM}", headers=accepted)
        charset = re.search(r"charset\s*=\s*\"?([\w-]+)", rest)
        if charset and charset[1] not in ("utf-8", "utf8", "us-ascii"):
            raise Problem(415, "wrong-request", "send the query in UTF-8")
        body = await r.read(self.settings)
        if kind == _FORM:
            found = parameters(body)
        else:
            try:
                found = {"query": [body.decode("utf-8-sig")]}
            except UnicodeDecodeError as error:
                what = f"the query is not UTF-8 (byte {error.start})"
                raise Problem(400, "ill-formed-query", what) from None
            if "\0" in found["query"][0]:
                raise Problem(400, "ill-formed-query", "the query has a NUL character")
        return {key: [*r.params.get(key, ()), *found.get(key, ())] for key in {**r.params, **found}}

    async def _without_query(self, r: Request) -> Reply:
        if r.method not in ("GET", "HEAD"):
            raise Problem(400, "wrong-request", "there is no query")
        media = self._media(r, GRAPHS, graph=True)
        return await (self._page(r, "/sparql") if media == HTML else self._description(r, media))

    # Graph Store Protocol, and things

    async def _store(self, r: Request) -> Reply:
        graph = r.one("graph")
        if (graph is None) == ("default" not in r.params):
            raise Problem(400, "wrong-request", "name one graph: ?default is the union of all, or ?graph=IRI")
        return await self._graph(r, graph, self._media(r, GRAPHS, graph=True, html=False))

    async def _graph(self, r: Request, graph: str | None, media: str) -> Reply:
        """Return a named graph, or the union of all, which is what queries see."""
        pattern = "?s ?p ?o"
        if graph is not None:
            try:
                known = self.kg.store.contains_named_graph(ox.NamedNode(graph))
            except ValueError:
                raise Problem(400, "wrong-request", f"{graph[:200]!r} is not an IRI") from None
            if not known:
                raise Problem(404, "not-found", f"there is no graph {graph[:200]}")
            pattern = f"GRAPH <{graph}> {{ ?s ?p ?o }}"
        tag = self._tag(r, "graph", graph, media)
        query = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ {pattern} }}"
        found = await self.pool.ask(query, "", GRAPHS[media], whole=True, gone=r.gone)
        return Reply(found.content, media, tag=tag)

    async def _own_thing(self, r: Request) -> Reply:
        """Return what has an IRI of this graph with the path of the request."""
        things = self.pages.things_for("hs") if r.path.startswith("/hs/") else None
        kg = things.kg if things else self.kg
        path, extension = r.path, ""
        if not descriptions.is_known(kg, _iri(path)):
            path, _, extension = r.path.rpartition(".")
            spelled = resultformats.spellings(graphs=True).values()
            known = {"html", "htm", *(one for kinds in spelled for one in kinds)}
            if extension not in known or not descriptions.is_known(kg, _iri(path)):
                raise _nothing(r)
        return await self._described(r, kg, _iri(path), path, extension)

    async def _thing(self, r: Request) -> Reply:
        iri = r.one("iri")
        if not iri:
            raise Problem(400, "wrong-request", "name the thing: /thing?iri=IRI")
        if not descriptions.is_known(self.kg, iri):
            raise Problem(404, "not-found", f"the graph has nothing about {iri[:200]}")
        return await self._described(r, self.kg, iri, "/thing")

    async def _described(
        self, r: Request, kg: KnowledgeGraph, iri: str, path: str, extension: str = ""
    ) -> Reply:
        media = self._media(r, GRAPHS, extension, graph=True)
        if media == HTML:
            return await self._page(r, path)
        if iri.startswith(_iri("/graph/")) and kg is self.kg:
            return await self._graph(r, iri, media)
        tag = self._tag(r, "thing", iri, media)
        content = await self.in_thread(lambda: self._written(descriptions.of(kg, iri), GRAPHS[media]))
        links = [("Link", f'<{self._base(r)}/.well-known/void>; rel="describedby"')]
        return Reply(content, media, tag=tag, headers=links)

    # Descriptions, suggestions and files

    async def _void(self, r: Request) -> Reply:
        return await self._description(r, self._media(r, GRAPHS, graph=True, html=False))

    async def _description(self, r: Request, media: str) -> Reply:
        base = self._base(r)
        tag = self._tag(r, "description", base, media)
        content = await self.in_thread(
            lambda: self._written(descriptions.dataset(self.kg, base), GRAPHS[media])
        )
        return Reply(content, media, tag=tag)

    async def _openapi(self, r: Request) -> Reply:
        base = self._base(r)
        tag = self._tag(r, "openapi", base)
        return _json(await self.in_thread(lambda: openapi.document(self.kg, base)), tag)

    async def _suggest(self, r: Request) -> Reply:
        name, param, begun = r.one("query"), r.one("param"), r.one("q") or ""
        if not name or not param:
            raise Problem(
                400, "wrong-request", "name a parameter: /suggest?query=NAME&param=PARAMETER&q=TEXT"
            )
        tag = self._tag(r, "suggest", name, param, begun)
        found = await self.in_thread(lambda: suggestions.values(self.kg, name, param, begun))
        return _json(found, tag)

    async def _suggest_terms(self, r: Request) -> Reply:
        begun = r.one("q") or ""
        tag = self._tag(r, "suggest terms", begun)
        return _json(await self.in_thread(lambda: suggestions.terms(self.kg, begun)), tag)

    async def _static(self, r: Request) -> Reply:
        path = os.path.realpath(os.path.join(STATIC, r.path.removeprefix("/static/")))
        if os.path.commonpath([path, STATIC]) != STATIC or not os.path.isfile(path):
            raise _nothing(r)
        with open(path, "rb") as stream:
            content = stream.read()
        tag = hashlib.sha256(content).hexdigest()[:24]
        media = mimetypes.guess_type(path)[0] or "application/octet-stream"
        kept = [("Cache-Control", _IMMUTABLE if r.query else "no-cache")]
        return Reply(content, media, tag=tag, headers=kept)


def _digest_of(kg: KnowledgeGraph) -> str:
    """Return a digest of everything that answers are made from: the data, the questions, and the code."""
    made = hashlib.sha256(f"{__version__} {kg.only_data} {kg.inferred} {kg.engine}".encode())
    made.update(f"{kg._built.key or key_of(kg.folder)} {kg._built.place}".encode())
    added = b"_:" if kg._built.place is None else b""
    if kg.added is not None:
        added = ox.serialize(kg.added.quads, format=ox.RdfFormat.N_QUADS) or b""
    made.update(os.urandom(16) if b"_:" in added else added)  # blank nodes have other names each time
    for query in kg.queries:
        made.update(query.text.encode("utf-8", "backslashreplace"))
    for path in sorted(Path(__file__).parent.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            made.update(path.read_bytes())
    return made.hexdigest()


def _nothing(r: Request) -> Problem:
    return Problem(404, "not-found", f"there is nothing at {r.path[:200]}")


def _iri(path: str) -> str:
    return layout.NAMESPACE + path[1:]


def _html(page: Page) -> bytes:
    return page.html.encode("utf-8", "backslashreplace")


def _shown(page: Page, tag: str, headers: Iterable[tuple[str, str]] = ()) -> Reply:
    links = [
        ("Link", f'<{quote(link, safe="/:?&=%#,;~+")}>; rel="alternate"; type="{kind}"')
        for kind, link in page.alternates.items()
    ]
    tag = tag if page.status == 200 else ""
    return Reply(_html(page), HTML, tag, page.status, [*links, ("Content-Language", "en"), *headers])


def _json(value: object, tag: str) -> Reply:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    return Reply(text.encode() + b"\n", _JSON, tag=tag)


def _spellings(kinds: Iterable[str], graph: bool) -> dict[str, tuple[str, ...]]:
    """Return the formats of some media types, each with its other spellings."""
    names = {("json" if kind == _JSON else (GRAPHS if graph else RESULTS)[kind]) for kind in kinds}
    return {name: kinds for name, kinds in resultformats.spellings(graphs=graph).items() if name in names}


def _best(accept: str, kinds: tuple[str, ...]) -> str:
    best = negotiation.choose(accept, kinds)
    if best is None:
        what = f"none of the types that Accept names is available: {', '.join(kinds)}"
        raise Problem(406, "not-acceptable", what)
    return best


def _two_formats(r: Request, params: Mapping[str, list[str]]) -> tuple[str, str]:
    """Return the media types for rows and for a graph; an empty one is not acceptable. Both may be that of a page."""
    accept = r.accept
    if wanted := (params.get("format") or params.get("output") or [""])[0]:
        rows, graphs = _spellings(PLAIN_RESULTS, False), _spellings(GRAPHS, True)
        found = [HTML] if wanted.lower() in ("html", HTML) else []
        for formats, graph in ((rows, False), (graphs, True)):
            with suppress(UsageError):
                found.append(negotiation.media_type(format_named(wanted, formats), graph=graph))
        if not found:
            format_named(wanted, {**rows, **graphs})  # raises the error
        accept = ", ".join(found)
    if _best(accept, (*PLAIN_RESULTS, *GRAPHS, HTML)) == HTML:
        return HTML, HTML
    return negotiation.choose(accept, PLAIN_RESULTS) or "", negotiation.choose(accept, tuple(GRAPHS)) or ""


def _parsed(found: Found) -> Any:
    if found.kind == "R":
        return ox.parse_query_results(found.content, format=ox.QueryResultsFormat.JSON)
    return (quad.triple for quad in ox.parse(found.content, format=ox.RdfFormat.N_TRIPLES))


def _graphs(params: Mapping[str, list[str]]) -> tuple[list[str], list[str]] | None:
    """Return the default and the named graphs that a request names (SPARQL 1.1 Protocol, section 2.1.4)."""
    default, named = params.get("default-graph-uri", []), params.get("named-graph-uri", [])
    if not (default or named):
        return None
    if len(default) + len(named) > _MOST_GRAPHS:
        raise Problem(400, "wrong-request", f"the request names more than {_MOST_GRAPHS} graphs")
    for iri in (*default, *named):
        try:
            ox.NamedNode(iri)
        except ValueError:
            raise Problem(400, "wrong-request", f"{iri[:200]!r} is not an IRI of a graph") from None
    return default, named
