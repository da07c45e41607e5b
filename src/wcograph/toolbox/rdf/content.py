"""The content of an export: quads, prefixes, and language tags as written.

pyoxigraph writes language tags in lower case (RDF 1.1 Concepts, section 3.3), but an export should not change what
somebody wrote, so their spelling is read in addition to the quads.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, zip_longest
from typing import Any

from pyoxigraph import Literal, Quad, RdfFormat, Triple, parse, serialize

from wcograph.toolbox.rdf.canonical import SECONDS, relabelled
from wcograph.toolbox.rdf.files import base_of, load
from wcograph.toolbox.rdf.reading import faults_in, find_files, parsed, without_collection
from wcograph.toolbox.rdf.turtle import is_prefix, tokens, unescape_string


@dataclass(frozen=True)
class Content:
    """A dataset to be written: ``quads``, the ``prefixes`` that it declares, spelled ``languages``."""

    quads: Sequence[Quad]
    prefixes: Mapping[str, str] = field(default_factory=dict)
    languages: Mapping[Literal, str] = field(default_factory=dict)

    @property
    def has_triple_terms(self) -> bool:
        """Whether it contains a triple term or a string with a base direction, which RDF 1.1 cannot express."""
        likely = (quad for quad in self.quads if "<<(" in (text := str(quad)) or "--" in text)
        return any(
            isinstance(quad.object, Triple)
            or (isinstance(quad.object, Literal) and quad.object.direction is not None)
            for quad in likely
        )

    def with_quads(self, quads: Iterable[Quad]) -> Content:
        """Return the same content with other quads."""
        return Content(list(quads), self.prefixes, self.languages)

    def with_prefixes(self, prefixes: Mapping[str, str]) -> Content:
        """Return the same content with other prefixes."""
        return Content(self.quads, prefixes, self.languages)

    def canonical(self, *, seconds: float = SECONDS) -> Content:
        """Return the content with each quad once and blank nodes named by RDFC-1.0.

        Raises LimitError if that takes longer than ``seconds``.
        """
        return self.with_quads(relabelled(self.quads, seconds=seconds))

    def union(self) -> Content:
        """Return the content with all graphs as one, each triple once."""
        return self.with_quads(
            dict.fromkeys(Quad(quad.subject, quad.predicate, quad.object) for quad in self.quads)
        )


# one pattern for each quotation mark: a pattern that begins with one character is found ten times as fast
_UPPER_TAG = tuple(re.compile(mark + rb"\s*@[a-z0-9-]*[A-Z]") for mark in (b'"', b"'"))
# a tag after "lang" or "language", or as a key (JSON-LD, section 4.6.2): what else looks so does no harm
_UPPER_TAG_APART = (
    re.compile(rb"lang(?:uage)?[\"']?\s*[=:]\s*[\"'][a-z0-9-]*[A-Z]"),
    re.compile(rb"[\"'](?=[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*[\"']\s*:)[a-z0-9-]*[A-Z]"),
)
_XML_OR_JSON_TAG = re.compile(
    r"xml:lang\s*=\s*[\"']([A-Za-z0-9-]+)|@language\"\s*:\s*\"([A-Za-z0-9-]+)"
    r"|\"([A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*)\"\s*:"
)
_XML_NAMESPACE = re.compile(r"xmlns:([A-Za-z_][\w.-]*)\s*=\s*([\"'])([^\"'<>\s]+)\2")
_WITH_TOKENS = (RdfFormat.TURTLE, RdfFormat.TRIG, RdfFormat.N_TRIPLES, RdfFormat.N_QUADS, RdfFormat.N3)


def read(names: Sequence[str], *, base: str | None = None, **reading: Any) -> Content:
    """Read RDF files into one content; see `find_files` for what ``names`` and further keywords mean.

    Relative IRIs resolve to the file's own IRI unless ``base`` is given. Blank nodes of two files are two nodes,
    whatever they are called. Raises InputError, with line and column if the syntax is wrong, and UsageError.
    """
    quads: dict[Quad, None] = {}
    prefixes: dict[str, set[str]] = {}
    spellings: dict[Literal, set[str]] = {}
    for name in find_files(names, **reading):
        data, syntax = load(name)
        with without_collection(), faults_in(name):
            reader = parsed(data, syntax, name, base or base_of(name), rename_blank_nodes=True)
            found = list(reader)
        quads.update(dict.fromkeys(found))
        declared: Iterable[tuple[str, str]] = reader.prefixes.items()
        if syntax == RdfFormat.RDF_XML:  # of which pyoxigraph returns none
            namespaces = _XML_NAMESPACE.findall(data.decode("utf-8", "replace"))
            declared = [(prefix, html.unescape(iri)) for prefix, _, iri in namespaces if ":" in iri]
        for prefix, namespace in declared:
            if is_prefix(prefix):
                prefixes.setdefault(prefix, set()).add(namespace)
        for literal, tag in _languages(data, syntax, found):
            spellings.setdefault(literal, set()).add(tag)
    # Files in another order must not give another text: of several meanings the first by code point counts.
    theirs = {prefix: min(namespaces) for prefix, namespaces in prefixes.items()}
    return Content(list(quads), theirs, {term: min(tags) for term, tags in spellings.items()})


def sorted_lines(
    names: Sequence[str],
    *,
    base: str | None = None,
    union: bool = False,
    seconds: float = SECONDS,
    **reading: Any,
) -> list[bytes] | None:
    """Read RDF files and return the sorted lines of their canonical N-Quads (of their union: N-Triples).

    This is what `read` and `wcograph.exports.export.texts` give, several times faster, because terms stay in the
    engine. None if the data contain something that needs more work: triple terms, base directions, and language
    tags that are not in lower case. Raises what `read` raises.
    """
    lines: list[bytes] = []
    has_blank = False
    names = find_files(names, **reading)
    for name in names:
        data, syntax = load(name)
        if _has_upper_tag(data, syntax):
            return None
        with without_collection(), faults_in(name):
            quads: Any = parsed(data, syntax, name, base or base_of(name), rename_blank_nodes=len(names) > 1)
            if union:
                quads = (quad.triple for quad in quads)
            written = serialize(quads, format=RdfFormat.N_TRIPLES if union else RdfFormat.N_QUADS)
        found = written or b""
        if b"<<(" in found or (b'"@' in found and (b"--ltr" in found or b"--rtl" in found)):
            return None
        has_blank = has_blank or b"_:" in found
        part = found.splitlines(keepends=True)
        del found, written, data  # as large as all that follows
        lines = lines + part if lines else part
    if has_blank:
        # a line with "_:" in a literal only is taken for one with a blank node: no harm
        blank = [line for line in lines if line.startswith(b"_:") or b" _:" in line]
        lines = [line for line in lines if not (line.startswith(b"_:") or b" _:" in line)]
        named_quads = relabelled(parse(b"".join(blank), RdfFormat.N_QUADS, lenient=True), seconds=seconds)
        lines += [f"{quad} .\n".encode() for quad in named_quads]
    lines.sort()
    return [line for line, after in zip_longest(lines, islice(lines, 1, None)) if line != after]


def _has_upper_tag(data: bytes, syntax: RdfFormat) -> bool:
    """Return whether the data may contain a language tag that is not in lower case."""
    patterns = _UPPER_TAG if syntax in _WITH_TOKENS else _UPPER_TAG_APART
    return any(pattern.search(data) for pattern in patterns)


def _languages(data: bytes, syntax: RdfFormat, quads: Sequence[Quad]) -> Iterable[tuple[Literal, str]]:
    """Yield literals whose language tag is not written in lower case, each with its spelling."""
    if not _has_upper_tag(data, syntax):
        return
    text = data.decode("utf-8", "replace")
    if syntax in _WITH_TOKENS:
        before = ""
        for token in tokens(text):
            if token.kind == "langtag" and before:
                tag = token.text[1:].partition("--")[0]
                if tag != tag.lower():
                    yield Literal(unescape_string(before), language=tag), tag
            before = token.text if token.kind == "string" else ""
        return
    # In XML and JSON a tag and its string stand apart: here a spelling counts for all strings of its tag.
    tags: dict[str, set[str]] = {}
    for match in _XML_OR_JSON_TAG.finditer(text):
        tag = match[1] or match[2] or match[3]
        tags.setdefault(tag.lower(), set()).add(tag)
    for quad in quads:
        term = quad.object
        if isinstance(term, Literal) and term.language is not None and term.language in tags:
            spelling = min(tags[term.language])
            if spelling != term.language:
                yield term, spelling
