"""Merge reports of the same event, with every merge listed."""

from collections.abc import Collection
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from ...arguments import Arguments, as_list
from ...arrays import FloatArray, IntArray
from ...errors import DataError, must_be, shorten_list
from ...geodesy import chord, great_circle_km, unit_vectors
from ...tables import check_events


@dataclass(frozen=True, repr=False, eq=False)
class Deduplication:
    """Events after merging reports of the same event, and the list of merges.

    Attributes
    ----------
    events
        The events that were kept, in their original order, with ``reports``: the number of rows that each represents.
    merges
        One row per event merged into another: index ``event_id``, ``kept`` (the id of the event kept), and ``km`` and
        ``days`` between the two.
    """

    events: gpd.GeoDataFrame
    merges: pd.DataFrame

    def __repr__(self) -> str:
        given = len(self.events) + len(self.merges)
        return f"<Deduplication: {given} events, {len(self.merges)} merged into others, {len(self.events)} kept>"


def deduplicate(
    events: gpd.GeoDataFrame, *, within_km: float, within_days: int = 0, same: Collection[str] = ("event_type",)
) -> Deduplication:
    """Merge similar events that are close in space and time, and so may be reports of the same event.

    Each event is merged into the earliest event kept within `within_km` and `within_days` (on the same day, the first in the
    table). Merges do not chain: every merged event is close to the event kept. Sizes and notes are those of the event kept.

    Parameters
    ----------
    events
        Events with points. An event without a point is close only to events without a point in the same ``city``.
    within_km, within_days
        Largest distance in great-circle kilometers, and in days (0: on the same day).
    same
        Columns that must be equal; missing values are equal to each other.

    Returns
    -------
    Deduplication
        ``events`` and ``merges``.

    Raises
    ------
    SchemaError
        `events` is not a valid table of events.
    DataError
        `within_km` or `within_days` is below 0, or a column of `same` is missing.

    Examples
    --------
    >>> import protestspread as ps
    >>> events = ps.load_case("kazakhstan_2022").events
    >>> ps.deduplicate(events, within_km=1, within_days=0)
    <Deduplication: 152 events, 23 merged into others, 129 kept>
    """
    check_events(events)
    with Arguments() as check:
        check.number("within_km", within_km, at_least=0)
        check.whole("within_days", within_days, at_least=0)
        columns = as_list(same)
        if columns is None or not all(isinstance(name, str) for name in columns):
            check.fault(must_be("same", "a list of columns", same))
    has_point, lon, lat = _coordinates(events)
    days = events["date"].to_numpy().astype("datetime64[D]").astype(np.int64)
    groups = _group_numbers(events, has_point, columns or [])
    order = np.argsort(days, kind="stable")
    leader = np.empty(len(events), dtype=np.int64)
    first = _leaders(lon[order], lat[order], days[order], groups[order], within_km=within_km, within_days=within_days)
    leader[order] = order[first]
    merged = leader != np.arange(len(events))
    into = leader[merged]
    merges = pd.DataFrame(
        {
            "kept": events.index[into],
            "km": great_circle_km(lon[merged], lat[merged], lon[into], lat[into]),
            "days": days[merged] - days[into],
        },
        index=events.index[merged],
    )
    kept = events[~merged].copy()
    kept["reports"] = np.bincount(leader, minlength=len(events))[~merged]
    return Deduplication(kept, merges)


def _coordinates(events: gpd.GeoDataFrame) -> tuple[npt.NDArray[np.bool_], FloatArray, FloatArray]:
    shapes = events.geometry.to_numpy()
    has_point = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    lon, lat = np.zeros(len(events)), np.zeros(len(events))
    lon[has_point], lat[has_point] = shapely.get_x(shapes[has_point]), shapely.get_y(shapes[has_point])
    return has_point, lon, lat


def _group_numbers(events: gpd.GeoDataFrame, has_point: npt.NDArray[np.bool_], same: Collection[str]) -> IntArray:
    """Return a group number for each event; only events of the same group may be merged."""
    missing = [name for name in same if name not in events and name != "event_type"]
    if missing:
        raise DataError(
            "same must name columns of events",
            [f"there is no column {c!r}" for c in missing],
            f"choose from {shorten_list(events.columns, 20)}",
        )
    keys = [has_point.astype(np.int64), *(pd.factorize(events[name])[0] for name in same if name in events)]
    if "city" in events:
        keys.append(np.where(has_point, -1, pd.factorize(events["city"])[0]))
    groups: IntArray = np.unique(np.column_stack(keys), axis=0, return_inverse=True)[1].reshape(-1)
    return groups


def _leaders(
    lon: FloatArray, lat: FloatArray, days: IntArray, groups: IntArray, *, within_km: float, within_days: int
) -> IntArray:
    """Return for each event, ordered by day, the row of the event that it is merged into, or its own row."""
    from scipy.spatial import KDTree

    if not len(days):
        return np.array([], dtype=np.int64)
    # In these five coordinates, all events in reach lie within a box around the event; the last coordinate separates groups.
    reach = max(chord(within_km), 1e-9)
    axes = np.column_stack([unit_vectors(lon, lat) / reach, days / max(within_days, 0.5), groups * 10.0])
    distinct, first, inverse = np.unique(axes, axis=0, return_index=True, return_inverse=True)
    tree, leader = KDTree(distinct), np.full(len(distinct), -1, dtype=np.int64)
    has_neighbor = np.isfinite(
        tree.query(distinct, k=min(2, len(distinct)) or 1, p=np.inf, distance_upper_bound=1 + 1e-9)[0].reshape(
            len(distinct), -1
        )[:, -1]
    )
    leader[~has_neighbor] = first[~has_neighbor]
    for number in sorted(np.flatnonzero(has_neighbor), key=first.__getitem__):
        if leader[number] >= 0:
            continue
        leader[number] = row = first[number]
        near = np.array(
            [other for other in tree.query_ball_point(distinct[number], 1 + 1e-9, p=np.inf) if leader[other] < 0],
            dtype=np.int64,
        )
        rows = first[near]
        close = (great_circle_km(lon[row], lat[row], lon[rows], lat[rows]) <= within_km) & (
            days[rows] - days[row] <= within_days
        )
        leader[near[close]] = row
    leaders: IntArray = leader[inverse.reshape(-1)]
    return leaders
