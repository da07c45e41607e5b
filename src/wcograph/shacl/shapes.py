"""A shapes graph: its shapes, what they target, and whether they are well-formed.

Which nodes are shapes follows SHACL section 2.1 and pySHACL, which decides what is reported. What is
ill-formed follows the syntax rules of the specification (appendix "Summary of SHACL Syntax Rules"), as far
as pySHACL refuses it too; a recursive shape is refused, since its meaning is undefined (section 3.4.3).
"""

from __future__ import annotations

import re

from pyoxigraph import BlankNode, Literal, NamedNode

from wcograph.rdf.faithful import INTEGERS, XSD
from wcograph.shacl.regex import compile_pattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pyoxigraph import Quad, Triple

    Term = NamedNode | BlankNode | Literal | Triple
    Node = NamedNode | BlankNode

SH_NAMESPACE = "http://www.w3.org/ns/shacl#"


def sh(name: str) -> NamedNode:
    """Give the SHACL term of that name."""
    return NamedNode(SH_NAMESPACE + name)


RDF_TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
RDF_FIRST = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#first")
RDF_REST = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#rest")
RDF_NIL = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#nil")
RDFS_CLASS = NamedNode("http://www.w3.org/2000/01/rdf-schema#Class")
OWL_CLASS = NamedNode("http://www.w3.org/2002/07/owl#Class")
SUBCLASS_OF = NamedNode("http://www.w3.org/2000/01/rdf-schema#subClassOf")

NODE_SHAPE, PROPERTY_SHAPE = sh("NodeShape"), sh("PropertyShape")
PATH, DEACTIVATED = sh("path"), sh("deactivated")
PROPERTY, NODE, NOT, QUALIFIED = sh("property"), sh("node"), sh("not"), sh("qualifiedValueShape")
LISTED = (sh("and"), sh("or"), sh("xone"))
REFERRING = (PROPERTY, NODE, NOT, QUALIFIED)
TARGETS = (sh("targetClass"), sh("targetNode"), sh("targetObjectsOf"), sh("targetSubjectsOf"))
PATH_KINDS = tuple(
    sh(name)
    for name in ("inversePath", "alternativePath", "zeroOrMorePath", "oneOrMorePath", "zeroOrOnePath")
)
NODE_KINDS = frozenset(
    SH_NAMESPACE + name
    for name in ("BlankNode", "IRI", "Literal", "BlankNodeOrIRI", "BlankNodeOrLiteral", "IRIOrLiteral")
)
_INTEGER_TYPES = frozenset(XSD + name for name in INTEGERS)
_DEEPEST_LIST = 1_000_000


class IllFormedError(Exception):
    """A shapes graph breaks a syntax rule: ``message`` says which, ``node`` (and ``predicate``) where."""

    def __init__(self, message: str, node: Term, predicate: NamedNode | None = None) -> None:
        """Keep what is wrong and where."""
        super().__init__(message)
        self.message, self.node, self.predicate = message, node, predicate


_CORE_AND_SPARQL = """
alternativePath and annotationProperty annotationValue annotationVarName ask class closed conforms datatype
deactivated declare defaultValue description detail disjoint equals flags focusNode group hasValue
ignoredProperties in inversePath labelTemplate languageIn lessThan lessThanOrEquals maxCount maxExclusive
maxInclusive maxLength message minCount minExclusive minInclusive minLength name namespace node nodeKind
nodeValidator not oneOrMorePath optional or order parameter path pattern prefix prefixes property
propertyValidator qualifiedMaxCount qualifiedMinCount qualifiedValueShape qualifiedValueShapesDisjoint
result resultAnnotation resultMessage resultPath resultSeverity select severity shapesGraph
shapesGraphWellFormed sourceConstraint sourceConstraintComponent sourceShape sparql suggestedShapesGraph
targetClass targetNode targetObjectsOf targetSubjectsOf uniqueLang validator value xone zeroOrMorePath
zeroOrOnePath
"""
_PROPERTIES = frozenset(_CORE_AND_SPARQL.split())


class ShapesGraph:
    """The triples of a shapes graph, looked up by subject and by object.

    >>> from pyoxigraph import RdfFormat, parse
    >>> turtle = '''@prefix sh: <http://www.w3.org/ns/shacl#> .
    ... <http://example.org/s> a sh:NodeShape ; sh:targetNode 5 ; sh:nodeKind sh:IRI .'''
    >>> graph = ShapesGraph(parse(turtle, RdfFormat.TURTLE))
    >>> graph.one(NamedNode("http://example.org/s"), sh("nodeKind")).value
    'http://www.w3.org/ns/shacl#IRI'
    """

    __slots__ = ("_pos", "_spo", "triples")

    def __init__(self, quads: Iterable[Quad]) -> None:
        """Index the triples of ``quads``; the graph that each stands in makes no difference."""
        self._spo: dict[Term, dict[NamedNode, dict[Term, None]]] = {}
        self._pos: dict[NamedNode, dict[Term, dict[Node, None]]] = {}
        self.triples: dict[tuple[Node, NamedNode, Term], None] = {}
        for quad in quads:
            subject, predicate, value = quad.subject, quad.predicate, quad.object
            if not isinstance(subject, NamedNode | BlankNode):
                continue  # no triple of RDF 1.1
            self.triples[subject, predicate, value] = None
            self._spo.setdefault(subject, {}).setdefault(predicate, {})[value] = None
            self._pos.setdefault(predicate, {}).setdefault(value, {})[subject] = None

    def objects(self, subject: Term, predicate: NamedNode) -> list[Term]:
        """List the values of a property at a node, each once."""
        return list(self._spo.get(subject, {}).get(predicate, ()))

    def one(self, subject: Term, predicate: NamedNode) -> Term | None:
        """Give one value of a property at a node, or None."""
        return next(iter(self._spo.get(subject, {}).get(predicate, ())), None)

    def predicates(self, subject: Term) -> Iterable[NamedNode]:
        """List the properties that a node has."""
        return self._spo.get(subject, {}).keys()

    def subjects(self, predicate: NamedNode, value: Term) -> list[Node]:
        """List the nodes that have a value for a property."""
        return list(self._pos.get(predicate, {}).get(value, ()))

    def pairs(self, predicate: NamedNode) -> Iterator[tuple[Node, Term]]:
        """Yield subject and object of every triple of a predicate."""
        for value, subjects in self._pos.get(predicate, {}).items():
            for subject in subjects:
                yield subject, value

    def items(self, head: Term) -> list[Term]:
        """List the members of an RDF list; raise IllFormedError where it is none (SHACL section 1.4)."""
        members: list[Term] = []
        seen = set()
        while head != RDF_NIL:
            first, rest = self.objects(head, RDF_FIRST), self.objects(head, RDF_REST)
            if len(first) != 1 or len(rest) != 1 or head in seen or len(members) > _DEEPEST_LIST:
                raise IllFormedError("is not a well-formed list", head)
            seen.add(head)
            members.append(first[0])
            head = rest[0]
        return members


class Shape:
    """A shape: its node, its path (of a property shape) and whether it is deactivated."""

    __slots__ = ("deactivated", "node", "path")

    def __init__(self, node: Node, path: Node | None, deactivated: bool) -> None:
        """Keep what was read."""
        self.node, self.path, self.deactivated = node, path, deactivated


def read_shapes(graph: ShapesGraph) -> dict[Term, Shape]:
    """Find the shapes of a shapes graph and check them.

    Raises IllFormedError where a shape breaks a rule of SHACL's syntax, or refers to itself.
    """
    nodes: dict[Term, None] = {}
    for kind in (NODE_SHAPE, PROPERTY_SHAPE):
        nodes.update(dict.fromkeys(graph.subjects(RDF_TYPE, kind)))
    for predicate in (*TARGETS, PROPERTY, NODE):
        nodes.update((subject, None) for subject, _ in graph.pairs(predicate))
    for predicate in REFERRING:
        nodes.update((value, None) for _, value in graph.pairs(predicate))
    for predicate in LISTED:
        for subject, value in graph.pairs(predicate):
            try:
                members = graph.items(value)
            except IllFormedError as error:
                raise IllFormedError(
                    f"the value of {short(predicate)} is not a list", subject, predicate
                ) from error
            if not members:
                raise IllFormedError(f"the list of {short(predicate)} is empty", subject, predicate)
            nodes.update(dict.fromkeys(members))
    shapes = {node: _read_shape(graph, node) for node in nodes}
    for shape in shapes.values():
        if any(graph.predicates(shape.node)):
            _check(graph, shapes, shape)
    _check_recursion(graph, shapes)
    return shapes


def unknown_terms(graph: ShapesGraph) -> list[NamedNode]:
    """List the properties in SHACL's namespace that neither SHACL Core nor SHACL-SPARQL has.

    A slip of the pen, or a part of SHACL Advanced Features: what they are to constrain is not checked.
    """
    used = dict.fromkeys(predicate for _, predicate, _ in graph.triples)
    return [
        term
        for term in used
        if term.value.startswith(SH_NAMESPACE) and term.value[len(SH_NAMESPACE) :] not in _PROPERTIES
    ]


def short(term: Term) -> str:
    """Write a term for a person: SHACL's own with its prefix, the rest in angle brackets."""
    if isinstance(term, NamedNode) and term.value.startswith(SH_NAMESPACE):
        return "sh:" + term.value[len(SH_NAMESPACE) :]
    return str(term) if not isinstance(term, BlankNode) else "a blank node"


def is_shape(graph: ShapesGraph, node: Term) -> bool:
    """Say whether a node is called a shape, or has what only a shape has."""
    types = graph.objects(node, RDF_TYPE)
    return (
        NODE_SHAPE in types
        or PROPERTY_SHAPE in types
        or any(graph.objects(node, p) for p in (PROPERTY, NODE))
    )


def _read_shape(graph: ShapesGraph, node: Term) -> Shape:
    if isinstance(node, Literal) or not isinstance(node, NamedNode | BlankNode):
        raise IllFormedError(f"a shape is expected, not the literal {node}", _referrer(graph, node))
    types, paths = graph.objects(node, RDF_TYPE), graph.objects(node, PATH)
    if NODE_SHAPE in types and PROPERTY_SHAPE in types:
        raise IllFormedError("a shape is a node shape or a property shape, not both", node, RDF_TYPE)
    if NODE_SHAPE in types and paths:
        raise IllFormedError("a node shape has no sh:path", node, PATH)
    if len(paths) > 1:
        raise IllFormedError("a property shape has exactly one sh:path", node, PATH)
    if PROPERTY_SHAPE in types and not paths:
        raise IllFormedError("a property shape needs a sh:path", node)
    path = paths[0] if paths else None
    if path is not None and not isinstance(path, NamedNode | BlankNode):
        raise IllFormedError("the value of sh:path is an IRI or a blank node", node, PATH)
    deactivated = graph.objects(node, DEACTIVATED)
    if len(deactivated) > 1 or not all(_is_boolean(value) for value in deactivated):
        raise IllFormedError("sh:deactivated has one value, true or false", node, DEACTIVATED)
    return Shape(node, path, bool(deactivated) and truth(deactivated[0]))


def truth(value: Term) -> bool:
    """Say whether a term is the boolean true."""
    return isinstance(value, Literal) and value.value in ("true", "1")


def _referrer(graph: ShapesGraph, node: Term) -> Term:
    for predicate in (*REFERRING, RDF_FIRST):
        for subject in graph.subjects(predicate, node):
            return subject
    return node


def _check(graph: ShapesGraph, shapes: dict[Term, Shape], shape: Shape) -> None:
    node = shape.node
    values = {predicate: graph.objects(node, predicate) for predicate in graph.predicates(node)}

    def get(name: str) -> list[Term]:
        return values.get(sh(name), [])

    def fail(message: str, name: str) -> IllFormedError:
        return IllFormedError(message, node, sh(name))

    if shape.path is not None:
        check_path(graph, shape.path, node)
    for name in ("minCount", "maxCount", "uniqueLang", "lessThan", "lessThanOrEquals"):
        if shape.path is None and get(name):
            raise fail(f"sh:{name} stands on property shapes only, and this shape has no sh:path", name)
    for name in (
        *(
            "datatype",
            "nodeKind",
            "minCount",
            "maxCount",
            "minLength",
            "maxLength",
            "languageIn",
            "uniqueLang",
        ),
        *("in", "closed", "qualifiedMinCount", "qualifiedMaxCount"),
    ):
        if len(get(name)) > 1:
            raise fail(f"sh:{name} has more than one value", name)
    for name in ("minCount", "maxCount", "qualifiedMinCount", "qualifiedMaxCount", "minLength", "maxLength"):
        for value in get(name):
            if shape.path is None and name.startswith("qualified"):
                continue  # ignored on node shapes
            if not _is_count(value):
                raise fail(f"the value of sh:{name} is a whole number from 0, not {value}", name)
    for name in ("class", "datatype", "nodeKind", "equals", "disjoint", "lessThan", "lessThanOrEquals"):
        for value in get(name):
            if not isinstance(value, NamedNode):
                raise fail(f"the value of sh:{name} is an IRI, not {value}", name)
    for value in get("nodeKind"):
        if isinstance(value, NamedNode) and value.value not in NODE_KINDS:
            raise fail(f"{short(value)} is no node kind", "nodeKind")
    for name in ("minInclusive", "maxInclusive", "minExclusive", "maxExclusive"):
        for value in get(name):
            if not isinstance(value, Literal):
                raise fail(f"the value of sh:{name} is a literal, not {value}", name)
    for name in ("uniqueLang", "closed"):
        for value in get(name):
            if not _is_boolean(value):
                raise fail(f"the value of sh:{name} is true or false, not {value}", name)
    for name in ("in", "languageIn", "ignoredProperties"):
        for value in get(name):
            try:
                members = graph.items(value)
            except IllFormedError as error:
                raise fail(f"the value of sh:{name} is not a list", name) from error
            if name == "ignoredProperties" and any(not isinstance(member, NamedNode) for member in members):
                raise fail("the members of sh:ignoredProperties are IRIs", name)
            if name == "languageIn" and any(not isinstance(member, Literal) for member in members):
                raise fail("the members of sh:languageIn are strings", name)
    if get("ignoredProperties") and not get("closed"):
        raise fail("sh:ignoredProperties needs sh:closed", "ignoredProperties")
    _check_patterns(get("pattern"), get("flags"), fail)
    for value in get("flags"):
        if not isinstance(value, Literal):
            raise fail(f"the value of sh:flags is a string, not {value}", "flags")
    for value in get("message"):
        if not isinstance(value, Literal) or value.datatype.value not in _TEXTS:
            raise fail(f"the value of sh:message is a string, not {value}", "message")
    for value in get("severity"):
        if not isinstance(value, NamedNode):
            raise fail(f"the value of sh:severity is an IRI, not {value}", "severity")
    for name in ("targetClass", "targetObjectsOf", "targetSubjectsOf"):
        for value in get(name):
            if not isinstance(value, NamedNode):
                raise fail(f"the value of sh:{name} is an IRI, not {value}", name)
    for value in get("property"):
        if shapes[value].path is None:
            raise fail(
                "the value of sh:property is a property shape, and this one has no sh:path", "property"
            )
    for value in get("node"):
        if shapes[value].path is not None:
            raise fail("the value of sh:node is a node shape, and this one has a sh:path", "node")
    counts = get("qualifiedMinCount") + get("qualifiedMaxCount")
    if shape.path is not None and get("qualifiedValueShape") and not counts:
        raise fail(
            "sh:qualifiedValueShape needs sh:qualifiedMinCount or sh:qualifiedMaxCount", "qualifiedValueShape"
        )
    if shape.path is not None and counts and not get("qualifiedValueShape"):
        raise IllFormedError(
            "sh:qualifiedMinCount and sh:qualifiedMaxCount need sh:qualifiedValueShape", node
        )
    for value in get("sparql"):
        selects = graph.objects(value, sh("select"))
        if len(selects) != 1 or not isinstance(selects[0], Literal):
            raise fail("a SPARQL constraint has exactly one sh:select, a string", "sparql")


_TEXTS = (XSD + "string", RDF_TYPE.value[:-4] + "langString")


def _is_boolean(value: Term) -> bool:
    return isinstance(value, Literal) and value.value in ("true", "false", "1", "0")


def _is_count(value: Term) -> bool:
    return (
        isinstance(value, Literal)
        and value.datatype.value in _INTEGER_TYPES
        and re.fullmatch(r"\+?[0-9]+|-0+", value.value) is not None
    )


def _check_patterns(
    patterns: list[Term], flags: list[Term], fail: Callable[[str, str], IllFormedError]
) -> None:
    for value in patterns:
        if not isinstance(value, Literal):
            raise fail(f"the value of sh:pattern is a string, not {value}", "pattern")
        try:
            compile_pattern(value.value, flags[0].value if flags and isinstance(flags[0], Literal) else "")
        except (re.error, RecursionError, OverflowError) as error:
            message = f"sh:pattern {value} is no regular expression: {error}"
            raise fail(message, "pattern") from error


def check_path(graph: ShapesGraph, path: Term, shape: Node, above: tuple[Term, ...] = ()) -> None:
    """Raise IllFormedError where ``path`` is no property path (SHACL section 2.3.1).

    A node that is a path in two ways is let through, as the W3C's own tests have it.
    """
    if path == RDF_NIL:
        raise IllFormedError("the value of sh:path is an empty list", shape, PATH)
    if isinstance(path, NamedNode):
        return
    if not isinstance(path, BlankNode) or path in above:
        raise IllFormedError("the value of sh:path is no property path", shape, PATH)
    inner: list[Term]
    if graph.objects(path, RDF_FIRST):
        try:
            inner = graph.items(path)
        except IllFormedError as error:
            raise IllFormedError("the value of sh:path is a broken list", shape, PATH) from error
        if len(inner) < 2:
            raise IllFormedError("a sequence path has at least two members", shape, PATH)
    else:
        kind = next((kind for kind in PATH_KINDS if graph.objects(path, kind)), None)
        if kind is None:
            raise IllFormedError("the value of sh:path is no property path", shape, PATH)
        inner = graph.objects(path, kind)
        if kind == sh("alternativePath"):
            try:
                inner = graph.items(inner[0])
            except IllFormedError as error:
                raise IllFormedError("the value of sh:alternativePath is not a list", shape, PATH) from error
            if len(inner) < 2:
                raise IllFormedError("an alternative path has at least two members", shape, PATH)
    for member in inner:
        check_path(graph, member, shape, (*above, path))


def references(graph: ShapesGraph, shape: Shape) -> list[tuple[NamedNode, Term]]:
    """List the shapes that a shape's constraints refer to, each with the parameter that does."""
    found = [(predicate, value) for predicate in REFERRING for value in graph.objects(shape.node, predicate)]
    for predicate in LISTED:
        for value in graph.objects(shape.node, predicate):
            found += [(predicate, member) for member in graph.items(value)]
    return found


def _check_recursion(graph: ShapesGraph, shapes: dict[Term, Shape]) -> None:
    done: set[Term] = set()
    for start in shapes:
        if start in done or shapes[start].deactivated:
            continue
        trail = [start]
        stack = [iter(references(graph, shapes[start]))]
        while stack:
            for predicate, value in stack[-1]:
                if value in trail:
                    circle = [*trail[trail.index(value) :], value]
                    names = " -> ".join(map(short, circle))
                    raise IllFormedError(
                        f"the shape refers to itself: {names} (SHACL leaves this undefined)",
                        trail[-1],
                        predicate,
                    )
                if value not in done and not shapes[value].deactivated:
                    trail.append(value)
                    stack.append(iter(references(graph, shapes[value])))
                    break
            else:
                done.add(trail.pop())
                stack.pop()


def target_classes(graph: ShapesGraph, node: Term) -> list[Term]:
    """List the classes that a shape targets, by ``sh:targetClass`` or for being a class itself.

    Implicit class targets as pySHACL sees them: instances of rdfs:Class, owl:Class and what the shapes graph
    calls a direct subclass of rdfs:Class.
    """
    metaclasses = {RDFS_CLASS, OWL_CLASS, *graph.subjects(SUBCLASS_OF, RDFS_CLASS)}
    implicit = [node] if any(kind in metaclasses for kind in graph.objects(node, RDF_TYPE)) else []
    return list(dict.fromkeys([*graph.objects(node, sh("targetClass")), *implicit]))
