"""The location of the graph's files, and the role of each.

A checkout and an editable install use ``ontology/``, ``data/`` and ``queries/`` in place; a wheel
contains them inside the package. Paths are sorted, so everything made from them is the same every time.
"""

from __future__ import annotations

import os

from wcograph.toolbox.errors import InputError, visible
from wcograph.toolbox.rdf.profile import FIRST_PREDICATES, Profile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

NAMESPACE = "https://w3id.org/wcograph/"

# The roles of graphs, in the order in which a triple that stands in two of them is counted for the first.
# Each is the named graph <https://w3id.org/wcograph/graph/ROLE>.
ROLES = ("ontology", "vocabulary", "data", "claims", "sources", "derived", "inferred")

PREFIXES = {
    "dcterms": "http://purl.org/dc/terms/",
    "eli": "http://data.europa.eu/eli/ontology#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "org": "http://www.w3.org/ns/org#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "pav": "http://purl.org/pav/",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "https://schema.org/",
    "sh": "http://www.w3.org/ns/shacl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "vann": "http://purl.org/vocab/vann/",
    "wco": NAMESPACE + "ns#",
    "wcob": NAMESPACE + "build#",
    "wcocl": NAMESPACE + "claim/",
    "wcog": NAMESPACE + "graph/",
    "wcohs": NAMESPACE + "hs/",
    "wcoid": NAMESPACE + "id/",
    "wcoq": NAMESPACE + "query/",
    "wcosh": NAMESPACE + "shape/",
    "wcosrc": NAMESPACE + "source/",
    "wcov": NAMESPACE + "vocab/",
    "xkos": "http://rdf-vocabulary.ddialliance.org/xkos#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}

# Of claims, treaty actions and Members.
_FIRST = """aboutSubject aboutProperty resourceValue literalValue asOf hasRank rankReason
    actionKind actionOn actionBy polityKind"""

PROFILE = Profile(
    prefixes=PREFIXES,
    first_predicates=(
        *FIRST_PREDICATES,
        *(PREFIXES["wco"] + name for name in _FIRST.split()),
    ),
    namespace=NAMESPACE,
    individuals=PREFIXES["wcoid"],
    schemes=PREFIXES["wcov"],
    sources=PREFIXES["wcosrc"],
)
"""What the toolbox needs to know of this publication."""

CONTEXT_IRI = NAMESPACE + "context.jsonld"
"""Where the JSON-LD context is published."""

_QUERY_KINDS = ("checks", "derive", "tables")  # those in folders of their own


def curie(iri: str) -> str:
    """Return an IRI as a prefixed name if one of the prefixes fits, else in angle brackets.

    >>> curie("http://www.w3.org/ns/org#Post"), curie("http://example.org/")
    ('org:Post', '<http://example.org/>')
    """
    from wcograph.toolbox.sparql.naming import compact

    name = compact(iri, PREFIXES)
    return f"<{iri}>" if name == iri else name


def root() -> str:
    """Return the folder that holds ``ontology/``, ``data/`` and ``queries/``."""
    package = os.path.dirname(os.path.abspath(__file__))
    carried = os.path.join(package, "graph")
    around = os.path.dirname(package)
    if os.path.basename(around) == "src" and not os.path.isdir(carried):
        return os.path.dirname(around)
    return carried


def role_of(path: str) -> str:
    """Return the role of a file from its path below the root; ``shapes`` have a role of their own.

    >>> role_of("data/claims.ttl"), role_of("ontology/shapes/Claim.ttl"), role_of("data/bodies.ttl")
    ('claims', 'shapes', 'data')
    """
    parts = path.split("/")
    if parts[0] == "ontology":
        return {"vocabularies": "vocabulary", "shapes": "shapes"}.get(parts[1], "ontology")
    return {"claims.ttl": "claims", "sources.ttl": "sources"}.get(parts[1], "data")


def rdf_files(folder: str) -> dict[str, list[str]]:
    """Return the Turtle files of the graph at ``folder`` by role, as paths relative to it.

    Raises InputError if ``folder`` has no graph, or contains something that is not a regular file.
    """
    files: dict[str, list[str]] = {role: [] for role in (*ROLES, "shapes")}
    for top in ("ontology", "data"):
        for path in _walk(folder, top, ".ttl"):
            files[role_of(path)].append(path)
    if not files["ontology"]:
        raise InputError("has no graph (no Turtle files in ontology/)", file=folder)
    return files


def query_files(folder: str, *kinds: str) -> list[str]:
    """Return the queries (``.rq``) of the graph at ``folder``, as paths relative to it.

    The kind is ``questions`` for stored queries (the default), ``checks`` for quality checks, ``derive`` for
    queries that derive data, or ``tables`` for those that make tables.
    """
    found = []
    for path in _walk(folder, "queries", ".rq"):
        kind = path.split("/")[1]
        if (kind if kind in _QUERY_KINDS else "questions") in (kinds or ("questions",)):
            found.append(path)
    return found


def _walk(folder: str, top: str, ending: str) -> Iterator[str]:
    place = os.path.join(folder, top)
    try:
        for entry in sorted(os.scandir(place), key=lambda entry: entry.name):
            place = os.path.join(folder, top, entry.name)
            path = f"{top}/{entry.name}"
            if entry.is_dir():
                if entry.is_symlink() and _holds(place, os.path.join(folder, top)):
                    raise InputError("is a symbolic link to a folder that it is in; remove it", file=place)
                yield from _walk(folder, path, ending)
            elif entry.name.endswith(ending) and not entry.name.startswith("."):
                if not entry.is_file():  # opening a pipe would wait for ever
                    raise InputError("is not a file (a broken link, a pipe or a socket?)", file=place)
                if visible(entry.name) != entry.name:
                    fault = "has a name that is not UTF-8 or contains control characters; rename it"
                    raise InputError(fault, file=place)
                yield path
    except FileNotFoundError as error:
        raise InputError("is missing; a graph has ontology/, data/ and queries/", file=place) from error
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=place) from error


def _holds(outer: str, inner: str) -> bool:
    outer, inner = os.path.realpath(outer), os.path.realpath(inner)
    return os.path.commonpath([outer, inner]) == outer
