"""The self-description says what is there: counted anew, with other means."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from rdflib.namespace import DCAT, DCTERMS, OWL, PROF, RDF, VOID

import wcograph
from wcograph import layout
from wcograph.cli import main
from wcograph.exports.describe import DATASET, PROFILE, description

HERE = rdflib.URIRef(DATASET)


@pytest.fixture(scope="module")
def described() -> rdflib.Graph:
    graph = rdflib.Graph()
    text = ox.serialize(description(layout.root()).quads, format=ox.RdfFormat.N_QUADS)
    return graph.parse(data=(text or b"").decode(), format="nt11")


@pytest.fixture(scope="module")
def counted(kg: wcograph.KnowledgeGraph) -> rdflib.Graph:
    graph = rdflib.Graph()
    for triple in kg.to_rdflib().triples((None, None, None)):
        graph.add(triple)
    return graph


def test_the_counts_of_the_whole_are_right(described: rdflib.Graph, counted: rdflib.Graph) -> None:
    for name, number in {
        "triples": len(counted),
        "distinctSubjects": len(set(counted.subjects())),
        "distinctObjects": len(set(counted.objects())),
        "properties": len(set(counted.predicates())),
        "classes": len(set(counted.objects(None, RDF.type))),
    }.items():
        assert described.value(HERE, VOID[name]).toPython() == number, name  # type: ignore[union-attr]


def test_every_class_and_property_has_its_count(described: rdflib.Graph, counted: rdflib.Graph) -> None:
    classes = {
        described.value(part, VOID["class"]): described.value(part, VOID.entities).toPython()  # type: ignore[union-attr]
        for part in described.objects(HERE, VOID.classPartition)
    }
    assert classes == Counter(counted.objects(None, RDF.type))
    properties = {
        described.value(part, VOID.property): described.value(part, VOID.triples).toPython()  # type: ignore[union-attr]
        for part in described.objects(HERE, VOID.propertyPartition)
    }
    assert properties == Counter(counted.predicates())


def test_each_partition_counts_subjects_and_objects(described: rdflib.Graph, counted: rdflib.Graph) -> None:
    for part in described.objects(HERE, VOID.propertyPartition):
        name = described.value(part, VOID.property)
        found = list(counted.subject_objects(name))
        assert described.value(part, VOID.distinctSubjects).toPython() == len({s for s, _ in found}), name  # type: ignore[union-attr]
        assert described.value(part, VOID.distinctObjects).toPython() == len({o for _, o in found}), name  # type: ignore[union-attr]
        assert (part, RDF.type, VOID.Dataset) in described


def test_entities_are_what_the_pattern_matches(described: rdflib.Graph, counted: rdflib.Graph) -> None:
    pattern = re.compile(str(described.value(HERE, VOID.uriRegexPattern)))
    entities = {s for s in counted.subjects() if isinstance(s, rdflib.URIRef) and pattern.match(s)}
    assert described.value(HERE, VOID.entities).toPython() == len(entities)  # type: ignore[union-attr]
    assert all(s.startswith(described.value(HERE, VOID.uriSpace)) for s in entities)


def test_each_graph_has_its_own_count(described: rdflib.Graph, kg: wcograph.KnowledgeGraph) -> None:
    for role in layout.ROLES[:-1]:
        graph = rdflib.URIRef(f"{layout.NAMESPACE}graph/{role}")
        assert (HERE, VOID.subset, graph) in described
        assert described.value(graph, VOID.triples).toPython() == sum(1 for _ in kg.quads([role]))  # type: ignore[union-attr]


def test_vocabularies_are_the_namespaces_in_use(described: rdflib.Graph, counted: rdflib.Graph) -> None:
    used = [*counted.predicates(), *counted.objects(None, RDF.type)]
    for vocabulary in described.objects(HERE, VOID.vocabulary):
        assert any(term.startswith(vocabulary) for term in used), vocabulary
    assert rdflib.URIRef(layout.PREFIXES["wco"]) in set(described.objects(HERE, VOID.vocabulary))
    assert rdflib.URIRef(layout.PREFIXES["sh"]) not in set(described.objects(HERE, VOID.vocabulary))


def test_versions_are_those_of_the_package_and_the_ontology(
    described: rdflib.Graph, counted: rdflib.Graph
) -> None:
    assert str(described.value(HERE, DCAT.version)) == wcograph.__version__
    ontology = rdflib.URIRef(layout.NAMESPACE + "ns")
    assert described.value(ontology, OWL.versionInfo) == counted.value(ontology, OWL.versionInfo) is not None


@pytest.mark.quick
def test_each_distribution_is_as_dcat_asks(described: rdflib.Graph) -> None:
    """DCAT 3, sections 6.8.10 to 6.8.17: where it is, its IANA media type, its licence."""
    nodes = list(described.objects(HERE, DCAT.distribution))
    assert len(nodes) == 7
    for node in nodes:
        assert (node, RDF.type, DCAT.Distribution) in described
        (url,) = described.objects(node, DCAT.downloadURL)
        assert isinstance(url, rdflib.URIRef)
        assert (HERE, VOID.dataDump, url) in described
        (media_type,) = described.objects(node, DCAT.mediaType)
        name = str(media_type).removeprefix("https://www.iana.org/assignments/media-types/")
        assert name in {
            "text/turtle", "application/trig", "application/n-triples", "application/n-quads",
            "application/rdf+xml", "application/ld+json", "text/n3",
        }  # fmt: skip
        assert described.value(node, DCTERMS.license) == described.value(HERE, DCTERMS.license)


def test_each_resource_of_the_profile_is_as_prof_asks(described: rdflib.Graph) -> None:
    """PROF, sections 8.2 and 8.4: a role of its vocabulary, an artifact that is there."""
    roles = {
        "constraints",
        "example",
        "guidance",
        "mapping",
        "schema",
        "specification",
        "validation",
        "vocabulary",
    }
    nodes = list(described.objects(rdflib.URIRef(PROFILE), PROF.hasResource))
    assert len(nodes) == 5
    for node in nodes:
        assert (node, RDF.type, PROF.ResourceDescriptor) in described
        (role,) = described.objects(node, PROF.hasRole)
        assert str(role).removeprefix("http://www.w3.org/ns/dx/prof/role/") in roles
        (artifact,) = described.objects(node, PROF.hasArtifact)
        path = str(artifact).removeprefix(layout.NAMESPACE)
        assert path == "ns" or Path(layout.root(), path).exists(), path


def test_the_named_graphs_add_up(described: rdflib.Graph, counted: rdflib.Graph) -> None:
    graphs = list(described.objects(HERE, VOID.subset))
    assert len(graphs) == len(layout.ROLES) - 1
    assert sum(described.value(graph, VOID.triples).toPython() for graph in graphs) == len(counted)  # type: ignore[union-attr]


def test_examples_are_there_and_the_licence_is_that_of_the_ontology(
    described: rdflib.Graph, counted: rdflib.Graph
) -> None:
    examples = list(described.objects(HERE, VOID.exampleResource))
    assert len(examples) > 10
    assert all((example, RDF.type, None) in counted for example in examples)
    licence = counted.value(rdflib.URIRef(layout.NAMESPACE + "ns"), DCTERMS.license)
    assert described.value(HERE, DCTERMS.license) == licence is not None


def test_the_profile_names_ontology_shapes_examples_and_documentation(described: rdflib.Graph) -> None:
    roles = {
        str(described.value(node, PROF.hasRole)).rpartition("/")[2]: described.value(node, PROF.hasArtifact)
        for node in described.objects(rdflib.URIRef(PROFILE), PROF.hasResource)
    }
    assert set(roles) == {"vocabulary", "validation", "example", "mapping", "guidance"}
    assert None not in roles.values()


@pytest.mark.parametrize("name", ["wco.nt.gz", "a b é.nt.gz"])
def test_distributions_are_the_files_that_were_written(name: str, tmp_path: Path) -> None:
    target, described = tmp_path / name, tmp_path / "dataset.ttl"
    assert main(["export", "-o", str(target), "--describe", str(described)]) == 0
    graph = rdflib.Graph().parse(described)
    (node,) = graph.objects(HERE, DCAT.distribution)
    assert graph.value(node, DCAT.byteSize).toPython() == target.stat().st_size  # type: ignore[union-attr]
    (value,) = graph.objects(None, rdflib.URIRef("http://spdx.org/rdf/terms#checksumValue"))
    assert str(value) == hashlib.sha256(target.read_bytes()).hexdigest()
    assert str(graph.value(node, DCAT.compressFormat)).endswith("application/gzip")
