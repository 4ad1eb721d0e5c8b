"""Panels: who did how much when, and what is made of it.

A panel has a row a day (or week, month), a column a place, and numbers. A quiet day is 0, an unobserved one is NaN,
and NaN stays NaN: no function here turns "nobody looked" into "nothing happened".
"""

from collections.abc import Hashable, Mapping

import geopandas as gpd
import numpy as np
import pandas as pd

from .errors import DataError, shorten_list
from .tables import check_interventions, check_panel, check_places

DAY = pd.Timedelta(days=1)


def aggregate_panel(panel: pd.DataFrame, groups: pd.Series | Mapping[Hashable, Hashable]) -> pd.DataFrame:
    """Sum the places of a panel by group, for example cities by their region.

    Parameters
    ----------
    panel
        A column a place.
    groups
        Place -> group, for every place of the panel: ``cities["region_id"]``.

    Returns
    -------
    DataFrame
        A column a group, sorted; NaN where a member is unobserved, because a sum over the others would be too small.

    Raises
    ------
    DataError
        Places without a group, all named.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> by_region = ps.aggregate_panel(ps.count_events(case.events, case.cities), case.cities["region_id"])
    >>> int(by_region.loc["2022-01-02", "KZ-MAN"])
    8
    """
    check_panel(panel)
    groups = pd.Series(groups)
    of = groups.reindex(panel.columns)
    if of.isna().any():
        raise DataError(
            "the panel cannot be summed",
            [f"no group for {shorten_list(panel.columns[of.isna()])}"],
            "groups name a group for every place",
        )
    keys = of.to_numpy()
    sums = panel.T.groupby(keys).sum().T.mask(panel.isna().T.groupby(keys).any().T)
    sums.columns = pd.Index(sums.columns, name=groups.name)
    return _like(sums, panel)


def cumulative(panel: pd.DataFrame) -> pd.DataFrame:
    """Return what was reported so far, place by place.

    Parameters
    ----------
    panel
        A row a date, a column a place.

    Returns
    -------
    DataFrame
        Of the same shape. Unobserved days stay NaN; after them it is a lower bound.

    Raises
    ------
    SchemaError
        The panel is not a panel.

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
    """Return 1 where a place had an event on the day or in the `memory_days` - 1 days before, else 0.

    Parameters
    ----------
    panel
        A row a date, a column a place.
    memory_days
        How many days an event counts, its own included.

    Returns
    -------
    DataFrame
        Of the same shape; NaN where no event was seen and a day of the memory was unobserved (days before the panel count
        as quiet).

    Raises
    ------
    SchemaError
        The panel is not a panel.
    DataError
        `memory_days` is below 1.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> days = ps.active(ps.count_events(case.events, case.cities), memory_days=2)
    >>> days.loc["2022-01-01":"2022-01-04", "Almaty"].tolist()
    [0, 0, 1, 1]
    """
    check_panel(panel)
    if memory_days < 1:
        raise DataError("nothing can be remembered", [f"memory_days = {memory_days}"], "at least 1 day, the day itself")
    window = f"{memory_days}D"
    seen = (panel > 0).astype(float).rolling(window).max()
    gap = panel.isna().astype(float).rolling(window).max() > 0
    return _like(seen.where((seen > 0) | ~gap), panel)


def smooth(panel: pd.DataFrame, *, window_days: int = 7) -> pd.DataFrame:
    """Return the mean over each day and the days before it: a trailing moving average.

    Parameters
    ----------
    panel
        A row a date, a column a place.
    window_days
        Over how many days, the day itself included; at the start of the panel over as many as there are.

    Returns
    -------
    DataFrame
        Of the same shape; NaN where a day of the window is unobserved.

    Raises
    ------
    SchemaError
        The panel is not a panel.
    DataError
        `window_days` is below 1.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> counts = ps.count_events(case.events, case.cities)["Almaty"]
    >>> ps.smooth(counts.to_frame(), window_days=2).loc["2022-01-03":"2022-01-05", "Almaty"].tolist()
    [0.5, 2.0, 9.5]
    """
    check_panel(panel)
    if window_days < 1:
        raise DataError("nothing can be smoothed", [f"window_days = {window_days}"], "at least 1 day")
    window = f"{window_days}D"
    gap = panel.isna().astype(float).rolling(window).max() > 0
    return panel.rolling(window).mean().mask(gap)


def per_capita(panel: pd.DataFrame, places: gpd.GeoDataFrame, *, per: float = 100_000) -> pd.DataFrame:
    """Divide by population: events per `per` inhabitants.

    Parameters
    ----------
    panel
        A row a date, a column a place.
    places
        Regions or cities with the column ``population``.
    per
        How many inhabitants a rate is for.

    Returns
    -------
    DataFrame
        Of the shape of the panel.

    Raises
    ------
    SchemaError, CRSError
        The panel is not a panel, or the places are neither regions nor cities.
    DataError
        Places without a population, or with none living there, all named.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> counts = ps.count_events(case.events, case.regions)
    >>> rates = ps.per_capita(counts, case.regions, per=1_000_000)
    >>> rates.sum().idxmax()  # most events for its inhabitants
    'KZ-MAN'
    """
    check_panel(panel)
    check_places(places)
    if "population" not in places:
        raise DataError(
            "no rates can be made", ["the places have no column 'population'"], "places.assign(population=...)"
        )
    people = places["population"].reindex(panel.columns)
    bad = people.isna() | (people <= 0)
    if bad.any():
        raise DataError(
            "no rates can be made",
            [f"no population above 0 for {shorten_list(panel.columns[bad])}"],
            "give it, or leave these places out",
        )
    rates: pd.DataFrame = panel / people.to_numpy(dtype=float) * per
    return rates


def panel_to_long(panel: pd.DataFrame) -> pd.DataFrame:
    """Return a panel as one row a date and place, as R, Stata and seaborn want it.

    Parameters
    ----------
    panel
        A row a date, a column a place.

    Returns
    -------
    DataFrame
        Columns ``date``, the name of the places (``city``, ``region_id``), ``count``; all dates of the first place come first.

    Raises
    ------
    SchemaError
        The panel is not a panel.

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


def interventions_in_force(
    interventions: pd.DataFrame, date: str | pd.Timestamp, *, region_id: str | None = None
) -> pd.DataFrame:
    """Return the interventions in force on a day: those whose interval [start, end) overlaps it.

    Parameters
    ----------
    interventions
        As `read_interventions` returns them. One without a known end counts as in force from its start on.
    date
        A civil day.
    region_id
        Only those of this region and of the whole country; by default all.

    Returns
    -------
    DataFrame
        Those rows of `interventions`.

    Raises
    ------
    SchemaError
        The interventions are not interventions.

    Examples
    --------
    >>> import protestspread as ps
    >>> responses = ps.load_case("kazakhstan_2022").interventions
    >>> in_almaty = ps.interventions_in_force(responses, "2022-01-18", region_id="KZ-ALA")
    >>> "state_of_emergency" in set(in_almaty["kind"])
    True
    """
    check_interventions(interventions)
    day = pd.Timestamp(date).normalize()
    overlaps = (interventions["start"] < day + DAY) & (interventions["end"].isna() | (interventions["end"] > day))
    if region_id is not None:
        overlaps &= interventions["region_id"].isna() | (interventions["region_id"] == region_id)
    return interventions[overlaps]


def _like(result: pd.DataFrame, panel: pd.DataFrame) -> pd.DataFrame:
    """Give whole numbers back where the panel held whole numbers and nothing is missing."""
    whole = all(pd.api.types.is_integer_dtype(dtype) for dtype in panel.dtypes) and not result.isna().to_numpy().any()
    return result.astype(np.int64) if whole else result
