"""Data values: what is the same, what is another value, and what is no value at all."""

from __future__ import annotations

import pytest

from wcograph.toolbox.rules.datatypes import DATATYPES, ILL_TYPED, RDF, RDFS, STRING, XSD, contains, value


@pytest.mark.quick
@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("1", "integer"), ("+01", "int")),
        (("1", "integer"), ("1.0", "decimal")),
        ((".5", "decimal"), ("+00.50", "decimal")),
        (("-0", "integer"), ("0", "unsignedByte")),
        (("1e2", "double"), ("100", "double")),
        (("0.1", "float"), ("0.10000000149", "float")),
        (("1e999", "double"), ("INF", "double")),
        (("true", "boolean"), ("1", "boolean")),
        (("0aFF", "hexBinary"), ("0AfF", "hexBinary")),
        (("TWFu", "base64Binary"), ("TW Fu", "base64Binary")),
        (("2024-12-31T24:00:00", "dateTime"), ("2025-01-01T00:00:00.000", "dateTime")),
        (("2024-01-01T00:00:00Z", "dateTime"), ("2024-01-01T00:00:00+00:00", "dateTimeStamp")),
        (("a", "token"), ("a", "string")),
    ],
)
def test_two_ways_to_write_a_value(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert value(one[0], XSD + one[1]) == value(other[0], XSD + other[1])
    assert value(one[0], XSD + one[1]) is not ILL_TYPED


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("1", "integer"), ("1", "double")),
        (("1", "float"), ("1", "double")),
        (("1", "integer"), ("1", "string")),
        (("0.0", "double"), ("-0.0", "double")),
        (("0.05", "decimal"), ("0.5", "decimal")),
        (("0.5", "decimal"), ("-0.5", "decimal")),
        (("9007199254740993", "integer"), ("9007199254740992", "integer")),
        (("2024", "gYear"), ("2024-01", "gYearMonth")),
        (("2024-01-01T00:00:00", "dateTime"), ("2024-01-01T00:00:00Z", "dateTime")),
        (("2024-01-01T01:00:00+01:00", "dateTime"), ("2024-01-01T00:00:00Z", "dateTime")),
        (("http://example.org", "anyURI"), ("http://example.org", "string")),
    ],
)
def test_two_values(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert value(one[0], XSD + one[1]) != value(other[0], XSD + other[1])


@pytest.mark.parametrize(
    ("lexical", "datatype"),
    [
        ("five", "integer"),
        ("1.0", "integer"),
        (" 1", "integer"),
        ("256", "unsignedByte"),
        ("-1", "nonNegativeInteger"),
        ("0", "positiveInteger"),
        ("1e3", "decimal"),
        (".", "decimal"),
        ("infinity", "double"),
        ("TRUE", "boolean"),
        ("abc", "hexBinary"),
        ("TWF", "base64Binary"),
        ("2024-02-30", "date"),
        ("2023-02-29", "date"),
        ("24-01-01", "date"),
        ("2024-01-01T25:00:00", "dateTime"),
        ("2024-01-01T00:00:00", "dateTimeStamp"),
        ("--02-30", "gMonthDay"),
        ("a  b", "token"),
        ("a\tb", "normalizedString"),
        ("1a", "Name"),
        ("a:b", "NCName"),
        ("a b", "anyURI"),
        ("english_uk", "language"),
    ],
)
def test_no_value(lexical: str, datatype: str) -> None:
    assert value(lexical, XSD + datatype) is ILL_TYPED


@pytest.mark.quick
def test_where_a_value_lies() -> None:
    seven = value("7.0", XSD + "decimal")
    assert contains(XSD + "byte", seven)
    assert contains(RDFS + "Literal", seven)
    assert not contains(XSD + "negativeInteger", seven)
    assert not contains(XSD + "double", seven)
    assert contains(XSD + "token", value("a b", STRING))
    assert not contains(XSD + "token", value(" a", STRING))
    assert contains(RDF + "PlainLiteral", value("a", RDF + "langString", "en"))
    assert contains("https://example.org/datatype", seven) is None


def test_a_number_of_very_many_digits_is_a_number() -> None:
    assert value("1" * 5000, XSD + "integer") == value("01" + "1" * 4999 + ".0", XSD + "decimal")


def test_a_plain_literal_is_a_string_or_a_text_in_a_language() -> None:
    assert value("a@", RDF + "PlainLiteral") == value("a", STRING)
    assert value("a@EN", RDF + "PlainLiteral") == value("a", RDF + "langString", "en")
    assert value("a", RDF + "PlainLiteral") is ILL_TYPED


def test_xml_is_compared_in_canonical_form() -> None:
    xml = RDF + "XMLLiteral"
    assert value('<a b="1" c="2"/>', xml) == value("<a c='2' b='1'></a>", xml)
    assert value("<a>", xml) is ILL_TYPED


def test_every_datatype_of_the_profile_is_known() -> None:
    for name in ("decimal", "integer", "double", "float", "string", "token", "anyURI", "dateTimeStamp"):
        assert XSD + name in DATATYPES
