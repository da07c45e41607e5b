"""Answers as pictures in SVG 1.1: bars, lines, and maps.

The header of a stored query says how its answer is drawn, in ``picture``: its ``kind`` (bars, line or map) and the columns
to draw. Nothing is guessed, and all rows are drawn. Text stays text, and a table for screen readers is under the picture.
"""

from __future__ import annotations

import math
import textwrap

from wcograph.toolbox.errors import UsageError
from wcograph.toolbox.sparql.values import python_value, xml_attribute, xml_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from wcograph.toolbox.sparql.presentation import Presentation
    from wcograph.toolbox.sparql.values import Solution, Term

    Row = Mapping[str, Term | None]

KEYS = {
    "bars": {"x", "y"},
    "line": {"x", "y"},
    "map": {"place", "name", "color"},
}
"""The columns that each kind of picture needs.

``x`` is the name of a bar, or the year of a point; ``y`` the number or, for lines, numbers. ``place`` is an ISO 3166-1
alpha-3 code, ``name`` its name, and ``color`` the class by which it is coloured.
"""
OPTIONAL = {"kind", "title", "label", "only"}
"""``title`` and ``label`` (of places without a class) are texts by language. The column ``only`` must have one value."""

_WIDTH, _MARGIN, _LINE, _LETTER = 800, 16, 17, 7.2  # pixels; the width of a letter on average
_FONT = "Noto Sans, DejaVu Sans, Helvetica, Arial, sans-serif"
# Okabe and Ito's colours, which people with any kind of colour blindness can tell apart; yellow is too pale for lines.
_COLORS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#000000")
_LAND, _INK, _GRID = "#DDDDDD", "#222222", "#CCCCCC"
_CITED = 3  # sources in the caption


class Picture(str):
    """A picture in SVG, which notebooks show."""

    __slots__ = ()

    def _repr_svg_(self) -> str:
        return str(self)


def fault(header: Mapping[str, Any]) -> str:
    """Return what is wrong with ``picture`` in a header; an empty text if nothing is.

    >>> fault({"kind": "bars", "x": "name", "y": "members"}), fault({"kind": "pie"})
    ('', 'kind must be bars, line or map')
    """
    kind = header.get("kind")
    if not isinstance(kind, str) or kind not in KEYS:
        return "kind must be bars, line or map"
    if missing := KEYS[kind] - set(header):
        return f"a {kind} picture needs {', '.join(sorted(missing))}"
    if unknown := set(header) - KEYS[kind] - OPTIONAL:
        return f"unknown key {min(map(str, unknown))!r} (keys: {', '.join(sorted(KEYS[kind] | OPTIONAL))})"
    for key in ("title", "label"):
        if not isinstance(header.get(key, {}), dict):
            return f"{key} must be texts by language, such as {{en: Members, fr: Membres}}"
    is_named = all(isinstance(column, str) for column in columns(header))
    return "" if is_named else "the names of columns must be texts"


def columns(header: Mapping[str, Any]) -> list[Any]:
    """Return the names of the columns that a picture uses."""
    used = [header[key] for key in ("x", "y", "place", "name", "color", "only") if key in header]
    return [one for value in used for one in (value if isinstance(value, list) else [value])]


def svg(
    variables: Sequence[str],
    found: Sequence[Solution],
    show: Presentation | None,
    *,
    cut: bool = False,
    table: str = "",
) -> Picture:
    """Draw rows as the header of their question says.

    ``cut`` says that there are more rows. ``table`` has the rows in XHTML, for screen readers. Raises UsageError if the
    header states no picture, and if the rows cannot be drawn.
    """
    if show is None or not show.picture:
        raise UsageError("this question has no picture (its header has no 'picture'); choose another format")
    rows = [dict(zip(variables, row, strict=True)) for row in found]
    header = show.picture
    only = header.get("only", "")
    if only and len({row[only] for row in rows}) > 1:
        what = show.heading(only)
        raise UsageError(f"this picture is for one value of {what!r}; ask for one, or choose another format")
    drawing = _Drawing(show)
    fact = [show.cell(only, row) for row in rows[:1] if only]
    drawing.title(_by_language(header.get("title", {}), show) or show.title, [*fact, show.asked])
    if not rows:
        drawing.lines(["(no rows)"])
    {"bars": _bars, "line": _line, "map": _map}[header["kind"]](drawing, show, header, rows)
    drawing.caption(show, f"{len(rows)} {show.words['row' if len(rows) == 1 else 'rows']}", cut=cut)
    return Picture(drawing.svg(table))


def _by_language(texts: Mapping[str, str], show: Presentation) -> str:
    return str(texts.get(show.language) or texts.get("en") or "")


class _Drawing:
    """Parts of a picture, from the top down: ``at`` is how far it has come, in pixels."""

    def __init__(self, show: Presentation) -> None:
        self.show, self.at, self.name = show, _MARGIN, ""
        self.parts: list[str] = []
        self.add = self.parts.append

    def text(self, x: float, y: float, words: str, size: int = 13, **more: str) -> None:
        extra = "".join(f" {key.replace('_', '-')}={xml_attribute(value)}" for key, value in more.items())
        self.add(
            f'<text x="{x:g}" y="{y:g}" font-size="{size}" fill="{_INK}"{extra}>{xml_text(words)}</text>'
        )

    def lines(self, lines: Sequence[str], size: int = 13, x: float = _MARGIN, **more: str) -> None:
        letters = int((_WIDTH - x - _MARGIN) / (_LETTER * size / 13))
        for line in (part for one in lines for part in textwrap.wrap(one, letters)):
            self.at += round(_LINE * size / 13)
            self.text(x, self.at, line, size, **more)

    def title(self, words: str, below: Sequence[str]) -> None:
        self.name = " – ".join([words, *filter(None, below)])
        self.lines([self.name], 18, font_weight="bold")
        self.at += 10

    def caption(self, show: Presentation, count: str, *, cut: bool) -> None:
        complete, left_out = show.remarks()
        self.at += 8
        said = " · ".join([f"{show.words['first']} {count}" if cut else count, *complete])
        self.lines([said, *([] if cut else left_out)], 12)  # rows that are cut may have what is left out
        sources = [source.partition(" <")[0] for source in show.sources()]
        if sources:
            more = len(sources) - _CITED
            others = [f"{more} {show.words['other']} (--sources)"] if more > 0 else []
            self.lines([f"{show.words['sources']}: {'; '.join([*sources[:_CITED], *others])}."], 12)

    def svg(self, table: str) -> str:
        height = self.at + _MARGIN
        role = "figure" if table else "img"
        if table:
            table = (
                f'<foreignObject x="0" y="{height - 1}" width="1" height="1" opacity="0">'
                f'<div xmlns="http://www.w3.org/1999/xhtml">{table}</div></foreignObject>\n'
            )
        name, language, drawn = xml_text(self.name), xml_attribute(self.show.language), "\n".join(self.parts)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}" '
            f'role="{role}" aria-label={xml_attribute(self.name)} lang={language} font-family="{_FONT}">\n'
            f'<title>{name}</title>\n<rect width="{_WIDTH}" height="{height}" fill="white"/>\n'
            f'<g aria-hidden="true">\n{drawn}\n</g>\n{table}</svg>\n'
        )


def _number(term: Term | None) -> float | None:
    value = python_value(term)
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _ticks(least: float, most: float, wanted: int = 6) -> list[float]:
    """Return round numbers from ``least`` to ``most``.

    >>> _ticks(0, 187)
    [0.0, 50.0, 100.0, 150.0, 200.0]
    """
    step = 10.0 ** math.floor(math.log10(max((most - least) / wanted, 1e-9)))
    step *= next(factor for factor in (1, 2, 5, 10) if (most - least) / (step * factor) <= wanted)
    first = math.floor(least / step)
    return [number * step for number in range(first, math.ceil(most / step) + 1)]


def _bars(drawing: _Drawing, show: Presentation, header: Mapping[str, Any], rows: Sequence[Row]) -> None:
    values = [
        (show.cell(header["x"], row), _number(row[header["y"]]), show.cell(header["y"], row)) for row in rows
    ]
    if any((number or 0) < 0 for _, number, _ in values):
        raise UsageError("bars are for numbers from 0; choose another format")
    left, right = 260, _WIDTH - 60
    ticks = _ticks(0, max([number or 0 for _, number, _ in values] or [1]) or 1)
    scale = (right - left) / ticks[-1]
    drawing.text((left + right) / 2, drawing.at + 12, show.heading(header["y"]), text_anchor="middle")
    drawing.at += 34
    top = drawing.at
    for tick in ticks:
        drawing.text(left + tick * scale, top - 6, f"{tick:g}", 12, text_anchor="middle")
    body = len(drawing.parts)
    for label, number, written in values:
        words = textwrap.wrap(label, 36) or [""]
        height = max(26, 15 * len(words) + 8)
        middle = drawing.at + height / 2
        for at, line in enumerate(words):
            drawing.text(left - 8, middle + 4 + 15 * (at - (len(words) - 1) / 2), line, text_anchor="end")
        if number is not None:
            width = number * scale
            bar = f'x="{left}" y="{middle - 9:g}" width="{width:.1f}" height="18" fill="{_COLORS[0]}"'
            drawing.add(f"<rect {bar}/>")
            drawing.text(left + width + 6, middle + 4, written)
        drawing.at += height
    grid = (f"M{left + tick * scale:.1f} {top}V{drawing.at}" for tick in ticks)
    drawing.parts.insert(body, f'<path d="{"".join(grid)}" stroke="{_GRID}" fill="none"/>')
    drawing.at += 4


def _line(drawing: _Drawing, show: Presentation, header: Mapping[str, Any], rows: Sequence[Row]) -> None:
    names = header["y"] if isinstance(header["y"], list) else [header["y"]]
    points = {
        name: sorted((x, y) for row in rows if (x := _number(row[header["x"]])) is not None
                     and (y := _number(row[name])) is not None) for name in names
    }  # fmt: skip
    every = [point for found in points.values() for point in found]
    if not every:
        return
    left, right, top, bottom = 56, _WIDTH - 150, drawing.at + 26, drawing.at + 356
    across = _ticks(min(x for x, _ in every), max(max(x for x, _ in every), min(x for x, _ in every) + 1), 10)
    up = _ticks(min(0, *(y for _, y in every)), max(1, *(y for _, y in every)))
    kx, ky = (right - left) / (across[-1] - across[0]), (bottom - top) / (up[-1] - up[0])
    drawing.text(left - 40, top - 14, " / ".join(map(show.heading, names)))
    for tick in up:
        drawing.text(left - 8, bottom - (tick - up[0]) * ky + 4, f"{tick:g}", 12, text_anchor="end")
    for tick in across:
        drawing.text(left + (tick - across[0]) * kx, bottom + 18, f"{tick:g}", 12, text_anchor="middle")
    grid = "".join(f"M{left} {bottom - (tick - up[0]) * ky:.1f}H{right}" for tick in up)
    drawing.add(f'<path d="{grid}" stroke="{_GRID}" fill="none"/>')
    drawing.text((left + right) / 2, bottom + 38, show.heading(header["x"]), text_anchor="middle")
    dashes = ("", "7 4", "2 3", "9 3 2 3")
    for at, (name, found) in enumerate(points.items()):
        where = [(left + (x - across[0]) * kx, bottom - (y - up[0]) * ky) for x, y in found]
        if not where:
            continue
        color, dash = _COLORS[(0, 5, 2, 3)[at % 4]], dashes[at % 4]
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in where)
        stroke = f'stroke="{color}" stroke-width="2.5" stroke-dasharray="{dash or "none"}"'
        drawing.add(f'<path d="M{path}" fill="none" {stroke}/>')
        drawing.text(where[-1][0] + 8, where[-1][1] + 4, f"{show.heading(name)}: {found[-1][1]:g}")
    drawing.at = bottom + 46


def _map(drawing: _Drawing, show: Presentation, header: Mapping[str, Any], rows: Sequence[Row]) -> None:
    world = show.world()
    label = _by_language(header.get("label", {}), show) or show.title
    names = sorted({show.cell(header["color"], row) or label for row in rows})
    if len(names) > len(_COLORS):
        raise UsageError(f"a map has at most {len(_COLORS)} colours; this one needs {len(names)}")
    classes = dict(zip(names, _COLORS, strict=False))
    colors: dict[str, str] = {}
    missing: dict[str, None] = {}
    for row in rows:
        code, name = (show.cell(header[key], row) for key in ("place", "name"))
        if code in world["outlines"] or code in world["dots"]:
            colors[code] = classes[show.cell(header["color"], row) or label]
        else:
            missing[name] = None
    wide, high = world["size"]
    scale = (_WIDTH - 2 * _MARGIN) / wide
    moved = f"translate({_MARGIN} {drawing.at}) scale({scale:.4f})"
    drawing.add(f'<g transform="{moved}" stroke="white" stroke-width="1.2">')
    drawing.add(f'<path fill="{_LAND}" d="{world["other"]}"/>')
    for code, outline in world["outlines"].items():
        drawing.add(f'<path fill="{colors.get(code, _LAND)}" d={xml_attribute(outline)}/>')
    for code, (x, y) in world["dots"].items():
        if code in colors:
            dot = f'cx="{x}" cy="{y}" r="8" fill="{colors[code]}"'
            drawing.add(f'<circle {dot} stroke="{_INK}" stroke-width="2"/>')
    drawing.add("</g>")
    drawing.at += round(high * scale) + 12
    for name, color in [*classes.items(), (show.words["elsewhere"], _LAND)]:
        key = f'x="{_MARGIN}" y="{drawing.at + 5}" width="14" height="14" fill="{color}"'
        drawing.add(f'<rect {key} stroke="{_INK}"/>')
        drawing.lines([name], x=_MARGIN + 22)
    if missing:
        drawing.lines([f"{show.words['off the map']}: {', '.join(missing)}."], 12)
    drawing.lines([show.words["boundaries"]], 12)
