"""Text that a spreadsheet would run as a formula, in cells, in the index and in column names."""

import csv

import pandas as pd
import pytest

from protestspread.atomic_files import write_csv

RUN = ["=", "+", "-", "@", "\t", "\r"]


def written(frame, path):
    write_csv(frame, path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def guarded(path, sign, dtype):
    """Write text that begins with a sign as cell, index and column name; return the file without escaped signs."""
    cell = f"{sign}HYPERLINK(1)"
    frame = pd.DataFrame({cell: [cell, "b"]}, index=pd.Index([cell, "c"], name=f"{sign}city")).astype({cell: dtype})
    write_csv(frame, path)
    text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")  # either ends a line
    assert text.count("HYPERLINK") == 3
    assert text.count("city") == 1
    return text.replace(f"'{sign}", "")


@pytest.mark.parametrize("sign", RUN)
@pytest.mark.parametrize("dtype", [object, "string"])
def test_formulas_get_an_apostrophe(tmp_path, sign, dtype):
    assert sign not in guarded(tmp_path / "t.csv", sign, dtype)


@pytest.mark.parametrize("sign", RUN)
def test_formulas_in_categories_get_an_apostrophe(tmp_path, sign):
    assert sign not in guarded(tmp_path / "t.csv", sign, "category")


@pytest.mark.parametrize("inner", ["\n", "\r\n", "\r"])
def test_no_cell_becomes_two_rows(tmp_path, inner):
    cell = f"fine{inner}=HYPERLINK(1)"
    frame = pd.DataFrame({"note": [cell]}, index=pd.Index(["a"], name="city"))
    assert written(frame, tmp_path / "t.csv") == [["city", "note"], ["a", cell]]


def test_other_cells_stay_as_they_are(tmp_path):
    frame = pd.DataFrame({"text": ["fine", " =1", "'=1", "", None], "n": [-1, 2, -3, 4, 5]}).rename_axis("row")
    assert written(frame, tmp_path / "t.csv")[1:] == [
        ["0", "fine", "-1"],
        ["1", " =1", "2"],
        ["2", "'=1", "-3"],
        ["3", "", "4"],
        ["4", "", "5"],
    ]
