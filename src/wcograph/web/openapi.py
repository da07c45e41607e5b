"""The OpenAPI 3.1 description of the server, made from the headers of the stored queries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wcograph.toolbox.sparql.presentation import meaning
from wcograph.version import __version__
from wcograph.web.negotiation import GRAPHS, PLAIN_RESULTS, RESULTS

if TYPE_CHECKING:
    from wcograph.graph import KnowledgeGraph
    from wcograph.toolbox.sparql.stored import Parameter, StoredQuery

_SCHEMAS: dict[str, dict[str, Any]] = {
    "xsd:integer": {"type": "integer"},
    "xsd:decimal": {"type": "number"},
    "xsd:boolean": {"type": "boolean"},
    "xsd:date": {"type": "string", "format": "date"},
    "xsd:gYearMonth": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$"},
    "xsd:gYear": {"type": "string", "pattern": "^[0-9]{4}$"},
    "language": {"type": "string", "pattern": "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$"},
    "iri": {"type": "string", "format": "uri"},
}
_BINARY = ("xlsx", "parquet")
_PROBLEM = {"$ref": "#/components/responses/Problem"}
_GENERAL: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("limit", {"type": "integer", "minimum": 0}, "The most rows to return."),
    ("sources", {"type": "string", "enum": ["1", "each"]}, "Cite the sources of each row, or of each value."),
    ("labels", {"type": "string", "enum": ["1"]}, "Add the label of each IRI."),
)


def document(kg: KnowledgeGraph, base: str) -> dict[str, Any]:
    """Return the description of the server at ``base``.

    >>> import wcograph
    >>> made = document(wcograph.load(), "http://localhost:8000")
    >>> made["openapi"], made["paths"]["/query/themes"]["get"]["operationId"]
    ('3.1.0', 'themes')
    """
    text = {"type": "string"}
    queries = kg.queries
    paths: dict[str, Any] = {f"/query/{query.name}": {"get": _operation(query)} for query in queries}
    asked = [
        _parameter("query", text, "The SPARQL query.", required=True),
        *(
            _parameter(f"{kind}-graph-uri", {"type": "array", "items": text}, f"A {kind} graph.")
            for kind in ("default", "named")
        ),
    ]
    answers = {kind: {"schema": text} for kind in dict.fromkeys((*PLAIN_RESULTS, *GRAPHS))}
    answers["application/sparql-results+json"] = {"schema": {"$ref": "#/components/schemas/Results"}}
    form = {"type": "object", "properties": {"query": text}, "required": ["query"]}
    sparql = {"tags": ["SPARQL"], "responses": {"200": _ok("The answer", answers), "default": _PROBLEM}}
    paths["/sparql"] = {
        "get": {**sparql, "operationId": "sparql", "summary": "Answer a SPARQL query", "parameters": asked},
        "post": {
            **sparql,
            "operationId": "sparql_post",
            "summary": "Answer a SPARQL query in the body",
            "requestBody": {
                "required": True,
                "content": {
                    "application/x-www-form-urlencoded": {"schema": form},
                    "application/sparql-query": {"schema": text},
                },
            },
        },
    }
    graph = {kind: {"schema": text} for kind in GRAPHS}
    paths["/store"] = {
        "get": {
            "tags": ["SPARQL"],
            "operationId": "store",
            "summary": "Return a graph",
            "parameters": [
                _parameter("default", text, "The union of all graphs.", allowEmptyValue=True),
                _parameter("graph", {"type": "string", "format": "uri"}, "The IRI of a named graph."),
            ],
            "responses": {"200": _ok("The graph", graph), "default": _PROBLEM},
        }
    }
    suggestion = {
        "type": "object",
        "properties": {"value": text, "label": text},
        "required": ["value", "label"],
    }
    suggested = {"application/json": {"schema": {"type": "array", "items": suggestion, "maxItems": 20}}}
    paths["/suggest"] = {
        "get": {
            "tags": ["Questions"],
            "operationId": "suggest",
            "summary": "Suggest values of a parameter",
            "parameters": [
                _parameter("query", text, "The name of the question.", required=True),
                _parameter("param", text, "The name of its parameter.", required=True),
                _parameter("q", text, "What has been typed."),
            ],
            "responses": {"200": _ok("At most 20 suggestions", suggested), "default": _PROBLEM},
        }
    }
    subjects = dict.fromkeys(query.subject for query in queries)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "wcograph",
            "version": __version__,
            "summary": "The World Customs Organization as a knowledge graph",
            "license": {"name": "Data: CC BY 4.0; code: MIT", "identifier": "CC-BY-4.0"},
        },
        "servers": [{"url": base}],
        "tags": [{"name": name} for name in (*subjects, "SPARQL", "Questions") if name],
        "paths": paths,
        "components": {"schemas": {"Term": _TERM, "Results": _results({}), "Problem": _PROBLEM_SCHEMA},
                       "responses": {"Problem": _ok("What is wrong", _problems())}},
    }  # fmt: skip


_TERM = {
    "type": "object",
    "description": "An RDF term (SPARQL 1.1 Query Results JSON Format, section 3.2.2).",
    "properties": {
        "type": {"type": "string"},
        "value": {},
        "xml:lang": {"type": "string"},
        "datatype": {"type": "string"},
    },
    "required": ["type", "value"],
}
_PROBLEM_SCHEMA = {
    "type": "object",
    "description": "A problem (RFC 9457); a limit has the setting that allows more.",
    "properties": {
        **{name: {"type": "string"} for name in ("type", "title", "detail", "near", "setting", "variable")},
        **{name: {"type": "integer"} for name in ("status", "line", "column")},
        "limit": {"type": "number"},
    },
    "required": ["type", "title", "status", "detail"],
}


def _problems() -> dict[str, Any]:
    return {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


def _ok(description: str, content: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": content}


def _parameter(name: str, schema: dict[str, Any], description: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": description, "schema": schema, **more}


def _operation(query: StoredQuery) -> dict[str, Any]:
    graph = query.form in ("CONSTRUCT", "DESCRIBE")
    offers = GRAPHS if graph else RESULTS
    content: dict[str, Any] = {
        kind: {"schema": {} if name in _BINARY else {"type": "string"}} for kind, name in offers.items()
    }
    if not graph:
        content["application/sparql-results+json"] = {"schema": _results(query.columns)}
    format = {"type": "string", "enum": sorted({*offers.values(), *(["html"] if not graph else [])})}
    return {
        "tags": [query.subject] if query.subject else [],
        "operationId": query.name.replace("-", "_"),
        "summary": query.title,
        "description": query.description,
        "parameters": [
            *map(_of_header, query.parameters),
            *(_parameter(name, schema, about) for name, schema, about in _GENERAL),
            _parameter("format", format, "The format; the default is that of the Accept header."),
        ],
        "responses": {"200": _ok("The answer", content), "default": _PROBLEM},
    }


def _of_header(parameter: Parameter) -> dict[str, Any]:
    schema = dict(_SCHEMAS.get(parameter.type, {"type": "string"}))
    if parameter.values:
        schema = {"type": "string", "enum": list(parameter.values)}
        if parameter.default in parameter.values:
            schema["default"] = parameter.default
    if parameter.example and schema.get("type") == "string":
        schema["examples"] = [parameter.example]
    if parameter.repeat:
        schema = {"type": "array", "items": schema}
    return _parameter(parameter.option, schema, parameter.description, required=not parameter.optional)


def _results(columns: dict[str, Any]) -> dict[str, Any]:
    term = {"$ref": "#/components/schemas/Term"}
    row: dict[str, Any] = {"type": "object", "additionalProperties": term}
    if columns:
        row["properties"] = {
            name: {**term, "description": meaning(column)} for name, column in columns.items()
        }
    bindings = {
        "type": "object",
        "properties": {"bindings": {"type": "array", "items": row}},
        "required": ["bindings"],
    }
    head = {"type": "object", "properties": {"vars": {"type": "array", "items": {"type": "string"}}}}
    return {
        "type": "object",
        "properties": {"head": head, "results": bindings, "boolean": {"type": "boolean"}},
        "required": ["head"],
    }
