"""Open tables from local files of known types; URLs, ``/vsi`` paths and VRT files are refused."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from ...arguments import as_list
from ...errors import FileError, ProtestSpreadError, must_be, shorten_list
from ..names import find_name
from .archives import PACKED, unpacked
from .csv_files import Kinds, read_separated
from .excel import read_workbook
from .file_types import TEXT_ENDINGS, is_notes, parser_error
from .parquet import read_parquet
from .raw_table import Only, RawTable
from .vector_files import ENDINGS as SPATIAL
from .vector_files import read_spatial

TEXTS, PARQUETS, WORKBOOKS = TEXT_ENDINGS, (".parquet", ".geoparquet"), (".xlsx",)
TABLES = (*TEXTS, *PARQUETS, *WORKBOOKS)
ENDINGS = (*TABLES, *SPATIAL)
_KNOWN = shorten_list([*ENDINGS, *PACKED], 99)
_ALTERNATIVES = {
    ".xls": "open it in a spreadsheet program and save it as .xlsx or CSV (UTF-8)",
    ".ods": "open it in a spreadsheet program and save it as .xlsx or CSV (UTF-8)",
    ".txt": "rename it to .csv if it is a table",
    ".dta": "read it with pandas.read_stata(path) and pass the DataFrame",
    ".sav": "read it with pandas.read_spss(path) and pass the DataFrame",
    ".rds": "save it as Parquet or CSV in R (arrow::write_parquet)",
    ".rdata": "save it as Parquet or CSV in R (arrow::write_parquet)",
    ".dbf": "pass the .shp file that belongs to it",
}
_GLOB = frozenset("*?[")


def open_table(path: str | Path, *, layer: str | None = None, encoding: str | None = None) -> pd.DataFrame:
    """Read a file as a table, with its geometry if it has one; text columns stay text.

    All columns of CSV and TSV files are read as text; they are converted when they are checked.

    Raises
    ------
    FileError
        A URL or virtual path, an unknown ending, a file that does not exist or is not of the type that its ending names,
        or rows with a wrong number of fields.
    """
    opened = open_file(path, layer=layer, encoding=encoding)
    refuse_broken(opened)
    return opened.frame


def open_any(
    path_or_frame: str | Path | pd.DataFrame, *, layer: str | None = None, encoding: str | None = None
) -> pd.DataFrame:
    """Return a table given as a DataFrame or as a file; each column has a name of its own, a text.

    Raises
    ------
    FileError
        As `open_table`; also a DataFrame with a MultiIndex of columns or with repeated columns.
    """
    if not isinstance(path_or_frame, pd.DataFrame):
        return open_table(find_file(path_or_frame, argument="path_or_frame"), layer=layer, encoding=encoding)
    frame = path_or_frame
    names = pd.Index([str(name) for name in frame.columns], dtype=object)
    faults = []
    if frame.columns.nlevels > 1:
        faults.append("expected one name a column; found a MultiIndex of columns")
    if not names.is_unique:
        faults.append(f"expected distinct column names; found repeated {shorten_list(names[names.duplicated()])}")
    if faults:
        raise FileError("the table", faults, "rename the columns")
    return frame if all(isinstance(name, str) for name in frame.columns) else frame.set_axis(names, axis="columns")


def refuse_broken(opened: RawTable) -> None:
    """Raise `FileError` if a text file has rows with a wrong number of fields."""
    if opened.broken:
        faults = [f"row {row.number}: {row.reason}" for row in opened.broken[:20]]
        more = len(opened.broken) - len(faults)
        raise FileError(
            opened.name,
            [*faults, *([f"and {more} more rows"] if more else [])],
            "correct these rows in the file (none was dropped), or use screen_events, which sets faulty rows of events aside",
        )


def open_file(
    path: str | Path,
    *,
    only: Only = None,
    layer: str | None = None,
    encoding: str | None = None,
    kinds: Callable[[Sequence[str]], Kinds] = lambda _: {},
) -> RawTable:
    """Read one file; `only` names the columns to read, or chooses them among all, `kinds` as in `read_separated`.

    Raises
    ------
    FileError
        As `open_table`, except for rows with a wrong number of fields.
    """
    path = find_file(path)
    local = path
    try:
        with unpacked(path, ENDINGS) as local:
            opened = (
                read_separated(local, only=only, encoding=encoding or "utf-8", kinds=kinds)
                if local.suffix.lower() in TEXTS
                else _read(local, only, layer, encoding)
            )
    except ProtestSpreadError:
        raise
    except Exception as fault:  # parsers raise many types of errors for a bad file
        raise parser_error(local, path.name, fault) from fault
    return replace(opened, name=path.name)


def find_file(path: str | Path, *, argument: str = "path") -> Path:
    """Return the path of a file that may be opened.

    Raises
    ------
    FileError
        A URL or virtual path, an unknown ending, or a file that does not exist.
    """
    if not isinstance(path, str | Path) or not str(path).strip():
        raise FileError(f"{argument} must be the path of a file; got {path!r}", fix="pass a path such as 'events.csv'")
    text = str(path)
    if "://" in text or text.lower().startswith(("/vsi", "\\vsi")) or text.lower().endswith(".vrt"):
        raise FileError(
            text,
            ["expected the path of a local file; found a URL, a virtual path or a VRT file"],
            "download or unpack the file and pass its path",
        )
    path = Path(path)
    ending = path.suffix.lower()
    if not ending and not _test_path(path, Path.exists):
        raise FileError(path.name, ["expected a file or folder; found none"], f"check the path {path}")
    if ending not in ENDINGS and ending not in PACKED:
        raise FileError(
            path.name,
            [f"expected one of the endings {_KNOWN}; found {ending!r}"],
            _ALTERNATIVES.get(ending, "save it as one of these types, such as CSV (UTF-8)"),
        )
    if not _test_path(path, Path.is_file):
        raise FileError(path.name, ["expected a file; found none"], f"check the path {path}")
    return path


def find_files(paths: str | Path | Collection[str | Path], *, argument: str = "paths") -> list[Path]:
    """Return the files of a path, a folder, a pattern (``data/*.csv``) or several of these, in order.

    `argument` is the caller's name for `paths` in messages.

    Raises
    ------
    FileError
        As `find_file`; also a folder or pattern without a table.
    """
    if not isinstance(paths, str | Path):
        listed = as_list(paths)
        if not listed or not all(isinstance(path, str | Path) for path in listed):
            got = must_be("", "", paths).partition("got ")[2] if listed != [] else "an empty list"
            raise FileError(
                f"{argument} must be a path, a list of paths or a DataFrame; got {got}",
                fix="pass a path such as 'events.csv'",
            )
        return list(dict.fromkeys(file for path in listed for file in find_files(path, argument=argument)))
    text = str(paths)
    if not text.strip():
        return [find_file(paths, argument=argument)]
    if _test_path(Path(text), Path.is_dir):
        matches = list(Path(text).rglob("*"))
        found = [p for p in sorted(matches) if _is_table(p.relative_to(text)) and p.is_file()]
    elif (
        _GLOB & set(text)
        and "://" not in text
        and not text.lower().startswith("/vsi")
        and not _test_path(Path(text), Path.is_file)
    ):
        pattern = Path(text)
        start = Path(*_folders_before_pattern(pattern.parts))
        try:
            matches = list(start.glob(str(pattern.relative_to(start))))
        except (ValueError, NotImplementedError, OSError) as fault:
            raise FileError(
                text, [f"expected a valid pattern; found {fault}"], "pass a pattern such as data/*.csv"
            ) from fault
        found = sorted(p for p in matches if _is_table(Path(p.name)) and p.is_file())
    else:
        return [find_file(paths)]
    if not found:
        raise FileError(
            text,
            [
                f"expected files that end in {_KNOWN}; "
                f"found {shorten_list(sorted(p.name for p in matches), 5) or 'no files'}"
            ],
            "check the path or the pattern; names that begin with . or _ are ignored",
        )
    return found


def _test_path(path: Path, test: Callable[[Path], bool]) -> bool:
    """Return the result of a test such as ``Path.is_file``, False for an impossible name (too long, with a NUL)."""
    try:
        return test(path)
    except (OSError, ValueError):
        return False


def _is_table(path: Path) -> bool:
    hidden = any(part.startswith((".", "_")) for part in path.parts)
    return not hidden and not is_notes(path) and path.suffix.lower() in (*ENDINGS, *PACKED)


def _folders_before_pattern(parts: tuple[str, ...]) -> list[str]:
    folders: list[str] = []
    for part in parts[:-1]:
        if _GLOB & set(part):
            break
        folders.append(part)
    return folders


def _read(path: Path, only: Only, layer: str | None, encoding: str | None) -> RawTable:
    ending = path.suffix.lower()
    if ending in PARQUETS:
        return read_parquet(path, only=only)
    if ending in WORKBOOKS:
        return read_workbook(path, sheet=layer, only=only)
    return read_spatial(path, layer=layer, only=only, encoding=encoding)


def rename_columns(frame: pd.DataFrame, columns: Mapping[str, str] | None) -> pd.DataFrame:
    """Rename columns; `columns` maps the standard name to the name in the file."""
    if not columns:
        return frame
    found = {name: find_name(frame.columns, original) for name, original in columns.items()}
    missing = [columns[name] for name, original in found.items() if original is None]
    if missing:
        raise FileError(
            "columns must map standard names to columns of the file",
            [f"there is no column {c!r}; the table has {shorten_list(frame.columns, 30)}" for c in missing],
            "write columns={'date': 'name in the file', ...}",
        )
    taken = [name for name, original in found.items() if name in frame and name != original]
    return frame.drop(columns=taken).rename(columns={original: name for name, original in found.items()})
