"""The kernels of spreads against their plain twins: the same numbers, for every model, clock and kind of rate."""

import numpy as np
import pandas as pd
import pytest

import protestspread as ps
from protestspread.kernels import dispatch
from protestspread.kernels.streams import refill, words

RATES = {"transmission_per_day": 0.6, "recovery_per_day": 0.4, "progression_per_day": 0.8, "waning_per_day": 0.3}
KINDS = {
    ps.SI: ["transmission_per_day"],
    ps.SIS: ["transmission_per_day", "recovery_per_day"],
    ps.SIR: ["transmission_per_day", "recovery_per_day"],
    ps.SEIR: ["transmission_per_day", "progression_per_day", "recovery_per_day"],
    ps.SIRS: ["transmission_per_day", "recovery_per_day", "waning_per_day"],
}
DAYS = 12


def graph_of(seed, places=9):
    rng = np.random.default_rng(seed)
    ends = np.array([(i, j) for i in range(places) for j in range(places) if i != j and rng.random() < 0.3])
    frame = pd.DataFrame({"source": ends[:, 0], "target": ends[:, 1], "weight": rng.choice([0.3, 1.0, 2.5], len(ends))})
    return ps.DiffusionGraph.from_edges(frame, range(places))


def varied(rate, seed, graph):
    """Rates by date and place, a third of them 0, in one place always."""
    rng = np.random.default_rng(seed)
    values = rate * rng.random((DAYS, len(graph.nodes))) * (rng.random((DAYS, len(graph.nodes))) < 0.7) * 2
    values[:, 1] = 0
    return pd.DataFrame(values, pd.date_range("2022-01-01", periods=DAYS), graph.nodes)


def both(model, graph, monkeypatch, draws=40):
    found = []
    for compiled in (True, False):
        monkeypatch.setattr(dispatch, "FORCED", compiled)
        options = {"seeds": [0, 3], "days": DAYS, "first_day": "2022-01-01", "rng": 5}
        found.append(ps.simulate_many(model, graph, draws=draws, **options))
    return found


@pytest.mark.parametrize("clock", ["day", "continuous"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("spontaneous", [0.0, 0.05])
def test_compiled_and_plain_draw_the_same(kind, clock, spontaneous, monkeypatch):
    graph = graph_of(1)
    rates = {name: RATES[name] for name in KINDS[kind]}
    one, other = both(kind(**rates, spontaneous_per_day=spontaneous, clock=clock), graph, monkeypatch)
    assert one.table.equals(other.table)
    for seed, name in enumerate([*rates, "spontaneous_per_day"]):
        changed = {**rates, name: varied(RATES.get(name, 0.1), seed, graph)}
        one, other = both(kind(**changed, clock=clock), graph, monkeypatch)
        assert one.table.equals(other.table)
    everything = {name: varied(RATES[name], 7 + seed, graph) for seed, name in enumerate(rates)}
    one, other = both(kind(**everything, clock=clock), graph, monkeypatch)
    assert one.table.equals(other.table)
    assert one.table.num_rows > 80  # more than the seeds


@pytest.mark.parametrize(
    "model",
    [
        ps.ThresholdModel(0.4),
        ps.ThresholdModel("uniform", spontaneous_per_day=0.02),
        ps.ThresholdModel("uniform", "absolute"),
        ps.ThresholdModel(pd.Series(np.linspace(0, 1, 9))),
        ps.CascadeModel(0.3),
        ps.CascadeModel(pd.Series(np.linspace(0, 0.4, 9)), 0.03),
    ],
)
def test_adoption_compiled_and_plain(model, monkeypatch):
    one, other = both(model, graph_of(2), monkeypatch)
    assert one.table.equals(other.table)
    assert one.table.num_rows > 80


def test_chances_by_date(monkeypatch):
    graph = graph_of(3)
    one, other = both(ps.CascadeModel(varied(0.2, 1, graph)), graph, monkeypatch)
    assert one.table.equals(other.table)


def test_numbers_of_a_stream_are_its_words():
    drawn = np.empty(16)
    refill(np.array([7, 3, 16], dtype=np.uint64), drawn)
    expected = ((words(np.uint64(7), 3, 32)[16:] >> np.uint64(11)) + np.uint64(1)) * 2.0**-53
    assert (drawn == expected).all()
    assert 0 < drawn.min() <= drawn.max() <= 1


@pytest.mark.parametrize("rate", [0.0, 5e-324, 1e-300])
@pytest.mark.parametrize("clock", ["day", "continuous"])
def test_with_rates_of_almost_zero_nothing_happens(rate, clock, monkeypatch):
    one, other = both(ps.SIRS(rate, rate, rate, rate, clock=clock), graph_of(4), monkeypatch, draws=3)
    assert one.table.equals(other.table)
    assert one.totals().eq(2).all(axis=None)  # the seeds stay active


@pytest.mark.parametrize(("clock", "active"), [("day", [9, 0]), ("continuous", [9, 0])])
def test_with_huge_rates_everything_happens_at_once(clock, active, monkeypatch):
    one, other = both(ps.SIR(1e300, 1e300, 1e300, clock=clock), graph_of(4), monkeypatch, draws=3)
    assert one.table.equals(other.table)
    assert one.share_joined().iloc[1].eq(1).all()
    assert one.totals().iloc[2].eq(active[1]).all()
