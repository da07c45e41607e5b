"""Check RDF files against SHACL shapes, fast, and say where each finding is.

examples:
  wcograph validate                                                  the graph itself, with all its shapes and checks
  wcograph validate data/ --shapes shapes/ --context none            your data, your shapes
  wcograph validate my.ttl                                           your data against the WCO shapes
  wcograph validate data/ --shapes shapes/ -f text -f sarif -o findings.sarif
"""

from __future__ import annotations

import argparse
import os
import sys

from wcograph.errors import UsageError
from wcograph.output import open_output

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from pyoxigraph import Quad

    from wcograph.shacl.acceptance import Judged
    from wcograph.shacl.files import Source
    from wcograph.shacl.findings import Finding
    from wcograph.shacl.validate import Validation

_FORMATS = ("text", "json", "sarif", "junit", "github", "turtle", "json-ld")
_LEVELS = ("violation", "warning", "info")


class _Format(argparse.Action):
    """Collects ``-f`` and ``-o`` as pairs, in the order in which they stand."""

    def __call__(self, parser: Any, namespace: Any, value: Any, option: str | None = None) -> None:
        pairs = getattr(namespace, "outputs", None) or []
        if option in ("-f", "--format"):
            if pairs and pairs[-1][0] is None:
                pairs[-1][0] = value
            else:
                pairs.append([value, None])
        elif pairs and pairs[-1][1] is None:
            pairs[-1][1] = value
        else:
            pairs.append([None, value])
        namespace.outputs = pairs


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add = parser.add_argument
    add("files", metavar="FILE", nargs="*", help="RDF files, and directories of them; none: the graph itself")
    add(
        "--shapes",
        metavar="FILE",
        action="append",
        default=[],
        help="shapes: RDF files and directories; repeats",
    )
    add(
        "--context",
        choices=("graph", "none"),
        default=None,
        help="read the files together with the graph, or alone",
    )
    add(
        "-f",
        "--format",
        action=_Format,
        choices=_FORMATS,
        help="text (the default) or another; repeats, see -o",
    )
    add("-o", "--output", action=_Format, metavar="FILE", help="write the format before it into this file")
    add(
        "--fail-on",
        choices=_LEVELS,
        default="violation",
        help="the least severity that gives status 1 (violation)",
    )
    add("--baseline", metavar="FILE", help="findings that are known, and pass")
    add("--write-baseline", metavar="FILE", help="write the findings of this run as a baseline, and pass")
    add("--waivers", metavar="FILE", help="findings that are accepted until a date (TOML)")
    add(
        "--engine", choices=("screen", "pyshacl"), default="screen", help="pyshacl: the reference alone, slow"
    )


def run(args: argparse.Namespace) -> int:
    """Validate and write the findings; 1 where a new one reaches ``--fail-on``."""
    outputs = _outputs(getattr(args, "outputs", None) or [])
    from wcograph.layout import root
    from wcograph.shacl.files import find_files, read, union
    from wcograph.shacl.formats import FORMATS, Outcome
    from wcograph.shacl.shapes import ShapesGraph
    from wcograph.shacl.validate import shape_names, validate

    accept = _acceptance(args.baseline, args.waivers)
    context: Sequence[Quad] = ()
    if args.files:
        names, shape_files = find_files(args.files), find_files(args.shapes)
        own = args.context == "graph" or (args.context is None and not args.shapes)
        _progress("reading")
        shapes = [read(name) for name in shape_files]
        data = [read(name) for name in names]
        if own:
            context, built_in_shapes = built_in()
            shapes += built_in_shapes if not args.shapes else []
        elif not shapes:
            raise UsageError("--context none leaves no shapes; name some with --shapes")
    else:
        if args.context == "none":
            raise UsageError("--context none needs files to validate")
        data, shapes = built_in_files([*args.shapes])
    _progress("validating")
    found = validate(data, shapes, context=context, engine=args.engine)
    graph = ShapesGraph(union(shapes))
    findings, report, rules = _findings(found, graph, data), found.triples(), shape_names(graph)
    if not args.files:
        from wcograph import checks

        asked, rows = checks.check_sources(root(), data)
        findings += checks.findings(rows, data)
        report, rules = checks.results(rows, report), [*rules, *(str(check.iri) for check in asked)]
    _progress("")
    judged, stale = accept(findings)
    least = _LEVELS[::-1].index(args.fail_on)
    failed = any(one.status == "new" and one.finding.level >= least for one in judged)
    outcome = Outcome(
        judged=judged,
        shapes=rules,
        unused=[str(node) for node in found.unused],
        files=[source.name for source in data],
        failed=failed,
        prefixes={prefix: name for source in (*shapes, *data) for prefix, name in source.prefixes.items()},
        report=report,
        stale=stale,
    )
    for format, path in outputs:
        with open_output(path) as stream:
            stream.write(FORMATS[format](outcome))
    if args.write_baseline:
        from wcograph.shacl.acceptance import write_baseline

        with open_output(args.write_baseline) as stream:
            stream.write(write_baseline(findings))
        return 0
    return 1 if failed else 0


def built_in() -> tuple[Sequence[Quad], list[Source]]:
    """Give the graph that users' files are read together with, and its shapes."""
    from wcograph.shacl.files import union

    data, shapes = built_in_files([])
    return list(union(data)), shapes


def built_in_files(more_shapes: Sequence[str]) -> tuple[list[Source], list[Source]]:
    """Give the files of the graph itself (what is asserted and derived) and its shapes, and those named besides."""
    from wcograph.layout import rdf_files, root
    from wcograph.shacl.files import find_files, read

    folder = root()
    files = rdf_files(folder)
    near = os.path.relpath(folder)
    shown = folder if near.startswith("..") else near

    def sources(paths: Sequence[str]) -> list[Source]:
        return [read(os.path.normpath(os.path.join(shown, path))) for path in paths]

    shapes = sources(files.pop("shapes"))
    data = sources([path for paths in files.values() for path in paths])
    return data, shapes + [read(name) for name in find_files(more_shapes)]


def _acceptance(
    baseline: str | None, waivers: str | None
) -> Callable[[list[Finding]], tuple[list[Judged], list[str]]]:
    """Read what is accepted, and give the function that judges findings by it and lists waivers out of date."""
    if baseline is None and waivers is None:

        def all_new(findings: list[Finding]) -> tuple[list[Judged], list[str]]:
            if not findings:
                return [], []
            from wcograph.shacl.acceptance import Judged

            return [Judged(finding) for finding in findings], []

        return all_new
    from collections import Counter
    from datetime import date

    from wcograph.shacl.acceptance import judge, read_baseline, read_waivers

    known = read_baseline(baseline) if baseline else Counter[str]()
    accepted = read_waivers(waivers) if waivers else []
    today = date.today()

    def judged(findings: list[Finding]) -> tuple[list[Judged], list[str]]:
        return judge(findings, known, accepted, today), [str(w) for w in accepted if w.until < today]

    return judged


def _findings(found: Validation, graph: Any, data: Sequence[Source]) -> list[Finding]:
    if found.report is None or found.data is None:
        return []
    from pyoxigraph import Quad

    from wcograph.shacl.findings import read_findings
    from wcograph.shacl.shapes import ShapesGraph

    report = ShapesGraph(Quad(t.subject, t.predicate, t.object) for t in found.triples())
    return read_findings(report, found.data, graph, data)


def _outputs(pairs: Sequence[Sequence[str | None]]) -> list[tuple[str, str | None]]:
    """Pair formats with files: one format may go to standard output, each other one needs ``-o``."""
    outputs = [(format or "text", path) for format, path in pairs] or [("text", None)]
    places = ["-" if path is None or path == "-" else os.path.realpath(path) for _, path in outputs]
    if len(set(places)) < len(places):
        raise UsageError("two formats go to the same place; give each its -o FILE")
    return outputs


def _progress(doing: str) -> None:
    """Say on a terminal, on a line that goes again, what is being done."""
    if sys.stderr.isatty():
        print(f"\r\033[K{doing}{' ...' if doing else ''}", end="", file=sys.stderr, flush=True)
