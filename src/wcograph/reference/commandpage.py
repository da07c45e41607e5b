"""The page of the command line (``docs/commands.md``): for each command what it does, its options and examples."""

from __future__ import annotations

import argparse
from collections import Counter
from itertools import chain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_OFTEN = 3  # commands that have an option, from which it is described once
_SHARED = "Options of several commands"
_HEAD = """\
# Command line

Written by `wcograph docs` from the parsers of the commands: edit these, not this page. `wcograph COMMAND --help` shows
the same. `--debug` before or after any command shows the traceback of an error.

"""


def page(commands: Mapping[str, argparse.ArgumentParser], exit_status: str) -> str:
    """Return the page in Markdown: a section for each command, and the exit statuses.

    >>> parser = argparse.ArgumentParser("wcograph info", description="Show what the graph has.")
    >>> print(page({"info": parser}, "exit status:\\n  0    success").split("\\n## ")[1].rstrip())
    info
    <BLANKLINE>
    Show what the graph has.
    <BLANKLINE>
    `wcograph info`
    """
    names = [*commands, _SHARED, "Exit status"]
    lines = [_HEAD + "\n".join(f"- [{name}](#{name.lower().replace(' ', '-')})" for name in names), ""]
    rows = {name: _rows(parser) for name, parser in commands.items()}
    times = Counter(chain(*rows.values()))
    shared = [row for row, count in times.items() if count >= _OFTEN]
    for name, parser in commands.items():
        lines += [f"## {name}", "", *_described(parser.description or ""), f"`{_usage(parser)}`", ""]
        lines += _table(row for row in rows[name] if row not in shared)
        if also := [options for row, options in rows[name].items() if row in shared]:
            lines += [f"Also {', '.join(also)}: see [below](#{_SHARED.lower().replace(' ', '-')}).", ""]
    lines += [f"## {_SHARED}", "", *_table(shared)]
    lines += ["## Exit status", "", "| status | meaning |", "| --- | --- |"]
    statuses = (line.split(None, 1) for line in exit_status.strip().split("\n")[1:])
    lines += [f"| {number} | {meaning} |" for number, meaning in statuses]
    return "\n".join(lines) + "\n"


def _described(text: str) -> Iterator[str]:
    """Yield the lines of a description; what is indented, and the examples, are blocks of code."""
    for part in text.strip().split("\n\n"):
        if part.startswith("examples:\n"):
            yield from ("```sh", *(line.removeprefix("  ") for line in part.split("\n")[1:]), "```", "")
        elif part.startswith("  "):
            yield from ("```text", *(line.removeprefix("  ") for line in part.split("\n")), "```", "")
        else:
            yield from (_escaped(part), "")


def _usage(parser: argparse.ArgumentParser) -> str:
    if parser.usage:
        return parser.usage
    options = any(action.option_strings and action.dest != "help" for action in parser._actions)
    words = [parser.prog, *(["[OPTION ...]"] if options else [])]
    for action in parser._actions:
        if not action.option_strings and action.help != argparse.SUPPRESS:
            name = _value(action) + (" ..." if action.nargs in ("+", "*") else "")
            words.append(f"[{name}]" if action.nargs in ("?", "*") else name)
    return " ".join(words)


def _rows(parser: argparse.ArgumentParser) -> dict[str, str]:
    """Return a row for each argument, with its longest name."""
    found = {}
    for action in parser._actions:
        if action.help == argparse.SUPPRESS or action.dest == "help":
            continue
        value = "" if action.nargs == 0 else f"`{_value(action)}`".replace("|", "\\|")
        names = ", ".join(f"`{name}`" for name in action.option_strings)
        longest = max((f"`{name}`" for name in action.option_strings), key=len, default=value)
        help = _escaped((action.help or "") % {**vars(action), "prog": parser.prog})
        found[f"| {names}{' ' * bool(names and value)}{value} | {help} |"] = longest
    return found


def _table(rows: Iterable[str]) -> list[str]:
    found = list(rows)
    return ["| argument | what it does |", "| --- | --- |", *found, ""] if found else []


def _value(action: argparse.Action) -> str:
    """Return what stands for the value of an option: its name, or the words that it may be."""
    if isinstance(action.metavar, str):
        return action.metavar
    choices: Iterable[object] = action.choices or ()
    return "|".join(map(str, choices)) or action.dest.upper()


def _escaped(text: str) -> str:
    return "".join("\\" + one if one in "|*_<[" else one for one in text)
