"""Samplers of dates, and the number of pairs that are close in space and time with permuted dates."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from operator import add

import numpy as np

from ...arrays import Int32Array, IntArray, UInt8Array
from ...inference.permutation_test import Draws, PermutationTest, Sampler
from ...inference.replicates import ShuffledValues, first_batch
from ...kernels import plain
from ...kernels.dispatch import COUNT_BANDED, COUNT_CLOSE, repeated
from ...parallel import submit
from ...random_streams import bounded_integers, raw_words
from .dated_points import DatedPoints
from .points import Pairs, PointSet

_MOST_SITES = 4000  # up to this many, a table of sites by sites fits in memory
_MOST_PAIRS = 20_000_000  # close in time, in memory at once
_SHORTER = 8  # times fewer pairs close in time than in space, from which it pays to find those


class ShuffledDates(ShuffledValues):
    """Days permuted over events, within blocks."""


@dataclass(frozen=True, eq=False)
class RotatedDates:
    """The days of each site, rotated within the window by an independent random amount."""

    days: Int32Array  # counted from the start of the window
    site: Int32Array
    length: int
    seed: int
    null: str

    @property
    def observed(self) -> Int32Array:
        """The days themselves, as one column."""
        return self.days[:, None]

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
class Prefetched(ShuffledDates):
    """Shuffled dates whose first replicates are drawn in the background while pairs are found; not shared between processes."""

    count: int = 0
    result: Callable[[], Int32Array] | None = None

    @classmethod
    def of(cls, drawn: ShuffledDates, count: int) -> ShuffledDates:
        """Start drawing `count` replicates in the background; with 0, return the sampler itself."""
        ahead = submit(lambda: drawn(0, count)) if count else None
        return cls(drawn.values, drawn.blocks, drawn.seed, drawn.null, count, ahead) if count else drawn

    def __call__(self, first: int, last: int, threads: bool = False) -> Int32Array:  # noqa: FBT001, FBT002
        """Return days with one row per event and one column per replicate."""
        if self.result is not None and (first, last) == (0, self.count):
            return self.result()
        return super().__call__(first, last, threads)


def close_counts(
    sample: DatedPoints, sampler: Sampler, limits_km: tuple[float, ...], within_days: int, permutations: int
) -> tuple[Draws, tuple[IntArray, ...]]:
    """Count pairs that are close in space and time, as observed and in each permutation of the dates.

    Pairs close in space are found, or pairs close in time if these are far fewer; the counts are the same.

    Returns
    -------
    Draws
        One count per distance band.
    tuple of array
        For each band, the number of its pairs that each point belongs to.
    """
    n, bands = len(sample), range(len(limits_km))
    if isinstance(sampler, ShuffledDates):
        by_time = _PairsInTime.of(sample, sampler, limits_km, within_days)
        if by_time is not None:
            return by_time.draws(permutations), by_time.near
        first = first_batch(permutations, cost=6.0 * n, rows=n)
        with repeated(permutations / max(first, 1)):
            sampler = Prefetched.of(sampler, first)
    near = [np.zeros(n, dtype=np.int64) for _ in bands]
    draws = []
    for pairs in sample.positions.pairs(limits_km):
        for band in bands:
            near[band] += pairs.degrees(n, slice(band, band + 1))
        draws.append(ClosePairs(sampler, pairs, within_days).draws(permutations))
    return reduce(add, draws), tuple(near)


def _count(one: Int32Array, other: Int32Array, days: Int32Array, within: int) -> IntArray:
    """Return the number of pairs at most `within` days apart, for each column of days."""
    out = np.zeros(days.shape[1], dtype=np.int64)
    if COUNT_CLOSE.pays(len(one) * len(out)):
        from ...kernels import knox

        knox.count_close(one, other, days, within, out)
    else:
        plain.count_close(one, other, days, within, out)
    return out


@dataclass(frozen=True, eq=False)
class ClosePairs(PermutationTest):
    """The number of fixed pairs of events that are close in time, by distance band, under permuted dates."""

    pairs: Pairs
    within_days: int

    def work(self, units: int) -> tuple[float, int]:
        """Return operations and numbers of a replicate."""
        return 6.0 * units + 0.3 * len(self.pairs), units

    def values(self, arranged: Int32Array) -> IntArray:
        """Count for each column of days."""
        return np.column_stack(
            [_count(one, other, arranged, self.within_days) for one, other in self.pairs.by_distance_class]
        )


@dataclass(frozen=True, eq=False)
class _PairsInTime(PermutationTest):
    """The number of pairs that are close in time, by the band of their distance, with permuted dates.

    A permutation moves the dates over the points. It is the same to keep the dates and move the points: pairs of dates that
    are close stay so, and a table of sites by sites tells how far their points are apart.
    """

    site: Int32Array  # of each point
    one: Int32Array
    other: Int32Array
    band: UInt8Array  # sites by sites
    near: tuple[IntArray, ...]  # for each band, the number of its pairs that each point belongs to

    @classmethod
    def of(
        cls, sample: DatedPoints, sampler: ShuffledDates, limits_km: tuple[float, ...], within_days: int
    ) -> "_PairsInTime | None":
        """Find the pairs close in time; None if it is shorter to find those close in space."""
        in_time = int(sample.near_in_time(within_days).sum()) // 2
        if in_time > _MOST_PAIRS or in_time * _SHORTER > sample.positions.about_within(limits_km[-1]):
            return None
        rows, site = sample.positions.sites
        if len(rows) > _MOST_SITES:
            return None
        often = np.argsort(
            -np.bincount(site), kind="stable"
        )  # pairs of frequent sites lie together in the table, and in a cache
        rows, site = rows[often], np.argsort(often)[site]
        band, near = _bands(sample.positions.at(rows), site, limits_km)
        order = np.argsort(sample.days, kind="stable")
        day = sample.days[order]
        after = np.searchsorted(day, day + within_days, "right") - np.arange(1, len(day) + 1)
        one = np.repeat(np.arange(len(day)), after)
        other = one + np.arange(1, len(one) + 1) - np.repeat(np.cumsum(after) - after, after)
        moved = ShuffledDates(np.arange(len(day), dtype=np.int32), sampler.blocks, sampler.seed, sampler.null)
        return cls(moved, site.astype(np.int32), order[one].astype(np.int32), order[other].astype(np.int32), band, near)

    def work(self, units: int) -> tuple[float, int]:
        """Return operations and numbers of a replicate."""
        return 8.0 * units + 2.0 * len(self.one), 2 * units

    def values(self, arranged: Int32Array) -> IntArray:
        """Count for each column, which holds the point whose date each point receives."""
        out = np.zeros((arranged.shape[1], len(self.near) + 1), dtype=np.int64)
        if COUNT_BANDED.pays(len(self.one) * len(out)):
            from ...kernels import knox

            knox.count_banded(self.one, self.other, arranged, self.site, self.band, out)
        else:
            plain.count_banded(self.one, self.other, arranged, self.site, self.band, out)
        return out[:, :-1]


def _bands(sites: PointSet, site: IntArray, limits_km: tuple[float, ...]) -> tuple[UInt8Array, tuple[IntArray, ...]]:
    """Return the distance band of every two sites, and for each band the number of its pairs that each point belongs to."""
    count = np.bincount(site)
    band = np.full((len(sites), len(sites)), len(limits_km), dtype=np.uint8)
    np.fill_diagonal(band, 0)
    for pairs in sites.pairs(limits_km):
        for k, (one, other) in enumerate(pairs.by_distance_class):
            band[one, other] = band[other, one] = k
    near = [(band == k) @ count for k in range(len(limits_km))]
    near[0] = near[0] - 1  # a point is no pair with itself
    return band, tuple(degrees[site] for degrees in near)
