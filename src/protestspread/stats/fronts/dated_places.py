"""Onsets, positions and populations of places as arrays, in the order of their names."""

from dataclasses import dataclass, replace
from typing import Self

import geopandas as gpd
import numpy as np
import pandas as pd

from ...arrays import BoolArray, FloatArray
from ...geodesy import great_circle_km

_DAY = 86_400e9  # nanoseconds


@dataclass(frozen=True, eq=False)
class DatedPlaces:
    """Onsets and coordinates of places as arrays, sorted by name, so that no result depends on the order of rows.

    Attributes
    ----------
    names, onsets, lon, lat, joined
        One row per place; ``joined`` is True with an onset.
    low, high
        Earliest and latest time of the onset, in days since `first_day`, whose whole day is -0.5 to 0.5; equal for moments,
        NaN without an onset.
    log_population
        Or None if it is not in the model.
    strata
        The stratum of each place, None where it has none; or None if there are no strata.
    first_day
        The first onset; None without onsets.
    until
        The last day of observation, if given.
    table
        The cities.
    """

    names: pd.Index
    onsets: "np.typing.NDArray[np.datetime64]"
    lon: FloatArray
    lat: FloatArray
    joined: BoolArray
    low: FloatArray
    high: FloatArray
    log_population: FloatArray | None
    strata: "np.typing.NDArray[np.object_] | None"
    first_day: pd.Timestamp | None
    until: pd.Timestamp | None
    table: gpd.GeoDataFrame

    @classmethod
    def of(
        cls,
        onsets: pd.Series,
        cities: gpd.GeoDataFrame,
        until: pd.Timestamp | None,
        *,
        population: bool,
        strata: str | None,
    ) -> Self:
        """Convert checked tables to arrays."""
        onsets = onsets.sort_index(key=lambda names: names.astype(str), kind="stable")
        moments = onsets.to_numpy().astype("datetime64[ns]")
        table, joined = cities.loc[onsets.index], ~np.isnat(moments)
        first = moments[joined].min() if joined.any() else np.datetime64("NaT", "ns")
        days = np.where(joined, (moments - first).astype(np.int64) / _DAY, np.nan)
        whole = bool((moments[joined] == moments[joined].astype("datetime64[D]")).all())
        half = 0.5 if whole else 0.0
        size = np.log(table["population"].to_numpy(dtype=float, na_value=np.nan)) if population else None
        groups = None if strata is None else table[strata].astype(object).where(table[strata].notna(), None).to_numpy()
        lon, lat = (np.asarray(ends, dtype=float) for ends in (table.geometry.x, table.geometry.y))
        start = pd.Timestamp(first) if joined.any() else None
        return cls(onsets.index, moments, lon, lat, joined, days - half, days + half, size, groups, start, until, table)

    def select(self, rows: BoolArray) -> Self:
        """Return some of the places."""
        return replace(
            self, names=self.names[rows], onsets=self.onsets[rows], lon=self.lon[rows], lat=self.lat[rows],
            joined=self.joined[rows], low=self.low[rows], high=self.high[rows], table=self.table[rows],
            log_population=None if self.log_population is None else self.log_population[rows],
            strata=None if self.strata is None else self.strata[rows],
        )  # fmt: skip

    def ending(self, until: pd.Timestamp) -> Self:
        """Return the places as observed until an earlier day."""
        kept = self.onsets < (until + pd.Timedelta(days=1)).to_datetime64()
        onsets = np.where(kept, self.onsets, np.datetime64("NaT", "ns"))
        low, high = (np.where(kept, end, np.nan) for end in (self.low, self.high))
        return replace(self, onsets=onsets, joined=kept, low=low, high=high, until=until)

    @property
    def started(self) -> BoolArray:
        """Which places joined on the first day; they began it, and their distance tells nothing of how it spread."""
        if self.first_day is None:
            return np.zeros(len(self.names), dtype=bool)
        return np.asarray(self.onsets < (self.first_day.normalize() + pd.Timedelta(days=1)).to_datetime64())

    @property
    def others(self) -> FloatArray:
        """The columns of a regression besides distance: a constant, and log population if it is in the model and varies."""
        one = np.ones((len(self.names), 1))
        size = self.log_population
        return one if size is None or not len(size) or np.ptp(size) == 0 else np.column_stack([one, size - size.mean()])

    def km_from(self, lon: float, lat: float, at_least: float) -> FloatArray:
        """Return great-circle distances from a point, in kilometers; shorter ones count as `at_least`."""
        return np.maximum(great_circle_km(lon, lat, self.lon, self.lat), at_least)
