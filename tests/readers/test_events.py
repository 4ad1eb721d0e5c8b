import geopandas as gpd
import pandas as pd
import pytest
import shapely

import protestspread as ps


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def message(*args, **kwargs):
    with pytest.raises(ps.SchemaError) as caught:
        ps.read_events(*args, **kwargs)
    return str(caught.value)


def test_a_csv_with_coordinates(tmp_path):
    path = write(
        tmp_path / "e.csv",
        "event_id,date,lon,lat,size_low,minor,colour\nx1,2022-01-02,51.2,43.7,100,false,red\nx2,2022-01-03,51.9,47.1,,true,\n",
    )
    events = ps.read_events(path)
    assert events.index.tolist() == ["x1", "x2"]
    assert events.crs == "EPSG:4326"
    assert (events.geometry.x.tolist(), events.geometry.y.tolist()) == ([51.2, 51.9], [43.7, 47.1])
    assert events["size_low"].tolist()[0] == 100
    assert events["minor"].tolist() == [False, True]
    assert events["colour"].tolist()[0] == "red"  # other columns are kept
    assert "lon" not in events


def test_columns_are_mapped(tmp_path):
    path = write(tmp_path / "e.tsv", "Tag\tOrt\n2022-01-02\tЖаңаөзен\n")
    events = ps.read_events(path, columns={"date": "Tag", "city": "Ort"})
    assert events["city"].tolist() == ["Жаңаөзен"]
    assert events.geometry.iloc[0] is None
    assert events.index.tolist() == ["row 1"]


@pytest.mark.parametrize("ending", ["parquet", "gpkg", "geojson", "fgb"])
def test_other_file_types_hold_the_same_events(tmp_path, case, ending):
    some = case.events.head(5)[["date", "city", "event_type", "size_low", "geometry"]].reset_index()
    path = tmp_path / f"e.{ending}"
    some.to_parquet(path) if ending == "parquet" else some.to_file(path, engine="pyogrio")
    events = ps.read_events(path).sort_index()
    assert events.index.tolist() == some["event_id"].tolist()
    assert events["date"].dt.strftime("%F").tolist() == some["date"].dt.strftime("%F").tolist()
    assert events.geometry.geom_equals_exact(some.set_index("event_id").geometry, 1e-9).all()


def test_points_in_another_system_are_converted(case):
    plane = case.events.head(3).to_crs(3857)
    assert ps.read_events(plane).geometry.geom_equals_exact(case.events.head(3).geometry, 1e-6).all()


def test_a_clock_time_moves_to_its_own_column():
    events = ps.read_events(pd.DataFrame({"date": ["2022-01-02T14:30", "2022-01-03"], "city": ["A", "B"]}))
    assert events["date"].tolist() == [pd.Timestamp("2022-01-02"), pd.Timestamp("2022-01-03")]
    assert events["time"].tolist()[0] == "14:30"
    assert pd.isna(events["time"].tolist()[1])


def test_every_faulty_row_is_listed(tmp_path):
    path = write(
        tmp_path / "e.csv",
        "event_id,date,lon,lat,size_low\na,05/01/2022,51,43,10\nb,2022-13-01,51,43,-3\nc,2022-01-03T10:00+05:00,51,,many\na,,inf,43,\n",
    )
    text = message(path)
    assert "column 'date': not a date written as 2022-01-31 in 2 of 4 rows (a, b): '05/01/2022', '2022-13-01'" in text
    assert "dates with a time zone in 1 of 4 rows (c)" in text
    assert "column 'size_low': not a number in 1 of 4 rows (c): 'many'" in text
    assert "event_id is not unique: a" in text
    assert "only one of longitude and latitude is given in 1 of 4 rows (c)" in text
    assert "NaN or infinite coordinates in 1 of" in text
    assert "none was dropped or changed" in text


def test_negative_sizes_and_missing_dates(tmp_path):
    text = message(write(tmp_path / "e.csv", "date,city,size_low\n2022-01-02,A,-5\n,B,1\n"))
    assert "column 'size_low': negative in 1 of 2 rows (row 1)" in text
    assert "column 'date': no date in 1 of 2 rows (row 2)" in text


def test_dates_with_a_zone_in_a_frame():
    frame = pd.DataFrame({"date": pd.to_datetime(["2022-01-02T20:00Z"]), "city": ["A"]})
    assert "carry a time zone" in message(frame)


def test_swapped_coordinates(tmp_path):
    text = message(write(tmp_path / "e.csv", "date,lon,lat\n2022-01-02,43.7,151.2\n2022-01-02,47.1,151.9\n"))
    assert "latitude outside -90...90 in 2 of 2 rows (row 1, row 2); longitude and latitude look swapped" in text


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (
            {"date": ["2022-01-01"]},
            "the columns 'longitude' and 'latitude', or 'city', are missing; the table has date",
        ),
        (
            {"date": ["2022-01-01"], "lat": [1.0]},
            "column 'longitude' is missing, but there is a latitude; the table has date, lat",
        ),
        ({"city": ["A"]}, "column 'date' is missing"),
        (
            {"date": ["2022-01-01"], "city": [None]},
            "column 'city': empty, and the table has no coordinates in 1 of 1 rows",
        ),
        (
            {"date": ["2022-01-01"], "city": ["A"], "minor": ["perhaps"]},
            "column 'minor': neither true nor false in 1 of 1 rows",
        ),
    ],
)
def test_missing_columns_and_values_are_named(table, says):
    assert says in message(pd.DataFrame(table))


def test_points_without_a_reference_system():
    frame = gpd.GeoDataFrame({"date": ["2022-01-01"]}, geometry=[shapely.Point(1, 2)])
    assert "have no reference system" in message(frame)


def test_a_mapped_column_that_is_missing():
    with pytest.raises(ps.FileError, match="there is no column 'Datum'; the table has date, city"):
        ps.read_events(pd.DataFrame({"date": ["2022-01-01"], "city": ["A"]}), columns={"date": "Datum"})


def test_the_callers_frame_is_unchanged():
    frame = pd.DataFrame({"date": ["2022-01-01"], "city": ["A"], "lon": ["1"], "lat": ["2"]})
    before = frame.copy()
    ps.read_events(frame)
    pd.testing.assert_frame_equal(frame, before)


def test_empty_text_in_a_frame_is_missing():
    rows = pd.DataFrame(
        {"date": ["2022-01-02", "2022-01-03"], "city": ["Aktau", ""], "longitude": ["", "51.2"], "latitude": ["", "43.6"],
         "size_low": ["", "10"], "minor": ["", "true"], "note": ["", "x"]}
    )  # fmt: skip
    for frame in (rows, rows.astype(object), rows.astype("string")):
        kept = frame.copy()
        events = ps.read_events(frame)
        pd.testing.assert_frame_equal(frame, kept)
        assert events["size_low"].isna().tolist() == [True, False]
        assert events["city"].isna().tolist() == [False, True]
        assert events["minor"].tolist() == [False, True]
        assert events["note"].tolist() == ["", "x"]  # other columns are unchanged
    with pytest.raises(ps.SchemaError, match="empty geometry"):
        ps.read_events(rows.assign(city=""))
    with pytest.raises(ps.SchemaError, match="no date"):
        ps.read_events(rows.assign(date=""))


def test_a_missing_column_error_says_how_to_name_it():
    with pytest.raises(ps.SchemaError, match=r"Fix: name the columns of the file with columns=\{\'date\'"):
        ps.read_events(pd.DataFrame({"when": ["2022-01-02"], "city": ["Aktau"]}), columns={"note": "when"})
