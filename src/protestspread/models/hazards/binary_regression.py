"""The likelihood of joining or not, by place-day: cloglog or logit, with Firth's penalty if asked for.

log L = Σ y log p + (1 - y) log(1 - p), with p = 1 - exp(-exp(η)) (cloglog) or 1 / (1 + exp(-η)) (logit) and
η = intercept of the day + columns · coefficients. Firth's penalty adds half the log determinant of the expected information.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
from scipy.special import expit

from ...arrays import FloatArray, IntArray
from ...inference.likelihood.maximize import Optimum, Problem, maximize

Link = Literal["cloglog", "logit"]

_HIGHEST, _LOWEST = 25.0, -40.0  # of the linear predictor; beyond, a probability is 1 or a rate 0 to all digits
_POLISH = 50  # most scoring steps after the search
_LEVEL = 1e-9


class Slopes(NamedTuple):
    """The log-likelihood of each row, and what its derivatives by the linear predictor are made of.

    ``score`` and ``observed`` are the first and the negative second derivative, ``weight`` the expected information and
    ``change`` the derivative of ``weight``.
    """

    value: FloatArray
    score: FloatArray
    observed: FloatArray
    weight: FloatArray
    change: FloatArray


def probability(eta: FloatArray, link: Link) -> FloatArray:
    """Return the probability of joining given the linear predictor.

    Examples
    --------
    >>> probability(np.array([-1.0, 0.0]), "cloglog").round(4).tolist()
    [0.3078, 0.6321]
    """
    eta = np.clip(eta, _LOWEST, _HIGHEST)
    return np.asarray(-np.expm1(-np.exp(eta)) if link == "cloglog" else expit(eta))


def predictor(share: FloatArray, link: Link) -> FloatArray:
    """Return the linear predictor of a probability strictly between 0 and 1."""
    return np.asarray(np.log(-np.log1p(-share)) if link == "cloglog" else np.log(share / (1 - share)))


def slopes_at(eta: FloatArray, joined: FloatArray, link: Link) -> Slopes:
    """Return the log-likelihood of each row and its derivatives by the linear predictor."""
    eta = np.clip(eta, _LOWEST, _HIGHEST)
    if link == "logit":
        p = expit(eta)
        weight = p * (1 - p)
        value = np.where(joined > 0, -np.logaddexp(0, -eta), -np.logaddexp(0, eta))
        return Slopes(value, joined - p, weight, weight, weight * (1 - 2 * p))
    rate = np.exp(eta)
    many = np.minimum(rate, 700.0)
    odds = rate / np.expm1(many)  # the score of a row that joined
    curve = many / -np.expm1(-many)
    value = np.where(joined > 0, np.log(-np.expm1(-many)), -rate)
    score = np.where(joined > 0, odds, -rate)
    observed = np.where(joined > 0, odds * (curve - 1), rate)
    weight = odds * rate
    return Slopes(value, score, observed, weight, weight * (2 - curve))


@dataclass(frozen=True, eq=False)
class BinaryRegression:
    """Rows that joined or did not, each with one intercept.

    Attributes
    ----------
    joined
        1 or 0, shape (rows,).
    group
        The number of the intercept of each row.
    columns
        Shape (rows, columns).
    names
        Names of the intercepts, then of the columns.
    link
        "cloglog" or "logit".
    firth
        Whether the likelihood is penalized.
    """

    joined: FloatArray
    group: IntArray
    columns: FloatArray
    names: tuple[str, ...]
    link: Link
    firth: bool

    @cached_property
    def groups(self) -> int:
        """Number of intercepts."""
        return len(self.names) - int(self.columns.shape[1])

    @cached_property
    def scale(self) -> FloatArray:
        """The standard deviation of each column within intercepts: the search runs in these units."""
        deviation = np.sqrt(((self.columns - self.means(np.ones(len(self.joined)))[self.group]) ** 2).mean(axis=0))
        return np.asarray(np.where(deviation > 0, deviation, 1.0))

    def means(self, weight: FloatArray) -> FloatArray:
        """Return the weighted mean of the columns by intercept, shape (intercepts, columns)."""
        total = np.bincount(self.group, weight, self.groups)
        sums = [np.bincount(self.group, weight * column, self.groups) for column in self.columns.T]
        return np.asarray(np.array(sums).reshape(-1, self.groups).T / np.maximum(total, 1e-300)[:, None])

    def eta(self, at: FloatArray) -> FloatArray:
        """Return the linear predictor at some parameters."""
        return np.asarray(at[: self.groups][self.group] + self.columns @ at[self.groups :])

    @cached_property
    def _last(self) -> dict[bytes, Slopes]:
        return {}

    def slopes(self, at: FloatArray) -> Slopes:
        """Return the log-likelihood of each row and its derivatives; the last ones are kept, as a search asks for them twice."""
        key = at.tobytes()
        if key not in self._last:
            self._last.clear()
            self._last[key] = slopes_at(self.eta(at), self.joined, self.link)
        return self._last[key]

    def information(self, weight: FloatArray) -> FloatArray:
        """Return Σ weight · x xᵀ over rows, for intercepts and columns."""
        sums = np.bincount(self.group, weight, self.groups)
        cross = np.array([np.bincount(self.group, weight * column, self.groups) for column in self.columns.T])
        inner = (self.columns * weight[:, None]).T @ self.columns
        return np.block([[np.diag(sums), cross.reshape(-1, self.groups).T], [cross.reshape(-1, self.groups), inner]])

    def gradient(self, by_row: FloatArray) -> FloatArray:
        """Return the derivative by the parameters, from that by the linear predictor of each row."""
        return np.concatenate([np.bincount(self.group, by_row, self.groups), by_row @ self.columns])

    def objective(self, at: FloatArray) -> tuple[float, FloatArray]:
        """Return the (penalized) log-likelihood and its gradient."""
        slopes = self.slopes(at)
        value, gradient = float(slopes.value.sum()), self.gradient(slopes.score)
        if not self.firth:
            return value, gradient
        penalty, by_row = self._penalty(slopes)
        return value + penalty, gradient + self.gradient(by_row)

    def _penalty(self, slopes: Slopes) -> tuple[float, FloatArray]:
        """Return half the log determinant of the expected information, and its derivative by each linear predictor."""
        total = np.bincount(self.group, slopes.weight, self.groups)
        centered = self.columns - self.means(slopes.weight)[self.group]
        inner = (centered * slopes.weight[:, None]).T @ centered
        sign, log_inner = np.linalg.slogdet(inner) if len(inner) else (1.0, 0.0)
        if sign <= 0 or (total <= 0).any():
            return -np.inf, np.zeros(len(self.joined))
        leverage = 1 / total[self.group] + np.einsum("ri,ri->r", centered, np.linalg.solve(inner, centered.T).T)
        return 0.5 * float(np.log(total).sum() + log_inner), 0.5 * slopes.change * leverage

    def expected_information(self, at: FloatArray) -> FloatArray:
        """Return the expected information at some parameters."""
        return self.information(self.slopes(at).weight)

    def observed_information(self, at: FloatArray) -> FloatArray:
        """Return the observed information of the likelihood without penalty."""
        return self.information(self.slopes(at).observed)

    def log_likelihood(self, at: FloatArray) -> float:
        """Return the log-likelihood without penalty."""
        return float(self.slopes(at).value.sum())

    def scores(self, at: FloatArray, cluster: IntArray) -> FloatArray:
        """Return the summed score of each cluster, shape (clusters, parameters)."""
        by_row = self.slopes(at).score
        count, parameters = int(cluster.max()) + 1, len(self.names)
        total = np.zeros((count, parameters))
        np.add.at(total, (cluster, self.group), by_row)
        for number, column in enumerate(self.columns.T):
            total[:, self.groups + number] = np.bincount(cluster, by_row * column, count)
        return total

    @property
    def problem(self) -> Problem:
        """The likelihood as an optimization problem."""
        size = len(self.names)
        share = (np.bincount(self.group, self.joined, self.groups) + 0.5) / (
            np.bincount(self.group, minlength=self.groups) + 1
        )
        start = np.concatenate([predictor(share, self.link), np.zeros(size - self.groups)])
        curvature = self.expected_information if self.firth else self.observed_information
        bound = np.full(size, np.inf)
        return Problem(self.names, self.objective, start[None], -bound, bound, curvature=curvature)

    def fit(self) -> Optimum:
        """Return the maximum; its information is the expected one."""
        found = maximize(self.problem)
        at, height, gradient = found.coordinates, found.log_likelihood, found.gradient
        for _ in range(_POLISH):
            if np.abs(gradient).max(initial=0.0) < _LEVEL:
                break
            try:
                step = np.linalg.solve(found.problem.curvature(at), gradient)  # type: ignore[misc]
            except np.linalg.LinAlgError:
                break
            there = at + step
            value, slope = self.objective(there)
            if not value >= height - 1e-9 or not np.isfinite(slope).all():
                break
            at, height, gradient = there, value, slope
        return Optimum(found.problem, at, height, gradient, self.expected_information(at), found.starts, found.reached)

    def calibrated(self, at: FloatArray) -> FloatArray:
        """Return the parameters with intercepts at which the expected number of onsets of each group is the observed one."""
        moved, number = at.copy(), np.bincount(self.group, self.joined, self.groups)
        for _ in range(_POLISH):
            eta = np.clip(self.eta(moved), _LOWEST, _HIGHEST)
            p = probability(eta, self.link)
            slope = p * (1 - p) if self.link == "logit" else np.exp(eta - np.exp(eta))
            short = number - np.bincount(self.group, p, self.groups)
            if np.abs(short).max(initial=0.0) < 1e-10:
                break
            moved[: self.groups] += np.clip(
                short / np.maximum(np.bincount(self.group, slope, self.groups), 1e-12), -2, 2
            )
        return moved
