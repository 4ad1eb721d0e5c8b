"""Proper scores of forecasts of numbers, given as draws or as distributions; lower is better."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
from scipy import stats

from ..arguments import Arguments
from ..arrays import FloatArray
from .inputs import Draws, Observed, draws_of, like, numbers

_TAIL = 1e-12  # chance beyond which a sum over counts ends
_NODES, _POWER = (
    64,
    4,
)  # of the integral of a continuous distribution; the power makes it smooth at the ends of the range


def crps(forecast: Any, observed: Observed, *, fair: bool = True) -> Observed:
    """Return the continuous ranked probability score: the integral of the squared error of the distribution function.

    In the unit of the data. For a single number it is the absolute error; for counts it is the ranked probability score.

    Parameters
    ----------
    forecast
        Draws, an array of shape (draws, shape of ``observed``); or a distribution of ``scipy.stats`` with its parameters,
        such as ``scipy.stats.poisson(2.5)``.
    observed
        What happened: a number, an array, a Series or a DataFrame.
    fair
        For draws: the mean difference between draws is divided by m(m - 1), so that the expected score does not depend on
        the number m of draws. False: by m², the score of the draws taken as a distribution.

    Returns
    -------
    As ``observed``
        One score each; NaN where ``observed`` is NaN.

    Raises
    ------
    DataError
        The shapes do not match, values are not numbers, or there are fewer than two draws for a fair score.

    Notes
    -----
    T. Gneiting, A. E. Raftery (2007), Strictly proper scoring rules, prediction, and estimation, Journal of the American
    Statistical Association 102:359, doi:10.1198/016214506000001437; C. A. T. Ferro (2014), Fair scores for ensemble
    forecasts, Quarterly Journal of the Royal Meteorological Society 140:1917, doi:10.1002/qj.2270.

    Examples
    --------
    >>> from scipy.stats import poisson
    >>> import protestspread as ps
    >>> round(ps.crps([0, 1, 1, 3, 4, 8, 2, 0], 2), 6), round(ps.crps(poisson(2.5), 3), 6)
    (0.392857, 0.457609)
    """
    with Arguments() as check:
        fair = check.flag("fair", fair)
    y = numbers("observed", observed)
    drawn = draws_of(forecast, y, at_least=2 if fair else 1)
    if drawn is not None:
        return like(observed, np.abs(drawn - y).mean(axis=0) - _half_spread(drawn, fair=fair))
    known = np.where(np.isnan(y), 0.0, y)
    score = _crps_of_counts if isinstance(forecast.dist, stats.rv_discrete) else _crps_of_density
    return like(observed, np.where(np.isnan(y), np.nan, score(forecast, known)))


def log_score(forecast: Any, observed: Observed) -> Observed:
    """Return the logarithmic score: minus the logarithm of the chance (or density) that was given to what happened.

    Parameters
    ----------
    forecast
        A distribution of ``scipy.stats``; or draws of counts, of shape (draws, shape of ``observed``), which are replaced
        by the negative binomial distribution of their mean and variance (a Poisson distribution where the variance is not
        above the mean), because the share of draws equal to what happened is often 0.
    observed
        What happened: a number, an array, a Series or a DataFrame.

    Returns
    -------
    As ``observed``
        One score each; NaN where ``observed`` is NaN, infinite where what happened was given no chance. The mean of draws
        counts as at least ½ / (draws + 1), as draws cannot tell that something is impossible.

    Raises
    ------
    DataError
        The shapes do not match, or draws are not counts.

    Notes
    -----
    I. J. Good (1952), Rational decisions, Journal of the Royal Statistical Society B 14:107,
    doi:10.1111/j.2517-6161.1952.tb00104.x; moments of counts: J. Bracher, L. Held (2022), International Journal of
    Forecasting 38:1221, doi:10.1016/j.ijforecast.2020.07.002.

    Examples
    --------
    >>> from scipy.stats import poisson
    >>> import protestspread as ps
    >>> round(ps.log_score(poisson(2.5), 3), 6)
    1.542887
    """
    y = numbers("observed", observed)
    drawn = draws_of(forecast, y, counts=True)
    given = forecast if drawn is None else _negative_binomial(drawn)
    known = np.where(np.isnan(y), 0.0, y)
    logs = given.logpmf(known) if isinstance(given.dist, stats.rv_discrete) else given.logpdf(known)
    return like(observed, np.where(np.isnan(y), np.nan, -logs))


def dawid_sebastiani_score(forecast: Any, observed: Observed) -> Observed:
    """Return the Dawid-Sebastiani score, (y - μ)²/σ² + 2 log σ, which needs the mean and variance alone.

    Parameters
    ----------
    forecast, observed
        As in `crps`; the variance of draws has the divisor m.

    Returns
    -------
    As ``observed``
        One score each; NaN where ``observed`` is NaN or the variance is 0.

    Raises
    ------
    DataError
        As in `crps`.

    Notes
    -----
    A. P. Dawid, P. Sebastiani (1999), Coherent dispersion criteria for optimal experimental design, Annals of Statistics
    27:65, doi:10.1214/aos/1018031101.

    Examples
    --------
    >>> from scipy.stats import poisson
    >>> import protestspread as ps
    >>> round(ps.dawid_sebastiani_score(poisson(2.5), 3), 6)
    1.016291
    """
    y = numbers("observed", observed)
    drawn = draws_of(forecast, y)
    mean, variance = (forecast.mean(), forecast.var()) if drawn is None else (drawn.mean(axis=0), drawn.var(axis=0))
    spread = np.where(np.asarray(variance) > 0, variance, np.nan)
    return like(observed, (y - mean) ** 2 / spread + np.log(spread))


def interval_score(low: Any, high: Any, observed: Observed, *, level: float) -> Observed:
    """Return the score of a central interval: its width, plus 2/α times the distance by which it was missed.

    Parameters
    ----------
    low, high
        Ends of the interval, numbers or arrays that broadcast to ``observed``.
    observed
        What happened: a number, an array, a Series or a DataFrame.
    level
        Nominal coverage 1 - α, between 0 and 1.

    Returns
    -------
    As ``observed``
        One score each; NaN where ``observed`` is NaN.

    Raises
    ------
    DataError
        ``level`` is not between 0 and 1, an end is not a number, or ``low`` is above ``high``.

    Notes
    -----
    T. Gneiting, A. E. Raftery (2007), doi:10.1198/016214506000001437.

    Examples
    --------
    >>> import protestspread as ps
    >>> ps.interval_score(3, 7, 9, level=0.5)
    12.0
    """
    y, a, b = numbers("observed", observed), numbers("low", low), numbers("high", high)
    with Arguments() as check:
        level = check.number("level", level, above=0, at_most=1 - 1e-9)
        _check_broadcast(check, {"low": a, "high": b}, y)
        if not check.faults and (a > b).any():
            check.fault("low must be at most high")
    miss = np.maximum(a - y, 0.0) + np.maximum(y - b, 0.0)
    return like(observed, b - a + 2 / (1 - level) * miss)


def weighted_interval_score(quantiles: Mapping[float, Any], observed: Observed) -> Observed:
    """Return the weighted interval score, the mean of 2 · pinball loss over quantiles; many quantiles approximate the CRPS.

    With the median and K central intervals it is (½|y - median| + Σ α/2 · interval score) / (K + ½).

    Parameters
    ----------
    quantiles
        Level between 0 and 1 -> quantile, a number or an array that broadcasts to ``observed``. Levels come in pairs that
        sum to 1, with 0.5 for the median.
    observed
        What happened: a number, an array, a Series or a DataFrame.

    Returns
    -------
    As ``observed``
        One score each; NaN where ``observed`` is NaN.

    Raises
    ------
    DataError
        Levels are not between 0 and 1 or do not come in pairs, or quantiles decrease.

    Notes
    -----
    J. Bracher, E. L. Ray, T. Gneiting, N. G. Reich (2021), Evaluating epidemic forecasts in an interval format, PLoS
    Computational Biology 17:e1008618, doi:10.1371/journal.pcbi.1008618.

    Examples
    --------
    >>> import protestspread as ps
    >>> ps.weighted_interval_score({0.05: 1, 0.25: 3, 0.5: 5, 0.75: 7, 0.95: 12}, 9)
    2.22
    """
    y = numbers("observed", observed)
    with Arguments("pass quantiles such as {0.1: low, 0.5: median, 0.9: high}") as check:
        check.instance("quantiles", quantiles, Mapping, "a mapping of level -> quantile")
        levels = list(quantiles) if isinstance(quantiles, Mapping) else []
        for level in levels:
            check.number("quantiles levels", level, above=0, at_most=1 - 1e-9)
        order = [] if check.faults else sorted(levels)
        if not check.faults and (not order or not np.allclose(np.add(order, order[::-1]), 1)):
            check.fault(f"quantiles must have levels in pairs that sum to 1; got {order}")
    values = [numbers(f"quantiles[{level}]", quantiles[level]) for level in order]
    with Arguments() as check:
        _check_broadcast(check, dict(zip((f"quantiles[{level}]" for level in order), values, strict=True)), y)
        if not check.faults and any((a > b).any() for a, b in pairwise(values)):
            check.fault("quantiles must not decrease with their level")
    loss = sum(((y < value) - level) * (value - y) for level, value in zip(order, values, strict=True))
    return like(observed, np.where(np.isnan(y), np.nan, 2 * loss / len(order)))


def _half_spread(drawn: Draws, *, fair: bool) -> FloatArray:
    """Return half the mean absolute difference between draws, from their order."""
    m = len(drawn)
    weights = (2 * np.arange(1, m + 1) - m - 1).reshape(-1, *[1] * (drawn.ndim - 1))
    return np.asarray((weights * np.sort(drawn, axis=0)).sum(axis=0) / (m * (m - 1) if fair else m * m))


def _crps_of_counts(forecast: Any, y: FloatArray) -> FloatArray:
    """Return Σ_k (F(k) - 1{k >= y})²; beyond the range of the distribution each count adds 1."""
    low, high = float(np.min(forecast.ppf(_TAIL))), float(np.max(forecast.isf(_TAIL)))
    inside = np.clip(y, low, high + 1)
    total = np.abs(y - inside)
    for count in np.arange(low, high + 1):
        total = total + (forecast.cdf(count) - (count >= inside)) ** 2
    return np.asarray(total)


def _crps_of_density(forecast: Any, y: FloatArray) -> FloatArray:
    """Return ∫ 2u (y - q(u)) du below y, and its mirror image above, by Gauss-Legendre quadrature."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    step = ((nodes + 1) / 2).reshape(-1, *[1] * np.ndim(y + forecast.mean()))
    weight = (weights / 2).reshape(step.shape) * _POWER * step ** (_POWER - 1)
    below, above = forecast.cdf(y), forecast.sf(y)
    lower = below * step**_POWER
    upper = above * step**_POWER
    integrand = below * lower * (y - forecast.ppf(lower)) + above * upper * (forecast.isf(upper) - y)
    return np.asarray(2 * (weight * integrand).sum(axis=0))


def _negative_binomial(drawn: Draws) -> Any:
    """Return the distribution of counts with the mean and variance of draws."""
    mean = np.maximum(drawn.mean(axis=0), 0.5 / (len(drawn) + 1))
    excess = np.maximum(drawn.var(axis=0) - mean, 1e-9 * mean)  # practically a Poisson distribution
    size = mean**2 / excess
    return stats.nbinom(size, size / (size + mean))


def _check_broadcast(check: Arguments, given: Mapping[str, FloatArray], y: FloatArray) -> None:
    for name, values in given.items():
        if np.broadcast_shapes(values.shape, (1,)) != (1,) and values.shape != y.shape:
            check.fault(f"{name} must be a number, or have the shape {y.shape} of observed; got {values.shape}")
