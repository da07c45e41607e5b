"""The house form of Turtle: the same tokens, in one order and one layout.

A text is read token by token, so that the spelling of every term and every comment stays as it is; what
changes is order, layout, the prefix block and blank lines. The rules stand in CONTRIBUTING.md under "House
form of Turtle"; where one of them is decided below, a comment there says why.

>>> print(format_document(Document('''@prefix ex: <http://example.org/> .
... ex:b ex:p 1.0, "x"@en-GB ; a ex:B . # why
... ex:a a ex:A .''')), end="")
@prefix ex: <http://example.org/> .
<BLANKLINE>
ex:a
    a ex:A .
<BLANKLINE>
# why
ex:b
    a ex:B ;
    ex:p 1.0 ;
    ex:p "x"@en-GB .
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from pyoxigraph import RdfFormat

from wcograph.errors import InputError
from wcograph.rdf.canonical import SECONDS, same_graph
from wcograph.rdf.turtle import (
    RDF,
    XSD,
    Document,
    Namespaces,
    Token,
    is_absolute,
    parse_document,
    tokens,
    unescape_string,
)
from wcograph.rdf.turtle import (
    comments as comments_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

WIDTH = 110
"""A collection or a blank node with one property stays on its line as long as the line is no longer."""

INDENT = "    "

BASE = "file:///document/that/is/formatted"
"""What relative IRIs resolve to meanwhile: the form must not depend on where a file is."""

_SKOS = "http://www.w3.org/2004/02/skos/core#"
_RDFS = "http://www.w3.org/2000/01/rdf-schema#"
_OWL = "http://www.w3.org/2002/07/owl#"
_SH = "http://www.w3.org/ns/shacl#"
_DCTERMS = "http://purl.org/dc/terms/"
_PROV = "http://www.w3.org/ns/prov#"
_WCO = "https://w3id.org/wcograph/ns#"

# What a thing is, what it is called and what it means come first; where the statement comes from, last.
# SHACL, OWL and the project's own nodes keep the order in which people read them. All else stands between,
# by IRI.
FIRST_PREDICATES = (
    RDF + "type",
    _SH + "path",
    _RDFS + "subClassOf",
    _RDFS + "subPropertyOf",
    _OWL + "equivalentClass",
    _OWL + "equivalentProperty",
    _RDFS + "domain",
    _RDFS + "range",
    _OWL + "onProperty",
    # names
    _DCTERMS + "title",
    _SKOS + "prefLabel",
    _RDFS + "label",
    _SH + "name",
    _SKOS + "altLabel",
    _SKOS + "hiddenLabel",
    # meaning
    _SKOS + "definition",
    _DCTERMS + "description",
    _RDFS + "comment",
    _SH + "description",
    _SKOS + "scopeNote",
    _SKOS + "note",
    _SKOS + "example",
    # place in a vocabulary
    _SKOS + "notation",
    _SKOS + "inScheme",
    _SKOS + "topConceptOf",
    _SKOS + "broader",
    # what a shape looks at, before what must hold
    _SH + "targetClass",
    _SH + "targetNode",
    _SH + "targetSubjectsOf",
    _SH + "targetObjectsOf",
    _SH + "target",
    _SH + "order",
    _SH + "group",
    _SH + "minCount",
    _SH + "maxCount",
    _SH + "qualifiedValueShape",
    # the project's claims, treaty actions and Members
    _WCO + "aboutSubject",
    _WCO + "aboutProperty",
    _WCO + "resourceValue",
    _WCO + "literalValue",
    _WCO + "asOf",
    _WCO + "rank",
    _WCO + "rankReason",
    _WCO + "actionKind",
    _WCO + "actionOn",
    _WCO + "actionBy",
    _WCO + "memberKind",
    # a source
    _DCTERMS + "publisher",
    _DCTERMS + "issued",
)
LAST_PREDICATES = (
    _SH + "severity",
    _SH + "prefixes",
    _SH + "message",
    _SH + "select",
    _SH + "ask",
    _SH + "construct",
    _SH + "property",
    _RDFS + "seeAlso",
    _RDFS + "isDefinedBy",
    _PROV + "wasDerivedFrom",
    _PROV + "wasQuotedFrom",
    _DCTERMS + "source",
)
_RANK = {iri: rank - len(FIRST_PREDICATES) for rank, iri in enumerate(FIRST_PREDICATES)} | {
    iri: rank + 1 for rank, iri in enumerate(LAST_PREDICATES)
}
_NUMERIC = {XSD + kind for kind in ("integer", "decimal", "double")}


def format_document(document: Document) -> str:
    """Give the text of a document in the house form.

    Turtle and TriG are laid out; N-Triples and N-Quads become sorted lines. Raises what
    `wcograph.rdf.turtle.parse_document` raises, and InputError where a comment would have no place.
    """
    document = Document(document.text, document.file, document.syntax, BASE)
    parse_document(document)
    text = _Reader(document).read()
    _check_comments(document, text)
    return text


def check_same_graph(before: Document, after: str, *, seconds: float = SECONDS) -> None:
    """Raise InputError where ``after`` does not say what ``before`` says.

    Raises LimitError where that cannot be decided within ``seconds``.
    """
    one = Document(before.text, before.file, before.syntax, BASE)
    other = Document(after, before.file, before.syntax, BASE)
    if not same_graph(parse_document(one), parse_document(other), seconds=seconds):
        raise InputError(
            "would say something else in the house form; left as it is, please report it", file=before.file
        )


def _check_comments(document: Document, text: str) -> None:
    """Raise InputError with its place where a comment of the document is not in the text."""
    kept = Counter(comment.text for comment in comments_of(text))
    for comment in comments_of(document.text):
        kept[comment.text] -= 1
        if kept[comment.text] < 0:
            raise document.error(
                "this comment would have no place in the house form; move it", comment.offset
            )


# What is read, before it is laid out. Texts are final: they hold the line ends and indentation of the form.


@dataclass(slots=True)
class _Comment:
    """A comment; whether it has a line of its own, and an empty line (or an end of the file) next to it."""

    text: str
    offset: int
    own_line: bool
    space_before: bool
    space_after: bool = False


@dataclass(slots=True)
class _Value:
    """A term in its final spelling. ``inline`` where it may share its line with others."""

    text: str
    rank: int  # the order of objects: 0 IRI, 1 literal, 2 labelled blank node, 3 in brackets
    iri: str = ""  # of a literal its datatype
    lexical: str = ""
    language: str = ""
    inline: bool = True


@dataclass(slots=True)
class _Line:
    """A predicate and an object, or an item of a collection, with the comments that stand at it."""

    leading: list[_Comment]
    predicate: str = ""
    predicate_iri: str = ""
    value: _Value | None = None
    trailing: str | None = None
    listed: bool = False  # behind a comma, so that the predicate is repeated

    def add_trailing(self, comment: _Comment) -> None:
        if self.trailing is None:
            self.trailing = comment.text
        else:
            self.leading.append(comment)


@dataclass(slots=True)
class _Frame:
    """A statement, or the inside of a bracket, while it is read."""

    bracket: str  # "" for a statement
    level: int  # of the indentation of the line that it begins on
    expects: str  # subject, predicate, object, after, item, part or reifier
    width: int = 0  # of what stands on its line before it, indentation included
    subject: _Value | None = None
    lines: list[_Line] = field(default_factory=list)
    parts: list[_Value] = field(default_factory=list)
    opening: str | None = None  # the comment behind the subject or the opening bracket
    waiting: list[_Comment] = field(default_factory=list)  # for the next line, or the end
    # of statements only:
    leading: list[_Comment] = field(default_factory=list)
    footer: list[_Comment] = field(default_factory=list)
    keyword: str = ""  # GRAPH, as it is written
    broken: bool = False  # over several lines
    dot_alone: bool = False


@dataclass(slots=True)
class _Entry:
    """What is sorted in a section."""

    key: tuple[int, int, str]
    text: str
    open_end: bool  # ends with a comment, so that an empty line must follow


@dataclass(slots=True)
class _Section:
    heading: list[_Comment]
    entries: list[_Entry] = field(default_factory=list)


@dataclass(slots=True)
class _Graph:
    label: str
    key: tuple[int, int, str]
    leading: list[_Comment]
    sections: list[_Section]
    opening: str | None = None
    trailing: str | None = None
    footer: list[_Comment] = field(default_factory=list)


@dataclass(slots=True)
class _Directive:
    name: str  # prefix, base or version
    remaining: int  # tokens that it still needs
    leading: list[_Comment]
    operands: list[str] = field(default_factory=list)
    trailing: str | None = None
    footer: list[_Comment] = field(default_factory=list)

    @property
    def key(self) -> tuple[int, str]:
        return ("version", "base", "prefix").index(self.name), self.operands[
            0
        ] if self.name == "prefix" else ""


@dataclass(slots=True)
class _Part:
    """Statements among which every prefix and the base mean one thing: their directives may go on top."""

    directives: list[_Directive] = field(default_factory=list)
    alike: dict[tuple[int, str], list[_Directive]] = field(default_factory=dict)  # those of each key
    sections: list[_Section] = field(default_factory=lambda: [_Section([])])

    def add(self, directive: _Directive) -> None:
        self.directives.append(directive)
        self.alike.setdefault(directive.key, []).append(directive)

    @property
    def has_content(self) -> bool:
        return any(section.heading or section.entries for section in self.sections)


def _significant(text: str) -> Iterator[tuple[Token, list[_Comment], bool]]:
    """Yield each token, the comments before it, and whether it begins a line; at last one of kind "end"."""
    before: list[_Comment] = []
    end, first, broken = 0, True, False
    for token in chain(tokens(text), [Token("end", "", len(text))]):
        kind, word, offset = token
        breaks = 0
        gap = text[end:offset]
        if gap and gap != " ":
            if "\r" in gap:
                gap = gap.replace("\r\n", "\n").replace("\r", "\n")
            breaks = gap.count("\n")
            broken = broken or breaks > 0
        if before:
            before[-1].space_after = breaks > 1 or kind == "end"
        if kind == "comment":
            before.append(_Comment(word, offset, first or breaks > 0, first or breaks > 1))
        else:
            yield token, before, broken
            before, broken = [], False
        end, first = offset + len(word), False


class _Reader:
    """Reads the tokens of one document into parts, and writes them."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.one_line = document.syntax in (RdfFormat.N_TRIPLES, RdfFormat.N_QUADS)
        self.namespaces = Namespaces(document.base)
        self.head: list[list[_Comment]] = []
        self.head_is_apart = True
        self.parts = [_Part()]
        self.graph: _Graph | None = None
        self.frames: list[_Frame] = []
        self.directive: _Directive | None = None
        self.last: _Frame | _Graph | _Directive | None = None  # complete, but for the comments behind it
        self.loose: list[_Comment] = []  # from inside a term, for the line that it is in
        self.literal: _Value | None = None  # that a language tag or a datatype may follow
        self.datatype_follows = False

    def read(self) -> str:
        started = False
        for token, comments, broken in _significant(self.document.text):
            if token.text == "}" and len(self.frames) == 1 and token.kind == "close":
                comments = self._end_without_dot(comments)
            if self.directive is not None:
                self.directive.leading += comments
                self._directive_token(token)
            elif self.frames:
                if comments:
                    self._comments_within(comments, token)
                if broken:
                    self.frames[0].broken = True
                self._statement_token(token, broken)
            else:
                leading = self._comments_between(comments, token, started)
                self._first_token(token, leading)
            started = True
        return self._write()

    # Between statements

    def _comments_between(self, comments: list[_Comment], token: Token, started: bool) -> list[_Comment]:
        """Give what stands before a statement, directive or graph its place; return what belongs to that."""
        last, self.last = self.last, None
        in_new_graph = self.graph is not None and last is None
        if comments and not comments[0].own_line:
            comment = comments.pop(0)
            if in_new_graph and self.graph is not None:
                self.graph.opening = comment.text
            elif isinstance(last, _Frame):
                self._comment_behind(last, comment)
            elif isinstance(last, _Directive) and last.trailing is not None:  # said twice, each with one
                last.leading.append(comment)
            elif last is not None:
                last.trailing = comment.text
        blocks: list[list[_Comment]] = []
        for comment in comments:
            if not blocks or comment.space_before:
                blocks.append([])
            blocks[-1].append(comment)
        ends = token.kind == "end" or token.text == "}"
        is_directive = token.kind == "directive"

        # Directly below something, with an empty line behind it: a remark on what stands above.
        footer: list[_Comment] = []
        if (
            last is not None
            and blocks
            and not blocks[0][0].space_before
            and (ends or blocks[0][-1].space_after)
        ):
            footer = blocks.pop(0)
        if isinstance(last, _Directive):
            if self.parts[-1].has_content:  # the directive goes to the top, the remark stays where it is
                blocks[:0] = [footer] if footer else []
            else:
                last.footer += footer
        elif last is not None:
            last.footer += footer
            self._close(last)

        if not started and (is_directive or ends):
            self.head = blocks
            self.head_is_apart = not blocks or blocks[-1][-1].space_after
            return []
        leading: list[_Comment] = []
        if blocks and not ends and not blocks[-1][-1].space_after:
            leading = blocks.pop()
        if not started:
            self.head = blocks
        elif is_directive and not self.parts[-1].has_content:
            leading = [*chain.from_iterable(blocks), *leading]  # among the directives: must not need to move
        else:
            self._sections().extend(_Section(block) for block in blocks)
        return leading

    def _sections(self) -> list[_Section]:
        return self.graph.sections if self.graph is not None else self.parts[-1].sections

    def _comment_behind(self, statement: _Frame, comment: _Comment) -> None:
        """Place a comment that stands on the line of a statement's dot, behind it."""
        lines = statement.lines
        if not lines and statement.opening is None:
            statement.opening = comment.text
        elif statement.dot_alone or not lines:
            statement.footer.append(comment)
        elif len(lines) > 1 and not statement.broken:
            statement.leading.append(comment)  # on the one line of several properties: about all of them
        elif lines[-1].trailing is None and not statement.waiting:
            lines[-1].trailing = comment.text
        else:
            statement.footer.append(comment)

    def _end_without_dot(self, comments: list[_Comment]) -> list[_Comment]:
        """End a statement whose dot is left out before a closing brace."""
        statement = self.frames.pop()
        if comments and not comments[0].own_line:
            comment = comments.pop(0)
            if statement.lines:
                statement.lines[-1].add_trailing(comment)
            else:
                statement.footer.append(comment)
        statement.footer += statement.waiting
        statement.waiting = []
        self.last = statement
        return comments

    def _first_token(self, token: Token, leading: list[_Comment]) -> None:
        if token.kind == "end":
            return
        if token.kind == "directive":
            name = token.text.lower().lstrip("@")
            self.directive = _Directive(name, (name == "prefix") + 1 + (token.text[0] == "@"), leading)
        elif token.text == "}" and self.graph is not None:
            graph, self.graph = self.graph, None
            self.last = graph
        elif token.text == "{":
            self.graph = _Graph("", (1, 0, ""), leading, [_Section([])])
        else:
            level = 1 if self.graph is not None else 0
            frame = _Frame("", level, "subject", level * len(INDENT), leading=leading)
            self.frames.append(frame)
            if token.kind == "graph":
                frame.keyword = token.text
            else:
                self._statement_token(token, False)

    def _directive_token(self, token: Token) -> None:
        directive = self.directive
        assert directive is not None
        directive.remaining -= 1
        if token.kind != "punctuation":
            directive.operands.append(token.text)
        if directive.remaining:
            return
        self.directive = None
        part = self.parts[-1]
        if directive.name == "prefix":
            name, iri = directive.operands
            bound = self.namespaces.prefixes.get(name)
            before = part.alike.get(directive.key, [])
            self.namespaces.bind(name, iri)
            if bound not in (None, self.namespaces.prefixes[name]) and (part.has_content or before):
                self.parts.append(_Part())
            elif not directive.leading and any(other.operands == directive.operands for other in before):
                # What a comment behind it is about is said already: it goes to the first.
                self.last = next(other for other in before if other.operands == directive.operands)
                return
        elif directive.name == "base":
            self.namespaces.rebase(directive.operands[0])
            independent = all(
                other.name == "version" or (other.name == "prefix" and is_absolute(other.operands[1]))
                for other in part.directives
            )
            if part.has_content or not independent:
                self.parts.append(_Part())
        self.parts[-1].add(directive)
        self.last = directive

    # Within statements

    def _comments_within(self, comments: list[_Comment], token: Token) -> None:
        frame = self.frames[-1]
        line = frame.lines[-1] if frame.lines else None
        within_term = token.kind == "langtag" or token.text in ("^^", "~", "{|") or self.datatype_follows
        for comment in comments:
            if frame.expects == "subject":
                frame.leading.append(comment)
            elif frame.expects == "part":
                self.loose.append(comment)
            elif (within_term or frame.expects == "reifier") and line is not None:
                line.leading.append(comment)
            elif frame.expects == "object" and line is not None:
                if line.listed and not comment.own_line:
                    frame.lines[-2].add_trailing(comment)
                else:
                    line.leading.append(comment)
            elif comment.own_line:
                frame.waiting.append(comment)
            elif line is not None:
                line.add_trailing(comment)
            elif frame.opening is None:
                frame.opening = comment.text
            else:
                frame.waiting.append(comment)

    def _statement_token(self, token: Token, broken: bool) -> None:
        frame = self.frames[-1]
        kind, text = token.kind, token.text
        literal, self.literal = self.literal, None
        if kind == "langtag":
            assert literal is not None
            literal.text += text
            literal.language = text[1:]
            literal.iri = RDF + "langString"
        elif text == "^^":
            assert literal is not None
            literal.text += text
            self.literal, self.datatype_follows = literal, True
        elif self.datatype_follows:
            assert literal is not None
            literal.text += text
            literal.iri = self.namespaces.node(text).value
            self.datatype_follows = False
        elif self.one_line and kind == "punctuation":
            statement = self.frames.pop()
            self.last = statement
        elif kind in ("iri", "pname"):
            self._deliver(_Value(text, 0, self.namespaces.node(text).value))
        elif kind == "a":
            self._deliver(_Value(text, 0, RDF + "type"))
        elif kind == "blank":
            self._deliver(_Value(text, 2))
        elif kind == "string":
            value = _Value(text, 1, XSD + "string", unescape_string(text))
            value.inline = "\n" not in text and "\r" not in text
            self._deliver(value)
            self.literal = value
        elif kind in ("integer", "decimal", "double", "boolean"):
            self._deliver(_Value(text, 1, XSD + kind, text))
        elif kind == "open":
            self._open(text)
        elif kind == "close":
            self._close_bracket(text)
        elif text == ";":
            frame.expects = "predicate"
        elif text == ",":
            before = frame.lines[-1]
            frame.lines.append(_Line(frame.waiting, before.predicate, before.predicate_iri, listed=True))
            frame.waiting = []
            frame.expects = "object"
        elif text == "~":
            if frame.expects == "part":
                frame.parts.append(_Value("~", 3))
            else:
                value_ = frame.lines[-1].value
                assert value_ is not None
                value_.text += " ~"
                frame.expects = "reifier"
        elif text == ".":
            frame.dot_alone = broken
            self.last = self.frames.pop()

    def _deliver(self, value: _Value) -> None:
        """Put a complete term where the innermost frame expects one."""
        frame = self.frames[-1]
        if frame.expects == "part" or self.one_line:
            frame.parts.append(value)
            return
        loose, self.loose = self.loose, []
        if frame.expects == "subject":
            frame.subject = value
            frame.leading += loose
            frame.expects = "predicate"
        elif frame.expects == "predicate":
            frame.lines.append(_Line(frame.waiting, value.text, value.iri))
            frame.waiting = []
            frame.expects = "object"
        elif frame.expects == "object":
            frame.lines[-1].value = value
            frame.lines[-1].leading += loose
            frame.expects = "after"
        elif frame.expects == "item":
            frame.lines.append(_Line([*frame.waiting, *loose], value=value))
            frame.waiting = []
        else:  # the name of a reifier
            line = frame.lines[-1]
            assert line.value is not None
            line.value.text += f" {value.text}"
            line.leading += loose
            frame.expects = "after"

    def _open(self, bracket: str) -> None:
        frame = self.frames[-1]
        if bracket == "{":  # what was read is the name of a graph
            self.frames.pop()
            label = frame.subject
            assert label is not None
            leading = frame.leading + frame.waiting
            if frame.opening is not None:
                leading.append(_Comment(frame.opening, 0, True, False))
            text = f"{frame.keyword} {label.text}".strip()
            self.graph = _Graph(text, (1, 2 if label.rank else 1, label.iri), leading, [_Section([])])
            return
        if frame.expects == "reifier":
            frame.expects = "after"
        level = frame.level if frame.expects in ("subject", "part") else frame.level + 1
        width = level * len(INDENT)
        if frame.expects == "object":
            width += len(frame.lines[-1].predicate) + 1
        elif frame.expects == "after":
            value = frame.lines[-1].value
            assert value is not None
            width += len(frame.lines[-1].predicate) + len(value.text) + 2
        expects = {"[": "predicate", "{|": "predicate", "(": "item"}.get(bracket, "part")
        self.frames.append(_Frame(bracket, level, expects, width))

    def _close_bracket(self, bracket: str) -> None:
        if self.frames[-1].expects == "reifier":
            self.frames[-1].expects = "after"
        frame = self.frames.pop()
        if frame.bracket == "(":
            self._deliver(self._collection(frame))
        elif frame.bracket == "[":
            self._deliver(self._properties(frame, "]"))
        elif frame.bracket == "{|":
            value = self.frames[-1].lines[-1].value
            assert value is not None
            annotation = self._properties(frame, "|}")
            value.text += f" {annotation.text}"
            value.inline = value.inline and annotation.inline
        else:
            inside = " ".join(part.text for part in frame.parts)
            inline = all(part.inline for part in frame.parts)
            self._deliver(_Value(f"{frame.bracket} {inside} {bracket}", 3, inline=inline))

    # Layout

    def _properties(self, frame: _Frame, closing: str) -> _Value:
        """Lay out what stands in brackets around predicates and objects."""
        lines = frame.lines
        if not lines and not frame.waiting and frame.opening is None:
            return _Value(frame.bracket + closing, 3)
        # Two properties share a line only inside other brackets, where a line each would bury the structure.
        short = 2 if any(outer.bracket for outer in self.frames) else 1
        if len(lines) <= short and not _has_comments(frame):
            lines = sorted(lines, key=_line_key)
            values = [line.value for line in lines if line.value is not None]
            inside = " ; ".join(
                f"{line.predicate} {value.text}" for line, value in zip(lines, values, strict=True)
            )
            text = f"{frame.bracket} {inside} {closing}"
            if all(value.inline for value in values) and frame.width + len(text) + 2 <= WIDTH:
                return _Value(text, 3)
        opening = f" {frame.opening}" if frame.opening is not None else ""
        text = "\n".join([frame.bracket + opening, *self._lines(frame, " ;"), INDENT * frame.level + closing])
        return _Value(text, 3, inline=False)

    def _collection(self, frame: _Frame) -> _Value:
        lines = frame.lines
        values = [line.value for line in lines if line.value is not None]
        if not _has_comments(frame):
            text = f"( {' '.join(value.text for value in values)} )" if values else "()"
            bracketed = sum(value.rank == 3 and value.text[-2:] not in ("[]", "()") for value in values)
            if (
                all(value.inline for value in values)
                and bracketed <= 1
                and frame.width + len(text) + 2 <= WIDTH
            ):
                return _Value(text, 3)
        opening = f" {frame.opening}" if frame.opening is not None else ""
        inside = self._lines(frame, "")
        text = "\n".join([f"({opening}", *inside, INDENT * frame.level + ")"])
        return _Value(text, 3, inline=False)

    def _lines(self, frame: _Frame, mark: str, last_mark: str | None = None) -> list[str]:
        """Lay out properties, sorted, or items, as they are; the comments at the end of them too."""
        indent = INDENT * (frame.level + 1)
        lines = frame.lines
        head: list[_Comment] = []
        if lines and frame.bracket != "(":
            order = sorted(range(len(lines)), key=lambda index: _line_key(lines[index]))
            if order != list(range(len(lines))):
                # What stands apart at the start is about all that follows, and stays there.
                first = lines[0].leading
                apart = max((n for n, comment in enumerate(first, 1) if comment.space_after), default=0)
                head, lines[0].leading = first[:apart], first[apart:]
                for line in lines:
                    for comment in line.leading:
                        if comment.space_after:
                            raise self._no_place(comment)
                lines = [lines[index] for index in order]
        text = [indent + comment.text for comment in head]
        for number, line in enumerate(lines, 1):
            assert line.value is not None
            text += [indent + comment.text for comment in line.leading]
            predicate = f"{line.predicate} " if line.predicate else ""
            end = last_mark if last_mark is not None and number == len(lines) and not frame.waiting else mark
            trailing = f" {line.trailing}" if line.trailing is not None else ""
            text.append(f"{indent}{predicate}{line.value.text}{end}{trailing}")
        return text + [indent + comment.text for comment in frame.waiting]

    def _no_place(self, comment: _Comment) -> InputError:
        return self.document.error(
            "this comment stands apart among lines that the house form sorts, and would lose what it is "
            "about; put it directly above one of them, or above the statement",
            comment.offset,
        )

    def _close(self, last: _Frame | _Graph) -> None:
        """Lay out a statement or graph of which all is known, and put it in its section."""
        entry = self._graph_entry(last) if isinstance(last, _Graph) else self._statement_entry(last)
        self._sections()[-1].entries.append(entry)

    def _statement_entry(self, statement: _Frame) -> _Entry:
        indent = INDENT * statement.level
        if self.one_line:
            triple = " ".join(part.text for part in statement.parts) + " ."
            key = (0, 0, triple)
            trailing = f" {statement.opening}" if statement.opening is not None else ""
            lines = [*(comment.text for comment in statement.leading), triple + trailing]
        else:
            subject = statement.subject
            assert subject is not None
            key = (0, 0, subject.iri) if subject.rank == 0 else (0, 1, "")
            opening = f" {statement.opening}" if statement.opening is not None else ""
            if statement.lines:
                body = self._lines(statement, " ;", " .")
                if statement.waiting:
                    body.append(f"{indent}{INDENT}.")
                lines = [indent + subject.text + opening, *body]
            else:
                statement.leading += statement.waiting
                lines = [f"{indent}{subject.text} .{opening}"]
            lines = [*(indent + comment.text for comment in statement.leading), *lines]
        lines += [indent + comment.text for comment in statement.footer]
        return _Entry(key, "\n".join(lines), bool(statement.footer))

    def _graph_entry(self, graph: _Graph) -> _Entry:
        opening = f" {graph.opening}" if graph.opening is not None else ""
        trailing = f" {graph.trailing}" if graph.trailing is not None else ""
        inside = self._paragraphs(graph.sections, INDENT)
        start = f"{graph.label} {{".strip()
        if inside or opening:
            text = "\n".join([start + opening, *(["\n\n".join(inside)] if inside else []), "}" + trailing])
        else:
            text = start + "}" + trailing
        comments = [comment.text for comment in graph.leading]
        footer = [comment.text for comment in graph.footer]
        return _Entry(graph.key, "\n".join([*comments, text, *footer]), bool(footer))

    def _paragraphs(self, sections: list[_Section], indent: str) -> list[str]:
        paragraphs = []
        for section in sections:
            if section.heading:
                paragraphs.append("\n".join(indent + comment.text for comment in section.heading))
            entries = sorted(section.entries, key=lambda entry: entry.key)
            if self.one_line:
                group: list[str] = []
                for entry in entries:
                    group.append(entry.text)
                    if entry.open_end:
                        paragraphs.append("\n".join(group))
                        group = []
                paragraphs += ["\n".join(group)] if group else []
            else:
                paragraphs += [entry.text for entry in entries]
        return paragraphs

    def _directives(self, part: _Part) -> str:
        # What begins a part, if not the first, stays at its start: before it, it would be in the part before.
        first = 0 if part is self.parts[0] else 1
        directives = [
            *part.directives[:first],
            *sorted(part.directives[first:], key=lambda directive: directive.key),
        ]
        if directives != part.directives:
            for directive in part.directives:
                for comment in (*directive.leading, *directive.footer):
                    if comment.space_after:
                        raise self._no_place(comment)
        lines = []
        for directive in directives:
            lines += [comment.text for comment in directive.leading]
            trailing = f" {directive.trailing}" if directive.trailing is not None else ""
            lines.append(f"@{directive.name} {' '.join(directive.operands)} .{trailing}")
            lines += [comment.text for comment in directive.footer]
        return "\n".join(lines)

    def _write(self) -> str:
        paragraphs = ["\n".join(comment.text for comment in block) for block in self.head]
        for part in self.parts:
            if part.directives:
                directives = self._directives(part)
                if part is self.parts[0] and not self.head_is_apart:
                    paragraphs[-1] += "\n" + directives
                else:
                    paragraphs.append(directives)
            paragraphs += self._paragraphs(part.sections, "")
        return "\n\n".join(paragraphs) + "\n" if paragraphs else ""


def _has_comments(frame: _Frame) -> bool:
    return (
        frame.opening is not None
        or bool(frame.waiting)
        or any(line.leading or line.trailing is not None for line in frame.lines)
    )


def _line_key(line: _Line) -> tuple[int, str, int, str, str, float, str]:
    """Order properties by predicate, then IRIs, literals, and the rest as it is written."""
    value = line.value
    assert value is not None
    rank = order_of_predicate(line.predicate_iri)
    if value.rank == 0:
        return *rank, *order_of_iri(value.iri)
    if value.rank == 1:
        return *rank, *order_of_literal(value.language, value.iri, value.lexical)
    return *rank, value.rank, "", "", 0.0, ""


def order_of_predicate(iri: str) -> tuple[int, str]:
    """Give the key by which predicates are sorted.

    >>> order_of_predicate(RDF + "type") < order_of_predicate("http://a/p") < order_of_predicate("http://b/p")
    True
    """
    return _RANK.get(iri, 0), iri


def order_of_iri(iri: str) -> tuple[int, str, str, float, str]:
    """Give the key by which an IRI is sorted among the objects of one predicate."""
    return 0, iri, "", 0.0, ""


def order_of_literal(language: str, datatype: str, lexical: str) -> tuple[int, str, str, float, str]:
    """Give the key by which a literal is sorted; of one with a language the datatype is xsd:string here."""
    number = float(lexical) if datatype in _NUMERIC and _is_number(lexical) else 0.0
    return 1, language.lower(), datatype, number, lexical


def _is_number(lexical: str) -> bool:
    try:
        return math.isfinite(float(lexical))
    except ValueError:
        return False
