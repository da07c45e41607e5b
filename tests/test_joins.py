"""Tables for joins: as described, the same in each form, and views in a database in one line."""

from __future__ import annotations

import csv
import json
from hashlib import sha256
from pathlib import Path

import duckdb
import pyarrow.parquet
import pytest

import wcograph
from wcograph import layout
from wcograph.cli import main
from wcograph.errors import UsageError

NAMES = sorted(Path(path).stem for path in layout.query_files(layout.root(), "tables"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tables")
    assert main(["export", "--tables", str(folder)]) == 0
    assert main(["export", "--tables", str(folder / "csv"), "-f", "csv"]) == 0
    return folder


def test_both_forms_have_the_same_rows_and_their_description(folder: Path, tmp_path: Path) -> None:
    description = json.loads((folder / "csv" / "csv-metadata.json").read_text("utf-8"))
    quads = tmp_path / "graph.nq"
    assert main(["export", "-o", str(quads)]) == 0
    assert description["dc:identifier"] == f"sha256:{sha256(quads.read_bytes()).hexdigest()}"
    assert [table["url"] for table in description["tables"]] == [f"{name}.csv" for name in NAMES]
    for table in description["tables"]:
        name = table["url"].removesuffix(".csv")
        parquet = pyarrow.parquet.read_table(folder / f"{name}.parquet")
        with (folder / "csv" / table["url"]).open(encoding="utf-8", newline="") as stream:
            header, *rows = csv.reader(stream)
        assert (
            [column["name"] for column in table["tableSchema"]["columns"]] == header == parquet.column_names
        )
        written = [
            ["" if cell is None else str(cell) for cell in row.values()] for row in parquet.to_pylist()
        ]
        assert rows == written
        assert len({tuple(row) for row in rows}) == len(rows), "a fact has two rows"
        about = json.loads(parquet.schema.metadata[b"wcograph"])
        assert about["dc:identifier"] == description["dc:identifier"]
        assert all(source["@id"].startswith(layout.PREFIXES["wcosrc"]) for source in about["dc:source"])
        assert about["dc:source"] or name == "polity_areas"


def test_keys_are_keys_and_references_have_what_they_refer_to(folder: Path) -> None:
    description = json.loads((folder / "csv-metadata.json").read_text("utf-8"))
    tables = {
        table["url"]: pyarrow.parquet.read_table(folder / table["url"]) for table in description["tables"]
    }
    keys = {table["url"]: table["tableSchema"].get("primaryKey") for table in description["tables"]}
    assert keys["polities.parquet"] == "polity"
    assert keys["parties.parquet"] is None
    references = 0
    for table in description["tables"]:
        for key in table["tableSchema"]["foreignKeys"]:
            column, other = key["columnReference"], tables[key["reference"]["resource"]]
            assert keys[key["reference"]["resource"]] == column
            found = set(tables[table["url"]][column].to_pylist()) - {None}
            assert found <= set(other[column].to_pylist())
            references += 1
    assert references >= 8


@pytest.mark.quick
def test_a_database_has_the_tables_in_one_line(folder: Path, kg: wcograph.KnowledgeGraph) -> None:
    con = duckdb.connect()
    assert wcograph.tables(con) == NAMES
    from_files = duckdb.connect()
    assert wcograph.tables(from_files, str(folder)) == NAMES
    query = (
        "SELECT count(*) FROM parties JOIN members USING (polity) WHERE convention = 'convention-istanbul-1990' "
        "AND role = 'Member of the WCO' AND members.valid_to IS NULL AND parties.valid_to IS NULL"
    )
    (count,) = con.execute(query).fetchone() or (0,)
    assert from_files.execute(query).fetchone() == (count,)
    parties = kg.query("contracting-parties", convention="istanbul-1990").to_dicts()
    assert count == sum(row["isMember"] for row in parties) > 0


def test_wrong_calls_are_one_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageError, match="for a DuckDB connection or a Spark session, not int"):
        wcograph.tables(5)
    with pytest.raises(wcograph.errors.InputError, match="has no Parquet files"):
        wcograph.tables(duckdb.connect(), str(tmp_path))
    (tmp_path / "x.parquet").write_bytes(b"PAR1")
    with pytest.raises(wcograph.errors.InputError, match="cannot be read"):
        wcograph.tables(duckdb.connect(), str(tmp_path))
    capfd.readouterr()
    assert main(["export", "--tables", str(tmp_path / "x.parquet")]) == 3
    assert main(["export", "--tables", str(tmp_path), "-f", "nq"]) == 2
    assert main(["export", "--tables", str(tmp_path), "--graph", "data"]) == 2
    assert main(["export", "-f", "csv"]) == 2
    assert capfd.readouterr().err.count("\n") == 4
