"""Sums over neighbors under permutations, in plain numpy: the small work, and the test of `kernels.autocorrelation`."""

import numpy as np
import scipy.sparse as sp

from ..arrays import FloatArray, Int32Array, UInt32Array

_AT_ONCE = 2_000_000  # numbers held at a time: 16 MB


def forms(values: FloatArray, pairs: sp.csr_array, orders: Int32Array) -> FloatArray:
    """Return Σ over pairs of weight · value · value, for every day and every order of the places.

    Parameters
    ----------
    values
        Shape (days, places).
    pairs
        The weight of each pair of places, once.
    orders
        Shape (places, replicates): place i of a replicate takes the value of place ``orders[i, replicate]``.

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
    """Count the orders under which the weighted sum over a place's neighbors is at least `low`, and at most `high`.

    Parameters
    ----------
    values, low, high
        Shape (days, places).
    weights
        A row a place that receives.
    orders
        As in `forms`.
    counts
        Shape (days, 2, places): at least `low`, at most `high`; added to.
    hold
        Whether each place keeps its own value while the others take turns: where an order puts it at a neighbor, the
        neighbor takes what the order would have put in its place instead. That leaves all orders of the others equally
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
