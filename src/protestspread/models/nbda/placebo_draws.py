"""What a comparison of networks draws: placebo networks, and onsets anew within the error of their dates."""

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
from .placebos import permute_nodes, sample_onsets, shuffled_within
from .tada import TimeForm, check_exposed, fit_times
from .time_likelihood import Baseline, time_problem


@dataclass(frozen=True, eq=False)
class NBDASpec:
    """Whether the order or the times are looked at, and how."""

    ties: TieMethod
    baseline: Baseline
    observed_from: Moment
    observed_until: Moment
    time: TimeForm | None

    def checked(self, rates: Hazards) -> Hazards:
        """Return the rates with what is common growth marked; raise where a network cannot be told of."""
        if self.observed_until is None:
            check_identified(rates)
            return rates
        return check_exposed(rates)

    def clock(self, arrivals: Acquisitions) -> ObservationWindow | None:
        """Return onsets as times, where times are looked at."""
        if self.observed_until is None:
            return None
        return ObservationWindow.of(
            arrivals, observed_from=self.observed_from, observed_until=self.observed_until, time=self.time
        )

    def fit(self, rates: Hazards, clock: ObservationWindow | None) -> NetworkFit:
        """Fit the order, or the times."""
        return fit_order(rates, self.ties, compiled=True) if clock is None else fit_times(rates, clock, self.baseline)

    def highest(self, rates: Hazards, clock: ObservationWindow | None, starts: FloatArray | None = None) -> float:
        """Return the largest log-likelihood, searched from a few starts; the integrals by the kernel."""
        if clock is None:
            problem = order_problem(rates, self.ties, compiled=True)
        else:
            problem = time_problem(rates, clock, self.baseline)
        return maximize(problem if starts is None else replace(problem, starts=starts)).log_likelihood


@dataclass(frozen=True, eq=False)
class PlaceboDraws:
    """Draws the likelihood ratios of networks whose places have changed names, and whether they are still the same network."""

    question: NBDASpec
    rates: Hazards
    clock: ObservationWindow | None
    codes: IntArray
    seed: int
    alone: float

    def __call__(self, first: int, last: int, alone: bool) -> FloatArray:  # noqa: ARG002, FBT001
        """Draw some placebos, shape (placebos, 2, networks)."""
        return np.array([self._draw(number) for number in range(first, last)])

    def _draw(self, number: int) -> FloatArray:
        rows = shuffled_within(self.codes, replicate_rng(self.seed, number))
        drawn = np.zeros((2, len(self.rates.networks)))
        for column, (name, exposure) in enumerate(self.rates.exposures.items()):
            matrix = permute_nodes(exposure.matrix, rows)
            placebo = Exposure.of(matrix, self.rates.arrivals)
            drawn[1, column] = abs(matrix - exposure.matrix).sum() == 0
            if placebo.received.nnz:  # else nobody is exposed, and nothing is gained
                rates = replace(self.rates, exposures={name: placebo}, common=())
                drawn[0, column] = max(0.0, 2 * (self.question.highest(rates, self.clock) - self.alone))
        return drawn


def support_of(models: pd.DataFrame, names: tuple[str, ...]) -> list[float]:
    """Return the summed weight of the models with each network."""
    return [float(models["weight"][[name in chosen for chosen in models.index]].sum()) for name in names]


def date_error_of(
    question: NBDASpec,
    rates: Hazards,
    onsets: pd.Series,
    seeds: SeedPlaces,
    intervals: tuple[pd.Series, pd.Series],
    fits: Mapping[tuple[str, ...], NetworkFit],
    draws: int,
    seed: int,
) -> tuple[pd.DataFrame, int]:
    """Return the support of each network in onsets drawn anew, and how many draws could tell of nothing."""
    rows, lost = [], 0
    for number in range(draws):
        # apart from the streams of the placebos
        drawn = sample_onsets(onsets, *intervals, replicate_rng(seed, 2**40 + number))
        try:
            arrivals = Acquisitions.of(drawn, seeds)
            again, clock = question.checked(rates.redrawn(arrivals)), question.clock(arrivals)
        except DataError:
            lost += 1
            continue
        aicc = {}
        for names, fit in fits.items():
            problem = fit.optimum.problem
            starts = np.vstack([fit.optimum.coordinates, problem.starts[len(problem.starts) // 2]])
            height = question.highest(again.subset(names), clock, starts)
            aicc[names] = fit.aicc - 2 * (height - fit.log_likelihood)  # as many parameters, as many onsets
        weights = np.exp(-(np.array(list(aicc.values())) - min(aicc.values())) / 2)
        models = pd.DataFrame({"weight": weights / weights.sum()}, index=pd.Index(list(aicc), tupleize_cols=False))
        rows.append([*support_of(models, rates.networks), min(aicc, key=lambda names: aicc[names])])
    return pd.DataFrame(rows, columns=[*rates.networks, "best"]), lost
