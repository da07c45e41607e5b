"""Validation of data files against shape files: the results, and what was not checked."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property

from pyoxigraph import BlankNode, NamedNode, Quad, Triple

from wcograph.toolbox.errors import InputError, LimitError, UsageError
from wcograph.toolbox.rdf.reading import without_collection
from wcograph.toolbox.shacl.evaluate import Evaluator, constraints, properties_needed, with_details
from wcograph.toolbox.shacl.graph import LABELS, OWL, RDF, RDFS, SH, TYPE, File, Graph, near, sh, shortener
from wcograph.toolbox.shacl.shapes import Shapes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wcograph.toolbox.rdf.positions import Place
    from wcograph.toolbox.shacl.evaluate import Declared, Result
    from wcograph.toolbox.shacl.findings import Finding
    from wcograph.toolbox.shacl.graph import Statement, Term

ENGINES = ("native", "pyshacl")
_DEEPEST = 1_000_000  # Python calls that nested shapes may need; they take no stack of the system
_LONGEST = 200  # characters of a value in a message
_SHACL = re.compile("w3.org/.*shacl|shacl[#/]*$", re.IGNORECASE)  # what people write for SHACL's namespace
_VOCABULARY = [NamedNode(f"{OWL}{kind}Property") for kind in ("Object", "Datatype", "Annotation", "Ontology")]
_VOCABULARY += map(NamedNode, (RDFS + "Class", RDFS + "Datatype", RDF + "Property", OWL + "Class"))


@dataclass(eq=False)
class Validation:
    """What a validation found.

    ``results`` are those of the W3C report. ``unused`` are the shapes that matched no node, ``unchecked`` the files that no
    shape applies to, ``notes`` other reasons why less was checked. ``subjects`` are those of the data without its context.
    """

    results: list[Result]
    data: Graph
    files: list[File]
    shapes: Shapes
    shape_files: list[File]
    subjects: set[Term]
    unused: list[str] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def conforms(self) -> bool:
        """Whether there is no result of any severity (SHACL section 3.6.1.1)."""
        return not self.results

    @property
    def prefixes(self) -> dict[str, str]:
        """The prefixes of the files."""
        return {p: name for file in (*self.shape_files, *self.files) for p, name in file.prefixes.items()}

    @cached_property
    def findings(self) -> list[Finding]:
        """The results with their locations, in the order of the files."""
        if not self.results:
            return []
        from wcograph.toolbox.shacl.findings import Locator, findings_of

        shapes = Locator(self.shape_files, self.shapes.graph)
        return findings_of(self.results, Locator(self.files, self.data), shapes)

    @cached_property
    def problems(self) -> list[tuple[Place, str]]:
        """What is ill-formed in the shapes; it was not evaluated, nor was anything that refers to it."""
        if not self.shapes.problems:
            return []
        from wcograph.toolbox.rdf.positions import Place
        from wcograph.toolbox.shacl.findings import Locator

        problems, graph = self.shapes.problems, self.shapes.graph
        asked = [([(s, p, o) for o in graph.objects(s, p)] if p else [], 0, s) for _, s, p in problems]
        places = Locator(self.shape_files, graph).places(asked)
        instead = Place(self.shape_files[0].name)
        found = [(place or instead, said) for place, (said, _, _) in zip(places, problems, strict=True)]
        return sorted(found, key=lambda one: (one[0].file, one[0].line or 0, one[0].column or 0, one[1]))

    def triples(self) -> list[Triple]:
        """Return the triples of the W3C report (SHACL section 3.6)."""
        from wcograph.toolbox.shacl.report import report_triples

        return report_triples(self.results, self.shapes.graph)


def validate(
    data: Sequence[str],
    shapes: Sequence[str],
    *,
    context: Sequence[str] = (),
    derive: Callable[[Iterable[Statement]], Iterable[Quad]] | None = None,
    prefixes: Mapping[str, str] | None = None,
    engine: str = "native",
    seconds: float | None = None,
    everything: bool = False,
) -> Validation:
    """Validate files against the shapes of files.

    ``context`` are files that are read together with the data; results about nodes that are not in a file of ``data``,
    as subject or object of a triple, are left out. ``derive`` returns further triples from all that was read; they have
    no location in a file. ``prefixes`` shorten names in messages, with those of the files. ``engine`` is ``"native"``
    or ``"pyshacl"``, the reference. ``everything`` keeps all of the data in memory, not only what the shapes look at.

    Raises InputError if a file cannot be read or no shape has a target, LimitError after ``seconds``, and
    UsageError for another engine.
    """
    if engine not in ENGINES:
        raise UsageError(f"there is no engine {engine!r} (engines: {', '.join(ENGINES)})")
    with without_collection(), _deep_calls():
        graph, union = Graph("s"), Graph()
        shape_files = [File(name, graph) for name in shapes]
        found = Shapes(graph)
        if not found.targeted:
            name = next((file.name for file in shape_files), None)
            meant = _near_miss([pair for file in shape_files for pair in file.prefixes.items()])
            raise InputError(f"no shape has a target, so nothing would be checked{meant}", file=name)
        needed = None if everything or context or derive or engine == "pyshacl" else properties_needed(found)
        wanted = None if needed is None else needed.union(LABELS)
        files = [File(name, union, wanted) for name in data]
        subjects = {node for column in union.columns.values() for node in column}
        outcome = Validation([], union, files, found, shape_files, subjects)
        spoken = subjects.union(o for _, _, o in union.triples()) if context else None
        used: set[Term] = {*union.passed, *(p for p, column in union.columns.items() if column)}
        used |= {kind for kinds in union.column(TYPE).values() for kind in kinds}
        for name in context:
            File(name, union)
        if derive:
            union.load(list(derive(union.triples())))
        shorten = shortener({**(prefixes or {}), **outcome.prefixes})

        def say(term: object) -> str:
            text = shorten(str(term))
            return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."

        declared: list[Declared] = [constraints]
        if found.components or graph.column(sh("sparql")):
            from wcograph.toolbox.shacl.sparql import Queries

            declared.append(Queries(union, found).constraints)
        outcome.results, targets = Evaluator(union, found, declared, say, seconds).run(spoken)
        if engine == "pyshacl":
            from wcograph.toolbox.shacl.report import reference

            outcome.results = reference(union, found, spoken)
    terms = (term for one in with_details(outcome.results) for term in (one.focus, one.value))
    if wanted is not None and any(
        isinstance(term, BlankNode) for term in terms
    ):  # all says what they are about
        return validate(data, shapes, prefixes=prefixes, seconds=seconds, everything=True)
    outcome.unused = [str(node) for node, foci in targets.items() if not foci]
    foci = {focus for nodes in targets.values() for focus in nodes}
    objects_of = {p for values in graph.column(sh("targetObjectsOf")).values() for p in values}
    outcome.unchecked = [file.name for file in files if not file.is_about(foci, objects_of, union)]
    odd = [f"{one} in the shapes is not understood, so it is not checked" for one in found.not_understood()]
    outcome.notes = [*_undescribed(found, say), *odd, *_unknown(used, (union, graph), say)]
    return outcome


@contextmanager
def _deep_calls() -> Iterator[None]:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _DEEPEST))
    try:
        yield
    except RecursionError as error:
        raise LimitError("the shapes or the data are nested too deeply") from error
    finally:
        sys.setrecursionlimit(before)


def _near_miss(prefixes: Iterable[tuple[str, str]]) -> str:
    """Return what prefix seems to be meant for SHACL, and is not."""
    slips = [(p, n) for p, n in prefixes if n != SH and (p == "sh" or _SHACL.search(n))]
    return "".join(
        f"; the prefix {p}: is <{namespace}>, and SHACL's is <{SH}>" for p, namespace in slips[-1:]
    )


def _unknown(used: Iterable[Term], graphs: Sequence[Graph], say: Callable[[object], str]) -> Iterator[str]:
    """Yield the used classes and properties that are not in their vocabulary, if it is one of the files.

    If only some terms of a vocabulary are declared, only terms that are like one of them are yielded.
    """
    declared: dict[str, set[str]] = {}
    whole = set()
    kinds = {kind for graph in graphs for one in _VOCABULARY for kind in graph.subclasses(one)}
    for types in [graph.inverse(TYPE) for graph in graphs]:
        for namespace, name in [_split(term) for kind in kinds for term in types.get(kind, ())]:
            declared.setdefault(namespace, set()).add(name)
        whole |= {str(one)[1:-1].rstrip("#/") for one in types.get(NamedNode(OWL + "Ontology"), ())}
    for term in sorted((one for one in used if isinstance(one, NamedNode)), key=str) if declared else ():
        namespace, name = _split(term)
        known = declared.get(namespace)
        if known and name not in known:
            like = near(name, known, say(term).removesuffix(">").removesuffix(name))
            if like or namespace.rstrip("#/") in whole:
                yield f"{say(term)} is not in its vocabulary{like}"


def _split(term: Term) -> tuple[str, str]:
    iri = term.value if isinstance(term, NamedNode) else ""
    at = max(map(iri.rfind, "#/:")) + 1
    return iri[:at], iri[at:]


def _undescribed(shapes: Shapes, say: Callable[[object], str]) -> Iterator[str]:
    nodes = shapes.graph.by_subject if shapes.undescribed else ()
    named = {say(node) for node in nodes if isinstance(node, NamedNode)}
    for subject, predicate, value in shapes.undescribed:
        who = say(subject) if isinstance(subject, NamedNode) else "a shape"
        like = near(say(value), named)
        yield f"{who} refers by {say(predicate)} to {say(value)}, which nothing describes{like}"
