"""The vocabulary of the command line: an option has one name, one help text and the same values in every command."""

from __future__ import annotations

import argparse
import gzip
import re
import shlex
import sys
from importlib import import_module
from pathlib import Path
from unittest.mock import patch

import pytest

import wcograph.cli
from wcograph.cli import COMMANDS, Parser, _options, main, module_of
from wcograph.toolbox.arguments import format_named
from wcograph.toolbox.rdf import files
from wcograph.toolbox.rdf.syntaxes import SPELLINGS
from wcograph.toolbox.shacl.formats import FORMATS as FINDINGS
from wcograph.toolbox.sparql.resultformats import FORMATS, GRAPH_FORMATS, SELECT_FORMATS, spellings

READS = ("query", "sparql", "validate", "export", "diff", "infer", "why", "fmt")
TURTLE = "@prefix e: <http://e/> .\n\ne:a\n    e:p e:b .\n"


def _parser(command: str) -> argparse.ArgumentParser:
    parser = Parser(prog=f"wcograph {command}")
    import_module(module_of(command)).arguments(parser)
    return parser


def _actions(command: str) -> dict[str, argparse.Action]:
    return {flag: action for action in _parser(command)._actions for flag in action.option_strings}


def _help(capfd: pytest.CaptureFixture[str], *words: str) -> str:
    assert main([*words, "--help"]) == 0
    return capfd.readouterr().out


def _error(capfd: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(words) == 2
    return capfd.readouterr().err.removeprefix("wcograph: ").rstrip("\n")


@pytest.mark.quick
@pytest.mark.parametrize("option", _options._WRITTEN)
def test_an_option_is_the_same_in_every_command(option: str) -> None:
    found = {command: actions[option] for command in COMMANDS if option in (actions := _actions(command))}
    if option == "--from":  # of editions: there, --to is its counterpart
        del found["hs-convert"]
    if option == "--timeout":  # of each answer: the server itself goes on
        del found["serve"]
    if option == "--output":  # a directory
        del found["site"]
    assert found
    declared = _options.declared(option)
    for command, action in found.items():
        assert action.help == declared["help"], command
        assert action.metavar == declared.get("metavar"), command
        assert action.type is declared.get("type"), command
        assert action.dest == declared.get("dest", option[2:].replace("-", "_")), command


def test_a_letter_means_one_option() -> None:
    meanings: dict[str, set[str]] = {}
    for command in COMMANDS:
        for action in _parser(command)._actions:
            for flag in action.option_strings:
                if not flag.startswith("--"):
                    meanings.setdefault(flag, set()).add(max(action.option_strings, key=len))
    assert {flag: names for flag, names in meanings.items() if len(names) > 1} == {}


def test_no_two_commands_declare_an_option_apart() -> None:
    helps: dict[str, set[str]] = {}
    for command in COMMANDS:
        for flag, action in _actions(command).items():
            apart = (("hs-convert", "--from"), ("serve", "--timeout"), ("site", "--output"), ("site", "-o"))
            if (command, flag) in apart:  # see above
                continue
            if flag not in ("-f", "--format", "--queries", "--query"):
                helps.setdefault(flag, set()).add(str(action.help))
    assert {flag: texts for flag, texts in helps.items() if len(texts) > 1} == {}


def test_what_reads_files_takes_their_syntax_and_what_writes_takes_a_file() -> None:
    for command in READS:
        assert "--from" in _actions(command), command
    for command in COMMANDS:
        actions = _actions(command)
        assert ("--format" not in actions) or ("--output" in actions), command


@pytest.mark.parametrize("command", [command for command in COMMANDS if "--format" in _actions(command)])
def test_a_format_has_every_spelling(command: str, capfd: pytest.CaptureFixture[str]) -> None:
    action = _actions(command)["--format"]
    names = list(action.choices or ())
    tables = dict(_options.reports(names))
    if command in ("query", "sparql"):
        tables |= {**SELECT_FORMATS, **spellings(graphs=True)}
    assert callable(action.type)
    for name in names:
        for spelling in (name, *tables[name]):
            for written in (spelling, spelling.upper(), *([f".{spelling}"] if "/" not in spelling else ())):
                action.type(written)
    best = next(name for name in ("json", "jsonld", "markdown") if name in names)
    wrong = {"json": "jsn", "jsonld": "jsnld", "markdown": "markdwn"}[best]
    words = ["query", "bodies"] if command == "query" else [command]
    told = _error(capfd, *words, "-f", wrong)
    assert told.startswith(f"there is no format {wrong!r}; did you mean {best}")
    assert told.count("did you mean") == 1
    assert f"(formats: {names[0]}" in told


def test_the_tables_of_formats_have_no_gaps() -> None:
    assert set(_options.SYNTAXES) <= set(SPELLINGS)
    assert set(GRAPH_FORMATS) <= set(SPELLINGS)
    assert {extension[1:] for extension in files.SYNTAXES} == {
        one for name in _options.SYNTAXES for one in SPELLINGS[name] if f".{one}" in files.SYNTAXES
    }
    assert set(_options.reports(_actions("validate")["-f"].choices or ())) == set(FINDINGS)
    assert set(FORMATS) == {*SELECT_FORMATS, *GRAPH_FORMATS}
    assert format_named("text/turtle;version=1.2", SPELLINGS) == "turtle12"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("exprot",), "there is no command 'exprot'; did you mean export? (commands: query, "),
        (("validate", "--fail-on", "voilation"), "there is no --fail-on value 'voilation'; did you mean violation? ("),
        (("validate", "--engine", "natve"), "did you mean native? (values: native, pyshacl)"),
        (("validate", "--context", "grph"), "did you mean graph? (values: graph, none)"),
        (("export", "--graph", "dta"), "there is no graph 'dta'; did you mean data? (graphs: "),
        (("docs", "querys.md"), "there is no page 'querys.md'; did you mean queries.md? (pages: "),
        (("completion", "bsh"), "there is no shell 'bsh'; did you mean bash? (shells: bash, zsh, fish)"),
        (("infer", "a.ttl", "--from", "trutle"), "there is no format 'trutle'; did you mean turtle? (formats: "),
    ],
)  # fmt: skip
def test_a_wrong_value_is_answered_with_the_best_match(
    words: tuple[str, ...], told: str, capfd: pytest.CaptureFixture[str]
) -> None:
    error = _error(capfd, *words)
    assert told in error
    assert error.count("did you mean") == 1


# How each command reads a file of RDF, and its exit status.
CALLS = {
    "query": (["query", "mine.rq", "--only-data", "-f", "csv", "--data"], 0),
    "sparql": (["sparql", "ASK { <http://e/a> <http://e/p> <http://e/b> }", "--only-data", "--exit-status", "--data"], 0),
    "validate": (["validate", "--shapes", "shapes.ttl"], 1),
    "export": (["export", "-f", "nt", "--data"], 0),
    "diff": (["diff", "plain.ttl"], 0),
    "infer": (["infer", "--check"], 0),
    "why": (["why", "<http://e/a>", "<http://e/p>", "<http://e/b>", "--data"], 0),
}  # fmt: skip
WAYS = {
    "file": ["plain.ttl"],
    "gz": ["packed.ttl.gz"],
    "directory": ["folder"],
    "directory of gz": ["folder2"],
    "glob": ["pl*n.ttl"],
    "glob of directories": ["fold*r"],
    "input": ["-", "--from", "text/turtle"],
    "packed input": ["-", "--from", ".ttl"],
    "other extension": ["data.txt", "--from", "ttl"],
    "wrong extension": ["data.rdf", "--from", "turtle"],
}


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("plain.ttl", "folder/a.ttl", "data.txt", "data.rdf"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(TURTLE)
    (tmp_path / "folder2").mkdir()
    for name in ("packed.ttl.gz", "folder2/a.ttl.gz"):
        (tmp_path / name).write_bytes(gzip.compress(TURTLE.encode()))
    (tmp_path / "mine.rq").write_text("#+ title: Mine\nSELECT ?o { <http://e/a> <http://e/p> ?o }")
    (tmp_path / "shapes.ttl").write_text(
        "@prefix sh: <http://www.w3.org/ns/shacl#> . <x:s> a sh:NodeShape ; sh:targetNode <http://e/a> ;\n"
        "sh:property [ sh:path <http://e/p> ; sh:maxCount 0 ] ."
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.quick(7)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("command", CALLS)
def test_every_command_reads_files_the_same_way(
    command: str, way: str, data: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    words, status = CALLS[command]
    content = TURTLE.encode()
    (data / "input").write_bytes(gzip.compress(content) if way == "packed input" else content)
    with (data / "input").open() as stream, patch.object(sys, "stdin", stream):
        assert main([*words, *WAYS[way]]) == status, capfd.readouterr().err
    out, err = capfd.readouterr()
    said = out + err
    assert {
        "query": "http://e/b",
        "sparql": "true",
        "validate": ":4:9: violation" if "wrong" not in way else ": violation",
        "export": "<http://e/a> <http://e/p> <http://e/b> .\n",
        "diff": "no difference",
        "infer": "consistent",
        "why": "4:9" if "directory" not in way else "",
    }[command] in said


@pytest.mark.parametrize("command", CALLS)
def test_what_cannot_be_read_is_told_in_one_line(
    command: str, data: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MOST_BYTES", 1 << 20)
    (data / "bomb.ttl.gz").write_bytes(gzip.compress(b"#" * (4 << 20)))
    (data / "cut.ttl.gz").write_bytes((data / "packed.ttl.gz").read_bytes()[:-9])
    (data / "junk.txt").write_text("Hello, world\n")
    words, _ = CALLS[command]
    for name, status, told in (
        ("bomb.ttl.gz", 3, "bomb.ttl.gz: is longer than 1,048,576 bytes, unpacked"),
        ("cut.ttl.gz", 3, "cut.ttl.gz: cannot be unpacked"),
        ("no*.ttl", 3, "no*.ttl: no file matches"),
        ("junk.txt", 3, "junk.txt: unknown file type '.txt'"),
    ):
        assert main([*words, name]) == status
        out, err = capfd.readouterr()
        assert (out, err.count("\n")) == ("", 1), err
        assert told in err


@pytest.mark.parametrize(
    "words",
    [
        ["query", "bodies"],
        ["sparql", "SELECT * { ?s a wco:Region }"],
        ["validate", "plain.ttl", "--shapes", "shapes.ttl"],
        ["export", "--data", "plain.ttl"],
        ["diff", "plain.ttl", "folder"],
        ["infer", "plain.ttl", "--with-asserted"],
        ["why", "<http://e/a>", "<http://e/p>", "<http://e/b>", "--data", "plain.ttl"],
    ],
    ids=lambda words: words[0],
)
def test_every_command_packs_and_takes_the_format_from_the_extension(
    words: list[str], data: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    names = set(_actions(words[0])["-f"].choices or ())
    extensions = {"json": "json", "ttl": "turtle", "md": "markdown"}
    extension, chosen = next(pair for pair in extensions.items() if pair[1] in names)
    assert main([*words, "-f", chosen, "-o", "-"]) in (0, 1)
    plain = capfd.readouterr().out
    assert main([*words, "-o", f"out.{extension}.gz"]) in (0, 1)
    assert gzip.decompress((data / f"out.{extension}.gz").read_bytes()).decode() == plain != ""


def test_globs_and_directories_are_formatted(data: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (data / "plain.ttl").write_text("<x:a>   <x:b> <x:c>.")
    assert main(["fmt", "--check", "pl*.ttl"]) == 1
    assert main(["fmt", "--check", "--from", "ttl", "data.txt"]) in (0, 1)


@pytest.mark.quick
def test_the_help_has_two_groups_and_each_command_once(capfd: pytest.CaptureFixture[str]) -> None:
    out = _help(capfd)
    users, maintainers = out.index("commands for users:"), out.index("commands for maintainers:")
    for command in COMMANDS:
        (line,) = re.findall(rf"^  {command} +[a-z].*$", out, re.MULTILINE)
        assert (out.index(line) > maintainers) == (command in ("check", "fmt", "docs", "completion"))
        assert out.index(line) > users


def test_the_parameters_of_a_query_come_before_the_general_options(capfd: pytest.CaptureFixture[str]) -> None:
    out = _help(capfd, "query", "members")
    assert out.index("\nparameters:") < out.index("--region VALUE") < out.index("\ngeneral options:")
    assert len(out.splitlines()[0]) <= 80


@pytest.mark.parametrize(
    "words", [(), *((command,) for command in COMMANDS), ("query", "members"), ("query", "describe")]
)
def test_no_line_of_help_is_longer_than_a_terminal(
    words: tuple[str, ...], capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert [line for line in _help(capfd, *words).splitlines() if len(line) > 80] == []


def _examples(command: str) -> list[list[str]]:
    text = str(import_module(module_of(command)).__doc__).partition("examples:\n")[2]
    lines = [re.split(r"  +", line.strip())[0] for line in text.splitlines() if "wcograph " in line]
    return [
        shlex.split(re.sub(r" [<>] \S+", "", re.sub(r'^eval "\$\((.*)\)"$', r"\1", line))) for line in lines
    ]


EXAMPLES = [(command, words) for command in COMMANDS for words in _examples(command)]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_examples(command: str) -> None:
    assert _examples(command)


@pytest.mark.quick(10)
@pytest.mark.parametrize(("command", "words"), EXAMPLES)
def test_an_example_is_a_call_that_is_understood(
    command: str, words: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    assert words[:2] == ["wcograph", command]
    if "--help" not in words:
        args = _parser(command).parse_args(words[2:])
        assert not getattr(args, "rest", None) or args.name


@pytest.mark.parametrize(
    "words", [words[1:] for command, words in EXAMPLES if command in ("query", "info", "completion", "why")
              and not any("mine" in word or "my.ttl" in word or word in ("-o", "--endpoint") for word in words)]
)  # fmt: skip
def test_a_cheap_example_runs(words: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 0
    assert capfd.readouterr().out


def test_a_command_that_is_not_known_is_no_part_of_the_help() -> None:
    folder = Path(str(wcograph.cli.__file__)).parent
    modules = {path.stem for path in folder.glob("*.py") if not path.stem.startswith("_")}
    assert modules == {module_of(command).rpartition(".")[2] for command in COMMANDS}
