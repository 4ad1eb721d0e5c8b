import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

import protestspread as ps


def test_the_toy_by_hand(toy):
    """1 → 2 joins within two days, 3 does not; 2 → 3 does (day 4), 5 does not; 4 → 5 (day 5) does, 6 does not; 5 → 6 does not."""
    found = ps.secondary_attack_rate(*toy, within_days=2, observed_until=8)
    table = found.to_frame()
    assert table["exposed"].tolist() == [2, 2, 0, 2, 1, 0]
    assert table["joined"].tolist() == [1, 1, 0, 1, 0, 0]
    assert table["rate"].fillna(-1).tolist() == [0.5, 0.5, -1, 0.5, 0, -1]
    # without a tie: 1 → 4 (day 3) joins, 5 and 6 do not; 2 → 4 joins, 6 does not; 4 → 3 joins; 3 → 5 joins, 6 does not
    assert table["others"].tolist() == [3, 2, 2, 1, 0, 0]
    assert table["others_joined"].tolist() == [1, 1, 1, 1, 0, 0]
    assert (found.rate, found.others_rate) == (3 / 7, 4 / 8)
    assert found.left_out == 0
    assert "Of 7 pairs" in found.sentence


def test_onsets_that_are_not_followed_long_enough_are_left_out(toy):
    found = ps.secondary_attack_rate(*toy, within_days=2, observed_until=5)
    assert found.left_out == 2  # of places 3 and 5
    assert found.table.loc[5, "exposed"] == 0
    assert "2 onsets are left out" in found.statement


@given(st.integers(0, 10**6), st.integers(1, 4))
def test_definition(seed, within_days):
    rng = np.random.default_rng(seed)
    n = 9
    ties = [(i, j) for i in range(n) for j in range(n) if i != j and rng.random() < 0.3] or [(0, 1)]
    graph = ps.DiffusionGraph.from_edges(pd.DataFrame(ties, columns=["source", "target"]), nodes=range(n))
    onsets = pd.Series(np.where(rng.random(n) < 0.7, rng.integers(1, 8, n), np.nan))
    onsets[0] = 1.0
    when = onsets.fillna(np.inf)
    found = ps.secondary_attack_rate(onsets, graph, within_days=within_days, observed_until=8).to_frame()
    for i in range(n):
        later = [j for j in range(n) if when[j] > when[i] and when[i] + within_days <= 8]
        soon = [j for j in later if when[j] <= when[i] + within_days]
        tied = {target for source, target in ties if source == i}
        assert found.loc[i, "exposed"] == len(tied & {*later})
        assert found.loc[i, "joined"] == len(tied & {*soon})
        assert found.loc[i, "others"] == len({*later} - tied)
        assert found.loc[i, "others_joined"] == len({*soon} - tied)


def test_spells_count_each_start(returning):
    """Place 2 begins on days 3 and 7 and reaches 3 and 5; on day 4, 3 is in a spell and 5 at risk (begins on 6)."""
    found = ps.secondary_attack_rate(*returning, within_days=3, observed_until="2022-01-12").to_frame()
    assert found.loc[2, "exposed"] == 2  # 5 on day 4; 5 on day 8, which then begins no more; 3 is in a spell both times
    assert found.loc[2, "joined"] == 1


def test_places_that_were_not_observed_are_not_at_risk():
    ties = pd.DataFrame({"source": ["A", "A"], "target": ["B", "C"]})
    days = pd.date_range("2022-01-01", periods=4, name="date")
    panel = pd.DataFrame({"A": [1.0, 0, 0, 0], "B": [0, np.nan, 0, 0], "C": [0.0, 1, 0, 0]}, index=days)
    options = {"within_days": 1, "observed_until": "2022-01-04"}
    graph = ps.DiffusionGraph.from_edges(ties)
    assert ps.secondary_attack_rate(ps.onsets(panel), graph, **options).rate == 0.5
    assert ps.secondary_attack_rate(ps.onsets(panel), graph, **options, panel=panel).rate == 1


def test_nobody_exposed_is_said(toy):
    found = ps.secondary_attack_rate(pd.Series(1, index=toy[0].index), toy[1], within_days=1, observed_until=3)
    assert np.isnan(found.rate)
    assert found.sentence.startswith("No place at risk had a tie")
    ax = Figure((7, 3)).add_axes((0.1, 0.1, 0.8, 0.8))
    assert found.plot(ax=ax) is ax


@pytest.mark.parametrize(
    ("change", "message"),
    [({"within_days": 0}, "within_days must be"), ({"graph": 1}, "graph must be"), ({"panel": 1}, "panel")],
)
def test_bad_input(toy, change, message):
    call = dict(zip(("data", "graph"), toy, strict=True)) | {"within_days": 1} | change
    with pytest.raises(ps.ProtestSpreadError, match=message):
        ps.secondary_attack_rate(**call)
