"""Stored queries as functions, so that notebooks complete their names and parameters."""

from __future__ import annotations

from difflib import get_close_matches
from inspect import Parameter, Signature, signature

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from wcograph.toolbox.sparql.results import Answer
    from wcograph.toolbox.sparql.stored import StoredQuery


class Questions:
    """Stored queries, each as an attribute that answers it; ``-`` in a name is ``_``.

    ``find`` returns the query of a name, ``ask`` answers it. The signature and the docstring of an attribute have the
    parameters of its query.

    >>> from wcograph.toolbox.sparql.stored import parse
    >>> query = parse("SELECT ?s {}", "all-regions", {})
    >>> questions = Questions(["all-regions"], lambda name: query, lambda name, **_: name)
    >>> dir(questions), questions.all_regions()
    (['all_regions'], 'all-regions')
    """

    def __init__(
        self, names: Iterable[str], find: Callable[[str], StoredQuery], ask: Callable[..., Answer]
    ) -> None:
        """Keep the values."""
        self._names = {name.replace("-", "_"): name for name in names}
        self._find, self._ask = find, ask

    def __dir__(self) -> list[str]:
        """Return the names, for completion."""
        return list(self._names)

    def __getattr__(self, attribute: str) -> Callable[..., Answer]:
        """Return the function that answers a query. Raises AttributeError, with similar names, if there is none."""
        name = self._names.get(attribute)
        if name is None:
            near = get_close_matches(attribute, self._names, 3, 0.5)
            meant = f"; did you mean {' or '.join(near)}?" if near else ""
            raise AttributeError(f"there is no stored query {attribute!r}{meant}")
        query, ask = self._find(name), self._ask

        def answered(**parameters: Any) -> Answer:
            return ask(name, **parameters)

        answered.__name__ = answered.__qualname__ = attribute
        keywords = {parameter.option.replace("-", "_"): parameter for parameter in query.parameters}
        only = Parameter.KEYWORD_ONLY
        own = [
            Parameter(keyword, only, default=None if one.optional else Parameter.empty)
            for keyword, one in keywords.items()
        ]
        known = signature(ask).parameters.values()
        general = [one for one in known if one.kind is only and one.name not in keywords]
        answered.__signature__ = Signature([*own, *general])  # type: ignore[attr-defined]
        lines = "\n".join(f"{keyword}: {one.description}" for keyword, one in keywords.items())
        answered.__doc__ = "\n\n".join(filter(None, (f"{query.title}.", query.description, lines)))
        return answered
