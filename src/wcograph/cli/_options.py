"""The options of all commands: one name, one meaning and one help text for each."""

from __future__ import annotations

import argparse
import os

from wcograph.layout import ROLES
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


def port(text: str) -> int:
    """Read the number of a port."""
    if not (text.isascii() and text.isdigit() and len(text) < 6 and int(text) < 65536):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port (0 to 65535)")
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


_OPTIONS: Mapping[str, str] = {
    "--allow-service": "let SERVICE use the network",
    "--base IRI": "resolve relative IRIs in --data to IRI (default: the file's)",
    "--baseline FILE": "accept the findings in FILE",
    "--bom": "begin CSV with a byte order mark, for spreadsheets",
    "--check": "change nothing; report what is wrong, with exit status 1",
    "--column NAME": "the column with the codes",
    "--context": "read the files together with the graph, or alone",
    "--context-file IRI=FILE": "read the JSON-LD context IRI from FILE; others must be below the directory of the data",
    "--data FILE": "read these RDF files: names, directories, globs, or - (standard input); .gz is unpacked",
    "--describe FILE": "write a description of the dataset (VoID, DCAT 3, PROF) to FILE; - is standard output",
    "--diff": "change nothing; show what would change",
    "--documents DIR": "compare quotations with the documents in DIR, text files named after their sources",
    "--edition YEAR": "the edition of a table that does not name it",
    "--endpoint URL|NAME": "ask this SPARQL endpoint: its URL, or its name in endpoints.toml",
    "--engine": "use this engine (the first is the default)",
    "--entails FILE": "write what of this RDF file is not entailed; exit status 1 if anything",
    "--exit-status": "exit status 1 if the answer is no (ASK) or has no rows",
    "--explain": "show the SPARQL that runs, and how long it takes",
    "--fail-on": "the least severity that gives exit status 1 (default: violation), or none",
    "--frame FILE": "shape the output by a JSON-LD frame (needs PyLD)",
    "--from FORMAT": f"the syntax of what is read: {', '.join(SYNTAXES)}; default: by the file extension",
    "--graph ROLE": f"only these graphs: {', '.join(ROLES)}",
    "--host HOST": "listen on this address (default: 127.0.0.1)",
    "--hs": "take the Harmonized System that 'wcograph import hs' keeps",
    "--iris": "show IRIs, in full, in tables, Markdown and HTML",
    "--jsonld-context": "the JSON-LD context, made from the ontology",
    "--labels": "add the label of each IRI",
    "--lenient": "read ill-formed IRIs, percent-encoded where no syntax can write them (JSON-LD: leave them out)",
    "--limit N": "write at most N rows; exit status 4 if there are more",
    "--list": "list what has been imported",
    "--manifest FILE": "write sizes, counts and hashes of the outputs to FILE",
    "--mcp": "answer language models (MCP) at /mcp, too",
    "--no-cache": "build the graph in memory",
    "--no-inferred": "leave out what OWL 2 RL infers",
    "--no-open": "do not open the browser",
    "--only-data": "use the files of --data alone, as they are",
    "--output FILE": "write to FILE, atomically; .gz compresses; - is standard output",
    "--param NAME=VALUE": "a parameter of a stored --query",
    "--port N": "listen on port N; 0 is a free one",
    "--queries DIR": "add the stored queries in DIR; may be repeated",
    "--query NAME": "the result of a CONSTRUCT or DESCRIBE query, stored or a file",
    "--query-file FILE": "read the query from FILE",
    "--quiet": "write nothing; only set the exit status",
    "--remove": "remove what has been imported",
    "--rev GITREV": "compare the graph of the checkout at this revision",
    "--search WORD": "list only the queries that match WORD",
    "--shapes FILE": "use these shapes; may be repeated",
    "--show": "print the SPARQL, and do not run it",
    "--sources": "cite the sources of each row",
    "--sources-each": "cite the sources of each value",
    "--stdin-filename NAME": "treat standard input as a file of this name in messages",
    "--strict": "exit status 1 also if something remains unchecked",
    "--tables DIR": "tables of Members, parties, regions, ... in DIR, for joins: Parquet, or -f csv with a CSVW description",
    "--timeout SECONDS": "stop after this time, with exit status 4",
    "--trivial": "write trivial entailments too, such as x owl:sameAs x",
    "--verbose": "write all details",
    "--verify MANIFEST": "check files against a manifest; exit status 1 if one differs",
    "--waivers FILE": "accept the findings in FILE (TOML) until a date",
    "--with-asserted": "write the asserted triples too",
    "--write-baseline FILE": "write the findings as a baseline to FILE",
}
"""What each option does, by its name and what stands for its value."""

_SEVERAL: Mapping[str, Any] = {"action": "append", "default": []}
_MORE: Mapping[str, Mapping[str, Any]] = {
    "--context": {"action": "store", "choices": ("graph", "none")},
    "--context-file": {**_SEVERAL, "type": context_file},
    "--data": {"nargs": "+", "action": "extend"},
    "--edition": {"default": ""},
    "--engine": {"action": "store"},
    "--fail-on": {
        "action": "store",
        "choices": ("violation", "warning", "info", "none"),
        "default": "violation",
    },
    "--from": {"dest": "source_format", "type": syntax, "choices": Names(SYNTAXES)},
    "--graph": {"nargs": "+", "action": "extend"},
    "--host": {"default": "127.0.0.1"},
    "--limit": {"type": count},
    "--param": _SEVERAL,
    "--port": {"type": port, "default": 8000},
    "--queries": _SEVERAL,
    "--rev": _SEVERAL,
    "--shapes": _SEVERAL,
    "--sources-each": {"dest": "sources", "action": "store_const", "const": "each"},
    "--timeout": {"type": seconds},
}
_WRITTEN = {written.partition(" ")[0]: written for written in _OPTIONS}
_SHORT = {"--output": "-o", "--format": "-f", "--query-file": "-q"}


def declared(name: str) -> dict[str, Any]:
    """Return argparse's keywords for an option.

    >>> declared("--search")
    {'help': 'list only the queries that match WORD', 'metavar': 'WORD'}
    """
    value = _WRITTEN[name].partition(" ")[2]
    kind = {"metavar": value} if value else {"action": "store_true"}
    return {"help": _OPTIONS[_WRITTEN[name]], **kind, **_MORE.get(name, {})}


def add(parser: argparse._ActionsContainer, *names: str, **changes: Any) -> None:
    """Declare options; ``changes`` are argparse's keywords."""
    for name in names:
        flags = [flag for flag in (_SHORT.get(name), name) if flag]
        parser.add_argument(*flags, **{**declared(name), **changes})


def not_given(*names: str) -> dict[str, Any]:
    """Return the values that options have if they are not given, as argparse names them.

    >>> not_given("--data", "--from", "--hs")
    {'data': None, 'source_format': None, 'hs': False}
    """
    values = {}
    for name in names:
        keywords = declared(name)
        missing = False if keywords.get("action") == "store_true" else None
        values[keywords.get("dest", name[2:].replace("-", "_"))] = keywords.get("default", missing)
    return values


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
