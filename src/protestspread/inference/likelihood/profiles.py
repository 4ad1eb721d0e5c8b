"""Profile-likelihood confidence intervals."""

import numpy as np

from ...arguments import Arguments
from ...arrays import FloatArray
from .maximize import Optimum, Problem, maximize_given

_WIDEST = 60  # most doublings of the first step
_STEEP = 1e3  # distance from the interval where the data are impossible


def check_level(level: float) -> float:
    """Return `level` as a float; raise `DataError` unless it is between 0 and 1."""
    with Arguments() as check:
        share: float = check.number("level", level, above=0, at_most=np.nextafter(1, 0))
    return share


def profile_interval(optimum: Optimum, index: int, *, level: float = 0.95) -> tuple[float, float]:
    """Return the profile-likelihood confidence interval of one parameter.

    Parameters
    ----------
    optimum
        The maximum of the likelihood.
    index
        Number of the parameter.
    level
        Confidence level. The interval contains every value at which the log-likelihood, maximized over the other
        parameters, lies at most χ²₁(level)/2 below the maximum.

    Returns
    -------
    low, high
        Ends on the scale of the parameter. If the likelihood does not fall that far, the end is the bound: for a
        strength of transmission, 0 or infinity.

    Notes
    -----
    D. J. Venzon, S. H. Moolgavkar (1988), A method for computing profile-likelihood-based confidence intervals, Applied
    Statistics 37:87-94, doi:10.2307/2347496. At a bound, coverage exceeds `level`.
    """
    from scipy.stats import chi2

    check_level(level)
    drop = float(chi2.ppf(level, 1)) / 2
    low, high = _end(optimum, index, -1, drop), _end(optimum, index, 1, drop)
    return _param(optimum, index, low), _param(optimum, index, high)


def _end(optimum: Optimum, index: int, side: int, drop: float) -> float:
    """Return the coordinate on one side at which the profile has fallen by `drop`, or the bound if it never does."""
    from scipy.optimize import brentq

    problem, inside, where = optimum.problem, float(optimum.coordinates[index]), optimum.coordinates
    bound = float((problem.upper if side > 0 else problem.lower)[index])
    variance = optimum.covariance[index, index]
    step = side * (2 * np.sqrt(variance) if np.isfinite(variance) and variance > 0 else 0.5)

    def beyond(value: float) -> float:
        """Return a number that is positive outside the interval; square roots, as the profile is nearly a parabola."""
        height = maximize_given(problem, index, value, where)[0]
        fallen = max(optimum.log_likelihood - height, 0.0)
        return float(np.sqrt(fallen) - np.sqrt(drop)) if np.isfinite(fallen) else _STEEP

    for _ in range(_WIDEST):
        if inside == bound:
            return bound
        outside = min(inside + step, bound) if side > 0 else max(inside + step, bound)
        if beyond(outside) > 0 and (other := _higher_mode(optimum, index, outside, drop)) is not None:
            where = other  # the profile has several modes, and this one lies inside the interval
        if beyond(outside) > 0:
            end = float(brentq(beyond, inside, outside, xtol=1e-7, rtol=1e-7))
            return bound if side > 0 and _diverges_with_others(problem, index, end, where) else end
        where = maximize_given(problem, index, outside, where)[1]
        inside, step = outside, 2 * step
    return side * np.inf


def _higher_mode(optimum: Optimum, index: int, value: float, drop: float) -> FloatArray | None:
    """Return coordinates at which the profile at `value` lies inside the interval, searched from all starts, or None."""
    for start in optimum.problem.starts:
        height, where = maximize_given(optimum.problem, index, value, start)
        if height >= optimum.log_likelihood - drop:
            return where
    return None


def _diverges_with_others(problem: Problem, index: int, value: float, where: FloatArray) -> bool:
    """Return whether other coordinates are at infinity there, in which case this one is unbounded too."""
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
