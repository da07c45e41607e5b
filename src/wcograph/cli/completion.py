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

    from wcograph.querying.stored import StoredQuery

    Candidates: TypeAlias = dict[str, str]  # each with a word about it

# Each asks 'wcograph completion words ...' for lines of a value, a tab and a description; bash, which breaks a line
# into words in its own way and quotes nothing, asks for what is to stand in the line.
_SCRIPTS = {
    "bash": """\
_wcograph() {
    local IFS=$'\\n'
    COMPREPLY=($(wcograph completion line -- "$COMP_LINE" "$COMP_POINT" "$COMP_WORDBREAKS" 2>/dev/null))
}
complete -o default -F _wcograph wcograph
""",
    "zsh": """\
_wcograph() {
    local line value
    local -a values
    for line in "${(@f)$(wcograph completion words -- "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}"; do
        [[ -n "$line" ]] || continue
        value="${line%%$'\\t'*}"
        value="${value//\\\\/\\\\\\\\}"
        values+=("${value//:/\\\\:}:${line#*$'\\t'}")
    done
    if (( ${#values} )); then
        _describe wcograph values -M 'm:{[:lower:][:upper:]}={[:upper:][:lower:]}'
    else
        _files
    fi
}
compdef _wcograph wcograph
""",
    "fish": """\
function __wcograph
    set -l before (commandline -opc)
    set -l token (commandline -ct | string replace -r '^["\\']' '' | string replace -ra '\\\\\\\\(.)' '$1')
    wcograph completion words -- $before[2..-1] "$token" 2>/dev/null
end
complete -c wcograph -a '(__wcograph)'
""",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.usage = "wcograph completion bash|zsh|fish"
    parser.add_argument(
        "shell", choices=(*_SCRIPTS, "words", "line"), metavar="SHELL", help="bash, zsh or fish"
    )
    parser.add_argument("words", nargs="*", help=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    """Print the script, or what completes the words of a command line."""
    if args.shell in _SCRIPTS:
        print(_SCRIPTS[args.shell], end="")
        return 0
    if args.shell == "line":
        for text in replies(*args.words[:3]):
            print(text)
        return 0
    for value, about in candidates(args.words).items():
        print(f"{value}\t{' '.join(about.split())}")
    return 0


def replies(line: str, point: str, breaks: str) -> list[str]:
    """Give what bash is to put in the place of the word at ``point`` (in bytes), which ``breaks`` bounds for it.

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
    if quote:
        # readline replaces what is behind the quotation mark, and closes it
        special = '\\"$`' if quote == '"' else ""
        return ["".join("\\" + c if c in special else c for c in value) for value in found
                if quote == '"' or "'" not in value]  # fmt: skip
    escaped = ["".join("\\" + c if c in _SPECIAL else c for c in value) for value in found]
    raw = before[start:]
    kept = max((raw.rfind(c) for c in ":=" if c in breaks), default=-1) + 1
    return [value[kept:] for value in escaped]


_SPECIAL = " \t\"'\\$`!&|;()<>*?[]{}#~"


def _split(text: str) -> tuple[list[str], int, str]:
    """Split a line into words as a shell does; give also where the last begins, and its open quotation mark."""
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
    option, equals, value = begun.partition("=")
    if equals and option.startswith("--"):
        inside = candidates([*before, option, value])
        return {f"{option}={text}": about for text, about in inside.items()}
    name = before[named[0]]
    if "/" in name or name.endswith(".rq"):
        from wcograph.querying.stored import read

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
    from wcograph.querying.parameters import codes, names

    store = load().store
    found = codes(store, parameter)
    return found if not begun or _beginning(begun, found) else names(store, parameter)


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
    """Keep what begins as ``begun`` does; where nothing does, what begins so without its accents."""
    wanted = begun.casefold()
    found = {value: about for value, about in values.items() if value.casefold().startswith(wanted)}
    if found or begun.isascii() is False or not begun.strip():
        return found
    from wcograph.querying.parameters import fold

    return {value: about for value, about in values.items() if fold(value).startswith(fold(begun) or "\0")}
