"""Open a table: local files of known kinds only. No URL, no ``/vsi`` path, no VRT."""

import zipfile
from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import pandas as pd

from ..errors import FileError, name_some

MAGIC = {
    ".gpkg": b"SQLite format 3",
    ".geojson": b"{",
    ".json": b"{",
    ".shp": b"\x00\x00\x27\x0a",
    ".fgb": b"fgb",
}
"""How a file of each ending begins. GDAL goes by content, so a VRT called ``.geojson`` would be followed elsewhere."""
TABLES = (".csv", ".tsv", ".parquet", ".geoparquet")


def open_table(path: str | Path) -> pd.DataFrame:
    """Read a file as a table, geometry included where it has one; text columns stay text.

    CSV and TSV are read as text throughout, so that no value is guessed at; columns are typed when they are checked.

    Raises
    ------
    FileError
        A URL or virtual path, an ending that is not known, a file that is not there or not what its ending says.
    """
    text = str(path)
    if "://" in text or text.lower().startswith(("/vsi", "\\vsi")) or text.lower().endswith(".vrt"):
        raise FileError(
            f"{text!r} is not opened",
            ["URLs, virtual paths and VRT files are refused"],
            "download the file and give its path",
        )
    path = Path(path)
    ending = path.suffix.lower()
    if ending not in MAGIC and ending not in TABLES:
        raise FileError(
            f"{path.name!r} is not opened",
            [f"unknown ending {ending!r}"],
            f"one of {name_some([*TABLES, *MAGIC], 99)}",
        )
    if not path.is_file():
        raise FileError(f"{path.name!r} is not opened", ["there is no such file"], f"check the path: {path}")
    try:
        return _read(path, ending)
    except (ValueError, OSError, UnicodeDecodeError, KeyError, RuntimeError, zipfile.BadZipFile) as fault:
        raise FileError(
            f"{path.name!r} cannot be read", [f"{type(fault).__name__}: {fault}"], f"is it really a {ending} file?"
        ) from fault


def _read(path: Path, ending: str) -> pd.DataFrame:
    if ending in (".csv", ".tsv"):
        return pd.read_csv(
            path,
            sep="," if ending == ".csv" else "\t",
            dtype="string",
            keep_default_na=False,
            na_values=[""],
            encoding="utf-8-sig",
        )
    if ending in (".parquet", ".geoparquet"):
        import pyarrow.parquet

        spatial = b"geo" in (pyarrow.parquet.read_schema(path).metadata or {})
        return gpd.read_parquet(path) if spatial else pd.read_parquet(path)
    with path.open("rb") as file:
        begins = file.read(64).removeprefix(b"\xef\xbb\xbf").lstrip()
    if not begins.startswith(MAGIC[ending]):
        raise ValueError(f"it begins with {begins[:12]!r}, not {MAGIC[ending]!r}")
    table: pd.DataFrame = gpd.read_file(path, engine="pyogrio")
    return table


def rename_columns(frame: pd.DataFrame, columns: Mapping[str, str] | None) -> pd.DataFrame:
    """Give columns our names: `columns` maps our name to theirs."""
    if not columns:
        return frame
    missing = [theirs for theirs in columns.values() if theirs not in frame]
    if missing:
        raise FileError(
            "the columns cannot be mapped",
            [f"there is no column {c!r}; the table has {name_some(frame.columns, 30)}" for c in missing],
            "columns={our name: their name}",
        )
    taken = [ours for ours, theirs in columns.items() if ours in frame and ours != theirs]
    return frame.drop(columns=taken).rename(columns={theirs: ours for ours, theirs in columns.items()})
