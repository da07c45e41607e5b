"""Quotations: the words that claims quote, compared with the documents that they are quoted from.

The documents are not part of the graph. A file belongs to the source all of whose words its name has:
``D2-customs-of-comoros.txt`` is the text of ``wcosrc:customs-comoros``.
"""

from __future__ import annotations

import os
from itertools import chain

from wcograph import layout
from wcograph.dataset import asserted
from wcograph.toolbox.errors import InputError
from wcograph.toolbox.output import read_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any


_LARGEST = 10_000_000  # bytes of a document
_WCO = layout.PREFIXES["wco"]
_FROM = "http://www.w3.org/ns/prov#wasQuotedFrom"
_TEXTS = ("http://www.w3.org/2001/XMLSchema#string", "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString")


def documents(folder: str, sources: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Return the path and the text of the document of each source that has one in ``folder``.

    Raises InputError if the folder or a document cannot be read, is too large or is not UTF-8, and if no
    file belongs to a source.
    """
    try:
        names = sorted(name for name in os.listdir(folder) if name.endswith(".txt"))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=folder) from error
    found = {}
    for source in sources:
        words = set(source.removeprefix(layout.PREFIXES["wcosrc"]).split("-"))
        for name in names:
            if words <= set(name.removesuffix(".txt").lower().split("-")):
                found[source] = os.path.join(folder, name)
    if not found:
        raise InputError("has no document of a source; name files as in customs-comoros.txt", file=folder)
    return {source: (path, read_text(path, most=_LARGEST)) for source, path in found.items()}


def differing(folder: str, directory: str) -> list[str]:
    """Return which claims of the graph at ``folder`` quote words that their document in ``directory`` does not have.

    Differences in white space do not count. A claim with the qualifier ``wcov:paraphrased`` quotes nothing.
    """
    literal = f"{_WCO}literalValue"
    claims: dict[str, dict[str, Any]] = {}
    paraphrased = set()
    for claim, predicate, value in map(tuple, chain(*asserted(folder).values())):
        if predicate.value in (_FROM, literal):
            claims.setdefault(claim.value, {})[predicate.value] = value
        elif predicate.value == f"{_WCO}hasQualifier" and value.value.endswith("/paraphrased"):
            paraphrased.add(claim.value)
    quoted = {
        claim: (parts[_FROM].value, parts[literal].value)
        for claim, parts in claims.items()
        if len(parts) == 2 and claim not in paraphrased and parts[literal].datatype.value in _TEXTS
    }
    texts = documents(directory, sorted({source for source, _ in quoted.values()}))
    squeezed = {source: " ".join(text.split()) for source, (_, text) in texts.items()}
    do = "quote the words exactly, or add the qualifier wcov:paraphrased"
    return [
        f'{claim}: "{words}" is not in {texts[source][0]}; {do}'
        for claim, (source, words) in sorted(quoted.items())
        if source in texts and " ".join(words.split()) not in squeezed[source]
    ]
