"""Simulate worlds with and without a front, and report the size of `front_speed` and the coverage of its interval.

`python tests/calibration/front.py` runs 1,000 worlds of each kind and prints a section of docs/calibration.md; the tests
run fewer. Places are clustered within 20 by 12 degrees (about 1,500 by 1,300 km); onsets are counted from a first day.
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
SLOWNESS, SPREAD = 1 / 400, 2.0  # days per km; standard deviation of the errors, in days
SIZES = (30, 42, 300)


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
    "all joined": (normal_errors, {"rounded": False}, "exact onset times, normal errors"),
    "all joined, whole days": (normal_errors, {}, "rounded down to days"),
    "not all joined": (normal_errors, {"rounded": False, "censored": True}, "two fifths had not joined by the end"),
    "not all joined, whole days": (normal_errors, {"censored": True}, "both"),
    "all joined, skewed": (skewed_errors, {}, "exponential errors, whole days"),
    "not all joined, skewed": (
        skewed_errors,
        {"censored": True},
        "as before, censored (the model assumes normal errors)",
    ),
    "searched": (normal_errors, {"origin": "profile"}, 'whole days, `origin="profile"`'),
    "searched, not all joined": (normal_errors, {"origin": "profile", "censored": True}, "both"),
}
NUMBERS = {name: i for i, name in enumerate([*NULLS, *FOOLED, *COVERAGE])}


# Tests


def one_front(table, kind, count, slowness, seed):
    """Return the front of one world, measured from its first place unless the kind sets another origin."""
    errors, options, _ = table[kind]
    rng = np.random.default_rng([NUMBERS[kind], count, seed])
    cities = make_cities(rng, count)
    lon, lat = cities.geometry.x.to_numpy(), cities.geometry.y.to_numpy()
    days = 20 + slowness * great_circle_km(lon[0], lat[0], lon, lat) + errors(rng, cities)
    if options.get("rounded", True):
        days = np.floor(days)
    moments = START + pd.to_timedelta((days * 86400e9).round().astype("int64"), unit="ns")
    onsets, until = pd.Series(moments, index=cities.index), None
    if options.get("censored"):  # observed until three fifths and the origin had joined
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
    """Return one row per world: p ≤ 0.05, the verdict, and whether the interval contains the slowness."""

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


# Output


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
    cells = f"all cells except {len(outside)} ({'; '.join(outside)})" if outside else "all cells"
    return f"""## Fronts: `front_speed`

Measured by `python tests/calibration/front.py` on {dt.datetime.now(dt.UTC):%-d %B %Y}: {worlds:,} worlds per cell, with 30, 42 and 300 clustered places,
{DRAWS} permutations, onsets in whole days unless stated otherwise, errors of {SPREAD:g} days, about 1,500 km across.

### Size: percentage of worlds without a front with p ≤ 0.05

5.0 ± {error[0]:.1f} is expected if the test holds its level (99.9% binomial error).

{table_of(found, "null", NULLS, "rejected")}

### Other worlds without a front

Percentage of worlds with p ≤ 0.05, and the percentage of these in which the verdict is "front"; in the others it is "clustering".

{table_of(found, "fooled", FOOLED, "rejected", "verdict front")}

{fooled_words(found)}

### Coverage: percentage of worlds whose 95% interval contains the slowness (1/400 day per km)

95.0 ± {error[1]:.1f} is expected. With a given origin, {cells} lie within 93–97. Intervals with a searched origin are wider, because they account for the search.

{table_of(found, "coverage", COVERAGE, "covered", "front reported")}
"""


def fooled_words(found):
    def percentages(kind):
        return ", ".join(f"{100 * (found['fooled', kind, n]['verdict'] == 'front').mean():.1f}%" for n in SIZES)

    cells = "; ".join(f"{kind} {percentages(kind)}" for kind in FOOLED)
    return f"A front is reported without a front in: {cells} of the worlds (30, 42, 300 places)."


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
