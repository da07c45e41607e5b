"""Make src/wcograph/world.json, the outlines on which maps are drawn, from the npm package world-atlas 2.0.2.

    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
    python tools/world_map.py package

The outlines are those of Natural Earth 1:110 million (public domain, https://www.naturalearthdata.com), in the Equal Earth
projection, simplified. Small countries are also dots, or only dots, at the centre of their largest part at 1:50 million.
Keys are ISO 3166-1 alpha-3 codes; Kosovo, which has no id there, has the code XKX. Other areas without an id are drawn as
land.
"""

from __future__ import annotations

import json
import math
import sys
from itertools import pairwise
from pathlib import Path

import wcograph

WIDTH, TOLERANCE = 2000, 0.6  # units, of which the map is wide, and by which an outline may move
SMALL = 60  # the area below which a country has a dot, too
Point = tuple[float, float]


def projected(longitude: float, latitude: float) -> Point:
    """Equal Earth (Šavrič, Patterson and Jenny 2018), from degrees to radii of the sphere, y pointing down."""
    a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796
    t = math.asin(math.sqrt(3) / 2 * math.sin(math.radians(latitude)))
    slope = 9 * a4 * t**8 + 7 * a3 * t**6 + 3 * a2 * t**2 + a1
    x = 2 * math.sqrt(3) * math.radians(longitude) * math.cos(t) / (3 * slope)
    return x, -(a4 * t**9 + a3 * t**7 + a2 * t**3 + a1 * t)


SCALE = WIDTH / (2 * projected(180, 0)[0])
TOP = projected(0, 84)[1]


def placed(longitude: float, latitude: float) -> Point:
    x, y = projected(longitude, latitude)
    return WIDTH / 2 + x * SCALE, (y - TOP) * SCALE


def simplified(points: list[Point]) -> list[Point]:
    """Leave out points that are near the line between their neighbours (Douglas and Peucker)."""
    if len(points) < 3:
        return points
    (x1, y1), *between, (x2, y2) = (placed(*point) for point in points)
    length = math.hypot(x2 - x1, y2 - y1)

    def distance(x: float, y: float) -> float:
        if not length:
            return math.hypot(x - x1, y - y1)
        return abs((y2 - y1) * x - (x2 - x1) * y + x2 * y1 - y2 * x1) / length

    far, at = max((distance(*point), at) for at, point in enumerate(between, 1))
    if far <= TOLERANCE:
        return [points[0], points[-1]]
    return simplified(points[: at + 1])[:-1] + simplified(points[at:])


def arcs(topology: dict) -> list[list[Point]]:
    """Decode the arcs (TopoJSON, section 2.1.4), in degrees."""
    (kx, ky), (dx, dy) = topology["transform"]["scale"], topology["transform"]["translate"]
    found = []
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for step in arc:
            x, y = x + step[0], y + step[1]
            points.append((x * kx + dx, y * ky + dy))
        found.append(points)
    return found


def rings(geometry: dict, lines: list[list[Point]]) -> list[list[Point]]:
    """Return the rings of a country on the map; one that crosses the 180th meridian is cut in two there."""
    polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
    found = []
    for ring in (ring for polygon in polygons for ring in polygon):
        points: list[Point] = []
        for number in ring:
            line = lines[number] if number >= 0 else lines[~number][::-1]
            for x, y in line[bool(points) :]:
                while points and x - points[-1][0] > 180:
                    x -= 360
                while points and x - points[-1][0] < -180:
                    x += 360
                points.append((x, y))
        for turn in (-360, 0, 360):
            part = cut(cut([(x + turn, y) for x, y in points], -180, 1), 180, -1)
            if part:
                found.append([placed(*point) for point in part])
    return found


def cut(ring: list[Point], edge: float, side: int) -> list[Point]:
    """Return the part of a ring on one side of a meridian (Sutherland and Hodgman)."""
    found: list[Point] = []
    for (x1, y1), (x2, y2) in zip(ring[-1:] + ring[:-1], ring, strict=True):
        inside, before = (x2 - edge) * side >= 0, (x1 - edge) * side >= 0
        if inside != before:
            found.append((edge, y1 + (y2 - y1) * (edge - x1) / (x2 - x1)))
        if inside:
            found.append((x2, y2))
    return found


def area(ring: list[Point]) -> float:
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:] + ring[:1], strict=True)) / 2


def path(found: list[list[Point]]) -> str:
    """Write rings as an SVG path in whole numbers, relative to the last point."""
    parts = []
    for ring in found:
        points = list(dict.fromkeys((round(x), round(y)) for x, y in ring))
        if len(points) < 3:
            continue
        text = f"M{points[0][0]} {points[0][1]}l"
        text += " ".join(f"{b[0] - a[0]} {b[1] - a[1]}" for a, b in pairwise(points))
        parts.append(text.replace(" -", "-") + "z")
    return "".join(parts)


def main(folder: Path) -> None:
    rows = wcograph.load().sparql(
        "SELECT ?n ?code { ?p a wco:Polity ; wco:iso3166Numeric ?n ; wco:code ?code }"
    )
    codes = {row["n"]: row["code"] for row in rows.to_dicts()}
    coarse, fine = (json.loads((folder / f"countries-{scale}.json").read_text()) for scale in ("110m", "50m"))
    lines = [simplified(points) for points in arcs(coarse)]
    outlines, other, small = {}, [], set()
    for geometry in coarse["objects"]["countries"]["geometries"]:
        name = geometry["properties"]["name"]
        code = "XKX" if name == "Kosovo" else codes.get(geometry.get("id"))
        around = rings(geometry, lines)
        drawn = path(around)
        if code and drawn:
            outlines[code] = drawn
            small |= {code} if sum(abs(area(ring)) for ring in around) < SMALL else set()
        elif name != "Antarctica" and drawn:
            other.append(drawn)
    dots, fine_lines = {}, arcs(fine)
    for geometry in fine["objects"]["countries"]["geometries"]:
        code = codes.get(geometry.get("id"))
        if code and (code not in outlines or code in small):
            ring = max(rings(geometry, fine_lines), key=lambda ring: abs(area(ring)))
            xs, ys = zip(*ring, strict=True)
            dots[code] = [round((min(xs) + max(xs)) / 2), round((min(ys) + max(ys)) / 2)]
    height = round((projected(0, -58)[1] - TOP) * SCALE)
    world = {
        "note": "Natural Earth 1:110m and 1:50m, public domain; made by tools/world_map.py",
        "size": [WIDTH, height],
        "outlines": dict(sorted(outlines.items())),
        "dots": dict(sorted(dots.items())),
        "other": "".join(other),
    }
    target = Path(__file__).parent.parent / "src" / "wcograph" / "world.json"
    target.write_text(json.dumps(world, separators=(",", ":")) + "\n")
    members = {row["code"] for row in wcograph.load().query("members").to_dicts()}
    print(
        target, target.stat().st_size, "bytes; Members not on the map:", members - set(outlines) - set(dots)
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
