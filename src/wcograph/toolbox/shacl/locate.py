"""The locations of triples in the files that they were read from: file, line and column.

Only the statements of the nodes that are asked for are read again, by `wcograph.toolbox.rdf.turtle`. The whole text is
read again for blank nodes without labels, or if its statements depend on each other.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import namedtuple
from functools import cached_property

from pyoxigraph import BlankNode, NamedNode, RdfFormat

from wcograph.toolbox.errors import WcographError
from wcograph.toolbox.rdf.files import file_iri, raw
from wcograph.toolbox.rdf.placed import placed_quads
from wcograph.toolbox.rdf.turtle import Document, Namespaces

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from wcograph.toolbox.shacl.files import File
    from wcograph.toolbox.shacl.graph import Graph, Statement, Term

    Found = tuple[dict[Statement, "Place"], dict[Term, "Place"]]

_WITH_LINES = (RdfFormat.TURTLE, RdfFormat.TRIG, RdfFormat.N_TRIPLES, RdfFormat.N_QUADS)
_STRINGS = "|".join(
    rf"{q * 3}(?:[^{q}\\]|\\.|{q}(?!{q * 2}))*{q * 3}|{q}[^{q}\\\n]*(?:\\.[^{q}\\\n]*)*{q}" for q in "\"'"
)
_STEP = re.compile(rf"[^\"'<#.]*(?:{_STRINGS}|<[^<>\s]*>|\#[^\n]*|(\.(?=\s))|.)", re.DOTALL)
_HEAD = re.compile(r"(?:\s+|\#[^\n]*|prefix\s+\S*\s*<[^<>\s]*>)*(<[^<>\s]*>|[^\s\[\](),;<]+)", re.IGNORECASE)
_PREFIX = re.compile(r"^[ \t]*@?prefix\s+(\S*:)", re.IGNORECASE | re.MULTILINE)
_BASE = re.compile(r"^[ \t]*@?base\s", re.IGNORECASE | re.MULTILINE)
_LABEL = re.compile(r"_:([\w.\-\u00b7]*[\w\-\u00b7])")
_LINE_END = re.compile(r"\r\n|\n|\r")

_MANY = 2_000  # terms, for which all of a file is read

Place = namedtuple("Place", "file line column", defaults=(None, None))


class Locator:
    """A finder of locations in files. ``graph`` has the triples of the files, or those that were wanted."""

    def __init__(self, files: Sequence[File], graph: Graph) -> None:
        """Keep the files; none is read again yet."""
        self.files, self._graph = files, graph

    def places(self, asked: Sequence[tuple[Collection[Statement], int, Term]]) -> list[Place | None]:
        """Return, for each request, the location of one of its triples or else of its node.

        Triples are in the order of the files; the number selects one of them (0: the first). The location of a node
        is its first occurrence as a subject, or else as an object.
        """
        found: list[list[Place]] = [[] for _ in asked]
        nodes: list[Place | None] = [None] * len(asked)
        objects = [self._as_object(node) for _, _, node in asked]
        wanted = {one for triples, _, _ in asked for one in triples}.union(*objects)
        subjects = {node for _, _, node in asked}
        for file in self.files if asked else ():
            try:
                at, heads = self._in_file(file, wanted, subjects)
            except (
                WcographError,
                OSError,
                ValueError,
                SyntaxError,
            ):  # the file has changed since it was read
                continue
            for number, (triples, _, node) in enumerate(asked):
                found[number] += sorted({at[one] for one in triples if one in at})
                nodes[number] = (
                    nodes[number]
                    or heads.get(node)
                    or min((at[one] for one in objects[number] if one in at), default=None)
                )
        return [
            places[min(rank, len(places) - 1)] if places else node
            for places, node, (_, rank, _) in zip(found, nodes, asked, strict=True)
        ]

    def _as_object(self, node: Term) -> list[Statement]:
        graph = self._graph
        if any(node in column for column in graph.columns.values()):
            return []
        return [(s, p, node) for p in graph.columns for s in graph.subjects(p, node)]

    def _in_file(self, file: File, statements: set[Statement], nodes: set[Term]) -> Found:
        if file.format in _WITH_LINES:
            return _Text(file, self._graph).find(statements, nodes)
        place, said = Place(file.name), file.again() if len(self.files) > 1 else self._graph
        at = {one: place for one in statements if one[2] in said.objects(one[0], one[1])}
        return at, {node: place for node in nodes if any(node in column for column in said.columns.values())}


class _Text:
    """The text of a file, and its statements by the nodes that they are about."""

    def __init__(self, file: File, graph: Graph) -> None:
        self.file, self.graph = file, graph
        self.text = raw(file.name).decode("utf-8-sig")
        self.namespaces = Namespaces(file_iri(file.path))
        self.lines = [0, *(match.end() for match in _LINE_END.finditer(self.text))]
        self.labels = set(_LABEL.findall(self.text)) if "_:" in self.text else set()
        self.by_label = {old.value: new for new, old in file.labels.items() if old.value in self.labels}

    def find(self, statements: set[Statement], nodes: set[Term]) -> Found:
        """Return the locations of the triples and nodes that are in the text."""
        terms = nodes.union(*((one[0], one[2]) for one in statements))
        prefixes = _PREFIX.findall(self.text)
        names: dict[Term, int] = {}
        if any(map(self.is_anonymous, terms)):
            names = self.addresses
        elif (
            len(terms) < _MANY
            and self.file.format != RdfFormat.TRIG
            and not _BASE.search(self.text)
            and len(set(prefixes)) == len(prefixes)
        ):
            pieces = self.pieces(nodes.union(one[0] for one in statements))
            spans = sorted({span for found in pieces.values() for span, _ in found})
            at, _ = self.match(spans, statements, ())
            if all(one in at or one[0] not in pieces for one in statements):
                return at, {node: self.place(pieces[node][0][1]) for node in nodes if node in pieces}
        return self.match([(0, len(self.text))], statements, nodes, names)

    def match(
        self,
        pieces: Sequence[tuple[int, int]],
        statements: Collection[Statement],
        nodes: Collection[Term],
        names: dict[Term, int] | None = None,
    ) -> Found:
        """Read pieces of the text, and find triples and nodes in them."""
        head = "".join(f"@prefix {p}: <{iri}> . " for p, iri in self.file.prefixes.items()) + "\n"
        if self.file.format != RdfFormat.TURTLE or pieces == [(0, len(self.text))]:
            head = ""
        parts, length, starts, offsets = [head], len(head), [], []
        for start, end in pieces:
            starts.append(start)
            offsets.append(length)
            parts.append(self.text[start:end] + "\n")
            length += end - start + 1
        at: dict[Statement, Place] = {}
        heads: dict[Term, Place] = {}
        quads = placed_quads(Document("".join(parts), self.file.path, self.file.format, self.namespaces.base))
        own: dict[Term, int] = {}
        if names:
            own = _addresses((quad[:3] for quad in quads), self.is_unlabelled, self.known)

        def place(offset: int) -> Place:
            piece = bisect_right(offsets, offset) - 1
            return self.place(starts[piece] + offset - offsets[piece])

        def name(term: Term) -> object:
            return (names or {}).get(term) or self.label(term)

        wanted = {(name(s), p, name(o)): (s, p, o) for s, p, o in statements}
        subjects = {name(node): node for node in nodes}
        for subject, predicate, value, _, subject_at, _, object_at in quads:
            one_end: object = subject if type(subject) is NamedNode else own.get(subject) or _label(subject)
            other: object = value if type(value) is not BlankNode else own.get(value) or _label(value)
            node = subjects.pop(one_end, None)
            if node is not None:
                heads[node] = place(subject_at)
            one = wanted.pop((one_end, predicate, other), None)
            if one is not None:
                at[one] = place(object_at)
        return at, heads

    def place(self, offset: int) -> Place:
        line = bisect_right(self.lines, offset)
        return Place(self.file.name, line, offset - self.lines[line - 1] + 1)

    def pieces(self, wanted: Collection[Term]) -> dict[Term, list[tuple[tuple[int, int], int]]]:
        """Yield the statements about nodes: where each begins and ends, and the position of the node in it.

        A statement ends at a dot before white space, outside of strings, IRIs and comments.
        """
        tokens = {str(one): one for one in wanted}
        tokens |= {f"_:{label}": node for label, node in self.by_label.items() if node in wanted}
        for prefix, namespace in self.file.prefixes.items():
            for one in wanted:
                if isinstance(one, NamedNode) and one.value.startswith(namespace):
                    tokens[f"{prefix}:{one.value[len(namespace) :]}"] = one
        found: dict[Term, list[tuple[tuple[int, int], int]]] = {}
        start = 0
        for end in [*(match.end() for match in _STEP.finditer(self.text) if match.lastindex), len(self.text)]:
            match = _HEAD.match(self.text, start, end)
            if match is not None:
                term: Term | None = tokens.get(match[1])
                if term is None and ("\\" in match[1] or (match[1][0] == "<" and ":" not in match[1])):
                    term = self._term(match[1])
                if term is not None and term in wanted:
                    found.setdefault(term, []).append(((start, end), match.start(1)))
            start = end
        return found

    def _term(self, token: str) -> Term | None:
        prefix, _, local = token.partition(":")
        if token.startswith("<"):
            return NamedNode(self.namespaces.iri(token))
        namespace = self.file.prefixes.get(prefix)
        return None if namespace is None else NamedNode(namespace + re.sub(r"\\(.)", r"\1", local))

    def is_unlabelled(self, term: object) -> bool:
        """Return whether a term of the text is a blank node without a label."""
        return type(term) is BlankNode and term.value not in self.labels

    def is_anonymous(self, term: object) -> bool:
        """Return whether a term of the graph is a blank node of the file without a label."""
        return type(term) is BlankNode and self.is_unlabelled(self.file.labels.get(term))

    def label(self, term: Term) -> object:
        """Return the label of a term of the graph in the text."""
        return _label(self.file.labels.get(term, term) if type(term) is BlankNode else term)

    @cached_property
    def known(self) -> dict[object, int]:
        return {}

    @cached_property
    def addresses(self) -> dict[Term, int]:
        labels = self.file.labels
        triples = [one for one in self.graph.triples() if one[0] in labels or one[2] in labels]
        triples.sort(key=lambda one: int(one[0].value[1:]) if type(one[0]) is BlankNode else -1)
        return _addresses(triples, self.is_anonymous, self.known, self.label)


def _label(term: Term) -> object:
    return f"_:{term.value}" if type(term) is BlankNode else term


def _addresses(
    triples: Iterable[Sequence[object]],
    is_anonymous: Callable[[object], bool],
    known: dict[object, int],
    name: Callable[[Term], object] = _label,
) -> dict[Term, int]:
    """Number blank nodes by the path to them: a named node, a property, and the position among its blank nodes.

    Two readings of the same text, with different names of blank nodes, have the same numbers; ``known`` keeps them.
    """
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
