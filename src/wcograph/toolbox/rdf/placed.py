"""Each quad of a Turtle, TriG, N-Triples or N-Quads document, with the locations of its terms."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from pyoxigraph import BaseDirection, BlankNode, DefaultGraph, Literal, NamedNode, RdfFormat, Triple

from wcograph.toolbox.rdf import grammar as g
from wcograph.toolbox.rdf import turtle as t
from wcograph.toolbox.rdf.reading import without_collection
from wcograph.toolbox.rdf.turtle import DATATYPES, RDF, Namespaces, unescape_string

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wcograph.toolbox.rdf.turtle import Document, Term


class PlacedQuad(NamedTuple):
    """A quad, and where its subject, predicate and object are written.

    A location is the offset of a term's first character. That of a blank node in brackets and of a collection is
    their opening bracket, that of a reified triple its ``<<``. The triples of a collection are located
    at its items: the first cell at ``(``, each other cell, ``rdf:first`` and ``rdf:rest`` at their item, the
    last ``rdf:rest`` with ``rdf:nil`` at ``)``. A triple with ``rdf:reifies`` has its subject at the
    reifier's name, or without one at its ``~``, ``{|`` or ``<<``, and the rest at the reified triple:
    at ``<<``, or at the object that is annotated.
    """

    subject: NamedNode | BlankNode
    predicate: NamedNode
    object: Term
    graph_name: NamedNode | BlankNode | DefaultGraph
    subject_at: int
    predicate_at: int
    object_at: int


_Node = NamedNode | BlankNode

_TYPE, _FIRST, _REST, _NIL, _REIFIES = (
    NamedNode(RDF + name) for name in ("type", "first", "rest", "nil", "reifies")
)
_DIRECTIONS = {"ltr": BaseDirection.LTR, "rtl": BaseDirection.RTL}
_DEFAULT_GRAPH = DefaultGraph()


def placed_quads(document: Document) -> list[PlacedQuad]:
    """Read the quads of a document, each with its locations, in the order in which they are completed.

    Terms are as pyoxigraph reads them, and so are the labels of blank nodes: as written, or
    new ones for nodes without a label. A quad that is written twice is returned twice. Raises what
    `wcograph.toolbox.rdf.turtle.parse_document` raises.

    >>> from wcograph.toolbox.rdf.turtle import Document
    >>> document = Document('@prefix ex: <http://example.org/> .\\nex:a ex:p "x"@en , 1 .\\n')
    >>> for quad in placed_quads(document):
    ...     print(quad.object, document.place(quad.object_at))
    "x"@en Place(line=2, column=11)
    "1"^^<http://www.w3.org/2001/XMLSchema#integer> Place(line=2, column=20)
    """
    with without_collection():
        count = len(document.quads)
        quads = list(_read(document))
    if len(quads) != count:  # the tests show that it is so; a wrong place must not pass unseen
        raise RuntimeError(f"{document.file}: {len(quads)} placed quads where pyoxigraph reads {count}")
    return quads


def _literal(word: str, suffix: str, namespaces: Namespaces) -> Literal:
    value = unescape_string(word)
    if not suffix:
        return Literal(value)
    if suffix[0] == "^":
        return Literal(value, datatype=namespaces.node(suffix[2:]))
    tag, _, direction = suffix[1:].partition("--")
    return Literal(value, language=tag, direction=_DIRECTIONS.get(direction))


def _read(document: Document) -> Iterator[PlacedQuad]:
    """Yield the placed quads of a valid document.

    An event either completes a term, which the lower half of the loop puts in its role, or begins something.
    """
    namespaces = Namespaces(document.base)
    cached, node = namespaces.cache.get, namespaces.node
    literals: dict[str, Literal] = {}
    blanks: dict[str, BlankNode] = {}
    lines = document.syntax == RdfFormat.N_QUADS  # where the graph is named behind the object
    graph: _Node | DefaultGraph = _DEFAULT_GRAPH
    # The triple that is being read. In a collection the subject is the cell, None before the first item.
    subject: Any = None
    predicate: Any = None
    target: Any = None
    subject_at = predicate_at = target_at = 0
    reifier: _Node | None = None  # of the object just read, where it has one
    reifier_at = 0
    unnamed = False  # a "~" has been read, and not yet the name behind it, if there is one
    head: _Node = _NIL  # the first cell of a collection
    parts: list[tuple[Any, int]] = []  # the terms between << and >>
    # For each open bracket its offset, and what was being read around it.
    stack: list[tuple[int, tuple[Any, int, Any, int], tuple[Any, int, Any, int], Any, Any]] = []
    place = partial(tuple.__new__, PlacedQuad)  # twice as fast as calling the class

    for role, kind, word, suffix, at, _ in g.events(document):
        term: Any
        if unnamed and (role != g.REIFIER or kind > t.BLANK):
            unnamed, reifier = False, BlankNode()
            triple = Triple(subject, predicate, target)
            yield place((reifier, _REIFIES, triple, graph, reifier_at, target_at, target_at))

        if kind <= t.IRI:
            term = cached(word) or node(word)
        elif kind == t.STRING:
            term = _literal(word, suffix, namespaces)
        elif kind == t.BLANK:
            term = blanks.get(word)
            if term is None:
                term = blanks[word] = BlankNode(word[2:])
        elif kind <= t.BOOLEAN:
            term = literals.get(word)
            if term is None:
                term = literals[word] = Literal(word, datatype=DATATYPES[kind])
        elif kind == t.A:
            term = _TYPE
        elif kind == t.OPEN:
            triple_read = (subject, subject_at, predicate, predicate_at)
            stack.append((at, triple_read, (target, target_at, reifier, reifier_at), head, parts))
            if word == "[":
                subject, subject_at = BlankNode(), at
            elif word == "(":
                subject = None
            elif word == "{|":
                if reifier is None:  # fresh for each annotation, where no "~" came before
                    reifier, reifier_at = BlankNode(), at
                    triple = Triple(subject, predicate, target)
                    yield place((reifier, _REIFIES, triple, graph, at, target_at, target_at))
                subject, subject_at = reifier, reifier_at
            else:
                parts = []
            continue
        elif kind == t.CLOSE:
            if word == "]":
                term = subject
            elif word == ")":
                term = head if subject else _NIL
                if subject:
                    yield place((subject, _REST, _NIL, graph, subject_at, at, at))
            elif word == ")>>":
                term = Triple(*(part for part, _ in parts))
            elif word == ">>":
                triple = Triple(*(part for part, _ in parts[:3]))
                opened = stack[-1][0]
                term, term_at = parts[3] if len(parts) > 3 else (BlankNode(), opened)
                yield place((term, _REIFIES, triple, graph, term_at, opened, opened))
            at, triple_read, object_read, head, parts = stack.pop()
            subject, subject_at, predicate, predicate_at = triple_read
            target, target_at, reifier, reifier_at = object_read
            if word == "|}":
                continue
        else:
            if kind == g.END:
                if lines:
                    yield place((subject, predicate, target, graph, subject_at, predicate_at, target_at))
                    graph = _DEFAULT_GRAPH
                subject = None
            elif kind == t.PUNCTUATION:  # "~"; between << and >> it needs no care
                unnamed, reifier_at = role == g.REIFIER, at
            elif kind == t.DIRECTIVE:
                namespaces.direct(word, suffix)
            elif kind == g.GRAPH_OPEN:
                graph, subject = subject or _DEFAULT_GRAPH, None
            elif kind == g.GRAPH_CLOSE:
                graph = _DEFAULT_GRAPH
            continue

        if role in (g.OBJECT, g.NEXT_OBJECT):
            target, target_at, reifier = term, at, None
            if not lines:
                yield place((subject, predicate, term, graph, subject_at, predicate_at, at))
        elif role == g.PREDICATE:
            predicate, predicate_at = term, at
        elif role == g.SUBJECT:
            subject, subject_at = term, at
        elif role == g.ITEM:
            cell = BlankNode()
            if subject is None:
                head, cell_at = cell, stack[-1][0]
            else:
                cell_at = at
                yield place((subject, _REST, cell, graph, subject_at, at, at))
            subject, subject_at = cell, cell_at
            yield place((cell, _FIRST, term, graph, cell_at, at, at))
        elif role == g.PART:
            parts.append((term, at))
        elif role == g.GRAPH:
            graph = term
        else:
            unnamed, reifier, reifier_at = False, term, at
            triple = Triple(subject, predicate, target)
            yield place((reifier, _REIFIES, triple, graph, at, target_at, target_at))
