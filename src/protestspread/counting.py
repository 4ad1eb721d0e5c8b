"""Counting: events become a panel, and what cannot be counted is named."""

import warnings
from collections.abc import Hashable, Mapping

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from .errors import DataError, LostEventsWarning, shorten_list
from .tables import check_events, check_places

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
        raise DataError(
            "the events cannot be counted",
            [f"they have no column '{column}'"],
            "locate_events(events, places) finds the place of each event",
        )
    days = _event_days(events, day_starts_at)
    column_of = pd.Series(np.arange(len(places)), index=places.index)
    which = column_of.reindex(events[column]).to_numpy(dtype=float)
    amount = np.ones(len(events)) if weight is None else _weights(events, weight)

    window = count_window(days[~np.isnan(which)], start, end, observed)
    watched = observed_days(observed, window, places.index)
    row = (days - window[0]).to_numpy() // np.timedelta64(1, "D")

    no_place = events[column].isna().to_numpy()
    outside = (days < window[0]) | (days > window[-1])
    inside = ~(no_place | np.isnan(which) | outside)
    unobserved = np.zeros(len(events), dtype=bool)
    unobserved[inside] = ~watched[row[inside], which[inside].astype(int)]
    lost = _lost(
        events.index,
        {
            "without a place": no_place,
            f"in no {column} of the places given": np.isnan(which),
            "outside the window": outside,
            "on unobserved days": unobserved,
            "without a weight": np.isnan(amount),
        },
    )
    kept = inside & ~unobserved & ~np.isnan(amount)
    counts = np.zeros((len(window), len(places)))
    np.add.at(counts, (row[kept], which[kept].astype(int)), amount[kept])
    counts[~watched] = np.nan
    panel = coarsen(pd.DataFrame(counts, index=window, columns=places.index), every)
    if weight is None and not panel.isna().to_numpy().any():
        panel = panel.astype(np.int64)
    panel.attrs["lost"] = {reason: len(ids) for reason, ids in lost.items()}
    if lost:
        warnings.warn(LostEventsWarning("count_events", len(events), lost), stacklevel=2)
    return panel


def _event_days(events: gpd.GeoDataFrame, day_starts_at: str | None) -> pd.DatetimeIndex:
    days = pd.DatetimeIndex(events["date"])
    if day_starts_at is None:
        return days
    if "time" not in events:
        raise DataError(
            "days cannot start later",
            ["the events have no column 'time'"],
            "give the local clock time of each event, or leave day_starts_at out",
        )
    clock = pd.to_timedelta(
        events["time"].astype("object").where(events["time"].notna(), None).map(_with_seconds), errors="coerce"
    )
    unread = clock.isna() & events["time"].notna()
    if unread.any():
        raise DataError(
            "days cannot start later",
            [f"no clock time can be read in {shorten_list(events.index[unread])}"],
            'write times as "HH:MM"',
        )
    early = (clock < pd.Timedelta(_with_seconds(day_starts_at) or 0)).to_numpy()
    return pd.DatetimeIndex(days.to_numpy() - early.astype("timedelta64[D]"))


def _with_seconds(clock: str | None) -> str | None:
    return f"{clock}:00" if isinstance(clock, str) and clock.count(":") == 1 else clock


def _weights(events: gpd.GeoDataFrame, weight: str) -> npt.NDArray[np.float64]:
    if weight not in events or not pd.api.types.is_numeric_dtype(events[weight]):
        raise DataError(
            "the events cannot be weighted",
            [f"no column of numbers called '{weight}'"],
            f"one of {shorten_list(events.select_dtypes('number'))}",
        )
    amounts: npt.NDArray[np.float64] = events[weight].to_numpy(dtype=float, na_value=np.nan)
    return amounts


def count_window(
    days: pd.DatetimeIndex,
    start: str | pd.Timestamp | None,
    end: str | pd.Timestamp | None,
    observed: pd.DataFrame | None,
) -> pd.DatetimeIndex:
    """Return the days to count on: those asked for, else from the first to the last with an event or observed."""
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
        raise DataError(
            "nothing can be counted", ["no event lies in the places, and no window is given"], "give start and end"
        )
    if first > last:
        raise DataError(
            "nothing can be counted",
            [f"the window ends ({last.date()}) before it starts ({first.date()})"],
            "give start <= end",
        )
    return pd.date_range(first, last, freq="D", name="date")


def _check_observed(observed: pd.DataFrame) -> None:
    missing = [c for c in ("place", "start", "end") if c not in observed]
    if missing:
        raise DataError(
            "what was observed cannot be read",
            [f"column '{c}' is missing" for c in missing],
            "a table place, start, end of intervals [start, end)",
        )


def observed_days(observed: pd.DataFrame | None, window: pd.DatetimeIndex, places: pd.Index) -> npt.NDArray[np.bool_]:
    """Return a (days, places) table: true where intervals cover the whole day."""
    if observed is None:
        return np.ones((len(window), len(places)), dtype=bool)
    unknown = sorted(set(observed["place"].dropna()) - set(places))
    if unknown:
        raise DataError(
            "what was observed cannot be read",
            [f"unknown places: {shorten_list(unknown)}"],
            "name places of the panel, or leave place empty for all",
        )
    hours = np.zeros((len(window), len(places)))
    for place, start, end in observed[["place", "start", "end"]].itertuples(index=False):
        begins = np.maximum(window.to_numpy(), np.datetime64(start))
        ends = np.minimum((window + DAY).to_numpy(), np.datetime64(end))
        share = np.clip((ends - begins) / np.timedelta64(1, "D"), 0, 1)
        columns = slice(None) if pd.isna(place) else places.get_indexer(pd.Index([place]))
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


def coarsen(daily: pd.DataFrame, every: str) -> pd.DataFrame:
    """Sum days into longer rows, labelled by their first day; NaN where a day of the row is unobserved."""
    if every in ("D", "1D"):
        return daily
    days = pd.DatetimeIndex(daily.index)
    if every == "W" or every.startswith("W-"):
        weekdays = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"]
        name = "MON" if every == "W" else every[2:]
        if name not in weekdays:
            raise DataError("unknown length of a row", [f"every = {every!r}"], "W-MON ... W-SUN")
        first = days - pd.to_timedelta((days.day_of_week - weekdays.index(name)) % 7, unit="D")
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
