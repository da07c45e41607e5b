"""The locations of results in the files that they come from."""

from __future__ import annotations

from pyoxigraph import BlankNode

from wcograph.toolbox.rdf.positions import WITH_LINES, Place, Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from wcograph.toolbox.rdf.positions import Found
    from wcograph.toolbox.shacl.files import File
    from wcograph.toolbox.shacl.graph import Graph, Statement, Term


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
            at, heads = self._in_file(file, wanted, subjects)
            for number, (triples, _, node) in enumerate(asked):
                found[number] += sorted({at[one] for one in triples if one in at})
                if nodes[number] is None:
                    as_object = min((at[one] for one in objects[number] if one in at), default=None)
                    nodes[number] = heads.get(node) or as_object
        return [
            places[min(rank, len(places) - 1)] if places else node
            for places, node, (_, rank, _) in zip(found, nodes, asked, strict=True)
        ]

    def _as_object(self, node: Term) -> list[Statement]:
        graph = self._graph
        if graph.has_subject(node):
            return []
        return [(s, p, node) for p in graph.columns for s in graph.subjects(p, node)]

    def _in_file(self, file: File, statements: Collection[Statement], nodes: Collection[Term]) -> Found:
        if file.format in WITH_LINES:
            return Text(file.name, file.prefixes, file.labels, self._in_order).find(statements, nodes)
        place, said = Place(file.name), file.again() if len(self.files) > 1 else self._graph
        here: Found = {one: place for one in statements if one[2] in said.objects(one[0], one[1])}, {}
        return here[0], {node: place for node in nodes if said.has_subject(node)}

    def _in_order(self) -> list[Statement]:
        """Return the triples; those of blank nodes in the order in which these occur."""

        def number(triple: Statement) -> int:
            return int(triple[0].value[1:]) if type(triple[0]) is BlankNode else -1

        return sorted(self._graph.triples(), key=number)
