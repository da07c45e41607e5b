"""``wcograph.entails`` and ``wcograph infer --entails``: cases after the W3C's OWL 2 test cases of the RL profile.

Each case is named after its W3C counterpart and says in other words what that one is about; the premises and
conclusions are our own.
"""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

import wcograph
from wcograph.cli import main
from wcograph.toolbox.rules.entailment import not_entailed

PREFIXES = """@base <http://example.org/> .
@prefix : <http://example.org/> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
ANONYMOUS = "[ a owl:Class ; owl:complementOf {} ]"

ENTAILED = {
    # facts
    "rdfbased-sem-rdfs-subclass-cond": (":A rdfs:subClassOf :B . :x a :A .", ":x a :B ."),
    "rdfbased-sem-rdfs-domain-cond": (":p rdfs:domain :C . :x :p :y .", ":x a :C ."),
    "rdfbased-sem-rdfs-range-cond": (":p rdfs:range :C . :x :p :y .", ":y a :C ."),
    "rdfbased-sem-eqdis-sameas-subst": (":x owl:sameAs :y . :p owl:sameAs :q . :x :p :z .", ":y :q :z ."),
    "rdfbased-sem-char-functional-inst": (
        ":p a owl:FunctionalProperty . :x :p :y, :z .",
        ":z owl:sameAs :y .",
    ),
    "rdfbased-sem-char-inversefunc-inst": (
        ":p a owl:InverseFunctionalProperty . :x :p :z . :y :p :z .",
        ":x owl:sameAs :y .",
    ),
    "rdfbased-sem-char-symmetric-inst": (":p a owl:SymmetricProperty . :x :p :y .", ":y :p :x ."),
    "rdfbased-sem-char-transitive-inst": (
        ":p a owl:TransitiveProperty . :x :p :y . :y :p :z .",
        ":x :p :z .",
    ),
    "rdfbased-sem-inv-inst": (":p owl:inverseOf :q . :x :q :y .", ":y :p :x ."),
    "rdfbased-sem-key-def": (
        ":C owl:hasKey ( :p :q ) . :x a :C ; :p 1 ; :q :v . :y a :C ; :p 01 ; :q :v .",
        ":x owl:sameAs :y .",
    ),
    "rdfbased-sem-chain-def": (
        ":p owl:propertyChainAxiom ( :q :r :s ) . :a :q :b . :b :r :c . :c :s :d .",
        ":a :p :d .",
    ),
    "rdfbased-sem-enum-inst-included": (":C owl:oneOf ( :x :y ) .", ":x a :C ."),
    "rdfbased-sem-bool-intersection-inst": (":C owl:intersectionOf ( :A :B ) . :x a :A, :B .", ":x a :C ."),
    "rdfbased-sem-bool-union-inst": (":C owl:unionOf ( :A :B ) . :x a :A .", ":x a :C ."),
    "rdfbased-sem-restrict-hasvalue-inst-subj": (
        ":R owl:hasValue :v ; owl:onProperty :p . :x :p :v .",
        ":x a :R .",
    ),
    "rdfbased-sem-restrict-hasvalue-inst-obj": (
        ":R owl:hasValue :v ; owl:onProperty :p . :x a :R .",
        ":x :p :v .",
    ),
    "rdfbased-sem-restrict-somevalues-inst-subj": (
        ":R owl:someValuesFrom :C ; owl:onProperty :p . :x :p :y . :y a :C .",
        ":x a :R .",
    ),
    "rdfbased-sem-restrict-allvalues-inst-obj": (
        ":R owl:allValuesFrom :C ; owl:onProperty :p . :x a :R ; :p :y .",
        ":y a :C .",
    ),
    "rdfbased-sem-restrict-maxcard-inst-obj-one": (
        ":R owl:maxCardinality 1 ; owl:onProperty :p . :x a :R ; :p :y, :z .",
        ":y owl:sameAs :z .",
    ),
    "rdfbased-sem-restrict-maxqcr-inst-obj-one": (
        ":R owl:maxQualifiedCardinality 1 ; owl:onProperty :p ; owl:onClass :C . :x a :R ; :p :y, :z . :y a :C . :z a :C .",
        ":y owl:sameAs :z .",
    ),
    "New-Feature-Keys-003": (
        ":C owl:hasKey ( :p ) . :x a :C ; :p 'n' . :y a :C ; :p 'n' .",
        ":x owl:sameAs :y .",
    ),
    "New-Feature-ObjectPropertyChain-BJP-003": (
        ":p owl:propertyChainAxiom ( :p :q ) . :a :p :b . :b :q :c .",
        ":a :p :c .",
    ),
    "New-Feature-ReflexiveProperty-001": (":p a owl:ReflexiveProperty . :x a :C .", ":x :p :x ."),
    "WebOnt-I4.6-003": (":A a owl:Class ; owl:sameAs :B .", ":A owl:equivalentClass :B . :B a owl:Class ."),
    "WebOnt-sameAs-001": (
        ":x owl:sameAs :y . :y a [ a owl:Restriction ; owl:onProperty :p ; owl:hasValue 3 ] .",
        ":x :p 3.0 .",
    ),
    # axioms that a rule concludes
    "rdfbased-sem-rdfs-subclass-trans": (
        ":A rdfs:subClassOf :B . :B rdfs:subClassOf :C .",
        ":A rdfs:subClassOf :C .",
    ),
    "WebOnt-equivalentClass-003": (
        ":A rdfs:subClassOf :B . :B rdfs:subClassOf :A .",
        ":A owl:equivalentClass :B .",
    ),
    "WebOnt-equivalentProperty-003": (
        ":p rdfs:subPropertyOf :q . :q rdfs:subPropertyOf :p .",
        ":q owl:equivalentProperty :p .",
    ),
    "rdfbased-sem-rdfs-domain-relax": (":p rdfs:domain :A . :A rdfs:subClassOf :B .", ":p rdfs:domain :B ."),
    "rdfbased-sem-bool-intersection-term": (":C owl:intersectionOf ( :A :B ) .", ":C rdfs:subClassOf :B ."),
    "rdfbased-sem-restrict-somevalues-cmp-class": (
        ":R owl:someValuesFrom :A ; owl:onProperty :p . "
        ":S owl:someValuesFrom :B ; owl:onProperty :p . :A rdfs:subClassOf :B .",
        ":R rdfs:subClassOf :S .",
    ),
    "rdfbased-sem-class-thing-term": ("", "owl:Thing a owl:Class . owl:Nothing a owl:Class ."),
    "rdfbased-sem-class-nothing-cmp": (
        ":C a owl:Class .",
        "owl:Nothing rdfs:subClassOf :C . :C rdfs:subClassOf owl:Thing .",
    ),
    "WebOnt-I5.8-011": (
        "[] a owl:Ontology .",
        "[] a owl:Ontology . xsd:integer a rdfs:Datatype . xsd:string a rdfs:Datatype .",
    ),
    # what no rule concludes: difference, complements, characteristics, ranges
    "WebOnt-differentFrom-001": (":x owl:differentFrom :y .", ":y owl:differentFrom :x ."),
    "owl2-rl-rules-fp-differentFrom": (
        ":p a owl:FunctionalProperty . :x :p :a . :y :p :b . :a owl:differentFrom :b .",
        ":x owl:differentFrom :y .",
    ),
    "owl2-rl-rules-ifp-differentFrom": (
        ":p a owl:InverseFunctionalProperty . :a :p :x . :b :p :y . :a owl:differentFrom :b .",
        ":x owl:differentFrom :y .",
    ),
    "New-Feature-DisjointObjectProperties-001": (
        ":p owl:propertyDisjointWith :q . :x :p :a . :y :q :a .",
        ":x owl:differentFrom :y .",
    ),
    "New-Feature-DisjointDataProperties-002": (
        "[ a owl:AllDisjointProperties ; owl:members ( :p :q :r ) ] . :x :p '1' . :y :q '1' . :z :r '1' .",
        "[ a owl:AllDifferent ; owl:distinctMembers ( :x :y :z ) ] .",
    ),
    "DisjointClasses-001": (":A owl:disjointWith :B . :x a :A .", f":x a {ANONYMOUS.format(':B')} ."),
    "DisjointClasses-003": (
        "[ a owl:AllDisjointClasses ; owl:members ( :A :B :C ) ] . :x a :A .",
        f":x a {ANONYMOUS.format(':B')}, {ANONYMOUS.format(':C')} .",
    ),
    "New-Feature-ObjectQCR-002": (
        ":x a [ owl:maxQualifiedCardinality 1 ; owl:onProperty :p ; owl:onClass :C ] ; :p :y, :z . "
        ":y a :C . :y owl:differentFrom :z .",
        f":z a {ANONYMOUS.format(':C')} .",
    ),
    "New-Feature-NegativeObjectPropertyAssertion": (
        ":p a owl:IrreflexiveProperty .",
        "[ a owl:NegativePropertyAssertion ; owl:sourceIndividual :x ; owl:assertionProperty :p ; "
        "owl:targetIndividual :x ] .",
    ),
    "chain2trans1": (":p owl:propertyChainAxiom ( :p :p ) .", ":p a owl:TransitiveProperty ."),
    "rdfbased-sem-inv-symmetric": (":p owl:inverseOf :p .", ":p a owl:SymmetricProperty ."),
    "rdfbased-sem-char-functional-sub": (
        ":p rdfs:subPropertyOf :q . :q a owl:FunctionalProperty .",
        ":p a owl:FunctionalProperty .",
    ),
    "rdfbased-sem-inv-inversefunctional": (
        ":p owl:inverseOf :q . :q a owl:FunctionalProperty .",
        ":p a owl:InverseFunctionalProperty .",
    ),
    "rdfbased-sem-eqdis-sameas-refl": (":x :p :y .", ":z owl:sameAs :z ."),
    "a header of its own": (":x :p :y .", "<o> a owl:Ontology ; owl:imports <i> . :x :p :y ."),
    "WebOnt-I5.5-005": (":A a owl:Class .", "[ a owl:Class ; owl:unionOf ( :A ) ] ."),
    "WebOnt-I5.26-010": (
        ":p a owl:ObjectProperty .",
        "[ a owl:Restriction ; owl:onProperty :p ; owl:minCardinality 1 ] .",
    ),
    "WebOnt-I5.8-006": (":p rdfs:range xsd:byte .", ":p rdfs:range xsd:short ."),
    "WebOnt-I5.8-008": (":p rdfs:range xsd:short, xsd:unsignedInt .", ":p rdfs:range xsd:unsignedShort ."),
    "WebOnt-I5.8-009": (
        ":p rdfs:range xsd:nonNegativeInteger, xsd:nonPositiveInteger .",
        ":p rdfs:range xsd:short .",
    ),
    "rdfbased-sem-subst-anonymous": (":x :p :y . :y :p :x .", "_:a :p [ :p _:a ] ."),
    "what contradicts itself entails all": (":x owl:differentFrom :x .", ":a :b :c ."),
}

ALWAYS = {
    "any term": ":x a owl:Thing, rdfs:Resource ; owl:sameAs :x . [] a owl:Thing .",
    "any class": ":C rdfs:subClassOf :C, owl:Thing ; owl:equivalentClass :C . owl:Nothing rdfs:subClassOf :C .",
    "any property": ":p rdfs:subPropertyOf :p ; owl:equivalentProperty :p ; rdfs:domain owl:Thing .",
    "top": ":p rdfs:subPropertyOf owl:topObjectProperty, owl:topDataProperty .",
    "bottom": "owl:bottomDataProperty rdfs:subPropertyOf :p . owl:bottomObjectProperty rdfs:subPropertyOf :p .",
    "axiomatic triples of RDF": "rdf:type a rdf:Property ; rdfs:range rdfs:Class . rdf:nil a rdf:List .",
    "axiomatic triples of RDFS": "rdfs:Datatype rdfs:subClassOf rdfs:Class . rdfs:subClassOf rdfs:domain rdfs:Class .",
    "members of containers": "rdf:_12 a rdfs:ContainerMembershipProperty ; rdfs:subPropertyOf rdfs:member .",
    "the vocabulary of OWL": "owl:sameAs a rdf:Property . owl:Restriction a rdfs:Class .",
    "annotation properties": "rdfs:label a owl:AnnotationProperty . owl:versionInfo a owl:AnnotationProperty .",
    "datatypes": "xsd:int a rdfs:Datatype ; rdfs:subClassOf xsd:long, rdfs:Literal ; owl:disjointWith xsd:token .",
}
NEVER = {
    "a member": ":x a :C .",
    "another thing": ":x owl:sameAs :y .",
    "another class": ":C rdfs:subClassOf :D .",
    "no class is empty for that": ":C rdfs:subClassOf owl:Nothing .",
    "everything is not in a class": "owl:Thing rdfs:subClassOf :C .",
    "another property": ":p rdfs:subPropertyOf :q .",
    "a property that nobody uses": ":p a rdf:Property .",
    "a range of the vocabulary": "rdf:type rdfs:range :C .",
    "no member of a container": "rdf:_0 a rdfs:ContainerMembershipProperty .",
    "no member with a leading zero": "rdf:_01 a rdf:Property .",
    "the derivation of datatypes turned round": "xsd:integer rdfs:subClassOf xsd:int .",
    "datatypes that overlap": "xsd:int owl:disjointWith xsd:byte .",
    "no datatype": ":d a rdfs:Datatype .",
}

NOT_ENTAILED = {
    "New-Feature-Keys-004": (":C owl:hasKey ( :p ) . :x a :C ; :p 'n' . :y :p 'n' .", ":x owl:sameAs :y ."),
    "New-Feature-Keys-005": (
        ":C owl:hasKey ( :p ) . :D rdfs:subClassOf :C . :x a :C ; :p 'n' . :y a :C ; :p 'm' .",
        ":x owl:sameAs :y .",
    ),
    "New-Feature-ObjectPropertyChain-BJP-004": (
        ":p owl:propertyChainAxiom ( :p :q ) . :a :p :b . :b :q :c .",
        ":a :q :c .",
    ),
    "WebOnt-I5.8-007": (":p rdfs:range xsd:short .", ":p rdfs:range xsd:byte ."),
    "WebOnt-I4.6-004": (":A owl:equivalentClass :B .", ":A owl:sameAs :B ."),
    "WebOnt-disjointWith": (":A owl:disjointWith :B .", ":A owl:disjointWith :C ."),
    "one node, two roles": (":x :p :y . :z :p :x .", "_:a :p _:a ."),
    "an anonymous class with other members": (":x a :A .", ":x a [ a owl:Class ; owl:complementOf :B ] ."),
    "a class expression that is not the type": (
        ":x a :A .",
        ":x a [ a owl:Restriction ; owl:onProperty :p ; owl:someValuesFrom :C ] .",
    ),
    "a subclass of nothing said": (":A a owl:Class . :B a owl:Class .", ":A rdfs:subClassOf :B ."),
    "a transitive property": (":p a owl:SymmetricProperty .", ":p a owl:TransitiveProperty ."),
    "a label": (":A rdfs:subClassOf :B .", ":A rdfs:label 'A' ."),
    "an ill-typed literal": (":x :p 1 .", ":x :p 'one'^^xsd:integer ."),
    "a literal said to be another thing": (":x :p 1 .", ":x :p 2 ."),
    "all different, and two may be the same": (
        ":x owl:differentFrom :y . :y owl:differentFrom :z .",
        "[ a owl:AllDifferent ; owl:members ( :x :y :z ) ] .",
    ),
    "a class that is two things": (
        ":x a :A, :B .",
        ":y a [ owl:complementOf :A ; owl:unionOf ( :B ) ] .",
    ),
    "a class that is no member of itself": (":x :p :y .", "_:c owl:complementOf _:c . :x a _:c ."),
    "a list in a circle": (":x :p :y .", "_:c rdf:first :x ; rdf:rest _:c ."),
    "a range of which nothing is said": (":x :p 1 .", ":p rdfs:range xsd:integer ."),
    "a reflexive pair": (":p a owl:SymmetricProperty . :x :p :y .", ":x :p :x ."),
}

INCONSISTENT = {
    "New-Feature-Keys-006": ":C owl:hasKey ( :p ) . :p a owl:FunctionalProperty . :x a :C ; :p 'n', 'm' .",
    "New-Feature-AsymmetricProperty-001": ":p a owl:AsymmetricProperty . :x :p :y . :y :p :x .",
    "New-Feature-IrreflexiveProperty-001": ":p a owl:IrreflexiveProperty . :x :p :x .",
    "New-Feature-DisjointDataProperties-001": ":p owl:propertyDisjointWith :q . :x :p 'v' ; :q 'v' .",
    "New-Feature-NegativeDataPropertyAssertion-001": (
        "[ a owl:NegativePropertyAssertion ; owl:sourceIndividual :x ; owl:assertionProperty :p ; "
        "owl:targetValue 5 ] . :x :p 5.0 ."
    ),
    "DisjointClasses-002": ":A owl:disjointWith :B . :x a :A, :B .",
    "WebOnt-Nothing-001": ":x a owl:Nothing .",
    "Plus and Minus Zero are Distinct": ":p a owl:FunctionalProperty . :x :p '0.0'^^xsd:float, '-0.0'^^xsd:float .",
    "functionality-clash": (
        ":p a owl:FunctionalProperty . "
        ":x a [ owl:onProperty :p ; owl:hasValue 18 ], [ owl:onProperty :p ; owl:hasValue 19 ] ."
    ),
    "string-integer-clash": ":p rdfs:range xsd:integer . :x a [ owl:onProperty :p ; owl:hasValue 'a' ] .",
    "rdfbased-sem-ndis-alldifferent-fw": "[ a owl:AllDifferent ; owl:members ( :x :y :z ) ] . :x owl:sameAs :z .",
    "rdfbased-sem-ndis-alldisjointproperties-fw": (
        "[ a owl:AllDisjointProperties ; owl:members ( :p :q :r ) ] . :x :p :y ; :r :y ."
    ),
    "rdfbased-sem-bool-complement-inst": ":A owl:complementOf :B . :x a :A, :B .",
    "rdfbased-sem-restrict-maxcard-inst-obj-zero": ":R owl:maxCardinality 0 ; owl:onProperty :p . :x a :R ; :p :y .",
}


def graph(text: str) -> list[ox.Triple]:
    return [quad.triple for quad in ox.parse(PREFIXES + text, ox.RdfFormat.TURTLE)]


@pytest.mark.quick(6)
@pytest.mark.parametrize("name", ENTAILED)
def test_what_is_entailed(name: str) -> None:
    premise, conclusion = ENTAILED[name]
    assert not_entailed(graph(premise), graph(conclusion)) == []


@pytest.mark.quick(6)
@pytest.mark.parametrize("name", NOT_ENTAILED)
def test_what_is_not_entailed(name: str) -> None:
    premise, conclusion = NOT_ENTAILED[name]
    assert not_entailed(graph(premise), graph(conclusion))


@pytest.mark.parametrize(
    "axiom",
    [
        *(f":A {word} :B" for word in ("rdfs:subClassOf", "owl:equivalentClass", "owl:disjointWith")),
        *(f":p {word} :A" for word in ("rdfs:domain", "rdfs:range")),
        *(f":p {word} :q" for word in ("rdfs:subPropertyOf", "owl:equivalentProperty", "owl:inverseOf")),
        ":p owl:propertyDisjointWith :q",
        ":x owl:differentFrom :y",
        *(f":p a owl:{word}Property" for word in ("Transitive", "Symmetric", "Asymmetric", "Irreflexive")),
        *(f":p a owl:{word}Property" for word in ("Functional", "InverseFunctional", "Reflexive")),
    ],
)
def test_an_axiom_of_which_nothing_is_said_is_not_entailed(axiom: str) -> None:
    said = ":A a owl:Class . :B a owl:Class . :p a owl:ObjectProperty . :q a owl:ObjectProperty . :x :p :y ; a :A ."
    assert not wcograph.entails(graph(said), graph(axiom + " ."))


@pytest.mark.parametrize("name", ALWAYS)
def test_what_always_holds(name: str) -> None:
    assert not_entailed([], graph(ALWAYS[name])) == []


@pytest.mark.parametrize("name", NEVER)
def test_what_does_not_hold_by_itself(name: str) -> None:
    assert not_entailed([], graph(NEVER[name])) == graph(NEVER[name])


def test_what_is_used_as_a_property_is_one() -> None:
    assert wcograph.entails(graph(":x :p :y ."), graph(":p a rdf:Property ."))


@pytest.mark.quick(3)
@pytest.mark.parametrize("name", INCONSISTENT)
def test_what_is_inconsistent(name: str) -> None:
    assert wcograph.closure(graph(INCONSISTENT[name])).inconsistencies
    assert wcograph.entails(graph(INCONSISTENT[name]), graph(":any :thing :else ."))


def test_more_conclusions_are_answered_right_than_owlrl_answers() -> None:
    from owlrl_reference import reference_closure

    right = 0
    for premise, conclusion in ENTAILED.values():
        found = reference_closure(graph(premise), trivial=True)
        right += bool(found.messages) or set(graph(conclusion)) <= found.triples | set(graph(premise))
    for text in INCONSISTENT.values():
        right += bool(reference_closure(graph(text)).messages)
    assert right < 0.75 * (len(ENTAILED) + len(INCONSISTENT))


def test_what_is_not_entailed_is_named_with_all_that_shares_its_blank_nodes() -> None:
    failed = not_entailed(graph(":x :p :y ."), graph(":x :p :y . :x :p [ :q 1 ] . :x :q 2 ."))
    assert {triple.predicate.value[-1] + str(triple.object)[:2] for triple in failed} >= {'q"1', 'q"2'}
    assert len(failed) == 3


@pytest.mark.quick
def test_on_the_command_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    premise, conclusion, other = (tmp_path / name for name in ("a.ttl", "b.ttl", "c.ttl"))
    premise.write_text(PREFIXES + ":x owl:differentFrom :y .")
    conclusion.write_text(PREFIXES + ":y owl:differentFrom :x .")
    other.write_text(PREFIXES + ":y :p :x . :y owl:differentFrom :x .")
    assert main(["infer", str(premise), "--entails", str(conclusion)]) == 0
    assert capfd.readouterr() == ("", "entailed\n")
    assert main(["infer", str(premise), "--entails", str(other)]) == 1
    assert (
        capfd.readouterr().out
        == "not entailed: <http://example.org/y> <http://example.org/p> <http://example.org/x>\n"
    )
    assert main(["infer", str(premise), "--entails", str(tmp_path / "no.ttl")]) == 3
    assert main(["infer", str(premise), "--entails", str(other), "--check"]) == 2
    assert capfd.readouterr().err.count("\n") == 2
