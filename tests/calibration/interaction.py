"""Simulate worlds with and without contagion, and count how often each interaction test has p ≤ 0.05.

`python tests/calibration/interaction.py` runs 2,000 worlds of each kind and writes its section of docs/calibration.md; the tests run fewer.
A world is a set of dated points on a plane of 500 by 500 km, over 180 days, with 16 regions (squares of 125 km) and 60
clustered cities of different size.
"""

import argparse
import datetime as dt
import json
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from protestspread.errors import DataWarning
from protestspread.graphs.diffusion import DiffusionGraph
from protestspread.models.counts.endemic_epidemic import EndemicEpidemicModel
from protestspread.models.simulation import simulate
from protestspread.stats.interaction.jacquez import jacquez_of
from protestspread.stats.interaction.knox import knox_of
from protestspread.stats.interaction.mantel import mantel_of
from protestspread.stats.interaction.max_knox import max_knox_of
from protestspread.stats.interaction.points import DatedPoints, PointSet
from protestspread.stats.interaction.schemes import CircularShift, ExchangePlaces, ShuffleDates, WithinStrata
from protestspread.stats.interaction.space_time_k import space_time_k_of

sys.path.insert(0, str(Path(__file__).parent))
from sections import write_section

SIDE, DAYS, EVENTS, CITIES, DRAWS = 500.0, 180, 150, 60, 199
LIMITS = {"within_km": 60.0, "within_days": 5}


# Worlds: each function returns coordinates and days


def cities(rng):
    """Return the coordinates of 60 clustered cities and the share of events of each."""
    parents = rng.uniform(0, SIDE, (15, 2))
    xy = np.clip(parents[rng.integers(0, 15, CITIES)] + rng.normal(0, 30, (CITIES, 2)), 0, SIDE)
    size = rng.lognormal(0, 1, CITIES)
    return xy, size / size.sum()


def region_of(xy):
    return np.minimum((xy / (SIDE / 4)).astype(int), 3) @ np.array([4, 1])


def any_day(rng, count):
    return rng.integers(0, DAYS, count)


def near_day(rng, day, spread, share=0.6):
    """Return days; a share of them lies near the given day, the others are uniform."""
    day = np.asarray(day)
    near = np.rint(rng.normal(day, spread)).astype(int) % DAYS
    return np.where(rng.random(len(day)) < share, near, any_day(rng, len(day)))


def uniform(rng):
    return rng.uniform(0, SIDE, (EVENTS, 2)), any_day(rng, EVENTS)


def at_cities(rng):
    xy, share = cities(rng)
    return xy, rng.choice(CITIES, EVENTS, p=share)


def clustered(rng):
    xy, city = at_cities(rng)
    return xy[city], any_day(rng, EVENTS)


def common_shock(rng):
    xy, city = at_cities(rng)
    return xy[city], near_day(rng, np.full(EVENTS, rng.integers(0, DAYS)), 4)


def weekday(rng):
    xy, city = at_cities(rng)
    weight = np.where(np.arange(DAYS) % 7 >= 5, 6.0, 1.0)
    return xy[city], rng.choice(DAYS, EVENTS, p=weight / weight.sum())


def population_trend(rng):
    """Let the share of events move smoothly from west to east over time."""
    xy, share = cities(rng)
    day = any_day(rng, EVENTS)
    pull = np.exp(3 * np.outer(2 * day / DAYS - 1, 2 * xy[:, 0] / SIDE - 1)) * share
    return xy[(pull.cumsum(axis=1) > rng.random((EVENTS, 1)) * pull.sum(axis=1, keepdims=True)).argmax(axis=1)], day


def regional_shocks(rng):
    """Give each region a separate shock that is common to its cities."""
    xy, city = at_cities(rng)
    return xy[city], near_day(rng, any_day(rng, 16)[region_of(xy[city])], 4)


def local_bursts(rng):
    """Give each city a separate burst: repeats without spread."""
    xy, city = at_cities(rng)
    return xy[city], near_day(rng, any_day(rng, CITIES)[city], 3)


def contagion(rng, branching=0.5, delay=(1, 5)):
    """Let events cause further events in nearby cities after some days, until there are enough."""
    xy, share = cities(rng)
    km = np.hypot(*(xy[:, None] - xy).transpose(2, 0, 1))
    pull = np.exp(-km / 30) * share * ~np.eye(CITIES, dtype=bool)
    events = []
    while len(events) < EVENTS:
        family = [(rng.choice(CITIES, p=share), int(any_day(rng, 1)[0]))]
        for city, day in family:  # the list grows during iteration
            count = rng.poisson(branching)
            where = rng.choice(CITIES, count, p=pull[city] / pull[city].sum())
            family.extend(zip(where, day + rng.integers(delay[0], delay[1] + 1, count), strict=True))
        events += [(city, day) for city, day in family if day < DAYS]
    chosen = np.array(events)[rng.permutation(len(events))[:EVENTS]]
    return xy[chosen[:, 0]], chosen[:, 1]


def weak_contagion(rng):
    return contagion(rng, branching=0.2)


def slow_contagion(rng):
    return contagion(rng, delay=(1, 60))


def endemic_epidemic(rng):
    """Simulate the endemic-epidemic model: counts depend on those of the three nearest neighbors on the previous day."""
    xy, share = cities(rng)
    nodes = pd.Index([f"c{i}" for i in range(CITIES)])
    km = np.hypot(*(xy[:, None] - xy).transpose(2, 0, 1)) + np.diag(np.full(CITIES, np.inf))
    nearest = np.argsort(km, axis=1)[:, :3]
    edges = pd.DataFrame({"source": nodes.repeat(3), "target": nodes[nearest.ravel()]})
    graph = DiffusionGraph.from_edges(edges, nodes)
    model = EndemicEpidemicModel(endemic=pd.Series(share * EVENTS * 0.6 / DAYS, nodes), own=0.0, neighbors=0.4)
    counts = simulate(model, graph, seeds=[], days=DAYS, rng=int(rng.integers(0, 2**62))).to_numpy()
    day, city = (index.repeat(counts[counts > 0]) for index in np.nonzero(counts))
    return xy[city], day


WITHOUT = {
    "uniform": (uniform, "uniform points and days"),
    "clustered places": (clustered, "clustered cities of different size; uniform days"),
    "common shock": (common_shock, "cities; 60% of all events within a few days of one date"),
    "weekday": (weekday, "cities; six times as many events on weekend days"),
    "population trend": (population_trend, "cities; events move from west to east over the half-year"),
    "regional shocks": (regional_shocks, "cities; each region has a separate shock"),
    "local bursts": (local_bursts, "cities; each city has a separate burst"),
}
WITH = {
    "contagion": (contagion, "0.5 offspring per event, in cities about 30 km away, after 1 to 5 days"),
    "weak contagion": (weak_contagion, "0.2 offspring per event"),
    "slow contagion": (slow_contagion, "0.5 offspring per event, after 1 to 60 days"),
    "endemic–epidemic": (
        endemic_epidemic,
        "`simulate(EndemicEpidemicModel(neighbors=0.4), ...)` on a graph of the three nearest cities",
    ),
}


# Tests


def all_p_values(kind, seed):
    """Return the p-value of each test in one world."""
    draw = (WITHOUT | WITH)[kind][0]
    numbers = {name: i for i, name in enumerate(WITHOUT | WITH)}
    rng = np.random.default_rng([numbers[kind], seed])
    xy, day = draw(rng)
    test_seed = int(rng.integers(0, 2**62))
    points = PointSet(xy[:, 0].copy(), xy[:, 1].copy(), on_sphere=False)
    region = region_of(xy)
    strata = {"region": region, "month": day // 30, "region and quarter": 2 * region + day // 90}
    plain = DatedPoints.sorted(points, day)
    given = {"permutations": DRAWS, "alternative": "greater", "seed": test_seed}

    def knox(scheme, codes=None, least=1.0):
        sample = (
            plain if codes is None else DatedPoints.sorted(points, day, np.asarray(codes, dtype=np.int64), "strata")
        )
        return knox_of(sample, scheme, **LIMITS, exclude_within_km=least, **given)

    with warnings.catch_warnings(action="ignore", category=DataWarning):
        dates = knox(ShuffleDates())
        found = {
            "Poisson tail": knox(ShuffleDates(), least=0.0).poisson_p_value,
            "dates": dates.all_pairs.p_value,
            "dates, between": dates.between_places.p_value,
            **{
                f"within {name}, between": knox(WithinStrata("strata"), codes).between_places.p_value
                for name, codes in strata.items()
            },
            "exchanged places, between": knox(ExchangePlaces()).between_places.p_value,
            "circular shifts": knox(CircularShift(start=day_name(0), end=day_name(DAYS - 1))).all_pairs.p_value,
        }
    found["max-Knox"] = max_knox_of(
        plain, ShuffleDates(), (20.0, 40.0, 60.0, 100.0), (1, 3, 5, 10), exclude_within_km=0.0, **given
    ).p_value
    found["Mantel"] = mantel_of(plain, ShuffleDates(), 10.0, 1.0, precision="float64", **given).p_value
    found["Jacquez, k = 3"] = jacquez_of(plain, ShuffleDates(), 3, **given).p_value
    found["space-time K"] = space_time_k_of(
        plain, ShuffleDates(), (20.0, 40.0, 60.0), (1, 3, 5), ground=None, window=None, **given
    ).p_value
    return found


def day_name(number):
    return str(np.datetime64("1970-01-01") + number)


def rejections(kind, worlds, jobs=1):
    """Return for each test the number of worlds with p ≤ 0.05 and the number with a p-value."""
    chunks = np.array_split(np.arange(worlds), max(jobs, worlds // 50))
    parts = Parallel(n_jobs=jobs)(
        delayed(lambda chunk: [all_p_values(kind, int(seed)) for seed in chunk])(chunk) for chunk in chunks
    )
    table = pd.DataFrame([row for part in parts for row in part])
    return pd.DataFrame({"rejected": (table <= 0.05).sum(), "worlds": table.notna().sum()})


# Output


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=2000)
    parser.add_argument("--power-worlds", type=int, default=500)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument(
        "--keep", type=Path, help="a JSON file that stores counts by kind, so that a run can be resumed"
    )
    options = parser.parse_args()
    kept = json.loads(options.keep.read_text()) if options.keep and options.keep.exists() else {}
    for kind in WITHOUT | WITH:
        if kind not in kept:
            kept[kind] = rejections(
                kind, options.worlds if kind in WITHOUT else options.power_worlds, options.jobs
            ).T.to_dict()
            print(kind, kept[kind], flush=True)
            if options.keep:
                options.keep.write_text(json.dumps(kept, indent=1))
    write_section("interaction", page(kept))


def page(counts):
    """Return the first section of docs/calibration.md, computed from counts."""
    worlds, power = (max(row["worlds"] for kind in kinds for row in counts[kind].values()) for kinds in (WITHOUT, WITH))
    error = 329 * np.sqrt(0.05 * 0.95 / worlds)
    return f"""# Calibration: error rates of the tests

Measured by `python tests/calibration/interaction.py` on {dt.datetime.now(dt.UTC):%-d %B %Y}, without manual adjustment. A "world" is a simulated data set. Each world has {EVENTS} events
(the last one about as many) on 500 by 500 km and {DAYS} days. "Close" means at most {LIMITS["within_km"]:g} km and {LIMITS["within_days"]} days; each test uses {DRAWS} draws; "between" excludes
pairs at most 1 km apart. Regions are 16 squares, months have 30 days and quarters 90.

## Without contagion: percentage of {worlds:,} worlds with p ≤ 0.05

A test that holds its level rejects in 5.0 ± {error:.1f}% (99.9% binomial error, for {len(WITHOUT) * len(counts["uniform"])} cells), or somewhat less if the statistic is a
count with many ties. **Bold**: higher; the test rejects without contagion, because the world violates the null hypothesis.

{table(counts, WITHOUT, 5 + error)}

| world | description |
|---|---|
{chr(10).join(f"| {name} | {words} |" for name, (_, words) in WITHOUT.items())}

{reading(counts)}

## With contagion: power

Percentage of {power:,} worlds with p ≤ 0.05.

{table(counts, WITH, 1000)}

| world | description |
|---|---|
{chr(10).join(f"| {name} | {words} |" for name, (_, words) in WITH.items())}

Circular shifts and the Poisson tail also reject often here. Because they also reject without contagion, this is no evidence of power.
"""


def table(counts, kinds, level):
    tests = list(next(iter(counts.values())))
    lines = [f"| test | {' | '.join(kinds)} |", f"|---|{'---:|' * len(kinds)}"]
    for test in tests:
        cells = [share(counts[kind][test]) for kind in kinds]
        lines.append(
            f"| {test} | {' | '.join('–' if cell is None else f'**{cell:.1f}**' if cell > level else f'{cell:.1f}' for cell in cells)} |"
        )
    return "\n".join(lines)


def share(row):
    return 100 * row["rejected"] / row["worlds"] if row["worlds"] else None


def reading(counts):
    def percent(test, kind):
        return f"{share(counts[kind][test]):.0f}%"

    return f"""Interpretation:

- With shuffled dates the tests hold their level if places and dates are independent, also if places are clustered and under a shock or a
  weekend effect that all places share ({percent("dates", "common shock")} and {percent("dates", "weekday")}).
- They do not hold their level if the timing differs between places: a trend of the population at risk ({percent("dates", "population trend")}), regional shocks
  ({percent("dates", "regional shocks")}), bursts in single places ({percent("dates", "local bursts")}, and {percent("dates, between", "local bursts")} without pairs in the same place).
  With dates shuffled within regions: {percent("within region, between", "population trend")}, {percent("within region, between", "regional shocks")} and {percent("within region, between", "local bursts")}.
- With dates shuffled within strata the test is conservative if events repeat in a place ({percent("within region, between", "local bursts")} under local bursts), because the null contains
  the repeats. The null also contains contagion that is slower than the length of the strata; see its power below.
- With exchanged places the tests hold their level if all places share the same timing ({percent("exchanged places, between", "common shock")}), but not under regional shocks
  ({percent("exchanged places, between", "regional shocks")}) or a trend ({percent("exchanged places, between", "population trend")}).
- Circular shifts reject a common shock without any contagion in {percent("circular shifts", "common shock")} of the worlds; `knox_ladder` does not use them.
- The Poisson tail holds its level only if dates are evenly spread: {percent("Poisson tail", "common shock")} under a common shock.
- The Mantel, Jacquez, space-time K and max-Knox tests shuffle dates among all events and therefore share the errors of that null."""


if __name__ == "__main__":
    main()
