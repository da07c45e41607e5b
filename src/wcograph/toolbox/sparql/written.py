"""Literals as the data write them, where the store keeps another form of the same value.

The store keeps numbers, dates and durations by value: ``007`` becomes ``7``, ``"5"^^xsd:int`` an ``xsd:integer``. A value
that a query takes from the data is returned as written there, if its triple, or the data as a whole, tell how.
"""

from __future__ import annotations

from functools import partial

import pyoxigraph as ox

from wcograph.toolbox.sparql.patterns import Reading
from wcograph.toolbox.sparql.results import Answer
from wcograph.toolbox.sparql.values import STRING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any

    from wcograph.toolbox.sparql.patterns import Pattern
    from wcograph.toolbox.sparql.tokens import Token
    from wcograph.toolbox.sparql.values import Solution, Term

_PROBE = ox.NamedNode("urn:x-wcograph:probe")
_NOT_NUMBERS = f"""PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> SELECT ?o {{ ?s {_PROBE} ?o
    FILTER(!isNumeric(?o) && DATATYPE(?o) IN (xsd:integer, xsd:decimal) && REGEX(STR(?o), "^[+-]?[0-9]*[.]?[0-9]+$")) }}"""


class Written:
    """The literals of some data that the store writes in another form, and the numbers that it cannot compute with.

    ``merged`` has the predicates of triples that are one with others in the store, ``large`` holds the numbers, and
    ``ambiguous`` collects the values for which a query needed the written form, and the data have several.
    """

    def __init__(
        self,
        quads: Sequence[ox.Quad],
        languages: Mapping[ox.Literal, str] | None = None,
        others: ox.Store | None = None,
    ) -> None:
        """Ask the store itself how it writes each literal; ``languages`` are the spellings of language tags.

        ``others`` is a store with more data, which are written as it keeps them.
        """
        self.languages = languages or {}
        literals = {quad.object for quad in quads if isinstance(quad.object, ox.Literal)}
        typed = [one for one in literals if one.language is None and one.datatype.value != STRING]
        store = ox.Store()
        store.extend(ox.Quad(ox.NamedNode(f"urn:x:{n}"), _PROBE, one) for n, one in enumerate(typed))
        stored: dict[ox.Literal, Any] = {typed[int(quad.subject.value[6:])]: quad.object for quad in store}
        forms: dict[Term, set[ox.Literal]] = {}
        for one, kept in stored.items():
            forms.setdefault(kept, set()).add(one)
        self._forms = {kept: known for kept, known in forms.items() if known != {kept}}
        # By subject, predicate and value; by predicate and value; by value and subject.
        self._of: dict[tuple[Term, ...], set[ox.Literal]] = {}
        self.ambiguous: dict[ox.Literal, ox.Literal] = {}
        numbers: Any = store.query(_NOT_NUMBERS)
        self.large = {row["o"] for row in numbers}
        self.merged: set[Term] = set()
        for subject, predicate, one in (quad.triple for quad in quads if self._forms):
            kept = stored.get(one)
            if kept in self._forms and isinstance(one, ox.Literal):
                if self._of.get((subject, predicate, kept), {one}) != {one}:
                    self.merged.add(predicate)
                for key in ((subject, predicate, kept), (predicate, kept), (kept, subject)):
                    self._of.setdefault(key, set()).add(one)
        for kept, known in self._forms.items() if others is not None else ():
            for quad in others.quads_for_pattern(None, None, kept, None) if others is not None else ():
                if (quad.subject, quad.predicate, kept) not in self._of and isinstance(kept, ox.Literal):
                    known.add(kept)
                    self._of.setdefault((quad.predicate, kept), set()).add(kept)

    def of_one_query(self) -> Written:
        """Return the same with no value noted as ambiguous."""
        from copy import copy

        one = copy(self)
        one.ambiguous = {}
        return one

    def __bool__(self) -> bool:
        """Return whether the store keeps any literal in another form than the data."""
        return bool(self._forms or self.languages)

    def forms(
        self, value: Term, subject: Term | None = None, predicate: Term | None = None
    ) -> set[ox.Literal]:
        """Return the written forms of a value, of this subject and predicate if they are known."""
        found = self._forms.get(value, set())
        if len(found) > 1 and subject is not None:
            found = self._of.get((value, subject), found)
        if len(found) > 1 and predicate is not None:
            key = (predicate, value) if subject is None else (subject, predicate, value)
            found = self._of.get(key, found)
        return found

    def has(self, quad: ox.Quad) -> bool:
        """Return whether the data have a quad of the store in another form."""
        return (quad.subject, quad.predicate, quad.object) in self._of

    def form(self, value: Any, subject: Term | None = None, predicate: Term | None = None) -> Any:
        """Return the written form of a value: the value itself, noted as ambiguous, if there are several."""
        known = self.forms(value, subject, predicate)
        if len(known) > 1:
            self.ambiguous[value] = min(known - {value}, key=str)
        return next(iter(known)) if len(known) == 1 else value

    def notes(self, reading: Reading, known: Mapping[str, str]) -> Iterator[str]:
        """Yield what to say of the values that the query needed as written, and of triples that have become one."""
        if self.ambiguous:
            value, other = next(iter(self.ambiguous.items()))
            count = len(self.ambiguous)
            yield (
                f"{count} value{'s are' if count > 1 else ' is'} written in several ways in the data, and queried and "
                f"returned in one, such as {_shown(value)} for {_shown(other)}; --engine rdflib keeps each as written"
            )
        names = reading.terms(known) if self.merged else {}
        for _, verb, one in reading.patterns if self.merged else ():
            predicate = names.get(verb.text) if verb else None
            if one.kind == "variable" and (predicate is None or predicate in self.merged):
                merged = ", ".join(sorted(map(str, self.merged))[:3])
                yield (
                    f"triples with {merged} differ only in how the value is written, and are one to the "
                    "engine; --engine rdflib keeps them apart"
                )
                return

    def restored(self, answer: Answer, reading: Reading, known: Mapping[str, str], hidden: int = 0) -> Answer:
        """Return an answer with the values that it takes from the data as written there, without its ``hidden`` columns."""
        if answer.form == "ASK" or not self:
            return answer
        answer.languages = self.languages
        names = reading.terms(known)
        if answer.form == "SELECT":
            return self._selected(answer, reading, names, hidden)
        made = reading.template or (reading.patterns if answer.form == "CONSTRUCT" else [])
        rows = (row for triple in answer for row in self._made(triple, made, reading, names))
        return Answer(answer.form, answer.variables, rows, origin=answer)

    def _selected(
        self, answer: Answer, reading: Reading, names: Mapping[str, ox.NamedNode], hidden: int
    ) -> Answer:
        shown = len(answer.variables) - hidden
        at = {variable: n for n, variable in enumerate(answer.variables)}
        columns: list[tuple[int, Sequence[Pattern]]] = []
        for variable, n in list(at.items())[:shown]:
            origin = reading.bound_by_patterns(variable)
            if origin is not None:
                columns.append((n, [one for one in reading.patterns if one[2].text[1:] == origin]))

        def term(token: Token | None, row: Solution) -> Term | None:
            if token is None or token.kind != "variable":
                return names.get(token.text) if token else None
            place = at.get(token.text[1:])
            return None if place is None else row[place]

        at_most_once = hidden and reading.is_distinct
        seen: set[Solution] = set()

        def rows() -> Iterator[Solution]:
            for row in answer:
                new = list(row)
                for n, patterns in columns:
                    if row[n] in self._forms:
                        places = [(term(s, row), term(p, row)) for s, p, _ in patterns]
                        new[n] = self._in_place(row[n], places)
                found = tuple(new[:shown])
                if found not in seen:
                    if at_most_once:
                        seen.add(found)
                    yield found

        return Answer(answer.form, answer.variables[:shown], rows(), cited=answer.cited, origin=answer)

    def _in_place(self, value: Any, places: Sequence[tuple[Term | None, Term | None]]) -> Any:
        for subject, predicate in places:
            if len(known := self.forms(value, subject, predicate)) == 1:
                return next(iter(known))
        return self.form(value)

    def _made(
        self, triple: Solution, made: Sequence[Pattern], reading: Reading, names: Mapping[str, ox.NamedNode]
    ) -> Iterator[Solution]:
        """Yield a triple of a graph as the data write it; several if the store has made one of them."""
        subject, predicate, value = triple
        if value not in self._forms:
            yield triple
            return
        # What can have made this triple: a part of the template with this predicate, or with a variable for it.
        made = [one for one in made if one[1] is None or names.get(one[1].text, predicate) == predicate]
        if any(_is_own(one, value) or reading.bound_by_patterns(one.text[1:]) is None for _, _, one in made):
            yield triple
            return
        if written := self._of.get((subject, predicate, value)):  # type: ignore[arg-type]
            yield from ((subject, predicate, one) for one in sorted(written, key=str))
            return
        places: list[tuple[Term | None, Term | None]] = []
        for thing, verb, one in made:
            origin = reading.bound_by_patterns(one.text[1:])
            known: dict[str, Term | None] = {
                part.text: term for part, term in ((thing, subject), (verb, predicate)) if part
            }
            known |= names
            for *place, what in reading.patterns:
                if what.text[1:] == origin:
                    s, p = (known.get(part.text) if part else None for part in place)
                    places.append((s, p))
        yield subject, predicate, self._in_place(value, places)

    def functions(self) -> dict[ox.NamedNode, Callable[..., Any]]:
        """Return STR, DATATYPE and LANG of literals as written, as functions of a value and of its triple."""

        def read(name: str, value: Any, subject: Any = None, predicate: Any = None) -> Any:
            if not isinstance(value, ox.Literal):
                return ox.Literal(value.value) if name == "STR" and isinstance(value, ox.NamedNode) else None
            literal = self.form(value, subject, predicate)
            if name == "DATATYPE":
                return literal.datatype
            language = self.languages.get(literal, literal.language or "")
            return ox.Literal(literal.value if name == "STR" else language)

        return {ox.NamedNode(AS_WRITTEN + name): partial(read, name) for name in ("STR", "DATATYPE", "LANG")}


AS_WRITTEN = "urn:x-wcograph:written:"


def _is_own(token: Token, value: Any) -> bool:
    """Return whether a literal of the query itself may be a value; a number is not one of another size."""
    if token.kind != "number":
        return token.kind == "string" or token.text in ("true", "false")
    try:
        return abs(float(token.text)) == abs(float(value.value))
    except ValueError:
        return False


def _shown(literal: ox.Literal) -> str:
    return str(literal).replace("^^<http://www.w3.org/2001/XMLSchema#", "^^xsd:").removesuffix(">")


def in_order(answer: Answer, reading: Reading) -> Answer:
    """Return the answer to ``SELECT *`` with its columns in the order in which the query first names them."""
    first = [token.text[1:] for token in reading.found if token.kind == "variable"]
    order = sorted(range(len(answer.variables)), key=lambda at: first.index(answer.variables[at]))
    if order == list(range(len(order))):
        return answer
    rows = (tuple([row[at] for at in order]) for row in answer)
    return Answer(answer.form, [answer.variables[at] for at in order], rows, origin=answer)
