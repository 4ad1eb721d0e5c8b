"""Onsets sampled within the error of their dates, and the support of networks in them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...arrays import BoolArray, FloatArray
from ...checks import label_faults
from ...errors import DataError, must_be, shorten_list
from ...inference.likelihood.maximize import climb_from
from ...inference.replicates import run_replicates
from ...random_streams import replicate_rng
from .acquisitions import Acquisitions, SeedPlaces
from .fit import NetworkFit
from .hazards import Hazards
from .spec import NBDASpec


def check_date_intervals(onsets: pd.Series, intervals: tuple[pd.Series, pd.Series]) -> tuple[pd.Series, pd.Series]:
    """Return the earliest and latest onset of each place, in the order of the onsets.

    Raises
    ------
    DataError
        ``intervals`` is not a pair of Series, or an onset has no interval or lies outside it.
    """
    fix = "pass (earliest, latest), two Series over the places of the onsets, with earliest <= onset <= latest"
    if not (
        isinstance(intervals, tuple) and len(intervals) == 2 and all(isinstance(end, pd.Series) for end in intervals)
    ):
        raise DataError(must_be("date_intervals", "a pair of Series (earliest, latest)", intervals), fix=fix)
    repeated = [fault for end in intervals for fault in label_faults(end.index, "date_intervals labels")]
    if repeated:
        raise DataError(repeated[0], fix=fix)
    earliest, latest = (end.reindex(onsets.index) for end in intervals)
    joined = onsets.notna()
    missing = joined & (earliest.isna() | latest.isna())
    faults = [f"no interval for {shorten_list(onsets.index[missing])}"] if missing.any() else []
    try:
        outside = joined & ~missing & ((onsets < earliest) | (onsets > latest))
    except TypeError:
        raise DataError("date_intervals must be dates or numbers, as the onsets are", fix=fix) from None
    faults += [f"the onset is outside its interval for {shorten_list(onsets.index[outside])}"] if outside.any() else []
    if faults:
        raise DataError("date_intervals do not fit the onsets", faults, fix)
    return earliest, latest


def sample_onsets(onsets: pd.Series, earliest: pd.Series, latest: pd.Series, rng: np.random.Generator) -> pd.Series:
    """Return onsets sampled uniformly from their intervals: whole days for dates and whole numbers, else any moment.

    Examples
    --------
    >>> days = pd.Series([2.0, 3.0, None], index=["A", "B", "C"])
    >>> sample_onsets(days, days, days + 2, np.random.default_rng(1)).tolist()
    [3.0, 5.0, nan]
    """
    joined = onsets.notna().to_numpy()
    low, high = earliest[joined], latest[joined]
    sampled = onsets.copy()
    share = rng.random(int(joined.sum()))
    if pd.api.types.is_numeric_dtype(onsets):
        first, last = low.to_numpy(dtype=float), high.to_numpy(dtype=float)
        whole = bool((np.concatenate([first, last]) % 1 == 0).all())
        new: npt.NDArray[Any] = first + (np.floor(share * (last - first + 1)) if whole else share * (last - first))
        sampled = sampled.astype(float)
    else:
        days = (high - low).dt.days.to_numpy(dtype=float)
        new = (low + pd.to_timedelta(np.floor(share * (days + 1)), unit="D")).to_numpy()
    sampled[joined] = new
    return sampled


@dataclass(frozen=True, eq=False)
class SampledDates:
    """Computes the AICc of all models in sampled onsets."""

    spec: NBDASpec
    rates: Hazards
    onsets: pd.Series
    kept: BoolArray
    seeds: SeedPlaces
    intervals: tuple[pd.Series, pd.Series]
    fits: Mapping[tuple[str, ...], NetworkFit]
    seed: int

    def __call__(self, first: int, last: int, threads: bool) -> FloatArray:  # noqa: ARG002, FBT001 - the signature `run_replicates` calls
        """Return AICc by model, shape (draws, models); NaN where the sampled onsets have no information."""
        return np.array([self._draw(number) for number in range(first, last)])

    def _draw(self, number: int) -> list[float]:
        # streams that placebos and rivals do not use
        sampled = sample_onsets(self.onsets, *self.intervals, replicate_rng(self.seed, 2**40 + number))
        try:
            acquisitions = Acquisitions.of(sampled[self.kept], self.seeds)
            rates = self.spec.check_networks(self.rates.with_acquisitions(acquisitions))
            clock = self.spec.window(acquisitions)
        except DataError:
            return [np.nan] * len(self.fits)
        found = []
        for names, fit in self.fits.items():
            problem, own = self.spec.problem(rates.subset(names), clock), fit.optimum.problem
            starts = np.vstack([fit.optimum.coordinates, own.starts[len(own.starts) // 2]])
            height = max(climb_from(problem, start)[1] for start in np.clip(starts, problem.lower, problem.upper))
            # the numbers of parameters and of onsets are unchanged
            found.append(fit.aicc - 2 * (height - fit.log_likelihood))
        return found


def sample_supports(draw: SampledDates, draws: int, cost: float) -> tuple[pd.DataFrame, int]:
    """Return the support of each network in sampled onsets, one row per draw, and the number of draws left out."""
    models, networks = list(draw.fits), draw.rates.networks
    aicc = (
        run_replicates(draw, draws, cost=cost, what="samples of the dates", in_threads=False)
        if draws
        else np.zeros((0, len(models)))
    )
    kept = aicc[~np.isnan(aicc).any(axis=1)]
    weights = np.exp(-(kept - kept.min(axis=1, keepdims=True, initial=np.inf)) / 2)
    weights /= weights.sum(axis=1, keepdims=True)
    table = pd.DataFrame({name: weights[:, [name in names for names in models]].sum(axis=1) for name in networks})
    best = pd.Series([models[row] for row in kept.argmin(axis=1)] if len(kept) else [], dtype=object)
    return table.assign(best=best), draws - len(kept)
