"""The grammar of Turtle, TriG, N-Triples and N-Quads: a valid text as events, with locations and comments.

`wcograph.toolbox.rdf.placed` finds where triples are written with it, `wcograph.toolbox.rdf.fmt` formats a text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from wcograph.toolbox.rdf import turtle as t

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wcograph.toolbox.rdf.turtle import Document

# The role of a term. After an object only a graph name may follow, in N-Quads; so this is also the state there.
SUBJECT, PREDICATE, OBJECT, GRAPH, NEXT_OBJECT, ITEM, PART, REIFIER = range(8)
_AFTER = (PREDICATE, OBJECT, GRAPH, GRAPH, GRAPH, ITEM, PART, GRAPH)

# The kinds of events that are not about one token of their own.
END, GRAPH_OPEN, GRAPH_CLOSE, BETWEEN, WITHIN, FINISHED = range(101, 107)

_GAP = re.compile(r"([ \t\r\n]*+)(#[^\r\n]*+|\Z)?+")


class Comment(NamedTuple):
    """A comment, where it is, whether it begins its line, and whether an empty line is before and after it.

    The start and the end of the text count as empty lines.
    """

    text: str
    offset: int
    own_line: bool
    space_before: bool
    space_after: bool


Event = tuple[int, int, str, str, int, tuple[Comment, ...]]
"""Something that a text says: its role, kind, text, suffix, offset, and the comments that stand before it.

The role is that of a term; of a bracket, that of what it encloses as a whole. The kind is one of the kinds of
tokens of `wcograph.toolbox.rdf.turtle`, or one of these:

- ``END``: of a statement; its text is the dot, or nothing where a brace that follows ends it;
- ``GRAPH_OPEN``, ``GRAPH_CLOSE``: the braces of a graph; what was read as a subject before is its name;
- ``BETWEEN``: only comments, before a comma or semicolon;
- ``WITHIN``: only comments, inside the term just read, or inside the directive that follows;
- ``FINISHED``: the end of the text.

The suffix is the language tag of a string, or ``^^`` and its datatype; the operands of a directive. (A plain
tuple, since a large file has millions of them.)
"""


def _comments(text: str, start: int, end: int) -> tuple[Comment, ...]:
    """Read the comments between two tokens."""
    gaps, found = [], []
    for match in _GAP.finditer(text, start, end):
        gaps.append(
            2 if match.start() == 0 or match.end(1) == len(text) else len(t.LINE_END.findall(match[1]))
        )
        if match[2]:
            found.append((match[2], match.start(2)))
    return tuple(
        Comment(comment, offset, before > 0, before > 1, after > 1)
        for (comment, offset), before, after in zip(found, gaps, gaps[1:], strict=False)
    )


def events(document: Document) -> Iterator[Event]:
    """Yield the events of a valid document. (An invalid one may yield anything, but ends.)

    The reader is one loop with a stack of open brackets, so deep nesting needs no recursion.

    >>> from wcograph.toolbox.rdf.turtle import Document
    >>> for role, _, text, suffix, offset, _ in events(Document("<#a> <#b> 'x'@en , [] .")):
    ...     print((role, text + suffix, offset))
    (0, '<#a>', 0)
    (1, '<#b>', 5)
    (2, "'x'@en", 10)
    (4, '[', 19)
    (4, ']', 20)
    (0, '.', 22)
    (0, '', 23)
    """
    text = document.text
    advance = t.TOKEN_AFTER_COMMENTS.finditer(text).__next__
    stack: list[int] = []  # the roles of the brackets that are open
    none: tuple[Comment, ...] = ()
    state = SUBJECT
    match: Any = advance()

    def before() -> tuple[Comment, ...]:
        """Read the comments before the next token."""
        return _comments(text, match.start(), match.start(match.lastindex))

    while True:
        kind = match.lastindex
        word = match[kind]
        at = match.start(kind)
        comments = none if match[t.COMMENTS] is None else before()
        if kind <= t.A:  # a term
            match = advance()
            suffix, within = "", none
            if kind == t.STRING:
                following = match.lastindex
                suffix = match[following]
                if suffix == "^^":
                    within = none if match[t.COMMENTS] is None else before()
                    match = advance()
                    suffix += match[match.lastindex]
                elif suffix[:1] != "@":  # a directive can be a language tag here
                    suffix = ""
                if suffix:
                    within += none if match[t.COMMENTS] is None else before()
                    match = advance()
            yield (state, kind, word, suffix, at, comments)
            if within:
                yield (state, WITHIN, "", "", at, within)
            state = _AFTER[state]
            continue
        if state == REIFIER:  # a "~" without a name
            state = GRAPH
            if comments:
                yield (REIFIER, WITHIN, "", "", at, comments)
                comments = none
        if kind == t.PUNCTUATION:
            if word == ".":
                yield (SUBJECT, END, word, "", at, comments)
                state = SUBJECT
            elif word == "~":
                state = PART if state == PART else REIFIER
                yield (state, t.PUNCTUATION, word, "", at, comments)
            else:
                if comments:
                    yield (state, BETWEEN, "", "", at, comments)
                state = PREDICATE if word == ";" else NEXT_OBJECT
        elif word == "{":
            yield (SUBJECT, GRAPH_OPEN, word, "", at, comments)
            state = SUBJECT
        elif word == "}":
            if state != SUBJECT:
                yield (SUBJECT, END, "", "", at, none)
            yield (SUBJECT, GRAPH_CLOSE, word, "", at, comments)
            state = SUBJECT
        elif kind == t.OPEN:
            stack.append(state)
            yield (state, kind, word, "", at, comments)
            state = PREDICATE if word in ("[", "{|") else ITEM if word == "(" else PART
        elif kind == t.CLOSE:
            state = stack.pop()
            yield (state, kind, word, "", at, comments)
            state = _AFTER[state]
        elif kind == t.DIRECTIVE:
            operands = []
            within = none
            name = word.lower().lstrip("@")
            for _ in range((name == "prefix") + 1 + (word[0] == "@")):
                match = advance()
                within += none if match[t.COMMENTS] is None else before()
                operands.append(match[match.lastindex])
            if word[0] == "@":
                operands.pop()
            if within:
                yield (SUBJECT, WITHIN, "", "", at, within)
            yield (SUBJECT, t.DIRECTIVE, name, " ".join(operands), at, comments)
        else:
            yield (SUBJECT, kind if kind == t.GRAPH_KEYWORD else FINISHED, word, "", at, comments)
            if kind != t.GRAPH_KEYWORD:
                return
        match = advance()
