"""Write what follows from the graph, or from your files: the OWL 2 RL closure. --check: is it consistent?"""

from __future__ import annotations

import argparse
import json
import os
import sys
from itertools import chain
from typing import TYPE_CHECKING, Any

from pyoxigraph import NamedNode, Quad

from wcograph.errors import UsageError
from wcograph.export import FORMATS, format_of, write
from wcograph.layout import root
from wcograph.output import open_output
from wcograph.places import PlacedGraph, built_in
from wcograph.reasoning.closure import closure
from wcograph.reasoning.proof import ASSERTED, Prover, as_data, as_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pyoxigraph import Triple

    from wcograph.reasoning.closure import Inconsistency
    from wcograph.reasoning.proof import Statement, Term

REPORT_FORMATS = ("text", "json")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.usage = (
        "wcograph infer [FILE ...] [--with-asserted] [--trivial] [--engine fast|owlrl] [-f FORMAT] [-o FILE]\n"
        "       wcograph infer --check [FILE ...] [--engine fast|owlrl] [-f text|json] [-o FILE]"
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
        "-f",
        "--format",
        metavar="FORMAT",
        help=f"one of {', '.join(FORMATS)}; default: by the ending of the output, else turtle; "
        f"with --check: {' or '.join(REPORT_FORMATS)}",
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="write to FILE, replaced when all is written")


def run(args: argparse.Namespace) -> int:
    """Close the graph, and write what is new or what clashes."""
    if args.check:
        return _check(args)
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
    form = args.format or "text"
    if form not in REPORT_FORMATS:
        raise UsageError(f"--check writes {' or '.join(REPORT_FORMATS)}, not {form}")
    if args.with_asserted or args.trivial:
        raise UsageError("--check writes inconsistencies: --with-asserted and --trivial do not go with it")
    graph = _graph(args.files)
    if args.engine == "owlrl":
        from wcograph.reasoning.reference import reference_closure

        messages = reference_closure(graph.triples).messages
        report = [{"message": message} for message in messages]
        text = "".join(f"inconsistent: {message}\n" for message in messages)
    else:
        clashes = closure(graph.triples).inconsistencies
        prover = Prover(graph.triples) if clashes else None
        report = [_as_data(clash, prover, graph) for clash in clashes if prover]
        text = "\n".join(_as_text(clash, prover, graph) for clash in clashes if prover)
    if form == "json":
        text = json.dumps({"consistent": not report, "inconsistencies": report}, indent=2, ensure_ascii=False)
        text += "\n"
    with open_output(args.output) as stream:
        stream.write(text.encode())
    if not report:
        print("consistent under the rules of OWL 2 RL", file=sys.stderr)
    return 1 if report else 0


def _as_text(clash: Inconsistency, prover: Prover, graph: PlacedGraph) -> str:
    lines = [f"inconsistent [{clash.rule}]"]
    for premise in clash.premises:
        proof = prover.prove(premise)
        if proof:
            tree = as_text(proof, name=_name, place=lambda statement: _written(graph, statement))
            lines += [f"  {line}" for line in tree.splitlines()]
    return "\n".join(lines) + "\n"


def _as_data(clash: Inconsistency, prover: Prover, graph: PlacedGraph) -> dict[str, Any]:
    proofs = [prover.prove(premise) for premise in clash.premises]
    asserted = dict.fromkeys(
        step.statement for proof in proofs if proof for step in proof.steps() if step.rule == ASSERTED
    )
    return {
        "rule": clash.rule,
        "premises": [as_data(proof, place=lambda s: _written(graph, s)) for proof in proofs if proof],
        "asserted": [
            {"triple": [str(term) for term in statement], "place": _written(graph, statement)}
            for statement in asserted
        ],
    }


def _written(graph: PlacedGraph, statement: Statement) -> str | None:
    place = graph.place(statement)
    return str(place) if place else None


def _name(term: Term) -> str:
    from wcograph.parameters import compact

    if isinstance(term, NamedNode):
        short = compact(term.value)
        return str(term) if short == term.value else short
    return str(term)
