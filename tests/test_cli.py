"""The command line: answers on standard output, one line for each error, the exit statuses as promised."""

from __future__ import annotations

import csv
import io
import os
import signal
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from wcograph.cli import COMMANDS, main
from wcograph.toolbox.errors import InputError
from wcograph.toolbox.output import open_output


def _call(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        [sys.executable, "-m", "wcograph", *arguments], capture_output=True, text=True, **options
    )


def _fails(capfd: pytest.CaptureFixture[str], status: int, *arguments: str) -> str:
    """Call wcograph, check that it fails with one line and nothing on standard output, and give the line."""
    assert main(arguments) == status
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith("wcograph: ")
    assert err.count("\n") == 1, err
    assert "Traceback" not in err
    return err


def _rows(capfd: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, str]]:
    assert main([*arguments, "-f", "csv"]) == 0
    return list(csv.DictReader(io.StringIO(capfd.readouterr().out, newline="")))


@pytest.mark.quick
def test_training_centres_by_region_are_seven_four_three_seven_two_and_six(
    capfd: pytest.CaptureFixture[str],
) -> None:
    rows = _rows(capfd, "query", "training-centres-by-region")
    assert {row["region"].rpartition("/region-")[2]: row["centres"] for row in rows} == {
        "asia-pacific": "7",
        "esa": "4",
        "wca": "3",
        "europe": "7",
        "americas": "2",
        "mena": "6",
    }


def test_seventeen_conventions_are_in_force(capfd: pytest.CaptureFixture[str]) -> None:
    assert _rows(capfd, "query", "conventions-in-force-count") == [{"conventions": "17"}]


@pytest.mark.quick
@pytest.mark.parametrize(
    "value", ["rtc", "RTC", "wcov:rtc", "Regional Training Centre", "centre régional de formation"]
)
def test_a_concept_may_be_given_by_code_curie_or_label(capfd: pytest.CaptureFixture[str], value: str) -> None:
    rows = _rows(capfd, "query", "regional-offices", "--kind", value, "--region", "europe")
    assert len(rows) >= 7
    assert {row["kindName"] for row in rows} == {"Regional Training Centre"}


def test_an_unknown_query_is_answered_with_the_near_ones(capfd: pytest.CaptureFixture[str]) -> None:
    assert "did you mean bodies" in _fails(capfd, 2, "query", "bodys")


def test_an_unknown_command_is_answered_with_the_near_one(capfd: pytest.CaptureFixture[str]) -> None:
    assert "did you mean export?" in _fails(capfd, 2, "exprot")


def test_an_unknown_parameter_is_refused(capfd: pytest.CaptureFixture[str]) -> None:
    assert "--colour" in _fails(capfd, 2, "query", "bodies", "--colour", "red")


@pytest.mark.parametrize("value", ["two", "20222", "2022-01", "2022 }", ""])
def test_an_ill_typed_value_is_refused(capfd: pytest.CaptureFixture[str], value: str) -> None:
    assert "is not a year as YYYY" in _fails(capfd, 2, "query", "themes", "--year", value)


@pytest.mark.quick
def test_an_unknown_value_is_answered_with_the_near_ones(capfd: pytest.CaptureFixture[str]) -> None:
    line = _fails(capfd, 2, "query", "regional-offices", "--region", "Europa")
    assert "there is no Region 'Europa'; possible values: Europe (europe); " in line


def test_a_required_parameter_is_asked_for(capfd: pytest.CaptureFixture[str]) -> None:
    assert "needs --entity" in _fails(capfd, 2, "query", "describe")


@pytest.mark.parametrize(
    "value", ['" } DROP ALL #', "> ?x ?y <http://a", "UNDEF", "?s", "wcoid:", "\x00", "'", "\\"]
)
@pytest.mark.parametrize(
    "call",
    [
        ("regional-offices", "--region"),
        ("describe", "--entity"),
        ("themes", "--year"),
        ("claims", "--property"),
    ],
)
def test_a_hostile_value_is_refused(
    capfd: pytest.CaptureFixture[str], call: tuple[str, str], value: str
) -> None:
    _fails(capfd, 2, "query", call[0], call[1], value)


@pytest.mark.quick
def test_a_syntax_error_is_told_by_line_and_column(capfd: pytest.CaptureFixture[str]) -> None:
    assert _fails(capfd, 3, "sparql", "SELECT *\nWHERE { ?s ?p }").startswith("wcograph: query:2:15: ")


@pytest.mark.quick
def test_an_update_is_refused(capfd: pytest.CaptureFixture[str]) -> None:
    assert "read-only" in _fails(capfd, 2, "sparql", "DROP ALL")


def test_a_missing_query_file_is_told(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "missing.rq: cannot be read" in _fails(capfd, 3, "sparql", "-q", str(tmp_path / "missing.rq"))


def test_an_unwritable_output_is_told(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "cannot be written" in _fails(capfd, 3, "query", "bodies", "-o", str(tmp_path / "no" / "x.csv"))


def test_a_full_output_is_told() -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "wcograph", "query", "bodies"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert done.returncode == 3
    assert done.stderr == "wcograph: the output cannot be written: No space left on device\n"


@pytest.mark.quick
def test_an_output_that_fails_midway_keeps_the_old_file(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    target = tmp_path / "x.ttl"
    target.write_text("old")
    _fails(capfd, 2, "query", "bodies", "-f", "turtle", "-o", str(target))
    assert target.read_text() == "old"
    assert os.listdir(tmp_path) == ["x.ttl"]


@pytest.mark.quick
def test_a_closed_pipe_is_quiet() -> None:
    call = f"{sys.executable} -m wcograph sparql 'SELECT * {{ ?s ?p ?o }}' -f csv"
    command = f"{call} | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    assert done.stdout.split() == ["s,p,o", "0"]
    assert done.stderr == ""


def test_the_query_may_come_from_standard_input() -> None:
    done = _call("sparql", "-", "-f", "csv", input="ASK { ?s ?p ?o }")
    assert (done.stdout, done.stderr, done.returncode) == ("true\n", "", 0)


@pytest.mark.quick
@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_says_what_it_does_and_its_exit_statuses(
    command: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main([command, "--help"]) == 0
    out = capfd.readouterr().out
    assert "exit status:" in out
    assert f"wcograph {command}" in out


def test_the_help_of_a_query_names_its_parameters(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["query", "regional-offices", "--help"]) == 0
    out = capfd.readouterr().out
    assert "--kind VALUE" in out
    assert "example:\n  wcograph query regional-offices" in out


def test_the_catalogue_lists_every_query(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["query"]) == 0
    assert "  training-centres-by-region  " in capfd.readouterr().out


@pytest.mark.quick
def test_show_prints_the_query_with_its_parameters_bound(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["query", "themes", "--year", "2022", "--show"]) == 0
    shown = capfd.readouterr().out
    assert 'VALUES ?year { "2022"^^<http://www.w3.org/2001/XMLSchema#gYear> }' in shown
    assert main(["sparql", shown, "-f", "csv"]) == 0
    assert capfd.readouterr().out.count("\n") == 2


def test_rdflib_yaml_and_dataclasses_stay_out_of_a_query() -> None:
    code = (
        "import sys; from wcograph.cli import main; main(['query', 'bodies', '-f', 'csv']);"
        "print([m for m in ('rdflib', 'yaml', 'dataclasses', 'pathlib', 'typing') if m in sys.modules])"
    )
    _call("query", "bodies")  # the first call reads the question
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]"


@cache
def _whole(datasets: bool) -> Any:
    """Return the graph, or the union of its graphs, with canonical names of blank nodes."""
    import pyoxigraph as ox

    import wcograph

    quads = wcograph.load().quads()
    found = ox.Dataset(quads if datasets else (ox.Quad(*quad.triple) for quad in quads))
    found.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return found


@pytest.mark.parametrize("format", ["turtle", "trig", "ntriples", "nquads", "rdfxml", "jsonld"])
def test_an_export_is_the_same_every_time_and_is_read_back_whole(format: str, tmp_path: Path) -> None:
    import pyoxigraph as ox

    from wcograph.toolbox.rdf.syntaxes import chosen

    outputs = []
    for seed in ("1", "2"):
        target = tmp_path / f"{seed}.out"
        done = _call("export", "-f", format, "-o", str(target), env={**os.environ, "PYTHONHASHSEED": seed})
        assert done.returncode == 0, done.stderr
        outputs.append(target.read_bytes())
    assert outputs[0] == outputs[1]
    there = ox.Dataset(ox.parse(outputs[0], format=chosen(format, None).rdf_format))
    there.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    assert there == _whole(chosen(format, None).datasets)


def test_an_unknown_graph_is_refused(capfd: pytest.CaptureFixture[str]) -> None:
    assert "there is no graph 'facts'" in _fails(capfd, 2, "export", "--graph", "facts")


def test_an_unknown_syntax_is_refused(capfd: pytest.CaptureFixture[str]) -> None:
    assert "there is no format 'docx'" in _fails(capfd, 2, "export", "-f", "docx")


def test_an_interrupt_has_its_status(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("wcograph.cli.info.load", interrupt, raising=False)
    import wcograph.cli.info

    monkeypatch.setattr(wcograph.cli.info, "load", interrupt)
    assert main(["info"]) == 130


def test_a_fault_of_ours_is_one_line_and_a_traceback_only_with_debug(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    import wcograph.cli.info

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(wcograph.cli.info, "load", fail)
    assert "internal error (RuntimeError: boom)" in _fails(capfd, 70, "info")
    assert main(["--debug", "info"]) == 70
    assert "Traceback" in capfd.readouterr().err


def _own(tmp_path: Path) -> tuple[str, str]:
    query, data = tmp_path / "mine.rq", tmp_path / "mine.ttl"
    query.write_text(
        "#+ title: Mine\n#+ parameters:\n#+   x: {type: iri, description: One or more, optional: true, repeat: true}\n"
        "SELECT ?x ?n { VALUES ?x { UNDEF } ?x <a:n> ?n } ORDER BY ?n\n"
    )
    data.write_text("<a:1> <a:n> 1 . <a:2> <a:n> 2 . <a:3> <a:n> 3 .")
    return str(query), str(data)


def test_a_query_and_data_of_ones_own(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    query, data = _own(tmp_path)
    assert [row["n"] for row in _rows(capfd, "query", query, "--data", data)] == ["1", "2", "3"]
    assert [
        row["n"]
        for row in _rows(capfd, "query", "mine", "--queries", str(tmp_path), "--data", data, "--only-data")
    ] == [*"123"]
    assert [
        row["n"]
        for row in _rows(capfd, "query", query, "--x", "a:1", "--x", "a:3", "--data", data, "--only-data")
    ] == [
        "1",
        "3",
    ]
    assert _rows(capfd, "sparql", "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", "--data", data, "--only-data") == [
        {"n": "3"}
    ]
    assert _rows(capfd, "sparql", "--only-data", "--data", data, "SELECT ?s { ?s <a:n> 2 }") == [{"s": "a:2"}]
    assert main(["query", "--queries", str(tmp_path)]) == 0
    assert "  mine  " in capfd.readouterr().out


def test_values_come_from_a_file_or_standard_input(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    query, data = _own(tmp_path)
    (tmp_path / "list").write_text("a:1\n\na:2\n")
    given = ["query", query, "--only-data", "--data", data, "--x", f"@{tmp_path / 'list'}"]
    assert [row["n"] for row in _rows(capfd, *given)] == ["1", "2"]
    done = _call("query", query, "--only-data", "--data", data, "--x", "-", "-f", "csv", input="a:3\n")
    assert done.stdout.split() == ["x,n", "a:3,3"]
    assert "/nowhere: cannot be read" in _fails(
        capfd, 3, "query", query, "--only-data", "--data", data, "--x", "@/nowhere"
    )
    (tmp_path / "none.txt").touch()
    assert "has no values" in _fails(
        capfd, 2, "query", query, "--only-data", "--data", data, "--x", f"@{tmp_path}/none.txt"
    )
    assert "not a regular file" in _fails(
        capfd, 3, "query", query, "--only-data", "--data", data, "--x", "@/dev/zero"
    )


def test_a_parameter_that_takes_one_value_reads_no_file(capfd: pytest.CaptureFixture[str]) -> None:
    assert "there is no resource '@/etc/passwd'" in _fails(
        capfd, 2, "query", "describe", "--entity", "@/etc/passwd"
    )


def test_the_answer_to_an_ask_may_be_the_status(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["sparql", "ASK { ?x a wco:Region }", "--exit-status"]) == 0
    assert main(["sparql", "ASK { ?x a wco:Nothing }", "--exit-status"]) == 1
    assert main(["sparql", "ASK { ?x a wco:Nothing }"]) == 0
    assert capfd.readouterr().out == "true\nfalse\nfalse\n"


def test_sources_are_footnotes_of_a_table_and_a_column_of_csv(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["query", "themes", "--year", "2007", "--sources"]) == 0
    out = capfd.readouterr().out
    assert "\n1  WCO News 52 (2007-02)" in out
    assert main(["query", "themes", "--year", "2007", "--sources", "-f", "markdown"]) == 0
    out = capfd.readouterr().out
    assert "[^1]\n" in out
    assert "\n[^1]: WCO News 52" in out
    (row,) = _rows(capfd, "query", "themes", "--year", "2007", "--sources")
    assert row["sources"].startswith("WCO News 52 (2007-02)")
    assert "no column of query has a source" in _call("sparql", "SELECT (1 AS ?n) {}", "--sources").stderr


def test_labels_and_whole_iris(capfd: pytest.CaptureFixture[str]) -> None:
    asked = "SELECT ?r { VALUES ?r { wcoid:region-europe } }"
    assert _rows(capfd, "sparql", asked, "--labels")[0]["rLabel"] == "Europe"
    assert main(["sparql", asked, "--iris"]) == 0
    assert "https://w3id.org/wcograph/id/region-europe" in capfd.readouterr().out


def test_explain_says_what_was_asked_and_how_long_it_took(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["query", "themes", "--year", "2007", "--explain", "-f", "csv"]) == 0
    out, err = capfd.readouterr()
    assert out.startswith("year,title")
    assert 'VALUES ?year { "2007"^^' in err
    for stage in ("load", "bind", "evaluate", "write"):
        assert f"\n  {stage} " in err


def test_a_file_name_tells_the_format(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for ending, start in (("csv", b"body,"), ("html", b"<!DOCTYPE"), ("json", b'{"head"'), ("md", b"| Name")):
        target = tmp_path / f"x.{ending}"
        assert main(["query", "bodies", "-o", str(target)]) == 0
        assert target.read_bytes().startswith(start)


@pytest.mark.quick(2)
@pytest.mark.parametrize(
    ("words", "value"),
    [
        (["que"], "query"),
        (["query", "membership-"], "membership-growth"),
        (["query", "members", "--reg"], "--region"),
        (["query", "members", "--region", "eu"], "europe"),
        (["query", "members", "--lang", ""], "fr"),
        (["query", "--format", "nd"], "ndjson"),
        (["export", "--o"], "--output"),
        (["completion", "f"], "fish"),
    ],
)
def test_a_shell_completes(capfd: pytest.CaptureFixture[str], words: list[str], value: str) -> None:
    assert main(["completion", "words", "--", *words]) == 0
    assert value in [line.partition("\t")[0] for line in capfd.readouterr().out.splitlines()]


def _shell(command: str) -> subprocess.CompletedProcess[str]:
    text = command.replace("wcograph", f"{sys.executable} -m wcograph")
    return subprocess.run(["bash", "-c", text], capture_output=True, text=True)


@pytest.mark.parametrize("call", ["query themes", "validate", "--version", "--help", "info"])
def test_a_closed_standard_output_is_one_line_and_not_a_no(call: str) -> None:
    done = _shell(f"wcograph {call} >&-")
    assert done.returncode == 3
    assert done.stderr.count("\n") == 1
    assert "standard output is closed" in done.stderr


def test_a_closed_standard_error_sends_no_message_elsewhere() -> None:
    done = _shell("wcograph query bogus 2>&-")
    assert (done.returncode, done.stdout) == (2, "")
    assert _shell("wcograph query bogus 2>/dev/full").returncode == 2


@pytest.mark.parametrize("output", ["-o /dev/stdout >> log", "-o /dev/fd/3 3>> log"])
def test_what_the_shell_has_opened_is_written_at_its_end(tmp_path: Path, output: str) -> None:
    done = _shell(
        f"cd {tmp_path}; echo KEEP > log; wcograph query conventions-in-force-count -f csv {output}"
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "log").read_text().split() == ["KEEP", "conventions", "17"]


BYTE = os.fsdecode(b"\xff")  # in a name or an argument that is no UTF-8


@pytest.mark.parametrize(
    "arguments",
    [
        (BYTE,),
        ("query", BYTE),
        ("query", "bodies", f"--{BYTE}"),
        ("query", "regional-offices", "--region", BYTE),
        ("sparql", f"ASK {{ ?s ?p '{BYTE}' }}"),
        ("validate", "-f", BYTE),
        ("query", "bodies", "-o", ""),
    ],
)
def test_an_argument_that_is_no_text_is_a_wrong_call(
    capfd: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    _fails(capfd, 2, *arguments)


TRIPLE = "<e:a> <http://www.w3.org/2002/07/owl#differentFrom> <e:a> .\n"


@pytest.mark.parametrize(
    ("call", "status"),
    [
        (("infer", "--check"), 1),
        (("infer", "--check", "-f", "json"), 1),
        (("diff", "empty.ttl"), 1),
        (("diff", "-f", "markdown", "empty.ttl"), 1),
        (("fmt", "--diff"), 0),
        (("validate",), 0),
        (("why", "<e:a>", "owl:differentFrom", "<e:a>", "--data"), 0),
        (("query", "--queries"), 0),
    ],
)
@pytest.mark.parametrize("name", [f"{BYTE}.ttl", "a\nb.ttl", "é\u202e.ttl"])
def test_a_file_of_any_name_is_read(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
    call: tuple[str, ...],
    status: int,
    name: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / (name.replace("ttl", "rq") if "--queries" in call else name)
    file.write_text("SELECT * { ?s ?p ?o }" if "--queries" in call else TRIPLE)
    (tmp_path / "empty.ttl").write_text("")
    assert main([*call, str(file)]) == status, capfdbinary.readouterr().err


@pytest.mark.parametrize(
    "call", [("fmt",), ("validate",), ("infer",), ("export", "--data"), ("sparql", "-q")]
)
@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("a\nb\x1b[31m.ttl", r"a\nb\x1b[31m.ttl"),
        (f"{BYTE}.ttl", r"\xff.ttl"),
        ("missing.xyz", "missing.xyz: no such file"),
        ("missing", "missing: no such file"),
        ("x" * 280 + ".ttl", "File name too long"),
        ("loop.ttl", "loop.ttl: cannot be read: Too many levels of symbolic links"),
        ("broken.ttl", "broken.ttl: no such file"),
        ("folder.ttl", "folder.ttl: "),
    ],
)
def test_what_is_no_file_is_told_in_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    call: tuple[str, ...],
    name: str,
    told: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    os.symlink("loop.ttl", "loop.ttl")
    os.symlink("nowhere.ttl", "broken.ttl")
    if name == "folder.ttl":
        if call == ("fmt",):
            pytest.skip("fmt looks for files in a folder")
        os.mkdir(name)
    line = _fails(capfd, 3, *call, name)
    if call[0] == "sparql":
        told = told.replace("no such file", "cannot be read: No such file")
    assert told in line
    assert len(line) < 320


@pytest.mark.parametrize("call", [("fmt",), ("validate",), ("infer",), ("export", "--data")])
def test_a_pipe_is_not_waited_for(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], call: tuple[str, ...]
) -> None:
    os.mkfifo(tmp_path / "pipe.ttl")
    assert "not a regular file" in _fails(capfd, 3, *call, str(tmp_path / "pipe.ttl"))


@pytest.mark.parametrize(
    "call", ["sparql -", "fmt -", "export --data - --from turtle", "query members --member -"]
)
def test_a_closed_standard_input_is_told(call: str) -> None:
    done = _shell(f"wcograph {call} <&-")
    assert done.returncode in (2, 3)
    assert done.stderr.count("\n") == 1
    assert "internal" not in done.stderr


def test_a_byte_order_mark_is_no_part_of_a_query(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.rq"
    file.write_text("\ufeffASK { ?s ?p ?o }", encoding="utf-8")
    done = _call("sparql", "-", input="\ufeffASK { ?s ?p ?o }")
    assert (done.stdout, done.returncode) == ("true\n", 0)
    for call in (["sparql", "-q", str(file)], ["query", str(file)]):
        assert main(call) == 0
        assert capfd.readouterr().out == "true\n"


@pytest.mark.parametrize(
    "environment",
    [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}],
)
def test_no_encoding_of_the_terminal_is_a_fault(tmp_path: Path, environment: dict[str, str]) -> None:
    (tmp_path / "é.rq").write_text("#+ title: É\n#+ description: ─\nSELECT ('é' AS ?é) {}", encoding="utf-8")
    for arguments, there in (
        (["query", str(tmp_path / "é.rq"), "--help"], "\\u2500"),
        (["query", "members", "--region", "Türkei"], ""),
        (["query", str(tmp_path / "é.rq"), "-o", str(tmp_path / "o.csv")], ""),
    ):
        done = _call(*arguments, env={**os.environ, **environment}, encoding="utf-8")
        assert done.returncode in (0, 2), done.stderr
        assert there in done.stdout
    assert (tmp_path / "o.csv").read_bytes() == "é\r\né\r\n".encode()


@pytest.mark.parametrize("call", ["--help", "query --help", "query bodies --help", "--version"])
def test_a_help_that_cannot_be_written_is_told(call: str) -> None:
    done = _shell(f"wcograph {call} > /dev/full")
    assert done.returncode == 3
    assert done.stderr == "wcograph: the output cannot be written: No space left on device\n"


def test_an_interrupt_while_the_command_line_is_imported_is_quiet() -> None:
    code = """
import os, signal, sys
class Interrupt:
    def find_spec(self, name, *_):
        if name == "wcograph.cli":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupt())
from wcograph.__main__ import command
command()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")


@pytest.mark.parametrize("name", ["new/", "loop", "x" * 300])
def test_an_output_that_cannot_be_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    os.symlink("loop", "loop")
    _fails(capfd, 3, "query", "bodies", "-f", "csv", "-o", name)
    assert os.listdir() == ["loop"]
    assert os.path.islink("loop")


def test_an_output_keeps_permissions_from_its_first_byte_on(tmp_path: Path) -> None:
    target = tmp_path / "secret"
    target.write_text("old")
    target.chmod(0o600)
    with open_output(str(target)) as stream:
        modes = {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
        stream.write(b"new")
    assert modes == {0o600}
    assert target.stat().st_mode & 0o777 == 0o600
    target.chmod(0o444)
    with pytest.raises(InputError, match="read-only"), open_output(str(target)) as stream:
        stream.write(b"newer")
    assert target.read_text() == "new"
    assert os.listdir(tmp_path) == ["secret"]


def test_a_name_may_be_as_long_as_the_system_allows(tmp_path: Path) -> None:
    target = tmp_path / ("é" * 127)  # 254 bytes
    with open_output(str(target)) as stream:
        stream.write(b"whole")
    assert target.read_bytes() == b"whole"
    assert len(os.listdir(tmp_path)) == 1


def test_a_function_that_the_engine_does_not_know_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    call = ("sparql", "SELECT (<e:f>(1) AS ?x) {}")
    assert "custom function <e:f>" in _fails(capfd, 3, *call)
    assert "custom function <e:f>" in _fails(capfd, 3, *call, "--timeout", "20")


@pytest.mark.parametrize(
    "call",
    [
        ("query", "members", "--region=--"),
        ("export", "--verify=--"),
        ("validate", "-f=--"),
        ("sparql", "--query-file=--"),
    ],
)
def test_two_dashes_are_no_value(call: tuple[str, ...], capfd: pytest.CaptureFixture[str]) -> None:
    assert "has no value" in _fails(capfd, 2, *call)


def test_a_width_that_is_none_does_not_matter(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "abc")
    assert main(["query", "--help"]) == 0


@pytest.mark.quick(2)
@pytest.mark.parametrize(
    ("package", "extra", "call"),
    [
        ("uvicorn", "serve", ("serve", "--port", "0")),
        ("jinja2", "serve", ("site", "-o", "{}/site")),
        ("mcp", "mcp", ("mcp",)),
        ("urllib3", "endpoint", ("query", "bodies", "--endpoint", "http://127.0.0.1:9/")),
        ("pyld", "jsonld", ("export", "--graph", "claims", "-f", "jsonld", "--frame", "{}/frame.json")),
        ("pyarrow", "arrow", ("export", "--tables", "{}/tables")),
        ("xlsxwriter", "xlsx", ("query", "bodies", "-o", "{}/a.xlsx")),
    ],
)
def test_a_missing_extra_is_named_with_the_command_that_installs_it(
    package: str, extra: str, call: tuple[str, ...], tmp_path: Path
) -> None:
    (tmp_path / "frame.json").write_text("{}")
    without = f"import sys; sys.modules[{package!r}] = None; from wcograph.cli import main; sys.exit(main(sys.argv[1:]))"
    words = (word.format(tmp_path) for word in call)
    run = subprocess.run([sys.executable, "-c", without, *words], capture_output=True, text=True, check=False)
    told = f" needs {package}; install it with: python3 -m pip install 'wcograph[{extra}]'\n"
    assert run.returncode == 2 and run.stderr.endswith(told) and run.stderr.count("\n") == 1, run.stderr
    assert sorted(os.listdir(tmp_path)) == ["frame.json"]
