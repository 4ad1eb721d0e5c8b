"""Placebo networks with exchanged places, onsets sampled within the error of their dates, and fits to both."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp

from ...arguments import Arguments
from ...arrays import FloatArray, IntArray
from ...checks import can_be_hashed, label_faults
from ...errors import DataError, must_be, shorten_list
from ...inference.likelihood.maximize import maximize
from ...inference.likelihood.partial_likelihood import TieMethod
from ...random_streams import replicate_rng
from .acquisitions import Acquisitions, Exposure, Moment, ObservationWindow, SeedPlaces
from .fit import NetworkFit
from .hazards import Hazards
from .oada import check_identified, fit_order, order_problem
from .tada import Baseline, TimeForm, check_exposed, fit_times, time_problem

PlaceStrata = pd.Series | Mapping[Any, Any] | None


def encode_strata(places: pd.Index, strata: PlaceStrata) -> IntArray:
    """Return the number of each place's stratum; 0 for all places if ``strata`` is None.

    Raises
    ------
    DataError
        Places have no stratum or several, or each stratum has one place only.
    """
    if strata is None:
        return np.zeros(len(places), dtype=np.int64)
    with Arguments("pass a label for each place, such as cities['region_id']") as check:
        labels = check.by_label("strata", strata, "a label by place (a Series or a dict)")
        if not check.faults and not can_be_hashed(labels):
            check.fault("strata must hold labels; got values that cannot be compared, such as lists")
    labels = labels.reindex(places)
    if labels.isna().any():
        raise DataError(
            f"strata must have one label per place; no label for {shorten_list(places[labels.isna().to_numpy()])}",
            fix="pass a label for each place, such as cities['region_id']",
        )
    codes = pd.factorize(labels)[0].astype(np.int64)
    if len(np.unique(codes)) == len(places):
        raise DataError(
            "strata must group places; every stratum has one place only",
            fix="pass larger regions, placebos=0, or strata=None to exchange all places",
        )
    return np.asarray(codes)


def permute_within_strata(codes: IntArray, rng: np.random.Generator) -> IntArray:
    """Return row numbers, permuted within each stratum.

    Examples
    --------
    >>> codes = np.array([0, 1, 0, 1, 1])
    >>> rows = permute_within_strata(codes, np.random.default_rng(1))
    >>> bool((codes[rows] == codes).all()), sorted(rows.tolist())
    (True, [0, 1, 2, 3, 4])
    """
    rows = np.empty(len(codes), dtype=np.int64)
    rows[np.argsort(codes, kind="stable")] = np.lexsort((rng.random(len(codes)), codes))
    return rows


def permute_nodes(matrix: sp.csr_array, rows: IntArray) -> sp.csr_array:
    """Return the network in which place i has the ties of place ``rows[i]``."""
    place_of = np.empty_like(rows)
    place_of[rows] = np.arange(len(rows))
    ties = matrix.tocoo()
    source, target = ties.coords
    return sp.csr_array((ties.data, (place_of[source], place_of[target])), shape=matrix.shape)


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
class NBDASpec:
    """Whether the order or the times of onsets are fitted, and with which options."""

    ties: TieMethod
    baseline: Baseline
    observed_from: Moment
    observed_until: Moment
    time: TimeForm | None

    def check_networks(self, rates: Hazards) -> Hazards:
        """Return the rates with networks of common growth marked; raise `DataError` where a network has no information."""
        if self.observed_until is None:
            check_identified(rates)
            return rates
        return check_exposed(rates)

    def window(self, acquisitions: Acquisitions) -> ObservationWindow | None:
        """Return the times of onsets; None where the order is fitted."""
        if self.observed_until is None:
            return None
        return ObservationWindow.of(
            acquisitions, observed_from=self.observed_from, observed_until=self.observed_until, time=self.time
        )

    def fit(self, rates: Hazards, clock: ObservationWindow | None) -> NetworkFit:
        """Fit the order or the times."""
        return fit_order(rates, self.ties) if clock is None else fit_times(rates, clock, self.baseline)

    def max_log_likelihood(
        self, rates: Hazards, clock: ObservationWindow | None, starts: FloatArray | None = None
    ) -> float:
        """Return the maximum of the log-likelihood, from ``starts`` if given."""
        problem = order_problem(rates, self.ties) if clock is None else time_problem(rates, clock, self.baseline)
        return maximize(problem if starts is None else replace(problem, starts=starts)).log_likelihood


@dataclass(frozen=True, eq=False)
class PlaceboDraws:
    """Computes the likelihood ratios of placebo networks, and whether a placebo equals the network."""

    spec: NBDASpec
    rates: Hazards
    clock: ObservationWindow | None
    codes: IntArray
    seed: int
    null_log_likelihood: float

    def __call__(self, first: int, last: int, threads: bool) -> FloatArray:  # noqa: ARG002, FBT001 - the signature `run_replicates` calls
        """Return likelihood ratios and whether the network is unchanged, shape (placebos, 2, networks)."""
        return np.array([self._draw(number) for number in range(first, last)])

    def _draw(self, number: int) -> FloatArray:
        rows = permute_within_strata(self.codes, replicate_rng(self.seed, number))
        result = np.zeros((2, len(self.rates.networks)))
        for column, (name, exposure) in enumerate(self.rates.exposures.items()):
            matrix = permute_nodes(exposure.matrix, rows)
            placebo = Exposure.of(matrix, self.rates.acquisitions)
            result[1, column] = abs(matrix - exposure.matrix).sum() == 0
            if placebo.received.nnz:  # otherwise no place is exposed, and the ratio is 0
                rates = replace(self.rates, exposures={name: placebo}, common=())
                height = self.spec.max_log_likelihood(rates, self.clock)
                result[0, column] = max(0.0, 2 * (height - self.null_log_likelihood))
        return result


def sum_weights(models: pd.DataFrame, names: tuple[str, ...]) -> list[float]:
    """Return the summed Akaike weight of the models with each network."""
    return [float(models["weight"][[name in chosen for chosen in models.index]].sum()) for name in names]


def sample_supports(
    spec: NBDASpec,
    rates: Hazards,
    onsets: pd.Series,
    seeds: SeedPlaces,
    intervals: tuple[pd.Series, pd.Series],
    fits: Mapping[tuple[str, ...], NetworkFit],
    draws: int,
    seed: int,
) -> tuple[pd.DataFrame, int]:
    """Return the support of each network in sampled onsets, one row per draw, and the number of draws left out."""
    rows, lost = [], 0
    for number in range(draws):
        # streams that the placebos do not use
        sampled = sample_onsets(onsets, *intervals, replicate_rng(seed, 2**40 + number))
        try:
            acquisitions = Acquisitions.of(sampled, seeds)
            resampled, clock = spec.check_networks(rates.with_acquisitions(acquisitions)), spec.window(acquisitions)
        except DataError:
            lost += 1
            continue
        aicc = {}
        for names, fit in fits.items():
            problem = fit.optimum.problem
            starts = np.vstack([fit.optimum.coordinates, problem.starts[len(problem.starts) // 2]])
            height = spec.max_log_likelihood(resampled.subset(names), clock, starts)
            aicc[names] = fit.aicc - 2 * (
                height - fit.log_likelihood
            )  # the numbers of parameters and of onsets are unchanged
        weights = np.exp(-(np.array(list(aicc.values())) - min(aicc.values())) / 2)
        models = pd.DataFrame({"weight": weights / weights.sum()}, index=pd.Index(list(aicc), tupleize_cols=False))
        rows.append([*sum_weights(models, rates.networks), min(aicc, key=lambda names: aicc[names])])
    return pd.DataFrame(rows, columns=[*rates.networks, "best"]), lost
