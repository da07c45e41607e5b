"""Stored queries: SPARQL files that run as they stand anywhere, with a YAML header in ``#+`` comments.

The header has the keys that grlc reads (``summary`` stands for a missing ``title``) and wcograph's own:
``title``, ``description``, ``tags``, ``parameters`` (name → type, description, optional, repeat, values,
example), ``columns`` (name → what it holds) and ``sources`` (the variables that hold the fact and claim nodes
of a row; they are no columns of the answer) or ``unsourced`` (why there are none).
"""

from __future__ import annotations

import os
import re

from wcograph.errors import InputError, UsageError
from wcograph.layout import PREFIXES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

# The keys of a header and of a parameter, with the type of their values.
_KEYS: dict[str, type] = {
    "title": str,
    "description": str,
    "tags": list,
    "parameters": dict,
    "sources": list,
    "unsourced": str,
    "columns": dict,
    "message": str,
    "solution": str,
    # What grlc reads besides, so that a team's queries for it can be used as they are.
    "summary": str,
    "endpoint": str,
    "endpoint_in_url": bool,
    "method": str,
    "pagination": int,
    "enumerate": list,
    "defaults": list,
    "transform": dict,
}
_PARAMETER_KEYS: dict[str, type] = {
    "type": str,
    "description": str,
    "optional": bool,
    "repeat": bool,
    "scheme": str,
    "values": list,
    "example": str,
}
# Types of parameters that are no class, by the words that a header may use.
TYPES = {
    "integer": "xsd:integer",
    "decimal": "xsd:decimal",
    "boolean": "xsd:boolean",
    "date": "xsd:date",
    "month": "xsd:gYearMonth",
    "year": "xsd:gYear",
    "string": "xsd:string",
    "text": "text",
    "language": "language",
    "iri": "iri",
}
# Options that every query has; a parameter of such a name could not be given.
RESERVED = frozenset(
    (
        *("help", "format", "output", "limit", "timeout", "sources", "labels", "iris", "exit-status", "show"),
        *("explain", "search", "queries", "data", "only-data", "no-cache", "debug", "name"),
    )
)


class Parameter:
    """A parameter of a stored query.

    ``name`` is its SPARQL variable, ``option`` its name on the command line, ``type`` a class (CURIE or IRI),
    a datatype (CURIE) or one of ``text`` (compared without case and accents), ``language`` and ``iri``,
    ``scheme`` the concept scheme that its values are taken from, ``values`` the only values that it takes,
    ``default`` the terms that stand in the file (empty: without a value the parameter restricts nothing).
    """

    __slots__ = (
        *("default", "description", "example", "name", "optional", "repeat", "scheme", "type"),
        "values",
    )

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
        values: Sequence[str] = (),
    ) -> None:
        """Hold the values."""
        self.name, self.type, self.description = name, type, description
        self.values = list(values)
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
                 "text", "title", "unsourced")  # fmt: skip

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
        unsourced: str = "",
    ) -> None:
        """Hold the values; ``solution`` says what to do about a row of a check, ``unsourced`` why rows cite nothing."""
        self.unsourced = unsourced
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
        with open(path, encoding="utf-8-sig") as file:
            text = file.read()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=path) from error
    except UnicodeDecodeError as error:
        raise InputError(f"is not UTF-8 (byte {error.start})", file=path) from error
    return parse(text, name or os.path.basename(path).removesuffix(".rq"), subject, path)


def read_all(place: str) -> tuple[list[StoredQuery], dict[str, InputError]]:
    """Read a user's stored queries: a file, or all ``.rq`` files below a directory, a subject each folder.

    Gives the queries of a directory, and for those of its files that are wrong what is wrong, by name. Raises
    InputError where a file is wrong that is named itself, and where there is none.
    """
    if not os.path.isdir(place):
        return [read(place, subject="your own")], {}
    found: list[StoredQuery] = []
    broken: dict[str, InputError] = {}
    for folder, folders, files in os.walk(place):
        folders.sort()
        inside = os.path.relpath(folder, place).replace(os.sep, "/")
        subject = inside if inside != "." else os.path.basename(os.path.abspath(place)) or "your own"
        for file in sorted(files):
            if file.endswith(".rq") and not file.startswith("."):
                try:
                    found.append(read(os.path.join(folder, file), subject=subject))
                except (InputError, UsageError) as error:
                    broken[file.removesuffix(".rq")] = (
                        error if isinstance(error, InputError) else InputError(str(error))
                    )
    if not found and not broken:
        raise InputError("holds no stored query (no .rq file)", file=place)
    return found, broken


def parse(text: str, name: str, subject: str = "", path: str = "query") -> StoredQuery:
    """Read a stored query from its text.

    >>> query = parse("#+ title: Regions\\nSELECT ?r { ?r a <http://e/Region> }", "regions")
    >>> query.title, query.form, query.parameters
    ('Regions', 'SELECT', [])
    """
    from wcograph.querying import (
        sparql,  # its regular expression takes a while to compile: only where a file is read
    )

    header = _header(text, path)
    _conforms(header, _KEYS, "header", path, text)
    form = sparql.check(text, path)
    rows = sparql.parameter_rows(text, path)
    prefixes = sparql.prefixes(text, path)
    parameters = [
        _parameter(variable, values, rows, prefixes, path, text)
        for variable, values in header.get("parameters", {}).items()
    ]
    sources = [_variable(value) for value in header.get("sources", [])]
    columns = {str(key): " ".join(str(value).split()) for key, value in header.get("columns", {}).items()}
    missing = {*sources, *columns} - set(sparql.variables(text, path))  # and is the query well-formed?
    if missing:
        raise InputError(
            f"header speaks of ?{', ?'.join(sorted(missing))}, which the query does not select", file=path
        )
    return StoredQuery(
        name,
        subject,
        text,
        str(header.get("title") or header.get("summary") or name),
        str(header.get("description", "")).strip(),
        [str(tag) for tag in header.get("tags", [])],
        parameters,
        sources,
        columns,
        form,
        str(header.get("solution", "")).strip(),
        " ".join(str(header.get("unsourced", "")).split()),
    )


def _conforms(values: object, keys: Mapping[str, type], what: str, path: str, text: str) -> None:
    """Raise InputError where a mapping of the header has unknown keys, or values of another type."""
    if not isinstance(values, dict):
        raise InputError(f"{what} must hold 'key: value' pairs", file=path)
    for key, value in values.items():
        if key not in keys:
            raise InputError(
                f"{what} has an unknown key {key!r} (keys: {', '.join(keys)})",
                file=path,
                line=_line(text, key),
            )
        plain = keys[key] is str and not isinstance(
            value, bool | list | dict | None
        )  # YAML reads 2022 as a number
        if not plain and not isinstance(value, keys[key]):
            words = {
                str: "a text (in quotation marks)",
                bool: "true or false",
                list: "a list",
                dict: "a mapping",
                int: "a whole number",
            }
            raise InputError(f"{what}: {key} must be {words[keys[key]]}", file=path, line=_line(text, key))


def _line(text: str, key: object) -> int | None:
    """Give the line of the header in which ``key`` stands first."""
    written = re.compile(rf"#\+.*?(?<![\w-])[\"']?{re.escape(str(key))}[\"']?\s*:")
    return next((number for number, line in enumerate(text.split("\n"), 1) if written.match(line)), None)


def _parameter(
    variable: str,
    values: dict[str, Any],
    rows: Mapping[str, Sequence[tuple[int, int, str]]],
    prefixes: Mapping[str, str],
    path: str,
    text: str,
) -> Parameter:
    what = f"header: parameter {variable}"
    _conforms(values, _PARAMETER_KEYS, what, path, text)
    if "type" not in values:
        raise InputError(f"{what} needs a type", file=path, line=_line(text, variable))
    if len(rows.get(variable, ())) != 1:
        raise InputError(
            f"parameter {variable} needs one row 'VALUES ?{variable} {{ ... }}', "
            f"there are {len(rows.get(variable, ()))}",
            file=path,
            line=_line(text, variable),
        )
    default = rows[variable][0][2]
    parameter = Parameter(
        variable,
        _type(str(values["type"]), prefixes, what, path),
        " ".join(str(values.get("description", "")).split()),
        values.get("optional", False) or default != "UNDEF",
        values.get("repeat", False),
        str(values.get("scheme", "")),
        str(values.get("example", "")),
        "" if default == "UNDEF" else default,
        [str(value) for value in values.get("values", [])],
    )
    if parameter.option in RESERVED:
        raise InputError(f"{what} has the name of an option, --{parameter.option}; rename it", file=path)
    return parameter


def _type(written: str, prefixes: Mapping[str, str], what: str, path: str) -> str:
    """Give a type as one of TYPES, or a CURIE with a prefix of the graph, or an IRI."""
    if written.lower() in TYPES:
        return TYPES[written.lower()]
    prefix, colon, local = written.partition(":")
    namespace = prefixes.get(prefix, PREFIXES.get(prefix))
    if prefix == "xsd" and colon:
        if written not in TYPES.values():
            raise InputError(f"{what}: no values of type {written} can be given", file=path)
        return written
    if colon and namespace:
        return written if PREFIXES.get(prefix) == namespace else namespace + local
    if "://" in written:
        return written.strip("<>")
    raise InputError(
        f"{what} has an unknown type {written!r} (types: {', '.join(TYPES)}, or a class as CURIE or IRI)",
        file=path,
    )


def _variable(value: object) -> str:
    # YAML reads "?fact" inside brackets as a key without a value.
    return str(next(iter(value)) if isinstance(value, dict) else value).lstrip("?")


def _header(text: str, path: str) -> dict[str, Any]:
    numbered = [(n, line) for n, line in enumerate(text.split("\n"), 1) if line.startswith("#+")]
    lines = [line[2:].removeprefix(" ") for _, line in numbered]
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
            line=numbered[min(mark.line, len(lines) - 1)][0] if mark else None,
        ) from error
    if not isinstance(header, dict):
        raise InputError("header must hold 'key: value' lines", file=path)
    return header
