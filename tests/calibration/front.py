"""Simulate worlds with and without a front, and report the verdicts of `front_speed`, its size, its power and its coverage.

`python tests/calibration/front.py` runs 300 worlds of each kind and writes its section of docs/calibration.md; the
tests run fewer. Places are clustered within 20 by 12 degrees (about 1,500 by 1,300 km), or lie along a coast of that length.
"""

import argparse
import datetime as dt
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from protestspread.geodesy import great_circle_km
from protestspread.stats.fronts.dated_places import DatedPlaces
from protestspread.stats.fronts.parts import Origin, fit_parts
from protestspread.stats.fronts.timing import Settings

sys.path.insert(0, str(Path(__file__).parent))
from sections import write_section

DRAWS = 199
START = pd.Timestamp("2022-01-01")
SLOWNESS, SPREAD = 1 / 400, 2.0  # days per km; standard deviation of the errors, in days
SIZES = (42,)


# Worlds


def make_cities(rng, count):
    parents = rng.uniform((50, 42), (70, 54), (max(count // 6, 5), 2))
    points = parents[rng.integers(0, len(parents), count)] + rng.normal(0, 0.7, (count, 2))
    index = pd.Index([f"c{i}" for i in range(count)], name="city")
    return gpd.GeoDataFrame(index=index, geometry=gpd.points_from_xy(*points.T), crs=4326)


def km_between(cities):
    lon, lat = cities.geometry.x.to_numpy(), cities.geometry.y.to_numpy()
    return great_circle_km(lon[:, None], lat[:, None], lon, lat)


def normal_errors(rng, cities):
    return rng.normal(0, SPREAD, len(cities))


def skewed_errors(rng, cities):
    return rng.exponential(SPREAD, len(cities))


def few_days(rng, cities):
    """Draw onsets within four days, as in January 2022."""
    return np.floor(rng.normal(2, 0.8, len(cities)))


def regional_shocks(rng, cities):
    """Draw a separate mean onset for each of 20 squares."""
    square = (cities.geometry.x // 4 * 100 + cities.geometry.y // 3).to_numpy().astype(int)
    return rng.normal(0, SPREAD, square.max() + 1)[square] + rng.normal(0, SPREAD / 2, len(cities))


def smooth_field(rng, cities):
    """Draw spatially correlated onsets: correlation exp(-km / 400)."""
    root = np.linalg.cholesky(np.exp(-km_between(cities) / 400) + 1e-9 * np.eye(len(cities)))
    return SPREAD * (root @ rng.normal(size=len(cities)))


NULLS = {
    "whole days": (normal_errors, {}, "onsets are independent of places"),
    "four days": (few_days, {}, "as before, all within four or five days"),
    "not all joined": (normal_errors, {"censored": True}, "as before; two fifths had not joined by the end"),
    "skewed": (skewed_errors, {"censored": True}, "as before, with exponential errors"),
    "searched": (normal_errors, {"origin": "profile"}, 'as in the first row, with `origin="profile"`'),
    "searched, not all joined": (normal_errors, {"origin": "profile", "censored": True}, "both"),
    "first as origin": (normal_errors, {"origin": "first"}, "the origin is the place that joined first, given by name"),
}
FOOLED = {
    "first as a point": (normal_errors, {"origin": "first point"}, "the origin is the place that joined first, given as (lon, lat), so that it stays in the regression"),
    "regional shocks": (regional_shocks, {}, "each of 20 squares has a separate mean onset; no front"),
    "smooth field": (smooth_field, {}, "onsets are correlated over about 400 km; no front"),
}  # fmt: skip
COVERAGE = {
    "moments": (normal_errors, {"rounded": False}, "exact onset times, normal errors"),
    "whole days": (normal_errors, {}, "rounded down to days"),
    "skewed": (skewed_errors, {}, "exponential errors, whole days"),
    "searched": (normal_errors, {"origin": "profile"}, 'whole days, `origin="profile"`'),
    "still moving": (normal_errors, {"censored": True}, "a trap: two fifths had not joined by the end; too fast"),
}
NUMBERS = {name: i for i, name in enumerate([*NULLS, *FOOLED, *COVERAGE])}


# Worlds of whole spreads, of 42 places: onsets, cities, origin


def places(rng, shape, count=42):
    """Return cities of Pareto size in squares of 4 by 3 degrees."""
    if shape == "coast":
        lon, lat = rng.uniform(50, 70, count), 45 + rng.normal(0, 0.15, count)
    else:
        cities = make_cities(rng, count)
        lon, lat = cities.geometry.x.to_numpy(), cities.geometry.y.to_numpy()
    size = 10_000 * (1 + rng.pareto(1.2, count))
    square = [f"r{number}" for number in (lon // 4 * 100 + lat // 3).astype(int)]
    index = pd.Index([f"c{i:03d}" for i in range(count)], name="city")
    return gpd.GeoDataFrame(
        {"population": size.round(), "region_id": square}, index=index, geometry=gpd.points_from_xy(lon, lat), crs=4326
    )


def large_together(rng, cities):
    """Exchange sizes so that large places lie around one of them."""
    km = km_between(cities)[rng.integers(len(cities))] * np.exp(rng.normal(0, 0.3, len(cities)))
    size = np.empty(len(cities))
    size[np.argsort(km)] = np.sort(cities["population"])[::-1]
    return cities.assign(population=size)


def log_size(cities):
    size = np.log(cities["population"].to_numpy())
    return size - size.mean()


def at_random(rng, cities):
    return rng.integers(1, 7, len(cities)).astype(float)


def by_size(rng, cities):
    return np.floor(4 - log_size(cities) + rng.normal(0, 1.5, len(cities)))


def delayed_reports(rng, cities):
    return rng.poisson(np.minimum(1.2 * np.exp(-0.8 * log_size(cities)), 30)).astype(float)


def shock(rng, cities):
    return rng.choice([1.0, 2.0, 3.0, 4.0], len(cities), p=[0.1, 0.7, 0.15, 0.05])


def by_region(rng, cities):
    codes, names = pd.factorize(cities["region_id"])
    return np.floor(rng.normal(3, 1.5, len(names))[codes] + rng.normal(0, 1, len(cities)))


def wave(rng, cities):
    return np.floor(rng.exponential(6, len(cities)))


SPREADS = {  # days, options, words
    "reach": (at_random, {"reach": True}, "nearer places are likelier to join; days are random"),
    "start": (at_random, {"start": True}, "the three places of the first day are neighbors; other days are random"),
    "shock": (shock, {}, "most join on one day"),
    "trend": (wave, {}, "a national wave that fades"),
    "size": (by_size, {}, "larger places join earlier"),
    "size × clumped": (by_size, {"clumped": True}, "as before, and large places lie together"),
    "delay": (delayed_reports, {}, "all join at once; smaller places are reported later"),
    "delay × clumped": (delayed_reports, {"clumped": True}, "as before, and large places lie together"),
    "regional": (by_region, {}, "squares that share a mean day; they are the strata"),
    "regional_off": (by_region, {"strata": None}, "a trap: as before, without strata"),
    "no population": (by_size, {"clumped": True, "population": False}, "a trap: size × clumped without populations"),
}
SPEEDS = (400.0, 200.0, 100.0)


def one_spread(kind, shape, seed):
    """Return both parts of one world; the origin is the place that joined first, or the one that the world is built around."""
    days_of, options, _ = SPREADS.get(kind, (None, {}, ""))
    rng = np.random.default_rng([[*SPREADS, *SPEEDS].index(kind), shape == "coast", seed])
    cities = places(rng, shape)
    cities = large_together(rng, cities) if options.get("clumped") else cities
    joined, origin = rng.random(len(cities)) < 0.6, int(rng.integers(len(cities)))
    km = km_between(cities)[origin]
    days = np.floor(km / kind + rng.normal(0, SPREAD, len(cities))) if days_of is None else days_of(rng, cities)
    if options.get("reach"):
        joined = rng.random(len(cities)) < 1 / (1 + np.exp(km / 250 - 2))
    if options.get("start"):
        joined[np.argsort(km)[:3]], days[np.argsort(km)[:3]] = True, 0.0
    if days_of is None or options.keys() & {"reach", "start"}:
        joined[origin], days[origin] = True, days[joined].min(initial=0.0)
    else:
        origin = int(np.argmin(np.where(joined, days, np.inf)))
    onsets = pd.Series(START + pd.to_timedelta(days - days.min(), unit="D"), index=cities.index).where(joined)
    known = DatedPlaces.of(onsets, cities, None, population=options.get("population", True),
                           strata=options.get("strata", "region_id"))  # fmt: skip
    return fit_parts(known, Origin.of_row(origin, known), Settings(DRAWS, seed, 1.0))


def verdicts(kind, shape, worlds, jobs=1):
    """Return the share of each verdict."""
    run = Parallel(n_jobs=jobs)(delayed(one_verdict)(kind, shape, seed) for seed in range(worlds))
    return pd.Series(run).value_counts(normalize=True)


def one_verdict(kind, shape, seed):
    return one_spread(kind, shape, seed).verdict


# Tests


def one_front(table, kind, count, slowness, seed):
    """Return both parts of one world, measured from its first place unless the kind sets another origin."""
    errors, options, _ = table[kind]
    rng = np.random.default_rng([NUMBERS[kind], count, seed])
    cities = make_cities(rng, count)
    lon, lat = cities.geometry.x.to_numpy(), cities.geometry.y.to_numpy()
    days = 20 + slowness * great_circle_km(lon[0], lat[0], lon, lat) + errors(rng, cities)
    if options.get("rounded", True):
        days = np.floor(days)
    moments = START + pd.to_timedelta((days * 86400e9).round().astype("int64"), unit="ns")
    onsets = pd.Series(moments, index=cities.index)
    if options.get("censored"):  # observed until three fifths and the origin had joined
        until = max(START + pd.Timedelta(days=int(np.quantile(days, 0.6))), onsets["c0"].normalize())
        onsets = onsets.where(moments < until + pd.Timedelta(days=1))
    known = DatedPlaces.of(onsets, cities, None, population=False, strata=None)
    origin = options.get("origin", "c0")
    start = None
    if origin != "profile":
        row = known.names.get_loc(onsets.idxmin() if origin.startswith("first") else origin)
        start = Origin.of_row(row, known)
        start = Origin("a point", start.point) if "point" in origin else start
    return fit_parts(known, start, Settings(DRAWS, int(rng.integers(2**62)), 1.0))


def rows(table, kind, count, slowness, worlds, jobs=1):
    """Return one row per world: p ≤ 0.05, the verdict, and whether the interval contains the slowness."""

    def some(seeds):
        found = [one_front(table, kind, count, slowness, int(seed)) for seed in seeds]
        return [
            (front.timing.p_value <= 0.05, front.verdict, front.timing.low <= slowness <= front.timing.high)
            for front in found
            if front.timing.reason is None
        ]

    parts = Parallel(n_jobs=jobs)(
        delayed(some)(chunk) for chunk in np.array_split(np.arange(worlds), max(jobs, worlds // 50))
    )
    return pd.DataFrame([row for part in parts for row in part], columns=["rejected", "verdict", "covered"])


# Output


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=300)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--verdicts", action="store_true", help="only the printed verdicts")
    options = parser.parse_args()
    found = {}
    for name, table, slowness in () if options.verdicts else TABLES:
        for kind in table:
            for n in SIZES:
                found[name, kind, n] = rows(table, kind, n, slowness, options.worlds, options.jobs)
                print(name, kind, n, dict(found[name, kind, n].select_dtypes(bool).mean()), file=sys.stderr, flush=True)
    spreads = {
        (kind, shape): verdicts(kind, shape, options.worlds, options.jobs)
        for kind in (*SPREADS, *SPEEDS)
        for shape in SHAPES
    }
    write_section("front", (section(found, options.worlds) if found else HEAD) + verdict_words(spreads, options.worlds))


HEAD = f"""## Fronts: `front_speed`

Measured by `python tests/calibration/front.py --verdicts` on {dt.datetime.now(dt.UTC):%-d %B %Y}, without manual adjustment: {DRAWS} permutations, errors of {SPREAD:g} days.
"""
SHAPES = ("plain", "coast")
TABLES = (("null", NULLS, 0.0), ("fooled", FOOLED, 0.0), ("coverage", COVERAGE, SLOWNESS))


def section(found, worlds):
    """Return the section of docs/calibration.md."""
    error = [329 * np.sqrt(p * (1 - p) / worlds) for p in (0.05, 0.95)]
    return f"""## Fronts: `front_speed`

Measured by `python tests/calibration/front.py` on {dt.datetime.now(dt.UTC):%-d %B %Y}: {worlds:,} worlds per cell, with 42 clustered places,
{DRAWS} permutations, onsets in whole days unless stated otherwise, errors of {SPREAD:g} days, about 1,500 km across.

### Size: percentage of worlds without a front with p ≤ 0.05

5.0 ± {error[0]:.1f} is expected if the test holds its level (99.9% binomial error).

{table_of(found, "null", NULLS, "rejected")}

### Other worlds without a front

Percentage of worlds with p ≤ 0.05, and the percentage of these in which the verdict is "front"; in the others it is "clustering".

{table_of(found, "fooled", FOOLED, "rejected", "verdict front")}

{fooled_words(found)}

### Coverage: percentage of worlds whose 95% interval contains the slowness (1/400 day per km)

95.0 ± {error[1]:.1f} is expected. Intervals with a searched origin are wider, because they account for the search.

{table_of(found, "coverage", COVERAGE, "covered", "front reported")}
"""


def verdict_words(spreads, worlds):
    """Return the table of printed verdicts; a false front is "front" or "news" in a world without one."""
    lines = []
    for (kind, shape), share in spreads.items():
        words = SPREADS[kind][2] if kind in SPREADS else f"a front of {kind:g} km a day: power"
        cells = [f"{100 * share.get(name, 0.0):.1f}" for name in ("front", "news", "reach", "clustering")]
        lines.append(f"| {kind} | {shape} | {words} | {' | '.join(cells)} |")
    return f"""
### Verdicts in percent of {worlds:,} worlds of 42 places, three fifths of which join

| world | shape | description | front | news | reach | clustering |
|---|---|---|---:|---:|---:|---:|
{chr(10).join(lines)}
"""


def fooled_words(found):
    def percentages(kind):
        return ", ".join(f"{100 * (found['fooled', kind, n]['verdict'] == 'front').mean():.1f}%" for n in SIZES)

    cells = "; ".join(f"{kind} {percentages(kind)}" for kind in FOOLED)
    return f"A front is reported without a front in: {cells} of the worlds."


def table_of(found, name, kinds, *columns):
    heads = [
        f"{n} places{'' if column in ('rejected', 'covered') else f', {column}'}" for n in SIZES for column in columns
    ]
    lines = [f"| world | description | {' | '.join(heads)} |", f"|---|---|{'---:|' * len(heads)}"]
    for kind, (_, _, words) in kinds.items():
        cells = [f"{100 * share(found[name, kind, n], column):.1f}" for n in SIZES for column in columns]
        lines.append(f"| {kind} | {words} | {' | '.join(cells)} |")
    return "\n".join(lines)


def share(table, column):
    if column == "verdict front":
        return (table["verdict"][table["rejected"]] == "front").mean()
    return (table["verdict"] == "front").mean() if column == "front reported" else table[column].mean()


if __name__ == "__main__":
    main()
