"""Adjusted p-values for multiple tests: family-wise error rate and false discovery rate."""

import math
import warnings
from fractions import Fraction
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from ..arguments import Arguments
from ..arrays import FloatArray
from ..errors import DataError, DataWarning, shorten_list
from .permutation_test import Alternative, p_values

Method = Literal["holm", "fdr"]


def adjust(
    p: npt.ArrayLike,
    method: Method = "holm",
    *,
    permutations: int | None = None,
    alternative: Alternative = "greater",
    alpha: float = 0.05,
) -> FloatArray:
    """Adjust p-values for the number of tests.

    Parameters
    ----------
    p
        P-values of one family, in an array of any shape. NaN stays NaN and does not count as a test.
    method
        "holm" controls the probability of any false positive. "fdr" controls the expected share of false positives among
        the positives (Benjamini and Hochberg).
    permutations
        Number of permutations behind the p-values, or None for other p-values. No p-value is below
        1 / (permutations + 1), and no two-sided one below 2 / (permutations + 1), which limits adjusted p-values too; a
        warning is issued if a single finding cannot reach `alpha`.
    alternative
        Alternative of the tests.
    alpha
        Significance level of the warning.

    Warns
    -----
    DataWarning
        There are too few permutations for the number of tests.

    Notes
    -----
    S. Holm (1979), Scandinavian Journal of Statistics 6:65; Y. Benjamini, Y. Hochberg (1995), Journal of the Royal
    Statistical Society B 57:289, doi:10.1111/j.2517-6161.1995.tb02031.x.

    Examples
    --------
    >>> adjust([0.01, 0.04, 0.03], "holm"), adjust([0.01, 0.04, 0.03], "fdr")
    (array([0.03, 0.06, 0.06]), array([0.03, 0.04, 0.04]))
    """
    with Arguments() as check:
        check.choice("method", method, get_args(Method))
    given = np.asarray(p, dtype=np.float64)
    if ((given < 0) | (given > 1)).any():
        outside = given[(given < 0) | (given > 1)].tolist()
        raise DataError(f"p must lie between 0 and 1; got {shorten_list(outside)}", fix="pass p-values")
    known = given[~np.isnan(given)]
    adjusted = np.full(given.shape, np.nan)
    if permutations is not None:
        warn_if_few_permutations(len(known), permutations, alpha, alternative)
    if len(known):
        adjusted[~np.isnan(given)] = (_holm if method == "holm" else _benjamini_hochberg)(known)
    return adjusted


def attainable_level(smallest: npt.ArrayLike, alpha: float = 0.05) -> float:
    """Return the level that a test must be able to reach to be worth a place in a family: `alpha` / k, k the number of such tests.

    Discrete tests that cannot reach it could not be found alone, and would only make the others harder to find.

    Parameters
    ----------
    smallest
        Smallest p-value that each test can have. It must not depend on what is tested.
    alpha
        Significance level.

    Notes
    -----
    R. E. Tarone (1990), A modified Bonferroni method for discrete data, Biometrics 46:515, doi:10.2307/2531456; for false
    discovery rates: P. B. Gilbert (2005), Applied Statistics 54:143, doi:10.1111/j.1467-9876.2005.00475.x.

    Examples
    --------
    >>> attainable_level([0.2, 0.04, 0.02, 0.001])  # two tests can reach 0.025, and three 0.05
    0.025
    """
    least = np.sort(np.asarray(smallest, dtype=np.float64).ravel())
    tests = np.arange(1, len(least) + 1)
    reach = np.searchsorted(least, alpha / tests * (1 + 1e-9), "right")
    return alpha / int(tests[reach <= tests][0]) if len(least) else alpha


def warn_if_few_permutations(
    tests: int, permutations: int, alpha: float = 0.05, alternative: Alternative = "greater"
) -> None:
    """Issue a `DataWarning` if the adjusted p-value of a single finding cannot reach `alpha`."""
    tails = 2 if alternative == "two-sided" else 1
    needed = math.ceil(Fraction(tails * tests) / Fraction(str(alpha))) - 1  # exact: 0.05 has no exact binary value
    if permutations >= needed:
        return
    kind = f"{alternative} " if tails == 2 else ""
    least = min(1.0, tails * tests / (permutations + 1))
    warnings.warn(
        DataWarning(
            f"permutations must be at least {needed:,} for {tests:,} {kind}tests; got {permutations:,}: the smallest adjusted "
            f"p-value that a single finding can reach is {least:.3g}. Fix: pass permutations={needed:_}"
        ),
        stacklevel=3,
    )


def _holm(p: FloatArray) -> FloatArray:
    order = np.argsort(p)  # equal p-values get the same result in any order
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    return _unsort(np.minimum(stepped, 1.0), order)


def _benjamini_hochberg(p: FloatArray) -> FloatArray:
    order = np.argsort(p)
    scaled = np.maximum(p[order] * len(p) / np.arange(1, len(p) + 1), p[order])  # rounding must not make them smaller
    return _unsort(np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0), order)


def _unsort(values: FloatArray, order: npt.NDArray[np.int64]) -> FloatArray:
    out = np.empty_like(values)
    out[order] = values
    return out


def max_p_values(observed: npt.ArrayLike, null: npt.ArrayLike, alternative: Alternative = "greater") -> FloatArray:
    """Return p-values from the permutation distribution of the largest statistic (Westfall and Young's maxT).

    They control the probability of any false positive and, unlike Holm's, use the correlation between the statistics.
    The statistics must be standardized to one scale.

    Parameters
    ----------
    observed
        Statistics, in an array of any shape; NaN is ignored.
    null
        The same statistics under permutations, shape (permutations, ...).
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
    with Arguments() as check:
        check.choice("alternative", alternative, get_args(Alternative))
    transform = {"greater": np.positive, "less": np.negative, "two-sided": np.abs}[alternative]
    seen, drawn = (transform(np.asarray(values, dtype=np.float64)) for values in (observed, null))
    drawn = drawn.reshape(len(drawn), -1)
    if np.isnan(seen).all():
        return np.full(seen.shape, np.nan)
    largest = np.nanmax(drawn[:, ~np.isnan(seen.ravel())], axis=1)
    return p_values(seen, largest.reshape(-1, *([1] * seen.ndim)))
