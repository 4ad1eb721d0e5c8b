"""What schemes draw: days over events, sites over cities, points over the map; a replicate at a time, or many."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..beside import begin
from ..chance import below, words
from ..geodesy import FloatArray
from .permutations import Blocks, Int32Array, permutations, shuffled
from .positions import Positions
from .samples import Sample


@dataclass(frozen=True, eq=False)
class DrawnDays:
    """Days shuffled over events, within blocks."""

    days: Int32Array
    blocks: Blocks
    seed: int

    @property
    def log_arrangements(self) -> float:
        """The logarithm of the number of different ways to date the events."""
        return self.blocks.log_arrangements(self.days)

    def __call__(self, first: int, last: int, threads: bool = False) -> Int32Array:  # noqa: FBT001, FBT002
        """Return a row an event, a column a replicate."""
        return shuffled(self.days, self.blocks, self.seed, first, last, threads=threads)


@dataclass(frozen=True, eq=False)
class TurnedDays:
    """The days of each site turned round the window by an amount of its own."""

    days: Int32Array  # since the start of the window
    site: Int32Array
    length: int
    seed: int

    @property
    def log_arrangements(self) -> float:
        """The logarithm of the number of ways to turn the sites against one another."""
        return max(int(self.site.max()), 0) * math.log(self.length)

    def __call__(self, first: int, last: int, threads: bool = False) -> Int32Array:  # noqa: ARG002, FBT001, FBT002
        """Return a row an event, a column a replicate."""
        sites = int(self.site.max()) + 1
        turns = np.column_stack([below(words(self.seed, i, sites), self.length) for i in range(first, last)])
        return np.asarray((self.days[:, None] + turns[self.site]) % self.length, dtype=np.int32)


@dataclass(frozen=True, eq=False)
class Ahead:
    """The first replicates of days, drawn beside what must be found before they are needed; they stay in this process."""

    drawn: DrawnDays | TurnedDays
    count: int
    found: Callable[[], Int32Array]

    @classmethod
    def of(cls, drawn: DrawnDays | TurnedDays, count: int) -> "Ahead | DrawnDays | TurnedDays":
        """Begin to draw so many; none: there is nothing to begin."""
        return cls(drawn, count, begin(lambda: drawn(0, count))) if count else drawn

    def __call__(self, first: int, last: int, threads: bool = False) -> Int32Array:  # noqa: FBT001, FBT002
        """Return a row an event, a column a replicate."""
        ready = first == 0 and last == self.count
        return self.found() if ready else self.drawn(first, last, threads)


@dataclass(frozen=True, eq=False)
class DrawnSites:
    """Sites exchanged, within blocks: which site's events happen at each."""

    blocks: Blocks
    seed: int

    @property
    def log_arrangements(self) -> float:
        """The logarithm of the number of ways to exchange the sites."""
        return self.blocks.log_arrangements(np.arange(len(self.blocks)))

    def __call__(self, first: int, last: int, threads: bool = False) -> Int32Array:  # noqa: FBT001, FBT002
        """Return a row a site, a column a replicate."""
        return permutations(self.blocks, self.seed, first, last, threads=threads)


@dataclass(frozen=True, eq=False)
class ShiftedPoints:
    """All events of a day shifted together round the rectangle that holds the events."""

    sample: Sample
    seed: int
    log_arrangements = math.inf

    def __call__(self, replicate: int) -> Positions:
        """Return where the events of one replicate lie."""
        points, day = self.sample.positions, self.sample.days
        share = words(self.seed, replicate, 2 * (self.sample.last_day + 1)).astype(np.float64) / 2.0**64
        x, y = (points.x, np.sin(np.radians(points.y))) if points.on_sphere else (points.x, points.y)  # equal areas
        x, y = _wrapped(x, share[2 * day]), _wrapped(y, share[2 * day + 1])
        return Positions(x, np.degrees(np.arcsin(y)) if points.on_sphere else y, points.on_sphere)


def _wrapped(values: FloatArray, share: FloatArray) -> FloatArray:
    low, high = values.min(), values.max()
    return low + (values - low + share * (high - low)) % (high - low) if high > low else values


Drawn = DrawnDays | TurnedDays | DrawnSites | ShiftedPoints
