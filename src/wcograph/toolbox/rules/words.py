"""Inconsistencies in words: what contradicts what, in one sentence."""

from __future__ import annotations

import re
from string import Formatter
from typing import TYPE_CHECKING, Any

from pyoxigraph import BlankNode, Literal, NamedNode

from wcograph.toolbox.errors import visible
from wcograph.toolbox.rdf.style import Prefixes
from wcograph.toolbox.rules.datatypes import LANG_STRING, RDFS, STRING
from wcograph.toolbox.rules.proof_forms import written

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pyoxigraph import Quad

    from wcograph.toolbox.rules._facts import Statement, Term
    from wcograph.toolbox.rules.clashes import Inconsistency

# {1s}: the subject of the second premise, s, p or o; {1c}: its object as the name of a class, {1a}: with an article.
# Premises are counted from the end where a list is among them.
_SENTENCES = {
    "eq-diff1": "{0s} and {0o} are the same, and they are different",
    "eq-diff2": "{-1s} and {-1o} are the same, and both are in a list of things that are all different",
    "eq-diff3": "{-1s} and {-1o} are the same, and both are in a list of things that are all different",
    "prp-irp": "{1s} has itself for {1p}, and {1p} is irreflexive",
    "prp-asyp": "{1s} has {1o} for {1p} and {2s} has {2o} for it, and {1p} is asymmetric",
    "prp-pdw": "{1s} has {1o} for both {1p} and {2p}, and these properties are disjoint",
    "prp-adp": "{-2s} has {-2o} for both {-2p} and {-1p}, and these properties are disjoint",
    "prp-npa1": "{3s} has {3o} for {3p}, and a negative assertion says that it has not",
    "prp-npa2": "{3s} has {3o} for {3p}, and a negative assertion says that it has not",
    "cls-nothing2": "{0s} is a member of owl:Nothing, and nothing is",
    "cls-com": "{1s} is {1a} and {2a}, and no {2c} is {1a}",
    "cls-maxc1": "{3s} has {3o} for {3p}, and as {2a} it has no value for that",
    "cls-maxqc1": "{4s} has {4o}, which is {5a}, for {4p}, and as {3a} it has no such value",
    "cls-maxqc2": "{4s} has {4o} for {4p}, and as {3a} it has no value for that",
    "cax-dw": "{1s} is {1a} and {2a}, and no {1c} is {2a}",
    "cax-adc": "{-2s} is {-2a} and {-1a}, and no {-2c} is {-1a}",
    "dt-not-type": "{0s} has {0o} for {0p}, and that is not a valid literal of its datatype",
}
_LABELS = tuple(NamedNode(iri) for iri in (RDFS + "label", "http://www.w3.org/2004/02/skos/core#prefLabel"))
_LONGEST = 80


class Names:
    """The names of terms: their labels, in English if there are several, or else their CURIEs."""

    def __init__(self, quads: Iterable[Quad], prefixes: Mapping[str, str]) -> None:
        """Collect the labels in a graph; ``prefixes`` are those of its files."""
        self._prefixes = Prefixes(prefixes, "<{}>")
        self._labels: dict[Term, str] = {}
        for quad in quads:
            if quad.predicate in _LABELS and isinstance(quad.object, Literal):
                known = self._labels.setdefault(quad.subject, quad.object.value)
                if known != quad.object.value and (quad.object.language or "en").startswith("en"):
                    self._labels[quad.subject] = quad.object.value

    def of(self, term: Term) -> str:
        """Return the name of a thing: its label with its CURIE, its CURIE or IRI alone, or the text of a literal."""
        label = self._labels.get(term)
        return f"{_one_line(label)} ({self.short(term)})" if label else self.short(term)

    def kind(self, term: Term) -> str:
        """Return the name of a class or a property: its label, or else its CURIE or IRI."""
        return _one_line(self._labels[term]) if term in self._labels else self.short(term)

    def short(self, term: Term) -> str:
        """Write a term: an IRI as a CURIE if possible, anything else in N-Triples.

        >>> names = Names((), {"ex": "https://example.org/"})
        >>> names.short(NamedNode("https://example.org/a")), names.short(Literal("x", language="en"))
        ('ex:a', '"x"@en')
        """
        if isinstance(term, NamedNode):
            name = self._prefixes.name(term.value)
            return _one_line(name) if name[0] == "<" else name
        if isinstance(term, Literal) and term.datatype.value not in (STRING, LANG_STRING):
            return f"{_one_line(str(Literal(term.value)))}^^{self.short(term.datatype)}"
        return "a thing without a name" if isinstance(term, BlankNode) else _one_line(written(term))


def in_words(clash: Inconsistency, names: Names) -> str:
    """Return a sentence that says what contradicts what.

    >>> from wcograph.toolbox.rules.clashes import Inconsistency
    >>> x, a, nothing = (NamedNode("e:" + name) for name in ("x", "a", "nothing"))
    >>> in_words(Inconsistency("cls-nothing2", ((x, a, nothing),)), Names((), {"": "e:"}))
    ':x is a member of owl:Nothing, and nothing is'
    """
    s, _, o = clash.premises[0]
    if clash.rule == "eq-diff1" and s == o:
        return f"{names.of(s)} is different from itself"
    if clash.rule == "dt-not-type" and isinstance(s, Literal):
        return f"{names.of(s)} must be {_with_article(names.kind(o))}, and its value is not one"
    return _Sentence(names).vformat(_SENTENCES[clash.rule], clash.premises, {})


class _Sentence(Formatter):
    def __init__(self, names: Names) -> None:
        self._names = names

    def get_field(
        self, field_name: str, args: Sequence[Statement], kwargs: Mapping[str, Any]
    ) -> tuple[str, str]:
        s, p, o = args[int(field_name[:-1])]
        names = self._names
        kind = "class without a name" if isinstance(o, BlankNode) else names.kind(o)
        words = {"s": names.of(s), "p": names.kind(p), "o": names.of(o), "c": kind, "a": _with_article(kind)}
        return words[field_name[-1]], field_name


def _with_article(name: str) -> str:
    return f"an {name}" if re.match(r"(?!uni|eu|use|one)[aeiou]|xsd:", name, re.IGNORECASE) else f"a {name}"


def _one_line(text: str) -> str:
    text = visible(" ".join(text.split()))
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
