"""Ten stored queries in one process, their rows read, against the same texts given to pyoxigraph directly.

python benchmarks/warm.py [ROUNDS]
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable

import pyoxigraph as ox
import timing

import wcograph
from wcograph import layout

CALLS: list[tuple[str, dict[str, str]]] = [
    ("bodies", {}),
    ("conventions", {}),
    ("conventions", {"status": "in-force"}),
    ("conventions-in-force-count", {}),
    ("people", {}),
    ("regional-offices", {"kind": "rtc"}),
    ("themes", {}),
    ("topics", {}),
    ("claims", {"subject": "wco"}),
    ("training-centres-by-region", {}),
]


def main() -> None:
    """Time the ten in turn, and print the sums of their medians."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    kg = wcograph.load()
    texts = [kg.bound(name, **parameters) for name, parameters in CALLS]

    def ours(at: int) -> int:
        name, parameters = CALLS[at]
        return len(kg.query(name, **parameters).rows())  # type: ignore[arg-type]

    def direct(at: int) -> int:
        solutions = kg.store.query(texts[at], prefixes=layout.PREFIXES, use_default_graph_as_union=True)
        assert isinstance(solutions, ox.QuerySolutions)
        return len([tuple(solution) for solution in solutions])

    ways: dict[str, Callable[[int], int]] = {"pyoxigraph directly": direct, "kg.query(...).rows()": ours}
    taken: dict[str, list[list[float]]] = {name: [[] for _ in CALLS] for name in ways}
    for round in range(rounds + 1):
        for at in range(len(CALLS)):
            for name, way in ways.items():
                start = time.perf_counter()
                way(at)
                if round:  # the first warms up
                    taken[name][at].append(time.perf_counter() - start)
    sums = {name: sum(statistics.median(times) for times in each) for name, each in taken.items()}
    base = sums["pyoxigraph directly"]
    print(timing.machine(), f"{rounds} rounds in turn, sums of the medians of ten queries", "", sep="\n")
    print("| way | ms | times the base |", "| --- | --: | --: |", sep="\n")
    for name, seconds in sums.items():
        print(f"| {name} | {seconds * 1000:.1f} | {'base' if seconds == base else f'{seconds / base:.2f}'} |")


if __name__ == "__main__":
    main()
