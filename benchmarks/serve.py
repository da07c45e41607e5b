"""Requests per second of ``wcograph serve`` and of ``oxigraph serve-read-only`` on the same store, in alternating runs.

Needs wrk. The servers have one core, wrk has another one. A query is new each time (a comment has its number) unless it is
"cached".

    python benchmarks/serve.py --oxigraph PATH [--seconds 3] [--rounds 3]
"""

from __future__ import annotations

import argparse
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote
from urllib.request import urlopen

import wcograph

SMALL = """SELECT ?region ?name { ?region a <https://w3id.org/wcograph/ns#Region> ;
  <http://www.w3.org/2004/02/skos/core#prefLabel> ?name FILTER(lang(?name) = "en") }"""
MEDIUM = """SELECT ?member ?name ?code { ?member a <https://w3id.org/wcograph/ns#Member> ;
  <https://w3id.org/wcograph/ns#labelEn> ?name ; <https://w3id.org/wcograph/ns#code> ?code } ORDER BY STR(?name)"""
_LUA = """
local number = math.random(1e9)
request = function()
  number = number + %d
  return wrk.format("GET", "%s?query=" .. "%s" .. "%%23" .. number)
end
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--oxigraph", default="oxigraph")
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    place = wcograph.load()._built.place
    assert place, "the store is not in the cache"
    ports = [free(), free()]
    command = [sys.executable, "-m", "wcograph", "serve", "--no-open", "--port", str(ports[0])]
    oxigraph = [args.oxigraph, "serve-read-only", "-l", place, "--bind", f"127.0.0.1:{ports[1]}"]
    with tempfile.TemporaryFile() as log:
        servers = [
            subprocess.Popen(["taskset", "-c", "0", *one], stderr=log, stdout=log)
            for one in (command, [*oxigraph, "--union-default-graph"])
        ]
        try:
            urls = [f"http://127.0.0.1:{ports[0]}/sparql", f"http://127.0.0.1:{ports[1]}/query"]
            for url in urls:
                wait_for(f"{url}?query=ASK%7B%7D")
            time.sleep(5)  # what is made once in the background
            print("| query | clients | oxigraph | wcograph | ratio |\n| --- | --: | --: | --: | --: |")
            for name, query, step in (
                ("small", SMALL, 1),
                ("187 rows", MEDIUM, 1),
                ("small, cached", SMALL, 0),
                ("187 rows, cached", MEDIUM, 0),
            ):
                for clients in (1, 16, 64):
                    found: list[list[float]] = [[], []]
                    for _ in range(args.rounds):
                        for at, url in enumerate(urls):
                            found[at].append(requests(url, query, clients, args.seconds, step))
                    ours, theirs = map(statistics.median, found)
                    print(
                        f"| {name} | {clients} | {theirs:.0f} | {ours:.0f} | {ours / theirs:.2f} |",
                        flush=True,
                    )
            print("memory (PSS, MiB):", ", ".join(f"{memory(one.pid):.0f}" for one in servers))
        finally:
            for one in servers:
                one.terminate()
                one.wait()


def requests(url: str, query: str, clients: int, seconds: int, step: int) -> float:
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        path = "/" + url.split("/", 3)[3]
        script.write(_LUA % (step, path, quote(query, safe="")))
        script.flush()
        command = ["taskset", "-c", "1", "wrk", "-t1", f"-c{clients}", f"-d{seconds}", "-s", script.name]
        command += ["-H", "Accept: application/sparql-results+json", url]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in output:
        raise SystemExit(output)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", output)
    assert rate, output
    return float(rate[1])


def memory(pid: int) -> float:
    """Return the memory of a process and its descendants; pages that several share count once."""
    total = 0
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            total = int(line.split()[1])
    below = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return total / 1024 + sum(memory(int(child)) for child in below)


def wait_for(url: str) -> None:
    for _ in range(300):
        try:
            urlopen(url).read()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"{url} does not answer")


def free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


if __name__ == "__main__":
    os.environ.setdefault("PYTHONSAFEPATH", "1")
    main()
