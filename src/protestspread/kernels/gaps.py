"""Sums over neighbors under permutations on days with gaps, one day at a time; the plain versions are `autocorrelation_plain`.

All days share the orders of all places. On a day with gaps, the places that were not observed are left out of each order.
"""

from typing import NamedTuple

import numpy as np
import scipy.sparse as sp

from ..arrays import FloatArray, Int32Array, IntArray, UInt32Array
from .autocorrelation import Fours, in_fours
from .jit import compiled

_LANES = 128  # orders at a time


class Day(NamedTuple):
    """The values of the observed places on one day and a 0, and the number of each place; those not observed have the last."""

    values: FloatArray
    number: UInt32Array


class DayLimits(NamedTuple):
    """Where the ties of each place begin, the limits of its sum on one day, and the number of orders to count."""

    starts: IntArray
    low: FloatArray
    high: FloatArray
    replicates: int


def day_of(values: FloatArray, n: int, places: IntArray) -> Day:
    """Return a day of a panel of `n` places, of which some were observed."""
    number = np.full(n, len(places), dtype=np.uint32)
    number[places] = np.arange(len(places))
    return Day(np.append(values, 0.0), number)


def in_lanes(orders: Int32Array) -> UInt32Array:
    """Arrange orders, shape (places, replicates), in blocks of shape (places, lanes), padded with places in order."""
    places, replicates = orders.shape
    blocks = -(-replicates // _LANES)
    padded = np.repeat(np.arange(places, dtype=np.uint32)[:, None], blocks * _LANES, axis=1)
    padded[:, :replicates] = orders
    return np.ascontiguousarray(padded.reshape(places, blocks, _LANES).transpose(1, 0, 2))


@compiled
def _move(day: Day, order: UInt32Array, moved: FloatArray, came_to: UInt32Array) -> None:
    """Write the values that the observed places take, and the place to which the value of each place came.

    Both tables have one more row, for what is left out.
    """
    many, at = np.uint32(len(day.values) - 1), np.zeros(_LANES, np.uint32)
    for p in range(len(order)):
        for lane in range(_LANES):
            k, to = day.number[order[p, lane]], at[lane]
            moved[to, lane] = day.values[k]
            came_to[k, lane] = to
            at[lane] = to + np.uint32(k < many)


@compiled
def _add(ties: Fours, four: int, moved: FloatArray, sums: FloatArray) -> None:
    """Add the values at four neighbors."""
    flat, partners, weights = moved.ravel(), ties.partners[four], ties.weights[four]
    a, b = np.int64(partners[0]) * _LANES, np.int64(partners[1]) * _LANES
    c, d = np.int64(partners[2]) * _LANES, np.int64(partners[3]) * _LANES
    p, q, r, s = weights[0], weights[1], weights[2], weights[3]
    for k in range(_LANES):
        sums[k] += p * flat[a + k] + q * flat[b + k] + r * flat[c + k] + s * flat[d + k]


@compiled
def _forms(day: Day, pairs: Fours, orders: UInt32Array, out: FloatArray) -> None:
    rows = len(day.values)
    moved, came_to = np.empty((rows, _LANES)), np.empty((rows, _LANES), np.uint32)
    sums, total = np.empty(_LANES), np.empty(_LANES)
    for block in range(len(orders)):
        _move(day, orders[block], moved, came_to)
        total[:] = 0
        for four in range(len(pairs.place)):
            sums[:] = 0
            _add(pairs, four, moved, sums)
            own = moved[pairs.place[four]]
            for lane in range(_LANES):
                total[lane] += own[lane] * sums[lane]
        out[block] = total


def forms(day: Day, pairs: sp.csr_array, orders: UInt32Array, replicates: int) -> FloatArray:
    """Compute the same as `autocorrelation_plain.forms`, for one day and all its orders."""
    out = np.empty((len(orders), _LANES))
    _forms(day, in_fours(pairs), orders, out)
    return out.ravel()[:replicates]


@compiled
def _hold(own: float, taken: FloatArray, here: UInt32Array, weight_of: FloatArray, sums: FloatArray) -> None:
    """Where the own value of a place came to a neighbor, replace it by the value that the place would have taken."""
    for lane in range(_LANES):
        sums[lane] += weight_of[here[lane]] * (taken[lane] - own)


@compiled
def _count(day: Day, ties: Fours, limits: DayLimits, orders: UInt32Array, hold: bool, counts: UInt32Array) -> None:  # noqa: FBT001
    """Count for each place; the neighbors' weights are laid out by place only where a place keeps its value."""
    rows = len(day.values)
    moved, came_to = np.empty((rows, _LANES)), np.empty((rows, _LANES), np.uint32)
    sums, weight_of = np.empty(_LANES), np.zeros(rows)
    for block in range(len(orders)):
        _move(day, orders[block], moved, came_to)
        lanes = min(_LANES, limits.replicates - block * _LANES)
        for i in range(rows - 1):
            sums[:] = 0
            first, after = limits.starts[i], limits.starts[i + 1]
            for four in range(first, after):
                _add(ties, four, moved, sums)
            if hold:
                for four in range(first, after):
                    for k in range(4):
                        weight_of[ties.partners[four, k]] += ties.weights[four, k]
                _hold(day.values[i], moved[i], came_to[i], weight_of, sums)
                for four in range(first, after):
                    for k in range(4):
                        weight_of[ties.partners[four, k]] = 0.0
            low, high, least, most = limits.low[i], limits.high[i], np.uint32(0), np.uint32(0)
            for lane in range(lanes):
                least += np.uint32(sums[lane] >= low)
                most += np.uint32(sums[lane] <= high)
            counts[0, i] += least
            counts[1, i] += most


def lag_counts(
    day: Day, weights: sp.csr_array, orders: UInt32Array, replicates: int,
    low: FloatArray, high: FloatArray, counts: UInt32Array, *, hold: bool,
) -> None:  # fmt: skip
    """Compute the same as `autocorrelation_plain.lag_counts`, for one day."""
    starts = np.concatenate([[0], np.cumsum(-(-np.diff(weights.indptr) // 4))]).astype(np.int64)
    _count(day, in_fours(weights), DayLimits(starts, low, high, replicates), orders, hold, counts)
