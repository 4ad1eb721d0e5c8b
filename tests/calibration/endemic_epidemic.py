"""Worlds with and without transmission, and what fit_endemic_epidemic and its placebo test say of them.

`python tests/calibration/endemic_epidemic.py` writes its section of docs/calibration.md. Counts of 42 cities of Kazakhstan on
60 days in worlds whose cause is known, and counts simulated from the model itself, in which the truth is known.
"""

import datetime as dt
import sys
from pathlib import Path

import numpy as np
import pandas as pd

import protestspread as ps

sys.path.insert(0, str(Path(__file__).parent))
from network_verdicts import clumped, frame
from sections import in_worlds, run_in_turn, table

DAYS = pd.date_range("2022-01-03", periods=60, name="date")
NULL = ("none", "rows", "campaigns", "size", "size, clumped", "delay", "regional", "shock", "weekday")
POWER = tuple(f"along road, {share}" for share in (0.1, 0.2, 0.4))
TRUTHS = tuple(
    f"{places} places, {kind}" for places in (30, 300) for kind in ("dense", "sparse", "gaps", "no neighbors")
)
VERDICTS = ("p ≤ 0.05 against no neighbors", "consistent with transmission")
PLACEBOS = 99


def rates(kind, cities, size, rng):
    """Return the mean of each day and city."""
    days, shape = np.arange(len(DAYS))[:, None], (len(DAYS), len(cities))
    if kind == "campaigns":
        return 1.5 * lasting(rng.random(shape) < 0.03, 4, 1.0)
    if kind.startswith("size"):  # a wave in which large places come first
        middle = 30 - 6 * np.log(size) + 3 * rng.normal(size=len(size))
        return 0.3 * size**0.5 * np.exp(-0.5 * ((days - middle) / 5) ** 2)
    if kind == "regional":  # each region has waves of its own
        code = pd.factorize(cities["region_id"])[0]
        return 0.03 + lasting(rng.random((len(DAYS), code.max() + 1)) < 0.04, 6, 0.7)[:, code]
    national = {"shock": 0.05 + np.exp(-np.abs(days - 30) / 4), "weekday": np.where(days % 7 >= 5, 0.3, 0.04)}
    return np.broadcast_to(national.get(kind, 0.03 if kind == "delay" else 0.1), shape)


def lasting(begun, days, kept):
    """Return what begins on some days and lasts, with less weight on each day."""
    number = np.arange(len(begun))[:, None]
    return sum(
        (np.roll(begun, lag, axis=0) * (number >= lag) * kept**lag for lag in range(days)), np.zeros(begun.shape)
    )


def counts(kind, seed):
    """Return the cities, the roads and the panel of one world."""
    rng = np.random.default_rng([31, (*NULL, *POWER).index(kind), seed])
    cities, roads = frame()
    if "clumped" in kind:
        cities = clumped(cities, rng)
    if kind.startswith("along"):
        model = ps.EndemicEpidemicModel(endemic=0.05, own=0.25, neighbors=float(kind.split()[-1]), overdispersion=0.5)
        seed = int(rng.integers(2**40))
        return cities, roads, ps.simulate(model, roads, seeds=[], days=len(DAYS), first_day=DAYS[0], rng=seed)
    size = (cities["population"] / np.exp(np.log(cities["population"]).mean())).to_numpy()
    values = rng.poisson(rates(kind, cities, size, rng))
    if kind == "rows":  # every protest makes several rows
        protests = rng.poisson(0.06, values.size)
        values = np.array([rng.geometric(0.4, number).sum() for number in protests]).reshape(values.shape)
    if kind == "delay":  # one shock, reported late from small places
        for late in rng.poisson(np.broadcast_to(2.0 * size**-0.8, (4, len(size)))):
            np.add.at(values, (np.minimum(25 + late, len(DAYS) - 1), np.arange(len(size))), 1)
    return cities, roads, pd.DataFrame(values, DAYS, cities.index)


def verdict(kind, seed):
    """Return what is said of the roads in one world. Without a small p no placebo can change the verdict, so none is made."""
    cities, roads, panel = counts(kind, seed)
    fit = ps.fit_endemic_epidemic(panel, {"road": roads})
    p = fit.compare(fit.without("neighbors")).p_value
    claimed = False
    if p <= 0.05:
        found = fit.placebo_test(
            strata=cities["region_id"], population=cities["population"], permutations=PLACEBOS, rng=seed
        )
        claimed = found.verdict == VERDICTS[-1]
    return dict(zip(VERDICTS, (bool(p <= 0.05), claimed), strict=True))


def truth(kind, seed):
    """Return estimates, intervals and the test of counts simulated from the model: places in a plane, three neighbors each."""
    count, true = int(kind.split()[0]), {"endemic": 0.3, "own": 0.3, "neighbors": 0.2}
    if "sparse" in kind:
        true["endemic"] = 0.02
    if "no neighbors" in kind:
        true["neighbors"] = 0.0
    rng = np.random.default_rng([37, TRUTHS.index(kind), seed])
    points = rng.random((count, 2))
    far = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1)) + 9 * np.eye(count)
    pairs = [(source, target, 1.0) for target in range(count) for source in np.argsort(far[target])[:3]]
    graph = ps.DiffusionGraph.from_edges(pd.DataFrame(pairs, columns=["source", "target", "weight"])).subgraph(
        range(count)
    )
    model = ps.EndemicEpidemicModel(**true, overdispersion=0.5)
    panel = ps.simulate(model, graph, seeds=[], days=60, first_day=DAYS[0], rng=int(rng.integers(2**40)))
    if "gaps" in kind:
        panel = panel.where(rng.random(panel.shape) > 0.1)
    fit = ps.fit_endemic_epidemic(panel, {"near": graph}, endemic=ps.Terms())
    found = {"p": fit.compare(fit.without("neighbors")).p_value}
    intervals = fit.intervals(names=["endemic", "own", "neighbors"])
    for name, rate in true.items():
        if rate:
            found[f"{name} bias"] = fit.params[name] - np.log(rate)
            low, high = intervals.loc[name]
            found[f"{name} covered"] = bool(low <= np.log(rate) <= high)
    return found


def rows_of(kind, seeds, jobs=1):
    """Return the results in some worlds."""
    return in_worlds(truth if kind in TRUTHS else verdict, kind, seeds, jobs)


def page(kept):
    """Return the section of docs/calibration.md."""
    worlds = [
        [kind, len(kept[kind]), *(sum(row[name] for row in kept[kind]) for name in VERDICTS)]
        for kind in (*NULL, *POWER)
        if kept.get(kind)
    ]
    told = []
    for kind in TRUTHS:
        if kept.get(kind):
            rows = pd.DataFrame(kept[kind])
            cells = [
                f"{rows[f'{name} bias'].replace(-np.inf, np.nan).median():+.3f}; {100 * rows[f'{name} covered'].mean():.1f}"
                if f"{name} bias" in rows
                else "–"
                for name in ("endemic", "own", "neighbors")
            ]
            told.append([kind, len(rows), *cells, f"{100 * (rows['p'] <= 0.05).mean():.1f}"])
    return f"""## `fit_endemic_epidemic`, in worlds

Measured by `python tests/calibration/endemic_epidemic.py` on {dt.datetime.now(dt.UTC):%-d %B %Y}, without manual adjustment. Counts of 42 cities of Kazakhstan on 60 days; the network is
roads; regions are the strata of the placebo test ({PLACEBOS} placebos of each null; places of like population are exchanged, and places within regions). The fit alone makes no claim of spread; "consistent with transmission" is the verdict of
`placebo_test`. Of a method that is wrong in 5%, more than 35 of 500 worlds would be wrong in one run of fifty. `rows`: each protest makes several rows. `campaigns`: places repeat for four
days. `size`: a wave in which large places come first. `delay`: one shock, reported late from small places. `regional`: each region has waves of its own. `shock`: a national wave. `weekday`:
weekends.

{table(["world", "worlds", *VERDICTS], worlds)}

Counts simulated from the model (60 days, three neighbors; endemic 0.3, sparse 0.02; own 0.3; neighbors 0.2; gaps: a tenth of the cells unobserved): median bias of the logarithm of each rate,
and coverage of its 95% profile interval in percent; share of tests of the neighbors with p ≤ 0.05 (size where there are none, power elsewhere).

{table(["truth", "worlds", "endemic", "own", "neighbors", "p ≤ 0.05"], told)}
"""


if __name__ == "__main__":
    run_in_turn("endemic_epidemic", __doc__, (*NULL, *POWER, *TRUTHS), rows_of, page)
