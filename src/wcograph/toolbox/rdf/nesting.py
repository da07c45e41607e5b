"""Blank nodes that need no name, because they can be written in brackets.

Turtle and JSON-LD write a blank node inside the one triple that points at it, and a well-formed list
(RDF 1.2 Semantics, appendix D.3) as a list. `nest` finds these nodes.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from pyoxigraph import Quad

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
FIRST, REST, NIL = NamedNode(RDF + "first"), NamedNode(RDF + "rest"), NamedNode(RDF + "nil")

DEEPEST = 40
"""How deep nodes are nested at most; readers of every syntax have a limit, and people a lower one."""

Term = NamedNode | BlankNode | Literal | Triple


@dataclass(frozen=True)
class Nesting:
    """The result of `nest`: nested nodes, the items of lists by the node of the first cell, and their cells.

    ``alone`` has the nodes that nothing points at; they need no name, either.
    """

    nested: frozenset[BlankNode]
    lists: dict[BlankNode, list[Term]]
    cells: frozenset[BlankNode]
    alone: frozenset[BlankNode]


def nest(quads: Collection[Quad]) -> Nesting:
    """Find the blank nodes of a dataset that need no name. The nodes must have names in a fixed order.

    >>> from pyoxigraph import RdfFormat, parse
    >>> text = b"<a:a> <a:p> [ <a:q> 1 ] , ( 1 2 ) , _:x . _:x <a:q> _:x ."
    >>> found = nest(list(parse(text, RdfFormat.TURTLE)))
    >>> len(found.nested), len(found.lists), len(found.cells), len(found.alone)
    (3, 1, 2, 0)
    """
    parents: dict[BlankNode, BlankNode | None] = {}  # of a node that one triple points at; None: an IRI's
    homes: dict[BlankNode, object] = {}  # the graph in which all of a node's triples stand
    own: dict[BlankNode, list[Quad]] = {}
    named: set[BlankNode] = set()
    for quad in quads:
        subject, target, graph = quad.subject, quad.object, quad.graph_name
        if isinstance(subject, BlankNode):
            own.setdefault(subject, []).append(quad)
            if homes.setdefault(subject, graph) != graph:
                named.add(subject)
        if isinstance(graph, BlankNode):
            named.add(graph)
        if isinstance(target, BlankNode):
            if target in parents or homes.setdefault(target, graph) != graph:
                named.add(target)
            parents[target] = subject if isinstance(subject, BlankNode) else None
        while isinstance(target, Triple):
            for term in (target.subject, target.object):
                if isinstance(term, BlankNode):
                    named.add(term)
            target = target.object
    alone = frozenset(node for node in own if node not in parents and node not in named)
    candidates = {node for node in parents if node not in named}
    _cut_cycles(candidates, parents)
    lists = _lists(candidates, parents, own)
    cells = {cell for items in lists.values() for cell, _ in items}
    _cut_depth(candidates, parents, cells, lists)
    return Nesting(
        frozenset(candidates),
        {head: [item for _, item in items] for head, items in lists.items()},
        frozenset(cells),
        alone,
    )


def _cut_cycles(candidates: set[BlankNode], parents: dict[BlankNode, BlankNode | None]) -> None:
    """Assign a name to one node of each ring of nested nodes."""
    safe: set[BlankNode] = set()
    for start in sorted(candidates, key=by_name):
        chain: list[BlankNode] = []
        seen: set[BlankNode] = set()
        node: BlankNode | None = start
        while node is not None and node in candidates and node not in safe and node not in seen:
            chain.append(node)
            seen.add(node)
            node = parents[node]
        if node in seen:
            ring = chain[chain.index(node) :]
            candidates.discard(min(ring, key=by_name))
        safe.update(chain)


def _lists(
    candidates: set[BlankNode], parents: dict[BlankNode, BlankNode | None], own: dict[BlankNode, list[Quad]]
) -> dict[BlankNode, list[tuple[BlankNode, Term]]]:
    """Find the lists whose cells are all nested and have one item each and nothing else."""
    links: dict[BlankNode, tuple[Term, Term]] = {}
    for node in candidates:
        quads = own.get(node, ())
        if len(quads) == 2:
            by_predicate = {quad.predicate: quad.object for quad in quads}
            if FIRST in by_predicate and REST in by_predicate:
                links[node] = by_predicate[FIRST], by_predicate[REST]
    ends = [node for node, (_, rest) in links.items() if rest == NIL]
    lists = {}
    for end in ends:
        backwards = [(end, links[end][0])]
        head = end
        while True:
            before = parents[head]
            if before is None or before not in links or links[before][1] != head:
                break
            head = before
            backwards.append((head, links[head][0]))
        lists[head] = backwards[::-1]
    return lists


def _cut_depth(
    candidates: set[BlankNode],
    parents: dict[BlankNode, BlankNode | None],
    cells: set[BlankNode],
    lists: dict[BlankNode, list[tuple[BlankNode, Term]]],
) -> None:
    """Assign a name to every node that would be nested too deep; an endless list is as deep as it is long."""
    depths: dict[BlankNode, int] = {}
    for start in candidates.copy():
        chain: list[BlankNode] = []
        node: BlankNode | None = start
        while node is not None and node in candidates and node not in depths:
            chain.append(node)
            node = parents[node]
        depth = depths.get(node, 0) if node is not None else 0
        for node in reversed(chain):
            if node not in cells or node in lists:
                depth += 1
            depths[node] = depth
    for node, depth in depths.items():
        if depth % DEEPEST == 0 and (node not in cells or node in lists):
            candidates.discard(node)
            if node in lists:  # what follows the first cell is a list of its own
                (_, *rest) = lists.pop(node)
                cells.discard(node)
                if rest:
                    lists[rest[0][0]] = rest


def order_of_node(node: object) -> tuple[int, int, str]:
    """Order nodes and graphs: the default graph, then IRIs, then blank nodes by name."""
    if isinstance(node, NamedNode):
        return 1, 0, node.value
    return (2, *by_name(node)) if isinstance(node, BlankNode) else (0, 0, "")


def by_name(node: BlankNode) -> tuple[int, str]:
    """Order blank nodes by name, numbers in them by length: c14n9 before c14n10."""
    return len(node.value), node.value
