"""SI and SIR: hazards by hand, states that do not return, parameters by place and date."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import protestspread as ps
from protestspread.models.contagion.compartmental import SI, SIR

CHAIN = ps.DiffusionGraph.from_edges(
    pd.DataFrame({"source": ["A", "B", "A"], "target": ["B", "C", "C"], "weight": [2.0, 1.0, 0.5]})
)


def test_nothing_spreads_against_the_direction_of_ties():
    panel = ps.simulate(SI(50.0), CHAIN, seeds=["C"], days=20, rng=1)
    assert panel[["A", "B"]].to_numpy().sum() == 0
    assert (panel["C"] == 1).all()


def test_a_sure_chain_takes_a_day_a_tie():
    line = ps.DiffusionGraph.from_edges(pd.DataFrame({"source": list("ABC"), "target": list("BCD")}))
    panel = ps.simulate(SI(50.0), line, seeds=["A"], days=5, first_day="2022-01-01", rng=1)
    assert [date.day for date in ps.onsets(panel)] == [1, 2, 3, 4]


@pytest.mark.long
def test_the_chance_to_join_is_that_of_the_hazard():
    """One day, one source: 1 − exp(−(spontaneous + transmission · weight)), within four standard errors of 20,000 draws."""
    many = ps.simulate_many(SI(0.3, 0.05), CHAIN, seeds=["A"], days=2, draws=20_000, rng=3)
    share = many.values[:, 1].mean(axis=0)
    expected = 1 - np.exp(-(0.05 + 0.3 * np.array([0, 2.0, 0.5])))
    assert share[0] == 1
    assert np.abs(share - expected)[1:].max() < 4 * np.sqrt(0.25 / 20_000)


@pytest.mark.long
def test_the_mean_time_active_is_that_of_the_recovery():
    alone = ps.DiffusionGraph.from_edges(pd.DataFrame({"source": ["A"], "target": ["B"]}))
    many = ps.simulate_many(SIR(0.0, 0.4), alone, seeds=["A"], days=60, draws=5_000, rng=4)
    days = many.values[:, :, 0].sum(axis=1)
    chance = 1 - np.exp(-0.4)
    assert abs(days.mean() - 1 / chance) < 4 * np.sqrt((1 - chance) / chance**2 / 5_000)


@pytest.mark.long
@given(st.integers(0, 10**6), st.floats(0, 3), st.floats(0, 3), st.floats(0, 0.5))
def test_si_never_ends_and_sir_never_comes_back(seed, transmission, recovery, spontaneous):
    graph = ps.DiffusionGraph.from_edges(pd.DataFrame({"source": [0, 1, 2, 3, 0], "target": [1, 2, 3, 0, 2]}))
    lasting = ps.simulate(SI(transmission, spontaneous), graph, seeds=[0], days=12, rng=seed).to_numpy()
    assert (np.diff(lasting, axis=0) >= 0).all()
    passing = ps.simulate(SIR(transmission, recovery, spontaneous), graph, seeds=[0], days=12, rng=seed).to_numpy()
    turns = np.diff(np.vstack([np.zeros(4), passing]), axis=0)
    assert ((turns > 0).sum(axis=0) <= 1).all()
    assert set(np.unique(passing)) <= {0, 1}


def test_sir_that_never_recovers_is_si():
    one = ps.simulate(SI(0.4, 0.01), CHAIN, seeds=["A"], days=30, rng=9)
    pd.testing.assert_frame_equal(one, ps.simulate(SIR(0.4, 0.0, 0.01), CHAIN, seeds=["A"], days=30, rng=9))


def test_parameters_by_place_and_by_date():
    dates = pd.date_range("2022-01-01", periods=4, name="date")
    shock = pd.DataFrame(0.0, index=dates, columns=["A", "B", "C"])
    shock.loc["2022-01-03", "B"] = 50.0
    panel = ps.simulate(SI(0.0, shock), CHAIN, seeds=[], days=4, first_day="2022-01-01", rng=1)
    assert panel["B"].tolist() == [0, 0, 1, 1]
    assert panel[["A", "C"]].to_numpy().sum() == 0
    by_place = pd.Series({"C": 50.0, "A": 0.0, "B": 0.0})  # in another order
    assert ps.simulate(SI(0.0, by_place), CHAIN, seeds=[], days=2, rng=1).iloc[1].tolist() == [0, 0, 1]


@pytest.mark.parametrize("bad", [-0.1, np.nan, np.inf, "fast", True, pd.Series([0.1, -2.0]), pd.Series(["x"])])
def test_parameters_that_make_no_sense(bad):
    with pytest.raises(ps.DataError, match=r"^SI: transmission_per_day must "):
        SI(bad)


def test_all_faults_of_a_model_at_once():
    with pytest.raises(ps.DataError) as raised:
        SIR(-1.0, np.nan, np.inf)
    assert len(raised.value.faults) == 3


def test_places_and_dates_without_a_parameter_are_named():
    with pytest.raises(ps.DataError, match=r"^transmission_per_day has no value for B"):
        ps.simulate(SI(pd.Series({"A": 1.0, "C": 1.0})), CHAIN, seeds=[], days=3)
    early = pd.DataFrame(0.1, index=pd.date_range("2000-01-01", periods=2), columns=["A", "B", "C"])
    with pytest.raises(ps.DataError, match="2000-01-03"):
        ps.simulate(SI(0.1, early), CHAIN, seeds=[], days=3)
