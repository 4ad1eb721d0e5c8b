"""Pairs of two kinds of points by lag, with types exchanged within places, and with the dates of one kind shuffled."""

from abc import abstractmethod
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from ....arrays import FloatArray, Int32Array, IntArray
from ....inference.permutation_test import Moments, PermutationTest
from ....inference.replicates import PermutationBlocks, ShuffledValues
from .typed_points import LaggedPairs, TypedPoints

LagWeights = npt.NDArray[np.int64]
"""For each lag from -`within_days` to `within_days`, the weight of its pairs in a sum."""


@dataclass(frozen=True, eq=False)
class PairsByLag(PermutationTest):
    """The number of pairs of a point of each kind by lag, from the second `within_days` before to as many days after the first."""

    sampler: ShuffledValues
    within_days: int

    @property
    def lags(self) -> IntArray:
        """The lags of the columns of `values`."""
        return np.arange(-self.within_days, self.within_days + 1)

    @property
    @abstractmethod
    def expected(self) -> FloatArray:
        """The exact mean of the number of pairs, by lag."""

    @abstractmethod
    def moments(self, weights: LagWeights) -> Moments:
        """Return the exact moments of the weighted sum over lags."""


class ExchangedTypes(ShuffledValues):
    """Types (1: the second kind) permuted among the points of a place."""


@dataclass(frozen=True, eq=False)
class TypesExchanged(PairsByLag):
    """Pairs with types exchanged within places; place-days with both types keep them."""

    pairs: LaggedPairs

    @classmethod
    def of(cls, points: TypedPoints, near: sp.csr_array, within_days: int, seed: int) -> "TypesExchanged":
        """Find the pairs; `near` tells which places are near each other."""
        block = np.where(points.both, len(points.sites) + np.arange(len(points)), points.place)
        types, blocks = points.then.astype(np.int32), PermutationBlocks.of(block)
        sampler = ExchangedTypes(types, blocks, seed, "types exchanged within places")
        return cls(sampler, within_days, points.pairs(near, within_days))

    def work(self, units: int) -> tuple[float, int]:
        """Return operations and numbers of a replicate."""
        return 6.0 * units + 2.0 * len(self.pairs), 6 * units

    def values(self, arranged: Int32Array) -> IntArray:
        """Return the pairs by lag for each column of types."""
        then = arranged.astype(np.float64)
        forward, reverse = [], []
        for ties in self._ties:
            after = ties @ then
            forward.append(((1 - then) * after).sum(axis=0))
            reverse.append((then * (ties.sum(axis=1)[:, None] - after)).sum(axis=0))
        forward[0] = forward[0] + reverse[0]
        return np.asarray(np.rint(np.column_stack([*reverse[:0:-1], *forward])), dtype=np.int64)

    @cached_property
    def _ties(self) -> list[sp.csr_array]:
        """For each lag from 0, a table that is 1 at the earlier and the later point of each pair."""
        earlier, later, lag = self.pairs.earlier, self.pairs.later, self.pairs.lag
        n = len(self.sampler.observed)
        return [
            sp.csr_array((np.ones(rows.sum()), (earlier[rows], later[rows])), shape=(n, n))
            for rows in (lag == apart for apart in range(self.within_days + 1))
        ]

    @property
    def expected(self) -> FloatArray:
        """The exact mean of the number of pairs, by lag."""
        return exchanged_type_means(self.pairs, self.sampler, self.within_days)

    def moments(self, weights: LagWeights) -> Moments:
        """Return the exact moments of the weighted sum over lags."""
        return exchanged_type_moments(self.pairs, self.sampler, weights)


class ShuffledThenDates(ShuffledValues):
    """Days of the points of the second kind, permuted within strata."""


@dataclass(frozen=True, eq=False)
class DatesShuffled(PairsByLag):
    """Pairs with the dates of the second kind shuffled, over all of its points or within strata.

    Attributes
    ----------
    row
        The row in `before` of the place of each point of the second kind.
    before
        The number of points of the first kind that are near a place (rows) on a day (columns, from `within_days` before the first).
    """

    row: IntArray
    before: Int32Array

    @classmethod
    def of(cls, points: TypedPoints, near: sp.csr_array, within_days: int, seed: int, null: str) -> "DatesShuffled":
        """Count the points of the first kind near the places of the second; `near` tells which places are near each other."""
        days, number = np.unique(points.days, return_inverse=True)
        steps = np.minimum(np.diff(days), within_days + 1)  # longer gaps are cut, which no pair notices
        day = np.concatenate([[0], np.cumsum(steps)])[number]
        first, then = np.flatnonzero(~points.then), np.flatnonzero(points.then)
        width = int(day.max()) + 2 * within_days + 1
        active = sp.csr_array(
            (np.ones(len(first)), (points.place[first], day[first] + within_days)), shape=(len(points.sites), width)
        )
        places, row = np.unique(points.place[then], return_inverse=True)
        before = (near[places] @ active).toarray().astype(np.int32)
        sampler = ShuffledThenDates(day[then].astype(np.int32), PermutationBlocks.of(points.strata[then]), seed, null)
        return cls(sampler, within_days, row.astype(np.int64), before)

    def work(self, units: int) -> tuple[float, int]:
        """Return operations and numbers of a replicate."""
        return 6.0 * units * len(self.lags), 3 * units

    def values(self, arranged: Int32Array) -> IntArray:
        """Return the pairs by lag for each column of days."""
        row = self.row[:, None]
        by_lag = [self.before[row, arranged + (self.within_days - lag)].sum(axis=0) for lag in self.lags]
        return np.asarray(np.column_stack(by_lag), dtype=np.int64)

    @property
    def expected(self) -> FloatArray:
        """The exact mean of the number of pairs, by lag."""
        each = np.eye(len(self.lags), dtype=np.int64)
        return np.array([self.moments(weights).expected for weights in each])

    def moments(self, weights: LagWeights) -> Moments:
        """Return the exact moments of the weighted sum over lags."""
        days, day = np.unique(self.sampler.values, return_inverse=True)
        table = np.zeros((len(self.before), len(days)))
        for lag in np.flatnonzero(weights) - self.within_days:
            table += weights[self.within_days + lag] * self.before[:, days + (self.within_days - lag)]
        blocks = np.split(self.sampler.blocks.rows, self.sampler.blocks.starts[1:-1])
        parts = [shuffled_date_moments(table, self.row[rows], day[rows]) for rows in blocks]
        return Moments(sum(mean for mean, _ in parts), sum(variance for _, variance in parts), "exact")


def shuffled_date_moments(table: FloatArray, row: IntArray, column: IntArray) -> tuple[float, float]:
    """Return the exact mean and variance of the sum of ``table[row, column]`` with the columns permuted over the rows.

    Examples
    --------
    >>> shuffled_date_moments(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([0, 1]), np.array([0, 1]))
    (1.0, 1.0)
    """
    n = len(row)
    rows, columns = np.bincount(row, minlength=len(table)), np.bincount(column, minlength=table.shape[1])
    over_columns, over_rows = table @ columns / n, rows @ table / n
    grand = float(rows @ over_columns) / n
    centered = table - over_columns[:, None] - over_rows + grand
    return n * grand, float(rows @ centered**2 @ columns) / max(n - 1, 1)


def exchanged_type_means(pairs: LaggedPairs, sampler: ShuffledValues, within_days: int) -> FloatArray:
    """Return the exact mean of the number of pairs of both types by lag, from -`within_days`, with types permuted within blocks."""
    block, chance = _chances(sampler)
    share, one, other = chance[0][block], pairs.earlier, pairs.later
    same = block[one] == block[other]
    both = chance[1][block[one]]  # that both are of type 0
    first = np.where(same, share[one] - both, share[one] * (1 - share[other]))
    last = np.where(same, share[one] - both, share[other] * (1 - share[one]))
    at = np.concatenate([within_days + pairs.lag, within_days - pairs.lag])
    return _sums(at, np.concatenate([first, last]), 2 * within_days + 1)


def exchanged_type_moments(pairs: LaggedPairs, sampler: ShuffledValues, weights: LagWeights) -> Moments:
    """Return the exact moments of a weighted sum over lags of the pairs of both types, with types permuted within blocks.

    Notes
    -----
    With x = 1 - type, the sum is Σ r_i x_i - Σ s_ij x_i x_j over the pairs, where s_ij is the sum of the weights of both orders
    and r_i that of the pairs in which i comes first. It splits into a form for each block, whose moments need the chances
    that one to four points of the block are of type 0, and products of centered types of two blocks, which are not correlated
    with each other or with the forms.
    """
    block, chance = _chances(sampler)
    n, count, share = len(block), len(chance[0]), chance[0][block]
    one, other, middle = pairs.earlier, pairs.later, len(weights) // 2
    forward, reverse = weights[middle + pairs.lag].astype(float), weights[middle - pairs.lag].astype(float)
    sides = forward + reverse
    across = np.where(block[one] == block[other], 0.0, sides)
    inside = sides - across

    def add(values: FloatArray, others: FloatArray) -> FloatArray:
        """Sum values of pairs by their points."""
        return _sums(one, values, n) + _sums(other, others, n)

    linear = add(forward, reverse) - add(across * share[other], across * share[one])
    squares = _sums(block[one], inside**2, count)
    means, variances = _forms(linear, add(inside, inside), squares, block, chance)
    mean = means.sum() + across @ (share[one] * share[other])
    variance = variances.sum() + _products(pairs, across, block, chance[0])
    return Moments(float(mean), max(float(variance), 0.0), "exact")


def _sums(rows: IntArray, values: FloatArray, count: int) -> FloatArray:
    """Return the sums of values by row."""
    return np.asarray(np.bincount(rows, values, count), dtype=np.float64)  # of no values, bincount returns integers


def _chances(sampler: ShuffledValues) -> tuple[IntArray, list[FloatArray]]:
    """Return the block of each point and, for one to four different points of each block, the chance that all are of type 0."""
    sizes = sampler.blocks.sizes
    block = np.empty(len(sampler.values), dtype=np.int64)
    block[sampler.blocks.rows] = np.repeat(np.arange(len(sizes)), sizes)
    zeros = np.bincount(block, 1 - sampler.values, len(sizes))
    chances, chance = [], np.ones(len(sizes))
    for taken in range(4):
        chance = chance * np.maximum(zeros - taken, 0) / np.maximum(sizes - taken, 1)
        chances.append(chance)
    return block, chances


def _forms(
    linear: FloatArray, degree: FloatArray, square_pairs: FloatArray, block: IntArray, chance: list[FloatArray]
) -> tuple[FloatArray, FloatArray]:
    """Return the mean and the variance of the form of each block, Σ l_i x_i - Σ s_ij x_i x_j; degrees are sums of s."""

    def add(values: FloatArray) -> FloatArray:
        return _sums(block, values, len(square_pairs))

    p1, p2, p3, p4 = chance
    lines, squares, pairs, mixed = add(linear), add(linear**2), add(degree) / 2, add(linear * degree)
    shared = add(degree**2) - 2 * square_pairs
    mean = p1 * lines - p2 * pairs
    second = (
        p1 * squares + p2 * (lines**2 - squares)
        - 2 * (p2 * mixed + p3 * (lines * pairs - mixed))
        + p2 * square_pairs + p3 * shared + p4 * (pairs**2 - square_pairs - shared)
    )  # fmt: skip
    return mean, second - mean**2


def _products(pairs: LaggedPairs, across: FloatArray, block: IntArray, share: FloatArray) -> float:
    """Return the variance of the sum over pairs of different blocks of the products of their centered types.

    The covariance of the types of points i and j of a block is scale · (δ_ij - 1 / size).
    """
    kept, count, sizes = across != 0, len(share), np.bincount(block)
    scale = share * (1 - share) * sizes / np.maximum(sizes - 1, 1)
    point = np.concatenate([pairs.earlier[kept], pairs.later[kept]])
    there = block[np.concatenate([pairs.later[kept], pairs.earlier[kept]])]
    weights = np.tile(across[kept], 2)
    rows, row = np.unique(point * count + there, return_inverse=True)  # a point and a block
    here, other = block[rows // count], rows % count
    sums = np.bincount(row, weights)
    tables, table = np.unique(here * count + other, return_inverse=True)  # two blocks
    one, two = tables // count, tables % count
    totals = np.bincount(table, sums)
    return float(
        (weights**2 * scale[block[point]] * scale[there]).sum() / 2
        - (sums**2 * scale[here] * scale[other] / sizes[other]).sum()
        + (totals**2 * scale[one] * scale[two] / (sizes[one] * sizes[two])).sum() / 2
    )
