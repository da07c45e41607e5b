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
from wcograph import store as cache
from wcograph.toolbox.errors import InputError, WcographWarning

QUERY = "#+ title: Names\nSELECT ?o WHERE { ?s <http://example.org/p> ?o } ORDER BY ?o\n"
ASK_NAMES = """
import sys, wcograph
print(sorted(row[0].value for row in wcograph.load(sys.argv[1]).query("names")))
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WCOGRAPH_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache" / "wcograph-builds"


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
        path
        for path in place.rglob("*")
        if path.is_file()
        and path.name not in ("lock", "LOCK", "LOG", "in-use", "CACHEDIR.TAG", "questions.txt")
    )


@pytest.mark.quick
def test_the_second_load_opens_what_the_first_has_built(place: Path, folder: str) -> None:
    assert _names(folder) == ["one", "two"]
    before = {path: path.stat().st_mtime_ns for path in _files(place)}
    assert _names(folder) == ["one", "two"]
    assert {path: path.stat().st_mtime_ns for path in _files(place)} == before


@pytest.mark.quick
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


@pytest.fixture
def deriving(folder: str) -> str:
    """The small graph, with a query that derives."""
    Path(folder, "queries/derive").mkdir()
    Path(folder, "queries/derive/q.rq").write_text(
        "CONSTRUCT { ?s <http://example.org/p> ?new }"
        " WHERE { ?s <http://example.org/p> ?o BIND(CONCAT(?o, '!') AS ?new) }"
    )
    return folder


@pytest.mark.quick
def test_what_is_derived_follows_the_data_and_the_query(place: Path, deriving: str) -> None:
    assert _names(deriving) == ["one", "one!", "two", "two!"]
    Path(deriving, "data/d.ttl").write_text("<http://example.org/b> <http://example.org/p> 'ten' .\n")
    assert _names(deriving) == ["one", "one!", "ten", "ten!"]
    query = Path(deriving, "queries/derive/q.rq")
    query.write_text(query.read_text().replace("'!'", "'?'"))
    assert _names(deriving) == ["one", "one?", "ten", "ten?"]
    query.unlink()
    assert _names(deriving) == ["one", "ten"]


def test_what_is_derived_is_the_same_from_the_cache_and_without_it(place: Path, deriving: str) -> None:
    def derived() -> list[str]:
        return [str(triple.object) for triple in cache.derived(deriving)]

    right = derived()
    assert right == ['"one!"', '"two!"']
    assert not place.exists()
    _names(deriving)
    assert derived() == right
    (kept,) = place.glob(f"build-*/{cache._DERIVED}")
    content = kept.read_bytes()
    for damage in (b"", content[:-1], content[:-1] + b"x", content + b"x"):
        kept.write_bytes(damage)
        assert derived() == right
    kept.write_bytes(zlib.compress(b"<e:other> <e:p> <e:o> .\n"))
    assert derived() == right
    kept.write_bytes(content)
    (pointer,) = place.glob("*.json")
    told = json.loads(pointer.read_bytes().partition(b"\n")[2])
    other = zlib.compress(b"<e:other> <e:p> <e:o> .\n")
    kept.write_bytes(other)
    told["files"] = [[cache._DERIVED, len(other), zlib.crc32(other)]]
    told["key"] += " of another state"
    changed = json.dumps(told).encode()
    pointer.write_bytes(b"%08x\n" % zlib.crc32(changed) + changed)
    assert derived() == right
    kept.unlink()
    assert derived() == right
    Path(deriving, "data/d.ttl").write_text("")
    assert derived() == ['"one!"']


def _code_in_the_key(folder: str) -> set[str]:
    return {name.removeprefix("code/") for name, _ in cache._inputs(folder) if name.startswith("code/")}


def test_the_key_covers_every_module_that_a_build_imports(place: Path, deriving: str) -> None:
    code = "import sys; sys.stdin = None; from wcograph import store; store.open_built(sys.argv[1])\n"
    code += (
        "print(*(m.__file__ for n, m in sys.modules.items() if n.partition('.')[0] == 'wcograph'), sep='\\n')"
    )
    done = subprocess.run([sys.executable, "-c", code, deriving], capture_output=True, text=True, check=True)
    package = Path(cache.__file__).parent
    imported = {str(Path(path).relative_to(package)) for path in done.stdout.split()}
    assert {
        "derive.py",
        "toolbox/sparql/asking.py",
        "toolbox/rules/closure.py",
        "toolbox/rdf/files.py",
    } <= imported
    covered = _code_in_the_key(deriving)
    assert imported <= covered
    assert all((package / name).is_file() for name in covered)


def test_a_change_to_the_code_of_a_build_gives_a_new_build(
    place: Path, deriving: str, tmp_path: Path
) -> None:
    package = tmp_path / "code" / "wcograph"
    shutil.copytree(Path(cache.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    environment = {**os.environ, "PYTHONPATH": str(package.parent)}

    def builds() -> set[str]:
        done = _run(deriving, env=environment)
        assert done.stderr == ""
        return {path.name for path in place.glob("build-*")}

    known = builds()
    assert builds() == known
    for name in ("derive.py", "toolbox/ask/words.txt", "toolbox/rules/_engine.py", "new.py"):
        with (package / name).open("a") as file:
            file.write("\n# changed\n")
        assert builds() - known, name
        known = builds()
    with (package / "cli/check.py").open("a") as file:
        file.write("\n# changed\n")
    assert builds() == known


def test_every_damage_to_every_file_is_noticed(place: Path, folder: str) -> None:
    assert _names(folder) == ["one", "two"]
    key = cache.key_of(folder)
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


@pytest.mark.quick
@pytest.mark.parametrize("damage", [lambda b: b"", lambda b: b[:-1], lambda b: b.replace(b"Names", b"Nomes")])
def test_the_index_is_kept_beside_the_store_and_replaced_if_damaged(
    place: Path, folder: str, damage: Callable[[bytes], bytes]
) -> None:
    assert _names(folder) and not [*place.glob("build-*/index.json")]
    built = cache.open_built(folder)
    index = built.index()
    (kept,) = place.glob("build-*/index.json")
    intact = kept.read_bytes()
    kept.write_bytes(damage(intact))
    assert cache.open_built(folder).index() == index
    assert kept.read_bytes() == intact
    assert len([*place.glob("build-*")]) == 1
    assert not [*place.glob("tag-*")]


@pytest.mark.parametrize(
    "damage", [lambda b: b"", lambda b: b[:-1], lambda b: b.replace(b"SELECT", b"DELETE")]
)
def test_a_question_is_read_once_and_again_if_what_was_read_is_damaged(
    place: Path, folder: str, damage: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cache.open_built(folder).query("names") and _names(folder)
    (kept,) = place.glob("build-*/questions.txt")
    intact = kept.read_bytes()
    kept.write_bytes(damage(intact))
    assert _names(folder) == ["one", "two"]
    assert kept.read_bytes() == intact
    monkeypatch.setattr("wcograph.toolbox.sparql.stored.parse", None)
    assert _names(folder) == ["one", "two"]


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


@pytest.mark.quick
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
    assert "catalogue.txt" in names
    assert "store/CURRENT" in names
    assert cache.directory() == str(place.parent)


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
    place.mkdir(parents=True)
    (place / "0123abcd.json").write_text(garbage)
    assert _names(folder) == ["one", "two"]
    assert not (place / "0123abcd.json").exists()


@pytest.mark.quick(2)
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
    (catalogue,) = place.glob("build-*/catalogue.txt")
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
        (os.mkfifo, r"data/x\.ttl: is not a file"),
        (lambda path: os.symlink("nowhere.ttl", path), r"data/x\.ttl: is not a file"),
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
    assert len(list((tmp_path / name).glob("*/*.json"))) == 1


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


def test_nothing_is_removed_that_is_not_a_build(
    tmp_path: Path, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The directory of the cache may be one with other files: the current one, say."""
    elsewhere = tmp_path / "elsewhere"
    for path in ("package.json", "0123abcd.json", "build-1-a/x", "lock"):
        (elsewhere / path).parent.mkdir(parents=True, exist_ok=True)
        (elsewhere / path).write_text("{}")
    monkeypatch.chdir(elsewhere)
    monkeypatch.setenv("WCOGRAPH_CACHE_DIR", ".")
    for text in ("1", "2", "3", "4"):
        Path(folder, "ontology/o.ttl").write_text(f"<e:a> <http://example.org/p> '{text}' .\n")
        _names(folder)
        for name in ("a.json", "build-x", "my-build-1-a"):
            (elsewhere / "wcograph-builds" / name).write_text("mine")
    assert sorted(path.name for path in elsewhere.iterdir()) == [
        *("0123abcd.json", "build-1-a", "lock", "package.json", "wcograph-builds")
    ]
    assert {"a.json", "build-x", "my-build-1-a"} < set(os.listdir(elsewhere / "wcograph-builds"))
    assert len(list((elsewhere / "wcograph-builds").glob("build-*-*"))) == 2


def _linked(own: Path) -> None:
    (own.parent / "other").mkdir(parents=True)
    own.symlink_to("other")


def _open_to_all(own: Path) -> None:
    own.mkdir(parents=True)
    own.chmod(0o777)


def _with_something_else(own: Path) -> None:
    own.mkdir(parents=True)
    (own / "notes.txt").write_text("mine")


def _file(own: Path) -> None:
    own.parent.mkdir(parents=True)
    os.mkfifo(own)


def _tag_is_a_pipe(own: Path) -> None:
    own.mkdir(parents=True)
    os.mkfifo(own / "CACHEDIR.TAG")
    (own / "other").touch()


@pytest.mark.quick(3)
@pytest.mark.parametrize("make", [_linked, _open_to_all, _with_something_else, _file, _tag_is_a_pipe])
def test_a_directory_that_is_not_to_be_trusted_is_not_used(
    place: Path, folder: str, make: Callable[[Path], None]
) -> None:
    make(place)
    before = sorted(str(path) for path in place.parent.rglob("*"))
    with pytest.warns(WcographWarning, match="building in memory") as told:
        assert _names(folder) == ["one", "two"]
    assert len(told) == 1
    assert sorted(str(path) for path in place.parent.rglob("*")) == before


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root makes files of others")
def test_a_planted_build_of_another_user_is_not_asked(place: Path, folder: str) -> None:
    assert _names(folder) == ["one", "two"]
    os.chown(place, 12345, -1)
    with pytest.warns(WcographWarning, match="belongs to another user"):
        assert _names(folder) == ["one", "two"]


@pytest.mark.parametrize(
    "name", ["*.json", "lock", "build-*/catalogue.txt", "build-*/in-use", "build-*/store/CURRENT"]
)
@pytest.mark.parametrize("make", [os.mkfifo, lambda path: os.symlink("/dev/zero", path)])
def test_no_link_and_no_pipe_is_followed_or_waited_for(
    place: Path, folder: str, name: str, make: Callable[[str], object]
) -> None:
    _names(folder)
    for path in place.glob(name):
        path.unlink()
        make(str(path))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert _names(folder) == ["one", "two"]


def test_what_is_added_to_a_store_is_noticed(place: Path, folder: str) -> None:
    _names(folder)
    (store,) = place.glob("build-*/store")
    (store / "000099.log").write_bytes(b"planted")
    assert cache._open(str(place), cache.key_of(folder)) is None


def test_a_build_that_is_in_use_is_not_removed(place: Path, folder: str) -> None:
    first = wcograph.load(folder)
    for text in ("1", "2", "3", "4"):
        Path(folder, "ontology/o.ttl").write_text(f"<e:a> <http://example.org/p> '{text}' .\n")
        _names(folder)
    assert first._built.place and os.path.isdir(first._built.place)
    assert [row["o"] for row in first.query("names", timeout=20).to_dicts()] == ["one", "two"]
    shutil.rmtree(place)
    assert [row["o"] for row in first.query("names", timeout=20).to_dicts()] == ["one", "two"]
    del first
    Path(folder, "ontology/o.ttl").write_text("<e:a> <http://example.org/p> 'six' .\n")
    _names(folder)
    assert len(list(place.glob("build-*"))) == 1
