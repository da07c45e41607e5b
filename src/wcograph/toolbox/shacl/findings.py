"""Findings: validation results, each with the location in a file where it can be corrected.

The location is that of the object of the offending triple. If no single triple is at fault (a value is missing), it is
that of the first occurrence of the focus node as a subject, or else as an object; if no file has it, that of the shape.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode

from wcograph.toolbox.rdf.positions import WITH_LINES, Place, Text
from wcograph.toolbox.shacl.evaluate import SEVERITIES, Result, with_details
from wcograph.toolbox.shacl.graph import LABELS, SH, TYPE, File, Graph, Statement, Term, sh
from wcograph.toolbox.shacl.shapes import Path, PathError, read_path

_Found = tuple[dict[Any, Place], dict[Any, Place]]  # the locations of triples and of nodes
SELECTORS = ("finding", "shape", "focus", "rule")  # by which a waiver chooses findings

HINTS = {
    "MinCount": "Add the missing value.",
    "MaxCount": "Keep the value that is right and remove the others.",
    "Datatype": "Use the datatype that the shape requires, and a lexical form that it allows.",
    "Class": "Give the value the class that the shape requires, or refer to another node.",
    "NodeKind": "Use the kind of term that the shape requires: an IRI, a blank node or a literal.",
    "Pattern": "Write the value as the pattern requires.",
    "MinLength": "Write more: the value is too short.",
    "MaxLength": "Write less: the value is too long.",
    "In": "Use one of the values that the shape lists.",
    "HasValue": "Add the value that the shape requires.",
    "Closed": "Remove the property, or add it to the shape if it belongs there.",
    "LanguageIn": "Tag the text with one of the languages that the shape lists.",
    "UniqueLang": "Keep one text in each language.",
    "LessThan": "Correct the two values: the first must be smaller.",
    "LessThanOrEquals": "Correct the two values: the first must not be greater.",
    "Equals": "Give both properties the same values.",
    "Disjoint": "Remove the value from one of the two properties.",
    "Not": "Change the node so that it no longer conforms to the shape that is ruled out.",
    "Or": "Make the node conform to one of the shapes.",
    "And": "Make the node conform to all of the shapes.",
    "Xone": "Make the node conform to exactly one of the shapes.",
    "Node": "Make the value conform to the shape; the details say what is wrong with it.",
    "QualifiedMinCount": "Add a value that conforms to the shape.",
    "QualifiedMaxCount": "Remove values that conform to the shape.",
}
"""What to do, for each constraint component whose shape gives no message of its own."""
_TOO_MANY = {sh(f"{name}ConstraintComponent") for name in ("MaxCount", "QualifiedMaxCount", "UniqueLang")}


@dataclass
class Finding:
    """One result of a validation (SHACL section 3.6.2), and where it can be corrected.

    ``focus`` and ``value`` are terms in N-Triples form, ``label`` is the name of the focus node in the data, ``path``
    is a SPARQL property path, ``component`` an IRI, ``shape`` an IRI (for a shape without a name, that of the shape
    around it, and its path). ``severity`` is ``violation``, ``warning``, ``info`` or an IRI. ``line`` and ``column``
    count from 1, in characters. ``key`` names blank nodes by what is said about them, so `fingerprint` is the same in
    every run. ``status`` is ``new``, ``baseline`` (known) or ``waived``, then with the ``waiver``.
    """

    focus: str
    path: str | None
    value: str | None
    component: str
    shape: str
    severity: str
    message: str
    hint: str | None = None
    file: str | None = None
    line: int | None = None
    column: int | None = None
    key: str = field(default="", repr=False)
    details: tuple[Finding, ...] = ()
    label: str | None = None
    status: str = field(default="new", repr=False)
    waiver: Waiver | None = field(default=None, repr=False)

    @property
    def fingerprint(self) -> str:
        """A hash of the finding that stays the same when lines or files move and when messages are reworded.

        >>> one = Finding("<http://e/a>", None, None, SH + "NotConstraintComponent", "<http://e/s>",
        ...               "violation", "No.", line=3)
        >>> from dataclasses import replace
        >>> one.fingerprint == replace(one, line=4, file="b.ttl", message="Not so.").fingerprint
        True
        """
        from hashlib import sha256

        about = [self.key] if self.key else [self.focus, self.path or "", self.value or ""]
        return sha256("\0".join([*about, self.component, self.shape]).encode()).hexdigest()[:32]

    @property
    def place(self) -> str:
        """The location as editors and compilers write it: file:line:column."""
        return str(Place(self.file, self.line, self.column)) if self.file else ""

    @property
    def level(self) -> int:
        """The rank of the severity in `SEVERITIES`."""
        return SEVERITIES.index(self.severity) if self.severity in SEVERITIES else len(SEVERITIES) - 1

    @property
    def rule(self) -> str:
        """The name of the constraint component without namespace and suffix: ``MinCount``.

        >>> Finding("", None, None, SH + "MinCountConstraintComponent", "", "info", "").rule
        'MinCount'
        """
        name = self.component.removeprefix(SH)
        return name.removesuffix("ConstraintComponent") or name


@dataclass(frozen=True)
class Waiver:
    """Accepted findings: those that match every given selector, until a day, with a reason and an owner."""

    reason: str
    owner: str
    until: date
    finding: str | None = None
    shape: str | None = None
    focus: str | None = None
    rule: str | None = None

    def matches(self, one: Finding) -> bool:
        """Return whether a finding matches every selector, whatever the date."""
        found = dict(zip(SELECTORS, (one.fingerprint, one.shape, one.focus, one.rule), strict=True))
        return all(getattr(self, name) in (None, it, it.strip("<>")) for name, it in found.items())

    def __str__(self) -> str:
        """Return the waiver as one line."""
        chosen = ", ".join(f"{name} {getattr(self, name)}" for name in SELECTORS if getattr(self, name))
        return f"{chosen} ({self.owner}, until {self.until})"


@dataclass(frozen=True)
class Locator:
    """A finder of locations in files. ``graph`` has the triples of the files, or those that were wanted."""

    files: Sequence[File]
    graph: Graph

    def places(self, asked: Sequence[tuple[Collection[Statement], int, Term]]) -> list[Place | None]:
        """Return, for each request, the location of one of its triples or else of its node.

        Triples are in the order of the files; the number selects one of them (0: the first). The location of a node
        is its first occurrence as a subject, or else as an object.
        """
        found: list[tuple[list[Place], list[Place]]] = [([], []) for _ in asked]
        objects = [self._as_object(node) for _, _, node in asked]
        wanted = {one for triples, _, _ in asked for one in triples}.union(*objects)
        subjects = {node for _, _, node in asked}
        for file in self.files if asked else ():
            at, heads = self._in_file(file, wanted, subjects)
            for (triples, _, node), as_object, (places, nodes) in zip(asked, objects, found, strict=True):
                places += sorted({at[one] for one in triples if one in at})
                nodes += [heads[node]] if node in heads else sorted(at[one] for one in as_object if one in at)
        return [
            places[min(rank, len(places) - 1)] if places else next(iter(nodes), None)
            for (places, nodes), (_, rank, _) in zip(found, asked, strict=True)
        ]

    def _as_object(self, node: Term) -> list[Statement]:
        columns = () if self.graph.has_subject(node) else self.graph.columns
        return [(s, p, node) for p in columns for s in self.graph.subjects(p, node)]

    def _in_file(self, file: File, statements: Collection[Statement], nodes: Collection[Term]) -> _Found:
        if file.format in WITH_LINES:
            return Text(file.name, file.prefixes, file.labels, self._in_order).find(statements, nodes)
        place, said = Place(file.name), file.again() if len(self.files) > 1 else self.graph
        here = {(s, p, o): place for s, p, o in statements if o in said.objects(s, p)}
        return here, {node: place for node in nodes if said.has_subject(node)}

    def _in_order(self) -> list[Statement]:
        """Return the triples; those of blank nodes in the order in which these occur."""
        blank, triples = BlankNode, self.graph.triples()
        return sorted(triples, key=lambda one: int(one[0].value[1:]) if type(one[0]) is blank else -1)


def findings_of(results: Sequence[Result], locator: Locator, shape_locator: Locator) -> list[Finding]:
    """Return the findings of results, in the order of the files."""
    reader = _Reader(locator.graph, shape_locator.graph)
    flat = list(with_details(results))
    found = locator.places([(*reader.candidates(result), result.focus) for result in flat])
    places = list(zip(flat, found, strict=True))
    lost = list(dict.fromkeys(result.shape for result, place in places if place is None))
    around = shape_locator.places([((), 0, reader.around(shape)[-1]) for shape in lost])
    instead = dict(zip(lost, around, strict=True))
    reader.at = {id(result): place or instead[result.shape] for result, place in places}
    order = {file.name: number for number, file in enumerate(locator.files)}
    return sorted(map(reader.finding, results), key=lambda one: _order(one, order))


def _order(one: Finding, files: dict[str, int]) -> tuple[object, ...]:
    place = files.get(one.file or "", len(files)), one.line or 0, one.column or 0
    return (*place, one.focus, one.path or "", one.value or "", one.component, one.shape, one.message)


class _Reader:
    """A reader of results that finds what a person needs to know. ``at`` has the location of each, by its ``id``."""

    def __init__(self, data: Graph, shapes: Graph) -> None:
        self.data, self.shapes = data, shapes
        self.at: dict[int, Place | None] = {}
        self._names: dict[Term, tuple[str, bool]] = {}
        self._stable: dict[tuple[Term, int], str] = {}

    def finding(self, result: Result) -> Finding:
        focus, value, said = result.focus, result.value, min(result.messages, key=_preferred, default=None)
        path = result.path.text if isinstance(result.path, Path) else str(result.path or "")
        shape, own = self.shape(result.shape)
        about = str(focus), path or None, None if value is None else str(value)
        message = said.value if said else "The node does not conform to the shape."
        found = Finding(*about, result.component.value, shape, _severity(result.severity), message)
        found.hint = result.hint or (None if own else HINTS.get(found.rule))
        found.details = tuple(sorted(map(self.finding, result.details), key=lambda one: _order(one, {})))
        found.label = self.label(focus)
        if place := self.at[id(result)]:
            found.file, found.line, found.column = place
        if type(focus) is BlankNode or type(value) is BlankNode:
            found.key = "\0".join([self.stable(focus), path, self.stable(value) if value else ""])
        return found

    def label(self, node: Term) -> str | None:
        """Return the name of a node in the data: preferred labels before others, English before other languages."""
        labels = [
            ({"en": 0, None: 1}.get(label.language, 2), rank, " ".join(label.value.split()))
            for rank, predicate in enumerate(LABELS)
            for label in self.data.objects(node, predicate)
            if isinstance(label, Literal)
        ]
        return min(labels)[2] if labels else None

    def stable(self, term: Term, depth: int = 0) -> str:
        """Write a term so that a blank node, identified by its triples, is the same in every run."""
        if not isinstance(term, BlankNode):
            return str(term)
        if depth > 2:
            return "[]"
        if (term, depth) not in self._stable:
            columns = self.data.by_subject.get(term, {}).items()
            said = [f"{p} {self.stable(value, depth + 1)}" for p, values in columns for value in values]
            self._stable[term, depth] = f"[{'; '.join(sorted(said))}]"
        return self._stable[term, depth]

    def around(self, shape: Term) -> list[Term]:
        """Return a shape and, if it is a blank node, the nodes that refer to it, up to one with a name."""
        trail: list[Term] = []
        above = [shape]
        while above:
            trail.append(above[0])
            columns = [p for p in self.shapes.columns if p != TYPE and isinstance(trail[-1], BlankNode)]
            above = [one for p in columns for one in self.shapes.subjects(p, trail[-1]) if one not in trail]
        return trail

    def shape(self, shape: Term) -> tuple[str, bool]:
        """Return the name of a shape (of a blank node: the shape around it, and its path), and if it has a message."""
        if shape not in self._names:
            *inner, outer = self.around(shape)
            parts = ["[]" if isinstance(outer, BlankNode) else str(outer)]
            for path in [path for one in reversed(inner) for path in self.shapes.objects(one, sh("path"))]:
                try:
                    parts.append(read_path(self.shapes, path).text)
                except PathError:
                    parts.append("[]")
            self._names[shape] = " / ".join(parts), bool(self.shapes.objects(shape, sh("message")))
        return self._names[shape]

    def candidates(self, result: Result) -> tuple[Collection[Statement], int]:
        """Return the triples that a result may be about, and the number of the one that it is about, in order."""
        focus, value, path = result.focus, result.value, result.path
        if isinstance(path, Path):
            steps = [(step, end) for step, end in path.steps(self.data, focus) if step]
            if value is None:  # too many: the second; a component of someone's own: the first
                own = not result.component.value.startswith(SH)
                return [step for step, _ in steps if own or result.component in _TOO_MANY], 0 if own else 1
            if ends := [step for step, end in steps if end == value]:
                return ends, 0
        if value is None or value == focus:
            return (), 0
        predicates = [path] if isinstance(path, NamedNode) else self.data.columns
        return [(focus, p, value) for p in predicates if value in self.data.objects(focus, p)], 0


def _preferred(message: Literal) -> tuple[bool, bool, str]:
    return message.language != "en", message.language is not None, message.value


@lru_cache
def _severity(term: Term) -> str:
    name = term.value if isinstance(term, NamedNode) else ""
    level = name.removeprefix(SH).lower()
    return level if name.startswith(SH) and level in SEVERITIES else name or "violation"
