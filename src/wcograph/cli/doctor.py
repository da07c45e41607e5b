"""Find out which stored queries a SPARQL endpoint answers rightly.

Some fifteen small queries are sent, each with a known answer.
Exit status 1 if a stored query must not be sent.

examples:
  wcograph doctor --endpoint https://sparql.example.org/query
"""

from __future__ import annotations

import argparse
import sys

from wcograph.cli._deadline import Deadline
from wcograph.cli._options import add
from wcograph.toolbox.errors import UsageError, log_line


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.usage = "wcograph doctor --endpoint URL|NAME"
    add(parser, "--endpoint", "--timeout")


def run(args: argparse.Namespace) -> int:
    """Ask the canaries, and judge the stored queries."""
    if not args.endpoint:
        raise UsageError("name an endpoint: --endpoint URL")
    return Deadline(args.timeout).run(lambda: _examined(args.endpoint))


def _examined(endpoint: str) -> int:
    from wcograph.canaries import CARE, NEVER, SAFE, examine, verdicts
    from wcograph.remote import connect

    kg = connect(endpoint)

    def say(name: str, found: str) -> None:
        print(log_line(f"  {name:26}{found}"), flush=True)

    print(log_line(f"engine at {kg.endpoint.name}:"), flush=True)
    findings = examine(kg, say)
    judged = list(verdicts([query for query in kg.queries if not query.needs], findings))
    for verdict in (NEVER, CARE, SAFE):
        some = [(query.name, why) for query, found, why in judged if found == verdict]
        print(log_line(f"{verdict}: {len(some)} of {len(judged)} stored queries"))
        for name, why in some if verdict != SAFE else ():
            print(log_line(f"  {name:28}{', '.join(why)}"))
    sys.stdout.flush()
    return int(any(found == NEVER for _, found, _ in judged))
