"""The house form of Turtle: the same tokens, in one order and one layout.

Terms and comments keep their spelling; the rules are in docs/fmt.md.

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

from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING

from pyoxigraph import RdfFormat

from wcograph.toolbox.errors import InputError
from wcograph.toolbox.rdf import grammar as g
from wcograph.toolbox.rdf import turtle as t
from wcograph.toolbox.rdf.canonical import SECONDS, same_graph
from wcograph.toolbox.rdf.profile import MAIN_CLASSES, STANDARD
from wcograph.toolbox.rdf.reading import without_collection
from wcograph.toolbox.rdf.style import INDENT, bracketed, collected, order_of_iri, order_of_literal
from wcograph.toolbox.rdf.turtle import (
    DATATYPES,
    RDF,
    XSD,
    Document,
    Namespaces,
    is_absolute,
    unescape_string,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wcograph.toolbox.rdf.profile import Profile

BASE = "file:///document/that/is/formatted"
"""What relative IRIs resolve to meanwhile: the form must not depend on where a file is."""

_TYPE = RDF + "type"


def format_document(document: Document, profile: Profile = STANDARD) -> str:
    """Return the text of a document in the house form.

    Turtle and TriG are laid out; N-Triples and N-Quads become sorted lines. Raise what
    `wcograph.toolbox.rdf.turtle.parse_document` raises, and InputError if a comment would lose what it belongs to.
    """
    document = _with_base(document)
    with without_collection():
        _ = document.quads
        text = _Reader(document, profile).read()
    _check_comments(document, text)
    return text


def _with_base(document: Document) -> Document:
    return document if document.base == BASE else replace(document, base=BASE)


def check_same_graph(before: Document, after: str, *, seconds: float = SECONDS) -> None:
    """Raise InputError if ``after`` is not the same graph as ``before``.

    Raise LimitError if that cannot be decided within ``seconds``.
    """
    before = _with_base(before)
    if not same_graph(before.quads, replace(before, text=after).quads, seconds=seconds):
        raise InputError(
            "would have another meaning in the house form, so it is unchanged; please report this",
            file=before.file,
        )


def _check_comments(document: Document, text: str) -> None:
    """Raise InputError with its location if a comment of the document is not in the text."""
    kept = Counter(comment.text for comment in t.comments(text))
    for comment in t.comments(document.text):
        kept[comment.text] -= 1
        if kept[comment.text] < 0:
            raise document.error("this comment would be lost in the house form; move it", comment.offset)


# What is read, before it is laid out. Texts are final: they hold the line ends and indentation of the form.


@dataclass(slots=True, eq=False)
class _Line:
    """A predicate and an object, or an item of a collection, with its comments.

    ``key`` sorts by predicate. ``text`` is the object in its final spelling, with what annotates it; ``kind``,
    ``word`` and ``suffix`` are those of its event.
    """

    predicate: str
    key: tuple[int, str]
    kind: int
    word: str
    suffix: str
    text: str
    leading: Sequence[g.Comment] = ()
    trailing: str | None = None

    def __str__(self) -> str:
        return f"{self.predicate} {self.text}" if self.predicate else self.text

    def trail(self, comment: g.Comment) -> None:
        if self.trailing is None:
            self.trailing = comment.text
        else:
            self.leading = [*self.leading, comment]


@dataclass(slots=True)
class _Frame:
    """A statement or the content of a bracket, while it is read."""

    bracket: str
    level: int  # of the line it begins on
    width: int
    lines: list[_Line] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    predicate: str = ""  # of the line that comes next
    key: tuple[int, str] = (0, "")
    commented: bool = False
    opening: str | None = None  # the comment behind the subject or the opening bracket
    waiting: list[g.Comment] = field(default_factory=list)  # for the next line, or the end


@dataclass(slots=True, kw_only=True)
class _Statement(_Frame):
    leading: list[g.Comment]
    start: int
    footer: list[g.Comment] = field(default_factory=list)
    subject: str = ""
    kind: int = t.CLOSE
    keyword: str = ""  # GRAPH, as it is written
    main: bool = False  # what the file is about
    dot: int | None = None  # where it is, if it is not left out


@dataclass(slots=True)
class _Entry:
    """An item to be sorted in a section."""

    key: tuple[int, int, str]
    text: str
    open_end: bool  # ends with a comment, so that an empty line must follow
    subject: str = ""  # the IRI or label that says the same in all statements
    main: bool = False


@dataclass(slots=True)
class _Section:
    heading: list[g.Comment]
    entries: list[_Entry] = field(default_factory=list)


@dataclass(slots=True)
class _Graph:
    label: str
    key: tuple[int, int, str]
    leading: list[g.Comment]
    sections: list[_Section] = field(default_factory=lambda: [_Section([])])
    opening: str | None = None
    trailing: str | None = None
    footer: list[g.Comment] = field(default_factory=list)


@dataclass(slots=True)
class _Directive:
    name: str  # prefix, base or version
    operands: str
    leading: list[g.Comment]
    trailing: str | None = None
    footer: list[g.Comment] = field(default_factory=list)

    @property
    def key(self) -> tuple[int, str]:
        prefix = self.operands.partition(" ")[0] if self.name == "prefix" else ""
        return ("version", "base", "prefix").index(self.name), prefix


@dataclass(slots=True)
class _Part:
    """Statements with the same meaning of every prefix and the base, so their directives may go to the top."""

    directives: list[_Directive] = field(default_factory=list)
    alike: dict[tuple[int, str], list[_Directive]] = field(default_factory=dict)  # those of each key
    sections: list[_Section] = field(default_factory=lambda: [_Section([])])

    def add(self, directive: _Directive) -> None:
        self.directives.append(directive)
        self.alike.setdefault(directive.key, []).append(directive)

    @property
    def has_content(self) -> bool:
        return any(section.heading or section.entries for section in self.sections)


class _Reader:
    """Reads the events of one document into parts, and writes them."""

    def __init__(self, document: Document, profile: Profile) -> None:
        self.document, self.profile = document, profile
        self.one_line = document.syntax in (RdfFormat.N_TRIPLES, RdfFormat.N_QUADS)
        self.namespaces = Namespaces(document.base)
        self.keys: dict[str, tuple[int, str]] = {}  # of predicates, as they are written
        self.head: list[list[g.Comment]] = []
        self.head_is_apart = True
        self.parts = [_Part()]
        self.graph: _Graph | None = None
        self.frames: list[_Frame] = []
        self.statement = _Statement("", 0, 0, leading=[], start=0)  # the first of the frames
        self.last: _Statement | _Graph | _Directive | None = None  # complete, but for the comments behind it
        self.started = False
        self.loose: list[g.Comment] = []  # from inside a term or a directive, for what that is in

    def read(self) -> str:
        frames, keys, one_line = self.frames, self.keys, self.one_line
        for role, kind, word, suffix, at, comments in g.events(self.document):
            if not frames:
                if kind == g.WITHIN:
                    self.loose += comments
                    continue
                self._between(kind, word, suffix, at, list(comments))
                if not frames or kind == t.GRAPH_KEYWORD:
                    continue
            elif comments:
                self._place(role, kind, comments)
            frame = frames[-1]
            if kind <= t.A:
                if role == g.PREDICATE and not one_line:
                    frame.predicate, frame.key = word, keys.get(word) or self._key(word)
                elif role == g.PART or one_line:
                    frame.parts.append(word + suffix)
                else:
                    self._deliver(role, kind, word, suffix)
            elif kind == t.OPEN:
                self._open(role, word)
            elif kind == t.CLOSE:
                text = self._closed(frames.pop(), word)
                if word == "|}":
                    frames[-1].lines[-1].text += f" {text}"
                elif role == g.PART or one_line:
                    frames[-1].parts.append(text)
                else:
                    if role == g.SUBJECT and word == "]":
                        self.statement.main = self._is_main(frame)
                    self._deliver(role, kind, text, "")
            elif kind == t.PUNCTUATION:
                if role == g.PART:
                    frame.parts.append(word)
                else:
                    frame.lines[-1].text += f" {word}"
            elif kind == g.END:
                self.last = statement = self.statement
                frames.pop()
                if word:
                    statement.dot = at
                else:
                    statement.footer += statement.waiting
                    statement.waiting = []
            elif kind == g.GRAPH_OPEN:  # what was read is the name of a graph
                label = self.statement
                frames.pop()
                leading = label.leading + label.waiting
                if label.opening is not None:
                    leading.append(g.Comment(label.opening, 0, True, False, False))
                iri = self._iri(label.subject) if label.kind <= t.IRI else ""
                key = (1, 1 if iri else 2, iri)
                self.graph = _Graph(f"{label.keyword} {label.subject}".strip(), key, leading)
        return self._write()

    # Terms

    def _iri(self, word: str) -> str:
        return _TYPE if word == "a" else self.namespaces.node(word).value

    def _key(self, word: str) -> tuple[int, str]:
        key = self.keys[word] = self.profile.order_of_predicate(self._iri(word))
        return key

    def _is_main(self, frame: _Frame) -> bool:
        """Return whether the subject of some lines is the main subject of the file."""
        return any(
            line.key[1] == _TYPE and line.kind <= t.IRI and self._iri(line.word) in MAIN_CLASSES
            for line in frame.lines
        )

    def _order(self, line: _Line) -> tuple[int, str, int, str, str, float, str]:
        """Order properties by predicate, then IRIs, literals, and the rest as written."""
        kind = line.kind
        if kind <= t.IRI:
            return *line.key, *order_of_iri(self._iri(line.word))
        if kind == t.STRING:
            lexical, suffix = unescape_string(line.word), line.suffix
            if suffix[:1] == "^":
                return *line.key, *order_of_literal("", self._iri(suffix[2:]), lexical)
            return *line.key, *order_of_literal(suffix[1:], XSD + "string", lexical)
        if kind in DATATYPES:
            return *line.key, *order_of_literal("", DATATYPES[kind].value, line.word)
        return *line.key, 2 if kind == t.BLANK else 3, "", "", 0.0, ""

    def _sorted(self, lines: list[_Line]) -> list[_Line]:
        if len({line.key for line in lines}) == len(lines):  # then no object needs a look
            return sorted(lines, key=_by_predicate)
        return sorted(lines, key=self._order)

    # Between statements

    def _between(self, kind: int, word: str, suffix: str, at: int, comments: list[g.Comment]) -> None:
        """Begin a statement, begin or end a graph, or take a directive."""
        leading = self._comments_between(comments, kind)
        self.started = True
        if kind == t.DIRECTIVE:
            self._directive(_Directive(word, suffix, leading + self.loose))
            self.loose = []
        elif kind == g.GRAPH_CLOSE:
            self.last, self.graph = self.graph, None
        elif kind == g.GRAPH_OPEN:
            self.graph = _Graph("", (1, 0, ""), leading)
        elif kind <= t.OPEN:
            level = int(self.graph is not None)
            statement = _Statement("", level, level * len(INDENT), leading=leading, start=at)
            if kind == t.GRAPH_KEYWORD:
                statement.keyword = word
            self.statement = statement
            self.frames.append(statement)

    def _comments_between(self, comments: list[g.Comment], kind: int) -> list[g.Comment]:
        """Place the comments before a statement, directive or graph; return those that belong to it."""
        last, self.last = self.last, None
        if comments and not comments[0].own_line:
            comment = comments.pop(0)
            if self.graph is not None and last is None:
                self.graph.opening = comment.text
            elif isinstance(last, _Statement):
                self._comment_behind(last, comment)
            elif isinstance(last, _Directive) and last.trailing is not None:  # said twice, each with one
                last.leading.append(comment)
            elif last is not None:
                last.trailing = comment.text
        blocks: list[list[g.Comment]] = []
        for comment in comments:
            if not blocks or comment.space_before:
                blocks.append([])
            blocks[-1].append(comment)
        ends = kind >= g.GRAPH_CLOSE

        # Directly below something, with an empty line behind it: a remark on what stands above.
        footer: list[g.Comment] = []
        if last and blocks and not blocks[0][0].space_before and (ends or blocks[0][-1].space_after):
            footer = blocks.pop(0)
        if isinstance(last, _Directive) and self.parts[-1].has_content:
            blocks[:0] = [footer] if footer else []  # the directive goes to the top, the remark stays
        elif last is not None:
            last.footer += footer
            if not isinstance(last, _Directive):  # of which all is known now
                entry = self._graph_entry(last) if isinstance(last, _Graph) else self._statement_entry(last)
                self._sections()[-1].entries.append(entry)

        if not self.started and (kind == t.DIRECTIVE or ends):
            self.head = blocks
            self.head_is_apart = not blocks or blocks[-1][-1].space_after
            return []
        leading: list[g.Comment] = []
        if blocks and not ends and not blocks[-1][-1].space_after:
            leading = blocks.pop()
        if not self.started:
            self.head = blocks
        elif kind == t.DIRECTIVE and not self.parts[-1].has_content:
            return [*chain.from_iterable(blocks), *leading]  # among the directives: must not need to move
        else:
            self._sections().extend(_Section(block) for block in blocks)
        return leading

    def _sections(self) -> list[_Section]:
        return self.graph.sections if self.graph is not None else self.parts[-1].sections

    def _comment_behind(self, statement: _Statement, comment: g.Comment) -> None:
        """Place a comment that follows a statement's dot on the same line, or the position of an omitted dot."""
        lines, text, dot = statement.lines, self.document.text, statement.dot
        statement.commented = True
        if dot is None:
            if lines:
                lines[-1].trail(comment)
            else:
                statement.footer.append(comment)
        elif not lines and statement.opening is None:
            statement.opening = comment.text
        elif not lines or text[statement.start : dot].rstrip(" \t")[-1] in "\r\n":  # the dot stands alone
            statement.footer.append(comment)
        elif len(lines) > 1 and not any(end in text[statement.start : dot] for end in "\r\n"):
            statement.leading.append(comment)  # on the one line of several properties: about all of them
        elif lines[-1].trailing is None and not statement.waiting:
            lines[-1].trailing = comment.text
        else:
            statement.footer.append(comment)

    def _directive(self, directive: _Directive) -> None:
        part = self.parts[-1]
        if directive.name == "prefix":
            name = directive.operands.partition(" ")[0]
            bound = self.namespaces.prefixes.get(name)
            before = part.alike.get(directive.key, [])
            self.namespaces.direct(directive.name, directive.operands)
            if bound not in (None, self.namespaces.prefixes[name]) and (part.has_content or before):
                self.parts.append(_Part())
            elif not directive.leading:
                for other in before:
                    if other.operands == directive.operands:
                        # What a comment behind it is about is said already: it goes to the first.
                        self.last = other
                        return
        elif directive.name == "base":
            self.namespaces.direct(directive.name, directive.operands)
            independent = all(
                other.name == "version"
                or (other.name == "prefix" and is_absolute(other.operands.partition(" ")[2]))
                for other in part.directives
            )
            if part.has_content or not independent:
                self.parts.append(_Part())
        self.keys.clear()
        self.parts[-1].add(directive)
        self.last = directive

    # Within statements

    def _place(self, role: int, kind: int, comments: Sequence[g.Comment]) -> None:
        """Place the comments before an event within a statement."""
        frame = self.frames[-1]
        frame.commented = True
        if self.one_line or (role == g.SUBJECT and kind <= t.OPEN):
            self.statement.leading += comments
        elif frame.bracket[:2] == "<<":
            self.loose += comments
        elif role == g.OBJECT and kind != t.CLOSE and kind != g.WITHIN:
            frame.waiting += comments
        elif kind == g.WITHIN or role == g.REIFIER or (role == g.GRAPH and kind == t.OPEN):
            frame.lines[-1].leading = [*frame.lines[-1].leading, *comments]
        else:
            for comment in comments:
                if comment.own_line:
                    frame.waiting.append(comment)
                elif frame.lines:
                    frame.lines[-1].trail(comment)
                elif frame.opening is None:
                    frame.opening = comment.text
                else:
                    frame.waiting.append(comment)

    def _deliver(self, role: int, kind: int, word: str, suffix: str) -> None:
        """Add a complete term to the innermost frame."""
        frame = self.frames[-1]
        if role == g.SUBJECT:
            statement = self.statement
            statement.subject, statement.kind = word, kind
            statement.leading += self.loose
            self.loose = []
            return
        if role == g.REIFIER:
            frame.lines[-1].text += f" {word}"
            return
        line = _Line(frame.predicate, frame.key, kind, word, suffix, word + suffix)
        frame.lines.append(line)
        if frame.waiting or self.loose:
            line.leading = [*frame.waiting, *self.loose]
            frame.waiting, self.loose = [], []
            frame.commented = True

    def _open(self, role: int, bracket: str) -> None:
        frame = self.frames[-1]
        level = frame.level + (role != g.SUBJECT and role != g.PART)
        width = level * len(INDENT)
        if role in (g.OBJECT, g.NEXT_OBJECT):
            width += len(frame.predicate) + 1
        elif role == g.GRAPH:
            width += len(str(frame.lines[-1])) + 1
        self.frames.append(_Frame(bracket, level, width))

    # Layout

    def _closed(self, frame: _Frame, closing: str) -> str:
        """Lay out the content of brackets."""
        if frame.parts:
            return f"{frame.bracket} {' '.join(frame.parts)} {closing}"
        if frame.commented:
            mark = "" if closing == ")" else " ;"
            opening = frame.bracket if frame.opening is None else f"{frame.bracket} {frame.opening}"
            return "\n".join([opening, *self._lines(frame, mark), INDENT * frame.level + closing])
        if closing == ")":
            return collected([line.text for line in frame.lines], frame.level, frame.width)
        lines = [f"{line.predicate} {line.text}" for line in self._sorted(frame.lines)]
        inner = any(outer.bracket for outer in self.frames)
        return bracketed(lines, frame.bracket, closing, frame.level, frame.width, inner=inner)

    def _lines(self, frame: _Frame, mark: str, last_mark: str | None = None) -> list[str]:
        """Lay out properties, sorted, or items, in order, and the comments at their end."""
        indent = INDENT * (frame.level + 1)
        lines = frame.lines
        head: Sequence[g.Comment] = ()
        if lines and frame.bracket != "(" and (ordered := self._sorted(lines)) != lines:
            # A separated comment at the start is about everything that follows, and stays there.
            first = lines[0].leading
            apart = max((n for n, comment in enumerate(first, 1) if comment.space_after), default=0)
            head, lines[0].leading = first[:apart], first[apart:]
            self._check_order(chain.from_iterable(line.leading for line in lines))
            lines = ordered
        text = _texts(head, indent)
        for number, line in enumerate(lines, 1):
            text += _texts(line.leading, indent)
            end = last_mark if last_mark is not None and number == len(lines) and not frame.waiting else mark
            text.append(_with(f"{indent}{line}{end}", line.trailing))
        return text + _texts(frame.waiting, indent)

    def _check_order(self, comments: Iterable[g.Comment]) -> None:
        """Raise InputError if a comment among sorted lines is separated by a blank line."""
        for comment in comments:
            if comment.space_after:
                raise self.document.error(
                    "a blank line separates this comment from lines that the house form sorts, so it would lose what "
                    "it is about; put it directly above one of them, or above the statement",
                    comment.offset,
                )

    def _statement_entry(self, statement: _Statement) -> _Entry:
        indent = INDENT * statement.level
        leading = _texts(statement.leading, indent)
        footer = _texts(statement.footer, indent)
        if self.one_line:
            triple = " ".join(statement.parts) + " ."
            text = "\n".join([*leading, _with(triple, statement.opening), *footer])
            return _Entry((0, 0, triple), text, bool(footer))
        kind, subject = statement.kind, statement.subject
        iri = self._iri(subject) if kind <= t.IRI else ""
        if not statement.commented:
            between = f" ;\n{indent}{INDENT}"
            body = between.join([f"{line.predicate} {line.text}" for line in self._sorted(statement.lines)])
            lines = [f"{indent}{subject}\n{indent}{INDENT}{body} ." if body else f"{indent}{subject} ."]
        elif statement.lines:
            lines = [_with(indent + subject, statement.opening), *self._lines(statement, " ;", " .")]
            if statement.waiting:
                lines.append(f"{indent}{INDENT}.")
        else:
            leading += _texts(statement.waiting, indent)
            lines = [_with(f"{indent}{subject} .", statement.opening)]
        return _Entry(
            (0, 0, iri) if iri else (0, 1, ""),
            "\n".join([*leading, *lines, *footer]),
            bool(footer),
            iri or (subject if kind == t.BLANK else ""),
            statement.main or self._is_main(statement),
        )

    def _graph_entry(self, graph: _Graph) -> _Entry:
        inside = self._paragraphs(graph.sections, INDENT)
        start = f"{graph.label} {{".strip()
        if inside or graph.opening is not None:
            text = "\n".join([_with(start, graph.opening), *filter(None, ["\n\n".join(inside)]), "}"])
        else:
            text = start + "}"
        leading = _texts(graph.leading)
        footer = _texts(graph.footer)
        return _Entry(graph.key, "\n".join([*leading, _with(text, graph.trailing), *footer]), bool(footer))

    def _paragraphs(self, sections: list[_Section], indent: str) -> list[str]:
        paragraphs = []
        for section in sections:
            if section.heading:
                paragraphs.append("\n".join(_texts(section.heading, indent)))
            main = {entry.subject for entry in section.entries if entry.main and entry.subject}
            entries = sorted(
                section.entries, key=lambda entry: (not entry.main and entry.subject not in main, entry.key)
            )
            ends = True  # what comes next needs an empty line before it
            for entry in entries:
                if ends:
                    paragraphs.append(entry.text)
                else:
                    paragraphs[-1] += "\n" + entry.text
                ends = entry.open_end or not self.one_line
        return paragraphs

    def _directives(self, part: _Part) -> str:
        # What begins a part, if not the first, stays at its start: before it, it would be in the part before.
        first = 0 if part is self.parts[0] else 1
        directives = [
            *part.directives[:first],
            *sorted(part.directives[first:], key=lambda directive: directive.key),
        ]
        if directives != part.directives:
            self._check_order(
                c for directive in part.directives for c in (*directive.leading, *directive.footer)
            )
        lines = []
        for directive in directives:
            lines += _texts(directive.leading)
            lines.append(_with(f"@{directive.name} {directive.operands} .", directive.trailing))
            lines += _texts(directive.footer)
        return "\n".join(lines)

    def _write(self) -> str:
        paragraphs = ["\n".join(_texts(block)) for block in self.head]
        for part in self.parts:
            if part.directives:
                directives = self._directives(part)
                if part is self.parts[0] and not self.head_is_apart:
                    paragraphs[-1] += "\n" + directives
                else:
                    paragraphs.append(directives)
            paragraphs += self._paragraphs(part.sections, "")
        return "\n\n".join(paragraphs) + "\n" if paragraphs else ""


_by_predicate = attrgetter("key")


def _texts(comments: Iterable[g.Comment], indent: str = "") -> list[str]:
    return [indent + comment.text for comment in comments]


def _with(text: str, comment: str | None) -> str:
    """Add the comment at the end of a line, if there is one."""
    return text if comment is None else f"{text} {comment}"
