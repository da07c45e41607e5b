"""Where reasoners go wrong: cases written after the OWL 2 RL tables, datatypes and their traps included.

Each case is a graph and what follows (``yes``), what must not follow (``no``), or that it is inconsistent.
"""

from __future__ import annotations

import pytest
from pyoxigraph import RdfFormat, Triple, parse

from wcograph import closure

PREFIXES = """
PREFIX : <https://example.org/>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""
ONE = '"1"^^xsd:nonNegativeInteger'
NONE = '"0"^^xsd:nonNegativeInteger'


def graph(text: str) -> list[Triple]:
    return [quad.triple for quad in parse(f"{PREFIXES} {text} .", RdfFormat.TURTLE)]


INCONSISTENT = {
    # datatypes
    "two values of a functional property": ":p a owl:FunctionalProperty . :a :p 1 , 2",
    "plus and minus zero": ":p a owl:FunctionalProperty . :a :p '0.0'^^xsd:double , '-0.0'^^xsd:double",
    "a float is no double": ":p a owl:FunctionalProperty . :a :p '1'^^xsd:float , '1'^^xsd:double",
    "a decimal is no double": ":p a owl:FunctionalProperty . :a :p 1.0 , 1.0e0",
    "two strings": ":p a owl:FunctionalProperty . :a :p 'a' , 'b'",
    "a text in two languages": ":p a owl:FunctionalProperty . :a :p 'a'@en , 'a'@fr",
    "a text with and without a language": ":p a owl:FunctionalProperty . :a :p 'a'@en , 'a'",
    "a date with and without its zone": (
        ":p a owl:FunctionalProperty . :a :p '2020-01-01T00:00:00Z'^^xsd:dateTime , '2020-01-01T00:00:00'^^xsd:dateTime"
    ),
    # equal, but not identical (OWL 2 Structural Specification, section 4.7)
    "a moment in two zones": (
        ":p a owl:FunctionalProperty . :a :p '2020-01-01T12:00:00Z'^^xsd:dateTime , "
        "'2020-01-01T13:00:00+01:00'^^xsd:dateTime"
    ),
    "a string where an integer belongs": ":p rdfs:range xsd:integer . :a :p 'five'",
    "a decimal with a fraction where an integer belongs": ":p rdfs:range xsd:integer . :a :p 1.5",
    "a small negative fraction where an integer belongs": ":p rdfs:range xsd:int . :a :p -0.5",
    "a byte that is too great": ":p rdfs:range xsd:byte . :a :p 128",
    "a negative where none may be": ":p rdfs:range xsd:nonNegativeInteger . :a :p -1",
    "a range from a superproperty": (":p rdfs:subPropertyOf :q . :q rdfs:range xsd:integer . :a :p 'x'"),
    "two ranges that share no value": ":p rdfs:range xsd:string , xsd:integer . :a :p 'x'",
    "an ill-formed literal": ":a :p 'x'^^xsd:integer",
    "a day that is none": ":a :p '2021-02-29'^^xsd:date",
    "a number in a class of texts by allValuesFrom": (
        ":R owl:onProperty :p ; owl:allValuesFrom xsd:string . :a a :R ; :p 5"
    ),
    # equality and difference
    "the same and different": ":a owl:sameAs :b . :b owl:differentFrom :a",
    "different from itself": ":a owl:differentFrom :a",
    "the same by way of others": ":a owl:sameAs :b . :b owl:sameAs :c . :c owl:sameAs :d . :a owl:differentFrom :d",
    "a literal that differs": ":a owl:sameAs 1 . :a owl:sameAs 2",
    "all different, last and first": "[] a owl:AllDifferent ; owl:members (:a :b :c) . :c owl:sameAs :a",
    "all different, one twice": "[] a owl:AllDifferent ; owl:distinctMembers (:a :b :a)",
    "all different by a functional property": (
        ":p a owl:FunctionalProperty . :x :p :a , :b . [] a owl:AllDifferent ; owl:members (:a :b)"
    ),
    # properties
    "an asymmetric loop": ":p a owl:AsymmetricProperty . :a :p :a",
    "asymmetric, by sameAs": ":p a owl:AsymmetricProperty . :a :p :b . :c :p :a . :c owl:sameAs :b",
    "irreflexive, by sameAs": ":p a owl:IrreflexiveProperty . :a :p :b . :a owl:sameAs :b",
    "disjoint properties, by a subproperty": (
        ":p owl:propertyDisjointWith :q . :r rdfs:subPropertyOf :p . :a :r :b ; :q :b"
    ),
    "disjoint properties with equal values": ":p owl:propertyDisjointWith :q . :a :p '1'^^xsd:int ; :q 1.0",
    "a property disjoint with itself": ":p owl:propertyDisjointWith :p . :a :p :b",
    "all disjoint, first and last": "[] a owl:AllDisjointProperties ; owl:members (:p :q :r) . :a :p :b ; :r :b",
    "a negative assertion": (
        "[] a owl:NegativePropertyAssertion ; owl:sourceIndividual :a ; owl:assertionProperty :p ;"
        "owl:targetIndividual :b . :a :q :b . :q rdfs:subPropertyOf :p"
    ),
    "a negative assertion about an equal thing": (
        "[] owl:sourceIndividual :a ; owl:assertionProperty :p ; owl:targetIndividual :b . :a2 :p :b . :a owl:sameAs :a2"
    ),
    "a negative assertion about an equal value": (
        "[] owl:sourceIndividual :a ; owl:assertionProperty :p ; owl:targetValue 5 . :a :p '5.0'^^xsd:decimal"
    ),
    "a negative assertion of what a chain gives": (
        ":r owl:propertyChainAxiom (:p :q) . :a :p :b . :b :q :c . [] owl:sourceIndividual :a ;"
        "owl:assertionProperty :r ; owl:targetIndividual :c"
    ),
    # classes
    "a member of nothing": ":C rdfs:subClassOf owl:Nothing . :a a :C",
    "nothing by the domain": ":p rdfs:domain owl:Nothing . :a :p :b",
    "a class that is nothing": ":C owl:equivalentClass owl:Nothing . :a a :C",
    "the same as a member of a disjoint class": ":C owl:disjointWith :D . :a a :C . :b a :D . :a owl:sameAs :b",
    "all disjoint classes": "[] a owl:AllDisjointClasses ; owl:members (:A :B :C :D) . :a a :B , :D",
    "a class and its complement": ":C owl:complementOf :D . :E rdfs:subClassOf :D . :a a :C , :E",
    "disjoint classes that are the same": ":C owl:disjointWith :D . :C owl:sameAs :D . :a a :C",
    "no value is allowed": f":R owl:maxCardinality {NONE} ; owl:onProperty :p . :a a :R ; :p 'x'",
    "zero written otherwise": ":R owl:maxCardinality '00'^^xsd:integer ; owl:onProperty :p . :a a :R ; :p :x",
    "one value is allowed and two differ": (
        f":R owl:maxCardinality {ONE} ; owl:onProperty :p . :a a :R ; :p :x , :y . :x owl:differentFrom :y"
    ),
    "no value of a class is allowed": (
        f":R owl:maxQualifiedCardinality {NONE} ; owl:onProperty :p ; owl:onClass :C . :a a :R ; :p :x . :x a :D ."
        ":D rdfs:subClassOf :C"
    ),
    "a key makes two of what differ": (
        ":C owl:hasKey (:p) . :a a :C ; :p 'k' . :b a :C ; :p 'k' . :a owl:differentFrom :b"
    ),
    "a key and a functional property": (
        ":C owl:hasKey (:k) . :q a owl:FunctionalProperty . :a a :C ; :k 1 ; :q 'x' . :b a :C ; :k 1 ; :q 'y'"
    ),
}
CONSISTENT = {
    "a value in several forms": (
        ":p a owl:FunctionalProperty . :a :p 1 , '01'^^xsd:integer , '1.00'^^xsd:decimal , '1'^^xsd:byte"
    ),
    "a fraction in two forms": ":p a owl:FunctionalProperty . :a :p 1.5 , '+01.50'^^xsd:decimal",
    "midnight in two forms": (
        ":p a owl:FunctionalProperty . :a :p '2020-01-01T24:00:00Z'^^xsd:dateTime , "
        "'2020-01-02T00:00:00Z'^^xsd:dateTime"
    ),
    "a tag in two cases": ":p a owl:FunctionalProperty . :a :p 'a'@en-GB , 'a'@EN-gb",
    "a datatype that nobody knows": ":p a owl:FunctionalProperty . :a :p '1'^^:d , '2'^^:d",
    "a double in two forms": ":p a owl:FunctionalProperty . :a :p '1.0e1'^^xsd:double , '10'^^xsd:double",
    "an integer where a decimal belongs": ":p rdfs:range xsd:decimal . :a :p 5 , '5'^^xsd:byte",
    "a decimal that is whole where an integer belongs": ":p rdfs:range xsd:integer . :a :p 5.0",
    "different is not told by names": ":p a owl:FunctionalProperty . :a :p :b , :c",
    "disjoint classes without a member": ":C owl:disjointWith :D . :E rdfs:subClassOf :C , :D",
    "a class and its complement with different members": ":C owl:complementOf :D . :a a :C . :b a :D",
    "disjoint properties, values apart": ":p owl:propertyDisjointWith :q . :a :p :b ; :q :c . :b :q :a",
    "asymmetric in one direction": ":p a owl:AsymmetricProperty . :a :p :b . :b :p :c",
    "a list of different ones without its type": "[] owl:members (:a :b) . :a owl:sameAs :b",
    "a negative assertion that is kept": (
        "[] owl:sourceIndividual :a ; owl:assertionProperty :p ; owl:targetIndividual :b . :b :p :a"
    ),
    "one value of another class": (
        f":R owl:maxQualifiedCardinality {NONE} ; owl:onProperty :p ; owl:onClass :C . :a a :R ; :p :x . :x a :D"
    ),
    "a greater cardinality": (
        ":R owl:maxCardinality 2 ; owl:onProperty :p . :a a :R ; :p :x , :y . :x owl:differentFrom :y"
    ),
}
# A graph, what follows, and what does not.
ENTAILMENTS = {
    "a key of one property": (":C owl:hasKey (:p) . :a a :C ; :p 1 . :b a :C ; :p 1.0", ":a owl:sameAs :b", None),
    "a key that differs in its last property": (
        ":C owl:hasKey (:p :q) . :a a :C ; :p 1 ; :q 1 . :b a :C ; :p 1 ; :q 2", None, ":a owl:sameAs :b",
    ),
    "a key of which one value is missing": (
        ":C owl:hasKey (:p :q) . :a a :C ; :p 1 . :b a :C ; :p 1", None, ":a owl:sameAs :b",
    ),
    "a key of another class": (":C owl:hasKey (:p) . :a a :C ; :p 1 . :b a :D ; :p 1", None, ":a owl:sameAs :b"),
    "a key by subclass and subproperty": (
        ":C owl:hasKey (:p) . :D rdfs:subClassOf :C . :q rdfs:subPropertyOf :p . :a a :D ; :q :k . :b a :C ; :p :k",
        ":a owl:sameAs :b", None,
    ),
    "a key of no property": (":C owl:hasKey () . :a a :C . :b a :C", None, ":a owl:sameAs :b"),
    "a chain of one": (":r owl:propertyChainAxiom (:p) . :a :p :b", ":a :r :b", ":b :r :a"),
    "a chain of four": (
        ":r owl:propertyChainAxiom (:p :q :p :q) . :a :p :b . :b :q :c . :c :p :d . :d :q :e", ":a :r :e", ":a :r :c",
    ),
    "a chain of itself": (
        ":p owl:propertyChainAxiom (:p :p) . :a :p :b . :b :p :c . :c :p :d", ":a :p :c , :d . :b :p :d", ":d :p :a",
    ),
    "a chain with an inverse": (
        ":r owl:propertyChainAxiom (:p :q) . :i owl:inverseOf :q . :a :p :b . :c :i :b", ":a :r :c", None,
    ),
    "a chain that ends in a value": (":r owl:propertyChainAxiom (:p :q) . :a :p :b . :b :q 5", ":a :r 5", None),
    "a chain over equal things": (
        ":r owl:propertyChainAxiom (:p :q) . :a :p :b . :b owl:sameAs :c . :c :q :d", ":a :r :d", None,
    ),
    "the same property": (":p owl:sameAs :q . :p a owl:TransitiveProperty . :a :q :b . :b :q :c", ":a :p :c ; :q :c", None),
    "the same class": (":C owl:sameAs :D . :a a :C . :D rdfs:subClassOf :E", ":a a :D , :E", None),
    "equivalent classes are not the same": (":C owl:equivalentClass :D ; :p :x", None, ":C owl:sameAs :D . :D :p :x"),
    "one of, both ways": (":C owl:oneOf (:a :b)", ":a a :C . :b a :C", None),
    "one of, with one member": (":C owl:oneOf (:a) . :b a :C", ":a a :C", ":a owl:sameAs :b"),
    "has value, both ways": (
        ":R owl:hasValue 5 ; owl:onProperty :p . :a :p '5.0'^^xsd:decimal . :b a :R . :c :p 6",
        ":a a :R . :b :p 5", ":c a :R",
    ),
    "some values, never the other way": (
        ":R owl:someValuesFrom :C ; owl:onProperty :p . :a a :R ; :p :b", None, ":b a :C",
    ),
    "some values from a datatype": (
        ":R owl:someValuesFrom xsd:integer ; owl:onProperty :p . :a :p 5 . :b :p 'x'", ":a a :R", ":b a :R",
    ),
    "some values from everything": (
        ":R owl:someValuesFrom owl:Thing ; owl:onProperty :p . :a :p :b . :c :p 5", ":a a :R", None,
    ),
    "all values, never the other way": (
        ":R owl:allValuesFrom :C ; owl:onProperty :p . :a a :R ; :p :b . :d :p :e . :e a :C", ":b a :C", ":d a :R",
    ),
    "all of an intersection": (
        ":C owl:intersectionOf (:D :E :F) . :a a :D , :E , :F . :b a :D , :E", ":a a :C", ":b a :C",
    ),
    "an intersection of none": (":C owl:intersectionOf () . :a a :D", None, ":a a :C"),
    "a member of a union has no part": (":C owl:unionOf (:D :E) . :a a :C", None, ":a a :D"),
    "one value makes two the same": (
        f":R owl:maxCardinality {ONE} ; owl:onProperty :p . :a a :R ; :p :x , :y . :b :p :u , :v",
        ":x owl:sameAs :y", ":u owl:sameAs :v",
    ),
    "one written as an int": (
        ":R owl:maxCardinality '1'^^xsd:int ; owl:onProperty :p . :a a :R ; :p :x , :y", ":x owl:sameAs :y", None,
    ),
    "two is no one": (
        ":R owl:maxCardinality 2 ; owl:onProperty :p . :a a :R ; :p :x , :y , :z", None, ":x owl:sameAs :y",
    ),
    "one of a class": (
        f":R owl:maxQualifiedCardinality {ONE} ; owl:onProperty :p ; owl:onClass :C . :a a :R ; :p :x , :y , :z ."
        ":x a :C . :y a :C . :z a :D",
        ":x owl:sameAs :y", ":x owl:sameAs :z",
    ),
    "functional is not inverse functional": (
        ":p a owl:FunctionalProperty . :a :p :x , :y . :b :p :x", ":x owl:sameAs :y", ":a owl:sameAs :b",
    ),
    "inverse functional by a value": (
        ":p a owl:InverseFunctionalProperty . :a :p '1'^^xsd:int . :b :p 1.0", ":a owl:sameAs :b", None,
    ),
    "an inverse of an inverse": (
        ":p owl:inverseOf :q . :q owl:inverseOf :r . :a :p :b", ":b :q :a . :a :r :b", ":b :p :a",
    ),
    "its own inverse is symmetric": (":p owl:inverseOf :p . :a :p :b", ":b :p :a", None),
    "a symmetric transitive property": (
        ":p a owl:SymmetricProperty , owl:TransitiveProperty . :a :p :b", ":a :p :a . :b :p :a , :b", None,
    ),
    "a transitive property is not inherited": (
        ":p rdfs:subPropertyOf :q . :q a owl:TransitiveProperty . :a :p :b . :b :p :c", ":a :q :c", ":a :p :c",
    ),
    "a domain is no restriction upward": (
        ":p rdfs:subPropertyOf :q . :p rdfs:domain :C . :a :q :b", None, ":a a :C . :q rdfs:domain :C",
    ),
    "domain and range of a superproperty": (
        ":p rdfs:subPropertyOf :q . :q rdfs:domain :C ; rdfs:range :D . :a :p :b",
        ":a a :C . :b a :D . :p rdfs:domain :C ; rdfs:range :D", ":p rdfs:domain :D",
    ),
    "mutual subclasses are equivalent": (
        ":C rdfs:subClassOf :D . :D rdfs:subClassOf :E . :E rdfs:subClassOf :C", ":C owl:equivalentClass :D , :E", None,
    ),
    "values replaced in both places": (
        ":a owl:sameAs :b . :c owl:sameAs :d . :a :p :c", ":b :p :c , :d . :a :p :d", ":c :p :a",
    ),
    "equal literals are exchanged": (":a :p '1'^^xsd:int . :b :q 1.0", ":a :p 1.0 . :b :q '1'^^xsd:int", None),
    "texts in two languages are not": (":a :p 'x'@en . :b :q 'x'@fr", None, ":a :p 'x'@fr"),
    "a nested expression": (
        ":C rdfs:subClassOf [ owl:onProperty :p ; owl:allValuesFrom [ owl:unionOf (:D [ owl:intersectionOf (:E :F) ]) ] ] ."
        ":G owl:unionOf (:D [ owl:intersectionOf (:E :F) ]) . :a a :C ; :p :b . :b a :E , :F",
        ":b a :G", ":b a :D",
    ),
}  # fmt: skip


@pytest.mark.quick(3)
@pytest.mark.parametrize("name", INCONSISTENT)
def test_inconsistent(name: str) -> None:
    assert closure(graph(INCONSISTENT[name])).inconsistencies


@pytest.mark.quick(3)
@pytest.mark.parametrize("name", CONSISTENT)
def test_consistent(name: str) -> None:
    assert not closure(graph(CONSISTENT[name])).inconsistencies


@pytest.mark.quick(3)
@pytest.mark.parametrize("name", ENTAILMENTS)
def test_entailed_and_not_entailed(name: str) -> None:
    text, wanted, unwanted = ENTAILMENTS[name]
    premises = graph(text)
    result = closure(premises)
    found = {*result, *premises}
    assert not result.inconsistencies
    if wanted:
        assert set(graph(wanted)) <= found
    if unwanted:
        assert not set(graph(unwanted)) & found
