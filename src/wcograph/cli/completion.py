"""Print the script that lets a shell complete commands, queries and values.

examples:
  eval "$(wcograph completion bash)"  in ~/.bashrc
  eval "$(wcograph completion zsh)"   in ~/.zshrc, after compinit
  wcograph completion fish > ~/.config/fish/completions/wcograph.fish
"""

from __future__ import annotations

import argparse
import os

from wcograph.cli._options import Names
from wcograph.toolbox.arguments import unknown
from wcograph.toolbox.errors import UsageError, one_line, visible
from wcograph.toolbox.output import read_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from wcograph.toolbox.sparql.stored import StoredQuery

    Candidates: TypeAlias = dict[str, str]  # each with a description

# Each has a script beside this module. It asks 'wcograph completion words ...' for lines of a value, a tab and a
# description. Bash breaks a line into words in its own way and quotes nothing; it asks for the text to insert.
_SHELLS = ("bash", "zsh", "fish")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.usage = "wcograph completion bash|zsh|fish"
    parser.add_argument("shell", choices=Names(_SHELLS), metavar="SHELL", help="bash, zsh or fish")
    parser.add_argument("words", nargs="*", help=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    """Print the script, or what completes the words of a command line."""
    if args.shell in _SHELLS:
        print(read_text(os.path.join(os.path.dirname(__file__), f"completion.{args.shell}")), end="")
        return 0
    if args.shell not in ("words", "line"):
        raise unknown("shell", args.shell, _SHELLS)
    if args.shell == "words":
        for value, about in candidates(args.words).items():
            print(f"{value}\t{one_line(about)}")
        return 0
    point = args.words[1] if len(args.words) == 3 else ""
    if not (point.isascii() and point.isdigit() and len(point) < 10):
        raise UsageError(
            "line takes three arguments from bash: the line, the point in it, and the word breaks"
        )
    print("".join(f"{text}\n" for text in replies(*args.words)), end="")
    return 0


def replies(line: str, point: str, breaks: str) -> list[str]:
    """Return what bash may put in place of the word at ``point`` (in bytes); ``breaks`` are its word breaks.

    >>> replies("wcograph query mem", "18", " :")[:2]
    ['member-profile', 'members']
    """
    before = line.encode()[: int(point)].decode(errors="ignore")
    words, start, quote = _split(before)
    while words and os.path.basename(words[0]) != "wcograph":
        del words[0]
    *_, begun = words[1:] or [""]
    found = list(candidates(words[1:]))
    alike = [value for value in found if value.casefold().startswith(begun.casefold())]
    if len(found) > 1:
        found = alike  # bash would shorten what is typed to the beginning that all have
    # After a quotation mark, readline replaces what follows it, and closes it.
    special = {"": _SPECIAL, '"': '\\"$`', "'": ""}[quote]
    escaped = ["".join("\\" + c if c in special else c for c in value) for value in found]
    if quote:
        return [value for value in escaped if quote == '"' or "'" not in value]
    raw = before[start:]
    kept = max((raw.rfind(c) for c in ":=" if c in breaks), default=-1) + 1
    return [value[kept:] for value in escaped]


_SPECIAL = " \t\"'\\$`!&|;()<>*?[]{}#~"


def _split(text: str) -> tuple[list[str], int, str]:
    """Split a line into words as a shell does; return also where the last begins, and its open quotation mark."""
    words, start, quote, escaped = [""], 0, "", False
    for at, character in enumerate(text):
        if escaped:
            words[-1] += character
            escaped = False
        elif character == "\\" and quote != "'":
            escaped = True
        elif quote:
            if character == quote:
                quote = ""
            else:
                words[-1] += character
        elif character in "'\"":
            quote = character
        elif character.isspace():
            words.append("")
            start = at + 1
        else:
            words[-1] += character
    return [word for word in words[:-1] if word] + words[-1:], start, quote


def candidates(words: Sequence[str]) -> Candidates:
    """Return what the last of ``words`` (those after ``wcograph``) can become, each with a description.

    Nothing means that a file may be meant.

    >>> candidates(["query", "training"])
    {'training-centres-by-region': 'Training centres by region'}
    """
    from wcograph.cli import COMMANDS, parser_of

    *before, begun = words or [""]
    if not before:
        return _beginning(begun, COMMANDS)
    command = before[0]
    if command == "completion":
        return _beginning(begun, dict.fromkeys(_SHELLS, "")) if len(before) == 1 else {}
    if command not in COMMANDS:
        return {}
    parser = parser_of(command)
    if command != "query":
        return _beginning(begun, _of_options(parser, before[-1], begun))
    from wcograph.graph import load

    takes_value = {
        option for action in parser._actions if action.nargs != 0 for option in action.option_strings
    }
    named = [
        at for at in range(1, len(before)) if before[at][:1] != "-" and before[at - 1] not in takes_value
    ]
    if not named:
        if begun.startswith("-") or before[-1] in takes_value:
            return _beginning(begun, _of_options(parser, before[-1], begun))
        return _beginning(begun, {query.name: query.title for query in load().queries})
    option, equals, value = begun.partition("=")
    if equals and option.startswith("--"):
        inside = candidates([*before, option, value])
        return {f"{option}={text}": about for text, about in inside.items()}
    name = before[named[0]]
    if "/" in name or name.endswith(".rq"):
        from wcograph.layout import PREFIXES
        from wcograph.toolbox.sparql.stored import read

        query: StoredQuery | None = read(name, PREFIXES)
    else:
        query = next((query for query in load().queries if query.name == name), None)
    return _beginning(begun, _of_query(query, parser, before[-1], begun)) if query else {}


def _of_query(query: StoredQuery, parser: argparse.ArgumentParser, previous: str, begun: str) -> Candidates:
    parameter = query.parameter(previous[2:]) if previous.startswith("--") else None
    if parameter is None:
        options = {f"--{p.option}": p.description for p in query.parameters} if begun.startswith("-") else {}
        return {**options, **_of_options(parser, previous, begun)}
    if parameter.values or parameter.type == "xsd:boolean":
        return dict.fromkeys(parameter.values or ("true", "false"), "")
    if parameter.type in ("text", "language", "iri") or parameter.type.startswith("xsd:") or query.needs:
        return {parameter.example: "an example"} if parameter.example else {}
    from wcograph.graph import load
    from wcograph.layout import PROFILE
    from wcograph.toolbox.sparql.parameters import codes, names

    store = load().store
    found = codes(store, parameter, PROFILE)
    return found if not begun or _beginning(begun, found) else names(store, parameter, PROFILE)


def _of_options(parser: argparse.ArgumentParser, previous: str, begun: str) -> Candidates:
    """Return the choices of the option before the cursor, or the options if one is begun."""
    for action in parser._actions:
        if previous in action.option_strings and action.nargs != 0:
            return {str(choice): "" for choice in action.choices or ()}
    if not begun.startswith("-"):
        return {}
    return {
        option: action.help or ""
        for action in parser._actions
        if action.help != argparse.SUPPRESS
        for option in action.option_strings
        if option.startswith("--")
    }


def _beginning(begun: str, values: Candidates) -> Candidates:
    """Keep what begins as ``begun`` does; if nothing does, what begins so without its accents.

    A value that a terminal would act on is left out, since it would go into a command line.
    """
    values = {value: about for value, about in values.items() if visible(value) == value}
    wanted = begun.casefold()
    found = {value: about for value, about in values.items() if value.casefold().startswith(wanted)}
    if found or begun.isascii() is False or not begun.strip():
        return found
    from wcograph.toolbox.sparql.parameters import fold

    return {value: about for value, about in values.items() if fold(value).startswith(fold(begun) or "\0")}
