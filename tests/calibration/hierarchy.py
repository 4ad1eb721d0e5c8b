"""Simulate spreads with known exponents and report coverage and bias: `python tests/calibration/hierarchy.py`.

The script writes its section of docs/calibration.md. Places are clustered within 20 by 12 degrees, with populations that span
three orders of magnitude. The places of each day are drawn one after another, independently of the library's simulator.
"""

import argparse
import datetime as dt
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from scipy.stats import chi2

from protestspread.models.hierarchy.conditional_logit import ConditionalLogit, refitted
from protestspread.models.hierarchy.risk_sets import Distances, RiskSets
from protestspread.models.hierarchy.simulated_onsets import thin_onsets

sys.path.insert(0, str(Path(__file__).parent))
from sections import table, write_section

DAY_SIZES = {  # places -> number that join on each day; the others never join
    30: [2, 3, 7, 6],
    42: [3, 4, 10, 8],
    300: [3, 5, 8, 12, 18, 22, 25, 25, 22, 18, 12, 10],
}
MORE = {30: [6, 6], 42: [8, 6, 3], 300: [40, 40, 40]}  # if observation continues until all have joined
BATCH = 50
LIMIT = chi2.ppf(0.95, 1)


def country(rng, n):
    """Return distances and log populations of clustered places, and their clusters."""
    clump = rng.integers(0, max(n // 5, 3), n)
    center = np.column_stack([rng.uniform(50, 70, clump.max() + 1), rng.uniform(42, 54, clump.max() + 1)])
    lon, lat = (center[clump] + rng.normal(0, 0.7, (n, 2))).T
    return Distances(lon, lat).tabulated(), rng.normal(11, 1.1, n), clump


def spread(rng, n, truth, *, censored, pull=None, large_together=False, start_together=False):
    """Return a spread with given exponents; `pull` returns other effects on the log rate of joining."""
    distances, size, clump = country(rng, n)
    if large_together:
        near = np.argsort(
            np.where(np.isinf(distances.table[0]), 0.0, distances.table[0]) * np.exp(rng.normal(0, 0.3, n))
        )
        size[near] = np.sort(size)[::-1]
    waves, far = np.full(n, -1), np.full(n, np.inf)
    sizes = DAY_SIZES[n] if censored else [*DAY_SIZES[n], *MORE[n]]
    other = np.zeros(n) if pull is None else pull(rng, clump)
    for day, count in enumerate(sizes):
        rate = np.exp(truth[0] * (size - size.mean()) + other)
        if day:
            rate = rate * far ** -truth[1]
        if start_together and not day:
            rate = 1e6 ** -np.argsort(np.argsort(distances.table[rng.integers(n)])).astype(float).clip(max=40.0)
        new = []
        for _ in range(min(count, int((waves < 0).sum()))):
            open_rate = np.where(waves < 0, rate, 0.0)
            new.append(rng.choice(n, p=open_rate / open_rate.sum()))
            waves[new[-1]] = day
        far = np.minimum(far, distances.table[new].min(axis=0))
    return RiskSets(waves, size - size.mean(), distances)


def reported_late(rng, n):
    """Return a spread in which two thirds join at once, and small places are reported later."""
    distances, size, _ = country(rng, n)
    day = rng.poisson(np.minimum(1.2 * np.exp(-0.8 * (size - size.mean())), 12.0))
    waves = pd.factorize(np.where(rng.random(n) < 0.67, day, 99), sort=True)[0]
    return RiskSets(np.where(waves == waves.max(), -1, waves), size - size.mean(), distances)


def only_those_that_joined(joining):
    """Return the spread restricted to places that joined."""
    kept = joining.waves >= 0
    size, table_of = joining.size[kept], joining.distances.table[np.ix_(kept, kept)]
    lon, lat = joining.distances.lon[kept], joining.distances.lat[kept]
    return RiskSets(joining.waves[kept], size - size.mean(), Distances(lon, lat, table=table_of))


def regional(rng, clump):
    return rng.normal(0, 1.5, clump.max() + 1)[clump]


TRUTHS = {
    "neither": (0.0, 0.0), "both": (0.8, 0.8), "hierarchy only": (0.8, 0.0), "neighborhood only": (0.0, 0.8),
    "both, weak": (0.4, 0.4), "both, strong": (1.2, 1.2), "large places and far-off places": (0.8, -0.8),
}  # fmt: skip
FOOLED = {
    "small places underreported": (
        (0.0, 0.8), lambda rng, n: thin_onsets(spread(rng, n, (0.0, 0.8), censored=True), 0.3, rng),
        "population has no effect; an onset is reported with probability (population / largest)^0.3",
    ),
    "only places that joined": (
        (0.8, 0.8), lambda rng, n: only_those_that_joined(spread(rng, n, (0.8, 0.8), censored=True)),
        "only places that protested are listed",
    ),
    "regional differences": (
        (0.8, 0.0), lambda rng, n: spread(rng, n, (0.8, 0.0), censored=True, pull=regional),
        "a trap: no transmission, but clusters of places differ in their rate of joining (log-normal, sd 1.5)",
    ),
    "delay": (
        (0.0, 0.0), reported_late, "two thirds join at once; small places are reported later, after Poisson(1.2 · (population / mean)^-0.8) days",
    ),
    "start": (
        (0.0, 0.0), lambda rng, n: spread(rng, n, (0.0, 0.0), censored=True, start_together=True),
        "no transmission; the places of the first day lie together",
    ),
    "size × clumped": (
        (0.8, 0.0), lambda rng, n: spread(rng, n, (0.8, 0.0), censored=True, large_together=True),
        "no transmission; larger places join earlier and lie together",
    ),
}  # fmt: skip


def one_batch(draw, truth, seeds):
    """Return for each spread both estimates and the likelihood ratio statistics of each true exponent and of 0."""
    spreads = [ConditionalLogit.of(draw(np.random.default_rng(seed))) for seed in seeds]
    days = ConditionalLogit.together([spread for spread in spreads if spread.joins])
    start = np.tile(truth, (len(days.spread) and days.spread[-1] + 1, 1)).astype(float)
    estimate, height = refitted(days, start)
    columns = [*estimate.T]
    for value in (truth, (0.0, 0.0)):
        for held in (0, 1):
            at = estimate.copy()
            at[:, held] = value[held]
            columns.append(2 * (height - refitted(days, at, held=held)[1]))
    names = ["population", "distance", "lost population", "lost distance", "ratio population", "ratio distance"]
    return pd.DataFrame(dict(zip(names, columns, strict=True)))


def outcomes(draw, truth, worlds, number, jobs=1):
    """Return one row per world."""
    seeds = [[number, world] for world in range(worlds)]
    parts = [seeds[start : start + BATCH] for start in range(0, worlds, BATCH)]
    return pd.concat(Parallel(n_jobs=jobs)(delayed(one_batch)(draw, truth, part) for part in parts), ignore_index=True)


def covered(found):
    """Return how often the 95% profile interval of each exponent contains the true value."""
    return [float((found[f"lost {name}"] <= LIMIT).mean()) for name in ("population", "distance")]


def called(found):
    """Return how often the interval of each exponent lies above 0."""
    return [float(((found[f"ratio {name}"] > LIMIT) & (found[name] > 0)).mean()) for name in ("population", "distance")]


def draw_of(n, truth, censored):
    return lambda rng: spread(rng, n, truth, censored=censored)


def runs():
    """Return name -> (function that draws a spread, true exponents), in order."""
    found = {}
    for n in DAY_SIZES:
        for kind, truth in TRUTHS.items():
            for censored in (True, False):
                found[n, kind, censored] = (draw_of(n, truth, censored), truth)
    for n in (42, 300):
        for kind, (truth, draw, _) in FOOLED.items():
            found[n, kind, True] = ((lambda rng, n=n, draw=draw: draw(rng, n)), truth)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=1000)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--places", type=int, nargs="*", default=list(DAY_SIZES), help="numbers of places")
    options = parser.parse_args()
    found = {}
    for number, (name, (draw, truth)) in enumerate(runs().items()):
        if name[0] not in options.places:
            continue
        found[name] = outcomes(draw, truth, options.worlds, number, options.jobs)
        print(name, covered(found[name]), called(found[name]), file=sys.stderr, flush=True)
    write_section("hierarchy", section(found, options.worlds))


def section(found, worlds):
    """Return the section of docs/calibration.md."""
    error = 329 * np.sqrt(0.05 * 0.95 / worlds)
    counted = {n for n, _, _ in found}

    def row(name, truth, shares):
        median = found[name][["population", "distance"]].median()
        estimates = [f"{median[column]:.2f} ({value:g})" for column, value in zip(median.index, truth, strict=True)]
        return [*estimates, *(f"{100 * share:.1f}" for share in shares)]

    coverage = [
        [f"{n}, {kind}", "some never join" if censored else "all join", *row(name, TRUTHS[kind], covered(found[name])),
         *(f"{100 * share:.0f}" for share in called(found[name]))]
        for name in found for n, kind, censored in [name] if kind in TRUTHS
    ]  # fmt: skip
    fooled = [
        [f"{name[0]}, {name[1]}", *row(name, FOOLED[name[1]][0], called(found[name]))]
        for name in found
        if name[1] in FOOLED
    ]
    return f"""## Hierarchical and contagious diffusion: `decompose_diffusion`

Measured by `python tests/calibration/hierarchy.py` on {dt.datetime.now(dt.UTC):%-d %B %Y}: {worlds:,} spreads of each kind. The number of places that join on each day is fixed:
{"; ".join(f"of {n} places {', '.join(map(str, sizes))}" for n, sizes in DAY_SIZES.items() if n in counted)}, and the others never; if all
join, {"; ".join(", ".join(map(str, sizes)) for n, sizes in MORE.items() if n in counted)} more. True values are in parentheses.

### Coverage of the 95% profile-likelihood intervals, in percent

95.0 ± {error:.1f} is expected (99.9% binomial error). The last two columns show the percentage of intervals that lie above 0; if the true value is 0,
2.5 is expected.

{table(["places, effects", "end", "population exponent, median", "distance exponent, median", "population: covered", "distance: covered", "population above 0", "distance above 0"], coverage)}

### Biased data: percentage of intervals above 0

{table(["places, world", "population exponent, median", "distance exponent, median", "population above 0", "distance above 0"], fooled)}

| world | description |
|---|---|
{chr(10).join(f"| {name} | {words} |" for name, (_, _, words) in FOOLED.items())}
"""


if __name__ == "__main__":
    main()
