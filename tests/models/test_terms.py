import numpy as np
import pandas as pd
import pytest

import protestspread as ps

DAYS = pd.date_range("2022-01-03", periods=14, name="date")  # from a Monday on
PLACES = pd.Index(["A", "B"], name="city")


def test_every_term_has_its_values():
    curfew = pd.DataFrame(0, DAYS, PLACES)
    curfew.loc["2022-01-05":, "B"] = 1
    terms = ps.Terms(
        trend=True,
        weekday="weekend",
        seasonal=(1, 7),
        by={"curfew": curfew, "strike": pd.Series(range(14), DAYS)},
        attributes=pd.DataFrame({"oil": [True, False]}, PLACES),
    )
    found = terms.columns(DAYS, PLACES)
    assert list(found) == ["trend", "weekend", "sine 1", "cosine 1", "curfew", "strike", "oil"]
    assert found["trend"].ravel().tolist() == [day / 100 for day in range(14)]
    assert found["weekend"].ravel().tolist() == [0, 0, 0, 0, 0, 1, 1] * 2
    assert found["sine 1"].ravel() == pytest.approx(np.sin(2 * np.pi * np.arange(14) / 7))
    assert found["curfew"].sum() == 12
    assert found["strike"].shape == (14, 1)
    assert found["oil"].tolist() == [[1, 0]]
    assert terms
    assert not ps.Terms()


def test_weekdays_are_relative_to_monday():
    found = ps.Terms(weekday=True).columns(DAYS, PLACES)
    assert list(found) == ["Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    assert [int(values.argmax()) for values in found.values()] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(("freq", "rows"), [("D", 365), ("W-MON", 52), ("MS", 12)])
def test_a_year_has_as_many_rows_as_the_panel_says(freq, rows):
    days = pd.date_range("2022-01-03", periods=3 * rows, freq=freq, name="date")
    assert ps.Terms(seasonal=1).columns(days, PLACES)["cosine 1"][rows, 0] == pytest.approx(1)


def test_rows_and_places_may_be_in_any_order():
    values = pd.DataFrame(np.arange(28.0).reshape(14, 2), DAYS, PLACES)
    found = ps.Terms(by={"x": values.iloc[::-1, ::-1]}).columns(DAYS, PLACES)["x"]
    assert (found == values.to_numpy()).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"trend": 1}, "trend must be True or False"),
        ({"weekday": "monday"}, "weekday must be True or False"),
        ({"seasonal": -1}, "seasonal must be"),
        ({"seasonal": (1, 0)}, "seasonal must be"),
        ({"by": 3}, "by must be a mapping"),
        ({"by": {"": 3}}, "each name in by"),
    ],
)
def test_options_are_checked_at_once(options, message):
    with pytest.raises(ps.DataError, match=message):
        ps.Terms(**options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"by": {"x": pd.Series(1.0, DAYS)}}, "'x' must vary"),
        ({"by": {"x": pd.Series(range(13), DAYS[:13])}}, "no value for 2022-01-16"),
        ({"by": {"x": pd.Series([1.0, np.nan], PLACES)}}, "must be finite"),
        ({"by": {"x": pd.Series(["a", "b"], PLACES)}}, "must hold numbers"),
        ({"by": {"x": 3}}, "must be a DataFrame by date and place"),
        ({"by": {"x": pd.Series([1, 2], PLACES)}, "attributes": pd.DataFrame({"x": [1, 2]}, PLACES)}, "'x' twice"),
        ({"attributes": 3}, "attributes must be a DataFrame"),
        ({"attributes": pd.DataFrame({"x": [1.0]}, ["A"])}, "no value for B"),
    ],
)
def test_values_are_checked(options, message):
    with pytest.raises(ps.DataError, match=message):
        ps.Terms(**options).columns(DAYS, PLACES)


def test_all_faults_are_named_at_once():
    terms = ps.Terms(by={"x": pd.Series(1.0, DAYS), "y": pd.Series([1.0, np.nan], PLACES)})
    with pytest.raises(ps.DataError) as caught:
        terms.columns(DAYS, PLACES)
    assert len(caught.value.faults) == 2


def test_weekdays_of_weeks_are_refused():
    weeks = pd.date_range("2022-01-03", periods=5, freq="7D", name="date")
    with pytest.raises(ps.DataError, match="weekday must be False"):
        ps.Terms(weekday=True).columns(weeks, PLACES)
