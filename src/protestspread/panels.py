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


PRECISION_DAYS: Mapping[str, int] = {"day": 0, "approximate": 1, "days": 6, "week": 6, "month": 30, "year": 365}
"""How many days before or after its date an event may have been, by the word in its ``date_precision``."""


def onsets(panel: pd.DataFrame, *, at_least: float = 1, sustained: tuple[int, int] | None = None) -> pd.Series:
    """Return the first day on which each place reached `at_least`; NaT where it did not by the end of the panel.

    Unobserved days count as not reached: an onset after a gap is the first day on which it was seen (`onset_intervals`
    says how much earlier it may have been).

    Parameters
    ----------
    panel
        A row a day, a column a place.
    at_least
        What a day must reach to be active.
    sustained
        (k, w): only an active day that begins k active days within w days counts, so that a single event is no onset.
        Near the end of the panel there may be too few days left for that.

    Raises
    ------
    SchemaError, DataError
        The panel is no panel; a threshold or a rule that no day, or every day, would meet.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> panel = ps.count_events(case.events[~case.events["minor"]], case.cities)
    >>> str(ps.onsets(panel)["Atyrau"].date()), str(ps.onsets(panel, sustained=(3, 5))["Atyrau"].date())
    ('2022-01-03', '2022-01-03')
    """
    check_panel(panel)
    faults = [] if at_least > 0 else [f"at_least = {at_least}"]
    if sustained is not None and not _is_rule(sustained):
        faults.append(f"sustained = {sustained!r}")
    if faults:
        mend = "at_least: a number above 0; sustained: (k, w), k active days within w days, 1 <= k <= w"
        raise DataError("no onset can be found", faults, mend)
    reached = (panel >= at_least).to_numpy()
    if sustained is not None:
        needed, within = sustained
        so_far = np.vstack([np.zeros((1, reached.shape[1]), dtype=int), reached.cumsum(axis=0)])
        after = panel.index.searchsorted(pd.DatetimeIndex(panel.index) + pd.Timedelta(days=within))
        reached = reached & (so_far[after] - so_far[:-1] >= needed)
    first = np.full(panel.shape[1], np.datetime64("NaT", "ns"))
    ever = reached.any(axis=0)
    if len(panel):
        first[ever] = panel.index.to_numpy().astype("datetime64[ns]")[reached.argmax(axis=0)[ever]]
    return pd.Series(first, index=panel.columns, name="onset")


def onset_intervals(
    panel: pd.DataFrame,
    *,
    events: pd.DataFrame | None = None,
    observed_until: str | pd.Timestamp | None = None,
    precision_days: Mapping[str, int] = PRECISION_DAYS,
) -> pd.DataFrame:
    """Return between which days each place must have joined: the days that `onsets` names are not always known.

    Parameters
    ----------
    panel
        Counts a day. A place that was not observed on the days before its first event may have joined on any of them,
        back to the last day on which it was seen quiet.
    events
        The located events that were counted, with ``date`` and ``date_precision``: a place has joined by the latest day
        that one of its events may have, and not before the earliest day that any of them may have. By default dates
        are taken as they stand.
    observed_until
        The last day of observation; by default the last of the panel. Later days are left out.
    precision_days
        Days before and after a date by the word in ``date_precision``; an event without a word has its day.

    Returns
    -------
    DataFrame
        Index the places; ``earliest`` and ``latest``, both included. A place that had not joined has ``latest`` NaT, and
        as ``earliest`` the day after it was last seen quiet (the end of observation, where no day is missing).

    Raises
    ------
    SchemaError, DataError
        The panel is no panel; events without place or precision, or with words for it that are not known.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> panel = ps.count_events(case.events, case.cities)
    >>> ps.onset_intervals(panel, events=case.events).loc["Aktobe"].dt.strftime("%d %B").tolist()
    ['02 January', '04 January']
    """
    check_panel(panel)
    end = panel.index.max() if observed_until is None else pd.Timestamp(observed_until).normalize()
    panel = panel[panel.index <= end]
    first = onsets(panel)
    index = panel.index.to_numpy().astype("datetime64[ns]")
    row = np.where(first.notna(), panel.index.get_indexer(pd.DatetimeIndex(first)), len(panel))
    quiet = panel.notna().to_numpy() & (np.arange(len(panel))[:, None] < row)
    after_quiet = np.where(quiet.any(axis=0), len(panel) - quiet[::-1].argmax(axis=0), 0) if len(panel) else row
    days = np.append(index, np.datetime64(end + DAY, "ns"))
    table = pd.DataFrame({"earliest": days[after_quiet], "latest": first.to_numpy()}, index=panel.columns)
    if events is not None:
        low, high = _dated_by(events, panel, precision_days)
        joined = first.notna() & low.notna()
        table["earliest"] = table["earliest"].mask(joined & (low < table["earliest"]), low)
        table["latest"] = table["latest"].mask(joined, high.where(high <= end, end))
    return table


def _is_rule(sustained: object) -> bool:
    return (
        isinstance(sustained, tuple)
        and len(sustained) == 2
        and all(isinstance(number, (int, np.integer)) for number in sustained)
        and 1 <= sustained[0] <= sustained[1]
    )


def _dated_by(
    events: pd.DataFrame, panel: pd.DataFrame, precision_days: Mapping[str, int]
) -> tuple[pd.Series, pd.Series]:
    """Return the earliest day that any event of a place may have, and the latest that the first of them can have."""
    place = panel.columns.name if panel.columns.name in events else "city"
    faults = [f"column '{name}' is missing" for name in ("date", "date_precision", place) if name not in events]
    if not faults:
        unknown = pd.Index(events["date_precision"].dropna().unique()).difference(list(precision_days))
        faults += [f"no days are known for the precision {name_some(unknown)}"] if len(unknown) else []
    if faults:
        mend = "give located events (locate_events) with date_precision, and precision_days for each word in it"
        raise DataError("the dates have no intervals", faults, mend)
    counted = events[events[place].isin(panel.columns) & events["date"].isin(panel.index)]
    reach = pd.to_timedelta(counted["date_precision"].map(dict(precision_days)).fillna(0), unit="D")
    days = pd.DataFrame({"low": counted["date"] - reach, "high": counted["date"] + reach}, index=counted.index)
    least = days.groupby(counted[place]).min().reindex(panel.columns)
    return least["low"], least["high"]


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
            [f"no population above 0 for {name_some(panel.columns[bad])}"],
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


def in_force(interventions: pd.DataFrame, date: str | pd.Timestamp, *, region_id: str | None = None) -> pd.DataFrame:
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
