"""Moran's I by day: 3,000 places, 365 days, 999 draws, compared with a loop over a fifth of the days with esda."""

import numpy as np
import pandas as pd
from ratio import Workload, agree

import protestspread as ps

DAYS, EVERY, DRAWS = 365, 5, 999


def make(size, seed):
    """Return a panel on a grid of hexagons, 60 columns wide: six neighbors per place, fewer at the edge."""
    from libpysal.weights import W

    row, column = np.divmod(np.arange(size), 60)
    parts = []
    for down, right in ((0, 1), (1, 0), (1, 1), (0, -1), (-1, 0), (-1, -1)):
        there = (row + down) * 60 + column + right
        inside = (row + down >= 0) & (there < size) & (column + right >= 0) & (column + right < 60)
        parts.append(pd.DataFrame({"source": np.flatnonzero(inside), "target": there[inside]}))
    ties = pd.concat(parts, ignore_index=True)
    graph = ps.DiffusionGraph.from_edges(ties, range(size))
    values = np.random.default_rng(seed).normal(size=(DAYS, size))
    weights = W(ties.groupby("target")["source"].agg(list).to_dict(), silence_warnings=True)
    weights.transform = "r"
    panel = pd.DataFrame(values, index=pd.date_range("2021-01-01", periods=DAYS, name="date"))
    return {"panel": panel, "graph": graph, "weights": weights}


def ours(data):
    return ps.moran_over_time(data["panel"], data["graph"], permutations=DRAWS, rng=1).to_frame()


def theirs(data):
    from esda import Moran

    weights, days = data["weights"], data["panel"].to_numpy()[::EVERY]
    return [Moran(day, weights, permutations=DRAWS) for day in days]


def check(_data, table, found):
    seen = table.iloc[::EVERY]
    agree(np.allclose(seen["statistic"], [day.I for day in found], rtol=0, atol=1e-10), "Moran's I")
    error = 5 * np.sqrt(0.5 / DRAWS)  # five standard errors of the difference of two shares
    share = [(day.sim >= day.I).mean() for day in found]
    agree(np.abs(seen["p_value"] - share).max() < error, "p-values")


def work(data):
    return len(data["graph"].edges) * DAYS * DRAWS


WORKLOADS = [
    Workload("Moran's I, 365 days, 999 draws", 3_000, 600, make, ours, {"esda: Moran, 73 of the 365 days": theirs}, check, "tie, day and draw", work),
]  # fmt: skip
