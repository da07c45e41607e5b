"""Pictures: what the header states is drawn, of all rows, with text, caption and a table, and nothing is guessed."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pyoxigraph as ox
import pytest

import wcograph
from wcograph import layout
from wcograph.cli import main
from wcograph.toolbox.errors import InputError, UsageError
from wcograph.toolbox.sparql import pictures, stored
from wcograph.toolbox.sparql.presentation import Presentation
from wcograph.toolbox.sparql.results import Answer

SVG, XHTML = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xhtml}"
WORLD = Path(wcograph.__file__).parent / "world.json"
DRAWN = [
    ("members", {}),
    ("membership-growth", {}),
    ("regions-compared", {}),
    ("training-centres-by-region", {}),
    ("harmonized-system-editions", {}),
    ("contracting-parties", {"convention": "istanbul-1990", "as_of": "2000-01-01"}),
]


def tree(picture: str) -> ElementTree.Element:
    return ElementTree.fromstring(picture)


def texts(root: ElementTree.Element) -> list[str]:
    return [one.text or "" for one in root.iter(f"{SVG}text")]


def drawn(
    picture: dict[str, object], columns: list[str], rows: list[tuple[object, ...]], **more: object
) -> str:
    show = Presentation("<Title>", {}, picture=picture, **more)  # type: ignore[arg-type]
    terms = [tuple(ox.Literal(one) if one is not None else None for one in row) for row in rows]  # type: ignore[call-overload]
    return Answer("SELECT", columns, terms, presentation=show).picture()


@pytest.mark.quick(2)
@pytest.mark.parametrize(("name", "parameters"), DRAWN, ids=lambda part: str(part))
def test_a_picture_has_title_caption_and_all_rows_for_screen_readers(
    kg: wcograph.KnowledgeGraph, name: str, parameters: dict[str, str]
) -> None:
    for language in ("en", "fr"):
        options = parameters | ({"lang": language} if kg.stored_query(name).parameter("lang") else {})
        answer = kg.query(name, **options)  # type: ignore[arg-type]
        root = tree(answer.picture())
        said = texts(root)
        assert (root.findtext(f"{SVG}title") or "").startswith(said[0].split(" – ")[0])
        assert any(line.startswith(f"{len(answer)} ") for line in said)
        assert any("Sources:" in line for line in said)
        assert len(list(root.iter(f"{XHTML}td"))) % len(answer) == 0
        assert len(list(root.iter(f"{XHTML}tr"))) == len(answer) + 1
        _, _, width, height = map(float, root.attrib["viewBox"].split())
        for one in root.iter(f"{SVG}text"):
            assert 0 <= float(one.attrib["x"]) <= width and 0 < float(one.attrib["y"]) < height


@pytest.mark.quick
def test_every_question_with_a_picture_is_drawn_here(kg: wcograph.KnowledgeGraph) -> None:
    assert {query.name for query in kg.queries if query.picture} <= {name for name, _ in DRAWN}


def test_the_map_shows_every_member_in_the_colour_of_its_region(kg: wcograph.KnowledgeGraph) -> None:
    world = json.loads(WORLD.read_text())
    assert WORLD.stat().st_size <= 60_000
    rows = kg.query("members").to_dicts()
    assert {row["code"] for row in rows} <= set(world["outlines"]) | set(world["dots"])
    root = tree(kg.query("members").picture())
    shapes = Counter(
        one.attrib["fill"] for one in root.iter(f"{SVG}path") if one.attrib.get("fill") != "#DDDDDD"
    )
    dots = Counter(one.attrib["fill"] for one in root.iter(f"{SVG}circle"))
    legend = [one.attrib["fill"] for one in root.iter(f"{SVG}rect") if one.attrib.get("width") == "14"]
    regions = Counter(row["regionName"] for row in rows)
    small = {code for code in world["dots"] if code in world["outlines"]}
    twice = Counter(row["regionName"] for row in rows if row["code"] in small)
    found = [shapes[color] + dots[color] for color in legend[:-1]]
    assert found == [regions[region] + twice[region] for region in sorted(regions)]
    assert any("take no position" in line for line in texts(root))


def test_what_is_not_on_the_map_is_named(kg: wcograph.KnowledgeGraph) -> None:
    root = tree(kg.query("contracting-parties", convention="hs-1983").picture())
    assert any(line.startswith("Not on the map:") and "European Union" in line for line in texts(root))


def test_a_map_of_two_conventions_is_refused(kg: wcograph.KnowledgeGraph) -> None:
    answer = kg.query("contracting-parties", convention=["ATA", "hs-1983"])
    with pytest.raises(UsageError, match="one value of 'Convention'"):
        answer.picture()


@pytest.mark.quick
def test_colours_stay_apart_without_red_or_green() -> None:
    # Viénot, Brettel and Mollon (1999): what people without one kind of cone see, in linear RGB.
    missing = {
        "protan": ((0.112, 0.888, 0.0), (0.112, 0.888, 0.0), (0.004, -0.004, 1.0)),
        "deutan": ((0.292, 0.708, 0.0), (0.292, 0.708, 0.0), (-0.022, 0.022, 1.0)),
    }
    for matrix in missing.values():
        seen = []
        for color in pictures._COLORS[:6]:
            linear = [(int(color[at : at + 2], 16) / 255) ** 2.2 for at in (1, 3, 5)]
            seen.append(
                [
                    max(0.0, sum(k * v for k, v in zip(row, linear, strict=True))) ** (1 / 2.2)
                    for row in matrix
                ]
            )
        apart = [
            sum((a - b) ** 2 for a, b in zip(x, y, strict=True))
            for at, x in enumerate(seen)
            for y in seen[:at]
        ]
        assert min(apart) > 0.02


def test_bars_are_as_long_as_their_numbers_and_text_is_escaped() -> None:
    picture = {"kind": "bars", "x": "a", "y": "n"}
    root = tree(drawn(picture, ["a", "n"], [("<b>", 10), ("c", 5), ("d", None)]))
    bars = [float(one.attrib["width"]) for one in root.iter(f"{SVG}rect") if one.attrib.get("height") == "18"]
    assert len(bars) == 2 and bars[0] == pytest.approx(2 * bars[1], abs=0.1)
    assert "<b>" in texts(root) and texts(root)[0] == "<Title>"
    with pytest.raises(UsageError, match="from 0"):
        drawn(picture, ["a", "n"], [("x", -1)])


def test_several_lines_differ_by_dashes_too() -> None:
    root = tree(
        drawn({"kind": "line", "x": "y", "y": ["a", "b"]}, ["y", "a", "b"], [(2001, 1, 5), (2000, 2, None)])
    )
    dashes = {
        one.attrib["stroke-dasharray"] for one in root.iter(f"{SVG}path") if "stroke-dasharray" in one.attrib
    }
    assert len(dashes) == 2
    assert {"A: 1", "B: 5"} <= set(texts(root))


@pytest.mark.parametrize("kind", ["bars", "line", "map"])
def test_an_answer_without_rows_says_so(kind: str) -> None:
    header = {"kind": kind} | dict.fromkeys(pictures.KEYS[kind], "a")
    world = {"size": [10, 10], "outlines": {}, "dots": {}, "other": ""}
    assert "(no rows)" in texts(tree(drawn(header, ["a"], [], world=lambda: world)))


@pytest.mark.quick
@pytest.mark.parametrize(
    ("picture", "words"),
    [
        ("{kind: pie}", "kind must be bars, line or map"),
        ("{kind: bars, x: a}", "a bars picture needs y"),
        ("{kind: bars, x: a, y: b, z: a}", "unknown key 'z'"),
        ("{kind: bars, x: a, y: missing}", r"names \?missing"),
        ("{kind: bars, x: a, y: {b: c}}", "the names of columns must be texts"),
        ("{kind: bars, x: a, y: b, title: Members}", "title must be texts by language"),
    ],
)
def test_a_wrong_picture_in_a_header_is_told(picture: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        stored.parse(f"#+ title: T\n#+ picture: {picture}\nSELECT ?a ?b {{ ?a ?p ?b }}", "q", layout.PREFIXES)


def test_the_command_line_writes_pictures_by_extension_and_in_pages(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for ending in ("svg", "html"):
        assert main(["query", "regions-compared", "-o", str(tmp_path / f"x.{ending}")]) == 0
    root = tree((tmp_path / "x.svg").read_text())
    assert root.attrib["role"] == "figure"
    page = (tmp_path / "x.html").read_text()
    assert page.count('<svg xmlns="http://www.w3.org/2000/svg"') == 1 and 'role="img"' in page
    assert main(["query", "topics", "-f", "svg"]) == 2
    assert "has no picture" in capfd.readouterr().err


def test_a_notebook_shows_the_picture_above_the_rows(kg: wcograph.KnowledgeGraph) -> None:
    answer = kg.query("regions-compared")
    assert answer._repr_html_().index("<svg") < answer._repr_html_().index("<table>")
    assert "<svg" not in kg.query("topics")._repr_html_()
    assert answer.picture()._repr_svg_() == answer.picture()
