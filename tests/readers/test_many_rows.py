"""Reading with threads, as for many rows, gives the same result as reading without."""

import pandas as pd
import pytest

import protestspread as ps
from protestspread import parallel
from protestspread.readers.sources.source import Source

HEADING = "event_id_cnty,event_date,event_type,latitude,longitude,geo_precision,fatalities\n"


def make_few_many(monkeypatch):
    monkeypatch.setattr(parallel, "MANY", 1)


@pytest.fixture
def many(monkeypatch):
    make_few_many(monkeypatch)


def write(folder, ids, days=None):
    days = days or [f"{1 + i % 28:02d} January 2022" for i in range(len(ids))]
    rows = [f"{name},{days[i]},Protests,43.{i % 9},51.{i % 7},{1 + i % 3},{i % 2}" for i, name in enumerate(ids)]
    path = folder / "acled.csv"
    path.write_text(HEADING + "\n".join(rows) + "\n")
    return path


def test_many_rows_are_read_as_few_are(tmp_path, monkeypatch):
    path = write(tmp_path, [f" RUR{i}" for i in range(500)])
    few = ps.read_events(path)
    make_few_many(monkeypatch)
    pd.testing.assert_frame_equal(ps.read_events(path), few)
    assert few.index[7] == "RUR7"
    assert few["place_precision"].tolist()[:3] == ["town", "area", "region"]


@pytest.mark.parametrize(
    ("ids", "says"), [(["a", "b", " a"], "event_id is not unique: a"), (["a", "", "b"], "missing")]
)
def test_repeated_and_missing_ids_are_found_among_many(tmp_path, many, ids, says):
    with pytest.raises(ps.SchemaError, match=says):
        ps.read_events(write(tmp_path, ids))


def test_all_faults_are_named_in_order_among_many(tmp_path, monkeypatch):
    path = write(tmp_path, ["a", "a", "c"], ["1 January 2022", "31 June 2022", "no day"])
    with pytest.raises(ps.SchemaError) as few:
        ps.read_events(path)
    make_few_many(monkeypatch)
    with pytest.raises(ps.SchemaError) as many:
        ps.read_events(path)
    assert str(many.value) == str(few.value)
    assert "'31 June 2022'" in str(few.value)


def test_ids_repeated_in_the_file_may_be_unique_in_the_filtered_rows(tmp_path, many):
    path = write(tmp_path, ["a", "a", "b"], ["1 January 2022", "5 January 2022", "6 January 2022"])
    assert ps.read_events(path, start="2022-01-05").index.tolist() == ["a", "b"]


@pytest.mark.parametrize("geometry", ["geometry", "wkb"])
def test_a_text_column_named_geometry_is_no_geometry(tmp_path, geometry):
    path = tmp_path / "own.csv"
    path.write_text(f"date,city,{geometry}\n2022-01-02,Aktau,POINT (1 2)\n2022-01-02,,POINT (3 4)\n")
    with pytest.raises(ps.SchemaError, match=r"column 'city': empty.* in 1 of 2 rows"):
        ps.read_events(path)


def test_a_column_named_like_the_index_does_not_replace_its_check():
    rows = pd.DataFrame({"event_id": ["x", "y"], "date": "2022-01-02", "city": "Aktau"}, index=["a", "a"]).astype(
        "string"
    )
    with pytest.raises(ps.SchemaError, match="event_id is not unique: a"):
        ps.read_events(rows.rename_axis("event_id"))


ACLED_ROW = '{id},2 January 2022,{year},{precision},Protests,Peaceful protest,{lat},76.9,1,0,{source},"{actor}"'


def acled_file(path, **first):
    names = "event_id_cnty,event_date,year,time_precision,event_type,sub_event_type,latitude,longitude,geo_precision,fatalities,source,actor1"
    usual = {"year": 2022, "precision": 1, "lat": 43.25, "source": "Gazette", "actor": "Drivers"}
    rows = [ACLED_ROW.format(id=f"K{i}", **(usual | (first if i == 0 else {}))) for i in range(30)]
    path.write_text("\n".join([names, *rows]) + "\n")
    return path


@pytest.mark.parametrize(
    "first",
    [{}, {"source": "", "precision": ""}, {"actor": "Drivers\nof buses"}, {"precision": "2.0"}, {"lat": " 43.250 "}, {"year": ""}],
    ids=str,
)  # fmt: skip
def test_columns_of_a_known_kind_are_read_as_their_texts_are(tmp_path, monkeypatch, first):
    path = acled_file(tmp_path / "e.csv", **first)
    read = ps.read_events(path)
    monkeypatch.setattr(Source, "kinds", lambda *_: {})
    pd.testing.assert_frame_equal(pd.DataFrame(read), pd.DataFrame(ps.read_events(path)), check_exact=True)
    assert read["source"].iloc[1] is read["source"].iloc[2]
    assert read["actor1"].dtype == "str"


@pytest.mark.parametrize("first", [{"lat": '"43,25"'}, {"lat": "north"}, {"lat": ""}, {"lat": "inf"}], ids=str)
def test_faults_of_columns_of_a_known_kind(tmp_path, monkeypatch, first):
    path = acled_file(tmp_path / "e.csv", **first)
    with pytest.raises(ps.SchemaError) as read:
        ps.read_events(path)
    monkeypatch.setattr(Source, "kinds", lambda *_: {})
    with pytest.raises(ps.SchemaError) as text:
        ps.read_events(path)
    assert str(read.value) == str(text.value)


def test_thousands_marks_in_a_column_of_whole_numbers(tmp_path):
    path = tmp_path / "e.csv"
    path.write_text(acled_file(path).read_text().replace(",1,0,Gazette", ',1,"1.200",Gazette'))
    assert (ps.read_events(path)["fatalities"] == 1200).all()
