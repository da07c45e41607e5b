"""Findings: the results of a validation report, each with the place in a file where it can be mended.

The place is the offending triple, at its object; where no one triple is at fault (a value is missing), the
focus node where it first stands as a subject, or else as an object.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256

from pyoxigraph import BlankNode, Literal, NamedNode, Quad

from wcograph.shacl.shapes import (
    PATH_KINDS,
    RDF_FIRST,
    RDF_NIL,
    RDF_REST,
    RDF_TYPE,
    SH_NAMESPACE,
    ShapesGraph,
    sh,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import rdflib

    from wcograph.rdf.reading import Source
    from wcograph.shacl.shapes import Term

    Triple3 = tuple[Term, Term, Term]

SEVERITIES = ("info", "warning", "violation")
"""The levels of a finding, from the least; a severity of someone's own counts as a violation."""

HINTS = {
    "MinCount": "Add the missing value.",
    "MaxCount": "Keep the value that is right and remove the others.",
    "Datatype": "Give the value the datatype that the shape asks for, and a lexical form that it allows.",
    "Class": "Type the value with the class that the shape asks for, or refer to another node.",
    "NodeKind": "Use the kind of term that the shape asks for: an IRI, a blank node or a literal.",
    "Pattern": "Write the value as the pattern asks.",
    "MinLength": "Write more: the value is too short.",
    "MaxLength": "Write less: the value is too long.",
    "In": "Use one of the values that the shape lists.",
    "HasValue": "Add the value that the shape asks for.",
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


_LABELS = (
    NamedNode("http://www.w3.org/2004/02/skos/core#prefLabel"),
    NamedNode("http://www.w3.org/2000/01/rdf-schema#label"),
)
_TOO_MANY = tuple(
    sh(name + "ConstraintComponent") for name in ("MaxCount", "QualifiedMaxCount", "UniqueLang")
)


@dataclass(frozen=True)
class Finding:
    """One result of a validation (SHACL section 3.6.2), and where it can be mended.

    ``focus`` and ``value`` are terms in N-Triples form, ``label`` is what the data calls the focus node, ``path``
    is a SPARQL property path, ``component`` an IRI, ``shape`` an IRI (of a shape without a name: that of the shape
    around it, and its path). ``severity`` is ``violation``, ``warning``, ``info`` or an IRI. ``line`` and
    ``column`` count from 1, in characters. ``key`` tells findings apart that read the same, so that
    `fingerprint` does not depend on lines.
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

    @cached_property
    def fingerprint(self) -> str:
        """A hash of what the finding says, the same when lines or files move and messages are reworded.

        >>> one = Finding("<http://e/a>", None, None, SH_NAMESPACE + "NotConstraintComponent", "<http://e/s>",
        ...               "violation", "No.", line=3)
        >>> from dataclasses import replace
        >>> one.fingerprint == replace(one, line=4, file="b.ttl", message="Not so.").fingerprint
        True
        """
        return sha256("\0".join([self.key or self.focus, self.component, self.shape]).encode()).hexdigest()[
            :32
        ]

    @property
    def level(self) -> int:
        """The rank of the severity in `SEVERITIES`."""
        return SEVERITIES.index(self.severity) if self.severity in SEVERITIES else len(SEVERITIES) - 1

    @property
    def rule(self) -> str:
        """The name of the constraint component without namespace and suffix: ``MinCount``.

        >>> Finding("", None, None, SH_NAMESPACE + "MinCountConstraintComponent", "", "info", "").rule
        'MinCount'
        """
        name = self.component.removeprefix(SH_NAMESPACE)
        return name.removesuffix("ConstraintComponent") or name


def read_findings(
    report: ShapesGraph, data: rdflib.Graph, shapes: ShapesGraph, sources: Sequence[Source]
) -> list[Finding]:
    """List the results of a report graph, with their places in the sources, in the order of the files."""
    top = next((node for node, kind in report.pairs(RDF_TYPE) if kind == sh("ValidationReport")), None)
    if top is None:
        return []
    results = report.objects(top, sh("result"))
    reader = _Reader(report, data, shapes)
    candidates = {result: reader.candidates(result) for result in results}
    places = places_in(candidates, {result: reader.one(result, "focusNode") for result in results}, sources)
    order = {source.name: number for number, source in enumerate(sources)}
    found = [reader.finding(result, places.get(result)) for result in results]
    return sorted(
        found,
        key=lambda f: (
            order.get(f.file or "", -1),
            f.line or 0,
            f.column or 0,
            f.focus,
            f.path or "",
            f.value or "",
            f.message,
        ),
    )


def with_labels(findings: Sequence[Finding], quads: Iterable[Quad]) -> list[Finding]:
    """Give the findings with the labels of their focus nodes: preferred before others, English before others.

    >>> one = Finding("<http://e/a>", None, None, "c", "<http://e/s>", "violation", "No.")
    >>> node = NamedNode("http://e/a")
    >>> [found.label for found in with_labels([one], [Quad(node, _LABELS[1], Literal("A", language="en"))])]
    ['A']
    """
    wanted = {finding.focus for finding in findings}
    best: dict[str, tuple[int, int, str]] = {}
    for quad in quads:
        if quad.predicate in _LABELS and isinstance(quad.object, Literal) and str(quad.subject) in wanted:
            language = {"en": 0, None: 1}.get(quad.object.language, 2)
            label = (language, _LABELS.index(quad.predicate), " ".join(quad.object.value.split()))
            node = str(quad.subject)
            best[node] = min(best.get(node, label), label)
    return [
        replace(finding, label=best[finding.focus][2]) if finding.focus in best else finding
        for finding in findings
    ]


class _Reader:
    """Reads results out of a report graph."""

    def __init__(self, report: ShapesGraph, data: rdflib.Graph, shapes: ShapesGraph) -> None:
        self.report, self.data, self.shapes = report, data, shapes

    def one(self, result: Term, name: str) -> Term | None:
        return self.report.one(result, sh(name))

    def finding(self, result: Term, place: tuple[str, int | None, int | None] | None) -> Finding:
        one = self.one
        focus, value, path = one(result, "focusNode"), one(result, "value"), one(result, "resultPath")
        shape, component = one(result, "sourceShape"), one(result, "sourceConstraintComponent")
        severity = one(result, "resultSeverity")
        file, line, column = place or (None, None, None)
        own = shape is not None and bool(self.shapes.objects(shape, sh("message")))
        name = component.value if isinstance(component, NamedNode) else ""
        rule = name.removeprefix(SH_NAMESPACE).removesuffix("ConstraintComponent")
        shown_path = None if path is None else path_text(self.report, path)
        return Finding(
            focus=_text(focus),
            path=shown_path,
            value=None if value is None else _text(value),
            component=name,
            shape=self.shape_name(shape),
            severity=_severity(severity),
            message=self.message(result),
            hint=None if own else HINTS.get(rule),
            file=file,
            line=line,
            column=column,
            key="\0".join(
                [self.stable(focus), shown_path or "", "" if value is None else self.stable(value)]
            ),
            details=tuple(
                sorted((self.finding(d, None) for d in self.report.objects(result, sh("detail"))), key=str)
            ),
        )

    def message(self, result: Term) -> str:
        messages = [m for m in self.report.objects(result, sh("resultMessage")) if isinstance(m, Literal)]
        chosen = min(
            messages, key=lambda m: (m.language != "en", m.language is not None, m.value), default=None
        )
        return chosen.value if chosen is not None else "The node does not conform to the shape."

    def stable(self, term: Term | None, depth: int = 0) -> str:
        """Write a term so that a blank node reads the same in every run: by what it says."""
        if not isinstance(term, BlankNode) or depth > 2:
            return "[]" if isinstance(term, BlankNode) else _text(term)
        from wcograph.shacl.report import to_pyoxigraph, to_rdflib

        said = [
            f"{predicate} {self.stable(to_pyoxigraph(value), depth + 1)}"
            for predicate, value in self.data.predicate_objects(to_rdflib(term))
        ]
        return f"[{'; '.join(sorted(said))}]"

    def shape_name(self, shape: Term | None) -> str:
        """Name a shape; one that is a blank node by the shape around it and its path."""
        trail: list[str] = []
        seen: set[Term] = set()
        while isinstance(shape, BlankNode) and shape not in seen:
            seen.add(shape)
            path = self.shapes.one(shape, sh("path"))
            if path is not None:
                trail.append(path_text(self.shapes, path))
            shape = next(
                (
                    subject
                    for (subject, predicate, value) in self.shapes.triples
                    if value == shape and predicate != RDF_TYPE
                ),
                shape,
            )
        name = _text(shape) if not isinstance(shape, BlankNode) else "[]"
        return " / ".join([name, *reversed(trail)])

    def candidates(self, result: Term) -> tuple[list[Triple3], int]:
        """List the triples that a result may be about, and which of those in the files it is, in their order."""
        focus, value, path = (
            self.one(result, "focusNode"),
            self.one(result, "value"),
            self.one(result, "resultPath"),
        )
        if focus is None or (path is None and value in (None, focus)):
            return [], 0
        steps = [] if path is None else list(self.last_steps(path, focus))
        if value is not None:
            ends = [triple for triple, inverse in steps if self.end((triple, inverse)) == value]
            return ends or [(focus, predicate, value) for predicate in self.between(focus, value)], 0
        component = self.one(result, "sourceConstraintComponent")
        if component in _TOO_MANY:
            return [triple for triple, _ in steps], 1  # the second is one too many
        if not (isinstance(component, NamedNode) and component.value.startswith(SH_NAMESPACE)):
            return [
                triple for triple, _ in steps
            ], 0  # of a component of someone's own, pySHACL names no value
        return [], 0

    @staticmethod
    def end(step: tuple[Triple3, bool]) -> Term:
        triple, inverse = step
        return triple[0] if inverse else triple[2]

    def between(self, focus: Term, value: Term) -> list[Term]:
        from wcograph.shacl.report import to_pyoxigraph, to_rdflib

        return [to_pyoxigraph(p) for p in self.data.predicates(to_rdflib(focus), to_rdflib(value))]

    def last_steps(self, path: Term, start: Term, inverse: bool = False) -> Iterator[tuple[Triple3, bool]]:
        """Yield the triples by which a path from a node arrives at its values, and whether backwards."""
        from wcograph.shacl.report import to_pyoxigraph, to_rdflib

        graph = self.report
        if isinstance(path, NamedNode):
            subject, predicate = to_rdflib(start), to_rdflib(path)
            if inverse:
                for other in self.data.subjects(predicate, subject):
                    yield (to_pyoxigraph(other), path, start), True
            else:
                for other in self.data.objects(subject, predicate):
                    yield (start, path, to_pyoxigraph(other)), False
            return
        first, rest = graph.one(path, RDF_FIRST), graph.one(path, RDF_REST)
        if first is not None:
            if rest in (None, RDF_NIL):
                yield from self.last_steps(first, start, inverse)
                return
            middles = {self.end(step): None for step in self.last_steps(first, start, inverse)}
            for middle in middles:
                yield from self.last_steps(rest, middle, inverse)
            return
        kind = next((kind for kind in PATH_KINDS if graph.objects(path, kind)), None)
        inner = None if kind is None else graph.one(path, kind)
        if kind is None or inner is None:
            return
        if kind == sh("inversePath"):
            yield from self.last_steps(inner, start, not inverse)
        elif kind == sh("alternativePath"):
            for member in graph.items(inner):
                yield from self.last_steps(member, start, inverse)
        elif kind == sh("zeroOrOnePath"):
            yield from self.last_steps(inner, start, inverse)
        else:
            reached, waiting = {start}, [start]
            while waiting:
                for step in self.last_steps(inner, waiting.pop(), inverse):
                    yield step
                    if self.end(step) not in reached:
                        reached.add(self.end(step))
                        waiting.append(self.end(step))


def path_text(graph: ShapesGraph, path: Term) -> str:
    """Write a SHACL property path as a SPARQL one (SHACL section 2.3.1)."""
    if not isinstance(path, BlankNode):
        return str(path)
    if graph.objects(path, RDF_FIRST):
        return "(" + "/".join(path_text(graph, member) for member in graph.items(path)) + ")"
    for kind, form in zip(PATH_KINDS, ("^{}", "{}", "{}*", "{}+", "{}?"), strict=True):
        inner = graph.one(path, kind)
        if inner is not None and kind == sh("alternativePath"):
            return "(" + "|".join(path_text(graph, member) for member in graph.items(inner)) + ")"
        if inner is not None:
            return form.format(path_text(graph, inner))
    return "[]"


def _text(term: Term | None) -> str:
    return "" if term is None else str(term)


def _severity(term: Term | None) -> str:
    name = term.value if isinstance(term, NamedNode) else ""
    level = name.removeprefix(SH_NAMESPACE).lower()
    return level if name.startswith(SH_NAMESPACE) and level in SEVERITIES else name or "violation"


def places_in(
    candidates: dict[Term, tuple[list[Triple3], int]],
    focus_nodes: dict[Term, Term | None],
    sources: Sequence[Source],
) -> dict[Term, tuple[str, int | None, int | None]]:
    """Find, for each result node, the file, line and column of its triple or of its focus node."""
    wanted = {triple for triples, _ in candidates.values() for triple in triples}
    subjects = {triple[0] for triple in wanted} | set(focus_nodes.values())
    at: dict[object, tuple[Source, int]] = {}
    objects: dict[object, tuple[Source, int]] = {}
    focused = set(focus_nodes.values())
    for source in sources:
        for number, quad in enumerate(source.quads):
            subject = quad.subject
            if subject in subjects:
                at.setdefault(subject, (source, number))
                triple = (subject, quad.predicate, quad.object)
                if triple in wanted:
                    at.setdefault(triple, (source, number))
            if quad.object in focused:
                objects.setdefault(quad.object, (source, number))
    chosen: dict[Term, tuple[Source, int, str]] = {}
    order = {source.name: number for number, source in enumerate(sources)}
    for result, (triples, rank) in candidates.items():
        present = sorted(
            (at[triple] for triple in set(triples) & at.keys()), key=lambda p: (order[p[0].name], p[1])
        )
        focus = focus_nodes[result]
        if present:
            chosen[result] = (*present[min(rank, len(present) - 1)], "object")
        elif focus in at:
            chosen[result] = (*at[focus], "subject")
        elif focus in objects:
            chosen[result] = (*objects[focus], "object")
    from wcograph.rdf.positions import places_of

    lines = places_of([(source, number, role) for source, number, role in chosen.values()])
    return {
        result: (source.name, *lines.get((source.name, number, role), (None, None)))
        for result, (source, number, role) in chosen.items()
    }


def index(quads: Iterable[Quad]) -> ShapesGraph:
    """Index the triples of a report graph for `read_findings`."""
    return ShapesGraph(quads)
