"""Sums over neighbors under permutations, compiled. The plain twin is `kernels.autocorrelation_plain`."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from ..geodesy import FloatArray
from .jit import compiled

Int32Array = npt.NDArray[np.int32]
Rows = npt.NDArray[np.uint32]  # unsigned: no index can be negative, and loops over them become vector code
IntArray = npt.NDArray[np.int64]
Counts = npt.NDArray[np.uint32]

_WIDEST = 128  # days side by side: four rows of them stay in the nearest cache
_WIDEST_LAGS = 192  # here what is said of a place stays there, and rows come from afar: the longer, the better
_HALF = 1 << 16  # one count of orders in the lower half of a number, another in the upper
_MOST_ORDERS = _HALF // 2
_SINGLE = 6e-8  # rounding in single precision
_FOUR = 4
_LANES = 16  # days that the processor may take at a time: a rest would be taken one by one


class Fours(NamedTuple):
    """The pairs of a table, four partners of a place at a time; empty seats have weight 0."""

    place: Rows
    partners: Rows  # shape (many, 4)
    weights: FloatArray  # shape (many, 4)


def in_fours(pairs: sp.csr_array) -> Fours:
    """Seat the pairs of a table by four."""
    per_row = np.diff(pairs.indptr)
    groups = -(-per_row // _FOUR)
    place = np.repeat(np.arange(len(per_row), dtype=np.int32), groups)
    within = np.arange(pairs.nnz) - np.repeat(pairs.indptr[:-1], per_row)
    seat = np.repeat((np.cumsum(groups) - groups) * _FOUR, per_row) + within
    partners = np.repeat(place, _FOUR)
    weights = np.zeros(len(partners))
    partners[seat] = pairs.indices
    weights[seat] = pairs.data
    return Fours(place.view(np.uint32), partners.view(np.uint32).reshape(-1, _FOUR), weights.reshape(-1, _FOUR))


def in_blocks(values: FloatArray, widest: int = _WIDEST) -> FloatArray:
    """Lay out days × places as blocks of days, place by place: shape (blocks, places, days of a block), padded with 0."""
    days, places = values.shape
    blocks = max(1, -(-days // widest))
    width = -(-days // (blocks * _LANES)) * _LANES
    padded = np.zeros((blocks * width, places), values.dtype)
    padded[:days] = values
    return np.ascontiguousarray(padded.reshape(blocks, width, places).transpose(0, 2, 1))


@compiled
def _forms_of_order(
    block: FloatArray, place: Rows, partners: Rows, weights: FloatArray, orders: Rows, replicate: int, out: FloatArray
) -> None:
    places, width = block.shape
    flat = block.ravel()
    order = np.empty(places, np.uint32)
    for i in range(places):
        order[i] = orders[i, replicate]
    for k in range(width):
        out[k] = 0.0
    for four in range(len(place)):
        own = np.int64(order[place[four]]) * width
        a, b = np.int64(order[partners[four, 0]]) * width, np.int64(order[partners[four, 1]]) * width
        c, d = np.int64(order[partners[four, 2]]) * width, np.int64(order[partners[four, 3]]) * width
        p, q, r, s = weights[four, 0], weights[four, 1], weights[four, 2], weights[four, 3]
        for k in range(width):
            out[k] += flat[own + k] * (p * flat[a + k] + q * flat[b + k] + r * flat[c + k] + s * flat[d + k])


@compiled
def _forms(blocks: FloatArray, place: Rows, partners: Rows, weights: FloatArray, orders: Rows, out: FloatArray) -> None:
    """Take a block of days at a time, because it stays in the cache while the orders go by."""
    width = blocks.shape[2]
    for block in range(len(blocks)):
        for replicate in range(orders.shape[1]):
            here = out[replicate, block * width : (block + 1) * width]
            _forms_of_order(blocks[block], place, partners, weights, orders, replicate, here)


def forms(blocks: FloatArray, fours: Fours, orders: Int32Array) -> FloatArray:
    """Do what `autocorrelation_plain.forms` does; days beyond those given are padding."""
    out = np.empty((orders.shape[1], blocks.shape[0] * blocks.shape[2]))
    _forms(blocks, *fours, orders.view(np.uint32), out)
    return out


class Seats(NamedTuple):
    """The neighbors of each place, an even number of seats and at least four; empty ones hold the place itself, weight 0.

    They are taken six at a time, and four at a time where four or eight are left (every even number from four on is such a sum).
    """

    starts: IntArray
    columns: Rows
    weights: FloatArray


def seated(weights: sp.csr_array) -> Seats:
    """Seat the neighbors of each place."""
    places = weights.shape[0]
    per_row = np.diff(weights.indptr)
    starts = np.concatenate([[0], np.cumsum(np.maximum(per_row + per_row % 2, _FOUR))]).astype(np.int64)
    columns = np.repeat(np.arange(places, dtype=np.uint32), np.diff(starts))
    filled = np.zeros(len(columns))
    seat = np.arange(weights.nnz) + np.repeat(starts[:-1] - weights.indptr[:-1], per_row)
    columns[seat], filled[seat] = weights.indices, weights.data
    return Seats(starts, columns, filled)


@compiled
def _four(sums: FloatArray, keep: float, flat: FloatArray, rows: Rows, weights: FloatArray, e: int) -> None:
    """Add four neighbors to the sums of all days, which `keep` (1 or 0) keeps or forgets."""
    width = len(sums)
    a, b = np.int64(rows[e]) * width, np.int64(rows[e + 1]) * width
    c, d = np.int64(rows[e + 2]) * width, np.int64(rows[e + 3]) * width
    p, q, r, s = weights[e], weights[e + 1], weights[e + 2], weights[e + 3]
    for k in range(width):
        sums[k] = keep * sums[k] + (p * flat[a + k] + q * flat[b + k]) + (r * flat[c + k] + s * flat[d + k])


@compiled
def _six(sums: FloatArray, keep: float, flat: FloatArray, rows: Rows, weights: FloatArray, e: int) -> None:
    width = len(sums)
    a, b, c = np.int64(rows[e]) * width, np.int64(rows[e + 1]) * width, np.int64(rows[e + 2]) * width
    d, f, g = np.int64(rows[e + 3]) * width, np.int64(rows[e + 4]) * width, np.int64(rows[e + 5]) * width
    p, q, r, s, t, u = weights[e], weights[e + 1], weights[e + 2], weights[e + 3], weights[e + 4], weights[e + 5]
    for k in range(width):
        half = p * flat[a + k] + q * flat[b + k] + r * flat[c + k]
        sums[k] = keep * sums[k] + half + (s * flat[d + k] + t * flat[f + k] + u * flat[g + k])


@compiled
def _count(sums: FloatArray, low: FloatArray, high: FloatArray, both: Int32Array) -> None:
    """Count which sums are at least `low`, and in the upper half of the same number which are above `high`."""
    for k in range(len(sums)):
        both[k] += np.int32(sums[k] >= low[k]) + (np.int32(_HALF) if sums[k] > high[k] else np.int32(0))


@compiled
def _six_counted(
    flat: FloatArray, rows: Rows, weights: FloatArray, low: FloatArray, high: FloatArray, both: Int32Array
) -> None:
    """Do `_six` and `_count` for a place that has five or six neighbors, without a walk through memory between."""
    width = len(both)
    a, b, c = np.int64(rows[0]) * width, np.int64(rows[1]) * width, np.int64(rows[2]) * width
    d, f, g = np.int64(rows[3]) * width, np.int64(rows[4]) * width, np.int64(rows[5]) * width
    p, q, r, s, t, u = weights[0], weights[1], weights[2], weights[3], weights[4], weights[5]
    for k in range(width):
        half = p * flat[a + k] + q * flat[b + k] + r * flat[c + k]
        total = half + (s * flat[d + k] + t * flat[f + k] + u * flat[g + k])
        both[k] += np.int32(total >= low[k]) + (np.int32(_HALF) if total > high[k] else np.int32(0))


@compiled
def _count_orders(
    flat: FloatArray, seats: Seats, orders: Rows, hold: bool, low: FloatArray, high: FloatArray, both: Int32Array,  # noqa: FBT001
) -> None:  # fmt: skip
    """Count by place and day, all days of a block at a time: the rows of its neighbors are read as they lie."""
    places, width = both.shape
    sums, rows = np.zeros(width, flat.dtype), np.empty(np.max(np.diff(seats.starts)), np.uint32)
    for i in range(places):
        first, many = seats.starts[i], seats.starts[i + 1] - seats.starts[i]
        weights = seats.weights[first : first + many]
        for replicate in range(orders.shape[1]):
            for e in range(many):
                taken = orders[seats.columns[first + e], replicate]
                rows[e] = orders[i, replicate] if hold and taken == i else taken
            if many == 6:
                _six_counted(flat, rows, weights, low[i], high[i], both[i])
                continue
            e, keep = 0, flat.dtype.type(0)
            while e < many:
                if many - e == 4 or many - e == 8:
                    _four(sums, keep, flat, rows, weights, e)
                    e += 4
                else:
                    _six(sums, keep, flat, rows, weights, e)
                    e += 6
                keep = flat.dtype.type(1)
            _count(sums, low[i], high[i], both[i])


def _counted(
    values: FloatArray, seats: Seats, orders: Int32Array, low: FloatArray, high: FloatArray, *, hold: bool
) -> Int32Array:
    """Return two counts in one number by day and place: see `_count`."""
    blocks, lows, highs = (in_blocks(table, _WIDEST_LAGS) for table in (values, low, high))
    found = []
    for own, least, most in zip(blocks, lows, highs, strict=True):
        both = np.zeros(own.shape, dtype=np.int32)
        _count_orders(own.ravel(), seats, orders.view(np.uint32), hold, least, most, both)
        found.append(both.T)
    return np.ascontiguousarray(np.concatenate(found)[: len(values)])


@compiled
def _recount(
    values: FloatArray, seats: Seats, orders: Rows, hold: bool, low: FloatArray, high: FloatArray,  # noqa: FBT001
    days: IntArray, places: IntArray, both: Int32Array,
) -> None:  # fmt: skip
    """Count anew for single days and places."""
    for one in range(len(days)):
        day, i = days[one], places[one]
        both[day, i] = 0
        for replicate in range(orders.shape[1]):
            total = 0.0
            for e in range(seats.starts[i], seats.starts[i + 1]):
                taken = orders[seats.columns[e], replicate]
                total += seats.weights[e] * values[day, orders[i, replicate] if hold and taken == i else taken]
            both[day, i] += np.int32(total >= low[day, i]) + (np.int32(_HALF) if total > high[day, i] else np.int32(0))


def _counted_in_single(
    values: FloatArray, seats: Seats, orders: Int32Array, low: FloatArray, high: FloatArray, *, hold: bool
) -> Int32Array:
    """Do what `_counted` does in single precision, twice as fast; what comes near a limit is counted anew, in double."""
    absolute = np.add.reduceat(np.abs(seats.weights), seats.starts[:-1])
    terms = np.diff(seats.starts) + 4
    margin = _SINGLE * terms * absolute * np.abs(values).max(axis=1, keepdims=True)
    single = seats._replace(weights=seats.weights.astype(np.float32))
    limits = (
        np.nextafter((low - margin).astype(np.float32), np.float32(-np.inf)),
        np.nextafter((high + margin).astype(np.float32), np.float32(np.inf)),
    )
    both = _counted(values.astype(np.float32), single, orders, *limits, hold=hold)
    days, places = np.nonzero(both % _HALF != both // _HALF)
    _recount(values, seats, orders.view(np.uint32), hold, low, high, days, places, both)
    return both


def lag_counts(
    values: FloatArray,
    weights: sp.csr_array,
    orders: Int32Array,
    low: FloatArray,
    high: FloatArray,
    counts: Counts,
    *,
    hold: bool,
) -> None:
    """Do what `autocorrelation_plain.lag_counts` does."""
    seats = seated(weights)
    middle = values[len(values) // 2]
    ties = len(np.unique(middle)) < 0.9 * len(middle)  # sums of few values often meet a limit
    count = _counted if ties else _counted_in_single
    for first in range(0, orders.shape[1], _MOST_ORDERS):
        some = np.ascontiguousarray(orders[:, first : first + _MOST_ORDERS])
        both = count(values, seats, some, low, high, hold=hold)
        counts[:, 0] += (both % _HALF).astype(np.uint32)
        counts[:, 1] += (some.shape[1] - both // _HALF).astype(np.uint32)
