import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

import protestspread as ps


@pytest.mark.parametrize(
    ("never", "include_today", "mean", "count"),
    [
        (18, True, 0.566, 125),
        (18, False, 0.508625731, 114),
        (np.nan, True, 0.511467890, 109),
        (np.nan, False, 0.459863946, 98),
    ],
)
def test_mean_thresholds_of_netdiffuser(doctors, never, include_today, mean, count):
    """Places of the first period have no threshold from the day before; isolates count as 0, as they do there."""
    onsets, graph = doctors
    found = ps.thresholds(onsets.where(onsets < 18, never), graph, include_today=include_today)
    assert found.mean == pytest.approx(mean, abs=1e-9)
    assert found.table["threshold"].notna().sum() == count


def test_mean_exposure_by_period_of_netdiffuser(doctors):
    onsets, graph = doctors
    today = ps.exposure(onsets, graph, normalize="target", include_today=True).mean(axis=1)
    wanted = [0.067866667, 0.149066667, 0.266666667, 0.3596, 0.459466667, 0.569333333, 0.640666667, 0.742266667, 0.7728]
    assert today.iloc[:9].tolist() == pytest.approx(wanted, abs=1e-9)
    assert today.iloc[17] == pytest.approx(0.912)


def test_the_toy_by_hand(toy):
    found = ps.thresholds(*toy).to_frame()
    assert found["low"].fillna(-1).tolist() == [-1, 1, 1, 0, 1, -1]
    assert found["high"].fillna(-1).tolist() == [0, 1, 1, 0, 1, -1]
    assert found["ties"].tolist() == [0, 1, 2, 1, 2, 2]
    assert found.index.tolist() == [1, 2, 3, 4, 5, 6]


def test_entries_of_the_toy_in_which_places_return(returning):
    """Place and day of each entry, and the exposure to places active on the day before."""
    found = ps.thresholds(*returning, memory=ps.Lag(1)).to_frame()
    entries = {(place, row["onset"].day): round(row["low"], 9) for place, row in found.dropna().iterrows()}
    third = 0.333333333
    assert entries == {(2, 3): 1, (2, 7): 0, (3, 2): third, (3, 7): 0, (4, 4): 1, (4, 6): 0, (5, 6): 0}
    assert found.loc[6].isna()[["onset", "low", "high"]].all()
    assert np.isnan(found.loc[1, "low"])
    # with the day itself added: on day 7, place 2 joins as place 3 does, and on day 6, place 5 as place 4 does
    high = {(place, row["onset"].day): round(row["high"], 9) for place, row in found.dropna().iterrows()}
    assert high == {(2, 3): 1, (2, 7): 0, (3, 2): third, (3, 7): 0.666666667, (4, 4): 1, (4, 6): 0, (5, 6): third}


def random_case(seed, n=12, days=6):
    rng = np.random.default_rng(seed)
    places = [f"p{i}" for i in range(n)]
    weights = np.where(rng.random((n, n)) < 0.3, rng.random((n, n)), 0) * (1 - np.eye(n))
    ties = [(places[i], places[j], weights[i, j]) for i, j in zip(*np.nonzero(weights), strict=True)]
    graph = ps.DiffusionGraph.from_edges(pd.DataFrame(ties, columns=["source", "target", "weight"]), nodes=places)
    onset = np.where(rng.random(n) < 0.7, rng.integers(1, days + 1, n), np.nan)
    onset[0] = 1
    return pd.Series(onset, places), graph, weights


@given(st.integers(0, 10**6))
def test_thresholds_are_their_definition(seed):
    onsets, graph, weights = random_case(seed)
    found = ps.thresholds(onsets, graph).to_frame()
    when = onsets.fillna(np.inf).to_numpy()
    total = weights.sum(axis=0)
    for place, column in zip(onsets.index, range(len(onsets)), strict=True):
        row = found.loc[place]
        if np.isinf(when[column]):
            assert np.isnan(row["low"])
            continue
        shares = [
            weights[joined, column].sum() / total[column] if total[column] else 0.0
            for joined in (when < when[column], when <= when[column])
        ]
        assert row["high"] == pytest.approx(shares[1])
        assert np.isnan(row["low"]) if when[column] == 1 else row["low"] == pytest.approx(shares[0])


@settings(max_examples=10)
@given(st.integers(0, 10**6))
def test_the_order_of_places_does_not_matter(seed):
    onsets, graph, _ = random_case(seed)
    shuffled = onsets.sample(frac=1, random_state=seed)
    one, other = (ps.thresholds(each, graph).to_frame() for each in (onsets, shuffled))
    pd.testing.assert_frame_equal(one, other.loc[one.index])
    assert other.index.tolist() == shuffled.index.tolist()


def test_a_place_that_was_not_observed_before_its_onset_has_no_lower_bound():
    ties = pd.DataFrame({"source": ["A", "B"], "target": ["B", "C"]})
    days = pd.date_range("2022-01-01", periods=4, name="date")
    panel = pd.DataFrame({"A": [1, 0, 0, 0], "B": [0, np.nan, 1, 0], "C": [0, 0, 1, 0]}, index=days, dtype=float)
    graph = ps.DiffusionGraph.from_edges(ties)
    seen = ps.thresholds(ps.onsets(panel), graph).to_frame()
    assert seen.loc["B", "low"] == 1
    found = ps.thresholds(ps.onsets(panel), graph, panel=panel).to_frame()
    assert np.isnan(found.loc["B", "low"])
    assert np.isnan(found.loc["C", "low"])  # B may have been active on 2 January
    assert found.loc["C", "high"] == 1 or np.isnan(found.loc["C", "high"])


def test_spells_that_may_have_begun_earlier_have_no_lower_bound(returning):
    table, graph = returning
    late = table.assign(start_censored=table["start"] == "2022-01-07")
    found = ps.thresholds(late, graph).to_frame()
    assert found.loc[found["onset"] == "2022-01-07", "low"].isna().all()


def test_beside_them_stands_what_simulated_spreads_give(toy):
    onsets, graph = toy
    days = pd.date_range("2022-01-01", periods=3, name="date")
    draws = np.zeros((2, 3, 6), dtype=int)
    draws[0, :, 0] = 1  # place 1, then 2 and 3: exposures 1 and .5
    draws[0, 1:, [1, 2]] = 1
    draws[1, :, 3] = 1  # place 4, then 6 on day 3: exposure .5
    draws[1, 2:, 5] = 1
    many = ps.Ensemble.from_values(draws, days, graph.nodes)
    found = ps.thresholds(onsets, graph, ensemble=many)
    assert found.simulated.tolist() == [0.75, 0.5]
    assert "in 2 simulated spreads 0.625" in found.sentence
    again = ps.thresholds(ps.spells(many[0]), graph, memory=ps.Days(1), ensemble=many)
    assert again.simulated.tolist() == [0.75, 0.5]
    assert again.mean == 0.75


def test_thresholds_of_simple_contagion_are_those_of_its_simulations(case):
    """A spread of an SI model lies among its own simulations, though no place has a threshold."""
    graph = ps.nearest_graph(case.cities, k=4)
    many = ps.simulate_many(ps.SI(0.15), graph, seeds=["Almaty"], days=25, draws=60, rng=1)
    first = many.onsets().iloc[0]
    found = ps.thresholds(first, graph, ensemble=many)
    assert found.simulated[0] == pytest.approx(found.mean)
    low, high = np.quantile(found.simulated, [0.005, 0.995])
    assert low <= found.mean <= high
    assert found.mean > 0.3


def test_the_picture_has_all_quarters_and_simulated_spreads(doctors):
    onsets, graph = doctors
    figure = ps.thresholds(onsets, graph).figure()
    (rows,) = figure.scales
    assert rows.table.index.tolist() == [
        "all",
        *(f"{name} quarter to join" for name in ("first", "second", "third", "last")),
    ]
    assert rows.table.loc["all"].round(6).tolist() == [0.508626, 0.508626, 0.606725]
    ax = Figure((7, 4)).add_axes((0.1, 0.1, 0.8, 0.8))
    assert ps.thresholds(onsets, graph).plot(ax=ax) is ax


def one(day=1):
    return pd.Series({1: day, 2: np.nan, 3: np.nan, 4: np.nan, 5: np.nan, 6: np.nan})


def test_one_onset_and_onsets_on_one_day_have_no_thresholds(toy):
    for onsets in (one(), pd.Series(1, index=[1, 2, 3, 4, 5, 6])):
        found = ps.thresholds(onsets, toy[1], include_today=True)
        assert np.isnan(ps.thresholds(onsets, toy[1]).mean)
        ax = Figure((7, 4)).add_axes((0.1, 0.1, 0.8, 0.8))
        assert found.plot(ax=ax) is ax
        ax.figure.canvas.draw()
        assert "none after the first day: no threshold can be given" in found.sentence


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"memory": 3}, "memory must be a memory"),
        ({"normalize": "source"}, "normalize must be 'none' or 'target'"),
        ({"include_today": 1}, "include_today must be True or False"),
        ({"ensemble": 1}, "ensemble must be an Ensemble"),
        ({"graph": 3}, "graph must be a DiffusionGraph"),
        ({"data": pd.Series({1: 1, 2: 2})}, "the data lacks 4 of the graph"),
        ({"data": pd.Series(np.nan, index=range(1, 7))}, "at least one onset"),
        ({"data": [1, 2]}, r"data must be onsets \(a Series\) or spells"),
        ({"data": pd.DataFrame({"place": [1]})}, "spells lacks the columns start, end"),
    ],
)
def test_bad_input(toy, change, message):
    call = dict(zip(("data", "graph"), toy, strict=True)) | change
    with pytest.raises(ps.ProtestSpreadError, match=message):
        ps.thresholds(**call)


def test_an_ensemble_of_other_places_is_refused(toy):
    many = ps.Ensemble.from_values(
        np.ones((1, 2, 2), dtype=int), pd.date_range("2022-01-01", periods=2), pd.Index([1, 9])
    )
    with pytest.raises(
        ps.DataError, match=r"ensemble must have the places of the data; they differ in 2, 3, 4, 5, 6, 9"
    ):
        ps.thresholds(*toy, ensemble=many)
