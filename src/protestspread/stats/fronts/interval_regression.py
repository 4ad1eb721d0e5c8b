"""Linear regression with normal errors for right-censored times.

y = α + σ x + ε with normal ε; a censored time is only known to be later than its value (J. Tobin 1958, Econometrica 26:24,
doi:10.2307/1907382). In the parameters (α/s, σ/s, 1/s), with s the standard deviation of ε, the log-likelihood is concave
(R. J. Olsen 1978, Econometrica 46:1211, doi:10.2307/1911445), so Newton's method finds its only maximum.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...arrays import BoolArray, FloatArray
from ...inference.likelihood.maximize import climb

_NO_GAIN = 1e-12  # relative gain in log-likelihood that ends the search
_LOG_ROOT = 0.5 * math.log(2 * math.pi)


@dataclass(frozen=True, eq=False)
class CensoredLine:
    """A fitted censored regression line.

    Attributes
    ----------
    intercept, slope, scale
        α, σ and s; the slope is 0 without `x`.
    log_likelihood
        Log-likelihood, including constants.
    standard_error
        Standard error of the slope, from the curvature at the maximum.
    scores
        Score of each time, in units of 1/s: the residual divided by s, or, for a censored time, its expected value. The
        scores sum to 0.
    converged
        Whether a maximum was found; there is none if all uncensored times lie on the line.
    """

    intercept: float
    slope: float
    scale: float
    log_likelihood: float
    standard_error: float
    scores: FloatArray
    converged: bool


def fit_line(y: FloatArray, known: BoolArray, x: FloatArray | None = None) -> CensoredLine:
    """Fit y = α (+ σ x) + ε, where `y` is the time if known, else the end of observation.

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
    scores = np.where(known, -z, _mills_ratio(z))
    scale = spread / beta[-1]
    slope = float(beta[1] * scale / x_spread) if x is not None else 0.0
    error = math.nan
    if x is not None and converged:  # standard error of β₁/θ, by the delta method
        slopes = np.array([0.0, 1.0, -beta[1] / beta[-1]]) / beta[-1]
        error = float(np.sqrt(slopes @ np.linalg.solve(hessian, slopes))) * spread / x_spread
    intercept = float(middle + beta[0] * scale - slope * x_middle)
    likelihood = _log_likelihood(z, beta[-1], known) - known.sum() * math.log(spread)
    return CensoredLine(intercept, slope, float(scale), likelihood, error, scores, converged)


def slope_interval(
    y: FloatArray, known: BoolArray, x: FloatArray, line: CensoredLine, threshold: float
) -> tuple[float, float]:
    """Return the profile-likelihood interval of the slope: twice the log-likelihood at most `threshold` below its maximum."""
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
    """Return the coefficients at the maximum, the negative Hessian, and whether the search converged."""
    count = int(known.sum())

    def objective(beta: FloatArray) -> tuple[float, FloatArray]:
        z = design @ beta
        gradient = design.T @ np.where(known, -z, _mills_ratio(z))
        gradient[-1] += count / beta[-1]
        return _log_likelihood(z, beta[-1], known), gradient

    def hessian_at(beta: FloatArray) -> FloatArray:
        z = design @ beta
        mills = _mills_ratio(z)
        hessian = (design * np.where(known, 1.0, mills * (z + mills))[:, None]).T @ design
        hessian[-1, -1] += count / beta[-1] ** 2
        return np.asarray(hessian)

    def step_at(beta: FloatArray, value: float, gradient: FloatArray) -> FloatArray | None:
        step = _solve(hessian_at(beta), gradient)
        if gradient @ step < _NO_GAIN * (1 + abs(value)):
            return None
        return step if step[-1] >= 0 else step * min(1.0, 0.9 * beta[-1] / -step[-1])  # the last stays above 0

    beta, value = climb(objective, np.eye(design.shape[1])[-1], step_at)
    hessian, gradient = hessian_at(beta), objective(beta)[1]
    step = _solve(hessian, gradient)
    gain = float(gradient @ step)
    if gain < _NO_GAIN * (1 + abs(value)):
        return beta + step, hessian, bool(beta[-1] < 1e8)
    return beta, hessian, bool(gain < 1e-6)


def _solve(hessian: FloatArray, gradient: FloatArray) -> FloatArray:
    return np.asarray(np.linalg.lstsq(hessian, gradient, rcond=None)[0])


def _log_likelihood(z: FloatArray, theta: float, known: BoolArray) -> float:
    from scipy.special import log_ndtr

    seen = z[known]
    return float(len(seen) * (math.log(theta) - _LOG_ROOT) - 0.5 * seen @ seen + log_ndtr(z[~known]).sum())


def _mills_ratio(z: FloatArray) -> FloatArray:
    """Return φ(z) / Φ(z), the mean of a standard normal variable above -z."""
    from scipy.special import log_ndtr

    ratio: Any = np.exp(-0.5 * z * z - _LOG_ROOT - log_ndtr(z))
    return np.asarray(ratio, dtype=np.float64)
