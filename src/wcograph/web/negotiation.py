"""Content negotiation: which media type, coding or language an answer has (RFC 9110, section 12)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from wcograph.toolbox.sparql.resultformats import spellings

_PREFERRED = ("json", "xml", "csv", "tsv", "ndjson", "markdown", "table", "svg", "xlsx", "parquet")
_GRAPHS = ("turtle", "jsonld", "nt", "rdfxml", "trig", "nq")
HTML = "text/html"


def _offers(names: Sequence[str], *, graphs: bool) -> dict[str, str]:
    known = spellings(graphs=graphs)
    return {kind: name for name in names for kind in known[name] if "/" in kind and "x-t" not in kind}


RESULTS: Mapping[str, str] = _offers(_PREFERRED, graphs=False)
"""The media types of rows, each with its format, the preferred one first."""
GRAPHS: Mapping[str, str] = _offers(_GRAPHS, graphs=True)
"""The media types of RDF graphs, each with its format, the preferred one first."""
PLAIN_RESULTS = tuple(kind for kind, name in RESULTS.items() if name not in ("svg", "xlsx", "parquet"))


def media_type(format: str, *, graph: bool) -> str:
    """Return the media type of a format.

    >>> media_type("json", graph=False), media_type("turtle", graph=True)
    ('application/sparql-results+json', 'text/turtle')
    """
    return next(kind for kind, name in (GRAPHS if graph else RESULTS).items() if name == format)


@lru_cache(1000)
def choose(accept: str, offers: tuple[str, ...]) -> str | None:
    """Return the best of the ``offers`` for an Accept header, None if it accepts none of them.

    The most specific range that matches an offer gives its quality; of several with the best one, the first is chosen.
    Parameters other than ``q`` do not matter. An empty header accepts anything, and a range that is ill-formed nothing.

    >>> offers = ("application/json", "text/turtle", "text/html")
    >>> choose("text/html,*/*;q=0.8", offers), choose("text/*", offers), choose("image/png", offers)
    ('text/html', 'text/turtle', None)
    >>> choose("*/*, application/json;q=0", offers)
    'text/turtle'
    """
    ranges = _ranges(accept, "*/*")
    best, quality = None, 0.0
    for offer in offers:
        found = ranges.get(offer, ranges.get(offer.partition("/")[0] + "/*", ranges.get("*/*", 0.0)))
        if found > quality:
            best, quality = offer, found
    return best


@lru_cache(1000)
def gzipped(accept_encoding: str) -> bool:
    """Return whether an answer is to be compressed (RFC 9110, section 12.5.3).

    >>> [gzipped(header) for header in ("gzip, br", "gzip;q=0, *", "*", "identity", "")]
    [True, False, True, False, False]
    """
    if not accept_encoding:
        return False
    ranges = _ranges(accept_encoding, "identity")
    quality = ranges.get("gzip", ranges.get("x-gzip", ranges.get("*", 0.0)))
    return quality > 0 and quality >= ranges.get("identity", 0.0)


@lru_cache(100)
def language(accept_language: str, offers: tuple[str, ...] = ("en", "fr")) -> str:
    """Return the best of the languages for an Accept-Language header; the first if it names none.

    >>> language("fr-CH, fr;q=0.9, en;q=0.8"), language("de")
    ('fr', 'en')
    """
    ranges: dict[str, float] = {}
    for name, quality in _ranges(accept_language, "*").items():
        tag = name.partition("-")[0]
        ranges[tag] = max(quality, ranges.get(tag, 0.0))
    return max(offers, key=lambda offer: ranges.get(offer, 0.0))


def _ranges(header: str, default: str) -> dict[str, float]:
    """Return the ranges of a header, in lower case, each with its quality."""
    found: dict[str, float] = {}
    for part in (header.strip() or default).lower().split(",")[:100]:
        name, *parameters = (piece.strip() for piece in part.split(";"))
        quality = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip() == "q":
                try:
                    quality = float(value) if value.strip()[:1].isdigit() else 0.0
                except ValueError:
                    quality = 0.0
        if name:
            found[name] = max(found.get(name, 0.0), min(quality, 1.0))
    return found
