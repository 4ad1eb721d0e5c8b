"""Panels: who did how much when, and what is made of it.

A panel has a row a day (or week, month), a column a place, and numbers. A quiet day is 0, an unobserved one is NaN,
and NaN stays NaN: no function here turns "nobody looked" into "nothing happened".
"""

from collections.abc import Hashable, Mapping

import geopandas as gpd
import numpy as np
import pandas as pd

from .errors import DataError, name_some
from .tables import check_interventions, check_panel, check_places

DAY = pd.Timedelta(days=1)


def onsets(panel: pd.DataFrame, *, at_least: float = 1) -> pd.Series:
    """Return the first day on which each place reached `at_least`; NaT where it did not by the end of the panel.

    Unobserved days count as not reached: an onset after a gap is the first day on which it was seen.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> first = ps.onsets(ps.count_events(case.events[~case.events["minor"]], case.cities))
    >>> str(first["Atyrau"].date())
    '2022-01-03'
    """
    check_panel(panel)
    if not at_least > 0:
        raise DataError("no onset can be found", [f"at_least = {at_least}"], "a number above 0")
    reached = (panel >= at_least).to_numpy()
    first = np.full(panel.shape[1], np.datetime64("NaT", "ns"))
    ever = reached.any(axis=0)
    if len(panel):
        first[ever] = panel.index.to_numpy().astype("datetime64[ns]")[reached.argmax(axis=0)[ever]]
    return pd.Series(first, index=panel.columns, name="onset")


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
            [f"no group for {name_some(panel.columns[of.isna()])}"],
            "groups name a group for every place",
        )
    keys = of.to_numpy()
    sums = panel.T.groupby(keys).sum().T.mask(panel.isna().T.groupby(keys).any().T)
    sums.columns = pd.Index(sums.columns, name=groups.name)
    return _like(sums, panel)


def cumulative(panel: pd.DataFrame) -> pd.DataFrame:
    """Return what was reported so far, place by place. Unobserved days stay NaN; after them it is a lower bound."""
    check_panel(panel)
    return panel.cumsum()


def active(panel: pd.DataFrame, *, memory_days: int) -> pd.DataFrame:
    """Return 1 where a place had an event on the day or in the `memory_days` - 1 days before, else 0.

    NaN where no event was seen and a day of the memory was unobserved (days before the panel count as quiet).
    """
    check_panel(panel)
    if memory_days < 1:
        raise DataError("nothing can be remembered", [f"memory_days = {memory_days}"], "at least 1 day, the day itself")
    window = f"{memory_days}D"
    seen = (panel > 0).astype(float).rolling(window).max()
    gap = panel.isna().astype(float).rolling(window).max() > 0
    return _like(seen.where((seen > 0) | ~gap), panel)


def smooth(panel: pd.DataFrame, *, window_days: int = 7) -> pd.DataFrame:
    """Return the mean over the day and the `window_days` - 1 days before (fewer at the start); NaN where one is unobserved."""
    check_panel(panel)
    if window_days < 1:
        raise DataError("nothing can be smoothed", [f"window_days = {window_days}"], "at least 1 day")
    window = f"{window_days}D"
    gap = panel.isna().astype(float).rolling(window).max() > 0
    return panel.rolling(window).mean().mask(gap)


def per_capita(panel: pd.DataFrame, places: gpd.GeoDataFrame, *, per: float = 100_000) -> pd.DataFrame:
    """Divide by population: events per `per` inhabitants.

    Raises
    ------
    DataError
        Places without a population, or with none living there, all named.
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
            [f"no population above 0 for {name_some(panel.columns[bad])}"],
            "give it, or leave these places out",
        )
    rates: pd.DataFrame = panel / people.to_numpy(dtype=float) * per
    return rates


def panel_to_long(panel: pd.DataFrame) -> pd.DataFrame:
    """Return a panel as one row a date and place: ``date``, the places' own name (``city``, ``region_id``), ``count``."""
    check_panel(panel)
    name = panel.columns.name or "place"
    wide = panel.copy()
    wide.columns = pd.Index(panel.columns, name=name)
    return pd.melt(wide.reset_index(), id_vars="date", value_name="count")


def in_force(interventions: pd.DataFrame, date: str | pd.Timestamp, *, region_id: str | None = None) -> pd.DataFrame:
    """Return the interventions in force on a day: those whose interval [start, end) overlaps it.

    One without a known end counts as in force from its start on. With `region_id`, only those of the region and of
    the whole country.

    Examples
    --------
    >>> import protestspread as ps
    >>> responses = ps.load_case("kazakhstan_2022").interventions
    >>> in_almaty = ps.in_force(responses, "2022-01-18", region_id="KZ-ALA")
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
