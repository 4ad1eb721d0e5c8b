"""Local Moran's I by day and place (3,000 × 365, 999 draws), compared with esda on a fifth of the days, for the data of bench_moran."""

import warnings

import numpy as np
from bench_moran import DRAWS, EVERY, KINDS, work
from ratio import Workload, agree

import protestspread as ps


def ours(data):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ps.DataWarning)  # too few draws for 3,000 places
        return ps.local_moran_over_time(data["panel"], data["graph"], permutations=DRAWS, rng=1).to_frame()


def theirs(data):
    """Call esda in its fastest way on this machine: one job, no simulations kept."""
    from esda import Moran_Local

    days = data["panel"].to_numpy()[::EVERY]
    return [Moran_Local(day, data["weights"], permutations=DRAWS, n_jobs=1, keep_simulations=False) for day in days]


def check(data, table, found):
    """Compare all statistics, and, except for counts, the distribution of p-values; the p-value of esda is the smaller of the two one-sided ones."""
    dates = data["panel"].index[::EVERY]
    statistic, p = (np.stack([table.loc[date, name] for date in dates]) for name in ("statistic", "p_value"))
    agree(np.allclose(statistic, [day.Is for day in found], rtol=0, atol=1e-10), "local Moran's I")
    if (data["panel"] % 1 == 0).all(axis=None):
        return  # counts have many equal sums of neighbors, which esda counts in another way
    difference = np.minimum(1, 2 * np.array([day.p_sim for day in found])) - p
    agree(abs(difference.mean()) < 0.005 and np.abs(difference).max() < 2 * 6 * np.sqrt(0.5 / DRAWS), "p-values")


WORKLOADS = [
    Workload(f"local Moran's I, 365 days, 999 draws{kind}", 3_000, 600, made, ours, {"esda: Moran_Local, 73 of the 365 days": theirs}, check, "tie, day and draw", work)
    for kind, made in KINDS.items()
]  # fmt: skip
