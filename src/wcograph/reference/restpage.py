"""The page of the REST interface (``docs/rest.md``), from its OpenAPI description."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

_HEAD = """\
# REST

Written by `wcograph docs` from the OpenAPI description that `wcograph serve` has at `/openapi.json`: generate a
client from that. Errors are `application/problem+json` (RFC 9457).
"""


def page(document: Mapping[str, Any]) -> str:
    """Return the page in Markdown: a table of the calls for each subject, and what all questions take.

    >>> get = {"summary": "Themes", "tags": ["themes"], "parameters": [{"name": "year", "description": "The year."}]}
    >>> print(page({"paths": {"/query/themes": {"get": get}}}).partition("## themes")[2].strip())
    | call | what it returns | takes |
    | --- | --- | --- |
    | `GET /query/themes` | [Themes](queries.md#themes) | `year` |
    """
    calls = [
        (f"{method.upper()} {path}", path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    questions = [operation for _, path, operation in calls if path.startswith("/query/")]
    shared = [
        parameter
        for parameter in questions[0]["parameters"]
        if len(questions) > 1 and all(parameter in one["parameters"] for one in questions)
    ]
    lines = [_HEAD, "Every question also takes:", "", *_table(shared), ""] if shared else [_HEAD]
    for tag in dict.fromkeys(tag for *_, operation in calls for tag in operation["tags"]):
        lines += [f"## {tag}", "", "| call | what it returns | takes |", "| --- | --- | --- |"]
        for call, path, operation in calls:
            if tag in operation["tags"]:
                name, what = path.removeprefix("/query/"), operation["summary"]
                what = f"[{what}](queries.md#{name})" if name != path else what
                own = [one for one in operation.get("parameters", ()) if one not in shared]
                lines.append(f"| `{call}` | {what} | {', '.join(map(_named, own))} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _named(parameter: Mapping[str, Any]) -> str:
    return f"`{parameter['name']}`{' (required)' if parameter.get('required') else ''}"


def _table(parameters: Sequence[Mapping[str, Any]]) -> list[str]:
    rows = ["| parameter | values | what it means |", "| --- | --- | --- |"]
    for one in parameters:
        schema = one["schema"]
        values = ", ".join(f"`{value}`" for value in schema["enum"]) if "enum" in schema else schema["type"]
        rows.append(f"| `{one['name']}` | {values} | {one['description']} |")
    return rows
