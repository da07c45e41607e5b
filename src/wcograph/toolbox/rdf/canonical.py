"""Canonical names for blank nodes, and whether two sets of quads are the same graph, whatever theirs are called.

`RDFC-1.0 <https://www.w3.org/TR/rdf-canon/>`_ takes time without reasonable bound if many nodes look alike, and
pyoxigraph cannot interrupt it. So it runs in its own process, with a time limit. Trees of blank nodes, such as
lists, and nodes that colour refinement distinguishes are compared without it.
"""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from pyoxigraph import BlankNode, NamedNode, Quad, RdfFormat, Triple, parse, serialize

from wcograph.toolbox import processes
from wcograph.toolbox.errors import LimitError
from wcograph.toolbox.rdf.nesting import by_name
from wcograph.toolbox.rdf.reading import without_collection

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SECONDS = 20.0
"""How long a comparison may take unless its caller says otherwise."""

_CANONICALIZE = """
import sys
from pyoxigraph import CanonicalizationAlgorithm, Dataset, RdfFormat, parse
dataset = Dataset(parse(sys.stdin.buffer.read(), RdfFormat.N_QUADS, lenient=True))
dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
sys.stdout.buffer.write("".join(sorted(f"{quad} .\\n" for quad in dataset)).encode())
"""
_INNER = NamedNode("urn:x-wcograph:inner-subject")


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
    ground: list[Quad] = []
    blank: list[Quad] = []
    for quad in dict.fromkeys(quads):  # taking a quad apart takes four times as long as writing it
        (blank if "_:" in str(quad) and nodes_of(quad) else ground).append(quad)
    if not blank:
        return ground
    has_inner = any(isinstance(quad.object, Triple) for quad in blank)
    canonical = canonical_nquads(_without_triple_terms(blank) if has_inner else blank, seconds=seconds)
    named = list(parse(canonical, RdfFormat.N_QUADS, lenient=True))
    return ground + (_put_together(named) if has_inner else named)


def nodes_of(quad: Quad) -> list[BlankNode]:
    """Return the blank nodes of a quad, including those in triple terms (which nest only in the object)."""
    terms: list[object] = [quad.subject, quad.graph_name]
    target: object = quad.object
    while isinstance(target, Triple):
        terms.append(target.subject)
        target = target.object
    return [term for term in (*terms, target) if isinstance(term, BlankNode)]


def _without_triple_terms(quads: Iterable[Quad]) -> Iterator[Quad]:
    """Replace each triple term by a node of its own, with the inner subject and the inner object as its values."""
    for quad in quads:
        while isinstance(quad.object, Triple):
            inner, node = quad.object, BlankNode()
            yield Quad(quad.subject, quad.predicate, node, quad.graph_name)
            yield Quad(node, _INNER, inner.subject, quad.graph_name)
            quad = Quad(node, inner.predicate, inner.object, quad.graph_name)
        yield quad


def _put_together(quads: list[Quad]) -> list[Quad]:
    """Undo `_without_triple_terms`, and close the gaps that this leaves in the names."""
    inner = {quad.subject: quad.object for quad in quads if quad.predicate == _INNER}
    links = {quad.subject: quad for quad in quads if quad.subject in inner and quad.predicate != _INNER}
    kept = {node for quad in quads for node in nodes_of(quad) if node not in inner}
    names = {node: BlankNode(f"c14n{number}") for number, node in enumerate(sorted(kept, key=by_name))}

    def term(node: Any) -> Any:
        if node in inner:
            return Triple(term(inner[node]), links[node].predicate, term(links[node].object))
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
    deadline = time.monotonic() + seconds
    with without_collection():
        left, right = set(first), set(second)
        if left == right or len(left) != len(right):
            return left == right
        blank = [[quad for quad in quads if nodes_of(quad)] for quads in (left, right)]
        if left.difference(blank[0]) != right.difference(blank[1]):
            return False
        numbers: dict[object, int] = {}
        (trees, rest), (other_trees, other_rest) = (_folded(quads, numbers) for quads in blank)
        if trees != other_trees or len(rest) != len(other_rest):
            return False
        sides = _told_apart([list(_without_triple_terms(quads)) for quads in (rest, other_rest)], deadline)
        if sides is None or set(sides[0]) == set(sides[1]):
            return sides is not None
        if not any(map(nodes_of, sides[0])):
            return False
        forms = (canonical_nquads(quads, seconds=max(deadline - time.monotonic(), 0)) for quads in sides)
        return next(forms) == next(forms)


def _told_apart(sides: list[list[Quad]], deadline: float) -> list[list[Quad]] | None:
    """Replace each blank node whose surroundings are unlike those of all others by an IRI, the same on both sides.

    Nodes have one colour as long as the quads about them are the same, but for nodes of one colour. Return None if the
    sides have other colours: then they are not the same graph.
    """
    palette: dict[object, int] = {}  # shared by both sides: equal colours mean equal surroundings

    def colour(key: object) -> int:
        return palette.setdefault(key, len(palette))

    about: list[dict[BlankNode, list[tuple[int, list[BlankNode]]]]] = [{}, {}]
    for quads, rows_of in zip(sides, about, strict=True):
        for quad in quads:
            nodes = nodes_of(quad)
            for node in dict.fromkeys(nodes):
                form = tuple(term == node if isinstance(term, BlankNode) else term for term in quad)
                rows_of.setdefault(node, []).append((colour(form), [one for one in nodes if one != node]))
    colours = [dict.fromkeys(rows_of, -1) for rows_of in about]
    found, before = [Counter(known.values()) for known in colours], -1
    while found[0] == found[1] and before < len(found[0]) < len(colours[0]) and time.monotonic() < deadline:
        before = len(found[0])
        for at, (known, rows_of) in enumerate(zip(colours, about, strict=True)):
            colours[at] = {
                node: known[node]
                if found[at][known[node]] == 1
                else colour((known[node], *sorted((form, *map(known.get, others)) for form, others in rows)))
                for node, rows in rows_of.items()
            }
        found = [Counter(known.values()) for known in colours]
    if found[0] != found[1]:
        return None
    told_apart = []
    for quads, known in zip(sides, colours, strict=True):
        alone = (node for node in known if found[0][known[node]] == 1)
        named: dict[Any, Any] = {node: NamedNode(f"urn:x-wcograph:{known[node]}") for node in alone}
        told_apart.append([Quad(*(named.get(term, term) for term in quad)) for quad in quads])
    return told_apart


def _folded(quads: list[Quad], numbers: dict[object, int]) -> tuple[Counter[object], list[Quad]]:
    """Replace each blank node that is the root of a tree by the number of the tree, the same for equal trees.

    It is a tree if at most one triple points at each node, as for nodes written in brackets. Leaves come first, so a
    long list takes one pass. Return what has no blank node any more, and the other quads. ``numbers`` is shared by both
    sides.
    """
    own: dict[Any, list[Quad]] = {}
    above: dict[Any, Quad] = {}
    open_below: Counter[Any] = Counter()
    shared: set[Any] = set()
    for quad in quads:
        subject, _, target, graph = quad
        if isinstance(target, Triple) or isinstance(graph, BlankNode):
            shared.update(nodes_of(quad))
            continue
        if isinstance(subject, BlankNode):
            own.setdefault(subject, []).append(quad)
            open_below[subject] += isinstance(target, BlankNode)
        if isinstance(target, BlankNode):
            shared.update([target] if target in above else [])
            above[target] = quad
    ready = [node for node in {**own, **above} if not open_below[node] and node not in shared]
    trees: dict[Any, int] = {}
    found: Counter[object] = Counter()
    while ready:
        node = ready.pop()
        rows = Counter((p, trees.get(o, o), graph) for _, p, o, graph in own.get(node, ()))
        trees[node] = numbers.setdefault(frozenset(rows.items()), len(numbers))
        if node not in above:
            found[trees[node]] += 1
        elif (subject := above[node].subject) in open_below:
            open_below[subject] -= 1
            if not open_below[subject] and subject not in shared:
                ready.append(subject)
    rest = []
    counts = Counter((s, p, trees.get(o, o), graph) for s, p, o, graph in quads if s not in trees)
    for (s, p, o, graph), times in counts.items():
        if isinstance(o, int):  # two equal trees below one node are not one
            o = NamedNode(f"urn:x-wcograph:{times}-times-{o}")
        quad = Quad(s, p, o, graph)
        if nodes_of(quad):
            rest.append(quad)
        else:
            found[quad] += 1
    return found, rest
