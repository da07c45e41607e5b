"""Write RDF: every syntax, the same bytes for the same graph, literals as written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

from wcograph import layout
from wcograph.toolbox.errors import UsageError
from wcograph.toolbox.output import open_output
from wcograph.toolbox.rdf.canonical import SECONDS
from wcograph.toolbox.rdf.content import Content
from wcograph.toolbox.rdf.syntaxes import SYNTAXES, Syntax, chosen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from wcograph.toolbox.sparql.results import Answer

FORMATS = tuple(syntax.name for syntax in SYNTAXES)
"""The names of the syntaxes."""

_WCO = layout.PREFIXES["wco"]
_PARTS = {  # of a claim
    _WCO + "aboutSubject": "s",
    _WCO + "aboutProperty": "p",
    _WCO + "literalValue": "o",
    _WCO + "resourceValue": "o",
}


def texts(
    content: Content | Iterable[Quad],
    format: str | None = None,
    path: str | None = None,
    *,
    frame: Mapping[str, object] | None = None,
    seconds: float = SECONDS,
) -> list[str]:
    """Return the text of a dataset in a syntax (see `wcograph.toolbox.rdf.syntaxes.chosen`), in parts.

    The same dataset gives the same bytes: everything is sorted, and blank nodes have the names that RDFC-1.0 issues. A
    syntax without named graphs gets the union of the graphs, each triple once. ``frame`` is a JSON-LD frame. Raises
    UsageError for what the syntax cannot express and for a frame with another syntax than JSON-LD, LimitError if blank
    nodes take longer than ``seconds``.

    >>> import pyoxigraph
    >>> print(*texts(pyoxigraph.parse(b"_:x <http://e/p> 1 .", pyoxigraph.RdfFormat.TURTLE), "nt"))
    _:c14n0 <http://e/p> "1"^^<http://www.w3.org/2001/XMLSchema#integer> .
    <BLANKLINE>
    """
    syntax = chosen(format, path)
    if not isinstance(content, Content):
        content = Content(list(content))
    if frame is not None and syntax.name != "jsonld":
        raise UsageError(f"a frame is for JSON-LD, not for {syntax.name}; add -f jsonld")
    return list(text(prepared(content, syntax, seconds=seconds), syntax, frame))


def save(parts: Iterable[str] | Iterable[bytes], path: str | None) -> None:
    """Write text to a file, or to standard output where ``path`` is None or ``-``; see `open_output`."""
    with open_output(path) as stream:
        stream.writelines(part.encode() if isinstance(part, str) else part for part in parts)


def of_quads(
    quads: Iterable[Quad],
    format: str | None = None,
    path: str | None = None,
    added: Content | None = None,
) -> Content:
    """Return quads of the graph as content for a syntax.

    In RDF 1.2 claims are reifiers too (see `with_reifiers`). ``added`` is the content of the
    user's files: its prefixes are used, and its language tags stay as written.
    """
    content = added.with_quads(quads) if added else Content(list(quads))
    new = chosen(format, path).version == "1.2"
    return content.with_quads(with_reifiers(content.quads)) if new else content


def with_reifiers(quads: Iterable[Quad]) -> list[Quad]:
    """Add to each claim the triple that it claims, as a triple term that it reifies (RDF 1.2, section 1.5).

    The claim is the reifier, with its own IRI. Its own triples stay unchanged, and so do all quads except
    those of claims with one subject, one property and a value.

    >>> claim = NamedNode("http://e/claim")
    >>> about = {"aboutSubject": "http://e/s", "aboutProperty": "http://e/p", "resourceValue": "http://e/o"}
    >>> quads = [Quad(claim, NamedNode(_WCO + name), NamedNode(iri)) for name, iri in about.items()]
    >>> print(with_reifiers(quads)[3].object)
    <http://e/s> <http://e/p> <http://e/o>
    """
    reifies = NamedNode(layout.PREFIXES["rdf"] + "reifies")
    result = list(quads)
    parts: dict[object, dict[str, list[Any]]] = {}
    for quad in result:
        if part := _PARTS.get(quad.predicate.value):
            parts.setdefault((quad.subject, quad.graph_name), {}).setdefault(part, []).append(quad.object)
    for quad in result[:]:
        found = parts.pop((quad.subject, quad.graph_name), {})
        if sorted(found) != ["o", "p", "s"] or any(len(some) > 1 for some in found.values()):
            continue
        (subject,), (predicate,), (value,) = (found[part] for part in "spo")
        if isinstance(subject, NamedNode | BlankNode) and isinstance(predicate, NamedNode):
            result.append(Quad(quad.subject, reifies, Triple(subject, predicate, value), quad.graph_name))
    return result


def of_answer(
    answer: Answer,
    query: str,
    format: str | None = None,
    path: str | None = None,
    added: Content | None = None,
) -> Content:
    """Return the answer to a CONSTRUCT or DESCRIBE query as content for a syntax.

    ``query`` is its name. ``added`` is as in `of_quads`. Raises UsageError for a query of another form.
    """
    if answer.form not in ("CONSTRUCT", "DESCRIBE"):
        raise UsageError(
            f"{query} returns no RDF: export takes CONSTRUCT and DESCRIBE queries "
            "('wcograph query' and 'wcograph sparql' answer the others)"
        )
    return of_quads((Quad(*cast("tuple[Any, Any, Any]", row)) for row in answer), format, path, added)


def prepared(content: Content, syntax: Syntax, *, seconds: float = SECONDS) -> Content:
    """Return the part of a content that a syntax can express, with RDFC-1.0 names and the project's prefixes."""
    if not syntax.datasets:
        content = content.union()
    content = content.canonical(seconds=seconds).with_prefixes(layout.PROFILE.with_prefixes(content.prefixes))
    if syntax.version == "1.1" and content.has_triple_terms:
        raise UsageError(
            f"triple terms and base directions are RDF 1.2, which {syntax.name} does not support; "
            "choose turtle12, trig12, nt12 or nq12"
        )
    return content


def text(
    content: Content, syntax: Syntax, frame: Mapping[str, object] | None = None, frame_name: str = "frame"
) -> Iterable[str]:
    """Return the text of a prepared content, in parts; ``frame_name`` is what errors call the frame."""
    version = "1.2" if syntax.version == "1.2" else None
    if syntax.name in ("nt", "nq", "nt12", "nq12"):
        # No VERSION line here: readers of RDF 1.2 N-Quads know it less often than triple terms.
        return sorted(set(lines(content.quads, content.languages)))
    if syntax.name == "rdfxml":
        from wcograph.toolbox.rdf.rdfxml import rdf_xml

        return rdf_xml(content.quads, content.prefixes, content.languages, layout.PROFILE)
    if syntax.name == "jsonld":
        from wcograph.exports.context import published
        from wcograph.toolbox.rdf.jsonld import compacted, dumped, framed

        terms = published()
        document = compacted(content, terms, layout.PROFILE)
        if frame is not None:
            document = framed(document, frame, frame_name, {layout.CONTEXT_IRI: terms})
        return dumped(document)
    from wcograph.toolbox.rdf.house import turtle

    return turtle(content.quads, content.prefixes, content.languages, version=version, profile=layout.PROFILE)


def lines(quads: Iterable[Quad], languages: Mapping[Literal, str]) -> Iterator[str]:
    """Yield the lines of canonical N-Quads (RDF 1.2 N-Quads, section 3.1), unsorted."""
    if not languages:
        yield from (f"{quad} .\n" for quad in quads)
        return
    for quad in quads:
        spelled = languages.get(quad.object) if isinstance(quad.object, Literal) else None
        if spelled is None:
            yield f"{quad} .\n"
        else:
            head, written = f"{quad.subject} {quad.predicate} ", str(quad.object)
            rest = str(quad)[len(head) + len(written) :]
            text = written[: written.rindex('"') + 1]
            yield f"{head}{text}@{spelled}{rest} .\n"
