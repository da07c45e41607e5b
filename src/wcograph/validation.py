"""Validation of the graph, or of a user's files, against shapes: from names of files to findings."""

from __future__ import annotations

import os
from functools import partial
from itertools import chain

from wcograph import layout
from wcograph.toolbox.errors import UsageError
from wcograph.toolbox.rdf.reading import find_files
from wcograph.toolbox.shacl.validate import validate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import rdflib
    from pyoxigraph import Quad

    from wcograph.toolbox.shacl.findings import Finding
    from wcograph.toolbox.shacl.graph import Statement
    from wcograph.toolbox.shacl.validate import Validation


class Result:
    """What a validation found.

    ``findings`` have their locations in the files. ``rules`` are the names of the checks and of the shapes that have
    targets. ``validation`` has the rest: what was ill-formed, what was not checked, and the files.
    """

    def __init__(self, validation: Validation, rules: Sequence[str]) -> None:
        """Keep what was found."""
        self.validation, self.rules = validation, rules
        self.findings: list[Finding] = validation.findings

    @property
    def conforms(self) -> bool:
        """Whether there is no finding of any severity (SHACL section 3.6.1.1)."""
        return self.validation.conforms

    @property
    def report(self) -> rdflib.Graph:
        """The validation report (SHACL section 3.6) as an rdflib graph."""
        from wcograph.toolbox.shacl.report import to_rdflib

        return to_rdflib((one.subject, one.predicate, one.object) for one in self.validation.triples())

    def __repr__(self) -> str:
        """Return a summary."""
        return f"<Result: {'conforms' if self.conforms else f'{len(self.findings)} findings'}>"


def check_files(
    folder: str,
    files: Sequence[str] = (),
    shapes: Sequence[str] = (),
    *,
    context: str | None = None,
    engine: str = "native",
    timeout: float | None = None,
) -> Result:
    """Validate RDF files or, without files, the graph at ``folder`` with all its shapes and quality checks.

    ``files`` and ``shapes`` name files and directories. Without ``shapes`` the files are judged by the graph's
    own and by its quality checks, and read together with the graph; ``context`` is ``"graph"`` or ``"none"`` to read them
    so or not.
    Raises UsageError if nothing is left to judge or to judge by, InputError if a file cannot be read,
    LimitError after ``timeout`` seconds.
    """
    names, shape_files = find_files(files), find_files(shapes)
    around: list[str] = []
    own = True
    if files:
        own = context == "graph" or (context is None and not shapes)
        if own:
            around, graph_shapes = built_in_files(folder)
            shape_files = shape_files or graph_shapes
        elif not shape_files:
            raise UsageError("--context none leaves no shapes; name some with --shapes")
    else:
        if context == "none":
            raise UsageError("--context none needs files to validate")
        names, graph_shapes = built_in_files(folder)
        shape_files = graph_shapes + shape_files
    found = validate(
        names,
        shape_files,
        context=around,
        derive=partial(_derived, folder) if own else None,
        prefixes=layout.PREFIXES,
        engine=engine,
        seconds=timeout,
        everything=not files,
    )
    rules = [str(node) for node in found.shapes.targeted]
    if own and not (files and shapes):
        from wcograph import checks

        asked, more = checks.ask(folder, found.data, found.subjects if files else None)
        found.results += more
        found.unchecked = found.unchecked if files else []  # claims and sources are looked at by checks
        rules += [str(check.iri) for check in asked]
    return Result(found, rules)


def _derived(folder: str, triples: Iterable[Statement]) -> Iterator[Quad]:
    """Derive triples from everything that has been read, except triples about blank nodes."""
    import pyoxigraph as ox

    from wcograph.derive import derive

    for made in derive(folder, (ox.Quad(*triple) for triple in triples)).values():  # type: ignore[arg-type]
        for s, p, o in sorted(made, key=str):
            if not (isinstance(s, ox.BlankNode) or isinstance(o, ox.BlankNode)):
                yield ox.Quad(s, p, o)


def built_in_files(folder: str) -> tuple[list[str], list[str]]:
    """Return the names of the asserted files of the graph at ``folder``, and of its shapes."""
    near = os.path.relpath(folder)
    shown = folder if near.startswith("..") else near
    files = {
        role: [os.path.normpath(os.path.join(shown, path)) for path in paths]
        for role, paths in layout.rdf_files(folder).items()
    }
    shapes = files.pop("shapes")
    return list(chain(*files.values())), shapes
