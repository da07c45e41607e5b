"""The command line: one module a command, loaded when it is called.

A command module has ``arguments(parser)``, which declares its arguments, and ``run(args)``, which does the
work and returns the exit status. Everything a person must read goes to standard error; standard output
carries only the result.
"""

from __future__ import annotations

import _signal as signal  # type: ignore[import-not-found]  # signal itself takes a millisecond for its enums
import argparse
import errno
import io
import os
import sys
from contextlib import suppress

from wcograph.errors import InputError, UsageError, WcographError, WcographWarning, one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

    from _typeshed import SupportsWrite

COMMANDS = {
    "query": "run a stored query, or list them",
    "sparql": "run your own SPARQL query",
    "validate": "check the graph or your files against SHACL shapes",
    "export": "write the graph, a query's result or your files as RDF",
    "diff": "say what differs between files or releases",
    "infer": "write what follows from the graph or your files",
    "why": "say why a triple is in the graph",
    "derive": "write the derived data, or check it",
    "fmt": "bring Turtle into the house form",
    "docs": "write the pages of the reference, or check them",
    "completion": "print the script that makes a shell complete what you type",
    "info": "say what the graph holds and where it comes from",
}

EXIT_STATUS = """\
exit status:
  0    fine (also when a closed pipe cut the output short)
  1    the answer is "no": findings at or above --fail-on, --check or diff differs
  2    the call is wrong
  3    an input cannot be read or is ill-formed, or an output cannot be written
  4    stopped by a limit (time, rows, canonicalization)
  70   a fault of wcograph itself
  130  interrupted
"""


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """The formatter of help, which argparse makes for each option: without shutil, which takes long to import."""

    def __init__(self, prog: str, **options: int | None) -> None:
        try:
            width = os.get_terminal_size().columns
        except OSError:
            width = 0
        options["width"] = max(min(width or _columns(), 120) - 2, 40)
        super().__init__(prog, **options)  # type: ignore[arg-type]


def _columns() -> int:
    """Give the width that COLUMNS names, or 100."""
    width = os.environ.get("COLUMNS", "")
    return int(width) if width.isascii() and width.isdigit() and len(width) < 6 and int(width) else 100


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line, and whose help ends with the exit statuses."""

    def __init__(self, *arguments: object, **options: object) -> None:
        """Take what ArgumentParser takes."""
        options.setdefault("formatter_class", _Formatter)
        options.setdefault("epilog", EXIT_STATUS)
        options.setdefault("allow_abbrev", False)
        super().__init__(*arguments, **options)  # type: ignore[arg-type]

    def print_help(self, file: SupportsWrite[str] | None = None) -> None:
        """Print the help; unlike ArgumentParser, raise where that fails."""
        (file or sys.stdout).write(self.format_help())

    def error(self, message: str) -> NoReturn:
        """Raise UsageError instead of printing the usage and leaving."""
        raise UsageError(f"{message} (see '{self.prog} --help')")


def seconds(text: str) -> float:
    """Read a number of seconds above 0."""
    try:
        value = float(text) if text.isascii() and "_" not in text and text == text.strip() else 0
    except ValueError:
        value = 0
    if not 0 < value < 1e9:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return value


def parser() -> Parser:
    """Make the parser of ``wcograph`` itself; a command's own arguments are added when it is called."""
    width = max(map(len, COMMANDS))
    commands = "\n".join(f"  {name:{width}}  {text}" for name, text in COMMANDS.items())
    top = Parser(
        prog="wcograph",
        usage="wcograph COMMAND [ARGUMENT ...]",
        description="The World Customs Organization as a knowledge graph.\n\n"
        f"commands ('wcograph COMMAND --help' says more):\n{commands}\n\n"
        "examples:\n"
        "  wcograph query                                  the questions that can be asked\n"
        "  wcograph query training-centres-by-region       one of them, answered\n"
        "  wcograph validate                               check the graph\n",
    )
    top.add_argument("--version", action="store_true", help="print the version and leave")
    top.add_argument("--debug", action="store_true", help="show the traceback of an error")
    top.add_argument("command", nargs="?", help=argparse.SUPPRESS)
    return top


def command(*, interruptible: bool = True) -> NoReturn:
    """Run ``wcograph`` as a process of its own: ``main``, and an end that costs nothing.

    A short question spends a tenth of its time on collecting garbage and on taking apart, at the end, what
    the system frees anyway; formatting a large file, a third. Characters that the streams' encoding does not
    have are written as escapes.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if sys.argv[1:2] in (["query"], ["sparql"], ["fmt"]):
        import gc

        gc.disable()
    kept: list[object] = []
    try:
        if interruptible:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        status = main(kept=kept)
    except KeyboardInterrupt:  # between two lines of main
        status = 130
    with suppress(OSError, ValueError, KeyboardInterrupt):
        sys.stderr.flush()
    os._exit(status)


def main(argv: Sequence[str] | None = None, *, kept: list[object] | None = None) -> int:
    """Run ``wcograph`` with the given arguments (``sys.argv`` by default) and return its exit status.

    What lives as long as the process is put into ``kept``: taking a large graph apart takes time.
    """
    if sys.stderr is None:  # closed by the caller: what is said goes nowhere
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115 (lives as long as the process)
    arguments = list(sys.argv[1:] if argv is None else argv)
    debug = "--debug" in arguments[: [*arguments, "--"].index("--")]
    if debug:
        arguments.remove("--debug")
    try:
        _show_warnings()
        if sys.stdout is None:
            raise InputError("standard output is closed; send it to a file, a pipe or /dev/null")
        for argument in arguments[: [*arguments, "--"].index("--")]:  # argparse drops such a value
            if argument.startswith("-") and argument.endswith("=--"):
                raise UsageError(f"{argument.removesuffix('=--')} has no value: '--' is none")
        status = _run(arguments, [] if kept is None else kept)
        sys.stdout.flush()
        return status
    except BaseException as error:
        status, message = _explain(error)
        if isinstance(error, SystemExit):  # --help has been printed
            try:
                sys.stdout.flush()
            except OSError as failure:
                status, message = _explain(failure)
        if debug and not isinstance(error, SystemExit):
            import traceback

            traceback.print_exc()
        if message:
            with suppress(OSError):
                print(f"wcograph: {one_line(message)}", file=sys.stderr, flush=True)
        return status
    finally:
        _close_stdout()


def _run(arguments: list[str], kept: list[object]) -> int:
    if not arguments or arguments[0].startswith("-"):
        options = parser().parse_args(arguments)
        if options.version:
            import wcograph

            print(f"wcograph {wcograph.__version__}")
            return 0
        parser().print_help(sys.stdout if arguments else sys.stderr)
        return 0 if arguments else 2
    name = arguments[0]
    if name not in COMMANDS:
        from difflib import get_close_matches

        near = get_close_matches(name, COMMANDS, 1)
        meant = f"; did you mean {near[0]!r}?" if near else ""
        raise UsageError(f"there is no command {name!r}{meant} (commands: {', '.join(COMMANDS)})")
    from importlib import import_module

    command = import_module(f"wcograph.cli.{name}")
    if hasattr(command, "named") and (args := command.named(arguments[1:])):
        return int(command.run(args))
    command_parser = Parser(prog=f"wcograph {name}", description=command.__doc__)
    command.arguments(command_parser)
    args = command_parser.parse_args(arguments[1:])
    kept.append(args)
    return int(command.run(args))


def _show_warnings() -> None:
    """Show a warning of wcograph as one line."""
    import warnings

    def show(message: Warning | str, category: type[Warning], *_: object) -> None:
        print(
            f"wcograph: {'' if category is WcographWarning else 'warning: '}{one_line(str(message))}",
            file=sys.stderr,
        )

    warnings.showwarning = show  # type: ignore[assignment]


def _explain(error: BaseException) -> tuple[int, str | None]:
    """Give the exit status of an error, and the line that tells a person about it."""
    if isinstance(error, WcographError):
        return error.exit_status, str(error)
    if isinstance(error, SystemExit):
        return (error.code if isinstance(error.code, int) else 0), None
    if isinstance(error, BrokenPipeError):
        return 0, None
    if isinstance(error, KeyboardInterrupt):
        return 130, "interrupted"
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO):
        return 3, f"the output cannot be written: {error.strerror}"
    if isinstance(error, MemoryError):
        return 4, "out of memory"
    if isinstance(error, RecursionError):
        return 4, "an input is nested too deeply"
    text = f"{type(error).__name__}: {error}"
    return 70, f"internal error ({text}); please report it with the output of the same call and --debug"


def _close_stdout() -> None:
    """Keep the interpreter from failing once more, at its end, on an output that is gone."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 (lives as long as the process)
