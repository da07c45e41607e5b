"""Limits on the command line: an endless query ends, Ctrl-C ends at once, and nothing half-written stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
MANY = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


def _start(*arguments: str, **options: object) -> subprocess.Popen[str]:
    return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
        [sys.executable, "-m", "wcograph", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        # whoever runs the tests in the background has Ctrl-C ignored, and children inherit it
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler) and None,
        **options,
    )


@pytest.fixture(scope="module", autouse=True)
def built(own_cache: Path) -> None:
    subprocess.run([sys.executable, "-m", "wcograph", "info"], check=True, stdout=subprocess.DEVNULL)


@pytest.mark.quick(1)
@pytest.mark.parametrize(
    "query",
    [
        ENDLESS,
        MANY,
        f"{MANY} ORDER BY ?i",
        "ASK { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . FILTER(STRLEN(STR(?c)) + STRLEN(STR(?f)) > 100000) }",
    ],
)
def test_an_endless_query_is_stopped_in_time(query: str, tmp_path: Path) -> None:
    target = tmp_path / "x.csv"
    target.write_text("old")
    start = time.monotonic()
    process = _start("sparql", query, "--timeout", "1", "-o", str(target))
    _, errors = process.communicate()
    assert time.monotonic() - start < 3
    assert process.returncode == 4
    assert errors == "wcograph: stopped after 1 s (--timeout); ask for less, or allow more time\n"
    assert target.read_text() == "old"
    assert os.listdir(tmp_path) == ["x.csv"]


def test_a_stored_query_takes_a_timeout_before_and_behind_its_name() -> None:
    for arguments in (("--timeout", "30", "bodies"), ("bodies", "--timeout", "30")):
        process = _start("query", *arguments)
        assert (process.communicate()[1], process.returncode) == ("", 0)


@pytest.mark.parametrize("value", ["0", "-1", "nan", "soon", "1e99"])
def test_a_timeout_is_a_number_of_seconds(value: str) -> None:
    process = _start("sparql", "ASK {}", f"--timeout={value}")
    assert "--timeout" in process.communicate()[1]
    assert process.returncode == 2


@pytest.mark.parametrize("query", [ENDLESS, MANY])
def test_ctrl_c_ends_at_once_while_the_engine_evaluates(query: str, tmp_path: Path) -> None:
    process = _start("sparql", query, "-o", str(tmp_path / "x.csv"))
    until = time.monotonic() + 20
    # The engine is at work once the process has spent a second of the processor.
    clock = os.sysconf("SC_CLK_TCK")
    stat = Path(f"/proc/{process.pid}/stat")
    if not stat.exists():
        pytest.skip("needs /proc to see that the engine is at work")
    while (
        sum(map(int, stat.read_text().rpartition(")")[2].split()[11:13])) < clock and time.monotonic() < until
    ):
        pass
    start = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate()
    assert time.monotonic() - start < 1
    assert (process.returncode, errors) == (130, "wcograph: interrupted\n")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("format", ["csv", "ndjson", "json"])
def test_the_memory_of_a_streamed_answer_does_not_grow_with_its_rows(format: str) -> None:
    def peak(rows: int) -> int:
        process = _start("sparql", "SELECT * { ?a ?b ?c . ?d ?e ?f }", "-f", format, "--limit", str(rows))
        assert process.stderr
        process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 4
        return usage.ru_maxrss

    assert peak(20_000) < peak(500) + 6_000  # KiB


@pytest.mark.quick
def test_a_limit_gives_so_many_rows_and_status_4_where_there_are_more(
    capfd: pytest.CaptureFixture[str],
) -> None:
    from wcograph.cli import main

    assert main(["query", "themes", "--limit", "2", "-f", "csv"]) == 4
    out, err = capfd.readouterr()
    assert out.count("\r\n") == 3
    assert err == "wcograph: stopped after 2 rows (--limit); there are more\n"
    assert main(["query", "conventions-in-force-count", "--limit", "1", "-f", "csv"]) == 0
    assert capfd.readouterr().err == ""


def test_nesting_that_is_allowed_does_not_crash_the_engine_in_its_thread() -> None:
    deep = "ASK { FILTER(" + "(" * 190 + "1" + ")" * 190 + ") }"
    process = _start("sparql", deep)
    assert (process.communicate()[1], process.returncode) == ("", 0)
