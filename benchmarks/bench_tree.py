"""A transmission tree of 1,500 onsets among 3,000 cities from a given delay, next to a dense matrix of numpy."""

import geopandas as gpd
import numpy as np
import pandas as pd
from ratio import Workload, agree

import protestspread as ps

DELAY, OUTSIDE, DECAY_KM = np.full(10, 0.1), 0.1, 100.0


def make(size, seed):
    """Return cities, and onsets of half of them within six weeks."""
    rng = np.random.default_rng(seed)
    points = gpd.points_from_xy(rng.uniform(50, 80, size), rng.uniform(40, 55, size))
    cities = gpd.GeoDataFrame(index=pd.RangeIndex(size, name="city"), geometry=points, crs=4326)
    days = np.clip(rng.normal(20, 6, size), 0, 40).astype(int)
    onsets = pd.Series(pd.Timestamp("2020-01-01") + pd.to_timedelta(days, "D"), index=cities.index)
    onsets[rng.permutation(size)[: size // 2]] = pd.NaT
    return onsets, cities


def ours(data):
    return ps.transmission_tree(*data, delay=DELAY, external=OUTSIDE, decay_km=DECAY_KM)


def dense(data):
    """Return the summed probability of each place as a parent."""
    joined = data[0].dropna()
    lag = (joined.to_numpy()[None] - joined.to_numpy()[:, None]) // np.timedelta64(1, "D")
    km = ps.distances_km(data[1].loc[joined.index]).to_numpy()
    delay = np.concatenate([[0.0], DELAY, [0.0]])[np.clip(lag, 0, len(DELAY) + 1)]
    weight = delay * np.exp(-km / DECAY_KM)
    return pd.Series((weight / (OUTSIDE + weight.sum(axis=0))).sum(axis=1), joined.index)


def check(_data, mine, theirs):
    found = mine.edges.groupby("source")["probability"].sum().reindex(theirs.index, fill_value=0.0)
    agree(bool(np.allclose(found, theirs, rtol=1e-9, atol=1e-12)), "children of each place")


WORKLOADS = [
    Workload("transmission tree of 1,500 onsets, given delay", 3_000, 300, make, ours, {"numpy: matrices of all pairs, without a table": dense}, check,
             "onset", lambda data: int(data[0].notna().sum())),
]  # fmt: skip
