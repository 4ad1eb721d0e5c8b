"""Pairs of different places that are close in space and time, with whole places exchanged."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from ...arrays import FloatArray, Int32Array, IntArray
from ...errors import DataError
from ...inference.exchange import cannot_tell, like_places, ranking_known
from ...inference.permutation_test import Draws, PermutationTest
from ...inference.replicates import ShuffledValues
from ...kernels import plain
from ...kernels.dispatch import SUM_TABLED
from .dated_points import DatedPoints
from .points import Pairs

MOST_PLACES = 8000
"""Tables of places by places fit into memory up to this many."""


class ExchangedPlaces(ShuffledValues):
    """Numbers of places permuted within blocks: each position receives the series of days of another place."""


@dataclass(frozen=True, eq=False)
class ExchangedPairs:
    """Numbers of pairs of different places, observed and expected, by limit of space and of time.

    Attributes
    ----------
    draws
        For the data and for each draw: pairs observed, and pairs expected of places of like population; shape (space, time, 2).
    close_in_space
        Pairs close in space, at any distance in time, by limit of space.
    repeats
        Pairs within a place, close in time, by limit of time.
    reason
        Why the exchange of places cannot show anything, or None.
    """

    draws: Draws
    close_in_space: IntArray
    repeats: IntArray
    reason: str | None

    @cached_property
    def excess(self) -> Draws:
        """The standardized excess (X - E) / √E, by limit of space and of time; of no pairs where none are expected, X."""
        return self.draws.map(_excess)


def _excess(pairs: FloatArray) -> FloatArray:
    observed, expected = pairs[..., 0], pairs[..., 1]
    return np.asarray((observed - expected) / np.sqrt(np.where(expected > 1e-9, expected, 1.0)))


def exchanged_pairs(
    sample: DatedPoints, sampler: ExchangedPlaces, limits_km: Sequence[float], limits_days: Sequence[int], permutations: int, *,
    exclude_within_km: float = 0.0,
) -> ExchangedPairs:  # fmt: skip
    """Count the pairs of different places within limits of space and time, with places exchanged.

    Pairs of places at most `exclude_within_km` apart are left out, in every draw.

    Notes
    -----
    The expected number sums, over the places close in space, the pairs that two places would make if each had its own number
    of days, spread over time like those of the eight places nearest in population (in its stratum). Without populations,
    it is the number of pairs of their days times the share of all such pairs (of these strata) that are close in time.
    """
    if len(sample.sites) > MOST_PLACES:
        raise DataError(
            f"events lie at {len(sample.sites):,} places; at most {MOST_PLACES:,} can be exchanged",
            fix="merge points of one place with place_days(events, within_km=2), or pass scheme='dates' to shuffle dates",
        )
    series = _series(sample, max(limits_days))
    blocks = list(sample.sites.pairs([float(exclude_within_km), *map(float, limits_km)]))
    by_band = tuple(
        (np.concatenate([block.by_distance_class[k][0] for block in blocks]),
         np.concatenate([block.by_distance_class[k][1] for block in blocks]))
        for k in range(1, len(limits_km) + 1)
    )  # fmt: skip
    tables = [_close_in_time(series, limit) for limit in limits_days]
    days = series.sum(axis=1)
    both = tuple(np.stack([table, _expected(sample, days, table)], axis=-1) for table in tables)
    test = _PairsOfPlaces(sampler, Pairs(by_band), both)
    return ExchangedPairs(
        test.draws(permutations).map(lambda sums: np.cumsum(sums, axis=1)),
        np.cumsum([np.rint((days[one] * days[other]).sum()) for one, other in by_band]).astype(np.int64),
        np.array([(np.trace(table) - days.sum()) / 2 for table in tables]).astype(np.int64),
        cannot_tell(sampler.blocks),
    )


@dataclass(frozen=True, eq=False)
class _PairsOfPlaces(PermutationTest):
    """Sums over fixed pairs of positions, by distance band, of tables of places by places (one for each limit of time)."""

    pairs: Pairs
    tables: tuple[FloatArray, ...]

    def work(self, units: int) -> tuple[float, int]:
        """Return operations and numbers of a replicate."""
        return 4.0 * len(self.pairs) * len(self.tables) + 6.0 * units, units

    def values(self, arranged: Int32Array) -> FloatArray:
        """Return sums of shape (columns, bands, limits of time, 2)."""
        out = np.zeros((len(self.pairs.by_distance_class), len(self.tables), arranged.shape[1], 2))
        small = not SUM_TABLED.pays(len(self.pairs) * arranged.shape[1] * len(self.tables))
        if small:
            add = plain.sum_tabled
        else:
            from ...kernels import knox

            add = knox.sum_tabled
        for (one, other), band in zip(self.pairs.by_distance_class, out, strict=True):
            for table, sums in zip(self.tables, band, strict=True):
                add(one, other, arranged, table, sums)
        return np.ascontiguousarray(out.transpose(2, 0, 1, 3))


def _expected(sample: DatedPoints, days: FloatArray, close: FloatArray) -> FloatArray:
    """Return the expected pairs of every two places, of those that are close in time."""
    strata = sample.site_strata
    if ranking_known(sample.population):
        like = like_places(days, sample.population, strata)
        return np.asarray(like @ (like @ close).T)
    codes = np.zeros(len(days), dtype=np.int64) if strata is None else np.unique(strata, return_inverse=True)[1]
    member = np.eye(codes.max() + 1)[codes]
    every = np.multiply.outer(days, days)
    observed, possible = (member.T @ (table - np.diag(np.diag(table))) @ member for table in (close, every))
    share = np.divide(observed, possible, out=np.zeros_like(possible), where=possible > 0)
    return np.asarray(every * share[codes][:, codes])


def _series(sample: DatedPoints, within_days: int) -> sp.csr_array:
    """Return the number of events of each place by day; longer gaps without any event are cut, which no pair notices."""
    days, number = np.unique(sample.days, return_inverse=True)
    day = np.concatenate([[0], np.cumsum(np.minimum(np.diff(days), within_days + 1))])[number]
    shape = (len(sample.sites), int(day.max()) + 1)
    return sp.csr_array((np.ones(len(day)), (sample.place, day)), shape=shape)


def _close_in_time(series: sp.csr_array, within_days: int) -> FloatArray:
    """Return the pairs of days at most `within_days` apart of every two places, from their series."""
    reach = min(within_days, series.shape[1] - 1)
    steps = range(-reach, reach + 1)
    near = sp.diags_array([1.0] * len(steps), offsets=list(steps), shape=(series.shape[1],) * 2).tocsr()
    return np.asarray((series @ (series @ near).T).toarray())
