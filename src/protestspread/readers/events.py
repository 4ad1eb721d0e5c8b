"""Read events from a table of one's own."""

from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from ..errors import SchemaError, name_some
from ..geodesy import WGS84
from ..tables import EVENTS, check_events
from .columns import turn
from .files import open_table, rename_columns

LONGITUDE, LATITUDE = ("longitude", "lon", "lng", "long"), ("latitude", "lat")
_MEND = "correct these rows in the file; nothing was dropped and nothing guessed"


def read_events(
    path_or_frame: str | Path | pd.DataFrame, *, columns: Mapping[str, str] | None = None
) -> gpd.GeoDataFrame:
    """Read protest events, one row an event, and check every row.

    Parameters
    ----------
    path_or_frame
        A CSV, TSV, Parquet, GeoParquet, GeoPackage, GeoJSON, FlatGeobuf or Shapefile table, or a frame. It needs
        ``date`` (2022-01-31) and a place: ``longitude`` and ``latitude`` (or ``lon``, ``lat``) in degrees, or points,
        or ``city``. Of the other columns, ``event_id``, ``time``, ``event_type``, ``size_low``, ``size_high``,
        ``fatalities``, ``date_precision``, ``minor``, ``source``, ``source_url`` and ``note`` have a meaning of their
        own (see the glossary); all others are kept as they are.
    columns
        Our name -> the name in the file: ``{"date": "Datum", "city": "Ort"}``.

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
        Any fault in any row; all are listed, with their rows.

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
    frame = path_or_frame if isinstance(path_or_frame, pd.DataFrame) else open_table(path_or_frame)
    frame = rename_columns(frame, columns)
    frame = _with_ids(frame)
    lon, lat = (next((c for c in names if c in frame), None) for names in (LONGITUDE, LATITUDE))
    numeric = [c.name for c in EVENTS.columns if c.name in ("size_low", "size_high", "fatalities")] + [
        c for c in (lon, lat) if c
    ]
    frame, faults = turn(frame, numbers=numeric, flags=["minor"], dates=["date"])
    if (
        "date" in frame
        and pd.api.types.is_datetime64_any_dtype(frame["date"])
        and not isinstance(frame["date"].dtype, pd.DatetimeTZDtype)
    ):
        frame = _split_time(frame)
    points, more = _points(frame, lon, lat)
    faults += more
    events = gpd.GeoDataFrame(frame.drop(columns=[c for c in (lon, lat, "geometry") if c in frame]), geometry=points)
    said = [fault.split("'")[1] for fault in faults if fault.startswith("column '")]
    faults += [
        fault for fault in EVENTS.faults(events) if not any(fault.startswith(f"column '{name}'") for name in said)
    ]
    if faults:
        raise SchemaError("events", faults, _MEND)
    check_events(events)
    return events


def _with_ids(frame: pd.DataFrame) -> pd.DataFrame:
    if frame.index.name == "event_id":
        return frame.copy()
    if "event_id" in frame:
        ids = frame["event_id"].astype("string").str.strip()
        return frame.drop(columns="event_id").set_index(
            pd.Index(ids.astype(object).where(ids.notna(), None), name="event_id")
        )
    return frame.set_index(pd.Index([f"row {i}" for i in range(1, len(frame) + 1)], name="event_id", dtype=object))


def _split_time(frame: pd.DataFrame) -> pd.DataFrame:
    day = frame["date"].dt.normalize()
    clocked = (frame["date"] != day) & day.notna()
    if clocked.any():
        clock = frame["date"].dt.strftime("%H:%M").where(clocked, None).astype(object)
        frame["time"] = frame["time"].where(frame["time"].notna(), clock) if "time" in frame else clock
    frame["date"] = day
    return frame


def _points(frame: pd.DataFrame, lon: str | None, lat: str | None) -> tuple[gpd.GeoSeries, list[str]]:
    """Return the points of a table, and what is wrong with where they come from."""
    none = gpd.GeoSeries([None] * len(frame), index=frame.index, crs=WGS84)
    if isinstance(frame, gpd.GeoDataFrame) and frame.active_geometry_name is not None:
        shapes = frame.geometry
        if shapes.crs is None:
            return shapes, [
                "the points have no reference system; frame.set_crs(4326) if they are longitude and latitude"
            ]
        return shapes.to_crs(WGS84), []
    if (lon is None) != (lat is None):
        return none, [
            f"it has {'a latitude but no longitude' if lon is None else 'a longitude but no latitude'}: {name_some(frame.columns, 30)}"
        ]
    if lon is None or lat is None:
        return none, [] if "city" in frame else [
            f"it has neither coordinates nor a column 'city': {name_some(frame.columns, 30)}"
        ]
    x, y = (pd.to_numeric(frame[c], errors="coerce").to_numpy(dtype=float, na_value=np.nan) for c in (lon, lat))
    half = np.isnan(x) != np.isnan(y)
    faults = (
        [f"one coordinate without the other in {int(half.sum())} rows ({name_some(frame.index[half])})"]
        if half.any()
        else []
    )
    given = ~np.isnan(x) & ~np.isnan(y)
    shapes = none.to_numpy().copy()
    shapes[given] = gpd.points_from_xy(x[given], y[given])
    return gpd.GeoSeries(shapes, index=frame.index, crs=WGS84), faults
