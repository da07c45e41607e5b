"""The constraint components of SHACL Core (section 4), each checking many nodes at once."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from functools import reduce

from pyoxigraph import BlankNode, Literal, NamedNode

from wcograph.toolbox.rdf.xsd import compare_keys, key, lexical_space
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
_TEXTS = (NamedNode, Literal)  # what has a length, and can match a pattern
_SIGNS = {
    **{"minInclusive": (0, 1), "minExclusive": (1,), "maxInclusive": (-1, 0), "maxExclusive": (-1,)},
    **{"lessThan": (-1,), "lessThanOrEquals": (-1, 0)},
}
_MOST = 2**62  # more than anything that is counted


class _Class(Constraint):
    def bad(self, values: set[Term]) -> Collection[Term]:
        return values.difference(self.run.data.instances(self.parameter))


class _Datatype(Constraint):
    def bad(self, values: set[Term]) -> Collection[Term]:
        datatype, literal = self.parameter, Literal
        fits = lexical_space(datatype.value) or (lambda _: True)  # type: ignore[union-attr]
        return {v for v in values if type(v) is not literal or v.datatype != datatype or not fits(v.value)}

    def sentence_of(self, violation: Violation) -> str:
        same = isinstance(violation.value, Literal) and violation.value.datatype == self.parameter
        return "{form} is not in the lexical space of {parameter}." if same else self.sentence


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
                tags = Counter(
                    one.language.lower() for one in values if isinstance(one, Literal) and one.language
                )
                yield from (Violation(focus) for number in tags.values() if number > 1)


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


COMPONENTS: dict[str, tuple[type[Constraint], str, str]] = {
    "class": (_Class, "{value} is not an instance of {parameter}.", "Add the class, or use another node."),
    "datatype": (_Datatype, "{value} is not a literal of the datatype {parameter}.", ""),
    "nodeKind": (_NodeKind, "", "Use the kind of term that the shape requires."),
    "minCount": (_Count, "There are fewer values of {path} than {parameter}.", "Add what is missing."),
    "maxCount": (_Count, "There are more values of {path} than {parameter}.", "Remove what is not right."),
    "minInclusive": (_Range, "{value} is less than {parameter}.", ""),
    "minExclusive": (_Range, "{value} is not greater than {parameter}.", ""),
    "maxInclusive": (_Range, "{value} is greater than {parameter}.", ""),
    "maxExclusive": (_Range, "{value} is not less than {parameter}.", ""),
    "minLength": (_Length, "{value} is shorter than {parameter} characters.", "Write more."),
    "maxLength": (_Length, "{value} is longer than {parameter} characters.", "Write less."),
    "pattern": (_Pattern, "{value} does not match the pattern {parameter}.", "Write it as this requires."),
    "in": (_In, "{value} is not one of {members}.", "Use one of the values that the shape lists."),
    "languageIn": (_LanguageIn, "{value} is in none of the languages {members}.", "Tag it with one of them."),
    "equals": (_Pair, "{value} is not a value of both {path} and {parameter}.", "Give both the same values."),
    "disjoint": (_Pair, "{value} is a value of {parameter} too.", "Remove it from one of the two."),
    "lessThan": (_Pair, "{value} is not less than each value of {parameter}.", "Correct one of the values."),
    "lessThanOrEquals": (_Pair, "{value} is not less than or equal to each value of {parameter}.", ""),
    "uniqueLang": (_UniqueLang, "{path} has several values in one language.", "Keep one in each language."),
    "closed": (_Closed, "The shape is closed and does not allow {path}.", "Remove it or allow it."),
    "hasValue": (_HasValue, "The value {parameter} of {path} is missing.", "Add the value."),
    "property": (Property, "", ""),
    "not": (_Logical, "{value} conforms to {parameter}, which it must not.", "Change it so it does not."),
    "and": (_Logical, "{value} does not conform to all of the {count} shapes.", "Make it conform to each."),
    "or": (_Logical, "{value} conforms to none of the {count} shapes.", "Make it conform to one of them."),
    "xone": (_Logical, "{value} does not conform to exactly one of the {count} shapes.", "Keep to one."),
    "node": (_Logical, "{value} does not conform to {parameter}.", "Correct what the details name."),
    "qualifiedMinCount": (_Qualified, "Fewer values of {path} than {number} conform to {parameter}.", ""),
    "qualifiedMaxCount": (_Qualified, "More values of {path} than {number} conform to {parameter}.", ""),
}
"""The class of each component, the sentence for its violations, and what to do; by the parameter that asks for it."""


def constraints(run: Evaluator, shape: Shape) -> Iterator[Constraint]:
    """Yield the constraints of SHACL Core that a shape declares."""
    for name, (component, sentence, _) in COMPONENTS.items():
        # one of each qualifiedValueShape; the number is with the shape
        also = "qualifiedValueShape" if component is _Qualified else name
        for value in shape.get(also) if shape.get(name) else ():
            yield component(run, shape, value, name, sentence)
