"""What earlier counts bring to a day: lags with their weights, and weights along the ties of a graph."""

from typing import TypeAlias

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import shortest_path

from ...arrays import BoolArray, FloatArray
from ...errors import DataError, must_be
from ...exposures.memories import Geometric, Lag, Memory
from ...graphs.diffusion import DiffusionGraph

Weights: TypeAlias = sp.csr_array | FloatArray
"""Weights from row to column, shape (places, places); those out of each place sum to 1."""

_MOST_PLACES = 5_000  # of tables of places by places, of which about ten are held at once: 2 GB


def lag_weights(memory: Memory) -> FloatArray:
    """Return the weights of 1, 2, ... rows ago; for an estimated p, the number of lags is what counts.

    Raises
    ------
    DataError
        ``memory`` is not a lag or geometric.
    """
    if isinstance(memory, Lag):
        return np.asarray(np.eye(memory.days)[-1])
    if isinstance(memory, Geometric):
        return geometric_weights(memory.max_days, 0.0)[0] if memory.p is None else memory.weights()
    raise DataError(must_be("memory", "Lag(...) or Geometric(...)", memory))


def geometric_weights(lags: int, logit: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return geometric weights of 1, 2, ... rows ago, and their first two derivatives by the logit of p.

    Examples
    --------
    >>> geometric_weights(3, 0.0)[0].round(4).tolist()
    [0.5714, 0.2857, 0.1429]
    """
    p = 1 / (1 + np.exp(-logit))
    steps = np.arange(lags)
    weights, first, second = _softmax(-steps * np.logaddexp(0, logit), steps.astype(float))
    return weights, -p * first, p**2 * second - p * (1 - p) * first


def power_law_weights(orders: FloatArray, log_decay: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return weights order^(-decay) that sum to 1 by row, and their first two derivatives by the logarithm of the decay.

    Orders are infinite where no path leads, and on the diagonal.
    """
    decay, logs = (
        np.exp(log_decay),
        np.where(np.isfinite(orders), np.log(np.where(np.isfinite(orders), orders, 1)), 0.0),
    )
    weights, first, second = _softmax(np.where(np.isfinite(orders), -decay * logs, -np.inf), -logs)
    return weights, decay * first, decay**2 * second + decay * first


def _softmax(logs: FloatArray, slopes: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return weights proportional to exp(logs) that sum to 1 along the last axis, and derivatives where logs have slopes."""
    with np.errstate(invalid="ignore"):
        raw = np.exp(logs - np.maximum(logs.max(axis=-1, keepdims=True), -1e300))
    total = raw.sum(axis=-1, keepdims=True)
    weights = np.divide(raw, total, out=np.zeros_like(raw), where=total > 0)
    apart = slopes - (weights * slopes).sum(axis=-1, keepdims=True)
    spread = (weights * apart**2).sum(axis=-1, keepdims=True)
    return weights, weights * apart, weights * (apart**2 - spread)


def orders_of(graph: DiffusionGraph) -> FloatArray:
    """Return the number of ties on the shortest path from row to column; infinite on the diagonal and where no path leads.

    Raises
    ------
    DataError
        The graph has more than 5,000 places.
    """
    if (n := len(graph.nodes)) > _MOST_PLACES:
        raise DataError(
            f"graph must have at most {_MOST_PLACES:,} places where neighbors of all orders count, because each pair of places "
            f"has a weight; got {n:,}",
            fix="pass fewer places, such as graph.subgraph(...), or let only the ties of the graph count",
        )
    orders = np.asarray(shortest_path((graph.matrix > 0).astype(float), unweighted=True))
    np.fill_diagonal(orders, np.inf)
    return orders


def remembered(counts: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the weighted sum of earlier rows for each row after the first ones, shape (rows - lags, places)."""
    lags = len(weights)
    total = np.zeros((len(counts) - lags, counts.shape[1]))
    for lag in np.flatnonzero(weights) + 1:
        part = counts[lags - lag : len(counts) - lag]
        total += part if weights[lag - 1] == 1 else weights[lag - 1] * part
    return total


def lagged(counts: FloatArray, lags: int) -> FloatArray:
    """Return the counts of 1, 2, ... rows ago for each row after the first ones, shape (lags, rows - lags, places)."""
    return np.stack([counts[lags - lag : len(counts) - lag] for lag in range(1, lags + 1)])


def unknown_past(observed: BoolArray, weights: FloatArray) -> BoolArray:
    """Return where a row that counts was not observed, shape (rows - lags, places)."""
    return np.asarray(remembered((~observed).astype(float), (weights > 0).astype(float)) > 0)


def along(cells: FloatArray, weights: Weights) -> FloatArray:
    """Return cells @ weights: what reaches each place."""
    return np.asarray(weights.T @ cells.T).T if sp.issparse(weights) else np.asarray(cells @ weights)
