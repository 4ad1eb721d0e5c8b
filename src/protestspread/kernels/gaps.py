"""Sums over neighbors under permutations on days with gaps, compiled; the plain versions are in `autocorrelation_plain`."""

from typing import NamedTuple

import numpy as np
import scipy.sparse as sp

from ..arrays import BoolArray, FloatArray, Int32Array, IntArray, UInt32Array
from .autocorrelation import Fours, in_fours
from .autocorrelation_plain import Gaps, inverse_of
from .jit import compiled

_LANES = 128  # orders at a time


class Lanes(NamedTuple):
    """Orders and their inverses in blocks, shape (blocks, places, lanes), padded with places in order."""

    orders: UInt32Array
    inverse: UInt32Array


class DayValues(NamedTuple):
    """Values, 0 where a place was not observed, and which were observed: shape (days, places)."""

    values: FloatArray
    seen: BoolArray


class DayLimits(NamedTuple):
    """Where the ties of each place begin, the limits of its sums, shape (days, places), and the number of orders to count."""

    starts: IntArray
    low: FloatArray
    high: FloatArray
    replicates: int


def _in_lanes(orders: Int32Array) -> Lanes:
    places, replicates = orders.shape
    blocks = -(-replicates // _LANES)
    padded = np.repeat(np.arange(places, dtype=np.int32)[:, None], blocks * _LANES, axis=1)
    padded[:, :replicates] = orders
    both = (table.reshape(places, blocks, _LANES).transpose(1, 0, 2) for table in (padded, inverse_of(padded)))
    return Lanes(*(np.ascontiguousarray(table).view(np.uint32) for table in both))


@compiled
def _move(
    values: FloatArray,
    seen: BoolArray,
    order: UInt32Array,
    inverse: UInt32Array,
    moved: FloatArray,
    came_to: UInt32Array,
) -> None:
    """Write the values that the places take, and where the values come that take the place of missing ones."""
    for p in range(len(order)):
        for lane in range(_LANES):
            moved[p, lane] = values[order[p, lane]]
    missing = np.flatnonzero(~seen)
    for m in missing:
        for lane in range(_LANES):
            place = inverse[m, lane]
            if seen[place]:
                source = order[m, lane]
                while not seen[source]:
                    source = order[source, lane]
                moved[place, lane] = values[source]
                came_to[source, lane] = place
    for m in missing:
        moved[m] = 0.0


@compiled
def _add(ties: Fours, four: int, flat: FloatArray, sums: FloatArray) -> None:
    """Add the values at four neighbors."""
    partners, weights = ties.partners, ties.weights
    a, b = np.int64(partners[four, 0]) * _LANES, np.int64(partners[four, 1]) * _LANES
    c, d = np.int64(partners[four, 2]) * _LANES, np.int64(partners[four, 3]) * _LANES
    p, q, r, s = weights[four, 0], weights[four, 1], weights[four, 2], weights[four, 3]
    for k in range(_LANES):
        sums[k] += p * flat[a + k] + q * flat[b + k] + r * flat[c + k] + s * flat[d + k]


@compiled
def _forms(values: FloatArray, gaps: Gaps, ties: Fours, lanes: Lanes, out: FloatArray) -> None:
    moved = np.empty((values.shape[1], _LANES))
    came_to, sums, flat = np.empty((values.shape[1], _LANES), np.uint32), np.empty(_LANES), moved.ravel()
    for block in range(len(lanes.orders)):
        for day in range(len(values)):
            _move(values[day], gaps.seen[day], lanes.orders[block], lanes.inverse[block], moved, came_to)
            total = out[block, day]
            total[:] = 0
            for four in range(len(ties.place)):
                sums[:] = 0
                _add(ties, four, flat, sums)
                scale, own = gaps.scale[day, ties.place[four]], np.int64(ties.place[four]) * _LANES
                for lane in range(_LANES):
                    total[lane] += scale * flat[own + lane] * sums[lane]


def forms(values: FloatArray, weights: sp.csr_array, orders: Int32Array, gaps: Gaps) -> FloatArray:
    """Compute the same as `autocorrelation_plain.forms`."""
    lanes = _in_lanes(orders)
    out = np.empty((len(lanes.orders), len(values), _LANES))
    _forms(values, gaps, in_fours(weights), lanes, out)
    return np.ascontiguousarray(out.transpose(0, 2, 1)).reshape(-1, len(values))[: orders.shape[1]]


@compiled
def _hold(i: int, own: float, moved: FloatArray, came_to: UInt32Array, weight_of: FloatArray, sums: FloatArray) -> None:
    """Where the own value of place i came to a neighbor, replace it by the value that the place would have taken."""
    for lane in range(_LANES):
        sums[lane] += weight_of[came_to[i, lane]] * (moved[i, lane] - own)


@compiled
def _weigh(ties: Fours, first: int, after: int, sign: float, weight_of: FloatArray) -> None:
    """Lay out the weights of the neighbors by place; multiply them by 0 to clear the table."""
    for four in range(first, after):
        for k in range(4):
            partner = ties.partners[four, k]
            weight_of[partner] = sign * (weight_of[partner] + ties.weights[four, k])


@compiled
def _count(days: DayValues, ties: Fours, limits: DayLimits, lanes: Lanes, hold: bool, counts: UInt32Array) -> None:  # noqa: FBT001
    """Count for each day and place."""
    (values, seen), starts = days, limits.starts
    places = values.shape[1]
    moved, came_to = np.empty((places, _LANES)), np.empty((places, _LANES), np.uint32)
    sums, flat, weight_of = np.empty(_LANES), moved.ravel(), np.zeros(places)
    for block in range(len(lanes.orders)):
        many = min(_LANES, limits.replicates - block * _LANES)
        for day in range(len(values)):
            came_to[:] = lanes.inverse[block]
            _move(values[day], seen[day], lanes.orders[block], lanes.inverse[block], moved, came_to)
            for i in range(places):
                first, after = starts[i], starts[i + 1]
                sums[:] = 0
                for four in range(first, after):
                    _add(ties, four, flat, sums)
                if hold:
                    _weigh(ties, first, after, 1.0, weight_of)
                    _hold(i, values[day, i], moved, came_to, weight_of, sums)
                    _weigh(ties, first, after, 0.0, weight_of)
                low, high, least, most = limits.low[day, i], limits.high[day, i], np.uint32(0), np.uint32(0)
                for lane in range(many):
                    least += np.uint32(sums[lane] >= low)
                    most += np.uint32(sums[lane] <= high)
                counts[day, 0, i] += least
                counts[day, 1, i] += most


def lag_counts(
    values: FloatArray,
    weights: sp.csr_array,
    orders: Int32Array,
    low: FloatArray,
    high: FloatArray,
    counts: UInt32Array,
    *,
    hold: bool,
    gaps: Gaps,
) -> None:
    """Compute the same as `autocorrelation_plain.lag_counts`."""
    starts = np.concatenate([[0], np.cumsum(-(-np.diff(weights.indptr) // 4))]).astype(np.int64)
    limits = DayLimits(starts, low / gaps.scale, high / gaps.scale, orders.shape[1])
    _count(DayValues(values, gaps.seen), in_fours(weights), limits, _in_lanes(orders), hold, counts)
