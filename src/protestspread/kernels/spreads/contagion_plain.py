"""Spreads in plain Python: the twin of `kernels.contagion`, and the types of its arguments.

Every possible onset is a contact: along a tie, or spontaneous. A contact happens once the integral of its rate since it
became possible exceeds an exponential random number (inversion of the cumulative hazard), so that rates may differ by place
and day. Contacts are processed in the order of their times, of those of one day the last that was planned first, and each
draw reads one random stream in that order, so that both versions return the same numbers.

M. A. Gibson, J. Bruck (2000), Efficient exact stochastic simulation of chemical systems with many species and many
channels, Journal of Physical Chemistry A 104:1876, doi:10.1021/jp993732q.
"""

import math
from collections.abc import Iterator
from heapq import heappop, heappush
from typing import NamedTuple

import numpy as np

from ...arrays import FloatArray, Int32Array, IntArray
from ...random_streams import replicate_rng


class TieArrays(NamedTuple):
    """TieArrays from each place, in the rows of a CSR matrix; ``sources`` holds the row of each tie."""

    starts: IntArray
    targets: Int32Array
    weights: FloatArray
    sources: Int32Array


TRANSMISSION, SPONTANEOUS, PROGRESSION, RECOVERY, WANING = range(5)


class Contagion(NamedTuple):
    """The rates per day of the transitions between states, and the clock.

    Places become exposed by transmission or spontaneously, then active, then recover, then become susceptible again.

    Attributes
    ----------
    constant
        Rates that do not vary in time, shape (transitions, places).
    varying
        Position of each transition in ``integrals``; -1 where its rate is constant.
    integrals
        Integrals of rates from the first row to each row, shape (varying transitions, places, rows).
    exposed, again
        Whether there is time between exposure and activity, and whether places become susceptible again.
    by_day
        Whether states change once a day, all at once.
    last
        The last row.
    """

    constant: FloatArray
    varying: IntArray
    integrals: FloatArray
    exposed: bool
    again: bool
    by_day: bool
    last: float


def spells(
    ties: TieArrays, model: Contagion, seeds: Int32Array, seed: int, replicates: IntArray
) -> tuple[IntArray, Int32Array, FloatArray]:
    """Return the number of spells up to each draw; the place of each spell; its first and last time."""
    drawn = [_Draw(ties, model, seed, replicate).run(seeds) for replicate in replicates.tolist()]
    together = [spell for one in drawn for spell in one]
    ends = np.cumsum([0, *map(len, drawn)])
    where = np.array([place for place, _, _ in together], np.int32)
    return ends, where, np.array([span for _, *span in together], float).reshape(-1, 2)


class _Draw:
    """One draw. ``free``: from when each place is susceptible; ``planned``: its first contact so far; ``end``: its recovery."""

    def __init__(self, ties: TieArrays, model: Contagion, seed: int, replicate: int) -> None:
        self.ties, self.model = ties, model
        self.places = len(ties.starts) - 1
        self.free, self.planned = [-1.0] * self.places, [math.inf] * self.places
        self.end, self.plans = [0.0] * self.places, 0
        self.contacts: list[tuple[float, int, int]] = []
        self.exponentials = _exponentials(seed, replicate)

    def run(self, seeds: Int32Array) -> list[tuple[int, float, float]]:
        """Process all contacts and return the spells: place, first and last time."""
        found = []
        for place in seeds.tolist():
            self._plan(place, place, 0.0)
        for place in range(self.places):
            if self.planned[place] > 0:
                self._plan(place, place, self._after(SPONTANEOUS, place, 1.0, 0.0))
        while self.contacts:
            time, _, contact = heappop(self.contacts)
            tie = contact - self.places
            place = contact if tie < 0 else int(self.ties.targets[tie])
            if time > self.free[place]:
                found.append((place, *self._expose(place, time)))
            if self.model.again:  # the next contact of the same kind; the wait has no memory
                self._plan_again(place, tie, time)
        return [
            (place, begin, min(end - 1.0, self.model.last) if self.model.by_day else end)
            for place, begin, end in found
            if begin <= self.model.last
        ]

    def _expose(self, place: int, time: float) -> tuple[float, float]:
        """Expose a place, plan contacts along its ties, and return when it is active and when it recovers."""
        model, ties = self.model, self.ties
        begin = time if time == 0.0 or not model.exposed else self._after(PROGRESSION, place, 1.0, time)
        end = self.end[place] = self._after(RECOVERY, place, 1.0, begin)
        self.free[place] = self._after(WANING, place, 1.0, end) if model.again else math.inf
        for tie in range(ties.starts[place], ties.starts[place + 1]):
            target = int(ties.targets[tie])
            possible = max(begin, self.free[target])
            if possible < min(end, model.last) and (model.again or self.planned[target] > possible):
                when = self._after(TRANSMISSION, target, float(ties.weights[tie]), possible)
                if when <= end:
                    self._plan(target, self.places + tie, when)
        return begin, end

    def _plan_again(self, place: int, tie: int, time: float) -> None:
        end = self.end[self.ties.sources[tie]] if tie >= 0 else math.inf
        possible = max(time, self.free[place])
        if possible < min(end, self.model.last):
            which, weight = (TRANSMISSION, float(self.ties.weights[tie])) if tie >= 0 else (SPONTANEOUS, 1.0)
            when = self._after(which, place, weight, possible)
            if when <= end:
                self._plan(place, self.places + tie, when)

    def _plan(self, place: int, contact: int, when: float) -> None:
        if when <= self.model.last and (self.model.again or when < self.planned[place]):
            self.planned[place] = when
            self.plans += 1
            heappush(self.contacts, (when, -self.plans if self.model.by_day else contact, contact))

    def _after(self, which: int, place: int, weight: float, begin: float) -> float:
        """Return when a transition happens that is possible since ``begin``; inf for never."""
        model, varying = self.model, self.model.varying[which]
        if varying >= 0:
            return self._at_integral(model.integrals[varying, place], weight, begin)
        rate = weight * float(model.constant[which, place])
        if rate <= 0:
            return math.inf
        if rate == math.inf:
            return begin
        wait = next(self.exponentials) / rate
        return begin + (math.floor(wait) + 1.0 if model.by_day and wait < math.inf else wait)

    def _at_integral(self, integral: FloatArray, weight: float, begin: float) -> float:
        if weight <= 0 or begin >= len(integral) - 1:
            return math.inf
        row = int(begin)
        so_far = float(integral[row] + (begin - row) * (integral[row + 1] - integral[row]))
        target = so_far + next(self.exponentials) / weight
        row += 1 + int(np.searchsorted(integral[row + 1 :], target))
        if row == len(integral):
            return math.inf
        if self.model.by_day:
            return float(row)
        below, above = float(integral[row - 1]), float(integral[row])
        return max(begin, row - 1.0 + (target - below) / (above - below)) if above > below else begin


def _exponentials(seed: int, replicate: int) -> Iterator[float]:
    """Yield exponential random numbers, one for each word of the stream of a replicate."""
    stream = replicate_rng(seed, replicate).bit_generator
    while True:
        yield -math.log(((int(stream.random_raw()) >> 11) + 1) * 2.0**-53)
