"""How an answer is shown to people: the headings of its columns, and what is said below it."""

from __future__ import annotations

import re

import pyoxigraph as ox

from wcograph.toolbox.sparql.values import NUMBERS, XSD, plain, python_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from wcograph.toolbox.sparql.values import Term

_NONE: Mapping[str, Any] = {}
_BOOLEAN = XSD + "boolean"


class Presentation:
    """How the answer to a stored query is shown to people.

    ``columns`` are those of the header (see ``header.COLUMN``), ``language`` is that of the headings, ``asked`` the days
    that were asked for. ``remarks`` returns what is said below all rows: how complete they are, and what they leave out.
    ``sources`` returns the citations on which the rows rest. ``picture`` is that of the header; ``world`` returns the
    outlines for maps: their ``size``, ``outlines`` (SVG paths) and ``dots`` by code, and ``other`` land.
    """

    def __init__(
        self,
        title: str,
        columns: Mapping[str, Mapping[str, Any]],
        language: str = "en",
        asked: str = "",
        remarks: Callable[[], tuple[Sequence[str], Sequence[str]]] = lambda: ((), ()),
        sources: Callable[[], Sequence[str]] = tuple,
        picture: Mapping[str, Any] = _NONE,
        world: Callable[[], Mapping[str, Any]] = dict,
    ) -> None:
        """Keep the values."""
        self.title, self.columns, self.language, self.asked = title, columns, language, asked
        self.remarks, self.sources, self.picture, self.world = remarks, sources, picture, world

    @property
    def words(self) -> Mapping[str, str]:
        """The words of tables and pictures in the language of the answer."""
        return WORDS.get(self.language, WORDS["en"])

    def column(self, variable: str) -> Mapping[str, Any]:
        """Return what the header says about a column."""
        return self.columns.get(variable, _NONE)

    def heading(self, variable: str) -> str:
        """Return the heading of a column: that of the header, or the words of the variable.

        >>> Presentation("", {"n": {"en": "Members", "fr": "Membres"}}, "fr").heading("n")
        'Membres'
        >>> Presentation("", {}).heading("conventionName")
        'Convention'
        """
        if variable.endswith("Sources") and variable.removesuffix("Sources") in self.columns:
            return f"{self.heading(variable.removesuffix('Sources'))}: {self.heading('sources').lower()}"
        column = self.column(variable)
        if found := column.get(self.language) or column.get("en"):
            return str(found)
        words = (
            re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", variable).replace("_", " ").lower().removesuffix(" name")
        )
        return words[:1].upper() + words[1:]

    def word(self, variable: str, text: str) -> str:
        """Return the word that replaces a value, if the header has one."""
        found = self.column(variable).get("words", _NONE).get(text, text)
        return str(found.get(self.language, text)) if isinstance(found, dict) else str(found)

    def cell(self, variable: str, row: Mapping[str, Term | None]) -> str:
        """Return the value of a column in a row for a person to read.

        >>> show = Presentation("", {"v": {"unit": "u", "qualifier": "q"}, "q": {"words": {"approximately": "about"}}})
        >>> row = {"v": ox.Literal(0.75), "u": ox.Literal("share"), "q": ox.Literal("approximately")}
        >>> show.cell("v", row).replace(chr(160), " ")
        'about 75 %'
        """
        term, column = row[variable], self.column(variable)
        if term is None:
            return ""
        text = self.word(variable, plain(term))
        if isinstance(term, ox.Literal) and term.datatype.value == _BOOLEAN:
            text = self.words[text]
        unit, level = plain(row.get(column.get("unit", ""))), row.get(column.get("indent", ""))
        if unit == "share" and isinstance(term, ox.Literal) and term.datatype.value in NUMBERS:
            text, unit = f"{float(text) * 100:.4g}", "%"
        if unit:
            text = f"{text}\N{NO-BREAK SPACE}{unit}"
        if qualifier := column.get("qualifier"):
            text = f"{self.word(qualifier, plain(row.get(qualifier)))} {text}".lstrip()
        if language := plain(row.get(column.get("language", ""))):
            text = f"{text} ({language})"
        return "\N{NO-BREAK SPACE}" * (2 * (int(python_value(level)) - 1)) + text if level else text


def meaning(column: Mapping[str, Any]) -> str:
    """Return the heading of a column and what it holds, for the description of a query.

    >>> meaning({"en": "Standing", "means": "whether it was one on that day"})
    'Standing: whether it was one on that day'
    """
    return ": ".join(str(column[key]) for key in ("en", "means") if key in column)


_WORDS = {
    "true": ("yes", "oui"),
    "false": ("no", "non"),
    "row": ("row", "ligne"),
    "rows": ("rows", "lignes"),
    "first": ("the first", "les premières :"),
    "note": ("Note", "Note"),
    "blank": ("Empty in every row", "Vide dans toutes les lignes"),
    "narrow": ("Not shown, for lack of room", "Non affiché, faute de place"),
    "sources": ("Sources", "Sources"),
    "other": ("others", "autres"),
    "elsewhere": ("not in this answer", "absent de cette réponse"),
    "off the map": ("Not on the map", "Hors de la carte"),
    "boundaries": (
        "Outlines: Natural Earth. The boundaries on this map take no position on any claim.",
        "Contours : Natural Earth. Les frontières de cette carte n’expriment aucune position.",
    ),
}
WORDS = {
    language: {key: texts[at] for key, texts in _WORDS.items()} for at, language in enumerate(("en", "fr"))
}
"""The words of tables and pictures, by language."""
