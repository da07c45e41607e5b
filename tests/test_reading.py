"""Users' files: what is read, what is refused and where, and what is said of it."""

from __future__ import annotations

import gzip
import io
import json
import os
import sys
from pathlib import Path
from unittest.mock import patch

import pytest

from wcograph.cli import main
from wcograph.toolbox.errors import InputError, WcographWarning
from wcograph.toolbox.rdf.content import read
from wcograph.toolbox.rdf.xmlsource import Fed

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"


def triples(path: Path, **how: object) -> list[str]:
    return sorted(str(quad) for quad in read([str(path)], base="http://b/", **how).quads)


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refused(path: Path, **how: object) -> str:
    with pytest.raises(InputError) as caught:
        read([str(path)], **how)
    assert str(caught.value).startswith(f"{path}:")
    return str(caught.value)[len(f"{path}:") :]


# JSON-LD

DROPPED = {
    '{"@id": "http://e/a",\n "http://e/p q": 1}': "2:2: the IRI 'http://e/p q'",
    '{"@id": "http://e/a",\n "@type": "http://e/ C"}': "2:11: the IRI 'http://e/ C'",
    '{"@context": {"ex": "http://e/"},\n "@graph": [{"@id": "ex:a b", "ex:p": 1}]}': "2:21: the IRI 'http://e/a b'",
    '{"@id": "http://e/%zz",\n "http://e/p": 1}': "1:9: the IRI 'http://e/%zz'",
    '{"@id": "http://e/a",\n "http://e/p": {"@value": "x", "@language": "en_GB"}}': "2:45: the language tag",
    '{"@context": {"@vocab": "http://e/ v/"}, "@id": "http://e/a",\n "p": 1}': "2:2: the IRI 'http://e/ v/p'",
    '{"@id": "http://e/a b", "@graph":\n [{"@id": "http://e/c", "http://e/p": 1}]}': "1:9: the IRI",
    '{"@id": "http://e/a", "http://e/p": [1,\n {"@value": "x", "@type": "http://e/ d"}]}': "2:27: @type value",
    '{"@id": "http://e/a",\n "http://e/p": 1,\n "@id": "http://e/b"}': "3:2: @id is defined twice",
    '{"@id": "http://e/a",\n "http://e/p": 1,}': "2:18: Trailing commas",
}


@pytest.mark.quick(3)
@pytest.mark.parametrize("text", DROPPED)
def test_what_json_ld_would_drop_is_an_error_with_its_place(text: str, tmp_path: Path) -> None:
    assert refused(written(tmp_path, "a.jsonld", text)).startswith(DROPPED[text])


def test_leniently_what_is_dropped_is_a_note(tmp_path: Path) -> None:
    path = written(tmp_path, "a.jsonld", '{"@id": "http://e/a",\n "http://e/p q": 1, "http://e/ok": 2}')
    with pytest.warns(
        WcographWarning, match=r"a\.jsonld:2:2: the IRI 'http://e/p q' is ill-formed .* is left out"
    ):
        assert len(triples(path, lenient=True)) == 1


def test_a_key_without_an_iri_is_a_note(tmp_path: Path) -> None:
    path = written(tmp_path, "a.jsonld", '{"@id": "http://e/a", "http://e/p": 1,\n "size": 2, "_:k": 3}')
    with pytest.warns(WcographWarning) as told:
        assert len(triples(path)) == 1
    assert [str(one.message).partition("a.jsonld:")[2].partition(",")[0] for one in told] == [
        "2:2: the key 'size' has no IRI in the context",
        "2:13: the key '_:k' is a blank node",
    ]


def test_contexts_come_from_below_the_file_and_from_no_other_place(tmp_path: Path) -> None:
    written(tmp_path, "d/sub/c.jsonld", '{"@context": {"q": "http://e/q", "@base": "http://wrong/"}}')
    written(tmp_path, "d/c.jsonld", '{"@context": ["sub/c.jsonld", {"p": "http://e/p"}]}')
    written(tmp_path, "up.jsonld", '{"@context": {"p": "http://e/p"}}')
    os.symlink(tmp_path / "up.jsonld", tmp_path / "d" / "link.jsonld")
    for context in ('"c.jsonld"', '["c.jsonld"]', '{"@import": "sub/c.jsonld", "p": "http://e/p"}'):
        path = written(
            tmp_path, "d/a.jsonld", f'{{"@context": {context},\n"@id": "x", "p": 1, "q": "sub/c.jsonld"}}'
        )
        assert [text.split(" ")[:2] for text in triples(path)] == [
            ["<http://b/x>", "<http://e/p>"],
            ["<http://b/x>", "<http://e/q>"],
        ]
    for context in (
        "../up.jsonld",
        "link.jsonld",
        "https://example.org/c",
        "none.jsonld",
        "file:///etc/hostname",
    ):
        path = written(tmp_path, "d/a.jsonld", f'{{"@id": "x",\n "@context": "{context}", "p": 1}}')
        assert refused(path).startswith(f"2:14: its context <{context}> is not in a file below its directory")
        assert len(triples(path, contexts={context: str(tmp_path / "up.jsonld")})) == 1
    written(tmp_path, "d/ring.jsonld", '{"@context": "ring.jsonld"}')
    path = written(tmp_path, "d/a.jsonld", '{"@context": "ring.jsonld", "http://e/p": 1}')
    with pytest.raises(InputError, match="more than 10 deep"):
        read([str(path)])


def test_contexts_cannot_grow_without_end(tmp_path: Path) -> None:
    written(tmp_path, "c0.jsonld", json.dumps({"@context": {f"k{n}": f"http://e/{n}" for n in range(900)}}))
    for n in range(9):
        written(tmp_path, f"c{n + 1}.jsonld", json.dumps({"@context": [f"c{n}.jsonld"] * 9}))
    path = written(tmp_path, "a.jsonld", '{"@context": "c9.jsonld", "k1": 1}')
    assert main(["export", "--data", str(path), "-f", "nt"]) == 4


def test_a_json_literal_may_hold_what_looks_like_a_context(tmp_path: Path) -> None:
    text = '{"@id": "http://e/a", "http://e/p": {"@type": "@json", "@value": {"@context": "no:such"}}}'
    assert '\\"@context\\":\\"no:such\\"' in triples(written(tmp_path, "a.jsonld", text))[0]


def test_directions_are_kept(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    text = '{"@context": {"@language": "ar", "@direction": "rtl"}, "@id": "http://e/a", "http://e/p": "x"}'
    assert main(["export", "--data", str(written(tmp_path, "a.jsonld", text)), "-f", "nt12"]) == 0
    assert '"x"@ar--rtl' in capfd.readouterr().out


# RDF/XML


def document(content: str, head: str = "") -> str:
    return (
        f'{head}<rdf:RDF xmlns:rdf="{RDF}" xmlns:ex="http://e/" xmlns="http://d/">\n'
        f'<rdf:Description rdf:about="http://e/a">{content}</rdf:Description></rdf:RDF>'
    )


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        *(
            ("latin-1", "é"),
            ("cp1252", "€"),
            ("koi8-r", "я"),
            ("shift_jis", "日"),
            ("gb18030", "日"),
            ("cp037", "é"),
        ),
        *(("utf-16", "日"), ("utf-16-le", "日"), ("utf-16-be", "日"), ("utf-32", "日"), ("utf-32-be", "日")),
        *(("utf-8-sig", "日"), ("mac-roman", "é"), ("euc-jp", "日")),
    ],
)
def test_every_encoding_is_read(encoding: str, text: str, tmp_path: Path) -> None:
    content = document(f"<ex:p>{text}</ex:p>", f'<?xml version="1.0" encoding="{encoding}"?>\n')
    assert triples(written(tmp_path, "a.rdf", content.encode(encoding))) == [
        f'<http://e/a> <http://e/p> "{text}"'
    ]


@pytest.mark.parametrize("encoding", ["utf-7", "idna", "rot13", "hex", "no-such"])
def test_what_is_no_character_set_is_refused(encoding: str, tmp_path: Path) -> None:
    content = document("", f'<?xml version="1.0" encoding="{encoding}"?>')
    assert refused(written(tmp_path, "a.rdf", content)) == f" has the unknown encoding {encoding!r}"


@pytest.mark.parametrize(
    ("content", "value"),
    [
        ('<ex:p xml:lang="">x</ex:p>', '"x"'),
        (
            '<ex:p rdf:parseType="Resource" xml:lang="en"><ex:q xml:lang="">x</ex:q><ex:r>y</ex:r></ex:p>',
            '"y"@en',
        ),
        (  # exclusive canonical XML: each namespace where it is used, attributes in order, comments kept
            '<ex:p rdf:parseType="Literal"><b xmlns="http://w/" z="&quot;" ex:a="1">&#13;<c/></b><!-- c --></ex:p>',
            '"<b xmlns=\\"http://w/\\" xmlns:ex=\\"http://e/\\" z=\\"&quot;\\" ex:a=\\"1\\">&#xD;<c></c></b><!-- c -->"'
            f"^^<{RDF}XMLLiteral>",
        ),
        (
            '<ex:p rdf:parseType="Literal"><sh:x xmlns:sh="http://sh/"/></ex:p>',
            f'"<sh:x xmlns:sh=\\"http://sh/\\"></sh:x>"^^<{RDF}XMLLiteral>',
        ),
        ('<ex:p rdf:parseType="Literal" xml:lang="en">a &lt; b</ex:p>', f'"a &lt; b"^^<{RDF}XMLLiteral>'),
    ],
)
def test_literals_are_those_of_turtle(content: str, value: str, tmp_path: Path) -> None:
    found = triples(written(tmp_path, "a.rdf", document(content)))
    assert any(text.endswith(f" {value}") for text in found), found


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('\n<ex:p rdf:resource="http://e/a b"/>', "3:1: "),
        ('\n<ex:p>\n <ex:C rdf:about="http://e/%zz"/></ex:p>', "4:2: "),
        ('\n<ex:p rdf:ID="1a">x</ex:p>', "3:1: 1a is not a valid rdf:ID value"),
        ("\n<zz:p>x</zz:p>", "3:1: "),
        ("\n<ex:p>x\n<ex:C/></ex:p>", "4:"),
        ('\n<ex:p xml:lang="en_US">x</ex:p>', "3:"),
        ("\n<ex:p>&no;</ex:p>", "3:"),
        ('\n<ex:p rdf:parseType="Literal"><no:b/></ex:p>', "3:"),
        ('\n<ex:p rdf:parseType="Literal" rdf:resource="http://e/b"></ex:p>', "3:"),
        ("\n<ex:p>x</ex:q>", "3:"),
    ],
)
def test_every_fault_of_rdf_xml_has_a_line(content: str, told: str, tmp_path: Path) -> None:
    assert refused(written(tmp_path, "a.rdf", document(content))).startswith(told)
    assert refused(written(tmp_path, "b.rdf", document(content).encode("utf-16"))).startswith(told[:2])


def test_entities_expand_within_a_bound(tmp_path: Path) -> None:
    head = '<!DOCTYPE rdf:RDF [<!ENTITY ex "http://e/"><!ENTITY b "&ex;b">]>'
    path = written(tmp_path, "a.rdf", document('<ex:p rdf:resource="&b;"/>', head))
    assert triples(path) == ["<http://e/a> <http://e/p> <http://e/b>"]
    bomb = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(9))
    path = written(
        tmp_path, "b.rdf", document("<ex:p>&e9;</ex:p>", f'<!DOCTYPE rdf:RDF [<!ENTITY e0 "aaaa">{bomb}]>')
    )
    assert main(["export", "--data", str(path), "-f", "nt"]) == 3


def test_a_stream_hands_out_its_parts_one_by_one() -> None:
    stream = Fed([b"ab", b"", b"cde"])
    assert [stream.read(2), stream.number, stream.read(2), stream.read(), stream.number, stream.read()] == [
        *(b"ab", 0, b"cd", b"e", 2, b"")
    ]


# Every syntax


@pytest.mark.parametrize(
    ("name", "content", "syntax"),
    [
        ("a.owl", "# c\n@prefix ex: <http://e/> .\nex:a ex:p ex:b .", "Turtle"),
        ("a.rdf", "PREFIX ex: <http://e/>\nex:g { ex:a ex:p ex:b }", "TriG"),
        ("a.ttl", f'<?xml version="1.0"?>{document("<ex:p/>")}', "RDF/XML"),
        ("a.nt", document("<ex:p/>"), "RDF/XML"),
        ("a.ttl", '[ {"@id": "http://e/a", "http://e/p": 1} ]', "JSON-LD"),
        ("a.xml", "<http://e/a> <http://e/p> <http://e/b> <http://e/g> .\n", "N-Quads"),
        ("a.json", "<http://e/a> <http://e/p> <http://e/b> .\n", "Turtle"),
        ("a.rdf.gz", gzip.compress(b"@prefix ex: <http://e/> . ex:a ex:p ex:b .", mtime=0), "Turtle"),
    ],
)
def test_a_wrong_extension_is_seen(name: str, content: str | bytes, syntax: str, tmp_path: Path) -> None:
    path = written(tmp_path, name, content)
    with pytest.warns(WcographWarning, match=f"is {syntax}, not .*, and is read as that"):
        assert len(triples(path)) == 1


def test_an_extension_is_believed_where_the_content_fits(
    tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    for name, content in (("a.ttl", "[] a 1 ."), ("a.trig", "{ <e:a> a 1 }"), ("a.ttl", "<e:a> a 1 .")):
        assert len(triples(written(tmp_path, name, content))) == 1
    assert "1:" in refused(written(tmp_path, "a.nt", "@prefix ex: <http://e/> .\nex:a ex:p ex:b ."))
    assert (
        refused(written(tmp_path, "a.ttl", "<!DOCTYPE html>\n<html></html>")) == " is a page in HTML, not RDF"
    )
    assert not recwarn.list


def test_standard_input_names_its_syntax_if_that_is_not_plain(capfd: pytest.CaptureFixture[str]) -> None:
    for content, status in ((b"@prefix ex: <http://e/> . ex:a ex:p 1 .", 0), (b"[] a 1 .", 2)):
        with patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(content))):
            assert main(["export", "--data", "-", "-f", "nt"]) == status
    assert "name the syntax of standard input, such as --from turtle" in capfd.readouterr().err


@pytest.mark.filterwarnings("always")
def test_ill_formed_iris_are_read_leniently_and_written_well(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    files = {
        "a.ttl": "<http://e/a b> <http://e/p> <http://e/{x}|%zz> .",
        "a.nq": "<http://e/a b> <http://e/p> <http://e/{x}|%zz> .",
        "a.rdf": document('<ex:p rdf:resource="http://e/{x}|%zz"/>').replace("http://e/a", "http://e/a b"),
    }
    for name, content in files.items():
        path = str(written(tmp_path, name, content))
        assert main(["export", "--data", path, "-f", "nt"]) == 3
        assert main(["export", "--data", path, "-f", "nt", "--lenient"]) == 0
        out, err = capfd.readouterr()
        assert out == "<http://e/a%20b> <http://e/p> <http://e/%7Bx%7D%7C%zz> .\n"
        assert f"{name}: 2 ill-formed IRIs are read, such as <http://e/a b>" in err
    blank = str(written(tmp_path, "b.ttl", "[] <http://e/p> <http://e/%zz> ."))
    for syntax in ("nt", "turtle", "rdfxml", "jsonld"):
        assert main(["export", "--data", blank, "-f", syntax, "--lenient"]) == 0
        out, err = capfd.readouterr()
        assert "http://e/%zz" in out
        assert "1 ill-formed IRI is read" in err
