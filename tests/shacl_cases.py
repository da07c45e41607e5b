"""Random data graphs and shapes graphs over all of SHACL Core, with the literals that engines read differently."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

PREFIXES = """\
@prefix ex: <http://example.org/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
DATATYPES = [
    "string",
    "integer",
    "decimal",
    "double",
    "float",
    "boolean",
    "date",
    "dateTime",
    "time",
    "gYear",
    "gYearMonth",
    "duration",
    "anyURI",
    "hexBinary",
    "int",
    "byte",
    "unsignedInt",
    "nonNegativeInteger",
    "positiveInteger",
    "language",
]
LEXICALS = [
    "1",
    "01",
    "+1",
    "-1",
    "0",
    "-0",
    "1.0",
    "1.50",
    "98.0",
    ".5",
    "5.",
    "1e0",
    "1.0E1",
    "NaN",
    "INF",
    "0.1",
    "300",
    "99999999999999999999",
    "true",
    "false",
    "1 ",
    "a",
    "abc",
    "ABC",
    "a\\n",
    "é",
    "ß",
    "İ",
    "ı",
    "K",
    "\\u2003",
    "2000-01-01",
    "2000-01-01Z",
    "2000-01-01+14:00",
    "2000-02-30",
    "2000-01-01T00:00:00",
    "2000-01-01T24:00:00",
    "2000-01-01T00:00:00Z",
    "2000-01-01T00:00:00+02:00",
    "2000-01-01T12:00:00.50",
    "12:00:00",
    "2000",
    "2000-13",
    "2000-12",
    "P1D",
    "0F",
    "xyz",
    "",
    "en",
]
LITERALS = [f'"{text}"^^xsd:{name}' for text in LEXICALS for name in DATATYPES]
PLAIN = [f'"{text}"' for text in LEXICALS] + [
    '"x"@en',
    '"x"@fr',
    '"y"@en',
    '"y"@en-GB',
    '"é"@en-gb',
    '""@de',
    '"a\\"b\\\\c"',
    '"1"^^ex:unit',
    '"<b>"^^rdf:HTML',
    "1",
    "2",
    "3",
    "1.5",
    "true",
    "2e0",
]
IRIS = ["ex:a", "ex:b", "ex:c", "ex:d", "ex:A", "ex:B", "ex:C", "<http://example.org/ü?x#y>"]
BLANKS = ["_:x", "_:y"]
PROPERTIES = ["ex:p", "ex:q", "ex:r", "rdf:type", "rdfs:label"]
CLASSES = ["ex:A", "ex:B", "ex:C", "rdfs:Resource"]
PATTERNS = [
    "^a", "a$", "^abc$", "[0-9]+", "\\\\d", "\\\\w+", "^\\\\w*$", "\\\\s", "\\\\S", "[^a]", "^[^0-9]*$", ".", "^.$",
    "a|b",
    "(?i)ABC", "^(?:a|é)+$", "x{2,3}", "^[A-Z]{1,3}$", "k", "(?=a)", "\\\\ba", "^$", "", "[\\\\d-]", "[a-c&&b]", "i",
    "ss",
]  # fmt: skip

literals = st.one_of(st.sampled_from(PLAIN), st.sampled_from(LITERALS))
nodes = st.sampled_from(IRIS + BLANKS)
terms = st.one_of(nodes, literals)
named_terms = st.one_of(st.sampled_from(IRIS), literals)
counts = st.sampled_from(["0", "1", "2", "3", '"1"^^xsd:int'])
plain_counts = st.sampled_from(["0", "1", "2", "3"])


@st.composite
def data_graphs(draw: st.DrawFn) -> str:
    """Some triples over few nodes, so that they meet."""
    lines = [PREFIXES]
    for _ in range(draw(st.integers(1, 14))):
        predicate = draw(st.sampled_from(PROPERTIES))
        value = draw(st.sampled_from(CLASSES)) if predicate == "rdf:type" else draw(terms)
        lines.append(f"{draw(nodes)} {predicate} {value} .")
    if draw(st.booleans()):
        lines.append("ex:B rdfs:subClassOf ex:A . ex:C rdfs:subClassOf ex:B .")
    return "\n".join(lines) + "\n"


@st.composite
def paths(draw: st.DrawFn, depth: int = 2) -> str:
    """A property path of any kind."""
    kind = draw(st.sampled_from(["iri", "iri", "iri", "sequence", "alternative", "inverse", "*", "+", "?"]))
    if kind == "iri" or depth == 0:
        return draw(st.sampled_from(PROPERTIES))
    inner = paths(depth - 1)
    if kind == "sequence":
        return f"( {draw(inner)} {draw(inner)} )"
    if kind == "alternative":
        return f"[ sh:alternativePath ( {draw(inner)} {draw(inner)} ) ]"
    name = {"inverse": "inversePath", "*": "zeroOrMorePath", "+": "oneOrMorePath", "?": "zeroOrOnePath"}[kind]
    return f"[ sh:{name} {draw(inner)} ]"


def _listed(draw: Any, strategy: Any, least: int, most: int) -> str:
    return "( " + " ".join(draw(strategy) for _ in range(draw(st.integers(least, most)))) + " )"


@st.composite
def constraints(draw: st.DrawFn, depth: int, on_property: bool) -> tuple[str, str]:
    """One constraint: its component's first parameter, and the predicates and objects."""
    names = [
        "class",
        "datatype",
        "nodeKind",
        "minLength",
        "maxLength",
        "pattern",
        "languageIn",
        "min",
        "max",
        "hasValue",
        "in",
        "equals",
        "disjoint",
        "closed",
    ]
    if on_property:
        names += ["minCount", "maxCount", "minCount", "maxCount", "uniqueLang", "lessThan"]
    if depth:
        names += ["node", "property", "not", "and", "or", "xone"]
        if on_property:
            names.append("qualified")
    name = draw(st.sampled_from(names))
    shape = shape_bodies(depth - 1, None) if depth else st.nothing()
    body = {
        "class": lambda: f"sh:class {draw(st.sampled_from(CLASSES))}",
        "datatype": lambda: (
            "sh:datatype "
            + draw(
                st.sampled_from(
                    [f"xsd:{name}" for name in DATATYPES] + ["rdf:langString", "ex:unit", "rdfs:Literal"]
                )
            )
        ),
        "nodeKind": lambda: (
            "sh:nodeKind sh:"
            + draw(
                st.sampled_from(
                    ["IRI", "BlankNode", "Literal", "BlankNodeOrIRI", "BlankNodeOrLiteral", "IRIOrLiteral"]
                )
            )
        ),
        "minLength": lambda: f"sh:minLength {draw(counts)}",
        "maxLength": lambda: f"sh:maxLength {draw(counts)}",
        "pattern": lambda: (
            f'sh:pattern "{draw(st.sampled_from(PATTERNS))}"'
            + draw(st.sampled_from(["", "", ' ; sh:flags "i"', ' ; sh:flags "m"', ' ; sh:flags "s"']))
        ),
        "languageIn": lambda: (
            "sh:languageIn " + _listed(draw, st.sampled_from(['"en"', '"fr"', '"en-GB"', '"*"']), 1, 2)
        ),
        "min": lambda: f"sh:min{draw(st.sampled_from(['Inclusive', 'Exclusive']))} {draw(literals)}",
        "max": lambda: f"sh:max{draw(st.sampled_from(['Inclusive', 'Exclusive']))} {draw(literals)}",
        "hasValue": lambda: f"sh:hasValue {draw(terms)}",
        "in": lambda: f"sh:in {_listed(draw, terms, 0, 4)}",
        "equals": lambda: f"sh:equals {draw(st.sampled_from(PROPERTIES))}",
        "disjoint": lambda: f"sh:disjoint {draw(st.sampled_from(PROPERTIES))}",
        "closed": lambda: (
            f"sh:closed {draw(st.sampled_from(['true', 'false']))}"
            + draw(
                st.sampled_from(
                    ["", " ; sh:ignoredProperties ( rdf:type ex:p )", " ; sh:ignoredProperties ()"]
                )
            )
        ),
        "minCount": lambda: f"sh:minCount {draw(plain_counts)}",
        "maxCount": lambda: f"sh:maxCount {draw(plain_counts)}",
        "uniqueLang": lambda: "sh:uniqueLang true",
        "lessThan": lambda: (
            f"sh:lessThan{draw(st.sampled_from(['', 'OrEquals']))} {draw(st.sampled_from(PROPERTIES))}"
        ),
        "node": lambda: f"sh:node [ {draw(shape_bodies(depth - 1, False))} ]",
        "property": lambda: f"sh:property [ {draw(shape_bodies(depth - 1, True))} ]",
        "not": lambda: f"sh:not [ {draw(shape)} ]",
        "and": lambda: f"sh:and {_listed(draw, shape.map(lambda body: f'[ {body} ]'), 1, 2)}",
        "or": lambda: f"sh:or {_listed(draw, shape.map(lambda body: f'[ {body} ]'), 1, 3)}",
        "xone": lambda: f"sh:xone {_listed(draw, shape.map(lambda body: f'[ {body} ]'), 1, 3)}",
        "qualified": lambda: (
            f"sh:qualifiedValueShape [ {draw(shape)} ] ; "
            + draw(
                st.sampled_from(
                    [
                        "sh:qualifiedMinCount 1",
                        "sh:qualifiedMinCount 2",
                        "sh:qualifiedMaxCount 0",
                        "sh:qualifiedMaxCount 1",
                        "sh:qualifiedMinCount 1 ; sh:qualifiedMaxCount 1",
                        "sh:qualifiedMinCount 1 ; sh:qualifiedValueShapesDisjoint true",
                        "sh:qualifiedMaxCount 4",
                    ]
                )
            )
        ),
    }[name]()
    return name, body


@st.composite
def shape_bodies(draw: st.DrawFn, depth: int, on_property: bool | None) -> str:
    """The predicates and objects of a shape, each parameter that may stand once standing once."""
    if on_property is None:
        on_property = draw(st.booleans())
    parts: dict[str, str] = {}
    if on_property:
        parts["path"] = f"sh:path {draw(paths())}"
    for _ in range(draw(st.integers(1, 3))):
        name, body = draw(constraints(depth, on_property))
        parts[name] = body
    if draw(st.integers(0, 15)) == 0:
        parts["deactivated"] = "sh:deactivated true"
    if draw(st.integers(0, 5)) == 0:
        parts["severity"] = f"sh:severity sh:{draw(st.sampled_from(['Info', 'Warning']))}"
    if draw(st.integers(0, 3)) == 0:
        parts["message"] = 'sh:message "A message"@en'
    if "path" not in parts:
        parts.setdefault("type", "a sh:NodeShape")
    return " ; ".join(parts.values())


@st.composite
def shapes_graphs(draw: st.DrawFn, most: int = 5) -> str:
    """Several shapes with targets of all kinds; some are blank nodes, some classes, some refer to a named one."""
    lines = [PREFIXES, f"ex:Named a sh:NodeShape ; {draw(shape_bodies(1, False))} ."]
    for number in range(draw(st.integers(1, most))):
        targets = [
            draw(
                st.one_of(
                    st.sampled_from(CLASSES).map(lambda name: f"sh:targetClass {name}"),
                    named_terms.map(lambda term: f"sh:targetNode {term}"),
                    st.sampled_from(PROPERTIES).map(lambda name: f"sh:targetSubjectsOf {name}"),
                    st.sampled_from(PROPERTIES).map(lambda name: f"sh:targetObjectsOf {name}"),
                )
            )
            for _ in range(draw(st.integers(1, 2)))
        ]
        body = draw(shape_bodies(2, None))
        extra = draw(st.sampled_from(["", "", "", " ; sh:node ex:Named"]))
        if extra and "sh:path" in body.split(" ; ")[0]:
            extra = " ; sh:not ex:Named" if "sh:not" not in body else ""
        name = draw(st.sampled_from([f"ex:S{number}", f"ex:S{number}", f"_:s{number}"]))
        lines.append(f"{name} {' ; '.join(targets)} ; {body}{extra} .")
    if draw(st.integers(0, 4)) == 0:
        lines.append(f"ex:A a owl:Class, sh:NodeShape ; {draw(shape_bodies(1, False))} .")
    return "\n".join(lines) + "\n"


# SPARQL constraints: what both engines surely read alike, and what they do not

SPARQL_PREFIXES = """
ex:prefixes sh:declare
    [ sh:prefix "ex" ; sh:namespace "http://example.org/"^^xsd:anyURI ],
    [ sh:prefix "xsd" ; sh:namespace "http://www.w3.org/2001/XMLSchema#"^^xsd:anyURI ] .
"""
VARIABLES = ["$this", "?this", "?value", "?x", "?y"]
SPARQL_VERBS = [
    "ex:p", "ex:q", "ex:r", "a", "rdfs:label", "?path", "^ex:p", "ex:p/ex:q", "(ex:p|ex:q)", "ex:p*", "(ex:p|^ex:q)+",
    "ex:q?", "$PATH",
]  # fmt: skip
SPARQL_TERMS = ["ex:a", "ex:A", "<http://example.org/b>", '"x"', '"a"', "1", "true", '"x"@en']

sparql_nodes = st.one_of(st.sampled_from(VARIABLES), st.sampled_from(SPARQL_TERMS[:3]))
sparql_terms = st.one_of(st.sampled_from(VARIABLES), st.sampled_from(SPARQL_TERMS))


@st.composite
def sparql_values(draw: st.DrawFn, depth: int = 2) -> str:
    """An expression that has a value."""
    simple = draw(st.sampled_from([*VARIABLES, *VARIABLES, "?bound", *SPARQL_TERMS, '""', '"en"', "2"]))
    if depth == 0:
        return simple
    inner = sparql_values(depth - 1)
    return {
        "simple": lambda: simple,
        "STR": lambda: f"STR({draw(inner)})",
        "LANG": lambda: f"LANG({draw(inner)})",
        "STRLEN": lambda: f"STRLEN(STR({draw(inner)}))",
        "LCASE": lambda: f"{draw(st.sampled_from(['LCASE', 'UCASE']))}({draw(inner)})",
        "SUBSTR": lambda: (
            f"SUBSTR(STR({draw(inner)}), {draw(st.sampled_from(['1', '2', '2, 1', '0', '1, ?x']))})"
        ),
        "CONCAT": lambda: f"CONCAT({draw(inner)}, {draw(inner)})",
        "COALESCE": lambda: f"COALESCE({draw(inner)}, {draw(inner)})",
        "IF": lambda: f"IF({draw(sparql_tests(depth - 1))}, {draw(inner)}, {draw(inner)})",
        "+": lambda: f"{draw(inner)} + 1",
    }[
        draw(
            st.sampled_from(
                [
                    "simple",
                    "simple",
                    "simple",
                    "STR",
                    "STR",
                    "LANG",
                    "STRLEN",
                    "LCASE",
                    "SUBSTR",
                    "CONCAT",
                    "COALESCE",
                    "IF",
                    "+",
                ]
            )
        )
    ]()


@st.composite
def sparql_tests(draw: st.DrawFn, depth: int = 2) -> str:
    """An expression that is true or false."""
    value = sparql_values(1)
    kinds = ["=", "<", "IN", "is", "BOUND", "STARTS", "REGEX", "LANGMATCHES", "DATATYPE", "sameTerm"]
    kind = draw(st.sampled_from(kinds + (["!", "&&", "||", "EXISTS", "EXISTS"] if depth else [])))
    inner = sparql_tests(depth - 1) if depth else st.nothing()
    return {
        "=": lambda: f"({draw(value)} {draw(st.sampled_from(['=', '!=']))} {draw(value)})",
        "<": lambda: f"({draw(value)} {draw(st.sampled_from(['<', '<=', '>', '>=']))} {draw(value)})",
        "IN": lambda: f'({draw(value)} {draw(st.sampled_from(["IN", "NOT IN"]))} ({draw(value)}, ex:a, "x"))',
        "is": lambda: f"is{draw(st.sampled_from(['IRI', 'BLANK', 'LITERAL', 'NUMERIC']))}({draw(value)})",
        "BOUND": lambda: f"BOUND({draw(st.sampled_from([*VARIABLES, '?bound']))})",
        "STARTS": lambda: (
            f"{draw(st.sampled_from(['STRSTARTS', 'STRENDS', 'CONTAINS']))}({draw(value)}, {draw(value)})"
        ),
        "REGEX": lambda: (
            f'REGEX({draw(value)}, "{draw(st.sampled_from(PATTERNS)).replace(chr(92) * 2, chr(92) * 4)}"'
            + draw(st.sampled_from([")", ', "i")', ', "m")', ', "")']))
        ),
        "LANGMATCHES": lambda: (
            f"LANGMATCHES(LANG({draw(value)}), "
            + draw(st.sampled_from(['"en")', '"en-GB")', '"*")', '"EN")']))
        ),
        "DATATYPE": lambda: (
            f"(DATATYPE({draw(value)}) {draw(st.sampled_from(['=', '!=']))} "
            f"{draw(st.sampled_from(['xsd:integer', 'xsd:string', 'xsd:int', 'rdf:langString', 'ex:unit']))})"
        ),
        "sameTerm": lambda: f"sameTerm({draw(value)}, {draw(value)})",
        "!": lambda: f"!{draw(inner)}" if draw(st.booleans()) else f"(!({draw(inner)}))",
        "&&": lambda: f"({draw(inner)} && {draw(inner)})",
        "||": lambda: f"({draw(inner)} || {draw(inner)})",
        "EXISTS": lambda: (
            f"{draw(st.sampled_from(['', 'NOT ']))}EXISTS {{ {draw(sparql_patterns(depth - 1))} }}"
        ),
    }[kind]()


@st.composite
def sparql_parts(draw: st.DrawFn, kind: str, depth: int) -> str:
    """One part of a group graph pattern."""
    inner = sparql_patterns(depth - 1) if depth else st.nothing()
    return {
        "triple": lambda: (
            f"{draw(sparql_nodes)} {draw(st.sampled_from(SPARQL_VERBS))} {draw(sparql_terms)}"
            + draw(st.sampled_from(["", "", f" ; ex:p {draw(sparql_terms)}", f", {draw(sparql_terms)}"]))
            + " ."
        ),
        "FILTER": lambda: f"FILTER({draw(sparql_tests(min(depth, 1)))})",
        "OPTIONAL": lambda: f"OPTIONAL {{ {draw(inner)} }}",
        "UNION": lambda: f"{{ {draw(inner)} }} UNION {{ {draw(inner)} }}",
        "SELECT": lambda: (
            f"{{ SELECT {draw(st.sampled_from(['', 'DISTINCT ']))}$this "
            f"{draw(st.sampled_from(['', '?value ', '?x ']))}WHERE {{ {draw(inner)} }} }}"
        ),
        "BIND": lambda: (
            f"BIND({draw(sparql_values())} AS {draw(st.sampled_from(['?bound', '?bound', '?other']))})"
        ),
        "group": lambda: f"{{ {draw(inner)} }}",
    }[kind]()


@st.composite
def sparql_patterns(draw: st.DrawFn, depth: int = 2) -> str:
    """The inside of a group graph pattern, which begins with a triple."""
    more = st.sampled_from(
        ["triple", "triple", "triple", "FILTER", "FILTER"]
        + (["OPTIONAL", "UNION", "SELECT", "BIND", "group"] if depth else [])
    )
    kinds = ["triple", *(draw(more) for _ in range(draw(st.integers(0, 2))))]
    return " ".join(draw(sparql_parts(kind, depth)) for kind in kinds)


@st.composite
def sparql_shapes_graphs(draw: st.DrawFn) -> str:
    """A shape with SPARQL constraints, or several."""
    lines = [PREFIXES, SPARQL_PREFIXES]
    for number in range(draw(st.integers(1, 2))):
        target = draw(
            st.one_of(
                st.sampled_from(CLASSES).map(lambda name: f"sh:targetClass {name}"),
                named_terms.map(lambda term: f"sh:targetNode {term}"),
                st.sampled_from(PROPERTIES).map(lambda name: f"sh:targetSubjectsOf {name}"),
                st.sampled_from(PROPERTIES).map(lambda name: f"sh:targetObjectsOf {name}"),
            )
        )
        select = (
            f"SELECT {draw(st.sampled_from(['', 'DISTINCT ']))}$this {draw(st.sampled_from(['', '?value ']))}"
        )
        select += f"WHERE {{ {draw(sparql_patterns())} }}".replace("\\", "\\\\")
        path = draw(st.sampled_from(["sh:path ex:p ; ", "sh:path [ sh:inversePath ex:p ] ; "]))
        if "$PATH" not in select and draw(st.booleans()):
            path = ""
        kind = "a sh:PropertyShape" if path else "a sh:NodeShape"
        constraint = f"sh:sparql [ sh:prefixes ex:prefixes ; sh:select '''{select}''' ]"
        outer = draw(st.sampled_from(["plain", "plain", "plain", "not", "node"]))
        if outer == "plain" or path:
            lines.append(f"ex:S{number} {kind} ; {target} ; {path}{constraint} .")
        else:
            lines.append(f"ex:S{number} a sh:NodeShape ; {target} ; sh:{outer} [ {kind} ; {constraint} ] .")
    return "\n".join(lines) + "\n"
