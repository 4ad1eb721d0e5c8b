"""Count events by place and day; events that cannot be counted are reported by reason."""

import re

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from .arguments import Arguments
from .arrays import BoolArray, FloatArray, IntArray
from .clock_times import check_clock, civil_days
from .errors import DataError, must_be, shorten_list
from .lost import count_lost, located_by, lost_ids, warn_of_lost
from .observation import check_observed, count_window, observed_days
from .tables import check_events, check_places

_WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")


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
        The first and last day, both included: dates, or text such as "2022-01-31". By default the first and last day
        with an event or, if ``observed`` is given, with observation.
    observed
        The observed times: a table ``place, start, end`` of half-open local intervals [start, end); a missing ``place``
        means every place. A day is observed if the intervals together cover all of it. Unobserved days are NaN, and
        events on them are reported as lost. A case provides its ``coverage``; `read_coverage` reads a file.
    day_starts_at
        A clock time: "06:00" assigns an event at 02:00 to the day before. This needs the column ``time`` ("HH:MM", or "HH"
        for a whole hour); events without a time keep their date.
    weight
        A column to sum instead of counting rows ("size_low", ...); events without a weight are reported as lost.

    Returns
    -------
    DataFrame
        Index ``date`` (the first day of each time step), one column per place; integers if every day was observed and
        no weight is used, else floats. ``attrs["lost"]`` counts the events that are not in the panel, by reason:
        "not_located", "unknown_place", "outside_window", "unobserved_day" or "no_weight".

    Warns
    -----
    LostEventsWarning
        Events without a place, in an unknown place, outside the window, on unobserved days or without a weight. Events
        that `locate_events` could not locate are only counted, because it has listed them.

    Raises
    ------
    SchemaError
        A table is not valid; times are not clock times.
    DataError
        The events have no column for the places; the window is empty; an option is not valid.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> panel = ps.count_events(case.events, case.cities)
    >>> int(panel.loc["2022-01-03", "Atyrau"])
    1
    """
    with Arguments() as check:
        first, last = check.day("start", start, optional=True), check.day("end", end, optional=True)
        weight = check.text("weight", weight, optional=True)
        starts_at = check_clock(check, "day_starts_at", day_starts_at)
        check_step(check, every)
    check_events(events)
    check_places(places)
    column = str(places.index.name)
    if column not in events:
        raise DataError(f"events has no column '{column}'", fix="locate them first: locate_events(events, places)")
    if observed is not None:
        check_observed(observed, places.index)
    days = civil_days(events, starts_at)
    amount = None if weight is None else event_weights(events, weight)
    weighted = np.ones(len(events), dtype=bool) if amount is None else ~np.isnan(amount)
    which = places.index.get_indexer(pd.Index(events[column], dtype=object))
    window = count_window(days[which >= 0], first, last, observed)
    watched = observed_days(observed, window, places.index)
    row = (days - window[0]).to_numpy() // np.timedelta64(1, "D")

    outside = (row < 0) | (row >= len(window))
    inside = (which >= 0) & ~outside
    seen = np.zeros(len(events), dtype=bool)
    seen[inside] = watched[row[inside], which[inside]]
    lost = lost_ids(
        events.index,
        {
            "not_located": events[column].isna(),
            "unknown_place": which < 0,
            "outside_window": outside,
            "unobserved_day": ~seen,
            "no_weight": ~weighted,
        },
    )
    kept = seen & weighted
    cell = row[kept] * len(places) + which[kept]
    counts = np.bincount(cell, None if amount is None else amount[kept], minlength=watched.size)
    panel = panel_of(counts.reshape(watched.shape), watched, window, places.index, every=every)
    if "format" in events.attrs:
        panel.attrs["format"] = events.attrs["format"]  # maps ask for the credit that some sources require
    panel.attrs["lost"] = count_lost(lost)
    told = ("not_located",) if column in located_by(events) else ()
    warn_of_lost("count_events", len(events), lost, known=told, details={"unknown_place": f"(column '{column}')"})
    return panel


def panel_of(
    counts: IntArray | FloatArray, watched: BoolArray, window: pd.DatetimeIndex, places: pd.Index, *, every: str
) -> pd.DataFrame:
    """Return counts of days and places as a panel: NaN where unobserved; whole numbers stay whole if all is observed."""
    values = counts if watched.all() else np.where(watched, counts, np.nan)
    return coarsen(pd.DataFrame(values, index=window, columns=places, copy=False), every)


def event_weights(events: gpd.GeoDataFrame, weight: str) -> npt.NDArray[np.float64]:
    """Return the numbers of the column ``weight``, NaN where missing."""
    if weight not in events or not pd.api.types.is_numeric_dtype(events[weight]):
        numeric = shorten_list(events.select_dtypes("number"))
        fix = f"choose from {numeric}" if numeric else "add a numeric column, or omit weight"
        raise DataError(must_be("weight", "a numeric column of events", weight), fix=fix)
    amounts: npt.NDArray[np.float64] = events[weight].to_numpy(dtype=float, na_value=np.nan)
    return amounts


def check_step(check: Arguments, every: object) -> None:
    """Check a time step."""
    steps = {"W", "MS", "M", *(f"W-{day}" for day in _WEEKDAYS)}
    if not (isinstance(every, str) and (every in steps or re.fullmatch("(0{0,3}[1-9][0-9]{0,4})?D", every))):
        check.fault(must_be("every", "'D', 'W', 'W-SUN', 'MS' or a number of days, such as '3D'", every))


def coarsen(daily: pd.DataFrame, every: str) -> pd.DataFrame:
    """Sum days into longer time steps, labeled by their first day; NaN if a day of the step is unobserved."""
    if every in ("D", "1D"):
        return daily
    days = pd.DatetimeIndex(daily.index)
    if every.startswith("W"):
        name = "MON" if every == "W" else every[2:]
        first = days - pd.to_timedelta((days.day_of_week - _WEEKDAYS.index(name)) % 7, unit="D")
        freq = f"W-{name}"
    elif every in ("MS", "M"):
        first, freq = days.to_period("M").start_time, "MS"
    else:
        step = int(every[:-1])
        number = np.arange(len(days)) // step
        first, freq = days[number * step], every
    sums = daily.groupby(np.asarray(first)).sum().mask(daily.isna().groupby(np.asarray(first)).any())
    sums.index = pd.DatetimeIndex(sums.index, freq=freq, name="date")
    return sums
