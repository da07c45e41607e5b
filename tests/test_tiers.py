"""The quick tier: ``pytest -m quick`` asks something of every promise."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.mark.quick
def test_each_file_of_tests_has_a_quick_one() -> None:
    """Mark the fastest tests that would see the promise of the file broken; ``quick(n)`` takes n of many cases."""
    without = [
        path.name for path in HERE.glob("test_*.py") if "\n@pytest.mark.quick" not in path.read_text("utf-8")
    ]
    assert without == []
