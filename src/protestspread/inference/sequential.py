"""Draw until the answer is clear: permutation tests that stop early."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from ..arrays import FloatArray
from .replicates import DrawReplicates, run_replicates

RARE = 0.05
"""A p-value at most this is a claim."""
_ENOUGH = 10
_BATCH = 32


def run_until_clear(
    draw: DrawReplicates,
    count: int,
    observed: FloatArray,
    statistic: Callable[[npt.NDArray[Any]], FloatArray],
    **options: Any,
) -> npt.NDArray[Any]:
    """Return the rows of at most `count` replicates, fewer where no p-value can be small any more.

    Parameters
    ----------
    draw, options
        As in `run_replicates`.
    count
        Number of replicates without stopping.
    observed
        Observed statistics, shape (tests,).
    statistic
        Function from rows to statistics, shape (replicates, tests).

    Notes
    -----
    Drawing stops once every observed statistic is reached in 10 replicates, and in more than 0.05 · (count + 1). Then
    (1 + #) / (n + 1) is above 0.05, as it would be after all replicates, and n does not depend on batches or workers.

    J. Besag, P. Clifford (1991), Sequential Monte Carlo p-values, Biometrika 78:301-304, doi:10.1093/biomet/78.2.301.

    Examples
    --------
    >>> draw = lambda first, last, threads: np.arange(first, last)[:, None] % 2
    >>> len(run_until_clear(draw, 99, np.array([1.0]), lambda rows: rows, cost=1.0))
    20
    """
    enough = max(_ENOUGH, int(RARE * (count + 1)))
    parts: list[npt.NDArray[Any]] = []
    for first in range(0, count, _BATCH):
        size = min(_BATCH, count - first)
        parts.append(run_replicates(_Shifted(draw, first), size, **options))
        rows = np.concatenate(parts)
        reached = (~(statistic(rows) < observed - slack(observed))).cumsum(axis=0).min(axis=1, initial=count)
        if reached[-1] >= enough:
            return rows[: int(np.argmax(reached >= enough)) + 1]
    return np.concatenate(parts) if parts else draw(0, 0, False)  # noqa: FBT003


def slack(observed: FloatArray) -> FloatArray:
    """Return by how much a statistic may fall short of the observed one and still count as equal: maxima are not exact."""
    return np.asarray(1e-7 * np.maximum(1.0, np.abs(observed)))


def reached_p(observed: FloatArray, drawn: FloatArray) -> FloatArray:
    """Return (1 + replicates that reach the observed statistic) / (replicates + 1), by test; NaN for NaN statistics.

    Examples
    --------
    >>> reached_p(np.array([2.0, np.nan]), np.array([[1.0, 1.0], [2.0, 1.0], [0.0, 1.0]]))
    array([0.5, nan])
    """
    p = (1 + (drawn >= observed - slack(observed)).sum(axis=0)) / (len(drawn) + 1)
    return np.where(np.isnan(observed), np.nan, p)


class _Shifted:
    """Draws replicates from a given number on."""

    def __init__(self, draw: DrawReplicates, by: int) -> None:
        self.draw, self.by = draw, by

    def __call__(self, first: int, last: int, threads: bool) -> npt.NDArray[Any]:  # noqa: FBT001 - as `run_replicates` calls it
        return self.draw(first + self.by, last + self.by, threads)
