import pandas as pd
import pytest

import protestspread as ps


@pytest.fixture
def ranged():
    return ps.read_events(
        pd.DataFrame(
            {
                "date": ["2022-01-02", "2022-01-03", "2022-01-04"],
                "date_end": ["2022-01-02", "2022-01-05", None],
                "city": list("ABC"),
            }
        )
    )


def test_start(ranged):
    spread = ps.resolve_date_ranges(ranged, "start")
    assert spread["date"].tolist() == ranged["date"].tolist() == spread["date_end"].tolist()
    assert spread["range_days"].tolist() == [1, 3, 1]
    assert pd.isna(ranged["date_end"].iloc[2])  # the input is unchanged


def test_uniform_keeps_one_event_for_each(ranged):
    spread = ps.resolve_date_ranges(ranged, "uniform")
    assert spread.index.tolist() == ["row 1", "row 2 (1 of 3)", "row 2 (2 of 3)", "row 2 (3 of 3)", "row 3"]
    assert spread["date"].dt.day.tolist() == [2, 3, 4, 5, 4]
    assert spread["weight"].sum() == pytest.approx(3)
    ps.check_events(spread)


def test_drop_warns_of_the_events_dropped(ranged):
    with pytest.warns(ps.LostEventsWarning, match=r"1 of 3 events .*dated to more than one day \(row 2\)"):
        spread = ps.resolve_date_ranges(ranged, "drop")
    assert spread.index.tolist() == ["row 1", "row 3"]
    assert spread.attrs["lost"] == {"several_days": 1}


def test_invalid_date_ranges(ranged, events, monkeypatch):
    with pytest.raises(ps.DataError, match="events must have a column 'date_end'; got"):
        ps.resolve_date_ranges(events, "start")
    with pytest.raises(ps.DataError, match="how must be 'start', 'uniform' or 'drop'; got 'end'"):
        ps.resolve_date_ranges(ranged, "end")
    monkeypatch.setattr("protestspread.readers.quality.date_ranges.MOST_ROWS", 4)
    with pytest.raises(ps.DataError, match="at most 4 rows; got 5: the longest ranges are those of row 2"):
        ps.resolve_date_ranges(ranged, "uniform")


def test_an_end_before_the_start_is_a_fault():
    with pytest.raises(ps.SchemaError, match="date_end before date in 1 of 1 rows"):
        ps.read_events(pd.DataFrame({"date": ["2022-01-02"], "date_end": ["2022-01-01"], "city": ["A"]}))
