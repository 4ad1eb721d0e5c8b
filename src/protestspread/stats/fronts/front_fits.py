"""Fit and test a front: regression, permutations, search for the origin, and Moran's I of the residuals."""

import math
from dataclasses import dataclass, replace
from typing import Any, Self

import geopandas as gpd
import numpy as np
import pandas as pd
import scipy.sparse as sp

from ...arrays import BoolArray, FloatArray, Int32Array, IntArray
from ...errors import DataError
from ...geodesy import great_circle_km
from ...graphs.near import MAX_TIES, nearest_graph
from ...graphs.receiving import receiving_weights
from ...inference.permutation_test import PermutationTest, p_values, smallest_p_value
from ...inference.replicates import PermutationBlocks, ShuffledValues
from .interval_regression import CensoredLine, fit_line, slope_interval

FEWEST = 3
"""Smallest number of places, and of onsets, for a test."""
NEIGHBORS = 4
"""Number of nearest places that count as neighbors; at most half of the other places."""

_LEVEL = 0.05
_DAY = 86_400e9  # nanoseconds


@dataclass(frozen=True, eq=False)
class DatedPlaces:
    """Onsets and coordinates of places as arrays.

    Attributes
    ----------
    names, onsets, lon, lat, joined
        One row per place; ``joined`` is True with an onset.
    days
        Days since the first onset; without an onset, until the end of observation.
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
    days: FloatArray
    first_day: pd.Timestamp | None
    until: pd.Timestamp | None
    table: gpd.GeoDataFrame

    @classmethod
    def of(cls, onsets: pd.Series, cities: gpd.GeoDataFrame, until: pd.Timestamp | None) -> Self:
        """Convert checked tables to arrays."""
        moments = onsets.to_numpy().astype("datetime64[ns]")
        table, joined = cities.loc[onsets.index], ~np.isnat(moments)
        if not joined.any():
            nowhere = np.full(len(moments), math.nan)
            return cls(onsets.index, moments, *_points(table), joined, nowhere, None, until, table)
        first = moments[joined].min()
        since = np.where(joined, (moments - first).astype(np.int64), 0) / _DAY
        if until is not None:
            whole = bool((moments[joined] == moments[joined].astype("datetime64[D]")).all())
            end = (until.to_datetime64().astype("datetime64[ns]") - first).astype(np.int64) / _DAY
            since = np.where(joined, since, end + (0.5 if whole else 1.0))
        return cls(onsets.index, moments, *_points(table), joined, since, pd.Timestamp(first), until, table)

    def without(self, row: int) -> Self:
        """Return all places except one."""
        rest = np.arange(len(self.names)) != row
        arrays: dict[str, Any] = {
            name: getattr(self, name)[rest] for name in ("names", "onsets", "lon", "lat", "joined", "days", "table")
        }
        return replace(self, **arrays)

    def km_from(self, lon: float, lat: float) -> FloatArray:
        """Return great-circle distances from a point, in kilometers."""
        return great_circle_km(lon, lat, self.lon, self.lat)

    def lateness(self) -> FloatArray:
        """Return the permuted numbers: days, or, with censored onsets, the scores of a fit without distance."""
        return self.days if self.joined.all() else fit_line(self.days, self.joined).scores


@dataclass(frozen=True, eq=False)
class FrontFit:
    """The numbers that `front_speed` reports."""

    slope: float
    low: float
    high: float
    intercept: float
    p_value: float
    smallest_p_value: float
    moran: float
    moran_p_value: float
    residuals: FloatArray
    interval: str
    reason: str | None = None

    @classmethod
    def without(cls, places: int, reason: str) -> Self:
        """Return a fit with a reason instead of numbers."""
        nan = math.nan
        return cls(nan, nan, nan, nan, nan, nan, nan, nan, np.full(places, nan), "none", reason)


@dataclass(frozen=True)
class OriginSearch:
    """The search for an origin: p-value, smallest possible p-value, and critical value of the largest correlation."""

    p_value: float
    smallest_p_value: float
    critical_correlation: float


def fit_front(places: DatedPlaces, km: FloatArray, draws: int, seed: int, search: OriginSearch | None) -> FrontFit:
    """Fit the line, test its slope, and test the residuals for spatial autocorrelation."""
    lateness = places.lateness()
    x = (km - km.mean()) / float(((km - km.mean()) ** 2).sum())
    observed = float(x @ lateness)
    line = _straight(lateness, km, observed) if places.joined.all() else _censored(places, km)
    if not line.converged:
        return FrontFit.without(len(km), "the onsets do not determine the slope of the line")
    residuals = line.scores * line.scale
    neighbors = _neighbors(places, residuals)
    null = FrontDraws(_orders(len(km), seed), lateness, km, x, residuals, neighbors).draws(draws).null
    p = float(p_values(observed, null[:, 0], "two-sided"))
    floor = smallest_p_value(draws, PermutationBlocks.whole(len(km)).log_arrangements(lateness.round(9)), "two-sided")
    if search is not None:
        p, floor = search.p_value, search.smallest_p_value
    low, high, how = _interval(places, km, line, null, search)
    if not places.joined.all() and p > _LEVEL:
        low, high = min(low, 0.0), max(high, 0.0)
    moran = neighbors.moran(residuals[:, None], x / math.sqrt(float(x @ x)))
    autocorrelation = math.nan, math.nan
    if neighbors.total:
        autocorrelation = float(moran[0]), float(p_values(moran, null[:, 2:])[0])
    return FrontFit(line.slope, low, high, line.intercept, p, floor, *autocorrelation, residuals, how)


def _straight(days: FloatArray, km: FloatArray, slope: float) -> CensoredLine:
    """Return the least-squares line; its scale is 1, so that scores are residuals."""
    intercept = float(days.mean() - slope * km.mean())
    rest = days - intercept - slope * km
    error = math.sqrt(float(rest @ rest) / max(len(km) - 2, 1) / float(((km - km.mean()) ** 2).sum()))
    return CensoredLine(intercept, slope, 1.0, math.nan, error, rest, converged=True)


def _interval(
    places: DatedPlaces, km: FloatArray, line: CensoredLine, null: FloatArray, search: OriginSearch | None
) -> tuple[float, float, str]:
    """Return the 95% interval of the slope and its method (see `front_speed`)."""
    from scipy.stats import t

    if places.joined.all():
        if search is None:
            return *_inverted(line.slope, null), "inverted permutation test"
        reach = math.sqrt(_squared_t(search.critical_correlation, len(km))) * line.standard_error
        return line.slope - reach, line.slope + reach, "Student's t, widened for the search for the origin"
    if not line.scale:
        return line.slope, line.slope, "exact fit: all onsets lie on a line"
    count = int(places.joined.sum())
    if search is None:
        threshold = count * math.log1p(t.ppf(1 - _LEVEL / 2, count - 2) ** 2 / (count - 2))
        how = "profile likelihood"
    else:
        threshold = (
            math.inf if search.critical_correlation >= 1 else -len(km) * math.log1p(-(search.critical_correlation**2))
        )
        how = "profile likelihood, widened for the search for the origin"
    if math.isinf(threshold):
        return -math.inf, math.inf, how
    return *slope_interval(places.days, places.joined, km, line, threshold), how


@dataclass(frozen=True, eq=False)
class NeighborPairs:
    """The weight of each pair of neighbors, and the sum of all weights; 0 without neighbors or residuals."""

    pairs: sp.csr_array
    total: float

    def moran(self, values: FloatArray, unit: FloatArray) -> FloatArray:
        """Return Moran's I of each column after removing its linear trend; NaN without neighbors."""
        if not self.total:
            return np.full(values.shape[1], math.nan)
        rest = values - values.mean(axis=0)
        rest -= unit[:, None] * (unit @ rest)
        sums: FloatArray = (rest * (self.pairs @ rest)).sum(axis=0)
        return np.asarray(len(unit) / self.total * sums / (rest**2).sum(axis=0))


@dataclass(frozen=True, eq=False)
class FrontDraws(PermutationTest):
    """The slopes of permuted lateness and of permuted distances, and Moran's I of permuted residuals.

    Attributes
    ----------
    lateness, km, residuals
        One number per place.
    x
        Centered distances divided by their sum of squares: ``x @ lateness`` is the slope.
    neighbors
        Pairs of places for Moran's I of the residuals.
    """

    lateness: FloatArray
    km: FloatArray
    x: FloatArray
    residuals: FloatArray
    neighbors: NeighborPairs

    def work(self, units: int) -> tuple[float, int]:
        """Return operations and numbers of a replicate."""
        return 20.0 * units, 6 * units

    def values(self, arranged: Int32Array) -> FloatArray:
        """Return three numbers for each order of the places."""
        x = self.x
        moran = self.neighbors.moran(self.residuals[arranged], x / math.sqrt(float(x @ x)))
        return np.column_stack([x @ self.lateness[arranged], x @ self.km[arranged], moran])


def _orders(n: int, seed: int) -> ShuffledValues:
    """Return the sampler of orders of all places."""
    return ShuffledValues(np.arange(n, dtype=np.int32), PermutationBlocks.whole(n), seed, "onsets permuted over places")


def _inverted(slope: float, null: FloatArray) -> tuple[float, float]:
    """Return the slopes that the permutation test does not reject.

    After subtracting slope b from the onsets, a permutation is at least as extreme as the observed order if b is at least
    (observed - slope of the permuted onsets) / (1 - slope of the permuted distances): one limit per permutation.
    """
    gap = 1 - null[:, 1]
    same = gap <= 1e-9  # it moves no place, or only exchanges places at equal distance
    limits = (slope - null[:, 0]) / np.where(same, 1.0, gap)
    count = math.floor(_LEVEL / 2 * (len(null) + 1) + 1e-9)
    if count == 0:
        return -math.inf, math.inf
    low, high = np.sort(np.where(same, -math.inf, limits)), np.sort(np.where(same, math.inf, limits))
    return float(low[count - 1]), float(high[-count])


def _censored(places: DatedPlaces, km: FloatArray) -> CensoredLine:
    """Return the line through all onsets if they lie on one, else the censored regression."""
    return _exact(places.days, places.joined, km) or fit_line(places.days, places.joined, km)


def _exact(days: FloatArray, joined: BoolArray, km: FloatArray) -> CensoredLine | None:
    """Return the line through all onsets if they lie on one that agrees with the censored places, else None."""
    x, y = km[joined] - km[joined].mean(), days[joined] - days[joined].mean()
    slope = float(x @ y / (x @ x))
    intercept = float(days[joined].mean() - slope * km[joined].mean())
    rest = days - intercept - slope * km
    exact = float(np.abs(rest[joined]).max()) <= 1e-9 * max(np.ptp(y), 1e-300) and (rest[~joined] <= 0).all()
    if not exact:
        return None
    return CensoredLine(intercept, slope, 0.0, math.inf, 0.0, np.where(joined, rest, 0.0), converged=True)


def _squared_t(correlation: float, places: int) -> float:
    """Return the squared t statistic of a correlation."""
    return math.inf if correlation >= 1 else (places - 2) * correlation**2 / (1 - correlation**2)


def _neighbors(places: DatedPlaces, residuals: FloatArray) -> NeighborPairs:
    """Return the pairs of neighbors; none if there are too few places or all residuals are 0."""
    n = len(residuals)
    k = min(NEIGHBORS, (n - 1) // 2)
    if k < 1 or np.abs(residuals).max() <= 1e-9 * max(float(np.ptp(places.days)), 1e-300):
        return NeighborPairs(sp.csr_array((n, n)), 0.0)
    weights = receiving_weights(nearest_graph(places.table, k=k), "normalized")
    return NeighborPairs(weights.pairs(), float(weights.sums.sum()))


def search_origin(places: DatedPlaces, draws: int, seed: int) -> tuple[int, OriginSearch]:
    """Find the place with an onset whose distances correlate most with lateness, and repeat it for each permutation.

    Raises
    ------
    DataError
        There are too many places.
    """
    n = len(places.names)
    if n * n > MAX_TIES:
        what = f"origin='profile' allows at most {MAX_TIES:,} distances; {n:,} places have {n * n:,} distances"
        raise DataError(what, fix="name the origin, or pass onsets of fewer places")
    km = great_circle_km(places.lon[:, None], places.lat[:, None], places.lon, places.lat)
    lateness = places.lateness()
    draw = OriginDraws(
        _orders(n, seed), lateness - lateness.mean(), places.joined, km, km.sum(axis=1), (km**2).sum(axis=1)
    )
    correlations = draw.correlations(np.arange(n)[:, None])[:, 0]
    row = int(np.argmax(correlations))
    null = draw.draws(draws).null
    count = math.floor(_LEVEL * (draws + 1) + 1e-9)
    critical = float(np.sort(null)[-count]) if count else 1.0
    arrangements = PermutationBlocks.whole(n).log_arrangements(draw.lateness.round(9))
    p = float(p_values(correlations[row], null)) if np.isfinite(correlations[row]) else math.nan
    return row, OriginSearch(p, smallest_p_value(draws, arrangements), max(critical, 0.0))


@dataclass(frozen=True, eq=False)
class OriginDraws(PermutationTest):
    """The largest correlation of lateness and distance over all candidates for the origin.

    Attributes
    ----------
    lateness, joined
        Centered lateness, and whether the place had an onset; permuted together.
    km
        Distances between all places, shape (places, places).
    sums, squares
        Sum and sum of squares of each row of `km`.
    """

    lateness: FloatArray
    joined: BoolArray
    km: FloatArray
    sums: FloatArray
    squares: FloatArray

    def work(self, units: int) -> tuple[float, int]:
        """Return operations and numbers of a replicate."""
        return float(units**2), 6 * units

    def values(self, arranged: Int32Array) -> FloatArray:
        """Return the largest correlation for each order of the places."""
        return np.asarray(self.correlations(arranged).max(axis=0))

    def correlations(self, orders: IntArray | Int32Array) -> FloatArray:
        """Return the correlation of lateness and distance over all others, for each candidate (row) and order (column).

        It is -inf for candidates without an onset.
        """
        values, others = self.lateness[orders], len(self.km) - 1
        total = values.sum(axis=0) - values
        spread = np.maximum((values**2).sum(axis=0) - values**2 - total**2 / others, 0)
        with_km = self.km @ values - (self.sums / others)[:, None] * total
        scale = np.sqrt(spread * np.maximum(self.squares - self.sums**2 / others, 0)[:, None])
        usable = self.joined[orders] & (scale > 1e-12 * scale.max(initial=0.0))
        return np.asarray(np.where(usable, with_km / np.where(usable, scale, 1.0), -math.inf))


def _points(cities: gpd.GeoDataFrame) -> tuple[FloatArray, FloatArray]:
    return np.asarray(cities.geometry.x, dtype=float), np.asarray(cities.geometry.y, dtype=float)
