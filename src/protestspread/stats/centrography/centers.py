"""Centers, standard distances and standard ellipses of points on the sphere, and how centers move over time."""

import math
from dataclasses import dataclass
from typing import Any, TypeAlias, get_args

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ...arguments import Arguments
from ...arrays import FloatArray
from ...errors import DataError, argument_error, shorten_list
from ...geodesy import EARTH_RADIUS_KM, great_circle_km, unit_vectors
from ...random_streams import replicate_rng, seed_of
from ...tables import check_cities, check_panel
from .drift import CentersOverTime, Kind
from .sphere import check_points, exp_map, log_map, mean_vector, median_vectors, to_degrees

Points: TypeAlias = Any  # a GeoDataFrame or a GeoSeries

_FEWEST_EVENTS = 5
_LEVEL = 0.95
_MOST_DRAWS = 10**7
_BOOTSTRAP_WITHIN = 1e-6  # radians (6 meters), for the median of a bootstrap sample


@dataclass(frozen=True)
class StandardEllipse:
    """Standard deviational ellipse around a center.

    Attributes
    ----------
    lon, lat
        Longitude and latitude of the center, in degrees.
    major_km, minor_km
        Semi-axes: the largest and the smallest standard deviation over all directions.
    orientation
        Bearing of the major axis at the center, in degrees clockwise from north, from 0 to below 180; NaN for a circle.
    """

    lon: float
    lat: float
    major_km: float
    minor_km: float
    orientation: float

    def outline(self, count: int = 72) -> FloatArray:
        """Return longitudes and latitudes of points along the ellipse, shape (count, 2)."""
        with Arguments() as check:
            check.whole("count", count, at_least=1, at_most=10**7)
        turn = np.linspace(0, 2 * np.pi, count, endpoint=False)
        along, across = self.major_km * np.cos(turn), self.minor_km * np.sin(turn)
        bearing = math.radians(0.0 if math.isnan(self.orientation) else self.orientation)
        east = along * math.sin(bearing) + across * math.cos(bearing)
        north = along * math.cos(bearing) - across * math.sin(bearing)
        center = unit_vectors(self.lon, self.lat)[0]
        return to_degrees(exp_map(center, np.column_stack([east, north]) / EARTH_RADIUS_KM))


def mean_center(points: Points, weights: pd.Series | None = None) -> shapely.Point:
    """Return the mean center of points on the sphere: the direction of the mean of their unit vectors.

    Parameters
    ----------
    points
        Points in EPSG:4326, such as events or cities. Events without a point are left out, with a warning.
    weights
        Weights of at least 0 with the index of the points, such as events per city; by default, equal weights.

    Returns
    -------
    shapely.Point
        Longitude and latitude.

    Raises
    ------
    DataError
        There are no points; some geometries are empty or not points; the weights are not valid; the points balance around
        the globe, so that no mean direction exists.

    Notes
    -----
    K. V. Mardia, P. E. Jupp (2000), Directional Statistics, Wiley. The poles and the antimeridian need no special treatment.

    Examples
    --------
    >>> import geopandas as gpd
    >>> import protestspread as ps
    >>> ps.mean_center(gpd.GeoSeries.from_xy([179.0, -179.0], [0.0, 0.0], crs=4326)).wkt
    'POINT (180 0)'
    """
    vectors, weight = check_points(points, weights)
    return _point(_mean(vectors, weight))


def median_center(points: Points, weights: pd.Series | None = None) -> shapely.Point:
    """Return the median center: the point with the smallest sum of great-circle distances, robust to distant points.

    Parameters
    ----------
    points, weights
        See `mean_center`.

    Returns
    -------
    shapely.Point
        Longitude and latitude, to about a centimeter; if not unique (two points), one of the solutions.

    Raises
    ------
    DataError
        See `mean_center`.

    Notes
    -----
    Weiszfeld's algorithm on the sphere (P. T. Fletcher, S. Venkatasubramanian, S. Joshi 2009, NeuroImage 45:S143,
    doi:10.1016/j.neuroimage.2008.10.052), with the rule of Y. Vardi, C.-H. Zhang (2000), PNAS 97:1423,
    doi:10.1073/pnas.97.4.1423, for iterations that end on a point. Guaranteed for points within a hemisphere.

    Examples
    --------
    >>> import geopandas as gpd
    >>> import protestspread as ps
    >>> ps.median_center(gpd.GeoSeries.from_xy([0.0, 1.0, 0.0, 30.0], [0.0, 0.0, 1.0, 30.0], crs=4326)).wkt[:5]
    'POINT'
    """
    vectors, weight = check_points(points, weights)
    return _point(median_vectors(vectors, weight[None])[0])


def standard_distance(points: Points, weights: pd.Series | None = None) -> float:
    """Return the standard distance: the root mean square great-circle distance from the mean center, in kilometers.

    Parameters
    ----------
    points, weights
        See `mean_center`.

    Raises
    ------
    DataError
        See `mean_center`.

    Notes
    -----
    R. Bachi (1963), Standard distance measures and related methods for spatial analysis, Papers of the Regional Science
    Association 10:83, doi:10.1007/BF01934680. Divided by the sum of weights, not by one less.

    Examples
    --------
    >>> import geopandas as gpd
    >>> import protestspread as ps
    >>> round(ps.standard_distance(gpd.GeoSeries.from_xy([0.0, 2.0], [0.0, 0.0], crs=4326)), 2)  # a degree each
    111.2
    """
    return _distance(_ellipse(*check_points(points, weights)))


def standard_ellipse(points: Points, weights: pd.Series | None = None) -> StandardEllipse:
    """Return the standard deviational ellipse around the mean center.

    Parameters
    ----------
    points, weights
        See `mean_center`.

    Returns
    -------
    StandardEllipse
        The squared semi-axes sum to the square of `standard_distance`. Distances and bearings from the center are exact
        (azimuthal equidistant projection). About 39% of normally distributed points lie inside.

    Raises
    ------
    DataError
        See `mean_center`.

    Notes
    -----
    D. W. Lefever (1926), American Journal of Sociology 32:88, doi:10.1086/214027; in the covariance form of
    R. S. Yuill (1971), Geografiska Annaler B 53:28, doi:10.1080/04353684.1971.11879353. Some programs report axes that are longer by √2.

    Examples
    --------
    >>> import geopandas as gpd
    >>> import protestspread as ps
    >>> ellipse = ps.standard_ellipse(gpd.GeoSeries.from_xy([0.0, 2.0, 4.0], [0.0, 0.0, 0.0], crs=4326))
    >>> round(ellipse.major_km), round(ellipse.minor_km), round(ellipse.orientation)
    (182, 0, 90)
    """
    return _ellipse(*check_points(points, weights))


def centers_over_time(
    panel: pd.DataFrame,
    cities: gpd.GeoDataFrame,
    *,
    kind: Kind = "mean",
    draws: int = 999,
    rng: int | np.random.Generator | None = None,
) -> CentersOverTime:
    """Return the center of the events of each day, their dispersion around it, and how far it moved since the day before.

    Parameters
    ----------
    panel
        Counts, one row per day, one column per city. Unobserved cities are excluded from the day, which can move its
        center; ``unobserved`` counts them. Pass ``cumulative(panel)`` for the center of all events so far.
    cities
        Coordinates of the cities.
    kind
        "mean" (`mean_center`) or "median" (`median_center`); standard distance and ellipse are around this center.
    draws
        Number of multinomial bootstrap samples: each draws the day's number of events from the day's shares of the cities.
        0 for no intervals; the panel may then contain numbers that are not counts.
    rng
        A whole number, a numpy Generator, or None.

    Returns
    -------
    CentersOverTime
        ``to_frame()`` has the index ``date`` and the columns ``events``, ``places`` (with events), ``unobserved``; ``lon``, ``lat``; ``center_km`` (radius that contains
        95% of the bootstrap centers); ``km_moved`` and ``bearing`` since the last day with a center; ``km_low``, ``km_high``;
        ``standard_distance_km``, ``major_km``, ``minor_km``, ``orientation`` (see `StandardEllipse`); ``reason`` (why there is no
        center, else "").

        ``km_low`` and ``km_high`` are the shortest and the longest drift in the region that contains 95% of the bootstrap
        drifts; ``km_low`` is 0 if that region includes no drift at all. They cover only the sampling variation of
        independent events with fixed shares of the cities. They do not cover clustered events, errors in dates and places,
        or unreported events, so they understate the uncertainty; they are also too narrow for days with few events (about
        ten). NaN with fewer than five events, or a single place, on either day.

    Raises
    ------
    SchemaError
        `panel` or `cities` is not a valid table.
    DataError
        Columns that are not in `cities`; negative numbers; numbers that are not counts while `draws` is above 0.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> by_day = ps.centers_over_time(ps.count_events(case.events, case.cities), case.cities, rng=1)
    >>> by_day.to_frame().loc["2022-01-02":"2022-01-05", "lon"].round(1).tolist()
    [52.2, 57.1, 61.9, 68.6]
    """
    counts, where = _check_panel_and_cities(panel, cities, kind, draws)
    seed = seed_of(rng)
    rows, before, drawn_before = [], None, None
    for number, day in enumerate(counts):
        there = np.flatnonzero(day > 0)
        row = {"events": np.nansum(day), "places": len(there), "unobserved": int(np.isnan(day).sum()), "reason": ""}
        weight, vectors = day[there], where[there]
        center = _center(vectors, weight, kind) if len(there) else None
        if center is None:
            row["reason"] = "no events" if not len(there) else "events balance around the globe"
            rows.append(row)
            continue
        ellipse = _ellipse_around(center, vectors, weight)
        row |= {"lon": ellipse.lon, "lat": ellipse.lat, "standard_distance_km": _distance(ellipse),
                "major_km": ellipse.major_km, "minor_km": ellipse.minor_km, "orientation": ellipse.orientation}  # fmt: skip
        drawn = None
        if draws and len(there) > 1 and weight.sum() >= _FEWEST_EVENTS:
            again = replicate_rng(seed, number).multinomial(int(weight.sum()), weight / weight.sum(), size=draws)
            drawn = _bootstrap_centers(vectors, again.astype(float), kind)
            row["center_km"] = float(np.quantile(_km(center, drawn), _LEVEL))
        if before is not None:
            row |= _drift(before, center, drawn_before, drawn)
        before, drawn_before = center, drawn
        rows.append(row)
    columns = ["events", "places", "unobserved", "lon", "lat", "center_km", "km_moved", "bearing", "km_low", "km_high",
               "standard_distance_km", "major_km", "minor_km", "orientation", "reason"]  # fmt: skip
    table = pd.DataFrame(rows, columns=columns, index=panel.index)
    if (table["events"] % 1 == 0).all():
        table["events"] = table["events"].astype(int)
    table.attrs["kind"] = kind
    return CentersOverTime(table.astype(dict.fromkeys(columns[3:-1], float)), kind, draws)


def _check_panel_and_cities(
    panel: pd.DataFrame, cities: gpd.GeoDataFrame, kind: str, draws: int
) -> tuple[FloatArray, FloatArray]:
    """Check the arguments; return the counts, and the cities as unit vectors."""
    check_panel(panel)
    check_cities(cities)
    unknown = panel.columns[~panel.columns.isin(cities.index)]
    values = panel.to_numpy(dtype=float, na_value=np.nan)
    faults = [f"panel has columns that are not in cities: {shorten_list(unknown)}"] if len(unknown) else []
    check = Arguments()
    check.choice("kind", kind, get_args(Kind))
    check.whole("draws", draws, at_least=0, at_most=_MOST_DRAWS)
    faults += check.faults
    below = panel.columns[np.flatnonzero((values < 0).any(axis=0))]
    faults += [f"panel must have values of at least 0; below 0 in {shorten_list(below)}"] if len(below) else []
    broken = panel.columns[np.flatnonzero((np.nan_to_num(values) % 1).any(axis=0))]
    if not faults and draws and len(broken):
        faults = [f"panel must have whole numbers if draws is above 0; fractions in {shorten_list(broken)}"]
    if not faults and draws and np.nansum(values) > 2**53:
        faults = ["panel must have counts with a sum of at most 2**53 if draws is above 0"]
    if faults:
        raise argument_error(faults, "pass counts by city, kind='mean' or 'median', and draws=0 for other numbers")
    points = cities.geometry.loc[panel.columns]
    return values, unit_vectors(points.x, points.y)


def _drift(
    before: FloatArray, after: FloatArray, drawn_before: FloatArray | None, drawn: FloatArray | None
) -> dict[str, float]:
    """Return the distance and bearing of the move of a center, with its bootstrap limits."""
    east, north = log_map(before, after[None])[0]
    km = float(_km(before, after[None])[0])
    drift = {"km_moved": km, "bearing": float(np.degrees(np.arctan2(east, north)) % 360) if km > 1e-6 else math.nan}
    if drawn_before is None or drawn is None:
        return drift
    moves = log_map(before, drawn) - log_map(before, drawn_before)
    spread = np.cov(moves.T)
    inverse = np.linalg.inv(spread + 1e-9 * max(float(np.trace(spread)), 1e-20) * np.eye(2))
    away = moves - (east, north)
    apart = np.einsum("ij,jk,ik->i", away, inverse, away)
    limit = np.quantile(apart, _LEVEL)
    kept = EARTH_RADIUS_KM * np.hypot(*moves[apart <= limit].T)
    still = np.array([east, north]) @ inverse @ np.array([east, north]) <= limit
    return drift | {"km_low": 0.0 if still else min(float(kept.min()), km), "km_high": max(float(kept.max()), km)}


def _km(center: FloatArray, others: FloatArray) -> FloatArray:
    lon, lat = to_degrees(center[None])[0]
    return great_circle_km(lon, lat, *to_degrees(others).T)


def _center(vectors: FloatArray, weight: FloatArray, kind: Kind) -> FloatArray | None:
    return mean_vector(vectors, weight) if kind == "mean" else median_vectors(vectors, weight[None])[0]


def _bootstrap_centers(vectors: FloatArray, weights: FloatArray, kind: Kind) -> FloatArray:
    """Return the center of each bootstrap sample; the median center if a sample has no mean center."""
    if kind == "median":
        return median_vectors(vectors, weights, within=_BOOTSTRAP_WITHIN)
    sums = weights @ vectors
    size = np.linalg.norm(sums, axis=1)
    lost = size <= 1e-12 * weights.sum(axis=1)
    sums[lost] = median_vectors(vectors, weights[lost]) if lost.any() else 0.0
    return np.asarray(sums / np.where(lost, 1.0, size)[:, None])


def _mean(vectors: FloatArray, weight: FloatArray) -> FloatArray:
    mean = mean_vector(vectors, weight)
    if mean is None:
        what = "points must have a mean direction; they balance around the globe"
        raise DataError(what, fix="use median_center, or pass points of one region")
    return mean


def _ellipse(vectors: FloatArray, weight: FloatArray) -> StandardEllipse:
    return _ellipse_around(_mean(vectors, weight), vectors, weight)


def _ellipse_around(center: FloatArray, vectors: FloatArray, weight: FloatArray) -> StandardEllipse:
    plane = EARTH_RADIUS_KM * log_map(center, vectors)
    moments = (plane * weight[:, None]).T @ plane / weight.sum()
    sizes, axes = np.linalg.eigh(moments)
    minor, major = np.sqrt(np.maximum(sizes, 0))
    lon, lat = to_degrees(center[None])[0]
    round_ = major - minor <= 1e-9 * major or major < 1e-6
    bearing = math.nan if round_ else float(np.degrees(np.arctan2(*axes[:, 1])) % 180)
    return StandardEllipse(float(lon), float(lat), float(major), float(minor), bearing % 180)


def _distance(ellipse: StandardEllipse) -> float:
    return math.hypot(ellipse.major_km, ellipse.minor_km)


def _point(vector: FloatArray) -> shapely.Point:
    return shapely.Point(*to_degrees(vector[None])[0])
