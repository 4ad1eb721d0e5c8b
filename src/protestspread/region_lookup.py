"""Find the region that contains a point, the regions that overlap there, and the nearest region within a distance."""

from functools import partial

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from .arrays import FloatArray, IntArray
from .geodesy import EARTH_RADIUS_KM, distinct_pairs, great_circle_km
from .kernels.dispatch import LOCATE
from .parallel import map_threads

_GRID = 20_000  # points that a tree finds while a grid is built
_CHUNK = 100_000  # points that one thread locates at a time

Shapes = npt.NDArray[np.object_]
FirstAndSecond = tuple[IntArray, IntArray]
"""The row of the first region at each point, borders included, and of the second region in whose interior it lies; or -1."""


def containing_region(points: FloatArray, regions: gpd.GeoDataFrame) -> IntArray:
    """Return for each point (longitude, latitude) the row of the region that contains it, or -1.

    On a border the first region counts, as in the first match of ``geopandas.sjoin``.
    """
    return containing_regions(points, regions)[0]


def containing_regions(points: FloatArray, regions: gpd.GeoDataFrame) -> FirstAndSecond:
    """Return the first region of each point, as `containing_region`, and the second one if both overlap there."""
    shapes = regions.geometry.to_numpy()
    if not _repeat_often(points):
        return _regions_at(points, shapes)
    codes, row = distinct_pairs(*points.T)
    first, second = _regions_at(points[row], shapes)
    return first[codes], second[codes]


def _repeat_often(points: FloatArray) -> bool:
    """Return whether merging repeated points saves more time than it takes, as the first sixteenth of them says."""
    some = points[: max(len(points) // 16, 1000)]
    return len(distinct_pairs(*some.T)[1]) < 0.95 * len(some)


def _regions_at(points: FloatArray, shapes: Shapes) -> FirstAndSecond:
    return regions_by_grid(points, shapes) if LOCATE.pays(len(points) - _GRID) else regions_by_tree(points, shapes)


def regions_by_tree(points: FloatArray, shapes: Shapes) -> FirstAndSecond:
    """Find the regions of each distinct point with a GEOS spatial index."""
    inverse, row = distinct_pairs(*points.T)
    distinct = points[row]
    at = shapely.points(distinct)
    which, region = shapely.STRtree(shapes).query(at, predicate="intersects")
    first = _least(which, region, len(distinct))
    # neighbors share borders: only where a point lies in the interior of both do regions overlap
    several = np.bincount(which, minlength=len(distinct))[which] > 1
    which, region = which[several], region[several]
    inside = shapely.contains_properly(shapes[region], at[which])
    which, region = which[inside], region[inside]
    overlap = np.bincount(which, minlength=len(distinct))[which] > 1
    later = overlap & (region != _least(which, region, len(distinct))[which])
    return first[inverse], _least(which[later], region[later], len(distinct))[inverse]


def regions_by_grid(points: FloatArray, shapes: Shapes) -> FirstAndSecond:
    """Find the regions of each point with a compiled grid, and with GEOS for points on a border."""
    from .kernels.region_grid import UNDECIDED, locate, region_grid

    parts, part_of = shapely.get_parts(shapes, return_index=True)
    rings, ring_of = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    start = np.flatnonzero(ring[1:] == ring[:-1])
    segments = np.hstack([xy[start], xy[start + 1]])
    grid = region_grid(segments, part_of[ring_of[ring[start]]], shapely.bounds(shapes))
    chunks = [points[at : at + _CHUNK] for at in range(0, len(points), _CHUNK)] or [points]
    found = map_threads(lambda chunk: locate(chunk, grid), chunks, len(points))
    first, second = (np.concatenate(rows).astype(np.int64) for rows in zip(*found, strict=True))
    undecided = np.flatnonzero(first == UNDECIDED)
    first[undecided], second[undecided] = regions_by_tree(points[undecided], shapes)
    return first, second


def _least(which: IntArray, region: IntArray, size: int) -> IntArray:
    """Return the first region of each point among pairs of points and regions, or -1."""
    none = np.iinfo(np.int64).max
    rows = np.full(size, none)
    np.minimum.at(rows, which, region)
    return np.where(rows == none, -1, rows)


def nearest_region(points: FloatArray, regions: gpd.GeoDataFrame, within_km: float) -> IntArray:
    """Return for each point the row of the nearest region within ``within_km``, or -1.

    Distances are measured in an azimuthal equidistant projection of the sphere centered on the point.
    """
    inverse, row = distinct_pairs(*points.T)
    rows = np.full(len(row), -1)
    for i, (lon, lat) in enumerate(points[row]):
        reach = np.degrees(within_km / EARTH_RADIUS_KM) * 1.01 + 1e-9
        stretch = reach / max(np.cos(np.radians(min(abs(lat) + reach, 89.9))), 1e-3)
        boxes = [
            shapely.box(lon + turn - stretch, lat - reach, lon + turn + stretch, lat + reach) for turn in (-360, 0, 360)
        ]
        near = np.unique(regions.sindex.query(boxes)[1])
        borders = shapely.segmentize(shapely.boundary(regions.geometry.to_numpy()[near]), 0.05)
        plane = shapely.transform(borders, partial(_azimuthal_equidistant, lon, lat))
        km = shapely.distance(plane, shapely.Point(0, 0))
        if len(near) and km.min() <= within_km:
            rows[i] = near[int(np.argmin(km))]
    return rows[inverse]


def _azimuthal_equidistant(lon: float, lat: float, xy: FloatArray) -> FloatArray:
    """Project points to kilometers east and north of a center, preserving distance and direction from it."""
    turn, phi, other = np.radians(xy[:, 0] - lon), np.radians(lat), np.radians(xy[:, 1])
    east = np.cos(other) * np.sin(turn)
    north = np.cos(phi) * np.sin(other) - np.sin(phi) * np.cos(other) * np.cos(turn)
    km = great_circle_km(lon, lat, xy[:, 0], xy[:, 1])
    length = np.hypot(east, north)
    scale = np.divide(km, length, out=np.zeros_like(km), where=length > 0)
    return np.column_stack([east * scale, north * scale])
