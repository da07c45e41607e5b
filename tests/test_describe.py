"""The self-description says what is there: counted anew, with other means."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from rdflib.namespace import DCAT, DCTERMS, PROF, RDF, VOID

import wcograph
from wcograph import layout
from wcograph.cli import main
from wcograph.describe import DATASET, PROFILE, description

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


def test_distributions_are_the_files_that_were_written(tmp_path: Path) -> None:
    target, described = tmp_path / "wco.nt.gz", tmp_path / "dataset.ttl"
    assert main(["export", "-o", str(target), "--describe", str(described)]) == 0
    graph = rdflib.Graph().parse(described)
    (node,) = graph.objects(HERE, DCAT.distribution)
    assert graph.value(node, DCAT.byteSize).toPython() == target.stat().st_size  # type: ignore[union-attr]
    (value,) = graph.objects(None, rdflib.URIRef("http://spdx.org/rdf/terms#checksumValue"))
    assert str(value) == hashlib.sha256(target.read_bytes()).hexdigest()
    assert str(graph.value(node, DCAT.compressFormat)).endswith("application/gzip")
