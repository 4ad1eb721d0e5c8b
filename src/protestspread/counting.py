"""Count events by place and day; events that cannot be counted are reported by reason."""

import warnings
from collections.abc import Hashable, Mapping

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from .errors import DataError, LostEventsWarning, must_be, shorten_list
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
        Located events (see `locate_events`), with the column ``city`` if ``places`` are cities, ``region_id`` if they
        are regions.
    places
        Regions or cities; each gets a column, in this order, including places without events.
    every
        The time step: "D", "W" (weeks from Monday), "W-SUN" and so on (weeks from that weekday), "MS" (months), or
        "3D" (steps of three days from ``start``). Weeks and months are counted whole.
    start, end
        The first and last day, both included; by default the first and last day with an event or, if ``observed`` is
        given, with observation.
    observed
        The observed times: a table ``place, start, end`` of half-open local intervals [start, end); a missing ``place``
        means every place. A day is observed if the intervals cover all of it. Unobserved days are NaN, and events on
        them are reported as lost. A case provides its ``coverage``.
    day_starts_at
        "06:00" assigns an event at 02:00 to the day before. This needs the column ``time`` ("HH:MM"); events without a
        time keep their date.
    weight
        A column to sum instead of counting rows ("size_low", ...); events without a weight are reported as lost.

    Returns
    -------
    DataFrame
        Index ``date`` (the first day of each time step), one column per place; integers if every day was observed and
        no weight is used, else floats. ``attrs["lost"]`` counts the events that are not in the panel, by reason.

    Warns
    -----
    LostEventsWarning
        Events without a place, in an unknown place, outside the window, on unobserved days or without a weight.

    Raises
    ------
    SchemaError
        A table is not valid.
    DataError
        The events are not located; the window is empty; ``every`` is not valid.

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
        raise DataError(f"events has no column '{column}'", fix="locate them first: locate_events(events, places)")
    days = _event_days(events, day_starts_at)
    column_of = pd.Series(np.arange(len(places)), index=places.index)
    which = column_of.reindex(events[column]).to_numpy(dtype=float)
    amount = np.ones(len(events)) if weight is None else event_weights(events, weight)

    window = count_window(days[~np.isnan(which)], start, end, observed)
    watched = observed_days(observed, window, places.index)
    row = (days - window[0]).to_numpy() // np.timedelta64(1, "D")

    no_place = events[column].isna().to_numpy()
    outside = (days < window[0]) | (days > window[-1])
    inside = ~(no_place | np.isnan(which) | outside)
    unobserved = np.zeros(len(events), dtype=bool)
    unobserved[inside] = ~watched[row[inside], which[inside].astype(int)]
    lost = _ids_by_first_reason(
        events.index,
        {
            "without a place": no_place,
            f"with a {column} that is not in places": np.isnan(which),
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
            "day_starts_at needs times, but events has no column 'time'",
            fix='add the local time of each event as "HH:MM", or omit day_starts_at',
        )
    clock = pd.to_timedelta(
        events["time"].astype("object").where(events["time"].notna(), None).map(_with_seconds), errors="coerce"
    )
    unreadable = clock.isna() & events["time"].notna()
    if unreadable.any():
        raise DataError(
            f"column 'time' of events has no readable time in {shorten_list(events.index[unreadable])}",
            fix='write times as "HH:MM"',
        )
    early = (clock < pd.Timedelta(_with_seconds(day_starts_at) or 0)).to_numpy()
    return pd.DatetimeIndex(days.to_numpy() - early.astype("timedelta64[D]"))


def _with_seconds(clock: str | None) -> str | None:
    return f"{clock}:00" if isinstance(clock, str) and clock.count(":") == 1 else clock


def event_weights(events: gpd.GeoDataFrame, weight: str) -> npt.NDArray[np.float64]:
    """Return the numbers of the column ``weight``, NaN where missing."""
    if weight not in events or not pd.api.types.is_numeric_dtype(events[weight]):
        numeric = shorten_list(events.select_dtypes("number"))
        fix = f"choose from {numeric}" if numeric else "add a numeric column, or omit weight"
        raise DataError(must_be("weight", "a numeric column of events", weight), fix=fix)
    amounts: npt.NDArray[np.float64] = events[weight].to_numpy(dtype=float, na_value=np.nan)
    return amounts


def count_window(
    days: pd.DatetimeIndex,
    start: str | pd.Timestamp | None,
    end: str | pd.Timestamp | None,
    observed: pd.DataFrame | None,
) -> pd.DatetimeIndex:
    """Return all days from ``start`` to ``end``, by default from the first to the last day with an event or observation."""
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
        raise DataError("start and end are needed, because no event lies in places", fix="pass start and end")
    if first > last:
        raise DataError(f"end must not be before start, {first.date()}; got {last.date()}", fix="pass start <= end")
    return pd.date_range(first, last, freq="D", name="date")


def _check_observed(observed: pd.DataFrame) -> None:
    missing = [c for c in ("place", "start", "end") if c not in observed]
    if missing:
        raise DataError(
            "observed must have the columns 'place', 'start' and 'end'",
            [f"column '{c}' is missing" for c in missing],
            "pass a table of half-open intervals [start, end)",
        )


def observed_days(observed: pd.DataFrame | None, window: pd.DatetimeIndex, places: pd.Index) -> npt.NDArray[np.bool_]:
    """Return an array of shape (days, places): True where the intervals cover the whole day."""
    if observed is None:
        return np.ones((len(window), len(places)), dtype=bool)
    unknown = sorted(set(observed["place"].dropna()) - set(places))
    if unknown:
        raise DataError(
            "column 'place' of observed has names that are not in places",
            [f"unknown places: {shorten_list(unknown)}"],
            "correct the names, or leave 'place' missing for all places",
        )
    share_observed = np.zeros((len(window), len(places)))
    for place, start, end in observed[["place", "start", "end"]].itertuples(index=False):
        begins = np.maximum(window.to_numpy(), np.datetime64(start))
        ends = np.minimum((window + DAY).to_numpy(), np.datetime64(end))
        share = np.clip((ends - begins) / np.timedelta64(1, "D"), 0, 1)
        columns = slice(None) if pd.isna(place) else places.get_indexer(pd.Index([place]))
        share_observed[:, columns] += share[:, None]
    return share_observed >= 1 - 1e-9


def _ids_by_first_reason(ids: pd.Index, reasons: Mapping[str, npt.ArrayLike]) -> dict[str, list[Hashable]]:
    """Return the ids of the lost events by reason; an event with several reasons is listed under the first."""
    unassigned = np.ones(len(ids), dtype=bool)
    lost = {}
    for reason, applies in reasons.items():
        new = unassigned & np.asarray(applies, dtype=bool)
        unassigned &= ~new
        if new.any():
            lost[reason] = list(ids[new])
    return lost


def coarsen(daily: pd.DataFrame, every: str) -> pd.DataFrame:
    """Sum days into longer time steps, labeled by their first day; NaN if a day of the step is unobserved."""
    if every in ("D", "1D"):
        return daily
    days = pd.DatetimeIndex(daily.index)
    if every == "W" or every.startswith("W-"):
        weekdays = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"]
        name = "MON" if every == "W" else every[2:]
        if name not in weekdays:
            raise DataError(must_be("every", "'W' or one of 'W-MON' to 'W-SUN'", every))
        first = days - pd.to_timedelta((days.day_of_week - weekdays.index(name)) % 7, unit="D")
        freq = f"W-{name}"
    elif every in ("MS", "M"):
        first, freq = days.to_period("M").start_time, "MS"
    elif every.endswith("D") and every[:-1].isdigit() and int(every[:-1]) > 0:
        step = int(every[:-1])
        number = np.arange(len(days)) // step
        first, freq = days[number * step], every
    else:
        raise DataError(must_be("every", "'D', 'W', 'W-SUN', 'MS' or a number of days, such as '3D'", every))
    sums = daily.groupby(np.asarray(first)).sum().mask(daily.isna().groupby(np.asarray(first)).any())
    sums.index = pd.DatetimeIndex(sums.index, freq=freq, name="date")
    return sums
