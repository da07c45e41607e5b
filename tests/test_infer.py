"""``wcograph infer`` and ``wcograph why``: what they write, and what they say about bad input."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, parse

from wcograph.cli import main
from wcograph.toolbox.rules.rules import TABLE

TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
PREFIXES = """@prefix : <https://example.org/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.ttl"
    path.write_text(PREFIXES + ":C rdfs:subClassOf :D .\n:x a :C ; :p '01' .\n")
    return path


@pytest.fixture
def clashing(tmp_path: Path) -> Path:
    path = tmp_path / "clash.ttl"
    path.write_text(
        PREFIXES
        + ":C owl:disjointWith :D .\n:B rdfs:subClassOf :D .\n:x a :C ,\n    :B .\n:y owl:sameAs :z .\n"
    )
    return path


def call(capfd: pytest.CaptureFixture[str], status: int, *arguments: str) -> tuple[str, str]:
    assert main([*map(str, arguments)]) == status
    return tuple(capfd.readouterr())  # type: ignore[return-value]


def triples(text: str, syntax: RdfFormat = RdfFormat.TURTLE) -> set[str]:
    return {str(quad.triple) for quad in parse(text, syntax)}


@pytest.mark.quick
def test_infer_writes_the_new_triples_only(file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    out, err = call(capfd, 0, "infer", str(file))
    assert triples(out) == triples("<https://example.org/x> a <https://example.org/D> .")
    assert err == ""


def test_infer_with_asserted_writes_all(file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    out, _ = call(capfd, 0, "infer", str(file), "--with-asserted", "-f", "ntriples")
    assert len(triples(out, RdfFormat.N_TRIPLES)) == 4


def test_files_are_closed_together_and_their_blank_nodes_stay_apart(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    one, other = tmp_path / "1.ttl", tmp_path / "2.ttl"
    one.write_text(PREFIXES + ":C rdfs:subClassOf :D . _:b a :E .\n")
    other.write_text(PREFIXES + "_:b a :C .\n")
    out, _ = call(capfd, 0, "infer", str(one), str(other), "--with-asserted", "-f", "nt")
    assert len(triples(out, RdfFormat.N_TRIPLES)) == 4
    assert len({line.split()[0] for line in out.splitlines() if line.startswith("_:")}) == 2


def test_the_output_file_is_in_the_syntax_of_its_ending(
    file: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    call(capfd, 0, "infer", str(file), "-o", str(tmp_path / "out.nt"))
    assert triples((tmp_path / "out.nt").read_text(), RdfFormat.N_TRIPLES)


def test_infer_warns_of_an_inconsistent_graph(clashing: Path, capfd: pytest.CaptureFixture[str]) -> None:
    out, err = call(capfd, 0, "infer", str(clashing))
    assert triples(out)
    assert err.count("\n") == 1
    assert "1 inconsistency" in err


@pytest.mark.quick
def test_check_says_what_contradicts_what_and_where(
    clashing: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out, _ = call(capfd, 1, "infer", "--check", str(clashing))
    places = ", ".join(f"{clashing}:{place}" for place in ("4:21", "6:6", "5:20", "7:5"))
    assert out == f":x is a :C and a :D, and no :C is a :D ({places}) [cax-dw]\n"


def test_check_as_json(clashing: Path, capfd: pytest.CaptureFixture[str]) -> None:
    out, _ = call(capfd, 1, "infer", "--check", "-f", "json", str(clashing))
    report = json.loads(out)
    assert not report["consistent"]
    (clash,) = report["inconsistencies"]
    assert clash["rule"] == "cax-dw"
    assert {entry["place"] for entry in clash["asserted"]} == {
        f"{clashing}:{place}" for place in ("4:21", "5:20", "6:6", "7:5")
    }


SENTENCES = {
    "eq-diff1": (":a owl:sameAs :b ; owl:differentFrom :b", ":a and :b are the same, and they are different"),
    "different from itself": (":a owl:differentFrom :a", ":a is different from itself"),
    "eq-diff2": ("[] a owl:AllDifferent ; owl:members (:a :b) . :b owl:sameAs :a", ":a and :b are the same"),
    "eq-diff3": ("[] a owl:AllDifferent ; owl:distinctMembers (:a :a)", ":a and :a are the same, and both"),
    "prp-irp": (":p a owl:IrreflexiveProperty . :a :p :a", ":a has itself for :p, and :p is irreflexive"),
    "prp-asyp": (":p a owl:AsymmetricProperty . :a :p :b . :b :p :a", "and :p is asymmetric"),
    "prp-pdw": (":p owl:propertyDisjointWith :q . :a :p :b ; :q :b", ":a has :b for both :p and :q"),
    "prp-adp": ("[] a owl:AllDisjointProperties ; owl:members (:p :q) . :a :p 5 ; :q 5", "both :p and :q"),
    "prp-npa1": (
        "[] owl:sourceIndividual :a ; owl:assertionProperty :p ; owl:targetIndividual :b . :a :p :b",
        ":a has :b for :p, and a negative assertion says that it has not",
    ),
    "prp-npa2": (
        "[] owl:sourceIndividual :a ; owl:assertionProperty :p ; owl:targetValue 'v' . :a :p 'v'",
        ':a has "v" for :p, and a negative assertion says that it has not',
    ),
    "cls-nothing2": (":a a owl:Nothing", ":a is a member of owl:Nothing"),
    "cls-com": (
        ":A owl:complementOf :B . :a a :A , :B",
        ":a is a :A and a :B, and no :B is a :A",
    ),
    "cls-maxc1": (
        ":R owl:maxCardinality 0 ; owl:onProperty :p . :a a :R ; :p :b",
        ":a has :b for :p, and as a :R it has no value for that",
    ),
    "cls-maxqc1": (
        ":R owl:maxQualifiedCardinality 0 ; owl:onProperty :p ; owl:onClass :C . :a a :R ; :p :b . :b a :C",
        ":a has :b, which is a :C, for :p, and as a :R it has no such value",
    ),
    "cls-maxqc2": (
        ":R owl:maxQualifiedCardinality 0 ; owl:onProperty :p ; owl:onClass owl:Thing . :a a :R ; :p :b",
        ":a has :b for :p, and as a :R it has no value for that",
    ),
    "cax-dw, with labels": (
        ":Cat owl:disjointWith :Ape ; rdfs:label 'Katze'@de , 'cat'@en . :Ape rdfs:label 'ape' . :r a :Cat , :Ape ;"
        " rdfs:label 'Rex'",
        "Rex (:r) is a cat and an ape, and no cat is an ape",
    ),
    "cax-adc": (
        "[] a owl:AllDisjointClasses ; owl:members (:A :B :C) . :a a :A , :B , :C",
        ":a is a :A and a :B, and no :A is a :B",
    ),
    "dt-not-type, by form": (
        ":a :p 'x'^^xsd:int",
        ':a has "x"^^xsd:int for :p, and that is not a valid literal',
    ),
    "dt-not-type, by range": (
        ":p rdfs:range xsd:int . :a :p 'x'",
        '"x" must be an xsd:int, and its value is not',
    ),
}


@pytest.mark.quick(4)
@pytest.mark.parametrize("rule", SENTENCES)
def test_each_kind_of_inconsistency_in_one_line(
    rule: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    text, words = SENTENCES[rule]
    path = tmp_path / "a.ttl"
    path.write_text(f"{PREFIXES}@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n{text} .\n")
    out, _ = call(capfd, 1, "infer", "--check", str(path))
    assert words in out
    assert out.count("\n") == 1
    assert out.endswith(f"[{rule.partition(',')[0]}]\n" if "-" in rule else "[eq-diff1]\n")
    assert f"({path}:5:" in out


def test_every_rule_that_concludes_false_has_a_sentence() -> None:
    clashing_rules = {rule.name for rule in TABLE if rule.conclusion is None}
    assert {name.partition(",")[0] for name in SENTENCES if "-" in name} == clashing_rules


def test_hostile_labels_stay_in_one_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.ttl"
    label = "\\u001B[31m\\n" + "very " * 100
    path.write_text(PREFIXES + f":a owl:differentFrom :a ; rdfs:label '{label}' .\n")
    out, _ = call(capfd, 1, "infer", "--check", str(path))
    assert out.count("\n") == 1
    assert "\x1b" not in out
    assert len(out) < 400


def test_directories_are_read(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "my graph" / "inner"
    folder.mkdir(parents=True)
    (folder.parent / "1.ttl").write_text(PREFIXES + ":C rdfs:subClassOf :D .\n")
    (folder / "2.nt").write_text(
        "<https://example.org/x> a <https://example.org/C> .".replace(" a ", f" <{TYPE}> ")
    )
    out, _ = call(capfd, 0, "infer", str(folder.parent), "-f", "nt")
    assert triples(out, RdfFormat.N_TRIPLES) == triples("<https://example.org/x> a <https://example.org/D> .")
    conclusion = tmp_path / "conclusions"
    conclusion.mkdir()
    (conclusion / "c.ttl").write_text(PREFIXES + ":x a :D .\n")
    call(capfd, 0, "infer", str(folder.parent), "--entails", str(conclusion))


def test_a_timeout_leaves_nothing_behind(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path, output = tmp_path / "a.ttl", tmp_path / "out.nt"
    steps = " ".join(f"<e:a{n}> <e:p> <e:a{n + 1}> ." for n in range(3000))
    path.write_text(PREFIXES + "<e:p> a owl:TransitiveProperty , owl:SymmetricProperty . " + steps)
    command = [sys.executable, "-m", "wcograph", "infer", str(path), "--timeout", "0.5", "-o", str(output)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 4
    assert done.stderr == "wcograph: stopped after 0.5 s (--timeout); ask for less, or allow more time\n"
    assert os.listdir(tmp_path) == ["a.ttl"]


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("<e:C> owl:oneOf ({items}) . {same}", 4),
        ("<e:p> a owl:FunctionalProperty . <e:x> <e:p> {values} .", 4),
        ("[] a owl:AllDifferent ; owl:members ({items}) . {same}", 4),
        ("<e:C> owl:unionOf ({repeated}) . <e:x> a <e:a0> .", 0),
        ("{cycle}", 4),
    ],
)
def test_thousands_of_equal_members_end_quickly(
    text: str, status: int, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    names = [f"<e:a{n}>" for n in range(1200)]
    path = tmp_path / "a.ttl"
    filled = text.format(
        items=" ".join(names),
        repeated=" ".join(names[:1] * 1200),
        values=", ".join(names),
        same=" ".join(f"{one} owl:sameAs {other} ." for one, other in pairwise(names)),
        cycle=" ".join(f"{one} rdfs:subClassOf {other} ." for one, other in pairwise([*names, names[0]])),
    )
    path.write_text(PREFIXES + filled)
    start = time.process_time()
    assert main(["infer", str(path)]) == status
    assert capfd.readouterr().err.count("\n") == (status == 4)
    assert main(["infer", "--check", str(path)]) in (0, 1, 4)
    assert capfd.readouterr().out.count("\n") <= 1
    assert time.process_time() - start < 30


@pytest.mark.quick
@pytest.mark.parametrize("options", [[], ["--trivial"], ["--check"], ["--with-asserted", "-f", "turtle12"]])
def test_triple_terms_go_through(
    options: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.ttl"
    path.write_text(
        PREFIXES
        + ":p a owl:SymmetricProperty ; rdfs:range :C . :a :p <<( :s :q :o )>> . :b :p << :a :p :c >> .\n"
    )
    out, err = call(capfd, 0, "infer", str(path), *options)
    assert err in ("", "consistent under the rules of OWL 2 RL\n")
    assert all(not line.startswith("<<(") for line in out.splitlines())
    other = tmp_path / "b.ttl"
    other.write_text(PREFIXES + ":a :p <<( :s :q :z )>> .\n")
    out, _ = call(capfd, 1, "infer", str(path), "--entails", str(other))
    assert "<<( <https://example.org/s>" in out


def test_the_graph_is_consistent(capfd: pytest.CaptureFixture[str]) -> None:
    out, err = call(capfd, 0, "infer", "--check")
    assert out == ""
    assert "consistent" in err


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["infer", "--check", "-f", "turtle"], 2, "(formats: text, json)"),
        (["infer", "--check", "--with-asserted"], 2, "--with-asserted"),
        (["infer", "-f", "docx"], 2, "docx"),
        (["infer", "--timeout", "0"], 2, "seconds above 0"),
        (["infer", "absent.ttl"], 3, "absent.ttl"),
        (["infer", "--check", "absent.ttl"], 3, "absent.ttl"),
        (["why", "a", "b"], 2, "OBJECT"),
        (["why", "No Such Thing", "a", "wco:Member"], 2, "No Such Thing"),
        (["why", "wcoid:wco", "a", '"unclosed'], 2, "literal"),
    ],
)
def test_a_wrong_call_gets_one_line(
    arguments: list[str], status: int, words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    out, err = call(capfd, status, *arguments)
    assert out == ""
    assert err.count("\n") == 1
    assert words in err


@pytest.mark.parametrize("option", [[], ["--check"]])
def test_a_syntax_error_is_told_with_its_place(
    tmp_path: Path, option: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.ttl"
    path.write_text("<a:a> <a:b> <a:c> .\n<a:a> <a:b> .\n")
    out, err = call(capfd, 3, "infer", *option, str(path))
    assert out == ""
    assert f"{path}:2:" in err


@pytest.mark.quick
def test_why_shows_the_proof_with_places_and_sources(capfd: pytest.CaptureFixture[str]) -> None:
    out, _ = call(capfd, 0, "why", "Palau", "a", "org:Organization")
    lines = out.splitlines()
    assert lines[0] == "wcoid:polity-PLW a org:Organization  [cax-sco]"
    assert any("wcoid:polity-PLW a wco:Polity  [data/polities.ttl:" in line for line in lines)
    assert any("source wcosrc:" in line for line in lines)


def test_why_an_asserted_triple_says_where_it_stands(capfd: pytest.CaptureFixture[str]) -> None:
    out, _ = call(capfd, 0, "why", "wcoid:polity-PLW", "skos:prefLabel", '"Palau"@en')
    place = out.split("[data/polities.ttl:")[1]
    line = int(place.split(":")[0])
    written = (Path(__file__).parent.parent / "data/polities.ttl").read_text().splitlines()[line - 1]
    assert '"Palau"@en' in written


def test_why_names_the_query_of_a_derived_triple(capfd: pytest.CaptureFixture[str]) -> None:
    from wcograph.derive import with_derived
    from wcograph.layout import root

    triple = next(t for t in with_derived(root())["derived"] if t.predicate.value.endswith("foundingDate"))
    terms = [str(term) for term in (triple.subject, triple.predicate, triple.object)]
    out, _ = call(capfd, 0, "why", *terms)
    assert "derived by queries/derive/accepted.rq; from wcocl:" in out


def test_why_a_claim_is_as_it_is_names_its_rank_and_reason(capfd: pytest.CaptureFixture[str]) -> None:
    from wcograph import load

    rows = load().sparql(
        "PREFIX wco: <https://w3id.org/wcograph/ns#> SELECT ?claim ?reason ?subject "
        "{ ?claim wco:rankReason ?reason ; wco:aboutSubject ?subject } ORDER BY ?claim LIMIT 1"
    )
    (row,) = rows.to_dicts()  # type: ignore[union-attr]
    out, _ = call(capfd, 0, "why", str(row["claim"]), "wco:aboutSubject", str(row["subject"]))
    assert "; rank wcov:" in out
    assert f"reason: {row['reason']}" in out


def test_trivial_entailments_are_written_when_they_are_asked_for(
    file: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out, _ = call(capfd, 0, "infer", "--trivial", str(file))
    same = "<https://example.org/x> <http://www.w3.org/2002/07/owl#sameAs> <https://example.org/x> ."
    assert triples(same) <= triples(out)


def test_why_not_is_an_answer_too(capfd: pytest.CaptureFixture[str]) -> None:
    out, err = call(capfd, 1, "why", "Palau", "a", "org:Post")
    assert out == ""
    assert "not in the graph" in err


def test_why_of_ones_own_file_as_json_and_rdf(file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    call_of = ["why", "--data", str(file), "https://example.org/x", "a", "https://example.org/D"]
    out, _ = call(capfd, 0, *call_of, "-f", "json")
    data = json.loads(out)
    assert data["height"] == 1
    assert [step["rule"] for step in data["steps"]] == ["asserted", "asserted", "cax-sco"]
    assert data["steps"][-1]["premises"] == [1, 2]
    assert data["steps"][0]["place"] == f"{file}:4:20"
    out, _ = call(capfd, 0, *call_of, "-f", "turtle")
    assert sum("wasDerivedFrom" in triple for triple in triples(out)) == 2


ODD = """<?xml version='1.0' encoding='ISO-8859-1'?>
<!DOCTYPE rdf:RDF [
  <!ENTITY ex 'http://ex.org/'>
  <!ENTITY a "&ex;a#" >
]>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:ex="&ex;" xml:base="http://b/"
  xmlns:owl="http://www.w3.org/2002/07/owl#">
  <owl:Ontology rdf:about=""><owl:imports rdf:resource="http://nowhere.invalid/x"/></owl:Ontology>
  <owl:Class rdf:ID="C"><owl:unionOf rdf:parseType="Collection"><owl:Class rdf:about="&a;A"/></owl:unionOf></owl:Class>
  <rdf:Description rdf:about="#café" rdf:type="&a;A"><ex:p rdf:parseType="Literal"><b>1</b></ex:p></rdf:Description>
</rdf:RDF>
"""


def test_rdf_xml_of_older_days_is_read(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "odd.rdf"
    path.write_text(ODD, encoding="latin-1")
    assert main(["infer", str(path), "-f", "nt"]) == 0
    assert (
        "<http://b/#café> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://b/#C> ."
        in capfd.readouterr().out
    )
    assert main(["infer", "--check", str(path)]) == 0
    path.write_text(ODD.replace("ISO-8859-1", "no-such"), encoding="latin-1")
    assert main(["infer", str(path)]) == 3
    assert capfd.readouterr().err.endswith("odd.rdf: has the unknown encoding 'no-such'\n")


def test_a_clash_is_named_though_its_proof_is_too_long(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from wcograph.toolbox.rules import proof

    path = tmp_path / "a.ttl"
    text = "@prefix owl: <http://www.w3.org/2002/07/owl#> . <e:a0> owl:differentFrom <e:a20> . "
    path.write_text(text + " ".join(f"<e:a{n}> owl:sameAs <e:a{n + 1}> ." for n in range(20)))
    monkeypatch.setattr(proof, "_MOST_STEPS", 5)
    assert main(["infer", "--check", str(path)]) == 1
    assert "<e:a0> and <e:a20> are the same, and they are different" in capfd.readouterr().out
    assert main(["infer", "--check", "-f", "json", str(path)]) == 1
    assert "not found in 5 steps" in capfd.readouterr().out
    assert main(["why", "--data", str(path), "<e:a0>", "owl:sameAs", "<e:a20>"]) == 4
    assert capfd.readouterr().err == "wcograph: a proof of least height was not found in 5 steps\n"
