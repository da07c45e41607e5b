"""Turtle, TriG, N-Triples and N-Quads as text: tokens and comments, and each quad with its places.

pyoxigraph decides what is valid and what it means; it does not say where in the text a triple stands. This
module does. It reads a `Document` in two ways:

* `tokens` gives every token and every comment, with its offset: what a formatter needs;
* `placed_quads` gives every quad as pyoxigraph terms, with the offsets of its subject, predicate and object:
  what a finding needs to say where it is.

Offsets count characters (code points) from 0; `Document.place` turns one into a line and a column, both from
1. A line ends at LF, CR LF or a lone CR. A byte-order mark at the start is not part of the text.

The grammar is that of `RDF 1.2 Turtle <https://www.w3.org/TR/rdf12-turtle/#sec-grammar>`_ and of its sisters
`TriG <https://www.w3.org/TR/rdf12-trig/>`_, `N-Triples <https://www.w3.org/TR/rdf12-n-triples/>`_ and
`N-Quads <https://www.w3.org/TR/rdf12-n-quads/>`_.

>>> document = Document('@prefix ex: <http://example.org/> .\\nex:a ex:p "x"@en , 1 .\\n')
>>> for quad in placed_quads(document):
...     print(quad.object, document.place(quad.object_at))
"x"@en Place(line=2, column=11)
"1"^^<http://www.w3.org/2001/XMLSchema#integer> Place(line=2, column=20)
"""

from __future__ import annotations

import os
import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, NamedTuple

from pyoxigraph import (
    BaseDirection,
    BlankNode,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    RdfFormat,
    Triple,
    parse,
)

from wcograph.errors import InputError, LimitError
from wcograph.rdf import files as rdf_files

if TYPE_CHECKING:
    from collections.abc import Iterator

Term = NamedNode | BlankNode | Literal | Triple

MAX_NESTING = 1000
"""How deep brackets may nest. pyoxigraph ends the process on some thousands of nested triple terms."""

SYNTAXES = {
    extension: syntax
    for extension, syntax in rdf_files.SYNTAXES.items()
    if syntax in (RdfFormat.TURTLE, RdfFormat.TRIG, RdfFormat.N_TRIPLES, RdfFormat.N_QUADS)
}
"""The syntaxes that this module reads, by the extension of a file's name."""

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XSD = "http://www.w3.org/2001/XMLSchema#"


class Place(NamedTuple):
    """A place in a text: line and column, both from 1, the column in characters (code points)."""

    line: int
    column: int


class Token(NamedTuple):
    """A token or comment of a text.

    ``kind`` is one of ``iri``, ``pname`` (with or without a local part), ``blank`` (a label), ``string``,
    ``langtag``, ``integer``, ``decimal``, ``double``, ``boolean``, ``a``, ``directive`` (``@prefix``,
    ``BASE`` and so on), ``graph`` (the keyword), ``open``, ``close``, ``punctuation``, ``comment``, and
    ``unknown`` for a character that begins no token. ``text`` is the token as it is written, ``offset`` that
    of its first character.
    """

    kind: str
    text: str
    offset: int


_new_token = tuple.__new__  # half a million times in a large file, at half of what Token(...) takes


class PlacedQuad(NamedTuple):
    """A quad, and where its subject, predicate and object are written.

    A place is the offset of a term's first character. A blank node in brackets and a collection stand at
    their opening bracket, a reified triple at its ``<<``. The triples that a collection stands for are placed
    at its items: the first cell at ``(``, each other cell, ``rdf:first`` and ``rdf:rest`` at their item, the
    last ``rdf:rest`` with ``rdf:nil`` at ``)``. A triple with ``rdf:reifies`` has its subject at the
    reifier's name, or without one at its ``~``, ``{|`` or ``<<``, and the rest where the reified triple
    stands: at ``<<``, or at the object that is annotated.

    ``language`` is the object's language tag as it is written; pyoxigraph keeps it in lower case.
    """

    subject: NamedNode | BlankNode
    predicate: NamedNode
    object: Term
    graph_name: NamedNode | BlankNode | DefaultGraph
    subject_at: int
    predicate_at: int
    object_at: int
    language: str | None = None

    @property
    def quad(self) -> Quad:
        """The quad without its places."""
        return Quad(self.subject, self.predicate, self.object, self.graph_name)


@dataclass(frozen=True)
class Document:
    """A text in one of the `SYNTAXES`, with the name of its file and the base that relative IRIs resolve to.

    ``text`` holds no byte-order mark; its line ends are as they are in the file.
    """

    text: str
    file: str = "-"
    syntax: RdfFormat = RdfFormat.TURTLE
    base: str | None = None

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(match.end() for match in _LINE_END.finditer(self.text))]

    def place(self, offset: int) -> Place:
        r"""Give the line and column of an offset.

        >>> Document("a\r\nbc").place(4)
        Place(line=2, column=2)
        """
        line = bisect_right(self._line_starts, offset)
        return Place(line, offset - self._line_starts[line - 1] + 1)

    def error(self, message: str, offset: int) -> InputError:
        """Make an InputError that says where in this document something is wrong."""
        line, column = self.place(offset)
        return InputError(message, file=self.file, line=line, column=column)


def syntax_of(path: str) -> RdfFormat:
    """Give the syntax of a file by its extension.

    Raises InputError where the extension is none of the `SYNTAXES`.

    >>> syntax_of("data/members.TTL")
    <RdfFormat Turtle>
    """
    extension = os.path.splitext(path)[1].lower()
    if extension not in SYNTAXES:
        raise InputError(
            f"is not named as Turtle, TriG, N-Triples or N-Quads ({', '.join(SYNTAXES)})", file=path
        )
    return SYNTAXES[extension]


def read_document(path: str, *, syntax: RdfFormat | None = None, base: str | None = None) -> Document:
    """Read a file; its syntax is that of its extension unless it is given.

    Relative IRIs resolve to the file's own IRI unless ``base`` is given. Raises InputError where the file
    cannot be read, is not UTF-8, or has an unknown extension.
    """
    rdf_files.check_file(path)
    syntax = syntax or syntax_of(path)
    try:
        with open(path, "rb") as stream:
            data = stream.read()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=path) from error
    if base is None:
        base = rdf_files.file_iri(path)
    return decode_document(data, file=path, syntax=syntax, base=base)


def decode_document(
    data: bytes, *, file: str = "-", syntax: RdfFormat = RdfFormat.TURTLE, base: str | None = None
) -> Document:
    r"""Make a document of UTF-8 bytes, without the byte-order mark that they may begin with.

    Raises InputError, with the place, where they are not UTF-8.

    >>> decode_document(b"\xef\xbb\xbf# caf\xc3\xa9").text
    '# café'
    >>> decode_document(b"# \n# caf\xe9", file="a.ttl")
    Traceback (most recent call last):
    ...
    wcograph.errors.InputError: a.ttl:2:6: is not UTF-8 (byte E9); save the file as UTF-8
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = Document(data[: error.start].decode("utf-8").removeprefix("\ufeff"), file)
        message = f"is not UTF-8 (byte {data[error.start]:02X}); save the file as UTF-8"
        raise before.error(message, len(before.text)) from error
    return Document(text.removeprefix("\ufeff"), file, syntax, base)


# The terminals of the grammar. They are told apart here, not checked: pyoxigraph does that. So every character
# beyond ASCII may stand in a name (all that mean something else are ASCII), and the classes are written as what
# is not in them: compiling the exact ones took most of the time that it takes to import this module.
_LETTER = r"[^\x00-@\[-`{-\x7f]"  # PN_CHARS_BASE
_LOCAL_START = r"[^\x00-/:-@\[-^`{-\x7f]"  # PN_CHARS_U and digits
_NAME = r"[^\x00-,./:-@\[-^`{-\x7f]"  # PN_CHARS
_ESCAPE = r"%[0-9A-Fa-f]{2}|\\."  # PLX
_PATTERNS = {
    # A dot belongs to a name only where the name goes on behind it.
    "pname": rf"(?:{_LETTER}(?:{_NAME}++|\.++(?={_NAME}))*+)?+:"
    rf"(?:(?:{_LOCAL_START}|:|{_ESCAPE})(?:[^\x00-,./;-@\[-^`{{-\x7f]++|{_ESCAPE}|\.++(?={_NAME}|[:%\\]))*+)?+",
    "iri": r'<[^<>"{}|^`\x00-\x20]*+>',
    "blank": rf"_:{_LOCAL_START}(?:{_NAME}++|\.++(?={_NAME}))*+",
    "string": r'"""(?:[^"\\]++|\\.|""?(?!"))*+"""'
    r"|'''(?:[^'\\]++|\\.|''?(?!'))*+'''"
    r'|"(?:[^"\\\r\n]++|\\.)*+"'
    r"|'(?:[^'\\\r\n]++|\\.)*+'",
    "double": r"[+-]?(?:[0-9]++\.?[0-9]*+|\.[0-9]++)[eE][+-]?[0-9]++",
    "decimal": r"[+-]?[0-9]*+\.[0-9]++",
    "integer": r"[+-]?[0-9]++",
    "boolean": rf"(?:true|false)(?!{_NAME})",
    "a": rf"a(?!{_NAME})",
    "directive": r"@(?:prefix|base|version)(?![A-Za-z0-9-])|(?i:prefix|base|version)(?![A-Za-z0-9_-])",
    "graph": r"(?i:graph)(?![A-Za-z0-9_-])",
    "langtag": r"@[A-Za-z]++(?:-{1,2}[A-Za-z0-9]++)*+",
    "open": r"<<\(?|\{\|?|[\[(]",
    "close": r"\)?>>|\|?\}|[\])]",
    "punctuation": r"\^\^|[.;,~]",
}
_GROUPS = "|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _PATTERNS.items())
_COMMENT = r"#[^\r\n]*+"
_TAIL = r"(?P<unknown>.)|(?P<end>\Z)"
_TOKEN = re.compile(rf"[ \t\r\n]*+(?:{_GROUPS}|(?P<comment>{_COMMENT})|{_TAIL})", re.DOTALL)
_TOKEN_AFTER_COMMENTS = re.compile(rf"(?:[ \t\r\n]++|{_COMMENT})*+(?:{_GROUPS}|{_TAIL})", re.DOTALL)
# What a bracket or a comment may not be told from without a look at what stands around it; all else is passed over.
_MARK = re.compile(
    rf"{_PATTERNS['string']}|{_PATTERNS['iri']}|\\.|(?P<comment>{_COMMENT})"
    rf"|(?P<open>{_PATTERNS['open']})|(?P<close>{_PATTERNS['close']})",
    re.DOTALL,
)
_LINE_END = re.compile(r"\r\n|\n|\r")
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")

# What a token is, as the number of its group in both patterns.
_KIND = ("", *_PATTERNS, "comment", "unknown", "end")
(
    _PNAME,
    _IRI,
    _BLANK,
    _STRING,
    _DOUBLE,
    _DECIMAL,
    _INTEGER,
    _BOOLEAN,
    _A,
    _DIRECTIVE,
    _GRAPH,
    _LANGTAG,
    _OPEN,
    _CLOSE,
    _PUNCTUATION,
) = range(1, len(_PATTERNS) + 1)


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens and the comments of a text, valid or not, in the order in which they stand.

    Nothing but spaces, tabs and line ends stands between them.

    >>> [token.text for token in tokens('ex:a a ex:B . # so')]
    ['ex:a', 'a', 'ex:B', '.', '# so']
    """
    before, after_version = "", False
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""
        if kind == "end":
            return
        word = match[kind]
        if kind == "directive" and word[0] == "@" and before == "string" and not after_version:
            kind = "langtag"  # "x"@base is a string in the language "base"
        if kind != "comment":
            after_version = before == "directive" and kind == "string"
            before = kind
        yield _new_token(Token, (kind, word, match.start(match.lastindex or 0)))


def comments(text: str) -> Iterator[Token]:
    """Yield the comments of a valid text: of its `tokens` those of this kind, several times faster.

    >>> [token.text for token in comments('<#a> <#b> "# no" . # so')]
    ['# so']
    """
    for match in _MARK.finditer(text):
        if match.lastgroup == "comment":
            yield Token("comment", match.group(), match.start())


def unescape_string(token: str) -> str:
    r"""Give the lexical form of a string token: without its quotes, its escapes resolved.

    >>> unescape_string(r"'''caf\u00E9\n'''")
    'café\n'
    """
    width = 3 if token[:3] in ('"""', "'''") and len(token) > 5 else 1
    body = token[width:-width]
    return _STRING_ESCAPE.sub(_unescape, body) if "\\" in body else body


_STRING_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_CHARACTERS = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}
_LOCAL_ESCAPE = re.compile(r"\\(.)")


def _unescape(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    return chr(int(code, 16)) if code else _CHARACTERS.get(match[3], match[3])


def is_absolute(token: str) -> bool:
    """Tell whether an ``iri`` token means the same whatever the base is.

    >>> is_absolute("<http://example.org/>"), is_absolute("<#a>")
    (True, False)
    """
    return "\\" not in token and _ABSOLUTE.match(token, 1) is not None


class Namespaces:
    """The prefixes and the base in force at one point of a text, and the IRIs that its tokens mean there."""

    def __init__(self, base: str | None = None) -> None:
        """Start with no prefix; ``base`` is an absolute IRI."""
        self.base = base
        self.prefixes: dict[str, str] = {}
        self.cache: dict[str, NamedNode] = {}
        """The terms of tokens already met. Emptied when a prefix or the base changes."""

    def bind(self, prefix: str, iri_token: str) -> None:
        """Bind ``prefix`` (with its colon) to what ``iri_token`` means here."""
        iri = self.iri(iri_token)
        if self.prefixes.get(prefix, iri) != iri:
            self.cache.clear()
        self.prefixes[prefix] = iri

    def rebase(self, iri_token: str) -> None:
        """Take what ``iri_token`` means here as the base."""
        self.base = self.iri(iri_token)
        self.cache.clear()

    def iri(self, token: str) -> str:
        """Give the IRI of an ``iri`` token (``<...>``).

        Relative references (RFC 3986, section 5.2) and escapes are left to pyoxigraph, so that they are
        resolved as it resolves them.
        """
        if is_absolute(token):
            return token[1:-1]
        (quad,) = parse(f"{token} <x:x> <x:x> .".encode(), RdfFormat.TURTLE, base_iri=self.base)
        iri: str = quad.subject.value
        return iri

    def node(self, token: str) -> NamedNode:
        """Give the node of an ``iri`` or ``pname`` token. Raises KeyError for a prefix that is not bound."""
        node = self.cache.get(token)
        if node is None:
            if token[0] == "<":
                node = NamedNode(self.iri(token))
            else:
                prefix, _, local = token.partition(":")
                if "\\" in local:
                    local = _LOCAL_ESCAPE.sub(r"\1", local)
                node = NamedNode(self.prefixes[prefix + ":"] + local)
            self.cache[token] = node
        return node


# What names may hold, to the letter. `re` keeps what it has compiled: it costs something, and few need it.
_PN_CHARS_BASE = (
    "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_PN_CHARS = rf"{_PN_CHARS_BASE}_\-0-9\u00b7\u0300-\u036f\u203f\u2040"
_PREFIX = rf"(?:[{_PN_CHARS_BASE}](?:[{_PN_CHARS}.]*[{_PN_CHARS}])?)?"
_SIMPLE_LOCAL = rf"[{_PN_CHARS_BASE}_0-9](?:[{_PN_CHARS}.]*[{_PN_CHARS}])?"


def is_prefix(text: str) -> bool:
    """Tell whether a text, without a colon, may be a prefix (PN_PREFIX, or nothing).

    >>> is_prefix("wco"), is_prefix("1st")
    (True, False)
    """
    return re.fullmatch(_PREFIX, text) is not None


def is_simple_local(text: str) -> bool:
    """Tell whether a text may follow a prefix as it is: a PN_LOCAL without colon and escapes, not empty.

    >>> is_simple_local("member-TUR"), is_simple_local("a/b"), is_simple_local("end.")
    (True, False, False)
    """
    return re.fullmatch(_SIMPLE_LOCAL, text) is not None


_ERROR_PLACE = re.compile(r"Parser error (?:at|between) line \d[^:]*: ")


def parse_document(document: Document) -> list[Quad]:
    """Read a document with pyoxigraph: its quads, in the order in which they are completed.

    Raises InputError with the place where the document is ill-formed, and LimitError where its brackets nest
    deeper than `MAX_NESTING`.

    >>> parse_document(Document("<a> <b> .", file="a.ttl", base="http://example.org/"))
    Traceback (most recent call last):
    ...
    wcograph.errors.InputError: a.ttl:1:9: . is not a valid RDF object
    """
    check_nesting(document)
    try:
        data = document.text.encode()
    except UnicodeEncodeError as error:
        raise document.error("holds half of a surrogate pair, which is no character", error.start) from error
    try:
        return list(parse(data, document.syntax, base_iri=document.base))
    except SyntaxError as error:
        message = _ERROR_PLACE.sub("", error.msg, count=1)
        message = "".join(c if c.isprintable() else f"U+{ord(c):04X}" for c in message)
        raise InputError(message, file=document.file, line=error.lineno, column=error.offset) from error
    except ValueError as error:
        raise InputError(f"{error} (base <{document.base}>)", file=document.file) from error


def check_nesting(document: Document) -> None:
    """Raise LimitError where the brackets of a document nest deeper than `MAX_NESTING`."""
    text = document.text
    if sum(map(text.count, ("[", "(", "{", "<<"))) <= MAX_NESTING:
        return
    depth = 0
    for match in _MARK.finditer(text):
        kind = match.lastgroup
        if kind == "open":
            depth += 1
            if depth > MAX_NESTING:
                line, column = document.place(match.start())
                raise LimitError(
                    f"{document.file}:{line}:{column}: brackets nest more than {MAX_NESTING:,} deep; "
                    "give the inner nodes labels of their own"
                )
        elif kind == "close":
            depth -= 1


# What the reader of quads expects next.
_SUBJECT, _PREDICATE, _OBJECT, _AFTER_OBJECT, _ITEM, _REIFIER, _PART = range(7)

_Node = NamedNode | BlankNode

_TYPE = NamedNode(RDF + "type")
_FIRST = NamedNode(RDF + "first")
_REST = NamedNode(RDF + "rest")
_NIL = NamedNode(RDF + "nil")
_REIFIES = NamedNode(RDF + "reifies")
_DATATYPES = {
    _INTEGER: NamedNode(XSD + "integer"),
    _DECIMAL: NamedNode(XSD + "decimal"),
    _DOUBLE: NamedNode(XSD + "double"),
    _BOOLEAN: NamedNode(XSD + "boolean"),
}
_DIRECTIONS = {"ltr": BaseDirection.LTR, "rtl": BaseDirection.RTL}
_DEFAULT_GRAPH = DefaultGraph()


def placed_quads(document: Document, *, rename_blank_nodes: bool = False) -> list[PlacedQuad]:
    """Read a document: its quads, each with its places, in the order in which they are completed.

    The terms are those that pyoxigraph gives, and so are the labels of blank nodes: as they are written, and
    fresh ones for nodes without a label. ``rename_blank_nodes`` makes all of them fresh, so that the nodes of
    two documents are never taken for one. A quad that is written twice is given twice.

    Raises what `parse_document` raises.
    """
    count = len(parse_document(document))
    quads = list(_walk(document, rename_blank_nodes))
    if len(quads) != count:  # the tests show that it is so; a wrong place must not pass unseen
        raise RuntimeError(f"{document.file}: {len(quads)} placed quads where pyoxigraph reads {count}")
    return quads


def _walk(document: Document, rename_blank_nodes: bool) -> Iterator[PlacedQuad]:
    """Yield the placed quads of a valid document.

    One loop over the tokens, with a stack of the brackets that are open, so that depth costs no recursion. A
    token either completes a term, which the lower half of the loop takes to its position, or is a bracket or
    punctuation, which changes what is expected next.
    """
    namespaces = Namespaces(document.base)
    cached, node = namespaces.cache.get, namespaces.node
    literals: dict[str, Literal] = {}
    blanks: dict[str, BlankNode] = {}
    with_graph_names = document.syntax == RdfFormat.N_QUADS
    graph: _Node | DefaultGraph = _DEFAULT_GRAPH
    state = _SUBJECT
    # The triple that is being read. In a collection the subject is the cell, None before the first item.
    subject: Any = None
    predicate: Any = None
    target: Any = None
    subject_at = predicate_at = target_at = 0
    reifier: _Node | None = None  # of the object just read, where it has one
    reifier_at = 0
    head: _Node = _NIL  # the first cell of a collection
    parts: list[tuple[Any, int]] = []  # the terms between << and >>
    # For each open bracket its offset, and what was being read around it.
    stack: list[tuple[int, int, tuple[Any, int, Any, int], tuple[Any, int, Any, int], Any, Any]] = []

    def blank(label: str) -> BlankNode:
        if label not in blanks:
            blanks[label] = BlankNode() if rename_blank_nodes else BlankNode(label[2:])
        return blanks[label]

    place = partial(tuple.__new__, PlacedQuad)  # twice as fast as calling the class

    matches = _TOKEN_AFTER_COMMENTS.finditer(document.text)
    match = next(matches)
    while True:
        kind = match.lastindex or 0
        word = match[kind]
        at = match.start(kind)
        language: str | None = None
        term: Any
        if state == _REIFIER and kind > _BLANK:  # a "~" without a name
            state, reifier = _AFTER_OBJECT, BlankNode()
            triple = Triple(subject, predicate, target)
            yield place((reifier, _REIFIES, triple, graph, reifier_at, target_at, target_at, None))

        if kind <= _IRI:
            term = cached(word) or node(word)
            match = next(matches)
        elif kind == _PUNCTUATION:
            match = next(matches)
            if word == ";":
                state = _PREDICATE
            elif word == ",":
                state = _OBJECT
            elif word == ".":
                state = _SUBJECT
            elif state == _AFTER_OBJECT:  # "~"; between << and >> it needs no care
                state, reifier_at = _REIFIER, at
            continue
        elif kind == _STRING:
            value = unescape_string(word)
            match = next(matches)
            suffix = match.lastindex or 0
            if suffix == _LANGTAG or (suffix == _DIRECTIVE and match[suffix][0] == "@"):
                language = match[suffix][1:]
                tag, _, direction = language.partition("--")
                term = Literal(value, language=tag, direction=_DIRECTIONS.get(direction))
                match = next(matches)
            elif suffix == _PUNCTUATION and match[suffix] == "^^":
                match = next(matches)
                datatype = match[match.lastindex or 0]
                term = Literal(value, datatype=node(datatype))
                match = next(matches)
            else:
                term = Literal(value)
        elif kind == _BLANK:
            term = blank(word)
            match = next(matches)
        elif kind <= _BOOLEAN:
            term = literals.get(word)
            if term is None:
                term = literals[word] = Literal(word, datatype=_DATATYPES[kind])
            match = next(matches)
        elif kind == _A:
            term = _TYPE
            match = next(matches)
        elif kind == _OPEN:
            match = next(matches)
            if word == "{":
                graph = subject if state == _PREDICATE and subject else _DEFAULT_GRAPH
                state = _SUBJECT
                continue
            triple_read = (subject, subject_at, predicate, predicate_at)
            object_read = (target, target_at, reifier, reifier_at)
            stack.append((at, state, triple_read, object_read, head, parts))
            if word == "[":
                state, subject, subject_at = _PREDICATE, BlankNode(), at
            elif word == "(":
                state, subject = _ITEM, None
            elif word == "{|":
                if reifier is None:  # fresh for each annotation, where no "~" came before
                    reifier, reifier_at = BlankNode(), at
                    triple = Triple(subject, predicate, target)
                    yield place((reifier, _REIFIES, triple, graph, at, target_at, target_at, None))
                state, subject, subject_at = _PREDICATE, reifier, reifier_at
            else:
                state, parts = _PART, []
            continue
        elif kind == _CLOSE:
            match = next(matches)
            if word == "}":
                state, graph = _SUBJECT, _DEFAULT_GRAPH
                continue
            if word == "]":
                term = subject
            elif word == ")":
                term = head if subject else _NIL
                if subject:
                    yield place((subject, _REST, _NIL, graph, subject_at, at, at, None))
            elif word == ")>>":
                term = Triple(*(part for part, _ in parts))
            elif word == ">>":
                triple = Triple(*(part for part, _ in parts[:3]))
                opened = stack[-1][0]
                term, term_at = parts[3] if len(parts) > 3 else (BlankNode(), opened)
                yield place((term, _REIFIES, triple, graph, term_at, opened, opened, None))
            at, state, triple_read, object_read, head, parts = stack.pop()
            subject, subject_at, predicate, predicate_at = triple_read
            target, target_at, reifier, reifier_at = object_read
            if word == "|}":
                continue
        elif kind == _DIRECTIVE:
            name = word.lower().lstrip("@")
            match = next(matches)
            operand = match[match.lastindex or 0]
            if name == "prefix":
                match = next(matches)
                namespaces.bind(operand, match[match.lastindex or 0])
            elif name == "base":
                namespaces.rebase(operand)
            match = next(matches)
            continue  # the dot behind an @prefix changes nothing
        elif kind == _GRAPH:
            match = next(matches)
            continue
        else:
            return

        if state == _OBJECT:
            if with_graph_names:
                following = match.lastindex
                if following == _IRI:
                    graph = node(match[following])
                    match = next(matches)
                elif following == _BLANK:
                    graph = blank(match[following])
                    match = next(matches)
                else:
                    graph = _DEFAULT_GRAPH
            target, target_at, reifier, state = term, at, None, _AFTER_OBJECT
            yield place((subject, predicate, term, graph, subject_at, predicate_at, at, language))
        elif state == _PREDICATE:
            predicate, predicate_at, state = term, at, _OBJECT
        elif state == _SUBJECT:
            subject, subject_at, state = term, at, _PREDICATE
        elif state == _ITEM:
            cell = BlankNode()
            if subject is None:
                head, cell_at = cell, stack[-1][0]
            else:
                cell_at = at
                yield place((subject, _REST, cell, graph, subject_at, at, at, None))
            subject, subject_at = cell, cell_at
            yield place((cell, _FIRST, term, graph, cell_at, at, at, language))
        elif state == _REIFIER:
            state, reifier, reifier_at = _AFTER_OBJECT, term, at
            triple = Triple(subject, predicate, target)
            yield place((reifier, _REIFIES, triple, graph, at, target_at, target_at, None))
        else:
            parts.append((term, at))
