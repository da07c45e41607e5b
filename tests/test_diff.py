"""Diff: what differs and nothing else, blank nodes matched, and an update that makes one side the other."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wcograph import layout
from wcograph.cli import main
from wcograph.toolbox.diff import changes
from wcograph.toolbox.diff.difference import difference
from wcograph.toolbox.diff.update import sparql_update
from wcograph.toolbox.errors import LimitError
from wcograph.toolbox.rdf.canonical import same_graph


def _quads(text: str) -> list[ox.Quad]:
    return list(
        ox.parse(("@prefix : <http://e/> .\n" + text).encode(), ox.RdfFormat.TRIG, rename_blank_nodes=True)
    )


def _diff(one: str, other: str) -> tuple[list[str], list[str]]:
    found = difference(_quads(one), _quads(other))
    return [str(quad) for quad in found.removed], [str(quad) for quad in found.added]


@pytest.mark.quick
def test_blank_nodes_that_say_the_same_are_the_same() -> None:
    assert _diff(
        ":a :p [ :q ( 1 [ :r 2 ] ) ] , _:x . _:x :p _:x .", "_:y :p _:y . :a :p _:y , [ :q ( 1 [ :r 2 ] ) ] ."
    ) == ([], [])


def test_nodes_that_look_alike_are_told_apart() -> None:
    two_rings = "_:a :n _:b . _:b :n _:c . _:c :n _:a . _:d :n _:e . _:e :n _:f . _:f :n _:d ."
    one_ring = "_:a :n _:b . _:b :n _:c . _:c :n _:d . _:d :n _:e . _:e :n _:f . _:f :n _:a ."
    assert _diff(two_rings, two_rings) == ([], [])
    removed, added = _diff(two_rings, one_ring)
    assert removed
    assert added


def test_a_node_with_one_property_more_differs_in_that_property() -> None:
    one = ":s :property [ :path :a ; :minCount 1 ] , [ :path :b ; :minCount 1 ; :message 'b' ] ."
    other = (
        ":s :property [ :path :a ; :minCount 1 ; :maxCount 2 ] , [ :path :b ; :minCount 1 ; :message 'b' ] ."
    )
    removed, added = _diff(one, other)
    assert removed == []
    assert [quad.partition(" ")[2] for quad in added] == [
        '<http://e/maxCount> "2"^^<http://www.w3.org/2001/XMLSchema#integer>'
    ]


def test_one_of_two_equal_nodes_that_goes_is_one_node() -> None:
    removed, added = _diff(":a :p [ :q 1 ] , [ :q 1 ] .", ":a :p [ :q 1 ] .")
    assert (len(removed), added) == (2, [])


def test_a_triple_that_moves_to_another_graph_differs() -> None:
    removed, added = _diff(":g { :a :b :c }", ":h { :a :b :c }")
    assert removed == ["<http://e/a> <http://e/b> <http://e/c> <http://e/g>"]
    assert added == ["<http://e/a> <http://e/b> <http://e/c> <http://e/h>"]


def test_more_time_than_is_given_is_a_limit() -> None:
    with pytest.raises(LimitError):
        difference(_quads("_:a :n _:b . _:b :n _:a ."), _quads("_:a :n _:b . _:b :n _:c ."), seconds=0.0)


# Random datasets

_NODES = st.sampled_from([ox.BlankNode(f"b{n}") for n in range(4)])
_IRIS = st.sampled_from([ox.NamedNode(f"http://e/{n}") for n in "ab"])
_VALUES = st.sampled_from([ox.Literal("1"), ox.Literal("x", language="en")])
_QUADS = st.lists(
    st.builds(
        ox.Quad,
        _NODES | _IRIS,
        st.sampled_from([ox.NamedNode(f"http://e/{n}") for n in "pq"]),
        _NODES | _IRIS | _VALUES,
        st.sampled_from([ox.DefaultGraph(), ox.NamedNode("http://e/g")]),
    ),
    max_size=9,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(_QUADS, st.sets(st.integers(0, 8)), _QUADS)
def test_the_update_makes_one_side_the_other(one: list[ox.Quad], gone: set[int], more: list[ox.Quad]) -> None:
    other = [quad for number, quad in enumerate(one) if number not in gone] + more[:3]
    found = difference(one, other)
    assert found.same == same_graph(one, other)
    shared = set(found.removed) & set(found.added)
    assert shared == set()
    store = ox.Store()
    store.extend(one)
    update = sparql_update(found)
    if update:
        store.update(update)
    assert same_graph(list(store), other), update
    assert "GRAPH" not in update or any("GRAPH" in quad_text(quad) for quad in (*one, *other))
    changes.text(found, {}, "one", "other")
    changes.markdown(found, {}, "one", "other")


def quad_text(quad: ox.Quad) -> str:
    return "GRAPH" if isinstance(quad.graph_name, ox.NamedNode) else ""


@pytest.mark.parametrize("graphs", [False, True])
def test_the_update_runs_in_rdflib(graphs: bool) -> None:
    one = """:a :p [ :q 1 ; :r ( 1 2 3 ) ] , [ :q 2 ] , [ :q 2 ] . :b :p _:shared . :c :p _:shared .
        _:x :n _:y . _:y :n _:x . :d :p 1 ."""
    other = """:a :p [ :q 1 ; :r ( 1 4 3 ) ] , [ :q 2 ] . :b :p _:shared . :e :p _:shared , [ :q [ :r 1 ] ] .
        _:x :n _:y . _:y :n _:x . _:x :m 1 . :d :p 2 ."""
    if graphs:
        one, other = (
            one + ":g { :a :p _:s . _:s :q 5 }",
            other + ":g { :a :p _:s . _:s :q 6 } _:s :q _:n . :g { _:n :r _:n }",
        )
    left, right = _quads(one), _quads(other)
    made = rdflib.Dataset() if graphs else rdflib.Graph()
    made.parse(data="".join(f"{quad} .\n" for quad in left), format="nquads" if graphs else "nt")
    made.update(sparql_update(difference(left, right)))
    text = made.serialize(format="nquads" if graphs else "nt")
    assert same_graph(list(ox.parse(text, ox.RdfFormat.N_QUADS)), right)


def test_hundreds_of_operations_are_few_enough_for_rdflib() -> None:
    one = "".join(f":a{n} :p [ :q {n} ; :r [ :s {n} ] ] ." for n in range(200))
    left, right = _quads(one), _quads(one.replace(" ; :r", " ; :t 1 ; :r").replace(":s 7 ", ":s ( 1 2 ) "))
    made = rdflib.Graph()
    made.parse(data="".join(f"{quad} .\n" for quad in left), format="nt")
    made.update(sparql_update(difference(left, right)))
    assert same_graph(list(ox.parse(made.serialize(format="nt"), ox.RdfFormat.N_TRIPLES)), right)


def test_a_node_is_found_by_few_patterns() -> None:
    lines = "".join(f":c{n} :by _:p ." for n in range(300))
    update = sparql_update(
        difference(_quads(lines + "_:p :name 'Ida' ."), _quads(lines + "_:p :name 'Ada' ."))
    )
    assert update.count("\n") < 10, update
    assert "GRAPH" not in update


# What people read


def _text(one: str, other: str) -> str:
    found = difference(_quads(one), _quads(other))
    text = changes.text(found, {"": "http://e/", "owl": "http://www.w3.org/2002/07/owl#"}, "one", "other")
    return text.partition("\n\n")[2].rpartition("\n\n")[0]


OWL = "@prefix owl: <http://www.w3.org/2002/07/owl#> .\n"


@pytest.mark.parametrize(
    ("one", "other", "text"),
    [
        (  # nothing is paired that has only its class in common
            ":A :sub [ a owl:Restriction ; owl:onProperty :p ; owl:someValuesFrom :X ] .",
            ":B :sub [ a owl:Restriction ; owl:onProperty :q ; owl:allValuesFrom :Y ] .",
            ":A\n  - :sub [ a owl:Restriction ; owl:onProperty :p ; owl:someValuesFrom :X ]\n\n"
            ":B\n  + :sub [ a owl:Restriction ; owl:onProperty :q ; owl:allValuesFrom :Y ]",
        ),
        (
            ":A :sub [ a owl:Class ; owl:unionOf ( :B :C [ :q 1 ] :D ) ] .",
            ":A :sub [ a owl:Class ; owl:unionOf ( :B [ :q 1 ] :E :D ) ] .",
            ":A\n  - :sub [ a owl:Class ; owl:unionOf ( :B :C [ :q 1^^<http://www.w3.org/2001/XMLSchema#integer> ] :D ) ]",
        ),
        (
            ":S :property [ :path :b ; :note 'a long note that does not change between the two releases' ; :max ( 1 2 ) ] .",
            ":S :property [ :path :b ; :note 'a long note that does not change between the two releases' ; :max ( 1 3 ) ] .",
            ':S\n    :property [ :note "a long note that does not change between the two releases" ; :path :b ]\n'
            "      :max ( ... )\n",
        ),
        (
            ":a :by _:p . :b :by _:p . _:p :name 'Ida' .",
            ":a :by _:p . :b :by _:p . _:p :name 'Ada' .",
            '_:b0 [ :name "Ada" ] of :a, :b\n  - :name "Ida"\n  + :name "Ada"',
        ),
        ("[] a :X ; :q 1 .", "", '[]\n  - a :X\n  - :q "1"'),
    ],
)
def test_a_blank_node_is_read_inside_its_owner(one: str, other: str, text: str) -> None:
    found = _text(OWL + one, OWL + other)
    assert found.startswith(text.replace("1^^<http", '"1"^^<http')), found


# The command


def _call(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "wcograph", "diff", *arguments], capture_output=True, text=True
    )


@pytest.fixture
def sides(tmp_path: Path) -> list[str]:
    prefixes = "".join(f"@prefix {p}: <{layout.PREFIXES[p]}> .\n" for p in ("skos", "wco", "wcoid"))
    one, other = tmp_path / "one.ttl", tmp_path / "other.ttl"
    one.write_text(prefixes + 'wcoid:x a wco:Body ; skos:prefLabel "Old name"@en . wcoid:gone a wco:Body .')
    other.write_text(
        prefixes + 'wcoid:x a wco:Body ; skos:prefLabel "New name"@en .'
        'wcoid:y a wco:Body ; skos:prefLabel "A *new* body"@en .'
    )
    return [str(one), str(other)]


@pytest.mark.quick
def test_text_groups_by_subject_with_its_label(sides: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", *sides]) == 1
    out = capfd.readouterr().out
    assert ('wcoid:x  New name\n  - skos:prefLabel "Old name"@en\n  + skos:prefLabel "New name"@en\n') in out
    assert "2 triples removed, 3 added, of 3 subjects\n" in out


def test_a_subject_goes_by_its_preferred_english_label() -> None:
    skos, rdfs = layout.PREFIXES["skos"], layout.PREFIXES["rdfs"]
    texts = ['"A label"@en', '"Nom"@fr', '"Plain"', '"Name"@en']
    labels = [
        f"<{skos if n else rdfs}{'prefLabel' if n else 'label'}> {text}" for n, text in enumerate(texts)
    ]
    for shown in range(1, 5):
        for order in (labels[:shown], labels[:shown][::-1]):
            found = difference(_quads(f":a {' ; '.join(order)} ."), [])
            assert list(found.labels.values()) == [("A label", "Nom", "Plain", "Name")[shown - 1]]


@pytest.mark.quick
def test_the_same_is_status_0(sides: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", sides[0], sides[0]]) == 0
    assert "no difference" in capfd.readouterr().out


@pytest.mark.quick
def test_the_change_note_says_what_is_new_gone_and_changed(
    sides: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["diff", *sides, "-f", "markdown"]) == 1
    out = capfd.readouterr().out
    assert "## Added\n\n- A \\*new\\* body (`wcoid:y`): `wco:Body`, 2 triples\n" in out
    assert "## Removed\n\n- `wcoid:gone`: `wco:Body`, 1 triple\n" in out
    assert '### New name (`wcoid:x`)\n\n- removed `skos:prefLabel` `"Old name"@en`' in out


def test_what_gets_another_class_has_changed_and_is_not_new(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for name, text in (("a", "<http://e/a> a <http://e/C> ."), ("b", "<http://e/a> a <http://e/D> .")):
        (tmp_path / f"{name}.ttl").write_text(text)
    assert main(["diff", str(tmp_path / "a.ttl"), str(tmp_path / "b.ttl"), "-f", "markdown"]) == 1
    out = capfd.readouterr().out
    assert "## Changed" in out
    assert "## Added" not in out
    assert "## Removed" not in out


def test_a_dataset_and_a_graph_are_compared_as_graphs(tmp_path: Path) -> None:
    (tmp_path / "a.nq").write_text("<http://e/a> <http://e/p> <http://e/o> <http://e/g> .\n")
    (tmp_path / "b.nt").write_text("<http://e/a> <http://e/p> <http://e/o> .\n")
    (tmp_path / "c.nq").write_text("<http://e/a> <http://e/p> <http://e/o> <http://e/h> .\n")
    assert main(["diff", str(tmp_path / "a.nq"), str(tmp_path / "b.nt"), "--quiet"]) == 0
    assert main(["diff", str(tmp_path / "a.nq"), str(tmp_path / "c.nq"), "--quiet"]) == 1


def test_n_quads_come_as_a_pair(sides: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", *sides, "-f", "nq", "-o", str(tmp_path / "c.nq")]) == 1
    assert len((tmp_path / "c.removed.nq").read_text().splitlines()) == 2
    assert len((tmp_path / "c.added.nq").read_text().splitlines()) == 3
    assert main(["diff", *sides, "-f", "nq"]) == 2
    assert "name them with -o" in capfd.readouterr().err


def test_an_export_of_the_graph_is_the_graph(tmp_path: Path) -> None:
    path = str(tmp_path / "wco.nq")
    assert main(["export", "-o", path]) == 0
    assert main(["diff", path, "--quiet"]) == 0
    assert main(["diff", path, layout.root(), "--quiet"]) == 0
    lines = Path(path).read_text().splitlines(keepends=True)
    Path(path).write_text("".join(lines[1:]))
    assert main(["diff", path, "--quiet"]) == 1


def test_revisions_of_a_checkout_are_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *identity, "-C", str(tmp_path), *arguments], check=True, capture_output=True)

    git("init", "-q")
    (tmp_path / "ontology").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "queries" / "derive").mkdir(parents=True)
    (tmp_path / "queries" / "derive" / "q.rq").write_text(
        "CONSTRUCT { ?s <http://e/q> ?o } { ?s <http://e/p> ?o }"
    )
    (tmp_path / "ontology" / "o.ttl").write_text("<http://e/o> a <http://e/Ontology> .")
    for number in (1, 2):
        (tmp_path / "data" / "d.ttl").write_text(f"<http://e/a> <http://e/p> {number} .")
        git("add", "-A")
        git("commit", "-q", "-m", "x")
        git("tag", f"v{number}")
    (tmp_path / "data" / "d.ttl").write_text("<http://e/a> <http://e/p> 3 .")
    monkeypatch.setattr(layout, "root", lambda: str(tmp_path))
    assert main(["diff", "--rev", "v1", "--rev", "v2"]) == 1
    assert '  - <http://e/p> "1"^^xsd:integer' in (out := capfd.readouterr().out)
    assert '  + <http://e/p> "2"^^xsd:integer' in out
    assert '  + <http://e/q> "2"^^xsd:integer' in out
    assert main(["diff", "--rev", "v2"]) == 1
    assert '"3"^^xsd:integer' in capfd.readouterr().out
    assert main(["diff", "--rev", "v9"]) == 2
    assert "there is no revision 'v9'" in capfd.readouterr().err
    assert main(["diff", "--rev", "--output=x"]) == 2


def test_wrong_calls_are_one_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for arguments in ([], ["a", "b", "c"]):
        assert main(["diff", *arguments]) == 2
    assert main(["diff", str(tmp_path / "a.ttl"), str(tmp_path / "b.ttl")]) == 3
    assert main(["diff", str(tmp_path), str(tmp_path)]) == 3
    assert capfd.readouterr().err.count("\n") == 4
