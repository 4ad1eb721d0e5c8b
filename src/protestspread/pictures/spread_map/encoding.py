"""The parts of a page encoded, compact, exact and safe: numbers packed, text escaped, geometry on a grid of whole numbers.

Geometry is projected and simplified with shared borders first.
"""

import base64
import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from ...arrays import FloatArray
from ...errors import DataError
from ...geodesy import WGS84
from ...projection import equal_area_crs, polygons_of, to_plane
from ..layout.insets import Inset, Insets, inset_layout
from ..maps.basemap import MapView, context_in_view
from ..style.text import cut, names_of

Packed = dict[str, Any]
_MISSING = {"u8": 255, "u16": 65_535, "u32": 4_294_967_295}  # the largest number of each type stands for NaN
_DTYPES = {"u8": "<u1", "u16": "<u2", "u32": "<u4", "f32": "<f4", "f64": "<f8"}
_RISKY = {ord(c): f"\\u{ord(c):04x}" for c in "<>&'\u2028\u2029\u0085\u007f"}


def pack(values: npt.ArrayLike) -> Packed:
    """Compress numbers, possibly NaN, in the smallest type that keeps their classes.

    Examples
    --------
    >>> pack([0, 1, float("nan")])["t"]
    'u8'
    """
    numbers = np.asarray(values, dtype=float)
    kind = _kind(numbers)
    if kind in _MISSING:
        numbers = np.where(np.isnan(numbers), _MISSING[kind], numbers)
    return {"t": kind, "n": int(numbers.size), "d": deflate(numbers.astype(_DTYPES[kind]).tobytes())}


def _kind(numbers: npt.NDArray[np.float64]) -> str:
    there = numbers[~np.isnan(numbers)]
    if not len(there) or (there.min() >= 0 and (there == np.round(there)).all()):
        most = there.max(initial=0)
        for kind, missing in _MISSING.items():
            if most < missing:
                return kind
    return "f32" if (there == there.astype(np.float32)).all() else "f64"


def pack_whole(values: npt.ArrayLike) -> Packed:
    """Compress integers with seven bits per byte; small integers take one byte."""
    numbers = np.asarray(values, dtype=np.int64).ravel()
    zigzag = ((numbers << 1) ^ (numbers >> 63)).astype(np.uint64)
    shifts = 7 * np.arange(5, dtype=np.uint64)
    groups = (zigzag[:, None] >> shifts) & np.uint64(127)
    length = np.maximum(1, 5 - (groups[:, ::-1] > 0).argmax(axis=1))
    length[~(groups > 0).any(axis=1)] = 1
    place = np.arange(5)
    groups |= np.where(place < length[:, None] - 1, np.uint64(128), np.uint64(0))
    return {
        "t": "whole",
        "n": int(numbers.size),
        "d": deflate(groups[place < length[:, None]].astype(np.uint8).tobytes()),
    }


def deflate(raw: bytes) -> str:
    """Compress bytes with zlib and encode them as base64."""
    return base64.b64encode(zlib.compress(raw, 9)).decode("ascii")


def plain(part: Any) -> Any:
    """Return the data of a page with all numbers as bytes in base64 that are not compressed, to be read without waiting.

    Examples
    --------
    >>> plain({"values": pack([1, 2])})
    {'values': {'t': 'u8', 'n': 2, 'raw': 'AQI='}}
    """
    if isinstance(part, list) and part and isinstance(part[0], dict):
        return [plain(one) for one in part]
    if not isinstance(part, dict):
        return part
    if "t" in part and isinstance(part.get("d"), str):
        raw = zlib.decompress(base64.b64decode(part["d"]))
        return {"t": part["t"], "n": part["n"], "raw": base64.b64encode(raw).decode("ascii")}
    return {name: plain(value) for name, value in part.items()}


def compact(page: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of a page with its longest texts compressed as well.

    Examples
    --------
    >>> sorted(compact({"words": {"play": "Play"}, "lang": "en"})["words"])
    ['d', 't']
    """
    packed = {
        name: _packed_json(value) if name in ("words", "lanes", "dates", "iso", "views") else value
        for name, value in page.items()
    }
    for name in ("regions", "cities"):
        if name in page:
            names = (
                ("names",) if len(page[name]["names"]) > _MANY_NAMES else ()
            )  # few can be found in the file by a search
            texts = {
                key: _packed_json(page[name][key])
                for key in (*names, "other", "xy", "rank", "population", "region", "middles")
                if key in page[name]
            }
            packed[name] = page[name] | texts
    return packed


def _packed_json(value: Any) -> Packed:
    return {"t": "json", "d": deflate(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8"))}


def escaped_json(value: Any) -> str:
    r"""Return JSON that is safe inside a ``<script>`` element, whatever text it contains.

    Examples
    --------
    >>> escaped_json({"name": "</script>"})
    '{"name":"\\u003c/script\\u003e"}'
    """
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).translate(_RISKY)


_MANY_NAMES = 300
_UNITS = 8_192  # grid units along the longer side: one screen pixel at a zoom of eight
_MOST_POINTS = 60_000
_WEB_RADIUS_M = 6_378_137.0
_WORLD = 20_037_508.342789244  # half the width of Web Mercator
_AROUND = 0.9  # reach of the context from the center, as a share of the longer side
Shapes = npt.NDArray[Any]


@dataclass(frozen=True)
class Grid:
    """Integer coordinates on a plane, from the upper left corner, y downwards; a unit is ``step`` meters."""

    left: float
    top: float
    step: float
    width: int
    height: int

    def parameters(self, offset: float) -> dict[str, float]:
        """Return the grid for the page; `offset` is added to x."""
        return {"x": self.left + offset, "y": self.top, "step": self.step, "width": self.width, "height": self.height}

    def units(self, points: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Convert points of the plane, shape (n, 2), to grid units."""
        away = (np.asarray(points, dtype=float) - (self.left, self.top)) * (1 / self.step, -1 / self.step)
        return np.rint(away).astype(np.int64)


@dataclass(frozen=True)
class Plane:
    """Projection of a map: equal-area or, with tiles, Web Mercator cut at a meridian without regions."""

    crs: pyproj.CRS
    offset: float = 0.0  # added to x with tiles, because Web Mercator counts from Greenwich
    mercator: bool = False
    insets: tuple[Inset, ...] = ()
    drawn: gpd.GeoDataFrame | None = None  # the regions on the plane, where far parts are in insets

    @classmethod
    def of(cls, regions: gpd.GeoDataFrame, *, tiles: bool, insets: Insets = None) -> "Plane":
        """Return the plane for regions; with tiles, it has no insets."""
        if insets is not None and not tiles:
            drawn, found = inset_layout(regions, None, insets, [str(name) for name in names_of(regions)])
            return cls(drawn.crs, insets=found, drawn=drawn)
        crs = equal_area_crs(regions)
        if not tiles:
            return cls(crs)
        if np.abs(regions.total_bounds[[1, 3]]).max() > 85.05:
            raise DataError(
                "regions must be within 85° of latitude for a map with tiles",
                ["Web Mercator ends there"],
                "pass tiles=None",
            )
        lon = _parameters(crs)["lon_0"]
        text = f"+proj=merc +a={_WEB_RADIUS_M} +b={_WEB_RADIUS_M} +lat_ts=0 +lon_0={lon} +x_0=0 +y_0=0 +k=1 +units=m +nadgrids=@null +no_defs"
        return cls(pyproj.CRS.from_user_input(text), float(np.radians(lon) * _WEB_RADIUS_M), mercator=True)

    def parameters(self) -> dict[str, Any]:
        """Return the parameters that the page needs to project latitude and longitude."""
        if self.mercator:
            return {"proj": "merc"}
        return _projection(self.crs)

    def boxes(self, grid: "Grid") -> list[dict[str, Any]]:
        """Return the insets for the page: name, box and scale on the grid, and how points get into it."""
        return [
            {
                "name": cut(inset.name),
                "box": grid.units([inset.box[:2], inset.box[2:]]).ravel().tolist(),
                "bounds": inset.bounds,
                "plane": _projection(inset.crs),
                "scale": inset.scale,
                "shift": inset.shift,
            }
            for inset in self.insets
        ]

    def points(self, places: gpd.GeoDataFrame | gpd.GeoSeries) -> FloatArray:
        """Return all points of a table on the plane, those of far parts in their insets; shape (n, 2)."""
        xy: FloatArray = shapely.get_coordinates(places.geometry.to_crs(self.crs).to_numpy())
        lonlat = shapely.get_coordinates(places.geometry.to_crs(WGS84).to_numpy()) if self.insets else xy
        for inset in self.insets:
            held = inset.holds(lonlat)
            xy[held] = shapely.get_coordinates(inset.move(shapely.points(lonlat[held])))
        return xy


def _projection(crs: pyproj.CRS) -> dict[str, Any]:
    known = _parameters(crs)
    return {"proj": "aea" if "lat_1" in known else "laea"} | known


def _parameters(crs: pyproj.CRS) -> dict[str, float]:
    """Return the center and the standard parallels of a projection, in degrees."""
    values = (
        {param.name: float(param.value) for param in crs.coordinate_operation.params}
        if crs.coordinate_operation
        else {}
    )
    names = {
        "lat_0": ("Latitude of natural origin", "Latitude of false origin"),
        "lon_0": ("Longitude of natural origin", "Longitude of false origin"),
        "lat_1": ("Latitude of 1st standard parallel",),
        "lat_2": ("Latitude of 2nd standard parallel",),
    }
    return {key: values[name] for key, known in names.items() for name in known if name in values}


def on_plane(regions: gpd.GeoDataFrame, plane: Plane, frame: gpd.GeoDataFrame | None = None) -> tuple[Shapes, Grid]:
    """Return the regions, projected and simplified as a coverage so that borders stay shared, and their grid.

    Without regions, the grid is around the points of `frame`.
    """
    if not len(regions) and frame is not None:
        points = plane.points(frame)
        (left, low), (right, top) = points.min(axis=0), points.max(axis=0)
        pad = 0.08 * max(right - left, top - low, 20_000)
        return np.array([], dtype=object), _grid(left - pad, low - pad, right + pad, top + pad)
    table = to_plane(regions, plane.crs) if plane.drawn is None else plane.drawn
    shapes = np.array([polygons_of(shape) for shape in table.geometry.to_numpy()], dtype=object)
    ends = np.array([shapely.total_bounds(shapes), *(inset.box for inset in plane.insets)])
    left, low, right, top = (float(edge) for edge in (*ends[:, :2].min(axis=0), *ends[:, 2:].max(axis=0)))
    size = max(right - left, top - low)
    if not size > 0:
        raise DataError("regions must have an area; got none", fix="pass polygons in longitude and latitude")
    tolerance = size / 2000
    simple = shapely.coverage_simplify(shapes, tolerance)
    while shapely.get_num_coordinates(simple).sum() > _MOST_POINTS and tolerance < size / 800:
        tolerance *= 1.5
        simple = shapely.coverage_simplify(simple, tolerance)
    empty = shapely.is_empty(simple)
    simple[empty] = shapes[empty]
    return simple, _grid(left, low, right, top)


def _grid(left: float, low: float, right: float, top: float) -> Grid:
    step = max(right - left, top - low) / _UNITS
    return Grid(left, top, step, int(np.ceil((right - left) / step)), int(np.ceil((top - low) / step)))


def rings(shapes: Shapes, grid: Grid) -> dict[str, Packed]:
    """Return polygons as rings of grid points, each point as the step from the one before, without the closing point."""
    parts, part_of = shapely.get_parts(shapes, return_index=True)
    lines, line_of = shapely.get_rings(parts, return_index=True)
    points, ring_of = shapely.get_coordinates(lines, return_index=True)
    xy = grid.units(points)
    ends = ring_of[1:] != ring_of[:-1]
    last = np.append(ends, True)[: len(xy)]  # no shapes, no points
    new = np.append(True, (xy[1:] != xy[:-1]).any(axis=1) | ends)[: len(xy)] & ~last
    xy, ring_of = xy[new], ring_of[new]
    size = np.bincount(ring_of, minlength=len(lines))
    owner = part_of[line_of]
    kept = size >= 3
    longest = np.array(
        [int(np.flatnonzero(owner == i)[0]) for i in range(len(shapes)) if not kept[owner == i].any()], dtype=int
    )
    kept[longest[size[longest] > 0]] = True  # a region that shrinks to a point is kept, as a mark
    xy = xy[kept[ring_of]]
    steps = np.diff(xy, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    return {
        "rings": pack_whole(np.bincount(owner[kept], minlength=len(shapes))),
        "points": pack_whole(size[kept]),
        "steps": pack_whole(steps),
    }


def middles(shapes: Shapes, tolerance: float) -> FloatArray:
    """Return a point well inside each shape, for its name or mark."""
    if not len(shapes) or len(shapes) > 400:
        return np.asarray(shapely.get_coordinates(shapely.point_on_surface(shapes)))
    parts, owner = shapely.get_parts(shapes, return_index=True)
    order = np.lexsort((-shapely.area(parts), owner))
    largest = parts[order[np.unique(owner[order], return_index=True)[1]]]
    spokes = shapely.maximum_inscribed_circle(largest, tolerance)
    return np.asarray(shapely.get_coordinates(shapely.get_point(spokes, 0)))


def context_shapes(context: gpd.GeoDataFrame, plane: Plane, grid: Grid) -> dict[str, Any]:
    """Return the neighbors and water around the regions, with names for those visible in the initial view."""
    width, height = grid.width * grid.step, grid.height * grid.step
    size = max(width, height)
    reach = _AROUND * size
    middle = grid.left + width / 2, grid.top - height / 2
    view = MapView(plane.crs, (0.0, 0.0, 2 * reach, 2 * reach), middle[0] - reach, middle[1] - reach, 1.0)
    seen = context_in_view(context, view)
    water = (seen["kind"] == "water").to_numpy() if "kind" in seen else np.zeros(len(seen), dtype=bool)
    shapes = np.array([polygons_of(shape) for shape in seen.geometry.to_numpy()], dtype=object)
    shapes = shapely.coverage_simplify(shapes, size / 280) if len(shapes) else shapes
    frame = shapely.box(
        grid.left - 0.04 * width, grid.top - 1.05 * height, grid.left + 1.04 * width, grid.top + 0.05 * height
    )
    names = _names_in(seen, shapes, water, frame, grid)
    return {"land": rings(shapes[~water], grid), "water": rings(shapes[water], grid), "names": names}


def _names_in(
    seen: gpd.GeoDataFrame, shapes: Shapes, water: npt.NDArray[np.bool_], frame: shapely.Geometry, grid: Grid
) -> list[list[Any]]:
    """Return name, x, y and whether it is water, for shapes that fill a visible part of the frame."""
    if "name" not in seen:
        return []
    inside = shapely.intersection(shapely.make_valid(shapes), frame)
    rows = np.flatnonzero((shapely.area(inside) > 0.002 * frame.area) & seen["name"].notna().to_numpy())
    if not len(rows):
        return []
    spots = grid.units(middles(np.array([polygons_of(inside[row]) for row in rows], dtype=object), 4 * grid.step))
    return [
        [re.sub(r"\s*\(.*\)$", "", cut(seen["name"].iloc[row])), int(x), int(y), int(water[row])]
        for row, (x, y) in zip(rows, spots, strict=True)
    ]
