"""Counts of pairs close in space and time, and sums of their weights, for many replicates at a time."""

import numpy as np

from ..arrays import FloatArray, Int32Array, IntArray
from .jit import compiled
from .plain import SiteEvents, TimeBins, WeightedPairs


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
def count_tabled(one: Int32Array, other: Int32Array, sites: Int32Array, table: IntArray, out: IntArray) -> None:
    """Add to `out`, for each column of `sites`, the close pairs of events of all pairs of sites, from a table of sites by sites."""
    for k in range(len(one)):
        mine, theirs = sites[one[k]], sites[other[k]]
        for column in range(len(out)):
            out[column] += table[mine[column], theirs[column]]


@compiled
def _close(events: SiteEvents, one: int, other: int) -> int:
    """Count the pairs of events of two sites that are close in time; the events of each site are in order of date."""
    count, low, high = 0, events.starts[other], events.starts[other]
    for k in range(events.starts[one], events.starts[one + 1]):
        while high < events.starts[other + 1] and events.days[high] <= events.days[k] + events.within:
            high += 1
        while low < high and events.days[low] < events.days[k] - events.within:
            low += 1
        count += high - low
    return count


@compiled
def count_exchanged(one: Int32Array, other: Int32Array, sites: Int32Array, events: SiteEvents, out: IntArray) -> None:
    """Add to `out`, for each column of `sites`, the number of close pairs of events over all pairs of sites."""
    for column in range(len(out)):
        for k in range(len(one)):
            out[column] += _close(events, sites[one[k], column], sites[other[k], column])


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
