"""What a publication decides about its RDF: prefixes, the order of predicates, and how its things are named."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

STANDARD_PREFIXES = {
    "dcterms": "http://purl.org/dc/terms/",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "sh": "http://www.w3.org/ns/shacl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "void": "http://rdfs.org/ns/void#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


def _iris(names: str) -> tuple[str, ...]:
    return tuple(STANDARD_PREFIXES[name.partition(":")[0]] + name.partition(":")[2] for name in names.split())


# What a thing is, what it is called and what it means come first; then its place in a vocabulary, what a shape looks
# at, and the source; where the statement comes from, last.
# SHACL and OWL keep the order in which people read them. All else stands between, by IRI.
FIRST_PREDICATES = _iris("""
    rdf:type sh:path rdfs:subClassOf rdfs:subPropertyOf owl:equivalentClass owl:equivalentProperty rdfs:domain rdfs:range
    owl:onProperty
    dcterms:title skos:prefLabel rdfs:label sh:name skos:altLabel skos:hiddenLabel
    skos:definition dcterms:description rdfs:comment sh:description skos:scopeNote skos:note skos:example
    skos:notation skos:inScheme skos:topConceptOf skos:broader
    sh:targetClass sh:targetNode sh:targetSubjectsOf sh:targetObjectsOf sh:target sh:order sh:group sh:minCount sh:maxCount
    sh:qualifiedValueShape
    dcterms:publisher dcterms:issued
""")
LAST_PREDICATES = _iris("""
    sh:severity sh:prefixes sh:message sh:select sh:ask sh:construct sh:property rdfs:seeAlso rdfs:isDefinedBy
    prov:wasDerivedFrom prov:wasQuotedFrom dcterms:source
""")
MAIN_CLASSES = frozenset(_iris("owl:Ontology skos:ConceptScheme void:Dataset"))
"""A subject of one of these is what a file is about: it comes first in its section."""


class Profile:
    """What a publication decides about its RDF; the defaults suit the standard vocabularies.

    ``prefixes`` may be used if a text does not declare them. Predicates in ``first_predicates`` come before all
    others in this order, and those in ``LAST_PREDICATES`` after them.

    Every IRI of the publication begins with ``namespace``. Below ``individuals``, a name is a kind and a
    code (``polity-TUR``); below ``schemes``, a concept scheme is named by a plural (``action-kinds``). A source
    (below ``sources``) may have the name of what it is about, and is meant only if nothing else has that name.
    (No dataclass, which takes long to import.)
    """

    __slots__ = ("_ranks", "individuals", "namespace", "prefixes", "schemes", "sources")

    def __init__(
        self,
        prefixes: Mapping[str, str] = STANDARD_PREFIXES,
        first_predicates: Sequence[str] = FIRST_PREDICATES,
        *,
        namespace: str = "",
        individuals: str = "",
        schemes: str = "",
        sources: str = "",
    ) -> None:
        """Keep the values; they must not be changed."""
        self.namespace, self.individuals = namespace, individuals
        self.schemes, self.sources, self.prefixes = schemes, sources, prefixes
        count = len(first_predicates)
        self._ranks = {iri: rank - count for rank, iri in enumerate(first_predicates)}
        self._ranks |= {iri: rank for rank, iri in enumerate(LAST_PREDICATES, 1)}

    def with_prefixes(self, declared: Mapping[str, str]) -> dict[str, str]:
        """Return the prefixes that a text declares, and those of the profile with other names and namespaces.

        >>> Profile({"a": "http://a/", "b": "http://b/"}).with_prefixes({"x": "http://a/"})
        {'b': 'http://b/', 'x': 'http://a/'}
        """
        taken = set(declared.values())
        ours = {p: iri for p, iri in self.prefixes.items() if p not in declared and iri not in taken}
        return {**ours, **declared}

    def order_of_predicate(self, iri: str) -> tuple[int, str]:
        """Return the key by which predicates are sorted.

        >>> sorted(["http://a/p", *_iris("dcterms:source rdf:type")], key=Profile().order_of_predicate)[1]
        'http://a/p'
        """
        return self._ranks.get(iri, 0), iri


STANDARD = Profile()
"""The profile of a text whose publisher is not known."""
