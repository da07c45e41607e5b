"""How Sphinx makes the site from the pages in docs/: ``sphinx-build -W -n docs site``."""

from __future__ import annotations

import re

from sphinx.application import Sphinx

project = "wcograph"
copyright = "the wcograph authors"
extensions = ["myst_parser", "sphinx.ext.autodoc"]
myst_heading_anchors = 4
exclude_patterns = ["ontology.html", "notebooks"]
suppress_warnings = [
    "misc.highlighting_failure"
]  # of SPARQL that the highlighter does not know; tests run it
nitpick_ignore_regex = [("py:class", ".*")]  # types in signatures, most of them from other packages
highlight_language = "none"
autodoc_member_order = "bysource"
html_theme = "alabaster"
html_theme_options = {
    "description": "The World Customs Organization as a knowledge graph",
    "fixed_sidebar": True,
    "page_width": "75rem",
    "sidebar_width": "17rem",
}
html_copy_source = False
linkcheck_timeout = 20


def for_sphinx(app: Sphinx, name: str, source: list[str]) -> None:
    """Write what GitHub understands as Sphinx does: links to anchors in HTML, and to files outside docs/."""
    text = source[0]
    if '<a id="' in text:
        text = re.sub(r"\[((?:\\.|[^]\\])*)\]\(#([^)]+)\)", r'<a href="#\2">\1</a>', text)
    text = text.replace("../CONTRIBUTING.md", "contributing.md")
    source[0] = re.sub(r"\]\((\.\./[^)#]*\.md)\)", r"](path:\1)", text)


def setup(app: Sphinx) -> None:
    """Connect the change of the source."""
    app.connect("source-read", for_sphinx)
