"""The server for assistants: seven tools that say what they know, bounded in words, time and memory, whatever they get."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest

import wcograph
from wcograph.cli import main
from wcograph.toolbox.errors import LimitError
from wcograph.toolbox.processes import Worker

pytest.importorskip("mcp", reason="the extra mcp is not installed")

from jsonschema import Draft202012Validator
from mcp import Client
from mcp.shared.exceptions import MCPError

from wcograph.agents import tools
from wcograph.agents.fitted import tokens
from wcograph.agents.server import INSTRUCTIONS, server
from wcograph.agents.worker import Workers

TOOLS = ["find", "ask", "describe", "why", "schema", "sparql", "validate"]
SHAPES = "<https://e.org/s> a sh:NodeShape ; sh:targetClass wco:Region ; sh:property [ sh:path wco:code ; sh:minCount 1 ] ."
HKG_CCC = {"member": "HKG", "convention": "CCC"}
KOREAS = {"member": "South Korea", "other": "Japan", "as_of": "1950-01-01"}
HEAVY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?c != ?f && ?f != ?i) }"
needs_proc = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")


@pytest.fixture(scope="module")
def without_import(kg: wcograph.KnowledgeGraph, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A server over the graph, for a user who has imported nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WCOGRAPH_DATA_DIR", str(tmp_path_factory.mktemp("nothing")))
        yield server(kg)


def _in_client(made: Any, work: Callable[[Client], Any]) -> Any:
    async def run() -> Any:
        async with Client(made) as client:
            return await work(client)

    return anyio.run(run)


def _calls(made: Any, calls: list[tuple[str, dict[str, Any]]]) -> list[Any]:
    async def work(client: Client) -> list[Any]:
        return [await client.call_tool(tool, arguments) for tool, arguments in calls]

    found: list[Any] = _in_client(made, work)
    return found


@pytest.fixture(scope="module")
def call(without_import: Any) -> Callable[..., dict[str, Any]]:
    """A function that calls a tool and returns what it answers; it raises RuntimeError for an error."""

    def one(tool: str, **arguments: Any) -> dict[str, Any]:
        (found,) = _calls(without_import, [(tool, arguments)])
        if found.is_error:
            raise RuntimeError(found.content[0].text)
        assert json.loads(found.content[0].text) == found.structured_content
        return found.structured_content or {}

    return one


# ---------------------------------------------------------------------------------------- what a model reads


@pytest.mark.quick
def test_seven_tools_in_few_words(without_import: Any) -> None:
    listed = _in_client(without_import, lambda client: client.list_tools()).tools
    assert [tool.name for tool in listed] == TOOLS
    written = [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in listed]
    assert sum(map(tokens, written)) + tokens(INSTRUCTIONS) <= 2_700
    assert sum(map(tokens, written)) <= 2_500
    for tool in listed:
        assert tool.annotations.read_only_hint and tool.annotations.idempotent_hint
        assert tool.annotations.open_world_hint is False
        assert {"status", "completeness", "as_of", "version"} <= tool.output_schema["properties"].keys()
        Draft202012Validator.check_schema(tool.output_schema)
        Draft202012Validator.check_schema(tool.input_schema)
        first = next(iter(tool.input_schema["properties"].values()))
        assert "e.g." in first["description"]
    for status in ("answered", "yes", "no", "incomplete", "not known", "unclear"):
        assert status in INSTRUCTIONS


def test_each_stored_question_keeps_to_its_tokens_and_cites_its_sources(
    without_import: Any, kg: wcograph.KnowledgeGraph
) -> None:
    asked = [
        (query, {p.option: p.example for p in query.parameters if p.option != "lang" and not p.optional})
        for query in kg.queries
    ]
    asked += [
        (query, {p.option: p.example for p in query.parameters if p.example})
        for query in kg.queries
        if any(p.optional and p.option != "lang" for p in query.parameters)
    ]
    found = _calls(
        without_import,
        [("ask", {"question": query.name, "parameters": given}) for query, given in asked],
    )
    for (query, given), reply in zip(asked, found, strict=True):
        if query.needs:
            assert reply.is_error and "import" in reply.content[0].text, query.name
            continue
        assert not reply.is_error, (query.name, given, reply.content)
        answer = reply.structured_content
        assert tokens(answer) <= 1_600, (query.name, given)
        if answer["total"]:
            at = [*answer.get("columns", ()), *answer.get("shared", ())]
            says_why = any(remark.startswith("no sources: ") for remark in answer.get("remarks", ()))
            assert "Sources" in at or says_why, (query.name, given)
        else:
            assert answer["status"] in ("no", "not known", "incomplete")


def test_pages_have_every_row_once(call: Callable[..., dict[str, Any]]) -> None:
    rows: list[list[str]] = []
    cursor: str | None = None
    while True:
        answer = call("ask", question="contracting-parties", parameters={"convention": "ATA"}, cursor=cursor)
        assert tokens(answer) <= 1_600
        rows += answer["rows"]
        assert {
            number for row in answer["rows"] for number in row[-1].partition(" ")[0].split(",")
        } <= answer["notes"].keys()
        cursor = answer.get("next")
        if cursor is None:
            break
    whole = call("ask", question="contracting-parties", parameters={"convention": "ATA"}, limit=500)
    assert len(rows) == answer["total"] == len(whole["rows"]) > 50
    assert [row[:2] for row in rows] == [row[:2] for row in whole["rows"]]
    assert not any("…" in text for text in whole["notes"].values())


# ---------------------------------------------------------------------------------------- what they know


@pytest.mark.quick(6)
@pytest.mark.parametrize(
    ("tool", "arguments", "status", "told"),
    [
        ("why", {"subject": "Japan", "predicate": "is party to", "object": "ATA"}, "yes", "JPN-accession"),
        ("why", {"subject": "Japan", "predicate": "is party to", "object": "Istanbul"}, "incomplete", "2024-09-18"),
        ("why", {"subject": "HKG", "predicate": "is party to", "object": "CCC Convention"}, "no", "full list"),
        ("why", {"subject": "Taiwan", "predicate": "is a", "object": "Member"}, "no", "2025-09-17"),
        ("why", {"subject": "Fiji", "predicate": "wco:foundingDate", "object": '"1970"'}, "not known", "does not"),
        ("ask", {"question": "is Japan party to Istanbul"}, "incomplete", "partial list"),
        ("ask", {"question": "Was Fiji a Member in 1990?"}, "no", "1990-12-31"),
        ("ask", {"question": "who-joined", "parameters": {"since": "2026-01-01"}}, "incomplete", "2026-01-01"),
        ("ask", {"question": "bound-by", "parameters": {"member": "Nauru"}}, "incomplete", "19 lists, 2 of them full"),
        ("ask", {"question": "treaty-actions", "parameters": {**HKG_CCC, "kind": "signature"}}, "not known", "not party"),
        ("ask", {"question": "shared-conventions", "parameters": KOREAS}, "incomplete", "without as-of there are"),
        ("ask", {"question": "quel est le budget de l'OMD ?"}, "not known", "read: "),
        ("ask", {"question": "what do giraffes eat"}, "not known", "giraffes"),
        ("ask", {"question": "Is Brazil party to more conventions than Argentina?"}, "unclear", "candidates"),
        ("ask", {"question": "What does HS code 0101.21 cover?"}, "not known", "wcograph import hs"),
        ("describe", {"entity": "wcoid:question-budget"}, "not known", "neither"),
        ("sparql", {"query": "ASK { wcoid:polity-FJI a wco:Member }"}, "yes", "the graph says so"),
        ("sparql", {"query": "ASK { wcoid:polity-TWN a wco:Member }"}, "not known", "does not make it false"),
        ("sparql", {"query": "SELECT * { ?s a wco:Membr }"}, "not known", "near: wco:Member"),
        ("find", {"text": "Cote Dvoire"}, "not known", "Côte d'Ivoire (CIV)"),
        ("find", {"text": "contracting-parties"}, "answered", "the day by which it had become a party"),
        ("find", {}, "answered", "harmonized-system"),
        ("schema", {"term": "isPartyTo"}, "answered", "wco:Convention"),
        ("schema", {}, "answered", "wco:RegionalOffice"),
        ("validate", {"data": "<https://e.org/r> a wco:Region ."}, "findings", "data.ttl:1:1"),
        ("validate", {"data": "<a> a <b> .", "shapes": SHAPES}, "conforms", "nothing was checked"),
        ("validate", {"data": "<a> a wco:Region .", "shapes": SHAPES}, "findings", "Add the missing value"),
    ],
)  # fmt: skip
def test_no_and_not_known_and_incomplete_are_three_things(
    call: Callable[..., dict[str, Any]], tool: str, arguments: dict[str, Any], status: str, told: str
) -> None:
    answer = call(tool, **arguments)
    assert answer["status"] == status
    assert told in json.dumps(answer, ensure_ascii=False)
    assert answer["completeness"] and answer["as_of"] and answer["version"]
    assert tokens(answer) <= 1_600


@pytest.mark.quick
@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        ("ask", {"question": "contracting-partys"}, "did you mean contracting-parties"),
        ("ask", {"question": "members", "parameters": {"region": "eurpe"}}, "asia-pacific"),
        ("ask", {"question": "members", "params": {}}, "did you mean parameters?"),
        ("ask", {"question": "members", "parameters": {"limit": 3}}, "(parameters: region, area"),
        ("ask", {"question": "contracting-parties"}, "needs convention: A convention"),
        ("ask", {"question": "members", "cursor": "x"}, "take it from 'next'"),
        (
            "ask",
            {"question": "members", "limit": 0},
            "ask: limit: Input should be greater than or equal to 1",
        ),
        ("describe", {"entity": "Fijji"}, "did you mean Fiji (FJI)?"),
        ("schema", {"term": "Membr"}, "did you mean"),
        ("sparql", {"query": "SELECT ?x { ?x a wco:Region"}, "query:1:28: "),
        ("validate", {"data": "\n  <a> a"}, "data.ttl:2:"),
        ("nothing", {}, "there is no tool 'nothing' (tools: find, ask"),
    ],
)
def test_an_error_says_what_to_do(
    call: Callable[..., dict[str, Any]], tool: str, arguments: dict[str, Any], told: str
) -> None:
    with pytest.raises(RuntimeError) as error:
        call(tool, **arguments)
    assert told in str(error.value)
    assert "--" not in str(error.value)


def test_without_rows_it_says_which_value_leaves_none(call: Callable[..., dict[str, Any]]) -> None:
    given = {"office": "wcoid:rtc-fiji", "kind": "rilo"}
    answer = call("ask", question="office-hosts", parameters=given)
    assert answer["remarks"][0].startswith("without office there are ")
    assert answer["remarks"][1] == "without kind there is 1 row"


def test_the_resources(without_import: Any, kg: wcograph.KnowledgeGraph) -> None:
    async def work(client: Client) -> Any:
        listed = [str(one.uri) for one in (await client.list_resources()).resources]
        texts = {
            name: (await client.read_resource(f"wcograph://{name}")).contents[0].text
            for name in ("ontology", "query/members", "entity/FJI")
        }
        refused = []
        for name in (
            "query/nothing",
            "entity/..%2F..%2Fetc%2Fpasswd",
            "query/../ontology/wco.ttl",
            "entity/%00",
        ):
            try:
                await client.read_resource(f"wcograph://{name}")
            except MCPError as error:
                refused.append(str(error))
        return listed, texts, refused

    listed, texts, refused = _in_client(without_import, work)
    assert listed == ["wcograph://ontology", *(f"wcograph://query/{query.name}" for query in kg.queries)]
    assert "wco:Region" in texts["ontology"] and texts["query/members"].startswith("#+ title: Members")
    assert "wcoid:polity-FJI" in texts["entity/FJI"]
    assert len(refused) == 4 and not any(kg.folder in one or "passwd:" in one for one in refused)


# ---------------------------------------------------------------------------------------- hostile arguments

_TEXTS = [
    *("\0", "a\0b", "\x1b[31m", "\ud800", "a\udfff", "x" * 1_000_000, "é" * 600, "\x7f" * 501, "\x08"),
]
_NAMES = [
    *(
        "../../etc/passwd",
        "/etc/passwd",
        "file:///etc/passwd",
        "wcoid:../../x",
        "<../../x>",
        "..\\..\\x",
        "%2e%2e/x",
    ),
    *(
        "'; DROP ALL; --",
        '" } INSERT DATA { <a> <b> <c> } #',
        "?x",
        "$x",
        "_:b0",
        "<>",
        "{}",
        "{{7*7}}",
        "${HOME}",
    ),
    *(
        "__import__('os')",
        "None",
        "nan",
        "1e400",
        "\u202eFiji",
        "Fiji\u200b\u200bx",
        "a" * 499,
        "zz zz " * 60,
    ),
    *("wcoid:", "nope:x", "http://", "http://[", "http://e/ x", "javascript:alert(1)"),
]
_SPARQL = [
    *("", " ", "#", "SELECT", "SELECT *", "nonsense", "{", "SELECT * { ?s ?p", "SELECT * { 'a }", "ASK { ?s ?p \x00 }"),
    *("INSERT DATA { <a:a> <a:b> <a:c> }", "DELETE WHERE { ?s ?p ?o }", "CLEAR ALL", "DROP ALL", "CREATE GRAPH <a:a>"),
    *("LOAD <file:///etc/passwd>", "LOAD <http://127.0.0.1/> INTO GRAPH <a:a>", "COPY DEFAULT TO <a:a>"),
    *("WITH <a:a> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }", "SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }"),
    *("SELECT * { SERVICE SILENT <file:///etc/passwd> { ?s ?p ?o } }", "SELECT * { SERVICE ?e { ?s ?p ?o } }"),
    *("SELECT * { \\u0053ERVICE <http://e/> { ?s ?p ?o } }", "PREFIX a: <http://e/> SELECT * { SERVICE a:b { ?s ?p ?o } }"),
    *("SELECT (<urn:f>(?s) AS ?x) { ?s ?p ?o }", "SELECT ?x ?x ?x { } GROUP BY", "SELECT (?s AS ?s) { ?s ?p ?o }"),
    *("SELECT * { " + "{" * 5_000 + "}" * 5_000 + " }", "SELECT * { " + "OPTIONAL { ?s ?p ?o } " * 6_000 + "}"),
    *("SELECT * { ?s ?p ?o FILTER(" + "!" * 20_000 + "true) }", "ASK {}" + " " * 300_000),
    *("ASK { " + "?s ?p ?o . " * 20_000 + "}", "SELECT ?\ud800 {}"),
    *("SELECT ?s { ?s " + "(" * 3_000 + "a" + ")" * 3_000 + " ?o }", "DESCRIBE", "BASE <x> SELECT * { <y"),
]  # fmt: skip
_DOUBLING = " ".join(f"BIND(CONCAT(?a{n}, ?a{n}) AS ?a{n + 1})" for n in range(40))
_BOUNDED = [HEAVY, f'SELECT (STRLEN(?a40) AS ?n) {{ BIND("abcdefgh" AS ?a0) {_DOUBLING} }}']
_TURTLE = [
    *("", " \n", "<a> <b>", "<a> <b> 'x", "@prefix : <x", "a b c .", "<a> a wco:Region ; .. .", "[" * 5_000, "\0"),
    *("<a b> <c> <d> .", "<a> <b> 'x'@e- .", "<\\u0000> <b> <c> ."),
    *("<a> <b> << <c> <d> .", "nope:a a nope:B .", "# " + "x" * 300_000, "<a> <b> \"\\ud800\" ."),
    *("{ <a> <b> <c> }", "\ufeff\ufeff", "@base <"),
]  # fmt: skip
_SHAPES = [
    *(
        "<s> a sh:NodeShape .",
        "<s> a",
        "<s> a sh:NodeShape ; sh:targetClass wco:Region ; sh:pattern 3 .",
        "x",
    ),
    "<s> a sh:NodeShape ; sh:targetNode <a> ; sh:sparql [ sh:select '''SELECT $this { SERVICE <e:e> { ?s ?p ?o } }''' ] .",
    "<s> a sh:NodeShape ; sh:targetNode <a> ; sh:sparql [ sh:select '''DROP ALL''' ] .",
    "<s> a sh:NodeShape ; owl:imports <file:///etc/passwd> .",
]
_LEAKS = ("/tmp/", "site-packages", "Traceback", "root:", "internal error")
_WRONG: list[Any] = [1, 1.5, [], ["a"], {}, {"a": 1}]
_DEEP: Any = "x"
for _ in range(100):
    _DEEP = {"a": _DEEP}

HOSTILE: list[tuple[str, dict[str, Any]]] = [
    *(("find", {"text": one}) for one in (*_TEXTS, *_WRONG)),
    *(("find", {"text": "a", "limit": one}) for one in (0, -1, 501, 10**30, "x", 1.5, [1], {})),
    *(("ask", {"question": one}) for one in (*_TEXTS[:6], *_WRONG)),
    *(("ask", {"question": "describe", "parameters": {"entity": one}}) for one in (*_TEXTS, *_NAMES)),
    *(("ask", {"question": "members", "parameters": one}) for one in (1, "x", ["x"], {"x": 1}, {"region": {}})),
    *(("ask", {"question": "members", "parameters": one}) for one in ({"as-of": "2020-13-45"}, {"as-of": "x"})),
    *(("ask", {"question": "members", "parameters": one}) for one in ({"region": [[]]}, {"": ""}, {"a\0": "b"})),
    *(("ask", {"question": "members", "parameters": one}) for one in (_DEEP, {"region": ["x"] * 500}, {"__class__": "x"})),
    *(("ask", {"question": "members", "cursor": one}) for one in ("-1", "9999999", "1e3", "٣", " 1", "../x", 5, [])),
    *(("ask", {"question": f"{one}-x"}) for one in ("members", "a", "contracting-parties")),
    *(("describe", {"entity": one}) for one in (*_TEXTS, *_NAMES, *_WRONG, "")),
    *(("describe", {"entity": "Fiji", "lang": one}) for one in ("xx", "", "en;", 1, "\0")),
    *(("why", {"subject": one, "predicate": "is a", "object": "Member"}) for one in (*_TEXTS[:6], *_NAMES[:5], "", 1, [])),
    *(("why", {"subject": "Fiji", "predicate": one, "object": "Member"}) for one in ("", "nope", "\0", "nope:x", 1)),
    *(("why", {"subject": "Fiji", "predicate": "is a", "object": one}) for one in ("", "nope", '"', "'x'^^<", "\0", {})),
    *(("why", one) for one in ({}, {"subject": "Fiji"}, {"subject": "Fiji", "predicate": "a", "object": "b", "more": 1})),
    *(("schema", {"term": one}) for one in (*_TEXTS, *_NAMES[:14], 1, [])),
    *(("sparql", {"query": one}) for one in (*_SPARQL, *_TEXTS, *_WRONG)),
    *(("sparql", {"query": one}) for one in _BOUNDED),
    *(("validate", {"data": one}) for one in (*_TURTLE, *_TEXTS[:7], *_WRONG)),
    *(("validate", {"data": "<a> a wco:Region .", "shapes": one}) for one in _SHAPES),
    *(("nothing", {}), ("__init__", {}), ("../ask", {"question": "members"}), ("", {})),
]  # fmt: skip


def test_hostile_arguments_get_one_line(
    without_import: Any, kg: wcograph.KnowledgeGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(tools.SECONDS, "sparql", 2.0)
    assert len(HOSTILE) >= 200
    began = time.monotonic()
    taken: list[float] = []

    async def work(client: Client) -> list[str]:
        wrong = []
        for tool, arguments in HOSTILE:
            start = time.monotonic()
            reply = await client.call_tool(tool, arguments)
            taken.append(time.monotonic() - start)
            text = reply.content[0].text
            said = f"{tool} {str(arguments)[:120]!r}: {text[:200]!r}"
            if not reply.is_error or "\n" in text or not text or len(text) > 1_000:
                wrong.append(said)
            if any(leak in text for leak in (kg.folder, os.path.expanduser("~") + "/", *_LEAKS)):
                wrong.append(f"leaks: {said}")
        return wrong

    assert _in_client(without_import, work) == []
    assert max(taken) < 30
    assert time.monotonic() - began < 120


def test_what_looks_hostile_and_is_not_gets_an_honest_answer(call: Callable[..., dict[str, Any]]) -> None:
    nothing = call("sparql", query="SELECT * FROM <file:///etc/passwd> { ?s ?p ?o }")
    assert nothing["status"] == "not known" and "root:" not in json.dumps(nothing)
    assert call("find", text="DROP ALL zzqx")["status"] == "not known"
    shapes = f"{SHAPES} <s> owl:imports <file:///etc/passwd> ."
    told = call("validate", data="<a> a wco:Region ; owl:imports <file:///etc/passwd> .", shapes=shapes)
    assert told["status"] == "findings" and "root:" not in json.dumps(told)
    nested = "<a> a wco:Region ; <b> " + "( " * 400 + "<c> " + ") " * 400 + "."
    assert call("validate", data=nested, shapes=shapes)["total"] == 1


# ---------------------------------------------------------------------------------------- bounds


@pytest.mark.quick
def test_a_worker_that_takes_too_long_ends() -> None:
    worker = Worker("import time\nwhile True: time.sleep(float(read())); write(b'done')")
    assert worker.ask(b"0", seconds=20) == b"done"
    with pytest.raises(LimitError, match=r"stopped after 0\.3 s"):
        worker.ask(b"60", seconds=0.3)
    with pytest.raises(LimitError, match="ended before it was done"):
        worker.ask(b"0", seconds=1)


def test_a_call_that_ends_its_worker_does_not_end_the_next(
    kg: wcograph.KnowledgeGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = Workers(kg, most=1)
    with pytest.raises(LimitError):
        pool.call("sparql", {"query": HEAVY}, 1.0, [])
    assert pool.call("find", {"text": "Fiji"}, 60.0, [])["things"][0]["id"] == "wcoid:polity-FJI"
    monkeypatch.setattr("wcograph.agents.worker._WAIT", 0.1)
    taken = pool._idle.get()
    with pytest.raises(LimitError, match="busy"):
        pool.call("find", {"text": "Fiji"}, 1.0, [])
    pool._idle.put(taken)
    pool.end()


def test_a_call_that_is_given_up_makes_room(
    kg: wcograph.KnowledgeGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(tools.SECONDS, "sparql", 100.0)

    async def work(client: Client) -> Any:
        with anyio.move_on_after(2):
            await client.call_tool("sparql", {"query": HEAVY})
        return await client.call_tool("find", {"text": "Fiji"})  # which waits for at most a minute

    assert not _in_client(server(kg, workers=1), work).is_error


@needs_proc
def test_memory_has_a_bound_and_the_environment_no_way_in(kg: wcograph.KnowledgeGraph) -> None:
    pool, held = Workers(kg, most=1), []  # type: ignore[var-annotated]
    pool.call("find", {"text": "Fiji"}, 60.0, held)
    supervisor = held[0]._process.pid
    children = Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text().split()
    limits = Path(f"/proc/{children[0]}/limits").read_text()
    (line,) = [one for one in limits.splitlines() if one.startswith("Max address space")]
    assert 2**30 < int(line.split()[3]) < 2**33
    pool.end()
    assert not Path(f"/proc/{children[0]}").exists() or "Z" in Path(f"/proc/{children[0]}/stat").read_text()


def test_no_tool_writes(
    without_import: Any, call: Callable[..., dict[str, Any]], own_cache: Path, kg: wcograph.KnowledgeGraph
) -> None:
    call("ask", question="which Members joined in the 1990s?")  # builds what the cache keeps

    def state() -> list[tuple[str, int, int]]:
        places = (
            own_cache,
            Path(kg.folder, "data"),
            Path(kg.folder, "ontology"),
            Path(kg.folder, "queries"),
            Path.cwd(),
        )
        files = [path for place in places[:-1] for path in place.rglob("*")] + list(places[-1].iterdir())
        return [
            (str(path), path.stat().st_mtime_ns, path.stat().st_size)
            for path in sorted(files)
            if path.is_file()
        ]

    before = state()
    for tool, arguments in (
        ("find", {"text": "laboratory"}),
        ("ask", {"question": "members"}),
        ("describe", {"entity": "Fiji"}),
        ("why", {"subject": "Fiji", "predicate": "is a", "object": "Member"}),
        ("schema", {"term": "wco:Region"}),
        ("sparql", {"query": "CONSTRUCT { ?s a wco:Region } { ?s a wco:Region }"}),
        ("validate", {"data": "<a> a wco:Region .", "shapes": SHAPES}),
    ):
        call(tool, **arguments)
    assert state() == before


# ---------------------------------------------------------------------------------------- a process of its own


class _Process:
    """``wcograph mcp`` as an assistant runs it, with a mark that its children have, too."""

    def __init__(self, *arguments: str) -> None:
        self.mark = f"WCOGRAPH_TEST_MARK={uuid.uuid4()}"
        name, _, value = self.mark.partition("=")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "wcograph", "mcp", *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, name: value},
        )  # fmt: skip
        self.ask(
            1,
            "initialize",
            protocolVersion="2025-06-18",
            capabilities={},
            clientInfo={"name": "t", "version": "1"},
        )
        self.write({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def write(self, message: object) -> None:
        assert self.process.stdin
        text = message if isinstance(message, bytes) else json.dumps(message).encode()
        self.process.stdin.write(text + b"\n")
        self.process.stdin.flush()

    def read(self) -> Any:
        assert self.process.stdout
        return json.loads(self.process.stdout.readline())

    def send(self, id: int, method: str, **params: Any) -> None:
        self.write({"jsonrpc": "2.0", "id": id, "method": method, "params": params})

    def ask(self, id: int, method: str, **params: Any) -> Any:
        self.send(id, method, **params)
        answer = self.read()
        assert answer["id"] == id
        return answer

    def alive(self) -> list[str]:
        """The processes that have the mark and still run."""
        found = []
        for place in Path("/proc").glob("[0-9]*"):
            try:
                if self.mark.encode() in (place / "environ").read_bytes():
                    found.append(place.name)
            except OSError:
                continue
        return found


def test_over_standard_input_and_output() -> None:
    served = _Process()
    called = served.ask(2, "tools/call", name="find", arguments={"text": "Fiji"})
    assert called["result"]["structuredContent"]["things"][0]["id"] == "wcoid:polity-FJI"
    served.write(
        b'{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"find","arguments":{"text":"\\ud800"}}}'
    )
    refused = served.read()
    assert (refused["id"], refused["error"]["code"]) == (3, -32700)
    served.write(b"nonsense")
    assert "not JSON-RPC" in served.read()["error"]["message"]
    wrong = served.ask(4, "tools/call", name="describe", arguments={"entity": "Fijji"})["result"]
    assert wrong["isError"] and "did you mean Fiji" in wrong["content"][0]["text"]
    output, errors = served.process.communicate(timeout=30)
    assert (served.process.returncode, output, errors) == (0, b"", b"")


@needs_proc
@pytest.mark.parametrize("how", ["closed", "killed"])
def test_a_client_that_is_gone_leaves_no_process(how: str) -> None:
    served = _Process()
    served.send(2, "tools/call", name="sparql", arguments={"query": HEAVY})
    for _ in range(300):
        time.sleep(0.1)
        if len(served.alive()) >= 3:  # the server, the supervisor and the work
            break
    time.sleep(1)
    assert len(served.alive()) >= 3
    if how == "closed":
        assert served.process.stdin
        served.process.stdin.close()
        assert served.process.wait(15) == 0
    else:
        served.process.send_signal(signal.SIGKILL)
        served.process.wait(15)
    for _ in range(50):
        if not served.alive():
            break
        time.sleep(0.1)
    assert served.alive() == []
    for stream in (served.process.stdout, served.process.stderr):
        if stream:
            stream.close()


def test_own_data_and_questions(tmp_path: Path) -> None:
    (tmp_path / "mine.ttl").write_text(
        "@prefix ex: <https://e.org/> . ex:a a ex:Thing ; <http://www.w3.org/2004/02/skos/core#prefLabel> 'Quux'@en .",
        "utf-8",
    )
    (tmp_path / "things.rq").write_text(
        "#+ title: Things\n#+ unsourced: it is a test\nSELECT ?name { ?thing a <https://e.org/Thing> ; "
        "<http://www.w3.org/2004/02/skos/core#prefLabel> ?name }",
        "utf-8",
    )
    kg = wcograph.load(
        data=[str(tmp_path / "mine.ttl")], only_data=True, queries=[str(tmp_path / "things.rq")]
    )
    calls = [
        ("ask", {"question": "things"}),
        ("schema", {}),
        ("describe", {"entity": "ex:a"}),
        ("sparql", {"query": "ASK { ?x a ex:Thing }"}),
        ("why", {"subject": "ex:a", "predicate": "a", "object": "ex:Thing"}),
    ]
    asked, classes, described, ex, proved = [reply.structured_content for reply in _calls(server(kg), calls)]
    assert asked["shared"] == {"Name": "Quux"}
    assert classes["status"] == "answered" and described["name"] == "Quux" and ex["status"] == "yes"
    assert "[mine.ttl:1:" in proved["proof"] and str(tmp_path) not in json.dumps(proved)


def test_with_own_data_what_the_graph_says_keeps_its_proof(tmp_path: Path) -> None:
    (tmp_path / "mine.ttl").write_text("<https://e.org/a> a <https://e.org/Thing> .", "utf-8")
    kg = wcograph.load(data=[str(tmp_path / "mine.ttl")])
    said = {"subject": "Japan", "predicate": "is party to", "object": "ATA"}
    (reply,) = _calls(server(kg), [("why", said)])
    assert reply.structured_content["status"] == "yes"
    assert "data/treaty-actions/" in reply.structured_content["proof"]


@pytest.mark.quick
def test_without_the_extra_one_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in sys.modules if name.startswith(("mcp", "wcograph.agents"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "mcp", None)
    assert main(["mcp"]) == 2
    assert capfd.readouterr().err.count("pip install 'wcograph[mcp]'") == 1
    assert main(["mcp", "--data", "-"]) == 2
    assert "standard input is the assistant's" in capfd.readouterr().err
