"""Many tests at once: adjusted p-values that say how often any, or what share of, the findings would be false."""

import warnings
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from ..arrays import FloatArray
from ..errors import DataError, DataWarning
from .p_values import Alternative, check_alternative, p_values

Method = Literal["holm", "fdr"]


def adjust(
    p: npt.ArrayLike, method: Method = "holm", *, permutations: int | None = None, alpha: float = 0.05
) -> FloatArray:
    """Adjust p-values for how many there are.

    Parameters
    ----------
    p
        Of any shape; all of them are one family. NaN stays NaN and does not count.
    method
        "holm": the chance of any false finding stays below what the p-value says. "fdr": the expected share of false
        findings among the findings does (Benjamini and Hochberg).
    permutations
        How many draws the p-values come from, where they come from draws. No adjusted p-value can then be small unless
        many places are at the floor 1 / (draws + 1); where a single one could not reach `alpha`, a warning says so.
    alpha
        The level that the warning is about.

    Warns
    -----
    DataWarning
        There are too few draws for so many tests.

    Notes
    -----
    S. Holm (1979), Scandinavian Journal of Statistics 6:65; Y. Benjamini, Y. Hochberg (1995), Journal of the Royal
    Statistical Society B 57:289, doi:10.1111/j.2517-6161.1995.tb02031.x.

    Examples
    --------
    >>> adjust([0.01, 0.04, 0.03], "holm"), adjust([0.01, 0.04, 0.03], "fdr")
    (array([0.03, 0.06, 0.06]), array([0.03, 0.04, 0.04]))
    """
    if method not in get_args(Method):
        raise DataError("the p-values cannot be adjusted", [f"method = {method!r}"], '"holm" or "fdr"')
    given = np.asarray(p, dtype=np.float64)
    if ((given < 0) | (given > 1)).any():
        raise DataError("the p-values cannot be adjusted", ["some lie outside 0...1"], "give p-values")
    known = given[~np.isnan(given)]
    adjusted = np.full(given.shape, np.nan)
    if permutations is not None:
        warn_of_the_floor(len(known), permutations, alpha)
    if len(known):
        adjusted[~np.isnan(given)] = (_holm if method == "holm" else _benjamini_hochberg)(known)
    return adjusted


def warn_of_the_floor(tests: int, permutations: int, alpha: float = 0.05) -> None:
    """Warn, with `DataWarning`, where one finding alone among so many tests could not reach `alpha` with so few draws."""
    if permutations + 1 >= tests / alpha:
        return
    least = min(1.0, tests / (permutations + 1))
    warnings.warn(
        DataWarning(
            f"{permutations:,} draws are few for {tests:,} tests: the smallest adjusted p-value that one finding alone can "
            f"reach is {least:.3g}; draw at least {int(np.ceil(tests / alpha)) - 1:,} times, or use p-values from moments"
        ),
        stacklevel=3,
    )


def _holm(p: FloatArray) -> FloatArray:
    order = np.argsort(p)  # in whatever order ties come: they get the same
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    return _back(np.minimum(stepped, 1.0), order)


def _benjamini_hochberg(p: FloatArray) -> FloatArray:
    order = np.argsort(p)
    scaled = np.maximum(p[order] * len(p) / np.arange(1, len(p) + 1), p[order])  # rounding must not shrink them
    return _back(np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0), order)


def _back(values: FloatArray, order: npt.NDArray[np.int64]) -> FloatArray:
    out = np.empty_like(values)
    out[order] = values
    return out


def max_p_values(observed: npt.ArrayLike, null: npt.ArrayLike, alternative: Alternative = "greater") -> FloatArray:
    """Adjust by the largest statistic: how often *any* of them, under the null, reaches what one of them did.

    It keeps the chance of any false finding at what the p-value says, and, unlike Holm's, knows how the statistics hang
    together. The statistics must be on one scale (standardized).

    Parameters
    ----------
    observed
        Statistics, of shape (m,) or any; NaN is left out.
    null
        The same under the draws, of shape (draws, ...).
    alternative
        "greater", "less", or "two-sided" (absolute values).

    Notes
    -----
    P. H. Westfall, S. S. Young (1993), Resampling-Based Multiple Testing, Wiley.

    Examples
    --------
    >>> max_p_values([3.0, 1.0], [[0.0, 2.0], [1.0, 0.5], [3.5, 0.0]])
    array([0.5, 1. ])
    """
    check_alternative(alternative)
    turn = {"greater": np.positive, "less": np.negative, "two-sided": np.abs}[alternative]
    seen, drawn = turn(np.asarray(observed, dtype=np.float64)), turn(np.asarray(null, dtype=np.float64))
    drawn = drawn.reshape(len(drawn), -1)
    if np.isnan(seen).all():
        return np.full(seen.shape, np.nan)
    largest = np.nanmax(drawn[:, ~np.isnan(seen.ravel())], axis=1)
    return p_values(seen, largest.reshape(-1, *([1] * seen.ndim)))
