"""Write what the graph or your files entail: the OWL 2 RL closure.

--check asks whether they are consistent, --entails whether they entail a file.

examples:
  wcograph infer -o inferred.ttl          what the graph entails
  wcograph infer --check my.ttl           its inconsistencies, with their causes
  wcograph infer my.ttl --entails b.ttl   what of b.ttl does not follow
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from itertools import chain
from typing import TYPE_CHECKING, Any

from pyoxigraph import NamedNode, Quad

from wcograph.cli._options import READING, Names, add, add_format, check_reading, reading, reports
from wcograph.exports.export import FORMATS, save, texts
from wcograph.layout import root
from wcograph.locations import PlacedGraph, built_in
from wcograph.toolbox.arguments import format_named, format_of_file
from wcograph.toolbox.errors import LimitError, UsageError
from wcograph.toolbox.output import open_output
from wcograph.toolbox.rdf.reading import find_files
from wcograph.toolbox.rdf.syntaxes import SPELLINGS, chosen, named
from wcograph.toolbox.rules.closure import closure
from wcograph.toolbox.rules.datatypes import RDF
from wcograph.toolbox.rules.proof import ASSERTED, Proof
from wcograph.toolbox.rules.proof_forms import as_data, written

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wcograph.toolbox.rules.clashes import Inconsistency

REPORT_FORMATS = ("text", "json")
_ALL = {**SPELLINGS, **reports(["text"])}
_PLACES = 6  # at most, in one line of a report
_CELLS = (NamedNode(RDF + "first"), NamedNode(RDF + "rest"))


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.usage = (
        "wcograph infer [FILE ...] [--check | --entails FILE] [-f FORMAT]\n                      [-o FILE]"
    )
    parser.add_argument("files", nargs="*", metavar="FILE", help="as --data; default: the graph")
    add(parser, "--data", *READING, "--with-asserted", "--trivial", "--check", "--entails")
    add_format(
        parser,
        FORMATS,
        "turtle",
        type=lambda name: name if name in REPORT_FORMATS else format_named(name, _ALL),
        choices=Names([*FORMATS, "text"]),
        help=f"write {', '.join(FORMATS)} (name, media type or file extension); default: by the extension of -o, "
        f"else turtle; with --check and --entails: {' or '.join(REPORT_FORMATS)}",
    )
    add(parser, "--output", "--timeout")


def run(args: argparse.Namespace) -> int:
    """Infer, check or ask for an entailment; return 1 if the answer is no."""
    if args.check and args.entails is not None:
        raise UsageError("--check and --entails do not go together")
    check_reading(args, args.files or args.data or args.entails, "files; name them")
    return (_check if args.check else _infer if args.entails is None else _entails)(args)


def _infer(args: argparse.Namespace) -> int:
    """Compute the closure, and write what is new."""
    named_by_ending = args.format is None and "." in os.path.basename(args.output or "")
    form = None if named_by_ending else named(args.format or "turtle").name
    chosen(form, args.output)  # an error before the work, not after it
    asserted = _graph(args).triples
    inferred = closure(asserted, trivial=args.trivial)
    triples = chain(asserted if args.with_asserted else (), inferred)
    save(texts((Quad(*triple) for triple in triples), form, args.output), args.output)
    if clashes := len(inferred.inconsistencies):
        count = "1 inconsistency" if clashes == 1 else f"{clashes:,} inconsistencies"
        told = f"the graph has {count}; 'wcograph infer --check' names them"
        print(f"wcograph: warning: {told}", file=sys.stderr)
    return 0


def _graph(args: argparse.Namespace) -> PlacedGraph:
    """Read the files, or by default the graph."""
    files = [*args.files, *(args.data or ())]
    return PlacedGraph(find_files(files, **reading(args))) if files else built_in(root())


def _check(args: argparse.Namespace) -> int:
    """Write the inconsistencies, and where their causes are."""
    form = _report_format(args, "--check")
    graph = _graph(args)
    clashes = closure(graph.quads()).inconsistencies
    report = _described(graph, clashes) if clashes else []
    text = "".join(f"{entry['message']} [{entry['rule']}]\n" for entry in report)
    data = {"consistent": not report, "inconsistencies": report}
    return _reported(args, form, text, data, "consistent under the rules of OWL 2 RL")


def _reported(args: argparse.Namespace, form: str, text: str, data: dict[str, Any], fine: str) -> int:
    """Write a report, as ``text`` or as ``data``; return 1 unless it is empty, which ``fine`` says."""
    if form == "json":
        report = json.dumps(data, indent=2, ensure_ascii=False) + "\n"
    with open_output(args.output) as stream:
        stream.write((report if form == "json" else text).encode("utf-8", "backslashreplace"))
    if not text:
        print(fine, file=sys.stderr)
    return int(bool(text))


def _report_format(args: argparse.Namespace, option: str) -> str:
    formats = reports(REPORT_FORMATS)
    form = format_named(args.format, formats) if args.format else format_of_file(args.output, formats, "text")
    if args.with_asserted or args.trivial:
        raise UsageError(f"{option} writes a report; leave --with-asserted and --trivial out")
    return form


def _entails(args: argparse.Namespace) -> int:
    """Write what of another graph is not entailed."""
    from wcograph.toolbox.rules.entailment import not_entailed

    form = _report_format(args, "--entails")
    conclusion = PlacedGraph(find_files([args.entails], **reading(args))).quads()
    failed = not_entailed(_graph(args).quads(), conclusion)
    missing = [[*map(written, triple)] for triple in failed]
    text = "".join(f"not entailed: {' '.join(terms)}\n" for terms in missing)
    return _reported(args, form, text, {"entailed": not failed, "not_entailed": missing}, "entailed")


def _described(graph: PlacedGraph, clashes: Iterable[Inconsistency]) -> list[dict[str, Any]]:
    """Return the inconsistencies as plain data, each with its message and the places of what is asserted."""
    from wcograph.toolbox.rules.words import Names, in_words

    names = Names(graph.quads(), graph.prefixes)
    proofs = list(_proofs(graph, clashes))
    leaves = [
        dict.fromkeys(step.statement for proof in premises for step in proof.steps() if step.rule == ASSERTED)
        for _, premises in proofs
    ]
    found = graph.places(statement for statements in leaves for statement in statements)
    places = {statement: str(place) for statement, place in found.items()}
    report = []
    for (clash, premises), statements in zip(proofs, leaves, strict=True):
        said = (s for s in statements if s in places and s[1] not in _CELLS)
        where = list(dict.fromkeys(places[statement] for statement in said))
        more = f" and {len(where) - _PLACES} more" if len(where) > _PLACES else ""
        told = f" ({', '.join(where[:_PLACES])}{more})" if where else ""
        entry: dict[str, Any] = {"rule": clash.rule, "message": in_words(clash, names) + told}
        entry["premises"] = [as_data(proof, lambda s: {"place": places.get(s)}) for proof in premises]
        entry["asserted"] = [{"triple": [*map(written, s)], "place": places.get(s)} for s in statements]
        report.append(entry)
    return report


def _proofs(
    graph: PlacedGraph, clashes: Iterable[Inconsistency]
) -> Iterator[tuple[Inconsistency, list[Proof]]]:
    """Yield clashes with proofs of their premises; after a proof that takes too long, without."""
    limit: LimitError | None = None
    for clash in clashes:
        proofs = []
        for premise in clash.premises:
            s, p, o = premise
            proof = None
            if limit is None:
                try:
                    proof = graph.prover.prove(premise)
                except LimitError as error:
                    limit = error
            if proof is None:
                asserted = any(quad.predicate == p and quad.object == o for quad in graph.about(s))
                proof = Proof(premise, ASSERTED if asserted else f"follows; {limit}")
            proofs.append(proof)
        yield clash, proofs
