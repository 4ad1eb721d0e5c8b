"""Date formats of event data, and how to parse them.

Month names are listed here, because those that `strptime` recognizes depend on the locale of the process.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...arrays import BoolArray

# a date with an optional time without a zone; pandas would also parse "2022" and "2022-01" as the first day
_DAY = re.compile(r"^\d{4}([-/]?)\d{2}\1\d{2}(?:[T ]\d{2}(?::?\d{2}(?::?\d{2}(?:\.\d+)?)?)?)?$")

FIRST, LAST = np.datetime64("1700-01-01"), np.datetime64("2200-01-01")
"""Dates outside this range are treated as typing errors, or as codes for "unknown" such as year 0 or 9999."""

_MONTHS = {
    name: f"{number:02d}"
    for number, name in enumerate(
        [
            "january",
            "february",
            "march",
            "april",
            "may",
            "june",
            "july",
            "august",
            "september",
            "october",
            "november",
            "december",
        ],
        1,
    )
}
_MONTHS |= {name[:3]: number for name, number in _MONTHS.items()} | {"sept": "09"}


@dataclass(frozen=True)
class DateFormat:
    """One or several ways to write a date."""

    example: str
    to_iso: Callable[[pd.Series], pd.Series]  # distinct texts -> dates as 2022-01-31; other texts unchanged
    may_be_told: bool = False  # whether the user can pass another format, which faults then propose

    def read(self, texts: pd.Series) -> pd.Series:
        """Parse texts; return NaT for texts that are no date, and for dates outside `FIRST` ... `LAST`."""
        iso = self.to_iso(texts)
        is_date = np.array([isinstance(text, str) and _DAY.match(text) is not None for text in iso], dtype=bool)
        moments = pd.to_datetime(iso.where(is_date), format="ISO8601", errors="coerce")
        values = moments.to_numpy()
        return moments.where((values >= FIRST) & (values < LAST))


def _iso(texts: pd.Series) -> pd.Series:
    return texts


def _named_months(texts: pd.Series) -> pd.Series:
    """Convert 02 January 2022, 2-January-2022 and 02-Jan-22 to ISO; two-digit years are 1969 ... 2068, as in POSIX."""
    parts = texts.str.extract(r"^(\d{1,2})[ \-]+([A-Za-z]{3,9})\.?,?[ \-]+(\d{4}|\d{2})$")
    month = parts[1].str.lower().map(_MONTHS)
    year = parts[2].where(parts[2].str.len() == 4, ("20" + parts[2]).where(parts[2] < "69", "19" + parts[2]))
    return (year + "-" + month + "-" + parts[0].str.zfill(2)).fillna(texts)


def _american(texts: pd.Series) -> pd.Series:
    """Convert 1/31/2022 (month first), as in the spreadsheets of the Crowd Counting Consortium, to ISO."""
    parts = texts.str.extract(r"^(\d{1,2})/(\d{1,2})/(\d{4})$")
    return (parts[2] + "-" + parts[0].str.zfill(2) + "-" + parts[1].str.zfill(2)).fillna(texts)


def written_as(pattern: str) -> DateFormat:
    """Return the date format of a pattern of `strptime`, such as "%d.%m.%Y"."""

    def to_iso(texts: pd.Series) -> pd.Series:
        return pd.to_datetime(texts, format=pattern, errors="coerce").dt.strftime("%Y-%m-%dT%H:%M:%S")

    return DateFormat(f"{_PROBES[0]:{pattern}}", to_iso)


def is_date_format(pattern: str) -> bool:
    """Return whether a pattern of `strptime` gives a day, a month and a year, without a time zone."""
    try:
        texts = [probe.strftime(pattern) for probe in _PROBES]
        return [pd.to_datetime(text, format=pattern).normalize() for text in texts] == _PROBES
    except (ValueError, TypeError, AttributeError, OverflowError):
        return False


def is_in_future(dates: pd.Series) -> BoolArray:
    """Return which dates are after tomorrow; tomorrow may have begun elsewhere."""
    future: BoolArray = (dates > pd.Timestamp.now().normalize() + pd.Timedelta(days=1)).to_numpy(dtype=bool)
    return future


def fitting_patterns(texts: pd.Series) -> list[str]:
    """Return the patterns in common use that read all of some texts."""
    some = texts.dropna().unique()[:1000]
    return [
        pattern
        for pattern in _PATTERNS
        if len(some) and pd.to_datetime(some, format=pattern, errors="coerce").notna().all()
    ]


_PROBES = [pd.Timestamp("2022-01-31"), pd.Timestamp("2019-12-05")]
_DAYS = ("%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%Y.%m.%d", "%d %B %Y",
         "%d. %B %Y", "%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%B %d, %Y", "%b %d, %Y", "%d %m %Y")  # fmt: skip
_PATTERNS = [f"{day}{clock}" for clock in ("", " %H:%M", " %H:%M:%S") for day in _DAYS]

ISO = DateFormat("2022-01-31", _iso)
OWN = DateFormat("2022-01-31", _iso, may_be_told=True)
NAMED_MONTHS = DateFormat("31 January 2022, 31-Jan-22 or 2022-01-31", _named_months)
AMERICAN = DateFormat("2022-01-31 or 1/31/2022", _american)
