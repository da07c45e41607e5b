"""Terms and paths as people read them: with prefixes."""

from __future__ import annotations

import re
from functools import lru_cache

from wcograph.toolbox.shacl.graph import RDF, RDFS, SH, XSD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_KNOWN = {"sh": SH, "xsd": XSD, "rdf": RDF, "rdfs": RDFS}
_NAME = re.compile(r"[\w.-]*[\w-]\Z")


def shortener(prefixes: Mapping[str, str]) -> Callable[[str], str]:
    """Return a function that writes the IRIs of a term or path with prefixes, if the rest is a plain name.

    >>> shortener({"e": "http://e/"})("(<http://e/p>/^<http://e/q>)")
    '(e:p/^e:q)'
    """
    by_namespace = {namespace: prefix for prefix, namespace in {**_KNOWN, **prefixes}.items()}

    @lru_cache(maxsize=10_000)
    def one(iri: str) -> str:
        match = _NAME.search(iri)
        prefix = by_namespace.get(iri[: match.start()]) if match else None
        return f"<{iri}>" if match is None or prefix is None else f"{prefix}:{match[0]}"

    def shorten(text: str) -> str:
        if text.startswith('"'):  # a literal holds no IRI but its datatype's, after the last ^^
            value, mark, datatype = text.rpartition("^^<")
            return f"{value}^^{one(datatype[:-1])}" if mark else text
        shown, *parts = text.split("<")
        for part in parts:
            iri, _, rest = part.partition(">")
            shown += one(iri) + rest
        return shown

    return shorten
