"""The OWL 2 RL closure of a graph: every triple that the rules of OWL 2 RL/RDF give, and every clash.

The rules are those of ``wcograph.reasoning.rules``. ``docs/reasoning.md`` says which engines were compared, what the
closure was measured against, and which trivial entailments it leaves out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyoxigraph import NamedNode, Triple

from wcograph.reasoning._engine import ANNOTATION_PROPERTIES, OWL, REFLEXIVE, close
from wcograph.reasoning.clashes import Inconsistency, inconsistencies
from wcograph.reasoning.datatypes import DATATYPES, RDF, RDFS
from wcograph.reasoning.rules import RULES

__all__ = ["Closure", "Inconsistency", "closure", "is_trivial"]

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from pyoxigraph import Quad

    from wcograph.reasoning._engine import Engine


class Closure:
    """What the closure of a graph adds to it; iterating gives the new triples, each once, in no fixed order.

    ``inconsistencies`` holds the clashes. The triples are made when they are asked for, so that a large
    closure needs little memory; ``len`` counts them.
    """

    def __init__(self, engine: Engine, inconsistencies: tuple[Inconsistency, ...], trivial: bool) -> None:
        """Keep the engine that has done its work."""
        self._engine = engine
        self._trivial = trivial
        self.inconsistencies = inconsistencies

    def __iter__(self) -> Iterator[Triple]:
        """Give each inferred triple."""
        terms = self._engine.terms
        for s, p, o in self._engine.inferred_triples(trivial=self._trivial):
            yield Triple(terms[s], terms[p], terms[o])  # type: ignore[arg-type]  # only triples of RDF

    def __len__(self) -> int:
        """Count the inferred triples."""
        return sum(1 for _ in self._engine.inferred_triples(trivial=self._trivial))


def closure(
    triples: Iterable[Triple | Quad],
    *,
    rules: Collection[str] = RULES,
    trivial: bool = False,
) -> Closure:
    """Compute the OWL 2 RL closure of a graph (OWL 2 Profiles, section 4.3).

    Literals stay as they are written, and so do blank nodes; triples that RDF has no form for (a literal as
    the subject, a blank node as the predicate) take part in the reasoning and are not in the result. Of
    quads, the triple counts. ``rules`` names the rules in force. ``trivial`` adds what :func:`is_trivial`
    says is not worth having. Raises LimitError where an RDF list can be read in more than 10,000 ways.

    >>> from pyoxigraph import NamedNode, Triple
    >>> def node(name): return NamedNode("https://example.org/" + name)
    >>> a, kind = NamedNode(RDF + "type"), NamedNode(RDFS + "subClassOf")
    >>> graph = [Triple(node("Lome"), a, node("Office")), Triple(node("Office"), kind, node("Body"))]
    >>> for triple in closure(graph): print(triple)
    <https://example.org/Lome> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://example.org/Body>
    """
    engine = close(triples, rules=rules, trivial=trivial)
    return Closure(engine, tuple(inconsistencies(engine)), trivial)


def is_trivial(triple: Triple) -> bool:
    """Say whether a triple is one of the trivial entailments, which the closure leaves out by default.

    These families, and no others: (1) ``x owl:sameAs x``; (2) ``x a owl:Thing``; (3) ``c rdfs:subClassOf c``,
    ``c owl:equivalentClass c``, ``p rdfs:subPropertyOf p``, ``p owl:equivalentProperty p``;
    (4) ``c rdfs:subClassOf owl:Thing``, ``owl:Nothing rdfs:subClassOf c``; (5) ``p rdfs:domain owl:Thing``,
    ``p rdfs:range owl:Thing``; (6) the axioms that hold in every graph: ``owl:Thing`` and ``owl:Nothing`` are
    classes, the built-in annotation properties are annotation properties, the datatypes of OWL 2 RL are
    datatypes, and two of these datatypes are disjoint.
    """
    p = triple.predicate.value
    s, o = (term.value if isinstance(term, NamedNode) else "" for term in (triple.subject, triple.object))
    if p == RDF + "type":
        return (
            o == OWL + "Thing"
            or (o == OWL + "Class" and s in (OWL + "Thing", OWL + "Nothing"))
            or (o == OWL + "AnnotationProperty" and s in ANNOTATION_PROPERTIES)
            or (o == RDFS + "Datatype" and s in DATATYPES)
        )
    if p in REFLEXIVE and triple.subject == triple.object:
        return True
    if p == RDFS + "subClassOf":
        return o == OWL + "Thing" or s == OWL + "Nothing"
    if p in (RDFS + "domain", RDFS + "range"):
        return o == OWL + "Thing"
    return p == OWL + "disjointWith" and s in DATATYPES and o in DATATYPES
