"""Residuals of counts and of onsets against their fitted distribution."""

from typing import Literal, get_args

import numpy as np
import pandas as pd
from scipy import stats
from scipy.special import xlog1py, xlogy

from ...arguments import Arguments
from ...arrays import FloatArray
from ...random_streams import replicate_rng, seed_of

ResidualKind = Literal["deviance", "quantile"]

_EDGE = 1e-12  # quantiles stay this far from 0 and 1, so that residuals are finite


def residuals_of(
    observed: pd.DataFrame,
    expected: pd.DataFrame,
    kind: ResidualKind,
    *,
    overdispersion: float | None,
    rng: int | np.random.Generator | None,
) -> pd.DataFrame:
    """Return the residuals of a panel, NaN where either panel is NaN.

    Parameters
    ----------
    observed, expected
        Data and fitted means, of the same shape.
    kind
        "deviance" or "quantile" (randomized).
    overdispersion
        None for onsets (0 or 1), 0 for Poisson counts, ψ > 0 for negative binomial counts of variance μ(1 + ψμ).
    rng
        Source of the random part of quantile residuals.

    Raises
    ------
    DataError
        ``kind`` is not known.
    """
    with Arguments() as check:
        check.choice("kind", kind, get_args(ResidualKind))
    y, mean = observed.to_numpy(dtype=float), expected.to_numpy(dtype=float)
    known = np.isfinite(y) & np.isfinite(mean)
    values = np.full(y.shape, np.nan)
    if kind == "deviance":
        values[known] = _deviance_residuals(y[known], mean[known], overdispersion)
    else:
        below, up_to = _cumulative(y[known], mean[known], overdispersion)
        uniform = replicate_rng(seed_of(rng), 0).random(len(below))
        values[known] = stats.norm.ppf(np.clip(below + uniform * (up_to - below), _EDGE, 1 - _EDGE))
    return pd.DataFrame(values, index=observed.index, columns=observed.columns)


def sums_by_place(observed: pd.DataFrame, expected: pd.DataFrame, overdispersion: float | None) -> pd.DataFrame:
    """Return the sums of data and means of each place, and their difference in standard deviations; see `residuals_of`."""
    variance = expected * (1 - expected) if overdispersion is None else expected * (1 + overdispersion * expected)
    sums = {name: panel.sum(min_count=1) for name, panel in (("observed", observed), ("expected", expected))}
    spread = np.sqrt(variance.sum(min_count=1)).replace(0.0, np.nan)
    table = pd.DataFrame(sums | {"residual": (sums["observed"] - sums["expected"]) / spread})
    table.index.name = observed.columns.name or "place"
    return table


def _deviance_residuals(y: FloatArray, mean: FloatArray, overdispersion: float | None) -> FloatArray:
    if overdispersion is None:
        parts = -xlogy(y, mean) - xlog1py(1 - y, -mean)
    elif overdispersion == 0:
        parts = xlogy(y, y) - xlogy(y, mean) - (y - mean)
    else:
        size = 1 / overdispersion
        parts = xlogy(y, y) - xlogy(y, mean) - (y + size) * (np.log(y + size) - np.log(mean + size))
    return np.asarray(np.sign(y - mean) * np.sqrt(2 * np.maximum(parts, 0.0)))


def _cumulative(y: FloatArray, mean: FloatArray, overdispersion: float | None) -> tuple[FloatArray, FloatArray]:
    """Return the probability of less than each value, and of at most each value."""
    if overdispersion is None:
        return np.where(y > 0, 1 - mean, 0.0), np.where(y > 0, 1.0, 1 - mean)
    law = (
        stats.poisson(mean)
        if overdispersion == 0
        else stats.nbinom(1 / overdispersion, 1 / (1 + overdispersion * mean))
    )
    return law.cdf(y - 1), law.cdf(y)
