"""Write RDF: the graph, what a CONSTRUCT query makes of it, or your own files in another syntax.

The same graph gives the same bytes, literals stay as they were written, Turtle and TriG come in the form in
which people read them. A file is replaced when all is written.

examples:
  wcograph export -o wco.ttl                             the syntax by the ending; .gz compresses
  wcograph export -f nq --graph claims sources           two named graphs
  wcograph export -f turtle12 --graph claims             RDF 1.2: claims as reifiers
  wcograph export --query members -f jsonld              what a CONSTRUCT query makes (a name or a file)
  wcograph export --data a.rdf b.jsonld -o all.ttl       convert and merge files
  wcograph export -o wco.ttl -o wco.nq.gz --manifest manifest.json
  wcograph export --verify manifest.json
"""

from __future__ import annotations

import argparse
import json
import os
import sys

from wcograph import layout
from wcograph.cli import seconds
from wcograph.errors import InputError, UsageError
from wcograph.graph import load
from wcograph.publishing.export import FORMATS, of_data, of_query, of_roles, prepared, save, text
from wcograph.rdf.canonical import SECONDS
from wcograph.rdf.syntaxes import chosen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wcograph.rdf.content import Content


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.usage = (
        "wcograph export [-f FORMAT] [-o FILE ...] [--graph ROLE ... | --query NAME|FILE | --data FILE ...]"
    )
    parser.add_argument(
        "-f",
        "--format",
        metavar="FORMAT",
        help=f"one of {', '.join(FORMATS)}, a media type or a file ending; default: by the ending of -o, else trig",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        action="append",
        help="write to FILE (several: the same in several syntaxes), replaced when all is written; .gz compresses",
    )
    what = parser.add_argument_group("what is written (default: the graphs of all roles but inferred)")
    what.add_argument(
        "--graph",
        action="extend",
        nargs="+",
        metavar="ROLE",
        help=f"only these graphs: {', '.join(layout.ROLES)}",
    )
    what.add_argument(
        "--no-inferred",
        action="store_true",
        help="leave out what is inferred, as is done unless --graph asks; --query does not see it either",
    )
    what.add_argument("--query", metavar="NAME|FILE", help="what this CONSTRUCT or DESCRIBE query makes")
    what.add_argument(
        "--param", action="append", default=[], metavar="NAME=VALUE", help="a parameter of a stored --query"
    )
    what.add_argument(
        "--data", action="extend", nargs="+", metavar="FILE", help="these files; - is standard input"
    )
    what.add_argument("--from", dest="source_format", metavar="FORMAT", help="the syntax of --data, where no "
                      "ending says it")  # fmt: skip
    what.add_argument(
        "--base", metavar="IRI", help="what relative IRIs in --data resolve to (default: its file)"
    )
    what.add_argument("--context", action="store_true", help="the JSON-LD context, made from the ontology")
    what.add_argument(
        "--describe",
        metavar="FILE",
        help="a description of the dataset (VoID, DCAT 3, PROF) into FILE; - prints it",
    )
    how = parser.add_argument_group("more")
    how.add_argument("--frame", metavar="FILE", help="a JSON-LD frame that shapes the output (needs PyLD)")
    how.add_argument(
        "--manifest", metavar="FILE", help="write sizes, counts and hashes of the outputs to FILE"
    )
    how.add_argument(
        "--verify", metavar="MANIFEST", help="check files against a manifest; 1 where one differs"
    )
    how.add_argument("--no-cache", action="store_true", help="build the graph for --query in memory")
    how.add_argument(
        "--timeout",
        type=seconds,
        default=SECONDS,
        metavar="SECONDS",
        help="give up naming blank nodes that are too much alike (default: %(default)g)",
    )


def run(args: argparse.Namespace) -> int:
    """Write the outputs."""
    _check(args)
    if args.verify:
        return _verify(args)
    if args.context:
        return _context(args)
    outputs: list[str | None] = args.output or ([None] if not args.describe or args.format else [])
    syntaxes = [chosen(args.format, path) for path in outputs]
    if args.frame and any(syntax.name != "jsonld" for syntax in syntaxes):
        raise UsageError("--frame is for JSON-LD; add -f jsonld")
    frame = _frame(args.frame) if args.frame else None
    contents: dict[str, Content] = {}
    entries = []
    folder = os.path.dirname(args.manifest) if args.manifest else ""
    for path, syntax in zip(outputs, syntaxes, strict=True):
        if args.data and not args.query and not args.manifest and syntax.name in ("nt", "nq"):
            from wcograph.rdf.content import sorted_lines

            found = sorted_lines(
                args.data,
                format=args.source_format,
                base=args.base,
                union=not syntax.datasets,
                seconds=args.timeout,
            )
            if found is not None:
                save(found, path)
                continue
        if syntax.version not in contents:
            contents[syntax.version] = _content(args, syntax.name)
        content = prepared(contents[syntax.version], syntax, seconds=args.timeout)
        save(list(text(content, syntax, frame, args.frame or "")), path)
        if (args.manifest or args.describe) and path not in (None, "-"):
            from wcograph.publishing.manifest import entry

            entries.append(entry(str(path), syntax, content, folder))
    if args.manifest:
        from wcograph.publishing.manifest import dumped

        save([dumped(entries)], args.manifest)
    if args.describe:
        from wcograph.publishing.describe import description

        described = prepared(description(layout.root(), entries), chosen("turtle", None))
        target = chosen(None, args.describe if args.describe != "-" else "dataset.ttl")
        save(list(text(described, target)), args.describe)
    return 0


def _check(args: argparse.Namespace) -> None:
    """Refuse options that do not go together."""
    if args.no_inferred and "inferred" in (args.graph or ()):
        raise UsageError("--no-inferred and --graph inferred do not go together")
    chosen_sources = [name for name in ("graph", "query", "data") if getattr(args, name)]
    if (len(chosen_sources) == 2 and chosen_sources != ["query", "data"]) or len(chosen_sources) == 3:
        raise UsageError(f"--{chosen_sources[0]} and --{chosen_sources[1]} do not go together")
    if args.param and (not args.query or args.data):
        raise UsageError("--param is for a stored --query")
    if (args.source_format or args.base) and not args.data:
        raise UsageError("--from and --base are for --data")
    if args.base:
        _check_base(args.base)
    if args.describe and chosen_sources:
        raise UsageError(f"--describe is for the whole graph, not for --{chosen_sources[0]}")
    outputs = args.output or []
    if len(outputs) > 1 and args.format:
        raise UsageError("several outputs have the syntaxes that their endings say; leave -f out")
    written = [*outputs, *(path for path in (args.manifest, args.describe) if path)]
    if len({os.path.realpath(path) if path != "-" else path for path in written}) < len(written):
        raise UsageError("two outputs are the same file")
    if args.manifest and (not outputs or "-" in outputs):
        raise UsageError("--manifest describes files; name them with -o")
    others = chosen_sources or args.format or args.manifest or args.describe or args.frame
    if args.verify and (outputs or others or args.context):
        raise UsageError("--verify stands alone")
    if args.context and others:
        raise UsageError("--context goes with -o only")


def _check_base(base: str) -> None:
    from pyoxigraph import RdfFormat, parse

    try:
        parse(b"", RdfFormat.TURTLE, base_iri=base)
    except ValueError as error:
        raise UsageError(f"--base is an absolute IRI, and {base!r} is none ({error})") from error


def _content(args: argparse.Namespace, format: str) -> Content:
    if args.data:
        from wcograph.rdf.content import read

        content = read(args.data, format=args.source_format, base=args.base)
        return of_data(content, args.query) if args.query else content
    if args.query:
        given: dict[str, str | list[str]] = {}
        for parameter in args.param:
            name, equals, value = parameter.partition("=")
            if not equals:
                raise UsageError(f"--param {parameter!r} has no value; write NAME=VALUE")
            before = given.get(name, [])
            given[name] = [*before, value]
        return of_query(
            load(inferred=not args.no_inferred, use_cache=not args.no_cache),
            args.query,
            format,
            parameters=given,
        )
    return of_roles(layout.root(), args.graph, format)


def _frame(path: str) -> dict[str, object]:
    try:
        with open(path, encoding="utf-8") as stream:
            frame = json.load(stream)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=path) from error
    except json.JSONDecodeError as error:
        raise InputError(error.msg, file=path, line=error.lineno, column=error.colno) from error
    except ValueError as error:
        raise InputError(f"is not UTF-8: {error}", file=path) from error
    except RecursionError as error:
        raise InputError("is nested too deep", file=path) from error
    if not isinstance(frame, dict):
        raise InputError("a frame is a JSON object", file=path)
    return frame


def _context(args: argparse.Namespace) -> int:
    from wcograph.dataset import of_roles as quads_of
    from wcograph.rdf.jsonld import context, dumped, published

    try:
        before = published()
    except InputError:  # there is none yet
        before = {}
    document = {"@context": context(quads_of(layout.root(), ["ontology"]), before)}
    for path in args.output or [None]:
        save(dumped(document), path)
    return 0


def _verify(args: argparse.Namespace) -> int:
    from wcograph.publishing.manifest import verified

    status = 0
    for name, fault in verified(args.verify, seconds=args.timeout):
        print(f"{name}: {fault or 'ok'}")
        status = status or int(fault is not None)
    sys.stdout.flush()
    return status
