"""The names of an IRI: its CURIE and its label."""

from __future__ import annotations

import pyoxigraph as ox

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

# The properties that name an IRI; the label is a value of the first that it has.
LABELS = (
    ox.NamedNode("http://www.w3.org/2004/02/skos/core#prefLabel"),
    ox.NamedNode("http://purl.org/dc/terms/title"),
    ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#label"),
    ox.NamedNode("https://schema.org/name"),
    ox.NamedNode("http://xmlns.com/foaf/0.1/name"),
)


def compact(iri: str, prefixes: Mapping[str, str]) -> str:
    """Write an IRI as a CURIE if one of the ``prefixes`` fits and the rest is a plain name.

    >>> compact("http://example.org/a", {"ex": "http://example.org/"}), compact("http://example.org/a", {})
    ('ex:a', 'http://example.org/a')
    """
    best = ("", "")
    for prefix, namespace in prefixes.items():
        if iri.startswith(namespace) and len(namespace) > len(best[1]):
            best = (prefix, namespace)
    local = iri[len(best[1]) :]
    if best[0] and local and all(character.isalnum() or character in "-_" for character in local):
        return f"{best[0]}:{local}"
    return iri


def label(store: ox.Store, node: ox.NamedNode) -> str:
    """Return the label of a node, in English if possible; an empty string if it has none."""
    found = labelled(store, node)
    return found.value if found is not None else ""


def labelled(
    store: ox.Store, node: ox.NamedNode, language: str = "en", first: tuple[ox.NamedNode, ...] = ()
) -> ox.Literal | None:
    """Return the label of a node, in a language if possible, else in English; None if it has none.

    The properties in ``first`` go before those in ``LABELS``.

    >>> store = ox.Store()
    >>> a = ox.NamedNode("http://e/a")
    >>> for text, language in (("Turkey", "en"), ("Turquie", "fr")):
    ...     store.add(ox.Quad(a, LABELS[0], ox.Literal(text, language=language)))
    >>> labelled(store, a, "fr")
    <Literal value=Turquie language=fr>
    """
    for predicate in (*first, *LABELS):
        labels = [
            quad.object
            for quad in store.quads_for_pattern(node, predicate, None, None)
            if isinstance(quad.object, ox.Literal)
        ]
        if labels:
            order = {None: 2, "en": 1, language: 0}
            return min(
                labels, key=lambda term: (order.get(term.language, 3), term.language or "", term.value)
            )
    return None
