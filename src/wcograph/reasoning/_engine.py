"""The engine that closes a graph under the rules of ``wcograph.reasoning.rules``.

Terms become small integers, the pairs of a property one set of integers (subject and object in one number),
the members of a class another, so that a rule with one data premise (a domain, a superclass, an inverse) is a
set difference that runs in C. Evaluation is semi-naive: a pair meets everything it can be met with once, when
it is new. Transitive properties are closed one step at a time, over the pairs that transitivity did not give
itself. Equal terms share one representative; what replacement gives is written out at the end.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

from wcograph.errors import LimitError
from wcograph.reasoning.datatypes import (
    DATATYPES,
    ILL_TYPED,
    LANG_STRING,
    RDF,
    RDFS,
    STRING,
    SUPERTYPES,
    XSD,
    contains,
    value,
)
from wcograph.reasoning.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from wcograph.reasoning.datatypes import Value

    Term = NamedNode | BlankNode | Literal | Triple
    Statement = tuple[Term, Term, Term]

OWL = "http://www.w3.org/2002/07/owl#"

REPLACEMENT: frozenset[str] = frozenset({"eq-sym", "eq-trans", "eq-rep-s", "eq-rep-p", "eq-rep-o"})
"""The rules that are one mechanism here (representatives): they are all in force, or none is."""

# The terms that rules name, and those that only axioms name. The first are the first integers.
_VOCABULARY = tuple(
    {"rdf": RDF, "rdfs": RDFS, "owl": OWL}[name.partition(":")[0]] + name.partition(":")[2]
    for name in (  # noqa: SIM905
        "rdf:type rdf:first rdf:rest rdf:nil rdf:Property rdfs:domain rdfs:range rdfs:subPropertyOf "
        "rdfs:subClassOf rdfs:Datatype owl:sameAs owl:differentFrom owl:AllDifferent owl:members "
        "owl:distinctMembers owl:FunctionalProperty owl:InverseFunctionalProperty owl:IrreflexiveProperty "
        "owl:SymmetricProperty owl:AsymmetricProperty owl:TransitiveProperty owl:propertyChainAxiom "
        "owl:equivalentProperty owl:propertyDisjointWith owl:AllDisjointProperties owl:inverseOf owl:hasKey "
        "owl:sourceIndividual owl:assertionProperty owl:targetIndividual owl:targetValue owl:Class owl:Thing "
        "owl:Nothing owl:intersectionOf owl:unionOf owl:complementOf owl:someValuesFrom owl:onProperty "
        "owl:allValuesFrom owl:hasValue owl:maxCardinality owl:maxQualifiedCardinality owl:onClass owl:oneOf "
        "owl:equivalentClass owl:disjointWith owl:AllDisjointClasses owl:ObjectProperty owl:DatatypeProperty "
        "owl:AnnotationProperty"
    ).split()
)
(
    TYPE, FIRST, REST, NIL, PROPERTY, DOMAIN, RANGE, SUBPROPERTY,
    SUBCLASS, DATATYPE, SAME, DIFFERENT, ALL_DIFFERENT, MEMBERS,
    DISTINCT_MEMBERS, FUNCTIONAL, INVERSE_FUNCTIONAL, IRREFLEXIVE,
    SYMMETRIC, ASYMMETRIC, TRANSITIVE, CHAIN,
    EQUIVALENT_PROPERTY, PROPERTY_DISJOINT, ALL_DISJOINT_PROPERTIES, INVERSE, HAS_KEY,
    SOURCE, ASSERTION_PROPERTY, TARGET_INDIVIDUAL, TARGET_VALUE, CLASS, THING,
    NOTHING, INTERSECTION, UNION, COMPLEMENT, SOME, ON_PROPERTY,
    ALL, HAS_VALUE, MAX, MAX_QUALIFIED, ON_CLASS, ONE_OF,
    EQUIVALENT_CLASS, DISJOINT, ALL_DISJOINT_CLASSES, OBJECT_PROPERTY, DATATYPE_PROPERTY,
    ANNOTATION_PROPERTY,
) = range(len(_VOCABULARY))  # fmt: skip

ANNOTATION_PROPERTIES: tuple[str, ...] = (
    *(RDFS + name for name in ("label", "comment", "seeAlso", "isDefinedBy")),
    *(OWL + name for name in ("deprecated", "versionInfo", "priorVersion")),
    *(OWL + name for name in ("backwardCompatibleWith", "incompatibleWith")),
)
"""The built-in annotation properties of OWL 2 RL (rule prp-ap)."""

_AXIOM_PROPERTIES = frozenset(
    {
        DOMAIN, RANGE, SUBPROPERTY, SUBCLASS, CHAIN, EQUIVALENT_PROPERTY, INVERSE, HAS_KEY, INTERSECTION,
        UNION, SOME, ON_PROPERTY, ALL, HAS_VALUE, MAX, MAX_QUALIFIED, ON_CLASS, ONE_OF, EQUIVALENT_CLASS,
    }
)  # fmt: skip
_LIST_PROPERTIES = (CHAIN, INTERSECTION, UNION, ONE_OF, HAS_KEY)
_SUBJECT_INDEXED = _AXIOM_PROPERTIES | {FIRST, REST, MEMBERS, DISTINCT_MEMBERS}
_SUBJECT_INDEXED |= {ASSERTION_PROPERTY, TARGET_INDIVIDUAL, TARGET_VALUE}
# Where owl:Thing may stand as the object without a rule that asks who its members are.
_THING_IS_IDLE = frozenset({TYPE, SUBCLASS, DOMAIN, RANGE, SOME, ALL, ON_CLASS})

_LOW = 0xFFFFFFFF
_READINGS = 10_000
_EMPTY: frozenset[int] = frozenset()


REFLEXIVE = frozenset(
    {_VOCABULARY[p] for p in (SAME, SUBCLASS, EQUIVALENT_CLASS, SUBPROPERTY, EQUIVALENT_PROPERTY)}
)


"""The properties of which every term has itself as a value, or every class, or every property."""


def close(
    triples: Iterable[Triple | Quad], *, rules: Collection[str] = RULES, trivial: bool = False
) -> Engine:
    """Run the engine, and give it back for those who look into it (``wcograph.reasoning.proof``)."""
    engine = Engine(frozenset(rules))
    engine.load(triples, trivial=trivial)
    engine.run()
    return engine


def _swap(codes: Iterable[int]) -> set[int]:
    return {(code & _LOW) << 32 | code >> 32 for code in codes}


def _subjects(codes: Iterable[int]) -> set[int]:
    return {code >> 32 for code in codes}


def _objects(codes: Iterable[int]) -> set[int]:
    return {code & _LOW for code in codes}


class Engine:
    """The state of one evaluation. A *code* is a pair of terms in one integer: subject << 32 | object."""

    def __init__(self, rules: frozenset[str]) -> None:
        self.rules = rules
        self.terms: list[Term] = []
        self.ids: dict[Term, int] = {}
        self.literals: list[int] = []
        self.triple_terms: list[int] = []
        # The graph: codes by property (rdf:type apart), members by class; what of it is inferred; what of it
        # has not yet met the rest. `steps` is pending too, but given by transitivity.
        self.pairs: dict[int, set[int]] = {}
        self.members: dict[int, set[int]] = {}
        self.new_pairs: dict[int, set[int]] = {}
        self.new_members: dict[int, set[int]] = {}
        self.pending: dict[int, set[int]] = {}
        self.steps: dict[int, set[int]] = {}
        self.pending_members: dict[int, set[int]] = {}
        # Indexes by subject and by object, for the properties that joins need.
        self.forward: dict[int, dict[int, set[int]]] = {}
        self.backward: dict[int, dict[int, set[int]]] = {}
        self.edges: dict[int, dict[int, set[int]]] = {}
        # Equality: who is replaced by whom, and what stood in the graph before it was rewritten.
        self.parent: dict[int, int] = {}
        self.groups: dict[int, list[int]] = {}
        self.equal: list[tuple[int, int]] = []
        self.asserted_same: set[int] = set()
        self.rewritten: dict[int, set[int]] = {}
        self.value_of: dict[int, tuple[Value, int]] = {}
        self.clashes: list[tuple[int, int]] = []
        self.twins: set[tuple[int, int]] = set()
        self.data_values: dict[int, Value | None] = {}
        self.ill_typed: list[int] = []
        self.axioms: set[tuple[int, int, int]] = set()
        self.lists_changed = False
        self.changed = True
        self.replacing = rules >= REPLACEMENT
        self.clear_tables()

        for iri in _VOCABULARY:
            self.encode(NamedNode(iri))
        for iri in sorted(DATATYPES):
            self.encode(NamedNode(iri))
        self.datatypes = range(len(_VOCABULARY), len(self.terms))
        self.annotation_properties = [self.encode(NamedNode(iri)) for iri in ANNOTATION_PROPERTIES]
        self.builtins = len(self.terms)
        for p in _SUBJECT_INDEXED:
            self.forward[p] = {}
        for p in _AXIOM_PROPERTIES:
            self.backward[p] = {}

    def clear_tables(self) -> None:
        """Forget what was compiled from the axioms."""
        self.chains: dict[int, set[tuple[int, tuple[int, ...]]]] = {}
        self.intersections: dict[int, set[tuple[int, tuple[int, ...]]]] = {}
        self.operands: dict[int, set[int]] = {}
        self.unions: dict[int, set[int]] = {}
        self.keys: dict[int, set[tuple[int, ...]]] = {}
        self.by_property: dict[int, dict[int, set[tuple[int, int]]]] = {SOME: {}, ALL: {}}
        self.by_filler: dict[int, dict[int, set[tuple[int, int]]]] = {SOME: {}, ALL: {}, HAS_VALUE: {}}
        self.by_class: dict[int, dict[int, set[tuple[int, int]]]] = {ALL: {}, HAS_VALUE: {}}
        self.at: dict[int, dict[tuple[int, int], set[int]]] = {SOME: {}, ALL: {}, HAS_VALUE: {}}
        self.value_property: dict[int, dict[int, set[int]]] = {}

    # ------------------------------------------------------------------------------------------- the input

    def encode(self, term: Term) -> int:
        number = self.ids.get(term)
        if number is None:
            number = self.ids[term] = len(self.terms)
            self.terms.append(term)
            if isinstance(term, Literal):
                self.literals.append(number)
        return number

    def load(self, triples: Iterable[Triple | Quad], *, trivial: bool) -> None:
        """Take the asserted triples in, and the axioms that need no premise."""
        encode, ids, pairs, members = self.encode, self.ids, self.pairs, self.members
        builtins = self.builtins
        mentioned: set[int] = set()
        thing_is_idle = not trivial
        for triple in triples:
            subject, predicate, target = triple.subject, triple.predicate, triple.object
            s = ids.get(subject)
            if s is None:
                s = encode(subject)
            p = ids.get(predicate)
            if p is None:
                p = encode(predicate)
            o = ids.get(target)
            if o is None:
                o = encode(target)
            if s < builtins:
                mentioned.add(s)
                if s == THING:
                    thing_is_idle = False
            if o < builtins and p != TYPE:
                mentioned.add(o)
                if o == THING and p not in _THING_IS_IDLE:
                    thing_is_idle = False
            if p == TYPE:
                known = members.get(o)
                if known is None:
                    members[o] = {s}
                else:
                    known.add(s)
                if o in self.datatypes:
                    mentioned.add(o)
            else:
                known = pairs.get(p)
                if known is None:
                    pairs[p] = {s << 32 | o}
                else:
                    known.add(s << 32 | o)

        # A graph that speaks about the vocabulary itself (a subproperty of rdf:type, say) gets rdf:type and
        # owl:sameAs as ordinary properties too, reflexive pairs and all.
        about_vocabulary = trivial or any(
            number < len(_VOCABULARY) and number not in (NIL, THING, NOTHING) for number in mentioned
        )
        self.type_is_data = self.same_is_data = about_vocabulary
        self.thing_is_idle = thing_is_idle and not about_vocabulary

        # The sets themselves, no copies: what is added to them meanwhile only meets the rules once more.
        self.pending = dict(pairs)
        self.pending_members = dict(members)
        for p in (*self.forward, *self.backward):
            self.index_pairs(p, pairs.get(p, ()))
        self.asserted_same = self.pairs.pop(SAME, set())
        self.pending.pop(SAME, None)
        if self.type_is_data:
            self.pairs[TYPE] = {s << 32 | c for c, known in members.items() for s in known}
            self.pending[TYPE] = set(self.pairs[TYPE])
        for code in self.asserted_same:
            self.make_equal(code >> 32, code & _LOW)
        if self.same_is_data:
            self.pairs[SAME] = set()
            self.emit(SAME, set(self.asserted_same))
            self.new_pairs.pop(SAME, None)
        self.add_axioms()
        self.read_literals(mentioned)

    def add_axioms(self) -> None:
        """Rules cls-thing, cls-nothing1, prp-ap and dt-type1."""
        if "cls-thing" in self.rules:
            self.add_axiom(THING, CLASS)
        if "cls-nothing1" in self.rules:
            self.add_axiom(NOTHING, CLASS)
        if "prp-ap" in self.rules:
            for number in self.annotation_properties:
                self.add_axiom(number, ANNOTATION_PROPERTY)
        if "dt-type1" in self.rules:
            for number in self.datatypes:
                if not self.iri(number).startswith(XSD + "g"):  # those are not datatypes of OWL 2 RL
                    self.add_axiom(number, DATATYPE)

    def add_axiom(self, s: int, c: int) -> None:
        self.axioms.add((s, TYPE, c))
        self.emit_members(c, {s})

    def read_literals(self, mentioned: set[int]) -> None:
        """Rules dt-type2 (for the datatypes that the graph mentions), dt-eq, and ill-typed literals."""
        rules = self.rules
        spaces = [number for number in self.datatypes if number in mentioned] if "dt-type2" in rules else []
        holders: dict[Value, int] = {}
        typed: dict[int, set[int]] = {number: set() for number in spaces}
        datatype_ids = {number: self.iri(number) for number in spaces}
        # Of a string, or a text in a language, it is known in which datatypes it lies: only those of strings of
        # some form look at it. Two of them are equal when they are the same. So most are not looked at.
        kinds = {
            datatype: [typed[space] for space, iri in datatype_ids.items() if iri in around]
            for datatype, around in (
                (STRING, {STRING, RDF + "PlainLiteral", RDFS + "Literal"}),
                (LANG_STRING, {LANG_STRING, RDF + "PlainLiteral", RDFS + "Literal"}),
            )
        }
        forms = any(STRING in SUPERTYPES.get(iri, ()) for iri in datatype_ids.values())
        for number in self.literals:
            literal = self.terms[number]
            assert isinstance(literal, Literal)
            datatype = literal.datatype.value
            if datatype in kinds and not (forms and datatype == STRING):
                for found in kinds[datatype]:
                    found.add(number)
                continue
            data_value = value(literal.value, datatype, literal.language)
            self.data_values[number] = data_value
            if data_value is ILL_TYPED:
                self.ill_typed.append(number)
                continue
            if data_value is not None and "dt-eq" in rules:
                twin = holders.setdefault(data_value, number)
                if twin != number:
                    self.make_equal(twin, number)
                elif data_value[0] in ("string", "lang"):  # what has a shorter form too
                    _, text, *tag = map(str, data_value)
                    plain = self.ids.get(Literal(text, language=tag[0] if tag else None))
                    if plain is not None:
                        self.make_equal(plain, number)
            for space, iri in datatype_ids.items():
                if contains(iri, data_value) or iri == datatype:
                    typed[space].add(number)
        for space, found in typed.items():
            self.emit_members(space, found)

    def iri(self, number: int) -> str:
        term = self.terms[number]
        return term.value if isinstance(term, NamedNode) else ""

    def data_value(self, number: int) -> Value | None:
        """Give the data value of a literal."""
        if number not in self.data_values:
            literal = self.terms[number]
            assert isinstance(literal, Literal)
            self.data_values[number] = value(literal.value, literal.datatype.value, literal.language)
        return self.data_values[number]

    # --------------------------------------------------------------------------------- storing and indexes

    def index_pairs(self, p: int, codes: Iterable[int]) -> None:
        forward, backward = self.forward.get(p), self.backward.get(p)
        if forward is not None:
            for code in codes:
                forward.setdefault(code >> 32, set()).add(code & _LOW)
        if backward is not None:
            for code in codes:
                backward.setdefault(code & _LOW, set()).add(code >> 32)

    def objects_of(self, p: int) -> dict[int, set[int]]:
        """Give the index of a property by subject, made when first asked for."""
        index = self.forward.get(p)
        if index is None:
            index = self.forward[p] = {}
            for code in self.pairs.get(p, ()):
                index.setdefault(code >> 32, set()).add(code & _LOW)
        return index

    def subjects_of(self, p: int) -> dict[int, set[int]]:
        """Give the index of a property by object, made when first asked for."""
        index = self.backward.get(p)
        if index is None:
            index = self.backward[p] = {}
            for code in self.pairs.get(p, ()):
                index.setdefault(code & _LOW, set()).add(code >> 32)
        return index

    def emit(self, p: int, codes: set[int], *, step: bool = False) -> None:
        """Add pairs to a property; what is new is pending."""
        if p == SAME:
            for code in codes:
                self.make_equal(code >> 32, code & _LOW)
            if not self.same_is_data:
                return
        if p == TYPE:
            by_class: dict[int, set[int]] = {}
            for code in codes:
                by_class.setdefault(code & _LOW, set()).add(code >> 32)
            for c, found in by_class.items():
                self.emit_members(c, found)
            return
        self.store(p, codes, step=step)

    def store(self, p: int, codes: set[int], *, step: bool = False) -> None:
        have = self.pairs.get(p)
        if have is None:
            have = self.pairs[p] = set()
        new = codes - have
        if not new:
            return
        have |= new
        self.changed = True
        self.new_pairs.setdefault(p, set()).update(new)
        if p in self.forward or p in self.backward:
            self.index_pairs(p, new)
            if p in (FIRST, REST):
                self.lists_changed = True
        queue = self.steps if step else self.pending
        waiting = queue.get(p)
        if waiting is None:
            queue[p] = new
        else:
            waiting |= new

    def emit_members(self, c: int, found: set[int]) -> None:
        """Add members to a class; who is new is pending."""
        if c == THING and self.thing_is_idle:
            return
        have = self.members.get(c)
        if have is None:
            have = self.members[c] = set()
        new = found - have
        if not new:
            return
        have |= new
        self.changed = True
        self.new_members.setdefault(c, set()).update(new)
        waiting = self.pending_members.get(c)
        if waiting is None:
            self.pending_members[c] = new
        else:
            waiting |= new
        if self.type_is_data:
            self.store(TYPE, {s << 32 | c for s in new})

    def lists(self, head: int) -> list[tuple[int, ...]]:
        """Give the sequences that an RDF list can be read as: one, unless the list is ill-formed."""
        first, rest = self.forward[FIRST], self.forward[REST]
        readings: list[tuple[int, ...]] = []
        stack: list[tuple[int, tuple[int, ...], tuple[int, ...]]] = [(head, (), ())]
        while stack:
            node, seen, items = stack.pop()
            if node == NIL:
                readings.append(items)
                if len(readings) > _READINGS:
                    raise LimitError(f"the RDF list {self.terms[head]} can be read in more than 10000 ways")
            # A list of one element after another is read in place: most lists are.
            elif node not in seen:
                for following in rest.get(node, ()):
                    stack.extend((following, (*seen, node), (*items, item)) for item in first.get(node, ()))
        return readings

    # ----------------------------------------------------------------------------------------- evaluation

    def run(self) -> None:
        """Apply the rules until nothing is new."""
        while True:
            if self.pending:
                p = next((p for p in self.pending if p < self.builtins), None)
                if p is None:
                    p = next(iter(self.pending))
                self.meet_pairs(p, self.pending.pop(p), base=True)
            elif self.steps:
                p, codes = self.steps.popitem()
                self.meet_pairs(p, codes, base=False)
            elif self.pending_members:
                c = next((c for c in self.pending_members if c < self.builtins), None)
                if c is None:
                    c = next(iter(self.pending_members))
                self.meet_members(c, self.pending_members.pop(c))
            elif self.lists_changed:
                self.lists_changed = False
                for p in _LIST_PROPERTIES:
                    if self.pairs.get(p):
                        self.pending.setdefault(p, set()).update(self.pairs[p])
            elif self.equal:
                self.replace()
            elif self.changed:
                self.changed = False
                self.compare()
                self.copy_twins()
                if self.same_is_data and "eq-ref" in self.rules:
                    self.emit(SAME, self.reflexive())
            else:
                break

    def meet_pairs(self, p: int, codes: set[int], *, base: bool) -> None:
        """Apply every rule that has a premise with property p to new pairs of p."""
        rules, members = self.rules, self.members
        if p in _AXIOM_PROPERTIES:
            _AXIOMS[p](self, list(codes))
        elif p in (MEMBERS, DISTINCT_MEMBERS, FIRST, REST):
            pass  # read at the end, or when a list is read
        if "prp-dom" in rules:
            domains = self.forward[DOMAIN].get(p)
            if domains:
                found = _subjects(codes)
                for c in tuple(domains):
                    self.emit_members(c, found)
        if "prp-rng" in rules:
            ranges = self.forward[RANGE].get(p)
            if ranges:
                found = _objects(codes)
                for c in tuple(ranges):
                    self.emit_members(c, found)
        if "prp-fp" in rules and p in members.get(FUNCTIONAL, _EMPTY):
            self.functional(self.objects_of(p), _subjects(codes))
        if "prp-ifp" in rules and p in members.get(INVERSE_FUNCTIONAL, _EMPTY):
            self.functional(self.subjects_of(p), _objects(codes))
        if "prp-symp" in rules and p in members.get(SYMMETRIC, _EMPTY):
            self.emit(p, _swap(codes))
        if self.is_transitive(p):
            self.go_on(p, codes, base=base)
        if "prp-spo1" in rules:
            for q in tuple(self.forward[SUBPROPERTY].get(p, ())):
                if q != p:
                    self.emit(q, codes)
        if "prp-eqp1" in rules:
            for q in tuple(self.forward[EQUIVALENT_PROPERTY].get(p, ())):
                if q != p:
                    self.emit(q, codes)
        if "prp-eqp2" in rules:
            for q in tuple(self.backward[EQUIVALENT_PROPERTY].get(p, ())):
                if q != p:
                    self.emit(q, codes)
        if "prp-inv1" in rules:
            for q in tuple(self.forward[INVERSE].get(p, ())):
                self.emit(q, _swap(codes))
        if "prp-inv2" in rules:
            for q in tuple(self.backward[INVERSE].get(p, ())):
                self.emit(q, _swap(codes))
        for head, links in tuple(self.chains.get(p, ())):
            for position, link in enumerate(links):
                if link == p:
                    self.follow(head, links, position, codes)
        for restriction, filler in tuple(self.by_property[SOME].get(p, ())):
            self.some_values(restriction, filler, codes)
        for restriction, filler in tuple(self.by_property[ALL].get(p, ())):
            known = members.get(restriction)
            if known and "cls-avf" in rules:
                self.emit_members(filler, {code & _LOW for code in codes if code >> 32 in known})
        fillers = self.value_property.get(p)
        if fillers and "cls-hv2" in rules:
            by_filler: dict[int, set[int]] = {}
            for code in codes:
                if code & _LOW in fillers:
                    by_filler.setdefault(code & _LOW, set()).add(code >> 32)
            for filler, found in by_filler.items():
                for restriction in tuple(fillers[filler]):
                    self.emit_members(restriction, found)

    def meet_members(self, c: int, found: set[int]) -> None:
        """Apply every rule that has a premise ?x rdf:type c to new members of c."""
        rules = self.rules
        if c < self.builtins:
            self.meet_builtin_members(c, found)
        if "cax-sco" in rules:
            for d in tuple(self.forward[SUBCLASS].get(c, ())):
                if d != c:
                    self.emit_members(d, found)
        if "cax-eqc1" in rules:
            for d in tuple(self.forward[EQUIVALENT_CLASS].get(c, ())):
                self.emit_members(d, found)
        if "cax-eqc2" in rules:
            for d in tuple(self.backward[EQUIVALENT_CLASS].get(c, ())):
                self.emit_members(d, found)
        if "cls-uni" in rules:
            for d in tuple(self.unions.get(c, ())):
                self.emit_members(d, found)
        if "cls-int1" in rules:
            for d, operands in tuple(self.intersections.get(c, ())):
                self.intersect(d, operands, found)
        if "cls-int2" in rules:
            for d in tuple(self.operands.get(c, ())):
                self.emit_members(d, found)
        if "cls-svf1" in rules:
            for restriction, p in tuple(self.by_filler[SOME].get(c, ())):
                index = self.subjects_of(p)
                self.emit_members(restriction, {s for o in found for s in index.get(o, ())})
        if "cls-avf" in rules:
            for p, filler in tuple(self.by_class[ALL].get(c, ())):
                index = self.objects_of(p)
                self.emit_members(filler, {o for s in found for o in index.get(s, ())})
        if "cls-hv1" in rules:
            for p, filler in tuple(self.by_class[HAS_VALUE].get(c, ())):
                self.emit(p, {s << 32 | filler for s in found})

    def meet_builtin_members(self, c: int, found: set[int]) -> None:
        rules = self.rules
        if c == CLASS and "scm-cls" in rules:
            reflexive = {x << 32 | x for x in found}
            self.emit(EQUIVALENT_CLASS, reflexive)
            self.emit(SUBCLASS, reflexive | {x << 32 | THING for x in found})
            self.emit(SUBCLASS, {NOTHING << 32 | x for x in found})
        elif c in (OBJECT_PROPERTY, DATATYPE_PROPERTY, PROPERTY):
            name = {OBJECT_PROPERTY: "scm-op", DATATYPE_PROPERTY: "scm-dp", PROPERTY: "rdfs6"}[c]
            if name in rules:
                reflexive = {x << 32 | x for x in found}
                self.emit(SUBPROPERTY, reflexive)
                self.emit(EQUIVALENT_PROPERTY, reflexive)
        elif c == SYMMETRIC and "prp-symp" in rules:
            for p in found:
                self.emit(p, _swap(self.pairs.get(p, ())))
        elif c == TRANSITIVE and "prp-trp" in rules:
            for p in found:
                if p not in self.edges:
                    self.go_on(p, set(self.pairs.get(p, ())), base=True)
        elif c == FUNCTIONAL and "prp-fp" in rules:
            for p in found:
                index = self.objects_of(p)
                self.functional(index, index)
        elif c == INVERSE_FUNCTIONAL and "prp-ifp" in rules:
            for p in found:
                index = self.subjects_of(p)
                self.functional(index, index)
        elif c in self.datatypes and "dt-sub" in rules:
            for iri in SUPERTYPES.get(self.iri(c), ()):
                self.emit_members(self.ids[NamedNode(iri)], found)

    # ------------------------------------------------------------------------------- rules about properties

    def is_transitive(self, p: int) -> bool:
        if p == SUBCLASS:
            return "scm-sco" in self.rules or p in self.members.get(TRANSITIVE, _EMPTY)
        if p == SUBPROPERTY:
            return "scm-spo" in self.rules or p in self.members.get(TRANSITIVE, _EMPTY)
        return "prp-trp" in self.rules and p in self.members.get(TRANSITIVE, _EMPTY)

    def go_on(self, p: int, codes: set[int], *, base: bool) -> None:
        """Rules prp-trp, scm-sco, scm-spo: extend new pairs by one edge.

        An edge is a pair that transitivity did not give. Every pair of the closure is a path of edges, so it
        is enough to extend each pair by each edge that goes on from its end, and each new edge by each pair
        that ends where it begins.
        """
        edges = self.edges.get(p)
        before = self.subjects_of(p)
        if edges is None:
            # All that is known when the property becomes transitive counts as an edge.
            edges = self.edges[p] = {}
            codes, base = self.pairs.get(p, set()), True
        if base:
            for code in codes:
                s, o = code >> 32, code & _LOW
                if s != o:
                    edges.setdefault(s, set()).add(o)
        new: set[int] = set()
        for code in codes:
            following = edges.get(code & _LOW)
            if following:
                high = code & ~_LOW
                new.update([high | o for o in following])
        if base:
            for code in codes:
                preceding = before.get(code >> 32)
                if preceding:
                    o = code & _LOW
                    new.update([s << 32 | o for s in preceding])
        self.emit(p, new, step=True)

    def functional(self, index: dict[int, set[int]], found: Iterable[int]) -> None:
        """Rules prp-fp and prp-ifp: all that stands at one place is one thing."""
        for place in found:
            values = index.get(place)
            if values and len(values) > 1:
                self.all_equal(values)

    def all_equal(self, values: Iterable[int]) -> None:
        one, *others = values
        for other in others:
            self.make_equal(one, other)
        if self.same_is_data:
            self.store(SAME, {one << 32 | other for other in others})

    def follow(self, head: int, links: tuple[int, ...], position: int, codes: Iterable[int]) -> None:
        """Rule prp-spo2: extend new pairs of one link to whole chains."""
        if "prp-spo2" not in self.rules:
            return
        found = set(codes)
        for p in links[position + 1 :]:
            index = self.objects_of(p)
            found = {code & ~_LOW | o for code in found for o in index.get(code & _LOW, ())}
        for p in reversed(links[:position]):
            index = self.subjects_of(p)
            found = {s << 32 | code & _LOW for code in found for s in index.get(code >> 32, ())}
        self.emit(head, found)

    def subproperty(self, codes: Iterable[int]) -> None:
        rules = self.rules
        for code in codes:
            p, q = code >> 32, code & _LOW
            if "prp-spo1" in rules and p != q and p in self.pairs:
                self.emit(q, set(self.pairs[p]))
            if "scm-eqp2" in rules and q << 32 | p in self.pairs[SUBPROPERTY]:
                self.emit(EQUIVALENT_PROPERTY, {code, q << 32 | p})
            if "scm-dom2" in rules:
                self.emit(DOMAIN, {p << 32 | c for c in self.forward[DOMAIN].get(q, ())})
            if "scm-rng2" in rules:
                self.emit(RANGE, {p << 32 | c for c in self.forward[RANGE].get(q, ())})
            self.compare_properties(p, q)

    def equivalent_property(self, codes: Iterable[int]) -> None:
        for code in codes:
            p, q = code >> 32, code & _LOW
            if p != q:
                if "prp-eqp1" in self.rules and p in self.pairs:
                    self.emit(q, set(self.pairs[p]))
                if "prp-eqp2" in self.rules and q in self.pairs:
                    self.emit(p, set(self.pairs[q]))
            if "scm-eqp1" in self.rules:
                self.emit(SUBPROPERTY, {code, q << 32 | p})

    def inverse(self, codes: Iterable[int]) -> None:
        for code in codes:
            p, q = code >> 32, code & _LOW
            if "prp-inv1" in self.rules:
                self.emit(q, _swap(self.pairs.get(p, ())))
            if "prp-inv2" in self.rules:
                self.emit(p, _swap(self.pairs.get(q, ())))

    def domain(self, codes: Iterable[int]) -> None:
        for code in codes:
            p, c = code >> 32, code & _LOW
            if "prp-dom" in self.rules and p in self.pairs:
                self.emit_members(c, _subjects(self.pairs[p]))
            if "scm-dom1" in self.rules:
                self.emit(DOMAIN, {p << 32 | d for d in self.forward[SUBCLASS].get(c, ())})
            if "scm-dom2" in self.rules:
                self.emit(DOMAIN, {q << 32 | c for q in self.backward[SUBPROPERTY].get(p, ())})

    def range(self, codes: Iterable[int]) -> None:
        for code in codes:
            p, c = code >> 32, code & _LOW
            if "prp-rng" in self.rules and p in self.pairs:
                self.emit_members(c, _objects(self.pairs[p]))
            if "scm-rng1" in self.rules:
                self.emit(RANGE, {p << 32 | d for d in self.forward[SUBCLASS].get(c, ())})
            if "scm-rng2" in self.rules:
                self.emit(RANGE, {q << 32 | c for q in self.backward[SUBPROPERTY].get(p, ())})

    def chain(self, codes: Iterable[int]) -> None:
        for code in codes:
            for links in self.lists(code & _LOW):
                if links:
                    for link in links:
                        self.chains.setdefault(link, set()).add((code >> 32, links))
                    self.follow(code >> 32, links, 0, self.pairs.get(links[0], ()))

    def has_key(self, codes: Iterable[int]) -> None:
        for code in codes:
            for properties in self.lists(code & _LOW):
                if properties:
                    self.keys.setdefault(code >> 32, set()).add(properties)
                    self.changed = True

    # ---------------------------------------------------------------------------------- rules about classes

    def subclass(self, codes: Iterable[int]) -> None:
        rules = self.rules
        for code in codes:
            c, d = code >> 32, code & _LOW
            if "cax-sco" in rules and c != d and c in self.members:
                self.emit_members(d, self.members[c])
            if "scm-eqc2" in rules and d << 32 | c in self.pairs[SUBCLASS]:
                self.emit(EQUIVALENT_CLASS, {code, d << 32 | c})
            if "scm-dom1" in rules:
                self.emit(DOMAIN, {p << 32 | d for p in self.backward[DOMAIN].get(c, ())})
            if "scm-rng1" in rules:
                self.emit(RANGE, {p << 32 | d for p in self.backward[RANGE].get(c, ())})
            for kind, name in ((SOME, "scm-svf1"), (ALL, "scm-avf1")):
                if name in rules:
                    for r, p in tuple(self.by_filler[kind].get(c, ())):
                        wider = self.at[kind].get((p, d), ())
                        self.emit(SUBCLASS, {r << 32 | r2 for r2 in wider})

    def compare_properties(self, p: int, q: int) -> None:
        """Rules scm-hv, scm-svf2 and scm-avf2, for p that is a subproperty of q."""
        for kind, name in ((HAS_VALUE, "scm-hv"), (SOME, "scm-svf2"), (ALL, "scm-avf2")):
            if name not in self.rules:
                continue
            for filler in tuple(self.fillers_at(kind, p)):
                narrow = self.at[kind].get((p, filler), ())
                wide = self.at[kind].get((q, filler), ())
                codes = {r << 32 | r2 for r in narrow for r2 in wide}
                self.emit(SUBCLASS, _swap(codes) if kind == ALL else codes)

    def fillers_at(self, kind: int, p: int) -> Iterable[int]:
        if kind == HAS_VALUE:
            return self.value_property.get(p, ())
        return {filler for _, filler in self.by_property[kind].get(p, ())}

    def equivalent_class(self, codes: Iterable[int]) -> None:
        for code in codes:
            c, d = code >> 32, code & _LOW
            if c != d:
                if "cax-eqc1" in self.rules and c in self.members:
                    self.emit_members(d, self.members[c])
                if "cax-eqc2" in self.rules and d in self.members:
                    self.emit_members(c, self.members[d])
            if "scm-eqc1" in self.rules:
                self.emit(SUBCLASS, {code, d << 32 | c})

    def intersection(self, codes: Iterable[int]) -> None:
        for code in codes:
            c = code >> 32
            for operands in self.lists(code & _LOW):
                if not operands:
                    continue
                for d in operands:
                    self.intersections.setdefault(d, set()).add((c, operands))
                self.operands.setdefault(c, set()).update(operands)
                if "cls-int1" in self.rules:
                    self.intersect(c, operands, self.members.get(operands[0], _EMPTY))
                if "cls-int2" in self.rules and c in self.members:
                    for d in operands:
                        self.emit_members(d, self.members[c])
                if "scm-int" in self.rules:
                    self.emit(SUBCLASS, {c << 32 | d for d in operands})

    def intersect(self, c: int, operands: tuple[int, ...], found: Collection[int]) -> None:
        common = set(found)
        for d in operands:
            if not common:
                return
            common &= self.members.get(d, _EMPTY)
        self.emit_members(c, common)

    def union(self, codes: Iterable[int]) -> None:
        for code in codes:
            c = code >> 32
            for operands in self.lists(code & _LOW):
                for d in operands:
                    self.unions.setdefault(d, set()).add(c)
                    if "cls-uni" in self.rules and d in self.members:
                        self.emit_members(c, self.members[d])
                if "scm-uni" in self.rules:
                    self.emit(SUBCLASS, {d << 32 | c for d in operands})

    def one_of(self, codes: Iterable[int]) -> None:
        if "cls-oo" in self.rules:
            for code in codes:
                for individuals in self.lists(code & _LOW):
                    self.emit_members(code >> 32, set(individuals))

    def on_property(self, codes: Iterable[int]) -> None:
        self.changed = True
        for code in codes:
            r, p = code >> 32, code & _LOW
            for kind in (SOME, ALL, HAS_VALUE):
                for filler in tuple(self.forward[kind].get(r, ())):
                    self.restrict(kind, r, p, filler)

    def some_values_from(self, codes: Iterable[int]) -> None:
        self.restrict_all(SOME, codes)

    def all_values_from(self, codes: Iterable[int]) -> None:
        self.restrict_all(ALL, codes)

    def has_value(self, codes: Iterable[int]) -> None:
        self.restrict_all(HAS_VALUE, codes)

    def cardinality(self, codes: Iterable[int]) -> None:
        self.changed = True  # read by `compare`

    def restrict_all(self, kind: int, codes: Iterable[int]) -> None:
        for code in codes:
            for p in tuple(self.forward[ON_PROPERTY].get(code >> 32, ())):
                self.restrict(kind, code >> 32, p, code & _LOW)

    def restrict(self, kind: int, r: int, p: int, filler: int) -> None:
        """Compile the restriction r (kind: SOME, ALL or HAS_VALUE) and apply it to the graph as it is."""
        rules = self.rules
        self.at[kind].setdefault((p, filler), set()).add(r)
        self.by_filler[kind].setdefault(filler, set()).add((r, p))
        if kind != HAS_VALUE:
            self.by_property[kind].setdefault(p, set()).add((r, filler))
        if kind == SOME:
            self.some_values(r, filler, self.pairs.get(p, ()))
        elif kind == ALL:
            self.by_class[ALL].setdefault(r, set()).add((p, filler))
            known = self.members.get(r)
            if known and "cls-avf" in rules:
                index = self.objects_of(p)
                self.emit_members(filler, {o for s in known for o in index.get(s, ())})
        else:
            self.by_class[HAS_VALUE].setdefault(r, set()).add((p, filler))
            self.value_property.setdefault(p, {}).setdefault(filler, set()).add(r)
            if "cls-hv1" in rules:
                self.emit(p, {s << 32 | filler for s in self.members.get(r, ())})
            if "cls-hv2" in rules:
                self.emit_members(r, {code >> 32 for code in self.pairs.get(p, ()) if code & _LOW == filler})
        self.compare_restriction(kind, r, p, filler)

    def compare_restriction(self, kind: int, r: int, p: int, filler: int) -> None:
        """Rules scm-hv, scm-svf1, scm-svf2, scm-avf1 and scm-avf2, for a restriction that is new."""
        at = self.at[kind]
        found: set[int] = set()
        if {SOME: "scm-svf1", ALL: "scm-avf1"}.get(kind) in self.rules:
            for wider in self.forward[SUBCLASS].get(filler, ()):
                found.update(r << 32 | r2 for r2 in at.get((p, wider), ()))
            for narrower in self.backward[SUBCLASS].get(filler, ()):
                found.update(r2 << 32 | r for r2 in at.get((p, narrower), ()))
        if {SOME: "scm-svf2", ALL: "scm-avf2", HAS_VALUE: "scm-hv"}[kind] in self.rules:
            crossed: set[int] = set()
            for q in self.forward[SUBPROPERTY].get(p, ()):
                crossed.update(r << 32 | r2 for r2 in at.get((q, filler), ()))
            for q in self.backward[SUBPROPERTY].get(p, ()):
                crossed.update(r2 << 32 | r for r2 in at.get((q, filler), ()))
            found |= _swap(crossed) if kind == ALL else crossed
        self.emit(SUBCLASS, found)

    def some_values(self, r: int, filler: int, codes: Iterable[int]) -> None:
        """Rules cls-svf1 and cls-svf2."""
        if filler == THING and "cls-svf2" in self.rules:
            self.emit_members(r, _subjects(codes))
        known = self.members.get(filler)
        if known and "cls-svf1" in self.rules:
            self.emit_members(r, {code >> 32 for code in codes if code & _LOW in known})

    # --------------------------------------------------------------------------------------------- equality

    def compare(self) -> None:
        """Rules prp-key, cls-maxc2, cls-maxqc3 and cls-maxqc4, over the graph as it is."""
        if "prp-key" in self.rules:
            for c, lists in self.keys.items():
                for properties in lists:
                    self.same_keys(c, properties)
        if "cls-maxc2" in self.rules:
            for r, p in self.limited(MAX, 1):
                index = self.objects_of(p)
                for u in self.members.get(r, ()):
                    values = index.get(u, ())
                    if len(values) > 1:
                        self.all_equal(values)
        for r, p in self.limited(MAX_QUALIFIED, 1):
            index = self.objects_of(p)
            for c in self.forward[ON_CLASS].get(r, ()):
                for u in self.members.get(r, ()):
                    values = index.get(u, ())
                    if c == THING and "cls-maxqc4" in self.rules:
                        if len(values) > 1:
                            self.all_equal(values)
                    elif "cls-maxqc3" in self.rules and len(values) > 1:
                        qualified = self.members.get(c, _EMPTY).intersection(values)
                        if len(qualified) > 1:
                            self.all_equal(qualified)

    def limited(self, kind: int, limit: int) -> list[tuple[int, int]]:
        """Give restriction and property for each cardinality restriction with this limit."""
        return [
            (code >> 32, p)
            for code in self.pairs.get(kind, ())
            if self.is_number(code & _LOW, limit)
            for p in self.forward[ON_PROPERTY].get(code >> 32, ())
        ]

    def is_number(self, number: int, wanted: int) -> bool:
        return any(
            isinstance(self.terms[n], Literal) and self.data_value(n) == ("decimal", wanted)
            for n in self.groups.get(number, (number,))
        )

    def same_keys(self, c: int, properties: tuple[int, ...]) -> None:
        indexes = [self.objects_of(p) for p in properties]
        holders: dict[tuple[int, ...], int] = {}
        for x in self.members.get(c, ()):
            values = [index.get(x) for index in indexes]
            if all(values):
                for key in product(*values):  # type: ignore[arg-type]
                    holder = holders.setdefault(key, x)
                    if holder != x:
                        self.make_equal(holder, x)
                        if self.same_is_data:
                            self.store(SAME, {holder << 32 | x})

    def reflexive(self) -> set[int]:
        """Rule eq-ref: every term that occurs is the same as itself."""
        used = {p for p, codes in self.pairs.items() if codes} | {TYPE}
        used |= {c for c, found in self.members.items() if found}
        for codes in self.pairs.values():
            used |= _subjects(codes)
            used |= _objects(codes)
        for found in self.members.values():
            used |= found
        return {number << 32 | number for number in used}

    def find(self, number: int) -> int:
        parent = self.parent
        while number in parent:
            number = parent[number]
        return number

    def make_equal(self, x: int, y: int) -> None:
        if x != y:
            self.equal.append((x, y))

    def replace(self) -> None:
        """Rules eq-sym, eq-trans, eq-rep-s, eq-rep-p and eq-rep-o: let one term stand for all its equals."""
        moved: set[int] = set()
        queue, self.equal = self.equal, []
        if not self.replacing:
            codes = {x << 32 | y for x, y in queue} - self.asserted_same
            self.new_pairs.setdefault(SAME, set()).update(codes)
            return
        for x, y in queue:
            x, y = self.find(x), self.find(y)
            if x == y:
                continue
            if x > y:
                x, y = y, x
            if y < len(_VOCABULARY):
                if (x, y) not in self.twins:
                    self.twins.add((x, y))
                    self.changed = True
                continue
            self.parent[y] = x
            moved.add(y)
            self.groups.setdefault(x, [x]).extend(self.groups.pop(y, [y]))
            self.join_values(x, y)
        if moved:
            self.rewrite(moved)
            self.type_named_literals({self.find(x) for x in moved})

    def copy_twins(self) -> None:
        """Apply replacement, as it stands in the tables, for terms of the vocabulary that are equal.

        Each has a meaning of its own for the rules, so that none can stand for the other.
        """
        for x, y in tuple(self.twins):
            for a, b in ((x, y), (y, x)):
                self.store(SAME, {a << 32 | b})
                for p in [*self.pairs, TYPE]:
                    codes = self.extent(p)
                    if p == a:
                        self.emit(b, set(codes))
                    self.emit(p, {b << 32 | code & _LOW for code in codes if code >> 32 == a})
                    self.emit(p, {code & ~_LOW | b for code in codes if code & _LOW == a})

    def extent(self, p: int) -> set[int]:
        """Give all pairs of a property, rdf:type too."""
        if p == TYPE:
            return {s << 32 | c for c, found in self.members.items() for s in found}
        return self.pairs.get(p, set())

    def join_values(self, x: int, y: int) -> None:
        """Rule dt-diff: remember two literals of different values that are said to be the same."""
        values = []
        for number in (x, y):
            if number in self.value_of:
                values.append(self.value_of.pop(number))
            elif isinstance(self.terms[number], Literal):
                data_value = self.data_value(number)
                if data_value is not None and data_value is not ILL_TYPED:
                    values.append((data_value, number))
        if values:
            self.value_of[x] = values[0]
        if len(values) == 2 and values[0][0] != values[1][0]:
            self.clashes.append((values[0][1], values[1][1]))

    def rewrite(self, moved: set[int]) -> None:
        """Put representatives in the place of the terms that they stand for, everywhere in the graph."""
        find = self.find
        touches_axioms = self.touches_axioms(moved)
        out: list[tuple[int, set[int]]] = []
        for p in list(self.pairs):
            codes = self.pairs[p]
            if p in moved:
                stale = codes
                del self.pairs[p]
                self.forward.pop(p, None)
                self.backward.pop(p, None)
                self.edges.pop(p, None)
            else:
                stale = self.stale_pairs(p, moved)
                if not stale:
                    continue
                codes -= stale
                self.forget(p, stale)
                if p in self.edges:
                    self.move_edges(p, moved)
            inferred = self.new_pairs.get(p, set())
            self.rewritten.setdefault(p, set()).update(stale - inferred)
            inferred -= stale
            if p == TYPE:
                continue  # follows the members
            out.append((find(p), {find(code >> 32) << 32 | find(code & _LOW) for code in stale}))
        members_out: list[tuple[int, set[int]]] = []
        for c in list(self.members):
            known = self.members[c]
            if c in moved:
                gone = known
                del self.members[c]
            else:
                gone = known & moved if len(moved) > len(known) else {x for x in moved if x in known}
                if not gone:
                    continue
                known -= gone
            inferred = self.new_members.get(c, set())
            self.rewritten.setdefault(TYPE, set()).update(x << 32 | c for x in gone - inferred)
            inferred -= gone
            members_out.append((find(c), {find(x) for x in gone}))
        if touches_axioms:
            self.clear_tables()
        for p, codes in out:
            if p == SAME and not self.same_is_data:
                continue
            self.store(p, codes)
        for c, found in members_out:
            self.emit_members(c, found)
        self.changed = True
        if touches_axioms:
            for p in _AXIOM_PROPERTIES:
                there = self.pairs.get(p)
                if there:
                    edges = {s << 32 | o for s, targets in self.edges.get(p, {}).items() for o in targets}
                    self.pending.setdefault(p, set()).update(edges or there)
                    if edges:
                        self.steps.setdefault(p, set()).update(there - edges)

    def move_edges(self, p: int, moved: set[int]) -> None:
        """Put representatives into the edges of a property; those that change meet all pairs once more.

        Such an edge may fall on a pair that transitivity gave, which is then no new pair.
        """
        find = self.find
        edges: dict[int, set[int]] = {}
        changed = self.pending.setdefault(p, set())
        for s, targets in self.edges[p].items():
            for o in targets:
                x, y = find(s), find(o)
                if x != y:
                    edges.setdefault(x, set()).add(y)
                    if s in moved or o in moved:
                        changed.add(x << 32 | y)
        self.edges[p] = edges

    def type_named_literals(self, numbers: Iterable[int]) -> None:
        """Rule dt-type2, for literals that are said to be the same as something that has a name."""
        if "dt-type2" not in self.rules:
            return
        for number in numbers:
            known = self.value_of.get(number)
            group = self.groups[number]
            if known and any(not isinstance(self.terms[x], Literal) for x in group):
                for space in self.datatypes:
                    if contains(self.iri(space), known[0]):
                        self.emit_members(space, {number})

    def touches_axioms(self, moved: set[int]) -> bool:
        return any(
            code >> 32 in moved or code & _LOW in moved
            for p in (*_AXIOM_PROPERTIES, FIRST, REST)
            for code in self.pairs.get(p, ())
        )

    def stale_pairs(self, p: int, moved: set[int]) -> set[int]:
        forward, backward = self.forward.get(p), self.backward.get(p)
        if forward is not None and backward is not None:
            found = {x << 32 | o for x in moved for o in forward.get(x, ())}
            return found | {s << 32 | x for x in moved for s in backward.get(x, ())}
        return {code for code in self.pairs[p] if code >> 32 in moved or code & _LOW in moved}

    def forget(self, p: int, codes: set[int]) -> None:
        """Take pairs out of the indexes of a property."""
        for index, from_subject in ((self.forward, True), (self.backward, False)):
            table = index.get(p)
            if table is None:
                continue
            for code in codes:
                s, o = code >> 32, code & _LOW
                place, other = (s, o) if from_subject else (o, s)
                values = table.get(place)
                if values is not None:
                    values.discard(other)
                    if not values:
                        del table[place]

    # ------------------------------------------------------------------------------------------- the output

    def asserted(self) -> dict[int, set[int]]:
        """Give what was loaded: the codes of each property, in the terms in which they were written."""
        found: dict[int, set[int]] = {}
        for p, codes in self.pairs.items():
            if p not in (TYPE, SAME):
                found[p] = codes - self.new_pairs.get(p, _EMPTY)
        types = {
            s << 32 | c for c, known in self.members.items() for s in known - self.new_members.get(c, _EMPTY)
        }
        found[TYPE], found[SAME] = types, set(self.asserted_same)
        for p, codes in self.rewritten.items():
            if p != SAME:
                found.setdefault(p, set()).update(codes)
        return found

    def inferred(self) -> dict[int, set[int]]:
        """Give what follows, generalized triples and trivial entailments too: the codes of each property."""
        found: dict[int, set[int]] = {}
        for s, p, o in self.expanded():
            found.setdefault(p, set()).add(s << 32 | o)
        return found

    def inferred_triples(self, *, trivial: bool) -> Iterator[tuple[int, int, int]]:
        """Give the inferred triples of RDF, as integers."""
        terms = self.terms
        no_subject = {*self.literals}
        for s, p, o in self.expanded():
            if s in no_subject or not isinstance(terms[p], NamedNode):
                continue
            if not trivial and p < self.builtins and self.is_trivial(s, p, o):
                continue
            yield s, p, o

    def is_trivial(self, s: int, p: int, o: int) -> bool:
        if p == TYPE:
            return o == THING or (s, p, o) in self.axioms
        if p in (SAME, SUBCLASS, EQUIVALENT_CLASS, SUBPROPERTY, EQUIVALENT_PROPERTY) and s == o:
            return True
        if p == SUBCLASS:
            return o == THING or s == NOTHING
        return p in (DOMAIN, RANGE) and o == THING

    def expanded(self) -> Iterator[tuple[int, int, int]]:
        """Give all inferred triples, with every term in the place of its representative (eq-rep-*)."""
        groups = self.groups
        if self.replacing:
            yield from self.equalities()
        if not groups:
            for p, codes in self.new_pairs.items():
                if p != TYPE and (p != SAME or not self.replacing):
                    for code in codes:
                        yield code >> 32, p, code & _LOW
            for c, found in self.new_members.items():
                for s in found:
                    yield s, TYPE, c
            return
        for p, codes in self.pairs.items():
            if p not in (TYPE, SAME):
                yield from self.expand(p, codes, self.new_pairs.get(p, _EMPTY))
        for c, found in self.members.items():
            inferred = self.new_members.get(c, _EMPTY)
            yield from self.expand(TYPE, (s << 32 | c for s in found), {s << 32 | c for s in inferred})

    def expand(
        self, p: int, codes: Iterable[int], inferred: Collection[int]
    ) -> Iterator[tuple[int, int, int]]:
        groups = self.groups
        properties = groups.get(p, (p,))
        for code in codes:
            s, o = code >> 32, code & _LOW
            if len(properties) == 1 and s not in groups and o not in groups:
                if code in inferred:
                    yield s, p, o
                continue
            for q in properties:
                before = self.rewritten.get(q, _EMPTY)
                for x in groups.get(s, (s,)):
                    for y in groups.get(o, (o,)):
                        variant = x << 32 | y
                        if variant in before or (q == p and variant == code and code not in inferred):
                            continue
                        yield x, q, y

    def equalities(self) -> Iterator[tuple[int, int, int]]:
        asserted = self.asserted_same
        same = self.groups.get(SAME, [SAME])
        for one, other in self.twins:
            for a, b in ((one, other), (other, one)):
                for x, y in product(self.groups.get(a, [a]), self.groups.get(b, [b])):
                    yield from ((x, p, y) for p in same if p != SAME or x << 32 | y not in asserted)
        for group in self.groups.values():
            for x in group:
                for y in group:
                    if x != y:
                        for p in same:
                            if p != SAME or x << 32 | y not in asserted:
                                yield x, p, y
        if self.same_is_data:
            for x in range(len(self.terms)):
                r = self.find(x)
                if r << 32 | r in self.pairs[SAME] and x << 32 | x not in asserted:
                    for p in same:
                        yield x, p, x


_AXIOMS: dict[int, Callable[[Engine, list[int]], None]] = {
    DOMAIN: Engine.domain,
    RANGE: Engine.range,
    SUBPROPERTY: Engine.subproperty,
    SUBCLASS: Engine.subclass,
    CHAIN: Engine.chain,
    EQUIVALENT_PROPERTY: Engine.equivalent_property,
    INVERSE: Engine.inverse,
    HAS_KEY: Engine.has_key,
    INTERSECTION: Engine.intersection,
    UNION: Engine.union,
    SOME: Engine.some_values_from,
    ALL: Engine.all_values_from,
    HAS_VALUE: Engine.has_value,
    ON_PROPERTY: Engine.on_property,
    MAX: Engine.cardinality,
    MAX_QUALIFIED: Engine.cardinality,
    ON_CLASS: Engine.cardinality,
    ONE_OF: Engine.one_of,
    EQUIVALENT_CLASS: Engine.equivalent_class,
}
