"""What answers each path: questions, pages, SPARQL, graphs, things and descriptions."""

from __future__ import annotations

import ctypes
import gc
import hashlib
import json
import mimetypes
import os
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pyoxigraph as ox

from wcograph import layout
from wcograph.toolbox.arguments import format_named
from wcograph.toolbox.errors import LimitError, UsageError, WcographError
from wcograph.toolbox.sparql import resultformats
from wcograph.web import descriptions, negotiation, openapi, suggestions
from wcograph.web.children import Capped
from wcograph.web.messages import Reply, Request, parameters
from wcograph.web.negotiation import GRAPHS, HTML, PLAIN_RESULTS, RESULTS
from wcograph.web.pages import Pages
from wcograph.web.pooled import PooledGraph
from wcograph.web.problems import Problem, limit

if TYPE_CHECKING:
    from wcograph.graph import KnowledgeGraph
    from wcograph.toolbox.sparql.results import Answer
    from wcograph.web.work import Work

_READ = ("GET", "HEAD", "OPTIONS")
_ASK = ("GET", "HEAD", "POST", "QUERY", "OPTIONS")
_FORM, _QUERY, _UPDATE = (
    "application/x-www-form-urlencoded",
    "application/sparql-query",
    "application/sparql-update",
)
_MOST_GRAPHS = 100
_JSON = "application/json"
# Functions whose value differs each time.
_VOLATILE = re.compile(r"\b(?:rand|now|uuid|struuid|bnode)\s*\(", re.IGNORECASE)
_RESERVED = ("format", "limit", "sources", "labels", "iris", "bom")
_VERSIONS = ("", "1.0", "1.1", "1.2", "1.2-basic")
_STATIC = os.path.join(os.path.dirname(os.path.abspath(__file__)), "static")
_TRUE = ("1", "true", "yes", "on")
_IMMUTABLE = ("Cache-Control", "public, max-age=31536000, immutable")


class Handlers:
    """The handlers of one application."""

    def __init__(self, work: Work, origin: str) -> None:
        """Keep the graph, and make its pages, which show calls of the server at ``origin``."""
        self.work, self.kg, self.settings = work, work.kg, work.settings
        self.pages = Pages(PooledGraph(self.kg, work.pool), origin=origin)
        self._routes = {
            "": self._front,
            "ask": self._ask,
            "why": self._why,
            "query": self._question,
            "sparql": self._sparql,
            "store": self._store,
            "suggest": self._suggest,
            "openapi.json": self._openapi,
            ".well-known": self._void,
            "static": self._static,
            "thing": self._thing,
        }

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

    # What all handlers share

    async def reply(self, r: Request) -> Reply:
        """Answer a request. Raises Problem, or an error of the graph."""
        first = r.path.split("/")[1] if r.path.startswith("/") else ""
        methods = _ASK if first == "sparql" else _READ
        if r.method == "OPTIONS" or r.method not in methods:
            return self._other_method(r, methods, first)
        handler = self._routes.get(first)
        if handler is None:
            return await self._own_thing(r)
        return await handler(r)

    def _other_method(self, r: Request, methods: Sequence[str], first: str) -> Reply:
        allow = [("Allow", ", ".join(methods))]
        if first == "sparql":
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
        if problem.retry:
            headers.append(("Retry-After", str(problem.retry)))
        if r is None or r.method not in ("GET", "HEAD") or problem.status in (408, 431):
            headers.append(("Connection", "close"))  # there may be a body that nobody reads
        if media == HTML:
            page = self.pages.error(problem.status, problem.title, problem.detail)
            return Reply(
                page.html.encode("utf-8", "backslashreplace"), HTML, status=problem.status, headers=headers
            )
        body = problem.plain() if media == "text/plain" else problem.json()
        return Reply(body, media, status=problem.status, headers=headers)

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
        if wanted:
            if wanted.lower() in ("html", HTML) and html:
                return HTML
            names = set(offers.values())
            known = resultformats.spellings(graphs=graph)
            format = format_named(wanted, {name: known[name] for name in known if name in names})
            return negotiation.media_type(format, graph=graph)
        kinds = (*offers, HTML) if html else tuple(offers)
        media = negotiation.choose(r.accept, kinds)
        if media is None:
            raise Problem(
                406, "not-acceptable", f"none of the types that Accept names is available: {', '.join(kinds)}"
            )
        return media

    async def _page(
        self, r: Request, path: str | None = None, params: Mapping[str, list[str]] | None = None
    ) -> Reply:
        path, params = path or r.path, r.params if params is None else params
        tag = self.work.tag("page", path, sorted(params.items()), r.language)
        if unchanged := _unchanged(r, tag):
            return unchanged
        page = await self.work.in_thread(lambda: self.pages.page(path, params, r.language))
        if page is None:
            raise Problem(404, "not-found", f"there is nothing at {path[:200]}")
        links = [
            ("Link", f'<{quote(link, safe="/:?&=%#,;~+")}>; rel="alternate"; type="{kind}"')
            for kind, link in page.alternates.items()
        ]
        return Reply(page.html.encode("utf-8", "backslashreplace"), HTML, tag=tag if page.status == 200 else "",
                     status=page.status, headers=[*links, ("Content-Language", "en")])  # fmt: skip

    def _base(self, r: Request) -> str:
        return self.settings.base_url or f"{r.scheme}://{r.host}"

    # Pages and questions

    async def _front(self, r: Request) -> Reply:
        if r.path != "/":
            raise Problem(404, "not-found", f"there is nothing at {r.path[:200]}")
        if negotiation.choose(r.accept, (HTML, *GRAPHS)) in (HTML, None) and not r.one("format"):
            return await self._page(r)
        return await self._description(r, self._media(r, GRAPHS, graph=True))

    async def _ask(self, r: Request) -> Reply:
        media = self._media(r, {_JSON: "json"})
        words = r.one("q") or ""
        if media == HTML:
            return await self._page(r)
        if not words:
            raise Problem(400, "wrong-request", "ask with ?q=WORDS")
        tag = self.work.tag("ask", words)
        if unchanged := _unchanged(r, tag):
            return unchanged
        understood = await self.work.in_thread(lambda: self.kg.understand(words))
        found = {
            "clear": understood.clear,
            "candidates": [
                {
                    "query": one.query,
                    "parameters": dict(one.parameters),
                    "url": f"{self._base(r)}/query/{one.query}{_query_string(one.parameters)}",
                }
                for one in understood.candidates
            ],
        }
        return Reply(_json(found), _JSON, tag=tag)

    async def _why(self, r: Request) -> Reply:
        self._media(r, {})
        return await self._page(r)

    async def _question(self, r: Request) -> Reply:
        name = r.path.removeprefix("/query").removeprefix("/")
        if not name:
            if (media := self._media(r, {_JSON: "json"})) == HTML:
                return await self._page(r, "/query/")
            listed = [
                {
                    "name": q.name,
                    "subject": q.subject,
                    "title": q.title,
                    "url": f"{self._base(r)}/query/{q.name}",
                }
                for q in self.kg.queries
            ]
            return Reply(_json(listed), media, tag=self.work.tag("queries", self._base(r)))
        extension = ""
        if name not in self.kg._built.names() and "." in name:
            name, _, extension = name.rpartition(".")
        if "/" in name or (name not in self.kg._built.names() and name not in self.kg.broken_queries):
            raise Problem(
                404,
                "not-found",
                _message(self.kg.stored_query, name) if "/" not in name else "no such question",
            )
        query = self.kg.stored_query(name)
        graph = query.form in ("CONSTRUCT", "DESCRIBE")
        offers = GRAPHS if graph else RESULTS
        media = self._media(r, offers, extension, graph=graph)
        if media == HTML:
            return await self._page(r, f"/query/{name}")
        params = {key: [value for value in values if value] for key, values in r.params.items()}
        params = {key: values for key, values in params.items() if values and key != "format"}
        tag = (
            ""
            if _VOLATILE.search(query.text)
            else self.work.tag("query", name, sorted(params.items()), media)
        )
        if unchanged := _unchanged(r, tag):
            return unchanged
        content = await self.work.in_thread(lambda: self._answered(name, params, offers[media]))
        file = f'inline; filename="{name}.{offers[media] if "." not in extension else extension}"'
        return Reply(content, media, tag=tag, headers=[
            ("Content-Disposition", file),
            ("Link", f'<{self._base(r)}/query/{name}>; rel="describedby"'),
        ])  # fmt: skip

    def _answered(self, name: str, params: Mapping[str, list[str]], format: str) -> bytes:
        given: dict[str, Any] = {key: values for key, values in params.items() if key not in _RESERVED}
        said = {key: values[-1] for key, values in params.items() if key in _RESERVED}
        most = self.settings.max_rows
        wanted = said.get("limit")
        if wanted is not None and not (wanted.isascii() and wanted.isdigit() and len(wanted) < 16):
            raise UsageError(f"limit: {wanted[:50]!r} is not a number of rows")
        answer = self.kg.query(
            name,
            sources="each" if said.get("sources") == "each" else said.get("sources", "").lower() in _TRUE,
            labels=said.get("labels", "").lower() in _TRUE,
            limit=most if wanted is None else min(int(wanted), most),
            **given,
        )
        answer.rows()
        if answer.cut and (wanted is None or int(wanted) > most):
            raise limit("max_rows", self.settings)
        iris, bom = (said.get(one, "").lower() in _TRUE for one in ("iris", "bom"))
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
        if r.path not in ("/sparql", "/sparql/"):
            raise Problem(404, "not-found", f"there is nothing at {r.path[:200]}")
        params = r.params if r.method in ("GET", "HEAD") else await self._posted(r)
        if "update" in params or "using-graph-uri" in params or "using-named-graph-uri" in params:
            raise Problem(403, "refused", "the graph is read-only: an update is not allowed")
        queries = params.get("query", ())
        if len(queries) > 1:
            raise Problem(400, "wrong-request", f"there are {len(queries)} queries; send one")
        if (params.get("version") or [""])[0] not in _VERSIONS:
            raise Problem(400, "wrong-request", f"the version of SPARQL is one of {', '.join(_VERSIONS[1:])}")
        if not queries or not queries[0].strip():
            return await self._without_query(r, params)
        query = queries[0]
        if len(query) > self.settings.max_query:
            raise limit("max_query", self.settings)
        rows_as, graph_as = self._two_formats(r, params)
        if HTML in (rows_as, graph_as):
            return await self._page(r, "/sparql", params)
        graphs = _graphs(params)
        tags = ("", "")
        if r.method != "POST" and not _VOLATILE.search(query):
            tags = (
                self.work.tag("rows", query, graphs, rows_as),
                self.work.tag("graph", query, graphs, graph_as),
            )
            for tag in tags:
                if unchanged := _unchanged(r, tag):
                    return unchanged
        found = await self.work.pool.ask(
            query, RESULTS.get(rows_as, ""), GRAPHS.get(graph_as, ""), graphs, gone=r.gone
        )
        media, tag = (graph_as, tags[1]) if found.kind == "G" else (rows_as, tags[0])
        return Reply(found.content, media, tag=tag)

    async def _posted(self, r: Request) -> dict[str, list[str]]:
        kind, _, rest = r.headers.get(b"content-type", b"").decode("latin-1").lower().partition(";")
        kind = kind.strip()
        if kind == _UPDATE:
            raise Problem(403, "refused", "the graph is read-only: an update is not allowed")
        if kind not in (_FORM, _QUERY):
            accepted = (("Accept-Query", f'"{_QUERY}", "{_FORM}"'), ("Accept-Post", f"{_QUERY}, {_FORM}"))
            raise Problem(415, "wrong-request", f"Content-Type is {_QUERY} or {_FORM}", headers=accepted)
        charset = re.search(r"charset\s*=\s*\"?([\w-]+)", rest)
        if charset and charset[1] not in ("utf-8", "utf8", "us-ascii"):
            raise Problem(415, "wrong-request", "send the query in UTF-8")
        await r.read(self.settings)
        if kind == _FORM:
            found = parameters(r.body)
        else:
            try:
                found = {"query": [r.body.decode("utf-8-sig")]}
            except UnicodeDecodeError as error:
                raise Problem(
                    400, "ill-formed-query", f"the query is not UTF-8 (byte {error.start})"
                ) from None
            if "\0" in found["query"][0]:
                raise Problem(400, "ill-formed-query", "the query has a NUL character")
        return {key: [*r.params.get(key, ()), *found.get(key, ())] for key in {**r.params, **found}}

    def _two_formats(self, r: Request, params: Mapping[str, list[str]]) -> tuple[str, str]:
        """Return the media types for rows and for a graph; an empty one is not acceptable. Both may be that of a page."""
        wanted = (params.get("format") or params.get("output") or [""])[0]
        if wanted:
            if wanted.lower() in ("html", HTML):
                return HTML, HTML
            names = {name for kind, name in RESULTS.items() if kind in PLAIN_RESULTS}
            rows = {
                name: kinds for name, kinds in resultformats.spellings(graphs=False).items() if name in names
            }
            graphs = resultformats.spellings(graphs=True)
            try:
                rows_as = negotiation.media_type(format_named(wanted, rows), graph=False)
            except UsageError:
                return "", negotiation.media_type(format_named(wanted, {**rows, **graphs}), graph=True)
            try:
                return rows_as, negotiation.media_type(format_named(wanted, graphs), graph=True)
            except UsageError:
                return rows_as, ""
        return _accepted(r.accept)

    async def _without_query(self, r: Request, params: Mapping[str, list[str]]) -> Reply:
        if r.method not in ("GET", "HEAD"):
            raise Problem(400, "wrong-request", "there is no query")
        media = self._media(r, GRAPHS, graph=True)
        return await (self._page(r, "/sparql") if media == HTML else self._description(r, media))

    # Graph Store Protocol, and things

    async def _store(self, r: Request) -> Reply:
        if r.path not in ("/store", "/store/"):
            raise Problem(404, "not-found", f"there is nothing at {r.path[:200]}")
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
        tag = self.work.tag("graph", graph, media)
        if unchanged := _unchanged(r, tag):
            return unchanged
        query = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ {pattern} }}"
        found = await self.work.pool.ask(query, "", GRAPHS[media], whole=True, gone=r.gone)
        return Reply(found.content, media, tag=tag)

    async def _own_thing(self, r: Request) -> Reply:
        """Return what has an IRI of this graph with the path of the request."""
        path, extension = r.path, ""
        iri = layout.NAMESPACE + path[1:]
        kg = self._with(path)
        if not descriptions.is_known(kg, iri) and (match := re.search(r"\.(\w+)$", path)):
            path, extension = path[: match.start()], match[1]
            iri = layout.NAMESPACE + path[1:]
            if extension not in (
                "html",
                "htm",
                *(one for kinds in resultformats.spellings(graphs=True).values() for one in kinds),
            ):
                raise Problem(404, "not-found", f"there is nothing at {r.path[:200]}")
        if not descriptions.is_known(kg, iri):
            raise Problem(404, "not-found", f"there is nothing at {r.path[:200]}")
        return await self._described(r, kg, iri, path, extension)

    def _with(self, path: str) -> KnowledgeGraph:
        """Return the graph with what the user has imported, for a path of the Harmonized System."""
        from wcograph.hs.imported import is_imported

        return (
            self.kg.with_imported("hs")
            if path.startswith("/hs/") and not self.kg.added and is_imported()
            else self.kg
        )

    async def _thing(self, r: Request) -> Reply:
        iri = r.one("iri")
        if r.path != "/thing" or not iri:
            raise Problem(
                404 if r.path != "/thing" else 400, "wrong-request", "name the thing: /thing?iri=IRI"
            )
        if not descriptions.is_known(self.kg, iri):
            raise Problem(404, "not-found", f"the graph has nothing about {iri[:200]}")
        return await self._described(r, self.kg, iri, "/thing", "")

    async def _described(self, r: Request, kg: KnowledgeGraph, iri: str, path: str, extension: str) -> Reply:
        media = self._media(r, GRAPHS, extension, graph=True)
        if media == HTML:
            return await self._page(r, path)
        if iri.startswith(f"{layout.NAMESPACE}graph/") and kg is self.kg:
            return await self._graph(r, iri, media)
        tag = self.work.tag("thing", iri, media)
        if unchanged := _unchanged(r, tag):
            return unchanged
        content = await self.work.in_thread(lambda: self._written(descriptions.of(kg, iri), GRAPHS[media]))
        links = [("Link", f'<{self._base(r)}/.well-known/void>; rel="describedby"')]
        return Reply(content, media, tag=tag, headers=links)

    # Descriptions and suggestions

    async def _void(self, r: Request) -> Reply:
        if r.path != "/.well-known/void":
            raise Problem(404, "not-found", f"there is nothing at {r.path[:200]}")
        return await self._description(r, self._media(r, GRAPHS, graph=True, html=False))

    async def _description(self, r: Request, media: str) -> Reply:
        base = self._base(r)
        tag = self.work.tag("description", base, media)
        if unchanged := _unchanged(r, tag):
            return unchanged
        content = await self.work.in_thread(
            lambda: self._written(descriptions.dataset(self.kg, base), GRAPHS[media])
        )
        return Reply(content, media, tag=tag)

    async def _openapi(self, r: Request) -> Reply:
        base = self._base(r)
        tag = self.work.tag("openapi", base)
        if unchanged := _unchanged(r, tag):
            return unchanged
        return Reply(
            await self.work.in_thread(lambda: _json(openapi.document(self.kg, base))), _JSON, tag=tag
        )

    async def _suggest(self, r: Request) -> Reply:
        begun = r.one("q") or ""
        tag = self.work.tag("suggest", r.path, sorted(r.params.items()))
        if unchanged := _unchanged(r, tag):
            return unchanged
        if r.path == "/suggest/terms":
            found = await self.work.in_thread(lambda: suggestions.terms(self.kg, begun))
        elif r.path == "/suggest":
            name, param = r.one("query"), r.one("param")
            if not name or not param:
                raise Problem(
                    400, "wrong-request", "name a parameter: /suggest?query=NAME&param=PARAMETER&q=TEXT"
                )
            found = await self.work.in_thread(lambda: suggestions.values(self.kg, name, param, begun))
        else:
            raise Problem(404, "not-found", f"there is nothing at {r.path[:200]}")
        return Reply(_json(found), _JSON, tag=tag)

    async def _static(self, r: Request) -> Reply:
        path = os.path.realpath(os.path.join(_STATIC, r.path.removeprefix("/static/")))
        if os.path.commonpath([path, _STATIC]) != _STATIC or not os.path.isfile(path):
            raise Problem(404, "not-found", f"there is nothing at {r.path[:200]}")
        with open(path, "rb") as stream:
            content = stream.read()
        tag = hashlib.sha256(content).hexdigest()[:24]
        media = mimetypes.guess_type(path)[0] or "application/octet-stream"
        return Reply(
            content, media, tag=tag, headers=[_IMMUTABLE if r.query else ("Cache-Control", "no-cache")]
        )


def _accepted(accept: str) -> tuple[str, str]:
    kinds = (*PLAIN_RESULTS, *GRAPHS, HTML)
    best = negotiation.choose(accept, kinds)
    if best is None:
        raise Problem(
            406, "not-acceptable", f"none of the types that Accept names is available: {', '.join(kinds)}"
        )
    if best == HTML:
        return HTML, HTML
    return negotiation.choose(accept, PLAIN_RESULTS) or "", negotiation.choose(accept, tuple(GRAPHS)) or ""


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


def _unchanged(r: Request, tag: str) -> Reply | None:
    """Return a 304 if the client has the answer with this tag, which says so before it is made."""
    condition = r.headers.get(b"if-none-match")
    if not condition or not tag or r.method not in ("GET", "HEAD"):
        return None
    for own in (tag, f"{tag}-gzip"):
        if f'"{own}"'.encode() in condition:
            return Reply(b"", "", tag=own, status=304)
    return None


def _message(work: Any, *arguments: Any) -> str:
    try:
        work(*arguments)
    except WcographError as error:
        return str(error)
    return ""


def _query_string(parameters: Mapping[str, Any]) -> str:
    pairs = [
        f"{quote(name)}={quote(str(value))}"
        for name, given in parameters.items()
        for value in (given if isinstance(given, list | tuple) else [given])
    ]
    return f"?{'&'.join(pairs)}" if pairs else ""


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str).encode() + b"\n"
