"""Say what differs between two datasets: files, directories, or releases of the graph.

A directory that is laid out as wcograph's graph is read as that (shapes left out), any other as all RDF files
in it. --rev names a state of the checkout in git: alone it is compared with the graph as it is here. Where one
side has no named graphs, triples are compared, whatever their graphs.

examples:
  wcograph diff old.ttl new.ttl                        removed and added triples, by subject
  wcograph diff --rev v1.0 -f markdown                 what has changed since v1.0, as a change note
  wcograph diff --rev v1.0 --rev v1.1 -f sparql        the SPARQL update that brings v1.0 to v1.1
  wcograph diff a.nq b.nq -f nquads -o change.nq       change.removed.nq and change.added.nq
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import tarfile
import tempfile

from wcograph import dataset, layout
from wcograph.cli import seconds
from wcograph.errors import InputError, UsageError
from wcograph.output import open_output
from wcograph.publishing import changes
from wcograph.publishing.diff import Difference, difference
from wcograph.rdf.canonical import SECONDS
from wcograph.rdf.content import Content, read
from wcograph.rdf.reading import find_files

FORMATS = ("text", "markdown", "nquads", "sparql")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.usage = "wcograph diff [A] [B] [--rev GITREV ...] [-f FORMAT] [-o FILE]"
    parser.add_argument(
        "paths", nargs="*", metavar="FILE|DIR", help="what to compare; one is compared with the graph here"
    )
    parser.add_argument(
        "--rev",
        action="append",
        default=[],
        metavar="GITREV",
        help="the graph of the checkout at this revision",
    )
    parser.add_argument("-f", "--format", choices=FORMATS, default="text", help="default: text")
    parser.add_argument("-o", "--output", metavar="FILE", help="write to FILE, replaced when all is written")
    parser.add_argument("-q", "--quiet", action="store_true", help="write nothing, only give the status")
    parser.add_argument(
        "--timeout",
        type=seconds,
        default=SECONDS,
        metavar="SECONDS",
        help="give up telling blank nodes apart that are too much alike (default: %(default)g)",
    )


def run(args: argparse.Namespace) -> int:
    """Compare, and give status 1 where anything differs."""
    given = [("rev", rev) for rev in args.rev] + [("path", path) for path in args.paths]
    if not 1 <= len(given) <= 2:
        raise UsageError(f"name two datasets to compare, or one and --rev; {len(given)} are named")
    if args.format == "nquads" and not args.quiet and args.output in (None, "-"):
        raise UsageError("-f nquads writes two files; name them with -o, such as -o change.nq")
    names = [f"revision {name}" if kind == "rev" else name for kind, name in given]
    contents = [_at_revision(name) if kind == "rev" else _at_path(name) for kind, name in given]
    if len(given) == 1:
        contents.append(_graph(layout.root()))
        names.append("the graph here")
    if not all(_has_graphs(content) for content in contents):
        contents = [content.union() for content in contents]
    found = difference(contents[0].quads, contents[1].quads, seconds=args.timeout)
    if not args.quiet:
        _write(args, found, {**contents[0].prefixes, **contents[1].prefixes}, names)
    return int(not found.same)


def _write(args: argparse.Namespace, found: Difference, prefixes: dict[str, str], names: list[str]) -> None:
    if args.format == "nquads":
        if args.output.endswith("/") or os.path.isdir(args.output):
            raise InputError("is the name of a directory; name a file to write to", file=args.output)
        stem = args.output.removesuffix(".nq")
        for name, quads in (("removed", found.removed), ("added", found.added)):
            with open_output(f"{stem}.{name}.nq") as stream:
                stream.write(changes.nquads(quads).encode())
        return
    if args.format == "sparql":
        text = changes.sparql_update(found)
    else:
        write = changes.markdown if args.format == "markdown" else changes.text
        text = write(found, prefixes, names[0], names[1])
    with open_output(args.output) as stream:
        stream.write(text.encode("utf-8", "backslashreplace"))


def _has_graphs(content: Content) -> bool:
    return any(str(quad.graph_name) != "DEFAULT" for quad in content.quads)


def _graph(folder: str) -> Content:
    return Content(list(dataset.of_roles(folder)))


def _at_path(path: str) -> Content:
    if not os.path.isdir(path):
        return read([path])
    if os.path.isdir(os.path.join(path, "ontology")):
        return _graph(path)
    return read(find_files([path]))


def _at_revision(revision: str) -> Content:
    """Read the graph of the checkout as it was at a revision of git."""
    root = layout.root()
    commit = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if commit is None:
        raise UsageError(f"there is no revision {revision!r} in {root}, or it is no checkout of git")
    name = commit.decode().strip()
    here = (_git(root, "ls-tree", "--name-only", name, "ontology", "data") or b"").decode().split()
    archive = _git(root, "archive", "--format=tar", name, *here) if here else None
    if archive is None:
        raise InputError("holds no graph (no ontology/)", file=f"revision {revision}")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "graph.tar")
        with open(path, "wb") as stream:
            stream.write(archive)
        with tarfile.open(path) as tar:
            tar.extractall(os.path.join(folder, "graph"), filter="data")
        try:
            return _graph(os.path.join(folder, "graph"))
        except InputError as error:
            raise InputError(str(error).replace(f"{folder}/graph", f"revision {revision}")) from error


def _git(root: str, *arguments: str) -> bytes | None:
    """Run git and give its output, None where it fails."""
    if shutil.which("git") is None:
        raise UsageError("--rev needs git, which is not installed")
    done = subprocess.run(["git", "-C", root, *arguments], capture_output=True)
    return done.stdout if done.returncode == 0 else None
