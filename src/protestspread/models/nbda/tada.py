"""Time-of-acquisition diffusion analysis (TADA): the times of onsets given networks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, get_args

import numpy as np
import pandas as pd

from ...arguments import Arguments
from ...arrays import FloatArray, IntArray
from ...errors import DataError
from ...exposures.networks import Graphs
from ...figures import EstimateRows
from ...inference.likelihood.continuation import Continuation, Future, align_future, dates_after
from ...inference.likelihood.maximize import Problem, information_at, maximize
from ...inference.likelihood.profiles import profile_interval
from ..attributes import design
from .acquisitions import (
    Acquisitions,
    Moment,
    ObservationWindow,
    SeedPlaces,
    network_matrices,
)
from .fit import Data, NetworkFit
from .hazards import Effect, Hazards, Strengths
from .model import TimedOnsets

Baseline = Literal["constant", "weibull"]

_LOG_SCALE_RANGE = 40.0  # on either side of the starting values
_LOG_SCALE_INFINITE = 22.0  # above the starting values; the scale then counts as infinite
_LOG_SHAPE_RANGE = 4.0
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
    def settings(self) -> Mapping[str, object]:
        """The form of time; the names of the parameters tell the baseline and the effect of attributes."""
        return {"time": "continuous" if self._continuous else "daily"}

    def observed(self) -> pd.DataFrame:
        """Return 1 where a place joined and 0 where it was at risk, by date and place; NaN where it had joined before.

        One row for each day; of onsets that are numbers or have times of day, one row for each interval between onsets.
        """
        return self._panel((self.clock.times <= self.clock.ends[:, None]).astype(float))

    def expected(self) -> pd.DataFrame:
        """Return the chance of each place at risk to join in a row, given those before: 1 - exp(-integrated rate)."""
        ends, times = self.clock.ends[:, None], self.clock.times
        model, before = self.model, np.concatenate([[[0.0]], ends[:-1]])
        until = model.cumulative(ends)
        exposed = until - model.cumulative(np.clip(times, before, ends))  # after the onset of each source
        rates, own = self._coupled, until - model.cumulative(before)
        rate = own * rates.spontaneous + rates.susceptible * (rates.incoming @ exposed.T).T
        return self._panel(-np.expm1(-rate))

    def _panel(self, values: FloatArray) -> pd.DataFrame:
        """Return values as a panel, NaN where a place had joined before."""
        at_risk = self.clock.times > np.concatenate([[[0.0]], self.clock.ends[:-1, None]])
        return pd.DataFrame(
            np.where(at_risk, values, np.nan), index=self._dates, columns=self.rates.acquisitions.places
        )

    @property
    def _dates(self) -> pd.Index:
        return self.clock.dates

    @property
    def _by_day(self) -> bool:
        return self.clock.whole_days

    @property
    def _continuous(self) -> bool:
        return not self.clock.daily

    @property
    def _baseline_model(self) -> tuple[float | None, float]:
        at, first = self.optimum.coordinates, self._baseline_size
        scale = float(np.exp(at[0] + log_total(at[first : first + len(self.networks)])))
        return scale, float(np.exp(at[1])) if first == 2 else 1.0

    def onset_sampler(self, known: IntArray, start: int) -> TimedOnsets:
        """Return a function that simulates one panel; see `NetworkFit.onset_sampler`."""
        return TimedOnsets(self._coupled, self.model.cumulative(self.clock.ends), self._continuous, known, start)

    def continuation(self, days: int, future: Future) -> Continuation:
        """Return the days after ``observed_until``; see `Fit.continuation`."""
        graph, dates = self.graph, dates_after(self._check_dated(), days)
        align_future(future, [], dates, graph.nodes)  # nothing varies by date
        ends = self.clock.longer(days).ends
        rows = np.where(np.isfinite(self.clock.times), np.ceil(self.clock.times) - 1, len(ends)).astype(np.int64)

        def draw_of(fit: TADAFit) -> TimedOnsets:
            model = fit.model
            return TimedOnsets(model.rates_on(graph), model.cumulative(ends), model.continuous, rows, len(ends) - days)

        return Continuation(dates, graph.nodes, "joined", self, draw_of)

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
        shape = float(null.params.iloc[1]) if self.baseline == "weibull" else 1.0
        rate = null.strengths.spontaneous
        times = float(null.params.iloc[0]) * (rng.exponential(size=len(rate)) / rate) ** (1 / shape)
        simulated, clock = self.clock.redated(self.rates.acquisitions, times)
        if not simulated.events:
            return null
        return fit_times(self.rates.with_acquisitions(simulated), clock, self.baseline)


def fit_tada(
    onsets: pd.Series,
    graphs: Graphs,
    *,
    observed_until: Moment,
    baseline: Baseline = "constant",
    attributes: pd.DataFrame | pd.Series | None = None,
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
    onsets, graphs, attributes, effect, seeds
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
    exposures = {name: acquisitions.exposure(matrix) for name, matrix in matrices.items()}
    rates = Hazards(acquisitions, exposures, design(attributes, acquisitions.places), effect)
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


def log_total(at: FloatArray) -> float:
    """Return the logarithm of 1 + Σ s · typical exposure, the rate relative to that of an unexposed place."""
    return float(np.log1p(np.sinh(at).sum()))


def time_problem(
    rates: Hazards,
    clock: ObservationWindow,
    baseline: Baseline,
    *,
    by_scale: bool = False,
    starts: FloatArray | None = None,
) -> Problem:
    """Return the likelihood of the times as an optimization problem; ``starts`` are coordinates of the rates.

    The first coordinate is the logarithm of the scale minus `log_total`, because scale and strengths are strongly
    correlated. With ``by_scale`` it is the logarithm of the scale itself.
    """
    times = _TimeLikelihood(rates, clock, shaped=baseline != "constant")
    before, count = (1 if baseline == "constant" else 2), len(rates.networks)

    def objective(at: FloatArray) -> tuple[float, FloatArray]:
        strengths = rates.strengths(at[before:])
        moved = 0.0 if by_scale else log_total(at[before:][:count])
        log_shape = at[1] if before == 2 else 0.0
        value, by_scaled, by_shape, rest = times.likelihood(at[before:], strengths, at[0] + moved, log_shape)
        if not by_scale:
            rest[:count] += by_scaled * np.cosh(at[before:][:count]) / np.exp(moved)
        return value, np.concatenate([[by_scaled], [by_shape] * (before - 1), rest])

    def params_of(at: FloatArray) -> FloatArray:
        inner = rates.params_of(at[before:])
        moved = 0.0 if by_scale else log_total(at[before:][:count])
        unbounded = np.isinf(inner[:count]).any() or (by_scale and at[0] >= upper[0])
        shape = np.where(
            at[1:before] <= -_LOG_SHAPE_RANGE,
            0.0,
            np.where(at[1:before] >= _LOG_SHAPE_RANGE, np.inf, np.exp(at[1:before])),
        )
        return np.concatenate([[np.inf if unbounded else np.exp(at[0] + moved)], shape, inner])

    points = []
    for start in rates.starts if starts is None else starts:
        level = times.typical_scale(rates.strengths(start)) - (0.0 if by_scale else log_total(start[:count]))
        points.append(np.concatenate([[level], np.zeros(before - 1), start]))
    first, shapes = np.array([point[0] for point in points]), np.full(before - 1, _LOG_SHAPE_RANGE)
    lower = np.concatenate([[first.min() - _LOG_SCALE_RANGE], -shapes, rates.lower])
    upper = np.concatenate(
        [[first.min() + (_LOG_SCALE_INFINITE if by_scale else _LOG_SCALE_RANGE)], shapes, rates.upper]
    )
    unbounded_above = np.concatenate([[by_scale], np.zeros(before - 1, dtype=bool), rates.unbounded_above])
    names = ("scale", "shape")[:before] + rates.names
    return Problem(names, objective, np.clip(points, lower, upper), lower, upper, params_of, unbounded_above)


@dataclass(frozen=True, eq=False)
class _TimeLikelihood:
    """The log-likelihood of the times of onsets, as a function of its parameters; ``shaped``: with a shape of the baseline."""

    rates: Hazards
    clock: ObservationWindow
    shaped: bool

    @cached_property
    def waited(self) -> FloatArray:
        """Time for which each place was at risk and did not join; whole days where times are daily."""
        times = self.clock.times
        waited = np.where(np.isfinite(times), times - 1 if self.clock.daily else times, self.clock.end)
        return np.where(self.rates.acquisitions.rank < 0, 0.0, waited)

    @cached_property
    def joined(self) -> FloatArray:
        """Time of each onset, shape (events,)."""
        return self.clock.times[self.rates.acquisitions.order]

    @cached_property
    def constant(self) -> tuple[FloatArray, FloatArray]:
        """The integrals of a constant baseline; see ``_integrate``."""
        return self._integrate(lambda time: time)

    def _integrate(self, cumulative: Callable[[FloatArray], FloatArray]) -> tuple[FloatArray, FloatArray]:
        """Return the integrals of the baseline, and of baseline times exposure by network, over each place's time at risk.

        ``cumulative`` is the integral of the baseline up to a time.
        """
        waited, since = (
            cumulative(self.waited),
            cumulative(np.where(np.isfinite(self.clock.times), self.clock.times, 0.0)),
        )
        exposed = [
            np.asarray(exposure.received.sum(axis=1)) * waited - exposure.received @ since
            for exposure in self.rates.exposures.values()
        ]
        return waited, np.array(exposed).reshape(-1, len(waited))

    def typical_scale(self, strengths: Strengths) -> float:
        """Return the logarithm of the most likely scale given strengths of transmission, with a constant baseline."""
        waited, exposed = self.constant
        total = strengths.spontaneous @ waited + strengths.s @ (exposed @ strengths.susceptible)
        # the time at risk is 0 where all places joined on the first day
        return float(np.log(max(float(total) / len(self.joined), 0.25)))

    def likelihood(
        self, at: FloatArray, strengths: Strengths, log_scale: float, log_shape: float
    ) -> tuple[float, float, float, FloatArray]:
        """Return the log-likelihood and its derivatives by log scale, log shape and the coordinates of the rates."""
        rates, order, shape = self.rates, self.rates.acquisitions.order, float(np.exp(log_shape))
        waited, exposed = self.constant if log_shape == 0 else self._integrate(lambda time: time**shape)
        speed = float(np.exp(-shape * log_scale))
        received = strengths.s @ rates.at_onset
        own = strengths.spontaneous[order] + strengths.susceptible[order] * received
        per_network = exposed @ strengths.susceptible
        total = speed * (strengths.spontaneous @ waited + strengths.s @ per_network)
        events = len(order)
        if self.clock.daily:
            risk = speed * (self.joined**shape - (self.joined - 1) ** shape) * own
            value = float(np.log(-np.expm1(-risk)).sum()) - total
            of_risk = risk / np.expm1(np.minimum(risk, 700.0))
            by_rate, by_scale = of_risk / own, shape * (total - float(of_risk.sum()))
        else:
            logs = events * (log_shape - shape * log_scale) + (shape - 1) * np.log(self.joined).sum()
            value, by_rate, by_scale = logs + np.log(own).sum() - total, 1 / own, shape * (total - events)
            of_risk = np.ones(events)
        by_shape = self._by_shape(strengths, of_risk, speed, shape) + by_scale * log_scale if self.shaped else 0.0
        by_s = rates.at_onset @ (by_rate * strengths.susceptible[order]) - speed * per_network
        by_spontaneous, by_susceptible = -speed * waited, -speed * (strengths.s @ exposed)
        by_spontaneous[order] += by_rate
        by_susceptible[order] += by_rate * received
        gradient = rates.gradient(at, strengths, by_s, by_spontaneous, by_susceptible)
        return float(value), float(by_scale), float(by_shape), gradient

    def _by_shape(self, strengths: Strengths, of_risk: FloatArray, speed: float, shape: float) -> float:
        """Return the derivative by the log of the shape, where the scale is 1; ``of_risk``: that of each onset by its log risk."""
        longer, more = self._integrate(lambda time: shape * _by_log(time, shape))
        stretched = speed * (strengths.spontaneous @ longer + strengths.s @ (more @ strengths.susceptible))
        if not self.clock.daily:
            return float(len(self.joined) + shape * np.log(self.joined).sum() - stretched)
        wider = shape * (_by_log(self.joined, shape) - _by_log(self.joined - 1, shape))
        return float(of_risk @ (wider / (self.joined**shape - (self.joined - 1) ** shape)) - stretched)


def _by_log(time: FloatArray, shape: float) -> FloatArray:
    """Return time^shape · log(time), 0 at time 0."""
    return np.where(time > 0, time**shape * np.log(np.where(time > 0, time, 1.0)), 0.0)
