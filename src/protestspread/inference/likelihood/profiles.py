"""Profile likelihood: how far a parameter can go while the others follow, before the data object."""

import numpy as np

from ...arrays import FloatArray
from ...errors import DataError
from .maximize import Optimum, Problem, maximize_given

_WIDEST = 60  # doublings of the first step
_STEEP = 1e3  # for where the data are impossible


def check_level(level: float) -> None:
    """Raise `DataError` unless it is a level of confidence, between 0 and 1."""
    if not 0 < level < 1:
        raise DataError("there is no such interval", [f"level = {level!r}"], "a number between 0 and 1, such as 0.95")


def profile_interval(optimum: Optimum, index: int, *, level: float = 0.95) -> tuple[float, float]:
    """Return the ends of the profile-likelihood interval of one parameter.

    Parameters
    ----------
    optimum
        Where the likelihood is largest.
    index
        Which parameter.
    level
        Of confidence: the interval holds every value at which the largest log-likelihood over the other parameters lies
        at most χ²₁(level)/2 below the maximum.

    Returns
    -------
    low, high
        Of the parameter itself. Where the likelihood has not fallen so far at a bound, the end is the bound: 0 or
        infinity for a strength of transmission.

    Notes
    -----
    D. J. Venzon, S. H. Moolgavkar (1988), A method for computing profile-likelihood-based confidence intervals, Applied
    Statistics 37:87-94, doi:10.2307/2347496. At a bound the interval covers more often than `level` says.
    """
    from scipy.stats import chi2

    check_level(level)
    drop = float(chi2.ppf(level, 1)) / 2
    low, high = _end(optimum, index, -1, drop), _end(optimum, index, 1, drop)
    return _param(optimum, index, low), _param(optimum, index, high)


def _end(optimum: Optimum, index: int, side: int, drop: float) -> float:
    """Return the coordinate, on one side, at which the profile has fallen by `drop`; its bound where it never does."""
    from scipy.optimize import brentq

    problem, inside, where = optimum.problem, float(optimum.coordinates[index]), optimum.coordinates
    bound = float((problem.upper if side > 0 else problem.lower)[index])
    variance = optimum.covariance[index, index]
    step = side * (2 * np.sqrt(variance) if np.isfinite(variance) and variance > 0 else 0.5)

    def beyond(value: float) -> float:
        """Square roots, because the profile is nearly a parabola; positive outside the interval."""
        height = maximize_given(problem, index, value, where)[0]
        fallen = max(optimum.log_likelihood - height, 0.0)
        return float(np.sqrt(fallen) - np.sqrt(drop)) if np.isfinite(fallen) else _STEEP

    for _ in range(_WIDEST):
        if inside == bound:
            return bound
        outside = min(inside + step, bound) if side > 0 else max(inside + step, bound)
        if beyond(outside) > 0 and (other := _elsewhere(optimum, index, outside, drop)) is not None:
            where = other  # the profile has several valleys, and the data do not object to this one
        if beyond(outside) > 0:
            end = float(brentq(beyond, inside, outside, xtol=1e-7, rtol=1e-7))
            return bound if side > 0 and _drawn_along(problem, index, end, where) else end
        where = maximize_given(problem, index, outside, where)[1]
        inside, step = outside, 2 * step
    return side * np.inf


def _elsewhere(optimum: Optimum, index: int, value: float, drop: float) -> FloatArray | None:
    """Return a point from which the profile at a value is found to lie inside after all; None where there is none."""
    for start in optimum.problem.starts:
        height, where = maximize_given(optimum.problem, index, value, start)
        if height >= optimum.log_likelihood - drop:
            return where
    return None


def _drawn_along(problem: Problem, index: int, value: float, where: FloatArray) -> bool:
    """Whether others are at infinity there: this one would go on for ever with them."""
    if problem.unbounded_above is None or not problem.unbounded_above[index]:
        return False
    others = problem.unbounded_above & (np.arange(len(where)) != index)
    there = maximize_given(problem, index, value, where)[1]
    return bool((there >= problem.upper)[others].any())


def _param(optimum: Optimum, index: int, coordinate: float) -> float:
    if np.isinf(coordinate):
        return coordinate
    point = optimum.coordinates.copy()
    point[index] = coordinate
    return float(optimum.problem.params_of(point)[index])
