"""Simulate spreads along known networks and analyze them with NBDA: `python tests/calibration/networks.py`.

A world has places on 500 by 500 km in four regions. Each joins at the rate s · (neighbors that have joined) + 1, in continuous
time, and is observed to the end or until 60% have joined.
"""

import argparse
import datetime as dt
import json
import sys
import warnings
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from joblib import Parallel, delayed

import protestspread as ps

sys.path.insert(0, str(Path(__file__).parent))
from network_verdicts import COLUMNS, CONTAGION, JOINED, NULL, counts, rows_of
from network_verdicts import DAYS as VERDICT_DAYS
from sections import table, write_section

STRENGTH, SHARE, DAYS = 1.0, 0.6, 8


def world(rng, count):
    """Return places with a region, and three candidate networks with about four ties per place."""
    lon, lat = rng.uniform(0, 4.5, count), rng.uniform(-2.25, 2.25, count)
    names = pd.Index([f"c{i}" for i in range(count)], name="city")
    region = np.char.add(np.where(lat > 0, "north", "south"), np.where(lon > 2.25, "-east", "-west"))
    places = gpd.GeoDataFrame({"region_id": region}, index=names, geometry=gpd.points_from_xy(lon, lat), crs=4326)
    pairs = rng.permutation(count)
    far = pd.DataFrame(
        {"source": names[np.tile(pairs, 2)], "target": names[np.concatenate([np.roll(pairs, 1), np.roll(pairs, 2)])]}
    )
    far = pd.concat([far, far.rename(columns={"source": "target", "target": "source"})]).drop_duplicates()
    return places, {
        "near": ps.nearest_graph(places, k=4),
        "far": ps.DiffusionGraph.from_edges(far, places),
        "groups": ps.similarity_graph(
            places.assign(group=[f"g{i}" for i in rng.integers(0, max(count // 5, 2), count)]), "group"
        ),
    }


def spread(rng, graph, strength, base=1.0):
    """Return the onset of each place; `base` is the rate without transmission."""
    weights, count = graph.matrix.tocsr(), len(graph.nodes)
    exposure, when, now = np.zeros(count), np.full(count, np.inf), 0.0
    base = np.broadcast_to(np.asarray(base, dtype=float), count)
    for _ in range(count):
        rate = np.where(np.isinf(when), strength * exposure + base, 0.0)
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
    _, graphs = world(rng, count)
    onsets, end = observed_onsets(spread(rng, graphs["near"], STRENGTH), censored=censored, daily=daily)
    found = {}
    order = ps.fit_oada(onsets, {"near": graphs["near"]})
    times = ps.fit_tada(
        onsets, {"near": graphs["near"]}, observed_until=end, observed_from=0, time="daily" if daily else "continuous"
    )
    for name, fit in (("order", order), ("times", times)):
        row = fit.intervals(unconverged="allow").loc["s near"]
        found |= {
            f"{name}: covered": row["low"] <= STRENGTH <= row["high"],
            f"{name}: s": fit.params["s near"],
            f"{name}: above 0": row["low"] > 0,
        }
    return found


def naming(kind, count, placebos, seed):
    """Return which networks compare_networks names in one world."""
    rng = np.random.default_rng([13, KINDS.index(kind), count, seed])
    places, graphs = world(rng, count)
    clustered = (
        np.exp(1.2 * rng.normal(size=4))[pd.factorize(places["region_id"])[0]]
        if kind == "none, regional differences"
        else 1.0
    )
    carried = kind.removeprefix("along ")
    when = spread(rng, graphs.get(carried, graphs["near"]), STRENGTH if carried in graphs else 0.0, clustered)
    onsets, _ = observed_onsets(when, censored=True)
    with warnings.catch_warnings(action="ignore", category=ps.DataWarning):
        found = ps.compare_networks(
            onsets,
            graphs,
            placebos=placebos,
            rival_draws=placebos,
            strata=places["region_id"],
            rng=int(rng.integers(0, 2**62)),
        )
    best = found.models.index[0]
    return {"it is in the best model": carried in best, "it is the best model alone": best == (carried,),
            "AICc prefers a network": bool(best) and () not in found.close, "a network is named": bool(found.carriers),
            "highest support": carried in graphs and found.networks["support"].idxmax() == carried}  # fmt: skip


KINDS = ["along near", "along far", "along groups", "none", "none, regional differences"]
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
    parser.add_argument("--naming-worlds", type=int, default=200)
    parser.add_argument("--verdict-worlds", type=int, default=300)
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
    jobs += [
        (f"{kind}, {count}", naming, (kind, count, 19), options.naming_worlds) for count in (30, 42) for kind in KINDS
    ]
    for name, function, arguments, worlds in jobs:
        if name not in kept:
            kept[name] = shares(function, arguments, worlds, options.jobs) | {"worlds": worlds}
            print(name, kept[name], flush=True)
            if options.keep:
                options.keep.write_text(json.dumps(kept, indent=1))
    for kind in (*NULL, *CONTAGION):
        if kept.get(kind, {}).get("worlds", 0) < options.verdict_worlds:
            kept[kind] = counts(rows_of(kind, range(options.verdict_worlds), options.jobs))
            print(kind, kept[kind], flush=True)
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
    kinds = [name for name in kept if name.startswith(("along", "none")) and name[-1].isdigit() and " s = " not in name]
    columns = [
        "it is in the best model",
        "it is the best model alone",
        "highest support",
        "AICc prefers a network",
        "a network is named",
    ]
    named = [
        [
            name,
            *(
                "–" if name.startswith("none") and number < 3 else f"{100 * kept[name][column]:.0f}"
                for number, column in enumerate(columns)
            ),
        ]
        for name in kinds
    ]
    return f"""## Networks: `fit_oada`, `fit_tada`, `compare_networks`

Measured by `python tests/calibration/networks.py` on {dt.datetime.now(dt.UTC):%-d %B %Y}. Places on 500 by 500 km in four regions; each joins at the rate
s · (neighbors that have joined) + 1, with s = {STRENGTH:g} along the four nearest; observed to the end, or until 60% have joined. "By days": onsets are grouped into {DAYS} days of equal
length, so that several places join on one day and their order within a day is unknown.

### Coverage of the 95% profile-likelihood intervals of s, in percent

{kept[covered[0]]["worlds"]:,} worlds each; 95.0 ± {error:.1f} is expected (99.9% binomial error). The last columns show the percentage of intervals above 0.

{table(["places, watched", "order: median s", "times: median s", "order: covered", "times: covered", "order: above 0", "times: above 0"], rows)}

If onsets are grouped by day, the order within a day is lost and s is underestimated; the bias grows with the number of places that join on one day.

### Networks named by `compare_networks`, in percent

{kept[kinds[0]]["worlds"]:,} worlds each, until 60% have joined, three candidates with about four ties per place (the four nearest; distant places; random groups), 19 placebos within
regions and 19 spreads simulated without transmission; no population is known. "AICc prefers a network": that of the model without networks is at least 2 higher.
"A network is named": and placebos and simulated spreads do not reach it.

{table(["network of transmission, places", *columns], named)}

"None, regional differences": no transmission, but regions differ in the rate at which their places join. Likelihood alone often names a network there; placebos within regions mostly prevent it.

{verdicts(kept)}"""


def verdicts(kept):
    """Return the section of the printed verdict on the cities of a real case."""
    columns = list(COLUMNS[:-2])
    null = [
        [kind, kept[kind]["worlds"], *(f"{100 * kept[kind][column] / kept[kind]['worlds']:.0f}" for column in columns)]
        for kind in NULL
    ]
    power = [
        [
            kind,
            kept[kind]["worlds"],
            *(
                f"{100 * kept[kind][column] / kept[kind]['worlds']:.0f}"
                for column in (*columns, "the right one", "another")
            ),
        ]
        for kind in CONTAGION
    ]
    return f"""### The printed verdict of `compare_networks`, in percent of worlds

42 cities of Kazakhstan with their populations, regions and the networks of the demo (roads, distance, oil towns, hierarchy); {JOINED} join, on {VERDICT_DAYS} days. `cities` and
strata are given, all else as by default. "Named" is the unhedged claim. `size`: order by population^0.96. `delay`: all on one day, reported Poisson(1.2 ·
(population / geometric mean)^-0.8) days later. `regional`: regions differ in their rate (sd 1.2). `start`: three neighbors first. `shock`: half on one day. `clumped`:
large cities lie together.

{table(["world without transmission", "worlds", *columns], null)}

Power, with rates population^0.5 · (1 + s · neighbors that have joined):

{table(["transmission", "worlds", *columns, "the right one", "another"], power)}"""


if __name__ == "__main__":
    main()
