"""Pairs of two kinds of points by lag, with types exchanged within places, and with the dates of one kind shuffled."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from ....arrays import FloatArray, Int32Array, IntArray
from ....inference.permutation_test import Moments, PermutationTest
from ....inference.replicates import PermutationBlocks, ShuffledValues
from .typed_points import TypedPoints

LagWeights = npt.NDArray[np.int64]
"""For each lag from -`within_days` to `within_days`, the weight of its pairs in a sum."""


@dataclass(frozen=True, eq=False)
class LaggedPairs(PermutationTest):
    """The number of pairs of a point of each kind by lag, from the second `within_days` before to as many days after the first."""

    within_days: int

    @property
    def lags(self) -> IntArray:
        """The lags of the columns of `values`."""
        return np.arange(-self.within_days, self.within_days + 1)

    @abstractmethod
    def moments(self, weights: LagWeights) -> Moments:
        """Return the exact moments of the weighted sum over lags."""


class ExchangedTypes(ShuffledValues):
    """Types (1: the second kind) permuted among the points of a place."""


@dataclass(frozen=True, eq=False)
class TypesExchanged(LaggedPairs):
    """Pairs with types exchanged within places; place-days with both types keep them."""

    pairs: tuple[sp.csr_array, ...]

    @classmethod
    def of(cls, points: TypedPoints, near: sp.csr_array, within_days: int, seed: int) -> "TypesExchanged":
        """Find the pairs; `near` tells which places are near each other."""
        block = np.where(points.both, len(points.sites) + np.arange(len(points)), points.place)
        sampler = ExchangedTypes(
            points.then.astype(np.int32), PermutationBlocks.of(block), seed, "types exchanged within places"
        )
        return cls(sampler, within_days, points.pairs_by_lag(near, within_days))

    def work(self, units: int) -> tuple[float, int]:
        """Return operations and numbers of a replicate."""
        return 6.0 * units + 2.0 * sum(pairs.nnz for pairs in self.pairs), 4 * units * len(self.pairs)

    def values(self, arranged: Int32Array) -> IntArray:
        """Return the pairs by lag for each column of types."""
        then = arranged.astype(np.float64)
        forward, reverse = [], []
        for pairs in self.pairs:
            after = pairs @ then  # points of the second kind that are so many days later
            forward.append(((1 - then) * after).sum(axis=0))
            reverse.append((then * (pairs.sum(axis=1)[:, None] - after)).sum(axis=0))
        return np.rint(np.column_stack([*reverse[:0:-1], *forward])).astype(np.int64)

    def moments(self, weights: LagWeights) -> Moments:
        """Return the exact moments of the weighted sum over lags."""
        w, k = weights.astype(float), self.within_days
        total = sum(w[k + lag] * pairs for lag, pairs in enumerate(self.pairs))
        total = total + sum(w[k - lag] * pairs.T for lag, pairs in enumerate(self.pairs) if lag)
        sampler: Any = self.sampler
        return exchanged_type_moments(sp.csr_array(total), sampler.values.astype(float), sampler.blocks)


class ShuffledThenDates(ShuffledValues):
    """Days of the points of the second kind, permuted within strata."""


@dataclass(frozen=True, eq=False)
class DatesShuffled(LaggedPairs):
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
        sampler = ShuffledThenDates(
            day[then].astype(np.int32), PermutationBlocks.of(points.strata[then]), seed, null
        )
        return cls(sampler, within_days, row.astype(np.int64), before)

    def work(self, units: int) -> tuple[float, int]:
        """Return operations and numbers of a replicate."""
        return 6.0 * units * len(self.lags), 3 * units

    def values(self, arranged: Int32Array) -> IntArray:
        """Return the pairs by lag for each column of days."""
        row = self.row[:, None]
        return np.column_stack([self.before[row, arranged + (self.within_days - lag)].sum(axis=0) for lag in self.lags])

    def moments(self, weights: LagWeights) -> Moments:
        """Return the exact moments of the weighted sum over lags."""
        sampler: Any = self.sampler
        days, day = np.unique(sampler.values, return_inverse=True)
        table = sum(
            weight * self.before[:, days + (self.within_days - lag)]
            for lag, weight in zip(self.lags.tolist(), weights.tolist(), strict=True)
        )
        blocks = sampler.blocks
        parts = [
            shuffled_date_moments(np.asarray(table, dtype=float), self.row[rows], day[rows])
            for rows in np.split(blocks.rows, blocks.starts[1:-1])
        ]
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


def exchanged_type_moments(weights: sp.csr_array, types: FloatArray, blocks: PermutationBlocks) -> Moments:
    """Return the exact moments of the sum of ``weights[i, j]`` over pairs of i of type 0 and j of type 1, with types permuted within blocks.

    Notes
    -----
    With x = 1 - type, the sum is Σ r_i x_i - Σ_{i<j} s_ij x_i x_j, where r are the sums of the rows of the weights and
    s_ij = w_ij + w_ji. The numbers of type 0 in two blocks are fixed, so that the sum is that of the forms of each block, whose
    moments need the chances that one to four of its points are of type 0, and of products of centered types of two blocks, which are
    uncorrelated with each other and with the forms.
    """
    sizes, n = blocks.sizes, len(types)
    block = np.empty(n, dtype=np.int64)
    block[blocks.rows] = np.repeat(np.arange(len(sizes)), sizes)
    zeros = np.bincount(block, 1 - types, minlength=len(sizes))
    chance = _chances(zeros, sizes)
    sides = sp.csr_array(weights + weights.T)
    share = chance[0][block]
    point = np.repeat(np.arange(n), np.diff(sides.indptr))
    same = block[point] == block[sides.indices]
    inside = sp.csr_array((np.where(same, sides.data, 0.0), sides.indices, sides.indptr), shape=sides.shape)
    across = sides - inside
    linear = np.asarray(weights.sum(axis=1)).ravel() - across @ share
    by_block = _forms(linear, inside, block, chance, len(sizes))
    mean = by_block[0].sum() + share @ (across @ share) / 2
    return Moments(float(mean), max(float(by_block[1].sum() + _products(across, block, zeros, sizes)), 0.0), "exact")


def _chances(zeros: FloatArray, sizes: IntArray) -> list[FloatArray]:
    """Return, for one to four different points of each block, the chance that all are of type 0."""
    chances, chance = [], np.ones(len(sizes))
    for taken in range(4):
        left = np.maximum(sizes - taken, 1)
        chance = chance * np.maximum(zeros - taken, 0) / left
        chances.append(chance)
    return chances


def _forms(
    linear: FloatArray, inside: sp.csr_array, block: IntArray, chance: list[FloatArray], count: int
) -> tuple[FloatArray, FloatArray]:
    """Return the mean and the variance of the form of each block: Σ l_i x_i - Σ_{i<j} s_ij x_i x_j."""

    def add(values: npt.ArrayLike) -> FloatArray:
        return np.bincount(block, np.asarray(values), minlength=count)

    p1, p2, p3, p4 = chance
    degree = np.asarray(inside.sum(axis=1)).ravel()
    lines, squares = add(linear), add(linear**2)
    pairs, square_pairs = add(degree) / 2, add(np.asarray(inside.multiply(inside).sum(axis=1)).ravel()) / 2
    mixed, shared = add(linear * degree), add(degree**2) - 2 * square_pairs
    mean = p1 * lines - p2 * pairs
    second = (
        p1 * squares + p2 * (lines**2 - squares)
        - 2 * (p2 * mixed + p3 * (lines * pairs - mixed))
        + p2 * square_pairs + p3 * shared + p4 * (pairs**2 - square_pairs - shared)
    )  # fmt: skip
    return mean, second - mean**2


def _products(across: sp.csr_array, block: IntArray, zeros: FloatArray, sizes: IntArray) -> float:
    """Return the variance of the sum over pairs of points of different blocks of the products of their centered types."""
    member = sp.csr_array((np.ones(len(block)), (np.arange(len(block)), block)), shape=(len(block), len(sizes)))
    scale = zeros * (sizes - zeros) / np.maximum(sizes * (sizes - 1.0), 1.0)  # covariance of types: scale (δ - 1 / size)
    rows = across @ member  # point by block
    squares = member.T @ across.multiply(across) @ member
    by_row = member.T @ rows.multiply(rows)  # block by block: squares of the sums of the rows
    totals = member.T @ rows
    per_size = sp.diags_array(1 / sizes)
    centered = (
        squares - by_row @ per_size - (by_row @ per_size).T + per_size @ totals.multiply(totals) @ per_size
    )
    return float(scale @ (centered @ scale)) / 2
