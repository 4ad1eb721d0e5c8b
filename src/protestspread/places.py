"""Where events happened: by the name of a city, by the region around a point, by the nearest place within reach."""

import warnings
from collections.abc import Hashable
from functools import partial

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from .arrays import FloatArray, IntArray
from .errors import DataError, LostEventsWarning, shorten_list
from .gazetteer import certain, match_places
from .geodesy import EARTH_RADIUS_KM, great_circle_km, nearest
from .tables import check_cities, check_events, check_places

Located = tuple[gpd.GeoDataFrame, dict[str, list[Hashable]]]

MANY_POINTS = 50_000
"""From so many points on, compiling or loading the grid (a second, once) is worth it."""


def locate_events(
    events: gpd.GeoDataFrame, places: gpd.GeoDataFrame, *, within_km: float | None = None
) -> gpd.GeoDataFrame:
    """Give each event the place where it happened.

    Parameters
    ----------
    events
        With points, or with names in ``city``. Millions are no trouble: where many points repeat or regions are
        detailed, they are filed in a compiled grid, with the same result as ``geopandas.sjoin``.
    places
        Regions (index ``region_id``): an event lies in the region that contains its point; on a border, in the first
        of the two in the order of the table. Or cities (index ``city``): by name or alias where the event names one
        (see `match_places`; spellings that are merely similar are not taken, but named in the warning), else the nearest.
    within_km
        How far (great-circle kilometres) an event without a containing region, or without a city's name, may lie from
        the nearest region or city to be given to it: points off a generalised coast, say. By default they are not.

    Returns
    -------
    GeoDataFrame
        A copy of the events with ``region_id`` (and ``city``, where `places` are cities) filled; missing where no place
        was found. An event without a point gets the point of its city. ``attrs["lost"]`` counts those not located.

    Warns
    -----
    LostEventsWarning
        Events that could not be located, named, by reason.

    Raises
    ------
    SchemaError, CRSError
        A table is not what it should be.
    DataError
        All points lie outside the regions, but inside when longitude and latitude are swapped; or two cities share
        an alias.

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
        raise DataError("the events cannot be located", [f"within_km = {within_km}"], "kilometres, 0 or more")
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
    rows = cities.index.get_indexer(pd.Index(names.map(certain(matches), na_action="ignore"), dtype=object))
    near = unnamed & has_point
    if within_km is not None and near.any():
        points = events.geometry[near]
        nearest_rows, km = nearest(points.x, points.y, cities.geometry.x, cities.geometry.y)
        rows[near] = np.where(km <= within_km, nearest_rows, -1)
    found = rows >= 0
    located = events.copy()
    located["city"] = _pick(cities.index, rows, events.index)
    if "region_id" in cities:
        located["region_id"] = _pick(cities["region_id"], rows, events.index)
    shapes = events.geometry.to_numpy().copy()
    lent = found & ~has_point
    shapes[lent] = cities.geometry.to_numpy()[rows[lent]]
    located = located.set_geometry(gpd.GeoSeries(shapes, index=events.index, crs=events.crs))
    reach = "none given: within_km" if within_km is None else f"{within_km:g} km"
    reasons = {_unknown(matches): ~unnamed, f"farther from every city than is allowed ({reach})": unnamed}
    return located, _reasons(events.index, ~found, reasons)


def _unknown(matches: pd.DataFrame) -> str:
    """Say which names are unknown, and what they may have been meant to be."""
    near = matches[matches["how"].isin(["transliteration", "misspelling"])].drop_duplicates("name")
    hints = [
        f"{name}: perhaps {city} ({score:.0f})"
        for name, city, score in near[["name", "city", "score"]].itertuples(index=False)
    ]
    return "in a city of unknown name" + (f" [{shorten_list(hints)}; see match_places]" if hints else "")


def _by_region(events: gpd.GeoDataFrame, regions: gpd.GeoDataFrame, within_km: float | None) -> Located:
    has_point = _has_point(events)
    points = shapely.get_coordinates(events.geometry.to_numpy())  # none of empty points
    rows = containing_region(points, regions)
    _refuse_swapped(points, rows, regions)
    if within_km is not None and (rows < 0).any():
        off = np.flatnonzero(rows < 0)
        distinct, back = _distinct(points[off])
        rows[off] = _nearest_region(distinct, regions, within_km)[back]
    row = np.full(len(events), -1)
    row[has_point] = rows
    located = events.copy()
    located["region_id"] = _pick(regions.index, row, events.index)
    reach = "and no reach given: within_km" if within_km is None else f"by more than {within_km:g} km"
    reasons = {"without a point": ~has_point, f"outside every region ({reach})": has_point}
    return located, _reasons(events.index, row < 0, reasons)


def containing_region(points: FloatArray, regions: gpd.GeoDataFrame) -> IntArray:
    """Return for each point (longitude, latitude) the row of the region that holds it, or -1; the first one on a border.

    The same as the first match of ``geopandas.sjoin`` in the order of `regions`.
    """
    shapes = regions.geometry.to_numpy()
    return region_by_tree(points, shapes) if len(points) < MANY_POINTS else region_by_grid(points, shapes)


def region_by_tree(points: FloatArray, shapes: npt.NDArray[np.object_]) -> IntArray:
    """Ask GEOS about each distinct point."""
    distinct, back = _distinct(points)
    which, holder = shapely.STRtree(shapes).query(shapely.points(distinct), predicate="intersects")
    rows = np.full(len(distinct), len(shapes))
    np.minimum.at(rows, which, holder)
    return np.where(rows == len(shapes), -1, rows)[back]


def region_by_grid(points: FloatArray, shapes: npt.NDArray[np.object_]) -> IntArray:
    """Ask a compiled grid of the regions about each point, and GEOS about those that lie on a border.

    Points that repeat are asked again: to find out that one repeats takes longer.
    """
    from .kernels.region_grid import UNDECIDED, locate, region_grid

    parts, part_of = shapely.get_parts(shapes, return_index=True)
    rings, ring_of = shapely.get_rings(parts, return_index=True)
    xy, of = shapely.get_coordinates(rings, return_index=True)
    step = np.flatnonzero(of[1:] == of[:-1])
    pieces = np.hstack([xy[step], xy[step + 1]])
    rows = locate(points, region_grid(pieces, part_of[ring_of[of[step]]], shapely.bounds(shapes))).astype(np.int64)
    undecided = np.flatnonzero(rows == UNDECIDED)
    rows[undecided] = region_by_tree(points[undecided], shapes)
    return rows


def _distinct(points: FloatArray) -> tuple[FloatArray, IntArray]:
    """Return each point once, and which of them each was."""
    back, distinct = pd.factorize(points[:, 0] + 1j * points[:, 1])
    return np.column_stack([distinct.real, distinct.imag]), back


def _has_point(events: gpd.GeoDataFrame) -> npt.NDArray[np.bool_]:
    shapes = events.geometry.to_numpy()
    return np.asarray(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))


def _pick(names: pd.Index | pd.Series, rows: IntArray, index: pd.Index) -> pd.Series:
    """Return the name in each row, None where the row is -1."""
    with_none = np.array([*names, None], dtype=object)  # row -1 is the last
    return pd.Series(with_none[rows], index=index, dtype=object)


def _refuse_swapped(points: FloatArray, rows: IntArray, regions: gpd.GeoDataFrame) -> None:
    """Raise where most points lie outside, and nearly all inside with longitude and latitude swapped."""
    outside = int((rows < 0).sum())
    if 2 * outside <= len(points):
        return
    inside = int((containing_region(points[:, ::-1], regions) >= 0).sum())
    if inside > 0.9 * len(points):
        fault = f"{outside} of {len(points)} points lie outside the regions; with longitude and latitude swapped, {inside} lie inside"
        raise DataError(
            "the events cannot be located", [fault], "swap the columns; geopandas.points_from_xy takes longitude first"
        )


def _nearest_region(points: FloatArray, regions: gpd.GeoDataFrame, within_km: float) -> IntArray:
    """Return for each point the row of the nearest region within reach, or -1.

    In the plane about the point in which distances from it are true (azimuthal equidistant, on the sphere).
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
        plane = shapely.transform(borders, partial(_plane_about, lon, lat))
        km = shapely.distance(plane, shapely.Point(0, 0))
        if len(near) and km.min() <= within_km:
            rows[i] = near[int(np.argmin(km))]
    return rows


def _plane_about(lon: float, lat: float, xy: FloatArray) -> FloatArray:
    """Return points in kilometres east and north of a point: as far from it, and in the same direction, as on the sphere."""
    turn, phi, other = np.radians(xy[:, 0] - lon), np.radians(lat), np.radians(xy[:, 1])
    east = np.cos(other) * np.sin(turn)
    north = np.cos(phi) * np.sin(other) - np.sin(phi) * np.cos(other) * np.cos(turn)
    km = great_circle_km(lon, lat, xy[:, 0], xy[:, 1])
    length = np.hypot(east, north)
    scale = np.divide(km, length, out=np.zeros_like(km), where=length > 0)
    return np.column_stack([east * scale, north * scale])


def _reasons(
    ids: pd.Index, missing: npt.NDArray[np.bool_], reasons: dict[str, npt.NDArray[np.bool_]]
) -> dict[str, list[Hashable]]:
    return {reason: list(ids[missing & which]) for reason, which in reasons.items() if (missing & which).any()}


def distances_km(cities: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the great-circle kilometres between all cities, a row and a column a city.

    Parameters
    ----------
    cities
        Index ``city``; points.

    Raises
    ------
    SchemaError, CRSError
        The table is no table of cities.

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
