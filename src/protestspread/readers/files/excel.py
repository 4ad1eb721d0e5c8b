"""Read Excel workbooks (with openpyxl, an optional extra), cell by cell and with a limit."""

import zipfile
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pandas as pd

from ...errors import FileError, shorten_list
from .csv_files import MOST_COLUMNS, distinct_names
from .file_types import unlike
from .raw_table import RawTable, choose

MOST_BYTES = 2**29
MOST_CELLS = 40_000_000
_AS_CSV = "save the sheet as CSV (UTF-8)"


def read_workbook(path: Path, *, sheet: str | None = None, only: Collection[str] | None = None) -> RawTable:
    """Read one sheet of an .xlsx workbook; its first row is the heading, values keep the type of their cell.

    Raises
    ------
    FileError
        openpyxl is not installed; the workbook is too large; it has several sheets that are not empty and none is named;
        there is no such sheet.
    """
    try:
        import openpyxl
    except ImportError as fault:
        raise FileError(
            f"{path.name!r} is not opened",
            ["reading Excel needs openpyxl, which is not installed"],
            "pip install 'protestspread[excel]', or save the sheet as CSV (UTF-8)",
        ) from fault
    with zipfile.ZipFile(path) as archive:
        size = sum(member.file_size for member in archive.infolist())
    if size > MOST_BYTES:
        raise unlike(
            path.name, ".xlsx", f"one that expands to {size / 1e6:,.0f} MB, above {MOST_BYTES / 1e6:,.0f} MB", _AS_CSV
        )
    book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    try:
        frame = _frame(_rows(_sheet(book, sheet, path.name)))
        return RawTable(frame[choose(list(map(str, frame.columns)), only)], name=path.name)
    finally:
        book.close()


def _sheet(book: Any, name: str | None, file: str) -> Any:
    sheets = {sheet.title: sheet for sheet in book.worksheets}
    if name is not None:
        if name not in sheets:
            raise FileError(
                f"{file!r} is not read",
                [f"there is no sheet {name!r}; it has {shorten_list(sheets)}"],
                "layer= one of these",
            )
        return sheets[name]
    filled = [title for title, sheet in sheets.items() if next(_cells(sheet), None) is not None]
    if len(filled) > 1:
        raise FileError(
            f"{file!r} is not read",
            [f"expected one sheet that is filled; found {shorten_list(filled)}"],
            "name one with layer=",
        )
    if not filled:
        raise unlike(file, ".xlsx", "no sheet with anything in it: it is empty", "check the file")
    return sheets[filled[0]]


def _cells(sheet: Any) -> Any:
    """Yield the rows that hold anything. What the file says of its own size is not believed."""
    sheet.reset_dimensions()
    seen = 0
    for row in sheet.iter_rows(values_only=True):
        seen += len(row) + 1
        if len(row) > MOST_COLUMNS or seen > MOST_CELLS:
            raise ValueError(f"it has more than {MOST_COLUMNS:,} columns or {MOST_CELLS:,} cells")
        if any(cell not in (None, "") for cell in row):
            yield row


def _rows(sheet: Any) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    rows = _cells(sheet)
    heading = next(rows)
    body = list(rows)
    width = max([len(heading), *map(len, body)])
    names = distinct_names(["" if cell is None else str(cell) for cell in heading] + [""] * (width - len(heading)))
    return names, [row + (None,) * (width - len(row)) for row in body]


def _frame(rows: tuple[tuple[str, ...], list[tuple[Any, ...]]]) -> pd.DataFrame:
    names, body = rows
    columns = dict(zip(names, zip(*body, strict=True), strict=True)) if body else dict.fromkeys(names, ())
    frame = pd.DataFrame({name: pd.Series(list(cells), dtype=object) for name, cells in columns.items()})
    for name in frame:
        kinds = {type(cell) for cell in frame[name] if cell is not None}
        if kinds <= {int, float} and kinds:
            frame[name] = (
                frame[name].astype(float) if float in kinds or frame[name].isna().any() else frame[name].astype("int64")
            )
        elif kinds <= {str}:
            frame[name] = frame[name].astype("string")
    return frame
