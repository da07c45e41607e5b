"""Run a stored query, or list them. Without a NAME: the questions that can be asked."""

from __future__ import annotations

import argparse
import sys

from wcograph.cli import Parser
from wcograph.graph import KnowledgeGraph, load
from wcograph.output import open_output
from wcograph.results import FORMATS, write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wcograph.stored import Parameter, StoredQuery


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what stands before the name; what follows it depends on the query."""
    parser.usage = "wcograph query [NAME [--PARAMETER VALUE ...]] [-f FORMAT] [-o FILE]"
    _common(parser)
    parser.add_argument("--search", metavar="WORD", help="list only the queries that speak of WORD")
    parser.add_argument("name", nargs="?", metavar="NAME", help="the query; NAME --help says more about it")
    parser.add_argument("rest", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)


def _common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-f", "--format", choices=FORMATS, metavar="FORMAT", help=f"one of {', '.join(FORMATS)}"
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="write to FILE, replaced when all is written")
    parser.add_argument("--no-cache", action="store_true", help="build the graph in memory")
    parser.add_argument("--no-inferred", action="store_true", help="ask what is asserted and derived only")


def run(args: argparse.Namespace) -> int:
    """Answer, or list the queries."""
    kg = load(use_cache=not args.no_cache, inferred=not args.no_inferred)
    if args.name is None:
        return _catalogue(kg, args)
    query = kg.stored_query(args.name)
    parser = Parser(
        prog=f"wcograph query {query.name}",
        usage=f"wcograph query {query.name} [--PARAMETER VALUE ...] [-f FORMAT] [-o FILE]",
        description=_description(query),
    )
    values = parser.add_argument_group("parameters") if query.parameters else parser
    for parameter in query.parameters:
        values.add_argument(
            f"--{parameter.option}",
            dest=f"parameter {parameter.name}",
            action="append",
            metavar="VALUE",
            help=_help(parameter).replace("%", "%%"),
        )
    _common(parser)
    parser.add_argument(
        "--show", action="store_true", help="print the SPARQL as it would run, and do not run it"
    )
    args = parser.parse_args(args.rest, args)
    given = {
        parameter.name: value
        for parameter in query.parameters
        if (value := getattr(args, f"parameter {parameter.name}")) is not None
    }
    if args.show:
        text = kg.bound(query.name, **given)
        with open_output(args.output) as stream:
            stream.write(text.encode() + (b"" if text.endswith("\n") else b"\n"))
        return 0
    answer = kg.query(query.name, **given)
    with open_output(args.output) as stream:
        write(answer, args.format, stream)
    return 0


def _catalogue(kg: KnowledgeGraph, args: argparse.Namespace) -> int:
    from wcograph.parameters import fold

    queries = kg.queries
    if args.search:
        words = fold(args.search).split()
        queries = [
            query
            for query in queries
            if all(word in fold(f"{query.name} {query.title} {query.description}") for word in words)
        ]
        if not queries:
            print(f"wcograph: no stored query speaks of {args.search!r}", file=sys.stderr)
            return 1
    width = max(len(query.name) for query in queries)
    lines: list[str] = []
    subject = ""
    for query in queries:
        if query.subject != subject:
            subject = query.subject
            lines.append(f"\n{subject}" if lines else subject)
        options = " ".join(f"--{p.option}" if not p.optional else f"[--{p.option}]" for p in query.parameters)
        lines.append(f"  {query.name:{width}}  {query.title}{f'  {options}' if options else ''}")
    with open_output(args.output) as stream:
        stream.write(("\n".join(lines) + "\n").encode())
    if not args.search and args.output is None and sys.stdout.isatty():
        print("\nRun one: wcograph query NAME    Its parameters: wcograph query NAME --help", file=sys.stderr)
    return 0


def _description(query: StoredQuery) -> str:
    import textwrap

    parts = [query.title + ".", textwrap.fill(query.description, 78)]
    required = [p for p in query.parameters if not p.optional]
    shown = required or [p for p in query.parameters if p.example][:1]
    example = "".join(f" --{p.option} {_quoted(p.example or 'VALUE')}" for p in shown)
    parts.append(f"example:\n  wcograph query {query.name}{example} -f csv")
    if query.columns:
        width = max(map(len, query.columns))
        parts.append(
            "columns:\n" + "\n".join(f"  {name:{width}}  {text}" for name, text in query.columns.items())
        )
    return "\n\n".join(part for part in parts if part)


def _help(parameter: Parameter) -> str:
    kind = parameter.type.partition(":")[2] or parameter.type
    if parameter.scheme:
        kind = f"concept of {parameter.scheme.partition(':')[2]}"
    notes = [kind]
    if parameter.repeat:
        notes.append("may be repeated")
    if not parameter.optional:
        notes.append("required")
    if parameter.default:
        notes.append(f"default {parameter.default}")
    return f"{parameter.description} ({', '.join(notes)})"


def _quoted(value: str) -> str:
    import shlex

    return shlex.quote(value)
