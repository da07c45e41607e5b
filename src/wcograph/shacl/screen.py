"""Which pairs of shape and focus node may violate: SHACL shapes as SPARQL queries over an Oxigraph store.

Validation of clean data needs no report, only the certainty that there is nothing to report. So each shape
becomes queries that select focus nodes, and what is selected goes to the validator that writes the report.
A query may select too many and never too few:

- every test has two sides, what *may fail* and what *may pass*; ``sh:not`` swaps them, and what is not
  certain may do both;
- an error in a test counts as failing;
- a constraint that is not known here (custom components), or that the two engines could judge differently,
  selects every focus node of its shape; of SPARQL constraints, `wcograph.shacl.constraint` says what is sure;
- the store holds literals in the form that `wcograph.rdf.faithful.stored` gives them, so that none is rewritten.

"Violates" is what pySHACL reports, since it writes the report; where it differs from the specification
(``sh:languageIn``, inverse paths over sequences), the queries follow pySHACL.
"""

from __future__ import annotations

import os
from collections import deque
from functools import partial
from itertools import islice
from threading import Thread

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Store

from wcograph.rdf.faithful import INTEGERS, SURE, UNSURE, XSD, stored, written
from wcograph.shacl.regex import rust_pattern
from wcograph.shacl.shapes import (
    NODE,
    NOT,
    PATH_KINDS,
    PROPERTY,
    QUALIFIED,
    RDF_FIRST,
    RDF_NIL,
    RDF_REST,
    RDF_TYPE,
    SUBCLASS_OF,
    Shape,
    ShapesGraph,
    sh,
    target_classes,
    truth,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from wcograph.shacl.constraint import Constraint
    from wcograph.shacl.shapes import Term

_LONGEST_LIST = 50  # members of an sh:in; more stand in a graph of their own in the store
_LONGEST_TEST = 20_000  # characters; shapes that nest into more than this are not compiled
_DEEPEST_PATH = 9  # pySHACL refuses deeper ones
_MOST_LOOKED = 4  # properties in one glance, whose values multiply where there are several
_SAMPLE = 30  # nodes of which the values of a property are counted before it is glanced at
_MOST_MEMBERS = 6  # of an sh:xone, whose test grows with the square
_MOST_CLASSES = 100  # that a pattern lists; beyond, it follows rdfs:subClassOf
_MOST_COUNTED = 3  # values that a test spells out one by one

_NUMBERS = ", ".join(
    [
        f"<{XSD}integer>",
        f"<{XSD}decimal>",
        f"<{SURE}{XSD}decimal>",
        *(f"<{SURE}{XSD}{name}>" for name in INTEGERS),
    ]
)
_DOUBLES = f"<{SURE}{XSD}double>, <{SURE}{XSD}float>"
_COMPARISONS = (("minInclusive", ">="), ("maxInclusive", "<="), ("minExclusive", ">"), ("maxExclusive", "<"))
_KIND_TESTS = {
    "IRI": "isIRI({0})",
    "BlankNode": "isBLANK({0})",
    "Literal": "isLITERAL({0})",
    "BlankNodeOrIRI": "(isBLANK({0}) || isIRI({0}))",
    "BlankNodeOrLiteral": "(isBLANK({0}) || isLITERAL({0}))",
    "IRIOrLiteral": "(isIRI({0}) || isLITERAL({0}))",
}


class _UnsureError(Exception):
    """Something is not compiled: every focus node of the shape is selected."""


class _Test:
    """Two SPARQL expressions that never raise an error: may the node fail, may it pass."""

    __slots__ = ("fail", "ok")

    def __init__(self, fail: str, ok: str) -> None:
        self.fail, self.ok = fail, ok
        if len(fail) + len(ok) > _LONGEST_TEST:
            raise _UnsureError


def _no(expression: str) -> str:
    return {"true": "false", "false": "true"}.get(expression) or f"!({expression})"


def _any(expressions: Iterable[str]) -> str:
    parts = [part for part in dict.fromkeys(expressions) if part != "false"]
    if "true" in parts:
        return "true"
    return _joined(parts, " || ") or "false"


def _all(expressions: Iterable[str]) -> str:
    parts = [part for part in dict.fromkeys(expressions) if part != "true"]
    if "false" in parts:
        return "false"
    return _joined(parts, " && ") or "true"


def _joined(parts: list[str], operator: str) -> str:
    return parts[0] if len(parts) == 1 else operator.join(f"({part})" for part in parts)


def _filter(expression: str) -> _Body:
    return _Body("" if expression == "true" else f"FILTER({expression})")


def _exactly(holds: str) -> _Test:
    """Make a test of an expression that is true where the constraint holds, and never an error."""
    return _Test(_no(holds), holds)


def _both(tests: Iterable[_Test]) -> _Test:
    """Make the test that passes where all of the tests pass."""
    tests = list(tests)
    return _Test(_any(test.fail for test in tests), _all(test.ok for test in tests))


_NOTHING = _Test("false", "true")
_ANYTHING = _Test("true", "true")


class Selection:
    """What the screen found.

    ``pairs`` maps the node of each shape to the focus nodes that may violate it, with literals as written;
    ``unused`` lists the shapes whose targets match no node at all.
    """

    __slots__ = ("pairs", "unused")

    def __init__(self, pairs: dict[Term, set[Term]], unused: list[Term]) -> None:
        """Keep what was found."""
        self.pairs, self.unused = pairs, unused


def screen(
    store: Store,
    graph: ShapesGraph,
    shapes: dict[Term, Shape],
    *,
    everything: bool = False,
    size: int | None = None,
) -> Selection:
    """Select the pairs of shape and focus node that may violate; with ``everything``, all of them.

    ``store`` holds the data graph in its default graph, with literals as `wcograph.rdf.faithful.stored` gives
    them; ``shapes`` are those of ``graph``, checked by `wcograph.shacl.shapes.read_shapes`. ``size``, if known,
    is at least the number of triples, which takes a while to count.
    """
    most = 2 * (len(store) if size is None else size) + 1
    compiler = _Compiler(store, graph, shapes)
    tasks: deque[_Task] = deque()
    pairs: dict[Term, set[Term]] = {}
    unused = []
    for node, shape in shapes.items():
        targets, named = compiler.targets(shape)
        if shape.deactivated or not (targets or named):
            continue
        if not named and not any(store.query(f"ASK {{ {quick} }}") for quick, _ in targets):
            unused.append(node)
            continue
        always, present = compiler.split_named(named)
        if always:
            pairs.setdefault(node, set()).update(always)
        if present:
            values = "VALUES ?f { " + " ".join(map(str, present)) + " }"
            targets.append((values, values))
        looks, bodies = ([], [_Body("")]) if everything else compiler.bodies(shape)
        for quick, target in targets:
            tasks.extend(look.task(node, quick, target, most) for look in looks)
            tasks.extend(_Task(node, None, [_select(target, body)]) for body in bodies)
    for node, found in _run(store, tasks):
        pairs.setdefault(node, set()).update(found)
    return Selection({node: found for node, found in pairs.items() if found}, unused)


def without_focus_node(
    store: Store, graph: ShapesGraph, shapes: dict[Term, Shape], parts: Iterable[Sequence[Quad]]
) -> list[bool]:
    """Say of each part of the data whether no shape checks a node that it is about.

    The store, which holds all of the data, says what each node is.
    """
    compiler = _Compiler(store, graph, shapes)
    targets: dict[str, set[Term]] = {"targetNode": set(), "targetSubjectsOf": set(), "targetObjectsOf": set()}
    classes: set[Term] = set()
    for shape in shapes.values():
        if not shape.deactivated:
            for name, values in targets.items():
                values.update(graph.objects(shape.node, sh(name)))
            for cls in target_classes(graph, shape.node):
                classes.update(compiler.subclasses(cls) if isinstance(cls, NamedNode) else ())

    def is_focus(node: Term) -> bool:
        if node in targets["targetNode"]:
            return True
        for said in store.quads_for_pattern(node, None, None, None):  # type: ignore[arg-type]
            if said.predicate in targets["targetSubjectsOf"]:
                return True
            if said.predicate == RDF_TYPE and said.object in classes:
                return True
        return any(
            next(store.quads_for_pattern(None, value, node, None), None)  # type: ignore[arg-type]
            for value in targets["targetObjectsOf"]
        )

    def applies(quads: Iterable[Quad]) -> bool:
        known: set[Term] = set()
        for quad in quads:
            if quad.predicate in targets["targetObjectsOf"]:
                return True
            if quad.subject not in known:
                known.add(quad.subject)
                if is_focus(quad.subject):
                    return True
        return False

    return [not applies(quads) for quads in parts]


class _Body:
    """A pattern over ``?f``, and what follows its group."""

    __slots__ = ("end", "pattern")

    def __init__(self, pattern: str, end: str = "") -> None:
        self.pattern, self.end = pattern, end


def _select(target: str, body: _Body) -> str:
    return f"SELECT DISTINCT ?f WHERE {{ {target} {body.pattern} }}{body.end}"


class _Task:
    """Queries that select focus nodes of a shape.

    ``look``, where there is one, may say that they find none, or that ``instead`` finds what they do.
    """

    __slots__ = ("instead", "look", "node", "queries")

    def __init__(self, node: Term, look: str | None, queries: list[str], instead: str = "") -> None:
        self.node, self.look, self.queries, self.instead = node, look, queries, instead

    def asked(self, store: Store) -> list[str]:
        """Give the queries that must be asked, after a glance."""
        if self.look is None:
            return self.queries
        rows, nodes, failing = next(store.query(self.look))  # type: ignore[arg-type]
        if failing is None or rows != nodes:
            return self.queries
        return [] if failing.value == "0" else [self.instead]


class _Look:
    """One glance at properties of which the focus nodes have one value each, by the shape or by the data.

    A row for each focus node, with the values: more rows than nodes, or a row that fails, and the bodies are
    asked one by one; else nothing violates, and all those queries were one. Where many properties have many
    values, the rows multiply; so no more are looked at than a clean graph of this size can give.
    """

    __slots__ = ("bodies", "conditions", "values")

    def __init__(self) -> None:
        self.values: list[str] = []
        self.conditions: list[str] = []
        self.bodies: list[_Body] = []

    def task(self, node: Term, quick: str, target: str, most: int) -> _Task:
        failing = f"(SUM(IF({_any(self.conditions)}, 1, 0)) AS ?failing)"
        rows = f"SELECT * WHERE {{ {quick} {' '.join(self.values)} }} LIMIT {most}"
        look = f"SELECT (COUNT(*) AS ?rows) (COUNT(DISTINCT ?f) AS ?nodes) {failing} WHERE {{ {{ {rows} }} }}"
        return _Task(
            node,
            look,
            [_select(target, body) for body in self.bodies],
            f"SELECT DISTINCT ?f WHERE {{ {quick} {' '.join(self.values)} FILTER({_any(self.conditions)}) }}",
        )


def _run(store: Store, tasks: deque[_Task]) -> list[tuple[Term, list[Term]]]:
    """Run the queries on all cores; Oxigraph evaluates them outside the interpreter lock."""
    results: list[tuple[Term, list[Term]]] = []
    errors: list[BaseException] = []

    def work() -> None:
        while tasks and not errors:
            try:
                task = tasks.popleft()
            except IndexError:  # another thread took the last one
                return
            try:
                for query in task.asked(store):
                    found = [solution[0] for solution in store.query(query)]  # type: ignore[union-attr]
                    if found:
                        results.append(
                            (task.node, [written(f) if isinstance(f, Literal) else f for f in found])
                        )
            except BaseException as error:
                errors.append(error)
                return

    helpers = [Thread(target=work, daemon=True) for _ in range(min(len(tasks), os.cpu_count() or 1, 8) - 1)]
    for helper in helpers:
        helper.start()
    work()
    for helper in helpers:
        helper.join()
    if errors:
        raise errors[0]
    return results


class _Compiler:
    """Writes the queries of the shapes of one graph; asks the store only for subclasses."""

    def __init__(self, store: Store, graph: ShapesGraph, shapes: dict[Term, Shape]) -> None:
        self.store, self.graph, self.shapes = store, graph, shapes
        self._subclasses: dict[NamedNode, list[Term]] = {}
        self._single: dict[NamedNode, bool] = {}
        self._names = 0
        self._lists: list[NamedNode] = []
        self._custom = _custom_parameters(graph)

    # targets

    def targets(self, shape: Shape) -> tuple[list[tuple[str, str]], list[Term]]:
        """Give patterns that bind ``?f`` to focus nodes, and the nodes that ``sh:targetNode`` names.

        Each pattern in two forms: the quick one may bind a node several times.
        """
        node, graph = shape.node, self.graph
        patterns = []
        for cls in target_classes(graph, node):
            if isinstance(cls, NamedNode):  # a blank node of the shapes graph is no class of the data
                instances = self.instances("?f", cls, given=False)
                patterns.append((instances, instances))
        for name, form in (("targetSubjectsOf", "?f {} ?any ."), ("targetObjectsOf", "?any {} ?f .")):
            for value in graph.objects(node, sh(name)):
                quick = form.format(value)
                once = f"{{ SELECT DISTINCT ?f WHERE {{ {quick} }} }}"
                patterns.append((quick if form.startswith("?f") and self.single(value) else once, once))
        return patterns, graph.objects(node, sh("targetNode"))

    def split_named(self, named: list[Term]) -> tuple[list[Term], list[Term]]:
        """Part target nodes into those that no query can judge, and those that one can."""
        always: list[Term] = []
        present: list[Term] = []
        for term in named:
            inside: Term = stored(term) if isinstance(term, Literal) else term
            if (
                isinstance(term, BlankNode)
                or not isinstance(term, NamedNode | Literal)
                or (not self.has(inside) and self.may_match_itself())
            ):
                always.append(term)
            else:
                present.append(inside)
        return always, present

    def has(self, term: Term) -> bool:
        """Say whether a term stands in the data as subject or object."""
        if isinstance(term, NamedNode) and next(self.store.quads_for_pattern(term, None, None, None), None):
            return True
        return next(self.store.quads_for_pattern(None, None, term, None), None) is not None

    def may_match_itself(self) -> bool:
        """Say whether some path may match a node that the data does not have, being of length zero."""
        if any(True for name in ("zeroOrMorePath", "zeroOrOnePath") for _ in self.graph.pairs(sh(name))):
            return True
        try:
            return any(
                constraint.empty_paths
                for shape in self.shapes.values()
                for constraint in self.constraints(shape, "?f")
            )
        except _UnsureError:
            return True

    def single(self, path: Term) -> bool:
        """Guess, by looking at some nodes, whether nodes have at most one value of a property or a sequence."""
        if not isinstance(path, NamedNode):
            members = self.graph.items(path) if self.graph.objects(path, RDF_FIRST) else []
            return bool(members) and all(
                isinstance(member, NamedNode) and self.single(member) for member in members
            )
        if path not in self._single:
            some = islice(self.store.quads_for_pattern(None, path, None, None), _SAMPLE)
            self._single[path] = not any(
                next(islice(self.store.quads_for_pattern(subject, path, None, None), 1, None), None)
                for subject in {quad.subject for quad in some}
            )
        return self._single[path]

    def subclasses(self, cls: NamedNode) -> list[Term]:
        """List a class and its subclasses in the data graph."""
        if cls not in self._subclasses:
            found = {cls: None}
            rows = self.store.query(f"SELECT ?c WHERE {{ ?c {SUBCLASS_OF}+ {cls} }}")
            found.update((row[0], None) for row in rows)  # type: ignore[union-attr]
            self._subclasses[cls] = list(found)
        return self._subclasses[cls]

    def instances(self, variable: str, cls: NamedNode, given: bool) -> str:
        """Give a pattern of the SHACL instances of a class, for a variable that is ``given`` or to be bound."""
        classes = self.subclasses(cls)
        if len(classes) == 1:
            return f"{variable} {RDF_TYPE} {cls} ."
        if len(classes) > _MOST_CLASSES or not all(isinstance(term, NamedNode) for term in classes):
            return f"{variable} {RDF_TYPE}/{SUBCLASS_OF}* {cls} ."
        kind, listed = self.fresh(), list(map(str, classes))
        if given:
            return f"{variable} {RDF_TYPE} {kind} . FILTER({kind} IN ({', '.join(listed)}))"
        return f"VALUES {kind} {{ {' '.join(listed)} }} {variable} {RDF_TYPE} {kind} ."

    def fresh(self) -> str:
        self._names += 1
        return f"?v{self._names}"

    # shapes

    def bodies(self, shape: Shape) -> tuple[list[_Look], list[_Body]]:
        """Give what selects from the targets of a shape: glances, and patterns that are asked in any case."""
        looks: list[_Look] = []
        try:
            bodies = list(self._bodies(shape, looks))
        except _UnsureError:
            return [], [_Body("")]
        if any(not body.pattern and not body.end for body in bodies):
            return [], [_Body("")]
        return looks, bodies

    def _bodies(self, shape: Shape, looks: list[_Look]) -> Iterator[_Body]:
        if shape.deactivated:
            return
        if shape.path is None:
            for predicate in (PROPERTY, NODE):
                for inner in self.graph.objects(shape.node, predicate):
                    yield from self._bodies(self.shapes[inner], looks)
            yield from self._sparql_bodies(shape)
            fail = _any([self.values(shape, "?f", nested=False).fail, self.sets(shape, "?f").fail])
            if looks and fail not in ("true", "false"):
                looks[-1].conditions.append(fail)
                looks[-1].bodies.append(_Body(f"FILTER({fail})"))
            elif fail != "false":
                yield _filter(fail)
            return
        path, value = self.path(shape.path), self.fresh()
        fail = self.values(shape, value).fail
        low, high = self.number(shape, "minCount"), self.number(shape, "maxCount")
        parts: list[_Body] = []
        if low == 1 and fail not in ("true", "false"):  # one scan instead of two
            parts.append(_Body(f"OPTIONAL {{ ?f {path} {value} }} FILTER(!BOUND({value}) || ({fail}))"))
            parts += self._count_bodies(path, None, high)
        else:
            parts += self._count_bodies(path, low, high)
            if fail != "false":
                parts.append(_Body(f"?f {path} {value} . {_filter(fail).pattern}"))
        unique = any(truth(term) for term in self.graph.objects(shape.node, sh("uniqueLang")))
        if unique and high not in (0, 1):
            parts.append(self._language_body(path))
        equals = self.graph.objects(shape.node, sh("equals"))
        for term in equals:
            parts += self._equal_bodies(shape, path, term)
        if (
            parts
            and fail != "true"
            and low in (None, 0, 1)
            and high != 0
            and all(self.single(term) for term in (shape.path, *equals))
        ):
            if not looks or len(looks[-1].values) >= _MOST_LOOKED:
                looks.append(_Look())
            look = looks[-1]
            look.values.append(f"OPTIONAL {{ ?f {path} {value} }}")
            look.conditions.append(f"!BOUND({value})" if low else "false")
            look.conditions.append("false" if fail == "false" else f"BOUND({value}) && ({fail})")
            for term in equals:
                other = self.fresh()
                look.values.append(f"OPTIONAL {{ ?f {term} {other} }}")
                differ = f"BOUND({value}) && BOUND({other}) && !sameTerm({value}, {other})"
                look.conditions.append(f"BOUND({value}) != BOUND({other}) || ({differ})")
            look.bodies += parts
        else:
            yield from parts
        yield from self._pair_bodies(shape, path)
        yield from self._sparql_bodies(shape)
        fail = self.qualified(shape, "?f", shape.path).fail
        if fail != "false":
            yield _filter(fail)

    def _count_bodies(self, path: str, low: int | None, high: int | None) -> Iterator[_Body]:
        value = self.fresh()
        if low == 1:
            yield _Body(f"FILTER NOT EXISTS {{ ?f {path} {value} }}")
        elif low:
            counted = f" GROUP BY ?f HAVING(COUNT(DISTINCT {value}) < {low})"
            yield _Body(f"OPTIONAL {{ ?f {path} {value} }}", counted)
        if high == 0:
            yield _Body(f"?f {path} {value} .")
        elif high is not None:
            yield _Body(f"?f {path} {value} .", f" GROUP BY ?f HAVING(COUNT(DISTINCT {value}) > {high})")

    def _language_body(self, path: str) -> _Body:
        value = self.fresh()
        tagged = f'?f {path} {value} . FILTER(isLITERAL({value}) && LANG({value}) != "")'
        return _Body(tagged, f" GROUP BY ?f (LCASE(LANG({value}))) HAVING(COUNT(DISTINCT {value}) > 1)")

    def _equal_bodies(self, shape: Shape, path: str, term: Term) -> Iterator[_Body]:
        value = self.fresh()
        yield _Body(f"?f {path} {value} . FILTER NOT EXISTS {{ ?f {term} {value} }}")
        yield _Body(f"?f {term} {value} . FILTER({_no(self.reaches('?f', shape.path, value))})")  # type: ignore[arg-type]

    def _pair_bodies(self, shape: Shape, path: str) -> Iterator[_Body]:
        get, value, other = self.graph.objects, self.fresh(), self.fresh()
        node = shape.node
        for test in self._values_held(shape, "?f", node):
            if test.fail != "false":
                yield _filter(test.fail)
        for term in get(node, sh("disjoint")):
            yield _Body(f"?f {path} {value} . FILTER(EXISTS {{ ?f {term} {value} }})")
        for name, operator in (("lessThan", "<"), ("lessThanOrEquals", "<=")):
            for term in get(node, sh(name)):
                unordered = _ordered(value, operator, other).fail
                yield _Body(f"?f {path} {value} . ?f {term} {other} . FILTER({unordered})")
                yield _Body(
                    f"?f {path} {value} . FILTER(isBLANK({value}))"
                )  # which pySHACL refuses to compare

    def _values_held(self, shape: Shape, focus: str, node: Term) -> Iterator[_Test]:
        for term in self.graph.objects(node, sh("hasValue")):
            if isinstance(term, BlankNode):  # one of the shapes graph, which no data has
                yield _ANYTHING
            elif isinstance(shape.path, NamedNode):
                yield _exactly(f"EXISTS {{ {focus} {shape.path} {self.text(term)} }}")
            elif shape.path is not None:
                yield _exactly(self.reaches(focus, shape.path, self.text(term)))

    def whole(self, node: Term, focus: str) -> _Test:
        """Give the test of a node against a shape, whatever it is."""
        shape = self.shapes[node]
        if shape.deactivated:
            return _NOTHING
        if shape.path is None:
            return _both([self.values(shape, focus), self.sets(shape, focus), self.others(shape, focus)])
        path = shape.path
        fails = self.some(focus, path, lambda value: self.values(shape, value).fail)
        surely = self.some(focus, path, lambda value: _no(self.values(shape, value).ok))
        tests = [_Test(fails, _no(surely))]
        tests += [self.counts(shape, focus, path), self.pairs(shape, focus, path)]
        tests += [self.others(shape, focus), self.qualified(shape, focus, path)]
        return _both(tests)

    def some(
        self, focus: str, path: Term, make: Callable[[str], str], inverse: bool = False, depth: int = 0
    ) -> str:
        """Give the expression that a value of the path has a property.

        A sequence becomes one EXISTS inside another: Oxigraph orders the patterns of a group without
        knowing that the focus node is given, and may begin at the far end.
        """
        if depth > _DEEPEST_PATH:
            raise _UnsureError
        get = self.graph.objects
        if isinstance(path, BlankNode):
            first, rest = get(path, RDF_FIRST), get(path, RDF_REST)
            kind = next((kind for kind in PATH_KINDS if get(path, kind)), None)
            if first and rest == [RDF_NIL]:
                return self.some(focus, first[0], make, inverse, depth + 1)
            if first:
                return self.some(
                    focus,
                    first[0],
                    lambda v: self.some(v, rest[0], make, inverse, depth + 1),
                    inverse,
                    depth + 1,
                )
            if kind == sh("inversePath") and len(get(path, kind)) == 1:
                return self.some(focus, get(path, kind)[0], make, not inverse, depth + 1)
            if kind == sh("alternativePath") and len(get(path, kind)) == 1:
                members = self.graph.items(get(path, kind)[0])
                return _any(self.some(focus, member, make, inverse, depth + 1) for member in members)
        value = self.fresh()
        expression = make(value)
        if expression == "false":
            return "false"
        condition = "" if expression == "true" else f" FILTER({expression})"
        return f"EXISTS {{ {focus} {self.path(path, inverse, depth)} {value} .{condition} }}"

    def several(
        self, focus: str, path: Term, number: int, make: Callable[[str], str], chosen: tuple[str, ...] = ()
    ) -> str:
        """Give the expression that ``number`` different values of the path have a property."""
        if number > _MOST_COUNTED:
            raise _UnsureError

        def one(value: str) -> str:
            others = [f"!sameTerm({value}, {other})" for other in chosen]
            more = [self.several(focus, path, number - 1, make, (*chosen, value))] if number > 1 else []
            return _all([make(value), *others, *more])

        return self.some(focus, path, one)

    def reaches(self, focus: str, path: Term, term: str) -> str:
        """Give the expression that a term is a value of the path; the term may be a variable that is bound."""
        return self.some(focus, path, lambda value: f"sameTerm({value}, {term})")

    def counts(self, shape: Shape, focus: str, path: Term) -> _Test:
        """Give the test of sh:minCount and sh:maxCount inside another shape."""
        tests = []
        low, high = self.number(shape, "minCount"), self.number(shape, "maxCount")
        for holds, number in ((True, low), (False, None if high is None else high + 1)):
            if number:
                try:
                    enough = self.several(focus, path, number, lambda _: "true")
                except _UnsureError:
                    tests.append(_ANYTHING)
                    continue
                tests.append(_exactly(enough if holds else _no(enough)))
        return _both(tests)

    def pairs(self, shape: Shape, focus: str, path: Term) -> _Test:
        """Give the test of constraints on the values of a property together, inside another shape."""
        get, node = self.graph.objects, shape.node
        tests = list(self._values_held(shape, focus, node))
        for term in get(node, sh("equals")):
            value, held = self.fresh(), partial(_triple, focus, term)
            more = self.some(focus, path, lambda v, held=held: _no(held(v)))  # type: ignore[misc]
            less = f"EXISTS {{ {focus} {term} {value} FILTER({_no(self.reaches(focus, path, value))}) }}"
            tests.append(_exactly(_no(_any([more, less]))))
        for term in get(node, sh("disjoint")):
            tests.append(_exactly(_no(self.some(focus, path, partial(_triple, focus, term)))))
        for name, operator in (("lessThan", "<"), ("lessThanOrEquals", "<=")):
            for term in get(node, sh(name)):
                other = self.fresh()

                def unordered(v: str, term: Term = term, other: str = other, operator: str = operator) -> str:
                    exists = (
                        f"EXISTS {{ {focus} {term} {other} FILTER({_ordered(v, operator, other).fail}) }}"
                    )
                    return f"isBLANK({v}) || {exists}"

                tests.append(_Test(self.some(focus, path, unordered), "true"))
        if any(truth(term) for term in get(node, sh("uniqueLang"))):
            twice = self.some(focus, path, lambda v: self.some(focus, path, lambda w: _same_language(v, w)))
            tests.append(_exactly(_no(twice)))
        return _both(tests)

    def qualified(self, shape: Shape, focus: str, path: Term) -> _Test:
        """Give the test of sh:qualifiedValueShape."""
        low, high = self.number(shape, "qualifiedMinCount"), self.number(shape, "qualifiedMaxCount")
        tests = []
        for node in self.graph.objects(shape.node, QUALIFIED):
            siblings = self.siblings(shape, node)

            def may(value: str, node: Term = node, siblings: list[Term] = siblings) -> str:
                others = [self.whole(sibling, value).fail for sibling in siblings]
                return _all([self.whole(node, value).ok, *others])

            def must(value: str, node: Term = node, siblings: list[Term] = siblings) -> str:
                others = [_no(self.whole(sibling, value).ok) for sibling in siblings]
                return _all([_no(self.whole(node, value).fail), *others])

            try:
                if low:
                    tests.append(
                        _Test(_no(self.several(focus, path, low, must)), self.several(focus, path, low, may))
                    )
                if high is not None:
                    too_many = self.several(focus, path, high + 1, may)
                    tests.append(_Test(too_many, _no(self.several(focus, path, high + 1, must))))
            except _UnsureError:
                tests.append(_ANYTHING)
        return _both(tests)

    def siblings(self, shape: Shape, node: Term) -> list[Term]:
        """List the sibling shapes of a qualified value shape (SHACL section 4.7.3)."""
        get = self.graph.objects
        if not any(truth(value) for value in get(shape.node, sh("qualifiedValueShapesDisjoint"))):
            return []
        found = {
            sibling: None
            for parent in self.graph.subjects(PROPERTY, shape.node)
            for other in get(parent, PROPERTY)
            for sibling in get(other, QUALIFIED)
        }
        return [sibling for sibling in found if sibling != node]

    def others(self, shape: Shape, focus: str) -> _Test:
        """Give the test of SPARQL constraints and custom components inside another shape."""
        try:
            constraints = self.constraints(shape, focus)
        except _UnsureError:
            return _ANYTHING
        return _Test(_any(f"EXISTS {{ {constraint.pattern} }}" for constraint in constraints), "true")

    def constraints(self, shape: Shape, focus: str) -> list[Constraint]:
        """Read the SPARQL constraints of a shape."""
        nodes = self.graph.objects(shape.node, sh("sparql"))
        present = set(self.graph.predicates(shape.node))
        if any(parameters <= present for parameters in self._custom):
            raise _UnsureError
        if not nodes:
            return []
        from wcograph.shacl.constraint import UnsureError, read_constraint

        if shape.path is not None:
            self.path(shape.path)
        try:
            found = [read_constraint(self.graph, node, shape, focus, self.fresh) for node in nodes]
        except UnsureError as error:
            raise _UnsureError from error
        return [constraint for constraint in found if constraint is not None]

    def _sparql_bodies(self, shape: Shape) -> Iterator[_Body]:
        for constraint in self.constraints(shape, "?f"):
            if constraint.joins:
                yield _Body(constraint.pattern)
            else:  # the same for every focus node
                yield _Body(f"FILTER(EXISTS {{ {constraint.pattern} }})")

    def sets(self, shape: Shape, focus: str) -> _Test:
        """Give the test of a node shape's constraints on the set of its one value node, the focus node."""
        get, node = self.graph.objects, shape.node
        tests = []
        for term in get(node, sh("hasValue")):
            tests.append(
                _ANYTHING
                if isinstance(term, BlankNode)
                else _exactly(f"sameTerm({focus}, {self.text(term)})")
            )
        for term in get(node, sh("equals")):
            value = self.fresh()
            more = f"EXISTS {{ {focus} {term} {value} FILTER(!sameTerm({focus}, {value})) }}"
            tests.append(_exactly(_all([f"EXISTS {{ {focus} {term} {focus} }}", _no(more)])))
        for term in get(node, sh("disjoint")):
            tests.append(_exactly(f"!(EXISTS {{ {focus} {term} {focus} }})"))
        return _both(tests)

    # one value node

    def values(self, shape: Shape, value: str, nested: bool = True) -> _Test:
        """Give the test of one value node against the constraints that judge each value by itself.

        ``nested`` includes sh:property and sh:node, which the outermost shape asks in queries of their own.
        """
        try:
            return _both(self._values(shape, value, nested))
        except _UnsureError:
            return _ANYTHING

    def _values(self, shape: Shape, v: str, nested: bool) -> Iterator[_Test]:
        graph, node = self.graph, shape.node

        def get(name: str) -> list[Term]:
            return graph.objects(node, sh(name))

        for term in get("class"):
            yield _exactly(
                f"EXISTS {{ {self.instances(v, term, given=True)} }}"
                if isinstance(term, NamedNode)
                else "false"
            )
        for term in get("datatype"):
            yield _datatype(v, term)
        for term in get("nodeKind"):
            yield _exactly(_KIND_TESTS[term.value.rpartition("#")[2]].format(v))  # type: ignore[union-attr]
        low, high = self.number(shape, "minLength"), self.number(shape, "maxLength")
        if low:
            yield _exactly(f"COALESCE(STRLEN(STR({v})) >= {low}, false)")
        if high is not None:
            yield _exactly(f"COALESCE(STRLEN(STR({v})) <= {high}, false)")
        for term in get("pattern"):
            yield self.pattern(v, term, get("flags"))
        for term in get("languageIn"):
            yield _exactly(_language_in(v, graph.items(term)))
        for name, operator in _COMPARISONS:
            for term in get(name):
                yield _compared(v, operator, term)
        for term in get("in"):
            members = [member for member in graph.items(term) if not isinstance(member, BlankNode)]
            yield _exactly(self.listed(v, members))
        if any(truth(term) for term in get("closed")):
            yield self.closed(shape, v)
        if nested:
            for term in (*get("property"), *get("node")):
                yield self.whole(term, v)
        for term in graph.objects(node, NOT):
            test = self.whole(term, v)
            yield _Test(test.ok, test.fail)
        for term in get("and"):
            yield _both([self.whole(member, v) for member in graph.items(term)])
        for term in get("or"):
            tests = [self.whole(member, v) for member in graph.items(term)]
            yield _Test(_all(test.fail for test in tests), _any(test.ok for test in tests))
        for term in get("xone"):
            yield self.exactly_one([self.whole(member, v) for member in graph.items(term)])

    def listed(self, v: str, members: Sequence[Term]) -> str:
        """Give the expression that a node is one of those listed; a long list is looked up in the store."""
        texts = [self.text(member) for member in members]
        if len(texts) <= _LONGEST_LIST:
            return f"COALESCE({v} IN ({', '.join(texts)}), false)" if texts else "false"
        name = NamedNode(f"urn:x-wcograph:list:{len(self._lists)}")
        self._lists.append(name)
        kept = [stored(member) if isinstance(member, Literal) else member for member in members]
        self.store.extend(Quad(name, name, member, name) for member in kept)
        return f"EXISTS {{ GRAPH {name} {{ {name} {name} {v} }} }}"

    def exactly_one(self, tests: list[_Test]) -> _Test:
        """Give the test of sh:xone."""
        if len(tests) > _MOST_MEMBERS:
            return _ANYTHING
        may, must = [], []
        for one in tests:
            rest = [test for test in tests if test is not one]
            may.append(_all([one.ok, *(test.fail for test in rest)]))
            must.append(_all([_no(one.fail), *(_no(test.ok) for test in rest)]))
        return _Test(_no(_any(must)), _any(may))

    def closed(self, shape: Shape, v: str) -> _Test:
        """Give the test of sh:closed (SHACL section 4.8.1)."""
        graph = self.graph
        allowed = {self.shapes[term].path for term in graph.objects(shape.node, PROPERTY)}
        for head in graph.objects(shape.node, sh("ignoredProperties")):
            allowed.update(graph.items(head))  # type: ignore[arg-type]
        names = ", ".join(str(term) for term in allowed if isinstance(term, NamedNode))
        predicate, value = self.fresh(), self.fresh()
        listed = f"{predicate} NOT IN ({names})" if names else "true"
        resource = NamedNode("http://www.w3.org/2000/01/rdf-schema#Resource")
        kept = f"!(sameTerm({predicate}, {RDF_TYPE}) && sameTerm({value}, {resource}))"
        return _exactly(_no(f"EXISTS {{ {v} {predicate} {value} FILTER({listed} && {kept}) }}"))

    def pattern(self, v: str, term: Term, flags: list[Term]) -> _Test:
        """Give the test of sh:pattern."""
        given = flags[0].value if flags and isinstance(flags[0], Literal) else ""
        rust = rust_pattern(term.value, given)  # type: ignore[union-attr]
        if rust is None or len(flags) > 1:
            return _ANYTHING
        matches = f"COALESCE(REGEX(STR({v}), {Literal(rust.text)}), false)"
        return _Test(_no(matches), matches if rust.exact else "true")

    # terms and paths

    def number(self, shape: Shape, name: str) -> int | None:
        """Give the whole number that a parameter has, or None."""
        value = self.graph.one(shape.node, sh(name))
        return None if value is None else int(value.value)  # type: ignore[union-attr]

    def text(self, term: Term) -> str:
        """Write a term as SPARQL, as the store holds it."""
        return str(stored(term) if isinstance(term, Literal) else term)

    def path(self, path: Term, inverse: bool = False, depth: int = 0) -> str:
        """Write a property path as SPARQL, read in the order in which pySHACL reads it."""
        if isinstance(path, NamedNode):
            return f"^{path}" if inverse else str(path)
        if depth > _DEEPEST_PATH:
            raise _UnsureError
        get = self.graph.objects
        first = get(path, RDF_FIRST)
        if first:
            rest = get(path, RDF_REST)
            head = self.path(first[0], inverse, depth + 1)
            if rest == [RDF_NIL]:
                return head
            return f"({head}/{self.path(rest[0], inverse, depth + 1)})"
        kind = next(kind for kind in PATH_KINDS if get(path, kind))
        values = get(path, kind)
        if len(values) > 1:
            raise _UnsureError
        name = kind.value.rpartition("#")[2]
        if name == "inversePath":
            return self.path(values[0], not inverse, depth + 1)
        if name == "alternativePath":
            return (
                "("
                + "|".join(self.path(member, inverse, depth + 1) for member in self.graph.items(values[0]))
                + ")"
            )
        mark = {"zeroOrMorePath": "*", "oneOrMorePath": "+", "zeroOrOnePath": "?"}[name]
        return f"({self.path(values[0], inverse, depth + 1)}){mark}"


def _custom_parameters(graph: ShapesGraph) -> list[set[NamedNode]]:
    """List, for each custom constraint component, the properties that make a shape use it."""
    kinds: list[Term] = [sh("ConstraintComponent"), *graph.subjects(SUBCLASS_OF, sh("ConstraintComponent"))]
    found = []
    for component in {node for kind in kinds for node in graph.subjects(RDF_TYPE, kind)}:
        mandatory: set[NamedNode] = set()
        for parameter in graph.objects(component, sh("parameter")):
            if not any(truth(value) for value in graph.objects(parameter, sh("optional"))):
                mandatory.update(p for p in graph.objects(parameter, sh("path")) if isinstance(p, NamedNode))
        found.append(mandatory)  # an empty one is ill-formed, and every shape goes to pySHACL, which says so
    return found


def _triple(subject: str, predicate: Term, value: str) -> str:
    return f"EXISTS {{ {subject} {predicate} {value} }}"


def _datatype(v: str, term: Term) -> _Test:
    datatype = term.value  # type: ignore[union-attr]
    if datatype in (
        "http://www.w3.org/2000/01/rdf-schema#Literal",
        "http://www.w3.org/2000/01/rdf-schema#Datatype",
    ):
        return _ANYTHING
    sure = f"isLITERAL({v}) && DATATYPE({v}) IN (<{datatype}>, <{SURE}{datatype}>)"
    perhaps = f"{sure} || (isLITERAL({v}) && DATATYPE({v}) = <{UNSURE}{datatype}>)"
    return _Test(_no(f"COALESCE({sure}, false)"), f"COALESCE({perhaps}, false)")


def _language_in(v: str, members: list[Term]) -> str:
    tags = [str(member.value).lower() for member in members if isinstance(member, Literal)]
    if "*" in tags:
        return f'COALESCE(LANG({v}) != "", false)'
    listed = ", ".join(str(Literal(tag)) for tag in tags)
    if not listed:
        return "false"
    first = f'STRBEFORE(CONCAT(LCASE(LANG({v})), "-"), "-")'
    return f'COALESCE(LANG({v}) != "" && (LCASE(LANG({v})) IN ({listed}) || {first} IN ({listed})), false)'


def _same_language(one: str, two: str) -> str:
    same = f'LANG({one}) != "" && LCASE(LANG({one})) = LCASE(LANG({two}))'
    return f"COALESCE({same} && !sameTerm({one}, {two}), false)"


def _guarded(guard: str, holds: str) -> _Test:
    """Make the test of a comparison that is certain only where ``guard`` is true."""
    guard = f"COALESCE({guard}, false)"
    holds = f"COALESCE({holds}, false)"
    return _Test(_no(_all([guard, holds])), _any([_no(guard), holds]))


def _as_decimal(v: str) -> str:
    return f"<{XSD}decimal>(STR({v}))"


def _as_double(v: str) -> str:
    return f"<{XSD}double>(STR({v}))"


def _compared(v: str, operator: str, term: Term) -> _Test:
    """Give the test of a value against a bound (SHACL section 4.3)."""
    bound = stored(term)  # type: ignore[arg-type]
    datatype, text = bound.datatype.value, bound.value
    kind = datatype.removeprefix(SURE)
    if kind in (XSD + "decimal", *(XSD + name for name in INTEGERS)):
        exact = _guarded(
            f"DATATYPE({v}) IN ({_NUMBERS})", f'{_as_decimal(v)} {operator} "{text}"^^<{XSD}decimal>'
        )
        if kind == XSD + "decimal" or len(text) > 15:
            return exact
        double = _guarded(
            f"DATATYPE({v}) IN ({_DOUBLES})", f'{_as_double(v)} {operator} "{text}"^^<{XSD}double>'
        )
        return _Test(_all([exact.fail, double.fail]), _any([exact.ok, double.ok]))
    if kind in (XSD + "double", XSD + "float"):
        return _guarded(
            f"DATATYPE({v}) IN ({_DOUBLES})", f'{_as_double(v)} {operator} "{text}"^^<{XSD}double>'
        )
    if datatype in (XSD + "string", XSD + "date"):
        return _guarded(f"DATATYPE({v}) = <{datatype}>", f"{v} {operator} {bound}")
    if datatype == XSD + "dateTime":
        zone = "!=" if text.endswith("Z") else "="
        return _guarded(f'DATATYPE({v}) = <{datatype}> && TZ({v}) {zone} ""', f"{v} {operator} {bound}")
    return _ANYTHING


def _ordered(one: str, operator: str, two: str) -> _Test:
    """Give the test of sh:lessThan and sh:lessThanOrEquals; only its failing side is used."""
    sure = [
        f"DATATYPE({one}) IN ({_NUMBERS}) && DATATYPE({two}) IN ({_NUMBERS})"
        f" && {_as_decimal(one)} {operator} {_as_decimal(two)}",
        f"DATATYPE({one}) IN ({_DOUBLES}) && DATATYPE({two}) IN ({_DOUBLES})"
        f" && {_as_double(one)} {operator} {_as_double(two)}",
    ]
    for name in ("string", "date", "dateTime"):
        same = f"DATATYPE({one}) = <{XSD}{name}> && DATATYPE({two}) = <{XSD}{name}> && {one} {operator} {two}"
        sure.append(same + (f' && (TZ({one}) = "") = (TZ({two}) = "")' if name == "dateTime" else ""))
    return _Test(_no(_any(f"COALESCE({part}, false)" for part in sure)), "true")
