"""The RDF syntaxes: their names, media types and file extensions, and what each can express."""

from __future__ import annotations

import os
from typing import NamedTuple

from pyoxigraph import RdfFormat

from wcograph.toolbox.arguments import format_named


class Syntax(NamedTuple):
    """An RDF syntax.

    ``name`` is its name here, ``endings`` its file extensions (the first is the usual one),
    ``media_type`` the registered one, ``aliases`` other names that people use, ``rdf_format`` the format of
    pyoxigraph. ``datasets`` says whether it has named graphs, ``version`` which version of RDF it is for.
    """

    name: str
    rdf_format: RdfFormat
    media_type: str
    endings: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    datasets: bool = False
    version: str = "1.1"

    def __repr__(self) -> str:
        """Show the name."""
        return f"Syntax({self.name!r})"


_XML = ("rdf-xml", "rdf/xml", "pretty-xml", "application/xml", "text/xml")
_JSON = ("json-ld", "application/json")
SYNTAXES = (
    Syntax("turtle", RdfFormat.TURTLE, "text/turtle", ("ttl", "turtle"), ("application/x-turtle",)),
    Syntax("trig", RdfFormat.TRIG, "application/trig", ("trig",), ("application/x-trig",), datasets=True),
    Syntax("nt", RdfFormat.N_TRIPLES, "application/n-triples", ("nt",), ("ntriples", "n-triples")),
    Syntax("nq", RdfFormat.N_QUADS, "application/n-quads", ("nq",), ("nquads", "n-quads"), datasets=True),
    Syntax("rdfxml", RdfFormat.RDF_XML, "application/rdf+xml", ("rdf", "owl", "xml"), _XML),
    Syntax("jsonld", RdfFormat.JSON_LD, "application/ld+json", ("jsonld", "json"), _JSON, datasets=True),
    Syntax("n3", RdfFormat.N3, "text/n3", ("n3",), ("notation3", "text/rdf+n3")),
    Syntax("turtle12", RdfFormat.TURTLE, "text/turtle;version=1.2", (), ("ttl12",), False, "1.2"),
    Syntax("trig12", RdfFormat.TRIG, "application/trig;version=1.2", (), (), True, "1.2"),
    Syntax(
        "nt12", RdfFormat.N_TRIPLES, "application/n-triples;version=1.2", (), ("ntriples12",), False, "1.2"
    ),
    Syntax("nq12", RdfFormat.N_QUADS, "application/n-quads;version=1.2", (), ("nquads12",), True, "1.2"),
)
"""Every syntax that wcograph writes. (JSON-LD and N-Quads files may hold one graph only, too.)"""

SPELLINGS = {one.name: (*one.endings, one.media_type, *one.aliases) for one in SYNTAXES}
"""The names of the syntaxes, each with its other spellings."""

COMPRESSED = ".gz"


def named(name: str) -> Syntax:
    """Return the syntax that a name, a media type or a file extension means; raise UsageError if there is none.

    >>> [named(name).name for name in ("ttl", "text/turtle; charset=utf-8", ".JSONLD", "text/turtle;version=1.2")]
    ['turtle', 'turtle', 'jsonld', 'turtle12']
    """
    found = format_named(name, SPELLINGS)
    return next(syntax for syntax in SYNTAXES if syntax.name == found)


def extension_of(path: str) -> str:
    """Return the extension of a file's name that shows its syntax, in lower case and with the dot.

    >>> extension_of("a.b/graph.TTL.gz"), extension_of("a.b/graph")
    ('.ttl', '')
    """
    return os.path.splitext(path.lower().removesuffix(COMPRESSED))[1]


def chosen(format: str | None, path: str | None) -> Syntax:
    """Return the syntax named by ``format``, else that of the file extension of ``path``, else TriG.

    Raises UsageError if a name or a file extension is unknown.

    >>> chosen(None, "graph.nq.gz"), chosen("ttl", "graph.nq"), chosen(None, None)
    (Syntax('nq'), Syntax('turtle'), Syntax('trig'))
    """
    return named(extension_of(path or "").removeprefix(".") or "trig" if format is None else format)
