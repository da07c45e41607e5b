"""Bring Turtle and TriG into the house form; N-Triples and N-Quads into sorted lines.

Only order, layout, the prefix block and blank lines change. The spelling of every term and every comment
stay, and the graph is compared before a file is replaced. Directories are searched for *.ttl, *.turtle,
*.trig, *.nt and *.nq; hidden ones, and symbolic links in them, are left out.

examples:
  wcograph fmt ontology data           bring all files there into the house form
  wcograph fmt --check --diff data     change nothing, show what would change, exit 1 if anything would
  wcograph fmt - < a.ttl > b.ttl       from standard input to standard output
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from wcograph.cli import seconds
from wcograph.errors import InputError, UsageError, WcographError, one_line
from wcograph.output import open_output, standard_input
from wcograph.rdf.canonical import SECONDS
from wcograph.rdf.files import check_file
from wcograph.rdf.fmt import check_same_graph, format_document
from wcograph.rdf.turtle import SYNTAXES, decode_document, syntax_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_SYNTAX = {extension.removeprefix("."): syntax for extension, syntax in SYNTAXES.items()}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``wcograph fmt``."""
    parser.add_argument("paths", nargs="+", metavar="FILE|DIR", help="what to format; - is standard input")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; name the files that would change and exit 1"
    )
    parser.add_argument("--diff", action="store_true", help="write nothing; show what would change")
    parser.add_argument(
        "-f", "--format", choices=_SYNTAX, help="the syntax, where the name of a file does not say it"
    )
    parser.add_argument(
        "--stdin-filename",
        metavar="NAME",
        help="the name that standard input has in messages, and its syntax",
    )
    parser.add_argument(
        "--timeout",
        type=seconds,
        default=SECONDS,
        metavar="SECONDS",
        help="give up comparing a file whose blank nodes are too much alike (default: %(default)g)",
    )


def run(args: argparse.Namespace) -> int:
    """Format the files that are named; one that fails does not keep the others from being formatted."""
    if args.stdin_filename and "-" not in args.paths:
        raise UsageError("--stdin-filename is for standard input; name it with -")
    paths = list(_files(args.paths))
    status = changed = unchanged = 0
    for path in paths:
        try:
            if _format(path, args):
                changed += 1
            else:
                unchanged += 1
        except WcographError as error:
            if len(paths) == 1:
                raise
            print(f"wcograph: {one_line(str(error))}", file=sys.stderr)
            status = max(status, error.exit_status)
    if paths != ["-"]:
        did = "would be reformatted" if args.check or args.diff else "reformatted"
        counts = f"{_count(changed)} {did}, {_count(unchanged)} left unchanged"
        failed = len(paths) - changed - unchanged
        print(f"{counts}, {_count(failed)} with errors" if failed else counts, file=sys.stderr)
    return max(status, int(args.check and changed > 0))


def _files(paths: list[str]) -> Iterator[str]:
    """Yield the files that are named and those in the directories that are named, each once."""
    seen = set()
    for path in paths:
        for file in _files_in(path) if os.path.isdir(path) else [path]:
            identity = "-" if file == "-" else os.path.realpath(file)
            if identity not in seen:
                seen.add(identity)
                yield file


def _files_in(directory: str) -> Iterator[str]:
    for folder, folders, files in os.walk(directory, onerror=_raise):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            file = os.path.join(folder, name)
            if (
                os.path.splitext(name)[1].lower() in SYNTAXES
                and os.path.isfile(file)
                and not os.path.islink(file)
            ):
                yield file


def _raise(error: OSError) -> None:
    raise InputError(f"cannot be read: {error.strerror}", file=os.fsdecode(error.filename)) from error


def _format(path: str, args: argparse.Namespace) -> bool:
    """Format one file, or standard input, as ``args`` say; tell whether its form is another now."""
    name = args.stdin_filename or "-" if path == "-" else path
    if path != "-":
        check_file(path)
    named_syntax = args.format or ("ttl" if name == "-" else None)
    syntax = _SYNTAX[named_syntax] if named_syntax else syntax_of(name)
    data = _read(path)
    document = decode_document(data, file=name, syntax=syntax)
    text = format_document(document)
    formatted = text.encode()
    if args.check or args.diff:
        if formatted != data:
            result = _diff(data.decode(), text, name) if args.diff else f"{name}\n"
            with open_output(None) as stream:
                stream.write(result.encode("utf-8", "surrogateescape"))
    elif formatted != data:
        check_same_graph(document, text, seconds=args.timeout)
        _replace(path, data, formatted)
    elif path == "-":
        _replace(path, data, formatted)
    return formatted != data


def _read(path: str) -> bytes:
    if path == "-":
        return standard_input().read()
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=path) from error


def _replace(path: str, before: bytes, after: bytes) -> None:
    """Put ``after`` in the place of a file that must still hold ``before``."""
    if path != "-" and _read(path) != before:
        raise InputError("was changed while it was being formatted; format it again", file=path)
    with open_output(path) as stream:
        stream.write(after)


def _diff(before: str, after: str, name: str) -> str:
    from difflib import unified_diff

    lines = unified_diff(_split(before), _split(after), name, f"{name} (house form)")
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


def _split(text: str) -> list[str]:
    """Split after each LF, and nowhere else: ``str.splitlines`` knows more line ends than Turtle."""
    lines = text.split("\n")
    return [line + "\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def _count(number: int) -> str:
    return f"{number} file" if number == 1 else f"{number} files"
