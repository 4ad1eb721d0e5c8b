import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import protestspread as ps

rows = st.lists(
    st.tuples(
        st.integers(0, 6),
        st.sampled_from([0.0, 0.005, 0.01, 0.02, 0.021, 1.0]),
        st.sampled_from([0.0, 0.008, 1.0]),
        st.sampled_from(["a", "b", None]),
    ),
    max_size=14,
)


def table(rows):
    days, lon, lat, kinds = zip(*rows, strict=True) if rows else [[]] * 4
    return gpd.GeoDataFrame(
        {
            "date": pd.Timestamp("2022-01-01") + pd.to_timedelta(np.array(days, dtype=int), unit="D"),
            "event_type": pd.Series(list(kinds), dtype=object).to_numpy(),
        },
        index=pd.Index([f"e{i}" for i in range(len(rows))], name="event_id", dtype=object),
        geometry=gpd.points_from_xy(lon, lat),
        crs=4326,
    )


def by_hand(rows, within_km, within_days):
    """Merge each event, in the order of days, into the first event kept within reach."""
    leaders, into = [], {}
    for i in sorted(range(len(rows)), key=lambda i: rows[i][0]):
        for j in leaders:
            km = float(ps.great_circle_km(*rows[i][1:3], *rows[j][1:3]))
            if km <= within_km and rows[i][0] - rows[j][0] <= within_days and rows[i][3] == rows[j][3]:
                into[f"e{i}"] = f"e{j}"
                break
        else:
            leaders.append(i)
    return into


@given(rows, st.sampled_from([0.0, 0.6, 1.2, 3.0]), st.integers(0, 3))
def test_merges_equal_those_by_hand(rows, within_km, within_days):
    events = table(rows)
    result = ps.deduplicate(events, within_km=within_km, within_days=within_days)
    assert result.merges["kept"].to_dict() == by_hand(rows, within_km, within_days)
    assert (
        len(result.events) + len(result.merges)
        == len(events)
        == int(result.events["reports"].sum() if len(events) else 0)
    )
    assert (result.merges["km"] <= within_km).all()
    assert result.merges["days"].between(0, within_days).all()
    assert result.events.index.tolist() == [i for i in events.index if i not in result.merges.index]


def test_events_without_a_point_are_compared_by_city():
    events = ps.read_events(
        pd.DataFrame(
            {
                "date": ["2022-01-02"] * 4,
                "city": ["A", "A", "B", None],
                "lon": [None, None, None, 0.5],
                "lat": [None, None, None, 0.0],
            }
        )
    )
    result = ps.deduplicate(events, within_km=1)
    assert result.merges["kept"].to_dict() == {"row 2": "row 1"}


def test_columns_that_must_be_equal(events):
    two = pd.concat([events, events.rename(index=lambda name: name + "x")]).assign(source=list("aaabab"))
    two.index.name = "event_id"
    assert len(ps.deduplicate(two, within_km=0).merges) == 3
    assert ps.deduplicate(two, within_km=0, same=["source"]).merges.index.tolist() == ["e2x"]
    with pytest.raises(ps.DataError, match="no column 'colour'"):
        ps.deduplicate(two, within_km=0, same=["colour"])
    with pytest.raises(ps.DataError, match="within_km must be a number of at least 0; got -1"):
        ps.deduplicate(two, within_km=-1)


def test_many_reports_of_one_place_are_fast():
    rows = [(day % 300, 0.0, 0.0, "a") for day in range(60_000)]
    result = ps.deduplicate(table(rows), within_km=5, within_days=1)
    assert len(result.events) == 150


def test_the_events_are_unchanged(case):
    before = case.events.copy()
    ps.deduplicate(case.events, within_km=10, within_days=1)
    pd.testing.assert_frame_equal(pd.DataFrame(case.events), pd.DataFrame(before))
