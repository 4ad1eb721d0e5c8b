"""Read a file in batches, with only the columns that counting needs."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pyproj

from ..errors import ProtestSpreadError
from .files.archives import unpacked
from .files.csv_files import sniff, stream_separated
from .files.file_types import parser_error
from .files.open import ENDINGS, PARQUETS, TEXTS, find_file, open_file, rename_columns
from .files.parquet import refuse_bomb
from .files.raw_table import RawTable
from .sources.registry import recognize
from .sources.source import Source

BATCH_ROWS = 1 << 17


def batches(
    path: Path,
    format_: str,
    columns: Mapping[str, str] | None,
    *,
    weight: str | None,
    encoding: str,
) -> Iterator[tuple[Source, RawTable]]:
    """Yield the rows of one file in batches, with their source: CSV, TSV and Parquet in parts, all other files whole.

    Raises
    ------
    FileError
        The file cannot be read as the type that its ending names.
    """
    path = find_file(path)
    try:
        with unpacked(path, ENDINGS) as local:
            yield from _read_batches(local, path.name, format_, columns, weight, encoding)
    except ProtestSpreadError:
        raise
    except Exception as fault:
        raise parser_error(path, path.name, fault) from fault


def _read_batches(
    local: Path, name: str, format_: str, columns: Mapping[str, str] | None, weight: str | None, encoding: str
) -> Iterator[tuple[Source, RawTable]]:
    ending = local.suffix.lower()
    if ending in TEXTS:
        dialect = sniff(local, encoding)
        source, needed = _select_needed(dialect.names, format_, columns, weight, name)
        for table in stream_separated(local, dialect, needed or dialect.names):
            yield source, table
    elif ending in PARQUETS:
        yield from _read_parquet_batches(local, format_, columns, weight)
    else:
        table = open_file(local, encoding=None if encoding == "utf-8" else encoding)
        yield _select_needed(tuple(map(str, table.frame.columns)), format_, columns, weight, name)[0], table


def _select_needed(
    names: tuple[str, ...],
    format_: str,
    columns: Mapping[str, str] | None,
    weight: str | None,
    name: str,
) -> tuple[Source, list[str]]:
    """Return the source of a file, and those of its columns that counting needs."""
    renamed = rename_columns(pd.DataFrame(columns=list(names)), columns)
    source = recognize(renamed, format_, name, mapped=bool(columns))
    original = dict(columns or {})
    return source, [
        original.get(column, column) for column in source.columns_for_counting(list(renamed.columns), weight)
    ]


def _read_parquet_batches(
    path: Path,
    format_: str,
    columns: Mapping[str, str] | None,
    weight: str | None,
) -> Iterator[tuple[Source, RawTable]]:
    with pyarrow.parquet.ParquetFile(path) as file:
        refuse_bomb(path, file.metadata)
        names, metadata = tuple(file.schema_arrow.names), file.schema_arrow.metadata or {}
        geo = json.loads(metadata[b"geo"]) if b"geo" in metadata else {}
        source, needed = _select_needed(names, format_, columns, weight, path.name)
        geometry = geo.get("primary_column")
        needed += [str(geometry)] if geometry in names and geometry not in needed else []
        for batch in file.iter_batches(BATCH_ROWS, columns=needed or None, use_threads=False):
            yield source, RawTable(_to_pandas(batch, geo), name=path.name)


def _to_pandas(batch: pa.RecordBatch, geo: Mapping[str, Any]) -> pd.DataFrame:
    text = pd.StringDtype("pyarrow")
    frame: pd.DataFrame = (
        pa.Table.from_batches([batch])
        .replace_schema_metadata(None)
        .to_pandas(
            types_mapper=lambda kind: text if pa.types.is_string(kind) or pa.types.is_large_string(kind) else None
        )
    )
    geometry = geo.get("primary_column")
    if geometry not in frame:
        return frame
    crs = geo["columns"][geometry].get("crs", "OGC:CRS84")
    shapes = gpd.GeoSeries.from_wkb(frame[geometry], crs=None if crs is None else pyproj.CRS.from_user_input(crs))
    spatial: pd.DataFrame = gpd.GeoDataFrame(frame.drop(columns=geometry), geometry=shapes)
    return spatial
