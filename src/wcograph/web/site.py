"""The pages as files: every page that another one links to, with the RDF of each thing beside it.

Pages are made until none is missing, so every link leads to a file. The same graph gives the same bytes.
"""

from __future__ import annotations

import io
import json
import os
from collections import deque

import pyoxigraph as ox

from wcograph.exports.context import published
from wcograph.exports.export import of_quads, prepared, text
from wcograph.layout import NAMESPACE, PROFILE
from wcograph.toolbox.output import open_directory
from wcograph.toolbox.rdf.jsonld import compacted, dumped
from wcograph.toolbox.rdf.syntaxes import named
from wcograph.toolbox.sparql.resultformats import write
from wcograph.version import __version__
from wcograph.web import descriptions
from wcograph.web.links import LANGUAGES, file_of, path_of
from wcograph.web.pages import STATIC, Pages
from wcograph.web.questionpage import example

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from wcograph.graph import KnowledgeGraph

    Wanted: TypeAlias = tuple[str, dict[str, list[str]], str]

MARK = "site.json"
"""The file that says that a directory is a site, and may be replaced by a newer one."""

_FILES = ("style.css", "page.js", "icon.svg")
_WHOLE = {"wcograph.trig": "trig", "wcograph.ttl": "turtle"}


def save(
    kg: KnowledgeGraph, folder: str, progress: Callable[[int, int], None] = lambda done, of: None
) -> int:
    """Write the site of a graph to ``folder``, and return the number of pages.

    A site that is there is replaced when the new one is complete. ``progress`` is called with the number of pages
    that are written and that are known. Raises InputError if the folder has other files or cannot be written,
    UsageError if Jinja2 is missing.
    """
    with open_directory(folder, MARK) as made:
        site = _Site(kg, made, progress)
        site.pages()
        for name, format in _WHOLE.items():
            kg.export(os.path.join(made, name), format)
        for name in _FILES:
            with open(os.path.join(STATIC, name), "rb") as stream:
                site.put(os.path.join("static", name), stream.read())
        about = {"wcograph": __version__, "pages": site.count, "languages": list(LANGUAGES)}
        site.put(MARK, json.dumps(about, indent=2).encode() + b"\n")
    return site.count


class _Site:
    """Writes the pages of a graph below a directory."""

    def __init__(self, kg: KnowledgeGraph, folder: str, progress: Callable[[int, int], None]) -> None:
        self.kg, self._folder, self._progress = kg, folder, progress
        self._pages = Pages(kg, static=True)
        self._queries = {query.name for query in self._pages.queries}
        self._terms = published()
        self.count = 0

    def pages(self) -> None:
        """Write the front page and all that is linked from it, and every thing."""
        known: dict[str, Wanted] = {file_of("/", {}): ("/", {}, "en")}
        subjects = {quad.subject.value for quad in self.kg.store if isinstance(quad.subject, ox.NamedNode)}
        for iri in sorted(subjects):
            path, _, asked = path_of(iri).partition("#")[0].partition("?")
            params = {"iri": [iri]} if asked else {}
            known.setdefault(file_of(path, params), (path, params, "en"))
        queue = deque(known)
        while queue:
            file = queue.popleft()
            path, params, language = known[file]
            page = self._pages.page(path, params, language)
            if page is None:
                raise AssertionError(f"there is no page {path} {dict(params)}, though one links to it")
            for one, wanted in page.wanted.items():
                if one not in known:
                    known[one] = wanted
                    queue.append(one)
            self.put(file, page.html.encode("utf-8", "backslashreplace"))
            if language == "en" and params.keys() <= {"iri"}:
                self._beside(path, params, file.removesuffix(".html"))
            self.count += 1
            self._progress(self.count, len(known))

    def _beside(self, path: str, params: dict[str, list[str]], file: str) -> None:
        """Write the data of a page beside it."""
        name = path.removeprefix("/query/")
        if path.startswith("/query/") and name in self._queries:
            self._answer(name, file)
        elif path not in ("/", "/query/"):
            iri = next(iter(params.get("iri", ())), NAMESPACE + path[1:])
            quads = [ox.Quad(*row) for row in descriptions.of(self.kg, iri)]  # type: ignore[arg-type]
            ready = prepared(of_quads(quads, "turtle", None, self.kg.added), named("turtle"))
            self.put(f"{file}.ttl", "".join(text(ready, named("turtle"))).encode())
            self.put(f"{file}.nt", "".join(text(ready, named("nt"))).encode())
            self.put(f"{file}.jsonld", "".join(dumped(compacted(ready, self._terms, PROFILE))).encode())

    def _answer(self, name: str, file: str) -> None:
        query = self.kg.stored_query(name)
        given = example(query)
        if query.needs or any(not p.optional and p.option not in given for p in query.parameters):
            return
        answer = self.kg.query(name, sources=bool(query.sources), **given)  # type: ignore[arg-type]
        answer.rows()
        for format in ("csv", "json") if answer.form in ("SELECT", "ASK") else ():
            stream = io.BytesIO()
            write(answer, format, stream)
            self.put(f"{file}.{format}", stream.getvalue())

    def put(self, file: str, content: bytes) -> None:
        """Write a file."""
        path = os.path.join(self._folder, file)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as stream:
            stream.write(content)
