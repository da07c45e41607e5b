"""The positions of parameters in a query, and RDF terms put there.

A query is never built from a user's text: terms replace tokens.
"""

from __future__ import annotations

from itertools import pairwise

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
        if token.word == "VALUES" and row[at + 1].kind == "variable" and row[at + 2].text == "{":
            end = next((end for end in range(at + 3, len(row)) if row[end].text == "}"), None)
            if end is not None:
                written = " ".join(token.text for token in row[at + 3 : end])
                row_of = rows.setdefault(row[at + 1].text[1:], [])
                row_of.append((row[at + 3].offset, row[end].offset, written))
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
    without = list(without)
    for variable in inline:
        one = list(map(str, terms.get(variable, ()))) or rows[variable][0][2].split()
        offsets = _uses(text, variable, name) if len(one) == 1 else None
        if offsets is not None:
            edits += [(at, at + len(variable) + 1, one[0]) for at in offsets]
            terms.pop(variable, None)
            without.append(variable)
    for variable in without:
        start, end, _ = rows[variable][0]
        rest = text[end + 1 :]
        after = end + 1 + len(rest) - len(rest.lstrip())  # behind the space that follows
        edits.append((text.upper().rindex("VALUES", 0, start), after, ""))
    for variable, values in terms.items():
        found = rows.get(variable, ())
        if len(found) != 1:
            raise InputError(
                f"has {len(found)} rows 'VALUES ?{variable} {{ ... }}', one is needed", file=name
            )
        edits.append((*found[0][:2], " ".join(map(str, values)) + " "))
    for start, end, replacement in sorted(edits, reverse=True):
        text = text[:start] + replacement + text[end:]
    return text


def _uses(text: str, variable: str, name: str) -> list[int] | None:
    """Return where a variable is used, its own row left out; None if it is used outside of patterns."""
    depth = 0
    offsets = []
    for before, token in pairwise(tokens(text, name)):
        depth += (token.text == "{") - (token.text == "}")
        if token.kind == "variable" and token.text[1:] == variable and before.word != "VALUES":
            outside = before.text in ("(", ",") or before.word in ("AS", "SELECT", "DISTINCT", "BY")
            if depth == 0 or outside or before.text in "=<>!":
                return None
            offsets.append(token.offset)
    return offsets
