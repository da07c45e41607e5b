"""``wcograph check``: a line for each part, and a mistake in any of them is found."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from coverage_rows import ROOT
from wcograph import layout
from wcograph.cli import main

PARTS = ["house form", "shapes and checks", "consistency", "JSON-LD context", "pages"]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the graph with its pages, in the place of the graph."""
    for name in ("ontology", "data", "queries", "docs"):
        shutil.copytree(ROOT / name, tmp_path / name)
    monkeypatch.setattr(layout, "root", lambda: str(tmp_path))
    for module in ("cli.fmt", "cli.infer", "exports.context"):
        monkeypatch.setattr(f"wcograph.{module}.root", lambda: str(tmp_path))
    return tmp_path


def results(out: str) -> dict[str, str]:
    """Return the result of each part, told from the indented lines below it."""
    lines = [line for line in out.splitlines() if not line.startswith("  ")]
    return {line[:18].strip(): line[19:] for line in lines}


def test_the_graph_passes_all_checks(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 0
    out, err = capfd.readouterr()
    assert results(out) == dict.fromkeys(PARTS, "ok")
    assert len(out.splitlines()) == len(PARTS)
    assert err == ""


def change(path: Path, before: str, after: str) -> None:
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), "utf-8")


def test_each_part_tells_what_is_wrong_with_it(checkout: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with (checkout / "data/organization.ttl").open("a") as file:
        file.write("\n\n\nwcoid:wco a wco:Body,wco:Convention .\n")
    (checkout / "ontology/context.jsonld").unlink()
    change(checkout / "docs/queries.md", "#", "")
    assert main(["check"]) == 1
    out, err = capfd.readouterr()
    assert results(out) == dict.fromkeys(PARTS, "no")
    assert err == ""
    told = [line.strip() for line in out.splitlines()]
    assert any(line.startswith(f"{checkout}/data/organization.ttl") for line in told)
    assert any("The body has no kind." in line for line in told)
    assert any("[cax-" in line for line in told)
    assert any(
        "context.jsonld is out of date; run 'wcograph export --jsonld-context" in line for line in told
    )
    assert any("queries.md is out of date; run 'wcograph docs'" in line for line in told)


@pytest.mark.quick
def test_a_file_that_cannot_be_read_ends_it(checkout: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with (checkout / "data/organization.ttl").open("a") as file:
        file.write("wcoid:wco a\n")
    assert main(["check"]) == 3
    out, _ = capfd.readouterr()
    assert results(out) == {"house form": "not checked"}
    assert "data/organization.ttl:" in out


def test_a_query_that_does_not_derive_ends_it(checkout: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (checkout / "queries/derive/labels.rq").write_text("CONSTRUCT { ?s ?p [] }\nWHERE { ?s ?p ?o }")
    assert main(["check"]) == 3
    out, _ = capfd.readouterr()
    assert results(out) == {"house form": "ok", "shapes and checks": "not checked"}
    assert "queries/derive/labels.rq:1: creates blank nodes" in out


def test_formatting_is_of_the_graph_where_no_file_is_named(checkout: Path) -> None:
    path = checkout / "data/organization.ttl"
    right = path.read_text("utf-8")
    path.write_text(right.replace(" ;\n", ";\n", 1), "utf-8")
    assert main(["fmt"]) == 0
    assert path.read_text("utf-8") == right
