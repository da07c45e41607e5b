"""Other tools read the stored queries as they stand: rdflib, the Oxigraph command line and grlc, where they are."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
import rdflib.plugins.sparql

import wcograph
from wcograph import layout
from wcograph.toolbox.sparql import stored

FILES = [
    path
    for kind in ("questions", "checks", "derive", "tables")
    for path in layout.query_files(layout.root(), kind)
]


def _text(path: str) -> str:
    return Path(layout.root(), path).read_text(encoding="utf-8")


@pytest.mark.quick(4)
@pytest.mark.parametrize("path", FILES)
def test_rdflib_reads_the_file(path: str) -> None:
    assert rdflib.plugins.sparql.prepareQuery(_text(path)).algebra


@pytest.mark.parametrize("path", FILES)
def test_grlc_reads_the_file_header_and_all(path: str) -> None:
    gquery = pytest.importorskip("grlc.gquery", reason="grlc is not installed")
    query = stored.read(str(Path(layout.root(), path)), layout.PREFIXES)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        header = gquery.get_yaml_decorators(_text(path))
        read = gquery.get_metadata(_text(path), "http://localhost/sparql")
    assert header["title"] == query.title
    assert header["description"].strip() == query.description
    assert header["tags"] == query.tags
    assert set(header.get("parameters", {})) == {parameter.name for parameter in query.parameters}
    assert read["type"] in ("SelectQuery", "ConstructQuery")
    assert "#+" not in header["query"]


def test_a_header_written_for_grlc_is_a_stored_query() -> None:
    query = stored.parse(
        "#+ summary: Regions\n#+ description: All of them\n#+ endpoint: http://example.org/sparql\n"
        "#+ endpoint_in_url: false\n#+ method: GET\n#+ pagination: 50\n#+ tags:\n#+   - regions\n"
        "#+ enumerate:\n#+   - region\n#+ defaults:\n#+   - region: europe\n"
        "SELECT ?region { ?region a wco:Region }",
        "regions",
        layout.PREFIXES,
    )
    assert (query.title, query.description, query.tags) == ("Regions", "All of them", ["regions"])


def test_the_oxigraph_command_line_runs_the_files(kg: wcograph.KnowledgeGraph, tmp_path: Path) -> None:
    oxigraph = shutil.which("oxigraph", path=os.path.dirname(sys.executable)) or shutil.which("oxigraph")
    if not oxigraph:
        pytest.skip("the Oxigraph command line is not installed")
    data = tmp_path / "graph.nq"
    kg.export(str(data), roles=layout.ROLES)
    store = str(tmp_path / "store")
    subprocess.run([oxigraph, "load", "--location", store, "--file", str(data)], check=True, timeout=120)
    for query in kg.queries:
        if query.needs:  # what is imported is not exported
            continue
        path = Path(layout.root(), next(path for path in FILES if path.endswith(f"/{query.name}.rq")))
        required = {p.name: p.example for p in query.parameters if not p.optional}
        if required:  # a value in the place of UNDEF, as a person would write it there
            (tmp_path / "bound.rq").write_text(kg.bound(query.name, **required), encoding="utf-8")
            path = tmp_path / "bound.rq"
        command = [
            oxigraph,
            "query",
            "--location",
            store,
            "--query-file",
            str(path),
            "--results-format",
            "tsv",
        ]
        done = subprocess.run(
            [*command, "--union-default-graph"], capture_output=True, text=True, check=True, timeout=120
        )
        head, *rows = done.stdout.splitlines()
        here = kg.sparql(kg.bound(query.name, **required))
        assert head.lstrip("?").split("\t?") == list(here.variables)
        assert len(rows) == len(here), query.name
