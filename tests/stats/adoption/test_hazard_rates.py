import numpy as np
import pandas as pd
import pytest

import protestspread as ps


def test_hazards_of_netdiffuser(doctors):
    onsets, _ = doctors
    wanted = [
        0.078947368, 0.085714286, 0.114583333, 0.129411765, 0.148648649, 0.206349206, 0.140000000, 0.093023256,
        0.025641026, 0.131578947, 0.090909091, 0.1, 0.148148148, 0.173913043, 0.105263158, 0.058823529,
    ]  # fmt: skip
    found = ps.hazard_rates(onsets.where(onsets < 18))
    assert found.loc[2:, "hazard"].tolist() == pytest.approx(wanted, abs=1e-9)
    assert found["cumulative"].iloc[-1] == 109
    assert found.index.name == "time"


def test_the_toy_of_netdiffuser(toy):
    found = ps.hazard_rates(toy[0], observed_until=6)
    assert found.loc[2:, "hazard"].round(9).tolist() == [0.2, 0.25, 0.333333333, 0.5, 0]
    assert found["at_risk_again"].tolist() == [0] * 6


def test_the_toy_in_which_places_return(returning):
    """First onsets, and returns: place 1 can return from day 4, 2 from day 6, 3 from day 5, 4 on day 6 and 5 from day 8."""
    found = ps.hazard_rates(returning[0], observed_until="2022-01-08")
    assert found["at_risk"].tolist() == [6, 5, 4, 3, 2, 2, 1, 1]
    assert found["new"].tolist() == [1, 1, 1, 1, 0, 1, 0, 0]
    assert found["cumulative"].tolist() == [1, 2, 3, 4, 4, 5, 5, 5]
    wanted = [0.166666667, 0.2, 0.25, 0.333333333, 0, 0.5, 0, 0]
    assert found["hazard"].round(9).tolist() == wanted
    assert found["at_risk_again"].tolist() == [0, 0, 0, 1, 2, 4, 3, 2]
    assert found["returned"].tolist() == [0, 0, 0, 0, 0, 1, 2, 0]
    assert found["hazard_of_return"].fillna(-1).round(3).tolist() == [-1, -1, -1, 0, 0, 0.25, 0.667, 0]


def test_spells_with_longer_gaps(returning):
    days = pd.date_range("2022-01-01", periods=8, name="date")
    texts = {1: "11000000", 2: "00110010", 3: "01100011", 4: "00010110", 5: "00000100", 6: "00000000"}
    panel = pd.DataFrame({place: [int(one) for one in text] for place, text in texts.items()}, index=days)
    for gap, wanted in ((1, [1, 2, 2, 2, 1, 0]), (2, [1, 2, 2, 1, 1, 0])):
        found = ps.spells(panel, gap_days=gap)
        assert found["place"].value_counts(sort=False).tolist() == wanted
        assert ps.hazard_rates(found)["returned"].sum() == sum(wanted) - 5


def test_unobserved_place_days_are_not_at_risk():
    days = pd.date_range("2022-01-01", periods=3, name="date")
    panel = pd.DataFrame({"A": [1.0, 0, 0], "B": [0, np.nan, 1], "C": [0.0, 0, 0]}, index=days)
    onsets = ps.onsets(panel)
    assert ps.hazard_rates(onsets)["at_risk"].tolist() == [3, 2, 2]
    assert ps.hazard_rates(onsets, panel=panel)["at_risk"].tolist() == [3, 1, 2]


def test_everybody_has_joined(toy):
    found = ps.hazard_rates(pd.Series({"A": 1, "B": 1}), observed_until=3)
    assert found["at_risk"].tolist() == [2, 0, 0]
    assert found["hazard"].fillna(-1).tolist() == [1, -1, -1]


def test_the_curve_of_a_panel_knows_what_was_not_observed():
    days = pd.date_range("2022-01-01", periods=4, name="date")
    panel = pd.DataFrame(
        {"A": [0, 2, 0, 1], "B": [np.nan, 0, 1, np.nan], "C": [0, 0, np.nan, 0], "D": [0.0] * 4}, index=days
    )
    found = ps.adoption_curve(panel)
    assert found["new"].tolist() == [0, 1, 1, 0]
    assert found["cumulative"].tolist() == [0, 1, 2, 2]
    assert found["unknown"].tolist() == [1, 1, 1, 1]
    assert found["share"].tolist() == [0, 0.25, 0.5, 0.5]
    assert found["largest_share"].tolist() == [0.25, 0.5, 0.75, 0.75]


def test_the_curve_of_onsets_and_spells(toy, returning):
    assert ps.adoption_curve(toy[0], observed_until=6)["cumulative"].tolist() == [1, 2, 3, 4, 5, 5]
    found = ps.adoption_curve(returning[0])
    assert found["cumulative"].tolist() == ps.hazard_rates(returning[0])["cumulative"].tolist()
    assert found["share"].iloc[-1] == 5 / 6
    assert not found["unknown"].any()


@pytest.mark.parametrize("measure", [ps.hazard_rates, ps.adoption_curve])
@pytest.mark.parametrize(
    ("data", "message"),
    [
        (pd.Series({"A": np.nan}), "at least one onset"),
        (pd.DataFrame({"place": ["A"], "start": ["x"], "end": ["y"]}), "column 'start' must hold dates"),
        ("A", "data must be onsets"),
        (pd.Series({"A": 1.5}), "whole numbers"),
    ],
)
def test_bad_input(measure, data, message):
    with pytest.raises(ps.ProtestSpreadError, match=message):
        measure(data)
