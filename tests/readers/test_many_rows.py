"""Reading with threads, as for many rows, gives the same result as reading without."""

import pandas as pd
import pytest

import protestspread as ps
from protestspread import parallel
from protestspread.readers.files import csv_files

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


def test_columns_read_as_codes_are_read_as_their_texts_are(tmp_path, monkeypatch):
    path = tmp_path / "e.csv"
    rows = [
        f'x{i},2022-01-{1 + i % 28:02d},"a ""b""\nc{i % 3}",{i % 4},,{i / 7},{"" if i % 5 else "z"}' for i in range(400)
    ]
    path.write_text("event_id,date,city,size_low,empty,share,rare\n" + "\n".join(rows) + "\n")
    plain = ps.read_events(path)
    monkeypatch.setattr(csv_files, "_CODED_BYTES", 0)
    coded = ps.read_events(path)
    pd.testing.assert_frame_equal(pd.DataFrame(coded), pd.DataFrame(plain))
    assert coded["city"].iloc[0] is coded["city"].iloc[3]
    assert coded["size_low"].tolist() == [i % 4 for i in range(400)]
    assert ps.screen_events(path).rows == 400


@pytest.mark.parametrize("line", ['"open,2022-01-02\n', "a,b,c\n"])
def test_faults_of_columns_read_as_codes(tmp_path, monkeypatch, line):
    path = tmp_path / "e.csv"
    path.write_text("city,date\n" + "A,2022-01-02\n" * 50 + line + "A,2022-01-02\n" * 50)
    with pytest.raises(ps.FileError) as plain:
        ps.read_events(path)
    monkeypatch.setattr(csv_files, "_CODED_BYTES", 0)
    with pytest.raises(ps.FileError) as coded:
        ps.read_events(path)
    assert str(coded.value) == str(plain.value)
