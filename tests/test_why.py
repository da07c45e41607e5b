"""``kg.why`` and ``wcograph why``: what a person may write, and that the answer is right down to the line."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
from functools import lru_cache
from itertools import chain
from pathlib import Path

import pyoxigraph as ox
import pytest

import wcograph
from owl2rl import follows
from wcograph import dataset, layout
from wcograph.cli import main
from wcograph.derive import complete, derive, with_derived
from wcograph.layout import PREFIXES
from wcograph.locations import Place, PlacedGraph
from wcograph.toolbox.errors import UsageError
from wcograph.why import Explanation

ROOT = Path(layout.root())


def term(text: str) -> ox.NamedNode | ox.Literal | ox.BlankNode:
    (quad,) = ox.parse(f"<e:s> <e:p> {text} .", ox.RdfFormat.N_TRIPLES)
    return quad.object


def curie(text: str) -> ox.NamedNode:
    prefix, _, name = text.partition(":")
    return ox.NamedNode(PREFIXES[prefix] + name)


# ------------------------------------------------------------------------------------- what may be written


@pytest.mark.quick(3)
@pytest.mark.parametrize(
    ("subject", "verb"),
    [
        *((name, "a") for name in ("Türkiye", "turkiye", "TUR", "TR", "wcoid:polity-TUR", "<{}>", "{}")),
        *(("TUR", verb) for verb in ("is a", "rdf:type", "type")),
    ],
)
def test_a_thing_may_be_called_by_any_of_its_names(
    kg: wcograph.KnowledgeGraph, subject: str, verb: str
) -> None:
    member = curie("wcoid:polity-TUR")
    found = kg.why(subject.format(member.value), verb, "polity")
    assert found.statement == (member, curie("rdf:type"), curie("wco:Polity"))
    assert found


def test_a_label_in_another_language_and_a_property_in_words(kg: wcograph.KnowledgeGraph) -> None:
    found = kg.why("Allemagne", "member of", "wcoid:wco")
    assert found.statement == (curie("wcoid:polity-DEU"), curie("org:memberOf"), curie("wcoid:wco"))
    assert kg.why("wco:Member", "sub class of", "org:Organization")


def test_terms_of_rdf_stand_for_themselves(kg: wcograph.KnowledgeGraph) -> None:
    assert kg.why(curie("wcoid:polity-TUR"), curie("rdf:type"), curie("wco:Member"))
    assert kg.why("TUR", "skos:prefLabel", ox.Literal("Türkiye", language="fr"))
    assert not kg.why("TUR", "skos:prefLabel", ox.Literal("Turquie"))


@pytest.mark.parametrize("value", ["1952", '"1952"^^xsd:gYear'])
def test_a_literal_may_be_bare_or_as_in_turtle(kg: wcograph.KnowledgeGraph, value: str) -> None:
    found = kg.why("wcoid:wco", "wco:foundingDate", value)
    assert found.statement[2] == ox.Literal("1952", datatype=curie("xsd:gYear"))
    assert found


def test_of_several_readings_the_one_that_holds_is_explained(kg: wcograph.KnowledgeGraph) -> None:
    assert len(kg.why("Fiji", "a", "org:Post").readings) > 1
    assert kg.why("Fiji", "a", "wco:Member").statement[0] == curie("wcoid:polity-FJI")
    assert kg.why("Fiji", "a", "wco:RegionalOffice").statement[0] == curie("wcoid:rtc-fiji")


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        (("Trkiye", "a", "wco:Member"), "did you mean Türkiye"),
        (("TUR", "a", "Poliy"), "Polity"),
        (("TUR", "mmber of", "wcoid:wco"), "did you mean"),
        (("TUR", "zzzz", "wcoid:wco"), "no"),
        (("foo:bar", "a", "wco:Member"), "no prefix 'foo'"),
        (("wcid:bar", "a", "wco:Member"), "did you mean wcoid:bar"),
        (("http://a b", "a", "wco:Member"), "not an IRI"),
        (("<a b>", "a", "wco:Member"), "not an IRI"),
        (("_:b0", "a", "wco:Member"), "blank node"),
        (("TUR", "skos:prefLabel", '"unclosed'), "not a literal"),
        (("TUR", "skos:prefLabel", '"x" , "y"'), "not a literal"),
        (("", "a", "wco:Member"), "nothing"),
    ],
)
def test_what_nothing_is_called_gets_the_near_misses(
    kg: wcograph.KnowledgeGraph, terms: tuple[str, str, str], words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        kg.why(*terms)


# ------------------------------------------------------------------------------------------- the answer


def test_what_is_not_in_the_graph_is_false_and_says_what_is(kg: wcograph.KnowledgeGraph) -> None:
    found = kg.why("wcoid:wco", "wco:foundingDate", "1066")
    assert not found
    assert found.proof is None
    assert str(found).startswith("not in the graph")
    assert '(it has "1952"^^<http://www.w3.org/2001/XMLSchema#gYear>)' in str(found)
    assert found.to_dict()["holds"] is False
    assert found.to_quads() == []
    assert "wcoid:no-such: nowhere in the graph" in str(kg.why("wcoid:no-such", "a", "wco:Member"))


@pytest.mark.quick
def test_an_accepted_value_names_its_query_and_its_claim(kg: wcograph.KnowledgeGraph) -> None:
    found = kg.why("wcoid:wco", "wco:foundingDate", "1952")
    (origin,) = found.origins.values()
    assert origin.query == "queries/derive/accepted.rq"
    ((claim, of_claim),) = origin.derived_from.items()
    rows = {
        (str(t.predicate), str(t.object))
        for t in dataset.asserted(str(ROOT))["claims"]
        if t.subject.value == claim
    }
    assert {p for p, _ in rows} >= {f"<{PREFIXES['wco']}aboutSubject>", f"<{PREFIXES['wco']}hasRank>"}
    assert of_claim.rank == PREFIXES["wcov"] + "preferred-rank"
    assert of_claim.reason
    assert of_claim.sources
    assert of_claim.place
    assert of_claim.place.file == "data/claims.ttl"


def test_every_form_of_a_template_is_understood(tmp_path: Path) -> None:
    query = (
        "CONSTRUCT { ?a <e:p> ?b , ?c ; a <e:T> . ?c <e:q> ?a } WHERE { ?f <e:a> ?a ; <e:b> ?b ; <e:c> ?c }"
    )
    for name, text in {
        "ontology/o.ttl": "<e:T> a <http://www.w3.org/2002/07/owl#Class> .",
        "data/facts.ttl": "<e:f> <e:a> <e:x> ; <e:b> <e:y> ; <e:c> 5 . <e:g> <e:a> <e:v> ; <e:b> <e:y> ; <e:c> 6 .",
        "queries/derive/d.rq": f"#+ title: D\n{query}\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text + "\n")
    graph = wcograph.load(str(tmp_path), use_cache=False)
    for verb, value in (("<e:p>", "<e:y>"), ("<e:p>", "5"), ("a", "<e:T>")):
        (origin,) = graph.why("<e:x>", verb, value).origins.values()
        assert (origin.place, origin.query) == (None, "queries/derive/d.rq")
        assert list(origin.derived_from) == ["e:f"]


def test_a_query_is_named_only_where_it_makes_the_triple(tmp_path: Path) -> None:
    for name, text in {
        "ontology/o.ttl": "<e:T> a <http://www.w3.org/2002/07/owl#Class> .",
        "data/facts.ttl": "<e:f> <e:a> <e:x> . <e:g> <e:a> <e:y> ; <e:b> <e:y> .",
        "queries/derive/a.rq": "PREFIX e: <e:> CONSTRUCT { ?x e:p ?x ; <e:o> 1 } { ?f <e:b> ?x }",
        "queries/derive/b.rq": "CONSTRUCT { ?x <e:q> ?x } { ?f <e:a> ?x }",
        "queries/derive/c.rq": "#+ after: [b]\nCONSTRUCT { ?x <e:r> ?y ; ?y ?x } { ?x <e:q> ?x BIND(?x AS ?y) }",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text + "\n")
    graph = wcograph.load(str(tmp_path), use_cache=False)
    for thing, verb, query in (
        ("x", "q", "b"),
        ("y", "q", "b"),
        ("y", "p", "a"),
        ("x", "r", "c"),
        ("y", "y", "c"),
    ):
        found = graph.why(f"<e:{thing}>", f"<e:{verb}>", f"<e:{thing}>")
        (origin,) = found.origins.values()
        assert origin.query == f"queries/derive/{query}.rq"
        assert f"[derived by queries/derive/{query}.rq; from e:" in str(found).replace("<", "")
    assert graph.why("<e:y>", "<e:o>", "1").origins
    assert not graph.why("<e:x>", "<e:p>", "<e:x>")


@pytest.mark.parametrize("name", [path.stem for path in sorted((ROOT / "queries/derive").glob("*.rq"))])
def test_every_kind_of_derived_triple_names_what_it_was_made_from(
    kg: wcograph.KnowledgeGraph, name: str
) -> None:
    path = f"queries/derive/{name}.rq"
    store = ox.Store()
    store.bulk_extend(chain(*dataset.read(str(ROOT)).values()))
    made = derive(str(ROOT), store)
    others = {quad for other, quads in made.items() if other != path for quad in quads}
    quad = random.Random(name).choice(sorted(set(made[path]) - others, key=str))
    found = kg.why(quad.subject, quad.predicate, quad.object)
    (origin,) = found.origins.values()
    assert origin.query == path
    assert origin.derived_from
    said = [t for ts in dataset.asserted(str(ROOT)).values() for t in ts]
    its = {t.object for t in said if t.subject == quad.subject} | {quad.subject}
    for node in map(ox.NamedNode, origin.derived_from):
        assert any(t.subject == node for t in said)
    related = {t.object for t in said if t.subject.value in origin.derived_from}
    assert quad.subject in related or its & set(map(ox.NamedNode, origin.derived_from))


@pytest.mark.quick
def test_the_forms_of_an_explanation(kg: wcograph.KnowledgeGraph) -> None:
    found = kg.why("TUR", "a", "Polity")
    assert isinstance(found, Explanation)
    assert repr(found) == str(found) == found.to_text()
    assert "<pre>wcoid:polity-TUR a wco:Polity" in found._repr_html_()
    assert json.loads(found.to_json()) == found.to_dict()
    quads = set(ox.parse(found.to_turtle(), ox.RdfFormat.TURTLE))
    assert quads == set(found.to_quads())


def test_the_rdf_form_says_rule_place_and_source(kg: wcograph.KnowledgeGraph) -> None:
    found = kg.why("TUR", "a", "Organization")
    said: dict[str, set[str]] = {}
    for quad in found.to_quads():
        said.setdefault(quad.predicate.value, set()).add(str(quad.object))
    assert found.proof
    rules = {step.rule for step in found.proof.steps() if step.rule != "asserted"}
    queries = {origin.query or "asserted" for origin in found.origins.values()}
    assert said[PREFIXES["wcob"] + "rule"] == {f'"{name}"' for name in rules | queries}
    assert len(said[PREFIXES["prov"] + "wasDerivedFrom"]) >= 2
    places = {f'"{origin.place}"' for origin in found.origins.values() if origin.place}
    assert said[PREFIXES["wcob"] + "standsAt"] == places
    member = kg.why("TUR", "a", "Polity")
    (origin,) = member.origins.values()
    sources = [q.object for q in member.to_quads() if q.predicate.value == PREFIXES["dcterms"] + "source"]
    assert sources
    assert sources == [ox.NamedNode(iri) for iri in origin.sources]
    derived = kg.why("wcoid:wco", "wco:foundingDate", "1952").to_quads()
    rules = [quad.object for quad in derived if quad.predicate.value == PREFIXES["wcob"] + "rule"]
    assert rules == [ox.Literal("queries/derive/accepted.rq")]


def test_every_term_of_the_proof_vocabulary_is_documented() -> None:
    used = set(re.findall(r'"wcob"\] \+ "(\w+)"', (ROOT / "src/wcograph/why.py").read_text()))
    assert used == {"rule", "standsAt", "subjectValue"}
    text = (ROOT / "docs/reasoning.md").read_text()
    assert all(f"`wcob:{name}`" in text for name in used)


SAMPLE = 50


def test_inferred_triples_are_proved_step_by_step_down_to_the_line(
    kg: wcograph.KnowledgeGraph, capfd: pytest.CaptureFixture[str]
) -> None:
    inferred = sorted(complete(str(ROOT))["inferred"], key=str)
    proper = [t for t in inferred if not isinstance(t.subject, ox.BlankNode) and not _has_blank(t.object)]
    for number, triple in enumerate(random.Random(7).sample(proper, SAMPLE)):
        asked = [str(triple.subject), str(triple.predicate), str(triple.object)]
        text = kg.why(*asked).to_json()
        if number < 3:
            assert main(["why", "-f", "json", *asked]) == 0
            assert capfd.readouterr().out == text + "\n"
        data = json.loads(text)
        assert data["triple"] == asked
        steps = {step["step"]: step for step in data["steps"]}
        statements = {n: tuple(map(term, step["triple"])) for n, step in steps.items()}
        assert statements[len(steps)] == (triple.subject, triple.predicate, triple.object)
        assert len(set(statements.values())) == len(steps)
        for number, step in steps.items():
            assert all(premise < number for premise in step["premises"])
            if step["rule"] == "asserted":
                check_place(step, statements[number])
            else:
                premises = [statements[premise] for premise in step["premises"]]
                assert follows(step["rule"], premises, statements[number]), step


@lru_cache
def triples_of(path: Path) -> frozenset[ox.Triple]:
    return frozenset(quad.triple for quad in dataset.parse_file(str(path)))


def _has_blank(value: object) -> bool:
    return isinstance(value, ox.BlankNode)


def check_place(step: dict, statement: tuple) -> None:
    """Look the triple up in its file without the package's own reader of Turtle; a derived one stands in none."""
    if "query" in step:
        assert "place" not in step
        assert step["from"]
        return
    assert step["place"] == f"{step['file']}:{step['line']}:{step['column']}"
    path = ROOT / step["file"]
    here = path.read_text(encoding="utf-8").splitlines()[step["line"] - 1][step["column"] - 1 :]
    s, p, value = statement
    if not any(isinstance(t, ox.BlankNode) for t in statement):
        assert ox.Triple(s, p, value) in triples_of(path)
    if isinstance(value, ox.NamedNode):
        word = here.split()[0].rstrip(";,.") if not here.startswith("<") else here[: here.index(">") + 1]
        prefix, _, local = word.partition(":")
        assert word == str(value) or (prefix in PREFIXES and PREFIXES[prefix] + local == value.value)
    elif isinstance(value, ox.Literal):
        assert value.value in here
    else:
        assert here[0] in "[(_"


# ------------------------------------------------------------------------------- the command line, and around


def test_a_file_of_ones_own_with_its_own_prefixes(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.ttl"
    path.write_text(
        "@prefix : <https://example.org/> .\n@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
        ':C rdfs:subClassOf :D .\n:x a :C ; rdfs:label "the thing" ; :p "01" .\n[] a :C .\n'
    )
    assert main(["why", "--data", str(path), "the thing", "a", ":D", "-f", "json"]) == 0
    data = json.loads(capfd.readouterr().out)
    assert {step["place"] for step in data["steps"] if "place" in step} == {f"{path}:3:20", f"{path}:4:6"}
    assert main(["why", "--data", str(path), ":x", ":p", "01"]) == 0
    assert f"{path}:4:" in capfd.readouterr().out
    assert main(["why", "--data", str(path), ":x", ":p", "02", "-f", "json"]) == 1
    assert json.loads(capfd.readouterr().out)["holds"] is False


def test_a_literal_of_ones_own_stays_as_it_is_written(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.ttl"
    path.write_text('<e:x> <e:p> "01"^^<http://www.w3.org/2001/XMLSchema#integer> .\n')
    assert main(["why", "--data", str(path), "<e:x>", "<e:p>", "01"]) == 0
    assert '"01"^^' in capfd.readouterr().out


def test_of_a_triple_that_is_written_twice_the_first_place_counts(tmp_path: Path) -> None:
    one, other = tmp_path / "1.trig", tmp_path / "2.nt"
    one.write_text("<e:g> { <e:a> <e:b> <e:c> . }\n<e:a> <e:b> <e:c> .\n_:b <e:b> _:b .\n")
    other.write_text("<e:a> <e:b> <e:c> .\n<e:a> <e:b> <e:d> .\n_:b <e:b> _:b .\n")
    graph = PlacedGraph([str(one), str(other)])
    assert len(graph.triples) == 4
    places = graph.places((t.subject, t.predicate, t.object) for t in graph.triples)
    assert sorted(map(str, places.values())) == [
        f"{one}:1:21",
        f"{one}:3:11",
        f"{other}:2:13",
        f"{other}:3:11",
    ]
    assert graph.places([(ox.Literal("x"), curie("rdf:type"), curie("wco:Member"))]) == {}
    other.write_text("changed")
    assert (
        Place(str(other)) in graph.places((t.subject, t.predicate, t.object) for t in graph.triples).values()
    )


def run(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "wcograph", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]


def test_a_closed_pipe_is_no_error() -> None:
    command = f'"{sys.executable}" -m wcograph why TUR a Polity | true; echo ${{PIPESTATUS[0]}}'
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0"]
    assert done.stderr == ""


def test_an_output_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    done = run("why", "TUR", "a", "Polity", "-o", str(tmp_path / "no" / "such" / "folder"))
    assert done.returncode == 3
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_importing_wcograph_does_not_import_the_reasoner() -> None:
    code = (
        "import sys, wcograph; print([m for m in sys.modules if 'reasoning' in m or m == 'wcograph.why']);"
        "print(wcograph.closure([]).inconsistencies, 'closure' in dir(wcograph))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["[]", "() True"]


def test_the_package_has_no_other_names() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        wcograph.no_such_name  # noqa: B018


# ------------------------------------------------------------------------------------------- --no-inferred

INFERRED = "ASK { wcoid:polity-TUR a org:Organization }"
ASSERTED = "ASK { wcoid:polity-TUR a wco:Member ; wco:labelEn ?derived }"


def test_without_the_inferred_graph_only_what_is_asserted_and_derived_is_seen(
    kg: wcograph.KnowledgeGraph,
) -> None:
    bare = wcograph.load(inferred=False)
    assert kg.sparql(INFERRED)
    assert not bare.sparql(INFERRED)
    assert kg.sparql(ASSERTED)
    assert bare.sparql(ASSERTED)
    graphs = bare.sparql("SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }").to_dicts()  # type: ignore[union-attr]
    assert {row["g"].rpartition("/")[2] for row in graphs} == set(layout.ROLES) - {"inferred"}
    (row,) = bare.sparql("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }").to_dicts()  # type: ignore[union-attr]
    assert row["n"] == sum(map(len, with_derived(str(ROOT)).values()))


@pytest.mark.parametrize("timeout", [None, 20.0])
def test_added_files_are_seen_without_the_inferred_graph_and_each_value_once(
    tmp_path: Path, timeout: float | None
) -> None:
    own = tmp_path / "own.ttl"
    own.write_text("<http://e/a> <http://e/duty> 98.0 . <http://e/b> <http://e/duty> 2.50 .")
    for inferred in (True, False):
        answer = wcograph.load(data=[str(own)], inferred=inferred).sparql(
            "SELECT (SUM(?d) AS ?sum) { ?s <http://e/duty> ?d }", timeout=timeout
        )
        assert [str(row["sum"]) for row in answer.to_dicts()] == ["100.5"]


@pytest.mark.parametrize("only", [True, False])
def test_a_triple_in_two_graphs_of_an_added_file_counts_once(tmp_path: Path, only: bool) -> None:
    own = tmp_path / "own.trig"
    own.write_text(
        "<http://e/a> <http://e/duty> 2.5 ; <http://e/p> <http://e/b> ."
        " <http://e/g> { <http://e/a> <http://e/duty> 2.50 ; <http://e/p> <http://e/b> . }"
    )
    kg = wcograph.load(data=[str(own)], only_data=only)
    for name in ("duty", "p"):  # not a path, whose values the engine gives once anyway
        (row,) = kg.sparql(f"SELECT (COUNT(*) AS ?n) {{ <http://e/a> <http://e/{name}> ?d }}").to_dicts()
        assert row["n"] == 1


def test_no_inferred_on_the_command_line(capfd: pytest.CaptureFixture[str]) -> None:
    def out(*arguments: str) -> str:
        assert main([*arguments]) == 0
        return capfd.readouterr().out

    assert "true" in out("sparql", INFERRED, "-f", "csv")
    assert "false" in out("sparql", "--no-inferred", INFERRED, "-f", "csv")
    assert out("query", "--no-inferred", "conventions-in-force-count", "-f", "csv").split() == [
        "conventions",
        "17",
    ]
    assert out("export", "--no-inferred", "-f", "nt") == out("export", "-f", "nt")
    assert main(["export", "--no-inferred", "--graph", "inferred"]) == 2
