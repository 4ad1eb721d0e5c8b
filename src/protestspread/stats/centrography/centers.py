"""Where was the middle of it, how far around did it reach, and did the middle move? On the sphere, not on degrees."""

import math
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ...arrays import FloatArray
from ...errors import DataError, shorten_list
from ...geodesy import EARTH_RADIUS_KM, WGS84, great_circle_km, unit_vectors
from ...random_streams import replicate_rng, seed_of
from ...tables import check_cities, check_panel
from .sphere import exp_map, log_map, mean_vector, median_vectors, to_degrees

Kind = Literal["mean", "median"]
Points: TypeAlias = Any  # a GeoDataFrame or a GeoSeries

_FEWEST_EVENTS = 5
_LEVEL = 0.95
_DRAWN_WITHIN = 1e-6  # radians, for the median of a draw: 6 metres


@dataclass(frozen=True)
class StandardEllipse:
    """An ellipse of one standard deviation around a center.

    Attributes
    ----------
    lon, lat
        The center, in degrees.
    major_km, minor_km
        The semi-axes: the standard deviations along the directions in which they are largest and smallest.
    orientation
        The bearing of the major axis at the center: degrees clockwise from north, 0 to below 180; NaN for a circle.
    """

    lon: float
    lat: float
    major_km: float
    minor_km: float
    orientation: float

    def outline(self, count: int = 72) -> FloatArray:
        """Return longitudes and latitudes of points along it, shape (count, 2)."""
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
        Points in EPSG:4326: events, cities.
    weights
        At least 0, with the index of the points (events a city); by default all count alike.

    Returns
    -------
    shapely.Point
        Longitude and latitude.

    Raises
    ------
    DataError
        There are no points, some are no points or have no coordinates; weights that do not fit; points that balance
        around the globe, so that no direction is left.

    Notes
    -----
    K. V. Mardia, P. E. Jupp (2000), Directional Statistics, Wiley. Neither poles nor the antimeridian are special.

    Examples
    --------
    >>> import geopandas as gpd
    >>> mean_center(gpd.GeoSeries.from_xy([179.0, -179.0], [0.0, 0.0], crs=4326)).wkt
    'POINT (180 0)'
    """
    vectors, weight = _given(points, weights)
    return _point(_mean(vectors, weight))


def median_center(points: Points, weights: pd.Series | None = None) -> shapely.Point:
    """Return the point from which the sum of great-circle distances is smallest: far-off points hardly move it.

    Parameters
    ----------
    points, weights
        See `mean_center`.

    Returns
    -------
    shapely.Point
        Longitude and latitude, to about a centimetre; where many are equally good (two points), one between them.

    Raises
    ------
    DataError
        See `mean_center`.

    Notes
    -----
    Weiszfeld's steps on the sphere (P. T. Fletcher, S. Venkatasubramanian, S. Joshi 2009, NeuroImage 45:S143,
    doi:10.1016/j.neuroimage.2008.10.052), with the rule of Y. Vardi, C.-H. Zhang (2000), PNAS 97:1423,
    doi:10.1073/pnas.97.4.1423, where a step ends on a point. Sure for points within a hemisphere.

    Examples
    --------
    >>> import geopandas as gpd
    >>> median_center(gpd.GeoSeries.from_xy([0.0, 1.0, 0.0, 30.0], [0.0, 0.0, 1.0, 30.0], crs=4326)).wkt[:5]
    'POINT'
    """
    vectors, weight = _given(points, weights)
    return _point(median_vectors(vectors, weight[None])[0])


def standard_distance(points: Points, weights: pd.Series | None = None) -> float:
    """Return how far around its mean center something reaches: the root mean square great-circle distance, in kilometres.

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
    >>> round(standard_distance(gpd.GeoSeries.from_xy([0.0, 2.0], [0.0, 0.0], crs=4326)), 2)  # a degree each
    111.2
    """
    return _distance(_ellipse(*_given(points, weights)))


def standard_ellipse(points: Points, weights: pd.Series | None = None) -> StandardEllipse:
    """Return the ellipse of one standard deviation around the mean center: how far, and along which line.

    Parameters
    ----------
    points, weights
        See `mean_center`.

    Returns
    -------
    StandardEllipse
        Its squared semi-axes add up to the square of `standard_distance`. Distances and bearings from the center are
        exact (an azimuthal equidistant plane around it). About 39 % of a normal scatter lie within.

    Raises
    ------
    DataError
        See `mean_center`.

    Notes
    -----
    D. W. Lefever (1926), American Journal of Sociology 32:88, doi:10.1086/214027; in the covariance form of
    R. S. Yuill (1971), Geografiska Annaler B 53:28, doi:10.1080/04353684.1971.11879353. Some programs print axes √2 as long.

    Examples
    --------
    >>> import geopandas as gpd
    >>> ellipse = standard_ellipse(gpd.GeoSeries.from_xy([0.0, 2.0, 4.0], [0.0, 0.0, 0.0], crs=4326))
    >>> round(ellipse.major_km), round(ellipse.minor_km), round(ellipse.orientation)
    (182, 0, 90)
    """
    return _ellipse(*_given(points, weights))


def centers_over_time(
    panel: pd.DataFrame,
    cities: gpd.GeoDataFrame,
    *,
    kind: Kind = "mean",
    draws: int = 999,
    rng: int | np.random.Generator | None = None,
) -> pd.DataFrame:
    """Return where the center of each day's events lay, how far around it they reached, and how far it had moved.

    Parameters
    ----------
    panel
        Counts, a row a day, a column a city. Unobserved cities are left out of the day, which can move its center:
        ``unobserved`` counts them. Give ``cumulative(panel)`` for the center of all so far.
    cities
        Where they are.
    kind
        "mean" (`mean_center`) or "median" (`median_center`); distance and ellipse are around it.
    draws
        How often each day's events are drawn again, as many, from that day's shares of the cities (a multinomial bootstrap);
        0 for no intervals, which lets `panel` hold numbers that are no counts.
    rng
        A whole number, a numpy Generator, or None.

    Returns
    -------
    DataFrame
        Index ``date``; ``events``, ``places`` (with events), ``unobserved``; ``lon``, ``lat``; ``center_km`` (within which 95 % of
        the drawn centers lie); ``km_moved`` and ``bearing`` since the last day that had a center; ``km_low``, ``km_high``;
        ``standard_distance_km``, ``major_km``, ``minor_km``, ``orientation`` (see `StandardEllipse`); ``reason`` (why there is no
        center, else "").

        ``km_low`` to ``km_high`` are the shortest and longest drift in the region that holds 95 % of the drawn drifts;
        ``km_low`` is 0 where that region holds no drift at all. They cover the chance in which of the day's events
        happened, each by itself, while every city keeps its share; not events that come in bunches, errors in dates and
        places, or events nobody reported: they are narrower than what one does not know, and
        too narrow where a day has few events (about ten). NaN with fewer than five
        events, or a single place, on either day.

    Raises
    ------
    SchemaError
        The panel is no panel, or the cities no cities.
    DataError
        Places that are not in the cities; negative numbers; numbers that are no counts, with draws.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> by_day = centers_over_time(ps.count_events(case.events, case.cities), case.cities, rng=1)
    >>> by_day.loc["2022-01-02":"2022-01-05", "lon"].round(1).tolist()
    [52.2, 57.1, 61.9, 68.6]
    """
    counts, where = _counted(panel, cities, kind, draws)
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
            drawn = _drawn_centers(vectors, again.astype(float), kind)
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
    return table.astype(dict.fromkeys(columns[3:-1], float))


def _counted(panel: pd.DataFrame, cities: gpd.GeoDataFrame, kind: str, draws: int) -> tuple[FloatArray, FloatArray]:
    """Check what was given; return the numbers and where the columns lie."""
    check_panel(panel)
    check_cities(cities)
    unknown = panel.columns[~panel.columns.isin(cities.index)]
    values = panel.to_numpy(dtype=float, na_value=np.nan)
    faults = [f"not in the cities: {shorten_list(unknown)}"] if len(unknown) else []
    faults += [f"kind = {kind!r}"] if kind not in get_args(Kind) else []
    faults += (
        [f"draws = {draws!r}"]
        if isinstance(draws, bool) or not isinstance(draws, (int, np.integer)) or draws < 0
        else []
    )
    faults += ["negative numbers"] if (values < 0).any() else []
    if not faults and draws and (np.nan_to_num(values) % 1).any():
        faults = ["numbers that are no counts, of which no events can be drawn again"]
    if faults:
        raise DataError(
            "no centers can be found", faults, 'counts by city; kind="mean" or "median"; draws=0 for other numbers'
        )
    points = cities.geometry.loc[panel.columns]
    return values, unit_vectors(points.x, points.y)


def _drift(
    before: FloatArray, after: FloatArray, drawn_before: FloatArray | None, drawn: FloatArray | None
) -> dict[str, float]:
    """Return how far and which way a center moved, and the limits that the draws set."""
    east, north = log_map(before, after[None])[0]
    km = float(_km(before, after[None])[0])
    found = {"km_moved": km, "bearing": float(np.degrees(np.arctan2(east, north)) % 360) if km > 1e-6 else math.nan}
    if drawn_before is None or drawn is None:
        return found
    moves = log_map(before, drawn) - log_map(before, drawn_before)
    spread = np.cov(moves.T)
    inverse = np.linalg.inv(spread + 1e-9 * max(float(np.trace(spread)), 1e-20) * np.eye(2))
    away = moves - (east, north)
    apart = np.einsum("ij,jk,ik->i", away, inverse, away)
    limit = np.quantile(apart, _LEVEL)
    kept = EARTH_RADIUS_KM * np.hypot(*moves[apart <= limit].T)
    still = np.array([east, north]) @ inverse @ np.array([east, north]) <= limit
    return found | {"km_low": 0.0 if still else min(float(kept.min()), km), "km_high": max(float(kept.max()), km)}


def _km(center: FloatArray, others: FloatArray) -> FloatArray:
    lon, lat = to_degrees(center[None])[0]
    return great_circle_km(lon, lat, *to_degrees(others).T)


def _center(vectors: FloatArray, weight: FloatArray, kind: Kind) -> FloatArray | None:
    return mean_vector(vectors, weight) if kind == "mean" else median_vectors(vectors, weight[None])[0]


def _drawn_centers(vectors: FloatArray, weights: FloatArray, kind: Kind) -> FloatArray:
    """Return a center a draw; where a draw has no mean center, its median one."""
    if kind == "median":
        return median_vectors(vectors, weights, within=_DRAWN_WITHIN)
    sums = weights @ vectors
    size = np.linalg.norm(sums, axis=1)
    lost = size <= 1e-12 * weights.sum(axis=1)
    sums[lost] = median_vectors(vectors, weights[lost]) if lost.any() else 0.0
    return np.asarray(sums / np.where(lost, 1.0, size)[:, None])


def _mean(vectors: FloatArray, weight: FloatArray) -> FloatArray:
    mean = mean_vector(vectors, weight)
    if mean is None:
        raise DataError(
            "there is no mean center", ["the points balance around the globe"], "median_center, or points of one region"
        )
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


def _given(points: Points, weights: pd.Series | None) -> tuple[FloatArray, FloatArray]:
    """Check points and weights; return unit vectors and numbers, without points that weigh nothing."""
    what, fix = "there is no center", "points in EPSG:4326, and weights of at least 0 with their index"
    if not isinstance(points, (gpd.GeoDataFrame, gpd.GeoSeries)):
        raise DataError(what, [f"it is a {type(points).__name__}, not a GeoDataFrame or GeoSeries"], fix)
    shapes = points.geometry
    faults = [] if shapes.crs is not None and shapes.crs == WGS84 else [f"the coordinates are in {shapes.crs}"]
    bad = (shapely.get_type_id(shapes.to_numpy()) != 0) | shapely.is_empty(shapes.to_numpy())
    faults += [f"no point: {shorten_list(shapes.index[bad])}"] if bad.any() else []
    weight = np.ones(len(shapes)) if weights is None else weights.reindex(shapes.index).to_numpy(dtype=float)
    if not np.isfinite(weight).all() or (weight < 0).any():
        faults.append(f"no weight of at least 0: {shorten_list(shapes.index[~(np.isfinite(weight) & (weight >= 0))])}")
    elif not weight.sum() > 0:
        faults.append("there are no points" if not len(shapes) else "all weights are 0")
    if faults:
        raise DataError(what, faults, fix)
    kept = weight > 0
    return unit_vectors(shapes.x, shapes.y)[kept], weight[kept]
