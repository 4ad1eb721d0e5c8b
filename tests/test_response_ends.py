"""The ends of a response: [start, end) of local time, in a day, in a frame and on the map."""

import numpy as np
import pandas as pd
import pytest

import protestspread as ps

DAYS = pd.date_range("2022-01-01", periods=6, name="date")

# start, end, the days of January on which it is in force
INTERVALS = [
    ("2022-01-02 00:00", "2022-01-04 00:00", [2, 3]),
    ("2022-01-02 00:00", "2022-01-04 00:01", [2, 3, 4]),
    ("2022-01-02 23:59", "2022-01-03 00:00", [2]),
    ("2022-01-02 23:59", "2022-01-03 00:01", [2, 3]),
    ("2022-01-03 12:00", "2022-01-03 18:00", [3]),
    ("2022-01-05 00:00", None, [5, 6]),
    ("2021-12-20 00:00", "2022-01-01 00:00", []),
    ("2021-12-20 00:00", "2022-01-01 00:01", [1]),
    ("2022-01-07 00:00", "2022-01-09 00:00", []),
    ("2022-01-06 23:59", "2022-01-09 00:00", [6]),
]


def responses(*intervals, region="A", kind="curfew"):
    start, end = zip(*intervals, strict=True)
    return pd.DataFrame(
        {
            "kind": kind,
            "region_id": region,
            "start": pd.to_datetime(pd.Series(start), format="ISO8601"),
            "end": pd.to_datetime(pd.Series(end), format="ISO8601"),
        }
    ).set_axis(pd.Index([f"i{row}" for row in range(len(start))], name="intervention_id"))


@pytest.fixture
def panel():
    return pd.DataFrame(np.ones((6, 2), dtype=int), index=DAYS, columns=["A", "B"])


@pytest.mark.parametrize(("start", "end", "days"), INTERVALS)
def test_days_in_force(start, end, days):
    table = responses((start, end))
    for region in (None, "A"):
        found = [day.day for day in DAYS if len(ps.interventions_in_force(table, day, region_id=region))]
        assert found == days
    assert not any(len(ps.interventions_in_force(table, day, region_id="B")) for day in DAYS)


def test_a_moment_of_a_day_asks_for_the_day():
    table = responses(("2022-01-02 18:00", "2022-01-03 00:00"))
    assert len(ps.interventions_in_force(table, "2022-01-02 06:00")) == 1
    assert len(ps.interventions_in_force(table, "2022-01-03 00:00")) == 0


@pytest.mark.long
@pytest.mark.parametrize(("start", "end", "days"), INTERVALS)
def test_frames_and_the_map_show_the_same_days(panel, regions, start, end, days):
    table = responses((start, end))
    frames = ps.frames(panel, interventions=table)
    assert [frame.date.day for frame in frames if frame.in_force] == days
    lanes = ps.spread_map(panel, regions, interventions=table)._payload["lanes"]
    rows = [[first, last, region] for lane in lanes for first, last, region in lane["rows"]]
    assert rows == ([[days[0] - 1, days[-1] - 1, 0]] if days else [])  # row 0 is the 1st; region 0 is A


@pytest.mark.long
def test_the_first_and_last_row_on_the_map_by_region(panel, regions):
    """Two runs in B with a day between them are two; a response everywhere has the region -1."""
    in_b = [("2022-01-01 09:00", "2022-01-02"), ("2022-01-03", "2022-01-05"), ("2022-01-05", "2022-01-06 12:00")]
    everywhere = responses(("2022-01-04 00:00", "2022-01-05 00:00"), region=None, kind="internet_shutdown")
    table = pd.concat([responses(*in_b, region="B"), everywhere.set_axis(["j"]).rename_axis("intervention_id")])
    lanes = ps.spread_map(panel, regions, interventions=table)._payload["lanes"]
    rows = [sorted(map(list, lane["rows"])) for lane in lanes]
    assert rows == [[[0, 0, 1], [2, 5, 1]], [[3, 3, -1]]]
    assert [list(map(list, lane["spans"])) for lane in lanes] == [[[0.375, 1.0], [2.0, 5.5]], [[3.0, 4.0]]]


def test_weeks_that_a_response_touches(regions):
    weeks = pd.date_range("2022-01-03", periods=3, freq="W-MON", name="date")
    panel = pd.DataFrame(np.ones((3, 2), dtype=int), index=weeks, columns=["A", "B"])
    for start, end, rows, span in [
        ("2022-01-09 23:59", "2022-01-17 00:00", [[0, 1, 0]], [1.0, 2.0]),
        ("2022-01-10 00:00", "2022-01-17 00:00", [[1, 1, 0]], [1.0, 2.0]),
        ("2022-01-10 00:00", "2022-01-20 12:00", [[1, 2, 0]], [1.0, 2.5]),
    ]:
        (lane,) = ps.spread_map(panel, regions, interventions=responses((start, end)))._payload["lanes"]
        assert list(map(list, lane["rows"])) == rows
        assert list(lane["spans"][0]) == pytest.approx(span, abs=2e-3)
