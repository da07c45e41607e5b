"""``wcograph infer`` and ``wcograph why``: what they write, and what they say about bad input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, parse

from wcograph.cli import main

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


def test_infer_writes_the_new_triples_only(file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    out, err = call(capfd, 0, "infer", str(file))
    assert triples(out) == triples("<https://example.org/x> a <https://example.org/D> .")
    assert err == ""


def test_infer_with_asserted_writes_all(file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    out, _ = call(capfd, 0, "infer", str(file), "--with-asserted", "-f", "ntriples")
    assert len(triples(out, RdfFormat.N_TRIPLES)) == 4


@pytest.mark.parametrize("engine", ["fast", "owlrl"])
def test_both_engines_give_the_same(file: Path, engine: str, capfd: pytest.CaptureFixture[str]) -> None:
    out, _ = call(capfd, 0, "infer", str(file), "--engine", engine, "-f", "nt")
    assert triples(out, RdfFormat.N_TRIPLES) == triples("<https://example.org/x> a <https://example.org/D> .")


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


def test_check_names_the_triples_and_their_places(clashing: Path, capfd: pytest.CaptureFixture[str]) -> None:
    out, _ = call(capfd, 1, "infer", "--check", str(clashing))
    assert out.splitlines() == [
        "inconsistent [cax-dw]",
        f"  <https://example.org/C> owl:disjointWith <https://example.org/D>  [{clashing}:4:21]",
        f"  <https://example.org/x> a <https://example.org/C>  [{clashing}:6:6]",
        "  <https://example.org/x> a <https://example.org/D>  [cax-sco]",
        f"    <https://example.org/B> rdfs:subClassOf <https://example.org/D>  [{clashing}:5:20]",
        f"    <https://example.org/x> a <https://example.org/B>  [{clashing}:7:5]",
    ]


def test_check_as_json(clashing: Path, capfd: pytest.CaptureFixture[str]) -> None:
    out, _ = call(capfd, 1, "infer", "--check", "-f", "json", str(clashing))
    report = json.loads(out)
    assert not report["consistent"]
    (clash,) = report["inconsistencies"]
    assert clash["rule"] == "cax-dw"
    assert {entry["place"] for entry in clash["asserted"]} == {
        f"{clashing}:{place}" for place in ("4:21", "5:20", "6:6", "7:5")
    }


def test_check_by_owlrl(clashing: Path, file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    out, _ = call(capfd, 1, "infer", "--check", "--engine", "owlrl", str(clashing))
    assert "Disjoint classes" in out
    call(capfd, 0, "infer", "--check", "--engine", "owlrl", str(file))


def test_the_graph_is_consistent(capfd: pytest.CaptureFixture[str]) -> None:
    out, err = call(capfd, 0, "infer", "--check")
    assert out == ""
    assert "consistent" in err


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["infer", "--check", "-f", "turtle"], 2, "text or json"),
        (["infer", "--check", "--with-asserted"], 2, "--with-asserted"),
        (["infer", "-f", "docx"], 2, "docx"),
        (["infer", "--engine", "pellet"], 2, "pellet"),
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


def test_why_shows_the_proof_with_places_and_sources(capfd: pytest.CaptureFixture[str]) -> None:
    out, _ = call(capfd, 0, "why", "Palau", "a", "foaf:Agent")
    lines = out.splitlines()
    assert lines[0] == "wcoid:member-PLW a foaf:Agent  [cax-sco]"
    assert any("wcoid:member-PLW a wco:Member  [data/members.ttl:" in line for line in lines)
    assert any("source wcosrc:" in line for line in lines)


def test_why_an_asserted_triple_says_where_it_stands(capfd: pytest.CaptureFixture[str]) -> None:
    out, _ = call(capfd, 0, "why", "wcoid:member-PLW", "skos:prefLabel", '"Palau"@en')
    place = out.split("[data/members.ttl:")[1]
    line = int(place.split(":")[0])
    written = (Path(__file__).parent.parent / "data/members.ttl").read_text().splitlines()[line - 1]
    assert '"Palau"@en' in written


def test_why_names_the_query_of_a_derived_triple(capfd: pytest.CaptureFixture[str]) -> None:
    from wcograph.dataset import asserted
    from wcograph.layout import root

    triple = asserted(root())["accepted"][0]
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
    assert capfd.readouterr().err.endswith("cannot be read: unknown encoding: no-such\n")


def test_a_clash_is_named_though_its_proof_is_too_long(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from wcograph.reasoning import proof

    path = tmp_path / "a.ttl"
    text = "@prefix owl: <http://www.w3.org/2002/07/owl#> . <e:a0> owl:differentFrom <e:a20> . "
    path.write_text(text + " ".join(f"<e:a{n}> owl:sameAs <e:a{n + 1}> ." for n in range(20)))
    monkeypatch.setattr(proof, "_MOST_STEPS", 5)
    assert main(["infer", "--check", str(path)]) == 1
    assert "inconsistent [eq-diff1]" in (out := capfd.readouterr().out)
    assert "not found in 5 steps" in out
    assert main(["why", "--data", str(path), "<e:a0>", "owl:sameAs", "<e:a20>"]) == 4
    assert capfd.readouterr().err == "wcograph: a proof of least height was not found in 5 steps\n"
