"""Read a file batch by batch, only the columns that counting needs."""

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
from .files.file_types import explained
from .files.open import ENDINGS, PARQUETS, TEXTS, find_file, open_one, rename_columns
from .files.parquet import refuse_bomb
from .files.raw_table import RawTable
from .sources.registry import recognize
from .sources.source import Source

BATCH_ROWS = 1 << 17


def batches(
    path: Path,
    asked: str,
    columns: Mapping[str, str] | None,
    *,
    weight: str | None,
    encoding: str,
) -> Iterator[tuple[Source, RawTable]]:
    """Yield the rows of one file in batches: CSV, TSV and Parquet as they are read, all others whole; and where they are from.

    Raises
    ------
    FileError
        The file cannot be opened as what it says it is.
    """
    path = find_file(path)
    try:
        with unpacked(path, ENDINGS) as lent:
            yield from _batches(lent, path.name, asked, columns, weight, encoding)
    except ProtestSpreadError:
        raise
    except Exception as fault:
        raise explained(path, path.name, fault) from fault


def _batches(
    lent: Path, name: str, asked: str, columns: Mapping[str, str] | None, weight: str | None, encoding: str
) -> Iterator[tuple[Source, RawTable]]:
    ending = lent.suffix.lower()
    if ending in TEXTS:
        dialect = sniff(lent, encoding)
        source, needed = _needed(dialect.names, asked, columns, weight, name)
        for one in stream_separated(lent, dialect, needed or dialect.names):
            yield source, one
    elif ending in PARQUETS:
        yield from _parquet(lent, asked, columns, weight)
    else:
        one = open_one(lent, encoding=encoding)
        yield _needed(tuple(map(str, one.frame.columns)), asked, columns, weight, name)[0], one


def _needed(
    names: tuple[str, ...],
    asked: str,
    columns: Mapping[str, str] | None,
    weight: str | None,
    name: str,
) -> tuple[Source, list[str]]:
    """Return where a file is from, and those of its columns that counting needs."""
    renamed = rename_columns(pd.DataFrame(columns=list(names)), columns)
    source = recognize(renamed, asked, name, mapped=bool(columns))
    theirs = dict(columns or {})
    return source, [theirs.get(column, column) for column in source.needed(list(renamed.columns), weight)]


def _parquet(
    path: Path,
    asked: str,
    columns: Mapping[str, str] | None,
    weight: str | None,
) -> Iterator[tuple[Source, RawTable]]:
    with pyarrow.parquet.ParquetFile(path) as file:
        refuse_bomb(path, file.metadata)
        names, metadata = tuple(file.schema_arrow.names), file.schema_arrow.metadata or {}
        geo = json.loads(metadata[b"geo"]) if b"geo" in metadata else {}
        source, needed = _needed(names, asked, columns, weight, path.name)
        shape = geo.get("primary_column")
        needed += [str(shape)] if shape in names and shape not in needed else []
        for batch in file.iter_batches(BATCH_ROWS, columns=needed or None, use_threads=False):
            yield source, RawTable(_pandas(batch, geo), name=path.name)


def _pandas(batch: pa.RecordBatch, geo: Mapping[str, Any]) -> pd.DataFrame:
    text = pd.StringDtype("pyarrow")
    frame: pd.DataFrame = (
        pa.Table.from_batches([batch])
        .replace_schema_metadata(None)
        .to_pandas(
            types_mapper=lambda kind: text if pa.types.is_string(kind) or pa.types.is_large_string(kind) else None
        )
    )
    shape = geo.get("primary_column")
    if shape not in frame:
        return frame
    crs = geo["columns"][shape].get("crs", "OGC:CRS84")
    shapes = gpd.GeoSeries.from_wkb(frame[shape], crs=None if crs is None else pyproj.CRS.from_user_input(crs))
    spatial: pd.DataFrame = gpd.GeoDataFrame(frame.drop(columns=shape), geometry=shapes)
    return spatial
