"""JSON-LD 1.1: compacted with keys that people can read, and framed on request.

The keys are those of a context, which `context` makes from an ontology. A document contains the part of it that
it uses. PyLD takes eleven times as long to write this, and is used for framing only.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from pyoxigraph import BlankNode, Literal, NamedNode

from wcograph.toolbox.arguments import extra
from wcograph.toolbox.errors import InputError
from wcograph.toolbox.rdf.nesting import NIL, nest, order_of_node
from wcograph.toolbox.rdf.style import Prefixes
from wcograph.toolbox.rdf.turtle import RDF, XSD

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from pyoxigraph import Quad

    from wcograph.toolbox.rdf.content import Content
    from wcograph.toolbox.rdf.nesting import Nesting, Term
    from wcograph.toolbox.rdf.profile import Profile

_DCTERMS = "http://purl.org/dc/terms/"
_OWL = "http://www.w3.org/2002/07/owl#"
_RDFS = "http://www.w3.org/2000/01/rdf-schema#"
_SKOS = "http://www.w3.org/2004/02/skos/core#"
_TYPE = RDF + "type"
_KINDS = {_OWL + "Class", _OWL + "ObjectProperty", _OWL + "DatatypeProperty", _OWL + "AnnotationProperty"}
# what is said in several languages: one key, and below it a key for each language
_IN_LANGUAGES = {
    namespace + name
    for namespace, names in {
        _SKOS: ("prefLabel", "altLabel", "hiddenLabel", "definition", "scopeNote", "note", "example"),
        _RDFS: ("label", "comment"),
        _DCTERMS: ("title", "description"),
    }.items()
    for name in names
}
_TO_IRIS = {
    _RDFS + name for name in ("subClassOf", "subPropertyOf", "domain", "range", "isDefinedBy", "seeAlso")
} | {_DCTERMS + "license", "https://schema.org/url"}
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,14}")  # what every JSON reader keeps, below 2^53
_KEYWORDS = {"id": "@id", "type": "@type"}


def context(
    quads: Iterable[Quad],
    profile: Profile,
    before: Mapping[str, Any] | None = None,
    chosen: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Make the context from an ontology's declarations: a key for each class and property, and the prefixes.

    A key is the local name of its IRI. If two terms have the same local name, the term that has it in the context
    published ``before`` keeps it, because existing documents rely on it; otherwise the term in the publication's own
    namespace gets it, or else the first by IRI. ``chosen`` keys have priority. The other term has its prefix in its key.
    """
    known = {key: value for key, value in (before or {}).items() if isinstance(value, str)}
    kept = {
        key: _expanded(value["@id"] if isinstance(value, dict) else value, known)
        for key, value in (before or {}).items()
        if not _is_prefix(value) and key not in _KEYWORDS
    } | dict(chosen or {})
    kinds: dict[str, set[str]] = {}
    ranges: dict[str, str] = {}
    for quad in quads:
        if not isinstance(quad.subject, NamedNode) or not isinstance(quad.object, NamedNode):
            continue
        if quad.predicate.value == _TYPE and quad.object.value in _KINDS:
            kinds.setdefault(quad.subject.value, set()).add(quad.object.value)
        elif quad.predicate.value == _RDFS + "range" and quad.object.value.startswith(XSD):
            ranges[quad.subject.value] = quad.object.value
    for iri in _IN_LANGUAGES | _TO_IRIS:
        kinds.setdefault(iri, set())
    prefixes = _prefixes(profile.prefixes)
    own = profile.namespace or "\0"
    terms: dict[str, Any] = {}
    for iri in sorted(kinds, key=lambda iri: (not iri.startswith(own), iri)):
        short = prefixes.name(iri)
        key = short.partition(":")[2]
        if short == iri or not _KEY.fullmatch(key) or key in {*terms, *profile.prefixes, *_KEYWORDS}:
            continue
        if kept.get(key, iri) != iri and kept[key] in kinds:
            continue
        if iri in _IN_LANGUAGES:
            terms[key] = {"@id": short, "@container": "@language"}
        elif iri in _TO_IRIS or _OWL + "ObjectProperty" in kinds[iri]:
            terms[key] = {"@id": short, "@type": "@id"}
        elif ranges.get(iri, XSD + "string") not in (XSD + "string", XSD + "integer", XSD + "boolean"):
            terms[key] = {"@id": short, "@type": prefixes.name(ranges[iri])}
        else:
            terms[key] = short
    return {**_KEYWORDS, **dict(sorted(profile.prefixes.items())), **dict(sorted(terms.items()))}


def _is_prefix(definition: object) -> bool:
    """Return whether an entry of a context is a prefix: its IRI ends as a namespace may (JSON-LD 1.1 API, section 4.2.2)."""
    return isinstance(definition, str) and definition[-1:] in _DELIMITERS


def _prefixes(prefixes: Mapping[str, str], schemes: Collection[str] = ()) -> Prefixes:
    """Select the prefixes that are unambiguous: one that looks like the scheme of an IRI would change its meaning."""
    return Prefixes(
        {
            prefix: namespace
            for prefix, namespace in prefixes.items()
            if _KEY.fullmatch(prefix) and prefix not in schemes and _is_prefix(namespace)
        },
        "{}",
    )


_DELIMITERS = tuple(":/?#[]@")
_DEEPEST_FRAME = 100


def compacted(content: Content, terms: Mapping[str, Any], profile: Profile) -> dict[str, Any]:
    """Return a prepared content as a compacted JSON-LD document.

    ``terms`` is the context to choose keys from. Literals keep their lexical
    form: a number is bare only if it is an integer that every JSON reader keeps.
    """
    schemes = {iri.partition(":")[0] for quad in content.quads for iri in _iris(quad)}
    writer = _Writer(content, terms, schemes, profile)
    by_graph: dict[object, list[Quad]] = {}
    for quad in content.quads:
        by_graph.setdefault(quad.graph_name, []).append(quad)
    nodes: list[dict[str, Any]] = []
    for graph in sorted(by_graph, key=order_of_node):
        inside = writer.nodes(by_graph[graph])
        if isinstance(graph, NamedNode | BlankNode):
            nodes.append({"id": writer.reference(graph), "@graph": inside})
        else:
            nodes += inside
    head = {**_KEYWORDS, **dict(sorted(writer.prefixes.used.items())), **dict(sorted(writer.used.items()))}
    return {"@context": head, "@graph": nodes}


def dumped(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the text of a document: indented, characters as they are."""
    yield json.dumps(document, ensure_ascii=False, indent=2)
    yield "\n"


def framed(
    document: Mapping[str, Any],
    frame: object,
    name: str = "frame",
    contexts: Mapping[str, Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """Return a document in the shape of a frame (JSON-LD 1.1 Framing).

    A frame without a context gets that of the document; it may name one of ``contexts`` by its IRI.
    Raises UsageError if PyLD is not installed, InputError if the frame is wrong.
    """
    with extra("jsonld", "--frame"):
        from pyld import jsonld
    if not isinstance(frame, dict):
        raise InputError("a frame must be a JSON object", file=name)
    _check_depth(frame, name)

    def load(iri: str, _: object = None) -> dict[str, Any]:
        if iri not in (contexts or {}):
            raise InputError(
                f"names <{iri}>, which would be fetched; put the context into the frame", file=name
            )
        return {
            "contentType": "application/ld+json",
            "contextUrl": None,
            "documentUrl": iri,
            "document": {"@context": (contexts or {})[iri]},
        }

    options = {"documentLoader": load, "processingMode": "json-ld-1.1"}
    try:
        result: dict[str, Any] = jsonld.frame(document, {"@context": document["@context"], **frame}, options)
    except jsonld.JsonLdError as error:
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, InputError):
                raise cause from error
            cause = getattr(cause, "cause", None) or cause.__cause__
        raise InputError(f"is not a frame: {str(error).splitlines()[0]}", file=name) from error
    except (LookupError, TypeError, AttributeError, ValueError, RecursionError) as error:
        # PyLD's own faults, for a frame that it should refuse: an empty language map, say
        raise InputError(
            f"is not a frame that PyLD understands ({type(error).__name__})", file=name
        ) from error
    return result


def _check_depth(frame: object, name: str) -> None:
    """Raise InputError if a frame is nested deeper than PyLD, which calls itself for each level, can follow."""
    level = [frame]
    for _ in range(_DEEPEST_FRAME):
        level = [
            part
            for outer in level
            if isinstance(outer, dict | list)
            for part in (outer.values() if isinstance(outer, dict) else outer)
        ]
    if level:
        raise InputError(f"is nested deeper than {_DEEPEST_FRAME}", file=name)


def _iris(quad: Quad) -> Iterator[str]:
    for term in (quad.subject, quad.predicate, quad.object, quad.graph_name):
        if isinstance(term, NamedNode):
            yield term.value
        elif isinstance(term, Literal):
            yield term.datatype.value


class _Writer:
    """A writer of terms as JSON that records which part of the context they use."""

    def __init__(
        self, content: Content, terms: Mapping[str, Any], schemes: Collection[str], profile: Profile
    ) -> None:
        taken = {key for key, value in terms.items() if not _is_prefix(value)} | {*_KEYWORDS}
        self.profile = profile
        self.prefixes = _prefixes(
            {prefix: iri for prefix, iri in content.prefixes.items() if prefix not in taken}, schemes
        )
        self.languages = content.languages
        self.nesting: Nesting = nest(content.quads)
        self.used: dict[str, Any] = {}
        self.rows: dict[Term, list[tuple[str, Term]]] = {}
        self.keys: dict[str, tuple[str, Any]] = {}
        known = {key: value for key, value in terms.items() if isinstance(value, str)}
        for key, value in terms.items():
            definition = value if isinstance(value, dict) else {"@id": value}
            if key in _KEYWORDS or _is_prefix(value) or key in schemes:
                continue
            self.keys.setdefault(_expanded(definition.get("@id", ""), known), (key, definition))
        self.known = known

    def reference(self, node: NamedNode | BlankNode) -> str:
        return self.prefixes.name(node.value) if isinstance(node, NamedNode) else f"_:{node.value}"

    def nodes(self, quads: Sequence[Quad]) -> list[dict[str, Any]]:
        rows: dict[Term, list[tuple[str, Term]]] = {}
        for quad in quads:
            rows.setdefault(quad.subject, []).append((quad.predicate.value, quad.object))
        self.rows = rows
        hidden = self.nesting.nested | self.nesting.cells
        return [self._node(term) for term in sorted(rows, key=order_of_node) if term not in hidden]

    def _node(self, term: Term) -> dict[str, Any]:
        node: dict[str, Any] = {}
        rows = self.rows.get(term, [])
        assert isinstance(term, NamedNode | BlankNode)
        if not rows or (term not in self.nesting.nested and term not in self.nesting.alone):
            node["id"] = self.reference(term)
        by_predicate: dict[str, list[Term]] = {}
        for predicate, value in rows:
            by_predicate.setdefault(predicate, []).append(value)
        for predicate in sorted(by_predicate, key=self.profile.order_of_predicate):
            values = sorted(by_predicate[predicate], key=_value_order)
            if predicate == _TYPE:
                values = self._types(values, node)
            if values:
                self._property(predicate, values, node)
        return node

    def _types(self, values: list[Term], node: dict[str, Any]) -> list[Term]:
        """Write the classes that have IRIs; return the other values."""
        names = [self._class(value.value) for value in values if isinstance(value, NamedNode)]
        if names:
            node["type"] = names[0] if len(names) == 1 else names
        return [value for value in values if not isinstance(value, NamedNode)]

    def _class(self, iri: str) -> str:
        key, definition = self.keys.get(iri, ("", None))
        if key:
            self._use(key, definition)
            return key
        return self.prefixes.name(iri)

    def _use(self, key: str, definition: Any) -> None:
        if key not in self.used:
            short = dict(definition)
            for part in ("@id", "@type"):
                if part in short and short[part] != "@id":
                    short[part] = self.prefixes.name(_expanded(short[part], self.known))
            self.used[key] = short if len(short) > 1 else short["@id"]

    def _property(self, predicate: str, values: list[Term], node: dict[str, Any]) -> None:
        key, definition = self.keys.get(predicate, ("", {}))
        plain = values
        if key and definition.get("@container") == "@language":
            tagged = [value for value in values if isinstance(value, Literal) and value.language]
            plain = [value for value in values if not (isinstance(value, Literal) and value.language)]
            if tagged:
                self._use(key, definition)
                by_language: dict[str, Any] = {}
                for value in tagged:
                    tag = self.languages.get(value, value.language or "")
                    by_language.setdefault(tag, []).append(value.value)
                node[key] = {tag: _one_or_all(texts) for tag, texts in by_language.items()}
            key = ""
        if plain:
            coercion = None
            if key:
                self._use(key, definition)
                if definition.get("@type"):
                    coercion = _expanded(definition["@type"], self.known)
            name = key or self.prefixes.name(predicate)
            node[name] = _one_or_all([self._value(value, coercion) for value in plain])

    def _value(self, term: Term, coercion: str | None) -> Any:
        if isinstance(term, Literal):
            return self._literal(term, coercion)
        if term == NIL:
            return {"@list": []}
        assert isinstance(term, NamedNode | BlankNode)
        items = self.nesting.lists.get(term) if isinstance(term, BlankNode) else None
        if items is not None:
            # A list in a list is no list in JSON-LD 1.0: those readers get its cells.
            return {"@list": [self._value(item, coercion) for item in items]}
        if isinstance(term, BlankNode) and term in self.nesting.nested:
            return self._node(term)
        reference = self.reference(term)
        return reference if coercion == "@id" else {"id": reference}

    def _literal(self, term: Literal, coercion: str | None) -> Any:
        if term.language is not None:
            return {"@language": self.languages.get(term, term.language), "@value": term.value}
        datatype = term.datatype.value
        if datatype == coercion:
            return term.value
        if datatype == XSD + "string":
            return term.value if coercion is None else {"@value": term.value}
        if coercion is None:
            if datatype == XSD + "integer" and _INTEGER.fullmatch(term.value):
                return int(term.value)
            if datatype == XSD + "boolean" and term.value in ("true", "false"):
                return term.value == "true"
        return {"type": self.prefixes.name(datatype), "@value": term.value}


def _expanded(short: str, known: Mapping[str, Any]) -> str:
    prefix, colon, local = short.partition(":")
    return known[prefix] + local if colon and isinstance(known.get(prefix), str) else short


def _one_or_all(values: list[Any]) -> Any:
    # A value that is itself an array would be taken apart; a single one is a list object, never an array.
    return values[0] if len(values) == 1 else values


def _value_order(term: Term) -> tuple[object, ...]:
    if isinstance(term, Literal):
        return 1, term.language or "", term.datatype.value, term.value
    return 2 * isinstance(term, BlankNode), order_of_node(term)
