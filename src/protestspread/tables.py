"""Schemas of the tables, checked at the start of every public function; all faults are reported at once.

Events, places, panels and onsets are plain pandas and geopandas objects. ``docs/glossary.md`` explains each column;
this module defines what each must contain.
"""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd

from .checks import (
    Column,
    Table,
    date_step,
    dates,
    flags,
    is_real,
    label_faults,
    moments,
    numbers,
    one_of,
    optional_dates,
    order_faults,
    required_texts,
    texts,
)
from .errors import SchemaError, shorten_list
from .faults import Fault

EVENT_TYPES = {
    "protest": "a rally, march or gathering that was not broken up",
    "protest_with_intervention": "a rally, march or gathering broken up or fought by security forces",
    "road_blockade": "a road or railway blocked to traffic",
    "strike": "a collective refusal to work",
    "riot": "violence or destruction by a crowd",
    "building_seizure": "a public building, airport or office broken into or held",
    "armed_clash": "shooting between security forces and others",
}
"""The seven types of event in the shipped data and their definitions. Other data may use other types."""

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
_LOCATED = replace(EVENTS, geometry="points or none")
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
        Column("origin_lon", numbers(-180, 180), required=True),
        Column("origin_lat", numbers(-90, 90), required=True),
        Column("destination_lon", numbers(-180, 180), required=True),
        Column("destination_lat", numbers(-90, 90), required=True),
        Column("low", numbers(0)),
        Column("high", numbers(0)),
        Column("start", moments),
        Column("start_basis", one_of("arrival", "dispatch")),
        Column("end", moments),
    ),
)


def check_events(events: gpd.GeoDataFrame) -> None:
    """Check a table of events: index ``event_id``; ``date`` (civil day, no zone), points in EPSG:4326.

    A point may be missing if there is a column ``city``: the city can supply it, and an event that could not be located
    has none. Functions that need points leave such events out and count them. Optional columns are listed in the glossary.

    Parameters
    ----------
    events
        The table to check.

    Raises
    ------
    SchemaError
        With all faults and their rows.
    CRSError
        The points are not in longitude and latitude.

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
    (_LOCATED if isinstance(events, pd.DataFrame) and "city" in events else EVENTS).check(events)
    order = order_faults(events)
    if order:
        raise SchemaError("events", order, "swap or correct the values in the named rows")


def check_regions(regions: gpd.GeoDataFrame) -> None:
    """Check a table of regions: index ``region_id``; valid polygons in EPSG:4326.

    Parameters
    ----------
    regions
        The table to check.

    Raises
    ------
    SchemaError, CRSError
        As `check_events`; `repair_regions` repairs polygons that cross themselves.

    Examples
    --------
    >>> import protestspread as ps
    >>> ps.check_regions(ps.load_case("kazakhstan_2022").regions)
    """
    REGIONS.check(regions)


def check_cities(cities: gpd.GeoDataFrame) -> None:
    """Check a table of cities: index ``city``; points in EPSG:4326.

    Parameters
    ----------
    cities
        The table to check.

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
    """Check a table of regions (index ``region_id``) or cities (index ``city``)."""
    (CITIES if isinstance(places, pd.DataFrame) and places.index.name == "city" else REGIONS).check(
        places, fix="pass regions (index 'region_id', polygons) or cities (index 'city', points)"
    )


def check_links(links: pd.DataFrame, cities: gpd.GeoDataFrame | None = None) -> None:
    """Check a table of links: ``from_place``, ``to_place``, ``mode``, ``km`` between known cities.

    Parameters
    ----------
    links
        The table to check.
    cities
        The cities that links may name; by default any.

    Raises
    ------
    SchemaError
        With all faults: a place linked with itself, a pair repeated within one mode, unknown places.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> ps.check_links(case.links, case.cities)
    """
    LINKS.check(links)
    if cities is not None:
        check_places(cities)
    faults: list[str] = []
    loops = links["from_place"] == links["to_place"]
    if loops.any():
        faults.append(Fault.at("a place linked with itself", links.index, loops))
    pair = pd.DataFrame(np.sort(links[["from_place", "to_place"]].to_numpy(dtype=str), axis=1)).assign(
        mode=links["mode"].to_numpy()
    )
    repeated = pair.duplicated().to_numpy()
    if repeated.any():
        faults.append(Fault.at("a pair repeated within one mode", links.index, repeated))
    if cities is not None:
        unknown = sorted(set(links["from_place"]).union(links["to_place"]) - set(cities.index), key=str)
        faults += [f"columns 'from_place' and 'to_place': unknown places: {shorten_list(unknown)}"] if unknown else []
    if faults:
        raise SchemaError("links", faults, "correct the named rows or places")


def check_interventions(interventions: pd.DataFrame, regions: gpd.GeoDataFrame | None = None) -> None:
    """Check a table of interventions: half-open local intervals [start, end) by region.

    A missing ``region_id`` means the whole country; a missing ``end`` means that no end is known.

    Parameters
    ----------
    interventions
        The table to check.
    regions
        The regions that interventions may name; by default any.

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
    if regions is not None:
        check_places(regions)
    faults: list[str] = []
    missing = interventions["start"].isna()
    if missing.any():
        faults.append(Fault.at("no start", interventions.index, missing).of("start"))
    reverse = interventions["end"].notna() & (interventions["end"] <= interventions["start"])
    if reverse.any():
        faults.append(Fault.at("the end is not after the start", interventions.index, reverse).of("end"))
    if regions is not None:
        unknown = sorted(set(interventions["region_id"].dropna()) - set(regions.index), key=str)
        faults += [f"column 'region_id': unknown regions: {shorten_list(unknown)}"] if unknown else []
    if faults:
        raise SchemaError(
            "interventions", faults, "correct the named rows or regions; intervals are half-open: [start, end)"
        )


def check_flows(flows: pd.DataFrame) -> None:
    """Check a table of flows: origin, destination, their coordinates, low and high, start and end.

    ``start_basis`` is "arrival" (the default if missing) or "dispatch": the event that ``start`` dates.

    Parameters
    ----------
    flows
        The table to check.

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
    """Check a panel: a regular ``date`` index, one column per place, finite numbers or NaN.

    Parameters
    ----------
    panel
        The table to check.

    Raises
    ------
    SchemaError
        With all faults: an index that is not of dates, not in order or not regular; columns with text or infinite values.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> ps.check_panel(ps.count_events(case.events, case.regions))
    """
    fix = "make a panel (one row per day, one column per place) with count_events(events, places)"
    if not isinstance(panel, pd.DataFrame):
        raise SchemaError("panel", [f"expected a DataFrame; got {type(panel).__name__}"], fix)
    faults = label_faults(panel.columns, "places")
    if not isinstance(panel.index, pd.DatetimeIndex):
        faults.append(f"the index must be a DatetimeIndex of days; got {type(panel.index).__name__}")
    else:
        faults += date_index_faults(panel.index)
    wrong = [c for c, dtype in zip(panel.columns, panel.dtypes, strict=True) if not is_real(dtype)]
    if wrong:
        faults.append(f"columns are not numeric: {shorten_list(wrong)}")
    else:
        infinite = np.isinf(panel.to_numpy(dtype=float, na_value=np.nan)).any(axis=0)
        faults += [f"infinite values in {shorten_list(panel.columns[infinite])}"] if infinite.any() else []
    if faults:
        raise SchemaError("panel", faults, fix)


def date_index_faults(index: pd.DatetimeIndex) -> list[str]:
    """Return the faults of the dates of a panel."""
    if index.tz is not None:
        return ["the dates carry a time zone; convert them to local civil days"]
    faults = (
        []
        if index.name == "date"
        else [f"the index is named {index.name!r}, not 'date'; rename it with .rename_axis('date')"]
    )
    if index.hasnans or not index.is_unique or not index.is_monotonic_increasing:
        return [*faults, "the dates are not in order, not unique or partly missing"]
    if len(index) > 2 and date_step(index) is None:
        steps = np.diff(index.to_numpy())
        gaps = index[1:][steps != np.median(steps)]
        faults.append(f"the dates are not regular near {shorten_list(gaps.strftime('%Y-%m-%d'))}")
    return faults


def check_onsets(onsets: pd.Series) -> None:
    """Check a Series of onsets: place -> date, NaT for places without an onset.

    Parameters
    ----------
    onsets
        The Series to check.

    Raises
    ------
    SchemaError
        With all faults: values that are not dates, places that are not unique.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> ps.check_onsets(ps.onsets(ps.count_events(case.events, case.cities)))
    """
    fix = "compute onsets (place -> first day) with onsets(panel)"
    if not isinstance(onsets, pd.Series):
        raise SchemaError("onsets", [f"expected a Series; got {type(onsets).__name__}"], fix)
    if faults := [*label_faults(onsets.index, "places"), *moments(onsets)]:
        raise SchemaError("onsets", faults, fix)
