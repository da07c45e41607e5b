"""What all tests share: the graph, loaded once into a cache of its own, and the coverage figure at the end."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

import wcograph
from coverage_rows import FACTS

FACT = re.compile(r"test_coverage\.py::.*\[(D\d-\d{3})\]$")


# The same random cases in each run, so that a red run means a change; others with HYPOTHESIS_PROFILE=default.
settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--write-expected", action="store_true", help="write the expected rows of stored queries anew"
    )


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep the tests out of the user's cache."""
    place = tmp_path_factory.mktemp("cache")
    before = os.environ.get("WCOGRAPH_CACHE_DIR")
    os.environ["WCOGRAPH_CACHE_DIR"] = str(place)
    yield place
    if before is None:
        del os.environ["WCOGRAPH_CACHE_DIR"]
    else:
        os.environ["WCOGRAPH_CACHE_DIR"] = before


@pytest.fixture(scope="session")
def kg(own_cache: Path) -> wcograph.KnowledgeGraph:
    """The knowledge graph of this checkout."""
    return wcograph.load()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how many facts have a row that kept all that a row must keep."""
    outcomes: dict[str, set[str]] = {}
    for outcome in ("passed", "failed", "error", "skipped"):
        for report in terminalreporter.getreports(outcome):
            if match := FACT.search(getattr(report, "nodeid", "")):
                outcomes.setdefault(match[1], set()).add(outcome)
    if outcomes:
        covered = [fact for fact in FACTS if outcomes.get(fact) == {"passed"}]
        terminalreporter.write_line(f"{len(covered)} of {len(FACTS)} facts covered")
