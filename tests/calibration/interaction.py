"""Worlds with and without contagion, and how often each test of interaction says p ≤ 0.05 in them.

`python tests/calibration/interaction.py` runs 2,000 worlds of each kind and writes its section of docs/calibration.md; the tests here run fewer.
A world is made of dated points on a plane of 500 by 500 km, over 180 days, with 16 regions (squares of 125 km) and 60 cities
that come in clumps and differ in size.
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
from protestspread.stats.interaction.dated_points import DatedPoints
from protestspread.stats.interaction.jacquez import jacquez_of
from protestspread.stats.interaction.knox import knox_of
from protestspread.stats.interaction.mantel import mantel_of
from protestspread.stats.interaction.max_knox import max_knox_of
from protestspread.stats.interaction.points import PointSet
from protestspread.stats.interaction.schemes import CircularShift, ExchangePlaces, ShuffleDates, WithinStrata
from protestspread.stats.interaction.space_time_k import space_time_k_of

sys.path.insert(0, str(Path(__file__).parent))
from sections import write_section

SIDE, DAYS, EVENTS, CITIES, DRAWS = 500.0, 180, 150, 60, 199
LIMITS = {"within_km": 60.0, "within_days": 5}


# Where and when: each returns x, y, day


def cities(rng):
    """Return 60 cities in clumps, the share of events that each has, and how they would be drawn."""
    parents = rng.uniform(0, SIDE, (15, 2))
    xy = np.clip(parents[rng.integers(0, 15, CITIES)] + rng.normal(0, 30, (CITIES, 2)), 0, SIDE)
    size = rng.lognormal(0, 1, CITIES)
    return xy, size / size.sum()


def region_of(xy):
    return np.minimum((xy / (SIDE / 4)).astype(int), 3) @ np.array([4, 1])


def any_day(rng, count):
    return rng.integers(0, DAYS, count)


def near_day(rng, day, spread, share=0.6):
    """Return days of which a share lies near the day given for each, the rest anywhere."""
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
    """The share of events moves from west to east as time goes by, smoothly."""
    xy, share = cities(rng)
    day = any_day(rng, EVENTS)
    pull = np.exp(3 * np.outer(2 * day / DAYS - 1, 2 * xy[:, 0] / SIDE - 1)) * share
    return xy[(pull.cumsum(axis=1) > rng.random((EVENTS, 1)) * pull.sum(axis=1, keepdims=True)).argmax(axis=1)], day


def regional_shocks(rng):
    """Each region has a shock of its own, which all of its cities feel alike."""
    xy, city = at_cities(rng)
    return xy[city], near_day(rng, any_day(rng, 16)[region_of(xy[city])], 4)


def local_bursts(rng):
    """Each city has a burst of its own: repeats, and no spread."""
    xy, city = at_cities(rng)
    return xy[city], near_day(rng, any_day(rng, CITIES)[city], 3)


def contagion(rng, branching=0.5, delay=(1, 5)):
    """Events draw in others in cities nearby, after some days, until there are enough."""
    xy, share = cities(rng)
    km = np.hypot(*(xy[:, None] - xy).transpose(2, 0, 1))
    pull = np.exp(-km / 30) * share * ~np.eye(CITIES, dtype=bool)
    events = []
    while len(events) < EVENTS:
        family = [(rng.choice(CITIES, p=share), int(any_day(rng, 1)[0]))]
        for city, day in family:  # grows while it is walked through
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
    """The library's own model: what a place does hangs on what its three nearest neighbors did the day before."""
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
    "uniform": (uniform, "points and days anywhere"),
    "clustered places": (clustered, "cities in clumps, of different size; days anywhere"),
    "common shock": (common_shock, "cities; 60 % of all events within days of one date"),
    "weekday": (weekday, "cities; six times as many events on each day of the weekend"),
    "population trend": (population_trend, "cities; events move from west to east over the half-year"),
    "regional shocks": (regional_shocks, "cities; each region has a shock of its own"),
    "local bursts": (local_bursts, "cities; each has a burst of its own"),
}
WITH = {
    "contagion": (contagion, "half an offspring an event, in cities about 30 km away, after 1 to 5 days"),
    "weak contagion": (weak_contagion, "a fifth of an offspring an event"),
    "slow contagion": (slow_contagion, "half an offspring an event, after 1 to 60 days"),
    "endemic–epidemic": (
        endemic_epidemic,
        "`simulate(EndemicEpidemicModel(neighbors=0.4), ...)` over the three nearest cities",
    ),
}


# What is tested


def all_p_values(kind, seed):
    """Return the p-value of every test in one world."""
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
            "cities, between": knox(ExchangePlaces()).between_places.p_value,
            "circular": knox(CircularShift(start=day_name(0), end=day_name(DAYS - 1))).all_pairs.p_value,
        }
    found["max-Knox"] = max_knox_of(
        plain, ShuffleDates(), (20.0, 40.0, 60.0, 100.0), (1, 3, 5, 10), exclude_within_km=0.0, **given
    ).p_value
    found["Mantel"] = mantel_of(plain, ShuffleDates(), 10.0, 1.0, precision="float64", **given).p_value
    found["Jacquez, k = 3"] = jacquez_of(plain, ShuffleDates(), 3, **given).p_value
    found["K"] = space_time_k_of(
        plain, ShuffleDates(), (20.0, 40.0, 60.0), (1, 3, 5), ground=None, window=None, **given
    ).p_value
    return found


def day_name(number):
    return str(np.datetime64("1970-01-01") + number)


def rejections(kind, worlds, jobs=1):
    """Return, for each test, in how many worlds p ≤ 0.05, and in how many there was a p-value."""
    chunks = np.array_split(np.arange(worlds), max(jobs, worlds // 50))
    parts = Parallel(n_jobs=jobs)(
        delayed(lambda chunk: [all_p_values(kind, int(seed)) for seed in chunk])(chunk) for chunk in chunks
    )
    table = pd.DataFrame([row for part in parts for row in part])
    return pd.DataFrame({"rejected": (table <= 0.05).sum(), "worlds": table.notna().sum()})


# What is written


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=2000)
    parser.add_argument("--power-worlds", type=int, default=500)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="a JSON file to add counts to, kind by kind, and to go on from")
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
    """Return the first section of docs/calibration.md, from counts alone."""
    worlds, power = (max(row["worlds"] for kind in kinds for row in counts[kind].values()) for kinds in (WITHOUT, WITH))
    error = 329 * np.sqrt(0.05 * 0.95 / worlds)
    return f"""# Calibration: how often does a test see contagion where there is none?

Measured by `python tests/calibration/interaction.py` on {dt.datetime.now(dt.UTC):%-d %B %Y}, nothing adjusted by hand. Each world has {EVENTS} events
(the last one about as many) on 500 by 500 km and {DAYS} days; "close" is at most {LIMITS["within_km"]:g} km and {LIMITS["within_days"]} days; {DRAWS} draws; "between" leaves out
pairs at most 1 km apart. Regions are 16 squares, months 30 days, quarters 90.

## Without contagion: the share of {worlds:,} worlds with p ≤ 0.05, in percent

A test that holds its level shows 5.0 ± {error:.1f} (binomial error, 99.9 %: there are {len(WITHOUT) * len(counts["uniform"])} cells), or somewhat less where the statistic is a
count with many ties. **Bold**: more than that: the test is fooled, because the world is not what its null says.

{table(counts, WITHOUT, 5 + error)}

| world | what happens in it |
|---|---|
{chr(10).join(f"| {name} | {words} |" for name, (_, words) in WITHOUT.items())}

{reading(counts)}

## With contagion: power

The share of {power:,} worlds with p ≤ 0.05, in percent.

{table(counts, WITH, 1000)}

| world | what happens in it |
|---|---|
{chr(10).join(f"| {name} | {words} |" for name, (_, words) in WITH.items())}

Circular shifts and the Poisson tail reject much here too; but what rejects without contagion says nothing with it.
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
    def say(test, kind):
        return f"{share(counts[kind][test]):.0f} %"

    return f"""How to read it, in the numbers of this run:

- Shuffled dates hold their level wherever places and dates are independent, however clumped the places are, and under a shock or a
  weekend that all places share ({say("dates", "common shock")} and {say("dates", "weekday")}).
- They do not where places have times of their own: a trend of the population at risk ({say("dates", "population trend")}), regional shocks
  ({say("dates", "regional shocks")}), bursts in one place ({say("dates", "local bursts")}, and {say("dates, between", "local bursts")} once repeats in one place are left out).
  Shuffled within regions: {say("within region, between", "population trend")}, {say("within region, between", "regional shocks")} and {say("within region, between", "local bursts")}.
- Shuffled within strata the test is conservative where a place repeats itself ({say("within region, between", "local bursts")} under local bursts): the repeats
  are in the null. So is contagion that is slower than the strata last: see its power below.
- Exchanged places hold their level where all places share their times ({say("cities, between", "common shock")}), and do not under regional shocks
  ({say("cities, between", "regional shocks")}) or a trend ({say("cities, between", "population trend")}).
- Circular shifts reject a common shock without any contagion in {say("circular", "common shock")} of the worlds; they are not in a ladder.
- The Poisson tail holds its level only while dates are spread out: {say("Poisson tail", "common shock")} under a common shock.
- Mantel's, Jacquez', the K and the max-Knox test with dates shuffled over all events are fooled by what fools that null."""


if __name__ == "__main__":
    main()
