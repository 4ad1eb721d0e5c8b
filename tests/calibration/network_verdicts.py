"""Worlds with and without transmission on the cities of a real case, and the printed verdict of compare_networks.

`python tests/calibration/network_verdicts.py` writes its section of docs/calibration.md.

42 cities of Kazakhstan with their populations, regions and the networks of the demo. 25 of them join, on 8 days.
"""

import argparse
import datetime as dt
import json
import sys
import warnings
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

import protestspread as ps

sys.path.insert(0, str(Path(__file__).parent))
from sections import table, write_section

JOINED, DAYS = 25, 8
NULL = ("none", "size", "delay", "regional", "start", "shock", "clumped", "size, clumped")
STRENGTHS = (1, 3, 10)
COLUMNS = (
    "AICc prefers a network",
    "and placebos do not reach it",
    "and rivals do not reach it",
    "named",
    "the right one",
    "another",
)
CONTAGION = tuple(f"along {network}, s = {s}" for network in ("road", "hierarchy") for s in STRENGTHS)


@cache
def frame():
    """Return the cities, and their network of roads."""
    case = ps.load_case("kazakhstan_2022")
    cities = case.cities[case.cities["in_frame"]]
    return cities, ps.link_graph(case.cities, case.links).subgraph(cities.index, kinds="road")


def networks(cities, roads):
    seat = cities["is_regional_capital"]
    without = cities[~seat.groupby(cities["region_id"]).transform("any")]
    centers = cities.assign(
        is_regional_capital=seat | cities.index.isin(without.groupby("region_id")["population"].idxmax())
    )
    return {
        "road": roads,
        "distance": ps.distance_graph(cities, within_km=500, decay_km=150),
        "oil": ps.similarity_graph(cities, "oil_gas"),
        "hierarchy": ps.hierarchy_graph(centers),
    }


def clumped(cities, rng):
    """Return the cities with their populations exchanged: the largest lie together."""
    around = cities.index[rng.integers(len(cities))]
    graph = ps.distance_graph(cities, within_km=20000, decay_km=1000).matrix.toarray()
    near = graph[cities.index.get_loc(around)] + (cities.index == around) * 2
    size = np.empty(len(cities))
    size[np.argsort(-near)] = np.sort(cities["population"].to_numpy())[::-1]
    return cities.assign(population=size)


def by_rank(when, rng, joined=JOINED):
    """Return onsets on `DAYS` days, equally many a day, in the order of some moments; ties are broken at random."""
    order = np.lexsort((rng.random(len(when)), when))[:joined]
    onsets = pd.Series(np.nan, index=when.index)
    onsets.iloc[order] = 1.0 + np.arange(joined) * DAYS // joined
    return onsets


def waiting(rate, rng):
    """Return moments of places that join independently of each other."""
    return rng.exponential(size=len(rate)) / rate


def contagion(cities, graph, strength, rng):
    """Return moments of places that join at the rate population^0.5 · (1 + s · neighbors that have joined)."""
    weights = graph.matrix.toarray()
    base = (cities["population"] / np.exp(np.log(cities["population"]).mean())).to_numpy() ** 0.5
    when, exposure, now = np.full(len(cities), np.inf), np.zeros(len(cities)), 0.0
    for _ in range(JOINED):
        rate = np.where(np.isinf(when), base * (1 + strength * exposure), 0.0)
        now += rng.exponential(1 / rate.sum())
        place = rng.choice(len(cities), p=rate / rate.sum())
        when[place] = now
        exposure += weights[place]
    return pd.Series(when, index=cities.index)


def world(kind, seed):
    """Return the cities and the onsets of one world."""
    rng = np.random.default_rng([17, (*NULL, *CONTAGION).index(kind), seed])
    cities, roads = frame()
    if "clumped" in kind:
        cities = clumped(cities, rng)
    size = (cities["population"] / np.exp(np.log(cities["population"]).mean())).to_numpy()
    rate = np.ones(len(cities))
    if kind.startswith("along"):
        name, strength = kind.removeprefix("along ").split(", s = ")
        return cities, by_rank(contagion(cities, networks(cities, roads)[name], float(strength), rng), rng)
    if kind in {"size", "size, clumped"}:
        rate = size**0.96
    if kind == "regional":
        code = pd.factorize(cities["region_id"])[0]
        rate = np.exp(1.2 * rng.normal(size=code.max() + 1))[code]
    when = pd.Series(waiting(rate, rng), index=cities.index)
    if kind == "delay":  # all on one day, reported later
        when = pd.Series(rng.poisson(1.2 * size**-0.8).astype(float), index=cities.index)
        onsets = (when + 1).where(when < DAYS)
        return cities, onsets
    if kind == "start":  # a place and its two nearest come first
        graph = ps.nearest_graph(cities, k=2).matrix.toarray()
        first = rng.integers(len(cities))
        when[(graph[first] > 0) | (np.arange(len(cities)) == first)] = 0.0
    onsets = by_rank(when, rng)
    if kind == "shock":  # half of those that join do so on one day
        middle = onsets.dropna().sort_values(kind="stable").index[6:18]
        onsets[middle] = onsets[middle].iloc[0]
    return cities, onsets


def exposing(graphs, onsets):
    """Return the networks along which a place was exposed on a later day of onsets; others are refused."""
    when = onsets.fillna(np.inf).to_numpy()
    sources = when < onsets.max()
    return {
        name: graph
        for name, graph in graphs.items()
        if (graph.matrix.toarray()[sources] * (when > when[sources, None])).any()
    }


def may_prefer(onsets, graphs, cities):
    """Return whether any set of networks can have an AICc 2 lower than the attributes: all networks with the penalty of one."""
    table = {"size": np.log(cities["population"])} | (
        {"oil": cities["oil_gas"].astype(float)} if "oil" in graphs else {}
    )
    fit = ps.fit_oada(onsets, graphs, attributes=pd.DataFrame(table), effect="multiplicative")
    null, k, n = fit.without_transmission(), len(table) + 1, fit.events
    return 2 * k + 2 * k * (k + 1) / (n - k - 1) - 2 * fit.log_likelihood <= null.aicc - 2 + 0.01


def verdict(kind, seed, **options):
    """Return what compare_networks names. Without a better AICc no draw can change the verdict, so none is made."""
    cities, onsets = world(kind, seed)
    graphs = exposing(networks(cities, frame()[1]), onsets)
    nothing = dict.fromkeys(COLUMNS, False)
    if not may_prefer(onsets, graphs, cities):
        return nothing
    with warnings.catch_warnings(action="ignore", category=ps.DataWarning):
        found = ps.compare_networks(onsets, graphs, cities, strata=cities["region_id"], rng=seed, **options)
    if () in found.close:
        return nothing
    carried = kind.removeprefix("along ").split(",")[0]
    p = found.networks.loc[list(found.models.index[0])]
    values = (
        True, bool((p["placebo_p"] <= 0.05).any()), bool((p["rival_p"] <= 0.05).any()),
        bool(found.carriers), carried in found.carriers, bool(set(found.carriers) - {carried}),
    )  # fmt: skip
    return dict(zip(COLUMNS, values, strict=True))


def rows_of(kind, seeds, jobs=1, **options):
    """Return the verdicts in some worlds."""
    return Parallel(n_jobs=jobs)(delayed(verdict)(kind, seed, **options) for seed in seeds)


def counts(rows):
    """Return the number of worlds, and in how many each verdict was given."""
    return {"worlds": len(rows)} | pd.DataFrame(rows).sum().astype(int).to_dict()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kinds", nargs="*", default=[*NULL, *CONTAGION])
    parser.add_argument("--worlds", type=int, default=300)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="a JSON file that stores verdicts, so that a run can be resumed")
    options = parser.parse_args()
    kept = json.loads(options.keep.read_text()) if options.keep and options.keep.exists() else {}
    ps.warmup()
    for kind in options.kinds:
        rows = kept.setdefault(kind, [])
        while len(rows) < options.worlds:
            rows += rows_of(kind, range(len(rows), min(len(rows) + 20, options.worlds)), options.jobs)
            if options.keep:
                options.keep.write_text(json.dumps(kept))
        print(kind, counts(rows), flush=True)
    write_section("network_verdicts", page({kind: counts(rows) for kind, rows in kept.items() if rows}))


def page(kept):
    """Return the section of docs/calibration.md."""
    columns = list(COLUMNS[:-2])

    def row(kind, names):
        shares = (f"{100 * kept[kind][name] / kept[kind]['worlds']:.0f}" for name in names)
        return [kind, kept[kind]["worlds"], *shares]

    null = [row(kind, columns) for kind in NULL if kind in kept]
    power = [row(kind, [*columns, "the right one", "another"]) for kind in CONTAGION if kind in kept]
    return f"""## The printed verdict of `compare_networks`, in percent of worlds

Measured by `python tests/calibration/network_verdicts.py` on {dt.datetime.now(dt.UTC):%-d %B %Y}, without manual adjustment. 42 cities of Kazakhstan with their populations, regions and
four networks (roads, distance, oil towns, hierarchy); {JOINED} join, on {DAYS} days. `cities` and strata are given, all else as by default. "Named" is the unhedged claim. Of a method that
is wrong in 5%, more than 7.7% of 300 worlds would be wrong in one run of fifty; with fewer worlds the bound is wider. `size`: order by population^0.96. `delay`: all on one day, reported
Poisson(1.2 · (population / geometric mean)^-0.8) days later. `regional`: regions differ in their rate (sd 1.2). `start`: three neighbors first. `shock`: half on one day. `clumped`:
large cities lie together.

{table(["world without transmission", "worlds", *columns], null)}
{_power(columns, power) if power else ""}"""


def _power(columns, rows):
    return f"""
Power, with rates population^0.5 · (1 + s · neighbors that have joined):

{table(["transmission", "worlds", *columns, "the right one", "another"], rows)}
"""


if __name__ == "__main__":
    main()
