"""The ontology under an OWL DL reasoner (HermiT): consistent with its data, no unsatisfiable class.

A clash is only seen where every term is declared, so three mutants prove that the reasoner would tell.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterable

import pyoxigraph as ox
import pytest

import wcograph
from wcograph import dataset, layout
from wcograph.derive import of_roles, with_derived

WCO = layout.PREFIXES["wco"]
RDF_TYPE = ox.NamedNode(layout.PREFIXES["rdf"] + "type")
SUBCLASS = ox.NamedNode(layout.PREFIXES["rdfs"] + "subClassOf")

needs_java = pytest.mark.skipif(
    shutil.which("java") is None, reason="HermiT needs Java, and there is none here"
)


def _triples() -> list[ox.Triple]:
    graphs = with_derived(layout.root())
    return [triple for role in layout.ROLES for triple in graphs[role]]


def _reason(triples: Iterable[ox.Triple]) -> list[str]:
    """Give the unsatisfiable classes; raise where the graph has no model."""
    import owlready2

    world = owlready2.World()
    text = io.BytesIO()
    ox.serialize(triples, text, ox.RdfFormat.N_TRIPLES)
    text.seek(0)
    ontology = world.get_ontology("http://example.org/test.owl")
    ontology.load(fileobj=text)
    owlready2.sync_reasoner_hermit(world, ignore_unsupported_datatypes=True, debug=0)
    return sorted(str(cls) for cls in world.inconsistent_classes())


def _named(curie: str) -> ox.NamedNode:
    prefix, _, local = curie.partition(":")
    return ox.NamedNode(layout.PREFIXES[prefix] + local)


@needs_java
@pytest.mark.parametrize(
    "extra",
    [
        pytest.param(("wcoid:convention-hs-1983", "rdf:type", "wco:Body"), id="a convention that is a body"),
        pytest.param(
            ("wcoid:region-europe", "wco:actionOn", "wcoid:convention-hs-1983"), id="a region that acts"
        ),
    ],
)
def test_a_clash_in_the_data_is_noticed(extra: tuple[str, str, str]) -> None:
    import owlready2

    subject, predicate, object_ = map(_named, extra)
    with pytest.raises(owlready2.OwlReadyInconsistentOntologyError):
        _reason([*_triples(), ox.Triple(subject, predicate, object_)])


@needs_java
def test_the_graph_is_consistent_and_every_class_can_have_members_but_one_made_to_have_none() -> None:
    mutant = ox.NamedNode(WCO + "Mutant")
    extra = [
        ox.Triple(mutant, RDF_TYPE, _named("owl:Class")),
        ox.Triple(mutant, SUBCLASS, _named("wco:Claim")),
        ox.Triple(mutant, SUBCLASS, _named("wco:Region")),
    ]
    assert _reason([*_triples(), *extra]) == ["ns.Mutant", "owl.Nothing"]


@pytest.mark.quick
def test_every_term_in_use_is_declared() -> None:
    triples = _triples()
    declared = {
        t.subject
        for t in triples
        if t.predicate == RDF_TYPE and str(t.object).startswith("<http://www.w3.org/2002/07/owl#")
    }
    builtin = tuple(layout.PREFIXES[prefix] for prefix in ("rdf", "rdfs", "owl"))
    used = {t.predicate for t in triples} | {t.object for t in triples if t.predicate == RDF_TYPE}
    missing = sorted(
        str(term) for term in used if term not in declared and not str(term)[1:].startswith(builtin)
    )
    assert missing == []


def _imported(kg_with_hs: wcograph.KnowledgeGraph) -> list[ox.Triple]:
    """Return the triples of an import of the Harmonized System."""
    return [quad.triple for quad in kg_with_hs.store.quads_for_pattern(None, None, None, ox.DefaultGraph())]


def test_every_borrowed_term_is_used(kg_with_hs: wcograph.KnowledgeGraph) -> None:
    """A borrowed term is there because the data, asserted, derived or imported, or the ontology needs it."""
    graphs = {**with_derived(layout.root()), "imported": _imported(kg_with_hs)}
    borrowed = {
        quad.triple.subject
        for quad in dataset.parse_file(layout.root() + "/ontology/borrowed.ttl")
        if quad.predicate == RDF_TYPE
    }
    used = {
        term
        for triples in graphs.values()
        for triple in triples
        for term in (triple.predicate, triple.object)
    }
    assert sorted(str(term) for term in borrowed - used) == []


def test_every_term_of_our_own_is_used(kg_with_hs: wcograph.KnowledgeGraph) -> None:
    """A term that neither the data nor an import, a claim, a shape or an axiom uses is deleted."""
    graphs = with_derived(layout.root())
    terms = {
        quad.subject
        for quad in dataset.parse_file(layout.root() + "/ontology/wco.ttl")
        if quad.predicate == RDF_TYPE and str(quad.subject).startswith(f"<{WCO}")
    }
    used = {
        term
        for triples in (*(graphs[role] for role in layout.ROLES[1:-1]), _imported(kg_with_hs))
        for triple in triples
        for term in (triple.predicate, triple.object)
    }
    assert len(terms) > 100
    assert sorted(str(term) for term in terms - used) == []


def test_no_blank_nodes_outside_the_ontology() -> None:
    graphs = with_derived(layout.root())
    for role in layout.ROLES[1:]:
        for triple in graphs[role]:
            assert not isinstance(triple.subject, ox.BlankNode), f"{role}: {triple}"
            assert not isinstance(triple.object, ox.BlankNode), f"{role}: {triple}"


@pytest.mark.quick
def test_the_store_keeps_every_literal_as_it_is_written() -> None:
    quads = list(of_roles(layout.root()))
    store = ox.Store()
    store.bulk_extend(quads)
    assert set(store) == set(quads)


@pytest.mark.quick
def test_everything_that_a_triple_refers_to_is_described() -> None:
    graphs = with_derived(layout.root())
    subjects = {triple.subject for triples in graphs.values() for triple in triples}
    dangling = {
        str(triple.object)
        for triples in graphs.values()
        for triple in triples
        if isinstance(triple.object, ox.NamedNode)
        and triple.object.value.startswith(layout.NAMESPACE)
        and triple.object not in subjects
    }
    checks = {
        path.rpartition("/")[2].removesuffix(".rq") for path in layout.query_files(layout.root(), "checks")
    }
    dangling -= {f"<{layout.NAMESPACE}ns/0.1.0>"} | {f"<{layout.NAMESPACE}query/{name}>" for name in checks}
    assert sorted(dangling) == []
