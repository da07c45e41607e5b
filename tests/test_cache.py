"""The cache: right answers and no litter, whatever happens to it."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

import wcograph
from wcograph import cache
from wcograph.errors import InputError, WcographWarning

QUERY = "#+ title: Names\nSELECT ?o WHERE { ?s <http://example.org/p> ?o } ORDER BY ?o\n"
ASK_NAMES = """
import sys, wcograph
print(sorted(row[0].value for row in wcograph.load(sys.argv[1]).query("names")))
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WCOGRAPH_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def folder(tmp_path: Path) -> str:
    """A small graph of its own."""
    for name in ("ontology", "data", "queries/some"):
        (tmp_path / "graph" / name).mkdir(parents=True)
    root = tmp_path / "graph"
    (root / "ontology/o.ttl").write_text("<http://example.org/a> <http://example.org/p> 'one' .\n")
    (root / "data/d.ttl").write_text("<http://example.org/b> <http://example.org/p> 'two' .\n")
    (root / "queries/some/names.rq").write_text(QUERY)
    return str(root)


def _names(folder: str) -> list[str]:
    answer = wcograph.load(folder).query("names")
    return [row["o"] for row in answer.to_dicts()]


def _run(folder: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", ASK_NAMES, folder], capture_output=True, text=True, **options
    )  # type: ignore[call-overload,no-any-return]


def _files(place: Path) -> list[Path]:
    return sorted(
        path for path in place.rglob("*") if path.is_file() and path.name not in ("lock", "LOCK", "LOG")
    )


def test_the_second_load_opens_what_the_first_has_built(place: Path, folder: str) -> None:
    assert _names(folder) == ["one", "two"]
    before = {path: path.stat().st_mtime_ns for path in _files(place)}
    assert _names(folder) == ["one", "two"]
    assert {path: path.stat().st_mtime_ns for path in _files(place)} == before


@pytest.mark.parametrize("name", ["data/d.ttl", "ontology/o.ttl"])
def test_a_changed_file_changes_the_answer(place: Path, folder: str, name: str) -> None:
    assert _names(folder) == ["one", "two"]
    path = Path(folder, name)
    before = path.stat()
    path.write_text(path.read_text().replace("one", "six").replace("two", "ten"))
    os.utime(
        path, ns=(before.st_atime_ns, before.st_mtime_ns)
    )  # same size, same time: only the content tells
    assert _names(folder) in (["six", "two"], ["one", "ten"])


def test_a_changed_query_changes_the_answer(place: Path, folder: str) -> None:
    assert _names(folder) == ["one", "two"]
    path = Path(folder, "queries/some/names.rq")
    path.write_text(path.read_text().replace("ORDER BY ?o", "ORDER BY DESC(?o)"))
    assert _names(folder) == ["two", "one"]


def test_every_damage_to_every_file_is_noticed(place: Path, folder: str) -> None:
    assert _names(folder) == ["one", "two"]
    key = cache._key(folder)
    names = [path.relative_to(place).parts[-1] for path in _files(place)]
    assert any(name.startswith("MANIFEST") for name in names)
    for at in range(len(names)):
        target = _files(place)[at]
        content = target.read_bytes()
        damaged = {content[: len(content) * cut // 20] for cut in range(20)}
        flipped = bytearray(content)
        flipped[len(flipped) // 2 : len(flipped) // 2 + 1] = b"\xa5" if content else b""
        for damage in sorted({*damaged, bytes(flipped)} - {content}):
            target.write_bytes(damage)
            assert cache._open(str(place), key) is None, (
                f"{target.name}: {len(damage)} of {len(content)} bytes"
            )
        target.write_bytes(content)
        assert cache._open(str(place), key) is not None
        target.write_bytes(content[:-1])
        assert _names(folder) == ["one", "two"], f"{target.name} cut"
        target = _files(place)[at]
        target.unlink()
        assert _names(folder) == ["one", "two"], f"{target.name} missing"


def test_builds_older_than_the_last_two_go(place: Path, folder: str) -> None:
    for text in ("one", "1", "2", "3", "4"):
        Path(folder, "ontology/o.ttl").write_text(
            f"<http://example.org/a> <http://example.org/p> '{text}' .\n"
        )
        assert _names(folder) == sorted([text, "two"])
    assert len(list(place.glob("build-*"))) == len(list(place.glob("*.json"))) == 2


def test_ten_processes_on_an_empty_cache_answer_right(place: Path, folder: str) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", ASK_NAMES, folder],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(10)
    ]
    answers = [process.communicate() for process in processes]
    assert answers == [("['one', 'two']\n", "")] * 10
    assert len(list(place.glob("build-*"))) == 1


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_killed_build_leaves_no_litter_behind_the_next(
    place: Path, folder: str, how: signal.Signals
) -> None:
    many = "\n".join(f"<http://example.org/a{n}> <http://example.org/q> {n} ." for n in range(60_000))
    Path(folder, "data/many.ttl").write_text(many)
    process = subprocess.Popen([sys.executable, "-c", ASK_NAMES, folder], stderr=subprocess.DEVNULL)
    until = time.monotonic() + 30
    while not list(place.glob("build-*")) and time.monotonic() < until:
        pass
    process.send_signal(how)
    assert process.wait() != 0
    assert not list(place.glob("*.json"))
    if how == signal.SIGINT:
        assert not list(place.glob("build-*"))
    assert _run(folder).stdout == "['one', 'two']\n"
    assert len(list(place.glob("build-*"))) == len(list(place.glob("*.json"))) == 1


def test_a_cache_that_cannot_be_written_is_a_warning(
    tmp_path: Path, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("WCOGRAPH_CACHE_DIR", str(tmp_path / "file" / "cache"))
    with pytest.warns(WcographWarning, match="cannot be used"):
        assert _names(folder) == ["one", "two"]


def test_a_full_disk_is_a_warning(place: Path, folder: str) -> None:
    """Files that may not grow beyond 20 kB stand for a disk that is full."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    done = _run(folder, preexec_fn=limit)
    assert done.stdout == "['one', 'two']\n"
    assert "cannot be used" in done.stderr
    assert not list(place.glob("build-*"))


def test_a_broken_file_is_an_error_with_its_place_and_leaves_nothing(place: Path, folder: str) -> None:
    Path(folder, "data/d.ttl").write_text("<http://example.org/b>\n  <http://example.org/p> .\n")
    with pytest.raises(InputError, match=r"d\.ttl:2:\d+: "):
        _names(folder)
    assert not list(place.glob("build-*"))


def test_without_the_cache_nothing_is_written(place: Path, folder: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        answer = wcograph.load(folder, use_cache=False).query("names")
    assert len(answer.rows()) == 2
    assert not place.exists()


def test_the_pointer_tells_size_and_checksum_of_each_file(place: Path, folder: str) -> None:
    _names(folder)
    (pointer,) = place.glob("*.json")
    told = json.loads(pointer.read_bytes().partition(b"\n")[2])
    names = {name for name, _, _ in told["files"]}
    assert "catalogue.json" in names
    assert "store/CURRENT" in names
    assert cache.directory() == str(place)


def test_a_triple_in_two_files_is_counted_once(place: Path, folder: str) -> None:
    triple = "<http://example.org/s> <http://example.org/twice> 1 .\n"
    Path(folder, "data/e.ttl").write_text(triple)
    Path(folder, "ontology/e.ttl").write_text(triple)
    answer = wcograph.load(folder).sparql("SELECT (COUNT(*) AS ?n) { ?s <http://example.org/twice> ?o }")
    assert answer.to_dicts() == [{"n": 1}]


def test_a_file_that_changes_during_the_build_leaves_no_wrong_answer(
    place: Path, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = Path(folder, "data/d.ttl")
    right, load = data.read_text(), cache._load

    def meanwhile(*arguments: object) -> object:
        data.write_text("")
        loaded = load(*arguments)  # type: ignore[arg-type]
        data.write_text(right)
        monkeypatch.setattr(cache, "_load", load)
        return loaded

    monkeypatch.setattr(cache, "_load", meanwhile)
    _names(folder)  # what it reads meanwhile is not decided
    assert _names(folder) == ["one", "two"]


@pytest.mark.parametrize("garbage", ["", "\n[]", "\n5", '\n{"build":[]}', "\n" + "[" * 100_000])
def test_garbage_beside_the_builds_goes(place: Path, folder: str, garbage: str) -> None:
    place.mkdir()
    (place / "zz.json").write_text(garbage)
    assert _names(folder) == ["one", "two"]
    assert not (place / "zz.json").exists()


@pytest.mark.parametrize("content", [b"[]", b"null", b"[" * 100_000, b'{"key": 1, "build": "../x"}'])
def test_a_pointer_that_tells_something_else_is_replaced(place: Path, folder: str, content: bytes) -> None:
    _names(folder)
    (pointer,) = place.glob("*.json")
    pointer.write_bytes(b"%08x\n" % zlib.crc32(content) + content)
    assert _names(folder) == ["one", "two"]
    assert len(list(place.glob("build-*"))) == 1


def test_a_pointer_that_is_a_directory_is_replaced(place: Path, folder: str) -> None:
    _names(folder)
    (pointer,) = place.glob("*.json")
    pointer.unlink()
    pointer.mkdir()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert _names(folder) == ["one", "two"]
    assert pointer.is_file()


def test_a_damaged_build_leaves_no_litter(place: Path, folder: str) -> None:
    _names(folder)
    (catalogue,) = place.glob("build-*/catalogue.json")
    catalogue.unlink()
    assert _names(folder) == ["one", "two"]
    assert len(list(place.glob("build-*"))) == 1


@pytest.mark.parametrize("name", ["ontology", "data", "queries"])
def test_a_folder_that_is_missing_is_told(place: Path, folder: str, name: str) -> None:
    Path(folder, name).rename(f"{folder}/away")
    with pytest.raises(InputError, match=f"{folder}/{name}: is missing"):
        wcograph.load(folder)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (os.mkfifo, r"data/x\.ttl: is no file"),
        (lambda path: os.symlink("nowhere.ttl", path), r"data/x\.ttl: is no file"),
        (lambda path: os.symlink("x.ttl", path), r"data/x\.ttl: cannot be read: Too many levels"),
        (
            lambda path: os.symlink("../data", path),
            r"data/x\.ttl: is a symbolic link to a folder that it is in",
        ),
        (lambda path: Path(path[:-5] + "\n.ttl").touch(), r"data/\\n\.ttl: has a name"),
        (lambda path: Path(path[:-5] + os.fsdecode(b"\xff.ttl")).touch(), r"data/\\xff\.ttl: has a name"),
    ],
)
def test_what_is_no_file_of_the_graph_is_told_and_not_waited_for(
    place: Path, folder: str, make: Callable[[str], object], told: str
) -> None:
    make(f"{folder}/data/x.ttl")
    with pytest.raises(InputError, match=told):
        wcograph.load(folder)


def test_a_symbolic_link_to_a_folder_elsewhere_is_followed(place: Path, folder: str, tmp_path: Path) -> None:
    Path(folder, "data").rename(tmp_path / "elsewhere")
    os.symlink(tmp_path / "elsewhere", Path(folder, "data"))
    assert _names(folder) == ["one", "two"]


def test_without_a_home_the_graph_is_built_in_memory(
    tmp_path: Path, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WCOGRAPH_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setattr(
        os.path, "expanduser", lambda path: path
    )  # as where there is no HOME and no such user
    with pytest.warns(WcographWarning, match="no home directory"):
        assert _names(folder) == ["one", "two"]
    assert os.listdir() == ["graph"]


def test_a_relative_cache_directory_of_xdg_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WCOGRAPH_CACHE_DIR")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("HOME", "/home/ida")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache.directory() == "/home/ida/.cache/wcograph"
    monkeypatch.setenv("XDG_CACHE_HOME", "/var/cache/ida")
    assert cache.directory() == "/var/cache/ida/wcograph"


@pytest.mark.parametrize("name", ["with space", "é😀", "line\nend"])
def test_the_cache_may_be_in_a_directory_of_any_name(
    tmp_path: Path, folder: str, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("WCOGRAPH_CACHE_DIR", str(tmp_path / name))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert _names(folder) == _names(folder) == ["one", "two"]
    assert len(list((tmp_path / name).glob("*.json"))) == 1


def test_a_query_goes_on_when_its_cache_goes(place: Path, folder: str) -> None:
    kg = wcograph.load(folder)
    shutil.rmtree(place)
    assert [row["o"] for row in kg.query("names").to_dicts()] == ["one", "two"]
    assert _names(folder) == ["one", "two"]


def test_a_clock_that_was_set_back_removes_no_new_build(place: Path, folder: str) -> None:
    assert _names(folder) == ["one", "two"]
    (old,) = place.glob("*.json")
    os.utime(old, (4e9, 4e9))
    Path(folder, "ontology/o.ttl").write_text("<http://example.org/a> <http://example.org/p> 'six' .\n")
    assert _names(folder) == ["six", "two"]
    before = {path.name for path in place.glob("build-*")}
    assert _names(folder) == ["six", "two"]
    assert {path.name for path in place.glob("build-*")} == before
