"""Rows in the order that a query asks for, whatever the collation of the engine that found them.

SPARQL 1.1 (section 15.1) compares strings by code point, and many engines compare them as a language does. So the
engine is not asked to sort: what ORDER BY needs is selected too, the rows are sorted here by the conditions of the
query itself, and LIMIT is applied here unless the conditions compare only numbers and dates.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import pyoxigraph as ox

from wcograph.toolbox.sparql.columns import variables
from wcograph.toolbox.sparql.tokens import closing, tokens
from wcograph.toolbox.sparql.values import INTEGERS, XSD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wcograph.toolbox.sparql.tokens import Token
    from wcograph.toolbox.sparql.values import Solution

_MODIFIERS = ("GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "VALUES")
_ELSEWHERE = ("COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT", "EXISTS", "RAND", "NOW")
_ALIKE = INTEGERS | {XSD + name for name in ("decimal", "double", "float", "boolean", "date", "dateTime")}


@dataclass(frozen=True)
class Plan:
    """A SELECT query in parts: what is sent, and what is done with the rows here.

    ``variables`` are the columns of the query, ``hidden`` those that only its order needs. ``order`` has the conditions
    (empty if the order of the engine is kept), ``own`` says that they may be evaluated here.
    """

    prologue: str
    body: str  # from SELECT to the solution modifiers
    values: str  # the VALUES clause at the end
    order: str
    limit: int | None
    offset: int
    variables: tuple[str, ...]
    hidden: tuple[str, ...]
    distinct: bool
    own: bool
    simple: bool  # the conditions are variables alone
    prefixes: Mapping[str, str]

    def text(self, *, most: int | None = None) -> str:
        """Return the query as sent first, with LIMIT; ``most`` is a limit of the caller, who then needs no more rows."""
        limit = self.limit
        if most is not None and not self.order:  # the first rows that come will do
            limit = most if limit is None else min(limit, most)
        needed = not self.own or self.limit is not None or self.offset
        return self._sent(self.order if needed else "", limit, self.offset)

    def whole(self) -> str:
        """Return the query without LIMIT and OFFSET."""
        return self._sent("", None, 0)

    def beyond(self, rows: int) -> str:
        """Return a query for one row more than the ``rows`` that ``whole`` or ``text`` has returned."""
        return self._sent("", 1, self.offset + rows)

    def _sent(self, order: str, limit: int | None, offset: int) -> str:
        parts = [self.prologue + self.body]
        parts += [f"ORDER BY {order}"] if order else []
        parts += [f"LIMIT {limit}"] if limit is not None else []
        parts += [f"OFFSET {offset}"] if offset else []
        return "\n".join([*parts, self.values] if self.values else parts)

    def settled(self, rows: Sequence[Solution]) -> bool:
        """Return whether every engine chooses the same rows for LIMIT: nothing but numbers and dates is compared."""
        if not self.order or not self.own or (self.limit is None and not self.offset):
            return True
        if not self.simple or (self.distinct and self.hidden):
            return False
        compared = self._compared()
        return all(
            getattr(getattr(row[at], "datatype", None), "value", "") in _ALIKE
            for row in rows
            for at in compared.values()
            if row[at] is not None
        )

    def arranged(self, rows: Sequence[Solution], *, cut: bool) -> list[Solution]:
        """Return the rows in the order of the query, without hidden columns; ``cut`` applies LIMIT and OFFSET too."""
        if self.order and self.own and len(rows) > 1:
            rows = [rows[at] for at in self._order(rows)]
        if self.hidden:
            rows = [row[: len(self.variables)] for row in rows]
            if self.distinct:
                rows = list(dict.fromkeys(rows))
        if cut:
            rows = rows[self.offset : None if self.limit is None else self.offset + self.limit]
        return list(rows)

    def _compared(self) -> dict[str, int]:
        """Return the position in a row of each variable that the conditions name."""
        known = (*self.variables, *self.hidden)
        names = (token.text[1:] for token in tokens(self.order) if token.kind == "variable")
        return {name: known.index(name) for name in names if name in known}

    def _order(self, rows: Sequence[Solution]) -> list[int]:
        names = self._compared()
        number = next(name for name in map("row{}".format, range(len(names) + 1)) if name not in names)
        kept = (ox.NamedNode, ox.Literal)
        lines = []
        for n, row in enumerate(rows):
            terms = (row[at] for at in names.values())
            written = (str(term) if isinstance(term, kept) else "UNDEF" for term in terms)
            lines.append(f"({n} {' '.join(written)})")
        query = (
            f"{self.prologue} SELECT ?{number} {{ VALUES (?{number} {' '.join(f'?{name}' for name in names)}) "
            f"{{ {' '.join(lines)} }} }} ORDER BY {self.order} ?{number}"
        )
        try:
            found = ox.Store().query(query, prefixes=dict(self.prefixes))
            return [int(solution[number].value) for solution in found]  # type: ignore[union-attr]
        except (RuntimeError, SyntaxError, ValueError):  # a function that only the other engine has
            return list(range(len(rows)))


def plan(text: str, name: str, prefixes: Mapping[str, str]) -> Plan:
    """Take a SELECT query apart. Raises InputError, with line and column, if it is ill-formed.

    >>> plan("SELECT ?n { ?s <http://e/n> ?n } ORDER BY STR(?s) LIMIT 2", "query", {}).whole()
    'SELECT ?n ?s { ?s <http://e/n> ?n }'
    """
    selected = variables(text, name, prefixes)
    found = tokens(text, name)
    start = next(at for at, token in enumerate(found) if token.word == "SELECT")
    head = _first(found, start, ("{", "WHERE", "FROM"))
    clauses = _clauses(text, found, closing(found, _first(found, start, ("{",))) + 1)
    order = clauses["ORDER"][1] if "ORDER" in clauses else ""
    words = [token for token in (tokens(order) if order else ()) if token.kind != "punctuation"]
    own = not any(token.word in _ELSEWHERE for token in words)
    projected = found[start + 1 : head]
    star = not any(token.kind == "variable" for token in projected)
    wanted = dict.fromkeys(token.text[1:] for token in words if token.kind == "variable")
    hidden = () if star or not own else tuple(one for one in wanted if one not in selected)
    first = min(
        (at for word, (at, _) in clauses.items() if word not in ("GROUP", "HAVING")), default=len(text)
    )
    cut = found[head - 1].end
    body = text[found[start].offset : cut] + "".join(f" ?{one}" for one in hidden) + text[cut:first]
    return Plan(
        prologue=text[: found[start].offset],
        body=body.rstrip(),
        values=f"VALUES {clauses['VALUES'][1]}" if "VALUES" in clauses else "",
        order=order,
        limit=int(clauses["LIMIT"][1]) if "LIMIT" in clauses else None,
        offset=int(clauses["OFFSET"][1]) if "OFFSET" in clauses else 0,
        variables=tuple(selected),
        hidden=hidden,
        distinct=projected[0].word in ("DISTINCT", "REDUCED"),
        own=own,
        simple=all(token.kind == "variable" or token.word in ("ASC", "DESC") for token in words)
        and not set(order) & set("=<>!+-*/&|"),
        prefixes=prefixes,
    )


def _first(found: Sequence[Token], start: int, wanted: Sequence[str]) -> int:
    """Return the position of the first of the ``wanted`` words and signs that is not in brackets."""
    depth = 0
    for at in range(start, len(found)):
        if depth == 0 and (found[at].word or found[at].text) in wanted:
            return at
        depth += (found[at].text == "(") - (found[at].text == ")")
    return len(found)


def _clauses(text: str, found: Sequence[Token], start: int) -> dict[str, tuple[int, str]]:
    """Return the solution modifiers behind a position: the offset of each, and the text behind its keyword."""
    depth, begins = 0, []
    for at in range(start, len(found)):
        depth += (found[at].text in ("(", "{")) - (found[at].text in (")", "}"))
        if depth == 0 and found[at].word in _MODIFIERS:
            begins.append(at)
    clauses = {}
    for at, following in pairwise([*begins, len(found)]):
        first = found[at + 1 + (found[at].word == "ORDER")]  # behind ORDER BY
        clauses[found[at].word] = found[at].offset, text[first.offset : found[following - 1].end]
    return clauses
