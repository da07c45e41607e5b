"""Compare two datasets: files, directories, or releases of the graph.

A directory with the layout of wcograph's graph is read as such (without its
shapes), any other as all RDF files in it. --rev names a revision in git; alone,
it is compared with the graph here. If one side has no named graphs, triples are
compared, whatever their graphs.

examples:
  wcograph diff old.ttl new.ttl          removed and added triples
  wcograph diff --rev v1.0 -f markdown   a change note since v1.0
  wcograph diff --rev v1.0 --rev v1.1 -f sparql
                                         the update from v1.0 to v1.1
  wcograph diff a.nq b.nq -o change.nq   change.removed.nq and change.added.nq
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import subprocess
import tarfile
import tempfile
from typing import Any

from wcograph import layout
from wcograph.cli._options import READING, add, add_format, reading, reports
from wcograph.derive import of_roles
from wcograph.toolbox.arguments import format_of_file
from wcograph.toolbox.diff import changes
from wcograph.toolbox.diff.difference import Difference, difference
from wcograph.toolbox.diff.update import sparql_update
from wcograph.toolbox.errors import InputError, UsageError, log_text, visible
from wcograph.toolbox.output import open_output
from wcograph.toolbox.rdf.canonical import SECONDS
from wcograph.toolbox.rdf.content import Content, read

FORMATS = ("text", "markdown", "nq", "sparql")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.usage = "wcograph diff [A] [B] [--rev GITREV ...] [-f FORMAT] [-o FILE]"
    compared = "what to compare: a file, a directory, or - (standard input); one alone is compared with the graph here"
    parser.add_argument("paths", nargs="*", metavar="FILE", help=compared)
    add(parser, "--rev")
    add_format(parser, FORMATS, "text")
    add(parser, "--output", *READING, "--quiet", "--timeout")


def run(args: argparse.Namespace) -> int:
    """Compare; return 1 if anything differs."""
    given = [("rev", rev) for rev in args.rev] + [("path", path) for path in args.paths]
    if not 1 <= len(given) <= 2:
        raise UsageError(f"name two datasets to compare, or one and --rev, not {len(given)}")
    args.format = args.format or format_of_file(args.output, reports(FORMATS), "text")
    if args.format == "nq" and not args.quiet and args.output in (None, "-"):
        raise UsageError("-f nq writes two files; name them with -o, such as -o change.nq")
    names = [f"revision {name}" if kind == "rev" else name for kind, name in given]
    how = reading(args)
    contents = [_at_revision(name) if kind == "rev" else _at_path(name, how) for kind, name in given]
    if len(given) == 1:
        contents.append(_graph(layout.root()))
        names.append("the graph here")
    if not all(any(str(quad.graph_name) != "DEFAULT" for quad in one.quads) for one in contents):
        contents = [content.union() for content in contents]
    found = difference(contents[0].quads, contents[1].quads, seconds=args.timeout or SECONDS)
    if not args.quiet:
        prefixes = {**contents[0].prefixes, **contents[1].prefixes}
        _write(args, found, layout.PROFILE.with_prefixes(prefixes), names)
    return int(not found.same)


def _write(args: argparse.Namespace, found: Difference, prefixes: dict[str, str], names: list[str]) -> None:
    if args.format == "nq":
        if args.output.endswith("/") or os.path.isdir(args.output):
            raise InputError("is the name of a directory; name a file to write to", file=args.output)
        packed = ".gz" if args.output.endswith(".gz") else ""
        stem = args.output.removesuffix(".gz").removesuffix(".nq")
        removed, added = f"{stem}.removed.nq{packed}", f"{stem}.added.nq{packed}"
        with open_output(removed) as first, open_output(added) as second:
            first.write(changes.nquads(found.removed).encode())
            second.write(changes.nquads(found.added).encode())
            # The file that is put in place last is removed first: if both exist, they belong together.
            if os.path.isfile(removed):
                os.remove(os.path.realpath(removed))
        return
    if args.format == "sparql":
        text = sparql_update(found)
    else:
        write = changes.markdown if args.format == "markdown" else changes.text
        text = log_text(write(found, prefixes, *map(visible, names)))
    with open_output(args.output) as stream:
        stream.write(text.encode("utf-8", "backslashreplace"))


def _graph(folder: str) -> Content:
    return Content(list(of_roles(folder)))


def _at_path(path: str, how: dict[str, Any]) -> Content:
    return _graph(path) if os.path.isdir(os.path.join(path, "ontology")) else read([path], **how)


def _at_revision(revision: str) -> Content:
    """Return the graph of the checkout at a git revision."""
    root = layout.root()
    commit = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if commit is None:
        raise UsageError(f"there is no revision {revision!r} in {root}, or it is not a git checkout")
    name = commit.decode().strip()
    here = (_git(root, "ls-tree", "--name-only", name, "ontology", "data", "queries") or b"").decode().split()
    archive = _git(root, "archive", "--format=tar", name, *here) if here else None
    if archive is None:
        raise InputError("has no graph (no ontology/)", file=f"revision {revision}")
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            tar.extractall(folder, filter="data")
        try:
            return _graph(folder)
        except InputError as error:
            raise InputError(str(error).replace(folder, f"revision {revision}")) from error


def _git(root: str, *arguments: str) -> bytes | None:
    """Return the output of git, or None if it fails."""
    if shutil.which("git") is None:
        raise UsageError("--rev needs git, which is not installed")
    done = subprocess.run(["git", "-C", root, *arguments], capture_output=True)
    return done.stdout if done.returncode == 0 else None
