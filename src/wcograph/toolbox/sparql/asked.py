"""A query on users' own data: the graphs that FROM names, literals as written, and remarks on the answer."""

from __future__ import annotations

import pyoxigraph as ox

from wcograph.toolbox.sparql.amending import Amended
from wcograph.toolbox.sparql.patterns import Reading
from wcograph.toolbox.sparql.tokens import named, place, prefixes
from wcograph.toolbox.sparql.values import node
from wcograph.toolbox.sparql.written import in_order

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wcograph.toolbox.sparql.results import Answer
    from wcograph.toolbox.sparql.written import Written


class Asked:
    """A query, and what must be known of it besides what the engine says.

    ``reading`` is its structure, and ``amended`` what the engine is asked. ``store`` is the one to ask, with the ``files``
    that FROM names as graphs; ``has_dataset`` says whether there is a FROM.
    """

    def __init__(
        self,
        text: str,
        name: str,
        store: ox.Store,
        known: Mapping[str, str],
        *,
        base: str | None = None,
        written: Written | None = None,
        files: Sequence[str] = (),
    ) -> None:
        """Read a query. The prefixes in ``known`` need no declaration; relative IRIs resolve against ``base``.

        Raises InputError at a character that begins no token.
        """
        self.reading, self._known = Reading(text, name), known
        self._written = written.of_one_query() if written is not None else None
        self.amended = Amended(self.reading, self._written)
        self.has_dataset = bool(self.reading.graphs)
        self.graphs: list[tuple[ox.NamedNode, bool]] = []
        self._notes = list(self.amended.notes)
        self.store = self._with_files(store, files, base, name) if self.has_dataset else store

    def _with_files(self, store: ox.Store, files: Sequence[str], base: str | None, name: str) -> ox.Store:
        """Return the store, or a copy with the default graphs of the files that FROM names under their IRIs."""
        from urllib.parse import urljoin

        from wcograph.toolbox.rdf.content import read
        from wcograph.toolbox.rdf.files import base_of

        text = self.reading.text
        base = urljoin(base or "", self.reading.base)
        declared = {**self._known, **prefixes(text)}
        loaded = {base_of(file): file for file in files}
        present = set(store.named_graphs())
        result = store
        for token, is_named in self.reading.graphs:
            iri = named(token, declared)
            iri = urljoin(base, iri) if token.kind == "iri" else iri
            graph = node(iri)
            if graph is None:  # the engine says so
                continue
            self.graphs.append((graph, is_named))
            if graph not in present and iri in loaded:
                if result is store:
                    result = ox.Store()
                    result.bulk_extend(store)
                quads = (one for one in read([loaded[iri]]).quads if one.graph_name == ox.DefaultGraph())
                result.extend(ox.Quad(one.subject, one.predicate, one.object, graph) for one in quads)
            elif graph not in present:
                line, column = place(text, token.offset)
                what = (
                    f"{token.text} is neither a loaded graph nor a loaded file, so nothing is taken from it"
                )
                self._notes.append(f"{name}:{line}:{column}: {what}; --data FILE loads a file")
        return result

    @property
    def languages(self) -> Mapping[ox.Literal, str]:
        """The spellings of language tags in the data."""
        return self._written.languages if self._written is not None else {}

    def without_dataset(self) -> str:
        """Return the query without its FROM and FROM NAMED."""
        text, found = self.reading.text, self.reading.found
        for token, is_named in self.reading.graphs:
            start = found[found.index(token) - (2 if is_named else 1)].offset
            text = text[:start] + " " * (token.end - start) + text[token.end :]
        return text

    def finished(self, answer: Answer, *, exact: bool = False) -> Answer:
        """Return the answer with its columns in order, its values as written, and its remarks; ``exact`` if they are."""
        hidden = len(self.amended.hidden)
        if hidden and list(answer.variables[-hidden:]) != self.amended.hidden:
            hidden = 0  # the engine was asked the query as written
        if self.reading.selects_all and answer.form == "SELECT":
            answer = in_order(answer, self.reading)
        written, notes = self._written, self._notes
        if exact:
            answer.notes = tuple
        elif written is None:
            answer.notes = lambda: notes
        else:
            answer = written.restored(answer, self.reading, self._known, hidden)
            answer.notes = lambda: [*notes, *written.notes(self.reading, self._known)]
        return answer


def usable(found: Mapping[str, str]) -> dict[str, str]:
    """Return the prefixes whose namespaces are IRIs.

    >>> usable({"a": "http://a/", "b": "not one"})
    {'a': 'http://a/'}
    """
    return {prefix: namespace for prefix, namespace in found.items() if node(namespace)}
