"""The validator: checks nodes against shapes, many at once and each pair only once, and makes the results."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from time import monotonic
from typing import NamedTuple

from pyoxigraph import BlankNode, Literal, NamedNode

from wcograph.toolbox.errors import LimitError
from wcograph.toolbox.shacl.graph import SUBCLASS_OF, TYPE, sh
from wcograph.toolbox.shacl.shapes import TARGETS, Shape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from typing import Any

    from wcograph.toolbox.shacl.graph import Graph, Term
    from wcograph.toolbox.shacl.paths import Path
    from wcograph.toolbox.shacl.shapes import Shapes

    Declared = Callable[["Evaluator", Shape], Iterable["Constraint"]]  # the constraints that a shape declares

SEVERITIES = ("info", "warning", "violation")
"""The levels of a finding, from the least; a severity of someone's own counts as a violation."""

_MOST_DETAILS = 50  # of one result, with those within them


@dataclass(slots=True, eq=False)
class Result:
    """A validation result (SHACL section 3.6.2); ``path`` is a path, or the predicate of ``sh:closed``.

    ``hint`` says what to do, if it is more exact than the hint of the component.
    """

    focus: Term
    path: Path | Term | None
    value: Term | None
    component: NamedNode
    shape: Term
    severity: Term
    messages: Collection[Literal]
    details: Sequence[Result] = ()
    source: Term | None = None
    hint: str | None = None


def with_details(results: Iterable[Any]) -> Iterator[Any]:
    """Yield results or findings, each followed by its details."""
    for result in results:
        yield result
        yield from with_details(result.details)


class Violation(NamedTuple):
    """A focus node that violates a constraint, the value, and what replaces the path and messages of the shape."""

    focus: Term
    value: Term | None = None
    path: Term | None = None
    messages: Collection[Literal] = ()


@dataclass(eq=False)
class Batch:
    """Focus nodes of a shape: ``pairs`` has each with its value nodes, ``distinct`` the value nodes of all."""

    judge: Judge
    foci: Collection[Term]

    @cached_property
    def pairs(self) -> list[tuple[Term, Collection[Term]]]:
        """Each focus node with its value nodes."""
        values_of = self.judge.values_of
        return [(focus, values_of(focus)) for focus in self.foci]

    @cached_property
    def distinct(self) -> set[Term]:
        """The value nodes of all."""
        if self.judge.shape.path is None:
            return set(self.foci)
        return {value for _, values in self.pairs for value in values}


@dataclass(eq=False)
class Constraint:
    """A constraint of a shape: ``parameter`` is the value that declares it, ``name`` is that of its property.

    ``sentence`` says what is wrong, with placeholders for words. ``source`` is the SPARQL constraint.
    """

    run: Evaluator
    shape: Shape
    parameter: Term
    name: str
    sentence: str = ""
    source: Term | None = None

    @cached_property
    def component(self) -> NamedNode:
        """The constraint component."""
        return sh(f"{self.name[0].upper()}{self.name[1:]}ConstraintComponent")

    @cached_property
    def members(self) -> list[Term]:
        """The members of the parameter, if it is a list."""
        return self.run.shapes.items(self.parameter) or []

    def violations(self, batch: Batch) -> Iterable[Violation]:
        """Return the violations of the focus nodes of a batch: by default, one for each bad value."""
        bad = self.bad(batch.distinct)
        pairs = batch.pairs if bad else ()
        return [Violation(focus, value) for focus, values in pairs for value in values if value in bad]

    def bad(self, values: set[Term]) -> Collection[Term]:
        """Return the values that violate."""
        raise NotImplementedError

    def sentence_of(self, violation: Violation) -> str:
        """Return the sentence for a violation."""
        return self.sentence

    @cached_property
    def _words(self) -> dict[str, str]:
        """The words that are the same for all violations."""
        say, path, members = self.run.say, self.shape.path, self.members
        return {
            "path": say(path.text) if path else "the node",
            "parameter": "the shape" if isinstance(self.parameter, BlankNode) else say(self.parameter),
            "number": say(self.shape.one(self.name)),
            "members": ", ".join(map(say, members[:7])) + (" and others" if len(members) > 7 else ""),
            "count": str(len(members)),
        }

    def message(self, violation: Violation) -> str:
        """Return a sentence that says what is wrong."""
        value = violation.focus if violation.value is None else violation.value
        words = {**self._words, "value": self.run.say(value)}
        if violation.path:
            words["path"] = self.run.say(violation.path)
        if isinstance(value, Literal):
            words["form"] = str(Literal(value.value))
        return self.sentence_of(violation).format(**words)

    def explains(self, violation: Violation) -> Iterable[tuple[Judge, Term]]:
        """Return the shapes and the nodes whose own results explain a violation."""
        return ()


class Property(Constraint):
    """``sh:property`` (section 4.7.2): the results are those of the property shape."""

    def violations(self, batch: Batch) -> Iterable[Violation]:
        """Return the focus nodes with a value that does not conform."""
        bad = self.run.judge(self.parameter).failing(batch.distinct)
        return [Violation(one) for one, values in batch.pairs if not bad.isdisjoint(values)] if bad else []


class Judge:
    """A shape with the results for the nodes that it has checked."""

    def __init__(self, run: Evaluator, shape: Shape) -> None:
        """Keep the shape; its constraints are made on first use."""
        self.run, self.shape = run, shape
        self.recursive = shape.node in run.shapes.recursive  # refers to itself, directly or through others
        self.good: set[Term] = set()
        self.bad: set[Term] = set()
        path, data = shape.path, run.data
        if path is None:
            self.values_of: Callable[[Term], Collection[Term]] = lambda focus: (focus,)
        elif path.iri is not None:
            column = data.column(path.iri)
            self.values_of = lambda focus: column.get(focus, ())
        else:
            self.values_of = lambda focus: path.values(data, focus)

    @cached_property
    def constraints(self) -> list[Constraint]:
        """The constraints of the shape; none if it is deactivated (section 2.1.7)."""
        kinds = () if self.shape.deactivated else self.run.constraints
        return [constraint for declared in kinds for constraint in declared(self.run, self.shape)]

    def failing(self, nodes: set[Term]) -> set[Term]:
        """Return those of the nodes that do not conform to the shape."""
        unknown = nodes - self.good - self.bad if self.good or self.bad else nodes
        if self.recursive:
            for node in unknown:
                self._decide(node)
        elif unknown:
            bad = self._violating(unknown)
            self.bad |= bad
            self.good |= unknown - bad
        return nodes & self.bad

    def _violating(self, nodes: Collection[Term]) -> set[Term]:
        self.run.check_time()
        bad: set[Term] = set()
        batch = Batch(self, nodes)
        for constraint in self.constraints:
            found = {violation.focus for violation in constraint.violations(batch)}
            if found:
                bad |= found
                batch = Batch(self, [node for node in batch.foci if node not in found])
            if not batch.foci:
                break
        return bad

    def _decide(self, node: Term) -> None:
        """Check a node against a shape that refers to itself.

        While a pair of node and shape is being checked, it counts as conforming (SHACL section 3.4.3 leaves
        this open; other validators do the same). If this turns out to be wrong for a pair, the results that depend
        on it are checked again.
        """
        run, key = self.run, (self, node)
        if key in run.judging:
            run.assumed.add(key)
            return
        while True:
            outermost = not run.judging
            run.judging.add(key)
            bad = bool(self._violating([node]))
            run.judging.discard(key)
            (self.bad if bad else self.good).add(node)
            run.decided.append(key)
            if not outermost:
                return
            wrong = [(judge, one) for judge, one in run.assumed if one in judge.bad]
            for judge, one in run.decided if wrong else ():
                judge.good.discard(one)
                judge.bad.discard(one)
            for judge, one in wrong:
                judge.bad.add(one)
            run.assumed.clear()
            run.decided.clear()
            if not wrong or key in wrong:
                return

    def results(self, foci: Collection[Term], left: list[int] | None = None) -> list[Result]:
        """Validate focus nodes, and return the results.

        ``left`` has the number of details that may still be made, if the results are details.
        """
        found: list[Result] = []
        batch = Batch(self, foci)
        self.run.check_time()
        for constraint in self.constraints if foci else ():
            if isinstance(constraint, Property):
                found += self._property_results(constraint, batch, left)
            else:
                for violation in constraint.violations(batch):
                    found += self._result(constraint, violation, left)
        return found

    def _property_results(self, constraint: Property, batch: Batch, left: list[int] | None) -> list[Result]:
        """Return the results of a property shape for the values of a batch: once for each time that a node is a value."""
        judge, reporting = self.run.judge(constraint.parameter), self.run.reporting
        if self.shape.path is None and not judge.recursive:
            return judge.results(batch.foci, left)
        found: dict[Term, list[Result]] = {}
        for value in judge.failing(batch.distinct):
            if (judge, value) not in reporting:  # a shape that refers to itself, on data that does
                reporting.add((judge, value))
                found[value] = judge.results((value,), left)
                reporting.discard((judge, value))
        return [one for _, values in batch.pairs for value in values for one in found.get(value, ())]

    def _result(
        self, constraint: Constraint, violation: Violation, left: list[int] | None
    ) -> Iterator[Result]:
        left = [_MOST_DETAILS + 1] if left is None else left
        if left[0] <= 0:
            return
        left[0] -= 1
        shape = self.shape
        messages: Collection[Literal] = violation.messages or shape.messages
        messages = messages or [Literal(constraint.message(violation), language="en")]
        details: list[Result] = []
        asked = constraint.explains(violation) if left[0] else ()
        reasons = [(judge, node) for judge, node in asked if judge.failing({node})]
        for number, (judge, node) in enumerate(reasons):  # each gets an equal share of the details
            share = [-(-left[0] // (len(reasons) - number))]
            left[0] -= share[0]
            details += judge.results((node,), share)
            left[0] += share[0]
        where = violation.focus, violation.path or shape.path, violation.value
        rule = constraint.component, shape.node, shape.severity
        yield Result(*where, *rule, messages, details, constraint.source)


@dataclass(eq=False)
class Evaluator:
    """A data graph and the shapes to check it against.

    ``constraints`` are functions that return the constraints of a shape. ``say`` writes a term for a person. ``seconds``
    limits the time; LimitError is raised after it.
    """

    data: Graph
    shapes: Shapes
    constraints: Sequence[Declared]
    say: Callable[[object], str] = str
    seconds: float | None = None
    judging: set[tuple[Judge, Term]] = field(default_factory=set)
    assumed: set[tuple[Judge, Term]] = field(default_factory=set)
    decided: list[tuple[Judge, Term]] = field(default_factory=list)
    reporting: set[tuple[Judge, Term]] = field(default_factory=set)
    _judges: dict[Term, Judge] = field(default_factory=dict)
    _start: float = field(default_factory=monotonic)

    def judge(self, node: Term) -> Judge:
        """Return the judge of a shape; every node conforms to a shape that nothing describes."""
        if node not in self._judges:
            shape = self.shapes.shapes.get(node) or Shape(self.shapes.graph, node)
            self._judges[node] = Judge(self, shape)
        return self._judges[node]

    def check_time(self) -> None:
        """Raise LimitError if the time is over."""
        if self.seconds is not None and monotonic() > self._start + self.seconds:
            raise LimitError(f"stopped after {self.seconds:g} s (timeout)")

    def focus_nodes(self, node: Term) -> dict[Term, None]:
        """Return the focus nodes of a shape, in the order of the files (section 2.1.3)."""
        data, get = self.data, self.shapes.graph.objects
        found = dict.fromkeys(get(node, TARGETS[1]))
        for kind in self.shapes.target_classes(node):
            found.update(data.instances(kind))
        for target, nodes in ((TARGETS[2], data.inverse), (TARGETS[3], data.column)):
            for predicate in get(node, target):
                found.update(dict.fromkeys(nodes(predicate)))  # type: ignore[arg-type]
        return found

    def run(self, keep: Collection[Term] | None = None) -> tuple[list[Result], dict[Term, dict[Term, None]]]:
        """Validate: return the results, and the focus nodes of each shape that has targets.

        If ``keep`` is given, only focus nodes in it are checked.
        """
        results: list[Result] = []
        targets: dict[Term, dict[Term, None]] = {}
        for node in [node for node in self.shapes.targeted if node in self.shapes.shapes]:
            foci = targets[node] = {} if self.judge(node).shape.deactivated else self.focus_nodes(node)
            chosen = foci if keep is None else {focus: None for focus in foci if focus in keep}
            results += self.judge(node).results(chosen)
        return results, targets


def properties_needed(shapes: Shapes) -> set[NamedNode] | None:
    """Return the properties of the data that the shapes use; None if they use all."""
    if any(shapes.graph.column(sh(name)) for name in ("closed", "select", "ask")):
        return None
    found = {TYPE, SUBCLASS_OF}
    named = ("equals", "disjoint", "lessThan", "lessThanOrEquals", "targetSubjectsOf", "targetObjectsOf")
    for shape in shapes.shapes.values():
        found |= shape.path.properties() if shape.path else set()
        found.update(value for name in named for value in shape.get(name) if isinstance(value, NamedNode))
    return found
