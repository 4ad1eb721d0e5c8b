"""The shapes of the tables, named once and checked at the door, all faults at once.

Events, places, panels and onsets are plain pandas and geopandas objects. What each column means stands in
``docs/glossary.md``; what must hold of it stands here.
"""

from collections.abc import Callable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from .errors import CRSError, SchemaError, name_some

Check = Callable[[pd.Series], list[str]]

EVENT_TYPES = {
    "protest": "a rally, march or gathering that was not broken up",
    "protest_with_intervention": "a rally, march or gathering broken up or fought by security forces",
    "road_blockade": "a road or railway held against traffic",
    "strike": "work laid down together",
    "riot": "violence or destruction by a crowd",
    "building_seizure": "a public building, airport or office broken into or held",
    "armed_clash": "shooting between security forces and others",
}
"""The seven types of event in the shipped data, and what each means. Other data may use their own words."""


@dataclass(frozen=True)
class Column:
    """One column of a table: whether it must be there, and what must hold of its values."""

    name: str
    check: Check
    required: bool = False


@dataclass(frozen=True)
class Table:
    """The shape of a table: its index, its columns and its kind of geometry."""

    name: str
    index: str
    columns: tuple[Column, ...] = ()
    geometry: str | None = None  # "points" or "polygons"

    def faults(self, frame: object) -> list[str]:
        """Return all that is wrong with a table, apart from its reference system."""
        if not isinstance(frame, pd.DataFrame):
            return [f"it is a {type(frame).__name__}, not a DataFrame"]
        faults = _index_faults(frame.index, self.index)
        for column in self.columns:
            if column.name in frame:
                faults += [f"column '{column.name}': {fault}" for fault in column.check(frame[column.name])]
            elif column.required:
                faults.append(f"column '{column.name}' is missing; the table has {name_some(frame.columns)}")
        if self.geometry:
            faults += _geometry_faults(frame, self.geometry)
        return faults

    def check(self, frame: pd.DataFrame, mend: str | None = None) -> None:
        """Raise what is wrong with a table; do nothing where all is well."""
        faults = self.faults(frame)
        if faults:
            raise SchemaError(
                self.name, faults, mend or f"correct the rows named, or see help(protestspread.check_{self.name})"
            )
        if self.geometry:
            _check_crs(self.name, frame)


def _where(series: pd.Series, bad: "np.typing.NDArray[np.bool_] | pd.Series") -> str:
    rows = series.index[np.asarray(bad, dtype=bool)]
    return f"in {len(rows)} of {len(series)} rows ({name_some(rows)})"


def dates(series: pd.Series) -> list[str]:
    """Civil days without a zone, none missing."""
    if isinstance(series.dtype, pd.DatetimeTZDtype):
        return [
            "the dates carry a time zone; give local civil days: .dt.tz_convert(zone).dt.tz_localize(None).dt.normalize()"
        ]
    if not pd.api.types.is_datetime64_any_dtype(series):
        return [f"holds {series.dtype}, not dates; use pandas.to_datetime"]
    faults = []
    if series.isna().any():
        faults.append(f"no date {_where(series, series.isna())}")
    odd = series.notna() & (series != series.dt.normalize())
    if odd.any():
        faults.append(f"a time of day within the date {_where(series, odd)}; put it into the column 'time'")
    return faults


def moments(series: pd.Series) -> list[str]:
    """Local clock times without a zone; may be missing."""
    if isinstance(series.dtype, pd.DatetimeTZDtype):
        return ["the times carry a zone; give local clock times without one"]
    return (
        []
        if pd.api.types.is_datetime64_any_dtype(series)
        else [f"holds {series.dtype}, not times; use pandas.to_datetime"]
    )


def numbers(least: float = -np.inf) -> Check:
    """Finite numbers, at least `least`; may be missing."""

    def check(series: pd.Series) -> list[str]:
        if pd.api.types.is_bool_dtype(series) or not pd.api.types.is_numeric_dtype(series):
            return [f"holds {series.dtype}, not numbers"]
        values = series.to_numpy(dtype=float, na_value=np.nan)
        faults = []
        if np.isinf(values).any():
            faults.append(f"infinite {_where(series, np.isinf(values))}")
        if (values < least).any():
            word = "negative" if least == 0 else f"below {least:g}"
            faults.append(f"{word} {_where(series, values < least)}")
        return faults

    return check


def flags(series: pd.Series) -> list[str]:
    """Check for True or False, none missing."""
    if series.isna().any():
        return [f"neither true nor false {_where(series, series.isna())}"]
    return [] if pd.api.types.is_bool_dtype(series) else [f"holds {series.dtype}, not True and False"]


def texts(series: pd.Series) -> list[str]:
    """Text; may be missing."""
    bad = np.array([not (isinstance(value, str) or pd.isna(value)) for value in series], dtype=bool)
    return [f"not text {_where(series, bad)}"] if bad.any() else []


def required_texts(series: pd.Series) -> list[str]:
    """Text, none missing or blank."""
    faults = texts(series)
    blank = series.isna() | (series.astype("string").str.strip() == "").fillna(value=False)
    return faults + ([f"blank {_where(series, blank)}"] if blank.any() else [])


def _index_faults(index: pd.Index, name: str) -> list[str]:
    faults = []
    if index.name != name:
        faults.append(f"the index is called {index.name!r}, not '{name}'; rename it with .rename_axis('{name}')")
    if index.hasnans:
        faults.append(f"the index has {int(np.sum(index.isna()))} missing entries")
    if not index.is_unique:
        twice = index[index.duplicated(keep="first")].unique()
        faults.append(f"{name} stands more than once: {name_some(twice)}")
    return faults


def _geometry_faults(frame: pd.DataFrame, kind: str) -> list[str]:
    if not isinstance(frame, gpd.GeoDataFrame):
        return [f"it is a plain DataFrame without geometry; it needs {kind} (geopandas.GeoDataFrame)"]
    try:
        shapes = frame.geometry
    except AttributeError:
        return [f"it has no active geometry column; it needs {kind}"]
    empty = shapely.is_missing(shapes.to_numpy()) | shapely.is_empty(shapes.to_numpy())
    there = ~empty
    if kind == "points" and "city" in frame and frame.index.name == "event_id":
        empty = empty & frame["city"].isna().to_numpy()  # a named city may still lend the event its place
    faults = [f"empty geometry {_where(shapes, empty)}"] if empty.any() else []
    types = {"points": ("Point",), "polygons": ("Polygon", "MultiPolygon")}[kind]
    other = there & ~shapes.geom_type.isin(types).to_numpy()
    if other.any():
        faults.append(f"not {kind} but {name_some(shapes.geom_type[other].unique())} {_where(shapes, other)}")
    return faults + (
        _point_faults(shapes[there & ~other]) if kind == "points" else _polygon_faults(shapes[there & ~other])
    )


def _point_faults(points: gpd.GeoSeries) -> list[str]:
    lon, lat = points.x.to_numpy(), points.y.to_numpy()
    faults = []
    odd = ~(np.isfinite(lon) & np.isfinite(lat))
    if odd.any():
        faults.append(f"NaN or infinite coordinates {_where(points, odd)}")
    if points.crs is None or points.crs.is_geographic:
        high = ~odd & (np.abs(lat) > 90)
        if high.any():
            swapped = (np.abs(lon[high]) <= 90).all()
            hint = "; longitude and latitude look swapped" if swapped else ""
            faults.append(f"latitude outside -90...90 {_where(points, high)}{hint}")
        far = ~odd & ~high & (np.abs(lon) > 360)
        if far.any():
            faults.append(f"longitude outside -180...180 {_where(points, far)}")
    return faults


def _polygon_faults(polygons: gpd.GeoSeries) -> list[str]:
    bad = ~polygons.is_valid.to_numpy()
    if not bad.any():
        return []
    first = polygons[bad].iloc[0]
    return [
        f"invalid polygons {_where(polygons, bad)}; the first: {shapely.is_valid_reason(first)}; mend them with .make_valid()"
    ]


def _check_crs(name: str, frame: gpd.GeoDataFrame) -> None:
    if frame.crs is None:
        raise CRSError(
            name, ["the coordinates have no reference system"], "frame.set_crs(4326) if they are longitude and latitude"
        )
    if not frame.crs.is_geographic:
        raise CRSError(
            name, [f"the coordinates are in {frame.crs.name}, not in longitude and latitude"], "frame.to_crs(4326)"
        )


EVENTS = Table(
    "events",
    "event_id",
    (
        Column("date", dates, required=True),
        Column("event_type", texts),
        Column("city", texts),
        Column("region_id", texts),
        Column("size_low", numbers(0)),
        Column("size_high", numbers(0)),
        Column("fatalities", numbers(0)),
        Column("minor", flags),
        Column("date_precision", texts),
        Column("time", texts),
        Column("source", texts),
        Column("source_url", texts),
        Column("note", texts),
    ),
    geometry="points",
)
REGIONS = Table("regions", "region_id", (Column("name", texts), Column("population", numbers(0))), geometry="polygons")
CITIES = Table(
    "cities",
    "city",
    (
        Column("name", texts),
        Column("region_id", texts),
        Column("population", numbers(0)),
        Column("in_frame", flags),
        Column("aliases", texts),
    ),
    geometry="points",
)
LINKS = Table(
    "links",
    "link_id",
    (
        Column("from_place", required_texts, required=True),
        Column("to_place", required_texts, required=True),
        Column("mode", required_texts, required=True),
        Column("km", numbers(0)),
        Column("estimated", flags),
    ),
)
INTERVENTIONS = Table(
    "interventions",
    "intervention_id",
    (
        Column("kind", required_texts, required=True),
        Column("region_id", texts, required=True),
        Column("start", moments, required=True),
        Column("end", moments, required=True),
        Column("place", texts),
        Column("detail", texts),
    ),
)
FLOWS = Table(
    "flows",
    "flow_id",
    (
        Column("origin", required_texts, required=True),
        Column("destination", required_texts, required=True),
        Column("origin_lon", numbers(-180), required=True),
        Column("origin_lat", numbers(-90), required=True),
        Column("destination_lon", numbers(-180), required=True),
        Column("destination_lat", numbers(-90), required=True),
        Column("low", numbers(0)),
        Column("high", numbers(0)),
        Column("start", moments),
        Column("end", moments),
    ),
)


def check_events(events: gpd.GeoDataFrame) -> None:
    """Raise `SchemaError` unless a table is events: index ``event_id``; ``date`` (civil day, no zone), points in EPSG:4326.

    A point may be missing where ``city`` names the place. Optional columns are listed in the glossary.
    """
    EVENTS.check(events)
    if {"size_low", "size_high"} <= set(events.columns):
        upside = (events["size_low"] > events["size_high"]).fillna(value=False)
        if upside.any():
            raise SchemaError(
                "events", [f"size_low above size_high {_where(events['size_low'], upside)}"], "swap or correct them"
            )


def check_regions(regions: gpd.GeoDataFrame) -> None:
    """Raise `SchemaError` unless a table is regions: index ``region_id``; valid polygons in EPSG:4326."""
    REGIONS.check(regions)


def check_cities(cities: gpd.GeoDataFrame) -> None:
    """Raise `SchemaError` unless a table is cities: index ``city``; points in EPSG:4326."""
    CITIES.check(cities)


def check_places(places: gpd.GeoDataFrame) -> None:
    """Raise `SchemaError` unless a table is regions (index ``region_id``) or cities (index ``city``)."""
    (CITIES if isinstance(places, pd.DataFrame) and places.index.name == "city" else REGIONS).check(
        places, mend="places are regions (index 'region_id', polygons) or cities (index 'city', points)"
    )


def check_links(links: pd.DataFrame, cities: gpd.GeoDataFrame | None = None) -> None:
    """Raise `SchemaError` unless a table is links: ``from_place``, ``to_place``, ``mode``, ``km`` between known cities."""
    LINKS.check(links)
    faults = []
    loops = links["from_place"] == links["to_place"]
    if loops.any():
        faults.append(f"a place linked with itself {_where(links['mode'], loops)}")
    pair = pd.DataFrame(np.sort(links[["from_place", "to_place"]].to_numpy(dtype=str), axis=1)).assign(
        mode=links["mode"].to_numpy()
    )
    twice = pair.duplicated().to_numpy()
    if twice.any():
        faults.append(f"a pair stands twice in one mode {_where(links['mode'], twice)}")
    if cities is not None:
        unknown = sorted(set(links["from_place"]).union(links["to_place"]) - set(cities.index))
        faults += [f"unknown places: {name_some(unknown)}"] if unknown else []
    if faults:
        raise SchemaError("links", faults, "correct the rows named")


def check_interventions(interventions: pd.DataFrame, regions: gpd.GeoDataFrame | None = None) -> None:
    """Raise `SchemaError` unless a table is interventions: half-open local intervals [start, end) by region.

    ``region_id`` missing means the whole country, ``end`` missing that no end was found.
    """
    INTERVENTIONS.check(interventions)
    faults = []
    missing = interventions["start"].isna()
    if missing.any():
        faults.append(f"no start {_where(interventions['start'], missing)}")
    reverse = interventions["end"].notna() & (interventions["end"] <= interventions["start"])
    if reverse.any():
        faults.append(f"the end is not after the start {_where(interventions['start'], reverse)}")
    if regions is not None:
        unknown = sorted(set(interventions["region_id"].dropna()) - set(regions.index))
        faults += [f"unknown regions: {name_some(unknown)}"] if unknown else []
    if faults:
        raise SchemaError("interventions", faults, "correct the rows named; an interval is [start, end)")


def check_flows(flows: pd.DataFrame) -> None:
    """Raise `SchemaError` unless a table is flows: origin, destination, their coordinates, low and high, start and end."""
    FLOWS.check(flows)


def check_panel(panel: pd.DataFrame) -> None:
    """Raise `SchemaError` unless a table is a panel: a regular ``date`` index, a column a place, finite numbers or NaN."""
    if not isinstance(panel, pd.DataFrame):
        raise SchemaError(
            "panel", [f"it is a {type(panel).__name__}, not a DataFrame"], "count_events(events, places) makes one"
        )
    faults = []
    if not isinstance(panel.index, pd.DatetimeIndex):
        faults.append(f"the index is a {type(panel.index).__name__}, not a DatetimeIndex of days")
    else:
        faults += _date_index_faults(panel.index)
    if not panel.columns.is_unique:
        faults.append(f"places stand more than once: {name_some(panel.columns[panel.columns.duplicated()])}")
    wrong = [
        c for c, dtype in zip(panel.columns, panel.dtypes, strict=True) if not pd.api.types.is_numeric_dtype(dtype)
    ]
    if wrong:
        faults.append(f"columns without numbers: {name_some(wrong)}")
    elif np.isinf(panel.to_numpy(dtype=float, na_value=np.nan)).any():
        faults.append(
            f"infinite values in {name_some(panel.columns[np.isinf(panel.to_numpy(dtype=float, na_value=np.nan)).any(axis=0)])}"
        )
    if faults:
        raise SchemaError(
            "panel", faults, "a panel has a row a day, a column a place; count_events(events, places) makes one"
        )


def _date_index_faults(index: pd.DatetimeIndex) -> list[str]:
    if index.tz is not None:
        return ["the dates carry a time zone; panels have local civil days"]
    faults = (
        []
        if index.name == "date"
        else [f"the index is called {index.name!r}, not 'date'; rename it with .rename_axis('date')"]
    )
    if index.hasnans or not index.is_unique or not index.is_monotonic_increasing:
        return [*faults, "the dates are not in order, or some stand twice or are missing"]
    if len(index) > 2 and index.freq is None and pd.infer_freq(index) is None:
        steps = np.diff(index.to_numpy())
        gaps = index[1:][steps != np.median(steps)]
        faults.append(f"the dates are not regular, near {name_some(gaps.strftime('%Y-%m-%d'))}")
    return faults


def check_onsets(onsets: pd.Series) -> None:
    """Raise `SchemaError` unless a Series is onsets: place -> date, NaT where a place had not joined."""
    if not isinstance(onsets, pd.Series):
        raise SchemaError("onsets", [f"it is a {type(onsets).__name__}, not a Series"], "onsets(panel) makes one")
    faults = moments(onsets)
    if not onsets.index.is_unique:
        faults.append(f"places stand more than once: {name_some(onsets.index[onsets.index.duplicated()])}")
    if faults:
        raise SchemaError("onsets", faults, "onsets map each place to its first day; onsets(panel) makes them")
