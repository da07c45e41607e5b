"""Format Turtle and TriG in the house style; sort N-Triples and N-Quads.

Only order, layout, the prefix block and blank lines change. Terms and comments
stay as written, and the graph is compared before a file is replaced. Of a
directory, *.ttl, *.turtle, *.trig, *.nt and *.nq are formatted, also as .gz;
hidden directories and symbolic links are skipped.

examples:
  wcograph fmt                      format the files of the graph
  wcograph fmt --check --diff data  change nothing, show what would change
  wcograph fmt - < a.ttl > b.ttl    from standard input to standard output
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from typing import TYPE_CHECKING

from wcograph.cli._options import add
from wcograph.layout import PROFILE, root
from wcograph.toolbox.errors import InputError, UsageError, WcographError, log_text, one_line, visible
from wcograph.toolbox.output import open_output, read_standard_input
from wcograph.toolbox.rdf.canonical import SECONDS
from wcograph.toolbox.rdf.files import Named, check_file, raw
from wcograph.toolbox.rdf.fmt import BASE, check_same_graph, format_document
from wcograph.toolbox.rdf.reading import expanded
from wcograph.toolbox.rdf.syntaxes import SYNTAXES as NAMED
from wcograph.toolbox.rdf.syntaxes import extension_of
from wcograph.toolbox.rdf.turtle import SYNTAXES, decode_document, syntax_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_SYNTAX = {one.name: one.rdf_format for one in NAMED if one.rdf_format in SYNTAXES.values()}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``wcograph fmt``."""
    parser.usage = "wcograph fmt [FILE ...] [--check] [--diff] [--from FORMAT]"
    taken = (
        "files, directories, globs, or - (standard input); default: the ontology and the data of the graph"
    )
    parser.add_argument("paths", nargs="*", metavar="FILE", help=taken)
    add(parser, "--check", "--diff", "--from", "--stdin-filename", "--timeout")


def run(args: argparse.Namespace) -> int:
    """Format the files; if one fails, format the others all the same."""
    if args.stdin_filename and "-" not in args.paths:
        raise UsageError("--stdin-filename is for standard input; name it with -")
    paths = _files(args.paths or [os.path.join(root(), name) for name in ("ontology", "data")])
    changed, failures = [], []
    for path in paths:
        try:
            changed.append(_format(path, args))
        except WcographError as error:
            if len(paths) == 1:
                raise
            print(f"wcograph: {one_line(str(error))}", file=sys.stderr)
            failures.append(error.exit_status)
    if paths != ["-"]:
        did = "would be reformatted" if args.check or args.diff else "reformatted"
        counts = f"{_count(sum(changed))} {did}, {_count(changed.count(False))} left unchanged"
        print(f"{counts}, {_count(len(failures))} with errors" if failures else counts, file=sys.stderr)
    return max(*failures, int(args.check and any(changed)), 0)


def _files(paths: list[str]) -> list[str]:
    """Return the files, and those in directories and globs, each once."""
    found: dict[str, str] = {}
    for path in expanded(paths):
        for file in _files_in(path) if os.path.isdir(path) else [path]:
            found.setdefault("-" if file == "-" else os.path.realpath(file), file)
    return list(found.values())


def _files_in(directory: str) -> Iterator[str]:
    for folder, folders, files in os.walk(directory, onerror=_raise):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            file = os.path.join(folder, name)
            if extension_of(name) in SYNTAXES and os.path.isfile(file) and not os.path.islink(file):
                yield file


def _raise(error: OSError) -> None:
    raise InputError(f"cannot be read: {error.strerror}", file=os.fsdecode(error.filename)) from error


def _format(path: str, args: argparse.Namespace) -> bool:
    """Format one file, or standard input, as ``args`` say; return whether that changes it."""
    name = args.stdin_filename or "-" if path == "-" else path
    if path != "-":
        check_file(path)
    if args.source_format not in (None, *_SYNTAX):
        raise UsageError(f"fmt does not format {args.source_format} (syntaxes: {', '.join(_SYNTAX)})")
    named_syntax = args.source_format or ("turtle" if name == "-" else None)
    syntax = _SYNTAX[named_syntax] if named_syntax else syntax_of(name)
    data = _read(path)
    document = decode_document(data, file=name, syntax=syntax, base=BASE)
    text = format_document(document, PROFILE)
    formatted = text.encode()
    is_new = formatted != data
    if not (args.check or args.diff):
        if is_new:
            check_same_graph(document, text, seconds=args.timeout or SECONDS)
        if is_new or path == "-":
            _replace(path, data, formatted)
    elif is_new:
        result = _diff(data.decode(), text, name) if args.diff else f"{visible(name)}\n"
        with open_output(None) as stream:
            stream.write(log_text(result).encode())
    return is_new


def _read(path: str) -> bytes:
    return raw(Named(path, data=read_standard_input()) if path == "-" else path)


def _replace(path: str, before: bytes, after: bytes) -> None:
    """Replace a file by ``after`` if it still is ``before``."""
    if path != "-" and _read(path) != before:
        raise InputError("changed while it was being formatted; format it again", file=path)
    with open_output(path) as stream:
        stream.write(after)


def _diff(before: str, after: str, name: str) -> str:
    from difflib import unified_diff

    # Each line ends after LF only: ``str.splitlines`` knows more line ends than Turtle.
    old, new = (re.findall("[^\n]*\n|[^\n]+", text) for text in (before, after))
    lines = unified_diff(old, new, name, f"{name} (house form)")
    whole = (line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
    return "".join(whole)


def _count(number: int) -> str:
    return f"{number} file" if number == 1 else f"{number} files"
