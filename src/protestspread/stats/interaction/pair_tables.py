"""Pairs of events within many limits of space and time at once, as observed and under permuted dates."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np

from ...arguments import Arguments
from ...arrays import FloatArray, Int32Array, IntArray
from ...errors import must_be
from ...inference.permutation_test import Draws, PermutationTest, Sampler
from ...kernels import plain
from ...kernels.dispatch import COUNT_PAIRS
from .dated_points import DatedPoints, row_count
from .points import MOST_DAYS, Pairs

PairWeights = Callable[[Int32Array, Int32Array], tuple[FloatArray, FloatArray]]

_UNBOUNDED = 2**29  # days: further than any window reaches


@dataclass(frozen=True, eq=False)
class PairTable:
    """Sums of pair weights within each limit of space (rows) and time (columns).

    Attributes
    ----------
    draws
        Sums of shape (space, time).
    space
        Sums of the spatial weights of the pairs within each limit of space, at any distance in time.
    near
        For each limit of space, the number of pairs within it that each event belongs to.
    """

    draws: Draws
    space: FloatArray
    near: tuple[IntArray, ...]


def count_pairs(
    sample: DatedPoints, sampler: Sampler, limits_km: Sequence[float], limits_days: Sequence[int], permutations: int, *,
    weigh: PairWeights | None = None, window: tuple[int, int] = (-_UNBOUNDED, _UNBOUNDED), least_km: float | None = None,
) -> PairTable:  # fmt: skip
    """Sum pair weights within every limit of space and time, as observed and in each permutation.

    Parameters
    ----------
    sample, sampler
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
    total = Draws(np.zeros(shape), np.zeros((permutations, *shape)))
    near, space = [np.zeros(len(sample), dtype=np.int64) for _ in limits], np.zeros(len(limits))
    for pairs in sample.positions.pairs(limits):
        for band in range(len(limits)):
            near[band] += pairs.degrees(len(sample), slice(band, band + 1))
        bands = _weighted(pairs, weigh)
        space += [float(band.weight.sum() + band.other_weight.sum()) for band in bands]
        small = not COUNT_PAIRS.pays(len(pairs) * permutations)
        total += PairWeightSums(sampler, bands, time_bins, shape, len(pairs), small).draws(permutations)
    left_out = len(limits) - len(limits_km)
    within = total.map(lambda sums: np.cumsum(np.cumsum(sums[..., left_out:, :-1], axis=-2), axis=-1))
    return PairTable(within, np.cumsum(space[left_out:]), tuple(np.cumsum(near[left_out:], axis=0)))


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
class PairWeightSums(PermutationTest):
    """Sums of the weights of fixed pairs under permuted dates, by distance band and time bin."""

    bands: tuple[plain.WeightedPairs, ...]
    time_bins: plain.TimeBins
    shape: tuple[int, int]
    pairs: int
    small: bool

    def work(self, units: int) -> tuple[float, int]:
        """Return operations and numbers of a replicate."""
        return 6.0 * units + 3.0 * self.pairs, units

    def values(self, arranged: Int32Array) -> FloatArray:
        """Return a table of bands by time bins for each column of days."""
        out = np.zeros((self.shape[0], arranged.shape[1], self.shape[1]))
        if self.small:
            add = plain.count_pairs
        else:
            from ...kernels import knox

            add = knox.count_pairs
        for band, table in zip(self.bands, out, strict=True):
            add(band, arranged, self.time_bins, table)
        return np.ascontiguousarray(out.transpose(1, 0, 2))


def check_bands(check: Arguments, name: str, bands: Sequence[float], *, whole: bool = False) -> Any:
    """Return limits that ascend from 0 or more, as a tuple of numbers or of whole days."""
    need = f"ascending {'whole numbers' if whole else 'numbers'} of at least 0, such as {'(1, 3, 7)' if whole else '(5, 10, 25)'}"
    try:
        limits = np.atleast_1d(np.asarray(bands))
        limits = limits.astype(np.float64) if limits.dtype.kind in "iufO" else limits
    except (TypeError, ValueError, OverflowError):
        limits = np.empty(0)
    valid = (
        limits.ndim == 1
        and limits.dtype == np.float64  # neither dates nor text nor truth
        and len(limits)
        and np.isfinite(limits).all()
        and limits[0] >= 0
        and (np.diff(limits) > 0).all()
        and not (whole and ((limits % 1).any() or limits[-1] > MOST_DAYS))
    )
    if valid:
        return tuple(map(int if whole else float, limits))
    check.fault(must_be(name, need, str(bands) if isinstance(bands, list | tuple) else bands))
    return bands


def check_event_count(check: Arguments, events: gpd.GeoDataFrame) -> None:
    """Check that there are at least four events, whose variance is defined."""
    if row_count(events) < 4:
        check.fault(f"events must have at least four rows; got {len(events)}")
