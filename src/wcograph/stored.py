"""Stored queries: SPARQL files that run as they stand anywhere, with a YAML header in ``#+`` comments.

The header has the keys that grlc reads, and wcograph's own: ``title``, ``description``, ``tags``,
``parameters`` (name → type, description, optional, repeat) and ``sources`` (the variables that hold the fact
and claim nodes of a row; they are no columns of the answer).
"""

from __future__ import annotations

import os
import re

from wcograph.errors import InputError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_PARAMETER_KEYS = {"type", "description", "optional", "repeat", "scheme", "example"}
_KEYS = {"title", "description", "tags", "parameters", "sources", "columns", "message", "solution"}


class Parameter:
    """A parameter of a stored query.

    ``name`` is its SPARQL variable, ``option`` its name on the command line, ``type`` a CURIE of a class or a
    datatype or the word ``text``, ``scheme`` the concept scheme that its values are taken from, ``default``
    the terms that stand in the file (empty: without a value the parameter restricts nothing).
    """

    __slots__ = ("default", "description", "example", "name", "optional", "repeat", "scheme", "type")

    def __init__(
        self,
        name: str,
        type: str,
        description: str,
        optional: bool = False,
        repeat: bool = False,
        scheme: str = "",
        example: str = "",
        default: str = "",
    ) -> None:
        """Hold the values."""
        self.name, self.type, self.description = name, type, description
        self.optional, self.repeat, self.scheme, self.example = optional, repeat, scheme, example
        self.default = default

    @property
    def option(self) -> str:
        """The name on the command line.

        >>> Parameter("asOf", "xsd:date", "").option
        'as-of'
        """
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", self.name).replace("_", "-").lower()


class StoredQuery:
    """A stored query: its name and subject (file and folder), header and text."""

    __slots__ = ("columns", "description", "form", "name", "parameters", "solution", "sources", "subject", "tags",
                 "text", "title")  # fmt: skip

    def __init__(
        self,
        name: str,
        subject: str,
        text: str,
        title: str,
        description: str,
        tags: list[str],
        parameters: list[Parameter],
        sources: list[str],
        columns: dict[str, str],
        form: str,
        solution: str = "",
    ) -> None:
        """Hold the values; ``solution`` is what a check says should be done."""
        self.name, self.subject, self.text, self.form, self.solution = name, subject, text, form, solution
        self.title, self.description, self.tags = title, description, tags
        self.parameters, self.sources, self.columns = parameters, sources, columns

    def parameter(self, option: str) -> Parameter | None:
        """Find a parameter by its name on the command line, in Python or in SPARQL."""
        wanted = option.replace("_", "-")
        return next((p for p in self.parameters if wanted in (p.option, p.name)), None)

    def to_json(self) -> dict[str, Any]:
        """Give the values as JSON can hold them."""
        values: dict[str, Any] = {slot: getattr(self, slot) for slot in self.__slots__}
        values["parameters"] = [{slot: getattr(p, slot) for slot in p.__slots__} for p in self.parameters]
        return values

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> StoredQuery:
        """Make the query that ``to_json`` wrote."""
        return cls(**{**values, "parameters": [Parameter(**p) for p in values["parameters"]]})


def read(path: str, name: str | None = None, subject: str = "") -> StoredQuery:
    """Read a stored query from a file; its name is the file's unless given.

    Raises InputError where the file cannot be read, or its header or its parameter rows are wrong.
    """
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=path) from error
    except UnicodeDecodeError as error:
        raise InputError(f"is not UTF-8 (byte {error.start})", file=path) from error
    return parse(text, name or os.path.basename(path).removesuffix(".rq"), subject, path)


def parse(text: str, name: str, subject: str = "", path: str = "query") -> StoredQuery:
    """Read a stored query from its text.

    >>> query = parse("#+ title: Regions\\nSELECT ?r { ?r a <http://e/Region> }", "regions")
    >>> query.title, query.form, query.parameters
    ('Regions', 'SELECT', [])
    """
    from wcograph import sparql  # its regular expression takes a while to compile: only where a file is read

    header = _header(text, path)
    unknown = sorted(set(header) - _KEYS)
    if unknown:
        raise InputError(f"header has unknown keys: {', '.join(unknown)}", file=path)
    rows = sparql.parameter_rows(text, path)
    declared: dict[str, dict[str, Any]] = header.get("parameters") or {}
    parameters = []
    for variable, values in declared.items():
        if not isinstance(values, dict) or not set(values) <= _PARAMETER_KEYS or "type" not in values:
            raise InputError(
                f"header: parameter {variable} needs a type, and may have "
                f"{', '.join(sorted(_PARAMETER_KEYS - {'type'}))}",
                file=path,
            )
        if len(rows.get(variable, ())) != 1:
            raise InputError(
                f"parameter {variable} needs one row 'VALUES ?{variable} {{ ... }}', "
                f"there are {len(rows.get(variable, ()))}",
                file=path,
            )
        default = rows[variable][0][2]
        parameters.append(
            Parameter(
                variable,
                str(values["type"]),
                str(values.get("description", "")),
                bool(values.get("optional", False)) or default != "UNDEF",
                bool(values.get("repeat", False)),
                str(values.get("scheme", "")),
                str(values.get("example", "")),
                "" if default == "UNDEF" else default,
            )
        )
    return StoredQuery(
        name,
        subject,
        text,
        str(header.get("title", name)),
        str(header.get("description", "")).strip(),
        [str(tag) for tag in header.get("tags") or []],
        parameters,
        [_variable(value) for value in header.get("sources") or []],
        {str(key): str(value) for key, value in (header.get("columns") or {}).items()},
        sparql.check(text, path),
        str(header.get("solution", "")).strip(),
    )


def _variable(value: object) -> str:
    # YAML reads "?fact" inside brackets as a key without a value.
    return str(next(iter(value)) if isinstance(value, dict) else value).lstrip("?")


def _header(text: str, path: str) -> dict[str, Any]:
    lines = [line[2:].removeprefix(" ") for line in text.split("\n") if line.startswith("#+")]
    if not lines:
        return {}
    import yaml

    try:
        header = yaml.safe_load("\n".join(lines))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise InputError(
            f"header is not YAML: {getattr(error, 'problem', error)}",
            file=path,
            line=mark.line + 1 if mark else None,
        ) from error
    if not isinstance(header, dict):
        raise InputError("header must hold 'key: value' lines", file=path)
    return header
