"""Names and values of a graph as people read them: labels in two languages, dates, numbers, citations."""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import islice

import pyoxigraph as ox

from wcograph.layout import PREFIXES
from wcograph.toolbox.errors import visible
from wcograph.toolbox.sparql.naming import compact, labelled
from wcograph.toolbox.sparql.values import INTEGERS, NUMBERS, STRING, XSD
from wcograph.web.links import LANGUAGES, is_external, path_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from wcograph.graph import KnowledgeGraph
    from wcograph.toolbox.sparql.values import Term
    from wcograph.web.links import Links

with open(os.path.join(os.path.dirname(__file__), "words.toml"), "rb") as _stream:
    WORDS: dict[str, dict[str, str]] = tomllib.load(_stream)
"""Words of the pages that depend on the data, by their use."""

_FIRST = {one: (ox.NamedNode(f"{PREFIXES['wco']}label{one.capitalize()}"),) for one in LANGUAGES}
_INFERRED = ox.NamedNode(PREFIXES["wcog"] + "inferred")
_REMEMBERED = 50_000  # labels and addresses
_LONGEST = 2_000  # characters of a value on a page
_MOST_QUADS = 20_000  # of one thing, in one direction
_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
}
_TRUTHS = {"en": {"true": "yes", "false": "no"}, "fr": {"true": "oui", "false": "non"}}
_DATED = re.compile(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?(?:T(\d\d:\d\d).*)?")
_DATES = {XSD + name for name in ("date", "gYear", "gYearMonth", "dateTime")}


@dataclass(frozen=True, slots=True)
class Value:
    """A value on a page: its text, the text's language, and the link to what it names.

    ``date`` is what a program reads of a date, ``more`` says that the text is shortened, ``kind`` is a datatype that the
    text does not show, ``why`` the link to its proof, ``parts`` what a node without a name has. ``sort`` orders values.
    """

    text: str
    language: str = ""
    link: str = ""
    external: bool = False
    date: str = ""
    kind: str = ""
    more: bool = False
    why: str = ""
    parts: tuple[tuple[Value, tuple[Value, ...]], ...] = ()
    sort: tuple[object, ...] = ()


class Things:
    """What the pages ask of a graph. It is read from the store when it is asked for; labels are remembered."""

    def __init__(self, kg: KnowledgeGraph) -> None:
        """Keep the graph."""
        self.kg, self.store = kg, kg.store
        self._labelled = lru_cache(_REMEMBERED)(partial(labelled, kg.store))
        self.is_subject = lru_cache(_REMEMBERED)(self._is_subject)

    def label(self, node: ox.NamedNode, language: str) -> tuple[str, str]:
        """Return the label of a node, or its CURIE or IRI, and the language of that text."""
        found = self._labelled(node, language, _FIRST.get(language, ()))
        if found is None:
            return compact(node.value, self.kg.prefixes), ""
        return shortened(found.value)[0], found.language or ""

    def has_label(self, node: ox.NamedNode) -> bool:
        """Return whether people have given a node a label; those of facts are derived."""
        return labelled(self.store, node) is not None

    def _is_subject(self, node: ox.NamedNode) -> bool:
        """Return whether a triple is about a node."""
        return next(self.store.quads_for_pattern(node, None, None), None) is not None

    def quads(self, node: Term, *, incoming: bool = False) -> list[ox.Quad]:
        """Return the quads about a node, or those that refer to it: the first 20,000."""
        pattern: Any = (None, None, node) if incoming else (node, None, None)
        return list(islice(self.store.quads_for_pattern(*pattern), _MOST_QUADS))

    def objects(self, node: Term, predicate: ox.NamedNode) -> list[Term]:
        """Return the values of a property of a node, each once."""
        found = self.store.quads_for_pattern(node, predicate, None)  # type: ignore[arg-type]
        return list(dict.fromkeys(quad.object for quad in found))

    def address(self, node: ox.NamedNode, links: Links) -> tuple[str, bool]:
        """Return the link to a node, and whether it leads out: to what the graph says of it, else to the thing itself."""
        path = path_of(node.value)
        if not self.is_subject(node):
            if path.startswith("/thing?") and is_external(node.value):
                return node.value, True
            if links.static:
                return "", False
        return links.to(path), False

    def value(self, term: Term, links: Links, depth: int = 0) -> Value:
        """Return a term for a person to read."""
        if isinstance(term, ox.NamedNode):
            text, of = self.label(term, links.language)
            return Value(text, of, *self.address(term, links), sort=(1, text.casefold(), text))
        if isinstance(term, ox.Literal):
            return literal(term, links.language)
        if isinstance(term, ox.BlankNode) and depth < 3:
            return Value("", parts=tuple(self._parts(term, links, depth + 1)), sort=(2, term.value))
        return Value(shortened(str(term))[0], sort=(3, str(term)))

    def _parts(
        self, node: ox.BlankNode, links: Links, depth: int
    ) -> Iterable[tuple[Value, tuple[Value, ...]]]:
        for predicate in sorted({quad.predicate for quad in self.quads(node)}, key=lambda one: one.value):
            terms = self.objects(node, predicate)[:20]
            values = [self.value(term, links, depth) for term in terms]
            yield self.value(predicate, links), tuple(sorted(values, key=lambda value: value.sort))

    def is_inferred(self, quad: ox.Quad) -> bool:
        """Return whether a quad is in the closure."""
        return quad.graph_name == _INFERRED


def shortened(text: str) -> tuple[str, bool]:
    """Return a text that a page can show, and whether it is longer than that."""
    return (f"{text[:_LONGEST]}…", True) if len(text) > _LONGEST else (text, False)


def safe(text: str) -> str:
    r"""Return a text with escapes for characters that would act on the page around it; line ends and tabs stay.

    >>> safe("a\n\u202eb")
    'a\n\\u202eb'
    """
    if text.isprintable() and text.isascii():
        return text
    return "\n".join("\t".join(map(visible, line.split("\t"))) for line in text.split("\n"))


def literal(term: ox.Literal, language: str) -> Value:
    """Return a literal for a person to read, in a language.

    >>> literal(ox.Literal("1952-11-04", datatype=ox.NamedNode(XSD + "date")), "fr").text
    '4 novembre 1952'
    >>> literal(ox.Literal(800000), "en").text
    '800,000'
    """
    kind = term.datatype.value
    if kind in _DATES and (match := _DATED.fullmatch(term.value)):
        return Value(written(*match.groups(), language), date=term.value, sort=(0, term.value))  # type: ignore[call-arg]
    if kind in INTEGERS and term.value.lstrip("+-").isdigit() and len(term.value) < 40:
        number = int(term.value)
        between = "," if language == "en" else "\N{NARROW NO-BREAK SPACE}"
        text = f"{number:,}".replace(",", between) if abs(number) > 9999 else term.value
        return Value(text, sort=(0, "", number))
    if kind == XSD + "boolean":
        return Value(_TRUTHS.get(language, _TRUTHS["en"]).get(term.value, term.value), sort=(0, term.value))
    text, more = shortened(term.value)
    known = term.language or kind in NUMBERS or kind in (STRING, XSD + "anyURI")
    link = term.value if kind == XSD + "anyURI" and is_external(term.value) else ""
    return Value(
        text,
        term.language or "",
        link,
        bool(link),
        kind="" if known else compact(kind, PREFIXES),
        more=more,
        sort=(0, text.casefold(), text),
    )


def written(year: str, month: str | None, day: str | None, time: str | None, language: str) -> str:
    """Return a date as people write it.

    >>> written("1952", "11", "04", None, "en"), written("2020", "01", "01", None, "fr")
    ('4 November 1952', '1er janvier 2020')
    """
    if not month or not 1 <= int(month) <= 12:
        return year
    name = _MONTHS.get(language, _MONTHS["en"]).split(" ")[int(month) - 1]
    number = "" if not day else "1er " if language == "fr" and day == "01" else f"{int(day)} "
    return f"{number}{name} {year}{f', {time}' if time else ''}"
