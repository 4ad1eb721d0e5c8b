"""Merge reports of one event, on request and with every merge listed."""

from collections.abc import Collection
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from ...arrays import FloatArray, IntArray
from ...errors import DataError, shorten_list
from ...geodesy import chord, great_circle_km, unit_vectors
from ...tables import check_events


@dataclass(frozen=True, repr=False, eq=False)
class Deduplication:
    """Events with reports of one event merged, and all merges.

    Attributes
    ----------
    events
        The events that are left, in their order, as they were, with ``reports``: how many rows each stands for.
    merges
        One row for each event merged into another: index ``event_id``, ``kept`` (the id of the other), ``km`` and ``days``
        between the two.
    """

    events: gpd.GeoDataFrame
    merges: pd.DataFrame

    def __repr__(self) -> str:
        given = len(self.events) + len(self.merges)
        return f"<Deduplication: {given} events, {len(self.merges)} merged into others, {len(self.events)} left>"


def deduplicate(
    events: gpd.GeoDataFrame, *, within_km: float, within_days: int = 0, same: Collection[str] = ("event_type",)
) -> Deduplication:
    """Merge events that are near in space and time and alike: perhaps several reports of one.

    Each event is merged into the earliest kept event within reach (of one day: the first in the table). There are no
    chains: everything merged lies within reach of the event that is kept. Sizes and notes are those of the event kept.

    Parameters
    ----------
    events
        Events with points. One without a point is near only those without a point that name the same ``city``.
    within_km, within_days
        The reach: great-circle kilometres, and days (0: on the same day).
    same
        Columns that must be equal, of those the table has; missing equals missing.

    Returns
    -------
    Deduplication
        ``events`` and ``merges``.

    Raises
    ------
    SchemaError
        The table is no events table.
    DataError
        A reach below 0.

    Examples
    --------
    >>> import protestspread as ps
    >>> events = ps.load_case("kazakhstan_2022").events
    >>> ps.deduplicate(events, within_km=1, within_days=0)
    <Deduplication: 152 events, 23 merged into others, 129 left>
    """
    check_events(events)
    if not (within_km >= 0 and within_days >= 0):
        raise DataError("events cannot be merged", [f"within_km={within_km}, within_days={within_days}"], "0 or more")
    there, lon, lat = _coordinates(events)
    days = events["date"].to_numpy().astype("datetime64[D]").astype(np.int64)
    alike = _groups(events, there, same)
    order = np.argsort(days, kind="stable")
    leader = np.empty(len(events), dtype=np.int64)
    first = _leaders(lon[order], lat[order], days[order], alike[order], within_km=within_km, within_days=within_days)
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
    left = events[~merged].copy()
    left["reports"] = np.bincount(leader, minlength=len(events))[~merged]
    return Deduplication(left, merges)


def _coordinates(events: gpd.GeoDataFrame) -> tuple[npt.NDArray[np.bool_], FloatArray, FloatArray]:
    shapes = events.geometry.to_numpy()
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    lon, lat = np.zeros(len(events)), np.zeros(len(events))
    lon[there], lat[there] = shapely.get_x(shapes[there]), shapely.get_y(shapes[there])
    return there, lon, lat


def _groups(events: gpd.GeoDataFrame, there: npt.NDArray[np.bool_], same: Collection[str]) -> IntArray:
    """Return a number for each event; only those of one number may be merged."""
    missing = [name for name in same if name not in events and name != "event_type"]
    if missing:
        raise DataError(
            "events cannot be compared",
            [f"there is no column {c!r}" for c in missing],
            f"same=: some of {shorten_list(events.columns, 20)}",
        )
    keys = [there.astype(np.int64), *(pd.factorize(events[name])[0] for name in same if name in events)]
    if "city" in events:
        keys.append(np.where(there, -1, pd.factorize(events["city"])[0]))
    groups: IntArray = np.unique(np.column_stack(keys), axis=0, return_inverse=True)[1].reshape(-1)
    return groups


def _leaders(
    lon: FloatArray, lat: FloatArray, days: IntArray, alike: IntArray, *, within_km: float, within_days: int
) -> IntArray:
    """Return for each event, in the order of days, the row of the event that it is merged into, or its own."""
    from scipy.spatial import KDTree

    if not len(days):
        return np.array([], dtype=np.int64)
    # One box of side 1 around a point of these five axes holds all that may be in reach; what is alike shares the last axis.
    reach = max(chord(within_km), 1e-9)
    axes = np.column_stack([unit_vectors(lon, lat) / reach, days / max(within_days, 0.5), alike * 10.0])
    distinct, first, back = np.unique(axes, axis=0, return_index=True, return_inverse=True)
    tree, at = KDTree(distinct), np.full(len(distinct), -1, dtype=np.int64)
    company = np.isfinite(
        tree.query(distinct, k=min(2, len(distinct)) or 1, p=np.inf, distance_upper_bound=1 + 1e-9)[0].reshape(
            len(distinct), -1
        )[:, -1]
    )
    at[~company] = first[~company]
    for number in sorted(np.flatnonzero(company), key=first.__getitem__):
        if at[number] >= 0:
            continue
        at[number] = row = first[number]
        near = np.array(
            [other for other in tree.query_ball_point(distinct[number], 1 + 1e-9, p=np.inf) if at[other] < 0],
            dtype=np.int64,
        )
        rows = first[near]
        close = (great_circle_km(lon[row], lat[row], lon[rows], lat[rows]) <= within_km) & (
            days[rows] - days[row] <= within_days
        )
        at[near[close]] = row
    leaders: IntArray = at[back.reshape(-1)]
    return leaders
