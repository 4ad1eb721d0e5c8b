"""Fits of a comparison of networks to placebo networks and to onsets sampled within the error of their dates."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ...arrays import FloatArray, IntArray
from ...errors import DataError
from ...inference.likelihood.maximize import maximize
from ...inference.likelihood.partial_likelihood import TieMethod
from ...random_streams import replicate_rng
from .acquisitions import Acquisitions, Moment, ObservationWindow, SeedPlaces
from .exposures import Exposure
from .fit import NetworkFit
from .hazards import Hazards
from .oada import check_identified, fit_order, order_problem
from .placebos import permute_nodes, permute_within_strata, sample_onsets
from .tada import TimeForm, check_exposed, fit_times
from .time_likelihood import Baseline, time_problem


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
