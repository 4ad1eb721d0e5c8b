"""From opened files to events that know their faults: the road that reading, screening and counting share.

Columns get our names, rows that are not wanted are left out (and counted), what is left is turned and checked. Nothing is
raised here for a faulty row and nothing dropped for it: who asked decides.
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
from .columns import arrow_texts, texts_of, to_dates, to_text, turn_in_place
from .files.open import rename_columns
from .files.raw_table import RawTable
from .sources.registry import recognize
from .sources.source import LATITUDE, LONGITUDE, Source

NUMBERS = ("size_low", "size_high", "fatalities", "fatalities_low", "fatalities_high", "mentions", "weight")


@dataclass(frozen=True)
class RowFilter:
    """Which events somebody asked for."""

    country: str | Collection[str] | None = None
    start: str | pd.Timestamp | None = None
    end: str | pd.Timestamp | None = None
    event_types: Collection[str] | None = None

    def days(self) -> tuple[pd.Timestamp | None, pd.Timestamp | None]:
        """Return the first and the last day asked for."""
        try:
            first, last = (None if day is None else pd.Timestamp(day).normalize() for day in (self.start, self.end))
        except (ValueError, TypeError) as fault:
            raise DataError("the days asked for are none", [str(fault)], 'start="2022-01-01"') from fault
        if first is not None and last is not None and first > last:
            raise DataError("no day is asked for", [f"start {first.date()} is after end {last.date()}"], "start <= end")
        return first, last


@dataclass(frozen=True, eq=False)
class CombinedRows:
    """The rows of one or several files under our names, before they are turned.

    Attributes
    ----------
    raw
        All rows as the files have them.
    frame
        Those that are left, under our names.
    position
        Where each row of `frame` stands in `raw`.
    left_out
        Why the others are not wanted: reason -> where they stand in `raw`.
    all_differ
        Whether no ``event_id`` is missing or stands twice, while that is being found out; None: nobody is finding out.
    """

    raw: pd.DataFrame
    frame: pd.DataFrame
    position: npt.NDArray[np.int64]
    left_out: Mapping[str, npt.NDArray[np.int64]]
    source: Source
    all_differ: Callable[[], bool] | None = None

    def keep(self, wanted: BoolArray, reason: str) -> "CombinedRows":
        """Leave out what is not wanted."""
        if wanted.all():
            return self
        left_out = {**self.left_out, reason: self.position[~wanted]}
        return replace(self, frame=self.frame[wanted].copy(), position=self.position[wanted], left_out=left_out)


@dataclass(frozen=True, eq=False)
class NormalizedEvents:
    """Events, and all that is wrong with them.

    Attributes
    ----------
    events
        Every row that is wanted, faulty or not, in the shape of an events table.
    faults
        What is wrong with which of them.
    rows
        Where they come from.
    """

    events: gpd.GeoDataFrame
    faults: list[Fault]
    rows: CombinedRows


def combine(
    opened: Sequence[RawTable],
    asked: str | Source,
    columns: Mapping[str, str] | None,
    wanted: RowFilter,
) -> CombinedRows:
    """Give the rows of all files our names, one below the other, and leave out those that are not wanted."""
    frames, sources = [], []
    for one in opened:
        frame = rename_columns(one.frame, columns)
        frame = frame.rename(columns=str) if not all(isinstance(name, str) for name in frame.columns) else frame
        twice = frame.columns[frame.columns.duplicated()]
        if len(twice):
            raise FileError(
                f"{one.name!r} is not read", [f"columns stand twice: {shorten_list(twice)}"], "rename one of each"
            )
        source = asked if isinstance(asked, Source) else recognize(frame, asked, one.name, mapped=bool(columns))
        frames.append(source.preprocess(source.rename(frame)))
        sources.append(source)
    if len(set(sources)) > 1:
        found = [f"{one.name}: {source.title}" for one, source in zip(opened, sources, strict=True)]
        raise FileError("the files are not of one format", [shorten_list(found, 20)], "read them one by one")
    raw = _stack([one.frame for one in opened], opened)
    frame, all_differ = _with_ids(_stack(frames, opened), opened)
    return _select(CombinedRows(raw, frame, np.arange(len(frame)), {}, sources[0], all_differ), wanted)


def normalize(rows: CombinedRows) -> NormalizedEvents:
    """Turn and check what is left."""
    source, frame = rows.source, rows.frame
    lon, lat = (next((c for c in names if c in frame), None) for names in (LONGITUDE, LATITUDE))
    numeric = [*NUMBERS, *(c for c in (lon, lat) if c)]
    turned = {*numeric, "minor", "date", "date_end"}
    sound = {column.name for column in EVENTS.columns if column.name not in turned} & {*texts_of(frame)}
    frame, faults = turn_in_place(
        frame, numbers=numeric, flags=["minor"], dates=["date", "date_end"], spelling=source.spelling
    )
    if "city" in frame and (frame["city"] == "").any():
        frame["city"] = frame["city"].where(frame["city"] != "", None)  # of a frame: no place is called so
    for name in ("date", "date_end"):
        if name in frame and pd.api.types.is_datetime64_dtype(frame[name]):
            frame = _split_time(frame, name)
    points, where, sound_points = _points(frame, lon, lat)
    bare = pd.DataFrame(frame.drop(columns=[c for c in (lon, lat, "geometry") if c in frame]))
    events = gpd.GeoDataFrame(bare, geometry=points, copy=False)  # nobody else holds it
    faults = [*faults, *where]
    sound |= {"geometry"} if sound_points else set()
    sound |= {"event_id"} if rows.all_differ is not None and rows.all_differ() else set()
    faults += _unsaid(EVENTS.faults(events, sound=sound), faults, events.index)
    if not any(fault.rows is None for fault in faults):
        faults += order_faults(events)
    return NormalizedEvents(events, faults, rows)


def _unsaid(found: list[Fault], said: list[Fault], index: pd.Index) -> list[Fault]:
    """Return what is not yet said of a column: that a value is no number is enough, it need not be called missing as well."""
    left = []
    for fault in found:
        about = [other.rows for other in said if other.column == fault.column and fault.column is not None]
        if not about:
            left.append(fault)
        elif fault.rows is not None and not any(rows is None for rows in about):
            rows = fault.rows & ~np.logical_or.reduce([rows for rows in about if rows is not None])
            left += [Fault.at(fault.reason, index, rows).named(str(fault.column))] if rows.any() else []
    return left


def _stack(frames: list[pd.DataFrame], opened: Sequence[RawTable]) -> pd.DataFrame:
    if len(frames) == 1:
        return frames[0]
    named = [frame.assign(from_file=one.name) for frame, one in zip(frames, opened, strict=True)]
    spatial = [isinstance(frame, gpd.GeoDataFrame) for frame in frames]
    if any(spatial) and not all(spatial):
        raise FileError("the files are not of one kind", ["some have geometry, some have not"], "read them one by one")
    try:
        stacked: pd.DataFrame = pd.concat(named, ignore_index=all(frame.index.name is None for frame in frames))
    except (ValueError, TypeError) as fault:  # reference systems that differ, say
        raise FileError("the files are not of one kind", [str(fault)], "read them one by one") from fault
    return stacked


def _with_ids(frame: pd.DataFrame, opened: Sequence[RawTable]) -> tuple[pd.DataFrame, Callable[[], bool] | None]:
    """Name the rows; of many, whether their names all differ is found out beside what follows."""
    if frame.index.name == "event_id":
        return frame, None
    if "event_id" in frame:
        ids = frame["event_id"].astype("string").str.strip()
        ids = ids.mask(ids == "")
        texts = arrow_texts(ids)
        all_differ = None
        if texts is not None and worth_threads(len(ids)):
            all_differ = submit(lambda: bool(pc.count_distinct(texts).as_py() == len(ids)))  # a gap is no name
        names = pd.Index(to_text(ids).to_numpy(), name="event_id", dtype=object)
        return frame.drop(columns="event_id").set_index(names), all_differ
    numbers, before = [], 0
    for one in opened:
        numbers.append(one.row_numbers() + before)
        before += len(one.frame) + len(one.broken)
    rows = [f"row {number}" for number in np.concatenate(numbers)]
    return frame.set_index(pd.Index(rows, name="event_id", dtype=object)), None


def _select(rows: CombinedRows, wanted: RowFilter) -> CombinedRows:
    unwanted = rows.source.exclude(rows.frame)
    if unwanted is not None:
        rows = rows.keep(~unwanted, rows.source.excluded_because)
    if wanted.country is not None:
        rows = rows.keep(_among(rows.frame, "country", wanted.country), "in another country")
    first, last = wanted.days()
    if (first is not None or last is not None) and "date" in rows.frame:
        days, _ = to_dates(rows.frame["date"], rows.source.spelling)
        if pd.api.types.is_datetime64_dtype(days):
            days = days.dt.normalize()
            early = (days < first).to_numpy() if first is not None else np.zeros(len(days), dtype=bool)
            late = (days > last).to_numpy() if last is not None else np.zeros(len(days), dtype=bool)
            rows = rows.keep(~(early | late), "on another day")
    rows = replace(rows, frame=rows.source.postprocess(rows.frame))
    if wanted.event_types is not None:
        rows = rows.keep(_among(rows.frame, "event_type", wanted.event_types), "of another type")
    return rows


def _among(frame: pd.DataFrame, name: str, values: str | Collection[str]) -> BoolArray:
    """Say which rows have one of some values, whatever their case."""
    if name not in frame:
        raise DataError(
            f"events cannot be chosen by {name}",
            [f"the table has no column '{name}': {shorten_list(frame.columns, 30)}"],
            f"columns={{'{name}': its name}}, or leave the choice out",
        )
    chosen = {str(value).strip().casefold() for value in ([values] if isinstance(values, str) else values)}
    codes, distinct = pd.factorize(frame[name].astype("string"))
    hit = np.array([*(str(value).strip().casefold() in chosen for value in distinct), False], dtype=bool)
    return hit[codes]


def _split_time(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Move the clock time within a date to the column ``time``."""
    moments = frame[name].to_numpy()
    day = moments.astype("datetime64[D]")
    clocked = (moments != day) & ~np.isnat(moments)
    if not clocked.any():
        return frame
    if name == "date":
        clock = frame[name].dt.strftime("%H:%M").astype(object).where(clocked, None)
        frame["time"] = frame["time"].where(frame["time"].notna(), clock) if "time" in frame else clock
    frame[name] = frame[name].dt.normalize()
    return frame


def _points(frame: pd.DataFrame, lon: str | None, lat: str | None) -> tuple[gpd.GeoSeries, list[Fault], bool]:
    """Return the points of a table, what is wrong with where they come from, and whether all are surely sound.

    To look at a million numbers takes a tenth of the time of asking a million points made of them.
    """
    if isinstance(frame, gpd.GeoDataFrame) and frame.active_geometry_name is not None:
        return *_in_degrees(frame.geometry), False
    none = np.full(len(frame), None, dtype=object)
    if lon is None or lat is None:
        faults = []
        if lon is not None or lat is not None:
            half = "a latitude but no longitude" if lon is None else "a longitude but no latitude"
            faults = [Fault(f"it has {half}: {shorten_list(frame.columns, 30)}")]
        elif "city" not in frame:
            faults = [Fault(f"it has neither coordinates nor a column 'city': {shorten_list(frame.columns, 30)}")]
        return gpd.GeoSeries(none, index=frame.index, crs=WGS84), faults, False
    x, y = (pd.to_numeric(frame[c], errors="coerce").to_numpy(dtype=float, na_value=np.nan) for c in (lon, lat))
    half_given = np.isnan(x) != np.isnan(y)
    names = shorten_list(frame.index[half_given])
    text = f"one coordinate without the other in {int(half_given.sum())} rows ({names})"
    faults = [Fault(text, half_given, "one coordinate without the other")] if half_given.any() else []
    given = ~np.isnan(x) & ~np.isnan(y)
    none[given] = distinct_points(x[given], y[given])
    sound = bool((np.abs(y) <= 90).all() and (np.abs(x) <= 180).all())  # neither missing nor infinite
    return gpd.GeoSeries(gpd.array.GeometryArray(none, crs=WGS84), index=frame.index), faults, sound


def distinct_points(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> npt.NDArray[Any]:
    """Return points; those that coincide are one object, for events come from few places."""
    codes, row = distinct_pairs(x, y)
    made: npt.NDArray[Any] = np.asarray(shapely.points(x[row], y[row]))
    return made[codes]


def distinct_pairs(
    x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Give every different pair of coordinates a number; return the number of each row, and a row of each number.

    Not as complex numbers: pandas hashes all those with x = y alike, and takes minutes over many. Both are mixed into one
    number instead; where that makes two pairs alike (or there is NaN), they are numbered one after the other.
    """
    mixed = x.view(np.uint64) * np.uint64(0x9E3779B97F4A7C15) ^ y.view(np.uint64)
    codes, row = _numbered(mixed)
    if not ((x[row][codes] == x).all() and (y[row][codes] == y).all()):
        (one, _), (other, values) = pd.factorize(x), pd.factorize(y)
        codes, row = _numbered(one * (len(values) + 1) + other)
    return codes, row


def _numbered(values: npt.NDArray[Any]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    codes, distinct = pd.factorize(values)
    row = np.empty(len(distinct), dtype=np.int64)
    row[codes] = np.arange(len(codes))
    return codes, row


def _in_degrees(shapes: gpd.GeoSeries) -> tuple[gpd.GeoSeries, list[Fault]]:
    if shapes.crs is None:
        return shapes, [
            Fault("the points have no reference system; frame.set_crs(4326) if they are longitude and latitude")
        ]
    try:
        return shapes.to_crs(WGS84), []
    except Exception as fault:  # noqa: BLE001 - pyproj and shapely have errors of many kinds for geometry that is none
        return shapes, [Fault(f"the geometry cannot be turned into longitude and latitude: {fault}")]
