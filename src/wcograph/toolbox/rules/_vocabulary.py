"""The terms that the rules name, as small integers; the terms of each graph have the numbers after them."""

from __future__ import annotations

from wcograph.toolbox.rules.datatypes import DATATYPES
from wcograph.toolbox.rules.rules import LIST, TABLE, expand

_NAMED = dict.fromkeys(
    word
    for rule in TABLE
    for pattern in (*rule.premises, rule.conclusion or ())
    for word in pattern
    if word[0] not in "?01" and word != LIST
)
_BY_HAND = "rdf:first rdf:rest rdf:nil owl:hasKey owl:propertyChainAxiom owl:intersectionOf"
VOCABULARY: tuple[str, ...] = tuple(dict.fromkeys((*_NAMED, *map(expand, _BY_HAND.split()))))
NUMBERS: dict[str, int] = {iri: number for number, iri in enumerate((*VOCABULARY, LIST))}
"""The number of each term of the vocabulary, and of LIST."""

(
    TYPE, FIRST, REST, NIL, DOMAIN, RANGE, SUBPROPERTY, SUBCLASS, DATATYPE, SAME, DIFFERENT,
    ALL_DIFFERENT, MEMBERS, DISTINCT_MEMBERS, FUNCTIONAL, INVERSE_FUNCTIONAL,
    TRANSITIVE, CHAIN, EQUIVALENT_PROPERTY, ALL_DISJOINT_PROPERTIES, HAS_KEY,
    CLASS, THING, NOTHING, INTERSECTION, UNION, COMPLEMENT, SOME, ON_PROPERTY,
    ALL, MAX, MAX_QUALIFIED, ON_CLASS, ONE_OF, EQUIVALENT_CLASS,
    ALL_DISJOINT_CLASSES, ANNOTATION_PROPERTY,
) = (
    NUMBERS[expand(name)]
    for name in (  # noqa: SIM905 (words read better)
        "rdf:type rdf:first rdf:rest rdf:nil rdfs:domain rdfs:range rdfs:subPropertyOf rdfs:subClassOf rdfs:Datatype "
        "owl:sameAs owl:differentFrom owl:AllDifferent owl:members owl:distinctMembers owl:FunctionalProperty "
        "owl:InverseFunctionalProperty owl:TransitiveProperty owl:propertyChainAxiom owl:equivalentProperty "
        "owl:AllDisjointProperties owl:hasKey owl:Class owl:Thing owl:Nothing owl:intersectionOf owl:unionOf "
        "owl:complementOf owl:someValuesFrom owl:onProperty owl:allValuesFrom owl:maxCardinality "
        "owl:maxQualifiedCardinality owl:onClass owl:oneOf owl:equivalentClass owl:AllDisjointClasses "
        "owl:AnnotationProperty"
    ).split()
)  # fmt: skip
ITEM = NUMBERS[LIST]

ANNOTATION_PROPERTIES: tuple[str, ...] = tuple(
    expand(name)
    for name in (  # noqa: SIM905
        "rdfs:label rdfs:comment rdfs:seeAlso rdfs:isDefinedBy owl:deprecated owl:versionInfo owl:priorVersion "
        "owl:backwardCompatibleWith owl:incompatibleWith"
    ).split()
)
"""The built-in annotation properties of OWL 2 RL (rule prp-ap)."""

BUILT_IN: tuple[str, ...] = (*sorted(DATATYPES), *ANNOTATION_PROPERTIES)
"""The IRIs whose numbers follow those of the vocabulary."""
DATATYPE_NUMBERS = range(len(NUMBERS), len(NUMBERS) + len(DATATYPES))
