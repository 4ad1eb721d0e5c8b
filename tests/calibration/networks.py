"""Simulate spreads along known networks and analyze them with NBDA: `python tests/calibration/networks.py`.

A world has places on 500 by 500 km. Each joins at the rate s · (neighbors that have joined) + 1, in continuous
time, and is observed to the end or until 60% have joined.
"""

import argparse
import datetime as dt
import json
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from joblib import Parallel, delayed

import protestspread as ps

sys.path.insert(0, str(Path(__file__).parent))
from sections import table, write_section

STRENGTH, SHARE, DAYS = 1.0, 0.6, 8


def world(rng, count):
    """Return places, and the network of the four nearest."""
    lon, lat = rng.uniform(0, 4.5, count), rng.uniform(-2.25, 2.25, count)
    names = pd.Index([f"c{i}" for i in range(count)], name="city")
    places = gpd.GeoDataFrame(index=names, geometry=gpd.points_from_xy(lon, lat), crs=4326)
    return ps.nearest_graph(places, k=4)


def spread(rng, graph, strength):
    """Return the onset of each place, at the rate 1 without transmission."""
    weights, count = graph.matrix.tocsr(), len(graph.nodes)
    exposure, when, now = np.zeros(count), np.full(count, np.inf), 0.0
    for _ in range(count):
        rate = np.where(np.isinf(when), strength * exposure + 1.0, 0.0)
        now += rng.exponential(1 / rate.sum())
        place = rng.choice(count, p=rate / rate.sum())
        when[place] = now
        exposure[weights.indices[weights.indptr[place] : weights.indptr[place + 1]]] += 1
    return pd.Series(when, index=graph.nodes)


def observed_onsets(when, *, censored, daily=False):
    """Return the observed onsets and the end of observation."""
    end = float(np.sort(when)[int(SHARE * len(when)) - 1] if censored else when.max()) * (1 + 1e-9)
    onsets = when.where(when <= end)
    if daily:  # DAYS days of equal length
        return np.ceil(onsets / end * DAYS), float(DAYS)
    return onsets, end


def coverage(count, censored, daily, seed):
    """Return whether the intervals of s contain the true value and lie above 0, by order and by times."""
    rng = np.random.default_rng([11, count, int(censored), int(daily), seed])
    near = world(rng, count)
    onsets, end = observed_onsets(spread(rng, near, STRENGTH), censored=censored, daily=daily)
    found = {}
    order = ps.fit_oada(onsets, {"near": near})
    times = ps.fit_tada(
        onsets, {"near": near}, observed_until=end, observed_from=0, time="daily" if daily else "continuous"
    )
    for name, fit in (("order", order), ("times", times)):
        row = fit.intervals(unconverged="allow").loc["s near"]
        found |= {
            f"{name}: covered": row["low"] <= STRENGTH <= row["high"],
            f"{name}: s": fit.params["s near"],
            f"{name}: above 0": row["low"] > 0,
        }
    return found


SIZES = (30, 42, 300)


def shares(function, arguments, worlds, jobs):
    """Return means over worlds of the values of a function (medians of strengths)."""
    chunks = np.array_split(np.arange(worlds), max(jobs, worlds // 20))
    parts = Parallel(n_jobs=jobs)(
        delayed(lambda chunk: [function(*arguments, int(seed)) for seed in chunk])(chunk) for chunk in chunks
    )
    found = pd.DataFrame([row for part in parts for row in part])
    middle = [name for name in found if name.endswith(": s")]
    return {name: float(found[name].median() if name in middle else found[name].astype(float).mean()) for name in found}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=1000)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="a JSON file that stores results, so that a run can be resumed")
    options = parser.parse_args()
    kept = json.loads(options.keep.read_text()) if options.keep and options.keep.exists() else {}
    jobs = [
        (
            f"{count} {'until 60%' if censored else 'to the end'}{', by days' if daily else ''}",
            coverage,
            (count, censored, daily),
            options.worlds,
        )
        for count in SIZES
        for censored in (False, True)
        for daily in (False, True)
    ]
    for name, function, arguments, worlds in jobs:
        if name not in kept:
            kept[name] = shares(function, arguments, worlds, options.jobs) | {"worlds": worlds}
            print(name, kept[name], flush=True)
            if options.keep:
                options.keep.write_text(json.dumps(kept, indent=1))
    write_section("networks", page(kept))


def page(kept):
    covered = [name for name in kept if name[0].isdigit()]
    error = 329 * np.sqrt(0.05 * 0.95 / kept[covered[0]]["worlds"])
    rows = [
        [
            name,
            *(f"{kept[name][f'{by}: s']:.2f}" for by in ("order", "times")),
            *(f"{100 * kept[name][f'{by}: covered']:.1f}" for by in ("order", "times")),
            *(f"{100 * kept[name][f'{by}: above 0']:.0f}" for by in ("order", "times")),
        ]
        for name in covered
    ]
    return f"""## Networks: `fit_oada`, `fit_tada`

Measured by `python tests/calibration/networks.py` on {dt.datetime.now(dt.UTC):%-d %B %Y}. Places on 500 by 500 km; each joins at the rate
s · (neighbors that have joined) + 1, with s = {STRENGTH:g} along the four nearest; observed to the end, or until 60% have joined. "By days": onsets are grouped into {DAYS} days of equal
length, so that several places join on one day and their order within a day is unknown.

### Coverage of the 95% profile-likelihood intervals of s, in percent

{kept[covered[0]]["worlds"]:,} worlds each; 95.0 ± {error:.1f} is expected (99.9% binomial error). The last columns show the percentage of intervals above 0.

{table(["places, watched", "order: median s", "times: median s", "order: covered", "times: covered", "order: above 0", "times: above 0"], rows)}

If onsets are grouped by day, the order within a day is lost and s is underestimated; the bias grows with the number of places that join on one day.
"""


if __name__ == "__main__":
    main()
