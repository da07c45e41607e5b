"""Write RDF: the graph, the result of a CONSTRUCT query, or your own files.

The same graph gives the same bytes. Literals stay as written. Turtle and TriG
are formatted for people. Files are replaced atomically.

examples:
  wcograph export -o wco.ttl                        syntax by file extension
  wcograph export -f nq --graph claims sources      two named graphs
  wcograph export -f turtle12 --graph claims        RDF 1.2: claims as reifiers
  wcograph export --query mine.rq -f jsonld         result of a CONSTRUCT query
  wcograph export --data a.rdf b.jsonld -o all.ttl  convert and merge files
  wcograph export --tables tables                   Parquet for DuckDB or Spark
  wcograph export -o wco.ttl -o wco.nq.gz --manifest manifest.json
  wcograph export --verify manifest.json            check the files
"""

from __future__ import annotations

import argparse
import json
import os
import sys

from wcograph import layout
from wcograph.cli._options import READING, add, add_format, check_reading, reading
from wcograph.derive import of_roles
from wcograph.exports import manifest
from wcograph.exports.context import current
from wcograph.exports.export import FORMATS, of_answer, of_quads, prepared, save, text
from wcograph.graph import ENGINES, load
from wcograph.store import derived
from wcograph.toolbox.errors import InputError, UsageError, log_line, one_line
from wcograph.toolbox.output import read_text
from wcograph.toolbox.rdf.canonical import SECONDS
from wcograph.toolbox.rdf.jsonld import dumped
from wcograph.toolbox.rdf.syntaxes import chosen, named

_LONGEST_FRAME = 2**24  # bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wcograph.graph import KnowledgeGraph
    from wcograph.toolbox.rdf.content import Content


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.usage = (
        "wcograph export [--graph ROLE ... | --query NAME | --data FILE ...]\n"
        "                       [-f FORMAT] [-o FILE ...]"
    )
    add_format(parser, FORMATS, "trig", type=_format)
    add(parser, "--output", action="append")
    what = parser.add_argument_group("what is written (default: all graphs but inferred)")
    add(what, "--graph", "--no-inferred", "--query", "--param", "--endpoint", "--data", *READING)
    add(what, "--engine", choices=ENGINES, default=ENGINES[0])
    add(what, "--base", "--jsonld-context", "--describe", "--tables")
    how = parser.add_argument_group("more")
    add(how, "--frame", "--manifest", "--verify", "--no-cache", "--timeout")


def _format(text: str) -> str:
    """Return the name of a syntax; ``parquet`` and ``csv`` are for tables."""
    return text if text in ("parquet", "csv") else named(text).name


def run(args: argparse.Namespace) -> int:
    """Write the outputs."""
    _check(args)
    if args.tables:
        from wcograph.joins import save as save_tables

        save_tables(load(use_cache=not args.no_cache), args.tables, args.format or "parquet")
        return 0
    if args.verify:
        return _verify(args)
    if args.jsonld_context:
        document = {"@context": current(layout.root())[1]}
        for path in args.output or [None]:
            save(dumped(document), path)
        return 0
    outputs: list[str | None] = args.output or ([None] if not args.describe or args.format else [])
    syntaxes = [chosen(args.format, path) for path in outputs]
    if args.frame and any(syntax.name != "jsonld" for syntax in syntaxes):
        raise UsageError("--frame is for JSON-LD; add -f jsonld")
    frame = _frame(args.frame) if args.frame else None
    contents: dict[str, Content] = {}
    entries = []
    seconds = args.timeout or SECONDS
    folder = os.path.dirname(args.manifest) if args.manifest else ""
    for path, syntax in zip(outputs, syntaxes, strict=True):
        if args.data and not args.query and not args.manifest and syntax.name in ("nt", "nq"):
            from wcograph.toolbox.rdf.content import sorted_lines

            how = {**reading(args), "base": args.base, "seconds": seconds}
            found = sorted_lines(args.data, union=not syntax.datasets, **how)
            if found is not None:
                save(found, path)
                continue
        if syntax.version not in contents:
            contents[syntax.version] = _content(args, syntax.name)
        content = prepared(contents[syntax.version], syntax, seconds=seconds)
        save(list(text(content, syntax, frame, args.frame or "")), path)
        if (args.manifest or args.describe) and path not in (None, "-"):
            entries.append(manifest.entry(str(path), syntax, content, folder))
    if args.manifest:
        save([manifest.dumped(entries)], args.manifest)
    if args.describe:
        from wcograph.exports.describe import description

        described = prepared(description(layout.root(), entries), chosen("turtle", None))
        target = chosen(None, args.describe if args.describe != "-" else "dataset.ttl")
        save(list(text(described, target)), args.describe)
    return 0


def _check(args: argparse.Namespace) -> None:
    """Raise UsageError for options that do not go together."""
    outputs = args.output or []
    sources = [f"--{name}" for name in ("graph", "query", "data") if getattr(args, name)]
    others = sources or args.format or args.frame or args.manifest or args.describe
    beside = outputs or sources or args.frame or args.manifest or args.describe or args.verify
    beside = beside or args.jsonld_context or args.no_inferred or args.format not in (None, "parquet", "csv")
    paths = filter(None, (*outputs, args.manifest, args.describe))
    written = [path if path == "-" else os.path.realpath(path) for path in paths]
    check_reading(args, args.data)
    for wrong, message in (
        (
            args.no_inferred and "inferred" in (args.graph or ()),
            "--no-inferred and --graph inferred do not go together",
        ),
        (sources[1:] and sources != ["--query", "--data"], f"{' and '.join(sources[:2])} do not go together"),
        (args.endpoint and (not args.query or args.data), "--endpoint is for --query"),
        (args.param and (not args.query or args.data), "--param is for a stored --query"),
        (args.base and not args.data, "--base is for --data"),
        (args.describe and sources, f"--describe is for the whole graph, not for {''.join(sources[:1])}"),
        (args.tables and beside, "--tables goes with -f parquet or -f csv, and no other output"),
        (
            outputs[1:] and args.format,
            "several outputs have the syntaxes of their file extensions; leave -f out",
        ),
        (len(set(written)) < len(written), "two outputs are the same file"),
        (args.manifest and (not outputs or "-" in outputs), "--manifest describes files; name them with -o"),
        (args.verify and (outputs or others or args.jsonld_context), "--verify takes no other options"),
        (args.jsonld_context and others, "--jsonld-context goes with -o only"),
    ):
        if wrong:
            raise UsageError(message)
    if args.base:
        _check_base(args.base)


def _check_base(base: str) -> None:
    from pyoxigraph import RdfFormat, parse

    try:
        parse(b"", RdfFormat.TURTLE, base_iri=base)
    except ValueError as error:
        raise UsageError(f"--base must be an absolute IRI; {base!r} is not one ({error})") from error


def _content(args: argparse.Namespace, format: str) -> Content:
    if args.data:
        from wcograph.toolbox.rdf.content import read
        from wcograph.toolbox.rdf.reading import find_files

        if not args.query:
            return read(args.data, base=args.base, **reading(args))
        names = find_files(args.data, **reading(args))
        kg = load(data=names, only_data=True, base=args.base, engine=args.engine)
        answer = kg.made(args.query)
        content = of_answer(answer, args.query, format, added=kg.added)
        for note in answer.notes():
            print(f"wcograph: note: {one_line(note)}", file=sys.stderr)
        return content
    if args.query:
        given: dict[str, list[str]] = {}
        for parameter in args.param:
            name, equals, value = parameter.partition("=")
            if not equals:
                raise UsageError(f"--param {parameter!r} has no value; write NAME=VALUE")
            given.setdefault(name, []).append(value)
        if args.endpoint:
            from wcograph.cli._answering import connected

            asked: KnowledgeGraph = connected(args)
        else:
            asked = load(inferred=not args.no_inferred, use_cache=not args.no_cache, engine=args.engine)
        return of_answer(asked.made(args.query, **given), args.query, format)
    root = layout.root()
    return of_quads(of_roles(root, args.graph, lambda: derived(root)), format)


def _frame(path: str) -> dict[str, object]:
    try:
        frame = json.loads(read_text(path, most=_LONGEST_FRAME))
    except json.JSONDecodeError as error:
        raise InputError(error.msg, file=path, line=error.lineno, column=error.colno) from error
    except ValueError as error:  # a number of very many digits
        raise InputError(f"cannot be read: {error}", file=path) from error
    except RecursionError as error:
        raise InputError("is nested too deeply", file=path) from error
    if not isinstance(frame, dict):
        raise InputError("a frame is a JSON object", file=path)
    return frame


def _verify(args: argparse.Namespace) -> int:
    status = 0
    for name, fault in manifest.verified(args.verify, seconds=args.timeout or SECONDS):
        print(log_line(f"{name}: {fault or 'ok'}"))
        status = status or int(fault is not None)
    sys.stdout.flush()
    return status
