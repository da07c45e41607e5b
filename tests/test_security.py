"""Nothing runs, nothing leaks, nothing is lost: what strangers write is data, whatever it holds."""

from __future__ import annotations

import asyncio
import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

import wcograph
from wcograph.cli import main
from wcograph.layout import PREFIXES
from wcograph.toolbox import processes
from wcograph.toolbox.errors import InputError, LimitError, UsageError, log_text, one_line, visible
from wcograph.toolbox.rdf.files import safe
from wcograph.toolbox.sparql import stored
from wcograph.toolbox.sparql.asking import ask
from wcograph.toolbox.sparql.binding import bind
from wcograph.toolbox.sparql.refusals import check

COMMAND = [sys.executable, "-m", "wcograph"]
SCRIPT = [sys.executable, "-I", "-c", "from wcograph.__main__ import command; command()"]
DATA = "@prefix ex: <http://e/> .\nex:a a ex:T ; ex:p [ ex:q 1 ] , [ ex:q 2 ] .\n"
BODY = "SELECT ?x { VALUES ?x { UNDEF } ?x ?p ?o }"
ALIKE = "".join(f"_:n{a} <http://e/p> _:n{b} .\n" for a in range(12) for b in range(12) if a != b)


def _wcograph(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        [*SCRIPT, *arguments], capture_output=True, text=True, timeout=120, **options
    )


@pytest.fixture(scope="module", autouse=True)
def built(own_cache: Path) -> None:
    subprocess.run([*COMMAND, "info"], check=True, stdout=subprocess.DEVNULL)


# ------------------------------------------------------------------------- no code from the current directory

TRAPS = (
    *("json", "re", "random", "yaml", "pyoxigraph", "rdflib", "subprocess", "signal", "threading", "ctypes"),
    *("faulthandler", "select", "difflib", "traceback", "unicodedata", "textwrap", "shlex", "gzip", "pyld"),
    *("owlrl", "pyshacl", "oxrdflib", "decimal", "hashlib", "tarfile", "tempfile", "shutil", "tomllib"),
)
CALLS = (
    *("query members --limit 1", "query members --help", "query timeline --since 2020-01-01 -f json"),
    *(
        "query nosuch",
        "sparql ASK{} --timeout 9",
        "sparql -q c.rq --data a.ttl -f turtle",
        "export -f nt -o x.nt",
    ),
    *(
        "export --data a.ttl a.jsonld -f jsonld",
        "export --data a.ttl --query c.rq -f rdfxml",
        "diff a.ttl b.ttl",
    ),
    *(
        "fmt --diff b.ttl",
        "why wcoid:polity-TUR a wco:Polity",
        "completion words -- query mem",
        "validate a.ttl",
    ),
    *("infer a.ttl", "info", "derive --check", "--version", "export --verify nofile.json"),
)


@pytest.fixture
def trapped(tmp_path: Path) -> Path:
    """A directory full of modules that say when they are imported."""
    for name in TRAPS:
        (tmp_path / name).mkdir()
        sprung = f"open({str(tmp_path / 'sprung')!r}, 'a').write({name!r} + chr(10))\n"
        (tmp_path / name / "__init__.py").write_text(sprung)
    (tmp_path / "a.ttl").write_text(DATA)
    (tmp_path / "b.ttl").write_text(DATA.replace("2", "3"))
    (tmp_path / "a.jsonld").write_text('{"@id": "http://e/a", "http://e/p": {"http://e/q": 1}}')
    (tmp_path / "c.rq").write_text("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }")
    return tmp_path


@pytest.mark.quick(1)
@pytest.mark.parametrize("start", [COMMAND, SCRIPT], ids=["module", "script"])
@pytest.mark.parametrize("call", CALLS)
def test_no_module_of_the_current_directory_is_imported(trapped: Path, start: list[str], call: str) -> None:
    done = subprocess.run([*start, *call.split()], cwd=trapped, capture_output=True, text=True, timeout=120)
    assert not (trapped / "sprung").exists(), (trapped / "sprung").read_text()
    assert done.returncode != 70, done.stderr


def test_no_child_of_a_python_call_imports_from_the_current_directory(
    trapped: Path, kg: wcograph.KnowledgeGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    kg.query("members", timeout=60)  # what this process itself imports is its own affair
    monkeypatch.chdir(trapped)
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    monkeypatch.setenv("PYTHONPATH", str(trapped))
    assert len(kg.query("members", timeout=60).rows()) > 100
    assert processes.run("import json, re; print(1)", b"", seconds=60) == b"1\n"
    assert not (trapped / "sprung").exists()


# ------------------------------------------------------------------------------ children end with their parent


def _children_of(pid: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid and fields[0] != "Z":
            found += [int(stat.parent.name), *_children_of(int(stat.parent.name))]
    return found


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="needs /proc to see processes")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGSEGV])
def test_no_child_outlives_its_parent(tmp_path: Path, how: signal.Signals) -> None:
    (tmp_path / "alike.nt").write_text(ALIKE)
    parent = subprocess.Popen(
        [*SCRIPT, "export", "--data", str(tmp_path / "alike.nt"), "-f", "nt", "--timeout", "100"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until = time.monotonic() + 30
    while len(children := _children_of(parent.pid)) < 2 and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(0.5)  # at work in the engine, which lets no Python run
    assert len(children) >= 2
    parent.send_signal(how)
    parent.wait()
    until = time.monotonic() + 5
    while any(map(_alive, children)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not [child for child in children if _alive(child)]


def test_a_child_ends_when_its_time_is_over_and_says_how_it_failed() -> None:
    start = time.monotonic()
    with pytest.raises(LimitError, match="stopped after 1 s"):
        processes.run("while True: pass", b"", seconds=1)
    assert time.monotonic() - start < 4
    with pytest.raises(LimitError, match="signal 6"):
        processes.run("import os; os.abort()", b"", seconds=20)
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        processes.run("1 / 0", b"", seconds=20)


# -------------------------------------------------------------------------------------- one door to the engines


@pytest.fixture
def server() -> Iterator[tuple[str, list[str]]]:
    """An HTTP server that notes who calls, and answers with garbage."""
    calls: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def _answer(self) -> None:
            calls.append(self.path)
            if self.path.startswith("/error"):
                self.send_error(500, "no\x1b")
                return
            self.send_response(200)
            self.send_header("Content-Type", "application/sparql-results+json")
            self.end_headers()
            self.wfile.write(b'{"head": {"vars": ["s"]}, "results": {"bindings": [')

        do_GET = do_POST = _answer  # noqa: N815 (the names that it calls)

        def log_message(self, *_: object) -> None:
            pass

    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_port}/", calls
    running.shutdown()


REACHING = (
    "SELECT * { SERVICE <%s> { ?s ?p ?o } }",
    r"SELECT * { SERV\u0049CE <%s> { ?s ?p ?o } }",
    r"SELECT * { \U00000053ERVICE <%s> { ?s ?p ?o } }",
    r"SELECT * { \u00000053ERVICE <%s> { ?s ?p ?o } }",
    r"SELECT * { ?s ?p 'x\u0027 . SERVICE <%s> { ?a ?b ?c } #' }",
    "SELECT * { # \rSERVICE <%s> { ?s ?p ?o } }",
    'SELECT * { ?s ?p """\n#""" . SERVICE <%s> { ?a ?b ?c } }',
    "SELECT * { ?s ?p ?o FILTER(?o <?y# )\n) SERVICE <%s> { ?a ?b ?c } #>\n }",
)


@pytest.mark.quick(2)
@pytest.mark.parametrize("query", REACHING)
def test_no_query_reaches_the_network(
    kg: wcograph.KnowledgeGraph, server: tuple[str, list[str]], query: str
) -> None:
    address, calls = server
    text = query % address

    def prepared() -> object:
        from rdflib.plugins.sparql import prepareQuery

        return list(kg.rdflib.query(prepareQuery(text)))

    for attempt in (
        lambda: kg.sparql(text).rows(),
        lambda: kg.sparql(text, timeout=20).rows(),
        lambda: list(kg.rdflib.query(text)),
        lambda: list(kg.rdflib.query(text, use_store_provided=False)),
        prepared,
        lambda: stored.parse(text, "q", PREFIXES),
        lambda: ask(kg.store, text),
    ):
        with pytest.raises(Exception):  # noqa: B017 (rdflib's own where it cannot read the text)
            attempt()
    assert calls == []


@pytest.mark.parametrize("engine", ["oxigraph", "rdflib"])
def test_from_fetches_nothing(tmp_path: Path, server: tuple[str, list[str]], engine: str) -> None:
    address, calls = server
    path = tmp_path / "a.ttl"
    path.write_text("<http://e/a> <http://e/p> 1 .")
    for clause in ("FROM", "FROM NAMED"):
        text = f"SELECT * {clause} <{address}> {{ {{ ?s ?p ?o }} UNION {{ GRAPH ?g {{ ?s ?p ?o }} }} }}"
        answer = wcograph.load(data=str(path), only_data=True, engine=engine).sparql(text)
        assert answer.rows() == []
    assert calls == []


HEADERS = (
    'type: "http://e/C> . SERVICE <%s> { ?a ?b ?c } . ?entity a <http://e/C"',
    'type: rdfs:Resource, scheme: "http://e/S> . SERVICE <%s> { ?a ?b ?c } . ?e ?p <http://e/S"',
    'type: "skos:Concept> . SERVICE <%s> { ?a ?b ?c } . ?e a <x"',
)


@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize("call", ["query {} --x a", "query {} --help", "completion words -- query {} --x a"])
def test_no_header_reaches_the_network(
    tmp_path: Path, server: tuple[str, list[str]], header: str, call: str
) -> None:
    address, calls = server
    path = tmp_path / "mine.rq"
    path.write_text(f"#+ parameters:\n#+   x: {{{header % address}}}\n{BODY}")
    assert main(call.format(path).split()) == 3
    assert calls == []


@pytest.mark.quick
def test_a_namespace_cannot_end_its_declaration() -> None:
    for iri in ("http://e/> SELECT * { SERVICE <http://f/", "http://e/\\u003E", "http://e/ x", "a\nb"):
        with pytest.raises(InputError, match="cannot be declared"):
            check("SELECT * { ?s a zz:C }", prefixes={"zz": iri})
    with pytest.raises(InputError, match="cannot be declared"):
        check("SELECT * { ?s a zz:C }", prefixes={"zz: <http://e/> SERVICE": "http://e/"})


def test_rdflib_fetches_nothing_while_it_is_offline_and_as_ever_otherwise(
    server: tuple[str, list[str]],
) -> None:
    import rdflib

    from wcograph.toolbox.sparql.offline import offline

    address, calls = server
    service = f"SELECT * {{ SERVICE <{address}> {{ ?s ?p ?o }} }}"
    for query in (service, f"SELECT * FROM <{address}> {{ ?s ?p ?o }}"):
        with offline(), pytest.raises(UsageError, match="use the network"):
            list(rdflib.Dataset().query(query))
    assert calls == []
    with pytest.raises(json.JSONDecodeError):
        list(rdflib.Graph().query(service))
    assert len(calls) == 1


@pytest.mark.parametrize("path", ["", "error"])
def test_a_remote_service_that_fails_is_one_line(
    server: tuple[str, list[str]], path: str, capfd: pytest.CaptureFixture[str]
) -> None:
    for address in (server[0] + path, "http://127.0.0.1:2/", "ftp://127.0.0.1/"):
        query = f"SELECT * {{ SERVICE <{address}> {{ ?s ?p ?o }} }}"
        assert main(["sparql", "--allow-service", query]) == 3
        line = capfd.readouterr().err
        assert line.startswith("wcograph: query: cannot be evaluated: ") and line.count("\n") == 1
        assert "\x1b" not in line


def test_a_header_is_read_without_its_query_being_evaluated() -> None:
    many = " ".join(map(str, range(300)))
    rows = " ".join(f"VALUES ?{name} {{ {many} }}" for name in "abcde")
    start = time.monotonic()
    query = stored.parse(f"#+ columns: {{a: x}}\nSELECT * {{ {rows} }} ORDER BY ?a ?b", "endless", PREFIXES)
    assert query.columns == {"a": {"en": "x"}}
    assert time.monotonic() - start < 5


@pytest.mark.parametrize("part", ["a-", "a.", "<", "?", "''' ", ":", "_:a."])
def test_a_query_is_read_in_time_that_grows_with_its_length(part: str) -> None:
    start = time.monotonic()
    with suppress(InputError, UsageError):
        check("ASK {" + part * 100_000, "q")
    assert time.monotonic() - start < 10


# ------------------------------------------------------------------------------------ headers of stored queries


@pytest.mark.parametrize(
    ("header", "line"),
    [
        ("tags: &a [x]\n#+ title: *a", 1),
        ("title: " + "[" * 60 + "]" * 60, 1),
        ("title: x\n#+ description: '" + "x" * 70_000 + "'", 1),
        ("title: x\n#+ title: y", 2),
        ("title: !!int abc", 1),
        ("title: x\n#+ endpoint_in_url: 2020-02-31", 2),
        ("title: x\n#+ pagination: " + "9" * 5000, 2),
        ("sources: [{}]", 1),
        ("sources: [[x]]", 1),
        ("columns: {x: [1]}", 1),
        ("tags: [[x]]", 1),
        ("parameters: {x: {type: 'http://e/ y'}}", 1),
        ("parameters: {x: {type: skos:Concept, scheme: 'a b'}}", 1),
    ],
)
def test_a_bad_header_is_told_with_its_file_and_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], header: str, line: int
) -> None:
    path = tmp_path / "mine.rq"
    path.write_text(f"#+ {header}\n{BODY}\n")
    assert main(["query", str(path)]) == 3
    assert capfd.readouterr().err.startswith(f"wcograph: {path}:{line}:")


def test_two_names_for_one_option_are_refused() -> None:
    text = "#+ parameters: {asOf: {type: text}, as_of: {type: text}}\n"
    text += "SELECT * { VALUES ?asOf { UNDEF } VALUES ?as_of { UNDEF } ?asOf ?as_of ?o }"
    with pytest.raises(InputError, match="two parameters have the option --as-of"):
        stored.parse(text, "q", PREFIXES)


def test_a_comment_in_the_row_of_a_parameter_is_no_default() -> None:
    text = "#+ parameters: {x: {type: iri}}\nSELECT ?x { VALUES ?x { UNDEF # none }\n } ?x ?p ?o }"
    (parameter,) = stored.parse(text, "q", PREFIXES).parameters
    assert not parameter.optional and parameter.default == ""
    assert "none" not in bind(text, {"x": ["<http://e/a>"]})


def test_a_sign_of_formats_in_a_header_is_text(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "50%s.rq"
    path.write_text(f"#+ title: 100 %(prog)d %s %\n#+ description: '%(x)s'\n{BODY}\n")
    assert main(["query", str(path), "--help"]) == 0
    assert "100 %(prog)d %s %" in capfd.readouterr().out


# ------------------------------------------------------------------------------------------------------ threads


def _elsewhere(work: Callable[[], object]) -> object:
    found: list[object] = []

    def run() -> None:
        try:
            found.append(work())
        except BaseException as error:
            found.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return found[0]


QUERIES = ("SELECT ?s { ?s a wco:Region } ORDER BY ?s", "CONSTRUCT WHERE { ?s a wco:Region }", "ASK {}")


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
def test_an_answer_may_be_read_in_another_thread(kg: wcograph.KnowledgeGraph, query: str) -> None:
    rows = sorted(kg.sparql(query).rows(), key=str)
    answer = kg.sparql(query)
    assert sorted(_elsewhere(answer.rows), key=str) == rows  # type: ignore[call-overload]
    answer = _elsewhere(lambda: kg.sparql(query))  # type: ignore[assignment]
    assert sorted(answer.rows(), key=str) == rows
    assert len(asyncio.run(asyncio.to_thread(kg.sparql, query)).rows()) == len(rows)
    unread = [kg.sparql(query)]
    _elsewhere(unread.clear)
    kg.sparql("ASK {}")


def test_an_answer_that_is_read_in_two_threads_is_refused(kg: wcograph.KnowledgeGraph) -> None:
    rows = iter(kg.sparql(QUERIES[0]))
    next(rows)
    error = _elsewhere(lambda: list(rows))
    assert isinstance(error, UsageError) and "two threads" in str(error)


def test_why_is_right_from_several_threads(own_cache: Path) -> None:
    kg = wcograph.load()
    answers: list[bool] = []

    def ask() -> None:
        for code in ("TUR", "FRA", "PLW", "JPN"):
            answers.append(bool(kg.why(f"wcoid:polity-{code}", "a", "wco:Polity")))
            answers.append(not kg.why(f"wcoid:polity-{code}", "a", "org:Post"))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [True] * 48


def test_a_view_in_rdflib_may_be_read_in_another_thread(kg: wcograph.KnowledgeGraph) -> None:
    view = kg.rdflib
    result = view.query(QUERIES[0])
    assert len(_elsewhere(lambda: list(result))) == 6  # type: ignore[arg-type]
    triples = view.triples((None, None, None))
    next(triples)
    assert _elsewhere(lambda: len(list(triples))) == len(view) - 1


# ------------------------------------------------------------------------------------------------ hostile files


def _entities(levels: int, start: str = "a" * 40) -> str:
    names = "abcdefghijklmnop"
    declared = f'<!ENTITY a "{start}">' + "".join(
        f'<!ENTITY {names[n]} "{f"&{names[n - 1]};" * 10}">' for n in range(1, levels)
    )
    return f"""<?xml version="1.0"?><!DOCTYPE x [{declared}]>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/">
<rdf:Description rdf:about="http://e/a"><e:p>&{names[levels - 1]};</e:p></rdf:Description></rdf:RDF>"""


DEEP = 10_000
RDF = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/">'
TERMS = "<<( <e:a> <e:p> " * 100_000 + "<e:o>" + " )>>" * 100_000 + " ."
HOSTILE = {
    "entities.rdf": _entities(9),
    "large-entity.rdf": _entities(2, "a" * 60_000).replace("<e:p>", "<e:p>" + "&b;" * 3000),
    "late.rdf": _entities(9).replace("<!DOCTYPE", f"<!--{'x' * 3000}--><!DOCTYPE"),
    "external.rdf": _entities(1)
    .replace('ENTITY a "', 'ENTITY q SYSTEM "file:///etc/passwd"><!ENTITY a "')
    .replace("&a;", "&q;"),
    "parameter.rdf": _entities(1)
    .replace("<!ENTITY a", '<!ENTITY % q SYSTEM "x">%q;<!ENTITY a')
    .replace("&a;", "&z;"),
    "unknown.rdf": f'<?xml version="1.0" encoding="x-no-such"?>{RDF}</rdf:RDF>',
    "punycode.rdf": '<?xml version="1.0" encoding="punycode"?>' + "a" * 100_000,
    "zip.rdf": f'<?xml version="1.0" encoding="zip"?>{RDF}</rdf:RDF>',
    "nested.rdf": RDF + "<rdf:Description><e:p>" * DEEP + "</e:p></rdf:Description>" * DEEP + "</rdf:RDF>",
    "nested.jsonld": "[" * DEEP + "]" * DEEP,
    "nested.nt": f"<e:a> <e:p> {TERMS}",
    "hidden.ttl": f"<e:a> <e:p> '\"', {TERMS}",
}


@pytest.mark.quick(6)
@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize(
    "call", ["export --data {} -f nt", "diff {} {}", "infer {}", "sparql ASK{{}} --only-data --data {}"]
)
def test_a_hostile_file_is_one_line(tmp_path: Path, name: str, call: str) -> None:
    (tmp_path / name).write_text(HOSTILE[name])
    done = _wcograph(*call.format(tmp_path / name, tmp_path / name).split())
    assert done.returncode == 3, done.stderr[:400]
    assert done.stderr.startswith(f"wcograph: {tmp_path / name}") and done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("encoding", "codec"),
    [("UTF-8", "utf-8"), ("ISO-8859-1", "latin-1"), ("UTF-16", "utf-16"), ("windows-1252", "cp1252")],
)
def test_xml_keeps_what_it_says_without_its_document_type(encoding: str, codec: str) -> None:
    text = f"""<?xml version="1.0" encoding="{encoding}"?>
<!DOCTYPE rdf:RDF [<!ENTITY ex 'http://e/'><!ENTITY exa "&ex;a"><!ATTLIST e:p xml:lang CDATA "fr">]>
{RDF}<rdf:Description rdf:about="&exa;"><e:p>été &amp; <![CDATA[<&ex;>]]></e:p></rdf:Description></rdf:RDF>"""
    data = safe(text.encode(codec), ox.RdfFormat.RDF_XML, "a.rdf")
    triples = [str(quad.triple) for quad in ox.parse(data, ox.RdfFormat.RDF_XML)]
    assert triples == ['<http://e/a> <http://e/p> "été & <&ex;>"@fr']


@pytest.mark.parametrize("name", ["pipe", "zero"])
@pytest.mark.parametrize(
    ("call", "ending"),
    [
        *(
            ("sparql -q {}", "rq"),
            ("query {}", "rq"),
            ("query --queries {}", "rq"),
            ("export --query {}", "rq"),
        ),
        *(
            ("export --data {}", "ttl"),
            ("export --frame {} -f jsonld", "json"),
            ("export --verify {}", "json"),
        ),
        *(("diff {} {}", "ttl"), ("fmt {}", "ttl"), ("why a b c --data {}", "ttl")),
        *(("sparql ASK{{}} --data {}", "ttl"), ("query non-parties --convention @{}", "txt")),
        ("completion words -- query {} --x", "rq"),
    ],
)
def test_no_pipe_is_waited_for_and_no_device_read(tmp_path: Path, name: str, call: str, ending: str) -> None:
    path = tmp_path / f"x.{ending}"
    if name == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero")
    done = _wcograph(*call.format(path, path).split())
    assert done.returncode in (2, 3) and done.stderr.count("\n") == 1, done.stderr


def test_a_file_that_another_thread_is_making_is_left_neither(tmp_path: Path) -> None:
    code = """
import os, threading, time
from wcograph.toolbox import output

made = os.open

def slowly(*args):
    time.sleep(0.3)
    return made(*args)

os.open = slowly
writer = output.open_output("a.ttl")
threading.Thread(target=writer.__enter__).start()
time.sleep(0.1)
output.discard()
time.sleep(0.4)
os._exit(0)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert (done.stderr, os.listdir(tmp_path)) == ("", [])


@pytest.mark.quick(1)
@pytest.mark.parametrize(
    ("call", "limit"), [("export --data {} -f nt", "1"), ("diff {} {}", "1"), ("fmt {}", "0.001")]
)
def test_every_command_has_a_limit_of_time_and_leaves_nothing(tmp_path: Path, call: str, limit: str) -> None:
    path, other = tmp_path / "a.ttl", tmp_path / "b.ttl"
    path.write_text(ALIKE)
    other.write_text(ALIKE)
    done = _wcograph(*call.format(path, other).split(), "--timeout", limit)
    assert done.stderr == f"wcograph: stopped after {limit} s (--timeout); ask for less, or allow more time\n"
    assert done.returncode == 4
    assert sorted(os.listdir(tmp_path)) == ["a.ttl", "b.ttl"]
    assert path.read_text() == ALIKE


# ----------------------------------------------------------------------------------------------- hostile output

HOSTILE_TEXT = (
    "x\n::stop-commands::t\n\x1b]0;title\x07\x85\u202e\u2066\U000e0041\u200b\u00ad\ufeff##[error]\r"
)


@given(st.text(st.characters(), max_size=30))
def test_what_is_visible_has_nothing_that_acts_and_stands_in_xml(text: str) -> None:
    from xml.etree import ElementTree

    shown = visible(text)
    assert not any(c < " " or "\x7f" <= c < "\xa0" or "\u202a" <= c <= "\u202e" for c in shown)
    ElementTree.fromstring(f"<a>{shown.replace('&', '').replace('<', '')}</a>")
    assert visible(shown) == shown


def test_joiners_stay_where_a_script_uses_them() -> None:
    for text in (
        "\u0645\u06cc\u200c\u062e",
        "\u0915\u094d\u200d\u0937",
        "\U0001f468\u200d\U0001f469",
        "\u2764\ufe0f",
    ):
        assert visible(text) == text
    assert visible("a\u200db\u200c") == "a\\u200db\\u200c"
    assert log_text("a\n ::x\n##[y]") == "a\n \\x3a:x\n#\\x23[y]"


@pytest.mark.quick
@pytest.mark.parametrize("text", [HOSTILE_TEXT * 1000, "x" * 10**6, "\n" * 10**6])
def test_every_message_is_one_short_line(text: str) -> None:
    assert len(one_line(text)) <= 300 and one_line(text).isprintable()


def _is_harmless(text: str) -> bool:
    lines = text.split("\n")
    return all(
        line.isprintable() and not line.lstrip().startswith("::") and "##[" not in line for line in lines
    )


@pytest.mark.quick(1)
@pytest.mark.parametrize(
    "call",
    [
        *(
            "sparql SELECT*{{?s?p?o}} --only-data --data {0}",
            "sparql SELECT?o{{?s?p?o}} --only-data --data {0}",
        ),
        *(
            "sparql SELECT*{{?s?p?o}} --only-data --data {0} -f markdown",
            "diff {0} {1}",
            "diff {0} {1} -f markdown",
        ),
        *(
            "why http://e/a http://e/p x --data {0}",
            "fmt --check {1}",
            "query {2} --help",
            "query --queries {2}",
        ),
        *("query {2} --x y --explain", "export --data {1}.none"),
    ],
)
def test_no_value_title_or_name_acts_on_a_terminal_or_a_log(tmp_path: Path, call: str) -> None:
    values = f"{ox.Literal(HOSTILE_TEXT)}, '::add-mask::x', 'x'"
    (tmp_path / "a.ttl").write_text(f"<http://e/a> <http://e/p> {values} .\n", newline="")
    name = tmp_path / "::error::\x1b[1m\u202e.ttl"
    name.write_text("<http://e/a>   <http://e/p> 1 .")
    title = json.dumps(HOSTILE_TEXT)
    header = f"#+ title: {title}\n#+ description: {title}\n#+ parameters: {{x: {{type: text, description: {title}}}}}\n"
    (tmp_path / "q.rq").write_text(header + BODY)
    words = [word.format(tmp_path / "a.ttl", name.name, tmp_path / "q.rq") for word in call.split()]
    done = _wcograph(*words, cwd=tmp_path)
    assert done.returncode != 70
    assert _is_harmless(done.stdout), done.stdout
    assert _is_harmless(done.stderr), done.stderr


@pytest.mark.parametrize("format", ["csv", "tsv", "table", "json"])
def test_a_terminal_is_sent_nothing_that_it_acts_on_in_any_format(tmp_path: Path, format: str) -> None:
    pty = pytest.importorskip("pty")
    path = tmp_path / "a.nt"
    path.write_text(f"<http://e/a> <http://e/p> {ox.Literal(HOSTILE_TEXT)} .\n", newline="")
    ours, theirs = pty.openpty()
    call = ("sparql", "SELECT ?o { ?s ?p ?o }", "--only-data", "--data", str(path), "-f", format)
    subprocess.run([*SCRIPT, *call], stdout=theirs, check=True)
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(ours, 4096):
            shown += part
    except OSError:  # Linux, at the end
        pass
    os.close(ours)
    assert b"title" in shown
    assert not set(shown.decode()) & set("\x1b\x07\x85\u202e\u2066\U000e0041")


# ------------------------------------------------------------------------------------- no fault that is not ours


@pytest.mark.parametrize("call", CALLS)
def test_a_removed_directory_is_no_fault_of_ours(tmp_path: Path, call: str) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    code = f"import os; os.chdir({str(gone)!r}); os.rmdir({str(gone)!r}); {SCRIPT[-1]}"
    words = [*SCRIPT[:-1], code, *call.split()]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120)
    assert done.returncode in (0, 1, 2, 3, 4), done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", [[], ["wcograph query", "x", " "], ["a"], ["a", "5"], ["a", "99", "", "b"]])
def test_a_shell_that_asks_in_another_way_is_told(words: list[str]) -> None:
    assert main(["completion", "line", "--", *words]) in (0, 2)


WRONG: list[tuple[str, Callable[[wcograph.KnowledgeGraph], object]]] = [
    ("name", lambda kg: kg.query(5)),  # type: ignore[arg-type]
    ("limit", lambda kg: kg.query("members", limit="x")),  # type: ignore[arg-type]
    ("limit", lambda kg: kg.query("members", limit=-1)),
    ("timeout", lambda kg: kg.query("members", timeout="x")),  # type: ignore[arg-type]
    ("timeout", lambda kg: kg.query("members", timeout=float("nan"))),
    ("--region", lambda kg: kg.query("members", region=object())),  # type: ignore[arg-type]
    ("--region", lambda kg: kg.query("members", region=b"europe")),  # type: ignore[arg-type]
    ("--year", lambda kg: kg.query("themes", year=10**5000)),
    ("query", lambda kg: kg.sparql(5)),  # type: ignore[arg-type]
    ("query", lambda kg: kg.sparql("ASK {} # \ud800")),
    ("subject", lambda kg: kg.why(1, "a", "b")),  # type: ignore[arg-type]
    ("path", lambda kg: kg.export(5.5)),  # type: ignore[arg-type]
    ("format", lambda kg: kg.export("x.ttl", format=5)),  # type: ignore[arg-type]
    ("roles", lambda kg: kg.quads(5)),  # type: ignore[arg-type]
    ("roles", lambda kg: kg.quads("data")),
    ("files", lambda kg: kg.validate(5)),  # type: ignore[arg-type]
    ("data", lambda kg: wcograph.load(data=5)),  # type: ignore[arg-type]
    ("queries", lambda kg: wcograph.load(queries=[None])),  # type: ignore[list-item]
    ("folder", lambda kg: wcograph.load("a\0b")),
]


@pytest.mark.parametrize(("named", "call"), WRONG)
def test_a_wrong_argument_is_named(
    kg: wcograph.KnowledgeGraph, named: str, call: Callable[[wcograph.KnowledgeGraph], object]
) -> None:
    with pytest.raises(UsageError, match=named):
        call(kg)


@pytest.mark.parametrize("parameter", ["unknown=x", "limit=3", "timeout=1", "sources=1", "self=x"])
@pytest.mark.parametrize("query", ["describe", "bounds"])
def test_an_unknown_parameter_of_an_export_is_refused(
    capfd: pytest.CaptureFixture[str], query: str, parameter: str
) -> None:
    assert main(["export", "--query", query, "--param", parameter]) == 2
    assert "parameter" in capfd.readouterr().err


def test_after_a_kill_two_files_of_a_difference_belong_together(tmp_path: Path) -> None:
    code = """
import os, sys
from wcograph.cli import main
replace, left = os.replace, int(sys.argv[1])
def counted(*names):
    global left
    if left == 0:
        os._exit(9)
    left -= 1
    replace(*names)
os.replace = counted
main(["diff", "-f", "nq", "-o", "x.nq", *sys.argv[2:]])
"""
    for number in range(3):
        (tmp_path / f"{number}.nt").write_text(f"<http://e/a> <http://e/p> '{number}' .\n".replace("'", '"'))
    outputs = [tmp_path / "x.removed.nq", tmp_path / "x.added.nq"]
    for kills in (0, 1):
        subprocess.run([sys.executable, "-c", code, "9", "0.nt", "1.nt"], cwd=tmp_path)
        assert ['"0"' in outputs[0].read_text(), '"1"' in outputs[1].read_text()] == [True, True]
        subprocess.run([sys.executable, "-c", code, str(kills), "1.nt", "2.nt"], cwd=tmp_path)
        assert not all(path.exists() for path in outputs)
