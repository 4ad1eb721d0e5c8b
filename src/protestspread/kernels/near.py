"""Pairs of nearby points, among the candidates in strips of the map."""

import numpy as np

from ..arrays import FloatArray, Int32Array, IntArray
from .jit import compiled


@compiled
def find_spans(key: FloatArray, reach: FloatArray, apart: float, spans: IntArray) -> None:
    """Write, for each of the ascending keys, the span of later keys within `reach`, and the span around `apart` further on.

    Keys near one another have the same reach, so all four ends only move forward.
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
    """Write the rows and the squared distance of pairs with a square of at most `reach`; return the number of pairs.

    One point is from `first` to `last` - 1, the other in one of its spans. The arrays have room for all candidates.
    """
    k = np.uint64(0)
    x, y, z = vectors
    for i in range(first, last):
        for run in range(2):
            for j in range(np.uint64(spans[2 * run, i]), np.uint64(spans[2 * run + 1, i])):
                apart = (x[i] - x[j]) ** 2 + (y[i] - y[j]) ** 2 + (z[i] - z[j]) ** 2
                one[k], other[k], square[k] = rows[i], rows[j], apart
                k += np.uint64(apart <= reach)  # pairs that are not near are overwritten: no branch to mispredict
    return int(k)
