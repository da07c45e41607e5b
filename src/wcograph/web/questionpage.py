"""What the page of a stored question says: its form, and the answer as a table with a picture and footnotes."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urlencode

import pyoxigraph as ox

from wcograph.layout import PREFIXES
from wcograph.toolbox.errors import InputError, UsageError
from wcograph.toolbox.sparql.naming import LABELS
from wcograph.toolbox.sparql.parameters import Entities, fold
from wcograph.toolbox.sparql.stored import Parameter
from wcograph.toolbox.sparql.values import STRING, xml_attribute
from wcograph.web.links import is_external
from wcograph.web.things import safe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from wcograph.graph import KnowledgeGraph
    from wcograph.toolbox.sparql.results import Answer
    from wcograph.toolbox.sparql.stored import StoredQuery
    from wcograph.toolbox.sparql.tables import Column, Table
    from wcograph.web.links import Links
    from wcograph.web.things import Things

MOST_ROWS = 1_000
"""The rows of an answer that a page shows; the others are in the files to download."""

_FEW, _SOME, _MANY = 12, 40, 300  # choices to tick, to select from, and to suggest without a server
_INPUTS = {"xsd:date": "date", "xsd:gYearMonth": "month"}
_HINTS = {
    "xsd:gYear": "A year, such as 2016.",
    "xsd:integer": "A whole number.",
    "xsd:decimal": "A number.",
    "text": "Any words, with or without accents.",
    "iri": "An IRI, or a name with a prefix.",
    "rdfs:Resource": "A name, a code or an IRI.",
}
_LABELS = (ox.NamedNode(PREFIXES["wco"] + "labelEn"), ox.NamedNode(PREFIXES["wco"] + "labelFr"), *LABELS)
_TYPE = ox.NamedNode(PREFIXES["rdf"] + "type")
_COMMAND = re.compile(r"wcograph query ([A-Za-z0-9_-]+)((?: --[a-z-]+ (?:'[^']*'|[^\s;)]+))*)")
_URL = re.compile(r"<(https?://[^\s<>]+)>")
DOWNLOADS = {
    "csv": "CSV",
    "xlsx": "Excel",
    "json": "JSON",
    "tsv": "TSV",
    "md": "Markdown",
    "ndjson": "NDJSON",
    "parquet": "Parquet",
}
"""The files that an answer can be downloaded as, by their extension."""


@dataclass(frozen=True)
class Choice:
    """A value that a parameter takes: its code, the text that means it, its label and language."""

    iri: str
    code: str
    written: str
    label: str
    language: str = ""


@dataclass
class Field:
    """A field of the form: one for each parameter.

    ``kind`` is select, boxes, date, month or text; ``values`` are those that were given, ``chosen`` the IRIs or words
    that they mean. ``suggests`` says that a server can suggest values.
    """

    name: str
    label: str
    hint: str
    kind: str
    required: bool
    repeat: bool
    choices: Sequence[Choice] = ()
    values: list[str] = field(default_factory=list)
    chosen: set[str] = field(default_factory=set)
    default: str = ""
    error: str = ""
    suggests: bool = False


@dataclass(frozen=True)
class Cell:
    """A cell of a table: a text, the link to what it names, and the numbers of its footnotes."""

    text: str
    language: str = ""
    link: str = ""
    external: bool = False
    notes: tuple[str, ...] = ()

    def __html__(self) -> str:
        """Return the cell in HTML: a template would take three times as long for a long table."""
        if self.notes:
            return " ".join(
                f'<a class="cite" href="#note-{one}"><span class="unseen">note </span>{one}</a>'
                for one in self.notes
            )
        text = xml_attribute(safe(self.text))[1:-1]
        more = f" lang={xml_attribute(self.language)}" if self.language else ""
        if self.link:
            out = ' rel="external noreferrer" class="external"' if self.external else ""
            return f"<a href={xml_attribute(self.link)}{more}{out}>{text}</a>"
        return f"<span{more}>{text}</span>" if more else text


@dataclass(frozen=True)
class Part:
    """A part of a line below a table: a text, which may be a link."""

    text: str
    link: str = ""
    external: bool = False


@dataclass
class Shown:
    """An answer for a page: see ``wcograph.toolbox.sparql.tables.Table``. ``rows`` have their section, or none."""

    title: str
    language: str
    facts: list[tuple[str, Cell]]
    columns: list[tuple[str, bool]]
    sections: list[tuple[str, list[list[Cell]]]]
    notes: list[list[Part]]
    closing: list[list[Part]]
    length: int
    more: bool
    picture: str = ""


class Choices:
    """The choices for the parameters of a graph's questions, remembered by type."""

    def __init__(self, kg: KnowledgeGraph, things: Things) -> None:
        """Keep the graph."""
        self._kg, self._things = kg, things
        self._found: dict[tuple[str, str, str], list[Choice]] = {}

    def of(self, parameter: Parameter, language: str) -> list[Choice]:
        """Return the things that a parameter takes, by label; none if it takes anything, or values that are not things."""
        if ":" not in parameter.type or parameter.type.startswith("xsd:"):
            return []
        if parameter.type == "rdfs:Resource":
            return []
        key = parameter.type, parameter.scheme, language
        if key not in self._found:
            self._found[key] = self._read(parameter, language)
        return self._found[key]

    def _read(self, parameter: Parameter, language: str) -> list[Choice]:
        found = Entities.of(self._kg.store, parameter, self._kg.profile)
        uses = Counter(one for names in found.names.values() for one in {fold(name) for name in names})
        choices = []
        for iri in found.names:
            label, of = self._things.label(ox.NamedNode(iri), language)
            code = found.code(iri)
            written = label if uses[fold(label)] == 1 else code
            choices.append(Choice(iri, code, written, label, of))
        return sorted(choices, key=lambda choice: (fold(choice.label), choice.iri))


def fields(
    kg: KnowledgeGraph,
    choices: Choices,
    query: StoredQuery,
    given: Mapping[str, Sequence[str]],
    language: str,
) -> list[Field]:
    """Return the fields of the form of a question with the values ``given``, and what is wrong with each."""
    found = []
    for parameter in query.parameters:
        if is_language(parameter):
            continue
        values = list(given.get(parameter.option, ()))
        options = choices.of(parameter, language)
        kind, options = _kind(parameter, options)
        one = Field(
            parameter.option,
            parameter.option.replace("-", " ").capitalize(),
            _hint(parameter),
            kind,
            not parameter.optional,
            parameter.repeat,
            options,
            values,
            suggests=parameter.type == "rdfs:Resource"
            or len(options) > _FEW
            or parameter.type == "rdf:Property",
        )
        if len(options) > _MANY:
            one.choices = ()
        for value in values:
            try:
                term = kg.term_of(parameter, value, query.parameters)
                one.chosen |= {value, term.value}
            except UsageError as error:
                one.error = one.error or said(str(error))
        if len(values) > 1 and not parameter.repeat:
            one.error = "Enter one value only."
        if parameter.default:
            one.default = _default(kg, parameter, options)
        found.append(one)
    # Those that need a value come first, those with many boxes last.
    return sorted(found, key=lambda one: (not one.required, one.kind == "boxes"))


def is_language(parameter: Parameter) -> bool:
    """Return whether a parameter is the language of the names, which the page has for all questions."""
    return parameter.name == "lang" and "en" in parameter.values


def said(message: str) -> str:
    """Return the message of an error without the options of the command line, as a sentence.

    >>> said("--member: there is no Polity 'CD'; near: a"), said("--to: choose one, for example --to a")
    ("There is no Polity 'CD'; near: a", 'Choose one, for example a')
    """
    text = re.sub(r"(?<!\w)--[a-z-]+(: | )", "", message)
    return text[:1].upper() + text[1:]


def _kind(parameter: Parameter, options: list[Choice]) -> tuple[str, list[Choice]]:
    if parameter.values:
        return "select", [Choice(word, word, word, word) for word in parameter.values]
    if parameter.type == "xsd:boolean":
        return "select", [Choice("true", "true", "true", "yes"), Choice("false", "false", "false", "no")]
    if options and parameter.repeat and len(options) <= _FEW:
        return "boxes", options
    if options and not parameter.repeat and len(options) <= _SOME:
        return "select", options
    return _INPUTS.get(parameter.type, "text"), options


def _hint(parameter: Parameter) -> str:
    description = parameter.description.strip()
    parts = [description if description.endswith(".") else f"{description}."] if description else []
    if hint := _HINTS.get(parameter.type):
        parts.append(hint)
    elif parameter.type.endswith(" code"):
        parts.append("A code, with or without dots.")
    if parameter.repeat and parameter.type not in ("xsd:boolean",):
        parts.append("You can give several.")
    return " ".join(parts)


def _default(kg: KnowledgeGraph, parameter: Parameter, options: Iterable[Choice]) -> str:
    prefix, _, local = parameter.default.partition(":")
    iri = kg.prefixes[prefix] + local if prefix in kg.prefixes else parameter.default
    return next((choice.label for choice in options if choice.iri == iri), parameter.default)


def command(kg: KnowledgeGraph, query: StoredQuery, given: Mapping[str, Sequence[str]]) -> str:
    """Return the command that asks a question with the same values."""
    words = ["wcograph", "query", query.name]
    for option, values in given.items():
        words += [word for value in values for word in (f"--{option}", value)]
    files = kg.files
    words += ["--data", *files] if files else []
    words += ["--only-data"] if files and kg.only_data else []
    return " ".join(map(shlex.quote, words))


def python(kg: KnowledgeGraph, query: StoredQuery, given: Mapping[str, Sequence[str]]) -> str:
    """Return the Python that asks a question with the same values."""
    arguments = [repr(query.name)]
    for option, values in given.items():
        value: object = values[0] if len(values) == 1 else list(values)
        arguments.append(f"{option.replace('-', '_')}={value!r}")
    more = [f"data={list(kg.files)!r}"] if kg.files else []
    more += ["only_data=True"] if kg.files and kg.only_data else []
    return f"import wcograph\n\nkg = wcograph.load({', '.join(more)})\nkg.query({', '.join(arguments)}).to_pandas()"


def address(name: str, extension: str, given: Mapping[str, Sequence[str]]) -> str:
    """Return the path of the answer to a question as a file."""
    asked = urlencode({option: list(values) for option, values in given.items()}, doseq=True)
    return f"/query/{name}.{extension}{f'?{asked}' if asked else ''}"


class Shower:
    """Shows an answer on a page whose links are ``links``; ``kinds`` are the classes that its question is about."""

    def __init__(self, things: Things, links: Links, kg: KnowledgeGraph, kinds: Iterable[str] = ()) -> None:
        """Keep the values."""
        self._things, self._links, self._kg = things, links, kg
        self._kinds = set(kinds)
        self._known: dict[ox.Literal, list[ox.NamedNode]] = {}

    def shown(self, answer: Answer) -> Shown:
        """Return an answer for a page."""
        every = answer.rows()
        rows = every[:MOST_ROWS]
        cut = answer.cut or len(every) > MOST_ROWS
        table = answer.table(rows, cut=cut)
        show = answer.presentation
        language = show.language if show else self._links.language
        iris = [{term for term in row if isinstance(term, ox.NamedNode)} for row in rows]
        sections: list[tuple[str, list[list[Cell]]]] = []
        for at in range(table.length if table.columns else 0):
            if at in table.sections or not sections:
                sections.append((table.sections.get(at, ""), []))
            sections[-1][1].append([self._cell(column, at, iris[at], language) for column in table.columns])
        facts = [(column.heading, self._cell(column, 0, iris[0], language)) for column in table.facts]
        return Shown(
            table.title,
            language,
            facts,
            [(column.heading, column.numeric) for column in table.columns],
            sections,
            [self._note(note) for note in table.notes],
            [self._line(line) for line in table.closing] or [[Part(_count(table))]],
            len(every),
            cut,
            answer.drawn(),
        )

    def _cell(self, column: Column, at: int, iris: set[ox.NamedNode], language: str) -> Cell:
        text, term = column.cells[at], column.terms[at]
        if column.cited:
            return Cell("", notes=tuple(filter(None, text.split(", "))))
        if isinstance(term, ox.NamedNode):
            label = self._things.value(term, self._links)
            of = label.language if label.language != language else ""
            return Cell(label.text, of, label.link, label.external)
        if not isinstance(term, ox.Literal):
            return Cell(text)
        of = term.language or ""
        if is_external(term.value):
            return Cell(text, "", term.value, True)
        node = self._named(term, iris)
        link = self._things.address(node, self._links)[0] if node is not None else ""
        return Cell(text, of if of != language else "", link)

    def _named(self, term: ox.Literal, iris: set[ox.NamedNode]) -> ox.NamedNode | None:
        """Return the thing that a text in an answer is the label of, if there is no doubt."""
        if not (term.language or term.datatype.value == STRING) or len(term.value) > 200:
            return None
        if term not in self._known:
            found: dict[ox.NamedNode, None] = {}
            for label in _LABELS:
                for quad in self._things.store.quads_for_pattern(None, label, term):
                    if isinstance(quad.subject, ox.NamedNode):
                        found[quad.subject] = None
                if found:
                    break
            self._known[term] = list(found)
        found_now = self._known[term]
        if len(found_now) > 1:
            found_now = [node for node in found_now if node in iris] or [
                node
                for node in found_now
                if any(
                    isinstance(kind, ox.NamedNode) and kind.value in self._kinds
                    for kind in self._things.objects(node, _TYPE.value)
                )
            ]
        return found_now[0] if len(found_now) == 1 else None

    @staticmethod
    def _note(note: str) -> list[Part]:
        parts = []
        for at, text in enumerate(_URL.split(note)):
            if text:
                link = text if at % 2 and is_external(text) else ""
                parts.append(Part(text, link, bool(link)))
        return parts

    def _line(self, line: str) -> list[Part]:
        """Return a line with a link to the page of each question that it names as a command."""
        parts, at = [], 0
        for match in _COMMAND.finditer(line):
            name, options = match.groups()
            try:
                query = self._kg.stored_query(name)
                words = shlex.split(options)
            except (UsageError, ValueError):
                continue
            asked: dict[str, list[str]] = {}
            for option, value in zip(words[::2], words[1::2], strict=False):
                asked.setdefault(option[2:], []).append(value)
            asked.pop("lang", None)
            parts += [
                Part(line[at : match.start()]),
                Part(query.title, self._links.to(f"/query/{name}", asked)),
            ]
            at = match.end()
        return [part for part in [*parts, Part(line[at:])] if part.text]


def described(query: StoredQuery, kg: KnowledgeGraph, links: Links) -> list[Part]:
    """Return the description of a question, with a link for the name of another one."""
    parts = []
    for at, text in enumerate(re.split(r'"([a-z0-9-]+)"', query.description or "")):
        try:
            parts.append(
                Part(kg.stored_query(text).title, links.to(f"/query/{text}")) if at % 2 else Part(text)
            )
        except (InputError, UsageError):
            parts.append(Part(f'"{text}"'))
    return parts


def _count(table: Table) -> str:
    return f"{table.length} {table.words['row' if table.length == 1 else 'rows']}"


def kinds_of(query: StoredQuery, kg: KnowledgeGraph) -> list[str]:
    """Return the IRIs of the classes that the parameters of a question take, without those of concepts."""
    found = []
    for parameter in query.parameters:
        prefix, _, local = parameter.type.partition(":")
        if local and prefix in kg.prefixes and prefix != "xsd" and not parameter.scheme:
            found.append(kg.prefixes[prefix] + local)
    return found


def example(query: StoredQuery) -> dict[str, list[str]]:
    """Return the values with which a question is shown if it needs some: the examples of its header."""
    return {p.option: [p.example] for p in query.parameters if not p.optional and p.example}


def questions_about(
    kg: KnowledgeGraph, classes: Iterable[str], queries: Iterable[StoredQuery]
) -> list[tuple[StoredQuery, Parameter]]:
    """Return the questions that can be asked with a thing of some classes alone, each with the parameter for it."""
    wanted = set(classes)
    found: list[tuple[StoredQuery, Parameter]] = []
    for query in queries:
        if query.needs:
            continue
        required: list[Any] = [p for p in query.parameters if not p.optional]
        for parameter in query.parameters:
            prefix, _, local = parameter.type.partition(":")
            if (
                prefix in kg.prefixes
                and kg.prefixes[prefix] + local in wanted
                and not parameter.scheme
                and required in ([], [parameter])
            ):
                found.append((query, parameter))
                break
    return found
