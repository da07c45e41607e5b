"""RDF/XML 1.1, in a fixed order: pyoxigraph writes it, from sorted triples.

What it would write wrongly is mended or refused: predicates that do not end in an XML name, control characters, carriage
returns, which readers take for line feeds (XML 1.0, section 2.11), and language tags, which it writes in lower case.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyoxigraph import Literal, RdfFormat, serialize

from wcograph.toolbox.errors import UsageError
from wcograph.toolbox.rdf.nesting import order_of_node
from wcograph.toolbox.rdf.profile import STANDARD
from wcograph.toolbox.rdf.style import order_of_term
from wcograph.toolbox.rdf.turtle import RDF
from wcograph.toolbox.rdf.xsd import NAME_PART, NAME_START

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pyoxigraph import Quad

    from wcograph.toolbox.rdf.profile import Profile

# without the letters beyond the Basic Multilingual Plane, which old tools refuse
_ENDS_IN_NAME = re.compile(rf"(?=[^\U00010000-\U0010ffff]+\Z).+?[{NAME_START}][{NAME_PART}.]*\Z", re.DOTALL)
_PLAIN_PREFIX = re.compile(r"(?!xml|rdf\Z|its\Z|oxprefix)[A-Za-z][A-Za-z0-9_-]*\Z", re.IGNORECASE)
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# names of RDF/XML's own (section 5.1), which no property may have
_RESERVED = {
    RDF + name for name in ("RDF", "ID", "about", "parseType", "resource", "nodeID", "datatype", "li")
}
_RESERVED |= {RDF + name for name in ("Description", "aboutEach", "aboutEachPrefix", "bagID")}


def rdf_xml(
    quads: Sequence[Quad],
    prefixes: Mapping[str, str],
    languages: Mapping[Literal, str],
    profile: Profile = STANDARD,
) -> Iterator[str]:
    """Yield the text of a graph as RDF/XML. Blank nodes must have names in a fixed order.

    Raises UsageError for what RDF/XML cannot express.
    """
    triples = sorted(
        (quad.triple for quad in quads),
        key=lambda triple: (
            order_of_node(triple.subject),
            profile.order_of_predicate(triple.predicate.value),
            order_of_term(triple.object),
        ),
    )
    predicates = {triple.predicate.value for triple in triples}
    for predicate in sorted(predicates):
        if predicate in _RESERVED or not _ENDS_IN_NAME.match(predicate):
            raise UsageError(
                f"RDF/XML has no way to write the predicate <{predicate}>; choose another syntax, such as turtle"
            )
    tags = []  # in the order in which they are written
    for triple in triples:
        value = triple.object
        if isinstance(value, Literal):
            if bad := _NO_XML.search(value.value):
                raise UsageError(
                    f"XML cannot contain the character U+{ord(bad[0]):04X} of a value of <{triple.predicate.value}>; "
                    "choose another syntax, such as turtle"
                )
            if value.language is not None:
                tags.append(languages.get(value, value.language))
    used = {
        prefix: namespace
        for prefix, namespace in prefixes.items()
        if _PLAIN_PREFIX.match(prefix) and any(one.startswith(namespace) for one in predicates)
    }
    text = (serialize(triples, format=RdfFormat.RDF_XML, prefixes={**used, "rdf": RDF}) or b"").decode()
    text = text.replace(' xmlns:its="http://www.w3.org/2005/11/its"', "", 1).replace("\r", "&#13;")
    if languages:  # a quotation mark is escaped everywhere else, so this is found in tags only
        spelled = iter(tags)
        text = re.sub(r'(?<= xml:lang=")[^"]*', lambda _: next(spelled), text)
    yield text if text.endswith("\n") else f"{text}\n"
