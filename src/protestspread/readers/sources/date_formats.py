"""How dates are written in event data, and how each spelling becomes a day.

Month names are read from a list of our own: what `strptime` takes for a month hangs on the locale of the process.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

# a day, and a clock without a zone or nothing: pandas would also read "2022" and "2022-01" as their first day
_DAY = re.compile(r"^\d{4}([-/]?)\d{2}\1\d{2}(?:[T ]\d{2}(?::?\d{2}(?::?\d{2}(?:\.\d+)?)?)?)?$")

FIRST, LAST = np.datetime64("1700-01-01"), np.datetime64("2200-01-01")
"""Days outside are taken for slips of the pen, or for "unknown" written as year 0 or 9999."""

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
    """One way, or several, of writing a day."""

    example: str
    to_iso: Callable[[pd.Series], pd.Series]  # distinct texts -> the same days as 2022-01-31, others as they are

    def read(self, texts: pd.Series) -> pd.Series:
        """Return the moments that texts name; NaT where they name none, or one outside `FIRST` ... `LAST`."""
        iso = self.to_iso(texts)
        whole = np.array([isinstance(text, str) and _DAY.match(text) is not None for text in iso], dtype=bool)
        moments = pd.to_datetime(iso.where(whole), format="ISO8601", errors="coerce")
        values = moments.to_numpy()
        return moments.where((values >= FIRST) & (values < LAST))


def _iso(texts: pd.Series) -> pd.Series:
    return texts


def _named_months(texts: pd.Series) -> pd.Series:
    """Turn 02 January 2022, 2-January-2022 and 02-Jan-22; two-digit years are 1969 ... 2068, as POSIX has them."""
    parts = texts.str.extract(r"^(\d{1,2})[ \-]+([A-Za-z]{3,9})\.?,?[ \-]+(\d{4}|\d{2})$")
    month = parts[1].str.lower().map(_MONTHS)
    year = parts[2].where(parts[2].str.len() == 4, ("20" + parts[2]).where(parts[2] < "69", "19" + parts[2]))
    return (year + "-" + month + "-" + parts[0].str.zfill(2)).fillna(texts)


def _american(texts: pd.Series) -> pd.Series:
    """Turn 1/31/2022 (month first), which the Consortium's sheets use."""
    parts = texts.str.extract(r"^(\d{1,2})/(\d{1,2})/(\d{4})$")
    return (parts[2] + "-" + parts[0].str.zfill(2) + "-" + parts[1].str.zfill(2)).fillna(texts)


ISO = DateFormat("2022-01-31", _iso)
NAMED_MONTHS = DateFormat("31 January 2022, 31-Jan-22 or 2022-01-31", _named_months)
AMERICAN = DateFormat("2022-01-31 or 1/31/2022", _american)
