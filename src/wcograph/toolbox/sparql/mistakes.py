"""Where and how a query is ill-formed, as far as its tokens show."""

from __future__ import annotations

import re

from wcograph.toolbox.errors import InputError
from wcograph.toolbox.sparql.tokens import place, prefixes, short, tokens

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wcograph.toolbox.sparql.tokens import Token


def ill_formed(
    error: SyntaxError, text: str, name: str, known: Mapping[str, str] | None = None
) -> InputError:
    """Return an error that says where and how a query is ill-formed, as far as its tokens show.

    The prefixes in ``known`` need no declaration.

    The engine reports the last character that it could read and everything that it expected there. That is
    mostly not the location of the mistake, and the list helps nobody.
    """
    match = re.match(r"error at (\d+):(\d+): (.*)", str(error), re.DOTALL)
    if not match:
        return InputError(str(error), file=name)
    found = tokens(text, name)
    said = re.search(r"The [A-Z]{2,} [^,]*", match[3])  # what the engine says of a rule beyond the grammar
    mistake = _undeclared(found, {**(known or {}), **prefixes(text, name)}) or (
        None if said else _mistake(found)
    )
    if mistake is None:
        lines = text.split("\n")
        reached = sum(len(line) + 1 for line in lines[: int(match[1]) - 1]) + int(match[2]) - 1
        token = next((token for token in found if reached < token.offset + len(token.text)), None)
        offset = token.offset if token else len(text)
        if said:
            mistake = offset, said[0][:1].lower() + said[0][1:]
        elif token:
            mistake = offset, f"{short(token.text)} is not expected here"
        elif unclosed := _unclosed(found):
            mistake = (
                offset,
                f"the query ends, but the {unclosed.text} of line {place(text, unclosed.offset)[0]} is not closed",
            )
        else:
            mistake = offset, "the query is incomplete: a term, a bracket or a word is missing up to here"
    line, column = place(text, mistake[0])
    return InputError(mistake[1], file=name, line=line, column=column)


def _undeclared(found: Sequence[Token], declared: Mapping[str, str]) -> tuple[int, str] | None:
    """Find a name whose prefix is not declared."""
    for before, token in zip([None, *found], found, strict=False):
        prefix = token.text.partition(":")[0]
        if (
            token.kind != "name"
            or prefix in declared
            or (before and before.text.upper() in ("PREFIX", "BASE"))
        ):
            continue
        from difflib import get_close_matches

        near = "".join(f"; did you mean {known}:?" for known in get_close_matches(prefix, declared, 1))
        known = ", ".join(sorted(declared))
        return (
            token.offset,
            f"prefix {prefix}: is not declared{near} (known: {known}; or write PREFIX {prefix}: <...>)",
        )
    return None


_OPENING = {"{": "}", "(": ")", "[": "]"}
_AGGREGATES = {"COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT"}
_TERMS = ("variable", "iri", "name", "string", "number", "blank")


def _unclosed(found: Sequence[Token]) -> Token | None:
    """Return the innermost bracket that is not closed."""
    open_brackets: list[Token] = []
    for token in found:
        if token.text in _OPENING:
            open_brackets.append(token)
        elif token.text in _OPENING.values() and open_brackets:
            open_brackets.pop()
    return open_brackets[-1] if open_brackets else None


_ANY = 1_000_000  # terms: where no triples are read
# Words behind which terms stand that are no triples, up to the next bracket or dot.
_OTHER_THAN_TRIPLES = {
    *("FILTER", "BIND", "VALUES", "GRAPH", "SERVICE"),
    *("SELECT", "GROUP", "HAVING", "ORDER", "BY", "ASC", "DESC", "LIMIT", "OFFSET"),
}


def _mistake(found: Sequence[Token]) -> tuple[int, str] | None:
    """Find the first common mistake in an ill-formed query."""
    selecting = False
    condition = -1  # at which depth a FILTER or BIND ends
    open_brackets: list[str] = []
    room = 3  # how many terms the triples that are being read still take
    for at, token in enumerate(found):
        last = found[at - 1].text if at else ""
        word = token.text.upper() if token.kind == "word" else ""
        within = open_brackets[-1] if open_brackets else ""
        selecting = (selecting or word == "SELECT") and word != "WHERE" and token.text != "{"
        if selecting and within in ("", "{") and (token.text == "," or word in _AGGREGATES):
            if token.text == ",":
                return token.offset, "separate the selected variables by spaces, not by commas"
            return token.offset, f"write ({token.text}(...) AS ?name), with brackets and a name"
        if (
            word == "FILTER"
            and at + 1 < len(found)
            and found[at + 1].kind in ("variable", "number", "string")
        ):
            return found[at + 1].offset, "put the condition of a FILTER in brackets: FILTER(...)"
        if token.text in _OPENING:
            room -= within == "{" and token.text != "{"
            open_brackets.append("data" if within == "data" or _begins_data(found, at) else token.text)
            room = 3 if token.text == "{" else room
        elif token.text in _OPENING.values():
            if not open_brackets:
                return token.offset, f"there is one {token.text} too many"
            incomplete = within == "{" and room in (1, 2) and last not in (";", "]", ")")
            if incomplete and token.text == "}":
                return token.offset, "the triple before it is incomplete: a predicate or an object is missing"
            open_brackets.pop()
            if token.text == "}" or len(open_brackets) == condition:
                room, condition = 3, -1
        elif within == "{" and token.text in (".", ";", ","):
            if room in (1, 2) and last not in (";", "]", ")", ".", ","):
                return token.offset, "the triple before it is incomplete: a predicate or an object is missing"
            room = {".": 3, ";": 2, ",": 1}[token.text]
        elif within == "{" and (token.kind in _TERMS or word in ("A", "TRUE", "FALSE")):
            if last in ("/", "|", "^^") or (last == "^" and found[at - 2].text in ("/", "|")):
                continue  # goes on with a path or names a datatype
            room -= 1
            if room < 0:
                what = f"{short(token.text)} is not expected here"
                return token.offset, f"{what}; is a '.', ';' or ',' missing before it?"
        elif within == "{" and word:
            room = _ANY if word in _OTHER_THAN_TRIPLES else 3
            condition = len(open_brackets) if word in ("FILTER", "BIND") else -1
    return None


def _begins_data(found: Sequence[Token], at: int) -> bool:
    """Return whether the bracket at ``at`` opens the rows of VALUES."""
    if found[at].text != "{" or at < 2:
        return False
    start = at - 1
    if found[start].text == ")":
        while start and found[start].text != "(":
            start -= 1
    return found[start - 1].text.upper() == "VALUES"
