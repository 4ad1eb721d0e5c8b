"""A straight line through times of which some are known only to lie beyond the end of observation.

y = α + σ x + ε with normal ε; where y lies beyond `y` as given, only that is known (J. Tobin 1958, Econometrica 26:24,
doi:10.2307/1907382). In the parameters (α/s, σ/s, 1/s), s the standard deviation of ε, the log-likelihood is concave
(R. J. Olsen 1978, Econometrica 46:1211, doi:10.2307/1911445), so Newton's steps find its only maximum.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...arrays import BoolArray, FloatArray

_STEPS = 100
_LOG_ROOT = 0.5 * math.log(2 * math.pi)


@dataclass(frozen=True, eq=False)
class CensoredLine:
    """A fitted line.

    Attributes
    ----------
    intercept, slope, scale
        α, σ and s; without `x`, the slope is 0.
    log_likelihood
        With its constants.
    standard_error
        Of the slope, from the curvature at the maximum.
    scores
        How each time pulls the line up, in units of 1/s: the residual over s, or, of a censored time, what is expected
        beyond. They sum to 0.
    converged
        Whether there is a maximum: none where the line runs through all that is known.
    """

    intercept: float
    slope: float
    scale: float
    log_likelihood: float
    standard_error: float
    scores: FloatArray
    converged: bool


def fit_line(y: FloatArray, known: BoolArray, x: FloatArray | None = None) -> CensoredLine:
    """Fit y = α (+ σ x) + ε, where `y` is the time if known and else the end of observation.

    Examples
    --------
    >>> y, known = np.array([1.0, 3.0, 2.0, 4.0]), np.array([True, True, True, False])
    >>> line = fit_line(y, known, np.array([0.0, 1.0, 2.0, 3.0]))
    >>> round(line.slope, 4), bool(line.converged), bool(abs(line.scores.sum()) < 1e-8)
    (1.0224, True, True)
    """
    middle, spread = float(y[known].mean()), float(y.std()) or 1.0
    columns = [np.ones(len(y)), (middle - y) / spread]
    x_middle, x_spread = (float(x.mean()), float(x.std()) or 1.0) if x is not None else (0.0, 1.0)
    if x is not None:
        columns.insert(1, (x - x_middle) / x_spread)
    design = np.column_stack(columns)
    beta, hessian, converged = _newton(design, known)
    z = design @ beta
    scores = np.where(known, -z, _pull(z))
    scale = spread / beta[-1]
    slope = float(beta[1] * scale / x_spread) if x is not None else 0.0
    error = math.nan
    if x is not None and converged:  # of β₁/θ, by the delta method
        turn = np.array([0.0, 1.0, -beta[1] / beta[-1]]) / beta[-1]
        error = float(np.sqrt(turn @ np.linalg.solve(hessian, turn))) * spread / x_spread
    intercept = float(middle + beta[0] * scale - slope * x_middle)
    likelihood = _log_likelihood(z, beta[-1], known) - known.sum() * math.log(spread)
    return CensoredLine(intercept, slope, float(scale), likelihood, error, scores, converged)


def slope_interval(
    y: FloatArray, known: BoolArray, x: FloatArray, line: CensoredLine, threshold: float
) -> tuple[float, float]:
    """Return the slopes at which twice the log-likelihood lies at most `threshold` below its maximum (profile likelihood)."""
    from scipy.optimize import brentq

    def above(slope: float) -> float:
        rest = fit_line(y - slope * x, known)
        return 2 * (line.log_likelihood - rest.log_likelihood) - threshold

    ends = []
    for way in (-1, 1):
        inner, step = line.slope, way * line.standard_error * math.sqrt(threshold)
        for _ in range(40):
            outer = line.slope + step
            if above(outer) > 0:
                ends.append(float(brentq(above, inner, outer, xtol=1e-9 * abs(step))))
                break
            inner, step = outer, 1.5 * step
        else:
            ends.append(way * math.inf)
    return ends[0], ends[1]


def _newton(design: FloatArray, known: BoolArray) -> tuple[FloatArray, FloatArray, bool]:
    """Return the maximum, minus the second derivatives there, and whether it was reached."""
    count = int(known.sum())
    beta = np.zeros(design.shape[1])
    beta[-1] = 1.0
    z = design @ beta
    value = _log_likelihood(z, beta[-1], known)
    hessian = np.eye(len(beta))
    for _ in range(_STEPS):
        pull = _pull(z)
        gradient = design.T @ np.where(known, -z, pull)
        gradient[-1] += count / beta[-1]
        hessian = (design * np.where(known, 1.0, pull * (z + pull))[:, None]).T @ design
        hessian[-1, -1] += count / beta[-1] ** 2
        step = np.linalg.lstsq(hessian, gradient, rcond=None)[0]
        gain = float(gradient @ step)
        if gain < 1e-12 * (1 + abs(value)):
            return beta + step, hessian, bool(beta[-1] < 1e8)
        share = 1.0 if step[-1] >= 0 else min(1.0, 0.9 * beta[-1] / -step[-1])
        while share > 1e-12:
            trial = beta + share * step
            z = design @ trial
            new = _log_likelihood(z, trial[-1], known)
            if new >= value + 1e-4 * share * gain:
                break
            share /= 2
        else:
            return beta, hessian, bool(gain < 1e-6)
        beta, value = trial, new
    return beta, hessian, False


def _log_likelihood(z: FloatArray, theta: float, known: BoolArray) -> float:
    from scipy.special import log_ndtr

    seen = z[known]
    return float(len(seen) * (math.log(theta) - _LOG_ROOT) - 0.5 * seen @ seen + log_ndtr(z[~known]).sum())


def _pull(z: FloatArray) -> FloatArray:
    """Return φ(z) / Φ(z), the mean of a standard normal beyond -z."""
    from scipy.special import log_ndtr

    ratio: Any = np.exp(-0.5 * z * z - _LOG_ROOT - log_ndtr(z))
    return np.asarray(ratio, dtype=np.float64)
