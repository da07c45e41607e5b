"""The command line: one module for each command, imported when it is called.

A command module has ``arguments(parser)``, which declares its arguments, and ``run(args)``, which does the
work and returns the exit status. Messages go to standard error; standard output has only the result.
"""

from __future__ import annotations

import _signal as signal  # type: ignore[import-not-found]  # signal itself takes a millisecond for its enums
import argparse
import errno
import io
import os
import sys
from contextlib import suppress

from wcograph.toolbox.arguments import unknown
from wcograph.toolbox.errors import InputError, UsageError, WcographError, WcographWarning, log_text, one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import NoReturn

    from _typeshed import SupportsWrite

_FOR_USERS = {
    "query": "run a stored query, or list them",
    "ask": "answer a question in plain words",
    "search": "find things and questions by a word",
    "sparql": "run your own SPARQL query",
    "validate": "check the graph or your files against SHACL shapes",
    "export": "write the graph, a query's result or your files as RDF",
    "diff": "compare files or releases",
    "infer": "write what the graph or your files entail",
    "why": "explain why a triple is in the graph",
    "serve": "serve the graph on the web, for people and programs",
    "site": "write the graph as a web site of files",
    "info": "show what the graph has and where it comes from",
    "import": "import tables of your own: the Harmonized System",
    "hs-convert": "convert codes of the Harmonized System to another edition",
    "mcp": "serve the graph as tools for assistants (Model Context Protocol)",
    "doctor": "find out which stored queries a SPARQL endpoint answers rightly",
}
_FOR_MAINTAINERS = {
    "check": "run all checks of the graph and its pages",
    "fmt": "format Turtle",
    "docs": "write the reference pages",
    "completion": "print the script that completes commands in a shell",
}
_STOP_THEMSELVES = ("query", "sparql", "serve")  # after --timeout
COMMANDS = {**_FOR_USERS, **_FOR_MAINTAINERS}


def module_of(command: str) -> str:
    """Return the name of the module of a command.

    >>> module_of("hs-convert"), module_of("import")
    ('wcograph.cli.hs_convert', 'wcograph.cli.import_')
    """
    name = command.replace("-", "_")
    return f"wcograph.cli.{name}{'_' if name == 'import' else ''}"


EXIT_STATUS = """\
exit status:
  0    success
  1    the answer is "no": for example, findings or differences
  2    usage error
  3    an input is unreadable or ill-formed, or an output cannot be written
  4    stopped by a limit (time, rows, canonicalization)
  70   internal error (please report)
  130  interrupted
"""


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Formats help without shutil, which takes long to import."""

    def __init__(self, prog: str, **options: int | None) -> None:
        try:
            width = os.get_terminal_size().columns
        except OSError:
            width = 0
        options["width"] = max(min(width or _columns(), 120) - 2, 40)
        super().__init__(prog, **options)  # type: ignore[arg-type]

    def _format_text(self, text: str) -> str:
        return super()._format_text(text.replace("%", "%%") if "%(prog)" in text else text)


def _columns() -> int:
    """Return the width that COLUMNS sets, or 100."""
    width = os.environ.get("COLUMNS", "")
    return int(width) if width.isascii() and width.isdigit() and len(width) < 6 and int(width) else 100


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line, and whose help ends with the exit statuses."""

    def __init__(self, *arguments: object, **options: object) -> None:
        """Take the arguments of ArgumentParser."""
        options.setdefault("formatter_class", _Formatter)
        options.setdefault("epilog", EXIT_STATUS)
        options.setdefault("allow_abbrev", False)
        super().__init__(*arguments, **options)  # type: ignore[arg-type]

    def print_help(self, file: SupportsWrite[str] | None = None) -> None:
        """Print the help; unlike ArgumentParser, raise an error if that fails."""
        (file or sys.stdout).write(log_text(self.format_help()))

    def _check_value(self, action: argparse.Action, value: object) -> None:
        if action.choices is not None and value not in action.choices:
            option = max(action.option_strings, key=len, default=str(action.metavar))
            raise unknown(f"{option} value", str(value), map(str, action.choices), plural="values")

    def error(self, message: str) -> NoReturn:
        """Raise UsageError instead of printing the usage and exiting."""
        raise UsageError(f"{message} (see '{self.prog} --help')")


def parser() -> Parser:
    """Make the parser of ``wcograph`` itself; a command declares its own arguments when it is called."""
    top = Parser(
        prog="wcograph",
        usage="wcograph COMMAND [ARGUMENT ...]",
        description="The World Customs Organization as a knowledge graph.\n\n"
        f"commands for users:\n{_listed(_FOR_USERS)}\n\n"
        f"commands for maintainers:\n{_listed(_FOR_MAINTAINERS)}\n\n"
        "'wcograph COMMAND --help' describes a command.\n\n"
        "examples:\n"
        "  wcograph query                             list the questions\n"
        "  wcograph query training-centres-by-region  answer one of them\n"
        "  wcograph validate                          check the graph\n",
    )
    top.add_argument("--version", action="store_true", help="print the version and exit")
    top.add_argument("--debug", action="store_true", help="show the traceback of an error")
    top.add_argument("command", nargs="?", help=argparse.SUPPRESS)
    return top


def parser_of(name: str) -> Parser:
    """Make the parser of a command.

    >>> parser_of("info").prog
    'wcograph info'
    """
    from importlib import import_module

    command = import_module(module_of(name))
    made = Parser(prog=f"wcograph {name}", description=command.__doc__)
    command.arguments(made)
    return made


def _listed(commands: Mapping[str, str]) -> str:
    width = max(map(len, COMMANDS))
    return "\n".join(f"  {name:{width}}  {text}" for name, text in commands.items())


def command(*, interruptible: bool = True) -> NoReturn:
    """Run ``main`` as a process of its own, and exit without cleaning up what the system frees anyway.

    That saves a tenth of the time of a short query, and a third of the time of formatting a large file.
    Characters that the encoding of a stream lacks are written as escapes.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if sys.argv[1:2] in (["query"], ["sparql"], ["fmt"], ["validate"]):
        import gc

        gc.disable()
    argparse._ = str  # type: ignore[attr-defined]  # all messages are in English; a look for others takes 2 ms
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

    ``kept`` keeps what should live as long as the process: freeing a large graph takes time.
    """
    if sys.stderr is None:  # closed by the caller: messages go nowhere
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
                raise UsageError(f"{argument.removesuffix('=--')} has no value: '--' is not one")
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
            from wcograph.version import __version__

            print(f"wcograph {__version__}")
            return 0
        parser().print_help(sys.stdout if arguments else sys.stderr)
        return 0 if arguments else 2
    name = arguments[0]
    if name not in COMMANDS:
        raise unknown("command", name, COMMANDS)
    from importlib import import_module

    command = import_module(module_of(name))
    if hasattr(command, "shortcut") and (args := command.shortcut(arguments[1:])):
        return int(command.run(args))
    args = parser_of(name).parse_args(arguments[1:])
    kept.append(args)
    if getattr(args, "timeout", None) is None or name in _STOP_THEMSELVES:
        return int(command.run(args))
    from wcograph.cli._deadline import Deadline

    return Deadline(args.timeout).run(lambda: int(command.run(args)))


def _show_warnings() -> None:
    """Make a warning one line on standard error."""
    import warnings

    def show(message: Warning | str, category: type[Warning], *_: object) -> None:
        kind = "" if category is WcographWarning else "warning: "
        print(f"wcograph: {kind}{one_line(str(message))}", file=sys.stderr)

    warnings.showwarning = show  # type: ignore[assignment]


def _explain(error: BaseException) -> tuple[int, str | None]:
    """Return the exit status of an error and its message."""
    if isinstance(error, WcographError):
        return error.exit_status, str(error)
    if isinstance(error, SystemExit):
        return (error.code if isinstance(error.code, int) else 0), None
    if isinstance(error, BrokenPipeError):
        return 0, None
    if isinstance(error, KeyboardInterrupt):
        return 130, "interrupted"
    if isinstance(error, OSError):
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO):
            return 3, f"the output cannot be written: {error.strerror}"
        try:
            os.getcwd()
        except OSError:
            if error.filename is None:
                return 3, "the current directory has been removed; change to another"
        return 3, f"{error.filename or 'a file'}: cannot be used: {error.strerror or error}"
    if isinstance(error, MemoryError):
        return 4, "out of memory"
    if isinstance(error, RecursionError):
        return 4, "an input is nested too deeply"
    text = f"{type(error).__name__}: {error}"
    return 70, f"internal error ({text}); please report it with the output of the same command and --debug"


def _close_stdout() -> None:
    """Keep the interpreter from failing again, at its end, on an output that is gone."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 (lives as long as the process)
