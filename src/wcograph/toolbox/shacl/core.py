"""The constraint components of SHACL Core (section 4), each checking many nodes at once."""

from __future__ import annotations

from decimal import Decimal
from itertools import chain

from pyoxigraph import BlankNode, Literal, NamedNode

from wcograph.toolbox.rdf.xsd import lexical_space
from wcograph.toolbox.shacl import literals
from wcograph.toolbox.shacl.evaluate import Constraint, Property, Violation
from wcograph.toolbox.shacl.graph import sh, short
from wcograph.toolbox.shacl.shapes import PATH, is_true

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from wcograph.toolbox.shacl.evaluate import Batch, Evaluator, Judge
    from wcograph.toolbox.shacl.graph import Term
    from wcograph.toolbox.shacl.shapes import Shape

_KINDS = {
    "BlankNode": (BlankNode, "a blank node"),
    "IRI": (NamedNode, "an IRI"),
    "Literal": (Literal, "a literal"),
}
_SIGNS = {
    **{"MinInclusive": (0, 1), "MinExclusive": (1,), "MaxInclusive": (-1, 0), "MaxExclusive": (-1,)},
    **{"LessThan": (-1,), "LessThanOrEquals": (-1, 0)},
}
_MOST = 2**62  # more than anything that is counted


def _outside(name: str, bound: Term | None) -> Callable[[int], bool]:
    """Return a function that tells whether a number is below the minimum, or above the maximum, that is named."""
    limit = int(max(Decimal(-1), min(Decimal(bound.value), Decimal(_MOST))))  # type: ignore[union-attr]
    return limit.__gt__ if "Min" in name else limit.__lt__


def _text(value: Term) -> str | None:
    return value.value if isinstance(value, NamedNode | Literal) else None


class _Class(Constraint):
    def bad(self, values: set[Term]) -> Collection[Term]:
        return values.difference(self.run.data.instances(self.parameter))


class _Datatype(Constraint):
    def bad(self, values: set[Term]) -> Collection[Term]:
        datatype, literal = self.parameter, Literal
        fits = lexical_space(datatype.value) or (lambda _: True)  # type: ignore[union-attr]
        return {v for v in values if type(v) is not literal or v.datatype != datatype or not fits(v.value)}

    def message(self, violation: Violation) -> str:
        value = violation.value
        if isinstance(value, Literal) and value.datatype == self.parameter:
            return f"{Literal(value.value)} is not in the lexical space of {self.run.say(self.parameter)}."
        return super().message(violation)


class _NodeKind(Constraint):
    @property
    def kinds(self) -> list[tuple[type[Term], str]]:
        return [_KINDS[name] for name in short(self.parameter)[3:].split("Or")]

    def bad(self, values: set[Term]) -> Collection[Term]:
        kinds = tuple(kind for kind, _ in self.kinds)
        return {value for value in values if not isinstance(value, kinds)}

    def words(self, violation: Violation) -> dict[str, str]:
        return super().words(violation) | {"parameter": " or ".join(words for _, words in self.kinds)}


class _Count(Constraint):
    def violations(self, batch: Batch) -> Iterable[Violation]:
        outside = _outside(self.name, self.parameter)
        return [Violation(focus) for focus, values in batch.pairs if outside(len(values))]

    def message(self, violation: Violation) -> str:
        if self.name == "MinCount" and not _outside(self.name, self.parameter)(1):
            return "There is no value of {path}.".format(**self.words(violation))
        return super().message(violation)


class _Range(Constraint):
    """The constraints on ranges; a value that cannot be compared violates (section 4.3)."""

    def bad(self, values: set[Term]) -> Collection[Term]:
        signs, bound = _SIGNS[self.name], literals.key(self.parameter)
        return {value for value in values if literals.compare_keys(literals.key(value), bound) not in signs}

    def message(self, violation: Violation) -> str:
        if literals.compare_keys(literals.key(violation.value), literals.key(self.parameter)) is None:
            return "{value} cannot be compared with {parameter}.".format(**self.words(violation))
        return super().message(violation)


class _Length(Constraint):
    def bad(self, values: set[Term]) -> Collection[Term]:
        outside, texts = _outside(self.name, self.parameter), {value: _text(value) for value in values}
        return {value for value, text in texts.items() if text is None or outside(len(text))}


class _Pattern(Constraint):
    def bad(self, values: set[Term]) -> Collection[Term]:
        from wcograph.toolbox.shacl.regex import matches

        flags, texts = self.shape.one("flags"), {value: _text(value) for value in values}
        wanted = {text for text in texts.values() if text is not None}
        found = matches(wanted, self.parameter.value, flags.value if flags else "")  # type: ignore[union-attr]
        return {value for value, text in texts.items() if text not in found}


class _Listed(Constraint):
    """``sh:in``, and ``sh:languageIn``, whose members are language ranges (RFC 4647, section 3.3.1)."""

    def bad(self, values: set[Term]) -> Collection[Term]:
        members = self.run.shapes.graph.items(self.parameter)
        if self.name == "In":
            return values.difference(members)
        ranges = [one.value.lower() for one in members]  # type: ignore[union-attr]
        tags = {value: value.language if isinstance(value, Literal) else None for value in values}
        return {
            value
            for value, tag in tags.items()
            if not tag or not any(one == "*" or f"{tag.lower()}-".startswith(f"{one}-") for one in ranges)
        }

    def words(self, violation: Violation) -> dict[str, str]:
        members = self.run.shapes.graph.items(self.parameter)
        shown = ", ".join(map(self.run.say, members[:7])) + (" and others" if len(members) > 7 else "")
        return super().words(violation) | {"members": shown}


class _UniqueLang(Constraint):
    def violations(self, batch: Batch) -> Iterable[Violation]:
        for focus, values in batch.pairs if is_true(self.parameter) else ():
            if len(values) > 1:
                tags = [one.language.lower() for one in values if isinstance(one, Literal) and one.language]
                yield from (Violation(focus) for tag in dict.fromkeys(tags) if tags.count(tag) > 1)


class _Pair(Constraint):
    """The constraints that compare the values with those of another property (section 4.5)."""

    def violations(self, batch: Batch) -> Iterable[Violation]:
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
        ours, theirs = ([(one, literals.key(one)) for one in terms] for terms in (values, others))
        return [one for _, b in theirs for one, a in ours if literals.compare_keys(a, b) not in signs]


class _Logical(Constraint):
    """``sh:not``, ``sh:and``, ``sh:or``, ``sh:xone`` (section 4.6) and ``sh:node`` (section 4.7.1)."""

    @property
    def judges(self) -> list[Judge]:
        single = self.name in ("Not", "Node")
        shapes = [self.parameter] if single else self.run.shapes.graph.items(self.parameter)
        return [self.run.judge(shape) for shape in shapes]

    def bad(self, values: set[Term]) -> Collection[Term]:
        judges = self.judges
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
        for value in chain.from_iterable(values - judge.failing(values) for judge in judges):
            counts[value] += 1
        return {value for value, count in counts.items() if count != 1}

    def words(self, violation: Violation) -> dict[str, str]:
        return super().words(violation) | {"count": str(len(self.judges))}

    def explains(self, violation: Violation) -> Iterator[tuple[Judge, Term]]:
        if self.name != "Not" and violation.value is not None:
            yield from ((judge, violation.value) for judge in self.judges)


class _Qualified(Constraint):
    def siblings(self) -> list[Term]:
        """Return the sibling shapes (section 4.7.3) that the values must not conform to."""
        if not is_true(self.shape.one("qualifiedValueShapesDisjoint")):
            return []
        graph, qualified = self.run.shapes.graph, sh("qualifiedValueShape")
        parents = graph.subjects(sh("property"), self.shape.node)
        beside = {one for parent in parents for one in graph.objects(parent, sh("property"))}
        return list({shape for one in beside for shape in graph.objects(one, qualified)} - {self.parameter})

    @property
    def number(self) -> Term | None:
        return self.shape.one("q" + self.name[1:])

    def violations(self, batch: Batch) -> Iterable[Violation]:
        good = batch.distinct - self.run.judge(self.parameter).failing(batch.distinct)
        for sibling in self.siblings():
            good = self.run.judge(sibling).failing(good) if good else good
        outside = _outside(self.name, self.number)
        counts = [(focus, sum(value in good for value in values)) for focus, values in batch.pairs]
        return [Violation(focus) for focus, count in counts if outside(count)]

    def words(self, violation: Violation) -> dict[str, str]:
        return super().words(violation) | {"number": self.run.say(self.number)}

    def explains(self, violation: Violation) -> Iterator[tuple[Judge, Term]]:
        if self.name == "QualifiedMinCount":
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


_COMPONENTS: dict[str, tuple[type[Constraint], str]] = {
    "class": (_Class, "{value} is not an instance of {parameter}."),
    "datatype": (_Datatype, "{value} is not a literal of the datatype {parameter}."),
    "nodeKind": (_NodeKind, "{value} is not {parameter}."),
    "minCount": (_Count, "There are fewer values of {path} than {parameter}."),
    "maxCount": (_Count, "There are more values of {path} than {parameter}."),
    "minInclusive": (_Range, "{value} is less than {parameter}."),
    "minExclusive": (_Range, "{value} is not greater than {parameter}."),
    "maxInclusive": (_Range, "{value} is greater than {parameter}."),
    "maxExclusive": (_Range, "{value} is not less than {parameter}."),
    "minLength": (_Length, "{value} is shorter than {parameter} characters."),
    "maxLength": (_Length, "{value} is longer than {parameter} characters."),
    "pattern": (_Pattern, "{value} does not match the pattern {parameter}."),
    "in": (_Listed, "{value} is not one of {members}."),
    "languageIn": (_Listed, "{value} is in none of the languages {members}."),
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
"""The class of each component, and the sentence for its violations; by the parameter that asks for it."""


def constraints(run: Evaluator, shape: Shape) -> Iterator[Constraint]:
    """Yield the constraints of SHACL Core that a shape declares."""
    for name, (component, sentence) in _COMPONENTS.items():
        # one of each qualifiedValueShape; the number is with the shape
        also = "qualifiedValueShape" if component is _Qualified else name
        for value in shape.get(also) if shape.get(name) else ():
            made = component(run, shape, value, name[0].upper() + name[1:])
            made.sentence = sentence
            yield made
