"""Panels: counts by date and place, and their transformations.

A panel has one row per day (or week, month) and one column per place. A quiet day is 0, an unobserved day is NaN, and
NaN stays NaN: no function here treats an unobserved day as quiet.
"""

import warnings
from collections.abc import Hashable, Mapping

import geopandas as gpd
import numpy as np
import pandas as pd

from .arguments import Arguments
from .arrays import FloatArray, IntArray
from .checks import can_be_hashed
from .errors import DataError, DataWarning, shorten_list
from .interventions import DAY, row_ends
from .tables import check_panel, check_places, check_regions

MOST_DAYS = 10**5  # of a window; a longer one could not be measured in nanoseconds

_MOST_REPORTS = 20  # of an active place in a slice, at the median: more are taken for attendance


def aggregate_panel(
    panel: pd.DataFrame, groups: pd.Series | Mapping[Hashable, Hashable], regions: gpd.GeoDataFrame | None = None
) -> pd.DataFrame:
    """Sum the places of a panel by group, for example cities by their region.

    Parameters
    ----------
    panel
        One row per date, one column per place.
    groups
        Mapping from every place of the panel to its group, for example ``cities["region_id"]``.
    regions
        Regions that all get a column, in this order; by default only the groups of the panel, sorted.

    Returns
    -------
    DataFrame
        One column per group; NaN if a member is unobserved, because the sum of the others would be too small. A region
        without a place in the panel is NaN: its events, if any, are counted nowhere.

    Warns
    -----
    DataWarning
        Regions without a place in the panel.

    Raises
    ------
    SchemaError, CRSError
        The panel or the regions are not valid.
    DataError
        Places without a group, or groups that are not in ``regions`` (all are listed).

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> by_region = ps.aggregate_panel(ps.count_events(case.events, case.cities), case.cities["region_id"])
    >>> int(by_region.loc["2022-01-02", "KZ-MAN"])
    8
    """
    check_panel(panel)
    with Arguments("pass a mapping from places to groups, such as cities['region_id']") as check:
        given = check.by_label("groups", groups, "a Series or a mapping from places to groups")
        if not check.faults and not can_be_hashed(given):
            check.fault("groups must be names; got values that cannot be compared, such as lists")
        kinds = {} if check.faults else dict.fromkeys(type(group).__name__ for group in given.dropna())
        if len(kinds) > 1:
            check.fault(f"groups must be of one type, so that they can be sorted; got {shorten_list(kinds)}")
    group_of = given.reindex(panel.columns)
    if group_of.isna().any():
        raise DataError(
            f"groups has no group for {shorten_list(panel.columns[group_of.isna()])}",
            fix="assign a group to every place of the panel, or drop these places from the panel",
        )
    keys = group_of.to_numpy()
    sums = panel.T.groupby(keys).sum().T.mask(panel.isna().T.groupby(keys).any().T)
    sums.columns = pd.Index(sums.columns, name=given.name)
    return _like(sums if regions is None else _with_all_regions(sums, regions), panel)


def _with_all_regions(sums: pd.DataFrame, regions: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return one column per region, NaN for those that have none, and warn of these."""
    check_regions(regions)
    unknown = sums.columns[~sums.columns.isin(regions.index)]
    if len(unknown):
        raise DataError(
            f"groups has groups that are not in regions: {shorten_list(unknown)}", fix="correct their names"
        )
    without = regions.index[~regions.index.isin(sums.columns)]
    if len(without):
        text = f"aggregate_panel: {len(without)} of {len(regions)} regions have no place in the panel ({shorten_list(without)}); they are unobserved, not quiet"
        warnings.warn(DataWarning(text), stacklevel=3)
    return sums.reindex(columns=regions.index)


def cumulative(panel: pd.DataFrame) -> pd.DataFrame:
    """Return the cumulative sum of each place.

    Parameters
    ----------
    panel
        One row per date, one column per place.

    Returns
    -------
    DataFrame
        Same shape. Unobserved days stay NaN; sums after them are lower bounds.

    Raises
    ------
    SchemaError
        The panel is not valid.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> so_far = ps.cumulative(ps.count_events(case.events, case.cities))
    >>> so_far.loc["2022-01-02":"2022-01-05", "Aktau"].tolist()
    [1, 3, 7, 11]
    """
    check_panel(panel)
    return panel.cumsum()


def active(panel: pd.DataFrame, *, memory_days: int) -> pd.DataFrame:
    """Return 1 where a place had an event within the last ``memory_days`` days, the day itself included, else 0.

    Parameters
    ----------
    panel
        One row per date, one column per place.
    memory_days
        Number of days for which an event keeps a place active, its own day included.

    Returns
    -------
    DataFrame
        Same shape; NaN where no event was observed and at least one of these days is unobserved (days before the panel
        count as quiet).

    Raises
    ------
    SchemaError
        The panel is not valid.
    DataError
        ``memory_days`` is below 1.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> days = ps.active(ps.count_events(case.events, case.cities), memory_days=2)
    >>> days.loc["2022-01-01":"2022-01-04", "Almaty"].tolist()
    [0, 0, 1, 1]
    """
    check_panel(panel)
    with Arguments() as check:
        memory_days = check.whole("memory_days", memory_days, at_least=1, at_most=MOST_DAYS)
    values = panel.to_numpy(dtype=float, na_value=np.nan)
    seen = window_sums((values > 0).astype(float), panel.index, memory_days) > 0
    gap = window_sums(np.isnan(values).astype(float), panel.index, memory_days) > 0
    found = pd.DataFrame(np.where(gap & ~seen, np.nan, seen), panel.index, panel.columns)
    return _like(found, panel)


def smooth(panel: pd.DataFrame, *, window_days: int = 7) -> pd.DataFrame:
    """Return a trailing moving average.

    Parameters
    ----------
    panel
        One row per date, one column per place.
    window_days
        Length of the window, the day itself included; shorter at the start of the panel.

    Returns
    -------
    DataFrame
        Same shape; NaN where a day of the window is unobserved.

    Raises
    ------
    SchemaError
        The panel is not valid.
    DataError
        ``window_days`` is below 1.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> counts = ps.count_events(case.events, case.cities)["Almaty"]
    >>> ps.smooth(counts.to_frame(), window_days=2).loc["2022-01-03":"2022-01-05", "Almaty"].tolist()
    [0.5, 2.0, 9.5]
    """
    check_panel(panel)
    with Arguments() as check:
        window_days = check.whole("window_days", window_days, at_least=1, at_most=MOST_DAYS)
    values = panel.to_numpy(dtype=float, na_value=np.nan)
    rows = window_rows(panel.index, window_days)
    return pd.DataFrame(window_sums(values, panel.index, window_days) / rows[:, None], panel.index, panel.columns)


def window_rows(dates: pd.Index, days: int) -> IntArray:
    """Return how many rows lie in the window of the last ``days`` days, for each row.

    Examples
    --------
    >>> window_rows(pd.date_range("2022-01-03", periods=4, freq="7D"), 15).tolist()
    [1, 2, 3, 3]
    """
    at = dates.to_numpy(dtype="datetime64[s]")
    return np.arange(1, len(at) + 1) - np.searchsorted(at, at - np.timedelta64(days, "D"), side="right")


def window_sums(values: FloatArray, dates: pd.Index, days: int) -> FloatArray:
    """Return the sum over the last ``days`` days for each row and all columns at once; NaN where a value is NaN.

    Sums of 1, 2, 4, ... rows are put together, so that no difference of large sums is rounded.
    """
    left, end = window_rows(dates, days), np.arange(len(dates))
    total, powers, width = np.zeros(values.shape), np.ascontiguousarray(values), 1
    while left.any():
        rows = np.flatnonzero(left & width)
        total[rows] += powers[end[rows]]
        end[rows] -= width
        left[rows] -= width
        if left.any():
            powers = np.vstack([powers[:width], powers[width:] + powers[:-width]])
        width *= 2
    return total


def per_capita(panel: pd.DataFrame, places: gpd.GeoDataFrame, *, per: float = 100_000) -> pd.DataFrame:
    """Divide by population: events per ``per`` inhabitants.

    Parameters
    ----------
    panel
        One row per date, one column per place.
    places
        Regions or cities with the column ``population``.
    per
        Number of inhabitants to which the rates refer.

    Returns
    -------
    DataFrame
        Same shape as the panel.

    Raises
    ------
    SchemaError, CRSError
        The panel is not valid, or the places are neither regions nor cities.
    DataError
        Places without a population above 0 (all are listed).

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> counts = ps.count_events(case.events, case.regions)
    >>> rates = ps.per_capita(counts, case.regions, per=1_000_000)
    >>> rates.sum().idxmax()  # the highest rate
    'KZ-MAN'
    """
    check_panel(panel)
    check_places(places)
    with Arguments() as check:
        per = check.number("per", per, above=0)
    if "population" not in places:
        raise DataError("places has no column 'population'", fix="add it with places.assign(population=...)")
    people = places["population"].reindex(panel.columns)
    bad = people.isna() | (people <= 0)
    if bad.any():
        raise DataError(
            f"places has no population above 0 for {shorten_list(panel.columns[bad])}",
            fix="add their population, or drop these places from the panel",
        )
    rates: pd.DataFrame = panel / people.to_numpy(dtype=float) * per
    return rates


def panel_to_long(panel: pd.DataFrame) -> pd.DataFrame:
    """Return a panel in long format, one row per date and place, as R, Stata and seaborn expect it.

    Parameters
    ----------
    panel
        One row per date, one column per place.

    Returns
    -------
    DataFrame
        Columns ``date``, the name of the places (``city`` or ``region_id``) and ``count``, sorted by place.

    Raises
    ------
    SchemaError
        The panel is not valid.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> long = ps.panel_to_long(ps.count_events(case.events, case.regions))
    >>> list(long), len(long)
    (['date', 'region_id', 'count'], 136)
    """
    check_panel(panel)
    name = panel.columns.name or "place"
    wide = panel.copy()
    wide.columns = pd.Index(panel.columns, name=name)
    return pd.melt(wide.reset_index(), id_vars="date", value_name="count")


def _like(result: pd.DataFrame, panel: pd.DataFrame) -> pd.DataFrame:
    """Convert the result to integers if the panel has integers and no value is missing."""
    whole = all(pd.api.types.is_integer_dtype(dtype) for dtype in panel.dtypes) and not result.isna().to_numpy().any()
    return result.astype(np.int64) if whole else result


def activity_faults(panel: pd.DataFrame, at_least: float | None) -> list[str]:
    """Return why the numbers of a panel do not tell where a place was active: not counts, or, without `at_least`, attendance."""
    values = panel.to_numpy(dtype=float, na_value=np.nan)
    odd = (values < 0) | (at_least is None) & (values != np.floor(values)) & ~np.isnan(values)
    if odd.any():
        where = shorten_list(panel.columns[odd.any(axis=0)])
        return [f"panel must hold counts, whole numbers of at least 0; not so for {where}"]
    if at_least is None and (values > 0).any() and (usual := float(np.median(values[values > 0]))) > _MOST_REPORTS:
        return [
            f"panel must hold counts of reports; its median where a place was active is {usual:,.0f}, which looks like attendance: pass at_least, "
            "the number from which a place counts as active"
        ]
    return []


def period_of(panel: pd.DataFrame) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the first and the last day of a panel with time steps of any length.

    Examples
    --------
    >>> weeks = pd.DataFrame({"A": [1, 0]}, index=pd.date_range("2022-01-03", periods=2, freq="7D", name="date"))
    >>> [str(day.date()) for day in period_of(weeks)]
    ['2022-01-03', '2022-01-16']
    """
    days = pd.DatetimeIndex(panel.index)
    return days[0], row_ends(days)[-1] - DAY
