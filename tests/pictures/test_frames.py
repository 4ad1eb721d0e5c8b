import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import protestspread as ps
from protestspread.pictures.frames import date_labels, row_ends

NAN = np.nan


def make_panel(values, start="2022-01-01", freq="D", columns="abcdef"):
    values = np.array(values, dtype=float)
    index = pd.date_range(start, periods=len(values), freq=freq, name="date")
    return pd.DataFrame(values, index=index, columns=list(columns[: values.shape[1]]))


def shown(panel, **options):
    return [frame.values.tolist() for frame in ps.frames(panel, **options)]


panels = hnp.arrays(float, st.tuples(st.integers(1, 12), st.integers(1, 5)),
                    elements=st.one_of(st.integers(0, 9).map(float), st.just(NAN))).map(make_panel)  # fmt: skip


def test_what_frames_show_by_hand():
    panel = make_panel([[0, 1], [2, NAN], [3, 0], [0, 4]])
    assert [str(v) for v in shown(panel)] == ["[0.0, 1.0]", "[2.0, nan]", "[3.0, 0.0]", "[0.0, 4.0]"]
    assert [str(v) for v in shown(panel, show="so_far")] == ["[0.0, 1.0]", "[2.0, 1.0]", "[5.0, 1.0]", "[5.0, 5.0]"]
    # sums of days of which one was not observed
    assert [str(v) for v in shown(panel, show="window", window_days=2)] == [
        "[0.0, 1.0]",
        "[2.0, 1.0]",
        "[5.0, 0.0]",
        "[3.0, 4.0]",
    ]
    assert [frame.total for frame in ps.frames(panel)] == [1, 2, 3, 4]
    assert np.isnan(ps.frames(panel * NAN)[0].total)


def bounds(panel, **options):
    return [frame.lower_bound.tolist() for frame in ps.frames(panel, **options)]


def test_sums_after_a_gap_are_lower_bounds():
    panel = make_panel([[NAN, 1, NAN], [2, NAN, NAN], [3, 0, NAN], [0, 4, NAN]])
    assert bounds(panel) == [[False] * 3] * 4
    assert bounds(panel, show="so_far") == [[False, False, False], *[[True, True, False]] * 3]
    assert bounds(panel, show="window", window_days=2) == [
        [False, False, False],
        [True, True, False],
        [False, True, False],
        [False, False, False],
    ]
    never = ps.frames(panel, show="so_far")[-1].values
    assert never.tolist() == pytest.approx([5, 5, NAN], nan_ok=True)
    assert ps.cumulative(panel).isna().equals(panel.isna())  # a panel keeps its gaps


def test_a_sum_with_negative_values_is_no_lower_bound():
    panel = make_panel([[1, 2], [-3, NAN], [0, 1]])
    found = ps.frames(panel, show="so_far")
    assert [str(frame.values.tolist()) for frame in found] == ["[1.0, 2.0]", "[-2.0, nan]", "[-2.0, nan]"]
    assert not any(frame.lower_bound.any() for frame in found)


@given(panels, st.sampled_from([1, 2, 4]))
def test_sums_are_those_of_the_observed_days(panel, days):
    for row, (so_far, window) in enumerate(
        zip(ps.frames(panel, show="so_far"), ps.frames(panel, show="window", window_days=days), strict=True)
    ):
        for frame, first in ((so_far, 0), (window, max(row + 1 - days, 0))):
            for place, given_days in panel.iloc[first : row + 1].items():
                seen = given_days.dropna()
                assert frame.values[place] == pytest.approx(seen.sum() if len(seen) else NAN, nan_ok=True)
                assert frame.lower_bound[place] == (0 < len(seen) < len(given_days))


@given(panels, st.sampled_from(["day", "so_far", "window"]))
def test_frames_keep_dates_places_and_one_classification(panel, show):
    made = ps.frames(panel, show=show, window_days=3)
    assert [frame.date for frame in made] == list(panel.index)
    assert len({id(frame.classes) for frame in made}) == 1
    for frame in made:
        assert list(frame.values.index) == list(panel.columns)
        assert (frame.class_index == frame.classes.index(frame.values.to_numpy(dtype=float))).all()
        assert ((frame.class_index == -1) == frame.values.isna()).all()


def test_classes_can_be_given_and_are_chosen_over_all_frames():
    panel = make_panel([[1, 0], [0, 16]])
    assert ps.frames(panel)[0].classes.labels[-1] == "≥ 11"
    fixed = ps.classify([1, 50])
    assert ps.frames(panel, classes=fixed)[1].classes is fixed
    assert ps.frames(panel, scheme=[3])[1].class_index.tolist() == [0, 2]


def test_missing_values_of_pandas_are_missing():
    panel = make_panel([[0, 1], [2, NAN]]).astype("Int64")
    assert ps.frames(panel)[1].class_index.tolist() == [2, -1]


def test_interventions_are_named_on_days_they_overlap():
    rows = [
        ("late", None, "2022-01-03 12:00", None),
        ("early", "A", "2022-01-01", "2022-01-02"),
        ("early", "B", "2022-01-03", "2022-01-04"),
    ]
    table = pd.DataFrame(
        rows, columns=["kind", "region_id", "start", "end"], index=pd.Index(["i1", "i2", "i3"], name="intervention_id")
    )
    table[["start", "end"]] = table[["start", "end"]].apply(pd.to_datetime, format="ISO8601")
    days = [frame.in_force for frame in ps.frames(make_panel(np.ones((4, 1))), interventions=table)]
    assert days == [("early",), (), ("early", "late"), ("late",)]
    weeks = ps.frames(make_panel(np.ones((2, 1)), start="2021-12-27", freq="W-MON"), interventions=table)
    assert [frame.in_force for frame in weeks] == [("early",), ("early", "late")]  # any day of the week counts


def test_interventions_in_force_keep_their_regions(case, panel):
    fifth = ps.frames(panel, interventions=case.interventions)[4]
    assert fifth.interventions["region_id"].notna().any()
    assert fifth.interventions.index.isin(case.interventions.index).all()
    for row in fifth.interventions.itertuples():
        assert row.start < pd.Timestamp("2022-01-06")
        assert pd.isna(row.end) or row.end > pd.Timestamp("2022-01-05")
    assert ps.frames(panel)[4].in_force == ()


def make_tree(*rows):
    table = pd.DataFrame(rows, columns=["source", "target", "date", "probability"])
    return table.assign(date=pd.to_datetime(table["date"]))


def arrows(frame):
    return list(zip(frame.arrows["source"], frame.arrows["target"], frame.arrows["probability"], strict=True))


def test_arrows_appear_on_their_date_and_stay():
    tree = make_tree(
        ("a", "c", "2022-01-03", 0.7),
        ("b", "c", "2022-01-03", 0.04),
        ("a", "b", "2021-12-30", 0.6),
        ("b", "b", "2022-01-01", 0.9),
        ("b", "d", "2022-01-09", 1.0),
    )
    made = ps.frames(make_panel(np.ones((4, 4))), tree=tree)
    early, late = ("a", "b", 0.6), ("a", "c", 0.7)
    assert [arrows(frame) for frame in made] == [[early], [early], [early, late], [early, late]]
    assert [len(frame.new_arrows) for frame in made] == [1, 0, 1, 0]
    assert made[3].arrows["appears"].tolist() == [made[0].date, made[2].date]
    assert made[3].arrows["date"].tolist() == [pd.Timestamp("2021-12-30"), pd.Timestamp("2022-01-03")]
    assert arrows(ps.frames(make_panel(np.ones((4, 4))), tree=tree, at_least=0)[3])[-1] == ("b", "c", 0.04)
    weeks = ps.frames(make_panel(np.ones((2, 1)), start="2021-12-27", freq="W-MON"), tree=tree)
    assert [len(frame.arrows) for frame in weeks] == [1, 3]  # a date within the week counts
    assert ps.frames(make_panel([[1]]))[0].arrows.empty


def test_arrows_of_a_transmission_tree_are_those_of_its_table():
    tree = ps.TransmissionTree(make_tree((None, "a", "2022-01-01", 0.8), ("a", "b", "2022-01-02", 0.5)))
    made = ps.frames(make_panel(np.ones((2, 2))), tree=tree)
    pd.testing.assert_frame_equal(made[1].arrows[["target", "probability"]], tree.table[["target", "probability"]])
    assert made[0].arrows["source"].isna().tolist() == [True]  # from outside


@pytest.mark.parametrize(
    ("dates", "labels"),
    [
        (pd.date_range("2022-01-31", periods=2), ["31 Jan 2022", "1 Feb 2022"]),
        (pd.date_range("2022-01-03", periods=2, freq="W-MON"), ["week from 3 Jan 2022", "week from 10 Jan 2022"]),
        (pd.date_range("2022-01-03", periods=1, freq="W-MON"), ["week from 3 Jan 2022"]),
        (pd.date_range("2022-01-01", periods=2, freq="3D"), ["3 days from 1 Jan 2022", "3 days from 4 Jan 2022"]),
        (pd.date_range("2022-01-01", periods=2, freq="MS"), ["Jan 2022", "Feb 2022"]),
        (pd.date_range("2022-01-01", periods=2, freq="QS"), ["3 months from Jan 2022", "3 months from Apr 2022"]),
        (pd.date_range("2022-01-01", periods=2, freq="YS"), ["2022", "2023"]),
        ([pd.Timestamp("2022-01-05")], ["5 Jan 2022"]),
        ([], []),
    ],
)
def test_dates_in_words(dates, labels):
    assert date_labels(dates) == labels


def test_a_row_lasts_until_the_next():
    assert list(row_ends(pd.date_range("2022-01-31", periods=1))) == [pd.Timestamp("2022-02-01")]
    assert list(row_ends(pd.date_range("2022-01-01", periods=2, freq="MS"))) == [
        pd.Timestamp("2022-02-01"),
        pd.Timestamp("2022-03-01"),
    ]
    irregular = pd.DatetimeIndex(["2022-01-01", "2022-01-08"])
    assert list(row_ends(irregular)) == [pd.Timestamp("2022-01-08"), pd.Timestamp("2022-01-15")]


def test_what_cannot_be_shown():
    panel = make_panel([[0, 1], [2, NAN]])
    with pytest.raises(ps.DataError, match="panel must have at least one date and one place; got 0 dates"):
        ps.frames(panel.iloc[:0])
    with pytest.raises(ps.DataError, match="show must be 'day', 'so_far' or 'window'; got 'week'"):
        ps.frames(panel, show="week")
    with pytest.raises(ps.DataError, match="window_days must be a whole number from 1 to 100,000; got 0"):
        ps.frames(panel, show="window", window_days=0)
    with pytest.raises(ps.DataError, match="at_least must be a number from 0 to 1; got 2"):
        ps.frames(panel, at_least=2)
    with pytest.raises(ps.SchemaError, match=r"column 'probability' is missing"):
        ps.frames(panel, tree=make_tree().drop(columns="probability"))
    with pytest.raises(ps.SchemaError, match="column 'date' has missing values"):
        ps.frames(panel, tree=make_tree(("a", "b", None, 0.5)))
    with pytest.raises(ps.SchemaError, match="panel: the index must be a DatetimeIndex"):
        ps.frames(panel.reset_index(drop=True))


def test_the_case_starts_in_mangystau_alone(case, panel):
    by_region = ps.frames(ps.aggregate_panel(panel, case.cities["region_id"]), interventions=case.interventions)
    second, fifth, ninth = by_region[1], by_region[4], by_region[8]
    assert second.values.index[second.class_index > 0].tolist() == ["KZ-MAN"]
    assert (fifth.class_index > 0).sum() >= 15
    assert (ninth.class_index == -1).all()
    assert "state_of_emergency" in fifth.in_force
    assert "state_of_emergency" not in second.in_force
