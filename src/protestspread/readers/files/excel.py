"""Read Excel workbooks with openpyxl (optional), with a limit on their size."""

import zipfile
from pathlib import Path
from typing import Any

import pandas as pd

from ...errors import FileError, shorten_list
from .csv_files import MOST_COLUMNS, distinct_names
from .file_types import file_type_error
from .raw_table import Only, RawTable, select_columns

MOST_BYTES = 2**29
MOST_CELLS = 40_000_000
_SAVE_AS_CSV = "save the sheet as CSV (UTF-8)"


def read_workbook(path: Path, *, sheet: str | None = None, only: Only = None) -> RawTable:
    """Read one sheet of an .xlsx workbook; the first row is the header, values keep the type of their cell.

    Raises
    ------
    FileError
        openpyxl is not installed, the workbook is too large, the sheet does not exist, or there are several non-empty
        sheets and none is named.
    """
    try:
        import openpyxl
    except ImportError as fault:
        raise FileError(
            path.name,
            ["reading Excel files needs openpyxl, which is not installed"],
            "run pip install 'protestspread[excel]', or save the sheet as CSV (UTF-8)",
        ) from fault
    with zipfile.ZipFile(path) as archive:
        size = sum(member.file_size for member in archive.infolist())
    if size > MOST_BYTES:
        raise file_type_error(
            path.name,
            ".xlsx",
            f"one that expands to {size / 1e6:,.0f} MB, above the limit of {MOST_BYTES / 1e6:,.0f} MB",
            _SAVE_AS_CSV,
        )
    book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    try:
        frame = _to_frame(_split_header(_select_sheet(book, sheet, path.name)))
        return RawTable(frame[select_columns(list(map(str, frame.columns)), only)], name=path.name)
    finally:
        book.close()


def _select_sheet(book: Any, name: str | None, file: str) -> Any:
    sheets = {sheet.title: sheet for sheet in book.worksheets}
    if name is not None:
        if name not in sheets:
            raise FileError(
                file,
                [f"expected a sheet {name!r}; found {shorten_list(sheets)}"],
                "pass one of these as layer",
            )
        return sheets[name]
    filled = [title for title, sheet in sheets.items() if next(_filled_rows(sheet), None) is not None]
    if len(filled) > 1:
        raise FileError(
            file,
            [f"expected one non-empty sheet; found {shorten_list(filled)}"],
            "pass one of these as layer",
        )
    if not filled:
        raise file_type_error(file, ".xlsx", "one without any filled cell", "check the file, or export it again")
    return sheets[filled[0]]


def _filled_rows(sheet: Any) -> Any:
    """Yield the rows that are not empty; the dimensions stored in the file are ignored."""
    sheet.reset_dimensions()
    seen = 0
    for row in sheet.iter_rows(values_only=True):
        seen += len(row) + 1
        if len(row) > MOST_COLUMNS or seen > MOST_CELLS:
            raise ValueError(f"expected at most {MOST_COLUMNS:,} columns and {MOST_CELLS:,} cells; found more")
        if any(cell not in (None, "") for cell in row):
            yield row


def _split_header(sheet: Any) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    rows = _filled_rows(sheet)
    heading = next(rows)
    body = list(rows)
    width = max([len(heading), *map(len, body)])
    names = distinct_names(["" if cell is None else str(cell) for cell in heading] + [""] * (width - len(heading)))
    return names, [row + (None,) * (width - len(row)) for row in body]


def _to_frame(rows: tuple[tuple[str, ...], list[tuple[Any, ...]]]) -> pd.DataFrame:
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
