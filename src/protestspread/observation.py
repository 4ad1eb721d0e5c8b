"""Observed intervals: their schema, the days that they cover, and the days of a panel."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from .arrays import BoolArray
from .checks import Column, Table, moments
from .errors import DataError, SchemaError, shorten_list
from .faults import Fault

DAY = pd.Timedelta(days=1)

_OBSERVED = Table(
    "observed",
    "",
    (
        Column("place", lambda _: [], required=True),
        Column("start", moments, required=True),
        Column("end", moments, required=True),
    ),
)


def check_observed(observed: pd.DataFrame, places: pd.Index) -> None:
    """Check a table of observed intervals: ``place, start, end``, half-open and local, in known places.

    Raises
    ------
    SchemaError
        With all faults and their rows: times with a zone or as text, no start or end, an end that is not after the start,
        places that are not in `places`.
    """
    faults = _OBSERVED.faults(observed, sound=("",))
    if isinstance(observed, pd.DataFrame) and "place" in observed:
        unknown = ~_known(observed["place"], places)
        if unknown.any():
            names = shorten_list(sorted({str(place) for place in observed["place"][unknown]}))
            faults.append(Fault.at(f"unknown places: {names};", observed.index, unknown).of("place"))
    if not any(fault.rows is None for fault in faults):
        start, end = observed["start"], observed["end"]
        for reason, bad, column in (
            ("no start", start.isna(), "start"),
            ("no end", end.isna(), "end"),
            ("the end is not after the start", end <= start, "end"),
        ):
            faults += [Fault.at(reason, observed.index, bad).of(column)] if bad.any() else []
    if faults:
        raise SchemaError(
            "observed",
            faults,
            "pass local half-open intervals [start, end), as read_coverage returns; a missing place is every place",
        )


def _known(places: pd.Series, known: pd.Index) -> BoolArray:
    """Return which places are missing (every place) or known."""
    names = {place for place in known if isinstance(place, str)} | {*known}
    return np.array([not isinstance(p, list | dict | set) and (pd.isna(p) or p in names) for p in places], dtype=bool)


def count_window(
    days: pd.DatetimeIndex, start: pd.Timestamp | None, end: pd.Timestamp | None, observed: pd.DataFrame | None
) -> pd.DatetimeIndex:
    """Return all days from ``start`` to ``end``, by default from the first to the last day with an event or observation.

    Raises
    ------
    DataError
        There is no day between them.
    """
    firsts, lasts = list(days[:0]), list(days[:0])
    if len(days):
        firsts, lasts = [days.min()], [days.max()]
    if observed is not None:
        firsts += list(observed["start"].dt.ceil("D"))
        lasts += list(observed["end"].dt.floor("D") - DAY)
    first = min(firsts, default=None) if start is None else _parsed(start)
    last = max(lasts, default=None) if end is None else _parsed(end)
    if first is None or last is None:
        raise DataError("start and end are needed, because no event lies in places", fix="pass start and end")
    if first > last and start is None and end is None:
        raise DataError("observed covers no whole day, and no event lies in places", fix="pass start and end")
    if first > last:
        raise DataError(f"end must not be before start, {first.date()}; got {last.date()}", fix="pass start <= end")
    return pd.date_range(first, last, freq="D", name="date")


def _parsed(day: pd.Timestamp) -> pd.Timestamp:
    """Return a day in the unit in which this version of pandas parses dates."""
    return pd.Timestamp(str(day.date()))


def observed_days(observed: pd.DataFrame | None, window: pd.DatetimeIndex, places: pd.Index) -> npt.NDArray[np.bool_]:
    """Return an array of shape (days, places): True where the intervals together cover the whole day."""
    covered = np.ones((len(window), len(places)), dtype=bool)
    if observed is None:
        return covered
    everywhere = observed[observed["place"].isna()]
    covered[:] = _whole_days(everywhere, window)[:, None]
    for place, own in observed.groupby("place", sort=False):
        covered[:, places.get_loc(place)] = _whole_days(pd.concat([everywhere, own]), window)
    return covered


def _whole_days(intervals: pd.DataFrame, window: pd.DatetimeIndex) -> BoolArray:
    """Return which days lie within the union of some intervals."""
    covered = np.zeros(len(window), dtype=bool)
    if intervals.empty:
        return covered
    intervals = intervals.sort_values("start")
    starts, reach = intervals["start"].to_numpy(), np.maximum.accumulate(intervals["end"].to_numpy())
    apart = starts[1:] > reach[:-1]  # a gap: the union goes on in a new interval
    begins, ends = starts[np.append(True, apart)], reach[np.append(apart, True)]
    firsts = np.searchsorted(window.to_numpy(), begins, side="left")
    lasts = np.searchsorted((window + DAY).to_numpy(), ends, side="right")
    for first, last in zip(firsts, lasts, strict=True):
        covered[first:last] = True
    return covered
