"""Simulate worlds with and without contagion, and count how often the lagged Moran's I claims it.

`python tests/calibration/lagged_moran.py` runs 300 worlds of each kind on a plain and along a coast, and writes its section of
docs/calibration.md; the tests run fewer. The worlds are in worlds.py.
"""

import datetime as dt
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from scipy.stats import binom

from protestspread.errors import DataWarning
from protestspread.graphs.diffusion import DiffusionGraph
from protestspread.inference.exchange import population_blocks
from protestspread.stats.autocorrelation.lagged import LaggedSums, columns_of, lagged_moran_over_time
from protestspread.stats.autocorrelation.lagged_local import local_lagged_moran_over_time, overall_of
from protestspread.stats.autocorrelation.lagged_series import lagged_series

sys.path.insert(0, str(Path(__file__).parent))
from interaction import SHAPES
from sections import run_by_kind
from sections import table as aligned
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
    """Return whether each test claims dependence in one world; None where it cannot tell, "skipped" where it was not run.

    What the functions do is done here without their tables, which takes half the time; every tenth world compares the two. Rates
    and single days of single places are tested in every third world.
    """
    rng = np.random.default_rng([list(KINDS).index(kind), SHAPES.index(shape), seed])
    world = KINDS[kind][0](rng, shape)
    panel, graph, places = given(world)
    number = int(rng.integers(0, 2**62))
    series, strata = lagged_series(panel, graph, places, **OPTIONS), pd.Series(world.region, panel.columns)
    p, any_day = p_values_of(series, number)
    within = np.nan if strata.is_unique else p_values_of(series.within(strata), number)[0]
    counts = p_values_of(lagged_series(panel, graph, places, **OPTIONS | {"values": "counts"}), number)[0]
    found = {
        "over all days": p,
        "any day (max)": any_day,
        "with strata": float(np.maximum(p, within)),  # NaN if one of them is
        "counts": counts,
        "rates": "skipped",
        "local: any place (max)": overall_of(series, number, DRAWS, "greater", "max")["adjusted_p_value"].min(),
        "local: any place and day (FDR)": "skipped",
        **_not_offered(panel, graph, places, number),
    }
    test = {"permutations": DRAWS, "rng": number}
    if seed % 3 == 0:
        rates = lagged_moran_over_time(panel, graph, places, values="rates", **test)
        local = local_lagged_moran_over_time(panel, graph, places, **test)
        found["rates"] = rates.overall["p_value"].iloc[0]
        found["local: any place and day (FDR)"] = local.table["adjusted_p_value"].min()
    if seed % 10 == 0:
        whole = lagged_moran_over_time(panel, graph, places, **test)
        same = whole.overall["p_value"].iloc[0], whole.table["adjusted_p_value"].min()
        np.testing.assert_array_equal(same, (p, any_day))
    return {name: p if isinstance(p, str) else None if np.isnan(p) else bool(p <= 0.05) for name, p in found.items()}


def p_values_of(series, number):
    """Return the p-value over all days, and the smallest of single days, adjusted by the largest z-score."""
    if series.reason:
        return np.nan, np.nan
    draws, (by_date, over_all) = LaggedSums.of(series, number, DRAWS).draws(DRAWS), series.scales
    days = columns_of(draws.map(lambda sums: sums * by_date), series.reasons, "greater", "max")
    pooled = draws.map(lambda sums: (sums * over_all).sum(axis=-1))
    return pooled.p_value("greater"), pd.Series(days["adjusted_p_value"]).min()


def _not_offered(panel, graph, places, number):
    """Return p-values without the course of places of like population: exchanged in blocks, and among all places."""
    series = replace(lagged_series(panel, graph, None, **OPTIONS), reason=None)
    people = places["population"].reindex(series.panel.columns[series.active]).to_numpy()
    if len(people) < 2:
        return {"own mean only, in blocks": np.nan, "own mean only, unrestricted": np.nan}
    return {
        "own mean only, in blocks": p_values_of(replace(series, blocks=population_blocks(people)), number)[0],
        "own mean only, unrestricted": p_values_of(series, number)[0],
    }


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
        found[shape] = {test: _count(rows[test][rows[test] != "skipped"]) for test in rows}
    return found


def _count(answers):
    return {"claims": int(answers.eq(True).sum()), "told": int(answers.notna().sum()), "worlds": len(answers)}


def page(counts):
    """Return the section of docs/calibration.md on the lagged Moran's I, computed from counts."""
    worlds = counts["plain"]["plain"]["over all days"]["worlds"]
    without = WITHOUT | CONSTANT
    return f"""## Lagged Moran's I

Measured by `python tests/calibration/lagged_moran.py` on {dt.datetime.now(dt.UTC):%-d %B %Y}, without manual adjustment, in the worlds of
[interaction between places](#interaction-between-places): {PLACES} places, about {PROTESTS} protests over {DAYS} days; neighbors are the {NEIGHBORS} nearest places, the
lag is one day, {DRAWS} draws. A cell shows the percentage of {worlds} worlds in which `lagged_moran_over_time` claims that places were more active the day
after their neighbors were (p ≤ 0.05), on a plain / along a coast. Rates, and single days of single places, are of at least every third world. **Bold**:
more than 23 of 300, or 10 of 100. The verdict rests on the first column, or with strata on the third. The last two are not offered: without the course of
places of like population, and with places exchanged regardless of population.

### Without spread

{table(counts, without)}

| world | what acts |
|---|---|
| geography | {CONSTANT["geography"][1]} |
| others | as above |

### Traps: no spread, and known to fool the verdict

{table(counts, TRAPS)}

### With contagion: power

{table(counts, WITH, power=True)}
"""


def table(counts, kinds, *, power=False):
    """Return a table of percentages; bold: above the 98% point of the binomial distribution at 5%."""
    tests = list(counts["plain"]["plain"])

    def cell(count):
        text = f"{100 * count['claims'] / count['worlds']:.1f}"
        return f"**{text}**" if not power and count["claims"] > binom.ppf(0.98, count["worlds"], 0.05) else text

    rows = [
        [kind, *(" / ".join(cell(counts[kind][shape][test]) for shape in SHAPES) for test in tests)] for kind in kinds
    ]
    return aligned(["world", *tests], rows)


if __name__ == "__main__":
    run_by_kind("lagged_moran", __doc__, KINDS, counts_of, page)
