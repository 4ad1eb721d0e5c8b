"""Open a table: local files of known kinds only. No URL, no ``/vsi`` path, no VRT."""

import zipfile
from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import pandas as pd

from ..errors import FileError, name_some

DRIVERS = {".gpkg": "GPKG", ".geojson": "GeoJSON", ".json": "GeoJSON", ".shp": "ESRI Shapefile", ".fgb": "FlatGeobuf"}
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
        raise FileError(f"{text!r} is not opened", ["URLs, virtual paths and VRT files are refused"], "download the file and give its path")
    path = Path(path)
    ending = path.suffix.lower()
    if ending not in DRIVERS and ending not in TABLES:
        raise FileError(f"{path.name!r} is not opened", [f"unknown ending {ending!r}"], f"one of {name_some([*TABLES, *DRIVERS], 99)}")
    if not path.is_file():
        raise FileError(f"{path.name!r} is not opened", ["there is no such file"], f"check the path: {path}")
    try:
        return _read(path, ending)
    except (ValueError, OSError, UnicodeDecodeError, KeyError, RuntimeError, zipfile.BadZipFile) as fault:
        raise FileError(f"{path.name!r} cannot be read", [f"{type(fault).__name__}: {fault}"], f"is it really a {ending} file?") from fault


def _read(path: Path, ending: str) -> pd.DataFrame:
    import pyogrio

    if ending in (".csv", ".tsv"):
        return pd.read_csv(path, sep="," if ending == ".csv" else "\t", dtype="string", keep_default_na=False, na_values=[""], encoding="utf-8-sig")
    if ending in (".parquet", ".geoparquet"):
        import pyarrow.parquet

        spatial = b"geo" in (pyarrow.parquet.read_schema(path).metadata or {})
        return gpd.read_parquet(path) if spatial else pd.read_parquet(path)
    found = pyogrio.detect_write_driver(path.name) if ending != ".json" else "GeoJSON"
    if found != DRIVERS[ending]:
        raise ValueError(f"it would be opened as {found}")
    return gpd.read_file(path, engine="pyogrio")


def rename_columns(frame: pd.DataFrame, columns: Mapping[str, str] | None) -> pd.DataFrame:
    """Give columns our names: `columns` maps our name to theirs."""
    if not columns:
        return frame
    missing = [theirs for theirs in columns.values() if theirs not in frame]
    if missing:
        raise FileError("the columns cannot be mapped", [f"there is no column {c!r}; the table has {name_some(frame.columns, 30)}" for c in missing],
                        "columns={our name: their name}")
    taken = [ours for ours, theirs in columns.items() if ours in frame and ours != theirs]
    return frame.drop(columns=taken).rename(columns={theirs: ours for ours, theirs in columns.items()})
