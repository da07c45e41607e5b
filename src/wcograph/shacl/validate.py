"""Validation against SHACL shapes: screen, then report.

The data goes into an Oxigraph store, queries made from the shapes select the pairs of shape and focus node
that may violate (`wcograph.shacl.screen`), and pySHACL writes the standard report for those pairs only
(`wcograph.shacl.report`). The report is the one that pySHACL gives for everything; on data without findings
neither it nor rdflib is imported.
"""

from __future__ import annotations

from threading import Thread

from pyoxigraph import Literal, Quad, Store, Triple

from wcograph.errors import InputError, UsageError
from wcograph.rdf.faithful import XSD_STRING, stored
from wcograph.rdf.reading import union, without_collection
from wcograph.shacl.screen import screen, without_focus_node
from wcograph.shacl.shapes import (
    RDF_TYPE,
    TARGETS,
    IllFormedError,
    ShapesGraph,
    is_shape,
    read_shapes,
    sh,
    target_classes,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import rdflib

    from wcograph.rdf.reading import Source
    from wcograph.shacl.shapes import Term

ENGINES = ("screen", "pyshacl")


class Validation:
    """What a validation found.

    ``report`` is the W3C report graph as pySHACL wrote it, or None where nothing was selected, so that the
    data conforms. ``data`` is the graph it judged, for looking up places. ``unused`` lists the shapes that
    have targets and found no focus node, ``unchecked`` the names of the files that are about none.
    """

    __slots__ = ("data", "report", "unchecked", "unused")

    def __init__(
        self,
        report: rdflib.Graph | None,
        data: rdflib.Graph | None,
        unused: list[Term],
        unchecked: list[str],
    ) -> None:
        """Keep what was found."""
        self.report, self.data, self.unused, self.unchecked = report, data, unused, unchecked

    def triples(self) -> list[Triple]:
        """List the triples of the report graph; none where there is no report."""
        if self.report is None:
            return []
        from wcograph.shacl.report import to_pyoxigraph

        return [Triple(*map(to_pyoxigraph, triple)) for triple in self.report]  # type: ignore[arg-type]


def validate(
    data: Sequence[Source],
    shapes: Sequence[Source],
    *,
    context: Iterable[Quad] = (),
    engine: str = "screen",
    loading: Loading | None = None,
) -> Validation:
    """Validate the data of files against the shapes of files.

    ``context`` are triples that the data is read together with: they say what nodes are, and findings about
    nodes that the files do not speak of (as subject or object of a triple) are not reported. ``engine`` is
    ``"screen"`` or ``"pyshacl"``, the reference alone. ``loading`` holds the data and the context already, if
    the caller has loaded them while reading.

    Raises InputError where the shapes are ill-formed, with the file, or the data cannot be judged; UsageError
    for another engine.
    """
    if engine not in ENGINES:
        raise UsageError(f"there is no engine {engine!r} (engines: {', '.join(ENGINES)})")
    graph = ShapesGraph(union(shapes))
    try:
        found = read_shapes(graph)
        if any(next(graph.pairs(sh(form)), None) for form in ("select", "ask")):
            from wcograph.shacl.constraint import check_syntax

            check_syntax(graph)
    except IllFormedError as error:
        raise ill_formed(error, shapes) from error
    around = list(context)
    with without_collection():
        quads = list(union(data))
        if loading is None:
            loading = Loading()
            loading.take([*around, *quads])
        store, size = loading.finish()
        selection = screen(store, graph, found, everything=engine == "pyshacl", size=size)
        idle = without_focus_node(store, graph, found, (source.quads for source in data))
        unchecked = [source.name for source, is_idle in zip(data, idle, strict=True) if is_idle]
    pairs = {node: set(focus) for node, focus in selection.pairs.items()}
    if around:
        spoken = {term for quad in quads for term in (quad.subject, quad.object)}
        pairs = {node: focus & spoken for node, focus in pairs.items()}
        pairs = {node: focus for node, focus in pairs.items() if focus}
    if engine == "screen" and not pairs:
        return Validation(None, None, selection.unused, unchecked)

    from wcograph.shacl.report import data_graph, write_report

    prefixes = {p: n for source in data for p, n in source.prefixes.items()}
    if engine == "screen":
        merged = data_graph(store, prefixes)
    else:
        triples = ((quad.subject, quad.predicate, quad.object) for part in (around, quads) for quad in part)
        merged = data_graph(triples, prefixes)
    shape_prefixes = {p: n for source in shapes for p, n in source.prefixes.items()}
    chosen = pairs if engine == "screen" or around else None
    try:
        report = write_report(merged, graph, shape_prefixes, chosen)
        return Validation(report, merged, selection.unused, unchecked)
    except InputError as error:
        from wcograph.shacl.report import refused

        reason = refused(graph)
        if reason is not None:
            raise ill_formed(reason, shapes) from error
        raise


class Loading:
    """A store in memory that fills in a thread of its own, literals as `wcograph.rdf.faithful.stored` keeps them.

    Most of the work of taking triples in is Oxigraph's, outside the interpreter lock, while more are read.
    """

    __slots__ = ("_error", "_known", "_store", "_thread", "size")

    def __init__(self) -> None:
        """Begin with an empty store."""
        self._store = Store()
        self._known: dict[Literal, Literal] = {}
        self._thread: Thread | None = None
        self._error: BaseException | None = None
        self.size = 0

    def take(self, quads: Sequence[Quad]) -> None:
        """Take triples in, as soon as those before them are."""
        self._wait()
        self.size += len(quads)
        self._thread = Thread(target=self._extend, args=(quads,), daemon=True)
        self._thread.start()

    def finish(self) -> tuple[Store, int]:
        """Give the store, once all is in it, and how many triples it was given."""
        self._wait()
        return self._store, self.size

    def _extend(self, quads: Iterable[Quad]) -> None:
        try:
            self._store.extend(_storable(quads, self._known))
        except BaseException as error:  # raised where it is waited for
            self._error = error

    def _wait(self) -> None:
        if self._thread is not None:
            self._thread.join()
        if self._error is not None:
            raise self._error


def load_store(*parts: Iterable[Quad]) -> Store:
    """Load triples into a store in memory, literals as `wcograph.rdf.faithful.stored` keeps them."""
    store = Store()
    known: dict[Literal, Literal] = {}
    for part in parts:
        store.extend(_storable(part, known))
    return store


def _storable(quads: Iterable[Quad], known: dict[Literal, Literal]) -> Iterator[Quad]:
    for quad in quads:
        value = quad.object
        if type(value) is Literal and value.language is None and value.datatype != XSD_STRING:
            kept = known.get(value)
            if kept is None:
                kept = known[value] = stored(value)
            if kept is not value and kept != value:
                yield Quad(quad.subject, quad.predicate, kept)
                continue
        yield quad


def ill_formed(error: IllFormedError, shapes: Sequence[Source]) -> InputError:
    """Turn a broken rule of SHACL's syntax into the error that a person sees, with its place."""
    from wcograph.rdf.positions import places_of

    message = f"ill-formed shape: {error.message}"
    for role in ("predicate", "subject"):
        for source in shapes:
            for number, quad in enumerate(source.quads):
                if quad.subject == error.node and (role == "subject" or quad.predicate == error.predicate):
                    place = places_of([(source, number, role)]).get((source.name, number, role), (None, None))
                    return InputError(message, file=source.name, line=place[0], column=place[1])
    return InputError(message, file=shapes[0].name if shapes else None)


def shape_names(graph: ShapesGraph) -> list[str]:
    """List the shapes that have targets, in the order of the shapes graph."""
    nodes = {subject: None for subject, predicate, _ in graph.triples if predicate in TARGETS}
    for subject, predicate, _ in graph.triples:
        if predicate == RDF_TYPE and target_classes(graph, subject) and is_shape(graph, subject):
            nodes[subject] = None
    return [str(node) for node in nodes]
