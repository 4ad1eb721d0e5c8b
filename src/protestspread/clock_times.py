"""Local clock times: the day that an event belongs to if days do not start at midnight."""

import re

import numpy as np
import pandas as pd

from .arguments import Arguments
from .errors import DataError, SchemaError, must_be
from .faults import Fault

_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?")
_HOUR = re.compile(r"[01]?[0-9]|2[0-3]")


def clock_seconds(text: object) -> int | None:
    """Return the seconds since midnight of a time written as "HH:MM" or "HH:MM:SS", or None.

    Examples
    --------
    >>> clock_seconds("06:30"), clock_seconds("23"), clock_seconds("25:99")
    (23400, None, None)
    """
    found = _CLOCK.fullmatch(text.strip()) if isinstance(text, str) else None
    return None if found is None else int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3] or 0)


def check_clock(check: Arguments, name: str, value: object) -> int | None:
    """Return the seconds since midnight of an argument, which may be None."""
    seconds = clock_seconds(value)
    if seconds is None and value is not None:
        check.fault(must_be(name, "a clock time from '00:00' to '23:59', or None", value))
    return seconds


def civil_days(events: pd.DataFrame, starts_at: int | None) -> pd.DatetimeIndex:
    """Return the day of each event; an event before `starts_at` (seconds since midnight) belongs to the day before.

    Raises
    ------
    DataError
        There is no column ``time``.
    SchemaError
        Times are not written as "HH:MM", "HH:MM:SS" or "HH" (all rows are named).
    """
    days = pd.DatetimeIndex(events["date"])
    if starts_at is None:
        return days
    if "time" not in events:
        raise DataError(
            "day_starts_at needs times, but events has no column 'time'",
            fix='add the local time of each event as "HH:MM", or omit day_starts_at',
        )
    which, texts = pd.factorize(events["time"])
    clocks = [f"{text.strip()}:00" if _HOUR.fullmatch(text.strip()) else text for text in texts]  # "23" is 23:00
    seconds = np.array([*map(clock_seconds, clocks), None], dtype=float)[which]  # a missing time is -1, the last
    unreadable = np.isnan(seconds) & (which >= 0)
    if unreadable.any():
        fault = Fault.at("no clock time", events.index, unreadable).of("time")
        raise SchemaError("events", [fault], 'write times as "HH:MM", from "00:00" to "23:59"')
    early = seconds < starts_at
    return pd.DatetimeIndex(days.to_numpy() - early.astype("timedelta64[D]"))
