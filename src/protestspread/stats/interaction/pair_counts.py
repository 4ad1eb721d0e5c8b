"""Counts of pairs of events that are close in space and time, as observed and under a permutation scheme."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ...arrays import IntArray
from ...inference.replicates import first_batch, run_replicates
from ...kernels import plain
from ...kernels.dispatch import COUNT_CLOSE, COUNT_TABLED, repeated
from .dated_points import DatedPoints
from .points import Pairs
from .reshuffles import ExchangedPlaces, Prefetched, Reshuffle, RotatedDates, ShuffledDates

_MOST_SITES = 1000  # up to this many, a table of sites by sites fits in memory


@dataclass(frozen=True, eq=False)
class CloseCounts:
    """Numbers of pairs of events that are close in space and time.

    Attributes
    ----------
    observed
        One count per distance band.
    null
        Counts of shape (draws, bands).
    near
        For each band, the number of its pairs that each event belongs to.
    """

    observed: IntArray
    null: IntArray
    near: tuple[IntArray, ...]


def close_counts(
    sample: DatedPoints,
    drawn: Reshuffle | Prefetched,
    limits_km: tuple[float, ...],
    within_days: int,
    permutations: int,
) -> CloseCounts:
    """Count close pairs by distance band, as observed and in each permutation."""
    bands, n = len(limits_km), len(sample)
    observed, null = np.zeros(bands, dtype=np.int64), np.zeros((permutations, bands), dtype=np.int64)
    near = [np.zeros(n, dtype=np.int64) for _ in range(bands)]
    if isinstance(drawn, ShuffledDates | RotatedDates):
        first = first_batch(permutations, cost=6.0 * n, rows=n)
        with repeated(permutations / max(first, 1)):
            drawn = Prefetched.of(drawn, first)
    for pairs in sample.positions.pairs(limits_km):
        observed += [_count(one, other, sample.days[:, None], within_days)[0] for one, other in pairs.by_distance_class]
        for band in range(bands):
            near[band] += pairs.degrees(n, slice(band, band + 1))
        if isinstance(drawn, Prefetched | ShuffledDates | RotatedDates):
            cost = 6.0 * n + 0.3 * len(pairs)
            null += run_replicates(_DatedPairs(pairs, drawn, within_days), permutations, cost=cost, rows=n)
    if isinstance(drawn, ExchangedPlaces):
        null = run_replicates(_exchanges(sample, drawn, limits_km, within_days), permutations, cost=40.0 * n, rows=n)
    return CloseCounts(observed, null, tuple(near))


def _count(
    one: npt.NDArray[np.int32], other: npt.NDArray[np.int32], days: npt.NDArray[np.int32], within: int
) -> IntArray:
    """Return the number of pairs at most `within` days apart, for each column of days."""
    out = np.zeros(days.shape[1], dtype=np.int64)
    if COUNT_CLOSE.pays(len(one) * len(out)):
        from ...kernels import knox

        knox.count_close(one, other, days, within, out)
    else:
        plain.count_close(one, other, days, within, out)
    return out


@dataclass(frozen=True, eq=False)
class _DatedPairs:
    """Counts fixed pairs under permuted dates."""

    pairs: Pairs
    drawn: Prefetched | ShuffledDates | RotatedDates
    within_days: int

    def __call__(self, first: int, last: int, threads: bool) -> IntArray:  # noqa: FBT001
        days = self.drawn(first, last, threads)
        return np.column_stack(
            [_count(one, other, days, self.within_days) for one, other in self.pairs.by_distance_class]
        )


@dataclass(frozen=True, eq=False)
class _Exchanges:
    """Counts close pairs under exchanged sites; pairs within a site are constant and are added."""

    pairs: Pairs
    drawn: ExchangedPlaces
    events: plain.SiteEvents
    repeats: IntArray  # close pairs within a site, one number per band
    table: IntArray | None  # close pairs of sites by sites, if it fits in memory

    def __call__(self, first: int, last: int, threads: bool) -> IntArray:  # noqa: FBT001
        sites = self.drawn(first, last, threads)
        return (
            np.column_stack([self._count(one, other, sites) for one, other in self.pairs.by_distance_class])
            + self.repeats
        )

    def _count(
        self, one: npt.NDArray[np.int32], other: npt.NDArray[np.int32], sites: npt.NDArray[np.int32]
    ) -> IntArray:
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


def _exchanges(
    sample: DatedPoints, drawn: ExchangedPlaces, limits_km: tuple[float, ...], within_days: int
) -> _Exchanges:
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
    return _Exchanges(pairs, drawn, events, _repeats(events, len(limits_km)), table)


def _repeats(events: plain.SiteEvents, bands: int) -> IntArray:
    """Count the close pairs within a site, which all fall into the first band."""
    counts = np.zeros(bands, dtype=np.int64)
    for first, after in pairwise(events.starts):
        days = events.days[first:after]
        counts[0] += int((np.searchsorted(days, days + events.within, "right") - np.arange(1, len(days) + 1)).sum())
    return counts
