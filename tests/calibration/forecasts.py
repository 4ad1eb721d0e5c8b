"""PIT of forecasts from the true model, and coverage of forecasts from fitted models.

`python tests/calibration/forecasts.py` writes its section of docs/calibration.md. Places lie in a plane with three neighbors each;
counts and onsets are simulated from models, and forecast 1, 3 and 7 days ahead.
"""

import datetime as dt
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import chi2

import protestspread as ps

sys.path.insert(0, str(Path(__file__).parent))
from sections import in_worlds, run_in_turn, table

AHEAD, DRAWS, BINS = (1, 3, 7), 99, 40
TRUE = ("counts, true model", "onsets, true model")
FITTED = (
    "counts, 10 places, 15 days", "counts, 10 places, 60 days", "counts, 40 places, 15 days", "counts, 40 places, 60 days",
    "times of onsets, 40 places, 8 days", "event history, 40 places, 8 days",
)  # fmt: skip
HOW = ("estimate", "sampled")
COUNTS = ps.EndemicEpidemicModel(endemic=0.3, own=0.3, neighbors=0.3, overdispersion=0.5)
ONSETS = ps.NetworkDiffusionModel({"near": 3.0}, scale=60)


def neighbors(count, rng):
    """Return three neighbors of each place."""
    points = rng.random((count, 2))
    far = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1)) + 9 * np.eye(count)
    pairs = [(source, target) for target in range(count) for source in np.argsort(far[target])[:3]]
    graph = ps.DiffusionGraph.from_edges(pd.DataFrame(pairs, columns=["source", "target"])).subgraph(range(count))
    return graph.rename_kinds({"tie": "near"})


def world(kind, seed):
    """Return the graph, the panel up to the day of the forecast, and the days after it."""
    rng = np.random.default_rng([41, (*TRUE, *FITTED).index(kind), seed])
    words = kind.split(", ")
    places, days = (int(word.split()[0]) for word in words[1:]) if len(words) > 2 else (30, 20)
    graph = neighbors(places, rng)
    while True:
        options = {"days": days + max(AHEAD), "first_day": "2022-01-03", "rng": int(rng.integers(2**40))}
        if words[0] == "counts":
            panel = ps.simulate(COUNTS, graph, seeds=[], **options)
        elif words[0] == "event history":
            panel = ps.simulate(hazards(graph, options["days"]), graph, seeds=range(2), **options)
        else:
            panel = ps.simulate(ONSETS, graph, seeds=range(2), **options)
        past = panel.iloc[:days]
        if words[0] == "counts" or 6 <= past.iloc[-1].sum() <= places - 5:  # chosen by the past alone
            return graph, past, panel.iloc[days:]


def hazards(graph, days):
    """Return the model of an event history: a constant, and an effect of the neighbors that joined."""
    dates = pd.date_range("2022-01-03", periods=days, name="date")
    predictor = pd.DataFrame(-4.0, dates, graph.nodes)
    return ps.EventHistoryModel(predictor, {"near": graph.matrix}, {"near": 0.8}, {"near": ps.Since()})


def fit(kind, graph, past):
    """Return the fit of the right kind of model to the past."""
    if kind.startswith("counts"):
        return ps.fit_endemic_epidemic(past, graph, endemic=ps.Terms())
    if kind.startswith("times"):
        return ps.fit_tada(ps.onsets(past), {"near": graph}, observed_until=past.index[-1], seeds="first day")
    onsets, until = ps.onsets(past), past.index[-1]
    return ps.fit_event_history(onsets, {"near": graph}, attributes=None, baseline="none", observed_until=until)


def told(kind, seed):
    """Return the PIT of totals, and the mean PIT of places, by number of days ahead and kind of parameters."""
    graph, past, later = world(kind, seed)
    if kind in TRUE:
        model = COUNTS if "counts" in kind else ONSETS
        last = past.iloc[-1]
        drawn = ps.simulate_many(
            model, graph, seeds=last[last > 0], days=max(AHEAD) + 1, draws=DRAWS, first_day=past.index[-1], rng=seed
        )
        return pits("true", drawn, past, later)
    try:
        fitted, found = fit(kind, graph, past), {}
        for how in HOW:
            drawn = ps.forecast(fitted, days=max(AHEAD), draws=DRAWS, parameters=how, rng=seed)
            found |= pits(how, drawn, past, later)
    except ps.ProtestSpreadError as error:
        return {"error": str(error).split("\n")[0]}
    return found


def pits(name, drawn, past, later):
    """Return PIT histograms; of onsets, only places at risk count."""
    totals, panels, found = drawn.totals(), [panel.reindex(later.index).to_numpy() for panel in drawn], {}
    open_places = np.arange(past.shape[1]) if past.to_numpy().max() > 1 else np.flatnonzero(past.iloc[-1] == 0)
    for days in AHEAD:
        day = later.index[days - 1]
        found[f"{name}, total, {days}"] = ps.pit(totals.loc[day].to_numpy(), later.loc[day].sum(), bins=BINS).tolist()
        cells = np.stack([panel[days - 1, open_places] for panel in panels])
        found[f"{name}, places, {days}"] = ps.pit(cells, later.loc[day].to_numpy()[open_places], bins=BINS).tolist()
    return found


def rows_of(kind, seeds, jobs=1):
    """Return the results in some worlds."""
    return in_worlds(told, kind, seeds, jobs)


def mean_pit(rows, name):
    """Return the mean PIT histogram of the worlds with a forecast."""
    return np.mean([row[name] for row in rows if name in row], axis=0)


def coverage(shares):
    """Return the share of the PIT in the central 50, 80 and 95%."""
    return [100 * shares[cut : BINS - cut].sum() for cut in (10, 4, 1)]


def flat(rows, name):
    """Return the p-value of a chi-square test of ten equal bins: approximate, as a PIT is spread over bins."""
    shares = mean_pit(rows, name).reshape(10, -1).sum(axis=1)
    return shares, float(chi2.sf(len(rows) * ((shares - 0.1) ** 2 / 0.1).sum(), 9))


def page(kept):
    """Return the section of docs/calibration.md."""
    true = []
    for kind in TRUE:
        for days in AHEAD if kept.get(kind) else ():
            shares, p = flat(kept[kind], f"true, total, {days}")
            true.append([kind, days, len(kept[kind]), *(f"{100 * share:.1f}" for share in shares), f"{p:.2f}"])
    cells = []
    for kind in FITTED:
        rows = kept.get(kind, [])
        known = [row for row in rows if "error" not in row]
        for how in HOW if known else ():
            for what in ("total", "places"):
                each = [coverage(mean_pit(known, f"{how}, {what}, {days}")) for days in AHEAD]
                texts = [" / ".join(f"{value:.0f}" for value in one) for one in each]
                cells.append([f"{kind}: {what}, {how}", f"{len(known)} of {len(rows)}", *texts])
    return f"""## Forecasts

Measured by `python tests/calibration/forecasts.py` on {dt.datetime.now(dt.UTC):%-d %B %Y}, without manual adjustment. Places lie in a plane, with three neighbors each; {DRAWS} draws a
forecast. A forecast from the true model has a flat PIT. Percent of the PIT of the total of all places (30 places, 20 days of past) in ten bins, and the p-value of a χ² test against
10 each (conservative, because the PIT of counts is spread over bins):

{table(["world", "days ahead", "worlds", *map(str, range(1, 11)), "p"], true)}

Forecasts from a model of the right kind that is fitted to the past: share of the PIT in the central 50 / 80 / 95%, which a calibrated forecast has at these levels; below them, intervals are
too narrow. "Estimate": all draws use the estimates; "sampled": each draw uses parameters drawn around them. Worlds in which the fit failed or its parameters cannot be sampled are left out.

{table(["world", "worlds", *(f"{days} days ahead" if days > 1 else "1 day ahead" for days in AHEAD)], cells)}
"""


if __name__ == "__main__":
    run_in_turn("forecasts", __doc__, (*TRUE, *FITTED), rows_of, page)
