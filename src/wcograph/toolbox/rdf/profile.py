"""What a publication decides about its RDF: prefixes, the order of predicates, and how its things are named."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_DCTERMS = "http://purl.org/dc/terms/"
_OWL = "http://www.w3.org/2002/07/owl#"
_PROV = "http://www.w3.org/ns/prov#"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_RDFS = "http://www.w3.org/2000/01/rdf-schema#"
_SH = "http://www.w3.org/ns/shacl#"
_SKOS = "http://www.w3.org/2004/02/skos/core#"
_VOID = "http://rdfs.org/ns/void#"

# What a thing is, what it is called and what it means come first; where the statement comes from, last.
# SHACL and OWL keep the order in which people read them. All else stands between, by IRI.
FIRST_PREDICATES = (
    _RDF + "type",
    _SH + "path",
    _RDFS + "subClassOf",
    _RDFS + "subPropertyOf",
    _OWL + "equivalentClass",
    _OWL + "equivalentProperty",
    _RDFS + "domain",
    _RDFS + "range",
    _OWL + "onProperty",
    # names
    _DCTERMS + "title",
    _SKOS + "prefLabel",
    _RDFS + "label",
    _SH + "name",
    _SKOS + "altLabel",
    _SKOS + "hiddenLabel",
    # meaning
    _SKOS + "definition",
    _DCTERMS + "description",
    _RDFS + "comment",
    _SH + "description",
    _SKOS + "scopeNote",
    _SKOS + "note",
    _SKOS + "example",
    # place in a vocabulary
    _SKOS + "notation",
    _SKOS + "inScheme",
    _SKOS + "topConceptOf",
    _SKOS + "broader",
    # what a shape looks at, before what must hold
    _SH + "targetClass",
    _SH + "targetNode",
    _SH + "targetSubjectsOf",
    _SH + "targetObjectsOf",
    _SH + "target",
    _SH + "order",
    _SH + "group",
    _SH + "minCount",
    _SH + "maxCount",
    _SH + "qualifiedValueShape",
    # a source
    _DCTERMS + "publisher",
    _DCTERMS + "issued",
)
LAST_PREDICATES = (
    _SH + "severity",
    _SH + "prefixes",
    _SH + "message",
    _SH + "select",
    _SH + "ask",
    _SH + "construct",
    _SH + "property",
    _RDFS + "seeAlso",
    _RDFS + "isDefinedBy",
    _PROV + "wasDerivedFrom",
    _PROV + "wasQuotedFrom",
    _DCTERMS + "source",
)


MAIN_CLASSES = {_OWL + "Ontology", _SKOS + "ConceptScheme", _VOID + "Dataset"}
"""A subject of one of these is what a file is about: it comes first in its section."""
STANDARD_PREFIXES = {
    "dcterms": _DCTERMS,
    "owl": _OWL,
    "prov": _PROV,
    "rdf": _RDF,
    "rdfs": _RDFS,
    "sh": _SH,
    "skos": _SKOS,
    "void": _VOID,
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


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
        self.namespace, self.individuals, self.schemes, self.sources = (
            namespace,
            individuals,
            schemes,
            sources,
        )
        self.prefixes = prefixes
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

        >>> sorted(["http://a/p", _DCTERMS + "source", _RDF + "type"], key=Profile().order_of_predicate)[1]
        'http://a/p'
        """
        return self._ranks.get(iri, 0), iri


STANDARD = Profile()
"""The profile of a text whose publisher is not known."""
