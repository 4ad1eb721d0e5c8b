"""Pairs close in space that are close in time as well, for many replicates side by side."""

import numpy as np

from ..arrays import Int32Array, IntArray
from .jit import compiled
from .plain import SiteEvents


@compiled
def count_close(one: Int32Array, other: Int32Array, days: Int32Array, within: int, out: IntArray) -> None:
    """Add to `out`, for each column of `days`, how many pairs of rows are at most `within` days apart."""
    limit = np.int32(within)
    for k in range(len(one)):
        mine, theirs = days[one[k]], days[other[k]]
        for column in range(len(out)):
            out[column] += np.int64(abs(mine[column] - theirs[column]) <= limit)


@compiled
def count_within(one: Int32Array, other: Int32Array, days: Int32Array, reach: Int32Array, out: IntArray) -> None:
    """Add to `out`, for each column of `days`, how many pairs are at most ``reach[day of the one]`` days apart."""
    for k in range(len(one)):
        mine, theirs = days[one[k]], days[other[k]]
        for column in range(len(out)):
            out[column] += np.int64(abs(mine[column] - theirs[column]) <= reach[mine[column]])


@compiled
def _close(events: SiteEvents, one: int, other: int) -> int:
    """Count the pairs of an event of one site and one of another that are close in time; both are in order of date."""
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
    """Add to `out`, for each column of `sites`, how many pairs of events are close, over pairs of sites."""
    for column in range(len(out)):
        for k in range(len(one)):
            out[column] += _close(events, sites[one[k], column], sites[other[k], column])
