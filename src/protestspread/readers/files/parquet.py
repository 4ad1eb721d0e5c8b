"""Read and write Parquet and GeoParquet, dtypes and order included."""

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet

from ...atomic_files import atomic_path
from ...errors import DataError
from .file_types import AGAIN, unlike
from .raw_table import RawTable, choose

_NOTE = b"protestspread"
_BOMB_ROWS = 10_000_000
MOST_COLUMNS = 2000


def read_parquet(path: Path, *, only: Collection[str] | None = None) -> RawTable:
    """Read a Parquet or GeoParquet table; `only` names the columns to read.

    Raises
    ------
    FileError
        It is cut short.
    ValueError
        It claims more rows than bytes (a few packed bytes can stand for billions), or has too many columns.
    """
    with path.open("rb") as raw:
        raw.seek(-min(4, path.stat().st_size), 2)
        if raw.read() != b"PAR1":
            raise unlike(path.name, path.suffix.lower(), "one without its end: it is cut short", AGAIN)
    with pyarrow.parquet.ParquetFile(path) as file:
        refuse_bomb(path, file.metadata)
        names, metadata = file.schema_arrow.names, file.schema_arrow.metadata or {}
    columns = None if only is None else choose(names, only)
    if b"geo" in metadata and (columns is None or _geometry_columns(metadata) & set(columns)):
        frame: pd.DataFrame = gpd.read_parquet(path, columns=columns)
    else:
        frame = pd.read_parquet(path, columns=columns)
    note = json.loads(metadata[_NOTE]) if _NOTE in metadata and only is None else {}
    return RawTable(frame, name=path.name, written_as=note)


def refuse_bomb(path: Path, metadata: "pyarrow.parquet.FileMetaData") -> None:
    """Raise ValueError where a few packed bytes stand for a table that no memory holds."""
    if metadata.num_columns > MOST_COLUMNS:
        raise ValueError(f"it has {metadata.num_columns:,} columns; tables have at most {MOST_COLUMNS:,}")
    if metadata.num_rows > max(_BOMB_ROWS, path.stat().st_size):
        raise ValueError(f"it claims {metadata.num_rows:,} rows in {path.stat().st_size:,} bytes")


def write_parquet(frame: gpd.GeoDataFrame, path: Path) -> None:
    """Write GeoParquet that `read_parquet` and `restore` turn back into the same table.

    Raises
    ------
    DataError
        A column holds objects other than text; all such are named.
    """
    objects = {
        name: pd.api.types.infer_dtype(frame[name].to_numpy(), skipna=True)
        for name in frame.columns[[dtype.kind == "O" and isinstance(dtype, np.dtype) for dtype in frame.dtypes]]
    }
    faults = [
        f"column '{name}' holds {kind} as objects" for name, kind in objects.items() if kind not in ("string", "empty")
    ]
    faults += [
        f"column '{name}' holds categories of durations, which Parquet turns into bare numbers"
        for name, dtype in frame.dtypes.items()
        if isinstance(dtype, pd.CategoricalDtype) and dtype.categories.dtype.kind == "m"
    ]
    if faults:
        raise DataError(
            "the table cannot be written", faults, "give the column a dtype: frame.astype({'size': 'Int64'})"
        )
    note = {
        "columns": [str(name) for name in frame.columns],
        "dtypes": {str(name): _name(dtype) for name, dtype in frame.dtypes.items()},
        "categories": {
            str(name): [_values(dtype.categories), _name(dtype.categories.dtype), bool(dtype.ordered)]
            for name, dtype in frame.dtypes.items()
            if isinstance(dtype, pd.CategoricalDtype) and not _no_json(_values(dtype.categories))
        },
        "index": str(frame.index.dtype),
        "attrs": _plain(frame.attrs),
    }
    bare = gpd.GeoDataFrame(frame.copy(deep=False))
    bare.attrs = {}
    with atomic_path(path) as partial:
        try:
            bare.to_parquet(partial, index=True)
        except (pa.ArrowException, TypeError, ValueError) as fault:
            raise DataError(
                "the table cannot be written", [str(fault)], "give every column a name that is text"
            ) from fault
        table = pyarrow.parquet.read_table(partial)
        table = table.replace_schema_metadata({**(table.schema.metadata or {}), _NOTE: json.dumps(note).encode()})
        pyarrow.parquet.write_table(table, partial, compression="zstd")


def restore(frame: gpd.GeoDataFrame, written_as: Mapping[str, Any]) -> gpd.GeoDataFrame:
    """Give a table the dtypes, the order of columns and the attrs that it had when it was written."""
    for name, dtype in written_as["dtypes"].items():
        if name in written_as["categories"]:
            values, kind, ordered = written_as["categories"][name]
            categories = pd.Index(values, dtype=_known(kind))
            frame[name] = pd.Categorical(frame[name].astype(object), categories=categories, ordered=ordered)
        elif _name(frame[name].dtype) != dtype and dtype != "geometry":
            frame[name] = frame[name].astype(_known(dtype))
    frame = frame[written_as["columns"]]
    if str(frame.index.dtype) != written_as["index"]:
        frame.index = frame.index.astype(_known(written_as["index"]))
    frame.attrs = dict(written_as["attrs"])
    return frame


def _name(dtype: Any) -> str:
    """Return a dtype as text, the storage of pandas' nullable text included, which ``str`` leaves out."""
    text = str(dtype)
    return f"string[{dtype.storage}]" if isinstance(dtype, pd.StringDtype) and text == "string" else text


def _values(categories: pd.Index) -> list[Any]:
    """Return categories as a list for JSON: moments as text, which their dtype reads again."""
    return [str(value) for value in categories] if categories.dtype.kind == "M" else list(categories)


def _known(dtype: str) -> str:
    """Return a dtype that this pandas knows: before 3, ``str`` meant to turn everything into text, gaps included."""
    return "object" if dtype == "str" and not isinstance(pd.Series(["x"]).dtype, pd.StringDtype) else dtype


def _geometry_columns(metadata: Mapping[bytes, bytes]) -> set[str]:
    return set(json.loads(metadata[b"geo"]).get("columns", {}))


def _plain(attrs: Mapping[Any, Any]) -> dict[str, Any]:
    """Return those notes of a table that can be written as JSON."""
    return {str(key): value for key, value in attrs.items() if not _no_json({str(key): value})}


def _no_json(value: object) -> bool:
    """Say whether a value cannot be written as JSON and be read as the same."""
    try:
        return bool(json.loads(json.dumps(value)) != value)
    except (TypeError, ValueError):
        return True
