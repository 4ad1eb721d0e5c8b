"""Panels and ensembles: their shape, and random streams that do not depend on how work is divided."""

import joblib
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import protestspread as ps
from protestspread.inference import replicates
from protestspread.tables import check_panel

MODELS = [
    ps.SI(0.2, 0.01),
    ps.SIR(0.3, 0.2, 0.01),
    ps.EndemicEpidemicModel(0.2, 0.2, 0.5, 0.3),
    ps.SIRS(0.3, 0.2, 0.3, 0.01, clock="continuous"),
    ps.ThresholdModel("uniform", spontaneous_per_day=0.01),
    ps.CascadeModel(0.3, 0.01),
]


@pytest.fixture(scope="module")
def graph():
    rng = np.random.default_rng(0)
    ends = np.array([(i, j) for i in range(12) for j in range(12) if i != j and rng.random() < 0.25])
    places = np.array([f"p{i}" for i in range(12)])
    return ps.DiffusionGraph.from_edges(
        pd.DataFrame({"source": places[ends[:, 0]], "target": places[ends[:, 1]]}), places
    )


@pytest.mark.parametrize("model", MODELS)
def test_a_simulated_panel_is_a_panel(graph, model):
    panel = ps.simulate(model, graph, seeds=["p3"], days=9, first_day="2022-01-28", rng=1)
    check_panel(panel)
    assert panel.index[0] == pd.Timestamp("2022-01-28")
    assert panel.index.freqstr == "D"
    assert panel.columns.equals(graph.nodes)
    assert set(panel.dtypes) == {np.dtype(np.int64)}
    assert panel.iloc[0].to_dict() == {place: int(place == "p3") for place in graph.nodes}


@pytest.mark.parametrize("model", MODELS)
def test_one_panel_is_the_first_of_many(graph, model):
    one = ps.simulate(model, graph, seeds=["p0"], days=15, rng=7)
    many = ps.simulate_many(model, graph, seeds=["p0"], days=15, draws=3, rng=7)
    pd.testing.assert_frame_equal(one, many[0])
    assert not many[0].equals(many[1])


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("width", [1, 5, 64])
def test_no_division_changes_a_draw(graph, model, width, monkeypatch):
    given = {"seeds": ["p0"], "days": 10, "rng": 11}
    longer = ps.simulate_many(model, graph, draws=40, **given).values
    monkeypatch.setattr(replicates, "WIDEST", width)
    assert np.array_equal(ps.simulate_many(model, graph, draws=23, **given).values, longer[:23])
    monkeypatch.setattr(replicates, "_THREADS_PAY", 0.0)  # two threads
    assert np.array_equal(ps.simulate_many(model, graph, draws=23, **given).values, longer[:23])


@pytest.mark.long
def test_other_processes(graph, monkeypatch):
    given = {"seeds": ["p0"], "days": 10, "rng": 11, "draws": 40}
    here = ps.simulate_many(MODELS[2], graph, **given).values
    monkeypatch.setattr(replicates, "_WORKERS_PAY", 1.0)
    with joblib.parallel_config(backend="loky", n_jobs=2):
        assert np.array_equal(ps.simulate_many(MODELS[2], graph, **given).values, here)


@given(st.integers(0, 2**63), st.integers(1, 8))
def test_means_and_quantiles_are_those_of_the_panels(seed, draws):
    line = ps.DiffusionGraph.from_edges(pd.DataFrame({"source": ["A"], "target": ["B"]}))
    many = ps.simulate_many(ps.EndemicEpidemicModel(2.0, 0.3), line, seeds=[], days=4, draws=draws, rng=seed)
    panels = list(many)
    assert len(many) == len(panels) == draws
    assert np.allclose(many.mean(), sum(panels) / draws)
    assert np.allclose(many.quantile(0.0), np.min([panel.to_numpy() for panel in panels], axis=0))
    assert np.allclose(many.quantile(1.0), np.max([panel.to_numpy() for panel in panels], axis=0))
    assert many.totals()[0].tolist() == panels[0].sum(axis=1).tolist()


def test_an_ensemble_says_what_it_is_and_gives_copies(graph):
    many = ps.simulate_many(MODELS[0], graph, seeds=["p0"], days=3, draws=2, first_day="2022-01-01", rng=1)
    many.values[0] = 5
    panel = many[0]
    panel.iloc[0] = 5  # a copy
    assert many.values.max() <= 1
    assert repr(many) == "<Ensemble: 2 panels of 12 places, 2022-01-01 to 2022-01-03>"
    with pytest.raises(ps.DataError, match=r"^q must be a number from 0 to 1; got 2"):
        many.quantile(2)


def test_a_generator_gives_other_numbers_each_time(graph):
    rng = np.random.default_rng(1)
    one, other = (ps.simulate(MODELS[2], graph, seeds=[], days=20, rng=rng) for _ in range(2))
    assert not one.equals(other)


@pytest.mark.parametrize(
    ("model", "seeds", "match"),
    [
        (MODELS[0], ["p0", "nowhere"], "^seeds must be places of the graph; got nowhere"),
        (MODELS[0], "p0", "^seeds must be a list of places; got 'p0'"),
        (MODELS[0], ["p0", "p0"], "^seeds must name each place once; got p0"),
        (MODELS[0], {"p0": 3}, "^seeds must not exceed 1 event .*; got p0"),
        (MODELS[2], {"p0": -1}, "^seeds must map places to whole numbers .*; got p0"),
        (MODELS[2], {"p0": 1.5}, "^seeds must map places to whole numbers .*; got p0"),
        (MODELS[2], pd.Series({"p0": np.nan}), "^seeds must map places to whole numbers .*; got p0"),
    ],
)
def test_bad_seeds(graph, model, seeds, match):
    with pytest.raises(ps.DataError, match=match):
        ps.simulate(model, graph, seeds=seeds, days=3)


def test_seeds_may_be_counts(graph):
    panel = ps.simulate(MODELS[2], graph, seeds=pd.Series({"p4": 6, "p1": 0}), days=1, rng=1)
    assert panel.iloc[0].sum() == panel.iloc[0]["p4"] == 6


def test_bad_sizes(graph):
    with pytest.raises(ps.DataError, match=r"^days must be a whole number from 1 to 100,000; got 0"):
        ps.simulate(MODELS[0], graph, seeds=[], days=0)
    with pytest.raises(ps.DataError, match=r"^draws must be a whole number from 1 to 100,000,000; got 0"):
        ps.simulate_many(MODELS[0], graph, seeds=[], days=3, draws=0)
    with pytest.raises(ps.DataError, match=r"^model must be SI.*; got 'SI'"):
        ps.simulate("SI", graph, seeds=[], days=3)
