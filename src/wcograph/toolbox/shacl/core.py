"""The constraint components of SHACL Core (section 4), each checking many nodes at once."""

from __future__ import annotations

from decimal import Decimal

from pyoxigraph import BlankNode, Literal, NamedNode

from wcograph.toolbox.shacl import literals
from wcograph.toolbox.shacl.graph import sh
from wcograph.toolbox.shacl.shapes import PATH, is_true, short

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from wcograph.toolbox.shacl.evaluate import Batch, Evaluator, Judge
    from wcograph.toolbox.shacl.graph import Term
    from wcograph.toolbox.shacl.shapes import Shape

_KINDS = {
    "BlankNode": ((BlankNode,), "a blank node"),
    "IRI": ((NamedNode,), "an IRI"),
    "Literal": ((Literal,), "a literal"),
    "BlankNodeOrIRI": ((BlankNode, NamedNode), "a blank node or an IRI"),
    "BlankNodeOrLiteral": ((BlankNode, Literal), "a blank node or a literal"),
    "IRIOrLiteral": ((NamedNode, Literal), "an IRI or a literal"),
}
_SIGNS = {
    **{"MinInclusive": (0, 1), "MinExclusive": (1,), "MaxInclusive": (-1, 0), "MaxExclusive": (-1,)},
    **{"LessThan": (-1,), "LessThanOrEquals": (-1, 0)},
}
_SAYS = {
    "Class": "{value} is not an instance of {parameter}.",
    "Datatype": "{value} is not a literal of the datatype {parameter}.",
    "NodeKind": "{value} is not {parameter}.",
    "MinCount": "There are fewer values of {path} than {parameter}.",
    "MaxCount": "There are more values of {path} than {parameter}.",
    "MinInclusive": "{value} is less than {parameter}.",
    "MinExclusive": "{value} is not greater than {parameter}.",
    "MaxInclusive": "{value} is greater than {parameter}.",
    "MaxExclusive": "{value} is not less than {parameter}.",
    "MinLength": "{value} is shorter than {parameter} characters.",
    "MaxLength": "{value} is longer than {parameter} characters.",
    "Pattern": "{value} does not match the pattern {parameter}.",
    "LanguageIn": "{value} is in none of the languages {members}.",
    "UniqueLang": "{path} has several values in one language.",
    "Equals": "{value} is not a value of both {path} and {parameter}.",
    "Disjoint": "{value} is a value of {parameter} too.",
    "LessThan": "{value} is not less than each value of {parameter}.",
    "LessThanOrEquals": "{value} is not less than or equal to each value of {parameter}.",
    "Not": "{value} conforms to {parameter}, which it must not.",
    "And": "{value} does not conform to all of the {count} shapes.",
    "Or": "{value} conforms to none of the {count} shapes.",
    "Xone": "{value} does not conform to exactly one of the {count} shapes.",
    "Node": "{value} does not conform to {parameter}.",
    "QualifiedMinCount": "Fewer values of {path} than {number} conform to {parameter}.",
    "QualifiedMaxCount": "More values of {path} than {number} conform to {parameter}.",
    "Closed": "The shape is closed and does not allow {path}.",
    "HasValue": "The value {parameter} of {path} is missing.",
    "In": "{value} is not one of {members}.",
}


class Violation:
    """A focus node that violates a constraint, the value that does, and what replaces the path and messages of the shape.

    ``path`` is that of ``sh:closed`` or of a SPARQL solution, ``messages`` are those of a SPARQL constraint.
    """

    __slots__ = ("focus", "messages", "path", "value")

    def __init__(
        self,
        focus: Term,
        value: Term | None = None,
        path: Term | None = None,
        messages: Collection[Literal] = (),
    ) -> None:
        """Keep the values."""
        self.focus, self.value, self.path, self.messages = focus, value, path, messages


class Constraint:
    """A constraint of a shape: ``name`` is that of its component, ``parameter`` the value that declares it."""

    source: Term | None = None

    def __init__(self, run: Evaluator, shape: Shape, parameter: Term, name: str) -> None:
        """Keep what declares the constraint."""
        self.run, self.shape, self.parameter, self.name = run, shape, parameter, name
        self.component = sh(f"{name}ConstraintComponent")
        self.prepare()

    def prepare(self) -> None:
        """Read the parameter."""

    def violations(self, batch: Batch) -> list[Violation]:
        """Return the violations of the focus nodes of a batch: by default, one for each bad value."""
        bad = self.bad(batch.distinct)
        if not bad:
            return []
        return [Violation(focus, value) for focus, values in batch.pairs for value in values if value in bad]

    def bad(self, values: set[Term]) -> Collection[Term]:
        """Return the values that violate."""
        raise NotImplementedError

    def message(self, violation: Violation) -> str:
        """Return a sentence that says what is wrong."""
        return _SAYS[self.name].format(**self.words(violation))

    def words(self, violation: Violation) -> dict[str, str]:
        """Return the words for the placeholders of the sentence."""
        say = self.run.say
        path = self.shape.path.text if self.shape.path else "the node"
        value = violation.focus if violation.value is None else violation.value
        parameter = "the shape" if isinstance(self.parameter, BlankNode) else say(self.parameter)
        return {"value": say(value), "parameter": parameter, "path": say(violation.path or path)}

    def explains(self, violation: Violation) -> Iterator[tuple[Judge, Term]]:
        """Yield the shapes and the nodes whose own results explain a violation."""
        yield from ()

    def number(self) -> Decimal:
        """Return the parameter as a number."""
        return Decimal(self.parameter.value)  # type: ignore[union-attr]

    def members(self) -> list[Term]:
        """Return the members of the list that is the parameter."""
        return self.run.shapes.graph.items(self.parameter)


class _Class(Constraint):
    def bad(self, values: set[Term]) -> Collection[Term]:
        return values.difference(self.run.data.instances(self.parameter))


class _Datatype(Constraint):
    def bad(self, values: set[Term]) -> Collection[Term]:
        datatype, literal = self.parameter, Literal
        fits = literals.lexical_space(datatype.value)  # type: ignore[union-attr]
        if fits is None:
            return {v for v in values if type(v) is not literal or v.datatype != datatype}
        return {v for v in values if type(v) is not literal or v.datatype != datatype or not fits(v.value)}

    def message(self, violation: Violation) -> str:
        value = violation.value
        if isinstance(value, Literal) and value.datatype == self.parameter:
            return f"{Literal(value.value)} is not in the lexical space of {self.run.say(self.parameter)}."
        return super().message(violation)


class _NodeKind(Constraint):
    def bad(self, values: set[Term]) -> Collection[Term]:
        kinds = _KINDS[short(self.parameter)[3:]][0]
        return {value for value in values if type(value) not in kinds}

    def words(self, violation: Violation) -> dict[str, str]:
        return super().words(violation) | {"parameter": _KINDS[short(self.parameter)[3:]][1]}


class _Count(Constraint):
    def violations(self, batch: Batch) -> list[Violation]:
        count = self.number()
        if self.name == "MaxCount":
            return [Violation(focus) for focus, values in batch.pairs if len(values) > count]
        if count == 1:
            return [Violation(focus) for focus, values in batch.pairs if not values]
        return [Violation(focus) for focus, values in batch.pairs if len(values) < count]

    def message(self, violation: Violation) -> str:
        if self.name == "MinCount" and self.number() == 1:
            return "There is no value of {path}.".format(**self.words(violation))
        return super().message(violation)


class _Range(Constraint):
    """The constraints on ranges; a value that cannot be compared violates (section 4.3)."""

    def prepare(self) -> None:
        self.bound = literals.key(self.parameter)

    def bad(self, values: set[Term]) -> Collection[Term]:
        signs = _SIGNS[self.name]
        return {value for value in values if self._sign(value) not in signs}

    def _sign(self, value: Term | None) -> int | None:
        return literals.compare_keys(literals.key(value), self.bound) if type(value) is Literal else None

    def message(self, violation: Violation) -> str:
        if self._sign(violation.value) is None:
            return "{value} cannot be compared with {parameter}.".format(**self.words(violation))
        return super().message(violation)


def _text(value: Term) -> str | None:
    return value.value if isinstance(value, NamedNode | Literal) else None


class _Length(Constraint):
    def bad(self, values: set[Term]) -> Collection[Term]:
        count, texts = self.number(), {value: _text(value) for value in values}
        if self.name == "MinLength":
            return {value for value, text in texts.items() if text is None or len(text) < count}
        return {value for value, text in texts.items() if text is None or len(text) > count}


class _Pattern(Constraint):
    def bad(self, values: set[Term]) -> Collection[Term]:
        from wcograph.toolbox.shacl.regex import matches

        flags = self.shape.one("flags")
        texts = {value: _text(value) for value in values}
        wanted = {text for text in texts.values() if text is not None}
        found = matches(wanted, self.parameter.value, flags.value if flags else "")  # type: ignore[union-attr]
        return {value for value, text in texts.items() if text not in found}


class _Listed(Constraint):
    """``sh:in``, and ``sh:languageIn``, whose members are language ranges (RFC 4647, section 3.3.1)."""

    def bad(self, values: set[Term]) -> Collection[Term]:
        if self.name == "In":
            return values.difference(self.members())
        ranges = [one.value.lower() for one in self.members()]  # type: ignore[union-attr]
        tags = {value: value.language if isinstance(value, Literal) else None for value in values}
        return {
            value
            for value, tag in tags.items()
            if not tag or not any(one == "*" or f"{tag.lower()}-".startswith(f"{one}-") for one in ranges)
        }

    def words(self, violation: Violation) -> dict[str, str]:
        members = self.members()
        shown = ", ".join(map(self.run.say, members[:7])) + (" and others" if len(members) > 7 else "")
        return super().words(violation) | {"members": shown}


class _UniqueLang(Constraint):
    def violations(self, batch: Batch) -> list[Violation]:
        found: list[Violation] = []
        for focus, values in batch.pairs if is_true(self.parameter) else ():
            if len(values) > 1:
                tags = [
                    value.language.lower()
                    for value in values
                    if isinstance(value, Literal) and value.language
                ]
                found += [Violation(focus) for tag in dict.fromkeys(tags) if tags.count(tag) > 1]
        return found


class _Pair(Constraint):
    """The constraints that compare the values with those of another property (section 4.5)."""

    def violations(self, batch: Batch) -> list[Violation]:
        column = self.run.data.column(self.parameter)  # type: ignore[arg-type]
        wrong = {"Equals": self._unequal, "Disjoint": self._common}.get(self.name, self._unordered)
        return [
            Violation(focus, value)
            for focus, values in batch.pairs
            for value in wrong(values, column.get(focus, ()))
        ]

    def _unequal(self, values: Collection[Term], others: Collection[Term]) -> list[Term]:
        return [one for one in values if one not in others] + [one for one in others if one not in values]

    def _common(self, values: Collection[Term], others: Collection[Term]) -> list[Term]:
        return [value for value in values if value in others] if others else []

    def _unordered(self, values: Collection[Term], others: Collection[Term]) -> list[Term]:
        signs = _SIGNS[self.name]
        ours, theirs = ({one: literals.key(one) for one in terms} for terms in (values, others))
        return [
            one
            for b in theirs.values()
            for one, a in ours.items()
            if literals.compare_keys(a, b) not in signs
        ]


class _Logical(Constraint):
    """``sh:not``, ``sh:and``, ``sh:or``, ``sh:xone`` (section 4.6) and ``sh:node`` (section 4.7.1)."""

    def prepare(self) -> None:
        self.shapes = [self.parameter] if self.name in ("Not", "Node") else self.members()

    def bad(self, values: set[Term]) -> Collection[Term]:
        judges = [self.run.judge(shape) for shape in self.shapes]
        if self.name in ("Node", "And"):
            found: set[Term] = set()
            for judge in judges:
                found |= judge.failing(values - found)
            return found
        if self.name == "Not":
            return values - judges[0].failing(values)
        if self.name == "Or":
            for judge in judges:
                values = judge.failing(values) if values else values
            return values
        counts = dict.fromkeys(values, 0)
        for judge in judges:
            for value in values - judge.failing(values):
                counts[value] += 1
        return {value for value, count in counts.items() if count != 1}

    def words(self, violation: Violation) -> dict[str, str]:
        return super().words(violation) | {"count": str(len(self.shapes))}

    def explains(self, violation: Violation) -> Iterator[tuple[Judge, Term]]:
        if self.name != "Not" and violation.value is not None:
            for shape in self.shapes:
                yield self.run.judge(shape), violation.value


class Property(Constraint):
    """Section 4.7.2: the results are those of the property shape."""

    def violations(self, batch: Batch) -> list[Violation]:
        """Return the focus nodes with a value that does not conform."""
        bad = self.run.judge(self.parameter).failing(batch.distinct)
        return (
            [Violation(focus) for focus, values in batch.pairs if not bad.isdisjoint(values)] if bad else []
        )


class _Qualified(Constraint):
    def prepare(self) -> None:
        graph = self.run.shapes.graph
        self.count = self.shape.one("q" + self.name[1:])
        self.siblings: dict[Term, None] = {}
        if is_true(self.shape.one("qualifiedValueShapesDisjoint")):
            for parent in graph.subjects(sh("property"), self.shape.node):
                for one in graph.objects(parent, sh("property")):
                    self.siblings.update(dict.fromkeys(graph.objects(one, sh("qualifiedValueShape"))))
            self.siblings.pop(self.parameter, None)

    def violations(self, batch: Batch) -> list[Violation]:
        good = batch.distinct - self.run.judge(self.parameter).failing(batch.distinct)
        for sibling in self.siblings:
            good = self.run.judge(sibling).failing(good) if good else good
        count = Decimal(self.count.value)  # type: ignore[union-attr]
        numbers = [(focus, sum(value in good for value in values)) for focus, values in batch.pairs]
        if self.name == "QualifiedMinCount":
            return [Violation(focus) for focus, number in numbers if number < count]
        return [Violation(focus) for focus, number in numbers if number > count]

    def words(self, violation: Violation) -> dict[str, str]:
        return super().words(violation) | {"number": self.run.say(self.count)}

    def explains(self, violation: Violation) -> Iterator[tuple[Judge, Term]]:
        if self.name == "QualifiedMinCount":
            for value in self.run.judge(self.shape.node).values_of(violation.focus):
                yield self.run.judge(self.parameter), value


class _Closed(Constraint):
    def violations(self, batch: Batch) -> list[Violation]:
        if not is_true(self.parameter):
            return []
        graph = self.run.shapes.graph
        allowed: set[Term] = {path for one in self.shape.get("property") for path in graph.objects(one, PATH)}
        for head in self.shape.get("ignoredProperties"):
            allowed.update(graph.items(head))
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
    def violations(self, batch: Batch) -> list[Violation]:
        return [Violation(focus) for focus, values in batch.pairs if self.parameter not in values]


_COMPONENTS: dict[str, Callable[[Evaluator, Shape, Term, str], Constraint]] = {
    **{"class": _Class, "datatype": _Datatype, "nodeKind": _NodeKind, "minCount": _Count, "maxCount": _Count},
    **dict.fromkeys(("minInclusive", "minExclusive", "maxInclusive", "maxExclusive"), _Range),
    **{"minLength": _Length, "maxLength": _Length, "pattern": _Pattern, "in": _Listed, "languageIn": _Listed},
    **dict.fromkeys(("equals", "disjoint", "lessThan", "lessThanOrEquals"), _Pair),
    **{"uniqueLang": _UniqueLang, "closed": _Closed, "hasValue": _HasValue, "property": Property},
    **dict.fromkeys(("not", "and", "or", "xone", "node"), _Logical),
}


def constraints(run: Evaluator, shape: Shape) -> Iterator[Constraint]:
    """Yield the constraints of SHACL Core that a shape declares."""
    for name, component in _COMPONENTS.items():
        for value in shape.get(name):
            yield component(run, shape, value, name[0].upper() + name[1:])
    for value in shape.get("qualifiedValueShape"):
        for name in ("QualifiedMinCount", "QualifiedMaxCount"):
            if shape.get("q" + name[1:]):
                yield _Qualified(run, shape, value, name)
