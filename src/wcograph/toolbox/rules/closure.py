"""The OWL 2 RL closure of a graph: every triple that follows by the rules of OWL 2 RL/RDF, and every clash."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from pyoxigraph import NamedNode, Triple

from wcograph.toolbox.rules._engine import Engine
from wcograph.toolbox.rules.clashes import Inconsistency, inconsistencies
from wcograph.toolbox.rules.rules import RULES

__all__ = ["Closure", "Inconsistency", "closure"]

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from pyoxigraph import Quad

    from wcograph.toolbox.rules._facts import Code


class Closure:
    """The triples that a closure adds to its graph. Iteration yields each once, in no fixed order.

    The triples are made on demand, so a large closure needs little memory; ``len`` counts them.
    """

    def __init__(self, engine: Engine, trivial: bool) -> None:
        """Keep an engine that has run."""
        self._engine = engine
        self._trivial = trivial

    @cached_property
    def inconsistencies(self) -> tuple[Inconsistency, ...]:
        """The clashes."""
        return tuple(inconsistencies(self._engine))

    def __iter__(self) -> Iterator[Triple]:
        """Yield each inferred triple. Raises LimitError if too many terms are equal to write them out."""
        terms = self._engine.terms
        for s, p, o in self._codes():
            yield Triple(terms[s], terms[p], terms[o])  # type: ignore[arg-type]  # only triples of RDF

    def __len__(self) -> int:
        """Count the inferred triples."""
        return sum(1 for _ in self._codes())

    def _codes(self) -> Iterator[Code]:
        engine = self._engine
        terms = engine.terms
        no_subject = {*engine.literals, *engine.triple_terms}
        for s, p, o in engine.expanded():
            if s in no_subject or not isinstance(terms[p], NamedNode):
                continue
            if self._trivial or p >= engine.builtins or not engine.is_trivial(s, p, o):
                yield s, p, o


def closure(
    triples: Iterable[Triple | Quad], *, rules: Collection[str] = RULES, trivial: bool = False
) -> Closure:
    """Compute the OWL 2 RL closure of a graph (OWL 2 Profiles, section 4.3).

    Literals and blank nodes stay as written. Triples that RDF cannot express (a literal as
    the subject, a blank node as the predicate) take part in the reasoning but are not in the result. The graph
    names of quads are ignored. ``rules`` names the rules to apply. ``trivial`` adds the trivial entailments (see
    ``docs/reasoning.md``). Raises LimitError if an RDF list has more than 10,000 readings, and for more than
    250,000 pairs of equivalent classes or properties.

    >>> from pyoxigraph import NamedNode, Triple
    >>> def node(name): return NamedNode("https://example.org/" + name)
    >>> from wcograph.toolbox.rules.datatypes import RDF, RDFS
    >>> a, kind = NamedNode(RDF + "type"), NamedNode(RDFS + "subClassOf")
    >>> graph = [Triple(node("Lome"), a, node("Office")), Triple(node("Office"), kind, node("Body"))]
    >>> for triple in closure(graph): print(triple)
    <https://example.org/Lome> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://example.org/Body>
    """
    return Closure(Engine(triples, rules, trivial=trivial), trivial)
