"""Read events, and write them without loss."""

import warnings
from collections import Counter
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import pandas as pd

from ..arguments import Arguments
from ..errors import DataWarning, FileError, LostEventsWarning, ProtestSpreadError, SchemaError, shorten_list
from ..tables import check_events
from .files.csv_files import Kinds
from .files.open import find_files, open_file, refuse_broken, rename_columns
from .files.parquet import restore, write_parquet
from .files.raw_table import BrokenRow, RawTable, select_columns
from .options import ReadOptions, RowFilter
from .pipeline import CombinedRows, NormalizedEvents, combine, normalize
from .quality.quality_findings import has_shared_report
from .set_aside import faulty_rows, usable_events
from .sources.date_formats import is_in_future
from .sources.registry import TABLE, recognize, unrecognized_message
from .sources.source import Source

Paths = str | Path | Collection[str | Path]
_FIX_ROWS = (
    "correct these rows in the file (none was dropped or changed), or pass on_fault='set_aside' to go on without them; "
    "screen_events lists them with the reason"
)
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
    date_format: str | None = None,
    crs: Any = None,
    layer: str | None = None,
    encoding: str = "utf-8",
    count: str | None = None,
    on_fault: Literal["error", "set_aside"] = "error",
    keep: Literal["standard", "all"] = "standard",
) -> gpd.GeoDataFrame:
    """Read protest events, one row per event, and check every row.

    Parameters
    ----------
    path_or_frame
        A DataFrame, a file, a folder, a pattern (``data/*.csv``) or several files, which become one table with a column
        ``from_file``. Formats: CSV, TSV, Excel, Parquet, GeoParquet, GeoPackage, GeoJSON, TopoJSON, FlatGeobuf and
        Shapefile, also in .gz or .zip. Your own table needs ``date`` (2022-01-31) and a place: ``longitude`` and ``latitude`` (or ``lon``,
        ``lat``) in degrees, or points, or ``city``. The optional columns ``event_id``, ``time``, ``date_end``,
        ``event_type``, ``size_low``, ``size_high``, ``size_text``, ``fatalities``, ``date_precision``, ``place_precision``,
        ``minor``, ``source``, ``source_url`` and ``note`` are described in the glossary. Case, spaces, underscores and dots in
        their names do not matter. All other columns are kept; those of a text file become numbers if all of their values are
        numbers without leading zeros, and pandas' ``str`` otherwise.
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
    date_format
        How dates are written if not as 2022-01-31, as in `datetime.strptime`: ``"%d.%m.%Y"`` for 31.01.2022.
    crs
        The reference system of points in a file that names none, such as "EPSG:27700". Columns of longitude and latitude are
        always degrees, WGS 84.
    layer
        The layer of a GeoPackage, or the sheet of a workbook, if there are several.
    encoding
        The encoding of text files, such as "cp1252" for files from old spreadsheets, and of Shapefiles.
    count
        The column with the number of events that each row stands for, if the table is aggregated already. It becomes ``count``;
        rows are not repeated: ``count_events(events, places, weight="count")`` sums it.
    on_fault
        "error": any fault is an error. "set_aside": faulty rows are left out with a warning, and unreadable values of optional
        columns are left blank with a warning; ``attrs["set_aside"]`` counts the rows by reason, ``attrs["left_blank"]`` the
        values by column. `screen_events` returns the rows themselves.
    keep
        "standard": leave out the columns of free text of the known sources (such as ``notes`` of ACLED);
        ``attrs["columns_left_out"]`` names them. "all": keep them. Your own table keeps all columns.

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
        Any row is faulty; all faults are listed with their rows.
    DataError
        An option that is not valid, or a filter on a column that the table does not have.

    Warns
    -----
    LostEventsWarning
        With ``on_fault="set_aside"``: the rows that were left out.
    DataWarning
        Dates in the future; with ``on_fault="set_aside"``, values that were left blank.

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
    options = ReadOptions(format, columns, date_format, crs, encoding, layer, count, keep, only).check()
    row_filter = RowFilter(country, start, end, event_types)
    row_filter.days()
    with Arguments() as check:
        check.choice("on_fault", on_fault, ("error", "set_aside"))
    rows, opened = _combine_files(path_or_frame, options, row_filter, allow_broken=on_fault == "set_aside")
    prepared = normalize(rows)
    raise_table_faults(prepared)
    if on_fault == "set_aside":
        events = _set_aside(prepared, [row for table in opened for row in table.broken])
    elif prepared.faults:
        raise SchemaError("events", prepared.faults, _FIX_ROWS + _format_note(rows))
    else:
        events = prepared.events
    if len(opened) == 1 and opened[0].written_as:
        events = _restore_dtypes(events, opened[0])
    events.attrs |= _describe(rows, events)
    if not rows.are_events:
        _warn_of_the_future(events)
    return events


def _combine_files(
    path_or_frame: Paths | pd.DataFrame, options: ReadOptions, row_filter: RowFilter, *, allow_broken: bool
) -> tuple[CombinedRows, list[RawTable]]:
    """Return the rows of all files, without the raw tables, which would take as much memory again."""
    wanted = WantedColumns(options)
    opened = open_events(path_or_frame, options, wanted)
    if not allow_broken:
        for table in opened:
            refuse_broken(table)
    rows = combine(opened, options, row_filter)
    left_out = tuple(dict.fromkeys([*wanted.left_out, *rows.left_out_columns]))
    # an empty slice would keep the texts of the whole file
    light = [replace(table, frame=pd.DataFrame(columns=table.frame.columns)) for table in opened]
    return replace(rows, raw=pd.DataFrame(columns=rows.raw.columns), left_out_columns=left_out), light


def _describe(rows: CombinedRows, events: gpd.GeoDataFrame) -> dict[str, Any]:
    """Return the attrs that say how the events were read."""
    attrs: dict[str, Any] = {"format": rows.source.name}
    if rows.left_out:
        attrs["left_out"] = {reason: len(at) for reason, at in rows.left_out.items()}
    if rows.left_out_columns:
        attrs["columns_left_out"] = list(rows.left_out_columns)
    if rows.source.rows_are_reports and (shared := has_shared_report(events)).any():
        attrs["shared_source_url"] = int(shared.sum())
    return attrs


def _set_aside(prepared: NormalizedEvents, broken: Collection[BrokenRow]) -> gpd.GeoDataFrame:
    """Return the clean events, and warn of the rows set aside and of the values left blank."""
    faulty, reasons = faulty_rows(prepared)
    lost: dict[str, list[Hashable]] = {}
    for event, reason in zip(prepared.events.index[faulty], reasons[faulty], strict=True):
        lost.setdefault(reason, []).append(event)
    for row in broken:
        lost.setdefault(row.reason, []).append(f"row {row.number}")
    given = len(prepared.events) + len(broken)
    events, blanks = usable_events(prepared, faulty)
    events.attrs["set_aside"] = {reason: len(ids) for reason, ids in lost.items()}
    if lost:
        warnings.warn(LostEventsWarning("read_events", given, lost), stacklevel=3)
    if blanks:
        counts = Counter[str]()
        for blank in blanks:
            counts[blank.column] += len(blank.events)
        events.attrs["left_blank"] = dict(counts)
        texts = [f"{blank.reason} in {len(blank.events)} rows ({shorten_list(blank.events)})" for blank in blanks]
        warnings.warn(DataWarning("read_events: " + "; ".join(texts)), stacklevel=3)
    return events


def _warn_of_the_future(events: gpd.GeoDataFrame) -> None:
    future = is_in_future(events["date"])
    if future.any():
        text = f"read_events: {int(future.sum())} of {len(events)} events are dated in the future"
        warnings.warn(DataWarning(f"{text} ({shorten_list(events.index[future])})"), stacklevel=3)


def raise_table_faults(prepared: NormalizedEvents) -> None:
    """Raise `SchemaError` if a fault concerns the whole table, such as a missing column."""
    faults = [fault for fault in prepared.faults if fault.rows is None]
    if faults:
        missing = any("missing" in fault for fault in faults)
        fix = FIX_COLUMNS if missing else "convert the table as described"
        raise SchemaError("events", prepared.faults, fix + _format_note(prepared.rows))


def _format_note(rows: CombinedRows) -> str:
    guessed = rows.options.format == "auto" and rows.source is TABLE and not rows.options.columns
    return f". Note: {unrecognized_message()}" if guessed else ""


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
    with Arguments() as check:
        check.instance("path", path, (str, Path), "a path that ends in .parquet or .geoparquet")
    path = Path(path)
    if path.suffix.lower() not in (".parquet", ".geoparquet"):
        raise FileError(
            path.name,
            [f"expected a name that ends in .parquet or .geoparquet; found the ending {path.suffix!r}"],
            f"write to {path.stem}.parquet",
        )
    write_parquet(events, path)


class WantedColumns:
    """Choose the columns of a file to read, and kinds of some of them.

    All columns are read but free text, unless sizes stand nowhere else; `left_out` has the others.
    """

    def __init__(self, options: ReadOptions) -> None:
        self.options = options
        self.left_out: dict[str, None] = {}

    def __call__(self, names: Sequence[str]) -> Collection[str] | None:
        """Return the columns to read, None for all."""
        source = None if self.options.keeps_all else self._source(names)
        if source is None:
            return self.options.only
        text = set(source.free_text_columns(names)) - set(source.only_size_columns(names))
        self.left_out |= dict.fromkeys(name for name in names if name in text)
        return [name for name in names if name not in text] if text else None

    def kinds(self, names: Sequence[str]) -> Kinds:
        """Return the kinds of columns that the source fixes."""
        source = None if self.options.mapping else self._source(names)
        return {} if source is None else source.kinds(names)

    def _source(self, names: Sequence[str]) -> Source | None:
        """Return the source of a file; an unknown one is reported later, with all rows at hand."""
        try:
            frame = rename_columns(pd.DataFrame(columns=list(names)), self.options.mapping)
            return recognize(frame, str(self.options.format), "the table", mapped=bool(self.options.columns))
        except ProtestSpreadError:
            return None


def open_events(
    path_or_frame: Paths | pd.DataFrame, options: ReadOptions, wanted: WantedColumns | None = None
) -> list[RawTable]:
    """Open a DataFrame, or one or several files, as raw tables."""
    if isinstance(path_or_frame, pd.DataFrame):
        frame, only = path_or_frame, options.only
        try:
            names = None if only is None else select_columns(list(map(str, frame.columns)), only)
        except ValueError as fault:
            raise FileError("only", [str(fault)], "choose columns of the table") from fault
        return [RawTable(frame.copy() if names is None else frame[names].copy())]
    encoding = None if options.encoding == "utf-8" else options.encoding  # Shapefiles may declare another
    kinds = wanted.kinds if wanted else lambda _: {}
    return [
        open_file(path, only=wanted or options.only, layer=options.layer, encoding=encoding, kinds=kinds)
        for path in find_files(path_or_frame, argument="path_or_frame")
    ]


def _restore_dtypes(events: gpd.GeoDataFrame, opened: RawTable) -> gpd.GeoDataFrame:
    try:
        return restore(events, opened.written_as)
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        raise FileError(
            opened.name, [f"the stored dtypes are damaged: {fault}"], "write the file again with write_events"
        ) from fault
