"""Writing a difference: for people, as a change note, as N-Quads, and as a SPARQL update."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Triple

from wcograph.toolbox.diff.difference import Difference, node_order, nodes_of
from wcograph.toolbox.rdf.turtle import RDF, is_simple_local

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pyoxigraph import Quad


def text(found: Difference, prefixes: Mapping[str, str], first: str, second: str) -> str:
    """Return the difference for people: grouped by subject, with its label; ``-`` removed, ``+`` added."""
    lines = [f"--- {first}", f"+++ {second}"]
    short = _Shortener(prefixes)
    changes = _changes(found)
    for subject in found.subjects:
        label = found.labels.get(subject)
        lines.append("")
        lines.append(short.term(subject) + (f"  {_one_line(label)}" if label else ""))
        for sign, quad in changes[subject]:
            graph = "" if isinstance(quad.graph_name, DefaultGraph) else f"  ({short.term(quad.graph_name)})"
            value = short.term(quad.object)
            name = found.labels.get(quad.object) if isinstance(quad.object, NamedNode) else None
            named = f"  {_one_line(name)}" if name else ""
            lines.append(f"  {sign} {short.predicate(quad.predicate)} {value}{named}{graph}")
    lines += ["", summary(found)] if not found.same else [summary(found)]
    return "\n".join(lines) + "\n"


def summary(found: Difference) -> str:
    """Return one line with the numbers of changes."""
    if found.same:
        return "no difference"
    return (
        f"{_count(len(found.removed), 'triple')} removed, {len(found.added)} added, "
        f"of {_count(len(found.subjects), 'subject')}"
    )


def markdown(found: Difference, prefixes: Mapping[str, str], first: str, second: str) -> str:
    """Return a change note: what is new, what is gone, and what has changed, in Markdown."""
    short = _Shortener(prefixes)
    before = {quad.subject for quad in found.removed}
    after = {quad.subject for quad in found.added}
    typed = [{q.subject for q in quads if q.predicate == _TYPE} for quads in (found.removed, found.added)]
    new = [s for s in found.subjects if s in typed[1] and s not in before]
    gone = [s for s in found.subjects if s in typed[0] and s not in after]
    changed = [s for s in found.subjects if s not in new and s not in gone]
    changes = _changes(found)
    lines = [f"# Changes from {_escaped(first)} to {_escaped(second)}", "", f"{summary(found).capitalize()}."]

    def title(subject: object) -> str:
        label = found.labels.get(subject)  # type: ignore[call-overload]
        code = f"`{short.term(subject)}`"
        return f"{_escaped(_one_line(label))} ({code})" if label else code

    for heading, subjects in (("Added", new), ("Removed", gone)):
        if subjects:
            lines += ["", f"## {heading}", ""]
            for subject in subjects:
                rows = changes[subject]
                classes = sorted({short.term(quad.object) for _, quad in rows if quad.predicate == _TYPE})
                size = _count(len(rows), "triple")
                lines.append(f"- {title(subject)}: {', '.join(f'`{name}`' for name in classes)}, {size}")
    if changed:
        lines += ["", "## Changed"]
    for subject in changed:
        lines += ["", f"### {title(subject)}", ""]
        for sign, quad in changes[subject]:
            word = "removed" if sign == "-" else "added"
            lines.append(f"- {word} `{short.predicate(quad.predicate)}` {_code(short.term(quad.object))}")
    return "\n".join(lines) + "\n"


def nquads(quads: Iterable[Quad]) -> str:
    """Return the sorted N-Quads lines of one side; equal blank nodes of both sides have one label."""
    return "".join(sorted(f"{quad} .\n" for quad in quads))


def sparql_update(found: Difference) -> str:
    """Return a SPARQL 1.1 update that turns the first dataset into one isomorphic to the second.

    Quads without blank nodes are in DELETE DATA and INSERT DATA. Existing blank nodes, which an update cannot
    name, are found by exactly the quads about them and about the nodes connected with them. One match is changed,
    so the right number of equal nodes changes.
    """
    operations = []
    for verb, quads in (("DELETE DATA", found.removed), ("INSERT DATA", found.added)):
        ground = [quad for quad in quads if not nodes_of(quad)]
        if ground:
            operations.append(f"{verb} {{\n{_pattern(ground, {})}}}")
    keys: dict[BlankNode, str] = {}
    old: dict[str, list[Quad]] = {}
    new: dict[str, list[Quad]] = {}
    for quads, target in ((found.removed, old), (found.added, new)):
        for quad in quads:
            nodes = nodes_of(quad)
            if nodes:
                if nodes[0] not in keys:
                    linked = _linked(nodes, found)
                    keys.update(dict.fromkeys(linked, min(linked, key=node_order).value))
                target.setdefault(keys[nodes[0]], []).append(quad)
    for key in sorted({*old, *new}, key=lambda key: (len(key), key)):
        gone, come = old.get(key, []), new.get(key, [])
        context = list(
            dict.fromkeys(
                quad
                for changed in (*gone, *come)
                for node in nodes_of(changed)
                for quad in found.context.get(node, ())
            )
        )
        if not context:
            operations.append(f"INSERT DATA {{\n{_pattern(come, {})}}}")
            continue
        nodes = sorted({node for quad in context for node in nodes_of(quad)}, key=node_order)
        variables = {node: f"?{node.value}" for node in nodes}
        parts = []
        if gone:
            parts.append(f"DELETE {{\n{_pattern(gone, variables)}}}")
        if come:
            parts.append(f"INSERT {{\n{_pattern(come, variables)}}}")
        names = " ".join(variables.values())
        parts.append(
            f"WHERE {{\n  {{ SELECT {names} WHERE {{\n{_pattern(context, variables)}"
            f"{_exactly(context, variables)}  }} LIMIT 1 }}\n}}"
        )
        operations.append("\n".join(parts))
    return " ;\n".join(operations) + ("\n" if operations else "")


def _linked(nodes: Sequence[BlankNode], found: Difference) -> set[BlankNode]:
    """Return the nodes that must change in one operation: all nodes connected by old or added quads."""
    added: dict[BlankNode, set[BlankNode]] = {}
    for quad in found.added:
        there = nodes_of(quad)
        for node in there:
            added.setdefault(node, set()).update(there)
    linked: set[BlankNode] = set()
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if node not in linked:
            linked.add(node)
            waiting += added.get(node, ())
            waiting += (other for quad in found.context.get(node, ()) for other in nodes_of(quad))
    return linked


def _pattern(quads: Iterable[Quad], variables: Mapping[BlankNode, str]) -> str:
    """Return quads as a quad pattern, by graph."""
    by_graph: dict[str, list[str]] = {}
    for quad in quads:
        graph = "" if isinstance(quad.graph_name, DefaultGraph) else _term(quad.graph_name, variables)
        line = " ".join(_term(term, variables) for term in (quad.subject, quad.predicate, quad.object))
        by_graph.setdefault(graph, []).append(f"  {line} .\n")
    lines = []
    for graph, triples in sorted(by_graph.items()):
        inside = "".join(triples)
        lines.append(f"  GRAPH {graph} {{\n{inside}  }}\n" if graph else inside)
    return "".join(lines)


def _term(term: object, variables: Mapping[BlankNode, str]) -> str:
    if isinstance(term, Triple):
        inside = " ".join(_term(part, variables) for part in (term.subject, term.predicate, term.object))
        return f"<<( {inside} )>>"
    return variables.get(term, str(term)) if isinstance(term, BlankNode) else str(term)


def _exactly(context: Sequence[Quad], variables: Mapping[BlankNode, str]) -> str:
    """Return filters: the nodes are blank and distinct, and no other quads are about them."""
    nodes = list(variables)
    lines = [f"  FILTER(isBlank({variables[node]}))\n" for node in nodes]
    lines += [
        f"  FILTER(!sameTerm({variables[one]}, {variables[other]}))\n"
        for at, one in enumerate(nodes)
        for other in nodes[at + 1 :]
    ]
    for node in nodes:
        for place, template in (("subject", "{} ?p_ ?o_"), ("object", "?o_ ?p_ {}")):
            graphs: dict[str, list[Quad]] = {}
            for quad in context:
                if getattr(quad, place) == node:
                    graph = (
                        "" if isinstance(quad.graph_name, DefaultGraph) else _term(quad.graph_name, variables)
                    )
                    graphs.setdefault(graph, []).append(quad)
            there = template.format(variables[node])
            for graph in sorted({"", *graphs}):
                known = " || ".join(
                    f"(sameTerm(?p_, {quad.predicate}) && sameTerm(?o_, "
                    f"{_term(quad.object if place == 'subject' else quad.subject, variables)}))"
                    for quad in graphs.get(graph, [])
                )
                condition = f" FILTER(!({known}))" if known else ""
                triple = f"GRAPH {graph} {{ {there} }}" if graph else there
                lines.append(f"  FILTER NOT EXISTS {{ {triple}{condition} }}\n")
            if all(not isinstance(quad.graph_name, BlankNode) for quad in context):
                known_graphs = ", ".join(graph for graph in sorted(graphs) if graph)
                condition = f" FILTER(?g_ NOT IN ({known_graphs}))" if known_graphs else ""
                lines.append(f"  FILTER NOT EXISTS {{ GRAPH ?g_ {{ {there} }}{condition} }}\n")
    return "".join(lines)


_TYPE = NamedNode(RDF + "type")


def _changes(found: Difference) -> dict[object, list[tuple[str, Quad]]]:
    """Return the changes of each subject, by predicate: first removed, then added values."""
    changes: dict[object, list[tuple[str, Quad]]] = {}
    for sign, quads in (("-", found.removed), ("+", found.added)):
        for quad in quads:
            changes.setdefault(quad.subject, []).append((sign, quad))
    for rows in changes.values():
        rows.sort(key=lambda change: (change[1].predicate.value, "-+".index(change[0])))
    return changes


class _Shortener:
    """Terms as Turtle writes them, with prefixes where they fit."""

    def __init__(self, prefixes: Mapping[str, str]) -> None:
        self.namespaces = sorted(
            ((namespace, prefix) for prefix, namespace in prefixes.items() if namespace),
            key=lambda pair: (-len(pair[0]), pair[1]),
        )

    def predicate(self, node: NamedNode) -> str:
        return "a" if node == _TYPE else self.term(node)

    def term(self, term: object) -> str:
        if isinstance(term, NamedNode):
            for namespace, prefix in self.namespaces:
                local = term.value.removeprefix(namespace)
                if local != term.value and is_simple_local(local):
                    return f"{prefix}:{local}"
        if isinstance(term, Triple):
            return (
                f"<<( {self.term(term.subject)} {self.predicate(term.predicate)} {self.term(term.object)} )>>"
            )
        if isinstance(term, Literal) and term.language is None:
            lexical = str(Literal(term.value))
            short = self.term(term.datatype)
            return lexical if short == "xsd:string" or lexical == str(term) else f"{lexical}^^{short}"
        return str(term)


def _one_line(label: str) -> str:
    return " ".join(label.split())


def _escaped(value: str) -> str:
    return "".join(f"\\{c}" if c in "\\`*_[]<>#|" else c for c in value)


def _code(value: str) -> str:
    """Return a code span, its fence longer than any in the value (CommonMark, section 6.1)."""
    longest = max((len(run) for run in "".join(c if c == "`" else " " for c in value).split()), default=0)
    fence = "`" * (longest + 1)
    space = " " if longest else ""
    return f"{fence}{space}{value}{space}{fence}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
