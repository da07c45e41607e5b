"""`wcograph validate`: reports, places, formats, and what CI needs."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pyoxigraph as ox
import pytest

import wcograph
from conftest import SARIF_SCHEMA, W3C_SHACL, needs_sarif_schema, needs_w3c_shacl
from wcograph.cli import main
from wcograph.locations import PlacedGraph
from wcograph.toolbox.rdf.positions import Place
from wcograph.toolbox.rdf.reading import find_files
from wcograph.toolbox.shacl.acceptance import judge
from wcograph.toolbox.shacl.findings import Finding, Locator, Waiver
from wcograph.toolbox.shacl.graph import TYPE, File, Graph, sh
from wcograph.toolbox.shacl.shapes import read_path
from wcograph.toolbox.shacl.validate import ENGINES, Validation, validate

MANIFEST = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"

SHAPES = """\
@prefix ex: <http://example.org/> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

ex:OfficeShape
    a sh:NodeShape ;
    sh:property ex:OfficeName, ex:OfficeSize, ex:OfficeSite ;
    sh:targetClass ex:Office .

ex:OfficeName
    a sh:PropertyShape ;
    sh:datatype xsd:string ;
    sh:maxCount 1 ;
    sh:message "The office needs one name. Add ex:name." ;
    sh:minCount 1 ;
    sh:path ex:name .

ex:OfficeSize a sh:PropertyShape ; sh:maxInclusive 10 ; sh:path ex:size ; sh:severity sh:Warning .

ex:OfficeSite a sh:PropertyShape ; sh:path ex:site ; sh:property [ sh:path ex:city ; sh:nodeKind sh:IRI ] .

ex:Nobody a sh:NodeShape ; sh:class ex:Person ; sh:targetClass ex:Person .
"""
CLEAN = """\
@prefix ex: <http://example.org/> .

ex:baku a ex:Office ;
    ex:name "Baku" ;
    ex:size 10 ;
    ex:site [ ex:city ex:BakuCity ] .
"""
BROKEN = '''\
@prefix ex: <http://example.org/> .

# an office
ex:baku a ex:Office ;
    ex:name """Baku,
of Azerbaijan"""@en ;
    ex:size 11 ;
    ex:site [
        ex:city "Baku"
    ] .

ex:kyiv a ex:Office .
'''


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with shapes, clean data and broken data."""
    for name, text in {"shapes.ttl": SHAPES, "clean.ttl": CLEAN, "broken.ttl": BROKEN}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(capsysbinary: pytest.CaptureFixture[bytes], *arguments: str) -> tuple[int, str, str]:
    status = main(["validate", *arguments])
    captured = capsysbinary.readouterr()
    return status, captured.out.decode(), captured.err.decode()


def findings(capsysbinary: pytest.CaptureFixture[bytes], *arguments: str) -> list[dict[str, object]]:
    _, out, err = call(capsysbinary, *arguments, "-f", "json")
    assert err == ""
    found = json.loads(out)["findings"]
    assert isinstance(found, list)
    return found


# the W3C suite


def suite_tests() -> list[object]:
    files = sorted(W3C_SHACL.rglob("*.ttl"))
    return [
        pytest.param(file, id=file.stem)
        for file in files
        if "sht:Validate" in file.read_text(encoding="utf-8")
    ]


def graph_of(text: str | bytes, syntax: ox.RdfFormat = ox.RdfFormat.TURTLE, base: str = "file:///x") -> Graph:
    graph = Graph()
    graph.load(ox.parse(text, syntax, base_iri=base))
    return graph


def rows(graph: Graph, report: object) -> Counter[tuple[str, ...]]:
    """The results of a report as the suite compares them; blank nodes are alike."""

    def text(term: object) -> str:
        return "_" if isinstance(term, ox.BlankNode) else str(term)

    names = ("focusNode", "value", "resultSeverity", "sourceConstraintComponent", "sourceShape")
    found: Counter[tuple[str, ...]] = Counter()
    for result in graph.objects(report, sh("result")):  # type: ignore[arg-type]
        path = graph.one(result, sh("resultPath"))
        shown = "" if path is None else read_path(graph, path).text
        found[(shown, *(text(graph.one(result, sh(name))) for name in names))] += 1
    return found


def report_of(found: Validation) -> tuple[Graph, object]:
    """The W3C report as a graph, and its node."""
    report = Graph()
    report.load(ox.Quad(t.subject, t.predicate, t.object) for t in found.triples())
    (top,) = report.subjects(TYPE, sh("ValidationReport"))
    return report, top


@pytest.mark.quick(8)
@needs_w3c_shacl
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("file", suite_tests())
def test_the_w3c_suite_gives_the_expected_reports(file: Path, engine: str) -> None:
    manifest = graph_of(file.read_bytes(), base=file.as_uri())
    tests = manifest.subjects(TYPE, ox.NamedNode("http://www.w3.org/ns/shacl-test#Validate"))
    assert tests
    for test in tests:
        action = manifest.one(test, ox.NamedNode(MANIFEST + "action"))
        expected = manifest.one(test, ox.NamedNode(MANIFEST + "result"))
        assert action is not None
        data, shapes = (
            str(manifest.one(action, ox.NamedNode(f"http://www.w3.org/ns/shacl-test#{name}")))[8:-1]
            for name in ("dataGraph", "shapesGraph")
        )
        found = validate([data], [shapes], engine=engine)
        assert found.problems == []
        assert rows(*report_of(found)) == rows(manifest, expected)


# speed has a price only where there is something to report


def test_clean_data_is_judged_without_rdflib_and_pyshacl(folder: Path) -> None:
    code = (
        "import sys; from wcograph.cli import main;"
        "status = main(['validate', 'clean.ttl', '--shapes', 'shapes.ttl']);"
        "sys.exit(status or 10 * bool({'rdflib', 'pyshacl'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


def test_the_graph_itself_is_judged_without_rdflib_and_pyshacl() -> None:
    code = (
        "import sys; from wcograph.cli import main; status = main(['validate']);"
        "sys.exit(status or 10 * bool({'rdflib', 'pyshacl'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


# places


@pytest.mark.quick
def test_findings_stand_at_the_object_of_the_offending_triple(
    folder: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    found = findings(capsysbinary, "broken.ttl", "--shapes", "shapes.ttl")
    assert [(f["line"], f["column"], f["severity"], f["value"]) for f in found] == [
        (5, 13, "violation", '"Baku,\\nof Azerbaijan"@en'),
        (7, 13, "warning", '"11"^^<http://www.w3.org/2001/XMLSchema#integer>'),
        (9, 17, "violation", '"Baku"'),
        (12, 1, "violation", None),
    ]
    assert {f["file"] for f in found} == {"broken.ttl"}


@pytest.mark.quick(4)
@pytest.mark.parametrize(
    ("constraint", "data", "place"),
    [
        ("sh:path ex:p ; sh:maxCount 1", "ex:a\n  ex:p 1,\n    2 .", (3, 5)),
        ("sh:path [ sh:inversePath ex:p ] ; sh:nodeKind sh:Literal", "ex:x ex:q 1 .\nex:x ex:p ex:a .", (2, 11)),
        ("sh:path ( ex:p ex:q ) ; sh:class ex:C", "ex:a ex:p ex:b .\nex:b ex:q ex:c .", (2, 11)),
        ("sh:path [ sh:zeroOrMorePath ex:p ] ; sh:in ( ex:a )", "ex:a ex:p\n ex:b .", (2, 2)),
        ("sh:closed true", "ex:a\n ex:p\n  7 .", (3, 3)),
        ("sh:class ex:C", "ex:z ex:p 1 .\n ex:a ex:p 1 .", (2, 2)),
        ("sh:path ( ex:p [ sh:zeroOrMorePath rdf:rest ] rdf:first ) ; sh:datatype xsd:string",
         'ex:a ex:p ( "x"\n "y"\n  3 ) .', (3, 3)),
        ("sh:path ( ex:p ex:q ) ; sh:minLength 2", 'ex:a ex:p [ ex:r 1 ;\n\n ex:q "é", "u" ] .', (3, 7)),
        ("sh:path ( ex:p [ sh:zeroOrMorePath rdf:rest ] rdf:first ex:q ) ; sh:in ( 1 )",
         "ex:a ex:p ( [ ex:r [ ex:s 5 ] ;\n ex:q 1 ]\n ( 1 [ ex:q 3 ] )\n [ ex:q 2 ] ) .", (4, 9)),
        ("sh:path ex:p ; sh:uniqueLang true", 'ex:a ex:p "x"@en ;\n ex:p "y"@en .', (2, 7)),
    ],
)  # fmt: skip
def test_every_kind_of_path_has_a_place(
    tmp_path: Path,
    capsysbinary: pytest.CaptureFixture[bytes],
    constraint: str,
    data: str,
    place: tuple[int, int],
) -> None:
    prefixes = "".join(
        f"@prefix {name}: <{iri}> . "
        for name, iri in {
            "ex": "http://example.org/",
            "sh": "http://www.w3.org/ns/shacl#",
            "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
            "xsd": "http://www.w3.org/2001/XMLSchema#",
        }.items()
    )
    shapes, file = tmp_path / "shapes.ttl", tmp_path / "data.ttl"
    shapes.write_text(f"{prefixes} ex:S sh:targetNode ex:a ; {constraint} .", encoding="utf-8")
    file.write_text(f"{prefixes}\n{data}\n", encoding="utf-8")
    found = findings(capsysbinary, str(file), "--shapes", str(shapes))
    assert (place[0] + 1, place[1]) in [(f["line"], f["column"]) for f in found]


def long_document(extension: str, line_end: str) -> str:
    """A document with all that keeps a reader from beginning in the middle of it."""
    if extension in ("nt", "nq"):
        graph = " <http://e/g>" if extension == "nq" else ""
        return "".join(
            f'_:b{number % 7} <http://e/p> "{number}\\n."{graph} .{line_end}' for number in range(6000)
        )
    parts = ["\ufeff@prefix ex: <http://e/> .", "@prefix : <http://e/#> ."]
    for number in range(1500):
        parts.append(
            f'ex:n{number} a ex:Office ;\n    ex:name "é{number}"@en, """one.\nex:a ex:p 1 .\n""" .\n'
        )
        if number % 3 == 0:
            parts.append(f"# a comment.\n[ ex:p [ ex:q {number} ] ; ex:list ( 1 [ ex:q {number} ] ex:x ) ] .")
        if number % 5 == 0:
            parts.append("[] ex:p [ ex:q 1 ] .")  # like others
        if number == 700:
            parts.append("@prefix ex: <http://e/other/> .")
        if number == 1000:
            parts.append("ex:long ex:p " + ", ".join(f"{value}\n" for value in range(2000)) + ".")
    text = "\n".join(parts) + "\n"
    return text.replace("\n", line_end)


@pytest.mark.parametrize("extension", ["ttl", "nt", "nq"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_one_statement_has_the_place_that_it_has_among_all(
    tmp_path: Path, extension: str, line_end: str
) -> None:
    file = tmp_path / f"long.{extension}"
    file.write_bytes(long_document(extension, line_end).encode())
    graph = PlacedGraph([str(file)])
    statements = [(quad.subject, quad.predicate, quad.object) for quad in graph.quads()]
    whole = graph.places(statements)
    assert len(whole) == len(set(statements)) and all(place.line for place in whole.values())
    for one in statements[:: len(statements) // 10]:
        assert graph.places([one]) == {one: whole[one]}


@pytest.mark.parametrize("extension", ["ttl", "nt", "nq", "trig"])
def test_every_triple_is_found_where_it_is_written(tmp_path: Path, extension: str) -> None:
    file = tmp_path / f"long.{extension}"
    text = long_document("ttl" if extension == "trig" else extension, "\n").removeprefix("\ufeff")
    file.write_text(text, encoding="utf-8")
    graph = Graph()
    locator = Locator([File(str(file), graph)], graph)
    # values that are written once: the place must be theirs, however deep they stand
    once = [
        t
        for t in graph.triples()
        if isinstance(t[2], ox.Literal) and t[2].value.isdigit() and t[2].value != "1"
    ]
    assert extension not in ("ttl", "trig") or any(isinstance(t[0], ox.BlankNode) for t in once)
    chosen = (
        once[:: max(1, len(once) // 100)] + [t for t in graph.triples() if str(t[2]).startswith('"é')][::50]
    )
    alone = [locator.places([([one], 0, one[0])])[0] for one in chosen[:10]]
    places = locator.places([([one], 0, one[0]) for one in chosen])
    assert places[: len(alone)] == alone
    lines = text.split("\n")
    for one, place in zip(chosen, places, strict=True):
        assert place is not None and place.line is not None
        assert lines[place.line - 1][place.column - 1 :].lstrip('"').startswith(one[2].value)  # type: ignore[union-attr]


WITHOUT_LINES = {"rdf": ox.RdfFormat.RDF_XML, "jsonld": ox.RdfFormat.JSON_LD, "n3": ox.RdfFormat.N3}


class Writer:
    """Writes random triples, and keeps the location of each object: line and column, if the syntax has lines."""

    def __init__(self, extension: str, number: int) -> None:
        self.random, self.number = random.Random(f"{extension} {number}"), number
        self.extension, self.text = extension, ""
        self.places: dict[tuple[str, str], tuple[int | None, int | None]] = {}

    def odd(self, usual: str, other: str) -> str:
        """The usual form or, in every other document, sometimes another one."""
        return self.random.choice([usual, usual, other]) if self.number % 2 else usual

    def value(self, number: int) -> tuple[str, str]:
        """An object, as N-Triples and as it is written."""
        e, n = "http://example.org/", self.random.choice([number, number + 5000])
        plain = self.random.choice(
            [f'"v{n}"', f'"v{n}"@en', f"<{e}v{n}>", f'"{n}"^^<http://www.w3.org/2001/XMLSchema#byte>']
        )
        if self.extension in ("nt", "nq"):
            return plain, self.odd(plain, plain.replace("v", "\\u0076"))
        xsd = f'"{n}"^^<http://www.w3.org/2001/XMLSchema#integer>'
        more = [
            (f"<{e}v{n}>", f"ex:v{n}"),
            (xsd, str(n)),
            (f'"é{n} . #\\n"', f"'''é{n} . #\n'''"),
            (f'"v{n}"', f"'v{n}'"),
        ]
        return self.random.choice([(plain, plain), *more])

    def objects(self, focus: str, numbers: range, between: str) -> None:
        for number in numbers:
            value, written = self.value(number)
            line, column = self.text.count("\n") + 1, len(self.text) - self.text.rfind("\n")
            self.places.setdefault((focus, value), (line, column))
            self.text += written + (between if number != numbers[-1] else "")

    def write(self) -> str:
        if self.extension in WITHOUT_LINES:
            text = Writer("ttl", self.number).write()
            quads = list(ox.parse(text, ox.RdfFormat.TURTLE))
            wanted = [quad for quad in quads if quad.predicate.value == "http://example.org/p"]
            self.places = {(str(one.subject), str(one.object)): (None, None) for one in wanted}
            return (ox.serialize(quads, format=WITHOUT_LINES[self.extension]) or b"").decode()
        lines, choice = self.extension in ("nt", "nq"), self.random.choice
        self.text = "" if lines else "@prefix ex: <http://example.org/> .\n"
        for number in range(0, 60, 3):
            focus = f"<http://example.org/n{number}>"
            for one in range(number, number + 3) if lines else ():
                self.text += f"{focus}{self.odd(' ', '  ')}<http://example.org/p> "
                self.objects(focus, range(one, one + 1), "")
                graph = choice(["", " <http://example.org/g>"]) if self.extension == "nq" else ""
                self.text += f"{graph}{self.odd(' .', '.')}\n"
            if not lines:
                opened = self.extension == "trig" and choice([True, False])
                self.text += choice(["", "# ex:v1 .\n", "[] ex:q [ ex:q 'ex:v1' ] .\n"]) + "ex:g { " * opened
                self.text += (
                    choice([focus, f"ex:n{number}"])
                    + choice([" ", "\n  a ex:A ;\n "])
                    + choice(["ex:p ", "ex:q () ; ex:p "])
                )
                self.objects(focus, range(number, number + 3), choice([", ", ",\n    ", " ; ex:p "]))
                self.text += choice([" .", "\n."]) + " }" * opened + "\n"
        return self.text


@pytest.mark.quick(2)
@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("extension", ["ttl", "trig", "nt", "nq", *WITHOUT_LINES])
def test_random_locations_are_right(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes], extension: str, number: int
) -> None:
    writer = Writer(extension, number)
    (tmp_path / f"data.{extension}").write_text(writer.write(), encoding="utf-8")
    shape = "ex:S sh:targetSubjectsOf ex:p ; sh:property [ sh:path ex:p ; sh:in () ] ."
    (tmp_path / "shapes.ttl").write_text(SHAPES.split("\n\n")[0] + shape, encoding="utf-8")
    found = findings(
        capsysbinary, str(tmp_path / f"data.{extension}"), "--shapes", str(tmp_path / "shapes.ttl")
    )
    assert {(f["focus"], f["value"]): (f["line"], f["column"]) for f in found} == writer.places
    assert {f["file"] for f in found} == {str(tmp_path / f"data.{extension}")}
    assert len(writer.places) > 50


def test_a_file_that_has_changed_since_it_was_read_gives_no_place(tmp_path: Path) -> None:
    file = tmp_path / "long.ttl"
    file.write_text(long_document("ttl", "\n"), encoding="utf-8")
    graph = PlacedGraph([str(file)])
    quads = [quad for quad in graph.quads() if quad.predicate.value == "http://e/q"]
    one = (quads[100].subject, quads[100].predicate, quads[100].object)
    assert graph.places([one])[one].line
    file.write_text("@prefix ex: <http://e/> .\nex:other a ex:Office .\n" * 900, encoding="utf-8")
    assert graph.places([one]) == {one: Place(str(file))}
    file.unlink()
    assert graph.places([one]) == {one: Place(str(file))}


@pytest.mark.parametrize("extension", ["nt", "nq", "trig"])
def test_other_line_formats_have_places_too(
    folder: Path, capsysbinary: pytest.CaptureFixture[bytes], extension: str
) -> None:
    graph = " <http://example.org/g>" if extension == "nq" else ""
    line = f'<http://example.org/a> <http://example.org/name> "x"@en{graph} .\n'
    typed = f"<http://example.org/a> <{TYPE.value}> <http://example.org/Office>{graph} .\n"
    text = typed + line if extension != "trig" else f"<http://example.org/g> {{\n{typed}{line}}}\n"
    (folder / f"data.{extension}").write_text(text, encoding="utf-8")
    found = findings(capsysbinary, f"data.{extension}", "--shapes", "shapes.ttl")
    assert [(f["line"], f["column"]) for f in found] == [(3 if extension == "trig" else 2, 50)]


def test_formats_without_lines_name_the_file(
    folder: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    (folder / "data.jsonld").write_text(
        '{"@id": "http://example.org/a", "@type": "http://example.org/Office"}'
    )
    found = findings(capsysbinary, "data.jsonld", "--shapes", "shapes.ttl")
    assert [(f["file"], f["line"]) for f in found] == [("data.jsonld", None)]


def test_each_finding_is_in_its_file(folder: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    (folder / "data" / "more").mkdir(parents=True)
    (folder / "data" / "one.ttl").write_text("@prefix ex: <http://example.org/> . ex:one a ex:Office .")
    (folder / "data" / "more" / "two.nt").write_text(
        f"<http://example.org/two> <{TYPE.value}> <http://example.org/Office> ."
    )
    (folder / "data" / "notes.txt").write_text("not RDF")
    found = findings(capsysbinary, "data", "--shapes", "shapes.ttl")
    assert {(f["focus"], f["file"]) for f in found} == {
        ("<http://example.org/one>", os.path.join("data", "one.ttl")),
        ("<http://example.org/two>", os.path.join("data", "more", "two.nt")),
    }


def test_a_file_that_is_named_twice_is_read_once(folder: Path) -> None:
    (folder / "data").mkdir()
    (folder / "data" / "one.ttl").write_text(CLEAN)
    (folder / "link.ttl").symlink_to(folder / "data" / "one.ttl")
    names = [
        "data",
        os.path.join("data", "..", "data", "one.ttl"),
        "link.ttl",
        str(folder / "data" / "one.ttl"),
    ]
    assert find_files(names) == [os.path.join("data", "one.ttl")]
    assert find_files(["link.ttl", "data"]) == ["link.ttl"]


def test_the_same_label_of_a_blank_node_in_two_files_means_two_nodes(
    folder: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    (folder / "one.ttl").write_text('@prefix ex: <http://example.org/> . _:a a ex:Office ; ex:name "one" .')
    (folder / "two.ttl").write_text('@prefix ex: <http://example.org/> . _:a a ex:Office ; ex:name "two" .')
    assert call(capsysbinary, "one.ttl", "two.ttl", "--shapes", "shapes.ttl")[0] == 0


def test_relative_iris_resolve_against_the_files_own_uri(
    folder: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    (folder / "relative.ttl").write_text("<#a> a <http://example.org/Office> .")
    found = findings(capsysbinary, "relative.ttl", "--shapes", "shapes.ttl")
    assert [f["focus"] for f in found] == [f"<{(folder / 'relative.ttl').resolve().as_uri()}#a>"]


# formats


@pytest.mark.quick
def test_text_says_where_what_and_what_to_do(
    folder: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    status, out, _ = call(capsysbinary, "broken.ttl", "--shapes", "shapes.ttl")
    assert status == 1
    assert out.splitlines() == [
        "broken.ttl:5:13: violation [Datatype] The office needs one name. Add ex:name.",
        'broken.ttl:7:13: warning [MaxInclusive] "11"^^xsd:integer is greater than "10"^^xsd:integer.',
        'broken.ttl:9:17: violation [NodeKind] "Baku" is not an IRI.',
        "broken.ttl:12:1: violation [MinCount] The office needs one name. Add ex:name.",
        "4 findings in 1 file: 3 violation, 1 warning",
        "note: ex:Nobody matched no node",
    ]
    _, out, _ = call(capsysbinary, "broken.ttl", "--shapes", "shapes.ttl", "--verbose")
    assert "  node ex:baku, path ex:size, value 11^^xsd:integer" in out.replace('"', "")
    assert "  shape ex:OfficeName\n" in out


def test_a_focus_node_is_called_by_its_name(folder: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    label = "<http://www.w3.org/2004/02/skos/core#prefLabel>"
    (folder / "kyiv.ttl").write_text(
        "@prefix ex: <http://example.org/> ."
        f' ex:kyiv a ex:Office ; {label} "Kiev"@fr, "Kyiv"@en ; <http://www.w3.org/2000/01/rdf-schema#label> "K"@en .'
    )
    _, out, _ = call(capsysbinary, "kyiv.ttl", "--shapes", "shapes.ttl", "--verbose")
    assert '  node ex:kyiv "Kyiv", path ex:name\n' in out
    assert [found["label"] for found in findings(capsysbinary, "kyiv.ttl", "--shapes", "shapes.ttl")] == [
        "Kyiv"
    ]


def test_python_gives_findings_and_the_report(folder: Path) -> None:
    kg = wcograph.load()
    found = kg.validate(["broken.ttl"], ["shapes.ttl"])
    assert (found.conforms, len(found.findings)) == (False, 4)
    assert [(one.file, one.line) for one in found.findings][-1] == ("broken.ttl", 12)
    assert "kyiv" in found.report.serialize()
    clean = kg.validate(["clean.ttl"], ["shapes.ttl"])
    assert clean.conforms
    assert "true" in clean.report.serialize()


@pytest.mark.quick
def test_sarif_has_rules_regions_and_fingerprints(
    folder: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    _, out, _ = call(capsysbinary, "broken.ttl", "--shapes", "shapes.ttl", "-f", "sarif")
    log = json.loads(out)
    assert log["version"] == "2.1.0"
    run = log["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        location = result["locations"][0]["physicalLocation"]
        assert location["artifactLocation"]["uri"] == "broken.ttl"
        assert location["region"]["startLine"] >= 1
        assert re.fullmatch("[0-9a-f]{32}", result["partialFingerprints"]["wcographFinding/v1"])
    assert Counter(result["level"] for result in run["results"]) == {"error": 3, "warning": 1}


# what stands in each kind of object of SARIF 2.1.0 that is written, by the property that holds it: section 3 of
# the specification. Required properties have a "!", arrays are of what follows.
SARIF = {
    "": {"$schema": str, "version!": "2.1.0", "runs!": list},
    "runs": {"tool!": dict, "columnKind": "unicodeCodePoints", "results": list, "invocations": list},
    "tool": {"driver!": dict},
    "driver": {"name!": str, "version": str, "informationUri": "URI", "rules": list},
    "rules": {
        "id!": str, "name": str, "shortDescription": dict, "fullDescription": dict, "help": dict, "helpUri": "URI",
        "defaultConfiguration": dict,
    },
    "shortDescription": {"text!": str},
    "fullDescription": {"text!": str},
    "help": {"text!": str},
    "message": {"text!": str},
    "defaultConfiguration": {"level": ("none", "note", "warning", "error")},
    "relatedLocations": {"id": int, "message": dict, "physicalLocation": dict},
    "invocations": {
        "executionSuccessful!": bool, "toolConfigurationNotifications": list, "toolExecutionNotifications": list,
    },
    "toolConfigurationNotifications": {"level": ("warning",), "message!": dict},
    "toolExecutionNotifications": {"level": ("error",), "message!": dict, "locations": list},
    "results": {
        "relatedLocations": list,
        "ruleId": str, "ruleIndex": int, "level": ("none", "note", "warning", "error"), "message!": dict,
        "locations": list, "partialFingerprints": dict, "suppressions": list,
        "baselineState": ("new", "unchanged", "updated", "absent"),
    },
    "locations": {"physicalLocation": dict, "logicalLocations": list},
    "logicalLocations": {"fullyQualifiedName": str, "kind": str},
    "physicalLocation": {"artifactLocation": dict, "region": dict},
    "artifactLocation": {"uri": "URI reference"},
    "region": {"startLine": int, "startColumn": int},
    "suppressions": {"kind!": ("inSource", "external"), "status": ("accepted", "underReview", "rejected"),
                     "justification": str},
}  # fmt: skip
URI_FORMS = {"URI": r"[a-z][a-z0-9+.-]*:[!-~]+", "URI reference": r"[!-~]+"}


def assert_sarif(name: str, value: dict[str, object]) -> None:
    allowed = {key.rstrip("!"): form for key, form in SARIF[name].items()}
    assert value.keys() <= allowed.keys(), name
    assert value.keys() >= {key[:-1] for key in SARIF[name] if key.endswith("!")}, name
    for key, content in value.items():
        form = allowed[key]
        if isinstance(form, tuple):
            assert content in form
        elif form in URI_FORMS:
            assert re.fullmatch(URI_FORMS[str(form)], str(content))
            assert not set('<>"{}|\\^` ') & set(str(content))
        elif isinstance(form, str):
            assert content == form
        else:
            assert type(content) is form
            assert form is not int or content >= ("Index" not in key)  # type: ignore[operator]
            assert form is not str or content
        if key == "partialFingerprints":
            assert all(isinstance(text, str) for text in content.values())  # type: ignore[attr-defined]
        elif isinstance(content, list | dict):
            for inner in content if isinstance(content, list) else [content]:
                assert_sarif(key, inner)


@pytest.fixture
def sarif_of_every_kind(folder: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> dict[str, object]:
    """New, known and waived findings; of an own component and severity, in odd files, with a place and without."""
    (folder / "own.ttl").write_text(
        SPARQL_SHAPES.replace("ex:PrefixComponent", "<http://example.org/größer als>".replace(" ", "_"))
        + "ex:SizeShape sh:severity ex:Grave . ex:Lost sh:targetNode ex:nowhere ; sh:class ex:Office .\n",
        encoding="utf-8",
    )
    (folder / "sub dir").mkdir()
    (folder / "sub dir" / "böse:1.ttl").write_text(BROKEN, encoding="utf-8")
    (folder / "waivers.toml").write_text(
        '[[waiver]]\nrule = "Datatype"\nreason = "r"\nowner = "o"\nuntil = 2999-01-01\n'
    )
    call(capsysbinary, "broken.ttl", "--shapes", "shapes.ttl", "--write-baseline", "known.json")
    _, out, _ = call(
        capsysbinary, "broken.ttl", "sub dir", "--shapes", "shapes.ttl", "--shapes", "own.ttl", "-f", "sarif",
        "--baseline", "known.json", "--waivers", "waivers.toml",
    )  # fmt: skip
    log = json.loads(out)
    results = log["runs"][0]["results"]
    assert {result["baselineState"] for result in results} == {"new", "unchanged"}
    assert any("suppressions" in result for result in results)
    return dict(log)


def test_sarif_holds_what_its_specification_allows(sarif_of_every_kind: dict[str, object]) -> None:
    assert_sarif("", sarif_of_every_kind)


@needs_sarif_schema
def test_sarif_is_valid_by_its_schema(sarif_of_every_kind: dict[str, object]) -> None:
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    jsonschema.validate(sarif_of_every_kind, json.loads(SARIF_SCHEMA.read_text(encoding="utf-8")))


def test_junit_counts_findings_and_shapes_that_pass(
    folder: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    _, out, _ = call(capsysbinary, "broken.ttl", "--shapes", "shapes.ttl", "-f", "junit")
    root = ElementTree.fromstring(out)
    assert root.get("failures") == str(len(root.findall(".//failure"))) == "4"
    assert root.get("tests") == str(len(root.findall(".//testcase")))
    assert [case.get("classname") for case in root.iter("testcase") if case.find("skipped") is not None] == [
        "<http://example.org/Nobody>"
    ]


def test_github_annotations_escape_what_would_end_them(
    folder: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    _, out, _ = call(capsysbinary, "broken.ttl", "--shapes", "shapes.ttl", "-f", "github")
    assert "::error col=1,file=broken.ttl,line=12,title=" in out
    assert "::warning col=13,file=broken.ttl,line=7," in out
    assert all(line.startswith("::") for line in out.splitlines())


@pytest.mark.quick
@pytest.mark.parametrize(
    ("format", "syntax"), [("turtle", ox.RdfFormat.TURTLE), ("jsonld", ox.RdfFormat.JSON_LD)]
)
@pytest.mark.parametrize(("data", "conforms"), [("clean.ttl", "true"), ("broken.ttl", "false")])
def test_the_w3c_report_is_rdf(
    folder: Path,
    capsysbinary: pytest.CaptureFixture[bytes],
    format: str,
    syntax: ox.RdfFormat,
    data: str,
    conforms: str,
) -> None:
    _, out, _ = call(capsysbinary, data, "--shapes", "shapes.ttl", "-f", format)
    report = graph_of(out, syntax)
    (top,) = report.subjects(TYPE, sh("ValidationReport"))
    assert [value.value for value in report.objects(top, sh("conforms"))] == [conforms]  # type: ignore[union-attr]
    assert len(report.objects(top, sh("result"))) == (0 if conforms == "true" else 4)


def test_sh_is_shacl_in_the_w3c_report_whatever_it_is_in_the_shapes(
    folder: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    (folder / "named.ttl").write_text(
        SHAPES.replace("sh:", "s:") + "@prefix sh: <http://example.org/sh#> .\n"
    )
    _, out, _ = call(capsysbinary, "clean.ttl", "--shapes", "named.ttl", "-f", "turtle")
    assert "@prefix sh: <http://www.w3.org/ns/shacl#>" in out


def test_one_run_writes_several_formats(folder: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    arguments = ["-f", "sarif", "-o", "out.sarif", "-f", "junit", "-o", "out.xml", "-f", "text"]
    status, out, _ = call(capsysbinary, "broken.ttl", "--shapes", "shapes.ttl", *arguments)
    assert status == 1
    assert "4 findings" in out
    assert json.loads((folder / "out.sarif").read_text(encoding="utf-8"))["version"] == "2.1.0"
    assert ElementTree.parse(folder / "out.xml").getroot().tag == "testsuites"


def test_shapes_without_a_target_do_not_pass_in_silence(
    folder: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    status, out, err = call(capsysbinary, "broken.ttl", "--shapes", "clean.ttl")
    assert (status, out) == (3, "")
    assert err == "wcograph: clean.ttl: no shape has a target, so nothing would be checked\n"
    for prefix, namespace, meant in [
        ("sh", "http://www.w3.org/ns/shacl/", True),
        ("shacl", "http://www.w3.org/ns/Shacl#", True),
        ("sh", "http://example.org/shapes#", True),
        ("s", "http://example.org/shacl#", True),
        ("ex", "http://example.org/", False),
        ("sh", "http://www.w3.org/ns/shacl#", False),
    ]:
        (folder / "slip.ttl").write_text(
            f"@prefix {prefix}: <{namespace}> .\n{prefix}:S a {prefix}:NodeShape .\n"
        )
        status, out, err = call(capsysbinary, "broken.ttl", "--shapes", "slip.ttl")
        assert (status, out) == (3, "")
        said = f"the prefix {prefix}: is <{namespace}>, and SHACL's is <http://www.w3.org/ns/shacl#>"
        assert (said in err) == ("the prefix" in err) == meant
        (folder / "copy.ttl").write_bytes((folder / "slip.ttl").read_bytes())
        again = call(capsysbinary, "broken.ttl", "--shapes", "slip.ttl", "--shapes", "copy.ttl")[2]
        assert again.count("the prefix") == meant


def test_a_file_that_no_shape_applies_to_does_not_pass_in_silence(
    folder: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    (folder / "slip.ttl").write_text(CLEAN.replace("ex:baku a ex:Office", "ex:kyiv a ex:Ofice"))
    (folder / "none.ttl").write_text("")
    arguments = ["clean.ttl", "slip.ttl", "none.ttl", "--shapes", "shapes.ttl"]
    status, out, _ = call(capsysbinary, *arguments)
    assert status == 0
    assert [line for line in out.splitlines() if "applies" in line] == [
        "note: no shape applies to slip.ttl",
        "note: no shape applies to none.ttl",
    ]
    assert json.loads(call(capsysbinary, *arguments, "-f", "json")[1])["unchecked_files"] == [
        "slip.ttl",
        "none.ttl",
    ]
    run = json.loads(call(capsysbinary, *arguments, "-f", "sarif")[1])["runs"][0]
    notes = run["invocations"][0]["toolConfigurationNotifications"]
    assert [note["message"]["text"] for note in notes] == [
        "ex:Nobody matched no node",
        "no shape applies to slip.ttl",
        "no shape applies to none.ttl",
    ]
    assert "Not checked::no shape applies to slip.ttl" in call(capsysbinary, *arguments, "-f", "github")[1]


@pytest.mark.parametrize(
    ("target", "data", "applies"),
    [
        ("sh:targetClass ex:A", "ex:a a ex:A .", True),
        ("sh:targetClass ex:A", "ex:a ex:p 1 . ", True),  # of which another file says the class
        ("sh:targetClass ex:A", "ex:b a ex:B .", True),
        ("sh:targetClass ex:A", "ex:c a ex:C .", False),
        ("sh:targetClass ex:A ; sh:deactivated true", "ex:a a ex:A .", False),
        ("sh:targetNode ex:c", "ex:c ex:p 1 .", True),
        ("sh:targetNode ex:c", "ex:d ex:p ex:c .", False),
        ("sh:targetSubjectsOf ex:p", "ex:c ex:p 1 .", True),
        ("sh:targetSubjectsOf ex:p", "ex:c ex:q 1 .", False),
        ("sh:targetObjectsOf ex:p", "ex:c ex:p 1 .", True),
        ("sh:targetObjectsOf ex:r", "ex:o ex:q 1 .", True),
        ("sh:targetObjectsOf ex:r", "ex:c ex:q ex:o .", False),
        ("a rdfs:Class", "ex:c a ex:S .", True),
    ],
)
def test_a_shape_applies_to_a_file_about_one_of_its_focus_nodes(
    tmp_path: Path, target: str, data: str, applies: bool
) -> None:
    rdfs = "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
    files = {
        "data.ttl": data,
        "more.ttl": "ex:a a ex:A . ex:B rdfs:subClassOf ex:A . ex:x ex:r ex:o .",
        "shapes.ttl": f"ex:S a sh:NodeShape ; {target} .",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(PREFIXES + rdfs + text)
    found = validate([str(tmp_path / n) for n in ("data.ttl", "more.ttl")], [str(tmp_path / "shapes.ttl")])
    assert (str(tmp_path / "data.ttl") not in found.unchecked) == applies


def test_what_is_not_understood_in_the_shapes_is_said(
    folder: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    (folder / "more.ttl").write_text(SHAPES.replace("sh:maxCount 1", "sh:maxCounts 1 ; sh:target [] "))
    _, out, _ = call(capsysbinary, "clean.ttl", "--shapes", "more.ttl")
    assert (
        "sh:maxCounts (did you mean sh:maxCount?) in the shapes is not understood, so it is not checked\n"
        in out
    )
    assert (
        "sh:target (SHACL Advanced Features) in the shapes is not understood, so it is not checked\n" in out
    )
    assert "not understood" not in call(capsysbinary, "clean.ttl", "--shapes", "shapes.ttl")[1]


@pytest.mark.skipif(sys.platform != "linux", reason="file names are Unicode here")
@pytest.mark.parametrize("format", ["text", "json", "sarif", "junit", "github", "turtle"])
def test_a_file_name_that_is_no_unicode_is_no_fault(
    folder: Path, capsysbinary: pytest.CaptureFixture[bytes], format: str
) -> None:
    name = os.fsdecode(b"\xff.ttl")
    (folder / name).write_text(BROKEN, encoding="utf-8")
    assert main(["validate", name, "--shapes", "shapes.ttl", "-f", format]) == 1
    assert b"MinCount" in capsysbinary.readouterr().out


def test_two_formats_for_one_place_are_refused(
    folder: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    status, out, err = call(capsysbinary, "clean.ttl", "--shapes", "shapes.ttl", "-f", "json", "-f", "text")
    assert (status, out) == (2, "")
    assert err.count("\n") == 1


# what counts


@pytest.mark.parametrize(("level", "status"), [("violation", 0), ("warning", 1), ("info", 1), ("none", 0)])
def test_fail_on_sets_the_least_severity_that_fails(
    folder: Path, capsysbinary: pytest.CaptureFixture[bytes], level: str, status: int
) -> None:
    (folder / "large.ttl").write_text(
        '@prefix ex: <http://example.org/> . ex:a a ex:Office ; ex:name "a" ; ex:size 99 .'
    )
    assert call(capsysbinary, "large.ttl", "--shapes", "shapes.ttl", "--fail-on", level)[0] == status
    worse = call(capsysbinary, "broken.ttl", "--shapes", "shapes.ttl", "--fail-on", level)[0]
    assert worse == (level != "none")


@pytest.mark.quick
def test_a_baseline_lets_known_findings_pass_wherever_they_move(
    folder: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    arguments = ["--shapes", "shapes.ttl"]
    assert call(capsysbinary, "broken.ttl", *arguments, "--write-baseline", "known.json")[0] == 0
    (folder / "broken.ttl").write_text("\n\n" + BROKEN, encoding="utf-8")
    status, out, _ = call(capsysbinary, "broken.ttl", *arguments, "--baseline", "known.json")
    assert status == 0
    assert "not counted: 4 in the baseline" in out
    (folder / "broken.ttl").write_text(BROKEN + "ex:lviv a ex:Office .\n", encoding="utf-8")
    status, out, _ = call(capsysbinary, "broken.ttl", *arguments, "--baseline", "known.json", "--verbose")
    assert status == 1
    assert "1 finding in 1 file" in out
    assert "node ex:lviv" in out


def test_a_baseline_is_the_same_in_every_run(
    folder: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    for name in ("one.json", "two.json"):
        call(capsysbinary, "broken.ttl", "--shapes", "shapes.ttl", "--write-baseline", name)
    assert (folder / "one.json").read_bytes() == (folder / "two.json").read_bytes()


def test_blank_nodes_are_told_apart_by_what_they_say_even_in_a_circle(
    folder: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    (folder / "circle.ttl").write_text(
        "@prefix ex: <http://example.org/> . _:a a ex:Office ; ex:next _:b . _:b a ex:Office ; ex:last _:a ."
        ' [] a ex:Office ; ex:p [ ex:p [ ex:p [ ex:p "not looked at" ] ] ] .'
    )
    runs = [findings(capsysbinary, "circle.ttl", "--shapes", "shapes.ttl") for _ in range(2)]
    prints = [sorted(str(finding["fingerprint"]) for finding in run) for run in runs]
    assert prints[0] == prints[1]
    assert len(set(prints[0])) == 3
    changed = (folder / "circle.ttl").read_text().replace("not looked at", "nor this")
    (folder / "circle.ttl").write_text(changed)
    again = findings(capsysbinary, "circle.ttl", "--shapes", "shapes.ttl")
    assert sorted(str(finding["fingerprint"]) for finding in again) == prints[0]


FINDING = Finding("<http://e/a>", None, None, "c", "<http://e/s>", "violation", "No.")


@pytest.mark.parametrize(("until", "status"), [("2999-12-31", 0), ("2020-01-01", 1)])
def test_a_waiver_counts_until_its_date(
    folder: Path, capsysbinary: pytest.CaptureFixture[bytes], until: str, status: int
) -> None:
    (folder / "waivers.toml").write_text(
        f'[[waiver]]\nshape = "http://example.org/OfficeName"\nreason = "Renamed."\nowner = "R"\nuntil = {until}\n'
    )
    (folder / "kyiv.ttl").write_text("@prefix ex: <http://example.org/> . ex:kyiv a ex:Office .")
    found, out, _ = call(capsysbinary, "kyiv.ttl", "--shapes", "shapes.ttl", "--waivers", "waivers.toml")
    assert found == status
    assert ("waiver no longer counts" in out) == bool(status)


@pytest.mark.parametrize(
    ("selectors", "status"),
    [
        *(({"shape": shape}, "waived") for shape in ("http://e/s", "<http://e/s>")),
        *(({"focus": focus}, "waived") for focus in ("http://e/a", "<http://e/a>")),
        ({"rule": "c"}, "waived"),
        ({"finding": FINDING.fingerprint}, "waived"),
        ({"shape": "http://e/s", "focus": "http://e/a", "rule": "c"}, "waived"),
        *(({"shape": shape}, "new") for shape in ("http://e/a", "e/s")),
        *(({"focus": focus}, "new") for focus in ("http://e/s", "e/a")),
        ({"rule": "d"}, "new"),
        ({"finding": "0"}, "new"),
        ({"shape": "http://e/s", "focus": "http://e/b"}, "new"),
        ({"focus": "http://e/a", "rule": "d"}, "new"),
        ({"finding": FINDING.fingerprint, "shape": "http://e/t"}, "new"),
    ],
)
def test_a_waiver_is_for_what_all_its_selectors_match(selectors: dict[str, str], status: str) -> None:
    day = date(2027, 6, 30)
    waiver = Waiver(reason="r", owner="o", until=day, **selectors)
    assert [judged.status for judged in judge([FINDING], Counter(), [waiver], day)] == [status]


def test_a_waiver_counts_on_its_last_day_too() -> None:
    waiver = Waiver(reason="r", owner="o", until=date(2027, 6, 30), focus="http://e/a")
    days = [date(2027, 6, 29), date(2027, 6, 30), date(2027, 7, 1)]
    found = [judged.status for day in days for judged in judge([FINDING], Counter(), [waiver], day)]
    assert found == ["waived", "waived", "new"]


def test_a_finding_passes_as_often_as_the_baseline_knows_it(
    folder: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    # two blank nodes that say the same are one finding, twice
    twin = "@prefix ex: <http://example.org/> . [] a ex:Office . [] a ex:Office .\n"
    (folder / "twins.ttl").write_text(twin)
    arguments = ["twins.ttl", "--shapes", "shapes.ttl"]
    assert call(capsysbinary, *arguments, "--write-baseline", "known.json")[0] == 0
    assert call(capsysbinary, *arguments, "--baseline", "known.json")[0] == 0
    (folder / "twins.ttl").write_text(twin + "[] a <http://example.org/Office> .\n")
    status, out, _ = call(capsysbinary, *arguments, "--baseline", "known.json")
    assert status == 1
    assert "1 finding in 1 file" in out
    assert "not counted: 2 in the baseline" in out


@pytest.mark.parametrize(
    ("waiver", "said"),
    [
        ('rule = "MinCount"\nowner = "R"\nuntil = 2999-01-01', "reason is missing"),
        ('rule = "MinCount"\nreason = "x"\nuntil = 2999-01-01', "owner is missing"),
        ('rule = "MinCount"\nreason = "x"\nowner = "R"', "until is missing"),
        (
            'rule = "MinCount"\nreason = "x"\nowner = "R"\nuntil = "2999-01-01"',
            "until is missing or not a date",
        ),
        ('reason = "x"\nowner = "R"\nuntil = 2999-01-01', "has no selector"),
        ('rul = "x"\nreason = "x"\nowner = "R"\nuntil = 2999-01-01', "unknown key 'rul'"),
        ("rule =", "not TOML"),
    ],
)
def test_a_waiver_says_what_who_why_and_until_when(
    folder: Path, capsysbinary: pytest.CaptureFixture[bytes], waiver: str, said: str
) -> None:
    (folder / "waivers.toml").write_text(f"[[waiver]]\n{waiver}\n")
    status, out, err = call(capsysbinary, "clean.ttl", "--shapes", "shapes.ttl", "--waivers", "waivers.toml")
    assert (status, out) == (3, "")
    assert said in err
    assert err.count("\n") == 1


# input that cannot be judged

PREFIXES = (
    "@prefix ex: <http://example.org/> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n"
    "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
)


def select(query: str) -> str:
    return f"ex:S sh:targetClass ex:C ; sh:sparql [\n sh:select '{query}' ] ."


@pytest.mark.quick(4)
@pytest.mark.parametrize(
    ("shapes", "line", "said"),
    [
        ("ex:S sh:targetClass ex:C ; sh:property [ sh:minCount 1 ] .", 3, "no sh:path"),
        ("ex:S sh:targetClass ex:C ; sh:property [ sh:path ex:p ;\n sh:minCount 'one' ] .", 4, "is an xsd:integer"),
        ("ex:S sh:targetClass ex:C ; sh:property [ sh:path ex:p ;\n sh:minCount '1'^^xsd:int ] .", 4, "is an xsd:integer"),
        ("ex:S sh:targetClass ex:C ;\n sh:in ex:list .", 4, "is a well-formed list, not"),
        ("ex:S sh:targetClass ex:C ;\n sh:or ( 1 ) .", 4, "a shape is expected"),
        ("ex:S sh:targetClass ex:C ;\n sh:pattern '(' .", 4, "has a ( without a )"),
        ("ex:S sh:targetClass ex:C ;\n sh:pattern '(a)\\\\1' .", 4, "back-reference"),
        ("ex:S sh:targetClass ex:C ;\n sh:pattern '(((a{900}){900}){900}){900}' .", 4, "is too large"),
        ("ex:S sh:targetClass ex:C ;\n sh:pattern 'a', 'b' .", 4, "more than one value"),
        ("ex:S sh:targetClass ex:C ;\n sh:nodeKind ex:Kind .", 4, "a node kind"),
        ("ex:S sh:targetClass ex:C ;\n sh:minCount 1 .", 4, "no sh:path"),
        ("ex:S sh:targetClass ex:C ; a sh:PropertyShape .", 3, "needs a sh:path"),
        ("ex:S sh:targetClass ex:C ; a sh:NodeShape ;\n sh:path ex:p .", 4, "a node shape has no sh:path"),
        ("ex:S sh:targetClass ex:C ;\n sh:path ex:p, ex:q .", 4, "exactly one sh:path"),
        ("ex:S sh:targetClass ex:C ;\n sh:path [ ex:odd ex:p ] ; sh:minCount 1 .", 4, "not a property path"),
        ("ex:S sh:targetClass ex:C ;\n sh:path ( ex:p ) ; sh:minCount 1 .", 4, "at least two members"),
        ("ex:S sh:targetClass ex:C ;\n sh:datatype ex:a, ex:b .", 4, "more than one"),
        ("ex:S sh:targetClass ex:C ;\n sh:severity 'high' .", 4, "an IRI"),
        ("ex:S sh:targetClass 'C' .", 3, "an IRI"),
        ("ex:S sh:targetNode [] .", 3, "an IRI or a literal"),
        ("ex:S sh:targetClass ex:C ;\n sh:minInclusive ex:a .", 4, "a literal"),
        ("ex:S sh:targetClass ex:C ;\n sh:languageIn ( 1 ) .", 4, "are strings"),
        ("ex:S sh:targetClass ex:C ;\n sh:node [ sh:path ex:p ] .", 4, "is a node shape"),
        ("ex:S sh:targetClass ex:C ;\n sh:sparql [ sh:message 'x' ] .", 4, "exactly one sh:select"),
        ("ex:S sh:targetClass ex:C ;\n sh:message 5 .", 4, "sh:message is a string"),
        ("ex:S sh:targetClass ex:C ;\n sh:deactivated 'maybe' .", 4, "true or false"),
        ("ex:S sh:targetClass ex:C ; sh:property [\n sh:path () ] .", 4, "not a property path"),
        ("ex:S sh:targetClass ex:C ; sh:pattern 'x' ;\n sh:flags ex:i .", 4, "sh:flags is a string"),
        ("ex:S sh:targetClass ex:C ; sh:pattern 'x' ;\n sh:flags 'g' .", 3, "has the flag 'g'"),
        ("ex:S sh:targetClass ex:C ; sh:closed true ;\n sh:ignoredProperties ( 'p' ) .", 4, "are IRIs"),
        ("_:s a sh:NodeShape, rdfs:Class ; sh:node ex:T . ex:S sh:targetClass ex:C .", 3, "is an IRI"),
        ("ex:S sh:targetClass ex:C .\nex: sh:entailment ex:Rdfs .", 4, "asks for inference"),
        (select("SELECT ?x { ?x a ?y }"), 4, "does not return $this"),
        (select("SELECT $this { $this no:p 1 }"), 4, "is not a SPARQL query: its sh:prefixes do not declare no:\n"),
        (select("ASK { $this a 1 }"), 4, "in sh:select must be SELECT"),
        (select("SELECT $this { $this a ?c MINUS { $this a 1 } }"), 4, "MINUS"),
        (select("SELECT $this { $this a ?c VALUES ?c { 1 } }"), 4, "VALUES"),
        (select("SELECT $this { $this a ?c LATERAL { BIND(1 AS ?x) } }"), 4, "LATERAL"),
        (select("SELECT $this { BIND(1 AS ?this) }"), 4, "assigns to $this"),
        (select("SELECT $this { $this a ?c { SELECT ?c { ?c a ?d } } }"), 4, "does not return $this"),
        (select("SELECT $this { SERVICE <http://e/> { $this a ?c } }"), 4, "network"),
        (select("SELECT $this { SERV\\\\u0049CE <http://e/> { $this a ?c } }"), 4, "network"),
        *(
            (f"ex: sh:declare [ sh:prefix 'z' ; sh:namespace 'http://e/> {more}' ] .\n"
             f"ex:S sh:targetClass ex:C ; sh:sparql [\n sh:prefixes ex: ;\n sh:select '{query}' ] .", 6, "be declared")
            for more, query in [("SELECT $this { SERVICE <http://e/> { ?s ?p ?o } { #", "SELECT $this { $this a z:c } }"),
                                ("SELECT $this { SERVICE <http://e/> { ?s ?p ?o } { #",
                                 "SELECT $this { { SELECT $this { $this a z:c } } } }"),
                                ("<e:a> <e:a> <e:a> . PREFIX e: <http://e/", "SELECT $this { $this z:c 01 }")]
        ),
        ("ex:S sh:targetClass ex:C ; ex:k 1 .\nex:K a sh:ConstraintComponent .", 4, "needs a sh:parameter"),
        ("ex:S sh:targetClass ex:C ; ex:k 1 .\nex:K a sh:ConstraintComponent ; sh:parameter [\n sh:path ex:this ] .", 5, "a name for a variable"),  # noqa: E501
        ("ex:S sh:targetClass ex:C ; ex:k 1 . ex:K a sh:ConstraintComponent ; sh:parameter [ sh:path ex:k ] ;\n"
         " sh:validator [\n sh:ask 'ASK { FILTER($value >) }' ] .", 5, "is not a SPARQL query"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("data", ["clean.ttl", "broken.ttl"])
def test_an_ill_formed_shape_is_said_with_its_line_and_findings_are_kept(
    folder: Path, capsysbinary: pytest.CaptureFixture[bytes], shapes: str, line: int, said: str, data: str
) -> None:
    (folder / "ill.ttl").write_text(PREFIXES + shapes)
    status, out, err = call(capsysbinary, data, "--shapes", "ill.ttl", "--shapes", "shapes.ttl", "-f", "json")
    assert status == 3
    assert err.startswith(f"wcograph: ill.ttl:{line}:")
    assert said in err
    assert err.count("\n") == 1
    content = json.loads(out)
    assert {(one["file"], one["line"]) for one in content["ill_formed"]} == {("ill.ttl", line)}
    assert len(content["findings"]) == (4 if data == "broken.ttl" else 0)


@pytest.mark.quick(4)
@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["missing.ttl", "--shapes", "shapes.ttl"], 3, "missing.ttl: no such file"),
        (["clean.ttl", "--shapes", "missing.ttl"], 3, "missing.ttl: no such file"),
        (["clean.ttl", "--shapes", "notes.txt"], 3, "unknown file type '.txt'"),
        (["empty", "--shapes", "shapes.ttl"], 3, "no RDF file in this directory"),
        (["syntax.ttl", "--shapes", "shapes.ttl"], 3, "syntax.ttl:2:6:"),
        (["clean.ttl", "--shapes", "syntax.ttl"], 3, "syntax.ttl:2:6:"),
        (["bytes.ttl", "--shapes", "shapes.ttl"], 3, "bytes.ttl:"),
        (["clean.ttl", "--shapes", "shapes.ttl", "--baseline", "clean.ttl"], 3, "not a baseline"),
        (["clean.ttl", "--shapes", "shapes.ttl", "--baseline", "deep.json"], 3, "not a baseline"),
        (
            ["clean.ttl", "--shapes", "shapes.ttl", "--baseline", "cut.json"],
            3,
            "cut.json:2:1: is not a baseline",
        ),
        (["clean.ttl", "--shapes", "shapes.ttl", "--baseline", "nowhere.json"], 3, "cannot be read"),
        (["clean.ttl", "--shapes", "shapes.ttl", "--waivers", "deep.json"], 3, "is not TOML"),
        (
            ["clean.ttl", "--shapes", "shapes.ttl", "--waivers", "bytes.ttl"],
            3,
            "bytes.ttl: is not UTF-8",
        ),
        (["clean.ttl", "--shapes", "shapes.ttl", "--waivers", "cut.toml"], 3, "cut.toml:1:5: is not TOML"),
        (["", "--shapes", "shapes.ttl"], 3, "'': no such file"),
        (["nowhere/", "--shapes", "shapes.ttl"], 3, "nowhere/: no such file"),
        (["loop.ttl", "--shapes", "shapes.ttl"], 3, "loop.ttl: cannot be read"),
        (["empty.rdf", "--shapes", "shapes.ttl"], 3, "empty.rdf: is empty"),
        (["utf16.ttl", "--shapes", "shapes.ttl"], 3, "utf16.ttl:1:1: Invalid UTF-8"),
        (["clean.ttl", "--shapes", "shapes.ttl", "--baseline", "infinite.json"], 3, "is not a baseline"),
        (["clean.ttl", "--shapes", "shapes.ttl", "--baseline", "negative.json"], 3, "is not a baseline"),
        (["clean.ttl", "--shapes", "shapes.ttl", "-o", "clean.ttl"], 2, "clean.ttl is an input"),
        (
            ["clean.ttl", "--shapes", "shapes.ttl", "--write-baseline", "shapes.ttl"],
            2,
            "shapes.ttl is an input",
        ),
        (["clean.ttl", "--shapes", "shapes.ttl", "-o", "x", "--write-baseline", "./x"], 2, "the same file"),
        (["clean.ttl", "--shapes", "shapes.ttl", "-f", "sarif", "-f", "junit"], 2, "the same file"),
        (["cut.rdf", "--shapes", "shapes.ttl"], 3, "cut.rdf:2:1:"),
        (["cut.nt", "--shapes", "shapes.ttl"], 3, "cut.nt:1:27: Unexpected end of file"),
        (["cut.jsonld", "--shapes", "shapes.ttl"], 3, "cut.jsonld:1:9:"),
        (["remote.jsonld", "--shapes", "shapes.ttl"], 3, "not fetched"),
        (["syntax.ttl", "missing.ttl", "--shapes", "shapes.ttl"], 3, "missing.ttl: no such file"),
        (["folder.ttl", "--shapes", "shapes.ttl"], 3, "no RDF file in this directory"),
        (["clean.ttl", "--shapes", "shapes.ttl", "-o", "/dev/full"], 3, "No space left"),
        (
            ["clean.ttl", "--shapes", "shapes.ttl", "--write-baseline", "/dev/full", "-o", "x"],
            3,
            "No space left",
        ),
        (["clean.ttl", "--context", "none"], 2, "--shapes"),
        (["clean.ttl", "--shapes", "shapes.ttl", "--fail-on", "error"], 2, "--fail-on"),
        (["clean.ttl", "--shapes", "shapes.ttl", "-f", "pdf"], 2, "pdf"),
        (["clean.ttl", "--shapes", "shapes.ttl", "-o", "nowhere/out.txt"], 3, "cannot be written"),
    ],
)
def test_bad_input_gives_one_line(
    folder: Path, capsysbinary: pytest.CaptureFixture[bytes], arguments: list[str], status: int, said: str
) -> None:
    (folder / "empty").mkdir()
    (folder / "notes.txt").write_text("x")
    (folder / "syntax.ttl").write_text("@prefix ex: <http://example.org/> .\nex:a zz .\n")
    (folder / "bytes.ttl").write_bytes(b'<http://e/a> <http://e/b> "\xff" .')
    (folder / "folder.ttl").mkdir()
    (folder / "cut.nt").write_text('<http://e/a> <http://e/b> "x\n')
    (folder / "cut.json").write_text("{\n")
    (folder / "deep.json").write_text("[" * 100_000)
    (folder / "cut.toml").write_text("a = x\n")
    (folder / "cut.rdf").write_text("<r>\n")
    (folder / "loop.ttl").symlink_to("loop.ttl")
    (folder / "empty.rdf").write_text("\n")
    (folder / "utf16.ttl").write_bytes(CLEAN.encode("utf-16"))
    (folder / "infinite.json").write_text('{"version": 1, "findings": {"a": {"count": 1e999}}}')
    (folder / "negative.json").write_text('{"version": 1, "findings": {"a": {"count": -1}}}')
    (folder / "cut.jsonld").write_text('{"@id": ')
    (folder / "remote.jsonld").write_text('{"@context": "http://192.0.2.1/context"}')
    found, out, err = call(capsysbinary, *arguments)
    assert (found, out) == (status, "")
    assert said in err
    assert err.count("\n") == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_named_pipe_is_refused_and_not_waited_for(
    folder: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    os.mkfifo("pipe.ttl")
    status, _, error = call(capsysbinary, "pipe.ttl", "--shapes", "shapes.ttl")
    assert (status, error) == (
        3,
        "wcograph: pipe.ttl: is not a regular file (a pipe, a socket or a device)\n",
    )


def test_a_byte_order_mark_is_read_over(folder: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    (folder / "mark.ttl").write_text(BROKEN, encoding="utf-8-sig")
    places = [(f["line"], f["column"]) for f in findings(capsysbinary, "mark.ttl", "--shapes", "shapes.ttl")]
    assert places == [(5, 13), (7, 13), (9, 17), (12, 1)]


@pytest.mark.quick
def test_owl_imports_are_not_fetched(folder: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    (folder / "imports.ttl").write_text(
        SHAPES + "\nex:o a <http://www.w3.org/2002/07/owl#Ontology> ;"
        " <http://www.w3.org/2002/07/owl#imports> <http://192.0.2.1/never> .\n"
    )
    assert call(capsysbinary, "broken.ttl", "--shapes", "imports.ttl")[0] == 1


# the context of a graph


@pytest.mark.parametrize("engine", ENGINES)
def test_context_says_what_nodes_are_and_only_the_files_nodes_are_reported(folder: Path, engine: str) -> None:
    (folder / "around.ttl").write_text(
        "@prefix ex: <http://example.org/> ."
        " ex:Branch <http://www.w3.org/2000/01/rdf-schema#subClassOf> ex:Office ."
        " ex:elsewhere a ex:Office ."
    )
    (folder / "mine.ttl").write_text("@prefix ex: <http://example.org/> . ex:mine a ex:Branch .")
    found = validate(["mine.ttl"], ["shapes.ttl"], context=["around.ttl"], engine=engine)
    assert [str(one.focus) for one in found.results] == ["<http://example.org/mine>"]


# SHACL-SPARQL


SPARQL_SHAPES = """\
@prefix ex: <http://example.org/> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

ex: sh:declare [ sh:prefix "ex" ; sh:namespace "http://example.org/"^^xsd:anyURI ] .

ex:SizeShape
    sh:targetClass ex:Office ;
    sh:sparql [
        sh:message "{$this} is larger than its site." ;
        sh:prefixes ex: ;
        sh:select "SELECT $this ?value WHERE { $this ex:size ?value . FILTER(?value > 10) }"
    ] .

ex:PrefixComponent
    a sh:ConstraintComponent ;
    sh:parameter [ sh:path ex:startsWith ] ;
    sh:validator [
        a sh:SPARQLAskValidator ;
        sh:message "{$value} does not begin with {$startsWith}." ;
        sh:ask "ASK { FILTER(STRSTARTS(STR($value), $startsWith)) }"
    ] .

ex:NameShape sh:targetSubjectsOf ex:name ; sh:property [ sh:path ex:name ; ex:startsWith "K" ] .
"""


@pytest.mark.quick
def test_sparql_constraints_and_custom_components_are_judged(
    folder: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    (folder / "sparql.ttl").write_text(SPARQL_SHAPES, encoding="utf-8")
    for engine in ENGINES:
        found = findings(capsysbinary, "broken.ttl", "--shapes", "sparql.ttl", "--engine", engine)
        assert [(f["line"], f["component"]) for f in found] == [
            (5, "http://example.org/PrefixComponent"),
            (7, "http://www.w3.org/ns/shacl#SPARQLConstraintComponent"),
        ]


def test_a_named_graph_is_part_of_the_data(folder: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    (folder / "two.trig").write_text(
        "@prefix ex: <http://example.org/> . ex:g { ex:a a ex:Office } ex:h { ex:a ex:name 'A' } ex:i { ex:a ex:name 'A' }"
    )
    assert call(capsysbinary, "two.trig", "--shapes", "shapes.ttl")[0] == 0


# pre-commit


def test_pre_commit_runs_the_hook(folder: Path) -> None:
    yaml = pytest.importorskip("yaml")
    pytest.importorskip("pre_commit", reason="pre-commit is not installed")
    hooks = yaml.safe_load((Path(__file__).parents[1] / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    (hook,) = [hook for hook in hooks if hook["id"] == "wcograph-validate"]
    # as published, but run from here: an environment of its own would be fetched from the network
    hook |= {
        "language": "system",
        "entry": f"{sys.executable} -m {hook['entry']}",
        "args": ["--shapes=shapes.ttl", "--context=none"],
        "exclude": "shapes.ttl",
    }
    config = {"repos": [{"repo": "local", "hooks": [hook]}]}
    (folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    environment = {**os.environ, "PRE_COMMIT_HOME": str(folder / "home"), "GIT_CONFIG_GLOBAL": os.devnull}

    def commit(*files: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "pre_commit", "run", "--files", *files]
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)

    subprocess.run(["git", "init", "-q"], check=True, env=environment)
    subprocess.run(["git", "add", "."], check=True, env=environment)
    assert commit("clean.ttl").returncode == 0
    broken = commit("broken.ttl")
    assert broken.returncode == 1
    assert "12:1: violation [MinCount] The office needs one name." in broken.stdout


# the GitHub action

ACTION = Path(__file__).parents[1] / "action.yml"


def run_step(name: str, folder: Path, inputs: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the shell of a step of the action, as the runner does: inputs with their defaults, in the environment."""
    yaml = pytest.importorskip("yaml")
    action = yaml.safe_load(ACTION.read_text(encoding="utf-8"))
    assert set(inputs) <= set(action["inputs"])
    (step,) = [step for step in action["runs"]["steps"] if step.get("name") == name]
    values = {key: str(said.get("default", "")) for key, said in action["inputs"].items()} | inputs
    environment = {
        variable: re.sub(r"\$\{\{ inputs\.([a-z-]+) \}\}", lambda match: values[match[1]], text)
        for variable, text in step["env"].items()
    }
    assert "${{" not in step["run"]  # an input in the script's text could be a command
    assert "${{" not in "".join(environment.values())
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={
            **os.environ,
            "RUNNER_TEMP": str(folder / "temp"),
            "GITHUB_ACTION_PATH": str(ACTION.parent),
            "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            **environment,
        },
    )


def executable(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.mark.parametrize(
    ("version", "installed"), [("", str(ACTION.parent)), ("wcograph==1.0.0", "wcograph==1.0.0")]
)
def test_the_action_installs_its_own_version_or_the_one_named(
    folder: Path, version: str, installed: str
) -> None:
    pip = folder / "temp" / "wcograph" / "bin" / "python"
    executable(pip, f'echo "$@" >> "{folder}/calls"')
    executable(folder / "bin" / "python", f'echo "$@" >> "{folder}/calls"')
    assert run_step("Install wcograph", folder, {"version": version}).returncode == 0
    assert (folder / "calls").read_text().splitlines() == [
        f"-m venv {folder}/temp/wcograph",
        f"-m pip install --quiet {installed}",
    ]


def test_the_action_validates_annotates_and_writes_sarif(folder: Path) -> None:
    executable(folder / "temp" / "wcograph" / "bin" / "wcograph", f'exec "{sys.executable}" -m wcograph "$@"')
    (folder / "more").mkdir()
    (folder / "more" / "shapes.ttl").write_text(SHAPES.replace("ex:OfficeShape", "ex:OtherShape"))
    inputs = {"files": "clean.ttl\nbroken.ttl", "shapes": "shapes.ttl more", "sarif": "out.sarif"}
    done = run_step("Validate", folder, inputs)
    assert (done.returncode, done.stderr) == (1, "")
    assert "::error col=1,file=broken.ttl,line=12,title=" in done.stdout
    assert len(json.loads((folder / "out.sarif").read_text())["runs"][0]["results"]) >= 4
    assert run_step("Validate", folder, inputs | {"fail-on": "none"}).returncode == 0
    assert (
        run_step("Validate", folder, inputs | {"fail-on": "none", "strict": "true"}).returncode == 1
    )  # ex:Nobody
    assert run_step("Validate", folder, inputs | {"timeout": "never"}).returncode == 2
    (folder / "my files").mkdir()
    (folder / "my files" / "it's one.ttl").write_bytes((folder / "broken.ttl").read_bytes())
    for names in ("my files/it's one.ttl", "'my files/*.ttl'", "my files", "clean.ttl  \n\n'my files'\n"):
        spaced = run_step("Validate", folder, {"files": names, "shapes": '"shapes.ttl"'})
        assert (spaced.returncode, spaced.stderr) == (1, ""), names
        assert "file=my files/it's one.ttl,line=12" in spaced.stdout
    assert run_step("Validate", folder, {"files": "clean.ttl", "shapes": "shapes.ttl"}).returncode == 0
    baseline = ["broken.ttl", "--shapes", "shapes.ttl", "--write-baseline", "known.json", "-o", os.devnull]
    assert main(["validate", *baseline]) == 0
    known = {"files": "broken.ttl", "shapes": "shapes.ttl", "baseline": "known.json", "context": "none"}
    assert run_step("Validate", folder, known).returncode == 0
    (folder / "waivers.toml").write_text("[[waiver]]\n")
    broken = run_step("Validate", folder, known | {"waivers": "waivers.toml"})
    assert broken.returncode == 3
    assert "waiver 1: reason is missing" in broken.stderr
    hostile = run_step(
        "Validate", folder, {"files": "$(touch x) `touch x` --fail-on=none ;touch", "shapes": "shapes.ttl"}
    )
    assert hostile.returncode == 3
    assert not (folder / "x").exists()


def test_json_that_is_nested_without_end_is_refused(
    folder: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    deep = '{"@context": {"@vocab": "http://e/"}, "a": ' + '{"a": ' * 20_000 + "1" + "}" * 20_001
    (folder / "deep.jsonld").write_text(deep)
    assert call(capsysbinary, "deep.jsonld", "--shapes", "shapes.ttl")[::2] == (
        3,
        "wcograph: deep.jsonld: is nested deeper than 500\n",
    )


def test_a_query_in_shapes_with_brackets_without_end_is_refused(
    folder: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    select = "SELECT $this { " + "{" * 6_000 + "}" * 6_000 + " }"
    (folder / "deep.ttl").write_text(
        SHAPES + f'\nex:deep a sh:NodeShape ; sh:targetClass ex:Deep ; sh:sparql [ sh:select "{select}" ] .\n'
    )
    status, _, error = call(capsysbinary, "broken.ttl", "--shapes", "deep.ttl")
    assert status == 3
    assert "brackets are nested deeper than" in error
