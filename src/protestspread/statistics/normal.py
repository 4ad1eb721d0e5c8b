"""p-values from moments: what a normal distribution with the exact mean and variance would say."""

import numpy as np

from ..geodesy import FloatArray
from ..inference.p_values import Alternative, check_alternative


def normal_p(z: FloatArray, alternative: Alternative) -> FloatArray:
    """Return p-values of standard normal scores; NaN stays NaN.

    Examples
    --------
    >>> normal_p(np.array([0.0, 1.959964]), "two-sided").round(6)
    array([1.  , 0.05])
    """
    from scipy.special import ndtr

    check_alternative(alternative)
    tail = {"greater": -z, "less": z, "two-sided": -np.abs(z)}[alternative]
    return np.asarray(ndtr(tail) * (2 if alternative == "two-sided" else 1), dtype=np.float64)
