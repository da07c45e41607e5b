"""The structure of a query, read from its tokens: triple patterns, expressions, computed variables, and graphs."""

from __future__ import annotations

import pyoxigraph as ox

from wcograph.toolbox.sparql.tokens import prefixes, tokens

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

    ``found`` are its tokens, ``modes`` says what each is part of (``PATTERN``, ``EXPRESSION``, ...). ``patterns`` and
    ``template`` are triples of tokens; a subject or predicate that is not one term is None. ``computed`` are the
    variables that an expression or VALUES binds; ``copies`` has those of them that are another one's value
    (``?a AS ?b``, ``MAX(?a) AS ?b``). ``graphs`` are the tokens of FROM and FROM NAMED, each with whether it is
    named, and ``base`` is that of BASE. ``selects_all`` says whether the query begins with ``SELECT *``,
    ``is_distinct`` whether with ``SELECT DISTINCT``.

    >>> reading = Reading("SELECT * FROM <a:g> { ?s <a:p> ?o ; ^<a:q> ?x BIND(?o + 1 AS ?n) }")
    >>> [[part and part.text for part in pattern] for pattern in reading.patterns], reading.computed
    ([['?s', '<a:p>', '?o'], ['?s', None, '?x']], {'n'})
    """

    def __init__(self, text: str, name: str = "query") -> None:
        """Read the tokens; raise InputError at a character that begins none."""
        self.text = text
        self.found = tokens(text, name)
        self.modes: list[int] = []
        self.patterns: list[Pattern] = []
        self.template: list[Pattern] = []
        self.computed: set[str] = set()
        self.copies: dict[str, str] = {}
        self.graphs: list[tuple[Token, bool]] = []
        self.base = ""
        words = [token.text.upper() for token in self.found]
        start = next((at for at, word in enumerate(words) if word == "SELECT"), len(words))
        forms = ("ASK", "CONSTRUCT", "DESCRIBE")
        after = words[start + 1 : start + 3]
        self.is_distinct = after[:1] in (["DISTINCT"], ["REDUCED"])
        self.selects_all = not any(form in words[:start] for form in forms) and (
            after[:1] == ["*"] or (after[:1] in (["DISTINCT"], ["REDUCED"]) and after[1:] == ["*"])
        )
        self._read(words)

    def _read(self, words: list[str]) -> None:
        outer: list[tuple[int, Token | None, Token | None, int, bool]] = []
        mode, subject, predicate, part, is_path = CLAUSE, None, None, 0, False
        condition = False  # whether the bracket that a FILTER needs is still to come
        for at, token in enumerate(self.found):
            text, word = token.text, words[at] if token.kind == "word" else ""
            before = words[at - 1] if at else ""
            self.modes.append(mode)
            is_term: bool = token.kind in _TERMS or word in ("A", "TRUE", "FALSE")
            if text in _CLOSED_BY.values():
                outer.append((mode, subject, predicate, part, is_path))
                if text == "{":
                    mode = (
                        TEMPLATE
                        if before == "CONSTRUCT"
                        else ROWS
                        if self._opens_rows(at, words)
                        else PATTERN
                    )
                elif text == "(":
                    inside = mode in (CLAUSE, EXPRESSION) or condition or before in ("FILTER", "BIND")
                    if mode == ROWS or before == "VALUES":
                        mode = ROWS
                    elif inside:
                        mode = EXPRESSION
                    else:
                        mode = PATH if part == 1 else LIST
                    condition = False
                elif text == "[" and mode in (PATTERN, TEMPLATE):
                    subject, part, is_path = None, 1, False
                    continue
                elif mode in (PATTERN, TEMPLATE):
                    mode = LIST
                subject = predicate = None
                part, is_path = 0, False
            elif text in _CLOSED_BY and outer:
                was = mode
                mode, subject, predicate, part, is_path = outer.pop()
                if text == "}" or was in (EXPRESSION, ROWS) or mode not in (PATTERN, TEMPLATE):
                    part, is_path = 0, is_path and text != "}"
                elif part == 1:
                    predicate, part, is_path = None, 2, True
                else:
                    part += 1 if part == 0 else 0
            elif mode == PATTERN and word in ("SELECT", "GROUP", "HAVING", "ORDER"):
                mode = CLAUSE  # of a subquery, to the end of its braces
            elif mode in (PATTERN, TEMPLATE) and not condition:
                if text == ".":
                    part, is_path = 0, False
                elif text == ";":
                    part, is_path = 1, False
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
                self._note_copy(at, words)
            elif token.kind == "variable" and (mode == ROWS or before == "VALUES"):
                self.computed.add(text[1:])
            elif (
                mode == CLAUSE
                and "FROM" in (before, words[at - 2 : at - 1])
                and token.kind in ("iri", "name")
            ):
                self.graphs.append((token, False))
            elif before == "BASE" and token.kind == "iri":
                self.base = text[1:-1]
            elif mode == CLAUSE and words[max(at - 2, 0) : at] == ["FROM", "NAMED"]:
                self.graphs.append((token, True))

    def _opens_rows(self, at: int, words: list[str]) -> bool:
        """Return whether the brace at ``at`` opens the rows of VALUES."""
        if at and words[at - 1] == ")":
            at = max((n for n in range(at) if words[n] == "("), default=at)
        return at > 1 and "VALUES" in (words[at - 1], words[at - 2])

    def _note_copy(self, at: int, words: list[str]) -> None:
        """Note whether the variable at ``at`` has the value of another one: ``?a AS``, or ``MAX(?a) AS``."""
        aggregate = words[at - 2] == ")" and words[at - 4 if words[at - 4] != "DISTINCT" else at - 5] == "("
        value = self.found[at - 3 if aggregate else at - 2]
        opening = at - 4 - (words[at - 4] == "DISTINCT") if aggregate else at - 3
        is_copy = words[opening] == "(" and (not aggregate or words[opening - 1] in ("MIN", "MAX", "SAMPLE"))
        if value.kind == "variable" and is_copy:
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
        for pattern in (*self.patterns, *self.template):
            for token in pattern:
                if token is None or token.kind not in ("iri", "name"):
                    continue
                prefix, _, local = token.text.partition(":")
                iri = (
                    token.text[1:-1]
                    if token.kind == "iri"
                    else declared.get(prefix, "") + local.replace("\\", "")
                )
                try:
                    found[token.text] = ox.NamedNode(iri)
                except ValueError:  # relative, say: then it is only looked up less exactly
                    continue
        return found
