"""SPARQL results in JSON as servers send them: tolerant of their habits, strict about what would change the answer.

Tolerated are additional keys, ``typed-literal``, ``lang`` for ``xml:lang``, any label of a blank node, and booleans as
``1``. Text after the JSON, a body that ends early, an error inside it and unexpected variables are errors.
"""

from __future__ import annotations

import json

import pyoxigraph as ox

from wcograph.toolbox.errors import InputError
from wcograph.toolbox.sparql.values import INTEGERS, XSD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from typing import Any

    from wcograph.toolbox.sparql.values import Solution, Term

_TRUTHS = {"1": "true", "0": "false"}
_ERRORS = ("error", "errors", "exception", "fault")


def read_boolean(body: bytes, server: str) -> bool:
    """Return the answer to an ASK query. Raises InputError, with the name of the server, if there is none.

    >>> read_boolean(b'{"head": {}, "boolean": true}', "here")
    True
    """
    document = _document(body, server)
    value = document.get("boolean")
    if value is None:  # some servers answer with a row
        try:
            (row,) = document["results"]["bindings"]
            (term,) = row.values()
            value = term["value"]
        except (KeyError, TypeError, ValueError, AttributeError):
            pass
    if isinstance(value, bool | int | str) and str(value).lower() in ("true", "1", "false", "0"):
        return str(value).lower() in ("true", "1")
    raise InputError("answered an ASK query without true or false", file=server)


def read_rows(
    body: bytes,
    variables: Sequence[str],
    server: str,
    *,
    any_of: bool = False,
    booleans: Collection[str] = (),
) -> list[Solution]:
    """Return the rows of a SELECT query, their terms in the order of ``variables``.

    In the columns ``booleans``, the numbers 1 and 0 mean true and false.
    Raises InputError, with the name of the server, if the JSON has an error, ends early, or has other variables: then it
    answers another query. ``any_of`` also accepts an answer with none of the variables, which a query for ``*`` may have.

    >>> body = b'{"head": {"vars": ["n"]}, "results": {"bindings": [{"n": {"type": "literal", "value": "Palau"}}]}}'
    >>> read_rows(body, ["n", "code"], "here")
    [(<Literal value=Palau datatype=<NamedNode value=http://www.w3.org/2001/XMLSchema#string>>, None)]
    """
    document = _document(body, server)
    head, results = document.get("head"), document.get("results")
    bindings = results.get("bindings") if isinstance(results, dict) else None
    named = head.get("vars") if isinstance(head, dict) else None
    if not isinstance(bindings, list) or not isinstance(named, list):
        raise InputError("answered a SELECT query without rows", file=server)
    known = set(variables)
    others = [one for one in named if not isinstance(one, str) or one not in known]
    if others or (variables and not named and not any_of):
        said = f"with the columns {', '.join(map(str, named))[:80]}" if named else "without columns"
        raise InputError(f"answered another query: {said}, not {', '.join(variables)[:80]}", file=server)
    make = _Terms(server).term
    rows: list[Solution] = []
    for binding in bindings:
        if not isinstance(binding, dict) or not known >= binding.keys():
            raise InputError(f"has an ill-formed row {len(rows) + 1}", file=server)
        rows.append(tuple([make(binding.get(one), one in booleans) for one in variables]))
    return rows


def _document(body: bytes, server: str) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InputError(f"cut the answer off, or it is not JSON ({error})", file=server) from error
    if not isinstance(document, dict):
        raise InputError("answered with JSON that is not a SPARQL result", file=server)
    places = [document, document.get("head"), document.get("results")]
    wrong = [place[key] for place in places if isinstance(place, dict) for key in _ERRORS if place.get(key)]
    if wrong:
        raise InputError(f"answered with an error: {str(wrong[0])[:160]}", file=server)
    return document


class _Terms:
    """Makes terms; a label of a blank node means the same node in all rows."""

    def __init__(self, server: str) -> None:
        self.server = server
        self.blank: dict[str, ox.BlankNode] = {}

    def term(self, value: Any, is_boolean: bool = False) -> Term | None:
        try:
            if value is None:
                return None
            kind, text = value["type"], value["value"]
            if kind == "uri":
                return ox.NamedNode(text)
            if kind == "bnode" and isinstance(text, str):
                return self.blank.setdefault(text, ox.BlankNode(f"b{len(self.blank)}"))
            if kind == "triple":
                return ox.Triple(*(self.term(text[part]) for part in ("subject", "predicate", "object")))  # type: ignore[arg-type]
            if kind not in ("literal", "typed-literal"):
                raise ValueError(kind)
            if language := value.get("xml:lang") or value.get("lang"):
                return ox.Literal(text, language=language)
            datatype = value.get("datatype") or XSD + "string"
            if datatype == XSD + "boolean" or (is_boolean and datatype in INTEGERS and text in _TRUTHS):
                datatype, text = XSD + "boolean", _TRUTHS.get(text, text)
            return ox.Literal(text, datatype=ox.NamedNode(datatype))
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            raise InputError(f"has an ill-formed term: {str(value)[:80]}", file=self.server) from error
