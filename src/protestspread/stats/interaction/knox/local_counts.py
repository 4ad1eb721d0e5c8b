"""Neighbors of each place-day in space and time: their number, the number expected, and tests of both.

Each place-day is tested with its own place (or date) held while the others are permuted. An arrangement is drawn once for
all; for each place-day, its own place (or date) is swapped back. Every arrangement that holds it is then equally likely.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property, partial, reduce
from operator import add
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.special import gammaln

from ....arrays import FloatArray, Int32Array, IntArray
from ....errors import DataError
from ....inference.exchange import cannot_tell, like_places, ranking_known
from ....inference.multiplicity import attainable_level
from ....inference.replicates import PermutationBlocks, ShuffledValues, replicate_parts
from ....wording import format_days
from ..dated_points import DatedPoints
from ..exchange import ExchangedPlaces
from ..pair_counts import ShuffledDates
from ..points import PointSet
from .hypergeometric import hypergeometric_tails
from .knox_counts import KnoxLimits

_MOST_PAIRS = 20_000_000
_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class LocalCounts:
    """Numbers of neighbors, of place-days or of places.

    Attributes
    ----------
    statistic, expected
        Number of neighbors, and the number expected.
    p_value
        (1 + draws with at least as large an excess) / (draws + 1); NaN where there is a reason.
    reason
        Why there is no p-value, or "".
    """

    statistic: IntArray
    expected: FloatArray
    p_value: FloatArray
    reason: npt.NDArray[np.object_]

    @property
    def excess(self) -> FloatArray:
        """The excess (x - e) / √e; NaN where no neighbors are expected."""
        return (self.statistic - self.expected) / np.sqrt(np.where(self.expected > _ROUNDING, self.expected, np.nan))


@dataclass(frozen=True, eq=False)
class LocalResults:
    """Numbers of neighbors of place-days, of places, and exact p-values of place-days (NaN with exchanged places)."""

    place_days: LocalCounts
    places: LocalCounts
    p_hypergeometric: FloatArray
    p_hypergeometric_averaged: FloatArray


@dataclass(frozen=True, eq=False)
class HeldTests(ABC):
    """Tests in which each unit is held while the others are permuted.

    Attributes
    ----------
    sampler
        Permutes the numbers of the units.
    one, other
        Each unit that has neighbors, and each of these, sorted by unit.
    """

    sampler: ShuffledValues
    one: Int32Array
    other: Int32Array

    def neighbors(self, arranged: Int32Array) -> Int32Array:
        """Return the unit that lies at each neighbor, in each arrangement, with the unit that is tested swapped back."""
        there = arranged[self.other]
        return np.where(there == self.one[:, None], arranged[self.one], there)

    @property
    @abstractmethod
    def work(self) -> int:
        """Terms summed in a replicate."""

    @abstractmethod
    def values(self, arranged: Int32Array) -> FloatArray:
        """Return the statistics that are tested, one column for each arrangement."""

    def tails(self, permutations: int) -> IntArray:
        """Return how many draws are at least, and at most, the observed statistics."""
        count = partial(self.count, self.values(self.sampler.observed))
        return reduce(add, replicate_parts(count, permutations, cost=12.0 * self.work, rows=8 * self.work))

    def count(self, seen: FloatArray, first: int, last: int, threads: bool) -> IntArray:  # noqa: FBT001 - as `replicate_parts` calls it
        """Return how many of the replicates from `first` to `last` - 1 are at least, and at most, what was seen."""
        drawn = self.values(self.sampler(first, last, threads))
        return np.array([(drawn >= seen - _ROUNDING).sum(axis=1), (drawn <= seen + _ROUNDING).sum(axis=1)])


@dataclass(frozen=True, eq=False)
class HeldPlaces(HeldTests):
    """The excess of days of the places near each place-day, and of all days of each place, with places exchanged.

    Attributes
    ----------
    place, day
        The place of each place-day, and its column in the tables.
    tables
        Observed and expected number of days of each place close to each day: shape (places, days).
    """

    place: IntArray
    day: IntArray
    tables: tuple[FloatArray, FloatArray]

    @cached_property
    def terms(self) -> tuple[IntArray, IntArray, sp.csr_array]:
        """The pair of places and the column of each term, and the matrix that sums them by place-day and, below, by place."""
        places, place_days = len(self.tables[0]), len(self.place)
        near = np.bincount(self.one, minlength=places)[self.place]
        first = np.searchsorted(self.one, self.place) - (np.cumsum(near) - near)
        pair = np.arange(near.sum()) + np.repeat(first, near)
        row = np.repeat(np.arange(place_days), near)
        by_day = _summing(row, place_days)
        by_place = _summing(self.place[row], places)
        return pair, self.day[row], sp.csr_array(sp.vstack([by_day, by_place]))

    @property
    def work(self) -> int:
        """Terms summed in a replicate."""
        return len(self.terms[0])

    def sums(self, arranged: Int32Array) -> tuple[FloatArray, FloatArray]:
        """Return the observed and the expected number at each place-day and, below, at each place."""
        pair, day, matrix = self.terms
        cell = (self.neighbors(arranged) * np.int64(self.tables[0].shape[1]))[pair]
        cell += day[:, None]
        observed, expected = (matrix @ table.ravel().take(cell) for table in self.tables)
        return observed, expected

    def values(self, arranged: Int32Array) -> FloatArray:
        """Return the excess (x - e) / √e; of no days where none are expected, x."""
        observed, expected = self.sums(arranged)
        return np.asarray((observed - expected) / np.sqrt(np.where(expected > _ROUNDING, expected, 1.0)))


@dataclass(frozen=True, eq=False)
class HeldDates(HeldTests):
    """The number of neighbors in space that are neighbors in time, with dates shuffled."""

    days: Int32Array
    within_days: int

    @cached_property
    def matrix(self) -> sp.csr_array:
        """Sums pairs by place-day."""
        return _summing(self.one, len(self.days))

    @property
    def work(self) -> int:
        """Terms summed in a replicate."""
        return len(self.one)

    def values(self, arranged: Int32Array) -> FloatArray:
        """Return the number of neighbors of each place-day."""
        close = np.abs(self.days[self.neighbors(arranged)] - self.days[self.one][:, None]) <= self.within_days
        return np.asarray(self.matrix @ close.astype(float))


def exchanged_neighbors(
    sample: DatedPoints, sampler: ExchangedPlaces, limits: KnoxLimits, permutations: int
) -> LocalResults:
    """Count the days of other places near each place-day and each place, and test the excess with places exchanged.

    A place is expected to have as many days close to a date as if it had spread its days over time like the eight places
    nearest to it in population (in its stratum); without populations, like all places of its stratum.
    """
    n, no_p = len(sample), np.full(len(sample), np.nan)
    one, other = _neighbors(sample.sites, limits, same=False)
    near = np.bincount(one, minlength=len(sample.sites))
    _check_pairs(int(near[sample.place].sum()), limits)
    table, day = _close_to_days(sample, limits.days)
    test = HeldPlaces(sampler, one, other, sample.place, day, (table, _expected(sample, table)))
    reason = np.full(n + len(sample.sites), "", dtype=object)
    statistic, expected = (sums[:, 0] for sums in test.sums(sampler.observed))
    reason[expected <= _ROUNDING] = f"no days of the places near it are expected within {format_days(limits.days)}"
    place, least = np.concatenate([sample.place, np.arange(len(sample.sites))]), np.exp(-_log_ways(sampler, one, other))
    for family in (slice(n), slice(n, None)):
        level = attainable_level(least[place[family]])
        few = least[place[family]] > level * (1 + _ROUNDING)
        reason[family][few] = f"the places near it can be exchanged in fewer than {1 / level:,.0f} ways"
    reason[near[place] == 0] = f"no other place lies within {limits.km:g} km"
    reason[:] = cannot_tell(sampler.blocks) or reason
    p = _tested(test, permutations, reason)
    days, sites = (
        LocalCounts(np.rint(statistic[part]).astype(np.int64), expected[part], p[part], reason[part])
        for part in (slice(n), slice(n, None))
    )
    return LocalResults(days, sites, no_p, no_p)


def shuffled_neighbors(sample: DatedPoints, seed: int, limits: KnoxLimits, permutations: int) -> LocalResults:
    """Count the other place-days near each, and test their number with the dates of the others shuffled."""
    n = len(sample)
    one, other = _neighbors(sample.positions, limits, same=limits.exclude_km == 0)
    in_space, in_time = np.bincount(one, minlength=n), sample.near_in_time(limits.days)
    rows = ShuffledDates(np.arange(n, dtype=np.int32), PermutationBlocks.whole(n), seed)
    test = HeldDates(rows, one, other, sample.days, limits.days)
    statistic = test.values(rows.observed)[:, 0].astype(np.int64)
    expected = in_space * in_time / (n - 1)
    exact, averaged = hypergeometric_tails(n - 1, in_space, in_time, statistic)
    least, _ = hypergeometric_tails(n - 1, in_space, in_time, np.minimum(in_space, in_time))
    reason = np.full(n, "", dtype=object)
    level = attainable_level(least)
    reason[least > level * (1 + _ROUNDING)] = f"no number of neighbors would give p ≤ {level:.2g}"
    reason[in_time == 0] = f"no other {sample.noun} lie within {format_days(limits.days)}"
    reason[in_space == 0] = f"no other {sample.noun} lie within {limits.km:g} km"
    days = LocalCounts(statistic, expected, _tested(test, permutations, reason), reason)
    sums = _summing(sample.place, len(sample.sites)) @ np.column_stack([statistic, expected])
    untested = np.full(len(sample.sites), "places are tested only with places exchanged", dtype=object)
    sites = LocalCounts(np.rint(sums[:, 0]).astype(np.int64), sums[:, 1], np.full(len(untested), np.nan), untested)
    return LocalResults(days, sites, exact, averaged)


def _summing(row: npt.NDArray[np.integer], rows: int) -> sp.csr_array:
    """Return the matrix that sums terms by row."""
    return sp.csr_array((np.ones(len(row)), (row, np.arange(len(row)))), shape=(rows, len(row)))


def _neighbors(points: PointSet, limits: KnoxLimits, *, same: bool) -> tuple[Int32Array, Int32Array]:
    """Return each point and each of its neighbors, sorted by point; with `same`, also those in the same place."""
    found: list[Any] = []
    for pairs in points.pairs([limits.exclude_km, limits.km]):
        found += pairs.by_distance_class[0 if same else 1 :]
        _check_pairs(2 * sum(len(one) for one, _ in found), limits)
    one, other = (np.concatenate([np.concatenate(pair[::turn]) for pair in found]) for turn in (1, -1))
    order = np.lexsort((other, one))
    return one[order], other[order]


def _check_pairs(count: int, limits: KnoxLimits) -> None:
    if count > _MOST_PAIRS:
        raise DataError(
            f"within_km={limits.km:g} gives {count:,} neighbors of place-days; at most {_MOST_PAIRS:,} fit into memory",
            fix="pass a smaller within_km",
        )


def _close_to_days(sample: DatedPoints, within_days: int) -> tuple[FloatArray, IntArray]:
    """Return the number of events of each place close to each day with an event, and the column of the day of each event."""
    days, column = np.unique(sample.days, return_inverse=True)
    so_far = np.zeros((len(sample.sites), len(days) + 1))
    np.add.at(so_far, (sample.place, column + 1), 1.0)
    so_far = so_far.cumsum(axis=1)
    after, before = np.searchsorted(days, days + within_days, "right"), np.searchsorted(days, days - within_days)
    return so_far[:, after] - so_far[:, before], column


def _expected(sample: DatedPoints, table: FloatArray) -> FloatArray:
    """Return the number of events of each place that are expected close to each day."""
    days, strata = np.bincount(sample.place, minlength=len(sample.sites)).astype(float), sample.site_strata
    if ranking_known(sample.population):
        return np.asarray(like_places(days, sample.population, strata) @ table)
    codes = np.zeros(len(days), dtype=np.int64) if strata is None else np.unique(strata, return_inverse=True)[1]
    member = np.eye(codes.max() + 1)[codes]
    share = (member.T @ table) / (member.T @ days)[:, None]
    return np.asarray(days[:, None] * share[codes])


def _log_ways(sampler: ExchangedPlaces, one: Int32Array, other: Int32Array) -> FloatArray:
    """Return, for each place, the logarithm of the number of sets of places that can lie near it while it is held."""
    blocks = sampler.blocks
    block = np.empty(len(blocks), dtype=np.int64)
    block[blocks.rows] = np.repeat(np.arange(len(blocks.sizes)), blocks.sizes)
    near, chosen = np.unique(np.column_stack([one, block[other]]), axis=0, return_counts=True)
    place, theirs = near.T
    others = blocks.sizes[theirs] - (block[place] == theirs)
    ways = gammaln(others + 1) - gammaln(chosen + 1) - gammaln(others - chosen + 1)
    return np.asarray(np.bincount(place, ways, minlength=len(blocks)), dtype=np.float64)


def _tested(test: HeldTests, permutations: int, reason: npt.NDArray[np.object_]) -> FloatArray:
    """Return the p-values of those without a reason."""
    if (reason != "").all():
        return np.full(len(reason), np.nan)
    above, below = test.tails(permutations)
    if isinstance(test, HeldPlaces):  # with dates, the reasons tell all that cannot vary
        reason[(above == permutations) & (below == permutations) & (reason == "")] = (
            "the excess is the same in every draw"
        )
    return np.where(reason == "", (1 + above) / (permutations + 1), np.nan)
