import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import protestspread as ps

NAN = np.nan


def make_panel(values, columns="abcdefgh"):
    values = np.array(values, dtype=float)
    index = pd.date_range("2022-01-01", periods=len(values), freq="D", name="date")
    return pd.DataFrame(values, index=index, columns=pd.Index(list(columns[: values.shape[1]]), name="city"))


panels = hnp.arrays(
    float,
    st.tuples(st.integers(1, 12), st.integers(1, 6)),
    elements=st.one_of(st.integers(0, 9).map(float), st.just(NAN)),
).map(make_panel)


def test_onsets_by_hand():
    first = ps.onsets(make_panel([[0, 1, NAN], [2, 0, 0], [3, 5, 0]]))
    assert first.name == "onset"
    assert first.astype("datetime64[ns]").tolist() == [pd.Timestamp("2022-01-02"), pd.Timestamp("2022-01-01"), pd.NaT]
    assert ps.onsets(make_panel([[0, 1], [2, 5]]), at_least=3).isna().tolist() == [True, False]
    with pytest.raises(ps.DataError, match="at_least must be a number above 0; got 0"):
        ps.onsets(make_panel([[1]]), at_least=0)


@given(panels)
def test_an_onset_is_the_first_day_that_reaches_the_threshold(panel):
    for place, day in ps.onsets(panel, at_least=2).items():
        reached = panel.index[(panel[place] >= 2).to_numpy()]
        assert (pd.isna(day) and not len(reached)) or day == reached[0]


def test_sustained_onsets_by_hand():
    panel = make_panel([[1, 1, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0], [1, 0, 0]])
    first = ps.onsets(panel, sustained=(2, 2))
    assert first.dt.day.tolist() == [3, 1, 2]
    assert ps.onsets(panel, sustained=(3, 3)).dt.day.dropna().tolist() == [3]
    assert ps.onsets(panel, sustained=(3, 4)).dt.day.dropna().tolist() == [1, 1]
    assert ps.onsets(panel, sustained=(1, 1)).equals(ps.onsets(panel))


def test_sustained_counts_days_not_rows():
    weeks = pd.DataFrame(
        {"a": [1.0, 1.0, 1.0]}, index=pd.date_range("2022-01-01", periods=3, freq="7D", name="date")
    ).rename_axis(columns="city")
    assert ps.onsets(weeks, sustained=(2, 7)).isna().all()
    assert ps.onsets(weeks, sustained=(2, 8)).dt.day.tolist() == [1]


@given(panels, st.integers(1, 3), st.integers(0, 3))
def test_a_sustained_onset_begins_as_many_active_days_as_asked(panel, needed, more):
    first = ps.onsets(panel, sustained=(needed, needed + more))
    for place, day in first.items():
        starts = [
            start
            for start in panel.index[(panel[place] >= 1).to_numpy()]
            if (panel.loc[start : start + pd.Timedelta(days=needed + more - 1), place] >= 1).sum() >= needed
        ]
        assert (pd.isna(day) and not starts) or day == starts[0]


@pytest.mark.parametrize("rule", [(0, 3), (4, 3), 3, (1.5, 2), (1, 2, 3), "ab"])
def test_invalid_rules_for_sustained_onsets_are_named(rule):
    with pytest.raises(ps.DataError, match="sustained must be "):
        ps.onsets(make_panel([[1]]), sustained=rule)


def days_of(series):
    return [None if pd.isna(day) else (day.month, day.day) for day in series]


def test_intervals_reach_back_to_the_last_quiet_day():
    panel = make_panel([[0, NAN, 0, 1, NAN], [NAN, NAN, 0, 0, 0], [NAN, 2, NAN, 0, 0], [1, 0, 5, 0, NAN]])
    found = ps.onset_intervals(panel)
    assert days_of(found["earliest"]) == [(1, 2), (1, 1), (1, 3), (1, 1), (1, 4)]
    assert days_of(found["latest"]) == [(1, 4), (1, 3), (1, 4), (1, 1), None]
    shorter = ps.onset_intervals(panel, observed_until="2022-01-03")
    assert days_of(shorter["latest"]) == [None, (1, 3), None, (1, 1), None]
    assert days_of(shorter["earliest"]) == [(1, 2), (1, 1), (1, 3), (1, 1), (1, 4)]


@given(panels)
def test_intervals_hold_the_onset_and_no_day_seen_quiet(panel):
    first, found = ps.onsets(panel), ps.onset_intervals(panel)
    assert found["latest"].equals(first.rename("latest"))
    for place, (earliest, latest) in found.iterrows():
        assert pd.isna(latest) or earliest <= latest
        within = panel.loc[earliest : latest if pd.notna(latest) else None, place]
        assert not (within == 0).any()


def test_imprecise_dates_widen_the_intervals():
    panel = make_panel([[0, 0, 0], [1, 1, 0], [0, 1, 1], [0, 0, 0]])
    events = pd.DataFrame(
        {
            "city": ["a", "b", "b", "c", "elsewhere"],
            "date": pd.to_datetime(["2022-01-02", "2022-01-02", "2022-01-03", "2022-01-03", "2022-01-01"]),
            "date_precision": ["approximate", "week", "day", None, "month"],
        }
    )
    found = ps.onset_intervals(panel, events=events)
    assert days_of(found["earliest"]) == [(1, 1), (12, 27), (1, 3)]
    assert days_of(found["latest"]) == [(1, 3), (1, 3), (1, 3)]
    wider = ps.onset_intervals(
        panel, events=events, precision_days={"approximate": 5, "week": 6, "day": 0, "month": 30}
    )
    assert days_of(wider["latest"])[0] == (1, 4)  # not after the end of observation
    with pytest.raises(ps.DataError, match="not in precision_days: approximate, month, week"):
        ps.onset_intervals(panel, events=events, precision_days={"day": 0})
    with pytest.raises(ps.DataError, match="'date_precision' is missing"):
        ps.onset_intervals(panel, events=events[["city", "date"]])


@pytest.mark.parametrize("every", ["W", "W-SUN", "MS", "10D"])
@pytest.mark.parametrize("keep_freq", [True, False])
def test_intervals_of_coarse_panels_are_as_wide_as_their_steps(case, every, keep_freq):
    days = ps.count_events(case.events, case.cities, start="2021-11-01", end="2022-02-28")
    panel = ps.count_events(case.events, case.cities, start="2021-11-01", end="2022-02-28", every=every)
    if not keep_freq:
        panel.index = pd.DatetimeIndex(panel.index.to_numpy(), name="date")
    found, exact = ps.onset_intervals(panel), ps.onsets(days)
    joined = exact.notna()
    starts = panel.index.append(pd.DatetimeIndex([panel.index[-1] + pd.tseries.frequencies.to_offset(every)]))
    row = starts.searchsorted(exact[joined], side="right") - 1
    assert found["earliest"][joined].tolist() == starts[row].tolist()
    assert found["latest"][joined].tolist() == (starts[row + 1] - pd.Timedelta(days=1)).tolist()
    assert found["latest"][~joined].isna().all()
    dated = ps.onset_intervals(panel, events=case.events.assign(date_precision="day"))
    assert dated["earliest"][joined].tolist() == dated["latest"][joined].tolist() == exact[joined].tolist()


def test_events_of_any_day_of_a_step_are_used(case):
    """An event that is not dated on the first day of its week, and a week that was not observed before."""
    index = pd.date_range("2022-01-03", periods=3, freq="7D", name="date")
    panel = pd.DataFrame({"a": [0, 1, 0], "b": [np.nan, 2, 0], "c": [0, 0, 0]}, index=index)
    events = pd.DataFrame({
        "city": ["a", "b", "b"], "date": pd.to_datetime(["2022-01-12", "2022-01-13", "2022-01-14"]),
        "date_precision": ["approximate", "day", "day"],
    })  # fmt: skip
    found = ps.onset_intervals(panel, events=events)
    assert days_of(found["earliest"]) == [(1, 11), (1, 3), (1, 24)]
    assert days_of(found["latest"]) == [(1, 13), (1, 13), None]
    until = ps.onset_intervals(panel, events=events, observed_until="2022-01-12")
    assert days_of(until["latest"]) == [(1, 12), (1, 12), None]
    assert days_of(ps.onset_intervals(panel, observed_until="2022-01-12")["latest"]) == [(1, 12), (1, 12), None]
    assert days_of(until["earliest"])[2] == (1, 13)


def test_sums_by_group_are_unknown_where_a_member_is():
    panel = make_panel([[1, 2, 3], [1, NAN, 3]])
    summed = ps.aggregate_panel(panel, pd.Series({"a": "X", "b": "X", "c": "Y"}, name="region_id"))
    assert summed.columns.name == "region_id"
    assert summed["X"].tolist()[0] == 3
    assert np.isnan(summed["X"].tolist()[1])
    assert summed["Y"].tolist() == [3, 3]


@given(panels)
def test_sums_by_group_keep_the_total_where_all_is_observed(panel):
    groups = {place: i % 2 for i, place in enumerate(panel.columns)}
    full = panel.fillna(0)
    assert ps.aggregate_panel(full, groups).sum().sum() == full.sum().sum()


def test_places_without_a_group_are_all_named():
    with pytest.raises(ps.DataError, match="no group for b, c"):
        ps.aggregate_panel(make_panel([[1, 2, 3]]), {"a": "X"})


def test_whole_numbers_stay_whole():
    panel = make_panel([[1, 2], [0, 3]]).astype(np.int64)
    assert ps.aggregate_panel(panel, {"a": 0, "b": 0}).dtypes.eq(np.int64).all()
    assert ps.active(panel, memory_days=2).dtypes.eq(np.int64).all()
    assert ps.cumulative(panel).dtypes.eq(np.int64).all()


def test_cumulative_counts_of_unobserved_days_are_unknown():
    assert ps.cumulative(make_panel([[1], [NAN], [2]]))["a"].tolist()[::2] == [1, 3]
    assert np.isnan(ps.cumulative(make_panel([[1], [NAN], [2]]))["a"].iloc[1])


def test_places_stay_active_for_memory_days():
    panel = make_panel([[1], [0], [0], [NAN], [0], [0], [2], [NAN]])
    got = ps.active(panel, memory_days=2)["a"].tolist()
    assert [g if g == g else None for g in got] == [1, 1, 0, None, None, 0, 1, 1]  # noqa: PLR0124
    with pytest.raises(ps.DataError, match="memory_days must be a whole number from 1 to 100,000; got 0"):
        ps.active(panel, memory_days=0)


def test_smoothing_is_a_mean_over_the_days_before():
    got = ps.smooth(make_panel([[3], [0], [0], [NAN], [6]]), window_days=3)["a"].tolist()
    assert got[:3] == [3, 1.5, 1]
    assert np.isnan(got[3:]).all()
    with pytest.raises(ps.DataError, match="window_days must be a whole number from 1 to 100,000; got 0"):
        ps.smooth(make_panel([[1]]), window_days=0)


real_panels = hnp.arrays(
    float,
    st.tuples(st.integers(1, 40), st.integers(1, 4)),
    elements=st.one_of(st.floats(-1e9, 1e9), st.floats(0, 1e-9), st.just(0.0), st.just(NAN)),
).map(make_panel)


@given(real_panels, st.integers(1, 45))
def test_windows_are_those_of_a_loop(panel, days):
    """By a slow second way: each window of each place alone."""
    for at in range(len(panel)):
        window = panel.iloc[max(at - days + 1, 0) : at + 1]
        expected = window.mean(skipna=False)
        found = ps.smooth(panel, window_days=days).iloc[at]
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12 * window.abs().max().max())
        seen, gap = (window > 0).any(), window.isna().any()
        expected = seen.astype(float).mask(gap & ~seen)
        np.testing.assert_array_equal(ps.active(panel, memory_days=days).iloc[at].astype(float), expected)


@pytest.mark.parametrize("freq", ["7D", "MS"])
@pytest.mark.parametrize("days", [1, 7, 8, 31, 60, 100_000])
def test_windows_of_weeks_and_months_are_those_of_pandas(freq, days):
    index = pd.date_range("1900-01-01", periods=30, freq=freq, name="date")
    panel = pd.DataFrame(np.random.default_rng(1).poisson(2.0, (30, 3)), index)
    pd.testing.assert_frame_equal(ps.smooth(panel, window_days=days), panel.rolling(f"{days}D").mean())


def test_a_quiet_window_after_a_large_one_is_zero():
    panel = make_panel([[1e16], [0.1], [0.3], [0.0], [0.0]])
    assert ps.smooth(panel, window_days=2)["a"].tolist()[-1] == 0
    assert ps.smooth(panel, window_days=2)["a"].tolist()[2] == pytest.approx(0.2, rel=1e-15)


def test_smoothing_keeps_labels_and_takes_other_numbers():
    panel = make_panel([[1, NAN], [2, 4]])
    for like in (panel, panel.astype("Int64"), panel.astype("float32")):
        smoothed = ps.smooth(like, window_days=2)
        assert smoothed.columns.equals(panel.columns)
        np.testing.assert_array_equal(smoothed, [[1, NAN], [1.5, NAN]])
    assert ps.smooth(panel.iloc[:0]).shape == (0, 2)


@given(panels)
def test_nan_stays_nan(panel):
    gone = panel.isna()
    assert ps.cumulative(panel).isna().equals(gone)
    assert (ps.smooth(panel, window_days=3).isna() | ~gone).all(axis=None)
    assert ps.active(panel, memory_days=1).isna().equals(gone)


def test_rates_per_head(regions):
    panel = make_panel([[1, 4]]).set_axis(pd.Index(["A", "B"], name="region_id"), axis=1)
    assert ps.per_capita(panel, regions).iloc[0].tolist() == [100, 200]
    assert ps.per_capita(panel, regions, per=1000).iloc[0].tolist() == [1, 2]
    with pytest.raises(ps.DataError, match="no population above 0 for A"):
        ps.per_capita(panel, regions.assign(population=[0, 10]))
    with pytest.raises(ps.DataError, match="no column 'population'"):
        ps.per_capita(panel, regions.drop(columns="population"))


def test_long_tables_hold_the_same_numbers():
    panel = make_panel([[1, 2], [3, NAN]])
    long = ps.panel_to_long(panel)
    assert list(long) == ["date", "city", "count"]
    back = long.pivot_table(index="date", columns="city", values="count", dropna=False)
    assert back.to_numpy() == pytest.approx(panel.to_numpy(), nan_ok=True)
    assert panel.columns.name == "city"


def test_regions_without_a_listed_city_are_unobserved_and_named(regions):
    index = pd.date_range("2022-01-01", periods=2, name="date")
    panel = pd.DataFrame({"C1": [1, 0], "C2": [2, 4]}, index=index)
    with pytest.warns(
        ps.DataWarning, match=r"1 of 2 regions have no place in the panel \(B\); they are unobserved"
    ) as caught:
        found = ps.aggregate_panel(panel, {"C1": "A", "C2": "A"}, regions)
    assert caught[0].filename == __file__
    assert list(found) == ["A", "B"]
    assert found["A"].tolist() == [3, 4]
    assert found["B"].isna().all()
    both = ps.aggregate_panel(panel, {"C1": "B", "C2": "A"}, regions)
    assert both.to_numpy().tolist() == [[2, 1], [4, 0]]
    assert both.dtypes.eq("int64").all()
    assert list(ps.aggregate_panel(panel, {"C1": "B", "C2": "A"}, regions.iloc[::-1])) == ["B", "A"]
    with pytest.raises(ps.DataError, match="groups has groups that are not in regions: Z"):
        ps.aggregate_panel(panel, {"C1": "A", "C2": "Z"}, regions)
    with pytest.raises(ps.SchemaError):
        ps.aggregate_panel(panel, {"C1": "A", "C2": "A"}, panel)


@pytest.mark.parametrize("groups", [None, "A", ["A", "B"], 3])
def test_groups_are_a_mapping(panel, groups):
    with pytest.raises(ps.DataError, match="groups must be a Series or a mapping from places to groups"):
        ps.aggregate_panel(panel, groups)


def test_a_place_has_one_group(panel):
    twice = pd.Series("A", index=[*panel.columns, panel.columns[0]])
    with pytest.raises(ps.DataError, match=f"groups labels are not unique: {panel.columns[0]}"):
        ps.aggregate_panel(panel, twice)
