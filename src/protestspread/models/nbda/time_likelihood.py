"""The likelihood of the times of onsets, in continuous time and by day."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from ...arrays import FloatArray
from ...inference.likelihood.maximize import Problem
from .acquisitions import ObservationWindow
from .hazards import Hazards, Strengths

Baseline = Literal["constant", "weibull"]

_LOG_SCALE_RANGE = 40.0  # on either side of the starting values
_LOG_SCALE_INFINITE = 22.0  # above the starting values; the scale then counts as infinite
_LOG_SHAPE_RANGE = 4.0


def log_total(at: FloatArray) -> float:
    """Return the logarithm of 1 + Σ s · typical exposure, the rate relative to that of an unexposed place."""
    return float(np.log1p(np.sinh(at).sum()))


def time_problem(rates: Hazards, clock: ObservationWindow, baseline: Baseline, *, by_scale: bool = False) -> Problem:
    """Return the likelihood of the times as an optimization problem.

    The first coordinate is the logarithm of the scale minus `log_total`, because scale and strengths are strongly
    correlated. With ``by_scale`` it is the logarithm of the scale itself.
    """
    times = _TimeLikelihood(rates, clock)
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

    starts = []
    for start in rates.starts:
        level = times.typical_scale(rates.strengths(start)) - (0.0 if by_scale else log_total(start[:count]))
        starts.append(np.concatenate([[level], np.zeros(before - 1), start]))
    first, shapes = np.array([start[0] for start in starts]), np.full(before - 1, _LOG_SHAPE_RANGE)
    lower = np.concatenate([[first.min() - _LOG_SCALE_RANGE], -shapes, rates.lower])
    upper = np.concatenate(
        [[first.min() + (_LOG_SCALE_INFINITE if by_scale else _LOG_SCALE_RANGE)], shapes, rates.upper]
    )
    unbounded_above = np.concatenate([[by_scale], np.zeros(before - 1, dtype=bool), rates.unbounded_above])
    names = ("scale", "shape")[:before] + rates.names
    return Problem(names, objective, np.clip(starts, lower, upper), lower, upper, params_of, unbounded_above)


@dataclass(frozen=True, eq=False)
class _TimeLikelihood:
    """The log-likelihood of the times of onsets, as a function of its parameters."""

    rates: Hazards
    clock: ObservationWindow

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
        longer, more = self._integrate(lambda time: shape * _by_log(time, shape))
        speed = float(np.exp(-shape * log_scale))
        received = strengths.s @ rates.at_onset
        own = strengths.spontaneous[order] + strengths.susceptible[order] * received
        per_network = exposed @ strengths.susceptible
        total = speed * (strengths.spontaneous @ waited + strengths.s @ per_network)
        stretched = speed * (strengths.spontaneous @ longer + strengths.s @ (more @ strengths.susceptible))
        events, log_joined = len(order), np.log(self.joined)
        if self.clock.daily:
            span = self.joined**shape - (self.joined - 1) ** shape
            wider = shape * (_by_log(self.joined, shape) - _by_log(self.joined - 1, shape))
            risk = speed * span * own
            value = float(np.log(-np.expm1(-risk)).sum()) - total
            odds = 1 / np.expm1(np.minimum(risk, 700.0))
            by_rate = odds * speed * span
            by_scale = shape * (total - float(odds @ risk))
            by_shape = float(odds @ (speed * own * wider)) - stretched + by_scale * log_scale
        else:
            value = (
                events * (log_shape - shape * log_scale) + (shape - 1) * log_joined.sum() + np.log(own).sum() - total
            )
            by_rate = 1 / own
            by_scale = shape * (total - events)
            by_shape = events + shape * float(log_joined.sum()) - stretched + by_scale * log_scale
        by_s = rates.at_onset @ (by_rate * strengths.susceptible[order]) - speed * per_network
        by_spontaneous, by_susceptible = -speed * waited, -speed * (strengths.s @ exposed)
        by_spontaneous[order] += by_rate
        by_susceptible[order] += by_rate * received
        return (
            float(value),
            float(by_scale),
            float(by_shape),
            rates.gradient(at, strengths, by_s, by_spontaneous, by_susceptible),
        )


def _by_log(time: FloatArray, shape: float) -> FloatArray:
    """Return time^shape · log(time), 0 at time 0."""
    return np.where(time > 0, time**shape * np.log(np.where(time > 0, time, 1.0)), 0.0)
