"""The active place-days of a panel, as dated points."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ....arrays import IntArray
from ....checks import can_be_hashed
from ....errors import argument_error, shorten_list
from ....event_places import EventPlaces
from ....exposures.activity import observed_counts
from ....tables import check_panel, check_places
from ..dated_points import DatedPoints, Strata, Unit
from ..points import PointSet

_FIX = (
    "pass the counts of count_events(events, places), cut to the dates and places that were observed, and these places"
)


def panel_points(
    panel: pd.DataFrame,
    places: gpd.GeoDataFrame,
    strata: Strata | None = None,
    *,
    at_least: float | None = None,
    unit: Unit = "place_days",
) -> DatedPoints:
    """Return a point for each place and day with at least `at_least` (by default 1), or for each report.

    A region lies at a point inside it. Rows in which no place was observed are dropped: what is expected on a day depends on
    the place-days of that day, of which there are none.

    Raises
    ------
    SchemaError, CRSError
        A table is not valid.
    DataError
        Values of some places are missing in a row, or are not counts of reports; places are not in the table; there are fewer than two active place-days;
        or the strata do not fit the places.
    """
    check_panel(panel)
    check_places(places)
    panel = panel.loc[panel.notna().any(axis=1), sorted(panel.columns, key=str)]
    panel, faults = observed_counts(panel, at_least)
    if unit == "reports" and at_least is not None:
        faults.append("at_least must be None with unit='reports'")
    if pd.DatetimeIndex(panel.index).normalize().has_duplicates:
        faults.append("panel must have at most one row a day")
    rows = places.index.get_indexer(panel.columns)
    if (rows < 0).any():
        faults.append(f"places must hold all places of the panel; missing: {shorten_list(panel.columns[rows < 0])}")
    labels, name = (None, "") if strata is None or faults else _labels(places, panel.columns, strata, faults)
    if faults:
        raise argument_error(faults, _FIX)
    values = panel.to_numpy(dtype=float)
    count = (values >= (1 if at_least is None else at_least)).astype(np.int64) if unit == "place_days" else values
    row, column = (np.repeat(index, count[count > 0].astype(np.int64)) for index in np.nonzero(count > 0))
    if len(row) < 2:
        raise argument_error([f"panel must have at least two active place-days; got {len(row)}"], _FIX)
    active, place = np.unique(column, return_inverse=True)
    found = places.iloc[rows[active]]
    points = shapely.get_coordinates(shapely.point_on_surface(found.geometry.to_numpy()))
    sites = PointSet.at_coordinates(*points.T)
    known = "population" in places
    population = found["population"].to_numpy(dtype=float, na_value=np.nan) if known else np.full(len(found), np.nan)
    names = tuple(map(str, panel.columns[active]))
    days = panel.index.to_numpy().astype("datetime64[D]").astype(np.int64)[row]
    here = EventPlaces(place.astype(np.int64), sites.x, sites.y, population, names)
    chosen = None if labels is None else labels[column]
    return replace(DatedPoints.sorted(sites.at(place), days, chosen, name, here), unit=unit)


def _labels(
    places: gpd.GeoDataFrame, columns: pd.Index, strata: Strata, faults: list[str]
) -> tuple[IntArray | None, str]:
    """Return the number of the stratum of each place of the panel, and the name of the strata; record what is wrong."""
    need = "strata must be a column of places, or a label for each place (a Series or a dict)"
    if isinstance(strata, str):
        if strata not in places:
            faults.append(f"{need}; there is no column {strata!r}")
            return None, ""
        values, name = places[strata], strata
    elif isinstance(strata, pd.Series):
        values, name = strata, str(strata.name or "the strata given")
    else:
        faults.append(f"{need}; got {type(strata).__name__}")
        return None, ""
    if not can_be_hashed(values) or not can_be_hashed(values.index) or values.index.has_duplicates:
        faults.append("strata must have one label that can be compared for each place")
        return None, ""
    labels = values.reindex(columns)
    if labels.isna().any():
        faults.append(f"strata must have a label for each place; none for {shorten_list(columns[labels.isna()])}")
    return pd.factorize(labels)[0].astype(np.int64), name
