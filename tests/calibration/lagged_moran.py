"""Simulate worlds with and without contagion, and count how often the lagged Moran's I claims it.

`python tests/calibration/lagged_moran.py` runs 300 worlds of each kind on a plain and along a coast, and writes its section of
docs/calibration.md; the tests run fewer. The worlds are in worlds.py.
"""

import argparse
import datetime as dt
import json
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from protestspread.errors import DataWarning
from protestspread.graphs.diffusion import DiffusionGraph
from protestspread.inference.exchange import population_blocks
from protestspread.kernels import dispatch
from protestspread.stats.autocorrelation.lagged import LaggedSums, lagged_moran_over_time, one_null
from protestspread.stats.autocorrelation.lagged_local import local_lagged_moran_over_time
from protestspread.stats.autocorrelation.lagged_series import lagged_series

sys.path.insert(0, str(Path(__file__).parent))
from interaction import MOST, SHAPES, table
from sections import write_section
from worlds import DAYS, EVERY, PLACES, PROTESTS, TRAPS, WITH, WITHOUT, World, any_day, place_them, regions

DRAWS, NEIGHBORS = 199, 3
OPTIONS = {"lag": 1, "values": "activity", "at_least": None, "weights": "normalized"}


def geography(rng, shape):
    """Places near the origin protest more often, on days by chance."""
    xy, population = place_them(rng, shape)
    far = np.hypot(*(xy - xy[rng.integers(0, PLACES)]).T)
    share = np.exp(-far / (0.4 * far.max()))
    place = rng.choice(PLACES, PROTESTS, p=share / share.sum())
    return World(xy, population, regions(xy), place, any_day(rng, PROTESTS))


CONSTANT = {"geography": (geography, "places near the origin protest more often, on days by chance")}
KINDS = EVERY | CONSTANT


def given(world):
    """Return the panel of counts, the graph of the three nearest places, and the places."""
    names = pd.Index([f"p{k:02d}" for k in range(PLACES)], name="city")
    panel = pd.DataFrame(world.counts(), pd.date_range("2020-01-01", periods=DAYS, name="date"), names)
    near = np.argsort(world.km() + np.diag(np.full(PLACES, np.inf)), axis=1)[:, :NEIGHBORS]
    ties = pd.DataFrame({"source": names[near.ravel()], "target": names.repeat(NEIGHBORS)})
    points = gpd.points_from_xy(*(world.xy / 111.2).T)
    places = gpd.GeoDataFrame({"population": world.population}, index=names, geometry=points, crs=4326)
    return panel, DiffusionGraph.from_edges(ties, names), places


def claims(kind, shape, seed):
    """Return whether each test claims dependence in one world; None where it cannot tell."""
    rng = np.random.default_rng([list(KINDS).index(kind), SHAPES.index(shape), seed])
    world = KINDS[kind][0](rng, shape)
    panel, graph, places = given(world)
    number = int(rng.integers(0, 2**62))
    strata = pd.Series(world.region, panel.columns)
    series = lagged_series(panel, graph, places, **OPTIONS)
    test = {"permutations": DRAWS, "alternative": "greater", "adjust": "max"}
    whole = one_null(series, number, **test)
    p = whole.overall["p_value"].iloc[0]
    within = np.nan if strata.is_unique else one_null(series.within(strata), number, **test).overall["p_value"].iloc[0]
    counts = lagged_moran_over_time(panel, graph, places, values="counts", permutations=DRAWS, rng=number)
    rates = lagged_moran_over_time(panel, graph, places, values="rates", permutations=DRAWS, rng=number)
    local = local_lagged_moran_over_time(panel, graph, places, permutations=DRAWS, rng=number)
    found = {
        "over all days": p,
        "any day (max)": whole.table["adjusted_p_value"].min(),
        "with strata": float(np.maximum(p, within)),  # NaN if one of them is
        "counts": counts.overall["p_value"].iloc[0],
        "rates": rates.overall["p_value"].iloc[0],
        "local: any place (max)": local.overall["adjusted_p_value"].min(),
        "local: any place and day (FDR)": local.table["adjusted_p_value"].min(),
        **_not_offered(panel, graph, places, number),
    }
    return {name: None if np.isnan(p) else bool(p <= 0.05) for name, p in found.items()}


def _not_offered(panel, graph, places, number):
    """Return p-values without the course of places of like population: exchanged in blocks, and among all places."""
    series = replace(lagged_series(panel, graph, None, **OPTIONS), reason=None)
    people = places["population"].reindex(series.panel.columns[series.active]).to_numpy()
    if len(people) < 2:
        return {"own mean only, in blocks": np.nan, "own mean only, unrestricted": np.nan}
    return {
        "own mean only, in blocks": _p(replace(series, blocks=population_blocks(people)), number),
        "own mean only, unrestricted": _p(series, number),
    }


def _p(series, number):
    _, over_all = series.scales
    draws = LaggedSums.of(series, number, DRAWS).draws(DRAWS).map(lambda sums: (sums * over_all).sum(axis=-1))
    return draws.p_value("greater")


def counts_of(kind, worlds, jobs=1):
    """Return for each shape and test the claims and the worlds in which it can tell."""
    found = {}
    for shape in SHAPES:
        chunks = np.array_split(np.arange(worlds), max(jobs, worlds // 25))
        with warnings.catch_warnings(action="ignore", category=DataWarning):
            parts = Parallel(n_jobs=jobs)(
                delayed(lambda chunk, shape=shape: [claims(kind, shape, int(seed)) for seed in chunk])(chunk)
                for chunk in chunks
            )
        rows = pd.DataFrame([row for part in parts for row in part])
        found[shape] = {
            test: {"claims": int(rows[test].eq(True).sum()), "told": int(rows[test].notna().sum()), "worlds": worlds}
            for test in rows
        }
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=300)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--only", nargs="*", help="kinds of worlds to run; the others are taken from --keep")
    parser.add_argument(
        "--keep", type=Path, help="a JSON file that stores counts by kind, so that a run can be resumed"
    )
    options = parser.parse_args()
    dispatch.FORCED = True  # each world alone is too small for compiled code, all of them are not
    kept = json.loads(options.keep.read_text()) if options.keep and options.keep.exists() else {}
    for kind in options.only or KINDS:
        if kind not in kept:
            kept[kind] = counts_of(kind, options.worlds, options.jobs)
            print(kind, {s: [c["claims"] for c in row.values()] for s, row in kept[kind].items()}, flush=True)
            if options.keep:
                options.keep.write_text(json.dumps(kept, indent=1))
    if set(KINDS) <= set(kept):
        write_section("lagged_moran", page(kept))


def page(counts):
    """Return the section of docs/calibration.md on the lagged Moran's I, computed from counts."""
    worlds = counts["plain"]["plain"]["over all days"]["worlds"]
    without = WITHOUT | CONSTANT
    return f"""## Lagged Moran's I

Measured by `python tests/calibration/lagged_moran.py` on {dt.datetime.now(dt.UTC):%-d %B %Y}, without manual adjustment, in the worlds of
[interaction between places](#interaction-between-places): {PLACES} places, about {PROTESTS} protests over {DAYS} days; neighbors are the {NEIGHBORS} nearest places,
the lag is one day, {DRAWS} draws. A cell shows the percentage of {worlds} worlds in which `lagged_moran_over_time` claims that
places were more active the day after their neighbors were (p ≤ 0.05), on a plain / along a coast. **Bold**: more than 23 of 300. The verdict rests on the first
column. The last two are not offered: without the course of places of like population, and with places exchanged regardless of population.

### Without spread

{table(counts, without, MOST)}

| world | what acts |
|---|---|
| geography | {CONSTANT["geography"][1]} |
| others | as above |

### Traps: no spread, and known to fool the verdict

{table(counts, TRAPS, MOST)}

### With contagion: power

{table(counts, WITH, 1.0)}
"""


if __name__ == "__main__":
    main()
