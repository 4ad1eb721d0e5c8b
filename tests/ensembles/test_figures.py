"""What pictures show of an ensemble, against numbers by hand and by brute force."""

import numpy as np
import pandas as pd
import pytest

from protestspread.ensembles.ensemble import Ensemble
from protestspread.ensembles.figures import QUANTILES, fan_of, reached_within
from protestspread.errors import DataError, SchemaError

DATES = pd.date_range("2022-01-03", periods=3, name="date")
SPREADS = np.array(
    [[[1, 0, 0], [1, 1, 0], [1, 1, 1]], [[1, 0, 0], [0, 0, 0], [0, 1, 0]], [[1, 0, 0], [0, 0, 2], [0, 0, 0]]]
)


@pytest.fixture
def ensemble():
    return Ensemble.from_values(np.minimum(SPREADS, 1), DATES, pd.Index(["a", "b", "c"]))


@pytest.fixture
def events():
    return Ensemble.from_values(SPREADS, DATES, pd.Index(["a", "b", "c"]))


def a_panel(rows, places="abc", start="2022-01-03"):
    return pd.DataFrame(
        np.array(rows, dtype=float), pd.date_range(start, periods=len(rows), name="date"), columns=list(places)
    )


def test_the_fan_holds_places_that_joined_or_events(ensemble, events):
    joined = np.array([[1, 1, 1], [2, 1, 2], [3, 2, 2]])  # by day and draw
    assert fan_of(ensemble).quantiles.to_numpy() == pytest.approx(np.quantile(joined, QUANTILES, axis=1).T)
    assert list(fan_of(ensemble).quantiles.columns) == list(QUANTILES)
    fan = fan_of(events)
    assert fan.quantiles.to_numpy() == pytest.approx(np.quantile(SPREADS.sum(axis=2).T, QUANTILES, axis=1).T)
    assert (fan.heading, fan_of(ensemble).heading) == ("events", "places that joined")
    assert fan.draws == 3
    assert fan.observed is None


def test_observed_sums_are_of_the_places_of_the_ensemble_only(ensemble, events):
    observed = a_panel([[9, 0, 0, 5], [0, 1, 0, 5], [0, 0, 0, 5]], places="xbac")
    assert fan_of(ensemble, observed).observed.tolist() == [1, 2, 2]
    assert fan_of(events, observed).observed.tolist() == [5, 6, 5]
    assert not fan_of(events, observed).lower_bound.any()


def test_a_date_that_was_not_observed_has_no_number_and_later_ones_are_lower_bounds(ensemble, events):
    observed = a_panel([[1, 0, 0], [1, np.nan, 0], [0, 0, 1]])
    fan = fan_of(ensemble, observed)
    np.testing.assert_array_equal(fan.observed, [1, np.nan, 2])
    assert fan.lower_bound.tolist() == [False, False, True]
    fan = fan_of(events, observed)
    np.testing.assert_array_equal(fan.observed, [1, np.nan, 1])
    assert not fan.lower_bound.any()


def test_dates_of_either_are_shown(ensemble):
    fan = fan_of(ensemble, a_panel([[1, 0, 0], [0, 1, 0]], start="2022-01-02"))
    assert [str(day.date()) for day in fan.quantiles.index] == [f"2022-01-0{n}" for n in (2, 3, 4, 5)]
    assert fan.quantiles.isna().all(axis=1).tolist() == [True, False, False, False]
    np.testing.assert_array_equal(fan.observed, [1, 2, np.nan, np.nan])


def test_the_panel_stays_as_it_was_and_its_faults_are_named(ensemble):
    observed = a_panel([[1, 0, 0]])
    before = observed.copy()
    fan_of(ensemble, observed)
    pd.testing.assert_frame_equal(observed, before)
    with pytest.raises(DataError, match=r"observed(.|\n)*are missing: b, c(.|\n)*Fix: "):
        fan_of(ensemble, observed[["a"]])
    with pytest.raises(SchemaError, match="panel"):
        fan_of(ensemble, observed.reset_index())


def test_a_group_is_reached_where_any_of_its_places_is(ensemble):
    reached = reached_within(ensemble, {"a": "west", "b": "east", "c": "east"})
    by_hand = {"east": [0, 2 / 3, 1], "west": [1.0, 1.0, 1.0]}
    pd.testing.assert_frame_equal(reached, pd.DataFrame(by_hand, DATES), check_names=False, check_column_type=False)
    assert list(reached_within(ensemble, pd.Series({"a": "west", "b": None}))) == ["west"]


def test_groups_of_the_case_against_brute_force(possible_spreads, case):
    within = case.cities["region_id"]
    reached = reached_within(possible_spreads, within)
    for region in reached:
        inside = [place for place in possible_spreads.places if within.get(place) == region]
        share = np.mean([(panel[inside] > 0).cummax().any(axis=1) for panel in possible_spreads], axis=0)
        assert reached[region].to_numpy() == pytest.approx(share)
    alone = reached_within(possible_spreads, {place: place for place in possible_spreads.places})
    pd.testing.assert_frame_equal(
        alone[possible_spreads.places],
        possible_spreads.reached(),
        check_names=False,
        check_freq=False,
        check_column_type=False,
    )
