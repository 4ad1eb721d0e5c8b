"""Turn opened files into events with a list of their faults, for reading, screening and counting.

Columns are renamed to the standard names, rows are filtered (and counted), the remaining rows are converted and checked.
Faulty rows are neither dropped nor raised here; the caller decides.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from ..arrays import BoolArray
from ..checks import order_faults, texts
from ..errors import DataError, FileError, shorten_list
from ..faults import Fault
from ..geodesy import WGS84, distinct_pairs
from ..tables import EVENTS
from .columns import convert_in_place, id_texts, text_columns, to_dates, to_text
from .files.open import rename_columns
from .files.raw_table import RawTable
from .options import ReadOptions, RowFilter
from .sources.date_formats import DateFormat, written_as
from .sources.registry import recognize
from .sources.source import LATITUDE, LONGITUDE, Source

COUNTS = ("size_low", "size_high", "fatalities", "fatalities_low", "fatalities_high", "mentions")
_TEXTS = {column.name for column in EVENTS.columns} | {"country", "from_file", "name", "aliases", "locality", "state"}
"""Columns that stay text even if all of their values are numbers."""
_NULL_ISLAND = "longitude and latitude are both 0, which stands for 'unknown' in many tables; leave them blank"


@dataclass(frozen=True, eq=False)
class CombinedRows:
    """The rows of one or several files under the standard column names, before conversion.

    Attributes
    ----------
    raw
        All rows, unchanged.
    frame
        The rows that were kept, under the standard names.
    position
        The position of each row of `frame` in `raw`.
    left_out
        Reason -> positions in `raw` of the rows that were filtered out for it.
    options
        What the user said of the files.
    left_out_columns
        The columns of free text that were left out.
    are_events
        Whether `write_events` wrote the files, so that their events were checked before.
    is_text
        Whether the files hold text only, so that numbers have to be recognized.
    """

    raw: pd.DataFrame
    frame: pd.DataFrame
    position: npt.NDArray[np.int64]
    left_out: Mapping[str, npt.NDArray[np.int64]]
    source: Source
    options: ReadOptions
    left_out_columns: tuple[str, ...] = ()
    are_events: bool = False
    is_text: bool = False

    @property
    def date_format(self) -> DateFormat:
        """How dates are written: as the user said, else as the source writes them."""
        told = self.options.date_format
        return self.source.date_format if told is None else written_as(told)

    def keep(self, wanted: BoolArray, reason: str) -> "CombinedRows":
        """Return the rows where `wanted` is True, and record the others under a reason."""
        if wanted.all():
            return self
        left_out = {**self.left_out, reason: self.position[~wanted]}
        return replace(self, frame=self.frame[wanted].copy(), position=self.position[wanted], left_out=left_out)


@dataclass(frozen=True, eq=False)
class NormalizedEvents:
    """Events and their faults.

    Attributes
    ----------
    events
        Every row that was kept, faulty or not, as a table of events.
    faults
        The faults, with their rows.
    rows
        The rows before conversion.
    """

    events: gpd.GeoDataFrame
    faults: list[Fault]
    rows: CombinedRows


def combine(opened: Sequence[RawTable], options: ReadOptions, row_filter: RowFilter) -> CombinedRows:
    """Concatenate the rows of all files under the standard column names, and apply the filter."""
    frames, sources = [], []
    for table in opened:
        frame, source = _to_standard_names(table, options)
        frames.append(frame)
        sources.append(source)
    if len(set(sources)) > 1:
        found = [f"{table.name}: {source.title}" for table, source in zip(opened, sources, strict=True)]
        raise FileError("the files have different formats", [shorten_list(found, 20)], "read each format separately")
    raw = _concatenate([table.frame for table in opened], opened)
    frame = _set_event_ids(_concatenate(frames, opened), opened)
    are_events, is_text = all(table.written_as for table in opened), all(table.is_text for table in opened)
    every, nothing = np.arange(len(frame)), dict[str, npt.NDArray[np.int64]]()
    rows = CombinedRows(raw, frame, every, nothing, sources[0], options, (), are_events, is_text)
    return _leave_out_free_text(_filter_rows(rows, row_filter))


def _to_standard_names(table: RawTable, options: ReadOptions) -> tuple[pd.DataFrame, Source]:
    if table.frame.columns.nlevels > 1:
        raise FileError(table.name, ["expected one name a column; found a MultiIndex"], "join the levels of the names")
    frame = rename_columns(table.frame, options.mapping)
    frame = frame.rename(columns=str) if not all(isinstance(name, str) for name in frame.columns) else frame
    repeated = frame.columns[frame.columns.duplicated()]
    if len(repeated):
        raise FileError(
            table.name,
            [f"expected distinct column names; found repeated {shorten_list(repeated)}"],
            "rename the repeated columns",
        )
    source = options.format
    if not isinstance(source, Source):
        source = recognize(frame, source, table.name, mapped=bool(options.columns))
    return source.preprocess(source.rename(frame)), source


def _leave_out_free_text(rows: CombinedRows) -> CombinedRows:
    if rows.options.keeps_all:
        return rows
    names = rows.source.free_text_columns(rows.frame.columns, renamed=True)
    return replace(rows, frame=rows.frame.drop(columns=names), left_out_columns=tuple(names)) if names else rows


def normalize(rows: CombinedRows) -> NormalizedEvents:
    """Convert and check the rows that were kept."""
    frame, options = rows.frame, rows.options
    lon, lat = (next((c for c in names if c in frame), None) for names in (LONGITUDE, LATITUDE))
    degrees, counts = [c for c in (lon, lat) if c], [*COUNTS, *(["count"] if options.count else [])]
    sound = {column.name for column in EVENTS.columns if column.check is texts}
    sound &= {*(frame.columns if rows.is_text else text_columns(frame))}
    frame, faults = convert_in_place(
        frame,
        numbers=["weight", *degrees],
        counts=counts,
        booleans=["minor"],
        dates=["date", "date_end"],
        date_format=rows.date_format,
        parse=[name for name in frame.columns if name not in _TEXTS] if rows.is_text else (),
    )
    frame = _tidy(frame)
    if options.count:
        faults += _count_faults(frame, faults)
    points, point_faults, points_are_sound = to_points(frame, lon, lat, options.crs, may_be_zero=rows.are_events)
    attributes = pd.DataFrame(frame.drop(columns=[c for c in (lon, lat, "geometry") if c in frame]))
    events = gpd.GeoDataFrame(attributes, geometry=points, copy=False)  # no other reference exists
    faults = [*faults, *point_faults]
    sound |= {"geometry"} if points_are_sound else set()
    faults += _new_faults(EVENTS.faults(events, sound=sound), faults, events.index)
    if not any(fault.rows is None for fault in faults):
        faults += order_faults(events)
    return NormalizedEvents(events, faults, rows)


def _tidy(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table in which an empty city is missing, region ids are text, and clock times have their own column."""
    if "city" in frame and (frame["city"] == "").any():
        frame["city"] = frame["city"].where(frame["city"] != "", None)
    if "region_id" in frame and pd.api.types.is_numeric_dtype(frame["region_id"]):
        frame["region_id"] = to_text(id_texts(frame["region_id"]))
    for name in ("date", "date_end"):
        if name in frame and pd.api.types.is_datetime64_dtype(frame[name]):
            frame = _split_time(frame, name)
    return frame


def _count_faults(frame: pd.DataFrame, faults: list[Fault]) -> list[Fault]:
    """Return the faults of the column ``count``, and make it whole numbers if it has none."""
    counts = frame["count"]
    values = counts.to_numpy(dtype=float, na_value=np.nan)
    known = np.zeros(len(counts), dtype=bool)
    for fault in faults:
        known |= False if fault.column != "count" or fault.rows is None else fault.rows
    odd = ~((values >= 0) & (values == np.floor(values)) & np.isfinite(values))
    if not odd.any():
        frame["count"] = counts.astype("int64")
    new = odd & ~known
    return [Fault.at("not a whole number of at least 0", frame.index, new).of("count")] if new.any() else []


def _new_faults(found: list[Fault], known: list[Fault], index: pd.Index) -> list[Fault]:
    """Return faults of rows that have no known fault in the same column: a value that is no number is not also missing."""
    new = []
    for fault in found:
        known_rows = [other.rows for other in known if other.column == fault.column and fault.column is not None]
        if not known_rows:
            new.append(fault)
        elif fault.rows is not None and not any(rows is None for rows in known_rows):
            rows = fault.rows & ~np.logical_or.reduce([rows for rows in known_rows if rows is not None])
            new += [Fault.at(fault.reason, index, rows).named(str(fault.column))] if rows.any() else []
    return new


def _concatenate(frames: list[pd.DataFrame], opened: Sequence[RawTable]) -> pd.DataFrame:
    if len(frames) == 1:
        return frames[0]
    named = [frame.assign(from_file=table.name) for frame, table in zip(frames, opened, strict=True)]
    spatial = [isinstance(frame, gpd.GeoDataFrame) for frame in frames]
    if any(spatial) and not all(spatial):
        without = [table.name for table, has_geometry in zip(opened, spatial, strict=True) if not has_geometry]
        raise FileError(
            shorten_list(without),
            ["expected a geometry column, as in the other files; found none"],
            "read the files with and without geometry separately",
        )
    try:
        stacked: pd.DataFrame = pd.concat(named, ignore_index=all(frame.index.name is None for frame in frames))
    except (ValueError, TypeError) as fault:  # such as different reference systems
        raise FileError("the files cannot be combined", [str(fault)], "read them one by one") from fault
    return stacked


def _set_event_ids(frame: pd.DataFrame, opened: Sequence[RawTable]) -> pd.DataFrame:
    """Set the index ``event_id``: the column of that name, else the numbers of the rows."""
    if frame.index.name == "event_id":
        return frame
    if "event_id" in frame:
        ids = to_text(id_texts(frame["event_id"]))
        return frame.drop(columns="event_id").set_index(pd.Index(ids.to_numpy(), name="event_id", dtype=object))
    numbers, before = [], 0
    for table in opened:
        numbers.append(table.row_numbers() + before)
        before += len(table.frame) + len(table.broken)
    rows = [f"row {number}" for number in np.concatenate(numbers)]
    return frame.set_index(pd.Index(rows, name="event_id", dtype=object))


def _filter_rows(rows: CombinedRows, row_filter: RowFilter) -> CombinedRows:
    excluded = rows.source.exclude(rows.frame)
    if excluded is not None:
        rows = rows.keep(~excluded, rows.source.exclusion_reason)
    if row_filter.country is not None:
        rows = rows.keep(_matches_any(rows.frame, "country", row_filter.country), "in another country")
    first, last = row_filter.days()
    if (first is not None or last is not None) and "date" in rows.frame:
        days, _ = to_dates(rows.frame["date"], rows.date_format)
        if pd.api.types.is_datetime64_dtype(days):
            days = days.dt.normalize()
            early = (days < first).to_numpy() if first is not None else np.zeros(len(days), dtype=bool)
            late = (days > last).to_numpy() if last is not None else np.zeros(len(days), dtype=bool)
            rows = rows.keep(~(early | late), "on another day")
    rows = replace(rows, frame=rows.source.postprocess(rows.frame))
    if row_filter.event_types is not None:
        rows = rows.keep(_matches_any(rows.frame, "event_type", row_filter.event_types), "of another type")
    return rows


def _matches_any(frame: pd.DataFrame, name: str, values: str | Collection[str]) -> BoolArray:
    """Return which rows have one of some values, case-insensitively."""
    if name not in frame:
        raise DataError(
            f"{'event_types' if name == 'event_type' else name} needs a column '{name}'; "
            f"the table has {shorten_list(frame.columns, 30)}",
            fix=f"name the column with columns={{'{name}': 'name in the file'}}, or leave the filter out",
        )
    allowed = {str(value).strip().casefold() for value in ([values] if isinstance(values, str) else values)}
    codes, distinct = pd.factorize(frame[name].astype("string"))
    matches = np.array([*(str(value).strip().casefold() in allowed for value in distinct), False], dtype=bool)
    return matches[codes]


def _split_time(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Move the clock time in a date to the column ``time``."""
    moments = frame[name].to_numpy()
    day = moments.astype("datetime64[D]")
    has_time = (moments != day) & ~np.isnat(moments)
    if not has_time.any():
        return frame
    if name == "date":
        clock = frame[name].dt.strftime("%H:%M").astype(object).where(has_time, None)
        frame["time"] = frame["time"].where(frame["time"].notna(), clock) if "time" in frame else clock
    frame[name] = frame[name].dt.normalize()
    return frame


def to_points(
    frame: pd.DataFrame, lon: str | None, lat: str | None, crs: object = None, *, may_be_zero: bool = False
) -> tuple[gpd.GeoSeries, list[Fault], bool]:
    """Return the points of a table, the faults of its coordinates, and whether all points are known to be sound.

    Checking a million coordinates takes a tenth of the time of checking a million points.
    """
    if isinstance(frame, gpd.GeoDataFrame) and frame.active_geometry_name is not None:
        points, faults = _to_degrees(frame.geometry, crs)
        return points, faults or ([] if may_be_zero else _null_island_faults(points)), False
    shapes = np.full(len(frame), None, dtype=object)
    if lon is None or lat is None:
        empty = gpd.GeoSeries(shapes, index=frame.index, crs=WGS84)
        faults = _missing_column_faults(frame, lon, lat)
        return empty, faults, not any(fault.rows is None for fault in faults)
    x, y = (pd.to_numeric(frame[c], errors="coerce").to_numpy(dtype=float, na_value=np.nan) for c in (lon, lat))
    faults = []
    half_given = np.isnan(x) != np.isnan(y)
    if half_given.any():
        faults.append(Fault.at("only one of longitude and latitude is given", frame.index, half_given))
    given = ~np.isnan(x) & ~np.isnan(y)
    if given.all():  # without copies
        shapes = distinct_points(x, y)
    else:
        shapes[given] = distinct_points(x[given], y[given])
    sound = bool((np.abs(y) <= 90).all() and (np.abs(x) <= 180).all())  # neither missing nor infinite
    at_zero = (x == 0) & (y == 0)
    if at_zero.any():
        faults.append(Fault.at(_NULL_ISLAND, frame.index, at_zero))
    return gpd.GeoSeries(gpd.array.GeometryArray(shapes, crs=WGS84), index=frame.index), faults, sound


def _missing_column_faults(frame: pd.DataFrame, lon: str | None, lat: str | None) -> list[Fault]:
    """Return the faults of a table without both coordinates, which needs a city in every row."""
    if lon is not None or lat is not None:
        missing, other = ("longitude", "latitude") if lon is None else ("latitude", "longitude")
        return [
            Fault(
                f"column '{missing}' is missing, but there is a {other}; the table has {shorten_list(frame.columns, 30)}"
            )
        ]
    if "city" not in frame:
        return [
            Fault(
                f"the columns 'longitude' and 'latitude', or 'city', are missing; the table has {shorten_list(frame.columns, 30)}"
            )
        ]
    blank = frame["city"].isna().to_numpy(dtype=bool)
    return [Fault.at("empty, and the table has no coordinates", frame.index, blank).of("city")] if blank.any() else []


def _null_island_faults(points: gpd.GeoSeries) -> list[Fault]:
    shapes = points.to_numpy()
    at_zero = (shapely.get_x(shapes) == 0) & (shapely.get_y(shapes) == 0)
    return [Fault.at(_NULL_ISLAND, points.index, at_zero)] if at_zero.any() else []


def _to_degrees(shapes: gpd.GeoSeries, crs: object) -> tuple[gpd.GeoSeries, list[Fault]]:
    if shapes.crs is None and crs is not None:
        shapes = shapes.set_crs(crs)
    if shapes.crs is None:
        return shapes, [
            Fault("the points have no reference system; pass crs='EPSG:4326' if they are longitude and latitude")
        ]
    try:
        return shapes.to_crs(WGS84), []
    except Exception as fault:  # noqa: BLE001 - pyproj and shapely raise many types of errors for bad geometry
        return shapes, [Fault(f"the geometry cannot be converted to longitude and latitude: {fault}")]


def distinct_points(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> npt.NDArray[Any]:
    """Return points; coinciding points share one object, because many events have the same place."""
    codes, row = distinct_pairs(x, y)
    points: npt.NDArray[Any] = np.asarray(shapely.points(x[row], y[row]))
    return points[codes]
