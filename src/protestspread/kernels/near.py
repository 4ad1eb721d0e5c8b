"""Pairs of points that lie near one another, among those that strips of the map leave over."""

from .jit import compiled
from .plain import FloatArray, Int32Array, IntArray


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
    k = 0
    for i in range(first, last):
        for run in range(0, len(spans), 2):
            for j in range(spans[run, i], spans[run + 1, i]):
                apart = 0.0
                for axis in range(len(vectors)):
                    apart += (vectors[axis, i] - vectors[axis, j]) ** 2
                one[k], other[k], square[k] = rows[i], rows[j], apart
                k += apart <= reach  # the next pair is written over one that is not near: no branch to guess wrong
    return k
