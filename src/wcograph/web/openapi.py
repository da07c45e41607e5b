"""The OpenAPI 3.1 description of the server, made from the headers of the stored queries."""

from __future__ import annotations

import os
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import yaml

from wcograph.toolbox.sparql.presentation import meaning
from wcograph.version import __version__
from wcograph.web.negotiation import GRAPHS, PLAIN_RESULTS, RESULTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wcograph.graph import KnowledgeGraph
    from wcograph.toolbox.sparql.stored import Parameter, StoredQuery

_TEXT = {"type": "string"}
_SCHEMAS: dict[str, dict[str, Any]] = {
    "xsd:integer": {"type": "integer"},
    "xsd:decimal": {"type": "number"},
    "xsd:boolean": {"type": "boolean"},
    "xsd:date": _TEXT | {"format": "date"},
    "xsd:gYearMonth": _TEXT | {"pattern": "^[0-9]{4}-[0-9]{2}$"},
    "xsd:gYear": _TEXT | {"pattern": "^[0-9]{4}$"},
    "language": _TEXT | {"pattern": "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$"},
    "iri": _TEXT | {"format": "uri"},
}
_BINARY = ("xlsx", "parquet")
_JSON_RESULTS = "application/sparql-results+json"


def document(kg: KnowledgeGraph, base: str) -> dict[str, Any]:
    """Return the description of the server at ``base``.

    >>> import wcograph
    >>> made = document(wcograph.load(), "http://localhost:8000")
    >>> made["openapi"], made["paths"]["/query/themes"]["get"]["operationId"]
    ('3.1.0', 'themes')
    """
    with open(os.path.join(os.path.dirname(__file__), "openapi.yaml"), encoding="utf-8") as stream:
        made: dict[str, Any] = yaml.safe_load(stream)
    others, general = made["paths"], list(made["components"].pop("parameters").values())
    others["/sparql"]["get"]["responses"]["200"]["content"] = {
        **_content((*PLAIN_RESULTS, *GRAPHS)),
        _JSON_RESULTS: {"schema": {"$ref": "#/components/schemas/Results"}},
    }
    others["/store"]["get"]["responses"]["200"]["content"] = _content(GRAPHS)
    queries = kg.queries
    made["info"]["version"] = __version__
    made["servers"] = [{"url": base}]
    subjects = dict.fromkeys(query.subject for query in queries if query.subject)
    made["tags"] = [{"name": name} for name in (*subjects, "SPARQL", "Questions")]
    results = made["components"]["schemas"]["Results"]
    asked = {f"/query/{one.name}": {"get": _operation(one, general, results)} for one in queries}
    return made | {"paths": asked | others}


def _content(kinds: Iterable[str]) -> dict[str, Any]:
    return {kind: {"schema": {} if RESULTS.get(kind) in _BINARY else _TEXT} for kind in kinds}


def _operation(query: StoredQuery, general: list[Any], results: dict[str, Any]) -> dict[str, Any]:
    graph = query.form in ("CONSTRUCT", "DESCRIBE")
    offers = GRAPHS if graph else RESULTS
    content = _content(offers)
    if not graph:
        content[_JSON_RESULTS] = {"schema": _with_columns(results, query)}
    formats = sorted({*offers.values(), *([] if graph else ["html"])})
    about = "The format; the default is that of the Accept header."
    format = {"name": "format", "in": "query", "description": about, "schema": _TEXT | {"enum": formats}}
    return {
        "tags": [query.subject] if query.subject else [],
        "operationId": query.name.replace("-", "_"),
        "summary": query.title,
        "description": query.description,
        "parameters": [*map(_parameter, query.parameters), *general, format],
        "responses": {
            "200": {"description": "The answer", "content": content},
            "default": {"$ref": "#/components/responses/Problem"},
        },
    }


def _parameter(parameter: Parameter) -> dict[str, Any]:
    schema = dict(_SCHEMAS.get(parameter.type, _TEXT))
    if parameter.values:
        schema = _TEXT | {"enum": list(parameter.values)}
        if parameter.default in parameter.values:
            schema["default"] = parameter.default
    if parameter.example and schema.get("type") == "string":
        schema["examples"] = [parameter.example]
    return {
        "name": parameter.option,
        "in": "query",
        "description": parameter.description,
        "schema": {"type": "array", "items": schema} if parameter.repeat else schema,
        "required": not parameter.optional,
    }


def _with_columns(results: dict[str, Any], query: StoredQuery) -> dict[str, Any]:
    """Return the schema of results whose rows have the columns of a question."""
    made = deepcopy(results)
    row = made["properties"]["results"]["properties"]["bindings"]["items"]
    term = row["additionalProperties"]
    if query.columns:
        row["properties"] = {
            name: {**term, "description": meaning(column)} for name, column in query.columns.items()
        }
    return made
