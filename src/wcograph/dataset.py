"""From files to a dataset: graphs by role, each triple in one of them.

Literals stay as written: this is what export, validation and the closure read. (Oxigraph's Store,
which answers queries, rewrites some literals when it loads them.)
"""

from __future__ import annotations

import os

import pyoxigraph as ox

from wcograph.layout import NAMESPACE, ROLES, rdf_files
from wcograph.toolbox.output import read_file
from wcograph.toolbox.rdf.files import check_file, file_iri, safe, syntax_of, unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def parse_file(path: str) -> Iterator[ox.Quad]:
    """Yield the quads of an RDF file, with the syntax of its file extension (``.ttl``, ``.trig``, ``.nt``, ...).

    Relative IRIs resolve against the file's own ``file:`` IRI (RFC 3986, section 5.1.3). Raises InputError,
    with line and column if the syntax is wrong.
    """
    check_file(path)
    syntax = syntax_of(path)
    try:
        data = safe(read_file(path), syntax, path)
        yield from ox.parse(data, format=syntax, base_iri=file_iri(path))
    except (SyntaxError, OSError, ValueError) as error:
        raise unreadable(path, error) from error


def asserted(folder: str) -> dict[str, list[ox.Triple]]:
    """Read the graph at ``folder``: the triples of each role, in the order of the files.

    The roles ``derived`` and ``inferred`` stay empty. A triple that has several roles is only in the graph of the
    first, so the union of the graphs counts it once.
    """
    seen: set[ox.Triple] = set()
    graphs: dict[str, list[ox.Triple]] = {role: [] for role in ROLES}
    for role, paths in rdf_files(folder).items():
        if role == "shapes":
            continue
        for path in paths:
            for quad in parse_file(os.path.join(folder, path)):
                triple = quad.triple
                if triple not in seen:
                    seen.add(triple)
                    graphs[role].append(triple)
    return graphs


def graph_name(role: str) -> ox.NamedNode:
    """Return the name of the graph of a role.

    >>> graph_name("derived").value
    'https://w3id.org/wcograph/graph/derived'
    """
    return ox.NamedNode(f"{NAMESPACE}graph/{role}")


def quads(graphs: dict[str, list[ox.Triple]], roles: Iterable[str] = ROLES) -> Iterator[ox.Quad]:
    """Yield the triples of ``graphs`` as quads, each in the named graph of its role."""
    for role in roles:
        name = graph_name(role)
        for triple in graphs[role]:
            yield ox.Quad(triple.subject, triple.predicate, triple.object, name)
