"""A shapes graph: its shapes, their targets, and what is ill-formed in it.

Which nodes are shapes follows SHACL section 2.1; what is ill-formed follows its "Summary of SHACL Syntax
Rules". What is not ill-formed by these rules is accepted.
"""

from __future__ import annotations

from collections import Counter
from functools import cached_property, partial

from pyoxigraph import BlankNode, Literal, NamedNode

from wcograph.toolbox.rdf.xsd import lexical_space
from wcograph.toolbox.shacl.graph import FIRST, OWL, RDFS, SH, XSD, Graph, near, reached, sh, short
from wcograph.toolbox.shacl.paths import PathError, read_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from wcograph.toolbox.shacl.graph import Term
    from wcograph.toolbox.shacl.paths import Path

    Problem = tuple[str, Term, NamedNode | None]
    """What is wrong in a shapes graph, and the node and the property where it is."""

PATH = sh("path")
TARGETS = (sh("targetClass"), sh("targetNode"), sh("targetObjectsOf"), sh("targetSubjectsOf"))
_TRUE = Literal("true", datatype=NamedNode(XSD + "boolean"))
_REFERRING = (sh("property"), sh("node"), sh("not"), sh("qualifiedValueShape"))
_LISTED = (sh("and"), sh("or"), sh("xone"))
_CLASSES = (NamedNode(RDFS + "Class"), NamedNode(OWL + "Class"))
_SHAPE_TYPES = (sh("NodeShape"), sh("PropertyShape"))
_KINDS = ("BlankNode", "IRI", "Literal", "BlankNodeOrIRI", "BlankNodeOrLiteral", "IRIOrLiteral")

_IRIS = "class datatype nodeKind equals disjoint lessThan lessThanOrEquals"
_RANGES = "minInclusive maxInclusive minExclusive maxExclusive"
_INTEGERS = "minCount maxCount minLength maxLength qualifiedMinCount qualifiedMaxCount"
_BOOLEANS = "uniqueLang closed deactivated qualifiedValueShapesDisjoint"
_LISTS = "in languageIn ignoredProperties and or xone"
_ON_PROPERTIES = ("minCount", "maxCount", "uniqueLang", "lessThan", "lessThanOrEquals", "qualifiedValueShape")
_ONCE = (
    f"datatype nodeKind severity qualifiedValueShape pattern flags in languageIn ignoredProperties"
    f" {_RANGES} {_INTEGERS} {_BOOLEANS}"
).split()
_PARAMETERS = (
    f"{_IRIS} {_RANGES} {_INTEGERS} {_LISTS} pattern flags uniqueLang closed hasValue sparql not node property"
    " qualifiedValueShape qualifiedValueShapesDisjoint"
).split()
_DESCRIBING = """
alternativePath annotationProperty annotationValue annotationVarName ask conforms declare defaultValue description
detail entailment focusNode group inversePath labelTemplate message name namespace nodeValidator oneOrMorePath
optional order parameter path prefix prefixes propertyValidator result resultAnnotation resultMessage resultPath
resultSeverity select severity deactivated shapesGraph shapesGraphWellFormed sourceConstraint
sourceConstraintComponent sourceShape suggestedShapesGraph targetClass targetNode targetObjectsOf targetSubjectsOf
validator value zeroOrMorePath zeroOrOnePath
"""
_KNOWN = {*_PARAMETERS, *_DESCRIBING.split()}
_LATER = {
    " (SHACL Advanced Features)": """
condition construct expression filterShape intersection js jsFunctionName jsLibrary jsLibraryURL nodes returnType
rule target union values object predicate subject update if then else exists distinct limit offset orderBy groupBy
min max sum count minus filter desc
""",
    " (SHACL 1.2)": """
memberShape minListLength maxListLength uniqueMembers singleLine someValue rootClass subsetOf targetWhere
reifierShape reificationRequired shape nodeByExpression codeIdentifier agentInstruction intent uniqueValuesFor
sparqlExpr nodeExpression conformanceDisallows entails
""",
}


def _is(name: str, value: Term | None) -> bool:
    """Return whether a term is a literal of a datatype of XML Schema, and has a form that it allows."""
    if not isinstance(value, Literal) or value.datatype.value != XSD + name:
        return False
    fits = lexical_space(XSD + name)
    return fits is None or bool(fits(value.value))


def is_true(value: Term | None) -> bool:
    """Return whether a term is ``true``; "1"^^xsd:boolean is another term (the W3C's test uniqueLang-002)."""
    return value == _TRUE


_IS: dict[str, Callable[[Term], bool]] = {
    "an IRI": lambda value: isinstance(value, NamedNode),
    "a literal": lambda value: isinstance(value, Literal),
    "an IRI or a literal": lambda value: isinstance(value, NamedNode | Literal),
    "an xsd:integer": partial(_is, "integer"),
    "true or false": partial(_is, "boolean"),
    "a string": partial(_is, "string"),
    "a string, with or without a language": lambda value: (
        _is("string", value) or (isinstance(value, Literal) and value.language is not None)
    ),
    "a node kind, such as sh:IRI": lambda value: short(value)[3:] in _KINDS,
}
_VALUES = {
    **dict.fromkeys(f"{_IRIS} severity targetClass targetObjectsOf targetSubjectsOf".split(), "an IRI"),
    **{"nodeKind": "a node kind, such as sh:IRI", "targetNode": "an IRI or a literal"},
    **{"pattern": "a string", "flags": "a string", "message": "a string, with or without a language"},
    **dict.fromkeys(_INTEGERS.split(), "an xsd:integer"),
    **dict.fromkeys(_BOOLEANS.split(), "true or false"),
    **dict.fromkeys(_RANGES.split(), "a literal"),
    **dict.fromkeys(_LISTS.split(), "a well-formed list"),
}


def _in_circles(edges: Mapping[Term, Collection[Term]]) -> set[Term]:
    """Return the nodes that something leads to in more steps than there are nodes."""
    counts = Counter(node for nodes in edges.values() for node in nodes)
    waiting = [node for node in edges if not counts[node]]
    while waiting:
        for node in edges.get(waiting.pop(), ()):
            counts[node] -= 1
            if not counts[node]:
                waiting.append(node)
    return set(+counts)


class Shape:
    """A shape (SHACL section 2.1): its node, its path (of a property shape) and its properties."""

    def __init__(self, graph: Graph, node: Term, path: Path | None = None) -> None:
        """Read the properties of the shape."""
        self.node, self.path = node, path
        self.values = graph.by_subject.get(node, {})
        self.deactivated = is_true(self.one("deactivated"))
        self.severity = self.one("severity") or sh("Violation")
        self.messages = [value for value in self.get("message") if isinstance(value, Literal)]

    def get(self, name: str) -> Collection[Term]:
        """Return the values of a SHACL property."""
        return self.values.get(sh(name), ())

    def one(self, name: str) -> Term | None:
        """Return the value of a SHACL property that has at most one."""
        return next(iter(self.get(name)), None)


class Shapes:
    """The shapes of a shapes graph, by their nodes.

    ``shapes`` holds those to evaluate; what is ill-formed, and what refers to it, is left out and is in
    ``problems``. ``undescribed`` are the triples that refer to a shape that nothing describes, ``components`` the
    constraint components that the graph declares.
    """

    def __init__(self, graph: Graph) -> None:
        """Read and check the shapes."""
        self.graph = graph
        self.problems: list[Problem] = []
        self.undescribed: list[tuple[Term, NamedNode, Term]] = []
        self.functions: list[NamedNode] = []  # that SPARQL constraints call and nobody knows
        found = graph.instances(sh("ConstraintComponent"))
        self.components = [
            node for node in found if isinstance(node, NamedNode) and not node.value.startswith(SH)
        ]
        self.shapes: dict[Term, Shape] = {}
        self._order = {node: at for at, node in enumerate(graph.by_subject)}
        wrong: list[Term] = []
        for node in self._nodes():
            before = len(self.problems)
            self._read(node)
            if len(self.problems) > before:
                wrong.append(node)
        for node in graph.column(sh("entailment")):
            self.wrong("sh:entailment asks for inference, which is not supported", node, sh("entailment"))
        self.drop(wrong)

    def wrong(self, message: str, node: Term, predicate: NamedNode | None = None) -> None:
        """Keep a problem, once."""
        if (message, node, predicate) not in self.problems:
            self.problems.append((message, node, predicate))

    def drop(self, wrong: Iterable[Term]) -> None:
        """Leave out shapes and those that refer to them."""
        for node in self.above(wrong):
            self.shapes.pop(node, None)

    def above(self, nodes: Iterable[Term]) -> Collection[Term]:
        """Return shapes and those that refer to them, directly or through others."""
        return reached(nodes, lambda node: self._referrers.get(node, ()))

    @cached_property
    def recursive(self) -> set[Term]:
        """The shapes that refer to themselves, directly or through others, and those between two of them."""
        below = {node: [one for _, one in self._references(shape)] for node, shape in self.shapes.items()}
        return _in_circles(below) & _in_circles(self._referrers)

    @cached_property
    def _referrers(self) -> dict[Term, list[Term]]:
        found: dict[Term, list[Term]] = {}
        for node, shape in self.shapes.items():
            for _, other in self._references(shape):
                found.setdefault(other, []).append(node)
        return found

    def _sorted(self, nodes: Iterable[Term]) -> list[Term]:
        return sorted(nodes, key=lambda node: (self._order.get(node, len(self._order)), str(node)))

    def _instances(self, kinds: Iterable[Term]) -> set[Term]:
        return {node for kind in kinds for node in self.graph.instances(kind)}

    @cached_property
    def targeted(self) -> list[Term]:
        """The nodes of the shapes with targets, whether or not they are well-formed, in the order of the files."""
        found: set[Term] = {subject for target in TARGETS for subject in self.graph.column(target)}
        return self._sorted(found | self._implicit)

    @cached_property
    def _implicit(self) -> set[Term]:
        """The shapes that are classes and so target their instances (section 2.1.3.3)."""
        return self._instances(_CLASSES) & self._instances(_SHAPE_TYPES)

    def target_classes(self, node: Term) -> list[Term]:
        """Return the classes that a shape targets, by ``sh:targetClass`` or because it is a class itself."""
        return [*self.graph.objects(node, TARGETS[0]), *([node] if node in self._implicit else [])]

    def _references(self, shape: Shape) -> Iterator[tuple[NamedNode, Term]]:
        """Yield the shapes that a shape's constraints refer to, each with the parameter."""
        for predicate in (*_REFERRING, *_LISTED):
            for value in shape.values.get(predicate, ()):
                for one in self.items(value) or () if predicate in _LISTED else (value,):
                    yield predicate, one

    def items(self, head: Term) -> list[Term] | None:
        """Return the members of a list, or None if it is ill-formed."""
        try:
            return self.graph.items(head)
        except ValueError:
            return None

    def _nodes(self) -> list[Term]:
        """Return the shapes of the graph (section 2.1), and the nodes used where shapes are expected."""
        graph, nodes = self.graph, self._instances(_SHAPE_TYPES)
        parameters = [one for node in self.components for one in graph.objects(node, sh("parameter"))]
        own = [path for one in parameters for path in graph.objects(one, PATH)]
        for predicate in (*own, *TARGETS, *map(sh, _PARAMETERS)):
            nodes.update(graph.column(predicate))  # type: ignore[arg-type]
        for node in self._sorted(nodes):
            for predicate, one in self._references(Shape(graph, node)):
                nodes.add(one)
                if one not in graph.by_subject and not isinstance(one, Literal):
                    self.undescribed.append((node, predicate, one))
        return self._sorted(nodes)

    def _read(self, node: Term) -> None:
        graph = self.graph
        if not isinstance(node, NamedNode | BlankNode):
            for predicate in (*_REFERRING, FIRST):
                for subject in graph.subjects(predicate, node):
                    self.wrong(f"a shape is expected, not {node}", subject, predicate)
            return
        paths, path = graph.objects(node, PATH), None
        is_node, is_property = (graph.is_instance(node, kind) for kind in _SHAPE_TYPES)
        if paths and is_node:
            self.wrong("a node shape has no sh:path", node, PATH)
        elif len(paths) > 1:
            self.wrong("a property shape has exactly one sh:path", node, PATH)
        elif is_property and not paths:
            self.wrong("a property shape needs a sh:path", node)
        elif paths:
            try:
                path = read_path(graph, next(iter(paths)))
            except PathError as error:
                self.wrong(str(error), node, PATH)
        if node in self._implicit and not isinstance(node, NamedNode):
            self.wrong("a shape that is a class is an IRI", node)
        self.shapes[node] = Shape(graph, node, path)
        self._check(self.shapes[node])

    def _check(self, shape: Shape) -> None:
        get = shape.get

        def wrong(message: str, name: str) -> None:
            self.wrong(message, shape.node, sh(name))

        for name, values in [(short(predicate)[3:], values) for predicate, values in shape.values.items()]:
            if name in _ONCE and len(values) > 1:
                wrong(f"sh:{name} has more than one value", name)
            if name in _ON_PROPERTIES and not get("path"):
                wrong(f"sh:{name} belongs to property shapes, and this shape has no sh:path", name)
            what = _VALUES.get(name, "")
            fits = _IS.get(what) or (lambda value: self.items(value) is not None)
            for value in values if what else ():
                if not fits(value):
                    wrong(f"the value of sh:{name} is {what}, not {short(value)}", name)
        for name, what in (("ignoredProperties", "an IRI"), ("languageIn", "a string")):
            if not all(_IS[what](one) for head in get(name) for one in self.items(head) or ()):
                wrong(f"the members of sh:{name} are {what.split()[1]}s", name)
        flags = shape.one("flags")
        for pattern in get("pattern"):
            from wcograph.toolbox.shacl.regex import PatternError, matches

            try:
                if isinstance(pattern, Literal):
                    matches(("",), pattern.value, flags.value if isinstance(flags, Literal) else "")
            except PatternError as error:
                wrong(f"the sh:pattern {short(pattern)} {error}", "pattern")
        if any(
            value in self.graph.by_subject and not self.graph.objects(value, PATH)
            for value in get("property")
        ):
            wrong("the value of sh:property is a property shape, and this one has no sh:path", "property")
        if any(self.graph.objects(value, PATH) for value in get("node")):
            wrong("the value of sh:node is a node shape, and this one has a sh:path", "node")

    def not_understood(self) -> list[str]:
        """Return what is not in SHACL Core or SHACL-SPARQL: terms in its namespace, with their origin, and functions."""
        found = []
        for predicate in self.graph.columns:
            name = predicate.value[len(SH) :]
            if predicate.value.startswith(SH) and name not in _KNOWN:
                origin = next((said for said, names in _LATER.items() if name in names.split()), "")
                found.append(f"sh:{name}{origin or near(name, _KNOWN, 'sh:')}")
        return found + [f"the function {function}" for function in self.functions]
