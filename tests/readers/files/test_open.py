import pytest

import protestspread as ps
from protestspread.readers.files.open import open_table


@pytest.mark.parametrize(
    "path",
    [
        "https://example.org/e.csv",
        "file:///e.csv",
        "/vsicurl/http://x/e.gpkg",
        "/vsizip/e.zip/e.csv",
        "s3://b/e.parquet",
        "e.vrt",
        "E.VRT",
    ],
)
def test_urls_and_virtual_paths_are_refused(path):
    with pytest.raises(
        ps.FileError, match="expected the path of a local file; found a URL, a virtual path or a VRT file"
    ):
        open_table(path)


def test_a_vrt_under_another_name_is_refused(tmp_path):
    path = tmp_path / "e.geojson"
    path.write_text(
        '<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'
    )
    with pytest.raises(ps.FileError, match="found a web page or other markup"):
        open_table(path)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("e.docx", "e.docx: expected one of the endings .*; found '.docx'"),
        ("e", "e: expected a file or folder; found none"),
        ("e.csv", "e.csv: expected a file; found none"),
    ],
)
def test_unknown_and_missing_files(tmp_path, name, says):
    with pytest.raises(ps.FileError, match=says):
        open_table(tmp_path / name)


@pytest.mark.parametrize("ending", ["parquet", "gpkg", "geojson", "fgb", "shp", "csv"])
def test_files_of_another_type_than_their_ending(tmp_path, ending):
    path = tmp_path / f"e.{ending}"
    path.write_bytes(b"\x00\xff\xfe nonsense \x00" * 5)
    with pytest.raises(ps.FileError, match=rf"e\.{ending}: expected "):
        open_table(path)


def test_text_stays_text(tmp_path):
    path = tmp_path / "e.csv"
    path.write_text("code,name\n007,NA\n1e5,\n", encoding="utf-8-sig")
    table = open_table(path)
    assert table["code"].tolist() == ["007", "1e5"]
    assert table["name"].tolist()[0] == "NA"  # the code of Namibia, not a missing value
    assert table["name"].isna().tolist() == [False, True]


def test_drivers_are_an_allow_list(tmp_path):
    path = tmp_path / "e.json"
    path.write_text(
        '{"geometryType":"esriGeometryPoint","spatialReference":{"wkid":4326},"fields":[{"name":"date","type":"esriFieldTypeString"}],'
        '"features":[{"attributes":{"date":"2022-01-02"},"geometry":{"x":1,"y":2}}]}'
    )
    with pytest.raises(
        ps.FileError, match=r"a file that GDAL opens as ESRIJSON \(allowed: ESRI Shapefile, FlatGeobuf, GPKG"
    ):
        open_table(path)


@pytest.mark.parametrize(
    "path",
    [
        "a\0b.csv",
        "x" * 5000 + ".csv",
        "data/[.csv",
        "a**b/*.csv",
        "\\vsicurl\\x/*.csv",
        "s3://x/*.csv",
        "/vsizip/*.csv",
    ],
)
def test_impossible_paths(path):
    with pytest.raises(ps.FileError, match=r": expected [\s\S]*; found"):
        ps.read_events(path)


def test_a_file_name_may_look_like_a_pattern(tmp_path):
    (tmp_path / "e[1].csv").write_text("date,city\n2022-01-02,A\n")
    assert len(ps.read_events(tmp_path / "e[1].csv")) == 1
