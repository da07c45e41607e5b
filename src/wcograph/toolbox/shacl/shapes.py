"""A shapes graph: its shapes, their targets and property paths (section 2.3.1), and what is ill-formed in it.

Which nodes are shapes follows SHACL section 2.1; what is ill-formed follows its "Summary of SHACL Syntax
Rules". What is not ill-formed by these rules is accepted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

from pyoxigraph import BlankNode, Literal, NamedNode

from wcograph.toolbox.rdf.xsd import lexical_space
from wcograph.toolbox.shacl.graph import FIRST, NIL, OWL, RDFS, REST, SH, XSD, Graph, near, reached, sh, short

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wcograph.toolbox.shacl.graph import Statement, Term

    Problem = tuple[str, Term, NamedNode | None]  # what is wrong, and the node and the property where it is

PATH = sh("path")
TARGETS = (sh("targetClass"), sh("targetNode"), sh("targetObjectsOf"), sh("targetSubjectsOf"))
_TRUE = Literal("true", datatype=NamedNode(XSD + "boolean"))
_REFERRING = (sh("property"), sh("node"), sh("not"), sh("qualifiedValueShape"))
_LISTED = (sh("and"), sh("or"), sh("xone"))
_CLASSES = (NamedNode(RDFS + "Class"), NamedNode(OWL + "Class"))
_SHAPE_TYPES = (sh("NodeShape"), sh("PropertyShape"))
_PATHS = {sh("inversePath"): "^", sh("alternativePath"): "|", sh("zeroOrMorePath"): "*"}
_PATHS |= {sh("oneOrMorePath"): "+", sh("zeroOrOnePath"): "?"}
_KINDS = ("BlankNode", "IRI", "Literal", "BlankNodeOrIRI", "BlankNodeOrLiteral", "IRIOrLiteral")

_SYNTAX = {  # what the values of a property must be; *: it may have several, .: it declares no constraint
    "an IRI": "datatype class* equals* disjoint* lessThan* lessThanOrEquals*"
    " .severity .targetClass* .targetObjectsOf* .targetSubjectsOf*",
    "a node kind, such as sh:IRI": "nodeKind",
    "an IRI or a literal": ".targetNode*",
    "a literal": "minInclusive maxInclusive minExclusive maxExclusive",
    "a string": "pattern flags",
    "a string, with or without a language": ".message*",
    "an xsd:integer": "minCount maxCount minLength maxLength qualifiedMinCount qualifiedMaxCount",
    "true or false": "uniqueLang closed qualifiedValueShapesDisjoint .deactivated",
    "a well-formed list": "in languageIn ignoredProperties and* or* xone*",
    "": "hasValue* sparql* not* node* property* qualifiedValueShape",
}
_NAMES = " ".join(_SYNTAX.values()).split()
_VALUES = {name.strip(".*"): what for what, names in _SYNTAX.items() for name in names.split()}
_PARAMETERS = [name.strip("*") for name in _NAMES if name[0] != "."]
_ONCE = {name.strip(".") for name in _NAMES if name[-1] != "*"}
_ON_PROPERTIES = ("minCount", "maxCount", "uniqueLang", "lessThan", "lessThanOrEquals", "qualifiedValueShape")
_DESCRIBING = """
alternativePath annotationProperty annotationValue annotationVarName ask conforms declare defaultValue description
detail entailment focusNode group inversePath labelTemplate name namespace nodeValidator oneOrMorePath optional order
parameter path prefix prefixes propertyValidator result resultAnnotation resultMessage resultPath resultSeverity select
shapesGraph shapesGraphWellFormed sourceConstraint sourceConstraintComponent sourceShape suggestedShapesGraph validator
value zeroOrMorePath zeroOrOnePath
"""
_KNOWN = {*_VALUES, *_DESCRIBING.split()}
_LATER = {
    " (SHACL Advanced Features)": """
condition construct expression filterShape intersection js jsFunctionName jsLibrary jsLibraryURL nodes returnType
rule target union values object predicate subject update if then else exists distinct limit offset orderBy groupBy
min max sum count minus filter desc""",
    " (SHACL 1.2)": """
memberShape minListLength maxListLength uniqueMembers singleLine someValue rootClass subsetOf targetWhere
reifierShape reificationRequired shape nodeByExpression codeIdentifier agentInstruction intent uniqueValuesFor
sparqlExpr nodeExpression conformanceDisallows entails""",
}


def is_true(value: Term | None) -> bool:
    """Return whether a term is ``true``; "1"^^xsd:boolean is another term (the W3C's test uniqueLang-002)."""
    return value == _TRUE


def _fits(value: Term, what: str) -> bool:
    """Return whether a term is what is wanted: a kind of term, or a literal of a datatype with a form that it allows."""
    if what.startswith("an IRI"):
        return isinstance(value, NamedNode) or (what != "an IRI" and isinstance(value, Literal))
    if what.startswith("a node kind"):
        return short(value)[3:] in _KINDS
    if not isinstance(value, Literal) or what == "a literal" or (value.language and "language" in what):
        return isinstance(value, Literal)
    name = {"an xsd:integer": "integer", "true or false": "boolean"}.get(what, "string")
    fits = lexical_space(XSD + name) or (lambda _: True)
    return value.datatype.value == XSD + name and bool(fits(value.value))


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


class PathError(ValueError):
    """A node is not a well-formed property path."""


@dataclass(eq=False)
class Path:
    """A property path: ``kind`` is ``iri``, ``^``, ``/``, ``|``, ``*``, ``+`` or ``?``.

    ``parts`` are the paths that it is made of, ``iri`` the property of a path of kind ``iri``, ``node`` the node that
    the path was read from.
    """

    kind: str
    parts: tuple[Path, ...] = ()
    iri: NamedNode | None = None
    node: Term | None = None

    @cached_property
    def text(self) -> str:
        """The path in SPARQL."""
        kind, inner = self.kind, [part.text for part in self.parts]
        if kind == "iri":
            return str(self.iri)
        if kind in "/|":
            return f"({kind.join(inner)})"
        if kind == "^":
            return f"^({inner[0]})" if inner[0][0] == "^" else f"^{inner[0]}"
        return f"{inner[0]}{kind}" if inner[0][0] in "(<" and inner[0][-1] in ")>" else f"({inner[0]}){kind}"

    def properties(self) -> set[NamedNode]:
        """Return the properties that the path follows."""
        return set().union({self.iri} if self.iri else (), *(part.properties() for part in self.parts))

    def values(self, graph: Graph, node: Term) -> Collection[Term]:
        """Return the value nodes of the path from ``node``, each once."""
        return dict.fromkeys(value for _, value in self.steps(graph, node))

    def steps(self, graph: Graph, node: Term, back: bool = False) -> Iterator[tuple[Statement | None, Term]]:
        """Yield the values, each with the last triple on the way to it (or None); ``back`` follows the inverse path."""
        kind, iri, parts = self.kind, self.iri, self.parts
        if iri is not None and back:
            yield from (((one, iri, node), one) for one in graph.subjects(iri, node))
        elif iri is not None:
            yield from (((node, iri, value), value) for value in graph.objects(node, iri))
        elif kind == "^":
            yield from parts[0].steps(graph, node, not back)
        elif kind == "|":
            for part in parts:
                yield from part.steps(graph, node, back)
        elif kind == "/":
            steps: list[tuple[Statement | None, Term]] = [(None, node)]
            for part in reversed(parts) if back else parts:
                starts: dict[Term, Statement | None] = {}
                for way, one in steps:
                    starts.setdefault(one, way)
                found = [(way, part.steps(graph, one, back)) for one, way in starts.items()]
                steps = [(to or way, value) for way, further in found for to, value in further]
            yield from steps
        else:
            if kind != "+":
                yield None, node
            seen: set[Term] = set() if kind == "+" else {node}
            waiting = [node]
            while waiting:
                for step in parts[0].steps(graph, waiting.pop(), back):
                    yield step
                    if step[1] not in seen and kind != "?":
                        seen.add(step[1])
                        waiting.append(step[1])


def read_path(graph: Graph, node: Term, above: tuple[Term, ...] = ()) -> Path:
    """Read the path that a node of a shapes graph represents; raise PathError if it is not one.

    A node that is a path in two ways counts as the first that applies, as in the W3C's tests. ``above`` are the nodes
    around it.
    """
    if isinstance(node, NamedNode) and node != NIL:
        return Path("iri", iri=node, node=node)
    if not isinstance(node, BlankNode) or node in above:
        raise PathError("the value of sh:path is not a property path")
    if graph.objects(node, FIRST) or graph.objects(node, REST):
        kind, inner = "/", _members(graph, node, "a sequence path")
    else:
        predicate = next((one for one in _PATHS if graph.objects(node, one)), None)
        if predicate is None or len(graph.objects(node, predicate)) != 1:
            raise PathError("the value of sh:path is not a property path")
        kind, inner = _PATHS[predicate], list(graph.objects(node, predicate))
        inner = _members(graph, inner[0], "an alternative path") if kind == "|" else inner
    return Path(kind, tuple([read_path(graph, one, (*above, node)) for one in inner]), node=node)


def _members(graph: Graph, head: Term, what: str) -> list[Term]:
    try:
        members = graph.items(head)
    except ValueError as error:
        raise PathError(f"the list of {what} is not well-formed") from error
    if len(members) < 2:
        raise PathError(f"{what} has at least two members")
    return members


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
        found = [one for one in graph.instances(sh("ConstraintComponent")) if isinstance(one, NamedNode)]
        self.components = [one for one in found if not one.value.startswith(SH)]
        self.shapes: dict[Term, Shape] = {}
        self._order = {node: at for at, node in enumerate(graph.by_subject)}
        self._typed = [set(graph.instances(kind)) for kind in _SHAPE_TYPES]
        nodes = self._nodes()
        for node in nodes:
            self._read(node)
        wrong = [node for _, node, _ in self.problems] + [one for one in nodes if one not in self.shapes]
        for node in graph.column(sh("entailment")):
            self.wrong("sh:entailment asks for inference, which is not supported", node, sh("entailment"))
        self.drop(wrong)

    def wrong(self, message: str, node: Term, predicate: NamedNode | None = None) -> None:
        """Keep a problem, once."""
        if (message, node, predicate) not in self.problems:
            self.problems.append((message, node, predicate))

    def drop(self, wrong: Iterable[Term]) -> None:
        """Leave out shapes and those that refer to them, directly or through others."""
        for node in reached(wrong, lambda node: self._referrers.get(node, ())):
            self.shapes.pop(node, None)

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
        return self._sorted(found | self.implicit)

    @cached_property
    def implicit(self) -> set[Term]:
        """The shapes that are classes and so target their instances (section 2.1.3.3)."""
        return self._instances(_CLASSES) & self._instances(_SHAPE_TYPES)

    def _references(self, shape: Shape) -> Iterator[tuple[NamedNode, Term]]:
        """Yield the shapes that a shape's constraints refer to, each with the parameter."""
        for predicate in (*_REFERRING, *_LISTED):
            for value in shape.values.get(predicate, ()):
                for one in self.items(value) or () if predicate in _LISTED else (value,):
                    yield predicate, one

    def items(self, head: Term) -> list[Term] | None:
        """Return the members of a list, or None if it is ill-formed."""
        with suppress(ValueError):
            return self.graph.items(head)
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
        paths, path = list(graph.objects(node, PATH)), None
        is_node, is_property = (node in typed for typed in self._typed)
        if paths and is_node:
            self.wrong("a node shape has no sh:path", node, PATH)
        elif len(paths) > 1:
            self.wrong("a property shape has exactly one sh:path", node, PATH)
        elif is_property and not paths:
            self.wrong("a property shape needs a sh:path", node)
        elif paths:
            try:
                path = read_path(graph, paths[0])
            except PathError as error:
                self.wrong(str(error), node, PATH)
        if node in self.implicit and not isinstance(node, NamedNode):
            self.wrong("a shape that is a class is an IRI", node)
        self.shapes[node] = shape = Shape(graph, node, path)
        for name, message in self._mistakes(shape):
            self.wrong(message, node, sh(name))

    def _mistakes(self, shape: Shape) -> Iterator[tuple[str, str]]:
        """Yield what is wrong with the values of a shape, each with the name of the property."""
        get, objects = shape.get, self.graph.objects
        for name, values in [(short(predicate)[3:], values) for predicate, values in shape.values.items()]:
            what = _VALUES.get(name, "")
            if name in _ONCE and len(values) > 1:
                yield name, f"sh:{name} has more than one value"
            if name in _ON_PROPERTIES and not get("path"):
                yield name, f"sh:{name} belongs to property shapes, and this shape has no sh:path"
            for value in values if what else ():
                if self.items(value) is None if "list" in what else not _fits(value, what):
                    yield name, f"the value of sh:{name} is {what}, not {short(value)}"
        for name, what in (("ignoredProperties", "an IRI"), ("languageIn", "a string")):
            if not all(_fits(one, what) for head in get(name) for one in self.items(head) or ()):
                yield name, f"the members of sh:{name} are {what.split()[1]}s"
        flags = shape.one("flags")
        for pattern in [one for one in get("pattern") if isinstance(one, Literal)]:
            from wcograph.toolbox.shacl.regex import PatternError, matches

            try:
                matches([""], pattern.value, flags.value if isinstance(flags, Literal) else "")
            except PatternError as error:
                yield "pattern", f"the sh:pattern {short(pattern)} {error}"
        if any(one in self.graph.by_subject and not objects(one, PATH) for one in get("property")):
            yield "property", "the value of sh:property is a property shape, and this one has no sh:path"
        if any(objects(one, PATH) for one in get("node")):
            yield "node", "the value of sh:node is a node shape, and this one has a sh:path"

    def not_understood(self) -> list[str]:
        """Return what is not in SHACL Core or SHACL-SPARQL: terms in its namespace, with their origin, and functions."""
        found = []
        for predicate in self.graph.columns:
            name = predicate.value[len(SH) :]
            if predicate.value.startswith(SH) and name not in _KNOWN:
                origin = next((said for said, names in _LATER.items() if name in names.split()), "")
                found.append(f"sh:{name}{origin or near(name, _KNOWN, 'sh:')}")
        return found + [f"the function {function}" for function in self.functions]
