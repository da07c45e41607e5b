"""The tutorial and the guides: each command runs as written, in the order of its page, and prints what the page shows.

- ``console``: commands after ``$ ``, each with its output. ``...`` is any text. The status is 0, unless ``echo $?`` follows.
- ``pycon``: runs as a doctest.
- A block below "Save this as `FILE`:", or "Add this at the end of `FILE`:", does that.
- A ``sh`` block below "In another terminal" runs until the page ends. Other ``sh`` blocks do not run, and the line above
  says what they need.

``--write-expected`` writes the outputs of a page anew, unless one that differs has ``...``.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import hs_tables
from test_endpoint import _oxigraph
from wcograph.cli import main

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
TUTORIAL = DOCS / "tutorial.md"
GUIDES = sorted(DOCS.glob("how-to/*.md"))
BLOCK = re.compile(r"(?:^([^\n]+)\n\n)?^```(\w+)\n(.*?)^```$", re.M | re.S)
FILE = re.compile(r"(Save this as|Add this at the end of) `([^`]+)`:$")
NEEDS = re.compile(r"(Needs|Takes) .*:$")
PORT = "127.0.0.1:7878"  # in the pages
END = "\x1e"
WAIT = (
    "import socket, sys, time\n"
    "for _ in range(300):\n"
    " try: socket.create_connection(('127.0.0.1', int(sys.argv[1]))).close(); break\n"
    " except OSError: time.sleep(0.1)\n"
)


def pieces(block: str) -> list[tuple[str, str]]:
    """Return the commands of a console block, each with its output."""
    found = re.split(r"^\$ ", block, flags=re.M)
    assert not found[0], f"a console block begins with a command: {block[:40]!r}"
    split = [re.match(r"((?:[^\n]*\\\n)*[^\n]*\n)(.*)", one, re.S) for one in found[1:]]
    return [(one[1], one[2]) for one in split if one]


class Page:
    """A page as a script for bash, and what it is expected to print after each command."""

    def __init__(self, path: Path, port: str) -> None:
        self.path, self.text = path, path.read_text(encoding="utf-8")
        self.outputs: list[tuple[int, int, str]] = []  # where in the page, and what
        self.strict: list[bool] = []
        self.script = ["S=0"]
        for found in BLOCK.finditer(self.text):
            above, kind, block = found[1] or "", found[2], found[3].replace(PORT, f"127.0.0.1:{port}")
            if named := FILE.search(above):
                to = ">>" if named[1].startswith("Add") else ">"
                self.script.append(f"printf %s {shlex.quote(block)} {to} {shlex.quote(named[2])}")
            elif kind == "console":
                self._console(found.start(3), found[3], port)
            elif kind == "pycon":
                self._run(
                    f"python -c {shlex.quote(DOCTEST)} {shlex.quote(block)}\n", found.start(3), "", True
                )
            elif "In another terminal" in above:
                self.script.append(
                    f"{{ {block.strip()}; }} >/dev/null 2>&1 & python -c {shlex.quote(WAIT)} {port}"
                )
            elif kind == "sh":
                assert NEEDS.match(above), f"{path.name}: say above the block what it needs: {block[:60]!r}"

    def _console(self, at: int, block: str, port: str) -> None:
        found = pieces(block)
        for (command, output), after in zip(found, [*found[1:], ("", "")], strict=True):
            at += len("$ ") + len(command)
            self._run(command.replace(PORT, f"127.0.0.1:{port}"), at, output, "echo $?" not in after[0])
            at += len(output)

    def _run(self, command: str, at: int, output: str, strict: bool) -> None:
        self.script.append(f"(exit $S)\n{command}S=$?; printf '{END}%s{END}' $S")
        self.outputs.append((at, at + len(output), output))
        self.strict.append(strict)


DOCTEST = (
    "import doctest, sys\n"
    "test = doctest.DocTestParser().get_doctest(sys.argv[1], {}, 'page', None, 0)\n"
    "sys.exit(doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test).failed)\n"
)


def as_shown(output: str) -> str:
    return "".join(f"{line.rstrip()}\n" for line in output.split("\n")).rstrip("\n") + "\n" * bool(
        output.strip()
    )


def fits(expected: str, printed: str) -> bool:
    pattern = ".*?".join(map(re.escape, expected.split("...")))
    return re.fullmatch(pattern, printed, re.S) is not None


def run(page: Page, folder: Path, source: Path, port: str) -> list[tuple[str, int]]:
    """Return what each command of a page prints, with its exit status."""
    tools = folder.parent / "bin"
    tools.mkdir()
    for name, command in {
        "wcograph": f'{sys.executable} -m wcograph "$@"',
        "python": f'{sys.executable} "$@"',
        "oxigraph": f'{_oxigraph()} "$@"',
    }.items():
        (tools / name).write_text(f"#!/bin/sh\nexec {command}\n")
        (tools / name).chmod(0o755)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PYTEST")},
        **{"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(source), "COLUMNS": "90"},
        **{"WCOGRAPH_DATA_DIR": str(folder.parent / "imported"), "LC_ALL": "C.UTF-8"},
    }
    script = "\n".join([*page.script, "kill $(jobs -p) 2>/dev/null; wait\n"])
    done = subprocess.run(
        ["bash", "-c", script], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        encoding="utf-8", timeout=300,
    )  # fmt: skip
    parts = done.stdout.replace(port, PORT.rpartition(":")[2]).split(END)
    return list(zip(parts[0:-1:2], map(int, parts[1::2]), strict=True))


@pytest.mark.quick(1)
@pytest.mark.parametrize("path", [*GUIDES[::-1], TUTORIAL], ids=lambda path: path.stem)
def test_a_page_shows_what_its_commands_print(
    path: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    page = Page(path, port)
    folder = tmp_path / "work"
    source = ROOT / "src"
    if path == TUTORIAL:
        source = folder / "src"
        for name in ("ontology", "data", "queries", "docs", "src"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        folder.mkdir()
    if path.stem == "harmonized-system":
        hs_tables.write(folder)
    printed = run(page, folder, source, port)
    assert len(printed) == len(page.outputs), printed[-1:]
    failed = [
        output for (output, status), strict in zip(printed, page.strict, strict=True) if strict and status
    ]
    assert failed == []
    text = page.text
    wrong = []
    for (start, end, expected), (output, _) in reversed(list(zip(page.outputs, printed, strict=True))):
        shown = as_shown(output)
        if not fits(expected, shown):
            wrong.append((expected, shown))
            text = text[:start] + shown + text[end:]
    if (
        wrong
        and request.config.getoption("--write-expected")
        and not any("..." in expected for expected, _ in wrong)
    ):
        path.write_text(text, encoding="utf-8")
        return
    for expected, shown in wrong:
        assert shown == expected


def test_the_commands_of_the_readme_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Run those of the table of questions, with the files that they name."""
    (tmp_path / "list.txt").write_text("Kenya\nJapan\n")
    (tmp_path / "mine.ttl").write_text("<http://e/a> <http://e/b> 1 .\n")
    (tmp_path / "mine.rq").write_text(
        "#+ parameters:\n#+   member: {type: 'wco:Member', description: A Member, optional: true, repeat: true}\n"
        "SELECT ?member { VALUES ?member { UNDEF } ?member a wco:Member }\n"
    )
    monkeypatch.chdir(tmp_path)
    table = (
        (ROOT / "README.md")
        .read_text(encoding="utf-8")
        .partition("| you want to know |")[2]
        .partition("\n\n")[0]
    )
    commands = [command for command in re.findall(r"`(wcograph [^`]+)`", table) if ".ttl" not in command]
    commands += re.findall(r"`(wcograph sparql [^`]*mine.ttl[^`]*)`", table)
    assert len(commands) > 25
    patient = [command.replace("--timeout 10", "--timeout 300") for command in commands]  # on a busy machine
    assert {command: status for command in patient if (status := main(shlex.split(command)[1:]))} == {}
    capfd.readouterr()


def test_the_python_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    [code] = re.findall(
        r"^```python\n(.*?)^```$", (ROOT / "README.md").read_text(encoding="utf-8"), re.M | re.S
    )
    exec(compile(code, "README.md", "exec"), {})
    assert (tmp_path / "wco.ttl").stat().st_size > 1_000_000
