"""Who did how much when: counting events into panels, and what is made of a panel.

A panel has a row a day (or week, month), a column a place, and numbers. A quiet day is 0, an unobserved one is NaN,
and NaN stays NaN: no function here turns "nobody looked" into "nothing happened".
"""

import warnings
from collections.abc import Hashable, Mapping

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from .errors import DataError, LostEventsWarning, name_some
from .tables import check_events, check_interventions, check_panel, check_places

DAY = pd.Timedelta(days=1)


def count_events(
    events: gpd.GeoDataFrame,
    places: gpd.GeoDataFrame,
    *,
    every: str = "D",
    start: str | pd.Timestamp | None = None,
    end: str | pd.Timestamp | None = None,
    observed: pd.DataFrame | None = None,
    day_starts_at: str | None = None,
    weight: str | None = None,
) -> pd.DataFrame:
    """Count events by place and day.

    Parameters
    ----------
    events
        Located events: with ``city`` where `places` are cities, with ``region_id`` where they are regions
        (see `locate_events`).
    places
        Regions or cities; every one gets a column, in this order, also where nothing happened.
    every
        The length of a row: "D", "W" (weeks from Monday) or "W-SUN" ... (weeks from that weekday), "MS" (months),
        or "3D" (so many days from `start`). Weeks and months are counted whole.
    start, end
        The first and the last day, both included; by default the first and last that hold an event or, where
        `observed` is given, an observed day.
    observed
        What was observed: a table ``place, start, end`` of half-open local intervals [start, end); ``place`` missing
        stands for every place. A day counts as observed where intervals cover the whole of it. What is not
        observed is NaN, and events there are lost (and said to be). A case supplies its ``coverage``.
    day_starts_at
        "06:00" counts an event at 02:00 to the day before. It needs the column ``time`` ("HH:MM"); events without a
        time stay on their date.
    weight
        A column to sum instead of counting rows ("size_low", ...); events without a weight are lost (and said to be).

    Returns
    -------
    DataFrame
        Index ``date`` (the first day of each row), a column a place; whole numbers where everything was observed and
        nothing weighted, else float. ``attrs["lost"]`` says how many events are not in it, by reason.

    Warns
    -----
    LostEventsWarning
        Events without a place, in no known place, outside the window, on unobserved days, without a weight.

    Raises
    ------
    SchemaError
        A table is not what it should be.
    DataError
        The events were not located in these places; the window is empty; an unknown `every`.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> panel = ps.count_events(case.events, case.cities)
    >>> int(panel.loc["2022-01-03", "Atyrau"])
    1
    """
    check_events(events)
    check_places(places)
    column = str(places.index.name)
    if column not in events:
        raise DataError("the events cannot be counted", [f"they have no column '{column}'"], "locate_events(events, places) finds the place of each event")
    days = _event_days(events, day_starts_at)
    column_of = pd.Series(np.arange(len(places)), index=places.index)
    which = column_of.reindex(events[column]).to_numpy(dtype=float)
    amount = np.ones(len(events)) if weight is None else _weights(events, weight)

    window = _window(days[~np.isnan(which)], start, end, observed)
    watched = _observed_days(observed, window, places.index)
    row = (days - window[0]).to_numpy() // np.timedelta64(1, "D")

    no_place = events[column].isna().to_numpy()
    outside = (days < window[0]) | (days > window[-1])
    inside = ~(no_place | np.isnan(which) | outside)
    unobserved = np.zeros(len(events), dtype=bool)
    unobserved[inside] = ~watched[row[inside], which[inside].astype(int)]
    lost = _lost(events.index, {
        "without a place": no_place,
        f"in no {column} of the places given": np.isnan(which),
        "outside the window": outside,
        "on unobserved days": unobserved,
        "without a weight": np.isnan(amount),
    })
    kept = inside & ~unobserved & ~np.isnan(amount)
    counts = np.zeros((len(window), len(places)))
    np.add.at(counts, (row[kept], which[kept].astype(int)), amount[kept])
    counts[~watched] = np.nan
    panel = _coarsen(pd.DataFrame(counts, index=window, columns=places.index), every)
    if weight is None and not panel.isna().to_numpy().any():
        panel = panel.astype(np.int64)
    panel.attrs["lost"] = {reason: len(ids) for reason, ids in lost.items()}
    if lost:
        warnings.warn(LostEventsWarning("count_events", len(events), lost), stacklevel=2)
    return panel


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
        raise DataError("the panel cannot be summed", [f"no group for {name_some(panel.columns[of.isna()])}"], "groups name a group for every place")
    return panel.T.groupby(of.to_numpy()).sum(min_count=1).T.where(
        ~panel.isna().T.groupby(of.to_numpy()).any().T
    ).rename_axis(columns=groups.name).pipe(_like, panel)


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
    return seen.where((seen > 0) | ~gap).pipe(_like, panel)


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
        raise DataError("no rates can be made", ["the places have no column 'population'"], "places.assign(population=...)")
    people = places["population"].reindex(panel.columns)
    bad = people.isna() | (people <= 0)
    if bad.any():
        raise DataError("no rates can be made", [f"no population above 0 for {name_some(panel.columns[bad])}"], "give it, or leave these places out")
    return panel / people.to_numpy(dtype=float) * per


def panel_to_long(panel: pd.DataFrame) -> pd.DataFrame:
    """Return a panel as one row a date and place: ``date``, the places' own name (``city``, ``region_id``), ``count``."""
    check_panel(panel)
    name = panel.columns.name or "place"
    return panel.rename_axis(columns=name).reset_index().melt(id_vars="date", value_name="count")


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


def _event_days(events: gpd.GeoDataFrame, day_starts_at: str | None) -> pd.DatetimeIndex:
    days = pd.DatetimeIndex(events["date"])
    if day_starts_at is None:
        return days
    if "time" not in events:
        raise DataError("days cannot start later", ["the events have no column 'time'"], "give the local clock time of each event, or leave day_starts_at out")
    clock = pd.to_timedelta(events["time"].astype("object").where(events["time"].notna(), None).map(_with_seconds), errors="coerce")
    unread = clock.isna() & events["time"].notna()
    if unread.any():
        raise DataError("days cannot start later", [f"no clock time can be read in {name_some(events.index[unread])}"], 'write times as "HH:MM"')
    early = (clock < pd.to_timedelta(_with_seconds(day_starts_at))).to_numpy()
    return days - pd.to_timedelta(early.astype(int), unit="D")


def _with_seconds(clock: str | None) -> str | None:
    return f"{clock}:00" if isinstance(clock, str) and clock.count(":") == 1 else clock


def _weights(events: gpd.GeoDataFrame, weight: str) -> npt.NDArray[np.float64]:
    if weight not in events or not pd.api.types.is_numeric_dtype(events[weight]):
        raise DataError("the events cannot be weighted", [f"no column of numbers called '{weight}'"], f"one of {name_some(events.select_dtypes('number'))}")
    return events[weight].to_numpy(dtype=float, na_value=np.nan)


def _window(days: pd.DatetimeIndex, start: str | pd.Timestamp | None, end: str | pd.Timestamp | None, observed: pd.DataFrame | None) -> pd.DatetimeIndex:
    firsts, lasts = list(days[:0]), list(days[:0])
    if len(days):
        firsts, lasts = [days.min()], [days.max()]
    if observed is not None:
        _check_observed(observed)
        firsts += list(observed["start"].dt.ceil("D"))
        lasts += list(observed["end"].dt.floor("D") - DAY)
    first = pd.Timestamp(start).normalize() if start is not None else min(firsts, default=None)
    last = pd.Timestamp(end).normalize() if end is not None else max(lasts, default=None)
    if first is None or last is None:
        raise DataError("nothing can be counted", ["no event lies in the places, and no window is given"], "give start and end")
    if first > last:
        raise DataError("nothing can be counted", [f"the window ends ({last.date()}) before it starts ({first.date()})"], "give start <= end")
    return pd.date_range(first, last, freq="D", name="date")


def _check_observed(observed: pd.DataFrame) -> None:
    missing = [c for c in ("place", "start", "end") if c not in observed]
    if missing:
        raise DataError("what was observed cannot be read", [f"column '{c}' is missing" for c in missing], "a table place, start, end of intervals [start, end)")


def _observed_days(observed: pd.DataFrame | None, window: pd.DatetimeIndex, places: pd.Index) -> npt.NDArray[np.bool_]:
    """Return a (days, places) table: true where intervals cover the whole day."""
    if observed is None:
        return np.ones((len(window), len(places)), dtype=bool)
    unknown = sorted(set(observed["place"].dropna()) - set(places))
    if unknown:
        raise DataError("what was observed cannot be read", [f"unknown places: {name_some(unknown)}"], "name places of the panel, or leave place empty for all")
    hours = np.zeros((len(window), len(places)))
    for place, start, end in observed[["place", "start", "end"]].itertuples(index=False):
        begins = np.maximum(window.to_numpy(), np.datetime64(start))
        ends = np.minimum((window + DAY).to_numpy(), np.datetime64(end))
        share = np.clip((ends - begins) / np.timedelta64(1, "D"), 0, 1)
        columns = slice(None) if pd.isna(place) else places.get_indexer([place])
        hours[:, columns] += share[:, None]
    return hours >= 1 - 1e-9


def _lost(ids: pd.Index, reasons: Mapping[str, npt.ArrayLike]) -> dict[str, list[Hashable]]:
    """Give each lost event to its first reason."""
    left = np.ones(len(ids), dtype=bool)
    lost = {}
    for reason, which in reasons.items():
        hit = left & np.asarray(which, dtype=bool)
        left &= ~hit
        if hit.any():
            lost[reason] = list(ids[hit])
    return lost


def _coarsen(daily: pd.DataFrame, every: str) -> pd.DataFrame:
    """Sum days into longer rows, labelled by their first day; NaN where a day of the row is unobserved."""
    if every in ("D", "1D"):
        return daily
    days = pd.DatetimeIndex(daily.index)
    if every == "W" or every.startswith("W-"):
        weekdays = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"]
        name = "MON" if every == "W" else every[2:]
        if name not in weekdays:
            raise DataError("unknown length of a row", [f"every = {every!r}"], "W-MON ... W-SUN")
        first = days - pd.to_timedelta((days.weekday - weekdays.index(name)) % 7, unit="D")
        freq = f"W-{name}"
    elif every in ("MS", "M"):
        first, freq = days.to_period("M").start_time, "MS"
    elif every.endswith("D") and every[:-1].isdigit() and int(every[:-1]) > 0:
        step = int(every[:-1])
        number = np.arange(len(days)) // step
        first, freq = days[number * step], every
    else:
        raise DataError("unknown length of a row", [f"every = {every!r}"], 'one of "D", "W", "W-SUN", "MS", "3D"')
    sums = daily.groupby(np.asarray(first)).sum().mask(daily.isna().groupby(np.asarray(first)).any())
    sums.index = pd.DatetimeIndex(sums.index, freq=freq, name="date")
    return sums
