"""wcograph fmt: the house form, nothing lost on the way to it, and files left whole whatever happens."""

import importlib.util
import io
import os
import random
import re
import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from pyoxigraph import RdfFormat

from conftest import W3C_SHACL
from turtle_documents import documents
from wcograph.cli import main
from wcograph.layout import PROFILE
from wcograph.toolbox.errors import InputError
from wcograph.toolbox.rdf import fmt, style
from wcograph.toolbox.rdf.canonical import same_graph
from wcograph.toolbox.rdf.fmt import BASE, format_document
from wcograph.toolbox.rdf.profile import Profile
from wcograph.toolbox.rdf.turtle import SYNTAXES, Document, decode_document, parse_document, syntax_of, tokens

EXAMPLES = int(os.environ.get("WCOGRAPH_EXAMPLES", "300"))
ROOT = Path(__file__).parents[1]
PREFIX = "@prefix : <http://example.org/> .\n"
LAYOUT = {"comment", "punctuation", "directive"}


def read_document(file):
    return decode_document(file.read_bytes(), file=str(file), syntax=syntax_of(str(file)), base=file.as_uri())


def form(text, syntax=RdfFormat.TURTLE):
    """The house form, which is its own house form."""
    result = format_document(Document(text, "a.ttl", syntax))
    assert format_document(Document(result, "a.ttl", syntax)) == result
    return result


def body(text, syntax=RdfFormat.TURTLE):
    """The house form of statements, without the prefix that they use."""
    result = form(PREFIX + "\n" + text, syntax)
    assert result.startswith(PREFIX + "\n")
    return result.removeprefix(PREFIX + "\n")


def comments(text):
    return Counter(token.text for token in tokens(text) if token.kind == "comment")


def spellings(text):
    return {token.text for token in tokens(text) if token.kind not in LAYOUT}


def assert_nothing_lost(document):
    """Format a document. False where it is refused, which takes a separated comment."""
    try:
        result = format_document(document)
    except InputError as error:
        assert "a blank line separates" in str(error)
        offset = sum(
            len(line) for line in re.split(r"(?<=\n)|(?<=\r)(?!\n)", document.text)[: error.line - 1]
        )
        assert document.text[offset + error.column - 1] == "#"
        return False
    base = Document(document.text, document.file, document.syntax, BASE)
    after = Document(result, document.file, document.syntax, BASE)
    assert same_graph(parse_document(base), parse_document(after), seconds=60)
    assert comments(result) == comments(document.text)
    assert spellings(result) == spellings(document.text)
    assert format_document(after) == result
    assert result == "" or (result.endswith("\n") and not result.endswith("\n\n"))
    return True


@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
@given(documents())
def test_no_graph_is_altered_no_comment_lost_and_a_second_run_changes_nothing(drawn):
    text, syntax = drawn
    document = Document(text, "a", syntax)
    try:
        parse_document(Document(text, "a", syntax, BASE))
    except InputError:
        with pytest.raises(InputError):
            format_document(document)
        return
    assert_nothing_lost(document)


def test_real_files_are_formatted_without_loss():
    files = sorted(W3C_SHACL.rglob("*.ttl"))
    for package in ("pyshacl", "rdflib"):
        for folder in importlib.util.find_spec(package).submodule_search_locations or []:
            files += sorted(Path(folder).rglob("*.ttl"))
    if not files:
        pytest.skip("no Turtle of others is at hand")
    for file in files:
        assert_nothing_lost(read_document(file))


def project_files():
    return [
        file
        for folder in ("ontology", "data")
        for file in sorted((ROOT / folder).rglob("*"))
        if file.suffix in SYNTAXES
    ]


def test_all_turtle_of_the_project_is_in_the_house_form():
    for file in project_files():
        text = file.read_bytes().decode()
        assert format_document(read_document(file), PROFILE) == text, (
            f"run: wcograph fmt {file.relative_to(ROOT)}"
        )


@pytest.mark.quick
def test_the_example_of_the_guide_is_in_the_house_form():
    guide = (ROOT / "docs" / "fmt.md").read_text(encoding="utf-8")
    examples = re.findall(r"```turtle\n(.*?)```", guide, re.DOTALL)
    assert examples
    for example in examples:
        assert form(example) == example


# The form


def test_prefixes_are_sorted_and_written_in_one_way():
    text = "PREFIX b: <http://b.example/>\nprefix : <http://e.example/> @prefix a: <http://a.example/>.\n"
    assert form(text) == (
        "@prefix : <http://e.example/> .\n"
        "@prefix a: <http://a.example/> .\n"
        "@prefix b: <http://b.example/> .\n"
    )


def test_a_prefix_said_twice_is_said_once_and_one_that_is_not_used_stays():
    assert form(PREFIX + PREFIX + "@prefix unused: <http://u.example/> .") == (
        PREFIX + "@prefix unused: <http://u.example/> .\n"
    )


def test_a_late_prefix_goes_to_the_top_unless_it_changes_a_meaning():
    late = ":a :p :b .\n@prefix x: <http://x.example/> .\nx:a x:p x:b ."
    assert form(PREFIX + late).startswith(PREFIX + "@prefix x: <http://x.example/> .\n\n:a\n")
    changing = ":b :p 1 .\n@prefix : <http://other.example/> .\n:a :p 1 ."
    assert body(changing) == ":b\n    :p 1 .\n\n@prefix : <http://other.example/> .\n\n:a\n    :p 1 .\n"


def test_statements_never_move_over_a_base():
    text = "<b> <p> <c> .\n@base <http://x.example/> .\n<a> <p> <c> .\n"
    assert form(text) == "<b>\n    <p> <c> .\n\n@base <http://x.example/> .\n\n<a>\n    <p> <c> .\n"
    assert form(PREFIX + "@base <http://x.example/> .") == "@base <http://x.example/> .\n" + PREFIX


def test_a_prefix_that_is_bound_anew_behind_a_base_stays_behind_what_used_the_old_one():
    text = (
        PREFIX
        + ":a :p 1 .\n@base <http://b.example/> .\n:b :p 1 .\n@prefix : <http://c.example/> .\n:c :p 1 ."
    )
    assert re.findall(r"^:.", form(text), re.MULTILINE) == [":a", ":b", ":c"]
    directives = [line for line in form(text).splitlines() if line.startswith("@")]
    assert directives == [PREFIX.strip(), "@base <http://b.example/> .", "@prefix : <http://c.example/> ."]


def test_what_begins_a_part_stays_at_its_start():
    text = (
        "@prefix z: <rel#> .\n@base <http://b.example/> .\nz:a z:p 1 .\n@prefix a: <a:> .\n@version '1.2' .\n"
    )
    assert form(text) == (
        "@prefix z: <rel#> .\n\n@base <http://b.example/> .\n@version '1.2' .\n@prefix a: <a:> .\n\n"
        "z:a\n    z:p 1 .\n"
    )


def test_type_comes_first_then_names_then_the_rest_by_iri_and_sources_last():
    text = (
        "PREFIX dcterms: <http://purl.org/dc/terms/> PREFIX skos: <http://www.w3.org/2004/02/skos/core#>"
        "PREFIX z: <http://a.example/>"
        ":a dcterms:source :s ; :z 1 ; z:y 2 ; skos:definition 'd' ; skos:altLabel 'x' ;"
        "skos:prefLabel 'l' ; a :B ."
    )
    lines = form(PREFIX + text).splitlines()
    assert lines[lines.index(":a") + 1 :] == [
        "    a :B ;",
        "    skos:prefLabel 'l' ;",
        "    skos:altLabel 'x' ;",
        "    skos:definition 'd' ;",
        "    z:y 2 ;",
        "    :z 1 ;",
        "    dcterms:source :s .",
    ]


def test_objects_stand_one_a_line_sorted_with_the_predicate_repeated():
    text = ":a :p 10, 9, 'b', 'a'@fr, 'c'@en-GB, 'z'@EN, 'd'@de, :o, <http://example.org/n>, _:x, [], ( 1 ) ."
    assert body(text) == (
        ":a\n"
        "    :p <http://example.org/n> ;\n"
        "    :p :o ;\n"
        "    :p 9 ;\n"
        "    :p 10 ;\n"
        "    :p 'b' ;\n"
        "    :p 'd'@de ;\n"
        "    :p 'z'@EN ;\n"
        "    :p 'c'@en-GB ;\n"
        "    :p 'a'@fr ;\n"
        "    :p _:x ;\n"
        "    :p [] ;\n"
        "    :p ( 1 ) .\n"
    )


def test_subjects_are_sorted_by_iri_and_blank_nodes_stay_as_they_are_behind_them():
    text = "[] :p 1 . _:b :p 1 . :b :p 1 . _:a :p 1 . <http://example.org/a> :p 1 ."
    assert re.findall(r"^\S+", body(text), re.MULTILINE) == [
        "<http://example.org/a>",
        ":b",
        "[]",
        "_:b",
        "_:a",
    ]


HEADS = PREFIX + (
    "@prefix owl: <http://www.w3.org/2002/07/owl#> .\n"
    "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"
    "@prefix void: <http://rdfs.org/ns/void#> .\n\n"
)


def test_what_a_file_is_about_comes_first_in_its_section():
    text = (
        ":a :p 1 . :z :q 2 . :z a :B, owl:Ontology . :y a skos:ConceptScheme . _:d a void:Dataset .\n\n"
        "# Next\n\n:b :p 1 . [] a <http://www.w3.org/2002/07/owl#Ontology> . [ a owl:Ontology ; :p 2 ] . :z :p 3 ."
    )
    result = form(HEADS + text).removeprefix(HEADS)
    assert re.findall(r"^\S+", result, re.MULTILINE) == [
        ":y", ":z", ":z", "_:d", ":a", "#", "[]", "[", "]", ":b", ":z",
    ]  # fmt: skip


def test_what_a_graph_is_about_comes_first_in_it():
    result = form(HEADS + ":a :p 1 . :z a owl:Ontology . :g { :a :p 1 . :z a void:Dataset }", RdfFormat.TRIG)
    assert result.removeprefix(HEADS) == (
        ":z\n    a owl:Ontology .\n\n:a\n    :p 1 .\n\n"
        ":g {\n    :z\n        a void:Dataset .\n\n    :a\n        :p 1 .\n}\n"
    )


def test_a_profile_decides_on_the_order():
    profile = Profile(first_predicates=["http://example.org/q"])
    text = HEADS + "\n:a :p 1 ; a :B ; :q 2 . :z a owl:Ontology ."
    lines = format_document(Document(text), profile).removeprefix(HEADS).splitlines()
    assert lines == [":z", "    a owl:Ontology .", "", ":a", "    :q 2 ;", "    :p 1 ;", "    a :B ."]


def test_relative_iris_are_sorted_alike_wherever_the_file_is(tmp_path):
    for folder in ("a", "z/y"):
        file = tmp_path / folder / "x.ttl"
        file.parent.mkdir(parents=True)
        file.write_text("<http://a.example/> <http://p.example/> <../b> .\n<> <p:p> <#c> .\n")
        assert main(["fmt", str(file)]) == 0
    assert (tmp_path / "a/x.ttl").read_text() == (tmp_path / "z/y/x.ttl").read_text()


def test_spelling_stays():
    terms = [
        "01.50",
        "+1",
        "1E3",
        "'x'",
        '"""x"""',
        "'\\u00e9'@en-GB",
        "'x'^^<rel>",
        ":a\\-b",
        "<caf\\u00E9>",
        "true",
    ]
    text = body(f":a :p {', '.join(terms)} .")
    for term in terms:
        assert f"    :p {term} " in text


def test_a_blank_node_with_one_property_stays_on_its_line_and_one_with_more_does_not():
    text = ":a :p [ :q 1 ], [ :q 1 ; :r 2 ], [ :q [ :r 1 ; :s 2 ] ] ."
    assert body(text) == (
        ":a\n"
        "    :p [ :q 1 ] ;\n"
        "    :p [\n"
        "        :q 1 ;\n"
        "        :r 2 ;\n"
        "    ] ;\n"
        "    :p [ :q [ :r 1 ; :s 2 ] ] .\n"
    )


def test_a_collection_stays_on_its_line_while_it_fits():
    assert body(":a :p ( 1 :b 'c' () ) .") == ":a\n    :p ( 1 :b 'c' () ) .\n"
    assert body(":a :p ( [ :q 1 ] [ :q 2 ] ) .") == (
        ":a\n    :p (\n        [ :q 1 ]\n        [ :q 2 ]\n    ) .\n"
    )
    fitting = " ".join(["123456789"] * 9) + " 1234567"  # with what stands around it, 110 characters
    long = body(f":a :p ( {fitting} ) ; :q ( {fitting} 1 ) .")
    assert f"    :p ( {fitting} ) ;\n" in long
    assert "    :q (\n        123456789\n" in long
    assert max(map(len, long.splitlines())) == style.WIDTH


def test_text_of_several_lines_is_never_moved():
    text = ':a :q [ :p """one\n  two\r\n\tthree""" ] .'
    assert body(text) == ':a\n    :q [\n        :p """one\n  two\r\n\tthree""" ;\n    ] .\n'


@pytest.mark.quick
def test_trig_keeps_graphs_apart_and_sorts_them():
    text = ":h { :b :p 1 . :a :p 1 } GRAPH :g {} :s :p :o . { :d :p 1 }"
    assert body(text, RdfFormat.TRIG) == (
        ":s\n    :p :o .\n\n"
        "{\n    :d\n        :p 1 .\n}\n\n"
        "GRAPH :g {}\n\n"
        ":h {\n    :a\n        :p 1 .\n\n    :b\n        :p 1 .\n}\n"
    )


@pytest.mark.quick
def test_rdf_12_is_laid_out():
    text = ":a :p :b ~ :r {| :q 1 |}, <<( :s :p 1 )>> . <<:a :p :b~:r>> :q 1 ; :r :b {| :s 1 ; :t 2 |} ."
    assert body(text) == (
        ":a\n"
        "    :p :b ~ :r {| :q 1 |} ;\n"
        "    :p <<( :s :p 1 )>> .\n\n"
        "<< :a :p :b ~ :r >>\n"
        "    :q 1 ;\n"
        "    :r :b {|\n"
        "        :s 1 ;\n"
        "        :t 2 ;\n"
        "    |} .\n"
    )


@pytest.mark.quick
def test_n_triples_become_sorted_lines():
    text = (
        '<a:b>\t<a:p>   "x"@en-GB .\r\n# about a\n<a:a> <a:p> "1"^^<a:d> . # one\n\n# Two\n\n_:x <a:p> <a:o>.'
    )
    assert form(text, RdfFormat.N_TRIPLES) == (
        '# about a\n<a:a> <a:p> "1"^^<a:d> . # one\n<a:b> <a:p> "x"@en-GB .\n\n# Two\n\n_:x <a:p> <a:o> .\n'
    )


# Comments


def test_what_stands_above_the_first_prefix_is_the_head_of_the_file():
    head = "# What is in it.\n#\n# Licence\n"
    assert form(head + "@prefix b: <b:> .\n@prefix a: <a:> .\n") == (
        head + "@prefix a: <a:> .\n@prefix b: <b:> .\n"
    )
    assert form(head + "\n\n\n" + PREFIX) == head + "\n" + PREFIX
    assert form("\n\n# only\n\n\n# comments") == "# only\n\n# comments\n"


def test_a_comment_with_empty_lines_around_it_begins_a_section():
    text = ":d :p 1 .\n:c :p 1 .\n\n# Second\n\n:b :p 1 .\n:a :p 1 .\n\n# End\n"
    assert body(text) == (
        ":c\n    :p 1 .\n\n:d\n    :p 1 .\n\n# Second\n\n:a\n    :p 1 .\n\n:b\n    :p 1 .\n\n# End\n"
    )


@pytest.mark.quick
def test_a_comment_directly_above_a_subject_goes_with_it():
    assert body(":b :p 1 .\n# about a\n# and more\n:a :p 1 .") == (
        "# about a\n# and more\n:a\n    :p 1 .\n\n:b\n    :p 1 .\n"
    )


def test_a_comment_directly_below_a_statement_goes_with_it():
    assert body(":b :p 1 .\n# b is done\n\n:a :p 1 .") == ":a\n    :p 1 .\n\n:b\n    :p 1 .\n# b is done\n"


def test_comments_within_a_statement_go_with_their_lines():
    text = (
        ":a # the subject\n"
        "    # about q\n"
        "    :q 1 , # one\n"
        "       # about two\n"
        "       2 # two\n"
        "    ;\n"
        "    :p # about p\n"
        "       'x' # text\n"
        "       @en ; # p\n"
        "    # :r 5 ;\n"
        "    ."
    )
    assert body(text) == (
        ":a # the subject\n"
        "    # about p\n"
        "    # text\n"
        "    :p 'x'@en ; # p\n"
        "    # about q\n"
        "    :q 1 ; # one\n"
        "    # about two\n"
        "    :q 2 ; # two\n"
        "    # :r 5 ;\n"
        "    .\n"
    )


def test_comments_in_brackets_stay_in_them():
    text = ":a :p [ # node\n :q 1 # q\n # end\n ] , ( # list\n 1 # one\n # two\n 2\n # end\n ) ."
    assert body(text) == (
        ":a\n"
        "    :p [ # node\n"
        "        :q 1 ; # q\n"
        "        # end\n"
        "    ] ;\n"
        "    :p ( # list\n"
        "        1 # one\n"
        "        # two\n"
        "        2\n"
        "        # end\n"
        "    ) .\n"
    )


def test_a_comment_behind_the_dot_goes_with_the_last_line_or_with_the_whole_line():
    assert body(":a :q 1 ;\n  :p 2 . # p") == ":a\n    :p 2 ; # p\n    :q 1 .\n"
    assert body(":a :q 1 ; :p 2 . # all") == "# all\n:a\n    :p 2 ;\n    :q 1 .\n"


def test_comments_of_graphs_stay_with_them():
    text = "# g\nGRAPH :g { # in g\n# about a\n:a :p 1 # one\n# below a\n} # end\n# below g\n\n:s :p :o ."
    assert body(text, RdfFormat.TRIG) == (
        ":s\n    :p :o .\n\n"
        "# g\nGRAPH :g { # in g\n    # about a\n    :a\n        :p 1 . # one\n    # below a\n"
        "} # end\n# below g\n"
    )


def test_a_comment_that_would_lose_what_it_is_about_is_refused_with_its_place():
    apart = PREFIX + ":a :q 1 ;\n\n  # Dates\n\n  :p 2 ."
    with pytest.raises(
        InputError, match=r"^a\.ttl:4:3: a blank line separates this comment .* put it directly above"
    ):
        form(apart)
    assert body(":a :p 1 ;\n\n  # Dates\n\n  :q 2 .") == ":a\n    :p 1 ;\n    # Dates\n    :q 2 .\n"
    with pytest.raises(InputError, match=r"^a\.ttl:2:1: "):
        form("@prefix b: <b:> .\n# Others\n\n@prefix a: <a:> .\n")


def test_a_comment_is_not_changed_by_a_character():
    assert "    #\t two  spaces \u00a0 \n" in body(":a :p 1 ;\n#\t two  spaces \u00a0 \n :q 2 .")


# The command


@pytest.fixture
def untidy(tmp_path):
    file = tmp_path / "a.ttl"
    file.write_bytes((PREFIX + ":a :p 2, 1 .\n").encode())
    return file


TIDY = PREFIX + "\n:a\n    :p 1 ;\n    :p 2 .\n"


@pytest.mark.quick
def test_a_file_is_brought_into_the_form_once(untidy, capsys):
    assert main(["fmt", str(untidy)]) == 0
    assert untidy.read_text() == TIDY
    assert capsys.readouterr().err == "1 file reformatted, 0 files left unchanged\n"
    before = untidy.stat()
    assert main(["fmt", str(untidy)]) == 0
    assert untidy.stat() == before
    assert capsys.readouterr() == ("", "0 files reformatted, 1 file left unchanged\n")


@pytest.mark.quick
def test_check_names_what_differs_and_writes_nothing(untidy, capsys):
    before = untidy.read_bytes()
    assert main(["fmt", "--check", str(untidy)]) == 1
    assert capsys.readouterr().out == f"{untidy}\n"
    assert untidy.read_bytes() == before
    untidy.write_text(TIDY)
    assert main(["fmt", "--check", str(untidy)]) == 0
    assert capsys.readouterr().out == ""


def test_diff_shows_why_and_writes_nothing(untidy, capsys):
    before = untidy.read_bytes()
    assert main(["fmt", "--check", "--diff", str(untidy)]) == 1
    assert capsys.readouterr().out == (
        f"--- {untidy}\n+++ {untidy} (house form)\n@@ -1,2 +1,5 @@\n"
        " @prefix : <http://example.org/> .\n-:a :p 2, 1 .\n+\n+:a\n+    :p 1 ;\n+    :p 2 .\n"
    )
    assert main(["fmt", "--diff", str(untidy)]) == 0
    assert untidy.read_bytes() == before


def stdin(monkeypatch, data):
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))


def test_standard_input_goes_to_standard_output(monkeypatch, capsys):
    stdin(monkeypatch, b"\xef\xbb\xbf" + PREFIX.encode() + b":a :p 2, 1 .\r\n")
    assert main(["fmt", "-"]) == 0
    assert capsys.readouterr() == (TIDY, "")
    stdin(monkeypatch, TIDY.encode())
    assert main(["fmt", "-"]) == 0
    assert capsys.readouterr().out == TIDY
    stdin(monkeypatch, b"{ <a:a> <a:b> 1 }")
    assert main(["fmt", "-", "--stdin-filename", "x.trig"]) == 0
    assert capsys.readouterr().out == "{\n    <a:a>\n        <a:b> 1 .\n}\n"
    stdin(monkeypatch, b"{ ")
    assert main(["fmt", "-", "--from", "trig", "--stdin-filename", "x"]) == 3
    assert capsys.readouterr().err.startswith("wcograph: x:1:3: ")


def test_directories_are_searched(tmp_path, capsys):
    for name in ("a.ttl", "sub/b.trig", "sub/c.txt", ".git/d.ttl", "sub/e.nt"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text("<a:b>  <a:p> <a:o> .\n")
    os.mkfifo(tmp_path / "pipe.ttl")
    (tmp_path / "link.ttl").symlink_to(tmp_path / "sub/c.txt")
    assert main(["fmt", "--check", str(tmp_path), str(tmp_path / "a.ttl")]) == 1
    assert capsys.readouterr().out == "".join(
        f"{tmp_path}/{name}\n" for name in ("a.ttl", "sub/b.trig", "sub/e.nt")
    )


def test_one_bad_file_keeps_no_other_from_being_formatted(untidy, tmp_path, capsys):
    bad, gone = tmp_path / "0.ttl", tmp_path / "1.ttl"
    bad.write_text("<a:a> <a:b> .")
    assert main(["fmt", str(bad), str(gone), str(untidy)]) == 3
    assert untidy.read_text() == TIDY
    assert bad.read_text() == "<a:a> <a:b> ."
    error = capsys.readouterr().err.splitlines()
    assert error[0] == f"wcograph: {bad}:1:13: . is not a valid RDF object"
    assert error[1] == f"wcograph: {gone}: no such file"
    assert error[2] == "1 file reformatted, 0 files left unchanged, 2 files with errors"


@pytest.mark.quick(3)
@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x00\x01\xfe\xff", "1:3: is not UTF-8"),
        (b"\x89PNG\r\n", "1:1: is not UTF-8"),
        (b"PK\x03\x04\x00\x00", "1:1: "),
        ("@prefix : <a:> .".encode("utf-16"), "1:1: is not UTF-8"),
        (b"<a:a> <a:b> " + b"[ <a:b> " * 200_000, "brackets nest more than"),
        (b"<a:a> <a:b> " + b"<<( <a:b> <a:b> " * 50_000, "brackets nest more than"),
        (b'"""' * 9999, ""),
    ],
)
def test_junk_is_refused_in_one_line_and_left_as_it_is(tmp_path, capsys, data, message):
    file = tmp_path / "junk.ttl"
    file.write_bytes(data)
    assert main(["fmt", str(file)]) in (3, 4)
    error = capsys.readouterr().err
    assert error.startswith(f"wcograph: {file}:") and message in error and error.count("\n") == 1
    assert file.read_bytes() == data
    assert os.listdir(tmp_path) == ["junk.ttl"]


def test_blank_nodes_too_much_alike_end_at_the_limit(tmp_path, capsys, monkeypatch):
    alike = "\n".join(f"_:n{a} <p:p> [ <p:q> _:n{b} ] ." for a in range(10) for b in range(10) if a != b)
    file = tmp_path / "alike.ttl"
    file.write_text(alike)
    monkeypatch.setattr("wcograph.cli.fmt.SECONDS", 1)
    assert main(["fmt", str(file)]) == 4
    assert "too similar to distinguish" in capsys.readouterr().err
    assert file.read_text() == alike


@pytest.mark.quick
def test_a_graph_that_would_change_is_not_written(untidy, monkeypatch, capsys):
    before = untidy.read_bytes()
    monkeypatch.setattr(
        "wcograph.cli.fmt.format_document", lambda document, profile: document.text.replace("2", "3")
    )
    assert main(["fmt", str(untidy)]) == 3
    assert "would have another meaning" in capsys.readouterr().err
    assert untidy.read_bytes() == before


def test_a_comment_that_would_be_lost_is_an_error_with_its_place(monkeypatch):
    monkeypatch.setattr(fmt._Reader, "read", lambda self: self.document.text.replace("# two", ""))
    with pytest.raises(InputError, match=r"^a\.ttl:2:3: this comment would be lost"):
        format_document(Document("# one\n  # two\n", "a.ttl"))


def test_a_link_stays_a_link_and_a_mode_stays(untidy, tmp_path):
    link = tmp_path / "link.ttl"
    link.symlink_to(untidy)
    untidy.chmod(0o640)
    assert main(["fmt", str(link)]) == 0
    assert link.is_symlink() and untidy.read_text() == TIDY
    assert untidy.stat().st_mode & 0o777 == 0o640


def test_a_read_only_file_is_not_replaced(untidy, capsys):
    before = untidy.read_bytes()
    untidy.chmod(0o444)
    assert main(["fmt", str(untidy)]) == 3
    assert "is read-only" in capsys.readouterr().err
    assert untidy.read_bytes() == before


def test_a_file_that_changes_meanwhile_is_not_overwritten(untidy, monkeypatch, capsys):
    def someone_else_writes(*_, **__):
        untidy.write_text("# mine")

    monkeypatch.setattr("wcograph.cli.fmt.check_same_graph", someone_else_writes)
    assert main(["fmt", str(untidy)]) == 3
    assert "changed while" in capsys.readouterr().err
    assert untidy.read_text() == "# mine"


def test_a_file_that_vanishes_meanwhile_stays_away(untidy, monkeypatch, capsys):
    monkeypatch.setattr("wcograph.cli.fmt.check_same_graph", lambda *_, **__: untidy.unlink())
    assert main(["fmt", str(untidy)]) == 3
    assert "No such file" in capsys.readouterr().err
    assert not untidy.exists()


def test_a_wrong_call_is_said_to_be_wrong(untidy, capsys):
    assert main(["fmt", "--timeout", "soon", str(untidy)]) == 2
    assert main(["fmt", "--stdin-filename", "x.ttl", str(untidy)]) == 2
    assert main(["fmt", str(untidy.with_suffix(".rdf"))]) == 3
    assert all(line.startswith("wcograph: ") for line in capsys.readouterr().err.splitlines())


def test_line_ends_and_byte_order_marks_are_put_right(untidy):
    untidy.write_bytes(b"\xef\xbb\xbf" + TIDY.replace("\n", "\r\n").encode())
    assert main(["fmt", "--check", str(untidy)]) == 1
    assert main(["fmt", str(untidy)]) == 0
    assert untidy.read_bytes() == TIDY.encode()


def test_the_order_of_what_is_written_does_not_depend_on_the_order_of_what_is_read():
    names = [f":s{n}" for n in range(20)]
    lines = [f":p{n % 3} '{n}'@l{'abc'[n % 3]}" for n in range(9)]
    results = set()
    for seed in range(5):
        shuffled = random.Random(seed)
        subjects = shuffled.sample(names, len(names))
        results.add(body(" ".join(f"{name} {' ; '.join(shuffled.sample(lines, 9))} ." for name in subjects)))
    assert len(results) == 1


def test_pre_commit_is_offered_the_command():
    hook = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())[0]
    assert (hook["id"], hook["entry"], hook["language"]) == ("wcograph-fmt", "wcograph fmt", "python")
    assert all(re.search(hook["files"], f"data/a{extension}") for extension in SYNTAXES)
    assert not re.search(hook["files"], "a.ttl.md")


def test_bytes_are_formatted_as_text_is():
    document = decode_document(b"<a:a> <a:b> '\xc3\xa9' .")
    assert format_document(document) == "<a:a>\n    <a:b> 'é' .\n"
