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
        "not_located": ["e1"],
        "unknown_place": ["e2"],
        "outside_window": ["e3"],
        "unobserved_day": ["e4"],
    }
    assert "1 in a place that is not in places (column 'region_id') (e2)" in str(caught[0].message)
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
    with pytest.raises(ps.SchemaError, match="unknown places: z; in 1 of 1 rows"):
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
    with pytest.raises(ps.SchemaError, match=r"column 'time': no clock time in 3 of 3 rows \(e0, e1, e2\)"):
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


BAD_DAYS = (
    "03.01.2022",
    "garbage",
    20220101,
    1.5,
    pd.NaT,
    pd.Timestamp("2022-01-01", tz="UTC"),
    "2022-02-30",
    "",
    True,
    ["2022-01-01"],
)
BAD_CLOCKS = (
    "6",
    6,
    "30:00",
    "-06:00",
    "junk",
    "24:00",
    "06:60",
    "06:00:00.5",
    "6am",
    "",
    pd.Timedelta(hours=6),
    ["06:00"],
)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"every": "fortnight"}, "every must be .*; got 'fortnight'"),
        ({"every": "W-XYZ"}, "every must be .*; got 'W-XYZ'"),
        ({"every": "0D"}, "every must be .*; got '0D'"),
        ({"start": "2022-02-01", "end": "2022-01-01"}, "end must not be before start, 2022-02-01; got 2022-01-01"),
        ({"every": None}, "every must be .*; got None"),
        ({"every": 3}, "every must be .*; got 3"),
        ({"every": "\u00b2D"}, "every must be"),
        ({"weight": ["size_low"]}, "weight must be text"),
        *[({name: day}, f"{name} must be a") for name in ("start", "end") for day in BAD_DAYS],
        *[({"day_starts_at": clock}, "day_starts_at must be a clock time") for clock in BAD_CLOCKS],
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


# clock times


@pytest.mark.parametrize("time", ["24", "930", "25:99", "-01:00", "5.5", "2 pm", "12.30", "24:00", "٠٦:٠٠"])
def test_times_that_are_no_clock_times_are_named(time):
    events = make_events([(0, "a"), (0, "a"), (0, "a")]).assign(time=["05:00", time, None])
    with pytest.raises(ps.SchemaError, match=r"events: column 'time': no clock time in 1 of 3 rows \(e1\)"):
        ps.count_events(events, PLACES, day_starts_at="06:00")
    assert ps.count_events(events, PLACES)["a"].tolist() == [3]  # not used


def test_a_bare_number_is_an_hour():
    events = make_events([(1, "a")] * 4).assign(time=["23", "5", "06", " 05 "])
    assert ps.count_events(events, PLACES, day_starts_at="06:00")["a"].tolist() == [2, 2]


@given(st.integers(0, 24 * 3600 - 1), st.integers(0, 24 * 3600 - 1))
def test_events_before_the_start_of_the_day_belong_to_the_day_before(at, starts):
    def clock(seconds):
        return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"

    events = make_events([(5, "a")]).assign(time=clock(at))
    panel = ps.count_events(events, PLACES, day_starts_at=clock(starts), start=START, end=END)
    assert panel["a"].idxmax() == pd.Timestamp("2022-01-06") - pd.Timedelta(days=int(at < starts))


# observation

hours = st.integers(0, 5 * 24)


@given(
    st.lists(st.tuples(st.sampled_from([None, "a", "b"]), hours, st.integers(1, 60)), min_size=1, max_size=8),
    st.randoms(use_true_random=False),
)
def test_a_day_is_observed_if_the_intervals_together_cover_every_hour(intervals, random):
    day = pd.Timestamp("2022-01-01")
    rows = [(place, day + pd.Timedelta(hours=at), day + pd.Timedelta(hours=at + n)) for place, at, n in intervals]
    table = pd.DataFrame(rows, columns=["place", "start", "end"])
    panel = ps.count_events(make_events([]), PLACES, start=day, end="2022-01-05", observed=table)
    for place in PLACES.index:
        seen = {at + i for one, at, n in intervals if one in (None, place) for i in range(n)}
        expected = [all(24 * d + h in seen for h in range(24)) for d in range(5)]
        assert panel[place].notna().tolist() == expected
    shuffled = table.iloc[random.sample(range(len(table)), len(table))]
    pd.testing.assert_frame_equal(
        panel, ps.count_events(make_events([]), PLACES, start=day, end="2022-01-05", observed=shuffled)
    )


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda o: o.assign(end=o["start"]), r"column 'end': the end is not after the start in 2 of 2 rows \(0, 1\)"),
        (lambda o: o.assign(end=[o["end"][0], pd.NaT]), r"column 'end': no end in 1 of 2 rows \(1\)"),
        (lambda o: o.assign(start=[pd.NaT, o["start"][1]]), r"column 'start': no start in 1 of 2 rows \(0\)"),
        (lambda o: o.assign(start="2022-01-01"), "column 'start': holds .*, not times"),
        (lambda o: o.assign(end=20220101), "column 'end': holds int64, not times"),
        (
            lambda o: o.assign(start=o["start"].dt.tz_localize("Asia/Almaty")),
            "column 'start': the times carry a time zone",
        ),
        (lambda o: o.assign(place=[3, "a"]), r"column 'place': unknown places: 3; in 1 of 2 rows \(0\)"),
        (lambda o: o.assign(place=[["a"], "a"]), r"unknown places: \['a'\]; in 1 of 2 rows"),
        (lambda o: o.drop(columns=["start", "end"]), "column 'start' is missing[\\s\\S]*column 'end' is missing"),
        (lambda o: o.assign(place="z", end=o["start"]), "unknown places: z[\\s\\S]*the end is not after the start"),
        (lambda o: o.to_numpy(), "expected a DataFrame; got ndarray"),
        (lambda _: "2022", "expected a DataFrame; got str"),
    ],
)
def test_faults_of_observation_name_the_rows(change, says):
    table = observed((None, "2022-01-01", "2022-01-03"), ("a", "2022-01-05", "2022-01-08"))
    with pytest.raises(ps.SchemaError, match=says):
        ps.count_events(make_events([(0, "a")]), PLACES, observed=change(table))


def test_observation_of_no_whole_day():
    with pytest.raises(ps.DataError, match="observed covers no whole day"):
        ps.count_events(make_events([]), PLACES, observed=observed((None, "2022-01-01T06:00", "2022-01-01T18:00")))


# lost events


def test_events_that_were_not_located_are_counted_but_not_listed_again(regions):
    events = make_events([(0, None), (1, None)])
    points = events.drop(columns="region_id").set_geometry(gpd.points_from_xy([0.5, 50], [0.5, 50]), crs=4326)
    with pytest.warns(ps.LostEventsWarning, match=r"1 outside every region .*\(e1\)"):
        located = ps.locate_events(points, regions)
    panel = ps.count_events(located, regions)  # no second warning
    assert panel.attrs["lost"] == {"not_located": 1}
    assert panel.to_numpy().sum() == 1
    with pytest.warns(ps.LostEventsWarning, match="1 not located"):
        ps.count_events(located.assign(city=located["region_id"]), cities_of(["A"]))


def cities_of(names):
    return gpd.GeoDataFrame(index=pd.Index(names, name="city"), geometry=gpd.points_from_xy([0.5], [0.5]), crs=4326)


@given(rows, st.permutations(["date", "region_id", "geometry", "note"]), st.permutations(range(3)))
def test_the_order_of_columns_and_places_is_irrelevant(rows, columns, order):
    events = make_events(rows).assign(note="x")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ps.LostEventsWarning)
        one = ps.count_events(events, PLACES, start=START, end=END)
        other = ps.count_events(events[list(columns)], PLACES.iloc[list(order)], start=START, end=END)
    pd.testing.assert_frame_equal(one, other[list(one)])
    assert one.attrs == other.attrs


def test_ids_are_not_looked_up(case, monkeypatch):
    looked, contains = [], pd.Index.__contains__
    monkeypatch.setattr(pd.Index, "__contains__", lambda ids, key: looked.append(ids.name) or contains(ids, key))
    located = ps.locate_events(case.events, case.regions, within_km=500)
    ps.count_events(located, case.regions)
    assert looked
    assert "event_id" not in looked  # a look-up makes a hash table of a million ids
