"""From what a person writes to an RDF term: values of query parameters by type, and things by any name.

A value of a class type may be a code, a label in any language, a CURIE or an IRI; case and accents are
ignored. The term is built and checked by pyoxigraph, so that a value can never be anything but a value.
"""

from __future__ import annotations

import unicodedata

import pyoxigraph as ox

from wcograph.toolbox.arguments import wrong_type
from wcograph.toolbox.errors import InputError, UsageError
from wcograph.toolbox.sparql.asking import ask
from wcograph.toolbox.sparql.naming import compact

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any, TypeAlias

    from wcograph.toolbox.rdf.profile import Profile
    from wcograph.toolbox.sparql.stored import Parameter
    from wcograph.toolbox.sparql.values import Term

    # The names of each entity, codes last; and the entities that a folded name can mean.
    Entities: TypeAlias = tuple[dict[str, list[str]], dict[str, list[str]]]

_OWL = "http://www.w3.org/2002/07/owl#"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_RDFS = "http://www.w3.org/2000/01/rdf-schema#"
_SKOS = "http://www.w3.org/2004/02/skos/core#"
XSD = "http://www.w3.org/2001/XMLSchema#"

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

# What an entity is known by. The closure makes abbreviations and former names alternative labels, and codes
# identifiers, so these four find them all.
_NAMES = """
SELECT ?entity ?name WHERE {
  %s
  ?entity <http://www.w3.org/2004/02/skos/core#prefLabel>|<http://www.w3.org/2004/02/skos/core#altLabel>
        |<http://www.w3.org/2004/02/skos/core#hiddenLabel>|<http://www.w3.org/2004/02/skos/core#notation>|<http://purl.org/dc/terms/identifier>
        |<http://purl.org/dc/terms/title> ?name
}
"""


_ANYTHING = "rdfs:Resource"  # the type of a parameter that takes any IRI of the graph


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
    text = _written(parameter, value)
    if parameter.values and text not in parameter.values:
        raise UsageError(
            f"--{parameter.option}: {_quoted(text)} is not one of {', '.join(map(repr, parameter.values))}"
        )
    if parameter.type == "word":
        return ox.NamedNode(parameter.values[text])
    prefix, _, local = parameter.type.partition(":")
    if prefix == "xsd":
        return _literal(parameter, local, text)
    if parameter.type == "text":
        if not fold(text):
            raise UsageError(f"--{parameter.option}: {_quoted(text)} has no letter or digit to search for")
        if not _writes(text, ""):
            raise UsageError(
                f"--{parameter.option}: {_quoted(text)} has characters that are not searched for; use only words"
            )
        return ox.Literal(fold(text))
    if parameter.type == "language":
        import re

        if not re.fullmatch(_LANGUAGE, text, re.ASCII):
            raise UsageError(
                f"--{parameter.option}: {_quoted(text)} is not a language tag such as en or fr-CA"
            )
        return ox.Literal(text.lower())
    if parameter.type == "iri":
        return _iri(parameter, text, profile)
    if parameter.type.endswith(" code"):
        return _code(parameter, value, text)
    if parameter.type == _ANYTHING and (found := _there(store, text, profile)):
        return found
    known = {} if known is None else known
    of = _known(store, parameter, profile, known)
    if ":" not in text and not _exact(of, text):
        for other in others:
            named = ":" in other.type and not other.type.startswith("xsd:")
            if named and _exact(_known(store, other, profile, known), text):
                import shlex

                kind = _kind(other, profile)
                said = f"{_quoted(text)} is {'an' if kind[0].lower() in 'aeiou' else 'a'} {kind}"
                raise UsageError(f"--{parameter.option}: {said}: --{other.option} {shlex.quote(text)}")
    return _entity(store, of, parameter, text, profile)


def _there(store: ox.Store, text: str, profile: Profile) -> ox.NamedNode | None:
    """Return the IRI that a text writes, if a triple has it."""
    try:
        node = ox.NamedNode(_expand(text, profile.prefixes) or text)
    except ValueError:
        return None
    found = (
        store.quads_for_pattern(node, None, None),
        store.quads_for_pattern(None, node, None),
        store.quads_for_pattern(None, None, node),
    )
    return node if any(next(quads, None) is not None for quads in found) else None


def _known(
    store: ox.Store, parameter: Parameter, profile: Profile, known: dict[object, Entities]
) -> Entities:
    """Return the entities that ``parameter`` can mean, from ``known`` if they have been read before."""
    kind = (parameter.type, parameter.scheme)
    if kind not in known:
        known[kind] = _by_name(named(store, parameter, profile))
    return known[kind]


def _written(parameter: Parameter, value: object) -> str:
    """Return the text that a person would write for a Python value; raise UsageError if it is not a text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and "e" in repr(value) and parameter.type == "xsd:decimal":
        from decimal import Decimal

        return f"{Decimal(repr(value)):f}"
    if isinstance(value, ox.NamedNode | ox.Literal):
        return value.value
    if (
        not isinstance(value, str | int | float)
        and not hasattr(value, "isoformat")
        and type(value).__name__ != "Decimal"
    ):
        raise wrong_type(value, f"--{parameter.option}", "a text, a number or a date")
    if isinstance(value, int) and abs(value) >= 10**18:
        raise UsageError(f"--{parameter.option}: the number has more than 18 digits")
    text = str(value)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UsageError(f"--{parameter.option}: {_quoted(text)} is not text in UTF-8") from None
    return text


def _quoted(text: str) -> str:
    return repr(text if len(text) <= 80 else text[:79] + "…")


def _literal(parameter: Parameter, datatype: str, value: str) -> ox.Literal:
    import re

    pattern, wanted = _LEXICAL[datatype]
    if not re.fullmatch(pattern, value, re.ASCII):
        hint = _of_another_precision(datatype, value)
        raise UsageError(f"--{parameter.option}: {_quoted(value)} is not {wanted}{hint}")
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
        raise UsageError(
            f"--{parameter.option}: {_quoted(text)} is not a code (digits, with or without dots)"
        )
    return ox.Literal(code)


def _of_another_precision(datatype: str, value: str) -> str:
    """Return what to write if a date, a month or a year is given instead of another of them."""
    import re

    form = next(
        (name for name in ("date", "gYearMonth", "gYear") if re.fullmatch(_LEXICAL[name][0], value)), ""
    )
    if not form:
        return ""
    if datatype == "date":
        rest = "-01-01"[len(value) - 4 :]
        return f"; write {value}{rest} for its first day"
    if datatype == "gYearMonth":
        return f"; write {value[:7]}" if form == "date" else f"; write {value}-01 for its first month"
    return f"; write {value[:4]}" if datatype == "gYear" else ""


def _iri(parameter: Parameter, value: str, profile: Profile) -> ox.NamedNode:
    import re

    iri = _expand(value, profile.prefixes) or value
    try:
        if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:.", iri):
            return ox.NamedNode(iri)
    except ValueError:
        pass
    raise UsageError(f"--{parameter.option}: {_quoted(value)} is not an IRI, nor a CURIE with a known prefix")


def _entity(
    store: ox.Store, of: Entities, parameter: Parameter, value: str, profile: Profile
) -> ox.NamedNode:
    entities, _ = of
    iri = _expand(value, profile.prefixes)
    if iri in entities:
        return ox.NamedNode(iri)
    wanted = fold(value)
    exact = _exact(of, value)
    # A page that has the name of what it is about is a source, and not what is meant.
    if profile.sources:
        exact = [entity for entity in exact if not entity.startswith(profile.sources)] or exact
    # A name that the data state goes before a part of an IRI.
    exact = [e for e in exact if any(wanted == fold(name) for name in entities[e][:-2])] or exact
    if len(exact) == 1:
        return ox.NamedNode(exact[0])
    if exact:
        labels = " or ".join(
            f"{_called_in_english(store, e, entities)} ({compact(e, profile.prefixes)})"
            for e in sorted(exact)
        )
        which = f"--{parameter.option} {compact(min(exact), profile.prefixes)}"
        raise UsageError(
            f"--{parameter.option}: {_quoted(value)} may be {labels}; choose one, for example {which}"
        )
    near = _near(store, wanted, of, profile) if len(value) <= _LONGEST_GUESS else ""
    raise UsageError(f"--{parameter.option}: there is no {_kind(parameter, profile)} {_quoted(value)}{near}")


def _exact(of: Entities, value: str) -> list[str]:
    """Return the entities one of whose names ``value`` writes."""
    entities, by_name = of
    wanted = fold(value)
    return [
        entity
        for entity in (by_name.get(wanted, ()) if wanted else ())
        if any(wanted == fold(name) and _writes(value, name) for name in entities[entity])
    ]


def _writes(value: str, name: str) -> bool:
    """Return whether ``value``, which folds to the same text as ``name``, is a way to write it.

    People leave out accents and hyphens, but do not add brackets, quotation marks or line ends to a name that has
    none.
    """
    strange = {c for c in value.strip(" ") if not c.isalnum() and c != " " and not unicodedata.combining(c)}
    inside = value.strip(" ")[1:-1]
    ends = {value.strip(" ")[0], value.strip(" ")[-1]} & strange
    return strange - set(name) <= set(_EVERYDAY) & set(inside) and ends <= set(name)


def codes(store: ox.Store, parameter: Parameter, profile: Profile) -> dict[str, str]:
    """Return the code of each entity that ``parameter`` can mean, with its name; a CURIE if others have the same code."""
    from wcograph.toolbox.sparql.naming import label

    found = coded(store, parameter, profile)
    return {
        code: label(store, ox.NamedNode(entity)) or names[0]
        for entity, (code, names) in sorted(found.items())
    }


def coded(store: ox.Store, parameter: Parameter, profile: Profile) -> dict[str, tuple[str, list[str]]]:
    """Return each entity that ``parameter`` can mean, with its code and its names; see ``codes``."""
    entities, by_name = _by_name(named(store, parameter, profile))
    return {
        entity: (
            names[-1] if len(by_name.get(fold(names[-1]), ())) == 1 else compact(entity, profile.prefixes),
            names,
        )
        for entity, names in entities.items()
    }


def names(store: ox.Store, parameter: Parameter, profile: Profile) -> dict[str, str]:
    """Return each name that means one entity alone for ``parameter``, with its CURIE, and the CURIE with a name.

    Of names that differ only in accents or punctuation, the first is returned.
    """
    entities, by_name = _by_name(named(store, parameter, profile))
    found = {}
    for entity, every in sorted(entities.items()):
        found[curie := compact(entity, profile.prefixes)] = every[0]
        for name in {fold(name): name for name in reversed(every)}.values():
            if len(by_name.get(fold(name), ())) == 1:
                found[name] = curie
    return found


def entity_query(parameter: Parameter, profile: Profile) -> str:
    """Return the query for the entities that ``parameter`` can mean, and their names; see ``entities``."""
    if parameter.type == _ANYTHING:
        pattern = ""
    elif parameter.type == "rdf:Property":
        kinds = " ".join(f"<{_OWL}{kind}Property>" for kind in ("Object", "Datatype", "Annotation"))
        pattern = f"VALUES ?type {{ {kinds} }} ?entity a ?type ."
    else:
        pattern = f"?entity a {_term(parameter, parameter.type, profile)} ."
    if parameter.scheme:
        pattern += f" ?entity <{_SKOS}inScheme> {_term(parameter, parameter.scheme, profile)} ."
    return _NAMES % pattern


def entities(rows: Iterable[Sequence[Term | None]], profile: Profile) -> Entities:
    """Return what ``term`` can take from ``known``, made from the rows of ``entity_query``."""
    return _by_name(_names(rows, profile))


def named(store: ox.Store, parameter: Parameter, profile: Profile) -> dict[str, list[str]]:
    """Return the entities that ``parameter`` can mean, each with its names, codes last."""
    return _names(_solutions(store, entity_query(parameter, profile)), profile)


def _solutions(store: ox.Store, query: str) -> ox.QuerySolutions:
    found = ask(store, query, use_default_graph_as_union=True)
    assert isinstance(found, ox.QuerySolutions)
    return found


def _term(parameter: Parameter, written: str, profile: Profile) -> ox.NamedNode:
    """Return the IRI of a CURIE or an IRI in a header; in a query, the result can only be an IRI."""
    try:
        return ox.NamedNode(_expand(written, profile.prefixes) or written)
    except ValueError as error:
        raise InputError(f"--{parameter.option}: {_quoted(written)} is not an IRI ({error})") from error


def _by_name(entities: dict[str, list[str]]) -> Entities:
    """Return entities with their names, and for each folded name the entities that have it."""
    by_name: dict[str, list[str]] = {}
    for entity, names in entities.items():
        for folded in dict.fromkeys(map(fold, names)):
            by_name.setdefault(folded, []).append(entity)
    return entities, by_name


def _called(wanted: str, entities: dict[str, list[str]]) -> list[str]:
    """Return the entities one of whose names is ``wanted``, which is folded."""
    return [entity for entity, names in entities.items() if wanted and wanted in map(fold, names)]


def _names(rows: Iterable[Any], profile: Profile) -> dict[str, list[str]]:
    """Return the entities in rows of an entity and a name, each with its names, codes last."""
    entities: dict[str, list[str]] = {}
    for solution in rows:
        entity, name = solution[0], solution[1]
        if isinstance(entity, ox.NamedNode) and isinstance(name, ox.Literal):
            names = entities.setdefault(entity.value, [])
            if name.value not in names:
                names.append(name.value)
    for iri, names in entities.items():
        local = iri.rpartition("#")[2].rpartition("/")[2]
        # An individual's IRI is its kind and its code; a concept's is its code.
        code = local.partition("-")[2] if _is_below(iri, profile.individuals) else ""
        names += [local, code or local]
    return entities


def _is_below(iri: str, namespace: str) -> bool:
    return bool(namespace) and iri.startswith(namespace)


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
    for an ill-formed IRI, an
    unknown prefix, a blank node, and a name that nothing has (with similar names).

    >>> from wcograph.toolbox.rdf.profile import STANDARD
    >>> resources(ox.Store(), "owl:Class", STANDARD)
    [<NamedNode value=http://www.w3.org/2002/07/owl#Class>]
    >>> resources(ox.Store(), "is a", STANDARD, predicate=True)
    [<NamedNode value=http://www.w3.org/1999/02/22-rdf-syntax-ns#type>]
    """
    prefixes = profile.prefixes if prefixes is None else prefixes
    kind = "property" if predicate else "thing"
    wanted = fold(text)
    if predicate and wanted in ("a", "is a"):
        return [ox.NamedNode(_RDF + "type")]
    if text.startswith("_:"):
        raise UsageError(
            f"{text}: a blank node has no name outside its file; give an IRI, a CURIE or a label"
        )
    iri = _expand(text, prefixes)
    if iri:
        try:
            return [ox.NamedNode(iri)]
        except ValueError as error:
            raise UsageError(f"{text} is not an IRI: {error}") from error
    entities = _properties(store, profile) if predicate else _things(store, profile)
    if predicate:
        squeezed = wanted.replace(" ", "")
        found = [e for e, names in entities.items() if squeezed in (fold(n).replace(" ", "") for n in names)]
    else:
        found = _called(wanted, entities)
    if found:
        return [ox.NamedNode(entity) for entity in sorted(found)]
    prefix, colon, local = text.partition(":")
    if colon and local and " " not in text and prefix.replace("-", "").replace(".", "").isalnum():
        from difflib import get_close_matches

        near = "".join(f"; did you mean {name}:{local}?" for name in get_close_matches(prefix, prefixes, 1))
        raise UsageError(f"{text}: there is no prefix {prefix!r}{near} (prefixes: {', '.join(prefixes)})")
    raise UsageError(
        f"nothing in the graph is a {kind} called {text!r}{_near(store, wanted, _by_name(entities), profile)}"
    )


_LABEL = f"<{_RDFS}label>"


def _things(store: ox.Store, profile: Profile) -> dict[str, list[str]]:
    """Return everything that has a name, and the classes and properties, which have at least a local name."""
    entities = _names(_solutions(store, _NAMES.replace("|", f"|{_LABEL}|", 1) % ""), profile)
    for iri in _declared(store, ("Class", "ObjectProperty", "DatatypeProperty", "AnnotationProperty")):
        entities.setdefault(iri, [iri.rpartition("#")[2].rpartition("/")[2]])
    return entities


def _properties(store: ox.Store, profile: Profile) -> dict[str, list[str]]:
    """Return what is used or declared as a property."""
    iris = {solution["p"].value for solution in _solutions(store, "SELECT DISTINCT ?p { ?s ?p ?o }")}
    iris |= _declared(store, ("ObjectProperty", "DatatypeProperty", "AnnotationProperty"))
    values = " ".join(str(ox.NamedNode(iri)) for iri in iris)
    query = _NAMES.replace("|", f"|{_LABEL}|", 1) % f"VALUES ?entity {{ {values} }}"
    named = _names(_solutions(store, query), profile)
    return {iri: [*named.get(iri, []), iri.rpartition("#")[2].rpartition("/")[2]] for iri in sorted(iris)}


def _declared(store: ox.Store, kinds: tuple[str, ...]) -> set[str]:
    values = " ".join(f"<{_OWL}{kind}>" for kind in kinds)
    found = _solutions(store, f"SELECT ?term {{ VALUES ?kind {{ {values} }} ?term a ?kind }}")
    return {s["term"].value for s in found if isinstance(s["term"], ox.NamedNode)}


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
    if parameter.type in ("rdfs:Resource", "rdf:Property"):
        return parameter.type.partition(":")[2].lower()
    return parameter.type.rpartition(":")[2].rpartition("/")[2].rpartition("#")[2]


_FEW = 12  # entities that are all named where a person has named none of them
_SHORTEST_PART = 3  # letters of a name by which it is found


def _near(store: ox.Store, wanted: str, of: Entities, profile: Profile) -> str:
    """Return what a person may have meant: all names if they are few, else those that contain the text, or similar ones."""
    from difflib import get_close_matches

    entities, by_name = of
    folded = {name: found[0] for name, found in by_name.items()}
    near = []
    if len(wanted) >= _SHORTEST_PART:
        parts = [name for name in folded if f" {wanted}" in f" {name}"]
        near = [folded[name] for name in sorted(parts, key=lambda name: (len(name), name))]
    # Names of another length cannot be near: with a ratio of 0.7, the shorter has 7/13 of the longer one.
    alike = [
        name for name in folded if 7 * len(wanted) <= 13 * len(name) and 7 * len(name) <= 13 * len(wanted)
    ]
    near += [folded[name] for name in get_close_matches(wanted, alike, 8, 0.7) if len(wanted) > 1]
    if len(entities) <= _FEW:
        named, before, between, after = [*near, *sorted(entities)], "; possible values: ", "; ", ""
    else:
        named, before, between, after = list(dict.fromkeys(near))[:5], "; did you mean ", " or ", "?"
    shown = between.join(_shown(store, entity, entities, profile) for entity in dict.fromkeys(named))
    return f"{before}{shown}{after}" if named else ""


def _shown(store: ox.Store, entity: str, entities: dict[str, list[str]], profile: Profile) -> str:
    ours = _is_below(entity, profile.namespace)
    code = entities[entity][-1] if ours else compact(entity, profile.prefixes)
    return f"{_called_in_english(store, entity, entities)} ({code})"


def _called_in_english(store: ox.Store, entity: str, entities: dict[str, list[str]]) -> str:
    from wcograph.toolbox.sparql.naming import label

    return label(store, ox.NamedNode(entity)) or entities[entity][0]


def unknown_terms(store: ox.Store, query: str, known: Mapping[str, str]) -> list[str]:
    """Return the IRIs of a query that are not in the store, with similar names; ``known`` prefixes need no declaration.

    A misspelled class or property is not an error in SPARQL: it matches nothing.

    >>> unknown_terms(ox.Store(), "ASK { ?s a <http://e/C> }", {})
    ['<http://e/C> is not in the graph']
    """
    from difflib import get_close_matches

    from wcograph.toolbox.sparql.tokens import iris

    missing = []
    for iri, written in iris(query, known).items():
        if iri.startswith(XSD) or iri.endswith(("/", "#")):
            continue
        try:
            node = ox.NamedNode(iri)
        except ValueError:
            continue
        patterns = ((node, None, None), (None, node, None), (None, None, node), (None, None, None, node))
        if any(next(store.quads_for_pattern(*(*pattern, None)[:4]), None) for pattern in patterns):
            continue
        names: dict[str, str] = {}
        for other in _used(store, iri.rpartition("#")[0] or iri.rpartition("/")[0]):
            names.setdefault(fold(curie := compact(other, known)), curie)
        near = get_close_matches(fold(compact(iri, known)), names, 3, 0.75)
        meant = f"; near: {', '.join(names[name] for name in near)}" if near else ""
        missing.append(f"{written} is not in the graph{meant}")
    return missing


def _used(store: ox.Store, namespace: str) -> list[str]:
    """Return the IRIs of a namespace that are subjects or predicates."""
    found = _solutions(
        store,
        "SELECT DISTINCT ?term { { ?term ?p ?o } UNION { ?s ?term ?o } "
        f"FILTER(STRSTARTS(STR(?term), {ox.Literal(namespace)})) }}",
    )
    return sorted(solution["term"].value for solution in found if isinstance(solution["term"], ox.NamedNode))
