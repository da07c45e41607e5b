"""Check RDF files against SHACL shapes, and give the location of each finding.

-f and -o may be repeated, in pairs: each format goes to the file after it.

examples:
  wcograph validate                          the graph, all shapes and checks
  wcograph validate my.ttl                   your data, the shapes of the graph
  wcograph validate data/ --shapes shapes/   your data, your shapes
  wcograph validate --hs                     what 'wcograph import hs' keeps
  wcograph validate my.ttl -f text -f sarif -o findings.sarif
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from contextlib import ExitStack
from datetime import date

from wcograph.cli._options import READING, add, add_format, check_reading, reading, reports
from wcograph.toolbox.arguments import format_of_file
from wcograph.toolbox.errors import InputError, UsageError
from wcograph.toolbox.output import open_output

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

_FORMATS = ("text", "json", "sarif", "junit", "github", "turtle", "jsonld")


class _Format(argparse.Action):
    """Collects ``-f`` and ``-o`` as pairs, in their order."""

    def __call__(self, parser: Any, namespace: Any, value: Any, option: str | None = None) -> None:
        pairs = getattr(namespace, "outputs", None) or []
        part = 0 if option in ("-f", "--format") else 1
        if not pairs or pairs[-1][part] is not None:
            pairs.append([None, None])
        pairs[-1][part] = value
        namespace.outputs = pairs


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.usage = "wcograph validate [FILE ...] [--shapes FILE ...] [-f FORMAT] [-o FILE]"
    parser.add_argument("files", metavar="FILE", nargs="*", help="as --data; default: the graph itself")
    add(parser, "--data", *READING, "--hs", "--shapes", "--context")
    add_format(parser, _FORMATS, "text", action=_Format)
    add(parser, "--output", action=_Format)
    add(parser, "--fail-on", "--baseline", "--write-baseline", "--waivers", "--strict", "--verbose")
    add(parser, "--timeout")
    add(parser, "--engine", choices=("native", "pyshacl"), default="native")


def run(args: argparse.Namespace) -> int:
    """Validate and write the findings; return 1 if a new one reaches ``--fail-on``."""
    outputs = _outputs(getattr(args, "outputs", None) or [])
    files = [*args.files, *(args.data or ())]
    check_reading(args, files, "files; name them")
    _keep_apart(outputs, files, args)
    from wcograph.layout import PREFIXES, root
    from wcograph.toolbox.rdf.reading import find_files
    from wcograph.toolbox.shacl.acceptance import judge, read_baseline, read_waivers, write_baseline
    from wcograph.toolbox.shacl.formats import FORMATS, Outcome
    from wcograph.validation import built_in_files, check_files
    from wcograph.version import __version__

    known = read_baseline(args.baseline) if args.baseline else Counter[str]()
    waivers = read_waivers(args.waivers) if args.waivers else []
    files = find_files(files, **reading(args))
    if args.hs and files:
        raise UsageError("--hs checks the import alone; leave the files out")
    _progress("validating")
    with ExitStack() as stack:
        stack.callback(_progress, "")
        if args.hs:
            from wcograph.hs.imported import open_imported, turtle_of
            from wcograph.store import open_built

            built = open_imported(root(), open_built(root()))
            files = [turtle_of(built)]
            args.shapes, args.context = args.shapes or built_in_files(root())[1], "none"
        how = {"context": args.context, "engine": args.engine, "timeout": args.timeout}
        found = args.found = check_files(root(), files, args.shapes, **how)
    today = date.today()
    judged = judge(found.findings, known, waivers, today) if known or waivers else found.findings
    least = ("info", "warning", "violation", "none").index(args.fail_on)
    outcome = Outcome(
        judged=judged,
        validation=found.validation,
        rules=found.rules,
        failed=any(one.status == "new" and one.level >= least for one in judged),
        prefixes={**PREFIXES, **found.validation.prefixes},
        tool=("wcograph", __version__, "https://w3id.org/wcograph/"),
        stale=[str(waiver) for waiver in waivers if waiver.until < today],
        verbose=args.verbose,
    )
    outcome.failed = outcome.failed or (args.strict and bool(outcome.silent))
    for format, path in outputs:
        with open_output(path) as stream:
            stream.write(FORMATS[format](outcome))
    if args.write_baseline:
        with open_output(args.write_baseline) as stream:
            stream.write(write_baseline(found.findings))
    if problems := found.validation.problems:
        (file, line, column), message = problems[0]
        more = f" (and {len(problems) - 1} more, named in the report)" if len(problems) > 1 else ""
        raise InputError(f"ill-formed: {message}{more}", file=file, line=line, column=column)
    return 1 if outcome.failed and not args.write_baseline else 0


def _outputs(pairs: Sequence[Sequence[str | None]]) -> list[tuple[str, str | None]]:
    """Return formats and their files: one may go to standard output, each other one needs ``-o``."""
    formats = reports(_FORMATS)
    outputs = [(format or format_of_file(path, formats, "text"), path) for format, path in pairs]
    outputs = outputs or [("text", None)]
    places = ["-" if path is None or path == "-" else os.path.realpath(path) for _, path in outputs]
    if len(set(places)) < len(places):
        raise UsageError("two formats go to the same file; give each its own -o FILE")
    return outputs


def _keep_apart(
    outputs: Sequence[tuple[str, str | None]], files: Sequence[str], args: argparse.Namespace
) -> None:
    """Raise UsageError if a file is written twice, or written and read."""
    written = [path for _, path in outputs if path not in (None, "-")]
    if args.write_baseline:
        if os.path.realpath(args.write_baseline) in map(os.path.realpath, filter(None, written)):
            raise UsageError("the findings and the baseline go to the same file; give each its own")
        written.append(args.write_baseline)
    read = {os.path.realpath(name) for name in (*files, *args.shapes, args.waivers) if name}
    for path in filter(None, written):
        if os.path.realpath(path) in read and os.path.isfile(path):
            raise UsageError(f"{path} is an input; write to another file")


def _progress(doing: str) -> None:
    """Show on a terminal what is being done, on a line that is erased later."""
    if sys.stderr.isatty():
        print(f"\r\033[K{doing}{' ...' if doing else ''}", end="", file=sys.stderr, flush=True)
