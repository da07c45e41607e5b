"""The tokens of a query (SPARQL 1.1, section 19.8), and their meaning."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from wcograph.toolbox.errors import InputError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# As in Turtle, any character beyond ASCII may be in a name here: the engine checks which. PN_CHARS_U with digits, PN_CHARS.
# A prefix is looked for in 256 characters only: "a-a-a-" would otherwise be read to its end from every a.
_FIRST, _NEXT = r"[^\x00-/:-@\[-^`{-\x7f]", r"[^\x00-,./:-@\[-^`{-\x7f]"
_TOKEN = rf"""
    (?P<comment>\#[^\n\r]*)
  | (?P<string>\"\"\"(?:(?:\"|\"\")?(?:[^"\\]|\\.))*\"\"\" | '''(?:(?:'|'')?(?:[^'\\]|\\.))*'''
             | "(?:[^"\\\n\r]|\\.)*" | '(?:[^'\\\n\r]|\\.)*')
  | (?P<iri><(?:[^<>"{{}}|^`\\\x00-\x20]|\\u[0-9A-Fa-f]{{4}}|\\U[0-9A-Fa-f]{{8}})*>)
  | (?P<variable>[?$]{_FIRST}+)
  | (?P<language>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
  | (?P<blank>_:{_FIRST}(?:{_NEXT}++|\.++(?={_NEXT}))*+)
  | (?P<name>(?:(?=(?:{_NEXT}|\.){{1,256}}+:)(?![0-9_]){_FIRST}(?:{_NEXT}++|\.++(?={_NEXT}))*+)?+:
             (?:(?:{_FIRST}|:|%[0-9A-Fa-f]{{2}}|\\.)
                (?:{_NEXT}++|:|%[0-9A-Fa-f]{{2}}|\\.|\.++(?={_NEXT}|[:%\\]))*+)?+)
  | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
  | (?P<word>[A-Za-z_]\w*)
  | (?P<punctuation>\^\^|&&|\|\||!=|<=|>=|<<\(?|\)?>>|\{{\||\|\}}|[{{}}()\[\];,.=<>!+\-*/|^?~&])
  | (?P<space>\s+)
  | (?P<other>.)
    """


@cache
def _pattern() -> re.Pattern[str]:
    """Compile the pattern of a token on first use; it takes as long as a short answer."""
    return re.compile(_TOKEN, re.VERBOSE | re.DOTALL)


class Token:
    """A token of a query: its ``kind`` (``iri``, ``variable``, ...), its ``text``, and its ``offset``.

    ``word`` is a keyword or the name of a function in capitals; it is empty for every other kind.
    """

    __slots__ = ("kind", "offset", "text", "word")

    def __init__(self, kind: str, text: str, offset: int) -> None:
        """Keep the values."""
        self.kind, self.text, self.offset = kind, text, offset
        self.word = text.upper() if kind == "word" else ""

    def __repr__(self) -> str:
        """Show the kind and the text."""
        return f"Token({self.kind!r}, {self.text!r})"

    @property
    def end(self) -> int:
        """The offset behind the token."""
        return self.offset + len(self.text)


def place(text: str, offset: int) -> tuple[int, int]:
    """Return the line and column of an offset, both from 1, in characters.

    >>> place("SELECT *\\n{ ?s", 11)
    (2, 3)
    """
    return text.count("\n", 0, offset) + 1, offset - (text.rfind("\n", 0, offset) + 1) + 1


def fault(message: str, text: str, offset: int, name: str) -> InputError:
    """Return the error for an offset in a query."""
    line, column = place(text, offset)
    return InputError(message, file=name, line=line, column=column)


@lru_cache(maxsize=4)  # reading a stored query asks for its tokens five times
def tokens(text: str, name: str = "query") -> tuple[Token, ...]:
    """Read ``text`` into its tokens, comments and white space left out.

    Raises InputError, with ``name``, line and column, at a character that begins no token.

    >>> tokens("ASK { ?s a <http://e/C> }")[1:4]
    (Token('punctuation', '{'), Token('variable', '?s'), Token('word', 'a'))
    """
    found = []
    for match in _pattern().finditer(text):
        kind = match.lastgroup or ""
        if kind == "other":
            what = f"{match[0]!r} begins no SPARQL token (an unclosed quotation mark?)"
            raise fault(what, text, match.start(), name)
        if kind not in ("space", "comment"):
            found.append(Token(kind, match[0], match.start()))
    return tuple(found)


BRACKETS = {"{": "}", "(": ")", "[": "]"}


def closing(found: Sequence[Token], at: int) -> int:
    """Return the position of the bracket that closes the one at ``at``; the number of tokens if there is none.

    >>> closing(tokens("ASK { { ?s a ?c } }"), 1)
    7
    """
    depth = 0
    for place in range(at, len(found)):
        depth += (found[place].text == found[at].text) - (found[place].text == BRACKETS[found[at].text])
        if depth == 0:
            return place
    return len(found)


def opens_rows(found: Sequence[Token], at: int) -> bool:
    """Return whether the bracket at ``at`` opens the rows of VALUES."""
    if found[at].text != "{" or at < 2:
        return False
    start = at - 1
    if found[start].text == ")":
        while start and found[start].text != "(":
            start -= 1
    return found[start - 1].word == "VALUES"


def prefixes(text: str, name: str = "query") -> dict[str, str]:
    """Return the prefixes that a query declares.

    >>> prefixes("PREFIX e: <http://e/> ASK { ?s a e:C }")
    {'e': 'http://e/'}
    """
    row = tokens(text, name)
    return {
        label.text[:-1]: iri.text[1:-1]
        for keyword, label, iri in zip(row, row[1:], row[2:], strict=False)
        if keyword.word == "PREFIX" and label.kind == "name" and iri.kind == "iri"
    }


def iris(text: str, known: Mapping[str, str]) -> dict[str, str]:
    """Return the IRIs that a query names, each as written first; the prefixes in ``known`` need no declaration.

    >>> iris("SELECT * { ?s a e:C ; <http://e/p> 1 }", {"e": "http://e/"})
    {'http://e/C': 'e:C', 'http://e/p': '<http://e/p>'}
    """
    known = {**known, **prefixes(text)}
    row = tokens(text)
    found: dict[str, str] = {}
    for before, token in zip([None, *row], row, strict=False):
        is_named = before is not None and before.kind == "name" and token.kind == "iri"  # by PREFIX
        declares = is_named or (before is not None and before.word in ("PREFIX", "BASE"))
        if token.kind in ("iri", "name") and not declares and (iri := named(token, known)):
            found.setdefault(iri, token.text)
    return found


def named(token: Token, known: Mapping[str, str]) -> str:
    """Return the IRI that a token names, relative if it is written so; an empty text if its prefix is unknown."""
    prefix, _, local = token.text.partition(":")
    if token.kind == "iri":
        return token.text[1:-1]
    return known[prefix] + re.sub(r"\\(.)", r"\1", local) if prefix in known else ""


def short(text: str) -> str:
    """Quote a text, cut off after 60 characters."""
    return repr(text if len(text) <= 60 else text[:59] + "…")
