"""Whether two graphs are the same: decided rightly, and within its limit."""

import itertools
import time

import pytest
from pyoxigraph import RdfFormat, parse

from wcograph.toolbox.errors import LimitError
from wcograph.toolbox.rdf.canonical import canonical_nquads, same_graph


def quads(turtle: str):
    text = "@prefix : <http://example.org/> . " + turtle
    return list(parse(text.encode(), RdfFormat.TRIG, rename_blank_nodes=True))


@pytest.mark.quick
@pytest.mark.parametrize(
    "turtle",
    [
        "",
        ":a :p 1 .",
        "_:a :p _:b . _:b :p _:c .",
        "_:a :p _:b . _:b :p _:a . _:c :p _:d . _:d :p _:c .",
        ":a :p [ :q [] ], [ :q [] ], ( 1 1 1 ) .",
        ":a :p :b {| :q _:x |} {| :q _:x |} . _:y :r <<( _:x :p [] )>> .",
        ":a :p <<( [] :p <<( [] :p [] )>> )>>, <<( [] :p <<( [] :p [] )>> )>> .",
        "_:g { _:g :p _:h } _:h { _:g :p _:h }",
    ],
)
def test_a_graph_is_the_same_when_its_blank_nodes_have_other_labels(turtle):
    assert same_graph(quads(turtle), quads(turtle))


@pytest.mark.quick
@pytest.mark.parametrize(
    ("one", "other"),
    [
        (":a :p 1 .", ":a :p 2 ."),
        (":a :p 1 .", ":a :p 1 , 2 ."),
        (":a :p _:x .", ":a :p :x ."),
        ("_:a :p _:b .", "_:a :p _:a ."),
        (":a :p [ :q 1 ] ; :r [ :q 2 ] .", ":a :p [ :q 2 ] ; :r [ :q 1 ] ."),
        (":a :p _:x . :b :p _:x .", ":a :p _:x . :b :p _:y ."),
        (":g { :a :p _:x }", ":h { :a :p _:x }"),
        # the same trees, in other numbers
        (":a :p [ :q 1 ] , [ :q 1 ] . :b :p [ :q 1 ] .", ":a :p [ :q 1 ] . :b :p [ :q 1 ] , [ :q 1 ] ."),
        ("[] :q 1 . [] :q 1 . [] :q 2 .", "[] :q 1 . [] :q 2 . [] :q 2 ."),
        (":a :p <<( _:x :p _:y )>>, _:x .", ":a :p <<( _:x :p _:y )>>, _:y ."),
        # two triangles and a hexagon: no colour tells their nodes apart
        (
            "_:a :p _:b . _:b :p _:c . _:c :p _:a . _:d :p _:e . _:e :p _:f . _:f :p _:d .",
            "_:a :p _:b . _:b :p _:c . _:c :p _:d . _:d :p _:e . _:e :p _:f . _:f :p _:a .",
        ),
        # the same, said in triple terms
        (
            " ".join(f":x :p <<( _:{a} :p _:{b} )>> ." for a, b in ("ab", "bc", "ca", "de", "ef", "fd")),
            " ".join(f":x :p <<( _:{a} :p _:{b} )>> ." for a, b in ("ab", "bc", "cd", "de", "ef", "fa")),
        ),
        (
            ":x :p <<( _:a :p _:b )>>, <<( _:b :p _:a )>> .",
            ":x :p <<( _:a :p _:a )>>, <<( _:b :p _:b )>> .",
        ),
    ],
)
def test_graphs_that_differ_are_not_the_same(one, other):
    assert not same_graph(quads(one), quads(other))
    assert not same_graph(quads(other), quads(one))


def test_nodes_that_all_look_alike_end_at_the_limit():
    alike = " ".join(f"_:n{a} :p _:n{b} ." for a, b in itertools.permutations(range(10), 2))
    begun = time.monotonic()
    with pytest.raises(LimitError, match="too similar"):
        same_graph(quads(alike), quads(alike), seconds=1)
    with pytest.raises(LimitError, match="too similar"):
        canonical_nquads(quads(alike), seconds=1)
    assert time.monotonic() - begun < 20


def test_a_long_list_is_compared_at_once():
    items = " ".join(str(n) for n in range(5_000))
    begun = time.monotonic()
    assert same_graph(quads(f":a :p ( {items} ) ."), quads(f":a :p ( {items} ) ."))
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize(
    "turtle",
    [
        " ".join(f"_:b{n} :p _:b{n + 1} ; :q _:b{n + 1} ." for n in range(300)),
        " ".join(f"_:b{n} :r _:b{n + 1} ; :d _:b{n + 15} ." for n in range(225)),
        " ".join(f":x :p <<( _:b{n} :p _:b{n + 1} )>> ." for n in range(100)),
    ],
)
def test_nodes_that_differ_only_far_away_are_told_apart_at_once(turtle, monkeypatch):
    monkeypatch.setattr("wcograph.toolbox.rdf.canonical.canonical_nquads", None)  # which takes a minute
    assert same_graph(quads(turtle), quads(turtle))
    assert not same_graph(quads(f"{turtle} :e :p _:b5 ."), quads(f"{turtle} :e :p _:b6 ."))
    assert not same_graph(quads(f"{turtle} _:b5 :p 1 ."), quads(f"{turtle} _:b6 :p 1 ."))
