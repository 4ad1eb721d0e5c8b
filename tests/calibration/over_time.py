"""Simulate panels with and without spread between neighbors, and count rejections: `python tests/calibration/over_time.py`.

A world is a panel of 40 places on 500 by 500 km over 12 days; the graph ties each place to its four nearest.
"""

import argparse
import datetime as dt
import sys
import warnings
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from joblib import Parallel, delayed

import protestspread as ps

sys.path.insert(0, str(Path(__file__).parent))
from sections import table, write_section

PLACES, DAYS, DRAWS = 40, 12, 199


def cities(rng, *, clumped=False):
    """Return places within about 500 km and their populations, uniform in space or larger in the west."""
    lon, lat = rng.uniform(0, 4.5, PLACES), rng.uniform(-2.25, 2.25, PLACES)
    people = rng.lognormal(11, 0.8, PLACES) * (np.exp(-lon) if clumped else 1)
    index = pd.Index([f"c{i}" for i in range(PLACES)], name="city")
    table_of = {"region_id": "r", "population": people}
    return gpd.GeoDataFrame(table_of, index=index, geometry=gpd.points_from_xy(lon, lat), crs=4326)


def panel_of(rng, expected, places):
    days = pd.date_range("2022-01-01", periods=DAYS, name="date")
    return pd.DataFrame(rng.poisson(expected), days, places.index)


def alike(rng):
    places = cities(rng)
    return panel_of(rng, np.ones((DAYS, PLACES)), places), places


def sizes(rng):
    places = cities(rng)
    share = places["population"].to_numpy() / places["population"].mean()
    return panel_of(rng, np.ones((DAYS, 1)) * share, places), places


def shock(rng):
    places = cities(rng)
    share = places["population"].to_numpy() / places["population"].mean()
    return panel_of(
        rng, np.exp(-0.5 * ((np.arange(DAYS) - rng.integers(2, 10)) / 1.5) ** 2)[:, None] * 3 * share, places
    ), places


def clumped(rng):
    places = cities(rng, clumped=True)
    share = places["population"].to_numpy() / places["population"].mean()
    return panel_of(rng, np.ones((DAYS, 1)) * share, places), places


def contagion(rng):
    places = cities(rng)
    model = ps.EndemicEpidemicModel(endemic=0.3, own=0.2, neighbors=0.5)
    graph = ps.nearest_graph(places, k=4)
    return ps.simulate(model, graph, seeds=[], days=DAYS, rng=int(rng.integers(0, 2**62))), places


WITHOUT = {
    "equal rates": (alike, "the same rate in all places on all days"),
    "unequal sizes": (sizes, "rates in proportion to sizes that differ, without spatial pattern"),
    "common shock": (shock, "as before, with a common time trend"),
    "clustered sizes": (clumped, "large places lie in the west: neighbors are similar without spread"),
}
WITH = {"endemic–epidemic": (contagion, "counts depend on half the counts of neighbors on the previous day")}


def all_p_values(kind, seed):
    """Return the p-value of each statistic in one world: of the sixth day, or the smallest adjusted one of all days."""
    numbers = {name: i for i, name in enumerate(WITHOUT | WITH)}
    rng = np.random.default_rng([7, numbers[kind], seed])
    panel, places = (WITHOUT | WITH)[kind][0](rng)
    graph = ps.nearest_graph(places, k=4)
    given = {"permutations": DRAWS, "rng": int(rng.integers(0, 2**62))}
    rated = {"population": places["population"], "rates": "empirical_bayes"}
    with warnings.catch_warnings(action="ignore", category=ps.DataWarning):
        moran = ps.moran_over_time(panel, graph, **given).to_frame()
        rates = ps.moran_over_time(panel, graph, **rated, **given).to_frame()
        joins = ps.join_counts_over_time(panel, graph, **given).to_frame()
        local = ps.local_moran_over_time(panel, graph, **given).to_frame()
        hot = ps.getis_ord_over_time(panel, graph, **given).to_frame()
    day, place = panel.index[5], panel.columns[0]
    return {
        "Moran's I, one day": moran.loc[day, "p_value"],
        "Moran's I, any day (max)": moran["adjusted_p_value"].min(),
        "Moran's I of rates (empirical Bayes), one day": rates.loc[day, "p_value"],
        "join counts (BB), one day": joins.loc[day, "p_value"],
        "join counts (BB), any day (max)": joins["adjusted_p_value"].min(),
        "local Moran's I, one place and day": local.loc[(day, place), "p_value"],
        "G*, one place and day": hot.loc[(day, place), "p_value"],
    }


def rejections(kind, worlds, jobs=1):
    """Return for each statistic the number of worlds with p ≤ 0.05 and the number with a p-value."""
    chunks = np.array_split(np.arange(worlds), max(jobs, worlds // 50))
    parts = Parallel(n_jobs=jobs)(
        delayed(lambda chunk: [all_p_values(kind, int(seed)) for seed in chunk])(chunk) for chunk in chunks
    )
    found = pd.DataFrame([row for part in parts for row in part])
    return pd.DataFrame({"rejected": (found <= 0.05).sum(), "worlds": found.notna().sum()})


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=2000)
    parser.add_argument("--power-worlds", type=int, default=500)
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    counts = {
        kind: rejections(kind, options.worlds if kind in WITHOUT else options.power_worlds, options.jobs)
        for kind in WITHOUT | WITH
    }
    write_section("over_time", page(counts, options.worlds, options.power_worlds))


def page(counts, worlds, power):
    cells = len(WITHOUT) * len(counts["equal rates"])
    error = 329 * np.sqrt(0.05 * 0.95 / worlds)

    def share(kind, name):
        row = counts[kind].loc[name]
        value = 100 * row["rejected"] / row["worlds"]
        return f"**{value:.1f}**" if kind in WITHOUT and value > 5 + error else f"{value:.1f}"

    rows = [[name, *(share(kind, name) for kind in WITHOUT | WITH)] for name in counts["equal rates"].index]
    descriptions = "\n".join(f"| {name} | {words} |" for name, (_, words) in (WITHOUT | WITH).items())
    return f"""## Statistics over time

Measured by `python tests/calibration/over_time.py` on {dt.datetime.now(dt.UTC):%-d %B %Y}: {PLACES} places, {DAYS} days, four nearest neighbors, {DRAWS} draws. Percentage of
{worlds:,} worlds ({power:,} in the last column, which shows power) with p ≤ 0.05. Without spread between neighbors it should be 5.0 ± {error:.1f} ({cells} cells), or
less if the statistic is a count with ties. **Bold**: higher.

{table(["statistic", *WITHOUT, *WITH], rows)}

| world | description |
|---|---|
{descriptions}

Counts reflect population. If large places are neighbors, Moran's I, join counts and G* of counts detect this clustering of population and not spread. Empirical Bayes rates hold their level."""


if __name__ == "__main__":
    main()
