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
_TILE = 1 << 19  # numbers of one day under all orders of a tile
_FOUR = 4


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


def in_blocks(values: FloatArray) -> FloatArray:
    """Lay out days × places as blocks of days, place by place: shape (blocks, places, days of a block), padded with 0."""
    days, places = values.shape
    blocks = max(1, -(-days // _WIDEST))
    width = -(-days // blocks)
    padded = np.zeros((blocks * width, places))
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

    They are taken six at a time, and four at a time where four or eight are left.
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


class Held(NamedTuple):
    """Where an order puts a place at one of its own neighbors: by place, that neighbor and the column of the orders."""

    starts: IntArray
    neighbor: IntArray
    column: IntArray


def held(weights: sp.csr_array, orders: Int32Array, *, hold: bool) -> Held:
    """Find what `lag_counts` has to put right where places keep their values."""
    places = weights.shape[0]
    if not hold:
        return Held(np.zeros(places + 1, np.int64), np.empty(0, np.int64), np.empty(0, np.int64))
    rows = np.repeat(np.arange(places), np.diff(weights.indptr))
    tie, column = np.nonzero(orders[weights.indices] == rows[:, None])
    return Held(np.searchsorted(rows[tie], np.arange(places + 1)), weights.indices[tie].astype(np.int64), column)


@compiled
def _four(sums: FloatArray, keep: float, moved: FloatArray, columns: Rows, weights: FloatArray, e: int) -> None:
    """Add four neighbors to the sums, which `keep` (1 or 0) keeps or forgets."""
    count = len(sums)
    a, b = np.int64(columns[e]) * count, np.int64(columns[e + 1]) * count
    c, d = np.int64(columns[e + 2]) * count, np.int64(columns[e + 3]) * count
    p, q, r, s = weights[e], weights[e + 1], weights[e + 2], weights[e + 3]
    for k in range(count):
        sums[k] = keep * sums[k] + (p * moved[a + k] + q * moved[b + k]) + (r * moved[c + k] + s * moved[d + k])


@compiled
def _six(sums: FloatArray, keep: float, moved: FloatArray, columns: Rows, weights: FloatArray, e: int) -> None:
    count = len(sums)
    a, b, c = np.int64(columns[e]) * count, np.int64(columns[e + 1]) * count, np.int64(columns[e + 2]) * count
    d, f, g = np.int64(columns[e + 3]) * count, np.int64(columns[e + 4]) * count, np.int64(columns[e + 5]) * count
    p, q, r, s, t, u = weights[e], weights[e + 1], weights[e + 2], weights[e + 3], weights[e + 4], weights[e + 5]
    for k in range(count):
        half = p * moved[a + k] + q * moved[b + k] + r * moved[c + k]
        sums[k] = keep * sums[k] + half + (s * moved[d + k] + t * moved[f + k] + u * moved[g + k])


@compiled
def _last_four(
    sums: FloatArray,
    keep: float,
    moved: FloatArray,
    columns: Rows,
    weights: FloatArray,
    e: int,
    low: float,
    high: float,
) -> tuple[int, int]:
    """Add the last four neighbors, and count the sums that are at least `low`, and at most `high`."""
    count, above, below = len(sums), 0, 0
    a, b = np.int64(columns[e]) * count, np.int64(columns[e + 1]) * count
    c, d = np.int64(columns[e + 2]) * count, np.int64(columns[e + 3]) * count
    p, q, r, s = weights[e], weights[e + 1], weights[e + 2], weights[e + 3]
    for k in range(count):
        total = keep * sums[k] + (p * moved[a + k] + q * moved[b + k]) + (r * moved[c + k] + s * moved[d + k])
        above += total >= low
        below += total <= high
    return above, below


@compiled
def _last_six(
    sums: FloatArray,
    keep: float,
    moved: FloatArray,
    columns: Rows,
    weights: FloatArray,
    e: int,
    low: float,
    high: float,
) -> tuple[int, int]:
    count, above, below = len(sums), 0, 0
    a, b, c = np.int64(columns[e]) * count, np.int64(columns[e + 1]) * count, np.int64(columns[e + 2]) * count
    d, f, g = np.int64(columns[e + 3]) * count, np.int64(columns[e + 4]) * count, np.int64(columns[e + 5]) * count
    p, q, r, s, t, u = weights[e], weights[e + 1], weights[e + 2], weights[e + 3], weights[e + 4], weights[e + 5]
    for k in range(count):
        half = p * moved[a + k] + q * moved[b + k] + r * moved[c + k]
        total = keep * sums[k] + half + (s * moved[d + k] + t * moved[f + k] + u * moved[g + k])
        above += total >= low
        below += total <= high
    return above, below


@compiled
def _count(
    sums: FloatArray, moved: FloatArray, columns: Rows, weights: FloatArray, e: int, after: int, low: float, high: float
) -> tuple[int, int]:
    """Count the sums over seats `e` to below `after` that are at least `low`, and at most `high`."""
    keep = 0.0
    while after - e > 6:
        if after - e == 8:
            _four(sums, keep, moved, columns, weights, e)
            e += 4
        else:
            _six(sums, keep, moved, columns, weights, e)
            e += 6
        keep = 1.0
    if after - e == 4:
        return _last_four(sums, keep, moved, columns, weights, e, low, high)
    return _last_six(sums, keep, moved, columns, weights, e, low, high)


@compiled
def _lag_counts_of_day(
    own: FloatArray,
    seats: Seats,
    orders: Rows,
    kept: Held,
    low: FloatArray,
    high: FloatArray,
    moved: FloatArray,
    counts: Counts,
) -> None:
    places, count = orders.shape
    sums = np.zeros(count)
    for j in range(places):
        for k in range(count):
            moved[j * count + k] = own[orders[j, k]]
    for i in range(places):
        first, after = kept.starts[i], kept.starts[i + 1]
        for h in range(first, after):
            moved[kept.neighbor[h] * count + kept.column[h]] = moved[i * count + kept.column[h]]
        above, below = _count(
            sums, moved, seats.columns, seats.weights, seats.starts[i], seats.starts[i + 1], low[i], high[i]
        )
        for h in range(first, after):
            moved[kept.neighbor[h] * count + kept.column[h]] = own[i]
        counts[0, i] += np.uint32(above)
        counts[1, i] += np.uint32(below)


@compiled
def _lag_counts(
    values: FloatArray, seats: Seats, orders: Rows, kept: Held, low: FloatArray, high: FloatArray, counts: Counts
) -> None:
    moved = np.empty(orders.size)
    for day in range(len(values)):
        _lag_counts_of_day(values[day], seats, orders, kept, low[day], high[day], moved, counts[day])


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
    tile = int(min(max(_TILE // max(len(orders), 1), 16), 128))
    for column in range(0, orders.shape[1], tile):
        part = np.ascontiguousarray(orders[:, column : column + tile])
        _lag_counts(values, seats, part.view(np.uint32), held(weights, part, hold=hold), low, high, counts)
