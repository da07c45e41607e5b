"""The rules of the house form of Turtle that formatting and writing have in common.

How objects are sorted, and what shares a line. The rules are in docs/fmt.md.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode

from wcograph.toolbox.rdf.nesting import Term, order_of_node
from wcograph.toolbox.rdf.turtle import XSD, is_simple_local

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WIDTH = 110
"""A collection or a blank node with one property stays on its line as long as the line is no longer."""

INDENT = "    "

_NUMERIC = {XSD + kind for kind in ("integer", "decimal", "double")}


def order_of_iri(iri: str) -> tuple[int, str, str, float, str]:
    """Return the key by which an IRI is sorted among the objects of one predicate."""
    return 0, iri, "", 0.0, ""


def order_of_literal(language: str, datatype: str, lexical: str) -> tuple[int, str, str, float, str]:
    """Return the key by which a literal is sorted; a literal with a language counts as xsd:string here."""
    number = _number(lexical) if datatype in _NUMERIC else 0.0
    return 1, language.lower(), datatype, number, lexical


def order_of_term(term: Term) -> tuple[object, ...]:
    """Return the key by which an object that is not a triple term is sorted."""
    if isinstance(term, NamedNode):
        return order_of_iri(term.value)
    if isinstance(term, Literal):
        datatype = XSD + "string" if term.language is not None else term.datatype.value
        return order_of_literal(term.language or "", datatype, term.value)
    return order_of_node(term)


class Prefixes:
    """Names with prefixes instead of IRIs, by the longest namespace, and the prefixes that they use.

    ``other`` is the format of an IRI without a prefix.
    """

    def __init__(self, prefixes: Mapping[str, str], other: str) -> None:
        """Keep the prefixes that may be used."""
        self.used: dict[str, str] = {}
        self._namespaces = sorted(
            ((namespace, prefix) for prefix, namespace in prefixes.items()),
            key=lambda pair: (-len(pair[0]), len(pair[1]), pair[1]),
        )
        self._other = other
        self._names: dict[str, str] = {}

    def name(self, iri: str) -> str:
        """Return the name of an IRI."""
        name = self._names.get(iri)
        if name is None:
            name = self._names[iri] = self._named(iri)
        return name

    def _named(self, iri: str) -> str:
        for namespace, prefix in self._namespaces:
            if iri.startswith(namespace) and is_simple_local(iri[len(namespace) :]):
                self.used[prefix] = namespace
                return f"{prefix}:{iri[len(namespace) :]}"
        return self._other.format(iri)


def bracketed(
    lines: Sequence[str], opening: str, closing: str, level: int, width: int, *, inner: bool
) -> str:
    """Lay out sorted properties in brackets.

    The opening bracket is on a line indented by ``level``, after ``width`` characters. ``inner``
    means that it is inside other brackets: only there do two properties share a line, because one line each would
    bury the structure.

    >>> bracketed(["ex:p 1"], "[", "]", 1, 10, inner=False)
    '[ ex:p 1 ]'
    """
    return _laid_out(lines, opening, closing, " ; ", level, width, len(lines) <= 1 + inner)


def collected(items: Sequence[str], level: int, width: int) -> str:
    """Lay out the items of a collection, as `bracketed` does.

    >>> collected(["1", "()"], 1, 10)
    '( 1 () )'
    """
    nested = sum(item.startswith(("[", "(", "<<")) and item not in ("[]", "()") for item in items)
    return _laid_out(items, "(", ")", " ", level, width, nested <= 1)


def _laid_out(
    parts: Sequence[str], opening: str, closing: str, between: str, level: int, width: int, may_share: bool
) -> str:
    """Write parts on one line if they may share it and it is not too long, or else on one line each."""
    if not parts:
        return opening + closing
    if may_share and not any("\n" in part or "\r" in part for part in parts):
        text = f"{opening} {between.join(parts)} {closing}"
        if width + len(text) + 2 <= WIDTH:
            return text
    lines = (f"{INDENT * (level + 1)}{part}{between[:-1]}" for part in parts)
    return "\n".join([opening, *lines, INDENT * level + closing])


def _number(lexical: str) -> float:
    try:
        number = float(lexical)
    except ValueError:
        return 0.0
    return number if math.isfinite(number) else 0.0
