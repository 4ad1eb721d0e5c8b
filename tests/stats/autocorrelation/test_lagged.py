"""The lagged Moran's I against plain loops, all exchanges, directed waves, gaps and edges."""

import itertools
import math
import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import protestspread as ps
from protestspread.inference.exchange import population_blocks
from protestspread.kernels import dispatch
from protestspread.stats.autocorrelation.lagged import LaggedSums
from protestspread.stats.autocorrelation.lagged_local import ExchangedLag, HeldSums
from protestspread.stats.autocorrelation.lagged_series import lagged_series

OPTIONS = {"lag": 1, "values": "counts", "at_least": None, "weights": "given", "strata": None}


def dated(values, names=None):
    values = np.asarray(values, dtype=float)
    names = [f"p{k:02d}" for k in range(values.shape[1])] if names is None else names
    return pd.DataFrame(values, pd.date_range("2022-01-01", periods=len(values), name="date"), pd.Index(names, name="city"))


def places_of(panel, people=None):
    people = np.arange(len(panel.columns), 0, -1) * 1e4 if people is None else people
    points = gpd.points_from_xy(np.linspace(1, 9, len(people)), [50] * len(people))
    return gpd.GeoDataFrame({"population": people}, index=panel.columns, geometry=points, crs=4326)


def graph_of(weights, panel):
    """Return the graph with the weight from place i to place j in row i."""
    source, target = np.nonzero(weights)
    ties = pd.DataFrame({"source": panel.columns[source], "target": panel.columns[target], "weight": weights[source, target]})
    return ps.DiffusionGraph.from_edges(ties, panel.columns)


def world(seed, days=9, places=12, gaps=0.0):
    rng = np.random.default_rng(seed)
    values = rng.poisson(0.8, (days, places)).astype(float)
    values[0] += 1  # every place is active
    values[rng.random(values.shape) < gaps] = np.nan
    weights = np.where(rng.random((places, places)) < 0.3, rng.uniform(0.5, 2, (places, places)), 0) * (1 - np.eye(places))
    panel = dated(values)
    return panel, graph_of(weights, panel), places_of(panel), weights


def series_by_hand(values, lag=1, like=None):
    """Return residuals, earlier values and the mask of each pair of rows, by loops over the definition."""
    days, places = values.shape
    seen = ~np.isnan(values)
    d = np.array([[values[t, i] - values[seen[:, i], i].mean() if seen[t, i] else 0.0 for i in range(places)] for t in range(days)])
    z = d.copy()
    if like is not None:
        means = np.array([values[seen[:, i], i].mean() for i in range(places)])
        for i, t in itertools.product(range(places), range(days)):
            week = [u for u in range(max(0, t - 3), min(days, t + 4)) if seen[u].any()]
            z[t, i] -= means[i] * np.mean([sum(d[u, k] for k in like[i]) for u in week]) / sum(means[k] for k in like[i])
        for i in range(places):
            z[:, i] = np.where(seen[:, i], z[:, i] - z[seen[:, i], i].mean(), 0)
    residual, earlier = np.zeros((2, days - lag, places))
    both = seen[lag:] & seen[:-lag]
    for t in range(days - lag):
        use = both[t]
        x, y = z[t, use] - z[t, use].mean(), z[t + lag, use] - z[t + lag, use].mean()
        earlier[t, use], residual[t, use] = x, y - x * (x @ y) / (x @ x)
    return residual, earlier, both


def statistic(residual, earlier, weights, order=None, count=None, ratio=None):
    """Return Moran's I of each pair of rows, with the places in some order, from loops over pairs of places."""
    n = residual.shape[1]
    order = range(n) if order is None else order
    sums = [
        sum(weights[j, i] * e[order[i]] * x[order[j]] for i in range(n) for j in range(n))
        for e, x in zip(residual, earlier, strict=True)
    ]
    return np.array(sums)


LIKE_OF_12 = [
    [k for k in range(max(0, min(i - 4, 3)), max(0, min(i - 4, 3)) + 9) if k != i] for i in range(12)
]  # eight places nearest in the ranking, which is the order of the columns


@settings(max_examples=12)
@given(st.integers(0, 10**6), st.sampled_from([1, 2, 3]), st.sampled_from([0.0, 0.15]))
def test_the_statistic_is_that_of_the_definition(seed, lag, gaps):
    panel, graph, places, weights = world(seed, gaps=gaps)
    values = panel.to_numpy()
    if np.isnan(values).all(axis=0).any() or (np.nansum(values, axis=0) == 0).any():
        return
    residual, earlier, both = series_by_hand(values, lag, LIKE_OF_12)
    sums = statistic(residual, earlier, weights)
    total = np.array([sum(weights[j, i] for i in range(12) for j in range(12) if m[i] and m[j]) for m in both])
    ratio = both.sum(axis=1) / total
    squares = (residual**2).sum(axis=1), (earlier**2).sum(axis=1)
    found = ps.lagged_moran_over_time(panel, graph, places, lag=lag, values="counts", weights="given", permutations=1, rng=1)
    assert found.table["statistic"].to_numpy() == pytest.approx(ratio * sums / np.sqrt(squares[0] * squares[1]), abs=1e-12)
    assert found.overall["statistic"].item() == pytest.approx(
        (ratio * sums).sum() / math.sqrt(squares[0].sum() * squares[1].sum()), abs=1e-12
    )
    assert found.overall["place_days"].item() == both.sum()
