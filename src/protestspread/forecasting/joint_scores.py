"""Scores of several forecasts together: probabilities of events, vectors of places, and the PIT."""

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from scipy.spatial.distance import pdist

from ..arguments import Arguments
from ..arrays import FloatArray
from .inputs import draws_of, numbers, probabilities, vectors_of


def brier_score(probability: Any, observed: Any, *, bins: int | None = None) -> pd.Series:
    """Return the Brier score of probabilities, the mean squared error, with Murphy's parts.

    score = reliability - resolution + uncertainty. Reliability (0 is best) is how far probabilities are from the frequencies
    that followed them, resolution (large is best) how far these frequencies differ, and uncertainty belongs to the data.

    Parameters
    ----------
    probability
        Probabilities of an event, from 0 to 1.
    observed
        1 where the event happened, 0 where it did not, of the same shape. NaN where unknown: these pairs are left out and
        not counted in ``forecasts``.
    bins
        Number of groups of like probability (of equal width) for the parts. None: only equal probabilities form a group.
        Differences within groups belong to the resolution, so that the parts always add up.

    Returns
    -------
    Series
        ``score, reliability, resolution, uncertainty``, and ``forecasts``, their number; NaN if there is none.

    Raises
    ------
    DataError
        Values are not from 0 to 1, shapes differ, or ``bins`` is below 1.

    Notes
    -----
    G. W. Brier (1950), Monthly Weather Review 78:1, doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2; A. H. Murphy (1973),
    Journal of Applied Meteorology 12:595, doi:10.1175/1520-0450(1973)012<0595:ANVPOT>2.0.CO;2; differences within groups:
    D. B. Stephenson, C. A. S. Coelho, I. T. Jolliffe (2008), Weather and Forecasting 23:752, doi:10.1175/2007WAF2006116.1.

    Examples
    --------
    >>> import protestspread as ps
    >>> ps.brier_score([0.1, 0.1, 0.9, 0.9], [0, 0, 1, 0]).round(4).to_dict()
    {'score': 0.21, 'reliability': 0.085, 'resolution': 0.0625, 'uncertainty': 0.1875, 'forecasts': 4.0}
    """
    chance, happened = probabilities(probability, observed)
    with Arguments() as check:
        bins = check.whole("bins", bins, at_least=1, optional=True)
    names = ["score", "reliability", "resolution", "uncertainty", "forecasts"]
    if not len(chance):
        return pd.Series([np.nan] * 4 + [0.0], index=names, name="Brier score")
    group = chance.round(12) if bins is None else np.minimum(np.floor(chance * bins), bins - 1)
    means = (
        pd.DataFrame({"chance": chance, "happened": happened}).groupby(group)[["chance", "happened"]].transform("mean")
    )
    score = float(((chance - happened) ** 2).mean())
    reliability = float(((means["chance"] - means["happened"]) ** 2).mean())
    uncertainty = float(happened.mean() * (1 - happened.mean()))
    values = [score, reliability, reliability + uncertainty - score, uncertainty, float(len(chance))]
    return pd.Series(values, index=names, name="Brier score")


def area_under_curve(probability: Any, observed: Any) -> float:
    """Return the area under the ROC curve: the chance that an event had a higher probability than a non-event; ties count half.

    Parameters
    ----------
    probability, observed
        As in `brier_score`.

    Returns
    -------
    float
        From 0 to 1, 0.5 for no discrimination; NaN without events or without non-events.

    Raises
    ------
    DataError
        As in `brier_score`.

    Notes
    -----
    It is no proper score: it does not see whether probabilities are too high or too low. J. A. Hanley, B. J. McNeil (1982),
    Radiology 143:29, doi:10.1148/radiology.143.1.7063747.

    Examples
    --------
    >>> import protestspread as ps
    >>> ps.area_under_curve([0.1, 0.3, 0.3, 0.9], [0, 0, 1, 1])
    0.875
    """
    chance, happened = probabilities(probability, observed)
    events = float(happened.sum())
    others = len(happened) - events
    if not events or not others:
        return float("nan")
    ranks = float(stats.rankdata(chance)[happened > 0].sum())
    return (ranks - events * (events + 1) / 2) / (events * others)


def energy_score(forecast: Any, observed: Any, *, fair: bool = True) -> float:
    """Return the energy score of a vector, such as the counts of all places on one day: the CRPS in several dimensions.

    Parameters
    ----------
    forecast
        Draws, shape (draws, places).
    observed
        What happened, shape (places,).
    fair
        As in `crps`.

    Returns
    -------
    float
        NaN where ``observed`` has NaN: score the places that were observed.

    Raises
    ------
    DataError
        The shapes do not match, or there are fewer than two draws for a fair score.

    Notes
    -----
    T. Gneiting, A. E. Raftery (2007), doi:10.1198/016214506000001437.

    Examples
    --------
    >>> import protestspread as ps
    >>> draws = [[0, 0, 3], [1, 0, 5], [2, 1, 2], [1, 2, 2], [4, 0, 7]]
    >>> round(ps.energy_score(draws, [1, 0, 3]), 6)
    0.57485
    """
    with Arguments() as check:
        fair = check.flag("fair", fair)
    drawn, y = vectors_of(forecast, observed, at_least=2 if fair else 1)
    m = len(drawn)
    apart = float(pdist(drawn).sum()) / (m * (m - 1) if fair else m * m)
    return float(np.linalg.norm(drawn - y, axis=1).mean()) - apart


def variogram_score(forecast: Any, observed: Any, *, p: float = 0.5) -> float:
    """Return the variogram score of a vector, which tells whether differences between places are right.

    Parameters
    ----------
    forecast, observed
        As in `energy_score`.
    p
        Power of the differences, above 0.

    Returns
    -------
    float
        ``Σ (|y_i - y_j|^p - mean of |x_i - x_j|^p)²`` over pairs of places, each in both orders; NaN where ``observed``
        has NaN.

    Raises
    ------
    DataError
        The shapes do not match, or ``p`` is not above 0.

    Notes
    -----
    M. Scheuerer, T. M. Hamill (2015), Monthly Weather Review 143:1321, doi:10.1175/MWR-D-14-00269.1.

    Examples
    --------
    >>> import protestspread as ps
    >>> draws = [[0, 0, 3], [1, 0, 5], [2, 1, 2], [1, 2, 2], [4, 0, 7]]
    >>> round(ps.variogram_score(draws, [1, 0, 3]), 6)
    0.117066
    """
    with Arguments() as check:
        p = check.number("p", p, above=0)
    drawn, y = vectors_of(forecast, observed)
    rows = (
        (np.abs(y - y[place]) ** p - (np.abs(drawn - drawn[:, [place]]) ** p).mean(axis=0)) ** 2
        for place in range(len(y))
    )
    return float(sum(row.sum() for row in rows))


def pit(forecast: Any, observed: Any, *, bins: int = 10) -> pd.Series:
    """Return the histogram of the probability integral transform: flat if the forecasts are calibrated.

    A hump says that forecasts are too wide, a U that they are too narrow, a slope that they are too low or too high. Counts
    need no random numbers: each is spread evenly over the values that the distribution function jumps over.

    Parameters
    ----------
    forecast, observed
        As in `crps`. The rank of an observation among m draws is of m + 1, so that the histogram is flat in expectation
        for any number of draws.
    bins
        Number of bins of equal width, from 0 to 1.

    Returns
    -------
    Series
        Share of the observations by bin, which is 1 / ``bins`` in expectation; NaN if nothing was observed. Index: the upper
        ends of the bins. Observations that are NaN are left out.

    Raises
    ------
    DataError
        As in `crps`, or ``bins`` is below 1.

    Notes
    -----
    C. Czado, T. Gneiting, L. Held (2009), Predictive model assessment for count data, Biometrics 65:1254,
    doi:10.1111/j.1541-0420.2009.01191.x.

    Examples
    --------
    >>> from scipy.stats import poisson
    >>> import protestspread as ps
    >>> ps.pit(poisson([0.5, 1.2, 2, 4, 5]), [0, 1, 3, 2, 7], bins=2).round(4).to_dict()
    {0.5: 0.4749, 1.0: 0.5251}
    """
    with Arguments() as check:
        bins = check.whole("bins", bins, at_least=1, at_most=1000)
    y = numbers("observed", observed)
    low, high = _jumps(forecast, y)
    known = ~np.isnan(y)
    ends = np.linspace(0, 1, bins + 1)[:, None]
    low, size = low[known], (high - low)[known]
    reached = np.where(size > 0, (ends - low) / np.where(size > 0, size, 1.0), ends >= low).clip(0, 1)
    reached[0] = 0
    shares = np.diff(reached.mean(axis=1)) if known.any() else np.full(bins, np.nan)
    return pd.Series(shares, index=pd.Index(ends[1:, 0].round(12), name="up to"), name="share")


def _jumps(forecast: Any, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the distribution function just below and at each observation."""
    drawn = draws_of(forecast, y)
    if drawn is not None:
        m = len(drawn) + 1
        return (drawn < y).sum(axis=0) / m, ((drawn <= y).sum(axis=0) + 1) / m
    at = np.broadcast_to(forecast.cdf(y), y.shape)
    return (np.broadcast_to(forecast.cdf(y - 1), y.shape) if isinstance(forecast.dist, stats.rv_discrete) else at), at
