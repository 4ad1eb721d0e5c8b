"""The shapes of the tables, named once and checked at the door, all faults at once.

Events, places, panels and onsets are plain pandas and geopandas objects. What each column means stands in
``docs/glossary.md``; what must hold of it stands here.
"""

import geopandas as gpd
import numpy as np
import pandas as pd

from .checks import Column, Fault, Table, dates, flags, moments, numbers, one_of, optional_dates, required_texts, texts
from .errors import SchemaError, shorten_list

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

    Parameters
    ----------
    events
        What should be events.

    Raises
    ------
    SchemaError
        With all faults and their rows.
    CRSError
        Points in another reference system than longitude and latitude.

    Examples
    --------
    >>> import protestspread as ps
    >>> events = ps.load_case("kazakhstan_2022").events
    >>> ps.check_events(events)
    >>> ps.check_events(events.drop(columns="date"))
    Traceback (most recent call last):
    ...
    protestspread.errors.SchemaError: ...column 'date' is missing...
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
    """Raise `SchemaError` unless a table is regions: index ``region_id``; valid polygons in EPSG:4326.

    Parameters
    ----------
    regions
        What should be regions.

    Raises
    ------
    SchemaError, CRSError
        As `check_events`; `repair_regions` mends polygons that cross themselves.

    Examples
    --------
    >>> import protestspread as ps
    >>> ps.check_regions(ps.load_case("kazakhstan_2022").regions)
    """
    REGIONS.check(regions)


def check_cities(cities: gpd.GeoDataFrame) -> None:
    """Raise `SchemaError` unless a table is cities: index ``city``; points in EPSG:4326.

    Parameters
    ----------
    cities
        What should be cities.

    Raises
    ------
    SchemaError, CRSError
        As `check_events`.

    Examples
    --------
    >>> import protestspread as ps
    >>> ps.check_cities(ps.load_case("kazakhstan_2022").cities)
    """
    CITIES.check(cities)


def check_places(places: gpd.GeoDataFrame) -> None:
    """Raise `SchemaError` unless a table is regions (index ``region_id``) or cities (index ``city``)."""
    (CITIES if isinstance(places, pd.DataFrame) and places.index.name == "city" else REGIONS).check(
        places, fix="places are regions (index 'region_id', polygons) or cities (index 'city', points)"
    )


def check_links(links: pd.DataFrame, cities: gpd.GeoDataFrame | None = None) -> None:
    """Raise `SchemaError` unless a table is links: ``from_place``, ``to_place``, ``mode``, ``km`` between known cities.

    Parameters
    ----------
    links
        What should be links.
    cities
        The cities that they may name; by default any.

    Raises
    ------
    SchemaError
        With all faults: a place linked with itself, a pair that stands twice in one mode, unknown places.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> ps.check_links(case.links, case.cities)
    """
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
        faults += [f"unknown places: {shorten_list(unknown)}"] if unknown else []
    if faults:
        raise SchemaError("links", faults, "correct the rows named")


def check_interventions(interventions: pd.DataFrame, regions: gpd.GeoDataFrame | None = None) -> None:
    """Raise `SchemaError` unless a table is interventions: half-open local intervals [start, end) by region.

    ``region_id`` missing means the whole country, ``end`` missing that no end was found.

    Parameters
    ----------
    interventions
        What should be interventions.
    regions
        The regions that they may name; by default any.

    Raises
    ------
    SchemaError
        With all faults: no start, an end that is not after the start, unknown regions.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> ps.check_interventions(case.interventions, case.regions)
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
        faults += [f"unknown regions: {shorten_list(unknown)}"] if unknown else []
    if faults:
        raise SchemaError("interventions", faults, "correct the rows named; an interval is [start, end)")


def check_flows(flows: pd.DataFrame) -> None:
    """Raise `SchemaError` unless a table is flows: origin, destination, their coordinates, low and high, start and end.

    ``start_basis`` says what day ``start`` is: "arrival" (also where it is missing) or "dispatch".

    Parameters
    ----------
    flows
        What should be flows.

    Raises
    ------
    SchemaError
        With all faults and their rows.

    Examples
    --------
    >>> import protestspread as ps
    >>> ps.check_flows(ps.load_case("kazakhstan_2022").flows)
    """
    FLOWS.check(flows)


def check_panel(panel: pd.DataFrame) -> None:
    """Raise `SchemaError` unless a table is a panel: a regular ``date`` index, a column a place, finite numbers or NaN.

    Parameters
    ----------
    panel
        What should be a panel.

    Raises
    ------
    SchemaError
        With all faults: dates that are no days, not in order or not regular; columns that are no numbers, or infinite.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> ps.check_panel(ps.count_events(case.events, case.regions))
    """
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
        faults.append(f"places stand more than once: {shorten_list(panel.columns[panel.columns.duplicated()])}")
    wrong = [
        c for c, dtype in zip(panel.columns, panel.dtypes, strict=True) if not pd.api.types.is_numeric_dtype(dtype)
    ]
    if wrong:
        faults.append(f"columns without numbers: {shorten_list(wrong)}")
    elif np.isinf(panel.to_numpy(dtype=float, na_value=np.nan)).any():
        faults.append(
            f"infinite values in {shorten_list(panel.columns[np.isinf(panel.to_numpy(dtype=float, na_value=np.nan)).any(axis=0)])}"
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
        faults.append(f"the dates are not regular, near {shorten_list(gaps.strftime('%Y-%m-%d'))}")
    return faults


def check_onsets(onsets: pd.Series) -> None:
    """Raise `SchemaError` unless a Series is onsets: place -> date, NaT where a place had not joined.

    Parameters
    ----------
    onsets
        What should be onsets.

    Raises
    ------
    SchemaError
        With all faults: no dates, places that stand more than once.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> ps.check_onsets(ps.onsets(ps.count_events(case.events, case.cities)))
    """
    if not isinstance(onsets, pd.Series):
        raise SchemaError("onsets", [f"it is a {type(onsets).__name__}, not a Series"], "onsets(panel) makes one")
    faults: list[str] = [*moments(onsets)]
    if not onsets.index.is_unique:
        faults.append(f"places stand more than once: {shorten_list(onsets.index[onsets.index.duplicated()])}")
    if faults:
        raise SchemaError("onsets", faults, "onsets map each place to its first day; onsets(panel) makes them")
