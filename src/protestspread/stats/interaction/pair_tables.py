"""Pairs of events by how far apart they are in space and in time, under drawn dates: a table for many limits at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...arrays import FloatArray
from ...errors import DataError
from ...inference.replicates import run_replicates
from ...kernels import plain
from .dated_points import DatedPoints
from .points import Pairs
from .reshuffles import ShuffledDates

PairWeights = Callable[[npt.NDArray[np.int32], npt.NDArray[np.int32]], tuple[FloatArray, FloatArray]]

_SMALL = 5e5  # pairs times draws: up to so many stay in numpy
_EVER = 2**29  # a window without an end that matters


@dataclass(frozen=True, eq=False)
class PairTable:
    """Sums of weights over pairs within each limit of space (rows) and time (columns).

    Attributes
    ----------
    observed, null
        Of shape (space, time) and (draws, space, time).
    space
        Sums of the weights in space alone, of the pairs within each limit of space whenever they happened.
    near
        Per limit of space, in how many pairs within it each event is.
    """

    observed: FloatArray
    null: FloatArray
    space: FloatArray
    near: tuple[npt.NDArray[np.int64], ...]


def count_pairs(
    sample: DatedPoints, drawn: ShuffledDates, limits_km: Sequence[float], limits_days: Sequence[int], permutations: int, *,
    weigh: PairWeights | None = None, window: tuple[int, int] = (-_EVER, _EVER), least_km: float | None = None,
) -> PairTable:  # fmt: skip
    """Add up pairs within every limit of space and time, as observed and in each draw.

    Parameters
    ----------
    sample, drawn
        The events, and what draws their dates.
    limits_km, limits_days
        Ascending.
    permutations
        How many draws.
    weigh
        Gives the weight of each pair seen from the one and from the other; by default a half each, so that pairs count once.
    window
        The first and the last day, counted as the sample does, for edge weights in time.
    least_km
        Pairs up to so far apart are left out.
    """
    limits = [*([] if least_km is None else [float(least_km)]), *map(float, limits_km)]
    clock = _clock(sample, limits_days, window)
    shape = (len(limits), len(limits_days) + 1)
    observed, null = np.zeros(shape), np.zeros((permutations, *shape))
    near, space = [np.zeros(len(sample), dtype=np.int64) for _ in limits], np.zeros(len(limits))
    for pairs in sample.positions.pairs(limits):
        for band in range(len(limits)):
            near[band] += pairs.degrees(len(sample), slice(band, band + 1))
        bands = _weighted(pairs, weigh)
        space += [float(band.weight.sum() + band.other_weight.sum()) for band in bands]
        draw = _PairCounter(bands, drawn, clock, shape, small=len(pairs) * permutations <= _SMALL)
        observed += draw.table(sample.days[:, None])[0]
        null += run_replicates(draw, permutations, cost=6.0 * len(sample) + 3.0 * len(pairs), rows=len(sample))
    left_out = len(limits) - len(limits_km)
    add_up = [np.cumsum(np.cumsum(table[..., left_out:, :-1], axis=-2), axis=-1) for table in (observed, null)]
    return PairTable(add_up[0], add_up[1], np.cumsum(space[left_out:]), tuple(np.cumsum(near[left_out:], axis=0)))


def check_bands(given: Sequence[float], what: str, *, whole: bool = False) -> tuple[float, ...]:
    """Return limits as numbers; raise `DataError` unless they ascend, are 0 or more, and (days) whole."""
    limits = np.atleast_1d(np.asarray(given, dtype=np.float64))
    if not (
        limits.ndim == 1
        and len(limits)
        and np.isfinite(limits).all()
        and limits[0] >= 0
        and (np.diff(limits) > 0).all()
    ):
        raise DataError(
            "the bands are not clear", [f"{what} = {given!r}"], "ascending limits, 0 or more: (5, 10, 25), say"
        )
    if whole and (limits % 1).any():
        raise DataError("the bands are not clear", [f"{what} = {given!r}: days are whole"], "(1, 3, 7), say")
    return tuple(limits.tolist())


def _clock(sample: DatedPoints, limits_days: Sequence[int], window: tuple[int, int]) -> plain.TimeBins:
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
    """Tallies the same pairs under other dates."""

    bands: tuple[plain.WeightedPairs, ...]
    drawn: ShuffledDates
    clock: plain.TimeBins
    shape: tuple[int, int]
    small: bool

    def __call__(self, first: int, last: int, threads: bool) -> FloatArray:  # noqa: FBT001
        return self.table(self.drawn(first, last, threads))

    def table(self, days: npt.NDArray[np.int32]) -> FloatArray:
        """Return a table for each column of days."""
        out = np.zeros((self.shape[0], days.shape[1], self.shape[1]))
        if self.small:
            add = plain.count_pairs
        else:
            from ...kernels import pair_tables as ktest

            add = ktest.count_pairs
        for band, table in zip(self.bands, out, strict=True):
            add(band, days, self.clock, table)
        return np.ascontiguousarray(out.transpose(1, 0, 2))
