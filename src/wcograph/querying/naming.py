"""What an IRI is called: its CURIE and its label."""

from __future__ import annotations

import pyoxigraph as ox

from wcograph.layout import PREFIXES

# What an IRI is called, the first that it has.
_LABELS = (
    ox.NamedNode(PREFIXES["skos"] + "prefLabel"),
    ox.NamedNode(PREFIXES["dcterms"] + "title"),
    ox.NamedNode(PREFIXES["rdfs"] + "label"),
    ox.NamedNode(PREFIXES["schema"] + "name"),
    ox.NamedNode(PREFIXES["foaf"] + "name"),
)


def compact(iri: str) -> str:
    """Write an IRI as a CURIE where a prefix of the graph fits and the rest is a plain name.

    >>> compact("https://w3id.org/wcograph/id/member-PLW"), compact("http://example.com/a")
    ('wcoid:member-PLW', 'http://example.com/a')
    """
    best = ("", "")
    for prefix, namespace in PREFIXES.items():
        if iri.startswith(namespace) and len(namespace) > len(best[1]):
            best = (prefix, namespace)
    local = iri[len(best[1]) :]
    if best[0] and local and all(character.isalnum() or character in "-_" for character in local):
        return f"{best[0]}:{local}"
    return iri


def label(store: ox.Store, node: ox.NamedNode) -> str:
    """Give the label of a node, in English where it has one; an empty string where it has none."""
    for predicate in _LABELS:
        labels = [
            quad.object
            for quad in store.quads_for_pattern(node, predicate, None, None)
            if isinstance(quad.object, ox.Literal)
        ]
        if labels:
            order = {"en": 0, None: 1}
            return min(
                labels, key=lambda term: (order.get(term.language, 2), term.language or "", term.value)
            ).value
    return ""
