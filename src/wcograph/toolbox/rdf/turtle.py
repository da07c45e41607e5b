"""Turtle, TriG, N-Triples and N-Quads (RDF 1.2) as text: documents, tokens and comments, and the meaning of names.

pyoxigraph decides what is valid and what it means (`parse_document`); `tokens` yields each token and comment with
its location. Offsets count characters from 0. A line ends at LF, CR LF or a lone CR. A byte-order mark at the start
is not part of the text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, Triple, parse

from wcograph.toolbox.errors import InputError, LimitError
from wcograph.toolbox.rdf import files as rdf_files
from wcograph.toolbox.rdf.syntaxes import extension_of
from wcograph.toolbox.rdf.xsd import NAME_PART, NAME_START

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
    """A location in a text: line and column, both from 1, the column in characters (code points)."""

    line: int
    column: int


class Token(NamedTuple):
    """A token or comment of a text.

    ``kind`` is one of ``iri``, ``pname`` (with or without a local part), ``blank`` (a label), ``string``, ``langtag``,
    ``integer``, ``decimal``, ``double``, ``boolean``, ``a``, ``directive``, ``graph`` (the keyword), ``open``, ``close``,
    ``punctuation``, ``comment``, and ``unknown`` for a character that begins no token. ``text`` is as written.
    """

    kind: str
    text: str
    offset: int


_new_token = tuple.__new__  # half a million times in a large file, at half of what Token(...) takes


@dataclass(frozen=True)
class Document:
    """A text in one of the `SYNTAXES`, with the name of its file and the base against which relative IRIs resolve.

    ``text`` has no byte-order mark; its line ends are those of the file.
    """

    text: str
    file: str = "-"
    syntax: RdfFormat = RdfFormat.TURTLE
    base: str | None = None

    @cached_property
    def quads(self) -> list[Quad]:
        """The quads, read once; see `parse_document`."""
        return parse_document(self)

    @cached_property
    def _line_starts(self) -> list[int]:
        if "\r" in self.text:
            return [0, *(match.end() for match in LINE_END.finditer(self.text))]
        return list(accumulate((len(line) + 1 for line in self.text.split("\n")), initial=0))

    def place(self, offset: int) -> Place:
        r"""Return the line and column of an offset.

        >>> Document("a\r\nbc").place(4)
        Place(line=2, column=2)
        """
        line = bisect_right(self._line_starts, offset)
        return Place(line, offset - self._line_starts[line - 1] + 1)

    def error(self, message: str, offset: int) -> InputError:
        """Return an InputError with a location in this document."""
        line, column = self.place(offset)
        return InputError(message, file=self.file, line=line, column=column)


def syntax_of(path: str) -> RdfFormat:
    """Return the syntax of a file by its extension.

    Raises InputError if the extension does not belong to one of the `SYNTAXES`.

    >>> syntax_of("data/members.TTL")
    <RdfFormat Turtle>
    """
    syntax = SYNTAXES.get(extension_of(path))
    if syntax is None:
        raise InputError(
            f"is not named as Turtle, TriG, N-Triples or N-Quads ({', '.join(SYNTAXES)})", file=path
        )
    return syntax


def decode_document(
    data: bytes, *, file: str = "-", syntax: RdfFormat = RdfFormat.TURTLE, base: str | None = None
) -> Document:
    r"""Make a document from UTF-8 bytes, without the byte-order mark that they may begin with.

    Raises InputError, with the location, if they are not UTF-8.

    >>> decode_document(b"\xef\xbb\xbf# caf\xc3\xa9").text
    '# café'
    >>> decode_document(b"# \n# caf\xe9", file="a.ttl")
    Traceback (most recent call last):
    ...
    wcograph.toolbox.errors.InputError: a.ttl:2:6: is not UTF-8 (byte E9); save the file as UTF-8
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
TOKEN_AFTER_COMMENTS = re.compile(
    rf"[ \t\r\n]*+(?P<comments>(?:{_COMMENT}[ \t\r\n]*+)++)?+(?:{_GROUPS}|{_TAIL})", re.DOTALL
)
# Brackets and comments are told from what only looks like them; all else is passed over at once.
_QUOTED = rf"{_PATTERNS['string']}|{_PATTERNS['iri']}|\\."
_BRACKET = re.compile(
    rf"(?:[^\[\](){{}}<>|\"'#\\]++|{_QUOTED}|{_COMMENT})*+"
    rf"(?:(?P<open>{_PATTERNS['open']})|(?P<close>{_PATTERNS['close']})|.|\Z)",
    re.DOTALL,
)
_TO_COMMENT = re.compile(rf"(?:[^<\"'#\\]++|{_QUOTED}|<)*+(?P<comment>{_COMMENT})?+.?+", re.DOTALL)
LINE_END = re.compile(r"\r\n|\n|\r")
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")

# What a token is, as the number of its group in TOKEN_AFTER_COMMENTS; up to A it is a term.
(
    COMMENTS, PNAME, IRI, BLANK, STRING, DOUBLE, DECIMAL, INTEGER, BOOLEAN, A,
    DIRECTIVE, GRAPH_KEYWORD, LANGTAG, OPEN, CLOSE, PUNCTUATION,
) = range(1, len(_PATTERNS) + 2)  # fmt: skip
DATATYPES = {
    kind: NamedNode(XSD + name)
    for kind, name in {INTEGER: "integer", DECIMAL: "decimal", DOUBLE: "double", BOOLEAN: "boolean"}.items()
}
"""The datatypes of literals that are written without one."""


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens and the comments of a text, valid or not, in order.

    Only spaces, tabs and line ends are between them.

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
    """Yield the comments of a valid text, several times faster than `tokens`.

    >>> [token.text for token in comments('<#a> <#b> "# no" . # so')]
    ['# so']
    """
    for match in _TO_COMMENT.finditer(text):
        if match["comment"] is not None:
            yield Token("comment", match["comment"], match.start("comment"))


def unescape_string(token: str) -> str:
    r"""Return the lexical form of a string token: without its quotes, its escapes resolved.

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
    """Return whether an ``iri`` token has the same meaning for every base.

    >>> is_absolute("<http://example.org/>"), is_absolute("<#a>")
    (True, False)
    """
    return "\\" not in token and _ABSOLUTE.match(token, 1) is not None


class Namespaces:
    """The prefixes and the base in force at one point of a text, and the IRIs of its tokens there."""

    def __init__(self, base: str | None = None) -> None:
        """Start without prefixes; ``base`` is an absolute IRI."""
        self.base = base
        self.prefixes: dict[str, str] = {}
        self.cache: dict[str, NamedNode] = {}
        """The terms of tokens already met. Emptied when a prefix or the base changes."""

    def direct(self, name: str, operands: str) -> None:
        """Apply a directive: ``prefix`` with ``ex: <...>``, ``base`` with ``<...>``, or ``version``."""
        if name == "prefix":
            prefix, iri_token = operands.split(" ")
            iri = self.iri(iri_token)
            if self.prefixes.get(prefix, iri) != iri:
                self.cache.clear()
            self.prefixes[prefix] = iri
        elif name == "base":
            self.base = self.iri(operands)
            self.cache.clear()

    def iri(self, token: str) -> str:
        """Return the IRI of an ``iri`` token (``<...>``), resolved by pyoxigraph (RFC 3986, section 5.2)."""
        if is_absolute(token):
            return token[1:-1]
        (quad,) = parse(f"{token} <x:x> <x:x> .".encode(), RdfFormat.TURTLE, base_iri=self.base)
        iri: str = quad.subject.value
        return iri

    def node(self, token: str) -> NamedNode:
        """Return the node of an ``iri`` or ``pname`` token. Raises KeyError for a prefix that is not bound."""
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
_PREFIX = rf"(?:(?!_)[{NAME_START}](?:[{NAME_PART}.]*[{NAME_PART}])?)?"
_SIMPLE_LOCAL = rf"[{NAME_START}0-9](?:[{NAME_PART}.]*[{NAME_PART}])?"


def is_prefix(text: str) -> bool:
    """Return whether a text, without a colon, may be a prefix (PN_PREFIX, or nothing).

    >>> is_prefix("ex"), is_prefix("1st")
    (True, False)
    """
    return re.fullmatch(_PREFIX, text) is not None


def is_simple_local(text: str) -> bool:
    """Return whether a text may follow a prefix unchanged: a PN_LOCAL without colon and escapes, not empty.

    >>> is_simple_local("polity-TUR"), is_simple_local("a/b"), is_simple_local("end.")
    (True, False, False)
    """
    return re.fullmatch(_SIMPLE_LOCAL, text) is not None


_ERROR_PLACE = re.compile(r"Parser error (?:at|between) line \d[^:]*: ")


def parse_document(document: Document) -> list[Quad]:
    """Read a document with pyoxigraph: its quads, in the order in which they are completed.

    Raises InputError with the location if the document is ill-formed, and LimitError if its brackets nest
    deeper than `MAX_NESTING`.

    >>> parse_document(Document("<a> <b> .", file="a.ttl", base="http://example.org/"))
    Traceback (most recent call last):
    ...
    wcograph.toolbox.errors.InputError: a.ttl:1:9: . is not a valid RDF object
    """
    check_nesting(document)
    try:
        data = document.text.encode()
    except UnicodeEncodeError as error:
        raise document.error(
            "contains half of a surrogate pair, which is not a character", error.start
        ) from error
    try:
        return list(parse(data, document.syntax, base_iri=document.base))
    except SyntaxError as error:
        message = _ERROR_PLACE.sub("", error.msg, count=1)
        message = "".join(c if c.isprintable() else f"U+{ord(c):04X}" for c in message)
        raise InputError(message, file=document.file, line=error.lineno, column=error.offset) from error
    except ValueError as error:
        raise InputError(f"{error} (base <{document.base}>)", file=document.file) from error


def check_nesting(document: Document) -> None:
    """Raise LimitError if the brackets of a document nest deeper than `MAX_NESTING`."""
    text = document.text
    if sum(map(text.count, ("[", "(", "{", "<<"))) <= MAX_NESTING:
        return
    depth = 0
    for match in _BRACKET.finditer(text):
        kind = match.lastgroup
        if kind == "open":
            depth += 1
            if depth > MAX_NESTING:
                line, column = document.place(match.start(kind))
                raise LimitError(
                    f"{document.file}:{line}:{column}: brackets nest more than {MAX_NESTING:,} deep; "
                    "give the inner nodes labels of their own"
                )
        elif kind == "close":
            depth -= 1
