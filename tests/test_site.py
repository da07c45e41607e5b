"""The site: pages as files whose links all work, the same bytes every time, and never half of it."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pyoxigraph as ox
import pytest

import wcograph
from html_pages import Read, read
from wcograph.cli import main
from wcograph.toolbox.errors import InputError
from wcograph.web.site import MARK, save

DATA = """
@prefix ex: <http://example.org/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix wcoid: <https://w3id.org/wcograph/id/> .
ex:port a ex:Thing ; rdfs:label "Port"@en, "Port maritime"@fr ; ex:near ex:town, wcoid:my-office, <javascript:x> ;
  ex:page <https://example.org/> ; ex:parts [ ex:part "quay" ] .
ex:town a ex:Thing ; rdfs:label "Town & <b>" .
wcoid:my-office rdfs:label "Office" ; ex:in ex:town .
ex:alone rdfs:label "Alone" .
"""
MANY = "\n".join(f"<http://example.org/s{n}> a <http://example.org/Thing> ." for n in range(230))
QUERY = """\
#+ title: Things near
#+ parameters:
#+   thing: {type: "rdfs:Resource", description: A thing, optional: true}
#+ columns:
#+   near: {en: Near}
SELECT ?near { VALUES ?thing { UNDEF } ?thing <http://example.org/near> ?near } ORDER BY ?near
"""


@pytest.fixture(scope="module")
def kg(own_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> wcograph.KnowledgeGraph:
    folder = tmp_path_factory.mktemp("mine")
    (folder / "mine.ttl").write_text(DATA + MANY, "utf-8")
    (folder / "near.rq").write_text(QUERY, "utf-8")
    return wcograph.load(data=[str(folder / "mine.ttl")], only_data=True, queries=[str(folder / "near.rq")])


@pytest.fixture(scope="module")
def small(own_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> wcograph.KnowledgeGraph:
    file = tmp_path_factory.mktemp("small") / "small.ttl"
    file.write_text(DATA, "utf-8")
    return wcograph.load(data=[str(file)], only_data=True)


@pytest.fixture(scope="module")
def site(kg: wcograph.KnowledgeGraph, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("out") / "site"
    save(kg, str(place))
    return place


def pages_of(site: Path) -> dict[str, Read]:
    return {
        str(path.relative_to(site)): read(path.read_text("utf-8")) for path in sorted(site.rglob("*.html"))
    }


def digest(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_every_link_leads_to_a_file_and_to_an_id_in_it(site: Path) -> None:
    pages = pages_of(site)
    assert len(pages) > 400  # 2 languages
    checked = 0
    for name, page in pages.items():
        for link in page.links:
            url = urlsplit(link)
            if url.scheme:
                assert url.scheme in ("http", "https")
                continue
            assert not link.startswith("/") and not url.query
            target = (
                os.path.normpath(os.path.join(os.path.dirname(name), unquote(url.path))) if url.path else name
            )
            assert (site / target).is_file(), f"{name} links to {link}"
            if url.fragment and target in pages:
                assert unquote(url.fragment) in pages[target].ids, f"{name} links to {link}"
            checked += 1
    assert checked > 2_000


def test_each_thing_has_a_page_in_each_language_and_its_rdf_beside_it(
    site: Path, kg: wcograph.KnowledgeGraph
) -> None:
    assert read((site / "id/my-office.html").read_text("utf-8")).texts["h1"] == ["Office"]
    alone = hashlib.sha256(b"http://example.org/alone").hexdigest()[:16]
    assert "Alone" in (site / f"thing/{alone}.html").read_text("utf-8")
    name = hashlib.sha256(b"http://example.org/port").hexdigest()[:16]
    english, french = (read((site / part / f"thing/{name}.html").read_text("utf-8")) for part in ("", "fr"))
    assert english.texts["h1"] == ["Port"] and french.texts["h1"] == ["Port maritime"]
    wanted = {
        str(quad.triple)
        for quad in kg.store.quads_for_pattern(ox.NamedNode("http://example.org/port"), None, None)
    }
    for extension, format in (
        ("ttl", ox.RdfFormat.TURTLE),
        ("nt", ox.RdfFormat.N_TRIPLES),
        ("jsonld", ox.RdfFormat.JSON_LD),
    ):
        quads = list(ox.parse((site / f"thing/{name}.{extension}").read_bytes(), format))
        named = {str(quad.triple) for quad in quads if "_:" not in str(quad.triple)}
        assert named == {triple for triple in wanted if "_:" not in triple}
        assert len(quads) == len(wanted) + 1  # and what the blank node has
    whole = list(ox.parse((site / "wcograph.ttl").read_bytes(), ox.RdfFormat.TURTLE))
    assert len(whole) == len(kg.store)


def test_long_lists_have_pages(site: Path) -> None:
    name = hashlib.sha256(b"http://example.org/Thing").hexdigest()[:16]
    lists = list(site.glob(f"thing/{name}~*.html"))
    assert len(lists) == 3  # 232 things, 100 on each
    things = {link for path in lists for link in read(path.read_text("utf-8")).links if "~" not in link}
    assert len([link for link in things if link.endswith(".html") and "/" not in link]) >= 232


def test_a_question_has_its_answer_and_files(site: Path) -> None:
    page = read((site / "query/near.html").read_text("utf-8"))
    assert "Things near" in page.texts["h1"]
    assert "near.csv" in page.links and (site / "query/near.csv").read_text("utf-8").startswith("near")
    assert "wcograph serve" in " ".join(page.texts["code"])
    assert not any(tag == "form" for tag, _ in page.elements)


def test_the_same_graph_gives_the_same_bytes(site: Path, kg: wcograph.KnowledgeGraph, tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    number = save(kg, str(tmp_path / "again"), lambda done, of: calls.append((done, of)))
    assert digest(tmp_path / "again") == digest(site)
    assert calls[-1] == (number, number) == (len(pages_of(site)),) * 2
    assert json.loads((site / MARK).read_text("utf-8"))["pages"] == number


def test_a_site_is_replaced_and_nothing_else_is(small: wcograph.KnowledgeGraph, tmp_path: Path) -> None:
    place = tmp_path / "site"
    save(small, str(place))
    (place / "old.html").write_text("old", "utf-8")
    save(small, str(place))
    assert not (place / "old.html").exists() and [path.name for path in tmp_path.iterdir()] == ["site"]
    other = tmp_path / "other"
    other.mkdir()
    (other / "diary.txt").write_text("mine", "utf-8")
    with pytest.raises(
        InputError, match=r"has other files \(no site.json\); name an empty directory or a new one"
    ):
        save(small, str(other))
    with pytest.raises(InputError, match="is not a directory"):
        save(small, str(other / "diary.txt"))
    assert (other / "diary.txt").read_text("utf-8") == "mine"


@pytest.mark.quick
def test_a_site_that_cannot_be_completed_leaves_the_old_one(
    small: wcograph.KnowledgeGraph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "site"
    save(small, str(place))
    before = digest(place)

    def stop(done: int, of: int) -> None:
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        save(small, str(place), stop)
    assert digest(place) == before and [path.name for path in tmp_path.iterdir()] == ["site"]


@pytest.mark.quick
def test_the_command_writes_a_site(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.ttl").write_text(DATA, "utf-8")
    out = tmp_path / "site"
    assert main(["site", "-o", str(out), "--data", str(tmp_path / "mine.ttl"), "--only-data"]) == 0
    said = capsys.readouterr()
    assert said.out == "" and f" pages in {out}" in said.err and "\r" not in said.err
    assert (out / "index.html").is_file() and (out / "static/style.css").is_file()
    assert main(["site", "-o", str(tmp_path), "--data", str(tmp_path / "mine.ttl"), "--only-data"]) == 3
    assert main(["site"]) == 2
