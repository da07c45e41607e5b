"""What all tests share: the graph, loaded once into a cache of its own, the tiers, and the coverage figure.

Tests read nothing outside the checkout but what an environment variable names; without it they are skipped.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis.internal.conjecture import providers

import hs_tables
import wcograph
from coverage_rows import FACTS


def outside(variable: str, what: str) -> tuple[Path, pytest.MarkDecorator]:
    """Return the place that an environment variable names, and the mark of the tests that need it."""
    place = Path(os.environ.get(variable) or f"{os.devnull}/{variable}")
    return place, pytest.mark.skipif(not place.exists(), reason=f"{variable} does not name {what}")


# The fact tables; beside their folder are sources/facts.md and hs/hs2022.csv.
TABLES, needs_tables = outside("WCOGRAPH_FACTS", "the folder of the fact tables")
W3C_SHACL, needs_w3c_shacl = outside("WCOGRAPH_SHACL_SUITE", "the folder of the W3C's tests of SHACL")
SARIF_SCHEMA, needs_sarif_schema = outside("WCOGRAPH_SARIF_SCHEMA", "the JSON Schema of SARIF 2.1.0")

FACT = re.compile(r"test_coverage\.py::.*\[(D\d-\d{3})\]$")


# The same random cases in each run, so that a red run means a change; others with HYPOTHESIS_PROFILE=default.
settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
settings.load_profile(profile := os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))
if profile == "repeatable":
    # Hypothesis draws constants from the modules of the project too, so each change of the code would change the
    # cases. It has no setting for this.
    providers.is_local_module_file = lambda path: False


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--write-expected", action="store_true", help="write the expected rows of stored queries anew"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Leave out the doctests with ``-m quick``: none is marked, and to find them takes long."""
    if config.option.markexpr == "quick":
        config.option.doctestmodules = False


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(
    collector: pytest.Collector, name: str, obj: object
) -> list[pytest.Item] | None:
    """Make no cases of a test that ``-m quick`` leaves out: there are thousands."""
    if collector.config.option.markexpr != "quick" or not name.startswith("test"):
        return None
    return None if any(mark.name == "quick" for mark in getattr(obj, "pytestmark", ())) else []


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let ``quick(n)`` choose n of the cases of a test, evenly spread, before ``-m quick`` chooses tests."""
    cases: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        cases[item.nodeid.partition("[")[0]].append(item)
    for of_test in cases.values():
        mark = of_test[0].get_closest_marker("quick")
        if mark and mark.args:
            step = -(-len(of_test) // mark.args[0])
            for number, item in enumerate(of_test):
                if number % step:
                    item.own_markers.remove(mark)


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep the tests out of the user's cache and imports."""
    place = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WCOGRAPH_CACHE_DIR", str(place))
        patch.setenv("WCOGRAPH_DATA_DIR", str(tmp_path_factory.mktemp("data")))
        yield place


@pytest.fixture(scope="session")
def kg(own_cache: Path) -> wcograph.KnowledgeGraph:
    """The knowledge graph of this checkout."""
    return wcograph.load()


@pytest.fixture(scope="session")
def kg_with_hs(own_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> wcograph.KnowledgeGraph:
    """The knowledge graph, with small tables of the Harmonized System imported."""
    from wcograph.hs.imported import import_tables
    from wcograph.hs.tables import read

    kg = wcograph.load()
    import_tables(kg.folder, kg._built, read(hs_tables.write(tmp_path_factory.mktemp("tables"))))
    return kg.with_imported("hs")


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
