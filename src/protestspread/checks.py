"""Schemas of tables: the checks of their columns, index and geometry."""

import warnings
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from .arrays import BoolArray, FloatArray
from .errors import CRSError, SchemaError, shorten_list
from .faults import Fault
from .geodesy import coordinates, crosses_antimeridian, crs_fault

_FIRST, _LAST = np.datetime64("1678-01-01"), np.datetime64("2261-12-31")  # what nanoseconds in 64 bits can hold

Check = Callable[[pd.Series], list[Fault]]


def date_step(index: pd.DatetimeIndex) -> Any:
    """Return the step of regular dates, a frequency or a Timedelta; None where they are not regular or fewer than two.

    >>> date_step(pd.DatetimeIndex(["2022-01-03", "2022-01-05"])) == pd.Timedelta(days=2)
    True
    """
    steps = np.diff(index.to_numpy())
    if index.freq is not None or not len(steps):
        return index.freq
    if (steps == steps[0]).all():
        return pd.Timedelta(steps[0])
    with warnings.catch_warnings():  # of pandas, about the type it will return
        warnings.simplefilter("ignore")
        return pd.infer_freq(index) if len(index) > 2 else None


@dataclass(frozen=True)
class Column:
    """A column of a table: its name, the check of its values, and whether it is required."""

    name: str
    check: Check
    required: bool = False


@dataclass(frozen=True)
class Table:
    """The schema of a table: its index, columns and type of geometry."""

    name: str
    index: str
    columns: tuple[Column, ...] = ()
    geometry: str | None = None  # "points", "points or none" or "polygons"

    def faults(self, frame: object, *, sound: Collection[str] = ()) -> list[Fault]:
        """Return all faults of a table, except those of its reference system.

        Parts listed in ``sound`` (columns, the name of the index, "geometry") are known to be valid and not checked.
        """
        if not isinstance(frame, pd.DataFrame):
            return [Fault(f"expected a DataFrame; got {type(frame).__name__}")]
        layout = layout_faults(frame)
        if layout:  # no column can be checked by its name
            return layout
        faults = [] if self.index in sound else _index_faults(frame.index, self.index)
        for column in self.columns:
            if column.name in frame and column.name not in sound:
                faults += [fault.of(column.name) for fault in column.check(frame[column.name])]
            elif column.required and column.name not in frame:
                faults.append(
                    Fault(
                        f"column '{column.name}' is missing; the table has {shorten_list(frame.columns)}",
                        column=column.name,
                    )
                )
        if self.geometry and "geometry" not in sound:
            faults += geometry_faults(frame, self.geometry)
        return faults

    def check(self, frame: pd.DataFrame, fix: str | None = None) -> None:
        """Raise `SchemaError` with all faults of a table, or `CRSError` if its reference system is wrong."""
        faults = self.faults(frame)
        if faults:
            raise SchemaError(
                self.name,
                faults,
                fix or f"correct the named rows or columns; see help(protestspread.check_{self.name})",
            )
        if self.geometry:
            check_crs(self.name, frame)


def layout_faults(frame: pd.DataFrame) -> list[Fault]:
    """Return the faults of a table whose rows or columns cannot be named: several levels, a column twice."""
    faults = [*_level_faults(frame.index, "index"), *_level_faults(frame.columns, "columns")]
    if faults:
        return faults
    columns = frame.columns[frame.columns.duplicated()].unique()
    return [Fault(f"a column is given more than once: {shorten_list(columns)}")] if len(columns) else []


def label_faults(labels: pd.Index, what: str) -> list[str]:
    """Return the faults of the labels of places: several levels, missing, not unique.

    Examples
    --------
    >>> label_faults(pd.Index(["Aktau", "Oral", "Aktau"]), "places")
    ['places are not unique: Aktau']
    """
    faults: list[str] = [*_level_faults(labels, what)]
    if faults:
        return faults
    if labels.hasnans:
        faults.append(f"{what} have a missing name in {int(np.sum(labels.isna()))} of {len(labels)}")
    if not labels.is_unique:
        faults.append(f"{what} are not unique: {shorten_list(labels[labels.duplicated()].unique())}")
    return faults


def _level_faults(labels: pd.Index, what: str) -> list[Fault]:
    """Return the fault of labels that have several levels (a MultiIndex) or cannot be compared (lists)."""
    if isinstance(labels, pd.MultiIndex):
        fix = "call reset_index()" if what == "index" else "keep one level"
        return [Fault(f"the {what} must have one level; got a MultiIndex of {labels.nlevels} levels; {fix}")]
    if not can_be_hashed(labels):
        return [Fault(f"the {what} must hold names or numbers; got values without a hash, such as lists")]
    return []


def can_be_hashed(values: "pd.Index | pd.Series") -> bool:
    """Return whether values can be compared and counted, as lists, complex and endlessly long numbers cannot."""
    if values.dtype != object:
        return not pd.api.types.is_complex_dtype(values.dtype)
    if pd.api.types.infer_dtype(values.to_numpy(), skipna=True) in ("string", "empty"):
        return True  # the common case: a Python loop over a million names takes half a second
    try:
        for value in values.to_numpy():
            hash(value)
            if isinstance(value, int) and value.bit_length() > 63:
                return False
    except TypeError:
        return False
    return True


def dates(series: pd.Series) -> list[Fault]:
    """Check for civil days without a time zone, none missing."""
    faults = optional_dates(series)
    if pd.api.types.is_datetime64_any_dtype(series) and series.isna().any():
        faults.insert(0, Fault.at("no date", series.index, series.isna()))
    return faults


def optional_dates(series: pd.Series) -> list[Fault]:
    """Check for civil days without a time zone; missing values are allowed."""
    if isinstance(series.dtype, pd.DatetimeTZDtype):
        return [
            Fault(
                "the dates carry a time zone; give local civil days: .dt.tz_convert(zone).dt.tz_localize(None).dt.normalize()"
            )
        ]
    if not pd.api.types.is_datetime64_any_dtype(series):
        return [Fault(f"holds {series.dtype}, not dates; use pandas.to_datetime")]
    values = _moments_of(series)
    odd = (values != values.astype("datetime64[D]")) & ~np.isnat(values)
    if not odd.any():
        return _range_faults(series)
    return [Fault.at("a time of day in the date", series.index, odd, "; move it to the column 'time'")]


def moments(series: pd.Series) -> list[Fault]:
    """Check for local times without a time zone; missing values are allowed."""
    if isinstance(series.dtype, pd.DatetimeTZDtype):
        return [Fault("the times carry a time zone; convert them to local times without one")]
    if not pd.api.types.is_datetime64_any_dtype(series):
        return [Fault(f"holds {series.dtype}, not times; use pandas.to_datetime")]
    return _range_faults(series)


def _moments_of(series: "pd.Series | pd.Index") -> npt.NDArray[np.datetime64]:
    values = series.to_numpy()
    return values if values.dtype.kind == "M" else series.to_numpy(dtype="datetime64[us]")  # of Arrow


def _range_faults(series: pd.Series) -> list[Fault]:
    """Return the fault of dates that nanoseconds cannot hold: sums and differences of them would overflow."""
    values = _moments_of(series)
    if values.dtype == "datetime64[ns]":
        return []
    far = (values < _FIRST) | (values > _LAST)  # never of NaT
    return [Fault.at("dates outside 1678 to 2261", series.index, far)] if far.any() else []


def numbers(least: float = -np.inf, most: float = np.inf) -> Check:
    """Return a check for finite numbers from ``least`` to ``most``; missing values are allowed."""

    def check(series: pd.Series) -> list[Fault]:
        if pd.api.types.is_bool_dtype(series) or not is_real(series.dtype):
            return [Fault(f"holds {series.dtype}, not numbers")]
        values = series.to_numpy(dtype=float, na_value=np.nan)
        faults = []
        if np.isinf(values).any():
            faults.append(Fault.at("infinite", series.index, np.isinf(values)))
        if (values < least).any():
            word = "negative" if least == 0 else f"below {least:g}"
            faults.append(Fault.at(word, series.index, values < least))
        above = np.isfinite(values) & (values > most)
        return [*faults, Fault.at(f"above {most:g}", series.index, above)] if above.any() else faults

    return check


def is_real(dtype: Any) -> bool:
    """Return whether a type holds real numbers, or true and false as 1 and 0."""
    return pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_complex_dtype(dtype)


def flags(series: pd.Series) -> list[Fault]:
    """Check for True or False, none missing."""
    if series.isna().any():
        return [Fault.at("neither true nor false", series.index, series.isna())]
    return [] if pd.api.types.is_bool_dtype(series) else [Fault(f"holds {series.dtype}, not True and False")]


def texts(series: pd.Series) -> list[Fault]:
    """Check for text; missing values are allowed."""
    # try the compiled check first: a Python loop over a million values takes half a second
    if isinstance(series.dtype, pd.StringDtype) or pd.api.types.infer_dtype(series.to_numpy(), skipna=True) in (
        "string",
        "empty",
    ):
        return []
    bad = np.array([not (isinstance(value, str) or pd.isna(value)) for value in series], dtype=bool)
    return [Fault.at("not text", series.index, bad)] if bad.any() else []


def one_of(*allowed: str) -> Check:
    """Return a check for one of some words; missing values are allowed."""

    def check(series: pd.Series) -> list[Fault]:
        bad = series.notna() & ~series.isin(allowed)
        return [Fault.at(f"not one of {', '.join(allowed)}", series.index, bad)] if bad.any() else []

    return check


def required_texts(series: pd.Series) -> list[Fault]:
    """Check for text, none missing or blank."""
    faults = texts(series)
    blank = series.isna() | (series.astype("string").str.strip() == "").fillna(value=False)
    return faults + ([Fault.at("blank", series.index, blank)] if blank.any() else [])


def _index_faults(index: pd.Index, name: str) -> list[Fault]:
    faults = []
    if index.name != name:
        faults.append(Fault(f"the index is named {index.name!r}, not '{name}'; rename it with .rename_axis('{name}')"))
    text = index.dtype == object and pd.api.types.infer_dtype(index.to_numpy(), skipna=False) == "string"
    if not text and index.hasnans:  # hasnans takes eight times as long as the check for text
        missing = np.asarray(index.isna(), dtype=bool)
        faults.append(
            Fault(f"the index is missing in {int(missing.sum())} of {len(index)} rows", missing, f"no {name}", name)
        )
    if not names_are_unique(index):
        repeated = index.duplicated(keep="first")
        reason = f"{name} is not unique"
        faults.append(Fault(f"{reason}: {shorten_list(index[repeated].unique())}", repeated, reason, name))
    return faults


def names_are_unique(index: pd.Index) -> bool:
    """Return whether all names of an index are distinct.

    Text is compared by its hashes first: distinct hashes imply distinct names, and sorting a million numbers takes a tenth
    of the time of ``index.is_unique``, which also keeps a hash table in memory. If two hashes are equal, the names decide.
    """
    if index.dtype != object and not isinstance(index.dtype, pd.StringDtype):
        return bool(index.is_unique)
    names = index.to_numpy()
    hashes = np.fromiter(map(hash, names), dtype=np.int64, count=len(names))
    hashes.sort()
    return bool((hashes[1:] != hashes[:-1]).all()) or len(set(names)) == len(names)


def order_faults(events: pd.DataFrame) -> list[Fault]:
    """Return a fault for each pair of columns whose lower bound exceeds its upper bound."""
    faults = []
    for low, high, reason in (
        ("size_low", "size_high", "size_low above size_high"),
        ("fatalities_low", "fatalities_high", "fatalities_low above fatalities_high"),
        ("date", "date_end", "date_end before date"),
    ):
        if low in events and high in events:
            reversed_rows = (events[low] > events[high]).fillna(value=False)
            if reversed_rows.any():
                faults.append(Fault.at(reason, events.index, reversed_rows).named(high))
    return faults


def has_geometry(frame: object) -> bool:
    """Return whether a table is a GeoDataFrame with an active column of geometry."""
    if not isinstance(frame, gpd.GeoDataFrame) or list(frame.columns).count(frame.active_geometry_name) != 1:
        return False
    return isinstance(frame.dtypes[frame.active_geometry_name], gpd.array.GeometryDtype)


def geometry_faults(frame: pd.DataFrame, kind: str) -> list[Fault]:
    """Return the faults of the geometry of a table: "points", "points or none" or "polygons"."""
    optional, kind = kind == "points or none", kind.removesuffix(" or none")
    if not isinstance(frame, gpd.GeoDataFrame):
        return [Fault(f"expected a GeoDataFrame of {kind}; got a plain DataFrame without geometry")]
    if not has_geometry(frame):
        held = frame.get(frame.active_geometry_name)
        what = (
            f"the geometry column holds {held.dtype}, not {kind}"
            if isinstance(held, pd.Series)
            else "no active geometry column"
        )
        return [Fault(f"{what}; set a column of {kind} with .set_geometry(name)")]
    series = frame.geometry
    shapes = series.to_numpy()
    type_ids = shapely.get_type_id(shapes)  # -1 for None
    corners = coordinates(shapes)
    empty, unsure = type_ids < 0, np.flatnonzero(np.isnan(corners[:, 0]))
    empty[unsure] |= shapely.is_empty(shapes[unsure])
    present = ~empty
    if optional:
        empty = np.zeros(len(empty), dtype=bool)
    elif kind == "points" and "city" in frame and frame.index.name == "event_id":
        empty = empty & frame["city"].isna().to_numpy()  # the city can supply the point
    faults = [Fault.at("empty geometry", frame.index, empty)] if empty.any() else []
    types = {"points": (0,), "polygons": (3, 6)}[kind]  # GEOS numbers of Point, Polygon, MultiPolygon
    other = present & ~np.logical_or.reduce([type_ids == type_id for type_id in types])
    if other.any():
        faults.append(Fault.at(f"not {kind} but {shorten_list(series.geom_type[other].unique())}", frame.index, other))
    if kind == "polygons":
        return faults + _polygon_faults(series, present & ~other)
    return faults + _point_faults(series, corners, present & ~other)


def _point_faults(points: gpd.GeoSeries, corners: FloatArray, present: BoolArray) -> list[Fault]:
    lon, lat = np.where(present, corners.T, 0.0)
    faults = []
    odd = present & ~(np.isfinite(lon) & np.isfinite(lat))
    if odd.any():
        faults.append(Fault.at("NaN or infinite coordinates", points.index, odd))
    if points.crs is None or points.crs.is_geographic:
        high = present & ~odd & (np.abs(lat) > 90)
        if high.any():
            swapped = (np.abs(lon[high]) <= 90).all() and (np.abs(lat[high]) <= 180).all()
            hint = "; longitude and latitude look swapped" if swapped else ""
            faults.append(Fault.at("latitude outside -90...90", points.index, high, hint))
        far = present & ~odd & ~high & (np.abs(lon) > 180)
        if far.any():
            hint = (
                "; subtract 360 from longitudes above 180" if (lon[far] <= 360).all() and (lon[far] > 0).all() else ""
            )
            faults.append(Fault.at("longitude outside -180...180", points.index, far, hint))
    return faults


def _polygon_faults(polygons: gpd.GeoSeries, present: BoolArray) -> list[Fault]:
    shapes, faults = polygons.to_numpy(), list[Fault]()
    bounds = shapely.bounds(shapes)
    odd = present & ~np.isfinite(bounds).all(axis=1)
    if odd.any():
        return [Fault.at("NaN or infinite coordinates", polygons.index, odd)]
    if polygons.crs is None or polygons.crs.is_geographic:
        for at, word in ((1, "latitude outside -90...90"), (0, "longitude outside -180...180")):
            high = present & (np.abs(bounds[:, [at, at + 2]]) > (360, 90)[at] + 1e-6).any(axis=1)
            if high.any():
                return [Fault.at(word, polygons.index, high)]
        uncut = np.zeros(len(shapes), dtype=bool)
        uncut[present] = crosses_antimeridian(shapes[present])
        if uncut.any():
            hint = "; cut them there with repair_regions"
            faults.append(Fault.at("polygons drawn across 180 degrees", polygons.index, uncut, hint))
            present = present & ~uncut
    bad = present & ~shapely.is_valid(shapes)
    if not bad.any():
        return faults
    first = shapely.is_valid_reason(shapes[int(np.argmax(bad))])
    return [
        *faults,
        Fault.at("invalid polygons", polygons.index, bad, f"; the first: {first}; repair them with .make_valid()"),
    ]


def check_crs(name: str, frame: gpd.GeoDataFrame) -> None:
    """Raise `CRSError` unless the coordinates are longitude and latitude in WGS 84."""
    fault = crs_fault(frame.crs)
    if fault is not None:
        raise CRSError(name, *fault)
