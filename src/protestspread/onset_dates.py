"""When each place first joined, and how vague that date is."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from .errors import DataError, shorten_list
from .tables import check_panel

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
        fix = "at_least: a number above 0; sustained: (k, w), k active days within w days, 1 <= k <= w"
        raise DataError("no onset can be found", faults, fix)
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
        faults += [f"no days are known for the precision {shorten_list(unknown)}"] if len(unknown) else []
    if faults:
        fix = "give located events (locate_events) with date_precision, and precision_days for each word in it"
        raise DataError("the dates have no intervals", faults, fix)
    counted = events[events[place].isin(panel.columns) & events["date"].isin(panel.index)]
    reach = pd.to_timedelta(counted["date_precision"].map(dict(precision_days)).fillna(0), unit="D")
    days = pd.DataFrame({"low": counted["date"] - reach, "high": counted["date"] + reach}, index=counted.index)
    least = days.groupby(counted[place]).min().reindex(panel.columns)
    return least["low"], least["high"]
