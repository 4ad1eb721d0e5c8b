"""Great-circle distances in kilometers, and the coordinates they need. Projections are used only for areas and drawing.

The Earth is modeled as a sphere of radius 6371.0088 km (the mean radius of the WGS 84 ellipsoid); distances differ from
those on the ellipsoid by at most 0.56%.
"""

from functools import lru_cache

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

from .arrays import BoolArray, FloatArray, IntArray, UInt64Array
from .errors import DataError

EARTH_RADIUS_KM = 6371.0088
WGS84 = "EPSG:4326"


def great_circle_km(
    lon: npt.ArrayLike, lat: npt.ArrayLike, other_lon: npt.ArrayLike, other_lat: npt.ArrayLike
) -> FloatArray:
    """Return great-circle distances in kilometers between points.

    Parameters
    ----------
    lon, lat, other_lon, other_lat
        Degrees; arrays that broadcast against each other.

    Returns
    -------
    ndarray
        Kilometers, of the broadcast shape; symmetric, and accurate to about a millimeter near zero and near antipodes.

    Raises
    ------
    DataError
        The degrees are not numbers, or their shapes do not fit each other.

    Notes
    -----
    The special case of Vincenty's formula for a sphere (T. Vincenty 1975, Survey Review 23:88,
    doi:10.1179/sre.1975.23.176.88), which, unlike the haversine formula, stays accurate near antipodes.

    Examples
    --------
    >>> import protestspread as ps
    >>> round(float(ps.great_circle_km(52.8619, 43.3412, 51.1739, 43.6611)))  # Zhanaozen to Aktau
    141
    """
    try:
        degrees = [np.asarray(a, dtype=float) for a in (lon, lat, other_lon, other_lat)]
        np.broadcast_shapes(*(a.shape for a in degrees))
    except (TypeError, ValueError, OverflowError) as fault:
        raise DataError(
            "lon, lat, other_lon and other_lat must be numbers or arrays that broadcast against each other",
            [str(fault)],
            "pass degrees, as in cities.geometry.x",
        ) from fault
    lam, phi, other_lam, other_phi = map(np.radians, degrees)
    turn = other_lam - lam
    across = np.hypot(
        np.cos(other_phi) * np.sin(turn),
        np.cos(phi) * np.sin(other_phi) - np.sin(phi) * np.cos(other_phi) * np.cos(turn),
    )
    along = np.sin(phi) * np.sin(other_phi) + np.cos(phi) * np.cos(other_phi) * np.cos(turn)
    return np.asarray(EARTH_RADIUS_KM * np.arctan2(across, along))


def unit_vectors(lon: npt.ArrayLike, lat: npt.ArrayLike) -> FloatArray:
    """Return points on the unit sphere, shape (n, 3), for longitudes and latitudes in degrees.

    Chord lengths have the same order as great-circle distances, so a KD-tree of these points works across the
    antimeridian and the poles.
    """
    lam, phi = np.radians(np.asarray(lon, dtype=float)), np.radians(np.asarray(lat, dtype=float))
    return np.column_stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])


def chord(km: float) -> float:
    """Return the length of the chord of the unit sphere that spans ``km`` along the surface of the Earth (at most 2)."""
    return float(2 * np.sin(min(max(km, 0.0) / EARTH_RADIUS_KM, np.pi) / 2))


def nearest(
    lon: npt.ArrayLike, lat: npt.ArrayLike, other_lon: npt.ArrayLike, other_lat: npt.ArrayLike
) -> tuple[IntArray, FloatArray]:
    """Return, for each point, the row of the nearest other point and its distance in km; of equally near ones, the first."""
    from scipy.spatial import KDTree

    other_lon, other_lat = np.asarray(other_lon, dtype=float), np.asarray(other_lat, dtype=float)
    lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    k = min(2, len(other_lon))
    chords, rows = KDTree(unit_vectors(other_lon, other_lat)).query(unit_vectors(lon, lat), k=k)
    if k == 2:
        tied = np.isclose(chords[:, 0], chords[:, 1], rtol=0, atol=1e-15)
        rows = np.where(tied, rows.min(axis=1), rows[:, 0])
    rows = np.asarray(rows, dtype=np.int64).reshape(-1)
    return rows, great_circle_km(lon, lat, other_lon[rows], other_lat[rows])


def pairs_within(lon: npt.ArrayLike, lat: npt.ArrayLike, within_km: float) -> IntArray:
    """Return the rows of all pairs of points at most ``within_km`` kilometers apart, shape (2, pairs).

    Each pair appears once, lower row first; the order of pairs is arbitrary.
    """
    from scipy.spatial import KDTree

    lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    slack = chord(within_km) * (1 + 1e-12) + 1e-12  # chords and arcs round differently; the arc length decides
    pairs = np.asarray(KDTree(unit_vectors(lon, lat)).query_pairs(slack, output_type="ndarray"), dtype=np.int64).T
    first, second = pairs
    close = great_circle_km(lon[first], lat[first], lon[second], lat[second]) <= within_km
    return pairs[:, close]


def crosses_antimeridian(shapes: "npt.NDArray[np.object_]") -> BoolArray:
    """Return which polygons lie across 180 degrees without being cut there.

    Such a polygon has longitudes beyond 180, or a ring that jumps from one end of the map to the other (from 179 to -179).
    """
    west, _, east, _ = shapely.bounds(shapes).T
    crosses: BoolArray = (west < -180 - 1e-6) | (east > 180 + 1e-6)
    for row in np.flatnonzero(~crosses & (east - west > 180)):
        rings = shapely.get_rings(shapely.get_parts(shapes[row]))
        crosses[row] = any(unwrap_ring(shapely.get_coordinates(ring)[:, 0]) is not None for ring in rings)
    return crosses


def unwrap_ring(lon: FloatArray) -> FloatArray | None:
    """Return the longitudes of a ring without its jumps across 180 degrees; None if it has none, or encloses a pole."""
    steps = np.diff(lon)
    jumps = (np.abs(steps) > 180) & (np.abs(steps) < 360 - 1e-6)  # a step of 360 follows the edge of the map
    if not jumps.any():
        return None
    turns = np.concatenate([[0.0], np.cumsum(-360 * np.sign(steps) * jumps)])
    return None if turns[-1] else lon + turns


def coordinates(shapes: npt.NDArray[np.object_]) -> FloatArray:
    """Return x and y of points, NaN where empty; of other shapes, their smallest. Bounds are read faster than coordinates."""
    return np.ascontiguousarray(shapely.bounds(shapes)[:, :2])


def distinct_pairs(x: FloatArray, y: FloatArray) -> tuple[IntArray, IntArray]:
    """Factorize pairs of coordinates; return the code of each row, and one row for each code.

    Complex numbers would be slow, because pandas gives all with x = y the same hash. The pair is hashed to one integer
    instead; on a collision (or NaN), the coordinates are factorized one after the other.
    """
    hashed = x.view(np.uint64) * np.uint64(0x9E3779B97F4A7C15) ^ y.view(np.uint64)
    codes, row = _factorize(hashed)
    if not ((x[row][codes] == x).all() and (y[row][codes] == y).all()):
        (one, _), (other, values) = pd.factorize(x), pd.factorize(y)
        codes, row = _factorize(one * (len(values) + 1) + other)
    return codes, row


def _factorize(values: IntArray | UInt64Array) -> tuple[IntArray, IntArray]:
    codes, distinct = pd.factorize(values)
    row = np.empty(len(distinct), dtype=np.int64)
    row[codes] = np.arange(len(codes))
    return codes, row


def points_present(events: gpd.GeoDataFrame) -> BoolArray:
    """Return which events have a point."""
    return ~np.isnan(coordinates(events.geometry.to_numpy())[:, 0])


def crs_fault(crs: pyproj.CRS | None) -> tuple[list[str], str] | None:
    """Return the fault and the fix of a reference system that is not WGS 84 in degrees.

    Examples
    --------
    >>> crs_fault(pyproj.CRS(3857))[1]
    'call frame.to_crs(4326)'
    >>> crs_fault(pyproj.CRS(4326))
    """
    if crs is None:
        fix = "call frame.set_crs(4326) if they are longitude and latitude"
        return ["the coordinates have no reference system"], fix
    if crs.is_geographic and _is_wgs84(crs.srs):
        return None
    need = "WGS 84 (EPSG:4326)" if crs.is_geographic else "longitude and latitude"
    return [f"the coordinates are in {crs.name}, not in {need}"], "call frame.to_crs(4326)"


@lru_cache(maxsize=256)
def _is_wgs84(system: str) -> bool:
    """Return whether a geographic system has the datum WGS 84, degrees, and longitudes from Greenwich."""
    crs = pyproj.CRS.from_user_input(system)
    degrees = all(np.isclose(axis.unit_conversion_factor, np.pi / 180) for axis in crs.axis_info[:2])
    greenwich = crs.prime_meridian is not None and crs.prime_meridian.longitude == 0
    datum = crs.datum.name if crs.datum is not None else ""
    return degrees and greenwich and (("WGS" in datum and "84" in datum) or "World Geodetic System 1984" in datum)


def circle_points(lon: float, lat: float, km: float, count: int = 72) -> FloatArray:
    """Return longitudes and latitudes of points on a circle round a point, shape (count, 2).

    Examples
    --------
    >>> circle_points(0.0, 0.0, 111.19, 4).round(2)
    array([[ 0.,  1.],
           [ 1.,  0.],
           [ 0., -1.],
           [-1.,  0.]])
    """
    bearing = np.linspace(0, 360, count, endpoint=False)
    sphere = pyproj.Geod(a=1000 * EARTH_RADIUS_KM, b=1000 * EARTH_RADIUS_KM)
    start = np.full(count, lon), np.full(count, lat)
    east, north, _ = sphere.fwd(*start, bearing, np.full(count, 1000 * km))
    return np.column_stack([east, north])
