"""A description of the dataset in DCAT 3, VoID and PROF, made from the dataset.

It is made on request (`wcograph export --describe`) and not stored with the data, so it is never out of
date and the graph does not describe its own description. Versions, titles and licences come from the
ontology; counts from the graph as `wcograph export` writes it, each triple once.

- `DCAT 3 <https://www.w3.org/TR/vocab-dcat-3/>`_: the dataset, its version, and its distributions.
- `VoID <https://www.w3.org/TR/void/>`_: triples, entities, subsets by named graph, a partition for each class and
  property.
- `PROF <https://www.w3.org/TR/dx-prof/>`_: the profile, with ontology, shapes, examples and documentation.
"""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING, Any

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad

from wcograph import layout
from wcograph.derive import of_roles
from wcograph.toolbox.rdf.content import Content
from wcograph.toolbox.rdf.syntaxes import COMPRESSED, SYNTAXES, named
from wcograph.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

DATASET = layout.NAMESPACE + "dataset"
PROFILE = layout.NAMESPACE + "profile"
ONTOLOGY = layout.NAMESPACE + "ns"

PREFIXES = {
    **layout.PREFIXES,
    "dcat": "http://www.w3.org/ns/dcat#",
    "prof": "http://www.w3.org/ns/dx/prof/",
    "role": "http://www.w3.org/ns/dx/prof/role/",
    "spdx": "http://spdx.org/rdf/terms#",
    "void": "http://rdfs.org/ns/void#",
}
_MEDIA = "https://www.iana.org/assignments/media-types/"
_W3C_FORMATS = {
    "turtle": "Turtle",
    "trig": "TriG",
    "nt": "N-Triples",
    "nq": "N-Quads",
    "rdfxml": "RDF_XML",
    "jsonld": "JSON-LD",
    "n3": "N3",
}


def description(folder: str, files: Sequence[dict[str, Any]] = ()) -> Content:
    """Describe the graph at ``folder``.

    ``files`` are the entries of a manifest (see `wcograph.exports.manifest.entry`): the actual distributions,
    with size and checksum. Without them, one distribution is described for each syntax, without size and checksum.
    """
    quads = list(of_roles(folder))
    facts = _Facts()
    _dataset(facts, quads)
    _statistics(facts, quads)
    _distributions(facts, files)
    _profile(facts, folder)
    return Content(facts.quads, PREFIXES)


class _Facts:
    """Gathered quads, written with prefixed names."""

    def __init__(self) -> None:
        self.quads: list[Quad] = []

    def add(self, subject: str, predicate: str, *values: str | int | Literal) -> None:
        """Add a triple for each value: an IRI or prefixed name, a number, or a literal."""
        for value in values:
            if isinstance(value, int):
                term: NamedNode | Literal = Literal(value)
            else:
                term = value if isinstance(value, Literal) else NamedNode(_iri(value))
            self.quads.append(Quad(NamedNode(_iri(subject)), NamedNode(_iri(predicate)), term))

    def values(self, subject: str, predicate: str) -> list[str]:
        """Return the IRIs that are the values of a property."""
        wanted = NamedNode(_iri(subject)), NamedNode(_iri(predicate))
        return [q.object.value for q in self.quads if (q.subject, q.predicate) == wanted]  # type: ignore[union-attr]


def _iri(name: str) -> str:
    prefix, colon, local = name.partition(":")
    return PREFIXES[prefix] + local if colon and prefix in PREFIXES and not local.startswith("//") else name


def _dataset(facts: _Facts, quads: Iterable[Quad]) -> None:
    of_ontology = {quad.predicate.value: quad.object for quad in quads if quad.subject == NamedNode(ONTOLOGY)}
    licence = of_ontology.get(_iri("dcterms:license"))
    version = of_ontology.get(_iri("owl:versionInfo"))
    facts.add(DATASET, "rdf:type", "dcat:Dataset", "void:Dataset")
    facts.add(DATASET, "dcterms:title", Literal("World Customs Organization knowledge graph", language="en"))
    facts.add(
        DATASET,
        "dcterms:description",
        Literal(
            "The World Customs Organization as a knowledge graph: its Members, bodies, regions, offices, people, "
            "conventions and instruments, each fact with its source.",
            language="en",
        ),
    )
    facts.add(DATASET, "dcat:version", Literal(__version__))
    if isinstance(licence, NamedNode):
        facts.add(DATASET, "dcterms:license", licence.value)
    facts.add(DATASET, "dcterms:conformsTo", ONTOLOGY, PROFILE)
    facts.add(DATASET, "dcterms:language", *_languages(quads))
    facts.add(DATASET, "void:uriSpace", Literal(layout.NAMESPACE))
    facts.add(DATASET, "void:vocabulary", *_vocabularies(quads))
    facts.add(DATASET, "void:exampleResource", *_examples(quads))
    facts.add(ONTOLOGY, "rdf:type", "owl:Ontology")
    if isinstance(version, Literal):
        facts.add(ONTOLOGY, "owl:versionInfo", version)


def _languages(quads: Iterable[Quad]) -> list[str]:
    tags = {
        q.object.language.partition("-")[0]
        for q in quads
        if isinstance(q.object, Literal) and q.object.language
    }
    return [
        f"http://publications.europa.eu/resource/authority/language/{_EU[tag]}"
        for tag in sorted(tags)
        if tag in _EU
    ]


_EU = {"en": "ENG", "fr": "FRA", "es": "SPA", "ar": "ARA", "ru": "RUS", "pt": "POR", "tr": "TUR", "de": "DEU"}


def _vocabularies(quads: Iterable[Quad]) -> list[str]:
    """Return the namespaces of the properties and classes in use."""
    used = {quad.predicate.value for quad in quads}
    used |= {q.object.value for q in quads if q.predicate.value == _TYPE and isinstance(q.object, NamedNode)}
    return sorted(
        namespace for namespace in layout.PREFIXES.values() if any(iri.startswith(namespace) for iri in used)
    )


_TYPE = layout.PREFIXES["rdf"] + "type"


def _examples(quads: Iterable[Quad]) -> list[str]:
    """Return the first individual, by IRI, of each of wcograph's own classes that has one."""
    first: dict[str, str] = {}
    for quad in quads:
        if (
            quad.predicate.value == _TYPE
            and isinstance(quad.object, NamedNode)
            and quad.object.value.startswith(layout.PREFIXES["wco"])
            and isinstance(quad.subject, NamedNode)
        ):
            kind, subject = quad.object.value, quad.subject.value
            first[kind] = min(first.get(kind, subject), subject)
    return sorted(first.values())


def _statistics(facts: _Facts, quads: Sequence[Quad]) -> None:
    """Count, as VoID defines it (sections 4.5 and 4.6), the union of the graphs and each graph."""
    triples = {quad.triple for quad in quads}
    facts.add(DATASET, "void:triples", len(triples))
    facts.add(DATASET, "void:distinctSubjects", len({triple.subject for triple in triples}))
    facts.add(DATASET, "void:distinctObjects", len({triple.object for triple in triples}))
    classes: dict[str, set[object]] = {}
    properties: dict[str, list[Any]] = {}
    for triple in triples:
        properties.setdefault(triple.predicate.value, []).append(triple)
        if triple.predicate.value == _TYPE and isinstance(triple.object, NamedNode):
            classes.setdefault(triple.object.value, set()).add(triple.subject)
    facts.add(DATASET, "void:properties", len(properties))
    facts.add(DATASET, "void:classes", len(classes))
    facts.add(
        DATASET,
        "void:entities",
        len(
            {
                t.subject
                for t in triples
                if isinstance(t.subject, NamedNode) and t.subject.value.startswith(layout.NAMESPACE)
            }
        ),
    )
    facts.add(DATASET, "void:uriRegexPattern", Literal("^" + layout.NAMESPACE.replace(".", "\\.")))
    for kind, members in sorted(classes.items()):
        part = _part("class", kind)
        facts.add(DATASET, "void:classPartition", part)
        facts.add(part, "rdf:type", "void:Dataset")
        facts.add(part, "void:class", kind)
        facts.add(part, "void:entities", len(members))
    for predicate, rows in sorted(properties.items()):
        part = _part("property", predicate)
        facts.add(DATASET, "void:propertyPartition", part)
        facts.add(part, "rdf:type", "void:Dataset")
        facts.add(part, "void:property", predicate)
        facts.add(part, "void:triples", len(rows))
        facts.add(part, "void:distinctSubjects", len({row.subject for row in rows}))
        facts.add(part, "void:distinctObjects", len({row.object for row in rows}))
    for graph, count in sorted(Counter(_graph_name(quad) for quad in quads).items()):
        facts.add(DATASET, "void:subset", graph)
        facts.add(graph, "rdf:type", "void:Dataset")
        facts.add(graph, "void:triples", count)


def _graph_name(quad: Quad) -> str:
    return DATASET if isinstance(quad.graph_name, DefaultGraph) else str(quad.graph_name.value)


def _part(kind: str, iri: str) -> str:
    """Return an IRI for a partition, made from the prefix and local name of what it counts."""
    for prefix, namespace in sorted(layout.PREFIXES.items(), key=lambda pair: -len(pair[1])):
        if iri.startswith(namespace):
            return f"{DATASET}/{kind}/{prefix}-{iri[len(namespace) :].replace('/', '-').replace('#', '-')}"
    from urllib.parse import quote

    return f"{DATASET}/{kind}/{quote(iri, safe='')}"


def _distributions(facts: _Facts, files: Sequence[dict[str, Any]]) -> None:
    if not files:
        files = [
            {"path": f"wcograph.{syntax.endings[0]}", "format": syntax.name}
            for syntax in SYNTAXES
            if syntax.version == "1.1"
        ]
    for file in files:
        syntax = named(file["format"])
        name = os.path.basename(file["path"])
        node = f"{layout.NAMESPACE}download/{name}"
        facts.add(DATASET, "dcat:distribution", node)
        facts.add(DATASET, "void:dataDump", node)
        facts.add(DATASET, "void:feature", *_feature(syntax.name))
        facts.add(node, "rdf:type", "dcat:Distribution")
        facts.add(node, "dcterms:license", *facts.values(DATASET, "dcterms:license"))
        facts.add(node, "dcterms:title", Literal(name))
        facts.add(node, "dcat:downloadURL", node)
        facts.add(node, "dcat:mediaType", _MEDIA + syntax.media_type.partition(";")[0])
        if name.lower().endswith(COMPRESSED):
            facts.add(node, "dcat:compressFormat", _MEDIA + "application/gzip")
        if "bytes" in file:
            size = NamedNode(_iri("xsd:nonNegativeInteger"))
            facts.add(node, "dcat:byteSize", Literal(str(file["bytes"]), datatype=size))
        if "sha256" in file:
            checksum = f"{node}#sha256"
            facts.add(node, "spdx:checksum", checksum)
            facts.add(checksum, "rdf:type", "spdx:Checksum")
            facts.add(checksum, "spdx:algorithm", "spdx:checksumAlgorithm_sha256")
            value = Literal(file["sha256"], datatype=NamedNode(_iri("xsd:hexBinary")))
            facts.add(checksum, "spdx:checksumValue", value)


def _feature(name: str) -> list[str]:
    return [f"http://www.w3.org/ns/formats/{_W3C_FORMATS[name]}"] if name in _W3C_FORMATS else []


def _profile(facts: _Facts, folder: str) -> None:
    """Add the resources that a user of the profile needs, each with its role (PROF, section 8)."""
    facts.add(PROFILE, "rdf:type", "prof:Profile")
    facts.add(PROFILE, "dcterms:title", Literal("wcograph profile", language="en"))
    facts.add(PROFILE, "prof:hasToken", Literal("wcograph", datatype=NamedNode(_iri("xsd:token"))))
    facts.add(
        PROFILE, "prof:isProfileOf", *(_iri(f"{prefix}:").rstrip("#") for prefix in ("org", "prov", "skos"))
    )
    resources = [
        ("ontology", "vocabulary", "Ontology", "turtle", "http://www.w3.org/TR/owl2-overview/"),
        ("shapes", "validation", "SHACL shapes", "turtle", "https://www.w3.org/TR/shacl/"),
        ("examples", "example", "Examples that conform, and examples that do not", "turtle", ""),
        ("context", "mapping", "JSON-LD context", "jsonld", "https://www.w3.org/TR/json-ld11/"),
    ]
    paths = {"ontology": "ontology/wco.ttl", "shapes": "ontology/shapes", "examples": "tests/shapes",
             "context": "ontology/context.jsonld"}  # fmt: skip
    for name, role, title, format, standard in resources:
        if name != "examples" and not os.path.exists(os.path.join(folder, paths[name])):
            continue
        node, artifact = f"{PROFILE}/{name}", layout.NAMESPACE + paths[name]
        facts.add(PROFILE, "prof:hasResource", node)
        facts.add(node, "rdf:type", "prof:ResourceDescriptor")
        facts.add(node, "dcterms:title", Literal(title, language="en"))
        facts.add(node, "prof:hasRole", f"role:{role}")
        facts.add(node, "prof:hasArtifact", ONTOLOGY if name == "ontology" else artifact)
        facts.add(node, "dcterms:format", _MEDIA + named(format).media_type)
        if standard:
            facts.add(node, "dcterms:conformsTo", standard)
    node = f"{PROFILE}/documentation"
    facts.add(PROFILE, "prof:hasResource", node)
    facts.add(node, "rdf:type", "prof:ResourceDescriptor")
    facts.add(node, "dcterms:title", Literal("Reference of the ontology", language="en"))
    facts.add(node, "prof:hasRole", "role:guidance")
    facts.add(node, "prof:hasArtifact", layout.NAMESPACE + "docs/ontology.html")
    facts.add(node, "dcterms:format", _MEDIA + "text/html")
