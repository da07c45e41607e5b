"""The closure holds what each rule gives, everything that owlrl gives, and nothing that has no proof."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, parse

from owl2rl import SAME, _matches, follows, heights
from owlrl_reference import reference_closure
from wcograph.derive import with_derived
from wcograph.layout import root
from wcograph.toolbox.errors import LimitError
from wcograph.toolbox.rules._joins import BY_HAND, source
from wcograph.toolbox.rules.always import always_holds
from wcograph.toolbox.rules.closure import closure
from wcograph.toolbox.rules.proof import ASSERTED, Proof, Prover
from wcograph.toolbox.rules.proof_forms import Terms, as_data, as_quads, as_text
from wcograph.toolbox.rules.rules import LIST, RULES, TABLE

EX = "https://example.org/"
PREFIXES = f"""
PREFIX : <{EX}>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""


def graph(text: str) -> list[Triple]:
    return [quad.triple for quad in parse(f"{PREFIXES} {text} .", RdfFormat.TURTLE)]


# For each rule a graph, and what it gives; False is an inconsistency. A third entry names the rules that must
# be in force beside it for the effect to be seen.
ONE = '"1"^^xsd:nonNegativeInteger'
NONE = '"0"^^xsd:nonNegativeInteger'
REPLACEMENT = "eq-sym eq-trans eq-rep-s eq-rep-p eq-rep-o"
CASES: dict[str, tuple[str, str | bool] | tuple[str, str | bool, str]] = {
    "eq-ref": (":a :p :b", ":a owl:sameAs :a"),
    "eq-sym": (":a owl:sameAs :b", ":b owl:sameAs :a", REPLACEMENT),
    "eq-trans": (":a owl:sameAs :b . :b owl:sameAs :c", ":a owl:sameAs :c", REPLACEMENT),
    "eq-rep-s": (":a owl:sameAs :b . :a :p :c", ":b :p :c", REPLACEMENT),
    "eq-rep-p": (":p owl:sameAs :q . :a :p :c", ":a :q :c", REPLACEMENT),
    "eq-rep-o": (":a owl:sameAs :b . :c :p :a", ":c :p :b", REPLACEMENT),
    "eq-diff1": (":a owl:sameAs :b ; owl:differentFrom :b", False, REPLACEMENT),
    "eq-diff2": ("[] a owl:AllDifferent ; owl:members (:a :b :c) . :b owl:sameAs :c", False, REPLACEMENT),
    "eq-diff3": (
        "[] a owl:AllDifferent ; owl:distinctMembers (:a :b :c) . :b owl:sameAs :c", False, REPLACEMENT
    ),
    "prp-ap": (":a :p :b", "rdfs:label a owl:AnnotationProperty"),
    "prp-dom": (":p rdfs:domain :C . :a :p :b", ":a a :C"),
    "prp-rng": (":p rdfs:range :C . :a :p :b", ":b a :C"),
    "prp-fp": (":p a owl:FunctionalProperty . :a :p :b , :c", ":b owl:sameAs :c", REPLACEMENT),
    "prp-ifp": (":p a owl:InverseFunctionalProperty . :b :p :a . :c :p :a", ":b owl:sameAs :c", REPLACEMENT),
    "prp-irp": (":p a owl:IrreflexiveProperty . :a :p :a", False),
    "prp-symp": (":p a owl:SymmetricProperty . :a :p :b", ":b :p :a"),
    "prp-asyp": (":p a owl:AsymmetricProperty . :a :p :b . :b :p :a", False),
    "prp-trp": (":p a owl:TransitiveProperty . :a :p :b . :b :p :c", ":a :p :c"),
    "prp-spo1": (":p rdfs:subPropertyOf :q . :a :p :b", ":a :q :b"),
    "prp-spo2": (":r owl:propertyChainAxiom (:p :q :p) . :a :p :b . :b :q :c . :c :p :d", ":a :r :d"),
    "prp-eqp1": (":p owl:equivalentProperty :q . :a :p :b", ":a :q :b"),
    "prp-eqp2": (":p owl:equivalentProperty :q . :a :q :b", ":a :p :b"),
    "prp-pdw": (":p owl:propertyDisjointWith :q . :a :p :b ; :q :b", False),
    "prp-adp": ("[] a owl:AllDisjointProperties ; owl:members (:o :p :q) . :a :p :b ; :q :b", False),
    "prp-inv1": (":p owl:inverseOf :q . :a :p :b", ":b :q :a"),
    "prp-inv2": (":p owl:inverseOf :q . :a :q :b", ":b :p :a"),
    "prp-key": (
        ":C owl:hasKey (:p :q) . :a a :C ; :p 1 ; :q 2 . :b a :C ; :p 1 ; :q 2 , 3", ":a owl:sameAs :b", REPLACEMENT
    ),
    "prp-npa1": (
        "[] owl:sourceIndividual :a ; owl:assertionProperty :p ; owl:targetIndividual :b . :a :p :b", False
    ),
    "prp-npa2": ("[] owl:sourceIndividual :a ; owl:assertionProperty :p ; owl:targetValue 5 . :a :p 5", False),
    "cls-thing": (":a :p :b", "owl:Thing a owl:Class"),
    "cls-nothing1": (":a :p :b", "owl:Nothing a owl:Class"),
    "cls-nothing2": (":a a owl:Nothing", False),
    "cls-int1": (":C owl:intersectionOf (:D :E) . :a a :D , :E", ":a a :C"),
    "cls-int2": (":C owl:intersectionOf (:D :E) . :a a :C", ":a a :E"),
    "cls-uni": (":C owl:unionOf (:D :E) . :a a :E", ":a a :C"),
    "cls-com": (":C owl:complementOf :D . :a a :C , :D", False),
    "cls-svf1": (":R owl:someValuesFrom :C ; owl:onProperty :p . :a :p :b . :b a :C", ":a a :R"),
    "cls-svf2": (":R owl:someValuesFrom owl:Thing ; owl:onProperty :p . :a :p :b", ":a a :R"),
    "cls-avf": (":R owl:allValuesFrom :C ; owl:onProperty :p . :a a :R ; :p :b", ":b a :C"),
    "cls-hv1": (":R owl:hasValue :b ; owl:onProperty :p . :a a :R", ":a :p :b"),
    "cls-hv2": (":R owl:hasValue :b ; owl:onProperty :p . :a :p :b", ":a a :R"),
    "cls-maxc1": (f":R owl:maxCardinality {NONE} ; owl:onProperty :p . :a a :R ; :p :b", False),
    "cls-maxc2": (
        f":R owl:maxCardinality {ONE} ; owl:onProperty :p . :a a :R ; :p :b , :c", ":b owl:sameAs :c", REPLACEMENT
    ),
    "cls-maxqc1": (
        f":R owl:maxQualifiedCardinality {NONE} ; owl:onProperty :p ; owl:onClass :C . :a a :R ; :p :b . :b a :C",
        False,
    ),
    "cls-maxqc2": (
        f":R owl:maxQualifiedCardinality {NONE} ; owl:onProperty :p ; owl:onClass owl:Thing . :a a :R ; :p :b",
        False,
    ),
    "cls-maxqc3": (
        f":R owl:maxQualifiedCardinality {ONE} ; owl:onProperty :p ; owl:onClass :C . :a a :R ; :p :b , :c , :d ."
        ":b a :C . :c a :C",
        ":b owl:sameAs :c",
        REPLACEMENT,
    ),
    "cls-maxqc4": (
        f":R owl:maxQualifiedCardinality {ONE} ; owl:onProperty :p ; owl:onClass owl:Thing . :a a :R ; :p :b , :c",
        ":b owl:sameAs :c",
        REPLACEMENT,
    ),
    "cls-oo": (":C owl:oneOf (:a :b)", ":b a :C"),
    "cax-sco": (":C rdfs:subClassOf :D . :a a :C", ":a a :D"),
    "cax-eqc1": (":C owl:equivalentClass :D . :a a :C", ":a a :D"),
    "cax-eqc2": (":C owl:equivalentClass :D . :a a :D", ":a a :C"),
    "cax-dw": (":C owl:disjointWith :D . :a a :C , :D", False),
    "cax-adc": ("[] a owl:AllDisjointClasses ; owl:members (:B :C :D) . :a a :C , :D", False),
    "dt-type1": (":a :p :b", "xsd:integer a rdfs:Datatype"),
    "dt-type2": (
        ":R owl:someValuesFrom xsd:decimal ; owl:onProperty :p . :a :p 5", ":a a :R", "cls-svf1"
    ),
    "dt-eq": (':a :p "1.0"^^xsd:decimal . :b :q "01"^^xsd:int', ":a :p '01'^^xsd:int", REPLACEMENT),
    "dt-diff": (":p a owl:FunctionalProperty . :a :p 1 , 2", False, f"{REPLACEMENT} prp-fp eq-diff1"),
    "dt-not-type": (":p rdfs:range xsd:integer . :a :p 'five'", False, "prp-rng"),
    "dt-sub": (":a a xsd:int", ":a a xsd:integer"),
    "scm-cls": (":C a owl:Class", ":C rdfs:subClassOf owl:Thing , :C ; owl:equivalentClass :C"),
    "scm-sco": (":C rdfs:subClassOf :D . :D rdfs:subClassOf :E", ":C rdfs:subClassOf :E"),
    "scm-eqc1": (":C owl:equivalentClass :D", ":C rdfs:subClassOf :D . :D rdfs:subClassOf :C"),
    "scm-eqc2": (":C rdfs:subClassOf :D . :D rdfs:subClassOf :C", ":C owl:equivalentClass :D"),
    "scm-op": (":p a owl:ObjectProperty", ":p rdfs:subPropertyOf :p ; owl:equivalentProperty :p"),
    "scm-dp": (":p a owl:DatatypeProperty", ":p rdfs:subPropertyOf :p ; owl:equivalentProperty :p"),
    "scm-spo": (":p rdfs:subPropertyOf :q . :q rdfs:subPropertyOf :r", ":p rdfs:subPropertyOf :r"),
    "scm-eqp1": (":p owl:equivalentProperty :q", ":p rdfs:subPropertyOf :q . :q rdfs:subPropertyOf :p"),
    "scm-eqp2": (":p rdfs:subPropertyOf :q . :q rdfs:subPropertyOf :p", ":p owl:equivalentProperty :q"),
    "scm-dom1": (":p rdfs:domain :C . :C rdfs:subClassOf :D", ":p rdfs:domain :D"),
    "scm-dom2": (":q rdfs:domain :C . :p rdfs:subPropertyOf :q", ":p rdfs:domain :C"),
    "scm-rng1": (":p rdfs:range :C . :C rdfs:subClassOf :D", ":p rdfs:range :D"),
    "scm-rng2": (":q rdfs:range :C . :p rdfs:subPropertyOf :q", ":p rdfs:range :C"),
    "scm-hv": (
        ":C owl:hasValue :i ; owl:onProperty :p . :D owl:hasValue :i ; owl:onProperty :q . :p rdfs:subPropertyOf :q",
        ":C rdfs:subClassOf :D",
    ),
    "scm-svf1": (
        ":C owl:someValuesFrom :X ; owl:onProperty :p . :D owl:someValuesFrom :Y ; owl:onProperty :p ."
        ":X rdfs:subClassOf :Y",
        ":C rdfs:subClassOf :D",
    ),
    "scm-svf2": (
        ":C owl:someValuesFrom :X ; owl:onProperty :p . :D owl:someValuesFrom :X ; owl:onProperty :q ."
        ":p rdfs:subPropertyOf :q",
        ":C rdfs:subClassOf :D",
    ),
    "scm-avf1": (
        ":C owl:allValuesFrom :X ; owl:onProperty :p . :D owl:allValuesFrom :Y ; owl:onProperty :p ."
        ":X rdfs:subClassOf :Y",
        ":C rdfs:subClassOf :D",
    ),
    "scm-avf2": (
        ":C owl:allValuesFrom :X ; owl:onProperty :p . :D owl:allValuesFrom :X ; owl:onProperty :q ."
        ":p rdfs:subPropertyOf :q",
        ":D rdfs:subClassOf :C",
    ),
    "scm-int": (":C owl:intersectionOf (:D :E)", ":C rdfs:subClassOf :E"),
    "scm-uni": (":C owl:unionOf (:D :E)", ":E rdfs:subClassOf :C"),
    "rdfs6": (":p a rdf:Property", ":p rdfs:subPropertyOf :p ; owl:equivalentProperty :p"),
}  # fmt: skip


@pytest.mark.quick
def test_every_rule_has_a_case() -> None:
    assert set(CASES) == RULES


@pytest.mark.quick(10)
@pytest.mark.parametrize("rule", sorted(CASES))
def test_a_rule_gives_its_conclusion_and_nothing_else_gives_it(rule: str) -> None:
    text, conclusion, *helpers = CASES[rule]
    helping = {name for names in helpers for name in names.split()} - {rule}

    def holds(rules: set[str]) -> bool:
        result = closure(graph(text), rules=rules, trivial=True)
        if conclusion is False:
            return bool(result.inconsistencies)
        return set(graph(str(conclusion))) <= set(result)

    assert holds(helping | {rule})
    assert not holds(helping)
    assert holds(set(RULES))


@pytest.mark.quick
@pytest.mark.parametrize("rule", sorted(name for name, case in CASES.items() if case[1] is not False))
def test_the_prover_knows_every_rule(rule: str) -> None:
    text, conclusion, *_ = CASES[rule]
    triples = graph(text)
    prover = Prover(triples)
    for triple in graph(str(conclusion)):
        proof = prover.prove((triple.subject, triple.predicate, triple.object))
        assert proof is not None
        check(proof, triples)


@pytest.mark.quick(4)
@pytest.mark.parametrize("rule", sorted(name for name, case in CASES.items() if case[1] is False))
def test_an_inconsistency_comes_with_premises_that_hold(rule: str) -> None:
    triples = graph(CASES[rule][0])
    clashes = closure(triples).inconsistencies
    assert {"dt-diff": "eq-diff1"}.get(rule, rule) in {clash.rule for clash in clashes}
    prover = Prover(triples)
    for clash in clashes:
        for premise in clash.premises:
            proof = prover.prove(premise)
            assert proof is not None
            check(proof, triples)


def check(proof: Proof, triples: list[Triple]) -> None:
    """Check a proof step by step with the rules of ``owl2rl``."""
    facts = {(t.subject, t.predicate, t.object) for t in triples}
    seen = set()
    for step in proof.steps():
        assert step.statement not in seen, "a step stands twice"
        seen.add(step.statement)
        if step.rule == ASSERTED:
            assert step.statement in facts
        else:
            assert step.statement not in facts
            premises = [premise.statement for premise in step.premises]
            assert follows(step.rule, premises, step.statement), (step.rule, premises, step.statement)


def everything() -> list[Triple]:
    """Every construct of OWL 2 RL once, each case with names of its own."""
    triples = []
    for number, (text, *_) in enumerate(CASES.values()):
        for triple in graph(text):
            terms = [_own(term, number) for term in (triple.subject, triple.predicate, triple.object)]
            triples.append(Triple(*terms))
    return triples


def _own(term: NamedNode | BlankNode | Literal, number: int) -> NamedNode | BlankNode | Literal:
    if isinstance(term, NamedNode) and term.value.startswith(EX):
        return NamedNode(f"{EX}{number}/{term.value[len(EX) :]}")
    return term


def is_fault_of_owlrl(triple: Triple, triples: list[Triple]) -> bool:
    """Name what owlrl gives without a rule for it.

    1. ``x a rdfs:Datatype`` for what is the same as something that has a datatype as its type: owlrl takes
       the thing for the datatype.
    2. ``x owl:sameAs y`` by a key of which owlrl does not compare the last property (``range(0, n - 1)``):
       the random graphs that are compared have no keys.
    """
    datatype = NamedNode("http://www.w3.org/2000/01/rdf-schema#Datatype")
    return triple.object == datatype and not str(triple.subject).startswith("<http://www.w3.org/")


def compare(triples: list[Triple]) -> None:
    """Assert that the closure has all that owlrl has, and only what has a proof."""
    reference = reference_closure(triples)
    result = set(closure(triples))
    assert not result & set(triples)
    assert not any(map(always_holds, result))
    missing = {t for t in reference.triples - result if not is_fault_of_owlrl(t, triples)}
    assert not missing
    if reference.messages:
        assert closure(triples).inconsistencies
    extra = result - reference.triples
    prover = Prover(triples) if extra else None
    for triple in extra:
        proof = prover and prover.prove((triple.subject, triple.predicate, triple.object))
        assert proof
        check(proof, triples)


def test_owlrl_leaves_rdflib_as_it_was() -> None:
    from rdflib.term import _toPythonMapping

    before = dict(_toPythonMapping)
    reference_closure([])
    assert dict(_toPythonMapping) == before


def test_all_that_owlrl_gives_for_every_construct() -> None:
    compare(everything())


def test_all_that_owlrl_gives_for_the_built_in_ontology() -> None:
    graphs = with_derived(root())
    compare(graphs["ontology"])


INDIVIDUALS = [NamedNode(EX + name) for name in "abcd"]
PROPERTIES = [NamedNode(EX + name) for name in "pqr"]
CLASSES = [NamedNode(EX + name) for name in "CDE"]


def _node(curie: str) -> NamedNode:
    return graph(f":a :p {curie}")[0].object  # type: ignore[return-value]


TYPE, NIL, FIRST, REST = (_node(f"rdf:{name}") for name in ("type", "nil", "first", "rest"))
THING, NOTHING = _node("owl:Thing"), _node("owl:Nothing")
LITERALS = [t.object for t in graph(":a :p 1 , 'x' , 'x'@en , 01 , '2024-01-01'^^xsd:date")]


@st.composite
def graphs(
    draw: st.DrawFn, *, lists: bool = True, literals: bool = True, keys: bool = False, most: int = 9
) -> list[Triple]:
    """Give a small graph with some axioms of every kind over few names, so that they meet."""
    individual, name, kind = map(st.sampled_from, (INDIVIDUALS, PROPERTIES, CLASSES))
    thing_or_class = st.one_of(kind, st.sampled_from([THING, NOTHING]))
    any_value = st.one_of(individual, individual, st.sampled_from(LITERALS)) if literals else individual
    triples: list[Triple] = []

    def add(s: object, p: object, o: object) -> None:
        triples.append(Triple(s, p, o))

    def listed(items: list[NamedNode]) -> object:
        head: object = NIL
        for item in reversed(items):
            cell = BlankNode()
            add(cell, FIRST, item)
            add(cell, REST, head)
            head = cell
        return head

    some = {
        "fact": lambda: add(draw(individual), draw(name), draw(any_value)),
        "type": lambda: add(draw(individual), TYPE, draw(thing_or_class)),
    }
    plain = [
        ("rdfs:subClassOf", thing_or_class, thing_or_class),
        ("owl:equivalentClass", kind, thing_or_class),
        ("owl:disjointWith", kind, kind),
        ("owl:complementOf", kind, kind),
        ("rdfs:subPropertyOf", st.one_of(name, st.sampled_from([TYPE, _node("owl:sameAs")])), name),
        ("owl:equivalentProperty", name, name),
        ("owl:inverseOf", name, name),
        ("owl:propertyDisjointWith", name, name),
        ("rdfs:domain", name, kind),
        ("rdfs:range", name, st.one_of(kind, st.just(_node("xsd:integer")))),
        ("owl:sameAs", st.one_of(individual, name, kind), st.one_of(individual, name, kind)),
        ("owl:differentFrom", individual, individual),
    ]
    for curie, left, right in plain:
        some[curie] = lambda curie=curie, left=left, right=right: add(draw(left), _node(curie), draw(right))
    for word in ("Functional", "InverseFunctional", "Symmetric", "Asymmetric", "Irreflexive", "Transitive"):
        some[word] = lambda word=word: add(draw(name), TYPE, _node(f"owl:{word}Property"))
    some["declare"] = lambda: (
        add(draw(kind), TYPE, _node("owl:Class")),
        add(draw(name), TYPE, draw(st.sampled_from([_node("owl:ObjectProperty"), _node("rdf:Property")]))),
    )
    one = graph(f":a :p {ONE}")[0].object
    for word, values in (
        ("someValuesFrom", thing_or_class),
        ("allValuesFrom", kind),
        ("hasValue", any_value),
        ("maxCardinality", st.just(one)),
        ("maxQualifiedCardinality", st.just(one)),
    ):

        def restriction(word: str = word, values: st.SearchStrategy = values) -> None:
            r = draw(kind)
            add(r, _node("owl:onProperty"), draw(name))
            add(r, _node(f"owl:{word}"), draw(values))
            if word == "maxQualifiedCardinality":
                add(r, _node("owl:onClass"), draw(thing_or_class))

        some[word] = restriction
    if lists:
        for word, item, owner in (
            ("propertyChainAxiom", name, name),
            ("intersectionOf", kind, kind),
            ("unionOf", kind, kind),
            ("oneOf", individual, kind),
            *([("hasKey", name, kind)] if keys else []),
        ):
            some[word] = lambda word=word, item=item, owner=owner: add(
                draw(owner), _node(f"owl:{word}"), listed(draw(st.lists(item, min_size=1, max_size=3)))
            )
    for _ in range(draw(st.integers(1, 6))):
        some[draw(st.sampled_from(["fact", "type"]))]()
    for _ in range(draw(st.integers(1, most))):
        some[draw(st.sampled_from(sorted(some)))]()
    return list(dict.fromkeys(triples))


@settings(max_examples=80, suppress_health_check=list(HealthCheck))
@given(graphs())
def test_all_that_owlrl_gives_for_random_graphs(triples: list[Triple]) -> None:
    compare(triples)


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(graphs(keys=True))
def test_every_inferred_triple_has_a_proof(triples: list[Triple]) -> None:
    prover = Prover(triples)
    for triple in closure(triples):
        proof = prover.prove((triple.subject, triple.predicate, triple.object))
        assert proof
        check(proof, triples)


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(graphs(lists=False, literals=False, most=2))
def test_a_proof_is_of_least_height(triples: list[Triple]) -> None:
    known = heights((t.subject, t.predicate, t.object) for t in triples)
    prover = Prover(triples)
    for triple in closure(triples):
        statement = (triple.subject, triple.predicate, triple.object)
        proof = prover.prove(statement)
        assert proof
        # An axiom is of height 1 for both; the trivial axioms about the vocabulary only shorten nothing.
        assert proof.height == known[statement]


IN_LIST = NamedNode("x:in-list")


def by_the_table(triples: list[Triple]) -> set[tuple]:
    """Close a graph with the table of rules itself, rule by rule, without sets, indexes or representatives."""
    known = {(t.subject, t.predicate, t.object) for t in triples}
    while True:
        lists = {(head, IN_LIST, item) for head, _, _ in known for item in _items(head, known)}
        new = {(term, SAME, term) for fact in known for term in fact}
        for rule in TABLE:
            if rule.conclusion and rule.plain:
                patterns = [tuple(map(_word, pattern)) for pattern in (*rule.premises, rule.conclusion)]
                for binding in _matches(patterns[:-1], list(known | lists), {}):
                    if not any(_does_not_fit(word, term) for word, term in binding.items()):
                        new.add(tuple(binding.get(word, word) for word in patterns[-1]))
        if new <= known:
            return known
        known |= new


def _word(word: str) -> NamedNode | str:
    return IN_LIST if word == LIST else word if word[0] in "?01" else NamedNode(word)


def _does_not_fit(word: object, term: object) -> bool:
    return term == IN_LIST or (word in ("0", "1") and not (isinstance(term, Literal) and term.value == word))


def _items(head: object, known: set[tuple]) -> set:
    cells, items = [head], set()
    for cell in cells:
        items |= {o for s, p, o in known if s == cell and p == FIRST}
        cells += [o for s, p, o in known if s == cell and p == REST and o not in cells]
    return items if NIL in cells else set()


# The axioms that the table does not list: which terms are annotation properties and datatypes.
UNLISTED = {_node("owl:AnnotationProperty"), _node("rdfs:Datatype")}
UNLISTED |= {triple.subject for triple in closure([], trivial=True) if triple.object in UNLISTED}
WHOLE_LISTS = {
    NamedNode("http://www.w3.org/2002/07/owl#" + n) for n in ("intersectionOf", "propertyChainAxiom")
}


@settings(max_examples=30, suppress_health_check=list(HealthCheck))
@given(graphs(literals=False, most=3))
@example(
    graph(
        ":p a owl:TransitiveProperty . :a :p :b . :b a :C . :C rdfs:subClassOf :D . :D owl:hasValue :c ;"
        "owl:onProperty :p"
    )
)
@example(graph(":p a owl:FunctionalProperty . :x :p :a , :b , :c"))
@example(graph("rdfs:domain owl:sameAs rdfs:range . :p rdfs:domain :C . :a :p :b"))
def test_the_engine_gives_what_the_table_gives(triples: list[Triple]) -> None:
    """Whatever has an algorithm of its own (equality, transitivity, functional properties) is in the table too."""
    assume(not WHOLE_LISTS & {triple.predicate for triple in triples})
    expected = by_the_table(triples)
    asserted = {(t.subject, t.predicate, t.object) for t in triples}
    found = {(t.subject, t.predicate, t.object) for t in closure(triples, trivial=True)} | asserted
    of_rdf = {f for f in expected if not isinstance(f[0], Literal) and isinstance(f[1], NamedNode)}
    assert of_rdf <= found
    assert {fact for fact in found - expected if not UNLISTED & set(fact)} == set()


def test_every_rule_is_made_from_the_table_or_named() -> None:
    compiled = {rule.name for rule in TABLE if rule.plain and rule.name not in BY_HAND}
    assert compiled | set(BY_HAND) >= RULES - {"cls-thing", "cls-nothing1"}
    assert not compiled & set(BY_HAND)
    for rule in TABLE:
        if rule.name in compiled:
            for at in range(len(rule.premises)) if rule.conclusion else [None]:
                compile(source(rule, at), rule.name, "exec")


@pytest.mark.quick
def test_the_closure_of_the_closure_is_the_closure() -> None:
    triples = everything()
    more = list(closure(triples, trivial=True))
    assert not list(closure([*triples, *more]))


def test_a_chain_of_a_transitive_property_is_closed() -> None:
    steps = " . ".join(f":n{i} :p :n{i + 1}" for i in range(200))
    result = closure(graph(f":p a owl:TransitiveProperty . {steps}"))
    assert len(result) == len(list(result)) == 200 * 201 // 2 - 200


def test_merging_in_the_middle_of_a_chain_keeps_it_closed() -> None:
    triples = graph(
        ":p a owl:TransitiveProperty . :a :p :m . :m :p :r . :w :p :a . :k :f :m , :r . "
        ":f a owl:FunctionalProperty . :r :p :z"
    )
    assert set(graph(":w :p :z , :r , :m . :a :p :z")) <= set(closure(triples))
    compare(triples)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # An edge that comes to a chain when two of its nodes have become one.
        (
            ":r :x :y . :p a owl:TransitiveProperty . :a :p :m . :m :p :r . :w :g :a . :r owl:sameAs :m ."
            ":p owl:sameAs :g",
            ":w :p :r , :m",
        ),
        # An edge that is inferred late, behind pairs that are there already.
        (
            ":p a owl:TransitiveProperty . :a :p :b . :b a :R . :R owl:hasValue :c ; owl:onProperty :p",
            ":a :p :c",
        ),
        (":b :x :y . :p a owl:TransitiveProperty . :a :p :b . :b2 :p :c . :b2 owl:sameAs :b", ":a :p :c"),
        # An axiom that stays as it is while another is rewritten.
        (
            ":u :s :v . :v :q0 :w . :r owl:propertyChainAxiom (:s :t) . :q rdfs:subPropertyOf :t ."
            ":q0 owl:sameAs :q",
            ":u :r :w",
        ),
        # An axiom about a term that is replaced.
        (
            ":b :q0 :c . :a :p :b . :r owl:propertyChainAxiom (:p :q) . :q0 owl:sameAs :q",
            ":a :r :c",
        ),
        (":E owl:intersectionOf (owl:Thing :C) . :C a owl:Class . :x a :C", ":x a :E"),
        ("rdf:type rdfs:subPropertyOf :q . :a a :C", ":a :q :C"),
        ("owl:sameAs rdfs:subPropertyOf :q . :a :p :b", ":a :q :a"),
        # A term of the vocabulary is the same as another property.
        (
            "rdf:type :p 1 . :x :p 1 ; rdfs:domain :D . :p a owl:InverseFunctionalProperty . :a a :C",
            ":a a :D",
        ),
        (":a owl:sameAs 5", ":a a xsd:integer"),
    ],
)
def test_rules_that_meet_late(text: str, expected: str) -> None:
    inferred = list(closure(graph(text)))
    assert set(graph(expected)) <= set(inferred)
    assert len(inferred) == len(set(inferred))


def test_literals_stay_as_they_are_written() -> None:
    triples = graph(":p rdfs:subPropertyOf :q . :a :p '01'^^xsd:int , '98.0'^^xsd:decimal")
    assert set(graph(":a :q '01'^^xsd:int , '98.0'^^xsd:decimal")) == set(closure(triples))


def test_terms_of_the_vocabulary_may_be_the_same() -> None:
    triples = graph(
        ":sub owl:sameAs rdfs:subClassOf . :C :sub :D . :a a :C . rdfs:label owl:sameAs owl:versionInfo"
    )
    assert set(graph(":a a :D")) <= set(closure(triples))
    twins = graph("rdfs:domain owl:sameAs rdfs:range . :p rdfs:domain :C . :a :p :b")
    assert set(graph(":b a :C . :p rdfs:range :C")) <= set(closure(twins))


def test_a_list_that_can_be_read_in_too_many_ways_is_refused() -> None:
    cells = " . ".join(f":l{i} rdf:first :C0 , :C1 , :C2 ; rdf:rest :l{i + 1}" for i in range(12))
    with pytest.raises(LimitError, match="10000 ways"):
        closure(graph(f":C owl:unionOf :l0 . {cells} . :l12 rdf:rest rdf:nil ; rdf:first :C0"))


def test_a_list_in_a_circle_is_no_list() -> None:
    assert not list(closure(graph(":C owl:unionOf :l . :l rdf:first :D ; rdf:rest :l . :a a :D")))


def test_a_literal_that_only_looks_like_a_class_is_not_trivial() -> None:
    text = Literal("http://www.w3.org/2002/07/owl#Thing")
    assert not always_holds(Triple(NamedNode(EX), TYPE, text))


def test_what_does_not_follow_has_no_proof() -> None:
    prover = Prover(graph(":C rdfs:subClassOf :D . :a a :C"))
    assert prover.prove((NamedNode(EX + "b"), TYPE, NamedNode(EX + "D"))) is None
    assert prover.prove((NamedNode(EX + "D"), TYPE, NamedNode(EX + "C"))) is None


def test_a_statement_that_is_used_twice_is_written_once() -> None:
    triples = graph(
        ":p a owl:TransitiveProperty . :q rdfs:subPropertyOf :p . :a :q :a . :c owl:intersectionOf (:C :D) ."
        ":B rdfs:subClassOf :C , :D . :A rdfs:subClassOf :B . :x a :A"
    )
    proof = Prover(triples).prove((NamedNode(EX + "x"), TYPE, NamedNode(EX + "c")))
    assert proof
    text = as_text(proof, str, lambda statement: ASSERTED)
    assert text.count("<https://example.org/A> <http://www.w3.org/2000/01/rdf-schema#subClassOf>") == 1
    assert "<https://example.org/x> a <https://example.org/B>  [see (1)]" in text
    data = as_data(proof, lambda statement: {})
    assert [step["step"] for step in data["steps"]] == list(range(1, len(data["steps"]) + 1))
    assert all(number < step["step"] for step in data["steps"] for number in step["premises"])
    assert len({quad.subject for quad in as_quads(proof, Terms(EX, EX, EX), lambda statement: [])}) == len(
        proof.steps()
    )
