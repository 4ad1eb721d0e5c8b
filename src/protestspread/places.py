"""Locate events: by the name of a city, by the region that contains a point, or by the nearest place within a distance."""

import warnings
from collections.abc import Hashable
from functools import partial

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from .arrays import FloatArray, IntArray
from .errors import DataError, LostEventsWarning, must_be, shorten_list
from .gazetteer import certain_matches, match_places
from .geodesy import EARTH_RADIUS_KM, great_circle_km, nearest
from .tables import check_cities, check_events, check_places

Located = tuple[gpd.GeoDataFrame, dict[str, list[Hashable]]]

MANY_POINTS = 50_000
"""Number of points from which compiling or loading the grid (one second, once) saves time."""


def locate_events(
    events: gpd.GeoDataFrame, places: gpd.GeoDataFrame, *, within_km: float | None = None
) -> gpd.GeoDataFrame:
    """Assign each event to the place where it happened.

    Parameters
    ----------
    events
        Events with points, or with names in ``city``. Large tables (millions of points) use a compiled grid; the result
        is that of ``geopandas.sjoin``.
    places
        Regions (index ``region_id``): an event is assigned to the region that contains its point; on a border, to the
        first such region in the table. Or cities (index ``city``): an event that names a city is matched by name or
        alias (see `match_places`; similar spellings are not accepted but listed in the warning), any other event is
        assigned to the nearest city.
    within_km
        Maximum great-circle distance in kilometers to the nearest region or city for events outside every region or
        without a city name, for example points off a generalized coastline. By default such events are not located.

    Returns
    -------
    GeoDataFrame
        A copy of the events with ``region_id`` (and ``city``, if ``places`` are cities), missing if no place was found.
        An event without a point gets the point of its city. ``attrs["lost"]`` counts events that were not located.

    Warns
    -----
    LostEventsWarning
        Events that could not be located, listed by reason.

    Raises
    ------
    SchemaError, CRSError
        A table is not valid.
    DataError
        Most points lie outside the regions, but inside if longitude and latitude are swapped; two cities share an
        alias; ``within_km`` is negative.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> ps.locate_events(case.events, case.regions).loc["KZ22-013", "region_id"]
    'KZ-ATY'
    """
    check_events(events)
    check_places(places)
    if within_km is not None and not within_km >= 0:
        raise DataError(must_be("within_km", "at least 0", within_km))
    located, lost = (
        _by_city(events, places, within_km) if places.index.name == "city" else _by_region(events, places, within_km)
    )
    located.attrs["lost"] = {reason: len(ids) for reason, ids in lost.items()}
    if lost:
        warnings.warn(LostEventsWarning("locate_events", len(events), lost), stacklevel=2)
    return located


def _by_city(events: gpd.GeoDataFrame, cities: gpd.GeoDataFrame, within_km: float | None) -> Located:
    names = events["city"] if "city" in events else pd.Series(None, index=events.index, dtype=object)
    matches = match_places(names.dropna().unique(), cities)
    unnamed, has_point = names.isna().to_numpy(), _has_point(events)
    rows = cities.index.get_indexer(pd.Index(names.map(certain_matches(matches), na_action="ignore"), dtype=object))
    near = unnamed & has_point
    if within_km is not None and near.any():
        points = events.geometry[near]
        nearest_rows, km = nearest(points.x, points.y, cities.geometry.x, cities.geometry.y)
        rows[near] = np.where(km <= within_km, nearest_rows, -1)
    found = rows >= 0
    located = events.copy()
    located["city"] = _labels_at(cities.index, rows, events.index)
    if "region_id" in cities:
        located["region_id"] = _labels_at(cities["region_id"], rows, events.index)
    shapes = events.geometry.to_numpy().copy()
    from_city = found & ~has_point
    shapes[from_city] = cities.geometry.to_numpy()[rows[from_city]]
    located = located.set_geometry(gpd.GeoSeries(shapes, index=events.index, crs=events.crs))
    too_far = "and within_km not given" if within_km is None else f"and farther than {within_km:g} km from every city"
    reasons = {_unknown_name_reason(matches): ~unnamed, f"without a city name {too_far}": unnamed}
    return located, _lost_ids(events.index, ~found, reasons)


def _unknown_name_reason(matches: pd.DataFrame) -> str:
    """Return the reason for unknown city names, with the proposals of `match_places`."""
    near = matches[matches["how"].isin(["transliteration", "misspelling"])].drop_duplicates("name")
    hints = [
        f"{name}: perhaps {city} ({score:.0f})"
        for name, city, score in near[["name", "city", "score"]].itertuples(index=False)
    ]
    return "with an unknown city name" + (f" [{shorten_list(hints)}; see match_places]" if hints else "")


def _by_region(events: gpd.GeoDataFrame, regions: gpd.GeoDataFrame, within_km: float | None) -> Located:
    has_point = _has_point(events)
    points = shapely.get_coordinates(events.geometry.to_numpy())  # empty points have none
    rows = containing_region(points, regions)
    _check_not_swapped(points, rows, regions)
    if within_km is not None and (rows < 0).any():
        outside = np.flatnonzero(rows < 0)
        distinct, inverse = _distinct(points[outside])
        rows[outside] = _nearest_region(distinct, regions, within_km)[inverse]
    row = np.full(len(events), -1)
    row[has_point] = rows
    located = events.copy()
    located["region_id"] = _labels_at(regions.index, row, events.index)
    distance = "within_km not given" if within_km is None else f"by more than {within_km:g} km"
    reasons = {"without a point": ~has_point, f"outside every region ({distance})": has_point}
    return located, _lost_ids(events.index, row < 0, reasons)


def containing_region(points: FloatArray, regions: gpd.GeoDataFrame) -> IntArray:
    """Return for each point (longitude, latitude) the row of the region that contains it, or -1.

    On a border the first region counts, as in the first match of ``geopandas.sjoin``.
    """
    shapes = regions.geometry.to_numpy()
    return region_by_tree(points, shapes) if len(points) < MANY_POINTS else region_by_grid(points, shapes)


def region_by_tree(points: FloatArray, shapes: npt.NDArray[np.object_]) -> IntArray:
    """Find the region of each distinct point with a GEOS spatial index."""
    distinct, inverse = _distinct(points)
    which, region = shapely.STRtree(shapes).query(shapely.points(distinct), predicate="intersects")
    rows = np.full(len(distinct), len(shapes))
    np.minimum.at(rows, which, region)
    return np.where(rows == len(shapes), -1, rows)[inverse]


def region_by_grid(points: FloatArray, shapes: npt.NDArray[np.object_]) -> IntArray:
    """Find the region of each point with a compiled grid, and with GEOS for points on a border.

    Repeated points are not merged: finding the repetitions would take longer.
    """
    from .kernels.region_grid import UNDECIDED, locate, region_grid

    parts, part_of = shapely.get_parts(shapes, return_index=True)
    rings, ring_of = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    start = np.flatnonzero(ring[1:] == ring[:-1])
    segments = np.hstack([xy[start], xy[start + 1]])
    rows = locate(points, region_grid(segments, part_of[ring_of[ring[start]]], shapely.bounds(shapes))).astype(np.int64)
    undecided = np.flatnonzero(rows == UNDECIDED)
    rows[undecided] = region_by_tree(points[undecided], shapes)
    return rows


def _distinct(points: FloatArray) -> tuple[FloatArray, IntArray]:
    """Return the distinct points, and for each point the row of its distinct point."""
    inverse, distinct = pd.factorize(points[:, 0] + 1j * points[:, 1])
    return np.column_stack([distinct.real, distinct.imag]), inverse


def _has_point(events: gpd.GeoDataFrame) -> npt.NDArray[np.bool_]:
    shapes = events.geometry.to_numpy()
    return np.asarray(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))


def _labels_at(labels: pd.Index | pd.Series, rows: IntArray, index: pd.Index) -> pd.Series:
    """Return the label in each row, None for row -1."""
    with_none = np.array([*labels, None], dtype=object)  # -1 selects the last
    return pd.Series(with_none[rows], index=index, dtype=object)


def _check_not_swapped(points: FloatArray, rows: IntArray, regions: gpd.GeoDataFrame) -> None:
    """Raise `DataError` if most points lie outside, but nearly all inside with longitude and latitude swapped."""
    outside = int((rows < 0).sum())
    if 2 * outside <= len(points):
        return
    inside = int((containing_region(points[:, ::-1], regions) >= 0).sum())
    if inside > 0.9 * len(points):
        raise DataError(
            f"events: {outside} of {len(points)} points lie outside the regions; with longitude and latitude swapped, "
            f"{inside} lie inside",
            fix="swap the coordinates; geopandas.points_from_xy takes longitude first",
        )


def _nearest_region(points: FloatArray, regions: gpd.GeoDataFrame, within_km: float) -> IntArray:
    """Return for each point the row of the nearest region within ``within_km``, or -1.

    Distances are measured in an azimuthal equidistant projection of the sphere centered on the point.
    """
    rows = np.full(len(points), -1)
    for i, (lon, lat) in enumerate(points):
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
    return rows


def _azimuthal_equidistant(lon: float, lat: float, xy: FloatArray) -> FloatArray:
    """Project points to kilometers east and north of a center, preserving distance and direction from it."""
    turn, phi, other = np.radians(xy[:, 0] - lon), np.radians(lat), np.radians(xy[:, 1])
    east = np.cos(other) * np.sin(turn)
    north = np.cos(phi) * np.sin(other) - np.sin(phi) * np.cos(other) * np.cos(turn)
    km = great_circle_km(lon, lat, xy[:, 0], xy[:, 1])
    length = np.hypot(east, north)
    scale = np.divide(km, length, out=np.zeros_like(km), where=length > 0)
    return np.column_stack([east * scale, north * scale])


def _lost_ids(
    ids: pd.Index, missing: npt.NDArray[np.bool_], reasons: dict[str, npt.NDArray[np.bool_]]
) -> dict[str, list[Hashable]]:
    return {reason: list(ids[missing & which]) for reason, which in reasons.items() if (missing & which).any()}


def distances_km(cities: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the matrix of great-circle distances in kilometers between all cities.

    Parameters
    ----------
    cities
        Index ``city``; points.

    Raises
    ------
    SchemaError, CRSError
        The table of cities is not valid.

    Examples
    --------
    >>> import protestspread as ps
    >>> round(ps.distances_km(ps.load_case("kazakhstan_2022").cities).loc["Zhanaozen", "Almaty"])
    1940
    """
    check_cities(cities)
    lon, lat = cities.geometry.x.to_numpy(), cities.geometry.y.to_numpy()
    km = great_circle_km(lon[:, None], lat[:, None], lon, lat)
    return pd.DataFrame(km, index=cities.index, columns=cities.index)
