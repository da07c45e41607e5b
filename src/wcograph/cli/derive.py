"""Write the derived data (data/derived/) anew from the queries in queries/derive/, or check that it is up to date."""

from __future__ import annotations

import argparse
import os
import sys

from wcograph import layout


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.usage = "wcograph derive [--check]"
    parser.add_argument(
        "--check", action="store_true", help="write nothing; status 1 where a file is out of date"
    )


def run(args: argparse.Namespace) -> int:
    """Write or check the files."""
    from wcograph.derive import derive, outdated
    from wcograph.output import open_output

    folder = layout.root()
    stale = outdated(folder)
    if args.check:
        for path in stale:
            print(path)
        if stale:
            print("wcograph: derived data is out of date; run 'wcograph derive'", file=sys.stderr)
        return 1 if stale else 0
    wanted = derive(folder)
    for path in stale:
        target = os.path.join(folder, path)
        if path in wanted:
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open_output(target) as stream:
                stream.write(wanted[path].encode())
        else:
            os.remove(target)
        print(path)
    return 0
