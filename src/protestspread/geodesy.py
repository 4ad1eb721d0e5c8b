"""Distance and area. Distances are great-circle kilometres; a projection is for areas and drawing only.

A sphere of radius 6371.0088 km (the mean radius of the WGS 84 ellipsoid) stands for the Earth: against the
ellipsoid, distances are off by at most 0.56 %.
"""

import numpy as np
import numpy.typing as npt

from .arrays import FloatArray, IntArray

EARTH_RADIUS_KM = 6371.0088
WGS84 = "EPSG:4326"


def great_circle_km(
    lon: npt.ArrayLike, lat: npt.ArrayLike, other_lon: npt.ArrayLike, other_lat: npt.ArrayLike
) -> FloatArray:
    """Return great-circle distances in kilometres between points and other points.

    Parameters
    ----------
    lon, lat, other_lon, other_lat
        Degrees; arrays that broadcast against each other.

    Returns
    -------
    ndarray
        Kilometres, of the broadcast shape; symmetric, and exact to about a millimetre near zero and near antipodes.

    Notes
    -----
    The special case of Vincenty's formula for a sphere (T. Vincenty 1975, Survey Review 23:88,
    doi:10.1179/sre.1975.23.176.88), which, unlike the haversine, keeps its digits at antipodes.

    Examples
    --------
    >>> round(float(great_circle_km(52.8619, 43.3412, 51.1739, 43.6611)))  # Zhanaozen to Aktau
    141
    """
    lam, phi, other_lam, other_phi = (np.radians(np.asarray(a, dtype=float)) for a in (lon, lat, other_lon, other_lat))
    turn = other_lam - lam
    across = np.hypot(
        np.cos(other_phi) * np.sin(turn),
        np.cos(phi) * np.sin(other_phi) - np.sin(phi) * np.cos(other_phi) * np.cos(turn),
    )
    along = np.sin(phi) * np.sin(other_phi) + np.cos(phi) * np.cos(other_phi) * np.cos(turn)
    return np.asarray(EARTH_RADIUS_KM * np.arctan2(across, along))


def unit_vectors(lon: npt.ArrayLike, lat: npt.ArrayLike) -> FloatArray:
    """Return points on the unit sphere, shape (n, 3), for longitudes and latitudes in degrees.

    Chords between them order like great circles, so a KD-tree over them knows no antimeridian and no pole.
    """
    lam, phi = np.radians(np.asarray(lon, dtype=float)), np.radians(np.asarray(lat, dtype=float))
    return np.column_stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])


def chord(km: float) -> float:
    """Return the straight line through the unit sphere that spans `km` along its surface (at most 2)."""
    return float(2 * np.sin(min(max(km, 0.0) / EARTH_RADIUS_KM, np.pi) / 2))


def nearest(
    lon: npt.ArrayLike, lat: npt.ArrayLike, other_lon: npt.ArrayLike, other_lat: npt.ArrayLike
) -> tuple[IntArray, FloatArray]:
    """Return, for each point, the row of the nearest other point and the kilometres to it; the first row wins a tie."""
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
    """Return every pair of points at most `within_km` kilometres apart, shape (2, pairs): the one and the other row.

    Each pair stands once, the lower row first; pairs are in no particular order.
    """
    from scipy.spatial import KDTree

    lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    slack = chord(within_km) * (1 + 1e-12) + 1e-12  # chords round differently from arcs; the arc decides
    pairs = np.asarray(KDTree(unit_vectors(lon, lat)).query_pairs(slack, output_type="ndarray"), dtype=np.int64).T
    one, other = pairs
    close = great_circle_km(lon[one], lat[one], lon[other], lat[other]) <= within_km
    return pairs[:, close]
