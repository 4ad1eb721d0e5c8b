"""Event history in discrete time: exposure, table of place-days and fit, next to statsmodels' GLM on the finished table."""

import numpy as np
import pandas as pd
from ratio import Workload, agree

import protestspread as ps


def make(size, seed):
    """Return onsets on 100 days, a graph of about six ties a place and two attributes."""
    rng = np.random.default_rng(seed)
    places = pd.RangeIndex(size)
    onsets = pd.Series(pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 100, size), "D"), index=places)
    onsets[rng.random(size) < 0.3] = pd.NaT
    source, target = rng.integers(0, size, (2, 6 * size))
    ties = pd.DataFrame({"source": source, "target": target, "weight": 1.0})[source != target]
    graph = ps.DiffusionGraph.from_edges(ties.drop_duplicates(["source", "target"]), nodes=list(places))
    attributes = pd.DataFrame({"a": rng.normal(size=size), "b": rng.normal(size=size)}, index=places)
    until = onsets.max()
    table = ps.person_days(onsets, {"near": graph}, attributes=attributes, observed_until=until)
    table = table[table.groupby("date")["joined"].transform("sum") > 0]
    return onsets, graph, attributes, until, table


def ours(data):
    onsets, graph, attributes, until, _ = data
    return ps.fit_event_history(onsets, {"near": graph}, attributes=attributes, observed_until=until, firth=False)


def statsmodels_glm(data):
    import statsmodels.api as sm

    table = data[-1]
    design = pd.concat([pd.get_dummies(table["date"].astype(str), dtype=float), table[["near", "a", "b"]]], axis=1)
    return sm.GLM(table["joined"], design, family=sm.families.Binomial(sm.families.links.CLogLog())).fit()


def check(_data, mine, theirs):
    agree(np.allclose(mine.params[["near", "a", "b"]], theirs.params[["near", "a", "b"]], atol=1e-5), "estimates")


WORKLOADS = [
    Workload("event history, 100 days: exposure, table and fit", 1_000, 200, make, ours,
             {"statsmodels: GLM with cloglog of the table that is made before": statsmodels_glm}, check, "row", lambda data: len(data[-1])),
]  # fmt: skip
