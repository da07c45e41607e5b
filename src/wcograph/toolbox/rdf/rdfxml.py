"""RDF/XML 1.1, written for people: one description per subject, with its first class as the name of the element.

What XML cannot express is refused with advice: a predicate that does not end in an XML name, a control character
in a literal, and everything that RDF 1.2 adds.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pyoxigraph import BlankNode, Literal, NamedNode

from wcograph.toolbox.errors import UsageError
from wcograph.toolbox.rdf.nesting import by_name
from wcograph.toolbox.rdf.profile import STANDARD
from wcograph.toolbox.rdf.style import order_of_iri, order_of_literal
from wcograph.toolbox.rdf.turtle import RDF, XSD, is_prefix

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pyoxigraph import Quad

    from wcograph.toolbox.rdf.profile import Profile

# NCName of Namespaces in XML 1.0, without the letters beyond the Basic Multilingual Plane that old tools refuse
_START = (
    "A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd"
)
_LOCAL = re.compile(rf"[{_START}][{_START}\-.0-9\u00b7\u0300-\u036f\u203f-\u2040]*\Z")
_PLAIN_PREFIX = re.compile(r"(?!xml)[A-Za-z][A-Za-z0-9_-]*", re.IGNORECASE)
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# names of RDF/XML's own (section 5.1), which no property may have; Description is no class either
_RESERVED = {
    RDF + name
    for name in ("RDF", "ID", "about", "parseType", "resource", "nodeID", "datatype", "li", "Description",
                 "aboutEach", "aboutEachPrefix", "bagID")
}  # fmt: skip
_TYPE = RDF + "type"


def rdf_xml(
    quads: Sequence[Quad],
    prefixes: Mapping[str, str],
    languages: Mapping[Literal, str],
    profile: Profile = STANDARD,
) -> Iterator[str]:
    """Yield the text of a graph as RDF/XML. Blank nodes must have names in a fixed order.

    Raises UsageError for what RDF/XML cannot express.
    """
    rows: dict[Any, list[tuple[str, Any]]] = {}
    for quad in quads:
        rows.setdefault(quad.subject, []).append((quad.predicate.value, quad.object))
    names = _Names(prefixes)
    body = [
        _description(
            subject,
            sorted(
                rows[subject], key=lambda row: (profile.order_of_predicate(row[0]), _object_order(row[1]))
            ),
            names,
            languages,
        )
        for subject in sorted(rows, key=_order)
    ]
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF'
    for prefix, namespace in sorted({**names.used, "rdf": RDF}.items()):
        yield f'\n    xmlns:{prefix}="{_attribute(namespace)}"'
    yield ">\n"
    for text in body:
        yield f"\n{text}"
    yield "\n</rdf:RDF>\n" if body else "</rdf:RDF>\n"


class _Names:
    """Qualified names of predicates and classes, and the namespaces that they need."""

    def __init__(self, prefixes: Mapping[str, str]) -> None:
        self.prefixes = {
            namespace: prefix
            for prefix, namespace in sorted(prefixes.items(), reverse=True)
            if is_prefix(prefix) and _PLAIN_PREFIX.fullmatch(prefix) and prefix != "rdf"
        }
        self.prefixes[RDF] = "rdf"
        self.used: dict[str, str] = {}
        self._names: dict[str, str | None] = {}

    def of(self, iri: str) -> str | None:
        """Return the qualified name of an IRI, or None if it has none."""
        if iri not in self._names:
            self._names[iri] = self._name(iri)
        return self._names[iri]

    def _name(self, iri: str) -> str | None:
        if iri in _RESERVED:
            return None
        # The namespace is a known one, else as long as it can be: to the last character that no name holds.
        for at in sorted((len(namespace) for namespace in self.prefixes), reverse=True):
            if iri[:at] in self.prefixes and _LOCAL.match(iri[at:]):
                return self._with(iri[:at], iri[at:])
        at = len(iri)
        while at and _LOCAL.match("a" + iri[at - 1 :]):
            at -= 1
        while at < len(iri) and not _LOCAL.match(iri[at:]):
            at += 1
        return self._with(iri[:at], iri[at:]) if 0 < at < len(iri) else None

    def _with(self, namespace: str, local: str) -> str:
        if namespace not in self.prefixes:
            taken = set(self.prefixes.values())
            self.prefixes[namespace] = next(f"ns{n}" for n in range(1, 10**9) if f"ns{n}" not in taken)
        prefix = self.prefixes[namespace]
        self.used[prefix] = namespace
        return f"{prefix}:{local}"


def _description(
    subject: NamedNode | BlankNode,
    ordered: Sequence[tuple[str, NamedNode | BlankNode | Literal]],
    names: _Names,
    languages: Mapping[Literal, str],
) -> str:
    element = "rdf:Description"
    first, target = ordered[0]
    if first == _TYPE and isinstance(target, NamedNode):
        name = names.of(target.value)
        if name is not None:
            element, ordered = name, ordered[1:]
    about = (
        f'rdf:about="{_attribute(subject.value)}"'
        if isinstance(subject, NamedNode)
        else f'rdf:nodeID="{subject.value}"'
    )
    if not ordered:
        return f"    <{element} {about}/>\n"
    lines = [f"    <{element} {about}>"]
    lines += [f"        {_property(predicate, value, names, languages)}" for predicate, value in ordered]
    return "\n".join([*lines, f"    </{element}>\n"])


def _property(
    predicate: str,
    value: NamedNode | BlankNode | Literal,
    names: _Names,
    languages: Mapping[Literal, str],
) -> str:
    name = names.of(predicate)
    if name is None:
        raise UsageError(
            f"RDF/XML has no way to write the predicate <{predicate}>; choose another syntax, such as turtle"
        )
    if isinstance(value, NamedNode):
        return f'<{name} rdf:resource="{_attribute(value.value)}"/>'
    if isinstance(value, BlankNode):
        return f'<{name} rdf:nodeID="{value.value}"/>'
    bad = _NO_XML.search(value.value)
    if bad:
        raise UsageError(
            f"XML cannot contain the character U+{ord(bad[0]):04X} of a value of <{predicate}>; "
            "choose another syntax, such as turtle"
        )
    about = ""
    if value.language is not None:
        about = f' xml:lang="{languages.get(value, value.language)}"'
    elif value.datatype.value != XSD + "string":
        about = f' rdf:datatype="{_attribute(value.datatype.value)}"'
    return f"<{name}{about}>{_text(value.value)}</{name}>" if value.value else f"<{name}{about}></{name}>"


def _order(subject: NamedNode | BlankNode) -> tuple[int, int, str]:
    return (0, 0, subject.value) if isinstance(subject, NamedNode) else (1, *by_name(subject))


def _object_order(term: NamedNode | BlankNode | Literal) -> tuple[object, ...]:
    if isinstance(term, NamedNode):
        return order_of_iri(term.value)
    if isinstance(term, Literal):
        return order_of_literal(term.language or "", term.datatype.value, term.value)
    return (2, *by_name(term))


def _text(value: str) -> str:
    value = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return value.replace("\r", "&#13;")


def _attribute(value: str) -> str:
    return _text(value).replace('"', "&quot;")
