"""Time-of-acquisition diffusion analysis (TADA): the times of onsets given networks."""

from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
import pandas as pd

from ...arguments import Arguments
from ...errors import DataError
from ...figures import EstimateRows
from ...inference.likelihood.maximize import information_at, maximize
from ...inference.likelihood.profiles import profile_interval
from .acquisitions import Acquisitions, Moment, ObservationWindow, SeedPlaces
from .exposures import Exposure, Graphs, design, network_matrices
from .fit import Data, NetworkFit
from .hazards import Effect, Hazards
from .time_likelihood import Baseline, log_total, time_problem

TimeForm = Literal["continuous", "daily"]


@dataclass(frozen=True, repr=False, eq=False)
class TADAFit(NetworkFit):
    """A fit of the times of onsets to networks.

    ``params`` begins with the scale, 1/λ₀: the mean time to a spontaneous onset, in days or in the unit of the onsets;
    with a Weibull baseline, λ₀(t) = shape · t^(shape-1) / scale^shape.

    Attributes
    ----------
    baseline
        "constant" or "weibull".
    clock
        Times of onsets since observation began, and the time at which it ended.
    """

    baseline: Baseline
    clock: ObservationWindow

    @property
    def _baseline_size(self) -> int:
        return 1 if self.baseline == "constant" else 2

    @property
    def _data(self) -> Data:
        return "times"

    def _refit(self, rates: Hazards) -> "TADAFit":
        return fit_times(rates, self.clock, self.baseline)

    def _baseline_scales(self, table: pd.DataFrame, level: str) -> list[EstimateRows]:
        about = f"with {level} interval"
        return [
            EstimateRows(table.iloc[:1], f"mean time to a spontaneous onset, {about}", log=True, reference=None),
            EstimateRows(
                table.iloc[1:],
                f"shape of the baseline, {about} (filled dot: the interval excludes 1)",
                log=True,
                reference=1.0,
            ),
        ]

    def _profile(self, index: int, level: float) -> tuple[float, float]:
        if index:
            return super()._profile(index, level)
        # the fit changes the scale together with the strengths; the profile needs the scale as a coordinate
        problem = time_problem(self.rates, self.clock, self.baseline, by_scale=True)
        at = self.optimum.coordinates.copy()
        at[0] += log_total(at[self._baseline_size :][: len(self.networks)])
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
        """Return the fit to times simulated without transmission."""
        null = self.without_transmission()
        acquisitions = self.rates.acquisitions
        rate = null.strengths.spontaneous
        shape = float(null.params.iloc[1]) if self.baseline == "weibull" else 1.0
        times = float(null.params.iloc[0]) * (rng.exponential(size=len(rate)) / rate) ** (1 / shape)
        times = np.ceil(times) if self.clock.daily else times
        times[(times > self.clock.end) & (acquisitions.rank >= 0)] = np.inf
        seeds = acquisitions.rank < 0
        times[seeds] = 0.0
        moments, rank = np.unique(times[np.isfinite(times) & ~seeds], return_inverse=True)
        ranks = np.where(seeds, -1, len(moments))
        ranks[np.isfinite(times) & ~seeds] = rank
        simulated = replace(acquisitions, moments=moments).with_ranks(ranks)
        if not simulated.events:
            return null
        return fit_times(self.rates.with_acquisitions(simulated), replace(self.clock, times=times), self.baseline)


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
    """Fit strengths of transmission along networks to the times of onsets: time-of-acquisition diffusion analysis.

    The rate of onset of a place at risk is λ₀(t) · [Σ_k s_k · (weights from places that joined before) + 1]. Unlike the order
    (`fit_oada`), times are informative about growth common to all places, and are biased by shocks common to all places.

    Parameters
    ----------
    onsets, graphs, covariates, effect, seeds
        As in `fit_oada`. A network that exposes all places alike (broadcast) is reported as common growth, not as a
        network.
    observed_until
        The last day (or moment) of observation: places that had not joined by then are at risk until it.
    baseline
        λ₀(t): "constant", or "weibull", increasing or decreasing with time.
    observed_from
        The first day on which a place could have joined: by default the day of the first onset; 0 where onsets are numbers.
    time
        "daily" (the default for dates): a place joins on a day with probability 1 - exp(-rate), exposed to places that joined
        on earlier days. "continuous" (the default for numbers): the onset is an exact moment, for dates the end of the day.

    Raises
    ------
    DataError
        As `fit_oada`, except for broadcast networks; or onsets lie before ``observed_from`` or after ``observed_until``.

    Notes
    -----
    As for `fit_oada`: s is underestimated where many places join on one day. The scale is that of the R package NBDA.

    Examples
    --------
    A ring of six places with one tie across, joined in the order 1, 2, 6, 4, 3, 5:

    >>> import pandas as pd
    >>> import protestspread as ps
    >>> pairs = [(1, 2), (2, 3), (3, 4), (4, 5), (5, 6), (6, 1), (1, 4)]
    >>> ties = pd.DataFrame(pairs + [(b, a) for a, b in pairs], columns=["source", "target"])
    >>> onsets = pd.Series({1: 1.0, 2: 3.0, 6: 4.0, 4: 7.0, 3: 9.0, 5: 15.0})
    >>> fit = ps.fit_tada(onsets, ps.DiffusionGraph.from_edges(ties), observed_until=16)
    >>> fit.params.round(4).to_dict(), round(fit.log_likelihood, 6)
    ({'scale': 10.3444, 's tie': 0.607}, -17.005924)
    """
    with Arguments() as check:
        check.choice("baseline", baseline, get_args(Baseline))
    acquisitions = Acquisitions.of(onsets, seeds)
    clock = ObservationWindow.of(acquisitions, observed_from=observed_from, observed_until=observed_until, time=time)
    matrices = network_matrices(acquisitions.places, graphs)
    exposures = {name: Exposure.of(matrix, acquisitions) for name, matrix in matrices.items()}
    rates = Hazards(acquisitions, exposures, design(covariates, acquisitions.places), effect)
    return fit_times(check_exposed(rates), clock, baseline)


def check_exposed(rates: Hazards) -> Hazards:
    """Return the rates with networks of common growth marked; raise `DataError` where a network exposed no place."""
    idle = [name for name, exposure in rates.exposures.items() if not exposure.received.nnz]
    if idle:
        raise DataError(
            "graphs holds networks about which the times of onsets have no information",
            [f"network '{name}': no place at risk had a tie from a place that had joined" for name in idle],
            "leave these networks out",
        )
    return replace(rates, common=tuple(name for name in rates.networks if rates.is_common(name)))


def fit_times(rates: Hazards, clock: ObservationWindow, baseline: Baseline) -> TADAFit:
    """Fit data that have been checked."""
    return TADAFit(maximize(time_problem(rates, clock, baseline)), rates.acquisitions.events, rates, baseline, clock)
