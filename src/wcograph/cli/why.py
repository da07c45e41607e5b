"""Say why a triple is in the graph: where it stands, or the proof of it, down to what is asserted."""

from __future__ import annotations

import argparse
import json
import sys
from itertools import product
from typing import TYPE_CHECKING, Any

from pyoxigraph import Literal, NamedNode

from wcograph.cli.infer import _name
from wcograph.errors import UsageError
from wcograph.layout import NAMESPACE, PREFIXES, root
from wcograph.output import open_output
from wcograph.places import PlacedGraph, built_in
from wcograph.reasoning.proof import ASSERTED, Prover, as_data, as_quads, as_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyoxigraph import Triple

    from wcograph.reasoning.proof import Proof, Statement, Term

FORMATS = ("text", "json", "turtle")
_LABELS = frozenset(
    NamedNode(PREFIXES[prefix] + name)
    for prefix, name in (
        ("skos", "prefLabel"),
        ("skos", "altLabel"),
        ("skos", "notation"),
        ("rdfs", "label"),
        ("dcterms", "identifier"),
    )
)
_SOURCES = (NamedNode(PREFIXES["dcterms"] + "source"), NamedNode(PREFIXES["prov"] + "wasQuotedFrom"))
_RANK, _REASON = NamedNode(PREFIXES["wco"] + "rank"), NamedNode(PREFIXES["wco"] + "rankReason")
_DERIVED = "data/derived/"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.usage = "wcograph why SUBJECT PREDICATE OBJECT [--data FILE ...] [-f FORMAT] [-o FILE]"
    for name in ("subject", "predicate", "object"):
        parser.add_argument(
            name,
            metavar=name.upper(),
            help="a CURIE, an IRI or a label"
            + {"subject": "", "predicate": "; a is rdf:type", "object": "; or a literal, quoted or not"}[
                name
            ],
        )
    parser.add_argument(
        "--data", action="append", metavar="FILE", help="ask about this file instead (may be repeated)"
    )
    parser.add_argument(
        "-f",
        "--format",
        choices=FORMATS,
        default="text",
        metavar="FORMAT",
        help=f"one of {', '.join(FORMATS)}",
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="write to FILE, replaced when all is written")


def run(args: argparse.Namespace) -> int:
    """Find the triple, prove it, and write the proof; status 1 where it is not in the graph."""
    graph = PlacedGraph(args.data) if args.data else built_in(root())
    prover = Prover(graph.triples)
    subjects = _terms(args.subject, graph.triples, position=0)
    predicates = _terms(args.predicate, graph.triples, position=1)
    objects = _terms(args.object, graph.triples, position=2)
    for text, found in ((args.subject, subjects), (args.predicate, predicates), (args.object, objects)):
        if not found:
            raise UsageError(f"nothing in the graph is called {text!r}; give a CURIE or an IRI")
    statements = product(subjects, predicates, objects)
    proof = next((proof for statement in statements if (proof := prover.prove(statement))), None)
    if proof is None:
        wanted = " ".join(_name(found[0]) for found in (subjects, predicates, objects))
        print(f"wcograph: not in the graph, and it does not follow from it: {wanted}", file=sys.stderr)
        return 1
    with open_output(args.output) as stream:
        stream.write(_written(proof, graph, args.format))
    return 0


def _written(proof: Proof, graph: PlacedGraph, form: str) -> bytes:
    if form == "turtle":
        import pyoxigraph as ox

        prefixes = {name: PREFIXES[name] for name in ("prov", "rdf", "wco", "xsd")}
        return ox.serialize(as_quads(proof), format=ox.RdfFormat.TURTLE, prefixes=prefixes) or b""
    told = _told(graph, [step.statement for step in proof.steps() if step.rule == ASSERTED])
    if form == "json":
        return (json.dumps(as_data(proof, place=told.get), indent=2, ensure_ascii=False) + "\n").encode()

    def place(statement: Statement) -> str:
        entry = told[statement]
        parts = [entry["place"]]
        parts += [f"source {_short(iri)}" for iri in entry["sources"]]
        if "rank" in entry:
            parts.append(f"rank {_short(entry['rank'])}")
        if "reason" in entry:
            parts.append(f"reason: {entry['reason']}")
        if "query" in entry:
            parts.append(f"derived by {entry['query']}")
            parts += [f"from {_short(iri)}" for iri in entry["from"]]
        return "; ".join(parts)

    return (as_text(proof, name=_name, place=place) + "\n").encode()


def _short(iri: str) -> str:
    return _name(NamedNode(iri))


def _told(graph: PlacedGraph, statements: Iterable[Statement]) -> dict[Statement, dict[str, Any]]:
    """Say of asserted statements where they stand, and what the graph says of where they come from.

    ``sources`` are those of the subject, ``rank`` and ``reason`` those of a claim. A statement that a query
    derived has the ``query``, and the nodes that it was derived ``from``: the claims or facts that name both
    its subject and its value.
    """
    told: dict[Statement, dict[str, Any]] = {}
    values: dict[Term, dict[Term, None]] = {}
    naming: dict[Term, dict[Term, None]] = {}
    described: dict[Term, list[Triple]] = {}
    for triple in graph.triples:
        described.setdefault(triple.subject, []).append(triple)
        values.setdefault(triple.subject, {})[triple.object] = None
        naming.setdefault(triple.object, {})[triple.subject] = None
    for statement in statements:
        s, p, o = statement
        place = graph.place(statement)
        entry: dict[str, Any] = {"place": str(place) if place else ASSERTED, "sources": []}
        for triple in described.get(s, ()):
            if triple.predicate in _SOURCES and isinstance(triple.object, NamedNode):
                entry["sources"].append(triple.object.value)
            elif triple.predicate == _RANK and isinstance(triple.object, NamedNode):
                entry["rank"] = triple.object.value
            elif triple.predicate == _REASON and isinstance(triple.object, Literal):
                entry["reason"] = triple.object.value
        if place and place.file.startswith(_DERIVED):
            entry["query"] = f"queries/derive/{place.file[len(_DERIVED) :].rpartition('.')[0]}.rq"
            facts = [x for x in naming.get(s, ()) if o in values[x]]
            claims = [x for x in facts if p in values[x]]
            entry["from"] = [x.value for x in claims or facts or [s] if isinstance(x, NamedNode)]
        told[statement] = entry
    return told


def _terms(text: str, triples: list[Triple], *, position: int) -> list[Term]:
    """Give the terms that ``text`` may mean: a CURIE, an IRI, a label of something, or a literal."""
    if position == 1 and text == "a":
        return [NamedNode(PREFIXES["rdf"] + "type")]
    if position == 2 and text.startswith('"'):
        return [_literal(text)]
    found: dict[Term, None] = {}
    prefix, colon, local = text.partition(":")
    if text.startswith("<") and text.endswith(">"):
        found[_iri(text[1:-1])] = None
    elif colon and prefix in PREFIXES:
        found[_iri(PREFIXES[prefix] + local)] = None
    elif "://" in text:
        found[_iri(text)] = None
    for triple in triples:
        target = triple.object
        if isinstance(target, Literal) and target.value == text:
            if triple.predicate in _LABELS and isinstance(triple.subject, NamedNode):
                found[triple.subject] = None
            if position == 2:
                found[target] = None
    if position == 2 and not found:
        found[Literal(text)] = None
    return list(found)


def _iri(text: str) -> NamedNode:
    try:
        return NamedNode(text)
    except ValueError as error:
        raise UsageError(f"<{text}> is not an IRI: {error}") from error


def _literal(text: str) -> Literal:
    import pyoxigraph as ox

    prefixes = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
    try:
        (quad,) = ox.parse(f"{prefixes}<{NAMESPACE}> <{NAMESPACE}> {text} .", ox.RdfFormat.TURTLE)
    except (SyntaxError, ValueError) as error:
        raise UsageError(f"{text} is not a literal of Turtle") from error
    if not isinstance(quad.object, Literal):
        raise UsageError(f"{text} is not a literal of Turtle")
    return quad.object
