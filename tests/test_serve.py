"""``wcograph serve`` as a process on a free port, asked over HTTP as programs ask it."""

from __future__ import annotations

import csv
import gzip
import http.client
import io
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pyoxigraph as ox
import pytest

import wcograph
from wcograph import layout
from wcograph.toolbox.errors import UsageError
from wcograph.web.negotiation import GRAPHS, PLAIN_RESULTS, choose
from wcograph.web.problems import limit
from wcograph.web.server import bound
from wcograph.web.settings import Settings, option

NS = "https://w3id.org/wcograph/"
REGIONS = "SELECT ?r { ?r a wco:Region } ORDER BY ?r"
# A filtered product, which gives its only row after minutes.
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(STR(?c) < STR(?f) && STR(?f) < STR(?i)) }"
FORM, DIRECT = "application/x-www-form-urlencoded", "application/sparql-query"
JSON_RESULTS = "application/sparql-results+json"


class Reply(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Server:
    """A server process. ``log`` is what it has written to standard error."""

    def __init__(self, place: Path, *options: str) -> None:
        self._log = place / "log"
        command = [sys.executable, "-P", "-m", "wcograph", "serve", "--no-open", "--port", "0", *options]
        with open(self._log, "wb") as log:
            self.process = subprocess.Popen(command, stderr=log, stdout=log, stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while not (found := re.search(r"http://127\.0\.0\.1:(\d+)/", self.log)):
            assert self.process.poll() is None and time.monotonic() < deadline, self.log
            time.sleep(0.05)
        self.port = int(found[1])
        self.url = f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return self._log.read_text("utf-8")

    def get(self, path: str, accept: str | None = None, **headers: str) -> Reply:
        return self.ask("GET", path, {**({"Accept": accept} if accept else {}), **headers})

    def ask(
        self, method: str, path: str, headers: Mapping[str, str] = {}, body: bytes | None = None
    ) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body=body, headers=dict(headers))
            found = connection.getresponse()
            return Reply(found.status, {k.lower(): v for k, v in found.getheaders()}, found.read())
        finally:
            connection.close()

    def sparql(self, query: str, accept: str | None = None, **headers: str) -> Reply:
        return self.get(f"/sparql?query={quote(query)}", accept, **headers)

    def raw(self, data: bytes, *, seconds: float = 10) -> bytes:
        """Send bytes and return what comes back: a whole reply, or what is there when the connection is closed."""
        received = b""
        with (
            suppress(ConnectionError, TimeoutError),
            socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as client,
        ):
            client.sendall(data)
            while part := client.recv(65536):
                received += part
                head, _, body = received.partition(b"\r\n\r\n")
                length = re.search(rb"content-length: (\d+)", head)
                if length and len(body) >= int(length[1]):
                    break
        return received

    def below(self) -> list[int]:
        """Return the processes below that of the server."""
        found, wanted = [], [self.process.pid]
        while wanted:
            output = subprocess.run(["pgrep", "-P", str(wanted.pop())], capture_output=True, text=True).stdout
            new = [int(pid) for pid in output.split()]
            found += new
            wanted += new
        return found

    def stop(self, sign: int = signal.SIGTERM) -> int:
        self.process.send_signal(sign)
        return self.process.wait(10)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, kg: wcograph.KnowledgeGraph) -> Iterator[Server]:
    """A server of the graph with low limits."""
    limits = {"timeout": 5, "max-rows": 2000, "max-bytes": 600_000, "max-query": 5000, "max-body": 9000,
              "max-header": 30_000, "patience": 1, "children": 2}  # fmt: skip
    options = [word for name, value in limits.items() for word in (f"--{name}", str(value))]
    running = Server(tmp_path_factory.mktemp("server"), *options)
    yield running
    running.stop()
    assert "Traceback" not in running.log


BOOKS = "http://example.org/books"
SEED = f"""
<{BOOKS}/a> <http://example.org/by> "Ann" <{BOOKS}/shelf-a> .
<{BOOKS}/b> <http://example.org/by> "Bo" <{BOOKS}/shelf-b> .
<{BOOKS}/c> <http://example.org/pages> "12"^^<http://www.w3.org/2001/XMLSchema#integer> <{BOOKS}/shelf-c> .
<{BOOKS}/d> <http://example.org/price> "1.50"^^<http://www.w3.org/2001/XMLSchema#decimal> .
"""


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of the user's own data alone."""
    place = tmp_path_factory.mktemp("books")
    (place / "books.nq").write_text(SEED)
    running = Server(
        place, "--data", str(place / "books.nq"), "--only-data", "--memory", "1024", "--timeout", "60"
    )
    yield running
    running.stop()


# The SPARQL 1.1 Protocol: what section 2.1 demands, and what a server must refuse


def shelf(*names: str, kind: str = "default") -> str:
    return "&".join(f"{kind}-graph-uri={quote(f'{BOOKS}/shelf-{name}', safe='')}" for name in names)


def asks(text: str) -> str:
    return f"query={quote(text)}"


def has(*names: str) -> str:
    return "ASK { " + " ".join(f"<{BOOKS}/{name}> ?p{name} ?o{name} ." for name in names) + " }"


def apart(*names: str) -> str:
    return "ASK { " + " ".join(f"GRAPH ?g{n} {{ <{BOOKS}/{n}> ?p{n} ?o{n} }}" for n in names) + " }"


class Case(NamedTuple):
    method: str
    target: str
    kind: str | None
    body: bytes | None
    expected: Any  # a status class, a boolean, or a media type


PROTOCOL = {
    "get": Case("GET", asks("ASK {}"), None, None, True),
    "post a form": Case("POST", "", FORM, asks("ASK {}").encode(), True),
    "post a query": Case("POST", "", DIRECT, b"ASK {}", True),
    "default graphs, get": Case("GET", f"{asks(has('a', 'b'))}&{shelf('a', 'b')}", None, None, True),
    "default graphs, post": Case("POST", shelf("a", "b"), DIRECT, has("a", "b").encode(), True),
    "one default graph": Case("GET", f"{asks(has('a', 'b'))}&{shelf('a')}", None, None, False),
    "named graphs, post": Case("POST", shelf("a", "b", kind="named"), DIRECT, apart("a", "b").encode(), True),
    "named graphs, get": Case("GET", f"{asks(apart('a', 'b'))}&{shelf('a', 'b', kind='named')}", None, None, True),
    "both kinds": Case(
        "POST",
        f"{shelf('c')}&{shelf('a', 'b', kind='named')}",
        DIRECT,
        f"ASK {{ <{BOOKS}/c> ?p ?o GRAPH ?g {{ <{BOOKS}/a> ?q ?r }} }}".encode(),
        True,
    ),
    "the request wins over FROM": Case(
        "POST",
        shelf("a", "b", kind="named"),
        DIRECT,
        f"ASK FROM <{BOOKS}/shelf-c> {{ GRAPH ?g {{ <{BOOKS}/a> ?p ?o }} FILTER NOT EXISTS {{ ?x ?y ?z }} }}".encode(),
        True,
    ),
    "select": Case("POST", "", DIRECT, b"SELECT (1 AS ?n) {}", JSON_RESULTS),
    "ask": Case("POST", "", DIRECT, b"ASK {}", JSON_RESULTS),
    "describe": Case("POST", "", DIRECT, b"DESCRIBE <http://example.org/>", "text/turtle"),
    "construct": Case("POST", "", DIRECT, b"CONSTRUCT { <s> <p> 1 } {}", "text/turtle"),
    "another method": Case("PUT", asks("ASK {}"), None, None, 4),
    "two queries": Case("GET", f"{asks('ASK {}')}&{asks('SELECT * {}')}", None, None, 4),
    "another media type": Case("POST", "", "text/plain", b"ASK {}", 4),
    "a form without its type": Case("POST", "", None, asks("ASK {}").encode(), 4),
    "a query without its type": Case("POST", "", None, b"ASK {}", 4),
    "utf-16": Case("POST", "", f"{DIRECT}; charset=UTF-16", "ASK {}".encode("utf-16"), 4),
    "utf-16 that says nothing": Case("POST", "", DIRECT, "ASK {}".encode("utf-16"), 4),
    "a mistake": Case("GET", asks("ASK {"), None, None, 4),
    "update by get": Case("GET", "update=CLEAR%20ALL", None, None, 4),
    "two updates": Case("POST", "", FORM, b"update=CLEAR%20ALL&update=CLEAR%20ALL", 4),
    "update, another media type": Case("POST", "", "text/plain", b"CLEAR ALL", 4),
    "update, no type": Case("POST", "", None, b"update=CLEAR%20ALL", 4),
    "update, utf-16": Case("POST", "", "application/sparql-update", "CLEAR ALL".encode("utf-16"), 4),
    "update, a mistake": Case("POST", "", FORM, b"update=CLEAR%20XYZ", 4),
    "update and its graphs": Case("POST", "using-graph-uri=http%3A%2F%2Fexample.org%2F", FORM, b"update=CLEAR%20ALL", 4),
    "an update as the query": Case("POST", "", DIRECT, b"INSERT DATA { <a:> <a:> <a:> }", 4),
}  # fmt: skip


@pytest.mark.parametrize("name", PROTOCOL)
def test_protocol(books: Server, name: str) -> None:
    case = PROTOCOL[name]
    headers = {"Content-Type": case.kind} if case.kind else {}
    reply = books.ask(case.method, f"/sparql/?{case.target}", headers, case.body)
    if isinstance(case.expected, bool):
        assert reply.json["boolean"] is case.expected
    elif isinstance(case.expected, int):
        assert reply.status // 100 == case.expected and reply.json["status"] == reply.status
    else:
        assert reply.status == 200 and reply.headers["content-type"].startswith(case.expected)


def test_own_data_in_another_syntax_with_blank_nodes(tmp_path: Path) -> None:
    file = tmp_path / "mine.txt"
    file.write_text('@prefix e: <http://e/> . <a> e:p [ e:q 1.50, "x"@EN-gb ] .')
    running = Server(tmp_path, "--data", str(file), "--from", "turtle", "--only-data")
    rows = running.sparql("SELECT ?o { ?s e:p/e:q ?o }", "text/tab-separated-values").body
    assert b'"1.50"^^' in rows and b'"x"@EN-gb' in rows
    found = running.get("/store?default", "text/turtle").body
    assert b"1.50" in found and b"EN-gb" in found
    assert running.sparql(f"ASK FROM <{file.as_uri()}> {{ ?s e:p ?o }}").status == 200
    assert running.stop() == 0
    assert not list(Path(tempfile.gettempdir()).glob(f"wcograph-{running.process.pid}-*"))


def test_own_data_are_as_written(books: Server) -> None:
    reply = books.sparql("SELECT ?o { ?s <http://example.org/price> ?o }", "text/csv")
    assert reply.body == b"o\r\n1.50\r\n"
    assert books.get(f"/thing?iri={quote(f'{BOOKS}/a')}", "text/turtle").body.count(b"Ann") == 1
    assert books.get("/id/wco").status == 404
    assert books.get("/query/themes.parquet").body.startswith(b"PAR1")


# Negotiation

TYPES = [
    ("", ("a/x", "b/y"), "a/x"),
    ("*/*", ("a/x", "b/y"), "a/x"),
    ("b/y", ("a/x", "b/y"), "b/y"),
    ("a/x;q=0.1, b/*;q=0.2", ("a/x", "b/y"), "b/y"),
    ("*/*, a/x;q=0", ("a/x", "b/y"), "b/y"),
    ("a/*;q=0, a/x", ("a/z", "a/x"), "a/x"),
    ("a/x;q=0", ("a/x",), None),
    ("c/z", ("a/x", "b/y"), None),
    ("A/X; charset=utf-8", ("a/x",), "a/x"),
    ("b/y, a/x", ("a/x", "b/y"), "a/x"),
    ("b/y;q=1.5, a/x;q=0.9", ("a/x", "b/y"), "b/y"),
    ("a/x;q=nan, b/y;q=-1, */*;q=0.1", ("a/x", "b/y", "c/z"), "c/z"),
    (",;,/;=;q=,\"", ("a/x",), None),
    ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", (*PLAIN_RESULTS, "text/html"), "text/html"),
    ("application/rdf+xml", tuple(GRAPHS), "application/rdf+xml"),
]  # fmt: skip


@pytest.mark.quick(3)
@pytest.mark.parametrize(("accept", "offers", "chosen"), TYPES)
def test_choice_of_type(accept: str, offers: tuple[str, ...], chosen: str | None) -> None:
    assert choose(accept, offers) == chosen


@pytest.mark.parametrize(
    ("query", "accept", "kind"),
    [
        (REGIONS, None, JSON_RESULTS),
        (REGIONS, "application/json", "application/json"),
        (REGIONS, "application/sparql-results+xml", "application/sparql-results+xml"),
        (REGIONS, "text/csv, */*;q=0.1", "text/csv"),
        (REGIONS, "text/tab-separated-values", "text/tab-separated-values"),
        (REGIONS, "application/x-ndjson", "application/x-ndjson"),
        (REGIONS, "text/markdown", "text/markdown"),
        (REGIONS, "text/html,*/*;q=0.8", "text/html"),
        ("ASK {}", "application/sparql-results+xml", "application/sparql-results+xml"),
        (f"DESCRIBE <{NS}id/wco>", None, "text/turtle"),
        (f"DESCRIBE <{NS}id/wco>", "application/ld+json", "application/ld+json"),
        (f"DESCRIBE <{NS}id/wco>", "application/n-triples", "application/n-triples"),
        (f"DESCRIBE <{NS}id/wco>", "application/rdf+xml", "application/rdf+xml"),
    ],
)
def test_formats(server: Server, query: str, accept: str | None, kind: str) -> None:
    reply = server.sparql(query, accept)
    assert reply.status == 200 and reply.headers["content-type"].partition(";")[0] == kind
    assert "Accept" in reply.headers["vary"] and reply.body
    if "json" in kind:
        json.loads(reply.body.splitlines()[0] if "ndjson" in kind else reply.body)


def test_format_by_parameter_and_what_is_not_acceptable(server: Server) -> None:
    assert server.get(f"/sparql?query={quote(REGIONS)}&format=csv").body.startswith(b"r\r\n")
    assert server.sparql(REGIONS, "text/turtle").status == 406
    refused = server.sparql(REGIONS, "image/png")
    assert refused.status == 406 and JSON_RESULTS in refused.json["detail"]
    assert server.get(f"/sparql?query={quote(REGIONS)}&format=jsn").status == 400


# HTTP: conditions, compression, methods, origins


@pytest.mark.parametrize("path", [f"/sparql?{asks(REGIONS)}", "/query/themes.csv?year=2016", "/id/wco.ttl",
                                  "/store?graph=" + quote(f"{NS}graph/claims"), "/openapi.json", "/"])  # fmt: skip
def test_conditional_compressed_and_head(server: Server, path: str) -> None:
    plain = server.get(path)
    tag = plain.headers["etag"]
    assert plain.status == 200 and not tag.startswith("W/")
    unchanged = server.get(path, **{"If-None-Match": f'"x", {tag}'})
    assert (unchanged.status, unchanged.body, unchanged.headers["etag"]) == (304, b"", tag)
    assert server.get(path, **{"If-None-Match": '"x"'}).status == 200
    zipped = server.get(path, **{"Accept-Encoding": "br, gzip"})
    if len(plain.body) >= 500:
        assert zipped.headers["content-encoding"] == "gzip" and gzip.decompress(zipped.body) == plain.body
        assert zipped.headers["etag"] != tag
    head = server.ask("HEAD", path)
    assert head.body == b"" and head.status == 200
    assert {**head.headers, "date": ""} == {**plain.headers, "date": ""}
    assert "set-cookie" not in plain.headers
    assert plain.headers["content-security-policy"].startswith("default-src 'self'")


def test_304_comes_before_the_evaluation(server: Server) -> None:
    query = f"{REGIONS} # {random.random()}"
    tag = server.sparql(query).headers["etag"]
    began = time.monotonic()
    for _ in range(3):  # another Accept, so that nothing is kept
        assert server.sparql(query, "application/json;q=0.1, */*", **{"If-None-Match": tag}).status == 304
    assert time.monotonic() - began < 1


def test_a_query_with_another_answer_each_time_has_no_tag(server: Server) -> None:
    first, second = (server.sparql("SELECT (RAND() AS ?r) {}") for _ in range(2))
    assert first.body != second.body and "etag" not in first.headers
    assert first.headers["cache-control"] == "no-store"


def test_http_query_and_options(server: Server) -> None:
    reply = server.ask("QUERY", "/sparql", {"Content-Type": DIRECT}, REGIONS.encode())
    assert len(reply.json["results"]["bindings"]) == 6
    options = server.ask("OPTIONS", "/sparql", {"Origin": "http://example.org"})
    assert options.status == 204 and "QUERY" in options.headers["allow"]
    assert DIRECT in options.headers["accept-query"]
    assert (
        reply.headers["access-control-allow-origin"] == options.headers["access-control-allow-origin"] == "*"
    )
    assert "ETag" in reply.headers["access-control-expose-headers"]
    refused = server.ask("DELETE", "/store?default")
    assert refused.status == 405 and refused.headers["allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:80", "[::1]:8000", "LOCALHOST"])
def test_a_name_of_this_host(server: Server, host: str) -> None:
    assert server.get("/query/", **{"Host": host}).status == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "localhost:<x>", "", "["]
)
def test_another_host_is_refused(server: Server, host: str) -> None:
    reply = server.get("/query/", **{"Host": host})
    assert reply.status == 421 and b"--allowed-hosts" in reply.body


# Mistakes and limits


@pytest.mark.quick
def test_a_mistake_has_its_place(server: Server) -> None:
    reply = server.sparql("SELECT ?s {\n ?s a wco:Region }}")
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json | {"detail": ""} == {
        "type": f"{NS}docs/serve.html#ill-formed-query",
        "title": "Bad Request",
        "status": 400,
        "detail": "",
        "line": 2,
        "column": 19,
        "near": "}",
    }
    assert server.sparql("SELECT", "text/plain").body.startswith(b"query:1:7: ")
    assert server.sparql("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }").json["column"] == 12
    assert server.sparql("SELECT", "text/html").headers["content-type"].startswith("text/html")


LIMITS: dict[str, tuple[int, Callable[[Server], Reply]]] = {
    "timeout": (503, lambda one: one.sparql(ENDLESS)),
    "max-rows": (422, lambda one: one.sparql("SELECT ?p { ?s ?p ?o } LIMIT 2001", "text/csv")),
    "max-bytes": (422, lambda one: one.sparql("SELECT * { ?s ?p ?o ; a ?t . ?o a ?u . ?a ?p ?o } LIMIT 1900")),
    "max-query": (413, lambda one: one.sparql("ASK {}" + " " * 5000)),
    "max-body": (413, lambda one: one.ask("POST", "/sparql", {"Content-Type": DIRECT}, b" " * 9001)),
    "max-header": (431, lambda one: one.get("/?" + "x" * 30_001)),
}  # fmt: skip


@pytest.mark.parametrize(("ending", "name"), [("md", "themes.md"), ("text/csv", "themes.csv")])
def test_a_download_has_a_file_name(server: Server, ending: str, name: str) -> None:
    reply = server.get(f"/query/themes.{ending}")
    assert reply.headers["content-disposition"] == f'inline; filename="{name}"'


def test_the_page_of_the_editor_says_when_to_try_again(server: Server) -> None:
    reply = server.sparql(ENDLESS, "text/html")
    assert reply.status == 503 and b"--timeout" in reply.body and "retry-after" in reply.headers


@pytest.mark.parametrize("name", LIMITS)
def test_a_limit_is_named(server: Server, name: str) -> None:
    status, ask = LIMITS[name]
    reply = ask(server)
    assert reply.status == status and reply.json["setting"] == f"--{name}", reply
    assert f"--{name}" in reply.json["detail"] and reply.json["limit"] > 0
    assert ("retry-after" in reply.headers) == (status == 503)
    assert reply.json["variable"] == "WCOGRAPH_" + name.replace("-", "_").upper()
    assert server.sparql("ASK {}").json["boolean"] is True


@pytest.mark.quick
def test_every_limit_names_its_setting() -> None:
    settings = Settings()
    for field in fields(Settings):
        if "least" in field.metadata and field.name != "cache":  # which makes nothing fail
            told = limit(field.name, settings).values()
            assert told["setting"] == option(field.name) in told["detail"]
            assert told["limit"] == getattr(settings, field.name) and told["status"] >= 400
    page = (Path(layout.root()) / "docs" / "serve.md").read_text("utf-8")
    listed = set(re.findall(r"^\| `(--[a-z-]+)` \|", page, re.MULTILINE))
    assert listed == {option(field.name) for field in fields(Settings) if "least" in field.metadata}


def test_the_memory_of_a_query_has_a_limit(books: Server) -> None:
    longer = " ".join(f"BIND(CONCAT({', '.join([f'?s{n}'] * 16)}) AS ?s{n + 1})" for n in range(8))
    reply = books.sparql(f'SELECT (STRLEN(?s8) AS ?n) {{ BIND("ab" AS ?s0) {longer} }}')
    assert reply.status == 503 and reply.json["setting"] == "--memory", reply
    assert books.sparql("ASK {}").json["boolean"] is True


def test_what_is_at_a_limit_is_answered_whole(server: Server) -> None:
    for kind in ("text/csv", JSON_RESULTS, "text/tab-separated-values", "application/x-ndjson"):
        reply = server.sparql("SELECT ?p { ?s ?p ?o } LIMIT 2000", kind)
        assert reply.status == 200
    assert len(server.sparql("SELECT ?p { ?s ?p ?o } LIMIT 2000").json["results"]["bindings"]) == 2000


@pytest.mark.parametrize(
    "slow",
    [b"GET / HTTP/1.1\r\nHost: 127", b"POST /sparql HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + DIRECT.encode()
     + b"\r\nContent-Length: 50\r\n\r\nASK"],
)  # fmt: skip
def test_what_arrives_too_slowly(server: Server, slow: bytes) -> None:
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
        client.sendall(slow)
        reply = b""
        while part := client.recv(65536):
            reply += part
    assert reply.startswith(b"HTTP/1.1 408") and b"--patience" in reply
    assert time.monotonic() - began < 4


def test_an_endless_query_ends_in_time_and_short_ones_go_on(server: Server) -> None:
    replies: list[tuple[float, Reply]] = []

    def ask() -> None:
        began = time.monotonic()
        reply = server.sparql(f"{ENDLESS} # {random.random()}")
        replies.append((time.monotonic() - began, reply))

    crowd = [threading.Thread(target=ask) for _ in range(16)]
    for one in crowd:
        one.start()
    slowest = 0.0
    while any(one.is_alive() for one in crowd):
        began = time.monotonic()
        assert server.sparql(f"{REGIONS} # {random.random()}").status == 200
        slowest = max(slowest, time.monotonic() - began)
        time.sleep(0.02)
    assert slowest < 1.5
    assert len(replies) == 16
    assert all(reply.status == 503 and "retry-after" in reply.headers for _, reply in replies)
    assert max(taken for taken, _ in replies) < 13


def test_children_that_somebody_kills_are_replaced(server: Server) -> None:
    before = server.below()
    assert len(before) >= 2
    for pid in before:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    for _ in range(3):
        assert server.sparql(f"ASK {{}} # {random.random()}").status == 200
    assert not set(before) & set(server.below())


# The Graph Store Protocol, and things


def test_graph_store(server: Server, kg: wcograph.KnowledgeGraph) -> None:
    iri = f"{NS}graph/claims"
    found = server.get(f"/store?graph={quote(iri)}", "application/n-triples")
    graph = {q.triple for q in kg.store.quads_for_pattern(None, None, None, ox.NamedNode(iri))}
    assert len(set(found.body.splitlines())) == len(graph)
    assert server.get("/graph/claims.nt").body == found.body
    assert server.get("/store?graph=http%3A%2F%2Fexample.org%2Fnone").status == 404
    assert server.get("/store").status == server.get("/store?default&graph=x%3A").status == 400
    assert server.ask("PUT", f"/store?graph={quote(iri)}", {}, b"").status == 405


def test_the_default_graph_of_the_store_is_what_queries_see(books: Server) -> None:
    (line,) = books.get("/store?default", "application/n-triples").body.splitlines()
    assert b'"1.50"' in line  # and literals are as written
    seen = books.get("/sparql", "application/n-triples").body.decode()
    assert "1" in re.findall(r'#dataset-union> <http://rdfs.org/ns/void#triples> "(\d+)"', seen)


@pytest.mark.parametrize(
    "path", ["/id/polity-TUR", "/vocab/rilo", "/claim/", "/ns", "/source/", "/graph/claims"]
)
def test_every_iri_is_an_address(server: Server, kg: wcograph.KnowledgeGraph, path: str) -> None:
    if path.endswith("/"):
        query = f'SELECT ?s {{ ?s a ?t FILTER(STRSTARTS(STR(?s), "{NS}{path[1:]}")) }} ORDER BY ?s LIMIT 1'
        path = kg.sparql(query).rows()[0][0].value.removeprefix(NS[:-1])  # type: ignore[union-attr]
    turtle = server.get(path, "text/turtle")
    assert turtle.status == 200 and turtle.headers["content-type"].startswith("text/turtle")
    triples = {str(q.triple) for q in ox.parse(turtle.body, format=ox.RdfFormat.TURTLE)}
    assert triples
    for extension, format in (
        ("ttl", ox.RdfFormat.TURTLE),
        ("jsonld", ox.RdfFormat.JSON_LD),
        ("nt", ox.RdfFormat.N_TRIPLES),
    ):
        reply = server.get(f"{path}.{extension}")
        assert reply.status == 200
        assert len(list(ox.parse(reply.body, format=format))) == len(triples)
    while (page := server.get(path, "text/html")).status == 503:  # the reference takes a few seconds, once
        time.sleep(0.5)
    assert page.status == 200 and b"<!doctype html>" in page.body.lower()


def test_what_is_not_there(server: Server) -> None:
    for path in (
        "/id/nobody",
        "/nothing",
        "/static/../app.py",
        "/static/none.js",
        "/query/memberz",
        "/claim/%C3%BC",
    ):
        reply = server.get(path)
        assert reply.status == 404 and reply.json["status"] == 404, path
    assert "members" in server.get("/query/memberz").json["detail"]


# Questions


def test_questions_answer_as_the_graph_does(server: Server, kg: wcograph.KnowledgeGraph) -> None:
    rows = list(csv.reader(io.StringIO(server.get("/query/members.csv?region=europe&lang=fr").body.decode())))
    expected = kg.query("members", region="europe", lang="fr")
    assert rows[0] == list(expected.variables) and len(rows) == len(expected.rows()) + 1
    found = server.get("/query/themes?year=2016&sources=1", "application/json").json
    assert found["head"]["vars"][-1] == "sources"
    assert server.get("/query/themes.md?limit=1").body.startswith(b"- **Year**")
    assert server.get("/query/members.svg").body.startswith(b"<svg")
    assert server.get("/query/members.xlsx").body.startswith(b"PK")
    several = server.get("/query/members.csv?region=europe&region=mena").body
    assert len(several.splitlines()) > len(rows)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/query/members?reigon=europe", "did you mean"),
        ("/query/members?region=atlantis", "region"),
        ("/query/members?as-of=yesterday", "YYYY-MM-DD"),
        ("/query/members?limit=x", "limit"),
        ("/query/members?as-of=2020-01-01&as-of=2021-01-01", "one value"),
        ("/query/members?format=foo", "format"),
    ],
)
def test_a_wrong_parameter(server: Server, path: str, words: str) -> None:
    reply = server.get(path)
    assert reply.status == 400 and words in reply.json["detail"] and "\n" not in reply.json["detail"]


def test_questions_in_plain_words_and_suggestions(server: Server) -> None:
    found = server.get("/ask?q=which+Members+joined+in+the+1990s%3F", "application/json").json
    assert found["clear"] and found["candidates"][0]["query"] == "who-joined"
    assert server.get(found["candidates"][0]["url"].removeprefix(server.url)).status == 200
    region = server.get("/suggest?query=members&param=region&q=EUR").json
    assert region[0]["value"] == "europe" and region[0]["label"] == "Europe"
    assert any(
        one["value"] == "CIV" for one in server.get("/suggest?query=member-profile&param=member&q=cote").json
    )
    assert len(server.get("/suggest?query=member-profile&param=member&q=").json) == 20
    assert "wco:Region" in [one["value"] for one in server.get("/suggest/terms?q=wco:reg").json]
    assert server.get("/suggest?query=members&param=nothing").status == 400


# Descriptions


def test_openapi(server: Server, kg: wcograph.KnowledgeGraph) -> None:
    validator = pytest.importorskip("openapi_spec_validator")
    document = server.get("/openapi.json").json
    paths = document["paths"]
    some = {path: paths[path] for path in (*sorted(paths)[::5], "/sparql", "/store", "/suggest")}
    validator.validate({**document, "paths": some})
    assert document["openapi"].startswith("3.1") and document["servers"] == [{"url": server.url}]
    assert {f"/query/{query.name}" for query in kg.queries} <= set(document["paths"])
    parameters = {one["name"]: one for one in document["paths"]["/query/members"]["get"]["parameters"]}
    assert parameters["as-of"]["schema"]["format"] == "date"
    assert parameters["region"]["schema"]["type"] == "array"
    assert parameters["lang"]["schema"]["enum"] == ["en", "fr"]


def test_service_description(server: Server, kg: wcograph.KnowledgeGraph) -> None:
    store = ox.Store()
    for path in ("/sparql", "/.well-known/void"):
        reply = server.get(path, "text/turtle")
        store.bulk_load(reply.body, format=ox.RdfFormat.TURTLE)
    ask = """PREFIX sd: <http://www.w3.org/ns/sparql-service-description#> PREFIX void: <http://rdfs.org/ns/void#>
      SELECT ?endpoint ?triples ?name ?count { ?s a sd:Service ; sd:endpoint ?endpoint ; sd:feature sd:UnionDefaultGraph ;
        sd:defaultDataset ?d . ?d sd:defaultGraph [ void:triples ?triples ] ;
        sd:namedGraph [ sd:name ?name ; sd:graph [ void:triples ?count ] ] }"""
    rows = [[term.value for term in row] for row in store.query(ask)]  # type: ignore[union-attr]
    assert {row[0] for row in rows} == {f"{server.url}/sparql"}
    count = "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"
    counts = {row["g"]: row["n"] for row in kg.sparql(count).to_dicts()}
    (total,) = kg.sparql("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }").to_dicts()
    assert {int(row[1]) for row in rows} == {total["n"]}
    assert {row[2]: int(row[3]) for row in rows} == counts


# Clients


def test_sparqlwrapper(server: Server) -> None:
    wrapper = pytest.importorskip("SPARQLWrapper")
    for method in (wrapper.GET, wrapper.POST):
        for format in (wrapper.JSON, wrapper.XML, wrapper.CSV):
            client = wrapper.SPARQLWrapper(f"{server.url}/sparql")
            client.setMethod(method)
            client.setReturnFormat(format)
            client.setQuery(f"PREFIX wco: <{NS}ns#> {REGIONS}")
            found = client.query().convert()
            if format == wrapper.JSON:
                assert len(found["results"]["bindings"]) == 6
    client.setReturnFormat(wrapper.TURTLE)
    client.setQuery(f"DESCRIBE <{NS}id/wco>")
    assert b"wco" in client.query().convert()


def test_rdflib_as_a_client(server: Server) -> None:
    rdflib = pytest.importorskip("rdflib")
    graph = rdflib.Graph("SPARQLStore", identifier=f"{NS}graph/data")
    graph.open(f"{server.url}/sparql")
    assert len(list(graph.query(f"PREFIX wco: <{NS}ns#> {REGIONS}"))) == 6
    wco = rdflib.URIRef(f"{NS}id/wco")
    assert (wco, rdflib.RDF.type, None) in graph
    assert {str(label.language) for label in graph.objects(wco, rdflib.SKOS.prefLabel)} >= {"en", "fr"}


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_curl(server: Server) -> None:
    def curl(*words: str) -> str:
        return subprocess.run(
            ["curl", "-sS", *words], capture_output=True, text=True, check=True, timeout=30
        ).stdout

    url = f"{server.url}/sparql"
    assert len(json.loads(curl(url, "--data-urlencode", f"query={REGIONS}"))["results"]["bindings"]) == 6
    assert (
        curl("-G", url, "--data-urlencode", f"query={REGIONS}", "-H", "Accept: text/csv").count("region-")
        == 6
    )
    assert "HTTP/1.1 200" in curl("-I", f"{server.url}/query/themes.csv")
    assert "\x1f" not in curl("--compressed", f"{server.url}/openapi.json")


# Hostile requests

METHODS = [
    "GET",
    "POST",
    "HEAD",
    "QUERY",
    "PUT",
    "PATCH",
    "TRACE",
    "CONNECT",
    "OPTIONS",
    "get",
    "G\0T",
    "",
    "X" * 300,
]
TARGETS = ["/", "/sparql", "/query/members", "/id/wco", "/store?default", "*", "http://[::1", "//", "/%ff", "/%00",
           "/../../etc/passwd", "/sparql?query=%ED%A0%80", "/sparql?query=%00", "/sparql?" + "a=1&" * 1200,
           "/id/" + "a" * 3000, "/suggest?query=members&param=region&q=%ff", "/static/%2e%2e/app.py", "/thing?iri=%20",
           "/thing?iri=" + quote("http://e/\"><x>"), "/ask?q=" + "%F0%9F%A6%86" * 200, "/query/members?region=éé",
           "/query/members?limit=-1", "/sparql?query=ASK{}&default-graph-uri=%3C", "/\xff\xfe", "/?format=\x01"]  # fmt: skip
HEADERS = ["Accept: " + "a/b;q=0.1," * 500, "Accept: \xff\xfe", "Accept-Encoding: gzip;q=x,,;", "Content-Length: -1",
           "Content-Length: 99999999999999999999", "Content-Length: 5\r\nContent-Length: 6", "Transfer-Encoding: chunked",
           "Transfer-Encoding: gzip, chunked", "Host: evil", "Host: a\r\nHost: b", "If-None-Match: *",
           "Expect: 100-continue",
           "If-None-Match: " + '"x",' * 500, "Content-Type: application/sparql-query", "Content-Type: " + FORM,
           "Content-Encoding: gzip", "Upgrade: websocket\r\nConnection: Upgrade", "X: " + "y" * 3000, "Bad Header: 1",
           "No-Colon", ": empty", "Accept-Language: fr;q=\xb2", "Range: bytes=0-", "Cookie: a=b"]  # fmt: skip
BODIES = [b"", b"ASK {}", b"query=ASK%20%7B%7D", b"\xff\xfe\x00", b"query=%", b"5\r\nASK {\r\n0\r\n\r\n", b"zz\r\n",
          b"[" * 5000, b"query=" + b"SELECT%20" * 400, b"ASK " + b"{" * 3000, b"ASK { ?s ?p '" + b"\\u" * 500]  # fmt: skip


def malformed(chance: random.Random) -> bytes:
    """Return a request that has something wrong with it, mostly."""
    headers = [chance.choice(HEADERS) for _ in range(chance.randrange(3))]
    if chance.random() < 0.8:
        headers.insert(0, "Host: localhost")
    body = chance.choice(BODIES)
    if chance.random() < 0.5:
        headers.append(f"Content-Length: {len(body) + chance.choice((0, 0, 0, -1, 7))}")
    version = chance.choice(["HTTP/1.1"] * 8 + ["HTTP/1.0", "HTTP/9.9", ""])
    method = chance.choice(METHODS if chance.random() < 0.3 else ["GET", "POST"])
    line = f"{method} {chance.choice(TARGETS)} {version}"
    request = "\r\n".join([line, *headers, "", ""]).encode("latin-1", "replace") + body
    if chance.random() < 0.1:
        request = bytes(chance.randrange(256) for _ in range(chance.randrange(200)))
    return request[: chance.randrange(len(request) + 1)] if chance.random() < 0.1 else request


def test_malformed_requests(server: Server) -> None:
    """WCOGRAPH_MALFORMED=10000 sends as many."""
    number = int(os.environ.get("WCOGRAPH_MALFORMED", "1000"))
    answered: dict[bytes, int] = {}
    wrong: list[tuple[bytes, bytes]] = []

    def send(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(number // 8):
            request = malformed(chance)
            reply = server.raw(request, seconds=1.5)
            for status in re.findall(rb"HTTP/1.1 (\d+)", reply):
                answered[status] = answered.get(status, 0) + 1
                if status == b"500":
                    wrong.append((request, reply))

    threads = [threading.Thread(target=send, args=(seed,)) for seed in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert wrong == []
    assert answered.get(b"200", 0) > number / 200 and len(answered) > 6, answered
    assert server.sparql(f"ASK {{}} # {number}").json["boolean"] is True
    assert server.process.poll() is None
    assert "Traceback" not in server.log and "error:" not in server.log
    assert all(line.isprintable() for line in server.log.splitlines())


def test_a_line_for_each_request(server: Server) -> None:
    mark = f"mark-{random.random()}"
    server.get(f"/id/{mark}")
    time.sleep(0.3)
    lines = [line for line in server.log.splitlines() if mark in line]
    assert len(lines) == 1 and re.search(rf"GET /id/{mark} 404 \d+ B [\d.]+ ms$", lines[0])


# The command


def command(*words: str) -> subprocess.CompletedProcess[str]:
    call = [sys.executable, "-P", "-m", "wcograph", "serve", "--no-open", *words]
    return subprocess.run(call, capture_output=True, text=True, timeout=60)


def test_a_port_in_use_and_wrong_options(server: Server) -> None:
    used = command("--port", str(server.port))
    assert used.returncode == 3 and "--port" in used.stderr and len(used.stderr.splitlines()) == 1
    for words in (
        ["--port", "70000"],
        ["--max-rows", "many"],
        ["--memory", "10"],
        ["--only-data"],
        ["--host", "no.such.host"],
    ):
        wrong = command(*words)
        assert wrong.returncode in (2, 3) and len(wrong.stderr.splitlines()) == 1, words
    with pytest.raises(UsageError, match="--timeout"):
        Settings.read({}, {"WCOGRAPH_TIMEOUT": "soon"})


@pytest.mark.parametrize(
    ("sign", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 0), (signal.SIGKILL, -9)]
)
def test_nothing_is_left_however_it_ends(tmp_path: Path, sign: signal.Signals, status: int) -> None:
    running = Server(tmp_path)

    def ask() -> None:
        with suppress(ConnectionError, http.client.HTTPException):
            running.sparql(ENDLESS)

    busy = threading.Thread(target=ask)
    busy.start()
    time.sleep(0.8)
    below = running.below()
    assert len(below) >= 2
    assert running.stop(sign) == status
    busy.join()
    deadline = time.monotonic() + 5
    while (left := [pid for pid in below if Path(f"/proc/{pid}").exists()]) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert left == []
    assert "Traceback" not in running.log


def test_assistants_are_answered_at_mcp(tmp_path: Path) -> None:
    pytest.importorskip("mcp")
    running = Server(tmp_path, "--mcp")
    headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    reply = running.ask("POST", "/mcp", headers, b"[]")
    refused = running.ask("POST", "/mcp", {**headers, "Host": "evil.example"}, b"[]")
    assert reply.status in (200, 400) and b"jsonrpc" in reply.body and refused.status == 421
    assert running.stop() == 0


def test_no_answer_waits_for_an_acknowledgement() -> None:
    """Of two writes the second waits some 40 ms for it, in each request of a connection that is kept open."""
    with bound("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
