"""Read events, and write them so that they can be read again without loss."""

from collections.abc import Collection, Mapping
from pathlib import Path

import geopandas as gpd
import pandas as pd

from ..errors import FileError, SchemaError
from ..tables import check_events
from .files.open import find_files, open_one, refuse_broken
from .files.parquet import restore, write_parquet
from .files.raw_table import RawTable, choose
from .pipeline import RowFilter, combine, normalize
from .quality.quality_findings import share_address
from .sources.registry import TABLE, not_recognized

Paths = str | Path | Collection[str | Path]
_MEND = "correct these rows in the file; nothing was dropped and nothing guessed. screen_events sets such rows aside and says why"
_MEND_TABLE = "columns={our name: the name in the file}"


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
    """Read protest events, one row an event, and check every row.

    Parameters
    ----------
    path_or_frame
        A file, a folder, a pattern (``data/*.csv``) or several files (one table; ``from_file`` says whose row is whose): CSV,
        TSV, Excel, Parquet, GeoParquet, GeoPackage, GeoJSON, FlatGeobuf or Shapefile, also in .gz or .zip. Or a frame.
        A table of one's own needs ``date`` (2022-01-31) and a place: ``longitude`` and ``latitude`` (or ``lon``, ``lat``)
        in degrees, or points, or ``city``. Of the other columns, ``event_id``, ``time``, ``date_end``, ``event_type``,
        ``size_low``, ``size_high``, ``fatalities``, ``date_precision``, ``place_precision``, ``minor``, ``source``,
        ``source_url`` and ``note`` have a meaning of their own (see the glossary); all others are kept as they are.
    format
        "acled", "ucdp", "gdelt", "ccc" (Crowd Counting Consortium), "mass_mobilization", "table" (one's own) or "auto":
        told by the columns, and said in ``attrs["format"]``.
    columns
        Our name -> the name in the file: ``{"date": "Datum", "city": "Ort"}``. With a named `format`, its name -> the name
        in the file.
    country, start, end, event_types
        Only the events in these countries (as the file writes them, whatever the case), from the first through the last
        day, of these types (values of ``event_type``). ``attrs["left_out"]`` counts the rest, and what is no protest
        at all: GDELT rows of other root codes, events online only, years without protest. ``attrs["shared_source_url"]``
        counts GDELT events that have their report in common with others of their day.
    only
        The columns of the file to read; by default all. On large files this saves most of the time.
    layer
        The layer of a GeoPackage, the sheet of a workbook, where there are several.
    encoding
        Of text files; "cp1252", say, for what old spreadsheets wrote.

    Returns
    -------
    GeoDataFrame
        Index ``event_id`` (made from the row's number where the table has none), ``date``, ``geometry`` (points in
        EPSG:4326; empty where only a city is named, until `locate_events`). A clock time within a date moves to ``time``.

    Raises
    ------
    FileError
        The file cannot be opened as what it says it is, or a mapped column is not there.
    SchemaError
        Any fault in any row; all are listed, with their rows. `screen_events` reads files that are not clean.
    DataError
        An unknown format; a choice that cannot be made.

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
    for one in opened:
        refuse_broken(one)
    wanted = RowFilter(country, start, end, event_types)
    rows = combine(opened, format, columns, wanted)
    prepared = normalize(rows)
    if prepared.faults:
        taken = f" ({not_recognized()})" if format == "auto" and rows.source is TABLE and not columns else ""
        whole = all(fault.rows is None for fault in prepared.faults)
        raise SchemaError("events", prepared.faults, (_MEND_TABLE if whole else _MEND) + taken)
    events = prepared.events
    if len(opened) == 1 and opened[0].written_as:
        events = _restored(events, opened[0])
    events.attrs["format"] = rows.source.name
    if rows.left_out:
        events.attrs["left_out"] = {reason: len(at) for reason, at in rows.left_out.items()}
    if rows.source.one_row_a_report and (shared := share_address(events)).any():
        events.attrs["shared_source_url"] = int(shared.sum())
    return events


def write_events(events: gpd.GeoDataFrame, path: str | Path) -> None:
    """Write events to GeoParquet, so that `read_events` returns the same table: values, dtypes, order and attrs.

    Parameters
    ----------
    events
        What `read_events` returned, or a table of that shape.
    path
        Ends in .parquet or .geoparquet; a file that is there is replaced.

    Raises
    ------
    SchemaError, CRSError
        The table is no events table.
    FileError
        The path does not end in .parquet or .geoparquet.
    DataError
        A column holds values of several kinds, or objects.

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
        raise FileError(f"{path.name!r} is not written", [f"it ends in {path.suffix!r}"], "events.parquet")
    write_parquet(events, path)


def open_events(
    path_or_frame: Paths | pd.DataFrame, *, only: Collection[str] | None, layer: str | None, encoding: str
) -> list[RawTable]:
    """Open what events are read from: a frame, or one or several files."""
    if isinstance(path_or_frame, pd.DataFrame):
        frame = path_or_frame
        try:
            return [
                RawTable(
                    frame[choose(list(map(str, frame.columns)), only)].copy() if only is not None else frame.copy()
                )
            ]
        except ValueError as fault:
            raise FileError("the table is not read", [str(fault)], "only=[columns it has]") from fault
    return [open_one(path, only=only, layer=layer, encoding=encoding) for path in find_files(path_or_frame)]


def _restored(events: gpd.GeoDataFrame, opened: RawTable) -> gpd.GeoDataFrame:
    try:
        return restore(events, opened.written_as)
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        raise FileError(
            f"{opened.name!r} cannot be read", [f"its note on dtypes is damaged: {fault}"], "write it again"
        ) from fault
