"""Property paths (SHACL section 2.3.1): read, followed, and written as SPARQL writes them."""

from __future__ import annotations

from pyoxigraph import BlankNode, NamedNode

from wcograph.toolbox.shacl.graph import FIRST, NIL, REST, sh

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from wcograph.toolbox.shacl.graph import Graph, Statement, Term

INVERSE, ALTERNATIVE = sh("inversePath"), sh("alternativePath")
REPEATED = {sh("zeroOrMorePath"): "*", sh("oneOrMorePath"): "+", sh("zeroOrOnePath"): "?"}
KINDS = (INVERSE, ALTERNATIVE, *REPEATED)


class PathError(ValueError):
    """A node is not a well-formed property path."""


class Path:
    """A property path. ``kind`` is ``iri``, ``^``, ``/``, ``|``, ``*``, ``+`` or ``?``.

    ``parts`` are the paths that it is made of, ``iri`` the property of a path of kind ``iri`` or ``^``: the
    inverse of a longer path is read as a path of inverse properties. ``text`` is the path in SPARQL, ``node``
    the node that it was read from.
    """

    __slots__ = ("iri", "kind", "node", "parts", "text")

    def __init__(self, kind: str, parts: tuple[Path, ...] = (), iri: NamedNode | None = None) -> None:
        """Keep the parts; `read_path` fills in the rest."""
        self.kind, self.parts, self.iri, self.text = kind, parts, iri, ""
        self.node: Term | None = iri

    def properties(self) -> set[NamedNode]:
        """Return the properties that the path follows."""
        found = set() if self.iri is None else {self.iri}
        for part in self.parts:
            found |= part.properties()
        return found

    def values(self, graph: Graph, node: Term) -> Collection[Term]:
        """Return the value nodes of the path from ``node``, each once."""
        if self.kind == "iri":
            return graph.objects(node, self.iri)  # type: ignore[arg-type]
        if self.kind == "^":
            return graph.subjects(self.iri, node)  # type: ignore[arg-type]
        return dict.fromkeys(value for _, value in self.steps(graph, node))

    def steps(self, graph: Graph, node: Term) -> Iterator[tuple[Statement | None, Term]]:
        """Yield the values, each with the last triple on the way to it; None if the way has no triple."""
        kind, iri = self.kind, self.iri
        if kind == "iri":
            yield from (((node, iri, value), value) for value in graph.objects(node, iri))  # type: ignore[arg-type, misc]
        elif kind == "^":
            yield from (((one, iri, node), one) for one in graph.subjects(iri, node))  # type: ignore[arg-type, misc]
        elif kind == "|":
            for part in self.parts:
                yield from part.steps(graph, node)
        elif kind == "/":
            reached: dict[Term, Statement | None] = {node: None}
            for part in self.parts[:-1]:
                following: dict[Term, Statement | None] = {}
                for one, before in reached.items():
                    for triple, value in part.steps(graph, one):
                        following.setdefault(value, triple or before)
                reached = following
            for one, before in reached.items():
                for triple, value in self.parts[-1].steps(graph, one):
                    yield triple or before, value
        else:
            if kind != "+":
                yield None, node
            found: set[Term] = set() if kind == "+" else {node}
            waiting = [node]
            while waiting:
                for step in self.parts[0].steps(graph, waiting.pop()):
                    yield step
                    if step[1] not in found and kind != "?":
                        found.add(step[1])
                        waiting.append(step[1])


def read_path(graph: Graph, node: Term) -> Path:
    """Read the path that a node of a shapes graph represents; raise PathError if it is not one.

    A node that is a path in two ways counts as the first that applies, as in the W3C's tests.
    """
    path = _read(graph, node, False, ())
    path.node, path.text = node, path_text(graph, node)
    return path


def _read(graph: Graph, node: Term, inverse: bool, above: tuple[Term, ...]) -> Path:
    if isinstance(node, NamedNode) and node != NIL:
        return Path("^" if inverse else "iri", iri=node)
    if not isinstance(node, BlankNode) or node in above:
        raise PathError("the value of sh:path is not a property path")
    kind, inner = _kind(graph, node)
    if kind == INVERSE:
        return _read(graph, inner[0], not inverse, (*above, node))
    parts = tuple([_read(graph, member, inverse, (*above, node)) for member in inner])
    if kind == FIRST:
        return Path("/", parts[::-1] if inverse else parts)
    return Path("|" if kind == ALTERNATIVE else REPEATED[kind], parts)


def _kind(graph: Graph, node: Term) -> tuple[NamedNode, list[Term]]:
    """Return the property that makes a path of a blank node (rdf:first: a sequence), and the parts of the path."""
    if graph.objects(node, FIRST) or graph.objects(node, REST):
        return FIRST, _members(graph, node, "a sequence path")
    kind = next((kind for kind in KINDS if graph.objects(node, kind)), None)
    if kind is None or len(graph.objects(node, kind)) != 1:
        raise PathError("the value of sh:path is not a property path")
    inner = list(graph.objects(node, kind))
    return kind, _members(graph, inner[0], "an alternative path") if kind == ALTERNATIVE else inner


def _members(graph: Graph, head: Term, what: str) -> list[Term]:
    try:
        members = graph.items(head)
    except ValueError as error:
        raise PathError(f"the list of {what} is not well-formed") from error
    if len(members) < 2:
        raise PathError(f"{what} has at least two members")
    return members


def path_text(graph: Graph, node: Term) -> str:
    """Write a well-formed path as a SPARQL property path."""
    if not isinstance(node, BlankNode):
        return str(node)
    kind, inner = _kind(graph, node)
    texts = [path_text(graph, member) for member in inner]
    if kind in (FIRST, ALTERNATIVE):
        return f"({('/' if kind == FIRST else '|').join(texts)})"
    if kind == INVERSE:
        return f"^({texts[0]})" if texts[0][0] == "^" else f"^{texts[0]}"
    return (
        f"{texts[0]}{REPEATED[kind]}"
        if texts[0][0] in "(<" and texts[0][-1] in ")>"
        else f"({texts[0]}){REPEATED[kind]}"
    )
