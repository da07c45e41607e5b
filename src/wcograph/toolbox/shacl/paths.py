"""Property paths (SHACL section 2.3.1): read, followed, and written as SPARQL writes them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from pyoxigraph import BlankNode, NamedNode

from wcograph.toolbox.shacl.graph import FIRST, NIL, REST, sh

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from wcograph.toolbox.shacl.graph import Graph, Statement, Term

_KINDS = {
    sh(f"{name}Path"): kind
    for name, kind in zip(
        ("inverse", "alternative", "zeroOrMore", "oneOrMore", "zeroOrOne"), "^|*+?", strict=True
    )
}


class PathError(ValueError):
    """A node is not a well-formed property path."""


@dataclass(eq=False)
class Path:
    """A property path: ``kind`` is ``iri``, ``^``, ``/``, ``|``, ``*``, ``+`` or ``?``.

    ``parts`` are the paths that it is made of, ``iri`` the property of a path of kind ``iri``, ``node`` the node that
    the path was read from.
    """

    kind: str
    parts: tuple[Path, ...] = ()
    iri: NamedNode | None = None
    node: Term | None = None

    @cached_property
    def text(self) -> str:
        """The path in SPARQL."""
        kind, inner = self.kind, [part.text for part in self.parts]
        if kind == "iri":
            return str(self.iri)
        if kind in "/|":
            return f"({kind.join(inner)})"
        if kind == "^":
            return f"^({inner[0]})" if inner[0][0] == "^" else f"^{inner[0]}"
        return f"{inner[0]}{kind}" if inner[0][0] in "(<" and inner[0][-1] in ")>" else f"({inner[0]}){kind}"

    def properties(self) -> set[NamedNode]:
        """Return the properties that the path follows."""
        return set().union({self.iri} if self.iri else (), *(part.properties() for part in self.parts))

    def values(self, graph: Graph, node: Term) -> Collection[Term]:
        """Return the value nodes of the path from ``node``, each once."""
        return dict.fromkeys(value for _, value in self.steps(graph, node))

    def steps(self, graph: Graph, node: Term, back: bool = False) -> Iterator[tuple[Statement | None, Term]]:
        """Yield the values, each with the last triple on the way to it; None if the way has no triple.

        ``back`` follows the inverse of the path.
        """
        kind, iri, parts = self.kind, self.iri, self.parts
        if iri is not None and back:
            yield from (((one, iri, node), one) for one in graph.subjects(iri, node))
        elif iri is not None:
            yield from (((node, iri, value), value) for value in graph.objects(node, iri))
        elif kind == "^":
            yield from parts[0].steps(graph, node, not back)
        elif kind == "|":
            for part in parts:
                yield from part.steps(graph, node, back)
        elif kind == "/":
            reached: dict[Term, Statement | None] = {node: None}
            *first, last = reversed(parts) if back else parts
            for part in first:
                following: dict[Term, Statement | None] = {}
                for one, before in reached.items():
                    for triple, value in part.steps(graph, one, back):
                        following.setdefault(value, triple or before)
                reached = following
            for one, before in reached.items():
                yield from ((triple or before, value) for triple, value in last.steps(graph, one, back))
        else:
            if kind != "+":
                yield None, node
            found: set[Term] = set() if kind == "+" else {node}
            waiting = [node]
            while waiting:
                for step in parts[0].steps(graph, waiting.pop(), back):
                    yield step
                    if step[1] not in found and kind != "?":
                        found.add(step[1])
                        waiting.append(step[1])


def read_path(graph: Graph, node: Term, above: tuple[Term, ...] = ()) -> Path:
    """Read the path that a node of a shapes graph represents; raise PathError if it is not one.

    A node that is a path in two ways counts as the first that applies, as in the W3C's tests. ``above`` are the nodes
    around it.
    """
    if isinstance(node, NamedNode) and node != NIL:
        return Path("iri", iri=node, node=node)
    if not isinstance(node, BlankNode) or node in above:
        raise PathError("the value of sh:path is not a property path")
    if graph.objects(node, FIRST) or graph.objects(node, REST):
        kind, inner = "/", _members(graph, node, "a sequence path")
    else:
        predicate = next((one for one in _KINDS if graph.objects(node, one)), None)
        if predicate is None or len(graph.objects(node, predicate)) != 1:
            raise PathError("the value of sh:path is not a property path")
        kind, inner = _KINDS[predicate], list(graph.objects(node, predicate))
        inner = _members(graph, inner[0], "an alternative path") if kind == "|" else inner
    return Path(kind, tuple([read_path(graph, one, (*above, node)) for one in inner]), node=node)


def _members(graph: Graph, head: Term, what: str) -> list[Term]:
    try:
        members = graph.items(head)
    except ValueError as error:
        raise PathError(f"the list of {what} is not well-formed") from error
    if len(members) < 2:
        raise PathError(f"{what} has at least two members")
    return members
