"""From what a person writes to an RDF term: values of query parameters by type, and things by any name.

A value of a class type may be a code, a label in any language, a CURIE or an IRI; case and accents are
ignored. The term is built and checked by pyoxigraph, so that a value can never be anything but a value.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cached_property

import pyoxigraph as ox

from wcograph.toolbox.arguments import wrong_type
from wcograph.toolbox.errors import InputError, UsageError
from wcograph.toolbox.sparql.asking import ask
from wcograph.toolbox.sparql.naming import compact, label
from wcograph.toolbox.sparql.values import XSD, node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from wcograph.toolbox.rdf.profile import Profile
    from wcograph.toolbox.sparql.stored import Parameter

_OWL = "http://www.w3.org/2002/07/owl#"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_SKOS = "http://www.w3.org/2004/02/skos/core#"

# The forms of each datatype, as regular expressions over the whole value (XML Schema 1.1 part 2).
_LEXICAL = {
    "integer": (r"[+-]?\d{1,18}", "a whole number of at most 18 digits"),
    "decimal": (
        r"[+-]?(\d{1,18}(\.\d{0,18})?|\.\d{1,18})",
        "a number, with at most 18 digits before the point",
    ),
    "date": (r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", "a date as YYYY-MM-DD"),
    "gYearMonth": (r"\d{4}-(0[1-9]|1[0-2])", "a month as YYYY-MM"),
    "gYear": (r"\d{4}", "a year as YYYY"),
    "boolean": (r"true|false", "true or false"),
    "string": (r"(?s:.*)", "a text"),
}
_LANGUAGE = r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*"  # RFC 5646, section 2.1, without its rare forms

# Punctuation that people write in names, or leave out; anything else must stand in the name that is meant.
_EVERYDAY = "-_.,'’/&"
_ASCII_FOLDED = {code: chr(code).lower() if chr(code).isalnum() else " " for code in range(128)}
_LONGEST_GUESS = 100  # characters of a value for which near misses are looked for
_FEW = 12  # entities that are all named where a person has named none of them
_SHORTEST_PART = 3  # letters of a name by which it is found

# What an entity is known by. The closure makes abbreviations and former names alternative labels, and codes
# identifiers, so these find them all.
_KNOWN_BY = (
    *(f"<{_SKOS}{name}>" for name in ("prefLabel", "altLabel", "hiddenLabel", "notation")),
    *("<http://purl.org/dc/terms/identifier>", "<http://purl.org/dc/terms/title>"),
)
_LABEL = "<http://www.w3.org/2000/01/rdf-schema#label>"
_ANYTHING = "rdfs:Resource"  # the type of a parameter that takes any IRI of the graph
_KINDS = ("ObjectProperty", "DatatypeProperty", "AnnotationProperty")


class Entities:
    """What names can mean: ``names`` has those of each entity, codes last.

    The rows have an entity and a name each, as ``entity_query`` selects them; ``store`` has the labels to show.
    """

    def __init__(self, rows: Iterable[Any], store: ox.Store, profile: Profile) -> None:
        """Read the rows."""
        self._store, self._profile = store, profile
        self.names: dict[str, list[str]] = {}
        for entity, name in rows:
            if isinstance(entity, ox.NamedNode) and isinstance(name, ox.Literal):
                known = self.names.setdefault(entity.value, [])
                if name.value not in known:
                    known.append(name.value)
        for iri, known in self.names.items():
            # An individual's IRI is its kind and its code; a concept's is its code.
            code = _local(iri).partition("-")[2] if _is_below(iri, profile.individuals) else ""
            known += [_local(iri), code or _local(iri)]

    @classmethod
    def of(cls, store: ox.Store, parameter: Parameter, profile: Profile) -> Entities:
        """Return the entities of a store that ``parameter`` can mean."""
        return cls(_rows(store, entity_query(parameter, profile)), store, profile)

    @cached_property
    def by_name(self) -> dict[str, list[str]]:
        """The entities that have each folded name."""
        found: dict[str, list[str]] = {}
        for entity, names in self.names.items():
            for folded in dict.fromkeys(map(fold, names)):
                found.setdefault(folded, []).append(entity)
        return found

    def code(self, entity: str) -> str:
        """Return the code of an entity; its CURIE if others have the same code."""
        code = self.names[entity][-1]
        is_own = len(self.by_name.get(fold(code), ())) == 1
        return code if is_own else compact(entity, self._profile.prefixes)

    def written(self, value: str) -> list[str]:
        """Return the entities one of whose names ``value`` writes."""
        wanted = fold(value)
        return [
            entity
            for entity in (self.by_name.get(wanted, ()) if wanted else ())
            if any(wanted == fold(name) and _writes(value, name) for name in self.names[entity])
        ]

    def near(self, wanted: str) -> str:
        """Return what a person may have meant: all if they are few, else those with the text in their names, or similar."""
        from difflib import get_close_matches

        folded = {name: found[0] for name, found in self.by_name.items()}
        near = []
        if len(wanted) >= _SHORTEST_PART:
            parts = [name for name in folded if f" {wanted}" in f" {name}"]
            near = [folded[name] for name in sorted(parts, key=lambda name: (len(name), name))]
        # Names of another length cannot be near: with a ratio of 0.7, the shorter has 7/13 of the longer one.
        size = len(wanted)
        alike = [name for name in folded if 7 * size <= 13 * len(name) and 7 * len(name) <= 13 * size]
        near += [folded[name] for name in get_close_matches(wanted, alike, 8, 0.7) if size > 1]
        if len(self.names) <= _FEW:
            found, before, between, after = [*near, *sorted(self.names)], "possible values: ", "; ", ""
        else:
            found, before, between, after = list(dict.fromkeys(near))[:5], "did you mean ", " or ", "?"
        shown = []
        for entity in dict.fromkeys(found):
            is_ours = _is_below(entity, self._profile.namespace)
            code = self.names[entity][-1] if is_ours else compact(entity, self._profile.prefixes)
            shown.append(f"{self.label(entity)} ({code})")
        return f"; {before}{between.join(shown)}{after}" if shown else ""

    def label(self, entity: str) -> str:
        """Return the name of an entity, in English if possible."""
        return label(self._store, ox.NamedNode(entity)) or self.names[entity][0]


def fold(text: str) -> str:
    """Fold a text for comparison: without differences in case, accents, spaces and punctuation.

    >>> fold("  Côte  d'Ivoire "), fold("Türkiye"), fold("Asia/Pacific")
    ('cote d ivoire', 'turkiye', 'asia pacific')
    """
    if text.isascii():  # most names are, and are folded in a tenth of the time
        return " ".join(text.translate(_ASCII_FOLDED).split())
    decomposed = unicodedata.normalize("NFKD", text.replace("ı", "i")).casefold()
    kept = (
        character if character.isalnum() else " "
        for character in decomposed
        if not unicodedata.combining(character)
    )
    return " ".join("".join(kept).split())


def term(
    store: ox.Store,
    parameter: Parameter,
    value: object,
    profile: Profile,
    known: dict[object, Entities] | None = None,
    others: Sequence[Parameter] = (),
) -> ox.NamedNode | ox.Literal:
    """Turn a ``value`` of ``parameter``, as a person writes it or as Python holds it, into the RDF term it means.

    ``known`` keeps what has been read from the store for later calls. Raises UsageError if the
    value is ill-typed, unknown (with similar names, or the one of the ``others`` that it fits) or ambiguous (with
    the candidates).
    """
    text, kind = _written(parameter, value), parameter.type
    if parameter.values and text not in parameter.values:
        raise _wrong(parameter, text, f"is not one of {', '.join(map(repr, parameter.values))}")
    if kind == "word":
        return ox.NamedNode(parameter.values[text])
    if kind.startswith("xsd:"):
        return _literal(parameter, kind.removeprefix("xsd:"), text)
    if kind == "text":
        if not fold(text):
            raise _wrong(parameter, text, "has no letter or digit to search for")
        if not _writes(text, ""):
            raise _wrong(parameter, text, "has characters that are not searched for; use only words")
        return ox.Literal(fold(text))
    if kind == "language":
        if not re.fullmatch(_LANGUAGE, text, re.ASCII):
            raise _wrong(parameter, text, "is not a language tag such as en or fr-CA")
        return ox.Literal(text.lower())
    if kind.endswith(" code"):
        return _code(parameter, value, text)
    iri = _expand(text, profile.prefixes) or text
    if kind == "iri":
        found = node(iri) if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:.", iri) else None
        if found is None:
            raise _wrong(parameter, text, "is not an IRI, nor a CURIE with a known prefix")
        return found
    if kind == _ANYTHING and (found := node(iri)) is not None and _is_in(store, found):
        return found
    known = {} if known is None else known

    def meant_by(one: Parameter) -> Entities:
        key = (one.type, one.scheme)
        if key not in known:
            known[key] = Entities.of(store, one, profile)
        return known[key]

    of = meant_by(parameter)
    if ":" not in text and not of.written(text):
        for other in others:
            named = ":" in other.type and not other.type.startswith("xsd:")
            if named and meant_by(other).written(text):
                import shlex

                kind = _kind(other, profile)
                said = f"is {'an' if kind[0].lower() in 'aeiou' else 'a'} {kind}"
                raise _wrong(parameter, text, f"{said}: --{other.option} {shlex.quote(text)}")
    return _entity(of, parameter, text, profile)


def _wrong(parameter: Parameter, value: str, what: str) -> UsageError:
    return UsageError(f"--{parameter.option}: {_quoted(value)} {what}")


def _quoted(text: str) -> str:
    return repr(text if len(text) <= 80 else text[:79] + "…")


def _written(parameter: Parameter, value: object) -> str:
    """Return the text that a person would write for a Python value; raise UsageError if it is not a text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and "e" in repr(value) and parameter.type == "xsd:decimal":
        from decimal import Decimal

        return f"{Decimal(repr(value)):f}"
    if isinstance(value, ox.NamedNode | ox.Literal):
        return value.value
    is_other = hasattr(value, "isoformat") or type(value).__name__ == "Decimal"
    if not (isinstance(value, str | int | float) or is_other):
        raise wrong_type(value, f"--{parameter.option}", "a text, a number or a date")
    if isinstance(value, int) and abs(value) >= 10**18:
        raise UsageError(f"--{parameter.option}: the number has more than 18 digits")
    text = str(value)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _wrong(parameter, text, "is not text in UTF-8") from None
    return text


def _literal(parameter: Parameter, datatype: str, value: str) -> ox.Literal:
    pattern, wanted = _LEXICAL[datatype]
    if not re.fullmatch(pattern, value, re.ASCII):
        raise _wrong(parameter, value, f"is not {wanted}{_of_another_precision(datatype, value)}")
    if datatype == "string":
        return ox.Literal(value)
    if datatype == "date":
        from datetime import date

        try:
            date.fromisoformat(value)
        except ValueError:
            raise UsageError(f"--{parameter.option}: there is no day {value}") from None
    # One form for each number, so that one that is given twice, in two forms, is one value.
    if datatype == "integer":
        value = str(int(value))
    if datatype == "decimal":
        from decimal import Decimal

        value = f"{Decimal(value):f}"
        value = value.rstrip("0").rstrip(".") if "." in value else value
        value = "0" if value == "-0" else value
    return ox.Literal(value, datatype=ox.NamedNode(XSD + datatype))


def _code(parameter: Parameter, value: object, text: str) -> ox.Literal:
    """Return a code of a classification without dots and spaces; its zeros count, so that it is not a number."""
    code = text.replace(".", "").replace(" ", "").upper()
    if not isinstance(value, str | ox.Literal):
        raise UsageError(f"--{parameter.option}: write the code {text} as a text, with its leading zeros")
    if not (code.isascii() and code.isalnum()):
        raise _wrong(parameter, text, "is not a code (digits, with or without dots)")
    return ox.Literal(code)


def _of_another_precision(datatype: str, value: str) -> str:
    """Return what to write if a date, a month or a year is given instead of another of them."""
    forms = ("date", "gYearMonth", "gYear")
    form = next((name for name in forms if re.fullmatch(_LEXICAL[name][0], value)), "")
    if form and datatype == "date":
        return f"; write {value}{'-01-01'[len(value) - 4 :]} for its first day"
    if form and datatype == "gYearMonth":
        return f"; write {value[:7]}" if form == "date" else f"; write {value}-01 for its first month"
    return f"; write {value[:4]}" if form and datatype == "gYear" else ""


def _entity(of: Entities, parameter: Parameter, value: str, profile: Profile) -> ox.NamedNode:
    iri = _expand(value, profile.prefixes)
    if iri in of.names:
        return ox.NamedNode(iri)
    wanted = fold(value)
    exact = of.written(value)
    # A page that has the name of what it is about is a source, and not what is meant.
    if profile.sources:
        exact = [entity for entity in exact if not entity.startswith(profile.sources)] or exact
    # A name that the data state goes before a part of an IRI.
    exact = [e for e in exact if any(wanted == fold(name) for name in of.names[e][:-2])] or exact
    if len(exact) == 1:
        return ox.NamedNode(exact[0])
    if exact:
        curies = {entity: compact(entity, profile.prefixes) for entity in sorted(exact)}
        labels = " or ".join(f"{of.label(entity)} ({curie})" for entity, curie in curies.items())
        which = f"--{parameter.option} {curies[min(exact)]}"
        raise _wrong(parameter, value, f"may be {labels}; choose one, for example {which}")
    near = of.near(wanted) if len(value) <= _LONGEST_GUESS else ""
    raise UsageError(f"--{parameter.option}: there is no {_kind(parameter, profile)} {_quoted(value)}{near}")


def _writes(value: str, name: str) -> bool:
    """Return whether ``value``, which folds to the same text as ``name``, is a way to write it.

    People leave out accents and hyphens, but do not add brackets, quotation marks or line ends to a name that has
    none.
    """
    value = value.strip(" ")
    strange = {c for c in value if not c.isalnum() and c != " " and not unicodedata.combining(c)}
    ends = {value[0], value[-1]} & strange
    return strange - set(name) <= set(_EVERYDAY) & set(value[1:-1]) and ends <= set(name)


def codes(store: ox.Store, parameter: Parameter, profile: Profile) -> dict[str, str]:
    """Return the code of each entity that ``parameter`` can mean, with its name; a CURIE if others have the same code."""
    of = Entities.of(store, parameter, profile)
    return {of.code(entity): of.label(entity) for entity in sorted(of.names)}


def names(store: ox.Store, parameter: Parameter, profile: Profile) -> dict[str, str]:
    """Return each name that means one entity alone for ``parameter``, with its CURIE, and the CURIE with a name.

    Of names that differ only in accents or punctuation, the first is returned.
    """
    of = Entities.of(store, parameter, profile)
    found = {}
    for entity, every in sorted(of.names.items()):
        found[curie := compact(entity, profile.prefixes)] = every[0]
        for folded, name in {fold(name): name for name in reversed(every)}.items():
            if len(of.by_name[folded]) == 1:
                found[name] = curie
    return found


def entity_query(parameter: Parameter, profile: Profile) -> str:
    """Return the query for the entities that ``parameter`` can mean, and their names; see ``Entities``."""

    def iri(written: str) -> ox.NamedNode:  # in a query, the result can only be an IRI
        try:
            return ox.NamedNode(_expand(written, profile.prefixes) or written)
        except ValueError as error:
            message = f"--{parameter.option}: {_quoted(written)} is not an IRI ({error})"
            raise InputError(message) from error

    if parameter.type == _ANYTHING:
        pattern = ""
    elif parameter.type == "rdf:Property":
        pattern = f"VALUES ?type {{ {_owl(_KINDS)} }} ?entity a ?type ."
    else:
        pattern = f"?entity a {iri(parameter.type)} ."
    if parameter.scheme:
        pattern += f" ?entity <{_SKOS}inScheme> {iri(parameter.scheme)} ."
    return f"SELECT ?entity ?name {{ {pattern} ?entity {'|'.join(_KNOWN_BY)} ?name }}"


def resources(
    store: ox.Store,
    text: str,
    profile: Profile,
    *,
    predicate: bool = False,
    prefixes: Mapping[str, str] | None = None,
) -> list[ox.NamedNode]:
    """Return the things that ``text`` may mean: a CURIE, an IRI, a code, a label in any language, or a local name.

    ``prefixes`` are those of the profile unless given. Several things may have one name.
    A CURIE or an IRI means itself, whether it is in the store or not. With ``predicate``, only properties are
    considered, spaces are ignored ("subclass of"), and ``a`` and ``is a`` are ``rdf:type``. Raises UsageError
    for an ill-formed IRI, an unknown prefix, a blank node, and a name that nothing has (with similar names).

    >>> from wcograph.toolbox.rdf.profile import STANDARD
    >>> resources(ox.Store(), "owl:Class", STANDARD)
    [<NamedNode value=http://www.w3.org/2002/07/owl#Class>]
    >>> resources(ox.Store(), "is a", STANDARD, predicate=True)
    [<NamedNode value=http://www.w3.org/1999/02/22-rdf-syntax-ns#type>]
    """
    prefixes = profile.prefixes if prefixes is None else prefixes
    wanted = fold(text)
    if predicate and wanted in ("a", "is a"):
        return [ox.NamedNode(_RDF + "type")]
    if text.startswith("_:"):
        raise UsageError(
            f"{text}: a blank node has no name outside its file; give an IRI, a CURIE or a label"
        )
    if iri := _expand(text, prefixes):
        try:
            return [ox.NamedNode(iri)]
        except ValueError as error:
            raise UsageError(f"{text} is not an IRI: {error}") from error
    of = _named(store, profile, predicate)
    if predicate:
        squeezed = wanted.replace(" ", "")
        found = [e for e, names in of.names.items() if squeezed in (fold(n).replace(" ", "") for n in names)]
    else:
        found = of.by_name.get(wanted, []) if wanted else []
    if found:
        return [ox.NamedNode(entity) for entity in sorted(found)]
    prefix, colon, local = text.partition(":")
    if colon and local and " " not in text and prefix.replace("-", "").replace(".", "").isalnum():
        from difflib import get_close_matches

        near = "".join(f"; did you mean {name}:{local}?" for name in get_close_matches(prefix, prefixes, 1))
        raise UsageError(f"{text}: there is no prefix {prefix!r}{near} (prefixes: {', '.join(prefixes)})")
    kind = "property" if predicate else "thing"
    raise UsageError(f"nothing in the graph is a {kind} called {text!r}{of.near(wanted)}")


def _named(store: ox.Store, profile: Profile, predicate: bool) -> Entities:
    """Return everything that has a name, and classes and properties, which have a local name; or only properties."""
    kinds = _KINDS if predicate else ("Class", *_KINDS)
    declared = _rows(store, f"SELECT ?term {{ VALUES ?kind {{ {_owl(kinds)} }} ?term a ?kind }}")
    iris = {term.value for (term,) in declared if isinstance(term, ox.NamedNode)}
    pattern = ""
    if predicate:
        iris |= {term.value for (term,) in _rows(store, "SELECT DISTINCT ?p { ?s ?p ?o }")}
        pattern = f"VALUES ?entity {{ {' '.join(str(ox.NamedNode(iri)) for iri in iris)} }}"
    path = "|".join((*_KNOWN_BY, _LABEL))
    of = Entities(_rows(store, f"SELECT ?entity ?name {{ {pattern} ?entity {path} ?name }}"), store, profile)
    for iri in sorted(iris):
        names = of.names.setdefault(iri, [])
        if predicate or not names:
            names.append(_local(iri))
    if predicate:
        of.names = {iri: of.names[iri] for iri in sorted(iris)}
    return of


def _rows(store: ox.Store, query: str) -> Iterable[Any]:
    found: Any = ask(store, query, use_default_graph_as_union=True)
    return map(tuple, found)


def _owl(names: Iterable[str]) -> str:
    return " ".join(f"<{_OWL}{name}>" for name in names)


def _local(iri: str) -> str:
    return iri.rpartition("#")[2].rpartition("/")[2]


def _is_below(iri: str, namespace: str) -> bool:
    return bool(namespace) and iri.startswith(namespace)


def _is_in(store: ox.Store, iri: ox.NamedNode) -> bool:
    """Return whether a triple of the store has an IRI."""
    places = ((iri, None, None), (None, iri, None), (None, None, iri))
    return any(next(store.quads_for_pattern(*place), None) is not None for place in places)


def _expand(value: str, prefixes: Mapping[str, str]) -> str:
    """Return the IRI that ``value`` writes as ``<IRI>``, IRI or CURIE; an empty string if it is not one.

    >>> _expand("e:Region", {"e": "http://e/"}), _expand("<urn:a:b>", {}), _expand("Türkiye", {})
    ('http://e/Region', 'urn:a:b', '')
    """
    if value.startswith("<") and value.endswith(">"):
        return value[1:-1]
    prefix, colon, local = value.partition(":")
    if colon and prefix in prefixes:
        return prefixes[prefix] + local
    return value if "://" in value else ""


def _kind(parameter: Parameter, profile: Profile) -> str:
    """Return in words what a parameter means, for ``there is no ...``."""
    scheme = _expand(parameter.scheme, profile.prefixes)
    if _is_below(scheme, profile.schemes):
        words = scheme.removeprefix(profile.schemes).replace("-", " ")
        plurals = (("uses", "us"), ("sses", "ss"), ("ies", "y"), ("s", ""))
        return next((words.removesuffix(end) + one for end, one in plurals if words.endswith(end)), words)
    if parameter.scheme:
        return f"concept of {parameter.scheme}"
    if parameter.type in (_ANYTHING, "rdf:Property"):
        return parameter.type.partition(":")[2].lower()
    return _local(parameter.type.rpartition(":")[2])


def unknown_terms(store: ox.Store, query: str, known: Mapping[str, str]) -> list[str]:
    """Return the IRIs of a query that are not in the store, with similar names; ``known`` prefixes need no declaration.

    A misspelled class or property is not an error in SPARQL: it matches nothing.

    >>> unknown_terms(ox.Store(), "ASK { ?s a <http://e/C> }", {})
    ['<http://e/C> is not in the graph']
    """
    from difflib import get_close_matches

    from wcograph.toolbox.sparql.tokens import iris

    missing = []
    others: dict[str, str] = {}  # the properties and classes of all vocabularies
    for iri, written in iris(query, known).items():
        found = None if iri.startswith(XSD) or iri.endswith(("/", "#")) else node(iri)
        if found is None or _is_in(store, found) or store.contains_named_graph(found):
            continue
        namespace = ox.Literal(iri.rpartition("#")[0] or iri.rpartition("/")[0])
        ours = f"{{ ?term ?p ?o }} UNION {{ ?s ?term ?o }} FILTER(STRSTARTS(STR(?term), {namespace}))"
        names = _curies(store, ours, known)
        near = [names[name] for name in get_close_matches(fold(compact(iri, known)), names, 3, 0.75)]
        name = fold(_local(iri))
        if name and not near:  # what other vocabularies call like it: skos:prefLabel for rdfs:label
            others = others or _curies(store, "{ ?s ?term ?o } UNION { ?s a ?term }", known)
            near = [one for one in others.values() if fold(one).endswith(name)][:3]
        missing.append(f"{written} is not in the graph{'; near: ' if near else ''}{', '.join(near)}")
    return missing


def _curies(store: ox.Store, pattern: str, known: Mapping[str, str]) -> dict[str, str]:
    """Return the CURIEs of the IRIs that ``?term`` matches, by their folded forms."""
    found = _rows(store, f"SELECT DISTINCT ?term {{ {pattern} }}")
    curies = (
        compact(iri, known)
        for iri in sorted(term.value for (term,) in found if isinstance(term, ox.NamedNode))
    )
    return {fold(curie): curie for curie in curies}
