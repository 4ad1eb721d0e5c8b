"""Read and write Parquet and GeoParquet, with dtypes and column order."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet

from ...atomic_files import atomic_path
from ...errors import DataError
from .file_types import DOWNLOAD_AGAIN, file_type_error
from .raw_table import Only, RawTable, select_columns

_METADATA_KEY = b"protestspread"
_BOMB_ROWS = 10_000_000
MOST_COLUMNS = 2000


def read_parquet(path: Path, *, only: Only = None) -> RawTable:
    """Read a Parquet or GeoParquet table; `only` names the columns to read.

    Raises
    ------
    FileError
        The file is truncated.
    ValueError
        The file has too many columns, or more rows than bytes (a few compressed bytes can encode billions of rows).
    """
    with path.open("rb") as raw:
        raw.seek(-min(4, path.stat().st_size), 2)
        if raw.read() != b"PAR1":
            raise file_type_error(path.name, path.suffix.lower(), "a truncated one", DOWNLOAD_AGAIN)
    with pyarrow.parquet.ParquetFile(path) as file:
        refuse_bomb(path, file.metadata)
        names, metadata = file.schema_arrow.names, file.schema_arrow.metadata or {}
    chosen = select_columns(names, only)
    columns = None if chosen == names else chosen
    if b"geo" in metadata and (columns is None or _geometry_columns(metadata) & set(columns)):
        frame: pd.DataFrame = gpd.read_parquet(path, columns=columns)
    else:
        frame = pd.read_parquet(path, columns=columns)
    schema = json.loads(metadata[_METADATA_KEY]) if _METADATA_KEY in metadata and columns is None else {}
    return RawTable(frame, name=path.name, written_as=schema)


def refuse_bomb(path: Path, metadata: "pyarrow.parquet.FileMetaData") -> None:
    """Raise ValueError if a small file expands to a table that does not fit into memory."""
    if metadata.num_columns > MOST_COLUMNS:
        raise ValueError(f"expected at most {MOST_COLUMNS:,} columns; found {metadata.num_columns:,} columns")
    if metadata.num_rows > max(_BOMB_ROWS, path.stat().st_size):
        raise ValueError(
            f"expected at most one row per byte; found {metadata.num_rows:,} rows in {path.stat().st_size:,} bytes"
        )


def write_parquet(frame: gpd.GeoDataFrame, path: Path) -> None:
    """Write GeoParquet from which `read_parquet` and `restore` return the same table.

    Raises
    ------
    DataError
        A column holds objects other than text; all such columns are named.
    """
    objects = {
        name: pd.api.types.infer_dtype(frame[name].to_numpy(), skipna=True)
        for name in frame.columns[[dtype.kind == "O" and isinstance(dtype, np.dtype) for dtype in frame.dtypes]]
    }
    faults = [
        f"column '{name}' holds {kind} values with dtype object"
        for name, kind in objects.items()
        if kind not in ("string", "empty")
    ]
    faults += [
        f"column '{name}' holds categories of durations, which Parquet would convert to numbers"
        for name, dtype in frame.dtypes.items()
        if isinstance(dtype, pd.CategoricalDtype) and dtype.categories.dtype.kind == "m"
    ]
    if faults:
        raise DataError(
            "events cannot be written to Parquet", faults, "set a dtype, as in frame.astype({'size': 'Int64'})"
        )
    schema = {
        "columns": [str(name) for name in frame.columns],
        "dtypes": {str(name): _dtype_name(dtype) for name, dtype in frame.dtypes.items()},
        "categories": {
            str(name): [_json_values(dtype.categories), _dtype_name(dtype.categories.dtype), bool(dtype.ordered)]
            for name, dtype in frame.dtypes.items()
            if isinstance(dtype, pd.CategoricalDtype) and not _not_json(_json_values(dtype.categories))
        },
        "index": str(frame.index.dtype),
        "attrs": _json_items(frame.attrs),
    }
    plain = gpd.GeoDataFrame(frame.copy(deep=False))
    plain.attrs = {}
    with atomic_path(path) as partial:
        try:
            plain.to_parquet(partial, index=True)
        except (pa.ArrowException, TypeError, ValueError) as fault:
            raise DataError(
                "events cannot be written to Parquet", [str(fault)], "use strings as column names"
            ) from fault
        table = pyarrow.parquet.read_table(partial)
        table = table.replace_schema_metadata(
            {**(table.schema.metadata or {}), _METADATA_KEY: json.dumps(schema).encode()}
        )
        pyarrow.parquet.write_table(table, partial, compression="zstd")


def restore(frame: gpd.GeoDataFrame, written_as: Mapping[str, Any]) -> gpd.GeoDataFrame:
    """Restore the dtypes, the column order and the attrs of a written table."""
    for name, dtype in written_as["dtypes"].items():
        if name in written_as["categories"]:
            values, kind, ordered = written_as["categories"][name]
            categories = pd.Index(values, dtype=_supported_dtype(kind))
            frame[name] = pd.Categorical(frame[name].astype(object), categories=categories, ordered=ordered)
        elif _dtype_name(frame[name].dtype) != dtype and dtype != "geometry":
            frame[name] = frame[name].astype(_supported_dtype(dtype))
    frame = frame[written_as["columns"]]
    if str(frame.index.dtype) != written_as["index"]:
        frame.index = frame.index.astype(_supported_dtype(written_as["index"]))
    frame.attrs = dict(written_as["attrs"])
    return frame


def _dtype_name(dtype: Any) -> str:
    """Return a dtype as text, with the storage of pandas strings, which ``str`` omits."""
    text = str(dtype)
    return f"string[{dtype.storage}]" if isinstance(dtype, pd.StringDtype) and text == "string" else text


def _json_values(categories: pd.Index) -> list[Any]:
    """Return categories as a list for JSON, with timestamps as text."""
    return [str(value) for value in categories] if categories.dtype.kind == "M" else list(categories)


def _supported_dtype(dtype: str) -> str:
    """Return a dtype that this pandas supports: before version 3, ``str`` also converted missing values to text."""
    return "object" if dtype == "str" and not isinstance(pd.Series(["x"]).dtype, pd.StringDtype) else dtype


def _geometry_columns(metadata: Mapping[bytes, bytes]) -> set[str]:
    return set(json.loads(metadata[b"geo"]).get("columns", {}))


def _json_items(attrs: Mapping[Any, Any]) -> dict[str, Any]:
    """Return the attrs that can be written as JSON."""
    return {str(key): value for key, value in attrs.items() if not _not_json({str(key): value})}


def _not_json(value: object) -> bool:
    """Return whether a value changes, or fails, when written to JSON and read again."""
    try:
        return bool(json.loads(json.dumps(value)) != value)
    except (TypeError, ValueError):
        return True
