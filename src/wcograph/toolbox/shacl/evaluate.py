"""The validator: checks nodes against shapes, many at once and each pair only once, and makes the results.

The constraint components of SHACL Core (section 4) are here; each checks many nodes at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property, reduce
from time import monotonic
from typing import Any, NamedTuple

from pyoxigraph import BlankNode, Literal, NamedNode

from wcograph.toolbox.errors import LimitError
from wcograph.toolbox.rdf.xsd import compare_keys, key, lexical_space
from wcograph.toolbox.shacl.graph import SUBCLASS_OF, TYPE, Graph, Term, sh, short
from wcograph.toolbox.shacl.shapes import PATH, TARGETS, Path, Shape, Shapes, is_true

Declared = Callable[["Evaluator", Shape], Iterable["Constraint"]]  # the constraints that a shape declares

SEVERITIES = ("info", "warning", "violation")  # from the least; one of someone's own counts as a violation
_MOST_DETAILS = 50  # of one result, with those within them
_KINDS = {
    "BlankNode": (BlankNode, "a blank node"),
    "IRI": (NamedNode, "an IRI"),
    "Literal": (Literal, "a literal"),
}
_TEXTS = (NamedNode, Literal)  # what has a length, and can match a pattern
_SIGNS = {
    **{"minInclusive": (0, 1), "minExclusive": (1,), "maxInclusive": (-1, 0), "maxExclusive": (-1,)},
    **{"lessThan": (-1,), "lessThanOrEquals": (-1, 0)},
}
_MOST = 2**62  # more than anything that is counted


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


class _Class(Constraint):
    def bad(self, values: set[Term]) -> Collection[Term]:
        return values.difference(self.run.data.instances(self.parameter))


class _Datatype(Constraint):
    def bad(self, values: set[Term]) -> Collection[Term]:
        datatype, literal = self.parameter, Literal
        fits = lexical_space(datatype.value) or (lambda _: True)  # type: ignore[union-attr]
        return {v for v in values if type(v) is not literal or v.datatype != datatype or not fits(v.value)}

    def sentence_of(self, violation: Violation) -> str:
        value = violation.value
        if isinstance(value, Literal) and value.datatype == self.parameter:
            form = str(Literal(value.value)).replace("{", "{{").replace("}", "}}")
            return f"{form} is not in the lexical space of {{parameter}}."
        return self.sentence


class _NodeKind(Constraint):
    @property
    def kinds(self) -> list[tuple[type[Term], str]]:
        return [_KINDS[name] for name in short(self.parameter)[3:].split("Or")]

    def bad(self, values: set[Term]) -> Collection[Term]:
        kinds = tuple(kind for kind, _ in self.kinds)
        return {value for value in values if not isinstance(value, kinds)}

    def sentence_of(self, violation: Violation) -> str:
        return f"{{value}} is not {' or '.join(words for _, words in self.kinds)}."


class _Number(Constraint):
    """A constraint with a least or a greatest number."""

    def outside(self) -> Callable[[int], bool]:
        """Return a function that tells whether a number is too small, or too large."""
        bound = Decimal(self.shape.one(self.name).value)  # type: ignore[union-attr]
        limit = int(max(Decimal(-1), min(bound, Decimal(_MOST))))
        return limit.__lt__ if "ax" in self.name else limit.__gt__


class _Count(_Number):
    def violations(self, batch: Batch) -> Iterable[Violation]:
        outside = self.outside()
        return [Violation(focus) for focus, values in batch.pairs if outside(len(values))]

    def sentence_of(self, violation: Violation) -> str:
        one = self.name == "minCount" and not self.outside()(1)
        return "There is no value of {path}." if one else self.sentence


class _Length(_Number):
    def bad(self, values: set[Term]) -> Collection[Term]:
        outside = self.outside()
        return {value for value in values if not isinstance(value, _TEXTS) or outside(len(value.value))}


class _Range(Constraint):
    """The constraints on ranges; a value that cannot be compared violates (section 4.3)."""

    def bad(self, values: set[Term]) -> Collection[Term]:
        signs, bound = _SIGNS[self.name], key(self.parameter)
        return {value for value in values if compare_keys(key(value), bound) not in signs}

    def sentence_of(self, violation: Violation) -> str:
        order = compare_keys(key(violation.value), key(self.parameter))
        return "{value} cannot be compared with {parameter}." if order is None else self.sentence


class _Pattern(Constraint):
    def bad(self, values: set[Term]) -> Collection[Term]:
        from wcograph.toolbox.shacl.regex import matches

        flags, texts = self.shape.one("flags"), {one.value for one in values if isinstance(one, _TEXTS)}
        found = matches(texts, self.parameter.value, flags.value if flags else "")  # type: ignore[union-attr]
        return {value for value in values if not isinstance(value, _TEXTS) or value.value not in found}


class _In(Constraint):
    def bad(self, values: set[Term]) -> Collection[Term]:
        return values.difference(self.members)


class _LanguageIn(Constraint):
    """``sh:languageIn``, whose members are language ranges (RFC 4647, section 3.3.1)."""

    def bad(self, values: set[Term]) -> Collection[Term]:
        ranges = [one.value.lower() for one in self.members]  # type: ignore[union-attr]

        def fits(tag: str | None) -> bool:
            return bool(tag) and any(one == "*" or f"{tag}-".lower().startswith(f"{one}-") for one in ranges)

        return {value for value in values if not isinstance(value, Literal) or not fits(value.language)}


class _UniqueLang(Constraint):
    def violations(self, batch: Batch) -> Iterable[Violation]:
        for focus, values in batch.pairs if is_true(self.parameter) else ():
            if len(values) > 1:
                tags = [one.language for one in values if isinstance(one, Literal) and one.language]
                counts = Counter(map(str.lower, tags))
                yield from (Violation(focus) for number in counts.values() if number > 1)


class _Pair(Constraint):
    """The constraints that compare the values with those of another property (section 4.5)."""

    def violations(self, batch: Batch) -> Iterable[Violation]:
        column = self.run.data.column(self.parameter)  # type: ignore[arg-type]
        pairs = [(focus, values, column.get(focus, ())) for focus, values in batch.pairs]
        return [Violation(one, value) for one, ours, theirs in pairs for value in self.wrong(ours, theirs)]

    def wrong(self, values: Collection[Term], others: Collection[Term]) -> list[Term]:
        if self.name == "equals":
            return [a for a in values if a not in others] + [b for b in others if b not in values]
        if self.name == "disjoint":
            return [value for value in values if value in others]
        signs = _SIGNS[self.name]
        ours, theirs = ([(one, key(one)) for one in terms] for terms in (values, others))
        return [one for _, b in theirs for one, a in ours if compare_keys(a, b) not in signs]


class _Logical(Constraint):
    """``sh:not``, ``sh:and``, ``sh:or``, ``sh:xone`` (section 4.6) and ``sh:node`` (section 4.7.1)."""

    @property
    def judges(self) -> list[Judge]:
        shapes = [self.parameter] if self.name in ("not", "node") else self.members
        return [self.run.judge(shape) for shape in shapes]

    def bad(self, values: set[Term]) -> Collection[Term]:
        if self.name == "or":
            return reduce(lambda left, judge: judge.failing(left), self.judges, values)
        failing = [judge.failing(values) for judge in self.judges]
        if self.name == "xone":
            good = Counter(value for bad in failing for value in values - bad)
            return {value for value in values if good[value] != 1}
        found: set[Term] = set()
        return values - failing[0] if self.name == "not" else found.union(*failing)

    def explains(self, violation: Violation) -> Iterator[tuple[Judge, Term]]:
        if self.name != "not" and violation.value is not None:
            yield from ((judge, violation.value) for judge in self.judges)


class _Qualified(_Number):
    def siblings(self) -> set[Term]:
        """Return the sibling shapes (section 4.7.3) that the values must not conform to."""
        if not is_true(self.shape.one("qualifiedValueShapesDisjoint")):
            return set()
        graph, qualified = self.run.shapes.graph, sh("qualifiedValueShape")
        parents = graph.subjects(sh("property"), self.shape.node)
        beside = {one for parent in parents for one in graph.objects(parent, sh("property"))}
        return {shape for one in beside for shape in graph.objects(one, qualified)} - {self.parameter}

    def violations(self, batch: Batch) -> Iterable[Violation]:
        good = batch.distinct - self.run.judge(self.parameter).failing(batch.distinct)
        for sibling in self.siblings():
            good = self.run.judge(sibling).failing(good)
        outside = self.outside()
        counts = [(focus, sum(value in good for value in values)) for focus, values in batch.pairs]
        return [Violation(focus) for focus, count in counts if outside(count)]

    def explains(self, violation: Violation) -> Iterator[tuple[Judge, Term]]:
        if self.name == "qualifiedMinCount":
            values = self.run.judge(self.shape.node).values_of(violation.focus)
            yield from ((self.run.judge(self.parameter), value) for value in values)


class _Closed(Constraint):
    def violations(self, batch: Batch) -> Iterable[Violation]:
        if not is_true(self.parameter):
            return []
        graph = self.run.shapes.graph
        allowed = {path for one in self.shape.get("property") for path in graph.objects(one, PATH)}
        allowed.update(*map(graph.items, self.shape.get("ignoredProperties")))
        found: dict[Term, list[tuple[Term, Term]]] = {}
        for predicate, column in self.run.data.columns.items():
            if predicate not in allowed:
                few, many = sorted((column, batch.distinct), key=len)
                for node in [node for node in few if node in many]:
                    found.setdefault(node, []).extend((predicate, value) for value in column[node])
        return [
            Violation(focus, value, predicate)
            for focus, values in (batch.pairs if found else ())
            for node in values
            for predicate, value in found.get(node, ())
        ]


class _HasValue(Constraint):
    def violations(self, batch: Batch) -> Iterable[Violation]:
        return [Violation(focus) for focus, values in batch.pairs if self.parameter not in values]


COMPONENTS: dict[str, tuple[type[Constraint], str]] = {
    "class": (_Class, "{value} is not an instance of {parameter}."),
    "datatype": (_Datatype, "{value} is not a literal of the datatype {parameter}."),
    "nodeKind": (_NodeKind, ""),
    "minCount": (_Count, "There are fewer values of {path} than {parameter}."),
    "maxCount": (_Count, "There are more values of {path} than {parameter}."),
    "minInclusive": (_Range, "{value} is less than {parameter}."),
    "minExclusive": (_Range, "{value} is not greater than {parameter}."),
    "maxInclusive": (_Range, "{value} is greater than {parameter}."),
    "maxExclusive": (_Range, "{value} is not less than {parameter}."),
    "minLength": (_Length, "{value} is shorter than {parameter} characters."),
    "maxLength": (_Length, "{value} is longer than {parameter} characters."),
    "pattern": (_Pattern, "{value} does not match the pattern {parameter}."),
    "in": (_In, "{value} is not one of {members}."),
    "languageIn": (_LanguageIn, "{value} is in none of the languages {members}."),
    "equals": (_Pair, "{value} is not a value of both {path} and {parameter}."),
    "disjoint": (_Pair, "{value} is a value of {parameter} too."),
    "lessThan": (_Pair, "{value} is not less than each value of {parameter}."),
    "lessThanOrEquals": (_Pair, "{value} is not less than or equal to each value of {parameter}."),
    "uniqueLang": (_UniqueLang, "{path} has several values in one language."),
    "closed": (_Closed, "The shape is closed and does not allow {path}."),
    "hasValue": (_HasValue, "The value {parameter} of {path} is missing."),
    "property": (Property, ""),
    "not": (_Logical, "{value} conforms to {parameter}, which it must not."),
    "and": (_Logical, "{value} does not conform to all of the {count} shapes."),
    "or": (_Logical, "{value} conforms to none of the {count} shapes."),
    "xone": (_Logical, "{value} does not conform to exactly one of the {count} shapes."),
    "node": (_Logical, "{value} does not conform to {parameter}."),
    "qualifiedMinCount": (_Qualified, "Fewer values of {path} than {number} conform to {parameter}."),
    "qualifiedMaxCount": (_Qualified, "More values of {path} than {number} conform to {parameter}."),
}
"""The class of each component and the sentence for its violations, by the parameter that asks for it."""


def constraints(run: Evaluator, shape: Shape) -> Iterator[Constraint]:
    """Yield the constraints of SHACL Core that a shape declares."""
    for name, (component, sentence) in COMPONENTS.items():
        # one of each qualifiedValueShape; the number is with the shape
        also = "qualifiedValueShape" if component is _Qualified else name
        for value in shape.get(also) if shape.get(name) else ():
            yield component(run, shape, value, name, sentence)


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

    def _result(self, constraint: Constraint, fault: Violation, left: list[int] | None) -> Iterator[Result]:
        left = [_MOST_DETAILS + 1] if left is None else left
        if left[0] <= 0:
            return
        left[0] -= 1
        shape = self.shape
        messages: Collection[Literal] = fault.messages or shape.messages
        messages = messages or [Literal(constraint.message(fault), language="en")]
        details: list[Result] = []
        asked = constraint.explains(fault) if left[0] else ()
        reasons = [(judge, node) for judge, node in asked if judge.failing({node})]
        for number, (judge, node) in enumerate(reasons):  # each gets an equal share of the details
            share = [-(-left[0] // (len(reasons) - number))]
            left[0] -= share[0]
            details += judge.results((node,), share)
            left[0] += share[0]
        where = fault.focus, fault.path or shape.path, fault.value
        rule = constraint.component, shape.node, shape.severity
        yield Result(*where, *rule, messages, details, constraint.source)


@dataclass(eq=False)
class Evaluator:
    """A data graph and the shapes to check it against.

    ``constraints`` give those of a shape. ``say`` writes a term for a person. LimitError is raised after ``seconds``.
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
        for kind in (*get(node, TARGETS[0]), *([node] if node in self.shapes.implicit else [])):
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
