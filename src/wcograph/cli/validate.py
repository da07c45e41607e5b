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

    from wcograph.shacl.acceptance import Judged
    from wcograph.shacl.findings import Finding

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
        choices=(*_LEVELS, "none"),
        default="violation",
        help="the least severity that gives status 1 (violation); none: no finding does",
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
    from wcograph.shacl.formats import FORMATS, Outcome
    from wcograph.shacl.result import check_files
    from wcograph.shacl.validate import Loading

    _keep_apart(outputs, args)
    accept = _acceptance(args.baseline, args.waivers)
    _progress("validating")
    loading = args.loading = Loading()
    try:
        found = args.found = check_files(
            root(), args.files, args.shapes, context=args.context, engine=args.engine, loading=loading
        )
    finally:
        _progress("")
    findings = list(found.findings)
    judged, stale = accept(findings)
    least = ("info", "warning", "violation", "none").index(args.fail_on)
    failed = any(one.status == "new" and one.finding.level >= least for one in judged)
    outcome = Outcome(
        judged=judged,
        shapes=found.rules,
        unused=found.unused,
        files=[source.name for source in found.data],
        failed=failed,
        prefixes={p: name for source in (*found.shapes, *found.data) for p, name in source.prefixes.items()},
        report=found.triples,
        stale=stale,
        unchecked=found.unchecked,
        ignored=found.ignored,
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


def _outputs(pairs: Sequence[Sequence[str | None]]) -> list[tuple[str, str | None]]:
    """Pair formats with files: one format may go to standard output, each other one needs ``-o``."""
    outputs = [(format or "text", path) for format, path in pairs] or [("text", None)]
    places = ["-" if path is None or path == "-" else os.path.realpath(path) for _, path in outputs]
    if len(set(places)) < len(places):
        raise UsageError("two formats go to the same place; give each its -o FILE")
    return outputs


def _keep_apart(outputs: Sequence[tuple[str, str | None]], args: argparse.Namespace) -> None:
    """Raise UsageError where a file is written twice, or is one that is read."""
    written = [path for _, path in outputs if path not in (None, "-")]
    if args.write_baseline:
        if os.path.realpath(args.write_baseline) in map(os.path.realpath, filter(None, written)):
            raise UsageError("the findings and the baseline go to the same place; give each its file")
        written.append(args.write_baseline)
    read = {os.path.realpath(name) for name in (*args.files, *args.shapes, args.waivers) if name}
    for path in filter(None, written):
        if os.path.realpath(path) in read and os.path.isfile(path):
            raise UsageError(f"{path} is read in this run; write to another file")


def _progress(doing: str) -> None:
    """Say on a terminal, on a line that goes again, what is being done."""
    if sys.stderr.isatty():
        print(f"\r\033[K{doing}{' ...' if doing else ''}", end="", file=sys.stderr, flush=True)
