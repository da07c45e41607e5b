"""The graph, or files of someone's own, validated: from names of files to findings."""

from __future__ import annotations

import os

from wcograph.errors import UsageError
from wcograph.rdf.reading import find_files, read, union
from wcograph.shacl.shapes import ShapesGraph, short, unknown_terms
from wcograph.shacl.validate import Loading, shape_names, validate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import rdflib
    from pyoxigraph import Quad, Triple

    from wcograph.checks import Check, Row
    from wcograph.rdf.reading import Source
    from wcograph.shacl.findings import Finding
    from wcograph.shacl.validate import Validation


class Result:
    """What a validation found.

    ``findings`` have their places in the files; ``rules`` are the names of the shapes that have targets and of
    the checks, ``unused`` of those shapes that found no focus node; ``triples`` those of the W3C report (of data
    that conforms: none); ``data`` and ``shapes`` the files that were read. ``unchecked`` names the files about
    no node that a shape checks, ``ignored`` the terms of the shapes that SHACL Core and SHACL-SPARQL do not have.
    """

    __slots__ = ("data", "findings", "ignored", "rules", "shapes", "triples", "unchecked", "unused")

    def __init__(
        self,
        findings: Sequence[Finding],
        triples: Sequence[Triple],
        rules: Sequence[str],
        unused: Sequence[str],
        data: Sequence[Source],
        shapes: Sequence[Source],
        unchecked: Sequence[str] = (),
        ignored: Sequence[str] = (),
    ) -> None:
        """Keep what was found."""
        self.unchecked, self.ignored = unchecked, ignored
        self.findings, self.triples, self.rules, self.unused = findings, triples, rules, unused
        self.data, self.shapes = data, shapes

    @property
    def conforms(self) -> bool:
        """Whether there is no finding at all, of any severity (SHACL section 3.1)."""
        return not self.findings

    @property
    def report(self) -> rdflib.Graph:
        """The validation report (SHACL section 3.6) as an rdflib graph."""
        import rdflib

        from wcograph.shacl.formats import report_triples
        from wcograph.shacl.report import to_rdflib

        graph = rdflib.Graph()
        for triple in report_triples(self.triples):
            graph.add((to_rdflib(triple.subject), to_rdflib(triple.predicate), to_rdflib(triple.object)))
        return graph

    def __repr__(self) -> str:
        """Say how it went."""
        return f"<Result: {'conforms' if self.conforms else f'{len(self.findings)} findings'}>"


def check_files(
    folder: str,
    files: Sequence[str] = (),
    shapes: Sequence[str] = (),
    *,
    context: str | None = None,
    engine: str = "screen",
    loading: Loading | None = None,
) -> Result:
    """Validate RDF files, or without files the graph at ``folder`` with all its shapes and quality checks.

    ``files`` and ``shapes`` name files and directories. Without ``shapes`` the files are judged by the graph's
    own, and read together with the graph; ``context`` is ``"graph"`` or ``"none"`` to read them so or not.
    ``loading`` is an empty store to load into, for a caller that keeps it.
    Raises UsageError where nothing is left to judge or to judge by, InputError where a file cannot be read or
    a shape is ill-formed.
    """
    around: Sequence[Quad] = ()
    loading = loading or Loading()
    asked: list[Check] = []
    rows: list[Row] = []
    if files:
        names, shape_files = find_files(files), find_files(shapes)
        own = context == "graph" or (context is None and not shapes)
        judging = [read(name) for name in shape_files]
        data = [read(name, loading.take) for name in names]
        if own:
            graph_files, graph_shapes = built_in_files(folder, take=loading.take)
            around = list(union(graph_files))
            judging += graph_shapes if not shapes else []
        elif not judging:
            raise UsageError("--context none leaves no shapes; name some with --shapes")
    else:
        if context == "none":
            raise UsageError("--context none needs files to validate")
        from wcograph import checks

        data, judging = built_in_files(folder, shapes, loading.take)
        asked, rows = checks.ask(folder, loading.finish()[0])
    found = validate(data, judging, context=around, engine=engine, loading=loading)
    graph = ShapesGraph(union(judging))
    findings, triples, rules = _findings(found, graph, data), found.triples(), shape_names(graph)
    if not files:
        findings += checks.findings(rows, data)
        triples, rules = checks.results(rows, triples), [*rules, *(str(check.iri) for check in asked)]
    if findings:
        from wcograph.shacl.findings import with_labels

        findings = with_labels(findings, (*around, *union(data)))
    return Result(
        findings,
        triples,
        rules,
        [str(node) for node in found.unused],
        data,
        judging,
        found.unchecked if files else (),  # the graph has files of claims and sources that checks look at
        [short(term) for term in unknown_terms(graph)],
    )


def built_in_files(
    folder: str, more_shapes: Sequence[str] = (), take: Callable[[Sequence[Quad]], None] | None = None
) -> tuple[list[Source], list[Source]]:
    """Give the files of the graph at ``folder`` (what is asserted and derived) and its shapes, and more shapes.

    ``take`` is called with the triples of the former while they are read.
    """
    from wcograph.layout import rdf_files

    files = rdf_files(folder)
    near = os.path.relpath(folder)
    shown = folder if near.startswith("..") else near

    def named(path: str) -> str:
        return os.path.normpath(os.path.join(shown, path))

    shapes = [read(named(path)) for path in files.pop("shapes")]
    data = [read(named(path), take) for paths in files.values() for path in paths]
    return data, shapes + [read(name) for name in find_files(more_shapes)]


def _findings(found: Validation, graph: ShapesGraph, data: Sequence[Source]) -> list[Finding]:
    if found.report is None or found.data is None:
        return []
    from pyoxigraph import Quad

    from wcograph.shacl.findings import read_findings

    report = ShapesGraph(Quad(t.subject, t.predicate, t.object) for t in found.triples())
    return read_findings(report, found.data, graph, data)
