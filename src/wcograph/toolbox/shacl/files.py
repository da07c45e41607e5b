"""RDF files, read into a graph."""

from __future__ import annotations

import os
from itertools import islice

from pyoxigraph import DefaultGraph, RdfFormat

from wcograph.toolbox.rdf.files import syntax_of
from wcograph.toolbox.rdf.reading import parsing
from wcograph.toolbox.shacl.graph import TYPE, Graph

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from pyoxigraph import NamedNode, Quad

    from wcograph.toolbox.shacl.graph import Term


class File:
    """A file that has been read into a graph.

    ``labels`` give the blank nodes of the graph as the file names them.
    """

    def __init__(self, name: str, graph: Graph, wanted: Collection[NamedNode] | None = None) -> None:
        """Read the file, or only triples with a ``wanted`` property; raise InputError if it cannot be read."""
        self.name, self.path, self.format = name, os.path.realpath(name), syntax_of(name)
        self._first, self._letter, self._wanted = graph.blanks, graph.letter, wanted
        before = len(graph.column(TYPE))
        with parsing(name, rename_blank_nodes=False) as reader:
            names = graph.load(self._said(reader), wanted)
        self.prefixes: dict[str, str] = dict(reader.prefixes)
        self.labels = {new: old for old, new in names.items()}
        self._typed = before, len(graph.column(TYPE))

    def _said(self, quads: Iterable[Quad]) -> Iterable[Quad]:
        if self.format != RdfFormat.N3:
            return quads
        return (quad for quad in quads if quad.graph_name == DefaultGraph())  # formulas are quoted, not said

    def again(self, everything: bool = False) -> Graph:
        """Read the file again into a graph of its own; its blank nodes have the same names, unless more triples are kept."""
        graph = Graph(self._letter)
        graph.blanks = self._first
        with parsing(self.name, rename_blank_nodes=False) as reader:
            graph.load(self._said(reader), None if everything else self._wanted)
        return graph

    def is_about(self, nodes: Collection[Term], properties: Collection[Term], graph: Graph) -> bool:
        """Return whether the file has one of the nodes as a subject, or one of the properties.

        ``graph`` is the graph into which the file was read; it knows the nodes to which the file gives a class.
        """
        if any(node in nodes for node in islice(graph.column(TYPE), *self._typed)):
            return True
        columns = self.again(everything=True).columns if nodes else {}
        return any(
            p in properties or not column.keys().isdisjoint(nodes) for p, column in columns.items() if column
        )
