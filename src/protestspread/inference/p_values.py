"""P-values from permutations, (1 + permutations at least as extreme) / (permutations + 1), and from normal scores."""

import math
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from ..arguments import Arguments
from ..arrays import FloatArray

Alternative = Literal["greater", "less", "two-sided"]

MOST_PERMUTATIONS = 10**8
_ROUNDING = 1e-11  # relative; sums of the same numbers in another order differ by less


def check_test(check: Arguments, permutations: int, alternative: str = "greater") -> None:
    """Check the arguments that all tests share."""
    check.whole("permutations", permutations, at_least=1, at_most=MOST_PERMUTATIONS)
    check.choice("alternative", alternative, get_args(Alternative))


def p_values(
    observed: npt.ArrayLike, null: npt.ArrayLike, alternative: Alternative = "greater"
) -> npt.NDArray[np.float64]:
    """Return permutation p-values, (1 + permutations at least as extreme) / (permutations + 1); NaN for NaN statistics.

    Parameters
    ----------
    observed
        One statistic, or an array of them, shape (...).
    null
        Statistics under permutations, shape (permutations, ...). Values that differ from the observed only by rounding
        count as equal to it.
    alternative
        "greater", "less", or "two-sided": twice the smaller of the one-sided p-values, at most 1.

    Notes
    -----
    B. Phipson, G. K. Smyth (2010), Permutation p-values should never be zero, Statistical Applications in Genetics and
    Molecular Biology 9:39, doi:10.2202/1544-6115.1585.

    Examples
    --------
    >>> p_values(3, [1, 2, 3, 0]), p_values(3, [1, 2, 3, 0], "two-sided")
    (array(0.4), array(0.8))
    """
    with Arguments() as check:
        check.choice("alternative", alternative, get_args(Alternative))
    seen, drawn = np.asarray(observed), np.asarray(null)
    slack: Any = 0
    if not (np.issubdtype(seen.dtype, np.integer) and np.issubdtype(drawn.dtype, np.integer)):
        slack = _ROUNDING * np.maximum(np.abs(seen), np.abs(drawn).max(axis=0, initial=0.0))
    above = (1 + (drawn >= seen - slack).sum(axis=0)) / (len(drawn) + 1)
    below = (1 + (drawn <= seen + slack).sum(axis=0)) / (len(drawn) + 1)
    p = {"greater": above, "less": below, "two-sided": np.minimum(1.0, 2 * np.minimum(above, below))}[alternative]
    return np.asarray(np.where(np.isnan(seen), np.nan, p), dtype=np.float64)


def smallest_p_value(
    permutations: int, log_arrangements: float = math.inf, alternative: Alternative = "greater"
) -> float:
    """Return the smallest p-value that a test can reach with its permutations and its data.

    Parameters
    ----------
    permutations
        Number of permutations.
    log_arrangements
        Logarithm of the number of distinct arrangements of the data under the permutation scheme.

    Examples
    --------
    >>> smallest_p_value(999)
    0.001
    >>> round(smallest_p_value(999, math.log(24)), 4)  # four events, four dates
    0.0417
    """
    least = max(1 / (permutations + 1), math.exp(-max(log_arrangements, 0.0)))
    return min(1.0, 2 * least) if alternative == "two-sided" else least


def normal_p_values(z: FloatArray, alternative: Alternative) -> FloatArray:
    """Return p-values of standard normal z-scores; NaN stays NaN.

    Examples
    --------
    >>> normal_p_values(np.array([0.0, 1.959964]), "two-sided").round(6)
    array([1.  , 0.05])
    """
    from scipy.special import ndtr

    with Arguments() as check:
        check.choice("alternative", alternative, get_args(Alternative))
    tail = {"greater": -z, "less": z, "two-sided": -np.abs(z)}[alternative]
    return np.asarray(ndtr(tail) * (2 if alternative == "two-sided" else 1), dtype=np.float64)
