"""The reference page of the ontology says what the ontology, the data, the shapes and the queries say."""

from __future__ import annotations

import os
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pyoxigraph as ox
import pytest

import wcograph
from wcograph import layout
from wcograph.cli import main
from wcograph.reference.ontologypage import anchor, html, markdown
from wcograph.reference.shaperules import Rule, rules
from wcograph.reference.terms import Reference, reference

WRITERS = {"ontology.md": markdown, "ontology.html": html}
PREFIXES = "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in layout.PREFIXES.items())
WCO = layout.PREFIXES["wco"]


@pytest.fixture(scope="module")
def found() -> Reference:
    return reference(layout.root())


@pytest.mark.quick(1)
@pytest.mark.parametrize("page", WRITERS)
def test_the_page_is_what_the_graph_makes_of_it(page: str, found: Reference) -> None:
    written = Path(layout.root(), "docs", page).read_text(encoding="utf-8")
    assert written == WRITERS[page](found), "run 'wcograph docs'"


class _Page(HTMLParser):
    """Reads tags, ids and links, and that every tag is closed in its turn."""

    VOID = frozenset(("meta", "br", "link", "img", "input", "hr"))

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.open: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def _parsed(text: str) -> _Page:
    page = _Page()
    page.feed(text)
    page.close()
    assert page.open == []
    return page


def test_the_html_stands_alone_and_its_links_lead_somewhere(found: Reference) -> None:
    page = _parsed(html(found))
    assert not page.tags & {"script", "img", "link", "iframe"}
    assert len(page.ids) == len(set(page.ids))
    _assert_links(page.links, page.ids)


def test_the_links_of_the_markdown_lead_somewhere(found: Reference) -> None:
    text = markdown(found)
    ids = re.findall(r'<a id="([^"]+)">', text)
    assert len(ids) == len(set(ids))
    _assert_links(re.findall(r"\]\(([^)\s]+)\)", text), ids)


def _assert_links(links: list[str], ids: list[str]) -> None:
    docs = Path(layout.root(), "docs")
    queries = (docs / "queries.md").read_text(encoding="utf-8")
    assert len(links) > 500
    for link in links:
        path, _, place = link.partition("#")
        if not path:
            assert place in ids, link
        elif path == "queries.md":
            assert f"\n## {place}\n" in queries, link
        elif "://" not in path:
            assert (docs / path).exists() or path in WRITERS, link


def test_every_term_has_its_place_with_label_and_definition(found: Reference) -> None:
    page = _parsed(html(found))
    words = " ".join(" ".join(page.words).split())
    declared = {
        quad.subject.value  # type: ignore[union-attr]
        for quad in ox.parse(path=os.path.join(layout.root(), "ontology", "wco.ttl"))
        if str(quad.object).startswith("<http://www.w3.org/2002/07/owl#")
        and isinstance(quad.subject, ox.NamedNode)
        and quad.subject.value.startswith(WCO)
    }
    assert {term.iri for term in found.terms} == declared
    for term in found.terms:
        assert anchor(term.iri) in page.ids
        assert term.label
        assert f"{term.label} " in words
        assert term.definition.endswith(".")
        assert " ".join(term.definition.split()) in words
        assert term.rules or term.used == 0 or term.kind != "class", term.iri
    concepts = [concept for scheme in found.schemes for concept in scheme.concepts]
    assert len(concepts) > 50
    assert all(label and definition for _, label, definition, _ in concepts)


def test_counts_are_those_of_a_query(found: Reference) -> None:
    kg = wcograph.load(inferred=False)
    classes = {
        str(row[0]): int(row[1].value)  # type: ignore[union-attr]
        for row in kg.sparql("SELECT ?c (COUNT(DISTINCT ?s) AS ?n) { ?s a ?c } GROUP BY ?c")
    }
    below = {
        str(row[0]): int(row[1].value)  # type: ignore[union-attr]
        for row in kg.sparql(
            f"{PREFIXES} SELECT ?c (COUNT(DISTINCT ?s) AS ?n) {{ ?s a/rdfs:subClassOf* ?c }} GROUP BY ?c"
        )
    }
    properties = {
        str(row[0]): int(row[1].value)  # type: ignore[union-attr]
        for row in kg.sparql("SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p")
    }
    for term in (*found.terms, *found.borrowed):
        counts = classes if term.kind == "class" else properties
        assert term.used == counts.get(f"<{term.iri}>", 0), term.iri
        if term.kind == "class":
            assert term.used_below == below.get(f"<{term.iri}>", 0), term.iri
            assert all(count <= term.used for _, count in term.beside)
    (by_label,) = (term for term in found.terms if term.iri == WCO + "hasRank")
    assert by_label.beside == ((WCO + "Claim", by_label.used),)
    assert by_label.queries["queries that derive data"] == ["accepted"]


def test_examples_are_in_the_data_and_show_their_term(found: Reference, kg: wcograph.KnowledgeGraph) -> None:
    everything = {quad.triple for quad in kg.quads()}
    shown = 0
    for term in (*found.terms, *found.borrowed):
        if not term.example:
            continue
        triples = [quad.triple for quad in ox.parse((PREFIXES + term.example).encode(), ox.RdfFormat.TURTLE)]
        assert triples
        assert set(triples) <= everything, term.iri
        shown += 1
        if term.kind == "class":
            assert any(t.object == ox.NamedNode(term.iri) for t in triples), term.iri
        elif term.used:
            assert any(t.predicate == ox.NamedNode(term.iri) for t in triples), term.iri
        else:
            assert any(t.object == ox.NamedNode(term.iri) for t in triples), term.iri
        assert term.example.count("\n") <= 13
    assert shown > 200


def test_a_change_of_a_term_changes_the_page(tmp_path: Path, found: Reference) -> None:
    for folder in ("ontology", "queries"):
        shutil.copytree(Path(layout.root(), folder), tmp_path / folder)
    (tmp_path / "data").mkdir()
    before = reference(str(tmp_path))
    path = tmp_path / "ontology" / "wco.ttl"
    text = path.read_text(encoding="utf-8")
    for old, new in (
        (
            "A statement by one source of one value",
            "An assertion by one source of one value",
        ),
        ('skos:prefLabel "claim"@en', 'skos:prefLabel "assertion"@en'),
        ("wco:hasRank\n    a owl:ObjectProperty ;\n", "wco:hasRank\n    a owl:DatatypeProperty ;\n"),
        ("rdfs:domain wco:Claim ;", "rdfs:domain wco:Polity ;"),
    ):
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        after = reference(str(tmp_path))
        assert markdown(after) != markdown(before), new
        assert html(after) != html(before), new


# What shapes ask

SHAPES = """
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix wco: <https://w3id.org/wcograph/ns#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix wcosh: <https://w3id.org/wcograph/shape/> .
wcosh:S sh:targetClass wco:Body ; sh:property wcosh:T .
wcosh:T sh:path wco:city ; %s ; sh:severity sh:Warning ; sh:message "Do."@en .
"""


def _rule(tmp_path: Path, constraint: str) -> Rule:
    (tmp_path / "ontology" / "shapes").mkdir(parents=True)
    (tmp_path / "data").mkdir()
    (tmp_path / "queries").mkdir()
    (tmp_path / "ontology" / "a.ttl").write_text("")
    (tmp_path / "ontology" / "shapes" / "S.ttl").write_text(SHAPES % constraint)
    (rule,) = rules(str(tmp_path))
    return rule


@pytest.mark.quick(2)
@pytest.mark.parametrize(
    ("constraint", "words"),
    [
        ("sh:minCount 1", "at least 1"),
        ("sh:minCount 0 ; sh:maxCount 3", "at least 0; at most 3"),
        ("sh:minCount 2 ; sh:maxCount 2", "exactly 2"),
        ("sh:maxCount 0", "none"),
        ("sh:datatype xsd:date", "datatype xsd:date"),
        ("sh:class wco:Region", "instance of wco:Region"),
        ("sh:nodeKind sh:IRI", "an IRI"),
        ("sh:in ( 1 wco:a 'x' )", 'one of 1, wco:a, "x"'),
        ("sh:languageIn ( 'en' 'fr' )", "language en or fr"),
        ("sh:uniqueLang true", "one value for each language"),
        ("sh:hasValue wco:a", "the value wco:a"),
        ("sh:pattern '^a|b$'", "matches ^a|b$"),
        ("sh:lessThanOrEquals wco:b", "at most the value of wco:b"),
        ("sh:lessThan wco:b", "less than the value of wco:b"),
        ("sh:equals wco:b", "the same as the values of wco:b"),
        ("sh:disjoint wco:b", "other than the values of wco:b"),
        ("sh:not [ sh:class wco:Region ]", "not: instance of wco:Region"),
        ("sh:node wcosh:Other", "conforms to wcosh:Other"),
        ("sh:or ( [ sh:datatype xsd:date ] [ sh:nodeKind sh:Literal ] )", "(datatype xsd:date) or (a literal)"),
        ("sh:xone ( [ sh:class wco:A ] [ sh:class wco:B ] )", "(instance of wco:A) or, but not both, (instance of wco:B)"),
        ("sh:qualifiedValueShape [ sh:class wco:A ] ; sh:qualifiedMaxCount 1", "at most 1 with (instance of wco:A)"),
        ("sh:property [ sh:path [ sh:inversePath wco:b ] ; sh:minCount 1 ]", "^wco:b: at least 1"),
        ("sh:sparql [ sh:select 'SELECT * { $this wco:seen ?x }' ]", "no row of its SPARQL query"),
        ("sh:minLength 3", "minLength 3"),
    ],
)  # fmt: skip
def test_a_constraint_is_put_in_words(constraint: str, words: str, tmp_path: Path) -> None:
    rule = _rule(tmp_path, constraint)
    assert rule.asks == words
    assert (rule.path, rule.on, rule.severity, rule.message) == ("wco:city", ("wco:Body",), "Warning", "Do.")
    assert rule.file == "ontology/shapes/S.ttl"


@pytest.mark.quick(2)
@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("[ sh:inversePath wco:a ]", "^wco:a"),
        ("( wco:a wco:b )", "wco:a/wco:b"),
        ("[ sh:alternativePath ( wco:a wco:b ) ]", "(wco:a|wco:b)"),
        ("[ sh:zeroOrMorePath wco:a ]", "(wco:a)*"),
        ("[ sh:oneOrMorePath wco:a ]", "(wco:a)+"),
        ("[ sh:zeroOrOnePath wco:a ]", "(wco:a)?"),
    ],
)
def test_a_path_is_written_as_in_sparql(path: str, words: str, tmp_path: Path) -> None:
    rule = _rule(tmp_path, f"sh:property [ sh:path {path} ; sh:maxCount 1 ]")
    assert rule.asks == f"{words}: at most 1"
    assert WCO + "a" in rule.terms


@pytest.mark.quick
def test_a_rule_is_about_what_its_query_names(tmp_path: Path) -> None:
    rule = _rule(tmp_path, "sh:sparql [ sh:select 'SELECT * { $this wco:seen ?x }' ]")
    assert {WCO + "seen", WCO + "city", WCO + "Body"} <= rule.terms


def test_every_message_of_the_shapes_is_on_a_rule() -> None:
    shown = {rule.message for rule in rules(layout.root())}
    predicate = layout.PREFIXES["sh"] + "message"
    for path in layout.rdf_files(layout.root())["shapes"]:
        for quad in ox.parse(path=os.path.join(layout.root(), path)):
            if quad.predicate.value == predicate:
                assert quad.object.value in shown  # type: ignore[union-attr]


# The command


def test_docs_writes_every_page_or_one(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["docs", "--check"]) == 0
    assert main(["docs", "ontology.md", "-o", "-"]) == 0
    assert capfd.readouterr().out == Path(layout.root(), "docs", "ontology.md").read_text(encoding="utf-8")
    target = tmp_path / "ontology.html"
    assert main(["docs", "-o", str(target)]) == 0
    assert target.read_text().startswith("<!DOCTYPE html>")
    target.write_text(target.read_text() + " ")
    assert main(["docs", "-o", str(target), "--check"]) == 1
    capfd.readouterr()
    for call in (["x.md"], ["-o", str(tmp_path / "a.md")], ["ontology.md", "ontology.html", "-o", "-"]):
        assert main(["docs", *call]) == 2
        assert capfd.readouterr().err.count("\n") == 1
