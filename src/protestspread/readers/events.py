"""Read events, and write them without loss."""

from collections.abc import Collection, Mapping
from pathlib import Path

import geopandas as gpd
import pandas as pd

from ..checks import Fault
from ..errors import FileError, SchemaError
from ..tables import check_events
from .files.open import find_files, open_file, refuse_broken
from .files.parquet import restore, write_parquet
from .files.raw_table import RawTable, select_columns
from .pipeline import RowFilter, combine, normalize
from .quality.quality_findings import has_shared_report
from .sources.registry import TABLE, unrecognized_message

Paths = str | Path | Collection[str | Path]
_FIX_ROWS = "correct these rows in the file (none was dropped or changed), or use screen_events, which sets them aside with the reason"
FIX_COLUMNS = "name the columns of the file with columns={'date': 'name in the file', ...}"


def read_events(
    path_or_frame: Paths | pd.DataFrame,
    *,
    format: str = "auto",  # noqa: A002 - the word that pandas and geopandas use
    columns: Mapping[str, str] | None = None,
    country: str | Collection[str] | None = None,
    start: str | pd.Timestamp | None = None,
    end: str | pd.Timestamp | None = None,
    event_types: Collection[str] | None = None,
    only: Collection[str] | None = None,
    layer: str | None = None,
    encoding: str = "utf-8",
) -> gpd.GeoDataFrame:
    """Read protest events, one row per event, and check every row.

    Parameters
    ----------
    path_or_frame
        A DataFrame, a file, a folder, a pattern (``data/*.csv``) or several files, which become one table with a column
        ``from_file``. Formats: CSV, TSV, Excel, Parquet, GeoParquet, GeoPackage, GeoJSON, FlatGeobuf and Shapefile, also in
        .gz or .zip. Your own table needs ``date`` (2022-01-31) and a place: ``longitude`` and ``latitude`` (or ``lon``,
        ``lat``) in degrees, or points, or ``city``. The optional columns ``event_id``, ``time``, ``date_end``,
        ``event_type``, ``size_low``, ``size_high``, ``fatalities``, ``date_precision``, ``place_precision``, ``minor``,
        ``source``, ``source_url`` and ``note`` are described in the glossary; all others are kept unchanged.
    format
        "acled", "ucdp", "gdelt", "ccc" (Crowd Counting Consortium), "mass_mobilization", "table" (your own) or "auto",
        which recognizes the format by its columns. ``attrs["format"]`` has the format that was used.
    columns
        Standard name -> name in the file: ``{"date": "Datum", "city": "Ort"}``. With a named `format`, the format's name ->
        the name in the file.
    country, start, end, event_types
        Keep only events in these countries (as written in the file, case-insensitive), from the first through the last day,
        of these types (values of ``event_type``). ``attrs["left_out"]`` counts the other rows, and rows that are not protest
        events: GDELT rows with other root codes, online events, country-years without protest. ``attrs["shared_source_url"]``
        counts GDELT events that share their report with other events on the same day.
    only
        The columns of the file to read (default: all). Reading few columns of a large file saves most of the time.
    layer
        The layer of a GeoPackage, or the sheet of a workbook, if there are several.
    encoding
        The encoding of text files, such as "cp1252" for files from old spreadsheets.

    Returns
    -------
    GeoDataFrame
        Index ``event_id`` (the row number if the table has none), ``date``, ``geometry`` (points in EPSG:4326; empty where
        only a city is named, until `locate_events`). A clock time in ``date`` moves to ``time``.

    Raises
    ------
    FileError
        The file cannot be read as the type that its ending names, or a mapped column is missing.
    SchemaError
        Any row is faulty; all faults are listed with their rows. `screen_events` reads such files.
    DataError
        An unknown format, or a filter on a column that the table does not have.

    Examples
    --------
    >>> import pandas as pd, protestspread as ps
    >>> rows = pd.DataFrame({"Tag": ["2022-01-02", "2022-01-03"], "Ort": ["Zhanaozen", "Atyrau"]})
    >>> ps.read_events(rows, columns={"date": "Tag", "city": "Ort"})[["date", "city"]]
                   date       city
    event_id
    row 1    2022-01-02  Zhanaozen
    row 2    2022-01-03     Atyrau
    """
    opened = open_events(path_or_frame, only=only, layer=layer, encoding=encoding)
    for table in opened:
        refuse_broken(table)
    row_filter = RowFilter(country, start, end, event_types)
    rows = combine(opened, format, columns, row_filter)
    prepared = normalize(rows)
    if prepared.faults:
        note = f". Note: {unrecognized_message()}" if format == "auto" and rows.source is TABLE and not columns else ""
        raise SchemaError("events", prepared.faults, _choose_fix(prepared.faults) + note)
    events = prepared.events
    if len(opened) == 1 and opened[0].written_as:
        events = _restore_dtypes(events, opened[0])
    events.attrs["format"] = rows.source.name
    if rows.left_out:
        events.attrs["left_out"] = {reason: len(at) for reason, at in rows.left_out.items()}
    if rows.source.rows_are_reports and (shared := has_shared_report(events)).any():
        events.attrs["shared_source_url"] = int(shared.sum())
    return events


def _choose_fix(faults: list[Fault]) -> str:
    if any(fault.rows is None and "missing" in fault for fault in faults):
        return FIX_COLUMNS
    return "convert the table as described" if all(fault.rows is None for fault in faults) else _FIX_ROWS


def write_events(events: gpd.GeoDataFrame, path: str | Path) -> None:
    """Write events to GeoParquet; `read_events` returns the same values, dtypes, order and attrs.

    Parameters
    ----------
    events
        A table of events, as `read_events` returns it.
    path
        A path that ends in .parquet or .geoparquet; an existing file is replaced.

    Raises
    ------
    SchemaError, CRSError
        The table is not a valid table of events.
    FileError
        The path does not end in .parquet or .geoparquet.
    DataError
        A column holds values of mixed types, or objects.

    Examples
    --------
    >>> import tempfile, protestspread as ps
    >>> from pathlib import Path
    >>> events = ps.load_case("kazakhstan_2022").events
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ps.write_events(events, Path(folder) / "events.parquet")
    ...     again = ps.read_events(Path(folder) / "events.parquet")
    >>> again.equals(events)
    True
    """
    check_events(events)
    path = Path(path)
    if path.suffix.lower() not in (".parquet", ".geoparquet"):
        raise FileError(
            path.name,
            [f"expected a name that ends in .parquet or .geoparquet; found the ending {path.suffix!r}"],
            f"write to {path.stem}.parquet",
        )
    write_parquet(events, path)


def open_events(
    path_or_frame: Paths | pd.DataFrame, *, only: Collection[str] | None, layer: str | None, encoding: str
) -> list[RawTable]:
    """Open a DataFrame, or one or several files, as raw tables."""
    if isinstance(path_or_frame, pd.DataFrame):
        frame = path_or_frame
        try:
            return [
                RawTable(
                    frame[select_columns(list(map(str, frame.columns)), only)].copy()
                    if only is not None
                    else frame.copy()
                )
            ]
        except ValueError as fault:
            raise FileError("only", [str(fault)], "choose columns of the table") from fault
    return [
        open_file(path, only=only, layer=layer, encoding=encoding)
        for path in find_files(path_or_frame, argument="path_or_frame")
    ]


def _restore_dtypes(events: gpd.GeoDataFrame, opened: RawTable) -> gpd.GeoDataFrame:
    try:
        return restore(events, opened.written_as)
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        raise FileError(
            opened.name, [f"the stored dtypes are damaged: {fault}"], "write the file again with write_events"
        ) from fault
