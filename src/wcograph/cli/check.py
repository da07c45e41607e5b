"""Run all checks of the graph and of its pages, as continuous integration does.

Each part prints one line, with its errors below it. It needs a checkout: an
installed copy of wcograph has no pages.

examples:
  wcograph check
"""

from __future__ import annotations

import argparse
import io
import sys
from contextlib import redirect_stderr, redirect_stdout

from wcograph import layout
from wcograph.cli import main
from wcograph.cli._options import add
from wcograph.toolbox.errors import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.usage = "wcograph check [--documents DIR]"
    add(parser, "--documents")


def run(args: argparse.Namespace) -> int:
    """Run each part; return 1 if one finds errors, or the exit status of the first that cannot run."""
    parts: dict[str, Callable[[], int]] = {
        "house form": lambda: main(["fmt", "--check"]),
        "shapes and checks": lambda: main(["validate"]),
        "consistency": lambda: main(["infer", "--check"]),
        "JSON-LD context": _context,
        "pages": lambda: main(["docs", "--check"]),
    }
    if args.documents:
        parts["quotations"] = lambda: _quotations(args.documents)
    result = 0
    for name, part in parts.items():
        status, said = _captured(part)
        print(f"{name:18} {'ok' if status == 0 else 'no' if status == 1 else 'not checked'}", flush=True)
        if status:
            print("".join(f"  {line}\n" for line in said.splitlines()), end="", flush=True)
            result = 1
        if status > 1:  # the other parts read the same files
            return status
    return result


def _context() -> int:
    """Return 1 if the published JSON-LD context lacks terms of the ontology."""
    from wcograph.exports.context import current, path

    before, now = current(layout.root())
    if before != now:
        told = f"{path()} is out of date; run 'wcograph export --jsonld-context -o {path()}'"
        print(told, file=sys.stderr)
    return int(before != now)


def _quotations(directory: str) -> int:
    """Check that the words that claims quote are in the documents."""
    from wcograph.quotations import differing

    wrong = differing(layout.root(), directory)
    print("".join(f"{visible(line)}\n" for line in wrong), end="", file=sys.stderr)
    return int(bool(wrong))


def _captured(part: Callable[[], int]) -> tuple[int, str]:
    """Run a part and return its exit status and all that it writes."""
    written = io.BytesIO()
    stream = io.TextIOWrapper(written, encoding="utf-8", errors="backslashreplace", write_through=True)
    with redirect_stdout(stream), redirect_stderr(stream):
        status = part()
    return status, written.getvalue().decode()
