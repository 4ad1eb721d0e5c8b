"""Moran's I by day: 3,000 places, 365 days, 999 draws, compared with a loop over a fifth of the days with esda.

Three kinds of data: Gaussian values with neighbors on a grid of hexagons, counts with many zeros on the same grid, and Gaussian
values with an asymmetric graph, each place with six others that it hears and that need not hear it.
"""

import numpy as np
import pandas as pd
from ratio import Workload, agree

import protestspread as ps

DAYS, EVERY, DRAWS = 365, 5, 999


def hexagons(size):
    """Return ties on a grid of hexagons, 60 columns wide: six neighbors per place, fewer at the edge."""
    row, column = np.divmod(np.arange(size), 60)
    parts = []
    for down, right in ((0, 1), (1, 0), (1, 1), (0, -1), (-1, 0), (-1, -1)):
        there = (row + down) * 60 + column + right
        inside = (row + down >= 0) & (there < size) & (column + right >= 0) & (column + right < 60)
        parts.append(pd.DataFrame({"source": np.flatnonzero(inside), "target": there[inside]}))
    return pd.concat(parts, ignore_index=True)


def one_way(size):
    """Return six ties to each place from places at random."""
    rng = np.random.default_rng(2)
    steps = np.array([1 + rng.choice(size - 1, 6, replace=False) for _ in range(size)])
    target = np.arange(size)[:, None]
    return pd.DataFrame({"source": ((target + steps) % size).ravel(), "target": np.repeat(target, 6)})


def data_of(size, ties, values):
    from libpysal.weights import W

    weights = W(ties.groupby("target")["source"].agg(list).to_dict(), silence_warnings=True)
    weights.transform = "r"
    panel = pd.DataFrame(values, index=pd.date_range("2021-01-01", periods=DAYS, name="date"))
    return {"panel": panel, "graph": ps.DiffusionGraph.from_edges(ties, range(size)), "weights": weights}


def make(size, seed):
    return data_of(size, hexagons(size), np.random.default_rng(seed).normal(size=(DAYS, size)))


def make_counts(size, seed):
    """Return counts of which seven in ten are 0; no day is 0 everywhere."""
    rng = np.random.default_rng(seed)
    return data_of(size, hexagons(size), rng.poisson(rng.gamma(0.5, 1.0, (DAYS, size))))


def make_one_way(size, seed):
    return data_of(size, one_way(size), np.random.default_rng(seed).normal(size=(DAYS, size)))


KINDS = {"": make, ", counts": make_counts, ", asymmetric graph": make_one_way}


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
    Workload(f"Moran's I, 365 days, 999 draws{kind}", 3_000, 600, made, ours, {"esda: Moran, 73 of the 365 days": theirs}, check, "tie, day and draw", work)
    for kind, made in KINDS.items()
]  # fmt: skip
