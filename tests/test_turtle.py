"""Turtle as text: the quads are pyoxigraph's, and each is where it is said to be."""

import importlib.util
import os
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, Quad, RdfFormat, Triple

from conftest import W3C_SHACL
from turtle_documents import documents
from wcograph.toolbox.errors import InputError, LimitError
from wcograph.toolbox.rdf.canonical import same_graph
from wcograph.toolbox.rdf.placed import placed_quads
from wcograph.toolbox.rdf.turtle import (
    MAX_NESTING,
    RDF,
    Document,
    comments,
    decode_document,
    parse_document,
    syntax_of,
    tokens,
    unescape_string,
)

EXAMPLES = int(os.environ.get("WCOGRAPH_EXAMPLES", "200"))
RANDOM = settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
IMPLIED = {RDF + "first", RDF + "rest", RDF + "reifies"}  # by brackets: no token says them
PREFIX = "@prefix : <http://example.org/> . "

# Each production of the grammars at least once, in spellings that are easily read wrongly.
CONSTRUCTS = [
    "",
    "# only a comment",
    ":a :p :b .",
    ":a a :B . :a a[] . :a a<b> .",
    "PREFIX x: <http://x.example/> x:a x:p x: .",
    "prefix x: <rel#> BASE <http://y.example/> x:a <b> <> .",
    "@base<http://q.example/>.@prefix p:<e>.p:a<b>'c'.",
    "@base <foo/> . @base <bar> . <x> <y> <> .",
    ":a :p 1 . @prefix : <http://other.example/> . :a :p 2 .",
    "@version '1.2' . VERSION \"1.2\" @base <http://z.example/> . <a> <b> <c> .",
    ":a :p 1,-2,+03.0,.5,1.e3,-.5E-2 , true, false .",
    ":a :p 1.:b :p _:x.:e :p <f>.:g :p :h. :i :p true.",
    ":a :p 'x', \"x\", '''x''y'z''', \"\"\"x\"\"y\"z\\\"\"\"\", '', \"\", '''''', \"\"\"\"\"\" .",
    ":a :p '''a\r\nb\rc\nd\te''' .",
    ":a :p '\\t\\b\\n\\r\\f\\\"\\'\\\\\\u00e9\\U0001F600' .",
    ":a :p 'x'@en , 'x' @en-GB, 'x' # c\n @EN, 'x'@base, 'x'@prefix .",
    ":a :p 'x'@en--ltr, 'x'@ar-EG--rtl .",
    ":a :p 'x'^^:d, 'x' ^^ <rel>, 'x' # c\n ^^ # c\n :d .",
    ":a.b :c..d :e.f.",
    ":%41%20b :\\%41 :\\_\\~\\.\\-\\!\\$\\&\\'\\(\\)\\*\\+\\,\\;\\=\\/\\?\\#\\@ .",
    ":1a :a:b :a\u00b7\u203f . :é :\U00010000 :e\u0300 .",
    "<caf\\u00E9> <\\U0001F600> <#f>, <?q>, <../up>, <//host/x>, </a/./b/../c>, <urn:x:y> .",
    "_:a :p _:b.c, _:1, _:a-b_, _:é .",
    "[] :p [] . [ ] :p [ # c\n ] .",
    "[ :p 1 ] . [ :p 1 ; :q [ :r 2 , [ :s 3 ] ] ; ] :t 4 .",
    ":a :p 1 ;; :q 2 ; ; . :b :p [ :q 2 ;; ] .",
    "() :p () . ( 1 ( 2 () ) [ :p ( 3 ) ] ) :p ( :a 'x'@en 'y'^^:d _:z ) .",
    ":a :p <<( :s a 'x'@en )>>, <<( _:s :p <<( [] :q 1 )>> )>> .",
    "<< :a :p :b >> . << :a :p :b >> :q 1 . << :a :p 'x'@en ~ :r >> :q << << :a :p 1 ~ >> :p _:c ~ _:d >> .",
    ":a :p :b ~ . :a :p :b ~ :r, :c ~ _:r ; :q 'x'@en ~ ~ :s .",
    ":a :p :b {| :q 1 |}, :c {| :q 1 |} {| :r 2 |}, :d ~ :e {| :q [ :r 1 ] |} ~ {| :q ( 1 ) |} .",
    ":a :p :b ~ :e {| :q 1 |} {| :q 2 {| :r 3 |} |} . :a :p [ :q :r ~ ] ~ , ( :s ) {| :t 1 |} .",
]  # fmt: skip
TRIG_CONSTRUCTS = [
    "{ :a :p 1 } {} { :a :p 2 . :b :p 3 . }",
    ":g { :a :p _:x } GRAPH _:g { :a :p [ :q 3 ] . } [] { :a :p ( 9 ) } :s :p :o . graph [] {} :t a :T .",
    "GRAPH <g> { << :s :p :o >> :q 1 . :a :b :c {| :e :f |} } { :a :p :o ~ }",
]
LINE_CONSTRUCTS = [
    "<http://a> <http://b> 'x'@en <http://g> . # c\n# d\n_:x <http://b> 'x'^^<http://dt> _:g .".replace(
        "'", '"'
    ),
    '_:1 <http://b> "\\u00e9" .\n<http://a> <http://b> _:1 _:1 .\r\n\r\n',
    '<http://a> <http://b> <<( <http://a> <http://b> <<( _:a <http://c> "x"@EN )>> )>> <http://g> .',
]


def all_constructs():
    yield from ((PREFIX + text, RdfFormat.TURTLE) for text in CONSTRUCTS)
    yield from ((PREFIX + text, RdfFormat.TRIG) for text in CONSTRUCTS + TRIG_CONSTRUCTS)
    yield from ((text, RdfFormat.N_QUADS) for text in LINE_CONSTRUCTS)
    for text in LINE_CONSTRUCTS:
        yield re.sub(r" (<http://g>|_:g|_:1) \.", " .", text), RdfFormat.N_TRIPLES


def assert_read_right(document):
    """Quads are pyoxigraph's; each term is that of the token at its place."""
    expected = parse_document(document)
    quads = placed_quads(document)
    assert len(quads) == len(expected)
    assert same_graph(expected, [Quad(*quad[:4]) for quad in quads], seconds=60)
    found = list(tokens(document.text))
    at = {token.offset: number for number, token in enumerate(found)}
    for quad in quads:
        if quad.predicate.value in IMPLIED:
            assert {quad.subject_at, quad.predicate_at, quad.object_at} <= at.keys()
            continue
        for term, offset in (
            (quad.subject, quad.subject_at),
            (quad.predicate, quad.predicate_at),
            (quad.object, quad.object_at),
        ):
            number = at[offset]
            token = found[number]
            if isinstance(term, Literal):
                if token.kind == "string":
                    assert unescape_string(token.text) == term.value
                else:
                    assert (token.kind, token.text) == (term.datatype.value.rpartition("#")[2], term.value)
            elif isinstance(term, Triple):
                assert token.text == "<<("
            elif isinstance(term, BlankNode) and token.kind == "blank":
                assert token.text == f"_:{term.value}"
            elif isinstance(term, BlankNode):
                assert token.text in ("[", "(", "<<", "~", "{|") or quad.subject_at < quad.predicate_at
            elif term.value not in (RDF + "nil", RDF + "type"):
                assert token.kind in ("iri", "pname") or token.text == "<<"  # a reifier with a name
        if isinstance(quad.object, Literal) and quad.object.language:
            rest = [token.text for token in found[at[quad.object_at] :] if token.kind != "comment"]
            language, _, direction = rest[1].partition("--")
            assert language.lower() == f"@{quad.object.language}"
            assert bool(direction) == (quad.object.direction is not None)


@pytest.mark.quick(10)
@pytest.mark.parametrize(("text", "syntax"), list(all_constructs()))
def test_every_construct_is_read_as_pyoxigraph_reads_it(text, syntax):
    assert_read_right(Document(text, syntax=syntax, base="http://base.example/x/y"))


@RANDOM
@given(documents())
def test_random_documents_are_read_as_pyoxigraph_reads_them(drawn):
    text, syntax = drawn
    document = Document(text, syntax=syntax, base="http://base.example/x/y")
    try:
        parse_document(document)
    except InputError:
        return
    assert_read_right(document)


def real_files():
    for package in ("pyshacl", "rdflib"):
        spec = importlib.util.find_spec(package)
        for folder in spec.submodule_search_locations or []:
            yield from sorted(Path(folder).rglob("*.ttl"))
    yield from sorted(W3C_SHACL.rglob("*.ttl"))


def test_real_files_are_read_as_pyoxigraph_reads_them():
    files = list(real_files())
    if not files:
        pytest.skip("no Turtle of others is at hand")
    for file in files:
        assert_read_right(decode_document(file.read_bytes(), file=str(file), base=file.as_uri()))


# A document made to be hard. ⟦x⟧ marks the place x and is taken out before it is read; its line and column
# are counted here character by character, without the code that is tested.
HARD = (
    "# 😀 astral, before\ttabs\r\n"
    "@prefix : <http://example.org/> .\r\n"
    "\r"
    '⟦s1⟧:𐀀b\t⟦p1⟧:p\t⟦o1⟧"""\'\'\'\r\n# no comment 😀\r\n"" :a"""@en-GB,⟦o2⟧\'é😀\'^^:d , '
    "⟦o3⟧[ ⟦p3⟧a ⟦o4⟧:B; # [ (\n"
    "\t\t⟦p5⟧:q ⟦o5⟧'''\n\n''' ;; ⟦p6⟧:r ⟦o6⟧( ⟦i1⟧1 ⟦i2⟧[ ⟦p7⟧:s ⟦o7⟧-.5e1 ]\r"
    " ⟦i3⟧(\n⟦i4⟧'x'\n⟦e1⟧) ⟦i5⟧() ⟦e2⟧) ] ;\n"
    "  ⟦p8⟧<q#\\u00e9> ⟦o8⟧true .\n"
    "PREFIX é: <http://e.example/>⟦s9⟧é:a.b ⟦p9⟧é:c\\,d⟦o9⟧<<( _:x :p 1 )>>, "
    "⟦o10⟧:o ~ ⟦r1⟧:r {| ⟦p11⟧:y ⟦o11⟧1 |} .\r\n"
    "⟦s12⟧<< :a :b 'c'@fr >> ⟦p12⟧:z ⟦o12⟧_:x."
)


def marked(text):
    """Take the marks out; give the text and the line and column of each."""
    places, clean, line, column = {}, "", 1, 1
    position = 0
    while position < len(text):
        if text[position] == "⟦":
            end = text.index("⟧", position)
            places[text[position + 1 : end]] = (line, column)
            position = end + 1
            continue
        character = text[position]
        clean += character
        column += 1
        if character == "\n" or (character == "\r" and text[position + 1 : position + 2] != "\n"):
            line, column = line + 1, 1
        position += 1
    return clean, places


@pytest.mark.quick
def test_each_triple_of_a_hard_document_is_where_it_is_said_to_be():
    text, places = marked(HARD)
    data = b"\xef\xbb\xbf" + text.encode()
    document = decode_document(data, base="http://base.example/")
    expected = [
        ("s1", "p1", "o1"), ("s1", "p1", "o2"),
        ("o3", "p3", "o4"), ("o3", "p5", "o5"),
        ("o6", "i1", "i1"),
        ("i2", "p7", "o7"),
        ("o6", "i2", "i2"), ("i2", "i2", "i2"),
        ("i3", "i4", "i4"), ("i3", "e1", "e1"),
        ("i2", "i3", "i3"), ("i3", "i3", "i3"),
        ("i3", "i5", "i5"), ("i5", "i5", "i5"), ("i5", "e2", "e2"),
        ("o3", "p6", "o6"), ("s1", "p1", "o3"), ("s1", "p8", "o8"),
        ("s9", "p9", "o9"), ("s9", "p9", "o10"), ("r1", "o10", "o10"), ("r1", "p11", "o11"),
        ("s12", "s12", "s12"), ("s12", "p12", "o12"),
    ]  # fmt: skip
    found = [
        (document.place(quad.subject_at), document.place(quad.predicate_at), document.place(quad.object_at))
        for quad in placed_quads(document)
    ]
    assert found == [tuple(places[name] for name in names) for names in expected]


def test_a_reifier_without_a_name_is_where_it_is_made():
    document = Document(PREFIX + "\n:a :p :b ~ {| :q 1 |}, :c {| :q 2 |} . << :a :p :d >> :q 3 .")
    made = [
        document.text[quad.subject_at :][:2] + document.text[quad.object_at :][:2]
        for quad in placed_quads(document)
        if quad.predicate.value == RDF + "reifies"
    ]
    assert made == ["~ :b", "{|:c", "<<<<"]
    named, _ = placed_quads(Document(PREFIX + "<< :a :p :d ~ :r >> :q 3 ."))
    assert (named.subject_at, named.object_at) == (len(PREFIX) + 14, len(PREFIX))


def test_the_implied_triples_of_a_collection_are_at_its_items():
    document = Document(PREFIX + "\n:a :p ( 7 8 ) .")
    places = {
        (str(quad.predicate).rpartition("#")[2], str(quad.object)[:3]): (quad.subject_at, quad.object_at)
        for quad in placed_quads(document)
        if quad.predicate.value.startswith(RDF)
    }
    open_, seven, eight, close = (document.text.index(c) for c in "(78)")
    assert places["first>", '"7"'] == (open_, seven)
    assert places["first>", '"8"'] == (eight, eight)
    assert places["rest>", "<ht"] == (eight, close)


@RANDOM
@given(
    st.text(alphabet=st.characters(codec="utf-8")) | st.text(alphabet="<>\"'@^:_.a1# \n\r\t\\%[](){}|~;,é")
)
def test_tokens_leave_out_nothing_but_white_space(text):
    end = 0
    for token in tokens(text):
        assert set(text[end : token.offset]) <= set(" \t\r\n")
        assert text.startswith(token.text, token.offset) and token.text
        end = token.offset + len(token.text)
    assert set(text[end:]) <= set(" \t\r\n")


@RANDOM
@given(documents())
def test_comments_are_those_of_the_tokens(drawn):
    text, syntax = drawn
    try:
        parse_document(Document(text, syntax=syntax, base="http://base.example/"))
    except InputError:
        return
    assert list(comments(text)) == [token for token in tokens(text) if token.kind == "comment"]


def test_labels_are_kept():
    first, second = placed_quads(Document("_:a <p:p> _:b . _:b <p:p> [] ."))
    assert (first.subject.value, first.object) == ("a", second.subject)


@pytest.mark.quick
@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("\n  :a :p 1 .", "2:3", "The prefix : has not been declared"),
        ("<a:a> <a:b> 'é😀' ; bad .", "1:20", "bad is not a valid predicate"),
        ("<a:a> <a:b>\r\n\r'x", "3:1", "Unexpected end of file"),
        ("<a:a>\t<a:b> \x00 .", "1:13", "U+0000"),
        ("<a:a> <a:b> <rel> .", "1:13", "No scheme"),
        ("<a:a> <a:b> '\ud800' .", "1:14", "surrogate"),
    ],
)
def test_an_ill_formed_document_is_refused_with_its_place(text, place, message):
    with pytest.raises(InputError, match=f"^a.ttl:{place}: .*{re.escape(message)}") as error:
        placed_quads(Document(text, "a.ttl"))
    assert "\n" not in str(error.value)


@pytest.mark.quick(1)
@pytest.mark.parametrize(
    "nested",
    [
        lambda n: "[ :p " * n + "1" + " ]" * n,
        lambda n: "( " * n + " )" * n,
        lambda n: "<<( :a :p " * n + "1" + " )>>" * n,
        lambda n: "<< :a :p " * n + "1" + " >>" * n,
    ],
)
def test_nesting_is_read_down_to_its_limit(nested):
    deep = Document(f"{PREFIX}:a :p {nested(MAX_NESTING)} .")
    assert len(placed_quads(deep)) == len(parse_document(deep))
    with pytest.raises(LimitError, match=r"^-:1:\d+: brackets nest more than 1,000 deep"):
        placed_quads(Document(f"{PREFIX}:a :p {nested(MAX_NESTING + 1)} ."))
    with pytest.raises(LimitError):  # pyoxigraph would end the process
        placed_quads(Document(f"{PREFIX}:a :p {nested(50_000)} ."))


def test_brackets_side_by_side_are_no_nesting():
    text = PREFIX + ":a :p " + ", ".join(["[ :q ( 1 ) ]"] * (MAX_NESTING + 1)) + "."
    assert len(placed_quads(Document(text))) == 4 * (MAX_NESTING + 1)


def test_brackets_in_strings_iris_and_comments_are_no_nesting():
    text = f":a :p '{'[' * 2000}', <http://x.example/{'(' * 2000}> . # {'<<' * 2000}"
    assert len(placed_quads(Document(PREFIX + text))) == 2


def test_a_name_that_says_no_syntax_is_refused():
    with pytest.raises(InputError, match=r"a\.rdf: is not named as Turtle"):
        syntax_of("a.rdf")


def test_a_byte_order_mark_is_no_column():
    with pytest.raises(InputError, match=r"^a\.ttl:1:3: is not UTF-8"):
        decode_document(b"\xef\xbb\xbf# \xff", file="a.ttl")


@given(st.binary())
def test_bytes_that_are_not_utf8_are_refused_with_their_place(data):
    try:
        data.decode()
    except UnicodeDecodeError as expected:
        line = re.split(rb"\r\n|\n|\r", data[: expected.start])
        with pytest.raises(InputError, match="is not UTF-8") as error:
            decode_document(data, file="a.ttl")
        assert error.value.line == len(line)
    else:
        assert decode_document(data).text == data.decode().removeprefix("\ufeff")
