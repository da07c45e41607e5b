"""What ``query`` and ``sparql`` share: their options, and answering within limits.

Neither a signal nor a limit of time reaches the engine while it evaluates. So the work is done in a thread of
its own, and the main thread waits: when the time is over, or on Ctrl-C, it removes what was being written and
leaves the process at once.
"""

from __future__ import annotations

import _thread  # threading costs some milliseconds to import
import argparse
import os
import sys
import time

from wcograph.cli import seconds
from wcograph.errors import LimitError, UsageError
from wcograph.graph import load
from wcograph.output import discard, open_output
from wcograph.querying.resultformats import FORMATS, format_of, write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import NoReturn, TypeAlias, TypeVar

    from wcograph.graph import KnowledgeGraph
    from wcograph.querying.results import Answer

    Result = TypeVar("Result")
    Stages: TypeAlias = list[tuple[str, float, str]]  # name, seconds, a note

_STACK = 16 * 2**20  # what the main thread has on most systems, and more

# Options that are needed before the graph is loaded.
_LOADING = ("--data", "--only-data", "--queries", "--no-cache", "--no-inferred", "--timeout")


def data_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options that say what is asked."""
    add = parser.add_argument
    add(
        "--data",
        metavar="FILE",
        nargs="+",
        action="extend",
        help="add RDF files, or directories, to the graph",
    )
    add("--only-data", action="store_true", help="ask the files of --data alone, as they are")
    add("--no-cache", action="store_true", help="build the graph in memory")
    add("--no-inferred", action="store_true", help="ask what is asserted and derived only")
    add("--timeout", metavar="SECONDS", type=seconds, help="stop after so many seconds, with status 4")


def answer_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options that say how the answer is written."""
    add = parser.add_argument
    names = ", ".join(FORMATS)
    add(
        *("-f", "--format"),
        choices=FORMATS,
        metavar="FORMAT",
        help=f"one of {names}; default: by the ending of FILE, else table or turtle",
    )
    add("-o", "--output", metavar="FILE", help="write to FILE, replaced when all is written")
    add("--limit", metavar="N", type=count, help="write at most N rows; status 4 where there are more")
    add("--sources", action="store_true", help="say for each row which sources it rests on")
    add("--labels", action="store_true", help="put the labels of IRIs beside them")
    add("--iris", action="store_true", help="write IRIs in full where a person reads them")
    add("--explain", action="store_true", help="say what was asked of the engine, and how long it took")
    add("--exit-status", action="store_true", help="status 1 where the answer is no (ASK) or has no row")


def count(text: str) -> int:
    """Read a number of rows, 0 or above."""
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of rows")
    return int(text)


def before_loading(args: argparse.Namespace, words: Sequence[str]) -> argparse.Namespace:
    """Give ``args`` with the options that loading needs, where they stand among ``words`` behind a query's name."""
    if not any(word.partition("=")[0] in _LOADING for word in words):
        return args
    from wcograph.cli import Parser

    parser = Parser(prog="wcograph query", add_help=False)
    data_options(parser)
    parser.add_argument("--queries", metavar="DIR", action="append")
    return parser.parse_known_args(words, argparse.Namespace(**vars(args)))[0]


def swallowed(args: argparse.Namespace, positional: str) -> None:
    """Give back to ``positional`` what ``--data FILE ...`` before it has taken for one more file."""
    if getattr(args, positional) is None and args.data and not os.path.exists(args.data[-1]):
        setattr(args, positional, args.data.pop())
        if not args.data:
            raise UsageError("--data needs a file")


class Deadline:
    """The time at which a call must have ended, and what must not stay half-written then."""

    __slots__ = ("_seconds", "_start", "output")

    def __init__(self, seconds: float | None, output: str | None) -> None:
        """Begin to count."""
        self._start = time.monotonic()
        self._seconds, self.output = seconds, output

    def run(self, work: Callable[[], Result]) -> Result:
        """Do ``work`` in a thread and give its result, or raise what it raises; see the module."""
        outcome: list[Result] = []
        failure: list[BaseException] = []
        done = _thread.allocate_lock()
        done.acquire()

        def worker() -> None:
            try:
                outcome.append(work())
            except BaseException as error:
                _let_go(error)
                failure.append(error)
            finally:
                done.release()

        try:
            _thread.stack_size(_STACK)
            _thread.start_new_thread(worker, ())
            if not done.acquire(timeout=self._left()):
                self._leave(
                    LimitError.exit_status,
                    f"stopped after {self._seconds:g} s (--timeout); ask for less, or allow more time",
                )
        except KeyboardInterrupt:
            self._leave(130, "interrupted")
        if failure:
            raise failure[0]
        return outcome[0]

    def _left(self) -> float:
        if self._seconds is None:
            return -1
        return max(self._start + self._seconds - time.monotonic(), 0)

    def _leave(self, status: int, message: str) -> NoReturn:
        # The engine still works in its thread: no other way out takes no notice of it.
        discard(self.output)
        os.write(2, f"wcograph: {message}\n".encode())
        os._exit(status)


def _let_go(error: BaseException | None) -> None:
    """Drop what the frames of an error hold: solutions must end in the thread in which they began."""
    import traceback

    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__


def load_graph(args: argparse.Namespace, deadline: Deadline, queries: Sequence[str] = ()) -> KnowledgeGraph:
    """Load the graph that ``args`` name."""

    def work() -> KnowledgeGraph:
        return load(
            data=args.data or (),
            only_data=args.only_data,
            queries=queries,
            inferred=not args.no_inferred,
            use_cache=not args.no_cache,
        )

    if args.timeout is None and not args.data:
        return work()  # in this thread Ctrl-C leaves nothing of an unfinished build
    return deadline.run(work)


def answer(
    args: argparse.Namespace,
    deadline: Deadline,
    ask: Callable[[], Answer],
    why_empty: Callable[[], Sequence[str]] = tuple,
) -> tuple[int, Stages]:
    """Ask, write the answer as ``args`` say, and give the exit status and how long the two stages took.

    ``why_empty`` gives the remarks on an answer that is no, or has no row.
    """

    def work() -> tuple[bool, bool, Stages, Sequence[str]]:
        began = time.perf_counter()
        found = ask()
        format = format_of(found.form, args.format, args.output)
        rows = f"{len(found.rows())} rows" if args.explain else ""
        evaluated = time.perf_counter()
        yes = bool(found)
        with open_output(args.output) as stream:
            write(found, format, stream, iris=args.iris)
        written = time.perf_counter()
        stages = [("evaluate", evaluated - began, rows), ("write", written - evaluated, format)]
        return yes, found.cut, stages, () if yes or found.cut else why_empty()

    yes, cut, stages, remarks = deadline.run(work)
    for remark in remarks:
        print(f"wcograph: note: {remark}", file=sys.stderr)
    if cut:
        rows = "1 row" if args.limit == 1 else f"{args.limit} rows"
        print(f"wcograph: stopped after {rows} (--limit); there are more", file=sys.stderr)
        return LimitError.exit_status, stages
    return (0 if yes or not args.exit_status else 1), stages


def explain(text: str, values: Mapping[str, Sequence[object]], stages: Stages) -> None:
    """Say on standard error what was asked of the engine, and how long each stage took."""
    lines = ["asked of the engine:", *(f"  {line}" for line in text.rstrip().split("\n"))]
    if values:
        lines.append("parameters:")
        lines += [f"  ?{name} = {' '.join(map(str, terms))}" for name, terms in values.items()]
    lines.append("times:")
    lines += [f"  {stage:9}{taken * 1000:9.1f} ms  {note}".rstrip() for stage, taken, note in stages]
    print("\n".join(lines), file=sys.stderr)
