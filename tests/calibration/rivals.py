"""Worlds with and without transmission, and what falsify says of them: `python tests/calibration/rivals.py`.

80 places on 500 by 500 km, in up to nine regions, observed on 20 days; the network is the four nearest places.
"""

import datetime as dt
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

import protestspread as ps
from protestspread.falsification.clouds import p_against
from protestspread.falsification.falsify import simulated_spreads
from protestspread.falsification.result import FIT
from protestspread.falsification.rivals import NAMED_RIVALS

sys.path.insert(0, str(Path(__file__).parent))
from sections import in_worlds, run_in_turn, table

PLACES, DAYS, SIDE, JOIN = 80, 20, 4.5, 0.55
WITHOUT = {
    "attributes": "rates are population^0.96",
    "attributes, clumped": "the same, and large places lie together",
    "regional rates": "regions differ in their rate (sd 1.2)",
    "regional days": "each region has a day of its own, on which 60% of its places join, give or take two days",
    "shock": "60% of the places that join do so on one day",
    "delay": "all on one day, reported Poisson(1.5 · (population / geometric mean)^-0.7) days later; large places lie together",
    "trend": "the rate of all places grows twentyfold",
    "rows": "60 independent protests, each in 1 to 16 rows; places join with their first",
}
TRAPS = {"regional days, off": "as regional days, but the strata are other regions"}
WITH = {f"contagion, s = {s}": f"rate population^0.5 · (1 + {s} · neighbors that have joined)" for s in (1, 3, 10)}
RIVALS = ("regional shocks", "common shock", "attributes", "reporting delay")
MODELS = ("times", "order", "history")
KINDS = tuple(f"{kind} ({model})" for model in MODELS for kind in (*WITHOUT, *TRAPS, *WITH))
DRAWS = 99


def regions(lon, lat, shift):
    """Return cells of a grid of three by three, whose borders are shifted by a share of their width."""
    column, row = (np.floor(3 * (at - at.min()) / (np.ptp(at) + 1e-9) + shift).astype(int) for at in (lon, lat))
    return [f"r{c}{r}" for c, r in zip(column, row, strict=True)]


def places(rng, *, clumped=False, shift=0.0):
    """Return towns around 12 centers; `clumped`: the largest lie together."""
    center = rng.uniform(0, SIDE, (12, 2))
    lon, lat = np.clip(center[rng.integers(0, 12, PLACES)] + rng.normal(0, 0.35, (PLACES, 2)), 0, SIDE).T
    population = np.round(1e4 * rng.pareto(1.1, PLACES) + 5e3)
    if clumped:
        far = np.hypot(lon - lon[0], lat - lat[0]) + rng.normal(0, 0.4, PLACES)
        population = np.sort(population)[::-1][np.argsort(np.argsort(far))]
    names = pd.Index([f"c{number:02}" for number in range(PLACES)], name="city")
    values = {"population": population, "region_id": regions(lon, lat, shift)}
    return gpd.GeoDataFrame(values, index=names, geometry=gpd.points_from_xy(lon, lat - SIDE / 2), crs=4326)


def moments(rate):
    """Return the scale at which the expected share of the places joins in the days."""
    low, high = 1e-9, 1e3
    for _ in range(60):
        middle = np.sqrt(low * high)
        low, high = (middle, high) if (-np.expm1(-middle * rate * DAYS)).mean() < JOIN else (low, middle)
    return low


def by_rate(rng, rate):
    """Return days of places that join independently of each other at constant rates."""
    return np.ceil(rng.exponential(size=PLACES) / (rate * moments(rate)))


def contagion(rng, cities, graph, strength):
    """Return days of places that join at the rate population^0.5 · (1 + s · neighbors that have joined)."""
    weights = graph.matrix.toarray()
    own = (cities["population"] / np.exp(np.log(cities["population"]).mean())).to_numpy() ** 0.5
    days, base = np.full(PLACES, np.inf), {1: 0.022, 3: 0.012, 10: 0.006}[strength]
    for day in range(1, DAYS + 1):
        rate = base * own * (1 + strength * (days < day) @ weights)
        days[(days == np.inf) & (rng.random(PLACES) < -np.expm1(-rate))] = day
    return days


def world(kind, seed):
    """Return the places and the onsets of one world."""
    rng = np.random.default_rng([31, (*WITHOUT, *TRAPS, *WITH).index(kind), seed])
    cities = places(rng, clumped="clumped" in kind or kind == "delay")
    size = (cities["population"] / np.exp(np.log(cities["population"]).mean())).to_numpy()
    region = pd.factorize(cities["region_id"])[0]
    days = by_rate(rng, np.ones(PLACES))
    if kind.startswith("attributes"):
        days = by_rate(rng, size**0.96)
    elif kind == "regional rates":
        days = by_rate(rng, size**0.3 * np.exp(1.2 * rng.normal(size=region.max() + 1))[region])
    elif kind.startswith("regional days"):
        own = rng.integers(1, DAYS + 1, region.max() + 1)[region] + np.rint(rng.normal(0, 2, PLACES))
        days = np.where(rng.random(PLACES) < 0.6, np.clip(own, 1, DAYS), by_rate(rng, np.full(PLACES, 0.3)))
    elif kind == "shock":
        days = np.where((days <= DAYS) & (rng.random(PLACES) < 0.6), rng.integers(2, DAYS), days)
    elif kind == "delay":
        days = 1.0 + rng.poisson(1.5 * size**-0.7)
    elif kind == "trend":
        risen = np.cumsum(np.exp(3 * np.arange(1, DAYS + 1) / DAYS))
        days = 1.0 + np.searchsorted(risen, risen[-1] * rng.exponential(size=PLACES) / (0.8 * size**0.3))
    elif kind == "rows":
        share = size**0.7
        place, day = rng.choice(PLACES, 60, p=share / share.sum()), rng.integers(1, DAYS + 1, 60)
        days = pd.Series(day, index=place).groupby(level=0).min().reindex(range(PLACES)).fillna(np.inf).to_numpy()
    elif kind.startswith("contagion"):
        days = contagion(rng, cities, ps.nearest_graph(cities, k=4), int(kind.rpartition(" ")[2]))
    if kind == "regional days, off":
        lon, lat = cities.geometry.x.to_numpy(), cities.geometry.y.to_numpy()
        cities["region_id"] = regions(lon, lat, 0.5)
    return cities, pd.Series(np.where(days <= DAYS, days, np.nan), index=cities.index)


def fitted(kind, seed):
    """Return the places of a world and the fit of contagion to it: by times, by order, or as an event history."""
    name, model = kind[:-1].split(" (")
    cities, onsets = world(name, seed)
    size = np.log(cities["population"]).rename("log population")
    options = {"attributes": (size - size.mean()) / size.std(), "effect": "multiplicative"}
    graph = {"near": ps.nearest_graph(cities, k=4)}
    if model == "history":
        return cities, ps.fit_event_history(onsets, graph, attributes=options["attributes"], observed_until=DAYS)
    if model == "order":
        return cities, ps.fit_oada(onsets, graph, **options)
    return cities, ps.fit_tada(onsets, graph, observed_until=DAYS, observed_from=0, time="daily", **options)


def verdict(kind, seed):
    """Return which rivals are rejected, until the first that is not, and whether the data are said to fit only contagion.

    A rival that fits decides the verdict, so no other is then simulated; p-values are those of falsify with the same seed.
    """
    cities, fit = fitted(kind, seed)
    found = {"likelihood ratio p ≤ 0.05": bool(fit.compare(fit.without("near")).p_value <= 0.05)}
    spreads, rejected = simulated_spreads(fit, cities, [], None), True
    for name in RIVALS:
        rejected = rejected and all(
            p_value(spreads, (name, world.words), world, seed) <= 0.05 for world in NAMED_RIVALS[name]
        )
        found[name] = rejected
    found["only contagion"] = rejected and bool(p_value(spreads, (FIT, FIT), None, seed) > 0.05)
    return found


def p_value(spreads, key, world, seed):
    """Return the p-value of the data in one world."""
    cloud = spreads.draws_of(key, world, seed)(0, DRAWS, False)
    tells = np.abs(cloud - spreads.observed).max(axis=0) > 1e-9
    return float(p_against(spreads.observed[None, tells], cloud[:, tells])[0])


def rows_of(kind, seeds, jobs=1):
    """Return the verdicts in some worlds."""
    return in_worlds(verdict, kind, seeds, jobs)


def page(kept):
    """Return the section of docs/calibration.md."""
    rows = []
    for kind in KINDS:
        if found := kept.get(kind):
            only = sum(one["only contagion"] for one in found)
            shares = [
                f"{100 * np.mean([one[name] for one in found]):.0f}" for name in ("likelihood ratio p ≤ 0.05", *RIVALS)
            ]
            rows.append([kind, len(found), *shares, only])
    kinds = "; ".join(f"`{kind}`: {what}" for kind, what in (WITHOUT | TRAPS | WITH).items())
    heads = ["world (fit)", "worlds", "likelihood ratio p ≤ 0.05, %"]
    return f"""## `falsify`: contagion or its rivals

Measured by `python tests/calibration/rivals.py` on {dt.datetime.now(dt.UTC):%-d %B %Y}, without manual adjustment. {PLACES} places on 500 by 500 km, up to nine regions, {DAYS} days;
the network is the four nearest places, log population is an attribute; `fit_tada` (times), `fit_oada` (order) or `fit_event_history` (history, an intercept for each day); {DRAWS} draws a world. {kinds}.

The columns of the rivals show the percentage of worlds in which this rival and those before it are rejected; the last one the number of worlds of which "fits only contagion" is said. Of
a method that is wrong in 5%, more than 17 of 200 worlds would be wrong in one run of fifty. The rows "contagion" show the power.

{table([*heads, *RIVALS, "fits only contagion"], rows)}
"""


if __name__ == "__main__":
    run_in_turn("rivals", __doc__, KINDS, rows_of, page)
