"""Print the script that lets a shell complete commands, queries, parameters and their values.

examples:
  eval "$(wcograph completion bash)"                                         in ~/.bashrc
  eval "$(wcograph completion zsh)"                                          in ~/.zshrc, behind compinit
  wcograph completion fish > ~/.config/fish/completions/wcograph.fish
"""

from __future__ import annotations

import argparse
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from wcograph.stored import StoredQuery

    Candidates: TypeAlias = dict[str, str]  # each with a word about it

# Each asks 'wcograph completion words ...' for lines of a value, a tab and a description.
_SCRIPTS = {
    "bash": """\
_wcograph() {
    local line values=() IFS=$'\\n'
    for line in $(wcograph completion words -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null); do
        values+=("${line%%$'\\t'*}")
    done
    COMPREPLY=($(compgen -W "${values[*]}" -- "${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _wcograph wcograph
""",
    "zsh": """\
_wcograph() {
    local line value
    local -a values
    for line in "${(@f)$(wcograph completion words -- "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
        [[ -n "$line" ]] || continue
        value="${line%%$'\\t'*}"
        values+=("${value//:/\\\\:}:${line#*$'\\t'}")
    done
    if (( ${#values} )); then _describe wcograph values; else _files; fi
}
compdef _wcograph wcograph
""",
    "fish": """\
function __wcograph
    set -l words (commandline -opc) (commandline -ct)
    wcograph completion words -- $words[2..-1] 2>/dev/null
end
complete -c wcograph -a '(__wcograph)'
""",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.usage = "wcograph completion bash|zsh|fish"
    parser.add_argument("shell", choices=(*_SCRIPTS, "words"), metavar="SHELL", help="bash, zsh or fish")
    parser.add_argument("words", nargs="*", help=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    """Print the script, or what completes the words of a command line."""
    if args.shell in _SCRIPTS:
        print(_SCRIPTS[args.shell], end="")
        return 0
    for value, about in candidates(args.words).items():
        print(f"{value}\t{' '.join(about.split())}")
    return 0


def candidates(words: Sequence[str]) -> Candidates:
    """Give what the last of ``words`` (those behind ``wcograph``) can become, each with a description.

    Nothing means that a file may stand there.

    >>> candidates(["query", "training"])
    {'training-centres-by-region': 'How many training centres each region has'}
    """
    from wcograph.cli import COMMANDS

    *before, begun = words or [""]
    if not before:
        return _beginning(begun, COMMANDS)
    command = before[0]
    if command == "completion":
        return _beginning(begun, dict.fromkeys(_SCRIPTS, "")) if len(before) == 1 else {}
    if command not in COMMANDS:
        return {}
    parser = _parser(command)
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
    name = before[named[0]]
    if "/" in name or name.endswith(".rq"):
        from wcograph.stored import read

        query: StoredQuery | None = read(name)
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
    if parameter.type in ("text", "language", "iri") or parameter.type.startswith("xsd:"):
        return {parameter.example: "an example"} if parameter.example else {}
    from wcograph.graph import load
    from wcograph.parameters import codes

    return codes(load().store, parameter)


def _parser(command: str) -> argparse.ArgumentParser:
    from importlib import import_module

    from wcograph.cli import Parser

    parser = Parser(prog=f"wcograph {command}")
    import_module(f"wcograph.cli.{command}").arguments(parser)
    return parser


def _of_options(parser: argparse.ArgumentParser, previous: str, begun: str) -> Candidates:
    """Give the choices of the option before the cursor, or the options where one is begun."""
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
    folded = os.path.normcase(begun).casefold()
    return {value: about for value, about in values.items() if value.casefold().startswith(folded)}
