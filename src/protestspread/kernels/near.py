"""Pairs of points that lie near one another, among those that strips of the map leave over."""

import numpy as np

from ..arrays import FloatArray, Int32Array, IntArray
from .jit import compiled


@compiled
def find_spans(key: FloatArray, reach: FloatArray, apart: float, spans: IntArray) -> None:
    """Write, for each of ascending keys, the spans in which those after it lie by up to `reach`, and about `apart` further on.

    Where keys stand near one another, their reach is the same: all four ends only move forward.
    """
    end, low, high = 0, 0, 0
    for i in range(len(key)):
        while end < len(key) and key[end] <= key[i] + reach[i]:
            end += 1
        while low < len(key) and key[low] < key[i] + apart - reach[i]:
            low += 1
        while high < len(key) and key[high] <= key[i] + apart + reach[i]:
            high += 1
        spans[0, i], spans[1, i], spans[2, i], spans[3, i] = i + 1, end, low, high


@compiled
def write_near(
    vectors: FloatArray, spans: IntArray, rows: Int32Array, reach: float, first: int, last: int,
    one: Int32Array, other: Int32Array, square: FloatArray,
) -> int:  # fmt: skip
    """Write the rows of the pairs whose squared distance is at most `reach`, and that square; return how many there are.

    One point is from `first` to below `last`, the other in one of its spans. The arrays hold as many as there are candidates.
    """
    k = np.uint64(0)
    x, y, z = vectors
    for i in range(first, last):
        for run in range(2):
            for j in range(np.uint64(spans[2 * run, i]), np.uint64(spans[2 * run + 1, i])):
                apart = (x[i] - x[j]) ** 2 + (y[i] - y[j]) ** 2 + (z[i] - z[j]) ** 2
                one[k], other[k], square[k] = rows[i], rows[j], apart
                k += np.uint64(apart <= reach)  # the next is written over what is not near: no branch to guess wrong
    return int(k)
