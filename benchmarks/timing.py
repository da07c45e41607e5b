"""Time commands as whole processes, in turn, and print medians and ratios; every benchmark here uses it."""

from __future__ import annotations

import os
import platform
import resource
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Run:
    """One run of a command: wall-clock seconds, processor seconds, peak memory of the process in MiB."""

    wall: float
    cpu: float
    memory: float


def run(
    command: Sequence[str], environment: Mapping[str, str] | None = None, statuses: Sequence[int] = (0,)
) -> Run:
    """Run a command once, its output thrown away; raise where its status is none of ``statuses``."""
    start = time.perf_counter()
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, **(environment or {})},
    )
    assert process.stderr
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in statuses:
        raise RuntimeError(f"{command} ended with {process.returncode}: {errors.decode()[-500:]}")
    scale = 1 if platform.system() == "Darwin" else 1024  # ru_maxrss is in bytes there, in KiB elsewhere
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * scale / 2**20)


def in_turn(commands: Mapping[str, Callable[[], Run]], runs: int) -> dict[str, list[Run]]:
    """Run each command once to warm up, then all of them in turn, ``runs`` times."""
    for once in commands.values():
        once()
    results: dict[str, list[Run]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, once in commands.items():
            results[name].append(once())
    return results


def table(results: Mapping[str, Sequence[Run]], base: str) -> str:
    """Give a Markdown table of medians, with the ratio of each command's wall-clock time to ``base``, pair by pair."""
    lines = ["| command | wall s | cpu s | peak MiB | times the base |", "| --- | --: | --: | --: | --: |"]
    for name, runs in results.items():
        ratio = statistics.median(
            one.wall / other.wall for one, other in zip(runs, results[base], strict=True)
        )
        lines.append(
            f"| {name} | {statistics.median(r.wall for r in runs):.3f} | {statistics.median(r.cpu for r in runs):.3f} "
            f"| {statistics.median(r.memory for r in runs):.0f} | {'base' if name == base else f'{ratio:.2f}'} |"
        )
    return "\n".join(lines)


def machine() -> str:
    """Describe what the figures were taken on."""
    memory = resource.getpagesize() * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"Python {platform.python_version()}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}"
    )
