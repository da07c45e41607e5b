"""Whether two sets of quads are the same graph, whatever their blank nodes are called.

Blank nodes that differ in what is said of them are told apart by colour refinement, which is fast. What is
left (nodes that look alike) goes to `RDFC-1.0 <https://www.w3.org/TR/rdf-canon/>`_, whose effort grows
without reasonable bound with the number of nodes that look alike, and which pyoxigraph cannot interrupt. So
it runs in a process of its own, under a limit of time.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING

from pyoxigraph import BlankNode, NamedNode, Quad, RdfFormat, Triple, serialize

from wcograph.errors import LimitError

if TYPE_CHECKING:
    from collections.abc import Iterable

SECONDS = 20.0
"""How long a comparison may take unless its caller says otherwise."""

_CANONICALIZE = """
import sys
from pyoxigraph import CanonicalizationAlgorithm, Dataset, RdfFormat, parse
dataset = Dataset(parse(sys.stdin.buffer.read(), RdfFormat.N_QUADS))
dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
sys.stdout.buffer.write("".join(sorted(f"{quad} .\\n" for quad in dataset)).encode())
"""


def canonical_nquads(quads: Iterable[Quad], *, seconds: float = SECONDS) -> bytes:
    """Give the canonical N-Quads (RDFC-1.0) of quads that hold no triple terms.

    Raises LimitError where that takes longer than ``seconds``.

    >>> canonical_nquads([Quad(BlankNode("x"), NamedNode("http://example.org/p"), BlankNode("x"))])
    b'_:c14n0 <http://example.org/p> _:c14n0 .\\n'
    """
    try:
        result = subprocess.run(
            [sys.executable, "-c", _CANONICALIZE],
            input=serialize(quads, format=RdfFormat.N_QUADS),
            capture_output=True,
            timeout=max(seconds, 0.001),
            check=True,
        )
    except subprocess.TimeoutExpired as error:
        raise LimitError(
            f"its blank nodes are too much alike to be told apart in {seconds:.3g} s (RDFC-1.0); "
            "give them names, or more time"
        ) from error
    except subprocess.CalledProcessError as error:
        raise LimitError(f"its blank nodes could not be told apart (RDFC-1.0): {error.stderr!r}") from error
    return result.stdout


def same_graph(first: Iterable[Quad], second: Iterable[Quad], *, seconds: float = SECONDS) -> bool:
    """Tell whether two sets of quads are isomorphic (RDF 1.2 Concepts, section 3.7).

    Raises LimitError where that takes longer than ``seconds``.

    >>> p = NamedNode("http://example.org/p")
    >>> a, b, c = BlankNode("a"), BlankNode("b"), BlankNode("c")
    >>> same_graph([Quad(a, p, b)], [Quad(c, p, a)])
    True
    >>> same_graph([Quad(a, p, b)], [Quad(a, p, a)])
    False
    """
    deadline = time.monotonic() + seconds
    left, right = set(first), set(second)
    if left == right:
        return True
    if len(left) != len(right):
        return False
    # Quads without blank nodes must be the same; the others, as rows of what they are made of.
    shared = left & right
    left_rows = [row for row in map(_row, left) if _blanks(row)]
    right_rows = [row for row in map(_row, right) if _blanks(row)]
    if any(not _blanks(_row(quad)) for quad in (left | right) - shared):
        return False
    return _isomorphic(left_rows, right_rows, deadline, seconds)


_Row = tuple[object, ...]
_INNER = "<<("
_SUBJECT_OF = NamedNode("urn:x-wcograph:subject")


def _row(quad: Quad) -> _Row:
    """Give the terms of a quad, those of a triple term in its place (it nests in the object only)."""
    row: list[object] = [quad.graph_name, quad.subject, quad.predicate]
    term: object = quad.object
    while isinstance(term, Triple):
        row += (_INNER, term.subject, term.predicate)
        term = term.object
    return (*row, term)


def _blanks(row: _Row) -> list[BlankNode]:
    return [term for term in row if isinstance(term, BlankNode)]


def _isomorphic(left: list[_Row], right: list[_Row], deadline: float, seconds: float) -> bool:
    colours = _refine(left, right, deadline, seconds)
    if colours is None:
        return False
    counts = Counter(colours[0].values())

    def named(term: object, side: int) -> object:
        """Put an IRI for a node whose colour no other node has: the colour says which it is."""
        if isinstance(term, BlankNode) and counts[colours[side][term]] == 1:
            return NamedNode(f"urn:x-wcograph:{colours[side][term]}")
        return term

    sides = [{tuple(named(term, i) for term in row) for row in rows} for i, rows in enumerate((left, right))]
    told_apart = [{row for row in rows if not _blanks(row)} for rows in sides]
    if told_apart[0] != told_apart[1]:
        return False
    alike = [[quad for row in rows if _blanks(row) for quad in _quads(row)] for rows in sides]
    if not alike[0] and not alike[1]:
        return True
    forms = [canonical_nquads(quads, seconds=deadline - time.monotonic()) for quads in alike]
    return forms[0] == forms[1]


_Colours = dict[BlankNode, int]


def _refine(
    left: list[_Row], right: list[_Row], deadline: float, seconds: float
) -> tuple[_Colours, _Colours] | None:
    """Colour the blank nodes of both sides by what is said of them, as finely as that goes.

    Nodes that an isomorphism takes to each other have the same colour. None where the colours already differ.
    """
    numbers: dict[object, int] = {}  # shared by both sides, so that equal numbers mean equal things

    def number(key: object) -> int:
        return numbers.setdefault(key, len(numbers))

    def seen_from(node: BlankNode, row: _Row, colours: _Colours) -> int:
        return number(
            tuple(
                term if not isinstance(term, BlankNode) else None if term == node else colours[term]
                for term in row
            )
        )

    uses: list[dict[BlankNode, list[_Row]]] = [{}, {}]
    for used, rows in zip(uses, (left, right), strict=True):
        for row in rows:
            for node in set(_blanks(row)):
                used.setdefault(node, []).append(row)
    colours: list[_Colours] = [dict.fromkeys(used, 0) for used in uses]
    classes = 1
    while True:
        refined: list[_Colours] = []
        for used, before in zip(uses, colours, strict=True):
            after = {}
            for node, rows in used.items():
                after[node] = number((before[node], *sorted(seen_from(node, row, before) for row in rows)))
                if time.monotonic() > deadline:
                    raise LimitError(
                        f"its blank nodes could not be told apart in {seconds:g} s; give it more time"
                    )
            refined.append(after)
        colours = refined
        if Counter(colours[0].values()) != Counter(colours[1].values()):
            return None
        before_classes, classes = classes, len(set(colours[0].values()))
        if classes in (before_classes, len(colours[0])):
            return colours[0], colours[1]


def _quads(row: _Row) -> list[Quad]:
    """Write a row as quads without triple terms, for which RDFC-1.0 is not defined.

    A triple term becomes a node of its own, one for each row: rows are a set, so nothing is lost.
    """
    graph, *terms = row
    quads = []
    while terms[2] == _INNER:
        subject, predicate, _, inner_subject, *rest = terms
        node = BlankNode()
        quads.append(Quad(subject, predicate, node, graph))  # type: ignore[arg-type]
        quads.append(Quad(node, _SUBJECT_OF, inner_subject, graph))  # type: ignore[arg-type]
        terms = [node, *rest]
    subject, predicate, target = terms
    quads.append(Quad(subject, predicate, target, graph))  # type: ignore[arg-type]
    return quads
