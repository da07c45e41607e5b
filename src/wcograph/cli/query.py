"""Run a stored query. Without a NAME: list the questions that it can answer.

examples:
  wcograph query                            list the questions, by subject
  wcograph query --search training          list those that match a word
  wcograph query members --region europe -o europe.csv
  wcograph query members --help             its parameters and columns
  wcograph query ./mine.rq --data mine.ttl  your own query, your data added
  wcograph query members --endpoint https://sparql.example.org/query
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from itertools import chain, groupby

from wcograph.cli import Parser
from wcograph.cli._answering import (
    answer,
    answer_options,
    before_loading,
    data_options,
    explain,
    load_graph,
    no_data_options,
)
from wcograph.cli._deadline import Deadline
from wcograph.cli._options import add, swallowed
from wcograph.toolbox.errors import InputError, UsageError, log_line, one_line
from wcograph.toolbox.output import open_output, read_file, read_standard_input

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from wcograph.graph import KnowledgeGraph
    from wcograph.toolbox.sparql.stored import Parameter, StoredQuery

_KINDS = {
    "xsd:integer": "whole number",
    "xsd:decimal": "number",
    "xsd:boolean": "true or false",
    "xsd:date": "YYYY-MM-DD",
    "xsd:gYearMonth": "YYYY-MM",
    "xsd:gYear": "YYYY",
    "xsd:string": "text",
    "text": "text, in any case, with or without accents",
    "language": "language tag",
    "iri": "IRI",
}
_MOST_VALUES = 100_000  # of one parameter, from a file
_LONGEST_LIST = 2**26  # bytes of that file


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what comes before the name; what follows it depends on the query."""
    parser.usage = "wcograph query [NAME [--PARAMETER VALUE ...]] [-f FORMAT] [-o FILE]"
    _options(parser)
    add(parser, "--search")
    described = "a query, or a file of one (.rq); NAME --help describes it"
    parser.add_argument("name", nargs="?", metavar="NAME", help=described)
    parser.add_argument("rest", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)


def _options(parser: argparse._ActionsContainer) -> None:
    answer_options(parser)
    add(parser, "--sources-each")
    data_options(parser)
    add(parser, "--queries", "--show")


def shortcut(words: Sequence[str]) -> argparse.Namespace | None:
    """Return the arguments if the name of a query comes first; the parser of that query reads the rest.

    Making the parser of what may come before it would take a twentieth of a short call.
    """
    if not words or words[0].startswith("-"):
        return None
    return argparse.Namespace(name=words[0], rest=list(words[1:]), search=None, **no_data_options())


def run(args: argparse.Namespace) -> int:
    """Answer the query, or list the queries."""
    args.name = next(iter(swallowed([args.name] if args.name else [], args.data, 1)), None)
    early = before_loading(args, args.rest)
    deadline = Deadline(early.timeout)
    queries = list(early.queries or ())
    name = args.name
    if name == "-":
        told = "'wcograph sparql -' reads SPARQL from standard input"
        raise UsageError(f"name a stored query, or a file; {told}")
    if name is not None and (name.endswith(".rq") or "/" in name):
        if os.path.isdir(name) and "/" in name:
            raise UsageError(f"{name} is a directory; 'wcograph query --queries {name}' lists its queries")
        queries.append(name)
        name = name.replace("\\", "/").rpartition("/")[2].removesuffix(".rq")
    began = time.perf_counter()
    kg = load_graph(early, deadline, queries)
    stages = [("load", time.perf_counter() - began, "")]
    if name is None:
        return _catalogue(kg, args)
    query = kg.stored_query(name)
    asked = any(word in ("-h", "--help") for word in args.rest)
    parser = _parser(query, described=asked)
    args, unknown = parser.parse_known_args(args.rest, args)
    if unknown:
        raise _unexpected(query, parser, unknown)
    given = _given(query, args)
    if args.show:
        text = kg.bound(name, **given)
        with open_output(args.output) as stream:
            stream.write(text.encode() + (b"" if text.endswith("\n") else b"\n"))
        return 0
    if args.explain:
        began = time.perf_counter()
        text, terms = kg.bound(name, **given), kg.terms(query, **given)
        stages.append(("bind", time.perf_counter() - began, ""))
    status, answering = answer(
        args,
        deadline,
        lambda: kg.query(name, sources=args.sources, labels=args.labels, limit=args.limit, **given),
    )
    if args.explain:
        explain(text, terms, [*stages, *answering])
    return status


def _parser(query: StoredQuery, *, described: bool) -> Parser:
    """Make the parser of what follows the name of a query; ``described`` asks for its help too."""
    parser = Parser(
        prog=f"wcograph query {query.name}",
        usage=f"wcograph query {query.name.replace('%', '%%')}"
        f"{' [--PARAMETER VALUE ...]' if query.parameters else ''} [-f FORMAT] [-o FILE]",
        description=_description(query) if described else None,
        add_help=False,
    )
    values = parser.add_argument_group("parameters")
    for parameter in query.parameters:
        values.add_argument(
            f"--{parameter.option}",
            dest=f"parameter {parameter.name}",
            action="append",
            metavar="VALUE",
            nargs="?" if parameter.type == "xsd:boolean" else None,
            const="true" if parameter.type == "xsd:boolean" else None,
            help=_help(parameter).replace("%", "%%"),
        )
    # In a group: for an option of the parser itself, argparse makes a formatter, which takes long.
    general = parser.add_argument_group("general options")
    general.add_argument("-h", "--help", action="help", help="show this help message and exit")
    _options(general)
    return parser


def _unexpected(query: StoredQuery, parser: Parser, words: Sequence[str]) -> UsageError:
    """Return the error for words that are neither an option nor its value, with what was meant."""
    option = next((word.partition("=")[0] for word in words if word.startswith("-")), None)
    help = f"(see 'wcograph query {query.name} --help')"
    if option is not None:
        from difflib import get_close_matches

        known = [o for action in parser._actions for o in action.option_strings if o.startswith("--")]
        near = get_close_matches(option, known, 1, 0.5)
        meant = f"; did you mean {near[0]}?" if near else ""
        own = ", ".join(f"--{p.option}" for p in query.parameters) or "none"
        return UsageError(f"{query.name} has no option {option}{meant} (parameters: {own}; {help[1:]}")
    wanted = [p for p in query.parameters if not p.optional] or query.parameters[:1]
    if not wanted:
        return UsageError(f"{query.name} takes no parameters; leave {words[0]!r} out {help}")
    return UsageError(
        f"{words[0]!r} has no parameter before it; write --{wanted[0].option} {_quoted(words[0])} {help}"
    )


def _given(query: StoredQuery, args: argparse.Namespace) -> dict[str, Any]:
    """Return the values of the parameters; those of one that may be repeated, from files too."""
    given = {}
    for parameter in query.parameters:
        values = getattr(args, f"parameter {parameter.name}")
        if values is not None:
            several = (_listed(parameter, value) if parameter.repeat else [value] for value in values)
            given[parameter.name] = list(chain(*several))
    return given


def _listed(parameter: Parameter, value: str) -> Sequence[str]:
    """Return the values in ``@FILE`` or ``-`` (standard input), one per line, or the value itself."""
    if value != "-" and not value.startswith("@"):
        return [value]
    if value == "@":
        raise UsageError(f"--{parameter.option}: name a file of values after the @, as in @values.txt")
    name = "standard input" if value == "-" else value[1:]
    data = read_standard_input(most=_LONGEST_LIST) if value == "-" else read_file(name, most=_LONGEST_LIST)
    lines = data.split(b"\n")
    try:
        found = list(filter(None, (line.decode("utf-8-sig").strip() for line in lines)))
    except ValueError as error:
        raise InputError(f"--{parameter.option}: is not UTF-8", file=name) from error
    if not found or len(lines) > _MOST_VALUES:
        has = "no values" if not found else f"more than {_MOST_VALUES:,} lines"
        raise UsageError(f"--{parameter.option}: {name} has {has}")
    return found


def listed(queries: Sequence[StoredQuery]) -> bytes:
    """Return the names, titles and parameters of questions, by subject, as lines."""
    width = max(len(query.name) for query in queries)
    blocks = []
    for subject, some in groupby(queries, lambda query: query.subject):
        lines = [log_line(subject)]
        for query in some:
            options = [f"[--{p.option}]" if p.optional else f"--{p.option}" for p in query.parameters]
            shown = "  " * bool(options) + " ".join(options)
            lines.append(log_line(f"  {query.name:{width}}  {query.title}{shown}"))
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks).encode("utf-8", "backslashreplace")


def _catalogue(kg: KnowledgeGraph, args: argparse.Namespace) -> int:
    queries = kg.queries
    if args.search and not (queries := kg.matching(args.search)):
        print(f"wcograph: no stored query matches {args.search!r}", file=sys.stderr)
        return 1
    if not queries:
        raise InputError("has no stored queries", file=f"{kg.folder}/queries")
    with open_output(args.output) as stream:
        stream.write(listed(queries))
    for error in kg.broken_queries.values():
        print(f"wcograph: left out: {one_line(str(error))}", file=sys.stderr)
    if not args.search and args.output is None and sys.stdout.isatty():
        print("\nRun one: wcograph query NAME    Its parameters: wcograph query NAME --help", file=sys.stderr)
    return InputError.exit_status if kg.broken_queries else 0


def _description(query: StoredQuery) -> str:
    import textwrap

    parts = [textwrap.fill(query.title + ".", 78), textwrap.fill(query.description, 78)]
    required = [p for p in query.parameters if not p.optional]
    shown = required or [p for p in query.parameters if p.example][:1]
    example = "".join(f" --{p.option} {_quoted(p.example or 'VALUE')}" for p in shown)
    parts.append(f"example:\n  wcograph query {query.name}{example} -f csv")
    if query.columns:
        from wcograph.toolbox.sparql.presentation import meaning

        width = max(map(len, query.columns))
        fill = textwrap.TextWrapper(
            78, subsequent_indent=" " * (width + 4), break_long_words=False, break_on_hyphens=False
        ).fill
        lines = (fill(f"  {name:{width}}  {meaning(column)}") for name, column in query.columns.items())
        parts.append("\n".join(["columns:", *lines]))
    if query.picture:
        parts.append(f"picture: {query.picture['kind']} (-f svg)")
    return "\n\n".join(filter(None, parts))


def _help(parameter: Parameter) -> str:
    kind = _KINDS.get(parameter.type) or re.split("[:/#]", parameter.type)[-1]
    if parameter.scheme:
        kind = f"concept of {parameter.scheme.partition(':')[2]}"
    notes = [f"one of {', '.join(parameter.values)}" if parameter.values else kind]
    if parameter.repeat:
        notes.append("may be repeated; @FILE or - has one per line")
    if not parameter.optional:
        notes.append("required")
    if parameter.default:
        notes.append(f"default {parameter.default}")
    return f"{parameter.description} ({', '.join(notes)})"


def _quoted(value: str) -> str:
    from shlex import quote

    return quote(value)
