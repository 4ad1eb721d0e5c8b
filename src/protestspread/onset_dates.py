"""Onset dates: the first active day of each place, and the uncertainty of that date."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from .arguments import Arguments
from .arrays import BoolArray
from .checks import layout_faults, moments, texts
from .errors import DataError, must_be, shorten_list
from .tables import check_panel

DAY = pd.Timedelta(days=1)
MOST_DAYS = 10**5
PRECISION_DAYS: Mapping[str, int] = {"day": 0, "approximate": 1, "days": 6, "week": 6, "month": 30, "year": 365}
"""Days before or after its date on which an event may have happened, by its ``date_precision``."""


def onsets(panel: pd.DataFrame, *, at_least: float = 1, sustained: tuple[int, int] | None = None) -> pd.Series:
    """Return the first day on which each place reached the threshold, or NaT if it did not within the panel.

    Unobserved days do not reach the threshold: an onset after a gap is the first day of *observed* activity
    (`onset_intervals` gives the earliest possible day).

    Parameters
    ----------
    panel
        One row per day, one column per place.
    at_least
        The threshold: the minimum count of an active day.
    sustained
        (k, w): an onset must be the first of k active days within w days, so that an isolated event is not an onset.
        Near the end of the panel too few days may remain to meet this rule.

    Raises
    ------
    SchemaError, DataError
        The panel is not valid; ``at_least`` is not above 0; ``sustained`` is not (k, w) with 1 <= k <= w.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> panel = ps.count_events(case.events[~case.events["minor"]], case.cities)
    >>> str(ps.onsets(panel)["Atyrau"].date()), str(ps.onsets(panel, sustained=(3, 5))["Atyrau"].date())
    ('2022-01-03', '2022-01-03')
    """
    check_panel(panel)
    with Arguments() as check:
        at_least = check.number("at_least", at_least, above=0)
        if sustained is not None and not is_sustained_rule(sustained):
            got = str(sustained) if isinstance(sustained, tuple | list) else sustained
            check.fault(must_be("sustained", "(k, w), k active days within w days, 1 <= k <= w", got))
    reached = panel.to_numpy(dtype=float, na_value=np.nan) >= at_least
    if sustained is not None:
        reached = sustained_days(reached, pd.DatetimeIndex(panel.index), sustained)
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
    """Return the earliest and latest possible onset of each place, given time steps, gaps in observation and imprecise dates.

    Parameters
    ----------
    panel
        Counts per day, week, month or number of days. The onset may lie on any day of the place's first active time step,
        and, if the place was unobserved before it, back to the last step that was observed and quiet.
    events
        The located events that were counted, with ``date`` and ``date_precision``. The onset is no later than the
        latest possible day of the place's first event and, where the steps before were observed, no earlier than the
        earliest possible day of any of its events. By default dates are treated as exact.
    observed_until
        The last day of observation; by default the last day of the last time step. Later days are ignored.
    precision_days
        Days of uncertainty before and after a date, by its ``date_precision``; a missing precision means an exact day.

    Returns
    -------
    DataFrame
        Index the places; columns ``earliest`` and ``latest``, both included. For a place without an onset ``latest`` is
        NaT and ``earliest`` is the day after its last observed quiet day.

    Raises
    ------
    SchemaError, DataError
        The panel is not valid; ``events`` lacks a column, or ``precision_days`` lacks a precision.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> panel = ps.count_events(case.events, case.cities)
    >>> ps.onset_intervals(panel, events=case.events).loc["Aktobe"].dt.strftime("%d %B").tolist()
    ['02 January', '04 January']

    A week is an interval of seven days:

    >>> weeks = ps.count_events(case.events, case.cities, every="W")
    >>> ps.onset_intervals(weeks).loc["Aktobe"].dt.strftime("%d %B").tolist()
    ['03 January', '09 January']
    """
    check_panel(panel)
    with Arguments() as check:
        until = check.day("observed_until", observed_until, optional=True)
        if events is not None:
            check.instance("events", events, pd.DataFrame, "a table of events, or None")
        check.instance("precision_days", precision_days, Mapping, "a mapping from each date_precision to days")
        for name, margin in precision_days.items() if isinstance(precision_days, Mapping) else ():
            check.whole(f"precision_days[{name!r}]", margin, at_least=0, at_most=MOST_DAYS)
        if not panel.size:
            check.fault("panel must have days and places; got none")
    starts = pd.DatetimeIndex(panel.index)
    ends = starts[1:].append(pd.DatetimeIndex([starts[-1] + _step(starts)])) - DAY
    end = ends[-1] if until is None else until
    panel, ends = panel[starts <= end], ends[starts <= end]
    last_days = np.minimum(ends.to_numpy().astype("datetime64[ns]"), end.to_datetime64())
    first = onsets(panel)
    joined = first.notna().to_numpy()
    row = np.where(joined, panel.index.get_indexer(pd.DatetimeIndex(first)), len(panel))
    quiet = panel.notna().to_numpy() & (np.arange(len(panel))[:, None] < row)
    after_quiet = np.where(quiet.any(axis=0), len(panel) - quiet[::-1].argmax(axis=0), 0) if len(panel) else row
    days = np.append(panel.index.to_numpy().astype("datetime64[ns]"), (end + DAY).to_datetime64())
    latest = np.append(last_days, np.datetime64("NaT", "ns"))[np.where(joined, row, len(panel))]
    table = pd.DataFrame({"earliest": days[after_quiet], "latest": latest}, index=panel.columns)
    if events is not None:
        low, high = _event_date_bounds(events, panel, end, precision_days)
        dated = first.notna() & low.notna()
        seen = pd.Series(after_quiet == row, index=panel.columns)  # no gap before the first active step
        table["earliest"] = table["earliest"].mask(dated & (seen | (low < table["earliest"])), low)
        table["latest"] = table["latest"].mask(dated, high.where(high <= end, end))
    return table


def _step(days: pd.DatetimeIndex) -> "pd.offsets.BaseOffset | pd.Timedelta":
    """Return the length of the last time step of a panel."""
    if days.freq is not None or len(days) < 2:
        return days.freq or DAY
    last, steps = days[-1] - days[-2], days[1:] - days[:-1]
    months = 12 * (days[-1].year - days[-2].year) + days[-1].month - days[-2].month
    return last if (steps == last).all() else pd.DateOffset(months=months)


def sustained_days(active: BoolArray, days: pd.DatetimeIndex, sustained: tuple[int, int]) -> BoolArray:
    """Return which active days are the first of k active days within w days."""
    needed, within = sustained
    so_far = np.vstack([np.zeros((1, active.shape[1]), dtype=int), active.cumsum(axis=0)])
    after = days.searchsorted(days + pd.Timedelta(days=within))
    return np.asarray(active & (so_far[after] - so_far[:-1] >= needed))


def is_sustained_rule(sustained: object) -> bool:
    """Return whether a rule is (k, w) with 1 <= k <= w."""
    return (
        isinstance(sustained, tuple)
        and len(sustained) == 2
        and all(isinstance(number, int | np.integer) and not isinstance(number, bool) for number in sustained)
        and 1 <= sustained[0] <= sustained[1] <= MOST_DAYS
    )


def _event_date_bounds(
    events: pd.DataFrame, panel: pd.DataFrame, end: pd.Timestamp, precision_days: Mapping[str, int]
) -> tuple[pd.Series, pd.Series]:
    """Return, for each place, the earliest possible day of any event and the latest possible day of the first event."""
    place = panel.columns.name if panel.columns.name in events else "city"
    wanted = ("date", "date_precision", place)
    faults = [*map(str, layout_faults(events))] or [
        f"column '{name}' is missing" for name in wanted if name not in events
    ]
    if not faults:
        faults = [
            *map(str, moments(events["date"])),
            *map(str, texts(events["date_precision"])),
            *map(str, texts(events[place])),
        ]
    if not faults:
        unknown = pd.Index(events["date_precision"].dropna().unique()).difference(list(precision_days))
        faults += (
            [f"column 'date_precision' has values that are not in precision_days: {shorten_list(unknown)}"]
            if len(unknown)
            else []
        )
    if faults:
        fix = "locate the events (locate_events), and include each value of date_precision in precision_days"
        raise DataError("events", faults, fix)
    within = (events["date"] >= panel.index.min()) & (events["date"] < end + DAY)
    counted = events[events[place].isin(panel.columns) & within]
    margin = pd.to_timedelta(counted["date_precision"].map(dict(precision_days)).fillna(0), unit="D")
    days = pd.DataFrame(
        {"low": counted["date"].dt.normalize() - margin, "high": counted["date"].dt.normalize() + margin},
        index=counted.index,
    )
    bounds = days.groupby(counted[place]).min().reindex(panel.columns)
    return bounds["low"], bounds["high"]
