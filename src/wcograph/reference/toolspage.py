"""The page of the tools for assistants (``docs/mcp.md``), from what the server lists."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

_HEAD = """\
# Tools for assistants (MCP)

Written by `wcograph docs` from what the server of `wcograph mcp` lists. All tools only read.
"""


def page(instructions: str, tools: Sequence[Mapping[str, Any]], resources: Mapping[str, str]) -> str:
    """Return the page in Markdown: what a model reads first, each tool, and the titles of resources by their address.

    A tool has what the protocol lists: ``name``, ``description``, ``inputSchema``, ``outputSchema``.

    >>> schema = {"properties": {"text": {"type": "string", "description": "e.g. Kenya"}}, "required": ["text"]}
    >>> find = {"name": "find", "description": "Find things.", "inputSchema": schema}
    >>> print(page("Ask.", [find], {}).partition("## find")[2].partition("## Resources")[0].strip())
    Find things.
    <BLANKLINE>
    | argument | type | what it is |
    | --- | --- | --- |
    | `text` | string, required | e.g. Kenya |
    """
    lines = [_HEAD, "A model reads this first:", "", "```text", instructions.strip(), "```", ""]
    for tool in tools:
        schema = tool["inputSchema"]
        lines += [f"## {tool['name']}", "", tool["description"], ""]
        lines += ["| argument | type | what it is |", "| --- | --- | --- |"]
        for name, about in schema.get("properties", {}).items():
            required = ", required" if name in schema.get("required", ()) else ""
            default = f", default {about['default']!r}" if about.get("default") else ""
            kind = " or ".join(map(str, about["enum"])) if "enum" in about else about.get("type", "any")
            lines.append(f"| `{name}` | {kind}{required}{default} | {_cell(about.get('description', ''))} |")
        fields = tool.get("outputSchema", {}).get("properties", {})
        lines += ["", f"It returns {', '.join(f'`{field}`' for field in fields)}.", ""] if fields else [""]
    lines += ["## Resources", "", "| address | content |", "| --- | --- |"]
    lines += [f"| `{address}` | {_cell(title)} |" for address, title in resources.items()]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return "".join("\\" + one if one in "|*_<[" else one for one in text)
