"""Turtle and TriG in the house form (docs/fmt.md), written from quads; `wcograph.toolbox.rdf.fmt` leaves it as it is.

Each term has one spelling: a prefixed name if a prefix fits, ``a``, ``()``, bare numbers and booleans
if every reader returns them unchanged, and three quotes for strings with a line break.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Triple

from wcograph.toolbox.rdf.nesting import NIL, Nesting, by_name, nest, order_of_node
from wcograph.toolbox.rdf.profile import MAIN_CLASSES, STANDARD
from wcograph.toolbox.rdf.style import INDENT, Prefixes, bracketed, collected, order_of_term
from wcograph.toolbox.rdf.turtle import RDF, XSD, is_prefix

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pyoxigraph import Quad

    from wcograph.toolbox.rdf.nesting import Term
    from wcograph.toolbox.rdf.profile import Profile

_BARE = {
    XSD + "integer": re.compile(r"0|-?[1-9][0-9]*"),
    XSD + "decimal": re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+"),
    XSD + "boolean": re.compile(r"true|false"),
}
_ESCAPED = re.compile(r'[\x00-\x1f"\\\x7f]')
_ESCAPED_IN_LONG = re.compile(r'[\x00-\x09\x0b-\x1f\\\x7f]|"(?="")|"(?=\Z)|"(?="\Z)')
_ESCAPES = {"\t": "\\t", "\b": "\\b", "\n": "\\n", "\r": "\\r", "\f": "\\f", '"': '\\"', "\\": "\\\\"}
_STRING = XSD + "string"
_TYPE = RDF + "type"


def turtle(
    quads: Iterable[Quad],
    prefixes: Mapping[str, str],
    languages: Mapping[Literal, str] | None = None,
    *,
    version: str | None = None,
    profile: Profile = STANDARD,
) -> Iterator[str]:
    """Yield the text of a dataset: Turtle if all quads are in the default graph, TriG otherwise.

    Blank nodes must have names in a fixed order (see `wcograph.toolbox.rdf.canonical.relabelled`). ``prefixes``
    may be used; only those in use are declared. ``languages`` has the spelling of language tags that are
    not in lower case. ``version`` is announced, as RDF 1.2 requires.

    >>> from pyoxigraph import RdfFormat, parse
    >>> quads = parse(b'<http://e/a> <http://e/p> [ <http://e/q> 1.0, "x"@en ] .', RdfFormat.TURTLE)
    >>> print("".join(turtle(quads, {"ex": "http://e/"})), end="")
    @prefix ex: <http://e/> .
    <BLANKLINE>
    ex:a
        ex:p [
            ex:q 1.0 ;
            ex:q "x"@en ;
        ] .
    """
    by_graph: dict[object, list[Quad]] = {}
    all_quads = list(dict.fromkeys(quads))
    for quad in all_quads:
        by_graph.setdefault(quad.graph_name, []).append(quad)
    writer = _Writer(prefixes, languages or {}, nest(all_quads), profile)
    paragraphs = []
    for graph in sorted(by_graph, key=order_of_node):
        if isinstance(graph, DefaultGraph):
            paragraphs += writer.statements(by_graph[graph], 0)
        else:
            assert isinstance(graph, NamedNode | BlankNode)
            inside = "\n\n".join(writer.statements(by_graph[graph], 1))
            paragraphs.append(f"{writer.name(graph)} {{\n{inside}\n}}")
    head = [f'@version "{version}" .'] if version and paragraphs else []
    head += [f"@prefix {prefix}: <{prefixes[prefix]}> ." for prefix in sorted(writer.prefixes.used)]
    if head:
        yield "\n".join(head) + "\n"
    for number, paragraph in enumerate(paragraphs):
        yield ("\n" if head or number else "") + paragraph + "\n"


class _Writer:
    """A writer that spells terms and lays out statements."""

    def __init__(
        self,
        prefixes: Mapping[str, str],
        languages: Mapping[Literal, str],
        nesting: Nesting,
        profile: Profile,
    ) -> None:
        usable = {prefix: iri for prefix, iri in prefixes.items() if iri and is_prefix(prefix)}
        self.prefixes = Prefixes(usable, "<{}>")
        self.iri = self.prefixes.name
        self.languages = languages
        self.nesting, self.profile = nesting, profile
        self._predicates: dict[str, tuple[int, str]] = {}
        self._rows: dict[Term, list[tuple[str, Term]]] = {}

    # Terms

    def name(self, term: NamedNode | BlankNode) -> str:
        return self.iri(term.value) if isinstance(term, NamedNode) else f"_:{term.value}"

    def literal(self, term: Literal) -> str:
        value = term.value
        long = "\n" in value
        text = (
            f'"""{_ESCAPED_IN_LONG.sub(_escape, value)}"""' if long else f'"{_ESCAPED.sub(_escape, value)}"'
        )
        if term.language is not None:
            direction = f"--{term.direction}" if term.direction is not None else ""
            return f"{text}@{self.languages.get(term, term.language)}{direction}"
        datatype = term.datatype.value
        if datatype == _STRING:
            return text
        bare = _BARE.get(datatype)
        if bare is not None and bare.fullmatch(value):
            return value
        return f"{text}^^{self.iri(datatype)}"

    def triple(self, term: Triple) -> str:
        assert isinstance(term.subject, NamedNode | BlankNode)
        inner = term.object  # no collection, so rdf:nil has its name
        value = self.name(inner) if isinstance(inner, NamedNode) else self._value(inner, 0, 0, False)
        return f"<<( {self.name(term.subject)} {self._predicate(term.predicate.value)} {value} )>>"

    def _predicate(self, iri: str) -> str:
        return "a" if iri == _TYPE else self.iri(iri)

    # Layout

    def statements(self, quads: Iterable[Quad], level: int) -> list[str]:
        """Return the statements of one graph, sorted, each as one text."""
        rows: dict[Term, list[tuple[str, Term]]] = {}
        main: set[Term] = set()
        for quad in quads:
            predicate = quad.predicate.value
            rows.setdefault(quad.subject, []).append((predicate, quad.object))
            if predicate == _TYPE and getattr(quad.object, "value", "") in MAIN_CLASSES:
                main.add(quad.subject)
        self._rows = rows
        nested, cells = self.nesting.nested, self.nesting.cells
        tops = sorted(
            (term for term in rows if term not in nested and term not in cells),
            key=lambda term: (term not in main, order_of_node(term)),
        )
        indent = INDENT * level
        result = []
        for term in tops:
            subject = (
                "[]" if term in self.nesting.alone else self.name(term)  # type: ignore[arg-type]
            )
            lines = [f"{indent}{INDENT}{line}" for line in self._sorted(rows[term], level + 1, False)]
            result.append(f"{indent}{subject}\n" + " ;\n".join(lines) + " .")
        return result

    def _sorted(self, rows: Sequence[tuple[str, Term]], level: int, inner: bool) -> list[str]:
        """Spell and sort properties on lines indented by ``level``."""
        entries = []
        for predicate, term in rows:
            rank = self._predicates.get(predicate)
            if rank is None:
                rank = self._predicates[predicate] = self.profile.order_of_predicate(predicate)
            name = self._predicate(predicate)
            value = self._value(term, level, level * len(INDENT) + len(name) + 1, inner)
            plain = isinstance(term, NamedNode | Literal) and term != NIL
            key = order_of_term(term) if plain else _blank_order(term, value)
            entries.append((rank, key, f"{name} {value}"))
        entries.sort(key=lambda entry: entry[:2])
        return [line for _, _, line in entries]

    def _value(self, term: Term, level: int, width: int, inner: bool) -> str:
        """Spell an object on a line indented by ``level``, after ``width`` characters."""
        if isinstance(term, NamedNode):
            return "()" if term == NIL else self.iri(term.value)
        if isinstance(term, Literal):
            return self.literal(term)
        if isinstance(term, Triple):
            return self.triple(term)
        if term in self.nesting.lists:
            start = len(INDENT) * (level + 1)
            items = [self._value(item, level + 1, start, True) for item in self.nesting.lists[term]]
            return collected(items, level, width)
        if term in self.nesting.nested:
            lines = self._sorted(self._rows.get(term, []), level + 1, True)
            return bracketed(lines, "[", "]", level, width, inner=inner)
        return self.name(term)


def _blank_order(term: Term, value: str) -> tuple[object, ...]:
    """Order blank nodes: labelled ones first, then brackets, both by name."""
    labelled = value.startswith("_:")
    if isinstance(term, BlankNode):
        return (2 if labelled else 3, "", "", 0.0, "", *by_name(term))
    return 3, "", "", 0.0, value, 0, ""


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    return _ESCAPES.get(character) or f"\\u{ord(character):04X}"
