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


@compiled
def _two(sums: FloatArray, keep: float, moved: FloatArray, columns: Rows, weights: FloatArray, e: int) -> None:
    count = len(sums)
    a, b = np.int64(columns[e]) * count, np.int64(columns[e + 1]) * count
    p, q = weights[e], weights[e + 1]
    for k in range(count):
        sums[k] = keep * sums[k] + p * moved[a + k] + q * moved[b + k]


@compiled
def _four(sums: FloatArray, keep: float, moved: FloatArray, columns: Rows, weights: FloatArray, e: int) -> None:
    count = len(sums)
    a, b = np.int64(columns[e]) * count, np.int64(columns[e + 1]) * count
    c, d = np.int64(columns[e + 2]) * count, np.int64(columns[e + 3]) * count
    p, q, r, s = weights[e], weights[e + 1], weights[e + 2], weights[e + 3]
    for k in range(count):
        sums[k] = keep * sums[k] + p * moved[a + k] + q * moved[b + k] + r * moved[c + k] + s * moved[d + k]


@compiled
def _six(sums: FloatArray, keep: float, moved: FloatArray, columns: Rows, weights: FloatArray, e: int) -> None:
    count = len(sums)
    a, b, c = np.int64(columns[e]) * count, np.int64(columns[e + 1]) * count, np.int64(columns[e + 2]) * count
    d, f, g = np.int64(columns[e + 3]) * count, np.int64(columns[e + 4]) * count, np.int64(columns[e + 5]) * count
    p, q, r, s, t, u = weights[e], weights[e + 1], weights[e + 2], weights[e + 3], weights[e + 4], weights[e + 5]
    for k in range(count):
        lower = p * moved[a + k] + q * moved[b + k] + r * moved[c + k]
        sums[k] = keep * sums[k] + lower + s * moved[d + k] + t * moved[f + k] + u * moved[g + k]


@compiled
def _add_up(sums: FloatArray, moved: FloatArray, columns: Rows, weights: FloatArray, first: int, after: int) -> None:
    """Write the weighted sum over neighbors `first` to below `after`: six rows of `moved` at a time, then fewer."""
    count = len(sums)
    keep, e = 0.0, first
    if first == after:
        for k in range(count):
            sums[k] = 0.0
    while e < after:
        if after - e >= 6:
            _six(sums, keep, moved, columns, weights, e)
            e += 6
        elif after - e >= 4:
            _four(sums, keep, moved, columns, weights, e)
            e += 4
        elif after - e >= 2:
            _two(sums, keep, moved, columns, weights, e)
            e += 2
        else:
            a, p = np.int64(columns[e]) * count, weights[e]
            for k in range(count):
                sums[k] = keep * sums[k] + p * moved[a + k]
            e += 1
        keep = 1.0


class Held(NamedTuple):
    """Where an order puts a place at one of its own neighbors: by place, the ties and the columns of the orders."""

    starts: IntArray
    tie: IntArray
    column: IntArray


def held(weights: sp.csr_array, orders: Int32Array, *, hold: bool) -> Held:
    """Find what `lag_counts` has to put right where places keep their values."""
    places = weights.shape[0]
    if not hold:
        return Held(np.zeros(places + 1, np.int64), np.empty(0, np.int64), np.empty(0, np.int64))
    rows = np.repeat(np.arange(places), np.diff(weights.indptr))
    tie, column = np.nonzero(orders[weights.indices] == rows[:, None])
    return Held(np.searchsorted(rows[tie], np.arange(places + 1)), tie, column)


@compiled
def _lag_counts_of_day(
    own: FloatArray, indptr: IntArray, columns: Rows, weights: FloatArray, orders: Rows, kept: Held,
    low: FloatArray, high: FloatArray, moved: FloatArray, counts: Counts,
) -> None:  # fmt: skip
    places, count = orders.shape
    sums = np.zeros(count)
    for j in range(places):
        for k in range(count):
            moved[j * count + k] = own[orders[j, k]]
    for i in range(places):
        _add_up(sums, moved, columns, weights, indptr[i], indptr[i + 1])
        for h in range(kept.starts[i], kept.starts[i + 1]):
            k = kept.column[h]
            sums[k] += weights[kept.tie[h]] * (moved[i * count + k] - own[i])
        least, most = low[i], high[i]
        above = below = 0
        for k in range(count):
            above += sums[k] >= least
            below += sums[k] <= most
        counts[0, i] += np.uint32(above)
        counts[1, i] += np.uint32(below)


@compiled
def _lag_counts(
    values: FloatArray, indptr: IntArray, columns: Rows, weights: FloatArray, orders: Rows, kept: Held,
    low: FloatArray, high: FloatArray, counts: Counts,
) -> None:  # fmt: skip
    moved = np.empty(orders.size)
    for day in range(len(values)):
        _lag_counts_of_day(values[day], indptr, columns, weights, orders, kept, low[day], high[day], moved, counts[day])


def lag_counts(
    values: FloatArray, weights: sp.csr_array, orders: Int32Array, low: FloatArray, high: FloatArray, counts: Counts,
    *, hold: bool,
) -> None:  # fmt: skip
    """Do what `autocorrelation_plain.lag_counts` does."""
    indptr, columns = weights.indptr.astype(np.int64), weights.indices.astype(np.uint32)
    tile = int(min(max(_TILE // max(len(orders), 1), 16), 128))
    for column in range(0, orders.shape[1], tile):
        part = np.ascontiguousarray(orders[:, column : column + tile])
        kept = held(weights, part, hold=hold)
        _lag_counts(values, indptr, columns, weights.data, part.view(np.uint32), kept, low, high, counts)
