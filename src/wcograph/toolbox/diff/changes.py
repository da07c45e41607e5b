"""Writing a difference: for people, as a change note, and as N-Quads.

People read a blank node inside what refers to it: in brackets where it is new or gone, and below its owner, under the
property that leads to it, where something in it has changed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Triple

from wcograph.toolbox.diff.difference import Difference, node_order, nodes_of
from wcograph.toolbox.rdf.nesting import NIL, Nesting, nest
from wcograph.toolbox.rdf.turtle import RDF, is_simple_local

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pyoxigraph import Quad

_TYPE = NamedNode(RDF + "type")
_LINE = 110  # characters; a blank node that is longer has a line for each property
_OWL, _SHACL = "http://www.w3.org/2002/07/owl#", "http://www.w3.org/ns/shacl#"
_CLASS_PARTS = tuple(
    NamedNode(_OWL + name) for name in ("onProperty", "intersectionOf", "unionOf", "complementOf", "oneOf")
)
# what tells a blank node from others, for people
_TELLING = (
    *(_SHACL + name for name in ("path", "name", "declare", "prefix", "select")),
    *(_OWL + name for name in ("onProperty", "annotatedSource", "annotatedProperty", "annotatedTarget")),
)


@dataclass
class _Row:
    """A removed (``-``) or added (``+``) value of a property, or one in which something has changed."""

    sign: str
    predicate: str  # none for an item of a list
    value: str
    note: str = ""
    below: list[_Row] = field(default_factory=list)


class _Side:
    """One side, and how its blank nodes are written."""

    def __init__(self, quads: Iterable[Quad], short: _Shortener) -> None:
        self.quads, self.short = [quad for quad in quads if nodes_of(quad)], short

    @cached_property
    def nesting(self) -> Nesting:
        return nest(self.quads)

    @cached_property
    def said(self) -> dict[object, list[Quad]]:
        found: dict[object, list[Quad]] = {}
        for quad in sorted(self.quads, key=_reading_order):
            found.setdefault(quad.subject, []).append(quad)
        return found

    @cached_property
    def owners(self) -> dict[object, list[Quad]]:
        found: dict[object, list[Quad]] = {}
        for quad in self.quads:
            found.setdefault(quad.object, []).append(quad)
        return found

    def is_inside(self, term: object) -> bool:
        return isinstance(term, BlankNode) and (term in self.nesting.nested or term in self.nesting.cells)

    def items(self, term: object) -> list[Any] | None:
        return [] if term == NIL else self.nesting.lists.get(term)  # type: ignore[call-overload]

    def text(self, term: object, level: int = 0, room: int = _LINE) -> str:
        """Return a term; a blank node that one thing refers to with all that it says, in brackets."""
        items = self.items(term)
        if items is not None:
            return _in_brackets("(", [self.text(item, level + 1) for item in items], ")", "", level, room)
        if not isinstance(term, BlankNode):
            return self.short.term(term)
        if not self.is_inside(term):
            return f"{self.short.term(term)} {self.summary(term)}"
        rows = [
            f"{self.short.predicate(q.predicate)} {self.text(q.object, level + 1)}"
            for q in self.said.get(term, ())
        ]
        is_class = any(quad.predicate in _CLASS_PARTS for quad in self.said.get(term, ()))
        return _in_brackets("[", rows, "]", " ;", level, 10 * _LINE if is_class else room)

    def summary(self, node: object) -> str:
        """Return what tells a blank node from others."""
        rows = [quad for quad in self.said.get(node, ()) if not isinstance(quad.object, BlankNode)]
        telling = [q for q in rows if q.predicate.value in _TELLING] or rows[:2]
        inside = " ; ".join(
            f"{self.short.predicate(q.predicate)} {self.short.term(q.object)}" for q in telling
        )
        return f"[ {inside} ]" if inside else "[]"


def _in_brackets(opening: str, parts: Sequence[str], closing: str, mark: str, level: int, room: int) -> str:
    if not parts:
        return opening + closing
    line = f"{opening} {f'{mark} '.join(parts)} {closing}"
    if len(line) <= room and "\n" not in line:
        return line
    indent = "    " * (level + 1)
    return "\n".join([opening, *(f"{indent}{part}{mark}" for part in parts), f"{indent[4:]}{closing}"])


def _reading_order(quad: Quad) -> tuple[object, ...]:
    """Order what is said of a blank node: its class, what tells it from others, and the rest."""
    predicate = quad.predicate.value
    return predicate != _TYPE.value, predicate not in _TELLING, predicate, str(quad.object)


class _Report:
    """The changes as rows, by the named thing (or the blank node that several refer to) that they are about."""

    def __init__(self, found: Difference, prefixes: Mapping[str, str]) -> None:
        self.found, self.short = found, _Shortener(prefixes)
        self.old, self.new = _Side(found.before, self.short), _Side(found.after, self.short)
        self.changed: dict[object, list[tuple[str, Quad]]] = {}
        for sign, quads in (("-", found.removed), ("+", found.added)):
            for quad in quads:
                self.changed.setdefault(quad.subject, []).append((sign, quad))

    def sections(self) -> Iterator[tuple[Any, list[_Row]]]:
        """Yield each owner with its rows."""
        owners: dict[object, None] = {}
        below: dict[object, set[object]] = {}  # of an owner: the blank nodes on the way to a change
        for subject in self.changed:
            node, way = subject, {subject}
            while self._is_below(node):
                (quad,) = self.new.owners[node]
                node = quad.subject
                way.add(node)
            if all(self._is_in_brackets(node, sign) for sign in {sign for sign, _ in self.changed[subject]}):
                continue
            owners.setdefault(node)
            below.setdefault(node, set()).update(way)
        for owner in sorted(owners, key=node_order):
            rows = self._rows(owner, below[owner])
            if rows:
                yield owner, rows

    def _is_below(self, node: object) -> bool:
        """Return whether the same thing refers to a blank node on both sides, and nothing else does."""
        return (
            self.old.is_inside(node)
            and self.new.is_inside(node)
            and self.old.owners[node] == self.new.owners[node]
        )

    def _is_in_brackets(self, node: object, sign: str) -> bool:
        """Return whether everything said of a blank node is in a value that is gone, or new."""
        side = self.old if sign == "-" else self.new
        return side.is_inside(node) and (sign, side.owners[node][0]) in self._signed

    @cached_property
    def _signed(self) -> set[tuple[str, Quad]]:
        return {change for changes in self.changed.values() for change in changes}

    def _rows(self, owner: object, way: set[object]) -> list[_Row]:
        rows = []
        for sign, quad in self.changed.get(owner, ()):
            side = self.old if sign == "-" else self.new
            label = self.found.labels.get(quad.object) if isinstance(quad.object, NamedNode) else None
            note = f"  {_one_line(label)}" if label else ""
            if not isinstance(quad.graph_name, DefaultGraph):
                note += f"  ({self.short.term(quad.graph_name)})"
            rows.append(_Row(sign, self.short.predicate(quad.predicate), side.text(quad.object), note))
        for quad in self.new.said.get(owner, ()):
            node = quad.object
            if node not in way or not self._is_below(node):
                continue
            predicate = self.short.predicate(quad.predicate)
            old, new = self.old.items(node), self.new.items(node)
            if old is not None and new is not None:
                rows.append(_Row(" ", predicate, "( ... )", below=self._items(old, new)))
                continue
            texts = self.old.text(node, room=10**6), self.new.text(node, room=10**6)
            if max(map(len, texts)) <= _LINE and not any("\n" in text for text in texts):
                rows += [_Row(sign, predicate, text) for sign, text in zip("-+", texts, strict=True)]
            else:
                rows.append(_Row(" ", predicate, self.new.summary(node), below=self._rows(node, way)))
        return sorted(rows, key=lambda row: (row.predicate != "a", row.predicate, "-+ ".index(row.sign)))

    def _items(self, old: list[Any], new: list[Any]) -> list[_Row]:
        """Return the items of a list that have changed, in their order."""
        texts = (
            [self.old.text(item, room=10**6) for item in old],
            [self.new.text(item, room=10**6) for item in new],
        )
        rows = []
        for tag, i, j, k, n in SequenceMatcher(None, *texts, autojunk=False).get_opcodes():
            if tag != "equal":
                rows += [_Row("-", "", text) for text in texts[0][i:j]] + [
                    _Row("+", "", text) for text in texts[1][k:n]
                ]
        return rows

    def title(self, owner: object) -> str:
        if not isinstance(owner, BlankNode):
            return self.short.term(owner)
        sides = [side for side in (self.old, self.new) if owner in side.said]
        side = sides[-1]
        if len(sides) == 1 and owner in side.nesting.alone:
            return "[]"
        users = sorted(
            {
                self.short.term(q.subject)
                for q in side.owners.get(owner, ())
                if not isinstance(q.subject, BlankNode)
            }
        )
        used = (
            f" of {', '.join(users[:2])}{f' and {len(users) - 2} more' if len(users) > 2 else ''}"
            if users
            else ""
        )
        name = "" if owner in side.nesting.alone else f"{self.short.term(owner)} "
        return f"{name}{side.summary(owner)}{used}"


def text(found: Difference, prefixes: Mapping[str, str], first: str, second: str) -> str:
    """Return the difference for people: grouped by subject, with its label; ``-`` removed, ``+`` added."""
    lines = [f"--- {first}", f"+++ {second}"]
    report = _Report(found, prefixes)

    def add(rows: Sequence[_Row], indent: str) -> None:
        for row in rows:
            said = f"{row.predicate} {row.value}{row.note}".lstrip()
            lines.extend(f"{indent}{row.sign} {line}" for line in said.split("\n"))
            add(row.below, indent + "  ")

    for owner, rows in report.sections():
        label = found.labels.get(owner)
        lines += ["", report.title(owner) + (f"  {_one_line(label)}" if label else "")]
        add(rows, "  ")
    lines += ["", summary(found)] if not found.same else [summary(found)]
    return "\n".join(lines) + "\n"


def summary(found: Difference) -> str:
    """Return one line with the numbers of changes."""
    if found.same:
        return "no difference"
    return (
        f"{_count(len(found.removed), 'triple')} removed, {len(found.added)} added, "
        f"of {_count(len(found.subjects), 'subject')}"
    )


def markdown(found: Difference, prefixes: Mapping[str, str], first: str, second: str) -> str:
    """Return a change note: what is new, what is gone, and what has changed, in Markdown."""
    report = _Report(found, prefixes)
    known = [{quad.subject for quad in side} for side in (found.before, found.after)]
    lines = [f"# Changes from {_escaped(first)} to {_escaped(second)}", "", f"{summary(found).capitalize()}."]
    kinds: dict[str, list[tuple[Any, list[_Row]]]] = {"Added": [], "Removed": [], "Changed": []}
    for owner, rows in report.sections():
        signs = {sign for sign, quad in report.changed.get(owner, ()) if quad.predicate == _TYPE}
        kind = "Changed"
        if signs and (owner in known[0]) != (owner in known[1]):
            kind = "Removed" if owner in known[0] else "Added"
        kinds[kind].append((owner, rows))

    def title(owner: object) -> str:
        label = found.labels.get(owner)  # type: ignore[call-overload]
        code = _code(report.title(owner))
        return f"{_escaped(_one_line(label))} ({code})" if label else code

    def add(rows: Sequence[_Row], indent: str) -> None:
        for row in rows:
            word = {"-": "removed ", "+": "added ", " ": ""}[row.sign]
            predicate = f"`{row.predicate}` " if row.predicate else ""
            lines.append(
                f"{indent}- {word}{predicate}{_code(' '.join(row.value.split(chr(10))))}{':' if row.below else ''}"
            )
            add(row.below, indent + "  ")

    for kind in ("Added", "Removed"):
        if kinds[kind]:
            lines += ["", f"## {kind}", ""]
        for owner, rows in kinds[kind]:
            classes = sorted({row.value for row in rows if row.predicate == "a"})
            lines.append(
                f"- {title(owner)}: {', '.join(map(_code, classes))}, {_count(len(report.changed[owner]), 'triple')}"
            )
    if kinds["Changed"]:
        lines += ["", "## Changed"]
    for owner, rows in kinds["Changed"]:
        lines += ["", f"### {title(owner)}", ""]
        add(rows, "")
    return "\n".join(lines) + "\n"


def nquads(quads: Iterable[Quad]) -> str:
    """Return the sorted N-Quads lines of one side; equal blank nodes of both sides have one label."""
    return "".join(sorted(f"{quad} .\n" for quad in quads))


class _Shortener:
    """Terms as Turtle writes them, with prefixes where they fit."""

    def __init__(self, prefixes: Mapping[str, str]) -> None:
        self.namespaces = sorted(
            ((namespace, prefix) for prefix, namespace in prefixes.items() if namespace),
            key=lambda pair: (-len(pair[0]), pair[1]),
        )

    def predicate(self, node: NamedNode) -> str:
        return "a" if node == _TYPE else self.term(node)

    def term(self, term: object) -> str:
        if isinstance(term, NamedNode):
            for namespace, prefix in self.namespaces:
                local = term.value.removeprefix(namespace)
                if local != term.value and is_simple_local(local):
                    return f"{prefix}:{local}"
        if isinstance(term, Triple):
            return (
                f"<<( {self.term(term.subject)} {self.predicate(term.predicate)} {self.term(term.object)} )>>"
            )
        if isinstance(term, Literal) and term.language is None:
            lexical = str(Literal(term.value))
            short = self.term(term.datatype)
            return lexical if short == "xsd:string" or lexical == str(term) else f"{lexical}^^{short}"
        return str(term)


def _one_line(label: str) -> str:
    return " ".join(label.split())


def _escaped(value: str) -> str:
    return "".join(f"\\{c}" if c in "\\`*_[]<>#|" else c for c in value)


def _code(value: str) -> str:
    """Return a code span, its fence longer than any in the value (CommonMark, section 6.1)."""
    longest = max((len(run) for run in "".join(c if c == "`" else " " for c in value).split()), default=0)
    fence = "`" * (longest + 1)
    space = " " if longest else ""
    return f"{fence}{space}{value}{space}{fence}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
