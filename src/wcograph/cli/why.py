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
from wcograph.proof import ASSERTED, Prover, as_data, as_quads, as_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyoxigraph import Triple

    from wcograph.proof import Proof, Statement, Term

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
    sources = _sources(graph.triples, proof)
    if form == "json":
        data = as_data(proof, place=lambda statement: _told(statement, graph, sources))
        return (json.dumps(data, indent=2, ensure_ascii=False) + "\n").encode()

    def place(statement: Statement) -> str:
        told = _told(statement, graph, sources)
        parts = [str(told["place"])]
        if told["sources"]:
            parts.append("source " + ", ".join(_name(NamedNode(iri)) for iri in told["sources"]))
        if told["query"]:
            parts.append(f"derived by {told['query']}")
        return "; ".join(parts)

    return (as_text(proof, name=_name, place=place) + "\n").encode()


def _sources(triples: Iterable[Triple], proof: Proof) -> dict[Term, list[str]]:
    """Give the sources of each subject of the asserted triples of a proof."""
    subjects = {step.statement[0] for step in proof.steps() if step.rule == ASSERTED}
    sources: dict[Term, list[str]] = {}
    for triple in triples:
        if (
            triple.predicate in _SOURCES
            and triple.subject in subjects
            and isinstance(triple.object, NamedNode)
        ):
            sources.setdefault(triple.subject, []).append(triple.object.value)
    return sources


def _told(statement: Statement, graph: PlacedGraph, sources: dict[Term, list[str]]) -> dict[str, Any]:
    place = graph.place(statement)
    query = None
    if place and place.file.startswith(_DERIVED):
        query = f"queries/derive/{place.file[len(_DERIVED) :].rpartition('.')[0]}.rq"
    return {
        "place": str(place) if place else None,
        "sources": sources.get(statement[0], []),
        "query": query,
    }


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
