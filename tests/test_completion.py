"""Completion as each shell does it: the script is loaded into the shell, and asked as the Tab key would."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from wcograph.cli import completion
from wcograph.cli.completion import _SHELLS, candidates, replies

# What is typed, what must be among what is offered, as the shell writes it into the line, and what must not be.
NAMES = ("wcograph query memb", {"members", "member-profile", "membership-growth"}, {"bodies"})
CASES = [
    ("wcograph que", {"query"}, {"sparql"}),
    NAMES,
    ("wcograph query members --reg", {"--region"}, {"--kind"}),
    ("wcograph query members --region ", {"europe", "mena"}, {"--region"}),
    ("wcograph query members --region eu", {"europe"}, {"mena"}),
    ("wcograph query member-profile --member TU", {"TUR", "TUN"}, {"PLW"}),
    ("wcograph query member-profile --member Swaz", {"Swaziland"}, set()),
    ("wcograph query member-profile --member Tür", {"Türkiye"}, set()),
    ("wcograph query members -f nd", {"ndjson"}, {"csv"}),
]
QUOTED = {
    "bash": [
        ("wcograph query member-profile --member Sierr", {"Sierra\\ Leone"}, set()),
        ('wcograph query member-profile --member "Sierra L', {"Sierra Leone"}, set()),
        ("wcograph query member-profile --member Sierra\\ L", {"Sierra\\ Leone"}, set()),
        ("wcograph query member-profile --member cote", {"Côte\\ d\\'Ivoire"}, set()),
        ('wcograph query member-profile --member "Côte d', {"Côte d'Ivoire"}, set()),
        ("wcograph query describe --entity wcoid:polity-TU", {"polity-TUR"}, set()),
        ("wcograph query members --region=eu", {"europe"}, set()),
    ],
    "fish": [
        ("wcograph query member-profile --member Sierr", {"Sierra Leone"}, set()),
        ('wcograph query member-profile --member "Sierra L', {"Sierra Leone"}, set()),
        ("wcograph query member-profile --member 'Sierra L", {"Sierra Leone"}, set()),
        ('wcograph query member-profile --member "Côte d', {"Côte d'Ivoire"}, set()),
        ("wcograph query describe --entity wcoid:polity-TU", {"wcoid:polity-TUR"}, set()),
    ],
    "zsh": [
        ("wcograph query member-profile --member Sierr", {"Sierra\\ Leone"}, set()),
        ("wcograph query member-profile --member Côte", {"Côte\\ d\\'Ivoire"}, set()),
        ("wcograph query member-profile --member 'Sierra L", {"'Sierra Leone'"}, set()),
        ("wcograph query describe --entity wcoid:polity-TUR", {"wcoid:polity-TUR"}, set()),
    ],
}

_BASH = """
COMP_LINE="$1"; COMP_POINT=$(printf %s "$1" | wc -c); COMP_WORDBREAKS=$' \\t\\n"\\'><=;|&(:'
_wcograph; printf '%s\\n' "${COMPREPLY[@]}"
"""
# zsh completes in an interactive shell only: one in a pseudo-terminal, which is sent the line and a Tab.
_ZSH = """
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z 'PS1=; unset zle_bracketed_paste; autoload -U compinit; compinit -u -D; source "$TMPDIR/script"'
zpty -w z 'setopt list_ambiguous; report() { print -r -- "<BUFFER>$BUFFER</BUFFER>" }; zle -N report; bindkey "^X" report'
zpty -w z 'print READY'
zpty -m z $'*\\nREADY*' >/dev/null 2>&1 || zpty -r z x $'*\\nREADY*'
zpty -n -w z "$1"$'\\t\\x18'
zpty -r z out $'*</BUFFER>*'
print -r -- "$out"
"""


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory, own_cache: Path) -> dict[str, str]:
    """Give an environment in which ``wcograph`` is a program and the scripts are at hand."""
    folder = tmp_path_factory.mktemp("bin")
    program = folder / "wcograph"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m wcograph "$@"\n')
    program.chmod(0o755)
    return {
        **os.environ,
        "PATH": f"{folder}:{os.environ['PATH']}",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LC_ALL": "C.UTF-8",
    }


def _shell(name: str) -> str:
    return shutil.which(name) or pytest.skip(f"{name} is not installed")


def _script(shell: str) -> str:
    return Path(str(completion.__file__)).with_name(f"completion.{shell}").read_text(encoding="utf-8")


def _offered(shell: str, line: str, tools: dict[str, str]) -> set[str]:
    script = _script(shell)
    if shell == "bash":
        command = [_shell("bash"), "-c", script + _BASH, "bash", line]
    elif shell == "fish":
        command = [_shell("fish"), "-c", f"{script}\ncomplete -C $argv[1]", line]
    else:
        Path(tools["TMPDIR"], "script").write_text(script, encoding="utf-8")
        command = [_shell("zsh"), "-f", "-c", _ZSH, "zsh", line]
    done = subprocess.run(command, capture_output=True, text=True, env=tools, timeout=60)
    if shell == "zsh":
        return {done.stdout.rpartition("<BUFFER>")[2].partition("</BUFFER>")[0].strip()}
    return {text.partition("\t")[0] for text in done.stdout.splitlines()}


@pytest.mark.quick
@pytest.mark.parametrize("shell", _SHELLS)
def test_a_script_is_one_that_its_shell_reads(shell: str) -> None:
    done = subprocess.run([_shell(shell), "-n"], input=_script(shell), capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("shell", "line", "wanted", "unwanted"),
    [(shell, *case) for shell in ("bash", "fish") for case in [*CASES, *QUOTED[shell]]],
)
def test_bash_and_fish_offer_names_options_and_values(
    tools: dict[str, str], shell: str, line: str, wanted: set[str], unwanted: set[str]
) -> None:
    offered = _offered(shell, line, tools)
    assert wanted <= offered
    assert not unwanted & offered


@pytest.mark.parametrize(
    ("line", "completed"),
    [
        ("wcograph query membersh", "wcograph query membership-growth"),
        ("wcograph query members --regi", "wcograph query members --region"),
        ("wcograph query members --region eu", "wcograph query members --region europe"),
        ("wcograph query member-profile --member plw", "wcograph query member-profile --member PLW"),
        *((line, line[: line.rindex("--member ") + 9] + next(iter(wanted)))
          for line, wanted, _ in QUOTED["zsh"] if "--member " in line),
        ("wcograph query describe --entity wcoid:polity-TUR", "wcograph query describe --entity wcoid:polity-TUR"),
    ],
)  # fmt: skip
def test_zsh_completes_names_options_and_values(tools: dict[str, str], line: str, completed: str) -> None:
    assert _offered("zsh", line, tools) == {completed}


def test_no_candidate_breaks_a_line_and_each_is_taken_as_a_value(kg: object) -> None:
    for line in (
        "query describe --entity",
        "query members --region",
        "query contracting-parties --convention",
    ):
        for value in candidates([*line.split(), ""]):
            assert value
            assert value.isprintable()


@pytest.mark.quick
@pytest.mark.parametrize(
    "line", ["", "wcograph", "wcograph '", "x=1 wcograph query 'a", "wcograph query \\", "é"]
)
def test_an_odd_line_is_no_trouble(line: str) -> None:
    assert isinstance(replies(line, str(len(line.encode())), " :="), list)
