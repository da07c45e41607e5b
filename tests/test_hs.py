"""The Harmonized System from the user's tables: the import, the questions, and the conversion of files."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest

import hs_tables
import wcograph
from wcograph import builds, layout
from wcograph.cli import main
from wcograph.hs import imported, model
from wcograph.hs.tables import Tables, read
from wcograph.toolbox.errors import UsageError


@pytest.fixture(scope="module")
def kg(kg_with_hs: wcograph.KnowledgeGraph) -> wcograph.KnowledgeGraph:
    """The graph with the import of the small tables."""
    return kg_with_hs


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory of the test, in which nothing has been imported."""
    monkeypatch.setenv("WCOGRAPH_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data" / "hs"


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    return hs_tables.write(tmp_path)


def rows(name: str, *columns: str, **parameters: str) -> list[tuple[str, ...]]:
    found = wcograph.load().query(name, **parameters).to_dicts()
    return [tuple(str(row[column]) for column in columns) for row in found]


def run(capfd: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = main(list(words))
    return (status, *capfd.readouterr())


# Tables


@pytest.mark.quick
def test_a_table_is_recognized_by_its_columns(files: list[str], tmp_path: Path) -> None:
    found = read(files)
    assert found.editions == hs_tables.TEXTS
    assert found.chapters == {"2022": {"01": "I", "02": "I", "16": "IV"}}
    assert found.sections == {"I": "Things that turn", "IV": "Things that move"}
    assert sum(map(len, found.pairs.values())) == len(hs_tables.PAIRS)
    assert found.pairs["2012-2017"]["010110", "010120"] is True
    moved = tmp_path / "any name.json"
    moved.write_text(hs_tables.comtrade())
    assert read([str(moved)]).editions == {"2022": hs_tables.TEXTS["2022"]}


def test_the_columns_may_be_in_any_order_and_separated_by_semicolons(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Description;x;code;parent;level;edition\nWheels;;01;;2;HS2012\n")
    assert read([str(tmp_path / "a.csv")]).editions == {"2012": {"01": "Wheels"}}


def test_a_heading_with_the_number_of_a_year_is_not_a_correspondence(
    kg: wcograph.KnowledgeGraph, tmp_path: Path
) -> None:
    """Heading 2017 of 2012 is one thing, the pairs of 2012 and 2017 are another."""
    codes = "".join(
        f"HS{year},{code},{len(code)},{code[:-2]},Jams\n"
        for year in ("2012", "2017")
        for code in ("20", "2017")
    )
    (tmp_path / "codes.csv").write_text(f"edition,code,level,parent,description\n{codes}")
    (tmp_path / "pairs.csv").write_text(
        "from_edition,to_edition,from_code,to_code,relationship,ex_partial\nHS2017,HS2012,201710,201710,1:1,False\n"
    )
    tables = read([str(tmp_path / "codes.csv"), str(tmp_path / "pairs.csv")])
    store = ox.Store()
    for text, _ in model.statements(tables, *imported._of_the_graph(kg.store)):
        store.load((model.HEAD + text).encode(), ox.RdfFormat.TURTLE)
    correspondence, concept = (
        {quad.subject for quad in store.quads_for_pattern(None, None, ox.NamedNode(kind), None)}
        for kind in (
            "http://rdf-vocabulary.ddialliance.org/xkos#Correspondence",
            "http://www.w3.org/2004/02/skos/core#Concept",
        )
    )
    assert correspondence and concept and not correspondence & concept


def test_tables_survive_their_json(files: list[str]) -> None:
    tables = read(files)
    assert Tables.from_json(tables.to_json()) == tables


@pytest.mark.parametrize(
    ("make", "old", "new", "line", "told"),
    [
        (hs_tables.editions, "HS2012,0101,4,01", "HS2012,O101,4,01", 3, "'O101' is not a code"),
        (hs_tables.editions, "HS2012,0101,4,01", "HS2012,0101,6,01", 3, "level of 0101 is '6'"),
        (hs_tables.editions, "HS2012,0101,4,01", "HS2012,0101,4,02", 3, "parent of 0101 is '02'"),
        (hs_tables.editions, "HS2012,01,2,", "HS2013,01,2,", 2, "'HS2013' is not an edition"),
        (hs_tables.editions, '"Wheels of oak; glazed"', '""', 4, "010110 has no text"),
        (hs_tables.editions, "HS2012,010190", "HS2012,010110", 5, "010110 is given twice"),
        (hs_tables.editions, "HS2012,02,2,,", "HS2012,03,2,,", 7, "0201 has no row for its parent 02"),
        (hs_tables.codes, "I,01,", "IIII,01,", 2, "'IIII' is not the numeral"),
        (hs_tables.pairs, "HS2012,010120", "HS2012,01012", 2, "not two codes of 6 digits"),
        (hs_tables.pairs, "HS2017,HS2012,010120", "HS2017,HS2017,010120", 2, "not two editions"),
        (hs_tables.pairs, "n:n,True", "2:1,True", 2, "relationship is '2:1'"),
        (hs_tables.pairs, "n:n,True", "n:n,ex", 2, "ex_partial is 'ex'"),
        (hs_tables.pairs, "010130,010110", "010120,010110", 3, "given twice"),
        (hs_tables.comtrade, '"id": "0101"', '"id": "O101"', 15, "'O101' is not a code"),
    ],
)
def test_an_ill_formed_row_is_named_by_file_and_line(
    make: object,
    old: str,
    new: str,
    line: int,
    told: str,
    tmp_path: Path,
    place: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    text = make()  # type: ignore[operator]
    assert old in text
    path = tmp_path / "t.csv"
    path.write_text(text.replace(old, new, 1))
    status, out, err = run(capfd, "import", "hs", str(path))
    assert (status, out) == (3, "")
    assert f"wcograph: {path}:{line}: " in err
    assert told in err
    assert err.splitlines()[-1].endswith("nothing was imported")
    assert not place.exists()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a,b\n1,2\n", "is not a known table"),
        ("", "is not a known table"),
        ("section,name\n", "has no rows"),
        ("section,name\nI,x,y\n", "t.csv:2: has 3 columns, not 2"),
        ('section,name\nI,"x\n', "t.csv:2: is not CSV"),
        ('{"results": [', "t.csv:1:14: is not JSON"),
        ('{"results": [{"id": "01"}]}', "is not the JSON of UN Comtrade"),
        (
            "section,hscode,description,parent,level\nI,01,x,,2\n",
            "does not name its edition; add --edition YEAR",
        ),
    ],
)
def test_a_file_that_is_no_table_is_refused(
    text: str, told: str, tmp_path: Path, place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "t.csv").write_text(text)
    status, out, err = run(capfd, "import", "hs", str(tmp_path / "t.csv"))
    assert (status, out, err.count("\n")) == (3, "", 1)
    assert told in err


# The import


@pytest.mark.quick
def test_an_import_reports_lists_answers_and_is_removed(
    files: list[str], place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    status, _, err = run(capfd, "query", "hs-code", "--code", "01")
    assert (status, err.count("\n")) == (3, 1)
    assert "wcograph import hs FILE" in err
    status, out, err = run(capfd, "import", "hs", *files)
    assert (status, err) == (0, "")
    assert (
        "hs 2012: 2 chapters, 2 headings, 3 subheadings, and 3 codes that UN Comtrade adds; expected 1,224"
        in out
    )
    assert "hs 2012-2017: 4 pairs, 2 of them ex (pairs.csv 20" in out
    assert run(capfd, "import", "--list")[1] == out
    assert place.stat().st_mode & 0o777 == 0o700
    assert rows("hs-code", "level", "code", "text", code="0101.10") == [
        ("section", "I", "Things that turn"),
        ("chapter", "01", "Wheels"),
        ("heading", "0101", "Wheels of wood"),
        ("subheading", "010110", "Wheels of oak; glazed"),
    ]
    assert main(["import", "hs", "--remove"]) == 0
    assert [path.name for path in place.iterdir()] == ["lock"]
    assert main(["import", "--remove", "hs"]) == 1
    assert run(capfd, "query", "hs-statistics")[0] == 3


def test_an_import_replaces_the_same_editions_and_keeps_the_others(
    files: list[str], place: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", "hs", *files[1:]]) == 0
    (tmp_path / "H6.json").write_text(hs_tables.comtrade().replace("Motors", "Engines"))
    assert main(["import", "hs", str(tmp_path / "H6.json")]) == 0
    assert rows("hs-code", "text", code="16")[-1] == ("Engines",)
    assert [row[0] for row in rows("hs-statistics", "edition")] == ["2012", "2017", "2022"]
    assert len([path for path in place.iterdir() if path.name.startswith("build-")]) == 1


def test_a_failed_import_leaves_what_was_there(
    files: list[str], place: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", "hs", *files]) == 0

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    before = sorted(path.name for path in place.iterdir())
    for target in ("sealed", "publish"):
        with monkeypatch.context() as patch:
            patch.setattr(imported, target, full)
            status, _, err = run(capfd, "import", "hs", *files)
        assert status == 3
        assert err.endswith("No space left on device; what was imported before is unchanged\n")
        assert sorted(path.name for path in place.iterdir()) == before
    assert rows("hs-code", "code", code="01")


def test_a_killed_import_leaves_what_was_there(files: list[str], place: Path) -> None:
    assert main(["import", "hs", *files]) == 0
    code = (
        f"from wcograph.hs import imported\nfrom wcograph.cli import main\nimport time\n"
        f"imported.sealed = lambda build: (print('now', flush=True), time.sleep(60))\nmain(['import', 'hs', *{files!r}])\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert process.stdout and process.stdout.readline() == b"now\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert len([path for path in place.iterdir() if path.name.startswith("build-")]) == 2
    assert rows("hs-code", "code", code="01")
    assert main(["import", "hs", *files]) == 0
    assert len([path for path in place.iterdir() if path.name.startswith("build-")]) == 1


def test_two_imports_at_once_are_both_there(files: list[str], place: Path, tmp_path: Path) -> None:
    (tmp_path / "h1.csv").write_text("edition,code,level,parent,description\nHS1996,01,2,,Old wheels\n")
    calls = [[*files], [str(tmp_path / "h1.csv")]]
    command = [sys.executable, "-m", "wcograph", "import", "hs"]
    processes = [subprocess.Popen([*command, *call], stdout=subprocess.DEVNULL) for call in calls]
    assert [process.wait() for process in processes] == [0, 0]
    assert [row[0] for row in rows("hs-statistics", "edition")] == ["1996", "2012", "2017", "2022"]


@pytest.mark.parametrize("harm", ["time", "size", "missing", "key"])
def test_a_store_that_is_not_as_written_is_made_again(harm: str, files: list[str], place: Path) -> None:
    assert main(["import", "hs", *files]) == 0
    (build,) = (path for path in place.iterdir() if path.name.startswith("build-"))
    (victim, *_) = sorted(build.glob("store/*.sst"))
    if harm == "time":
        os.utime(victim, (1, 1))
    elif harm == "size":
        victim.write_bytes(b"x")
    elif harm == "missing":
        victim.unlink()
    else:
        pointer = builds.pointer_of(str(place), "hs")
        told = builds.pointed(pointer)
        assert told
        builds.publish(str(build), pointer, {**told, "key": "of another graph"})
    assert rows("hs-code", "text", code="16")[-1] == ("Motors",)
    assert not build.exists()


def test_only_the_graph_is_replaced_if_it_has_changed(
    files: list[str], place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store with a changed graph has the same statements as one that is written anew."""
    assert main(["import", "hs", *files]) == 0
    folder = tmp_path / "graph"
    for name in ("ontology", "data", "queries"):
        shutil.copytree(Path(layout.root()) / name, folder / name)
    areas = folder / "data" / "areas.ttl"
    areas.write_text(areas.read_text().replace('"Polynesia"@en', '"Many Islands"@en'))
    with monkeypatch.context() as patch:
        patch.delattr(imported, "_write")
        kg = wcograph.load(str(folder), hs=True)
    names = 'SELECT ?a { ?a skos:prefLabel ?name FILTER(STR(?name) = "%s") }'
    assert [len(kg.sparql(names % name)) for name in ("Many Islands", "Polynesia", "Motors")] == [1, 0, 1]
    renewed = {quad for quad in kg.store if not isinstance(quad.subject, ox.BlankNode)}
    assert len([path for path in place.iterdir() if path.name.startswith("build-")]) == 1
    assert main(["import", "hs", "--remove"]) == 0
    imported.import_tables(kg.folder, wcograph.load(str(folder))._built, read(files))
    again = wcograph.load(str(folder), hs=True).store
    assert {quad for quad in again if not isinstance(quad.subject, ox.BlankNode)} == renewed


def test_the_graph_is_not_replaced_if_the_tables_would_give_other_statements(
    files: list[str], place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["import", "hs", *files]) == 0
    monkeypatch.setattr(imported, "_FORMAT", imported._FORMAT + 1)
    monkeypatch.setattr(model, "NATIONAL", "01")
    notes = wcograph.load(hs=True).sparql("ASK { ?a skos:notation '01' ; skos:note ?note }")
    assert bool(notes)


def test_damaged_tables_are_told_in_one_line(
    files: list[str], place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", "hs", *files]) == 0
    (build,) = (path for path in place.iterdir() if path.name.startswith("build-"))
    (build / "tables.json.zlib").write_bytes(b"x")
    status, _, err = run(capfd, "query", "hs-code", "--code", "01")
    assert (status, err.count("\n")) == (3, 1)
    assert "is damaged; import the tables again" in err


@pytest.mark.parametrize("planted", ["writable", "link"])
def test_a_directory_that_others_could_write_to_is_not_used(
    planted: str, files: list[str], place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", "hs", *files]) == 0
    if planted == "writable":
        place.chmod(0o777)
    else:
        shutil.move(place, place.with_name("real"))
        place.symlink_to("real")
    capfd.readouterr()
    status, out, err = run(capfd, "query", "hs-code", "--code", "01")
    assert (status, out, err.count("\n")) == (3, "", 1)
    assert "is writable by other users" in err or "is not a directory" in err


def test_the_data_directory_follows_the_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WCOGRAPH_DATA_DIR", raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("HOME", "/home/ida")
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    assert builds.directory(data=True) == "/home/ida/.local/share/wcograph"
    monkeypatch.setenv("XDG_DATA_HOME", "/srv/ida")
    assert builds.directory(data=True) == "/srv/ida/wcograph"


# Kinds


@pytest.mark.quick
@pytest.mark.parametrize(
    ("pairs", "wanted"),
    [
        ([("a", "b")], {("a", "b"): "1:1"}),
        ([("a", "b"), ("a", "c")], {("a", "b"): "split", ("a", "c"): "split"}),
        ([("a", "c"), ("b", "c")], {("a", "c"): "merge", ("b", "c"): "merge"}),
        ([("a", "c"), ("a", "d"), ("b", "c")], {("a", "c"): "many to many", ("a", "d"): "split", ("b", "c"): "merge"}),
    ],
)  # fmt: skip
def test_a_kind_is_computed_from_both_directions(
    pairs: list[tuple[str, str]], wanted: dict[tuple[str, str], str]
) -> None:
    assert model.kinds(pairs) == wanted
    back = model.kinds([pair[::-1] for pair in pairs])
    turned = {"split": "merge", "merge": "split"}
    assert back == {pair[::-1]: turned.get(kind, kind) for pair, kind in wanted.items()}


# Questions


@pytest.mark.quick
def test_successors_and_predecessors_are_the_pairs_in_both_directions(kg: wcograph.KnowledgeGraph) -> None:
    for newer, older, new, old, ex in hs_tables.PAIRS:
        forward = kg.query("hs-successors", code=old, edition=older, to=newer).to_dicts()
        back = kg.query("hs-predecessors", code=new, edition=newer, to=older).to_dicts()
        (there,) = (row for row in forward if row["successor"] == new)
        (here,) = (row for row in back if row["predecessor"] == old)
        assert there["kind"] == here["kind"]
        assert there["partial"] == here["partial"] == (ex == "True")


@pytest.mark.parametrize(
    ("name", "parameters", "told"),
    [
        ("hs-code", {"code": "10110"}, "leading zeros; did you mean 010110 (Wheels of oak; glazed)?"),
        ("hs-code", {"code": "01011099"}, "(those after the sixth are national); did you mean 010110"),
        ("hs-code", {"code": "010199"}, "there is no code '010199'; did you mean 010190 (Wheels of other wood) or"),
        ("hs-code", {"code": "010110", "edition": "2022"}, "not a code of the 2022 edition; it is in those of 2012"),
        ("hs-changes", {"chapter": "I", "edition": "2012"}, "I is a section; name a chapter, heading or sub"),
        ("hs-history", {"code": "0101", "edition": "2012"}, "--code: 0101 is a heading; name a subheading"),
        ("hs-contents", {"code": "010110"}, "010110 is a subheading; name a section, chapter or heading"),
        ("hs-changes", {"chapter": "16", "edition": "2012"}, "16 is not a code of the 2012 or the 2017 edition; it is"),
        ("hs-code", {"code": "01", "edition": "2007"}, "2007 edition was not imported (editions: 2012, 2017, 2022)"),
        ("hs-code", {"code": 101}, "write the code 101 as a text"),
        ("hs-code", {"code": "01-01"}, "'01-01' is not a code"),
        ("hs-code", {"code": "LXX"}, "there is no code 'LXX'"),
        ("hs-successors", {"code": "01", "edition": "2022"}, "no pairs of 2022 and a later edition were imported; 2022"),
        ("hs-successors", {"code": "01", "edition": "2017", "to": "2012"}, "not later than 2017 (--edition); hs-"),
        ("hs-predecessors", {"code": "01", "edition": "2012"}, "no pairs of 2012 and an earlier edition"),
    ],
)  # fmt: skip
def test_a_wrong_code_or_year_is_answered_with_what_was_meant(
    kg: wcograph.KnowledgeGraph, name: str, parameters: dict[str, str], told: str
) -> None:
    with pytest.raises(UsageError) as error:
        kg.query(name, **parameters)
    assert told in str(error.value)


def test_changes_of_a_heading_that_only_the_newer_edition_has_are_those_of_its_codes(
    kg: wcograph.KnowledgeGraph,
) -> None:
    rows = kg.query("hs-changes", chapter="0202", edition="2012").to_dicts()
    assert [(row["change"], row["code"], row["newCode"]) for row in rows] == [
        ("renumbered", "020100", "020200")
    ]


def test_without_an_edition_the_latest_one_with_the_code_answers(kg: wcograph.KnowledgeGraph) -> None:
    assert {row["edition"] for row in kg.query("hs-code", code="0101.10").to_dicts()} == {"2012"}
    assert {row["edition"] for row in kg.query("hs-code", code="0101").to_dicts()} == {"2022"}


@pytest.mark.parametrize("text", ["lithium battery", "ROUND lithium", "batteries", "0202"])
def test_a_search_finds_words_in_any_order_and_number(kg: wcograph.KnowledgeGraph, text: str) -> None:
    assert "020200" in [row["code"] for row in kg.query("hs-search", text=text).to_dicts()]


def test_a_search_looks_at_the_beginning_of_words(kg: wcograph.KnowledgeGraph) -> None:
    assert kg.query("hs-search", text="heels").to_dicts() == []


def test_the_graph_with_the_import_is_asked_with_any_query(
    kg: wcograph.KnowledgeGraph, tmp_path: Path
) -> None:
    both = wcograph.load(hs=True)
    count = "SELECT (COUNT(?a) AS ?n) { ?a a xkos:ConceptAssociation }"
    assert both.sparql(count).to_dicts() == [{"n": len(hs_tables.PAIRS)}]
    assert wcograph.load().sparql(count).to_dicts() == [{"n": 0}]
    assert both.query("conventions-in-force-count").to_dicts() == [{"conventions": 17}]
    linked = "ASK { ?a skos:exactMatch wcoid:hs-2022-chapter-01 ; skos:inScheme/dcterms:isFormatOf ?edition }"
    assert bool(both.sparql(linked))
    (tmp_path / "a.ttl").write_text("<e:a> <e:b> <e:c> .")
    with pytest.raises(UsageError, match="together with --data"):
        wcograph.load(data=[str(tmp_path / "a.ttl")], hs=True)


# Conversion of files


@pytest.mark.quick
def test_a_table_keeps_its_columns_and_gets_one_row_per_target(
    kg: wcograph.KnowledgeGraph, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    text = 'n;code;text\r\n1;0101.10;"a;b"\r\n2;020100;\r\n3;10110;c\r\n4;0101;d\r\n'
    (tmp_path / "in.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    out = tmp_path / "out.csv"
    words = ["hs-convert", str(tmp_path / "in.csv"), "--column", "code", "--from", "2012", "--to", "2017"]
    status, _, err = run(capfd, *words, "-o", str(out))
    assert status == 0
    assert out.read_bytes().decode().split("\r\n") == [
        "n;code;text;hs2017;hs2017_kind;hs2017_partial;hs2017_mark",
        '1;0101.10;"a;b";010120;split;ex;ambiguous',
        '1;0101.10;"a;b";010130;many to many;ex;ambiguous',
        "2;020100;;020200;1:1;;",
        "3;10110;c;;;;unknown",
        "4;0101;d;0101;1:1;;",
        "",
    ]
    assert err.splitlines() == [
        "wcograph: 4 rows read, 5 written: 2 1:1, 1 ambiguous, 1 unknown",
        "wcograph: unknown codes: '10110'",
        "wcograph: codes of 1, 3 or 5 digits have probably lost a leading zero in a spreadsheet; add it",
    ]


@pytest.mark.parametrize(
    ("content", "change", "status", "told"),
    [
        (
            "code\n010110\n",
            ["--column", "kode"],
            2,
            "there is no column 'kode'; did you mean code? (columns: code)",
        ),
        ("code,code\n1,2\n", [], 2, "names 2 columns"),
        ("code,hs2017\n1,2\n", [], 2, "already has a column 'hs2017'"),
        ("code,a\n010110\n", [], 3, "in.csv:2: has 1 columns, not 2"),
        ('code\n"010110\n', [], 3, "in.csv:2: is not CSV"),
        ("code\n010110\n", ["--to", "2007"], 2, "the 2007 edition was not imported"),
        ("code\n\xff\n".encode("latin-1"), [], 3, "is not UTF-8"),
    ],
)
def test_a_table_that_cannot_be_converted_leaves_no_output(
    content: str | bytes,
    change: list[str],
    status: int,
    told: str,
    kg: wcograph.KnowledgeGraph,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "in.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    words = ["--column", "code", "--from", "2012", "--to", "2017", *change, "-o", str(tmp_path / "out.csv")]
    found, _, err = run(capfd, "hs-convert", str(tmp_path / "in.csv"), *words)
    assert (found, err.count("\n")) == (status, 1)
    assert told in err
    assert not (tmp_path / "out.csv").exists()
