"""A graph as the validator reads it from files, predicate → subject → objects, and its terms as people read them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from itertools import islice

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Triple

from wcograph.toolbox.rdf.files import syntax_of
from wcograph.toolbox.rdf.reading import parsing

Term = NamedNode | BlankNode | Literal | Triple
Statement = tuple[Term, NamedNode, Term]

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
OWL = "http://www.w3.org/2002/07/owl#"
SH = "http://www.w3.org/ns/shacl#"
XSD = "http://www.w3.org/2001/XMLSchema#"

TYPE, FIRST, REST, NIL = (NamedNode(RDF + name) for name in ("type", "first", "rest", "nil"))
SUBCLASS_OF = NamedNode(RDFS + "subClassOf")

LABELS = (NamedNode("http://www.w3.org/2004/02/skos/core#prefLabel"), NamedNode(RDFS + "label"))
"""The properties that give a node's name, the best first."""

_KNOWN = {"sh": SH, "xsd": XSD, "rdf": RDF, "rdfs": RDFS}
_NAME, _IRI = re.compile(r"[\w.-]*[\w-]\Z"), re.compile("<([^<>]*)>")
_FEW = 8  # objects that a tuple holds; more go into a dictionary, which finds one at once


@lru_cache(maxsize=1_000)
def sh(name: str) -> NamedNode:
    """Return the SHACL term with a name."""
    return NamedNode(SH + name)


def reached(starts: Iterable[Term], step: Callable[[Term], Iterable[Term]]) -> dict[Term, None]:
    """Return the nodes to start from and all that ``step`` leads to, each once."""
    found = dict.fromkeys(starts)
    waiting = list(found)
    while waiting:
        for node in step(waiting.pop()):
            if node not in found:
                found[node] = None
                waiting.append(node)
    return found


class Graph:
    """Triples by predicate and subject; a repeated triple counts once, and the order is that of the files.

    ``blanks`` counts the blank nodes. They get the names ``n0``, ``n1`` and so on in order, so the same files give the
    same names, and ``_:a`` of two files is two nodes. ``passed`` are the properties of the triples that were left out.

    >>> from pyoxigraph import RdfFormat, parse
    >>> graph = Graph()
    >>> _ = graph.load(parse("<a:a> <a:p> 1, 1, 2 .", RdfFormat.TURTLE))
    >>> [value.value for value in graph.objects(NamedNode("a:a"), NamedNode("a:p"))]
    ['1', '2']
    """

    def __init__(self, letter: str = "n") -> None:
        """Start without triples; ``letter`` begins the names of blank nodes."""
        self.columns: dict[NamedNode, dict[Term, Collection[Term]]] = {}
        self.passed: set[NamedNode] = set()
        self.letter = letter
        self.blanks = 0
        self._inverse: dict[NamedNode, dict[Term, dict[Term, None]]] = {}
        self._subclasses: dict[Term, Collection[Term]] = {}

    def load(
        self, quads: Iterable[Quad], wanted: Collection[NamedNode] | None = None
    ) -> dict[BlankNode, BlankNode]:
        """Add the triples of ``quads`` (only those with a predicate in ``wanted``), whatever graph they are in.

        Return the new names of the blank nodes by those in ``quads``.
        """
        columns = self.columns
        for predicate in wanted or ():
            columns.setdefault(predicate, {})
        names: dict[BlankNode, BlankNode] = {}
        last: Term | None = None
        for quad in quads:
            column = columns.get(quad.predicate)
            if column is None:
                if wanted is not None:
                    self.passed.add(quad.predicate)
                    continue
                column = columns[quad.predicate] = {}
            subject: Term = quad.subject
            value: Term = quad.object
            if type(subject) is BlankNode:
                subject = names.get(subject) or self._name(subject, names)
            if type(value) is BlankNode:
                value = names.get(value) or self._name(value, names)
            if subject == last:  # one object in memory for a subject, not one for each of its triples
                subject = last
            else:
                last = subject
            old = column.get(subject)
            if old is None:
                column[subject] = (value,)
            elif value not in old:
                if type(old) is dict:
                    old[value] = None
                elif len(old) < _FEW:
                    column[subject] = (*old, value)
                else:
                    column[subject] = dict.fromkeys((*old, value))
        return names

    def _name(self, node: BlankNode, names: dict[BlankNode, BlankNode]) -> BlankNode:
        new = names[node] = BlankNode(f"{self.letter}{self.blanks}")
        self.blanks += 1
        return new

    def column(self, predicate: NamedNode) -> dict[Term, Collection[Term]]:
        """Return the subjects of a predicate, each with its objects."""
        return self.columns.get(predicate, {})

    def objects(self, subject: Term, predicate: NamedNode) -> Collection[Term]:
        """Return the objects of a subject and a predicate, in their order."""
        return self.columns.get(predicate, {}).get(subject, ())

    def one(self, subject: Term, predicate: NamedNode) -> Term | None:
        """Return the first object of a subject and a predicate, or None."""
        return next(iter(self.objects(subject, predicate)), None)

    def has_subject(self, node: Term) -> bool:
        """Return whether a triple has ``node`` as its subject."""
        return any(node in column for column in self.columns.values())

    def subjects(self, predicate: NamedNode, value: Term) -> Collection[Term]:
        """Return the subjects that have ``value`` for a predicate, in their order."""
        return self.inverse(predicate).get(value, ())

    def inverse(self, predicate: NamedNode) -> dict[Term, dict[Term, None]]:
        """Return the objects of a predicate, each with its subjects."""
        if predicate not in self._inverse:
            found = self._inverse[predicate] = {}
            for subject, values in self.column(predicate).items():
                for value in values:
                    found.setdefault(value, {})[subject] = None
        return self._inverse[predicate]

    @cached_property
    def by_subject(self) -> dict[Term, dict[NamedNode, Collection[Term]]]:
        """The triples of each subject."""
        found: dict[Term, dict[NamedNode, Collection[Term]]] = {}
        for predicate, column in self.columns.items():
            for subject, values in column.items():
                found.setdefault(subject, {})[predicate] = values
        return found

    def triples(self) -> Iterator[Statement]:
        """Return the triples, by predicate."""
        subjects = ((p, s, values) for p, column in self.columns.items() for s, values in column.items())
        return ((s, p, value) for p, s, values in subjects for value in values)

    def subclasses(self, kind: Term) -> Collection[Term]:
        """Return a class and all its subclasses (``rdfs:subClassOf``)."""
        if kind not in self._subclasses:
            below = self.inverse(SUBCLASS_OF)
            self._subclasses[kind] = reached([kind], lambda one: below.get(one, ()))
        return self._subclasses[kind]

    def instances(self, kind: Term) -> dict[Term, None]:
        """Return the SHACL instances of a class (section 1.1), in the order of the files."""
        by_class = self.inverse(TYPE)
        classes = [by_class[one] for one in self.subclasses(kind) if one in by_class]
        if len(classes) < 2:
            return classes[0] if classes else {}
        chosen = {node for nodes in classes for node in nodes}
        return {node: None for node in self.column(TYPE) if node in chosen}

    def items(self, head: Term) -> list[Term]:
        """Return the members of a SHACL list; raise ValueError if it is ill-formed (section 1.1)."""
        members: list[Term] = []
        seen = set()
        while head != NIL:
            first, rest = self.objects(head, FIRST), self.objects(head, REST)
            if len(first) != 1 or len(rest) != 1 or head in seen:
                raise ValueError("is not a well-formed list")
            seen.add(head)
            members += first
            (head,) = rest
        return members


class File:
    """A file that has been read into a graph; ``labels`` give the blank nodes of the graph as the file names them."""

    def __init__(self, name: str, graph: Graph, wanted: Collection[NamedNode] | None = None) -> None:
        """Read the file, or only triples with a ``wanted`` property; raise InputError if it cannot be read."""
        self.name, self.format, self.prefixes = name, syntax_of(name), dict[str, str]()
        self._first, self._letter, self._wanted = graph.blanks, graph.letter, wanted
        before = len(graph.column(TYPE))
        self.labels = {new: old for old, new in self._load(graph, wanted).items()}
        self._typed = before, len(graph.column(TYPE))

    def _load(self, graph: Graph, wanted: Collection[NamedNode] | None) -> dict[BlankNode, BlankNode]:
        with parsing(self.name, rename_blank_nodes=False) as reader:
            quads: Iterable[Quad] = reader
            if self.format == RdfFormat.N3:  # whose formulas are quoted, not said
                quads = (quad for quad in reader if quad.graph_name == DefaultGraph())
            names = graph.load(quads, wanted)
        self.prefixes = dict(reader.prefixes)
        return names

    def again(self, everything: bool = False) -> Graph:
        """Read the file again into a graph of its own; its blank nodes have the same names, unless more triples are kept."""
        graph = Graph(self._letter)
        graph.blanks = self._first
        self._load(graph, None if everything else self._wanted)
        return graph

    def is_about(self, nodes: Collection[Term], properties: Collection[Term], graph: Graph) -> bool:
        """Return whether the file, read into ``graph``, has one of the nodes as a subject, or one of the properties."""
        if any(node in nodes for node in islice(graph.column(TYPE), *self._typed)):
            return True
        columns = [pair for pair in self.again(everything=True).columns.items() if pair[1]] if nodes else []
        return any(p in properties or not column.keys().isdisjoint(nodes) for p, column in columns)


def shortener(prefixes: Mapping[str, str]) -> Callable[[str], str]:
    """Return a function that writes the IRIs of a term or path with prefixes, if the rest is a plain name.

    >>> shortener({"e": "http://e/"})("(<http://e/p>/^<http://e/q>)")
    '(e:p/^e:q)'
    """
    by_namespace = {namespace: prefix for prefix, namespace in {**_KNOWN, **prefixes}.items()}

    @lru_cache(maxsize=10_000)
    def one(iri: str) -> str:
        match = _NAME.search(iri)
        prefix = by_namespace.get(iri[: match.start()]) if match else None
        return f"<{iri}>" if match is None or prefix is None else f"{prefix}:{match[0]}"

    def shorten(text: str) -> str:
        at = text.rfind('"') + 1  # a literal has no IRI but that of its datatype
        return text[:at] + _IRI.sub(lambda match: one(match[1]), text[at:])

    return shorten


def short(term: Term) -> str:
    """Write a term for a person: a term of SHACL with its prefix, any other as in N-Triples."""
    if isinstance(term, NamedNode) and term.value.startswith(SH):
        return "sh:" + term.value[len(SH) :]
    return "a blank node" if isinstance(term, BlankNode) else str(term)


def near(name: str, known: Collection[str], prefix: str = "") -> str:
    """Return a hint with a known name that is like ``name``, or an empty string."""
    from difflib import get_close_matches

    found = get_close_matches(name, sorted(known), 1, 0.75)
    return f" (did you mean {prefix}{found[0]}?)" if found else ""
