"""The shapes of the tables, named once and checked at the door, all faults at once.

Events, places, panels and onsets are plain pandas and geopandas objects. What each column means stands in
``docs/glossary.md``; what must hold of it stands here.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Self

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from .errors import CRSError, SchemaError, name_some

BoolArray = npt.NDArray[np.bool_]

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


class Fault(str):
    """What is wrong with a table, as a sentence that also knows in which rows.

    Attributes
    ----------
    rows
        True where a row is faulty; None where it is the table as a whole.
    reason
        The sentence without the rows.
    column
        The column it is about, where it is about one.
    """

    __slots__ = ("column", "reason", "rows")
    column: str | None
    reason: str
    rows: BoolArray | None

    def __new__(
        cls, text: str, rows: BoolArray | None = None, reason: str | None = None, column: str | None = None
    ) -> Self:
        """Make a sentence that remembers what it is about."""
        self = super().__new__(cls, text)
        self.rows, self.reason, self.column = rows, text if reason is None else reason, column
        return self

    @classmethod
    def at(cls, what: str, index: pd.Index, bad: "npt.NDArray[np.bool_] | pd.Series", more: str = "") -> "Fault":
        """Say what is wrong in which rows of a table."""
        rows = np.asarray(bad, dtype=bool)
        names = index[rows]
        return cls(f"{what} in {len(names)} of {len(rows)} rows ({name_some(names)}){more}", rows, what + more)

    def named(self, column: str) -> "Fault":
        """Remember which column it is about."""
        return Fault(str(self), self.rows, self.reason, column)

    def of(self, column: str) -> "Fault":
        """Say that it is wrong with one column."""
        return Fault(f"column '{column}': {self}", self.rows, f"column '{column}': {self.reason}", column)


Check = Callable[[pd.Series], list[Fault]]


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

    def faults(self, frame: object, *, sound: Collection[str] = ()) -> list[Fault]:
        """Return all that is wrong with a table, apart from its reference system.

        What is known to be `sound` (columns, the index by its name, "geometry") is not looked at.
        """
        if not isinstance(frame, pd.DataFrame):
            return [Fault(f"it is a {type(frame).__name__}, not a DataFrame")]
        faults = [] if self.index in sound else _index_faults(frame.index, self.index)
        for column in self.columns:
            if column.name in frame and column.name not in sound:
                faults += [fault.of(column.name) for fault in column.check(frame[column.name])]
            elif column.required and column.name not in frame:
                faults.append(
                    Fault(
                        f"column '{column.name}' is missing; the table has {name_some(frame.columns)}",
                        column=column.name,
                    )
                )
        if self.geometry and "geometry" not in sound:
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


def dates(series: pd.Series) -> list[Fault]:
    """Civil days without a zone, none missing."""
    faults = optional_dates(series)
    if pd.api.types.is_datetime64_any_dtype(series) and series.isna().any():
        faults.insert(0, Fault.at("no date", series.index, series.isna()))
    return faults


def optional_dates(series: pd.Series) -> list[Fault]:
    """Civil days without a zone; may be missing."""
    if isinstance(series.dtype, pd.DatetimeTZDtype):
        return [
            Fault(
                "the dates carry a time zone; give local civil days: .dt.tz_convert(zone).dt.tz_localize(None).dt.normalize()"
            )
        ]
    if not pd.api.types.is_datetime64_any_dtype(series):
        return [Fault(f"holds {series.dtype}, not dates; use pandas.to_datetime")]
    values = series.to_numpy()
    odd = (values != values.astype("datetime64[D]")) & ~np.isnat(values)
    if not odd.any():
        return []
    return [Fault.at("a time of day within the date", series.index, odd, "; put it into the column 'time'")]


def moments(series: pd.Series) -> list[Fault]:
    """Local clock times without a zone; may be missing."""
    if isinstance(series.dtype, pd.DatetimeTZDtype):
        return [Fault("the times carry a zone; give local clock times without one")]
    return (
        []
        if pd.api.types.is_datetime64_any_dtype(series)
        else [Fault(f"holds {series.dtype}, not times; use pandas.to_datetime")]
    )


def numbers(least: float = -np.inf) -> Check:
    """Finite numbers, at least `least`; may be missing."""

    def check(series: pd.Series) -> list[Fault]:
        if pd.api.types.is_bool_dtype(series) or not pd.api.types.is_numeric_dtype(series):
            return [Fault(f"holds {series.dtype}, not numbers")]
        values = series.to_numpy(dtype=float, na_value=np.nan)
        faults = []
        if np.isinf(values).any():
            faults.append(Fault.at("infinite", series.index, np.isinf(values)))
        if (values < least).any():
            word = "negative" if least == 0 else f"below {least:g}"
            faults.append(Fault.at(word, series.index, values < least))
        return faults

    return check


def flags(series: pd.Series) -> list[Fault]:
    """Check for True or False, none missing."""
    if series.isna().any():
        return [Fault.at("neither true nor false", series.index, series.isna())]
    return [] if pd.api.types.is_bool_dtype(series) else [Fault(f"holds {series.dtype}, not True and False")]


def texts(series: pd.Series) -> list[Fault]:
    """Text; may be missing."""
    # the compiled look comes first: a loop over a million values takes half a second
    if isinstance(series.dtype, pd.StringDtype) or pd.api.types.infer_dtype(series.to_numpy(), skipna=True) in (
        "string",
        "empty",
    ):
        return []
    bad = np.array([not (isinstance(value, str) or pd.isna(value)) for value in series], dtype=bool)
    return [Fault.at("not text", series.index, bad)] if bad.any() else []


def one_of(*allowed: str) -> Check:
    """One of some words; may be missing."""

    def check(series: pd.Series) -> list[Fault]:
        bad = series.notna() & ~series.isin(allowed)
        return [Fault.at(f"not one of {', '.join(allowed)}", series.index, bad)] if bad.any() else []

    return check


def required_texts(series: pd.Series) -> list[Fault]:
    """Text, none missing or blank."""
    faults = texts(series)
    blank = series.isna() | (series.astype("string").str.strip() == "").fillna(value=False)
    return faults + ([Fault.at("blank", series.index, blank)] if blank.any() else [])


def _index_faults(index: pd.Index, name: str) -> list[Fault]:
    faults = []
    if index.name != name:
        faults.append(Fault(f"the index is called {index.name!r}, not '{name}'; rename it with .rename_axis('{name}')"))
    text = index.dtype == object and pd.api.types.infer_dtype(index.to_numpy(), skipna=False) == "string"
    if not text and index.hasnans:  # to look for gaps takes eight times as long as to see that all is text
        missing = np.asarray(index.isna(), dtype=bool)
        faults.append(Fault(f"the index has {int(missing.sum())} missing entries", missing, f"no {name}", name))
    if not names_are_unique(index):
        again = index.duplicated(keep="first")
        said = f"{name} stands more than once"
        faults.append(Fault(f"{said}: {name_some(index[again].unique())}", again, said, name))
    return faults


def names_are_unique(index: pd.Index) -> bool:
    """Say whether no name stands twice.

    Text is told apart by its hashes: where no two are alike, no two names are, and to sort a million numbers takes a tenth
    of the time of ``index.is_unique``, which leaves a table behind as well. Where two hashes are alike, the names are compared.
    """
    if index.dtype != object and not isinstance(index.dtype, pd.StringDtype):
        return bool(index.is_unique)
    names = index.to_numpy()
    hashes = np.fromiter(map(hash, names), dtype=np.int64, count=len(names))
    hashes.sort()
    return bool((hashes[1:] != hashes[:-1]).all()) or len(set(names)) == len(names)


def _geometry_faults(frame: pd.DataFrame, kind: str) -> list[Fault]:
    if not isinstance(frame, gpd.GeoDataFrame):
        return [Fault(f"it is a plain DataFrame without geometry; it needs {kind} (geopandas.GeoDataFrame)")]
    try:
        series = frame.geometry
    except AttributeError:
        return [Fault(f"it has no active geometry column; it needs {kind}")]
    shapes = series.to_numpy()
    numbers = shapely.get_type_id(shapes)  # -1 where there is none
    empty = (numbers < 0) | shapely.is_empty(shapes)
    there = ~empty
    if kind == "points" and "city" in frame and frame.index.name == "event_id":
        empty = empty & frame["city"].isna().to_numpy()  # a named city may still lend the event its place
    faults = [Fault.at("empty geometry", frame.index, empty)] if empty.any() else []
    types = {"points": (0,), "polygons": (3, 6)}[kind]  # GEOS numbers of Point, Polygon, MultiPolygon
    other = there & ~np.logical_or.reduce([numbers == one for one in types])
    if other.any():
        faults.append(Fault.at(f"not {kind} but {name_some(series.geom_type[other].unique())}", frame.index, other))
    return faults + (_point_faults if kind == "points" else _polygon_faults)(series, there & ~other)


def _point_faults(points: gpd.GeoSeries, there: BoolArray) -> list[Fault]:
    lon, lat = np.zeros(len(points)), np.zeros(len(points))
    lon[there], lat[there] = shapely.get_x(points.to_numpy()[there]), shapely.get_y(points.to_numpy()[there])
    faults = []
    odd = there & ~(np.isfinite(lon) & np.isfinite(lat))
    if odd.any():
        faults.append(Fault.at("NaN or infinite coordinates", points.index, odd))
    if points.crs is None or points.crs.is_geographic:
        high = there & ~odd & (np.abs(lat) > 90)
        if high.any():
            swapped = (np.abs(lon[high]) <= 90).all()
            hint = "; longitude and latitude look swapped" if swapped else ""
            faults.append(Fault.at("latitude outside -90...90", points.index, high, hint))
        far = there & ~odd & ~high & (np.abs(lon) > 360)
        if far.any():
            faults.append(Fault.at("longitude outside -180...180", points.index, far))
    return faults


def _polygon_faults(polygons: gpd.GeoSeries, there: BoolArray) -> list[Fault]:
    shapes = polygons.to_numpy()
    if polygons.crs is None or polygons.crs.is_geographic:
        high = there & (np.abs(shapely.bounds(shapes)[:, [1, 3]]) > 90 + 1e-6).any(axis=1)
        if high.any():
            return [Fault.at("latitude outside -90...90", polygons.index, high)]
    bad = there & ~shapely.is_valid(shapes)
    if not bad.any():
        return []
    first = shapely.is_valid_reason(shapes[int(np.argmax(bad))])
    return [Fault.at("invalid polygons", polygons.index, bad, f"; the first: {first}; mend them with .make_valid()")]


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
        Column("date_end", optional_dates),
        Column("event_type", texts),
        Column("sub_event_type", texts),
        Column("city", texts),
        Column("region_id", texts),
        Column("size_low", numbers(0)),
        Column("size_high", numbers(0)),
        Column("size_text", texts),
        Column("fatalities", numbers(0)),
        Column("fatalities_low", numbers(0)),
        Column("fatalities_high", numbers(0)),
        Column("minor", flags),
        Column("date_precision", texts),
        Column("place_precision", texts),
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
        Column("start_basis", one_of("arrival", "dispatch")),
        Column("end", moments),
    ),
)


def check_events(events: gpd.GeoDataFrame) -> None:
    """Raise `SchemaError` unless a table is events: index ``event_id``; ``date`` (civil day, no zone), points in EPSG:4326.

    A point may be missing where ``city`` names the place. Optional columns are listed in the glossary.
    """
    EVENTS.check(events)
    order = order_faults(events)
    if order:
        raise SchemaError("events", order, "swap or correct them")


def order_faults(events: pd.DataFrame) -> list[Fault]:
    """Return where a lower value stands above its upper one, in a table whose columns are numbers and dates."""
    faults = []
    for low, high, says in (
        ("size_low", "size_high", "size_low above size_high"),
        ("fatalities_low", "fatalities_high", "fatalities_low above fatalities_high"),
        ("date", "date_end", "date_end before date"),
    ):
        if low in events and high in events:
            upside = (events[low] > events[high]).fillna(value=False)
            if upside.any():
                faults.append(Fault.at(says, events.index, upside).named(high))
    return faults


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
    faults: list[str] = []
    loops = links["from_place"] == links["to_place"]
    if loops.any():
        faults.append(Fault.at("a place linked with itself", links.index, loops))
    pair = pd.DataFrame(np.sort(links[["from_place", "to_place"]].to_numpy(dtype=str), axis=1)).assign(
        mode=links["mode"].to_numpy()
    )
    twice = pair.duplicated().to_numpy()
    if twice.any():
        faults.append(Fault.at("a pair stands twice in one mode", links.index, twice))
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
    faults: list[str] = []
    missing = interventions["start"].isna()
    if missing.any():
        faults.append(Fault.at("no start", interventions.index, missing))
    reverse = interventions["end"].notna() & (interventions["end"] <= interventions["start"])
    if reverse.any():
        faults.append(Fault.at("the end is not after the start", interventions.index, reverse))
    if regions is not None:
        unknown = sorted(set(interventions["region_id"].dropna()) - set(regions.index))
        faults += [f"unknown regions: {name_some(unknown)}"] if unknown else []
    if faults:
        raise SchemaError("interventions", faults, "correct the rows named; an interval is [start, end)")


def check_flows(flows: pd.DataFrame) -> None:
    """Raise `SchemaError` unless a table is flows: origin, destination, their coordinates, low and high, start and end.

    ``start_basis`` says what day ``start`` is: "arrival" (also where it is missing) or "dispatch".
    """
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
    faults: list[str] = [*moments(onsets)]
    if not onsets.index.is_unique:
        faults.append(f"places stand more than once: {name_some(onsets.index[onsets.index.duplicated()])}")
    if faults:
        raise SchemaError("onsets", faults, "onsets map each place to its first day; onsets(panel) makes them")
