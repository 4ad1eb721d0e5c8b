"""The conditional logit of onsets by population and by distance to the nearest earlier onset."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ...arrays import BoolArray, FloatArray, IntArray
from ...inference.likelihood.maximize import Optimum, Problem, maximize
from ...inference.likelihood.partial_likelihood import curved_log_likelihood, partial_log_likelihood
from ...inference.likelihood.profiles import profile_interval
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
        rate, rate_joined, others = self._rates(exponents)
        value, by_rate, by_others = partial_log_likelihood(rate_joined, others, self._day_of[self.joined])
        return self._sums(exponents, value), self._gradient(exponents, rate, by_rate * rate_joined, by_others)

    def curvature(self, exponents: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return the log-likelihood, its gradient and the observed information, shape (spreads, exponents, exponents)."""
        rate, rate_joined, others = self._rates(exponents)
        day_of, least = self._day_of[self.joined], np.maximum(others, 1e-300)
        means = [np.add.reduceat(rate * column, self.first) / least for column in self.columns]
        columns = np.stack(
            [column[self.joined] - mean[day_of] for column, mean in zip(self.columns, means, strict=True)]
        )
        value, by_rate, by_others, curve = curved_log_likelihood(rate_joined, others, day_of, columns)
        by_log_rate = np.bincount(day_of, by_rate * rate_joined, minlength=len(others))
        for a, one in enumerate(self.columns):
            for b, other in enumerate(self.columns[: a + 1]):
                spread = np.add.reduceat(rate * one * other, self.first) / least - means[a] * means[b]
                curve[:, a, b] -= by_log_rate * spread
                curve[:, b, a] = curve[:, a, b]
        information = [
            [self._sums(exponents, -curve[:, a, b]) for b in range(len(columns))] for a in range(len(columns))
        ]
        gradient = self._gradient(exponents, rate, by_rate * rate_joined, by_others)
        return self._sums(exponents, value), gradient, np.moveaxis(np.array(information), -1, 0)

    def _rates(self, exponents: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return the relative rates of places that did not join (else 0), of those that did, and the former's sum by day."""
        by_cell = exponents if len(exponents) == 1 else exponents[self.spread][self._day_of]
        utility = sum((column * by_cell[:, row] for row, column in enumerate(self.columns)), np.zeros(len(self.joined)))
        rate = np.exp(utility - np.maximum.reduceat(utility, self.first)[self._day_of])
        rate_joined = rate[self.joined]
        rate[self.joined] = 0.0
        return rate, rate_joined, np.add.reduceat(rate, self.first)

    def _gradient(
        self, exponents: FloatArray, rate: FloatArray, by_log_rate: FloatArray, by_others: FloatArray
    ) -> FloatArray:
        """Return the derivatives by the exponents from those by the log rates of events and by the sums of the others."""
        pull = rate * by_others[self._day_of]
        pull[self.joined] = by_log_rate
        sums = [self._sums(exponents, np.add.reduceat(pull * column, self.first)) for column in self.columns]
        return np.array(sums).reshape(len(self.columns), len(exponents)).T

    def _sums(self, exponents: FloatArray, by_day: FloatArray) -> FloatArray:
        """Return the weighted sum over the days of each spread."""
        return np.bincount(self.spread, by_day * self.weights, minlength=len(exponents)).astype(float)

    def problem(self, names: Sequence[str] = NAMES) -> Problem:
        """Return the optimization problem of one spread; there is one name for each column."""

        def objective(point: FloatArray) -> tuple[float, FloatArray]:
            value, gradient = self.log_likelihood(point[None])
            return float(value[0]), gradient[0]

        bound = np.full(len(self.columns), FARTHEST)
        return Problem(tuple(names), objective, _STARTS[:, : len(bound)], -bound, bound, params_of=_params_of)

    def fit(self, names: Sequence[str] = NAMES) -> Optimum:
        """Return the maximum of the likelihood of one spread; large spreads use one starting point."""
        problem, start = self.problem(names), np.zeros((1, len(self.columns)))
        start = refitted(self, start)[0] if self.columns else start
        others = problem.starts if len(self.joined) <= _LARGE else problem.starts[:0]
        return maximize(replace(problem, starts=np.vstack([start, others])))

    def keep(self, names: Sequence[str]) -> "ConditionalLogit":
        """Return the model of some of the exponents; the others are 0."""
        return replace(
            self, columns=tuple(column for name, column in zip(NAMES, self.columns, strict=True) if name in names)
        )

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
        ahead = np.array([objective(point + shift)[1] for shift in 1e-5 * np.eye(len(point))[others]]).reshape(
            -1, len(point)
        )
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


def refitted(
    days: ConditionalLogit, start: FloatArray, *, held: int | None = None, to_the_end: bool = True
) -> tuple[FloatArray, FloatArray]:
    """Return the fitted exponents of all spreads, shape (spreads, exponents), and their log-likelihoods.

    Newton steps from ``start``, of the same shape. A step that does not increase the likelihood is cut to a quarter; where the
    likelihood is not concave, steps go uphill. Exponents are bounded by ``FARTHEST``; the exponent ``held`` keeps its start.
    Without ``to_the_end`` there are five steps at most, which suffice unless an exponent is very large or infinite.
    """
    point, height, left = _newton(days, np.array(start, dtype=float), held, _FIRST_STEPS)
    if to_the_end and left.any():
        point[left], height[left], _ = _newton(days.select(left), point[left], held, _STEPS)
    return point, height


def _newton(
    days: ConditionalLogit, point: FloatArray, held: int | None, steps: int
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Return exponents, log-likelihoods, and which spreads have not converged."""
    height, gradient, information = days.curvature(point)
    for number in range(steps + 1):
        free = np.arange(point.shape[1]) != held
        step = np.zeros_like(point)
        step[:, free] = _newton_steps(information[:, free][:, :, free], gradient[:, free])
        moving = np.einsum("bk,bk->b", step, gradient) > _FLAT
        if number == steps or not moving.any():
            break
        reach = np.where(moving, 1.0, 0.0)
        for _ in range(12):
            there = np.clip(point + reach[:, None] * step, -FARTHEST, FARTHEST)
            risen, slope, bend = days.curvature(there)
            fell = ~(risen >= height)
            if not fell.any():
                break
            reach[fell] /= 4
        there, risen, slope, bend = (
            np.where(fell[:, None], point, there), np.where(fell, height, risen), np.where(fell[:, None], gradient, slope),
            np.where(fell[:, None, None], information, bend),
        )  # fmt: skip
        moving &= np.abs(there - point).max(axis=1) > 1e-9
        point, height, gradient, information = there, risen, slope, bend
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
