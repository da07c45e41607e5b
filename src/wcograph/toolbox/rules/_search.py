"""The search in a closed graph for bindings with which all patterns are in it.

A pattern is three integers: a term is its number, the n-th variable is -n. A binding has for each variable its term,
or None.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wcograph.toolbox.rules._joins import LOW

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wcograph.toolbox.rules._facts import Code

    Binding = tuple["int | None", ...]
    Codes = dict[int, set[int]]


class Search:
    """The asserted and inferred facts of a graph, with an index for each property on first use."""

    def __init__(self, asserted: Codes, inferred: Codes) -> None:
        """Keep the codes of each property."""
        self._asserted = asserted
        self.objects = _Index(asserted, inferred)
        self.subjects = _Index(asserted, inferred, swapped=True)

    def has(self, s: int, p: int, o: int) -> bool:
        """Return whether a fact is in the graph."""
        return o in self.objects[p].get(s, ())

    def is_asserted(self, s: int, p: int, o: int) -> bool:
        """Return whether a fact is asserted."""
        return s << 32 | o in self._asserted.get(p, ())

    def solutions(self, patterns: Sequence[Code], binding: Binding) -> Iterator[Binding]:
        """Yield every extension of a binding with which all patterns are in the graph.

        The property of a pattern must be bound before the pattern is reached.
        """
        if not patterns:
            yield binding
            return
        costs = [
            sum(term < 0 and binding[-term - 1] is None for term in (s, p, o))
            + (p < 0 and binding[-p - 1] is None)
            for s, p, o in patterns
        ]
        at = costs.index(min(costs))
        others = (*patterns[:at], *patterns[at + 1 :])
        for found in self._matches(patterns[at], binding):
            yield from self.solutions(others, found)

    def _matches(self, pattern: Code, binding: Binding) -> Iterator[Binding]:
        s, p, o = (term if term >= 0 else binding[-term - 1] for term in pattern)
        assert p is not None
        values = self.objects[p]
        if s is not None and o is not None:
            if o in values.get(s, ()):
                yield binding
        elif s is not None:
            yield from (_bind(binding, pattern[2], x) for x in values.get(s, ()))
        elif o is not None:
            yield from (_bind(binding, pattern[0], x) for x in self.subjects[p].get(o, ()))
        else:
            for x, found in values.items():
                for y in found:
                    bound = unify(pattern, (x, p, y), binding)
                    if bound is not None:
                        yield bound


class _Index(dict[int, dict[int, dict[int, None]]]):
    """For each property the values of each subject (or, swapped, the subjects of each value), asserted ones first."""

    def __init__(self, asserted: Codes, inferred: Codes, *, swapped: bool = False) -> None:
        super().__init__()
        self._asserted, self._inferred, self._swapped = asserted, inferred, swapped

    def __missing__(self, p: int) -> dict[int, dict[int, None]]:
        table = self[p] = {}
        for codes in (self._asserted.get(p, ()), self._inferred.get(p, ())):
            for code in sorted(codes):
                s, o = code >> 32, code & LOW
                if self._swapped:
                    s, o = o, s
                table.setdefault(s, {})[o] = None
        return table


def unify(pattern: Code, code: Code, binding: Binding) -> Binding | None:
    """Bind the variables of a pattern to the terms of a fact; None if they do not match."""
    for term, found in zip(pattern, code, strict=True):
        known = term if term >= 0 else binding[-term - 1]
        if known is None:
            binding = _bind(binding, term, found)
        elif known != found:
            return None
    return binding


def fill(patterns: Sequence[Code], binding: Binding) -> tuple[Code, ...]:
    """Put the terms of a binding into patterns."""

    def known(term: int) -> int:
        return term if term >= 0 else binding[-term - 1] or 0

    return tuple((known(s), known(p), known(o)) for s, p, o in patterns)


def _bind(binding: Binding, variable: int, term: int) -> Binding:
    at = -variable - 1
    return (*binding[:at], term, *binding[at + 1 :])
