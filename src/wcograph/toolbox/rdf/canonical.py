"""Whether two sets of quads are the same graph, whatever their blank nodes are called.

Colour refinement, which is fast, distinguishes blank nodes that have different triples. The rest
(nodes that look alike) goes to `RDFC-1.0 <https://www.w3.org/TR/rdf-canon/>`_, whose effort grows
without reasonable bound with the number of nodes that look alike, and which pyoxigraph cannot interrupt. So
it runs in its own process, with a time limit.
"""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from pyoxigraph import BlankNode, NamedNode, Quad, RdfFormat, Triple, parse, serialize

from wcograph.toolbox import processes
from wcograph.toolbox.errors import LimitError
from wcograph.toolbox.rdf.reading import without_collection

if TYPE_CHECKING:
    from collections.abc import Iterable

SECONDS = 20.0
"""How long a comparison may take unless its caller says otherwise."""

_CANONICALIZE = """
import sys
from pyoxigraph import CanonicalizationAlgorithm, Dataset, RdfFormat, parse
dataset = Dataset(parse(sys.stdin.buffer.read(), RdfFormat.N_QUADS, lenient=True))
dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
sys.stdout.buffer.write("".join(sorted(f"{quad} .\\n" for quad in dataset)).encode())
"""


def canonical_nquads(quads: Iterable[Quad], *, seconds: float = SECONDS) -> bytes:
    """Return the canonical N-Quads (RDFC-1.0) of quads that hold no triple terms.

    Raises LimitError if that takes longer than ``seconds``.

    >>> canonical_nquads([Quad(BlankNode("x"), NamedNode("http://example.org/p"), BlankNode("x"))])
    b'_:c14n0 <http://example.org/p> _:c14n0 .\\n'
    """
    written = serialize(quads, format=RdfFormat.N_QUADS) or b""
    try:
        return processes.run(_CANONICALIZE, written, seconds=seconds)
    except LimitError as error:
        raise LimitError(
            f"its blank nodes are too similar to distinguish in {seconds:.3g} s (RDFC-1.0); "
            "give them names, or allow more time"
        ) from error


def relabelled(quads: Iterable[Quad], *, seconds: float = SECONDS) -> list[Quad]:
    """Return quads, each once, whose blank nodes have the names that RDFC-1.0 issues: ``c14n0``, ``c14n1`` ...

    RDFC-1.0 does not cover triple terms: blank nodes in them are named as if each occurrence of a triple
    term were a node with its own properties. Raises LimitError if that takes longer than ``seconds``.

    >>> p = NamedNode("http://example.org/p")
    >>> [str(quad) for quad in relabelled([Quad(BlankNode("x"), p, BlankNode("x"))])]
    ['_:c14n0 <http://example.org/p> _:c14n0']
    """
    ground, blank, expanded = [], [], False
    for quad in dict.fromkeys(quads):
        if "_:" not in str(quad):  # taking it apart takes four times as long
            ground.append(quad)
            continue
        terms = _row(quad)
        if any(isinstance(term, BlankNode) for term in terms):
            blank.append(quad)
            expanded = expanded or len(terms) > 4
        else:
            ground.append(quad)
    if not blank:
        return ground
    if expanded:
        # Numbers in the place of terms and back: that is how `_Side` takes triple terms apart.
        numbers: dict[object, int] = {}
        side = _Side([_row(quad) for quad in blank], numbers)
        terms_ = list(numbers)
        side.rows += side.ground
        blank = side.quads(terms_)
    named = parse(canonical_nquads(blank, seconds=seconds), RdfFormat.N_QUADS, lenient=True)
    return ground + (_put_together(list(named)) if expanded else list(named))


def _put_together(quads: list[Quad]) -> list[Quad]:
    """Undo how `_Side.quads` splits triple terms, and close the gaps that this leaves in the names."""
    inner: dict[Any, Any] = {}
    links: dict[Any, Quad] = {}
    for quad in quads:
        if quad.predicate == _INNER_SUBJECT:
            inner[quad.subject] = quad.object
    for quad in quads:
        if quad.subject in inner and quad.predicate != _INNER_SUBJECT:
            links[quad.subject] = quad
    names: dict[BlankNode, BlankNode] = {}
    kept = sorted(
        {
            term
            for quad in quads
            for term in (quad.graph_name, quad.subject, quad.object)
            if isinstance(term, BlankNode) and term not in inner
        },
        key=lambda node: (len(node.value), node.value),
    )
    for node in kept:
        names[node] = BlankNode(f"c14n{len(names)}")

    def term(node: Any) -> Any:
        if node in inner:
            link = links[node]
            return Triple(term(inner[node]), link.predicate, term(link.object))
        return names.get(node, node)

    return [
        Quad(term(quad.subject), quad.predicate, term(quad.object), term(quad.graph_name))
        for quad in quads
        if quad.subject not in inner
    ]


def same_graph(first: Iterable[Quad], second: Iterable[Quad], *, seconds: float = SECONDS) -> bool:
    """Return whether two sets of quads are isomorphic (RDF 1.2 Concepts, section 3.7).

    Raises LimitError if that takes longer than ``seconds``.

    >>> p = NamedNode("http://example.org/p")
    >>> a, b, c = BlankNode("a"), BlankNode("b"), BlankNode("c")
    >>> same_graph([Quad(a, p, b)], [Quad(c, p, a)])
    True
    >>> same_graph([Quad(a, p, b)], [Quad(a, p, a)])
    False
    """
    with without_collection():
        return _is_same(set(first), set(second), seconds)


def _is_same(left: set[Quad], right: set[Quad], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    if left == right:
        return True
    if len(left) != len(right):
        return False
    # What holds no blank node must be the same; for the rest a look at each term is needed, which takes longer.
    open_left, open_right = ([quad for quad in quads if not _is_ground(quad)] for quads in (left, right))
    if len(open_left) != len(open_right) or left.difference(open_left) != right.difference(open_right):
        return False
    numbers: dict[object, int] = {}  # one numbering for both sides: equal numbers mean equal terms
    sides = [_Side([_row(quad) for quad in quads], numbers) for quads in (open_left, open_right)]
    palette: dict[object, int] = {}
    for side in sides:
        side.fold(palette)
    if sides[0].ground != sides[1].ground or not _refine(sides[0], sides[1], deadline, seconds):
        return False
    counts = Counter(sides[0].colours)
    for side in sides:
        side.name_alone(counts)
    if sides[0].ground != sides[1].ground:
        return False
    if not sides[0].rows and not sides[1].rows:
        return True
    terms = list(numbers)
    left_form, right_form = (
        canonical_nquads(side.quads(terms), seconds=deadline - time.monotonic()) for side in sides
    )
    return left_form == right_form


def _is_ground(quad: Quad) -> bool:
    """Return whether a quad holds neither a blank node nor a triple term, which may hold one."""
    return not (
        type(quad.subject) is BlankNode
        or type(quad.object) in (BlankNode, Triple)
        or type(quad.graph_name) is BlankNode
    )


_INNER = "<<("
_INNER_SUBJECT = NamedNode("urn:x-wcograph:inner-subject")
_Row = tuple[int, ...]


def _row(quad: Quad) -> tuple[object, ...]:
    """Return the terms of a quad, with a triple term replaced by its terms (it nests only in the object)."""
    subject, predicate, target, graph = quad
    if type(target) is not Triple:
        return graph, subject, predicate, target
    row: list[object] = [graph, subject, predicate]
    term: object = target
    while isinstance(term, Triple):
        row += (_INNER, term.subject, term.predicate)
        term = term.object
    return (*row, term)


class _Side:
    """The quads of one side, as rows of numbers: negative for blank nodes, otherwise those of the terms.

    ``ground`` counts the rows without blank nodes; ``rows`` has the others,
    ``colours[i]`` the colour of the blank node with the number ``-1 - i``.
    """

    def __init__(self, rows: list[tuple[object, ...]], numbers: dict[object, int]) -> None:
        blanks: dict[object, int] = {}
        self.ground: Counter[_Row] = Counter()
        self.rows: list[_Row] = []

        def number(term: object) -> int:
            if type(term) is BlankNode:
                return blanks.setdefault(term, -1 - len(blanks))
            return numbers.setdefault(term, len(numbers))

        for terms in rows:
            row = tuple(map(number, terms))
            if min(row) >= 0:
                self.ground[row] += 1
            else:
                self.rows.append(row)
        self.colours = [0] * len(blanks)

    def fold(self, palette: dict[object, int]) -> None:
        """Replace each blank node that is the root of a tree by one number for the tree.

        It is a tree if at most one triple points at each node, as for nodes written in brackets. Leaves come
        first, so the cells of a long list are distinguished in one pass. ``palette`` is shared by both sides.
        """
        count = len(self.colours)
        own: list[list[_Row]] = [[] for _ in range(count)]
        above: list[_Row | None] = [None] * count
        open_below = [0] * count
        shared = [False] * count
        for row in self.rows:
            if len(row) > 4 or row[0] < 0:  # a triple term, or a graph that is a blank node
                for number in row:
                    if number < 0:
                        shared[~number] = True
                continue
            _, subject, _, target = row
            if subject < 0:
                own[~subject].append(row)
                open_below[~subject] += target < 0
            if target < 0:
                shared[~target] = shared[~target] or above[~target] is not None
                above[~target] = row
        folded: dict[int, int] = {}
        ready = [node for node in range(count) if not open_below[node] and not shared[node]]
        while ready:
            node = ready.pop()
            said = sorted([(graph, p, folded.get(target, target)) for graph, _, p, target in own[node]])
            folded[~node] = number = palette.setdefault(tuple(said), _FOLDED + len(palette))
            pointing = above[node]
            if pointing is None:
                self.ground[number,] += 1
            elif (subject := pointing[1]) < 0:
                open_below[~subject] -= 1
                if not open_below[~subject] and not shared[~subject]:
                    ready.append(~subject)
        rows = Counter((*row[:-1], folded.get(row[-1], row[-1])) for row in self.rows if row[1] not in folded)
        self.rows = []
        for row, times in rows.items():
            if min(row) >= 0:
                self.ground[row] += times
            elif times > 1:  # two equal trees below one node are not one
                target = palette.setdefault((row[-1], times), _FOLDED + len(palette))
                self.rows.append((*row[:-1], target))
            else:
                self.rows.append(row)

    def name_alone(self, counts: Counter[int]) -> None:
        """Replace a node whose colour is unique by an IRI made from its colour."""
        rows, self.rows = self.rows, []
        for row in rows:
            # Numbers from 0 are taken by terms; those of named nodes begin where no term is.
            named = tuple(
                _NAMED + self.colours[-1 - n] if n < 0 and counts[self.colours[-1 - n]] == 1 else n
                for n in row
            )
            if min(named) >= 0:
                self.ground[named] += 1
            else:
                self.rows.append(named)

    def quads(self, terms: list[object]) -> list[Quad]:
        """Return the rows as quads without triple terms, for which RDFC-1.0 is not defined.

        A triple term becomes a node, one for each row: rows are a set, so nothing is lost.
        """

        def term(number: int) -> Any:
            if number >= _NAMED:
                return NamedNode(f"urn:x-wcograph:{number - _NAMED}")
            return terms[number] if number >= 0 else BlankNode(f"n{-number}")

        quads = []
        for row in self.rows:
            graph, *rest = map(term, row)
            while rest[2] == _INNER:
                subject, predicate, _, inner_subject, *inner = rest
                node = BlankNode()
                quads.append(Quad(subject, predicate, node, graph))
                quads.append(Quad(node, _INNER_SUBJECT, inner_subject, graph))
                rest = [node, *inner]
            subject, predicate, target = rest
            quads.append(Quad(subject, predicate, target, graph))
        return quads


_NAMED = 1 << 40
_FOLDED = 1 << 45


def _refine(left: _Side, right: _Side, deadline: float, seconds: float) -> bool:
    """Colour the blank nodes of both sides by the quads about them, as finely as possible.

    Nodes that an isomorphism maps to each other have the same colour. Returns False if the colours differ, so
    no isomorphism exists.
    """
    palette: dict[object, int] = {}  # shared by both sides: equal colours mean equal surroundings

    def colour(key: object) -> int:
        return palette.setdefault(key, len(palette))

    # What is said of a node alone colours it once; what is said of it and other nodes, again and again.
    shared: list[list[list[_Row]]] = []
    for side in (left, right):
        own: list[list[int]] = [[] for _ in side.colours]
        with_others: list[list[_Row]] = [[] for _ in side.colours]
        for row in side.rows:
            nodes = {n for n in row if n < 0}
            for node in nodes:
                if len(nodes) == 1:
                    own[-1 - node].append(colour(tuple(-1 if n < 0 else n for n in row)))
                else:
                    # The node itself is marked, so that what remains to be looked up is the others.
                    with_others[-1 - node].append(tuple(_SELF if n == node else n for n in row))
        side.colours = [colour(("own", *sorted(keys))) for keys in own]
        shared.append(with_others)

    classes = 0
    while True:
        counts = Counter(left.colours)
        if counts != Counter(right.colours):
            return False
        if len(counts) in (classes, len(left.colours)):
            return True
        classes = len(counts)
        for side, with_others in zip((left, right), shared, strict=True):
            if time.monotonic() > deadline:
                raise LimitError(
                    f"its blank nodes could not be distinguished in {seconds:.3g} s; allow more time"
                )
            before = side.colours
            side.colours = [
                colour(
                    (
                        before[node],
                        *sorted(
                            colour(("row", *(n if n >= 0 else ~before[-1 - n] for n in row)))
                            for row in with_others[node]
                        ),
                    )
                )
                if counts[before[node]] > 1 and with_others[node]
                else before[node]
                for node in range(len(before))
            ]


_SELF = 1 << 50
