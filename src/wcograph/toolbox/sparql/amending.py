"""Expressions that the engine does not evaluate, with what evaluates them: SPARQL 1.1 asks for more than it does.

Oxigraph 0.5 gives no value for a date plus a duration, for numbers of more than 64 bits, and for GROUP_CONCAT of what is not
a string, and it ends the process if it sorts numbers among literals of datatypes that it does not know. An expression
keeps its meaning: what the engine evaluates is not evaluated here.
"""

from __future__ import annotations

import operator
import re
from functools import partial

import pyoxigraph as ox

from wcograph.toolbox.sparql.patterns import CLAUSE, EXPRESSION, RDF_TYPE, Reading
from wcograph.toolbox.sparql.tokens import closing, place
from wcograph.toolbox.sparql.values import XSD, python_value
from wcograph.toolbox.sparql.written import AS_WRITTEN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from wcograph.toolbox.sparql.written import Written

_FUNCTION = "urn:x-wcograph:compute:"
_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq, "!=": operator.ne,
}  # fmt: skip
_COMPARISONS = ("<", "<=", ">", ">=", "=", "!=")
_LEVELS = {
    "||": 1, "&&": 2, **dict.fromkeys((*_COMPARISONS, "IN", "NOT"), 3), **dict.fromkeys("+-", 4), **dict.fromkeys("*/", 5),
}  # fmt: skip
_MOST = 100  # brackets, and operations
_NOT_COMPUTED = ("ABS", "CEIL", "FLOOR", "ROUND", "ISNUMERIC", "SUM", "AVG")
_NO_FUNCTIONS = {
    "FILTER",
    "BIND",
    "HAVING",
    "BY",
    "SELECT",
    "DISTINCT",
    "REDUCED",
    "IN",
    "ASC",
    "DESC",
    "VALUES",
    "AS",
}
_STRINGS = f"<{XSD}string>, <http://www.w3.org/1999/02/22-rdf-syntax-ns#langString>"


class Amended:
    """A query as it is asked: its ``text``, the ``functions`` that it calls, and ``notes`` on what stays undone.

    ``hidden`` are further columns at the end, which are not a part of the answer.

    >>> Amended(Reading("SELECT (?day + ?length AS ?end) {}"), None).text
    'SELECT (COALESCE(?day + ?length, <urn:x-wcograph:compute:add>(?day, ?length)) AS ?end) {}'
    """

    def __init__(self, reading: Reading, written: Written | None) -> None:
        """Amend a query; ``written`` tells the forms of the literals in the data."""
        self.notes: list[str] = []
        self.hidden: list[str] = []
        self._hidden_before = -1
        self.functions: dict[ox.NamedNode, Callable[..., Any]] = written.functions() if written else {}
        self._written, self._reading = written, reading
        self._found, self._words, self._source = reading.found, reading.words, reading.text
        self._large = written.large if written is not None else set()
        self._signs = tuple(_OPERATORS) if self._large else ("+", "-", "*")
        # Of a group only its variables are known outside of its pattern.
        groups = {"GROUP", "COUNT", "MIN", "MAX", "SAMPLE", *_NOT_COMPUTED}
        self._is_grouped = not groups.isdisjoint(self._words)
        self._is_clause = False
        self.text = self._source
        if self._words.count("(") > _MOST or sum(map(self._words.count, self._signs)) > _MOST:
            return  # each operation becomes a bracket in others, and the engine's parser bears only so many
        try:
            if written:
                self._hide()
            self.text = self._copied(0, len(self._found), 0) + self._source[self._found[-1].end :]
        except (LookupError, ValueError):  # an ill-formed query, of which the engine says so
            self.notes.clear()

    def _hide(self) -> None:
        """Select, as ``hidden`` columns at the end, the subjects and predicates that tell how values are written."""
        if self._is_grouped or self._reading.selects_all or self._words.count("SELECT") != 1:
            return
        start, end = self._words.index("SELECT"), self._words.index("{")
        if self._words[start + 1] in ("DISTINCT", "REDUCED") and {"LIMIT", "OFFSET"} & set(self._words):
            return  # of which rows with more columns are not a part
        end = next((at for at in range(start, end) if self._words[at] in ("WHERE", "FROM")), end)
        selected = {token.text[1:] for token in self._found[start:end] if token.kind == "variable"}
        origins = {self._reading.bound_by_patterns(variable) for variable in selected}
        places = {
            token.text[1:]
            for *place, one in self._reading.patterns
            for token in place
            if one.text[1:] in origins and token is not None and token.kind == "variable"
        }
        self.hidden, self._hidden_before = sorted(places - selected), end

    def _word(self, at: int) -> str:
        return self._words[at] if at < len(self._words) else ""

    def _copied(self, at: int, end: int, position: int) -> str:
        """Return the source of the tokens before ``end`` from an offset, its expressions amended."""
        parts = []

        def put(before: int, amended: str, after: int) -> None:
            nonlocal position, at
            parts.append(self._source[position:before] + amended)
            position, at = self._found[after - 1].end, after

        modes = self._reading.modes
        while at < end:
            token, self._is_clause = self._found[at], modes[at] == CLAUSE
            if at == self._hidden_before:
                columns = "".join(f"?{one} " for one in self.hidden)
                parts.append(self._source[position : token.offset] + columns)
                position = token.offset
            if token.word == "BY" and self._word(at - 1) == "ORDER":
                put(token.end, *self._sorted(at + 1, end))
            elif (self._word(at) == "(" and at + 1 < end and modes[at + 1] == EXPRESSION) or (
                self._is_clause and token.kind == "word" and self._is_call(at)
            ):
                put(token.offset, *self._primary(at))
            else:
                at += 1
        return "".join(parts) + self._source[position : self._found[end - 1].end]

    def _sorted(self, at: int, end: int) -> tuple[str, int]:
        """Return the sort keys from a token on, numbers apart from what is not a number, and the position behind them."""
        parts = []
        while at < end and self._words[at] not in ("LIMIT", "OFFSET", "VALUES", "}", "ORDER"):
            order = self._words[at] if self._words[at] in ("ASC", "DESC") else "ASC"
            at += self._words[at] in ("ASC", "DESC")
            key, at = self._primary(at)
            parts += [f" {order}(ISNUMERIC({key}))", f" {order}({key})"]
        return "".join(parts), at

    def _is_call(self, at: int) -> bool:
        is_name = self._found[at].kind in ("word", "name", "iri") and self._words[at] not in _NO_FUNCTIONS
        return is_name and self._word(at + 1) == "("

    def _expression(self, at: int, least: int = 0) -> tuple[str, int]:
        """Return the text of the expression that begins at a token, and the position behind it."""
        left, at = self._primary(at)
        while (level := _LEVELS.get(self._word(at), 0)) > least:
            sign, last = self._words[at], at + (self._words[at] == "NOT")
            operation = self._source[self._found[at].offset : self._found[last].end]
            right, at = self._expression(last + 1, level)
            written = f"{left} {operation} {right}"
            if sign in self._signs:
                name = ox.NamedNode(_FUNCTION + _OPERATORS[sign].__name__)
                self.functions[name] = partial(_computed, sign)
                call = f"{name}({left}, {right})"
                left = call if _FUNCTION in left + right else f"COALESCE({written}, {call})"
            else:
                left = written
        return left, at

    def _primary(self, at: int) -> tuple[str, int]:
        """Return the text of the operand that begins at a token, with its signs, and the position behind it."""
        first = at
        while self._word(at) in ("!", "-", "+"):
            at += 1
        signs, word = "".join(self._words[first:at]), self._word(at)
        if word == "EXISTS" or (word == "NOT" and self._word(at + 1) == "EXISTS"):
            end = closing(self._found, at + 1 + (word == "NOT"))
            text, after = self._copied(at + 1, end + 1, self._found[at].offset), end + 1
        elif word == "(":
            text, after = self._listed(at)
        elif self._is_call(at):
            text, after = self._called(at)
        else:
            after = at + 1
            if self._word(after) == "^^":
                after += 2
            elif self._found[at].kind == "string" and after < len(self._found):
                after += self._found[after].kind == "language"
            text = self._source[self._found[at].offset : self._found[after - 1].end]
        return signs + text, after

    def _listed(self, at: int) -> tuple[str, int]:
        """Return what a bracket holds, its expressions amended; what is between them stays."""
        end = closing(self._found, at)
        parts, position, at = [], self._found[at].offset, at + 1
        while at < end:
            if self._words[at] in (",", ";", "*", "=", "AS", "DISTINCT", "SEPARATOR"):
                at += 1
                continue
            text, after = self._expression(at)
            parts.append(self._source[position : self._found[at].offset] + text)
            position, at = self._found[after - 1].end, after
        return "".join(parts) + self._source[position : self._found[end].end], end + 1

    def _called(self, at: int) -> tuple[str, int]:
        word, token, variable = self._words[at], self._found[at], self._found[at + 2]
        text, after = self._listed(at + 1)
        if word == "GROUP_CONCAT":  # takes what is not a string as its STR (SPARQL 1.1, section 18.5.1.7)
            value, _ = self._expression(at + 2 + (self._word(at + 2) == "DISTINCT"))
            written = f"IF(ISLITERAL({value}) && DATATYPE({value}) IN ({_STRINGS}), {value}, STR({value}))"
            return token.text + text.replace(value, written, 1), after
        is_read = word in ("STR", "DATATYPE", "LANG") and after == at + 4 and variable.kind == "variable"
        if is_read and self._written:
            return self._as_written(variable.text, word) or token.text + text, after
        if word in _NOT_COMPUTED and self._large:
            line, column = place(self._source, token.offset)
            one = min(self._large, key=str).value
            self.notes.append(
                f"{token.text}{text} ({line}:{column}): the engine computes with 64 bits, and {len(self._large)} of the "
                f"numbers in the data have more, such as {one}; --engine rdflib computes with them"
            )
        return token.text + text, after

    def _as_written(self, variable: str, word: str) -> str:
        """Return a call that reads the literal as written, of a variable that patterns bind."""
        origin = self._reading.bound_by_patterns(variable[1:])
        if origin is None:
            return ""
        call = f"<{AS_WRITTEN}{word}>({variable}"
        calls = [
            f"{call}, {subject.text}, {RDF_TYPE if verb.text == 'a' else verb.text})"
            for subject, verb, one in self._reading.patterns
            if not (self._is_clause and self._is_grouped)
            and subject
            and verb
            and one.text[1:] == origin
            and subject.kind in ("variable", "iri", "name")
        ]
        return f"COALESCE({', '.join([*calls, call + ')'])})"


def _computed(sign: str, left: Any, right: Any) -> Any:
    """Evaluate an operation on numbers of any length, or on a date and a duration."""
    if not (isinstance(left, ox.Literal) and isinstance(right, ox.Literal)):
        return None
    if (value := _evaluated(f"{left} {sign} {right}")) is not None:
        return value
    if sign == "+" and _is_duration(left) != _is_duration(right):
        day, duration = (right, left) if _is_duration(left) else (left, right)
        if not day.datatype.value.startswith((XSD + "date", XSD + "time")):
            return None
        # The engine subtracts what it does not add.
        turned = duration.value[1:] if duration.value.startswith("-") else "-" + duration.value
        return _evaluated(f"{day} - {ox.Literal(turned, datatype=duration.datatype)}")
    return _number(sign, python_value(left), python_value(right))


def _evaluated(expression: str) -> Any:
    rows: Any = ox.Store().query(f"SELECT ({expression} AS ?value) {{}}")
    return next(iter(rows))["value"]


def _is_duration(literal: ox.Literal) -> bool:
    return re.fullmatch(re.escape(XSD) + "(dayTimeD|yearMonthD|d)uration", literal.datatype.value) is not None


def _number(sign: str, left: Any, right: Any) -> Any:
    from decimal import Context, Decimal, DecimalException
    from fractions import Fraction

    if not all(isinstance(one, int | Decimal) and not isinstance(one, bool) for one in (left, right)):
        return None
    if sign in _COMPARISONS:
        return ox.Literal(bool(_OPERATORS[sign](Fraction(left), Fraction(right))))
    try:
        if isinstance(left, int) and isinstance(right, int) and sign != "/":
            value, kind = str(_OPERATORS[sign](left, right)), "integer"
        else:
            exact = Context(prec=100)
            compute = {"+": exact.add, "-": exact.subtract, "*": exact.multiply, "/": exact.divide}[sign]
            value, kind = f"{compute(Decimal(left), Decimal(right)):f}", "decimal"
    except (DecimalException, ValueError):
        return None
    return ox.Literal(value, datatype=ox.NamedNode(XSD + kind))
