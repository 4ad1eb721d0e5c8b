import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import protestspread as ps
from protestspread.exposures.person_days import RiskSet

RETURNS = {1: "11000000", 2: "00110010", 3: "01100011", 4: "00010110", 5: "00000100", 6: "00000000"}


def toy_panel():
    days = pd.date_range("2022-01-01", periods=8, name="date")
    return pd.DataFrame({place: [int(one) for one in text] for place, text in RETURNS.items()}, index=days)


@pytest.mark.parametrize(("gap", "numbers"), [(1, [1, 2, 2, 2, 1, 0]), (2, [1, 2, 2, 1, 1, 0])])
def test_the_toy(gap, numbers):
    found = ps.spells(toy_panel(), gap_days=gap)
    assert found["place"].value_counts().reindex([1, 2, 3, 4, 5, 6]).tolist() == numbers


def test_limits_and_censoring():
    found = ps.spells(toy_panel(), gap_days=2)
    third = found[found["place"] == 3]
    assert third["start"].dt.day.tolist() == [2, 7]
    assert third["end"].dt.day.tolist() == [4, 9]
    assert third["at_risk_from"].dt.day.tolist() == [6, 11]
    assert third["start_censored"].tolist() == [True, False]  # one quiet day only before the first
    assert third["end_censored"].tolist() == [False, True]


def test_sustained_activity():
    panel = toy_panel()[[2]]
    assert ps.spells(panel, sustained=(2, 3))["start"].dt.day.tolist() == [3]


@given(st.lists(st.sampled_from([0.0, 1.0, np.nan]), min_size=1, max_size=12), st.integers(1, 3))
def test_every_active_day_is_in_one_spell_and_gaps_are_quiet(values, gap):
    days = pd.date_range("2022-01-01", periods=len(values), name="date")
    panel = pd.DataFrame({"A": values}, index=days)
    found = ps.spells(panel, gap_days=gap)
    inside = np.zeros(len(values), dtype=int)
    for start, end in zip(found["start"], found["end"], strict=True):
        part = panel["A"][(days >= start) & (days < end)].to_numpy()
        assert part[0] == part[-1] == 1
        quiet = "".join("q" if value == 0 else "x" for value in part)
        assert "q" * gap not in quiet
        inside += ((days >= start) & (days < end)).astype(int)
    active = np.array(values) == 1
    assert (inside[active] == 1).all()
    assert inside.max(initial=0) <= 1
    for one, other in zip(found.itertuples(), list(found.itertuples())[1:], strict=False):
        between = panel["A"][(days >= one.end) & (days < other.start)].to_numpy()
        assert "q" * gap in "".join("q" if value == 0 else "x" for value in between)


def test_a_place_without_a_spell_is_a_category():
    assert 6 in ps.spells(toy_panel())["place"].cat.categories


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"gap_days": -1}, "gap_days must be"),
        ({"at_least": 0}, "at_least must be"),
        ({"sustained": 3}, "sustained must be"),
    ],
)
def test_bad_input(change, message):
    with pytest.raises(ps.DataError, match=message):
        ps.spells(toy_panel(), **change)


@pytest.mark.parametrize(
    ("column", "match"),
    [
        (["A\x1b[31m", "x"], "column 'at_risk_from' must hold dates"),
        ([1, 2], "column 'at_risk_from' must hold dates"),
        ([pd.NaT, pd.NaT], "column 'at_risk_from' has missing values"),
        (pd.to_datetime(["2022-01-01", "2022-01-09"]), "column 'at_risk_from' must not be before 'end'"),
    ],
)
def test_the_day_from_which_a_place_is_at_risk_is_checked(column, match):
    active = {"A": [0, 1, 1, 0], "B": [0, 0, 1, 0]}
    found = ps.spells(pd.DataFrame(active, index=pd.date_range("2022-01-01", periods=4, name="date")))
    graph = ps.DiffusionGraph.from_edges(pd.DataFrame({"source": ["A"], "target": ["B"]}))
    with pytest.raises(ps.DataError, match=match):
        ps.person_days(found.assign(at_risk_from=column), {"near": graph}, observed_until="2022-01-04")


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"start_censored": [True, None]}, "column 'start_censored' must hold True and False"),
        ({"end_censored": ["no", "yes"]}, "column 'end_censored' must hold True and False"),
        ({"place": [{}, {}]}, "column 'place' must hold names"),
        ({"start": np.array(["0001-01-01", "2022-01-01"], dtype="datetime64[s]")}, "dates outside 1678 to 2261"),
    ],
)
def test_columns_of_spells_are_checked(change, match):
    found = ps.spells(
        pd.DataFrame({"A": [0, 1], "B": [1, 0]}, index=pd.date_range("2022-01-01", periods=2, name="date"))
    )
    with pytest.raises(ps.DataError, match=match):
        ps.hazard_rates(found.assign(**change))


def test_a_column_given_twice_and_a_panel_without_days_are_refused():
    found = ps.spells(toy_panel())
    with pytest.raises(ps.DataError, match="a column is given more than once: start"):
        ps.hazard_rates(pd.concat([found, found["start"]], axis=1))
    with pytest.raises(ps.DataError, match="panel must have days"):
        ps.hazard_rates(found, panel=toy_panel().iloc[:0])


def test_a_panel_beside_onsets_that_are_no_dates_is_refused():
    with pytest.raises(ps.DataError, match="panel must be None where onsets are whole numbers"):
        ps.hazard_rates(pd.Series({1: 1, 2: 3}), panel=toy_panel()[[1, 2]])


def test_the_gap_of_spells_that_reach_the_last_day():
    """Of the panel's last day, the day from which a place is at risk again lies outside."""
    risk = RiskSet.of(ps.spells(toy_panel(), gap_days=2), None, None, None)
    assert risk.gap_days == 2
