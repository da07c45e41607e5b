"""Export: every syntax is read back whole by other tools, and is the same bytes every time."""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import wcograph
from wcograph import layout
from wcograph.cli import main
from wcograph.exports.context import published, renewed
from wcograph.exports.export import prepared, texts, with_reifiers
from wcograph.layout import PROFILE
from wcograph.toolbox.errors import InputError, UsageError
from wcograph.toolbox.rdf.canonical import same_graph
from wcograph.toolbox.rdf.content import Content, read
from wcograph.toolbox.rdf.fmt import format_document
from wcograph.toolbox.rdf.jsonld import compacted, framed
from wcograph.toolbox.rdf.nesting import DEEPEST
from wcograph.toolbox.rdf.syntaxes import SYNTAXES, chosen, named
from wcograph.toolbox.rdf.turtle import Document, parse_document

XSD = "http://www.w3.org/2001/XMLSchema#"
PLAIN = [syntax.name for syntax in SYNTAXES if syntax.version == "1.1"]
NODE_MODULES = os.environ.get("WCOGRAPH_NODE_MODULES", "")


def _compacted(content: Content) -> dict[str, Any]:
    return compacted(content, published(), layout.PROFILE)


def _export(content: Content, format: str) -> bytes:
    return "".join(texts(content, format)).encode()


def _quads(text: str | bytes, syntax: ox.RdfFormat = ox.RdfFormat.TRIG) -> list[ox.Quad]:
    return list(ox.parse(text.encode() if isinstance(text, str) else text, syntax))


def _parsed(data: bytes, format: str) -> list[ox.Quad]:
    return _quads(data, named(format).rdf_format)


def _in_rdflib(data: bytes, format: str) -> list[ox.Quad]:
    """Read with rdflib and give pyoxigraph's quads, so that literals are compared as they are written."""
    normalize, rdflib.NORMALIZE_LITERALS = rdflib.NORMALIZE_LITERALS, False
    try:
        names = {"jsonld": "json-ld", "nq": "nquads", "rdfxml": "xml", "nt": "nt11"}
        dataset = rdflib.Dataset()
        target = dataset if named(format).datasets else dataset.default_graph
        target.parse(data=data.decode(), format=names.get(format, format))
        return _quads(dataset.serialize(format="nquads"), ox.RdfFormat.N_QUADS)
    finally:
        rdflib.NORMALIZE_LITERALS = normalize


ODD = r"""
@prefix : <http://example.org/> .
@prefix ex: <http://example.org/ns#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
ex:a a ex:A , [ a ex:Anonymous ] ; ex:p "a\r\nb\t\"\\" , "" , " x " , "'''" , "\"\"\"\n\"" , "<&>]]>" ;
  ex:q 007 , +1 , -0 , -0.0 , 1.0 , 01.50 , .5 , 1e0 , true , "1"^^xsd:boolean , "5"^^xsd:int , "x"^^xsd:integer ;
  ex:r "en"@en , "fr-CA"@fr-ca , "2022-02"^^xsd:gYearMonth ;
  ex:list ( 1 ( 2 [ ex:p 3 ] ) () ) , () ;
  ex:b [ ex:p [ ex:p "deep" ; ex:q 1 ] ] , [] , _:shared ; ex:c _:shared , _:ring1 .
_:ring1 ex:next _:ring2 . _:ring2 ex:next _:ring1 .
_:lone ex:next [ ex:next _:lone2 ] . [] ex:p 1 . [] ex:p 2 .
_:r1 ex:next _:r2 . _:r2 ex:next _:r1 .
<urn:x:y> ex:p <mailto:a@b> , <http://example.org/a%20b/(c)> .
<http://example.org/ns#a.> ex:p ex:a.b .
ex:g { ex:a ex:p _:both . } ex:h { ex:a ex:p _:both , [ ex:p 1 ] . }
<http://www.w3.org/1999/02/22-rdf-syntax-ns#nil> ex:p 1 .
ex:broken ex:p [ <http://www.w3.org/1999/02/22-rdf-syntax-ns#first> 1 , 2 ;
  <http://www.w3.org/1999/02/22-rdf-syntax-ns#rest> () ] .
"""


@pytest.mark.quick
@pytest.mark.parametrize("format", PLAIN)
@pytest.mark.parametrize("reader", [_parsed, _in_rdflib])
def test_a_dataset_full_of_oddities_is_read_back_as_it_was(format: str, reader: object) -> None:
    content = Content(_quads(ODD))
    expected = content.quads if named(format).datasets else content.union().quads
    assert same_graph(reader(_export(content, format), format), expected)  # type: ignore[operator]


def test_what_is_derived_is_in_every_export_in_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kg: wcograph.KnowledgeGraph
) -> None:
    """Whether it is derived anew or comes from the cache, and whatever the order of the store."""
    derived = {quad for quad in kg.quads() if quad.graph_name.value.endswith("graph/derived")}
    assert len(derived) > 1000
    assert derived == set(kg.quads(["derived"]))
    monkeypatch.setenv("WCOGRAPH_CACHE_DIR", str(tmp_path / "cache"))
    written = []
    for number in range(3):
        target = tmp_path / f"{number}.nq"
        assert main(["export", "--graph", "derived", "-o", str(target)]) == 0
        written.append(target.read_bytes())
        assert (number == 0) != (tmp_path / "cache").exists()
        wcograph.load()
    assert written[0] == written[1] == written[2]
    assert set(ox.parse(written[0], ox.RdfFormat.N_QUADS)) == derived
    assert main(["export", "-o", str(tmp_path / "all.nq")]) == 0
    assert set((tmp_path / "all.nq").read_bytes().splitlines()) >= set(written[0].splitlines())
    assert main(["export", "-o", str(tmp_path / "all.nt")]) == 0
    triples = {quad.triple for quad in ox.parse(path=tmp_path / "all.nt")}
    assert triples >= {quad.triple for quad in derived}


def test_what_is_derived_from_added_files_is_exported_too(tmp_path: Path) -> None:
    (tmp_path / "mine.ttl").write_text(
        '<http://e/mine> <http://www.w3.org/2004/02/skos/core#prefLabel> "Mine"@en .'
    )
    kg = wcograph.load(data=str(tmp_path / "mine.ttl"))
    (label,) = {
        q for q in kg.quads() if q.subject.value == "http://e/mine" and q.predicate.value.endswith("labelEn")
    }
    assert label.graph_name.value.endswith("graph/derived")


@pytest.mark.parametrize("format", ["turtle", "rdfxml", "jsonld"])
def test_the_built_in_graph_is_read_back_by_rdflib(format: str, kg: wcograph.KnowledgeGraph) -> None:
    content = Content(list(kg.quads()))
    expected = content.quads if named(format).datasets else content.union().quads
    assert same_graph(_in_rdflib(_export(content, format), format), expected)


@pytest.mark.parametrize("format", ["turtle", "trig", "turtle12", "trig12"])
def test_turtle_comes_in_the_house_form(format: str, kg: wcograph.KnowledgeGraph) -> None:
    for content in (Content(_quads(ODD)), Content(list(kg.quads()))):
        text = _export(content, format).decode()
        assert format_document(Document(text, syntax=named(format).rdf_format), PROFILE) == text


def test_shapes_with_nested_blank_nodes_come_out_as_they_stand_in_their_files() -> None:
    for path in layout.rdf_files(layout.root())["shapes"]:
        full = os.path.join(layout.root(), path)
        text = "".join(texts(read([full]), "turtle"))
        assert same_graph(parse_document(Document(text)), read([full]).quads)
        assert "_:" not in text.replace('"', " ").partition("sh:select")[0]
        assert format_document(Document(text), PROFILE) == text


@pytest.mark.parametrize("format", ["turtle", "jsonld"])
def test_a_long_chain_of_blank_nodes_is_nested_only_so_deep(format: str) -> None:
    chain = "".join(f"_:n{n} <http://e/p> _:n{n + 1} ; <http://e/q> {n} .\n" for n in range(150))
    rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    lists = "".join(f"_:l{n} <{rdf}first> _:l{n + 1} ; <{rdf}rest> <{rdf}nil> .\n" for n in range(100))
    quads = _quads(f"<http://e/a> <http://e/p> _:n0 , _:l0 .\n{chain}{lists}")
    written = _export(Content(quads), format)
    assert same_graph(_in_rdflib(written, format), quads)
    deepest = max(len(line) - len(line.lstrip()) for line in written.decode().splitlines())
    assert 60 < deepest < 4 * (DEEPEST + 5)


# Random datasets

_IRIS = st.sampled_from(
    [
        "http://e/a",
        "http://e/b",
        "http://e/ns#c",
        "urn:x:d",
        "http://e/a.b",
        "wco:odd",
        "http://e/é/x",
        "about:x",
    ]
).map(ox.NamedNode)
_PREDICATES = st.one_of(
    st.sampled_from(
        ["http://e/p", "http://e/ns#q-r", "http://www.w3.org/2004/02/skos/core#prefLabel", "http://e/x/1a",
         "https://w3id.org/wcograph/ns#asOf", "https://w3id.org/wcograph/ns#bodyKind"]
    ),
    st.sampled_from(["type", "first", "rest"]).map("http://www.w3.org/1999/02/22-rdf-syntax-ns#".__add__),
).map(ox.NamedNode)  # fmt: skip
_BLANKS = st.sampled_from([ox.BlankNode(f"b{n}") for n in range(5)])
_TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), max_size=4) | st.sampled_from(
    ["\n", "\r\n", '"', '"""\n', "\\", 'a\n"', "007", "1.0", "true", "-0", "1e3", "\t"]
)
_LITERALS = st.one_of(
    st.builds(ox.Literal, _TEXTS),
    st.builds(lambda text, tag: ox.Literal(text, language=tag), _TEXTS, st.sampled_from(["en", "de-at"])),
    st.builds(
        lambda text, kind: ox.Literal(text, datatype=ox.NamedNode(kind)),
        _TEXTS,
        st.sampled_from(
            [XSD + "integer", XSD + "decimal", XSD + "double", XSD + "boolean", XSD + "gYear", "http://e/d"]
        ),
    ),
)
_NIL = st.just(ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#nil"))
_QUAD = st.builds(
    ox.Quad,
    _IRIS | _BLANKS,
    _PREDICATES,
    _IRIS | _BLANKS | _LITERALS | _NIL,
    st.just(ox.DefaultGraph()) | _IRIS | _BLANKS,
)
_DATASETS = st.lists(_QUAD, max_size=14)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(_DATASETS, st.randoms(use_true_random=False))
def test_random_datasets_come_back_and_have_the_same_bytes_in_any_order(
    quads: list[ox.Quad], random_: random.Random
) -> None:
    nodes = {f"b{n}": ox.BlankNode(f"x{n * 7 % 5}") for n in range(5)}

    def renamed(term: object) -> object:
        return nodes[term.value] if isinstance(term, ox.BlankNode) else term

    other = [
        ox.Quad(renamed(q.subject), q.predicate, renamed(q.object), renamed(q.graph_name))  # type: ignore[arg-type]
        for q in quads
    ]
    random_.shuffle(other)
    # one process for the names of all syntaxes: starting it takes longer than all else
    whole, shuffled = Content(quads).canonical(), Content(other).canonical()
    assert sorted(map(str, whole.quads)) == sorted(map(str, shuffled.quads))
    from wcograph.exports.export import text

    for format in ("trig", "nq", "jsonld"):
        one = "".join(text(whole, named(format)))
        assert one == "".join(text(shuffled.with_quads(shuffled.quads), named(format)))
        assert same_graph(_parsed(one.encode(), format), quads)
        if format == "trig":
            assert format_document(Document(one, syntax=ox.RdfFormat.TRIG), PROFILE) == one
    union = whole.union()
    for format in ("turtle", "rdfxml"):
        one = "".join(text(union, named(format)))
        assert same_graph(_parsed(one.encode(), format), Content(quads).union().quads)
        assert same_graph(_in_rdflib(one.encode(), format), Content(quads).union().quads)


def test_the_bytes_are_the_same_with_every_hash_seed(tmp_path: Path) -> None:
    lines = [f"{quad} .\n" for quad in _quads(ODD)]
    results: dict[str, set[bytes]] = {}
    code = (
        "import sys; from wcograph.toolbox.rdf.content import read; from wcograph.exports.export import texts\n"
        "content = read([sys.argv[1]])\n"
        "for name in ('turtle', 'trig', 'nq', 'rdfxml', 'jsonld'):\n"
        "    print(name, repr(''.join(texts(content, name))))"
    )
    for seed in range(8):
        random.Random(seed).shuffle(lines)
        path = tmp_path / f"{seed}.nq"
        path.write_text("".join(lines))
        done = subprocess.run(
            [sys.executable, "-c", code, path],
            capture_output=True,
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            check=True,
        )
        for line in done.stdout.splitlines():
            results.setdefault(line.split()[0].decode(), set()).add(line)
    assert {name: len(texts) for name, texts in results.items()} == dict.fromkeys(
        ("turtle", "trig", "nq", "rdfxml", "jsonld"), 1
    )


# Other tools


@pytest.mark.skipif(not shutil.which("rapper"), reason="rapper is absent (Debian package raptor2-utils)")
@pytest.mark.parametrize(("format", "theirs"), [("turtle", "turtle"), ("rdfxml", "rdfxml")])
def test_raptor_reads_it_back(format: str, theirs: str, tmp_path: Path, kg: wcograph.KnowledgeGraph) -> None:
    for content in (Content(_quads(ODD)).union(), Content(list(kg.quads())).union()):
        path = tmp_path / "graph"
        path.write_bytes(_export(content, format))
        done = subprocess.run(
            ["rapper", "-q", "-i", theirs, "-o", "ntriples", path], capture_output=True, check=True
        )
        assert same_graph(_quads(done.stdout, ox.RdfFormat.N_TRIPLES), content.quads)


def _has_node() -> bool:
    return bool(shutil.which("node")) and bool(NODE_MODULES) and os.path.isdir(f"{NODE_MODULES}/jsonld")


@pytest.mark.skipif(not _has_node(), reason="no JavaScript JSON-LD processor: npm install jsonld, and name the "
                    "folder in WCOGRAPH_NODE_MODULES")  # fmt: skip
def test_a_javascript_processor_reads_json_ld_back(tmp_path: Path, kg: wcograph.KnowledgeGraph) -> None:
    script = (
        "const jsonld = require('jsonld'), fs = require('fs');"
        "jsonld.toRDF(JSON.parse(fs.readFileSync(process.argv[1])), {format: 'application/n-quads'})"
        ".then(text => process.stdout.write(text));"
    )
    # That processor writes every xsd:double in its canonical form, so the oddities have it here.
    for content in (Content(_quads(ODD.replace("1e0", "1.0E0"))), Content(list(kg.quads()))):
        path = tmp_path / "graph.jsonld"
        path.write_bytes(_export(content, "jsonld"))
        done = subprocess.run(
            ["node", "-e", script, path],
            capture_output=True,
            check=True,
            env={**os.environ, "NODE_PATH": NODE_MODULES},
        )
        assert same_graph(_quads(done.stdout, ox.RdfFormat.N_QUADS), content.quads)


# Names, endings, compression


@pytest.mark.quick(4)
@pytest.mark.parametrize(
    ("name", "syntax"),
    [
        ("text/turtle", "turtle"),
        ("application/ld+json", "jsonld"),
        ("APPLICATION/RDF+XML", "rdfxml"),
        ("ntriples", "nt"),
        (".owl", "rdfxml"),
        ("text/n3; charset=utf-8", "n3"),
        ('application/n-quads; version="1.2"', "nq12"),
    ],
)
def test_a_syntax_goes_by_its_names(name: str, syntax: str) -> None:
    assert named(name).name == syntax


def test_the_format_beats_the_ending() -> None:
    assert chosen("nt", "a.ttl").name == "nt"


@pytest.mark.quick
def test_gz_compresses_and_says_neither_when_nor_where(tmp_path: Path) -> None:
    source = tmp_path / "a.ttl"
    source.write_text("<http://e/a> <http://e/p> 007 .")
    for name in ("one.nt.gz", "two.nt.gz"):
        assert main(["export", "--data", str(source), "-o", str(tmp_path / name)]) == 0
    one = (tmp_path / "one.nt.gz").read_bytes()
    assert one == (tmp_path / "two.nt.gz").read_bytes()
    assert (one[3], one[4:8]) == (0, bytes(4))  # no name, no time (RFC 1952, section 2.3)
    assert gzip.decompress(one) == f'<http://e/a> <http://e/p> "007"^^<{XSD}integer> .\n'.encode()
    assert main(["export", "--data", str(tmp_path / "one.nt.gz"), "-o", str(tmp_path / "b.ttl")]) == 0
    assert b'"007"^^' in (tmp_path / "b.ttl").read_bytes()


# Faithful


@pytest.mark.parametrize("format", PLAIN)
@pytest.mark.parametrize("source", ["turtle", "nq", "rdfxml", "jsonld"])
def test_language_tags_keep_their_case(format: str, source: str, tmp_path: Path) -> None:
    first = tmp_path / "a.ttl"
    first.write_text('<http://e/a> <http://e/p> "colour"@en-GB , "x"@zh-Hant , "y"@en .')
    second = tmp_path / f"b.{named(source).endings[0]}"
    second.write_bytes(_export(read([str(first)]), source))
    text = _export(read([str(second)]), format).decode()
    assert "en-GB" in text
    assert "zh-Hant" in text
    assert "en-gb" not in text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.ttl", '<http://e/a> <http://e/p> "x" @de-1996-x-AB .'),
        ("a.nt", '<http://e/a> <http://e/p> "x"@de-1996-x-AB .\n'),
        ("a.ttl", "<http://e/a> <http://e/p> 'x'@de-1996-x-AB ."),
        ("a.jsonld", '{"@id": "http://e/a", "http://e/p": {"@value": "x", "@language": "de-1996-x-AB"}}'),
        (
            "a.jsonld",
            '{"@context": {"p": {"@id": "http://e/p", "@container": "@language"}}, "@id": "http://e/a", '
            '"p": {"de-1996-x-AB": "x"}}',
        ),
        (
            "a.rdf",
            '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/">'
            '<rdf:Description rdf:about="http://e/a"><e:p xml:lang="de-1996-x-AB">x</e:p></rdf:Description></rdf:RDF>',
        ),
    ],
)
def test_a_language_tag_is_found_wherever_a_syntax_puts_it(name: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(text)
    assert main(["export", "--data", str(path), "-o", str(tmp_path / "out.nt")]) == 0
    assert (tmp_path / "out.nt").read_text() == '<http://e/a> <http://e/p> "x"@de-1996-x-AB .\n'


def test_prefixes_of_rdf_xml_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.rdf"
    path.write_bytes(
        _export(Content(_quads("<http://e/a&b/c> <http://e/a&b/p> 1 ."), {"e": "http://e/a&b/"}), "rdfxml")
    )
    assert _export(read([str(path)]), "turtle").startswith(b"@prefix e: <http://e/a&b/> .\n\ne:c\n")


ODD_LITERALS = """\
@prefix ex: <http://example.org/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

ex:a
    ex:p "x"@en-GB ;
    ex:q "1"^^xsd:boolean ;
    ex:q "2020-01-01+00:00"^^xsd:date ;
    ex:q "2020-01-01T24:00:00+14:00"^^xsd:dateTime ;
    ex:q 1.0 ;
    ex:q "1E3"^^xsd:double ;
    ex:q "P1Y13M"^^xsd:duration ;
    ex:q "5"^^xsd:int ;
    ex:q "01"^^xsd:integer ;
    ex:q "12:00:00-00:00"^^xsd:time ;
    ex:q "24:00:00"^^xsd:time .
"""


def test_added_data_come_out_as_they_are_written(tmp_path: Path) -> None:
    source, query, out = tmp_path / "a.ttl", tmp_path / "q.rq", tmp_path / "out.ttl"
    source.write_text(ODD_LITERALS)
    kg = wcograph.load(data=str(source), only_data=True)
    kg.export(str(out))
    assert out.read_text() == ODD_LITERALS
    for target in (kg, wcograph.load(data=str(source))):
        query.write_text("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o FILTER(?s = <http://example.org/a>) }")
        target.export(str(out), query=str(query))
        assert out.read_text() == ODD_LITERALS
    assert main(["export", "--data", str(source), "--query", str(query), "-o", str(out)]) == 0
    assert out.read_text() == ODD_LITERALS
    wcograph.load(data=str(source)).export(str(out))
    assert ODD_LITERALS.partition("\n\n")[2] in out.read_text()


def test_blank_nodes_of_two_files_are_two_nodes_in_any_order_of_the_files(tmp_path: Path) -> None:
    names = [str(tmp_path / name) for name in ("a.ttl", "b.nt")]
    Path(names[0]).write_text("_:x <http://e/p> _:x .")
    Path(names[1]).write_text('_:x <http://e/p> "1" .\n')
    content = read(names)
    assert len({quad.subject for quad in content.quads}) == 2
    for format in ("turtle", "nq"):
        assert _export(content, format) == _export(read(names[::-1]), format)
        for order in (names, names[::-1]):
            assert main(["export", "--data", *order, "-f", format, "-o", str(tmp_path / "out")]) == 0
            assert (tmp_path / "out").read_bytes() == _export(content, format)


@pytest.mark.parametrize("format", ["nt", "nq"])
def test_the_fast_way_to_n_quads_gives_what_the_other_way_gives(format: str, tmp_path: Path) -> None:
    source = tmp_path / "a.trig"
    source.write_text(ODD + 'ex:a ex:p "a _:b" , "a _:b" .')
    assert main(["export", "--data", str(source), "-f", format, "-o", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out").read_bytes() == _export(read([str(source)]), format)


@pytest.mark.parametrize("format", ["turtle", "nt", "nq"])
def test_a_triple_of_two_files_is_written_once_and_prefixes_do_not_depend_on_their_order(
    format: str, tmp_path: Path
) -> None:
    names = [str(tmp_path / name) for name in ("a.ttl", "b.ttl")]
    for name, other in zip(names, ("http://e/", "http://f/"), strict=True):
        Path(name).write_text(f"@prefix e: <{other}> . <http://e/a> <http://e/p> <http://f/b> , e:own .")
    texts_ = set()
    for order in (names, names[::-1]):
        assert main(["export", "--data", *order, "-f", format, "-o", str(tmp_path / "out")]) == 0
        texts_.add((tmp_path / "out").read_bytes())
    (text,) = texts_
    assert len(_parsed(text, format)) == 3
    if format != "turtle":
        assert text.count(b"\n") == 3


def test_what_a_query_takes_over_from_data_stays_as_written(tmp_path: Path) -> None:
    data, query = tmp_path / "a.ttl", tmp_path / "q.rq"
    data.write_text("<http://e/a> <http://e/p> 007 , 7.0 , 8.50 ; <http://e/q> 8.5 .")
    query.write_text("CONSTRUCT { ?s ?p ?o . ?s <http://e/sum> ?n } WHERE { ?s ?p ?o BIND(?o + 1 AS ?n) }")
    out = tmp_path / "o.nt"
    assert main(["export", "--data", str(data), "--query", str(query), "-o", str(out)]) == 0
    text = out.read_text()
    for lexical in ('"007"^^', '"7.0"^^', '"8.50"^^', '"8.5"^^', '"8"^^'):
        assert lexical in text


@pytest.mark.quick
def test_rdf_xml_refuses_what_it_cannot_hold() -> None:
    for text, message in (
        ("<http://e/a> <http://e/1> 1 .", "no way to write the predicate <http://e/1>"),
        ("<http://e/a> <http://www.w3.org/1999/02/22-rdf-syntax-ns#li> 1 .", "no way to write"),
        ('<http://e/a> <http://e/p> "\\u0001" .', "cannot contain the character U[+]0001"),
    ):
        with pytest.raises(UsageError, match=message):
            _export(Content(_quads(text)), "rdfxml")


# RDF 1.2


def test_claims_are_reifiers_with_their_own_iris_in_rdf_12(kg: wcograph.KnowledgeGraph) -> None:
    wco = layout.PREFIXES["wco"]
    stream = io.BytesIO()
    stream.write("".join(texts(Content(with_reifiers(kg.quads())), "turtle12")).encode())
    found = {
        q.subject.value: q.object
        for q in _parsed(stream.getvalue(), "turtle12")
        if isinstance(q.object, ox.Triple)
    }
    claims = kg.sparql(
        f"SELECT ?c ?s ?p ?v {{ ?c <{wco}aboutSubject> ?s ; <{wco}aboutProperty> ?p ;"
        f" <{wco}literalValue>|<{wco}resourceValue> ?v }}"
    )
    expected = {c.value: ox.Triple(s, p, v) for c, s, p, v in claims}  # type: ignore[union-attr]
    assert found == expected
    assert len(found) > 50


def test_what_is_no_claim_of_one_value_reifies_nothing() -> None:
    wco = layout.PREFIXES["wco"]
    about = f"<http://e/c> <{wco}aboutSubject> <http://e/s> ; <{wco}aboutProperty> <http://e/p> "
    for rest, count in (
        (f"; <{wco}literalValue> 1 .", 1),
        (f"; <{wco}literalValue> 1 , 2 .", 0),
        (f"; <{wco}literalValue> 1 ; <{wco}resourceValue> <http://e/o> .", 0),
        (f"; <{wco}aboutSubject> <http://e/t> ; <{wco}literalValue> 1 .", 0),
        (".", 0),
    ):
        quads = _quads(about + rest)
        assert len(with_reifiers(quads)) == len(quads) + count, rest


RDF_12 = """\
VERSION "1.2"
PREFIX : <http://e/>
:s :p :o ~ :r {| :q 1 |} , :o3 ~ {| :x :y |} .
<< :a :b :c ~ :r2 >> :d "x"@en--ltr .
:z :q <<( :a :b <<( :c :d _:e )>> )>> .
"""


@pytest.mark.parametrize("format", ["turtle12", "trig12", "nt12", "nq12"])
def test_every_way_of_rdf_12_to_write_reifiers_is_read_and_comes_back(format: str, tmp_path: Path) -> None:
    source = tmp_path / "a.ttl"
    source.write_text(RDF_12)
    content = read([str(source)])
    assert len(content.quads) == 9
    written = _export(content, format)
    assert same_graph(_parsed(written, format), content.quads)
    assert written.startswith(b'@version "1.2" .\n') == (format in ("turtle12", "trig12"))
    assert b"<<( <http://e/a> <http://e/b> <<( <http://e/c>" in written.replace(
        b":a :b", b"<http://e/a> <http://e/b>"
    ).replace(b":c ", b"<http://e/c> ")


def test_every_rdf_12_syntax_holds_triple_terms_and_no_other_does() -> None:
    quads = _quads(
        '<http://e/r> <http://e/p> <<( <http://e/s> <http://e/p> _:b )>> , "x"@en--ltr . _:b <http://e/p> _:c .'
    )
    for syntax in SYNTAXES:
        if syntax.version == "1.2":
            assert same_graph(_parsed(_export(Content(quads), syntax.name), syntax.name), quads)
        else:
            with pytest.raises(UsageError, match=r"RDF 1\.2"):
                _export(Content(quads), syntax.name)


def test_a_converter_adds_no_reifiers(tmp_path: Path) -> None:
    source = tmp_path / "claims.nq"
    assert main(["export", "--graph", "claims", "-o", str(source)]) == 0
    assert main(["export", "--data", str(source), "-f", "nq12", "-o", str(tmp_path / "b.nq")]) == 0
    assert (tmp_path / "b.nq").read_bytes() == source.read_bytes()


# JSON-LD


@pytest.mark.quick
def test_the_published_context_is_what_the_ontology_says(kg: wcograph.KnowledgeGraph) -> None:
    made = renewed(kg.quads(["ontology"]), published())
    assert published() == made, "wcograph export --jsonld-context -o ontology/context.jsonld"


def test_keys_keep_their_meaning_when_terms_are_added(kg: wcograph.KnowledgeGraph) -> None:
    before = published()
    declared = "".join(
        f"<{iri}> a <http://www.w3.org/2002/07/owl#{kind}> ."
        for iri, kind in (
            (
                layout.PREFIXES["wco"] + "title",
                "DatatypeProperty",
            ),  # of wcograph's own, so that it would go first
            (layout.PREFIXES["wco"] + "member", "ObjectProperty"),
            ("http://purl.org/dc/terms/startDate", "DatatypeProperty"),  # before schema: by its IRI
            (layout.PREFIXES["wco"] + "aNewTerm", "Class"),
            ("http://purl.org/dc/terms/abstract", "DatatypeProperty"),
        )
    )
    after = renewed([*kg.quads(["ontology"]), *_quads(declared)], before)
    assert {key: after[key] for key in before} == before
    assert {key: after[key] for key in after.keys() - before.keys()} == {
        "aNewTerm": "wco:aNewTerm",
        "abstract": "dcterms:abstract",
    }
    gone = [q for q in kg.quads(["ontology"]) if "https://schema.org/startDate" not in str(q.subject)]
    assert renewed([*gone, *_quads(declared)], before)["startDate"] == "dcterms:startDate"


def test_member_is_said_of_memberships_and_collections_have_their_prefix() -> None:
    assert published()["member"] == {"@id": "org:member", "@type": "@id"}
    quads = _quads(
        "<http://e/m> <http://www.w3.org/ns/org#member> <http://e/s> ."
        "<http://e/c> <http://www.w3.org/2004/02/skos/core#member> <http://e/s> ."
    )
    nodes = _compacted(prepared(Content(quads), named("jsonld")))["@graph"]
    assert [sorted(node.keys() - {"id"}) for node in nodes] == [["skos:member"], ["member"]]


def test_keys_are_words(kg: wcograph.KnowledgeGraph) -> None:
    document = _compacted(prepared(Content(list(kg.quads())), named("jsonld")))
    keys = {key for graph in document["@graph"] for node in graph["@graph"] for key in node}
    ours = {key for key in keys if key.startswith(("wco:", "https://w3id.org/wcograph"))}
    assert ours == set()
    assert {"type", "id", "prefLabel", "aboutSubject"} <= keys


def test_a_frame_shapes_the_document(kg: wcograph.KnowledgeGraph) -> None:
    document = _compacted(prepared(Content(list(kg.quads(["claims", "sources"]))).union(), named("jsonld")))
    shaped = framed(
        document,
        {"@context": layout.CONTEXT_IRI, "type": "Claim", "wasQuotedFrom": {"@embed": "@always"}},
        contexts={layout.CONTEXT_IRI: published()},
    )
    claim = next(node for node in shaped["@graph"] if node["id"] == "wcocl:wco-founding-date-customs-comoros")
    assert claim["wasQuotedFrom"]["type"] == "Entity"


@pytest.mark.quick
def test_a_frame_is_taken_down_to_the_depth_that_pyld_can_follow() -> None:
    document: dict[str, object] = {"@context": {"a": "http://e/a"}, "@graph": [{"a": "1"}]}
    frame: dict[str, object] = {}
    for _ in range(99):
        frame = {"a": frame}
    assert framed(document, frame)
    with pytest.raises(InputError, match="nested deeper than 100"):
        framed(document, {"a": [frame]})


def test_a_frame_reaches_over_no_network(kg: wcograph.KnowledgeGraph) -> None:
    document = _compacted(prepared(Content(list(kg.quads(["claims"]))), named("jsonld")))
    with pytest.raises(InputError, match="would be fetched"):
        framed(document, {"@context": "https://example.org/context"})


# Manifests


def test_a_manifest_is_verified_and_finds_each_kind_of_change(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    manifest = str(tmp_path / "manifest.json")
    outputs = [str(tmp_path / name) for name in ("a.ttl", "a.nq.gz", "a.jsonld")]
    options = [option for path in outputs for option in ("-o", path)]
    assert main(["export", "--graph", "claims", *options, "--manifest", manifest]) == 0
    assert main(["export", "--verify", manifest]) == 0
    assert capfd.readouterr().out.count(": ok\n") == 3
    entries = json.loads(Path(manifest).read_text())["files"]
    assert entries[1]["rdfc10"] == entries[2]["rdfc10"] != entries[0]["rdfc10"]

    whole = Path(outputs[0]).read_bytes()
    Path(outputs[0]).write_bytes(whole.replace(b"wco:Claim", b"wco:Clain", 1))
    assert main(["export", "--verify", manifest]) == 1
    assert "a.ttl: has the SHA-256" in capfd.readouterr().out
    Path(outputs[0]).write_bytes(whole + b"\n")
    assert main(["export", "--verify", manifest]) == 1
    assert "bytes, the manifest says" in capfd.readouterr().out
    Path(outputs[0]).unlink()
    assert main(["export", "--verify", manifest]) == 1
    assert "a.ttl: cannot be read" in capfd.readouterr().out
    Path(outputs[0]).write_bytes(whole)
    text = Path(manifest).read_text()
    for key, message in (("quads", "quads, the manifest says"), ("rdfc10", "has another dataset hash")):
        Path(manifest).write_text(text.replace(f'"{key}": ', f'"{key}": 1, "_": ', 1))
        assert main(["export", "--verify", manifest]) == 1
        assert message in capfd.readouterr().out
    Path(manifest).write_text("{}")
    assert main(["export", "--verify", manifest]) == 3


# What goes wrong


def _fails(capfd: pytest.CaptureFixture[str], status: int, *arguments: str) -> str:
    assert main(["export", *arguments]) == status
    out, err = capfd.readouterr()
    assert out == ""
    assert err.count("\n") == 1, err
    return err


def test_every_wrong_call_is_one_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "bad.ttl"
    bad.write_text("<http://e/a> <http://e/p> .\n")
    assert "bad.ttl:1:27" in _fails(capfd, 3, "--data", str(bad))
    cut = tmp_path / "cut.nt.gz"
    cut.write_bytes(gzip.compress(b"<http://e/a> <http://e/p> 1 .")[:-4])
    assert "cannot be unpacked" in _fails(capfd, 3, "--data", str(cut))
    assert "a.docx: no such file" in _fails(capfd, 3, "--data", str(tmp_path / "a.docx"))
    (tmp_path / "a.docx").write_text("")
    assert "unknown file type '.docx'" in _fails(capfd, 3, "--data", str(tmp_path / "a.docx"))
    assert "returns no RDF" in _fails(capfd, 2, "--query", "bodies")
    assert "no stored query" in _fails(capfd, 2, "--query", "bodeis")
    assert "do not go together" in _fails(capfd, 2, "--query", "members", "--graph", "data")
    assert "--manifest describes files" in _fails(capfd, 2, "--manifest", "m.json")
    assert "is for JSON-LD" in _fails(capfd, 2, "--frame", str(bad), "-f", "nt")
    assert "same file" in _fails(capfd, 2, "-o", "a.ttl", "-o", "./a.ttl")
    assert "cannot be written" in _fails(capfd, 3, "-o", str(tmp_path / "no" / "a.ttl"))
    assert "cannot be written" in _fails(capfd, 3, "-o", "/dev/full", "-f", "nt")


@pytest.mark.quick
def test_a_failed_export_leaves_the_old_file(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    source, target = tmp_path / "a.ttl", tmp_path / "a.rdf"
    source.write_text("<http://e/a> <http://e/1> 1 .")
    target.write_text("old")
    _fails(capfd, 2, "--data", str(source), "-o", str(target))
    assert target.read_text() == "old"
    assert sorted(os.listdir(tmp_path)) == ["a.rdf", "a.ttl"]


def test_an_export_killed_while_it_writes_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "a.nt"
    target.write_text("old")
    code = (
        "import os, signal\nfrom wcograph.exports.export import save\n"
        "def parts():\n    yield 'x' * 10**6\n    os.kill(os.getpid(), signal.SIGKILL)\n"
        f"save(parts(), {str(target)!r})"
    )
    done = subprocess.run([sys.executable, "-c", code])
    assert done.returncode == -signal.SIGKILL
    assert target.read_text() == "old"


def test_a_full_disk_and_a_closed_pipe(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "wcograph", "export", "-f", "nt"]
    with open("/dev/full", "wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr.count("\n")) == (3, 1)
    piped = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert piped.stdout and piped.stderr
    piped.stdout.read(10)
    piped.stdout.close()
    assert piped.stderr.read() == b""
    assert piped.wait() == 0
    done = subprocess.run(
        f"{sys.executable} -m wcograph export -f nt >&-", shell=True, stderr=subprocess.PIPE, text=True
    )
    assert done.returncode == 3
    assert done.stderr.startswith("wcograph: standard output is closed; ")


@pytest.mark.parametrize("format", ["turtle", "trig", "nt", "nq", "rdfxml", "jsonld", "n3", "nq12"])
def test_nothing_is_a_graph_too(format: str, tmp_path: Path) -> None:
    names = [str(tmp_path / name) for name in ("a.ttl", "b.nq")]
    Path(names[0]).write_text("# nothing\n")
    Path(names[1]).write_text("")
    assert main(["export", "--data", *names, "-f", format, "-o", str(tmp_path / "out")]) == 0
    assert _parsed((tmp_path / "out").read_bytes(), format) == []


@pytest.mark.parametrize("format", ["turtle", "nq"])
def test_a_directory_is_the_files_in_it_and_each_counts_once(format: str, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.ttl").write_text("[] <http://e/p> 1 .")
    (folder / "b.nt").write_text("<http://e/a> <http://e/p> _:x .\n")
    (folder / "readme.md").write_text("no RDF")
    call = ["--data", str(folder), str(folder / "a.ttl"), f"{folder}/../in/a.ttl"]
    assert main(["export", *call, "-f", format, "-o", str(tmp_path / "out")]) == 0
    assert len(_parsed((tmp_path / "out").read_bytes(), format)) == 2


def test_a_file_is_converted_in_its_own_place(tmp_path: Path) -> None:
    path = tmp_path / "a.ttl"
    path.write_text("<http://e/b> <http://e/p> 1 . <http://e/a> <http://e/p> 1 .")
    assert main(["export", "--data", str(path), "-o", str(path)]) == 0
    assert path.read_text().startswith("<http://e/a>\n")
    (tmp_path / "link.ttl").symlink_to(path)
    assert main(["export", "--data", str(path), "-o", str(tmp_path / "link.ttl")]) == 0
    assert (tmp_path / "link.ttl").is_symlink()


def test_an_output_is_the_name_of_a_file(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "a.ttl").write_text("")
    data = str(tmp_path / "a.ttl")
    for name in ("folder", "folder/", "new/", "a.ttl/"):
        assert "director" in _fails(capfd, 3, "--data", data, "-f", "nt", "-o", f"{tmp_path}/{name}")
    assert "is empty" in _fails(capfd, 2, "--data", data, "-f", "nt", "-o", "")
    assert sorted(os.listdir(tmp_path)) == ["a.ttl", "folder"]
    for option in ("--manifest", "--describe"):
        assert "same file" in _fails(capfd, 2, "-o", f"{tmp_path}/x.ttl", option, f"{tmp_path}/x.ttl")
    assert "takes no other options" in _fails(capfd, 2, "--verify", "m.json", "--jsonld-context")
    assert "with -o only" in _fails(capfd, 2, "--jsonld-context", "--graph", "data")


def test_the_base_is_an_absolute_iri(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.ttl"
    path.write_text("<x> <../p> <> .")
    assert "must be an absolute IRI" in _fails(capfd, 2, "--data", str(path), "--base", "x/y", "-f", "nt")
    call = ["export", "--data", str(path), "--base", "http://e/1/2/3", "-f", "nt"]
    assert main(call) == 0
    assert capfd.readouterr().out == "<http://e/1/2/x> <http://e/1/p> <http://e/1/2/3> .\n"
    done = subprocess.run(
        [sys.executable, "-m", "wcograph", "export", "--data", "-", "--from", "ttl", "-f", "nt"],
        input=path.read_text(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 3
    assert "name the base of relative IRIs with --base" in done.stderr


def test_a_literal_too_long_for_the_parser_is_a_limit(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.nt"
    path.write_text(f'<http://e/a> <http://e/p> "{"x" * 17_000_000}" .\n')
    for format in ("turtle", "nt"):
        assert "longer than 16 MiB" in _fails(capfd, 4, "--data", str(path), "-f", format)


@pytest.mark.quick
@pytest.mark.parametrize(
    "frame",
    [
        "{bad",
        "[1]",
        '{"@context": "http://example.org/c"}',
        '{"@context": {"@import": "http://example.org/c"}}',
        '{"@context": ["file:///etc/passwd"]}',
        '{"type": "Claim", "@embed": "@nonsense"}',
        '{"type": "Concept", "@explicit": true, "prefLabel": {}}',
        '{"a":' * 3000 + "1" + "}" * 3000,
    ],
)
def test_a_wrong_frame_is_named_in_one_line(
    frame: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "f.json"
    path.write_text(frame)
    message = _fails(capfd, 3, "-f", "jsonld", "--graph", "vocabulary", "--frame", str(path))
    assert message.startswith(f"wcograph: {path}:")


@pytest.mark.parametrize("text", ["nope", "[]", '{"files": 3}', '{"files": []}', "[" * 200_000])
def test_what_is_no_manifest_is_said_so(text: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "m.json"
    path.write_text(text)
    assert f"{path}: " in _fails(capfd, 3, "--verify", str(path))


def test_a_manifest_that_names_a_device_is_not_read_without_end(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "m.json"
    path.write_text('{"files": [{"path": "/dev/zero", "bytes": 1, "sha256": "x"}]}')
    assert main(["export", "--verify", str(path)]) == 1
    assert capfd.readouterr().out == "/dev/zero: is not a file\n"
