"""Pairs of events within many limits of space and time at once, as observed and under permuted dates."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...arrays import FloatArray
from ...inference.replicates import run_replicates
from ...kernels import plain
from ...kernels.dispatch import COUNT_PAIRS
from .dated_points import DatedPoints
from .points import Pairs
from .reshuffles import ShuffledDates

PairWeights = Callable[[npt.NDArray[np.int32], npt.NDArray[np.int32]], tuple[FloatArray, FloatArray]]

_UNBOUNDED = 2**29  # days: further than any window reaches


@dataclass(frozen=True, eq=False)
class PairTable:
    """Sums of pair weights within each limit of space (rows) and time (columns).

    Attributes
    ----------
    observed, null
        Sums of shape (space, time) and (draws, space, time).
    space
        Sums of the spatial weights of the pairs within each limit of space, at any distance in time.
    near
        For each limit of space, the number of pairs within it that each event belongs to.
    """

    observed: FloatArray
    null: FloatArray
    space: FloatArray
    near: tuple[npt.NDArray[np.int64], ...]


def count_pairs(
    sample: DatedPoints, drawn: ShuffledDates, limits_km: Sequence[float], limits_days: Sequence[int], permutations: int, *,
    weigh: PairWeights | None = None, window: tuple[int, int] = (-_UNBOUNDED, _UNBOUNDED), least_km: float | None = None,
) -> PairTable:  # fmt: skip
    """Sum pair weights within every limit of space and time, as observed and in each permutation.

    Parameters
    ----------
    sample, drawn
        The events, and the sampler of their dates.
    limits_km, limits_days
        Ascending limits.
    permutations
        Number of permutations.
    weigh
        Function that returns the weight of each pair as seen from either event; by default 0.5 each, so that a pair counts once.
    window
        First and last day, counted as in the sample, for edge weights in time.
    least_km
        Pairs at most this far apart are left out.
    """
    limits = [*([] if least_km is None else [float(least_km)]), *map(float, limits_km)]
    time_bins = _time_bins(sample, limits_days, window)
    shape = (len(limits), len(limits_days) + 1)
    observed, null = np.zeros(shape), np.zeros((permutations, *shape))
    near, space = [np.zeros(len(sample), dtype=np.int64) for _ in limits], np.zeros(len(limits))
    for pairs in sample.positions.pairs(limits):
        for band in range(len(limits)):
            near[band] += pairs.degrees(len(sample), slice(band, band + 1))
        bands = _weighted(pairs, weigh)
        space += [float(band.weight.sum() + band.other_weight.sum()) for band in bands]
        draw = _PairCounter(bands, drawn, time_bins, shape, small=not COUNT_PAIRS.pays(len(pairs) * permutations))
        observed += draw.table(sample.days[:, None])[0]
        null += run_replicates(draw, permutations, cost=6.0 * len(sample) + 3.0 * len(pairs), rows=len(sample))
    left_out = len(limits) - len(limits_km)
    add_up = [np.cumsum(np.cumsum(table[..., left_out:, :-1], axis=-2), axis=-1) for table in (observed, null)]
    return PairTable(add_up[0], add_up[1], np.cumsum(space[left_out:]), tuple(np.cumsum(near[left_out:], axis=0)))


def _time_bins(sample: DatedPoints, limits_days: Sequence[int], window: tuple[int, int]) -> plain.TimeBins:
    apart = np.arange(sample.last_day + 1)
    bins = np.searchsorted(np.asarray(limits_days), apart).astype(np.int32)
    return plain.TimeBins(bins, *window)


def _weighted(pairs: Pairs, weigh: PairWeights | None) -> tuple[plain.WeightedPairs, ...]:
    bands = []
    for one, other in pairs.by_distance_class:
        half = np.full(len(one), 0.5)
        bands.append(plain.WeightedPairs(one, other, *((half, half) if weigh is None else weigh(one, other))))
    return tuple(bands)


@dataclass(frozen=True, eq=False)
class _PairCounter:
    """Sums the weights of fixed pairs under permuted dates."""

    bands: tuple[plain.WeightedPairs, ...]
    drawn: ShuffledDates
    time_bins: plain.TimeBins
    shape: tuple[int, int]
    small: bool

    def __call__(self, first: int, last: int, threads: bool) -> FloatArray:  # noqa: FBT001
        return self.table(self.drawn(first, last, threads))

    def table(self, days: npt.NDArray[np.int32]) -> FloatArray:
        """Return a table of bands by time bins for each column of days."""
        out = np.zeros((self.shape[0], days.shape[1], self.shape[1]))
        if self.small:
            add = plain.count_pairs
        else:
            from ...kernels import knox

            add = knox.count_pairs
        for band, table in zip(self.bands, out, strict=True):
            add(band, days, self.time_bins, table)
        return np.ascontiguousarray(out.transpose(1, 0, 2))
