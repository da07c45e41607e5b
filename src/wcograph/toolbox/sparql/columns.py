"""The columns of a query, read from its text without evaluating it."""

from __future__ import annotations

from itertools import pairwise

import pyoxigraph as ox

from wcograph.toolbox.errors import InputError
from wcograph.toolbox.sparql.tokens import closing, tokens

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wcograph.toolbox.sparql.tokens import Token

_FORMS = {"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"}
_TESTS = {"EXISTS", "NOT", "BOUND", "ISIRI", "ISURI", "ISBLANK", "ISLITERAL", "ISNUMERIC", "SAMETERM", "LANGMATCHES",
          "REGEX", "CONTAINS", "STRSTARTS", "STRENDS", "!"}  # fmt: skip
_COMPARISONS = {"=", "!=", "<", ">", "<=", ">=", "&&", "||", "IN"}
# In a query it keeps the engine from evaluating anything: it has no such function, and says so when it has read all.
_INERT = " FILTER(<urn:x-wcograph:inert>(1)) {"
_READING_SECONDS = 5.0


def variables(
    text: str, name: str = "query", known: Mapping[str, str] | None = None, base: str | None = None
) -> list[str]:
    """Return the names of the columns of a SELECT query (for ``*``, those that are possible); none for another form.

    Nothing is evaluated: a query from a file could run for any length of time. The prefixes in ``known`` need no
    declaration; relative IRIs resolve against ``base``. Raises InputError, with line and column, for an ill-formed query.

    >>> variables("SELECT ?s (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?s")
    ['s', 'n']
    """
    found = tokens(text, name)
    form = next((at for at, token in enumerate(found) if token.word in _FORMS), 0)
    if not _is_read(text, found, form, known or {}, base):
        # The text is ill-formed, most likely: it says where, and a time of its own is the limit if not.
        from wcograph.toolbox.sparql.isolated import evaluate

        try:
            evaluate(ox.Store(), None, text, _READING_SECONDS, name=name, prefixes=known, base=base)
        except InputError as error:
            if isinstance(error.__cause__, SyntaxError):
                raise
    if not found or found[form].word != "SELECT":
        return []
    depth, selected = 0, []
    for before, token in pairwise(found[form:]):
        if depth == 0 and (token.text in ("{", "*") or token.word in ("WHERE", "FROM")):
            break
        depth += (token.text == "(") - (token.text == ")")
        if token.kind == "variable" and (depth == 0 or (depth == 1 and before.word == "AS")):
            selected.append(token.text[1:])
    selected = selected or [token.text[1:] for token in found if token.kind == "variable"]
    return list(dict.fromkeys(selected))


def booleans(text: str) -> set[str]:
    """Return the variables that a query binds to what is true or false, as its text shows.

    >>> sorted(booleans("SELECT (?n > 1 AS ?many) { ?s ?p ?n BIND(EXISTS { ?s a ?c } AS ?typed) BIND(1 + 2 AS ?m) }"))
    ['many', 'typed']
    """
    found = tokens(text)
    names = set()
    for at, token in enumerate(found[:-1]):
        if token.word != "AS" or found[at + 1].kind != "variable":
            continue
        depth, inside, start = 0, [], at - 1
        while start >= 0 and depth <= 0:  # back to the bracket that opens before the expression
            depth += (found[start].text in ("(", "{")) - (found[start].text in (")", "}"))
            if depth == 0:
                inside.append(found[start].word or found[start].text)
            start -= 1
        single = inside and inside[-1] in _TESTS and inside.count("(") + inside.count("{") <= 1
        if single or _COMPARISONS & set(inside):
            names.add(found[at + 1].text[1:])
    return names


def _is_read(
    text: str, found: Sequence[Token], form: int, known: Mapping[str, str], base: str | None
) -> bool:
    """Return whether the engine can read a query, without evaluating it."""
    start = form
    if form + 1 < len(found) and found[form].word == "CONSTRUCT" and found[form + 1].text == "{":
        start = closing(found, form + 1) + 1
    parentheses = 0
    while start < len(found) and (found[start].text != "{" or parentheses):
        parentheses += (found[start].text == "(") - (found[start].text == ")")
        start += 1
    end = closing(found, start)
    if end == len(found):
        return False
    opening, ending = found[start].end, found[end].offset
    inert = f"{text[:opening]}{_INERT}{text[opening:ending]}}} {text[ending:]}"
    try:
        ox.Store().query(inert, prefixes=dict(known), base_iri=base)
    except RuntimeError:
        pass
    except SyntaxError:
        return False
    return True
