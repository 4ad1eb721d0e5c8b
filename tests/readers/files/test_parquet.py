import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

import protestspread as ps


def test_the_case_is_read_back_unchanged(tmp_path, case):
    ps.write_events(case.events, tmp_path / "e.parquet")
    again = ps.read_events(tmp_path / "e.parquet")
    pd.testing.assert_frame_equal(pd.DataFrame(again), pd.DataFrame(case.events), check_column_type=False)
    assert again.crs == case.events.crs
    assert {"lost": case.events.attrs["lost"]}.items() <= again.attrs.items()


texts = st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=6)


@pytest.mark.long
@given(
    st.lists(
        st.tuples(st.dates(pd.Timestamp("1700-01-01").date(), pd.Timestamp("2199-12-31").date()), st.floats(-180, 180), st.floats(-90, 90), texts,
                  st.none() | st.floats(0, 1e6), st.booleans(), st.sampled_from(["a", "b"])),
        max_size=6,
    ),
    st.sampled_from(["datetime64[s]", "datetime64[ms]", "datetime64[us]", "datetime64[ns]"]),
)  # fmt: skip
def test_any_events_are_read_back_with_values_dtypes_and_order(tmp_path_factory, rows, unit):
    days, lon, lat, notes, sizes, minor, kinds = zip(*rows, strict=True) if rows else [[]] * 7
    events = gpd.GeoDataFrame(
        {
            "zeta": pd.array([None if size is None else int(size) for size in sizes], dtype="Int64"),
            "note": pd.Series(list(notes), dtype=object),
            "date": pd.Series(pd.to_datetime(list(days)), dtype="datetime64[s]").astype(unit),
            "kind": pd.Categorical(list(kinds), categories=["b", "a"], ordered=True),
            "minor": np.array(minor, dtype=bool),
            "size_low": np.array(sizes, dtype=float),
            "text": pd.array(list(notes), dtype="string"),
            "small": np.arange(len(rows), dtype=np.int8),
            "geometry": gpd.points_from_xy(lon, lat),
        },
        crs=4326,
    )
    events.index = pd.Index([f"e{i}" for i in range(len(rows))], name="event_id", dtype=object)
    events["place"] = "somewhere"
    path = tmp_path_factory.mktemp("parquet") / "e.parquet"
    ps.write_events(events, path)
    again = ps.read_events(path)
    pd.testing.assert_frame_equal(
        pd.DataFrame(again).drop(columns="geometry"), pd.DataFrame(events).drop(columns="geometry")
    )
    assert list(again.columns) == list(events.columns)
    assert (shapely.to_wkb(again.geometry.to_numpy()) == shapely.to_wkb(events.geometry.to_numpy())).all()


def test_events_without_a_point(tmp_path):
    events = ps.read_events(pd.DataFrame({"date": ["2022-01-02"], "city": ["A"]}))
    ps.write_events(events, tmp_path / "e.geoparquet")
    assert ps.read_events(tmp_path / "e.geoparquet").geometry.tolist() == [None]


DAYS = pd.to_datetime(["2022-01-02 10:00:00.123456789", "2022-01-03 00:00:00.000000000", None])
COLUMNS = {
    "Int8": pd.array([1, None, 3], dtype="Int8"),
    "UInt16": pd.array([1, None, 3], dtype="UInt16"),
    "Float32": pd.array([1, None, 3], dtype="Float32"),
    "boolean": pd.array([True, None, False], dtype="boolean"),
    "float32": np.array([1, np.nan, 3], dtype="float32"),
    "uint64": np.array([1, 2, 2**63], dtype="uint64"),
    "category of text": pd.Categorical(["a", None, "b"], categories=["z", "b", "a"]),
    "category of numbers": pd.Categorical([3, 1, None], ordered=True),
    "category of moments": pd.Categorical(DAYS),
    "seconds": DAYS.astype("datetime64[s]"),
    "nanoseconds": DAYS,
    "zoned, of another column": DAYS.tz_localize("Asia/Almaty"),
    "timedelta": pd.to_timedelta([1, 2, None], unit="D"),
    "text in Arrow": pd.array(["a", None, "b"], dtype="string[pyarrow]"),
    "text in Python": pd.array(["a", None, "b"], dtype="string[python]"),
    "nothing": np.array([None] * 3, dtype=object),
    "months": pd.period_range("2022-01", periods=3, freq="M"),
}


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize("rows", [3, 0])
def test_every_dtype_is_read_back_also_of_an_empty_table(tmp_path, name, rows):
    events = gpd.GeoDataFrame(
        {"date": pd.to_datetime(["2022-01-02"] * 3), name: COLUMNS[name]},
        geometry=gpd.points_from_xy([1, 2, 3], [1, 2, 3]),
        index=pd.Index(["a", "b", "c"], name="event_id", dtype=object),
        crs=4326,
    ).iloc[:rows]
    ps.write_events(events, tmp_path / "e.parquet")
    again = ps.read_events(tmp_path / "e.parquet")
    pd.testing.assert_frame_equal(pd.DataFrame(again), pd.DataFrame(events))


def test_dates_with_a_zone_are_not_written(tmp_path, events):
    zoned = events.assign(date=events["date"].dt.tz_localize("UTC"))
    with pytest.raises(ps.SchemaError, match="carry a time zone"):
        ps.write_events(zoned, tmp_path / "e.parquet")


def test_tables_that_cannot_be_written(tmp_path, events):
    with pytest.raises(
        ps.FileError, match=r"e\.csv: expected a name that ends in \.parquet or \.geoparquet; found the ending '\.csv'"
    ):
        ps.write_events(events, tmp_path / "e.csv")
    with pytest.raises(ps.DataError, match=r"column 'odd' holds mixed.*\n.*column 'odder' holds mixed"):
        ps.write_events(events.assign(odd=[1, "x", None], odder=[{}, {}, {}]), tmp_path / "e.parquet")
    spans = pd.Categorical(pd.to_timedelta(range(len(events)), unit="D"))
    with pytest.raises(ps.DataError, match="'span' holds categories of durations"):
        ps.write_events(events.assign(span=spans), tmp_path / "e.parquet")
    with pytest.raises(ps.SchemaError):
        ps.write_events(events.drop(columns="date"), tmp_path / "e.parquet")
    assert list(tmp_path.iterdir()) == []


def test_a_parquet_file_from_elsewhere(tmp_path):
    frame = pd.DataFrame({"date": pd.to_datetime(["2022-01-02T10:00"]), "lon": [1.0], "lat": [2.0], "size_low": [3]})
    frame.to_parquet(tmp_path / "e.parquet")
    events = ps.read_events(tmp_path / "e.parquet")
    assert (events["time"].tolist(), events["size_low"].tolist()) == (["10:00"], [3])
    assert list(ps.read_events(tmp_path / "e.parquet", only=["date", "lon", "lat"]).columns) == [
        "date",
        "time",
        "geometry",
    ]


def test_bombs_are_not_read(tmp_path):
    rows = 30_000_000
    table = pa.table(
        {"date": pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, dtype=np.int8)), pa.array(["2022-01-02"]))}
    )
    pq.write_table(table, tmp_path / "e.parquet", compression="zstd")
    assert (tmp_path / "e.parquet").stat().st_size < rows
    with pytest.raises(ps.FileError, match=r"e\.parquet: expected at most one row per byte; found 30,000,000 rows"):
        ps.read_events(tmp_path / "e.parquet")


def test_damaged_dtypes_are_an_error(tmp_path, events):
    ps.write_events(events, tmp_path / "e.parquet")
    table = pq.read_table(tmp_path / "e.parquet")
    for note in (
        {"dtypes": {"date": "nonsense"}, "columns": [], "index": ["x", "y"]},
        {"dtypes": []},
        {"dtypes": {"date": "int8"}},
    ):
        pq.write_table(
            table.replace_schema_metadata({**table.schema.metadata, b"protestspread": json.dumps(note).encode()}),
            tmp_path / "f.parquet",
        )
        with pytest.raises(ps.FileError, match=r"f\.parquet: the stored dtypes are damaged"):
            ps.read_events(tmp_path / "f.parquet")
