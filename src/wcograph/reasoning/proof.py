"""Why a triple is in the closure: a proof of least height, from asserted triples, rule by rule.

The height of an asserted triple is 0, that of an inferred one is 1 more than that of the highest premise of
its lowest derivation. The search goes backward from the triple: is it proved at height 1, at height 2, ...;
it looks only at what could be a premise, and only at what the closure holds.

Steps may be *generalized* triples, such as a literal with a type: OWL 2 RL reasons with them, and RDF has no
form for them, so that a statement is a plain tuple of three terms here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

from wcograph.errors import LimitError
from wcograph.reasoning import _engine as engine
from wcograph.reasoning.datatypes import ILL_TYPED, RDF, SUPERTYPES, contains
from wcograph.reasoning.rules import PREFIXES, Rule, read_tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    Term = NamedNode | BlankNode | Literal | Triple
    Statement = tuple[Term, Term, Term]
    Code = tuple[int, int, int]
    Instance = tuple[str, tuple[Code, ...]]

_LOW = 0xFFFFFFFF
_MOST_STEPS = 1_000_000  # derivations that are tried for one proof: some seconds
ASSERTED = "asserted"
"""What stands in the place of a rule's name at a triple that is in the graph as it is."""


@dataclass(frozen=True)
class Proof:
    """A statement, the rule that gives it (or ``asserted``), and the proofs of the rule's premises.

    The premises stand in the order of the rule in ``wcograph.reasoning.rules``; a list stands there as its triples.
    Equal premises are one object: a proof is a graph without cycles, and no step is in it twice.
    """

    statement: Statement
    rule: str
    premises: tuple[Proof, ...] = ()

    @cached_property
    def height(self) -> int:
        """How many rules lie one upon another: 0 for an asserted triple."""
        if self.rule == ASSERTED:
            return 0
        return 1 + max((premise.height for premise in self.premises), default=0)

    def steps(self) -> list[Proof]:
        """Give every step once, premises before what follows from them."""
        done: dict[int, Proof] = {}
        stack: list[tuple[Proof, bool]] = [(self, False)]
        while stack:
            step, ready = stack.pop()
            if id(step) in done:
                continue
            if ready:
                done[id(step)] = step
            else:
                stack.append((step, True))
                stack.extend((premise, False) for premise in reversed(step.premises))
        return list(done.values())


class Prover:
    """The closure of one graph, ready to be asked why.

    >>> from pyoxigraph import NamedNode, Triple
    >>> def node(name): return NamedNode("https://example.org/" + name)
    >>> from wcograph.reasoning.datatypes import RDF, RDFS
    >>> a, kind = NamedNode(RDF + "type"), NamedNode(RDFS + "subClassOf")
    >>> graph = [Triple(node("Lome"), a, node("Office")), Triple(node("Office"), kind, node("Body"))]
    >>> prover = Prover(graph)
    >>> print(as_text(prover.prove((node("Lome"), a, node("Body")))))
    <https://example.org/Lome> a <https://example.org/Body>  [cax-sco]
      <https://example.org/Office> rdfs:subClassOf <https://example.org/Body>  [asserted]
      <https://example.org/Lome> a <https://example.org/Office>  [asserted]
    >>> prover.prove((node("Lome"), a, node("Convention"))) is None
    True
    """

    def __init__(self, triples: Iterable[Triple | Quad], *, trivial: bool = False) -> None:
        """Close the graph; with ``trivial``, hold the trivial entailments from the start.

        Raises LimitError as ``wcograph.reasoning.closure`` does.
        """
        self._triples = triples if isinstance(triples, list) else list(triples)
        self._trivial = trivial
        self._engine = state = engine.close(self._triples, trivial=trivial)
        self._ids, self._terms = state.ids, state.terms
        self._asserted = state.asserted()
        inferred = state.inferred()
        self._objects = _Index(self._asserted, inferred)
        self._subjects = _Index(self._asserted, inferred, swapped=True)
        self._steps = 0
        self._height: dict[Code, int] = {}
        self._failed: dict[Code, int] = {}
        self._instance: dict[Code, Instance] = {}
        self._tried: dict[Code, list[Instance]] = {}
        self._proofs: dict[Code, Proof] = {}
        self._first: dict[int, Code] = {}
        self._by_element: dict[int, dict[int, list[tuple[int, tuple[Code, ...]]]]] = {}
        self._rules = [_compile(rule, self._ids) for rule in read_tables() if rule.conclusion and rule.plain]
        self._datatypes = {number: state.iri(number) for number in state.datatypes}

    @cached_property
    def _with_trivial(self) -> Prover:
        """The prover of trivial entailments. No other needs one of them that the engine does not hold anyway."""
        return self if self._trivial else Prover(self._triples, trivial=True)

    def prove(self, statement: Statement) -> Proof | None:
        """Give a proof of least height, or None for what is not in the closure.

        A literal as the subject, or a blank node as the property, is allowed. Raises LimitError for a proof
        of a height of several hundred, and for one that is not found in a million steps.
        """
        s, p, o = (self._ids.get(term) for term in statement)
        if s is None or p is None or o is None:
            return None
        goal = (s, p, o)
        if not self._holds(goal):
            if not self._trivial and self._engine.is_trivial(*goal):
                return self._with_trivial.prove(statement)
            return None
        try:
            self._steps = limit = 0
            while not self._reach(goal, limit):
                limit += 1
                if limit > len(self._height) + len(self._failed) + 1:
                    raise AssertionError(f"no proof of {statement} was found, though the closure holds it")
            return self._proof(goal)
        except RecursionError as error:
            told = " ".join(str(term) for term in statement)
            raise LimitError(
                f"the proof of {told} is more than some hundred rules high; it is not followed"
            ) from error

    def _proof(self, goal: Code) -> Proof:
        known = self._proofs.get(goal)
        if known is None:
            s, p, o = goal
            statement = (self._terms[s], self._terms[p], self._terms[o])
            if self._height[goal] == 0:
                known = Proof(statement, ASSERTED)
            else:
                rule, premises = self._instance[goal]
                known = Proof(statement, rule, tuple(self._proof(premise) for premise in premises))
            self._proofs[goal] = known
        return known

    def _holds(self, goal: Code) -> bool:
        s, p, o = goal
        return o in self._objects[p].get(s, {}) or self._given(goal) is not None

    def _reach(self, goal: Code, limit: int) -> bool:
        """Say whether the height of a statement is at most ``limit``; its exact height is kept."""
        known = self._height.get(goal)
        if known is not None:
            return known <= limit
        if goal[0] << 32 | goal[2] in self._asserted.get(goal[1], ()):
            self._height[goal] = 0
            return True
        # Deeper and deeper, so that the first derivation that is found is of least height.
        for height in range(self._failed.get(goal, 0) + 1, limit + 1):
            derivations: Iterable[Instance] = self._tried.get(goal, ())
            if height == 1:
                derivations = self._derivations(goal)
            elif not derivations:
                derivations = self._tried[goal] = list(self._derivations(goal))
            for rule, premises in derivations:
                self._steps += 1
                if self._steps > _MOST_STEPS:
                    raise LimitError(f"a proof of least height was not found in {_MOST_STEPS:,} steps")
                if all(self._reach(premise, height - 1) for premise in premises):
                    self._height[goal] = height
                    self._instance[goal] = (rule, premises)
                    return True
            self._failed[goal] = height
        return False

    # --------------------------------------------------------------------------- derivations, one step back

    def _derivations(self, goal: Code) -> Iterator[Instance]:
        given = self._given(goal)
        if given:
            yield given
        for rule in self._rules:
            binding = _unify(rule.conclusion, goal, [None] * rule.variables)
            if binding is None:
                continue
            for solution in self._solve(rule.premises, 0, binding):
                if all(self._is_number(solution[at], wanted) for at, wanted in rule.numbers):
                    instance = tuple(_fill(premise, solution) for premise in rule.premises)
                    if goal not in instance:
                        yield rule.name, instance
        yield from self._list_derivations(goal)
        if goal[1] == engine.SAME and goal[0] == goal[2]:
            for occurrence in self._occurrences(goal[0]):
                yield "eq-ref", (occurrence,)

    def _is_number(self, number: int | None, wanted: int) -> bool:
        return (
            number is not None
            and isinstance(self._terms[number], Literal)
            and self._engine.data_value(number) == ("decimal", wanted)
        )

    def _solve(
        self, premises: Sequence[Code], position: int, binding: list[int | None]
    ) -> Iterator[list[int | None]]:
        if position == len(premises):
            yield binding
            return
        for found in self._match(premises[position], binding):
            yield from self._solve(premises, position + 1, found)

    def _match(self, pattern: Code, binding: list[int | None]) -> Iterator[list[int | None]]:
        s, p, o = (term if term >= 0 else binding[-term - 1] for term in pattern)
        assert p is not None  # the tables are written so that the property is known when its turn comes
        if s is not None and o is not None:
            if o in self._objects[p].get(s, {}):
                yield binding
        elif s is not None:
            for x in self._objects[p].get(s, {}):
                yield _bind(binding, pattern[2], x)
        elif o is not None:
            for x in self._subjects[p].get(o, {}):
                yield _bind(binding, pattern[0], x)
        else:
            for x, values in self._objects[p].items():
                for y in values:
                    bound = _unify(pattern, (x, p, y), list(binding))
                    if bound is not None:
                        yield bound

    def _given(self, goal: Code) -> Instance | None:
        """Give the derivation of what needs no premise: an axiom, or a fact about literals."""
        s, p, o = goal
        if p == engine.TYPE:
            if goal in self._engine.axioms:
                return {
                    engine.CLASS: "cls-thing" if s == engine.THING else "cls-nothing1",
                    engine.ANNOTATION_PROPERTY: "prp-ap",
                    engine.DATATYPE: "dt-type1",
                }[o], ()
            if o in self._datatypes and isinstance(self._terms[s], Literal):
                literal = self._terms[s]
                assert isinstance(literal, Literal)
                iri = self._datatypes[o]
                data_value = self._engine.data_value(s)
                if contains(iri, data_value) or (
                    iri == literal.datatype.value and data_value is not ILL_TYPED
                ):
                    return "dt-type2", ()
        if p in (engine.SAME, engine.DIFFERENT):
            one, other = self._terms[s], self._terms[o]
            if isinstance(one, Literal) and isinstance(other, Literal):
                value, other_value = self._engine.data_value(s), self._engine.data_value(o)
                if value is None or other_value is None or ILL_TYPED in (value, other_value):
                    return None
                if (value == other_value) == (p == engine.SAME):
                    return ("dt-eq" if p == engine.SAME else "dt-diff"), ()
        return None

    def _occurrences(self, number: int) -> Iterator[Code]:
        """Give a statement that a term occurs in: an asserted one, or else every inferred one."""
        if not self._first:
            for code in sorted((c >> 32, p, c & _LOW) for p, codes in self._asserted.items() for c in codes):
                for part in code:
                    self._first.setdefault(part, code)
        if number in self._first:
            yield self._first[number]
            return
        for p, table in self._objects.items():
            for s, values in table.items():
                for o in values:
                    if number in (s, p, o) and (s, p, o) != (number, engine.SAME, number):
                        yield s, p, o

    def _list_derivations(self, goal: Code) -> Iterator[Instance]:
        """Rules with a list among their premises, and dt-sub."""
        s, p, o = goal
        if p == engine.TYPE:
            for number, iri in self._datatypes.items():
                if self._datatypes.get(o) in SUPERTYPES.get(iri, ()) and self._has(s, engine.TYPE, number):
                    yield "dt-sub", ((s, engine.TYPE, number),)
            for head in self._objects[engine.INTERSECTION].get(o, ()):
                for operands, spine in self._lists(head):
                    members = tuple((s, engine.TYPE, c) for c in operands)
                    if operands and goal not in members and all(self._has(*member) for member in members):
                        yield "cls-int1", ((o, engine.INTERSECTION, head), *spine, *members)
            for c, premises in self._lists_with(engine.INTERSECTION, o):
                if c != o and self._has(s, engine.TYPE, c):
                    yield "cls-int2", (*premises, (s, engine.TYPE, c))
            for head in self._objects[engine.UNION].get(o, ()):
                for operands, spine in self._lists(head):
                    for c in operands:
                        if c != o and self._has(s, engine.TYPE, c):
                            yield "cls-uni", ((o, engine.UNION, head), *spine, (s, engine.TYPE, c))
            for c, premises in self._lists_with(engine.ONE_OF, s):
                if c == o:
                    yield "cls-oo", premises
        elif p == engine.SUBCLASS:
            for c, premises in self._lists_with(engine.INTERSECTION, o):
                if c == s:
                    yield "scm-int", premises
            for c, premises in self._lists_with(engine.UNION, s):
                if c == o:
                    yield "scm-uni", premises
        elif p == engine.SAME:
            for c, heads in self._objects[engine.HAS_KEY].items():
                if self._has(s, engine.TYPE, c) and self._has(o, engine.TYPE, c):
                    for head in heads:
                        for properties, spine in self._lists(head):
                            yield from self._keys(s, o, (c, engine.HAS_KEY, head), properties, spine)
        for head in self._objects[engine.CHAIN].get(p, ()):
            for links, spine in self._lists(head):
                for path in self._paths(s, o, links):
                    if goal not in path:
                        yield "prp-spo2", ((p, engine.CHAIN, head), *spine, *path)

    def _keys(
        self, x: int, y: int, axiom: Code, properties: tuple[int, ...], spine: tuple[Code, ...]
    ) -> Iterator[Instance]:
        shared = []
        for p in properties:
            index = self._objects[p]
            other = index.get(y, {})
            shared.append([z for z in index.get(x, ()) if z in other])
        if not properties:
            return
        c = axiom[0]
        for values in product(*shared):
            pairs = list(zip(properties, values, strict=True))
            yield (
                "prp-key",
                (
                    axiom,
                    *spine,
                    (x, engine.TYPE, c),
                    *((x, p, z) for p, z in pairs),
                    (y, engine.TYPE, c),
                    *((y, p, z) for p, z in pairs),
                ),
            )

    def _paths(self, start: int, end: int, links: tuple[int, ...]) -> Iterator[tuple[Code, ...]]:
        if len(links) == 1:
            if self._has(start, links[0], end):
                yield ((start, links[0], end),)
        elif links:
            for middle in self._objects[links[0]].get(start, ()):
                for rest in self._paths(middle, end, links[1:]):
                    yield ((start, links[0], middle), *rest)

    def _has(self, s: int, p: int, o: int) -> bool:
        return o in self._objects[p].get(s, {})

    def _lists(self, head: int) -> Iterator[tuple[tuple[int, ...], tuple[Code, ...]]]:
        """Give what an RDF list holds, and the triples that say so."""
        first, rest = self._objects[engine.FIRST], self._objects[engine.REST]
        stack: list[tuple[int, tuple[int, ...], tuple[Code, ...]]] = [(head, (), ())]
        while stack:
            node, items, spine = stack.pop()
            if node == engine.NIL:
                yield items, spine
            elif not any(code[0] == node for code in spine):
                for following in rest.get(node, ()):
                    for item in first.get(node, ()):
                        here = ((node, engine.FIRST, item), (node, engine.REST, following))
                        stack.append((following, (*items, item), (*spine, *here)))

    def _lists_with(self, p: int, element: int) -> list[tuple[int, tuple[Code, ...]]]:
        """Give who has, by property p, a list with this element, and the triples that say so."""
        table = self._by_element.get(p)
        if table is None:
            table = self._by_element[p] = {}
            for c, heads in self._objects[p].items():
                for head in heads:
                    for items, spine in self._lists(head):
                        for item in dict.fromkeys(items):
                            table.setdefault(item, []).append((c, ((c, p, head), *spine)))
        return table.get(element, [])


class _Index:
    """For each property the values of each subject (or, swapped, the subjects of each value), asserted ones first.

    A property is indexed when it is first asked for: a proof needs few of them.
    """

    def __init__(
        self, asserted: dict[int, set[int]], inferred: dict[int, set[int]], *, swapped: bool = False
    ) -> None:
        self._asserted, self._inferred, self._swapped = asserted, inferred, swapped
        self._tables: dict[int, dict[int, dict[int, None]]] = {}

    def __getitem__(self, p: int) -> dict[int, dict[int, None]]:
        table = self._tables.get(p)
        if table is None:
            table = self._tables[p] = {}
            for codes in (self._asserted.get(p, ()), self._inferred.get(p, ())):
                for code in sorted(codes):
                    s, o = code >> 32, code & _LOW
                    if self._swapped:
                        s, o = o, s
                    table.setdefault(s, {})[o] = None
        return table

    def items(self) -> Iterator[tuple[int, dict[int, dict[int, None]]]]:
        return ((p, self[p]) for p in dict.fromkeys((*self._asserted, *self._inferred)))


Pattern = tuple[int, int, int]


class _Compiled(NamedTuple):
    """A rule with integers for its terms: a known term its number, the n-th variable -n."""

    name: str
    conclusion: Pattern
    premises: tuple[Pattern, ...]
    variables: int
    numbers: tuple[tuple[int, int], ...]  # which variables must be literals with which value


def _compile(rule: Rule, ids: dict[Term, int]) -> _Compiled:
    variables: dict[str, int] = {}

    def number(word: str) -> int:
        if word[0] in "?01":
            return -variables.setdefault(word, len(variables) + 1)
        return ids[NamedNode(word)]

    assert rule.conclusion
    conclusion = _three(map(number, rule.conclusion))
    premises = tuple(_three(map(number, premise)) for premise in rule.premises)
    numbers = tuple((at - 1, int(word)) for word, at in variables.items() if word in "01")
    return _Compiled(rule.name, conclusion, premises, len(variables), numbers)


def _three(terms: Iterable[int]) -> Pattern:
    s, p, o = terms
    return s, p, o


def _bind(binding: list[int | None], variable: int, term: int) -> list[int | None]:
    bound = list(binding)
    bound[-variable - 1] = term
    return bound


def _unify(pattern: Pattern, code: Code, binding: list[int | None]) -> list[int | None] | None:
    for term, found in zip(pattern, code, strict=True):
        if term >= 0:
            if term != found:
                return None
        elif binding[-term - 1] is None:
            binding[-term - 1] = found
        elif binding[-term - 1] != found:
            return None
    return binding


def _fill(pattern: Pattern, binding: list[int | None]) -> Code:
    return _three(term if term >= 0 else binding[-term - 1] or 0 for term in pattern)


def compact(term: Term) -> str:
    """Write a term in N-Triples, the vocabularies of RDF, RDFS and OWL with their prefixes."""
    if isinstance(term, NamedNode):
        for prefix, base in PREFIXES.items():
            if term.value.startswith(base):
                return prefix + term.value[len(base) :]
    return str(term)


def as_text(
    proof: Proof,
    *,
    name: Callable[[Term], str] = compact,
    place: Callable[[Statement], str | None] | None = None,
) -> str:
    """Write a proof as an indented tree: each statement with its rule, its premises under it.

    ``name`` writes a term; ``place`` says where an asserted statement stands. A statement that is needed
    again is written once, with a number, and referred to by it.
    """
    uses: dict[int, int] = {}
    for step in proof.steps():
        for premise in step.premises:
            if premise.premises:
                uses[id(premise)] = uses.get(id(premise), 0) + 1
    numbers: dict[int, int] = {}
    lines = []
    stack = [(proof, 0)]
    while stack:
        step, depth = stack.pop()
        s, p, o = step.statement
        verb = "a" if str(p) == f"<{RDF}type>" else name(p)
        line = f"{'  ' * depth}{name(s)} {verb} {name(o)}  "
        if id(step) in numbers:
            lines.append(f"{line}[see ({numbers[id(step)]})]")
            continue
        where = place(step.statement) if place and step.rule == ASSERTED else None
        line += f"[{where or step.rule}]"
        if uses.get(id(step), 0) > 1:
            numbers[id(step)] = len(numbers) + 1
            line += f" ({numbers[id(step)]})"
        lines.append(line)
        stack.extend((premise, depth + 1) for premise in reversed(step.premises))
    return "\n".join(lines)


def as_data(
    proof: Proof, *, origin: Callable[[Statement], Mapping[str, Any]] | None = None
) -> dict[str, Any]:
    """Give a proof as plain data (for JSON): its steps, premises first; a premise is the number of its step.

    Terms are in N-Triples. ``origin`` says where an asserted statement comes from: what it gives is added to
    the step.
    """
    steps = proof.steps()
    numbers = {id(step): number for number, step in enumerate(steps, 1)}
    written = []
    for step in steps:
        entry: dict[str, Any] = {
            "step": numbers[id(step)],
            "triple": [str(term) for term in step.statement],
            "rule": step.rule,
            "premises": [numbers[id(premise)] for premise in step.premises],
        }
        if origin and step.rule == ASSERTED:
            entry |= origin(step.statement)
        written.append(entry)
    return {"height": proof.height, "steps": written}


def as_quads(
    proof: Proof, *, origin: Callable[[Statement], Iterable[tuple[NamedNode, Term]]] | None = None
) -> list[Quad]:
    """Give a proof as RDF: each step a ``prov:Entity`` that states a triple, and the steps it was derived from.

    A step is named by the SHA-256 of its statement, ``https://w3id.org/wcograph/proof/...``; it has the triple
    (``rdf:subject``, ``rdf:predicate``, ``rdf:object``), the rule (``wco:rule``), and the steps that it
    follows from (``prov:wasDerivedFrom``). A literal as a subject has no form in RDF: there the subject is a
    literal value of ``wco:subjectValue``. ``origin`` gives what else is to be said of an asserted step, the
    rule included where it is another.
    """
    from hashlib import sha256

    prov, wco = "http://www.w3.org/ns/prov#", "https://w3id.org/wcograph/ns#"
    rdf, rule = PREFIXES["rdf:"], NamedNode(wco + "rule")

    def node(step: Proof) -> NamedNode:
        text = " ".join(str(term) for term in step.statement)
        return NamedNode(f"https://w3id.org/wcograph/proof/{sha256(text.encode()).hexdigest()[:32]}")

    quads = []
    for step in proof.steps():
        name = node(step)
        s, p, o = step.statement
        subject = wco + "subjectValue" if isinstance(s, Literal) else rdf + "subject"
        quads += [
            Quad(name, NamedNode(rdf + "type"), NamedNode(prov + "Entity")),
            Quad(name, NamedNode(rdf + "type"), NamedNode(rdf + "Statement")),
            Quad(name, NamedNode(subject), s),
            Quad(name, NamedNode(rdf + "predicate"), p),
            Quad(name, NamedNode(rdf + "object"), o),
            *(Quad(name, NamedNode(prov + "wasDerivedFrom"), node(premise)) for premise in step.premises),
        ]
        said = dict.fromkeys(origin(step.statement) if origin and step.rule == ASSERTED else ())
        if all(predicate != rule for predicate, _ in said):
            quads.append(Quad(name, rule, Literal(step.rule)))
        quads += [Quad(name, predicate, value) for predicate, value in said]
    return quads
