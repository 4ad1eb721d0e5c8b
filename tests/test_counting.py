import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

import protestspread as ps

PLACES = gpd.GeoDataFrame(
    index=pd.Index(["a", "b", "c"], name="region_id"),
    geometry=[shapely.box(i, 0, i + 1, 1) for i in range(3)],
    crs=4326,
)
START, END = "2021-12-27", "2022-01-09"


def make_events(rows):
    """Events from (day of the year, place or None)."""
    return gpd.GeoDataFrame(
        {
            "date": pd.to_datetime([pd.Timestamp("2022-01-01") + pd.Timedelta(days=day) for day, _ in rows]).astype(
                "datetime64[ns]"
            ),
            "region_id": pd.Series([place for _, place in rows], dtype=object).to_numpy(),
        },
        index=pd.Index([f"e{i}" for i in range(len(rows))], name="event_id"),
        geometry=gpd.points_from_xy(np.zeros(len(rows)), np.zeros(len(rows))),
        crs=4326,
    )


def observed(*rows):
    table = pd.DataFrame(rows, columns=["place", "start", "end"])
    return table.assign(**{name: pd.to_datetime(table[name], format="ISO8601") for name in ("start", "end")})


rows = st.lists(st.tuples(st.integers(-15, 20), st.sampled_from(["a", "b", "c", "elsewhere", None])), max_size=40)


@given(rows, st.sampled_from(["D", "W", "W-SUN", "MS", "3D"]), st.booleans())
def test_the_sum_plus_what_is_reported_lost_equals_the_events_given(rows, every, gap):
    watched = observed((None, "2021-12-20", "2022-01-03"), ("a", "2022-01-05", "2022-01-20")) if gap else None
    events = make_events(rows)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        panel = ps.count_events(events, PLACES, every="D" if gap else every, start=START, end=END, observed=watched)
    lost = panel.attrs["lost"]
    assert panel.sum().sum() + sum(lost.values()) == len(events)
    reported = [w.message.lost for w in caught if isinstance(w.message, ps.LostEventsWarning)]
    assert [{reason: len(ids) for reason, ids in one.items()} for one in reported] == ([lost] if lost else [])
    ps.check_panel(panel)


@given(rows, st.randoms(use_true_random=False))
def test_the_order_of_rows_is_irrelevant(rows, random):
    shuffled = random.sample(rows, len(rows))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ps.LostEventsWarning)
        one, other = (ps.count_events(make_events(r), PLACES, start=START, end=END) for r in (rows, shuffled))
    pd.testing.assert_frame_equal(one, other)


def test_counts_by_hand():
    events = make_events([(0, "a"), (0, "a"), (2, "b")])
    panel = ps.count_events(events, PLACES)
    assert panel.index.name == "date"
    assert panel.columns.name == "region_id"
    assert panel.to_numpy().tolist() == [[2, 0, 0], [0, 0, 0], [0, 1, 0]]
    assert panel.dtypes.eq(np.int64).all()
    assert panel.attrs["lost"] == {}


def test_lost_events_are_counted_and_named():
    events = make_events([(0, "a"), (0, None), (1, "nowhere"), (300, "a"), (2, "b")])
    watched = observed((None, "2022-01-01", "2022-01-03"))
    with pytest.warns(ps.LostEventsWarning) as caught:
        panel = ps.count_events(events, PLACES, start="2022-01-01", end="2022-01-05", observed=watched)
    assert caught[0].message.lost == {
        "without a place": ["e1"],
        "with a region_id that is not in places": ["e2"],
        "outside the window": ["e3"],
        "on unobserved days": ["e4"],
    }
    assert panel.loc["2022-01-01", "a"] == 1
    assert panel.loc["2022-01-03":].isna().all(axis=None)


def test_a_day_observed_in_part_is_unobserved_and_parts_add_up():
    half = observed((None, "2022-01-01", "2022-01-02T12:00"))
    whole = observed((None, "2022-01-01", "2022-01-02T12:00"), (None, "2022-01-02T12:00", "2022-01-03"))
    events = make_events([(0, "a")])
    assert ps.count_events(events, PLACES, end="2022-01-02", observed=half).isna().any(axis=1).tolist() == [False, True]
    assert ps.count_events(events, PLACES, observed=whole).isna().any(axis=1).tolist() == [False, False]


def test_places_are_observed_one_by_one():
    panel = ps.count_events(make_events([(0, "a")]), PLACES, observed=observed(("a", "2022-01-01", "2022-01-03")))
    assert panel["a"].tolist() == [1, 0]
    assert panel[["b", "c"]].isna().all(axis=None)
    with pytest.raises(ps.DataError, match="unknown places: z"):
        ps.count_events(make_events([(0, "a")]), PLACES, observed=observed(("z", "2022-01-01", "2022-01-03")))


def test_9_to_11_january_are_unobserved_not_quiet(panel):
    assert panel.loc["2022-01-09":"2022-01-11"].isna().all(axis=None)
    assert panel.loc[:"2022-01-08"].notna().all(axis=None)


def test_the_day_may_start_later():
    events = make_events([(1, "a"), (1, "a"), (1, "a")]).assign(time=["02:00", "06:00", None])
    panel = ps.count_events(events, PLACES, day_starts_at="06:00")
    assert panel["a"].tolist() == [1, 2]
    with pytest.raises(ps.DataError, match="no column 'time'"):
        ps.count_events(events.drop(columns="time"), PLACES, day_starts_at="06:00")
    with pytest.raises(ps.DataError, match="no readable time in e0"):
        ps.count_events(events.assign(time="noon"), PLACES, day_starts_at="06:00")


def test_weights_are_summed_and_missing_ones_reported():
    events = make_events([(0, "a"), (0, "a"), (0, "b")]).assign(size_low=[100.0, 50.0, np.nan])
    with pytest.warns(ps.LostEventsWarning, match="1 without a weight"):
        panel = ps.count_events(events, PLACES, weight="size_low")
    assert panel.iloc[0].tolist() == [150, 0, 0]
    with pytest.raises(ps.DataError, match="weight must be a numeric column of events; got 'people'"):
        ps.count_events(events, PLACES, weight="people")


def test_weeks_and_months_are_whole_and_labelled_by_their_first_day():
    events = make_events([(0, "a"), (1, "a"), (2, "b"), (40, "c")])  # 1 January 2022 is a Saturday
    weeks = ps.count_events(events, PLACES, every="W")
    assert weeks.index[0] == pd.Timestamp("2021-12-27")
    assert weeks.iloc[:2].to_numpy().tolist() == [[2, 0, 0], [0, 1, 0]]
    assert ps.count_events(events, PLACES, every="W-SUN").index[0] == pd.Timestamp("2021-12-26")
    assert ps.count_events(events, PLACES, every="MS").to_numpy().tolist() == [[2, 1, 0], [0, 0, 1]]
    assert ps.count_events(events, PLACES, every="20D").to_numpy().tolist() == [[2, 1, 0], [0, 0, 0], [0, 0, 1]]


def test_a_week_with_an_unobserved_day_is_unobserved():
    watched = observed((None, "2022-01-03", "2022-01-10"), (None, "2022-01-11", "2022-01-17"))
    weeks = ps.count_events(make_events([(3, "a")]), PLACES, every="W", observed=watched)
    assert weeks["a"].isna().tolist() == [False, True]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"every": "fortnight"}, "every must be .*; got 'fortnight'"),
        ({"every": "W-XYZ"}, "every must be .*; got 'W-XYZ'"),
        ({"every": "0D"}, "every must be .*; got '0D'"),
        ({"start": "2022-02-01", "end": "2022-01-01"}, "end must not be before start, 2022-02-01; got 2022-01-01"),
        ({"observed": pd.DataFrame({"place": []})}, "column 'start' is missing"),
    ],
)
def test_bad_options(options, says):
    with pytest.raises(ps.DataError, match=says):
        ps.count_events(make_events([(0, "a")]), PLACES, **options)


def test_events_that_were_not_located(events, regions):
    with pytest.raises(ps.DataError, match=r"no column 'region_id'[\s\S]*locate_events"):
        ps.count_events(events, regions)


def test_no_events_and_no_window():
    with pytest.raises(ps.DataError, match="start and end are needed, because no event lies in places"):
        ps.count_events(make_events([]), PLACES)
    assert ps.count_events(make_events([]), PLACES, start="2022-01-01", end="2022-01-02").sum().sum() == 0


def test_the_callers_events_are_unchanged(case):
    before = case.events.copy()
    ps.count_events(case.events, case.cities)
    pd.testing.assert_frame_equal(pd.DataFrame(case.events), pd.DataFrame(before))
