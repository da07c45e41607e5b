"""Where and how a query is ill-formed, as far as its tokens show."""

from __future__ import annotations

import re
from itertools import pairwise

from wcograph.toolbox.errors import InputError
from wcograph.toolbox.sparql.tokens import (
    BRACKETS,
    closing,
    fault,
    opens_rows,
    place,
    prefixes,
    short,
    tokens,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TypeAlias

    from wcograph.toolbox.sparql.tokens import Token

    Mistake: TypeAlias = tuple[int, str] | None


def ill_formed(
    error: SyntaxError,
    text: str,
    name: str,
    known: Mapping[str, str] | None = None,
    base: str | None = None,
) -> InputError:
    """Return an error that says where and how a query is ill-formed, as far as its tokens show.

    The prefixes in ``known`` need no declaration; relative IRIs resolve against ``base``.

    The engine reports the last character that it could read and everything that it expected there. That is
    mostly not the location of the mistake, and the list helps nobody.
    """
    match = re.match(r"error at (\d+):(\d+): (.*)", str(error), re.DOTALL)
    if not match:
        return InputError(str(error), file=name)
    found = tokens(text, name)
    said = re.search(r"The [A-Z]{2,} [^,]*", match[3])  # what the engine says of a rule beyond the grammar
    mistake = (
        _sql(found)
        or _undeclared(found, {**(known or {}), **prefixes(text, name)})
        or (None if base else _without_base(found))
        or _ungrouped(found)
        or (None if said else _mistake(found))
    )
    if mistake is None:
        lines = text.split("\n")
        reached = sum(len(line) + 1 for line in lines[: int(match[1]) - 1]) + int(match[2]) - 1
        token = next((token for token in found if reached < token.end), None)
        offset = token.offset if token else len(text)
        if (twice := _twice(found)) and (said or token is None or token.text in ("}", ")")):
            mistake = twice
        elif said:
            mistake = offset, said[0][:1].lower() + said[0][1:]
        elif token:
            mistake = offset, f"{short(token.text)} is not expected here"
        elif unclosed := _unclosed(found):
            line, _ = place(text, unclosed.offset)
            mistake = offset, f"the query ends, but the {unclosed.text} of line {line} is not closed"
        else:
            mistake = offset, "the query is incomplete: a term, a bracket or a word is missing up to here"
    return fault(mistake[1], text, mistake[0], name)


def _undeclared(found: Sequence[Token], declared: Mapping[str, str]) -> Mistake:
    """Find a name whose prefix is not declared."""
    for before, token in zip([None, *found], found, strict=False):
        prefix = token.text.partition(":")[0]
        if token.kind != "name" or prefix in declared or (before and before.word in ("PREFIX", "BASE")):
            continue
        from difflib import get_close_matches

        near = "".join(f"; did you mean {known}:?" for known in get_close_matches(prefix, declared, 1))
        known = f"known: {', '.join(sorted(declared))}; or write PREFIX {prefix}: <...>"
        return token.offset, f"prefix {prefix}: is not declared{near} ({known})"
    return None


def _sql(found: Sequence[Token]) -> Mistake:
    """Find what shows that a text is SQL: a table after FROM, and no pattern."""
    if all(token.word != "SELECT" for token in found) or any(token.text == "{" for token in found):
        return None
    for token, after in pairwise(found):
        if token.word == "FROM" and after.kind in ("word", "string"):
            what = f"FROM {short(after.text)} is SQL; SPARQL selects variables of a pattern"
            return token.offset, f"{what}: SELECT ?value WHERE {{ ?thing ?property ?value }}"
    return None


def _without_base(found: Sequence[Token]) -> Mistake:
    """Find a relative IRI in a query without BASE."""
    for token in found:
        if token.word == "BASE":
            return None
        if token.kind == "iri" and not re.match(r"<[A-Za-z][A-Za-z0-9+.-]*:", token.text):
            what = f"{token.text} is a relative IRI, and the query has no base"
            return token.offset, f"{what}; begin it with BASE <...>, or write the IRI in full"
    return None


def _ungrouped(found: Sequence[Token]) -> Mistake:
    """Find a variable that is selected next to an aggregate, or from groups, without being grouped by."""
    for start in (at for at, token in enumerate(found) if token.word == "SELECT"):
        opening = next((at for at in range(start, len(found)) if found[at].text == "{"), len(found))
        after = closing(found, opening) + 1
        grouped = [token.word for token in found[after : after + 2]] == ["GROUP", "BY"]
        if grouped and found[start + 1].text == "*":
            what = "SELECT * cannot be grouped; name the variables of GROUP BY instead of *"
            return found[start + 1].offset, what
        ends = (at for at in range(after, len(found)) if (found[at].word or found[at].text) in _AFTER_GROUPS)
        end = next(ends, len(found)) if grouped else after
        known = {token.text for token in found[after:end] if token.kind == "variable"}
        depth, aggregate = 0, -1  # at which depth the aggregate began
        free = []
        for before, token in pairwise(found[start:opening]):
            if token.word in _AGGREGATES and aggregate < 0:
                aggregate, grouped = depth, True
            depth += (token.text == "(") - (token.text == ")")
            if token.text == ")" and depth == aggregate:
                aggregate = -1
            if token.kind == "variable" and before.word == "AS":
                known.add(token.text)
            elif token.kind == "variable" and aggregate < 0 and token.text not in known:
                free.append(token)
        if grouped and free:
            one = free[0].text
            what = f"{one} is selected next to an aggregate or a group, and is not in GROUP BY"
            return free[
                0
            ].offset, f"{what}; add it there, or select one value of it: (SAMPLE({one}) AS ?name)"
    return None


def _twice(found: Sequence[Token]) -> Mistake:
    """Find a variable that AS binds and that has a value already."""
    for at, token in enumerate(found):
        if token.kind == "variable" and at and found[at - 1].word == "AS":
            here = [one for one in found if one.text == token.text and one is not token]
            if any(one.offset < token.offset or found[0].word == "SELECT" for one in here):
                return token.offset, f"{token.text} has a value already; write another name after AS"
    return None


_AFTER_GROUPS = ("HAVING", "ORDER", "LIMIT", "OFFSET", "}")
_AGGREGATES = {"COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT"}
_TERMS = ("variable", "iri", "name", "string", "number", "blank")


def _unclosed(found: Sequence[Token]) -> Token | None:
    """Return the innermost bracket that is not closed."""
    open_brackets: list[Token] = []
    for token in found:
        if token.text in BRACKETS:
            open_brackets.append(token)
        elif token.text in BRACKETS.values() and open_brackets:
            open_brackets.pop()
    return open_brackets[-1] if open_brackets else None


_INCOMPLETE = "the triple before it is incomplete: a predicate or an object is missing"
_ANY = 1_000_000  # terms: where no triples are read
# Words behind which terms stand that are no triples, up to the next bracket or dot.
_OTHER_THAN_TRIPLES = {
    *("FILTER", "BIND", "VALUES", "GRAPH", "SERVICE"),
    *("SELECT", "GROUP", "HAVING", "ORDER", "BY", "ASC", "DESC", "LIMIT", "OFFSET"),
}


def _mistake(found: Sequence[Token]) -> Mistake:
    """Find the first common mistake in an ill-formed query."""
    selecting = False
    condition = -1  # at which depth a FILTER or BIND ends
    open_brackets: list[str] = []
    room = 3  # how many terms the triples that are being read still take
    for at, token in enumerate(found):
        last = found[at - 1].text if at else ""
        word = token.word
        within = open_brackets[-1] if open_brackets else ""
        selecting = (selecting or word == "SELECT") and word != "WHERE" and token.text != "{"
        if selecting and within in ("", "{") and (token.text == "," or word in _AGGREGATES):
            if token.text == ",":
                return token.offset, "separate the selected variables by spaces, not by commas"
            return token.offset, f"write ({token.text}(...) AS ?name), with brackets and a name"
        after = found[at + 1] if at + 1 < len(found) else token
        if word == "FILTER" and after.kind in ("variable", "number", "string"):
            return after.offset, "put the condition of a FILTER in brackets: FILTER(...)"
        if token.text in BRACKETS:
            room -= within == "{" and token.text != "{"
            open_brackets.append("data" if within == "data" or opens_rows(found, at) else token.text)
            room = 3 if token.text == "{" else room
        elif token.text in BRACKETS.values():
            if not open_brackets:
                return token.offset, f"there is one {token.text} too many"
            if token.text == "}" and within == "{" and room in (1, 2) and last not in (";", "]", ")"):
                return token.offset, _INCOMPLETE
            open_brackets.pop()
            if token.text == "}" or len(open_brackets) == condition:
                room, condition = 3, -1
        elif within == "{" and token.text in (".", ";", ","):
            if room in (1, 2) and last not in (";", "]", ")", ".", ","):
                return token.offset, _INCOMPLETE
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
