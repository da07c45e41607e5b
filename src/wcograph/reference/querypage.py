"""The page of the stored queries (``docs/queries.md``): for each its question, parameters, SPARQL and first rows."""

from __future__ import annotations

import io
import shlex

from wcograph.toolbox.sparql.presentation import meaning
from wcograph.toolbox.sparql.resultformats import write
from wcograph.toolbox.sparql.results import Answer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from wcograph.toolbox.sparql.stored import Parameter, StoredQuery

_ROWS = 5

_HEAD = """\
# Stored queries

Written by `wcograph docs` from the files in `queries/`: edit those, not this page. Run a query with
`wcograph query NAME`, or `wcograph.load().query("NAME")` in Python; `wcograph query NAME --help` says what it takes.
"""


def page(queries: Sequence[StoredQuery], ask: Callable[..., Answer]) -> str:
    """Return the page in Markdown: a section for each query, in their order. ``ask`` answers one by its name."""
    parts = [_HEAD]
    parts.append("\n".join(f"- [{query.name}](#{query.name}): {query.title}" for query in queries) + "\n")
    parts += [_section(query, ask) for query in queries]
    return "\n".join(parts)


def _section(query: StoredQuery, ask: Callable[..., Answer]) -> str:
    lines = [f"## {query.name}", "", f"{query.title}. *{query.subject}*", ""]
    if query.description:
        lines += [query.description, ""]
    if query.parameters:
        lines += ["| parameter | type | | what it means |", "| --- | --- | --- | --- |"]
        lines += [_parameter(parameter) for parameter in query.parameters] + [""]
    if query.columns:
        lines += ["| column | what it holds |", "| --- | --- |"]
        lines += [f"| {name} | {_cell(meaning(column))} |" for name, column in query.columns.items()] + [""]
    values: dict[str, Any] = {p.name: p.example for p in query.parameters if not p.optional}
    options = "".join(f" --{p.option} {shlex.quote(p.example)}" for p in query.parameters if p.name in values)
    body = "\n".join(line for line in query.text.rstrip().split("\n") if not line.startswith("#+"))
    lines += ["```sparql", body, "```", "", f"`wcograph query {query.name}{options}`", ""]
    if query.needs:
        lines.append(f"Its rows come from what you import (`wcograph import {query.needs}`).")
    elif (answer := ask(query.name, **values)).form == "SELECT":
        rows = answer.rows()
        stream = io.BytesIO()
        write(
            Answer(answer.form, answer.variables, rows[:_ROWS], prefixes=answer.prefixes), "markdown", stream
        )
        more = len(rows) - _ROWS
        lines += [stream.getvalue().decode(), f"and {more} more" if more > 0 else "" if rows else "(no rows)"]
    return "\n".join(lines).rstrip() + "\n"


def _parameter(parameter: Parameter) -> str:
    notes = [] if parameter.optional else ["required"]
    notes += ["repeatable"] if parameter.repeat else []
    notes += [f"default {parameter.default}"] if parameter.default else []
    kind = parameter.scheme or (", ".join(parameter.values)) or parameter.type
    text = parameter.description + (f" (for example {parameter.example})" if parameter.example else "")
    return f"| --{parameter.option} | {_cell(kind)} | {_cell(', '.join(notes))} | {_cell(text)} |"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
