"""Why a triple is in the graph: its location, what it was derived from, or the proof that it follows.

The path of the data: what a person wrote → the statements that it may mean → the first that holds, with its
proof (``wcograph.toolbox.rules.proof``) → for each asserted triple in it its ``Origin``, from the graph itself.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from itertools import pairwise, product
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from wcograph.dataset import graph_name
from wcograph.layout import NAMESPACE, PREFIXES, PROFILE, curie, query_files
from wcograph.toolbox.errors import UsageError
from wcograph.toolbox.rules.proof import ASSERTED, Proof
from wcograph.toolbox.rules.proof_forms import Terms, as_data, as_quads, as_text
from wcograph.toolbox.sparql.parameters import resources

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from wcograph.locations import PlacedGraph
    from wcograph.toolbox.rdf.positions import Place
    from wcograph.toolbox.rules.proof import Statement, Term
    from wcograph.toolbox.sparql.tokens import Token

_TYPE = ox.NamedNode(PREFIXES["rdf"] + "type")
_SOURCES = (ox.NamedNode(PREFIXES["dcterms"] + "source"), ox.NamedNode(PREFIXES["prov"] + "wasQuotedFrom"))
_RANK, _REASON = ox.NamedNode(PREFIXES["wco"] + "hasRank"), ox.NamedNode(PREFIXES["wco"] + "rankReason")
_TERMS = Terms(
    "https://w3id.org/wcograph/proof/", PREFIXES["wcob"] + "rule", PREFIXES["wcob"] + "subjectValue"
)
_PLACE, _RULE = ox.NamedNode(PREFIXES["wcob"] + "standsAt"), ox.NamedNode(_TERMS.rule)
_DERIVED_FROM = ox.NamedNode(PREFIXES["prov"] + "wasDerivedFrom")
# Who a fact is about.
_ROLES = (ox.NamedNode(PREFIXES["org"] + "member"), ox.NamedNode(PREFIXES["wco"] + "actionBy"))
_KEPT = {".": 0, ";": 1, ",": 2}  # how many terms of the last triple a punctuation mark keeps for the next
_SHOWN = 3  # as many readings, or values, as a person wants to see


@dataclass(frozen=True)
class Origin:
    """Where an asserted triple, or a node of the graph, comes from.

    ``place`` is its location; ``sources`` are the IRIs of its subject's sources; ``rank`` and ``reason``
    those of a claim. A derived triple has no location: it has the path of the ``query``, and the
    nodes that it was ``derived_from`` (claims, fact nodes, or its own subject), each with its own origin.
    """

    place: Place | None
    sources: tuple[str, ...] = ()
    rank: str | None = None
    reason: str | None = None
    query: str | None = None
    derived_from: Mapping[str, Origin] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return it as one line."""
        parts = [str(self.place)] if self.place else [] if self.query else [ASSERTED]
        parts += [f"source {curie(iri)}" for iri in self.sources]
        if self.rank:
            parts.append(f"rank {curie(self.rank)}")
        if self.reason:
            parts.append(f"reason: {self.reason}")
        if self.query:
            parts.append(f"derived by {self.query}")
        parts += [f"from {curie(iri)} ({origin})" for iri, origin in self.derived_from.items()]
        return "; ".join(parts)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data, without unknown values."""
        file, line, column = self.place or (None, None, None)
        data: dict[str, Any] = {"place": str(self.place) if self.place else None}
        data |= {"file": file, "line": line, "column": column, "sources": list(self.sources)}
        data |= {"rank": self.rank, "reason": self.reason, "query": self.query}
        if self.query:
            data["from"] = [{"node": iri, **origin.to_dict()} for iri, origin in self.derived_from.items()]
        return {name: value for name, value in data.items() if value is not None}


@dataclass(frozen=True)
class Explanation:
    """Why a statement is in the graph, or that it is not; true if it is.

    ``statement`` is what was asked (the first reading that holds, if several are possible; all are in
    ``readings``), ``proof`` its proof of least height (None if it is not in the graph), ``origins`` where
    the asserted triples of the proof come from, ``hint`` what the graph has instead of a statement that is
    not in it, or about which other node ``statement`` is, if it is not about the subject itself.

    >>> import wcograph
    >>> print(wcograph.load().why("wcoid:polity-FJI", "a", "org:Post"))
    not in the graph, and it does not follow from it: wcoid:polity-FJI a org:Post (it has wco:Polity, wco:Member)
    """

    statement: Statement
    proof: Proof | None
    origins: Mapping[Statement, Origin] = field(default_factory=dict)
    readings: Sequence[Statement] = ()
    hint: str = ""

    def __bool__(self) -> bool:
        """Return whether the statement is in the graph or follows from it."""
        return self.proof is not None

    def to_text(self) -> str:
        """Return the proof as an indented tree, or a line that says that there is none."""
        if self.proof is None:
            readings = self.readings or (self.statement,)
            asked = "; or: ".join(_written(reading) for reading in readings[:_SHOWN])
            more = f"; and {len(readings) - _SHOWN} other readings" if len(readings) > _SHOWN else ""
            return f"not in the graph, and it does not follow from it: {asked}{more}{self.hint}"
        text = as_text(self.proof, short, lambda statement: str(self.origins[statement]))
        return f"{self.hint}\n{text}" if self.hint else text

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON: the triple in N-Triples terms, whether it holds, and the proof's steps."""
        data: dict[str, Any] = {"triple": [str(term) for term in self.statement], "holds": bool(self)}
        if self.proof is not None:
            data |= {"note": self.hint} if self.hint else {}
            data |= as_data(self.proof, lambda statement: self.origins[statement].to_dict())
        return data

    def to_json(self) -> str:
        """Return ``to_dict`` as JSON."""
        import json

        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False)

    def to_quads(self) -> list[ox.Quad]:
        """Return the proof as RDF (see ``wcograph.toolbox.rules.proof_forms.as_quads``), empty if there is no proof."""
        return as_quads(self.proof, _TERMS, self._said) if self.proof else []

    def to_turtle(self) -> str:
        """Return ``to_quads`` as Turtle."""
        quads = self.to_quads()
        written = " ".join(map(str, quads))
        prefixes = {name: iri for name, iri in PREFIXES.items() if f"<{iri}" in written}
        return (ox.serialize(quads, format=ox.RdfFormat.TURTLE, prefixes=prefixes) or b"").decode()

    def _said(self, statement: Statement) -> list[tuple[ox.NamedNode, Term]]:
        origin = self.origins[statement]
        said: list[tuple[ox.NamedNode, Term]] = [(_SOURCES[0], ox.NamedNode(iri)) for iri in origin.sources]
        if origin.place:
            said.append((_PLACE, ox.Literal(str(origin.place))))
        if origin.query:
            said.append((_RULE, ox.Literal(origin.query)))
            said += [(_DERIVED_FROM, ox.NamedNode(iri)) for iri in origin.derived_from]
        return said

    def __str__(self) -> str:
        """Return the text."""
        return self.to_text()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        from html import escape

        return f"<pre>{escape(self.to_text())}</pre>"


def explain(
    graph: PlacedGraph,
    store: ox.Store,
    subject: str | Term,
    predicate: str | Term,
    object: str | Term,
    *,
    folder: str | None = None,
) -> Explanation:
    """Explain why a triple is in a graph; its terms are RDF terms, or names that a person would use.

    ``store`` is used to look up names: the store of ``graph``, or any with the same triples. ``folder`` has the
    graph's stored queries, if any: they show what a derived triple was made from. An object may
    be a literal in Turtle, or the bare text of one. If several things share a name, the first
    reading that holds is explained. Raises UsageError for a name that nothing has, and LimitError for a proof
    that is some hundred rules high.
    """
    prefixes = {**PREFIXES, **graph.prefixes}
    subjects = _named(store, subject, prefixes)
    predicates = _named(store, predicate, prefixes, predicate=True)
    objects = _values(graph, store, object, prefixes, subjects, predicates)
    readings = list(product(subjects, predicates, objects))
    proof, through = _proof(graph, readings), ""
    if proof is None:
        proof, through = _through(graph, readings)
    if proof is None:
        return Explanation(readings[0], None, readings=readings, hint=_hint(graph, readings))
    leaves = [step.statement for step in proof.steps() if step.rule == ASSERTED]
    return Explanation(proof.statement, proof, _origins(graph, store, leaves, folder), readings, through)


def _proof(graph: PlacedGraph, readings: list[Statement]) -> Proof | None:
    """Prove the first reading that holds. An asserted statement needs no closure."""
    for reading in readings:
        if any(_statement(quad) == reading for quad in graph.about(reading[0])):
            return Proof(reading, ASSERTED)
    return next((proof for reading in readings if (proof := graph.prover.prove(reading))), None)


def _through(graph: PlacedGraph, readings: list[Statement]) -> tuple[Proof | None, str]:
    """Return what holds of a fact node about the subject (its membership, its treaty action), and a line that says so."""
    subjects, wanted = {s for s, _, _ in readings}, {(p, o) for _, p, o in readings}
    links = [quad for quad in graph.quads() if quad.object in subjects]
    links.sort(key=lambda quad: (quad.predicate not in _ROLES, str(quad.subject)))
    for link in links:
        for quad in graph.about(link.subject):
            if (quad.predicate, quad.object) in wanted:
                who = short(link.object)
                said = f"not of {who} itself, but of a node with {short(link.predicate)} {who}:"
                return Proof(_statement(quad), ASSERTED), said
    return None, ""


def _hint(graph: PlacedGraph, readings: list[Statement]) -> str:
    """Return the terms that are nowhere in the graph or, if there are none, its values for the subject and property."""
    asked_for = dict.fromkeys(t for one in readings for t in one if not isinstance(t, ox.Literal))
    known = {_TYPE, *(term for quad in graph.quads() for term in quad.triple if term in asked_for)}
    unknown = [term for term in asked_for if term not in known]
    asked = dict.fromkeys((s, p) for s, p, _ in readings)
    values = dict.fromkeys(quad.object for s, p in asked for quad in graph.about(s) if quad.predicate == p)
    if unknown:
        return f" ({', '.join(map(short, unknown))}: nowhere in the graph)"
    if values:
        shown = ", ".join(map(short, list(values)[:_SHOWN]))
        return f" (it has {shown}{' and others' if len(values) > _SHOWN else ''})"
    return ""


def _named(store: ox.Store, text: str | Term, prefixes: Mapping[str, str], **how: bool) -> Sequence[Term]:
    return resources(store, text, PROFILE, prefixes=prefixes, **how) if isinstance(text, str) else [text]


def _values(
    graph: PlacedGraph,
    store: ox.Store,
    text: str | Term,
    prefixes: Mapping[str, str],
    subjects: Sequence[Term],
    predicates: Sequence[Term],
) -> Sequence[Term]:
    """Return the things and the literals that an object may mean."""
    if isinstance(text, str) and text.startswith(('"', "'")):
        return [_literal(text, prefixes)]
    values = (quad.object for quad in graph.quads())
    literals = dict.fromkeys(
        value for value in values if isinstance(value, ox.Literal) and value.value == text
    )
    try:
        return [*_named(store, text, prefixes), *literals]
    except UsageError:
        if literals:
            return list(literals)
        about = (
            quad for subject in subjects for quad in graph.about(subject) if quad.predicate in predicates
        )
        if any(isinstance(quad.object, ox.Literal) for quad in about):
            return [ox.Literal(str(text))]
        raise


def _literal(text: str, prefixes: Mapping[str, str]) -> ox.Literal:
    declared = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in prefixes.items())
    try:
        (quad,) = ox.parse(f"{declared}<{NAMESPACE}> <{NAMESPACE}> {text} .", ox.RdfFormat.TURTLE)
        if isinstance(quad.object, ox.Literal):
            return quad.object
    except (SyntaxError, ValueError):
        pass
    raise UsageError(f"{text} is not a literal of Turtle")


# -------------------------------------------------------------------------------------------- where from


def _origins(
    graph: PlacedGraph, store: ox.Store, leaves: Iterable[Statement], folder: str | None
) -> dict[Statement, Origin]:
    places = graph.places(leaves)
    derived: dict[Statement, tuple[str, list[ox.NamedNode]]] = {}
    queries = query_files(folder, "derive") if folder is not None else []
    for leaf in (leaf for leaf in leaves if leaf not in places):
        made = ((path, _made_from(store, os.path.join(folder or "", path), leaf)) for path in queries)
        if first := next(((path, nodes) for path, nodes in made if nodes is not None), None):
            derived[leaf] = first
    nodes = {node: list(graph.about(node)) for _, found in derived.values() for node in found}
    firsts = {node: _statement(quads[0]) for node, quads in nodes.items() if quads}
    where = graph.places(firsts.values())
    origins = {
        node: _described(where.get(firsts[node]) if quads else None, quads) for node, quads in nodes.items()
    }

    def origin(leaf: Statement) -> Origin:
        if leaf not in derived:
            return _described(places.get(leaf), graph.about(leaf[0]))
        path, found = derived[leaf]  # its sources are those of what it was made from
        return Origin(None, query=path, derived_from={node.value: origins[node] for node in found})

    return {leaf: origin(leaf) for leaf in leaves}


def _described(place: Place | None, quads: Iterable[ox.Quad]) -> Origin:
    values: dict[ox.NamedNode, dict[str, None]] = {}
    for quad in quads:
        if isinstance(quad.object, ox.Literal if quad.predicate == _REASON else ox.NamedNode):
            values.setdefault(quad.predicate, {})[quad.object.value] = None
    sources = {source: None for name in _SOURCES for source in values.get(name, ())}
    rank, reason = (next(reversed(values.get(name, {})), None) for name in (_RANK, _REASON))
    return Origin(place, tuple(sources), rank, reason)


def _made_from(store: ox.Store, path: str, statement: Statement) -> list[ox.NamedNode] | None:
    """Return the claims and fact nodes from which a query makes a triple; None if it does not make it.

    If there are none, the subject of the triple is returned. The pattern of the CONSTRUCT is asked once more,
    over what the query sees: asserted triples, and those of the queries that it comes after.
    """
    from wcograph.derive import FUNCTIONS
    from wcograph.toolbox.sparql import stored
    from wcograph.toolbox.sparql.asking import ask
    from wcograph.toolbox.sparql.tokens import prefixes, tokens

    query = stored.read(path, PREFIXES)
    text, row = query.text, tokens(query.text, path)
    start = next(at for at, token in enumerate(row) if token.text.upper() == "CONSTRUCT")
    end = next(at for at in range(start, len(row)) if row[at].text == "}")
    facts = (graph_name("data"), graph_name("claims"))
    asked = f"{text[: row[start].offset]}SELECT * {text[row[end].offset + 1 :]}"
    hidden = {graph_name("inferred"), *(() if query.after else (graph_name("derived"),))}
    seen = [ox.DefaultGraph(), *(graph for graph in store.named_graphs() if graph not in hidden)]
    # What the query computes or lists itself (AS ?x, VALUES ?x) cannot be given to it; the rest makes it fast.
    computed = {
        after.text for before, after in pairwise(row) if before.text.upper() in ("AS", "VALUES", "(", "UNDEF")
    }
    made = False
    nodes: set[ox.NamedNode] = set()
    declared = prefixes(text, path)
    for pattern in _template(row[start + 2 : end]):
        if not all(_may_be(token, term, declared) for token, term in zip(pattern, statement, strict=True)):
            continue
        wanted = {
            token.text[1:]: term
            for token, term in zip(pattern, statement, strict=True)
            if token.kind == "variable"
        }
        given = {ox.Variable(name): term for name, term in wanted.items() if f"?{name}" not in computed}
        how: dict[str, Any] = {"default_graph": seen, "custom_functions": FUNCTIONS}
        solutions = ask(store, asked, path, substitutions=given, **how)
        assert isinstance(solutions, ox.QuerySolutions)
        names = {variable.value for variable in solutions.variables}
        for solution in solutions:
            if all(name not in names or solution[name] == term for name, term in wanted.items()):
                made = True
                nodes |= {term for term in solution if isinstance(term, ox.NamedNode)}
    if not made:
        return None
    about = store.quads_for_pattern
    others = nodes.difference(statement)
    from_facts = [node for node in others if any(any(about(node, None, None, one)) for one in facts)]
    subject = statement[0]
    return sorted(from_facts, key=str) or ([subject] if isinstance(subject, ox.NamedNode) else [])


def _may_be(token: Token, term: Term, prefixes: Mapping[str, str]) -> bool:
    """Return whether a term of a template can match an RDF term; any literal matches any other."""
    if token.kind == "variable":
        return True
    if token.kind == "name":
        prefix, _, local = token.text.partition(":")
        return isinstance(term, ox.NamedNode) and term.value == prefixes[prefix] + local.replace("\\", "")
    if token.kind == "iri":
        return isinstance(term, ox.NamedNode) and term.value == token.text[1:-1]
    return term == _TYPE if token.text == "a" else isinstance(term, ox.Literal)


def _template(tokens: Iterable[Token]) -> list[tuple[Token, ...]]:
    """Return the triple patterns between the braces of a CONSTRUCT."""
    patterns: list[tuple[Token, ...]] = []
    terms: tuple[Token, ...] = ()
    for token in tokens:
        kept = _KEPT.get(token.text)
        if kept is not None:
            terms = terms[:kept]
            continue
        terms = (*terms, token)
        if len(terms) == 3:
            patterns.append(terms)
    return patterns


# ------------------------------------------------------------------------------------------------ writing


def short(term: Term) -> str:
    """Write a term for a person: an IRI as a CURIE if possible, anything else in N-Triples.

    >>> short(ox.NamedNode("https://w3id.org/wcograph/id/wco")), short(ox.Literal("x", language="en"))
    ('wcoid:wco', '"x"@en')
    """
    return curie(term.value) if isinstance(term, ox.NamedNode) else str(term)


def _written(statement: Statement) -> str:
    s, p, o = statement
    return f"{short(s)} {'a' if p == _TYPE else short(p)} {short(o)}"


def _statement(quad: ox.Quad) -> Statement:
    return quad.subject, quad.predicate, quad.object
