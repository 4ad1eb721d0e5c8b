"""The places that join next, given how many: drawn by their rates, and the chance of each."""

import numpy as np
from scipy.optimize import brentq

from ...arrays import FloatArray, IntArray

_LARGEST = 700.0  # logarithm of the largest factor of a rate


def draw_next(log_rates: FloatArray, count: int, rng: np.random.Generator) -> IntArray:
    """Draw the places that join, one after another without replacement, with chances in proportion to their rates.

    Parameters
    ----------
    log_rates
        Logarithms of the relative rates, shape (places,).
    count
        Number of places that join, from 1 to all.
    rng
        Source of random numbers.

    Returns
    -------
    array
        Their rows, in no order.
    """
    waited = -(log_rates + rng.gumbel(size=len(log_rates)))
    return np.argpartition(waited, count - 1)[:count]


def chances_given_count(rates: FloatArray, count: int) -> FloatArray:
    """Return the chance that each place is among those that join, given their number; the chances sum to it.

    For one place, its share of the rates. For several, 1 - exp(-c · rate), where c is such that the chances sum to ``count``: an
    approximation, as the exact chances are sums over all orders.

    Notes
    -----
    B. Rosén (1997), Asymptotic theory for order sampling, Journal of Statistical Planning and Inference 62:135,
    doi:10.1016/S0378-3758(96)00185-1.

    Examples
    --------
    >>> chances_given_count(np.array([1.0, 1.0, 1.0, 1.0]), 1).round(6)
    array([0.25, 0.25, 0.25, 0.25])
    >>> chances_given_count(np.array([1.0, 2.0, 8.0]), 2).round(2)
    array([0.39, 0.63, 0.98])
    """
    if not 0 < count < len(rates):
        return np.full(len(rates), float(count > 0))
    if count == 1:
        return np.asarray(rates / rates.sum())
    rates = rates / rates.max()

    def joined(log_c: float) -> FloatArray:
        return np.asarray(-np.expm1(-np.exp(min(log_c, _LARGEST)) * rates))

    if joined(_LARGEST).sum() <= count:  # the other rates are 0
        return joined(_LARGEST)
    least = float(np.log(count / rates.sum()))  # 1 - exp(-x) is below x
    return joined(brentq(lambda log_c: joined(log_c).sum() - count, least - 1e-9, _LARGEST, xtol=1e-13))
