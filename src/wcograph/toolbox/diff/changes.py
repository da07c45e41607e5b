"""Writing a difference: for people, as a change note, and as N-Quads.

People read a blank node inside what refers to it: in brackets where it is new or gone, and below its owner, under the
property that leads to it, where something in it has changed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Triple

from wcograph.toolbox.diff.difference import Difference
from wcograph.toolbox.rdf.canonical import nodes_of
from wcograph.toolbox.rdf.nesting import NIL, nest, order_of_node
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
        self.short = short
        own = sorted((quad for quad in quads if nodes_of(quad)), key=_reading_order)
        self.nesting = nest(own)
        self.inside = self.nesting.nested | self.nesting.cells
        self.said: dict[object, list[Quad]] = defaultdict(list)
        self.owners: dict[object, list[Quad]] = defaultdict(list)
        for quad in own:
            self.said[quad.subject].append(quad)
            self.owners[quad.object].append(quad)

    def items(self, term: Any) -> list[Any] | None:
        return [] if term == NIL else self.nesting.lists.get(term)

    def text(self, term: object, level: int = 0, room: int = _LINE) -> str:
        """Return a term; a blank node that one thing refers to with all that it says, in brackets."""
        items = self.items(term)
        if items is not None:
            return _in_brackets("(", [self.text(item, level + 1) for item in items], ")", "", level, room)
        if not isinstance(term, BlankNode):
            return self.short.term(term)
        if term not in self.inside:
            return f"{self.short.term(term)} {self.summary(term)}"
        said = self.said.get(term, ())
        rows = [f"{self.short.predicate(q.predicate)} {self.text(q.object, level + 1)}" for q in said]
        is_class = any(quad.predicate in _CLASS_PARTS for quad in said)
        return _in_brackets("[", rows, "]", " ;", level, 10 * _LINE if is_class else room)

    def summary(self, node: object) -> str:
        """Return what tells a blank node from others."""
        rows = [quad for quad in self.said.get(node, ()) if not isinstance(quad.object, BlankNode)]
        telling = [q for q in rows if q.predicate.value in _TELLING] or rows[:2]
        inside = [f"{self.short.predicate(q.predicate)} {self.short.term(q.object)}" for q in telling]
        return f"[ {' ; '.join(inside)} ]" if inside else "[]"


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
        self.changed: dict[object, list[tuple[str, Quad]]] = defaultdict(list)
        for sign, quads in (("-", found.removed), ("+", found.added)):
            for quad in quads:
                self.changed[quad.subject].append((sign, quad))
        self.signed = {change for changes in self.changed.values() for change in changes}

    def sections(self) -> Iterator[tuple[Any, list[_Row]]]:
        """Yield each owner with its rows."""
        below: dict[object, set[object]] = {}  # of an owner: the blank nodes on the way to a change
        for subject in self.changed:
            node, way = subject, {subject}
            while self._is_below(node):
                (quad,) = self.new.owners[node]
                node = quad.subject
                way.add(node)
            if not all(self._is_in_brackets(node, sign) for sign, _ in self.changed[subject]):
                below.setdefault(node, set()).update(way)
        for owner in sorted(below, key=order_of_node):
            if rows := self._rows(owner, below[owner]):
                yield owner, rows

    def _is_below(self, node: object) -> bool:
        """Return whether the same thing refers to a blank node on both sides, and nothing else does."""
        owners = [side.owners[node] for side in (self.old, self.new) if node in side.inside]
        return len(owners) == 2 and owners[0] == owners[1]

    def _is_in_brackets(self, node: object, sign: str) -> bool:
        """Return whether everything said of a blank node is in a value that is gone, or new."""
        side = self.old if sign == "-" else self.new
        return node in side.inside and (sign, side.owners[node][0]) in self.signed

    def _rows(self, owner: object, way: set[object]) -> list[_Row]:
        rows = []
        for sign, quad in self.changed.get(owner, ()):
            side = self.old if sign == "-" else self.new
            label = self.found.labels.get(quad.object) if isinstance(quad.object, NamedNode) else None
            note = f"  {label}" if label else ""
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
        before, after = ([side.text(item, room=10**6) for item in items]
                         for side, items in ((self.old, old), (self.new, new)))  # fmt: skip
        rows = []
        for tag, i, j, k, n in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
            if tag != "equal":
                rows += [_Row("-", "", text) for text in before[i:j]]
                rows += [_Row("+", "", text) for text in after[k:n]]
        return rows

    def title(self, owner: object) -> str:
        if not isinstance(owner, BlankNode):
            return self.short.term(owner)
        sides = [side for side in (self.old, self.new) if owner in side.said]
        side = sides[-1]
        alone = owner in side.nesting.alone
        if len(sides) == 1 and alone:
            return "[]"
        subjects = {quad.subject for quad in side.owners.get(owner, ())}
        users = sorted(self.short.term(user) for user in subjects if not isinstance(user, BlankNode))
        more = f" and {len(users) - 2} more" if len(users) > 2 else ""
        used = f" of {', '.join(users[:2])}{more}" if users else ""
        return f"{'' if alone else f'{self.short.term(owner)} '}{side.summary(owner)}{used}"


def _flat(rows: Iterable[_Row], indent: str) -> Iterator[tuple[str, _Row]]:
    """Yield rows and those below them, each with its indent."""
    for row in rows:
        yield indent, row
        yield from _flat(row.below, indent + "  ")


def text(found: Difference, prefixes: Mapping[str, str], first: str, second: str) -> str:
    """Return the difference for people: grouped by subject, with its label; ``-`` removed, ``+`` added."""
    lines = [f"--- {first}", f"+++ {second}"]
    report = _Report(found, prefixes)
    for owner, rows in report.sections():
        label = found.labels.get(owner)
        lines += ["", report.title(owner) + (f"  {label}" if label else "")]
        for indent, row in _flat(rows, "  "):
            said = f"{row.predicate} {row.value}{row.note}".lstrip()
            lines += (f"{indent}{row.sign} {line}" for line in said.split("\n"))
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

    def title(owner: Any) -> str:
        label, code = found.labels.get(owner), _code(report.title(owner))
        return f"{_escaped(label)} ({code})" if label else code

    for kind in ("Added", "Removed"):
        if kinds[kind]:
            lines += ["", f"## {kind}", ""]
        for owner, rows in kinds[kind]:
            classes = ", ".join(map(_code, sorted({row.value for row in rows if row.predicate == "a"})))
            lines.append(f"- {title(owner)}: {classes}, {_count(len(report.changed[owner]), 'triple')}")
    if kinds["Changed"]:
        lines += ["", "## Changed"]
    for owner, rows in kinds["Changed"]:
        lines += ["", f"### {title(owner)}", ""]
        for indent, row in _flat(rows, ""):
            word = {"-": "removed ", "+": "added ", " ": ""}[row.sign]
            predicate = f"`{row.predicate}` " if row.predicate else ""
            value = _code(row.value.replace("\n", " "))
            lines.append(f"{indent}- {word}{predicate}{value}{':' if row.below else ''}")
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


def _escaped(value: str) -> str:
    return "".join(f"\\{c}" if c in "\\`*_[]<>#|" else c for c in value)


def _code(value: str) -> str:
    """Return a code span, its fence longer than any in the value (CommonMark, section 6.1)."""
    longest = max(map(len, re.findall("`+", value)), default=0)
    fence = "`" * (longest + 1)
    space = " " if longest else ""
    return f"{fence}{space}{value}{space}{fence}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
