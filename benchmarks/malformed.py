"""Send a running server thousands of malformed requests, and see that it answers none with 500 and does not hang.

    wcograph serve --no-open --timeout 2 --patience 3 &
    python benchmarks/malformed.py http://127.0.0.1:8000 --requests 10000

The requests are random and the same for the same --seed. Each spoils a good one: its method, path, parameters, headers,
encoding, size or pace, or the query in it. A request hangs if nothing has come, or the connection is still open, after
--patience seconds. After each 500 requests a good one must be answered within 2 seconds. Exit status 1 if anything fails.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import socket
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote, urlsplit

SMALL = "SELECT ?name { ?r a wco:Region ; skos:prefLabel ?name }"
PATHS = (
    "/", "/sparql", "/store", "/store?default", "/store?graph=x", "/openapi.json", "/suggest?q=eu",
    "/suggest/terms?q=me",
    "/suggest/members/region?q=e", "/query/themes", "/query/themes.json", "/query/members.csv",
    "/query/members?region=europe",
    "/id/polity-TUR", "/id/polity-TUR.ttl", "/ns", "/ns/Member", "/vocab/", "/static/editor.js", "/.well-known/void",
    "/ask?q=regions",
    "/query/members-on-date.json?on=2010-01-01", "/ontology", "/queries", "/why?s=x&p=y&o=z", "/query/members.xml",
    "/ask",
)  # fmt: skip
NASTY = (
    "", "\x00", "%", "%zz", "%00", "%c3%28", "%ff", "..", "../../etc/passwd", "%2e%2e%2f", "//", "\\", "'", '"',
    "<script>", "{}", "[]",
    "-1", "0", "1e309", "99999999999999999999", "NaN", "null", "2024-02-30", "0000-00-00", "9999-99-99", "-0001-01-01",
    "é", "\u202e", "𝔘",
    "\ud800", "a" * 300, "?x", "<urn:x>", "wco:", ":", "#", ";", "&", "=", "+", " ", "\t", "\r\nX: y", "true", "$", "*",
    "UNDEF", "${7*7}",
)  # fmt: skip
NAMES = ("q", "query", "format", "limit", "offset", "page", "lang", "on", "region", "member", "graph",
"default-graph-uri", "day", "update",
         "named-graph-uri", "version", "timeout", "sources", "labels", "default", "country", "convention",
         "")  # fmt: skip
HEADERS = ("Accept", "Accept-Encoding", "Accept-Language", "If-None-Match", "If-Modified-Since", "Range",
"Content-Type", "Origin", "Host",
           "Content-Encoding", "Transfer-Encoding", "Content-Length", "Expect", "Connection", "Upgrade", "Cookie",
           "X-Forwarded-Host",
           "X-HTTP-Method-Override", "Authorization", "Forwarded", "Access-Control-Request-Method", "Referer",
           "TE")  # fmt: skip
VALUES = (
    "*/*;q=nan", "text/html;q=", "application/json;q=-1", "/", ";;;,,,", "text/turtle;charset=utf-99", "gzip;q=0,*;q=0",
    '"', "W/", "*", "bytes=-1",
    "bytes=0-0,1-1,2-2", "application/sparql-query;charset=\x00", "multipart/form-data",
    "multipart/form-data; boundary=", "chunked",
    "gzip, chunked", "-1", "1e3", "99999999999999999999", "100-continue", "close", "websocket", "h2c", "evil.example",
    "evil.example:0:0", "[::1", "",
    "\xff\xfe", "a" * 9000, "text/html," * 500, "x=y;" * 2000, "application/sparql-update",
    "application/x-www-form-urlencoded", "text/plain",
    "application/sparql-results+json", "application/sparql-query", "en;q=x", "GET", "null", "http://evil.example",
    "identity;q=0",
)  # fmt: skip
QUERIES = (
    "", "SELECT", "SELECT * {", "ASK {} }", "DROP ALL", "INSERT DATA { <a> <b> <c> }", "LOAD <file:///etc/passwd>",
    "SELECT * { SERVICE <http://127.0.0.1:1/> {} }",
    "SELECT * FROM <file:///etc/passwd> {}", "DESCRIBE", "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }",
    "SELECT * { ?s ?p ?o . ?a ?b ?c } LIMIT 100000",
    "SELECT (COUNT(*) AS ?n) { ?s ?p ?o . ?a ?b ?c FILTER(STR(?s) < STR(?c)) }", "SELECT * { " + "{" * 20000,
    "ASK { FILTER(" + "(" * 50000, "#" * 200000,
    "SELECT * { FILTER(REGEX('" + "a" * 60 + "', '(a+)+$')) }", "SELECT * { ?s <\x00> ?o }",
    "SELECT * { ?s ?p '\ud800' }", "SELECT ?x { BIND(1/0 AS ?x) }",
    "BASE <x> SELECT * {}", "PREFIX : <> SELECT * { : : : }", "SELECT * { ?s ?p " + "9" * 5000 + " }", "\ufeffASK {}",
    "SELECT * { VALUES ?x { " + "1 " * 30000 + "} }",
    "SELECT (REPLACE('a','(','b') AS ?x) {}", "SELECT * { ?s (" + "wco:x/" * 3000 + "wco:x) ?o }",
    "SELECT " + "?x " * 20000 + "{}", "SELECT * { ?s wco:x+ ?o }",
)  # fmt: skip

Pieces = list[tuple[bytes, float]]  # bytes, and the seconds to wait after them


def encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def request(rng: random.Random, host: str) -> Pieces:
    """Return a malformed request."""
    method, target, headers, body = (
        "GET",
        rng.choice(PATHS),
        {"Host": host, "Accept": "*/*", "Connection": "close"},
        b"",
    )

    def bad_method() -> None:
        nonlocal method
        method = rng.choice(
            (
                "get",
                "POST",
                "PUT",
                "DELETE",
                "PATCH",
                "HEAD",
                "OPTIONS",
                "QUERY",
                "TRACE",
                "CONNECT",
                "",
                "G\x00T",
                "é",
                "X" * 5000,
                "GET GET",
                "PROPFIND",
            )
        )

    def bad_path() -> None:
        nonlocal target
        at = rng.randrange(len(target) + 1)
        nasty = rng.choice(NASTY)
        target = target[:at] + (quote(nasty, errors="replace") if rng.random() < 0.5 else nasty) + target[at:]

    def bad_parameters() -> None:
        nonlocal target
        given = [
            f"{rng.choice(NAMES)}={rng.choice((quote, str))(rng.choice(NASTY[:-1]).replace(chr(0xD800), ''))}"
            for _ in range(rng.choice((1, 1, 2, 5, 500)))
        ]
        target += ("&" if "?" in target else "?") + "&".join(given)

    def bad_header() -> None:
        for _ in range(rng.choice((1, 1, 2, 3, 80))):
            headers[rng.choice((*HEADERS, *HEADERS, "X" * 300, "é", "A B", ""))] = rng.choice(VALUES)

    def bad_query() -> None:
        nonlocal method, target, body
        query = (
            rng.choice(QUERIES)
            if rng.random() < 0.7
            else SMALL[: rng.randrange(len(SMALL))] + rng.choice(NASTY)
        )
        path = rng.choice(("/sparql", "/sparql", "/sparql", "/store", "/query/themes", "/"))
        way = rng.randrange(3)
        if way == 0 and len(query) < 3000:
            target = f"{path}?query=" + quote(encoded(query))
        elif way == 1:
            method, target, body = "POST", path, b"query=" + quote(encoded(query)).encode()
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        else:
            method, target, body = rng.choice(("POST", "QUERY")), path, encoded(query)
            headers["Content-Type"] = rng.choice(
                (
                    "application/sparql-query",
                    "application/sparql-query",
                    "application/sparql-query; charset=utf-16",
                    "text/plain",
                )
            )

    def bad_body() -> None:
        nonlocal method, target, body
        method, target = (
            rng.choice(("POST", "POST", "QUERY", "PUT", "GET")),
            rng.choice(("/sparql", "/sparql", "/store", "/ask", "/query/themes")),
        )
        headers["Content-Type"] = rng.choice(
            (
                "application/sparql-query",
                "application/x-www-form-urlencoded",
                "application/sparql-update",
                "multipart/form-data; boundary=x",
                "application/json",
            )
        )
        body = rng.choice((
            rng.randbytes(rng.choice((1, 100, 10_000))), SMALL.encode("utf-16"), gzip.compress(SMALL.encode()),
            b"query=%ff%fe&query=%zz", b"=" * 1000, b"a=b&" * 20_000, b"query=ASK{}&query=ASK{}",
            b"--x\r\nContent-Disposition: form-data; name=query\r\n\r\nASK {}\r\n--x--", b"x" * rng.choice((70_000,
            2_000_000)), b'{"query": "ASK {}"}', b"query=" + b"%20" * 50_000, b"&" * 5000,
        ))  # fmt: skip

    spoil: list[Callable[[], None]] = [bad_method, bad_path, bad_parameters, bad_header, bad_query, bad_body]
    for change in rng.sample(spoil, rng.choice((0, 1, 1, 1, 2, 3))):
        change()
    if body and "Content-Length" not in headers and "Transfer-Encoding" not in headers:
        headers["Content-Length"] = str(len(body) + rng.choice((0, 0, 0, 0, 0, 0, -1, 5)))
    line = encoded(
        f"{method} {target} {rng.choice(('HTTP/1.1',) * 12 + ('HTTP/1.0', 'HTTP/9.9', 'HTP', ''))}\r\n"
    )
    head = (
        line
        + b"".join(encoded(f"{name}: {value}\r\n") for name, value in headers.items())
        + rng.choice((b"\r\n",) * 15 + (b"\n", b""))
    )
    whole = head + body
    if rng.random() < 0.03:
        whole = rng.randbytes(rng.choice((1, 50, 5000)))
    if rng.random() < 0.05:  # slow
        cuts = sorted(rng.randrange(len(whole) + 1) for _ in range(4))
        return [
            (whole[a:b], rng.choice((0.05, 0.3, 1.0)))
            for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)
        ]
    if rng.random() < 0.03:  # cut short
        return [(whole[: rng.randrange(len(whole) + 1)], 0)]
    return [(whole, 0)]


def send(address: tuple[str, int], pieces: Pieces, patience: float) -> tuple[str, float, bytes]:
    """Send a request, and return the status or what happened, the time, and the answer."""
    began = time.monotonic()
    got = b""
    try:
        with socket.create_connection(address, timeout=patience) as connection:
            try:
                for piece, pause in pieces:
                    connection.sendall(piece)
                    time.sleep(pause)
            except OSError:  # it has answered already, and closed
                pass
            while not whole(got, pieces[0][0]) and (part := connection.recv(65536)):
                got += part
                if time.monotonic() - began > patience:
                    return "hangs", time.monotonic() - began, got
    except TimeoutError:
        return "hangs", time.monotonic() - began, got
    except ConnectionRefusedError:
        return "refused", time.monotonic() - began, got
    except OSError:
        pass
    status = got.split(b" ", 2)[1].decode("latin-1") if got.startswith(b"HTTP/") else "closed"
    return status, time.monotonic() - began, got


def whole(got: bytes, request: bytes) -> bool:
    """Return whether an answer is complete, although the connection may stay open."""
    head, end, body = got.partition(b"\r\n\r\n")
    if not end or head.startswith(b"HTTP/1.1 100"):
        return False
    length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
    empty = request.upper().startswith(b"HEAD") or head[9:12] in (b"204", b"304")
    return empty or (length is not None and len(body) >= int(length[1]))


def broken(got: bytes) -> bool:
    """Return whether an answer with status 200 in JSON is not whole."""
    head, _, body = got.partition(b"\r\n\r\n")
    lines = head.lower()
    if b"json" not in lines or b"content-encoding" in lines or b"transfer-encoding" in lines or not body:
        return False
    try:
        json.loads(body)
    except ValueError:
        return True
    return False


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("url")
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--patience", type=float, default=20.0)
    args = parser.parse_args()
    place = urlsplit(args.url)
    address = (place.hostname, place.port or 80)
    statuses: Counter[str] = Counter()
    longest, faults = 0.0, []
    began = time.monotonic()
    with ThreadPoolExecutor(args.clients) as pool:
        for first in range(0, args.requests, 500):
            made = [
                request(random.Random(f"{args.seed} {n}"), place.netloc)
                for n in range(first, min(first + 500, args.requests))
            ]
            for number, pieces, (status, seconds, got) in zip(
                range(first, args.requests),
                made,
                pool.map(lambda pieces: send(address, pieces, args.patience), made),
                strict=False,
            ):
                statuses[status] += 1
                longest = max(longest, seconds)
                if status in ("500", "hangs", "refused") or (status == "200" and broken(got)):
                    faults.append(
                        f"request {number}: {status} after {seconds:.1f} s: {pieces[0][0][:300]!r}: {got[-200:]!r}"
                    )
            asked = time.monotonic()
            with urllib.request.urlopen(f"{args.url}/query/themes.json", timeout=args.patience) as answer:
                answer.read()
            if time.monotonic() - asked > 2:
                faults.append(f"a good request after {first + 500} took {time.monotonic() - asked:.1f} s")
    print(*faults[:40], sep="\n", file=sys.stderr)
    print(
        f"{args.requests} requests in {time.monotonic() - began:.0f} s, the longest {longest:.1f} s, {len(faults)} faults"
    )
    print(", ".join(f"{status}: {count}" for status, count in statuses.most_common()))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
