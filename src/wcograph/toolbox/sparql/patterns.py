"""The structure of a query, read from its tokens: triple patterns, expressions, computed variables, and graphs."""

from __future__ import annotations

import pyoxigraph as ox

from wcograph.toolbox.sparql.tokens import named, opens_rows, prefixes, tokens
from wcograph.toolbox.sparql.values import node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeAlias

    from wcograph.toolbox.sparql.tokens import Token

    Pattern: TypeAlias = tuple[Token | None, Token | None, Token]

RDF_TYPE = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
_TERMS = {"variable", "iri", "name", "string", "number", "blank"}
_CLOSED_BY = {"}": "{", ")": "(", "]": "[", ">>": "<<", ")>>": "<<(", "|}": "{|"}
# What a token is part of: a clause outside braces, a pattern, a template, an expression, rows, a path, a list.
CLAUSE, PATTERN, TEMPLATE, EXPRESSION, ROWS, PATH, LIST = range(7)


class Reading:
    """The structure of a query.

    ``found`` are its tokens, ``words`` their texts, keywords in capitals, and ``modes`` says what each is part of
    (``PATTERN``, ``EXPRESSION``, ...). ``patterns`` and ``template`` are triples of tokens; a subject or predicate that is
    not one term is None. ``computed`` are the variables that an expression or VALUES binds; ``copies`` has those of them
    that are another one's value (``?a AS ?b``, ``MAX(?a) AS ?b``). ``graphs`` are the tokens of FROM and FROM NAMED, each
    with whether it is named, and ``base`` is that of BASE. ``selects_all`` says whether the query begins with
    ``SELECT *``, ``is_distinct`` whether with ``SELECT DISTINCT``.

    >>> reading = Reading("SELECT * FROM <a:g> { ?s <a:p> ?o ; ^<a:q> ?x BIND(?o + 1 AS ?n) }")
    >>> [[part and part.text for part in pattern] for pattern in reading.patterns], reading.computed
    ([['?s', '<a:p>', '?o'], ['?s', None, '?x']], {'n'})
    """

    def __init__(self, text: str, name: str = "query") -> None:
        """Read the tokens; raise InputError at a character that begins none."""
        self.text = text
        self.found = tokens(text, name)
        self.words = [token.word or token.text for token in self.found]
        self.modes: list[int] = []
        self.patterns: list[Pattern] = []
        self.template: list[Pattern] = []
        self.computed: set[str] = set()
        self.copies: dict[str, str] = {}
        self.graphs: list[tuple[Token, bool]] = []
        self.base = ""
        start = self.words.index("SELECT") if "SELECT" in self.words else len(self.words)
        after = self.words[start + 1 : start + 3]
        self.is_distinct = after[:1] in (["DISTINCT"], ["REDUCED"])
        self.selects_all = after[self.is_distinct :][:1] == ["*"] and {
            "ASK",
            "CONSTRUCT",
            "DESCRIBE",
        }.isdisjoint(self.words[:start])
        self._read()

    def _read(self) -> None:
        outer: list[tuple[int, Token | None, Token | None, int, bool]] = []
        mode, subject, predicate, part, is_path = CLAUSE, None, None, 0, False
        condition = False  # whether the bracket that a FILTER needs is still to come
        for at, token in enumerate(self.found):
            text, word = token.text, token.word
            before = self.words[at - 1] if at else ""
            self.modes.append(mode)
            is_term: bool = token.kind in _TERMS or word in ("A", "TRUE", "FALSE")
            if text in _CLOSED_BY.values():
                outer.append((mode, subject, predicate, part, is_path))
                if text == "[" and mode in (PATTERN, TEMPLATE):
                    subject, part, is_path = None, 1, False
                    continue
                if text == "{":
                    rows = ROWS if opens_rows(self.found, at) else PATTERN
                    mode = TEMPLATE if before == "CONSTRUCT" else rows
                elif text == "(" and (mode == ROWS or before == "VALUES"):
                    mode = ROWS
                elif text == "(" and (
                    mode in (CLAUSE, EXPRESSION) or condition or before in ("FILTER", "BIND")
                ):
                    mode = EXPRESSION
                elif text == "(":
                    mode = PATH if part == 1 else LIST
                elif mode in (PATTERN, TEMPLATE):
                    mode = LIST
                condition = condition and text != "("
                subject, predicate, part, is_path = None, None, 0, False
            elif text in _CLOSED_BY and outer:
                was = mode
                mode, subject, predicate, part, is_path = outer.pop()
                if text == "}" or was in (EXPRESSION, ROWS) or mode not in (PATTERN, TEMPLATE):
                    part, is_path = 0, is_path and text != "}"
                elif part == 1:
                    predicate, part, is_path = None, 2, True
                else:
                    part = part or 1
            elif mode == PATTERN and word in ("SELECT", "GROUP", "HAVING", "ORDER"):
                mode = CLAUSE  # of a subquery, to the end of its braces
            elif mode in (PATTERN, TEMPLATE) and not condition:
                if text in (".", ";"):
                    part, is_path = int(text == ";"), False
                elif text in ("/", "|", "^", "!") and part:
                    part, is_path = 1, True
                elif text in ("*", "+", "?") and part == 2:
                    is_path = True
                elif is_term and before != "^^":
                    if part == 0:
                        subject, part = token, 1
                    elif part == 1:
                        predicate, part = token, 2
                    else:
                        row = (subject, None if is_path else predicate, token)
                        (self.patterns if mode == PATTERN else self.template).append(row)
                elif word:
                    part, is_path, condition = 0, False, word == "FILTER"
            elif condition and word in ("EXISTS", "NOT"):
                condition = word == "NOT"
            if before == "AS" and token.kind == "variable":
                self.computed.add(text[1:])
                self._note_copy(at)
            elif token.kind == "variable" and (mode == ROWS or before == "VALUES"):
                self.computed.add(text[1:])
            elif before == "BASE" and token.kind == "iri":
                self.base = text[1:-1]
            elif mode == CLAUSE and before == "FROM" and token.kind in ("iri", "name"):
                self.graphs.append((token, False))
            elif mode == CLAUSE and self.words[max(at - 2, 0) : at] == ["FROM", "NAMED"]:
                self.graphs.append((token, True))

    def _note_copy(self, at: int) -> None:
        """Note whether the variable at ``at`` has the value of another one: ``?a AS``, or ``MAX(?a) AS``."""
        words = self.words
        if words[at - 2] == ")":  # of an aggregate, perhaps
            opening = at - 4 - (words[at - 4] == "DISTINCT")
            value, is_copy = self.found[at - 3], words[opening - 1] in ("MIN", "MAX", "SAMPLE")
        else:
            opening, value, is_copy = at - 3, self.found[at - 2], True
        if is_copy and words[opening] == "(" and value.kind == "variable":
            self.copies[self.found[at].text[1:]] = value.text[1:]

    def bound_by_patterns(self, variable: str) -> str | None:
        """Return the variable whose patterns bind ``variable``: itself, or the one that it copies; None for no such."""
        for _ in range(10):
            if variable not in self.computed:
                return variable
            if variable not in self.copies:
                return None
            variable = self.copies[variable]
        return None

    def terms(self, known: Mapping[str, str]) -> dict[str, ox.NamedNode]:
        """Return the IRIs that the tokens of patterns name; the prefixes in ``known`` need no declaration."""
        declared = {**known, **prefixes(self.text)}
        found = {"a": RDF_TYPE}
        for token in (token for pattern in (*self.patterns, *self.template) for token in pattern):
            if token is None or token.kind not in ("iri", "name"):
                continue
            if term := node(named(token, declared)):  # else it is only looked up less exactly
                found[token.text] = term
        return found
