"""Literals come out of a Store as they went in, and patterns mean the same in Rust as in Python."""

from __future__ import annotations

import os
import re

import pyoxigraph as ox
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shacl_cases import DATATYPES, LEXICALS, PATTERNS
from wcograph.rdf.faithful import RDF, SURE, UNSURE, XSD, stored, written
from wcograph.shacl.regex import rust_pattern

# more of them: WCOGRAPH_EXAMPLES=3000 pytest tests/test_faithful.py
EXAMPLES = int(os.environ.get("WCOGRAPH_EXAMPLES", "250"))
LEXICAL_FORMS = [text.encode().decode("unicode_escape") if "\\" in text else text for text in LEXICALS]
EXTRA = [
    "time",
    "dayTimeDuration",
    "gMonth",
    "gDay",
    "gMonthDay",
    "yearMonthDuration",
    "short",
    "long",
    "unsignedByte",
    "negativeInteger",
    "base64Binary",
]
numbers = st.from_regex(r"[+-]?[0-9]{0,20}(\.[0-9]{0,20})?([eE][+-]?[0-9]{1,3})?", fullmatch=True)
dates = st.from_regex(
    r"-?[0-9]{4,5}-[0-9]{2}(-[0-9]{2}(T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](\.[0-9]{1,7})?)?)?(Z|\+00:00|-14:00|\+05:30)?",
    fullmatch=True,
)
durations = st.from_regex(
    r"-?P([0-9]{1,4}Y)?([0-9]{1,4}M)?([0-9]{1,4}D)?(T([0-9]{1,3}H)?([0-9]{1,3}M)?([0-9]{1,3}(\.[0-9]{1,7})?S)?)?",
    fullmatch=True,
)
recurring = st.from_regex(r"--[0-9-][0-9][0-9]?(-[0-9]{2})?", fullmatch=True)
lexical_forms = st.one_of(
    st.sampled_from(LEXICAL_FORMS), numbers, dates, durations, recurring, st.text(max_size=4)
)
datatypes = st.one_of(
    st.sampled_from([XSD + name for name in [*DATATYPES, *EXTRA]]),
    st.sampled_from(
        [RDF + "HTML", RDF + "JSON", "http://example.org/unit", SURE + XSD + "int", UNSURE + "x:y"]
    ),
)
literals = st.builds(
    lambda text, name: ox.Literal(text, datatype=ox.NamedNode(name)), lexical_forms, datatypes
)


def in_store(literal: ox.Literal) -> ox.Literal:
    store, node = ox.Store(), ox.NamedNode("http://example.org/a")
    store.extend([ox.Quad(node, node, literal)])
    value = next(iter(store)).object
    assert isinstance(value, ox.Literal)
    return value


@given(literals)
@settings(max_examples=EXAMPLES)
def test_the_store_keeps_the_stored_form(literal: ox.Literal) -> None:
    assert in_store(stored(literal)) == stored(literal)


@given(literals)
@settings(max_examples=EXAMPLES)
def test_written_undoes_stored(literal: ox.Literal) -> None:
    assert written(stored(literal)) == literal


@given(literals)
@example(ox.Literal("P0D", datatype=ox.NamedNode(XSD + "duration")))
@example(ox.Literal("-P999Y999M", datatype=ox.NamedNode(XSD + "yearMonthDuration")))
@example(ox.Literal("PT999H999M999.999999S", datatype=ox.NamedNode(XSD + "dayTimeDuration")))
@settings(max_examples=EXAMPLES)
def test_what_is_not_unsure_is_well_formed_for_rdflib_too(literal: ox.Literal) -> None:
    from wcograph.shacl.report import to_rdflib

    inside = stored(literal).datatype.value
    if not inside.startswith(UNSURE):
        import logging

        logging.disable(logging.CRITICAL)
        try:
            assert not to_rdflib(literal).ill_typed  # type: ignore[union-attr]
        finally:
            logging.disable(logging.NOTSET)


@given(literals, literals)
@settings(max_examples=EXAMPLES)
def test_stored_forms_that_sparql_calls_equal_are_the_same_term(one: ox.Literal, two: ox.Literal) -> None:
    left, right = stored(one), stored(two)
    equal = ox.Store().query(f"ASK {{ FILTER(COALESCE({left} = {right}, false)) }}")
    assert not equal or left == right


TEXTS = st.one_of(
    st.sampled_from(
        [
            *LEXICAL_FORMS,
            "a\n",
            "\n",
            "abc\nabc",
            "Kelvin",
            "\u212a",
            "ſ",
            "ß",
            "٣",
            "_",
            "\x1c",
            "\x85",
            "a]",
        ]
    ),
    st.text(max_size=5),
)
pieces = st.sampled_from(
    [
        "a",
        "b",
        "k",
        "s",
        "é",
        "İ",
        ".",
        "\\d",
        "\\w",
        "\\s",
        "\\S",
        "[a-c]",
        "[^a]",
        "[^\\s]",
        "[k\\d_]",
        "\\.",
        "\\-",
        " ",
    ]
)
quantified = st.builds(
    lambda piece, mark: piece + mark, pieces, st.sampled_from(["", "", "*", "+", "?", "{2}", "{1,3}"])
)
generated = st.builds(
    lambda start, body, end: start + "".join(body) + end,
    st.sampled_from(["", "^", "\\A", "(?i)"]),
    st.lists(st.one_of(quantified, st.builds(lambda a, b: f"({a}|{b})", quantified, quantified)), max_size=4),
    st.sampled_from(["", "$", "\\Z"]),
)
patterns = st.one_of(generated, st.sampled_from([text.replace("\\\\", "\\") for text in PATTERNS]))


@given(patterns, st.sampled_from(["", "i"]), TEXTS)
@example("a$", "", "a\n")
@example("^[^a]$", "", "b\n")
@settings(max_examples=2 * EXAMPLES)
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_rust_matches_only_what_python_matches(pattern: str, flags: str, text: str) -> None:
    rust = rust_pattern(pattern, flags)
    if rust is None:
        return
    python = re.search(pattern, text, re.IGNORECASE if flags else 0) is not None
    answer = ox.Store().query(f"ASK {{ FILTER(REGEX({ox.Literal(text)}, {ox.Literal(rust.text)})) }}")
    assert python or not answer
    if rust.exact:
        assert python == bool(answer)


@pytest.mark.parametrize("pattern", ["^[A-Z]{3}$", "[0-9]{6}", "^https?://", "^(?:19|20)[0-9]{2}$", "[^;]+;"])
def test_common_patterns_are_exact(pattern: str) -> None:
    rust = rust_pattern(pattern)
    assert rust is not None
    assert rust.exact
