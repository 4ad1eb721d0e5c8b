"""Simulate panels with known channels, and count how often the intervals of `decompose_channels` contain them.

`python tests/calibration/channels.py` writes its section of docs/calibration.md; the tests run fewer worlds.
"""

import datetime as dt
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from scipy.stats import binom

import protestspread as ps

sys.path.insert(0, str(Path(__file__).parent))
from sections import run_in_turn, table

CHANNELS = ("own past", "neighbors", "rest of the country")
TIES, LEVEL, BEFORE = 4, 0.1, 50
LARGE_OF_FIVE = 2  # large worlds for five small ones


@dataclass(frozen=True)
class World:
    """A linear probability model: its channels (NaN where the model has no such number), its size and what else acts."""

    truth: tuple[float, float, float]
    about: str
    size: tuple[int, int] = (60, 200)
    shock: float = 0.6  # standard deviation of the logarithm of a factor of the base rate in the whole country, by day
    wave: float = 0.0  # the same, of a factor that lasts
    uneven: bool = False  # whether places near a point react more to it
    regional: float = 0.0  # standard deviation of the logarithm of a factor of each region that lasts
    gaps: float = 0.0  # share of place-days that are not observed


NONE = float("nan")
LARGE = {"size": (568, 556), "shock": 0.4}
LINEAR = {
    "nothing": World((0, 0, 0), "places differ; each day has a shock of the whole country"),
    "nation": World((0, 0, 0.5), "nothing but the rest of the country"),
    "neighbors": World((0, 0.3, 0), "nothing but the neighbors"),
    "all": World((0.2, 0.15, 0.3), "all three channels"),
    "all, no shocks": World((0.2, 0.15, 0.3), "the same, without shocks of the day", shock=0.0),
    "all, with gaps": World((0.2, 0.15, 0.3), "the same with shocks; 5% of the place-days are not observed", gaps=0.05),
    "all, 50 days": World((0.2, 0.15, 0.3), "the same in 50 days", size=(60, 50)),
    "568 × 556: nation": World((0.3, 0, 0.5), "own past and the rest of the country, 568 regions, 556 weeks", **LARGE),
    "568 × 556: neighbors": World((0, 0.1, 0), "nothing but the neighbors, 568 regions, 556 weeks", **LARGE),
    "568 × 556: all": World((0.3, 0.05, 0.3), "all three channels, 568 regions, 556 weeks", **LARGE),
}
OTHERS = {
    "wave": World((NONE, 0, NONE), "no channel; a shock of the whole country that lasts for days", shock=0.0, wave=0.8),
    "uneven wave": World(
        (NONE, 0, NONE), "the same; places near a point react up to twice as much", wave=0.8, uneven=True
    ),
    "regional": World((NONE, 0, NONE), "no channel; shocks of regions that last for days", regional=0.8),
}
KINDS = LINEAR | OTHERS


def simulated(kind, seed):
    """Return the panel and the graph of a world."""
    world, rng = KINDS[kind], np.random.default_rng([list(KINDS).index(kind), seed])
    (places, days), truth = world.size, np.nan_to_num(world.truth)
    xy = rng.random((places, 2))
    near = np.argsort(np.hypot(*(xy[:, None] - xy).T) + np.diag(np.full(places, np.inf)), axis=1)[:, :TIES]
    base = LEVEL * rng.uniform(0.5, 1.5, places) * (1 - truth.sum())
    reaction = 2 * np.exp(-2 * np.hypot(*xy.T)) if world.uneven else np.ones(places)
    region = (4 * xy).astype(int) @ (4, 1)
    wave, regional, active = 0.0, np.zeros(16), (rng.random(places) < LEVEL).astype(float)
    rows = []
    for _ in range(BEFORE + days):
        wave = 0.8 * wave + 0.6 * world.wave * rng.normal()
        regional = 0.8 * regional + 0.6 * world.regional * rng.normal(size=16)
        others = (active.sum() - active) / (places - 1)
        factor = np.exp(world.shock * rng.normal() - world.shock**2 / 2 + wave * reaction + regional[region])
        chance = base * factor + truth @ (active, active[near].mean(axis=1), others)
        active = (rng.random(places) < chance).astype(float)
        rows.append(active)
    values = np.array(rows[BEFORE:])
    values[rng.random(values.shape) < world.gaps] = np.nan
    names = pd.Index([f"p{number:03d}" for number in range(places)], name="city")
    dates = pd.date_range("2010-01-04", periods=days, freq="7D" if days == 556 else "D", name="date")
    ties = pd.DataFrame({"source": names[near.ravel()], "target": names.repeat(TIES)})
    return pd.DataFrame(values, dates, names), ps.DiffusionGraph.from_edges(ties, names)


def found_in(kind, seed):
    """Return estimates and whether intervals contain the truth, for each way to fit; None in most seeds of large worlds."""
    large = KINDS[kind].size[0] > 100
    if large and seed % 5 >= LARGE_OF_FIVE:
        return None
    panel, graph = simulated(kind, seed)
    truth = pd.Series(KINDS[kind].truth, CHANNELS)
    fits = {
        "": ps.decompose_channels(panel, graph),
        "least squares: ": ps.decompose_channels(panel, graph, correction=None),
    }
    if not large:
        fits["not clustered: "] = ps.decompose_channels(panel, graph, cluster=())
        fits["effects of days: "] = ps.decompose_channels(panel, graph, nation=None, effects=("place", "day"))
    row = {}
    for name, fit in fits.items():
        estimates = fit.table.loc["together"]
        for channel, one in estimates.iterrows():
            row[f"{name}{channel}"] = bool(one["low"] <= truth[channel] <= one["high"])
            row[f"{name}bias of {channel}"] = float(one["estimate"] - truth[channel])
        row[f"{name}claim"] = bool(estimates.loc["neighbors", "low"] > 0)
    lows = fits[""].table["low"]
    row["claim alone"] = bool(lows["alone", "neighbors"] > 0)
    row["claim without nation"] = bool(lows["without the rest of the country", "neighbors"] > 0)
    return row


def rows_of(kind, seeds, jobs=1):
    """Return what is found in some worlds of a kind."""
    return Parallel(n_jobs=jobs)(delayed(found_in)(kind, seed) for seed in seeds)


COVERED = [
    *CHANNELS,
    "least squares: own past",
    "not clustered: rest of the country",
    "effects of days: own past",
    "effects of days: neighbors",
]
CLAIMS = ["claim", "claim without nation", "claim alone", "effects of days: claim"]


def page(kept):
    """Return the section of docs/calibration.md, computed from what was found."""
    found = {kind: pd.DataFrame([row for row in rows if row is not None]) for kind, rows in kept.items()}
    return f"""## Channels: `decompose_channels`

Measured by `python tests/calibration/channels.py` on {dt.datetime.now(dt.UTC):%-d %B %Y}, without manual adjustment: linear probability models of 60 places and
200 days unless the world says otherwise, neighbors are the {TIES} nearest places, the base rate is {LEVEL:.0%}. All fits are those of the defaults, except where a
column says otherwise: "least squares" is without the half-panel correction, "not clustered" is `cluster=()`, "effects of days" is
`nation=None, effects=("place", "day")`. Of the large worlds there are fewer, and the last two are not fitted to them (–).

### Percentage of worlds in which the 95% interval contains the truth

{table(["world", "worlds", *COVERED], [coverage_row(kind, found[kind]) for kind in LINEAR])}

**Bold**: outside of 93 to 97 by more than chance (two standard errors). With effects of days, own past has the expected value a − c / (n − 1) for n places, as the mean of a day
holds the place itself: its intervals miss a where the rest of the country acts and places are few.

### Mean error of estimates

{table(["world", *CHANNELS, "least squares: own past"], [bias_row(kind, found[kind]) for kind in LINEAR])}

### Percentage of worlds in which a channel of the neighbors is claimed

Without the rest of the country, or alone, a wave of the whole country is taken for one. **Bold**: there is none, and the share is above the 98% point of the binomial
distribution at 2.5%, as a claim needs an interval above 0.

{table(["world", "together", "without the rest of the country", "alone", "effects of days"], [claim_row(kind, found[kind]) for kind in KINDS])}

| world | what acts |
|---|---|
{chr(10).join(f"| {kind} | {world.about} |" for kind, world in KINDS.items())}
"""


def coverage_row(kind, found):
    """Return percentages of coverage; bold: outside of 93 to 97 by more than two standard errors."""
    error = 200 * np.sqrt(0.95 * 0.05 / len(found))
    return [kind, len(found), *(percent(found, name, lambda share: abs(share - 95) > 2 + error) for name in COVERED)]


def bias_row(kind, found):
    """Return mean errors of estimates."""
    names = [*(f"bias of {name}" for name in CHANNELS), "least squares: bias of own past"]
    return [kind, *(f"{found[name].mean():.4f}" for name in names)]


def claim_row(kind, found):
    """Return percentages of claims; bold: false claims above the 98% point of the binomial distribution at 2.5%."""
    most = 100 * binom.ppf(0.98, len(found), 0.025) / len(found) if KINDS[kind].truth[1] == 0 else 100
    return [kind, *(percent(found, name, lambda share: share > most + 1e-9) for name in CLAIMS)]


def percent(found, name, bold):
    """Return a share in percent, or a dash if it was not measured in large worlds."""
    if name not in found or found[name].isna().any():
        return "–"
    share = 100 * found[name].astype(float).mean()
    return f"**{share:.1f}**" if bold(share) else f"{share:.1f}"


if __name__ == "__main__":
    run_in_turn("channels", __doc__, KINDS, rows_of, page)
