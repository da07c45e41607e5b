"""Endpoints: a real server answers as the built-in engine does, and one that lies is found out."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import files
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs

import pyoxigraph as ox
import pytest

import wcograph
from wcograph import layout
from wcograph.canaries import CANARIES, CARE, NEVER, SAFE, Finding, verdicts
from wcograph.cli import main
from wcograph.toolbox.errors import InputError, LimitError, UsageError
from wcograph.toolbox.sparql import remote, stored
from wcograph.toolbox.sparql.client import Endpoint
from wcograph.toolbox.sparql.ordering import plan
from wcograph.toolbox.sparql.stored import parse

ROOT = Path(layout.root())
# What is imported is not at the endpoint.
NAMES = sorted(
    Path(path).stem
    for path in layout.query_files(str(ROOT))
    if not stored.read(str(ROOT / path), layout.PREFIXES).needs
)


def _sets() -> Callable[..., list[dict[str, str]]]:
    path = Path(__file__).parent.parent / "benchmarks" / "engines.py"
    spec = importlib.util.spec_from_file_location("engines", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.sets  # type: ignore[no-any-return]


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _oxigraph() -> str:
    for file in files("oxigraph") or ():
        if file.name in ("oxigraph", "oxigraph.exe"):
            return str(file.locate())
    found = shutil.which("oxigraph", path=os.path.dirname(sys.executable))
    assert found
    return found


@pytest.fixture(scope="module")
def server(kg: wcograph.KnowledgeGraph, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of an Oxigraph server with the graph in its named graphs, and an empty default graph."""
    folder = tmp_path_factory.mktemp("oxigraph")
    data = folder / "graph.nq"
    with data.open("wb") as stream:
        kg.store.dump(stream, ox.RdfFormat.N_QUADS)
    store, port = str(folder / "store"), _free_port()
    subprocess.run(
        [_oxigraph(), "load", "--location", store, "--file", str(data)], check=True, capture_output=True
    )
    command = [_oxigraph(), "serve-read-only", "--location", store, "--bind", f"127.0.0.1:{port}"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            with socket.socket() as one:
                if one.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}/query"
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def far(server: str) -> wcograph.remote.RemoteGraph:  # type: ignore[name-defined]
    return wcograph.connect(server)


@pytest.mark.quick(3)
@pytest.mark.parametrize("name", NAMES)
def test_a_server_answers_each_question_as_the_built_in_engine(
    kg: wcograph.KnowledgeGraph, far, name: str
) -> None:
    for given in _sets()(kg, kg.stored_query(name)):
        assert far.query(name, **given).rows() == kg.query(name, **given).rows(), given


@pytest.mark.parametrize(
    "words",
    [
        ["query", "members", "--region", "europe", "--labels", "--sources", "-f", "csv", "--limit", "3"],
        ["query", "conventions", "--sources-each", "-f", "json"],
        ["query", "conventions", "-f", "markdown"],
        [
            "sparql",
            "SELECT ?r ?n { ?r a wco:Region ; skos:prefLabel ?n } ORDER BY ?n LIMIT 4",
            "--sources",
            "-f",
            "tsv",
        ],
        ["sparql", "ASK { ?r a wco:Region }"],
        ["sparql", "CONSTRUCT { ?r a wco:Region } { ?r a wco:Region }", "-f", "nt"],
        ["export", "--query", "accepted", "-f", "nq"],
        ["query", "members", "--no-inferred", "-f", "csv"],
    ],
)
def test_the_command_line_writes_the_same(
    server: str, words: list[str], capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    status = main(words)
    here = capfdbinary.readouterr()
    assert main([*words, "--endpoint", server]) == status
    there = capfdbinary.readouterr()
    assert (there.out, there.err) == (here.out, here.err)
    assert here.out


def test_doctor_finds_a_good_engine_good(server: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--endpoint", server]) == 0
    out = capfd.readouterr().out
    assert "must not be sent: 0 of" in out
    assert "needs care: 0 of" in out
    assert "the graph of this package" in out


def test_doctor_names_the_queries_that_rest_on_what_an_engine_gets_wrong(kg: wcograph.KnowledgeGraph) -> None:
    texts = {
        "SELECT (MIN(?x) AS ?m) { ?s ?p ?x }": ("minimum", NEVER),
        "SELECT ?s { ?s ?p ?x FILTER(COALESCE(?x > 1, true)) }": ("errors", NEVER),
        "SELECT ?s { ?s ?p ?x } GROUP BY ?s HAVING (COUNT(?x) > 1)": ("HAVING", NEVER),
        "SELECT ?s ?y { ?s ?p ?x BIND(1 + ?x AS ?y) FILTER NOT EXISTS { ?s a ?x } }": (
            "EXISTS with BIND",
            NEVER,
        ),
        "SELECT ?s { { SELECT ?s { ?s ?p ?x } ORDER BY ?x LIMIT 3 } }": ("order", CARE),
        "SELECT ?s { ?s ?p ?x OPTIONAL { ?s a ?y } }": ("", SAFE),
    }
    findings = [Finding(canary, canary.meaning) for canary in CANARIES]
    for text, (canary, verdict) in texts.items():
        ((_, found, why),) = verdicts([parse(text, "q", {})], findings)
        assert found == verdict, text
        assert not canary or canary in why, text
    assert all(found == SAFE for _, found, _ in verdicts(kg.queries, [Finding(one, "") for one in CANARIES]))


def test_no_question_has_the_pattern_that_ends_a_virtuoso_process(kg: wcograph.KnowledgeGraph) -> None:
    """A UNION, an OPTIONAL within an OPTIONAL, a FILTER of BOUND(?a) || BOUND(?b), and a BIND of what is optional.

    All four together end Virtuoso 7.2.5; without one of them it lives.
    """

    def is_fatal(text: str) -> bool:
        return bool(
            "UNION" in text
            and re.search(r"OPTIONAL\s*\{\s*(\{[^{}]*)?OPTIONAL", text)
            and re.search(r"FILTER\s*\(\s*BOUND\(\?\w+\)\s*\|\|\s*BOUND", text)
            and "BIND(" in text
        )

    assert is_fatal(
        "SELECT ?r { { ?l a ?c } UNION { } OPTIONAL { { OPTIONAL { ?k ?p ?n } } } "
        "FILTER(BOUND(?k) || BOUND(?l)) BIND(?n AS ?r) }"
    )
    assert [query.name for query in kg.queries if is_fatal(query.text)] == []


# Servers that lie


def _rows(*values: str, variable: str = "x", **more: object) -> bytes:
    bindings = [{variable: {"type": "literal", "value": value}} for value in values]
    return json.dumps({"head": {"vars": [variable]}, "results": {"bindings": bindings}, **more}).encode()


JSON = "application/sparql-results+json"
GOOD = _rows("a")


class _Liar(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        asked = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.server.seen.append((self.path, dict(self.headers), asked))  # type: ignore[attr-defined]
        with suppress(OSError):
            self.server.behave(self, asked["query"][0])  # type: ignore[attr-defined]

    do_GET = do_POST  # noqa: N815 (the library calls it so)

    def log_message(self, *_: object) -> None:
        pass

    def reply(
        self, body: bytes, kind: str = JSON, status: int = 200, length: int | None = None, **headers: str
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def liar() -> Iterator[Callable[[Callable[[_Liar, str], None]], str]]:
    """Make a server that behaves as a function says; return its URL. ``liar.seen`` has the requests."""
    started = []

    def make(behave: Callable[[_Liar, str], None]) -> str:
        one = ThreadingHTTPServer(("127.0.0.1", 0), _Liar)
        one.behave, one.seen = behave, make.seen  # type: ignore[attr-defined]
        one.daemon_threads = True
        Thread(target=one.serve_forever, args=(0.01,), daemon=True).start()
        started.append(one)
        return f"http://127.0.0.1:{one.server_address[1]}/sparql"

    make.seen = []  # type: ignore[attr-defined]
    yield make
    for one in started:
        one.shutdown()
        one.server_close()


def _drip(it: _Liar, query: str) -> None:
    it.send_response(200)
    it.send_header("Content-Type", JSON)
    it.end_headers()
    for byte in GOOD * 100:
        it.wfile.write(bytes([byte]))
        it.wfile.flush()
        time.sleep(0.05)


def _drip_headers(it: _Liar, query: str) -> None:
    for byte in b"HTTP/1.1 200 OK\r\n" + b"X-Slow: yes\r\n" * 50:
        it.wfile.write(bytes([byte]))
        it.wfile.flush()
        time.sleep(0.05)


def _chunked_and_cut(it: _Liar, query: str) -> None:
    it.protocol_version = "HTTP/1.1"
    it.send_response(200)
    it.send_header("Content-Type", JSON)
    it.send_header("Transfer-Encoding", "chunked")
    it.end_headers()
    it.wfile.write(b"%x\r\n%s\r\n" % (len(GOOD), GOOD))
    it.close_connection = True


LIES: dict[str, tuple[Callable[[_Liar, str], None], int, str]] = {
    "cut body": (lambda it, q: it.reply(GOOD[:-9], length=len(GOOD)), 3, "cut the answer off"),
    "cut JSON": (lambda it, q: it.reply(GOOD[:-9]), 3, "cut the answer off"),
    "cut chunks": (_chunked_and_cut, 3, "cut the answer off"),
    "text after the JSON": (lambda it, q: it.reply(GOOD + b"The SPARQL operation has been cancelled"), 3, "cut the answer"),
    "an error as 200": (lambda it, q: it.reply(_rows("a", error="timeout")), 3, "answered with an error: timeout"),
    "an error as text": (lambda it, q: it.reply(b"Error: timeout", "text/plain"), 3, "answered with text/plain"),
    "a page": (lambda it, q: it.reply(b"<html>Welcome", "text/html"), 3, "answered with text/html"),
    "no type": (lambda it, q: it.reply(GOOD, ""), 3, "no media type"),
    "partial content": (lambda it, q: it.reply(GOOD, status=206), 3, "HTTP status 206"),
    "stopped early": (lambda it, q: it.reply(GOOD, X_SQL_State="S1TAT"), 4, "incomplete"),
    "other columns": (lambda it, q: it.reply(_rows("a", variable="y")), 3, "answered another query"),
    "other columns in a row": (
        lambda it, q: it.reply(GOOD.replace(b'[{"x"', b'[{"y"')), 3, "ill-formed row 1"),
    "an ill-formed term": (lambda it, q: it.reply(GOOD.replace(b'"literal"', b'"uri"')), 3, "ill-formed term"),
    "an array": (lambda it, q: it.reply(b"[]"), 3, "not a SPARQL result"),
    "deep JSON": (lambda it, q: it.reply(b"[" * 100_000), 3, "not JSON"),
    "not HTTP": (lambda it, q: it.wfile.write(b"220 smtp.example.org ready\r\n"), 3, "did not answer as HTTP asks"),
    "silence": (lambda it, q: None, 3, "closed the connection"),
    "elsewhere": (
        lambda it, q: it.reply(b"", status=307, Location="http://127.0.0.1:9/other?key=secret"), 3,
        "redirects to http://127.0.0.1:9/other; name that address"),
    "a file": (lambda it, q: it.reply(b"", status=307, Location="file:///etc/passwd"), 3, "redirects to"),
    "round and round": (lambda it, q: it.reply(b"", status=307, Location=f"{it.path}x"), 3, "HTTP status 307"),
    "a refusal": (
        lambda it, q: it.reply(b"error at 1:11\nmore", "text/plain", 400), 3,
        "refuses the query (HTTP status 400): error at 1:11 more"),
    "a login": (lambda it, q: it.reply(b"", status=401), 3, "needs a login"),
    "a limit": (lambda it, q: it.reply(b"", status=504), 4, "a limit of the server"),
    "too much": (lambda it, q: it.reply(_rows(*"a" * 30_000)), 4, "longer than 1,000,000 bytes"),
    "gzip": (lambda it, q: it.reply(GOOD, Content_Encoding="gzip"), 3, "compressed the answer"),
    "slow": (_drip, 4, "no complete answer in time"),
    "slow headers": (_drip_headers, 4, "no complete answer in time"),
    "cut rows": (lambda it, q: it.reply(_rows(*"abcdefghij")), 4, "left rows out after 10"),
    "cut rows, as it says": (lambda it, q: it.reply(_rows(*"abc"), X_SPARQL_MaxRows="3"), 4, "left rows out after 3"),
}  # fmt: skip


@pytest.mark.quick(5)
@pytest.mark.parametrize("lie", LIES)
def test_a_server_that_lies_is_found_out(liar, lie: str) -> None:
    behave, status, told = LIES[lie]
    endpoint = Endpoint(liar(behave), seconds=0.5 if "slow" in lie else 10, most_bytes=1_000_000)
    began = time.monotonic()
    with pytest.raises((InputError, LimitError)) as raised:
        remote.evaluate(endpoint, "SELECT ?x { ?s ?p ?x }")
    assert raised.value.exit_status == status
    assert told in str(raised.value)
    assert "\n" not in str(raised.value)
    assert "secret" not in str(raised.value)
    assert time.monotonic() - began < 20


def test_a_server_that_cannot_be_reached_is_an_error_of_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["query", "bodies", "--endpoint", f"http://127.0.0.1:{_free_port()}/?key=secret"]) == 3
    error = capfd.readouterr().err
    assert error.endswith("cannot be reached: connection refused\n")
    assert "secret" not in error


def test_a_busy_server_is_asked_again_and_a_broken_one_is_not(liar) -> None:
    def busy(it: _Liar, query: str) -> None:
        it.reply(*((b"", JSON, 503) if len(liar.seen) < 3 else (GOOD,)), Retry_After="0")

    assert len(remote.evaluate(Endpoint(liar(busy)), "SELECT ?x { ?s ?p ?x }").rows()) == 1
    assert len(liar.seen) == 3
    for status in (500, 502, 504):
        liar.seen.clear()
        with pytest.raises((InputError, LimitError)):
            remote.evaluate(Endpoint(liar(lambda it, q, s=status: it.reply(b"", status=s))), "ASK {}")
        assert len(liar.seen) == 1, status
    liar.seen.clear()
    with pytest.raises(InputError):
        remote.evaluate(Endpoint(liar(lambda it, q: it.connection.close())), "ASK {}")
    assert len(liar.seen) == 1


def test_habits_of_servers_are_tolerated(liar) -> None:
    terms = [
        {"type": "typed-literal", "datatype": layout.PREFIXES["xsd"] + "integer", "value": "5"},
        {"type": "literal", "datatype": layout.PREFIXES["xsd"] + "boolean", "value": "1", "more": {}},
        {"type": "bnode", "value": "nodeID://b10003"},
        {"type": "literal", "value": "a", "lang": "en"},
        {"type": "uri", "value": "http://e/a"},
        None,
    ]
    bindings = [{"x": term} for term in terms] + [{}]
    body = json.dumps(
        {
            "link": [],
            "head": {"vars": ["x"], "link": []},
            "results": {"bindings": bindings, "ordered": True},
            "metadata": {},
        }
    )
    url = liar(lambda it, q: it.reply(body.encode(), "application/json; charset=utf-8"))
    found = [row[0] for row in remote.evaluate(Endpoint(url), "SELECT ?x { ?s ?p ?x }").rows()]
    assert found[:2] == [ox.Literal(5), ox.Literal(True)]
    assert isinstance(found[2], ox.BlankNode)
    assert found[3:] == [ox.Literal("a", language="en"), ox.NamedNode("http://e/a"), None, None]
    number = {"x": {"type": "typed-literal", "datatype": layout.PREFIXES["xsd"] + "integer", "value": "1"}}
    one = json.dumps({"head": {"vars": ["x"]}, "results": {"bindings": [number]}}).encode()
    url = liar(lambda it, q: it.reply(one))
    assert remote.evaluate(Endpoint(url), "SELECT (1 < 2 AS ?x) {}").rows() == [(ox.Literal(True),)]
    assert remote.evaluate(Endpoint(url), "SELECT ?x {}").rows() == [(ox.Literal(1),)]
    assert bool(remote.evaluate(Endpoint(url), "ASK {}"))
    assert bool(remote.evaluate(Endpoint(liar(lambda it, q: it.reply(b'{"head":{},"boolean":1}'))), "ASK {}"))


def test_redirects_within_a_server_are_followed_with_the_same_query(liar) -> None:
    def moved(it: _Liar, query: str) -> None:
        it.reply(GOOD) if it.path == "/new" else it.reply(b"", status=308, Location="/new")

    assert len(remote.evaluate(Endpoint(liar(moved)), "SELECT ?x { ?s ?p ?x }").rows()) == 1
    assert [seen[2] for seen in liar.seen] == [liar.seen[0][2]] * 2


@pytest.mark.parametrize(
    ("text", "rows", "wanted"),
    [
        ("SELECT ?x { ?s ?p ?x } ORDER BY ?x", "bBaé", "Babé"),
        ("SELECT ?x { ?s ?p ?x } ORDER BY DESC(STR(?x))", "bBaé", "ébaB"),
        ("SELECT ?x { ?s ?p ?x } ORDER BY ?x LIMIT 2", "abBé", "Ba"),
        ("SELECT ?x { ?s ?p ?x } ORDER BY ?x OFFSET 1 LIMIT 2 VALUES ?s { 1 }", "abBé", "ab"),
        ("SELECT ?x { ?s ?p ?x } GROUP BY ?x ORDER BY COUNT(?x)", "bBa", "bBa"),
    ],
)
def test_rows_are_in_the_order_of_the_query(liar, text: str, rows: str, wanted: str) -> None:
    def behave(it: _Liar, query: str) -> None:
        it.reply(_rows(*(rows[:2] if "LIMIT" in query else rows)))

    answer = remote.evaluate(Endpoint(liar(behave)), text)
    assert "".join(row[0].value for row in answer.rows()) == wanted


def test_what_only_the_order_needs_is_selected_and_left_out() -> None:
    planned = plan("SELECT DISTINCT ?n WHERE { ?s ?p ?n } ORDER BY STR(?s) LIMIT 2", "q", {})
    assert planned.whole() == "SELECT DISTINCT ?n ?s WHERE { ?s ?p ?n }"
    a, b, c = map(ox.Literal, "abc")
    assert planned.arranged([(b, c), (a, b), (a, a)], cut=True) == [(a,), (b,)]


@pytest.mark.quick
def test_a_login_goes_to_its_host_and_into_no_message(
    liar, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password s3cret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    url = liar(
        lambda it, q: it.reply(it.headers["Authorization"].encode() + b" me:s3cret", "text/plain", 400)
    )
    far = wcograph.connect(url)
    with pytest.raises(InputError) as raised:
        far.sparql("ASK {}")
    assert liar.seen[0][1]["Authorization"] == "Basic bWU6czNjcmV0"
    assert "s3cret" not in str(raised.value) + repr(far.endpoint)
    assert "bWU6" not in str(raised.value) + repr(far.endpoint)
    monkeypatch.setenv("WCOGRAPH_ENDPOINT_TOKEN", "t0ken")
    with pytest.raises(InputError) as raised:
        wcograph.connect(url).sparql("ASK {}")
    assert liar.seen[-1][1]["Authorization"] == "Bearer t0ken"
    assert "t0ken" not in str(raised.value)
    netrc.write_text("machine example.org login me password s3cret\n")
    monkeypatch.delenv("WCOGRAPH_ENDPOINT_TOKEN")
    with pytest.raises(InputError):
        wcograph.connect(liar(lambda it, q: it.reply(b"", status=500))).sparql("ASK {}")
    assert "Authorization" not in liar.seen[-1][1]


def test_no_proxy_is_used(liar, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    assert remote.evaluate(Endpoint(liar(lambda it, q: it.reply(GOOD))), "SELECT ?x { ?s ?p ?x }").rows()


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("file:///etc/passwd", "begins with http"),
        ("ftp://example.org/", "begins with http"),
        ("http://me:secret@example.org/", "must not have a user or password"),
        ("http://example.org:port/", "ill-formed"),
        ("http://exa mple.org/", "ill-formed"),
        ("http:///query", "begins with http"),
    ],
)
def test_a_wrong_url_is_a_usage_error(url: str, told: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["query", "bodies", "--endpoint", url]) == 2
    error = capfd.readouterr().err
    assert told in error
    assert "secret" not in error


def test_endpoints_have_names_and_data_sets(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "endpoints.toml"
    monkeypatch.setenv("WCOGRAPH_ENDPOINTS", str(path))
    with pytest.raises(UsageError, match="is not a URL, and there is no file of endpoints"):
        wcograph.connect("office")
    path.write_text(
        f'[named]\nurl = "{server}"\ndataset = "named"\n[union]\nurl = "{server}"\ndataset = "union"\n'
        f'[server]\nurl = "{server}"\ndataset = "server"\n'
        f'[one]\nurl = "{server}"\ngraphs = ["{layout.NAMESPACE}graph/data"]\ntimeout = 5\n'
    )
    for name in ("named", "union"):
        far = wcograph.connect(name)
        assert far.query("conventions-in-force-count").to_dicts() == [{"conventions": 17}]
    with pytest.raises(InputError, match=r"does not have the graph of the WCO \(dataset = 'server'\)"):
        wcograph.connect("server").query("conventions-in-force-count")
    assert wcograph.connect("one").endpoint.seconds == 5
    assert not wcograph.connect("one").sparql("ASK { ?s a wco:Member }")  # which is derived
    with pytest.raises(UsageError, match="there is no endpoint 'unoin'; did you mean union"):
        wcograph.connect("unoin")
    for wrong in (
        "[a",
        "[a]\ndataset = 'union'",
        "[a]\nurl = 1",
        "[a]\nurl = 'http://e/'\nuser = 'x'",
        "[a]\nurl = 'http://e/'\ndataset = 'all'",
    ):
        path.write_text(wrong)
        with pytest.raises(InputError, match=re.escape(str(path))):
            wcograph.connect("a")


def test_a_server_without_the_graph_gives_no_answer(liar) -> None:
    def empty(it: _Liar, query: str) -> None:
        variable = (re.search(r"AS \?(\w+)", query) or ["", "g"])[1]
        body = (
            b'{"head":{},"boolean":false}'
            if "ASK" in query
            else _rows(*(["0"] if "COUNT" in query else []), variable=variable)
        )
        it.reply(body)

    with pytest.raises(InputError, match="does not have the graph of the WCO"):
        wcograph.connect(liar(empty)).query("conventions-in-force-count")
    assert wcograph.connect(liar(empty)).sparql("SELECT (COUNT(*) AS ?n) {}").rows()


def test_names_that_only_the_endpoint_knows(liar, tmp_path: Path) -> None:
    own = tmp_path / "ports.rq"
    own.write_text(
        "#+ title: Ports\n#+ description: Ports.\n"
        "#+ parameters: {port: {type: 'http://e/Port', description: A port, example: x}}\n"
        "SELECT ?x { VALUES ?port { UNDEF } ?port <http://e/p> ?x }\n"
    )

    def behave(it: _Liar, query: str) -> None:
        if "?entity ?name" not in query:
            return it.reply(GOOD)
        binding = {
            "entity": {"type": "uri", "value": "http://e/1"},
            "name": {"type": "literal", "value": "Mersin"},
        }
        it.reply(
            json.dumps({"head": {"vars": ["entity", "name"]}, "results": {"bindings": [binding]}}).encode()
        )

    far = wcograph.connect(liar(behave), queries=str(own))
    assert "VALUES ?port { <http://e/1> }" in far.bound("ports", port="mersin")
    with pytest.raises(UsageError, match="Mersin"):
        far.bound("ports", port="mersinn")


def test_what_needs_the_files_is_refused_at_an_endpoint(far, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageError, match=r"use wcograph\.load"):
        far.validate()
    with pytest.raises(UsageError, match=r"use wcograph\.load"):
        _ = far.rdflib
    assert main(["query", "bodies", "--endpoint", "http://127.0.0.1:9/", "--data", "x.ttl"]) == 2
    assert main(["export", "--endpoint", "http://127.0.0.1:9/", "-f", "nq"]) == 2
    assert main(["sparql", "DROP ALL", "--endpoint", "http://127.0.0.1:9/"]) == 2
    assert main(["sparql", "SELECT {", "--endpoint", "http://127.0.0.1:9/"]) == 3
    assert "connection refused" not in capfd.readouterr().err
