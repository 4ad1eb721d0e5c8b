"""Geometry of a page: projected, simplified with shared borders, and rounded to an integer grid."""

import re
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from ...arrays import FloatArray
from ...errors import DataError
from ...projection import equal_area_crs, polygons_of, to_plane
from ..maps.basemap import MapView, context_in_view
from ..style.text import cut
from .encoding import Packed, pack_whole

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

    @classmethod
    def of(cls, regions: gpd.GeoDataFrame, *, tiles: bool) -> "Plane":
        """Return the plane for regions."""
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
        known = _parameters(self.crs)
        return {"proj": "aea" if "lat_1" in known else "laea"} | known

    def points(self, points: gpd.GeoDataFrame) -> FloatArray:
        """Return the points of a table on the plane."""
        return np.asarray(shapely.get_coordinates(points.geometry.to_crs(self.crs).to_numpy()))


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


def on_plane(regions: gpd.GeoDataFrame, plane: Plane) -> tuple[Shapes, Grid]:
    """Return the regions, projected and simplified as a coverage so that borders stay shared, and their grid."""
    shapes = np.array([polygons_of(shape) for shape in to_plane(regions, plane.crs).geometry.to_numpy()], dtype=object)
    left, low, right, top = (float(edge) for edge in shapely.total_bounds(shapes))
    size = max(right - left, top - low)
    if not size > 0:
        raise DataError("regions must have an area; got none", fix="pass polygons in longitude and latitude")
    step = size / _UNITS
    tolerance = size / 2000
    simple = shapely.coverage_simplify(shapes, tolerance)
    while shapely.get_num_coordinates(simple).sum() > _MOST_POINTS and tolerance < size / 800:
        tolerance *= 1.5
        simple = shapely.coverage_simplify(simple, tolerance)
    empty = shapely.is_empty(simple)
    simple[empty] = shapes[empty]
    return simple, Grid(left, top, step, int(np.ceil((right - left) / step)), int(np.ceil((top - low) / step)))


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
    if len(shapes) > 400:
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
