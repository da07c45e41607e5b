"""The positions of parameters in a query, and RDF terms put there.

A query is never built from a user's text: terms replace tokens.
"""

from __future__ import annotations

from itertools import pairwise, takewhile

from wcograph.toolbox.errors import InputError
from wcograph.toolbox.sparql.tokens import tokens

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


def parameter_rows(text: str, name: str = "query") -> dict[str, list[tuple[int, int, str]]]:
    """Find the rows with parameters: ``VALUES ?x { UNDEF }`` or ``VALUES ?x { TERM ... }``.

    Returns for each variable the start and the end of the text between the braces, and its tokens without
    comments.

    >>> parameter_rows("SELECT * { VALUES ?x { UNDEF } ?x a ?c }")
    {'x': [(23, 29, 'UNDEF')]}
    """
    rows: dict[str, list[tuple[int, int, str]]] = {}
    row = tokens(text, name)
    for at, token in enumerate(row[:-3]):
        if token.kind != "word" or token.text.upper() != "VALUES":
            continue
        if row[at + 1].kind != "variable" or row[at + 2].text != "{":
            continue
        inside = list(takewhile(lambda later: later.text != "}", row[at + 3 :]))
        after = at + 3 + len(inside)
        if after < len(row):
            first = inside[0].offset if inside else row[after].offset
            written = " ".join(token.text for token in inside)
            rows.setdefault(row[at + 1].text[1:], []).append((first, row[after].offset, written))
    return rows


def bind(
    text: str,
    terms: Mapping[str, Sequence[object]],
    name: str = "query",
    *,
    without: Iterable[str] = (),
    inline: Iterable[str] = (),
) -> str:
    """Put RDF terms in the rows of the variables that ``terms`` names, and leave out the rows of ``without``.

    A term is written in its N-Triples form (``str`` of a pyoxigraph term), so it can be nothing but a value. A
    row that restricts nothing is left out, since some engines misread UNDEF. A variable of ``inline`` that is
    used in patterns only is replaced by its one term (engines look up a property faster than a variable).

    >>> bind("ASK { VALUES ?x { UNDEF } ?x ?p ?o }", {"x": ["<http://e/a>", "<http://e/b>"]})
    'ASK { VALUES ?x { <http://e/a> <http://e/b> } ?x ?p ?o }'
    >>> bind("ASK { VALUES ?x { UNDEF } ?x ?p ?o }", {}, without=["x"])
    'ASK { ?x ?p ?o }'
    >>> bind("ASK { VALUES ?p { <http://e/p> } ?x ?p ?o }", {}, inline=["p"])
    'ASK { ?x <http://e/p> ?o }'
    """
    rows = parameter_rows(text, name)
    edits = []
    terms = dict(terms)
    for variable in inline:
        one = list(map(str, terms.get(variable, ()))) or rows[variable][0][2].split()
        offsets = _uses(text, variable, name) if len(one) == 1 else None
        if offsets is not None:
            edits += [(at, at + len(variable) + 1, one[0]) for at in offsets]
            edits.append(_row(text, rows[variable][0]))
            terms.pop(variable, None)
    edits += [_row(text, rows[variable][0]) for variable in without]
    for variable, values in terms.items():
        if len(rows.get(variable, ())) != 1:
            raise InputError(
                f"has {len(rows.get(variable, ()))} rows 'VALUES ?{variable} {{ ... }}', one is needed",
                file=name,
            )
        start, end, _ = rows[variable][0]
        edits.append((start, end, " ".join(map(str, values)) + " "))
    for start, end, replacement in sorted(edits, reverse=True):
        text = text[:start] + replacement + text[end:]
    return text


def _row(text: str, row: tuple[int, int, str]) -> tuple[int, int, str]:
    """Return the edit that removes a row, with the space after it."""
    start, end, _ = row
    rest = text[end + 1 :]
    return text.upper().rindex("VALUES", 0, start), end + 1 + len(rest) - len(rest.lstrip()), ""


def _uses(text: str, variable: str, name: str) -> list[int] | None:
    """Return where a variable is used, its own row left out; None if it is used outside of patterns."""
    found = tokens(text, name)
    depth = 0
    offsets = []
    for before, token in pairwise(found):
        depth += (token.text == "{") - (token.text == "}")
        if token.kind == "variable" and token.text[1:] == variable and before.text.upper() != "VALUES":
            if (
                depth == 0
                or before.text.upper() in ("(", ",", "AS", "SELECT", "DISTINCT", "BY")
                or before.text in "=<>!"
            ):
                return None
            offsets.append(token.offset)
    return offsets
