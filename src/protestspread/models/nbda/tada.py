"""Did places join when a network would have carried it to them? Time of acquisition (TADA)."""

from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
import pandas as pd

from ...errors import DataError
from ...inference.likelihood.maximize import information_at, maximize
from ...inference.likelihood.profiles import profile_interval
from .acquisitions import Acquisitions, Moment, ObservationWindow, SeedPlaces
from .exposures import Exposure, Graphs, design, network_matrices
from .fit import NetworkFit
from .hazards import Effect, Hazards
from .time_likelihood import Baseline, log_total, time_problem

TimeForm = Literal["continuous", "daily"]


@dataclass(frozen=True, repr=False, eq=False)
class TADAFit(NetworkFit):
    """A fit of the times at which places joined to networks: `NetworkFit` says what it holds.

    ``params`` begin with the scale, 1/λ₀: the mean time to joining of a place on its own, in days or the onsets' unit;
    with a Weibull baseline, λ₀(t) = shape · t^(shape-1) / scale^shape.

    Attributes
    ----------
    baseline
        "constant" or "weibull".
    clock
        Onsets as times since observation began, and its end.
    """

    baseline: Baseline
    clock: ObservationWindow

    @property
    def _before(self) -> int:
        return 1 if self.baseline == "constant" else 2

    @property
    def _method(self) -> str:
        return "by the times at which places joined"

    def _refit(self, rates: Hazards) -> "TADAFit":
        return fit_times(rates, self.clock, self.baseline)

    def _profile(self, index: int, level: float) -> tuple[float, float]:
        if index:
            return super()._profile(index, level)
        # the search moves the scale along with the strengths; its profile holds it
        problem = time_problem(self.rates, self.clock, self.baseline, by_scale=True)
        at = self.optimum.coordinates.copy()
        at[0] += log_total(at[self._before :][: len(self.networks)])
        information = information_at(problem, at)
        return profile_interval(
            replace(
                self.optimum,
                problem=problem,
                coordinates=at,
                gradient=problem.objective(at)[1],
                information=information,
            ),
            0,
            level=level,
        )

    def _simulate(self, rng: np.random.Generator) -> "TADAFit":
        """Return this model fitted to times drawn without transmission."""
        alone = self.without_transmission()
        arrivals = self.rates.arrivals
        speed = alone.strengths.spontaneous
        shape = float(alone.params.iloc[1]) if self.baseline == "weibull" else 1.0
        times = float(alone.params.iloc[0]) * (rng.exponential(size=len(speed)) / speed) ** (1 / shape)
        times = np.ceil(times) if self.clock.daily else times
        times[(times > self.clock.end) & (arrivals.rank >= 0)] = np.inf
        seeds = arrivals.rank < 0
        times[seeds] = 0.0
        moments, rank = np.unique(times[np.isfinite(times) & ~seeds], return_inverse=True)
        ranks = np.where(seeds, -1, len(moments))
        ranks[np.isfinite(times) & ~seeds] = rank
        drawn = replace(arrivals, moments=moments).with_ranks(ranks)
        if not drawn.events:
            return alone
        return fit_times(self.rates.redrawn(drawn), replace(self.clock, times=times), self.baseline)


def fit_tada(
    onsets: pd.Series,
    graphs: Graphs,
    *,
    observed_until: Moment,
    baseline: Baseline = "constant",
    covariates: pd.DataFrame | pd.Series | None = None,
    effect: Effect = "additive",
    seeds: SeedPlaces = None,
    observed_from: Moment = None,
    time: TimeForm | None = None,
) -> TADAFit:
    """Fit how strongly networks passed it on to the times at which places joined: time-of-acquisition diffusion analysis.

    A place that has not joined does so at the rate λ₀(t) · [Σ_k s_k · (weights from those that joined before) + 1]. Unlike the
    order (`fit_oada`), times also tell of growth that all share, and are fooled by shocks that all share.

    Parameters
    ----------
    onsets, graphs, covariates, effect, seeds
        As in `fit_oada`. A network that exposes all alike (broadcast) is called common growth, and is none of the networks.
    observed_until
        The last day of observation (or its moment): places that had not joined by then stay at risk until it.
    baseline
        λ₀(t): "constant", or "weibull", rising or falling with time.
    observed_from
        The first day on which somebody could have joined: by default that of the first onset; 0 where onsets are numbers.
    time
        "daily": who joined on a day joined at some moment of it, with probability 1 - exp(-rate), exposed to those of
        earlier days; by default for dates. "continuous": at the very moment of the onset (for a date: the end of its day);
        by default for numbers.

    Raises
    ------
    DataError
        As `fit_oada`, except for broadcast; onsets before `observed_from` or after `observed_until`.

    Notes
    -----
    As for `fit_oada`, also that s comes out too small where many join within a day; the scale is that of the R package NBDA.

    Examples
    --------
    A ring of six, with a tie across, that joined in the order 1, 2, 6, 4, 3, 5:

    >>> import pandas as pd
    >>> import protestspread as ps
    >>> pairs = [(1, 2), (2, 3), (3, 4), (4, 5), (5, 6), (6, 1), (1, 4)]
    >>> ties = pd.DataFrame(pairs + [(b, a) for a, b in pairs], columns=["source", "target"])
    >>> onsets = pd.Series({1: 1.0, 2: 3.0, 6: 4.0, 4: 7.0, 3: 9.0, 5: 15.0})
    >>> fit = ps.fit_tada(onsets, ps.DiffusionGraph.from_edges(ties), observed_until=16)
    >>> fit.params.round(4).to_dict(), round(fit.log_likelihood, 6)
    ({'scale': 10.3444, 's tie': 0.607}, -17.005924)
    """
    if baseline not in get_args(Baseline):
        raise DataError("there is no such baseline", [f"baseline = {baseline!r}"], '"constant" or "weibull"')
    arrivals = Acquisitions.of(onsets, seeds)
    clock = ObservationWindow.of(arrivals, observed_from=observed_from, observed_until=observed_until, time=time)
    matrices = network_matrices(arrivals.places, graphs)
    exposures = {name: Exposure.of(matrix, arrivals) for name, matrix in matrices.items()}
    rates = Hazards(arrivals, exposures, design(covariates, arrivals.places), effect)
    return fit_times(check_exposed(rates), clock, baseline)


def check_exposed(rates: Hazards) -> Hazards:
    """Return the rates with what is common growth marked; raise `DataError` where a network exposed nobody."""
    idle = [name for name, exposure in rates.exposures.items() if not exposure.received.nnz]
    if idle:
        raise DataError(
            "times cannot tell whether these networks carried it",
            [f"'{name}': nobody who had not joined was tied to somebody who had" for name in idle],
            "leave them out",
        )
    return replace(rates, common=tuple(name for name in rates.networks if rates.is_common(name)))


def fit_times(rates: Hazards, clock: ObservationWindow, baseline: Baseline) -> TADAFit:
    """Fit data that were checked."""
    return TADAFit(maximize(time_problem(rates, clock, baseline)), rates.arrivals.events, rates, baseline, clock)
