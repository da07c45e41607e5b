"""A proof as text, as plain data, and as RDF."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from pyoxigraph import Literal, NamedNode, Quad, Triple

from wcograph.toolbox.rules.datatypes import RDF
from wcograph.toolbox.rules.proof import ASSERTED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from wcograph.toolbox.rules.proof import Proof, Statement, Term

PROV = "http://www.w3.org/ns/prov#"


class Terms(NamedTuple):
    """The IRIs that a proof in RDF needs: the beginning of the IRIs of its steps, and two properties."""

    steps: str
    rule: str
    subject_value: str


def written(term: Term) -> str:
    """Write a term in N-Triples."""
    return f"<<( {term} )>>" if isinstance(term, Triple) else str(term)


def as_text(proof: Proof, name: Callable[[Term], str], place: Callable[[Statement], str]) -> str:
    """Write a proof as an indented tree: each statement with its rule, its premises under it.

    ``name`` writes a term; ``place`` returns the location of an asserted statement. A statement that is needed again is
    written once, with a number, and referred to by it.
    """
    uses = Counter(id(premise) for step in proof.steps() for premise in step.premises if premise.premises)
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
        line += f"[{place(step.statement) if step.rule == ASSERTED else step.rule}]"
        if uses[id(step)] > 1:
            numbers[id(step)] = len(numbers) + 1
            line += f" ({numbers[id(step)]})"
        lines.append(line)
        stack.extend((premise, depth + 1) for premise in reversed(step.premises))
    return "\n".join(lines)


def as_data(proof: Proof, origin: Callable[[Statement], Mapping[str, Any]]) -> dict[str, Any]:
    """Return a proof as plain data (for JSON): its steps, premises first; a premise is the number of its step.

    Terms are in N-Triples. ``origin`` returns where an asserted statement comes from, which is added to
    the step.
    """
    steps = proof.steps()
    numbers = {id(step): number for number, step in enumerate(steps, 1)}
    entries = []
    for step in steps:
        entry: dict[str, Any] = {
            "step": numbers[id(step)],
            "triple": [written(term) for term in step.statement],
            "rule": step.rule,
            "premises": [numbers[id(premise)] for premise in step.premises],
        }
        if step.rule == ASSERTED:
            entry |= origin(step.statement)
        entries.append(entry)
    return {"height": proof.height, "steps": entries}


def as_quads(
    proof: Proof, terms: Terms, origin: Callable[[Statement], Iterable[tuple[NamedNode, Term]]]
) -> list[Quad]:
    """Return a proof as RDF: each step a ``prov:Entity`` that states a triple, and the steps it was derived from.

    A step is named by the SHA-256 of its statement. It has the triple (``rdf:subject``, ``rdf:predicate``,
    ``rdf:object``), its rule (``terms.rule``), and the steps that it follows from (``prov:wasDerivedFrom``). RDF does not
    allow a literal as a subject: then the subject is a literal value of ``terms.subject_value``. ``origin`` returns
    further triples for an asserted step, including its rule if it has another one.
    """
    from hashlib import sha256

    def node(step: Proof) -> NamedNode:
        text = " ".join(str(term) for term in step.statement)
        return NamedNode(terms.steps + sha256(text.encode()).hexdigest()[:32])

    rule, kind = NamedNode(terms.rule), NamedNode(RDF + "type")
    quads = []
    for step in proof.steps():
        name = node(step)
        s, p, o = step.statement
        subject = terms.subject_value if isinstance(s, Literal) else RDF + "subject"
        quads += [
            Quad(name, kind, NamedNode(PROV + "Entity")),
            Quad(name, kind, NamedNode(RDF + "Statement")),
            Quad(name, NamedNode(subject), s),
            Quad(name, NamedNode(RDF + "predicate"), p),
            Quad(name, NamedNode(RDF + "object"), o),
            *(Quad(name, NamedNode(PROV + "wasDerivedFrom"), node(premise)) for premise in step.premises),
        ]
        said = dict.fromkeys(origin(step.statement) if step.rule == ASSERTED else ())
        if all(predicate != rule for predicate, _ in said):
            quads.append(Quad(name, rule, Literal(step.rule)))
        quads += [Quad(name, predicate, value) for predicate, value in said]
    return quads
