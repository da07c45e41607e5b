"""Addresses: IRIs of the graph as paths of pages, and paths as links, on a server or among files.

Only links are rewritten. The IRIs themselves, and all RDF, stay as they are.
"""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import sha256
from posixpath import dirname, relpath
from urllib.parse import parse_qs, quote, urlencode

from wcograph.layout import NAMESPACE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TypeAlias

    Params: TypeAlias = Mapping[str, str | Sequence[str]]

LANGUAGES = {"en": "English", "fr": "Français"}
"""The languages of the data."""

_LOCAL = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9._~-]*(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*(#[A-Za-z0-9._~-]+)?")
_LONGEST = 80  # characters of a file name that are readable; a longer one is shortened to its digest


def path_of(iri: str) -> str:
    """Return the path of the page of an IRI.

    >>> path_of("https://w3id.org/wcograph/id/wco"), path_of("https://w3id.org/wcograph/ns#Member")
    ('/id/wco', '/ns#Member')
    >>> path_of("urn:x:1"), path_of("https://w3id.org/wcograph/id/../a b")
    ('/thing?iri=urn%3Ax%3A1', '/thing?iri=https%3A%2F%2Fw3id.org%2Fwcograph%2Fid%2F..%2Fa+b')
    """
    local = iri.removeprefix(NAMESPACE)
    if local != iri and _LOCAL.fullmatch(local):
        return f"/{local}"
    return f"/thing?{urlencode({'iri': iri})}"


def is_external(iri: str) -> bool:
    """Return whether a browser may follow an IRI as it is: never a script, and nothing that is not the web.

    >>> is_external("https://www.wcoomd.org/"), is_external("javascript:alert(1)")
    (True, False)
    """
    return iri.isprintable() and re.match(r"https?://[^\s<>\"'`\\]+\Z", iri, re.IGNORECASE) is not None


class Links:
    """The links of a page to other pages: to paths of a server or, if ``static``, to files beside its own.

    ``wanted`` gathers what a static page links to: the path and parameters of each page, by its file.

    >>> Links("/id/wco").to("/query/members", {"region": ["europe", "mena"]}, "fr")
    '/query/members?region=europe&region=mena&lang=fr'
    >>> Links("/id/wco", static=True).to("/query/members")
    '../query/members.html'
    """

    def __init__(
        self, path: str, language: str = "en", *, static: bool = False, params: Params | None = None
    ) -> None:
        """Keep where the page is."""
        self.path, self.language, self.static = path, language, static
        self.wanted: dict[str, tuple[str, dict[str, list[str]], str]] = {}
        self._file = file_of(path, params or {}, language) if static else ""

    def to(self, path: str, params: Params | None = None, language: str | None = None) -> str:
        """Return the link to a page; ``language`` is that of this page unless given."""
        language = self.language if language is None else language
        path, _, fragment = path.partition("#")
        path, _, asked = path.partition("?")
        given = parse_qs(asked) if asked else {}
        for name, value in (params or {}).items():
            if value:
                given[name] = [value] if isinstance(value, str) else list(value)
        end = f"#{quote(fragment)}" if fragment else ""
        if self.static:
            file = file_of(path, given, language)
            self.wanted[file] = path, given, language
            return self._relative(file) + end
        if language != "en":
            given["lang"] = [language]
        return quote(path) + (f"?{urlencode(given, doseq=True)}" if given else "") + end

    def file(self, path: str) -> str:
        """Return the link to a file that is not a page: the style, RDF, a script."""
        return self._relative(path.lstrip("/")) if self.static else quote(path)

    def _relative(self, file: str) -> str:
        return quote(_relative(file, dirname(self._file) or "."))


@lru_cache(100_000)
def _relative(file: str, folder: str) -> str:
    return relpath(file, folder)


def file_of(path: str, params: Params, language: str = "en") -> str:
    """Return the file of a page in a static site.

    >>> file_of("/", {}), file_of("/query/", {}, "fr"), file_of("/id/wco", {"of": ["org:memberOf"], "page": ["2"]})
    ('index.html', 'fr/query/index.html', 'id/wco~of-org-memberOf~page-2.html')
    """
    if path == "/thing":
        file = "thing/" + sha256("".join(params.get("iri", [""])).encode()).hexdigest()[:16]
        params = {name: values for name, values in params.items() if name != "iri"}
    else:
        file = path.lstrip("/")
    for name, values in sorted(params.items()):
        for value in [values] if isinstance(values, str) else values:
            part = f"{name}-" + re.sub(r"[^A-Za-z0-9]+", "-", value).strip("-")
            if len(part) > _LONGEST or not re.fullmatch(r"[A-Za-z0-9:-]+", value):
                part = f"{part[:_LONGEST]}-{sha256(value.encode()).hexdigest()[:8]}"
            file += f"~{part}"
    file = f"{file}index.html" if not file or file.endswith("/") else f"{file}.html"
    return file if language == "en" else f"{language}/{file}"
