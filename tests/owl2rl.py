"""The rules of OWL 2 RL once more, written from the specification for the tests alone, and used naively.

``follows`` checks one step of a proof; ``heights`` closes a small graph round by round. Neither shares code or
data with the package.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pyoxigraph import Literal, NamedNode

Statement = tuple  # of three terms
NS = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


def node(curie: str) -> NamedNode:
    prefix, _, name = curie.partition(":")
    return NamedNode(NS[prefix] + name)


# Tables 4 to 9, T(...) as x y z; LIST premises are among `WITH_LISTS`.
PLAIN = """
eq-sym: X same Y / Y same X
eq-trans: X same Y, Y same Z / X same Z
eq-rep-s: S same T, S P O / T P O
eq-rep-p: P same Q, S P O / S Q O
eq-rep-o: O same Q, S P O / S P Q
prp-dom: P domain C, X P Y / X type C
prp-rng: P range C, X P Y / Y type C
prp-fp: P type FunctionalProperty, X P Y, X P Z / Y same Z
prp-ifp: P type InverseFunctionalProperty, X P Z, Y P Z / X same Y
prp-symp: P type SymmetricProperty, X P Y / Y P X
prp-trp: P type TransitiveProperty, X P Y, Y P Z / X P Z
prp-spo1: P subPropertyOf Q, X P Y / X Q Y
prp-eqp1: P equivalentProperty Q, X P Y / X Q Y
prp-eqp2: P equivalentProperty Q, X Q Y / X P Y
prp-inv1: P inverseOf Q, X P Y / Y Q X
prp-inv2: P inverseOf Q, X Q Y / Y P X
cls-thing: / Thing type Class
cls-nothing1: / Nothing type Class
cls-svf1: R someValuesFrom C, R onProperty P, U P V, V type C / U type R
cls-svf2: R someValuesFrom Thing, R onProperty P, U P V / U type R
cls-avf: R allValuesFrom C, R onProperty P, U type R, U P V / V type C
cls-hv1: R hasValue V, R onProperty P, U type R / U P V
cls-hv2: R hasValue V, R onProperty P, U P V / U type R
cls-maxc2: R maxCardinality One, R onProperty P, U type R, U P Y, U P Z / Y same Z
cls-maxqc3: R maxQualifiedCardinality One, R onProperty P, R onClass C, U type R, U P Y, Y type C, U P Z, Z type C / Y same Z
cls-maxqc4: R maxQualifiedCardinality One, R onProperty P, R onClass Thing, U type R, U P Y, U P Z / Y same Z
cax-sco: C subClassOf D, X type C / X type D
cax-eqc1: C equivalentClass D, X type C / X type D
cax-eqc2: C equivalentClass D, X type D / X type C
scm-cls: C type Class / C subClassOf C
scm-cls: C type Class / C equivalentClass C
scm-cls: C type Class / C subClassOf Thing
scm-cls: C type Class / Nothing subClassOf C
scm-sco: C subClassOf D, D subClassOf E / C subClassOf E
scm-eqc1: C equivalentClass D / C subClassOf D
scm-eqc1: C equivalentClass D / D subClassOf C
scm-eqc2: C subClassOf D, D subClassOf C / C equivalentClass D
scm-op: P type ObjectProperty / P subPropertyOf P
scm-op: P type ObjectProperty / P equivalentProperty P
scm-dp: P type DatatypeProperty / P subPropertyOf P
scm-dp: P type DatatypeProperty / P equivalentProperty P
scm-spo: P subPropertyOf Q, Q subPropertyOf R / P subPropertyOf R
scm-eqp1: P equivalentProperty Q / P subPropertyOf Q
scm-eqp1: P equivalentProperty Q / Q subPropertyOf P
scm-eqp2: P subPropertyOf Q, Q subPropertyOf P / P equivalentProperty Q
scm-dom1: P domain C, C subClassOf D / P domain D
scm-dom2: Q domain C, P subPropertyOf Q / P domain C
scm-rng1: P range C, C subClassOf D / P range D
scm-rng2: Q range C, P subPropertyOf Q / P range C
scm-hv: C hasValue I, C onProperty P, D hasValue I, D onProperty Q, P subPropertyOf Q / C subClassOf D
scm-svf1: C someValuesFrom X, C onProperty P, D someValuesFrom Y, D onProperty P, X subClassOf Y / C subClassOf D
scm-svf2: C someValuesFrom X, C onProperty P, D someValuesFrom X, D onProperty Q, P subPropertyOf Q / C subClassOf D
scm-avf1: C allValuesFrom X, C onProperty P, D allValuesFrom Y, D onProperty P, X subClassOf Y / C subClassOf D
scm-avf2: C allValuesFrom X, C onProperty P, D allValuesFrom X, D onProperty Q, P subPropertyOf Q / D subClassOf C
rdfs6: P type Property / P subPropertyOf P
rdfs6: P type Property / P equivalentProperty P
"""
WITH_LISTS = frozenset("prp-spo2 prp-key cls-int1 cls-int2 cls-uni cls-oo scm-int scm-uni".split())  # noqa: SIM905
_HOMES = {
    "rdf": "type Property",
    "rdfs": "domain range subPropertyOf subClassOf",
}
_WORDS = {word: node(f"{prefix}:{word}") for prefix, words in _HOMES.items() for word in words.split()}
TYPE, SAME = node("rdf:type"), node("owl:sameAs")


def _term(word: str) -> NamedNode | str:
    if word == "same":
        return SAME
    if word in _WORDS:
        return _WORDS[word]
    if re.fullmatch("[A-Z]|One", word):
        return word
    return node(f"owl:{word}")


def _parse(text: str) -> list[tuple[str, list, tuple]]:
    rules = []
    for line in text.strip().splitlines():
        name, _, body = line.partition(": ")
        before, _, after = body.partition("/")
        premises = [tuple(map(_term, part.split())) for part in before.split(",") if part.strip()]
        rules.append((name, premises, tuple(map(_term, after.split()))))
    return rules


RULES = _parse(PLAIN)


def _match(pattern: tuple, statement: Statement, binding: dict) -> dict | None:
    binding = dict(binding)
    for word, term in zip(pattern, statement, strict=True):
        if isinstance(word, str):
            if word == "One" and not (
                isinstance(term, Literal) and re.fullmatch(r"\+?0*1(\.0*)?", term.value)
            ):
                return None
            if binding.setdefault(word, term) != term:
                return None
        elif word != term:
            return None
    return binding


def _matches(patterns: list, statements: Iterable[Statement], binding: dict) -> Iterator[dict]:
    if not patterns:
        yield binding
        return
    for statement in statements:
        bound = _match(patterns[0], statement, binding)
        if bound is not None:
            yield from _matches(patterns[1:], statements, bound)


def follows(rule: str, premises: list[Statement], conclusion: Statement) -> bool:
    """Say whether the conclusion follows from exactly these premises by the rule."""
    if rule == "eq-ref":
        s, p, o = conclusion
        return p == SAME and s == o and len(premises) == 1 and s in premises[0]
    if rule in ("prp-ap", "dt-type1"):
        kind = {"prp-ap": node("owl:AnnotationProperty"), "dt-type1": node("rdfs:Datatype")}[rule]
        return not premises and conclusion[1] == TYPE and conclusion[2] == kind
    if rule in ("dt-type2", "dt-eq", "dt-diff"):  # the values themselves are tested in test_datatypes.py
        return not premises and isinstance(conclusion[0], Literal)
    if rule == "dt-sub":
        (premise,) = premises
        return premise[:2] == conclusion[:2] and premise[1] == TYPE and "XMLSchema#" in str(premise[2])
    if rule in WITH_LISTS:
        return _follows_with_list(rule, premises, conclusion)
    for name, patterns, result in RULES:
        if name == rule:
            bound = _match(result, conclusion, {})
            if bound is None:
                continue
            for binding in _matches(patterns, premises, bound):
                used = {tuple(binding.get(w, w) if isinstance(w, str) else w for w in p) for p in patterns}
                if used == set(premises):
                    return True
    return False


def _follows_with_list(rule: str, premises: list[Statement], conclusion: Statement) -> bool:
    axiom, *others = premises
    kind = {
        "prp-spo2": "propertyChainAxiom",
        "prp-key": "hasKey",
        "cls-int1": "intersectionOf",
        "cls-int2": "intersectionOf",
        "cls-uni": "unionOf",
        "cls-oo": "oneOf",
        "scm-int": "intersectionOf",
        "scm-uni": "unionOf",
    }[rule]
    if axiom[1] != node(f"owl:{kind}"):
        return False
    c, _, at = axiom
    items = []
    first, rest = node("rdf:first"), node("rdf:rest")
    while at != node("rdf:nil"):
        item = next((s for s in others if s[0] == at and s[1] == first), None)
        link = next((s for s in others if s[0] == at and s[1] == rest), None)
        if item is None or link is None:
            return False
        items.append(item[2])
        others = [s for s in others if s not in (item, link)]
        at = link[2]
    s, p, o = conclusion
    if rule == "scm-int":
        return not others and s == c and str(p).endswith("#subClassOf>") and o in items
    if rule == "scm-uni":
        return not others and o == c and str(p).endswith("#subClassOf>") and s in items
    if rule == "cls-oo":
        return not others and p == TYPE and o == c and s in items
    if rule == "cls-int1":
        return p == TYPE and o == c and bool(items) and set(others) == {(s, TYPE, item) for item in items}
    if rule == "cls-int2":
        return p == TYPE and others == [(s, TYPE, c)] and o in items
    if rule == "cls-uni":
        return p == TYPE and o == c and len(others) == 1 and others[0] in {(s, TYPE, i) for i in items}
    if rule == "prp-spo2":
        return p == c and [t[1] for t in others] == items and _is_path(others, s, o)
    typed = {(s, TYPE, c), (o, TYPE, c)}
    return (
        p == SAME
        and bool(items)
        and typed <= set(others)
        and all(
            {t[2] for t in others if t[:2] == (s, i)} & {t[2] for t in others if t[:2] == (o, i)}
            for i in items
        )
    )


def _is_path(steps: list[Statement], start: object, end: object) -> bool:
    for step in steps:
        if step[0] != start:
            return False
        start = step[2]
    return start == end


def heights(graph: Iterable[Statement]) -> dict[Statement, int]:
    """Close a graph without lists round by round: the height of every statement that follows."""
    found = dict.fromkeys(graph, 0)
    while True:
        height = max(found.values(), default=0) + 1
        new = set()
        for _, patterns, result in RULES:
            for binding in _matches(patterns, list(found), {}):
                new.add(tuple(binding.get(w, w) if isinstance(w, str) else w for w in result))
        new |= {(term, SAME, term) for statement in found for term in statement}
        new -= set(found)
        if not new:
            return found
        found.update(dict.fromkeys(new, height))
