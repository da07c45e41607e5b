"""Ask a store: queries that must not run are refused before they are evaluated, whoever wrote them."""

from __future__ import annotations

import re

from wcograph.toolbox.errors import InputError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    import pyoxigraph as ox

    Found = ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples

# A text with fewer brackets and signs is not too deep for the engine's parser (`refusals` has the limits).
_FEW_BRACKETS, _FEW_SIGNS = 100, 1_000


def ask(
    store: ox.Store,
    text: str,
    name: str = "query",
    *,
    prefixes: Mapping[str, str] | None = None,
    allow_service: bool = False,
    **options: Any,
) -> Found:
    """Ask a store: every query that reaches Oxigraph goes through here, whoever wrote it.

    ``prefixes`` need no declaration. ``options`` are those of ``pyoxigraph.Store.query``. Raises what `check` of
    `refusals` raises, and InputError for an ill-formed query, an unknown function, and a remote service that fails.

    >>> import pyoxigraph
    >>> bool(ask(pyoxigraph.Store(), "ASK { ?s ?p ?o }"))
    False
    """
    if allow_service or not _is_plain(text):
        from wcograph.toolbox.sparql.refusals import check

        check(text, name, allow_service=allow_service)
    try:
        return store.query(text, prefixes=dict(prefixes or {}), **options)
    except SyntaxError as error:
        from wcograph.toolbox.sparql.refusals import check

        check(text, name, allow_service=allow_service)  # which may know better
        from wcograph.toolbox.sparql.mistakes import ill_formed

        raise ill_formed(error, text, name, prefixes, options.get("base_iri")) from error
    except (RuntimeError, OSError, ValueError) as error:
        raise failed(error, name) from error


def failed(error: Exception, name: str) -> InputError:
    """Return one line that says why the engine could not evaluate a query."""
    if "custom function" in str(error):
        return InputError(f"the engine has no such function: {error}", file=name)
    return InputError(f"cannot be evaluated: {error}", file=name)


def _is_plain(text: str) -> bool:
    """Return whether the characters of a query show that it needs no closer look. This is fast, and true for most texts.

    Such a query cannot use the network, and has too few operators to be too deep for the parser.
    """
    if "\\" in text or "\r" in text or '"""' in text or "'''" in text:
        return False
    body = "\n".join(line for line in text.split("\n") if not line.startswith("#")).lower()
    signs = sum(map(body.count, "|&!+-*/=.;,^{([<"))
    if signs + len(body.split()) > _FEW_SIGNS or sum(map(body.count, "{([<")) > _FEW_BRACKETS:
        return False
    return "service" not in body or "service" not in re.sub(r"[?$]\w+", "", body)
