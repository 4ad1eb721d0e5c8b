"""Linear regression with normal errors for times that are known to lie in an interval.

y = Xβ + ε with normal ε, and `low` ≤ y ≤ `high`; a time is exact where both are equal (R. W. M. Wedderburn, 1974, and
J. Tobin 1958, doi:10.2307/1907382, treat the special cases). In the parameters (β/s, 1/s), with s the standard deviation of ε,
the log-likelihood is concave (J. Burridge 1981, doi:10.1111/j.2517-6161.1981.tb01150.x), so Newton's method finds its only
maximum. Where some line fits all intervals, s ends at a twentieth of a typical interval.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...arrays import BoolArray, FloatArray

_NO_GAIN = 1e-12  # relative gain in log-likelihood that ends the search
_LOG_ROOT = 0.5 * math.log(2 * math.pi)
_STEPS, _HALVINGS = 60, 30
_FINEST = 20.0  # smallest standard deviation: the typical interval divided by this


@dataclass(frozen=True, eq=False)
class IntervalLine:
    """A fitted regression of times in intervals.

    Attributes
    ----------
    coefficients
        One for each column.
    scale
        Standard deviation of the errors.
    log_likelihood
        Log-likelihood, including constants.
    covariance
        Of the coefficients, from the curvature at the maximum.
    scores
        Expected error of each time, in units of the scale.
    converged
        Whether a maximum was found.
    """

    coefficients: FloatArray
    scale: float
    log_likelihood: float
    covariance: FloatArray
    scores: FloatArray
    converged: bool


def fit_line(low: FloatArray, high: FloatArray, design: FloatArray) -> IntervalLine:
    """Fit y = Xβ + ε; the first column of `design` is constant.

    Examples
    --------
    >>> days, x = np.array([1.0, 3.0, 2.0, 4.0]), np.arange(4.0)
    >>> line = fit_line(days - 0.5, days + 0.5, np.column_stack([np.ones(4), x]))
    >>> round(float(line.coefficients[1]), 4), bool(line.converged), bool(abs(line.scores.sum()) < 1e-8)
    (0.7967, True, True)
    """
    y = (low + high) / 2
    middle, spread = float(y.mean()), float(y.std()) or 1.0
    center, width = design.mean(axis=0), design.std(axis=0)
    center[0], width[0] = 0.0, 1.0
    width[width == 0] = 1.0
    scaled = (design - center) / width
    since, until = (low - middle) / spread, (high - middle) / spread
    typical = float(np.median(until - since))
    beta, hessian, converged = _newton(since, until, scaled, _FINEST / typical if typical > 0 else math.inf)
    theta = beta[-1]
    value, scores = _terms(since, until, scaled, beta)[:2]
    to_days = np.diag(spread / width / theta)
    to_days[0] -= spread / theta * center / width
    slopes = np.column_stack([to_days, -to_days @ beta[:-1] / theta])  # of the coefficients by all parameters
    coefficients = to_days @ beta[:-1]
    coefficients[0] += middle
    exact = float((low == high).sum())
    return IntervalLine(
        coefficients, spread / theta, value - exact * math.log(spread), slopes @ np.linalg.pinv(hessian) @ slopes.T, scores, converged,
    )  # fmt: skip


def slope_interval(
    low: FloatArray, high: FloatArray, design: FloatArray, line: IntervalLine, threshold: float
) -> tuple[float, float]:
    """Return the profile-likelihood interval of the last coefficient.

    It holds the values at which twice the log-likelihood is at most `threshold` below its maximum.
    """
    x, others = design[:, -1], design[:, :-1]
    slope = float(line.coefficients[-1])

    def lost(at: float) -> float:
        return 2 * (line.log_likelihood - fit_line(low - at * x, high - at * x, others).log_likelihood)

    step = math.sqrt(float(line.covariance[-1, -1]) * max(threshold, 1.0))
    return profile_ends(lost, threshold, slope, step or 1e-9 * abs(slope))


def profile_ends(
    lost: Callable[[float], float], threshold: float, best: float, step: float, most: float = math.inf
) -> tuple[float, float]:
    """Return where `lost`, which is 0 at `best`, reaches a threshold on both sides; infinite where it has not at `most`.

    The search is over square roots, which are nearly linear.
    """
    from scipy.optimize import brentq

    def fall(at: float) -> float:
        return math.sqrt(max(lost(at), 0.0)) - math.sqrt(threshold)

    ends = []
    for way in (-1, 1):
        inner, reach = best, 1.05 * step
        for _ in range(40):
            outer = best + way * reach
            if fall(outer) > 0:  # beyond the start, or at it where rounding leaves no interval
                ends.append(float(brentq(fall, inner, outer, xtol=1e-6 * reach)) if fall(inner) < 0 else inner)
                break
            inner, reach = outer, 1.6 * reach
            if way * inner > most:
                ends.append(way * math.inf)
                break
        else:
            ends.append(way * math.inf)
    return ends[0], ends[1]


def _newton(
    low: FloatArray, high: FloatArray, design: FloatArray, finest: float
) -> tuple[FloatArray, FloatArray, bool]:
    """Return the parameters at the maximum, the negative Hessian, and whether the search converged.

    The last parameter stays above 0 and at most `finest`; a step that gains nothing is halved.
    """
    beta = np.zeros(design.shape[1] + 1)
    beta[-1] = min(1.0, finest)
    value, _, gradient, hessian = _terms(low, high, design, beta)
    for _ in range(_STEPS):
        free = np.ones(len(beta), dtype=bool)
        free[-1] = beta[-1] < finest or gradient[-1] < 0
        step = np.zeros(len(beta))
        step[free] = np.linalg.lstsq(hessian[np.ix_(free, free)], gradient[free], rcond=None)[0]
        if gradient @ step < _NO_GAIN * (1 + abs(value)):
            return beta, hessian, bool(beta[-1] < 1e8)
        if step[-1] < 0:
            step *= min(1.0, 0.9 * beta[-1] / -step[-1])
        for _ in range(_HALVINGS):
            there = beta + step
            there[-1] = min(there[-1], finest)
            found = _terms(low, high, design, there)
            if found[0] >= value:
                break
            step = step / 2
        else:
            break
        beta, (value, _, gradient, hessian) = there, found
    return beta, hessian, bool(gradient @ step < 1e-6)


def _terms(
    low: FloatArray, high: FloatArray, design: FloatArray, beta: FloatArray
) -> tuple[float, FloatArray, FloatArray, FloatArray]:
    """Return the log-likelihood, the expected error of each time, the gradient and the negative Hessian."""
    theta, mean = float(beta[-1]), design @ beta[:-1]
    a, b = theta * low - mean, theta * high - mean
    exact = low == high
    by_low, by_high, log_share = _densities(a, b, exact)
    at_low, at_high = np.column_stack([-design, low]), np.column_stack([-design, high])
    count, inside = int(exact.sum()), ~exact
    value = float(log_share[inside].sum() - 0.5 * a[exact] @ a[exact]) + count * (math.log(theta) - _LOG_ROOT)
    gradient = by_high @ at_high - by_low @ at_low
    one = np.where(exact, 1.0, by_high**2 + b * by_high)
    other, cross = np.where(exact, 0.0, by_low**2 - a * by_low), np.where(exact, 0.0, by_low * by_high)
    mixed = (at_high * cross[:, None]).T @ at_low
    hessian = (at_high * one[:, None]).T @ at_high + (at_low * other[:, None]).T @ at_low - mixed - mixed.T
    gradient[-1] += count / theta
    hessian[-1, -1] += count / theta**2
    return value, np.asarray(by_low - by_high), gradient, hessian


def _densities(a: FloatArray, b: FloatArray, exact: BoolArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return φ(a)/P, φ(b)/P and log P, where P = Φ(b) - Φ(a); for exact times the slopes -a and 0 of the density instead."""
    from scipy.special import log_ndtr

    flip = a > 0  # in the lower tail, logarithms of Φ are accurate
    one, other = np.where(flip, -b, a), np.where(flip, -a, b)
    upper = log_ndtr(other)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = upper + np.log(-np.expm1(log_ndtr(one) - upper))
    share = np.where(exact, 0.0, share)
    by_low, by_high = (np.exp(-0.5 * z * z - _LOG_ROOT - share) for z in (a, b))
    return np.where(exact, 0.0, by_low), np.where(exact, -a, by_high), np.asarray(share)
