"""Sums over neighbors under permutations, in numpy: used for small data and to test `kernels.autocorrelation`."""

from typing import Literal

import numpy as np
import scipy.sparse as sp

from ..arrays import FloatArray, Int32Array, UInt32Array

_AT_ONCE = 2_000_000  # numbers held in memory at a time: 16 MB


def precision(values: FloatArray) -> Literal["float64", "float32"]:
    """Return the precision in which `kernels.autocorrelation` counts; with few distinct values, sums often equal a limit."""
    middle = values[len(values) // 2]
    return "float64" if len(np.unique(middle)) < 0.9 * len(middle) else "float32"


def forms(values: FloatArray, pairs: sp.csr_array, orders: Int32Array) -> FloatArray:
    """Return Σ over pairs of weight · value · value, for each day and each order of the places.

    Parameters
    ----------
    values
        Shape (days, places).
    pairs
        The weight of each pair of places, stored once.
    orders
        Shape (places, replicates): in each replicate, place i takes the value of place ``orders[i, replicate]``.

    Returns
    -------
    array
        Shape (replicates, days).
    """
    days, places = values.shape
    by_place = np.ascontiguousarray(values.T)
    out = np.empty((orders.shape[1], days))
    step = max(1, _AT_ONCE // max(values.size, 1))
    for first in range(0, len(out), step):
        moved = by_place[orders[:, first : first + step]].reshape(places, -1)
        out[first : first + step] = (moved * (pairs @ moved)).sum(axis=0).reshape(-1, days)
    return out


def lag_counts(
    values: FloatArray,
    weights: sp.csr_array,
    orders: Int32Array,
    low: FloatArray,
    high: FloatArray,
    counts: UInt32Array,
    *,
    hold: bool,
) -> None:
    """Count the orders in which the weighted sum over a place's neighbors is at least `low`, and at most `high`.

    Parameters
    ----------
    values, low, high
        Shape (days, places).
    weights
        One row per receiving place.
    orders
        As in `forms`.
    counts
        Output, shape (days, 2, places): counts of at least `low` and at most `high` are added to it.
    hold
        Whether each place keeps its own value while the others are permuted. If an order puts its value at a neighbor,
        the neighbor takes the value that the order would have put at the place. All orders of the others remain equally
        likely.
    """
    rows = np.repeat(np.arange(weights.shape[0]), np.diff(weights.indptr))
    tie, column = np.nonzero(orders[weights.indices] == rows[:, None]) if hold else (np.empty(0, int), np.empty(0, int))
    row = rows[tie]
    for day, own in enumerate(values):
        moved = own[orders]
        sums = weights @ moved
        np.add.at(sums, (row, column), weights.data[tie] * (moved[row, column] - own[row]))
        counts[day, 0] += (sums >= low[day][:, None]).sum(axis=1, dtype=np.uint32)
        counts[day, 1] += (sums <= high[day][:, None]).sum(axis=1, dtype=np.uint32)
