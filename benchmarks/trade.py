"""Join a large table of synthetic trade with the tables of wcograph: the same SQL in DuckDB and in Spark.

    python benchmarks/trade.py DIR --rows 50_000_000            make DIR/trade.parquet, run DuckDB
    python benchmarks/trade.py DIR --spark local[2]             run Spark, compare with what DuckDB has found
    python benchmarks/trade.py DIR --spark spark://HOST:PORT    the same on a cluster

The question: imports by region, section and year from Members that were party to the Istanbul Convention at the time.
Figures are in README.md, and the steps in docs/tables.md.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

import wcograph
from wcograph.joins import tables_of

SQL = """
SELECT r.region, c.section, t.year, SUM(t.value) AS imports
FROM trade t
JOIN hs_chapters c ON c.chapter = SUBSTRING(t.hs6, 1, 2)
JOIN member_regions r ON r.polity = t.reporter
JOIN (
  SELECT DISTINCT m.polity, y.year
  FROM (SELECT DISTINCT year FROM trade) y, members m, parties p
  WHERE p.polity = m.polity AND p.convention = 'convention-istanbul-1990'
    AND m.role = 'Member of the WCO'
    AND YEAR(m.valid_from) <= y.year AND (m.valid_to IS NULL OR YEAR(m.valid_to) > y.year)
    AND YEAR(p.valid_from) <= y.year AND (p.valid_to IS NULL OR YEAR(p.valid_to) > y.year)
) w ON w.polity = t.partner AND w.year = t.year
GROUP BY r.region, c.section, t.year
ORDER BY r.region, c.section, t.year
"""


def make(path: Path, rows: int) -> None:
    """Write synthetic trade: year, reporter, partner, HS code and value, the same in each run."""
    import numpy
    import pyarrow as pa
    import pyarrow.parquet as parquet

    kg = wcograph.load()
    found = {table.name: [row[0].value for row in table.answer.rows()] for table in tables_of(kg)}
    polities = pa.array(found["polities"])
    codes = pa.array([f"{chapter}{n:04}" for chapter in found["hs_chapters"] for n in range(100, 6100, 100)])
    random = numpy.random.default_rng(2026)
    writer = None
    for start in range(0, rows, 1_000_000):
        size = min(1_000_000, rows - start)

        def drawn(values: pa.Array, size: int = size) -> pa.Array:
            return values.take(pa.array(random.integers(0, len(values), size)))

        block = pa.table(
            {
                "year": pa.array(random.integers(1990, 2025, size), pa.int32()),
                "reporter": drawn(polities),
                "partner": drawn(polities),
                "hs6": drawn(codes),
                "value": pa.array(random.integers(0, 1_000_000, size)),
            }
        )
        writer = writer or parquet.ParquetWriter(path, block.schema)
        writer.write_table(block)
    if writer:
        writer.close()


def by_duckdb(trade: Path) -> list[tuple]:
    import duckdb

    con = duckdb.connect(config={"threads": 2})
    wcograph.tables(con)
    con.execute(f"CREATE VIEW trade AS SELECT * FROM read_parquet('{trade}')")
    began = time.perf_counter()
    rows = con.execute(SQL).fetchall()
    print(f"DuckDB {duckdb.__version__}: {len(rows)} rows in {time.perf_counter() - began:.1f} s", flush=True)
    return rows


def by_spark(trade: Path, master: str, runs: int, expected: list[tuple]) -> bool:
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    import pyspark
    from pyspark.sql import SparkSession

    began = time.perf_counter()
    spark = (
        SparkSession.builder.master(master)
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "8")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("ERROR")
    print(f"Spark {pyspark.__version__} {master}: started in {time.perf_counter() - began:.1f} s", flush=True)
    wcograph.tables(spark)
    spark.read.parquet(str(trade)).createOrReplaceTempView("trade")
    equal = True
    for attempt in range(runs):
        began = time.perf_counter()
        rows = [tuple(row) for row in spark.sql(SQL).collect()]
        taken = time.perf_counter() - began
        equal = equal and rows == expected
        told = "the same rows as DuckDB" if rows == expected else "OTHER rows than DuckDB"
        print(f"  run {attempt + 1}: {taken:.1f} s, {told}", flush=True)
    spark.stop()
    return equal


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=50_000_000)
    parser.add_argument(
        "--runs", type=int, default=2, help="runs of Spark; the first also starts its workers"
    )
    parser.add_argument("--spark", metavar="MASTER", action="append", default=[])
    args = parser.parse_args()
    trade = args.folder / "trade.parquet"
    if not trade.exists():
        args.folder.mkdir(parents=True, exist_ok=True)
        make(trade.with_suffix(".part"), args.rows)
        trade.with_suffix(".part").rename(trade)
    expected = by_duckdb(trade)
    results = [by_spark(trade, master, args.runs, expected) for master in args.spark]
    return int(not all(results))


if __name__ == "__main__":
    sys.exit(main())
