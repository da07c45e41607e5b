"""The closure by owlrl, on rdflib, to compare with. It is slow."""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING, NamedTuple

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from wcograph.toolbox.rules.always import always_holds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pyoxigraph import Quad
    from rdflib.term import Node

_ERROR = "http://www.daml.org/2002/03/agents/agent-ont#"


class ReferenceClosure(NamedTuple):
    """What owlrl adds to a graph, and its messages about inconsistencies."""

    triples: frozenset[Triple]
    messages: tuple[str, ...]


def reference_closure(triples: Iterable[Triple | Quad], *, trivial: bool = False) -> ReferenceClosure:
    """Close a graph with owlrl (``OWLRL_Semantics``): only new triples of RDF, literals as they are written.

    Without ``trivial``, what holds in every graph is left out.
    """
    import rdflib
    from owlrl import DeductiveClosure, OWLRL_Semantics

    graph = rdflib.Graph()
    with _literals_as_written():
        for triple in triples:
            graph.add((_to_rdflib(triple.subject), _to_rdflib(triple.predicate), _to_rdflib(triple.object)))
        before = set(graph)
        DeductiveClosure(OWLRL_Semantics).expand(graph)
        new = [triple for triple in graph if triple not in before]
        reports = {s for s, _, o in new if str(o) == _ERROR + "ErrorMessage"}
        found = {
            Triple(_from_rdflib(s), _from_rdflib(p), _from_rdflib(o))  # type: ignore[arg-type]
            for s, p, o in new
            if s not in reports and not isinstance(s, rdflib.Literal) and isinstance(p, rdflib.URIRef)
        }
    messages = sorted(str(o) for s, p, o in new if s in reports and str(p) == _ERROR + "error")
    return ReferenceClosure(
        frozenset(triple for triple in found if trivial or not always_holds(triple)), tuple(messages)
    )


@contextlib.contextmanager
def _literals_as_written() -> Iterator[None]:
    """Keep rdflib from rewriting literals and from complaining about ill-typed ones, and owlrl's changes to it away.

    owlrl gives rdflib readers of its own for datatypes, and leaves some of them behind.
    """
    import rdflib
    from rdflib.term import _toPythonMapping

    readers = dict(_toPythonMapping)
    before, logger = rdflib.NORMALIZE_LITERALS, logging.getLogger("rdflib.term")
    level = logger.level
    rdflib.NORMALIZE_LITERALS = False
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        rdflib.NORMALIZE_LITERALS = before
        _toPythonMapping.clear()
        _toPythonMapping.update(readers)
        logger.setLevel(level)


def _to_rdflib(term: NamedNode | BlankNode | Literal | Triple) -> Node:
    import rdflib

    if isinstance(term, NamedNode):
        return rdflib.URIRef(term.value)
    if isinstance(term, BlankNode):
        return rdflib.BNode(term.value)
    assert isinstance(term, Literal)
    if term.language:
        return rdflib.Literal(term.value, lang=term.language)
    if term.datatype.value == str(rdflib.XSD.string):
        return rdflib.Literal(term.value)
    return rdflib.Literal(term.value, datatype=rdflib.URIRef(term.datatype.value))


def _from_rdflib(term: Node) -> NamedNode | BlankNode | Literal:
    import rdflib

    if isinstance(term, rdflib.URIRef):
        return NamedNode(str(term))
    if isinstance(term, rdflib.BNode):
        return BlankNode(str(term))
    assert isinstance(term, rdflib.Literal)
    if term.language:
        return Literal(str(term), language=term.language)
    if term.datatype:
        return Literal(str(term), datatype=NamedNode(str(term.datatype)))
    return Literal(str(term))
