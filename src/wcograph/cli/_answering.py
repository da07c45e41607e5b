"""Answer within limits, and declare the options for it: what ``query`` and ``sparql`` share."""

from __future__ import annotations

import argparse
import sys
import time

from wcograph.cli._deadline import Deadline
from wcograph.cli._options import READING, add, add_format, check_reading, not_given, reading, result_format
from wcograph.graph import ENGINES, load
from wcograph.toolbox.errors import LimitError, UsageError, log_text, one_line
from wcograph.toolbox.output import open_output
from wcograph.toolbox.sparql.resultformats import FORMATS, format_of, write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, TypeAlias

    from wcograph.graph import KnowledgeGraph
    from wcograph.remote import RemoteGraph
    from wcograph.toolbox.sparql.results import Answer

    Stages: TypeAlias = list[tuple[str, float, str]]  # name, seconds, a note

_FILES = ("--data", *READING, "--only-data")
_HOW = ("--endpoint", "--hs", "--no-cache", "--no-inferred", "--timeout")


def data_options(parser: argparse._ActionsContainer) -> None:
    """Declare the options that say what is asked: they are needed before the graph is loaded."""
    add(parser, *_FILES)
    add(parser, "--engine", choices=ENGINES, default=ENGINES[0])
    add(parser, *_HOW)


def no_data_options() -> dict[str, Any]:
    """Return the values of these options, and of ``--queries``, if none is given."""
    return {**not_given(*_FILES, *_HOW, "--queries"), "engine": ENGINES[0]}


def answer_options(parser: argparse._ActionsContainer) -> None:
    """Declare the options that say how the answer is written."""
    add_format(parser, FORMATS, "table or turtle", type=result_format)
    add(
        parser,
        "--output",
        "--limit",
        "--sources",
        "--labels",
        "--iris",
        "--bom",
        "--explain",
        "--exit-status",
    )


def before_loading(args: argparse.Namespace, words: Sequence[str]) -> argparse.Namespace:
    """Return ``args`` with the options that loading needs, from the ``words`` after the name of a query."""
    if not any(word.partition("=")[0] in (*_FILES, *_HOW, "--engine", "--queries") for word in words):
        return args
    from wcograph.cli import Parser

    parser = Parser(prog="wcograph query", add_help=False)
    data_options(parser)
    add(parser, "--queries")
    return parser.parse_known_args(words, argparse.Namespace(**vars(args)))[0]


def load_graph(args: argparse.Namespace, deadline: Deadline, queries: Sequence[str] = ()) -> KnowledgeGraph:
    """Load the graph that ``args`` ask for."""
    check_reading(args, args.data)
    if args.endpoint:
        return connected(args, queries)

    def work() -> KnowledgeGraph:
        kg = loaded(args, queries, use_cache=not args.no_cache, hs=args.hs, engine=args.engine)
        kg._streams = True  # the thread that asks writes the rows, too
        return kg

    if args.timeout is None and not args.data:
        return work()  # in this thread Ctrl-C leaves nothing of an unfinished build
    return deadline.run(work)


def loaded(args: argparse.Namespace, queries: Sequence[str], **options: Any) -> KnowledgeGraph:
    """Load the graph and the files that ``args`` name; ``options`` are further ones of ``load``."""
    options |= {"only_data": args.only_data, "queries": queries, "inferred": not args.no_inferred}
    if args.data:
        from wcograph.toolbox.rdf.reading import find_files

        options["data"] = find_files(args.data, **reading(args))
    return load(**options)


def connected(args: argparse.Namespace, queries: Sequence[str] = ()) -> RemoteGraph:
    """Return the graph at the endpoint that ``args`` name."""
    for option in ("data", "only_data", "no_cache"):
        if getattr(args, option, None):
            raise UsageError(f"--endpoint and --{option.replace('_', '-')} do not go together")
    from wcograph.remote import connect

    return connect(args.endpoint, queries=queries, inferred=not args.no_inferred, timeout=args.timeout)


def answer(
    args: argparse.Namespace,
    deadline: Deadline,
    ask: Callable[[], Answer],
    why_empty: Callable[[], Sequence[str]] = tuple,
) -> tuple[int, Stages]:
    """Ask, write the answer as ``args`` say, and return the exit status and how long the two stages took.

    ``why_empty`` returns the remarks on an answer that is no, or has no rows.
    """

    def work() -> tuple[bool, bool, Stages, Sequence[str]]:
        began = time.perf_counter()
        found = ask()
        format = format_of(found.form, args.format, args.output)
        rows = f"{len(found.rows())} rows" if args.explain else ""
        evaluated = time.perf_counter()
        yes = bool(found)
        with open_output(args.output) as stream:
            write(found, format, stream, iris=args.iris, bom=args.bom)
        written = time.perf_counter()
        stages = [("evaluate", evaluated - began, rows), ("write", written - evaluated, format)]
        return yes, found.cut, stages, [*found.notes(), *(() if yes or found.cut else why_empty())]

    yes, cut, stages, remarks = deadline.run(work)
    for remark in remarks:
        print(f"wcograph: note: {one_line(remark)}", file=sys.stderr)
    if cut:
        rows = "1 row" if args.limit == 1 else f"{args.limit} rows"
        print(f"wcograph: stopped after {rows} (--limit); there are more", file=sys.stderr)
        return LimitError.exit_status, stages
    return (0 if yes or not args.exit_status else 1), stages


def explain(text: str, values: Mapping[str, Sequence[object]], stages: Stages) -> None:
    """Write to standard error what was asked of the engine, and how long each stage took."""
    lines = ["asked of the engine:", *(f"  {line}" for line in text.rstrip().split("\n"))]
    if values:
        lines.append("parameters:")
        lines += [f"  ?{name} = {' '.join(map(str, terms))}" for name, terms in values.items()]
    lines.append("times:")
    lines += [f"  {stage:9}{taken * 1000:9.1f} ms  {note}".rstrip() for stage, taken, note in stages]
    print(log_text("\n".join(lines)), file=sys.stderr)
