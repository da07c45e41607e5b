"""Write what follows from the graph, or from your files: the OWL 2 RL closure. --check: is it consistent?"""

from __future__ import annotations

import argparse
import json
import os
import sys
from itertools import chain
from typing import TYPE_CHECKING, Any

from pyoxigraph import Quad

from wcograph.errors import LimitError, UsageError
from wcograph.layout import root
from wcograph.output import open_output
from wcograph.places import PlacedGraph, built_in
from wcograph.publishing.export import FORMATS, format_of, write
from wcograph.reasoning.closure import closure
from wcograph.reasoning.entailment import not_entailed
from wcograph.reasoning.proof import ASSERTED, Proof, as_data, as_text
from wcograph.why import short

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pyoxigraph import Triple

    from wcograph.reasoning.proof import Statement

REPORT_FORMATS = ("text", "json")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.usage = (
        "wcograph infer [FILE ...] [--with-asserted] [--trivial] [--engine fast|owlrl] [-f FORMAT] [-o FILE]\n"
        "       wcograph infer --check [FILE ...] [--engine fast|owlrl] [-f text|json] [-o FILE]\n"
        "       wcograph infer --entails CONCLUSION [FILE ...] [-f text|json] [-o FILE]"
    )
    parser.add_argument(
        "files", nargs="*", metavar="FILE", help="RDF files, closed together; default: the graph"
    )
    parser.add_argument(
        "--engine",
        choices=("fast", "owlrl"),
        default="fast",
        metavar="ENGINE",
        help="fast (default), or owlrl, the reference, which is slow",
    )
    parser.add_argument("--with-asserted", action="store_true", help="write the asserted triples too")
    parser.add_argument(
        "--trivial", action="store_true", help="write trivial entailments too, such as x owl:sameAs x"
    )
    parser.add_argument(
        "--check", action="store_true", help="write the inconsistencies instead; status 1 if there are any"
    )
    parser.add_argument(
        "--entails",
        metavar="CONCLUSION",
        help="say whether this RDF file is entailed, and write what of it is not; status 1 if it is not",
    )
    parser.add_argument(
        "-f",
        "--format",
        metavar="FORMAT",
        help=f"one of {', '.join(FORMATS)}; default: by the ending of the output, else turtle; "
        f"with --check and --entails: {' or '.join(REPORT_FORMATS)}",
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="write to FILE, replaced when all is written")


def run(args: argparse.Namespace) -> int:
    """Close the graph, and write what is new or what clashes."""
    if args.check or args.entails is not None:
        return _check(args) if args.entails is None else _entails(args)
    named_by_ending = args.format is None and "." in os.path.basename(args.output or "")
    form = None if named_by_ending else args.format or "turtle"
    format_of(form, args.output)  # refused before the work, not after it
    asserted = _graph(args.files).triples
    inferred, clashes = _close(asserted, args.engine, args.trivial)
    with open_output(args.output) as stream:
        write(_quads(chain(asserted if args.with_asserted else (), inferred)), stream, form, args.output)
    if clashes:
        count = "1 inconsistency" if clashes == 1 else f"{clashes} inconsistencies"
        print(
            f"wcograph: warning: the graph has {count}; 'wcograph infer --check' names them", file=sys.stderr
        )
    return 0


def _graph(files: list[str]) -> PlacedGraph:
    """Read the files, or the graph itself where none is named."""
    return PlacedGraph(files) if files else built_in(root())


def _close(asserted: list[Triple], engine: str, trivial: bool) -> tuple[Iterable[Triple], int]:
    if engine == "owlrl":
        from wcograph.reasoning.reference import reference_closure

        reference = reference_closure(asserted, trivial=trivial)
        return reference.triples, len(reference.messages)
    fast = closure(asserted, trivial=trivial)
    return fast, len(fast.inconsistencies)


def _quads(triples: Iterable[Triple]) -> Iterator[Quad]:
    return (Quad(triple.subject, triple.predicate, triple.object) for triple in triples)


def _check(args: argparse.Namespace) -> int:
    """Name each inconsistency, with the triples that make it and where they stand."""
    form = _report_format(args, "--check")
    graph = _graph(args.files)
    if args.engine == "owlrl":
        from wcograph.reasoning.reference import reference_closure

        messages = reference_closure(graph.triples).messages
        report = [{"message": message} for message in messages]
        text = "".join(f"inconsistent: {message}\n" for message in messages)
    else:
        report, text = _named(graph)
    if form == "json":
        text = json.dumps({"consistent": not report, "inconsistencies": report}, indent=2, ensure_ascii=False)
        text += "\n"
    with open_output(args.output) as stream:
        stream.write(text.encode("utf-8", "backslashreplace"))
    if not report:
        print("consistent under the rules of OWL 2 RL", file=sys.stderr)
    return 1 if report else 0


def _report_format(args: argparse.Namespace, option: str) -> str:
    form: str = args.format or "text"
    if form not in REPORT_FORMATS:
        raise UsageError(f"{option} writes {' or '.join(REPORT_FORMATS)}, not {form}")
    if args.with_asserted or args.trivial:
        raise UsageError(f"{option} writes a report: --with-asserted and --trivial do not go with it")
    return form


def _entails(args: argparse.Namespace) -> int:
    """Say whether the graph entails another one, and what of that it does not."""
    form = _report_format(args, "--entails")
    if args.check or args.engine != "fast":
        raise UsageError("--entails goes with neither --check nor --engine owlrl")
    conclusion = PlacedGraph([args.entails]).quads()
    failed = not_entailed(_graph(args.files).quads(), conclusion)
    written = [[str(term) for term in (t.subject, t.predicate, t.object)] for t in failed]
    text = "".join(f"not entailed: {' '.join(terms)}\n" for terms in written)
    if form == "json":
        text = (
            json.dumps({"entailed": not failed, "not_entailed": written}, indent=2, ensure_ascii=False) + "\n"
        )
    with open_output(args.output) as stream:
        stream.write(text.encode())
    if not failed:
        print("entailed", file=sys.stderr)
    return 1 if failed else 0


def _proof(graph: PlacedGraph, premise: Statement) -> Proof | None:
    try:
        return graph.prover.prove(premise)
    except LimitError as limit:  # a clash is named all the same
        return Proof(premise, f"follows; {limit}")


def _named(graph: PlacedGraph) -> tuple[list[dict[str, Any]], str]:
    """Give the inconsistencies as plain data and as text, each asserted triple with its place."""
    clashes = closure(graph.quads()).inconsistencies
    if not clashes:
        return [], ""
    proofs = [[proof for premise in clash.premises if (proof := _proof(graph, premise))] for clash in clashes]
    leaves = [
        dict.fromkeys(step.statement for proof in premises for step in proof.steps() if step.rule == ASSERTED)
        for premises in proofs
    ]
    found = graph.places(statement for statements in leaves for statement in statements)
    places = {statement: str(place) for statement, place in found.items()}
    report = [
        {
            "rule": clash.rule,
            "premises": [as_data(proof, origin=lambda s: {"place": places.get(s)}) for proof in premises],
            "asserted": [
                {"triple": [str(term) for term in statement], "place": places.get(statement)}
                for statement in statements
            ],
        }
        for clash, premises, statements in zip(clashes, proofs, leaves, strict=True)
    ]
    texts = []
    for clash, premises in zip(clashes, proofs, strict=True):
        lines = [f"inconsistent [{clash.rule}]"]
        for proof in premises:
            lines += [f"  {line}" for line in as_text(proof, name=short, place=places.get).splitlines()]
        texts.append("\n".join(lines) + "\n")
    return report, "\n".join(texts)
