"""From what a person writes to an RDF term: the values of query parameters, by type, and things by any name.

A value of a class type may be a code, a label in any language, a CURIE or an IRI; case and accents do not
count. The term is built and checked by pyoxigraph, so that a value can never be anything but a value.
"""

from __future__ import annotations

import unicodedata

import pyoxigraph as ox

from wcograph.errors import UsageError
from wcograph.layout import NAMESPACE, PREFIXES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from wcograph.stored import Parameter

XSD = PREFIXES["xsd"]

# The forms of each datatype, as regular expressions over the whole value (XML Schema 1.1 part 2).
_LEXICAL = {
    "integer": (r"[+-]?\d+", "a whole number"),
    "decimal": (r"[+-]?(\d+(\.\d*)?|\.\d+)", "a number"),
    "date": (r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", "a date as YYYY-MM-DD"),
    "gYearMonth": (r"\d{4}-(0[1-9]|1[0-2])", "a month as YYYY-MM"),
    "gYear": (r"\d{4}", "a year as YYYY"),
    "boolean": (r"true|false", "true or false"),
    "string": (r"(?s:.*)", "a text"),
}

# What an entity is known by. The closure makes abbreviations and former names alternative labels, and codes
# identifiers, so these four find them all.
_NAMES = """
SELECT ?entity ?name WHERE {
  %s
  ?entity <http://www.w3.org/2004/02/skos/core#prefLabel>|<http://www.w3.org/2004/02/skos/core#altLabel>
        |<http://www.w3.org/2004/02/skos/core#notation>|<http://purl.org/dc/terms/identifier>
        |<http://purl.org/dc/terms/title> ?name
}
"""


def fold(text: str) -> str:
    """Fold a text for comparing: no case, no accents, no difference in spaces and punctuation.

    >>> fold("  Côte  d'Ivoire "), fold("Türkiye"), fold("Asia/Pacific")
    ('cote d ivoire', 'turkiye', 'asia pacific')
    """
    decomposed = unicodedata.normalize("NFKD", text.replace("ı", "i")).casefold()
    kept = (
        character if character.isalnum() else " "
        for character in decomposed
        if not unicodedata.combining(character)
    )
    return " ".join("".join(kept).split())


def term(store: ox.Store, parameter: Parameter, value: str) -> ox.NamedNode | ox.Literal:
    """Turn a person's ``value`` of ``parameter`` into the RDF term that it means.

    Raises UsageError where it is ill-typed, unknown (with near misses) or ambiguous (with the candidates).
    """
    prefix, _, local = parameter.type.partition(":")
    if prefix == "xsd":
        return _literal(parameter, local, value)
    if parameter.type == "text":
        return ox.Literal(fold(value))
    return _entity(store, parameter, value)


def _literal(parameter: Parameter, datatype: str, value: str) -> ox.Literal:
    import re

    if datatype not in _LEXICAL:
        raise UsageError(f"--{parameter.option}: no values of type {parameter.type} can be given")
    pattern, wanted = _LEXICAL[datatype]
    if not re.fullmatch(pattern, value, re.ASCII):
        raise UsageError(f"--{parameter.option}: {value!r} is not {wanted}")
    if datatype == "date":
        from datetime import date

        try:
            date.fromisoformat(value)
        except ValueError:
            raise UsageError(f"--{parameter.option}: there is no day {value}") from None
    if datatype == "string":
        return ox.Literal(value)
    return ox.Literal(value, datatype=ox.NamedNode(XSD + datatype))


def _entity(store: ox.Store, parameter: Parameter, value: str) -> ox.NamedNode:
    entities = _named(store, parameter)
    iri = _expand(value)
    if iri in entities:
        return ox.NamedNode(iri)
    wanted = fold(value)
    exact = _called(wanted, entities)
    if len(exact) == 1:
        return ox.NamedNode(exact[0])
    if exact:
        labels = ", ".join(sorted(f"{entities[entity][0]} ({compact(entity)})" for entity in exact))
        raise UsageError(f"--{parameter.option}: {value!r} may be {labels}; give the code in brackets")
    raise UsageError(
        f"--{parameter.option}: there is no {_kind(parameter)} {value!r}{_near(wanted, entities)}"
    )


def _named(store: ox.Store, parameter: Parameter) -> dict[str, list[str]]:
    """Give the entities that ``parameter`` can mean, each with its names, codes last."""
    if parameter.type == "rdfs:Resource":
        pattern = ""
    elif parameter.type == "rdf:Property":
        owl = PREFIXES["owl"]
        kinds = " ".join(f"<{owl}{kind}Property>" for kind in ("Object", "Datatype", "Annotation"))
        pattern = f"VALUES ?type {{ {kinds} }} ?entity a ?type ."
    else:
        pattern = f"?entity a <{_expand(parameter.type)}> ."
    if parameter.scheme:
        pattern += f" ?entity <{PREFIXES['skos']}inScheme> <{_expand(parameter.scheme)}> ."
    return _names(store, _NAMES % pattern)


def _called(wanted: str, entities: dict[str, list[str]]) -> list[str]:
    """Give the entities one of whose names is ``wanted``, which is folded."""
    return [entity for entity, names in entities.items() if wanted and wanted in map(fold, names)]


def _names(store: ox.Store, query: str) -> dict[str, list[str]]:
    """Give the entities of a query for entities and their names, each with its names, codes last."""
    entities: dict[str, list[str]] = {}
    solutions = store.query(query, use_default_graph_as_union=True)
    assert isinstance(solutions, ox.QuerySolutions)
    for solution in solutions:
        entity, name = solution[0], solution[1]
        if isinstance(entity, ox.NamedNode) and isinstance(name, ox.Literal):
            names = entities.setdefault(entity.value, [])
            if name.value not in names:
                names.append(name.value)
    for iri, names in entities.items():
        local = iri.rpartition("#")[2].rpartition("/")[2]
        # An individual's IRI is its kind and its code; a concept's is its code.
        code = local.partition("-")[2] if iri.startswith(NAMESPACE + "id/") else ""
        names += [local, code or local]
    return entities


def resources(
    store: ox.Store, text: str, *, predicate: bool = False, prefixes: Mapping[str, str] = PREFIXES
) -> list[ox.NamedNode]:
    """Give the things that ``text`` may mean: a CURIE, an IRI, a code, a label in any language, or a local name.

    Several things may have one name; they are given by their IRIs. A CURIE or an IRI stands for itself,
    whether it is in the store or not. With ``predicate`` only properties are meant, spaces do not count
    ("subclass of"), and ``a`` and ``is a`` are ``rdf:type``. Raises UsageError for an ill-formed IRI, an
    unknown prefix, a blank node, and a name that nothing has (with near misses).

    >>> resources(ox.Store(), "wcoid:member-TUR"), resources(ox.Store(), "is a", predicate=True)
    ([<NamedNode value=https://w3id.org/wcograph/id/member-TUR>], \
[<NamedNode value=http://www.w3.org/1999/02/22-rdf-syntax-ns#type>])
    """
    kind = "property" if predicate else "thing"
    wanted = fold(text)
    if predicate and wanted in ("a", "is a"):
        return [ox.NamedNode(PREFIXES["rdf"] + "type")]
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
    entities = _properties(store) if predicate else _things(store)
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
    raise UsageError(f"nothing in the graph is a {kind} called {text!r}{_near(wanted, entities)}")


_LABEL = f"<{PREFIXES['rdfs']}label>"


def _things(store: ox.Store) -> dict[str, list[str]]:
    """Give all that has a name, and the classes and properties, which have a local name at least."""
    entities = _names(store, _NAMES.replace("|", f"|{_LABEL}|", 1) % "")
    for iri in _declared(store, ("Class", "ObjectProperty", "DatatypeProperty", "AnnotationProperty")):
        entities.setdefault(iri, [iri.rpartition("#")[2].rpartition("/")[2]])
    return entities


def _properties(store: ox.Store) -> dict[str, list[str]]:
    """Give what is used or declared as a property."""
    used = store.query("SELECT DISTINCT ?p { ?s ?p ?o }", use_default_graph_as_union=True)
    assert isinstance(used, ox.QuerySolutions)
    iris = {solution["p"].value for solution in used}
    iris |= _declared(store, ("ObjectProperty", "DatatypeProperty", "AnnotationProperty"))
    named = _names(store, _NAMES.replace("|", f"|{_LABEL}|", 1) % "")
    return {iri: [*named.get(iri, []), iri.rpartition("#")[2].rpartition("/")[2]] for iri in sorted(iris)}


def _declared(store: ox.Store, kinds: tuple[str, ...]) -> set[str]:
    values = " ".join(f"<{PREFIXES['owl']}{kind}>" for kind in kinds)
    found = store.query(
        f"SELECT ?term {{ VALUES ?kind {{ {values} }} ?term a ?kind }}", use_default_graph_as_union=True
    )
    assert isinstance(found, ox.QuerySolutions)
    return {s["term"].value for s in found if isinstance(s["term"], ox.NamedNode)}


def _expand(value: str, prefixes: Mapping[str, str] = PREFIXES) -> str:
    """Give the IRI that ``value`` writes as ``<IRI>``, IRI or CURIE; an empty string where it is none."""
    if value.startswith("<") and value.endswith(">"):
        return value[1:-1]
    prefix, colon, local = value.partition(":")
    if colon and prefix in prefixes:
        return prefixes[prefix] + local
    return value if "://" in value else ""


def compact(iri: str) -> str:
    """Write an IRI as a CURIE where a prefix of the graph fits and the rest is a plain name.

    >>> compact("https://w3id.org/wcograph/id/member-PLW"), compact("http://example.com/a")
    ('wcoid:member-PLW', 'http://example.com/a')
    """
    best = ("", "")
    for prefix, namespace in PREFIXES.items():
        if iri.startswith(namespace) and len(namespace) > len(best[1]):
            best = (prefix, namespace)
    local = iri[len(best[1]) :]
    if best[0] and local and all(character.isalnum() or character in "-_" for character in local):
        return f"{best[0]}:{local}"
    return iri


def _kind(parameter: Parameter) -> str:
    if parameter.scheme:
        return parameter.scheme.partition(":")[2].removesuffix("s").replace("-", " ")
    if parameter.type in ("rdfs:Resource", "rdf:Property"):
        return parameter.type.partition(":")[2].lower()
    return parameter.type.partition(":")[2]


def _near(wanted: str, entities: dict[str, list[str]]) -> str:
    """Say what a person may have meant: the near misses, or all where they are few."""
    from difflib import get_close_matches

    folded: dict[str, str] = {}
    for entity, names in entities.items():
        for name in names:
            folded.setdefault(fold(name), entity)
    near = list(dict.fromkeys(folded[name] for name in get_close_matches(wanted, folded, 8, 0.7)))[:3]
    if not near:
        near = [entity for name, entity in folded.items() if wanted and wanted in name.split()][:5]
    if near:
        return (
            "; did you mean " + " or ".join(_shown(entity, entities) for entity in dict.fromkeys(near)) + "?"
        )
    if len(entities) <= 12:
        return "; there are " + ", ".join(_shown(entity, entities) for entity in sorted(entities))
    return ""


def _shown(entity: str, entities: dict[str, list[str]]) -> str:
    code = compact(entity)
    if entity.startswith(NAMESPACE):
        code = entities[entity][-1]
    return f"{entities[entity][0]} ({code})"
