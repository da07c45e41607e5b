"""A difference as a SPARQL 1.1 update, which any engine runs.

An update cannot name a blank node. It is found by a few patterns that match it alone: what refers to it, what is said
of it, or another node that is found so. The data are changed step by step; each step is written for the data as they
are then.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING, Any

from pyoxigraph import BlankNode, DefaultGraph, Quad, Triple

from wcograph.toolbox.diff.difference import Difference, connected, quad_order
from wcograph.toolbox.rdf.canonical import nodes_of
from wcograph.toolbox.rdf.nesting import order_of_node

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence


def sparql_update(found: Difference) -> str:
    """Return a SPARQL 1.1 update that turns the first dataset into one isomorphic to the second.

    Of nodes that nothing distinguishes, any one is changed: exactly the same is said of each.
    """
    data = _Data(found.before)
    removed = set(found.removed)
    operations = []
    made: list[list[Quad]] = []  # connected nodes, all of them new
    batch: list[Quad] = []  # changes of nodes that are easily found, for one operation

    def add(gone: Sequence[Quad], come: Sequence[Quad]) -> None:
        if gone or come:
            operations.append(_modification(gone, come, data))
            data.change(gone, come)

    def finish() -> None:
        add([quad for quad in batch if quad in removed], [quad for quad in batch if quad not in removed])
        batch.clear()

    for quads in connected([quad for quad in (*found.removed, *found.added) if nodes_of(quad)]):
        nodes = data.known(quads)
        if not nodes:
            made.append(quads)
        elif len(quads) <= _MOST and not data.addresses(nodes)[1]:
            if len(batch) + len(quads) > _MOST:
                finish()
            batch += quads
        else:
            finish()
            for step in _steps(quads, removed):
                add(*step)
    finish()
    gone, come = ([quad for quad in quads if not nodes_of(quad)] for quads in (found.removed, found.added))
    operations += [f"DELETE DATA {{\n{_pattern(part, {})}}}" for part in _portions(gone)]
    joined: list[list[Quad]] = [[]]
    for quads in made:
        if len(quads) > _MOST:
            for step in _steps(quads, removed):
                add(*step)
        elif len(joined[-1]) + len(quads) > _MOST:
            joined.append(quads)
        else:
            joined[-1] += quads
    for part in (*_portions(come), *filter(None, joined)):
        # not INSERT DATA, on which rdflib's Dataset fails if it has no GRAPH
        variables, bindings = _made(part, ())
        operations.append(
            f"INSERT {{\n{_pattern(part, variables)}}}\nWHERE {{{bindings and chr(10)}{bindings}}}"
        )
    return " ;\n".join(operations) + ("\n" if operations else "")


# rdflib calls itself for each operation, triple and pattern in a row, and Python ends what calls itself 1,000 times
_MOST = 300  # triples of an operation
_ROW = 30  # patterns


def _portions(quads: Sequence[Quad], most: int = _MOST) -> list[Sequence[Quad]]:
    return [quads[at : at + most] for at in range(0, len(quads), most)]


def _steps(quads: Sequence[Quad], removed: Collection[Quad]) -> list[tuple[Sequence[Quad], Sequence[Quad]]]:
    """Divide the changes of connected nodes: what is removed goes from the bottom up, what is added from the top down."""
    if len(quads) <= _MOST:
        return [([q for q in quads if q in removed], [q for q in quads if q not in removed])]
    by_subject: dict[object, list[Quad]] = defaultdict(list)
    for quad in quads:
        by_subject[quad.subject].append(quad)
    below = {quad.object for quad in quads}
    ordered: list[Quad] = []
    for start in sorted(by_subject, key=lambda node: (isinstance(node, BlankNode), node in below)):
        waiting = [start]
        while waiting:
            found = by_subject.pop(waiting.pop(), [])
            ordered += found
            waiting += [quad.object for quad in found if quad.object in by_subject]
    gone, come = [q for q in reversed(ordered) if q in removed], [q for q in ordered if q not in removed]
    return [*((part, ()) for part in _portions(gone)), *(((), part) for part in _portions(come))]


def _made(quads: Iterable[Quad], known: Collection[BlankNode]) -> tuple[dict[BlankNode, str], str]:
    """Return variables for new nodes in several graphs, and what binds them.

    In a template such a node would be another in each graph, says rdflib.
    """
    graphs: dict[BlankNode, set[object]] = defaultdict(set)
    for quad in quads:
        for node in nodes_of(quad):
            graphs[node].add(quad.graph_name)
    several = [node for node, names in graphs.items() if len(names) > 1 and node not in known]
    variables = {node: f"?{node.value}" for node in several}
    return variables, "".join(f"  BIND(BNODE() AS {name})\n" for name in variables.values())


class _Data:
    """The data that an update changes: what is where, and which blank nodes something tells from all others."""

    def __init__(self, quads: Iterable[Quad]) -> None:
        self.about: dict[BlankNode, set[Quad]] = defaultdict(set)
        # the terms that fit a pattern with one variable
        self.matches: dict[tuple[object, ...], set[Any]] = defaultdict(set)
        self.graphs = False  # whether there are named ones
        self.change((), quads)

    def change(self, gone: Iterable[Quad], come: Iterable[Quad]) -> None:
        for quad in gone:
            for node in nodes_of(quad):
                self.about[node].discard(quad)
            for key, term in _keys(quad):
                self.matches[key].discard(term)
        for quad in come:
            self.graphs = self.graphs or not isinstance(quad.graph_name, DefaultGraph)
            for node in nodes_of(quad):
                self.about[node].add(quad)
            for key, term in _keys(quad):
                self.matches[key].add(term)

    def known(self, quads: Iterable[Quad]) -> list[BlankNode]:
        """Return the blank nodes of quads that are in the data."""
        nodes = {node for quad in quads for node in nodes_of(quad)}
        return sorted(nodes & self.about.keys(), key=order_of_node)

    def addresses(self, nodes: Sequence[BlankNode]) -> tuple[dict[BlankNode, list[Quad]], set[BlankNode]]:
        """Return patterns that find nodes, and those on the way to them, and the nodes that none can find.

        A pattern has no blank node but the one it finds and those found before it.
        """
        known: dict[BlankNode, list[Quad]] = {}
        wanted = dict.fromkeys(nodes)
        while True:
            before = len(known), len(wanted)
            for node in wanted:
                if node not in known and (patterns := self._address(node, known)):
                    known[node] = patterns
            missing = [node for node in wanted if node not in known]
            if before == (len(known), len(wanted)):
                around = [quad for node in missing for quad in sorted(self.about[node], key=quad_order)]
                wanted.update(dict.fromkeys(other for quad in around for other in nodes_of(quad)))
            if not missing or before == (len(known), len(wanted)):
                return known, set(missing)

    def _address(self, node: BlankNode, known: Mapping[BlankNode, list[Quad]]) -> list[Quad]:
        """Return the fewest patterns, as far as can be seen step by step, that only the node fits."""
        options = [
            (quad, fitting)
            for quad in self.about[node]
            if all(one == node or one in known for one in nodes_of(quad))
            for fitting in self.fitting(node, quad)
        ]
        options.sort(key=lambda option: (len(option[1]), quad_order(option[0])))
        chosen: list[Quad] = []
        left: set[Any] | None = None
        for quad, fitting in options:
            rest = fitting if left is None else left & fitting
            if left is None or len(rest) < len(left):
                chosen, left = [*chosen, quad], rest
            if sum(isinstance(term, BlankNode) for term in rest) == 1:
                return chosen
        return []

    def fitting(self, node: BlankNode, quad: Quad) -> list[set[Any]]:
        """Return the terms that fit a triple with a variable instead of the node."""
        return [self.matches[key] for key, term in _keys(quad) if term == node and node not in key]


def _keys(quad: Quad) -> list[tuple[tuple[object, ...], object]]:
    """Return the two patterns with one variable that a triple fits, and the term in the place of the variable."""
    if isinstance(quad.graph_name, BlankNode) or isinstance(quad.object, Triple):
        return []
    return [
        ((None, quad.predicate, quad.object, quad.graph_name), quad.subject),
        ((quad.subject, quad.predicate, None, quad.graph_name), quad.object),
    ]


def _modification(gone: Sequence[Quad], come: Sequence[Quad], data: _Data) -> str:
    """Return the operation that changes blank nodes that are there."""
    nodes = data.known((*gone, *come))
    known, unknown = data.addresses(nodes)
    context = {quad: None for node in unknown for quad in sorted(data.about[node], key=quad_order)}
    needed = {*nodes, *unknown, *(node for quad in context for node in nodes_of(quad))}
    patterns: dict[Quad, None] = {}
    for node in reversed(known):  # what a node is found by was found before it
        if node in needed:
            patterns = dict.fromkeys(known[node]) | patterns
            needed |= {other for quad in known[node] for other in nodes_of(quad)}
    variables = {node: f"?{node.value}" for node in sorted(needed, key=order_of_node)}
    made, bindings = _made(come, variables)
    parts = [f"DELETE {{\n{_pattern(gone, variables)}}}"] if gone else []
    parts += [f"INSERT {{\n{_pattern(come, variables | made)}}}"] if come else []
    rows = list({**patterns, **context})
    where = _pattern(rows, variables)
    if len(rows) > _ROW:
        where = "".join(f"  {{\n{_pattern(part, variables)}  }}\n" for part in _portions(rows, _ROW))
    for node, quads in known.items():
        if node in needed and len(set.intersection(*(s for q in quads for s in data.fitting(node, q)))) > 1:
            where += f"  FILTER(isBlank({variables[node]}))\n"
    if unknown:
        where += _exactly(list(context), sorted(unknown, key=order_of_node), variables, graphs=data.graphs)
        where = f"  {{ SELECT {' '.join(variables.values())} WHERE {{\n{where}  }} LIMIT 1 }}\n"
    return "\n".join([*parts, f"WHERE {{\n{where}{bindings}}}"])


def _pattern(quads: Iterable[Quad], variables: Mapping[BlankNode, str]) -> str:
    """Return quads as a quad pattern, by graph."""
    by_graph: dict[str, str] = defaultdict(str)
    for quad in quads:
        line = " ".join(_term(term, variables) for term in quad.triple)
        by_graph[_graph(quad, variables)] += f"  {line} .\n"
    return "".join(
        f"  GRAPH {graph} {{\n{inside}  }}\n" if graph else inside
        for graph, inside in sorted(by_graph.items())
    )


def _graph(quad: Quad, variables: Mapping[BlankNode, str]) -> str:
    return "" if isinstance(quad.graph_name, DefaultGraph) else _term(quad.graph_name, variables)


def _term(term: object, variables: Mapping[BlankNode, str]) -> str:
    if isinstance(term, Triple):
        return f"<<( {' '.join(_term(part, variables) for part in term)} )>>"
    return variables.get(term, str(term)) if isinstance(term, BlankNode) else str(term)


def _exactly(
    context: Sequence[Quad], nodes: Sequence[BlankNode], variables: Mapping[BlankNode, str], *, graphs: bool
) -> str:
    """Return filters: the nodes are blank and distinct, and no other quads are about them."""
    called = [variables[node] for node in nodes]
    lines = [f"  FILTER(isBlank({name}))\n" for name in called]
    lines += [f"  FILTER(!sameTerm({one}, {other}))\n" for one, other in combinations(called, 2)]
    for node in nodes:
        for place, other, template in (
            ("subject", "object", "{} ?p_ ?o_"),
            ("object", "subject", "?o_ ?p_ {}"),
        ):
            by_graph: dict[str, list[str]] = {"": []}
            for quad in context:
                if getattr(quad, place) == node:
                    term = _term(getattr(quad, other), variables)
                    same = f"(sameTerm(?p_, {quad.predicate}) && sameTerm(?o_, {term}))"
                    by_graph.setdefault(_graph(quad, variables), []).append(same)
            there = template.format(variables[node])
            for graph, known in sorted(by_graph.items()):
                condition = f" FILTER(!({' || '.join(known)}))" if known else ""
                triple = f"GRAPH {graph} {{ {there} }}" if graph else there
                lines.append(f"  FILTER NOT EXISTS {{ {triple}{condition} }}\n")
            if graphs and all(not isinstance(quad.graph_name, BlankNode) for quad in context):
                known_graphs = ", ".join(graph for graph in sorted(by_graph) if graph)
                condition = f" FILTER(?g_ NOT IN ({known_graphs}))" if known_graphs else ""
                lines.append(f"  FILTER NOT EXISTS {{ GRAPH ?g_ {{ {there} }}{condition} }}\n")
    return "".join(lines)
