"""Upper tails of hypergeometric distributions that share one total."""

import numpy as np
from scipy.special import gammaln

from ....arrays import FloatArray, IntArray


def hypergeometric_tails(
    total: int, drawn: IntArray, marked: IntArray, at_least: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Return P(X ≥ x), X the number of marked among those drawn of a total; and the mean of P(X ≥ x) over all numbers marked.

    Parameters
    ----------
    total
        Size of the urn.
    drawn, marked, at_least
        Numbers drawn and marked, and x, by row.

    Examples
    --------
    >>> own, averaged = hypergeometric_tails(4, np.array([2, 1]), np.array([2, 1]), np.array([1, 1]))
    >>> own.round(6), averaged.round(6)
    (array([0.833333, 0.25    ]), array([0.666667, 0.375   ]))
    """
    own, averaged = np.ones((2, len(drawn)))
    values, which, count = np.unique(marked, return_inverse=True, return_counts=True)
    for size in np.unique(drawn):
        rows = np.flatnonzero(drawn == size)
        tails = _tail_table(total, int(size), values)
        own[rows] = tails[which[rows], at_least[rows]]
        averaged[rows] = (count @ tails / len(marked))[at_least[rows]]
    return own, averaged


def _tail_table(total: int, drawn: int, marked: IntArray) -> FloatArray:
    """Return P(X ≥ x): one row for each number marked, one column for each x from 0 to the number drawn."""
    x, marked = np.arange(drawn + 1), marked[:, None]
    possible = (x <= marked) & (drawn - x <= total - marked)
    x = np.where(possible, x, np.maximum(drawn - (total - marked), 0))
    log_p = _log_choose(marked, x) + _log_choose(total - marked, drawn - x) - _log_choose(total, drawn)
    p = np.where(possible, np.exp(log_p), 0.0)
    tails = p[:, ::-1].cumsum(axis=1)[:, ::-1]
    return np.asarray(np.minimum(tails / tails[:, :1], 1.0))


def _log_choose(n: "IntArray | int", k: "IntArray | int") -> FloatArray:
    return np.asarray(gammaln(np.add(n, 1)) - gammaln(np.add(k, 1)) - gammaln(np.subtract(n, k) + 1))
