"""From files to a dataset: graphs by role, each triple in one of them.

Literals stay as they are written: this is what export, validation and the closure read. (Oxigraph's Store,
which answers queries, rewrites some literals when it loads them.)
"""

from __future__ import annotations

import os

import pyoxigraph as ox

from wcograph.errors import UsageError
from wcograph.layout import NAMESPACE, ROLES, rdf_files
from wcograph.rdf.files import check_file, file_iri, syntax_of, unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def parse_file(path: str) -> Iterator[ox.Quad]:
    """Yield the quads of an RDF file, its syntax told by its ending (``.ttl``, ``.trig``, ``.nt``, ...).

    Relative IRIs resolve against the file's own ``file:`` IRI (RFC 3986, section 5.1.3). Raises InputError,
    with line and column where the syntax is wrong.
    """
    check_file(path)
    syntax = syntax_of(path)
    try:
        yield from ox.parse(path=path, format=syntax, base_iri=file_iri(path))
    except (SyntaxError, OSError, ValueError) as error:
        raise unreadable(path, error) from error


def asserted(folder: str, *, derived: bool = True) -> dict[str, list[ox.Triple]]:
    """Read the graph at ``folder``: the triples of each role but ``inferred``, in the order of the files.

    A triple that stands in several roles is given in the first of them, so that the union of the graphs
    counts it once. Without ``derived`` the role ``accepted``, what queries derive, stays empty.
    """
    seen: set[ox.Triple] = set()
    graphs: dict[str, list[ox.Triple]] = {role: [] for role in ROLES}
    for role, paths in rdf_files(folder).items():
        if role == "shapes" or (role == "accepted" and not derived):
            continue
        for path in paths:
            for quad in parse_file(os.path.join(folder, path)):
                triple = quad.triple
                if triple not in seen:
                    seen.add(triple)
                    graphs[role].append(triple)
    return graphs


def shapes(folder: str) -> list[ox.Triple]:
    """Read the SHACL shapes of the graph at ``folder``."""
    return [
        quad.triple for path in rdf_files(folder)["shapes"] for quad in parse_file(os.path.join(folder, path))
    ]


def complete(folder: str) -> dict[str, list[ox.Triple]]:
    """Read the graph at ``folder`` and add its OWL 2 RL closure as the role ``inferred``."""
    from wcograph.reasoning.closure import closure

    graphs = asserted(folder)
    graphs["inferred"] = list(closure(triple for graph in graphs.values() for triple in graph))
    return graphs


def of_roles(folder: str, roles: Iterable[str] | None = None) -> Iterator[ox.Quad]:
    """Yield the quads of the graph at ``folder`` with literals as written, by role (all but ``inferred``).

    Raises UsageError for an unknown role.
    """
    wanted = tuple(roles) if roles is not None else tuple(r for r in ROLES if r != "inferred")
    for role in wanted:
        if role not in ROLES:
            raise UsageError(f"there is no graph {role!r} (graphs: {', '.join(ROLES)})")
    read = complete if "inferred" in wanted else asserted
    return quads(read(folder), [role for role in ROLES if role in wanted])


def quads(graphs: dict[str, list[ox.Triple]], roles: Iterable[str] = ROLES) -> Iterator[ox.Quad]:
    """Yield the triples of ``graphs`` as quads, each in the named graph of its role."""
    for role in roles:
        name = ox.NamedNode(f"{NAMESPACE}graph/{role}")
        for triple in graphs[role]:
            yield ox.Quad(triple.subject, triple.predicate, triple.object, name)
