"""The pages for people: what they say, what they ask, and that nothing in the data harms them."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pyoxigraph as ox
import pytest

import wcograph
from html_pages import read
from wcograph import layout
from wcograph.layout import NAMESPACE
from wcograph.toolbox.errors import InputError, UsageError
from wcograph.web.pages import Page, Pages

HOSTILE = f"""
@prefix ex: <http://example.org/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
ex:a a ex:Thing ; rdfs:label "<script>alert(1)</script>" ;
  ex:see <javascript:alert(1)>, <data:text/html,x>, <urn:x:y>, ex:b, <https://w3id.org/wcograph/../evil> ;
  ex:text "{"x" * 100_000}", "a\\u202Eb", "\\" onmouseover=alert(1) x=\\"", "one\\ntwo" ;
  ex:when "2020-13-45"^^xsd:date, "2020-02"^^xsd:gYearMonth ; ex:bytes "ff"^^xsd:hexBinary ;
  ex:address "javascript:alert(2)"^^xsd:anyURI ; ex:parts [ ex:part [ ex:part "deep" ] ] .
ex:b skos:prefLabel "Zwei"@de, "Deux"@fr .
<javascript:alert(1)> rdfs:label "a script" .
<https://w3id.org/wcograph/query/nothing> rdfs:label "not a question" .
"""

QUESTIONS = [
    os.path.basename(path).removesuffix(".rq")
    for path in layout.query_files(layout.root())
    if "#+ needs:" not in Path(layout.root(), path).read_text("utf-8")
]


@pytest.fixture(scope="module")
def pages(kg: wcograph.KnowledgeGraph) -> Pages:
    return Pages(kg)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory, own_cache: Path) -> Pages:
    file = tmp_path_factory.mktemp("hostile") / "a.ttl"
    file.write_text(HOSTILE, "utf-8")
    return Pages(wcograph.load(data=[str(file)], only_data=True))


def get(pages: Pages, path: str, lang: str = "en", **params: str | list[str]) -> Page:
    asked = {name: [value] if isinstance(value, str) else value for name, value in params.items()}
    page = pages.page(path, asked, lang)
    assert page is not None
    read(page.html)
    return page


def cells(page: Page) -> list[str]:
    return [text.strip() for text in read(page.html).texts.get("td", [])]


@pytest.mark.quick
def test_the_front_page_has_the_ask_box_examples_questions_and_counts(pages: Pages) -> None:
    page = get(pages, "/")
    found = read(page.html)
    assert ("input", "q") in [(tag, a.get("name")) for tag, a in found.elements]
    assert sum(link.startswith("/ask?q=") for link in found.links) == 3
    assert "/query/members" in found.links
    assert any("rdf%3Atype" in link for link in found.links)
    assert len(gzip.compress(page.html.encode())) < 100_000
    assert "Harmonized System" in read(get(pages, "/query/").html).texts["h2"]


@pytest.mark.quick(4)
@pytest.mark.parametrize("name", QUESTIONS)
def test_each_question_has_a_page_with_its_answer(pages: Pages, name: str) -> None:
    query = pages.kg.stored_query(name)
    given = {p.option: [p.example] for p in query.parameters if not p.optional}
    page = pages.page(f"/query/{name}", given, "en" if len(name) % 2 else "fr")  # some in each language
    assert page is not None and page.status == 200
    found = read(page.html)
    assert query.title in found.texts["h1"][0]
    assert f"/query/{name}" in [link.partition("#")[0] for link in found.links] or not query.parameters
    assert any(a.get("class") == "answer" for _, a in found.elements)


@pytest.mark.quick
def test_the_fields_of_a_form_know_their_types(pages: Pages) -> None:
    fields = {
        a["name"]: (tag, a.get("type"))
        for tag, a in read(get(pages, "/query/members").html).elements
        if tag in ("input", "select") and "name" in a
    }
    assert fields["as-of"] == ("input", "date")
    assert fields["region"] == ("input", "checkbox")
    assert fields["area"] == ("input", "text")
    regional = read(get(pages, "/query/regional-offices").html)
    assert ("select", "region") in [(tag, a.get("name")) for tag, a in regional.elements]
    member = read(get(pages, "/query/bound-by").html)
    assert "Türkiye" in [a.get("value") for tag, a in member.elements if tag == "option"]


def test_an_answer_has_footnotes_remarks_a_picture_and_ways_to_use_it(pages: Pages) -> None:
    page = get(pages, "/query/members", region=["europe"], **{"as-of": "2022-06-30"})
    found = read(page.html)
    assert "/id/polity-TUR" in found.links
    assert "#note-1" in found.links and "note-1" in found.ids
    assert "full list, as of" in page.html
    assert any(tag == "svg" for tag, _ in found.elements)
    assert "/query/members.csv?region=europe&as-of=2022-06-30" in found.links
    codes = found.texts["code"]
    assert "wcograph query members --region europe --as-of 2022-06-30" in codes
    assert "kg.query('members', region='europe', as_of='2022-06-30').to_pandas()" in "".join(codes)
    assert "curl 'http://127.0.0.1:8000/query/members.csv?region=europe&as-of=2022-06-30'" in codes
    assert any("wcoid:region-europe" in code or "region-europe>" in code for code in codes)
    akin = [link for link in found.links if "akin-member-role" in link]
    assert akin and akin[0].startswith("/query/members?")  # the remark on who is not in the list is a link


def test_what_an_answer_names_is_linked_only_if_there_is_no_doubt(pages: Pages) -> None:
    found = read(get(pages, "/query/members").html)
    assert "/id/region-europe" in found.links  # and not the area Europe
    assert "/id/area-150" not in found.links


@pytest.mark.quick
@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("bound-by", {"member": "Kenyaa"}, "There is no Polity 'Kenyaa'; did you mean Kenya"),
        ("members", {"as-of": "2022-13-45"}, "is not a date as YYYY-MM-DD"),
        ("shared-conventions", {"member": "Kenya"}, "Enter a value."),
        ("members", {"colour": "blue"}, "This question has no field “colour”"),
        ("regional-offices", {"region": ["europe", "mena"]}, "Enter one value only."),
    ],
)
def test_a_wrong_value_is_told_at_its_field(
    pages: Pages, name: str, given: dict[str, str | list[str]], message: str
) -> None:
    page = get(pages, f"/query/{name}", **given)
    assert page.status == 400
    found = read(page.html)
    told = [text for text in found.texts["li"] if message in text]
    assert told and "--" not in told[0]
    assert any(one.startswith("error-") for one in found.ids) or "no field" in message


def test_a_question_that_needs_a_value_shows_an_example(pages: Pages) -> None:
    page = get(pages, "/query/bound-by")
    assert page.status == 200 and "/query/bound-by?member=Kenya" in read(page.html).links


@pytest.mark.quick
def test_a_thing_reads_like_an_article(pages: Pages) -> None:
    page = get(pages, "/id/polity-TUR")
    found = read(page.html)
    assert found.texts["h1"] == ["Türkiye"]
    assert ("time", {"datetime": "1952-11-04"}) in found.elements and ">4 November 1952<" in page.html
    headings = [text.strip() for text in found.texts["h3"]]
    assert any(text.startswith("Memberships") for text in headings)
    assert any(text.startswith("Treaty acts") for text in headings)
    assert "/query/bound-by?member=wcoid%3Apolity-TUR" in found.links
    assert any(link.startswith("/why?s=") for link in found.links)
    assert page.alternates["text/turtle"] == "/id/polity-TUR.ttl"
    assert "is a member of" not in " ".join(found.texts["summary"])
    assert "Organization" in page.html.split("What follows by logic")[1]


def test_the_pages_of_a_thing_speak_french(pages: Pages) -> None:
    page = get(pages, "/id/membership-TUR-1", "fr")
    found = read(page.html)
    assert found.texts["h1"] == ["Türkiye - Organisation mondiale des douanes"]
    assert ("h1", {"lang": "fr"}) in found.elements
    assert ">4 novembre 1952<" in page.html
    assert all(
        "lang=fr" in link for link in found.links if link.startswith(("/id/", "/query/")) and "lang" in link
    )
    assert any(link == "/id/wco?lang=fr" for link in found.links)


def test_relations_with_many_values_have_pages(pages: Pages) -> None:
    page = get(pages, "/id/wco")
    parts = [text.split() for text in read(page.html).texts["h3"] if text.startswith("Parts")]
    assert parts == [["Parts", "3"]]  # without those that are inferred
    more = "/id/wco?of=org%3AmemberOf"
    assert more in read(page.html).links
    names: set[str] = set()
    for number in ("1", "2"):
        part = get(pages, "/id/wco", of="org:memberOf", page=number)
        names |= {link for link in read(part.html).links if link.startswith("/id/polity-")}
    assert len(names) == 187
    for wrong in ("0", "3", "x", "-1", "9" * 30):
        assert pages.page("/id/wco", {"of": ["org:memberOf"], "page": [wrong]}) is None
    assert pages.page("/id/wco", {"of": ["no:such"]}) is None


def test_both_sides_of_a_dispute_are_shown(pages: Pages) -> None:
    conflict = pages.kg.query("source-conflicts").to_dicts()
    assert conflict
    page = get(pages, "/id/wco")
    rows = [row for row in read(page.html).texts["tr"] if "date of founding" in row]
    assert any("1952" in row and "accepted" in row for row in rows)
    others = [row for row in rows if "disagrees" in row]
    assert (
        len(others) == 2
        and "15 December 1950" in others[0]
        and not any("1952 disagrees" in row for row in rows)
    )
    claim = next(link for link in read(page.html).links if link.startswith("/claim/"))
    assert claim in read(get(pages, claim).html).links  # with those of other sources


@pytest.mark.quick
@pytest.mark.parametrize(
    "path", ["/id/nothing", "/id/", "/query/nothing", "/thing", "/x\x00y", "/id/<x>", "/../etc"]
)
def test_what_is_not_there_has_no_page(pages: Pages, path: str) -> None:
    assert pages.page(path, {}) is None


def test_every_kind_of_iri_has_a_page(pages: Pages) -> None:
    kinds = {}
    for quad in pages.kg.store:
        if isinstance(quad.subject, ox.NamedNode):
            iri = quad.subject.value
            kind = (
                iri.removeprefix(NAMESPACE).split("/")[0].split("#")[0]
                if iri.startswith(NAMESPACE)
                else "other"
            )
            kinds.setdefault(kind, iri)
    assert {"id", "source", "claim", "vocab", "ns", "build", "other"} <= set(kinds)
    for kind, iri in kinds.items():
        path = "/" + iri.removeprefix(NAMESPACE).partition("#")[0]
        page = get(pages, "/thing", iri=iri) if kind == "other" else get(pages, path)
        assert page.status == 200
    assert get(pages, "/graph/data").status == 200


def test_the_ontology_has_an_anchor_for_each_term(pages: Pages) -> None:
    page = get(pages, "/ns")
    found = read(page.html)
    terms = {
        quad.subject.value.partition("#")[2]
        for quad in pages.kg.store.quads_for_pattern(None, None, None)
        if isinstance(quad.subject, ox.NamedNode) and quad.subject.value.startswith(f"{NAMESPACE}ns#")
    }
    assert len(terms) > 100 and terms <= set(found.ids)
    assert "/query/members" in found.links and not any(".md" in link for link in found.links)


def test_a_proof_names_its_rules_files_and_sources(pages: Pages) -> None:
    page = get(pages, "/why", s="wcoid:polity-TUR", p="a", o="<http://www.w3.org/ns/org#Organization>")
    assert "cax-sco" in page.html and "data/polities.ttl:" in page.html
    derived = get(pages, "/why", s=f"{NAMESPACE}id/wco", p="wco:foundingDate",
                  o='"1952"^^<http://www.w3.org/2001/XMLSchema#gYear>')  # fmt: skip
    assert "queries/derive/accepted.rq" in derived.html and "preferred" in derived.html
    absent = get(pages, "/why", s="wcoid:polity-FJI", p="a", o="org:Post")
    assert absent.status == 200 and "not in the graph" in absent.html
    assert ">Fiji</a>" in absent.html and "it has wco:Polity, wco:Member" in absent.html
    wrong = get(pages, "/why", s="no-such-thing", p="a", o="org:Post")
    assert wrong.status == 400 and "no-such-thing" in wrong.html
    assert get(pages, "/why").status == 200


@pytest.mark.quick
def test_ask_answers_or_offers_what_is_near(pages: Pages) -> None:
    page = get(pages, "/ask", q="which Members joined in the 1990s?")
    assert "1990-01-01" in page.html and "/id/polity-" in page.html and "Understood as" in page.html
    french = get(pages, "/ask", q="quelle était la devise de 2016 ?")
    assert "Thème" in french.html and 'href="/id/theme-2016?lang=fr"' in french.html
    unclear = get(pages, "/ask", q="members")
    assert unclear.status == 200
    outside = get(pages, "/ask", q="what is the weather in Paris")
    assert "no answer" in outside.html or "not clear" in outside.html
    assert get(pages, "/ask").status == 200


@pytest.mark.quick
def test_the_editor_shows_an_answer_or_the_error_in_the_query(pages: Pages) -> None:
    def asked(query: str) -> Page:
        return pages.sparql(query, pages.kg.sparql(query))

    page = asked("SELECT ?r { ?r a wco:Region } ORDER BY ?r")
    assert page.status == 200 and "/id/region-" in page.html
    with pytest.raises(InputError) as error:
        asked("SELECT ?r { ?r a }")
    wrong = pages.sparql("SELECT ?r { ?r a }", error=error.value)
    assert wrong.status == 400
    area = next(a for tag, a in read(wrong.html).elements if tag == "textarea")
    assert area["data-line"] == "1" and area["aria-describedby"] == "query-error"
    assert "SELECT DISTINCT ?code" in get(pages, "/sparql", example="members").html
    assert asked("ASK { ?s ?p ?o }").status == 200
    assert asked("CONSTRUCT { ?s a ?c } WHERE { ?s a ?c } LIMIT 3").status == 200


def test_what_was_imported_has_pages_on_a_server_and_none_in_a_site(
    kg: wcograph.KnowledgeGraph, kg_with_hs: wcograph.KnowledgeGraph
) -> None:
    asked = {"code": ["0101.20"]}
    page = get(Pages(kg), "/query/hs-code", code="0101.20")
    assert page.status == 200 and "Small wheels" in page.html
    code = next(
        quad.subject.value
        for quad in kg_with_hs.store
        if isinstance(quad.subject, ox.NamedNode) and quad.subject.value.endswith("hs/2017-010120")
    )
    assert "Small wheels" in get(Pages(kg), "/" + code.removeprefix(NAMESPACE)).html
    static = Pages(kg, static=True)
    for found in (static.page("/query/hs-code", asked), static.page("/" + code.removeprefix(NAMESPACE), {})):
        assert found is None or ("needs tables" in found.html and "wheels" not in found.html)


def test_an_error_has_a_page(pages: Pages) -> None:
    page = pages.error(404, "There is no such page", "There is nothing at <x>.")
    assert page.status == 404 and "&lt;x&gt;" in page.html
    read(page.html)


@pytest.mark.quick
def test_nothing_in_the_data_harms_a_page(hostile: Pages) -> None:
    page = get(hostile, "/thing", iri="http://example.org/a")
    found = read(page.html)
    assert found.texts["h1"] == ["<script>alert(1)</script>"]
    assert "<script>alert" not in page.html and "onmouseover=alert(1) x=&#34;" in page.html
    assert len(page.html) < 20_000 and "(shortened)" in page.html
    assert "\u202e" not in page.html and "\\u202e" in page.html
    assert "/thing?iri=javascript%3Aalert%281%29" in found.links
    assert all(link.startswith(("/", "#", "http://", "https://")) for link in found.links)
    assert "deep" in page.html and "2020-13-45" in page.html and "February 2020" in page.html
    for iri in ("javascript:alert(1)", "http://example.org/b", "http://example.org/Thing"):
        get(hostile, "/thing", iri=iri)
    assert "Zwei" in get(hostile, "/thing", iri="http://example.org/b").html
    assert get(hostile, "/thing", "fr", iri="http://example.org/b").html.count("Deux") > 1
    assert get(hostile, "/query/nothing").status == 200
    front = get(hostile, "/")
    assert "Your graph" in front.html and "/query/members" not in front.html
    why = get(hostile, "/why", s="http://example.org/b", p="skos:prefLabel", o='"Zwei"@de')
    assert "a.ttl:" in why.html


def test_parameters_that_nobody_expects_are_harmless(pages: Pages) -> None:
    odd = ["", " ", "\x00", "\ud800", "<script>", "\u202e", "x" * 10_000, "'", '"><b>', "../..", "%00"]
    fields = [
        "/ask q",
        "/query/ q",
        "/query/members region",
        "/query/search text",
        "/thing iri",
        "/why s",
        "/why o",
    ]
    for field in [*fields, "/id/wco of", "/id/wco page", "/ lang", "/sparql query"]:
        path, name = field.split(" ")
        for value in odd:
            others = {"s": ["TUR"], "p": ["a"], "o": ["org:Post"]} if path == "/why" else {}
            page = pages.page(path, {**others, name: [value]})
            if page is not None:
                assert page.status in (200, 400)
                read(page.html)


@pytest.mark.quick
def test_a_missing_library_is_told_with_the_command_that_installs_it(
    kg: wcograph.KnowledgeGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "jinja2", None)
    with pytest.raises(UsageError, match=r"pip install 'wcograph\[serve\]'"):
        Pages(kg)
