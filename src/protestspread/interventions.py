"""Interventions by day: which are in force, and for what share of the people."""

import warnings
from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from .arguments import Arguments, as_list
from .arrays import FloatArray
from .checks import is_real
from .errors import DataWarning, must_be, shorten_list
from .tables import check_interventions, check_regions, date_index_faults

DAY = pd.Timedelta(days=1)


def interventions_in_force(
    interventions: pd.DataFrame, date: str | pd.Timestamp, *, region_id: str | None = None
) -> pd.DataFrame:
    """Return the interventions in force on a day: those whose interval [start, end) overlaps it.

    Parameters
    ----------
    interventions
        As returned by `read_interventions`. An intervention without a known end is in force from its start on.
    date
        A civil day.
    region_id
        Return only interventions in this region or in the whole country; by default all.

    Returns
    -------
    DataFrame
        The rows of ``interventions`` in force on that day.

    Raises
    ------
    SchemaError
        The table of interventions is not valid.
    DataError
        ``date`` is not a date.

    Examples
    --------
    >>> import protestspread as ps
    >>> responses = ps.load_case("kazakhstan_2022").interventions
    >>> in_almaty = ps.interventions_in_force(responses, "2022-01-18", region_id="KZ-ALA")
    >>> "state_of_emergency" in set(in_almaty["kind"])
    True
    """
    check_interventions(interventions)
    with Arguments() as check:
        day = check.day("date", date)
        check.text("region_id", region_id, optional=True)
    overlaps = (interventions["start"] < day + DAY) & (interventions["end"].isna() | (interventions["end"] > day))
    if region_id is not None:
        overlaps &= interventions["region_id"].isna() | (interventions["region_id"] == region_id)
    found: pd.DataFrame = interventions[overlaps]
    return found


def share_in_force(
    interventions: pd.DataFrame,
    regions: gpd.GeoDataFrame,
    dates: pd.DatetimeIndex | Sequence[str | pd.Timestamp] | str | pd.Timestamp,
    *,
    population: str | None = "population",
) -> pd.DataFrame:
    """Return the share of the people who live where a measure was in force, by kind and day.

    A measure counts for all people of its region, also where it held in a part of it. Without a ``region_id`` it is in
    force in all regions. Measures of one kind that overlap in a region count once.

    Parameters
    ----------
    interventions
        As returned by `read_interventions`. An intervention without a known end is in force from its start on.
    regions
        All regions of the country.
    dates
        The dates of a panel (``panel.index``), or one day. A row lasts until the next date (seven days in a weekly panel);
        a measure counts if its interval [start, end) overlaps the row.
    population
        The column of ``regions`` with the number of people. None: the share of the regions.

    Returns
    -------
    DataFrame
        Index ``date``, one column per kind in order of the first start; values from 0 to 1. ``attrs["share_of"]`` is
        "people"; or "regions" where ``population`` is None or no population is known. NaN where a population that
        matters is unknown: 0 and 1 are known without it.

    Warns
    -----
    DataWarning
        The population of some regions is unknown.

    Raises
    ------
    SchemaError, CRSError
        A table is not valid, or interventions name regions that are not in ``regions``.
    DataError
        ``dates`` are not regular days, or ``population`` is not a column of numbers of people.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> days = pd.date_range("2022-01-01", "2022-01-05", name="date")
    >>> shares = ps.share_in_force(case.interventions, case.regions, days)
    >>> shares["internet_shutdown"].round(3).tolist()
    [0.0, 0.038, 0.038, 0.038, 1.0]
    """
    check_regions(regions)
    check_interventions(interventions, regions)
    with Arguments("pass dates=panel.index, and population=None for the share of the regions") as check:
        rows = _rows(check, dates)
        people = _people(check, regions, population)
    unknown = regions.index[np.isnan(people)] if people is not None else ()
    if len(unknown):
        text = f"share_in_force: the population of {len(unknown)} of {len(regions)} regions is unknown ({shorten_list(unknown)}); shares that need it are NaN"
        warnings.warn(DataWarning(text), stacklevel=2)
    return shares(interventions, regions.index, rows, people)


def shares(table: pd.DataFrame, regions: pd.Index, dates: pd.DatetimeIndex, people: FloatArray | None) -> pd.DataFrame:
    """Return the shares of `share_in_force` for tables that are checked; without `people`, those of the regions."""
    weights = np.ones(len(regions)) if people is None else people
    total, found = weights.sum() or 1.0, {}  # NaN if the people of a region are unknown
    for kind, rows in table.sort_values("start", kind="stable").groupby("kind", sort=False):
        inside = in_force_by_region(rows, regions, dates)
        part = np.nan_to_num(weights) @ inside / total
        found[kind] = np.select([~inside.any(axis=0), inside.all(axis=0)], [0.0, 1.0], part)
    result = pd.DataFrame(found, index=dates.rename("date"), columns=pd.Index(list(found), name="kind"), dtype=float)
    result.attrs["share_of"] = "regions" if people is None else "people"
    return result


def in_force_by_region(table: pd.DataFrame, regions: pd.Index, dates: pd.DatetimeIndex) -> npt.NDArray[np.bool_]:
    """Return whether an intervention of a table overlaps each row of a panel, by region; shape (regions, dates).

    Interventions without a region, or with one that is not in `regions`, are in force everywhere.
    """
    first = row_ends(dates).searchsorted(
        pd.DatetimeIndex(table["start"]), side="right"
    )  # the first row that ends after the start
    last = np.where(table["end"].isna(), len(dates), dates.searchsorted(pd.DatetimeIndex(table["end"])))
    place = regions.get_indexer(pd.Index(table["region_id"]))  # -1, the last row: everywhere
    change = np.zeros((len(regions) + 1, len(dates) + 1), dtype=np.int64)
    np.add.at(change, (place, first), 1)
    np.subtract.at(change, (place, last), 1)
    inside = change[:, :-1].cumsum(axis=1) > 0
    return np.asarray(inside[:-1] | inside[-1])


def region_weights(regions: gpd.GeoDataFrame) -> pd.Series:
    """Return the share of each region in the people, named "people"; equal shares, named "regions", if one is unknown."""
    people = (
        regions["population"].to_numpy(dtype=float, na_value=np.nan) if "population" in regions else np.array([np.nan])
    )
    if people.sum() > 0:
        return pd.Series(people / people.sum(), regions.index, name="people")
    return pd.Series(1 / max(len(regions), 1), regions.index, name="regions")


def row_ends(dates: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Return the end of each row of a panel: the next date; the last row is as long as the one before it."""
    step = dates.freq or (dates[-1] - dates[-2] if len(dates) > 1 else DAY)
    return pd.DatetimeIndex([*dates[1:], dates[-1] + step])


def _rows(check: Arguments, dates: Any) -> pd.DatetimeIndex:
    if isinstance(dates, pd.DatetimeIndex):
        rows = dates.rename("date")
    else:
        days = as_list(dates) or [dates]
        found = [check.day("dates", day) for day in days]
        rows = pd.DatetimeIndex([] if check.faults else found, name="date")
    faults = date_index_faults(rows)
    faults += [] if len(rows) or check.faults else ["there is no date"]
    for fault in faults:
        check.fault(f"dates must be the dates of a panel or one day: {fault}")
    return rows


def _people(check: Arguments, regions: gpd.GeoDataFrame, population: str | None) -> FloatArray | None:
    """Return the people of each region, or None where none are known or asked for."""
    named = isinstance(population, str)
    if population is None or (named and population == "population" and population not in regions):
        return None
    if not named or population not in regions or not is_real(regions[population].dtype):
        need = f"a column of regions with numbers, or None (the columns are {shorten_list(regions.columns)})"
        check.fault(must_be("population", need, population))
        return None
    people = regions[population].to_numpy(dtype=float, na_value=np.nan)
    if (people < 0).any() or np.isinf(people).any():
        check.fault(f"population: numbers of people must be 0 or more and finite; see column {population!r} of regions")
    return people if np.nansum(people) > 0 else None
