"""Heavy queries beside small ones: `wcograph serve` under the queries of strangers, and what is left if it is killed.

    python benchmarks/heavy.py [--seconds 60]

32 clients send queries that run into the time limit, and one client sends small queries of three kinds, each 50 ms
after the last answer. Then the server is killed with SIGKILL while a query runs. Exit status 1 if a small query took a
second or more, or if a process is left.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

PREFIXES = "PREFIX wco: <https://w3id.org/wcograph/ns#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#> "
SMALL = PREFIXES + "SELECT ?name { ?r a wco:Region ; wco:labelEn ?name } ORDER BY ?name"
HEAVY = "SELECT (COUNT(*) AS ?n) { ?a ?p ?b . ?c ?q ?d FILTER(STR(?b) < STR(?c) && STR(?d) != STR(?a)) }"


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def running(command: list[str], url: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until the block ends."""
    with tempfile.TemporaryFile() as log, subprocess.Popen(command, stdout=log, stderr=log) as server:
        try:
            for _ in range(300):
                try:
                    urllib.request.urlopen(url, timeout=5).close()
                    break
                except urllib.error.HTTPError:
                    break
                except OSError:
                    if server.poll() is not None:
                        log.seek(0)
                        raise RuntimeError(log.read().decode()) from None
                    time.sleep(0.1)
            yield server
        finally:
            if server.poll() is None:
                server.terminate()


def wcograph_server(port: int, *options: str) -> list[str]:
    return [sys.executable, "-m", "wcograph", "serve", "--no-open", "--port", str(port), *options]


def family(pid: int) -> list[int]:
    """Return a process and its descendants."""
    found = [pid]
    with suppress(OSError):  # it has ended
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += [
                deeper for child in (task / "children").read_text().split() for deeper in family(int(child))
            ]
    return found


def memory(pid: int) -> float:
    """Return the memory of a process and its descendants in MB; what they share counts once."""
    total = 0.0
    for each in family(pid):
        with suppress(OSError):
            rollup = Path(f"/proc/{each}/smaps_rollup").read_text()
            total += int(re.search(r"^Pss:\s+(\d+)", rollup, re.MULTILINE)[1]) / 1024  # type: ignore[index]
    return total


def status(url: str, timeout: float = 120) -> int:
    try:
        with urllib.request.urlopen(url, timeout=timeout) as answer:
            answer.read()
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.read()
        return error.code


def ended(url: str) -> None:
    """Ask a server that is killed meanwhile."""
    with suppress(OSError):
        status(url)


def heavy(seconds: float) -> int:
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    small = {
        "stored query": "/query/members.json?region=europe&limit={}",
        "page": "/id/polity-TUR?x={}",
        "small SPARQL": f"/sparql?query={quote(SMALL)}%23{{}}",
    }
    times: dict[str, list[float]] = defaultdict(list)
    codes: Counter[str] = Counter()
    with running(wcograph_server(port, "--timeout", "5"), f"{base}/query/themes.json") as server:
        end = time.monotonic() + seconds

        def worker(number: int) -> None:
            tries = 0
            while time.monotonic() < end:
                tries += 1
                codes[f"heavy {status(f'{base}/sparql?query={quote(HEAVY)}%23{number}-{tries}')}"] += 1

        workers = [threading.Thread(target=worker, args=(number,)) for number in range(32)]
        for thread in workers:
            thread.start()
        most, number = 0.0, 0
        while time.monotonic() < end:
            for name, path in small.items():
                number += 1
                began = time.monotonic()
                codes[f"{name} {status(base + path.replace('{}', str(number)))}"] += 1
                times[name].append(time.monotonic() - began)
                time.sleep(0.05)
            most = max(most, memory(server.pid))
        for thread in workers:
            thread.join()
        for name, took in times.items():
            middle, longest = statistics.median(took) * 1000, max(took) * 1000
            print(f"{name}: {len(took)} in {seconds:.0f} s, median {middle:.0f} ms, longest {longest:.0f} ms")
        print(", ".join(f"{name}: {count}" for name, count in sorted(codes.items())))
        print(f"memory: {most:.0f} MB at most, {memory(server.pid):.0f} MB after")
        threading.Thread(target=ended, args=(f"{base}/sparql?query={quote(HEAVY)}",)).start()
        time.sleep(0.5)
        pids = family(server.pid)
        os.kill(server.pid, signal.SIGKILL)
        server.wait()
        time.sleep(2)
        left = [pid for pid in pids[1:] if Path(f"/proc/{pid}").exists()]
        print(f"processes left of {len(pids)} two seconds after SIGKILL: {len(left)}")
    return 1 if left or max(map(max, times.values())) >= 1 else 0


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=60)
    return heavy(parser.parse_args().seconds)


if __name__ == "__main__":
    sys.exit(main())
