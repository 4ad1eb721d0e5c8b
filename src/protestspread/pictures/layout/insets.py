"""Insets: boxes beside the map for parts of the regions that lie far away, such as Alaska or overseas departments.

Each part is projected by itself, then scaled and shifted into its box on the plane of the main part. `Inset.move` does the
same to any points in longitude and latitude, so that regions, cities and arrows stay together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyproj
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from ...arrays import FloatArray
from ...geodesy import WGS84
from ...projection import equal_area_crs, to_plane
from .labels import Box, Size

Insets = str | Mapping[str, Sequence[float]] | None
Bits = npt.NDArray[np.bool_]
_NEAR, _FAR = 1 / 10, 1 / 3  # of the longer side of the main part: islands off the coast, and parts that are far
_LARGEST = 1 / 2  # a part with more of the area of the main part stays where it is
_HIGH, _HIGHEST, _LONGEST = 80.0, 112.0, 190.0  # pixels: the sides of boxes
_PAD, _GAP, _INNER = 16.0, 10.0, 8.0  # pixels: to the main part, between boxes, inside a box
NAME_HIGH, BAR_HIGH = 18.0, 16.0
_LETTER = 6.4
_SHORE = 0.3  # degrees: a city on the coast may lie outside its region


@dataclass(frozen=True)
class Inset:
    """A far part of the regions in a box of its own.

    Attributes
    ----------
    name
        The name written in the box.
    rows
        The row numbers of the regions of which it holds polygons.
    bounds
        West, south, east and north of these polygons in degrees; west > east across the antimeridian.
    crs
        The equal-area projection of the part.
    scale, shift
        A point of `crs` lies at ``scale * (x, y) + shift`` on the plane of the main part. The scale bar of the box is
        longer by the factor `scale` than that of the main part.
    box
        Left, bottom, right and top of the box on the plane of the main part.
    """

    name: str
    rows: tuple[int, ...]
    bounds: tuple[float, float, float, float]
    crs: pyproj.CRS
    scale: float
    shift: tuple[float, float]
    box: Box

    def holds(self, lonlat: npt.ArrayLike) -> Bits:
        """Return which points, in longitude and latitude, shape (n, 2), belong to the part."""
        west, south, east, north = self.bounds
        near = west - _SHORE, south - _SHORE, east + _SHORE, north + _SHORE
        return _inside(np.asarray(lonlat, dtype=float), near)

    def move(self, shapes: Any) -> Any:
        """Move shapes from longitude and latitude into the box."""
        project = pyproj.Transformer.from_crs(WGS84, self.crs, always_xy=True).transform
        return shapely.transform(shapes, lambda xy: np.column_stack(project(*xy.T)) * self.scale + self.shift)


def inset_layout(
    shapes: gpd.GeoDataFrame,
    crs: pyproj.CRS | None,
    insets: Insets,
    names: Sequence[str | None],
    *,
    pixel: float = 1 / 800,
) -> tuple[gpd.GeoDataFrame, tuple[Inset, ...]]:
    """Project regions, with far parts in boxes beside the main part.

    Parameters
    ----------
    shapes
        Regions in longitude and latitude; long edges must have been segmented.
    crs
        The projection of the main part; by default an equal-area one.
    insets
        "auto": polygons whose distance from the main part is more than a third of its longer side, and that have at most
        half of its area; boxes in degrees, by name: ``{"Alaska": (west, south, east, north)}``; None for no insets.
    names
        The name of each region; None for shapes that are no regions (they move along, but make no inset).
    pixel
        The size of a pixel as a share of the longer side of the main part: boxes are 80 pixels high, the largest 112.

    Returns
    -------
    tuple
        The plane, with one row per shape, and the insets; there are none where no part is far away.

    Notes
    -----
    Boxes stand in a row along the edge where they enlarge the map least.
    """
    parts, owner = shapely.get_parts(shapes.geometry.to_numpy(), return_index=True)
    named = np.array([name is not None for name in names], dtype=bool)[owner]
    groups = _far_groups(parts, named) if insets == "auto" else _boxed_groups(parts, insets)
    main = np.ones(len(parts), dtype=bool)
    main[[part for _, members in groups for part in members]] = False
    crs = crs or equal_area_crs(_table(parts[main] if main.any() else parts))
    if not groups or not main.any():
        return to_plane(shapes, crs), ()
    rest = to_plane(shapes.set_geometry(gpd.GeoSeries(_of_rows(parts, owner, main), shapes.index, crs=WGS84)), crs)
    found = []
    for name, members in groups:
        own = np.zeros(len(parts), dtype=bool)
        own[members] = True
        rows = np.unique(owner[own])
        table = _table(_of_rows(parts, owner, own)[rows])
        title = name or ", ".join(dict.fromkeys(str(names[row]) for row in rows if names[row] is not None))
        found.append((title, rows, to_plane(table, equal_area_crs(table)), _bounds(parts[own])))
    return _joined(rest, found, pixel)


def _joined(
    rest: gpd.GeoDataFrame, found: Sequence[tuple[str, Any, gpd.GeoDataFrame, Box]], pixel: float
) -> tuple[gpd.GeoDataFrame, tuple[Inset, ...]]:
    """Return the main part and the moved parts as one table, and the insets."""
    left, low, right, top = rest.total_bounds
    pixel *= max(right - left, top - low)
    biggest = int(np.argmax([plane.area.sum() for _, _, plane, _ in found]))
    sizes = []
    for number, (name, _, plane, _) in enumerate(found):
        high = _HIGHEST if number == biggest else _HIGH
        west, south, east, north = plane.total_bounds
        wide = (high - NAME_HIGH - BAR_HIGH) * (east - west) / max(north - south, 1e-9) + 2 * _INNER
        sizes.append((min(max(wide, _LETTER * len(name) + 2 * _INNER, high), _LONGEST) * pixel, high * pixel))
    coordinates = shapely.get_coordinates(rest.geometry.to_numpy())
    boxes, shrunk = _best_row(coordinates, sizes, pixel)
    shapes, insets = rest.geometry.to_numpy().copy(), []
    for (name, rows, plane, bounds), box in zip(found, boxes, strict=True):
        scale, shift = _fit(plane.total_bounds, box, pixel * shrunk)
        inset = Inset(name, tuple(rows.tolist()), bounds, plane.crs, scale, shift, box)
        moved = shapely.transform(plane.geometry.to_numpy(), lambda xy, to=inset: xy * to.scale + to.shift)
        for row, shape in zip(rows, moved, strict=True):
            shapes[row] = shapely.multipolygons(
                np.concatenate([shapely.get_parts(shapes[row]), shapely.get_parts(shape)])
            )
        insets.append(inset)
    return rest.set_geometry(gpd.GeoSeries(shapes, rest.index, crs=rest.crs)), tuple(insets)


def _fit(bounds: Sequence[float], box: Box, pixel: float) -> tuple[float, tuple[float, float]]:
    """Return scale and shift that put bounds into a box, between its name and its scale bar."""
    inner = np.array(box) + np.array([_INNER, BAR_HIGH, -_INNER, -NAME_HIGH]) * pixel
    size = np.maximum([bounds[2] - bounds[0], bounds[3] - bounds[1]], 1e-9)
    scale = float(((inner[2:] - inner[:2]) / size).min())
    shift = (inner[:2] + inner[2:]) / 2 - scale * (np.array(bounds[:2]) + bounds[2:]) / 2
    return scale, (float(shift[0]), float(shift[1]))


def _best_row(points: FloatArray, sizes: Sequence[Size], pixel: float) -> tuple[list[Box], float]:
    """Return boxes in a row along the edge where they enlarge the map least, and by how much they had to shrink.

    Rows are found along the lower edge; for other edges the plane is mirrored or turned.
    """
    best: tuple[float, list[Box], float] | None = None
    for turned in (False, True):
        for across, up in ((1, 1), (-1, 1), (1, -1), (-1, -1)):
            flip = np.array([across, up])
            seen = (points[:, ::-1] if turned else points) * flip
            boxes, shrunk = _row(seen, [size[::-1] for size in sizes] if turned else sizes, pixel)
            corners = np.array(boxes).reshape(-1, 2) * flip
            ends = (corners[:, ::-1] if turned else corners).reshape(-1, 2, 2)
            every = np.vstack([points, ends.reshape(-1, 2)])
            cost = float(np.prod(np.ptp(every, axis=0))) / shrunk
            if best is None or cost < 0.98 * best[0]:
                best = cost, [_box(pair) for pair in ends], shrunk
    assert best is not None  # noqa: S101  eight rows were tried
    return best[1], best[2]


def _box(ends: FloatArray) -> Box:
    (left, low), (right, top) = ends.min(axis=0), ends.max(axis=0)
    return float(left), float(low), float(right), float(top)


def _row(points: FloatArray, sizes: Sequence[Size], pixel: float) -> tuple[list[Box], float]:
    """Return boxes from left to right, their lower sides on one line, as high as the points above them allow."""
    (left, low), (right, _) = points.min(axis=0), points.max(axis=0)
    length = sum(wide for wide, _ in sizes) + _GAP * pixel * (len(sizes) - 1)
    shrunk = min(1.0, (right - left) / length)
    gap, pad, line, at = _GAP * pixel * shrunk, _PAD * pixel, low, left
    spans = []
    for wide, high in sizes:
        spans.append((at, at + wide * shrunk, high * shrunk))
        above = points[(points[:, 0] > at - pad) & (points[:, 0] < at + wide * shrunk + pad), 1]
        line = min(line, above.min(initial=np.inf) - pad - high * shrunk)
        at += wide * shrunk + gap
    return [(start, line, end, line + high) for start, end, high in spans], shrunk


def _far_groups(parts: npt.NDArray[Any], named: Bits) -> list[tuple[str | None, npt.NDArray[np.int64]]]:
    """Return the polygons of each far part."""
    if len(parts) < 2 or _clusters(shapely.bounds(parts), 0.0).max() == 0:
        return []
    table = _table(parts)
    plane = to_plane(table, equal_area_crs(table)).geometry.to_numpy()
    boxes, area, near = shapely.bounds(plane), shapely.area(plane), 0.0
    group = touching = _clusters(boxes, 0.0)
    for _ in range(3):  # islands off the coast widen the main part
        group = _clusters(boxes, near, touching)
        largest = int(np.argmax(np.bincount(group, weights=area)))
        main = group == largest
        side = float((boxes[main, 2:].max(axis=0) - boxes[main, :2].min(axis=0)).max())
        near = _NEAR * side
    found = []
    for number in np.flatnonzero(np.bincount(group)):
        own = group == number
        if number == largest or not named[own].any() or area[own].sum() > _LARGEST * area[main].sum():
            continue
        middle = shapely.centroid(shapely.multipolygons(shapely.get_parts(plane[own])))
        if shapely.distance(middle, plane[main]).min() > _FAR * side:
            found.append((None, np.flatnonzero(own), float(area[own].sum())))
    return [(name, members) for name, members, _ in sorted(found, key=lambda one: -one[2])]


def _clusters(boxes: FloatArray, near: float, touching: npt.NDArray[np.int64] | None = None) -> npt.NDArray[np.int64]:
    """Return a number for each box: the same for boxes closer than `near`, directly or over others.

    With the clusters of boxes that touch, only boxes outside the largest of these are compared with others.
    """
    grown = shapely.box(*(boxes + np.multiply(near / 2, (-1, -1, 1, 1))).T)
    asked, known = np.arange(len(boxes)), (np.array([], dtype=np.int64),) * 2
    if touching is not None:
        first = np.unique(touching, return_index=True)[1]
        known = asked, first[touching]
        asked = np.flatnonzero(touching != np.bincount(touching).argmax())
    one, other = shapely.STRtree(grown).query(grown[asked], predicate="intersects")
    ends = np.append(asked[one], known[0]), np.append(other, known[1])
    pairs = coo_array((np.ones(len(ends[0]), dtype=np.int8), ends), shape=(len(boxes), len(boxes)))
    return np.asarray(connected_components(pairs, directed=False)[1], dtype=np.int64)


def _boxed_groups(parts: npt.NDArray[Any], insets: Any) -> list[tuple[str | None, npt.NDArray[np.int64]]]:
    """Return the polygons whose center lies in each box given in degrees; a polygon goes to the first box only."""
    middles, free, found = shapely.get_coordinates(shapely.centroid(parts)), np.ones(len(parts), dtype=bool), []
    for name, bounds in (insets or {}).items():
        own = free & _inside(middles, bounds)
        free &= ~own
        if own.any():
            found.append((name, np.flatnonzero(own)))
    return found


def _inside(lonlat: FloatArray, bounds: Sequence[float]) -> Bits:
    west, south, east, north = bounds
    lon = (lonlat[:, 0] - west) % 360.0
    return np.asarray((lon <= (east - west) % 360.0) & (lonlat[:, 1] >= south) & (lonlat[:, 1] <= north))


def _bounds(parts: npt.NDArray[Any]) -> Box:
    """Return west, south, east and north of parts, on the shortest arc."""
    ends = shapely.bounds(parts)
    order = np.argsort(ends[:, 0])
    west, reach = ends[order, 0], np.maximum.accumulate(ends[order, 2])
    gaps = np.append(west[1:], west[0] + 360) - reach
    widest = int(np.argmax(gaps))
    start = float(west[(widest + 1) % len(west)])
    return start, float(ends[:, 1].min()), float(reach[widest]), float(ends[:, 3].max())


def _of_rows(parts: npt.NDArray[Any], owner: npt.NDArray[np.int64], chosen: Bits) -> npt.NDArray[Any]:
    """Return one multipolygon per row from the chosen parts, empty where it has none."""
    count = int(owner.max(initial=-1)) + 1
    return np.array([shapely.MultiPolygon(list(parts[chosen & (owner == row)])) for row in range(count)], dtype=object)


def _table(shapes: npt.NDArray[Any]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=list(shapes), crs=WGS84)
