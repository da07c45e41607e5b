"""The rules of OWL 2 RL/RDF as data: tables 4 to 9 of https://www.w3.org/TR/owl2-profiles/ (section 4.3).

One rule per line: its name, its premises, and what follows; ``false`` is an inconsistency. ``?l LIST ?ci`` stands for
the triples of an RDF list that has ``?ci`` among its items (``?ci`` and ``?cj``: two of its items), ``?l LIST ?c1 ...
?cn`` for those of the whole list; ``0`` and ``1`` stand for any literal whose value is that number. The names are those
of the tables. Two rules are not in the tables: ``rdfs6`` (of RDF Semantics) and ``dt-sub`` (the derivation of the XML
Schema datatypes), which owlrl applies too.

``_joins`` makes the forward engine and the search for inconsistencies from this table, ``proof`` the search for proofs.
"""

from __future__ import annotations

from typing import NamedTuple

from wcograph.toolbox.rules.datatypes import RDF, RDFS

OWL = "http://www.w3.org/2002/07/owl#"
PREFIXES = {"rdf:": RDF, "rdfs:": RDFS, "owl:": OWL}
LIST = "LIST"
"""What the table writes for the relation between an RDF list and its items; it is not an IRI."""

TABLES = """
eq-ref       ?s ?p ?o => ?s owl:sameAs ?s
eq-sym       ?x owl:sameAs ?y => ?y owl:sameAs ?x
eq-trans     ?x owl:sameAs ?y . ?y owl:sameAs ?z => ?x owl:sameAs ?z
eq-rep-s     ?s owl:sameAs ?s' . ?s ?p ?o => ?s' ?p ?o
eq-rep-p     ?p owl:sameAs ?p' . ?s ?p ?o => ?s ?p' ?o
eq-rep-o     ?o owl:sameAs ?o' . ?s ?p ?o => ?s ?p ?o'
eq-diff1     ?x owl:sameAs ?y . ?x owl:differentFrom ?y => false
eq-diff2     ?x rdf:type owl:AllDifferent . ?x owl:members ?y . ?y LIST ?zi . ?y LIST ?zj . ?zi owl:sameAs ?zj => false
eq-diff3    ?x rdf:type owl:AllDifferent . ?x owl:distinctMembers ?y . ?y LIST ?zi . ?y LIST ?zj . ?zi owl:sameAs ?zj => false
prp-ap       => ?ap rdf:type owl:AnnotationProperty
prp-dom      ?p rdfs:domain ?c . ?x ?p ?y => ?x rdf:type ?c
prp-rng      ?p rdfs:range ?c . ?x ?p ?y => ?y rdf:type ?c
prp-fp       ?p rdf:type owl:FunctionalProperty . ?x ?p ?y1 . ?x ?p ?y2 => ?y1 owl:sameAs ?y2
prp-ifp      ?p rdf:type owl:InverseFunctionalProperty . ?x1 ?p ?y . ?x2 ?p ?y => ?x1 owl:sameAs ?x2
prp-irp      ?p rdf:type owl:IrreflexiveProperty . ?x ?p ?x => false
prp-symp     ?p rdf:type owl:SymmetricProperty . ?x ?p ?y => ?y ?p ?x
prp-asyp     ?p rdf:type owl:AsymmetricProperty . ?x ?p ?y . ?y ?p ?x => false
prp-trp      ?p rdf:type owl:TransitiveProperty . ?x ?p ?y . ?y ?p ?z => ?x ?p ?z
prp-spo1     ?p1 rdfs:subPropertyOf ?p2 . ?x ?p1 ?y => ?x ?p2 ?y
prp-spo2     ?p owl:propertyChainAxiom ?l . ?l LIST ?p1 ... ?pn . ?u1 ?p1 ?u2 . ... . ?un ?pn ?um => ?u1 ?p ?um
prp-eqp1     ?p1 owl:equivalentProperty ?p2 . ?x ?p1 ?y => ?x ?p2 ?y
prp-eqp2     ?p1 owl:equivalentProperty ?p2 . ?x ?p2 ?y => ?x ?p1 ?y
prp-pdw      ?p1 owl:propertyDisjointWith ?p2 . ?x ?p1 ?y . ?x ?p2 ?y => false
prp-adp      ?x rdf:type owl:AllDisjointProperties . ?x owl:members ?l . ?l LIST ?pi . ?l LIST ?pj . ?u ?pi ?v . ?u ?pj ?v => false
prp-inv1     ?p1 owl:inverseOf ?p2 . ?x ?p1 ?y => ?y ?p2 ?x
prp-inv2     ?p1 owl:inverseOf ?p2 . ?x ?p2 ?y => ?y ?p1 ?x
prp-key      ?c owl:hasKey ?l . ?l LIST ?p1 ... ?pn . ?x rdf:type ?c . ?x ?p1 ?z1 . ... . ?y rdf:type ?c . ?y ?p1 ?z1 . ... => ?x owl:sameAs ?y
prp-npa1     ?x owl:sourceIndividual ?i1 . ?x owl:assertionProperty ?p . ?x owl:targetIndividual ?i2 . ?i1 ?p ?i2 => false
prp-npa2     ?x owl:sourceIndividual ?i . ?x owl:assertionProperty ?p . ?x owl:targetValue ?v . ?i ?p ?v => false
cls-thing    => owl:Thing rdf:type owl:Class
cls-nothing1 => owl:Nothing rdf:type owl:Class
cls-nothing2 ?x rdf:type owl:Nothing => false
cls-int1     ?c owl:intersectionOf ?l . ?l LIST ?c1 ... ?cn . ?y rdf:type ?c1 . ... . ?y rdf:type ?cn => ?y rdf:type ?c
cls-int2     ?c owl:intersectionOf ?l . ?l LIST ?ci . ?y rdf:type ?c => ?y rdf:type ?ci
cls-uni      ?c owl:unionOf ?l . ?l LIST ?ci . ?y rdf:type ?ci => ?y rdf:type ?c
cls-com      ?c1 owl:complementOf ?c2 . ?x rdf:type ?c1 . ?x rdf:type ?c2 => false
cls-svf1     ?x owl:someValuesFrom ?y . ?x owl:onProperty ?p . ?u ?p ?v . ?v rdf:type ?y => ?u rdf:type ?x
cls-svf2     ?x owl:someValuesFrom owl:Thing . ?x owl:onProperty ?p . ?u ?p ?v => ?u rdf:type ?x
cls-avf      ?x owl:allValuesFrom ?y . ?x owl:onProperty ?p . ?u rdf:type ?x . ?u ?p ?v => ?v rdf:type ?y
cls-hv1      ?x owl:hasValue ?y . ?x owl:onProperty ?p . ?u rdf:type ?x => ?u ?p ?y
cls-hv2      ?x owl:hasValue ?y . ?x owl:onProperty ?p . ?u ?p ?y => ?u rdf:type ?x
cls-maxc1    ?x owl:maxCardinality 0 . ?x owl:onProperty ?p . ?u rdf:type ?x . ?u ?p ?y => false
cls-maxc2    ?x owl:maxCardinality 1 . ?x owl:onProperty ?p . ?u ?p ?y1 . ?u ?p ?y2 . ?u rdf:type ?x => ?y1 owl:sameAs ?y2
cls-maxqc1   ?x owl:maxQualifiedCardinality 0 . ?x owl:onProperty ?p . ?x owl:onClass ?c . ?u rdf:type ?x . ?u ?p ?y . ?y rdf:type ?c => false
cls-maxqc2   ?x owl:maxQualifiedCardinality 0 . ?x owl:onProperty ?p . ?x owl:onClass owl:Thing . ?u rdf:type ?x . ?u ?p ?y => false
cls-maxqc3   ?x owl:maxQualifiedCardinality 1 . ?x owl:onProperty ?p . ?x owl:onClass ?c . ?u ?p ?y1 . ?u ?p ?y2 . ?u rdf:type ?x . ?y1 rdf:type ?c . ?y2 rdf:type ?c => ?y1 owl:sameAs ?y2
cls-maxqc4   ?x owl:maxQualifiedCardinality 1 . ?x owl:onProperty ?p . ?x owl:onClass owl:Thing . ?u ?p ?y1 . ?u ?p ?y2 . ?u rdf:type ?x => ?y1 owl:sameAs ?y2
cls-oo       ?c owl:oneOf ?l . ?l LIST ?yi => ?yi rdf:type ?c
cax-sco      ?c1 rdfs:subClassOf ?c2 . ?x rdf:type ?c1 => ?x rdf:type ?c2
cax-eqc1     ?c1 owl:equivalentClass ?c2 . ?x rdf:type ?c1 => ?x rdf:type ?c2
cax-eqc2     ?c1 owl:equivalentClass ?c2 . ?x rdf:type ?c2 => ?x rdf:type ?c1
cax-dw       ?c1 owl:disjointWith ?c2 . ?x rdf:type ?c1 . ?x rdf:type ?c2 => false
cax-adc      ?x rdf:type owl:AllDisjointClasses . ?x owl:members ?l . ?l LIST ?ci . ?l LIST ?cj . ?z rdf:type ?ci . ?z rdf:type ?cj => false
dt-type1     => ?dt rdf:type rdfs:Datatype
dt-type2     => ?lt rdf:type ?dt
dt-eq        => ?lt1 owl:sameAs ?lt2
dt-diff      => ?lt1 owl:differentFrom ?lt2
dt-not-type  ?lt rdf:type ?dt => false
dt-sub       ?x rdf:type ?dt1 => ?x rdf:type ?dt2
scm-cls      ?c rdf:type owl:Class => ?c rdfs:subClassOf ?c
scm-cls      ?c rdf:type owl:Class => ?c owl:equivalentClass ?c
scm-cls      ?c rdf:type owl:Class => ?c rdfs:subClassOf owl:Thing
scm-cls      ?c rdf:type owl:Class => owl:Nothing rdfs:subClassOf ?c
scm-sco      ?c1 rdfs:subClassOf ?c2 . ?c2 rdfs:subClassOf ?c3 => ?c1 rdfs:subClassOf ?c3
scm-eqc1     ?c1 owl:equivalentClass ?c2 => ?c1 rdfs:subClassOf ?c2
scm-eqc1     ?c1 owl:equivalentClass ?c2 => ?c2 rdfs:subClassOf ?c1
scm-eqc2     ?c1 rdfs:subClassOf ?c2 . ?c2 rdfs:subClassOf ?c1 => ?c1 owl:equivalentClass ?c2
scm-op       ?p rdf:type owl:ObjectProperty => ?p rdfs:subPropertyOf ?p
scm-op       ?p rdf:type owl:ObjectProperty => ?p owl:equivalentProperty ?p
scm-dp       ?p rdf:type owl:DatatypeProperty => ?p rdfs:subPropertyOf ?p
scm-dp       ?p rdf:type owl:DatatypeProperty => ?p owl:equivalentProperty ?p
scm-spo      ?p1 rdfs:subPropertyOf ?p2 . ?p2 rdfs:subPropertyOf ?p3 => ?p1 rdfs:subPropertyOf ?p3
scm-eqp1     ?p1 owl:equivalentProperty ?p2 => ?p1 rdfs:subPropertyOf ?p2
scm-eqp1     ?p1 owl:equivalentProperty ?p2 => ?p2 rdfs:subPropertyOf ?p1
scm-eqp2     ?p1 rdfs:subPropertyOf ?p2 . ?p2 rdfs:subPropertyOf ?p1 => ?p1 owl:equivalentProperty ?p2
scm-dom1     ?p rdfs:domain ?c1 . ?c1 rdfs:subClassOf ?c2 => ?p rdfs:domain ?c2
scm-dom2     ?p2 rdfs:domain ?c . ?p1 rdfs:subPropertyOf ?p2 => ?p1 rdfs:domain ?c
scm-rng1     ?p rdfs:range ?c1 . ?c1 rdfs:subClassOf ?c2 => ?p rdfs:range ?c2
scm-rng2     ?p2 rdfs:range ?c . ?p1 rdfs:subPropertyOf ?p2 => ?p1 rdfs:range ?c
scm-hv       ?c1 owl:hasValue ?i . ?c1 owl:onProperty ?p1 . ?c2 owl:hasValue ?i . ?c2 owl:onProperty ?p2 . ?p1 rdfs:subPropertyOf ?p2 => ?c1 rdfs:subClassOf ?c2
scm-svf1     ?c1 owl:someValuesFrom ?y1 . ?c1 owl:onProperty ?p . ?c2 owl:someValuesFrom ?y2 . ?c2 owl:onProperty ?p . ?y1 rdfs:subClassOf ?y2 => ?c1 rdfs:subClassOf ?c2
scm-svf2     ?c1 owl:someValuesFrom ?y . ?c1 owl:onProperty ?p1 . ?c2 owl:someValuesFrom ?y . ?c2 owl:onProperty ?p2 . ?p1 rdfs:subPropertyOf ?p2 => ?c1 rdfs:subClassOf ?c2
scm-avf1     ?c1 owl:allValuesFrom ?y1 . ?c1 owl:onProperty ?p . ?c2 owl:allValuesFrom ?y2 . ?c2 owl:onProperty ?p . ?y1 rdfs:subClassOf ?y2 => ?c1 rdfs:subClassOf ?c2
scm-avf2     ?c1 owl:allValuesFrom ?y . ?c1 owl:onProperty ?p1 . ?c2 owl:allValuesFrom ?y . ?c2 owl:onProperty ?p2 . ?p1 rdfs:subPropertyOf ?p2 => ?c2 rdfs:subClassOf ?c1
scm-int      ?c owl:intersectionOf ?l . ?l LIST ?ci => ?c rdfs:subClassOf ?ci
scm-uni      ?c owl:unionOf ?l . ?l LIST ?ci => ?ci rdfs:subClassOf ?c
rdfs6        ?p rdf:type rdf:Property => ?p rdfs:subPropertyOf ?p
rdfs6        ?p rdf:type rdf:Property => ?p owl:equivalentProperty ?p
"""  # noqa: E501 (a rule is best read as one line)

Pattern = tuple[str, str, str]


class Rule(NamedTuple):
    """A rule: its name, its premises and its conclusion, as patterns of three terms (None is *false*).

    A term is a variable (``?x``), an IRI, ``LIST``, ``0`` or ``1``. ``plain`` says that the premises are exactly the
    patterns. The other rules have a whole list among their premises, or need to know the values of literals; their
    premises are not given here.
    """

    name: str
    premises: tuple[Pattern, ...]
    conclusion: Pattern | None
    plain: bool


# These hold without a premise, but not of every term, or of which term is not a matter of patterns.
_OF_SOME_TERMS = frozenset("eq-ref prp-ap dt-type1 dt-type2 dt-eq dt-diff dt-not-type dt-sub".split())  # noqa: SIM905


def read_tables(text: str = TABLES) -> tuple[Rule, ...]:
    """Read the notation of TABLES.

    >>> read_tables("cax-sco ?c1 rdfs:subClassOf ?c2 . ?x rdf:type ?c1 => ?x rdf:type ?c2")[0].conclusion
    ('?x', 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type', '?c2')
    """
    rules = []
    for line in text.strip().splitlines():
        name, _, body = line.partition(" ")
        before, _, after = body.partition("=>")
        plain = "..." not in before and name not in _OF_SOME_TERMS
        premises = [part for part in before.split(" . ") if part.strip()] if plain else []
        conclusion = None if after.strip() == "false" else _pattern(after)
        rules.append(Rule(name, tuple(map(_pattern, premises)), conclusion, plain))
    return tuple(rules)


def expand(name: str) -> str:
    """Write out a name of RDF, RDFS or OWL.

    >>> expand("owl:Thing")
    'http://www.w3.org/2002/07/owl#Thing'
    """
    prefix, colon, local = name.partition(":")
    return PREFIXES[prefix + colon] + local


def _pattern(text: str) -> Pattern:
    subject, predicate, target = (expand(word) if ":" in word else word for word in text.split())
    return subject, predicate, target


TABLE: tuple[Rule, ...] = read_tables()
"""All rules, in the order of the tables; a rule with several conclusions is there once for each."""

RULES: frozenset[str] = frozenset(rule.name for rule in TABLE)
"""The names of all rules."""
