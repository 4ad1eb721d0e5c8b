"""Counts of pairs close in space and time, and sums of their weights, for many replicates at a time."""

import numpy as np

from ..arrays import FloatArray, Int32Array, IntArray, UInt8Array
from .jit import compiled
from .plain import TimeBins, WeightedPairs


@compiled
def count_close(one: Int32Array, other: Int32Array, days: Int32Array, within: int, out: IntArray) -> None:
    """Add to `out`, for each column of `days`, the number of pairs of rows at most `within` days apart."""
    limit = np.int32(within)
    for k in range(len(one)):
        mine, theirs = days[one[k]], days[other[k]]
        for column in range(len(out)):
            out[column] += np.int64(abs(mine[column] - theirs[column]) <= limit)


@compiled
def count_within(one: Int32Array, other: Int32Array, days: Int32Array, reach: Int32Array, out: IntArray) -> None:
    """Add to `out`, for each column of `days`, the number of pairs at most ``reach[day of the first]`` days apart."""
    for k in range(len(one)):
        mine, theirs = days[one[k]], days[other[k]]
        for column in range(len(out)):
            out[column] += np.int64(abs(mine[column] - theirs[column]) <= reach[mine[column]])


@compiled
def sum_tabled(one: Int32Array, other: Int32Array, places: Int32Array, table: FloatArray, out: FloatArray) -> None:
    """Add to ``out[column]``, for each column of `places`, the two numbers of a table of places by places over all pairs of rows."""
    for k in range(len(one)):
        mine, theirs = places[one[k]], places[other[k]]
        for column in range(len(out)):
            out[column, 0] += table[mine[column], theirs[column], 0]
            out[column, 1] += table[mine[column], theirs[column], 1]


@compiled
def count_banded(
    one: Int32Array, other: Int32Array, arranged: Int32Array, site: Int32Array, band: UInt8Array, out: IntArray
) -> None:
    """Add to ``out[column, band]`` the number of pairs of rows by the band of their sites; row ``arranged[k]`` has ``site[k]``."""
    sites = np.empty_like(arranged)
    for k in range(len(site)):
        for column in range(len(out)):
            sites[arranged[k, column], column] = site[k]
    for k in range(len(one)):
        mine, theirs = sites[one[k]], sites[other[k]]
        for column in range(len(out)):
            out[column, band[mine[column], theirs[column]]] += 1


@compiled
def count_pairs(pairs: WeightedPairs, days: Int32Array, clock: TimeBins, out: FloatArray) -> None:
    """Add the weights of the pairs to ``out[column, bin]``, by the days between them.

    A pair counts twice, once from each event, with the weight of that event. The weight is doubled if the same number of
    days in the other direction would fall outside the window.
    """
    for k in range(len(pairs.one)):
        mine, theirs = days[pairs.one[k]], days[pairs.other[k]]
        first, second = pairs.weight[k], pairs.other_weight[k]
        for column in range(days.shape[1]):
            a, b = mine[column], theirs[column]
            apart = abs(a - b)
            early, late = (first, second) if a <= b else (second, first)
            before, after = min(a, b) - apart < clock.start, max(a, b) + apart > clock.end
            out[column, clock.bins[apart]] += (early + early if before else early) + (late + late if after else late)
