"""What schemes draw: days over events, sites over cities, points over the map; a replicate at a time, or many."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...arrays import Int32Array
from ...inference.permutations import PermutationBlocks, permutations, shuffle_within_blocks
from ...parallel import submit
from ...random_streams import bounded_integers, raw_words


@dataclass(frozen=True, eq=False)
class ShuffledDates:
    """Days shuffled over events, within blocks."""

    days: Int32Array
    blocks: PermutationBlocks
    seed: int

    @property
    def log_arrangements(self) -> float:
        """The logarithm of the number of different ways to date the events."""
        return self.blocks.log_arrangements(self.days)

    def __call__(self, first: int, last: int, threads: bool = False) -> Int32Array:  # noqa: FBT001, FBT002
        """Return a row an event, a column a replicate."""
        return shuffle_within_blocks(self.days, self.blocks, self.seed, first, last, threads=threads)


@dataclass(frozen=True, eq=False)
class RotatedDates:
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
        turns = np.column_stack(
            [bounded_integers(raw_words(self.seed, i, sites), self.length) for i in range(first, last)]
        )
        return np.asarray((self.days[:, None] + turns[self.site]) % self.length, dtype=np.int32)


@dataclass(frozen=True, eq=False)
class Prefetched:
    """The first replicates of days, drawn beside what must be found before they are needed; they stay in this process."""

    drawn: ShuffledDates | RotatedDates
    count: int
    found: Callable[[], Int32Array]

    @classmethod
    def of(cls, drawn: ShuffledDates | RotatedDates, count: int) -> "Prefetched | ShuffledDates | RotatedDates":
        """Begin to draw so many; none: there is nothing to begin."""
        return cls(drawn, count, submit(lambda: drawn(0, count))) if count else drawn

    def __call__(self, first: int, last: int, threads: bool = False) -> Int32Array:  # noqa: FBT001, FBT002
        """Return a row an event, a column a replicate."""
        ready = first == 0 and last == self.count
        return self.found() if ready else self.drawn(first, last, threads)


@dataclass(frozen=True, eq=False)
class ExchangedPlaces:
    """Sites exchanged, within blocks: which site's events happen at each."""

    blocks: PermutationBlocks
    seed: int

    @property
    def log_arrangements(self) -> float:
        """The logarithm of the number of ways to exchange the sites."""
        return self.blocks.log_arrangements(np.arange(len(self.blocks)))

    def __call__(self, first: int, last: int, threads: bool = False) -> Int32Array:  # noqa: FBT001, FBT002
        """Return a row a site, a column a replicate."""
        return permutations(self.blocks, self.seed, first, last, threads=threads)


Reshuffle = ShuffledDates | RotatedDates | ExchangedPlaces
