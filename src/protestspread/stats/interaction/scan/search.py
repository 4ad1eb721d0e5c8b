"""The most likely clusters: the largest likelihood ratio over all cylinders, as observed and in each draw."""

from dataclasses import dataclass
from types import ModuleType
from typing import Self

import numpy as np

from ....arrays import BoolArray, FloatArray, Int32Array, IntArray
from ....inference.permutation_test import PermutationTest, Sampler
from ....kernels.dispatch import SCAN
from ....kernels.scan import cylinders_plain
from ....kernels.scan.cylinders_plain import CylinderLimits, Cylinders, EventDays, log_ratio
from ..exchange import ExchangedPlaces
from .circles import PlaceCircles

MOST_CLUSTERS = 100
"""Secondary clusters are listed up to this many."""
_DIGITS = 10  # of a log likelihood ratio: those that differ by less are equal
_TOGETHER = 50_000  # cylinders among which clusters are sought at a time


@dataclass(frozen=True, eq=False)
class CylinderMaxima(PermutationTest):
    """The largest log likelihood ratio over all cylinders.

    Attributes
    ----------
    around
        The circles round all places.
    events
        The days of the events of each place.
    order
        The events by place.
    limits
        Most days, and fewest places with an event.
    """

    around: PlaceCircles
    events: EventDays
    order: IntArray
    limits: CylinderLimits

    @classmethod
    def of(
        cls, sampler: Sampler, around: PlaceCircles, place: IntArray, days: Int32Array, limits: CylinderLimits
    ) -> Self:
        """Return the test of events at places, numbered from 0, on days, counted from 0."""
        order = np.argsort(place, kind="stable")
        starts = np.searchsorted(place[order], np.arange(len(around.circles.starts)))
        before = np.concatenate([[0], np.cumsum(np.bincount(days))])
        return cls(sampler, around, EventDays(starts, days[order, None].astype(np.int32), before), order, limits)

    @property
    def cells(self) -> float:
        """Number of windows in all circles."""
        length = len(self.events.before) - 1
        return float(len(self.around.km)) * length * min(self.limits.days, length)

    def work(self, units: int) -> tuple[float, int]:
        """Return operations and numbers of a replicate."""
        return 10.0 * units + 0.5 * self.cells, units

    def values(self, arranged: Int32Array) -> FloatArray:
        """Return the largest log likelihood ratio of each column: of places exchanged, or of dates shuffled."""
        out, events = np.zeros(arranged.shape[1]), self.events
        series = np.arange(len(events.starts) - 1, dtype=np.int32)[:, None]
        if isinstance(self.sampler, ExchangedPlaces):
            series = arranged
        else:
            events = events._replace(days=arranged[self.order])
        kernel = _kernel(self.cells * len(out))
        kernel.maxima(self.around.circles, events, series, self.limits, out)
        return out

    def ranked(self) -> "RankedCylinders":
        """Return all observed cylinders that have more events than expected, best first."""
        found = _kernel(self.cells).cylinders(self.around.circles, self.events, self.limits)
        return RankedCylinders.of(found, len(self.events.days))


def _kernel(cells: float) -> ModuleType:
    if not SCAN.pays(cells):
        return cylinders_plain
    from ....kernels.scan import cylinders

    return cylinders


@dataclass(frozen=True, eq=False)
class RankedCylinders:
    """Cylinders by log likelihood ratio; of equal ones, those with the fewest places, the fewest days, the first center and day."""

    cylinders: Cylinders
    log_ratio: FloatArray

    @classmethod
    def of(cls, found: Cylinders, total: int) -> "RankedCylinders":
        """Rank cylinders by their likelihood ratio, rounded to ten digits."""
        ratio = log_ratio(found.observed, found.expected, total)
        order = np.lexsort([found.start, found.center, found.end - found.start, found.last, -ratio.round(_DIGITS)])
        return cls(found.at(order), ratio[order])

    def apart(self, around: PlaceCircles, most: int) -> tuple[Cylinders, FloatArray]:
        """Return at most `most` cylinders, best first, that share no place and day with a better one, and their ratios."""
        found, taken, reach = self.cylinders, list[int](), list[IntArray]()

        def overlaps(rows: slice, k: int) -> BoolArray:
            days = (found.start[rows] <= found.end[taken[k]]) & (found.end[rows] >= found.start[taken[k]])
            return np.asarray(days & (found.last[rows] >= reach[k][found.center[rows]]))

        for first in range(0, len(self.log_ratio), _TOGETHER):
            rows = slice(first, first + _TOGETHER)
            free = np.ones(len(found.center[rows]), dtype=bool)
            for k in range(len(taken)):
                free &= ~overlaps(rows, k)
            while free.any() and len(taken) < most:
                taken.append(first + int(free.argmax()))
                reach.append(_first_shared(around, int(found.center[taken[-1]]), int(found.last[taken[-1]])))
                free &= ~overlaps(rows, -1)
            if len(taken) == most:
                break
        return found.at(taken), self.log_ratio[taken]


def _first_shared(around: PlaceCircles, center: int, last: int) -> IntArray:
    """Return, for each center, the position of its first place that lies in a circle; beyond all, if none does."""
    inside = np.zeros(len(around.circles.starts) - 1, dtype=bool)
    inside[around.circles.members[around.members(center, last)]] = True
    starts = around.circles.starts[:-1]
    position = np.arange(len(around.km)) - np.repeat(starts, np.diff(around.circles.starts))
    shared = np.where(inside[around.circles.members], position, len(around.km))
    return np.asarray(np.minimum.reduceat(shared, starts), dtype=np.int64)
