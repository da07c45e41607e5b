"""Each rule of ontology/shapes/ is proved to fire, and to fire on nothing else.

``tests/shapes/<file>/`` stands beside ``ontology/shapes/<file>.ttl``: ``valid.ttl`` has individuals to which
no rule objects, ``invalid.ttl`` individuals with one fault each, and ``expected.csv`` every result that they
give. All folders are validated together, with the ontology: what is valid in one must not break a rule of
another.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pyshacl
import pytest
from rdflib import OWL, RDF, RDFS, SH, XSD, BNode, Graph, Literal, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.namespace import NamespaceManager
from rdflib.term import Node

ROOT = Path(__file__).parent.parent
ONTOLOGY = ROOT / "ontology"
SHAPES = ONTOLOGY / "shapes"
FIXTURES = Path(__file__).parent / "shapes"
FILES = sorted(file.stem for file in SHAPES.glob("*.ttl"))
CLASS_FILES = [name for name in FILES if name != "shapes"]

WCO = Namespace("https://w3id.org/wcograph/ns#")
WCOCL = Namespace("https://w3id.org/wcograph/claim/")
WCOSRC = Namespace("https://w3id.org/wcograph/source/")
WCOV = Namespace("https://w3id.org/wcograph/vocab/")

# SHACL 1.0, section 4: the parameters by which a shape gets a constraint, with the component of each result.
COMPONENTS = {
    SH["class"]: "ClassConstraintComponent",
    SH.datatype: "DatatypeConstraintComponent",
    SH.disjoint: "DisjointConstraintComponent",
    SH.equals: "EqualsConstraintComponent",
    SH.hasValue: "HasValueConstraintComponent",
    SH["in"]: "InConstraintComponent",
    SH.languageIn: "LanguageInConstraintComponent",
    SH.lessThan: "LessThanConstraintComponent",
    SH.lessThanOrEquals: "LessThanOrEqualsConstraintComponent",
    SH.maxCount: "MaxCountConstraintComponent",
    SH.maxExclusive: "MaxExclusiveConstraintComponent",
    SH.maxInclusive: "MaxInclusiveConstraintComponent",
    SH.maxLength: "MaxLengthConstraintComponent",
    SH.minCount: "MinCountConstraintComponent",
    SH.minExclusive: "MinExclusiveConstraintComponent",
    SH.minInclusive: "MinInclusiveConstraintComponent",
    SH.minLength: "MinLengthConstraintComponent",
    SH.node: "NodeConstraintComponent",
    SH.nodeKind: "NodeKindConstraintComponent",
    SH["not"]: "NotConstraintComponent",
    SH["or"]: "OrConstraintComponent",
    SH["and"]: "AndConstraintComponent",
    SH.pattern: "PatternConstraintComponent",
    SH.qualifiedMaxCount: "QualifiedMaxCountConstraintComponent",
    SH.qualifiedMinCount: "QualifiedMinCountConstraintComponent",
    SH.sparql: "SPARQLConstraintComponent",
    SH.uniqueLang: "UniqueLangConstraintComponent",
    SH.xone: "XoneConstraintComponent",
}
TARGETS = {SH.targetClass, SH.targetNode, SH.targetObjectsOf, SH.targetSubjectsOf}
# What a shape says besides its constraints. What qualifiedValueShape asks for, its two counts apply.
DESCRIPTIONS = {
    RDF.type,
    RDFS.label,
    SH.message,
    SH.name,
    SH.path,
    SH.property,
    SH.qualifiedValueShape,
    SH.severity,
}

# The first word of the sentence of a message that says what to do.
REMEDIES = {
    *("Add", "Check", "Correct", "Declare", "Describe", "Give", "Join", "Keep", "Make", "Point"),
    *("Remove", "Say", "Split", "Use", "Write"),
}


class Result(NamedTuple):
    """One result of a validation report, its terms written short."""

    focus: str
    path: str
    value: str
    component: str
    severity: str
    shape: str
    message: str


class Rule(NamedTuple):
    """One constraint of one shape, and the file of the node shape that asks for it."""

    file: str
    shape: str
    component: str


@cache
def shapes() -> Graph:
    graph = Graph()
    for name in FILES:
        graph.parse(SHAPES / f"{name}.ttl")
    return graph


@cache
def ontology() -> Graph:
    graph = Graph()
    for file in [*ONTOLOGY.glob("*.ttl"), *(ONTOLOGY / "vocabularies").glob("*.ttl")]:
        graph.parse(file)
    return graph


@cache
def fixtures(kind: str) -> Graph:
    graph = Graph()
    for folder in CLASS_FILES:
        graph.parse(FIXTURES / folder / f"{kind}.ttl")
    return graph


@cache
def everything() -> Graph:
    return ontology() + fixtures("valid") + fixtures("invalid")


@cache
def report() -> Graph:
    """The report on the ontology and all fixtures, valid and invalid."""
    graph = pyshacl.validate(everything(), shacl_graph=shapes(), inference="none", advanced=False)[1]
    assert isinstance(graph, Graph), graph
    return graph


@cache
def names() -> NamespaceManager:
    manager = NamespaceManager(Graph(), bind_namespaces="none")
    for prefix, namespace in [*shapes().namespaces(), ("wcocl", WCOCL), ("wcosrc", WCOSRC), ("wcov", WCOV)]:
        manager.bind(prefix, namespace)
    return manager


def iris(nodes: Iterable[Node]) -> list[URIRef]:
    return sorted(node for node in nodes if isinstance(node, URIRef))


def short(node: Node | None) -> str:
    """A term as in Turtle; every blank node as ``[]``, for it has no name to compare."""
    if node is None:
        return ""
    if isinstance(node, BNode):
        return "[]"
    return node.n3(names())


def path_text(path: Node | None, graph: Graph) -> str:
    """A SHACL path as a SPARQL 1.1 property path (SHACL 1.0, section 2.3.1)."""
    if path is None or isinstance(path, URIRef):
        return short(path)
    if (inverse := graph.value(path, SH.inversePath)) is not None:
        return f"^{path_text(inverse, graph)}"
    if (alternatives := graph.value(path, SH.alternativePath)) is not None:
        return "|".join(path_text(part, graph) for part in Collection(graph, alternatives))
    return "/".join(path_text(part, graph) for part in Collection(graph, path))


@cache
def results() -> list[Result]:
    graph = report()
    found = []
    for node in graph.objects(None, SH.result):
        messages = list(graph.objects(node, SH.resultMessage))
        assert len(messages) == 1, messages
        found.append(
            Result(
                focus=short(graph.value(node, SH.focusNode)),
                path=path_text(graph.value(node, SH.resultPath), graph),
                value=short(graph.value(node, SH.value)),
                component=str(graph.value(node, SH.sourceConstraintComponent)).removeprefix(str(SH)),
                severity=str(graph.value(node, SH.resultSeverity)).removeprefix(str(SH)),
                shape=short(graph.value(node, SH.sourceShape)),
                message=str(messages[0]),
            )
        )
    return sorted(found)


def expected(folder: str) -> list[Result]:
    with (FIXTURES / folder / "expected.csv").open(encoding="utf-8", newline="") as file:
        return sorted(Result(**row) for row in csv.DictReader(file))


def node_shapes(name: str) -> list[URIRef]:
    """The node shapes that a file declares."""
    graph = Graph().parse(SHAPES / f"{name}.ttl")
    return iris(graph.subjects(RDF.type, SH.NodeShape))


def constraints(shape: Node) -> list[str]:
    """The components of the constraints that a shape states itself, one for each value of a parameter."""
    return [
        COMPONENTS[predicate] for predicate in iris(shapes().predicates(shape)) if predicate in COMPONENTS
    ]


def rules(name: str) -> list[Rule]:
    """Every constraint that can give a result because of a node shape of this file.

    A shape inside sh:or, sh:not, sh:node or sh:qualifiedValueShape gives none of its own
    (SHACL 1.0, section 3.5).
    """
    found = []
    for shape in node_shapes(name):
        for part in [shape, *shapes().objects(shape, SH.property)]:
            found += [Rule(name, short(part), component) for component in constraints(part)]
    return sorted(found)


@cache
def targeted(predicate: Node, value: Node) -> frozenset[Node]:
    """The focus nodes of one target (SHACL 1.0, section 2.1.3)."""
    graph = everything()
    if predicate == SH.targetNode:
        return frozenset({value})
    if predicate == SH.targetSubjectsOf:
        return frozenset(graph.subjects(value))
    if predicate == SH.targetObjectsOf:
        return frozenset(graph.objects(None, value))
    classes = graph.transitive_subjects(RDFS.subClassOf, value)
    return frozenset(node for each in classes for node in graph.subjects(RDF.type, each))


@cache
def failing_focus_nodes() -> dict[Node, set[Node]]:
    """The focus nodes of the results of each shape."""
    graph = report()
    found: dict[Node, set[Node]] = {}
    for node in graph.objects(None, SH.result):
        shape, focus = graph.value(node, SH.sourceShape), graph.value(node, SH.focusNode)
        assert shape is not None and focus is not None
        found.setdefault(shape, set()).add(focus)
    return found


ALL_RULES = [rule for name in CLASS_FILES for rule in rules(name)]
ALL_SHAPES = iris(
    {*shapes().subjects(RDF.type, SH.NodeShape), *shapes().subjects(RDF.type, SH.PropertyShape)}
)
SHAPE_NAMES = [short(shape) for shape in ALL_SHAPES]


# What the shapes report


@pytest.mark.parametrize("folder", CLASS_FILES)
def test_the_invalid_individuals_give_exactly_the_expected_results(folder: str) -> None:
    described = {short(node) for node in Graph().parse(FIXTURES / folder / "invalid.ttl").subjects()}
    rows = expected(folder)
    foci = (described | {row.focus for row in rows}) - {"[]"}
    actual = [row for row in results() if row.focus in foci or (row.focus == "[]" and row in rows)]
    assert actual == rows


def test_nothing_is_reported_that_no_folder_expects() -> None:
    rows = Counter(row for folder in CLASS_FILES for row in expected(folder))
    assert Counter(results()) == rows


def test_the_valid_individuals_alone_give_no_result_of_any_severity() -> None:
    conforms, _, text = pyshacl.validate(
        ontology() + fixtures("valid"), shacl_graph=shapes(), inference="none", advanced=False
    )
    assert conforms, text


@pytest.mark.quick(2)
@pytest.mark.parametrize("folder", CLASS_FILES)
def test_each_folder_has_a_valid_individual(folder: str) -> None:
    graph = Graph().parse(FIXTURES / folder / "valid.ttl")
    assert set(graph.subjects(RDF.type)), folder


# Each rule is proved able to fail


@pytest.mark.parametrize("rule", ALL_RULES, ids=lambda rule: f"{rule.file}-{rule.shape}-{rule.component}")
def test_each_constraint_has_a_failing_fixture_in_the_folder_of_its_file(rule: Rule) -> None:
    assert (rule.shape, rule.component) in {(row.shape, row.component) for row in expected(rule.file)}


@pytest.mark.parametrize(
    ("shape", "predicate", "value"),
    [
        pytest.param(shape, predicate, value, id=f"{short(shape)}-{short(value)}")
        for shape in ALL_SHAPES
        for predicate in sorted(TARGETS)
        for value in iris(shapes().objects(shape, predicate))
    ],
)
def test_each_target_has_a_failing_focus_node_of_its_own(shape: Node, predicate: Node, value: Node) -> None:
    parts = {shape, *shapes().objects(shape, SH.property)}
    failing = {focus for part in parts for focus in failing_focus_nodes().get(part, ())}
    others = [
        targeted(p, v) for p in TARGETS for v in shapes().objects(shape, p) if (p, v) != (predicate, value)
    ]
    assert failing & targeted(predicate, value) - frozenset().union(*others)


# What holds for the shapes themselves


def test_each_file_of_shapes_has_its_folder_of_fixtures_and_the_reverse() -> None:
    assert sorted(folder.name for folder in FIXTURES.iterdir()) == CLASS_FILES


def test_each_class_of_the_ontology_has_a_file_of_shapes() -> None:
    own = {
        str(node).removeprefix(str(WCO))
        for node in ontology().subjects(RDF.type, OWL.Class)
        if str(node).startswith(str(WCO))
    }
    assert own <= set(FILES)


@pytest.mark.parametrize("shape", ALL_SHAPES, ids=SHAPE_NAMES)
def test_a_shape_says_only_what_this_test_knows_how_to_count(shape: Node) -> None:
    known = {*COMPONENTS, *TARGETS, *DESCRIPTIONS}
    assert set(shapes().predicates(shape)) <= known


@pytest.mark.parametrize("shape", ALL_SHAPES, ids=SHAPE_NAMES)
def test_a_property_shape_is_one_rule_and_belongs_to_a_node_shape(shape: Node) -> None:
    if (shape, RDF.type, SH.PropertyShape) in shapes():
        assert set(shapes().subjects(SH.property, shape))
        assert constraints(shape)
        assert len(list(shapes().objects(shape, SH.name))) == 1
    else:
        assert len(list(shapes().objects(shape, RDFS.label))) == 1
        assert TARGETS & set(shapes().predicates(shape))


@pytest.mark.parametrize("shape", ALL_SHAPES, ids=SHAPE_NAMES)
def test_a_shape_with_a_constraint_says_how_severe_a_result_is(shape: Node) -> None:
    severities = list(shapes().objects(shape, SH.severity))
    assert len(severities) == bool(constraints(shape))
    assert set(severities) <= {SH.Violation, SH.Warning, SH.Info}


@pytest.mark.quick(4)
@pytest.mark.parametrize("shape", ALL_SHAPES, ids=SHAPE_NAMES)
def test_a_constraint_has_one_message_that_says_what_is_wrong_and_what_to_do(shape: Node) -> None:
    """A SPARQL constraint carries its message itself: that of its shape would be added to it."""
    queries = list(shapes().objects(shape, SH.sparql))
    assert len(queries) <= 1
    messages = [m for part in [shape, *queries] for m in shapes().objects(part, SH.message)]
    assert len(messages) == bool(constraints(shape))
    for query in queries:
        assert list(shapes().objects(query, SH.message)) == messages
    for message in messages:
        assert isinstance(message, Literal) and message.language == "en"
        assert bool(queries) or "{" not in message
        problem, *remedies = re.split(r'(?<=[.?!])"? (?=[A-Z])', str(message))
        assert problem.endswith(".")
        assert str(message).endswith(".")
        assert any(remedy.split()[0].rstrip(",") in REMEDIES for remedy in remedies), message


def test_a_message_names_only_variables_that_its_query_gives() -> None:
    for query in shapes().objects(None, SH.sparql):
        select = str(shapes().value(query, SH.select))
        projection = select[: select.index("WHERE")]
        for name in re.findall(r"\{[?$](\w+)\}", str(shapes().value(query, SH.message))):
            assert re.search(rf"[?$]{name}\b", projection), (name, select)


def test_a_message_counts_more_than_one() -> None:
    """What has more than one value may have three."""
    for shape in ALL_SHAPES:
        if {SH.maxCount, SH.qualifiedMaxCount, SH.uniqueLang} & set(shapes().predicates(shape)):
            assert "more than one" in str(shapes().value(shape, SH.message)), short(shape)


def test_each_term_that_a_shape_names_is_in_the_ontology() -> None:
    """A rule about a property that does not exist never fires."""
    own = re.compile(r"https://w3id\.org/wcograph/(ns#|vocab/)\w")
    named = {
        node for triple in shapes() for node in triple if isinstance(node, URIRef) and own.match(str(node))
    }
    for query in shapes().objects(None, SH.select):
        named |= {URIRef(WCO[local]) for local in re.findall(r"\bwco:(\w+)", str(query))}
    assert sorted(named - set(ontology().subjects())) == []


# The properties without a range, and why
WITHOUT_RANGE = {
    "ns#characterization": "the words of a source, in any language",
    "ns#literalValue": "the value of a claim is of the datatype of its property",
    "build#rule": "free text, with a language tag or without",
    "build#standsAt": "free text, with a language tag or without",
    "build#subjectValue": "a value of any kind",
}


def test_each_datatype_property_of_our_own_has_one_datatype_or_those_of_a_date() -> None:
    """The check value-out-of-range looks at the datatypes."""
    own = "https://w3id.org/wcograph/"
    dates = {XSD.date, XSD.gYearMonth, XSD.gYear}
    properties = [p for p in ontology().subjects(RDF.type, OWL.DatatypeProperty) if str(p).startswith(own)]
    assert len(properties) > 50
    for each in properties:
        ranges = set(ontology().objects(each, RDFS.range))
        includes = set(ontology().objects(each, URIRef("https://schema.org/rangeIncludes")))
        name = str(each).removeprefix(own)
        if name in WITHOUT_RANGE:
            assert not ranges | includes, name
        else:
            assert (len(ranges), includes) in [(1, set()), (0, dates)], name
