"""Turn opened files into events with a list of their faults, for reading, screening and counting.

Columns are renamed to the standard names, rows are filtered (and counted), the remaining rows are converted and checked.
Faulty rows are neither dropped nor raised here; the caller decides.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.compute as pc
import shapely

from ..arrays import BoolArray
from ..checks import Fault
from ..errors import DataError, FileError, shorten_list
from ..geodesy import WGS84
from ..parallel import submit, worth_threads
from ..tables import EVENTS, order_faults
from .columns import arrow_texts, convert_in_place, text_columns, to_dates, to_text
from .files.open import rename_columns
from .files.raw_table import RawTable
from .sources.registry import recognize
from .sources.source import LATITUDE, LONGITUDE, Source

NUMBERS = ("size_low", "size_high", "fatalities", "fatalities_low", "fatalities_high", "mentions", "weight")


@dataclass(frozen=True)
class RowFilter:
    """The events to keep."""

    country: str | Collection[str] | None = None
    start: str | pd.Timestamp | None = None
    end: str | pd.Timestamp | None = None
    event_types: Collection[str] | None = None

    def days(self) -> tuple[pd.Timestamp | None, pd.Timestamp | None]:
        """Return the first and the last day to keep."""
        try:
            first, last = (None if day is None else pd.Timestamp(day).normalize() for day in (self.start, self.end))
        except (ValueError, TypeError) as fault:
            raise DataError(
                f"start and end must be dates; got start = {self.start!r}, end = {self.end!r}",
                fix="write dates as '2022-01-31'",
            ) from fault
        if first is not None and last is not None and first > last:
            raise DataError(
                f"start must not be after end; got start {first.date()} and end {last.date()}", fix="swap start and end"
            )
        return first, last


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
    ids_are_unique
        Waits for the check, in another thread, that no ``event_id`` is missing or repeated; None if there is no such check.
    """

    raw: pd.DataFrame
    frame: pd.DataFrame
    position: npt.NDArray[np.int64]
    left_out: Mapping[str, npt.NDArray[np.int64]]
    source: Source
    ids_are_unique: Callable[[], bool] | None = None

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


def combine(
    opened: Sequence[RawTable],
    format_: str | Source,
    columns: Mapping[str, str] | None,
    row_filter: RowFilter,
) -> CombinedRows:
    """Concatenate the rows of all files under the standard column names, and apply the filter."""
    frames, sources = [], []
    for table in opened:
        frame = rename_columns(table.frame, columns)
        frame = frame.rename(columns=str) if not all(isinstance(name, str) for name in frame.columns) else frame
        repeated = frame.columns[frame.columns.duplicated()]
        if len(repeated):
            raise FileError(
                table.name,
                [f"expected distinct column names; found repeated {shorten_list(repeated)}"],
                "rename the repeated columns",
            )
        source = format_ if isinstance(format_, Source) else recognize(frame, format_, table.name, mapped=bool(columns))
        frames.append(source.preprocess(source.rename(frame)))
        sources.append(source)
    if len(set(sources)) > 1:
        found = [f"{table.name}: {source.title}" for table, source in zip(opened, sources, strict=True)]
        raise FileError("the files have different formats", [shorten_list(found, 20)], "read each format separately")
    raw = _concatenate([table.frame for table in opened], opened)
    frame, ids_are_unique = _set_event_ids(_concatenate(frames, opened), opened)
    return _filter_rows(CombinedRows(raw, frame, np.arange(len(frame)), {}, sources[0], ids_are_unique), row_filter)


def normalize(rows: CombinedRows) -> NormalizedEvents:
    """Convert and check the rows that were kept."""
    source, frame = rows.source, rows.frame
    lon, lat = (next((c for c in names if c in frame), None) for names in (LONGITUDE, LATITUDE))
    numeric = [*NUMBERS, *(c for c in (lon, lat) if c)]
    converted = {*numeric, "minor", "date", "date_end"}
    sound = {column.name for column in EVENTS.columns if column.name not in converted} & {*text_columns(frame)}
    frame, faults = convert_in_place(
        frame, numbers=numeric, booleans=["minor"], dates=["date", "date_end"], date_format=source.date_format
    )
    if "city" in frame and (frame["city"] == "").any():
        frame["city"] = frame["city"].where(frame["city"] != "", None)  # an empty string is a missing value
    for name in ("date", "date_end"):
        if name in frame and pd.api.types.is_datetime64_dtype(frame[name]):
            frame = _split_time(frame, name)
    points, point_faults, points_are_sound = _to_points(frame, lon, lat)
    attributes = pd.DataFrame(frame.drop(columns=[c for c in (lon, lat, "geometry") if c in frame]))
    events = gpd.GeoDataFrame(attributes, geometry=points, copy=False)  # no other reference exists
    faults = [*faults, *point_faults]
    sound |= {"geometry"} if points_are_sound else set()
    sound |= {"event_id"} if rows.ids_are_unique is not None and rows.ids_are_unique() else set()
    faults += _new_faults(EVENTS.faults(events, sound=sound), faults, events.index)
    if not any(fault.rows is None for fault in faults):
        faults += order_faults(events)
    return NormalizedEvents(events, faults, rows)


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


def _set_event_ids(frame: pd.DataFrame, opened: Sequence[RawTable]) -> tuple[pd.DataFrame, Callable[[], bool] | None]:
    """Set the index ``event_id``; return the table and, for many rows, the pending check that the ids are unique."""
    if frame.index.name == "event_id":
        return frame, None
    if "event_id" in frame:
        ids = frame["event_id"].astype("string").str.strip()
        ids = ids.mask(ids == "")
        texts = arrow_texts(ids)
        ids_are_unique = None
        if texts is not None and worth_threads(len(ids)):
            # missing ids are not counted
            ids_are_unique = submit(lambda: bool(pc.count_distinct(texts).as_py() == len(ids)))
        names = pd.Index(to_text(ids).to_numpy(), name="event_id", dtype=object)
        return frame.drop(columns="event_id").set_index(names), ids_are_unique
    numbers, before = [], 0
    for table in opened:
        numbers.append(table.row_numbers() + before)
        before += len(table.frame) + len(table.broken)
    rows = [f"row {number}" for number in np.concatenate(numbers)]
    return frame.set_index(pd.Index(rows, name="event_id", dtype=object)), None


def _filter_rows(rows: CombinedRows, row_filter: RowFilter) -> CombinedRows:
    excluded = rows.source.exclude(rows.frame)
    if excluded is not None:
        rows = rows.keep(~excluded, rows.source.exclusion_reason)
    if row_filter.country is not None:
        rows = rows.keep(_matches_any(rows.frame, "country", row_filter.country), "in another country")
    first, last = row_filter.days()
    if (first is not None or last is not None) and "date" in rows.frame:
        days, _ = to_dates(rows.frame["date"], rows.source.date_format)
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


def _to_points(frame: pd.DataFrame, lon: str | None, lat: str | None) -> tuple[gpd.GeoSeries, list[Fault], bool]:
    """Return the points of a table, the faults of its coordinates, and whether all points are known to be sound.

    Checking a million coordinates takes a tenth of the time of checking a million points.
    """
    if isinstance(frame, gpd.GeoDataFrame) and frame.active_geometry_name is not None:
        return *_to_degrees(frame.geometry), False
    none = np.full(len(frame), None, dtype=object)
    if lon is None or lat is None:
        faults = []
        if lon is not None or lat is not None:
            text = (
                "column 'longitude' is missing, but there is a latitude"
                if lon is None
                else "column 'latitude' is missing, but there is a longitude"
            )
            faults = [Fault(f"{text}; the table has {shorten_list(frame.columns, 30)}")]
        elif "city" not in frame:
            faults = [
                Fault(
                    f"the columns 'longitude' and 'latitude', or 'city', are missing; the table has {shorten_list(frame.columns, 30)}"
                )
            ]
        return gpd.GeoSeries(none, index=frame.index, crs=WGS84), faults, False
    x, y = (pd.to_numeric(frame[c], errors="coerce").to_numpy(dtype=float, na_value=np.nan) for c in (lon, lat))
    half_given = np.isnan(x) != np.isnan(y)
    names = shorten_list(frame.index[half_given])
    reason = "only one of longitude and latitude is given"
    text = f"{reason} in {int(half_given.sum())} of {len(frame)} rows ({names})"
    faults = [Fault(text, half_given, reason)] if half_given.any() else []
    given = ~np.isnan(x) & ~np.isnan(y)
    none[given] = distinct_points(x[given], y[given])
    sound = bool((np.abs(y) <= 90).all() and (np.abs(x) <= 180).all())  # neither missing nor infinite
    return gpd.GeoSeries(gpd.array.GeometryArray(none, crs=WGS84), index=frame.index), faults, sound


def distinct_points(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> npt.NDArray[Any]:
    """Return points; coinciding points share one object, because many events have the same place."""
    codes, row = distinct_pairs(x, y)
    points: npt.NDArray[Any] = np.asarray(shapely.points(x[row], y[row]))
    return points[codes]


def distinct_pairs(
    x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Factorize pairs of coordinates; return the code of each row, and one row for each code.

    Complex numbers would be slow, because pandas gives all with x = y the same hash. The pair is hashed to one integer
    instead; on a collision (or NaN), the coordinates are factorized one after the other.
    """
    hashed = x.view(np.uint64) * np.uint64(0x9E3779B97F4A7C15) ^ y.view(np.uint64)
    codes, row = _factorize(hashed)
    if not ((x[row][codes] == x).all() and (y[row][codes] == y).all()):
        (one, _), (other, values) = pd.factorize(x), pd.factorize(y)
        codes, row = _factorize(one * (len(values) + 1) + other)
    return codes, row


def _factorize(values: npt.NDArray[Any]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    codes, distinct = pd.factorize(values)
    row = np.empty(len(distinct), dtype=np.int64)
    row[codes] = np.arange(len(codes))
    return codes, row


def _to_degrees(shapes: gpd.GeoSeries) -> tuple[gpd.GeoSeries, list[Fault]]:
    if shapes.crs is None:
        return shapes, [
            Fault("the points have no reference system; call frame.set_crs(4326) if they are longitude and latitude")
        ]
    try:
        return shapes.to_crs(WGS84), []
    except Exception as fault:  # noqa: BLE001 - pyproj and shapely raise many types of errors for bad geometry
        return shapes, [Fault(f"the geometry cannot be converted to longitude and latitude: {fault}")]
