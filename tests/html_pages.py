"""Reads a page as a browser's parser would, and says what is wrong with it."""

from __future__ import annotations

from html.parser import HTMLParser
from itertools import pairwise

_VOID = {"meta", "link", "input", "br", "hr", "img", "rect", "path", "circle"}
_CLOSED_BY_OTHERS = {"path", "rect", "circle", "text"}


class Read(HTMLParser):
    """A page: its links, ids, texts by tag, and what is wrong with it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.wrong: list[str] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(html)
        self.close()
        self._check()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._element(tag, attrs)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._element(tag, attrs)
        if tag not in _VOID:
            self._open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def _element(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.elements.append((tag, found))
        if len(found) < len(attrs):
            self.wrong.append(f"an attribute twice: {self.get_starttag_text()}")
        self.links += [found[name] for name in ("href", "src", "action") if name in found]
        if "id" in found:
            self.ids.append(found["id"])
        # What a policy of default-src 'self' does not allow, and what would run.
        if "style" in found or tag == "style" or any(name.startswith("on") for name in found):
            self.wrong.append(f"style or script inside: {self.get_starttag_text()}")

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        if not self._open or self._open[-1] != tag:
            self.wrong.append(f"</{tag}> closes {self._open[-1:]} at {self.getpos()}")
        else:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        for tag in self._open:
            self.texts[tag][-1] += data

    def _check(self) -> None:
        if self._open:
            self.wrong.append(f"not closed: {self._open}")
        twice = {one for one in self.ids if self.ids.count(one) > 1}
        if twice:
            self.wrong.append(f"ids twice: {sorted(twice)}")
        if len(self.texts.get("h1", ())) != 1 or len(self.texts.get("main", ())) != 1:
            self.wrong.append("not one h1 in one main")
        labelled = {a["for"] for tag, a in self.elements if tag == "label" and "for" in a}
        for tag, a in self.elements:
            named = a.get("id") in labelled or a.get("aria-label") or a.get("type") in ("hidden", "checkbox")
            if tag in ("input", "select", "textarea") and not named:
                self.wrong.append(f"a field without a label: {a}")
            for name in ("aria-labelledby", "aria-describedby", "for", "list"):
                missing = set(a.get(name, "").split()) - set(self.ids)
                if missing:
                    self.wrong.append(f"{name} of {tag} names {sorted(missing)}")
            if tag == "th" and "scope" not in a:
                self.wrong.append("a th without scope")
        levels = [int(tag[1]) for tag, _ in self.elements if tag in ("h1", "h2", "h3", "h4")]
        if any(after > before + 1 for before, after in pairwise(levels)):
            self.wrong.append(f"a level of headings is left out: {levels}")
        self.wrong += [f"leads to {one}" for one in self.links if not _is_safe(one)]


def _is_safe(link: str) -> bool:
    scheme, colon, _ = link.partition(":")
    return not colon or scheme in ("http", "https") or not scheme.isalpha()


def read(html: str) -> Read:
    """Read a page; fail if something is wrong with it."""
    page = Read(html)
    assert page.wrong == []
    return page
