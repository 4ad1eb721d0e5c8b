import itertools

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import protestspread as ps
from protestspread import event_places
from protestspread.errors import CRSError, DataError, DataWarning, LostEventsWarning, SchemaError
from protestspread.event_places import EventPlaces


def table(rows, **columns):
    """Events of (lon, lat, day)."""
    lon, lat, day = zip(*rows, strict=True)
    return gpd.GeoDataFrame(
        {"date": pd.Timestamp("2022-01-01") + pd.to_timedelta(list(day), unit="D"), **columns},
        index=pd.Index([f"e{k}" for k in range(len(rows))], name="event_id"), geometry=gpd.points_from_xy(lon, lat), crs=4326,
    )  # fmt: skip


def test_a_place_active_on_a_day_counts_once():
    events = table([(50, 45, 0), (50, 45, 0), (50, 45, 1), (60, 45, 0)], city=["A", "A", "A", "B"])
    days = ps.place_days(events)
    assert days["reports"].tolist() == [2, 1, 1]
    assert days.index.tolist() == ["e0", "e3", "e2"]
    assert days["city"].tolist() == ["A", "B", "A"]
    ps.check_events(days)
    again = ps.place_days(days)
    assert len(again) == len(days)


def test_the_same_name_in_two_regions_is_two_places():
    events = table([(50, 45, 0), (60, 45, 0), (50, 45, 0)], city=["Springfield"] * 3, region_id=["a", "b", "a"])
    assert ps.place_days(events)["reports"].tolist() == [2, 1]


def test_a_place_lies_at_its_city_or_else_at_the_medoid_of_its_events():
    rows = [(50, 45, 0), (50.1, 45, 1), (50.11, 45, 2), (50.4, 45, 3), (10, 10, 0)]
    events = table(rows, city=["A"] * 4 + ["B"])
    assert set(ps.place_days(events).geometry.x) == {50.1, 10.0}
    cities = gpd.GeoDataFrame(
        {"population": [9.0]}, index=pd.Index(["A"], name="city"), geometry=gpd.points_from_xy([51], [46]), crs=4326
    )
    assert set(ps.place_days(events, cities).geometry.x) == {51.0, 10.0}


def test_a_city_of_another_region_is_not_the_place():
    events = table([(50, 45, 0), (60, 45, 0)], city=["A", "A"], region_id=["r", "s"])
    cities = gpd.GeoDataFrame(
        {"region_id": ["s"]}, index=pd.Index(["A"], name="city"), geometry=gpd.points_from_xy([61], [46]), crs=4326
    )
    assert sorted(ps.place_days(events, cities).geometry.x) == [50.0, 61.0]


def test_without_a_city_the_point_is_the_place_and_close_points_are_warned_of():
    events = table([(50, 45, 0), (50.01, 45, 0), (60, 45, 0)])
    with pytest.warns(
        DataWarning, match=r"^events have no city, and 1 pairs of their points lie less than 2 km apart.*within_km=2"
    ):
        assert len(ps.place_days(events)) == 3
    merged = ps.place_days(events, within_km=2)
    assert merged["reports"].tolist() == [2, 1]


@settings(max_examples=15)
@given(st.integers(0, 10**6))
def test_no_merged_place_is_wider_than_the_limit_and_none_can_be_joined(seed):
    """Complete linkage: within a place all points are close; and of two places merged last, none stays that were close as a whole."""
    rng = np.random.default_rng(seed)
    xy = np.round(rng.uniform(0, 0.3, (25, 2)), 3)
    events = table([(x, y, 0) for x, y in xy])
    place = EventPlaces.of(events, within_km=10).place
    km = ps.great_circle_km(*(xy.T[:, :, None]), *(xy.T[:, None, :]))
    groups = [np.flatnonzero(place == k) for k in np.unique(place)]
    for rows in groups:
        assert km[np.ix_(rows, rows)].max() <= 10 + 1e-9
    for one, other in itertools.combinations(groups, 2):
        assert km[np.ix_(one, other)].max() > 10


@pytest.mark.parametrize("limit", ["_MOST_PAIRS", "_MOST_LINKED"])
def test_too_many_points_to_be_merged_are_refused(monkeypatch, limit):
    monkeypatch.setattr(event_places, limit, 2)
    events = table([(50 + k / 100, 45, 0) for k in range(5)])
    with pytest.raises(DataError, match=r"(?s)^within_km=2 links too many points.*Fix: pass a smaller within_km"):
        ps.place_days(events, within_km=2)


def test_rows_with_and_without_a_city_are_never_merged_and_warned_of():
    events = table([(50, 45, 0), (50, 45, 0)], city=["A", None])
    with pytest.warns(DataWarning, match="1 of 2 events have no city"):
        assert len(ps.place_days(events)) == 2


def test_events_without_a_point_are_left_out_and_counted():
    events = table([(50, 45, 0), (60, 45, 0)], city=["A", "B"])
    events.loc["e1", "geometry"] = None
    with pytest.warns(
        LostEventsWarning, match=r"place_days: 1 of 2 events are not in the result: 1 without a point \(e1\)"
    ):
        days = ps.place_days(events)
    assert days.attrs["lost"] == {"no_point": 1}
    assert len(days) == 1


@settings(max_examples=20)
@given(st.integers(0, 10**6))
def test_the_order_of_rows_does_not_matter_and_nothing_is_lost(seed):
    rng = np.random.default_rng(seed)
    n = 30
    site = rng.integers(0, 6, n)
    events = table(
        list(zip(50 + site + rng.integers(0, 2, n) / 10, [45.0] * n, rng.integers(0, 4, n), strict=True)),
        city=[f"c{k}" for k in site], region_id=[f"r{k % 2}" for k in site],
    )  # fmt: skip
    days = ps.place_days(events)
    assert days["reports"].sum() == n
    assert len(days) == len(events[["city", "date"]].drop_duplicates())
    moved = ps.place_days(events.sample(frac=1, random_state=seed))
    columns = ["date", "city", "region_id", "reports", "geometry"]
    assert days[columns].reset_index(drop=True).equals(moved[columns].reset_index(drop=True))


def test_invalid_input_is_refused():
    events = table([(50, 45, 0)])
    with pytest.raises(DataError, match=r"^within_km must be .*; got -1"):
        ps.place_days(events, within_km=-1)
    with pytest.raises(CRSError):
        ps.place_days(events.to_crs(3857))
    with pytest.raises(SchemaError):
        ps.place_days(events, events)
    assert len(ps.place_days(events.iloc[:0])) == 0
