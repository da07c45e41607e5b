"""The options that several commands have: one name, one meaning and one help text for each."""

from __future__ import annotations

import argparse
import os

from wcograph.toolbox.arguments import format_named
from wcograph.toolbox.errors import UsageError
from wcograph.toolbox.sparql.resultformats import FORMATS, spellings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

SYNTAXES = ("turtle", "trig", "nt", "nq", "rdfxml", "jsonld", "n3")
"""The syntaxes of what is read."""

REPORTS: Mapping[str, Sequence[str]] = {
    "text": ("txt", "text/plain"),
    "json": ("application/json",),
    "markdown": ("md", "text/markdown"),
    "sarif": ("application/sarif+json",),
    "junit": ("xml", "application/xml"),
    "github": (),
    "sparql": ("ru", "application/sparql-update"),
}
"""The formats of reports, each with its other spellings; those in RDF have the spellings of the syntax."""


class Names(tuple[str, ...]):
    """The values that an option shows and completes; its type has judged the value, which may be another spelling."""

    __slots__ = ()

    def __contains__(self, value: object) -> bool:
        """Return True."""
        return True


def seconds(text: str) -> float:
    """Read a number of seconds above 0."""
    try:
        value = float(text) if text.isascii() and "_" not in text and text == text.strip() else 0
    except ValueError:
        value = 0
    if not 0 < value < 1e9:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return value


def count(text: str) -> int:
    """Read a number of rows, 0 or more."""
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of rows")
    return int(text)


def syntax(text: str) -> str:
    """Return the name of a syntax that can be read."""
    from wcograph.toolbox.rdf.syntaxes import SPELLINGS

    return format_named(
        text, {one: (*SPELLINGS[one], f"{one}12", *SPELLINGS.get(f"{one}12", ())) for one in SYNTAXES}
    )


def context_file(text: str) -> tuple[str, str]:
    """Read the IRI of a JSON-LD context and the name of its file."""
    iri, equals, file = text.rpartition("=")
    if not equals or not iri or not file:
        raise argparse.ArgumentTypeError(f"{text!r} is not IRI=FILE")
    return iri, file


READING = ("--from", "--lenient", "--context-file")
"""The options that say how files are read."""


def reading(args: argparse.Namespace) -> dict[str, Any]:
    """Return how files are read: the keywords of `wcograph.toolbox.rdf.reading.find_files`."""
    return {"format": args.source_format, "lenient": args.lenient, "contexts": dict(args.context_file)}


def check_reading(args: argparse.Namespace, files: object, what: str = "--data") -> None:
    """Raise UsageError for options that say how files are read if there are none."""
    given = zip(READING, (args.source_format, args.lenient, args.context_file), strict=True)
    for option in [option for option, value in given if value and not files]:
        raise UsageError(f"{option} is for {what}")


def result_format(text: str) -> str:
    """Return a format of answers as it is spelled: which one it is depends on the form of the query."""
    if text not in FORMATS:
        format_named(text, {**spellings(graphs=False), **spellings(graphs=True)})
    return text


def reports(names: Iterable[str]) -> dict[str, Sequence[str]]:
    """Return formats of reports, each with its other spellings."""
    from wcograph.toolbox.rdf.syntaxes import SPELLINGS

    return {name: REPORTS.get(name) or SPELLINGS.get(name, ()) for name in names}


_OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "--data": {
        "metavar": "FILE",
        "nargs": "+",
        "action": "extend",
        "help": "read these RDF files: names, directories, globs, or - (standard input); .gz is unpacked",
    },
    "--from": {
        "dest": "source_format",
        "metavar": "FORMAT",
        "type": syntax,
        "choices": Names(SYNTAXES),
        "help": f"the syntax of what is read: {', '.join(SYNTAXES)}; default: by the file extension",
    },
    "--endpoint": {
        "metavar": "URL|NAME",
        "help": "ask this SPARQL endpoint: its URL, or its name in endpoints.toml",
    },
    "--lenient": {
        "action": "store_true",
        "help": "read ill-formed IRIs, percent-encoded where no syntax can write them (JSON-LD: leave them out)",
    },
    "--context-file": {
        "metavar": "IRI=FILE",
        "action": "append",
        "type": context_file,
        "default": [],
        "help": "read the JSON-LD context IRI from FILE; others must be below the directory of the data",
    },
    "--output": {
        "metavar": "FILE",
        "help": "write to FILE, atomically; .gz compresses; - is standard output",
    },
    "--timeout": {"metavar": "SECONDS", "type": seconds, "help": "stop after this time, with exit status 4"},
    "--no-cache": {"action": "store_true", "help": "build the graph in memory"},
    "--hs": {"action": "store_true", "help": "take the Harmonized System that 'wcograph import hs' keeps"},
    "--only-data": {"action": "store_true", "help": "use the files of --data alone, as they are"},
    "--queries": {
        "metavar": "DIR",
        "action": "append",
        "default": [],
        "help": "add the stored queries in DIR; may be repeated",
    },
    "--no-inferred": {"action": "store_true", "help": "leave out what OWL 2 RL infers"},
    "--check": {"action": "store_true", "help": "change nothing; report what is wrong, with exit status 1"},
    "--quiet": {"action": "store_true", "help": "write nothing; only set the exit status"},
    "--verbose": {"action": "store_true", "help": "write all details"},
    "--limit": {
        "metavar": "N",
        "type": count,
        "help": "write at most N rows; exit status 4 if there are more",
    },
    "--sources": {"action": "store_true", "help": "cite the sources of each row"},
    "--labels": {"action": "store_true", "help": "add the label of each IRI"},
    "--iris": {"action": "store_true", "help": "show IRIs, in full, in tables, Markdown and HTML"},
    "--engine": {"help": "use this engine (the first is the default)"},
}
_SHORT = {"--output": "-o", "--format": "-f"}


def add(parser: argparse._ActionsContainer, *names: str, **changes: Any) -> None:
    """Declare options that several commands have, as they all have them; ``changes`` are argparse's keywords."""
    for name in names:
        flags = [flag for flag in (_SHORT.get(name), name) if flag]
        parser.add_argument(*flags, **{**_OPTIONS[name], **changes})


def add_format(
    parser: argparse._ActionsContainer, names: Sequence[str], default: str, **changes: Any
) -> None:
    """Declare ``-f``: one of ``names``, in any spelling."""
    keywords: dict[str, Any] = {
        "metavar": "FORMAT",
        "type": lambda text: format_named(text, reports(names)),
        "choices": Names(names),
        "help": f"write {', '.join(names)} (name, media type or file extension); "
        f"default: by the extension of -o, else {default}",
    }
    parser.add_argument(_SHORT["--format"], "--format", **{**keywords, **changes})


def swallowed(words: Sequence[str], data: list[str] | None, wanted: int) -> list[str]:
    """Return the positional arguments, and up to ``wanted`` the last words of ``--data FILE ...`` that are not files.

    >>> data = [".", "ASK {}"]
    >>> swallowed([], data, 1), data
    (['ASK {}'], ['.'])
    """
    taken: list[str] = []
    while data and len(words) + len(taken) < wanted and not os.path.exists(data[-1]):
        taken.insert(0, data.pop())
        if not data:
            raise UsageError("--data needs a file")
    return [*words, *taken]
