"""Maximize a log-likelihood within bounds, from several starts and with exact gradients."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from ...arrays import BoolArray, FloatArray

Objective = Callable[[FloatArray], tuple[float, FloatArray]]
"""Function of the coordinates that returns the log-likelihood and its gradient."""

SAME = 1e-6  # log-likelihoods that differ by less count as the same optimum
_NEARLY = 1e-4  # largest gain by a Newton step at which a fit counts as converged
_FLAT = 1e-3  # derivatives below this count as 0 if no Newton step exists
_FAR = 6.0  # coordinates above this may diverge to infinity
_STEPS, _HALVINGS = 60, 30
_LONGEST = 2.0  # longest step in any coordinate near the origin
_NO_GAIN = 1e-8  # gain in log-likelihood by a Newton step that ends a search; the best search is refined further
_LEVEL, _NOTHING = 1e-9, 1e-14  # derivatives, and relative gains, that end a search


def _same(coordinates: FloatArray) -> FloatArray:
    return coordinates


@dataclass(frozen=True, eq=False)
class Problem:
    """A log-likelihood to maximize, in coordinates that suit the search.

    Attributes
    ----------
    names
        Names of the parameters, one per coordinate.
    objective
        The log-likelihood and its gradient; -inf where the data are impossible.
    starts
        Starting points, shape (starts, parameters).
    lower, upper
        Bounds of the coordinates; -inf and inf if unbounded.
    params_of
        Function from coordinates to parameters; each parameter increases with its own coordinate.
    unbounded_above
        Mask of coordinates whose upper bound represents infinity, because the log-likelihood becomes flat.
    curvature
        Function from coordinates to the negative Hessian, or an approximation of it that is positive definite; None to take
        differences of the gradient.
    """

    names: tuple[str, ...]
    objective: Objective
    starts: FloatArray
    lower: FloatArray
    upper: FloatArray
    params_of: Callable[[FloatArray], FloatArray] = field(default=_same)
    unbounded_above: BoolArray | None = None
    curvature: Callable[[FloatArray], FloatArray] | None = None


@dataclass(frozen=True, eq=False)
class Optimum:
    """The best maximum over all starts.

    Attributes
    ----------
    problem
        The maximized problem.
    coordinates, log_likelihood, gradient
        Position, value and gradient at the maximum.
    information
        Observed information (negative Hessian), shape (parameters, parameters); NaN for coordinates at a bound.
    starts, reached
        Number of searches, and how many of them ended within 0.001 of this log-likelihood.
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
        """Mask of the coordinates at their lower bound."""
        return np.asarray(self.coordinates <= self.problem.lower)

    @property
    def at_upper(self) -> BoolArray:
        """Mask of the coordinates at their upper bound."""
        return np.asarray(self.coordinates >= self.problem.upper)

    @property
    def free(self) -> BoolArray:
        """Mask of the coordinates strictly between their bounds."""
        return ~(self.at_lower | self.at_upper)

    @property
    def gradient_norm(self) -> float:
        """Largest absolute derivative along coordinates that can still move uphill."""
        uphill = np.where(self.at_lower, np.maximum(self.gradient, 0), self.gradient)
        uphill = np.where(self.at_upper, np.minimum(uphill, 0), uphill)
        return float(np.abs(uphill).max(initial=0.0))

    @property
    def covariance(self) -> FloatArray:
        """Inverse information of the coordinates between their bounds; NaN elsewhere or if the information is singular."""
        covariance = np.full_like(self.information, np.nan)
        free = np.ix_(self.free, self.free)
        inner = self.information[free]
        if inner.size and np.isfinite(inner).all() and np.linalg.eigvalsh(inner).min() > 0:
            covariance[free] = np.linalg.inv(inner)
        return covariance

    @property
    def condition(self) -> float:
        """Condition number of the information of the coordinates between their bounds, scaled to a unit diagonal."""
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
        """Whether a Newton step would gain less than 1e-4 of log-likelihood, and no bound has an inward slope uphill."""
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
    """Search from every start and return the best maximum.

    Diverging coordinates are set to infinity if that costs less than 1e-6 of log-likelihood.
    """
    ends = [climb_from(problem, start) for start in np.clip(problem.starts, problem.lower, problem.upper)]
    if not ends:
        ends = [(np.zeros(0), problem.objective(np.zeros(0))[0])]
    best, height = max(ends, key=lambda end: end[1])
    best, height = _to_infinity(problem, best, height)
    best, height, gradient, information = _refine(problem, best, height)
    reached = sum(end[1] > height - 1e-3 for end in ends)
    return Optimum(problem, best, height, gradient, information, len(ends), reached)


def maximize_given(problem: Problem, index: int, value: float, start: FloatArray) -> tuple[float, FloatArray]:
    """Return the maximum with one coordinate held at `value`, searched from `start`: log-likelihood and coordinates."""
    others = np.arange(len(start)) != index
    held = start.copy()
    held[index] = value
    if not others.any():
        return problem.objective(held)[0], held
    held[others], height = climb_from(with_held(problem, held, others), start[others])
    return height, held


def with_held(problem: Problem, at: FloatArray, free: BoolArray) -> Problem:
    """Return the problem in which some coordinates are free and the others are held at their values in `at`."""
    whole = problem.curvature

    def full(rest: FloatArray) -> FloatArray:
        point = at.copy()
        point[free] = rest
        return point

    def objective(rest: FloatArray) -> tuple[float, FloatArray]:
        height, gradient = problem.objective(full(rest))
        return height, gradient[free]

    def curvature(rest: FloatArray) -> FloatArray:
        return np.zeros((0, 0)) if whole is None else whole(full(rest))[np.ix_(free, free)]

    return replace(
        problem,
        objective=objective,
        curvature=None if whole is None else curvature,
        lower=problem.lower[free],
        upper=problem.upper[free],
        starts=at[None, free],
    )


def climb_from(problem: Problem, start: FloatArray) -> tuple[FloatArray, float]:
    """Return the maximum that a search from `start` reaches, coordinates and log-likelihood; bounds are kept.

    It takes Newton steps, with the Hessian from differences of the exact gradient. For few parameters, scipy's L-BFGS-B needs more evaluations and adds milliseconds to each.
    """

    def step_at(point: FloatArray, _height: float, gradient: FloatArray) -> FloatArray | None:
        stuck = ((point <= problem.lower) & (gradient <= 0)) | ((point >= problem.upper) & (gradient >= 0))
        free = np.flatnonzero(~stuck)
        if not len(free) or np.abs(gradient[free]).max() < _LEVEL:
            return None
        step = np.zeros_like(point)
        step[free] = _newton_step(problem, point, gradient, free)
        if gradient @ step < _NO_GAIN:
            return None
        longest = np.maximum(_LONGEST, np.abs(point) / 2)
        return np.asarray(step / max(1.0, float((np.abs(step) / longest).max())))

    return climb(problem.objective, start, step_at, problem.lower, problem.upper)


def climb(
    objective: Objective,
    start: FloatArray,
    step_at: Callable[[FloatArray, float, FloatArray], FloatArray | None],
    lower: npt.ArrayLike = -np.inf,
    upper: npt.ArrayLike = np.inf,
) -> tuple[FloatArray, float]:
    """Return the point, and its height, that steps uphill reach from `start`; a step that gains too little is halved.

    `step_at` returns the step from a point with its height and gradient, or None at the end of the search.
    """
    point = start
    height, gradient = objective(point)
    if not np.isfinite(height):
        return point, -np.inf
    for _ in range(_STEPS):
        step = step_at(point, height, gradient)
        if step is None:
            break
        for _ in range(_HALVINGS):
            there = np.clip(point + step, lower, upper)
            value, slope = objective(there)
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
    """Return a Newton step with curvatures of the wrong sign reversed, so that it always goes uphill."""
    curvature = np.empty((len(free), len(free)))
    if problem.curvature is not None:
        curvature = problem.curvature(point)[np.ix_(free, free)]
    else:
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
    point[far] += (problem.upper - best)[far].min()  # all by the same amount, which keeps their differences
    there = problem.objective(point)[0]
    return (point, there) if there > height - SAME else (best, height)


def _refine(
    problem: Problem, best: FloatArray, height: float, steps: int = 3
) -> tuple[FloatArray, float, FloatArray, FloatArray]:
    """Refine by Newton steps in the coordinates between bounds; return point, value, gradient and information."""
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
    """Return the negative Hessian, if need be by central differences of the exact gradient; NaN for coordinates at a bound."""
    size = len(point)
    information = np.full((size, size), np.nan)
    free = np.flatnonzero((point > problem.lower) & (point < problem.upper))
    if problem.curvature is not None:
        information[np.ix_(free, free)] = problem.curvature(point)[np.ix_(free, free)]
        return information
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
