"""Load `wcograph serve`: its requests per second beside Oxigraph's server, heavy queries beside small ones, its memory.

    python benchmarks/serve.py rates [--seconds 3] [--rounds 3]
    python benchmarks/serve.py heavy [--seconds 60]

`rates` needs wrk. It asks both servers, which read the same store, in turn: a small SELECT and one of 187 rows, each
request with a comment of its own, so that no cache has the answer; and the small one again and again, as a cache has it.

`heavy` lets 32 clients send queries that run into the time limit, and one client small queries of three kinds, each 50 ms
after the last answer. Then it kills the server with SIGKILL and looks for processes that it has left. Exit status 1 if a
small query took a second or more, or a process is left.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
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
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

PREFIXES = "PREFIX wco: <https://w3id.org/wcograph/ns#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#> "
SMALL = PREFIXES + "SELECT ?name { ?r a wco:Region ; wco:labelEn ?name } ORDER BY ?name"
MEDIUM = (
    PREFIXES
    + "SELECT ?m ?name ?code ?region { ?m a wco:Member ; wco:labelEn ?name ; wco:code ?code } ORDER BY ?name"
)
GRAPHS = ("ontology", "vocabulary", "data", "claims", "sources", "derived", "inferred")
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
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(deeper for child in children for deeper in family(int(child)))]


def memory(pid: int) -> tuple[float, float]:
    """Return the resident memory of a process, and that of its descendants, in MB; shared pages count in part (PSS)."""
    found = []
    for each in family(pid):
        rollup = Path(f"/proc/{each}/smaps_rollup").read_text()
        found.append(int(re.search(r"^Pss:\s+(\d+)", rollup, re.MULTILINE)[1]) / 1024)  # type: ignore[index]
    return found[0], sum(found[1:])


def wrk(url: str, clients: int, seconds: float, query: str, fresh: bool) -> float:
    """Return the requests per second; with `fresh`, no two requests are the same."""
    script = f"""
local n = 0
request = function()
  n = n + 1
  return wrk.format("GET", "{url}?query={quote(query)}" .. ({str(fresh).lower()} and ("%23" .. n .. "-{time.time()}") or ""),
                    {{["Accept"] = "application/sparql-results+json"}})
end
"""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        call = ["wrk", "-t1", f"-c{clients}", f"-d{seconds:g}s", "-s", file.name, url]
        said = subprocess.run(call, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said:
        raise RuntimeError(said)
    return float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])  # type: ignore[index]


def rates(seconds: float, rounds: int) -> int:
    ours, theirs = free_port(), free_port()
    urls = {"wcograph": f"http://127.0.0.1:{ours}/sparql", "oxigraph": f"http://127.0.0.1:{theirs}/query"}
    oxigraph = (
        shutil.which("oxigraph", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}") or "oxigraph"
    )
    place = tempfile.mkdtemp()
    subprocess.run(
        [sys.executable, "-m", "wcograph", "export", "-o", f"{place}/graph.nq", "--graph", *GRAPHS],
        check=True,
    )
    subprocess.run(
        [oxigraph, "load", "-l", f"{place}/store", "-f", f"{place}/graph.nq"], check=True, capture_output=True
    )
    read_only = [
        oxigraph,
        "serve-read-only",
        "--union-default-graph",
        "-l",
        f"{place}/store",
        "-b",
        f"127.0.0.1:{theirs}",
    ]
    with running(wcograph_server(ours), urls["wcograph"]) as server, running(read_only, urls["oxigraph"]):
        own, children = memory(server.pid)
        print(f"memory at the start: {own:.0f} MB and {children:.0f} MB in child processes\n")
        print("| query | clients | oxigraph | wcograph | ratio |\n| --- | --: | --: | --: | --: |")
        for name, query, fresh in (
            ("6 rows", SMALL, True),
            ("187 rows", MEDIUM, True),
            ("6 rows, again", SMALL, False),
        ):
            for clients in (1, 16, 64):
                found = defaultdict(list)
                for _ in range(rounds):
                    for engine, url in urls.items():
                        found[engine].append(wrk(url, clients, seconds, query, fresh))
                ratio = statistics.median(
                    a / b for a, b in zip(found["wcograph"], found["oxigraph"], strict=True)
                )
                each = [statistics.median(found[engine]) for engine in ("oxigraph", "wcograph")]
                print(f"| {name} | {clients} | {each[0]:.0f} | {each[1]:.0f} | {ratio:.2f} |", flush=True)
        own, children = memory(server.pid)
        print(f"\nmemory at the end: {own:.0f} MB and {children:.0f} MB in child processes")
    return 0


def status(url: str, timeout: float = 120) -> int:
    try:
        with urllib.request.urlopen(url, timeout=timeout) as answer:
            answer.read()
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.read()
        return error.code


def heavy(seconds: float) -> int:
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    small = {
        "stored query": "/query/members.json?region=europe",
        "page": "/id/polity-TUR",
        "small SPARQL": f"/sparql?query={quote(SMALL)}",
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
                codes[
                    f"{name} {status(f'{base}{path}' + ('&' if '?' in path else '?') + f'x={number}')}"
                ] += 1
                times[name].append(time.monotonic() - began)
                time.sleep(0.05)
            most = max(most, sum(memory(server.pid)))
        for thread in workers:
            thread.join()
        for name, took in times.items():
            middle, longest = statistics.median(took) * 1000, max(took) * 1000
            print(f"{name}: {len(took)} in {seconds:.0f} s, median {middle:.0f} ms, longest {longest:.0f} ms")
        print(", ".join(f"{name}: {count}" for name, count in sorted(codes.items())))
        print(f"memory: {most:.0f} MB at most, {sum(memory(server.pid)):.0f} MB after")
        threading.Thread(target=status, args=(f"{base}/sparql?query={quote(HEAVY)}",), daemon=True).start()
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
    parser.add_argument("what", choices=("rates", "heavy"))
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    return rates(args.seconds or 3, args.rounds) if args.what == "rates" else heavy(args.seconds or 60)


if __name__ == "__main__":
    sys.exit(main())
