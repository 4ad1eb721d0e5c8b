"""Every wrong file that people come with: the error says what was expected, what was found, and how to fix it."""

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
from protestspread.readers.files import archives as unpacking

CSV = b"date,city\n2022-01-02,A\n"
OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100)
TEXT = "expected a table as text"
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
        (f"e.{ending}", b"", "expected a", r"an empty file \(0 bytes\)", "download or copy it again")
        for ending in ("csv", "tsv", "tab", "parquet", "xlsx", "gpkg", "shp", "fgb", "zip", "csv.gz")
    ),
    ("e.geojson", b"", "expected GeoJSON", r"an empty file \(0 bytes\)", "again"),
    ("e.csv", b"\n \n", TEXT, "nothing but blanks", "again"),
    ("e.csv", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", TEXT, "a PDF document", "export the table as CSV"),
    ("e.csv", b"<!DOCTYPE html>\n<html><body>Sign in, please", TEXT, "a web page .*'<!DOCTYPE html>", "signed in"),
    ("e.csv", b"\xef\xbb\xbf\n<?xml version='1.0'?><Error/>", TEXT, "a web page or other markup", "download the table"),
    ("e.csv", b'{"error": "token, expired"}', TEXT, "JSON: '{\"error\"", "pandas.read_json"),
    ("e.csv", workbook, TEXT, "an Excel workbook", "its name: e.xlsx"),
    ("e.csv", OLD_EXCEL, TEXT, r"an old Excel workbook \(.xls\)", "save it as .xlsx"),
    ("e.csv", archive(a_csv=CSV), TEXT, "a zip archive of a.csv", "its name: e.zip"),
    ("e.csv", gzip.compress(CSV, mtime=0), TEXT, "a gzip file", "its name: e.csv.gz"),
    ("e.csv", parquet, TEXT, "a Parquet file", "its name: e.parquet"),
    ("e.csv.gz", gzip.compress(b"%PDF-1.7", mtime=0), TEXT, "a PDF document", "export the table"),
    ("e.csv", "date,city\n2022-01-02,Köln\n".encode("cp1252"), TEXT, "text in another encoding", "encoding='cp1252'"),
    ("e.xlsx", CSV, "expected an Excel workbook", "text: 'date,city", "its name: e.csv"),
    ("e.xlsx", OLD_EXCEL, "expected an Excel workbook", "an old Excel workbook .*password", "without a password"),
    ("e.xlsx", archive(a_csv=CSV), "expected an Excel workbook", "a zip archive of a.csv", "its name: e.zip"),
    ("e.xlsx", archive(content_xml="x"), "expected an Excel workbook", "a document of an office program", ".xlsx"),
    ("e.xlsx", lambda: workbook()[:-99], "expected an Excel workbook", "cut short or damaged", "again"),
    ("e.parquet", CSV, "expected a Parquet file", "text: 'date,city", "its name: e.csv"),
    ("e.parquet", lambda: parquet()[:-30], "expected a Parquet file", "without its end: it is cut short", "again"),
    ("e.csv.gz", CSV, "expected a gzip file", "text: 'date,city", "its name: e.csv"),
    ("e.csv.gz", gzip.compress(CSV * 99, mtime=0)[:-9], "expected a gzip file", "cut short or damaged", "again"),
    ("e.zip", CSV, "expected a zip archive", "text: 'date,city", "its name: e.csv"),
    ("e.zip", archive(a_csv=CSV)[:-30], "expected a zip archive", "cut short or damaged", "again"),
    ("e.zip", archive(a_csv=CSV, b_csv=CSV), "expected one table in it", "2: a.csv, b.csv", "path of the table"),
    ("e.zip", archive(a_pdf=b"x"), "expected one table in it", "none: a.pdf", "a zip with one of"),
    ("e.gz", gzip.compress(CSV, mtime=0), "expected the name of a table before .gz", "'e', which ends in ''", "name it after"),
    ("e.geojson", CSV, "expected GeoJSON", "text: 'date,city", "its name: e.csv"),
    ("e.json", b'{"a": [1, 2]}', "expected GeoJSON", "something else: '{\"a\": ", "save it as GeoPackage"),
    ("e.json", b'[{"date": "2022-01-02"}]', "expected GeoJSON", "JSON: ", "pandas.read_json"),
    ("e.geojson", b'{"type":"FeatureCollection","features":[{', "expected GeoJSON", "cannot be read as one", "damaged"),
    ("e.geojson", b"<OGRVRTDataSource/>", "expected GeoJSON", "markup: '<OGRVRTDataSource/>'", "download the table"),
    ("e.gpkg", lambda: geopackage()[:5000], "expected a GeoPackage", "cannot be read as one", "damaged"),
    ("e.gpkg", b"\x01\x02\x03", "expected a GeoPackage", r"begins with b'\\x01", "the ending of what it is"),
    ("e.xls", OLD_EXCEL, "expected one of .csv", "the unknown ending '.xls'", "save it as .xlsx"),
    ("e.dta", b"x", "expected one of .csv", "the unknown ending '.dta'", "pandas.read_stata"),
    ("e.docx", b"x", "expected one of .csv", "the unknown ending '.docx'", r"CSV \(UTF-8\) will do"),
    ("e.csv", b"20220102\t1\n", "'date'", "the table has 20220102", ""),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "expected", "found", "fix"), WRONG)
@pytest.mark.parametrize("how", [ps.read_events, ps.screen_events], ids=["read", "screen"])
def test_a_wrong_file_says_what_was_expected_what_found_and_how_to_fix_it(
    tmp_path, name, content, expected, found, fix, how
):
    path = tmp_path / name
    path.write_bytes(content() if callable(content) else content)
    with pytest.raises(ps.ProtestSpreadError, match=rf"{expected}[\s\S]*{found}[\s\S]*Fix: [\s\S]*{fix}") as said:
        how(path)
    assert str(tmp_path / "x")[:-1] not in str(said.value).split("Fix:")[0]  # no folder, ours or a temporary one
    assert "protestspread-" not in str(said.value)


@pytest.mark.parametrize(
    ("what", "found"),
    [
        ("https://example.org/e.csv", "expected the path of a local file; URLs, virtual paths and VRT files are refused"),
        ("/vsizip/e.zip/e.csv", "expected the path of a local file; URLs"),
        ("e.vrt", "expected the path of a local file; URLs"),
        ("nowhere", "there is no such file or folder"),
        ("nowhere/*.csv", "expected files that end in .csv, .*; found none"),
        ([], "expected a path, a list of paths or a frame; found none"),
        (5, "expected a path, a list of paths or a frame; found 5"),
    ],
)  # fmt: skip
def test_what_is_no_file_at_all(what, found):
    with pytest.raises(ps.FileError, match=rf"{found}[\s\S]*Fix: ."):
        ps.read_events(what)


def test_a_folder_without_tables_says_what_is_in_it(tmp_path):
    (tmp_path / "readme.txt").write_text("not a table")
    with pytest.raises(ps.FileError, match=r"expected files that end in .csv.*; found readme.txt"):
        ps.read_events(tmp_path)


@pytest.mark.parametrize("lost", [".dbf", ".shx"])
def test_a_shapefile_comes_with_its_companions(tmp_path, lost):
    POINTS.to_file(tmp_path / "e.shp")
    (tmp_path / f"e{lost}").unlink()
    with pytest.raises(ps.FileError, match=rf"expected .shx, .dbf and .prj .*; found no {lost}\n.*as one .zip"):
        ps.read_events(tmp_path / "e.shp")


def test_a_shapefile_without_a_reference_system(tmp_path):
    POINTS.to_file(tmp_path / "e.shp")
    (tmp_path / "e.prj").unlink()
    with pytest.raises(ps.SchemaError, match=r"no reference system; frame.set_crs\(4326\)"):
        ps.read_events(tmp_path / "e.shp")


def test_polygons_are_no_events(tmp_path):
    POINTS.set_geometry([shapely.box(0, 0, 1, 1)], crs=4326).to_file(tmp_path / "e.geojson")
    with pytest.raises(ps.SchemaError, match="not points but Polygon in 1 of 1 rows"):
        ps.read_events(tmp_path / "e.geojson")


def test_a_bomb_says_how_much_there_may_be(tmp_path, monkeypatch):
    monkeypatch.setattr(unpacking, "SMALL_BYTES", 1 << 20)
    (tmp_path / "e.zip").write_bytes(archive(e_csv=b"date,city\n" + b"0" * (5 << 20)))
    with pytest.raises(ps.FileError, match=r"expected at most 1 MB from 0\.0 MB packed; found more"):
        ps.read_events(tmp_path / "e.zip")


def test_gdelt_with_a_column_missing(tmp_path, data):
    rows = (data / "gdelt_1.export.CSV").read_bytes().splitlines()
    (tmp_path / "g.CSV").write_bytes(b"\n".join(b"\t".join(row.split(b"\t")[:56]) for row in rows))
    for format_ in ("auto", "gdelt"):
        with pytest.raises(ps.FileError, match=r"expected 57 or 58 or 61 columns without a heading.*; found 56"):
            ps.read_events(tmp_path / "g.CSV", format=format_)


def test_a_file_asked_for_as_another_says_what_it_looks_like(data):
    with pytest.raises(ps.FileError, match=r"expected the columns date_start; found event_id_cnty.*\n.*format='acled'"):
        ps.read_events(data / "acled_current.csv", format="ucdp")


def test_an_encoding_that_does_not_exist(data):
    with pytest.raises(ps.FileError, match=r"there is no encoding 'utf-9'[\s\S]*'cp1252'"):
        ps.read_events(data / "kz_sample.csv", encoding="utf-9")


def test_a_table_from_a_dataverse(tmp_path, data):
    """Dataverse hands out tables as .tab."""
    text = (data / "kz_sample.csv").read_text(encoding="utf-8").replace(",", "\t")
    (tmp_path / "e.tab").write_text(text, encoding="utf-8")
    assert ps.read_events(tmp_path / "e.tab").equals(ps.read_events(data / "kz_sample.csv"))
