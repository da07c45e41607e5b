"""A difference as a SPARQL 1.1 update, which any engine runs.

An update cannot name a blank node. It is found by a few patterns that match it alone: what refers to it, what is said
of it, or another node that is found so. The data are changed step by step; each step is written for the data as they
are then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyoxigraph import BlankNode, DefaultGraph, Quad, Triple

from wcograph.toolbox.diff.difference import Difference, connected, node_order, nodes_of, quad_order

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
    for quads in [quads for quads in made if len(quads) > _MOST]:
        for step in _steps(quads, removed):
            add(*step)
    for part in (*_portions(come), *_joined(quads for quads in made if len(quads) <= _MOST)):
        # not INSERT DATA, on which rdflib's Dataset fails if it has no GRAPH
        variables, bindings = _made(part, ())
        operations.append(
            f"INSERT {{\n{_pattern(part, variables)}}}\nWHERE {{{bindings and chr(10)}{bindings}}}"
        )
    return " ;\n".join(operations) + ("\n" if operations else "")


# rdflib calls itself for each operation, triple and pattern in a row, and Python ends what calls itself 1,000 times
_MOST = 300  # triples of an operation
_ROW = 30  # patterns


def _portions(quads: Sequence[Quad]) -> list[Sequence[Quad]]:
    return [quads[at : at + _MOST] for at in range(0, len(quads), _MOST)]


def _joined(groups: Iterable[Sequence[Quad]]) -> list[Sequence[Quad]]:
    """Join groups of quads to portions."""
    found: list[list[Quad]] = []
    for group in groups:
        if not found or len(found[-1]) + len(group) > _MOST:
            found.append([])
        found[-1] += group
    return found  # type: ignore[return-value]


def _steps(quads: Sequence[Quad], removed: Collection[Quad]) -> list[tuple[Sequence[Quad], Sequence[Quad]]]:
    """Divide the changes of connected nodes: what is removed goes from the bottom up, what is added from the top down."""
    if len(quads) <= _MOST:
        return [([q for q in quads if q in removed], [q for q in quads if q not in removed])]
    by_subject: dict[object, list[Quad]] = {}
    for quad in quads:
        by_subject.setdefault(quad.subject, []).append(quad)
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
    graphs: dict[BlankNode, set[object]] = {}
    for quad in quads:
        for node in nodes_of(quad):
            graphs.setdefault(node, set()).add(quad.graph_name)
    several = [node for node, names in graphs.items() if len(names) > 1 and node not in known]
    variables = {node: f"?{node.value}" for node in several}
    return variables, "".join(f"  BIND(BNODE() AS {name})\n" for name in variables.values())


class _Data:
    """The data that an update changes: what is where, and which blank nodes something tells from all others."""

    def __init__(self, quads: Iterable[Quad]) -> None:
        self.about: dict[BlankNode, set[Quad]] = {}
        self.matches: dict[
            tuple[object, ...], set[Any]
        ] = {}  # the terms that fit a pattern with one variable
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
                self.about.setdefault(node, set()).add(quad)
            for key, term in _keys(quad):
                self.matches.setdefault(key, set()).add(term)

    def known(self, quads: Iterable[Quad]) -> list[BlankNode]:
        """Return the blank nodes of quads that are in the data."""
        return sorted(
            {node for quad in quads for node in nodes_of(quad) if node in self.about}, key=node_order
        )

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
            if missing and before == (len(known), len(wanted)):
                wanted.update(
                    dict.fromkeys(
                        other
                        for node in missing
                        for quad in sorted(self.about[node], key=quad_order)
                        for other in nodes_of(quad)
                    )
                )
            if not missing or before == (len(known), len(wanted)):
                return known, set(missing)

    def _address(self, node: BlankNode, known: Mapping[BlankNode, list[Quad]]) -> list[Quad]:
        """Return the fewest patterns, as far as can be seen step by step, that only the node fits."""
        options = []
        for quad in self.about[node]:
            if all(one == node or one in known for one in nodes_of(quad)):
                options += [
                    (quad, self.matches[key]) for key, term in _keys(quad) if term == node and node not in key
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
    variables = {node: f"?{node.value}" for node in sorted(needed, key=node_order)}
    made, bindings = _made(come, variables)
    parts = []
    if gone:
        parts.append(f"DELETE {{\n{_pattern(gone, variables)}}}")
    if come:
        parts.append(f"INSERT {{\n{_pattern(come, variables | made)}}}")
    rows = list({**patterns, **context})
    where = _pattern(rows, variables)
    if len(rows) > _ROW:
        parts_of_rows = (rows[at : at + _ROW] for at in range(0, len(rows), _ROW))
        where = "".join(f"  {{\n{_pattern(part, variables)}  }}\n" for part in parts_of_rows)
    where += "".join(
        f"  FILTER(isBlank({variables[node]}))\n"
        for node, quads in known.items()
        if node in needed and not _only_blank(node, quads, data)
    )
    if unknown:
        where += _exactly(list(context), sorted(unknown, key=node_order), variables, graphs=data.graphs)
        where = f"  {{ SELECT {' '.join(variables.values())} WHERE {{\n{where}  }} LIMIT 1 }}\n"
    return "\n".join([*parts, f"WHERE {{\n{where}{bindings}}}"])


def _only_blank(node: BlankNode, quads: Sequence[Quad], data: _Data) -> bool:
    fitting = [
        data.matches[key] for quad in quads for key, term in _keys(quad) if term == node and node not in key
    ]
    return len(set.intersection(*fitting)) == 1


def _pattern(quads: Iterable[Quad], variables: Mapping[BlankNode, str]) -> str:
    """Return quads as a quad pattern, by graph."""
    by_graph: dict[str, list[str]] = {}
    for quad in quads:
        line = " ".join(_term(term, variables) for term in (quad.subject, quad.predicate, quad.object))
        by_graph.setdefault(_graph(quad, variables), []).append(f"  {line} .\n")
    lines = []
    for graph, triples in sorted(by_graph.items()):
        inside = "".join(triples)
        lines.append(f"  GRAPH {graph} {{\n{inside}  }}\n" if graph else inside)
    return "".join(lines)


def _graph(quad: Quad, variables: Mapping[BlankNode, str]) -> str:
    return "" if isinstance(quad.graph_name, DefaultGraph) else _term(quad.graph_name, variables)


def _term(term: object, variables: Mapping[BlankNode, str]) -> str:
    if isinstance(term, Triple):
        inside = " ".join(_term(part, variables) for part in (term.subject, term.predicate, term.object))
        return f"<<( {inside} )>>"
    return variables.get(term, str(term)) if isinstance(term, BlankNode) else str(term)


def _exactly(
    context: Sequence[Quad], nodes: Sequence[BlankNode], variables: Mapping[BlankNode, str], *, graphs: bool
) -> str:
    """Return filters: the nodes are blank and distinct, and no other quads are about them."""
    lines = [f"  FILTER(isBlank({variables[node]}))\n" for node in nodes]
    lines += [
        f"  FILTER(!sameTerm({variables[one]}, {variables[other]}))\n"
        for at, one in enumerate(nodes)
        for other in nodes[at + 1 :]
    ]
    for node in nodes:
        for place, template in (("subject", "{} ?p_ ?o_"), ("object", "?o_ ?p_ {}")):
            by_graph: dict[str, list[Quad]] = {}
            for quad in context:
                if getattr(quad, place) == node:
                    by_graph.setdefault(_graph(quad, variables), []).append(quad)
            there = template.format(variables[node])
            for graph in sorted({"", *by_graph}):
                known = " || ".join(
                    f"(sameTerm(?p_, {quad.predicate}) && sameTerm(?o_, "
                    f"{_term(quad.object if place == 'subject' else quad.subject, variables)}))"
                    for quad in by_graph.get(graph, [])
                )
                condition = f" FILTER(!({known}))" if known else ""
                triple = f"GRAPH {graph} {{ {there} }}" if graph else there
                lines.append(f"  FILTER NOT EXISTS {{ {triple}{condition} }}\n")
            if graphs and all(not isinstance(quad.graph_name, BlankNode) for quad in context):
                known_graphs = ", ".join(graph for graph in sorted(by_graph) if graph)
                condition = f" FILTER(?g_ NOT IN ({known_graphs}))" if known_graphs else ""
                lines.append(f"  FILTER NOT EXISTS {{ GRAPH ?g_ {{ {there} }}{condition} }}\n")
    return "".join(lines)
