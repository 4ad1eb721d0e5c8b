"""What the user can say of a file, and what happens to its faulty rows."""

import pandas as pd
import pytest

import protestspread as ps

ROWS = pd.DataFrame({"date": ["2022-01-02", "2022-01-03"], "city": ["A", "B"]})


@pytest.mark.parametrize(
    ("pattern", "texts"),
    [("%d.%m.%Y", ["02.01.2022", "3.1.2022"]), ("%m/%d/%y", ["01/02/22", "1/3/22"]), ("%d %B %Y", ["2 January 2022", "03 January 2022"])],
)  # fmt: skip
def test_dates_in_the_format_that_is_told(pattern, texts):
    events = ps.read_events(ROWS.assign(date=texts), date_format=pattern)
    assert events["date"].dt.strftime("%F").tolist() == ["2022-01-02", "2022-01-03"]


def test_a_clock_time_in_a_told_format_moves_to_its_column():
    events = ps.read_events(ROWS.assign(date=["02.01.2022 14:30", "03.01.2022 00:00"]), date_format="%d.%m.%Y %H:%M")
    assert events["date"].dt.strftime("%F").tolist() == ["2022-01-02", "2022-01-03"]
    assert events["time"].iloc[0] == "14:30"


@pytest.mark.parametrize(
    ("texts", "proposal"),
    [
        (["31.01.2022", "3.2.2022"], "pass date_format='%d.%m.%Y'"),
        (["01/02/2022", "03/04/2022"], "pass date_format='%d/%m/%Y' or date_format='%m/%d/%Y', whichever the table uses"),
        (["13/02/2022", "03/04/2022"], "pass date_format='%d/%m/%Y'"),
        (["soon", "later"], "pass their format, as in date_format='%d.%m.%Y'"),
    ],
)  # fmt: skip
def test_dates_in_another_format_are_an_error_that_proposes_it(texts, proposal):
    with pytest.raises(ps.SchemaError) as caught:
        ps.read_events(ROWS.assign(date=texts))
    assert proposal in str(caught.value)


@pytest.mark.parametrize("pattern", ["%d", "%m.%Y", "mixed", "ISO8601", "%d.%m.%Y %z", "x", ""])
def test_a_format_without_a_day_month_and_year_is_refused(pattern):
    with pytest.raises(ps.DataError, match="date_format must"):
        ps.read_events(ROWS, date_format=pattern)


def test_all_invalid_options_are_named_at_once():
    with pytest.raises(ps.DataError) as caught:
        ps.read_events(ROWS, encoding="utf-9", crs="EPSG:0", keep="some", layer=3, columns={"date": 1}, count=True)
    for name in ("encoding", "crs", "keep", "layer", "columns", "count"):
        assert f"- {name} must be" in str(caught.value)
    with pytest.raises(ps.DataError, match="on_fault must be 'error' or 'set_aside'; got 'ignore'"):
        ps.read_events(ROWS, on_fault="ignore")


@pytest.mark.parametrize("day", ["03.01.2022", 20220103, "2022", "soon", pd.Timestamp("2022-01-03", tz="UTC")])
def test_limits_of_days_are_not_guessed(day):
    with pytest.raises(ps.DataError, match="start must be a"):
        ps.read_events(ROWS, start=day)
    with pytest.raises(ps.DataError, match="end must be a"):
        ps.screen_events(ROWS, end=day)


def test_case_spaces_and_marks_of_column_names_do_not_matter():
    rows = pd.DataFrame({"Event ID": ["x"], "DATE": ["2022-01-02"], "Lon": ["1.5"], " Latitude": ["2"], "Size.Low": ["5"], "EventType": ["march"]})  # fmt: skip
    events = ps.read_events(rows)
    assert events.index.tolist() == ["x"]
    assert events[["size_low", "event_type"]].iloc[0].tolist() == [5, "march"]
    mapped = ps.read_events(ROWS.rename(columns={"date": "Tag"}), columns={"date": "tag"})
    assert mapped["date"].tolist() == ps.read_events(ROWS)["date"].tolist()


def test_an_exact_name_comes_before_a_similar_one():
    events = ps.read_events(ROWS.assign(Date="x", CITY="y"))
    assert events["city"].tolist() == ["A", "B"]
    assert events[["Date", "CITY"]].iloc[0].tolist() == ["x", "y"]


def test_a_table_that_is_aggregated_already():
    events = ps.read_events(ROWS.assign(Anzahl=["3", "1.200"]), count="anzahl")
    assert events["count"].tolist() == [3, 1200]
    assert pd.api.types.is_integer_dtype(events["count"])
    assert len(events) == 2
    for bad in ("-1", "", "2.5", "many"):
        with pytest.raises(ps.SchemaError, match=r"column 'count': .* in 1 of 2 rows \(row 2\)"):
            ps.read_events(ROWS.assign(n=["3", bad]), count="n")
    with pytest.raises(ps.FileError, match="there is no column 'n'"):
        ps.read_events(ROWS, count="n")


def test_counts_are_summed_by_day_and_place(regions):
    rows = pd.DataFrame({"date": "2022-01-02", "lon": [0.5, 0.6], "lat": 0.5, "n": [3, 4]})
    events = ps.locate_events(ps.read_events(rows, count="n"), regions)
    assert ps.count_events(events, regions, weight="count").loc["2022-01-02", "A"] == 7


def test_faulty_rows_are_set_aside_and_counted_by_reason(tmp_path):
    path = tmp_path / "e.csv"
    path.write_text(
        "date,city,size_low,size_high\n2022-01-02,A,1,2\nsoon,B,,\n2022-01-03,,,\n2022-01-04,D,9,2\n2022-01-05,E,x,\n1,2,3,4,5\n"
    )
    with pytest.raises(ps.FileError, match="expected 4 fields; found 5"):
        ps.read_events(path)
    with pytest.warns(ps.ProtestSpreadWarning) as caught:
        events = ps.read_events(path, on_fault="set_aside")
    assert events["city"].tolist() == ["A", "D", "E"]
    assert events["size_low"].isna().tolist() == [False, True, True]
    assert events.attrs["set_aside"] == {
        "column 'date': not a date written as 2022-01-31": 1,
        "column 'city': empty, and the table has no coordinates": 1,
        "expected 4 fields; found 5": 1,
    }
    assert events.attrs["left_blank"] == {"size_high": 1, "size_low": 1}
    lost, blank = (str(warning.message) for warning in caught)
    assert lost.startswith("read_events: 3 of 6 events are not in the result: 1 column 'date'")
    assert "size_low above size_high; left blank in 1 rows (row 4)" in blank
    ps.check_events(events)
    screening = ps.screen_events(path)
    assert screening.rejected["row"].tolist() == [2, 3, 6]
    assert screening.events.equals(events)


def test_a_missing_column_is_an_error_also_if_rows_are_set_aside():
    with pytest.raises(ps.SchemaError, match="column 'date' is missing"):
        ps.read_events(ROWS.drop(columns="date"), on_fault="set_aside")


def test_free_text_is_left_out_and_named_unless_all_is_kept(data):
    path = data / "acled_current.csv"
    events, everything = ps.read_events(path), ps.read_events(path, keep="all")
    assert events.attrs["columns_left_out"] == ["notes"]
    assert "columns_left_out" not in everything.attrs
    pd.testing.assert_frame_equal(pd.DataFrame(everything.drop(columns="note")), pd.DataFrame(events))
    assert "note" in ps.read_events(path, only=["event_date", "latitude", "longitude", "event_type", "sub_event_type", "geo_precision", "notes"])  # fmt: skip
    assert "notes" in ps.screen_events(path, start="2022-01-05").rejected
    assert "note" not in ps.screen_events(path).events


def test_sizes_in_the_notes_of_old_exports_are_read_also_without_the_notes(data):
    path = data / "acled_before_2023.csv"
    events, everything = ps.read_events(path), ps.read_events(path, keep="all")
    assert events["size_low"].tolist()[0] == 100
    assert events["size_text"].tolist() == everything["size_text"].tolist()
    assert "note" not in events
    assert "note" in everything


def test_ones_own_table_keeps_its_notes():
    assert ps.read_events(ROWS.assign(note="x", notes="y"))[["note", "notes"]].iloc[0].tolist() == ["x", "y"]


def test_ones_own_numbers_are_numbers_but_codes_are_text(tmp_path):
    path = tmp_path / "e.csv"
    path.write_text(
        "date,city,VIO,share,fips,gap,word,id,source\n"
        "2022-01-02,A,1,0.5,01001,5,x,12345678901234567890,1\n2022-01-03,B,0,1,48001,,2,2,2\n"
    )
    events = ps.read_events(path)
    assert events[events.VIO == 1].index.tolist() == ["row 1"]
    assert events["share"].tolist() == [0.5, 1]
    assert events["fips"].tolist() == ["01001", "48001"]  # a leading zero
    assert events["gap"].isna().tolist() == [False, True]
    assert events["word"].tolist() == ["x", "2"]
    assert events["id"].tolist() == ["12345678901234567890", "2"]  # a float would round it
    assert events["source"].tolist() == ["1", "2"]  # a standard column of text


def test_event_and_region_ids_of_whole_numbers_have_no_decimal_point():
    events = ps.read_events(ROWS.assign(event_id=[12.0, 13.0], region_id=[7.0, None]))
    assert events.index.tolist() == ["12", "13"]
    assert events["region_id"].iloc[0] == "7"
    assert ps.read_events(ROWS.assign(event_id=["12.5", "13.0"])).index.tolist() == ["12.5", "13.0"]


def test_points_without_a_reference_system_are_in_the_one_that_is_told(case):
    plane = case.events.head(3)[["date", "geometry"]].to_crs(3857).set_crs(None, allow_override=True)
    events = ps.read_events(plane, crs=3857)
    assert events.geometry.geom_equals_exact(case.events.head(3).geometry, 1e-6).all()
    named = case.events.head(3)[["date", "geometry"]]
    assert ps.read_events(named, crs=3857).geometry.geom_equals(named.geometry).all()  # it names one already
    assert ps.read_events(ROWS.assign(lon=1.0, lat=2.0), crs=3857).geometry.x.tolist() == [1, 1]


@pytest.mark.parametrize("rows", [{"lon": [0.0, 1.0], "lat": [0.0, 1.0]}, {"lon": ["0", "1"], "lat": ["0.0", "1"]}])
def test_zero_zero_is_no_place(rows):
    with pytest.raises(ps.SchemaError, match=r"both 0, which stands for 'unknown'.* in 1 of 2 rows \(row 1\)"):
        ps.read_events(ROWS.assign(**rows))
    assert ps.screen_events(ROWS.assign(**rows)).rejected["row"].tolist() == [1]


def test_longitudes_beyond_180_are_named():
    with pytest.raises(ps.SchemaError, match=r"longitude outside -180...180 in 1 of 2 rows \(row 2\); subtract 360"):
        ps.read_events(ROWS.assign(lon=[1, 190], lat=2))


def test_dates_in_the_future_are_named():
    rows = ROWS.assign(date=["2022-01-02", "2190-01-01"])
    with pytest.warns(ps.DataWarning, match=r"1 of 2 events are dated in the future \(row 2\)"):
        ps.read_events(rows)
    assert ps.screen_events(rows).concerned["future_date"].tolist() == ["row 2"]


@pytest.mark.parametrize("path", ["", "  ", None, 3, b"e.csv", [], [""], [None], object()])
def test_no_path_reads_nothing(path, tmp_path, monkeypatch):
    (tmp_path / "private.csv").write_text("date,city\n2022-01-02,A\n")
    monkeypatch.chdir(tmp_path)
    for read in (ps.read_events, ps.screen_events, ps.read_cities, ps.read_links, ps.read_coverage):
        with pytest.raises(ps.FileError):
            read(path)
    with pytest.raises(ps.FileError, match="path_or_frame must be the path of a file"):
        ps.read_regions(path, region_id="x")


def test_a_wrong_encoding_is_told_with_its_byte_its_row_and_another(tmp_path):
    path = tmp_path / "e.csv"
    path.write_bytes(b"date,city\n2022-01-01,A\n2022-01-02,K\xf6ln\n")
    with pytest.raises(ps.FileError, match=r"not utf-8: byte 0xf6 in line 3 \(row 2\)[\s\S]*encoding='cp1252'"):
        ps.read_events(path)
    assert ps.read_events(path, encoding="cp1252")["city"].tolist() == ["A", "Köln"]
    path.write_bytes("date,city\n2022-01-01,Łódź\n".encode())
    with pytest.raises(ps.FileError, match=r"not ascii: byte 0xc5 in line 2[\s\S]*encoding='utf-8'"):
        ps.read_events(path, encoding="ascii")


def test_events_that_the_library_wrote_are_read_back_without_doubt(tmp_path):
    events = ps.read_events(ROWS.assign(lon=1.0, lat=2.0))
    events["date"] = pd.to_datetime(["2022-01-02", "2190-01-01"])
    events = events.set_geometry(events.geometry.translate(-1, -2))
    ps.write_events(events, tmp_path / "e.parquet")
    pd.testing.assert_frame_equal(pd.DataFrame(ps.read_events(tmp_path / "e.parquet")), pd.DataFrame(events))
