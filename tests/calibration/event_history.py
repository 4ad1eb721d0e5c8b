"""Worlds with and without transmission, and what fit_event_history and its placebo test say of them.

`python tests/calibration/event_history.py` writes its section of docs/calibration.md. The worlds of network_verdicts.py
(42 cities of Kazakhstan), and spreads simulated from the model itself, in which the truth is known.
"""

import datetime as dt
import sys
from pathlib import Path

import numpy as np
import pandas as pd

import protestspread as ps

sys.path.insert(0, str(Path(__file__).parent))
from network_verdicts import CONTAGION, NULL, frame, networks, world
from sections import in_worlds, run_in_turn, table

KINDS = (*NULL, *(kind for kind in CONTAGION if kind.startswith("along road")))
TRUTHS = tuple(f"{places} places, effect {effect}" for places in (30, 300) for effect in (0.0, 0.5))
VERDICTS = ("p ≤ 0.05 against no effect", "consistent with transmission")
PLACEBOS = 99


def verdict(kind, seed):
    """Return what is said of the roads in one world. Without a small p no placebo can change the verdict, so none is made."""
    cities, onsets = world(kind, seed)
    try:
        fit = ps.fit_event_history(
            onsets, {"road": networks(cities, frame()[1])["road"]}, cities=cities, observed_until=int(onsets.max())
        )
    except ps.DataError:  # along the roads nobody was exposed
        return dict.fromkeys(VERDICTS, False)
    p = fit.tests.loc["road", "p_value"] / 2  # of the signed root; one-sided
    claimed = False
    if p <= 0.05 and fit.params["road"] > 0:
        found = fit.placebo_test(strata=cities["region_id"], permutations=PLACEBOS, rng=seed)
        claimed = found.verdict == VERDICTS[-1]
    return dict(zip(VERDICTS, (bool(2 * p <= 0.05), claimed), strict=True))


def truth(kind, seed):
    """Return estimate, interval and test of a spread simulated from the model: places in a plane, three neighbors each."""
    count, effect = int(kind.split()[0]), float(kind.split()[-1])
    rng = np.random.default_rng([23, TRUTHS.index(kind), seed])
    points = rng.random((count, 2))
    far = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1)) + 9 * np.eye(count)
    pairs = [(source, target, 1.0) for target in range(count) for source in np.argsort(far[target])[:3]]
    graph = ps.DiffusionGraph.from_edges(pd.DataFrame(pairs, columns=["source", "target", "weight"])).subgraph(
        range(count)
    )
    size = pd.Series(rng.normal(size=count), index=graph.nodes, name="size")
    days = pd.date_range("2022-01-01", periods=13, name="date")
    wave = -2.6 + 0.7 * np.sin(np.arange(13) / 2)
    predictor = pd.DataFrame(wave[:, None] + 0.5 * size.to_numpy(), days, graph.nodes)
    model = ps.EventHistoryModel(predictor, {"near": graph.matrix}, {"near": effect}, {"near": ps.Since()})
    first = list(rng.choice(count, max(2, count // 20), replace=False))
    panel = ps.simulate(model, graph, seeds=first, days=13, first_day="2022-01-01", rng=int(rng.integers(2**40)))
    fit = ps.fit_event_history(ps.onsets(panel), {"near": graph}, attributes=size, observed_until=days[-1])
    low, high = fit.intervals(names=["near"]).loc["near"]
    return {
        "estimate": fit.params["near"], "covered": bool(low <= effect <= high),
        "rejected": bool(fit.tests.loc["near", "p_value"] <= 0.05), "penalized": fit.firth,
    }  # fmt: skip


def rows_of(kind, seeds, jobs=1):
    """Return the results in some worlds."""
    return in_worlds(truth if kind in TRUTHS else verdict, kind, seeds, jobs)


def page(kept):
    """Return the section of docs/calibration.md."""
    worlds = [
        [kind, len(kept[kind]), *(sum(row[name] for row in kept[kind]) for name in VERDICTS)]
        for kind in KINDS
        if kept.get(kind)
    ]
    told = []
    for kind in TRUTHS:
        if kept.get(kind):
            rows, effect = pd.DataFrame(kept[kind]), float(kind.split()[-1])
            told.append([
                kind, len(rows), f"{rows['estimate'].mean() - effect:+.3f}", f"{100 * rows['covered'].mean():.1f}",
                f"{100 * rows['rejected'].mean():.1f}", f"{100 * rows['penalized'].mean():.0f}",
            ])  # fmt: skip
    return f"""## `fit_event_history`, in worlds

Measured by `python tests/calibration/event_history.py` on {dt.datetime.now(dt.UTC):%-d %B %Y}, without manual adjustment. The worlds are those of `compare_networks` (42 cities of
Kazakhstan; 25 join, on 8 days), the network is roads, log population is an attribute, regions are the strata of the placebo test ({PLACEBOS} placebos of each null). The fit alone makes no claim of
spread; "consistent with transmission" is the verdict of `placebo_test`. Of a method that is wrong in 5%, more than 35 of 500 worlds would be wrong in one run of fifty.

{table(["world", "worlds", *VERDICTS], worlds)}

Spreads simulated from the model (12 days, three neighbors, one attribute): bias of the effect, coverage of the 95% profile intervals in percent, share of tests with p ≤ 0.05 (size where the
effect is 0, power elsewhere), share of penalized fits.

{table(["truth", "worlds", "bias", "coverage", "p ≤ 0.05", "penalized"], told)}
"""


if __name__ == "__main__":
    run_in_turn("event_history", __doc__, (*KINDS, *TRUTHS), rows_of, page)
