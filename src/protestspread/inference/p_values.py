"""From what was observed and what chance would do to a p-value: (1 + draws at least as extreme) / (draws + 1)."""

import math
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from ..arrays import FloatArray
from ..errors import DataError

Alternative = Literal["greater", "less", "two-sided"]

_ROUNDING = 1e-11  # sums of the same numbers in another order differ by less, relatively


def check_alternative(alternative: str) -> None:
    """Raise `DataError` unless it is "greater", "less" or "two-sided"."""
    if alternative not in get_args(Alternative):
        raise DataError(
            "the test has no direction", [f"alternative = {alternative!r}"], '"greater", "less" or "two-sided"'
        )


def check_permutations(permutations: int) -> None:
    """Raise `DataError` unless it is a whole number of draws, at least 1."""
    if isinstance(permutations, bool) or not isinstance(permutations, (int, np.integer)) or permutations < 1:
        raise DataError("nothing can be drawn", [f"permutations = {permutations!r}"], "a whole number, such as 999")


def p_values(
    observed: npt.ArrayLike, null: npt.ArrayLike, alternative: Alternative = "greater"
) -> npt.NDArray[np.float64]:
    """Return permutation p-values, (1 + draws at least as extreme) / (draws + 1); NaN where nothing was observed.

    Parameters
    ----------
    observed
        One or many statistics, of shape (...).
    null
        What the draws gave, of shape (draws, ...). Draws that differ from the observed by rounding alone count as ties.
    alternative
        "greater", "less", or "two-sided": twice the smaller of the two, at most 1.

    Notes
    -----
    B. Phipson, G. K. Smyth (2010), Permutation p-values should never be zero, Statistical Applications in Genetics and
    Molecular Biology 9:39, doi:10.2202/1544-6115.1585.

    Examples
    --------
    >>> p_values(3, [1, 2, 3, 0]), p_values(3, [1, 2, 3, 0], "two-sided")
    (array(0.4), array(0.8))
    """
    check_alternative(alternative)
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
    """Return the smallest p-value that a test can give, from its draws and from what there is to draw.

    Parameters
    ----------
    permutations
        How many draws.
    log_arrangements
        The logarithm of the number of different arrangements of the data under the scheme.

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
    """Return p-values of standard normal scores; NaN stays NaN.

    Examples
    --------
    >>> normal_p_values(np.array([0.0, 1.959964]), "two-sided").round(6)
    array([1.  , 0.05])
    """
    from scipy.special import ndtr

    check_alternative(alternative)
    tail = {"greater": -z, "less": z, "two-sided": -np.abs(z)}[alternative]
    return np.asarray(ndtr(tail) * (2 if alternative == "two-sided" else 1), dtype=np.float64)
