"""Samplers of the null hypotheses, and the number of pairs that are close in space and time under them."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from operator import add

import numpy as np

from ...arguments import Arguments
from ...arrays import Int32Array, IntArray
from ...errors import must_be
from ...inference.permutation_test import Draws, PermutationTest, Sampler, check_test
from ...inference.replicates import ShuffledValues, first_batch
from ...kernels import plain
from ...kernels.dispatch import COUNT_CLOSE, COUNT_TABLED, repeated
from ...parallel import submit
from ...random_streams import bounded_integers, raw_words
from .points import MOST_DAYS, DatedPoints, Pairs

_MOST_SITES = 1000  # up to this many, a table of sites by sites fits in memory


def check_limits(
    within_km: float, within_days: float, exclude_within_km: float, permutations: int, alternative: str
) -> None:
    """Raise `DataError`, with all faults, unless the arguments of a Knox test are valid."""
    with Arguments() as check:
        km = check.number("within_km", within_km, at_least=0)
        least = check.number("exclude_within_km", exclude_within_km, at_least=0)
        if not check.faults and not least < max(km, 1e-300):
            need = f"at least 0 and less than within_km ({km:g})"
            check.fault(must_be("exclude_within_km", need, exclude_within_km))
        days = check.number("within_days", within_days, at_least=0, at_most=MOST_DAYS)
        if isinstance(days, float) and days % 1:
            check.fault(must_be("within_days", "a whole number of days of at least 0", within_days))
        check_test(check, permutations, alternative)


class ShuffledDates(ShuffledValues):
    """Days permuted over events, within blocks."""


class ExchangedPlaces(ShuffledValues):
    """Numbers of sites permuted within blocks: each site receives the events of another."""


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
    """Count pairs of events that are close in space and time, as observed and in each permutation.

    Returns
    -------
    Draws
        One count per distance band.
    tuple of array
        For each band, the number of its pairs that each event belongs to.
    """
    n, bands = len(sample), range(len(limits_km))
    near = [np.zeros(n, dtype=np.int64) for _ in bands]
    draws = []
    exchanged = isinstance(sampler, ExchangedPlaces)
    if isinstance(sampler, ShuffledDates):
        first = first_batch(permutations, cost=6.0 * n, rows=n)
        with repeated(permutations / max(first, 1)):
            sampler = Prefetched.of(sampler, first)
    for pairs in sample.positions.pairs(limits_km):
        for band in bands:
            near[band] += pairs.degrees(n, slice(band, band + 1))
        if not exchanged:
            draws.append(ClosePairs(sampler, pairs, within_days).draws(permutations))
    if exchanged:
        draws.append(_close_sites(sample, sampler, limits_km, within_days).draws(permutations))
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
class CloseSites(PermutationTest):
    """The number of close pairs of events under exchanged sites, by distance band; pairs within a site are constant and are added."""

    pairs: Pairs
    events: plain.SiteEvents
    repeats: IntArray  # close pairs within a site, one number per band
    table: IntArray | None  # close pairs of sites by sites, if it fits in memory

    def work(self, units: int) -> tuple[float, int]:  # noqa: ARG002 - events count, not sites
        """Return operations and numbers of a replicate."""
        return 40.0 * len(self.events.days), len(self.events.days)

    def values(self, arranged: Int32Array) -> IntArray:
        """Count for each column of sites."""
        return self.repeats + np.column_stack(
            [self._count(one, other, arranged) for one, other in self.pairs.by_distance_class]
        )

    def _count(self, one: Int32Array, other: Int32Array, sites: Int32Array) -> IntArray:
        out = np.zeros(sites.shape[1], dtype=np.int64)
        if self.table is not None and not COUNT_TABLED.pays(len(one) * len(out)):
            plain.count_tabled(one, other, sites, self.table, out)
            return out
        from ...kernels import knox

        if self.table is None:
            knox.count_exchanged(one, other, sites, self.events, out)
        else:
            knox.count_tabled(one, other, sites, self.table, out)
        return out


def _close_sites(sample: DatedPoints, sampler: Sampler, limits_km: tuple[float, ...], within_days: int) -> CloseSites:
    """Return the counter of close pairs under exchanged sites."""
    rows, site = sample.positions.sites
    order = np.lexsort((sample.days, site))
    starts = np.concatenate([[0], np.cumsum(np.bincount(site, minlength=len(rows)))]).astype(np.int64)
    events = plain.SiteEvents(sample.days[order], starts, within_days)
    blocks = list(sample.positions.at(rows).pairs(limits_km))
    pairs = Pairs(tuple(
        (np.concatenate([block.by_distance_class[k][0] for block in blocks]), np.concatenate([block.by_distance_class[k][1] for block in blocks]))
        for k in range(len(limits_km))
    ))  # fmt: skip
    table = plain.site_table(events) if len(rows) <= _MOST_SITES else None
    return CloseSites(sampler, pairs, events, _repeats(events, len(limits_km)), table)


def _repeats(events: plain.SiteEvents, bands: int) -> IntArray:
    """Count the close pairs within a site, which all fall into the first band."""
    counts = np.zeros(bands, dtype=np.int64)
    for first, after in pairwise(events.starts):
        days = events.days[first:after]
        counts[0] += int((np.searchsorted(days, days + events.within, "right") - np.arange(1, len(days) + 1)).sum())
    return counts
