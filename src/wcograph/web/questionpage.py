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
from wcograph.web.things import WORDS, Value, safe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from wcograph.graph import KnowledgeGraph
    from wcograph.toolbox.sparql.results import Answer
    from wcograph.toolbox.sparql.stored import StoredQuery
    from wcograph.toolbox.sparql.tables import Column
    from wcograph.web.links import Links
    from wcograph.web.things import Things

MOST_ROWS = 1_000
"""The rows of an answer that a page shows; the others are in the files to download."""

_FEW, _SOME, _MANY = 12, 40, 300  # choices to tick, to select from, and to suggest without a server
_INPUTS = {"xsd:date": "date", "xsd:gYearMonth": "month"}
_LABELS = (ox.NamedNode(PREFIXES["wco"] + "labelEn"), ox.NamedNode(PREFIXES["wco"] + "labelFr"), *LABELS)
_TYPE = ox.NamedNode(PREFIXES["rdf"] + "type")
_COMMAND = re.compile(r"wcograph query ([A-Za-z0-9_-]+)((?: --[a-z-]+ (?:'[^']*'|[^\s;)]+))*)")
_URL = re.compile(r"<(https?://[^\s<>]+)>")


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
    hint: str
    kind: str
    required: bool
    repeat: bool
    choices: Sequence[Choice]
    values: list[str]
    default: str
    suggests: bool
    chosen: set[str] = field(default_factory=set)
    error: str = ""

    @property
    def label(self) -> str:
        """The name for people."""
        return self.name.replace("-", " ").capitalize()


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


@dataclass
class Shown:
    """An answer for a page: see ``wcograph.toolbox.sparql.tables.Table``. ``rows`` have their section, or none."""

    language: str
    facts: list[tuple[str, Cell]]
    columns: list[tuple[str, bool]]
    sections: list[tuple[str, list[list[Cell]]]]
    notes: list[list[Value]]
    closing: list[list[Value]]
    length: int
    more: bool
    picture: str = ""


class Choices:
    """The choices for the parameters of a graph's questions, remembered by type."""

    def __init__(self, things: Things) -> None:
        """Keep the graph."""
        self._things = things
        self._found: dict[tuple[str, str, str], list[Choice]] = {}

    def of(self, parameter: Parameter, language: str) -> list[Choice]:
        """Return the things that a parameter takes, by label; none if it takes anything, or values that are not things."""
        if (
            ":" not in parameter.type
            or parameter.type.startswith("xsd:")
            or parameter.type == "rdfs:Resource"
        ):
            return []
        key = parameter.type, parameter.scheme, language
        if key not in self._found:
            found = Entities.of(self._things.store, parameter, self._things.kg.profile)
            uses = Counter(one for names in found.names.values() for one in {fold(name) for name in names})
            choices = []
            for iri in found.names:
                code = found.code(iri)
                label, of = self._things.label(ox.NamedNode(iri), language)
                written = label if uses[fold(label)] == 1 else code
                choices.append(Choice(iri, code, written, label, of))
            self._found[key] = sorted(choices, key=lambda choice: (fold(choice.label), choice.iri))
        return self._found[key]


def fields(
    choices: Choices, things: Things, query: StoredQuery, given: Mapping[str, Sequence[str]], language: str
) -> list[Field]:
    """Return the fields of the form of a question with the values ``given``, and what is wrong with each."""
    found = []
    for parameter in query.parameters:
        if is_language(parameter):
            continue
        values = list(given.get(parameter.option, ()))
        kind, options = _kind(parameter, choices.of(parameter, language))
        one = Field(
            parameter.option,
            _hint(parameter),
            kind,
            not parameter.optional,
            parameter.repeat,
            options if len(options) <= _MANY else [],
            values,
            _default(things.kg, parameter, options),
            len(options) > _FEW or parameter.type in ("rdfs:Resource", "rdf:Property"),
        )
        for value in values:
            try:
                one.chosen |= {value, things.kg.term_of(parameter, value, query.parameters).value}
            except UsageError as error:
                one.error = one.error or said(str(error))
        if len(values) > 1 and not parameter.repeat:
            one.error = "Enter one value only."
        found.append(one)
    # Those that need a value come first, those with many boxes last.
    return sorted(found, key=lambda one: (not one.required, one.kind == "boxes"))


def is_language(parameter: Parameter) -> bool:
    """Return whether a parameter is the language of the names, which the page has for all questions."""
    return parameter.name == "lang" and "en" in parameter.values


def with_language(query: StoredQuery, given: Mapping[str, list[str]], language: str) -> dict[str, list[str]]:
    """Return values for a question, with the language of the names if it takes one and that is not the default."""
    one = next((p for p in query.parameters if is_language(p)), None)
    if one is None or language not in one.values or language == one.default:
        return dict(given)
    return {**given, one.option: [language]}


def body(text: str) -> str:
    """Return a stored query without its header."""
    return "\n".join(line for line in text.strip().split("\n") if not line.startswith("#+"))


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
    if hint := WORDS["hints"].get(parameter.type):
        parts.append(hint)
    elif parameter.type.endswith(" code"):
        parts.append("A code, with or without dots.")
    if parameter.repeat and parameter.type != "xsd:boolean":
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

    def __init__(self, things: Things, links: Links, kinds: Iterable[str] = ()) -> None:
        """Keep the values."""
        self._things, self._links, self._kinds = things, links, set(kinds)
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
        count = f"{table.length} {table.words['row' if table.length == 1 else 'rows']}"
        return Shown(
            language,
            [(column.heading, self._cell(column, 0, iris[0], language)) for column in table.facts],
            [(column.heading, column.numeric) for column in table.columns],
            sections,
            [_linked(note) for note in table.notes],
            [self._line(line) for line in table.closing] or [[Value(count)]],
            len(every),
            cut,
            answer.drawn(),
        )

    def _cell(self, column: Column, at: int, iris: set[ox.NamedNode], language: str) -> Cell:
        text, term = column.cells[at], column.terms[at]
        if column.cited:
            return Cell("", notes=tuple(filter(None, text.split(", "))))
        of = link = ""
        external = False
        if isinstance(term, ox.NamedNode):
            text, of = self._things.label(term, self._links.language)
            link, external = self._things.address(term, self._links)
        elif isinstance(term, ox.Literal) and is_external(term.value):
            link, external = term.value, True
        elif isinstance(term, ox.Literal):
            of = term.language or ""
            node = self._named(term, iris)
            link = self._things.address(node, self._links)[0] if node is not None else ""
        return Cell(text, of if of != language else "", link, external)

    def _named(self, term: ox.Literal, iris: set[ox.NamedNode]) -> ox.NamedNode | None:
        """Return the thing that a text in an answer is the label of, if there is no doubt."""
        if not (term.language or term.datatype.value == STRING) or len(term.value) > 200:
            return None
        if term not in self._known:
            quads = (self._things.store.quads_for_pattern(None, label, term) for label in _LABELS)
            nodes = ({q.subject: None for q in one if isinstance(q.subject, ox.NamedNode)} for one in quads)
            self._known[term] = list(next(filter(None, nodes), ()))
        found = self._known[term]
        if len(found) > 1:
            found = [node for node in found if node in iris] or [
                node
                for node in found
                if any(
                    getattr(kind, "value", "") in self._kinds for kind in self._things.objects(node, _TYPE)
                )
            ]
        return found[0] if len(found) == 1 else None

    def _line(self, line: str) -> list[Value]:
        """Return a line with a link to the page of each question that it names as a command."""
        parts, at = [], 0
        for match in _COMMAND.finditer(line):
            name, options = match.groups()
            try:
                query = self._things.kg.stored_query(name)
                words = shlex.split(options)
            except (UsageError, ValueError):
                continue
            asked: dict[str, list[str]] = {}
            for option, value in zip(words[::2], words[1::2], strict=False):
                asked.setdefault(option[2:], []).append(value)
            asked.pop("lang", None)
            link = self._links.to(f"/query/{name}", asked)
            parts += [Value(line[at : match.start()]), Value(query.title, link=link)]
            at = match.end()
        return [part for part in [*parts, Value(line[at:])] if part.text]


def _linked(note: str) -> list[Value]:
    """Return a note with its addresses as links."""
    parts = []
    for at, text in enumerate(_URL.split(note)):
        link = text if at % 2 and is_external(text) else ""
        parts.append(Value(text, link=link, external=bool(link)))
    return [part for part in parts if part.text]


def described(query: StoredQuery, kg: KnowledgeGraph, links: Links) -> list[Value]:
    """Return the description of a question, with a link for the name of another one."""
    parts = []
    for at, text in enumerate(re.split(r'"([a-z0-9-]+)"', query.description or "")):
        try:
            title = kg.stored_query(text).title if at % 2 else ""
        except (InputError, UsageError):
            text, title = f'"{text}"', ""
        parts.append(Value(title, link=links.to(f"/query/{text}")) if title else Value(text))
    return parts


def _class_of(parameter: Parameter, kg: KnowledgeGraph) -> str:
    """Return the IRI of the class that a parameter takes, without those of concepts."""
    prefix, _, local = parameter.type.partition(":")
    if not local or prefix not in kg.prefixes or prefix == "xsd" or parameter.scheme:
        return ""
    return kg.prefixes[prefix] + local


def kinds_of(query: StoredQuery, kg: KnowledgeGraph) -> list[str]:
    """Return the IRIs of the classes that the parameters of a question take, without those of concepts."""
    return [iri for parameter in query.parameters if (iri := _class_of(parameter, kg))]


def example(query: StoredQuery) -> dict[str, list[str]]:
    """Return the values with which a question is shown if it needs some: the examples of its header."""
    return {p.option: [p.example] for p in query.parameters if not p.optional and p.example}


def questions_about(
    kg: KnowledgeGraph, classes: Collection[str], queries: Iterable[StoredQuery]
) -> list[tuple[StoredQuery, Parameter]]:
    """Return the questions that can be asked with a thing of some classes alone, each with the parameter for it."""
    found: list[tuple[StoredQuery, Parameter]] = []
    for query in (one for one in queries if not one.needs):
        required: list[Parameter] = [p for p in query.parameters if not p.optional]
        for parameter in query.parameters:
            if _class_of(parameter, kg) in classes and required in ([], [parameter]):
                found.append((query, parameter))
                break
    return found
