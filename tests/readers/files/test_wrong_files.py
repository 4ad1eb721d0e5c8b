"""Wrong files of many kinds: the error says what was expected, what was found, and how to fix it."""

import gzip
import io
import tempfile
import zipfile
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

import protestspread as ps
from protestspread.readers.files import archives

CSV = b"date,city\n2022-01-02,A\n"
OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100)
TEXT = "expected a text table"
POINTS = gpd.GeoDataFrame({"date": ["2022-01-02"]}, geometry=[shapely.Point(1, 2)], crs=4326)


def workbook():
    pytest.importorskip("openpyxl")
    buffer = io.BytesIO()
    pd.read_csv(io.BytesIO(CSV)).to_excel(buffer, index=False)
    return buffer.getvalue()


def parquet():
    buffer = io.BytesIO()
    pd.read_csv(io.BytesIO(CSV)).to_parquet(buffer)
    return buffer.getvalue()


def geopackage():
    with tempfile.TemporaryDirectory() as folder:
        POINTS.to_file(Path(folder) / "e.gpkg")
        return (Path(folder) / "e.gpkg").read_bytes()


def archive(**members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name.replace("_", "."), content)
    return buffer.getvalue()


WRONG = [
    # name, content, expected, found, fix
    *(
        (f"e.{ending}", b"", "expected a", r"an empty file \(0 bytes\)", "download or copy the file again")
        for ending in ("csv", "tsv", "tab", "parquet", "xlsx", "gpkg", "shp", "fgb", "zip", "csv.gz")
    ),
    ("e.geojson", b"", "expected GeoJSON", r"an empty file \(0 bytes\)", "again"),
    ("e.csv", b"\n \n", TEXT, "only blanks", "again"),
    ("e.csv", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", TEXT, "a PDF document", "export the table as CSV"),
    ("e.csv", b"<!DOCTYPE html>\n<html><body>Sign in, please", TEXT, "a web page .*'<!DOCTYPE html>", "sign in"),
    ("e.csv", b"\xef\xbb\xbf\n<?xml version='1.0'?><Error/>", TEXT, "a web page or other markup", "download the table"),
    ("e.csv", b'{"error": "token, expired"}', TEXT, "JSON: '{\"error\"", "pandas.read_json"),
    ("e.csv", workbook, TEXT, "an Excel workbook", "rename it to e.xlsx"),
    ("e.csv", OLD_EXCEL, TEXT, r"an old Excel workbook \(.xls\)", "save it as .xlsx"),
    ("e.csv", archive(a_csv=CSV), TEXT, "a zip archive of a.csv", "rename it to e.zip"),
    ("e.csv", gzip.compress(CSV, mtime=0), TEXT, "a gzip file", "rename it to e.csv.gz"),
    ("e.csv", parquet, TEXT, "a Parquet file", "rename it to e.parquet"),
    ("e.csv.gz", gzip.compress(b"%PDF-1.7", mtime=0), TEXT, "a PDF document", "export the table"),
    ("e.csv", "date,city\n2022-01-02,Köln\n".encode("cp1252"), TEXT, "text that is not utf-8", "encoding='cp1252'"),
    ("e.xlsx", CSV, "expected an Excel workbook", "text: 'date,city", "rename it to e.csv"),
    ("e.xlsx", OLD_EXCEL, "expected an Excel workbook", "an old Excel workbook .*password", "without a password"),
    ("e.xlsx", archive(a_csv=CSV), "expected an Excel workbook", "a zip archive of a.csv", "rename it to e.zip"),
    ("e.xlsx", archive(content_xml="x"), "expected an Excel workbook", "an office document", ".xlsx"),
    ("e.xlsx", lambda: workbook()[:-99], "expected an Excel workbook", "a truncated or damaged", "again"),
    ("e.parquet", CSV, "expected a Parquet file", "text: 'date,city", "rename it to e.csv"),
    ("e.parquet", lambda: parquet()[:-30], "expected a Parquet file", "a truncated one", "again"),
    ("e.csv.gz", CSV, "expected a gzip file", "text: 'date,city", "rename it to e.csv"),
    ("e.csv.gz", gzip.compress(CSV * 99, mtime=0)[:-9], "expected a gzip file", "a truncated or damaged", "again"),
    ("e.zip", CSV, "expected a zip archive", "text: 'date,city", "rename it to e.csv"),
    ("e.zip", archive(a_csv=CSV)[:-30], "expected a zip archive", "a truncated or damaged", "again"),
    ("e.zip", archive(a_csv=CSV, b_csv=CSV), "expected one table in it", "2: a.csv, b.csv", "path of the table"),
    ("e.zip", archive(a_pdf=b"x"), "expected one table in it", "none: a.pdf", "a zip file with one table in it"),
    ("e.gz", gzip.compress(CSV, mtime=0), "expected the ending of a table before .gz", "''", "rename it after"),
    ("e.geojson", CSV, "expected GeoJSON", "text: 'date,city", "rename it to e.csv"),
    ("e.json", b'{"a": [1, 2]}', "expected GeoJSON", "other contents: '{\"a\": ", "export it as GeoPackage"),
    ("e.json", b'[{"date": "2022-01-02"}]', "expected GeoJSON", "JSON: ", "pandas.read_json"),
    ("e.geojson", b'{"type":"FeatureCollection","features":[{', "expected GeoJSON", "one that cannot be parsed", "damaged"),
    ("e.geojson", b"<OGRVRTDataSource/>", "expected GeoJSON", "markup: '<OGRVRTDataSource/>'", "download the table"),
    ("e.gpkg", lambda: geopackage()[:5000], "expected a GeoPackage", "one that cannot be parsed", "damaged"),
    ("e.gpkg", b"\x01\x02\x03", "expected a GeoPackage", r"begins with b'\\x01", "the ending of its type"),
    ("e.xls", OLD_EXCEL, "expected one of the endings .csv", "'.xls'", "save it as .xlsx"),
    ("e.dta", b"x", "expected one of the endings .csv", "'.dta'", "pandas.read_stata"),
    ("e.docx", b"x", "expected one of the endings .csv", "'.docx'", r"such as CSV \(UTF-8\)"),
    ("e.csv", b"20220102\t1\n", "'date'", "the table has 20220102", ""),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "expected", "found", "fix"), WRONG)
@pytest.mark.parametrize("how", [ps.read_events, ps.screen_events], ids=["read", "screen"])
def test_a_wrong_file_error_names_expected_found_and_fix(tmp_path, name, content, expected, found, fix, how):
    path = tmp_path / name
    path.write_bytes(content() if callable(content) else content)
    with pytest.raises(ps.ProtestSpreadError, match=rf"{expected}[\s\S]*{found}[\s\S]*Fix: [\s\S]*{fix}") as caught:
        how(path)
    assert str(tmp_path / "x")[:-1] not in str(caught.value).split("Fix:")[0]  # no folder
    assert "protestspread-" not in str(caught.value)


@pytest.mark.parametrize(
    ("what", "found"),
    [
        ("https://example.org/e.csv", "expected the path of a local file; found a URL, a virtual path or a VRT file"),
        ("/vsizip/e.zip/e.csv", "expected the path of a local file; found a URL"),
        ("e.vrt", "expected the path of a local file; found a URL"),
        ("nowhere", "nowhere: expected a file or folder; found none"),
        ("nowhere/*.csv", "expected files that end in .csv, .*; found no files"),
        ([], "path_or_frame must be a path, a list of paths or a DataFrame; got an empty list"),
        (5, "path_or_frame must be a path, a list of paths or a DataFrame; got 5"),
    ],
)  # fmt: skip
def test_paths_without_a_file(what, found):
    with pytest.raises(ps.FileError, match=rf"{found}[\s\S]*Fix: ."):
        ps.read_events(what)


def test_a_folder_without_tables_names_its_files(tmp_path):
    (tmp_path / "readme.txt").write_text("not a table")
    with pytest.raises(ps.FileError, match=r"expected files that end in .csv.*; found readme.txt"):
        ps.read_events(tmp_path)


@pytest.mark.parametrize("lost", [".dbf", ".shx"])
def test_a_shapefile_needs_all_its_files(tmp_path, lost):
    POINTS.to_file(tmp_path / "e.shp")
    (tmp_path / f"e{lost}").unlink()
    with pytest.raises(ps.FileError, match=rf"expected .shx, .dbf and .prj .*; found no {lost}\n.*as one .zip"):
        ps.read_events(tmp_path / "e.shp")


def test_a_shapefile_without_a_reference_system(tmp_path):
    POINTS.to_file(tmp_path / "e.shp")
    (tmp_path / "e.prj").unlink()
    with pytest.raises(ps.SchemaError, match=r"no reference system; pass crs='EPSG:4326'"):
        ps.read_events(tmp_path / "e.shp")


def test_polygons_are_no_events(tmp_path):
    POINTS.set_geometry([shapely.box(0, 0, 1, 1)], crs=4326).to_file(tmp_path / "e.geojson")
    with pytest.raises(ps.SchemaError, match="not points but Polygon in 1 of 1 rows"):
        ps.read_events(tmp_path / "e.geojson")


def test_a_bomb_error_names_the_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "SMALL_BYTES", 1 << 20)
    (tmp_path / "e.zip").write_bytes(archive(e_csv=b"date,city\n" + b"0" * (5 << 20)))
    with pytest.raises(ps.FileError, match=r"e\.zip: expected at most 1 MB unpacked from 0\.0 MB; found more"):
        ps.read_events(tmp_path / "e.zip")


def test_gdelt_with_a_column_missing(tmp_path, data):
    rows = (data / "gdelt_1.export.CSV").read_bytes().splitlines()
    (tmp_path / "g.CSV").write_bytes(b"\n".join(b"\t".join(row.split(b"\t")[:56]) for row in rows))
    for format_ in ("auto", "gdelt"):
        with pytest.raises(
            ps.FileError,
            match=r"g\.CSV: expected the 57, 58 or 61 columns of a GDELT event file without a header; found 56",
        ):
            ps.read_events(tmp_path / "g.CSV", format=format_)


def test_a_wrong_format_error_suggests_the_right_one(data):
    with pytest.raises(
        ps.FileError, match=r"expected the UCDP GED columns date_start; found event_id_cnty.*\n.*format='acled'"
    ):
        ps.read_events(data / "acled_current.csv", format="ucdp")


def test_an_encoding_that_does_not_exist(data):
    with pytest.raises(ps.DataError, match=r"encoding must be the name of an encoding that Python knows.*got 'utf-9'"):
        ps.read_events(data / "kz_sample.csv", encoding="utf-9")


def test_a_table_from_a_dataverse(tmp_path, data):
    """Dataverse exports tables as .tab."""
    text = (data / "kz_sample.csv").read_text(encoding="utf-8").replace(",", "\t")
    (tmp_path / "e.tab").write_text(text, encoding="utf-8")
    assert ps.read_events(tmp_path / "e.tab").equals(ps.read_events(data / "kz_sample.csv"))
