"""Worlds with and without a front, how often `front_speed` says p ≤ 0.05 in them, and how often its interval holds the truth.

`python tests/calibration/front.py` runs 1,000 worlds of each kind and prints a section of docs/calibration.md; the tests
here run fewer. Places come in clumps within 20 by 12 degrees (about 1,500 by 1,300 km); onsets are counted from a first day.
"""

import argparse
import datetime as dt
import sys

import geopandas as gpd
import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from protestspread.geodesy import great_circle_km
from protestspread.stats.fronts.front import front_speed

DRAWS = 199
START = pd.Timestamp("2022-01-01")
SLOWNESS, SPREAD = 1 / 400, 2.0  # days a kilometre; standard deviation of the errors, in days
SIZES = (30, 42, 300)


# Where and when


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
    """All within four days, as in January 2022."""
    return np.floor(rng.normal(2, 0.8, len(cities)))


def regional_shocks(rng, cities):
    """Each of 20 squares has a time of its own."""
    square = (cities.geometry.x // 4 * 100 + cities.geometry.y // 3).to_numpy().astype(int)
    return rng.normal(0, SPREAD, square.max() + 1)[square] + rng.normal(0, SPREAD / 2, len(cities))


def smooth_field(rng, cities):
    """Neighboring places have like times: correlation exp(-km / 400)."""
    root = np.linalg.cholesky(np.exp(-km_between(cities) / 400) + 1e-9 * np.eye(len(cities)))
    return SPREAD * (root @ rng.normal(size=len(cities)))


NULLS = {
    "whole days": (normal_errors, {}, "onsets have nothing to do with places"),
    "four days": (few_days, {}, "the same, all within four or five days"),
    "not all joined": (normal_errors, {"censored": True}, "the same; two fifths had not joined by the end"),
    "skewed": (skewed_errors, {"censored": True}, "the same, with exponential errors"),
    "searched": (normal_errors, {"origin": "profile"}, 'the same, `origin="profile"`'),
    "searched, not all joined": (normal_errors, {"origin": "profile", "censored": True}, "both"),
    "first as origin": (normal_errors, {"origin": "first"}, "the origin is the place that joined first, by its name"),
}
FOOLED = {
    "first as a point": (normal_errors, {"origin": "first point"}, "the same, given as (lon, lat): it stays in the regression"),
    "regional shocks": (regional_shocks, {}, "each of 20 squares has a time of its own, and no front"),
    "smooth field": (smooth_field, {}, "onsets correlate over about 400 km, and no front"),
}  # fmt: skip
COVERAGE = {
    "all joined": (normal_errors, {"rounded": False}, "onsets to the moment, normal errors"),
    "all joined, whole days": (normal_errors, {}, "rounded down to days"),
    "not all joined": (normal_errors, {"rounded": False, "censored": True}, "two fifths had not joined by the end"),
    "not all joined, whole days": (normal_errors, {"censored": True}, "both"),
    "all joined, skewed": (skewed_errors, {}, "exponential errors, whole days"),
    "not all joined, skewed": (skewed_errors, {"censored": True}, "the same, censored: the model's errors are normal"),
    "searched": (normal_errors, {"origin": "profile"}, 'whole days, `origin="profile"`'),
    "searched, not all joined": (normal_errors, {"origin": "profile", "censored": True}, "both"),
}
NUMBERS = {name: i for i, name in enumerate([*NULLS, *FOOLED, *COVERAGE])}


# What is tested


def one_front(table, kind, count, slowness, seed):
    """Return the front of one world, measured from its first place unless the kind says otherwise."""
    errors, options, _ = table[kind]
    rng = np.random.default_rng([NUMBERS[kind], count, seed])
    cities = make_cities(rng, count)
    lon, lat = cities.geometry.x.to_numpy(), cities.geometry.y.to_numpy()
    days = 20 + slowness * great_circle_km(lon[0], lat[0], lon, lat) + errors(rng, cities)
    if options.get("rounded", True):
        days = np.floor(days)
    moments = START + pd.to_timedelta((days * 86400e9).round().astype("int64"), unit="ns")
    onsets, until = pd.Series(moments, index=cities.index), None
    if options.get("censored"):  # observed until three fifths had joined, and the origin had
        until = max(START + pd.Timedelta(days=int(np.quantile(days, 0.6))), onsets["c0"].normalize())
        onsets = onsets.where(moments < until + pd.Timedelta(days=1))
    origin = options.get("origin", "c0")
    if origin.startswith("first"):
        first = onsets.idxmin()
        origin = (cities.geometry.x[first], cities.geometry.y[first]) if "point" in origin else str(first)
    return front_speed(
        onsets, cities, origin=origin, observed_until=until, permutations=DRAWS, rng=int(rng.integers(2**62))
    )


def rows(table, kind, count, slowness, worlds, jobs=1):
    """Return a row a world: p ≤ 0.05, the verdict, and whether the interval holds the slowness."""

    def some(seeds):
        found = [one_front(table, kind, count, slowness, int(seed)) for seed in seeds]
        return [
            (front.p_value <= 0.05, front.verdict, front.slowness_low <= slowness <= front.slowness_high)
            for front in found
            if front.reason is None
        ]

    parts = Parallel(n_jobs=jobs)(
        delayed(some)(chunk) for chunk in np.array_split(np.arange(worlds), max(jobs, worlds // 50))
    )
    return pd.DataFrame([row for part in parts for row in part], columns=["rejected", "verdict", "covered"])


# What is written


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=1000)
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    found = {}
    for name, table, slowness in TABLES:
        for kind in table:
            for n in SIZES:
                found[name, kind, n] = rows(table, kind, n, slowness, options.worlds, options.jobs)
                print(name, kind, n, dict(found[name, kind, n].select_dtypes(bool).mean()), file=sys.stderr, flush=True)
    print(section(found, options.worlds))


TABLES = (("null", NULLS, 0.0), ("fooled", FOOLED, 0.0), ("coverage", COVERAGE, SLOWNESS))


def section(found, worlds):
    """Return the section of docs/calibration.md."""
    error = [329 * np.sqrt(p * (1 - p) / worlds) for p in (0.05, 0.95)]
    outside = [f"{kind}, {n} places" for kind in COVERAGE for n in SIZES
               if "searched" not in kind and not 93 <= round(100 * found["coverage", kind, n]["covered"].mean(), 1) <= 97]  # fmt: skip
    said = (
        f"all of those with a given origin but {len(outside)} ({'; '.join(outside)})"
        if outside
        else "all of those with a given origin"
    )
    return f"""## Fronts: `front_speed`

Measured by `python tests/calibration/front.py` on {dt.datetime.now(dt.UTC):%-d %B %Y}: {worlds:,} worlds a cell of 30, 42 and 300 places in clumps,
{DRAWS} permutations, onsets in whole days unless said otherwise, errors of {SPREAD:g} days, about 1,500 km across.

### Size: the share of worlds without a front with p ≤ 0.05, in percent

5.0 ± {error[0]:.1f} where the test holds its level (binomial error, 99.9 %).

{table_of(found, "null", NULLS, "rejected")}

### Who is fooled

The share with p ≤ 0.05; then of those the share that the result calls a front, the rest being called clustering, in percent.

{table_of(found, "fooled", FOOLED, "rejected", "called a front")}

{fooled_words(found)}

### Coverage: the share of worlds whose 95 % interval holds the slowness (1/400 day a km), in percent

95.0 ± {error[1]:.1f}; {said} lie within 93–97. A searched origin has a wider interval, which allows for the search.

{table_of(found, "coverage", COVERAGE, "covered", "front found")}
"""


def fooled_words(found):
    def say(kind):
        return ", ".join(f"{100 * (found['fooled', kind, n]['verdict'] == 'front').mean():.1f} %" for n in SIZES)

    said = "; ".join(f"{kind} {say(kind)}" for kind in FOOLED)
    return f"A front is announced without there being one in: {said} of the worlds (30, 42, 300 places)."


def table_of(found, name, kinds, *columns):
    heads = [
        f"{n} places{'' if column in ('rejected', 'covered') else f', {column}'}" for n in SIZES for column in columns
    ]
    lines = [f"| world | what happens in it | {' | '.join(heads)} |", f"|---|---|{'---:|' * len(heads)}"]
    for kind, (_, _, words) in kinds.items():
        cells = [f"{100 * share(found[name, kind, n], column):.1f}" for n in SIZES for column in columns]
        lines.append(f"| {kind} | {words} | {' | '.join(cells)} |")
    return "\n".join(lines)


def share(table, column):
    if column == "called a front":
        return (table["verdict"][table["rejected"]] == "front").mean()
    return (table["verdict"] == "front").mean() if column == "front found" else table[column].mean()


if __name__ == "__main__":
    main()
