"""What holds in every graph: the axiomatic triples of RDF, RDFS and OWL 2, and what is true of any term."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode

from wcograph.toolbox.rdf.xsd import XSD
from wcograph.toolbox.rules._engine import REFLEXIVE
from wcograph.toolbox.rules._vocabulary import ANNOTATION_PROPERTIES
from wcograph.toolbox.rules.datatypes import DATATYPES, RDF, RDFS, SUPERTYPES
from wcograph.toolbox.rules.rules import OWL, expand

if TYPE_CHECKING:
    from pyoxigraph import Triple

# RDF Semantics, sections 8 and 9: a property, its domain and its range.
_PROPERTIES = """
rdf:type rdfs:Resource rdfs:Class
rdf:subject rdf:Statement rdfs:Resource
rdf:predicate rdf:Statement rdfs:Resource
rdf:object rdf:Statement rdfs:Resource
rdf:first rdf:List rdfs:Resource
rdf:rest rdf:List rdf:List
rdf:value rdfs:Resource rdfs:Resource
rdfs:domain rdf:Property rdfs:Class
rdfs:range rdf:Property rdfs:Class
rdfs:subPropertyOf rdf:Property rdf:Property
rdfs:subClassOf rdfs:Class rdfs:Class
rdfs:member rdfs:Resource rdfs:Resource
rdfs:seeAlso rdfs:Resource rdfs:Resource
rdfs:isDefinedBy rdfs:Resource rdfs:Resource
rdfs:comment rdfs:Resource rdfs:Literal
rdfs:label rdfs:Resource rdfs:Literal
"""
_OWL_CLASSES = """
Class Thing Nothing Restriction AllDifferent AllDisjointClasses AllDisjointProperties Annotation
AnnotationProperty AsymmetricProperty Axiom DataRange DatatypeProperty DeprecatedClass
DeprecatedProperty FunctionalProperty InverseFunctionalProperty IrreflexiveProperty NamedIndividual
NegativePropertyAssertion ObjectProperty Ontology OntologyProperty ReflexiveProperty SymmetricProperty
TransitiveProperty
"""
_OWL_PROPERTIES = """
allValuesFrom annotatedProperty annotatedSource annotatedTarget assertionProperty backwardCompatibleWith
bottomDataProperty bottomObjectProperty cardinality complementOf datatypeComplementOf deprecated
differentFrom disjointUnionOf disjointWith distinctMembers equivalentClass equivalentProperty hasKey
hasSelf hasValue imports incompatibleWith intersectionOf inverseOf maxCardinality
maxQualifiedCardinality members minCardinality minQualifiedCardinality onClass onDataRange onDatatype
oneOf onProperties onProperty priorVersion propertyChainAxiom propertyDisjointWith qualifiedCardinality
sameAs someValuesFrom sourceIndividual targetIndividual targetValue topDataProperty topObjectProperty
unionOf versionInfo versionIRI withRestrictions
"""
_TYPE, _DOMAIN, _RANGE, _SUBCLASS, _SUBPROPERTY = (
    expand(name)
    for name in ("rdf:type", "rdfs:domain", "rdfs:range", "rdfs:subClassOf", "rdfs:subPropertyOf")
)
_TOP, _BOTTOM = (
    tuple(f"{OWL}{end}{kind}Property" for kind in ("Object", "Data")) for end in ("top", "bottom")
)
_EVERYTHING = (OWL + "Thing", RDFS + "Resource")
_SAME = (  # classes with the same members (OWL 2 RDF-Based Semantics, section 5.2)
    {*_EVERYTHING},
    {OWL + "Class", RDFS + "Class"},
    {OWL + "ObjectProperty", RDF + "Property"},
    {OWL + "DataRange", RDFS + "Datatype"},
)
_PRIMITIVE = {  # no two of these have a value in common
    XSD + name
    for name in (
        *("decimal", "string", "float", "double", "boolean", "anyURI"),
        *("dateTime", "date", "time", "hexBinary", "base64Binary"),
    )
}
_MEMBER = re.compile(re.escape(RDF) + r"_[1-9][0-9]*")


def always_holds(triple: Triple) -> bool:
    """Return whether every graph entails a triple.

    These triples are: what is true of any term (that it is an ``owl:Thing``, the same as itself, a subclass of itself if
    it is a class; OWL 2 Direct Semantics), the axiomatic triples, and how the datatypes of OWL 2 RL are related.

    >>> from pyoxigraph import RdfFormat, parse
    >>> text = "@prefix owl: <" + OWL + "> . <e:x> a owl:Thing ; owl:sameAs <e:x> ; owl:sameAs <e:y> ."
    >>> [always_holds(quad.triple) for quad in parse(text, RdfFormat.TURTLE)]
    [True, True, False]
    """
    p = triple.predicate.value
    s, o = (term.value if isinstance(term, NamedNode) else "" for term in (triple.subject, triple.object))
    if p in REFLEXIVE and triple.subject == triple.object:
        return True
    if isinstance(triple.object, Literal):
        return False
    if o in _EVERYTHING and p in (_TYPE, _DOMAIN, _RANGE, _SUBCLASS):
        return True
    if p == _SUBCLASS and (s == OWL + "Nothing" or (s in DATATYPES and o == RDFS + "Literal")):
        return True
    if p == _SUBPROPERTY and (s in _BOTTOM or o in _TOP):
        return True
    if _MEMBER.fullmatch(s):  # rdf:_1, rdf:_2, ...
        member = (_TYPE, RDFS + "ContainerMembershipProperty"), (_SUBPROPERTY, RDFS + "member")
        return (p, o) in ((_TYPE, RDF + "Property"), *member)
    if p in (_SUBCLASS, OWL + "equivalentClass") and any({s, o} == same for same in _SAME):
        return True
    if p == OWL + "disjointWith":
        roots = {SUPERTYPES.get(iri, (iri,))[-1] for iri in (s, o)}
        return len(roots) == 2 and roots <= _PRIMITIVE
    return (s, p, o) in _axioms()


@cache
def _axioms() -> frozenset[tuple[str, str, str]]:
    found = {
        (RDFS + "isDefinedBy", _SUBPROPERTY, RDFS + "seeAlso"),
        (RDFS + "ContainerMembershipProperty", _SUBCLASS, RDF + "Property"),
        (RDFS + "Datatype", _SUBCLASS, RDFS + "Class"),
        (RDF + "nil", _TYPE, RDF + "List"),
        *((RDF + name, _SUBCLASS, RDFS + "Container") for name in ("Alt", "Bag", "Seq")),
        *((iri, _TYPE, OWL + "AnnotationProperty") for iri in ANNOTATION_PROPERTIES),
    }
    properties = [OWL + name for name in _OWL_PROPERTIES.split()]
    classes = (
        {OWL + name for name in _OWL_CLASSES.split()} | set(DATATYPES) | {RDFS + "Class", RDF + "Property"}
    )
    for line in _PROPERTIES.strip().splitlines():
        p, domain, range_ = map(expand, line.split())
        properties.append(p)
        classes |= {domain, range_}
        found |= {(p, _DOMAIN, domain), (p, _RANGE, range_)}
    found |= {(p, _TYPE, kind) for p in properties for kind in (RDF + "Property", OWL + "ObjectProperty")}
    found |= {(ends[1], _TYPE, OWL + "DatatypeProperty") for ends in (_TOP, _BOTTOM)}
    found |= {(c, _TYPE, kind) for c in classes for kind in (RDFS + "Class", OWL + "Class")}
    found |= {(iri, _TYPE, RDFS + "Datatype") for iri in DATATYPES}
    found |= {(iri, _SUBCLASS, above) for iri, supertypes in SUPERTYPES.items() for above in supertypes}
    return frozenset(found)
