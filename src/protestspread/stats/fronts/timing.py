"""How much later places farther away joined: regression, permutation test, and Moran's I of the residuals."""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
import scipy.sparse as sp

from ...arrays import FloatArray, Int32Array
from ...graphs.near import nearest_graph
from ...graphs.receiving import receiving_weights
from ...inference.permutation_test import PermutationTest, p_values, smallest_p_value
from ...inference.replicates import PermutationBlocks, ShuffledValues
from ...wording import format_places
from .dated_places import DatedPlaces
from .interval_regression import IntervalLine, fit_line, slope_interval

FEWEST = 3
"""Smallest number of places with an onset for a test; one more with population in the model."""
NEIGHBORS = 4
"""Number of nearest places that count as neighbors; at most half of the other places."""
LEVEL = 0.05
ALIKE = 0.1
"""Largest p-value at which residuals count as alike: higher, because a front is claimed where this test does not reject."""


@dataclass(frozen=True, eq=False)
class Timing:
    """The regression of days on distance, over places that joined after the first day.

    Attributes
    ----------
    slope, low, high
        Days per kilometer with its 95% interval; an end is infinite if the data do not bound it.
    intercept
        Fitted onset at distance 0 and mean population, in days since the first day.
    p_value, smallest_p_value
        Two-sided p-value of the permutations, and the smallest that they can give.
    detectable
        The slope, either way, that would be found in about four of five such data sets.
    moran, moran_p_value
        Moran's I of the residuals and its one-sided p-value.
    strata_p_value
        Of the variance of the residuals between strata, one-sided; NaN without strata.
    residuals
        Expected error of each place, in days.
    interval
        Method of the interval.
    population
        Whether log population is in the model.
    reason
        Why there are no numbers, or None.
    """

    slope: float
    low: float
    high: float
    intercept: float
    p_value: float
    smallest_p_value: float
    detectable: float
    moran: float
    moran_p_value: float
    strata_p_value: float
    residuals: FloatArray
    interval: str
    population: bool = False
    reason: str | None = None

    @classmethod
    def without(cls, places: int, reason: str) -> Self:
        """Return a result with a reason instead of numbers."""
        nan = math.nan
        return cls(nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, np.full(places, nan), "none", reason=reason)

    @property
    def later(self) -> bool:
        """Whether places farther away joined later: interval above 0, and p at most 0.05."""
        return self.low > 0 and self.p_value <= LEVEL

    @property
    def clustered(self) -> bool:
        """Whether the residuals of neighbors, or of places in one stratum, are alike."""
        return (self.moran > 0 and self.moran_p_value <= ALIKE) or self.strata_p_value <= ALIKE


@dataclass(frozen=True)
class Settings:
    """Number of permutations, their seed, and the distance in kilometers that places are taken to be apart at least."""

    draws: int
    seed: int
    min_km: float


@dataclass(frozen=True)
class OriginSearch:
    """The search for an origin: p-value, smallest possible p-value, and critical value of the largest correlation."""

    p_value: float
    smallest_p_value: float
    critical_correlation: float


def fit_timing(places: DatedPlaces, km: FloatArray, settings: Settings, search: OriginSearch | None) -> Timing:
    """Fit the line, test its slope, and test the residuals for spatial autocorrelation."""
    reason = _reason(places, km)
    if reason is not None:
        return Timing.without(len(km), reason)
    others = orthonormal(places.others)
    distance = without_trend(others, km)
    x = distance / float(distance @ distance)
    lateness, line = lateness_of(places), fit_line(places.low, places.high, np.column_stack([places.others, km]))
    if not line.converged:
        return Timing.without(len(km), "the onsets do not determine the slope of the line")
    basis = np.column_stack([others, distance / math.sqrt(float(distance @ distance))])
    residuals = line.scores * line.scale
    alike = Alike.of(places, residuals, basis)
    orders = _orders(len(km), settings.seed)
    drawn = FrontDraws(orders, lateness, distance, x, alike).draws(settings.draws)
    observed, null = drawn.observed, drawn.null
    p = float(p_values(observed[0], null[:, 0], "two-sided"))
    floor = smallest_p_value(settings.draws, orders.blocks.log_arrangements(lateness.round(9)), "two-sided")
    if search is not None:
        p, floor = search.p_value, search.smallest_p_value
    low, high, how = _interval(places, km, line, null, search)
    if p > LEVEL:
        low, high = min(low, 0.0), max(high, 0.0)
    detectable = float(np.quantile(np.abs(null[:, 0]), 1 - LEVEL) + 0.84 * null[:, 0].std())
    alike_p = [float(p_values(observed[column], null[:, column])) for column in (2, 3)]
    slope = float(line.coefficients[-1])
    return Timing(
        slope, low, high, float(line.coefficients[0]), p, floor, detectable, float(observed[2]), alike_p[0], alike_p[1],
        residuals, how, others.shape[1] > 1,
    )  # fmt: skip


def lateness_of(places: DatedPlaces) -> FloatArray:
    """Return the numbers that are permuted: expected errors, in days, of a regression without distance."""
    line = fit_line(places.low, places.high, places.others)
    return line.scores * line.scale


def orthonormal(columns: FloatArray) -> FloatArray:
    """Return an orthonormal basis of independent columns."""
    return np.asarray(np.linalg.qr(columns)[0])


def without_trend(basis: FloatArray, values: FloatArray) -> FloatArray:
    """Return values without their part along an orthonormal basis."""
    return np.asarray(values - basis @ (basis.T @ values))


def _reason(places: DatedPlaces, km: FloatArray) -> str | None:
    """Return why no line can be fitted, or None if one can."""
    fewest = FEWEST + places.others.shape[1] - 1
    if len(km) < fewest:
        return f"only {format_places(len(km))} besides the origin joined after the first day" if len(km) else (
            "no other place joined after the first day")  # fmt: skip
    if np.ptp(places.low) == 0 and np.ptp(places.high) == 0:
        return "all places that joined after the first day did so on the same day"
    if np.ptp(km) <= 1e-9 * km.max():
        return "all places that joined after the first day are equally far from the origin"
    rest = without_trend(orthonormal(places.others), km)
    if rest @ rest <= 1e-12 * float(km @ km):
        return "distance cannot be told from population"
    return None


def _interval(
    places: DatedPlaces, km: FloatArray, line: IntervalLine, null: FloatArray, search: OriginSearch | None
) -> tuple[float, float, str]:
    """Return the 95% interval of the slope and its method (see `front_speed`)."""
    from scipy.stats import t

    design = np.column_stack([places.others, km])
    slope, n, left = float(line.coefficients[-1]), len(km), len(km) - design.shape[1]
    if (places.low == places.high).all() and search is None:
        return *_inverted(slope, null), "inverted permutation test"
    how = "profile likelihood" + ("" if search is None else ", widened for the search for the origin")
    correlation = 1.0 if search is None else search.critical_correlation
    threshold = n * math.log1p(t.ppf(1 - LEVEL / 2, left) ** 2 / left) if search is None else (
        math.inf if correlation >= 1 else -n * math.log1p(-(correlation**2)))  # fmt: skip
    if math.isinf(threshold):
        return -math.inf, math.inf, how
    return *slope_interval(places.low, places.high, design, line, threshold), how


@dataclass(frozen=True, eq=False)
class Alike:
    """Whether the residuals of neighbors, and of places in one stratum, are alike.

    Attributes
    ----------
    residuals
        One number per place.
    basis
        Orthonormal basis of all columns of the regression.
    pairs, total
        The weight of each pair of neighbors, and the sum of all weights; 0 without neighbors or residuals.
    strata
        One column per stratum: 1 / √places for its places; no column without strata.
    """

    residuals: FloatArray
    basis: FloatArray
    pairs: sp.csr_array
    total: float
    strata: FloatArray

    @classmethod
    def of(cls, places: DatedPlaces, residuals: FloatArray, basis: FloatArray) -> Self:
        """Return the pairs and the strata; none if there are too few places or all residuals are 0."""
        n = len(residuals)
        k = min(NEIGHBORS, (n - 1) // 2)
        if k < 1 or np.abs(residuals).max() <= 1e-9 * max(float(np.ptp(places.low)), 1e-300):
            return cls(residuals, basis, sp.csr_array((n, n)), 0.0, np.empty((n, 0)))
        weights = receiving_weights(nearest_graph(places.table, k=k), "normalized")
        codes, names = pd.factorize(np.full(n, None, object) if places.strata is None else places.strata)
        members = (codes[:, None] == np.arange(len(names))).astype(float)
        several = members.sum(axis=0) > 1
        strata = members[:, several] / np.sqrt(members[:, several].sum(axis=0)) if len(names) > 1 else np.empty((n, 0))
        return cls(residuals, basis, weights.pairs(), float(weights.sums.sum()), strata)

    def values(self, arranged: Int32Array) -> list[FloatArray]:
        """Return Moran's I and the variance between strata for each order, after removing the trend; NaN if undefined."""
        rest = without_trend(self.basis, self.residuals[arranged])
        squares, nan = (rest**2).sum(axis=0), np.full(arranged.shape[1], math.nan)
        moran = len(rest) / self.total * (rest * (self.pairs @ rest)).sum(axis=0) / squares if self.total else nan
        between = ((self.strata.T @ rest) ** 2).sum(axis=0) / squares if self.strata.shape[1] else nan
        return [moran, between]


@dataclass(frozen=True, eq=False)
class FrontDraws(PermutationTest):
    """The slopes of permuted lateness and of permuted distances, and how alike permuted residuals are.

    Attributes
    ----------
    lateness, km
        One number per place; distances without their trend in the other columns.
    x
        Distances divided by their sum of squares: ``x @ lateness`` is the slope.
    alike
        The residuals.
    """

    lateness: FloatArray
    km: FloatArray
    x: FloatArray
    alike: Alike

    def work(self, units: int) -> tuple[float, int]:
        """Return operations and numbers of a replicate."""
        return 20.0 * units, 6 * units

    def values(self, arranged: Int32Array) -> FloatArray:
        """Return four numbers for each order of the places."""
        return np.column_stack(
            [self.x @ self.lateness[arranged], self.x @ self.km[arranged], *self.alike.values(arranged)]
        )


def _orders(n: int, seed: int) -> ShuffledValues:
    """Return the sampler of orders of all places."""
    return ShuffledValues(np.arange(n, dtype=np.int32), PermutationBlocks.whole(n), seed, "days permuted over places")


def _inverted(slope: float, null: FloatArray) -> tuple[float, float]:
    """Return the slopes that the permutation test does not reject.

    After subtracting slope b from the onsets, a permutation is at least as extreme as the observed order if b is at least
    (observed - slope of the permuted onsets) / (1 - slope of the permuted distances): one limit per permutation.
    """
    gap = 1 - null[:, 1]
    same = gap <= 1e-9  # it moves no place, or only exchanges places at equal distance
    limits = (slope - null[:, 0]) / np.where(same, 1.0, gap)
    count = math.floor(LEVEL / 2 * (len(null) + 1) + 1e-9)
    if count == 0:
        return -math.inf, math.inf
    low, high = np.sort(np.where(same, -math.inf, limits)), np.sort(np.where(same, math.inf, limits))
    return float(low[count - 1]), float(high[-count])
