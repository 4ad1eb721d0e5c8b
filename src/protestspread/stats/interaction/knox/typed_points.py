"""Dated points of two kinds, and which of them are near by within a few days, in order."""

import warnings
from collections.abc import Collection, Mapping, Sized
from dataclasses import dataclass, field, replace
from itertools import starmap
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp

from ....arrays import BoolArray, Int32Array, IntArray
from ....errors import DataError, ReportsWarning, must_be
from ....event_places import EventPlaces, point_name
from ..dated_points import Limits, Strata, Unit, check_one_stratum, leave_out, strata_labels
from ..points import PointSet


@dataclass(frozen=True, eq=False)
class LaggedPairs:
    """Pairs of points near by, each once: the later point is `lag` days after the earlier one."""

    earlier: IntArray
    later: IntArray
    lag: IntArray

    def __len__(self) -> int:
        return len(self.lag)


@dataclass(frozen=True, eq=False)
class TypedPoints:
    """Dated points of two kinds, sorted by place, day and kind.

    Attributes
    ----------
    sites, names
        The point and the name of each place.
    place, days, then
        The number of each point's place; its day, counted from the first; and whether it is of the second kind.
    strata, strata_name
        The number of each point's stratum, all 0 without strata, and the name of the strata.
    unit, reports
        What a point is: "place_days" (a place and day with events of this kind) or "reports"; and the number of reports.
    lost
        Number of events that were left out, by reason.
    """

    sites: PointSet
    names: tuple[str, ...]
    place: IntArray
    days: Int32Array
    then: BoolArray
    strata: IntArray
    strata_name: str
    unit: Unit
    reports: int
    lost: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(
        cls, events: gpd.GeoDataFrame, kinds: tuple[Collection[Any], Collection[Any]], strata: Strata | None = None, *, unit: Unit,
        cities: gpd.GeoDataFrame | None = None, limits: Limits | None = None,
    ) -> "TypedPoints":  # fmt: skip
        """Return the place-days with events of each kind, or each of these events; a kind is a collection of types.

        Raises
        ------
        DataError
            No event of one kind is left, or the strata do not fit the events.

        Warns
        -----
        LostEventsWarning, ReportsWarning
            As in `DatedPoints.of`.
        """
        typed = events["event_type"].isin([name for kind in kinds for name in kind]).to_numpy()
        events, strata, lost = leave_out(events[typed], _labels_in(strata, events, typed), limits)
        labels, name = (np.zeros(len(events), dtype=np.int64), "") if strata is None else strata_labels(events, strata)
        then = events["event_type"].isin(list(kinds[1])).to_numpy()
        for argument, kind, found in zip(("first", "then"), kinds, (~then, then), strict=True):
            if not found.any():
                raise DataError(
                    must_be(argument, "a type of events that have a point and the precision of the limits", ", ".join(map(str, kind))),
                    fix="call locate_events(events, cities), or pass larger limits",
                )  # fmt: skip
        places = EventPlaces.of(events, cities, warn=unit == "place_days")
        if unit == "place_days" and name:
            check_one_stratum(places.place, events["date"], labels, name)
        days = events["date"].to_numpy().astype("datetime64[D]").astype(np.int64)
        sites = PointSet.at_coordinates(places.x, places.y)
        points = cls.sorted(sites, places.place, days, then, labels, unit=unit)
        distinct = len(np.unique(np.column_stack([places.place, days, then]), axis=0))
        if unit == "reports" and distinct < len(events):
            warnings.warn(ReportsWarning(len(events), distinct), stacklevel=3)
        return replace(points, names=places.names, strata_name=name, lost=lost)

    @classmethod
    def sorted(
        cls, sites: PointSet, place: npt.ArrayLike, days: npt.ArrayLike, then: npt.ArrayLike, strata: npt.ArrayLike = 0, *,
        unit: Unit = "place_days",
    ) -> "TypedPoints":  # fmt: skip
        """Return points in an order that does not depend on that of the reports; as place-days, each once."""
        given = np.column_stack(np.broadcast_arrays(place, days, then, strata)).astype(np.int64)
        rows = np.unique(given, axis=0) if unit == "place_days" else given[np.lexsort(given.T[::-1])]
        at, day, kind, stratum = rows.T.copy()
        names = tuple(starmap(point_name, zip(sites.x, sites.y, strict=True)))
        return cls(
            sites, names, at, (day - day.min()).astype(np.int32), kind.astype(bool), stratum, "", unit, len(given)
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.days)

    @property
    def noun(self) -> str:
        """What a point is, in the plural."""
        return "place-days" if self.unit == "place_days" else "reports"

    @property
    def both(self) -> BoolArray:
        """Which place-days have events of both kinds; no report is of both."""
        if self.unit == "reports":
            return np.zeros(len(self), dtype=bool)
        again = (np.diff(self.place) == 0) & (np.diff(self.days) == 0)
        return np.asarray(np.append(again, False) | np.insert(again, 0, False))

    def pairs(self, near: sp.csr_array, within_days: int) -> "LaggedPairs":
        """Return the pairs of points in places near each other, at most `within_days` apart."""
        span = int(self.days.max()) + within_days + 1
        key, points = self.place * span + self.days, np.arange(len(self))
        member = sp.csr_array((np.ones(len(self)), (points, self.place)), shape=(len(self), len(self.sites)))
        point, site = (member @ near).nonzero()
        found = []
        for lag in range(within_days + 1):
            wanted = site * span + self.days[point] + lag
            start = np.searchsorted(key, wanted, "left")
            count = np.searchsorted(key, wanted, "right") - start
            one = np.repeat(point, count)
            other = np.repeat(start - np.cumsum(count) + count, count) + np.arange(len(one))
            once = one < other if lag == 0 else np.ones(len(one), dtype=bool)
            found.append((one[once], other[once], np.full(once.sum(), lag)))
        return LaggedPairs(*(np.concatenate(parts).astype(np.int64) for parts in zip(*found, strict=True)))

    def near(self, within_km: float) -> sp.csr_array:
        """Return which places are at most `within_km` apart; a place is near itself."""
        n = len(self.sites)
        near = sp.eye_array(n, format="csr")
        for pairs in self.sites.pairs([within_km]):
            one, other = pairs.by_distance_class[0]
            found = sp.coo_array((np.ones(len(one)), (one, other)), shape=(n, n))
            near = near + found + found.T
        return sp.csr_array(near)


def _labels_in(strata: Strata | None, events: gpd.GeoDataFrame, rows: BoolArray) -> Strata | None:
    """Return strata for some rows of the events: the same names, or the labels of these rows."""
    if isinstance(strata, pd.Series):
        return strata[strata.index.isin(events.index[rows])]
    if isinstance(strata, Sized) and not isinstance(strata, str) and len(strata) == len(events):
        return np.asarray(strata, dtype=object)[rows]
    return strata
