"""What is fitted to onsets, with which options, and the fast maxima that many draws need."""

from dataclasses import dataclass, replace

import numpy as np

from ...arrays import FloatArray
from ...inference.likelihood.maximize import Problem, climb_from
from ...inference.likelihood.partial_likelihood import TieMethod
from .acquisitions import Acquisitions, Moment, ObservationWindow
from .fit import NetworkFit
from .hazards import Hazards
from .oada import check_identified, fit_order, order_problem
from .tada import Baseline, TimeForm, check_exposed, fit_times, time_problem

STRENGTHS = (0.0, 0.1, 1.0, 3.0, 8.0)
"""Coordinates of a strength from which a search may begin."""


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

    def problem(self, rates: Hazards, clock: ObservationWindow | None, starts: FloatArray | None = None) -> Problem:
        """Return the likelihood of the order or of the times; ``starts`` are coordinates of the rates."""
        if clock is None:
            problem = order_problem(rates, self.ties)
            return problem if starts is None else replace(problem, starts=starts)
        return time_problem(rates, clock, self.baseline, starts=starts)

    def null_of(self, rates: Hazards, clock: ObservationWindow | None, start: FloatArray) -> tuple[FloatArray, float]:
        """Return the maximum without networks that a search from some coordinates reaches, and its log-likelihood."""
        return climb_from(self.problem(rates.without_networks(), clock), start)

    def statistics(self, rates: Hazards, clock: ObservationWindow | None, null: tuple[FloatArray, float]) -> FloatArray:
        """Return the likelihood ratio of each network alone against no network; 0 where it exposes nobody or all alike.

        One search from the best of a few strengths, with the attributes' coefficients of the model without networks. Data
        and draws are searched alike, so that ranks are fair even where a search misses the highest maximum.
        """
        return np.array([self._statistic(rates, name, clock, null) for name in rates.networks])

    def _statistic(
        self, rates: Hazards, name: str, clock: ObservationWindow | None, null: tuple[FloatArray, float]
    ) -> float:
        exposure = rates.exposures[name]
        if name in rates.common or not exposure.received.nnz:
            return 0.0
        alone = replace(rates, exposures={name: exposure}, common=())
        slopes = np.zeros(alone.coefficients)
        known = len(rates.attributes.columns)
        slopes[:known] = null[0][len(null[0]) - known :]
        starts = np.array([[strength, *slopes] for strength in STRENGTHS])
        problem = self.problem(alone, clock, starts)
        best = max(problem.starts, key=lambda start: problem.objective(start)[0])
        return max(0.0, 2 * (climb_from(problem, best)[1] - null[1]))
