import datetime as dt
import sys
import zipfile

import pytest

import protestspread as ps
from protestspread.readers.files import excel

openpyxl = pytest.importorskip("openpyxl", reason="the extra [excel] is not installed")


def book(path, **sheets):
    made = openpyxl.Workbook()
    made.remove(made.active)
    for title, rows in sheets.items():
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(row)
    made.save(path)
    return path


ROWS = [
    ["date", "city", "size_low", "code"],
    [dt.datetime(2022, 1, 2), "A", 100, "007"],  # noqa: DTZ001 - Excel cells have no zone
    ["2022-01-03", "B", None, "1e5"],
]


def test_cells_keep_their_type(tmp_path):
    events = ps.read_events(book(tmp_path / "e.xlsx", Data=ROWS, Empty=[]))
    assert events["date"].dt.strftime("%F").tolist() == ["2022-01-02", "2022-01-03"]
    assert events["size_low"].tolist()[0] == 100
    assert events["code"].tolist() == ["007", "1e5"]
    assert "time" not in events


def test_one_of_several_sheets_must_be_named(tmp_path):
    path = book(tmp_path / "e.xlsx", Codebook=[["column", "meaning"], ["date", "day"]], Data=[[], *ROWS])
    with pytest.raises(
        ps.FileError,
        match=r"e.xlsx: expected one non-empty sheet; found Codebook, Data\nFix: pass one of these as layer",
    ):
        ps.read_events(path)
    assert len(ps.read_events(path, layer="Data")) == 2
    with pytest.raises(ps.FileError, match=r"e\.xlsx: expected a sheet 'data'; found Codebook, Data"):
        ps.read_events(path, layer="data")
    with pytest.raises(ps.FileError, match="found one without any filled cell"):
        ps.read_events(book(tmp_path / "f.xlsx", One=[]))


def test_ragged_rows_and_blank_headings(tmp_path):
    path = book(
        tmp_path / "e.xlsx",
        Data=[
            ["date", None, "city"],
            ["2022-01-02", "x", "A", "beyond"],
            [None, None, None],
            ["2022-01-03", None, "B"],
        ],
    )
    events = ps.read_events(path)
    assert events["unnamed 2"].tolist() == ["x", None]
    assert events["unnamed 4"].tolist() == ["beyond", None]
    assert len(events) == 2


def test_sizes_have_limits(tmp_path, monkeypatch):
    path = book(tmp_path / "e.xlsx", Data=ROWS)
    monkeypatch.setattr(excel, "MOST_CELLS", 5)
    with pytest.raises(ps.FileError, match="expected at most 2,000 columns and 5 cells; found more"):
        ps.read_events(path)
    monkeypatch.setattr(excel, "MOST_BYTES", 10)
    with pytest.raises(ps.FileError, match="expands to"):
        ps.read_events(path)


def test_a_distant_cell_is_refused(tmp_path):
    made = openpyxl.Workbook()
    made.active.append(["date", "city"])
    made.active["XFD1048576"] = "far"
    made.save(tmp_path / "e.xlsx")
    with pytest.raises(ps.FileError, match="expected at most 2,000 columns"):
        ps.read_events(tmp_path / "e.xlsx")


def test_without_openpyxl_the_error_says_what_to_install(tmp_path, monkeypatch):
    path = book(tmp_path / "e.xlsx", Data=ROWS)
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(ps.FileError, match=r"protestspread\[excel\]"):
        ps.read_events(path)


def test_a_zip_called_xlsx(tmp_path):
    with zipfile.ZipFile(tmp_path / "e.xlsx", "w") as archive:
        archive.writestr("x", "y")
    with pytest.raises(ps.FileError, match=r"e\.xlsx: expected an Excel workbook"):
        ps.read_events(tmp_path / "e.xlsx")
