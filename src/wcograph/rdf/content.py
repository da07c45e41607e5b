"""What an export writes, and where it comes from: quads, prefixes, and language tags as they were written.

pyoxigraph keeps all of a literal but the case of its language tag (``@en-GB`` becomes ``@en-gb``). The two
are the same term (RDF 1.1 Concepts, section 3.3), yet an export should not change what somebody wrote; so the
spelling is read beside the quads, where a file has one that is not in lower case.
"""

from __future__ import annotations

import gzip
import html
import os
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice, zip_longest
from typing import Any

from pyoxigraph import BlankNode, Literal, Quad, RdfFormat, Triple, parse, serialize

from wcograph.errors import InputError, LimitError, UsageError
from wcograph.layout import NAMESPACE, PREFIXES
from wcograph.output import standard_input
from wcograph.rdf.canonical import SECONDS, relabelled
from wcograph.rdf.files import check_file, check_nesting, file_iri, unreadable
from wcograph.rdf.reading import find_files, without_collection
from wcograph.rdf.syntaxes import COMPRESSED, ending_of, named
from wcograph.rdf.turtle import is_prefix, tokens, unescape_string


@dataclass(frozen=True)
class Content:
    """A dataset to be written: ``quads``, the ``prefixes`` that may be used, spelled ``languages``."""

    quads: Sequence[Quad]
    prefixes: Mapping[str, str] = field(default_factory=lambda: PREFIXES)
    languages: Mapping[Literal, str] = field(default_factory=dict)

    @property
    def has_triple_terms(self) -> bool:
        """Whether a triple term stands in it, or a string with a base direction: what RDF 1.1 cannot hold."""
        return any(
            isinstance(quad.object, Triple)
            or (isinstance(quad.object, Literal) and quad.object.direction is not None)
            for quad in self.quads
        )

    def with_quads(self, quads: Iterable[Quad]) -> Content:
        """Give the same content with other quads."""
        return Content(list(quads), self.prefixes, self.languages)

    def canonical(self, *, seconds: float = SECONDS) -> Content:
        """Give the content with each quad once and blank nodes named by RDFC-1.0.

        Raises LimitError where that takes longer than ``seconds``.
        """
        return self.with_quads(relabelled(self.quads, seconds=seconds))

    def union(self) -> Content:
        """Give the content with all graphs as one, each triple once."""
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


def read(names: Sequence[str], *, format: str | None = None, base: str | None = None) -> Content:
    """Read RDF files, and those in directories, into one content, each once; ``-`` is standard input.

    ``format`` is the syntax of files whose ending does not say it; ``.gz`` is unpacked. Relative IRIs
    resolve to the file's own IRI unless ``base`` is given. Blank nodes of two files are two nodes, whatever
    they are called. Raises InputError, with line and column where the syntax is wrong, and UsageError.
    """
    quads: dict[Quad, None] = {}
    prefixes: dict[str, set[str]] = {}
    spellings: dict[Literal, set[str]] = {}
    for name in _files(names):
        data, syntax = _load(name, format)
        with without_collection(), _faults_in(name):
            reader = parse(data, syntax, base_iri=_base(name, base), rename_blank_nodes=True)
            found = list(reader)
        quads.update(dict.fromkeys(found))
        for prefix, namespace in _prefixes(data, syntax, reader.prefixes):
            if is_prefix(prefix):
                prefixes.setdefault(prefix, set()).add(namespace)
        for literal, tag in _languages(data, syntax, found):
            spellings.setdefault(literal, set()).add(tag)
    # Files in another order must not give another text: of several meanings the first by code point counts.
    theirs = {prefix: min(namespaces) for prefix, namespaces in prefixes.items()}
    taken = set(theirs.values())
    ours = {p: n for p, n in PREFIXES.items() if p not in theirs and n not in taken}
    return Content(list(quads), {**ours, **theirs}, {term: min(tags) for term, tags in spellings.items()})


def sorted_lines(
    names: Sequence[str],
    *,
    format: str | None = None,
    base: str | None = None,
    union: bool = False,
    seconds: float = SECONDS,
) -> list[bytes] | None:
    """Read RDF files and give the sorted lines of their canonical N-Quads (of their union: N-Triples).

    This is what `read` and `wcograph.publishing.export.texts` give, several times faster, since terms stay in the
    engine. None where the data hold what needs a closer look: triple terms, base directions, and language
    tags that are not in lower case. Raises what `read` raises.
    """
    lines: list[bytes] = []
    has_blank = False
    names = _files(names)
    for name in names:
        data, syntax = _load(name, format)
        if _has_upper_tag(data, syntax):
            return None
        with without_collection(), _faults_in(name):
            quads: Any = parse(data, syntax, base_iri=_base(name, base), rename_blank_nodes=len(names) > 1)
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
        named_quads = relabelled(parse(b"".join(blank), RdfFormat.N_QUADS), seconds=seconds)
        lines += [f"{quad} .\n".encode() for quad in named_quads]
    lines.sort()
    return [line for line, after in zip_longest(lines, islice(lines, 1, None)) if line != after]


def _files(names: Sequence[str]) -> list[str]:
    """Give the files that are named and those in the directories that are named, each once."""
    found: dict[str, str] = {}
    for name in names:
        for path in find_files([name]) if os.path.isdir(name) else [name]:
            found.setdefault(os.path.realpath(path), path)
    return list(found.values())


def _base(name: str, base: str | None) -> str | None:
    return base or (file_iri(os.path.realpath(name)) if name != "-" else None)


@contextmanager
def _faults_in(name: str) -> Iterator[None]:
    """Say of a fault in which file it is."""
    try:
        yield
    except SyntaxError as error:
        fault = unreadable(name, error)
        if name == "-" and "No scheme found" in str(fault):
            raise InputError(f"{fault}; say with --base what relative IRIs resolve to") from error
        raise fault from error
    except MemoryError as error:
        if "maximal size" not in str(error):
            raise
        raise LimitError(f"{name}: holds a literal longer than the 16 MiB that the parser takes") from error
    except ValueError as error:
        raise InputError(f"cannot be read: {error}", file=name) from error


def _load(name: str, format: str | None) -> tuple[bytes, RdfFormat]:
    """Read a file, unpacked, and tell its syntax."""
    if name != "-" and not name.startswith(("/dev/fd/", "/proc/self/fd/", "/dev/stdin")):  # as <(...) gives
        check_file(name)
    ending = ending_of(name) if name != "-" else ""
    try:
        syntax = named(ending) if ending and (format is None or _is_known(ending)) else named(format or "")
    except UsageError as error:
        if format is not None:
            raise
        if name == "-":
            raise UsageError("say the syntax of standard input, such as --from turtle") from error
        raise InputError(
            f"its ending {ending!r} names no RDF syntax; say it, such as --from turtle", file=name
        ) from error
    try:
        if name == "-":
            data = standard_input().read()
        else:
            with open(name, "rb") as stream:
                data = stream.read()
        if name.lower().endswith(COMPRESSED) or data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InputError(f"cannot be unpacked: {error}", file=name) from error
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=name) from error
    if syntax.rdf_format == RdfFormat.JSON_LD:
        check_nesting(data, name)
    return data.removeprefix(b"\xef\xbb\xbf"), syntax.rdf_format


def _is_known(ending: str) -> bool:
    try:
        named(ending)
    except UsageError:
        return False
    return True


def _prefixes(data: bytes, syntax: RdfFormat, known: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    """Give the prefixes that a file declares; pyoxigraph does not tell those of RDF/XML."""
    if syntax != RdfFormat.RDF_XML:
        return known.items()
    found = _XML_NAMESPACE.findall(data.decode("utf-8", "replace"))
    return [(prefix, html.unescape(iri)) for prefix, _, iri in found if ":" in iri]


def _has_upper_tag(data: bytes, syntax: RdfFormat) -> bool:
    """Tell whether a language tag may stand in the data that is not in lower case."""
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


CLAIM_SUBJECT = NAMESPACE + "ns#aboutSubject"
CLAIM_PROPERTY = NAMESPACE + "ns#aboutProperty"
CLAIM_VALUES = (NAMESPACE + "ns#literalValue", NAMESPACE + "ns#resourceValue")


def with_reifiers(quads: Iterable[Quad]) -> list[Quad]:
    """Add to each claim the triple that it claims, as a triple term that it reifies (RDF 1.2, section 1.5).

    The claim is the reifier, with its own IRI; what it says of itself stays as it is, and so do quads that
    are no claim with one subject, one property and a value.

    >>> from pyoxigraph import NamedNode
    >>> claim, wco = NamedNode("http://e/claim"), NAMESPACE + "ns#"
    >>> about = {"aboutSubject": "http://e/s", "aboutProperty": "http://e/p", "resourceValue": "http://e/o"}
    >>> quads = [Quad(claim, NamedNode(wco + name), NamedNode(iri)) for name, iri in about.items()]
    >>> print(with_reifiers(quads)[3].object)
    <http://e/s> <http://e/p> <http://e/o>
    """
    from pyoxigraph import NamedNode

    reifies = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#reifies")
    result = list(quads)
    parts: dict[object, dict[str, list[object]]] = {}
    wanted = {CLAIM_SUBJECT: "s", CLAIM_PROPERTY: "p", **dict.fromkeys(CLAIM_VALUES, "o")}
    for quad in result:
        part = wanted.get(quad.predicate.value)
        if part:
            parts.setdefault((quad.subject, quad.graph_name), {}).setdefault(part, []).append(quad.object)
    for quad in result[:]:
        found = parts.pop((quad.subject, quad.graph_name), None)
        if found is None or not all(len(found.get(part, ())) == 1 for part in "spo"):
            continue
        subject, predicate, value = found["s"][0], found["p"][0], found["o"][0]
        if isinstance(subject, NamedNode | BlankNode) and isinstance(predicate, NamedNode):
            triple = Triple(subject, predicate, value)  # type: ignore[arg-type]
            result.append(Quad(quad.subject, reifies, triple, quad.graph_name))
    return result
