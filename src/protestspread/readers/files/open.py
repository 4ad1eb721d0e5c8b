"""Open tables: local files of known kinds only. No URL, no ``/vsi`` path, no VRT."""

import codecs
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path

import pandas as pd

from ...errors import FileError, ProtestSpreadError, shorten_list
from .archives import PACKED, unpacked
from .csv_files import read_separated
from .excel import read_workbook
from .file_types import TEXT_ENDINGS, explained
from .parquet import read_parquet
from .raw_table import RawTable
from .vector_files import ENDINGS as SPATIAL
from .vector_files import read_spatial

TEXTS, PARQUETS, WORKBOOKS = TEXT_ENDINGS, (".parquet", ".geoparquet"), (".xlsx",)
TABLES = (*TEXTS, *PARQUETS, *WORKBOOKS)
ENDINGS = (*TABLES, *SPATIAL)
_KNOWN = shorten_list([*ENDINGS, *PACKED], 99)
_INSTEAD = {
    ".xls": "open it in a spreadsheet and save it as .xlsx, or as CSV (UTF-8)",
    ".ods": "open it in a spreadsheet and save it as .xlsx, or as CSV (UTF-8)",
    ".txt": "if it is a table, call it .csv",
    ".dta": "pandas.read_stata(path) makes a frame, which can be given instead",
    ".sav": "pandas.read_spss(path) makes a frame, which can be given instead",
    ".rds": "save it as Parquet or CSV in R (arrow::write_parquet)",
    ".rdata": "save it as Parquet or CSV in R (arrow::write_parquet)",
    ".dbf": "give the .shp file that belongs to it",
}
_GLOB = frozenset("*?[")


def open_table(path: str | Path, *, layer: str | None = None, encoding: str = "utf-8") -> pd.DataFrame:
    """Read a file as a table, geometry included where it has one; text columns stay text.

    CSV and TSV are read as text throughout, so that no value is guessed at; columns are typed when they are checked.

    Raises
    ------
    FileError
        A URL or virtual path, an ending that is not known, a file that is not there or not what its ending says,
        rows of another length than the heading.
    """
    opened = open_one(path, layer=layer, encoding=encoding)
    refuse_broken(opened)
    return opened.frame


def refuse_broken(opened: RawTable) -> None:
    """Raise `FileError` where a text file has rows of another length than its heading."""
    if opened.broken:
        faults = [f"row {row.number}: {row.reason}" for row in opened.broken[:20]]
        more = len(opened.broken) - len(faults)
        raise FileError(
            f"{opened.name!r} cannot be read as a table",
            [*faults, *([f"and {more} rows more"] if more else [])],
            "correct these rows in the file (of events, screen_events sets them aside); nothing was dropped",
        )


def open_one(
    path: str | Path, *, only: Collection[str] | None = None, layer: str | None = None, encoding: str = "utf-8"
) -> RawTable:
    """Read one file; `only` names the columns to read.

    Raises
    ------
    FileError
        As `open_table`, but for rows of another length.
    """
    path = find_file(path)
    try:
        codecs.lookup(encoding)
    except LookupError as fault:
        raise FileError(
            f"{path.name!r} is not opened",
            [f"there is no encoding {encoding!r}"],
            "encoding='utf-8', 'utf-16' or 'cp1252', say",
        ) from fault
    lent = path
    try:
        with unpacked(path, ENDINGS) as lent:
            opened = _read(lent, only, layer, encoding)
    except ProtestSpreadError:
        raise
    except Exception as fault:  # whatever a parser makes of a file that is no such file, it is a FileError to us
        raise explained(lent, path.name, fault) from fault
    return RawTable(opened.frame, opened.broken, path.name, opened.written_as)


def find_file(path: str | Path) -> Path:
    """Return the path of a file that may be opened.

    Raises
    ------
    FileError
        A URL or virtual path, an unknown ending, no such file.
    """
    text = str(path)
    if "://" in text or text.lower().startswith(("/vsi", "\\vsi")) or text.lower().endswith(".vrt"):
        raise FileError(
            f"{text!r} is not opened",
            ["expected the path of a local file; URLs, virtual paths and VRT files are refused"],
            "download or unpack the file and give its path",
        )
    path = Path(path)
    ending = path.suffix.lower()
    if not ending and not _there(path, Path.exists):
        raise FileError(f"{path.name!r} is not opened", ["there is no such file or folder"], f"check the path: {path}")
    if ending not in ENDINGS and ending not in PACKED:
        raise FileError(
            f"{path.name!r} is not opened",
            [f"expected one of {_KNOWN}; found the unknown ending {ending!r}"],
            _INSTEAD.get(ending, "save it as one of these; CSV (UTF-8) will do"),
        )
    if not _there(path, Path.is_file):
        raise FileError(f"{path.name!r} is not opened", ["there is no such file"], f"check the path: {path}")
    return path


def find_files(paths: str | Path | Collection[str | Path]) -> list[Path]:
    """Return the files that a path, a folder, a pattern (``data/*.csv``) or several of these stand for, in order.

    Raises
    ------
    FileError
        As `find_file`; a folder or pattern without a table.
    """
    if not isinstance(paths, str | Path):
        if not isinstance(paths, Iterable) or not paths:
            given = "none" if isinstance(paths, Iterable) else repr(paths)
            raise FileError(
                "there is nothing to open",
                [f"expected a path, a list of paths or a frame; found {given}"],
                "give a path",
            )
        return list(dict.fromkeys(file for path in paths for file in find_files(path)))
    text = str(paths)
    if _there(Path(text), Path.is_dir):
        matches = list(Path(text).rglob("*"))
        found = [p for p in sorted(matches) if _is_table(p.relative_to(text)) and p.is_file()]
    elif (
        _GLOB & set(text)
        and "://" not in text
        and not text.lower().startswith("/vsi")
        and not _there(Path(text), Path.is_file)
    ):
        pattern = Path(text)
        start = Path(*_before_glob(pattern.parts))
        try:
            matches = list(start.glob(str(pattern.relative_to(start))))
        except (ValueError, NotImplementedError, OSError) as fault:
            raise FileError(f"{text!r} is not opened", [str(fault)], "a pattern such as data/*.csv") from fault
        found = sorted(p for p in matches if _is_table(Path(p.name)) and p.is_file())
    else:
        return [find_file(paths)]
    if not found:
        raise FileError(
            f"{text!r} is not opened",
            [
                f"there is no table in it: expected files that end in {_KNOWN}; "
                f"found {shorten_list(sorted(p.name for p in matches), 5) or 'none'}"
            ],
            "check the path or the pattern; names that begin with . or _ do not count",
        )
    return found


def _there(path: Path, kind: Callable[[Path], bool]) -> bool:
    """Say whether there is such a thing; a name that no file can have (too long, with a NUL) is not there."""
    try:
        return kind(path)
    except (OSError, ValueError):
        return False


def _is_table(path: Path) -> bool:
    hidden = any(part.startswith((".", "_")) for part in path.parts)
    return not hidden and path.suffix.lower() in (*ENDINGS, *PACKED)


def _before_glob(parts: tuple[str, ...]) -> list[str]:
    plain: list[str] = []
    for part in parts[:-1]:
        if _GLOB & set(part):
            break
        plain.append(part)
    return plain


def _read(path: Path, only: Collection[str] | None, layer: str | None, encoding: str) -> RawTable:
    ending = path.suffix.lower()
    if ending in TEXTS:
        return read_separated(path, only=only, encoding=encoding)
    if ending in PARQUETS:
        return read_parquet(path, only=only)
    if ending in WORKBOOKS:
        return read_workbook(path, sheet=layer, only=only)
    return read_spatial(path, layer=layer, only=only)


def rename_columns(frame: pd.DataFrame, columns: Mapping[str, str] | None) -> pd.DataFrame:
    """Give columns our names: `columns` maps our name to theirs."""
    if not columns:
        return frame
    missing = [theirs for theirs in columns.values() if theirs not in frame]
    if missing:
        raise FileError(
            "the columns cannot be mapped",
            [f"there is no column {c!r}; the table has {shorten_list(frame.columns, 30)}" for c in missing],
            "columns={our name: their name}",
        )
    taken = [ours for ours, theirs in columns.items() if ours in frame and ours != theirs]
    return frame.drop(columns=taken).rename(columns={theirs: ours for ours, theirs in columns.items()})
