import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import protestspread as ps

DAYS = pd.date_range("2022-01-01", periods=4, name="date")


def test_by_hand():
    panel = pd.DataFrame({"A": [1, 3, 3, 0], "B": [0, np.nan, 5, 1], "C": [0.0] * 4, "D": [np.nan] * 4}, index=DAYS)
    found = ps.peak(panel)
    assert found.index.tolist() == ["A", "B", "C", "D", "all places"]
    assert [str(day.date()) if pd.notna(day) else "" for day in found["date"]] == [
        "2022-01-02",
        "2022-01-03",
        "",
        "",
        "",
    ]
    assert found["height"].fillna(-1).tolist() == [3, 5, 0, -1, -1]
    assert found["dates_at_peak"].tolist() == [2, 1, 0, 0, 0]
    assert found["unobserved"].tolist() == [0, 1, 0, 4, 4]
    total = ps.peak(panel[["A", "B", "C"]]).loc["all places"]
    assert (str(total["date"].date()), total["height"], total["unobserved"]) == ("2022-01-03", 8, 1)


def test_by_group():
    panel = pd.DataFrame({"A": [1, 3, 0, 0], "B": [2, 0, 0, 1], "C": [0, 0, 9, 0]}, index=DAYS)
    found = ps.peak(panel, by={"A": "x", "B": "x", "C": "y"})
    assert found.index.tolist() == ["x", "y", "all places"]
    assert found["height"].tolist() == [3, 9, 9]
    assert found["dates_at_peak"].tolist() == [2, 1, 1]


@given(st.integers(0, 10**6))
def test_no_observed_value_is_higher_and_the_first_is_taken(seed):
    rng = np.random.default_rng(seed)
    values = np.where(rng.random((4, 3)) < 0.2, np.nan, rng.integers(0, 4, (4, 3)))
    panel = pd.DataFrame(values, DAYS, list("ABC"))
    found = ps.peak(panel)
    for place in panel:
        seen = panel[place].dropna()
        if seen.gt(0).any():
            assert found.loc[place, "date"] == seen.idxmax()
            assert found.loc[place, "height"] == seen.max()
        else:
            assert pd.isna(found.loc[place, "date"])


@pytest.mark.parametrize(
    ("panel", "message"),
    [
        (pd.DataFrame(index=DAYS), "panel must have days and places"),
        (pd.DataFrame({"all places": [1] * 4}, index=DAYS), "no place called 'all places'"),
        (3, "expected a DataFrame"),
    ],
)
def test_bad_input(panel, message):
    with pytest.raises(ps.ProtestSpreadError, match=message):
        ps.peak(panel)
