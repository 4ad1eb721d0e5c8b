"""Where a likelihood is largest: from several starts, within bounds, with exact gradients, and how it looks there."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from ...arrays import BoolArray, FloatArray

Objective = Callable[[FloatArray], tuple[float, FloatArray]]
"""Coordinates -> the log-likelihood there, and its gradient."""

SAME = 1e-6  # log-likelihoods that differ by less are the same optimum
_NEARLY = 1e-4  # what a Newton step could still gain where a fit is said to have converged
_FLAT = 1e-3  # a derivative of the log-likelihood this small is none, where there is no Newton step to go by
_FAR = 6.0  # coordinates beyond this may be on their way to infinity
_STEPS, _HALVINGS = 60, 30
_LONGEST = 2.0  # step in any coordinate, where it is not far out
_NO_GAIN = 1e-8  # of log-likelihood, by a Newton step; the best search is refined beyond it
_LEVEL, _NOTHING = 1e-9, 1e-14  # derivatives and, relatively, gains too small to go on


def _same(coordinates: FloatArray) -> FloatArray:
    return coordinates


@dataclass(frozen=True, eq=False)
class Problem:
    """A log-likelihood to be maximized, in coordinates that suit the search.

    Attributes
    ----------
    names
        Of the parameters, one a coordinate.
    objective
        The log-likelihood and its gradient, in coordinates; -inf where it is impossible.
    starts
        Where to search from, shape (starts, parameters).
    lower, upper
        Bounds of the coordinates, -inf and inf where there are none.
    params_of
        Coordinates -> parameters, each parameter increasing with its own coordinate.
    unbounded_above
        Which coordinates have an upper bound that stands for infinity: the log-likelihood is flat far out.
    """

    names: tuple[str, ...]
    objective: Objective
    starts: FloatArray
    lower: FloatArray
    upper: FloatArray
    params_of: Callable[[FloatArray], FloatArray] = field(default=_same)
    unbounded_above: BoolArray | None = None


@dataclass(frozen=True, eq=False)
class Optimum:
    """The best of what the starts found.

    Attributes
    ----------
    problem
        What was maximized.
    coordinates, log_likelihood, gradient
        Where, how large, and how flat there.
    information
        Minus the second derivatives at the coordinates, shape (parameters, parameters); NaN for those at a bound.
    starts, reached
        How many searches there were, and how many of them ended within 0.001 of this log-likelihood.
    """

    problem: Problem
    coordinates: FloatArray
    log_likelihood: float
    gradient: FloatArray
    information: FloatArray
    starts: int
    reached: int

    @property
    def at_lower(self) -> BoolArray:
        """Which coordinates lie at their lower bound."""
        return np.asarray(self.coordinates <= self.problem.lower)

    @property
    def at_upper(self) -> BoolArray:
        """Which coordinates lie at their upper bound."""
        return np.asarray(self.coordinates >= self.problem.upper)

    @property
    def free(self) -> BoolArray:
        """Which coordinates lie between their bounds."""
        return ~(self.at_lower | self.at_upper)

    @property
    def gradient_norm(self) -> float:
        """The largest derivative along a coordinate that could still move uphill."""
        uphill = np.where(self.at_lower, np.maximum(self.gradient, 0), self.gradient)
        uphill = np.where(self.at_upper, np.minimum(uphill, 0), uphill)
        return float(np.abs(uphill).max(initial=0.0))

    @property
    def covariance(self) -> FloatArray:
        """The inverse information of the coordinates between their bounds; NaN where there is none."""
        covariance = np.full_like(self.information, np.nan)
        free = np.ix_(self.free, self.free)
        inner = self.information[free]
        if inner.size and np.isfinite(inner).all() and np.linalg.eigvalsh(inner).min() > 0:
            covariance[free] = np.linalg.inv(inner)
        return covariance

    @property
    def condition(self) -> float:
        """The condition number of the information of the coordinates between their bounds, scaled to a diagonal of 1."""
        inner = self.information[np.ix_(self.free, self.free)]
        if not inner.size:
            return 1.0
        diagonal = np.diag(inner)
        if not (np.isfinite(inner).all() and (diagonal > 0).all()):
            return float("inf")
        values = np.linalg.eigvalsh(inner / np.sqrt(np.outer(diagonal, diagonal)))
        return float(values[-1] / values[0]) if values[0] > 0 else float("inf")

    @property
    def converged(self) -> bool:
        """Whether nothing is left to gain nearby: less than 1e-4 of log-likelihood by a Newton step, and no way up from a bound."""
        if not np.isfinite(self.log_likelihood):
            return False
        inward = np.where(self.at_lower, self.gradient, np.where(self.at_upper, -self.gradient, 0.0))
        if (inward > _FLAT).any():
            return False
        free = self.free
        step = self.covariance[np.ix_(free, free)] @ self.gradient[free]
        gain = 0.5 * float(self.gradient[free] @ step) if free.any() else 0.0
        return bool(gain < _NEARLY) if np.isfinite(gain) else self.gradient_norm < _FLAT


def maximize(problem: Problem) -> Optimum:
    """Search from every start and return the best that was found.

    Coordinates on their way to infinity are put there where that costs less than 1e-6 of log-likelihood.
    """
    ends = [_climb(problem, start) for start in np.clip(problem.starts, problem.lower, problem.upper)]
    if not ends:
        ends = [(np.zeros(0), problem.objective(np.zeros(0))[0])]
    best, height = max(ends, key=lambda end: end[1])
    best, height = _to_infinity(problem, best, height)
    best, height, gradient, information = _refine(problem, best, height)
    reached = sum(end[1] > height - 1e-3 for end in ends)
    return Optimum(problem, best, height, gradient, information, len(ends), reached)


def maximize_given(problem: Problem, index: int, value: float, start: FloatArray) -> tuple[float, FloatArray]:
    """Return the largest log-likelihood with one coordinate held at a value, searched from `start`, and where it is."""
    others = np.arange(len(start)) != index
    held = start.copy()
    held[index] = value

    def objective(rest: FloatArray) -> tuple[float, FloatArray]:
        point = held.copy()
        point[others] = rest
        height, gradient = problem.objective(point)
        return height, gradient[others]

    inner = replace(
        problem,
        objective=objective,
        lower=problem.lower[others],
        upper=problem.upper[others],
        starts=start[None, others],
    )
    if not others.any():
        return problem.objective(held)[0], held
    held[others], height = _climb(inner, start[others])
    return height, held


def _climb(problem: Problem, start: FloatArray) -> tuple[FloatArray, float]:
    """Climb by Newton steps between the bounds, curvature by differences of the exact gradient.

    Parameters are few: scipy's L-BFGS-B takes more evaluations, and milliseconds of its own at each.
    """
    point = start
    height, gradient = problem.objective(point)
    if not np.isfinite(height):
        return point, -np.inf
    for _ in range(_STEPS):
        stuck = ((point <= problem.lower) & (gradient <= 0)) | ((point >= problem.upper) & (gradient >= 0))
        free = np.flatnonzero(~stuck)
        if not len(free) or np.abs(gradient[free]).max() < _LEVEL:
            break
        step = np.zeros_like(point)
        step[free] = _newton_step(problem, point, gradient, free)
        if gradient @ step < _NO_GAIN:
            break
        longest = np.maximum(_LONGEST, np.abs(point) / 2)
        step /= max(1.0, float((np.abs(step) / longest).max()))
        for _ in range(_HALVINGS):
            there = np.clip(point + step, problem.lower, problem.upper)
            value, slope = problem.objective(there)
            if np.isfinite(slope).all() and value >= height + 1e-4 * float(gradient @ (there - point)):
                break
            step = step / 2
        else:
            break
        gained, point, height, gradient = value - height, there, value, slope
        if gained < _NOTHING * max(1.0, abs(height)):
            break
    return point, height


def _newton_step(problem: Problem, point: FloatArray, gradient: FloatArray, free: npt.NDArray[np.int64]) -> FloatArray:
    """Return where a Newton step leads, with curvatures of the wrong sign turned round: always uphill."""
    curvature = np.empty((len(free), len(free)))
    for row, column in enumerate(free):
        step = 1e-5 * max(1.0, abs(point[column]))
        step = step if point[column] + step <= problem.upper[column] else -step
        aside = point.copy()
        aside[column] += step
        curvature[row] = (gradient - problem.objective(aside)[1])[free] / step
    if not np.isfinite(curvature).all():
        return gradient[free]
    values, vectors = np.linalg.eigh((curvature + curvature.T) / 2)
    values = np.maximum(np.abs(values), max(1e-8, 1e-12 * float(np.abs(values).max())))
    return np.asarray(vectors @ ((gradient[free] @ vectors) / values))


def _to_infinity(problem: Problem, best: FloatArray, height: float) -> tuple[FloatArray, float]:
    if problem.unbounded_above is None:
        return best, height
    far = problem.unbounded_above & (best > _FAR)
    if not far.any():
        return best, height
    point = best.copy()
    point[far] += (problem.upper - best)[far].min()  # together: what they are to each other stays
    there = problem.objective(point)[0]
    return (point, there) if there > height - SAME else (best, height)


def _refine(
    problem: Problem, best: FloatArray, height: float, steps: int = 3
) -> tuple[FloatArray, float, FloatArray, FloatArray]:
    """Take Newton steps along the coordinates between their bounds; return point, height, gradient and information there."""
    gradient = problem.objective(best)[1]
    information = information_at(problem, best)
    for _ in range(steps):
        free = (best > problem.lower) & (best < problem.upper)
        inner = information[np.ix_(free, free)]
        if not free.any() or not np.isfinite(inner).all() or np.linalg.eigvalsh(inner).min() <= 0:
            break
        step = np.zeros_like(best)
        step[free] = np.linalg.solve(inner, gradient[free])
        point = np.clip(best + step, problem.lower, problem.upper)
        there, slope = problem.objective(point)
        if not there > height:
            break
        gained, best, height, gradient = there - height, point, there, slope
        information = information_at(problem, best)
        if gained < 1e-10:
            break
    return best, height, gradient, information


def information_at(problem: Problem, point: FloatArray) -> FloatArray:
    """Return minus the second derivatives, by central differences of the exact gradient; NaN along coordinates at a bound."""
    size = len(point)
    information = np.full((size, size), np.nan)
    free = np.flatnonzero((point > problem.lower) & (point < problem.upper))
    for row in free:
        step = 1e-4 * max(1.0, abs(point[row]))
        step = min(step, (point[row] - problem.lower[row]) / 2, (problem.upper[row] - point[row]) / 2)
        ahead, behind = point.copy(), point.copy()
        ahead[row] += step
        behind[row] -= step
        change = problem.objective(behind)[1] - problem.objective(ahead)[1]
        information[row, free] = change[free] / (2 * step)
    inner = information[np.ix_(free, free)]
    information[np.ix_(free, free)] = (inner + inner.T) / 2
    return information
