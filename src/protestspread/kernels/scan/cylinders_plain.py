"""Cylinders in numpy: the twins of `kernels.scan.cylinders`, and the types of their arguments."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ...arrays import FloatArray, Int32Array, IntArray

_CELLS = 1_000_000  # held in memory at a time


class NearPlaces(NamedTuple):
    """The places within the largest radius of each center.

    Attributes
    ----------
    starts
        Position at which the places of each center begin, and the number of all.
    members
        The places of each center by distance, itself first.
    last
        For each of them, the position (counted from 0 at the center) of the last place at the same distance: a circle holds all.
    """

    starts: IntArray
    members: Int32Array
    last: Int32Array


class EventDays(NamedTuple):
    """The days of the events of each series.

    Attributes
    ----------
    starts
        Position at which the events of each series begin, and the number of all.
    days
        The day of each event, counted from 0, shape (events, 1 or replicates).
    before
        The number of events before each day, and of all.
    """

    starts: IntArray
    days: Int32Array
    before: IntArray


class CylinderLimits(NamedTuple):
    """Most days of a cylinder, and the fewest places that have an event in it."""

    days: int
    places: int


class Cylinders(NamedTuple):
    """Cylinders: center, position of the farthest place, first and last day, events observed and expected."""

    center: Int32Array
    last: Int32Array
    start: Int32Array
    end: Int32Array
    observed: Int32Array
    expected: FloatArray

    def at(self, rows: npt.ArrayLike) -> "Cylinders":
        """Return some of the cylinders."""
        chosen = np.asarray(rows, dtype=np.int64)
        return Cylinders(
            self.center[chosen], self.last[chosen], self.start[chosen], self.end[chosen], self.observed[chosen], self.expected[chosen]
        )  # fmt: skip


def log_ratio(count: npt.ArrayLike, expected: npt.ArrayLike, total: int) -> FloatArray:
    """Return the log likelihood ratio of cylinders that hold more events than expected: Kulldorff's statistic.

    Examples
    --------
    >>> log_ratio(3, 0.75, 12).round(6)
    np.float64(2.150591)
    """
    c, mu = np.asarray(count, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    rest = total - c
    outside = rest * np.log(np.where(rest > 0, rest, 1.0) / np.where(rest > 0, total - mu, 1.0))
    return np.asarray(c * np.log(c / mu) + outside)


def maxima(circles: NearPlaces, events: EventDays, series: Int32Array, limits: CylinderLimits, out: FloatArray) -> None:
    """Write the largest log likelihood ratio of each replicate, 0 where no cylinder holds more events than expected.

    Parameters
    ----------
    circles, events, limits
        See the classes.
    series
        The series of each place, shape (places, 1 or replicates).
    out
        Output, one number per replicate.
    """
    step = max(1, _CELLS // (len(series) * len(events.before)))
    for first in range(0, len(out), step):
        chunk = slice(first, min(first + step, len(out)))
        best = np.zeros(chunk.stop - first)
        for cell in _cells(circles, _by_day(events, series, chunk), events.before, limits):
            count, mu = np.where(cell.valid, cell.observed, 1), np.where(cell.valid, cell.expected, 1.0)
            ratio = np.where(cell.valid, log_ratio(count, mu, len(events.days)), 0.0)
            np.maximum(best, ratio.max(axis=(1, 2), initial=0.0), out=best)
        out[chunk] = best


def cylinders(circles: NearPlaces, events: EventDays, limits: CylinderLimits) -> Cylinders:
    """Return all cylinders with more events than expected whose first and last day, and farthest places, have an event."""
    series = np.arange(len(circles.starts) - 1, dtype=np.int32)[:, None]
    found: list[tuple[npt.NDArray[np.generic], ...]] = []
    active = _by_day(events, series, slice(0, 1))
    for cell in _cells(circles, active, events.before, limits):
        last = circles.last[circles.starts[cell.center] : circles.starts[cell.center + 1]]
        by_day, count = active[0, cell.members].cumsum(axis=0), cell.observed[0]
        ends, new = np.flatnonzero(last == np.arange(len(last))), np.zeros(count.shape, dtype=bool)
        new[ends] = np.diff(count[ends], axis=0, prepend=0) > 0
        width = count.shape[1]
        at, start = np.nonzero(cell.valid[0] & new & (by_day[:, :width] > 0) & (by_day[:, -width:] > 0))
        center, end = np.full(len(at), cell.center), start + cell.days - 1
        found.append((center, at, start, end, count[at, start], cell.expected[0, at, start]))
    *whole, expected = (np.concatenate(column) for column in zip(*found, strict=True))
    center, last, first, final, observed = (column.astype(np.int32) for column in whole)
    return Cylinders(center, last, first, final, observed, expected.astype(np.float64))


class _Windows(NamedTuple):
    """All windows of so many days over the circles of a center; arrays of shape (replicates, places of the center, first days)."""

    center: int
    members: Int32Array
    days: int
    observed: IntArray
    expected: FloatArray
    valid: npt.NDArray[np.bool_]


def _cells(circles: NearPlaces, active: IntArray, before: IntArray, limits: CylinderLimits) -> Iterator[_Windows]:
    length, sizes = active.shape[2], active.sum(axis=2)
    until = np.concatenate([np.zeros((*active.shape[:2], 1), dtype=np.int64), active.cumsum(axis=2)], axis=2)
    for center in range(len(circles.starts) - 1):
        inside = slice(circles.starts[center], circles.starts[center + 1])
        members, last = circles.members[inside], circles.last[inside]
        whole = (last == np.arange(len(last)))[:, None]
        mine, size = until[:, members], sizes[:, members].cumsum(axis=1)[:, :, None]
        for days in range(1, min(limits.days, length) + 1):
            here = mine[:, :, days:] - mine[:, :, :-days]
            count, mu = here.cumsum(axis=1), size * ((before[days:] - before[:-days]) / before[-1])
            valid = whole & (count >= 2) & (count > mu)
            if limits.places > 1:
                valid &= (here > 0).cumsum(axis=1) >= limits.places
            yield _Windows(center, members, days, count, mu, valid)


def _by_day(events: EventDays, series: Int32Array, chunk: slice) -> IntArray:
    """Return the number of events of each place by day, shape (replicates, places, days)."""
    places, length = len(events.starts) - 1, len(events.before) - 1
    of = np.repeat(np.arange(places), np.diff(events.starts))
    days, rows = (table if table.shape[1] == 1 else table[:, chunk] for table in (events.days, series))
    cell = (np.arange(days.shape[1]) * places + of[:, None]) * length + days
    table = np.bincount(cell.ravel(), minlength=days.shape[1] * places * length).reshape(-1, places, length)
    return np.asarray(table[0][rows.T] if days.shape[1] == 1 else table[:, rows[:, 0]], dtype=np.int64)
