"""The file, line and column of triples, looked up only when needed.

Only the statements about the nodes that are asked for are read again, by `wcograph.toolbox.rdf.placed`. The whole text
is read again for blank nodes without labels, or if its statements depend on each other.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

from pyoxigraph import BlankNode, NamedNode, RdfFormat

from wcograph.toolbox.errors import WcographError
from wcograph.toolbox.rdf.files import base_of, raw, syntax_of
from wcograph.toolbox.rdf.placed import placed_quads
from wcograph.toolbox.rdf.turtle import LINE_END, Document, Namespaces

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from wcograph.toolbox.rdf.turtle import Term

    Statement = tuple[Term, Term, Term]
    Span = tuple[int, int]
    Found = tuple[dict[Statement, "Place"], dict[Term, "Place"]]

WITH_LINES = (RdfFormat.TURTLE, RdfFormat.TRIG, RdfFormat.N_TRIPLES, RdfFormat.N_QUADS)
"""The formats in which a triple has a line of its own; in others its location is the file."""

_MANY = 2_000  # terms, for which all of a file is read
_STRINGS = "|".join(
    rf"{q * 3}(?:[^{q}\\]|\\.|{q}(?!{q * 2}))*{q * 3}|{q}[^{q}\\\n]*(?:\\.[^{q}\\\n]*)*{q}" for q in "\"'"
)
_STEP = re.compile(rf"[^\"'<#.]*(?:{_STRINGS}|<[^<>\s]*>|\#[^\n]*|(\.(?=\s))|.)", re.DOTALL)
_HEAD = re.compile(r"(?:\s+|\#[^\n]*|prefix\s+\S*\s*<[^<>\s]*>)*(<[^<>\s]*>|[^\s\[\](),;<]+)", re.IGNORECASE)
_DIRECTIVE = re.compile(
    r"\n[ \t]*@?(?i:base\s|prefix\s+(\S*:))"
)  # begins with \n, which is fast to search for
_LABEL = re.compile(r"_:([\w.\-\u00b7]*[\w\-\u00b7])")


class Place(NamedTuple):
    """A location: the file, and the line and column (from 1, in characters), if known.

    >>> str(Place("data/bodies.ttl", 12, 5)), str(Place("data.rdf"))
    ('data/bodies.ttl:12:5', 'data.rdf')
    """

    file: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        """Return the location as editors and compilers write it: file:line:column."""
        return ":".join(str(part) for part in self if part is not None)


class Text:
    """A file in one of the formats `WITH_LINES`, read again as text.

    ``labels`` gives the blank nodes that were read from it as the file names them, ``triples`` what was read, in order.
    """

    def __init__(
        self,
        name: str,
        prefixes: Mapping[str, str],
        labels: Mapping[BlankNode, BlankNode],
        triples: Callable[[], Iterable[Statement]],
        shown: str | None = None,
    ) -> None:
        """Keep what is known; locations name the file as ``shown``."""
        self.name, self.shown, self.format = name, shown or name, syntax_of(name)
        self.prefixes, self.labels, self.triples = prefixes, labels, triples
        self.known: dict[object, int] = {}  # the addresses of blank nodes, see _addresses

    def find(self, statements: Collection[Statement], nodes: Collection[Term] = ()) -> Found:
        """Return the locations of triples (of their objects) and of nodes (as subjects) that the text has."""
        try:
            self.text = raw(self.name).decode("utf-8-sig")
            self.document = Document(self.text)
            self.namespaces = Namespaces(base_of(self.name))
            self.written = set(_LABEL.findall(self.text)) if "_:" in self.text else set()
            return self._find(set(statements), set(nodes))
        except (WcographError, OSError, ValueError, SyntaxError):  # the file has changed since it was read
            return {}, {}

    def _find(self, statements: set[Statement], nodes: set[Term]) -> Found:
        if self.format == RdfFormat.N_TRIPLES:
            at, heads = self._in_lines(statements, nodes)
            if len(at) == len(statements):
                return at, heads
        whole = [(0, len(self.text))]
        terms = nodes.union(*((one[0], one[2]) for one in statements))
        if any(map(self._is_anonymous, terms)):
            read = [one for one in self.triples() if one[0] in self.labels or one[2] in self.labels]
            return self._match(
                whole, statements, nodes, self._addresses(read, self._is_anonymous, self._name)
            )
        prefixes = _DIRECTIVE.findall("\n" + self.text)  # "" for a base
        apart = self.format != RdfFormat.TRIG and "" not in prefixes
        if apart and len(terms) < _MANY and len(set(prefixes)) == len(prefixes):
            about = self._statements_about(nodes.union(one[0] for one in statements))
            at, _ = self._match(sorted({span for found in about.values() for span, _ in found}), statements)
            if all(one in at or one[0] not in about for one in statements):
                return at, {node: self._place(about[node][0][1]) for node in nodes if node in about}
        return self._match(whole, statements, nodes)

    def _in_lines(self, statements: Iterable[Statement], nodes: Iterable[Term]) -> Found:
        """Return the locations of triples and nodes on lines that are written as pyoxigraph writes them."""
        wanted = {f"{self._name(s)} {p} {self._name(o)}": (s, p, o) for s, p, o in statements}
        subjects = {str(self._name(node)): node for node in nodes}
        at: dict[Statement, Place] = {}
        heads: dict[Term, Place] = {}
        for number, line in enumerate(LINE_END.split(self.text), 1):
            node = subjects.pop(line[: line.find(" ")], None)
            if node is not None:
                heads[node] = Place(self.shown, number, 1)
            one = wanted.pop(line.removesuffix(" ."), None)
            if one is not None:
                at[one] = Place(self.shown, number, len(f"{self._name(one[0])} {one[1]} ") + 1)
        return at, heads

    def _match(
        self,
        spans: Sequence[Span],
        statements: Collection[Statement],
        nodes: Collection[Term] = (),
        addresses: Mapping[Term, int] | None = None,
    ) -> Found:
        """Read spans of the text, and find triples and nodes in them."""
        head = ""
        if self.format == RdfFormat.TURTLE and spans != [(0, len(self.text))]:
            head = "".join(f"@prefix {prefix}: <{iri}> . " for prefix, iri in self.prefixes.items()) + "\n"
        parts, offsets = [head], [0]
        for start, end in spans:
            offsets.append(offsets[-1] + len(parts[-1]))
            parts.append(self.text[start:end] + "\n")
        quads = placed_quads(Document("".join(parts), self.name, self.format, self.namespaces.base))
        ours, theirs = addresses or {}, {}
        if addresses is not None:
            theirs = self._addresses([quad[:3] for quad in quads], self._is_unlabelled, _label)

        def place(offset: int) -> Place:
            part = bisect_right(offsets, offset, 1) - 1
            return self._place(spans[part - 1][0] + offset - offsets[part])

        def name(term: Term) -> object:
            return ours.get(term) or self._name(term)

        wanted = {(name(s), p, name(o)): (s, p, o) for s, p, o in statements}
        subjects = {name(node): node for node in nodes}
        at: dict[Statement, Place] = {}
        heads: dict[Term, Place] = {}
        for subject, predicate, value, _, subject_at, _, object_at in quads:
            begin: object = subject if type(subject) is NamedNode else theirs.get(subject) or _label(subject)
            goal: object = value if type(value) is not BlankNode else theirs.get(value) or _label(value)
            node = subjects.pop(begin, None)
            if node is not None:
                heads[node] = place(subject_at)
            one = wanted.pop((begin, predicate, goal), None)
            if one is not None:
                at[one] = place(object_at)
        return at, heads

    def _place(self, offset: int) -> Place:
        return Place(self.shown, *self.document.place(offset))

    def _statements_about(self, wanted: Collection[Term]) -> dict[Term, list[tuple[Span, int]]]:
        """Return the statements about nodes: where each begins and ends, and the position of the node in it.

        A statement ends at a dot before white space, outside of strings, IRIs and comments.
        """
        tokens = {str(self._name(one)): one for one in wanted}
        for prefix, namespace in self.prefixes.items():
            for one in wanted:
                if isinstance(one, NamedNode) and one.value.startswith(namespace):
                    tokens[f"{prefix}:{one.value[len(namespace) :]}"] = one
        self.namespaces.prefixes = {f"{prefix}:": iri for prefix, iri in self.prefixes.items()}
        found: dict[Term, list[tuple[Span, int]]] = {}
        start = 0
        for end in [*(match.end() for match in _STEP.finditer(self.text) if match.lastindex), len(self.text)]:
            match = _HEAD.match(self.text, start, end)
            if match is not None:
                token = match[1]
                term: Term | None = tokens.get(token)
                if term is None and ("\\" in token or (token[0] == "<" and ":" not in token)):
                    term = self._node(token)
                if term is not None and term in wanted:
                    found.setdefault(term, []).append(((start, end), match.start(1)))
            start = end
        return found

    def _node(self, token: str) -> Term | None:
        try:
            return self.namespaces.node(token)
        except KeyError:  # a word that only looks like a name
            return None

    def _is_unlabelled(self, term: object) -> bool:
        """Return whether a term of the text is a blank node without a label."""
        return type(term) is BlankNode and term.value not in self.written

    def _is_anonymous(self, term: object) -> bool:
        """Return whether a term that was read is a blank node without a label in the text."""
        return type(term) is BlankNode and self._is_unlabelled(self.labels.get(term))

    def _name(self, term: Term) -> object:
        """Return what a term that was read is in the text."""
        return _label(self.labels.get(term, term) if type(term) is BlankNode else term)

    def _addresses(
        self,
        triples: Iterable[Sequence[object]],
        is_anonymous: Callable[[object], bool],
        name: Callable[[Term], object],
    ) -> dict[Term, int]:
        """Number blank nodes by the path to them: a named node, a property, and the position among its blank nodes.

        Two readings of the same text, with different names of blank nodes, have the same numbers.
        """
        known = self.known
        children: dict[object, list[tuple[object, object]]] = {}
        below: set[object] = set()
        for subject, predicate, value in triples:
            children.setdefault(subject, [])
            if is_anonymous(value):
                children[subject].append((predicate, value))
                below.add(value)
        found: dict[object, int] = {}
        queue: list[tuple[object, object]] = []
        for subject in children:
            if not is_anonymous(subject):
                queue.append((subject, name(subject)))  # type: ignore[arg-type]
            elif subject not in below:
                found[subject] = known.setdefault(("root", len(found)), len(known) + 1)
                queue.append((subject, found[subject]))
        while queue:
            subject, address = queue.pop()
            counts: dict[object, int] = {}
            for predicate, value in children.get(subject, ()):
                counts[predicate] = counts.get(predicate, 0) + 1
                found[value] = known.setdefault((address, predicate, counts[predicate]), len(known) + 1)
                queue.append((value, found[value]))
        return found  # type: ignore[return-value]


def _label(term: Term) -> object:
    return f"_:{term.value}" if type(term) is BlankNode else term
