"""The conditional logit of onsets by population and by distance to the nearest earlier onset."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ...arrays import BoolArray, FloatArray, IntArray
from ...inference.likelihood.fits import profile_interval
from ...inference.likelihood.maximize import Optimum, Problem, maximize
from ...inference.likelihood.partial_likelihood import partial_log_likelihood
from .risk_sets import Choice, RiskSets

NAMES = ("population_exponent", "distance_exponent")
FARTHEST = 30.0
"""Bound of the exponents: at 30, a place ten times as large is 10³⁰ times as likely to be next."""
_STARTS = np.array([[1.0, 1.0], [2.0, -1.0], [-1.0, 2.0]])
_LARGE = 20_000  # cells above which one starting point is sufficient
_FIRST_STEPS, _STEPS = 5, 40
_LONGEST, _FLAT = 3.0, 1e-9


@dataclass(frozen=True, eq=False)
class ConditionalLogit:
    """The conditional logit of one or several spreads; a cell is a place at risk on an onset day.

    Attributes
    ----------
    columns
        The covariates, one array over cells for each exponent: log population, minus log distance.
    joined
        Whether the place of each cell joined on the day.
    first
        The first cell of each day.
    spread
        Number of the spread that each day belongs to, ascending from 0.
    weights
        Weight of each day.
    """

    columns: tuple[FloatArray, ...]
    joined: BoolArray
    first: IntArray
    spread: IntArray
    weights: FloatArray

    @classmethod
    def of(cls, risk_sets: RiskSets, choices: Sequence[Choice] | None = None) -> "ConditionalLogit":
        """Return the model of one spread."""
        chosen = risk_sets.choices() if choices is None else choices
        if not chosen:
            return cls((np.empty(0), np.empty(0)), np.empty(0, bool), np.empty(0, int), np.empty(0, int), np.empty(0))
        at_risk = np.concatenate([choice.at_risk for choice in chosen])
        far = np.concatenate([choice.far for choice in chosen])
        sizes = np.array([len(choice.at_risk) for choice in chosen])
        return cls(
            (risk_sets.size[at_risk], -far), np.concatenate([choice.joined for choice in chosen]),
            np.cumsum(sizes) - sizes, np.zeros(len(chosen), dtype=np.int64), np.ones(len(chosen)),
        )  # fmt: skip

    @classmethod
    def together(cls, spreads: Sequence["ConditionalLogit"]) -> "ConditionalLogit":
        """Return one model of several spreads, which are fitted simultaneously."""
        cells = np.cumsum([0, *(len(days.joined) for days in spreads[:-1])])
        return cls(
            tuple(np.concatenate(column) for column in zip(*(days.columns for days in spreads), strict=True)),
            np.concatenate([days.joined for days in spreads]),
            np.concatenate([days.first + start for days, start in zip(spreads, cells, strict=True)]),
            np.concatenate([np.full(len(days.first), number) for number, days in enumerate(spreads)]),
            np.concatenate([days.weights for days in spreads]),
        )  # fmt: skip

    @property
    def joins(self) -> int:
        """Number of onsets on these days."""
        return int(self.joined.sum())

    @cached_property
    def _day_of(self) -> IntArray:
        return np.repeat(np.arange(len(self.first)), np.diff(self.first, append=len(self.joined)))

    def log_likelihood(self, exponents: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the log-likelihood of each spread and its gradient, at exponents of shape (spreads or 1, exponents)."""
        day_of, count = self._day_of, len(exponents)
        by_cell = exponents if count == 1 else exponents[self.spread][day_of]
        utility = sum(column * by_cell[:, row] for row, column in enumerate(self.columns))
        rate = np.exp(utility - np.maximum.reduceat(utility, self.first)[day_of])
        rate_joined = rate[self.joined]
        rate[self.joined] = 0.0
        value, by_rate, by_others = partial_log_likelihood(
            rate_joined, np.add.reduceat(rate, self.first), day_of[self.joined]
        )
        pull = rate * (by_others * self.weights)[day_of]
        pull[self.joined] = by_rate * rate_joined * self.weights[day_of[self.joined]]
        gradient = [
            np.bincount(self.spread, np.add.reduceat(pull * column, self.first), minlength=count)
            for column in self.columns
        ]
        total = np.bincount(self.spread, value * self.weights, minlength=count)
        return total.astype(float), np.column_stack(gradient)

    def problem(self) -> Problem:
        """Return the optimization problem of one spread."""

        def objective(point: FloatArray) -> tuple[float, FloatArray]:
            value, gradient = self.log_likelihood(point[None])
            return float(value[0]), gradient[0]

        bound = np.full(len(self.columns), FARTHEST)
        return Problem(NAMES, objective, _STARTS, -bound, bound, params_of=_params_of)

    def fit(self) -> Optimum:
        """Return the maximum of the likelihood of one spread; large spreads use one starting point."""
        problem = self.problem()
        start = refitted(self, np.zeros((1, len(self.columns))))[0]
        others = _STARTS if len(self.joined) <= _LARGE else _STARTS[:0]
        return maximize(replace(problem, starts=np.vstack([start, others])))

    def weighted(self, weights: FloatArray) -> "ConditionalLogit":
        """Return the model with other weights of days."""
        return replace(self, weights=weights)

    def with_column(self, column: FloatArray) -> "ConditionalLogit":
        """Return the model with one more covariate."""
        return replace(self, columns=(*self.columns, column))

    def select(self, which: BoolArray) -> "ConditionalLogit":
        """Return the model of some of the spreads, renumbered."""
        days = which[self.spread]
        cells = days[self._day_of]
        sizes = np.diff(self.first, append=len(self.joined))[days]
        return ConditionalLogit(
            tuple(column[cells] for column in self.columns), self.joined[cells], np.cumsum(sizes) - sizes,
            (np.cumsum(which) - 1)[self.spread[days]], self.weights[days],
        )  # fmt: skip

    def information(
        self, exponents: FloatArray, gradient: FloatArray | None = None, held: int | None = None
    ) -> FloatArray:
        """Return the observed information, shape (spreads, exponents, exponents), from differences of the gradient.

        Differences are central, or forward if the ``gradient`` at the exponents is given, which is sufficient for Newton
        steps. Entries of the exponent ``held`` are 0.
        """
        step, rows = 1e-4 if gradient is None else 1e-5, []
        for row, shift in enumerate(step * np.eye(exponents.shape[1])):
            if row == held:
                rows.append(np.zeros_like(exponents))
                continue
            ahead = self.log_likelihood(exponents + shift)[1]
            behind = self.log_likelihood(exponents - shift)[1] if gradient is None else gradient
            rows.append((behind - ahead) / (2 * step if gradient is None else step))
        information = np.stack(rows, axis=1)
        if held is not None:
            information[:, :, held] = 0.0
        return np.asarray((information + information.swapaxes(1, 2)) / 2)


def profile_interval_of(optimum: Optimum, index: int, level: float) -> tuple[float, float]:
    """Return the profile-likelihood interval of one exponent, by Newton steps or else by `profile_interval`.

    D. J. Venzon, S. H. Moolgavkar (1988), Applied Statistics 37:87-94, doi:10.2307/2347496.
    """
    from scipy.stats import chi2

    drop = float(chi2.ppf(level, 1)) / 2
    low, high = (_profile_end(optimum, index, side, drop) for side in (-1, 1))
    return (low, high) if low is not None and high is not None else profile_interval(optimum, index, level=level)


def _profile_end(optimum: Optimum, index: int, side: int, drop: float) -> float | None:
    """Return the end at which the profile has fallen by ``drop``, by Newton steps; None if they do not converge."""
    objective, covariance = optimum.problem.objective, optimum.covariance
    if not np.isfinite(covariance).all():
        return None
    point = optimum.coordinates + side * np.sqrt(2 * drop / covariance[index, index]) * covariance[index]
    others = np.arange(len(point)) != index
    for _ in range(12):
        height, gradient = objective(point)
        ahead = np.array([objective(point + shift)[1] for shift in 1e-5 * np.eye(len(point))[others]])
        slopes, error = np.empty((len(point), len(point))), gradient.copy()
        slopes[others], slopes[index], error[index] = (
            (ahead - gradient) / 1e-5,
            gradient,
            height - optimum.log_likelihood + drop,
        )
        if not np.isfinite(slopes).all() or np.linalg.cond(slopes) > 1e12:
            return None
        step = np.linalg.solve(slopes, -error)
        point = point + step
        if np.abs(point).max() > FARTHEST:
            return None
        if np.abs(step).max() < 1e-7:
            return float(point[index]) if side * (point[index] - optimum.coordinates[index]) > 0 else None
    return None


def _params_of(point: FloatArray) -> FloatArray:
    """Return exponents, infinite at their bounds."""
    return np.where(np.abs(point) >= FARTHEST, np.copysign(np.inf, point), point)


def refitted(days: ConditionalLogit, start: FloatArray, *, held: int | None = None) -> tuple[FloatArray, FloatArray]:
    """Return the fitted exponents of all spreads, shape (spreads, exponents), and their log-likelihoods.

    Newton steps from ``start``, of the same shape. A step that does not increase the likelihood is cut to a quarter; where the
    likelihood is not concave, steps go uphill. Exponents are bounded by ``FARTHEST``; the exponent ``held`` keeps its start.
    """
    point, height, left = _newton(days, np.array(start, dtype=float), held, _FIRST_STEPS)
    if left.any():
        point[left], height[left], _ = _newton(days.select(left), point[left], held, _STEPS)
    return point, height


def _newton(
    days: ConditionalLogit, point: FloatArray, held: int | None, steps: int
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Return exponents, log-likelihoods, and which spreads have not converged."""
    height, gradient = days.log_likelihood(point)
    for number in range(steps + 1):
        information = days.information(point, gradient, held)
        if held is not None:
            gradient[:, held] = 0.0
        step = _newton_steps(information, gradient)
        moving = np.einsum("bk,bk->b", step, gradient) > _FLAT
        if number == steps or not moving.any():
            break
        reach = np.where(moving, 1.0, 0.0)
        for _ in range(12):
            there = np.clip(point + reach[:, None] * step, -FARTHEST, FARTHEST)
            risen, slope = days.log_likelihood(there)
            fell = ~(risen >= height)
            if not fell.any():
                break
            reach[fell] /= 4
        there, risen, slope = (
            np.where(fell[:, None], point, there), np.where(fell, height, risen), np.where(fell[:, None], gradient, slope)
        )  # fmt: skip
        moving &= np.abs(there - point).max(axis=1) > 1e-9
        point, height, gradient = there, risen, slope
        if not moving.any():
            break
    return point, height, moving


def _newton_steps(information: FloatArray, gradient: FloatArray) -> FloatArray:
    """Return Newton steps of at most three, with absolute eigenvalues where the information is not positive definite."""
    information = np.where(np.isfinite(information), information, 0.0)
    values, vectors = np.linalg.eigh(information)
    along = np.einsum("bkj,bk->bj", vectors, gradient) / np.maximum(np.abs(values), 1e-6)
    step = np.einsum("bkj,bj->bk", vectors, along)
    length = np.abs(step).max(axis=1, keepdims=True)
    return np.asarray(step * np.minimum(1.0, _LONGEST / np.maximum(length, 1e-300)))
