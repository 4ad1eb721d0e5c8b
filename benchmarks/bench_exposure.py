"""Exposure of 3,000 places on 1,000 days along five graphs, next to products of scipy with the state of every day."""

import numpy as np
import pandas as pd
from ratio import Workload, agree

import protestspread as ps

DAYS, GRAPHS = 1_000, 5


def make(size, seed):
    """Return onsets of three fifths of the places, and five graphs of about six ties a place."""
    rng = np.random.default_rng(seed)
    places = pd.RangeIndex(size)
    onsets = pd.Series(pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, DAYS, size), "D"), index=places)
    onsets[rng.random(size) < 0.4] = pd.NaT
    graphs = {}
    for number in range(GRAPHS):
        source, target = rng.integers(0, size, (2, 6 * size))
        ties = pd.DataFrame({"source": source, "target": target, "weight": 1.0})[source != target]
        graphs[f"graph {number}"] = ps.DiffusionGraph.from_edges(
            ties.drop_duplicates(["source", "target"]), nodes=list(places)
        )
    return onsets, graphs


def ours(data):
    return ps.exposure(data[0], data[1])


def products(data):
    onsets, graphs = data
    days = pd.date_range(onsets.min(), onsets.max())
    before = (onsets.to_numpy()[None] < days.to_numpy()[:, None]).astype(float)
    return np.concatenate([(graph.matrix.T @ before.T).T for graph in graphs.values()], axis=1)


def check(_data, mine, theirs):
    agree(np.array_equal(mine.to_numpy(), theirs), "exposures")


WORKLOADS = [
    Workload("exposure on 1,000 days along five graphs", 3_000, 300, make, ours, {"scipy: a product for each graph": products}, check,
             "cell", lambda data: len(data[0]) * DAYS * GRAPHS),
]  # fmt: skip
