"""Tables for big joins: the facts that a table of trade needs beside it, one fact per row, with codes as keys.

A file in ``queries/tables/`` makes each table, and its header describes the table and its columns. A first column
without repetition is the key of the table, and columns of its name in other tables refer to it.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from hashlib import sha256

import pyoxigraph as ox

from wcograph import layout
from wcograph.exports.export import of_quads, texts
from wcograph.toolbox.arguments import extra, path_of
from wcograph.toolbox.errors import InputError, UsageError
from wcograph.toolbox.output import open_output
from wcograph.toolbox.sparql import stored
from wcograph.toolbox.sparql.dataframes import columns as typed
from wcograph.toolbox.sparql.presentation import meaning
from wcograph.toolbox.sparql.resultformats import write
from wcograph.toolbox.sparql.results import Answer
from wcograph.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    import pyarrow

    from wcograph.graph import KnowledgeGraph

FORMATS = ("parquet", "csv")
DESCRIPTION = "csv-metadata.json"
"""The name under which CSV on the Web looks for the description of files (Tabular Metadata, section 5.3)."""

_SOURCE = ox.NamedNode(layout.PREFIXES["dcterms"] + "source")


@dataclass(frozen=True)
class Table:
    """A table: its rows, the text of its header, and the IRIs of the sources of its rows."""

    name: str
    title: str
    description: str
    columns: Mapping[str, str]
    answer: Answer
    sources: Sequence[str]

    @property
    def key(self) -> str:
        """The first column, if no value repeats in it."""
        first = [row[0] for row in self.answer.rows()]
        return self.answer.variables[0] if len(set(first)) == len(first) else ""


def tables_of(kg: KnowledgeGraph) -> list[Table]:
    """Return all tables of a graph. A node is written as the last part of its IRI."""
    found = []
    for path in layout.query_files(kg.folder, "tables"):
        query = stored.read(os.path.join(kg.folder, path), layout.PREFIXES)
        answer = kg.sparql(query.text, name=query.name)
        rows = answer.rows()
        nodes: dict[Any, ox.Literal] = {
            term: ox.Literal(term.value.removeprefix(layout.PREFIXES["wcoid"]))
            for row in rows
            for term in row
            if isinstance(term, ox.NamedNode)
        }
        quads = (quad for node in nodes for quad in kg.store.quads_for_pattern(node, _SOURCE, None, None))
        sources = {quad.object.value for quad in quads if isinstance(quad.object, ox.NamedNode)}
        short = [tuple(nodes.get(term, term) for term in row) for row in rows]
        columns = {name: meaning(column) for name, column in query.columns.items()}
        about = query.name, query.title, query.description, columns
        found.append(Table(*about, Answer("SELECT", answer.variables, short), tuple(sorted(sources))))
    return found


def save(kg: KnowledgeGraph, folder: str, format: str = "parquet") -> None:
    """Write all tables to files in ``folder``, as ``parquet`` or ``csv``, with a description.

    The description names the sources and the digest of the graph: the SHA-256 of what ``wcograph export -f nq`` writes.
    Raises UsageError if pyarrow is missing for Parquet, InputError if a file cannot be written.
    """
    if format not in FORMATS:
        raise UsageError(f"tables are written as {' or '.join(FORMATS)}, not {format!r}")
    digest = sha256("".join(texts(of_quads(kg.quads(), "nq"), "nq")).encode()).hexdigest()
    found = tables_of(kg)
    arrow = {table.name: table.answer.to_arrow() for table in found} if format == "parquet" else {}
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot be made: {error.strerror}", file=folder) from error
    description = _description(found, digest, format)
    for table, about in zip(found, description["tables"], strict=True):
        with open_output(os.path.join(folder, about["url"])) as stream:
            if format == "csv":
                write(table.answer, "csv", stream)
            else:
                import pyarrow.parquet

                kept = {"wcograph": json.dumps({**about, "dc:identifier": description["dc:identifier"]})}
                pyarrow.parquet.write_table(arrow[table.name].replace_schema_metadata(kept), stream)
    with open_output(os.path.join(folder, DESCRIPTION)) as stream:
        stream.write((json.dumps(description, ensure_ascii=False, indent=2) + "\n").encode())


def _description(found: Sequence[Table], digest: str, format: str) -> dict[str, Any]:
    """Return what CSV on the Web says of a group of tables."""
    # If two tables have the same key, the one with more rows has what the other refers to.
    by_size = sorted(found, key=lambda one: len(one.answer.rows()))
    keys = {table.key: table.name for table in by_size if table.key}
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "dc:title": "The World Customs Organization as tables",
        "dc:license": {"@id": "https://creativecommons.org/licenses/by/4.0/"},
        "dc:identifier": f"sha256:{digest}",
        "dc:creator": f"wcograph {__version__}",
        "tables": [_described(table, keys, format) for table in found],
    }


def _described(table: Table, keys: Mapping[str, str], format: str) -> dict[str, Any]:
    schema: dict[str, Any] = {"columns": [], "foreignKeys": []}
    for name, (kind, _) in typed(table.answer.variables, table.answer.rows(), ()).items():
        about = {"name": name, "titles": name, "datatype": kind}
        schema["columns"].append({**about, "dc:description": table.columns.get(name, name)})
        if keys.get(name, table.name) != table.name:
            there = {"resource": f"{keys[name]}.{format}", "columnReference": name}
            schema["foreignKeys"].append({"columnReference": name, "reference": there})
    if table.key:
        schema["primaryKey"] = table.key
    return {
        "url": f"{table.name}.{format}",
        "dc:title": table.title,
        "dc:description": table.description,
        "dc:source": [{"@id": source} for source in table.sources],
        "tableSchema": schema,
    }


def tables(connection: Any, folder: str | None = None) -> list[str]:
    """Register the tables as views in a DuckDB connection or a Spark session, and return their names.

    They are made from the graph of this package, or read from the Parquet files that ``wcograph export --tables`` has
    written to ``folder``. Raises UsageError for another kind of connection, and if pyarrow is missing.

    >>> import duckdb
    >>> con = duckdb.connect()
    >>> tables(con)[:3]
    ['areas', 'conventions', 'hs_chapters']
    >>> con.sql("SELECT count(*) FROM regions").fetchall()
    [(6,)]
    """
    is_spark = hasattr(connection, "createDataFrame")
    if not is_spark and not hasattr(connection, "register"):
        raise UsageError(
            f"tables are for a DuckDB connection or a Spark session, not {type(connection).__name__}"
        )
    if folder is None:
        from wcograph.graph import load

        found = {table.name: table.answer.to_arrow() for table in tables_of(load())}
    else:
        found = _from_files(path_of(folder, "folder"))
    for name, table in found.items():
        if is_spark:
            connection.createDataFrame(table).createOrReplaceTempView(name)
        else:
            connection.register(name, table)
    return list(found)


def _from_files(folder: str) -> dict[str, pyarrow.Table]:
    with extra("arrow", "reading the tables"):
        import pyarrow.parquet
    try:
        names = sorted(name for name in os.listdir(folder) if name.endswith(".parquet"))
        found = {name[:-8]: pyarrow.parquet.read_table(os.path.join(folder, name)) for name in names}
    except (OSError, pyarrow.ArrowException) as error:
        raise InputError(f"cannot be read: {str(error).splitlines()[0]}", file=folder) from error
    if not found:
        raise InputError("has no Parquet files; write them with 'wcograph export --tables'", file=folder)
    return found
