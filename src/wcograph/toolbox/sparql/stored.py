"""Stored queries: SPARQL files that run unchanged anywhere, with a YAML header in ``#+`` comments.

The header has the keys that grlc reads (``summary`` replaces a missing ``title``) and these:
``title``, ``description``, ``tags``, ``asks`` (language → what people may type, separated by semicolons, with
the names of parameters in braces), ``parameters`` (name → type, description, optional, repeat, values,
example), ``columns`` (name → its heading, or headings by language and how to show it: see ``COLUMN``),
``complete`` (how complete the answer is: nodes of lists, the variables that have them, or a text), ``besides``
(the question whose rows this one leaves out: see ``BESIDES``), ``picture`` (see ``pictures``), ``needs`` (what
the user must have imported) and ``sources`` (the variables with the fact and claim nodes behind a row, or column →
the variables for its value; they are not columns of the answer) or ``unsourced`` (why there are none).
"""

from __future__ import annotations

import os
import re
from itertools import chain

import pyoxigraph as ox

from wcograph.toolbox.errors import InputError, UsageError
from wcograph.toolbox.output import read_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

LONGEST = 2**24
"""The longest query that is read from a file, in bytes."""

SLOT = re.compile(r"\{([^{}]*)\}")
"""A parameter in a phrasing."""

_LONGEST_HEADER, _DEEPEST_HEADER = 2**16, 10  # characters, and mappings and lists in each other

# The keys of a header and of a parameter, each with what its value must be.
_KEYS = {
    "title": "text",
    "description": "text",
    "tags": "texts",
    "parameters": "mapping",
    "sources": "sources",
    "unsourced": "text",
    "needs": "text",
    "columns": "columns",
    "asks": "mapping of texts",
    "complete": "texts",
    "besides": "mapping",
    "picture": "mapping",
    "message": "text",
    "solution": "text",
    "after": "texts",
    # What grlc reads besides, so that a team's queries for it can be used as they are.
    "summary": "text",
    "endpoint": "text",
    "endpoint_in_url": "truth",
    "method": "text",
    "pagination": "number",
    "enumerate": "list",
    "defaults": "list",
    "transform": "mapping",
}
_PARAMETER_KEYS = {
    "type": "text",
    "description": "text",
    "optional": "truth",
    "repeat": "truth",
    "scheme": "text",
    "levels": "texts",
    "of": "texts",
    "values": "words",
    "variable": "text",
    "example": "text",
}
_WORDS = {
    "text": "a text (in quotation marks)",
    "texts": "a list of texts",
    "truth": "true or false",
    "flag": "true or false",
    "name": "the name of a column",
    "number": "a whole number",
    "list": "a list",
    "words": "a list of words, or a mapping of words to CURIEs",
    "sources": "a list of variables, such as [?member], or a mapping of columns to such lists",
    "mapping": "a mapping",
    "columns": "a mapping of names to headings, or to mappings",
}
COLUMN = {
    "means": "text",
    "indent": "name",
    "unit": "name",
    "qualifier": "name",
    "language": "name",
    "words": "mapping",
    "note": "flag",
    "once": "flag",
    "section": "flag",
    "spare": "flag",
    "hidden": "flag",
    "quiet": "flag",
    "counted": "flag",
}
"""How a table shows a column, besides its heading in each language (``en``, ``fr``, ...).

``means`` is what it holds, if the heading does not say it. ``indent``, ``unit``, ``qualifier`` and ``language`` name the
columns with the level of a value in a tree, its unit ("share" is shown as a percentage), what stands before it ("about"),
and the language of a text. ``words`` replaces values. A ``note`` is shown below the table; a value that repeats is shown
``once``; a ``section`` is a heading above its rows; a ``spare`` column is left out if there is no room; a ``hidden`` one is
for programs. That a ``quiet`` column is empty goes without saying. The last
line counts the values of a ``counted`` column.
"""
BESIDES = {"question": "text", "with": "mapping", "group": "text", "name": "text", "key": "text"}
"""What a question leaves out: another ``question``, asked ``with`` values and the parameters that both have.

A row that the answer has too (the same ``key``, if there is one) is not left out. The ``name`` of each is shown, by
``group``.
"""
_TRUTHS = {**dict.fromkeys(("true", "yes", "on"), True), **dict.fromkeys(("false", "no", "off"), False)}
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
    "help format output limit timeout sources sources-each labels iris exit-status show "  # noqa: SIM905
    "explain search queries data from lenient context-file no-inferred hs only-data "
    "no-cache debug bom endpoint engine name".split()
)


class Parameter:
    """A parameter of a stored query.

    ``name`` is its name in the header, ``variable`` its SPARQL variable (the same unless the header says
    otherwise), ``option`` its name on the command line. ``type`` is a class (CURIE or IRI), a datatype (CURIE)
    or one of ``text`` (compared without case and accents), ``language``, ``iri``, ``word`` (one of ``values``) and
    ``NAME code`` (a code of a classification, with or without dots). ``scheme`` is the concept scheme that its values
    are taken from. ``levels`` are the levels of the classification that a code may have (all if it is empty), and ``of``
    names the parameters that give its edition; one of these editions must have the code. ``values`` are the only values
    that it accepts, each with its IRI if the header has one. ``default`` is the word, or the terms as
    in the file; if it is empty, the parameter restricts nothing unless it has a value.
    """

    __slots__ = (
        *(
            "default",
            "description",
            "example",
            "levels",
            "name",
            "of",
            "optional",
            "repeat",
            "scheme",
            "type",
        ),
        *("values", "variable"),
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
        values: Mapping[str, str] | None = None,
        variable: str = "",
        levels: Sequence[str] = (),
        of: Sequence[str] = (),
    ) -> None:
        """Hold the values."""
        self.levels, self.of = list(levels), list(of)
        self.name, self.type, self.description = name, type, description
        self.values = dict(values or {})
        self.variable = variable or name
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

    __slots__ = ("after", "asks", "base", "besides", "columns", "complete", "description", "form", "name", "needs",
                 "parameters", "picture", "plain", "solution", "sources", "sources_each", "subject", "tags", "text",
                 "title", "unsourced")  # fmt: skip

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
        columns: dict[str, dict[str, Any]],
        form: str,
        solution: str = "",
        unsourced: str = "",
        after: Sequence[str] = (),
        sources_each: Mapping[str, Sequence[str]] | None = None,
        plain: str = "",
        needs: str = "",
        base: str | None = None,
        complete: Sequence[str] = (),
        besides: Mapping[str, Any] | None = None,
        picture: Mapping[str, Any] | None = None,
        asks: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        """Keep the values; ``solution`` says what to do about a row of a check, ``unsourced`` why rows cite nothing.

        ``sources`` are the variables that hold the nodes on which a row rests, ``sources_each`` those on which the
        value of a column rests. ``asks`` has phrasings of the question in each language. ``after`` names the derive
        queries whose results a derive query sees. ``plain`` is the SPARQL that runs if no parameter has a value; it
        is empty if one must have. Relative IRIs in it resolve against ``base``. ``needs`` names what the user must have
        imported.
        """
        self.base, self.asks, self.needs = base, dict(asks or {}), needs
        self.plain, self.complete = plain, list(complete)
        self.besides, self.picture = dict(besides or {}), dict(picture or {})
        self.unsourced, self.after, self.sources_each = unsourced, after, dict(sources_each or {})
        self.name, self.subject, self.text, self.form, self.solution = name, subject, text, form, solution
        self.title, self.description, self.tags = title, description, tags
        self.parameters, self.sources, self.columns = parameters, sources, columns

    def parameter(self, option: str) -> Parameter | None:
        """Find a parameter by its name on the command line, in Python or in SPARQL."""
        wanted = option.replace("_", "-")
        return next((p for p in self.parameters if wanted in (p.option, p.name)), None)

    @property
    def watched(self) -> list[str]:
        """The variables whose values formats for people need besides the columns that they show."""
        lists = [one[1:] for one in self.complete if one.startswith("?")]
        key = [self.besides["key"]] if "key" in self.besides else []
        return list(dict.fromkeys([*self.sources, *lists, *key]))

    def bound(self, terms: Mapping[str, Sequence[object]]) -> str:
        """Return the SPARQL to run, with RDF terms for the variables of its parameters."""
        if not terms and self.plain:
            return self.plain
        without = [p.variable for p in self.parameters if not p.default and p.variable not in terms]
        inline = [p.variable for p in self.parameters if p.type == "word"]
        if not (terms or without or inline):
            return self.text
        from wcograph.toolbox.sparql.binding import bind

        return bind(self.text, terms, self.name, without=without, inline=inline)

    def to_json(self) -> dict[str, Any]:
        """Return the values as JSON values."""
        values: dict[str, Any] = {slot: getattr(self, slot) for slot in self.__slots__}
        values["parameters"] = [{slot: getattr(p, slot) for slot in p.__slots__} for p in self.parameters]
        return values

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> StoredQuery:
        """Return the query from the result of ``to_json``."""
        return cls(**{**values, "parameters": [Parameter(**p) for p in values["parameters"]]})


def read(
    path: str,
    prefixes: Mapping[str, str],
    *,
    name: str | None = None,
    subject: str = "",
    base: str | None = None,
    own: Mapping[str, str] | None = None,
) -> StoredQuery:
    """Read a stored query from a file, as ``parse`` does; its name is the file's unless given.

    Raises InputError if the file cannot be read, or its header or its parameter rows are wrong.
    """
    name = name or os.path.basename(path).removesuffix(".rq")
    return parse(read_text(path, most=LONGEST), name, prefixes, subject, path, base, own)


def read_all(
    place: str, prefixes: Mapping[str, str], own: Mapping[str, str] | None = None
) -> tuple[list[StoredQuery], dict[str, InputError]]:
    """Read a user's stored queries: a file, or all ``.rq`` files below a directory, with one subject per folder.

    Relative IRIs resolve against the file (SPARQL 1.1, section 4.1.1.2); prefixes are as in ``parse``. Returns the queries,
    and the errors of ill-formed files in a directory, by name. Raises InputError if a file that is named itself is
    ill-formed, and if there is none.
    """
    from wcograph.toolbox.rdf.files import file_iri

    if not os.path.isdir(place):
        return [read(place, prefixes, subject="your own", base=file_iri(place), own=own)], {}
    found: list[StoredQuery] = []
    broken: dict[str, InputError] = {}
    for folder, folders, files in os.walk(place):
        folders.sort()
        inside = os.path.relpath(folder, place).replace(os.sep, "/")
        subject = inside if inside != "." else os.path.basename(os.path.abspath(place)) or "your own"
        for file in sorted(files):
            if file.endswith(".rq") and not file.startswith("."):
                path = os.path.join(folder, file)
                try:
                    found.append(read(path, prefixes, subject=subject, base=file_iri(path), own=own))
                except (InputError, UsageError) as error:
                    broken[file.removesuffix(".rq")] = (
                        error if isinstance(error, InputError) else InputError(str(error))
                    )
    if not found and not broken:
        raise InputError("has no stored query (no .rq file)", file=place)
    return found, broken


def parse(
    text: str,
    name: str,
    known: Mapping[str, str],
    subject: str = "",
    path: str = "query",
    base: str | None = None,
    own: Mapping[str, str] | None = None,
) -> StoredQuery:
    """Read a stored query from its text. The header may use the prefixes in ``known``, which have CURIEs as types.

    The query need not declare them or, if there are some, the prefixes ``own`` of the data. Relative IRIs resolve
    against ``base``.

    >>> query = parse("#+ title: Regions\\nSELECT ?r { ?r a <http://e/Region> }", "regions", {})
    >>> query.title, query.form, query.parameters
    ('Regions', 'SELECT', [])
    """
    from wcograph.toolbox.sparql.binding import parameter_rows
    from wcograph.toolbox.sparql.columns import variables
    from wcograph.toolbox.sparql.refusals import check
    from wcograph.toolbox.sparql.tokens import prefixes

    header = _conforming(_header(text, path), _KEYS, "header", path, text)
    form = check(text, path)
    rows = parameter_rows(text, path)
    declared = {**(own or {}), **prefixes(text, path)}
    parameters = [
        _parameter(name, values, rows, declared, known, path, text)
        for name, values in header.get("parameters", {}).items()
    ]
    options = [parameter.option for parameter in parameters]
    for parameter in parameters:
        if options.count(parameter.option) > 1:
            raise InputError(
                f"header: two parameters have the option --{parameter.option}; rename one",
                file=path,
                line=_line(text, parameter.name),
            )
    cited = header.get("sources", [])
    each = cited if isinstance(cited, dict) else {}
    sources = list(dict.fromkeys(chain(*each.values()))) if each else cited
    usable = known if own is None else own
    columns = {
        key: _column(key, value, path, text) if isinstance(value, dict) else {"en": " ".join(value.split())}
        for key, value in header.get("columns", {}).items()
    }
    complete = [" ".join(one.split()) for one in header.get("complete", [])]
    picture = header.get("picture", {})
    if picture:
        from wcograph.toolbox.sparql.pictures import columns as drawn
        from wcograph.toolbox.sparql.pictures import fault

        if wrong := fault(picture):
            raise InputError(f"header: picture: {wrong}", file=path, line=_line(text, "picture"))
    used = [
        value[key]
        for value in columns.values()
        for key, kind in COLUMN.items()
        if kind == "name" and key in value
    ]
    used += [one[1:] for one in complete if one.startswith("?")]
    used += drawn(picture) if picture else []
    missing = {*sources, *each, *columns, *used} - set(variables(text, path, usable, base))
    asks = {
        language: [" ".join(phrase.split()) for phrase in phrases.split(";") if phrase.strip()]
        for language, phrases in header.get("asks", {}).items()
    }
    for unknown in {slot for phrase in chain(*asks.values()) for slot in SLOT.findall(phrase)} - set(options):
        raise InputError(
            f"header: asks has {{{unknown[:80]}}}, which is not a parameter",
            file=path,
            line=_line(text, "asks"),
        )
    if missing:
        raise InputError(
            f"the header names ?{', ?'.join(sorted(missing))}, which the query does not select", file=path
        )
    query = StoredQuery(
        name,
        subject,
        text,
        " ".join((header.get("title") or header.get("summary") or name).split()),
        header.get("description", "").strip(),
        header.get("tags", []),
        parameters,
        sources,
        columns,
        form,
        header.get("solution", "").strip(),
        " ".join(header.get("unsourced", "").split()),
        header.get("after", []),
        each,
        needs=header.get("needs", ""),
        base=base,
        complete=[
            one
            if one.startswith("?") or " " in one
            else _iri(one, {**known, **declared}, "header: complete", path, None)
            for one in complete
        ],
        besides=_conforming(header["besides"], BESIDES, "header: besides", path, text)
        if "besides" in header
        else {},
        picture=picture,
        asks=asks,
    )
    if all(parameter.optional for parameter in parameters):
        query.plain = query.bound({})
    return query


def _conforming(values: object, keys: Mapping[str, str], what: str, path: str, text: str) -> dict[str, Any]:
    """Return a mapping of the header with Python values.

    Raises InputError if it is not a mapping, has unknown keys, or has values of the wrong type for ``keys``.
    """
    if not isinstance(values, dict):
        raise InputError(f"{what} must have 'key: value' pairs", file=path)
    found = {}
    for key, value in values.items():
        if key not in keys:
            raise InputError(
                f"{what} has an unknown key {key[:80]!r} (keys: {', '.join(keys)})",
                file=path,
                line=_line(text, key),
            )
        found[key] = _value(keys[key], value)
        if found[key] is None:
            raise InputError(f"{what}: {key} must be {_WORDS[keys[key]]}", file=path, line=_line(text, key))
    return found


def _column(name: str, given: Mapping[str, Any], path: str, text: str) -> dict[str, Any]:
    """Return how a column is shown, from the header."""
    what = f"header: column {name[:80]}"
    languages = {key: "text" for key in given if re.fullmatch("[a-z]{2}", key)}
    values = _conforming(given, {**languages, **COLUMN}, what, path, text)
    return {
        key: " ".join(value.split()) if isinstance(value, str) else value for key, value in values.items()
    }


def _value(kind: str, value: Any) -> Any:
    """Return the Python value of a header's value (all scalars are strings); None if it is of another kind."""
    if kind in ("text", "name"):
        return value if isinstance(value, str) and value else None
    if kind in ("truth", "flag"):
        return _TRUTHS.get(value.lower()) if isinstance(value, str) else None
    if kind == "number":
        return int(value) if isinstance(value, str) and re.fullmatch("[0-9]{1,9}", value) else None
    if kind == "words" and isinstance(value, list):
        value = dict.fromkeys(value, "") if all(isinstance(word, str) for word in value) else None
    if kind == "sources" and isinstance(value, dict):
        found = {key.lstrip("?"): _variables(value[key]) for key in value if isinstance(key, str)}
        return found if found and all(found.values()) else None
    if kind == "sources":
        return _variables(value)
    if kind == "mapping" or kind == "list":
        return value if isinstance(value, dict if kind == "mapping" else list) else None
    if kind == "texts":
        return value if isinstance(value, list) and all(isinstance(text, str) for text in value) else None
    fits = isinstance(value, dict) and all(isinstance(one, str | dict) for one in value.values())
    return value if fits else None


def _variables(value: object) -> list[str] | None:
    """Return the names in a list of variables; None if it is not such a list."""
    if not isinstance(value, list):
        return None
    # YAML reads "?fact" inside brackets as a key without a value.
    names = [next(iter(one), "") if isinstance(one, dict) else one for one in value]
    names = [name.lstrip("?") if isinstance(name, str) else "" for name in names]
    return names if all(re.fullmatch(r"\w+", name) for name in names) else None


def _line(text: str, key: str) -> int | None:
    """Return the first line of the header with ``key``."""
    written = re.compile(rf"(?<![\w-])[\"']?{re.escape(key)}[\"']?[ \t]{{0,9}}:")
    lines = enumerate(text.split("\n"), 1)
    return next(
        (n for n, line in lines if line.startswith("#+") and key in line and written.search(line)), None
    )


def _parameter(
    name: str,
    given: object,
    rows: Mapping[str, Sequence[tuple[int, int, str]]],
    prefixes: Mapping[str, str],
    known: Mapping[str, str],
    path: str,
    text: str,
) -> Parameter:
    what = f"header: parameter {name[:80]}"
    values = _conforming(given, _PARAMETER_KEYS, what, path, text)
    variable = values.get("variable", name).lstrip("?")
    words = values.get("values", {})
    if "type" not in values and not any(words.values()):
        raise InputError(f"{what} needs a type", file=path, line=_line(text, name))
    if len(rows.get(variable, ())) != 1:
        raise InputError(
            f"parameter {name[:80]} needs one row 'VALUES ?{variable[:80]} {{ ... }}', "
            f"there are {len(rows.get(variable, ()))}",
            file=path,
            line=_line(text, name),
        )
    default = rows[variable][0][2]
    parameter = Parameter(
        name,
        _type(values["type"], prefixes, known, what, path, _line(text, "type"))
        if "type" in values
        else "word",
        " ".join(values.get("description", "").split()),
        values.get("optional", False) or default != "UNDEF",
        values.get("repeat", False),
        _scheme(values.get("scheme", ""), known, what, path, _line(text, "scheme")),
        values.get("example", ""),
        "" if default == "UNDEF" else {curie: word for word, curie in words.items()}.get(default, default),
        {word: _iri(curie, prefixes, what, path, _line(text, word)) for word, curie in words.items()},
        variable,
        values.get("levels", ()),
        values.get("of", ()),
    )
    if not re.fullmatch(r"[^\W_][\w-]*", parameter.option):
        raise InputError(
            f"{what} cannot be an option; its name begins with a letter or a digit",
            file=path,
            line=_line(text, name),
        )
    if parameter.option in RESERVED:
        raise InputError(f"{what} has the name of an option, --{parameter.option}; rename it", file=path)
    return parameter


def _type(
    written: str,
    prefixes: Mapping[str, str],
    known: Mapping[str, str],
    what: str,
    path: str,
    line: int | None,
) -> str:
    """Return a type: one of TYPES, a CURIE with a ``known`` prefix, or an IRI."""
    if written.lower() in TYPES:
        return TYPES[written.lower()]
    if re.fullmatch(r"[a-z]+ code", written):
        return written
    prefix, colon, local = written.partition(":")
    namespace = prefixes.get(prefix, known.get(prefix))
    if prefix == "xsd" and colon:
        if written not in TYPES.values():
            raise InputError(f"{what}: no values of type {written[:80]} can be given", file=path, line=line)
        return written
    if colon and namespace and _is_iri(namespace + local):
        return written if known.get(prefix) == namespace else namespace + local
    iri = written[1:-1] if written.startswith("<") and written.endswith(">") else written
    if "://" in iri and _is_iri(iri):
        return iri
    raise InputError(
        f"{what} has an unknown type {written[:80]!r} (types: {', '.join(TYPES)}, NAME code, or a class as CURIE or IRI)",
        file=path,
        line=line,
    )


def _iri(curie: str, prefixes: Mapping[str, str], what: str, path: str, line: int | None) -> str:
    """Return the IRI of a CURIE of the header; an empty string for an empty string."""
    prefix, colon, local = curie.partition(":")
    iri = prefixes.get(prefix, "") + local
    if curie and (not colon or prefix not in prefixes or not _is_iri(iri)):
        raise InputError(
            f"{what}: {curie[:80]!r} is not a CURIE with a prefix of the query", file=path, line=line
        )
    return iri if curie else ""


def _scheme(written: str, known: Mapping[str, str], what: str, path: str, line: int | None) -> str:
    prefix, colon, local = written.partition(":")
    if written and not _is_iri(known[prefix] + local if colon and prefix in known else written):
        raise InputError(f"{what}: the scheme {written[:80]!r} is not an IRI", file=path, line=line)
    return written


def _is_iri(text: str) -> bool:
    try:
        ox.NamedNode(text)
    except ValueError:
        return False
    return True


def _header(text: str, path: str) -> Any:
    numbered = [(n, line) for n, line in enumerate(text.split("\n"), 1) if line.startswith("#+")]
    lines = [line[2:].removeprefix(" ") for _, line in numbered]
    if not lines:
        return {}
    written = "\n".join(lines)
    if len(written) > _LONGEST_HEADER:
        raise InputError(
            f"header is longer than {_LONGEST_HEADER:,} characters", file=path, line=numbered[0][0]
        )
    import yaml

    def refused(fault: str, mark: Any) -> InputError:
        line = numbered[min(mark.line, len(lines) - 1)][0] if mark else None
        return InputError(f"header {fault}", file=path, line=line)

    def value(event: Any, depth: int = 1) -> Any:
        if isinstance(event, yaml.AliasEvent) or event.anchor:
            raise refused("has an anchor or an alias; write the value where it belongs", event.start_mark)
        if event.tag not in (None, "!"):
            raise refused("has a tag; leave it out", event.start_mark)
        if isinstance(event, yaml.ScalarEvent):
            return event.value  # always a string
        if depth > _DEEPEST_HEADER:
            raise refused(f"is nested deeper than {_DEEPEST_HEADER}", event.start_mark)
        if isinstance(event, yaml.SequenceStartEvent):
            members = []
            while not isinstance(member := next(events), yaml.SequenceEndEvent):
                members.append(value(member, depth + 1))
            return members
        found = {}
        while not isinstance(key := next(events), yaml.MappingEndEvent):
            name = value(key, depth + 1)
            if not isinstance(name, str):
                raise refused("is not YAML: a key is not a text", key.start_mark)
            if name in found:
                raise refused(f"is not YAML: {name[:80]!r} is given twice", key.start_mark)
            found[name] = value(next(events), depth + 1)
        return found

    # The parser in C takes a tenth of the time, and reports the same faults in other words.
    events = yaml.parse(written, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))
    header = None
    try:
        for event in events:
            if isinstance(event, yaml.NodeEvent):
                header = value(event)
            elif isinstance(event, yaml.DocumentStartEvent) and header is not None:
                raise refused("is more than one YAML document", event.start_mark)
    except (yaml.YAMLError, UnicodeError) as error:
        mark = getattr(error, "problem_mark", None)
        raise refused(f"is not YAML: {getattr(error, 'problem', None) or error}", mark) from error
    return header
