"""Simulate worlds with and without contagion, and count how often each test of interaction claims it.

`python tests/calibration/interaction.py` runs 300 worlds of each kind on a plain and along a coast, and writes its section of
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

from protestspread.errors import DataWarning
from protestspread.event_places import EventPlaces
from protestspread.graphs.diffusion import DiffusionGraph
from protestspread.stats.interaction.dated_points import DatedPoints
from protestspread.stats.interaction.jacquez import jacquez_of
from protestspread.stats.interaction.knox.knox import knox_of
from protestspread.stats.interaction.knox.knox_counts import KnoxLimits
from protestspread.stats.interaction.knox.knox_ladder import KnoxLadder
from protestspread.stats.interaction.knox.max_knox import max_knox_of
from protestspread.stats.interaction.mantel import mantel_of
from protestspread.stats.interaction.points import PointSet
from protestspread.stats.interaction.schemes import ExchangePlaces, ShuffleDates
from protestspread.stats.interaction.space_time_k import space_time_k_of
from protestspread.stats.signatures import spread_signatures

sys.path.insert(0, str(Path(__file__).parent))
from sections import described, run_by_kind, table_by_shape
from worlds import DAYS, EVERY, PLACES, PROTESTS, TRAPS, WITH, WITHOUT

DRAWS, SHAPES = 199, ("plain", "coast")
LIMITS = KnoxLimits(80.0, 4, 1.0)
MOST = 23 / 300
"""Share of false claims above which a cell is bold: 23 of 300 is the 98% point of the binomial distribution at 5%."""


def sample_of(world, *, unit="place_days", strata=False, populations=True):
    """Return the points of a test in the plane."""
    seen = np.unique(np.column_stack([world.place, world.day]), axis=0)
    place, day = seen.T if unit == "place_days" else (world.place, world.day)
    active, number = np.unique(place, return_inverse=True)
    x, y = world.xy[active].T
    population = world.population[active] if populations else np.full(len(active), np.nan)
    labels = world.region[place] if strata else None
    found = DatedPoints.sorted(
        PointSet(*world.xy[place].T.copy(), on_sphere=False), day, labels, "region" if strata else "",
        EventPlaces(number, x.copy(), y.copy(), population),
    )  # fmt: skip
    return replace(found, unit=unit, reports=len(world.place))


def claims(kind, shape, seed):
    """Return whether each test claims interaction in one world; None where it cannot tell."""
    rng = np.random.default_rng([list(EVERY).index(kind), SHAPES.index(shape), seed])
    world = EVERY[kind][0](rng, shape)
    given = {"permutations": DRAWS, "alternative": "greater", "seed": int(rng.integers(0, 2**62))}
    days, reports = sample_of(world), sample_of(world, unit="reports")
    steps = tuple(
        knox_of(sample, scheme, LIMITS, **given)
        for sample, scheme in (
            (days, ExchangePlaces()), (sample_of(world, strata=True), ExchangePlaces("region")), (days, ShuffleDates())
        )
    )  # fmt: skip
    ladder = KnoxLadder(steps, LIMITS.exclude_km)
    bare = knox_of(sample_of(world, populations=False), ExchangePlaces(), LIMITS, **given)
    grid, spans = (20.0, 40.0, 80.0), (1, 2, 4)
    p = {
        "Knox, places exchanged": steps[0].p_value,
        "Knox, within strata": steps[1].p_value,
        "max-Knox, places exchanged": max_knox_of(
            days, ExchangePlaces(), grid, spans, exclude_within_km=0.0, **given
        ).p_value,
        "space-time K, places exchanged": space_time_k_of(
            days, ExchangePlaces(), grid, spans, ground=None, window=None, **given
        ).p_value,
        "Knox, populations not given": bare.p_value,
        "Knox, dates": steps[2].p_value,
        "Knox, dates, reports": knox_of(reports, ShuffleDates(), LIMITS, **given).p_value,
        "Mantel, dates": mantel_of(days, ShuffleDates(), 10.0, 1.0, precision="float64", **given).p_value,
        "Jacquez, dates": jacquez_of(days, ShuffleDates(), 3, **given).p_value,
    }
    verdict = {"interaction between places": True, "no evidence of interaction": False, "cannot tell": None}
    return {
        "verdict of knox_ladder": verdict[ladder.verdict],
        "spread_signatures": signs(world, given["seed"]),
        **{name: None if np.isnan(value) else bool(value <= 0.05) for name, value in p.items()},
    }


def signs(world, seed):
    """Return whether a signature of spread is claimed: more escalation, relocation or adjacent onset."""
    names = pd.Index([f"p{k:02d}" for k in range(PLACES)], name="city")
    panel = pd.DataFrame(world.counts(), pd.date_range("2020-01-01", periods=DAYS, name="date"), names)
    near = np.argsort(world.km() + np.diag(np.full(PLACES, np.inf)), axis=1)[:, :3]
    graph = DiffusionGraph.from_edges(pd.DataFrame({"source": names.repeat(3), "target": names[near.ravel()]}), names)
    degrees = world.xy / 111.2
    places = gpd.GeoDataFrame(
        {"population": world.population}, index=names, geometry=gpd.points_from_xy(*degrees.T), crs="EPSG:4326"
    )
    found = spread_signatures(panel, graph, places, permutations=DRAWS, rng=seed)
    return None if found.reason else bool(found.caveats)


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
        table = pd.DataFrame([row for part in parts for row in part])
        found[shape] = {
            test: {"claims": int(table[test].eq(True).sum()), "told": int(table[test].notna().sum()), "worlds": worlds}
            for test in table
        }
    return found


def page(counts):
    """Return the section of docs/calibration.md on interaction, computed from counts."""
    worlds = counts["plain"]["plain"]["verdict of knox_ladder"]["worlds"]
    return f"""## Interaction between places

Measured by `python tests/calibration/interaction.py` on {dt.datetime.now(dt.UTC):%-d %B %Y}, without manual adjustment. Each world has {PLACES} places with populations drawn
from a Pareto distribution, about {PROTESTS} protests over {DAYS} days, and regions; "close" means at most {LIMITS.km:g} km and {LIMITS.days} days; each test has {DRAWS} draws. A cell
shows the percentage of {worlds} worlds in which the test claims interaction (p ≤ 0.05), on a plain / along a coast. **Bold**: more than 23 of 300.

### Without spread

{table_by_shape(counts, WITHOUT, MOST)}

{described(WITHOUT)}

### Traps: no spread, and known to fool the verdict

{table_by_shape(counts, TRAPS, MOST)}

{described(TRAPS)}

### With contagion: power

{table_by_shape(counts, WITH, 1.0)}

{described(WITH)}
"""


if __name__ == "__main__":
    run_by_kind("interaction", __doc__, EVERY, counts_of, page)
