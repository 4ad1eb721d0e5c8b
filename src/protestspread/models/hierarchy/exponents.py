"""The table of fitted exponents, with their intervals and tests."""

import numpy as np
import pandas as pd

from ...inference.likelihood.maximize import Optimum
from .conditional_logit import FARTHEST, NAMES, ConditionalLogit, profile_interval_of, refitted

LEVEL = 0.95  # of the intervals in `exponents`


def exponents_of(logit: ConditionalLogit, optimum: Optimum) -> pd.DataFrame:
    """Return estimates, intervals and tests of both exponents; an exponent that is not in the model is 0, the rest NaN."""
    from scipy.stats import chi2

    names = list(optimum.problem.names)
    with np.errstate(invalid="ignore"):
        errors = np.sqrt(np.diag(optimum.covariance))
    ends = [
        profile_interval_of(optimum, row, LEVEL) if optimum.converged else (np.nan, np.nan) for row in range(len(names))
    ]
    null = [_null_log_likelihood(logit, optimum, row) for row in range(len(names))]
    ratio = np.maximum(2 * (optimum.log_likelihood - np.array(null)), 0.0)
    table = pd.DataFrame(
        {
            "estimate": optimum.problem.params_of(optimum.coordinates),
            "standard_error": errors,
            "low": [low for low, _ in ends],
            "high": [high for _, high in ends],
            "likelihood_ratio": ratio,
            "p_value": chi2.sf(ratio, 1),
        },
        index=pd.Index(names, name="parameter"),
        dtype=float,
    ).reindex(pd.Index(NAMES, name="parameter"))
    table["estimate"] = table["estimate"].fillna(0.0)
    table[["bootstrap_low", "bootstrap_high", "rough_low", "rough_high"]] = np.nan
    return table


def _null_log_likelihood(logit: ConditionalLogit, optimum: Optimum, row: int) -> float:
    """Return the maximum of the log-likelihood with one exponent at 0, starting from a quadratic approximation."""
    estimate, covariance = optimum.coordinates, optimum.covariance
    if len(estimate) == 1:
        return float(logit.log_likelihood(np.zeros((1, 1)))[0][0])
    sloped = np.isfinite(covariance).all()
    start = estimate - estimate[row] * covariance[row] / covariance[row, row] if sloped else estimate.copy()
    start[row] = 0.0
    return float(refitted(logit, np.clip(start, -FARTHEST, FARTHEST)[None], held=row)[1][0])
