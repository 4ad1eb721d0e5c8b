"""Spreads whose parents are known, and how often the probable parents of trees are the true ones.

`python tests/calibration/trees.py` writes its section of docs/calibration.md. Each place has a clock of its own for each source,
and for the outside, on each day: it joins if one of them rings, and its parent is the source whose clock rang first.
"""

import datetime as dt
import itertools
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

import protestspread as ps
from protestspread.forecasting.forecast import sample_coordinates, spread_of

sys.path.insert(0, str(Path(__file__).parent))
from sections import in_worlds, run_in_turn, table

DAYS, SCALE = 14, 25.0
STRENGTHS = {"near": 2.5, "hub": 0.4}
DELAY, OUTSIDE, REACH = [0.4, 0.3, 0.2, 0.1], 0.05, 0.9
EDGES = (0, 0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95, 1.0000001)
LIKELY = EDGES.index(0.65)  # the class of parents given 65 to 75%
SAMPLES = 60
KINDS = (
    "true parameters", "fit_tada", "fit_tada, mean over sampled parameters", "fit_tada, 240 places", "fit_oada", "fit_oada, 240 places",
    "fit_event_history", "given delay", "given delay, outside five times too low", "given delay, outside five times too high",
    "fit_tada, nothing is transmitted",
)  # fmt: skip


def places_of(kind):
    return 240 if kind.endswith("240 places") else 60


def networks(rng, count):
    """Return ties from three nearest neighbors in a plane, and from a twelfth of the places to others."""
    points = rng.random((count, 2))
    far = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1)) + 9 * np.eye(count)
    near = [(int(source), target) for target in range(count) for source in np.argsort(far[target])[:3]]
    tied = rng.random((count // 12, count)) < 30 / count
    hub = [(int(source), int(target)) for source, target in np.argwhere(tied) if source != target]
    return {
        name: ps.DiffusionGraph.from_edges(pd.DataFrame(pairs, columns=["source", "target"]), range(count))
        for name, pairs in (("near", near), ("hub", hub))
    }


def spread(rng, count, rates_from, outside):
    """Return first days and true parents (-1: from outside), given a function of days that returns rates from row to column."""
    first, parent = np.full(count, np.inf), np.full(count, -2)
    for day in range(DAYS):
        rates = np.vstack([np.full(count, outside), rates_from(day - first)])
        with np.errstate(divide="ignore"):
            rings = rng.exponential(size=rates.shape) / rates
        joins = np.isinf(first) & (rings.min(axis=0) < 1)
        first[joins], parent[joins] = day, rings.argmin(axis=0)[joins] - 1
    return pd.Series(first, range(count)).replace(np.inf, np.nan), parent


def tree_of(kind, seed):
    """Return the tree of one world and the true parents."""
    rng, count = np.random.default_rng([31, KINDS.index(kind), seed]), places_of(kind)
    graphs = networks(rng, count)
    weights = sum(s * graphs[name].matrix.toarray() for name, s in STRENGTHS.items())
    if kind.startswith("given delay"):
        return delay_tree(kind, rng, weights)
    share = 0.0 if kind.endswith("nothing is transmitted") else 1.0
    onsets, parents = spread(
        rng, count, lambda ago: share * (ago > 0)[:, None] * weights / SCALE, (1 + 3 * (1 - share)) / SCALE
    )
    if kind.startswith("fit_oada"):
        fit = ps.fit_oada(onsets, graphs, ties="efron")
    elif kind == "fit_event_history":
        fit = ps.fit_event_history(onsets, graphs, baseline="none", observed_until=DAYS - 1)
    else:
        fit = ps.fit_tada(onsets + 1, graphs, observed_until=DAYS, time="daily")
    tree = ps.transmission_tree(truth(fit) if kind == "true parameters" else fit)
    return averaged(fit, tree, rng) if "sampled" in kind else tree, parents


def delay_tree(kind, rng, weights):
    """Return the tree of a world with a given delay, and the true parents."""
    chance = np.array([0.0, *DELAY, 0.0])

    def rates_from(ago):
        return REACH * chance[np.clip(np.nan_to_num(ago, posinf=0, neginf=0), 0, 5).astype(int)][:, None] * weights

    onsets, parents = spread(rng, len(weights), rates_from, REACH * OUTSIDE)
    external = OUTSIDE * {"low": 0.2, "high": 5.0}.get(kind.split()[-1], 1.0)
    rows = [(i, j, weights[i, j]) for i, j in np.argwhere(weights)]
    graph = ps.DiffusionGraph.from_edges(
        pd.DataFrame(rows, columns=["source", "target", "weight"]), range(len(weights))
    )
    return ps.transmission_tree(onsets, graph, delay=DELAY, external=external), parents


def truth(fit):
    """Return a fit with the true strengths in place of the estimates."""
    at = fit.optimum.coordinates.copy()
    at[1:] = np.arcsinh(np.array(list(STRENGTHS.values())) * fit.rates.units)
    return replace(fit, optimum=replace(fit.optimum, coordinates=at))


def averaged(fit, tree, rng):
    """Return a tree with the mean probabilities over parameters drawn around the estimates, where they can be drawn."""
    try:
        around, keys, total = spread_of(fit), ["source", "target"], 0.0
    except ps.FitError:
        return tree
    for _ in range(SAMPLES):
        at = sample_coordinates(fit.optimum, around, rng)
        rows = replace(fit, optimum=replace(fit.optimum, coordinates=at)).parents()
        one = rows.assign(source=rows["source"].fillna(-1)).groupby(keys)["probability"].sum() / SAMPLES
        total = one if isinstance(total, float) else total.add(one, fill_value=0.0)
    table = total.reset_index().merge(tree.onsets[["target", "date"]], on="target")
    rounded = table["probability"].clip(upper=1.0)
    return ps.TransmissionTree(table.assign(source=table["source"].where(table["source"] >= 0), probability=rounded))


def judged(kind, seed):
    """Return by class of probability how many possible parents there were, their mean probability, and how many were right.

    The outside is one of the possible parents; onsets with no other are left out, as there is nothing to tell.
    """
    tree, parents = tree_of(kind, seed)
    rows = tree.table
    told = rows[rows["target"].map(rows.groupby("target").size()) > 1]
    true = told["source"].fillna(-1).to_numpy(dtype=int) == parents[told["target"].to_numpy(dtype=int)]
    bins = np.digitize(told["probability"], EDGES) - 1
    size = len(EDGES) - 1
    return {
        "onsets": int(told["target"].nunique()),
        "outside": [float(told.loc[told["source"].isna(), "probability"].sum()), int((parents[told["target"].unique().astype(int)] == -1).sum())],
        "given": np.bincount(bins, minlength=size).tolist(),
        "mean": np.bincount(bins, told["probability"], minlength=size).tolist(),
        "right": np.bincount(bins, true, minlength=size).tolist(),
    }  # fmt: skip


def rows_of(kind, seeds, jobs=1):
    """Return the results in some worlds."""
    return in_worlds(judged, kind, seeds, jobs)


def page(kept):
    """Return the section of docs/calibration.md."""
    heads = [f"{100 * low:.0f}–{100 * min(high, 1):.0f}" for low, high in itertools.pairwise(EDGES)]
    rows = []
    for kind in (kind for kind in KINDS if kept.get(kind)):
        given, right = (np.sum([row[name] for row in kept[kind]], axis=0) for name in ("given", "right"))
        onsets, outside = (
            sum(row["onsets"] for row in kept[kind]),
            np.sum([row["outside"] for row in kept[kind]], axis=0),
        )
        shares = ["–" if many < 30 else f"{100 * hits / many:.0f}" for many, hits in zip(given, right, strict=True)]
        rows.append([kind, f"{onsets:,}", *(f"{100 * share / onsets:.0f}" for share in outside), *shares])
    return f"""## Trees: are the probable parents the true ones?

Measured by `python tests/calibration/trees.py` on {dt.datetime.now(dt.UTC):%-d %B %Y}, without manual adjustment. 60 places (240 where said), {DAYS} days, ties from three nearest neighbors and from a twelfth of the places to others, 2.5 for each; about
two in three onsets are transmitted. Parents are recorded as the spread is simulated. A cell shows how many percent of the possible parents (the outside is one of them) that were given a probability of this class were
the true ones; "–": fewer than 30. Onsets without a possible parent are left out. The columns "outside" show the share from outside that the trees give, and the true share, in percent.

{table(["tree from", "onsets", "outside, given", "outside, true", *heads], rows)}

With the true parameters probabilities are right. With strengths estimated from some forty onsets, those near 0 and above 75% are too extreme, as they leave out the uncertainty of the strengths; the mean over
sampled parameters, which the trees of `transmission_tree(fit, draws=...)` are drawn from, is closer. `fit_event_history` takes exposures to multiply the hazard, where here they add. With a given delay, probabilities are
right as far as the delay and the weight of the outside are. Where nothing is transmitted and a fit is forced along ties, it gives parents that do not exist: a tree is no evidence of spread; hold the fit
against its rivals first.
"""


if __name__ == "__main__":
    run_in_turn("trees", __doc__, KINDS, rows_of, page)
