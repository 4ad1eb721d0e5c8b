"""Samplers of the null hypotheses: shuffled dates, rotated dates and exchanged places, many replicates at a time."""

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
    """Days permuted over events, within blocks."""

    days: Int32Array
    blocks: PermutationBlocks
    seed: int

    @property
    def log_arrangements(self) -> float:
        """The logarithm of the number of distinct assignments of days to events."""
        return self.blocks.log_arrangements(self.days)

    def __call__(self, first: int, last: int, threads: bool = False) -> Int32Array:  # noqa: FBT001, FBT002
        """Return days with one row per event and one column per replicate."""
        return shuffle_within_blocks(self.days, self.blocks, self.seed, first, last, threads=threads)


@dataclass(frozen=True, eq=False)
class RotatedDates:
    """The days of each site, rotated within the window by an independent random amount."""

    days: Int32Array  # counted from the start of the window
    site: Int32Array
    length: int
    seed: int

    @property
    def log_arrangements(self) -> float:
        """The logarithm of the number of distinct relative rotations of the sites."""
        return max(int(self.site.max()), 0) * math.log(self.length)

    def __call__(self, first: int, last: int, threads: bool = False) -> Int32Array:  # noqa: ARG002, FBT001, FBT002
        """Return days with one row per event and one column per replicate."""
        sites = int(self.site.max()) + 1
        turns = np.column_stack(
            [bounded_integers(raw_words(self.seed, i, sites), self.length) for i in range(first, last)]
        )
        return np.asarray((self.days[:, None] + turns[self.site]) % self.length, dtype=np.int32)


@dataclass(frozen=True, eq=False)
class Prefetched:
    """The first replicates of days, drawn in the background while pairs are being found; not shared between processes."""

    drawn: ShuffledDates | RotatedDates
    count: int
    result: Callable[[], Int32Array]

    @classmethod
    def of(cls, drawn: ShuffledDates | RotatedDates, count: int) -> "Prefetched | ShuffledDates | RotatedDates":
        """Start drawing `count` replicates in the background; with 0, return the sampler itself."""
        return cls(drawn, count, submit(lambda: drawn(0, count))) if count else drawn

    def __call__(self, first: int, last: int, threads: bool = False) -> Int32Array:  # noqa: FBT001, FBT002
        """Return days with one row per event and one column per replicate."""
        ready = first == 0 and last == self.count
        return self.result() if ready else self.drawn(first, last, threads)


@dataclass(frozen=True, eq=False)
class ExchangedPlaces:
    """Sites permuted within blocks: each site receives the events of another."""

    blocks: PermutationBlocks
    seed: int

    @property
    def log_arrangements(self) -> float:
        """The logarithm of the number of permutations of the sites."""
        return self.blocks.log_arrangements(np.arange(len(self.blocks)))

    def __call__(self, first: int, last: int, threads: bool = False) -> Int32Array:  # noqa: FBT001, FBT002
        """Return site numbers with one row per site and one column per replicate."""
        return permutations(self.blocks, self.seed, first, last, threads=threads)


Reshuffle = ShuffledDates | RotatedDates | ExchangedPlaces
