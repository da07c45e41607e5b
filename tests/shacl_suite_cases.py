"""Cases like those of other validators' test suites: name, data, shapes. Each must read as pySHACL reads it."""

# ruff: noqa: E501 (data and shapes, a line each)

SUITE_CASES = {
    "an instance of a class that is a shape": (
        "ex:a a ex:S . ex:b a ex:T . ex:T rdfs:subClassOf ex:S .",
        "ex:S a sh:NodeShape, rdfs:Class ; sh:property [ sh:path ex:p ; sh:minCount 1 ] .",
    ),
    "a class of OWL that is a shape": (
        "ex:a a ex:S .",
        "ex:S a sh:NodeShape, owl:Class ; sh:property [ sh:path ex:p ; sh:minCount 1 ] .",
    ),
    "a subclass that only the shapes graph knows": (
        "ex:a a ex:B .",
        "ex:B rdfs:subClassOf ex:A . ex:S sh:targetClass ex:A ; sh:nodeKind sh:Literal .",
    ),
    "a deactivated shape": (
        "ex:a a ex:A .",
        "ex:S sh:targetClass ex:A ; sh:deactivated true ; sh:class ex:B .",
    ),
    "a deactivated property shape": (
        "ex:a a ex:A .",
        "ex:S sh:targetClass ex:A ; sh:property [ sh:path ex:p ; sh:minCount 1 ; sh:deactivated true ] .",
    ),
    "a deactivated shape inside sh:not": (
        "ex:a a ex:A .",
        "ex:S sh:targetClass ex:A ; sh:not [ sh:class ex:B ; sh:deactivated true ] .",
    ),
    "severities of one's own": (
        "ex:a a ex:A .",
        "ex:S sh:targetClass ex:A ; sh:severity ex:Grave ; sh:property [ sh:path ex:p ; sh:minCount 1 ; sh:severity sh:Info ] ;"
        " sh:class ex:B .",
    ),
    "messages in several languages": (
        "ex:a a ex:A .",
        'ex:S sh:targetClass ex:A ; sh:class ex:B ; sh:message "No."@en, "Nein."@de, "Non" .',
    ),
    "disjoint qualified value shapes": (
        "ex:hand ex:digit ex:t, ex:f1, ex:f2, ex:both . ex:t a ex:Thumb . ex:f1 a ex:Finger . ex:f2 a ex:Finger ."
        " ex:both a ex:Thumb, ex:Finger .",
        "ex:S sh:targetNode ex:hand ; sh:property [ sh:path ex:digit ; sh:qualifiedValueShape [ sh:class ex:Thumb ] ;"
        " sh:qualifiedValueShapesDisjoint true ; sh:qualifiedMinCount 1 ; sh:qualifiedMaxCount 1 ],"
        " [ sh:path ex:digit ; sh:qualifiedValueShape [ sh:class ex:Finger ] ; sh:qualifiedValueShapesDisjoint true ;"
        " sh:qualifiedMinCount 3 ; sh:qualifiedMaxCount 4 ] .",
    ),
    "a qualified maximum of zero": (
        "ex:a ex:p ex:x, 1 . ex:b ex:p 1 .",
        "ex:S sh:targetSubjectsOf ex:p ; sh:property [ sh:path ex:p ; sh:qualifiedMaxCount 0 ;"
        " sh:qualifiedValueShape [ sh:nodeKind sh:IRI ] ] .",
    ),
    "a closed shape that ignores some properties": (
        "ex:a a ex:A ; ex:p 1 ; ex:q 2 ; ex:r 3 .",
        "ex:S sh:targetClass ex:A ; sh:closed true ; sh:ignoredProperties ( rdf:type ex:q ) ; sh:property [ sh:path ex:p ] .",
    ),
    "a closed shape whose property is a path": (
        "ex:a ex:p ex:b . ex:b ex:q 1 .",
        "ex:S sh:targetNode ex:a ; sh:closed true ; sh:property [ sh:path ( ex:p ex:q ) ; sh:minCount 1 ] .",
    ),
    "closed false": ("ex:a ex:p 1 .", "ex:S sh:targetNode ex:a ; sh:closed false ."),
    "one of two, and one of those": (
        "ex:a ex:p 1 . ex:b ex:q 1 . ex:c ex:p 1 ; ex:q 1 . ex:d ex:r 1 .",
        "ex:S sh:targetNode ex:a, ex:b, ex:c, ex:d ; sh:xone ( [ sh:xone ( [ sh:path ex:p ; sh:minCount 1 ]"
        " [ sh:path ex:q ; sh:minCount 1 ] ) ] [ sh:path ex:q ; sh:minCount 1 ] ) .",
    ),
    "and, or and not in each other": (
        "ex:a ex:p 1 . ex:b ex:q 1 . ex:c ex:p 1 ; ex:q 'x' .",
        "ex:S sh:targetNode ex:a, ex:b, ex:c ; sh:and ( [ sh:or ( [ sh:path ex:p ; sh:minCount 1 ] [ sh:not"
        " [ sh:path ex:q ; sh:datatype xsd:integer ] ] ) ] [ sh:path ex:q ; sh:maxCount 0 ] ) .",
    ),
    "steps around a circle": (
        "ex:a ex:p ex:b . ex:b ex:p ex:c . ex:c ex:p ex:a ; ex:q 1 .",
        "ex:S sh:targetNode ex:a ; sh:property [ sh:path [ sh:zeroOrMorePath ex:p ] ; sh:maxCount 2 ; sh:class ex:C ],"
        " [ sh:path [ sh:oneOrMorePath ex:p ] ; sh:minCount 4 ], [ sh:path [ sh:zeroOrOnePath ex:p ] ; sh:maxCount 1 ] .",
    ),
    "an inverse of an alternative in a sequence": (
        "ex:x ex:p ex:m . ex:y ex:q ex:m . ex:m ex:r ex:a .",
        "ex:S sh:targetNode ex:a ; sh:property [ sh:path ( [ sh:inversePath ex:r ] [ sh:inversePath"
        " [ sh:alternativePath ( ex:p ex:q ) ] ] ) ; sh:maxCount 1 ] .",
    ),
    "more steps of a sequence": (
        "ex:a ex:p [ ex:q ex:b ] . ex:b ex:p [ ex:q ex:c ] .",
        "ex:S sh:targetNode ex:a ; sh:property [ sh:path [ sh:zeroOrMorePath ( ex:p ex:q ) ] ; sh:nodeKind sh:Literal ] .",
    ),
    "the same value by two ways counts once": (
        "ex:a ex:p ex:x ; ex:q ex:x .",
        "ex:S sh:targetNode ex:a ; sh:property [ sh:path [ sh:alternativePath ( ex:p ex:q ) ] ; sh:minCount 2 ] .",
    ),
    "literals as focus nodes": (
        "ex:a ex:p 1, 01, '1', 'x'@en .",
        "ex:S sh:targetObjectsOf ex:p ; sh:datatype xsd:integer ; sh:nodeKind sh:Literal ; sh:in ( 1 ) .",
    ),
    "literals that are named": (
        "ex:a ex:p 1 .",
        "ex:S sh:targetNode 1, 01, 'x'@en, '1' ; sh:datatype xsd:integer ; sh:minInclusive 1 .",
    ),
    "a property of a literal": (
        "ex:a ex:p 1 .",
        "ex:S sh:targetObjectsOf ex:p ; sh:property [ sh:path ex:q ; sh:minCount 1 ] .",
    ),
    "a node that the data does not have": (
        "ex:a ex:p 1 .",
        "ex:S sh:targetNode ex:none ; sh:property [ sh:path ex:p ; sh:minCount 1 ] ; sh:class ex:C .",
    ),
    "a blank node that the shapes name": ("_:b ex:p 1 .", "ex:S sh:targetNode _:b ; sh:class ex:C ."),
    "blank nodes of the data": (
        "[] a ex:A . [] a ex:A ; ex:p [] .",
        "ex:S sh:targetClass ex:A ; sh:property [ sh:path ex:p ; sh:minCount 1 ; sh:nodeKind sh:IRI ] .",
    ),
    "one text a language, in any case": (
        'ex:a ex:p "x"@en, "y"@EN, "z"@en-GB . ex:b ex:p "x", "y" . ex:c ex:p "x"@en-gb, "y"@en-GB .',
        "ex:S sh:targetSubjectsOf ex:p ; sh:property [ sh:path ex:p ; sh:uniqueLang true ] .",
    ),
    "unique languages, false": (
        'ex:a ex:p "x"@en, "y"@en .',
        "ex:S sh:targetSubjectsOf ex:p ; sh:property [ sh:path ex:p ; sh:uniqueLang false ] .",
    ),
    "languages and their ranges": (
        'ex:a ex:p "x"@en, "y"@en-NZ, "z"@de-AT, "u", 5, ex:i, "m"@mi .',
        'ex:S sh:targetSubjectsOf ex:p ; sh:property [ sh:path ex:p ; sh:languageIn ( "en" "mi" "de-AT" ) ] .',
    ),
    "what cannot be compared": (
        'ex:a ex:p 1, "x", ex:i ; ex:q 2, "2000-01-01"^^xsd:date . ex:b ex:p "2000-01-01"^^xsd:date ;'
        ' ex:q "2001-01-01"^^xsd:dateTime . ex:c ex:p "2000-01-01T00:00:00"^^xsd:dateTime ; ex:q "2000-01-01T00:00:00Z"^^xsd:dateTime .',
        "ex:S sh:targetSubjectsOf ex:p ; sh:property [ sh:path ex:p ; sh:lessThan ex:q ] .",
    ),
    "not later than": (
        'ex:a ex:p 1, 2.0 ; ex:q 2 . ex:b ex:p "b" ; ex:q "a", "b" .',
        "ex:S sh:targetSubjectsOf ex:p ; sh:property [ sh:path ex:p ; sh:lessThanOrEquals ex:q ] .",
    ),
    "flags of a pattern": (
        'ex:a ex:p "ABC", "a b", "x\\nabc", "abcd" .',
        'ex:S sh:targetSubjectsOf ex:p ; sh:property [ sh:path ex:p ; sh:pattern "^abc$" ; sh:flags "i" ],'
        ' [ sh:path ex:p ; sh:pattern "^abc$" ; sh:flags "m" ], [ sh:path ex:p ; sh:pattern "a b" ; sh:flags "x" ],'
        ' [ sh:path ex:p ; sh:pattern "x.abc" ; sh:flags "s" ] .',
    ),
    "patterns and lengths of IRIs and blank nodes": (
        "ex:a ex:p ex:longer, _:b, 12345 .",
        'ex:S sh:targetSubjectsOf ex:p ; sh:property [ sh:path ex:p ; sh:pattern "long|^1" ],'
        " [ sh:path ex:p ; sh:minLength 4 ; sh:maxLength 25 ] .",
    ),
    "lengths count characters": (
        'ex:a ex:p "\\U0001F600\\U0001F600", "é", "" .',
        "ex:S sh:targetSubjectsOf ex:p ; sh:property [ sh:path ex:p ; sh:minLength 1 ; sh:maxLength 1 ] .",
    ),
    **{
        f"node kind {kind}": (
            'ex:a ex:p ex:i, _:b, 1, "x"@en .',
            f"ex:S sh:targetSubjectsOf ex:p ; sh:property [ sh:path ex:p ; sh:nodeKind sh:{kind} ] .",
        )
        for kind in ("IRI", "BlankNode", "Literal", "BlankNodeOrIRI", "BlankNodeOrLiteral", "IRIOrLiteral")
    },
    "literals that are ill-formed": (
        'ex:a ex:p "x"^^xsd:integer, "300"^^xsd:byte, "-1"^^xsd:nonNegativeInteger, "2001-02-30"^^xsd:date, "maybe"^^xsd:boolean .',
        "ex:S sh:targetSubjectsOf ex:p ; sh:property [ sh:path ex:p ; sh:or ( [ sh:datatype xsd:integer ] [ sh:datatype xsd:byte ]"
        " [ sh:datatype xsd:nonNegativeInteger ] [ sh:datatype xsd:date ] [ sh:datatype xsd:boolean ] ) ] .",
    ),
    "a datatype of one's own": (
        'ex:a ex:p "x"^^ex:type, "y", "z"@en .',
        "ex:S sh:targetSubjectsOf ex:p ; sh:property [ sh:path ex:p ; sh:datatype ex:type ] .",
    ),
    "texts with a language": (
        'ex:a ex:p "x", "y"@en .',
        "ex:S sh:targetSubjectsOf ex:p ; sh:property [ sh:path ex:p ; sh:datatype rdf:langString ] .",
    ),
    "other lexical forms of a listed literal": (
        'ex:a ex:p 1, 01, +1, 1.0, "1", true, "1"^^xsd:boolean, "1"^^xsd:int .',
        'ex:S sh:targetSubjectsOf ex:p ; sh:property [ sh:path ex:p ; sh:in ( 01 true "1"^^xsd:int ) ] .',
    ),
    "nothing is listed": (
        "ex:a ex:p 1 .",
        "ex:S sh:targetSubjectsOf ex:p ; sh:property [ sh:path ex:p ; sh:in () ] .",
    ),
    "values that must be there": (
        'ex:a ex:p 1, "x"@en . ex:b ex:p 01 . ex:c ex:p ex:v .',
        'ex:S sh:targetSubjectsOf ex:p ; sh:property [ sh:path ex:p ; sh:hasValue 1 ; sh:hasValue "x"@en ] .',
    ),
    "a node that must be a value": (
        "ex:a ex:p 1 . ex:b ex:p 1 .",
        "ex:S sh:targetSubjectsOf ex:p ; sh:hasValue ex:a .",
    ),
    "equal and disjoint sets": (
        "ex:a ex:p 1, 2 ; ex:q 1, 2 . ex:b ex:p 1 ; ex:q 01 . ex:c ex:p 1 . ex:d ex:q 1 ; ex:p 2, 1 .",
        "ex:S sh:targetSubjectsOf ex:p ; sh:property [ sh:path ex:p ; sh:equals ex:q ], [ sh:path ex:p ; sh:disjoint ex:q ] .",
    ),
    "a node equal to its value, and disjoint from it": (
        "ex:a ex:p ex:a . ex:b ex:p ex:b, ex:c . ex:c ex:p ex:a .",
        "ex:S sh:targetSubjectsOf ex:p ; sh:equals ex:p . ex:T sh:targetSubjectsOf ex:p ; sh:disjoint ex:p .",
    ),
    "bounds of other types": (
        'ex:a ex:p 5, 5.0, 5e0, "5", "5"^^xsd:int, "x"@en, ex:i, _:b, "2000-01-01"^^xsd:date, "INF"^^xsd:double .',
        "ex:S sh:targetSubjectsOf ex:p ; sh:property [ sh:path ex:p ; sh:minInclusive 5 ], [ sh:path ex:p ; sh:maxExclusive 6.0 ],"
        " [ sh:path ex:p ; sh:minExclusive 4e0 ], [ sh:path ex:p ; sh:maxInclusive '2000-01-02'^^xsd:date ] .",
    ),
    "times with and without a zone": (
        'ex:a ex:p "2000-01-01T00:00:00"^^xsd:dateTime, "2000-01-01T00:00:00Z"^^xsd:dateTime, "2000-01-01T00:00:00+14:00"^^xsd:dateTime .',
        "ex:S sh:targetSubjectsOf ex:p ; sh:property [ sh:path ex:p ; sh:minInclusive '2000-01-01T00:00:00Z'^^xsd:dateTime ] .",
    ),
    "several classes": (
        "ex:a a ex:A . ex:b a ex:A, ex:B . ex:c a ex:A, ex:C . ex:C rdfs:subClassOf ex:B .",
        "ex:S sh:targetClass ex:A ; sh:class ex:A, ex:B .",
    ),
    "a circle of subclasses": (
        "ex:A rdfs:subClassOf ex:B . ex:B rdfs:subClassOf ex:A . ex:x a ex:B .",
        "ex:S sh:targetClass ex:A ; sh:property [ sh:path ex:p ; sh:minCount 1 ] .",
    ),
    "shapes by several names": (
        "ex:a a ex:A ; ex:p ex:b . ex:b ex:q 1 .",
        "ex:S sh:targetClass ex:A ; sh:property ex:P ; sh:node ex:T . ex:T sh:property ex:P ."
        " ex:P sh:path ex:p ; sh:node [ sh:property [ sh:path ex:q ; sh:maxCount 0 ] ] .",
    ),
    "several targets of one shape": (
        "ex:a a ex:A ; ex:p ex:a . ex:b ex:p ex:c .",
        "ex:S sh:targetClass ex:A ; sh:targetNode ex:a, ex:z ; sh:targetSubjectsOf ex:p ; sh:targetObjectsOf ex:p ; sh:class ex:C .",
    ),
    "lists": (
        'ex:a ex:p ( 1 "x" ) . ex:b ex:p () .',
        "ex:S sh:targetSubjectsOf ex:p ; sh:property [ sh:path ( ex:p [ sh:zeroOrMorePath rdf:rest ] rdf:first ) ;"
        " sh:datatype xsd:integer ; sh:minCount 1 ] .",
    ),
    "a SPARQL constraint with values and paths": (
        "ex:a a ex:A ; ex:p 1, 2 . ex:b a ex:A ; ex:p 3 .",
        'ex:S sh:targetClass ex:A ; sh:sparql [ sh:message "Too small: {?value} of {$this}" ; sh:select """SELECT $this'
        ' (<http://example.org/p> AS ?path) ?value WHERE { $this <http://example.org/p> ?value FILTER(?value < 2) }""" ] .',
    ),
    "a SPARQL constraint on a property": (
        'ex:a ex:p "x"@en, "y"@de .',
        'ex:S sh:targetSubjectsOf ex:p ; sh:property [ sh:path ex:p ; sh:sparql [ sh:select """SELECT $this ?value WHERE'
        ' { $this $PATH ?value FILTER(!LANGMATCHES(LANG(?value), \'en\')) }""" ] ] .',
    ),
    "a component of one's own": (
        'ex:a ex:p "x", 5 .',
        "ex:C a sh:ConstraintComponent ; sh:parameter [ sh:path ex:least ] ; sh:validator [ a sh:SPARQLAskValidator ;"
        ' sh:message "Less than {$least}" ; sh:ask "ASK { FILTER(STRLEN(STR($value)) >= $least) }" ] .'
        " ex:S sh:targetSubjectsOf ex:p ; sh:property [ sh:path ex:p ; ex:least 2 ] .",
    ),
}
