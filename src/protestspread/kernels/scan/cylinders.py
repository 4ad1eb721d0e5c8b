"""Cylinders, compiled: the plain version, and the types, are in `kernels.scan.cylinders_plain`.

With the number of events held, the likelihood ratio falls as more are expected. The search therefore holds, for each number of events,
how many may be expected at most in a cylinder that exceeds the best so far; few cylinders need a logarithm.
"""

from typing import NamedTuple

import numpy as np

from ...arrays import FloatArray, Int32Array, IntArray
from ..jit import compiled, inlined
from .cylinders_plain import CylinderLimits, Cylinders, EventDays, NearPlaces

_BLOCKS = 128  # more than there are factors of 5/4 between the sizes of circles
_MANY = 32  # places near a center, from which it pays to count by blocks


class _Arrangement(NamedTuple):
    """One arrangement of the events: the series of each place, the days of the events of each series, and all events before each day."""

    series: Int32Array
    starts: IntArray
    days: Int32Array
    before: IntArray


class _Center(NamedTuple):
    """Work space: what is near a center."""

    by_day: IntArray  # position of the first event of each day
    near: Int32Array  # of each event, by day and then by distance, the position of its place, counted from the center
    eventful: Int32Array  # the days with events, ascending; then their number
    size: IntArray  # number of events in each circle
    block: Int32Array  # of each place: circles of one block differ in size by less than a quarter
    first: Int32Array  # of each block, the position of its first place
    until: IntArray  # events before each of the days with events, at the places up to the end of each block
    active: Int32Array  # positions of the places with an event in the window, ascending
    events: Int32Array  # of each of these


class _Kept(NamedTuple):
    """What is kept: the largest likelihood ratio, or all cylinders that have more events than expected."""

    every: bool
    best: FloatArray  # the largest so far, shape (1,)
    found: IntArray  # how many were kept, shape (1,)
    most: FloatArray  # for each number of events, how many may be expected at most in a cylinder that is kept
    known: IntArray  # for each number of events, the value of `found` for which this was computed
    cylinders: Cylinders  # the first of those kept, as many as there is room for


class _Window(NamedTuple):
    """Days round a center: the first and the last, the nearest place that can end a circle, and the share of all events on them."""

    center: int
    start: int
    end: int
    nearest: int
    share: float


@compiled
def _center(circles: NearPlaces, events: EventDays) -> _Center:
    most, length = np.diff(circles.starts).max(), len(events.before) - 1
    return _Center(
        np.empty(length + 2, np.int64), np.empty(len(events.days), np.int32), np.empty(length + 1, np.int32), np.empty(most, np.int64),
        np.empty(most, np.int32), np.empty(_BLOCKS, np.int32), np.empty((_BLOCKS, length + 1), np.int64),
        np.empty(most, np.int32), np.empty(most, np.int32),
    )  # fmt: skip


@compiled
def _gather(members: Int32Array, draw: _Arrangement, work: _Center) -> int:
    """Lay out the events near a center; return the number of blocks."""
    by_day, starts, days, size, block = work.by_day, draw.starts, draw.days, 0, -1
    by_day[:] = 0
    for j in range(len(members)):
        row = draw.series[members[j]]
        size += starts[row + 1] - starts[row]
        work.size[j] = size
        if block < 0 or 4 * size >= 5 * work.size[work.first[block]]:
            block += 1
            work.first[block] = j
        work.block[j] = block
        for e in range(starts[row], starts[row + 1]):
            by_day[days[e] + 2] += 1
    eventful = 0
    for t in range(2, len(by_day)):
        if by_day[t] > 0:
            work.eventful[eventful] = t - 2
            eventful += 1
        by_day[t] += by_day[t - 1]
    for j in range(len(members)):
        row = draw.series[members[j]]
        for e in range(starts[row], starts[row + 1]):
            at = days[e] + 1
            work.near[by_day[at]] = j
            by_day[at] += 1
    work.eventful[-1] = eventful
    return block + 1


@compiled
def _count(work: _Center, blocks: int) -> int:
    """Count the events before each day in the circles at the end of each block; return the number of blocks."""
    until = work.until
    for b in range(blocks):
        until[b, 0] = 0
    for i in range(work.eventful[-1]):
        day = work.eventful[i]
        for b in range(blocks):
            until[b, i + 1] = 0
        for e in range(work.by_day[day], work.by_day[day + 1]):
            until[work.block[work.near[e]], i + 1] += 1
        inner = 0
        for b in range(blocks):
            inner += until[b, i + 1]
            until[b, i + 1] = until[b, i] + inner
    return blocks


@compiled
def _add(work: _Center, many: int, first: int, after: int) -> int:
    """Add events to the window; return the number of places with an event."""
    active, events = work.active, work.events
    for e in range(first, after):
        near, at = work.near[e], many
        while at > 0 and active[at - 1] > near:
            at -= 1
        if at > 0 and active[at - 1] == near:
            events[at - 1] += 1
        else:
            for k in range(many, at, -1):
                active[k], events[k] = active[k - 1], events[k - 1]
            active[at], events[at] = near, 1
            many += 1
    return many


@compiled
def _log_ratio(count: int, expected: float, total: int) -> float:
    rest = total - count
    outside = rest * np.log(rest / (total - expected)) if rest > 0 else 0.0
    return float(count * np.log(count / expected) + outside)


@compiled
def _most_expected(count: int, best: float, total: int) -> float:
    """Return the expected number at which so many events have the likelihood ratio `best`: Newton's method, from below."""
    expected = count * np.exp(-1 - best / count)
    for _ in range(50):
        slope = count - (total - count) * expected / (total - expected)
        step = (_log_ratio(count, expected, total) - best) / slope
        expected *= np.exp(step)
        if not step > 1e-13:
            break
    return float(min(expected * (1 + 1e-12), float(count)))


@inlined
def _most(count: int, kept: _Kept) -> float:
    if not kept.every and kept.known[count] != kept.found[0]:
        kept.most[count] = _most_expected(count, kept.best[0], len(kept.most) - 1)
        kept.known[count] = kept.found[0]
    return float(kept.most[count])


@compiled
def _keep(cylinder: tuple[int, int, int, int, int], expected: float, kept: _Kept) -> None:
    at = kept.found[0]
    if not kept.every:
        ratio = _log_ratio(cylinder[4], expected, len(kept.most) - 1)
        if ratio > kept.best[0]:
            kept.best[0] = ratio
            kept.found[0] = at + 1
    else:
        if at < len(kept.cylinders.center):
            center, last, start, end, count, mu = kept.cylinders
            center[at], last[at], start[at], end[at], count[at] = cylinder
            mu[at] = expected
        kept.found[0] = at + 1


@compiled
def _promising(window: _Window, first: int, last: int, blocks: int, work: _Center, kept: _Kept) -> bool:
    """Return whether a circle may be kept, from what each block holds at most between two of the days with events, and how small it is."""
    b = work.block[window.nearest]
    while b < blocks:
        inside, least = work.until[b, last + 1] - work.until[b, first], max(window.nearest, work.first[b])
        if inside >= 2 and work.size[least] * window.share < _most(inside, kept):
            return True
        b += 1
    return blocks == 0


@compiled
def _keep_circles(
    window: _Window, many: int, last: Int32Array, limits: CylinderLimits, work: _Center, kept: _Kept
) -> None:
    """Keep cylinders of a window, of whose places so many are active."""
    active, count = work.active, 0
    for k in range(many):
        count += work.events[k]
        at = last[active[k]]
        inner = k + 1 < many and active[k + 1] <= at  # the circle holds the next place, too
        if active[k] < window.nearest or count < 2 or k + 1 < limits.places or inner:
            continue
        mu = work.size[at] * window.share
        if mu < _most(count, kept):
            _keep((window.center, at, window.start, window.end, count), mu, kept)


@compiled
def _search(
    center: int, circles: NearPlaces, limits: CylinderLimits, draw: _Arrangement, work: _Center, kept: _Kept
) -> None:
    """Keep cylinders round a center that begin and end with an event."""
    near, by_day, last = work.near, work.by_day, circles.last[circles.starts[center] : circles.starts[center + 1]]
    blocks = _gather(circles.members[circles.starts[center] : circles.starts[center + 1]], draw, work)
    blocks = _count(work, blocks) if len(last) >= _MANY else 0
    eventful = work.eventful[-1]
    for i in range(eventful):
        start, many = work.eventful[i], 0
        first = by_day[start]
        added = first
        for j in range(i, eventful):
            end = work.eventful[j]
            if end - start >= limits.days:
                break
            after, nearest = by_day[end + 1], max(near[first], near[by_day[end]])
            share = (draw.before[end + 1] - draw.before[start]) / draw.before[-1]
            if after - first < 2 or work.size[last[nearest]] * share >= _most(after - first, kept):
                continue  # not even if all events were in the smallest circle
            window = _Window(center, start, end, nearest, share)
            if _promising(window, i, j, blocks, work, kept):
                many = _add(work, many, added, after)
                added = after
                _keep_circles(window, many, last, limits, work, kept)


@compiled
def _over_centers(circles: NearPlaces, limits: CylinderLimits, draw: _Arrangement, work: _Center, kept: _Kept) -> None:
    for center in range(len(circles.starts) - 1):
        _search(center, circles, limits, draw, work, kept)


@compiled
def _nothing(total: int, room: int) -> _Kept:
    """Return what is kept before the search: of the best cylinder, or, with room for 0 or more, of all."""
    numbers, expected = np.empty((5, max(room, 0)), np.int32), np.empty(max(room, 0))
    cylinders = Cylinders(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], expected)
    most, none = np.arange(total + 1).astype(np.float64), np.zeros(total + 1, np.int64)
    return _Kept(room >= 0, np.zeros(1), np.zeros(1, np.int64), most, none, cylinders)


@compiled
def maxima(circles: NearPlaces, events: EventDays, series: Int32Array, limits: CylinderLimits, out: FloatArray) -> None:
    """Compute the same as `cylinders_plain.maxima`."""
    kept, work = _nothing(len(events.days), -1), _center(circles, events)
    draw = _Arrangement(series[:, 0].copy(), events.starts, events.days[:, 0].copy(), events.before)
    for column in range(len(out)):
        if events.days.shape[1] > 1:
            draw.days[:] = events.days[:, column]
        if series.shape[1] > 1:
            draw.series[:] = series[:, column]
        kept.best[0] = 0.0
        kept.found[0] += 1  # what was known belongs to the draw before
        _over_centers(circles, limits, draw, work, kept)
        out[column] = kept.best[0]


@compiled
def _every(circles: NearPlaces, events: EventDays, limits: CylinderLimits, room: int) -> _Kept:
    kept = _nothing(len(events.days), room)
    series = np.arange(len(circles.starts) - 1).astype(np.int32)
    draw = _Arrangement(series, events.starts, events.days[:, 0].copy(), events.before)
    _over_centers(circles, limits, draw, _center(circles, events), kept)
    return kept


def cylinders(circles: NearPlaces, events: EventDays, limits: CylinderLimits) -> Cylinders:
    """Compute the same as `cylinders_plain.cylinders`, in the order of the centers."""
    count = _every(circles, events, limits, 0).found[0]
    return _every(circles, events, limits, int(count)).cylinders
