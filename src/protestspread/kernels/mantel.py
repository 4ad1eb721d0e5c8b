"""Sums over all pairs of nearness in space times nearness in time, without a table of pairs in memory."""

import math

import numpy as np

from ..arrays import FloatArray
from .jit import compiled
from .plain import STRIPES, Space

_BLOCK = 128  # partners of a point whose distances are computed at a time
_ARCSINE = np.array(
    [math.comb(2 * k, k) / 4.0**k / (2 * k + 1) for k in range(26)][::-1]
)  # series of asin x / x in x², exact for x below ½


@compiled
def _to_arcs(square: FloatArray) -> None:
    """Convert squared chords of the unit sphere to arcs, in loops that the compiler can vectorize."""
    reduced, series = np.empty_like(square), np.zeros_like(square)
    for k in range(len(square)):
        square[k] *= 0.25
        reduced[k] = (1 - math.sqrt(square[k])) / 2 if square[k] > 0.25 else square[k]
    for power in range(len(_ARCSINE)):
        for k in range(len(square)):
            series[k] = series[k] * reduced[k] + _ARCSINE[power]
    for k in range(len(square)):
        half = math.sqrt(max(reduced[k], 0.0)) * series[k]
        square[k] = math.pi - 4 * half if square[k] > 0.25 else 2 * half


@compiled
def nearness(space: Space, i: int, first: int, out: FloatArray) -> None:
    """Write the nearness of point `i` to the points from `first` on into `out`."""
    out[:] = 0
    for axis in range(space.vectors.shape[0]):
        here, there = space.vectors[axis, i], space.vectors[axis, first : first + len(out)]
        for k in range(len(out)):
            out[k] += (here - there[k]) ** 2
    if space.radius_km > 0:
        _to_arcs(out)
        out *= space.radius_km
    else:
        for k in range(len(out)):
            out[k] = math.sqrt(out[k])
    if space.offset_km >= 0:
        for k in range(len(out)):
            out[k] = 1 / (out[k] + space.offset_km)


@compiled
def _add_distances(near: FloatArray, mine: FloatArray, theirs: FloatArray, row: FloatArray) -> None:
    """Add, for each column, nearness times the days between one event and several others."""
    for k in range(len(near)):
        weight, days = mine.dtype.type(near[k]), theirs[k]
        for column in range(len(row)):
            row[column] += weight * abs(mine[column] - days[column])


@compiled
def _add_fractions(near: FloatArray, mine: FloatArray, theirs: FloatArray, offset: float, row: FloatArray) -> None:
    """Add, for each column, nearness over (days between + offset).

    Two fractions share one denominator, because division is slow.
    """
    count, apart = len(near), mine.dtype.type(offset)
    for k in range(0, count - 1, 2):
        weight, days = mine.dtype.type(near[k]), theirs[k]
        next_weight, next_days = mine.dtype.type(near[k + 1]), theirs[k + 1]
        for column in range(len(row)):
            below, next_below = abs(mine[column] - days[column]) + apart, abs(mine[column] - next_days[column]) + apart
            row[column] += (weight * next_below + next_weight * below) / (below * next_below)
    if count % 2:
        weight, days = mine.dtype.type(near[count - 1]), theirs[count - 1]
        for column in range(len(row)):
            row[column] += weight / (abs(mine[column] - days[column]) + apart)


@compiled
def stripe_products(space: Space, stripe: int, days: FloatArray, offset_days: float, out: FloatArray) -> None:
    """Add to `out`, for each column of `days`, nearness in space times nearness in time over the pairs of a stripe.

    The precision is that of `days`. With a negative offset, nearness in time is the number of days between events.
    """
    n, near, row = space.vectors.shape[1], np.empty(_BLOCK), np.empty_like(days[0])
    for i in range(stripe, n, STRIPES):
        for first in range(i + 1, n, _BLOCK):
            after = min(first + _BLOCK, n)
            nearness(space, i, first, near[: after - first])
            row[:] = 0
            if offset_days < 0:
                _add_distances(near[: after - first], days[i], days[first:after], row)
            else:
                _add_fractions(near[: after - first], days[i], days[first:after], offset_days, row)
            for column in range(len(out)):
                out[column] += row[column]


@compiled
def stripe_sums(space: Space, stripe: int, sums: FloatArray, rows: FloatArray) -> None:
    """Sum nearness (``sums[0]``), its square (``sums[1]``) and nearness by point (``rows``) over the pairs of a stripe."""
    n, near = space.vectors.shape[1], np.empty(_BLOCK)
    for i in range(stripe, n, STRIPES):
        for first in range(i + 1, n, _BLOCK):
            count = min(_BLOCK, n - first)
            nearness(space, i, first, near[:count])
            for k in range(count):
                sums[0] += near[k]
                sums[1] += near[k] * near[k]
                rows[i] += near[k]
                rows[first + k] += near[k]
