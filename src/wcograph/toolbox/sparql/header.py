"""The header of a stored query: YAML in ``#+`` comments, checked key by key."""

from __future__ import annotations

import re

from wcograph.toolbox.errors import InputError
from wcograph.toolbox.sparql.values import node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

_LONGEST, _DEEPEST = 2**16, 10  # characters, and mappings and lists in each other


def _kinds(**keys: str) -> dict[str, str]:
    return {key: kind for kind, several in keys.items() for key in several.split()}


# The keys of a header and of a parameter, each with the kind of its value. The last line has what only grlc reads, so that
# a team's queries for it can be used as they are.
_KEYS = {
    **_kinds(text="title description", texts="tags", mapping="parameters", sources="sources", columns="columns"),
    **_kinds(phrasings="asks", texts="complete after", mapping="besides picture"),
    **_kinds(text="unsourced needs message solution"),
    **_kinds(text="summary endpoint method", truth="endpoint_in_url", number="pagination"),
    **_kinds(list="enumerate defaults", mapping="transform"),
}  # fmt: skip
_PARAMETER_KEYS = _kinds(
    text="type description scheme variable example",
    truth="optional repeat",
    texts="levels of",
    words="values",
)
_WORDS = {
    "text": "a text (in quotation marks)",
    "texts": "a list of texts",
    "truth": "true or false",
    "name": "the name of a column",
    "number": "a whole number",
    "list": "a list",
    "words": "a list of words, or a mapping of words to CURIEs",
    "sources": "a list of variables, such as [?member], or a mapping of columns to such lists",
    "mapping": "a mapping",
    "columns": "a mapping of names to headings, or to mappings",
    "phrasings": "a mapping of languages to texts",
}
COLUMN = _kinds(
    text="means",
    name="indent unit qualifier language",
    mapping="words",
    truth="note once section spare hidden quiet counted",
)
"""How a table shows a column, besides its heading in each language (``en``, ``fr``, ...).

``means`` is what it holds, if the heading does not say it. ``indent``, ``unit``, ``qualifier`` and ``language`` name the
columns with the level of a value in a tree, its unit ("share" is shown as a percentage), what stands before it ("about"),
and the language of a text. ``words`` replaces values. A ``note`` is shown below the table; a value that repeats is shown
``once``; a ``section`` is a heading above its rows; a ``spare`` column is left out if there is no room; a ``hidden`` one is
for programs. That a ``quiet`` column is empty goes without saying. The last line counts the values of a ``counted`` column.
"""
BESIDES = _kinds(text="question group name key", mapping="with")
"""What a question leaves out: another ``question``, asked ``with`` values and the parameters that both have.

A row that the answer has too (the same ``key``, if there is one) is not left out. The ``name`` of each is shown, by
``group``.
"""
_TRUTHS = {**dict.fromkeys(("true", "yes", "on"), True), **dict.fromkeys(("false", "no", "off"), False)}
TYPES = {
    **{name: f"xsd:{name}" for name in ("integer", "decimal", "boolean", "date", "string")},
    **{"month": "xsd:gYearMonth", "year": "xsd:gYear"},
    **{name: name for name in ("text", "language", "iri")},
}
"""Types of parameters that are not classes, by the words that a header may use."""
SLOT = re.compile(r"\{([^{}]*)\}")
"""A parameter in a phrasing."""


class Header:
    """The header of the query ``text``, in which mistakes are named by line; ``path`` is the file that they are in.

    ``prefixes`` are those of the query, ``known`` those of the graph, which CURIEs of types keep. ``values`` has the values
    by key. Raises InputError if it is not YAML, or has unknown keys or values of the wrong kind.

    >>> Header("#+ tags: [a]\\nASK {}", "a.rq", {}, {}).values
    {'tags': ['a']}
    """

    def __init__(self, text: str, path: str, prefixes: Mapping[str, str], known: Mapping[str, str]) -> None:
        """Read the header."""
        self.path, self._prefixes, self._known = path, prefixes, known
        self._lines = [(n, line) for n, line in enumerate(text.split("\n"), 1) if line.startswith("#+")]
        self.values = self._conforming(self._read(), _KEYS, "header")

    def fault(self, message: str, key: str = "") -> InputError:
        """Return the error for the first line of the header with a key."""
        written = re.compile(rf"(?<![\w-])[\"']?{re.escape(key)}[\"']?[ \t]{{0,9}}:")
        lines = (n for n, line in self._lines if key and key in line and written.search(line))
        return InputError(message, file=self.path, line=next(lines, None))

    def besides(self) -> dict[str, Any]:
        """Return what the question leaves out; see ``BESIDES``."""
        return self._conforming(self.values.get("besides", {}), BESIDES, "header: besides")

    def columns(self) -> dict[str, dict[str, Any]]:
        """Return how each column is shown; see ``COLUMN``."""
        found = {}
        for name, given in self.values.get("columns", {}).items():
            given = {"en": given} if isinstance(given, str) else given
            languages = {key: "text" for key in given if re.fullmatch("[a-z]{2}", key)}
            values = self._conforming(given, {**languages, **COLUMN}, f"header: column {name[:80]}")
            found[name] = {key: one_line(one) if isinstance(one, str) else one for key, one in values.items()}
        return found

    def picture(self) -> tuple[dict[str, Any], list[str]]:
        """Return how the answer is drawn, and the columns that this needs; see ``pictures``."""
        header = self.values.get("picture", {})
        if not header:
            return {}, []
        from wcograph.toolbox.sparql.pictures import columns, fault

        if wrong := fault(header):
            raise self.fault(f"header: picture: {wrong}", "picture")
        return header, columns(header)

    def complete(self) -> list[str]:
        """Return how complete the answer is: IRIs of lists, variables that have them, or texts."""
        known = {**self._known, **self._prefixes}
        return [
            one if one.startswith("?") or " " in one else self._iri(one, "header: complete", "", known)
            for one in map(one_line, self.values.get("complete", []))
        ]

    def asks(self, options: Sequence[str]) -> dict[str, list[str]]:
        """Return phrasings of the question by language, in which ``options`` may be in braces."""
        asks = {
            language: [one_line(phrase) for phrase in phrases.split(";") if phrase.strip()]
            for language, phrases in self.values.get("asks", {}).items()
        }
        used = {slot for phrases in asks.values() for phrase in phrases for slot in SLOT.findall(phrase)}
        for unknown in used - set(options):
            raise self.fault(f"header: asks has {{{unknown[:80]}}}, which is not a parameter", "asks")
        return asks

    def parameter(
        self, name: str, given: object, rows: Mapping[str, Sequence[tuple[int, int, str]]]
    ) -> dict[str, Any]:
        """Return the values of a parameter; ``rows`` are the VALUES of the query (see ``binding``)."""
        what = f"header: parameter {name[:80]}"
        values = self._conforming(given, _PARAMETER_KEYS, what)
        variable = values.get("variable", name).lstrip("?")
        words = values.get("values", {})
        if "type" not in values and not any(words.values()):
            raise self.fault(f"{what} needs a type", name)
        found = rows.get(variable, ())
        if len(found) != 1:
            needed = f"one row 'VALUES ?{variable[:80]} {{ ... }}', there are {len(found)}"
            raise self.fault(f"parameter {name[:80]} needs {needed}", name)
        default = found[0][2]
        by_curie = {curie: word for word, curie in words.items()}
        kind = self._type(values["type"], what) if "type" in values else "word"
        scheme = values.get("scheme", "")
        if scheme and node(self._expanded(scheme, self._known) or scheme) is None:
            raise self.fault(f"{what}: the scheme {scheme[:80]!r} is not an IRI", "scheme")
        return {
            **values,
            "name": name,
            "variable": variable,
            "type": kind,
            "description": one_line(values.get("description", "")),
            "optional": values.get("optional", False) or default != "UNDEF",
            "default": "" if default == "UNDEF" else by_curie.get(default, default),
            "values": {word: curie and self._iri(curie, what, word) for word, curie in words.items()},
        }

    def _conforming(self, values: object, keys: Mapping[str, str], what: str) -> dict[str, Any]:
        """Return a mapping with Python values for its ``keys``, each of its kind."""
        if not isinstance(values, dict):
            raise self.fault(f"{what} must have 'key: value' pairs")
        found = {}
        for key, value in values.items():
            if key not in keys:
                raise self.fault(f"{what} has an unknown key {key[:80]!r} (keys: {', '.join(keys)})", key)
            found[key] = _value(keys[key], value)
            if found[key] is None:
                raise self.fault(f"{what}: {key} must be {_WORDS[keys[key]]}", key)
        return found

    def _type(self, written: str, what: str) -> str:
        """Return a type: one of TYPES, a CURIE with a ``known`` prefix, or an IRI."""
        if written.lower() in TYPES:
            return TYPES[written.lower()]
        if re.fullmatch(r"[a-z]+ code", written):
            return written
        if written.startswith("xsd:"):
            if written not in TYPES.values():
                raise self.fault(f"{what}: no values of type {written[:80]} can be given", "type")
            return written
        iri = self._expanded(written, {**self._known, **self._prefixes})
        if iri and node(iri):
            return written if iri == self._expanded(written, self._known) else iri
        iri = written[1:-1] if written.startswith("<") and written.endswith(">") else written
        if "://" in iri and node(iri):
            return iri
        known = f"{', '.join(TYPES)}, NAME code, or a class as CURIE or IRI"
        raise self.fault(f"{what} has an unknown type {written[:80]!r} (types: {known})", "type")

    def _iri(self, curie: str, what: str, key: str, prefixes: Mapping[str, str] | None = None) -> str:
        """Return the IRI of a CURIE."""
        iri = self._expanded(curie, self._prefixes if prefixes is None else prefixes)
        if not iri or node(iri) is None:
            raise self.fault(f"{what}: {curie[:80]!r} is not a CURIE with a prefix of the query", key)
        return iri

    def _expanded(self, curie: str, prefixes: Mapping[str, str]) -> str:
        prefix, colon, local = curie.partition(":")
        return prefixes[prefix] + local if colon and prefix in prefixes else ""

    def _read(self) -> Any:
        lines = [line[2:].removeprefix(" ") for _, line in self._lines]
        if not lines:
            return {}
        written = "\n".join(lines)

        def refused(fault: str, mark: Any = None) -> InputError:
            line = self._lines[min(mark.line, len(lines) - 1) if mark else 0][0]
            return InputError(f"header {fault}", file=self.path, line=line)

        if len(written) > _LONGEST:
            raise refused(f"is longer than {_LONGEST:,} characters")
        import yaml

        def value(event: Any, depth: int = 1) -> Any:
            if isinstance(event, yaml.AliasEvent) or event.anchor:
                raise refused("has an anchor or an alias; write the value where it belongs", event.start_mark)
            if event.tag not in (None, "!"):
                raise refused("has a tag; leave it out", event.start_mark)
            if isinstance(event, yaml.ScalarEvent):
                return event.value  # always a string
            if depth > _DEEPEST:
                raise refused(f"is nested deeper than {_DEEPEST}", event.start_mark)
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


def one_line(text: str) -> str:
    """Return a text with single spaces between its words."""
    return " ".join(text.split())


def _value(kind: str, value: Any) -> Any:
    """Return the Python value of a header's value (all scalars are strings); None if it is of another kind."""
    inside = value.values() if isinstance(value, dict) else value
    texts = isinstance(value, list | dict) and all(isinstance(one, str) for one in inside)
    match kind, value:
        case (("text" | "name"), str()):
            return value or None
        case "truth", str():
            return _TRUTHS.get(value.lower())
        case "number", str():
            return int(value) if re.fullmatch("[0-9]{1,9}", value) else None
        case ("list", list()) | ("mapping", dict()):
            return value
        case ("texts", list()) | (("words" | "phrasings"), dict()) if texts:
            return value
        case "words", list() if texts:
            return dict.fromkeys(value, "")
        case "columns", dict():
            return value if all(isinstance(one, str | dict) for one in inside) else None
        case "sources", dict():
            found = {key.lstrip("?"): _variables(one) for key, one in value.items()}
            return found if found and all(found.values()) else None
        case "sources", list():
            return _variables(value)
    return None


def _variables(value: object) -> list[str] | None:
    """Return the names in a list of variables; None if it is not such a list."""
    if not isinstance(value, list):
        return None
    # YAML reads "?fact" inside brackets as a key without a value.
    names = [next(iter(one), "") if isinstance(one, dict) else one for one in value]
    names = [name.lstrip("?") if isinstance(name, str) else "" for name in names]
    return names if all(re.fullmatch(r"\w+", name) for name in names) else None
