"""What all tests share: the graph, loaded once into a cache of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import wcograph


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
