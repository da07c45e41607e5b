"""Claims as reifiers (RDF 1.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyoxigraph import BlankNode, NamedNode, Quad, Triple

from wcograph.layout import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable

_WCO = PREFIXES["wco"]
_PARTS = {
    _WCO + "aboutSubject": "s",
    _WCO + "aboutProperty": "p",
    _WCO + "literalValue": "o",
    _WCO + "resourceValue": "o",
}


def with_reifiers(quads: Iterable[Quad]) -> list[Quad]:
    """Add to each claim the triple that it claims, as a triple term that it reifies (RDF 1.2, section 1.5).

    The claim is the reifier, with its own IRI. Its own triples stay unchanged, and so do all quads except
    those of claims with one subject, one property and a value.

    >>> claim = NamedNode("http://e/claim")
    >>> about = {"aboutSubject": "http://e/s", "aboutProperty": "http://e/p", "resourceValue": "http://e/o"}
    >>> quads = [Quad(claim, NamedNode(_WCO + name), NamedNode(iri)) for name, iri in about.items()]
    >>> print(with_reifiers(quads)[3].object)
    <http://e/s> <http://e/p> <http://e/o>
    """
    reifies = NamedNode(PREFIXES["rdf"] + "reifies")
    result = list(quads)
    parts: dict[object, dict[str, list[object]]] = {}
    for quad in result:
        part = _PARTS.get(quad.predicate.value)
        if part:
            parts.setdefault((quad.subject, quad.graph_name), {}).setdefault(part, []).append(quad.object)
    for quad in result[:]:
        found = parts.pop((quad.subject, quad.graph_name), None)
        if found is None or not all(len(found.get(part, ())) == 1 for part in "spo"):
            continue
        subject, predicate, value = found["s"][0], found["p"][0], found["o"][0]
        if isinstance(subject, NamedNode | BlankNode) and isinstance(predicate, NamedNode):
            triple = Triple(subject, predicate, value)  # type: ignore[arg-type]
            result.append(Quad(quad.subject, reifies, triple, quad.graph_name))
    return result
