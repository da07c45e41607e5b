"""The difference of two datasets, with blank nodes matched as far as possible.

Two datasets share no names of blank nodes. Blank nodes with the same surroundings on both sides are the
same (whole groups of connected nodes are compared in their `RDFC-1.0 <https://www.w3.org/TR/rdf-canon/>`_
form, under a limit of time). The others are matched if the same thing refers to them by the same property and they
have something in common, so a node with one more property differs only in that property.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Triple

from wcograph.toolbox.rdf.canonical import SECONDS, nodes_of, relabelled
from wcograph.toolbox.rdf.nesting import by_name, order_of_node

Node = NamedNode | BlankNode
_SKOS, _RDFS = "http://www.w3.org/2004/02/skos/core#", "http://www.w3.org/2000/01/rdf-schema#"
_LABELS = tuple(map(NamedNode, (_SKOS + "prefLabel", _RDFS + "label", "http://purl.org/dc/terms/title")))


@dataclass(frozen=True)
class Difference:
    """Removed and added quads, sorted, and the two sides.

    A blank node that is matched has the same name on both sides. ``before`` and ``after`` have all quads of the two
    sides, ``labels`` the names of subjects, each on one line.
    """

    removed: Sequence[Quad]
    added: Sequence[Quad]
    before: Collection[Quad] = ()
    after: Collection[Quad] = ()
    labels: Mapping[Node, str] = field(default_factory=dict)

    @property
    def same(self) -> bool:
        """Whether the two datasets are isomorphic."""
        return not self.removed and not self.added

    @property
    def subjects(self) -> list[Any]:
        """The subjects of the changed quads, IRIs first, sorted."""
        return sorted({quad.subject for quad in (*self.removed, *self.added)}, key=order_of_node)


def difference(first: Iterable[Quad], second: Iterable[Quad], *, seconds: float = SECONDS) -> Difference:
    """Compare two datasets.

    Raises LimitError if blank nodes cannot be distinguished within ``seconds``.

    >>> p, q = NamedNode("http://e/p"), NamedNode("http://e/q")
    >>> sides = [[Quad(BlankNode(), p, Literal("1")), Quad(BlankNode(), q, Literal(n))] for n in "23"]
    >>> found = difference(*sides)
    >>> [str(quad) for quad in (*found.removed, *found.added)]
    ['_:b0 <http://e/q> "2"', '_:b1 <http://e/q> "3"']
    """
    given = set(first), set(second)
    sides = [_renamed(quads, prefix, seconds) for quads, prefix in zip(given, "lr", strict=True)]
    blank = [{quad for quad in quads if nodes_of(quad)} for quads in sides]
    rest = _unmatched(*map(connected, blank), seconds=seconds)
    pairs = _pairs(*rest)
    names: dict[BlankNode, BlankNode] = {}
    for side in rest:
        for node in sorted({node for quad in side for node in nodes_of(quad)}, key=by_name):
            partner = pairs.get(node)
            names[node] = names[partner] if partner in names else BlankNode(f"b{len(set(names.values()))}")
    before, after = (
        (quads - set(unmatched)) | {replaced(quad, names) for quad in unmatched}
        for quads, unmatched in zip(sides, rest, strict=True)
    )
    same = (before & after).union(
        *(set(nodes).difference(left) for nodes, left in zip(blank, rest, strict=True))
    )
    return Difference(
        sorted(before - same, key=quad_order),
        sorted(after - same, key=quad_order),
        before,
        after,
        _labels(given[0]) | _labels(given[1]),
    )


def replaced(quad: Quad, names: Mapping[BlankNode, BlankNode]) -> Quad:
    """Return a quad with other names for its blank nodes."""

    def term(value: Any) -> Any:
        if isinstance(value, Triple):
            return Triple(term(value.subject), value.predicate, term(value.object))
        return names.get(value, value) if isinstance(value, BlankNode) else value

    return Quad(*map(term, quad))


def quad_order(quad: Quad) -> tuple[object, ...]:
    """Order quads by graph, subject, predicate and object."""
    graph = "" if isinstance(quad.graph_name, DefaultGraph) else str(quad.graph_name)
    return graph, order_of_node(quad.subject), quad.predicate.value, str(quad.object)


def _renamed(quads: set[Quad], prefix: str, seconds: float) -> set[Quad]:
    """Rename the nodes of a side so that no name is on both, in the order of RDFC-1.0."""
    found = relabelled(quads, seconds=seconds)
    nodes = {node for quad in found for node in nodes_of(quad)}
    names = {node: BlankNode(node.value.replace("c14n", prefix)) for node in nodes}
    return {replaced(quad, names) for quad in found} if nodes else quads


_ROUNDS = 40  # in a long chain each round tells one node more; RDFC-1.0 does the rest faster


def _colours(quads: Sequence[Quad]) -> dict[BlankNode, str]:
    """Colour nodes by the quads about them and about the nodes connected with them.

    A colour is a hash, so it is the same on both sides and in every process.
    """
    around: dict[BlankNode, list[Quad]] = defaultdict(list)
    for quad in quads:
        for node in set(nodes_of(quad)):
            around[node].append(quad)
    colours = dict.fromkeys(around, "")
    classes = 0
    for _ in range(_ROUNDS):
        before, colours = colours, {}
        for node, rows in around.items():
            marks = {n: BlankNode(f"c{before[n]}") for quad in rows for n in nodes_of(quad)}
            marks[node] = BlankNode("self")
            text = "\n".join(sorted(str(replaced(quad, marks)) for quad in rows))
            colours[node] = sha256((before[node] + text).encode()).hexdigest()[:24]
        found = len(set(colours.values()))
        if found in (classes, len(colours)):
            break
        classes = found
    return colours


def connected(quads: Iterable[Quad]) -> list[list[Quad]]:
    """Group quads that share blank nodes, directly or through others."""
    parent: dict[BlankNode, BlankNode] = {}

    def root(node: BlankNode) -> BlankNode:
        while parent.setdefault(node, node) != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for quad in quads:
        first, *others = nodes_of(quad)
        for other in others:
            parent[root(other)] = root(first)
    groups: dict[BlankNode, list[Quad]] = defaultdict(list)
    for quad in sorted(quads, key=quad_order):
        groups[root(nodes_of(quad)[0])].append(quad)
    return list(groups.values())


def _unmatched(left: list[list[Quad]], right: list[list[Quad]], *, seconds: float) -> list[list[Quad]]:
    """Return the quads of each side in groups that are isomorphic to none of the other side."""
    forms = [[_form(group) for group in side] for side in (left, right)]
    common = {text for text, _ in forms[0]} & {text for text, _ in forms[1]}
    keys: list[list[object]] = [
        [  # nodes that look alike: only RDFC-1.0 can tell
            text if certain or text not in common else (text, frozenset(relabelled(group, seconds=seconds)))
            for (text, certain), group in zip(form, side, strict=True)
        ]
        for form, side in zip(forms, (left, right), strict=True)
    ]
    rest: list[list[Quad]] = [[], []]
    for found, own, groups in zip(rest, keys, (left, right), strict=True):
        matched: Counter[object] = Counter(keys[0]) & Counter(keys[1])
        for key, group in zip(own, groups, strict=True):
            if matched[key] < 1:
                found += group
            matched[key] -= 1
    return rest


def _form(group: list[Quad]) -> tuple[str, bool]:
    """Return a text that is the same for isomorphic groups, and whether it is unique to them."""
    colours = _colours(group)
    names = {node: BlankNode(f"c{colour}") for node, colour in colours.items()}
    text = "\n".join(sorted(str(replaced(quad, names)) for quad in group))
    return text, len(set(colours.values())) == len(colours)


def _pairs(*quads: Sequence[Quad]) -> dict[BlankNode, BlankNode]:
    """Match nodes, in both directions: those that the same thing refers to by the same property, from the top down.

    Of several, and of nodes that nothing refers to, those are matched that have most in common.
    """
    pairs: dict[BlankNode, BlankNode] = {}
    sides = [_Side(of_side) for of_side in quads]
    waiting = [key for key in sides[0].below if not isinstance(key[0], BlankNode)]
    while True:
        if waiting:
            owner, *place = waiting.pop()
            old = sides[0].below[owner, *place]
            new = sides[1].below.get((pairs.get(owner, owner), *place), [])
            found = _best(old, new, sides, pairs)
        elif not (found := _best(sides[0].roots, sides[1].roots, sides, pairs, share=0.5)):
            return pairs
        for one, other in found:
            pairs[one], pairs[other] = other, one
            waiting += sides[0].keys.get(one, ())


class _Side:
    """The blank nodes of one side: what is said of each, and what refers to which."""

    def __init__(self, quads: Sequence[Quad]) -> None:
        # by the thing that refers to them, the property and the graph; and these keys, by the thing
        self.below: dict[Any, list[BlankNode]] = defaultdict(list)
        self.keys: dict[Any, list[Any]] = defaultdict(list)
        self.said: dict[BlankNode, list[tuple[NamedNode, Any]]] = defaultdict(list)
        self.owners: dict[BlankNode, list[tuple[NamedNode, Any]]] = defaultdict(list)
        for quad in quads:
            if isinstance(quad.subject, BlankNode):
                self.said[quad.subject].append((quad.predicate, quad.object))
            if isinstance(quad.object, BlankNode):
                self.owners[quad.object].append((quad.predicate, quad.subject))
                key = quad.subject, quad.predicate, quad.graph_name
                self.keys[quad.subject].append(key)
                self.below[key].append(quad.object)
        self.roots = [node for node in self.said if node not in self.owners]

    def features(
        self, node: BlankNode, pairs: Mapping[BlankNode, BlankNode], depth: int = 2
    ) -> dict[str, float]:
        """Return what is said of a node, each with its weight: a class, an owner, or that there is a value says little."""
        found = {
            f"{owner} {predicate}": 0.25
            for predicate, owner in self.owners.get(node, ())
            if not isinstance(owner, BlankNode)
        }
        for predicate, value in self.said.get(node, ()):
            if not isinstance(value, BlankNode):
                found[f"{predicate} {value}"] = 0.2 if predicate == _TYPE else 1.0
            elif value in pairs:
                found[f"{predicate} {min(value.value, pairs[value].value)}"] = 1.0
            else:
                found[str(predicate)] = 0.5
                if depth:
                    for text, weight in self.features(value, pairs, depth - 1).items():
                        found[f"{predicate} / {text}"] = weight / 2
        return found


_TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
_COMMON = 50  # nodes; what more have in common tells none of them from another
_LEAST = 0.5


def _best(
    left: Iterable[BlankNode],
    right: Iterable[BlankNode],
    sides: Sequence[_Side],
    pairs: Mapping[BlankNode, BlankNode],
    share: float = 0.0,
) -> list[tuple[BlankNode, BlankNode]]:
    """Return pairs of nodes that have something in common, and at least a ``share`` of what is said of them."""
    features = [
        {node: side.features(node, pairs) for node in nodes if node not in pairs}
        for side, nodes in zip(sides, (left, right), strict=True)
    ]
    holders: dict[str, list[BlankNode]] = defaultdict(list)
    for node, own in features[1].items():
        for feature in own:
            holders[feature].append(node)
    scores: dict[tuple[BlankNode, BlankNode], float] = defaultdict(float)
    for node, own in features[0].items():
        for feature, weight in own.items():
            found = holders.get(feature, ())
            for other in found if len(found) <= _COMMON else ():
                scores[node, other] += weight
    chosen: dict[BlankNode, BlankNode] = {}
    for one, other in sorted(scores, key=lambda pair: (-scores[pair], by_name(pair[0]), by_name(pair[1]))):
        most = max(sum(features[0][one].values()), sum(features[1][other].values()))
        if scores[one, other] >= max(_LEAST, share * most) and not {one, other} & chosen.keys():
            chosen[one], chosen[other] = other, one
    return [(one, chosen[one]) for one in features[0] if one in chosen]


def _labels(quads: Iterable[Quad]) -> dict[Node, str]:
    """Return the name of each subject: the preferred label before others, English before other languages."""
    best: dict[Any, tuple[int, int, str]] = {}
    for quad in quads:
        if quad.predicate in _LABELS and isinstance(quad.object, Literal):
            rank = {"en": 0, None: 1}.get(quad.object.language, 2)
            key = _LABELS.index(quad.predicate), rank, quad.object.value
            best[quad.subject] = min(key, best.get(quad.subject, key))
    return {subject: " ".join(name.split()) for subject, (_, _, name) in best.items()}
