"""The server: seven tools and three kinds of resources, with what a model reads about them.

A tool has few words, an example and an output schema. Its errors reach the model in one line, which says what to do.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from difflib import get_close_matches
from functools import partial
from inspect import signature
from typing import Annotated, Any, Literal

import anyio
from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ResourceError, ToolError, UnexpectedToolError
from mcp.server.mcpserver.resources import FunctionResource
from mcp.server.stdio import stdio_server
from mcp.shared.message import SessionMessage
from mcp_types import PARSE_ERROR, CallToolResult, ErrorData, JSONRPCError, TextContent, ToolAnnotations
from pydantic import Field, ValidationError
from typing_extensions import TypedDict

from wcograph.agents.fitted import MOST_ROWS, compact, line
from wcograph.agents.tools import LONGEST, SECONDS
from wcograph.agents.worker import Workers
from wcograph.toolbox.errors import LimitError, WcographError
from wcograph.toolbox.processes import Worker
from wcograph.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wcograph.graph import KnowledgeGraph

INSTRUCTIONS = """\
The World Customs Organization (WCO) as a knowledge graph: Members, regions, offices, bodies, people, conventions and their
parties, themes. Begin with ask, in your own words; find shows names and questions. Cite the numbered notes.
status of every answer:
answered = rows follow; completeness says whether they are all.
yes, no = the graph says so; the full list that would have it does not.
incomplete = its list is known to be incomplete: neither yes nor no.
not known = the graph does not say. Do not guess.
unclear = no single question fits: ask one of candidates, or use describe or sparql. If none says it, it is not known.
"""
"""What a model reads first: the vocabulary of ``status``."""

_LIMITS = {
    "sparql": "; add LIMIT or a narrower pattern, and write ORDER BY STR(?x) for values of several kinds"
}
_MOST_ARGUMENTS = 500_000  # characters of all arguments

Text = dict[str, str]


class Reply(TypedDict, total=False):
    """What every answer has."""

    status: str
    verdict: str
    remarks: list[str]
    notes: dict[str, str]
    completeness: str
    as_of: str
    version: str


class Found(Reply, total=False):
    """Things and questions."""

    things: list[Text]
    questions: list[dict[str, Any]]
    catalogue: dict[str, list[str]]


class Rows(Reply, total=False):
    """Rows of a table."""

    columns: list[str]
    rows: list[list[str]]
    shared: Text
    means: Text
    total: int
    next: str


class Asked(Rows, total=False):
    """The answer to a question."""

    question: str
    title: str
    parameters: dict[str, Any]
    candidates: list[dict[str, Any]]


class Described(Rows, total=False):
    """What is known about a thing."""

    id: str
    name: str


class Explained(Reply, total=False):
    """A proof."""

    statement: str
    proof: str


class Defined(Reply, total=False):
    """A class or property."""

    id: str
    name: str
    definition: str
    subclass_of: str
    domain: str
    range: str
    count: int
    properties: Text
    used: dict[str, int]
    classes: dict[str, int]
    example: str
    means: Text


class Checked(Reply, total=False):
    """Findings."""

    findings: list[Text]
    total: int


_Limit = Annotated[int | None, Field(ge=1, le=MOST_ROWS, description="rows; default: as fit in 1,500 tokens")]
_Cursor = Annotated[str | None, Field(max_length=20, description="'next' of the answer before, e.g. 20")]
_Lang = Annotated[Literal["en", "fr"] | None, Field(description="language of names, e.g. fr")]


def _name(description: str, most: int = 500) -> Any:
    return Field(max_length=most, description=description)


class _Server(MCPServer[Any]):
    """A server whose errors are one line, and which takes no argument that a tool does not have."""

    async def call_tool(self, name: str, arguments: dict[str, Any], context: Any = None) -> Any:
        tool = self._tool_manager.get_tool(name)
        if tool is None:
            known = [one.name for one in self._tool_manager.list_tools()]
            raise ToolError(f"there is no tool {name[:40]!r} (tools: {', '.join(known)})")
        known = list(tool.parameters.get("properties", {}))
        for argument in [one for one in arguments if one not in known]:
            near = get_close_matches(argument[:40], known, 1)
            meant = f"; did you mean {near[0]}?" if near else ""
            said = f"{name} has no argument {argument[:40]!r}{meant} (it has {', '.join(known)})"
            raise ToolError(line(said))
        try:
            length = len(json.dumps(arguments))
        except RecursionError:
            raise ToolError(f"the arguments of {name} are nested too deeply") from None
        if length > _MOST_ARGUMENTS:
            raise ToolError(
                f"the arguments of {name} are longer than {_MOST_ARGUMENTS:,} characters; send less"
            )
        try:
            return await super().call_tool(name, arguments, context)
        except UnexpectedToolError:
            raise
        except ToolError as error:
            raise ToolError(_said(name, error.__cause__ or error)) from error.__cause__

    async def run_stdio_async(self) -> None:
        """Serve over standard input and output; a message that is not JSON gets an error, too."""
        async with stdio_server() as (read, write):
            send, receive = anyio.create_memory_object_stream[Any](0)

            async def relay() -> None:
                async with send:
                    async for message in read:
                        if isinstance(message, Exception):
                            await write.send(SessionMessage(_ill_formed(message)))
                        else:
                            await send.send(message)

            async with anyio.create_task_group() as group:
                group.start_soon(relay)
                inner = self._lowlevel_server
                await inner.run(receive, write, inner.create_initialization_options())


def _ill_formed(error: Exception) -> JSONRPCError:
    """Return the answer to a message that is not JSON-RPC, with its id if it can be found."""
    found: Any = error.errors(include_url=False)[0] if isinstance(error, ValidationError) else {}
    id = re.search(r'"id"\s*:\s*(\d{1,15}|"[^"\\]{1,80}")', str(found.get("input", ""))[:10_000])
    said = line(f"the message is not JSON-RPC: {found.get('msg', 'ill-formed')}")
    data = ErrorData(code=PARSE_ERROR, message=said)
    return JSONRPCError(jsonrpc="2.0", id=json.loads(id[1]) if id else None, error=data)


def _said(name: str, error: BaseException) -> str:
    if isinstance(error, ValidationError):
        wrong = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(map(str, wrong["loc"][:1]))
        return line(f"{name}: {place}: {wrong['msg']} (see the schema of the tool)")
    return line(str(error))


def server(kg: KnowledgeGraph, *, workers: int = 2) -> MCPServer[Any]:
    """Return an MCP server for a graph: run it over standard input and output, or mount ``streamable_http_app()``.

    At most ``workers`` calls are answered at once, each in a child process, which ends with this process.
    """
    made = _Server(
        "wcograph", title="World Customs Organization knowledge graph", instructions=INSTRUCTIONS,
        version=__version__, website_url="https://w3id.org/wcograph/", log_level="CRITICAL",
    )  # fmt: skip
    pool = Workers(kg, workers)
    _add_tools(made, pool)
    _add_resources(made, pool, kg)
    return made


async def _call(pool: Workers, tool: str, **arguments: Any) -> Any:
    """Call a tool in a child, which ends if the call is given up."""
    held: list[Worker] = []
    try:
        return await anyio.to_thread.run_sync(
            lambda: pool.call(tool, arguments, SECONDS[tool], held), abandon_on_cancel=True
        )
    except anyio.get_cancelled_exc_class():
        for worker in held:
            worker.end()
        raise


# The tools as a model sees them: what each is for, and what it takes. ``tools.Tools`` does the work.


def find(
    text: Annotated[
        str, _name("a name, code, former name or words, e.g. laboratory; none: all questions")
    ] = "",
    limit: _Limit = None,
) -> None:
    """Find things by a part of a name, with their ids, and the stored questions that words may mean, with their
    parameters. The exact name of a question describes it.
    """


def ask(
    question: Annotated[
        str, _name("e.g. 'is Japan party to the Istanbul Convention?' or contracting-parties", 1_000)
    ],
    parameters: Annotated[
        dict[str, Any] | None,
        Field(
            description='e.g. {"convention": "Istanbul", "region": ["europe", "mena"], "as-of": "2000-12-31"}'
        ),
    ] = None,
    limit: _Limit = None,
    cursor: _Cursor = None,
    sources: Annotated[bool, Field(description="cite the sources of each row")] = True,
) -> None:
    """Answer a question in plain words (English or French), or a stored question by name with parameters.
    Rows cite numbered notes; shared holds what all rows have.
    """


def describe(
    entity: Annotated[str, _name("name, code or id, e.g. Fiji, istanbul-1990, wcov:rilo")],
    lang: _Lang = None,
    limit: _Limit = None,
    cursor: _Cursor = None,
) -> None:
    """Everything known about one thing, with sources."""


def why(
    subject: Annotated[str, _name("e.g. Japan")],
    predicate: Annotated[str, _name("e.g. 'is party to', 'is a', wco:foundingDate")],
    object: Annotated[str, _name("e.g. 'ATA Convention', wco:Member, 1952")],
    full: Annotated[bool, Field(description="the whole proof")] = False,
) -> None:
    """Whether a statement holds, with its proof; if not: no, incomplete or not known, and why."""


def schema(
    term: Annotated[str, _name("e.g. wco:Membership or isPartyTo; none: all classes")] = "",
) -> None:
    """Definition, counts, properties and an example of a class or property, to write SPARQL."""


def sparql(
    query: Annotated[str, _name("e.g. SELECT ?name { ?r a wco:Region ; skos:prefLabel ?name }", LONGEST)],
    limit: _Limit = None,
    cursor: _Cursor = None,
    sources: Annotated[
        bool, Field(description="cite the sources of facts and claims among the values")
    ] = False,
) -> None:
    """Answer a read-only SPARQL 1.1 query in at most 10 s; the graph's prefixes are declared.
    ASK false means only that the graph does not say so.
    """


def validate(
    data: Annotated[str, _name("Turtle, e.g. <https://example.org/r> a wco:Region .", LONGEST)],
    shapes: Annotated[str, _name("SHACL in Turtle, instead of the graph's", LONGEST)] = "",
    limit: _Limit = None,
) -> None:
    """Check Turtle of your own against the graph's shapes and together with it, or against shapes of your own
    alone. The graph's prefixes are declared.
    """


_TOOLS: tuple[tuple[Callable[..., None], type, str], ...] = (
    (find, Found, "Find things and questions"),
    (ask, Asked, "Ask a question"),
    (describe, Described, "Describe a thing"),
    (why, Explained, "Check a statement"),
    (schema, Defined, "Explain a class or property"),
    (sparql, Rows, "Run SPARQL"),
    (validate, Checked, "Validate Turtle"),
)


def _add_tools(made: MCPServer[Any], pool: Workers) -> None:
    annotations = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)
    for tool, output, title in _TOOLS:
        about = " ".join((tool.__doc__ or "").split())
        made.add_tool(_caller(pool, tool, output), tool.__name__, title, about, annotations)
    for known in made._tool_manager.list_tools():
        known.parameters = _slim(known.parameters)
        known.fn_metadata.output_schema = _slim(known.fn_metadata.output_schema)


def _caller(pool: Workers, tool: Callable[..., None], output: type) -> Callable[..., Any]:
    """Return a function with the signature of a tool that calls it in a child."""
    name = tool.__name__

    async def call(**arguments: Any) -> CallToolResult:
        given = {option: value for option, value in arguments.items() if value is not None}
        try:
            found = await _call(pool, name, **given)
        except WcographError as error:
            more = _LIMITS.get(name, "") if isinstance(error, LimitError) else ""
            raise ToolError(f"{error}{more}") from error
        return CallToolResult(
            content=[TextContent(type="text", text=compact(found))], structured_content=found
        )

    returned = Annotated[CallToolResult, output]
    call.__signature__ = signature(tool, eval_str=True).replace(return_annotation=returned)  # type: ignore[attr-defined]
    return call


def _slim(schema: Any) -> Any:
    """Return a schema without what tells a model nothing: titles, docstrings, null as a value, defaults of null."""
    if isinstance(schema, list):
        return [_slim(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {
        name: {key: _slim(one) for key, one in value.items()} if name == "properties" else _slim(value)
        for name, value in schema.items()
        if name not in ("additionalProperties", "maxLength")
        and not (name == "title" and isinstance(value, str))
        and not (name == "default" and value is None)
    }
    either = [one for one in kept.get("anyOf", ()) if one != {"type": "null"}]
    if len(either) == 1:
        kept = {**{name: value for name, value in kept.items() if name != "anyOf"}, **either[0]}
    return kept


def _add_resources(made: MCPServer[Any], pool: Workers, kg: KnowledgeGraph) -> None:
    turtle, sparql = "text/turtle", "application/sparql-query"

    async def read(kind: str, **arguments: str) -> str:
        try:
            return str(await _call(pool, kind, **arguments))
        except WcographError as error:
            raise ResourceError(str(error)) from error

    def add(uri: str, name: str, title: str, mime: str, text: Callable[[], Any]) -> None:
        made.add_resource(FunctionResource(uri=uri, name=name, title=title, mime_type=mime, fn=text))

    add("wcograph://ontology", "ontology", "The ontology", turtle, partial(read, "ontology"))
    for query in kg.queries:
        text = partial(read, "query", name=query.name)
        add(f"wcograph://query/{query.name}", query.name, query.title, sparql, text)

    @made.resource("wcograph://query/{name}", title="A stored question: header and SPARQL", mime_type=sparql)
    async def query_text(name: str) -> str:
        return await read("query", name=name)

    @made.resource("wcograph://entity/{id}", title="A thing by name, code or id, e.g. FJI", mime_type=turtle)
    async def entity(id: str) -> str:
        return await read("entity", id=id)
